//! Closed-form spectra against numerical ones: the weighted matrix `W^(1/2) R W^(1/2)` on a
//! quadrature.
//!
//! Smooth relations use Gauss or trapezoid rules, which converge to rounding; kinks and jumps use
//! midpoints with `n` and `2 n` nodes and one step of Richardson extrapolation, whose error is of
//! order `(k / n)^4`. The tolerance of each comparison is stated.

#![allow(clippy::unwrap_used)] // helpers of tests

use relata_relations::catalogue::{self, ArcCosineOrder, catalogue, relation};
use relata_relations::faer::{Mat, Side};
use relata_relations::{Interval, Quadrature, Relation, Space, Spectrum, SpectrumKind, evaluate};
use std::f64::consts::PI;
use std::num::NonZeroUsize;

#[derive(Clone, Copy, Debug)]
enum Rule {
    /// The space's own rule with so many nodes per axis.
    Own(usize),
    /// Equal weights at midpoints with so many nodes and twice as many, extrapolated.
    Extrapolated(usize),
}

fn size(n: usize) -> NonZeroUsize {
    NonZeroUsize::new(n).unwrap()
}

fn midpoints(space: &dyn Space, n: usize) -> Quadrature {
    Quadrature::equal_weights(space.covering(size(n)).unwrap().points, space.mass()).unwrap()
}

fn weighted(r: &dyn Relation, qx: &Quadrature, qy: &Quadrature) -> Mat<f64> {
    let mut m = evaluate(r, qx.nodes(), qy.nodes()).unwrap();
    let (wx, wy) = (qx.sqrt_weights(), qy.sqrt_weights());
    for j in 0..m.ncols() {
        for i in 0..m.nrows() {
            m[(i, j)] *= wx[i] * wy[j];
        }
    }
    m
}

fn values(kind: SpectrumKind, m: &Mat<f64>) -> Vec<f64> {
    let mut v = match kind {
        SpectrumKind::SingularValues => m.singular_values().unwrap(),
        SpectrumKind::Eigenvalues => m.self_adjoint_eigenvalues(Side::Lower).unwrap(),
    };
    v.sort_by(|a, b| b.abs().total_cmp(&a.abs()).then(b.total_cmp(a)));
    v
}

/// The first `count` numerical values and the norm.
fn numerical(r: &dyn Relation, kind: SpectrumKind, rule: Rule, count: usize) -> (Vec<f64>, f64) {
    let (x, y) = r.spaces();
    let solve = |qx: &Quadrature, qy: &Quadrature| {
        let m = weighted(r, qx, qy);
        let mut v = values(kind, &m);
        v.resize(count, 0.0);
        (v, m.norm_l2())
    };
    match rule {
        Rule::Own(n) => solve(&x.quadrature(size(n)).unwrap(), &y.quadrature(size(n)).unwrap()),
        Rule::Extrapolated(n) => {
            let (coarse, coarse_norm) = solve(&midpoints(x, n), &midpoints(y, n));
            let (fine, fine_norm) = solve(&midpoints(x, 2 * n), &midpoints(y, 2 * n));
            let refine = |c: f64, f: f64| f + (f - c) / 3.0;
            (coarse.iter().zip(&fine).map(|(c, f)| refine(*c, *f)).collect(), refine(coarse_norm, fine_norm))
        }
    }
}

/// Largest error of the first `count` values relative to each value, and of the norm.
fn compare(r: &dyn Relation, rule: Rule, count: usize) -> (f64, f64) {
    let exact = r.spectrum().unwrap();
    let (found, norm) = numerical(r, exact.kind(), rule, count);
    let errors = exact.values().iter().zip(&found).map(|(e, f)| ((e - f) / e).abs());
    (errors.fold(0.0, f64::max), (exact.norm() / norm - 1.0).abs())
}

