//! Several relations as one network, against each by itself.

#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::objects;
use relata_networks::{Activation, Affine, MlpConfig, RelationNet};
use relata_relations::{Factors, Seed};
use relata_systems::{Several, SeveralError};

fn config(inputs: usize, rank: usize, width: usize) -> MlpConfig {
    MlpConfig::new(inputs, rank).with_width(width).with_depth(2).with_activation(Activation::Tanh)
}

#[test]
fn networks_side_by_side_keep_their_values_and_their_neurons() {
    let (x, y) = (objects(5, 3, 1), objects(4, 3, 2));
    let mlp = |rank, width, seed, side: &str| config(3, rank, width).init(Seed(seed), side).unwrap();
    let symmetric: Vec<RelationNet> =
        [(2, 7), (5, 4), (1, 9)].map(|(r, w)| RelationNet::symmetric(mlp(r, w, r as u64, "phi"))).to_vec();
    let asymmetric: Vec<RelationNet> = [(3, 6), (2, 8)]
        .map(|(r, w)| RelationNet::asymmetric(mlp(r, w, 9, "phi"), mlp(r, w + 1, 9, "psi")).unwrap())
        .to_vec();
    let indefinite: Vec<RelationNet> = [vec![1.0, -1.0], vec![-1.0, -1.0, 1.0]]
        .map(|s| RelationNet::indefinite(mlp(s.len(), 5, s.len() as u64, "phi"), s).unwrap())
        .to_vec();
    for nets in [symmetric, asymmetric, indefinite] {
        let union = Several::of(&nets).unwrap();
        assert_eq!(union.net().neurons(), nets.iter().map(RelationNet::neurons).sum::<usize>());
        assert_eq!(union.net().rank(), nets.iter().map(Factors::rank).sum::<usize>());
        let values = union.evaluate(&x, &y);
        assert_eq!((values.len(), union.relations()), (nets.len(), nets.len()));
        for (net, values) in nets.iter().zip(&values) {
            let alone = net.evaluate(&x, &y);
            for (i, j) in (0..5).flat_map(|i| (0..4).map(move |j| (i, j))) {
                assert!((alone[(i, j)] - values[(i, j)]).abs() < 1e-12 * (1.0 + alone[(i, j)].abs()));
            }
        }
    }
}

#[test]
fn heads_on_one_trunk_take_the_neurons_of_one() {
    let trunk = config(3, 2, 8).init(Seed(4), "phi").unwrap();
    let head = |seed| {
        let drawn = config(8, 2, 1).with_depth(0).init(Seed(seed), "head").unwrap();
        Affine::new(drawn.head().weight().to_owned(), drawn.head().bias().to_vec())
    };
    let nets: Vec<RelationNet> =
        (0..4).map(|k| RelationNet::symmetric(trunk.with_head(head(k)).unwrap())).collect();
    let union = Several::of(&nets).unwrap();
    assert_eq!(union.net().neurons(), nets[0].neurons());
    let x = objects(5, 3, 5);
    for (net, values) in nets.iter().zip(union.evaluate(&x, &x)) {
        assert!((net.evaluate(&x, &x) - values).norm_max() < 1e-12);
    }
}

#[test]
fn networks_that_do_not_stand_side_by_side_are_refused() {
    let net = |inputs, depth| {
        RelationNet::symmetric(config(inputs, 2, 4).with_depth(depth).init(Seed(1), "phi").unwrap())
    };
    assert_eq!(Several::of(&[]), Err(SeveralError::None));
    let message = |nets: &[RelationNet]| Several::of(nets).unwrap_err().to_string();
    assert!(message(&[net(3, 2), net(4, 2)]).contains("network 1 has another number of inputs"));
    assert!(message(&[net(3, 2), net(3, 2), net(3, 1)]).contains("network 2 has another number of hidden"));
    let mlp = config(3, 2, 4).init(Seed(1), "phi").unwrap();
    let asymmetric = RelationNet::asymmetric(mlp.clone(), mlp).unwrap();
    assert!(message(&[net(3, 2), asymmetric]).contains("other encoders"));
}
