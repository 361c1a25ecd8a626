//! False declarations, numbers at the ends of the range, relations that are called alike: a typed
//! error, or a claim on the right side of the truth.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use faer::{Mat, MatMut};
use relata_kernels::cost::{ErrorNorm, Hypothesis};
use relata_networks::{
    Activation, Affine, Block, CertifyError, CertifyParams, ConstructError, Mlp, MlpConfig, NetworkError,
    RelationNet, Skip, Trainable, certify, certify_l2, construct, construct_low_rank, construct_ridges,
    construct_waves, readout,
};
use relata_relations::special::trigamma;
use relata_relations::{
    Bracket, Cube, Definiteness, Enclosure, FnRelation, Interval, Points, Regularity, Relation,
    RelationError, RidgeFeatures, RidgeProfile, Ridges, Seed, Space, Symmetry, catalogue, evaluate,
    relation_fn, tensor_product,
};
use std::f64::consts::PI;
use std::num::NonZeroUsize;
use std::sync::Arc;

fn found(r: &dyn Relation, net: &RelationNet) -> f64 {
    let n = NonZeroUsize::new(700).unwrap();
    let x = r.spaces().0.sample(n, &mut Seed(7).stream("x"));
    let y = r.spaces().1.sample(n, &mut Seed(8).stream("y"));
    (evaluate(r, &x, &y).unwrap() - net.evaluate(&x, &y)).norm_max()
}

fn layer(weight: Mat<f64>, bias: Vec<f64>, activation: Activation) -> Block {
    Block { affine: Affine::new(weight, bias), activation, skip: Skip::None, training: Trainable::Free }
}

fn constant(value: f64) -> Mlp {
    Mlp::new(vec![], Affine::new(Mat::zeros(1, 1), vec![value])).unwrap()
}

/// `a sin(w x)`.
fn wave(w: f64, a: f64) -> Mlp {
    let block = layer(Mat::from_fn(1, 1, |_, _| w), vec![0.0], Activation::Sine);
    Mlp::new(vec![block], Affine::new(Mat::from_fn(1, 1, |_, _| a), vec![0.0])).unwrap()
}

fn zero() -> FnRelation {
    let unit = Interval::unit();
    relation_fn(unit.clone(), unit, |_, _| 0.0)
        .positive_semidefinite()
        .unwrap()
        .with_enclosure(|_, _| Enclosure::constant(0.0))
        .unwrap()
        .with_regularity(Regularity::Smooth)
}

type OnBoxes = fn(&[Enclosure], &[Enclosure]) -> Enclosure;

/// A relation of one's own, which nothing has checked.
#[derive(Clone)]
struct Own {
    r: FnRelation,
    factors: Option<Vec<Arc<dyn Relation>>>,
    enclosure: Option<OnBoxes>,
}

impl Own {
    fn enclosed(r: FnRelation, enclosure: OnBoxes) -> Self {
        Self { r, factors: None, enclosure: Some(enclosure) }
    }
}

impl Relation for Own {
    fn name(&self) -> String {
        self.r.name()
    }
    fn spaces(&self) -> (&dyn Space, &dyn Space) {
        self.r.spaces()
    }
    fn eval_into(&self, x: &Points, y: &Points, out: MatMut<'_, f64>) -> Result<(), RelationError> {
        self.r.eval_into(x, y, out)
    }
    fn symmetry(&self) -> Symmetry {
        Symmetry::Asymmetric
    }
    fn definiteness(&self) -> Definiteness {
        Definiteness::Asymmetric
    }
    fn tensor_factors(&self) -> Option<Vec<Arc<dyn Relation>>> {
        self.factors.clone()
    }
    fn enclose(&self, x: &[Enclosure], y: &[Enclosure]) -> Option<Enclosure> {
        self.enclosure.map(|f| f(x, y))
    }
}

#[test]
fn relations_that_are_called_alike_are_not_taken_for_one() {
    let unit = Interval::unit();
    let bell = |rate: f64| -> Arc<dyn Relation> {
        let r = relation_fn(unit.clone(), unit.clone(), move |x, y| (-rate * (x[0] - y[0]).powi(2)).exp())
            .with_enclosure(move |x, y| ((x[0] - y[0]).square() * -rate).exp())
            .unwrap();
        Arc::new(r)
    };
    let product = tensor_product(vec![bell(1.0), bell(4.0)]).unwrap();
    for eps in [0.1, 0.01] {
        match construct_waves(&product, eps) {
            Ok(c) => {
                assert!(
                    found(&product, c.net()) <= c.certificate().upper() && c.certificate().upper() <= eps
                );
            }
            Err(e) => assert!(matches!(e, ConstructError::NoWaves { .. } | ConstructError::Bound(_)), "{e}"),
        }
    }
}

