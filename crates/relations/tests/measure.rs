//! Error measures where the answers are known.

#![allow(clippy::unwrap_used)] // helpers of tests

use relata_relations::catalogue::relation;
use relata_relations::faer::Mat;
use relata_relations::special::trigamma;
use relata_relations::{
    Factors, HeldOut, Interval, MeasureError, Points, Quadrature, Relation, RelationError, Seed, Space,
    Sphere, evaluate, measure, measure_all, relation_fn,
};
use std::f64::consts::PI;
use std::num::NonZeroUsize;

fn size(n: usize) -> NonZeroUsize {
    NonZeroUsize::new(n).unwrap()
}

/// The first `rank` terms of an expansion `sum_k a_k u_k(x) v_k(y)` in sines and cosines of
/// `(k - 1/2) pi`.
struct Series {
    rank: usize,
    left: fn(f64) -> f64,
    right: fn(f64) -> f64,
    /// `a_k` from `(k - 1/2) pi`.
    coefficient: fn(f64) -> f64,
}

impl Series {
    fn mercer_of_brownian(rank: usize) -> Self {
        Self { rank, left: f64::sin, right: f64::sin, coefficient: |w| 2.0 / (w * w) }
    }

    fn schmidt_of_volterra(rank: usize) -> Self {
        Self { rank, left: f64::sin, right: f64::cos, coefficient: |w| 2.0 / w }
    }

    fn features(&self, at: &Points, f: fn(f64) -> f64) -> Mat<f64> {
        Mat::from_fn(at.len(), self.rank, |i, k| {
            let w = (k as f64 + 0.5) * PI;
            (self.coefficient)(w).sqrt() * f(w * at.row(i)[0])
        })
    }
}

impl Factors for Series {
    fn rank(&self) -> usize {
        self.rank
    }
    fn phi(&self, x: &Points) -> Mat<f64> {
        self.features(x, self.left)
    }
    fn psi(&self, y: &Points) -> Mat<f64> {
        self.features(y, self.right)
    }
}

#[test]
fn truncated_mercer_series_leave_the_tail() {
    let r = relation("brownian").unwrap();
    let spectrum = r.spectrum().unwrap();
    // The kink on the diagonal costs n^-2 at equal nodes; the norm of the residual is met to 1e-4.
    let rule = r.spaces().0.quadrature(size(600)).unwrap();
    for rank in [1, 2, 4, 8] {
        let at = HeldOut::Quadrature { x: rule.clone(), y: rule.clone() };
        let report = measure(&r, &Series::mercer_of_brownian(rank), &at).unwrap();
        assert!((report.l2 / spectrum.tail(rank) - 1.0).abs() < 1e-3, "{rank}: {}", report.l2);
        assert!((report.norm / spectrum.norm() - 1.0).abs() < 1e-5);
        assert!((report.relative_l2 - report.l2 / report.norm).abs() < 1e-15);
        assert_eq!((report.standard_error, report.sign_accuracy.is_some()), (None, true));
    }
}

/// At jumps the test nodes of `x` and `y` differ: here `400` and `401`.
#[test]
fn truncated_schmidt_series_of_a_jump_leave_the_tail() {
    let r = relation("volterra").unwrap();
    let spectrum = r.spectrum().unwrap();
    let rule = |n| r.spaces().0.quadrature(size(n)).unwrap();
    let at = HeldOut::Quadrature { x: rule(400), y: rule(401) };
    for rank in [1, 4, 16] {
        let report = measure(&r, &Series::schmidt_of_volterra(rank), &at).unwrap();
        assert!(
            (report.l2 / spectrum.tail(rank) - 1.0).abs() < 5e-3,
            "{rank}: {} {}",
            report.l2,
            spectrum.tail(rank)
        );
    }
}

#[test]
fn sampled_sup_norms_approach_the_exact_one() {
    // |min(x, y) - its Mercer series| is largest at x = y = 1, where it is 2 psi'(d + 1/2) / pi^2.
    let r = relation("brownian").unwrap();
    for rank in [1, 3, 6] {
        let series = Series::mercer_of_brownian(rank);
        let exact = 2.0 * trigamma(rank as f64 + 0.5) / (PI * PI);
        // A dense sample comes close and never exceeds it.
        let dense = r.spaces().0.sample(size(1500), &mut Seed(0).stream("dense"));
        let report = measure(&r, &series, &HeldOut::Sample { x: dense.clone(), y: dense }).unwrap();
        assert!(report.sup <= exact && report.sup > 0.9 * exact);
        let (x, y) = (report.sup_at.0[0], report.sup_at.1[0]);
        assert!(x > 0.9 && y > 0.9, "{x} {y}");
    }
}

