//! How far an inner product is from a relation, in f64, on points that the fit has not seen.
//!
//! * relative `L2(mu x nu)` error `|r - f| / |r|`, by a held-out quadrature or by fresh samples with a standard error;
//! * the largest error met (a *lower* bound of the sup norm), and where;
//! * sign accuracy: the share of pairs with `r != 0` on which `f` has the sign of `r`;
//! * a *certified* sup norm on compact spaces, [`certified_sup`].

use crate::factors::Factors;
use crate::points::Points;
use crate::quadrature::Quadrature;
use crate::relation::{Relation, RelationError, evaluate_into};
use crate::space::SpaceError;
use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, Par};
use std::num::NonZeroUsize;
use thiserror::Error;

/// Where an error is measured: on points that the fit has not seen.
#[derive(Clone, Debug)]
pub enum HeldOut {
    /// Quadratures of the two measures: another order, or at least twice as fine as the fit's; at jumps with different
    /// nodes for `x` and `y`.
    Quadrature {
        /// Rule for `mu`.
        x: Quadrature,
        /// Rule for `nu`.
        y: Quadrature,
    },
    /// Independent samples; the error carries a standard error.
    Sample {
        /// Draws from `mu`, `n x p`.
        x: Points,
        /// Draws from `nu`, `m x q`.
        y: Points,
    },
}

/// The measured errors of an inner product `f = <phi, psi>` against a relation `r`.
#[derive(Clone, Debug, PartialEq)]
pub struct ErrorReport {
    /// `|r - f|_{L2(mu x nu)}`; for samples of the normalised measures.
    pub l2: f64,
    /// `|r|_{L2(mu x nu)}`, on the same points.
    pub norm: f64,
    /// `l2 / norm`, or 0 where both are 0.
    pub relative_l2: f64,
    /// Standard error of `relative_l2` for samples (delta method over rows and columns); `None` for quadratures.
    pub standard_error: Option<f64>,
    /// Largest `|r - f|` met: a lower bound of the sup norm.
    pub sup: f64,
    /// Where it was met.
    pub sup_at: (Vec<f64>, Vec<f64>),
    /// Share of pairs with `r != 0`, by weight, on which `f` has the sign of `r`; `None` if `r` vanishes everywhere.
    pub sign_accuracy: Option<f64>,
}

/// Why an error could not be measured.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum MeasureError {
    /// The relation could not be evaluated.
    #[error(transparent)]
    Relation(#[from] RelationError),
    /// The space has no covering.
    #[error(transparent)]
    Space(#[from] SpaceError),
    /// Feature maps of another shape than the points and rank ask for.
    #[error("{map} returned {found_rows} x {found_columns} features, {rows} x {columns} were expected")]
    Features {
        /// `phi` or `psi`.
        map: &'static str,
        /// Number of points.
        rows: usize,
        /// Rank.
        columns: usize,
        /// Rows returned.
        found_rows: usize,
        /// Columns returned.
        found_columns: usize,
    },
    /// A feature that is NaN or infinite.
    #[error("feature {feature} of {map} at {point:?} is {value}; features must be finite")]
    FeatureValue {
        /// `phi` or `psi`.
        map: &'static str,
        /// Which feature.
        feature: usize,
        /// At which point.
        point: Vec<f64>,
        /// The value.
        value: f64,
    },
    /// The relation is not known to be Lipschitz.
    #[error("{relation} has no known Lipschitz constant: its sup error cannot be certified from a grid")]
    NotLipschitz {
        /// The relation.
        relation: String,
    },
    /// The feature maps give no Lipschitz bounds.
    #[error("the feature maps give no Lipschitz bounds: the sup error cannot be certified from a grid")]
    NoFeatureBounds,
    /// Another number of Lipschitz bounds than of centres, or one that is not finite and nonnegative.
    #[error(
        "the Lipschitz bounds of {map} must be {expected} finite nonnegative numbers, one a grid point; {found} are"
    )]
    FeatureBounds {
        /// `phi` or `psi`.
        map: &'static str,
        /// Number of grid points.
        expected: usize,
        /// Number of valid bounds returned.
        found: usize,
    },
    /// Too many input dimensions for a grid.
    #[error(
        "a grid certificate takes at most {MAX_GRID_DIMENSIONS} input dimensions in all, here are {found}; use the sampled sup norm"
    )]
    TooManyDimensions {
        /// Intrinsic dimensions of both spaces together.
        found: usize,
    },
}

/// The most input dimensions in all for [`certified_sup`]: intrinsic ones, so that `S^2 x S^2` has four.
pub const MAX_GRID_DIMENSIONS: usize = 4;

