//! Readouts of trained networks against the full readout and the limit.

use crate::support::{asymmetric, device, error, gaussian, go_on, indefinite, rule, smooth, symmetric};
use faer::Mat;
use relata_networks::{
    Activation, MlpConfig, Readout, ReadoutError, ReadoutParams, RelationNet, distill, solve_readout,
};
use relata_relations::{Factors, Quadrature, Relation, Seed, evaluate};
use relata_training::{
    AlternatingParams, Control, Data, Sampler, Stopped, TrainParams, readout_on_samples, rescale,
    sample_rules, train, train_with_readout,
};

fn weighted(r: &dyn Relation, nodes: usize) -> Mat<f64> {
    let q = rule(nodes);
    let (u, values) = (q.sqrt_weights(), evaluate(r, q.nodes(), q.nodes()).unwrap());
    Mat::from_fn(nodes, nodes, |i, j| u[i] * values[(i, j)] * u[j])
}

/// The readout in the span of the outputs.
fn own_span(net: &RelationNet, r: &dyn Relation, q: [&Quadrature; 2]) -> Result<Readout, ReadoutError> {
    distill(net, r, q, ReadoutParams { tolerance: 1e-7 })
}

/// The relative Eckart-Young limit on a rule.
fn limit(r: &dyn Relation, rank: usize) -> f64 {
    let s = weighted(r, 73).singular_values().unwrap();
    let tail: f64 = s[rank..].iter().map(|v| v * v).sum();
    (tail / s.iter().map(|v| v * v).sum::<f64>()).sqrt()
}

#[test]
fn an_affine_network_is_its_own_hidden_layer() {
    // Without hidden layers, and as many outputs as inputs, outputs and hidden features span the
    // same space.
    let r = smooth();
    let q = rule(40);
    let encoder = MlpConfig::new(1, 1).with_depth(0);
    for net in [asymmetric(&encoder, 1), symmetric(&encoder, 1), indefinite(&encoder, 1)] {
        let full = solve_readout(&net, &r, [&q, &q], ReadoutParams::default()).unwrap();
        let own = own_span(&net, &r, [&q, &q]).unwrap();
        for (a, b) in full.values().iter().zip(own.values()) {
            assert!((a - b).abs() < 1e-12);
        }
        for rank in [1, 2] {
            let (a, b) = (full.at_rank(rank).unwrap(), own.at_rank(rank).unwrap());
            assert!((a.evaluate(q.nodes(), q.nodes()) - b.evaluate(q.nodes(), q.nodes())).norm_max() < 1e-11);
        }
    }
}

#[test]
fn distilling_never_increases_the_weighted_error() {
    let q = rule(30);
    let encoder = MlpConfig::new(1, 5).with_width(12);
    for r in [smooth(), gaussian()] {
        let target = weighted(&r, 30);
        let u = q.sqrt_weights();
        for net in [asymmetric(&encoder, 2), symmetric(&encoder, 2), indefinite(&encoder, 2)] {
            let distance = |net: &RelationNet| {
                let values = net.evaluate(q.nodes(), q.nodes());
                Mat::from_fn(30, 30, |i, j| u[i] * values[(i, j)] * u[j] - target[(i, j)]).norm_l2()
            };
            let own = own_span(&net, &r, [&q, &q]).unwrap();
            let best = distance(&own.at_rank(5).unwrap());
            assert!(best <= distance(&net) * (1.0 + 1e-9));
            let mut last = f64::INFINITY;
            for rank in 1..=6 {
                let d = distance(&own.at_rank(rank).unwrap());
                assert!(d <= last * (1.0 + 1e-9), "{rank}");
                last = d;
            }
            // All hidden features give at least as much.
            let full = solve_readout(&net, &r, [&q, &q], ReadoutParams::default()).unwrap();
            assert!(distance(&full.at_rank(5).unwrap()) <= best * (1.0 + 1e-9));
        }
    }
}

