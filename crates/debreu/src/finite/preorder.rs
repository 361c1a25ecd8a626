//! Finite preorders: reflexive, transitive relations, perhaps incomplete, with indifference.
//!
//! Throughout, `x <= y` reads "y is at least as good as x"; `x < y` is the strict part, `x ~ y`
//! (both ways) indifference. The indifference classes of a preorder are its strongly connected
//! components, and the quotient by them is a partial order. Elements are `0, .., n-1`; the relation
//! is stored as bits, `n^2 / 8` bytes.

use crate::finite::binary::{BinaryError, BinaryRelation, compare};
use std::cmp::Ordering;
use thiserror::Error;

/// A validated preorder on `{0, .., n-1}`.
///
/// ```
/// use relata_debreu::finite::{BinaryRelation, Preorder};
/// let r = BinaryRelation::from_pairs(4, [(0, 1), (1, 0), (1, 2)])?;
/// let p = Preorder::closure_of(&r);
/// assert!(p.indifferent(0, 1) && p.less(0, 2));
/// assert_eq!(p.first_incomparable(), Some([0, 3]));
/// assert_eq!(p.classes().len(), 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preorder {
    relation: BinaryRelation,
}

/// Why a relation is not a preorder, with a witness.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum PreorderError {
    /// An element not related to itself.
    #[error("not reflexive: element {element} is not at least as good as itself")]
    NotReflexive {
        /// The element.
        element: usize,
    },
    /// A triple that is not transitive.
    #[error("not transitive: {low} <= {middle} and {middle} <= {high}, but not {low} <= {high}")]
    NotTransitive {
        /// `a` of `a <= b <= c`.
        low: usize,
        /// `b`.
        middle: usize,
        /// `c`, which should be at least as good as `a`.
        high: usize,
    },
    /// A comparator that contradicts itself.
    #[error(
        "the comparator says {forward:?} for ({first}, {second}) and {backward:?} for ({second}, {first})"
    )]
    Contradiction {
        /// First element.
        first: usize,
        /// Second element.
        second: usize,
        /// Its answer for (first, second).
        forward: Option<Ordering>,
        /// Its answer for (second, first).
        backward: Option<Ordering>,
    },
    /// A preorder that was to be total has an incomparable pair.
    #[error("not total: {first} and {second} are incomparable")]
    Incomparable {
        /// First element.
        first: usize,
        /// Second element.
        second: usize,
    },
    /// The relation itself could not be built.
    #[error(transparent)]
    Relation(#[from] BinaryError),
}

/// The indifference classes of a preorder, in an order that extends it: lower classes never come
/// after higher ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Classes {
    of: Vec<usize>,
    members: Vec<Vec<usize>>,
}

impl Preorder {
    /// Validates a relation.
    ///
    /// # Errors
    /// [`PreorderError::NotReflexive`] or [`PreorderError::NotTransitive`] with a witness.
    ///
    /// Complexity: `O(n^3 / 64)`.
    pub fn new(relation: BinaryRelation) -> Result<Self, PreorderError> {
        if let Some(element) = relation.irreflexive_element() {
            return Err(PreorderError::NotReflexive { element });
        }
        if let Some([low, middle, high]) = relation.intransitive_triple() {
            return Err(PreorderError::NotTransitive { low, middle, high });
        }
        Ok(Self { relation })
    }

    /// The smallest preorder that contains a relation: its reflexive and transitive closure.
    #[must_use]
    pub fn closure_of(relation: &BinaryRelation) -> Self {
        Self { relation: relation.reflexive_closure().transitive_closure() }
    }

    /// The preorder of a comparator (`None`: incomparable), asked once for each ordered pair.
    ///
    /// # Errors
    /// [`PreorderError::Contradiction`] where the answers for `(i, j)` and `(j, i)` do not mirror
    /// each other, and those of [`Preorder::new`].
    pub fn from_comparator(
        n: usize,
        mut compare: impl FnMut(usize, usize) -> Option<Ordering>,
    ) -> Result<Self, PreorderError> {
        let mut r = BinaryRelation::empty(n)?;
        for first in 0..n {
            for second in first..n {
                let (forward, backward) = (compare(first, second), compare(second, first));
                if backward != forward.map(Ordering::reverse) {
                    return Err(PreorderError::Contradiction { first, second, forward, backward });
                }
                if forward.is_some_and(Ordering::is_le) {
                    r.set(first, second);
                }
                if forward.is_some_and(Ordering::is_ge) {
                    r.set(second, first);
                }
            }
        }
        Self::new(r)
    }

    /// The preorder `x <= y iff u_k(x) <= u_k(y)` for every utility `u_k`, each given by its
    /// values. Everything is indifferent where no utility is given. Values need only be ordered, so
    /// integers, floats without NaN and big numbers do.
    ///
    /// # Errors
    /// [`BinaryError::NotSquare`] (as a relation error) where a utility has another number of
    /// values than `n`.
    pub fn from_utilities<T: PartialOrd, U: AsRef<[T]>>(
        n: usize,
        utilities: &[U],
    ) -> Result<Self, PreorderError> {
        if let Some((row, u)) = utilities.iter().enumerate().find(|(_, u)| u.as_ref().len() != n) {
            return Err(BinaryError::NotSquare { row, found: u.as_ref().len(), expected: n }.into());
        }
        let le = |i: usize, j: usize| utilities.iter().all(|u| u.as_ref()[i] <= u.as_ref()[j]);
        Self::new(BinaryRelation::from_fn(n, le)?)
    }

