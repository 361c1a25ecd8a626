//! The fused step against the one on tensors.

use crate::support::{any_mlp, asymmetric, device, go_on, indefinite, rule, smooth, symmetric, weights};
use burn::tensor::Device;
use faer::{Mat, MatMut};
use proptest::prelude::*;
use relata_networks::{Activation, Affine, MlpConfig, RelationNet};
use relata_relations::catalogue::{exp_bilinear_cube, gaussian, relation};
use relata_relations::{
    Cube, Definiteness, FnRelation, Interval, Points, Relation, RelationError, Seed, Space, Symmetry,
    evaluate, relation_fn,
};
use relata_training::{
    Data, Formulation, MultiRelationNetConfig, NetworkDevice, Optimizer, Precision, Sampler, Schedule,
    TrainError, TrainParams, Trained, train, train_multi,
};
use std::sync::atomic::{AtomicUsize, Ordering};

/// One training by both formulations, the second in the given precision.
fn both(
    net: &RelationNet,
    r: &dyn Relation,
    data: Data<'_>,
    params: &TrainParams,
    precision: Precision,
) -> [Trained; 2] {
    let fused = train(net, r, data, params, Seed(5), &device(), &mut go_on).unwrap();
    let params = params.clone().with_precision(precision);
    let plain = Device::flex().into();
    let tensors = train(net, r, data, &params, Seed(5), &plain, &mut go_on).unwrap();
    assert_eq!([fused.formulation, tensors.formulation], [Formulation::Fused, Formulation::Tensors]);
    [fused, tensors]
}

/// Adam's first step is `rate g / (|g| + epsilon)`: with a huge epsilon, the gradient times their
/// quotient.
fn along_the_gradient() -> TrainParams {
    let optimizer = Optimizer::Adam { beta1: 0.5, beta2: 0.5, epsilon: 1e9, weight_decay: 0.0 };
    TrainParams { optimizer, schedule: Schedule::Constant, ..TrainParams::adam(1) }.with_learning_rate(1e12)
}

fn flat(net: &RelationNet) -> Vec<f64> {
    weights(net).into_iter().map(f64::from_bits).collect()
}

fn assert_close(a: &[f64], b: &[f64], tolerance: f64, what: &dyn std::fmt::Debug) {
    let size = b.iter().fold(0.0f64, |m, v| m.max(v.abs()));
    for (k, (a, b)) in a.iter().zip(b).enumerate() {
        assert!((a - b).abs() <= tolerance * size, "{what:?}: number {k}: {a} against {b}, of {size}");
    }
}

fn kinds(config: &MlpConfig, seed: u64) -> [RelationNet; 3] {
    [symmetric(config, seed), asymmetric(config, seed), indefinite(config, seed)]
}

/// A relation on the cube of any dimension, neither symmetric nor of a known form.
fn waves(p: usize) -> FnRelation {
    let cube = || Cube::new(p, -1.0, 1.0).unwrap();
    relation_fn(cube(), cube(), move |x, y| {
        let t: f64 = x.iter().zip(y).enumerate().map(|(k, (a, b))| a * (b + 0.3 * k as f64)).sum();
        (t + 0.4).sin() + 0.1 * x[0]
    })
}

