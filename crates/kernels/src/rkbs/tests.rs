use super::*;
use crate::fast::{KernelProfile, ProfileKernel};
use crate::rkhs::feature_norm;
use faer::{Mat, mat};
use proptest::prelude::*;
use relata_relations::{Factors, Interval, Points, Relation, Seed, relation_fn};

fn random(rows: usize, columns: usize, name: &str) -> Mat<f64> {
    let mut s = Seed(9).stream(name);
    Mat::from_fn(rows, columns, |_, _| s.normal())
}

fn exponents() -> Vec<Exponent> {
    [1.0, 1.1, 1.5, 2.0, 3.0, 10.0, 40.0, f64::INFINITY].iter().map(|p| Exponent::new(*p).unwrap()).collect()
}

#[test]
fn one_equation_is_solved_by_hoelder() {
    let a = mat![[3.0, -1.0, 0.5, 2.0]];
    for p in exponents() {
        let m = min_norm(a.as_ref(), &[-6.0], p).unwrap();
        let exact = 6.0 / p.conjugate().norm(&[3.0, -1.0, 0.5, 2.0]);
        assert!((m.norm / exact - 1.0).abs() < 1e-10, "p = {}: {} {exact}", p.get(), m.norm);
    }
}

#[test]
fn the_norm_falls_with_p_and_is_certified() {
    let (a, b) = (random(7, 30, "a"), random(7, 1, "b"));
    let b: Vec<f64> = b.col(0).iter().copied().collect();
    let mut previous = f64::INFINITY;
    for p in exponents() {
        let m = min_norm(a.as_ref(), &b, p).unwrap();
        assert!(m.norm <= previous * (1.0 + 1e-9), "p = {}", p.get());
        assert!(m.norm - m.lower <= 1e-8 * m.norm && (p.norm(&m.v) - m.norm).abs() <= 1e-12 * m.norm);
        let residual: f64 = (0..7)
            .map(|i| ((0..30).map(|k| a[(i, k)] * m.v[k]).sum::<f64>() - b[i]).abs())
            .fold(0.0, f64::max);
        assert!(residual < 1e-11, "p = {}: {residual:e}", p.get());
        let functional: Vec<f64> = (0..30).map(|k| (0..7).map(|i| a[(i, k)] * m.dual[i]).sum()).collect();
        assert!((p.conjugate().norm(&functional) - 1.0).abs() < 1e-9);
        previous = m.norm;
        if p == Exponent::ONE {
            assert!(m.v.iter().filter(|x| **x != 0.0).count() <= 7);
        }
    }
}

#[test]
fn the_duality_map_of_an_interpolant_is_a_combination_of_features() {
    let pair =
        Rkbs::new(random(20, 12, "left"), random(9, 12, "right"), Exponent::new(3.0).unwrap()).unwrap();
    let (points, data) = ([0, 4, 7, 13], [1.0, -2.0, 0.3, 0.8]);
    for p in [1.3, 1.8, 2.0, 3.0, 6.0] {
        let p = Exponent::new(p).unwrap();
        let space = Rkbs::new(pair.features().0.to_owned(), pair.features().1.to_owned(), p).unwrap();
        let f = space.interpolate(&points, &data).unwrap();
        assert!(points.iter().zip(&data).all(|(i, y)| (f.values[*i] - y).abs() < 1e-10));
        let image = duality_map(&f.representer, p).unwrap();
        for k in 0..12 {
            let combination: f64 = (0..4).map(|i| space.features().0[(points[i], k)] * f.dual[i]).sum();
            assert!((image[k] - f.norm * combination).abs() < 1e-5 * f.norm, "p = {}", p.get());
        }
        // u = J(v) has <u, v> = |v|^2 and the same norm.
        let product: f64 = image.iter().zip(&f.representer).map(|(u, v)| u * v).sum();
        assert!((product - f.norm * f.norm).abs() < 1e-9 * product);
        assert!((p.conjugate().norm(&image) - f.norm).abs() < 1e-9 * f.norm);
    }
    assert!(matches!(duality_map(&[1.0], Exponent::ONE), Err(RkbsError::NoDualityMap(_))));
}

