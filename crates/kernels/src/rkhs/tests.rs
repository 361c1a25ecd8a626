use super::*;
use crate::fast::{KernelProfile, ProfileKernel};
use faer::Mat;
use proptest::prelude::*;
use relata_relations::{Interval, Points, Relation, Seed, Symmetry, relation_fn};
use std::sync::Arc;

fn line(n: usize) -> Points {
    Points::line((0..n).map(|i| (i as f64 + 0.5) / n as f64).collect()).unwrap()
}

fn matern(length: f64) -> Arc<dyn Relation> {
    Arc::new(ProfileKernel::new(KernelProfile::matern32(length).unwrap(), Interval::unit()))
}

/// min(x, y): its space is H^1 with f(0) = 0 and |f|^2 = int f'^2.
fn brownian() -> Arc<dyn Relation> {
    let f = relation_fn(Interval::unit(), Interval::unit(), |x, y| x[0].min(y[0]));
    Arc::new(f.positive_semidefinite().unwrap())
}

#[test]
fn the_space_of_brownian_motion_is_sobolev() {
    let x = line(400);
    // f = sin(pi x / 2): |f|^2 = pi^2 / 8; interpolants are piecewise linear, constant at the right
    // end.
    let y: Vec<f64> = x.rows().map(|r| (0.5 * std::f64::consts::PI * r[0]).sin()).collect();
    let f = interpolate(brownian(), &x, &y).unwrap();
    let exact = std::f64::consts::PI / 8f64.sqrt();
    assert!((f.norm().unwrap() / exact - 1.0).abs() < 1e-4, "{} {exact}", f.norm().unwrap());
    let middle = f.values(&Points::line(vec![0.5 * (x.row(7)[0] + x.row(8)[0])]).unwrap()).unwrap()[0];
    assert!((middle - 0.5 * (y[7] + y[8])).abs() < 1e-12);
    // The power function between neighbours is that of a Brownian bridge.
    let p = power_function(&*brownian(), &x, &Points::line(vec![0.5 * (x.row(7)[0] + x.row(8)[0])]).unwrap())
        .unwrap();
    assert!((p[0] - (0.25 / 400f64).sqrt()).abs() < 1e-9, "{}", p[0]);
}

#[test]
fn reproducing_property_and_power_function_bound() {
    let (kernel, x, z) = (matern(0.3), line(12), line(31));
    let f = RkhsFunction::new(Arc::clone(&kernel), z.clone(), (0..31).map(|i| f64::from(i).cos()).collect())
        .unwrap();
    for t in [0.1, 0.77] {
        let at = Points::line(vec![t]).unwrap();
        let section = RkhsFunction::new(Arc::clone(&kernel), at.clone(), vec![1.0]).unwrap();
        assert!((f.inner(&section).unwrap() - f.values(&at).unwrap()[0]).abs() < 1e-12);
    }
    let s = interpolate(Arc::clone(&kernel), &x, &f.values(&x).unwrap()).unwrap();
    let fine = line(97);
    let (fv, sv) = (f.values(&fine).unwrap(), s.values(&fine).unwrap());
    let p = power_function(&*kernel, &x, &fine).unwrap();
    let norm = f.norm().unwrap();
    assert!((0..97).all(|i| (fv[i] - sv[i]).abs() <= p[i] * norm * (1.0 + 1e-9) + 1e-12));
    assert!(s.norm().unwrap() <= norm * (1.0 + 1e-12));
    // Pythagoras: the interpolant is the projection.
    let (ns, both) = (s.norm().unwrap(), f.inner(&s).unwrap());
    assert!((both - ns * ns).abs() < 1e-9 * ns * ns);
}

