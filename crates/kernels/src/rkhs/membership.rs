//! Does a function lie in the space?
//!
//! With eigenvalues `l_i` and coefficients `c_i = <f, e_i>` of `f` in the eigenfunctions, `f`
//! belongs to the space iff `sum c_i^2 / l_i` is finite, and that sum is `|f|^2`. Where both
//! sequences lie between closed forms the answer may be in or out. From finitely many values it can
//! never be: there is always a function of the space through them. What values give is a lower
//! bound of the norm that grows with their number.

use super::RkhsError;
use super::regression::interpolate;
use super::series::{Sum, root_of_sum};
use crate::unit::Unit;
use relata_relations::{Points, Relation, norm2};
use std::sync::Arc;

/// A sequence `t_1, t_2, ..` in closed form, beyond the terms that are listed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Law {
    /// `t_i = c i^-a`.
    Power {
        /// `c > 0`.
        constant: f64,
        /// `a >= 0`.
        exponent: f64,
    },
    /// `t_i = c q^i`.
    Geometric {
        /// `c > 0`.
        constant: f64,
        /// `0 < q < 1`.
        ratio: f64,
    },
    /// `t_i = 0`.
    Zero,
}

/// Between which closed forms the magnitudes of a sequence lie, beyond the terms that are listed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SeriesTail {
    /// `|t_i|` is at least this.
    pub lower: Law,
    /// `|t_i|` is at most this.
    pub upper: Law,
}

/// A sequence that follows its law exactly.
impl From<Law> for SeriesTail {
    fn from(law: Law) -> Self {
        Self { lower: law, upper: law }
    }
}

/// The verdict.
#[derive(Clone, Debug, PartialEq)]
pub enum Membership {
    /// The function lies in the space: `sum c_i^2 / l_i` was proved to converge.
    In {
        /// Its norm is at least this.
        lower: f64,
        /// Its norm is at most this; infinite if the bound of a finite sum overflows.
        upper: f64,
        /// The norm of the listed terms alone.
        listed: f64,
    },
    /// It does not: `sum c_i^2 / l_i` was proved to diverge.
    Out {
        /// The norm of the listed terms, which grows without bound; infinite if a listed component
        /// is orthogonal to the space.
        listed: f64,
    },
    /// Neither was proved. Values at finitely many points never decide it.
    Undecided {
        /// Numbers of points, or of terms, and the lower bounds of the norm that these give: they
        /// grow to the norm, or without bound.
        lower_bounds: Vec<(usize, f64)>,
    },
}