#[test]
fn at_p_two_the_left_space_is_the_hilbert_space_of_the_left_features() {
    // Condition numbers up to 1e4.
    for condition in [1.0f64, 1e2, 1e4] {
        let (u, v) = (random(25, 8, "u").qr().compute_thin_Q(), random(8, 8, "v").qr().compute_thin_Q());
        let s = |k: usize| condition.powf(-(k as f64) / 7.0);
        let phi = Mat::from_fn(25, 8, |i, k| u[(i, k)] * s(k)) * v.transpose();
        let w = random(8, 1, "w");
        let f: Vec<f64> = (&phi * &w).col(0).iter().copied().collect();
        let pair = Rkbs::new(phi.clone(), random(5, 8, "psi"), Exponent::TWO).unwrap();
        let (banach, hilbert) = (pair.left_norm(&f).unwrap().norm, feature_norm(phi.as_ref(), &f).unwrap());
        assert!((banach / hilbert - 1.0).abs() < 1e-10, "{condition}: {banach} {hilbert}");
        // Both are the norm of w, as the features have no annihilator.
        assert!((banach / w.norm_l2() - 1.0).abs() < 1e-9, "{condition}");
        // And sqrt(f^T K^+ f) for K = Phi Phi^T.
        let (values, vectors) = crate::matrix::eigh((&phi * phi.transpose()).as_ref()).unwrap();
        let kernel: f64 =
            (0..8).map(|k| (0..25).map(|i| vectors[(i, k)] * f[i]).sum::<f64>().powi(2) / values[k]).sum();
        assert!((banach / kernel.sqrt() - 1.0).abs() < 1e-7, "{condition}");
    }
}

#[test]
fn annihilators_are_quotiented_and_the_kernel_reproduces() {
    // Three features of which the left points see two.
    let left = Mat::from_fn(6, 3, |i, k| [1.0, i as f64, 1.0 + i as f64][k]);
    for p in exponents() {
        let pair = Rkbs::new(left.clone(), random(4, 3, "psi"), p).unwrap();
        assert_eq!(pair.annihilators().unwrap(), (1, 0));
        assert!(pair.reproducing_error().unwrap() < 1e-11, "p = {}", p.get());
        // f(i) = 1 + i: v = (0, 0, 1) + t (1, 1, -1), so min |v|_p = 1 for p = 1 and 1/2 for p =
        // infinity.
        let f: Vec<f64> = (0..6).map(|i| 1.0 + f64::from(i)).collect();
        let norm = pair.left_norm(&f).unwrap().norm;
        let exact = |t: f64| p.norm(&[t, t, 1.0 - t]);
        let best = (0..=100_000).map(|k| exact(f64::from(k) * 1e-5)).fold(f64::INFINITY, f64::min);
        assert!((norm - best).abs() < 1e-6 && norm <= best + 1e-9, "p = {}: {norm} {best}", p.get());
    }
    let pair = Rkbs::new(left, random(4, 3, "psi"), Exponent::TWO).unwrap();
    let reduced = pair.reduced().unwrap();
    assert!((reduced.kernel() - pair.kernel()).norm_max() < 1e-12);
    assert_eq!((reduced.annihilators().unwrap(), reduced.features().0.ncols()), ((0, 0), 2));
    assert!(matches!(pair.left_norm(&[1.0, 0.0, 0.0, 0.0, 0.0, 0.0]), Err(RkbsError::NotInSpace { .. })));
}

/// Two encoders on the line with polynomial features, mixed so that annihilators are not coordinate
/// axes.
struct Encoders {
    left: Mat<f64>,
    right: Mat<f64>,
}

impl Encoders {
    fn powers(x: &Points, mixed: &Mat<f64>) -> Mat<f64> {
        Mat::from_fn(x.len(), mixed.nrows(), |i, k| x.row(i)[0].powi(k as i32)) * mixed
    }
}

impl Factors for Encoders {
    fn rank(&self) -> usize {
        self.left.ncols()
    }
    fn phi(&self, x: &Points) -> Mat<f64> {
        Self::powers(x, &self.left)
    }
    fn psi(&self, y: &Points) -> Mat<f64> {
        Self::powers(y, &self.right)
    }
}

