//! Unit keys and their margins.

use super::hull::nearest_to_origin;
use relata_relations::{Points, PointsError};
use thiserror::Error;

/// `n >= 2` unit keys in `R^d`.
///
/// ```
/// use relata_attention::width::polygon;
/// let code = polygon(8)?;
/// let margin = 1.0 - (std::f64::consts::TAU / 8.0).cos();
/// assert!((code.aligned_margin() - margin).abs() < 1e-15);
/// assert!((code.free_margin().lower - margin).abs() < 1e-14); // the same on the circle
/// # Ok::<(), relata_attention::width::CodeError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Code {
    keys: Points,
}

/// Why keys are not a code.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum CodeError {
    /// Fewer than two keys.
    #[error("a code needs at least 2 keys, {0} was given; one key alone has no margin")]
    TooFew(usize),
    /// A key of length 0.
    #[error("key {0} is 0 and has no direction")]
    Zero(usize),
    /// No dimension to put the keys in.
    #[error("{keys} keys do not fit: {what} needs dimension {least} or more, {dimension} was given")]
    Dimension {
        /// Number of keys.
        keys: usize,
        /// The construction.
        what: &'static str,
        /// The smallest dimension.
        least: usize,
        /// The dimension given.
        dimension: usize,
    },
    /// The keys are no points.
    #[error(transparent)]
    Points(#[from] PointsError),
}

/// Bounds of the smallest free margin of a code.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FreeMargin {
    /// Certified by a query for each key: every key has at least this margin with its query.
    pub lower: f64,
    /// Certified by a point of the hull of the others: some key has at most this margin with any
    /// unit query.
    pub upper: f64,
}

impl Code {
    /// The directions of the given keys.
    ///
    /// # Errors
    /// [`CodeError`] if there are fewer than two, or one is 0.
    pub fn new(keys: &Points) -> Result<Self, CodeError> {
        if keys.len() < 2 {
            return Err(CodeError::TooFew(keys.len()));
        }
        let mut data = Vec::with_capacity(keys.as_slice().len());
        for (i, k) in keys.rows().enumerate() {
            // Scaled first, so that squares neither overflow nor vanish.
            let top = k.iter().fold(0.0f64, |m, v| m.max(v.abs()));
            if top <= 0.0 {
                return Err(CodeError::Zero(i));
            }
            let norm = k.iter().map(|v| (v / top) * (v / top)).sum::<f64>().sqrt();
            data.extend(k.iter().map(|v| v / top / norm));
        }
        Ok(Self { keys: Points::new(keys.dim(), data)? })
    }

    /// The keys, `n x d`.
    #[must_use]
    pub fn keys(&self) -> &Points {
        &self.keys
    }

    /// Number of keys.
    #[must_use]
    #[allow(clippy::len_without_is_empty)] // at least two
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Their dimension.
    #[must_use]
    pub fn dim(&self) -> usize {
        self.keys.dim()
    }

    /// `1 - max_j <k_i, k_j>` for each key: its margin when the query is the key. `O(n^2 d)`.
    ///
    /// From `|k_i - k_j|^2 / 2`, so that small margins keep their digits.
    #[must_use]
    pub fn aligned_margins(&self) -> Vec<f64> {
        let n = self.len();
        let mut margins = vec![f64::INFINITY; n];
        for i in 0..n {
            for j in 0..i {
                let d2: f64 =
                    self.keys.row(i).iter().zip(self.keys.row(j)).map(|(a, b)| (a - b) * (a - b)).sum();
                margins[i] = margins[i].min(0.5 * d2);
                margins[j] = margins[j].min(0.5 * d2);
            }
        }
        margins
    }

    /// The smallest aligned margin.
    #[must_use]
    pub fn aligned_margin(&self) -> f64 {
        self.aligned_margins().into_iter().fold(f64::INFINITY, f64::min)
    }

    /// For each key the largest margin of any unit query, which is the distance to the hull of the
    /// other keys, with its query. Each costs a few solves of the size of a face.
    #[must_use]
    pub fn free_margins(&self) -> Vec<(FreeMargin, Vec<f64>)> {
        (0..self.len())
            .map(|i| {
                let k = self.keys.row(i);
                let others = self.keys.rows().enumerate().filter(|(j, _)| *j != i);
                let differences: Vec<Vec<f64>> =
                    others.map(|(_, y)| k.iter().zip(y).map(|(a, b)| a - b).collect()).collect();
                let d = nearest_to_origin(&differences);
                (FreeMargin { lower: d.lower, upper: d.upper }, d.normal)
            })
            .collect()
    }

