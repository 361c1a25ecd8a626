//! Several starts at once against one by one.

use crate::support::{asymmetric, device, go_on, rule, smooth, weights};
use burn::tensor::Device;
use relata_networks::{MlpConfig, RelationNet};
use relata_relations::catalogue::gaussian;
use relata_relations::{Relation, Seed};
use relata_training::{
    Control, Data, EarlyStopping, NetworkDevice, Sampler, Stopped, TrainError, TrainParams, Trained, rescale,
    train, train_many,
};

fn starts(inputs: usize) -> Vec<RelationNet> {
    let sizes = [(8, 1), (16, 2), (40, 1), (8, 0)];
    let net = |(k, (width, depth))| {
        asymmetric(&MlpConfig::new(inputs, 3).with_width(width).with_depth(depth), k as u64)
    };
    sizes.into_iter().enumerate().map(net).collect()
}

fn together(
    nets: &[RelationNet],
    r: &dyn Relation,
    data: Data<'_>,
    params: &TrainParams,
    device: &NetworkDevice,
) -> Vec<Result<Trained, TrainError>> {
    train_many(nets, r, data, params, Seed(3), device, &|_, _| Control::Continue).unwrap()
}

fn assert_same(together: &[Result<Trained, TrainError>], alone: &[Trained]) {
    assert_eq!(together.len(), alone.len());
    for (a, b) in together.iter().zip(alone) {
        let a = a.as_ref().unwrap();
        assert_eq!(weights(&a.net), weights(&b.net));
        assert_eq!((&a.history, a.stopped, a.formulation), (&b.history, b.stopped, b.formulation));
    }
}

#[test]
fn starts_give_what_each_gives_alone() {
    let q = rule(37);
    let stopping = EarlyStopping { every: 2, patience: 2, min_delta: 0.01, points: 30 };
    let adam = TrainParams::adam(14).with_learning_rate(0.02);
    let known = gaussian(2, 0.8).unwrap();
    for device in [device(), Device::flex().into()] {
        for params in [
            adam.clone().with_batch(150, 33),
            adam.clone().with_sampler(Sampler::Sobol { x: 20, y: 300 }).with_early_stopping(stopping),
        ] {
            let relations: [(&dyn Relation, usize); 2] = [(&smooth(), 1), (&known, 2)];
            for (r, inputs) in relations {
                let data: &[Data<'_>] =
                    if inputs == 1 { &[Data::Spaces, Data::Quadratures([&q, &q])] } else { &[Data::Spaces] };
                for data in data {
                    let nets = starts(inputs);
                    let one = |net| train(net, r, *data, &params, Seed(3), &device, &mut go_on).unwrap();
                    let alone: Vec<Trained> = nets.iter().map(one).collect();
                    assert_same(&together(&nets, r, *data, &params, &device), &alone);
                }
            }
        }
    }
}

#[test]
fn threads_change_no_bit_of_many() {
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let params = TrainParams::adam(6).with_batch(140, 150);
        pool.install(|| together(&starts(1), &smooth(), Data::Spaces, &params, &device()))
            .into_iter()
            .map(|t| weights(&t.unwrap().net))
            .collect::<Vec<_>>()
    };
    assert_eq!(run(1), run(3));
}

#[test]
fn a_start_that_meets_nan_is_dropped_and_the_others_go_on() {
    let params = TrainParams::adam(5).with_batch(30, 20);
    for device in [device(), Device::flex().into()] {
        let mut nets = starts(1);
        // Features of 1e25 have inner products beyond single precision.
        nets[1] = rescale(&nets[1], 1.0, 1e25).unwrap();
        let found = together(&nets, &smooth(), Data::Spaces, &params, &device);
        for (k, t) in found.iter().enumerate() {
            match t {
                Ok(t) => assert!(k != 1 && t.history.len() == 5),
                Err(TrainError::NonFiniteLoss { step: 0, .. }) => assert_eq!(k, 1),
                Err(e) => panic!("{e}"),
            }
        }
    }
}

#[test]
fn a_start_can_be_stopped_alone() {
    let params = TrainParams::adam(9).with_batch(10, 10);
    let stop = |k: usize, record: &relata_training::StepRecord| {
        if k == 2 && record.step == 3 { Control::Stop } else { Control::Continue }
    };
    let found = train_many(&starts(1), &smooth(), Data::Spaces, &params, Seed(0), &device(), &stop).unwrap();
    let ended: Vec<(usize, Stopped)> =
        found.into_iter().map(|t| t.unwrap()).map(|t| (t.history.len(), t.stopped)).collect();
    let finished = (9, Stopped::Finished);
    assert_eq!(ended, [finished, finished, (4, Stopped::Requested), finished]);
}

#[test]
fn what_every_start_would_meet_fails_at_once() {
    let bad = relata_relations::relation_fn(
        relata_relations::Interval::unit(),
        relata_relations::Interval::unit(),
        |x, _| if x[0] > 0.5 { f64::INFINITY } else { 1.0 },
    );
    let params = TrainParams::adam(5).with_batch(30, 20);
    let go_on = &|_: usize, _: &relata_training::StepRecord| Control::Continue;
    let e = train_many(&starts(1), &bad, Data::Spaces, &params, Seed(0), &device(), go_on).unwrap_err();
    assert!(matches!(e, TrainError::Relation(_)), "{e}");
    let e = train_many(&starts(2), &smooth(), Data::Spaces, &params, Seed(0), &device(), go_on).unwrap_err();
    assert!(matches!(e, TrainError::Inputs { .. }), "{e}");
    let none = train_many(&[], &smooth(), Data::Spaces, &params, Seed(0), &device(), go_on).unwrap();
    assert!(none.is_empty());
}
