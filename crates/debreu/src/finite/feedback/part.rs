//! One component with its comparisons.

/// A comparison of two items of a component, by their numbers in it.
#[derive(Clone, Copy)]
pub(super) struct Edge {
    pub(super) lower: usize,
    pub(super) upper: usize,
    pub(super) strict: bool,
}

impl Edge {
    /// Whether these levels disagree.
    pub(super) fn contradicted<T: PartialOrd>(self, level: &[T]) -> bool {
        let (a, b) = (&level[self.lower], &level[self.upper]);
        if self.strict { a >= b } else { a > b }
    }
}

/// One strongly connected component with its comparisons and their places.
#[derive(Default)]
pub(super) struct Part {
    pub(super) items: Vec<usize>,
    pub(super) edges: Vec<(Edge, usize)>,
}
