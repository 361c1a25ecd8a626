//! What combinators, decompositions and approximations must keep, on random kernels and random
//! points.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::float_cmp)]

use faer::Mat;
use proptest::prelude::*;
use relata_kernels::fast::{KernelProfile, ProfileKernel};
use relata_kernels::{Psd, conditionally_negative_test, gram, psd_test, psd_test_on, schmidt};
use relata_relations::catalogue::{catalogue, relation};
use relata_relations::{
    Cube, Definiteness, FiniteSet, Gaussian, Points, Quadrature, Relation, Seed, Space, SpectralComponent,
    Symmetry, exponential_of, matrix_relation, normalised, pointwise_product, polynomial_of, pullback_shared,
    relation_fn, scale, schoenberg, spectral_mixture, sum, tensor_product, transpose,
};
use std::num::NonZeroUsize;
use std::sync::Arc;

fn square() -> Cube {
    Cube::new(2, 0.0, 1.0).unwrap()
}

fn size(n: usize) -> NonZeroUsize {
    NonZeroUsize::new(n).unwrap()
}

/// Kernels on the unit square of every kind of profile.
fn kernel(which: usize, parameter: f64) -> Arc<dyn Relation> {
    let profile = match which {
        0 => KernelProfile::gaussian(parameter),
        1 => KernelProfile::exponential(parameter),
        2 => KernelProfile::matern32(parameter),
        3 => KernelProfile::matern52(parameter),
        4 => KernelProfile::cauchy(parameter),
        5 => KernelProfile::inverse_multiquadric(parameter),
        6 => KernelProfile::polynomial(1 + (3.0 * parameter) as u32, parameter),
        _ => KernelProfile::exp_dot(parameter),
    };
    Arc::new(ProfileKernel::new(profile.unwrap(), square()))
}

fn cloud(n: usize, dim: usize, seed: u64) -> Points {
    Cube::new(dim, 0.0, 1.0).unwrap().sample(size(n), &mut Seed(seed).stream("properties"))
}

