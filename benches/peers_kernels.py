"""Kernels against scikit-learn and numpy, in one run on one machine.

    pip install scikit-learn
    python benches/peers_kernels.py [--quick]

Low rank on the digits: every method of ours at rank 64, and scikit-learn's Nystroem, each with one and with all threads and seven seeds; medians.
Products and regression: points of a unit cube from a fixed seed. Times are the clock's, each the best of the repetitions; memory is the most that
the process held. `--quick` leaves out what takes longer than seconds. The last line is JSON with every number.
"""

import argparse
import json
import math
import os
import statistics
import subprocess
import time
from pathlib import Path

import sides

RANK, GAMMA = 64, 0.053112
RIDGE = 1e-2


def ours(binary, threads, *args):
    """Lines `name value ..` of the binary, grouped by name."""
    env = {**os.environ, "RAYON_NUM_THREADS": str(threads)}
    command = [str(binary), *map(str, args)]
    text = subprocess.run(command, check=True, capture_output=True, text=True, env=env).stdout
    rows = {}
    for line in text.splitlines():
        name, *values = line.split()
        rows.setdefault(name, []).append([float(v) for v in values])
    return rows


def timed(f, repeats):
    seconds, result = [], None
    for _ in range(repeats):
        start = time.perf_counter()
        result = f()
        seconds.append(time.perf_counter() - start)
    return min(seconds), result


def medians(rows):
    return [statistics.median(column) for column in zip(*rows)]


def digits(binary, threads):
    import numpy as np
    from sklearn.datasets import load_digits
    from sklearn.kernel_approximation import Nystroem
    from sklearn.metrics.pairwise import rbf_kernel
    from threadpoolctl import threadpool_limits

    x = load_digits().data / 16
    exact = rbf_kernel(x, gamma=GAMMA)
    norm = np.linalg.norm(exact)

    def peer(limit):
        rows = []
        with threadpool_limits(limits=limit):
            Nystroem(gamma=GAMMA, n_components=RANK, random_state=99).fit_transform(x)
            for seed in range(7):
                model = Nystroem(gamma=GAMMA, n_components=RANK, random_state=seed)
                seconds, phi = timed(lambda model=model: model.fit_transform(x), 3)
                rows.append([seconds, np.linalg.norm(exact - phi @ phi.T) / norm])
        return medians(rows)

    theirs = min(peer(limit) for limit in threads)
    runs = [ours(binary, t, "digits") for t in threads]
    limit = runs[0].pop("limit")[0][1]
    methods = {}
    for name in runs[0]:
        if name != "peak_kib":
            methods[name] = min(medians(run[name]) for run in runs)
    good = {n: m for n, m in methods.items() if m[1] <= theirs[1]}
    fastest = min(good, key=lambda n: good[n][0])
    best = min(methods, key=lambda n: methods[n][1])
    print(f"\nlow rank, digits, rank {RANK}: limit {limit:.3e}")
    print(f"{'method':40} {'seconds':>10} {'error':>10} {'over limit':>10} {'speed':>7}")
    for name, (seconds, error) in [("scikit-learn Nystroem", theirs), *methods.items()]:
        print(f"{name:40} {seconds:10.5f} {error:10.3e} {error / limit:10.3f} {theirs[0] / seconds:7.2f}")
    print(f"as good as scikit-learn and fastest: {fastest}, {theirs[0] / good[fastest][0]:.2f} times its speed")
    return {"limit": limit, "scikit_learn": theirs, "methods": methods, "best": best, "fastest_as_good": fastest,
            "speed_at_no_larger_error": theirs[0] / good[fastest][0]}


def product(binary, n, dim):
    import numpy as np
    from sklearn.metrics.pairwise import rbf_kernel
    from threadpoolctl import threadpool_limits

    length = 0.3 * math.sqrt(dim)
    x = np.random.default_rng(1).random((n, dim))
    v = np.sin(np.arange(n))

    def with_numpy():
        s = (x * x).sum(1)
        k = s[:, None] + s[None, :] - 2 * (x @ x.T)
        np.multiply(k, -0.5 / length**2, out=k)
        return np.exp(k, out=k) @ v

    with threadpool_limits(limits=1):
        dense, _ = timed(lambda: rbf_kernel(x, gamma=0.5 / length**2) @ v, 2)
        plain, _ = timed(with_numpy, 2)
    out = {"n": n, "dim": dim, "threads": 1, "scikit_learn": dense, "numpy": plain}
    for precision in ("f64", "f32"):
        rows = ours(binary, 1, "product", n, dim, precision, 5)
        out[precision] = min(r[0] for r in rows["product"])
        out[f"{precision}_operator_kib"] = rows["operator_kib"][0][0]
        out[f"{precision}_times_scikit_learn"] = dense / out[precision]
        out[f"{precision}_times_numpy"] = plain / out[precision]
    print(f"\nK v, n = {n}, {dim} dimensions, one thread: scikit-learn {dense:.3f} s, numpy {plain:.3f} s, "
          f"ours {out['f64']:.4f} s in f64 ({out['f64_times_scikit_learn']:.1f} times), "
          f"{out['f32']:.4f} s in f32 ({out['f32_times_scikit_learn']:.1f} times)")
    return out


