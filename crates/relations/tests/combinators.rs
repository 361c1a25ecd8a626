//! Relations from closures and their combinations.

#![allow(clippy::unwrap_used)] // helpers of tests

use proptest::prelude::*;
use relata_relations::catalogue::{self, catalogue, relation};
use relata_relations::faer::{Mat, mat};
use relata_relations::{
    Cube, Definiteness, FiniteSet, FnRelation, Interval, Points, PointsError, Regularity, Relation,
    RelationError, Seed, Space, SpectralComponent, Spectrum, Symmetry, antisymmetric_part, evaluate,
    exponential_of, matrix_relation, matrix_relation_on, normalised, pointwise_product, polynomial_of,
    pullback, pullback_shared, relation_fn, restrict, same_space, scale, schoenberg, spectral_mixture, sum,
    symmetric_part, tensor_product, transpose,
};
use std::num::NonZeroUsize;
use std::sync::Arc;

fn draws(space: &dyn Space, n: usize, name: &str) -> Points {
    space.sample(NonZeroUsize::new(n).unwrap(), &mut Seed(11).stream(name))
}

fn on(r: &dyn Relation, n: usize, m: usize) -> (Points, Points, Mat<f64>) {
    let (sx, sy) = r.spaces();
    let (x, y) = (draws(sx, n, "x"), draws(sy, m, "y"));
    let values = evaluate(r, &x, &y).unwrap();
    (x, y, values)
}

fn assert_close(a: &Mat<f64>, b: &Mat<f64>, tolerance: f64) {
    assert_eq!((a.nrows(), a.ncols()), (b.nrows(), b.ncols()));
    let largest = (a - b).norm_max();
    assert!(largest <= tolerance * (1.0 + a.norm_max()), "{largest}");
}

fn named(name: &str) -> Arc<dyn Relation> {
    relation(name).unwrap()
}

/// Relations between one space and itself: parts and combinations make sense for all of them.
fn on_one_space() -> Vec<Arc<dyn Relation>> {
    let all = catalogue().iter().map(|e| e.build().unwrap());
    all.filter(|r| same_space(r.spaces().0, r.spaces().1)).collect()
}

#[test]
fn transposing_twice_changes_nothing() {
    for e in catalogue() {
        let r = e.build().unwrap();
        let t = transpose(r.clone());
        let (x, y, values) = on(&r, 7, 9);
        assert_close(&evaluate(&t, &y, &x).unwrap(), &values.transpose().to_owned(), 0.0);
        let back = transpose(t);
        assert_close(&evaluate(&back, &x, &y).unwrap(), &values, 0.0);
        assert_eq!(back.symmetry(), r.symmetry());
        assert_eq!(back.spectrum(), r.spectrum());
        assert_eq!(back.lipschitz(), r.lipschitz());
    }
}

#[test]
fn the_parts_add_up() {
    for r in on_one_space() {
        let (s, a) = (symmetric_part(r.clone()).unwrap(), antisymmetric_part(r.clone()).unwrap());
        assert_eq!((s.symmetry(), a.symmetry()), (Symmetry::Symmetric, Symmetry::Antisymmetric));
        let (x, y, values) = on(&r, 8, 6);
        let whole = sum(s.clone(), a.clone()).unwrap();
        assert_close(&evaluate(&whole, &x, &y).unwrap(), &values, 1e-14);
        let mirrored = evaluate(&s, &y, &x).unwrap();
        assert_close(&evaluate(&s, &x, &y).unwrap(), &mirrored.transpose().to_owned(), 1e-14);
        let mirrored = evaluate(&a, &y, &x).unwrap();
        assert_close(&evaluate(&a, &x, &y).unwrap(), &(-mirrored.transpose()), 1e-14);
        // A part that is all of r keeps its spectrum, one that is nothing has norm 0.
        match r.symmetry() {
            Symmetry::Symmetric => {
                assert_eq!(s.spectrum(), r.spectrum());
                assert!(a.spectrum().unwrap().norm() <= 0.0);
            }
            Symmetry::Antisymmetric => {
                assert_eq!(a.spectrum(), r.spectrum());
                assert!(s.spectrum().unwrap().norm() <= 0.0);
            }
            Symmetry::Asymmetric => assert_eq!((s.spectrum(), a.spectrum()), (None, None)),
        }
    }
}

