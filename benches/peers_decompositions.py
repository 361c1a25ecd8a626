"""Dense eigendecompositions and singular value decompositions, with vectors, against numpy (LAPACK of OpenBLAS).

Entries of a standard normal distribution, symmetrised for eigenvalues. Both sides have the same threads; the better of one and all counts.
Ours checks every decomposition against the sum of squares and the trace, and that is part of its time.
"""

import tempfile

import sides


def row(name, quick):
    import numpy as np
    from threadpoolctl import threadpool_limits

    what, n = name.split("/")[1].split("-")
    n = int(n)
    a = np.random.default_rng(0).normal(size=(n, n))
    if what == "eigen":
        a = (a + a.T) / 2
    ours, answers = sides.Ours("decompositions"), {}
    theirs = (lambda: np.linalg.eigh(a)) if what == "eigen" else (lambda: np.linalg.svd(a, full_matrices=False))

    with tempfile.TemporaryDirectory() as folder:
        file = f"{folder}/matrix"
        a.astype("<f8").tofile(file)

        def mine(threads):
            rows = ours.lines(what, n, file, threads=threads)
            answers["ours"] = np.array(rows["value"])[:, 0]
            return rows["seconds"][0][0]

        def peer(threads):
            with threadpool_limits(limits=threads):
                seconds, found = sides.timed(theirs)
            answers["theirs"] = found[0] if what == "eigen" else found[1]
            return seconds

        runs = {threads: ([], []) for threads in sorted({1, sides.CORES})}
        for _ in range(1 if quick and n > 1000 else 3 if n > 1000 else 5):
            for threads, (own, other) in runs.items():
                own.append(mine(threads))
                other.append(peer(threads))
    best = [sides.best_of({t: of[k] for t, of in runs.items()}) for k in (0, 1)]
    order = lambda v: np.sort(v)
    apart = np.abs(order(answers["ours"]) - order(answers["theirs"])).max() / np.abs(answers["theirs"]).max()
    sides.emit(
        name,
        f"{'eigendecomposition' if what == 'eigen' else 'singular value decomposition'}, n = {n}",
        sides.version("numpy"),
        "s",
        best[0][1],
        best[1][1],
        threads=[best[0][0], best[1][0]],
        peak_mib=[ours.peak_mib, sides.peak_mib()],
        difference=[float(apart), 1e-12],
        goal=0.9,
    )


ROWS = {
    "decompositions/eigen-500": row,
    "decompositions/eigen-1000": row,
    "decompositions/eigen-2000": row,
    "decompositions/svd-500": row,
    "decompositions/svd-1000": row,
    "decompositions/svd-2000": row,
}

if __name__ == "__main__":
    sides.main(__doc__, ROWS, {"numpy": "numpy", "threadpoolctl": "threadpoolctl"})
