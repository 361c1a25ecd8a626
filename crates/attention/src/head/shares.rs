//! What scores are a function of: the key, the offset, or neither.

use super::error::HeadError;
use super::observed::{Observed, Visibility};
use faer::linalg::solvers::{Llt, Solve};
use faer::{Col, Mat, Side};
use relata_relations::PowerOfTwo;

/// How the variance of scores within queries splits.
///
/// With `s_ij ~ c_i + u_j + f_(i - j)` by least squares over what is seen (softmax does not see
/// `c_i`), keys and offsets explain parts that overlap in general: each gets the mean of what it
/// explains alone and of what it adds to the other (Shapley's value of two players; the averaged
/// sequential sums of squares of an unbalanced analysis of variance).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VarianceShares {
    /// Of a utility of the keys.
    pub key: f64,
    /// Of a function of the offset.
    pub offset: f64,
    /// Of what no sum of the two explains: the residual sum of squares, computed from the residuals.
    /// `key + offset + rest` is 1 up to rounding.
    pub rest: f64,
    /// What a utility of the keys explains without offsets.
    pub key_alone: f64,
    /// What a function of the offset explains without keys.
    pub offset_alone: f64,
}

/// The least squares of [`VarianceShares`] for contexts of one length: its matrices depend on who
/// sees whom alone, and are factored once for all heads.
#[derive(Clone, Debug)]
pub struct VarianceDesign {
    tokens: usize,
    visibility: Visibility,
    /// For keys, for offsets, for both.
    factors: [Llt<f64>; 3],
}

impl VarianceDesign {
    /// For `tokens` tokens, at least two. Complexity `O(tokens^3)`.
    ///
    /// # Errors
    /// [`HeadError::EmptyContext`] for fewer; [`HeadError::NoConvergence`].
    pub fn new(tokens: usize, visibility: Visibility) -> Result<Self, HeadError> {
        if tokens < 2 {
            return Err(HeadError::EmptyContext);
        }
        let g = Gram { n: tokens, visibility, harmonic: harmonic(tokens) };
        let (keys, offsets) = (g.free_keys(), g.free_offsets());
        let failed = |_| HeadError::NoConvergence("least squares over keys and offsets");
        let of = |a: &[usize], entry: &dyn Fn(usize, usize) -> f64| {
            Mat::from_fn(a.len(), a.len(), |i, j| entry(a[i], a[j])).llt(Side::Lower).map_err(failed)
        };
        // Sums of keys and offsets leave one more constant open: u_j = j, f_t = t depends on the
        // query alone.
        let both: Vec<(bool, usize)> = g.free_both();
        let joint = Mat::from_fn(both.len(), both.len(), |a, b| match (both[a], both[b]) {
            ((true, j), (true, k)) => g.keys(j, k),
            ((false, t), (false, s)) => g.offsets(t, s),
            ((true, j), (false, t)) | ((false, t), (true, j)) => g.cross(j, t),
        });
        let joint = joint.llt(Side::Lower).map_err(failed)?;
        let factors = [of(&keys, &|j, k| g.keys(j, k))?, of(&offsets, &|t, s| g.offsets(t, s))?, joint];
        Ok(Self { tokens, visibility, factors })
    }

    /// The shares of a head's scores. Complexity `O(tokens^2)`.
    ///
    /// # Errors
    /// [`HeadError::Shape`] for scores of another length or visibility; [`HeadError::NoPreference`]
    /// if all scores of every query tie.
    pub fn shares(&self, observed: &Observed) -> Result<VarianceShares, HeadError> {
        let n = self.tokens;
        if observed.tokens() != n || observed.visibility() != self.visibility {
            let (found, expected) = (vec![observed.tokens()], vec![n]);
            return Err(HeadError::Shape { what: "the matrix of scores", found, expected });
        }
        let g = Gram { n, visibility: self.visibility, harmonic: Vec::new() };
        let unit = PowerOfTwo::of(observed.seen().flatten().copied());
        // Scores less their mean over what the query sees.
        let centred: Vec<Vec<f64>> = observed
            .seen()
            .map(|seen| {
                let mean = seen.iter().map(|s| unit.divide(*s)).sum::<f64>() / seen.len() as f64;
                seen.iter().map(|s| unit.divide(*s) - mean).collect()
            })
            .collect();
        let (mut by_key, mut by_offset, mut total) = (vec![0.0; n], vec![0.0; g.offset_count()], 0.0);
        for (i, row) in centred.iter().enumerate() {
            for (j, s) in row.iter().enumerate() {
                by_key[j] += s;
                by_offset[g.offset(i, j)] += s;
                total += s * s;
            }
        }
        if total <= 0.0 {
            return Err(HeadError::NoPreference);
        }
        let solve = |factor: &Llt<f64>, right: Vec<f64>| -> (Vec<f64>, f64) {
            let solved = factor.solve(&Col::from_fn(right.len(), |k| right[k]));
            let values: Vec<f64> = solved.iter().copied().collect();
            let explained = values.iter().zip(&right).map(|(v, r)| v * r).sum::<f64>() / total;
            (values, explained)
        };
        let key_right = g.free_keys().iter().map(|j| by_key[*j]).collect();
        let offset_right = g.free_offsets().iter().map(|t| by_offset[*t]).collect();
        let (_, key_alone) = solve(&self.factors[0], key_right);
        let (_, offset_alone) = solve(&self.factors[1], offset_right);
        let both = g.free_both();
        let right = both.iter().map(|(key, k)| if *key { by_key[*k] } else { by_offset[*k] }).collect();
        let (values, explained) = solve(&self.factors[2], right);
        let (mut u, mut f) = (vec![0.0; n], vec![0.0; g.offset_count()]);
        for ((key, k), v) in both.iter().zip(values) {
            *(if *key { &mut u[*k] } else { &mut f[*k] }) = v;
        }
        let mut residual = 0.0;
        for (i, row) in centred.iter().enumerate() {
            let fitted: Vec<f64> = (0..row.len()).map(|j| u[j] + f[g.offset(i, j)]).collect();
            let mean = fitted.iter().sum::<f64>() / row.len() as f64;
            residual += row.iter().zip(&fitted).map(|(s, v)| (s - (v - mean)).powi(2)).sum::<f64>();
        }
        Ok(VarianceShares {
            key: 0.5 * (key_alone + explained - offset_alone),
            offset: 0.5 * (offset_alone + explained - key_alone),
            rest: residual / total,
            key_alone,
            offset_alone,
        })
    }
}

