"""How the work of each main operation grows: the exponent of its processor time against the size, beside the theory's.

`python benches/growth.py [--only NAME]` runs our programs on one thread at several sizes, twice each, takes the least processor time of the
whole process (user and system), and fits a line to the logarithms. What starting the program takes is in every time, so that the last two sizes say more.
Processor time says something on a busy machine, too. Prints a Markdown table.
"""

import argparse
import os
import random
import subprocess
import tempfile
from pathlib import Path

import math
import sides

STEPS = 40


def matrix(n, folder):
    """An n x n matrix of normal numbers, symmetric, as decompositions read it."""
    import array

    draw = random.Random(n)
    rows = [[draw.gauss(0, 1) for _ in range(n)] for _ in range(n)]
    file = Path(folder) / f"{n}"
    file.write_bytes(array.array("d", (rows[max(i, j)][min(i, j)] for i in range(n) for j in range(n))).tobytes())
    return file


def comparisons(n, folder):
    draw = random.Random(n)
    items = max(2, n // 20)
    worth = [draw.gauss(0, 1) for _ in range(items)]
    pairs = []
    for _ in range(n):
        a, b = draw.sample(range(items), 2)
        pairs.append((a, b) if draw.random() < 1 / (1 + math.exp(worth[b] - worth[a])) else (b, a))
    file = Path(folder) / f"{n}"
    file.write_text(f"{items}\n" + " ".join(f"{a} {b}" for a, b in pairs))
    return file


def panel(n, folder):
    draw = random.Random(n)
    file = Path(folder) / f"{n}"
    numbers = [draw.uniform(0.2, 1.2) for _ in range(2 * 5 * n)]
    file.write_text(f"1 {n} 5\n" + " ".join(map(repr, numbers)))
    return file


def choices(n, folder):
    draw = random.Random(n)
    file = Path(folder) / f"{n}"
    row = lambda: " ".join([str(draw.randrange(4))] + [repr(draw.gauss(0, 1)) for _ in range(4 * 6)])
    file.write_text(f"{n} 4 6\n" + "\n".join(row() for _ in range(n)))
    return file


# name: (what, of what, sizes, the theory's exponent, the program and its arguments).
ROWS = {
    "step-batch": ("training step, width 64, all pairs", "batch", [256, 512, 1024, 2048], "1 to 2", lambda n, _: ["training_steps", "time", 64, n, STEPS]),
    "step-width": ("training step, batch 256", "width", [128, 256, 512, 1024], "2", lambda n, _: ["training_steps", "time", n, 256, STEPS]),
    "product": ("K v, Gaussian, 3 dimensions, 5 times", "points", [4000, 8000, 16000, 32000], "2", lambda n, _: ["kernels_bench", "product", n, 3, "f64", 5]),
    "eigen": ("eigendecomposition", "rows", [200, 400, 800, 1200], "3", lambda n, folder: ["decompositions", "eigen", n, matrix(n, folder)]),
    "svd": ("singular value decomposition", "rows", [200, 400, 800, 1200], "3", lambda n, folder: ["decompositions", "svd", n, matrix(n, folder)]),
    "bradley-terry": ("Bradley-Terry, 20 comparisons per item", "comparisons", [5_000, 10_000, 20_000, 40_000], "1 to 3", lambda n, folder: ["preferences_tasks", "bradley-terry", comparisons(n, folder), 0.01]),
    "garp": ("GARP and CCEI, choices at random, 5 goods", "choices", [250, 500, 1000, 2000], "2 (log n)", lambda n, folder: ["preferences_tasks", "garp", panel(n, folder)]),
    "logit": ("conditional logit, 4 alternatives", "choices", [4000, 8000, 16000, 32000], "1", lambda n, folder: ["preferences_tasks", "logit", choices(n, folder)]),
    "utility": ("a utility from comparisons", "items", [20_000, 40_000, 80_000, 160_000], "1", lambda n, _: ["preferences_tasks", "utility", n, 5 * n]),
    "cells": ("cells that do nothing", "cells", [250, 500, 1000, 2000], "1", lambda n, _: ["cells", n]),
}


def processor_seconds(arguments):
    name, *rest = arguments
    command = [str(sides.program(name)), *map(str, rest)]
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, env={**os.environ, "RAYON_NUM_THREADS": "1"})
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise SystemExit(f"{' '.join(command)} ended with {child.returncode}")
    return used.ru_utime + used.ru_stime


def exponent(sizes, seconds):
    """Of the line through all points in logarithms, and of the last two points."""
    x, y = [math.log(n) for n in sizes], [math.log(s) for s in seconds]
    a, b = sum(x) / len(x), sum(y) / len(y)
    slope = sum((u - a) * (v - b) for u, v in zip(x, y)) / sum((u - a) ** 2 for u in x)
    return slope, (y[-1] - y[-2]) / (x[-1] - x[-2])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=sorted(ROWS))
    only = parser.parse_args().only
    print("| operation | sizes | processor seconds | exponent | of the last two | theory |\n|---|---|---|---|---|---|")
    for name, (what, of, sizes, theory, command) in ROWS.items():
        if only not in (None, name):
            continue
        with tempfile.TemporaryDirectory() as folder:
            seconds = [min(processor_seconds(arguments) for _ in range(2)) for arguments in (command(n, folder) for n in sizes)]
        fitted, last = exponent(sizes, seconds)
        numbers = lambda values: ", ".join(f"{v:.3g}" for v in values)
        print(f"| {what} | {of}: {', '.join(map(str, sizes))} | {numbers(seconds)} | {fitted:.2f} | {last:.2f} | {theory} |", flush=True)


if __name__ == "__main__":
    main()