#[test]
fn sums_products_and_multiples_have_those_values() {
    let (a, b) = (named("brownian"), named("volterra"));
    let (x, y, va) = on(&a, 9, 5);
    let vb = evaluate(&b, &x, &y).unwrap();
    assert_close(&evaluate(&sum(a.clone(), b.clone()).unwrap(), &x, &y).unwrap(), &(&va + &vb), 0.0);
    let product = Mat::from_fn(9, 5, |i, j| va[(i, j)] * vb[(i, j)]);
    assert_close(&evaluate(&pointwise_product(a.clone(), b).unwrap(), &x, &y).unwrap(), &product, 0.0);
    assert_close(&evaluate(&scale(-2.5, a).unwrap(), &x, &y).unwrap(), &(&va * -2.5), 1e-16);
}

#[test]
fn metadata_is_kept_where_it_is_a_theorem() {
    let (brownian, bridge, sign, difference) =
        (named("brownian"), named("bridge"), named("sign"), named("difference"));
    use Definiteness::{Asymmetric, Indefinite, PositiveSemidefinite};
    let facts = |r: FnRelation| (r.symmetry(), r.definiteness());
    let both = sum(brownian.clone(), bridge.clone()).unwrap();
    assert_eq!(both.lipschitz(), Some(2.0));
    assert_eq!(both.regularity(), Regularity::Kink);
    assert_eq!(facts(both), (Symmetry::Symmetric, PositiveSemidefinite));
    assert_eq!(facts(sum(brownian.clone(), sign.clone()).unwrap()), (Symmetry::Asymmetric, Asymmetric));
    assert_eq!(facts(sum(sign.clone(), difference.clone()).unwrap()), (Symmetry::Antisymmetric, Asymmetric));
    let abs = named("abs-difference");
    assert_eq!(sum(abs.clone(), abs.clone()).unwrap().definiteness(), Definiteness::ConditionallyNegative);
    assert_eq!(facts(sum(abs, brownian.clone()).unwrap()), (Symmetry::Symmetric, Indefinite));
    let kernels = pointwise_product(brownian.clone(), bridge).unwrap();
    assert_eq!(facts(kernels), (Symmetry::Symmetric, PositiveSemidefinite));
    let square = pointwise_product(difference.clone(), sign).unwrap();
    assert_eq!(facts(square.clone()), (Symmetry::Symmetric, Indefinite));
    assert_eq!(square.lipschitz(), None);
    assert_eq!(facts(scale(-1.0, brownian.clone()).unwrap()), (Symmetry::Symmetric, Indefinite));
    assert_eq!(facts(scale(0.5, brownian.clone()).unwrap()), (Symmetry::Symmetric, PositiveSemidefinite));
    let flipped = scale(-3.0, brownian.clone()).unwrap().spectrum().unwrap();
    let unit = brownian.spectrum().unwrap();
    assert!((flipped.values()[0] + 3.0 * unit.values()[0]).abs() < 1e-15);
    assert!((flipped.positive_tail(5) - 3.0 * unit.norm()).abs() < 1e-15);
    assert_eq!(scale(2.0, named("sign")).unwrap().regularity(), Regularity::Jump { size: 4.0 });
}

#[test]
fn lipschitz_constants_of_products_hold() {
    let product = pointwise_product(named("brownian"), named("difference")).unwrap();
    let l = product.lipschitz().unwrap();
    // sup |min| = 1 and sup |x - y| = 1, with constants 1 and sqrt 2; the sups are rounded up by
    // the grid.
    assert!(l >= 1.0 + 2f64.sqrt() && l < 1.1 * (1.0 + 2f64.sqrt()), "{l}");
    let factor: Arc<dyn Relation> = Arc::new(catalogue::gaussian(1, 1.0).unwrap());
    let tensor = tensor_product(vec![factor; 3]).unwrap();
    let closed = catalogue::gaussian(3, 1.0).unwrap().lipschitz().unwrap();
    // One coordinate at a time is sqrt 3 looser than the radial bound, besides the grid.
    let ratio = tensor.lipschitz().unwrap() / closed;
    assert!((1.0..1.1 * 3f64.sqrt()).contains(&ratio), "{ratio}");
}

