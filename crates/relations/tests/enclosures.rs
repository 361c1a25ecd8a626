//! Enclosures contain what they enclose.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::float_cmp)]

use proptest::prelude::*;
use relata_relations::catalogue::{
    ArcCosineOrder, MaternOrder, arc_cosine, catalogue, matern, periodic_sobolev,
};
use relata_relations::{
    Bracket, Enclosure, Interval, Points, Relation, Seed, Space, Stream, evaluate, relation_fn, scale, sum,
    tensor_product, transpose,
};
use std::sync::Arc;

/// Random boxes of parameters, and random points in them: the values must be enclosed, and so must
/// the distance from the multilinear interpolation of the corners.
fn check(r: &dyn Relation, boxes: usize, stream: &mut Stream) -> usize {
    let (sx, sy) = r.spaces();
    let (Some(px), Some(py)) = (sx.parameters(), sy.parameters()) else { return 0 };
    let axes = px.len() + py.len();
    if axes > 4 {
        return 0;
    }
    let ranges: Vec<(f64, f64)> = px.iter().chain(&py).copied().collect();
    let point = |t: &[f64], space: &dyn Space| -> Vec<f64> {
        let u: Vec<Enclosure> = t.iter().map(|v| Enclosure::constant(*v)).collect();
        space.place(&u).iter().map(|e| e.value().middle().unwrap()).collect()
    };
    let value = |t: &[f64]| -> f64 {
        let (x, y) = (point(&t[..px.len()], sx), point(&t[px.len()..], sy));
        let (x, y) = (Points::new(sx.dim(), x).unwrap(), Points::new(sy.dim(), y).unwrap());
        evaluate(r, &x, &y).unwrap()[(0, 0)]
    };
    let mut enclosed = 0;
    for b in 0..boxes {
        // Wide boxes, narrow ones, and boxes across the diagonal.
        let width = [1.0, 0.2, 0.01, 1e-4][b % 4];
        let mut u: Vec<f64> = (0..axes).map(|_| stream.uniform() * (1.0 - width)).collect();
        if b % 3 == 0 {
            let half = px.len().min(py.len());
            for a in 0..half {
                u[px.len() + a] = u[a];
            }
        }
        let ends: Vec<(f64, f64)> =
            ranges.iter().zip(&u).map(|((a, b), u)| (a + (b - a) * u, a + (b - a) * (u + width))).collect();
        let variables: Vec<Enclosure> =
            ends.iter().enumerate().map(|(a, (l, h))| Enclosure::variable(a, *l, *h)).collect();
        let (x, y) = (sx.place(&variables[..px.len()]), sy.place(&variables[px.len()..]));
        let Some(e) = r.enclose(&x, &y) else { continue };
        enclosed += 1;
        let (below, above) = e.bend();
        let corners: Vec<f64> = (0..1usize << axes)
            .map(|c| {
                value(
                    &(0..axes)
                        .map(|a| if c >> a & 1 == 1 { ends[a].1 } else { ends[a].0 })
                        .collect::<Vec<_>>(),
                )
            })
            .collect();
        for _ in 0..8 {
            let s: Vec<f64> = (0..axes).map(|_| stream.uniform()).collect();
            let t: Vec<f64> = (0..axes).map(|a| ends[a].0 + (ends[a].1 - ends[a].0) * s[a]).collect();
            let v = value(&t);
            let slack = 1e-12 * (1.0 + v.abs());
            let range = e.value();
            assert!(
                v >= range.low() - slack && v <= range.high() + slack,
                "{}: {v} is not in {range:?} at {t:?}",
                r.name()
            );
            let weight = |c: usize| {
                (0..axes).map(|a| if c >> a & 1 == 1 { s[a] } else { 1.0 - s[a] }).product::<f64>()
            };
            let chord: f64 = corners.iter().enumerate().map(|(c, v)| v * weight(c)).sum();
            assert!(
                v - chord >= -below - slack && v - chord <= above + slack,
                "{}: {v} - {chord} is not within -{below}..{above} on {ends:?}",
                r.name()
            );
        }
    }
    enclosed
}

#[test]
fn the_catalogue_is_enclosed() {
    let mut stream = Seed(0).stream("enclosures");
    for entry in catalogue() {
        let r = entry.build().unwrap();
        let found = check(&r, 600, &mut stream);
        let low = r.spaces().0.parameters().is_some_and(|p| p.len() <= 2);
        assert_eq!(found > 200, low, "{}: {found}", entry.name);
    }
}

