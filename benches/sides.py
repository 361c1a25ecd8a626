"""What every comparison with a peer shares: our programs, rounds in turn, and rows as JSON lines.

A script calls `main` with its rows by name. `python peers_X.py --only NAME [--quick]` runs one; `cargo xtask bench
--against-peers` calls it so, in an environment with the packages of `requirements/`.
"""

import argparse
import importlib.util
import json
import os
import re
import resource
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CORES = os.cpu_count() or 1


def program(name):
    """One of our examples: built by whoever started the script, or now. With the features of the whole workspace, as
    tests and runs have them: with those of one package cargo would compile faer a second time."""
    if "RELATA_PROGRAMS" in os.environ:
        return Path(os.environ["RELATA_PROGRAMS"]) / "examples" / name
    build = [os.environ.get("CARGO", "cargo"), "build", "--release", "--locked", "--workspace", "--example", name]
    subprocess.run(build, check=True, cwd=ROOT)
    return ROOT / os.environ.get("CARGO_TARGET_DIR", "target") / "release" / "examples" / name


class Ours:
    """One of our programs, and the most memory that a run of it held."""

    def __init__(self, name):
        self.path, self.peak_mib = program(name), None

    def __call__(self, *arguments, threads=CORES):
        """What it prints, as text."""
        env = {**os.environ, "RAYON_NUM_THREADS": str(threads)}
        command = [str(self.path), *map(str, arguments)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env) as child:
            watch = threading.Thread(target=self.watch, args=[child.pid], daemon=True)
            watch.start()
            text = child.stdout.read()
        watch.join()
        if child.returncode != 0:
            raise SystemExit(f"{' '.join(command)} ended with {child.returncode}")
        return text

    def watch(self, pid, every=0.01):
        """Follows the high-water mark of a process until it ends. What the system says of it afterwards includes
        this process, from which it was started."""
        while True:
            try:
                status = Path(f"/proc/{pid}/status").read_text()
            except OSError:
                return
            found = re.search(r"VmHWM:\s+(\d+)", status)
            if found is None:
                return
            self.peak_mib = max(self.peak_mib or 0.0, int(found[1]) / 1024)
            time.sleep(every)

    def lines(self, *arguments, threads=CORES):
        """The numbers of lines `name number ..`, grouped by name; words beside them are left out."""
        rows = {}
        for line in self(*arguments, threads=threads).splitlines():
            name, *values = line.split()
            rows.setdefault(name, []).append([float(v) for v in values if v[-1].isdigit()])
        return rows

    def json(self, *arguments, threads=CORES):
        return json.loads(self(*arguments, threads=threads))


def timed(f):
    """Seconds and the result."""
    start = time.perf_counter()
    result = f()
    return time.perf_counter() - start, result


def in_turn(ours, theirs, rounds=5):
    """Seconds of both, round by round; each gives its own seconds."""
    times = [], []
    for _ in range(rounds):
        times[0].append(ours())
        times[1].append(theirs())
    return times


def best_of(variants):
    """Of peers that were run in several ways, the one with the smallest median: (name, times)."""
    return min(variants.items(), key=lambda v: statistics.median(v[1]))


def peak_mib():
    """The most memory that this process held, with its libraries."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def version(package):
    from importlib.metadata import version as installed

    return f"{package} {installed(package)}"


def emit(name, work, peer, unit, ours, theirs, **more):
    """One row: the fields of `Measured` in benches/src/measured.rs."""
    row = {"name": name, "work": work, "peer": peer, "unit": unit, "ours": list(ours), "theirs": list(theirs), **more}
    print(json.dumps(row), flush=True)


def main(description, rows, needs):
    """Runs the rows that the command line asks for; `needs`: modules and the packages that bring them."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="rough figures, without what takes minutes")
    parser.add_argument("--only", choices=sorted(rows), help="one row alone")
    arguments = parser.parse_args()
    missing = [package for module, package in needs.items() if importlib.util.find_spec(module) is None]
    if missing:
        sys.exit(f"this comparison needs: pip install {' '.join(missing)}")
    for name, run in rows.items():
        if arguments.only in (None, name):
            run(name, arguments.quick)
