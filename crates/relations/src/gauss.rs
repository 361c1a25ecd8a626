//! Gauss rules for the classical weights.
//!
//! For a probability measure with moments of all orders, the orthonormal polynomials obey a
//! three-term recurrence whose coefficients form a symmetric tridiagonal (Jacobi) matrix `J`. Its
//! eigenvalues are the nodes of the `n`-point rule that is exact for polynomials of degree
//! `2 n - 1` (Golub and Welsch 1969). The eigenvalues come from implicit QL steps, `O(n^2)` in all.
//! The weights are not taken from eigenvectors, whose small components have absolute accuracy only,
//! but from the Christoffel numbers `w_i = 1 / sum_{k < n} p_k(x_i)^2`, sums of positive terms,
//! which keep the relative accuracy of weights as small as `1e-300`. Legendre rules are polished by
//! Newton steps in the angle `arccos x`.
//!
//! All rules are for probability measures: the weights sum to 1.

use std::f64::consts::PI;
use thiserror::Error;

/// Nodes in increasing order and their positive weights, which sum to 1.
#[derive(Clone, Debug, PartialEq)]
pub struct GaussRule {
    /// The nodes, increasing.
    pub nodes: Vec<f64>,
    /// The weights, one per node.
    pub weights: Vec<f64>,
}

/// The most nodes a one-dimensional Gauss rule may have; its cost grows like the square.
pub const MAX_GAUSS_NODES: usize = 1 << 14;

/// The largest exponent of a Jacobi weight: the recurrence multiplies four numbers of that size.
pub const MAX_EXPONENT: f64 = 1e70;

/// Why a Gauss rule could not be computed.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum GaussError {
    /// No node was asked for.
    #[error("a Gauss rule needs at least one node")]
    NoNodes,
    /// Too many nodes.
    #[error(
        "a Gauss rule of {0} nodes is too large: at most {MAX_GAUSS_NODES} (use a sample, or a composite rule)"
    )]
    TooManyNodes(usize),
    /// An exponent of the Jacobi weight out of range.
    #[error(
        "the exponent {name} of the Jacobi weight is {value}; it must be greater than -1 and at most {MAX_EXPONENT:e}"
    )]
    Exponent {
        /// `alpha` or `beta`.
        name: &'static str,
        /// What was given.
        value: f64,
    },
    /// The QL iteration did not converge.
    #[error("the QL iteration for the {nodes}-node rule did not converge at eigenvalue {index}")]
    NoConvergence {
        /// Size of the rule.
        nodes: usize,
        /// The eigenvalue that failed.
        index: usize,
    },
}

/// The rule for the uniform probability on `[-1, 1]`.
///
/// ```
/// let rule = relata_relations::gauss::gauss_legendre(8)?;
/// let mean_exp: f64 = rule.nodes.iter().zip(&rule.weights).map(|(x, w)| w * x.exp()).sum();
/// assert!((mean_exp - 1f64.sinh()).abs() < 1e-15);
/// # Ok::<(), relata_relations::gauss::GaussError>(())
/// ```
///
/// # Errors
/// [`GaussError`] if `n` is 0 or larger than [`MAX_GAUSS_NODES`].
pub fn gauss_legendre(n: usize) -> Result<GaussRule, GaussError> {
    check_size(n)?;
    let mut nodes = jacobi_matrix_eigenvalues(n, |_| 0.0, |k| legendre_beta(k).sqrt())?;
    let mut weights = vec![0.0; n];
    for i in 0..n.div_ceil(2) {
        // Node i from the right end, by symmetry also node i from the left.
        let mut theta = if 2 * i + 1 == n { PI / 2.0 } else { nodes[n - 1 - i].clamp(-1.0, 1.0).acos() };
        for _ in 0..3 {
            let (value, slope) = legendre_in_angle(n, theta);
            let step = value / slope;
            theta -= step;
            if step.abs() <= 4.0 * f64::EPSILON * theta {
                break;
            }
        }
        let slope = legendre_in_angle(n, theta).1;
        let weight = 1.0 / (slope * slope);
        let node = if 2 * i + 1 == n { 0.0 } else { theta.cos() };
        nodes[n - 1 - i] = node;
        nodes[i] = -node;
        weights[n - 1 - i] = weight;
        weights[i] = weight;
    }
    Ok(GaussRule { nodes, weights })
}

