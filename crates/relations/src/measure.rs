//! How far an inner product is from a relation, in f64, on points that the fit has not seen.
//!
//! * relative `L2(mu x nu)` error `|r - f| / |r|`, by a held-out quadrature or by fresh samples
//!   with a standard error;
//! * the largest error met (a *lower* bound of the sup norm), and where;
//! * sign accuracy: the share of pairs with `r != 0` on which `f` has the sign of `r`.
//!
//! What is *certain* of an error, `relata_networks::certify` proves.

use crate::factors::Factors;
use crate::points::Points;
use crate::product::multiply;
use crate::quadrature::Quadrature;
use crate::relation::{Relation, RelationError, evaluate_into};
use crate::scale::PowerOfTwo;
use crate::space::SpaceError;
use faer::{Accum, Mat};
use thiserror::Error;

/// Where an error is measured: on points that the fit has not seen.
#[derive(Clone, Debug)]
pub enum HeldOut {
    /// Quadratures of the two measures: another order, or at least twice as fine as the fit's; at
    /// jumps with different nodes for `x` and `y`.
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
    /// Standard error of `relative_l2` for samples (delta method over rows and columns); `None` for
    /// quadratures.
    pub standard_error: Option<f64>,
    /// Largest `|r - f|` met: a lower bound of the sup norm.
    pub sup: f64,
    /// Where it was met.
    pub sup_at: (Vec<f64>, Vec<f64>),
    /// Share of pairs with `r != 0`, by weight, on which `f` has the sign of `r`; `None` if `r`
    /// vanishes everywhere.
    pub sign_accuracy: Option<f64>,
}

/// Why an error could not be measured.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
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
    /// An error that no double holds.
    #[error(
        "r(x, y) = {value} and <phi(x), psi(y)> = {approximation} at x = {x:?}, y = {y:?}: their difference overflows"
    )]
    Overflow {
        /// The x point.
        x: Vec<f64>,
        /// The y point.
        y: Vec<f64>,
        /// The relation there.
        value: f64,
        /// The inner product there.
        approximation: f64,
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
}

/// Measures `f` against `r` on held-out points. Complexity: `n m` evaluations of `r`, in memory for
/// a block of rows.
///
/// # Errors
/// [`MeasureError`] if `r` or `f` cannot be evaluated or is not finite.
pub fn measure(r: &dyn Relation, f: &dyn Factors, at: &HeldOut) -> Result<ErrorReport, MeasureError> {
    let found = accumulate(r, &[f], at)?;
    // One inner product gives one report.
    let acc = found.into_iter().next().unwrap_or_else(|| Accumulator::new(0, 0));
    Ok(acc.report(at))
}

/// [`measure`] for several inner products at once; the relation is evaluated once.
///
/// # Errors
/// As [`measure`], for the first that fails.
pub fn measure_all(
    r: &dyn Relation,
    fs: &[&dyn Factors],
    at: &HeldOut,
) -> Result<Vec<ErrorReport>, MeasureError> {
    Ok(accumulate(r, fs, at)?.iter().map(|a| a.report(at)).collect())
}

/// One pass over all pairs; and a second one, with everything scaled to order one, if something was
/// so large or small that squares may have been lost.
fn accumulate(r: &dyn Relation, fs: &[&dyn Factors], at: &HeldOut) -> Result<Vec<Accumulator>, MeasureError> {
    let (x, y) = at.points();
    let mut accs: Vec<Accumulator> = fs.iter().map(|_| Accumulator::new(x.len(), y.len())).collect();
    let weights = at.weights();
    let pass = |accs: &mut Vec<Accumulator>, (wx, wy): &(Vec<f64>, Vec<f64>)| {
        for_residuals(r, fs, (x, y), |k, i, j, value, approximation| {
            accs[k].add(i, j, wx[i], wy[j], value, approximation);
        })
    };
    pass(&mut accs, &weights)?;
    // Weights are scaled where they need it: those of samples, which standard errors count, never do.
    let measures = [&weights.0, &weights.1].map(|w| {
        let scale = PowerOfTwo::of(w.iter().copied());
        if ORDINARY.contains(&scale.multiply(1.0)) { PowerOfTwo::ONE } else { scale }
    });
    let masses = measures == [PowerOfTwo::ONE; 2];
    if !masses || accs.iter().any(|a| !a.is_ordinary()) {
        for a in &mut accs {
            *a = a.again(measures);
        }
        let scaled = |w: &[f64], by: PowerOfTwo| w.iter().map(|v| by.divide(*v)).collect::<Vec<f64>>();
        pass(&mut accs, &(scaled(&weights.0, measures[0]), scaled(&weights.1, measures[1])))?;
    }
    Ok(accs)
}

impl HeldOut {
    fn points(&self) -> (&Points, &Points) {
        match self {
            Self::Quadrature { x, y } => (x.nodes(), y.nodes()),
            Self::Sample { x, y } => (x, y),
        }
    }

    fn weights(&self) -> (Vec<f64>, Vec<f64>) {
        match self {
            Self::Quadrature { x, y } => (x.weights().to_vec(), y.weights().to_vec()),
            Self::Sample { x, y } => {
                let equal = |n: usize| vec![1.0 / n as f64; n];
                (equal(x.len()), equal(y.len()))
            }
        }
    }
}