    /// A code whose aligned margin is at least this one's free margin, up to rounding: the best
    /// free margin of `n` keys in `R^d` is the best aligned one.
    ///
    /// Derived: with the best unit queries `<q_i, k_i - k_j> >= m`. Taking the hull's point nearest
    /// to 0 from all keys leaves their differences, puts 0 into the hull, so that
    /// `<q_i, k_i> >= 0`, and no key above length 1. Moving each key along its query to length 1
    /// lowers none of `<q_i - q_j, k_i - k_j> >= 2 m`. With `2 b_i <= pi / 2` the angle between key
    /// and query and `w` that between two bisectors `k_i + q_i`, that product is at most
    /// `(t + a) (1 - cos w) - 2 a (1 - t)`, `a = cos(b_i + b_j) >= 0`, `t = cos(b_i - b_j)`, and
    /// this at most `2 (1 - cos w)`: the bisectors are a code of aligned margin `m`.
    ///
    /// ```
    /// use relata_attention::width::Code;
    /// use relata_relations::Points;
    /// let keys = Points::from_rows(&[[1.0, 0.0, 0.1], [0.6, 0.8, 0.0], [-1.0, 0.2, 0.3], [0.0, -0.5, -1.0]])?;
    /// let code = Code::new(&keys)?;
    /// assert!(code.free_margin().lower > 1.4 * code.aligned_margin());
    /// assert!(code.bisected().aligned_margin() > code.free_margin().lower);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn bisected(&self) -> Self {
        let queries = self.free_margins();
        if queries.iter().any(|(m, _)| m.lower <= 0.0) {
            return self.clone(); // a key in the hull of others has no margin to keep
        }
        let rows: Vec<Vec<f64>> = self.keys.rows().map(<[f64]>::to_vec).collect();
        let mut origin = vec![0.0; self.dim()];
        for (w, k) in nearest_to_origin(&rows).weights.iter().zip(&rows) {
            origin.iter_mut().zip(k).for_each(|(o, v)| *o += w * v);
        }
        let mut data = Vec::with_capacity(self.keys.as_slice().len());
        for (k, (_, q)) in rows.iter().zip(&queries) {
            let k: Vec<f64> = k.iter().zip(&origin).map(|(v, o)| v - o).collect();
            let along: f64 = k.iter().zip(q).map(|(a, b)| a * b).sum();
            let size2: f64 = k.iter().map(|v| v * v).sum();
            let step = (along * along + 1.0 - size2).max(0.0).sqrt() - along;
            let bisector: Vec<f64> = k.iter().zip(q).map(|(v, q)| v + (step + 1.0) * q).collect();
            let norm = bisector.iter().map(|v| v * v).sum::<f64>().sqrt();
            data.extend(bisector.iter().map(|v| v / norm));
        }
        match Points::new(self.dim(), data) {
            Ok(keys) => Self { keys },
            Err(_) => self.clone(),
        }
    }

    /// The smallest free margin.
    #[must_use]
    pub fn free_margin(&self) -> FreeMargin {
        self.free_margins().iter().fold(
            FreeMargin { lower: f64::INFINITY, upper: f64::INFINITY },
            |m, (f, _)| FreeMargin { lower: m.lower.min(f.lower), upper: m.upper.min(f.upper) },
        )
    }
}

/// The regular `n`-gon: margin `1 - cos(2 pi / n)`, aligned and free, the largest of `n` keys in
/// the plane.
///
/// # Errors
/// [`CodeError::TooFew`].
pub fn polygon(n: usize) -> Result<Code, CodeError> {
    let angle = |i: usize| std::f64::consts::TAU * i as f64 / n as f64;
    if n < 2 {
        return Err(CodeError::TooFew(n));
    }
    Code::new(&Points::new(2, (0..n).flat_map(|i| [angle(i).cos(), angle(i).sin()]).collect())?)
}

/// The regular simplex of `n` keys in `R^d`, `d >= n - 1`: margin `n / (n - 1)`, aligned and free,
/// the largest of `n` keys in any dimension.
///
/// # Errors
/// [`CodeError`] for fewer than two keys or dimensions than `n - 1`.
pub fn simplex(n: usize, d: usize) -> Result<Code, CodeError> {
    if n < 2 {
        return Err(CodeError::TooFew(n));
    }
    if d + 1 < n {
        return Err(CodeError::Dimension { keys: n, what: "a simplex", least: n - 1, dimension: d });
    }
    // Helmert's rows: e_i less the mean, in an orthonormal basis of the vectors of sum 0.
    let entry = |i: usize, k: usize| {
        let norm = ((k + 1) as f64 * (k + 2) as f64).sqrt();
        match i.cmp(&(k + 1)) {
            std::cmp::Ordering::Less => 1.0 / norm,
            std::cmp::Ordering::Equal => -((k + 1) as f64) / norm,
            std::cmp::Ordering::Greater => 0.0,
        }
    };
    let row = |i: usize| (0..d).map(move |k| if k + 1 < n { entry(i, k) } else { 0.0 });
    Code::new(&Points::new(d, (0..n).flat_map(row).collect())?)
}

/// The first `n` vertices of the cross-polytope `e_1, -e_1, e_2, ..` in `R^d`, `n <= 2 d`: aligned
/// margin 1 from `n = 3` on, the largest for `d + 2 <= n <= 2 d` (Rankin).
///
/// # Errors
/// [`CodeError`] for fewer than two keys or more than `2 d`.
pub fn cross_polytope(n: usize, d: usize) -> Result<Code, CodeError> {
    if n < 2 {
        return Err(CodeError::TooFew(n));
    }
    if n > 2 * d {
        let least = n.div_ceil(2);
        return Err(CodeError::Dimension { keys: n, what: "a cross-polytope", least, dimension: d });
    }
    let sign = |i: usize| if i.is_multiple_of(2) { 1.0 } else { -1.0 };
    let row = |i: usize| (0..d).map(move |k| if k == i / 2 { sign(i) } else { 0.0 });
    Code::new(&Points::new(d, (0..n).flat_map(row).collect())?)
}
