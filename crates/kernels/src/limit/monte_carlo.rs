//! Limits in many dimensions by Monte Carlo, with a hold-out.
//!
//! From `n` independent points a side the sample matrix `R / n` has singular values whose captured
//! squares are biased *up* (they fit the sample), so the in-sample limit is too low; the singular
//! functions found there, extended by Nystrom's formula `u(x) = sum_j r(x, y_j) v_j / (n s)` to
//! fresh points, give the error of one particular inner product, which is too high. The limit lies
//! between in expectation; the value is their middle, and the bracket reaches three standard errors
//! beyond both. The matrix is never held: a randomised subspace iteration (Halko, Martinsson and
//! Tropp 2011) reads it by blocks of rows.

use super::nodes::{rescale, unit_of};
use super::types::{LimitError, LimitParams, LimitSource, Limits};
use crate::encoders::Encoders;
use crate::matrix::MatrixError;
use faer::{Accum, Mat, MatRef};
use relata_relations::spectral::{SymmetricEigen, symmetric_eigen, thin_svd};
use relata_relations::{Points, Relation, RelationError, Space, Stream, Tail, evaluate, multiply};
use std::num::NonZeroUsize;

const OVERSAMPLING: usize = 16;
const POWER_ITERATIONS: usize = 2;
/// Blocks of rows from which the standard error is estimated.
const ROW_BLOCKS: usize = 10;
const BLOCK_VALUES: usize = 1 << 22;

/// Values of the relation times vectors that one product may take: 20 000 points a side for ranks
/// up to 32, fewer for higher ones.
const MAX_PRODUCTS: f64 = 2e10;
/// Standard errors on either side of what was measured.
const CERTAINTY: f64 = 3.0;

pub(super) fn monte_carlo_limits(
    r: &dyn Relation,
    e: Encoders,
    most: usize,
    p: &LimitParams,
) -> Result<Limits, LimitError> {
    let k = most + OVERSAMPLING;
    let least = 4 * k;
    let affordable = (MAX_PRODUCTS / k as f64).sqrt() as usize;
    if p.samples.get() < least {
        return Err(LimitError::Samples { samples: p.samples.get(), rank: most, least });
    }
    if affordable < least {
        let most_columns = (MAX_PRODUCTS / 16.0).cbrt() as usize;
        let (rank, most) = (most, most_columns - OVERSAMPLING);
        return Err(LimitError::Budget { rank, samples: least, most });
    }
    let n = p.samples.get().min(affordable);
    let (sx, sy) = r.spaces();
    let draw = |space: &dyn Space, count: usize, name: &str| {
        let mut stream: Stream = p.seed.stream(&format!("limit/{name}"));
        space.sample(NonZeroUsize::new(count).unwrap_or(NonZeroUsize::MIN), &mut stream)
    };
    let x = draw(sx, n, "x");
    let y = if e == Encoders::Separate { draw(sy, n, "y") } else { x.clone() };
    let mass = sx.mass() * sy.mass();
    let fresh = (draw(sx, n.div_ceil(2), "fresh-x"), draw(sy, n.div_ceil(2), "fresh-y"));
    let mut stream = p.seed.stream("limit/probe");
    let start = Mat::from_fn(n, k, |_, _| stream.normal());
    let unit = probe_unit(r, &x, &y)?;
    let name = r.name();
    let r = Scaled { r, unit };
    let sample = Sample { r, e, x: &x, y: &y };
    let (components, norm2) = sample.components(&start, k)?;
    let held_out = HeldOutErrors::measure(&sample, &components, &fresh, most)?;
    let norm = (held_out.norm2 * mass).sqrt() * unit;
    let source = LimitSource::MonteCarlo { points: n };
    if norm2 <= 0.0 || held_out.norm2 <= 0.0 {
        // Nothing was seen, in the sample or out of it: 0, unless something is where no point was.
        let seen = (norm2.max(held_out.norm2) * mass).sqrt() * unit;
        let all = Tail { low: 0.0, value: norm, high: seen };
        return Limits::new(&name, e, all, vec![all; most + 1], source);
    }
    let mut captured = 0.0;
    let mut values = Vec::with_capacity(most + 1);
    for d in 0..=most {
        let inside = ((norm2 - captured).max(0.0) / norm2).sqrt();
        let outside = (held_out.error2[d] / held_out.norm2).sqrt();
        let slack = CERTAINTY * held_out.relative_se[d];
        let (low, high) = (inside.min(outside) - slack, inside.max(outside) + slack);
        values.push(Tail { low: low.max(0.0), value: 0.5 * (inside + outside), high });
        captured += components.values.get(d).map_or(0.0, |v| v * v);
    }
    let slack = (CERTAINTY * held_out.norm_se).min(1.0) * norm;
    let norm = Tail { low: norm - slack, value: norm, high: norm + slack };
    Limits::from_relative(&name, e, norm, values, source)
}

