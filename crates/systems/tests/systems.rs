//! Every system against what it is meant to be.

// The lint spares test functions, not what they share.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use burn::tensor::{Tensor, TensorData};
use common::{close, device, logits, objects, places, tensor};
use relata_kernels::Encoders;
use relata_networks::{Activation, MlpConfig};
use relata_relations::{Factors, Points, Seed};
use relata_systems::*;
use relata_tasks::Labelled;
use relata_training::{Precision, tensor_to_vec};

#[test]
fn a_utility_is_an_inner_product_of_width_two() {
    let net = UtilityNetConfig::new(5, 16).init(Seed(1), &device()).unwrap();
    let (x, y) = (objects(4, 5, 2), objects(3, 5, 3));
    let here = tensor_to_vec(net.forward(tensor(&x), tensor(&y))).unwrap();
    let there = net.relation_net().unwrap();
    assert_eq!(there.rank(), 2);
    let values = there.evaluate(&x, &y);
    let host: Vec<f64> =
        (0..4).flat_map(|i| (0..3).map(move |j| (i, j))).map(|(i, j)| values[(i, j)]).collect();
    close(&here, &host, 1e-5);
    // The logit of a pair is the relation of its objects, and it is antisymmetric.
    let pairs = logits(&net, &x, &[&[0, 2, 1], &[2, 0, 1]]);
    assert!((pairs[0] + pairs[1]).abs() < 1e-5 && pairs[2].abs() < 1e-6);
}

#[test]
fn relations_of_a_tensor_are_inner_product_networks() {
    let x = objects(4, 6, 5);
    for encoders in [Encoders::Shared, Encoders::Separate] {
        let config = RelationOfPairConfig::new(6, 8, 4, encoders);
        let system = config.init(Seed(3), &device()).unwrap();
        let net = config.relation.draw(Seed(3), "relation").unwrap();
        let host = net.evaluate(&x, &x);
        let here = logits(&system, &x, &[&[0, 1, 3], &[2, 0, 3]]);
        close(&here, &[host[(0, 2)] / 2.0, host[(1, 0)] / 2.0, host[(3, 3)] / 2.0], 1e-5);
    }
    let indefinite = RelationOfPairConfig::new(6, 8, 4, Encoders::Indefinite);
    assert!(indefinite.init(Seed(3), &device()).unwrap_err().to_string().contains("indefinite"));
}

#[test]
fn several_relations_are_one_network_with_heads() {
    // d_r relations of separate networks, in f64, and the tensor on the device.
    let config = RelationTensorConfig::linear(6, 3, 2, Encoders::Separate);
    let net = config.draw(Seed(4), "r").unwrap();
    let mut parts = SystemParts::new(Seed(4), &device(), Precision::F32);
    let tensor_of = config.init(Seed(4), "r", &mut parts).unwrap();
    let x = objects(4, 6, 21);
    let (phi, psi) = (net.phi(&x), net.psi(&x));
    let mut host = Vec::new();
    for k in 0..3 {
        for i in 0..4 {
            for j in 0..4 {
                let products = (2 * k..2 * k + 2).map(|c| phi[(i, c)] * psi[(j, c)]);
                host.push(products.sum::<f64>() / 2f64.sqrt());
            }
        }
    }
    let rows = tensor(&x).reshape([1, 4, 6]);
    close(&tensor_to_vec(tensor_of.forward(rows)).unwrap(), &host, 1e-5);
    let places = places(&[&[1, 3], &[2, 0]]);
    let pairs = tensor_of.pairs(tensor(&x), places[0].clone(), places[1].clone());
    let expected = [(1, 2), (3, 0)].map(|(i, j)| [0, 1, 2].map(|k| host[k * 16 + i * 4 + j])).concat();
    close(&tensor_to_vec(pairs).unwrap(), &expected, 1e-5);
}