/// The rule for the standard normal distribution. Weights below the smallest normal number are
/// raised to it (beyond about 370 nodes), so that they stay positive.
///
/// # Errors
/// [`GaussError`] if `n` is 0 or larger than [`MAX_GAUSS_NODES`].
pub fn gauss_hermite(n: usize) -> Result<GaussRule, GaussError> {
    check_size(n)?;
    from_recurrence(n, |_| 0.0, |k| (k as f64).sqrt())
}

/// The rule for the probability on `[-1, 1]` with density proportional to
/// `(1 - x)^alpha (1 + x)^beta`, `alpha, beta > -1`.
///
/// # Errors
/// [`GaussError`] if `n` is 0 or larger than [`MAX_GAUSS_NODES`], or an exponent is out of range.
pub fn gauss_jacobi(n: usize, alpha: f64, beta: f64) -> Result<GaussRule, GaussError> {
    check_size(n)?;
    for (name, value) in [("alpha", alpha), ("beta", beta)] {
        if !(value > -1.0 && value <= MAX_EXPONENT) {
            return Err(GaussError::Exponent { name, value });
        }
    }
    let s = alpha + beta;
    let diagonal = |k: usize| {
        if k == 0 {
            return (beta - alpha) / (s + 2.0);
        }
        let t = 2.0 * k as f64 + s;
        (beta - alpha) * s / (t * (t + 2.0))
    };
    let off = |k: usize| {
        let (kf, t) = (k as f64, 2.0 * k as f64 + s);
        // At k = 1 the factor k + s cancels against t - 1 = 1 + s, which may vanish.
        let ratio = if k == 1 { 1.0 } else { (kf + s) / (t - 1.0) };
        (4.0 * kf * (kf + alpha) * (kf + beta) * ratio / (t * t * (t + 1.0))).sqrt()
    };
    from_recurrence(n, diagonal, off)
}

/// The rule for the probability on `[-1, 1]` with density proportional to
/// `(1 - x^2)^(lambda - 1/2)`: the first coordinate of a uniform point of the sphere `S^{D-1}` for
/// `lambda = (D - 2) / 2`.
///
/// # Errors
/// [`GaussError`] if `n` is 0 or larger than [`MAX_GAUSS_NODES`], or `lambda <= -1/2`.
pub fn gauss_gegenbauer(n: usize, lambda: f64) -> Result<GaussRule, GaussError> {
    gauss_jacobi(n, lambda - 0.5, lambda - 0.5)
}

fn check_size(n: usize) -> Result<(), GaussError> {
    match n {
        0 => Err(GaussError::NoNodes),
        n if n > MAX_GAUSS_NODES => Err(GaussError::TooManyNodes(n)),
        _ => Ok(()),
    }
}

fn legendre_beta(k: usize) -> f64 {
    let k = k as f64;
    k * k / (4.0 * k * k - 1.0)
}

/// `P_n(cos theta)` and its derivative in `theta`.
///
/// The recurrence runs on differences,
/// `P_{k+1} - P_k = (k (P_k - P_{k-1}) - (2k + 1) t P_k) / (k + 1)` with
/// `t = 1 - cos theta = 2 sin^2(theta / 2)`, so that nothing cancels near the end of the interval.
fn legendre_in_angle(n: usize, theta: f64) -> (f64, f64) {
    let half = (theta / 2.0).sin();
    let t = 2.0 * half * half;
    let (mut p, mut d) = (1.0, 0.0);
    for k in 0..n {
        let k = k as f64;
        d = (k * d - (2.0 * k + 1.0) * t * p) / (k + 1.0);
        p += d;
    }
    // dP/dtheta = -n (P_{n-1} - x P_n) / sin theta, and P_{n-1} - x P_n = t P_n - (P_n - P_{n-1}).
    (p, -(n as f64) * (t * p - d) / theta.sin())
}

fn from_recurrence(
    n: usize,
    diagonal: impl Fn(usize) -> f64,
    off: impl Fn(usize) -> f64,
) -> Result<GaussRule, GaussError> {
    let nodes = jacobi_matrix_eigenvalues(n, &diagonal, &off)?;
    let weights = nodes.iter().map(|&x| christoffel(n, x, &diagonal, &off)).collect();
    Ok(GaussRule { nodes, weights })
}

