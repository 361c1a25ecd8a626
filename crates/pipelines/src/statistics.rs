//! What headline numbers and intervals are made of.

/// The quantile .975 of the normal distribution: so many standard errors on either side hold 95 %.
pub(crate) const Z95: f64 = 1.959_963_984_540_054;

/// The middle of the sorted values, or the mean of the two in the middle; nothing of no value.
pub(crate) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let n = values.len();
    let upper = values.get(n / 2)?;
    Some(if n % 2 == 1 { *upper } else { 0.5 * (values[n / 2 - 1] + upper) })
}

/// The largest value; nothing of no value.
pub(crate) fn largest(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    values.into_iter().reduce(f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use relata_relations::special::normal_cdf;

    #[test]
    fn as_many_values_lie_above_a_median_as_below() {
        assert_eq!(median(Vec::new()), None);
        assert_eq!(median(vec![7.0]), Some(7.0));
        assert_eq!(median(vec![3.0, -1.0]), Some(1.0));
        assert_eq!(median(vec![5.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![8.0, 1.0, 2.0, 4.0]), Some(3.0));
    }

    #[test]
    fn one_in_forty_lies_above_z95() {
        assert!((normal_cdf(-Z95) - 0.025).abs() < 1e-15);
    }
}
