//! Leading eigenpairs of a symmetric matrix from its products.

use super::{KrylovError, axpy, dot, norm};
use crate::matrix;
use crate::unit::Unit;
use faer::{Mat, MatRef};
use relata_relations::Seed;

/// When to stop.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LanczosParams {
    /// Eigenpairs wanted, those of largest magnitude.
    pub count: usize,
    /// Largest dimension of the Krylov space; memory is this times the size of the matrix.
    pub dimension: usize,
    /// Residuals `|K u - l u|` wanted, relative to the largest eigenvalue.
    pub tolerance: f64,
    /// Where the starting vector comes from.
    pub seed: Seed,
}

impl LanczosParams {
    /// `count` eigenpairs to `1e-10` in a space of dimension at most `4 count + 60`.
    #[must_use]
    pub fn new(count: usize, seed: Seed) -> Self {
        Self { count, dimension: 4 * count + 60, tolerance: 1e-10, seed }
    }
}

/// Approximate eigenpairs with their residuals.
#[derive(Clone, Debug)]
pub struct Eigenpairs {
    /// Eigenvalues, largest magnitude first.
    pub values: Vec<f64>,
    /// Orthonormal eigenvectors of canonical sign, `n x count`.
    pub vectors: Mat<f64>,
    /// `|K u - l u|` as the recurrence knows it: an exact eigenvalue lies within that distance of
    /// each value.
    pub residuals: Vec<f64>,
    /// Products made.
    pub products: usize,
}

/// The Lanczos iteration with full reorthogonalisation (done twice, so that the basis is
/// orthonormal to rounding). A single starting vector finds one vector of each eigenspace: copies
/// of a multiple eigenvalue appear through rounding alone, late or never.
///
/// ```
/// use relata_kernels::fast::{KernelOperator, KernelProfile};
/// use relata_kernels::krylov::{LanczosParams, lanczos};
/// use relata_relations::{Points, Seed};
/// let x = Points::line((0..500).map(|i| (f64::from(i) + 0.5) / 500.0).collect())?;
/// let k = KernelOperator::<f64>::square(KernelProfile::exponential(1.0)?, &x);
/// let e = lanczos(500, |v| Ok(k.apply_vec(v)?), LanczosParams::new(4, Seed(0)))?;
/// // lambda = 2 / (1 + w^2) with w the smallest root of tan(w / 2) = 1 / w, as an integral operator on [0, 1].
/// assert!((e.values[0] / 500.0 - 0.738_806).abs() < 1e-4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`KrylovError`] if more pairs are wanted than the space has dimensions, a product fails, or the
/// space is exhausted before the tolerance is met.
pub fn lanczos(
    n: usize,
    product: impl Fn(&[f64]) -> Result<Vec<f64>, KrylovError>,
    params: LanczosParams,
) -> Result<Eigenpairs, KrylovError> {
    /// New basis vectors between looks at the residuals.
    const STRIDE: usize = 8;
    /// What orthogonalisation leaves of a product, relative to it, where nothing is left but some
    /// fifty roundings.
    const INVARIANT: f64 = 1e-14;
    let most = params.dimension.min(n);
    if params.count == 0 || params.count > most {
        return Err(KrylovError::TooMany { wanted: params.count, dimension: most, size: n });
    }
    let mut stream = params.seed.stream("kernels/lanczos");
    let mut random = || -> Vec<f64> { (0..n).map(|_| stream.normal()).collect() };
    let mut basis: Vec<Vec<f64>> = Vec::with_capacity(most);
    let (mut diagonal, mut off): (Vec<f64>, Vec<f64>) = (Vec::new(), Vec::new());
    let mut next = random();
    scale(&mut next);
    // The unit of the matrix: that of its first product, with a random vector.
    let mut unit = None;
    loop {
        let w = product(&next)?;
        matrix::check_vector("the product", &w, n)?;
        let mut w = unit.get_or_insert_with(|| Unit::of(&w)).divide_all(&w);
        diagonal.push(dot(&w, &next));
        basis.push(next);
        let size = norm(&w);
        orthogonalise(&mut w, &basis);
        let mut beta = norm(&w);
        let done = basis.len();
        // An invariant subspace: go on in a fresh direction, coupled to the others by nothing.
        if beta <= INVARIANT * size && done < most {
            w = random();
            orthogonalise(&mut w, &basis);
            beta = 0.0;
        }
        if done == most || (done >= params.count && done.is_multiple_of(STRIDE)) {
            let t = Mat::from_fn(done, done, |i, j| match i.abs_diff(j) {
                0 => diagonal[i],
                1 => off[i.min(j)],
                _ => 0.0,
            });
            let (values, vectors) = matrix::eigh(t.as_ref())?;
            let mut order: Vec<usize> = (0..done).collect();
            order.sort_by(|&i, &j| values[j].abs().total_cmp(&values[i].abs()));
            order.truncate(params.count);
            let rest = if done == n { 0.0 } else { beta };
            let residuals: Vec<f64> = order.iter().map(|&k| rest * vectors[(done - 1, k)].abs()).collect();
            let (worst, largest) = (residuals.iter().copied().fold(0.0, f64::max), values[order[0]].abs());
            // A subspace that has just been left may hide eigenvalues: its zero residual says
            // nothing.
            if worst <= params.tolerance * largest && (beta > 0.0 || done == most) {
                return finish(
                    &basis,
                    vectors.as_ref(),
                    &values,
                    &order,
                    &residuals,
                    unit.unwrap_or(Unit::ONE),
                );
            }
            if done == most {
                let residual = if largest > 0.0 { worst / largest } else { worst };
                let tolerance = params.tolerance;
                return Err(KrylovError::NotConverged { iterations: done, residual, tolerance });
            }
        }
        off.push(beta);
        next = w;
        scale(&mut next);
    }
}

fn finish(
    basis: &[Vec<f64>],
    vectors: MatRef<'_, f64>,
    values: &[f64],
    order: &[usize],
    residuals: &[f64],
    unit: Unit,
) -> Result<Eigenpairs, KrylovError> {
    let n = basis[0].len();
    let mut out = Mat::zeros(n, order.len());
    for (c, &k) in order.iter().enumerate() {
        let mut u = vec![0.0; n];
        basis.iter().enumerate().for_each(|(j, b)| axpy(vectors[(j, k)], b, &mut u));
        let sign = matrix::canonical_sign(u.iter());
        (0..n).for_each(|i| out[(i, c)] = sign * u[i]);
    }
    let values: Vec<f64> = order.iter().map(|&k| values[k]).collect();
    let values = unit.restore_all("the eigenvalues", &values)?;
    let residuals = residuals.iter().map(|r| unit.multiply(*r)).collect();
    Ok(Eigenpairs { values, vectors: out, residuals, products: basis.len() })
}

fn orthogonalise(w: &mut [f64], basis: &[Vec<f64>]) {
    for _ in 0..2 {
        for b in basis {
            let c = dot(w, b);
            axpy(-c, b, w);
        }
    }
}

fn scale(v: &mut [f64]) {
    let s = norm(v);
    if s > 0.0 {
        v.iter_mut().for_each(|x| *x /= s);
    }
}
