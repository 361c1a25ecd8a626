//! What a count says about a probability.

/// The interval of E. Wilson (*Probable inference, the law of succession, and statistical
/// inference*, Journal of the American Statistical Association 22, 1927) for the probability of
/// which `share` was seen among `n` independent trials: all probabilities `q` from which `share` is
/// at most `z` standard deviations `sqrt(q (1 - q) / n)` away. With `z = 1.96` it covers the truth
/// about 95 times in 100. NaN for no trials.
///
/// Domain: `share` in `[0, 1]`, `z >= 0`. The interval lies in `[0, 1]` up to rounding.
///
/// ```
/// // Nine of ten: the truth may well be 0.6, and is hardly 0.99.
/// let [low, high] = relata_relations::wilson_interval(0.9, 10, 1.96);
/// assert!(0.59 < low && low < 0.60 && 0.98 < high && high < 0.99);
/// ```
#[must_use]
pub fn wilson_interval(share: f64, n: usize, z: f64) -> [f64; 2] {
    let (n, square) = (n as f64, z * z);
    let scale = 1.0 + square / n;
    let centre = (share + square / (2.0 * n)) / scale;
    let half = z / scale * (share * (1.0 - share) / n + square / (4.0 * n * n)).sqrt();
    [centre - half, centre + half]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn its_ends_are_where_the_test_of_the_share_changes_its_mind(
            successes in 0usize..400, failures in 0usize..400, z in 0.1f64..5.0,
        ) {
            prop_assume!(successes + failures > 0);
            let n = successes + failures;
            let p = successes as f64 / n as f64;
            let [low, high] = wilson_interval(p, n, z);
            prop_assert!(low <= p + 1e-12 && p <= high + 1e-12);
            for q in [low, high] {
                // |p - q| = z sqrt(q (1 - q) / n), squared, so that ends at 0 and 1 are no exception.
                let (far, wide) = ((p - q) * (p - q), z * z * q * (1.0 - q) / n as f64);
                prop_assert!((far - wide).abs() <= 1e-12, "{far} {wide}");
            }
            // Failures are successes of the opposite.
            let [other_low, other_high] = wilson_interval(1.0 - p, n, z);
            prop_assert!((low + other_high - 1.0).abs() < 1e-12 && (high + other_low - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn without_trials_nothing_is_known() {
        assert!(wilson_interval(0.5, 0, 1.96).iter().all(|v| v.is_nan()));
    }
}
