"""Reads a run of Relata: its headline numbers and its tables, with pandas where it is installed.

    python3 read_run.py runs/symmetric/smoke-flex-0
"""

import csv
import json
import pathlib
import sys


def numbers(run):
    """The headline numbers: name to {meaning, value, unit, ...}."""
    return json.loads((pathlib.Path(run) / "summary.json").read_text())["metrics"]


def tables(run):
    """The tables: name to a DataFrame, or to a list of dicts without pandas. An empty field is missing."""
    out = {}
    for path in sorted((pathlib.Path(run) / "tables").glob("*.csv")):
        try:
            import pandas

            out[path.stem] = pandas.read_csv(path)
        except ImportError:
            with path.open(newline="") as file:
                out[path.stem] = list(csv.DictReader(file))
    return out


def main(run):
    for name, metric in numbers(run).items():
        print(f"{name} = {metric['value']}: {metric['meaning']}")
    for name, table in tables(run).items():
        print(f"{name}: {len(table)} rows")


if __name__ == "__main__":
    main(sys.argv[1])
