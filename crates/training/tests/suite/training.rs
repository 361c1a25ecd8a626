//! The loop: against a trainer written by hand, and its promises.

use crate::support::{asymmetric, device, error, gaussian, go_on, n, rule, smooth, symmetric, weights};
use faer::Mat;
use relata_networks::{Affine, Mlp, MlpConfig, RelationNet};
use relata_relations::{Cube, Interval, Relation, Seed, Space, evaluate, relation_fn};
use relata_training::{
    Control, Data, EarlyStopping, Optimizer, Precision, Sampler, Schedule, Stopped, TrainError, TrainParams,
    train,
};

fn small() -> MlpConfig {
    MlpConfig::new(1, 4).with_width(16)
}

#[test]
fn affine_maps_follow_adam_written_by_hand() {
    // phi(x) = x w + b, psi(y) = y w' + b' on a rule; gradients in closed form, AdamW as in the
    // papers. burn keeps decay rates in f32, so they are dyadic here; its bias corrections are f32
    // too, which is the tolerance.
    let r = smooth();
    let q = rule(12);
    let encoder = MlpConfig::new(1, 2).with_depth(0);
    let net = asymmetric(&encoder, 5);
    let (rate, decay, clip, steps) = (0.05, 0.125, 0.3, 25);
    let config = TrainParams {
        optimizer: Optimizer::Adam { beta1: 0.875, beta2: 0.96875, epsilon: 1e-8, weight_decay: decay },
        schedule: Schedule::Constant,
        gradient_clip: Some(clip),
        ..TrainParams::adam(steps).with_learning_rate(rate).with_precision(Precision::F64)
    };
    let done = train(&net, &r, Data::Quadratures([&q, &q]), &config, Seed(0), &device(), &mut go_on).unwrap();

    let values = evaluate(&r, q.nodes(), q.nodes()).unwrap();
    let w = q.weights();
    let scale: f64 = (0..12)
        .flat_map(|i| (0..12).map(move |j| (i, j)))
        .map(|(i, j)| w[i] * w[j] * values[(i, j)].powi(2))
        .sum();
    let scale = scale.sqrt();
    // Rows: inputs (x, 1); columns: outputs. In units of the relation's size.
    let matrix = |mlp: &Mlp| {
        Mat::from_fn(2, 2, |i, j| {
            (if i == 0 { mlp.head().weight()[(0, j)] } else { mlp.head().bias()[j] }) / scale.sqrt()
        })
    };
    let input = Mat::from_fn(12, 2, |i, j| if j == 0 { q.nodes().row(i)[0] } else { 1.0 });
    let diagonal = Mat::from_fn(12, 12, |i, j| if i == j { w[i] } else { 0.0 });
    let mut params = [matrix(net.phi_net()), matrix(net.psi_net())];
    let mut moments = [[Mat::<f64>::zeros(2, 2), Mat::zeros(2, 2)], [Mat::zeros(2, 2), Mat::zeros(2, 2)]];
    for t in 1..=steps {
        let e = &input * &params[0] * params[1].transpose() * input.transpose()
            - &values * faer::Scale(1.0 / scale);
        let weighted = &diagonal * &e * &diagonal;
        let loss: f64 = (0..12)
            .flat_map(|i| (0..12).map(move |j| (i, j)))
            .map(|(i, j)| w[i] * w[j] * e[(i, j)].powi(2))
            .sum();
        assert!((done.history[t - 1].loss - loss).abs() < 1e-5 * loss, "step {t}");
        let g = [
            input.transpose() * &weighted * &input * &params[1] * faer::Scale(2.0),
            input.transpose() * weighted.transpose() * &input * &params[0] * faer::Scale(2.0),
        ];
        let norm = (g[0].squared_norm_l2() + g[1].squared_norm_l2()).sqrt();
        assert!((done.history[t - 1].gradient_norm - norm).abs() < 1e-5 * norm);
        let shrink = (clip / norm).min(1.0);
        let power = i32::try_from(t).unwrap();
        for k in 0..2 {
            for i in 0..2 {
                for j in 0..2 {
                    let gij = shrink * g[k][(i, j)];
                    let m = &mut moments[k][0][(i, j)];
                    *m = 0.875 * *m + 0.125 * gij;
                    let first = *m / (1.0 - 0.875f64.powi(power));
                    let v = &mut moments[k][1][(i, j)];
                    *v = 0.96875 * *v + 0.03125 * gij * gij;
                    let second = *v / (1.0 - 0.96875f64.powi(power));
                    let p = &mut params[k][(i, j)];
                    *p = *p * (1.0 - rate * decay) - rate * first / (second.sqrt() + 1e-8);
                }
            }
        }
    }
    for (mlp, p) in [done.net.phi_net(), done.net.psi_net()].into_iter().zip(&params) {
        let found = matrix(mlp);
        assert!((found - p).norm_max() < 1e-6, "{:?}", p);
    }
    assert!(done.history.iter().any(|s| s.gradient_norm > clip), "the clip was never used");
}

