"""JAX on the processor: all steps of a request are one `lax.scan`, jitted.

Timed: the training step (rows of bytes gathered, turned into floats from 0 to
1, forward, backward, the update) and prediction of the test images in one
jitted call. Compilation is not timed: `cargo compare` asks for each number of
steps once without looking at the clock.

XLA sizes its threads by the processors that the process may use, so one thread
is one processor.
"""

import os

from peer import LEARNING_RATE, Peer, arguments, speak

PRECISION, THREADS, *_ = arguments()
if hasattr(os, "sched_setaffinity"):
    allowed = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, allowed[:THREADS])
os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["JAX_ENABLE_X64"] = str(PRECISION == "f64")

import jax
import jax.numpy as jnp
import numpy as np


def scores(params, x):
    h = jnp.maximum(x @ params["W1"] + params["b1"], 0)
    return h @ params["W2"] + params["b2"]


def floats(bytes, dtype):
    return bytes.astype(dtype) * dtype.type(1 / 255)


def loss(params, x, t):
    log = jax.nn.log_softmax(scores(params, x))
    return -jnp.take_along_axis(log, t[:, None], axis=1).mean()


@jax.jit(donate_argnums=0)
def train(params, images, labels, batches):
    def step(params, numbers):
        x = floats(images[numbers], params["W1"].dtype)
        value, grads = jax.value_and_grad(loss)(params, x, labels[numbers])
        descend = lambda parameter, grad: parameter - LEARNING_RATE * grad
        return jax.tree.map(descend, params, grads), value

    return jax.lax.scan(step, params, batches)


@jax.jit
def classes(params, images):
    return scores(params, floats(images, params["W1"].dtype)).argmax(axis=1)


class Jax(Peer):
    name = "JAX"
    version = jax.__version__
    can = ("step", "predict")

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.device_images = jnp.asarray(self.images)
        self.device_labels = jnp.asarray(self.labels, jnp.int32)
        self.device_test = jnp.asarray(self.test_images)

    def set(self, weights):
        self.params = {
            name: jnp.asarray(array, self.dtype)
            for name, array in weights.items()
        }

    def train(self, batches):
        self.params, losses = train(
            self.params,
            self.device_images,
            self.device_labels,
            batches.astype(np.int32),
        )
        return np.asarray(losses)

    def predict(self):
        return np.asarray(classes(self.params, self.device_test))


speak(Jax)