/// The error of `a sin(32 pi x) b` against 0 is `a b`, whatever `a` and `b` are.
#[test]
fn features_of_very_different_sizes_are_certified() {
    for (a, b) in [(1.0, 1.0), (1e-150, 1e150), (1e-163, 1e153), (1e-170, 1e150), (1e-300, 1e290)] {
        let net = RelationNet::asymmetric(wave(32.0 * PI, a), constant(b)).unwrap();
        let c = certify(&zero(), &net, &CertifyParams::default()).unwrap();
        assert!(c.upper() >= a * b * (1.0 - 1e-12) && c.lower() <= a * b * (1.0 + 1e-12), "{a} {b} {c:?}");
        assert!(c.looseness() < 1.05, "{a} {b} {c:?}");
        let l2 = certify_l2(&zero(), &net, &CertifyParams::default()).unwrap();
        let exact = a * b * 0.5f64.sqrt();
        assert!(l2.lower() <= exact && exact <= l2.upper() && l2.looseness() < 1.1, "{a} {b} {l2:?}");
        assert_eq!(l2.norm(), ErrorNorm::L2);
    }
    // Beyond the largest number there is no certificate.
    let net = RelationNet::asymmetric(wave(1.0, 1e200), constant(1e200)).unwrap();
    let e = certify(&zero(), &net, &CertifyParams::default()).unwrap_err();
    assert!(matches!(e, CertifyError::Overflow { .. }), "{e}");
}

#[test]
fn weights_that_single_precision_does_not_hold_are_refused() {
    for s in [1.0, 1e30, 1e44, 1e45, 1e100] {
        let long = Interval::new(0.0, s).unwrap();
        let r = relation_fn(long.clone(), long, move |x, y| (-((x[0] - y[0]) / s).powi(2)).exp())
            .with_enclosure(move |x, y| (-((x[0] - y[0]) * (1.0 / s)).square()).exp())
            .unwrap()
            .positive_semidefinite()
            .unwrap()
            .with_regularity(Regularity::Smooth);
        let built = match construct_waves(&r, 1e-2) {
            Ok(built) => built,
            // Without its name nothing knows the Fourier transform of a closure.
            Err(ConstructError::Bound(_)) => construct(&r, 1e-2).unwrap(),
            Err(e) => panic!("{e}"),
        };
        match built.rounded_to_f32(&r) {
            Ok((net, c)) => assert!(found(&r, &net) <= c.upper() && c.upper() < 0.02, "{s} {c:?}"),
            Err(ConstructError::Single { value, .. }) => {
                assert!(value.abs() < 1e-37 || value.abs() > 1e38, "{value}");
            }
            Err(e) => panic!("{s}: {e}"),
        }
    }
    let r = catalogue::relation("gaussian").unwrap();
    let built = construct_waves(&r, 1e-2).unwrap();
    let (net, c) = built.rounded_to_f32(&r).unwrap();
    assert!(found(&r, &net) <= c.upper() && c.upper() <= 2e-2, "{c} {}", built.certificate());
}

#[test]
fn the_relation_0_is_the_network_0() {
    let r = zero();
    for built in [construct(&r, 1e-3), construct_low_rank(&r, 1e-3)] {
        let built = built.unwrap();
        assert!(built.certificate().upper() <= 0.0, "{}", built.certificate());
        assert!(
            built
                .net()
                .evaluate(&Points::line(vec![0.3]).unwrap(), &Points::line(vec![0.4]).unwrap())
                .norm_max()
                <= 0.0
        );
    }
    match construct_waves(&r, 1e-3) {
        Ok(built) => assert!(built.certificate().upper() <= 0.0, "{:?}", built.certificate()),
        Err(e) => assert!(matches!(e, ConstructError::Bound(_)), "{e}"),
    }
}