#[test]
fn what_is_read_of_a_set_does_not_depend_on_the_order_of_its_objects() {
    let x = objects(6, 7, 8);
    let orders: [[&[i32]; 3]; 3] =
        [[&[0, 1], &[2, 3], &[4, 5]], [&[4, 5], &[0, 1], &[2, 3]], [&[2, 3], &[0, 1], &[4, 5]]];
    for reading in [SetReading::Sorted, SetReading::Pooled] {
        let config = |encoders| RelationsOfSetConfig {
            relations: RelationTensorConfig::linear(7, 5, 3, encoders),
            objects: 3,
            reading,
            width: 16,
            precision: Precision::F32,
        };
        let system = config(Encoders::Shared).init(Seed(4), &device()).unwrap();
        let first = logits(&system, &x, &orders[0]);
        orders.iter().for_each(|o| close(&logits(&system, &x, o), &first, 1e-5));
        // Relations with a direction depend on which object comes first.
        let system = config(Encoders::Separate).init(Seed(4), &device()).unwrap();
        let (a, b) = (logits(&system, &x, &orders[0]), logits(&system, &x, &orders[1]));
        assert!(a.iter().zip(&b).any(|(a, b)| (a - b).abs() > 1e-4));
    }
    let network = RelationNetworkConfig::new(7, 2).init(Seed(4), &device()).unwrap();
    let first = logits(&network, &x, &orders[0]);
    orders.iter().for_each(|o| close(&logits(&network, &x, o), &first, 1e-4));
}

#[test]
fn contexts_are_normalised_run_by_run() {
    let values: Vec<f64> = (0..24).map(|k| (k * k % 11) as f64).collect();
    let x = Tensor::<3>::from_data(TensorData::new(values, [2, 4, 3]), (&*device(), Precision::F64.dtype()));
    let normal = tensor_to_vec(context_norm(x.clone(), &[2, 4])).unwrap();
    for example in 0..2 {
        for run in 0..2 {
            for c in 0..3 {
                let of = |k: usize| normal[example * 12 + (2 * run + k) * 3 + c];
                assert!((of(0) + of(1)).abs() < 1e-9, "mean");
                assert!((of(0) * of(0) - 1.0).abs() < 1e-4 || of(0).abs() < 1e-9, "variance");
            }
        }
    }
    let whole = tensor_to_vec(context_norm(x.clone(), &[])).unwrap();
    close(&whole, &tensor_to_vec(context_norm(x, &[4])).unwrap(), 1e-12);
}

#[test]
fn an_identity_term_starts_at_nothing() {
    let x = objects(8, 6, 9);
    let plain = TransformerConfig { dim: 8, heads: 2, hidden: 8, ..TransformerConfig::new(3, 6, 2) };
    let cured = TransformerConfig { identity: IdentityTerm::Learned, ..plain.clone() };
    let columns: [&[i32]; 3] = [&[0, 1], &[2, 3], &[4, 0]];
    let (a, b) = (plain.init(Seed(5), &device()).unwrap(), cured.init(Seed(5), &device()).unwrap());
    close(&logits(&a, &x, &columns), &logits(&b, &x, &columns), 1e-6);
    assert_eq!(parameters(&b), parameters(&a) + 2, "one number per head");
}

#[test]
fn an_abstractor_answers_from_objects_and_places_alone() {
    let mut config = AbstractorConfig::for_pairs(6);
    config.embedding = 8;
    config.symbols = 8;
    let system = config.init(Seed(6), &device()).unwrap();
    let x = objects(4, 6, 10);
    let out = logits(&system, &x, &[&[0, 1], &[2, 3]]);
    assert!(out.iter().all(|v| v.is_finite()) && (out[0] - out[1]).abs() > 1e-6);
    // The same objects give the same answer wherever they stand in the table.
    let again = Points::from_rows(&[x.row(2), x.row(3), x.row(0), x.row(1)]).unwrap();
    close(&logits(&system, &again, &[&[2, 3], &[0, 1]]), &out, 1e-6);
}

