//! Extensions, truncations and learned kernels against closed forms.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::float_cmp)]

use faer::Mat;
use relata_kernels::{
    ExtensionError, compare_learned, extend_eigenfunctions, extend_left_functions, extend_right_functions,
    learned_mercer, learned_schmidt, mercer, mercer_truncation, schmidt, schmidt_truncation,
};
use relata_relations::{Gaussian, Interval, Points, Quadrature, Relation, Space, relation_fn};
use std::f64::consts::PI;
use std::num::NonZeroUsize;

fn midpoints(n: usize) -> Quadrature {
    let x = Points::line((0..n).map(|i| (i as f64 + 0.5) / n as f64).collect()).unwrap();
    Quadrature::equal_weights(x, 1.0).unwrap()
}

fn brownian() -> impl Relation {
    relation_fn(Interval::unit(), Interval::unit(), |x, y| x[0].min(y[0])).positive_semidefinite().unwrap()
}

/// sum_{k > d} 2 / ((k - 1/2) pi)^2 = 2 psi'(d + 1/2) / pi^2.
fn brownian_tail(d: usize) -> f64 {
    let head: f64 = (1..=d).map(|k| 2.0 / ((k as f64 - 0.5) * PI).powi(2)).sum();
    1.0 - head
}

#[test]
fn eigenfunctions_of_brownian_motion_between_the_nodes() {
    let (n, k) = (400, brownian());
    let q = midpoints(n);
    let m = mercer(&k, &q).unwrap();
    let x = Points::line(vec![0.0, 0.3137, 0.77, 1.0]).unwrap();
    let f = extend_eigenfunctions(&k, &q, &m, 6, &x).unwrap();
    for c in 0..6 {
        let exact = |t: f64| 2f64.sqrt() * ((c as f64 + 0.5) * PI * t).sin();
        let sign = (f[(1, c)] * exact(0.3137)).signum();
        // The kink of min(x, y) half a cell from the nodes costs the midpoint rule h^2 / 8 of the
        // integrand, which the division by the eigenvalue magnifies; the point 1 attains it, where
        // |f_c| is largest.
        let bound = 2f64.sqrt() * ((c as f64 + 0.5) * PI / n as f64).powi(2) / 8.0;
        let gaps: Vec<f64> = (0..4).map(|i| (sign * f[(i, c)] - exact(x.row(i)[0])).abs()).collect();
        assert!(gaps.iter().all(|g| *g <= bound * (1.0 + 1e-9)), "{c}: {gaps:?} above {bound}");
        assert!(gaps[3] > 0.999 * bound, "{c}: {gaps:?} against {bound}");
    }
    // At the nodes the extension is the decomposition.
    let back = extend_eigenfunctions(&k, &q, &m, 6, q.nodes()).unwrap();
    assert!((back - m.functions.subcols(0, 6)).norm_max() < 1e-9);
    assert!(matches!(extend_eigenfunctions(&k, &midpoints(7), &m, 6, &x), Err(ExtensionError::Nodes { .. })));
}

#[test]
fn truncation_of_brownian_motion_in_both_norms() {
    let (k, q) = (brownian(), midpoints(500));
    let m = mercer(&k, &q).unwrap();
    let at = Points::line((0..=100).map(|i| f64::from(i) / 100.0).collect()).unwrap();
    for d in [1, 3, 8] {
        let t = mercer_truncation(&k, &q, &m, d, &at).unwrap();
        assert!((t.sup - brownian_tail(d)).abs() < 1e-3, "{d}: {} {}", t.sup, brownian_tail(d));
        let l2 = (1.0f64 / 6.0 - (1..=d).map(|k| ((k as f64 - 0.5) * PI).powi(-4)).sum::<f64>()).sqrt();
        assert!((t.l2 / l2 - 1.0).abs() < 3e-3, "{d}: {} {l2}", t.l2);
    }
    let indefinite =
        relation_fn(Interval::unit(), Interval::unit(), |x, y| (x[0] - y[0]).abs()).symmetric().unwrap();
    let m = mercer(&indefinite, &q).unwrap();
    assert!(matches!(mercer_truncation(&indefinite, &q, &m, 2, &at), Err(ExtensionError::NotPositive(_))));
}

#[test]
fn hermite_functions_of_the_gaussian_kernel() {
    // exp(-(x - y)^2 / 2) against N(0, 1): l_n = 0.618034 * 0.381966^n, f_0 = 5^{1/8} exp(-(sqrt 5
    // - 1) x^2 / 4).
    let space = Gaussian::new(1).unwrap();
    let q = space.quadrature(NonZeroUsize::new(60).unwrap()).unwrap();
    let k = relation_fn(space.clone(), space, |x, y| (-0.5 * (x[0] - y[0]).powi(2)).exp())
        .positive_semidefinite()
        .unwrap();
    let m = mercer(&k, &q).unwrap();
    for n in 0..8i32 {
        let exact = 0.618_033_988_749_894_9 * 0.381_966_011_250_105_1f64.powi(n);
        assert!((m.values[n as usize] / exact - 1.0).abs() < 1e-10, "{n}");
    }
    let x = Points::line(vec![0.0, 0.4, 1.3]).unwrap();
    let f = extend_eigenfunctions(&k, &q, &m, 1, &x).unwrap();
    for i in 0..3 {
        let exact = 5f64.powf(0.125) * (-(5f64.sqrt() - 1.0) / 4.0 * x.row(i)[0].powi(2)).exp();
        assert!((f[(i, 0)].abs() - exact).abs() < 1e-9);
    }
}

