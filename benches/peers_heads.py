"""What is known of the 72 heads of a small encoder on 48 tokens (the sizes of all-MiniLM-L6-v2: width 384, 6 x 12 heads of dimension 32, weights and
inputs drawn at random) against the same quantities in numpy, and in PyTorch.

Theirs is written with arrays over all pairs instead of loops, in two ways: with the form as a 384 x 384 matrix, and as one would who knows that it
has rank 32, with QR factors. PyTorch does it for all heads at once, by batched operations in double precision. The answers agree head by head.
"""

import tempfile

import sides

HEADS, TOKENS, WIDTH, DIMENSION, EPS = 72, 48, 384, 32, 0.1


def heads():
    import numpy as np

    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(TOKENS, WIDTH))
    # Scores of deviation about 1 to 4, as trained heads have.
    size = (rng.uniform(1, 2, HEADS) / WIDTH**0.5)[:, None, None, None]
    return inputs, rng.normal(size=(HEADS, 2, WIDTH, DIMENSION)) * size


def with_numpy(inputs, weights, factored):
    import numpy as np

    n = len(inputs)
    rank = lambda s: int(np.argmax(np.append(np.sqrt(np.cumsum(s[::-1] ** 2)[::-1]), 0) <= EPS * np.linalg.norm(s)))
    rows = []
    for q, k in weights:
        scale = DIMENSION**-0.5
        if factored:
            core = scale * np.linalg.qr(q, mode="r") @ np.linalg.qr(k, mode="r").T
            joint = np.linalg.qr(np.hstack([q, k]), mode="r")
            form = scale * joint[:, :DIMENSION] @ joint[:, DIMENSION:].T
        else:
            core = form = scale * q @ k.T
        singular = np.linalg.svd(core, compute_uv=False)
        eigen = np.linalg.eigvalsh((form + form.T) / 2)
        antisymmetric = np.linalg.norm(form - form.T) / 2 / np.linalg.norm(form)
        s = scale * (inputs @ q) @ (inputs @ k).T
        a = np.exp(s - s.max(1, keepdims=True))
        a /= a.sum(1, keepdims=True)
        two = np.partition(s, n - 2, axis=1)[:, -2:]
        best = s.argmax(1)
        weight = a[np.arange(n), best]
        score = (weight - (a.sum(0)[best] - weight) / (n - 1)).mean()
        within = s - s.mean(1, keepdims=True)
        share = n * (within.mean(0) ** 2).sum() / (within**2).sum()
        votes = (s[:, :, None] > s[:, None, :]).sum(0).astype(float)
        both = votes + votes.T
        tau = (((votes - votes.T) ** 2 - both).sum()) / (both**2 - both).sum()
        spectra = [np.linalg.svd(m, compute_uv=False) for m in (np.exp(s - s.max()), a)]
        rows.append([singular.sum(), abs(eigen).sum(), antisymmetric, (two[:, 1] - two[:, 0]).mean(), weight.mean(), score, share, tau, *map(rank, spectra)])
    return np.array(rows)


def with_torch(inputs, weights, factored):
    import torch

    n, q, k = len(inputs), weights[:, 0], weights[:, 1]
    scale, linalg = DIMENSION**-0.5, torch.linalg
    r = lambda m: linalg.qr(m, mode="r").R
    if factored:
        core, joint = scale * r(q) @ r(k).mT, r(torch.cat([q, k], 2))
        form = scale * joint[:, :, :DIMENSION] @ joint[:, :, DIMENSION:].mT
    else:
        core = form = scale * q @ k.mT
    singular = linalg.svdvals(core)
    eigen = linalg.eigvalsh((form + form.mT) / 2)
    norm = lambda m: linalg.matrix_norm(m)
    antisymmetric = norm(form - form.mT) / 2 / norm(form)
    s = scale * (inputs @ q) @ (inputs @ k).mT
    a = torch.softmax(s, 2)
    two = torch.topk(s, 2, dim=2).values
    best = s.argmax(2)
    weight = a.gather(2, best[:, :, None])[:, :, 0]
    score = (weight - (a.sum(1).gather(1, best) - weight) / (n - 1)).mean(1)
    within = s - s.mean(2, keepdim=True)
    share = n * (within.mean(1) ** 2).sum(1) / (within**2).sum((1, 2))
    votes = (s[:, :, :, None] > s[:, :, None, :]).sum(1).double()
    both = votes + votes.mT
    tau = ((votes - votes.mT) ** 2 - both).sum((1, 2)) / (both**2 - both).sum((1, 2))

    def rank(m):
        sigma = linalg.svdvals(m)
        tails = torch.cat([sigma.flip(1).square().cumsum(1).flip(1).sqrt(), torch.zeros(len(m), 1, dtype=m.dtype)], 1)
        return (tails <= EPS * sigma.norm(dim=1, keepdim=True)).double().argmax(1).double()

    exponential = torch.exp(s - s.amax((1, 2), keepdim=True))
    columns = [singular.sum(1), eigen.abs().sum(1), antisymmetric, (two[:, :, 0] - two[:, :, 1]).mean(1), weight.mean(1), score, share, tau]
    return torch.stack([*columns, rank(exponential), rank(a)], 1)


def row(name, quick):
    for factored in (False, True):
        compare(name, quick, factored)


def compare(name, quick, factored):
    import numpy as np
    from threadpoolctl import threadpool_limits

    inputs, weights = heads()
    ours, answers = sides.Ours("head_quantities"), {}
    peer = name.split("/")[1]
    if peer == "torch":
        import torch

        given = torch.tensor(inputs), torch.tensor(weights)
    with tempfile.TemporaryDirectory() as folder:
        file = f"{folder}/heads"
        np.concatenate([inputs.ravel(), weights.ravel()]).astype("<f8").tofile(file)

        def mine():
            rows = ours.lines(HEADS, TOKENS, WIDTH, DIMENSION, file)
            answers["ours"] = np.array(rows["head"])
            return 1e3 * rows["seconds"][0][0]

        def theirs(threads):
            if peer == "torch":
                torch.set_num_threads(threads)
                seconds, found = sides.timed(lambda: with_torch(*given, factored))
                answers["theirs"] = found.numpy()
            else:
                with threadpool_limits(limits=threads):
                    seconds, answers["theirs"] = sides.timed(lambda: with_numpy(inputs, weights, factored))
            return 1e3 * seconds

        runs, own = {threads: [] for threads in sorted({1, sides.CORES})}, []
        for _ in range(2 if quick else 5):
            own.append(mine())
            for threads, times in runs.items():
                times.append(theirs(threads))
    threads, times = sides.best_of(runs)
    apart = np.abs(answers["ours"] / answers["theirs"] - 1).max()
    sides.emit(
        name,
        f"ten quantities of each of {HEADS} heads on {TOKENS} tokens; theirs with {'QR factors' if factored else 'the form as a matrix'}",
        sides.version(peer),
        "ms",
        own,
        times,
        threads=[sides.CORES, threads],
        peak_mib=[ours.peak_mib, sides.peak_mib()],
        difference=[float(apart), 1e-8],
        goal=3.0,
    )


ROWS = {"heads/numpy": row, "heads/torch": row}

if __name__ == "__main__":
    sides.main(__doc__, ROWS, {"numpy": "numpy", "threadpoolctl": "threadpoolctl"})