#[test]
fn leaving_one_out_in_closed_form_is_leaving_one_out() {
    let (kernel, x, ridge) = (matern(0.2), line(15), 0.03);
    let y: Vec<f64> = (0..15).map(|i| (f64::from(i) * 1.7).sin()).collect();
    let fit = KernelRidge::fit(Arc::clone(&kernel), &x, &y, ridge).unwrap();
    for out in [0, 6, 14] {
        let kept: Vec<usize> = (0..15).filter(|i| *i != out).collect();
        let rest: Vec<f64> = kept.iter().map(|&i| y[i]).collect();
        let without = KernelRidge::fit(Arc::clone(&kernel), &x.select(&kept).unwrap(), &rest, ridge).unwrap();
        let at = without.function.values(&x.select(&[out]).unwrap()).unwrap()[0];
        assert!((fit.leave_one_out[out] - (y[out] - at)).abs() < 1e-11);
    }
    let values = fit.function.values(&x).unwrap();
    assert!(values.iter().zip(&fit.fitted).all(|(a, b)| (a - b).abs() < 1e-11));
    let k = crate::gram(&*kernel, &x).unwrap();
    let spectrum = crate::matrix::eigenvalues(k.as_ref()).unwrap();
    let exact: f64 = spectrum.iter().map(|l| l / (l + ridge)).sum();
    assert!((fit.degrees_of_freedom() - exact).abs() < 1e-10);
}

#[test]
fn discrepancy_of_two_points_and_of_equal_samples() {
    let k = ProfileKernel::new(KernelProfile::gaussian(1.0).unwrap(), Interval::new(-9.0, 9.0).unwrap());
    let (a, b) = (Points::line(vec![0.0, 0.0]).unwrap(), Points::line(vec![1.0, 1.0]).unwrap());
    let m = mmd(&k, &a, &b).unwrap();
    let exact = 2.0 - 2.0 * (-0.5f64).exp();
    assert!((m.biased.powi(2) - exact).abs() < 1e-14 && (m.unbiased_squared - exact).abs() < 1e-14);
    let mut s = Seed(4).stream("mmd");
    let mut draw = |mean: f64| Points::line((0..600).map(|_| mean + s.normal()).collect()).unwrap();
    let (x, y, z) = (draw(0.0), draw(0.0), draw(0.7));
    let same = mmd(&k, &x, &y).unwrap();
    assert!(same.unbiased_squared.abs() < 4.0 * same.standard_error + 2e-3);
    // Normal laws with means m apart under exp(-t^2 / 2): 2 / sqrt 3 (1 - exp(-m^2 / 6)).
    let apart = mmd(&k, &x, &z).unwrap();
    let exact = 2.0 / 3f64.sqrt() * (1.0 - (-0.49f64 / 6.0).exp());
    assert!((apart.unbiased_squared - exact).abs() < 4.0 * apart.standard_error, "{apart:?} {exact}");
    assert!(matches!(mmd(&k, &Points::line(vec![0.0]).unwrap(), &y), Err(RkhsError::TooFew { .. })));
}

#[test]
fn alignment_ignores_scale_and_constants() {
    let k = crate::gram(&*matern(0.4), &line(20)).unwrap();
    let moved = Mat::from_fn(20, 20, |i, j| 3.0 * k[(i, j)] + 5.0 + i as f64 + j as f64);
    assert!((centred_alignment(k.as_ref(), moved.as_ref()).unwrap() - 1.0).abs() < 1e-12);
    assert!(centred_alignment(k.as_ref(), Mat::from_fn(20, 20, |_, _| 1.0).as_ref()).is_err());
    let angles = subspace_angles(
        Mat::from_fn(3, 1, |i, _| f64::from(u8::from(i == 0))).as_ref(),
        Mat::from_fn(3, 1, |i, _| [1.0, 1e-9, 0.0][i]).as_ref(),
    );
    assert!((angles.unwrap()[0] - 1e-9).abs() < 1e-18);
    let right = subspace_angles(
        Mat::from_fn(3, 2, |i, j| f64::from(u8::from(i == j))).as_ref(),
        Mat::from_fn(3, 1, |i, _| f64::from(u8::from(i == 2))).as_ref(),
    );
    assert!((right.unwrap()[0] - std::f64::consts::FRAC_PI_2).abs() < 1e-12);
}