#[test]
fn mismatched_spaces_are_refused() {
    let (a, b) = (named("brownian"), named("gaussian"));
    for error in [
        sum(a.clone(), b.clone()).unwrap_err(),
        pointwise_product(a.clone(), b).unwrap_err(),
        symmetric_part(named("exp-bilinear")).unwrap_err(),
        antisymmetric_part(named("exp-bilinear")).unwrap_err(),
        scale(f64::NAN, a.clone()).unwrap_err(),
        tensor_product(Vec::new()).unwrap_err(),
    ] {
        assert!(matches!(error, RelationError::Combination { .. }), "{error}");
    }
    let message = sum(a, named("matern-12")).unwrap_err().to_string();
    assert!(message.contains("[0, 1]") && message.contains("[-1, 1] (Lebesgue)"), "{message}");
}

#[test]
fn restriction_keeps_values_and_the_kernel_property() {
    let brownian = named("brownian");
    let points = Points::line(vec![0.1, 0.4, 0.7, 1.0]).unwrap();
    let set = FiniteSet::uniform(points.clone());
    let r = restrict(brownian.clone(), set.clone(), set.clone()).unwrap();
    assert_eq!(r.definiteness(), Definiteness::PositiveSemidefinite);
    assert_close(
        &evaluate(&r, &points, &points).unwrap(),
        &evaluate(&brownian, &points, &points).unwrap(),
        0.0,
    );
    let other = FiniteSet::uniform(Points::line(vec![0.2]).unwrap());
    let r = restrict(brownian.clone(), set.clone(), other).unwrap();
    assert_eq!((r.symmetry(), r.definiteness()), (Symmetry::Asymmetric, Definiteness::Asymmetric));
    let outside = FiniteSet::uniform(Points::line(vec![0.2, 3.0]).unwrap());
    let error = restrict(brownian.clone(), set.clone(), outside).unwrap_err();
    assert!(matches!(&error, RelationError::Domain { point, .. } if point == &[3.0]), "{error}");
    let flat = FiniteSet::uniform(Points::new(2, vec![0.0, 0.0]).unwrap());
    assert!(matches!(restrict(brownian, set, flat), Err(RelationError::Dimension { side: "y", .. })));
}

#[test]
fn pullbacks_evaluate_at_the_image() {
    let brownian = named("brownian");
    let disc = Cube::new(2, -0.5, 0.5).unwrap();
    let radius = |x: &[f64]| vec![x[0].hypot(x[1])];
    let r = pullback_shared(brownian.clone(), disc.clone(), radius);
    assert_eq!((r.symmetry(), r.definiteness()), (Symmetry::Symmetric, Definiteness::PositiveSemidefinite));
    let (x, y, values) = on(&r, 6, 7);
    for i in 0..6 {
        for j in 0..7 {
            let want = radius(x.row(i))[0].min(radius(y.row(j))[0]);
            assert!((values[(i, j)] - want).abs() < 1e-16);
        }
    }
    let mixed = pullback(brownian.clone(), disc.clone(), radius, Interval::unit(), |t| vec![1.0 - t[0]]);
    assert_eq!(mixed.symmetry(), Symmetry::Asymmetric);
    let lost = pullback_shared(brownian.clone(), disc.clone(), |x| vec![x[0] + 7.0]);
    let (p, _, _) = on(&r, 3, 3);
    assert!(matches!(evaluate(&lost, &p, &p), Err(RelationError::Domain { .. })));
    let wrong = pullback_shared(brownian, disc, |x| x.to_vec());
    assert!(matches!(evaluate(&wrong, &p, &p), Err(RelationError::Domain { .. })));
}