#[test]
fn encoders_become_spaces_and_spaces_encoders() {
    // Left features span four dimensions of seven, right ones five: two generic planes of these
    // dimensions meet in two, but as forms they pair with rank 4.
    let f = Encoders { left: random(4, 7, "mix left"), right: random(5, 7, "mix right") };
    let line = |n: usize| Points::line((0..n).map(|i| (i as f64 + 0.5) / n as f64).collect()).unwrap();
    let (x, y, new) = (line(30), line(25), line(17));
    let pair = Rkbs::of_encoders(&f, &x, &y, Exponent::new(1.5).unwrap()).unwrap();
    assert_eq!(pair.annihilators().unwrap(), (3, 2));
    let r = pair.reduction().unwrap();
    assert_eq!(r.rank(), 4);
    let singular = crate::matrix::singular_values(pair.kernel().as_ref()).unwrap();
    assert!((0..4).all(|k| (r.singular_values[k] / singular[k] - 1.0).abs() < 1e-10));
    // Away from the points the relation is the same.
    let (phi, psi) = (f.phi(&new), f.psi(&new));
    let back = (&phi * &r.left) * (&psi * &r.right).transpose();
    let exact = &phi * psi.transpose();
    assert!((&back - &exact).norm_max() < 1e-10 * exact.norm_max());
    let reduced = pair.reduced().unwrap();
    assert_eq!(reduced.annihilators().unwrap(), (0, 0));
    // Balanced: both sides have the singular values for Gram matrices.
    for side in [reduced.features().0, reduced.features().1] {
        let gram = side.transpose() * side;
        let off = Mat::from_fn(4, 4, |i, j| gram[(i, j)] - if i == j { singular[i] } else { 0.0 });
        assert!(off.norm_max() < 1e-10 * singular[0]);
    }
    assert!(pair.reproducing_error().unwrap() < 1e-9 && reduced.reproducing_error().unwrap() < 1e-9);
    // A section has at most the norm of the feature that represents it.
    for j in [0, 11, 24] {
        let section: Vec<f64> = pair.kernel().col(j).iter().copied().collect();
        let feature: Vec<f64> = pair.features().1.row(j).iter().copied().collect();
        let norm = pair.left_norm(&section).unwrap().norm;
        assert!(norm <= pair.exponent().norm(&feature) * (1.0 + 1e-9));
    }
}

#[test]
fn the_linear_representer_theorem_holds_for_some_kernels_and_not_for_others() {
    let nodes = Points::line(vec![0.05, 0.2, 0.35, 0.55, 0.7, 0.95]).unwrap();
    let fine = Points::line((1..1000).map(|i| f64::from(i) / 1000.0).collect()).unwrap();
    let of = |k: &dyn Relation| l1_representer_constant(k, &nodes, &fine).unwrap();
    let on =
        |f: fn(f64, f64) -> f64| relation_fn(Interval::unit(), Interval::unit(), move |x, y| f(x[0], y[0]));
    for r in [on(|x, y| x.min(y)), on(|x, y| x.min(y) - x * y), on(|x, y| (-(x - y).abs()).exp())] {
        let c = of(&r);
        assert!(c.holds() && c.value > 1.0 - 1e-8, "{c:?}");
    }
    let profile = |p: KernelProfile| of(&ProfileKernel::new(p, Interval::unit())).value;
    assert!(profile(KernelProfile::gaussian(0.3).unwrap()) > 1.1);
    assert!(profile(KernelProfile::matern32(0.5).unwrap()) > 1.1);
}

#[test]
fn bad_input_is_named() {
    assert!(matches!(Exponent::new(0.5), Err(RkbsError::Exponent(_))));
    assert!(matches!(Exponent::new(f64::NAN), Err(RkbsError::Exponent(_))));
    let wrong = Rkbs::new(Mat::zeros(2, 3), Mat::zeros(2, 2), Exponent::ONE);
    assert!(matches!(wrong, Err(RkbsError::Features { left: 3, right: 2 })));
    let pair = Rkbs::new(random(3, 4, "x"), random(2, 4, "y"), Exponent::ONE).unwrap();
    assert!(matches!(pair.interpolate(&[3], &[1.0]), Err(RkbsError::Index { index: 3, n: 3 })));
    assert!(matches!(pair.interpolate(&[0, 1], &[1.0]), Err(RkbsError::Matrix(_))));
    assert!(
        Exponent::ONE.conjugate() == Exponent::INFINITY && Exponent::INFINITY.conjugate() == Exponent::ONE
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn norms_are_norms(values in prop::collection::vec(-1.0f64..1.0, 40), v in prop::collection::vec(-1.0f64..1.0, 10), which in 0usize..8) {
        let p = exponents()[which];
        let a = Mat::from_fn(4, 10, |i, k| values[10 * i + k]);
        let f: Vec<f64> = (0..4).map(|i| (0..10).map(|k| a[(i, k)] * v[k]).sum()).collect();
        let system = |b: &[f64]| min_norm(a.as_ref(), b, p).unwrap().norm;
        let norm = system(&f);
        // At most the norm of the representer we know.
        prop_assert!(norm <= p.norm(&v) * (1.0 + 1e-9));
        let double: Vec<f64> = f.iter().map(|x| -2.0 * x).collect();
        prop_assert!((system(&double) - 2.0 * norm).abs() <= 1e-7 * norm);
        let other: Vec<f64> = (0..4).map(|i| a[(i, 0)] - 0.3 * a[(i, 5)]).collect();
        let sum: Vec<f64> = f.iter().zip(&other).map(|(a, b)| a + b).collect();
        prop_assert!(system(&sum) <= (norm + system(&other)) * (1.0 + 1e-7));
    }
}
