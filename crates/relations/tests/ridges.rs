//! Sums of ridge functions against the relations they stand for.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::float_cmp)]

use proptest::prelude::*;
use relata_relations::catalogue::{kl_divergence, zonal_exp};
use relata_relations::{
    Cube, Enclosure, FnRelation, Points, Relation, RelationError, RidgeFeatures, Ridges, Seed, evaluate,
    relation_fn,
};
use std::num::NonZeroUsize;
use std::sync::Arc;

/// The features at points, from the definition.
fn features(side: &RidgeFeatures, x: &Points) -> Vec<Vec<f64>> {
    let at = |x: &[f64]| {
        let mut all = side.constants().to_vec();
        for r in side.ridges() {
            let t: f64 = r.direction().iter().zip(x).map(|(d, x)| d * x).sum();
            for (k, f) in r.profiles() {
                all[*k] +=
                    f(Enclosure::constant(t.clamp(r.range().0, r.range().1))).value().middle().unwrap();
            }
        }
        all
    };
    x.rows().map(at).collect()
}

/// The largest difference at fresh points.
fn difference(r: &FnRelation, s: &Ridges) -> f64 {
    let (sx, sy) = r.spaces();
    let n = NonZeroUsize::new(200).unwrap();
    let (x, y) = (sx.sample(n, &mut Seed(9).stream("x")), sy.sample(n, &mut Seed(9).stream("y")));
    let values = evaluate(r, &x, &y).unwrap();
    let (a, b) = (features(s.sides()[0], &x), features(s.sides()[1], &y));
    let mut worst = 0.0f64;
    for i in 0..x.len() {
        for j in 0..y.len() {
            let sum: f64 = a[i].iter().zip(&b[j]).map(|(a, b)| a * b).sum();
            worst = worst.max((sum - values[(i, j)]).abs());
        }
    }
    for (side, points) in [(s.sides()[0], &a), (s.sides()[1], &b)] {
        let norm = points.iter().map(|p| p.iter().map(|v| v * v).sum::<f64>().sqrt()).fold(0.0, f64::max);
        assert!(side.norm().is_none_or(|n| norm <= n), "{norm} {:?}", side.norm());
    }
    worst
}

#[test]
fn divergences_are_sums_of_ridges_exactly() {
    for (k, floor) in [(2, 0.01), (3, 0.01), (6, 0.05)] {
        let r = kl_divergence(k, floor).unwrap();
        let s = r.ridges(0.0).unwrap();
        assert_eq!((s.rank(), s.tail(), s.is_shared()), (k + 1, 0.0, false));
        assert!(difference(&r, &s) < 1e-13);
    }
}

#[test]
fn zonal_kernels_are_sums_of_ridges_within_their_tail() {
    for (ambient, scale) in [(3, 1.0), (3, 0.3), (3, 6.0), (4, 1.0), (5, 2.0)] {
        let r = zonal_exp(ambient, scale).unwrap();
        for relative in [1e-1, 1e-2, 1e-4] {
            let tail = relative * scale.exp();
            let Some(s) = r.ridges(tail) else { panic!("{} at {tail}", r.name()) };
            assert!(s.tail() <= tail && s.is_shared());
            let worst = difference(&r, &s);
            // The tail is attained where x = y, which random pairs nearly do on low spheres.
            assert!(worst <= s.tail(), "{} at {tail}: {worst} {}", r.name(), s.tail());
            assert!(ambient > 3 || worst > 0.2 * s.tail(), "{} at {tail}: {worst} {}", r.name(), s.tail());
        }
        // Neither below rounding, nor of any size.
        assert!(r.ridges(1e-13).is_none());
    }
    assert!(zonal_exp(2, 1.0).unwrap().ridges(0.1).is_none());
    assert!(zonal_exp(12, 8.0).unwrap().ridges(1e-6).is_none());
}

#[test]
fn false_declarations_are_found_out() {
    let square = Cube::new(2, 0.0, 1.0).unwrap();
    let r = relation_fn(square.clone(), square, |x, y| (x[0] + x[1]).cos() * y[0]);
    let side = |direction: Vec<f64>, range, f: fn(&Enclosure) -> Enclosure| {
        RidgeFeatures::new(vec![0.0]).with(direction, range, vec![(0, Arc::new(move |t| f(&t)))])
    };
    let y = side(vec![1.0, 0.0], (0.0, 1.0), |t| *t).unwrap();
    let declare = |x: RidgeFeatures, tail: f64| {
        let s = Ridges::separate(x, y.clone(), tail)?;
        r.clone().with_ridges(move |_| Some(s.clone()))
    };
    let right = |range| side(vec![1.0, 1.0], range, Enclosure::cos).unwrap();
    assert!(declare(right((0.0, 2.0)), 0.0).is_ok());
    let says = |e: Result<FnRelation, RelationError>, words: &str| {
        let e = e.unwrap_err().to_string();
        assert!(e.contains(words), "{e}");
    };
    says(declare(side(vec![1.0, 1.0], (0.0, 2.0), Enclosure::sin).unwrap(), 0.0), "farther than the tail");
    says(declare(right((0.0, 1.0)), 0.0), "outside of the range");
    says(declare(right((0.0, 2.0)).within(0.5).unwrap(), 0.0), "above the declared");
    says(declare(side(vec![1.0], (0.0, 2.0), Enclosure::cos).unwrap(), 0.0), "a direction of 1 numbers");
    assert!(right((0.0, 2.0)).within(f64::NAN).is_err() && right((0.0, 2.0)).within(-1.0).is_err());
    says(declare(right((0.0, 2.0)), f64::NAN), "a tail of NaN");
    says(declare(side(vec![1.0, 1.0], (0.0, 2.0), |t| *t * f64::NAN).unwrap(), 0.0), "farther than the tail");
    let cos: relata_relations::RidgeProfile = Arc::new(|t: Enclosure| t.cos());
    let twice =
        RidgeFeatures::new(vec![0.0]).with(vec![1.0, 1.0], (0.0, 2.0), vec![(0, cos.clone()), (0, cos)]);
    assert!(twice.unwrap_err().to_string().contains("add them up"));
    says(declare(RidgeFeatures::new(vec![0.0; 2]), 0.0), "there must be as many");
    assert!(side(vec![f64::NAN, 0.0], (0.0, 1.0), Enclosure::cos).is_err());
    assert!(side(vec![1.0, 0.0], (1.0, 1.0), Enclosure::cos).is_err());
    let none = RidgeFeatures::new(vec![]).with(vec![1.0], (0.0, 1.0), vec![(0, Arc::new(|t| t))]);
    assert!(none.unwrap_err().to_string().contains("feature number 0"));
}

proptest! {
    #[test]
    fn enclosures_of_zonal_profiles_hold(a in -1.0f64..1.0, b in -1.0f64..1.0, t in 0.0f64..1.0) {
        prop_assume!((a - b).abs() > 1e-6);
        let (low, high) = (a.min(b), a.max(b));
        let s = zonal_exp(3, 2.0).unwrap().ridges(1e-3).unwrap();
        let f = &s.sides()[0].ridges()[0].profiles()[0].1;
        let whole = f(Enclosure::variable(0, low, high));
        let value = |t: f64| f(Enclosure::constant(low + t * (high - low))).value().middle().unwrap();
        prop_assert!(whole.value().contains(value(t)));
        let chord = (1.0 - t) * value(0.0) + t * value(1.0);
        let (below, above) = whole.bend();
        let off = value(t) - chord;
        prop_assert!(off <= above + 1e-12 && off >= -below - 1e-12, "{off} {below} {above}");
    }
}
