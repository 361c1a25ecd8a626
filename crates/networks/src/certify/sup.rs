//! Branch and bound over one space: the sup of what is bounded on cells.

use super::CertifyError;
use super::encode::Cell;
use super::params::Checked;
use crate::ranked::Ranked;
use relata_relations::Space;
use std::collections::BinaryHeap;

/// What is known on a cell.
pub(super) struct OnCell {
    /// It is nowhere above this.
    pub(super) upper: f64,
    /// It is at least this somewhere.
    pub(super) lower: f64,
    /// The axis to cut.
    pub(super) axis: usize,
}

/// A sup between bounds, and how many cells that took.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sup {
    pub(super) upper: f64,
    pub(super) cells: usize,
}

/// The sup over a space of a quantity with these bounds on cells, to the tolerance, or to `floor`
/// if that is more, or until as many cells were bounded as the
/// parameters allow pairs.
pub(super) fn sup(
    space: &dyn Space,
    floor: f64,
    params: Checked,
    bound: &dyn Fn(&Cell) -> Result<OnCell, CertifyError>,
) -> Result<Sup, CertifyError> {
    let ranges = space.parameters().ok_or_else(|| CertifyError::NoChart { space: space.name() })?;
    let (low, high) = ranges.into_iter().unzip();
    let mut heap = BinaryHeap::new();
    let whole = Cell { low, high };
    let on = bound(&whole)?;
    let (mut lower, mut settled, mut cells) = (on.lower, 0.0f64, 1);
    heap.push(Ranked { rank: on.upper, item: (whole, on.axis) });
    loop {
        let Some(top) = heap.peek() else { return Ok(Sup { upper: settled, cells }) };
        let upper = top.rank.max(settled);
        let enough = (lower * (1.0 + params.tolerance())).max(floor);
        if upper <= enough || settled >= upper || cells >= params.most_pairs() {
            return Ok(Sup { upper, cells });
        }
        let Some(Ranked { rank, item: (cell, axis) }) = heap.pop() else { continue };
        let Some(halves) = cell.halves(axis) else {
            settled = settled.max(rank);
            continue;
        };
        for cell in halves {
            let on = bound(&cell)?;
            cells += 1;
            lower = lower.max(on.lower);
            // A part has no larger values than the whole.
            heap.push(Ranked { rank: on.upper.min(rank), item: (cell, on.axis) });
        }
    }
}
