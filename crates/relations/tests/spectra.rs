//! Closed-form spectra against numerical ones: the weighted matrix `W^(1/2) R W^(1/2)` on a quadrature.
//!
//! Smooth relations use Gauss or trapezoid rules, which converge to rounding; kinks and jumps use midpoints with `n` and `2 n` nodes and
//! one step of Richardson extrapolation, whose error is of order `(k / n)^4`. The tolerance of each comparison is stated.

use relata_relations::catalogue::{self, ArcCosineOrder, MaternOrder, catalogue, relation};
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