/// Symmetric but for a bump that no sample meets.
#[test]
fn symmetry_is_not_believed() {
    let square = Cube::new(2, -1.0, 1.0).unwrap();
    let r = relation_fn(square.clone(), square, |x, y| {
        let far = (x[0] + 0.4).powi(2) + (x[1] - 0.2).powi(2);
        let near = (y[0] - 0.31).powi(2) + (y[1] + 0.47).powi(2);
        0.5 * (x[0] * y[0] + x[1] * y[1]) + 0.5 * (-far / 0.25).exp() * (-near / 6.4e-5).exp()
    })
    .with_enclosure(|x: &[Enclosure], y: &[Enclosure]| {
        let far = (x[0] + 0.4).square() + (x[1] - 0.2).square();
        let near = (y[0] - 0.31).square() + (y[1] + 0.47).square();
        (x[0] * y[0] + x[1] * y[1]) * 0.5 + (far * (-4.0)).exp() * (near * (-1.0 / 6.4e-5)).exp() * 0.5
    })
    .unwrap()
    .with_regularity(Regularity::Smooth);
    // The declaration may be found out already.
    let Ok(r) = r.symmetric() else { return };
    if let Ok(built) = construct(&r, 0.1) {
        let at = |p: [f64; 2]| Points::new(2, p.to_vec()).unwrap();
        let (x, y) = (at([-0.4, 0.2]), at([0.31, -0.47]));
        let error = (evaluate(&r, &x, &y).unwrap() - built.net().evaluate(&x, &y)).norm_max();
        assert!(error <= built.certificate().upper(), "{error} {:?}", built.certificate());
    }
}

/// A closure without a value at one point of its domain, where its enclosure has one.
#[test]
fn a_closure_without_a_value_is_an_error() {
    let unit = Interval::unit();
    let net = RelationNet::asymmetric(wave(1.0, 1.0), constant(1.0)).unwrap();
    for at in [0.0, 0.5, 1.0] {
        let r = relation_fn(unit.clone(), unit.clone(), move |x, y| {
            if x[0].to_bits() == f64::to_bits(at) { f64::NAN } else { x[0] * y[0] }
        });
        let r = Own::enclosed(r, |x, y| x[0] * y[0]);
        let e = certify(&r, &net, &CertifyParams::default()).unwrap_err();
        let CertifyError::Relation(RelationError::NonFinite { x, .. }) = e else { panic!("{e}") };
        assert!((x[0] - at).abs() <= 0.0);
    }
    // An enclosure without an end along the diagonal.
    let r = relation_fn(unit.clone(), unit, |x, y| 1.0 / (x[0] - y[0] + 1e-30));
    let r = Own::enclosed(r, |x, y| (x[0] - y[0]).recip());
    let e = certify(&r, &net, &CertifyParams { most_pairs: 10_000, ..CertifyParams::default() });
    assert!(matches!(e, Err(CertifyError::Unproved { .. } | CertifyError::FalseEnclosure { .. })), "{e:?}");
}

#[test]
fn enclosures_that_are_wrong_are_found_out() {
    let unit = Interval::unit();
    // Right in value and change, wrong in its second order.
    let straight: OnBoxes = |x, y| {
        let f = ((x[0] - y[0] * 0.3) * 40.0).sin();
        Enclosure::from_parts(f.value(), &[(f.change(0), Bracket::ZERO), (f.change(1), Bracket::ZERO)])
    };
    let r = relation_fn(unit.clone(), unit.clone(), |x, y| (40.0 * (x[0] - 0.3 * y[0])).sin());
    let r = Own::enclosed(r, straight);
    let net = RelationNet::asymmetric(constant(0.0), constant(0.0)).unwrap();
    let params = CertifyParams { cells: 4, ..CertifyParams::default() };
    for e in [certify(&r, &net, &params), certify_l2(&r, &net, &params)] {
        let e = e.unwrap_err();
        let expected = [Hypothesis::Enclosure];
        assert!(matches!(&e, CertifyError::Contradiction { rests_on, .. } if *rests_on == expected), "{e}");
    }
    // Wrong in its values on a part of the domain.
    let r = relation_fn(unit.clone(), unit, |x, y| {
        x[0] * y[0] + if (x[0] - 0.75).abs() < 0.05 && (y[0] - 0.25).abs() < 0.05 { 1.0 } else { 0.0 }
    });
    let e = certify(&Own::enclosed(r, |x, y| x[0] * y[0]), &net, &CertifyParams::default()).unwrap_err();
    assert!(matches!(e, CertifyError::FalseEnclosure { .. }), "{e}");
}