#[test]
fn membership_by_closed_forms() {
    let law = |c, a| Law::Power { constant: c, exponent: a };
    // A step in the space of Brownian motion: coefficients like 1 / i against eigenvalues like 1 /
    // i^2.
    let w = |i: usize| (i as f64 - 0.5) * std::f64::consts::PI;
    let eigenvalues: Vec<f64> = (1..=50).map(|i| w(i).powi(-2)).collect();
    let step: Vec<f64> = (1..=50).map(|i| 2f64.sqrt() * (w(i) * 0.5).cos() / w(i)).collect();
    let pi = std::f64::consts::PI;
    let out = membership(&step, law(1.0 / pi, 1.0), &eigenvalues, law(1.0 / (pi * pi), 2.0)).unwrap();
    assert!(matches!(out, Membership::Out { .. }));
    let norm = |verdict: Membership, exact: f64, gap: f64| {
        let Membership::In { lower, upper, .. } = verdict else { panic!("not in: {verdict:?}") };
        assert!(lower <= exact && exact <= upper && upper - lower <= gap * exact, "{lower} {exact} {upper}");
    };
    // sum i^-4 i^2 = zeta(2), with nothing listed and with 20 terms.
    norm(membership(&[], law(1.0, 2.0), &[], law(1.0, 2.0)).unwrap(), pi / 6f64.sqrt(), 1e-7);
    let c: Vec<f64> = (1..=20).map(|i| f64::from(i).powi(-2)).collect();
    norm(membership(&c, law(1.0, 2.0), &c, law(1.0, 2.0)).unwrap(), pi / 6f64.sqrt(), 1e-7);
    // Geometric: sum (1/4)^i / (1/2)^i = 1.
    let geometric = |q| Law::Geometric { constant: 1.0, ratio: q };
    norm(membership(&[], geometric(0.5), &[], geometric(0.5)).unwrap(), 1.0, 1e-12);
    assert!(matches!(membership(&[], geometric(0.5), &[], geometric(0.2)).unwrap(), Membership::Out { .. }));
    assert!(matches!(membership(&[], law(1.0, 3.0), &[], geometric(0.2)).unwrap(), Membership::Out { .. }));
    // sum i^2 4^-i = 20 / 27.
    norm(membership(&[], geometric(0.5), &[], law(1.0, 2.0)).unwrap(), (20f64 / 27.0).sqrt(), 1e-12);
    // sum i^2 r^i = r (1 + r) / (1 - r)^3, slowly convergent; and past any loop, where the largest
    // term is the 10^12th.
    let p = 1.0 - 1e-4;
    let exact = |r: f64, gap: f64| (r * (1.0 + r) / gap.powi(3)).sqrt();
    norm(membership(&[], geometric(p), &[], law(1.0, 2.0)).unwrap(), exact(p * p, 1.0 - p * p), 1e-9);
    let p: f64 = 1.0 - 1e-12;
    let verdict = membership(&[], geometric(p), &[], law(1.0, 2.0)).unwrap();
    norm(verdict, exact(p * p, (1.0 - p) * (1.0 + p)), 1.0);
    // On the edge of convergence: 2 p - q = 1 exactly, and one unit in the last place beside it.
    let edge = |p: f64| membership(&[], law(1.0, p), &[], law(1.0, 2.0)).unwrap();
    assert!(
        matches!(edge(1.5), Membership::Out { .. })
            && matches!(edge(1.5f64.next_down()), Membership::Out { .. })
    );
    norm(edge(1.5f64.next_up()), (0.5 / f64::EPSILON).sqrt(), 1e-6);
    // Laws that hold on one side only: neither is proved.
    let at_most = SeriesTail { lower: Law::Zero, upper: law(1.0, 1.0) };
    let verdict = membership(&[3.0], at_most, &[4.0], law(1.0, 2.0)).unwrap();
    assert_eq!(verdict, Membership::Undecided { lower_bounds: vec![(1, 1.5)] });
    // Homogeneous of degree 1 in the coefficients and -1/2 in the eigenvalues.
    for (s, t) in [(1e-300, 1e-300), (1e300, 1e160), (1e-160, 1.0), (1e150, 1e-300)] {
        let (c, l) = (law(s, 2.0), law(t, 2.0));
        let of = |k: f64| [k, k / 4.0, k / 9.0];
        norm(membership(&of(s), c, &of(t), l).unwrap(), pi / 6f64.sqrt() * s / t.sqrt(), 1e-6);
    }
    let huge = membership(&[], law(1e300, 2.0), &[], law(1e-300, 2.0)).unwrap_err();
    assert!(huge.to_string().contains("overflows"), "{huge}");
    assert!(membership(&[], geometric(1.5), &[], geometric(0.5)).is_err());
    assert!(matches!(membership(&[1.0], Law::Zero, &[0.0], Law::Zero).unwrap(), Membership::Out { .. }));
}

