"""The contestant's side of `cargo compare`, for peers written in Python.

A peer derives from Peer, and calls `speak(ITSELF)`. It runs as

    python PEER.py f32|f64 THREADS FOLDER-OF-MNIST [VARIANT]

and says one line of JSON: its name, its version, what it can do. Then it
answers each line of its standard input by one line, as the crate in
`benches/peers/protocol` says. Only the work is timed: this file draws the
batches (part of the work, all of them at once) and reads the clock.
"""

import json
import sys
import time

import numpy as np

BATCH = 100
HIDDEN = 50
PIXELS = 784
CLASSES = 10
TEST_IMAGES = 10_000
LEARNING_RATE = 0.1
WEIGHT_STD = 0.01
ORIGINAL_STEPS = 10_000
SHAPES = {
    "W1": (PIXELS, HIDDEN),
    "b1": (HIDDEN,),
    "W2": (HIDDEN, CLASSES),
    "b2": (CLASSES,),
}


class Peer:
    """What a peer is asked to do; images stay bytes in memory."""

    name = version = ""
    can = ("step",)

    def __init__(self, precision, threads, folder, variant):
        self.dtype = np.dtype({"f32": np.float32, "f64": np.float64}[precision])
        self.threads = threads
        self.variant = variant
        read = lambda file, header: np.fromfile(
            f"{folder}/{file}-ubyte", np.uint8, offset=header
        )
        self.images = read("train-images-idx3", 16).reshape(-1, PIXELS)
        self.labels = read("train-labels-idx1", 8)
        self.test_images = read("t10k-images-idx3", 16).reshape(-1, PIXELS)
        self.test_labels = read("t10k-labels-idx1", 8)

    def set(self, weights):
        """Takes W1, b1, W2, b2, NumPy arrays in double precision."""
        raise NotImplementedError

    def train(self, batches):
        """Takes a step on each row, numbers of images; returns the losses."""
        raise NotImplementedError

    def predict(self):
        """Returns the classes of all test images, a NumPy array."""
        raise NotImplementedError

    def products(self, times):
        """Does the five products of a step that many times."""
        raise NotImplementedError

    def forward(self, times):
        """Does the two products of a prediction, for TEST_IMAGES images."""
        raise NotImplementedError

    def numerical(self):
        """Finds the numerical gradient of the whole network."""
        raise NotImplementedError


class Speaker:
    def __init__(self, peer):
        self.peer = peer
        self.rng = np.random.default_rng(1)
        self.hidden = 0

    def answer(self, line):
        verb, _, rest = line.partition(" ")
        if verb == "check":
            return {"losses": self.check(rest)}
        if verb == "test":
            return {"accuracy": self.accuracy()}
        if verb == "accuracy":
            self.rng = np.random.default_rng(int(rest))
            self.hidden = 0
            self.fit(HIDDEN)
            self.peer.train(self.draw(ORIGINAL_STEPS, BATCH))
            return {"accuracy": self.accuracy()}
        count, *sizes = map(int, rest.split())
        batch, hidden = sizes if verb == "grow" else (BATCH, HIDDEN)
        if verb not in ("products", "forward"):
            self.fit(hidden)
        start = time.perf_counter()
        if verb in ("step", "grow"):
            self.peer.train(self.draw(count, batch))
        elif verb == "epoch":
            for _ in range(count):
                numbers = self.rng.permutation(len(self.peer.images))
                self.peer.train(numbers.reshape(-1, BATCH))
        elif verb == "predict":
            for _ in range(count):
                self.peer.predict()
        elif verb == "products":
            self.peer.products(count)
        elif verb == "forward":
            self.peer.forward(count)
        elif verb == "numerical":
            for _ in range(count):
                self.peer.numerical()
        else:
            raise ValueError(f"{line!r} is no request")
        return {"seconds": (time.perf_counter() - start) / count}

    def fit(self, hidden):
        """Sees to a network of that many hidden units."""
        if self.hidden != hidden:
            normal = lambda *shape: WEIGHT_STD * self.rng.standard_normal(shape)
            self.peer.set(
                {
                    "W1": normal(PIXELS, hidden),
                    "b1": np.zeros(hidden),
                    "W2": normal(hidden, CLASSES),
                    "b2": np.zeros(CLASSES),
                }
            )
            self.hidden = hidden

    def draw(self, steps, batch):
        return self.rng.integers(len(self.peer.images), size=(steps, batch))

    def accuracy(self):
        return float(np.mean(self.peer.predict() == self.peer.test_labels))

    def check(self, file):
        """The losses of steps from given weights on given batches."""
        numbers = np.fromfile(file, "<f8")
        weights = {}
        for name, shape in SHAPES.items():
            size = int(np.prod(shape))
            weights[name] = numbers[:size].reshape(shape)
            numbers = numbers[size:]
        self.peer.set(weights)
        self.hidden = HIDDEN
        losses = self.peer.train(numbers.astype(np.int64).reshape(-1, BATCH))
        return [float(loss) for loss in losses]


def arguments():
    """The precision, the threads, the folder of MNIST, the variant."""
    precision, threads, folder, *variant = sys.argv[1:]
    return precision, int(threads), folder, variant[0] if variant else ""


def speak(kind):
    peer = kind(*arguments())
    speaker = Speaker(peer)
    say({"name": peer.name, "version": peer.version, "can": peer.can})
    for line in sys.stdin:
        try:
            say(speaker.answer(line.strip()))
        except Exception as error:  # noqa: BLE001, whatever it is, is said
            say({"error": f"{type(error).__name__}: {error}"})


def say(words):
    print(json.dumps(words), flush=True)
