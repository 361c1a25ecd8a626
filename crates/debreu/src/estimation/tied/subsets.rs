//! Sums over all subsets of a given size, without listing them.
//!
//! The sum over subsets of size `t` of the product of their members' values is an elementary
//! symmetric polynomial, the coefficient of `z^t` in `prod (1 + y_i z)`. Those over subsets that
//! hold one or two given members are products of coefficients of what stands before, between and
//! behind them: everything here is a sum of products of positive numbers, so nothing cancels.

/// Sums over the subsets of one size.
pub(super) struct Subsets {
    /// Over all of them.
    pub(super) all: f64,
    /// Over those with each item, as a share of all.
    pub(super) with: Vec<f64>,
}

/// Sums over subsets of `size` of the products of `values`, and over those that hold each pair
/// `i < j` by a call of `pair(i, j, share of all)`. `O(n^2 size)` time, `O(n size)` memory.
pub(super) fn subsets(values: &[f64], size: usize, mut pair: impl FnMut(usize, usize, f64)) -> Subsets {
    let n = values.len();
    let multiply = |poly: &mut [f64], y: f64| (1..poly.len()).rev().for_each(|k| poly[k] += y * poly[k - 1]);
    // Coefficients up to `size` of the product of the values before (after) each place.
    let mut before = vec![vec![0.0; size + 1]; n + 1];
    let mut behind = vec![vec![0.0; size + 1]; n + 1];
    (before[0][0], behind[n][0]) = (1.0, 1.0);
    for i in 0..n {
        let mut poly = before[i].clone();
        multiply(&mut poly, values[i]);
        before[i + 1] = poly;
        let mut poly = behind[n - i].clone();
        multiply(&mut poly, values[n - i - 1]);
        behind[n - i - 1] = poly;
    }
    let all = before[n][size];
    // The coefficient of z^degree in a product of two polynomials.
    let product =
        |a: &[f64], b: &[f64], degree: usize| (0..=degree).map(|k| a[k] * b[degree - k]).sum::<f64>();
    let mut with = Vec::with_capacity(n);
    for i in 0..n {
        with.push(values[i] * product(&before[i], &behind[i + 1], size - 1) / all);
        if size < 2 {
            continue;
        }
        // Without `i`, and without `j` in its turn.
        let mut apart = before[i].clone();
        for j in i + 1..n {
            pair(i, j, values[i] * values[j] * product(&apart, &behind[j + 1], size - 2) / all);
            multiply(&mut apart, values[j]);
        }
    }
    Subsets { all, with }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_over_listed_subsets() {
        let values = [0.3, 2.0, 1e-3, 1.0, 0.7];
        for size in 1..=5usize {
            let members = (0u32..32).filter(|s| s.count_ones() as usize == size);
            let product = |s: u32| (0..5).filter(|i| s >> i & 1 == 1).map(|i| values[i]).product::<f64>();
            let listed = |held: u32| members.clone().filter(|s| s & held == held).map(product).sum::<f64>();
            let near = |a: f64, b: f64| assert!((a - b).abs() <= 1e-14 * b.abs(), "{size}: {a} {b}");
            let mut pairs = 0;
            let found = subsets(&values, size, |i, j, share| {
                near(share, listed(1 << i | 1 << j) / listed(0));
                pairs += 1;
            });
            near(found.all, listed(0));
            (0..5).for_each(|i| near(found.with[i], listed(1 << i) / listed(0)));
            assert_eq!(pairs, if size > 1 { 10 } else { 0 });
        }
    }
}