#[test]
fn other_parameters_and_combinations_are_enclosed() {
    let mut stream = Seed(0).stream("enclosures/more");
    let all: Vec<Arc<dyn Relation>> = vec![
        Arc::new(periodic_sobolev(3).unwrap()),
        Arc::new(matern(MaternOrder::FiveHalves, 9.0, 0.5).unwrap()),
        Arc::new(arc_cosine(ArcCosineOrder::One, 2).unwrap()),
        Arc::new(
            sum(periodic_sobolev(1).unwrap(), scale(-2.0, periodic_sobolev(2).unwrap()).unwrap()).unwrap(),
        ),
        Arc::new(transpose(
            relation_fn(Interval::unit(), Interval::new(1.0, 2.0).unwrap(), |x, y| x[0] / y[0])
                .with_enclosure(|x, y| x[0] * y[0].recip())
                .unwrap(),
        )),
        Arc::new(
            tensor_product(vec![
                relata_relations::catalogue::relation("bridge").unwrap(),
                relata_relations::catalogue::relation("exp-bilinear").unwrap(),
            ])
            .unwrap(),
        ),
    ];
    for r in all {
        assert!(check(&r, 400, &mut stream) > 100, "{}", r.name());
    }
}

#[test]
fn curvature_has_the_right_sign_and_size() {
    // exp on [0, h]: curvature h^2 e^t, so that exp lies below its chord by about h^2 / 8.
    let h = 1e-3;
    let e = Enclosure::variable(0, 0.0, h).exp();
    let (below, above) = e.bend();
    assert!(above == 0.0 && (below / (h * h / 8.0) - 1.0).abs() < 2.0 * h);
    // min(x, y) across the diagonal lies above its bilinear interpolation, by half a cell at the
    // centre.
    let m = Enclosure::variable(0, 0.0, h).min(&Enclosure::variable(1, 0.0, h));
    let (below, above) = m.bend();
    assert!(below == 0.0 && above >= 0.25 * h && above <= 0.51 * h);
}

proptest::proptest! {
    #[test]
    fn brackets_contain_the_results(a in -3.0f64..3.0, wa in 0.0f64..2.0, b in -3.0f64..3.0, wb in 0.0f64..2.0, s in 0.0f64..1.0, t in 0.0f64..1.0) {
        let (u, v) = (a + wa * s, b + wb * t);
        let (x, y) = (Bracket::new(a, a + wa).hull(Bracket::point(u)), Bracket::new(b, b + wb).hull(Bracket::point(v)));
        proptest::prop_assert!((x + y).contains(u + v) && (x - y).contains(u - v) && (x * y).contains(u * v));
        proptest::prop_assert!(x.square().contains(u * u) && x.powi(3).contains(u * u * u) && x.abs().contains(u.abs()));
        proptest::prop_assert!(x.sin().contains(u.sin()) && x.cos().contains(u.cos()) && x.tanh().contains(u.tanh()) && x.exp().contains(u.exp()));
        let p = x.abs() + Bracket::point(0.1);
        proptest::prop_assert!(p.recip().contains(1.0 / (u.abs() + 0.1)) && p.ln().contains((u.abs() + 0.1).ln()) && p.sqrt().contains((u.abs() + 0.1).sqrt()));
        proptest::prop_assert!(x.radius() >= x.high() - x.middle().unwrap() && x.radius() >= x.middle().unwrap() - x.low());
    }
}

/// Doubles of every size and both signs, the ends of the range among them.
fn any_double() -> impl Strategy<Value = f64> {
    let special = prop::sample::select(vec![
        0.0,
        -0.0,
        5e-324,
        -5e-324,
        f64::MIN_POSITIVE,
        f64::MIN_POSITIVE.next_down(),
        f64::MAX,
        f64::MIN,
        1.0,
        -1.0,
    ]);
    let any = prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL | prop::num::f64::ZERO;
    prop_oneof![1 => special, 4 => any]
}

/// `a + b` and `a b` exactly, as a leading part and what it leaves out; the sign of the remainder is
/// all that counts. Only where nothing overflows or underflows.
fn sum_remainder(a: f64, b: f64) -> f64 {
    let s = a + b;
    let t = s - a;
    (a - (s - t)) + (b - t)
}

