//! Predictions by means, which need no features.

use super::Mask;
use faer::Mat;

/// The mean of the training entries everywhere, each as much as `weights` say.
pub(super) fn mean(a: &Mat<f64>, train: &Mask, weights: Option<&Mat<f64>>) -> Mat<f64> {
    let mean = centre(a, train, weights);
    Mat::from_fn(a.nrows(), a.ncols(), |_, _| mean)
}

fn centre(a: &Mat<f64>, train: &Mask, weights: Option<&Mat<f64>>) -> f64 {
    match weights {
        None => train.entries().map(|(i, j)| a[(i, j)]).sum::<f64>() / train.count().max(1) as f64,
        Some(w) => {
            let total: f64 = train.entries().map(|(i, j)| w[(i, j)]).sum();
            let sum: f64 = train.entries().map(|(i, j)| w[(i, j)] * a[(i, j)]).sum();
            if total > 0.0 { sum / total } else { 0.0 }
        }
    }
}

/// `c + u_i + v_j` by least squares on the training entries, with a ridge of one entry on the
/// effects, so that a row or column of which little is known keeps close to the mean and a new one
/// has no effect.
pub(super) fn means(a: &Mat<f64>, train: &Mask, weights: Option<&Mat<f64>>) -> Mat<f64> {
    const SWEEPS: usize = 50;
    let (n, m) = (a.nrows(), a.ncols());
    let c = centre(a, train, weights);
    let weight = |i: usize, j: usize| weights.map_or(1.0, |w| w[(i, j)]);
    let entries: Vec<(usize, usize, f64, f64)> =
        train.entries().map(|(i, j)| (i, j, a[(i, j)] - c, weight(i, j))).collect();
    let (mut u, mut v) = (vec![0.0; n], vec![0.0; m]);
    for _ in 0..SWEEPS {
        let before = u;
        u = effects(n, entries.iter().map(|&(i, j, r, w)| (i, r - v[j], w)));
        v = effects(m, entries.iter().map(|&(i, j, r, w)| (j, r - u[i], w)));
        if u == before {
            break;
        }
    }
    Mat::from_fn(n, m, |i, j| c + u[i] + v[j])
}

fn effects(size: usize, residuals: impl Iterator<Item = (usize, f64, f64)>) -> Vec<f64> {
    let (mut sums, mut counts) = (vec![0.0; size], vec![1.0; size]);
    for (k, residual, weight) in residuals {
        sums[k] += weight * residual;
        counts[k] += weight;
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
        let b = means(&a, &train, None);
        let error = |p: &Mat<f64>| {
            (0..40)
                .flat_map(|i| (0..30).map(move |j| (i, j)))
                .filter(|(i, j)| !train.has(*i, *j))
                .map(|(i, j)| (a[(i, j)] - p[(i, j)]).powi(2))
                .sum::<f64>()
                .sqrt()
        };
        assert!(error(&b) < 0.05 * error(&mean(&a, &train, None)));
    }
}