/// `sum_(i >= m) 1 / (i + 1)` for every `m`.
fn harmonic(n: usize) -> Vec<f64> {
    let mut sums = vec![0.0; n + 1];
    for i in (0..n).rev() {
        sums[i] = sums[i + 1] + 1.0 / (i as f64 + 1.0);
    }
    sums
}

/// The normal equations after `c_i` is eliminated: entry `(a, b)` is the number of pairs with both,
/// less the sum over queries that see both of 1 over the keys that they see.
struct Gram {
    n: usize,
    visibility: Visibility,
    harmonic: Vec<f64>,
}

impl Gram {
    /// Offsets `i - j` are numbered from 0: causal ones as they are, others from `1 - n`.
    fn offset(&self, i: usize, j: usize) -> usize {
        match self.visibility {
            Visibility::Causal => i - j,
            Visibility::All => i + self.n - 1 - j,
        }
    }

    fn offset_count(&self) -> usize {
        match self.visibility {
            Visibility::Causal => self.n,
            Visibility::All => 2 * self.n - 1,
        }
    }

    /// Where the offset 0 stands.
    fn zero(&self) -> usize {
        self.offset(0, 0)
    }

    /// Constants change nothing: the first key's utility is 0.
    fn free_keys(&self) -> Vec<usize> {
        (1..self.n).collect()
    }

    /// Nor here: that of offset 0 is 0.
    fn free_offsets(&self) -> Vec<usize> {
        (0..self.offset_count()).filter(|t| *t != self.zero()).collect()
    }

    /// Keys (true) and offsets together.
    fn free_both(&self) -> Vec<(bool, usize)> {
        let offsets = self.free_offsets().into_iter().filter(|t| *t != self.zero() + 1);
        self.free_keys().into_iter().map(|j| (true, j)).chain(offsets.map(|t| (false, t))).collect()
    }

    fn keys(&self, j: usize, k: usize) -> f64 {
        let same = if j == k { 1.0 } else { 0.0 };
        match self.visibility {
            Visibility::All => same * self.n as f64 - 1.0,
            Visibility::Causal => same * (self.n - j) as f64 - self.harmonic[j.max(k)],
        }
    }

    fn offsets(&self, t: usize, s: usize) -> f64 {
        match self.visibility {
            // Query i sees the offsets up to i, as it sees the keys.
            Visibility::Causal => self.keys(t, s),
            Visibility::All => {
                let same = if t == s { (self.n - t.abs_diff(self.n - 1)) as f64 } else { 0.0 };
                let (first, last) = ((t.max(s) + 1).saturating_sub(self.n), t.min(s).min(self.n - 1));
                same - (last + 1).saturating_sub(first) as f64 / self.n as f64
            }
        }
    }

    fn cross(&self, key: usize, offset: usize) -> f64 {
        match self.visibility {
            Visibility::Causal => {
                let meet = if key + offset < self.n { 1.0 } else { 0.0 };
                meet - self.harmonic[key.max(offset)]
            }
            Visibility::All => {
                // The query is offset - (n - 1) + key.
                let meet = (self.n - 1..2 * self.n - 1).contains(&(offset + key));
                let queries = (self.n - offset.abs_diff(self.n - 1)) as f64;
                if meet { 1.0 - queries / self.n as f64 } else { -queries / self.n as f64 }
            }
        }
    }
}
