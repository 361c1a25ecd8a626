//! Entmax: weights between softmax and hard selection, by their exponent.
//!
//! `a_i = [(alpha - 1) b s_i - tau]_+^{1 / (alpha - 1)}` (Peters, Niculae and Martins 2019). The
//! threshold is not solved for: where the exponent is large, weights of ordinary size are high
//! roots of differences that `tau` does not resolve. The unknown is a weight instead:
//!
//! * up to `alpha = 2`, the logarithm `u` of the largest weight; then
//!   `a_i = exp(u + p ln(1 - x_i))`, `p = 1 / (alpha - 1)`, with
//!   `x_i = (alpha - 1) b (s_max - s_i) e^{-(alpha - 1) u}`;
//! * above it, the smallest positive weight `w`, of score `s_k`; then
//!   `a_i = ((alpha - 1) b (s_i - s_k) + w^{alpha - 1})^p`, in logarithms.
//!
//! In both every weight increases in the unknown, the sum of the weights at a rate of at least 1;
//! so the error of a weight is at most that of the sum, a few units in the last place per key.

use crate::scores::Scores;
use crate::sparse::SparseError;
use crate::temperature::InverseTemperature;

/// An exponent `alpha > 1` of [`entmax`].
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Alpha(f64);

impl Alpha {
    /// The exponent of sparsemax.
    pub const SPARSEMAX: Self = Self(2.0);

    /// Checks that `alpha > 1`.
    ///
    /// # Errors
    /// [`SparseError::Alpha`].
    pub fn new(alpha: f64) -> Result<Self, SparseError> {
        if alpha > 1.0 && alpha.is_finite() { Ok(Self(alpha)) } else { Err(SparseError::Alpha(alpha)) }
    }

    /// The exponent.
    #[must_use]
    pub fn value(self) -> f64 {
        self.0
    }

    /// The margin of `b s` from which on [`entmax`] gives all weight to the best key:
    /// `1 / (alpha - 1)`. It is sharp.
    #[must_use]
    pub fn exact_margin(self) -> f64 {
        1.0 / (self.0 - 1.0)
    }
}

/// The weights `[(alpha - 1) b s_i - tau]_+^{1 / (alpha - 1)}` with the `tau` that makes them sum
/// to 1. Each is correct to about `1e-15` times the number of keys. `O(n log n)`.
///
/// ```
/// use relata_attention::{Alpha, InverseTemperature, Scores, entmax};
/// // alpha = 2 is sparsemax.
/// let weights = entmax(&Scores::new(&[0.0, 1.0, 0.5])?, InverseTemperature::ONE, Alpha::SPARSEMAX);
/// assert!((weights[1] - 0.75).abs() < 1e-15 && weights[0] == 0.0);
/// # Ok::<(), relata_attention::ScoreError>(())
/// ```
#[must_use]
pub fn entmax(scores: &Scores<'_>, b: InverseTemperature, alpha: Alpha) -> Vec<f64> {
    let mut order: Vec<(usize, f64)> = scores.visible().collect();
    order.sort_by(|p, q| q.1.total_cmp(&p.1));
    let mut levels: Vec<Level> = Vec::new();
    for &(_, score) in &order {
        match levels.last_mut() {
            Some(level) if level.score <= score => level.keys += 1.0,
            _ => levels.push(Level { score, keys: 1.0 }),
        }
    }
    let found = solve(&levels, b, alpha);
    let mut weights = vec![0.0; scores.values().len()];
    let mut level = 0;
    for (key, score) in order {
        while levels[level].score > score {
            level += 1;
        }
        weights[key] = found[level];
    }
    let total: f64 = weights.iter().sum();
    weights.iter_mut().for_each(|w| *w /= total);
    weights
}

/// The largest `1 - a_max` of [`entmax`] on `n` keys with a margin of at least `margin >= 0`,
/// attained when all losers tie; 0 from [`Alpha::exact_margin`] on. For sparsemax it is
/// `(1 - 1/n) (1 - b margin)_+`.
#[must_use]
pub fn entmax_miss_bound(n: usize, margin: f64, b: InverseTemperature, alpha: Alpha) -> f64 {
    if n <= 1 {
        return 0.0;
    }
    let margin = margin.max(0.0);
    let losers = (n - 1) as f64;
    let equal = 1.0 - 1.0 / n as f64;
    if (alpha.0 - 2.0).abs() <= 0.0 {
        return equal * (1.0 - b.times(margin)).max(0.0);
    }
    let levels = [Level { score: margin, keys: 1.0 }, Level { score: 0.0, keys: losers }];
    // The losers' weight, rather than one less the winner's: no cancellation.
    losers * solve(&levels, b, alpha)[1]
}

/// Keys of equal score.
struct Level {
    score: f64,
    keys: f64,
}