/// The distance to a power `0 < a <= 2`, which is conditionally negative (Schoenberg 1938).
fn distance_power(a: f64) -> impl Relation {
    let power =
        move |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(a, b)| (a - b).powi(2)).sum::<f64>().powf(0.5 * a);
    relation_fn(square(), square(), power).conditionally_negative().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn combinators_of_kernels_are_kernels(
        a in 0usize..8, b in 0usize..8, s in 0.2f64..1.5, t in 0.2f64..1.5, c in prop::collection::vec(0.0f64..2.0, 4),
        power in 0.3f64..2.0, seed in 0u64..1000,
    ) {
        let (k, l) = (kernel(a, s), kernel(b, t));
        let fold = |x: &[f64]| vec![x[0] * x[1], (x[0] - x[1]).abs()];
        let bumps = SpectralComponent { weight: c[0] + 0.1, mean: vec![s, -t], sd: vec![t, 0.0] };
        let made: Vec<(&str, Arc<dyn Relation>)> = vec![
            ("sum", Arc::new(sum(k.clone(), l.clone()).unwrap())),
            ("product", Arc::new(pointwise_product(k.clone(), l.clone()).unwrap())),
            ("multiple", Arc::new(scale(c[1], k.clone()).unwrap())),
            ("polynomial", Arc::new(polynomial_of(&c, k.clone()).unwrap())),
            ("exponential", Arc::new(exponential_of(scale(0.3, l.clone()).unwrap()))),
            ("normalised", Arc::new(normalised(sum(k.clone(), l.clone()).unwrap()).unwrap())),
            ("schoenberg", Arc::new(schoenberg(s, distance_power(power)).unwrap())),
            ("pullback", Arc::new(pullback_shared(k.clone(), square(), fold))),
            ("mixture", Arc::new(spectral_mixture(square(), &[bumps]).unwrap())),
            ("transpose", Arc::new(transpose(k.clone()))),
        ];
        let x = cloud(24, 2, seed);
        for (what, r) in made {
            prop_assert_eq!(r.definiteness(), Definiteness::PositiveSemidefinite, "{}", what);
            prop_assert_eq!(r.symmetry(), Symmetry::Symmetric);
            prop_assert!(psd_test_on(r.as_ref(), &x).unwrap().holds(), "{} of {} and {}", what, k.name(), l.name());
        }
        let tensor = tensor_product(vec![k, l]).unwrap();
        prop_assert_eq!(tensor.definiteness(), Definiteness::PositiveSemidefinite);
        prop_assert!(psd_test_on(&tensor, &cloud(24, 4, seed)).unwrap().holds());
    }

    #[test]
    fn conditionally_negative_relations_stay_so_and_give_kernels(power in 0.3f64..2.0, c in 0.1f64..3.0, seed in 0u64..1000) {
        let x = cloud(20, 2, seed);
        let both = sum(distance_power(power), scale(c, distance_power(0.5 * power)).unwrap()).unwrap();
        prop_assert!(conditionally_negative_test(gram(&both, &x).unwrap().as_ref()).unwrap().holds());
        prop_assert!(psd_test_on(&schoenberg(c, both).unwrap(), &x).unwrap().holds());
    }

    #[test]
    fn what_is_no_kernel_is_not_called_one_and_has_a_witness(a in 0usize..6, s in 0.1f64..0.6, seed in 0u64..1000) {
        // On its diagonal a kernel minus twice itself is negative.
        let k = kernel(a, s);
        let difference = sum(k.clone(), scale(-2.0, k).unwrap()).unwrap();
        prop_assert_ne!(difference.definiteness(), Definiteness::PositiveSemidefinite);
        let x = cloud(12, 2, seed);
        let verdict = psd_test_on(&difference, &x).unwrap();
        let Psd::Indefinite(w) = verdict else { panic!("not refused: {verdict:?}") };
        let g = gram(&difference, &x).unwrap();
        let form: f64 = (0..12).map(|i| (0..12).map(|j| w.vector[i] * w.vector[j] * g[(i, j)]).sum::<f64>()).sum();
        prop_assert!(form < 0.0 && (form - w.value).abs() <= 1e-12 * w.value.abs());
    }

    #[test]
    fn singular_values_do_not_see_a_unitary_change_of_one_side(values in prop::collection::vec(-1.0f64..1.0, 9 * 7), angles in prop::collection::vec(-3.0f64..3.0, 21)) {
        let a = Mat::from_fn(9, 7, |i, j| values[7 * i + j]);
        // A product of rotations of all pairs of coordinates of the right side.
        let mut q = Mat::<f64>::identity(7, 7);
        let pairs = (0..7usize).flat_map(|i| (i + 1..7).map(move |j| (i, j)));
        for ((i, j), angle) in pairs.zip(&angles) {
            let (sin, cos) = angle.sin_cos();
            for row in 0..7 {
                let (u, v) = (q[(row, i)], q[(row, j)]);
                (q[(row, i)], q[(row, j)]) = (cos * u - sin * v, sin * u + cos * v);
            }
        }
        let side = |n: usize| Quadrature::equal_weights(Points::line((0..n).map(|i| i as f64).collect()).unwrap(), n as f64).unwrap();
        let rules = [&side(9), &side(7)];
        let (r, turned) = (matrix_relation(a.clone()).unwrap(), matrix_relation(&a * &q).unwrap());
        let (s, t) = (schmidt(&r, rules).unwrap(), schmidt(&turned, rules).unwrap());
        for k in 0..7 {
            prop_assert!((s.values[k] - t.values[k]).abs() < 1e-12);
            // Left functions stay where the value is simple, right ones turn with the side.
            let gap = (0..7).filter(|&l| l != k).map(|l| (s.values[k] - s.values[l]).abs()).fold(f64::INFINITY, f64::min);
            if gap > 1e-3 && s.values[k] > 1e-3 {
                let left = (s.left.col(k) - t.left.col(k)).norm_l2();
                let right = (q.transpose() * s.right.col(k) - t.right.col(k)).norm_l2();
                prop_assert!(left < 1e-9 && right < 1e-9, "{left:e} {right:e} {gap}");
            }
        }
    }
}

