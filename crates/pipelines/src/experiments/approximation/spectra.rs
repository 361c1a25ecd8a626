//! Closed-form spectra against numerical ones that know nothing of them but how smooth the relation
//! is.

use crate::fitting::{count, rules};
use relata_kernels::{Encoders, mercer, schmidt};
use relata_relations::{Quadrature, Regularity, Relation, Space, Symmetry};
use relata_runs::Row;

/// Values below this share of the largest are at the level of rounding.
const SMALLEST: f64 = 1e-9;

/// A row for each of the leading values of the closed form, beside the numerical value; none where
/// no closed form is known or there are more than two dimensions.
///
/// Smooth relations are decomposed on the rule of their space with `nodes` nodes in all, which
/// converges to rounding. At kinks and jumps every rule of `n` nodes is off by `(k / n)^2` in the
/// `k`-th value; on equally weighted midpoints that error has an expansion in even powers, so one
/// Richardson step from `nodes / 2` to `nodes` leaves `(k / n)^4`.
pub(super) fn rows(r: &dyn Relation, leading: usize, nodes: usize) -> anyhow::Result<Vec<Row>> {
    let Some(exact) = r.spectrum() else { return Ok(Vec::new()) };
    let dimension = r.spaces().0.axes().max(1);
    if dimension > 2 {
        return Ok(Vec::new());
    }
    let (numerical, method) = if r.regularity() == Regularity::Smooth || dimension > 1 {
        let per_axis = (nodes as f64).powf(1.0 / dimension as f64).round() as usize;
        let symmetric = r.symmetry() == Symmetry::Symmetric;
        let [x, y] = rules(r, per_axis, if symmetric { Encoders::Shared } else { Encoders::Separate })?;
        (values(r, [&x, &y])?, "quadrature")
    } else {
        let (coarse, fine) = (midpoint_values(r, nodes / 2)?, midpoint_values(r, nodes)?);
        let refined = coarse.iter().zip(&fine).map(|(c, f)| f + (f - c) / 3.0);
        (refined.collect(), "midpoints, extrapolated")
    };
    let largest = exact.values().first().map_or(0.0, |v| v.abs());
    let compared = exact.values().iter().zip(&numerical).take(leading);
    let rows = compared.enumerate().take_while(|(_, (closed, _))| closed.abs() >= SMALLEST * largest).map(
        |(k, (closed, found))| {
            Row::new("spectra")
                .with("relation", r.name())
                .with("index", k + 1)
                .with("closed_form", *closed)
                .with("numerical", *found)
                .with("method", method)
                .with("relative_error", (found - closed).abs() / closed.abs())
        },
    );
    Ok(rows.collect())
}

fn midpoint_values(r: &dyn Relation, n: usize) -> anyhow::Result<Vec<f64>> {
    let n = count(n)?;
    let rule = |space: &dyn Space| -> anyhow::Result<Quadrature> {
        Ok(Quadrature::equal_weights(space.covering(n)?.points, space.mass())?)
    };
    let (x, y) = r.spaces();
    values(r, [&rule(x)?, &rule(y)?])
}

/// Eigenvalues by magnitude where the relation is symmetric, else singular values.
fn values(r: &dyn Relation, q: [&Quadrature; 2]) -> anyhow::Result<Vec<f64>> {
    Ok(if r.symmetry() == Symmetry::Symmetric { mercer(r, q[0])?.values } else { schmidt(r, q)?.values })
}

#[cfg(test)]
mod tests {
    use super::*;
    use relata_relations::catalogue::relation;
    use relata_runs::Table;

    fn worst(name: &str, nodes: usize) -> f64 {
        let r = relation(name).unwrap();
        let rows = rows(r.as_ref(), 8, nodes).unwrap();
        assert!(!rows.is_empty(), "{name}");
        Table::from_rows("spectra", &rows)
            .unwrap()
            .floats("relative_error")
            .unwrap()
            .into_iter()
            .fold(0.0, f64::max)
    }

    #[test]
    fn kinks_and_jumps_converge_with_the_fourth_power() {
        for name in ["brownian", "volterra", "abs-difference", "directed-distance"] {
            let (coarse, fine) = (worst(name, 100), worst(name, 200));
            assert!(fine < coarse / 12.0 && fine < 4e-5, "{name}: {coarse:.1e} {fine:.1e}");
        }
    }

    #[test]
    fn smooth_relations_agree_to_rounding() {
        for name in ["gaussian-measure", "von-mises", "polynomial", "zonal-exp"] {
            let found = worst(name, 400);
            assert!(found < 1e-7, "{name}: {found:.1e}");
        }
        assert!(rows(relation("gaussian").unwrap().as_ref(), 8, 100).unwrap().is_empty());
    }
}
