//! Families on continua: the jointly continuous measure utility as a relation.

use crate::continuous::MeasureUtility;
use relata_relations::{FnRelation, Points, RelationError, Space, relation_blocks};
use std::cmp::Ordering;

/// The relation `u(x, y) = nu{z : z <_x y}` of a family of total preorders on `Y`, from a sample of
/// `nu` and a comparator: `compare(x, z, y)` says how `z` compares to `y` for the query `x`.
///
/// Where the classes `{z : z ~_x y}` are null, the graph `{(x, y, z) : z <=_x y}` closed and `Y`
/// compact and connected, the limit is jointly continuous and represents every order of the family.
/// The sample's values are mid-ranks in `[0, 1]`, within
/// [`dkw_bound`](crate::continuous::dkw_bound) of the limit for each query, at all `y` at once.
///
/// ```
/// use relata_debreu::families::measure_family;
/// use relata_relations::{Interval, Points, evaluate};
/// // Prefer what is near: u(x, y) = the share of the interval that is farther from x than y is.
/// let sample = Points::line((0..1000).map(|i| (f64::from(i) + 0.5) / 1000.0).collect())?;
/// let near = |x: &[f64], z: &[f64], y: &[f64]| (y[0] - x[0]).abs().total_cmp(&(z[0] - x[0]).abs());
/// let r = measure_family(Interval::unit(), Interval::unit(), sample, near);
/// let u = evaluate(&r, &Points::line(vec![0.0])?, &Points::line(vec![0.25, 0.75])?)?;
/// assert!((u[(0, 0)] - 0.75).abs() < 1e-3 && (u[(0, 1)] - 0.25).abs() < 1e-3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Complexity of a block of `n` queries and `m` items with a sample of `N`: `O(n (N + m) log N)`
/// comparisons. Evaluation fails with [`RelationError::Combination`] where the comparator
/// contradicts itself.
pub fn measure_family(
    queries: impl Space + 'static,
    items: impl Space + 'static,
    sample: Points,
    compare: impl Fn(&[f64], &[f64], &[f64]) -> Ordering + Send + Sync + 'static,
) -> FnRelation {
    let block = relation_blocks(queries, items, move |xs, ys, mut out| {
        for (i, x) in xs.rows().enumerate() {
            let rows: Vec<&[f64]> = sample.rows().collect();
            let u = MeasureUtility::new(rows, |z: &&[f64], y: &&[f64]| compare(x, z, y)).map_err(|e| {
                let reason = format!("for the query {x:?}, {e} (objects are points of the sample)");
                RelationError::Combination { operation: "measure utility of a family", reason }
            })?;
            for (j, y) in ys.rows().enumerate() {
                out[(i, j)] = u.value(&y);
            }
        }
        Ok(())
    });
    block.named("measure utility of a family")
}
