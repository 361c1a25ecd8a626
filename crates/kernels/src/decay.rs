//! How a spectrum decays: effective ranks, degrees of freedom, and rates.

use thiserror::Error;

/// Four answers to how many directions matter, for a spectrum `s_1 >= s_2 >= .. >= 0`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EffectiveRank {
    /// `sum s_i / s_1`: the intrinsic dimension.
    pub intrinsic: f64,
    /// `sum s_i^2 / s_1^2`: the stable rank of the matrix.
    pub stable: f64,
    /// `(sum s_i)^2 / sum s_i^2`: the participation ratio.
    pub participation: f64,
    /// `exp` of the entropy of `s_i / sum s` (Roy and Vetterli 2007).
    pub entropy: f64,
}

/// Why a spectrum says nothing.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum DecayError {
    /// No positive value.
    #[error("the spectrum has no positive value")]
    Zero,
    /// A value that is not finite.
    #[error("value {index} of the spectrum is {value}; it must be finite")]
    NonFinite {
        /// Its number.
        index: usize,
        /// The value.
        value: f64,
    },
    /// A ridge that is not positive.
    #[error("the ridge is {0}; it must be positive and finite")]
    Ridge(f64),
    /// Too few values for a fit.
    #[error("{found} positive values in the range; a fit with a confidence interval needs at least {least}")]
    TooFew {
        /// Values there.
        found: usize,
        /// Values needed.
        least: usize,
    },
}

/// Effective ranks from singular values or the magnitudes of eigenvalues.
///
/// ```
/// use relata_kernels::effective_rank;
/// let flat = effective_rank(&[2.0; 7])?;
/// assert!((flat.intrinsic - 7.0).abs() < 1e-12 && (flat.entropy - 7.0).abs() < 1e-12);
/// # Ok::<(), relata_kernels::DecayError>(())
/// ```
///
/// # Errors
/// [`DecayError`] if a value is not finite or all vanish.
pub fn effective_rank(values: &[f64]) -> Result<EffectiveRank, DecayError> {
    let s = magnitudes(values)?;
    // Shares of the largest, whose squares and sums do not overflow and lose nothing that counts.
    let shares: Vec<f64> = s.iter().map(|v| v / s[0]).collect();
    let sum: f64 = shares.iter().rev().sum();
    let squares: f64 = shares.iter().rev().map(|v| v * v).sum();
    let entropy: f64 = shares.iter().filter(|v| **v > 0.0).map(|v| -(v / sum) * (v / sum).ln()).sum();
    Ok(EffectiveRank {
        intrinsic: sum,
        stable: squares,
        participation: sum * sum / squares,
        entropy: entropy.exp(),
    })
}

/// Degrees of freedom `sum l_i / (l_i + ridge)` of ridge regression with these eigenvalues
/// (negative ones count as 0).
///
/// # Errors
/// [`DecayError`] if the ridge is not positive or a value is not finite.
pub fn degrees_of_freedom(eigenvalues: &[f64], ridge: f64) -> Result<f64, DecayError> {
    if !(ridge.is_finite() && ridge > 0.0) {
        return Err(DecayError::Ridge(ridge));
    }
    if let Some(index) = eigenvalues.iter().position(|v| !v.is_finite()) {
        return Err(DecayError::NonFinite { index, value: eigenvalues[index] });
    }
    Ok(eigenvalues.iter().filter(|l| **l > 0.0).map(|l| 1.0 / (1.0 + ridge / l)).sum())
}

/// A law of decay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decay {
    /// `s_i ~ c i^-a`; the rate is `a`.
    Polynomial,
    /// `s_i ~ c exp(-a i)`; the rate is `a`.
    Exponential,
}