/// Decides from closed forms: the leading `coefficients` and `eigenvalues` (of equal number), and
/// the laws of the rest, numbered on from there. The function is in the space if the upper law of
/// the coefficients over the lower law of the eigenvalues converges, and out of it if the lower law
/// of the coefficients over the upper law of the eigenvalues diverges. Complexity: at most `2^21`
/// terms beside the listed ones.
///
/// ```
/// use relata_kernels::rkhs::{Law, Membership, SeriesTail, membership};
/// // Brownian motion on [0, 1]: eigenvalues ((i - 1/2) pi)^-2. Its space is H^1 with f(0) = 0, so
/// // the function f(x) = x is in,
/// // with norm (int f'^2)^{1/2} = 1.
/// let w = |i: usize| (i as f64 - 0.5) * std::f64::consts::PI;
/// let eigenvalues: Vec<f64> = (1..=1000).map(|i| w(i).powi(-2)).collect();
/// let sign = |i: usize| if i % 2 == 1 { 1.0 } else { -1.0 };
/// let coefficients: Vec<f64> = (1..=1000).map(|i| 2f64.sqrt() * sign(i) * w(i).powi(-2)).collect();
/// // Beyond, (i pi)^-2 <= w(i)^-2 <= (1001 / 1000.5)^2 (i pi)^-2.
/// let most = (1001.0 / 1000.5f64).powi(2) * (1.0 + 1e-12);
/// let between = |c: f64| {
///     let law = |constant: f64| Law::Power { constant, exponent: 2.0 };
///     SeriesTail { lower: law(c * (1.0 - 1e-12)), upper: law(c * most) }
/// };
/// let pi2 = std::f64::consts::PI.powi(-2);
/// let verdict = membership(&coefficients, between(2f64.sqrt() * pi2), &eigenvalues, between(pi2))?;
/// let Membership::In { lower, upper, .. } = verdict else { return Err("not in".into()) };
/// assert!(lower <= 1.0 && 1.0 <= upper && upper - lower < 1e-6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`RkhsError`] if the numbers differ or are not finite, an eigenvalue is negative, a law's
/// parameter is out of range, or no double holds the norm.
pub fn membership(
    coefficients: &[f64],
    coefficient_law: impl Into<SeriesTail>,
    eigenvalues: &[f64],
    eigenvalue_law: impl Into<SeriesTail>,
) -> Result<Membership, RkhsError> {
    crate::matrix::check_vector("the coefficients", coefficients, eigenvalues.len())?;
    crate::matrix::check_vector("the eigenvalues", eigenvalues, eigenvalues.len())?;
    if let Some(value) = eigenvalues.iter().find(|l| **l < 0.0) {
        return Err(RkhsError::Law { what: "eigenvalue", value: *value, expected: "nonnegative" });
    }
    let (c, l): (SeriesTail, SeriesTail) = (coefficient_law.into(), eigenvalue_law.into());
    for law in [c.lower, c.upper, l.lower, l.upper] {
        check_law(law)?;
    }
    if coefficients.iter().zip(eigenvalues).any(|(c, l)| *c != 0.0 && *l == 0.0) {
        // A component orthogonal to the closure of the space.
        return Ok(Membership::Out { listed: f64::INFINITY });
    }
    let units = (unit_of(coefficients, c), unit_of(eigenvalues, l));
    let (c, l) = (in_unit(c, units.0), in_unit(l, units.1));
    let terms: Vec<f64> = (coefficients.iter().zip(eigenvalues))
        .filter(|(c, _)| **c != 0.0)
        .map(|(c, l)| units.0.divide(*c) / units.1.divide(*l).sqrt())
        .collect();
    let listed = norm2(terms.iter().rev().copied());
    let unit = units.0.times(units.1.root().inverse());
    let back = |v: f64| unit.restore("the norm", v);
    let from = coefficients.len() + 1;
    if let Sum::Converges { upper: tail, .. } = root_of_sum(from, c.upper, l.lower) {
        // The lower laws converge as well, or they contradict the upper ones.
        let least = match root_of_sum(from, c.lower, l.upper) {
            Sum::Converges { lower, .. } => lower,
            Sum::Diverges | Sum::Unknown => 0.0,
        };
        // The listed terms lose a rounding or two each.
        let slack = (terms.len() as f64 + 8.0) * f64::EPSILON;
        let lower = norm2([listed, least]) * (1.0 - slack);
        let upper = norm2([listed, tail]) * (1.0 + slack);
        let upper = if upper.is_finite() { back(upper)? } else { upper };
        return Ok(Membership::In { lower: back(lower)?, upper, listed: back(listed)? });
    }
    Ok(match root_of_sum(from, c.lower, l.upper) {
        Sum::Diverges => Membership::Out { listed: back(listed)? },
        Sum::Converges { .. } | Sum::Unknown => {
            Membership::Undecided { lower_bounds: vec![(coefficients.len(), back(listed)?)] }
        }
    })
}