/// `1 / sum_{k < n} p_k(x)^2`, rescaled on the way so that nothing overflows.
fn christoffel(n: usize, x: f64, diagonal: impl Fn(usize) -> f64, off: impl Fn(usize) -> f64) -> f64 {
    const BIG: f64 = 1e100;
    let (mut previous, mut current, mut sum) = (0.0, 1.0, 1.0);
    let mut scale = 0.0f64; // log of the factor taken out of `sum`
    for k in 1..n {
        let back = if k == 1 { 0.0 } else { off(k - 1) * previous };
        let next = ((x - diagonal(k - 1)) * current - back) / off(k);
        previous = current;
        current = next;
        sum += current * current;
        if sum > BIG * BIG {
            previous /= BIG;
            current /= BIG;
            sum /= BIG * BIG;
            scale += 2.0 * BIG.ln();
        }
    }
    if scale > 0.0 { (-(sum.ln() + scale)).exp().max(f64::MIN_POSITIVE) } else { 1.0 / sum }
}

/// Eigenvalues, increasing, of the symmetric tridiagonal matrix with `diagonal(0..n)` and
/// `off(1..n)` beside it: implicit QL steps with Wilkinson's shift.
fn jacobi_matrix_eigenvalues(
    n: usize,
    diagonal: impl Fn(usize) -> f64,
    off: impl Fn(usize) -> f64,
) -> Result<Vec<f64>, GaussError> {
    const MAX_STEPS: usize = 60;
    let mut d: Vec<f64> = (0..n).map(diagonal).collect();
    let mut e: Vec<f64> = (1..=n).map(|k| if k < n { off(k) } else { 0.0 }).collect();
    for l in 0..n {
        let mut steps = 0;
        loop {
            // The first negligible coupling at or below row l splits the matrix.
            let m = (l..n - 1)
                .find(|&m| e[m].abs() <= f64::EPSILON * (d[m].abs() + d[m + 1].abs()))
                .unwrap_or(n - 1);
            if m == l {
                break;
            }
            steps += 1;
            if steps > MAX_STEPS {
                return Err(GaussError::NoConvergence { nodes: n, index: l });
            }
            ql_step(&mut d, &mut e, l, m);
        }
    }
    d.sort_by(f64::total_cmp);
    Ok(d)
}