#[test]
fn lower_bounds_grow_to_the_norm_or_beyond() {
    // Points from coarse to fine.
    let order: Vec<f64> = (0..6)
        .flat_map(|l: i32| (0..1 << l).map(move |k| (2.0 * f64::from(k) + 1.0) / 2f64.powi(l + 1)))
        .collect();
    let x = Points::line(order).unwrap();
    let sizes = [3, 7, 15, 31, 63];
    let linear: Vec<f64> = x.rows().map(|r| r[0]).collect();
    let bounds = norm_lower_bounds(&brownian(), &x, &linear, &sizes).unwrap();
    assert!(bounds.windows(2).all(|w| w[0] <= w[1] + 1e-12) && (bounds[4] - 1.0).abs() < 0.01);
    let step: Vec<f64> = x.rows().map(|r| f64::from(u8::from(r[0] > 0.3))).collect();
    let bounds = norm_lower_bounds(&brownian(), &x, &step, &sizes).unwrap();
    // Each halving of the spacing multiplies by sqrt 2.
    assert!((bounds[4] / bounds[3] - 2f64.sqrt()).abs() < 1e-9);
}

#[test]
fn bad_input_is_named() {
    let x = Points::line(vec![0.1, 0.5, 0.1]).unwrap();
    let e = interpolate(matern(0.2), &x, &[1.0, 2.0, 3.0]).unwrap_err();
    assert_eq!(e, RkhsError::Duplicate { first: 0, second: 2 });
    assert!(matches!(KernelRidge::fit(matern(0.2), &x, &[1.0; 3], 0.0), Err(RkhsError::Ridge(_))));
    assert!(matches!(interpolate(matern(0.2), &line(3), &[1.0; 2]), Err(RkhsError::Matrix(_))));
    let close: Vec<f64> = (0..60).map(|i| f64::from(i) * 1e-3).collect();
    let smooth = Arc::new(ProfileKernel::new(KernelProfile::gaussian(1.0).unwrap(), Interval::unit()));
    let e = interpolate(smooth, &Points::line(close).unwrap(), &[0.0; 60]).unwrap_err();
    assert!(matches!(e, RkhsError::Singular { n: 60, .. }));
    let asymmetric = relation_fn(Interval::unit(), Interval::unit(), |x, y| x[0] - y[0]);
    assert_eq!(asymmetric.symmetry(), Symmetry::Asymmetric);
    assert!(matches!(
        interpolate(Arc::new(asymmetric), &line(2), &[0.0; 2]),
        Err(RkhsError::NotSymmetric(_))
    ));
    let phi = Mat::from_fn(4, 1, |i, _| i as f64);
    assert!(matches!(feature_norm(phi.as_ref(), &[1.0, 1.0, 1.0, 1.0]), Err(RkhsError::NotInSpan { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn feature_norm_is_the_norm_of_its_kernel(values in prop::collection::vec(-1.0f64..1.0, 24), w in prop::collection::vec(-1.0f64..1.0, 3)) {
        let phi = Mat::from_fn(8, 3, |i, k| values[3 * i + k]);
        let f: Vec<f64> = (0..8).map(|i| (0..3).map(|k| phi[(i, k)] * w[k]).sum()).collect();
        let norm = feature_norm(phi.as_ref(), &f).unwrap();
        let exact = w.iter().map(|v| v * v).sum::<f64>().sqrt();
        // Three generic features on eight points have no annihilator: the norm is that of w.
        prop_assert!((norm - exact).abs() < 1e-6 * exact.max(1e-3));
    }
}