/// A power of two that keeps squares of the relation in range.
fn probe_unit(r: &dyn Relation, x: &Points, y: &Points) -> Result<f64, LimitError> {
    /// Points a side.
    const PROBES: usize = 64;
    match (x.blocks(PROBES).next(), y.blocks(PROBES).next()) {
        (Some(x), Some(y)) => Ok(unit_of(evaluate(r, &x, &y)?.as_ref())),
        _ => Ok(1.0),
    }
}

/// A relation divided by a number.
#[derive(Clone, Copy)]
struct Scaled<'a> {
    r: &'a dyn Relation,
    unit: f64,
}

impl Scaled<'_> {
    fn block(&self, x: &Points, y: &Points) -> Result<Mat<f64>, RelationError> {
        let mut block = evaluate(self.r, x, y)?;
        rescale(block.as_mut(), self.unit);
        Ok(block)
    }
}

/// A relation on sampled points, as an operator (the symmetric part unless the encoders are
/// separate).
struct Sample<'a> {
    r: Scaled<'a>,
    e: Encoders,
    x: &'a Points,
    y: &'a Points,
}

/// Leading components of the sample matrix divided by `n`; vectors have norm `sqrt n`.
struct Components {
    values: Vec<f64>,
    left: Mat<f64>,
    right: Mat<f64>,
}

impl Sample<'_> {
    /// Leading components by subspace iteration, and `|R|_F^2 / n^2`.
    fn components(&self, start: &Mat<f64>, k: usize) -> Result<(Components, f64), LimitError> {
        let n = self.x.len() as f64;
        let mut right = orthonormal(start);
        let mut norm2 = 0.0;
        for _ in 0..POWER_ITERATIONS {
            let left = orthonormal(&self.apply(right.as_ref())?.0);
            right = orthonormal(&self.apply_transposed(left.as_ref())?);
        }
        let (image, square) = self.apply(right.as_ref())?;
        norm2 += square;
        let scale = |m: Mat<f64>| Mat::from_fn(m.nrows(), m.ncols(), |i, j| m[(i, j)] * n.sqrt());
        if self.e == Encoders::Separate {
            let svd = thin_svd(image.as_ref())
                .map_err(|_| MatrixError::NoConvergence("singular value decomposition"))?;
            let values = svd.values.iter().map(|s| s / n).collect();
            let (left, right) = (svd.left, right * svd.right);
            return Ok((Components { values, left: scale(left), right: scale(right) }, norm2));
        }
        let core = right.transpose() * &image;
        let SymmetricEigen { values: all, vectors } = symmetric_eigen(core.as_ref())
            .map_err(|_| MatrixError::NoConvergence("eigenvalue decomposition"))?;
        let mut order: Vec<usize> = (0..k).collect();
        if self.e == Encoders::Shared {
            order.retain(|&i| all[i] > 0.0);
        }
        order.sort_by(|&i, &j| all[j].abs().total_cmp(&all[i].abs()));
        let chosen = Mat::from_fn(k, order.len(), |i, c| vectors[(i, order[c])]);
        let vectors = scale(right * chosen);
        let values = order.iter().map(|&i| all[i] / n).collect();
        Ok((Components { values, left: vectors.clone(), right: vectors }, norm2))
    }

    /// `A v` and `|R|_F^2 / n^2`.
    fn apply(&self, v: MatRef<'_, f64>) -> Result<(Mat<f64>, f64), RelationError> {
        let (image, square) = product(self.r, self.x, self.y, v)?;
        if self.e == Encoders::Separate {
            return Ok((image, square));
        }
        let other = transposed_product(self.r, self.x, self.y, v)?;
        Ok((mean(&image, &other), square))
    }

    fn apply_transposed(&self, v: MatRef<'_, f64>) -> Result<Mat<f64>, RelationError> {
        if self.e == Encoders::Separate {
            transposed_product(self.r, self.x, self.y, v)
        } else {
            Ok(self.apply(v)?.0)
        }
    }
}

/// Errors of the components, extended by Nystrom's formula, on fresh points, in blocks of rows for
/// a standard error.
struct HeldOutErrors {
    /// Mean squared errors at the ranks `0..=most`.
    error2: Vec<f64>,
    /// Mean square of the relation.
    norm2: f64,
    /// Standard error of the norm, relative to it.
    norm_se: f64,
    /// Standard error of the relative error at each rank.
    relative_se: Vec<f64>,
}

