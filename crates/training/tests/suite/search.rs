//! The smallest network within an error: upper bounds, by readout and by training.

use crate::support::{device, go_on, rule, smooth};
use relata_networks::{Activation, MlpConfig, RelationNet};
use relata_relations::{Factors, HeldOut, Interval, Quadrature, Relation, Seed, evaluate, relation_fn};
use relata_training::{
    Data, MadeLayers, Sampler, Search, SearchError, SearchNorm, SearchOutcome, SearchParams, TrainParams,
    rescale, train,
};

fn held_out() -> HeldOut {
    HeldOut::Quadrature { x: rule(83), y: rule(80) }
}

fn rules() -> [Quadrature; 2] {
    [rule(40), rule(40)]
}

/// Random hidden layers of both sides.
fn drawn(width: usize, seed: Seed) -> MadeLayers {
    let config = MlpConfig::new(1, 4).with_width(width).with_depth(1).with_activation(Activation::Tanh);
    let net = RelationNet::asymmetric(config.init(seed, "phi")?, config.init(seed, "psi")?)?;
    Ok(rescale(&net, 3.0, 0.6)?)
}

#[test]
fn what_is_found_is_within_the_error_and_what_failed_is_not() {
    let r = smooth();
    let mut search = Search::new(&r, &drawn, rules(), held_out(), SearchParams::new(1, 64), Seed(3)).unwrap();
    let mut before = 0;
    for eps in [1e-1, 1e-2, 1e-3] {
        let s = search.smallest(eps).unwrap().found().unwrap();
        let e = relata_relations::measure(&r, &s.net, &held_out()).unwrap();
        assert!(e.sup <= eps && (e.sup - s.error).abs() <= 1e-12 * e.sup);
        assert_eq!((s.net.rank(), s.net.phi_net().width()), (s.rank, s.width));
        // Smaller errors take no fewer neurons: bisection of the same errors.
        assert!(s.width >= before);
        before = s.width;
        let below = s.failed.unwrap();
        assert!(below.width < s.width && below.error > eps);
        // Nothing of rank d is below the Eckart-Young limit.
        let values = rule(83);
        let u = values.sqrt_weights();
        let m = evaluate(&r, values.nodes(), values.nodes()).unwrap();
        let m = faer::Mat::from_fn(83, 83, |i, j| u[i] * m[(i, j)] * u[j]);
        let tail: f64 = m.singular_values().unwrap()[s.rank..].iter().map(|v| v * v).sum::<f64>().sqrt();
        assert!(tail <= eps);
    }
    // Widths are tried once: another search for the same error tries none.
    let tried = search.attempts().count();
    search.smallest(1e-2).unwrap();
    assert_eq!(search.attempts().count(), tried);
}

#[test]
fn a_relation_of_rank_one_needs_one_neuron_that_fits() {
    // tanh(x) tanh(y) with units that are tanh(x): width 1 is found, and nothing failed below.
    let r = relation_fn(Interval::unit(), Interval::unit(), |x, y| x[0].tanh() * y[0].tanh());
    let exact = |width: usize, _: Seed| -> MadeLayers {
        let one = |n: usize| {
            let hidden = relata_networks::Block {
                affine: relata_networks::Affine::new(
                    faer::Mat::from_fn(1, n, |_, j| 1.0 + j as f64),
                    vec![0.0; n],
                ),
                activation: Activation::Tanh,
                skip: relata_networks::Skip::None,
                training: relata_networks::Trainable::Free,
            };
            let head = relata_networks::Affine::new(faer::Mat::zeros(n, 1), vec![0.0]);
            relata_networks::Mlp::new(vec![hidden], head)
        };
        Ok(RelationNet::asymmetric(one(width)?, one(width)?)?)
    };
    let mut search = Search::new(&r, &exact, rules(), held_out(), SearchParams::new(1, 9), Seed(0)).unwrap();
    let s = search.smallest(1e-9).unwrap().found().unwrap();
    assert_eq!((s.width, s.rank, s.failed), (1, 1, None));
}

#[test]
fn the_same_seed_finds_the_same_network_and_small_widths_do_not_suffice() {
    let r = smooth();
    let params = SearchParams { restarts: 2, norm: SearchNorm::L2, ..SearchParams::new(1, 24) };
    let find = |seed: u64| {
        let mut s = Search::new(&r, &drawn, rules(), held_out(), params.clone(), Seed(seed)).unwrap();
        s.smallest(1e-2).unwrap().found().unwrap()
    };
    let (a, b, c) = (find(1), find(1), find(2));
    assert!(
        a.net == b.net && a.error.to_bits() == b.error.to_bits() && a.error.to_bits() != c.error.to_bits()
    );
    let few = SearchParams { widths: vec![1, 2], ..params.clone() };
    let mut search = Search::new(&r, &drawn, rules(), held_out(), few, Seed(1)).unwrap();
    let SearchOutcome::NotFound { closest } = search.smallest(1e-6).unwrap() else {
        panic!("two units suffice")
    };
    assert!(closest.error > 1e-6 && closest.width <= 2);
    for wrong in [
        SearchParams { widths: vec![], ..params.clone() },
        SearchParams { widths: vec![3, 2], ..params.clone() },
        SearchParams { restarts: 0, ..params.clone() },
        SearchParams { most_rank: 0, ..params.clone() },
    ] {
        let search = Search::new(&r, &drawn, rules(), held_out(), wrong, Seed(1));
        assert!(matches!(search, Err(SearchError::Parameter { .. })));
    }
    assert!(matches!(search.smallest(0.0), Err(SearchError::Parameter { field: "eps", .. })));
}

#[test]
fn training_finds_no_wider_networks_than_it_starts_from() {
    let r = smooth();
    let trained = |width: usize, seed: Seed| -> MadeLayers {
        let config =
            TrainParams::adam(40).with_learning_rate(1e-2).with_sampler(Sampler::Quadrature { nodes: 24 });
        let start = drawn(width, seed)?;
        Ok(train(&start, &r as &dyn Relation, Data::Spaces, &config, seed, &device(), &mut go_on)?.net)
    };
    let params = SearchParams { restarts: 1, ..SearchParams::new(2, 24) };
    let mut search = Search::new(&r, &trained, rules(), held_out(), params, Seed(5)).unwrap();
    let s = search.smallest(3e-2).unwrap().found().unwrap();
    assert!(s.error <= 3e-2 && s.width <= 24 && s.rank <= s.width + 1);
}
