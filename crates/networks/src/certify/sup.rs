//! Branch and bound over one space: the sup of what is bounded on cells.

use super::encode::Cell;
use super::{CertifyError, CertifyParams};
use relata_relations::Space;
use std::cmp::Ordering;
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

struct Node {
    cell: Cell,
    on: OnCell,
}

impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl Eq for Node {}
impl PartialOrd for Node {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Node {
    fn cmp(&self, other: &Self) -> Ordering {
        self.on.upper.total_cmp(&other.on.upper)
    }
}

/// The sup over a space of a quantity with these bounds on cells, to the tolerance, or to `floor`
/// if that is more, or until `most` cells were bounded.
pub(super) fn sup(
    space: &dyn Space,
    floor: f64,
    params: &CertifyParams,
    most: usize,
    bound: &dyn Fn(&Cell) -> Result<OnCell, CertifyError>,
) -> Result<Sup, CertifyError> {
    let ranges = space.parameters().ok_or_else(|| CertifyError::NoChart { space: space.name() })?;
    let (low, high) = ranges.into_iter().unzip();
    let mut heap = BinaryHeap::new();
    let whole = Cell { low, high };
    let on = bound(&whole)?;
    let (mut lower, mut settled, mut cells) = (on.lower, 0.0f64, 1);
    heap.push(Node { cell: whole, on });
    loop {
        let Some(top) = heap.peek() else { return Ok(Sup { upper: settled, cells }) };
        let upper = top.on.upper.max(settled);
        let enough = (lower * (1.0 + params.tolerance)).max(floor);
        if upper <= enough || settled >= upper || cells >= most {
            return Ok(Sup { upper, cells });
        }
        let Some(node) = heap.pop() else { continue };
        let Some(halves) = node.cell.halves(node.on.axis) else {
            settled = settled.max(node.on.upper);
            continue;
        };
        for cell in halves {
            let on = bound(&cell)?;
            cells += 1;
            lower = lower.max(on.lower);
            // A part has no larger values than the whole.
            let on = OnCell { upper: on.upper.min(node.on.upper), ..on };
            heap.push(Node { cell, on });
        }
    }
}
