"""Kernels against scikit-learn and numpy, in one run on one machine.

Low rank on the digits at rank 64: of our methods the fastest that is as good as scikit-learn's Nystroem, medians over seven seeds. Products and
regression: points of a unit cube from a fixed seed. Times are the clock's. `--quick` leaves out what takes longer than seconds.
"""

import math
import statistics
import tempfile

import sides

RANK, GAMMA = 64, 0.053112
RIDGE = 1e-2


def low_rank(name, quick):
    """The better of one thread and all, on both sides; the error of ours is no larger."""
    import numpy as np
    from sklearn.datasets import load_digits
    from sklearn.kernel_approximation import Nystroem
    from sklearn.metrics.pairwise import rbf_kernel
    from threadpoolctl import threadpool_limits

    x = load_digits().data / 16
    exact = rbf_kernel(x, gamma=GAMMA)
    norm = np.linalg.norm(exact)
    threads = sorted({1, sides.CORES})

    def peer(limit):
        rows = []
        with threadpool_limits(limits=limit):
            Nystroem(gamma=GAMMA, n_components=RANK, random_state=99).fit_transform(x)
            for seed in range(7):
                model = Nystroem(gamma=GAMMA, n_components=RANK, random_state=seed)
                seconds, phi = sides.timed(lambda model=model: model.fit_transform(x))
                rows.append((seconds, np.linalg.norm(exact - phi @ phi.T) / norm))
        return rows

    ours = sides.Ours("kernels_bench")
    of_theirs = {limit: peer(limit) for limit in threads}
    of_ours = {limit: ours.lines("digits", threads=limit) for limit in threads}
    median = lambda rows, k: statistics.median(r[k] for r in rows)
    their_threads, theirs = min(of_theirs.items(), key=lambda v: median(v[1], 0))
    error = median(theirs, 1)
    runs = {(limit, method): rows for limit, of in of_ours.items() for method, rows in of.items()}
    limits = {limit: runs.pop((limit, "limit"))[0][1] for limit in threads}
    good = {k: rows for k, rows in runs.items() if k[1] != "peak_kib" and median(rows, 1) <= error}
    (our_threads, method), mine = min(good.items(), key=lambda v: median(v[1], 0))
    sides.emit(
        name,
        f"low rank of the digits' Gram matrix, rank {RANK}: {method}",
        f"Nystroem ({sides.version('scikit-learn')})",
        "ms",
        [1e3 * r[0] for r in mine],
        [1e3 * r[0] for r in theirs],
        threads=[our_threads, their_threads],
        peak_mib=[ours.peak_mib, sides.peak_mib()],
        # Ours is never the worse approximation.
        difference=[max(0.0, median(mine, 1) / error - 1), 0.0],
        goal=1.0,
        note=f"error over the limit {median(mine, 1) / limits[our_threads]:.3f}, theirs {error / limits[our_threads]:.3f}",
    )


def points(ours, n, dim):
    """The points that our program uses."""
    import numpy as np

    with tempfile.TemporaryDirectory() as folder:
        ours("points", n, dim, f"{folder}/points")
        return np.fromfile(f"{folder}/points", dtype="<f8").reshape(n, dim)


