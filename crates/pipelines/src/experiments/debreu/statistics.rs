//! Means with confidence intervals.

use crate::statistics::Z95;

/// A mean with the 95 % interval of Student's `t`; the interval is a point for a single value.
pub(super) struct Mean {
    pub(super) value: f64,
    pub(super) lower: f64,
    pub(super) upper: f64,
}

impl Mean {
    /// `None` without a value.
    pub(super) fn of(values: &[f64]) -> Option<Self> {
        let n = values.len() as f64;
        if values.is_empty() {
            return None;
        }
        let value = values.iter().sum::<f64>() / n;
        if values.len() == 1 {
            return Some(Self { value, lower: value, upper: value });
        }
        let variance = values.iter().map(|v| (v - value).powi(2)).sum::<f64>() / (n - 1.0);
        let reach = student_975(values.len() - 1) * (variance / n).sqrt();
        Some(Self { value, lower: value - reach, upper: value + reach })
    }
}

/// The value at `share` of the way through sorted values, between neighbours where it falls
/// between; `None` without a value.
pub(super) fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let at = share.clamp(0.0, 1.0) * last as f64;
    let (low, part) = (at.floor() as usize, at.fract());
    Some(sorted[low] + part * (sorted[(low + 1).min(last)] - sorted[low]))
}

/// The 97.5 % quantile of Student's `t`: exact for one and two degrees of freedom, otherwise the
/// expansion of Cornish and Fisher in the normal quantile (Abramowitz and Stegun, 26.7.5), right to
/// 1 % from three degrees on.
fn student_975(freedom: usize) -> f64 {
    const Z: f64 = Z95;
    match freedom {
        1 => 12.706_204_736_174_7,
        2 => 4.302_652_729_749_464,
        _ => {
            let n = freedom as f64;
            let (z2, z3) = (Z * Z, Z * Z * Z);
            let g1 = (z3 + Z) / 4.0;
            let g2 = z3 * (5.0 * z2 + 16.0) / 96.0 + 3.0 * Z / 96.0;
            let g3 = (3.0 * z3 * z2 * z2 + 19.0 * z3 * z2 + 17.0 * z3 - 15.0 * Z) / 384.0;
            Z + g1 / n + g2 / (n * n) + g3 / (n * n * n)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_of_student_as_tabulated() {
        for (freedom, table) in [(3, 3.182), (4, 2.776), (9, 2.262), (19, 2.093), (99, 1.984)] {
            assert!(
                (student_975(freedom) - table).abs() < 0.01 * table,
                "{freedom}: {}",
                student_975(freedom)
            );
        }
    }

    #[test]
    fn quantiles_lie_between_neighbours() {
        assert_eq!(quantile(&[1.0, 2.0, 4.0], 0.75), Some(3.0));
        assert_eq!(quantile(&[], 0.5), None);
    }
}