#[test]
fn every_sampler_and_class_learns() {
    let r = gaussian();
    for sampler in [
        Sampler::Independent { x: 48, y: 32 },
        Sampler::Sobol { x: 32, y: 48 },
        Sampler::Quadrature { nodes: 24 },
    ] {
        let config = TrainParams::adam(250).with_learning_rate(1e-2).with_sampler(sampler);
        for net in [symmetric(&small(), 1), asymmetric(&small(), 1), crate::support::indefinite(&small(), 1)]
        {
            let done = train(&net, &r, Data::Spaces, &config, Seed(0), &device(), &mut go_on).unwrap();
            let (before, after) = (error(&net, &r), error(&done.net, &r));
            assert!(after < 0.05 && after < 0.2 * before, "{sampler:?}: {before} -> {after}");
            assert_eq!((done.history.len(), done.stopped), (250, Stopped::Finished));
        }
    }
}

#[test]
fn frozen_features_stay_as_they_were_drawn() {
    let net = asymmetric(&small().with_fourier(3, 2.0), 0);
    // In f64, where nothing is rounded on the way to the device and back.
    let params = TrainParams::adam(8).with_batch(16, 16).with_precision(Precision::F64);
    let done = train(&net, &smooth(), Data::Spaces, &params, Seed(0), &device(), &mut go_on).unwrap();
    assert_eq!(done.net.phi_net().blocks()[0], net.phi_net().blocks()[0]);
    assert_ne!(done.net.phi_net().blocks()[1], net.phi_net().blocks()[1]);
}