def growth(binary, dim, largest, threads):
    sizes = [largest // 8, largest // 4, largest // 2, largest]
    rows = []
    print(f"\nK v, {dim} dimensions, {threads} threads, f64")
    for n in sizes:
        run = ours(binary, threads, "product", n, dim, "f64", 2)
        rows.append([n, min(r[0] for r in run["product"]), run["peak_kib"][0][0]])
        print(f"n = {n:7}  {rows[-1][1]:8.3f} s  peak {rows[-1][2] / 1024:7.1f} MiB")
    x, y = [math.log(r[0]) for r in rows], [math.log(r[1]) for r in rows]
    mx, my = statistics.mean(x), statistics.mean(y)
    slope = sum((a - mx) * (b - my) for a, b in zip(x, y)) / sum((a - mx) ** 2 for a in x)
    print(f"growth exponent {slope:.2f}")
    return {"dim": dim, "threads": threads, "rows": rows, "exponent": slope}


def ridge(binary, n, rank, threads):
    run = ours(binary, threads, "ridge", n, rank, RIDGE)
    seconds, prepared, iterations, residual = run["ridge"][0]
    peak = run["peak_kib"][0][0]
    print(f"\nridge regression, n = {n}, preconditioner of rank {rank}: {seconds:.1f} s (of which {prepared:.1f} s preparation), "
          f"{iterations:.0f} iterations, residual {residual:.2e}, peak {peak / 1024:.0f} MiB")
    return {"n": n, "rank": rank, "seconds": seconds, "prepared": prepared, "iterations": iterations,
            "residual": residual, "peak_kib": peak}


def compare(binary, n, rank, threads):
    import numpy as np
    from sklearn.gaussian_process.kernels import Matern
    from sklearn.kernel_ridge import KernelRidge

    x = np.random.default_rng(1).random((n, 3))
    y = np.sin(5 * x[:, 0]) + x[:, 1] * x[:, 2]

    def peer():
        return KernelRidge(alpha=RIDGE, kernel="precomputed").fit(Matern(0.5, nu=1.5)(x), y)

    theirs, _ = timed(peer, 1)
    seconds, dense, fits, coefficients, residual = ours(binary, threads, "compare", n, rank, RIDGE)["compare"][0]
    print(f"\nridge regression, n = {n}: ours {seconds:.2f} s to a residual of {residual:.1e}, our dense Cholesky {dense:.2f} s, scikit-learn {theirs:.2f} s; "
          f"difference from Cholesky {fits:.2e} in the fit, {coefficients:.2e} in the coefficients")
    return {"n": n, "seconds": seconds, "cholesky_seconds": dense, "scikit_learn": theirs, "fit_difference": fits,
            "coefficient_difference": coefficients, "residual": residual}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", nargs="?", type=Path, help="the example kernels_bench; built where it is not given")
    parser.add_argument("--quick", action="store_true", help="leave out what takes longer than seconds")
    parser.add_argument("--only", choices=["digits", "product", "growth", "ridge", "compare"], help="one part alone")
    args = parser.parse_args()
    sides.need(numpy="numpy", sklearn="scikit-learn", threadpoolctl="threadpoolctl")
    args.binary = args.binary or sides.example("kernels_bench")
    threads = sorted({1, os.cpu_count() or 1})
    most = threads[-1]

    def wanted(part, slow=False):
        return args.only == part or (args.only is None and not (slow and args.quick))

    out = {}
    if wanted("digits"):
        out["digits"] = digits(args.binary, threads)
    if wanted("product"):
        out["product"] = product(args.binary, 10_000, 3)
    if wanted("compare"):
        out["compare"] = compare(args.binary, 5_000, 300, most)
    if wanted("growth", slow=True):
        out["growth"] = [growth(args.binary, 3, 100_000, most), growth(args.binary, 64, 50_000, most)]
    if wanted("ridge", slow=True):
        out["ridge"] = ridge(args.binary, 50_000, 1000, most)
    print(json.dumps(out))


if __name__ == "__main__":
    main()
