"""Training steps against PyTorch, in one run on one machine.

A pair of GELU perceptrons (8 inputs, two hidden layers, rank 16), Adam, single precision, a Gaussian relation on all pairs of a fresh batch: whole
steps, points and relation values included on both sides. PyTorch runs eager and compiled, each with one thread and with all; the best of these
counts. Ours runs with all threads. Rounds are taken in turn; a time is the median step of a round. Before anything is timed both take the same
steps from the same weights, and must have the same losses. `--quick`: fewer rounds and steps.
"""

import json
import statistics
import sys

import sides

RANK, DIMENSION, LENGTH = 16, 8, 2.0
SIZES = {"training/64-256": (64, 256, 300), "training/128-1024": (128, 1024, 100), "training/512-4096": (512, 4096, 12)}
GOALS = {"eager": 2.5, "torch.compile": 1.5}


def encoder(width, torch):
    linear, gelu = torch.nn.Linear, torch.nn.GELU
    return torch.nn.Sequential(linear(DIMENSION, width), gelu(), linear(width, width), gelu(), linear(width, RANK))


def relation(x, y, torch):
    squares = (x * x).sum(1)[:, None] + (y * y).sum(1)[None, :] - 2 * x @ y.T
    return torch.exp(squares * (-0.5 / LENGTH**2))


def agree(ours):
    """The largest relative difference of losses over 30 steps from the same weights, theirs in double precision."""
    import torch

    told = ours.json("check")
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
        return statistics.median(1e3 * sides.timed(self.step)[0] for _ in range(steps))


def row(name, quick):
    import torch

    width, batch, steps = SIZES[name]
    rounds = 2 if quick else 5
    steps = max(4, steps // 4) if quick else steps
    ours = sides.Ours("training_steps")
    difference = agree(ours)
    variants = []
    for kind, compiled in [("eager", False), ("torch.compile", True)]:
        for threads in sorted({1, sides.CORES}):
            torch.set_num_threads(threads)
            theirs = Theirs(width, batch, compiled)
            try:
                for _ in range(3):
                    theirs.step()
            except Exception as error:  # no C++ compiler, most often
                print(f"torch.compile does not run here: {str(error).splitlines()[0]}", file=sys.stderr)
                continue
            variants.append((kind, threads, theirs, []))
    own = []
    for _ in range(rounds):
        for _, threads, theirs, times in variants:
            torch.set_num_threads(threads)
            times.append(theirs.median(steps))
        own.append(ours.lines("time", width, batch, steps)["step"][0][0])
    for kind, goal in GOALS.items():
        of_kind = {threads: times for k, threads, _, times in variants if k == kind}
        if not of_kind:
            continue
        threads, times = sides.best_of(of_kind)
        sides.emit(
            name,
            f"training step, width {width}, batch {batch} per side",
            f"{kind} ({sides.version('torch')})",
            "ms",
            own,
            times,
            threads=[sides.CORES, threads],
            peak_mib=[ours.peak_mib, sides.peak_mib()],
            difference=[difference, 1e-3],
            goal=goal,
        )


if __name__ == "__main__":
    sides.main(__doc__, {name: row for name in SIZES}, {"torch": "torch", "numpy": "numpy"})