/// Calls `visit(k, i, j, r_ij, f_ij)` for every inner product `k` and pair: row blocks in order,
/// columns outermost inside a block.
pub(crate) fn for_residuals(
    r: &dyn Relation,
    fs: &[&dyn Factors],
    (x, y): (&Points, &Points),
    mut visit: impl FnMut(usize, usize, usize, f64, f64),
) -> Result<(), MeasureError> {
    /// Values held at once.
    const BLOCK_VALUES: usize = 1 << 21;
    let mut psis = Vec::with_capacity(fs.len());
    for f in fs {
        let psi = f.psi(y);
        check_features("psi", &psi, y, f.rank())?;
        psis.push(psi);
    }
    let block = (BLOCK_VALUES / y.len()).clamp(1, x.len());
    let mut start = 0;
    for xs in x.blocks(block) {
        let mut values = Mat::<f64>::zeros(xs.len(), y.len());
        evaluate_into(r, &xs, y, values.as_mut())?;
        let mut approximations = Mat::<f64>::zeros(xs.len(), y.len());
        for (k, (f, psi)) in fs.iter().zip(&psis).enumerate() {
            let phi = f.phi(&xs);
            check_features("phi", &phi, &xs, f.rank())?;
            multiply(approximations.as_mut(), Accum::Replace, phi.as_ref(), psi.transpose(), 1.0);
            for j in 0..y.len() {
                for i in 0..xs.len() {
                    let (value, approximation) = (values[(i, j)], approximations[(i, j)]);
                    if !(value - approximation).is_finite() {
                        let (x, y) = (xs.row(i).to_vec(), y.row(j).to_vec());
                        return Err(MeasureError::Overflow { x, y, value, approximation });
                    }
                    visit(k, start + i, j, value, approximation);
                }
            }
        }
        start += xs.len();
    }
    Ok(())
}

pub(crate) fn check_features(
    map: &'static str,
    m: &Mat<f64>,
    at: &Points,
    rank: usize,
) -> Result<(), MeasureError> {
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

/// Values and weights whose sums of squares are right as they are: squares of values times two
/// weights stay within `1e-240` and `1e240`.
const ORDINARY: std::ops::Range<f64> = 1e-60..1e60;

/// Sums of one pass over all pairs: totals, and row and column means for the standard error.
struct Accumulator {
    /// What errors, values and weights of both sides are divided by.
    scales: [PowerOfTwo; 4],
    largest: f64,
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
            scales: [PowerOfTwo::ONE; 4],
            largest: 0.0,
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

    fn is_ordinary(&self) -> bool {
        [self.sup, self.largest].iter().all(|v| *v == 0.0 || ORDINARY.contains(v))
    }

    /// Empty, for a second pass with these scales of the weights.
    fn again(&self, measures: [PowerOfTwo; 2]) -> Self {
        let [errors, values] = [self.sup, self.largest].map(|v| PowerOfTwo::of([v]));
        let mut next = Self::new(self.error_rows.len(), self.error_columns.len());
        next.scales = [errors, values, measures[0], measures[1]];
        next
    }

    fn add(&mut self, i: usize, j: usize, wi: f64, wj: f64, value: f64, approximation: f64) {
        let e = value - approximation;
        let [errors, values, ..] = self.scales;
        let scaled = |by: PowerOfTwo, v: f64| if by == PowerOfTwo::ONE { v } else { by.divide(v) };
        let (es, vs) = (scaled(errors, e), scaled(values, value));
        let (e2, v2) = (es * es, vs * vs);
        self.largest = self.largest.max(value.abs());
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
            if approximation != 0.0 && (value > 0.0) == (approximation > 0.0) {
                self.right += wi * wj;
            }
        }
    }

    fn report(&self, at: &HeldOut) -> ErrorReport {
        let (x, y) = at.points();
        let [errors, values, mx, my] = self.scales;
        let wx: Vec<f64> = at.weights().0.into_iter().map(|w| mx.divide(w)).collect();
        let wx = &wx[..];
        // The square root of an odd power of two is not one.
        let measures = mx.exponent() + my.exponent();
        let (even, odd) = (PowerOfTwo::new(measures.div_euclid(2)), measures.rem_euclid(2));
        let root = |square: f64| (if odd == 1 { 2.0 * square } else { square }).sqrt();
        let whole = |by: PowerOfTwo, square: f64| {
            PowerOfTwo::new(by.exponent() + even.exponent()).multiply(root(square))
        };
        let quotient = PowerOfTwo::new(errors.exponent() - values.exponent());
        let sampled = matches!(at, HeldOut::Sample { .. });
        let dot = |a: &[f64], w: &[f64]| a.iter().zip(w).map(|(a, w)| a * w).sum::<f64>();
        let (e2, n2) = (dot(&self.error_rows, wx), dot(&self.norm_rows, wx));
        let relative_l2 = if e2 == 0.0 { 0.0 } else { (e2 / n2).sqrt() };
        let standard_error = sampled.then(|| {
            // ratio = e2 / n2; its first-order variance is that of the two-sample U-statistic of e
            // - ratio * n.
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
            l2: whole(errors, e2),
            norm: whole(values, n2),
            relative_l2: quotient.multiply(relative_l2),
            standard_error: standard_error.map(|s| quotient.multiply(s)),
            sup: self.sup,
            sup_at: (x.row(self.sup_at.0).to_vec(), y.row(self.sup_at.1).to_vec()),
            sign_accuracy: (self.signed > 0.0).then(|| self.right / self.signed),
        }
    }
}