#[test]
fn tensor_products_multiply_values_and_spectra() {
    let (a, b) = (named("brownian"), named("difference"));
    let t = tensor_product(vec![a.clone(), b.clone(), a.clone()]).unwrap();
    assert_eq!(t.symmetry(), Symmetry::Antisymmetric);
    assert_eq!(t.tensor_factors().unwrap().len(), 3);
    let (x, y, values) = on(&t, 5, 4);
    let part = |r: &Arc<dyn Relation>, k: usize| {
        evaluate(r, &x.coordinates(k..k + 1).unwrap(), &y.coordinates(k..k + 1).unwrap()).unwrap()
    };
    let (u, v, w) = (part(&a, 0), part(&b, 1), part(&a, 2));
    assert_close(&values, &Mat::from_fn(5, 4, |i, j| u[(i, j)] * v[(i, j)] * w[(i, j)]), 1e-16);
    let (sa, sb, st) = (a.spectrum().unwrap(), b.spectrum().unwrap(), t.spectrum().unwrap());
    assert!((st.norm() - sa.norm() * sa.norm() * sb.norm()).abs() < 1e-16);
    assert!((st.values()[0] - sa.values()[0].powi(2) * sb.values()[0]).abs() < 1e-16);
    assert!((st.values()[1] - st.values()[0]).abs() < 1e-16);
    // Two antisymmetric factors make a symmetric relation; kernels make kernels.
    assert_eq!(tensor_product(vec![b.clone(), b.clone()]).unwrap().symmetry(), Symmetry::Symmetric);
    assert_eq!(
        tensor_product(vec![a.clone(), a]).unwrap().definiteness(),
        Definiteness::PositiveSemidefinite
    );
    assert_eq!(transpose(t).tensor_factors().unwrap().len(), 3);
}

/// The catalogue's relations in eight dimensions say that they are tensor products: they are.
#[test]
fn tensor_factors_multiply_to_the_relation() {
    for e in catalogue() {
        let r = e.build().unwrap();
        let Some(factors) = r.tensor_factors() else { continue };
        let (x, y, values) = on(&r, 6, 5);
        let t = tensor_product(factors).unwrap();
        assert_close(&evaluate(&t, &x, &y).unwrap(), &values, 1e-13);
        assert_eq!(t.spaces().0.dim(), r.spaces().0.dim());
        assert!((t.spaces().0.mass() - r.spaces().0.mass()).abs() < 1e-15);
    }
    let r = catalogue::gaussian_measure(3, 1.0, 0.7).unwrap();
    assert!(r.tensor_factors().is_some() && r.spectrum().is_some());
}

#[test]
fn matrices_are_relations() {
    let r = matrix_relation(mat![[0.0, 2.0, 3.0], [-2.0, 0.0, 1.0], [-3.0, -1.0, 0.0]]).unwrap();
    assert_eq!(r.symmetry(), Symmetry::Antisymmetric);
    let points = Points::line(vec![2.0, 0.0]).unwrap();
    assert_close(&evaluate(&r, &points, &points).unwrap(), &mat![[0.0, -3.0], [3.0, 0.0]], 0.0);
    for bad in [0.5, -1.0, 3.0] {
        let error = evaluate(&r, &points, &Points::line(vec![bad]).unwrap()).unwrap_err();
        assert!(matches!(&error, RelationError::Domain { point, .. } if point == &[bad]), "{error}");
    }
    let wide = matrix_relation(Mat::from_fn(2, 5, |i, j| (i + j) as f64)).unwrap();
    assert_eq!(wide.symmetry(), Symmetry::Asymmetric);
    assert!(matrix_relation(Mat::zeros(0, 3)).is_err());
    let error = matrix_relation(mat![[1.0, f64::NAN]]).unwrap_err();
    assert!(matches!(error, RelationError::NonFinite { row: 0, column: 1, .. }));
    // Weights make another space.
    let heavy = FiniteSet::new(Points::line(vec![0.0, 1.0]).unwrap(), vec![1.0, 3.0]).unwrap();
    let plain = FiniteSet::indices(2).unwrap();
    let identity = Mat::<f64>::identity(2, 2);
    let r = matrix_relation_on(heavy.clone(), plain.clone(), identity.clone()).unwrap();
    assert_eq!(r.symmetry(), Symmetry::Asymmetric);
    assert_eq!(
        matrix_relation_on(heavy.clone(), heavy.clone(), identity.clone()).unwrap().symmetry(),
        Symmetry::Symmetric
    );
    let shifted = FiniteSet::uniform(Points::line(vec![1.0, 2.0]).unwrap());
    assert!(matches!(matrix_relation_on(shifted, plain, identity), Err(RelationError::Combination { .. })));
}