    /// Number of elements.
    #[must_use]
    pub fn len(&self) -> usize {
        self.relation.len()
    }

    /// Whether there is no element.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.relation.is_empty()
    }

    /// The relation `<=`.
    #[must_use]
    pub fn relation(&self) -> &BinaryRelation {
        &self.relation
    }

    /// `x <= y`.
    #[must_use]
    pub fn at_most(&self, x: usize, y: usize) -> bool {
        self.relation.contains(x, y)
    }

    /// `x < y`: `x <= y` and not `y <= x`.
    #[must_use]
    pub fn less(&self, x: usize, y: usize) -> bool {
        self.relation.contains(x, y) && !self.relation.contains(y, x)
    }

    /// `x ~ y`.
    #[must_use]
    pub fn indifferent(&self, x: usize, y: usize) -> bool {
        self.relation.contains(x, y) && self.relation.contains(y, x)
    }

    /// How `x` compares to `y`; `None` where they are incomparable.
    #[must_use]
    pub fn compare(&self, x: usize, y: usize) -> Option<Ordering> {
        compare(&self.relation, x, y)
    }

    /// A pair that is incomparable, if the preorder is not total.
    #[must_use]
    pub fn first_incomparable(&self) -> Option<[usize; 2]> {
        self.relation.incomparable_pair()
    }

    /// The preorder with the order reversed.
    #[must_use]
    pub fn dual(&self) -> Self {
        Self { relation: self.relation.transpose() }
    }

    /// The indifference classes, lower ones first.
    #[must_use]
    pub fn classes(&self) -> Classes {
        let n = self.len();
        let leader: Vec<usize> = (0..n)
            .map(|i| self.relation.successors(i).find(|&j| self.relation.contains(j, i)).unwrap_or(i))
            .collect();
        let mut leaders: Vec<usize> = (0..n).filter(|&i| leader[i] == i).collect();
        // x < y makes the classes below x a proper part of those below y, so sorting by their
        // number extends the order; and counting classes, not elements, numbers the quotient's own
        // classes as it finds them.
        let mut below = vec![0usize; n];
        leaders.iter().for_each(|&i| self.relation.successors(i).for_each(|j| below[j] += 1));
        leaders.sort_by_key(|&i| (below[i], i));
        let mut number = vec![0; n];
        leaders.iter().enumerate().for_each(|(k, &i)| number[i] = k);
        let of: Vec<usize> = leader.iter().map(|&l| number[l]).collect();
        let mut members = vec![Vec::new(); leaders.len()];
        of.iter().enumerate().for_each(|(i, &k)| members[k].push(i));
        Classes { of, members }
    }

    /// The partial order on the classes, numbered as in [`Preorder::classes`]; in it only equal
    /// elements are indifferent.
    #[must_use]
    pub fn quotient(&self) -> Self {
        self.quotient_by(&self.classes())
    }

    /// The covering pairs of the quotient (the Hasse diagram, or transitive reduction): `(a, b)`
    /// with `a < b` and nothing strictly between, as numbers of classes. `O(k^3 / 64)` for `k`
    /// classes.
    #[must_use]
    pub fn covers(&self) -> Vec<(usize, usize)> {
        let q = self.quotient();
        let k = q.len();
        let mut covers = Vec::new();
        let mut between = vec![0u64; k.div_ceil(64)];
        for a in 0..k {
            // What lies above something strictly above `a` is no cover of `a`.
            between.fill(0);
            for b in q.relation.successors(a).filter(|&b| b != a) {
                for (w, word) in q.relation.row(b).iter().enumerate() {
                    between[w] |= if w == b / 64 { word & !(1 << (b % 64)) } else { *word };
                }
            }
            let above = q.relation.successors(a).filter(|&b| b != a && between[b / 64] >> (b % 64) & 1 == 0);
            covers.extend(above.map(|b| (a, b)));
        }
        covers
    }

    pub(crate) fn quotient_by(&self, classes: &Classes) -> Self {
        let heads: Vec<usize> = classes.members.iter().map(|m| m[0]).collect();
        let mut r = BinaryRelation::zeros(heads.len());
        for (a, &x) in heads.iter().enumerate() {
            for (b, &y) in heads.iter().enumerate() {
                if self.relation.contains(x, y) {
                    r.set(a, b);
                }
            }
        }
        Self { relation: r }
    }
}

impl Classes {
    /// Number of classes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there is no class, which is to say no element.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The class of each element.
    #[must_use]
    pub fn of(&self) -> &[usize] {
        &self.of
    }

    /// The elements of each class, in increasing order.
    #[must_use]
    pub fn members(&self) -> &[Vec<usize>] {
        &self.members
    }
}