/// Whether a bracket goes beyond a number, upwards if so asked.
fn beyond(r: Bracket, v: f64, upwards: bool) -> bool {
    if upwards { r.high() > v } else { r.low() < v }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn ends_enclose_over_the_whole_range(a in any_double(), b in any_double(), c in any_double(), d in any_double()) {
        let (x, y) = (Bracket::new(a, b), Bracket::new(c, d));
        // Nothing is a NaN, and nothing is upside down.
        for r in [
            x + y, x - y, x * y, x * c, x.square(), x.recip(), x.abs(), x.exp(), x.ln(), x.sqrt(), x.sin(), x.cos(),
            x.tanh(), x.asin(), x.acos(), x.powi(3), x.powi(4), x.hull(y), x.meet(y), Bracket::around(a, b.abs()),
        ] {
            prop_assert!(r.low() <= r.high(), "{:?} of {:?} and {:?}", r, x, y);
            match r.middle() {
                Some(m) => {
                    prop_assert!(m.is_finite() && r.contains(m));
                    prop_assert!(r.radius() >= r.high() - m && r.radius() >= m - r.low());
                }
                None => prop_assert!(r.low().is_infinite() || r.high().is_infinite()),
            }
        }
        // Sums, exactly: the rounded sum of two ends and the sign of what it lost.
        for (u, v) in [(a, c), (a, d), (b, c), (b, d)] {
            let (s, e) = (u + v, sum_remainder(u, v));
            let r = x + y;
            prop_assert!(r.contains(s.clamp(f64::MIN, f64::MAX)) || s.is_infinite(), "{:?} {}", r, s);
            if s.is_finite() && e != 0.0 {
                // The true sum lies strictly between s and its neighbour.
                prop_assert!(beyond(r, s, e > 0.0));
            }
            // Products: fused multiply-add has the sign of what rounding lost, where it is normal.
            let (p, r) = (u * v, x * y);
            prop_assert!(p.is_infinite() || r.contains(p), "{:?} {}", r, p);
            if p.is_finite() && p.abs() > 1e-290 {
                let e = u.mul_add(v, -p);
                prop_assert!(e == 0.0 || beyond(r, p, e > 0.0));
            }
            if p == 0.0 && u != 0.0 && v != 0.0 {
                // Underflow: the true product is not 0.
                prop_assert!(beyond(r, 0.0, (u > 0.0) == (v > 0.0)));
            }
            if p.is_infinite() {
                // Overflow: at least the largest number.
                prop_assert!(r.high() >= f64::MAX || r.low() <= f64::MIN);
            }
        }
    }

    /// Elementary functions at subnormal numbers, where a relative widening rounds to nothing:
    /// `sin t < t`, `tanh t < t`, `asin t > t`, `exp t > 1 + t`, all by less than one unit.
    #[test]
    fn elementary_functions_enclose_subnormal_numbers(t in 5e-324f64..1e-290) {
        for t in [t, f64::from_bits(t.to_bits() % (1 << 53) + 1)] {
            let x = Bracket::point(t);
            for r in [x.sin(), x.tanh(), (-(-x).sin())] {
                prop_assert!(r.low() < t && r.high() >= t, "{:?} {}", r, t);
            }
            prop_assert!(x.asin().high() > t && x.asin().low() <= t);
            prop_assert!(x.exp().low() <= 1.0 && x.exp().high() > 1.0);
            // sqrt t lies between the neighbours whose squares surround t.
            let s = x.sqrt();
            prop_assert!(s.low() * s.low() <= t && s.high() * s.high() >= t);
            prop_assert!(x.recip().low() <= 1.0 / t && x.recip().high() >= f64::MAX.min(1.0 / t));
            let l = x.ln();
            prop_assert!(l.low() < l.high() && l.contains(t.ln()));
        }
    }

    /// `exp` and its inverse over all arguments whose values are numbers.
    #[test]
    fn exponentials_are_enclosed(t in -800.0f64..800.0) {
        let r = Bracket::point(t).exp();
        // exp(t) = exp(t / 2)^2, by the product of brackets of ordinary size.
        let half = Bracket::point(0.5 * t).exp();
        let square = half * half;
        prop_assert!(r.low() <= square.high() && r.high() >= square.low(), "{:?} {:?}", r, square);
        prop_assert!(r.low() >= 0.0 && r.high() > 0.0);
        prop_assert!(t <= 710.0 || (r.high().is_infinite() && r.low() > 1e308));
        prop_assert!(t >= -746.0 || r.low() <= 0.0);
    }
}

#[test]
fn unbounded_intervals_have_no_middle() {
    for r in [Bracket::LINE, Bracket::new(0.0, f64::INFINITY), Bracket::new(f64::NEG_INFINITY, -3.0)] {
        assert!(r.middle().is_none() && r.radius().is_infinite());
    }
    assert_eq!(Bracket::new(f64::MIN, f64::MAX).middle(), Some(0.0));
    assert_eq!(Bracket::new(f64::MAX, f64::MAX).middle(), Some(f64::MAX));
    assert_eq!(Bracket::new(5e-324, 1e-323).middle(), Some(5e-324));
    assert_eq!(Bracket::point(5e-324).middle(), Some(5e-324));
    assert!(Bracket::new(f64::NAN, 1.0).middle().is_none());
    // A function of an unbounded argument.
    let everything = Enclosure::bounded(Bracket::LINE);
    assert!(everything.sinc().value().contains(1.0) && everything.tanh().value().contains(-1.0));
    assert!(everything.logistic().value().contains(0.0) && everything.exp().value().high().is_infinite());
}