#[test]
fn transposing_swaps_the_sides_of_a_schmidt_decomposition() {
    for entry in catalogue() {
        let r = relation(entry.name).unwrap();
        let (x, y) = r.spaces();
        if x.axes() > 2 || y.axes() > 2 {
            continue;
        }
        let n = if x.axes() > 1 { 7 } else { 30 };
        let q = [&x.quadrature(size(n)).unwrap(), &y.quadrature(size(n + 1)).unwrap()];
        let (s, t) = (schmidt(&r, q).unwrap(), schmidt(&transpose(r.clone()), [q[1], q[0]]).unwrap());
        let largest = s.values[0];
        for (a, b) in s.values.iter().zip(&t.values) {
            assert!((a - b).abs() < 1e-13 * largest * s.values.len() as f64, "{}: {a} {b}", entry.name);
        }
        // The projections on the leading space agree up to sides; where the leading value is simple
        // that is the function.
        if s.values[0] - s.values[1] > 1e-3 * largest {
            let sign = (s.left[(0, 0)] * t.right[(0, 0)]).signum();
            let worst = (0..q[0].len()).map(|i| (s.left[(i, 0)] - sign * t.right[(i, 0)]).abs());
            let scale = s.left.col(0).norm_max();
            assert!(worst.fold(0.0, f64::max) < 1e-9 * scale, "{}", entry.name);
        }
    }
}

#[test]
fn a_rotation_of_one_argument_keeps_the_singular_values() {
    // exp(-|x - Q y|^2 / 2) with y normal: the law of Q y is that of y, so the spectrum is that of
    // the kernel itself.
    let plane = || Gaussian::new(2).unwrap();
    let (sin, cos) = 0.7f64.sin_cos();
    let turned = relation_fn(plane(), plane(), move |x, y| {
        let z = [cos * y[0] - sin * y[1], sin * y[0] + cos * y[1]];
        (-0.5 * ((x[0] - z[0]).powi(2) + (x[1] - z[1]).powi(2))).exp()
    });
    let q = plane().quadrature(size(32)).unwrap();
    let s = schmidt(&turned, [&q, &q]).unwrap();
    // Golden ratio: (1 - g) g^n in one dimension with g = 0.381966, products in two.
    let g = (3.0 - 5f64.sqrt()) / 2.0;
    let exact = |n: i32| (1.0 - g).powi(2) * g.powi(n);
    for (k, n) in [(0, 0), (1, 1), (2, 1), (3, 2), (5, 2), (6, 3)] {
        assert!((s.values[k] / exact(n) - 1.0).abs() < 1e-6, "{k}: {} {}", s.values[k], exact(n));
    }
    assert_eq!(turned.symmetry(), Symmetry::Asymmetric);
}

#[test]
fn gram_matrices_are_exactly_symmetric_and_finite_sets_restrict() {
    let (k, x) = (kernel(2, 0.4), cloud(300, 2, 5));
    let g = gram(k.as_ref(), &x).unwrap();
    assert!((0..300).all(|j| (0..j).all(|i| g[(i, j)] == g[(j, i)])));
    assert!(psd_test(g.as_ref()).unwrap().holds());
    let finite = FiniteSet::uniform(x.clone());
    let whole = finite.quadrature(size(1)).unwrap();
    let trace: f64 = schmidt(k.as_ref(), [&whole, &whole]).unwrap().values.iter().sum();
    // k(x, x) = 1 and weights that add up to 1.
    assert!((trace - 1.0).abs() < 1e-12);
}
