"""What the original program arrives at, written to benches/measured.

    python3 benches/peers/record.py

Needs NumPy and, in `data/mnist`, MNIST (`cargo book data`). Takes minutes: ten
seeds learn by the original's protocol, and one network's gradient is checked on
the first three images, with the 1e-7 within the logarithm and without. Two
pages show these numbers; bless them afterwards.
"""

import datetime
import pathlib
import platform

import numpy as np

import original
from peer import BATCH, HIDDEN, ORIGINAL_STEPS, Speaker

SEEDS = range(1, 21)
ROOT = pathlib.Path(__file__).parents[2]
COMMAND = "python3 benches/peers/record.py"


def accuracy(speaker, seed):
    """The share of the test images that are right after the protocol."""
    return speaker.answer(f"accuracy {seed}")["accuracy"]


def differences(speaker, within_log):
    """The mean difference of the two gradients, for each parameter."""
    original.WITHIN_LOG = within_log
    speaker.rng = np.random.default_rng(1)
    speaker.hidden = 0
    speaker.fit(HIDDEN)
    peer = speaker.peer
    _, backprop = peer.gradient(peer.x_train[:3], peer.t_train[:3])
    tried = peer.numerical()
    return {
        name: float(np.mean(np.abs(backprop[name] - tried[name])))
        for name in backprop
    }


def table(name, comment, rows):
    return [f"\n[{name}] # {comment}", *(f"{k} = {v}" for k, v in rows.items())]


def main():
    speaker = Speaker(
        original.Original("f64", 1, ROOT / "data/mnist", "")
    )
    lines = [
        "# Written by the command below; never by hand.",
        f'machine = "{platform.system()}, {platform.machine()}"',
        f'date = "{datetime.date.today()}"',
        f'command = "{COMMAND}"',
        "\n[versions]",
        f'Python = "{platform.python_version()}"',
        f'NumPy = "{np.__version__}"',
    ]
    comment = "mean |backprop - tried|, the first three images"
    for name, within_log in [("published", 1e-7), ("without", 0.0)]:
        rows = differences(speaker, within_log)
        rows = {name: f"{value:.2e}" for name, value in rows.items()}
        lines += table(f"difference.{name}", comment, rows)
    original.WITHIN_LOG = 1e-7
    comment = f"test images right, {ORIGINAL_STEPS} steps of {BATCH}, by seed"
    rows = {f'"{seed}"': accuracy(speaker, seed) for seed in SEEDS}
    lines += table("accuracy", comment, rows)
    path = ROOT / "benches/measured/original.toml"
    part = path.with_suffix(".part")
    part.write_text("\n".join(lines) + "\n")
    part.replace(path)


if __name__ == "__main__":
    main()
