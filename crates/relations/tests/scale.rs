//! What is homogeneous scales: a factor changes the answer by that factor and nothing else.

#![allow(clippy::unwrap_used, clippy::float_cmp)] // helpers of tests; exact results

use proptest::prelude::*;
use relata_relations::faer::Mat;
use relata_relations::{
    Cube, Factors, FiniteSet, FnRelation, HeldOut, Interval, Points, PowerOfTwo, Product, Relation, Seed,
    Space, SpaceError, distance, measure, norm2, normalised, relation_fn, tensor_product, weighted_norm2,
};
use std::num::NonZeroUsize;
use std::sync::Arc;

const FACTORS: [f64; 6] = [1e-300, 1e-160, 1e-40, 1e40, 1e160, 1e290];

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-12 * b.abs()
}

/// `c` times a rank-two inner product that is a little off `c sin(x - y)`.
struct Off(f64);

impl Factors for Off {
    fn rank(&self) -> usize {
        2
    }
    fn phi(&self, x: &Points) -> Mat<f64> {
        let c = self.0;
        Mat::from_fn(x.len(), 2, |i, k| c * if k == 0 { x.row(i)[0].sin() } else { x.row(i)[0].cos() })
    }
    fn psi(&self, y: &Points) -> Mat<f64> {
        Mat::from_fn(y.len(), 2, |i, k| if k == 0 { 1.01 * y.row(i)[0].cos() } else { -y.row(i)[0].sin() })
    }
}

fn sine(c: f64) -> FnRelation {
    relation_fn(Interval::unit(), Interval::unit(), move |x, y| c * (x[0] - y[0]).sin())
}

#[test]
fn measured_errors_scale_with_the_relation() {
    let n = NonZeroUsize::new(30).unwrap();
    let rule = Interval::unit().quadrature(n).unwrap();
    let draws = |name: &str| Interval::unit().sample(n, &mut Seed(3).stream(name));
    let heavy = |c: f64| {
        let w: Vec<f64> = rule.weights().iter().map(|w| w * c).collect();
        relata_relations::Quadrature::new(rule.nodes().clone(), w).unwrap()
    };
    for at in [
        HeldOut::Quadrature { x: rule.clone(), y: rule.clone() },
        HeldOut::Sample { x: draws("x"), y: draws("y") },
    ] {
        let one = measure(&sine(1.0), &Off(1.0), &at).unwrap();
        for c in FACTORS {
            let r = measure(&sine(c), &Off(c), &at).unwrap();
            assert!(
                close(r.l2, c * one.l2) && close(r.norm, c * one.norm) && close(r.sup, c * one.sup),
                "{c}"
            );
            assert!(close(r.relative_l2, one.relative_l2) && r.sign_accuracy == one.sign_accuracy, "{c}");
            // Errors are a hundredth of the values, and deviations from their mean a part of that:
            // two digits are lost twice to the rounding of the factor.
            let (a, b) = (r.standard_error.unwrap_or(1.0), one.standard_error.unwrap_or(1.0));
            assert!((a - b).abs() <= 1e-10 * b, "{c}: {a} {b}");
            // A tiny error of a large relation, and a huge one of a small one.
            let tiny = measure(&sine(1.0), &Off(1.0 + c.min(1.0)), &at).unwrap();
            assert!(tiny.l2 > 0.0 && tiny.relative_l2.is_finite());
            let huge = measure(&sine(c.recip()), &Off(1.0), &at).unwrap();
            assert!(huge.l2 > 0.0 && huge.relative_l2 > 0.0);
        }
    }
    // Heavy and light measures of one or both sides: the square root of the product of masses.
    let one =
        measure(&sine(1.0), &Off(1.0), &HeldOut::Quadrature { x: rule.clone(), y: rule.clone() }).unwrap();
    for c in FACTORS {
        let at = HeldOut::Quadrature { x: heavy(c), y: rule.clone() };
        let r = measure(&sine(1.0), &Off(1.0), &at).unwrap();
        assert!(close(r.l2, c.sqrt() * one.l2) && close(r.relative_l2, one.relative_l2), "{c}");
        let r = measure(&sine(1.0), &Off(1.0), &HeldOut::Quadrature { x: heavy(c), y: heavy(c) }).unwrap();
        assert!(close(r.l2, c * one.l2) && close(r.norm, c * one.norm), "{c}");
    }
    // The relation 0, and an error that no double holds.
    let at = HeldOut::Quadrature { x: rule.clone(), y: rule };
    let zero = measure(&sine(0.0), &Off(0.0), &at).unwrap();
    assert!(zero.l2 == 0.0 && zero.relative_l2 == 0.0 && zero.sign_accuracy.is_none());
    let error = measure(&sine(-1.7e308), &Off(1.7e308), &at).unwrap_err().to_string();
    assert!(error.contains("overflows"), "{error}");
}