fn factors(r: &dyn Relation, q: &relata_relations::Quadrature, k: usize) -> [[Mat<f64>; 2]; 1] {
    let u = q.sqrt_weights();
    let values = evaluate(r, q.nodes(), q.nodes()).unwrap();
    let n = u.len();
    let svd = Mat::from_fn(n, n, |i, j| u[i] * values[(i, j)] * u[j]).thin_svd().unwrap();
    let half = |c: usize| svd.S().column_vector()[c].sqrt();
    [[
        Mat::from_fn(n, k, |i, c| svd.U()[(i, c)] * half(c)),
        Mat::from_fn(n, k, |i, c| svd.V()[(i, c)] * half(c)),
    ]]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Against tensors in f64, so that only the rounding of the fused step counts. Sizes around and
    /// above a tile, and unequal.
    #[test]
    fn gradients_are_those_of_the_tensors(
        config in any_mlp(),
        (n, m) in (1usize..300, 1usize..300),
        seed in 0u64..1000,
    ) {
        let r = waves(config.inputs);
        for net in kinds(&config, seed) {
            let params = along_the_gradient().with_batch(n, m);
            let [fused, tensors] = both(&net, &r, Data::Spaces, &params, Precision::F64);
            // Loss and gradient are made of errors <p, q> - r, whose rounding is that of r, of size
            // 1: where they are smaller, their relative rounding is as much larger.
            let tolerance = 1e-5 * (1.0 + 1.0 / tensors.history[0].loss.sqrt());
            let (a, b) = (&fused.history[0], &tensors.history[0]);
            prop_assert!((a.loss - b.loss).abs() <= tolerance * b.loss, "{} {}", a.loss, b.loss);
            let (a, b) = (a.gradient_norm, b.gradient_norm);
            prop_assert!((a - b).abs() <= tolerance * b, "{a} {b}");
            // The step is a thousand times the gradient.
            let step = |t: &Trained| -> Vec<f64> {
                flat(&t.net).iter().zip(flat(&net)).map(|(after, before)| after - before).collect()
            };
            assert_close(&step(&fused), &step(&tensors), tolerance, &(config.activation, net.encoders()));
        }
    }
}

#[test]
fn gradients_on_rules_and_on_factors_are_those_of_the_tensors() {
    let (r, q) = (smooth(), rule(150));
    let factors = factors(&r, &q, 9);
    for activation in Activation::ALL {
        let config = MlpConfig::new(1, 4).with_width(17).with_activation(activation).with_residual();
        for net in kinds(&config, 3) {
            let factored = Data::Factored { rules: [&q, &q], factors: &factors };
            for (data, tolerance) in [(Data::Quadratures([&q, &q]), 1e-5), (factored, 2e-5)] {
                let [fused, tensors] = both(&net, &r, data, &along_the_gradient(), Precision::F64);
                let step = |t: &Trained| -> Vec<f64> {
                    flat(&t.net).iter().zip(flat(&net)).map(|(after, before)| after - before).collect()
                };
                assert_close(&step(&fused), &step(&tensors), tolerance, &(activation, net.encoders()));
            }
        }
    }
}

/// What rounding does to a training grows with its steps, by as much as the training is sensitive:
/// losses stay together where weights need not.
#[test]
fn one_step_and_a_hundred_give_the_same_training() {
    let (r, q) = (smooth(), rule(40));
    let factors = factors(&r, &q, 8);
    let adam = TrainParams::adam(100).with_batch(50, 40);
    let all = Optimizer::Adam { beta1: 0.8, beta2: 0.99, epsilon: 1e-6, weight_decay: 0.1 };
    let decayed = TrainParams { optimizer: all, gradient_clip: Some(0.2), ..adam.clone() };
    for activation in Activation::ALL {
        let net = asymmetric(&MlpConfig::new(1, 4).with_width(16).with_activation(activation), 1);
        for data in
            [Data::Spaces, Data::Quadratures([&q, &q]), Data::Factored { rules: [&q, &q], factors: &factors }]
        {
            for params in [&adam, &decayed] {
                let [fused, tensors] = both(&net, &r, data, params, Precision::F32);
                let pairs = fused.history.iter().zip(&tensors.history);
                for (k, (a, b)) in pairs.enumerate() {
                    assert_eq!(a.learning_rate.to_bits(), b.learning_rate.to_bits());
                    // The first three steps are one another's but for rounding; the loss by factors
                    // cancels to the rounding of 1.
                    let tolerance = if k < 3 { 1e-5 } else { 0.02 };
                    let off = (a.loss - b.loss).abs();
                    assert!(
                        off <= tolerance * b.loss + 2e-6,
                        "{activation} {:?} step {k}: {} {}",
                        params.optimizer,
                        a.loss,
                        b.loss
                    );
                }
                let one = TrainParams { steps: 1, schedule: Schedule::Constant, ..params.clone() };
                let [a, b] = both(&net, &r, data, &one, Precision::F32);
                let far =
                    flat(&a.net).iter().zip(flat(&b.net)).filter(|(a, b)| (*a - b).abs() > 2e-5).count();
                // Adam's first step is as long for a gradient that is rounding as for any other.
                assert!(far * 50 <= flat(&a.net).len(), "{activation} {:?}: {far} are far", params.optimizer);
            }
        }
    }
}