impl HeldOutErrors {
    fn measure(
        s: &Sample<'_>,
        c: &Components,
        (fx, fy): &(Points, Points),
        most: usize,
    ) -> Result<Self, LimitError> {
        let n = s.x.len() as f64;
        let extend = |m: Mat<f64>| {
            Mat::from_fn(m.nrows(), c.values.len(), |i, k| {
                if c.values[k].abs() > 1e-12 * c.values[0].abs() {
                    m[(i, k)] / (n * c.values[k])
                } else {
                    0.0
                }
            })
        };
        let mut left = product(s.r, fx, s.y, c.right.as_ref())?.0;
        let mut right = transposed_product(s.r, s.x, fy, c.left.as_ref())?;
        if s.e != Encoders::Separate {
            left = mean(&left, &transposed_product(s.r, s.x, fx, c.right.as_ref())?);
            right = mean(&right, &product(s.r, fy, s.y, c.left.as_ref())?.0);
        }
        let (left, right) = (extend(left), extend(right));
        let size = fx.len().div_ceil(ROW_BLOCKS);
        let mut blocks = Vec::with_capacity(ROW_BLOCKS);
        let mut start = 0;
        for xs in fx.blocks(size) {
            let l = left.subrows(start, xs.len());
            blocks.push((xs.len() as f64, truncation_errors(s.r, (&xs, fy), c, (l, right.as_ref()), most)?));
            start += xs.len();
        }
        let total: f64 = blocks.iter().map(|b| b.0).sum();
        let average =
            |f: &dyn Fn(&Vec<f64>) -> f64| blocks.iter().map(|(w, e)| w * f(e)).sum::<f64>() / total;
        let error2: Vec<f64> = (0..=most).map(|d| average(&|e| e[d])).collect();
        let count = blocks.len() as f64;
        let relative_se = (0..=most)
            .map(|d| {
                let centre = (error2[d] / error2[0]).sqrt();
                let spread = blocks.iter().map(|(_, e)| ((e[d] / e[0]).sqrt() - centre).powi(2)).sum::<f64>();
                // Rows and columns contribute alike; only the rows' part is seen by blocks of rows.
                (2.0 * spread / (count * (count - 1.0).max(1.0))).sqrt()
            })
            .collect();
        let spread = blocks.iter().map(|(_, e)| ((e[0] / error2[0]).sqrt() - 1.0).powi(2)).sum::<f64>();
        let norm_se = (2.0 * spread / (count * (count - 1.0).max(1.0))).sqrt();
        Ok(Self { norm2: error2[0], error2, norm_se, relative_se })
    }
}

/// Mean of `(r - sum_{k < d} s_k u_k v_k)^2` over all pairs, at the ranks `0..=most`, by
/// `|R|^2 - 2 sum s_k <u_k, R v_k> + sum_kl s_k s_l <u_k, u_l> <v_k, v_l>`.
fn truncation_errors(
    r: Scaled<'_>,
    (x, y): (&Points, &Points),
    c: &Components,
    (left, right): (MatRef<'_, f64>, MatRef<'_, f64>),
    most: usize,
) -> Result<Vec<f64>, LimitError> {
    let (image, norm2) = product(r, x, y, right)?;
    let pairs = x.len() as f64 * y.len() as f64;
    let (gl, gr) = (left.transpose() * left, right.transpose() * right);
    let mut errors = vec![norm2];
    for d in 0..most {
        let mut e = errors[d];
        if let Some(v) = c.values.get(d) {
            let cross = (0..x.len()).map(|i| left[(i, d)] * image[(i, d)]).sum::<f64>();
            let others: f64 = (0..d).map(|l| 2.0 * c.values[l] * gl[(d, l)] * gr[(d, l)]).sum();
            e += v * (others + v * gl[(d, d)] * gr[(d, d)] - 2.0 * cross) / pairs;
        }
        errors.push(e.max(0.0));
    }
    Ok(errors)
}

fn mean(a: &Mat<f64>, b: &Mat<f64>) -> Mat<f64> {
    Mat::from_fn(a.nrows(), a.ncols(), |i, j| 0.5 * (a[(i, j)] + b[(i, j)]))
}

/// `R(x, y) v` by blocks, and `|R|_F^2 / (n m)`.
fn product(
    r: Scaled<'_>,
    x: &Points,
    y: &Points,
    v: MatRef<'_, f64>,
) -> Result<(Mat<f64>, f64), RelationError> {
    let mut out = Mat::zeros(x.len(), v.ncols());
    let mut square = 0.0;
    let mut start = 0;
    for xs in x.blocks((BLOCK_VALUES / y.len()).max(1)) {
        let block = r.block(&xs, y)?;
        square += block.squared_norm_l2();
        multiply(out.as_mut().subrows_mut(start, xs.len()), Accum::Replace, block.as_ref(), v, 1.0);
        start += xs.len();
    }
    Ok((out, square / (x.len() as f64 * y.len() as f64)))
}

/// `R(x, y)^T v` by blocks of rows of `R`.
fn transposed_product(
    r: Scaled<'_>,
    x: &Points,
    y: &Points,
    v: MatRef<'_, f64>,
) -> Result<Mat<f64>, RelationError> {
    let mut out = Mat::<f64>::zeros(y.len(), v.ncols());
    let mut start = 0;
    for xs in x.blocks((BLOCK_VALUES / y.len()).max(1)) {
        let block = r.block(&xs, y)?;
        multiply(out.as_mut(), Accum::Add, block.transpose(), v.subrows(start, xs.len()), 1.0);
        start += xs.len();
    }
    Ok(out)
}

fn orthonormal(m: &Mat<f64>) -> Mat<f64> {
    m.qr().compute_thin_Q()
}