/// `<x, y>` on the sphere, exactly.
struct Identity;

impl Factors for Identity {
    fn rank(&self) -> usize {
        3
    }
    fn phi(&self, x: &Points) -> Mat<f64> {
        x.as_mat().to_owned()
    }
    fn psi(&self, y: &Points) -> Mat<f64> {
        y.as_mat().to_owned()
    }
}

/// Over many repetitions the reported standard error is the spread of the estimate, and the
/// estimate is unbiased.
#[test]
fn standard_errors_are_the_spread_of_the_estimate() {
    const REPETITIONS: usize = 400;
    let r = relation("gaussian-shifted").unwrap();
    struct Constant;
    impl Factors for Constant {
        fn rank(&self) -> usize {
            1
        }
        fn phi(&self, x: &Points) -> Mat<f64> {
            Mat::from_fn(x.len(), 1, |i, _| 0.5 + 0.2 * x.row(i)[0])
        }
        fn psi(&self, y: &Points) -> Mat<f64> {
            Mat::from_fn(y.len(), 1, |i, _| 1.0 - 0.4 * y.row(i)[0])
        }
    }
    let rule = |n| r.spaces().0.quadrature(size(n)).unwrap();
    let exact =
        measure(&r, &Constant, &HeldOut::Quadrature { x: rule(40), y: rule(41) }).unwrap().relative_l2;
    for (n, m) in [(100, 100), (60, 300)] {
        let (mut sum, mut squares, mut variances) = (0.0, 0.0, 0.0);
        for k in 0..REPETITIONS {
            let mut stream = Seed(k as u64).stream("repetition");
            let (x, y) =
                (r.spaces().0.sample(size(n), &mut stream), r.spaces().1.sample(size(m), &mut stream));
            let report = measure(&r, &Constant, &HeldOut::Sample { x, y }).unwrap();
            sum += report.relative_l2 - exact;
            squares += (report.relative_l2 - exact).powi(2);
            variances += report.standard_error.unwrap().powi(2);
        }
        let k = REPETITIONS as f64;
        let spread = (squares / k - (sum / k).powi(2)).sqrt();
        let reported = (variances / k).sqrt();
        // The spread of 400 repetitions is known to 3.5 %.
        assert!((reported / spread - 1.0).abs() < 0.15, "{n} x {m}: {reported} {spread}");
        assert!(
            (sum / k).abs() < 4.0 * spread / k.sqrt() + spread * spread / exact,
            "{n} x {m}: bias {}",
            sum / k
        );
    }
}

#[test]
fn signs_and_zeros() {
    struct Order;
    impl Factors for Order {
        fn rank(&self) -> usize {
            2
        }
        fn phi(&self, x: &Points) -> Mat<f64> {
            Mat::from_fn(x.len(), 2, |i, k| if k == 0 { -x.row(i)[0] } else { 1.0 })
        }
        fn psi(&self, y: &Points) -> Mat<f64> {
            Mat::from_fn(y.len(), 2, |i, k| if k == 0 { 1.0 } else { y.row(i)[0] })
        }
    }
    // Width two decides every comparison; the diagonal, where sgn is 0, does not count.
    let r = relation("sign").unwrap();
    let points = r.spaces().0.sample(size(300), &mut Seed(1).stream("x"));
    let report = measure(&r, &Order, &HeldOut::Sample { x: points.clone(), y: points }).unwrap();
    assert!((report.sign_accuracy.unwrap() - 1.0).abs() < 1e-15);
    assert!(report.relative_l2 > 0.5);
    // A relation that vanishes has no signs, and no error relative to it but 0 or infinity.
    let zero = relation_fn(Interval::unit(), Interval::unit(), |_, _| 0.0);
    let rule = Interval::unit().quadrature(size(4)).unwrap();
    let report = measure(&zero, &Order, &HeldOut::Quadrature { x: rule.clone(), y: rule }).unwrap();
    assert_eq!(report.sign_accuracy, None);
    assert!(report.relative_l2.is_infinite());
}