#[test]
fn threads_change_no_bit() {
    let encoder = MlpConfig::new(3, 5).with_width(33).with_residual();
    let params = TrainParams::adam(4).with_batch(700, 411);
    for net in kinds(&encoder, 2) {
        let run = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let r = waves(3);
                let done = train(&net, &r, Data::Spaces, &params, Seed(1), &device(), &mut go_on).unwrap();
                (weights(&done.net), done.history)
            })
        };
        let one = run(1);
        for threads in [2, 3, 7] {
            assert_eq!(run(threads), one);
        }
    }
}

/// Forms that are evaluated in single precision give the training that their values in f64 give.
#[test]
fn known_forms_train_like_closures() {
    let forms: [FnRelation; 2] = [gaussian(6, 0.7).unwrap(), exp_bilinear_cube(6, 0.4).unwrap()];
    for r in forms {
        assert!(r.pair_form().is_some());
        let cube = || Cube::new(6, -1.0, 1.0).unwrap();
        let name = r.name();
        let inner = r.clone();
        let closed = relation_fn(cube(), cube(), move |x, y| {
            let point = |z: &[f64]| Points::new(6, z.to_vec()).unwrap();
            evaluate(&inner, &point(x), &point(y)).unwrap()[(0, 0)]
        });
        let net = asymmetric(&MlpConfig::new(6, 8).with_width(32), 4);
        let params = TrainParams::adam(20).with_sampler(Sampler::Sobol { x: 140, y: 130 });
        let run =
            |r: &dyn Relation| train(&net, r, Data::Spaces, &params, Seed(3), &device(), &mut go_on).unwrap();
        for (a, b) in run(&r).history.iter().zip(&run(&closed).history) {
            assert!((a.loss - b.loss).abs() <= 2e-4 * b.loss, "{name}: {} {}", a.loss, b.loss);
        }
    }
    // Another form, on the sphere, and one that is evaluated by its own function.
    for name in ["zonal-exp", "smooth-asymmetric-8d"] {
        let r = relation(name).unwrap();
        let net = asymmetric(&MlpConfig::new(r.spaces().0.dim(), 4), 1);
        let params = TrainParams::adam(5).with_batch(60, 70);
        let [fused, tensors] = both(&net, r.as_ref(), Data::Spaces, &params, Precision::F64);
        for (a, b) in fused.history.iter().zip(&tensors.history) {
            assert!((a.loss - b.loss).abs() <= 1e-3 * b.loss, "{name}: {} {}", a.loss, b.loss);
        }
    }
}

/// Huge and tiny relations are in units of their own size, also where single precision would not
/// hold them.
#[test]
fn sizes_beyond_single_precision_change_nothing() {
    let net = asymmetric(&MlpConfig::new(1, 4).with_width(16), 0);
    let params = TrainParams::adam(10).with_batch(30, 30);
    let run = |exponent: i32| {
        let factor = 4f64.powi(exponent);
        let f = move |x: &[f64], y: &[f64]| factor * (2.0 * x[0] * y[0]).exp();
        let r = relation_fn(Interval::unit(), Interval::unit(), f);
        let start = relata_training::rescale(&net, 1.0, 2f64.powi(exponent)).unwrap();
        train(&start, &r, Data::Spaces, &params, Seed(1), &device(), &mut go_on).unwrap().history
    };
    let plain = run(0);
    for exponent in [-200, -20, 20, 90, 200] {
        for (a, b) in run(exponent).iter().zip(&plain) {
            assert!((a.loss - b.loss).abs() <= 1e-4 * b.loss, "4^{exponent}: {} {}", a.loss, b.loss);
        }
    }
}

/// A relation whose function for single precision overflows in places, or fails.
struct Single {
    of: FnRelation,
    calls: AtomicUsize,
    value: f32,
}

