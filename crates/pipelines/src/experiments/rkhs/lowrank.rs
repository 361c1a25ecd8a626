//! Low-rank methods against the limit of each rank.

use anyhow::Context as _;
use relata_kernels::fast::{KernelOperator, KernelProfile, ProfileKernel};
use relata_kernels::lowrank::{
    Dense, Landmarks, LowRank, Pivoting, RandomFeatures, Sketch, Spread, adaptive_cross, asymmetric_nystrom,
    landmarks, nystrom, pivoted_cholesky, randomized_nystrom, randomized_svd,
};
use relata_kernels::{DIGITS_GAMMA, digits, gram};
use relata_relations::faer::Mat;
use relata_relations::spectral::symmetric_eigenvalues;
use relata_relations::{Cube, Factors, Points, Seed, Space};
use relata_runs::Row;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// A kernel matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Matrix {
    /// The Gaussian kernel on scikit-learn's digits, 1797 x 1797.
    Digits,
    /// The Matern kernel of smoothness 3/2 and length-scale 1 on random points of the unit cube in
    /// three dimensions.
    Cloud {
        /// Number of points.
        n: usize,
    },
}

/// A low-rank method, as a user would call it for a given rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Method {
    /// Nystrom with as many uniform landmarks.
    NystromUniform,
    /// Nystrom with as many landmarks by ridge leverage scores.
    NystromLeverage,
    /// Nystrom with as many landmarks by k-means++.
    NystromPlusPlus,
    /// Nystrom with three times as many uniform landmarks, truncated.
    NystromTruncated,
    /// Pivoted Cholesky, greedy.
    CholeskyGreedy,
    /// Pivoted Cholesky, random pivots.
    CholeskyRandom,
    /// Randomised singular value decomposition, one power iteration.
    RandomizedSvd,
    /// Randomised Nystrom, two power iterations.
    RandomizedNystrom,
    /// Adaptive cross approximation.
    AdaptiveCross,
    /// Asymmetric Nystrom with three times as many rows and twice as many columns, truncated.
    AsymmetricNystrom,
    /// Random Fourier features.
    RandomFourier,
    /// Orthogonal random features.
    OrthogonalRandom,
}

impl Matrix {
    pub(super) fn name(self) -> String {
        match self {
            Self::Digits => "digits".to_owned(),
            Self::Cloud { n } => format!("cloud-{n}"),
        }
    }

    fn points(self) -> anyhow::Result<Points> {
        match self {
            Self::Digits => Ok(digits()?.images),
            Self::Cloud { n } => {
                let n = NonZeroUsize::new(n).context("a cloud of no points")?;
                // One cloud, whatever the seed of the run: what varies is the methods' choices.
                Ok(Cube::new(3, 0.0, 1.0)?.sample(n, &mut Seed(0).stream("rkhs/cloud")))
            }
        }
    }

    fn kernel(self) -> anyhow::Result<ProfileKernel> {
        Ok(match self {
            Self::Digits => ProfileKernel::new(KernelProfile::rbf(DIGITS_GAMMA)?, Cube::new(64, 0.0, 1.0)?),
            Self::Cloud { .. } => ProfileKernel::new(KernelProfile::matern32(1.0)?, Cube::new(3, 0.0, 1.0)?),
        })
    }
}