/// The verdict where no closed form is known: undecided, with the growing lower bounds of
/// [`norm_lower_bounds`].
///
/// ```
/// use relata_kernels::rkhs::{Membership, membership_from_values};
/// use relata_relations::{Points, catalogue};
/// use std::sync::Arc;
/// // f = 1 does not vanish at 0 and is not in the space of Brownian motion: the bound is 1 /
/// // sqrt(t) for the smallest t that was seen.
/// let x = Points::line(vec![1.0, 0.25, 0.01])?;
/// let k: Arc<dyn relata_relations::Relation> = Arc::new(catalogue::brownian());
/// let verdict = membership_from_values(&k, &x, &[1.0; 3], &[1, 2, 3])?;
/// let Membership::Undecided { lower_bounds } = verdict else { return Err("decided".into()) };
/// assert!((lower_bounds[1].1 - 2.0).abs() < 1e-12 && (lower_bounds[2].1 - 10.0).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`norm_lower_bounds`].
pub fn membership_from_values(
    kernel: &Arc<dyn Relation>,
    x: &Points,
    values: &[f64],
    sizes: &[usize],
) -> Result<Membership, RkhsError> {
    let bounds = norm_lower_bounds(kernel, x, values, sizes)?;
    Ok(Membership::Undecided { lower_bounds: sizes.iter().copied().zip(bounds).collect() })
}

/// Lower bounds of `|f|` from its values on the first `n` points, for each `n` of `sizes`: the
/// norms of the minimum-norm interpolants. They never fall, and on points that become dense they
/// converge to `|f|` if `f` lies in the space and grow without bound if not; no finite number of
/// them decides which.
///
/// # Errors
/// [`RkhsError`] as [`interpolate`], and [`RkhsError::TooFew`] if a size exceeds the number of
/// points.
pub fn norm_lower_bounds(
    kernel: &Arc<dyn Relation>,
    x: &Points,
    values: &[f64],
    sizes: &[usize],
) -> Result<Vec<f64>, RkhsError> {
    crate::matrix::check_vector("the values", values, x.len())?;
    sizes
        .iter()
        .map(|&n| {
            let indices: Vec<usize> = (0..n).collect();
            let too_few = RkhsError::TooFew { what: "the bound", least: n.max(1), found: x.len().min(n) };
            let points = x.select(&indices).ok_or(too_few)?;
            interpolate(Arc::clone(kernel), &points, &values[..n])?.norm()
        })
        .collect()
}

/// The unit of a sequence.
fn unit_of(listed: &[f64], tail: SeriesTail) -> Unit {
    let constants = [tail.lower, tail.upper].map(|law| match law {
        Law::Power { constant, .. } | Law::Geometric { constant, .. } => constant,
        Law::Zero => 0.0,
    });
    Unit::of(listed.iter().chain(&constants))
}

fn in_unit(tail: SeriesTail, unit: Unit) -> SeriesTail {
    let of = |law| match law {
        Law::Power { constant, exponent } => Law::Power { constant: unit.divide(constant), exponent },
        Law::Geometric { constant, ratio } => Law::Geometric { constant: unit.divide(constant), ratio },
        Law::Zero => Law::Zero,
    };
    SeriesTail { lower: of(tail.lower), upper: of(tail.upper) }
}

fn check_law(law: Law) -> Result<(), RkhsError> {
    let positive = |what: &'static str, value: f64| {
        if value.is_finite() && value > 0.0 {
            return Ok(());
        }
        Err(RkhsError::Law { what, value, expected: "positive and finite" })
    };
    match law {
        Law::Zero => Ok(()),
        Law::Power { constant, exponent } => {
            positive("constant of the law", constant)?;
            if exponent.is_finite() && exponent >= 0.0 {
                return Ok(());
            }
            Err(RkhsError::Law {
                what: "exponent of the law",
                value: exponent,
                expected: "finite and nonnegative",
            })
        }
        Law::Geometric { constant, ratio } => {
            positive("constant of the law", constant)?;
            if ratio > 0.0 && ratio < 1.0 {
                return Ok(());
            }
            Err(RkhsError::Law { what: "ratio of the law", value: ratio, expected: "between 0 and 1" })
        }
    }
}
