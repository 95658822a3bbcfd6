"""PyTorch on the processor, eager or compiled (the variant).

Timed: the training step (rows of bytes gathered, turned into floats from 0 to
1, forward, backward, the update), prediction of the test images in chunks of
1,000, and the products of both with `out=` (MKL's or oneDNN's). Images are
NumPy's bytes, seen by `torch.from_numpy`.

Eager is a module with `torch.optim.SGD`. Compiled is the whole step, update
and all, as one function of `torch.compile`, with the gradient from
`torch.func`: that is faster than compiling the module alone. Compilation
itself is not timed.
"""

import torch
from torch import nn
from torch.nn.functional import cross_entropy

from peer import (
    BATCH,
    CLASSES,
    HIDDEN,
    LEARNING_RATE,
    PIXELS,
    TEST_IMAGES,
    Peer,
    speak,
)

CHUNK = 1000


def scores(params, x):
    w1, b1, w2, b2 = params
    return torch.addmm(b2, torch.addmm(b1, x, w1).relu(), w2)


class Torch(Peer):
    version = torch.__version__

    def __init__(self, *arguments):
        super().__init__(*arguments)
        torch.set_num_threads(self.threads)
        self.float = {4: torch.float32, 8: torch.float64}[self.dtype.itemsize]
        self.bytes = torch.from_numpy(self.images)
        self.targets = torch.from_numpy(self.labels).long()
        self.test_bytes = torch.from_numpy(self.test_images)

    def floats(self, bytes):
        return bytes.to(self.float).mul_(1 / 255)


class Eager(Torch):
    name = "PyTorch"
    can = ("step", "predict", "products", "forward")

    def set(self, weights):
        hidden = len(weights["b1"])
        tensor = lambda name: torch.from_numpy(weights[name])
        first = nn.Linear(PIXELS, hidden, dtype=self.float)
        second = nn.Linear(hidden, CLASSES, dtype=self.float)
        with torch.no_grad():
            first.weight.copy_(tensor("W1").T)
            first.bias.copy_(tensor("b1"))
            second.weight.copy_(tensor("W2").T)
            second.bias.copy_(tensor("b2"))
        self.net = nn.Sequential(first, nn.ReLU(), second)
        self.sgd = torch.optim.SGD(self.net.parameters(), lr=LEARNING_RATE)

    def train(self, batches):
        losses = []
        for numbers in torch.from_numpy(batches):
            x = self.floats(self.bytes[numbers])
            loss = cross_entropy(self.net(x), self.targets[numbers])
            self.sgd.zero_grad()
            loss.backward()
            self.sgd.step()
            losses.append(loss.detach())
        return torch.stack(losses).tolist()

    @torch.inference_mode()
    def predict(self):
        parts = [
            self.net(self.floats(bytes)).argmax(dim=1)
            for bytes in self.test_bytes.split(CHUNK)
        ]
        return torch.cat(parts).numpy()

    @torch.inference_mode()
    def products(self, times):
        random = lambda *shape: torch.rand(shape, dtype=self.float)
        x, w1 = random(BATCH, PIXELS), random(PIXELS, HIDDEN)
        h, w2 = random(BATCH, HIDDEN), random(HIDDEN, CLASSES)
        y = random(BATCH, CLASSES)
        dw1, dw2 = torch.empty_like(w1), torch.empty_like(w2)
        for _ in range(times):
            torch.mm(x, w1, out=h)
            torch.mm(h, w2, out=y)
            torch.mm(h.T, y, out=dw2)
            torch.mm(y, w2.T, out=h)
            torch.mm(x.T, h, out=dw1)

    @torch.inference_mode()
    def forward(self, times):
        random = lambda *shape: torch.rand(shape, dtype=self.float)
        x, w1 = random(CHUNK, PIXELS), random(PIXELS, HIDDEN)
        h, w2 = random(CHUNK, HIDDEN), random(HIDDEN, CLASSES)
        y = random(CHUNK, CLASSES)
        for _ in range(times * TEST_IMAGES // CHUNK):
            torch.mm(x, w1, out=h)
            torch.mm(h, w2, out=y)


class Compiled(Torch):
    name = "PyTorch compiled"
    can = ("step", "predict")

    def set(self, weights):
        self.params = tuple(
            torch.tensor(weights[name], dtype=self.float)
            for name in ("W1", "b1", "W2", "b2")
        )

        def loss(params, x, t):
            return cross_entropy(scores(params, x), t)

        def step(params, bytes, targets, numbers):
            x = bytes[numbers].to(self.float) * (1 / 255)
            t = targets[numbers]
            gradient = torch.func.grad_and_value(loss)
            grads, value = gradient(params, x, t)
            for parameter, grad in zip(params, grads):
                parameter.sub_(grad, alpha=LEARNING_RATE)
            return value

        def classes(params, bytes):
            return scores(params, bytes.to(self.float) * (1 / 255)).argmax(1)

        self.step = torch.compile(step)
        self.classes = torch.compile(classes)

    @torch.no_grad()
    def train(self, batches):
        losses = [
            self.step(self.params, self.bytes, self.targets, numbers)
            for numbers in torch.from_numpy(batches)
        ]
        return torch.stack(losses).tolist()

    @torch.no_grad()
    def predict(self):
        parts = [
            self.classes(self.params, bytes)
            for bytes in self.test_bytes.split(CHUNK)
        ]
        return torch.cat(parts).numpy()


def start(*arguments):
    compiled = arguments[-1] == "compiled"
    return (Compiled if compiled else Eager)(*arguments)


speak(start)