/// One implicit QL step on rows `l..=m`, chasing the bulge from the bottom to the top with plane
/// rotations.
fn ql_step(d: &mut [f64], e: &mut [f64], l: usize, m: usize) {
    let delta = (d[l + 1] - d[l]) / (2.0 * e[l]);
    let shift = d[l] - e[l] / (delta + delta.hypot(1.0).copysign(delta));
    let mut g = d[m] - shift;
    let (mut s, mut c, mut p) = (1.0, 1.0, 0.0);
    for i in (l..m).rev() {
        let (f, b) = (s * e[i], c * e[i]);
        let r = (f * f + g * g).sqrt();
        e[i + 1] = r;
        if r == 0.0 {
            d[i + 1] -= p;
            e[m] = 0.0;
            return;
        }
        s = f / r;
        c = g / r;
        let g1 = d[i + 1] - p;
        let t = (d[i] - g1) * s + 2.0 * c * b;
        p = s * t;
        d[i + 1] = g1 + p;
        g = c * t - b;
    }
    d[l] -= p;
    e[l] = g;
    e[m] = 0.0;
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn integrate(rule: &GaussRule, f: impl Fn(f64) -> f64) -> f64 {
        rule.nodes.iter().zip(&rule.weights).map(|(x, w)| w * f(*x)).sum()
    }

    #[test]
    fn legendre_small_rules_are_the_textbook_ones() {
        let r = gauss_legendre(3).unwrap();
        let x = 0.6f64.sqrt();
        for (got, want) in r.nodes.iter().zip([-x, 0.0, x]) {
            assert!((got - want).abs() < 1e-15);
        }
        for (got, want) in r.weights.iter().zip([5.0 / 18.0, 8.0 / 18.0, 5.0 / 18.0]) {
            assert!((got - want).abs() < 1e-15);
        }
    }

    #[test]
    fn legendre_is_accurate_at_two_thousand_nodes() {
        // Weights near the centre are pi / (2 n + 1) to second order; the first node and weight of
        // large rules follow the first Bessel zero: theta_1 = j_1 / (n + 1/2), w_1 = 1 / ((n +
        // 1/2)^2 J_1(j_1)^2) for the probability measure, both to O(n^-2) relative (DLMF 18.16).
        let n = 2000;
        let r = gauss_legendre(n).unwrap();
        assert!((r.weights.iter().sum::<f64>() - 1.0).abs() < 2e-15);
        let (j1, bessel) = (2.404_825_557_695_773, 0.519_147_497_289_466_8);
        let m = n as f64 + 0.5;
        let theta = r.nodes[n - 1].acos();
        assert!((theta * m / j1 - 1.0).abs() < 1e-6);
        assert!((r.weights[n - 1] * m * m * bessel * bessel - 1.0).abs() < 1e-6);
        for degree in [2, 10, 100, 1000, 3998] {
            let want = 1.0 / f64::from(degree + 1);
            let got = integrate(&r, |x| x.powi(degree));
            // The error of x^degree is the degree times that of x.
            assert!(
                (got / want - 1.0).abs() < 2e-14 * f64::from(degree.max(10)) / 10.0,
                "{degree}: {got} {want}"
            );
        }
        // Consecutive weights change smoothly: w / sqrt(1 - x^2) is nearly constant, and exact to
        // rounding.
        let ratio = |i: usize| r.weights[i] / (1.0 - r.nodes[i] * r.nodes[i]).sqrt();
        for i in 900..1100 {
            assert!((ratio(i) / ratio(i + 1) - 1.0).abs() < 1e-9);
        }
    }

    #[test]
    fn legendre_resolves_the_logarithmic_end() {
        // A rule of n nodes integrates sqrt(1 - x) over [-1, 1] to O(n^-3): the end weights matter.
        let exact = 2f64.sqrt() * 2.0 / 3.0;
        let errors: Vec<f64> = [50, 100, 200]
            .map(|n| (integrate(&gauss_legendre(n).unwrap(), |x| (1.0 - x).sqrt()) - exact).abs())
            .into();
        assert!(errors[0] / errors[1] > 7.0 && errors[1] / errors[2] > 7.0, "{errors:?}");
    }

    #[test]
    fn hermite_moments() {
        let r = gauss_hermite(40).unwrap();
        let mut double_factorial = 1.0;
        for k in 0..30 {
            let got = integrate(&r, |x| x.powi(2 * k));
            assert!((got / double_factorial - 1.0).abs() < 1e-12, "{k}");
            double_factorial *= f64::from(2 * k + 1);
        }
        // E exp(t x) = exp(t^2 / 2); at t = 8 the mass sits eight standard deviations out, where
        // weights are 1e-15.
        let r = gauss_hermite(120).unwrap();
        for t in [0.5f64, 3.0, 8.0] {
            let got = integrate(&r, |x| (t * x).exp());
            assert!((got / (t * t / 2.0).exp() - 1.0).abs() < 1e-11, "{t}: {got}");
        }
    }

    #[test]
    fn large_hermite_rules_stay_positive() {
        let r = gauss_hermite(1000).unwrap();
        assert!(r.weights.iter().all(|w| *w > 0.0));
        assert!((integrate(&r, |x| x * x) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn bad_sizes_and_exponents_are_errors() {
        assert_eq!(gauss_legendre(0), Err(GaussError::NoNodes));
        assert_eq!(gauss_hermite(1 << 20), Err(GaussError::TooManyNodes(1 << 20)));
        assert!(matches!(gauss_jacobi(3, -1.0, 0.0), Err(GaussError::Exponent { name: "alpha", .. })));
        assert!(gauss_jacobi(3, 0.0, f64::NAN).is_err());
    }

    proptest! {
        #[test]
        fn jacobi_rules_have_the_beta_moments(n in 1usize..30, alpha in -0.9f64..4.0, beta in -0.9f64..4.0) {
            // With u = (1 + x) / 2, u ~ Beta(beta + 1, alpha + 1): E u^m is a product of ratios.
            let r = gauss_jacobi(n, alpha, beta).unwrap();
            let mut moment = 1.0;
            for m in 0..2 * n {
                let got = integrate(&r, |x| ((1.0 + x) / 2.0).powi(m as i32));
                prop_assert!((got / moment - 1.0).abs() < 1e-10, "degree {}: {} {}", m, got, moment);
                moment *= (beta + 1.0 + m as f64) / (alpha + beta + 2.0 + m as f64);
            }
        }

        #[test]
        fn legendre_is_the_jacobi_rule_without_exponents(n in 1usize..200) {
            let (a, b) = (gauss_legendre(n).unwrap(), gauss_jacobi(n, 0.0, 0.0).unwrap());
            for i in 0..n {
                prop_assert!((a.nodes[i] - b.nodes[i]).abs() < 1e-13);
                prop_assert!((a.weights[i] / b.weights[i] - 1.0).abs() < 1e-9);
            }
        }
    }
}
