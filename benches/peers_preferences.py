"""Preferences against choix, prefgraph and statsmodels, in one run on one machine.

    pip install numpy choix prefgraph statsmodels
    python benches/peers_preferences.py [--quick]

Data are simulated here from fixed seeds and written to text files. Times exclude reading on both sides; each is the best of
three runs (of seven for revealed preference), except choix's and statsmodels'. Seconds are the clock's and want an idle machine; `cpu` is
processor time, of our one thread and of all of theirs. `--quick` leaves out choix, which takes minutes on
6 000 items. The last line is JSON with every number.
"""

import argparse
import json
import subprocess
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


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", nargs="?", help="the example preferences_tasks; built where it is not given")
    parser.add_argument("--quick", action="store_true", help="leave out what takes longer than seconds")
    args = parser.parse_args()
    sides.need(numpy="numpy", choix="choix", prefgraph="prefgraph", statsmodels="statsmodels")
    global np
    import numpy as np

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
