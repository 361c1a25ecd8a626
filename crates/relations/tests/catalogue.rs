//! What the catalogue says of its relations is true of their values.

#![allow(clippy::unwrap_used)] // helpers of tests

use proptest::prelude::*;
use relata_relations::catalogue::{self, ArcCosineOrder, CatalogueError, MaternOrder, catalogue, relation};
use relata_relations::faer::{Mat, Side, mat};
use relata_relations::{
    Definiteness, FnRelation, Interval, Points, Regularity, Relation, RelationError, Seed, Space, Symmetry,
    evaluate, same_space,
};
use std::num::NonZeroUsize;
use std::sync::Arc;

fn all() -> impl Iterator<Item = Arc<dyn Relation>> {
    catalogue().iter().map(|e| e.build().unwrap())
}

fn draws(space: &dyn Space, n: usize, seed: u64) -> Points {
    space.sample(NonZeroUsize::new(n).unwrap(), &mut Seed(seed).stream("points"))
}

#[test]
fn entries_are_distinct_and_describe_what_they_build() {
    assert!(catalogue().len() >= 36);
    let mut names: Vec<&str> = catalogue().iter().map(|e| e.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), catalogue().len());
    for e in catalogue() {
        let r = e.build().unwrap();
        assert_eq!(r.name(), e.name);
        assert_eq!((r.symmetry(), r.definiteness()), (e.symmetry, e.definiteness), "{}", e.name);
        assert_ne!(r.regularity(), Regularity::Unknown, "{}", e.name);
        assert!(![e.formula, e.spaces, e.source].contains(&""), "{}", e.name);
        if e.symmetry != Symmetry::Asymmetric {
            assert!(same_space(r.spaces().0, r.spaces().1), "{}", e.name);
        }
    }
}

#[test]
fn unknown_names_are_errors_with_suggestions() {
    for (wrong, right) in [
        ("brownain", "brownian"),
        ("guassian-8d", "gaussian-8d"),
        ("matern12", "matern-12"),
        ("volterr", "volterra"),
    ] {
        match relation(wrong).unwrap_err() {
            CatalogueError::Unknown { suggestions, .. } => assert_eq!(suggestions[0], right),
            other => panic!("{other}"),
        }
    }
}

/// Relations whose quadratic form is nonnegative have Gram matrices without negative eigenvalues,
/// up to rounding; the indefinite ones show a negative eigenvalue, and the conditionally negative
/// ones are so on sums to zero.
#[test]
fn gram_matrices_have_the_signs_that_are_declared() {
    for r in all() {
        if r.symmetry() != Symmetry::Symmetric {
            continue;
        }
        let x = draws(r.spaces().0, 60, 1);
        let mut gram = evaluate(&r, &x, &x).unwrap();
        if r.definiteness() == Definiteness::ConditionallyNegative {
            // Centring restricts the form to coefficients that sum to 0.
            let n = gram.nrows();
            let centre = Mat::from_fn(n, n, |i, j| f64::from(u8::from(i == j)) - 1.0 / n as f64);
            gram = &centre * &gram * &centre * -1.0;
        }
        let values = gram.self_adjoint_eigenvalues(Side::Lower).unwrap();
        let (low, high) = (values[0], values[values.len() - 1]);
        match r.definiteness() {
            Definiteness::Indefinite => {
                assert!(low < -1e-3 * high && high > 0.0, "{}: {low} {high}", r.name());
            }
            _ => assert!(low >= -1e-13 * high * 60.0, "{}: {low} {high}", r.name()),
        }
    }
}