/// Measures `f` against `r` on held-out points. Complexity: `n m` evaluations of `r`, in memory for a block of rows.
///
/// # Errors
/// [`MeasureError`] if `r` or `f` cannot be evaluated or is not finite.
pub fn measure(r: &dyn Relation, f: &dyn Factors, at: &HeldOut) -> Result<ErrorReport, MeasureError> {
    let (x, wx, y, wy, sampled) = match at {
        HeldOut::Quadrature { x, y } => {
            (x.nodes(), x.weights().to_vec(), y.nodes(), y.weights().to_vec(), false)
        }
        HeldOut::Sample { x, y } => {
            let (n, m) = (x.len(), y.len());
            (x, vec![1.0 / n as f64; n], y, vec![1.0 / m as f64; m], true)
        }
    };
    let mut acc = Accumulator::new(x.len(), y.len());
    for_residuals(r, f, x, y, |i, j, value, approximation| {
        acc.add(i, j, wx[i], wy[j], value, approximation);
    })?;
    Ok(acc.report(x, y, &wx, sampled))
}

/// Bounds of the sup norm of `r - <phi, psi>` over a compact domain.
#[derive(Clone, Debug, PartialEq)]
pub struct CertifiedSup {
    /// The sup norm is at most this (rigorous up to rounding errors of the evaluations, of the order of machine epsilon
    /// times the sizes involved).
    pub upper: f64,
    /// The sup norm is at least this: the largest error on the grid.
    pub lower: f64,
    /// How much of `upper` is slack between grid points.
    pub slack: f64,
}

impl CertifiedSup {
    /// `upper / lower`, at least 1: how loose the certificate may be; infinite if the error vanishes on the grid.
    #[must_use]
    pub fn looseness(&self) -> f64 {
        self.upper / self.lower
    }
}

/// Certifies `sup |r - <phi, psi>|` over `X x Y` from a grid with about `n` points per axis and Lipschitz bounds.
///
/// With a covering of radius `a` of `X` and `b` of `Y`, `r` Lipschitz with constant `L`, and local Lipschitz constants `l_i`, `m_j`
/// of `phi`, `psi` around the grid points,
/// `|e(x, y)| <= |e(x_i, y_j)| + L sqrt(a^2 + b^2) + l_i a |psi_j| + m_j b |phi_i| + l_i m_j a b`,
/// and the certificate is the largest right-hand side. Complexity: `n^p n^q` evaluations.
///
/// # Errors
/// [`MeasureError::NotLipschitz`], [`MeasureError::NoFeatureBounds`], [`MeasureError::TooManyDimensions`],
/// [`SpaceError::NotCompact`] and whatever the evaluation says.
pub fn certified_sup(
    r: &dyn Relation,
    f: &dyn Factors,
    n: NonZeroUsize,
) -> Result<CertifiedSup, MeasureError> {
    let (sx, sy) = r.spaces();
    let found = sx.intrinsic_dim() + sy.intrinsic_dim();
    if found > MAX_GRID_DIMENSIONS {
        return Err(MeasureError::TooManyDimensions { found });
    }
    let l = r.lipschitz().ok_or_else(|| MeasureError::NotLipschitz { relation: r.name() })?;
    let (cx, cy) = (sx.covering(n)?, sy.covering(n)?);
    let (a, b) = (cx.radius, cy.radius);
    let lphi = f.phi_lipschitz(&cx.points, a).ok_or(MeasureError::NoFeatureBounds)?;
    let lpsi = f.psi_lipschitz(&cy.points, b).ok_or(MeasureError::NoFeatureBounds)?;
    check_bounds("phi", &lphi, &cx.points)?;
    check_bounds("psi", &lpsi, &cy.points)?;
    let norms = |map, m: &Mat<f64>, at: &Points| -> Result<Vec<f64>, MeasureError> {
        check_features(map, m, at, f.rank())?;
        Ok((0..m.nrows()).map(|i| m.row(i).norm_l2()).collect())
    };
    let nphi = norms("phi", &f.phi(&cx.points), &cx.points)?;
    let npsi = norms("psi", &f.psi(&cy.points), &cy.points)?;
    let base = l * a.hypot(b);
    let (mut upper, mut lower, mut slack) = (0.0f64, 0.0f64, 0.0f64);
    for_residuals(r, f, &cx.points, &cy.points, |i, j, value, approximation| {
        let e = (value - approximation).abs();
        let s = base + lphi[i] * a * npsi[j] + lpsi[j] * b * nphi[i] + lphi[i] * lpsi[j] * a * b;
        lower = lower.max(e);
        if e + s > upper {
            upper = e + s;
            slack = s;
        }
    })?;
    Ok(CertifiedSup { upper, lower, slack })
}