#[test]
fn lipschitz_constants_that_are_too_small_are_found_out() {
    let unit = Interval::unit();
    // Steep on a strip of width 0.02 only.
    let r =
        relation_fn(unit.clone(), unit, |x, y| 0.1 * y[0] + ((x[0] - 0.501).abs().min(0.01) - 0.01) * -60.0);
    let Ok(r) = r.with_lipschitz(0.2) else { return };
    let net = RelationNet::asymmetric(constant(0.0), constant(0.0)).unwrap();
    match certify(&r, &net, &CertifyParams::default()) {
        Ok(c) => {
            assert!(c.upper() >= 0.6, "{c}");
            assert_eq!(c.unchecked(), [Hypothesis::Lipschitz { constant: 0.2 }]);
        }
        Err(e) => assert!(matches!(e, CertifyError::Contradiction { .. }), "{e}"),
    }
}

#[test]
fn factors_and_sums_that_are_false_are_refused() {
    let bell: Arc<dyn Relation> = Arc::new(catalogue::gaussian(1, 1.0).unwrap());
    let space = || Cube::new(2, 0.0, 1.0).unwrap();
    let other = relation_fn(space(), space(), |x, y| (x[0] * y[0] + x[1] * y[1]).cos());
    let r = Own { r: other, factors: Some(vec![bell.clone(), bell]), enclosure: None };
    let e = construct_waves(&r, 0.1).unwrap_err();
    assert!(!matches!(e, ConstructError::Network(_)), "{e}");

    let line: RidgeProfile = Arc::new(|t| t);
    let side = || RidgeFeatures::new(vec![0.0]).with(vec![1.0], (0.0, 1.0), vec![(0, line.clone())]).unwrap();
    let sum = Ridges::separate(side(), side(), 0.0).unwrap();
    // x y, but for a bump near (0.9, 0.9).
    let unit = Interval::unit();
    let r = relation_fn(unit.clone(), unit, |x, y| {
        x[0] * y[0] + 0.5 * (-2e3 * ((x[0] - 0.9).powi(2) + (y[0] - 0.9).powi(2))).exp()
    })
    .with_ridges(move |_| Some(sum.clone()));
    if let Ok(r) = r {
        let e = construct_ridges(&r, 1e-2).unwrap_err();
        assert!(matches!(e, ConstructError::Certify(CertifyError::Contradiction { .. })), "{e}");
    }
}

#[test]
fn extreme_weights_neither_panic_nor_lie() {
    let r = zero();
    for w in [1e-300, 1e10, 1e150, 1e300] {
        for a in Activation::ALL {
            let block = layer(Mat::from_fn(1, 2, |_, k| if k == 0 { w } else { -w }), vec![0.0, 0.3 * w], a);
            let second = layer(Mat::from_fn(2, 2, |i, k| 1.0 + (i + k) as f64), vec![0.0; 2], a);
            for blocks in [vec![block.clone()], vec![block.clone(), second]] {
                let phi = Mlp::new(blocks, Affine::new(Mat::from_fn(2, 1, |_, _| 0.5), vec![0.0])).unwrap();
                let net = RelationNet::asymmetric(phi, constant(1.0)).unwrap();
                let params = CertifyParams { most_pairs: 3000, ..CertifyParams::default() };
                for c in [certify(&r, &net, &params), certify_l2(&r, &net, &params)] {
                    match c {
                        Ok(c) if c.norm() == ErrorNorm::Sup => {
                            assert!(found(&r, &net) <= c.upper(), "{w} {a} {c:?}");
                        }
                        Ok(c) => assert!(c.lower() <= c.upper()),
                        Err(CertifyError::Unproved { .. } | CertifyError::Overflow { .. }) => {}
                        Err(e) => panic!("{w} {a}: {e}"),
                    }
                }
            }
        }
    }
    let empty = Mlp::new(
        vec![layer(Mat::zeros(1, 0), vec![], Activation::Relu)],
        Affine::new(Mat::zeros(0, 1), vec![0.0]),
    );
    assert!(matches!(empty, Err(NetworkError::Empty { .. })));
}

#[test]
fn parameters_are_checked_when_they_are_used() {
    let net = RelationNet::asymmetric(wave(1.0, 1.0), constant(1.0)).unwrap();
    let default = CertifyParams::default;
    for params in [
        CertifyParams { tolerance: f64::NAN, ..default() },
        CertifyParams { goal: Some(f64::NAN), ..default() },
        CertifyParams { goal: Some(-1.0), ..default() },
        CertifyParams { most_pairs: 0, ..default() },
        CertifyParams { cells: 0, ..default() },
    ] {
        assert!(matches!(certify(&zero(), &net, &params), Err(CertifyError::Parameter { .. })), "{params:?}");
        assert!(
            matches!(certify_l2(&zero(), &net, &params), Err(CertifyError::Parameter { .. })),
            "{params:?}"
        );
    }
}