/// Known bounds are nearly attained: the constants are not only valid but good.
#[test]
fn lipschitz_constants_are_sharp_where_they_are_closed_forms() {
    for (name, slack) in [
        ("gaussian", 1.02),
        ("von-mises", 1.02),
        ("poisson", 1.02),
        ("periodic-sobolev-2", 1.02),
        ("matern-32", 1.02),
        ("matern-52", 1.02),
        ("gaussian-shifted", 1.02),
        ("smooth-order", 1.05),
        ("shifted-sine", 1.02),
        ("sobolev of order 3", 1.02),
        ("difference", 1.0 + 1e-9),
        ("abs-difference", 1.0 + 1e-9),
        ("tanh", 1.5),
        ("polynomial", 1.05),
    ] {
        let of_order_three = || Arc::new(catalogue::periodic_sobolev(3).unwrap()) as Arc<dyn Relation>;
        let r = if name == "sobolev of order 3" { of_order_three() } else { relation(name).unwrap() };
        let (sx, sy) = r.spaces();
        let n = NonZeroUsize::new(400).unwrap();
        let (x, y) = (sx.covering(n).unwrap().points, sy.covering(n).unwrap().points);
        let values = evaluate(&r, &x, &y).unwrap();
        let mut steepest = 0.0f64;
        for i in 0..399 {
            for j in 0..399 {
                for (i2, j2) in [(i + 1, j), (i, j + 1), (i + 1, j + 1)] {
                    let step = (x.row(i2)[0] - x.row(i)[0]).hypot(y.row(j2)[0] - y.row(j)[0]);
                    steepest = steepest.max((values[(i2, j2)] - values[(i, j)]).abs() / step);
                }
                let step = (x.row(i + 1)[0] - x.row(i)[0]).hypot(y.row(j + 1)[0] - y.row(j)[0]);
                steepest = steepest.max((values[(i + 1, j)] - values[(i, j + 1)]).abs() / step);
            }
        }
        let l = r.lipschitz().unwrap();
        assert!(steepest <= l * (1.0 + 1e-9) && l <= steepest * slack, "{name}: {steepest} {l}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn symmetry_is_true_of_values(seed in any::<u64>()) {
        for r in all() {
            let sign = match r.symmetry() {
                Symmetry::Symmetric => 1.0,
                Symmetry::Antisymmetric => -1.0,
                Symmetry::Asymmetric => continue,
            };
            let (x, y) = (draws(r.spaces().0, 5, seed), draws(r.spaces().0, 4, seed ^ 1));
            let (there, back) = (evaluate(&r, &x, &y).unwrap(), evaluate(&r, &y, &x).unwrap());
            let gap = (&there - back.transpose() * sign).norm_max();
            prop_assert!(gap <= 1e-13 * there.norm_max(), "{}: {}", r.name(), gap);
        }
    }

    #[test]
    fn lipschitz_constants_are_never_violated(seed in any::<u64>(), shrink in -12i32..1) {
        for r in all() {
            let Some(l) = r.lipschitz() else { continue };
            let (sx, sy) = r.spaces();
            let (x, y) = (draws(sx, 6, seed), draws(sy, 6, seed ^ 1));
            let values = evaluate(&r, &x, &y).unwrap();
            // Far pairs, and near ones on the segment towards another point where the space is
            // convex.
            let pull = |p: &Points, k: usize| {
                let t = 2f64.powi(shrink);
                let n = p.len();
                let rows: Vec<Vec<f64>> = (0..n)
                    .map(|i| p.row(i).iter().zip(p.row((i + k) % n)).map(|(a, b)| a + t * (b - a)).collect())
                    .collect();
                Points::from_rows(&rows).unwrap()
            };
            let on_sphere = sx.name().starts_with("S^");
            let (x2, y2) = if on_sphere { (draws(sx, 6, seed ^ 2), draws(sy, 6, seed ^ 3)) } else { (pull(&x, 1), pull(&y, 2)) };
            let moved = evaluate(&r, &x2, &y2).unwrap();
            let square = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>();
            for i in 0..6 {
                for j in 0..6 {
                    let step = (square(x.row(i), x2.row(i)) + square(y.row(j), y2.row(j))).sqrt();
                    let rise = (values[(i, j)] - moved[(i, j)]).abs();
                    prop_assert!(rise <= l * step * (1.0 + 1e-9) + 1e-13 * values.norm_max(), "{}: {} {}", r.name(), rise, step);
                }
            }
        }
    }

    #[test]
    fn constructors_accept_their_range(u in 0.05f64..5.0, v in 0.05f64..0.95) {
        let built: Vec<FnRelation> = vec![
            catalogue::gaussian(2, u), catalogue::gaussian_measure(1, u, v), catalogue::von_mises(u), catalogue::poisson(v),
            catalogue::mehler(-v), catalogue::smooth_order(v), catalogue::tanh(u, v), catalogue::sinc(u),
            catalogue::zonal_exp(4, u), catalogue::gaussian_shifted(u, -v), catalogue::kl_divergence(3, 0.3 * v),
            catalogue::matern(MaternOrder::FiveHalves, u, v), catalogue::shifted_sine(u),
        ].into_iter().collect::<Result<_, _>>().unwrap();
        for r in built {
            let (sx, sy) = r.spaces();
            let (x, y) = (draws(sx, 4, 7), draws(sy, 4, 8));
            prop_assert!(evaluate(&r, &x, &y).is_ok());
            if let Some(s) = r.spectrum() {
                prop_assert!(s.norm() > 0.0 && s.values().len() > 1);
            }
        }
    }
}

#[test]
fn parameters_out_of_range_are_typed_errors() {
    let parameter = |e: Result<FnRelation, RelationError>| match e.unwrap_err() {
        RelationError::Parameter { parameter, .. } => parameter,
        other => panic!("{other}"),
    };
    assert_eq!(parameter(catalogue::gaussian(1, 0.0)), "length scale");
    assert_eq!(parameter(catalogue::gaussian(1, f64::NAN)), "length scale");
    assert_eq!(parameter(catalogue::gaussian_measure(1, -1.0, 1.0)), "length scale");
    assert_eq!(parameter(catalogue::von_mises(1e9)), "kappa");
    assert_eq!(parameter(catalogue::poisson(1.0)), "a");
    assert_eq!(parameter(catalogue::periodic_sobolev(4)), "order");
    assert_eq!(parameter(catalogue::mehler(1.0)), "q");
    assert_eq!(parameter(catalogue::matern(MaternOrder::Half, -1.0, 1.0)), "rate");
    assert_eq!(parameter(catalogue::matern(MaternOrder::Half, 1.0, f64::INFINITY)), "half width");
    assert_eq!(parameter(catalogue::polynomial(0)), "degree");
    assert_eq!(parameter(catalogue::smooth_order(0.0)), "scale");
    assert_eq!(parameter(catalogue::shifted_sine(f64::NAN)), "phase");
    assert_eq!(parameter(catalogue::kl_divergence(3, 0.0)), "floor");
    assert_eq!(parameter(catalogue::exp_bilinear(1e6, Interval::unit(), Interval::unit())), "c");
    assert_eq!(parameter(catalogue::exp_bilinear_cube(8, -1.0)), "scale");
    assert_eq!(
        parameter(catalogue::exp_bilinear_gaussian(mat![[0.6]], 1.0, 1.0)),
        "largest singular value of sd_x sd_y M"
    );
    assert_eq!(parameter(catalogue::exp_bilinear_gaussian(mat![[f64::NAN]], 1.0, 1.0)), "matrix");
    assert_eq!(parameter(catalogue::tanh(0.0, 0.0)), "slope");
    assert_eq!(parameter(catalogue::sinc(1e4)), "bandwidth");
    assert_eq!(parameter(catalogue::zonal_exp(3, 0.0)), "s");
    assert_eq!(parameter(catalogue::arc_cosine(ArcCosineOrder::One, 1000)), "ambient dimension");
    assert!(matches!(catalogue::kl_divergence(3, 0.4), Err(RelationError::Space(_))));
    assert!(matches!(catalogue::gaussian(0, 1.0), Err(RelationError::Space(_))));
    assert!(matches!(catalogue::zonal_exp(1, 1.0), Err(RelationError::Space(_))));
}

/// Values computed by hand.
#[test]
fn values_at_chosen_points() {
    let at = |name: &str, x: &[f64], y: &[f64]| {
        let points = |v: &[f64]| Points::new(v.len(), v.to_vec()).unwrap();
        evaluate(&*relation(name).unwrap(), &points(x), &points(y)).unwrap()[(0, 0)]
    };
    let cases: &[(&str, &[f64], &[f64], f64)] = &[
        ("volterra", &[0.7], &[0.2], 1.0),
        ("volterra", &[0.2], &[0.7], 0.0),
        ("volterra", &[0.5], &[0.5], 0.5),
        ("sign", &[0.2], &[0.7], 1.0),
        ("sign", &[0.5], &[0.5], 0.0),
        ("directed-distance", &[0.9], &[0.1], 0.2),
        ("directed-distance", &[0.1], &[0.9], 0.8),
        ("directed-distance", &[0.3], &[0.3], 0.5),
        ("difference", &[0.75], &[0.5], 0.25),
        ("positive-part", &[0.5], &[0.75], 0.0),
        ("positive-part", &[0.75], &[0.5], 0.25),
        ("brownian", &[0.3], &[0.6], 0.3),
        ("bridge", &[0.5], &[0.5], 0.25),
        ("poisson", &[0.25], &[0.25], 4.0),
        ("periodic-sobolev", &[0.0], &[0.5], 1.0 - std::f64::consts::PI.powi(2) / 6.0),
        ("periodic-sobolev-2", &[0.5], &[0.5], 1.0 + std::f64::consts::PI.powi(4) / 45.0),
        ("polynomial", &[1.0], &[1.0], 4.0),
        ("sinc", &[0.5], &[0.5], 4.0 / std::f64::consts::PI),
        ("arc-cosine-0", &[1.0, 0.0], &[0.0, 1.0], 0.5),
        ("arc-cosine-1", &[1.0, 0.0], &[0.0, 1.0], std::f64::consts::FRAC_1_PI),
        ("arc-cosine-1", &[0.0, 1.0], &[0.0, 1.0], 1.0),
        ("zonal-exp", &[0.0, 0.0, 1.0], &[0.0, 0.0, -1.0], (-2.0f64).exp()),
        ("kl-divergence", &[0.5, 0.25, 0.25], &[0.25, 0.25, 0.5], 0.25 * 2f64.ln()),
        ("kl-divergence", &[0.2, 0.3, 0.5], &[0.2, 0.3, 0.5], 0.0),
        ("exp-bilinear", &[-0.5], &[0.5], (-0.5f64).exp()),
        ("gaussian-shifted", &[0.2], &[0.5], 1.0),
        ("smooth-order", &[0.5], &[0.5], 0.5),
        ("negative-squared-distance", &[-1.0], &[1.0], -4.0),
        ("matern-32", &[0.0], &[1.0], 2.4 * (-1.4f64).exp()),
        ("smooth-asymmetric-8d", &[0.0; 8], &[0.0; 8], 0.5f64.sin()),
        ("smooth-asymmetric-2d", &[0.0, 0.0], &[0.0, 0.0], 0.5),
        ("exp-bilinear-gaussian", &[1.0, 0.0], &[0.0, 1.0], 0.25f64.exp()),
        ("gaussian-8d", &[0.5; 8], &[0.0; 8], (-1.0f64).exp()),
        ("exp-bilinear-8d", &[0.5; 8], &[0.5; 8], 0.5f64.sqrt().exp()),
    ];
    for (name, x, y, want) in cases {
        let got = at(name, x, y);
        assert!((got - want).abs() < 1e-14 * (1.0 + want.abs()), "{name}: {got} {want}");
    }
}

/// Near the diagonal and near the antipodes the inner product says half of the angle's digits only.
#[test]
fn arc_cosine_kernels_keep_their_digits_at_every_angle() {
    use std::f64::consts::PI;
    let circle = |a: f64| Points::new(2, vec![a.cos(), a.sin()]).unwrap();
    for start in [0.0, 0.3, 1.0, 2.2, 4.0] {
        for d in [0.0, 1e-12, 1e-8, 1e-4, 0.1, 0.7, 1.5, 2.4, 2.6, PI - 1e-7, PI] {
            for (name, want) in
                [("arc-cosine-0", 1.0 - d / PI), ("arc-cosine-1", (d.sin() + (PI - d) * d.cos()) / PI)]
            {
                let got =
                    evaluate(&*relation(name).unwrap(), &circle(start), &circle(start + d)).unwrap()[(0, 0)];
                // The coordinates, and `start + d`, are rounded to 1e-15.
                assert!((got - want).abs() < 1e-15, "{name} at {start} + {d}: {got} {want}");
            }
        }
    }
}

#[test]
fn divergence_has_rank_four_and_refuses_the_boundary() {
    let r = relation("kl-divergence").unwrap();
    let (x, y) = (draws(r.spaces().0, 40, 1), draws(r.spaces().1, 40, 2));
    let values = evaluate(&r, &x, &y).unwrap();
    let singular = values.singular_values().unwrap();
    assert!(singular[3] > 1e-6 * singular[0] && singular[4] < 1e-13 * singular[0], "{:?}", &singular[..6]);
    assert!((0..40).all(|i| (0..40).all(|j| values[(i, j)] >= 0.0)));
    let edge = Points::new(3, vec![0.0, 0.5, 0.5]).unwrap();
    assert!(matches!(evaluate(&r, &edge, &x), Err(RelationError::Domain { .. })));
}

/// The relations without structure are neither symmetric nor products of functions of the
/// coordinates' pairs.
#[test]
fn the_non_separable_relations_are_not_separable() {
    for name in ["smooth-asymmetric-2d", "smooth-asymmetric-8d"] {
        let r = relation(name).unwrap();
        assert!(r.tensor_factors().is_none());
        let p = r.spaces().0.dim();
        let x = draws(r.spaces().0, 30, 1);
        let gram = evaluate(&r, &x, &x).unwrap();
        let skew = (&gram - gram.transpose()).norm_l2() / gram.norm_l2();
        assert!(skew > 0.1, "{name}: {skew}");
        // For a product, moving coordinate pair 1 and pair 2 would multiply: r(a, b) r(0, 0) = r(a,
        // 0) r(0, b) pairwise.
        let point = |first: f64, second: f64| {
            let mut v = vec![0.1; p];
            (v[0], v[1]) = (first, second);
            v
        };
        let value = |a: f64, b: f64| {
            let at = Points::new(p, point(a, b)).unwrap();
            evaluate(&r, &at, &at).unwrap()[(0, 0)]
        };
        let gap = value(0.9, 0.8) * value(-0.5, -0.6) - value(0.9, -0.6) * value(-0.5, 0.8);
        assert!(gap.abs() > 1e-2, "{name}: {gap}");
    }
}

/// `docs/catalogue.md` is this list; with `RELATA_WRITE_CATALOGUE` set the test writes it.
#[test]
fn the_page_lists_the_catalogue() {
    let mut page = String::from(
        "# The catalogue\n\nEvery named relation with its default parameters. `relata_relations::catalogue::relation(name)` builds one; the functions of that module take other parameters. \
         A spectrum in closed form is marked.\n\n| name | `r(x, y)` | on | what it is | spectrum | source |\n|---|---|---|---|---|---|\n",
    );
    for e in catalogue() {
        let what = match (e.definiteness, e.symmetry) {
            (Definiteness::PositiveSemidefinite, _) => "kernel",
            (Definiteness::ConditionallyNegative, _) => "conditionally negative",
            (Definiteness::Indefinite, _) => "symmetric, indefinite",
            (_, Symmetry::Antisymmetric) => "antisymmetric",
            _ => "asymmetric",
        };
        let known = if e.build().unwrap().spectrum().is_some() { "exact" } else { "" };
        let formula = e.formula.replace('|', "\\|");
        page += &format!("| `{}` | `{formula}` | {} | {what} | {known} | {} |\n", e.name, e.spaces, e.source);
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/catalogue.md");
    if std::env::var_os("RELATA_WRITE_CATALOGUE").is_some() {
        std::fs::write(path, &page).unwrap();
    }
    let there = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        there == page,
        "docs/catalogue.md is not the catalogue: run this test with RELATA_WRITE_CATALOGUE=1"
    );
}
