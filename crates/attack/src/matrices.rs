//! Definiteness, limits and ranks of matrices, with planted answers.

use crate::{Draw, Ledger};
use relata_kernels::rank::{SignRankParams, gamma2, sign_rank, sup_rank};
use relata_kernels::{
    Encoders, EntryRounding, conditionally_negative_test, matrix_limits, nearest_psd, nearest_psd_of_rank,
    psd_test, psd_test_within,
};
use relata_relations::faer::Mat;

/// `scale * a`.
fn times(a: &Mat<f64>, scale: f64) -> Mat<f64> {
    Mat::from_fn(a.nrows(), a.ncols(), |i, j| a[(i, j)] * scale)
}

/// The largest entry, and the root of the sum of squares, without under- or overflow.
pub(crate) fn norms(a: &Mat<f64>) -> (f64, f64) {
    let top = a.norm_max();
    if top <= 0.0 || !top.is_finite() {
        return (top, top);
    }
    (top, top * Mat::from_fn(a.nrows(), a.ncols(), |i, j| a[(i, j)] / top).norm_l2())
}

/// `Q diag(values) Q^T` with a random rotation `Q`, made of reflections.
fn with_eigenvalues(draw: &mut Draw, values: &[f64]) -> Mat<f64> {
    let n = values.len();
    let mut a = Mat::from_fn(n, n, |i, j| if i == j { values[i] } else { 0.0 });
    for _ in 0..n {
        let v = draw.normals(n);
        let square: f64 = v.iter().map(|t| t * t).sum();
        let h = Mat::from_fn(n, n, |i, j| f64::from(u8::from(i == j)) - 2.0 * v[i] * v[j] / square);
        a = &h * &a * &h;
    }
    Mat::from_fn(n, n, |i, j| if i <= j { a[(i, j)] } else { a[(j, i)] })
}

/// Matrices of known inertia, at any scale.
pub(crate) fn definiteness(draw: &mut Draw, ledger: &mut Ledger) {
    const NAME: &str = "relata_kernels::psd_test";
    let n = draw.whole(1, 9);
    let negative = draw.chance(0.5);
    let mut values: Vec<f64> = (0..n).map(|_| draw.magnitude(1e-3, 1.0)).collect();
    if negative {
        // Far above what rounding does to a matrix of norm 1.
        values[0] = -draw.magnitude(1e-10, 1.0);
    }
    let unit = draw.unit();
    let a = times(&with_eigenvalues(draw, &values), unit);
    if let Some(psd) = ledger.accept(NAME, psd_test(a.as_ref())) {
        ledger.check(NAME, psd.holds() != negative, || format!("{values:?} times {unit:e}: {psd:?}"));
    }
    // A Gram matrix of fewer features than points: semidefinite, and singular.
    let (n, d) = (draw.whole(2, 10), draw.whole(1, 3));
    let f = times(&draw.matrix(n, d), 1.0);
    let gram = times(&(&f * f.transpose()), unit);
    if let Some(psd) = ledger.accept(NAME, psd_test(gram.as_ref())) {
        ledger.check(NAME, psd.holds(), || format!("a Gram matrix of rank {d} times {unit:e}: {psd:?}"));
    }
    // The same matrix in single precision, where its entries allow it: still semidefinite, within
    // what they carry.
    const WITHIN: &str = "relata_kernels::psd_test_within";
    let single = Mat::from_fn(n, n, |i, j| f64::from((&f * f.transpose())[(i, j)] as f32));
    if let Some(psd) = ledger.accept(WITHIN, psd_test_within(single.as_ref(), EntryRounding::SINGLE)) {
        ledger
            .check(WITHIN, psd.holds(), || format!("a Gram matrix of rank {d} in single precision: {psd:?}"));
    }
    // Squared distances are conditionally negative, and minus them are not.
    const OTHER: &str = "relata_kernels::conditionally_negative_test";
    let points = draw.points(n, d, -1.0, 1.0);
    let sign = if draw.chance(0.5) { 1.0 } else { -1.0 };
    let squares = Mat::from_fn(n, n, |i, j| {
        points.row(i).iter().zip(points.row(j)).map(|(a, b)| (a - b).powi(2)).sum::<f64>() * sign * unit
    });
    if let Some(psd) = ledger.accept(OTHER, conditionally_negative_test(squares.as_ref())) {
        ledger.check(OTHER, psd.holds() == (sign > 0.0), || format!("{sign} {unit:e} {points:?}: {psd:?}"));
    }
}