#[test]
fn ranks_and_nodes_are_checked() {
    let r = smooth();
    let net = symmetric(&MlpConfig::new(1, 3).with_width(4), 0);
    let (a, b) = (rule(20), rule(21));
    assert!(matches!(own_span(&net, &r, [&a, &b]), Err(ReadoutError::DifferentNodes)));
    let own = own_span(&net, &r, [&a, &a]).unwrap();
    for rank in [0, 5] {
        assert_eq!(own.at_rank(rank), Err(ReadoutError::Rank { rank, width: 3, most: 4 }));
    }
    assert_eq!(own.at_rank(2).unwrap().rank(), 2);
}

#[test]
fn trained_features_reach_the_limit() {
    let r = smooth();
    let encoder = MlpConfig::new(1, 8).with_width(32).with_depth(1).with_activation(Activation::Tanh);
    let net = rescale(&asymmetric(&encoder, 0), 3.0, 0.6).unwrap();
    let training =
        TrainParams::adam(100).with_learning_rate(1e-2).with_sampler(Sampler::Quadrature { nodes: 40 });
    let config = AlternatingParams::new(training).with_rounds(2).with_tolerance(1e-11);
    let done = train_with_readout(&net, &r, Data::Spaces, &config, Seed(0), &device(), &mut go_on).unwrap();
    assert_eq!((done.histories.len(), done.stopped), (2, Stopped::Finished));
    for rank in [1, 2, 4] {
        let ratio = error(&done.readout.at_rank(rank).unwrap(), &r) / limit(&r, rank);
        assert!((0.999..1.01).contains(&ratio), "rank {rank}: {ratio}");
    }
    // The second round starts where the first one ended, or better.
    let (first, second) = (&done.histories[0], &done.histories[1]);
    assert!(
        second[0].loss < 1.5 * first[first.len() - 1].loss,
        "{} {}",
        second[0].loss,
        first[first.len() - 1].loss
    );
}

#[test]
fn samples_read_out_as_well_as_their_number_allows() {
    let r = gaussian();
    let encoder = MlpConfig::new(1, 6).with_width(24);
    let trained = train(
        &symmetric(&encoder, 3),
        &r,
        Data::Spaces,
        &TrainParams::adam(100).with_batch(64, 64),
        Seed(1),
        &device(),
        &mut go_on,
    );
    let solved =
        readout_on_samples(&trained.unwrap().net, &r, 512, ReadoutParams { tolerance: 1e-6 }, Seed(2))
            .unwrap();
    let ratio = error(&solved.at_rank(3).unwrap(), &r) / limit(&r, 3);
    assert!((0.999..1.05).contains(&ratio), "{ratio}");
    let [x, y] = sample_rules(relata_kernels::Encoders::Shared, &r, 64, Seed(2)).unwrap();
    assert_eq!(x, y);
    assert!((x.weights().iter().sum::<f64>() - 1.0).abs() < 1e-12);
    let [x, y] = sample_rules(relata_kernels::Encoders::Separate, &r, 64, Seed(2)).unwrap();
    assert_ne!(x, y);
}

#[test]
fn a_request_ends_the_rounds_with_a_readout() {
    let r = smooth();
    let net = asymmetric(&MlpConfig::new(1, 3).with_width(8), 0);
    let config =
        AlternatingParams::new(TrainParams::adam(10).with_batch(8, 8)).with_rounds(3).with_last_points(64);
    let mut steps = 0;
    let mut stop = |_: &relata_training::StepRecord| {
        steps += 1;
        if steps == 4 { Control::Stop } else { Control::Continue }
    };
    let done = train_with_readout(&net, &r, Data::Spaces, &config, Seed(0), &device(), &mut stop).unwrap();
    assert_eq!((done.histories.len(), done.histories[0].len(), done.stopped), (1, 4, Stopped::Requested));
    assert_eq!(done.readout.at_rank(3).unwrap().rank(), 3);
    let wrong = AlternatingParams { rounds: 0, ..config };
    assert_eq!(wrong.checked().unwrap_err().field, "rounds");
}
