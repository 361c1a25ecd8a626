//! Which construction suits a relation.

use super::conditions::check;
use super::{ConstructError, Constructed, piecewise, plane, ridges, waves};
use relata_relations::{Factors, Relation};

/// A network within `eps` of the relation everywhere, with its certificate, without training.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let relation = relata_relations::catalogue::relation("brownian")?;
/// assert!(relata_networks::construct(&relation, 1e-2)?.certificate().upper() <= 1e-2);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`ConstructError`] says what was wrong and what would be right.
pub fn construct(r: &dyn Relation, eps: f64) -> Result<Constructed, ConstructError> {
    check(r, eps)?;
    let (x, y) = r.spaces();
    match (x.axes(), y.axes()) {
        (1, 1) => match piecewise::construct(r, eps) {
            Err(why @ ConstructError::Spaces { .. }) => ridges_of(r, eps).map_err(|_| why),
            other => other,
        },
        (2, 2) => in_the_plane(r, eps),
        (p, q) => {
            let why = if p.max(q) > 2 {
                ConstructError::Dimension { relation: r.name(), found: p.max(q) }
            } else {
                let instead =
                    "both sides have one dimension or both have two; train a network and certify it";
                ConstructError::Spaces { x: x.name(), y: y.name(), instead }
            };
            match ridges_of(r, eps) {
                Err(ConstructError::Bound(_)) => waves_of(r, eps).map_err(|_| why),
                Err(other) => waves_of(r, eps).map_err(|_| other),
                built => built,
            }
        }
    }
}

fn ridges_of(r: &dyn Relation, eps: f64) -> Result<Constructed, ConstructError> {
    ridges::Design::new(r, eps)?.build(r)
}

fn waves_of(r: &dyn Relation, eps: f64) -> Result<Constructed, ConstructError> {
    waves::Design::new(r, eps)?.build(r, eps)
}

/// The cheapest of triangles, ridges and waves that can be built.
fn in_the_plane(r: &dyn Relation, eps: f64) -> Result<Constructed, ConstructError> {
    type Build<'a> = Box<dyn FnOnce() -> Result<Constructed, ConstructError> + 'a>;
    let mesh = plane::Design::new(r, eps);
    // The theorem of waves needs norms that interpolation does not; of both theorems, the one that
    // allows less counts.
    let allowed = mesh.as_ref().ok().map(|m| m.budget().clone());
    let mut routes: Vec<(usize, Build<'_>)> = vec![];
    let mut why = None;
    match mesh {
        Ok(d) => routes.push((d.neurons(), Box::new(|| d.build()))),
        Err(e) => why = Some(e),
    }
    if let Ok(d) = ridges::Design::new(r, eps) {
        routes.push((d.neurons(), Box::new(|| d.build(r))));
    }
    if let Ok(d) = waves::Design::new(r, eps) {
        let neurons = d.neurons();
        let build = move || {
            let built = d.build(r, eps)?;
            Ok(match allowed {
                Some(budget)
                    if budget.neurons < built.budget.neurons
                        && built.net.neurons() <= budget.neurons
                        && built.net.rank() <= budget.rank =>
                {
                    Constructed { budget, ..built }
                }
                _ => built,
            })
        };
        routes.push((neurons, Box::new(build)));
    }
    routes.sort_by_key(|(neurons, _)| *neurons);
    for (_, build) in routes {
        match build() {
            Ok(built) => return Ok(built),
            Err(e) => why = why.or(Some(e)),
        }
    }
    Err(why.unwrap_or(ConstructError::Factorisation("search for a construction")))
}
