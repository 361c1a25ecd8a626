//! Predictions by means, which need no features.

use super::Mask;
use faer::Mat;

/// The mean of the training entries everywhere.
pub(super) fn mean(a: &Mat<f64>, train: &Mask) -> Mat<f64> {
    let mean = train.entries().map(|(i, j)| a[(i, j)]).sum::<f64>() / train.count().max(1) as f64;
    Mat::from_fn(a.nrows(), a.ncols(), |_, _| mean)
}

/// `c + u_i + v_j` by least squares on the training entries, with a ridge of one entry on the
/// effects, so that a row or column of which little is known keeps close to the mean and a new one
/// has no effect.
pub(super) fn means(a: &Mat<f64>, train: &Mask) -> Mat<f64> {
    const SWEEPS: usize = 50;
    let (n, m) = (a.nrows(), a.ncols());
    let c = mean(a, train)[(0, 0)];
    let (mut u, mut v) = (vec![0.0; n], vec![0.0; m]);
    for _ in 0..SWEEPS {
        u = effects(n, train.entries().map(|(i, j)| (i, a[(i, j)] - c - v[j])));
        v = effects(m, train.entries().map(|(i, j)| (j, a[(i, j)] - c - u[i])));
    }
    Mat::from_fn(n, m, |i, j| c + u[i] + v[j])
}

fn effects(size: usize, residuals: impl Iterator<Item = (usize, f64)>) -> Vec<f64> {
    let (mut sums, mut counts) = (vec![0.0; size], vec![1.0; size]);
    for (k, residual) in residuals {
        sums[k] += residual;
        counts[k] += 1.0;
    }
    sums.iter().zip(&counts).map(|(s, n)| s / n).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn effects_of_rows_and_columns_are_found() {
        let a = Mat::from_fn(40, 30, |i, j| 5.0 + (i as f64).sin() + 0.5 * (j as f64).cos());
        let train = Mask::new(40, 30, |i, j| (i + j) % 7 != 0);
        let b = means(&a, &train);
        let error = |p: &Mat<f64>| {
            (0..40)
                .flat_map(|i| (0..30).map(move |j| (i, j)))
                .filter(|(i, j)| !train.has(*i, *j))
                .map(|(i, j)| (a[(i, j)] - p[(i, j)]).powi(2))
                .sum::<f64>()
                .sqrt()
        };
        assert!(error(&b) < 0.05 * error(&mean(&a, &train)));
    }
}
