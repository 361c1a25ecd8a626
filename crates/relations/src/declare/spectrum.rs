//! Spectra, held against the values on two rules.

use crate::points::Points;
use crate::relation::{Relation, RelationError, evaluate};
use crate::scale::norm2;
use crate::space::Space;
use crate::spectral::{singular_values, symmetric_eigenvalues};
use crate::spectrum::{Spectrum, SpectrumKind};
use crate::stream::Seed;
use faer::Mat;
use std::num::NonZeroUsize;

/// Nodes of the finer rule of each side, about.
pub(super) const NODES: usize = 170;

/// Nodes of the coarser one: with no common factor of the steps that would make both see the same.
const COARSE: usize = 113;

/// A finite set of more points is sampled.
const MAX_POINTS: usize = 600;

/// Draws of each side where there is no rule.
const DRAWS: NonZeroUsize = NonZeroUsize::MIN.saturating_add(399);

/// Values that are compared one by one.
const COMPARED: usize = 6;

/// The error of a rule is at most so many times its distance from the coarser one.
const SAFETY: f64 = 10.0;

/// Of the norm: a rule that has converged.
const CONVERGED: f64 = 1e-6;

/// Standard errors beyond which a sample refutes.
const DEVIATIONS: f64 = 8.0;

/// Refuses a spectrum whose norm or largest values are not those of the relation.
pub(crate) fn check_spectrum(r: &dyn Relation, s: &Spectrum) -> Result<(), RelationError> {
    let (sx, sy) = r.spaces();
    let rules = |nodes| Some((rule(sx, nodes)?, rule(sy, nodes)?));
    let (Some(coarse), Some(fine)) = (rules(COARSE), rules(NODES)) else { return by_sample(r, s) };
    let (coarse, fine) = (weighted(r, &coarse)?, weighted(r, &fine)?);
    let (before, norm) = (frobenius(&coarse), frobenius(&fine));
    let close = |what: &str, declared: f64, before: f64, now: f64| {
        let allowed = SAFETY * (now - before).abs() + CONVERGED * norm;
        if (declared - now).abs() <= allowed {
            return Ok(());
        }
        let reason = format!(
            "{}: {what} of the declared spectrum is {declared}, of the values on a rule of {} x {} nodes {now} +- {allowed:.1e}",
            r.name(),
            fine.nrows(),
            fine.ncols()
        );
        Err(refused(reason))
    };
    close("the norm", s.norm(), before, norm)?;
    let (before, now) = (values(&coarse, s.kind()), values(&fine, s.kind()));
    let (Some(before), Some(now)) = (before, now) else { return Ok(()) };
    for (k, declared) in s.values().iter().take(COMPARED).enumerate() {
        // Of a pair with opposite signs either may come first.
        let number = k + 1;
        let (b, n) = (before.get(k).copied().unwrap_or(0.0), now.get(k).copied().unwrap_or(0.0));
        close(&format!("the magnitude of value {number}"), declared.abs(), b.abs(), n.abs())?;
    }
    if s.kind() == SpectrumKind::Eigenvalues {
        let extreme = |v: &[f64], sign: f64| v.iter().map(|v| sign * v).fold(0.0, f64::max);
        for (what, sign) in [("the largest positive value", 1.0), ("the largest negative value", -1.0)] {
            close(what, extreme(s.values(), sign), extreme(&before, sign), extreme(&now, sign))?;
        }
    }
    Ok(())
}

/// Nodes with the square roots of their weights.
type Rule = (Points, Vec<f64>);

/// The rule of a space; none in dimensions where so few say nothing.
fn rule(space: &dyn Space, nodes: usize) -> Option<Rule> {
    /// Three axes have five nodes each: too few for a norm.
    const MAX_RULE_AXES: usize = 2;
    if space.axes() > MAX_RULE_AXES {
        return None;
    }
    let each = (nodes as f64).powf(1.0 / space.axes().max(1) as f64).floor() as usize;
    let rule = space.quadrature(NonZeroUsize::new(each)?).ok()?;
    (rule.len() <= MAX_POINTS).then(|| (rule.nodes().clone(), rule.sqrt_weights()))
}

/// `sqrt(u_i) r(x_i, y_j) sqrt(v_j)`, whose singular values approach those of the relation.
fn weighted(r: &dyn Relation, ((x, u), (y, v)): &(Rule, Rule)) -> Result<Mat<f64>, RelationError> {
    let values = evaluate(r, x, y)?;
    Ok(Mat::from_fn(x.len(), y.len(), |i, j| u[i] * values[(i, j)] * v[j]))
}

fn frobenius(m: &Mat<f64>) -> f64 {
    norm2((0..m.ncols()).flat_map(|j| (0..m.nrows()).map(move |i| m[(i, j)])))
}

/// Singular values, or signed eigenvalues, by magnitude.
fn values(m: &Mat<f64>, kind: SpectrumKind) -> Option<Vec<f64>> {
    let mut all = match kind {
        SpectrumKind::SingularValues => singular_values(m.as_ref()).ok()?,
        SpectrumKind::Eigenvalues if m.nrows() == m.ncols() => symmetric_eigenvalues(m.as_ref()).ok()?,
        SpectrumKind::Eigenvalues => return None,
    };
    all.sort_by(|a, b| b.abs().total_cmp(&a.abs()));
    Some(all)
}

/// The norm alone, by independent pairs.
fn by_sample(r: &dyn Relation, s: &Spectrum) -> Result<(), RelationError> {
    let (sx, sy) = r.spaces();
    let x = sx.sample(DRAWS, &mut Seed(0).stream("declare/x"));
    let y = sy.sample(DRAWS, &mut Seed(0).stream("declare/y"));
    let values = evaluate(r, &x, &y)?;
    let n = DRAWS.get() as f64;
    let largest = values.norm_max();
    if largest == 0.0 {
        return Ok(());
    }
    // Means of squares over rows and columns: their scatter is that of the whole mean.
    let square = |i: usize, j: usize| (values[(i, j)] / largest).powi(2);
    let size = DRAWS.get();
    let rows: Vec<f64> = (0..size).map(|i| (0..size).map(|j| square(i, j)).sum::<f64>() / n).collect();
    let columns: Vec<f64> = (0..size).map(|j| (0..size).map(|i| square(i, j)).sum::<f64>() / n).collect();
    let mean = rows.iter().sum::<f64>() / n;
    let scatter = |v: &[f64]| v.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n * (n - 1.0));
    let error = (scatter(&rows) + scatter(&columns)).sqrt();
    let mass = (sx.mass() * sy.mass()).sqrt();
    let declared = (s.norm() / (mass * largest)).powi(2);
    if (declared - mean).abs() <= DEVIATIONS * error + CONVERGED * mean {
        return Ok(());
    }
    let (declared, found) = (s.norm(), mean.sqrt() * mass * largest);
    let reason = format!(
        "{}: the norm of the declared spectrum is {declared}, that of {size} x {size} draws {found}",
        r.name()
    );
    Err(refused(reason))
}

fn refused(reason: String) -> RelationError {
    RelationError::Combination { operation: "with_spectrum", reason }
}
