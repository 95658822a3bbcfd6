"""Runs notebooks of the book in Jupyter's Rust kernel, evcxr, and compares
what they print with what they hold:

    cargo install evcxr_jupyter && evcxr_jupyter --install
    pip install nbclient nbformat
    cargo book notebook
    python tests/notebooks/run.py target/notebooks/*.ipynb

The first cell of a session builds the crates, which takes minutes; with
EVCXR_TMPDIR set to a folder, all sessions share one build.

Numbers are compared to 4 digits, and pictures by their being there: the book's
own tests do better. This finds cells that the kernel cannot run.
"""

import re
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient

NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")


def printed(cell):
    """What a cell printed, and whether it drew or failed."""
    text, drew, failed = "", False, False
    for output in cell.outputs:
        if output.output_type == "stream" and output.name == "stdout":
            text += output.text
        elif output.output_type in ("display_data", "execute_result"):
            drew |= "image/svg+xml" in output.data
            if "image/svg+xml" not in output.data:
                text += output.data.get("text/plain", "")
        elif output.output_type == "error":
            failed = True
        else:
            # evcxr tells of a panic here.
            failed |= "panicked at" in output.text
    return text.strip(), drew, failed


def agree(page, now):
    """Whether two texts are the same, but for the last digits of numbers."""
    words = re.sub(r"\s+", " ", NUMBER.sub("#", page))
    if words != re.sub(r"\s+", " ", NUMBER.sub("#", now)):
        return False
    pairs = zip(NUMBER.findall(page), NUMBER.findall(now))
    for one, other in pairs:
        digits = len(one.partition(".")[2].partition("e")[0])
        unit = max(10.0**-digits, 1e-4 * abs(float(one)))
        if abs(float(one) - float(other)) > unit:
            return False
    return True


def check(path):
    """Runs a notebook, and lists where it differs from what it holds."""
    book = nbformat.read(path, as_version=4)
    before = [
        printed(cell) if cell.cell_type == "code" else None for cell in book.cells
    ]
    client = NotebookClient(
        book,
        timeout=1800,
        allow_errors=True,
        resources={"metadata": {"path": str(path.parent)}},
    )
    client.execute()
    problems = []
    for cell, was in zip(book.cells, before):
        if was is None:
            continue
        now = printed(cell)
        # What a cell that fails says is worded by the kernel.
        if "raises-exception" in cell.metadata.get("tags", []):
            is_good = now[2]
        else:
            is_good = agree(was[0], now[0]) and was[1:] == now[1:]
        if not is_good:
            said = [
                "\n".join(output.get("traceback", [])) or output.get("text", "")
                for output in cell.outputs
            ]
            problems.append((cell.id, was, now, said))
    return problems


def main():
    """Checks all notebooks that are named."""
    is_good = True
    for name in sys.argv[1:]:
        path = Path(name)
        since = time.time()
        problems = check(path)
        seconds = time.time() - since
        print(f"{path.name}: {seconds:.0f} s, {len(problems)} problems")
        for cell, was, now, said in problems:
            is_good = False
            print(f"  {cell}: holds {was}\n  prints {now}")
            for text in said:
                print("    " + text.replace("\n", "\n    "))
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