/// The weight of a key at each level; levels are in decreasing order of their scores.
fn solve(levels: &[Level], b: InverseTemperature, alpha: Alpha) -> Vec<f64> {
    let scale = alpha.0 - 1.0;
    if scale > 1.0 { from_below(levels, b, scale) } else { from_above(levels, b, scale) }
}

/// Exponents up to 2: the unknown is the logarithm of the largest weight.
fn from_above(levels: &[Level], b: InverseTemperature, scale: f64) -> Vec<f64> {
    let power = 1.0 / scale;
    let gaps: Vec<f64> = levels.iter().map(|l| -scale * b.gap(l.score, levels[0].score)).collect();
    let share = |u: f64, gap: f64| gap * (-scale * u).exp();
    let weight = |u: f64, gap: f64| {
        let x = share(u, gap);
        if x < 1.0 { (u + power * (-x).ln_1p()).exp() } else { 0.0 }
    };
    let keys: f64 = levels.iter().map(|l| l.keys).sum();
    let u = root(-keys.ln(), 0.0, |u| {
        let (mut sum, mut slope) = (0.0, 0.0);
        for (level, gap) in levels.iter().zip(&gaps) {
            let x = share(u, *gap);
            if x >= 1.0 {
                break;
            }
            let a = level.keys * weight(u, *gap);
            sum += a;
            slope += a / (1.0 - x);
        }
        (sum, slope)
    });
    gaps.iter().map(|gap| weight(u, *gap)).collect()
}

/// Exponents above 2: the unknown is the weight of the last key that has one.
fn from_below(levels: &[Level], b: InverseTemperature, scale: f64) -> Vec<f64> {
    let power = 1.0 / scale;
    // ln((alpha - 1) b (s_i - s_k)), also where the product leaves the range.
    let log_gap = |i: usize, k: usize| {
        let (high, low) = (levels[i].score, levels[k].score);
        let product = scale * b.gap(high, low);
        if product.is_normal() || b.value() <= 0.0 {
            return product.ln();
        }
        let difference = high - low;
        let log = if difference.is_finite() {
            difference.ln()
        } else {
            (0.5 * high - 0.5 * low).ln() + std::f64::consts::LN_2
        };
        scale.ln() + b.value().ln() + log
    };
    // At the threshold of level k, the keys above it: below 1 as long as that level has weight.
    let above = |k: usize| (0..k).map(|i| levels[i].keys * (power * log_gap(i, k)).exp()).sum::<f64>();
    let (mut last, mut out) = (0, levels.len());
    while out - last > 1 {
        let middle = last + (out - last) / 2;
        if above(middle) < 1.0 { last = middle } else { out = middle }
    }
    let gaps: Vec<f64> = (0..last).map(|i| log_gap(i, last)).collect();
    // Logarithms of the base (gap + w^(alpha - 1)), and of w's part of it.
    let base = |w: f64, gap: f64| {
        let own = scale * w.ln();
        let (high, low) = if own > gap { (own, gap) } else { (gap, own) };
        (if low == f64::NEG_INFINITY { high } else { high + (low - high).exp().ln_1p() }, own)
    };
    let supported: f64 = levels[..=last].iter().map(|l| l.keys).sum();
    let w = root(0.0, 1.0 / supported, |w| {
        let (mut sum, mut slope) = (levels[last].keys * w, levels[last].keys);
        for (level, gap) in levels.iter().zip(&gaps) {
            let (log, own) = base(w, *gap);
            let a = level.keys * (power * log).exp();
            sum += a;
            slope += a * (own - log).exp() / w;
        }
        (sum, slope)
    });
    let weight = |i: usize| match i.cmp(&last) {
        std::cmp::Ordering::Less => (power * base(w, gaps[i]).0).exp(),
        std::cmp::Ordering::Equal => w,
        std::cmp::Ordering::Greater => 0.0,
    };
    (0..levels.len()).map(weight).collect()
}

/// Where an increasing function, given with its slope, reaches 1 between `low` and `high`: Newton's
/// steps while they halve, and the middle of the bracket where they do not.
fn root(mut low: f64, mut high: f64, f: impl Fn(f64) -> (f64, f64)) -> f64 {
    let (mut at, mut before) = (high, high - low);
    loop {
        let (value, slope) = f(at);
        let off = value - 1.0;
        if off > 0.0 {
            high = at;
        } else {
            low = at;
        }
        let newton = at - off / slope;
        let fast = newton > low && newton < high && (newton - at).abs() <= 0.5 * before;
        let next = if fast { newton } else { low + 0.5 * (high - low) };
        before = (next - at).abs();
        if off.abs() <= 0.0 || next <= low || next >= high {
            return at;
        }
        at = next;
    }
}
