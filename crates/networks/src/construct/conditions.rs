//! What every construction asks of a relation and an error.

use super::ConstructError;
use relata_relations::{Regularity, Relation, Seed, evaluate};
use std::num::NonZeroUsize;

/// Errors below this part of the values drown in rounding.
const LEAST: f64 = 1e-9;

/// # Errors
/// [`ConstructError::Eps`], [`ConstructError::BelowRounding`].
pub(super) fn check_eps(r: &dyn Relation, eps: f64) -> Result<(), ConstructError> {
    if !(eps > 0.0 && eps.is_finite()) {
        return Err(ConstructError::Eps { eps });
    }
    let least = LEAST * largest(r)?;
    if eps < least {
        return Err(ConstructError::BelowRounding { eps, least });
    }
    Ok(())
}

/// # Errors
/// As [`check_eps`]; [`ConstructError::Jump`], [`ConstructError::Unbounded`].
pub(super) fn check(r: &dyn Relation, eps: f64) -> Result<(), ConstructError> {
    if let Regularity::Jump { size } = r.regularity() {
        return Err(ConstructError::Jump { relation: r.name(), size });
    }
    let (x, y) = r.spaces();
    for space in [x, y] {
        if space.parameters().is_none() {
            return Err(ConstructError::Unbounded { space: space.name() });
        }
    }
    check_eps(r, eps)
}

/// The largest value found at some pairs of points.
pub(super) fn largest(r: &dyn Relation) -> Result<f64, ConstructError> {
    const POINTS: NonZeroUsize = NonZeroUsize::new(64).unwrap();
    let (x, y) = r.spaces();
    let (x, y) = (
        x.sample(POINTS, &mut Seed(0).stream("waves/size/x")),
        y.sample(POINTS, &mut Seed(0).stream("waves/size/y")),
    );
    Ok(evaluate(r, &x, &y)?.norm_max())
}
