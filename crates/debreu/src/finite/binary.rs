//! Binary relations on `{0, .., n-1}` as bit matrices.
//!
//! Row `i` holds the successors `{j : i R j}`, 64 to a word, so that inclusion, union and
//! composition cost `n / 64` word operations a row. Memory: `n^2 / 8` bytes (1.25 GB at the limit
//! [`MAX_ELEMENTS`]).

use std::cmp::Ordering;
use thiserror::Error;

/// The most elements a dense relation may have; beyond it, use sparse
/// [`Comparisons`](crate::finite::Comparisons).
pub const MAX_ELEMENTS: usize = 100_000;

/// A binary relation `R` on `{0, .., n-1}`.
///
/// ```
/// use relata_debreu::finite::BinaryRelation;
/// let r = BinaryRelation::from_pairs(3, [(0, 1), (1, 2)])?;
/// assert_eq!(r.intransitive_triple(), Some([0, 1, 2]));
/// assert!(r.transitive_closure().contains(0, 2));
/// # Ok::<(), relata_debreu::finite::BinaryError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BinaryRelation {
    n: usize,
    words: usize,
    bits: Vec<u64>,
}

/// Why something is not a binary relation on `{0, .., n-1}`.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum BinaryError {
    /// A pair outside the ground set.
    #[error("pair ({first}, {second}) is outside of {{0, .., {}}}", .elements.saturating_sub(1))]
    OutOfRange {
        /// First element of the pair.
        first: usize,
        /// Second element of the pair.
        second: usize,
        /// Number of elements.
        elements: usize,
    },
    /// A matrix that is not square.
    #[error("row {row} of the matrix has {found} entries, {expected} rows need as many")]
    NotSquare {
        /// The offending row.
        row: usize,
        /// Its length.
        found: usize,
        /// Number of rows.
        expected: usize,
    },
    /// More elements than a dense relation should hold.
    #[error("{elements} elements are more than {MAX_ELEMENTS}; use sparse comparisons")]
    TooLarge {
        /// Number of elements asked for.
        elements: usize,
    },
}

impl BinaryRelation {
    /// The empty relation on `n` elements.
    ///
    /// # Errors
    /// [`BinaryError::TooLarge`] beyond [`MAX_ELEMENTS`].
    pub fn empty(n: usize) -> Result<Self, BinaryError> {
        if n > MAX_ELEMENTS {
            return Err(BinaryError::TooLarge { elements: n });
        }
        Ok(Self::zeros(n))
    }

    /// The relation that holds for the given pairs.
    ///
    /// # Errors
    /// [`BinaryError::OutOfRange`] naming the first pair outside, [`BinaryError::TooLarge`].
    pub fn from_pairs(
        n: usize,
        pairs: impl IntoIterator<Item = (usize, usize)>,
    ) -> Result<Self, BinaryError> {
        let mut r = Self::empty(n)?;
        for (first, second) in pairs {
            if first >= n || second >= n {
                return Err(BinaryError::OutOfRange { first, second, elements: n });
            }
            r.set(first, second);
        }
        Ok(r)
    }

    /// The relation whose indicator matrix is given, row by row.
    ///
    /// # Errors
    /// [`BinaryError::NotSquare`], [`BinaryError::TooLarge`].
    pub fn from_matrix<M: AsRef<[bool]>>(rows: &[M]) -> Result<Self, BinaryError> {
        let n = rows.len();
        let mut r = Self::empty(n)?;
        for (i, row) in rows.iter().enumerate() {
            let row = row.as_ref();
            if row.len() != n {
                return Err(BinaryError::NotSquare { row: i, found: row.len(), expected: n });
            }
            (0..n).filter(|&j| row[j]).for_each(|j| r.set(i, j));
        }
        Ok(r)
    }

    /// The relation `{(i, j) : holds(i, j)}`; `n^2` calls.
    ///
    /// # Errors
    /// [`BinaryError::TooLarge`].
    pub fn from_fn(n: usize, mut holds: impl FnMut(usize, usize) -> bool) -> Result<Self, BinaryError> {
        let mut r = Self::empty(n)?;
        for i in 0..n {
            for j in 0..n {
                if holds(i, j) {
                    r.set(i, j);
                }
            }
        }
        Ok(r)
    }