/// A fitted law.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DecayFit {
    /// The law that fits better (smaller residual of the logarithms).
    pub law: Decay,
    /// Its rate `a`.
    pub rate: f64,
    /// A 95 % confidence interval of the rate, by the jackknife over eight consecutive blocks: the
    /// residuals of a spectrum are not independent, which makes the usual interval of a regression
    /// far too narrow.
    pub interval: (f64, f64),
    /// `c`.
    pub constant: f64,
    /// Root mean square of the residuals of `ln s_i` under this law.
    pub residual: f64,
    /// The same under the other law.
    pub other_residual: f64,
}

/// Fits both laws to the values numbered `range` (from 0; value `i` has number `i + 1` in the law)
/// that are above `1e-13` of the largest (below it eigenvalues of a matrix are rounding), and
/// returns the better one.
///
/// ```
/// use relata_kernels::{Decay, decay_fit};
/// use std::f64::consts::PI;
/// // Brownian motion: 1 / ((k - 1/2) pi)^2.
/// let brownian: Vec<f64> = (1..400).map(|k| ((f64::from(k) - 0.5) * PI).powi(-2)).collect();
/// let fit = decay_fit(&brownian, 20..400)?;
/// assert!(fit.law == Decay::Polynomial && (fit.rate - 2.0).abs() < 0.02);
/// # Ok::<(), relata_kernels::DecayError>(())
/// ```
///
/// # Errors
/// [`DecayError`] if a value is not finite, all vanish, or fewer than 16 values are in the range.
pub fn decay_fit(values: &[f64], range: std::ops::Range<usize>) -> Result<DecayFit, DecayError> {
    const BLOCKS: usize = 8;
    const LEAST: usize = 2 * BLOCKS;
    let s = magnitudes(values)?;
    let floor = 1e-13 * s[0];
    let kept: Vec<(f64, f64)> = range
        .take_while(|&i| i < s.len())
        .filter(|&i| s[i] > floor)
        .map(|i| ((i + 1) as f64, s[i].ln()))
        .collect();
    if kept.len() < LEAST {
        return Err(DecayError::TooFew { found: kept.len(), least: LEAST });
    }
    let polynomial: Vec<(f64, f64)> = kept.iter().map(|(i, y)| (i.ln(), *y)).collect();
    let (fp, fe) = (line(&polynomial), line(&kept));
    let (law, data, fit, other) = if fp.2 <= fe.2 {
        (Decay::Polynomial, &polynomial, fp, fe.2)
    } else {
        (Decay::Exponential, &kept, fe, fp.2)
    };
    let block = |b: usize| b * data.len() / BLOCKS..(b + 1) * data.len() / BLOCKS;
    let without = |b: usize| {
        let rest: Vec<(f64, f64)> =
            data.iter().enumerate().filter(|(k, _)| !block(b).contains(k)).map(|(_, d)| *d).collect();
        line(&rest).1
    };
    let slopes: Vec<f64> = (0..BLOCKS).map(without).collect();
    let (count, mean) = (BLOCKS as f64, slopes.iter().sum::<f64>() / BLOCKS as f64);
    let variance = (count - 1.0) / count * slopes.iter().map(|v| (v - mean).powi(2)).sum::<f64>();
    // The 97.5 % quantile of Student's distribution with 7 degrees of freedom.
    let half = 2.364_624 * variance.sqrt();
    let rate = -fit.1;
    Ok(DecayFit {
        law,
        rate,
        interval: (rate - half, rate + half),
        constant: fit.0.exp(),
        residual: fit.2,
        other_residual: other,
    })
}

/// Intercept, slope and root mean square residual of a straight line.
fn line(data: &[(f64, f64)]) -> (f64, f64, f64) {
    let n = data.len() as f64;
    let (mx, my) = (data.iter().map(|d| d.0).sum::<f64>() / n, data.iter().map(|d| d.1).sum::<f64>() / n);
    let sxx: f64 = data.iter().map(|d| (d.0 - mx).powi(2)).sum();
    let sxy: f64 = data.iter().map(|d| (d.0 - mx) * (d.1 - my)).sum();
    let slope = sxy / sxx;
    let intercept = my - slope * mx;
    let rest: f64 = data.iter().map(|d| (d.1 - intercept - slope * d.0).powi(2)).sum();
    (intercept, slope, (rest / n).sqrt())
}

