"""What the original program and ours arrive at, for the book's pages.

    python3 benches/peers/record.py

Writes benches/measured/original.toml. Needs NumPy, cargo and, in `data/mnist`,
MNIST (`cargo book data`). For some minutes, each program learns by the
original's protocol from ten seeds; and the original's gradient is checked on
the first three images, with the 1e-7 within the logarithm and without. Bless
the pages that show these numbers afterwards.
"""

import datetime
import pathlib
import platform
import subprocess

import numpy as np

import original
from peer import BATCH, HIDDEN, ORIGINAL_STEPS, Speaker

SEEDS = range(1, 11)
ROOT = pathlib.Path(__file__).parents[2]
COMMAND = "python3 benches/peers/record.py"
OURS = ["cargo", "run", "--quiet", "--example", "train", "--", "--original"]


def theirs(speaker, seed):
    """The share of the test images that are right after the protocol."""
    return speaker.answer(f"accuracy {seed}")["accuracy"]


def ours(seed):
    """The same of our program: the last column of its last row."""
    command = [*OURS, "--f64", "--seed", str(seed)]
    output = subprocess.check_output(command, cwd=ROOT, text=True)
    rows = [line.split() for line in output.splitlines()]
    last = [row for row in rows if len(row) == 5 and row[0].isdigit()][-1]
    assert last[1] == str(ORIGINAL_STEPS), last
    return float(last[4])


def differences(speaker, within_log):
    """The mean difference of the two gradients, for each parameter."""
    original.WITHIN_LOG = within_log
    speaker.rng = np.random.default_rng(1)
    speaker.hidden = 0
    speaker.fit(HIDDEN)
    peer = speaker.peer
    _, backprop = peer.gradient(peer.x_train[:3], peer.t_train[:3])
    tried = peer.numerical()
    means = {
        name: np.mean(np.abs(backprop[name] - tried[name])) for name in backprop
    }
    return {name: f"{mean:.2e}" for name, mean in means.items()}


def table(name, comment, rows):
    return [f"\n[{name}] # {comment}", *(f"{k} = {v}" for k, v in rows.items())]


def main():
    speaker = Speaker(original.Original("f64", 1, ROOT / "data/mnist", ""))
    gradients = "mean |backprop - tried|, the first three images"
    published = differences(speaker, 1e-7)
    without = differences(speaker, 0.0)
    original.WITHIN_LOG = 1e-7
    right = f"test images right, {ORIGINAL_STEPS} steps of {BATCH}, by seed"
    quoted = lambda run: {f'"{seed}"': run(seed) for seed in SEEDS}
    lines = [
        "# Written by the command below; never by hand.",
        f'machine = "{platform.system()}, {platform.machine()}"',
        f'date = "{datetime.date.today()}"',
        f'command = "{COMMAND}"',
        "\n[versions]",
        f'Python = "{platform.python_version()}"',
        f'NumPy = "{np.__version__}"',
        *table("difference.published", gradients, published),
        *table("difference.without", gradients, without),
        *table("accuracy.ours", right, quoted(ours)),
        *table(
            "accuracy.original", right, quoted(lambda it: theirs(speaker, it))
        ),
    ]
    path = ROOT / "benches/measured/original.toml"
    part = path.with_suffix(".part")
    part.write_text("\n".join(lines) + "\n")
    part.replace(path)


if __name__ == "__main__":
    main()