    /// Number of elements.
    #[must_use]
    pub fn len(&self) -> usize {
        self.n
    }

    /// Whether the ground set is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.n == 0
    }

    /// Whether `i R j`; false outside the ground set.
    #[must_use]
    pub fn contains(&self, i: usize, j: usize) -> bool {
        i < self.n && j < self.n && self.bits[i * self.words + j / 64] >> (j % 64) & 1 == 1
    }

    /// Adds the pair `(i, j)`.
    ///
    /// # Errors
    /// [`BinaryError::OutOfRange`].
    pub fn insert(&mut self, i: usize, j: usize) -> Result<(), BinaryError> {
        if i >= self.n || j >= self.n {
            return Err(BinaryError::OutOfRange { first: i, second: j, elements: self.n });
        }
        self.set(i, j);
        Ok(())
    }

    /// The elements `j` with `i R j`, in increasing order; none outside the ground set.
    pub fn successors(&self, i: usize) -> impl Iterator<Item = usize> + '_ {
        let row = if i < self.n { self.row(i) } else { &[] };
        ones(row)
    }

    /// All pairs, in lexicographic order.
    pub fn pairs(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        (0..self.n).flat_map(|i| self.successors(i).map(move |j| (i, j)))
    }

    /// Number of pairs.
    #[must_use]
    pub fn count(&self) -> usize {
        self.bits.iter().map(|w| w.count_ones() as usize).sum()
    }

    /// Number of `j` with `i R j`.
    #[must_use]
    pub fn out_degree(&self, i: usize) -> usize {
        if i < self.n { self.row(i).iter().map(|w| w.count_ones() as usize).sum() } else { 0 }
    }

    /// The converse `{(j, i) : i R j}`.
    #[must_use]
    pub fn transpose(&self) -> Self {
        let mut t = Self::zeros(self.n);
        let mut block = [0u64; 64];
        for rows in 0..self.words {
            let height = 64.min(self.n - 64 * rows);
            for columns in 0..self.words {
                block.fill(0);
                (0..height).for_each(|k| block[k] = self.bits[(64 * rows + k) * self.words + columns]);
                transpose_block(&mut block);
                let width = 64.min(self.n - 64 * columns);
                (0..width).for_each(|k| t.bits[(64 * columns + k) * self.words + rows] = block[k]);
            }
        }
        t
    }

    /// The strict part `{(i, j) : i R j and not j R i}`.
    #[must_use]
    pub fn strict_part(&self) -> Self {
        let t = self.transpose();
        let bits = self.bits.iter().zip(&t.bits).map(|(a, b)| a & !b).collect();
        Self { bits, ..t }
    }

    /// The smallest transitive relation that contains this one (Warshall on rows of bits,
    /// `O(n^3 / 64)`).
    #[must_use]
    pub fn transitive_closure(&self) -> Self {
        let mut c = self.clone();
        let mut row = vec![0u64; c.words];
        for k in 0..c.n {
            row.copy_from_slice(c.row(k));
            for i in 0..c.n {
                if c.contains(i, k) {
                    c.row_mut(i).iter_mut().zip(&row).for_each(|(a, b)| *a |= b);
                }
            }
        }
        c
    }

    /// The relation with every `(i, i)` added.
    #[must_use]
    pub fn reflexive_closure(&self) -> Self {
        let mut c = self.clone();
        (0..c.n).for_each(|i| c.set(i, i));
        c
    }

    /// The first element that is not related to itself.
    #[must_use]
    pub fn irreflexive_element(&self) -> Option<usize> {
        (0..self.n).find(|&i| !self.contains(i, i))
    }

    /// A triple `a R b R c` without `a R c`, if there is one (`O(n^3 / 64)`).
    #[must_use]
    pub fn intransitive_triple(&self) -> Option<[usize; 3]> {
        for a in 0..self.n {
            for b in self.successors(a) {
                let missing = self.row(b).iter().zip(self.row(a)).position(|(rb, ra)| rb & !ra != 0);
                if let Some(w) = missing {
                    let word = self.row(b)[w] & !self.row(a)[w];
                    return Some([a, b, 64 * w + word.trailing_zeros() as usize]);
                }
            }
        }
        None
    }

    /// A pair of different elements related in neither direction, if there is one.
    #[must_use]
    pub fn incomparable_pair(&self) -> Option<[usize; 2]> {
        let t = self.transpose();
        for i in 0..self.n {
            let (a, b) = (self.row(i), t.row(i));
            let free = (i + 1..self.n).find(|&j| (a[j / 64] | b[j / 64]) >> (j % 64) & 1 == 0);
            if let Some(j) = free {
                return Some([i, j]);
            }
        }
        None
    }

    /// A shortest cycle `x_0 P x_1 P .. P x_0` of the strict part `P`, if there is one, among those
    /// through the first element that lies on any.
    #[must_use]
    pub fn strict_cycle(&self) -> Option<Vec<usize>> {
        let p = self.strict_part();
        let c = p.transitive_closure();
        let start = (0..p.n).find(|&i| c.contains(i, i))?;
        let mut parent = vec![usize::MAX; p.n];
        let mut queue = std::collections::VecDeque::from([start]);
        while let Some(i) = queue.pop_front() {
            for j in p.successors(i) {
                if j == start {
                    let mut cycle = vec![i];
                    let mut at = i;
                    while at != start {
                        at = parent[at];
                        cycle.push(at);
                    }
                    cycle.reverse();
                    return Some(cycle);
                }
                if parent[j] == usize::MAX {
                    parent[j] = i;
                    queue.push_back(j);
                }
            }
        }
        None
    }

    pub(crate) fn zeros(n: usize) -> Self {
        let words = n.div_ceil(64);
        Self { n, words, bits: vec![0; n * words] }
    }

    pub(crate) fn set(&mut self, i: usize, j: usize) {
        self.bits[i * self.words + j / 64] |= 1 << (j % 64);
    }

    pub(crate) fn clear(&mut self, i: usize, j: usize) {
        self.bits[i * self.words + j / 64] &= !(1 << (j % 64));
    }

    pub(crate) fn row(&self, i: usize) -> &[u64] {
        &self.bits[i * self.words..(i + 1) * self.words]
    }

    pub(crate) fn row_mut(&mut self, i: usize) -> &mut [u64] {
        &mut self.bits[i * self.words..(i + 1) * self.words]
    }
}