/// Magnitudes, largest first.
fn magnitudes(values: &[f64]) -> Result<Vec<f64>, DecayError> {
    if let Some(index) = values.iter().position(|v| !v.is_finite()) {
        return Err(DecayError::NonFinite { index, value: values[index] });
    }
    let mut s: Vec<f64> = values.iter().map(|v| v.abs()).collect();
    s.sort_by(|a, b| b.total_cmp(a));
    if s.first().is_none_or(|v| *v <= 0.0) { Err(DecayError::Zero) } else { Ok(s) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_of_known_spectra() {
        let one = effective_rank(&[3.0, 0.0, 0.0]).unwrap();
        assert!(
            [one.intrinsic, one.stable, one.participation, one.entropy]
                .iter()
                .all(|r| (r - 1.0).abs() < 1e-12)
        );
        let mixed = effective_rank(&[-2.0, 1.0]).unwrap();
        assert!((mixed.intrinsic - 1.5).abs() < 1e-12 && (mixed.stable - 1.25).abs() < 1e-12);
        assert!((mixed.participation - 1.8).abs() < 1e-12);
        assert_eq!(effective_rank(&[0.0]), Err(DecayError::Zero));
        assert!(matches!(effective_rank(&[1.0, f64::NAN]), Err(DecayError::NonFinite { index: 1, .. })));
    }

    #[test]
    fn degrees_of_freedom_lie_between_0_and_the_rank() {
        assert!((degrees_of_freedom(&[1.0, 1.0, -1.0], 1.0).unwrap() - 1.0).abs() < 1e-15);
        assert!(degrees_of_freedom(&[1.0], 0.0).is_err());
    }

    #[test]
    fn laws_are_told_apart_and_intervals_cover() {
        // The Gaussian kernel against a Gaussian measure: geometric with ratio 0.381966 (golden
        // ratio).
        let golden: Vec<f64> = (0..25).map(|k| 0.618_034 * 0.381_966f64.powi(k)).collect();
        let fit = decay_fit(&golden, 0..25).unwrap();
        assert!(fit.law == Decay::Exponential && (fit.rate - 0.962_423_7).abs() < 1e-5, "{fit:?}");
        // Multiplicities two, as on the circle: steps around the law, within the interval.
        let torus: Vec<f64> = (0..120).map(|k| (1.0 + f64::from(k / 2)).powi(-4)).collect();
        let fit = decay_fit(&torus, 10..120).unwrap();
        assert!(fit.law == Decay::Polynomial && fit.interval.0 < 4.1 && fit.interval.1 > 3.9, "{fit:?}");
        assert!(matches!(decay_fit(&golden, 0..10), Err(DecayError::TooFew { found: 10, .. })));
    }

    /// `(k - 1/2)^-2` has the local rate `2 / (1 - 1 / 2k)` at `k`, which falls to 2: a fit lies
    /// among the local rates of its range, above 2, and nearer to it the further out the range
    /// begins.
    #[test]
    fn a_shifted_power_has_the_rates_of_its_range() {
        let brownian: Vec<f64> =
            (1..=400).map(|k| ((f64::from(k) - 0.5) * std::f64::consts::PI).powi(-2)).collect();
        let local = |k: f64| 2.0 / (1.0 - 0.5 / k);
        let mut last = f64::INFINITY;
        for start in [10, 20, 40, 80] {
            let fit = decay_fit(&brownian, start..400).unwrap();
            assert!(fit.law == Decay::Polynomial && fit.residual < fit.other_residual, "{fit:?}");
            assert!(local(400.0) < fit.rate && fit.rate < local(start as f64 + 1.0), "{start}: {fit:?}");
            assert!(fit.rate < last && fit.interval.0 < fit.rate && fit.rate < fit.interval.1, "{fit:?}");
            last = fit.rate;
        }
        assert!((last - 2.0).abs() < 0.01, "{last}");
    }
}
