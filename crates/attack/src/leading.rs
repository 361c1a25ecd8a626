//! Leading singular values and eigenvalues from products: no bracket of what a rank leaves is beaten
//! by the whole decomposition, whatever the spectrum.

use crate::{Draw, Ledger};
use relata_kernels::krylov::{LeadingParams, LeftOver, SymmetricPart, leading, leading_eigen};
use relata_kernels::lowrank::Dense;
use relata_relations::faer::Mat;
use relata_relations::norm2;
use relata_relations::spectral::{singular_values, symmetric_eigenvalues};

/// A matrix with a spectrum that is steep, flat, in clusters or of small rank.
fn of_some_spectrum(draw: &mut Draw, n: usize, m: usize) -> Mat<f64> {
    let most = n.min(m);
    let (kind, at) = (draw.whole(0, 4), draw.whole(1, most));
    let decay = draw.between(0.05, 0.95);
    let value = |k: usize| match kind {
        0 => 1.0,
        1 => decay.powi(i32::try_from(k).unwrap_or(i32::MAX)),
        2 => f64::from(u8::from(k < at)),
        3 => 1.0 + 1e-6 * f64::from(u8::from(k < at)),
        _ => 1.0 / (1.0 + k as f64),
    };
    let (u, v) = (draw.matrix(n, most), draw.matrix(m, most));
    let (u, v) = (u.qr().compute_thin_Q(), v.qr().compute_thin_Q());
    Mat::from_fn(n, most, |i, k| u[(i, k)] * value(k)) * v.transpose()
}

pub(crate) fn leading_values(draw: &mut Draw, ledger: &mut Ledger) {
    const SINGULAR: &str = "relata_kernels::krylov::leading";
    const EIGEN: &str = "relata_kernels::krylov::leading_eigen";
    let square = draw.chance(0.5);
    let n = draw.whole(3, 40);
    let m = if square { n } else { draw.whole(3, 40) };
    let unit = draw.unit();
    let a = of_some_spectrum(draw, n, m);
    let a = Mat::from_fn(n, m, |i, j| unit * a[(i, j)]);
    let (Ok(dense), Ok(exact)) = (Dense::new(a.as_ref()), singular_values(a.as_ref())) else { return };
    let count = draw.whole(1, n.min(m).min(6));
    let dimension = draw.whole(count, n.min(m));
    let block = draw.whole(1, count);
    let params = LeadingParams { count, block, dimension, ..LeadingParams::new(count, draw.seed()) };
    let case = || format!("{n} x {m} times {unit:e}, {count} of {dimension} by {block}");
    // Squares are known to 1e-13 of their sum: roots near 0 to some 1e-7 of the norm.
    let norm = norm2(exact.iter().copied());
    let holds = |t: LeftOver, left: f64| {
        let slack = 1e-10 * left + 2e-13 * norm * (norm / left.max(1e-7 * norm));
        t.lower <= left + slack && left <= t.upper + slack && t.lower <= t.upper + slack
    };
    if let Some(found) = ledger.accept(SINGULAR, leading(&dense, norm, params)) {
        for (k, value) in found.values.iter().enumerate() {
            let below = *value <= exact[k] * (1.0 + 1e-10) + 1e-12 * norm;
            ledger.check(SINGULAR, below, || format!("{}: value {k} is {value:e}", case()));
        }
        for rank in 0..=found.values.len() {
            let left = norm2(exact[rank..].iter().copied());
            let Some(t) = found.left_over(rank) else { continue };
            ledger
                .check(SINGULAR, holds(t, left), || format!("{}: {t:?} and {left:e} at rank {rank}", case()));
        }
    }
    if !square {
        return;
    }
    let s = Mat::from_fn(n, n, |i, j| 0.5 * a[(i, j)] + 0.5 * a[(j, i)]);
    let Ok(values) = symmetric_eigenvalues(s.as_ref()) else { return };
    let norm = norm2(values.iter().copied());
    let holds = |t: LeftOver, left: f64| {
        let slack = 1e-10 * left + 2e-13 * norm * (norm / left.max(1e-7 * norm));
        t.lower <= left + slack && left <= t.upper + slack && t.lower <= t.upper + slack
    };
    let Some(found) = ledger.accept(EIGEN, leading_eigen(&SymmetricPart(&dense), norm, params)) else {
        return;
    };
    let mut by_size = values.clone();
    by_size.sort_by(|a, b| b.abs().total_cmp(&a.abs()));
    // Largest first.
    let positive: Vec<f64> = values.iter().rev().copied().filter(|v| *v > 0.0).collect();
    let negative: Vec<f64> = values.iter().copied().filter(|v| *v < 0.0).collect();
    let parts = [(found.positive_part(), &positive), (found.negative_part(), &negative)];
    for (part, of) in parts {
        let size = norm2(of.iter().copied());
        ledger.check(EIGEN, holds(part, size), || format!("{}: a part is {part:?}, not {size:e}", case()));
    }
    for rank in 0..=count {
        let shared = norm2(positive.iter().skip(rank).chain(&negative).copied());
        if let Some(t) = found.left_over_shared(rank) {
            ledger.check(EIGEN, holds(t, shared), || format!("{}: {t:?} and {shared:e} at {rank}", case()));
        }
        let left = norm2(by_size.iter().skip(rank).copied());
        if let Some(t) = found.left_over_indefinite(rank) {
            ledger.check(EIGEN, holds(t, left), || format!("{}: {t:?} and {left:e} at {rank}", case()));
        }
    }
}
