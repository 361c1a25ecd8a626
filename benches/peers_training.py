"""Training steps against PyTorch, in one run on one machine.

    pip install torch
    python benches/peers_training.py [--quick]

A pair of GELU perceptrons (8 inputs, two hidden layers, rank 16), Adam, single precision, a Gaussian relation on all pairs of a fresh batch: whole
steps, points and relation values included on both sides. PyTorch runs eager and compiled, each with one thread and with all; the best of these
counts. Ours runs with all threads. Rounds are taken in turn; a time is the median step of a round, and the medians over the rounds are printed
with their spread. Before anything is timed both take the same steps from the same weights, and must have the same losses. `--quick` leaves out
the largest size. The last line is JSON with every number.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

import sides

RANK, DIMENSION, LENGTH = 16, 8, 2.0
SIZES = [(64, 256, 300), (128, 1024, 100), (512, 4096, 12)]
ROUNDS = 5


def ours(binary, width, batch, steps, threads):
    env = {**os.environ, "RAYON_NUM_THREADS": str(threads)}
    command = [str(binary), "time", str(width), str(batch), str(steps)]
    text = subprocess.run(command, check=True, capture_output=True, text=True, env=env).stdout
    rows = {line.split()[0]: line.split()[1:] for line in text.splitlines()}
    return float(rows["step"][0]), int(rows.get("peak_kib", ["0"])[0])


def encoder(width, torch):
    linear, gelu = torch.nn.Linear, torch.nn.GELU
    return torch.nn.Sequential(linear(DIMENSION, width), gelu(), linear(width, width), gelu(), linear(width, RANK))


def relation(x, y, torch):
    squares = (x * x).sum(1)[:, None] + (y * y).sum(1)[None, :] - 2 * x @ y.T
    return torch.exp(squares * (-0.5 / LENGTH**2))


def agree(binary):
    """The largest relative difference of losses over 30 steps from the same weights, theirs in double precision."""
    import torch

    told = json.loads(subprocess.run([str(binary), "check"], check=True, capture_output=True, text=True).stdout)
    double = {"dtype": torch.float64}
    x, y = torch.tensor(told["x"], **double), torch.tensor(told["y"], **double)
    target = relation(x, y, torch)
    # Relations are learned in units of their root mean square, networks as well.
    size = (target**2).mean().sqrt()
    nets = []
    for side in ["phi", "psi"]:
        net = encoder(len(told[side][0]["bias"]), torch).double()
        linear = [layer for layer in net if hasattr(layer, "weight")]
        with torch.no_grad():
            for layer, given in zip(linear, told[side]):
                layer.weight.copy_(torch.tensor(given["weight"], **double))
                layer.bias.copy_(torch.tensor(given["bias"], **double))
            linear[-1].weight.div_(size.sqrt())
            linear[-1].bias.div_(size.sqrt())
        nets.append(net)
    optimizer = torch.optim.Adam([p for net in nets for p in net.parameters()], lr=1e-3)
    worst = 0.0
    for loss in told["losses"]:
        theirs = ((nets[0](x) @ nets[1](y).T - target / size) ** 2).mean()
        worst = max(worst, abs(theirs.item() / loss - 1))
        optimizer.zero_grad()
        theirs.backward()
        optimizer.step()
    return worst


class Theirs:
    """The same networks, relation and optimiser in PyTorch."""

    def __init__(self, width, batch, compiled):
        import torch

        torch.manual_seed(0)
        phi, psi = encoder(width, torch), encoder(width, torch)
        self.batch, self.torch = batch, torch
        self.optimizer = torch.optim.Adam([*phi.parameters(), *psi.parameters()], lr=1e-3, fused=True)

        def loss(x, y):
            return ((phi(x) @ psi(y).T - relation(x, y, torch)) ** 2).mean()

        self.loss = torch.compile(loss) if compiled else loss

    def step(self):
        points = [2 * self.torch.rand(self.batch, DIMENSION) - 1 for _ in range(2)]
        loss = self.loss(*points)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        return loss.item()

    def median(self, steps):
        times = []
        for _ in range(steps):
            start = time.perf_counter()
            self.step()
            times.append((time.perf_counter() - start) * 1e3)
        return statistics.median(times)


def compare(binary, width, batch, steps):
    import torch

    cores = os.cpu_count() or 1
    variants = []
    for compiled in [False, True]:
        for threads in sorted({1, cores}):
            torch.set_num_threads(threads)
            theirs = Theirs(width, batch, compiled)
            try:
                for _ in range(3):
                    theirs.step()
            except Exception as error:  # no C++ compiler, most often
                print(f"({width}, {batch}): torch.compile does not run here: {str(error).splitlines()[0]}")
                continue
            variants.append((compiled, threads, theirs, []))
    own, peak = [], 0
    for _ in range(ROUNDS):
        for _, threads, theirs, times in variants:
            torch.set_num_threads(threads)
            times.append(theirs.median(steps))
        median, kib = ours(binary, width, batch, steps, cores)
        own.append(median)
        peak = max(peak, kib)
    row = {"width": width, "batch": batch, "ours_ms": statistics.median(own), "ours_spread_ms": [min(own), max(own)]}
    # Theirs is that of this process, library and all sizes so far included.
    row["ours_peak_mib"] = peak / 1024
    row["theirs_peak_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    for name, compiled in [("eager", False), ("compiled", True)]:
        best = min((v for v in variants if v[0] == compiled), key=lambda v: statistics.median(v[3]), default=None)
        if best is None:
            continue
        times = best[3]
        row[f"{name}_ms"], row[f"{name}_threads"] = statistics.median(times), best[1]
        row[f"{name}_spread_ms"] = [min(times), max(times)]
        row[f"{name}_ratio"] = row[f"{name}_ms"] / row["ours_ms"]
    print(
        f"({width}, {batch}): ours {row['ours_ms']:.2f} ms"
        + "".join(
            f", {name} {row[f'{name}_ms']:.2f} ({row[f'{name}_ratio']:.1f} times)"
            for name in ["eager", "compiled"]
            if f"{name}_ms" in row
        )
    )
    return row


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", nargs="?", type=Path, help="the example training_steps; built where it is not given")
    parser.add_argument("--quick", action="store_true", help="without the largest size")
    arguments = parser.parse_args()
    sides.need(torch="torch")
    binary = arguments.binary or sides.example("training_steps")
    sizes = SIZES[:-1] if arguments.quick else SIZES
    difference = agree(binary)
    if not difference < 1e-3:
        sys.exit(f"the two sides do not take the same steps: losses differ by {difference:.1e}")
    print(f"the same steps from the same weights: losses within {difference:.1e}")
    print(json.dumps({"loss_difference": difference, "rows": [compare(binary, *size) for size in sizes]}))


if __name__ == "__main__":
    main()