impl Method {
    pub(super) const ALL: [Self; 12] = [
        Self::NystromUniform,
        Self::NystromLeverage,
        Self::NystromPlusPlus,
        Self::NystromTruncated,
        Self::CholeskyGreedy,
        Self::CholeskyRandom,
        Self::RandomizedSvd,
        Self::RandomizedNystrom,
        Self::AdaptiveCross,
        Self::AsymmetricNystrom,
        Self::RandomFourier,
        Self::OrthogonalRandom,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::NystromUniform => "nystrom-uniform",
            Self::NystromLeverage => "nystrom-leverage",
            Self::NystromPlusPlus => "nystrom-plus-plus",
            Self::NystromTruncated => "nystrom-truncated",
            Self::CholeskyGreedy => "cholesky-greedy",
            Self::CholeskyRandom => "cholesky-random",
            Self::RandomizedSvd => "randomized-svd",
            Self::RandomizedNystrom => "randomized-nystrom",
            Self::AdaptiveCross => "adaptive-cross",
            Self::AsymmetricNystrom => "asymmetric-nystrom",
            Self::RandomFourier => "random-fourier",
            Self::OrthogonalRandom => "orthogonal-random",
        }
    }

    pub(super) fn is_random(self) -> bool {
        self != Self::CholeskyGreedy
    }

    fn approximate(self, known: &Known, rank: usize, seed: Seed) -> anyhow::Result<LowRank> {
        let a = KernelOperator::<f64>::square(*known.kernel.profile(), &known.points);
        let dense = || Dense::new(known.gram.as_ref());
        let sketch = |power| Sketch { oversampling: 10, power, seed };
        let more = (3 * rank).min(known.points.len());
        let chosen = |count: usize, how: Landmarks| -> anyhow::Result<LowRank> {
            Ok(nystrom(&a, &landmarks(&a, count, how)?)?.factors)
        };
        Ok(match self {
            Self::NystromUniform => chosen(rank, Landmarks::Uniform { seed })?,
            Self::NystromLeverage => chosen(rank, Landmarks::Leverage { ridge: 1.0, seed })?,
            Self::NystromPlusPlus => chosen(rank, Landmarks::KMeansPlusPlus { seed })?,
            Self::NystromTruncated => chosen(more, Landmarks::Uniform { seed })?.truncated(rank)?,
            Self::CholeskyGreedy => pivoted_cholesky(&a, rank, 0.0, Pivoting::Greedy)?.factors,
            Self::CholeskyRandom => pivoted_cholesky(&a, rank, 0.0, Pivoting::Random { seed })?.factors,
            Self::RandomizedSvd => randomized_svd(&dense()?, rank, sketch(1))?,
            Self::RandomizedNystrom => randomized_nystrom(&dense()?, rank, sketch(2))?,
            Self::AdaptiveCross => adaptive_cross(&a, rank, 0.0, seed)?.factors,
            Self::AsymmetricNystrom => {
                let rows = landmarks(&a, more, Landmarks::Uniform { seed: seed.child("rows") })?;
                // Fewer columns than rows: a square core is as badly conditioned as it is large.
                let fewer = (2 * rank).min(known.points.len());
                let columns = landmarks(&a, fewer, Landmarks::Uniform { seed: seed.child("columns") })?;
                asymmetric_nystrom(&a, &rows, &columns, 1e-10)?.factors.truncated(rank)?
            }
            Self::RandomFourier | Self::OrthogonalRandom => {
                let spread =
                    if self == Self::RandomFourier { Spread::Independent } else { Spread::Orthogonal };
                let (profile, dim) = (known.kernel.profile(), known.points.dim());
                LowRank::symmetric(RandomFeatures::new(profile, dim, rank, spread, seed)?.phi(&known.points))?
            }
        })
    }
}

/// What all methods are measured against.
struct Known {
    kernel: ProfileKernel,
    points: Points,
    gram: Mat<f64>,
    norm: f64,
    /// Squares of the eigenvalues, smallest first, summed up: entry `i` is the squared error of the
    /// best rank `n - i`.
    tails: Vec<f64>,
}

impl Known {
    fn new(matrix: Matrix) -> anyhow::Result<Self> {
        let (kernel, points) = (matrix.kernel()?, matrix.points()?);
        let gram = gram(&kernel, &points)?;
        let mut squares: Vec<f64> = symmetric_eigenvalues(gram.as_ref())
            .map_err(|_| anyhow::anyhow!("the eigenvalues of {} did not converge", matrix.name()))?
            .iter()
            .map(|l| l * l)
            .collect();
        squares.sort_by(f64::total_cmp);
        let sums = squares.iter().scan(0.0, |sum, s| {
            *sum += s;
            Some(*sum)
        });
        let tails = std::iter::once(0.0).chain(sums).collect();
        Ok(Self { norm: gram.norm_l2(), kernel, points, gram, tails })
    }

    fn relative_limit(&self, rank: usize) -> f64 {
        self.tails[self.points.len().saturating_sub(rank)].sqrt() / self.norm
    }

    /// Computed once a process, whichever cell comes first.
    fn of(matrix: Matrix) -> anyhow::Result<Arc<Self>> {
        type Slot = Arc<OnceLock<Result<Arc<Known>, String>>>;
        static MEMO: Mutex<BTreeMap<Matrix, Slot>> = Mutex::new(BTreeMap::new());
        let slot = MEMO.lock().unwrap_or_else(PoisonError::into_inner).entry(matrix).or_default().clone();
        let make = || Self::new(matrix).map(Arc::new).map_err(|e| format!("{e:#}"));
        slot.get_or_init(make).clone().map_err(anyhow::Error::msg)
    }
}

/// Rows of the table `low_rank`.
pub(super) fn rows(
    matrix: Matrix,
    method: Method,
    ranks: &[usize],
    draws: usize,
    seed: Seed,
) -> anyhow::Result<Vec<Row>> {
    let known = Known::of(matrix)?;
    let mut rows = Vec::new();
    for &rank in ranks {
        let limit = known.relative_limit(rank);
        for draw in 0..draws {
            let seed = seed.child(&format!("{}/{rank}/{draw}", method.name()));
            let f = method.approximate(&known, rank, seed)?;
            let error = (&known.gram - f.to_mat()).norm_l2() / known.norm;
            rows.push(
                Row::new("low_rank")
                    .with("matrix", matrix.name())
                    .with("method", method.name())
                    .with("rank", rank)
                    .with("draw", draw)
                    .with("relative_error", error)
                    .with("relative_limit", limit)
                    .with("ratio_to_limit", error / limit),
            );
        }
    }
    Ok(rows)
}
