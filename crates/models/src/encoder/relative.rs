//! Biases of scores by relative position, as MPNet has them (Raffel et al. 2020).

use super::fields::RELATIVE_BUCKETS;
use faer::Mat;

/// Distances from which on all share a bucket.
const FARTHEST: f32 = 128.0;

/// One number per bucket and head, added to the scores of every layer.
#[derive(Clone, Debug)]
pub(super) struct RelativeBias {
    heads: usize,
    /// Bucket by bucket, all heads of each.
    table: Vec<f32>,
}

impl RelativeBias {
    pub(super) fn new(table: Vec<f32>, heads: usize) -> Self {
        Self { heads, table }
    }

    /// For `n` tokens: row `i` has what is added to query `i`'s scores of all keys.
    pub(super) fn of(&self, head: usize, n: usize) -> Mat<f64> {
        Mat::from_fn(n, n, |i, j| f64::from(self.at(head, i, j)))
    }

    /// The same of all heads, one after the other, in row-major order.
    pub(super) fn all(&self, n: usize) -> Vec<f32> {
        let of = |head| (0..n * n).map(move |k| self.at(head, k / n, k % n));
        (0..self.heads).flat_map(of).collect()
    }

    fn at(&self, head: usize, query: usize, key: usize) -> f32 {
        self.table[bucket(query, key) * self.heads + head]
    }
}

/// Later keys have the upper half of the buckets. In each half a bucket per distance comes first,
/// then ever wider ones up to the farthest.
fn bucket(query: usize, key: usize) -> usize {
    const HALF: usize = RELATIVE_BUCKETS / 2;
    const EXACT: usize = HALF / 2;
    let (distance, from) = if key > query { (key - query, HALF) } else { (query - key, 0) };
    if distance < EXACT {
        return from + distance;
    }
    // In single precision, as the models were trained: at a distance of 64 rounding decides.
    let exact = EXACT as f32;
    let wide = (distance as f32 / exact).ln() / (FARTHEST / exact).ln() * (HALF - EXACT) as f32;
    from + (EXACT + wide as usize).min(HALF - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed with `MPNetEncoder.relative_position_bucket` of `transformers`.
    #[test]
    fn buckets_are_those_of_the_models() {
        let distances = [0, 1, 7, 8, 11, 12, 15, 16, 22, 23, 31, 32, 45, 46, 63, 64, 90, 91, 127, 128, 500];
        let buckets = [0, 1, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13, 14, 14, 15, 15, 15, 15];
        for (d, expected) in distances.into_iter().zip(buckets) {
            assert_eq!(bucket(600, 600 - d), expected, "{d} before");
            assert_eq!(bucket(0, d), expected + if d > 0 { 16 } else { 0 }, "{d} after");
        }
    }
}
