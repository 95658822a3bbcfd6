"""The original book's program: a class for each layer, chapter by chapter.

The structure is that of chapter 5 of "Deep Learning from Scratch" (K. Saitoh):
images as float32 from 0 to 1 in memory, labels one-hot, weights float64 as
NumPy draws them, each layer remembers in itself what its backward pass needs,
a fresh array for each result. Written anew, with NumPy alone.

Timed: the training step (gather, forward, backward, update), the numerical
gradient by `numerical_gradient` over each parameter. Its loss has the book's
1e-7 within the logarithm, so it agrees with ours to that only.
"""

from collections import OrderedDict

import numpy as np

from peer import CLASSES, LEARNING_RATE, Peer, speak

# Added within the logarithm, against log 0.
WITHIN_LOG = 1e-7


def softmax(x):
    x = x.T
    x = x - np.max(x, axis=0)
    return (np.exp(x) / np.sum(np.exp(x), axis=0)).T


def cross_entropy_error(y, t):
    t = t.argmax(axis=1)
    rows = y.shape[0]
    return -np.sum(np.log(y[np.arange(rows), t] + WITHIN_LOG)) / rows


def numerical_gradient(f, x):
    h = 1e-4
    grad = np.zeros_like(x)
    entries = np.nditer(x, flags=["multi_index"], op_flags=["readwrite"])
    while not entries.finished:
        i = entries.multi_index
        value = x[i]
        x[i] = value + h
        above = f(x)
        x[i] = value - h
        below = f(x)
        grad[i] = (above - below) / (2 * h)
        x[i] = value
        entries.iternext()
    return grad


class Affine:
    def __init__(self, params, weight, bias):
        self.params, self.weight, self.bias = params, weight, bias

    def forward(self, x):
        self.x = x
        return np.dot(x, self.params[self.weight]) + self.params[self.bias]

    def backward(self, dout):
        self.dw = np.dot(self.x.T, dout)
        self.db = np.sum(dout, axis=0)
        return np.dot(dout, self.params[self.weight].T)


class Relu:
    def forward(self, x):
        self.mask = x <= 0
        out = x.copy()
        out[self.mask] = 0
        return out

    def backward(self, dout):
        dout[self.mask] = 0
        return dout


class SoftmaxWithLoss:
    def forward(self, x, t):
        self.t = t
        self.y = softmax(x)
        return cross_entropy_error(self.y, self.t)

    def backward(self, dout=1):
        return (self.y - self.t) * dout / self.t.shape[0]


class Original(Peer):
    name = "the original"
    version = f"NumPy {np.__version__}"
    can = ("step", "numerical")

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.x_train = self.images.astype(np.float32) / 255.0
        self.t_train = np.eye(CLASSES)[self.labels]

    def set(self, weights):
        self.params = {name: array.copy() for name, array in weights.items()}
        self.layers = OrderedDict(
            affine1=Affine(self.params, "W1", "b1"),
            relu=Relu(),
            affine2=Affine(self.params, "W2", "b2"),
        )
        self.last = SoftmaxWithLoss()

    def scores(self, x):
        for layer in self.layers.values():
            x = layer.forward(x)
        return x

    def loss(self, x, t):
        return self.last.forward(self.scores(x), t)

    def gradient(self, x, t):
        loss = self.loss(x, t)
        dout = self.last.backward()
        for layer in reversed(self.layers.values()):
            dout = layer.backward(dout)
        first, second = self.layers["affine1"], self.layers["affine2"]
        grads = {"W1": first.dw, "b1": first.db}
        return loss, grads | {"W2": second.dw, "b2": second.db}

    def train(self, batches):
        losses = []
        for numbers in batches:
            x, t = self.x_train[numbers], self.t_train[numbers]
            loss, grads = self.gradient(x, t)
            for name, grad in grads.items():
                self.params[name] -= LEARNING_RATE * grad
            losses.append(loss)
        return losses

    def predict(self):
        return self.scores(self.test_images / 255.0).argmax(axis=1)

    def numerical(self):
        x, t = self.x_train[:3], self.t_train[:3]
        loss = lambda _: self.loss(x, t)
        return {
            name: numerical_gradient(loss, parameter)
            for name, parameter in self.params.items()
        }


if __name__ == "__main__":
    speak(Original)