#[test]
fn the_loss_of_rankings_is_that_of_plackett_and_luce() {
    let x = objects(6, 4, 11);
    let sorted = vec![vec![0, 3, 5], vec![4, 2, 1]];
    let net = UtilityNetConfig::new(4, 8).init(Seed(7), &device()).unwrap();
    let u = tensor_to_vec(net.score(tensor(&x))).unwrap();
    let mut expected = 0.0;
    for s in &sorted {
        for stage in 0..2 {
            let all: f64 = s[stage..].iter().map(|o| (-u[*o]).exp()).sum();
            expected -= ((-u[s[stage]]).exp() / all).ln() / 4.0;
        }
    }
    let params = LearnParams::new(500, 1e-2);
    let learned = learn_ranking(net, &x, &sorted, &params, &device()).unwrap();
    assert!((learned.losses[0] - expected).abs() < 1e-5, "{} {expected}", learned.losses[0]);
    assert!((whole_sequences_right(&learned.system, &x, &sorted, &device()).unwrap() - 1.0).abs() < 1e-12);
}

#[test]
fn learning_is_repeatable_and_falls() {
    let x = objects(12, 4, 12);
    let examples: Vec<Labelled> = (0..12)
        .flat_map(|a| (0..12).filter(move |b| *b != a).map(move |b| (a, b)))
        .map(|(a, b)| Labelled { objects: vec![a, b], answer: usize::from(x.row(a)[0] < x.row(b)[0]) })
        .collect();
    let params = LearnParams::new(120, 1e-2).with_batch(64);
    let run = || {
        let system = TuplePerceptronConfig::new(2, 4, 16, 1, 1).init(Seed(8), &device()).unwrap();
        learn(system, &x, &examples, &params, Seed(9), &device()).unwrap()
    };
    let (a, b) = (run(), run());
    assert_eq!(
        a.losses.iter().map(|l| l.to_bits()).collect::<Vec<_>>(),
        b.losses.iter().map(|l| l.to_bits()).collect::<Vec<_>>()
    );
    assert!((a.losses[0] - a.losses[119]) > 0.2, "{} {}", a.losses[0], a.losses[119]);
    assert!(accuracy(&a.system, &x, &examples, &device()).unwrap() > 0.9);
}

#[test]
fn a_task_that_a_system_cannot_take_is_refused() {
    let x = objects(5, 4, 13);
    let net = || UtilityNetConfig::new(4, 8).init(Seed(1), &device()).unwrap();
    let params = LearnParams::new(1, 1e-3);
    let learned = |examples: &[Labelled], points: &Points| {
        learn(net(), points, examples, &params, Seed(0), &device()).map(|_| ()).unwrap_err().to_string()
    };
    let example = |objects: &[usize]| Labelled { objects: objects.to_vec(), answer: 0 };
    assert!(learned(&[], &x).contains("no examples"));
    let text = learned(&[example(&[0, 1, 2])], &x);
    assert!(text.contains("utility takes examples of 2 objects of 4 numbers, not of 3"), "{text}");
    assert!(learned(&[example(&[0, 1])], &objects(5, 3, 1)).contains("of 3"));
    assert!(learned(&[example(&[0, 9])], &x).contains("names object 9 of 5"));
    let heads = TransformerConfig { heads: 3, ..TransformerConfig::new(3, 4, 2) };
    assert!(heads.init(Seed(0), &device()).unwrap_err().to_string().contains("divisor of the 64"));
    let segments = CoRelNetConfig::new(6, 4, 2, vec![2, 5]);
    assert!(segments.init(Seed(0), &device()).unwrap_err().to_string().contains("last segment is 5"));
    let score = MlpConfig::new(4, 2).with_activation(Activation::Relu);
    let two = UtilityNetConfig { score, precision: Precision::F32 };
    assert!(two.init(Seed(0), &device()).unwrap_err().to_string().contains("outputs of a score is 2"));
}

#[test]
fn a_loss_that_is_not_finite_names_its_step() {
    let x = objects(4, 4, 14);
    let examples = [Labelled { objects: vec![0, 1], answer: 1 }, Labelled { objects: vec![2, 1], answer: 0 }];
    let system = TuplePerceptronConfig::new(2, 4, 16, 2, 1).init(Seed(1), &device()).unwrap();
    let wild = LearnParams::new(400, 1e30);
    let text = learn(system, &x, &examples, &wild, Seed(0), &device()).unwrap_err().to_string();
    assert!(text.contains("step"), "{text}");
}
