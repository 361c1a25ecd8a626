//! Sup errors of truncated Mercer expansions in closed form
//! ([`Relation::mercer_tails`](crate::Relation::mercer_tails)).

use crate::special::trigamma;
use std::f64::consts::PI;

/// `tau_d = sup_x sum_{k >= d} 2 sin^2((k + 1/2) pi x) / ((k + 1/2) pi)^2` for `min(x, y)`: all sines
/// are 1 at `x = 1`, so that it is `2 psi'(d + 1/2) / pi^2`.
pub(super) fn brownian_tails(most: usize) -> Vec<f64> {
    (0..=most).map(|d| 2.0 * trigamma(d as f64 + 0.5) / (PI * PI)).collect()
}

/// `tau_d = max_x g(x)`, `g(x) = x (1 - x) - sum_{k <= d} 2 sin^2(k pi x) / (k pi)^2`, of the
/// Brownian bridge.
///
/// `g'' = -2 D(2 pi x)` with Dirichlet's kernel `D(t) = sin((d + 1/2) t) / sin(t / 2)`, so that
/// `g'(x) = 1 - 2 integral_0^x D(2 pi s) ds`: the slope falls from 1 and then swings about 0 with
/// the lobes of `D`, which shrink. The first summit, about where the sine integral of
/// `(2 d + 1) pi x` is `pi / 2`, is the highest. It is found by Newton's method; `O(d)` for each
/// rank.
pub(super) fn bridge_tails(most: usize) -> Vec<f64> {
    (0..=most).map(bridge_tail).collect()
}

fn bridge_tail(d: usize) -> f64 {
    /// Si(u) = pi / 2.
    const SUMMIT: f64 = 1.926_447_660_317_370_6;
    let n = 2.0 * d as f64 + 1.0;
    let mut x = (SUMMIT / (n * PI)).min(0.5);
    // The guess is good to 1 / d^2 relative; each step doubles the digits.
    for _ in 0..4 {
        // sum_k sin(2 pi k x) / k and 1 + 2 sum_k cos(2 pi k x).
        let waves = (1..=d).rev().map(|k| (2.0 * PI * k as f64 * x).sin_cos());
        let (slopes, bends) = (1..=d)
            .rev()
            .zip(waves)
            .fold((0.0, 1.0), |(s, c), (k, (sin, cos))| (s + sin / k as f64, c + 2.0 * cos));
        let (slope, bend) = (1.0 - 2.0 * x - 2.0 * slopes / PI, -2.0 * bends);
        x = (x - slope / bend).clamp(0.0, 0.5);
    }
    let kept = |k: usize| 2.0 * ((k as f64 * PI * x).sin() / (k as f64 * PI)).powi(2);
    x * (1.0 - x) - (1..=d).rev().map(kept).sum::<f64>()
}

/// Tails of an invariant kernel whose first eigenvalue is single and all others are pairs; `left(m)`
/// is the trace of what is left after the pairs 1 to `m`.
pub(super) fn pair_tails(own: f64, left: impl Fn(usize) -> f64, most: usize) -> Vec<f64> {
    // After d = 2 m + 1 values the pairs up to m are kept; after one more, half of a pair.
    std::iter::once(own).chain((1..=most).map(|d| left((d - 1) / 2))).collect()
}

/// Tails of an invariant kernel from its eigenvalues in decreasing order, each with its
/// multiplicity, and the trace of those that are not listed. `None` if there are none.
pub(super) fn eigenspace_tails(spaces: &[(f64, usize)], beyond: f64, most: usize) -> Option<Vec<f64>> {
    let mut left = vec![beyond; spaces.len() + 1];
    for (i, (value, copies)) in spaces.iter().enumerate().rev() {
        left[i] = left[i + 1] + value * *copies as f64;
    }
    let mut tails = Vec::new();
    for ((_, copies), left) in spaces.iter().zip(&left) {
        let room = most.saturating_add(1).saturating_sub(tails.len());
        tails.extend(std::iter::repeat_n(*left, (*copies).min(room)));
    }
    if tails.len() <= most {
        tails.push(beyond);
    }
    (!spaces.is_empty()).then_some(tails)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bridge_is_left_at_its_first_summit() {
        for d in 0..40usize {
            let left = |x: f64| {
                let kept = |k: usize| 2.0 * ((k as f64 * PI * x).sin() / (k as f64 * PI)).powi(2);
                x * (1.0 - x) - (1..=d).map(kept).sum::<f64>()
            };
            let cells = 4000 * (d + 1);
            let grid = (0..=cells).map(|i| left(0.5 * i as f64 / cells as f64)).fold(0.0, f64::max);
            let tail = bridge_tail(d);
            // A grid of spacing h misses the summit by at most h^2 |g''| / 8, |g''| <= 2 (2 d + 1).
            let missed = (0.5 / cells as f64).powi(2) * (2.0 * d as f64 + 1.0) / 4.0;
            assert!(tail >= grid - 1e-15 && tail <= grid + missed + 1e-15, "{d}: {tail} {grid}");
        }
    }

    #[test]
    fn eigenspaces_are_left_whole() {
        let tails = eigenspace_tails(&[(4.0, 1), (2.0, 2), (1.0, 3)], 0.5, 100).unwrap();
        assert_eq!(tails, [11.5, 7.5, 7.5, 3.5, 3.5, 3.5, 0.5]);
        assert_eq!(eigenspace_tails(&[(4.0, 1), (2.0, 2)], 0.0, 2).unwrap(), [8.0, 4.0, 4.0]);
        assert_eq!(pair_tails(8.0, |m| 4.0 / (m + 1) as f64, 4), [8.0, 4.0, 4.0, 2.0, 2.0]);
    }
}
