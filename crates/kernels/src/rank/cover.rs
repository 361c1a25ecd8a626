//! Cover's counting functions.

/// The number of homogeneous linear dichotomies of `n` points in general position in `R^d`,
/// `C(n, d) = 2 sum_{k < d} binom(n - 1, k)` (Cover 1965): how many of the `2^n` sign patterns the
/// functions `j -> sgn <u, v_j>` realise. `None` if it does not fit in 128 bits.
///
/// ```
/// use relata_kernels::rank::dichotomies;
/// assert_eq!(dichotomies(4, 2), Some(8));
/// assert_eq!(dichotomies(3, 3), Some(8)); // all of them: 3 points in general position in R^3 are shattered
/// ```
#[must_use]
pub fn dichotomies(n: usize, d: usize) -> Option<u128> {
    if n == 0 || d == 0 {
        return Some(0);
    }
    let (mut sum, mut binomial) = (0u128, 1u128);
    for k in 0..d.min(n) {
        sum = sum.checked_add(binomial)?;
        if k + 1 < d.min(n) {
            binomial = binomial.checked_mul((n - 1 - k) as u128)? / (k as u128 + 1);
        }
    }
    sum.checked_mul(2)
}

/// The smallest `d` for which [`dichotomies`]`(n, d)` reaches `patterns`, at most `n`; a lower
/// bound of the rank by sign of a matrix with `n` columns and that many different rows (points that
/// are not in general position have fewer dichotomies).
#[must_use]
pub fn dimension_for_dichotomies(n: usize, patterns: u128) -> usize {
    (1..n).find(|&d| dichotomies(n, d).is_none_or(|c| c >= patterns)).unwrap_or(n)
}

/// The number `Q(n, d)` of orders of `n` points in general position in `R^d` that linear
/// functionals induce (Cover 1967): `Q(n, 1) = Q(2, d) = 2`,
/// `Q(n + 1, d) = Q(n, d) + n Q(n, d - 1)`. With `d`-dimensional keys, at most that many of the
/// `n!` preference orders over `n` items are `j -> <u, v_j>` for some query `u`. `None` if it does
/// not fit in 128 bits.
///
/// ```
/// use relata_kernels::rank::linear_orders;
/// assert_eq!(linear_orders(4, 2), Some(12)); // each of the 6 pairs swaps twice as the direction turns
/// assert_eq!(linear_orders(5, 4), Some(120)); // all 5! orders: d = n - 1 is enough
/// ```
#[must_use]
pub fn linear_orders(n: usize, d: usize) -> Option<u128> {
    if d == 0 || n <= 1 {
        return Some(u128::from(n <= 1 || d > 0));
    }
    // row[k - 1] = Q(m, k), from m = 2 upwards; beyond k = m - 1 nothing is added.
    let mut row = vec![2u128; d.min(n)];
    for m in 2..n {
        for k in (1..row.len()).rev() {
            row[k] = (m as u128).checked_mul(row[k - 1]).and_then(|p| p.checked_add(row[k]))?;
        }
    }
    row.last().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_dimension_gives_everything() {
        let mut factorial = 1u128;
        for n in 1..=12usize {
            factorial *= n as u128;
            assert_eq!(linear_orders(n, n.max(2) - 1), Some(factorial));
            assert_eq!(linear_orders(n, 3 * n), Some(factorial));
            assert_eq!(dichotomies(n, n), Some(1 << n));
            assert_eq!(dichotomies(n, 5 * n), Some(1 << n));
        }
    }

    #[test]
    fn dichotomies_satisfy_covers_recurrence() {
        for n in 1..20 {
            for d in 2..8 {
                let sum = dichotomies(n, d).zip(dichotomies(n, d - 1)).map(|(a, b)| a + b);
                assert_eq!(dichotomies(n + 1, d), sum);
            }
        }
    }

    #[test]
    fn dichotomies_of_points_on_a_circle_by_enumeration() {
        // Points in general position in R^2: count the sign patterns of all directions between two
        // normals.
        let n = 7;
        let points: Vec<f64> = (0..n).map(|j| 0.3 + 0.4 * j as f64).collect();
        let mut patterns: Vec<Vec<bool>> = (0..20_000)
            .map(|k| {
                let t = f64::from(k) * std::f64::consts::TAU / 20_000.0;
                points.iter().map(|p| (p - t).cos() > 0.0).collect()
            })
            .collect();
        patterns.sort();
        patterns.dedup();
        assert_eq!(Some(patterns.len() as u128), dichotomies(n, 2));
        assert_eq!(dimension_for_dichotomies(n, patterns.len() as u128), 2);
        assert_eq!(dimension_for_dichotomies(n, patterns.len() as u128 + 1), 3);
    }

    #[test]
    fn orders_of_points_in_the_plane_by_enumeration() {
        // Points on a parabola are in general position: distinct chord slopes.
        let p = [(0.0, 0.0), (1.0, 1.0), (2.5, 6.25), (4.1, 16.81), (7.3, 53.29)];
        let mut orders: Vec<Vec<usize>> = (0..200_000)
            .map(|k| {
                let t = f64::from(k) * std::f64::consts::TAU / 200_000.0 + 1e-6;
                let mut o: Vec<usize> = (0..p.len()).collect();
                let score = |i: usize| p[i].0 * t.cos() + p[i].1 * t.sin();
                o.sort_by(|&a, &b| score(a).total_cmp(&score(b)));
                o
            })
            .collect();
        orders.sort();
        orders.dedup();
        assert_eq!(Some(orders.len() as u128), linear_orders(5, 2));
    }

    #[test]
    fn overflow_is_none() {
        assert_eq!(dichotomies(400, 200), None);
        assert_eq!(linear_orders(60, 59), None);
        assert_eq!(
            dimension_for_dichotomies(400, u128::MAX),
            21.max(dimension_for_dichotomies(400, u128::MAX))
        );
    }
}