def product(name, quick):
    import numpy as np
    from sklearn.metrics.pairwise import rbf_kernel
    from threadpoolctl import threadpool_limits

    n, dim = (4_000, 3) if quick else (10_000, 3)
    length = 0.3 * math.sqrt(dim)
    x = points(sides.Ours("kernels_bench"), n, dim)
    v = np.sin(np.arange(n))

    def with_numpy():
        s = (x * x).sum(1)
        k = s[:, None] + s[None, :] - 2 * (x @ x.T)
        np.multiply(k, -0.5 / length**2, out=k)
        return np.exp(k, out=k) @ v

    peers = {
        sides.version("scikit-learn"): lambda: rbf_kernel(x, gamma=0.5 / length**2) @ v,
        sides.version("numpy"): with_numpy,
    }
    with threadpool_limits(limits=1):
        for peer, theirs in peers.items():
            for precision in ("f64", "f32"):
                ours, answers = sides.Ours("kernels_bench"), {}

                def mine():
                    rows = ours.lines("product", n, dim, precision, 2, threads=1)["product"]
                    answers["ours"] = rows[0][1]
                    return min(r[0] for r in rows)

                def run():
                    seconds, answers["theirs"] = sides.timed(theirs)
                    return seconds

                times = sides.in_turn(mine, run, 2 if quick else 5)
                apart = abs(answers["ours"] - answers["theirs"].sum()) / np.abs(answers["theirs"]).sum()
                sides.emit(
                    name,
                    f"K v, n = {n}, {dim} dimensions, {precision} of ours",
                    peer,
                    "s",
                    *times,
                    threads=[1, 1],
                    peak_mib=[ours.peak_mib, sides.peak_mib()],
                    # Of the sums of all products, relative to the sum of their magnitudes.
                    difference=[apart, 1e-10 if precision == "f64" else 1e-4],
                    goal=1.0,
                )


def ridge(name, quick):
    import numpy as np
    from sklearn.gaussian_process.kernels import Matern
    from sklearn.kernel_ridge import KernelRidge

    n, rank = (2_000, 200) if quick else (5_000, 300)
    ours = sides.Ours("kernels_bench")
    x = points(ours, n, 3)
    y = np.sin(5 * x[:, 0]) + x[:, 1] * x[:, 2]
    told, fitted = [], []

    def mine():
        told.append(ours.lines("compare", n, rank, RIDGE)["compare"][0])
        return told[-1][0]

    def theirs():
        model = KernelRidge(alpha=RIDGE, kernel="precomputed")
        seconds, _ = sides.timed(lambda: model.fit(Matern(0.5, nu=1.5)(x), y))
        fitted.append(model.dual_coef_ @ y)
        return seconds

    times = sides.in_turn(mine, theirs, 1 if quick else 3)
    sides.emit(
        name,
        f"ridge regression, Matern 3/2, n = {n}",
        f"KernelRidge ({sides.version('scikit-learn')})",
        "s",
        *times,
        threads=[sides.CORES, sides.CORES],
        peak_mib=[ours.peak_mib, sides.peak_mib()],
        # Inner products of coefficients and data.
        difference=[max(abs(t[5] / f - 1) for t, f in zip(told, fitted)), 1e-6],
        goal=1.0,
        note="iterations with a Nystrom preconditioner; ours alone also factors the matrix to compare, which its memory shows",
    )


def growth(name, quick):
    ours = sides.Ours("kernels_bench")
    for dim, largest in [(3, 20_000 if quick else 100_000), (64, 10_000 if quick else 50_000)]:
        sizes = [largest // 8, largest // 4, largest // 2, largest]
        seconds = [min(r[0] for r in ours.lines("product", n, dim, "f64", 2)["product"]) for n in sizes]
        x, y = [math.log(n) for n in sizes], [math.log(s) for s in seconds]
        mx, my = statistics.mean(x), statistics.mean(y)
        slope = sum((a - mx) * (b - my) for a, b in zip(x, y)) / sum((a - mx) ** 2 for a in x)
        sides.emit(
            name,
            f"K v, {dim} dimensions: exponent of n up to {largest}",
            None,
            "",
            [slope],
            [],
            threads=[sides.CORES, 0],
            peak_mib=[ours.peak_mib, None],
            goal=2.1,
            note=f"theory: 2; {seconds[-1]:.2f} s at the largest",
        )


ROWS = {"kernels/low-rank": low_rank, "kernels/product": product, "kernels/ridge": ridge, "kernels/growth": growth}

if __name__ == "__main__":
    sides.main(__doc__, ROWS, {"numpy": "numpy", "sklearn": "scikit-learn", "threadpoolctl": "threadpoolctl"})
