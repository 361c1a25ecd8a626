//! Does a function lie in the space?
//!
//! With eigenvalues `l_i` and coefficients `c_i = <f, e_i>` of `f` in the eigenfunctions, `f`
//! belongs to the space iff `sum c_i^2 / l_i` is finite, and that sum is `|f|^2`. Where both
//! sequences are known in closed form the answer is in or out. From finitely many values it can
//! never be: there is always a function of the space through them. What values give is a lower
//! bound of the norm that grows with their number.

use super::RkhsError;
use super::regression::interpolate;
use relata_relations::{Points, Relation};
use std::sync::Arc;

/// How a sequence `t_1, t_2, ..` behaves beyond the terms that are listed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Law {
    /// `|t_i| = c i^-a` (exactly, or up to bounded factors).
    Power {
        /// `c > 0`.
        constant: f64,
        /// `a >= 0`.
        exponent: f64,
    },
    /// `|t_i| = c q^i`.
    Geometric {
        /// `c > 0`.
        constant: f64,
        /// `0 < q < 1`.
        ratio: f64,
    },
    /// `t_i = 0`.
    Zero,
}

/// The verdict.
#[derive(Clone, Debug, PartialEq)]
pub enum Membership {
    /// The function lies in the space.
    In {
        /// Its norm: the listed terms, and the tail by the law.
        norm: f64,
        /// The norm is at least this: the listed terms alone.
        listed: f64,
    },
    /// It does not: `sum c_i^2 / l_i` diverges.
    Out {
        /// The norm of the listed terms, which grows without bound.
        listed: f64,
    },
    /// Values at finitely many points never decide it.
    Undecided {
        /// Numbers of points, and the lower bounds of the norm that these points give: they grow to
        /// the norm, or without bound.
        lower_bounds: Vec<(usize, f64)>,
    },
}

/// Decides from closed forms: the leading `coefficients` and `eigenvalues` (of equal number), and
/// the laws of the rest, numbered on from there.
///
/// ```
/// use relata_kernels::rkhs::{Law, Membership, membership};
/// // Brownian motion on [0, 1]: eigenvalues ((i - 1/2) pi)^-2. Its space is H^1 with f(0) = 0, so
/// // the function f(x) = x is in,
/// // with norm (int f'^2)^{1/2} = 1.
/// let w = |i: usize| (i as f64 - 0.5) * std::f64::consts::PI;
/// let eigenvalues: Vec<f64> = (1..=1000).map(|i| w(i).powi(-2)).collect();
/// let sign = |i: usize| if i % 2 == 1 { 1.0 } else { -1.0 };
/// let coefficients: Vec<f64> = (1..=1000).map(|i| 2f64.sqrt() * sign(i) * w(i).powi(-2)).collect();
/// let law = |c: f64, a: f64| Law::Power { constant: c, exponent: a };
/// let pi2 = std::f64::consts::PI.powi(-2);
/// let verdict = membership(&coefficients, law(2f64.sqrt() * pi2, 2.0), &eigenvalues, law(pi2, 2.0))?;
/// assert!(matches!(verdict, Membership::In { norm, .. } if (norm - 1.0).abs() < 1e-4));
/// # Ok::<(), relata_kernels::rkhs::RkhsError>(())
/// ```
///
/// # Errors
/// [`RkhsError`] if the numbers differ or are not finite, an eigenvalue is negative, or a law's
/// parameter is out of range.
pub fn membership(
    coefficients: &[f64],
    coefficient_law: Law,
    eigenvalues: &[f64],
    eigenvalue_law: Law,
) -> Result<Membership, RkhsError> {
    crate::matrix::check_vector("the coefficients", coefficients, eigenvalues.len())?;
    crate::matrix::check_vector("the eigenvalues", eigenvalues, eigenvalues.len())?;
    if let Some(value) = eigenvalues.iter().find(|l| **l < 0.0) {
        return Err(RkhsError::Law { what: "eigenvalue", value: *value, expected: "nonnegative" });
    }
    check_law(coefficient_law)?;
    check_law(eigenvalue_law)?;
    let mut terms = Vec::with_capacity(coefficients.len());
    for (c, l) in coefficients.iter().zip(eigenvalues) {
        match (*c != 0.0, *l > 0.0) {
            (false, _) => {}
            (true, true) => terms.push(c * c / l),
            // A component orthogonal to the closure of the space.
            (true, false) => return Ok(Membership::Out { listed: f64::INFINITY }),
        }
    }
    let listed: f64 = terms.iter().rev().sum();
    let tail = tail(coefficients.len() + 1, coefficient_law, eigenvalue_law);
    Ok(if tail.is_finite() {
        Membership::In { norm: (listed + tail).sqrt(), listed: listed.sqrt() }
    } else {
        Membership::Out { listed: listed.sqrt() }
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

/// `sum_{i >= from} c_i^2 / l_i` by the laws; infinite where it diverges.
fn tail(from: usize, c: Law, l: Law) -> f64 {
    let start = from as f64;
    match (c, l) {
        (Law::Zero, _) => 0.0,
        (_, Law::Zero) => f64::INFINITY,
        (Law::Power { constant: a, exponent: p }, Law::Power { constant: b, exponent: q }) => {
            let e = 2.0 * p - q;
            if e <= 1.0 {
                return f64::INFINITY;
            }
            // Euler-Maclaurin for sum i^-e from `start`.
            let sum =
                start.powf(1.0 - e) / (e - 1.0) + 0.5 * start.powf(-e) + e / 12.0 * start.powf(-e - 1.0);
            a * a / b * sum
        }
        (Law::Power { .. }, Law::Geometric { .. }) => f64::INFINITY,
        (Law::Geometric { constant: a, ratio: p }, Law::Geometric { constant: b, ratio: q }) => {
            let r = p * p / q;
            if r >= 1.0 { f64::INFINITY } else { a * a / b * r.powf(start) / (1.0 - r) }
        }
        (Law::Geometric { constant: a, ratio: p }, Law::Power { constant: b, exponent: q }) => {
            let (mut sum, mut i) = (0.0, start);
            loop {
                let term = p.powf(2.0 * i) * i.powf(q);
                sum += term;
                // Past the maximum of the term the rest is below a geometric series.
                let ratio = p * p * ((i + 1.0) / i).powf(q);
                if ratio < 1.0 && term * ratio / (1.0 - ratio) <= 1e-17 * sum {
                    return a * a / b * sum;
                }
                i += 1.0;
            }
        }
    }
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