/// Name, rule, number of values compared, tolerance of the values, tolerance of the norm.
const CASES: &[(&str, Rule, usize, f64, f64)] = &[
    ("gaussian-measure", Rule::Own(60), 12, 1e-9, 1e-12),
    ("von-mises", Rule::Own(64), 15, 1e-9, 1e-13),
    ("poisson", Rule::Own(128), 25, 1e-9, 1e-13),
    ("periodic-sobolev", Rule::Extrapolated(200), 11, 2e-6, 1e-6),
    ("periodic-sobolev-2", Rule::Extrapolated(200), 11, 2e-6, 1e-9),
    ("brownian", Rule::Extrapolated(200), 10, 1e-5, 1e-7),
    ("bridge", Rule::Extrapolated(200), 10, 1e-5, 1e-7),
    ("matern-12", Rule::Extrapolated(200), 10, 1e-5, 1e-7),
    ("matern-32", Rule::Extrapolated(200), 10, 1e-5, 1e-7),
    ("matern-52", Rule::Extrapolated(200), 10, 1e-5, 1e-7),
    ("polynomial", Rule::Own(10), 3, 1e-12, 1e-13),
    ("sinc", Rule::Own(40), 6, 1e-9, 1e-13),
    ("zonal-exp", Rule::Own(36), 49, 1e-9, 1e-13),
    ("arc-cosine-0", Rule::Extrapolated(200), 9, 1e-5, 1e-5),
    ("arc-cosine-1", Rule::Extrapolated(200), 9, 1e-5, 1e-7),
    ("abs-difference", Rule::Extrapolated(200), 10, 1e-5, 1e-7),
    ("negative-squared-distance", Rule::Own(10), 3, 1e-12, 1e-13),
    ("mehler", Rule::Own(60), 10, 1e-9, 1e-9),
    ("volterra", Rule::Extrapolated(200), 10, 1e-5, 1e-3),
    ("sign", Rule::Extrapolated(200), 10, 1e-5, 1e-3),
    ("difference", Rule::Own(10), 2, 1e-12, 1e-13),
    ("directed-distance", Rule::Extrapolated(200), 11, 1e-5, 1e-3),
    ("shifted-sine", Rule::Own(16), 2, 1e-12, 1e-13),
    ("exp-bilinear-gaussian", Rule::Own(32), 12, 1e-6, 1e-6),
    ("positive-part", Rule::Extrapolated(200), 10, 1e-5, 1e-7),
];

#[test]
fn every_spectrum_of_the_catalogue_is_compared() {
    let known: Vec<&str> =
        catalogue().iter().map(|e| e.name).filter(|n| relation(n).unwrap().spectrum().is_some()).collect();
    let compared: Vec<&str> = CASES.iter().map(|c| c.0).collect();
    assert_eq!(known, compared);
}