/// The truncated Mercer series of the Brownian kernel is a network of sines; its error is largest at
/// `x = y = 1`, where it is `2 psi'(d + 1/2) / pi^2`.
#[test]
fn certificates_bracket_exact_errors() {
    let r = catalogue::relation("brownian").unwrap();
    for rank in [1, 3, 6] {
        let frequency = |k: usize| (k as f64 + 0.5) * PI;
        let block = layer(Mat::from_fn(1, rank, |_, k| frequency(k)), vec![0.0; rank], Activation::Sine);
        let head = Mat::from_fn(rank, rank, |i, k| if i == k { 2f64.sqrt() / frequency(k) } else { 0.0 });
        let net = RelationNet::symmetric(Mlp::new(vec![block], Affine::new(head, vec![0.0; rank])).unwrap());
        let exact = 2.0 * trigamma(rank as f64 + 0.5) / (PI * PI);
        let c = certify(&r, &net, &CertifyParams::default()).unwrap();
        assert!(
            c.lower() <= exact * (1.0 + 1e-12) && exact <= c.upper() && c.looseness() < 1.03,
            "{c:?} {exact}"
        );
        assert!((c.witness().0[0] - 1.0).abs() < 1e-6 && (c.witness().1[0] - 1.0).abs() < 1e-6, "{c:?}");
        let tail = r.spectrum().unwrap().tail(rank);
        let l2 = certify_l2(&r, &net, &CertifyParams::default()).unwrap();
        assert!(l2.lower() <= tail * (1.0 + 1e-12) && tail <= l2.upper() * (1.0 + 1e-12), "{l2:?} {tail}");
        assert!(l2.looseness() < 1.1, "{l2:?}");
    }
}

/// Networks of sines with large weights bend on every cell.
#[test]
fn l2_certificates_of_wild_networks_are_tight() {
    let r = catalogue::relation("gaussian").unwrap();
    // The last takes more pairs than are allowed: some thousand waves on each side.
    for (frequency, loose) in [(4.0, 1.06), (30.0, 1.06), (120.0, 1.3)] {
        let config =
            MlpConfig::new(1, 3).with_width(12).with_fourier(4, frequency).with_activation(Activation::Sine);
        let net = RelationNet::asymmetric(
            config.init(Seed(2), "phi").unwrap(),
            config.init(Seed(3), "psi").unwrap(),
        )
        .unwrap();
        let c = certify_l2(&r, &net, &CertifyParams::default()).unwrap();
        let n = NonZeroUsize::new(1500).unwrap();
        let (x, y) = (r.spaces().0.covering(n).unwrap().points, r.spaces().1.covering(n).unwrap().points);
        let mean = (evaluate(&r, &x, &y).unwrap() - net.evaluate(&x, &y)).norm_l2() / 1500.0;
        assert!(c.lower() * 0.999 <= mean && mean <= c.upper() * 1.001, "{frequency}: {mean} {c:?}");
        assert!(c.looseness() < loose, "{frequency}: {c:?}");
    }
}

#[test]
fn certificates_say_what_they_rest_on() {
    let unit = Interval::unit();
    let net = {
        let r = catalogue::relation("gaussian").unwrap();
        let config = MlpConfig::new(1, 2).with_width(6).with_depth(1);
        let q = r.spaces().0.quadrature(NonZeroUsize::new(30).unwrap()).unwrap();
        let hidden = RelationNet::symmetric(config.init(Seed(1), "phi").unwrap());
        readout(&hidden, &r, [&q, &q], 2).unwrap()
    };
    // Theorems need no mention.
    let c = certify(&catalogue::relation("gaussian").unwrap(), &net, &CertifyParams::default()).unwrap();
    assert!(c.unchecked().is_empty() && !c.to_string().contains("provided"), "{c}");
    let own = relation_fn(unit.clone(), unit, |x, y| x[0] * y[0]).with_enclosure(|x, y| x[0] * y[0]).unwrap();
    let c = certify(&own, &net, &CertifyParams::default()).unwrap();
    assert!(c.unchecked() == [Hypothesis::Enclosure] && c.to_string().contains("provided that"), "{c}");
}
