//! Functions of a kernel that are kernels again, and mixtures given by their spectral density.

use super::{SpaceOf, check_one_space, sup_bound, unknown_sign};
use crate::enclosure::Enclosure;
use crate::function::{Facts, FnRelation, relation_blocks, relation_fn};
use crate::points::Points;
use crate::relation::{Definiteness, Regularity, Relation, RelationError, Symmetry, evaluate_diagonal};
use crate::space::Space;
use std::f64::consts::{PI, SQRT_2};
use std::sync::Arc;

/// `sum_i c_i r(x, y)^i`, the polynomial with these coefficients (from the constant upwards) of a
/// relation.
///
/// With `c_i >= 0` positive semidefinite if `r` is (Schur 1911). Even polynomials of antisymmetric
/// relations are symmetric, odd ones antisymmetric.
///
/// ```
/// use relata_relations::{polynomial_of, relation_fn, evaluate, Definiteness, Interval, Points, Relation};
/// let linear = relation_fn(Interval::unit(), Interval::unit(), |x, y| x[0] * y[0]).positive_semidefinite()?;
/// let square = polynomial_of(&[1.0, 2.0, 1.0], linear)?;
/// assert_eq!(square.definiteness(), Definiteness::PositiveSemidefinite);
/// let at = Points::line(vec![0.5])?;
/// assert_eq!(evaluate(&square, &at, &at)?[(0, 0)], 1.25 * 1.25);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`RelationError::Combination`] if there is no coefficient or one is not finite.
pub fn polynomial_of(coefficients: &[f64], r: impl Relation + 'static) -> Result<FnRelation, RelationError> {
    if coefficients.is_empty() || coefficients.iter().any(|c| !c.is_finite()) {
        let reason =
            format!("the coefficients are {coefficients:?}; at least one is needed, and all must be finite");
        return Err(RelationError::Combination { operation: "polynomial of a relation", reason });
    }
    let c = coefficients.to_vec();
    let facts = Facts::of(&r);
    let of_parity = |parity: usize| c.iter().enumerate().all(|(i, c)| i % 2 == parity || *c == 0.0);
    let symmetry = match facts.symmetry {
        Symmetry::Antisymmetric if of_parity(1) => Symmetry::Antisymmetric,
        Symmetry::Antisymmetric if of_parity(0) => Symmetry::Symmetric,
        Symmetry::Antisymmetric => Symmetry::Asymmetric,
        other => other,
    };
    let kernel = facts.definiteness == Definiteness::PositiveSemidefinite && c.iter().all(|c| *c >= 0.0);
    let definiteness = if kernel { Definiteness::PositiveSemidefinite } else { unknown_sign(symmetry) };
    let slope = |s: f64| (1..c.len()).map(|i| i as f64 * c[i].abs() * s.powi(i as i32 - 1)).sum::<f64>();
    let lipschitz = facts.lipschitz.zip(sup_bound(&r)).map(|(l, s)| l * slope(s));
    let name = format!("polynomial {coefficients:?} of {}", r.name());
    let regularity = continuous(facts.regularity);
    let facts = Facts { symmetry, definiteness, regularity, lipschitz, ..facts };
    let same = c.clone();
    let enclosed =
        move |v: Enclosure| same.iter().rev().fold(Enclosure::constant(0.0), |sum, c| sum * v + *c);
    let value = move |v: f64| c.iter().rev().fold(0.0, |sum, c| sum * v + c);
    Ok(mapped(r, value, enclosed).named(name).with_facts(facts))
}

/// `exp(r(x, y))`: positive semidefinite if `r` is, by its power series.
#[must_use]
pub fn exponential_of(r: impl Relation + 'static) -> FnRelation {
    let facts = Facts::of(&r);
    let symmetry =
        if facts.symmetry == Symmetry::Symmetric { Symmetry::Symmetric } else { Symmetry::Asymmetric };
    let definiteness = match facts.definiteness {
        Definiteness::PositiveSemidefinite => Definiteness::PositiveSemidefinite,
        Definiteness::ConditionallyNegative | Definiteness::Indefinite | Definiteness::Asymmetric => {
            unknown_sign(symmetry)
        }
    };
    let lipschitz = facts.lipschitz.zip(sup_bound(&r)).map(|(l, s)| l * s.exp());
    let name = format!("exp({})", r.name());
    let regularity = continuous(facts.regularity);
    let facts = Facts { symmetry, definiteness, regularity, lipschitz, ..facts };
    mapped(r, f64::exp, |v| v.exp()).named(name).with_facts(facts)
}

