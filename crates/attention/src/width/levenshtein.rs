//! Levenshtein's bound on spherical codes.
//!
//! V. I. Levenshtein, *Designs as maximum codes in polynomial metric spaces*, Acta Appl. Math. 29
//! (1992); in the form of Boyvalenkov, Dragnev, Hardin, Saff and Stoyanova, *Universal lower bounds
//! for potential energy of spherical codes*, Constr. Approx. 44 (2016), section 2.

use std::f64::consts::PI;

/// The smallest largest cosine that the bound leaves to `n >= 2` points on the unit sphere of
/// `R^d`, `d >= 3`: whatever `n` unit keys, two of them have at least this inner product. Sharp for
/// simplices, cross-polytopes, the icosahedron, the 16 points in `R^5`, 27 in `R^6`, 56 in `R^7`
/// and 240 in `R^8`.
pub(super) fn least_cosine(n: usize, d: usize) -> f64 {
    let count = n as f64;
    // The bound's degree: spherical designs of that strength have D(m) points at least (Delsarte,
    // Goethals and Seidel 1977).
    let mut degree = 1;
    while degree < MAX_DEGREE && designs(d, degree + 1) < count {
        degree += 1;
    }
    let (start, end) = interval(d, degree);
    let (mut low, mut high) = (start, end);
    for _ in 0..200 {
        let mid = 0.5 * (low + high);
        if bound(d, degree, mid) <= count { low = mid } else { high = mid }
    }
    low
}

/// Far beyond what any number of keys asks for.
const MAX_DEGREE: usize = 400;

/// `D(d, m)`: the least number of points of a spherical `m`-design.
fn designs(d: usize, m: usize) -> f64 {
    let k = m / 2;
    if m.is_multiple_of(2) {
        binomial(d + k - 1, d - 1) + binomial(d + k - 2, d - 1)
    } else {
        2.0 * binomial(d + k - 1, d - 1)
    }
}

/// Where the bound of degree `m = 2 k - 1` or `2 k` is the right one.
fn interval(d: usize, m: usize) -> (f64, f64) {
    let k = m.div_ceil(2);
    if m.is_multiple_of(2) {
        (mixed_zero(d, k), even_zero(d, k))
    } else {
        (even_zero(d, k - 1), mixed_zero(d, k))
    }
}

/// `L_m(d, s)`, increasing in `s` on its interval.
fn bound(d: usize, m: usize, s: f64) -> f64 {
    let (k, n) = (m.div_ceil(2), d as f64);
    let p = gegenbauer(d, k + 1, s);
    let (before, here, after) = (p[k - 1], p[k], p[k + 1]);
    let kf = k as f64;
    if m.is_multiple_of(2) {
        let tail = (1.0 + s) * (here - after) / ((1.0 - s) * (here + after));
        binomial(k + d - 2, k) * ((2.0 * kf + n - 1.0) / (n - 1.0) - tail)
    } else {
        let tail = (before - here) / ((1.0 - s) * here);
        binomial(k + d - 3, k - 1) * ((2.0 * kf + n - 3.0) / (n - 1.0) - tail)
    }
}

/// Gegenbauer polynomials of degrees `0..=k` in `R^d`, with value 1 at 1.
fn gegenbauer(d: usize, k: usize, t: f64) -> Vec<f64> {
    let n = d as f64;
    let mut p = vec![1.0, t];
    for i in 1..k {
        let f = i as f64;
        p.push(((2.0 * f + n - 2.0) * t * p[i] - f * p[i - 1]) / (f + n - 2.0));
    }
    p
}

/// The largest zero of the Jacobi polynomial of degree `k` with parameters `(d - 1)/2, (d - 3)/2`:
/// of `(P_k - P_{k+1}) / (1 - t)`.
fn mixed_zero(d: usize, k: usize) -> f64 {
    largest_zero(k, |t| {
        let p = gegenbauer(d, k + 1, t);
        p[k] - p[k + 1]
    })
}

/// The largest zero of the Jacobi polynomial of degree `k` with parameters `(d - 1)/2, (d - 1)/2`:
/// of the derivative of `P_{k+1}`, and of `P_k - P_{k+2}` up to `1 - t^2`. -1 for `k = 0`.
fn even_zero(d: usize, k: usize) -> f64 {
    if k == 0 {
        return -1.0;
    }
    largest_zero(k, |t| {
        let p = gegenbauer(d, k + 2, t);
        p[k] - p[k + 2]
    })
}

/// The largest zero below 1 of a function that is positive there: zeros are about `pi / k` apart in
/// angle.
fn largest_zero(k: usize, f: impl Fn(f64) -> f64) -> f64 {
    let step = PI / (64.0 * (k as f64 + 4.0));
    let mut angle = step;
    while angle < PI && f(angle.cos()) > 0.0 {
        angle += step;
    }
    let (mut low, mut high) = (angle - step, angle.min(PI));
    for _ in 0..100 {
        let mid = 0.5 * (low + high);
        if f(mid.cos()) > 0.0 { low = mid } else { high = mid }
    }
    low.cos()
}

fn binomial(n: usize, k: usize) -> f64 {
    (0..k.min(n - k)).map(|i| (n - i) as f64 / (i + 1) as f64).product()
}
