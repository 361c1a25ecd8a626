//! What is known of the largest margins.

use super::levenshtein::least_cosine;
use std::f64::consts::{PI, TAU};

/// A solved case: the largest smallest margin of `n` keys in `R^d`, aligned and free.
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

/// Number of points, dimension, largest cosine: where the optimum is proved.
const SOLVED: &[(usize, usize, f64, &str)] = &[
    (3, 3, -0.5, "Fejes Toth 1943"),
    (4, 3, -1.0 / 3.0, "Fejes Toth 1943"),
    (5, 3, 0.0, "Schuette and van der Waerden 1951"),
    (6, 3, 0.0, "Fejes Toth 1943"),
    (7, 3, 0.210_138_312_730_603, "Schuette and van der Waerden 1951"),
    (8, 3, 0.261_203_874_963_7, "Schuette and van der Waerden 1951"),
    (9, 3, 1.0 / 3.0, "Schuette and van der Waerden 1951"),
    (10, 3, 0.404_394_325_023, "Danzer 1963"),
    (11, 3, 0.447_213_595_499_96, "Danzer 1963"),
    (12, 3, 0.447_213_595_499_96, "Fejes Toth 1943"),
    (13, 3, 0.542_636_486_501, "Musin and Tarasov 2012"),
    (14, 3, 0.563_950_300_298, "Musin and Tarasov 2015"),
    (24, 3, 0.723_078_468_426, "Robinson 1961"),
    (10, 4, 1.0 / 6.0, "Bachoc and Vallentin 2009"),
    (16, 5, 0.2, "Levenshtein 1992"),
    (27, 6, 0.25, "Levenshtein 1992"),
];

/// Solved cases: `n` from 3 to 14, and 24, on the sphere in three dimensions; 10 keys in four, 16
/// in five, 27 in six.
#[must_use]
pub fn known_codes() -> Vec<KnownCode> {
    let case = |&(keys, dim, cosine, source): &(usize, usize, f64, &'static str)| KnownCode {
        keys,
        dim,
        margin: 1.0 - cosine,
        source,
    };
    SOLVED.iter().map(case).collect()
}

/// The largest margin of `n` keys in `R^d`, aligned and free, where it is known: the circle,
/// `n <= 2 d`, and [`known_codes`].
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
        _ => known_codes().into_iter().find(|k| k.keys == n && k.dim == d),
    }
}

/// No `n` unit keys in `R^d` have a larger smallest margin, aligned or free: [`best_known`] where
/// there is one; otherwise Levenshtein's bound (1992), in three dimensions the triangle bound of L.
/// Fejes Toth (1943) where that is smaller, or a solved case of fewer keys in as many dimensions or
/// more.
///
/// These are bounds of aligned margins; they hold for free ones because
/// [`Code::bisected`](super::Code::bisected) turns a free margin into an aligned one.
#[must_use]
pub fn margin_upper(n: usize, d: usize) -> f64 {
    if let Some(known) = best_known(n, d) {
        return known.margin;
    }
    if n < 2 || d == 0 {
        return f64::INFINITY;
    }
    // Without some of its keys a code has no smaller margin, and it fits into more dimensions.
    let fewer = known_codes().into_iter().filter(|k| k.keys <= n && k.dim >= d);
    let mut least = fewer.fold(1.0 - least_cosine(n, d), |m, k| m.min(k.margin));
    if d == 3 {
        let w = n as f64 / (n - 2) as f64 * PI / 6.0;
        least = least.min(1.0 - 0.5 * (1.0 / w.tan().powi(2) - 1.0));
    }
    least
}