/// `exp(-t d(x, y))` for `t > 0`: positive semidefinite for every `t` iff `d` is conditionally
/// negative (Schoenberg 1938).
///
/// # Errors
/// [`RelationError::Combination`] if `t` is not positive and finite.
pub fn schoenberg(t: f64, d: impl Relation + 'static) -> Result<FnRelation, RelationError> {
    if !(t.is_finite() && t > 0.0) {
        let reason = format!("t is {t}; it must be positive and finite");
        return Err(RelationError::Combination { operation: "schoenberg", reason });
    }
    let facts = Facts::of(&d);
    let symmetry =
        if facts.symmetry == Symmetry::Symmetric { Symmetry::Symmetric } else { Symmetry::Asymmetric };
    let definiteness = match facts.definiteness {
        Definiteness::ConditionallyNegative => Definiteness::PositiveSemidefinite,
        Definiteness::PositiveSemidefinite | Definiteness::Indefinite | Definiteness::Asymmetric => {
            unknown_sign(symmetry)
        }
    };
    let lipschitz = facts.lipschitz.zip(sup_bound(&d)).map(|(l, s)| t * l * (t * s).exp());
    let name = format!("exp(-{t} * ({}))", d.name());
    let regularity = continuous(facts.regularity);
    let facts = Facts { symmetry, definiteness, regularity, lipschitz, ..facts };
    Ok(mapped(d, move |v| (-t * v).exp(), move |v| (v * -t).exp()).named(name).with_facts(facts))
}

/// `k(x, y) / sqrt(k(x, x) k(y, y))`: the cosine of the angle between features; positive
/// semidefinite if `k` is, with ones on the diagonal.
///
/// # Errors
/// [`RelationError::Combination`] if `k` is not a positive semidefinite relation on one space. A
/// point with `k(x, x) <= 0` is an error of the evaluation.
pub fn normalised(k: impl Relation + 'static) -> Result<FnRelation, RelationError> {
    check_one_space("normalised", &k)?;
    let facts = Facts::of(&k);
    if facts.definiteness != Definiteness::PositiveSemidefinite {
        let reason = format!("{} is not known to be positive semidefinite", k.name());
        return Err(RelationError::Combination { operation: "normalised", reason });
    }
    let name = format!("normalised {}", k.name());
    let k: Arc<dyn Relation> = Arc::new(k);
    let (x, y) = SpaceOf::both(&k);
    let r = relation_blocks(x, y, move |x, y, mut out| {
        let root = |d: Vec<f64>| d.into_iter().map(f64::sqrt).collect::<Vec<f64>>();
        let (dx, dy) = (root(diagonal(&*k, x)?), root(diagonal(&*k, y)?));
        k.eval_into(x, y, out.as_mut())?;
        for j in 0..y.len() {
            for i in 0..x.len() {
                out[(i, j)] = out[(i, j)] / dx[i] / dy[j];
            }
        }
        Ok(())
    });
    Ok(r.named(name).with_facts(Facts { regularity: continuous(facts.regularity), lipschitz: None, ..facts }))
}

/// One bump of a spectral density: a weight, and for each coordinate the mean and the standard
/// deviation of the frequency.
#[derive(Clone, Debug, PartialEq)]
pub struct SpectralComponent {
    /// Its share of `k(x, x)`.
    pub weight: f64,
    /// Mean frequencies, in cycles per unit of each coordinate.
    pub mean: Vec<f64>,
    /// Standard deviations of the frequencies; 0 gives a pure cosine.
    pub sd: Vec<f64>,
}