#[test]
fn a_closure_that_returns_nan_names_the_point() {
    let r = relation_fn(Interval::unit(), Interval::unit(), |x, y| (x[0] - y[0]).sqrt()).named("root");
    let x = Points::line(vec![0.5, 0.25]).unwrap();
    let y = Points::line(vec![0.125, 0.375]).unwrap();
    let error = evaluate(&r, &x, &y).unwrap_err();
    match &error {
        RelationError::NonFinite { relation, row: 1, column: 1, x, y, .. } => {
            assert_eq!((relation.as_str(), x.as_slice(), y.as_slice()), ("root", &[0.25][..], &[0.375][..]));
        }
        other => panic!("{other}"),
    }
    assert!(error.to_string().contains("0.25") && error.to_string().contains("0.375"));
}

#[test]
fn wrong_dimensions_and_empty_point_sets_are_errors() {
    let r = named("gaussian-8d");
    let (p, line) = (draws(r.spaces().0, 3, "x"), Points::line(vec![0.0]).unwrap());
    match evaluate(&r, &p, &line).unwrap_err() {
        RelationError::Dimension { side: "y", expected: 8, found: 1, .. } => {}
        other => panic!("{other}"),
    }
    assert_eq!(Points::new(1, Vec::new()), Err(PointsError::Empty));
    assert_eq!(Points::new(0, vec![1.0]), Err(PointsError::ZeroDimension));
    assert!(matches!(
        Points::from_rows(&[vec![1.0], vec![1.0, 2.0]]),
        Err(PointsError::RowLength { row: 1, .. })
    ));
}

#[test]
fn false_declarations_are_found_out() {
    let unit = Interval::unit;
    let difference = || relation_fn(unit(), unit(), |x, y| x[0] - y[0]);
    assert!(difference().antisymmetric().is_ok());
    for error in [
        difference().symmetric().unwrap_err(),
        relation_fn(unit(), unit(), |x, y| x[0].min(y[0])).antisymmetric().unwrap_err(),
        relation_fn(unit(), Interval::new(0.0, 2.0).unwrap(), |x, y| x[0] * y[0]).symmetric().unwrap_err(),
        relation_fn(unit(), unit(), |x, y| (x[0] - y[0]).abs()).positive_semidefinite().unwrap_err(),
        difference().with_lipschitz(1.0).unwrap_err(),
        difference().with_lipschitz(f64::NAN).unwrap_err(),
    ] {
        assert!(matches!(error, RelationError::Combination { .. }), "{error}");
    }
    let kernel = relation_fn(unit(), unit(), |x, y| x[0].min(y[0])).positive_semidefinite().unwrap();
    assert_eq!(kernel.definiteness(), Definiteness::PositiveSemidefinite);
    // The norm of min(x, y) is 1 / sqrt(6): one eigenvalue 1 is not its spectrum.
    let flat = Spectrum::eigenvalues(vec![1.0], 0.0, 0.0).unwrap();
    let flat = kernel.clone().with_spectrum(flat);
    assert!(flat.spectrum().is_none() && flat.checked_spectrum().unwrap_err().to_string().contains("norm"));
    let own = named("brownian").spectrum().unwrap();
    assert_eq!(kernel.with_spectrum(own.clone()).spectrum(), Some(own));
}

proptest! {
    #[test]
    fn combination_is_linear(c in -3.0f64..3.0, d in -3.0f64..3.0, i in 0usize..4, j in 0usize..4) {
        let names = ["brownian", "volterra", "difference", "positive-part"];
        let (a, b) = (named(names[i]), named(names[j]));
        let combined = sum(scale(c, a.clone()).unwrap(), scale(d, b.clone()).unwrap()).unwrap();
        let (x, y, va) = on(&a, 4, 3);
        let vb = evaluate(&b, &x, &y).unwrap();
        let want = Mat::from_fn(4, 3, |i, j| c * va[(i, j)] + d * vb[(i, j)]);
        prop_assert!((evaluate(&combined, &x, &y).unwrap() - want).norm_max() < 1e-14);
        // The parts are linear as well.
        let part = antisymmetric_part(combined).unwrap();
        let (pa, pb) = (antisymmetric_part(a).unwrap(), antisymmetric_part(b).unwrap());
        let (va, vb) = (evaluate(&pa, &x, &y).unwrap(), evaluate(&pb, &x, &y).unwrap());
        let want = Mat::from_fn(4, 3, |i, j| c * va[(i, j)] + d * vb[(i, j)]);
        prop_assert!((evaluate(&part, &x, &y).unwrap() - want).norm_max() < 1e-14);
    }
}