/// Transposes 64 rows of 64 bits by halves (H. S. Warren, *Hacker's Delight*, 2002).
fn transpose_block(rows: &mut [u64; 64]) {
    let (mut half, mut mask) = (32, u64::MAX >> 32);
    while half > 0 {
        let mut k = 0;
        while k < 64 {
            let swap = (rows[k] >> half ^ rows[k + half]) & mask;
            rows[k] ^= swap << half;
            rows[k + half] ^= swap;
            k = (k + half + 1) & !half;
        }
        half /= 2;
        mask ^= mask << half;
    }
}

/// How two elements compare in a relation read as "at most": `None` where neither direction holds.
pub(crate) fn compare(r: &BinaryRelation, i: usize, j: usize) -> Option<Ordering> {
    match (r.contains(i, j), r.contains(j, i)) {
        (true, true) => Some(Ordering::Equal),
        (true, false) => Some(Ordering::Less),
        (false, true) => Some(Ordering::Greater),
        (false, false) => None,
    }
}

/// The positions of the ones.
pub(crate) fn ones(row: &[u64]) -> impl Iterator<Item = usize> + '_ {
    row.iter().enumerate().flat_map(|(w, &word)| {
        let mut rest = word;
        std::iter::from_fn(move || {
            if rest == 0 {
                return None;
            }
            let bit = rest.trailing_zeros() as usize;
            rest &= rest - 1;
            Some(64 * w + bit)
        })
    })
}

/// Whether every one of `a` is a one of `b`.
pub(crate) fn subset(a: &[u64], b: &[u64]) -> bool {
    a.iter().zip(b).all(|(x, y)| x & !y == 0)
}
