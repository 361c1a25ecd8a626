//! Configurations: what is refused, how rates change, what a file may contain.

use proptest::prelude::*;
use relata_training::{
    AlternatingParams, EarlyStopping, Optimizer, Precision, Sampler, Schedule, TrainParams,
};

fn adam(beta1: f64, beta2: f64, epsilon: f64, weight_decay: f64) -> Optimizer {
    Optimizer::Adam { beta1, beta2, epsilon, weight_decay }
}

#[test]
fn every_field_out_of_range_is_named() {
    let good = TrainParams::adam(100);
    let stopping = EarlyStopping::default();
    let cosine = |warm_up, last| TrainParams { schedule: Schedule::Cosine { warm_up, last }, ..good.clone() };
    let stop = |e: EarlyStopping| good.clone().with_early_stopping(e);
    let with = |optimizer| TrainParams { optimizer, ..good.clone() };
    let on = |sampler| good.clone().with_sampler(sampler);
    let cases = [
        ("steps", TrainParams { steps: 0, ..good.clone() }),
        ("learning_rate", good.clone().with_learning_rate(0.0)),
        ("learning_rate", good.clone().with_learning_rate(f64::NAN)),
        ("optimizer.adam.beta1", with(adam(1.0, 0.9, 1e-8, 0.0))),
        ("optimizer.adam.beta2", with(adam(0.9, -0.1, 1e-8, 0.0))),
        ("optimizer.adam.epsilon", with(adam(0.9, 0.9, 0.0, 0.0))),
        ("optimizer.adam.weight_decay", with(adam(0.9, 0.9, 1e-8, f64::INFINITY))),
        ("gradient_clip", TrainParams { gradient_clip: Some(-1.0), ..good.clone() }),
        ("schedule.cosine.warm_up", cosine(100, 0.1)),
        ("schedule.cosine.last", cosine(5, 1.5)),
        ("sampler.independent.x", good.clone().with_batch(0, 1)),
        ("sampler.independent.y", good.clone().with_batch(1, 0)),
        ("sampler.sobol.x", on(Sampler::Sobol { x: 0, y: 1 })),
        ("sampler.sobol.y", on(Sampler::Sobol { x: 1, y: 0 })),
        ("sampler.quadrature.nodes", on(Sampler::Quadrature { nodes: 0 })),
        ("early_stopping.every", stop(EarlyStopping { every: 0, ..stopping })),
        ("early_stopping.patience", stop(EarlyStopping { patience: 0, ..stopping })),
        ("early_stopping.points", stop(EarlyStopping { points: 0, ..stopping })),
        ("early_stopping.min_delta", stop(EarlyStopping { min_delta: -1.0, ..stopping })),
        ("checkpoint_every", TrainParams { checkpoint_every: Some(0), ..good.clone() }),
    ];
    for (field, config) in cases {
        let e = config.checked().unwrap_err();
        assert_eq!(e.field, field);
        assert!(e.to_string().starts_with(field), "{e}");
    }
    let alternating = |f: fn(&mut AlternatingParams)| {
        let mut c = AlternatingParams::new(TrainParams::adam(3));
        f(&mut c);
        c.checked().unwrap_err().field
    };
    assert_eq!(alternating(|c| c.points = 0), "points");
    assert_eq!(alternating(|c| c.last_points = 0), "last_points");
    assert_eq!(alternating(|c| c.tolerance = 1.0), "tolerance");
    assert_eq!(alternating(|c| c.training.steps = 0), "steps");
    for config in [good.clone(), TrainParams::adam(1), cosine(0, 0.0), cosine(99, 1.0)] {
        assert!(config.checked().is_ok());
    }
}

proptest! {
    #[test]
    fn rates_rise_to_the_peak_and_fall_to_the_last(steps in 2usize..300, share in 0.0f64..0.9, last in 0.0f64..1.0) {
        let warm_up = (share * steps as f64) as usize;
        let config = TrainParams { schedule: Schedule::Cosine { warm_up, last }, ..TrainParams::adam(steps) }.with_learning_rate(0.5);
        let rates: Vec<f64> = (0..steps).map(|s| config.learning_rate_at(s)).collect();
        for s in 1..steps {
            if s < warm_up {
                prop_assert!(rates[s] > rates[s - 1]);
            } else if s > warm_up {
                prop_assert!(rates[s] <= rates[s - 1]);
            }
        }
        let peak = rates.iter().copied().fold(0.0, f64::max);
        prop_assert!((peak - 0.5).abs() < 1e-12);
        // The last step is at the last rate, unless it is also the first after the rise.
        if warm_up + 1 < steps {
            prop_assert!((rates[steps - 1] - 0.5 * last).abs() < 1e-12);
        }
    }

    #[test]
    fn configurations_survive_json(steps in 1usize..1000, rate in 1e-6f64..1.0, clip in prop::option::of(1e-3f64..10.0)) {
        let config = TrainParams { gradient_clip: clip, checkpoint_every: Some(steps), ..TrainParams::adam(steps) }
            .with_learning_rate(rate)
            .with_precision(Precision::F64)
            .with_sampler(Sampler::Sobol { x: steps, y: 3 })
            .with_early_stopping(EarlyStopping::default());
        let text = serde_json::to_string(&config).unwrap();
        prop_assert_eq!(serde_json::from_str::<TrainParams>(&text).unwrap(), config);
    }
}

#[test]
fn unknown_fields_are_refused_and_missing_ones_have_defaults() {
    let config: TrainParams = serde_json::from_str(r#"{"steps": 10}"#).unwrap();
    assert_eq!(config.optimizer, adam(0.9, 0.999, 1e-8, 0.0));
    assert!(config.checked().is_ok());
    for (text, word) in [
        (r#"{"steps": 10, "learning_rat": 1.0}"#, "learning_rat"),
        (r#"{"steps": 10, "sampler": {"grid": {"nodes": 3}}}"#, "grid"),
        (r#"{"steps": 10, "sampler": {"sobol": {"x": 3, "y": 3, "z": 3}}}"#, "z"),
        (r#"{"learning_rate": 0.1}"#, "steps"),
    ] {
        let e = serde_json::from_str::<TrainParams>(text).unwrap_err().to_string();
        assert!(e.contains(word), "{e}");
    }
}