#[test]
fn factors_train_like_the_matrix_that_they_make() {
    let r = smooth();
    let (qx, qy) = (rule(30), rule(26));
    let (u, v) = (qx.sqrt_weights(), qy.sqrt_weights());
    let values = evaluate(&r, qx.nodes(), qy.nodes()).unwrap();
    let svd = Mat::from_fn(30, 26, |i, j| u[i] * values[(i, j)] * v[j]).thin_svd().unwrap();
    let half = |k: usize| svd.S().column_vector()[k].sqrt();
    let a = Mat::from_fn(30, 12, |i, k| svd.U()[(i, k)] * half(k));
    let b = Mat::from_fn(26, 12, |i, k| svd.V()[(i, k)] * half(k));
    let config = TrainParams::adam(40).with_precision(Precision::F64);
    let net = asymmetric(&small(), 3);
    let run = |data| train(&net, &r, data, &config, Seed(0), &device(), &mut go_on).unwrap();
    let whole = run(Data::Quadratures([&qx, &qy]));
    let factors = [[a, b]];
    let factored = run(Data::Factored { rules: [&qx, &qy], factors: &factors });
    for (p, q) in whole.history.iter().zip(&factored.history) {
        assert!((p.loss - q.loss).abs() < 1e-8, "{} {}", p.loss, q.loss);
    }
    let narrow = [[Mat::zeros(30, 2), Mat::zeros(26, 3)]];
    let data = Data::Factored { rules: [&qx, &qy], factors: &narrow };
    let e = train(&net, &r, data, &config, Seed(0), &device(), &mut go_on).unwrap_err();
    assert!(e.to_string().contains("26 x 3") && e.to_string().contains("30 x k"), "{e}");
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_another() {
    let r = smooth();
    let config = TrainParams::adam(30).with_batch(20, 20);
    let run = |seed| {
        train(&asymmetric(&small(), 0), &r, Data::Spaces, &config, Seed(seed), &device(), &mut go_on).unwrap()
    };
    let (a, b, c) = (run(1), run(1), run(2));
    assert_eq!(weights(&a.net), weights(&b.net));
    assert_eq!(a.history, b.history);
    assert_ne!(weights(&a.net), weights(&c.net));
}

#[test]
fn the_scale_of_the_relation_does_not_matter() {
    let large = relation_fn(Interval::unit(), Interval::unit(), |x, y| 4f64.powi(9) * (x[0] * y[0]).exp());
    let plain = relation_fn(Interval::unit(), Interval::unit(), |x, y| (x[0] * y[0]).exp());
    let config = TrainParams::adam(30).with_batch(20, 20).with_precision(Precision::F64);
    let net = asymmetric(&small(), 0);
    let run = |net: &RelationNet, r: &dyn Relation| {
        train(net, r, Data::Spaces, &config, Seed(1), &device(), &mut go_on).unwrap()
    };
    let a = run(&relata_training::rescale(&net, 1.0, 512.0).unwrap(), &large);
    let b = run(&net, &plain);
    for (p, q) in a.history.iter().zip(&b.history) {
        assert!((p.loss - q.loss).abs() < 1e-9 * q.loss);
    }
    assert!((error(&a.net, &large) - error(&b.net, &plain)).abs() < 1e-9);
}

#[test]
fn a_relation_that_vanishes_is_learned() {
    let zero = relation_fn(Interval::unit(), Interval::unit(), |_, _| 0.0);
    let config = TrainParams::adam(200).with_batch(16, 16).with_learning_rate(1e-2);
    let done =
        train(&symmetric(&small(), 0), &zero, Data::Spaces, &config, Seed(0), &device(), &mut go_on).unwrap();
    let x = rule(9);
    assert!(done.net.evaluate(x.nodes(), x.nodes()).norm_max() < 0.05);
}

#[test]
fn early_stopping_restores_the_best_weights() {
    let r = smooth();
    // A rate far too high after some progress: the error falls, then rises.
    let stopping = EarlyStopping { every: 5, patience: 3, min_delta: 0.0, points: 64 };
    let config = TrainParams { schedule: Schedule::Constant, ..TrainParams::adam(2000).with_batch(32, 32) }
        .with_learning_rate(0.05)
        .with_early_stopping(stopping);
    let done =
        train(&asymmetric(&small(), 0), &r, Data::Spaces, &config, Seed(3), &device(), &mut go_on).unwrap();
    let Stopped::Early { best_step } = done.stopped else { panic!("{:?}", done.stopped) };
    let measured: Vec<(usize, f64)> =
        done.history.iter().filter_map(|s| Some((s.step, s.held_out?))).collect();
    let best = measured.iter().copied().min_by(|a, b| a.1.total_cmp(&b.1)).unwrap();
    assert_eq!(best.0, best_step);
    assert_eq!(measured.len() - 1, measured.iter().position(|m| m.0 == best_step).unwrap() + 3);
    // The weights handed back are those of the best step: its held-out error, on other points, is
    // close.
    let found = error(&done.net, &r);
    assert!(found < 2.0 * best.1 && best.1 < 2.0 * found, "{found} {}", best.1);
    // The same run, cut at the best step, gives the same weights.
    let cut =
        |p: &relata_training::StepRecord| if p.step == best_step { Control::Stop } else { Control::Continue };
    let again =
        train(&asymmetric(&small(), 0), &r, Data::Spaces, &config, Seed(3), &device(), &mut { cut }).unwrap();
    assert_eq!(again.stopped, Stopped::Requested);
    assert_eq!(weights(&again.net), weights(&done.net));
}

#[test]
fn min_delta_counts_only_real_progress() {
    let r = smooth();
    let stopping = EarlyStopping { every: 1, patience: 2, min_delta: 10.0, points: 8 };
    let config = TrainParams::adam(50).with_batch(8, 8).with_early_stopping(stopping);
    let done =
        train(&asymmetric(&small(), 0), &r, Data::Spaces, &config, Seed(0), &device(), &mut go_on).unwrap();
    assert_eq!((done.stopped, done.history.len()), (Stopped::Early { best_step: 0 }, 3));
}

#[test]
fn the_callback_sees_every_step_and_can_stop() {
    let r = smooth();
    let mut seen = Vec::new();
    let mut watch = |p: &relata_training::StepRecord| {
        seen.push(*p);
        if p.step == 6 { Control::Stop } else { Control::Continue }
    };
    let config = TrainParams::adam(50).with_batch(8, 8);
    let done =
        train(&symmetric(&small(), 0), &r, Data::Spaces, &config, Seed(0), &device(), &mut watch).unwrap();
    assert_eq!(done.stopped, Stopped::Requested);
    assert_eq!(seen, done.history);
    assert_eq!(seen.iter().map(|p| p.step).collect::<Vec<_>>(), (0..7).collect::<Vec<_>>());
    for p in &seen {
        assert_eq!(p.learning_rate.to_bits(), config.learning_rate_at(p.step).to_bits());
    }
}

#[test]
fn diverging_losses_name_their_step() {
    let r = smooth();
    let config = TrainParams { schedule: Schedule::Constant, ..TrainParams::adam(100).with_batch(8, 8) }
        .with_learning_rate(1e12);
    let e = train(&asymmetric(&small(), 0), &r, Data::Spaces, &config, Seed(0), &device(), &mut go_on)
        .unwrap_err();
    let (TrainError::NonFiniteLoss { step, .. } | TrainError::NonFiniteGradient { step, .. }) = e else {
        panic!("{e}")
    };
    assert!((1..100).contains(&step), "{e}");
    assert!(e.to_string().contains(&format!("step {step}")), "{e}");
}

#[test]
fn relations_that_fail_name_the_point() {
    let bad = relation_fn(Interval::unit(), Interval::unit(), |x, _| if x[0] > 0.5 { f64::NAN } else { 1.0 });
    let config = TrainParams::adam(5).with_batch(8, 8);
    let e = train(&symmetric(&small(), 0), &bad, Data::Spaces, &config, Seed(0), &device(), &mut go_on)
        .unwrap_err();
    assert!(matches!(e, TrainError::Relation(_)) && e.to_string().contains("NaN"), "{e}");
}

#[test]
fn networks_of_another_dimension_are_refused() {
    let cube = || Cube::new(2, 0.0, 1.0).unwrap();
    let r = relation_fn(cube(), cube(), |x, y| x[0] * y[1]);
    let e = train(
        &symmetric(&small(), 0),
        &r,
        Data::Spaces,
        &TrainParams::adam(5),
        Seed(0),
        &device(),
        &mut go_on,
    )
    .unwrap_err();
    assert!(matches!(e, TrainError::Inputs { side: "x", inputs: 1, dim: 2, .. }), "{e}");
    assert_eq!(cube().quadrature(n(3)).unwrap().nodes().dim(), 2);
}

#[test]
fn a_head_alone_can_be_trained_from_given_weights() {
    // Already exact: the loss is 0 and stays there.
    let head = |w: f64| Mlp::new(vec![], Affine::new(Mat::full(1, 1, w), vec![0.0])).unwrap();
    let net = RelationNet::asymmetric(head(2.0), head(0.5)).unwrap();
    let product = relation_fn(Interval::unit(), Interval::unit(), |x, y| x[0] * y[0]);
    let config = TrainParams::adam(10).with_batch(8, 8).with_precision(Precision::F64);
    let done = train(&net, &product, Data::Spaces, &config, Seed(0), &device(), &mut go_on).unwrap();
    assert!(done.history[0].loss < 1e-28, "{}", done.history[0].loss);
}