impl Relation for Single {
    fn name(&self) -> String {
        "single".into()
    }
    fn spaces(&self) -> (&dyn Space, &dyn Space) {
        self.of.spaces()
    }
    fn eval_into(&self, x: &Points, y: &Points, out: MatMut<'_, f64>) -> Result<(), RelationError> {
        self.of.eval_into(x, y, out)
    }
    fn eval_single_into(
        &self,
        x: &Points,
        y: &Points,
        mut out: MatMut<'_, f32>,
    ) -> Result<(), RelationError> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.of.eval_single_into(x, y, out.as_mut())?;
        out[(0, 0)] = self.value;
        Ok(())
    }
    fn symmetry(&self) -> Symmetry {
        Symmetry::Asymmetric
    }
    fn definiteness(&self) -> Definiteness {
        Definiteness::Asymmetric
    }
}

#[test]
fn single_precision_that_overflows_gives_way_to_double() {
    let net = asymmetric(&MlpConfig::new(1, 4).with_width(16), 0);
    let params = TrainParams::adam(6).with_batch(200, 150);
    let run =
        |r: &dyn Relation| train(&net, r, Data::Spaces, &params, Seed(1), &device(), &mut go_on).unwrap();
    let plain = run(&smooth());
    for value in [f32::INFINITY, f32::NAN] {
        let r = Single { of: smooth(), calls: AtomicUsize::new(0), value };
        let found = run(&r);
        assert!(r.calls.load(Ordering::Relaxed) >= 6);
        for (a, b) in found.history.iter().zip(&plain.history) {
            assert!((a.loss - b.loss).abs() <= 1e-4 * b.loss, "{} {}", a.loss, b.loss);
        }
    }
    // What is not finite in f64 either is named, by its place in the batch.
    let bad = relation_fn(Interval::unit(), Interval::unit(), |x, _| if x[0] > 0.5 { f64::NAN } else { 1.0 });
    let tensors = train(&net, &bad, Data::Spaces, &params, Seed(1), &Device::flex().into(), &mut go_on);
    let fused = train(&net, &bad, Data::Spaces, &params, Seed(1), &device(), &mut go_on);
    let (Err(TrainError::Relation(a)), Err(TrainError::Relation(b))) = (fused, tensors) else { panic!() };
    assert_eq!(a.to_string(), b.to_string());
}

#[test]
fn several_relations_are_trained_alike_too() {
    let first = smooth();
    let second = relation_fn(Interval::unit(), Interval::unit(), |x, y| (-2.0 * (x[0] - y[0]).powi(2)).exp());
    let all: [&dyn Relation; 2] = [&first, &second];
    let encoder = MlpConfig::new(1, 3).with_width(12).with_fourier(4, 1.0);
    for config in [
        MultiRelationNetConfig::shared(2, encoder.clone()),
        MultiRelationNetConfig::separate(2, encoder.clone(), encoder),
    ] {
        let nets = config.draw(Seed(7)).unwrap();
        let q = rule(30);
        for data in [Data::Spaces, Data::Quadratures([&q, &q])] {
            let params = TrainParams::adam(30).with_batch(130, 40);
            let run = |device: NetworkDevice, params: &TrainParams| {
                train_multi(&nets, &all, data, params, Seed(2), &device, None, &mut go_on).unwrap()
            };
            let fused = run(device(), &params);
            let tensors = run(Device::flex().into(), &params.with_precision(Precision::F64));
            assert_eq!([fused.formulation, tensors.formulation], [Formulation::Fused, Formulation::Tensors]);
            for (a, b) in fused.history.iter().zip(&tensors.history) {
                assert!((a.loss - b.loss).abs() <= 1e-3 * b.loss, "{} {}", a.loss, b.loss);
            }
            assert_eq!(fused.nets[0].phi_net().blocks(), fused.nets[1].phi_net().blocks());
            assert_ne!(fused.nets[0].phi_net().head(), fused.nets[1].phi_net().head());
        }
    }
}

#[test]
fn weights_beyond_single_precision_are_refused() {
    let head = Affine::new(Mat::full(1, 1, 1e200), vec![0.0]);
    let net = RelationNet::symmetric(relata_networks::Mlp::new(vec![], head).unwrap());
    let params = TrainParams::adam(1).with_batch(2, 2);
    let e = train(&net, &smooth(), Data::Spaces, &params, Seed(0), &device(), &mut go_on).unwrap_err();
    assert!(matches!(e, TrainError::Upload(_)) && e.to_string().contains("e199"), "{e}");
}
