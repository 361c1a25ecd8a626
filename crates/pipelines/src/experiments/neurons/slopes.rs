//! Exponents of counts: straight lines through logarithms.

/// A fitted exponent `a` of `count ~ eps^-a`, with a 95 % confidence interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Exponent {
    pub(super) value: f64,
    pub(super) interval: (f64, f64),
    pub(super) points: usize,
}

/// By least squares; `None` for fewer than three points or counts that do not vary.
pub(super) fn exponent(points: &[(f64, f64)]) -> Option<Exponent> {
    let logs: Vec<(f64, f64)> =
        points.iter().filter(|p| p.1 > 0.0).map(|(eps, n)| (-eps.ln(), n.ln())).collect();
    let n = logs.len() as f64;
    if logs.len() < 3 {
        return None;
    }
    let mean = |f: fn(&(f64, f64)) -> f64| logs.iter().map(f).sum::<f64>() / n;
    let (mx, my) = (mean(|p| p.0), mean(|p| p.1));
    let sxx: f64 = logs.iter().map(|p| (p.0 - mx).powi(2)).sum();
    let sxy: f64 = logs.iter().map(|p| (p.0 - mx) * (p.1 - my)).sum();
    let slope = sxy / sxx;
    let rest: f64 = logs.iter().map(|p| (p.1 - my - slope * (p.0 - mx)).powi(2)).sum();
    let half = student(logs.len() - 2) * (rest / (n - 2.0) / sxx).sqrt();
    slope.is_finite().then_some(Exponent {
        value: slope,
        interval: (slope - half, slope + half),
        points: logs.len(),
    })
}

/// The 97.5 % quantile of Student's distribution.
fn student(degrees: usize) -> f64 {
    const TABLE: [f64; 10] = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228];
    TABLE.get(degrees.saturating_sub(1)).copied().unwrap_or(2.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_power_law_has_its_exponent_and_noise_an_interval() {
        let law: Vec<(f64, f64)> =
            (1..7).map(|i| (0.5f64.powi(i), 3.0 * 2f64.powf(0.5 * f64::from(i)))).collect();
        let e = exponent(&law).unwrap();
        assert!((e.value - 0.5).abs() < 1e-12 && e.interval.1 - e.interval.0 < 1e-10);
        let noisy: Vec<(f64, f64)> =
            law.iter().enumerate().map(|(i, (e, n))| (*e, n * (1.0 + 0.2 * (i % 2) as f64))).collect();
        let e = exponent(&noisy).unwrap();
        assert!(e.interval.0 < 0.5 && e.interval.1 > 0.5 && e.points == 6);
        assert_eq!(exponent(&law[..2]), None);
    }
}
