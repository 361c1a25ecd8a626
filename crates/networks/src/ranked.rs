//! Entries of a queue that hands out the largest bound first.

use std::cmp::Ordering;

/// Something with the number by which a [`BinaryHeap`](std::collections::BinaryHeap) ranks it.
pub(crate) struct Ranked<T> {
    pub(crate) rank: f64,
    pub(crate) item: T,
}

impl<T> PartialEq for Ranked<T> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl<T> Eq for Ranked<T> {}
impl<T> PartialOrd for Ranked<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<T> Ord for Ranked<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.rank.total_cmp(&other.rank)
    }
}
