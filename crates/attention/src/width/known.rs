//! What is known of the largest margins.

use std::f64::consts::{PI, TAU};

/// A solved case: the largest aligned margin of `n` keys in `R^d`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KnownCode {
    /// Number of keys.
    pub keys: usize,
    /// Dimension.
    pub dim: usize,
    /// The largest smallest margin `1 - cos(angle)`.
    pub margin: f64,
    /// Who proved it.
    pub source: &'static str,
}

/// The largest cosine of `n` points on the sphere in three dimensions, where the optimum is proved.
const SPHERE: &[(usize, f64, &str)] = &[
    (3, -0.5, "Fejes Toth 1943"),
    (4, -1.0 / 3.0, "Fejes Toth 1943"),
    (5, 0.0, "Schuette and van der Waerden 1951"),
    (6, 0.0, "Fejes Toth 1943"),
    (7, 0.210_138_312_730_603, "Schuette and van der Waerden 1951"),
    (8, 0.261_203_874_963_7, "Schuette and van der Waerden 1951"),
    (9, 1.0 / 3.0, "Schuette and van der Waerden 1951"),
    (10, 0.404_394_325_023, "Danzer 1963"),
    (11, 0.447_213_595_499_96, "Danzer 1963"),
    (12, 0.447_213_595_499_96, "Fejes Toth 1943"),
    (13, 0.542_636_486_501, "Musin and Tarasov 2012"),
    (14, 0.563_950_300_298, "Musin and Tarasov 2015"),
    (24, 0.723_078_468_426, "Robinson 1961"),
];

/// The solved cases on the sphere in three dimensions: `n` from 3 to 14, and 24.
#[must_use]
pub fn known_codes() -> Vec<KnownCode> {
    let case = |&(keys, cosine, source): &(usize, f64, &'static str)| KnownCode {
        keys,
        dim: 3,
        margin: 1.0 - cosine,
        source,
    };
    SPHERE.iter().map(case).collect()
}

/// The largest aligned margin of `n` keys in `R^d`, where it is known: the circle, `n <= 2 d`, and [`known_codes`].
///
/// ```
/// use relata_attention::width::best_known;
/// assert_eq!(best_known(6, 3).map(|k| k.margin), Some(1.0)); // the octahedron
/// assert!(best_known(100, 5).is_none());
/// ```
#[must_use]
pub fn best_known(n: usize, d: usize) -> Option<KnownCode> {
    let case = |margin, source| Some(KnownCode { keys: n, dim: d, margin, source });
    match (n, d) {
        (0 | 1, _) | (_, 0) => None,
        (_, _) if n <= d + 1 => case(n as f64 / (n - 1) as f64, "Rankin 1955"),
        (_, 1) => case(0.0, "two directions"),
        (_, 2) => case(1.0 - (TAU / n as f64).cos(), "circle"),
        (_, _) if n <= 2 * d => case(1.0, "Rankin 1955"),
        (_, 3) => known_codes().into_iter().find(|k| k.keys == n),
        _ => None,
    }
}

/// No `n` unit keys in `R^d` have a larger smallest aligned margin: [`best_known`] where there is one; in three dimensions the triangle bound of
/// L. Fejes Toth (1943); otherwise 1 (Rankin) or what disjoint caps of half the angle leave of the sphere, whichever is smaller.
#[must_use]
pub fn aligned_upper(n: usize, d: usize) -> f64 {
    if let Some(known) = best_known(n, d) {
        return known.margin;
    }
    if n < 2 || d == 0 {
        return f64::INFINITY;
    }
    if d == 3 {
        let w = n as f64 / (n - 2) as f64 * PI / 6.0;
        return 1.0 - 0.5 * (1.0 / w.tan().powi(2) - 1.0);
    }
    // n caps of angular radius angle / 2 are disjoint: n * (share of the sphere in a cap) <= 1.
    let (mut low, mut high) = (0.0, PI / 2.0);
    for _ in 0..80 {
        let angle: f64 = 0.5 * (low + high);
        if n as f64 * cap_share(d, 0.5 * angle) <= 1.0 { low = angle } else { high = angle }
    }
    (1.0 - high.cos()).min(1.0)
}

/// No `n` unit keys in `R^d` have a larger smallest free margin: `n / (n - 1)`, since the distances to the mean of the others have at most that mean
/// square, and the distance `sqrt(2 m)` of the two nearest keys with `m` of [`aligned_upper`]; on the circle the aligned optimum (Jiang et al. 2023).
#[must_use]
pub fn free_upper(n: usize, d: usize) -> f64 {
    if n < 2 || d == 0 {
        return f64::INFINITY;
    }
    let simplex = n as f64 / (n - 1) as f64;
    if d == 2 || n <= d + 1 { aligned_upper(n, d) } else { simplex.min((2.0 * aligned_upper(n, d)).sqrt()) }
}

/// The share of the unit sphere of `R^d` within an angle of a point: `int_0^a sin^{d-2} / int_0^pi sin^{d-2}`.
fn cap_share(d: usize, angle: f64) -> f64 {
    let power = d as i32 - 2;
    let integral = |end: f64| {
        // Simpson's rule; the integrand is smooth.
        let steps = 400;
        let h = end / f64::from(steps);
        let f = |i: i32| (h * f64::from(i)).sin().powi(power);
        let inner: f64 = (1..steps).map(|i| f(i) * if i % 2 == 1 { 4.0 } else { 2.0 }).sum();
        (f(0) + inner + f(steps)) * h / 3.0
    };
    integral(angle) / integral(PI)
}