/// No matrix of the class is nearer than the limit says, nor than the nearest one.
pub(crate) fn nearest(draw: &mut Draw, ledger: &mut Ledger) {
    const LIMITS: &str = "relata_kernels::matrix_limits";
    const NEAREST: &str = "relata_kernels::nearest_psd";
    const OF_RANK: &str = "relata_kernels::nearest_psd_of_rank";
    let n = draw.whole(2, 8);
    let m = if draw.chance(0.5) { n } else { draw.whole(2, 8) };
    let d = draw.whole(0, n.min(m) - 1);
    let unit = draw.unit();
    // A planted answer and a little noise: the planted one is nearly the best.
    let noise = draw.magnitude(1e-8, 1.0);
    let shared = n == m && draw.chance(0.5);
    let f = draw.matrix(n, d.max(1));
    let g = if shared { f.clone() } else { draw.matrix(m, d.max(1)) };
    let planted = if d == 0 { Mat::zeros(n, m) } else { &f * g.transpose() };
    let a = &planted + times(&draw.matrix(n, m), noise);
    let (scaled, error) = (times(&a, unit), norms(&times(&(&a - &planted), unit)).1);
    let classes = if shared {
        vec![Encoders::Separate, Encoders::Shared, Encoders::Indefinite]
    } else {
        vec![Encoders::Separate]
    };
    for encoders in classes {
        let Some(limits) = ledger.accept(LIMITS, matrix_limits(scaled.as_ref(), encoders, n)) else {
            continue;
        };
        let Some(at) = ledger.accept(LIMITS, limits.at(d)) else { continue };
        let low = at.value - at.uncertainty * limits.norm();
        ledger.check(LIMITS, low <= error * (1.0 + 1e-10), || {
            format!("rank {d}, {encoders}, times {unit:e}: error {error:e} below the limit {low:e}")
        });
    }
    if shared {
        for (name, found) in
            [(NEAREST, nearest_psd(scaled.as_ref())), (OF_RANK, nearest_psd_of_rank(scaled.as_ref(), d))]
        {
            if let Some(found) = ledger.accept(name, found) {
                ledger.check(name, found.distance <= error * (1.0 + 1e-10), || {
                    format!("rank {d}, times {unit:e}: {error:e} is nearer than {:e}", found.distance)
                });
                let (_, true_distance) = norms(&(&scaled - &found.matrix));
                let close = (true_distance - found.distance).abs() <= 1e-9 * norms(&scaled).1;
                ledger.check(name, close, || format!("{true_distance:e} called {:e}", found.distance));
            }
        }
    }
}

/// Brackets of ranks against a planted rank, and their factors against the matrix.
pub(crate) fn ranks(draw: &mut Draw, ledger: &mut Ledger) {
    const SIGN: &str = "relata_kernels::rank::sign_rank";
    const SUP: &str = "relata_kernels::rank::sup_rank";
    const GAMMA: &str = "relata_kernels::rank::gamma2";
    let (n, m) = (draw.whole(1, 9), draw.whole(1, 9));
    let d = draw.whole(1, 3).min(n).min(m);
    let unit = draw.unit();
    let (u, v) = (draw.matrix(n, d), draw.matrix(m, d));
    let planted = &u * v.transpose();
    let a = times(&planted, unit);
    let quick = SignRankParams { sweeps: 30, restarts: 1, ..SignRankParams::default() };
    if let Some(found) = ledger.accept(SIGN, sign_rank(a.as_ref(), quick)) {
        let bracket = &found.bracket;
        // Zeros that are free or negative may only lower or raise what the planted factors show.
        let no_zeros = (0..n).all(|i| (0..m).all(|j| planted[(i, j)].abs() > 1e-9 * planted.norm_max()));
        let right = bracket.lower <= bracket.upper && (!no_zeros || bracket.lower <= d);
        ledger.check(SIGN, right, || format!("planted {d}, times {unit:e}: {bracket:?}"));
        let product = &found.left * found.right.transpose();
        let signs = (0..n).all(|i| {
            (0..m).all(|j| planted[(i, j)] == 0.0 || product[(i, j)] * planted[(i, j)].signum() > 0.0)
        });
        let shown = !no_zeros || (signs && found.left.ncols() <= bracket.upper);
        ledger.check(SIGN, shown, || format!("factors of {bracket:?} have other signs, times {unit:e}"));
    }
    let share = draw.magnitude(1e-6, 0.3);
    let noise = Mat::from_fn(n, m, |_, _| draw.between(-0.99, 0.99) * share * planted.norm_max());
    let noisy = times(&(&planted + &noise), unit);
    let eps = share * norms(&noisy).0.max(norms(&a).0);
    if eps > 0.0
        && let Some(found) = ledger.accept(SUP, sup_rank(noisy.as_ref(), eps))
    {
        let bracket = &found.bracket;
        ledger.check(SUP, bracket.lower <= d && bracket.lower <= bracket.upper, || {
            format!("planted {d} within {eps:e}: {bracket:?}")
        });
        let error = (&noisy - &found.left * found.right.transpose()).norm_max();
        ledger.check(SUP, error <= eps * (1.0 + 1e-12), || format!("factors err by {error:e}, not {eps:e}"));
    }
    if let Some(found) = ledger.accept(GAMMA, gamma2(a.as_ref(), 1e-3, 300)) {
        let rows = |f: &Mat<f64>| (0..f.nrows()).map(|i| f.row(i).norm_l2()).fold(0.0, f64::max);
        let (planted, top) = (rows(&u) * rows(&v) * unit, norms(&a).0);
        let right = found.lower <= planted * (1.0 + 1e-9)
            && found.upper >= top * (1.0 - 1e-9)
            && found.lower <= found.upper * (1.0 + 1e-12);
        ledger.check(GAMMA, right, || {
            format!("{:e} to {:e}, planted factors {planted:e}, entry {top:e}", found.lower, found.upper)
        });
    }
}
