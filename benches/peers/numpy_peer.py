"""NumPy: the network by hand, every array of a step allocated once.

Timed: the training step (rows of bytes gathered, turned into floats from 0 to
1, forward, backward, the update), prediction of the test images in chunks of
500, the products of both with `out=`, the numerical gradient. All products are
OpenBLAS's, which NumPy brings; its threads are set by OPENBLAS_NUM_THREADS.
"""

import numpy as np

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

CHUNK = 500
DIFFERENCE = 1e-4


class NumPy(Peer):
    name = "NumPy"
    version = np.__version__
    can = ("step", "grow", "predict", "products", "forward", "numerical")

    def set(self, weights):
        self.w1, self.b1, self.w2, self.b2 = (
            np.array(weights[name], self.dtype)
            for name in ("W1", "b1", "W2", "b2")
        )
        self.batch = 0

    def allocate(self, batch):
        if self.batch == batch:
            return
        self.batch = batch
        hidden = len(self.b1)
        empty = lambda *shape: np.empty(shape, self.dtype)
        self.bytes = np.empty((batch, PIXELS), np.uint8)
        self.x = empty(batch, PIXELS)
        self.h, self.dh = empty(batch, hidden), empty(batch, hidden)
        self.off = np.empty((batch, hidden), bool)
        self.y, self.dy = empty(batch, CLASSES), empty(batch, CLASSES)
        self.dw1, self.db1 = empty(PIXELS, hidden), empty(hidden)
        self.dw2, self.db2 = empty(hidden, CLASSES), empty(CLASSES)
        self.rows = np.arange(batch)

    def train(self, batches):
        self.allocate(batches.shape[1])
        losses = np.empty(len(batches))
        for step, numbers in enumerate(batches):
            losses[step] = self.step(numbers)
        return losses

    def step(self, numbers):
        x, h, dh, y, dy = self.x, self.h, self.dh, self.y, self.dy
        np.take(self.images, numbers, axis=0, out=self.bytes, mode="clip")
        np.multiply(self.bytes, self.dtype.type(1 / 255), out=x)
        t = self.labels[numbers]

        np.matmul(x, self.w1, out=h)
        h += self.b1
        np.maximum(h, 0, out=h)
        np.matmul(h, self.w2, out=y)
        y += self.b2

        y -= y.max(axis=1, keepdims=True)
        np.exp(y, out=dy)
        total = dy.sum(axis=1, keepdims=True)
        loss = np.mean(np.log(total[:, 0]) - y[self.rows, t])
        dy /= total
        dy[self.rows, t] -= 1
        dy *= self.dtype.type(LEARNING_RATE / len(numbers))

        # The learning rate is in dy, and so in all gradients.
        np.matmul(h.T, dy, out=self.dw2)
        np.sum(dy, axis=0, out=self.db2)
        np.matmul(dy, self.w2.T, out=dh)
        np.less_equal(h, 0, out=self.off)
        np.copyto(dh, 0, where=self.off)
        np.matmul(x.T, dh, out=self.dw1)
        np.sum(dh, axis=0, out=self.db1)

        self.w1 -= self.dw1
        self.b1 -= self.db1
        self.w2 -= self.dw2
        self.b2 -= self.db2
        return loss

    def scores(self, x):
        h = x @ self.w1
        h += self.b1
        np.maximum(h, 0, out=h)
        y = h @ self.w2
        y += self.b2
        return y

    def predict(self):
        scale = self.dtype.type(1 / 255)
        classes = np.empty(len(self.test_images), np.int64)
        for start in range(0, len(classes), CHUNK):
            part = slice(start, start + CHUNK)
            x = self.test_images[part] * scale
            self.scores(x).argmax(axis=1, out=classes[part])
        return classes

    def products(self, times):
        rng = np.random.default_rng(1)
        random = lambda *shape: rng.random(shape).astype(self.dtype)
        x, w1 = random(BATCH, PIXELS), random(PIXELS, HIDDEN)
        h, w2 = random(BATCH, HIDDEN), random(HIDDEN, CLASSES)
        y = random(BATCH, CLASSES)
        dw1, dw2 = np.empty_like(w1), np.empty_like(w2)
        for _ in range(times):
            np.matmul(x, w1, out=h)
            np.matmul(h, w2, out=y)
            np.matmul(h.T, y, out=dw2)
            np.matmul(y, w2.T, out=h)
            np.matmul(x.T, h, out=dw1)

    def forward(self, times):
        rng = np.random.default_rng(1)
        random = lambda *shape: rng.random(shape).astype(self.dtype)
        x, w1 = random(CHUNK, PIXELS), random(PIXELS, HIDDEN)
        h, w2 = random(CHUNK, HIDDEN), random(HIDDEN, CLASSES)
        y = random(CHUNK, CLASSES)
        for _ in range(times * TEST_IMAGES // CHUNK):
            np.matmul(x, w1, out=h)
            np.matmul(h, w2, out=y)

    def loss(self, x, t, rows):
        y = self.scores(x)
        y -= y.max(axis=1, keepdims=True)
        return np.mean(np.log(np.exp(y).sum(axis=1)) - y[rows, t])

    def numerical(self):
        x = self.images[:3] * self.dtype.type(1 / 255)
        t, rows = self.labels[:3], np.arange(3)
        gradients = []
        for parameter in (self.w1, self.b1, self.w2, self.b2):
            flat = parameter.reshape(-1)
            gradient = np.empty_like(flat)
            for i in range(flat.size):
                value = flat[i]
                flat[i] = value + DIFFERENCE
                above = self.loss(x, t, rows)
                flat[i] = value - DIFFERENCE
                below = self.loss(x, t, rows)
                flat[i] = value
                gradient[i] = (above - below) / (2 * DIFFERENCE)
            gradients.append(gradient.reshape(parameter.shape))
        return gradients


speak(NumPy)
