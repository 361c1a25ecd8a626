"""What every comparison with a peer needs: our side, built, and theirs, installed."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def example(name):
    """Builds an example and returns its path. With the features of the whole workspace, as tests and runs
    have them: with those of one package cargo would compile faer a second time."""
    build = [os.environ.get("CARGO", "cargo"), "build", "--release", "--locked", "--workspace", "--example", name]
    subprocess.run(build, check=True, cwd=ROOT)
    return ROOT / os.environ.get("CARGO_TARGET_DIR", "target") / "release" / "examples" / name


def need(**modules):
    """Ends the script with what to install, unless all modules (module=package) are there."""
    missing = [package for module, package in modules.items() if importlib.util.find_spec(module) is None]
    if missing:
        sys.exit(f"this comparison needs: pip install {' '.join(missing)}")
