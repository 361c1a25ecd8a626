"""Runs every comparison with a peer that lies beside this folder (benches/peers_*.py), one after the other, and passes their output on.

Each script measures the peer and Relata in the same run on the same machine and prints ratios. A script whose peer is not installed says which
package it needs; that is reported, not fatal, unless no script ran at all.
"""
import pathlib
import subprocess
import sys

scripts = sorted(pathlib.Path(__file__).resolve().parent.parent.glob("peers_*.py"))
failed = []
for script in scripts:
    print(f"== {script.name}", flush=True)
    if subprocess.run([sys.executable, str(script), *sys.argv[1:]], check=False).returncode != 0:
        failed.append(script.name)
if failed:
    print(f"did not finish: {', '.join(failed)}", file=sys.stderr)
sys.exit(1 if len(failed) == len(scripts) else 0)