#[test]
fn closed_forms_agree_with_numerical_spectra() {
    let mut wrong = Vec::new();
    for (name, rule, count, tolerance, norm_tolerance) in CASES {
        let r = relation(name).unwrap();
        let (values, norm) = compare(&r, *rule, *count);
        println!("{name:28} values {values:9.2e}  norm {norm:9.2e}");
        if !(values <= *tolerance && norm <= *norm_tolerance) {
            wrong.push(format!(
                "{name}: values {values:.2e} > {tolerance:.0e} or norm {norm:.2e} > {norm_tolerance:.0e}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The same for other parameters and dimensions than the catalogue's.
#[test]
fn closed_forms_agree_for_other_parameters() {
    use catalogue::*;
    let ends = |a, b| Interval::new(a, b).unwrap();
    let general = Mat::from_fn(1, 1, |_, _| 1.0);
    let negative = Mat::from_fn(1, 1, |_, _| -0.2);
    let symmetric = Mat::from_fn(2, 2, |i, j| if i == j { 0.1 } else { 0.25 });
    let cases = [
        (gaussian_measure(1, 1.3, 0.8), Rule::Own(60), 10, 1e-9),
        (gaussian_measure(2, 1.0, 1.0), Rule::Own(32), 10, 1e-6),
        (von_mises(12.0), Rule::Own(128), 31, 1e-9),
        (poisson(0.2), Rule::Own(64), 11, 1e-9),
        (periodic_sobolev(3), Rule::Own(512), 11, 1e-9),
        (mehler(0.5), Rule::Own(60), 12, 1e-9),
        (matern(MaternOrder::Half, 0.3, 2.0), Rule::Extrapolated(200), 8, 1e-5),
        (matern(MaternOrder::ThreeHalves, 5.0, 0.5), Rule::Extrapolated(200), 8, 1e-5),
        (matern(MaternOrder::FiveHalves, 8.0, 1.0), Rule::Extrapolated(200), 8, 1e-5),
        (polynomial(5), Rule::Own(12), 6, 1e-9),
        (sinc(20.0), Rule::Own(60), 16, 1e-9),
        (zonal_exp(2, 4.0), Rule::Own(64), 21, 1e-9),
        (zonal_exp(4, 1.3), Rule::Own(16), 30, 1e-9),
        (negative_squared_distance(2), Rule::Own(6), 4, 1e-12),
        (difference(-1.0, 1.0), Rule::Own(4), 2, 1e-12),
        (shifted_sine(0.0), Rule::Own(8), 2, 1e-12),
        (exp_bilinear_gaussian(general, 0.5, 0.8), Rule::Own(80), 8, 1e-9),
        (exp_bilinear_gaussian(negative, 1.0, 1.0), Rule::Own(60), 8, 1e-9),
        (exp_bilinear_gaussian(symmetric, 1.0, 1.0), Rule::Own(28), 8, 1e-7),
    ];
    for (r, rule, count, tolerance) in cases {
        let r = r.unwrap();
        let (values, norm) = compare(&r, rule, count);
        println!("{:60} values {values:9.2e}  norm {norm:9.2e}", r.name());
        assert!(values <= tolerance, "{}: {values:.2e}", r.name());
        assert!(norm <= tolerance, "{}: norm {norm:.2e}", r.name());
    }
    assert!(exp_bilinear(1.0, ends(0.0, 1.0), ends(0.0, 1.0)).unwrap().spectrum().is_none());
}

/// On `S^2` and `S^4` the arc-cosine kernels have kinks on a sphere, where product rules converge
/// slowly; the one-dimensional integral of the Funk-Hecke formula, smooth in the angle, is the
/// oracle: `l_n = E kappa(t) P_n(t)`, with `t` the first coordinate of a uniform point.
#[test]
fn zonal_spectra_agree_with_funk_hecke_integrals() {
    for ambient in [3usize, 5, 8] {
        for (order, s) in [(Some(ArcCosineOrder::Zero), 0.0), (Some(ArcCosineOrder::One), 0.0), (None, 2.0)] {
            let r = match order {
                Some(order) => catalogue::arc_cosine(order, ambient),
                None => catalogue::zonal_exp(ambient, s),
            };
            let exact = r.unwrap().spectrum().unwrap();
            let kappa = |t: f64| match order {
                Some(ArcCosineOrder::Zero) => 1.0 - t.acos() / PI,
                Some(ArcCosineOrder::One) => ((1.0 - t * t).sqrt() + t * (PI - t.acos())) / PI,
                None => (s * t).exp(),
            };
            // Integrate in the angle with weight sin^(D-2); Gegenbauer polynomials normalised at 1
            // by their recurrence.
            let rule = relata_relations::gauss::gauss_legendre(200).unwrap();
            let (mut mass, mut integrals, mut square) = (0.0, [0.0; 7], 0.0);
            let alpha = (ambient as f64 - 2.0) / 2.0;
            for (x, w) in rule.nodes.iter().zip(&rule.weights) {
                let angle = 0.5 * PI * (1.0 + x);
                let (t, weight) = (angle.cos(), w * angle.sin().powi(ambient as i32 - 2));
                let (mut before, mut p) = (0.0, 1.0);
                for (l, integral) in integrals.iter_mut().enumerate() {
                    *integral += weight * kappa(t) * p;
                    let k = l as f64;
                    let next = (2.0 * (k + alpha) * t * p - k * before) / (k + 2.0 * alpha);
                    (before, p) = (p, next);
                }
                mass += weight;
                square += weight * kappa(t) * kappa(t);
            }
            // Each degree has C(l + D - 1, D - 1) - C(l + D - 3, D - 1) harmonics.
            let choose = |n: usize, k: usize| (0..k).fold(1usize, |c, i| c * (n - i) / (i + 1));
            for (l, integral) in integrals.iter().enumerate() {
                let value = integral / mass;
                let copies = choose(l + ambient - 1, ambient - 1)
                    - if l >= 2 { choose(l + ambient - 3, ambient - 1) } else { 0 };
                let found =
                    exact.values().iter().filter(|v| (**v - value).abs() < 1e-10 * exact.values()[0]).count();
                if value.abs() > 1e-9 {
                    assert_eq!(found, copies, "D = {ambient}, {order:?}, degree {l}: {value}");
                }
            }
            let norm = (square / mass).sqrt();
            assert!(
                (exact.norm() / norm - 1.0).abs() < 1e-9,
                "D = {ambient}, {order:?}: {} {norm}",
                exact.norm()
            );
        }
    }
}

fn close(found: f64, want: f64, tolerance: f64) {
    assert!((found - want).abs() <= tolerance, "{found} is not {want}");
}

fn spectrum(name: &str) -> Spectrum {
    relation(name).unwrap().spectrum().unwrap()
}

fn relative(s: &Spectrum, rank: usize) -> f64 {
    s.tail(rank) / s.norm()
}

/// Values from the literature notes of the project and from tables, to the digits given there.
#[test]
fn published_values() {
    let leading = |name: &str, want: &[f64], tolerance: f64| {
        for (v, w) in spectrum(name).values().iter().zip(want) {
            close(*v, *w, tolerance);
        }
    };
    leading("matern-12", &[0.967_447_023_9, 0.425_831_479_3, 0.195_104_456, 0.104_394_269_3], 1e-10);
    leading("matern-32", &[1.518_925_987_4, 0.362_580_385_3, 0.080_567_449_2, 0.022_479_585_1], 1e-10);
    leading(
        "sinc",
        &[0.995_885_49, 0.912_107_42, 0.519_054_84, 0.110_210_99, 0.008_827_876_4, 3.812_917_2e-4],
        6e-9,
    );
    leading(
        "polynomial",
        &[0.6 + (0.36f64 - 4.0 / 45.0).sqrt(), 2.0 / 3.0, 0.6 - (0.36f64 - 4.0 / 45.0).sqrt()],
        1e-14,
    );
    let (third, fifth) = (1.0 / 3.0, 0.2f64.sqrt());
    leading("negative-squared-distance", &[-third - fifth, 2.0 * third, fifth - third], 1e-14);
    leading("difference", &[12f64.sqrt().recip(); 2], 1e-15);
    leading("positive-part", &[1.875_104_1, 4.694_091_1, 7.854_757_4].map(|w: f64| w.powi(-2)), 1e-7);
    let abs = [2.0 / 2.399_357_280_5f64.powi(2), -2.0 / (PI * PI), -2.0 / 5.596_77f64.powi(2)];
    leading("abs-difference", &abs, 1e-7);
    // The golden ratio: sqrt(2a/A) = 0.618.. and b/A = 0.382.. for l = 1 against N(0, 1).
    let golden = 0.5 * (5f64.sqrt() - 1.0);
    leading("gaussian-measure", &[golden, golden.powi(3), golden.powi(5)], 1e-14);
}

#[test]
fn published_eckart_young_errors() {
    let (volterra, sign, brownian) = (spectrum("volterra"), spectrum("sign"), spectrum("brownian"));
    for (rank, want) in [
        (1, 0.435_24),
        (2, 0.315_23),
        (4, 0.224_50),
        (8, 0.159_05),
        (16, 0.112_52),
        (32, 0.079_57),
        (64, 0.056_27),
    ] {
        close(relative(&volterra, rank), want, 5.1e-6);
        close(relative(&sign, 2 * rank), want, 5.1e-6);
    }
    for (rank, want) in
        [(1, 0.120_273), (2, 0.047_943_9), (4, 0.017_643_4), (8, 0.006_308_12), (16, 0.002_236_72)]
    {
        close(relative(&brownian, rank), want, 5.1e-7);
    }
    let gaussian = spectrum("gaussian-measure");
    for rank in [1, 2, 5, 16] {
        let want = (1.5 - 1.25f64.sqrt()).powi(rank as i32);
        assert!((relative(&gaussian, rank) / want - 1.0).abs() < 1e-12);
    }
    // The attention kernel exp(beta cos angle) on the circle.
    let beta4 = catalogue::von_mises(4.0).unwrap().spectrum().unwrap();
    for (rank, want, digits) in
        [(1, 0.837, 5e-4), (3, 0.506, 5e-4), (5, 0.251, 5e-4), (9, 0.0362, 5e-5), (17, 1.46e-4, 5e-7)]
    {
        close(relative(&beta4, rank), want, digits);
    }
    let beta16 = catalogue::von_mises(16.0).unwrap().spectrum().unwrap();
    for (rank, want, digits) in [(9, 0.327, 5e-4), (17, 0.0503, 5e-5), (33, 1.09e-4, 5e-7)] {
        close(relative(&beta16, rank), want, digits);
    }
}

/// Sums over whole spectra have values of their own.
#[test]
fn sums_of_squares_and_traces() {
    let square = |name: &str| spectrum(name).norm().powi(2);
    close(square("volterra"), 0.5, 1e-14);
    close(square("sign"), 1.0, 1e-14);
    close(square("directed-distance"), 1.0 / 3.0, 1e-14);
    close(square("brownian"), 1.0 / 6.0, 1e-15);
    close(square("bridge"), 1.0 / 90.0, 1e-16);
    close(square("abs-difference"), 1.0 / 6.0, 1e-13);
    close(square("positive-part"), 1.0 / 12.0, 1e-13);
    close(square("gaussian-measure"), 5f64.sqrt().recip(), 1e-14);
    close(square("poisson"), 1.0 + 2.0 * 0.36 / (1.0 - 0.36), 1e-13);
    // The integral of the squared Matern kernel over a square of side 2: 2 int_0^2 (2 - t)
    // exp(-2ct)(..)^2 dt.
    let c = 1.4f64;
    close(square("matern-12"), 2.0 / c - (1.0 - (-4.0 * c).exp()) / (2.0 * c * c), 1e-12);
    // Traces are integrals of the diagonal.
    let trace = |name: &str| spectrum(name).values().iter().rev().sum::<f64>();
    close(trace("sinc"), 8.0 / PI, 1e-12);
    close(trace("zonal-exp"), 2f64.exp(), 1e-12);
    close(trace("matern-32"), 2.0, 1e-6);
    close(trace("matern-52"), 2.0, 1e-9);
}

/// The shared-encoder floor: `|a|^2` plus the squares of the negative eigenvalues of the symmetric
/// part.
#[test]
fn floors_of_indefinite_relations() {
    // Mehler with q = -1/2: q^2 / (1 - q^4) = 4/15.
    close(spectrum("mehler").positive_tail(1000).powi(2), 4.0 / 15.0, 1e-15);
    // |x - y|: all but the one positive eigenvalue is lost.
    let abs = spectrum("abs-difference");
    close(abs.positive_tail(1).powi(2), 1.0 / 6.0 - abs.values()[0].powi(2), 1e-13);
}

/// In many dimensions few degrees fit into the list; the norm is exact all the same: `E exp(2 s t)`
/// is the leading eigenvalue for `2 s`.
#[test]
fn remainders_of_zonal_spectra_are_exact() {
    for (ambient, s) in [(3, 2.0), (8, 12.0), (20, 30.0), (64, 40.0)] {
        let spectrum = |s| catalogue::zonal_exp(ambient, s).unwrap().spectrum().unwrap();
        let ratio = spectrum(s).norm().powi(2) / spectrum(2.0 * s).values()[0];
        assert!((ratio - 1.0).abs() < 1e-11, "D = {ambient}: {ratio}");
    }
}

/// Rank-d tails of `1[y < x]` and of Brownian motion in trigamma values.
#[test]
fn tails_in_closed_form() {
    for rank in [0usize, 1, 4, 9, 100, 999] {
        let want = relata_relations::special::trigamma(rank as f64 + 0.5) / (PI * PI);
        assert!((spectrum("volterra").tail(rank).powi(2) / want - 1.0).abs() < 1e-12, "{rank}");
    }
}