#[test]
fn an_exact_inner_product_has_no_error() {
    let space = || Sphere::new(3).unwrap();
    let r = relation_fn(space(), space(), |x, y| x.iter().zip(y).map(|(a, b)| a * b).sum());
    let rule: Quadrature = space().quadrature(size(6)).unwrap();
    let report = measure(&r, &Identity, &HeldOut::Quadrature { x: rule.clone(), y: rule }).unwrap();
    // |<x, y>| in L2 is 1 / sqrt 3.
    assert!(
        report.relative_l2 < 1e-15 && report.sup < 1e-15 && (report.norm - 3f64.sqrt().recip()).abs() < 1e-14
    );
}

/// Feature maps that break their contract.
struct Broken {
    columns: usize,
    value: f64,
}

impl Factors for Broken {
    fn rank(&self) -> usize {
        2
    }
    fn phi(&self, x: &Points) -> Mat<f64> {
        Mat::from_fn(x.len(), self.columns, |_, _| self.value)
    }
    fn psi(&self, y: &Points) -> Mat<f64> {
        Mat::from_fn(y.len(), 2, |_, _| 1.0)
    }
}

#[test]
fn broken_inputs_are_typed_errors() {
    let r = relation("brownian").unwrap();
    let x = Points::line(vec![0.1, 0.6]).unwrap();
    let at = HeldOut::Sample { x: x.clone(), y: x.clone() };
    let fine = Broken { columns: 2, value: 0.0 };
    let narrow = Broken { columns: 1, ..fine };
    assert!(matches!(
        measure(&r, &narrow, &at),
        Err(MeasureError::Features { map: "phi", columns: 2, found_columns: 1, .. })
    ));
    let infinite = Broken { columns: 2, value: f64::INFINITY };
    assert!(matches!(measure(&r, &infinite, &at), Err(MeasureError::FeatureValue { map: "phi", .. })));
    let nan = relation_fn(Interval::unit(), Interval::unit(), |x, _| if x[0] > 0.5 { f64::NAN } else { 0.0 });
    match measure(&nan, &Series::mercer_of_brownian(1), &at) {
        Err(MeasureError::Relation(RelationError::NonFinite { x, .. })) => assert_eq!(x, vec![0.6]),
        other => panic!("{other:?}"),
    }
    let plane = Points::new(2, vec![0.0, 0.0]).unwrap();
    assert!(matches!(
        measure(&r, &fine_series(), &HeldOut::Sample { x: plane, y: x }),
        Err(MeasureError::Relation(RelationError::Dimension { side: "x", .. }))
    ));
}

fn fine_series() -> Series {
    Series::mercer_of_brownian(2)
}

/// Blocks of rows do not change the measurement.
#[test]
fn large_measurements_run_in_blocks() {
    let r = relation("brownian").unwrap();
    let stream = &mut Seed(5).stream("large");
    let (x, y) = (r.spaces().0.sample(size(3000), stream), r.spaces().1.sample(size(2500), stream));
    let series = Series::mercer_of_brownian(3);
    let report = measure(&r, &series, &HeldOut::Sample { x: x.clone(), y: y.clone() }).unwrap();
    let residual = evaluate(&r, &x, &y).unwrap() - series.phi(&x) * series.psi(&y).transpose();
    let l2 = residual.norm_l2() / (3000f64 * 2500.0).sqrt();
    assert!((report.l2 / l2 - 1.0).abs() < 1e-12);
    assert!((report.sup - residual.norm_max()).abs() < 1e-15);
}

/// Measuring several inner products at once is measuring each.
#[test]
fn measuring_together_is_measuring_one_by_one() {
    let r = relation("brownian").unwrap();
    let series = [1, 3].map(Series::mercer_of_brownian);
    let all: Vec<&dyn Factors> = series.iter().map(|s| s as &dyn Factors).collect();
    let rule = |n| r.spaces().0.quadrature(size(n)).unwrap();
    let at = HeldOut::Quadrature { x: rule(30), y: rule(31) };
    let together = measure_all(&r, &all, &at).unwrap();
    for (k, one) in series.iter().enumerate() {
        assert_eq!(together[k], measure(&r, one, &at).unwrap());
    }
    assert!(together[1].l2 < together[0].l2);
}