#[test]
fn functions_of_relations_have_those_values_and_stay_kernels() {
    let (kernel, difference, distance) = (named("gaussian"), named("difference"), named("abs-difference"));
    let (x, y, k) = on(&kernel, 6, 5);
    let each = |f: &dyn Fn(f64) -> f64, m: &Mat<f64>| Mat::from_fn(6, 5, |i, j| f(m[(i, j)]));
    let cubic = polynomial_of(&[1.0, 0.0, 2.0, 0.5], kernel.clone()).unwrap();
    assert_close(
        &evaluate(&cubic, &x, &y).unwrap(),
        &each(&|v| 1.0 + 2.0 * v * v + 0.5 * v * v * v, &k),
        1e-15,
    );
    assert_eq!(cubic.definiteness(), Definiteness::PositiveSemidefinite);
    assert_eq!(polynomial_of(&[1.0, -1.0], kernel.clone()).unwrap().definiteness(), Definiteness::Indefinite);
    assert_eq!(
        polynomial_of(&[0.0, 1.0, 0.0, 2.0], difference.clone()).unwrap().symmetry(),
        Symmetry::Antisymmetric
    );
    assert_eq!(polynomial_of(&[1.0, 0.0, 2.0], difference.clone()).unwrap().symmetry(), Symmetry::Symmetric);
    assert_eq!(polynomial_of(&[1.0, 1.0], difference.clone()).unwrap().symmetry(), Symmetry::Asymmetric);
    let exponential = exponential_of(kernel.clone());
    assert_close(&evaluate(&exponential, &x, &y).unwrap(), &each(&f64::exp, &k), 1e-15);
    assert_eq!(exponential.definiteness(), Definiteness::PositiveSemidefinite);
    let laplace = schoenberg(2.0, distance).unwrap();
    assert_eq!(laplace.definiteness(), Definiteness::PositiveSemidefinite);
    // |x - y| <= 1 and its constant is sqrt 2: no better than sqrt 2 * 2 by the chain rule, no
    // worse than with exp(2 sup).
    assert!(laplace.lipschitz().unwrap() >= 2.0 * 2f64.sqrt());
    let cosine = normalised(named("brownian")).unwrap();
    let (p, _, values) = on(&cosine, 4, 4);
    let gram = evaluate(&cosine, &p, &p).unwrap();
    assert!((0..4).all(|i| (gram[(i, i)] - 1.0).abs() < 1e-15) && values.norm_max() <= 1.0 + 1e-15);
    assert!(normalised(difference).is_err());
    assert!(
        polynomial_of(&[], kernel.clone()).is_err() && polynomial_of(&[f64::NAN], kernel.clone()).is_err()
    );
    assert!(schoenberg(0.0, kernel).is_err());
    // A single component without width is a cosine.
    let wave = SpectralComponent { weight: 2.0, mean: vec![0.5], sd: vec![0.0] };
    let mixture = spectral_mixture(Interval::unit(), std::slice::from_ref(&wave)).unwrap();
    let (x, y, values) = on(&mixture, 6, 5);
    for i in 0..6 {
        for j in 0..5 {
            let want = 2.0 * (std::f64::consts::PI * (x.row(i)[0] - y.row(j)[0])).cos();
            assert!((values[(i, j)] - want).abs() < 1e-14);
        }
    }
    assert!(spectral_mixture(Cube::new(2, 0.0, 1.0).unwrap(), &[wave]).is_err());
    assert!(spectral_mixture(Interval::unit(), &[]).is_err());
}
