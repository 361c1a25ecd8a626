//! The backends agree: the same seed gives the same initial weights everywhere, forward passes and
//! gradients agree to 1e-4 relative, and the losses of 20 Adam steps to 1e-2. Flex in f32 is
//! compared with flex in f64, so the test says something on every machine; ndarray and wgpu join in
//! where they are compiled in. With `RELATA_REQUIRE_WGPU` set, a missing graphics device is a
//! failure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::float_cmp)]

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;
use relata_networks::{Activation, MlpConfig, RelationNet};
use relata_pipelines::backend::{self, Opened};
use relata_relations::catalogue::relation;
use relata_relations::{Points, Relation, Seed, evaluate};
use relata_runs::BackendKind;
use relata_training::{
    AsymmetricRelationNetConfig, Control, Data, Precision, TrainParams, TrainableNet, all_pairs_loss,
    matrix_to_tensor, points_to_tensor, tensor_to_matrix, tensor_to_vec, train,
};

/// Everything that is compared, from one backend.
struct Observed {
    name: String,
    weights: RelationNet,
    forward: Vec<f64>,
    gradient: Vec<f64>,
    losses: Vec<f64>,
}

fn config(activation: Activation) -> AsymmetricRelationNetConfig {
    let mlp = |inputs| MlpConfig::new(inputs, 8).with_width(32).with_depth(2).with_activation(activation);
    AsymmetricRelationNetConfig::new(mlp(1).with_fourier(6, 2.0), mlp(1))
}

fn points(n: usize) -> Points {
    Points::line((0..n).map(|i| (i as f64 + 0.5) / n as f64).collect()).unwrap()
}

fn observe(opened: &Opened, precision: Precision, activation: Activation) -> Observed {
    let r = relation("smooth-order").unwrap();
    let r: &dyn Relation = r.as_ref();
    let config = config(activation).with_precision(precision);
    let start = config.draw(Seed(5)).unwrap();
    let plain = config.init(Seed(5), &opened.device).unwrap();
    let (x, y) = (points(64), points(48));
    let on = |p: &Points, d: &burn::tensor::Device| points_to_tensor(p, d, precision);
    let values = plain.forward(on(&x, &opened.device), on(&y, &opened.device));
    let forward = entries(&tensor_to_matrix(values).unwrap());
    let device = opened.device.clone().autodiff();
    let tracked = config.init(Seed(5), &device).unwrap();
    let (phi, psi) = tracked.features(on(&x, &device), on(&y, &device));
    let target = matrix_to_tensor(evaluate(r, &x, &y).unwrap().as_ref(), &device, precision);
    let grads = GradientsParams::from_grads(all_pairs_loss(phi, psi, target).backward(), &tracked);
    let mut all = Gradient { grads: &grads, values: Vec::new() };
    tracked.visit(&mut all);
    let gradient = all.values;
    let steps = TrainParams::adam(20).with_batch(64, 64).with_learning_rate(3e-3).with_precision(precision);
    let go_on = &mut |_: &relata_training::StepRecord| Control::Continue;
    let trained = train(&start, r, Data::Spaces, &steps, Seed(9), &opened.device, go_on).unwrap();
    let losses = trained.history.iter().map(|s| s.loss).collect();
    let name = format!("{} {precision} {activation} ({})", opened.kind, opened.name);
    let weights = TrainableNet::upload(&start, &opened.device, precision).unwrap().0.download().unwrap();
    Observed { name, weights, forward, gradient, losses }
}

struct Gradient<'a> {
    grads: &'a GradientsParams,
    values: Vec<f64>,
}

impl ModuleVisitor for Gradient<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(g) = self.grads.get::<D>(param.id) {
            self.values.extend(tensor_to_vec(g).unwrap());
        }
    }
}

fn entries(m: &relata_relations::faer::Mat<f64>) -> Vec<f64> {
    (0..m.nrows()).flat_map(|i| (0..m.ncols()).map(move |j| m[(i, j)])).collect()
}

/// `|a - b| / |a|` in the Euclidean norm.
fn relative(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    assert!(!a.is_empty());
    let norm = |v: &mut dyn Iterator<Item = f64>| v.map(|x| x * x).sum::<f64>().sqrt();
    norm(&mut a.iter().zip(b).map(|(a, b)| a - b)) / norm(&mut a.iter().copied())
}

fn compare(reference: &Observed, other: &Observed) {
    let forward = relative(&reference.forward, &other.forward);
    let gradient = relative(&reference.gradient, &other.gradient);
    let loss =
        reference.losses.iter().zip(&other.losses).map(|(a, b)| (a - b).abs() / a.abs()).fold(0.0, f64::max);
    println!(
        "{} against {}: forward {forward:.1e}, gradient {gradient:.1e}, losses {loss:.1e}",
        other.name, reference.name
    );
    assert!(forward < 1e-4, "{}: forward {forward}", other.name);
    assert!(gradient < 1e-4, "{}: gradient {gradient}", other.name);
    assert_eq!(reference.losses.len(), 20);
    assert!(loss < 1e-2, "{}: losses {loss}", other.name);
    assert!(
        reference.losses[19] < 0.9 * reference.losses[0],
        "the loss does not fall, so nothing is compared"
    );
}

#[test]
fn backends_agree() {
    let flex = backend::open(BackendKind::Flex).unwrap();
    let mut others = Vec::new();
    for kind in [BackendKind::Ndarray, BackendKind::Wgpu] {
        if !backend::compiled().contains(&kind) {
            println!("{kind} is not compiled in");
            continue;
        }
        match backend::open(kind) {
            Ok(opened) => others.push(opened),
            Err(e) if kind == BackendKind::Wgpu && std::env::var_os("RELATA_REQUIRE_WGPU").is_none() => {
                println!("wgpu is left out: {e}");
            }
            Err(e) => panic!("{e}"),
        }
    }
    for activation in Activation::ALL {
        let exact = observe(&flex, Precision::F64, activation);
        let reference = observe(&flex, Precision::F32, activation);
        compare(&exact, &reference);
        for opened in &others {
            let other = observe(opened, Precision::F32, activation);
            assert_eq!(reference.weights, other.weights, "{}: other initial weights", other.name);
            compare(&reference, &other);
        }
    }
    println!("parity holds on flex and {} other backends", others.len());
}