/// The spectral mixture kernel `sum_q w_q prod_c exp(-2 pi^2 s_qc^2 t_c^2) cos(2 pi m_qc t_c)` with
/// `t = x - y` (Wilson and Adams 2013): stationary and positive semidefinite, its spectral density
/// a mixture of (symmetrised) normal ones; with enough components any stationary kernel.
///
/// # Errors
/// [`RelationError::Combination`] if there is no component, one has another dimension than the
/// space, or a number is not finite or (weights, deviations) negative.
pub fn spectral_mixture(
    space: impl Space + Clone + 'static,
    components: &[SpectralComponent],
) -> Result<FnRelation, RelationError> {
    let p = space.dim();
    let nonnegative = |v: f64| v.is_finite() && v >= 0.0;
    let good = |c: &SpectralComponent| {
        c.mean.len() == p
            && c.sd.len() == p
            && nonnegative(c.weight)
            && c.sd.iter().all(|s| nonnegative(*s))
            && c.mean.iter().all(|m| m.is_finite())
    };
    let offender = if components.is_empty() { Some(0) } else { components.iter().position(|c| !good(c)) };
    if let Some(q) = offender {
        let reason = format!(
            "component {q} of {} must exist, have {p} finite means, {p} nonnegative deviations and a nonnegative weight",
            components.len()
        );
        return Err(RelationError::Combination { operation: "spectral mixture", reason });
    }
    let parts = components.to_vec();
    let value = move |x: &[f64], y: &[f64]| {
        let factor = |c: &SpectralComponent, k: usize| {
            let t = x[k] - y[k];
            (-2.0 * (PI * c.sd[k] * t).powi(2)).exp() * (2.0 * PI * c.mean[k] * t).cos()
        };
        parts.iter().map(|c| c.weight * (0..x.len()).map(|k| factor(c, k)).product::<f64>()).sum::<f64>()
    };
    // |d/dt exp(-2 (pi s t)^2)| <= 2 pi s exp(-1/2), |d/dt cos(2 pi m t)| <= 2 pi |m|; coordinates
    // add in squares, t is sqrt(2)-Lipschitz in (x, y).
    let slope = |c: &SpectralComponent, k: usize| 2.0 * PI * (c.sd[k] * (-0.5f64).exp() + c.mean[k].abs());
    let part = |c: &SpectralComponent| c.weight * (0..p).map(|k| slope(c, k).powi(2)).sum::<f64>().sqrt();
    let facts = Facts {
        symmetry: Symmetry::Symmetric,
        definiteness: Definiteness::PositiveSemidefinite,
        regularity: Regularity::Smooth,
        lipschitz: Some(SQRT_2 * components.iter().map(part).sum::<f64>()),
        ..Facts::default()
    };
    let name = format!("spectral mixture of {}", components.len());
    Ok(relation_fn(space.clone(), space, value).named(name).with_facts(facts))
}

fn mapped(
    r: impl Relation + 'static,
    f: impl Fn(f64) -> f64 + Send + Sync + 'static,
    enclosed: impl Fn(Enclosure) -> Enclosure + Send + Sync + 'static,
) -> FnRelation {
    let r: Arc<dyn Relation> = Arc::new(r);
    let same = Arc::clone(&r);
    let (x, y) = SpaceOf::both(&r);
    relation_blocks(x, y, move |x, y, mut out| {
        r.eval_into(x, y, out.as_mut())?;
        for j in 0..y.len() {
            for i in 0..x.len() {
                out[(i, j)] = f(out[(i, j)]);
            }
        }
        Ok(())
    })
    .enclosed_by(move |x, y| Some(enclosed(same.enclose(x, y)?)))
}

fn diagonal(k: &dyn Relation, x: &Points) -> Result<Vec<f64>, RelationError> {
    let values = evaluate_diagonal(k, x)?;
    match values.iter().position(|v| *v <= 0.0) {
        None => Ok(values),
        Some(i) => {
            let (relation, point) = (k.name(), x.row(i).to_vec());
            Err(RelationError::Domain { relation, point, expected: "k(x, x) > 0, to be normalised" })
        }
    }
}

/// A smooth function keeps continuity classes; of jumps it changes the size.
fn continuous(r: Regularity) -> Regularity {
    match r {
        Regularity::Jump { .. } => Regularity::Unknown,
        other => other,
    }
}
