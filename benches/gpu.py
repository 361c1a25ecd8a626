"""Training steps on a graphics processor: wgpu (Vulkan) against PyTorch CUDA on the same card.

    python benches/gpu.py [--quick]

Compiles the wgpu backend, makes sure that it agrees with flex (the parity test), and then times the step of peers_training.py on both, in turn,
at widths from 256 to 4096 and batches from 1024 to 65536 per side. A size that does not fit the card's memory on one side is said and left out.
It needs a card with Vulkan and CUDA drivers and a PyTorch that sees it; it has not been run yet, since no machine so far had one.
"""

import argparse
import os
import statistics
import subprocess
import sys

import peers_training
import sides

WIDTHS, BATCHES, ROUNDS = [256, 512, 1024, 2048, 4096], [1024, 4096, 16384, 65536], 3
FEATURES = ["--release", "--locked", "--package", "relata-pipelines", "--features", "wgpu"]


def cargo(*arguments):
    return [os.environ.get("CARGO", "cargo"), *arguments]


def ours(width, batch, steps):
    command = cargo("run", "--quiet", *FEATURES, "--example", "step_on", "--", "wgpu", str(width), str(batch), str(steps))
    run = subprocess.run(command, cwd=sides.ROOT, capture_output=True, text=True)
    if run.returncode != 0:
        raise MemoryError(run.stderr.strip().splitlines()[-1])
    rows = dict(line.split(" ", 1) for line in run.stdout.splitlines())
    return rows["device"], float(rows["step"].split()[0])


def theirs(width, batch, compiled):
    """A step of PyTorch on the card, which is waited for."""
    import torch

    with torch.device("cuda"):
        step = peers_training.Theirs(width, batch, compiled).step
    return lambda: (step(), torch.cuda.synchronize())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="the smallest width and batch alone")
    quick = parser.parse_args().quick
    import torch

    if not torch.cuda.is_available():
        sys.exit("PyTorch sees no CUDA device here: nothing to compare")
    torch.set_default_device("cuda")
    parity = {**os.environ, "RELATA_REQUIRE_WGPU": "1", "CUBECL_AUTOTUNE_CACHE": "0"}
    subprocess.run(cargo("test", *FEATURES, "--test", "parity"), check=True, cwd=sides.ROOT, env=parity)
    print(f"PyTorch {torch.__version__} on {torch.cuda.get_device_name()}")
    for width in WIDTHS[:1] if quick else WIDTHS:
        for batch in BATCHES[:1] if quick else BATCHES:
            steps = max(8, min(200, 4_000_000 // (width * batch // 64)))
            times = {"wgpu": [], "eager": [], "torch.compile": []}
            try:
                peers = {name: theirs(width, batch, name != "eager") for name in list(times)[1:]}
                for _ in range(ROUNDS):
                    device, milliseconds = ours(width, batch, steps)
                    times["wgpu"].append(milliseconds)
                    for name, step in peers.items():
                        step()
                        times[name].append(1e3 * statistics.median(sides.timed(step)[0] for _ in range(steps)))
            except (MemoryError, RuntimeError) as error:
                print(f"({width}, {batch}): left out: {error}")
                continue
            found = {name: statistics.median(of) for name, of in times.items()}
            print(f"({width}, {batch}) on {device}: " + ", ".join(f"{name} {ms:.3f} ms" for name, ms in found.items()))


if __name__ == "__main__":
    main()