#[test]
fn singular_functions_of_an_asymmetric_relation_between_the_nodes() {
    // (x - y)_+ on [0, 1]: s = 1 / w^2 with 1 + cos w cosh w = 0.
    let r = relation_fn(Interval::unit(), Interval::unit(), |x, y| (x[0] - y[0]).max(0.0));
    let q = midpoints(300);
    let s = schmidt(&r, [&q, &q]).unwrap();
    for (k, w) in [1.875_104_1f64, 4.694_091_1, 7.854_757_4].iter().enumerate() {
        assert!((s.values[k] * w * w - 1.0).abs() < 1e-3, "{k}");
    }
    let fine = Points::line((0..97).map(|i| (f64::from(i) + 0.3) / 97.0).collect()).unwrap();
    let (u, v) = (
        extend_left_functions(&r, &q, &s, 3, &fine).unwrap(),
        extend_right_functions(&r, &q, &s, 3, &fine).unwrap(),
    );
    // u solves s^2 u'''' = u with u(0) = u'(0) = 0, and v is its mirror image up to sign.
    for k in 0..3 {
        let mirrored =
            extend_right_functions(&r, &q, &s, 3, &Points::line(vec![1.0 - fine.row(40)[0]]).unwrap())
                .unwrap();
        assert!((u[(40, k)].abs() - mirrored[(0, k)].abs()).abs() < 1e-6);
    }
    let t = schmidt_truncation(&r, [&q, &q], &s, 3, [&fine, &fine]).unwrap();
    let product = Mat::from_fn(97, 3, |i, k| u[(i, k)] * s.values[k]) * v.transpose();
    let worst = (0..97 * 97)
        .map(|c| ((fine.row(c / 97)[0] - fine.row(c % 97)[0]).max(0.0) - product[(c / 97, c % 97)]).abs())
        .fold(0.0, f64::max);
    assert!((t.sup - worst).abs() < 1e-12 && t.l2 < t.sup);
}

#[test]
fn a_learned_kernel_that_is_the_target_is_recognised() {
    let (k, q) = (brownian(), midpoints(120));
    let target = mercer(&k, &q).unwrap();
    // Features of the first five eigenfunctions, rotated: the same kernel.
    let features = Mat::from_fn(120, 5, |i, c| target.functions[(i, c)] * target.values[c].sqrt());
    let rotation = Mat::from_fn(5, 5, |i, j| f64::from(u8::try_from((7 * i + 3 * j * j + 1) % 5).unwrap()))
        .qr()
        .compute_thin_Q();
    let learned = learned_mercer((features * rotation).as_ref(), &q).unwrap();
    let report = compare_learned(&learned, &target, &q, 5).unwrap();
    assert!(report.eigenvalue_errors.iter().all(|e| *e < 1e-9), "{report:?}");
    assert!(report.angles.iter().all(|a| *a < 1e-7) && report.alignment > 0.99 && report.alignment < 1.0);
    assert!(compare_learned(&learned, &target, &q, 6).is_err());
}

#[test]
fn a_learned_pair_keeps_its_singular_values_under_change_of_features() {
    let q = [&midpoints(50), &midpoints(70)];
    let feature = |t: f64, k: usize| ((k + 1) as f64 * t).sin();
    let phi = Mat::from_fn(50, 3, |i, k| feature(q[0].nodes().row(i)[0], k));
    let psi = Mat::from_fn(70, 3, |j, k| feature(q[1].nodes().row(j)[0] + 0.4, k));
    let s = learned_schmidt(phi.as_ref(), psi.as_ref(), q).unwrap();
    // (phi, psi) -> (A^T phi, A^{-1} psi) is the same relation.
    let a = Mat::from_fn(3, 3, |i, j| if i <= j { 1.0 + (i + 2 * j) as f64 } else { 0.0 });
    let inverse = a.partial_piv_lu();
    let other = faer::linalg::solvers::Solve::solve(&inverse, psi.transpose()).transpose().to_owned();
    let t = learned_schmidt((&phi * &a).as_ref(), other.as_ref(), q).unwrap();
    for k in 0..3 {
        assert!((s.values[k] - t.values[k]).abs() < 1e-12 * s.values[0], "{k}");
    }
    let dense = Mat::from_fn(50, 70, |i, j| (phi.row(i) * psi.row(j).transpose()) / (50.0f64 * 70.0).sqrt());
    let exact = dense.singular_values().unwrap();
    assert!((0..3).all(|k| (s.values[k] - exact[k]).abs() < 1e-13));
    assert!(learned_schmidt(phi.as_ref(), phi.as_ref(), q).is_err());
}
