//! Relations seen through maps.

use crate::function::{Facts, FnRelation, relation_blocks};
use crate::points::Points;
use crate::relation::{Regularity, Relation, RelationError, Symmetry};
use crate::space::Space;
use std::sync::Arc;

/// `(x, y) -> r(f(x), g(y))` on new spaces, for maps `f` and `g` into the spaces of `r`.
///
/// Nothing is known of it but its values; [`FnRelation::symmetric`] and the like declare more. A
/// map that leaves the space of `r` is an error when it happens.
pub fn pullback(
    r: impl Relation + 'static,
    x_space: impl Space + 'static,
    f: impl Fn(&[f64]) -> Vec<f64> + Send + Sync + 'static,
    y_space: impl Space + 'static,
    g: impl Fn(&[f64]) -> Vec<f64> + Send + Sync + 'static,
) -> FnRelation {
    let name = format!("pullback({})", r.name());
    let label = name.clone();
    relation_blocks(x_space, y_space, move |x, y, out| {
        let (sx, sy) = r.spaces();
        let (fx, gy) = (carry(&label, x, &f, sx)?, carry(&label, y, &g, sy)?);
        r.eval_into(&fx, &gy, out)
    })
    .named(name)
}

/// `(x, y) -> r(f(x), f(y))` on one new space, with one map for both arguments: symmetry and
/// definiteness are kept.
pub fn pullback_shared(
    r: impl Relation + 'static,
    space: impl Space + 'static,
    f: impl Fn(&[f64]) -> Vec<f64> + Send + Sync + 'static,
) -> FnRelation {
    let facts = Facts { lipschitz: None, regularity: Regularity::Unknown, ..Facts::of(&r) };
    let (space, f): (Arc<dyn Space>, _) = (Arc::new(space), Arc::new(f));
    let g = Arc::clone(&f);
    let p = pullback(r, Arc::clone(&space), move |x| f(x), space, move |y| g(y));
    if facts.symmetry == Symmetry::Asymmetric { p } else { p.with_facts(facts) }
}

fn carry(
    relation: &str,
    points: &Points,
    map: &impl Fn(&[f64]) -> Vec<f64>,
    space: &dyn Space,
) -> Result<Points, RelationError> {
    let mut data = Vec::with_capacity(points.len() * space.dim());
    for p in points.rows() {
        let image = map(p);
        if image.len() != space.dim() || !image.iter().all(|v| v.is_finite()) || !space.contains(&image) {
            return Err(RelationError::Domain {
                relation: relation.into(),
                point: p.to_vec(),
                expected: "a point that the map carries into the relation's space",
            });
        }
        data.extend(image);
    }
    Ok(Points::from_finite(space.dim(), data))
}