#[test]
fn lipschitz_constants_scale_with_the_relation() {
    let own = |c: f64| sine(c).with_lipschitz(c * 2f64.sqrt()).unwrap();
    let pair = |a: f64, b: f64| {
        let factors = vec![Arc::new(own(a)) as Arc<dyn Relation>, Arc::new(own(b))];
        tensor_product(factors).unwrap().lipschitz()
    };
    let one = pair(1.0, 1.0).unwrap();
    for c in FACTORS {
        assert!(close(pair(c, 1.0).unwrap(), c * one) && close(pair(c, 1.0 / c).unwrap(), one), "{c}");
    }
    // One that overflows is not known.
    assert_eq!(pair(1e200, 1e200), None);
}

#[test]
fn normalised_kernels_have_no_unit() {
    let points = Points::line(vec![0.1, 0.5, 0.9]).unwrap();
    let kernel = |c: f64| {
        let r = relation_fn(Interval::unit(), Interval::unit(), move |x, y| c * (1.0 + x[0] * y[0]));
        let r = normalised(r.positive_semidefinite().unwrap()).unwrap();
        relata_relations::evaluate(&r, &points, &points).unwrap()
    };
    let one = kernel(1.0);
    for c in FACTORS {
        assert!((kernel(c) - &one).norm_max() < 1e-15, "{c}");
    }
}

#[test]
fn sets_and_intervals_have_their_own_unit() {
    for c in FACTORS {
        let set = FiniteSet::uniform(Points::line(vec![c, 2.0 * c]).unwrap());
        assert!(set.contains(&[c]) && set.contains(&[2.0 * c * (1.0 + 1e-12)]), "{c}");
        assert!(!set.contains(&[1.5 * c]) && !set.contains(&[0.0]), "{c}");
        let line = Interval::new(c, 3.0 * c).unwrap();
        let rule = line.quadrature(NonZeroUsize::new(5).unwrap()).unwrap();
        assert!(close(rule.integrate(|x| x[0] / c), 2.0) && !line.contains(&[0.5 * c]), "{c}");
        let pair = Product::new(Arc::new(line.clone()), Arc::new(line));
        // Radii are rounded up by 1e-12.
        let radius = pair.covering(NonZeroUsize::MIN).unwrap().radius / (c * 2f64.sqrt());
        assert!((1.0..1.0 + 3e-12).contains(&radius), "{c} {radius}");
    }
    // The middle of an interval of huge ends, and masses that no double holds.
    let far = Interval::new(1.6e308, 1.7e308).unwrap();
    assert!(far.quadrature(NonZeroUsize::MIN).unwrap().nodes().row(0)[0] > 1.6e308);
    for (p, b) in [(2, 1e200), (2, 1e-200)] {
        let error = Cube::lebesgue(p, 0.0, b).unwrap_err();
        assert!(matches!(error, SpaceError::Parameter { parameter: "ends", .. }), "{error}");
        assert!(Cube::new(p, 0.0, b).is_ok());
    }
}

#[test]
fn norms_at_the_ends_of_the_range() {
    assert_eq!(norm2([f64::MAX]), f64::MAX);
    assert!(norm2([f64::MAX, f64::MAX]).is_infinite() && norm2([1.0, f64::NEG_INFINITY]).is_infinite());
    assert!(norm2([f64::NAN, 1.0]).is_nan() && norm2([f64::NAN, f64::INFINITY]).is_nan());
    assert_eq!(norm2([5e-324; 4]), 1e-323);
    assert!(close(distance(&[3e200, 0.0], &[0.0, -4e200]), 5e200));
    assert_eq!((norm2([]), weighted_norm2([])), (0.0, 0.0));
    assert_eq!(weighted_norm2([(0.0, 1e300), (4.0, 1e-300)]), 2e-300);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// Against `hypot`, which scales by itself.
    #[test]
    fn norms_are_right_for_all_doubles(
        values in prop::collection::vec(prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL | prop::num::f64::ZERO, 0..6),
    ) {
        let want = values.iter().fold(0.0f64, |s, v| s.hypot(*v));
        let got = norm2(values.iter().copied());
        // Below the normal numbers a unit in the last place is more than 1e-14.
        prop_assert!(got == want || (got - want).abs() <= 1e-14 * want + 1e-323, "{} {}", got, want);
        let weighted = weighted_norm2(values.iter().map(|v| (4.0, *v)));
        let twice = norm2(values.iter().map(|v| 2.0 * v));
        prop_assert!(weighted == twice || (weighted - twice).abs() <= 1e-14 * twice + 1e-323 || twice.is_infinite());
    }

    #[test]
    fn powers_of_two_bring_numbers_to_order_one_and_back(v in prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL) {
        let scale = PowerOfTwo::of([v, 0.0, f64::NAN]);
        let unit = scale.divide(v);
        prop_assert!((1.0..2.0).contains(&unit.abs()));
        prop_assert_eq!(scale.multiply(unit).to_bits(), v.to_bits());
        prop_assert_eq!(PowerOfTwo::new(scale.exponent()), scale);
    }
}