/// Calls `visit(i, j, r_ij, f_ij)` for every pair, row blocks in order, columns outermost inside a block.
fn for_residuals(
    r: &dyn Relation,
    f: &dyn Factors,
    x: &Points,
    y: &Points,
    mut visit: impl FnMut(usize, usize, f64, f64),
) -> Result<(), MeasureError> {
    /// Values held at once.
    const BLOCK_VALUES: usize = 1 << 21;
    let psi = f.psi(y);
    check_features("psi", &psi, y, f.rank())?;
    let block = (BLOCK_VALUES / y.len()).clamp(1, x.len());
    let mut start = 0;
    for xs in x.blocks(block) {
        let phi = f.phi(&xs);
        check_features("phi", &phi, &xs, f.rank())?;
        let mut values = Mat::<f64>::zeros(xs.len(), y.len());
        evaluate_into(r, &xs, y, values.as_mut())?;
        let mut approximations = Mat::<f64>::zeros(xs.len(), y.len());
        matmul(approximations.as_mut(), Accum::Replace, &phi, psi.transpose(), 1.0, Par::Seq);
        for j in 0..y.len() {
            for i in 0..xs.len() {
                visit(start + i, j, values[(i, j)], approximations[(i, j)]);
            }
        }
        start += xs.len();
    }
    Ok(())
}

fn check_bounds(map: &'static str, bounds: &[f64], at: &Points) -> Result<(), MeasureError> {
    let found = bounds.iter().filter(|b| b.is_finite() && **b >= 0.0).count();
    if found == at.len() && bounds.len() == at.len() {
        return Ok(());
    }
    Err(MeasureError::FeatureBounds { map, expected: at.len(), found })
}

fn check_features(map: &'static str, m: &Mat<f64>, at: &Points, rank: usize) -> Result<(), MeasureError> {
    if (m.nrows(), m.ncols()) != (at.len(), rank) {
        return Err(MeasureError::Features {
            map,
            rows: at.len(),
            columns: rank,
            found_rows: m.nrows(),
            found_columns: m.ncols(),
        });
    }
    for feature in 0..m.ncols() {
        for i in 0..m.nrows() {
            let value = m[(i, feature)];
            if !value.is_finite() {
                return Err(MeasureError::FeatureValue { map, feature, point: at.row(i).to_vec(), value });
            }
        }
    }
    Ok(())
}

/// Sums of one pass over all pairs: totals, and row and column means for the standard error.
struct Accumulator {
    error_rows: Vec<f64>,
    error_columns: Vec<f64>,
    norm_rows: Vec<f64>,
    norm_columns: Vec<f64>,
    sup: f64,
    sup_at: (usize, usize),
    signed: f64,
    right: f64,
}

impl Accumulator {
    fn new(n: usize, m: usize) -> Self {
        Self {
            error_rows: vec![0.0; n],
            error_columns: vec![0.0; m],
            norm_rows: vec![0.0; n],
            norm_columns: vec![0.0; m],
            sup: 0.0,
            sup_at: (0, 0),
            signed: 0.0,
            right: 0.0,
        }
    }

    fn add(&mut self, i: usize, j: usize, wi: f64, wj: f64, value: f64, approximation: f64) {
        let e = value - approximation;
        let (e2, v2) = (e * e, value * value);
        self.error_rows[i] += wj * e2;
        self.error_columns[j] += wi * e2;
        self.norm_rows[i] += wj * v2;
        self.norm_columns[j] += wi * v2;
        if e.abs() > self.sup {
            self.sup = e.abs();
            self.sup_at = (i, j);
        }
        if value != 0.0 {
            self.signed += wi * wj;
            if value * approximation > 0.0 || (approximation != 0.0 && (value > 0.0) == (approximation > 0.0))
            {
                self.right += wi * wj;
            }
        }
    }

    fn report(&self, x: &Points, y: &Points, wx: &[f64], sampled: bool) -> ErrorReport {
        let dot = |a: &[f64], w: &[f64]| a.iter().zip(w).map(|(a, w)| a * w).sum::<f64>();
        let (e2, n2) = (dot(&self.error_rows, wx), dot(&self.norm_rows, wx));
        let relative_l2 = if e2 == 0.0 { 0.0 } else { (e2 / n2).sqrt() };
        let standard_error = sampled.then(|| {
            // ratio = e2 / n2; its first-order variance is that of the two-sample U-statistic of e - ratio * n.
            let ratio = if n2 > 0.0 { e2 / n2 } else { 0.0 };
            let part = |e: &[f64], v: &[f64]| {
                let k = e.len() as f64;
                let residuals = e.iter().zip(v).map(|(e, v)| e - ratio * v);
                residuals.map(|d| d * d).sum::<f64>() / (k * (k - 1.0).max(1.0))
            };
            let variance =
                part(&self.error_rows, &self.norm_rows) + part(&self.error_columns, &self.norm_columns);
            if relative_l2 > 0.0 && n2 > 0.0 { variance.sqrt() / n2 / (2.0 * relative_l2) } else { 0.0 }
        });
        ErrorReport {
            l2: e2.sqrt(),
            norm: n2.sqrt(),
            relative_l2,
            standard_error,
            sup: self.sup,
            sup_at: (x.row(self.sup_at.0).to_vec(), y.row(self.sup_at.1).to_vec()),
            sign_accuracy: (self.signed > 0.0).then(|| self.right / self.signed),
        }
    }
}
