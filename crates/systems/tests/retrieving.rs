//! Systems that pick, bind and retrieve, against what they are meant to be.

// The lint spares test functions, not what they share.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use burn::module::{ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;
use common::{close, device, logits, objects, places, tensor};
use relata_kernels::Encoders;
use relata_relations::{Points, Seed};
use relata_systems::*;
use relata_training::{Precision, tensor_to_vec};

fn differ(a: &[f64], b: &[f64]) -> bool {
    a.iter().zip(b).any(|(a, b)| (a - b).abs() > 1e-4)
}

#[test]
fn a_controller_that_sees_keys_knows_of_objects_only_which_are_like_which() {
    let x = objects(6, 5, 1);
    // Few numbers per embedding, so that no inner product is so large that its sigmoid is 1.
    let esbn = |m, segments| {
        let config = EsbnConfig { dim: 4, ..EsbnConfig::new(m, 5, 2, segments) };
        config.init(Seed(2), &device()).unwrap()
    };
    // One object is like no other: nothing of it reaches the answer.
    let one = esbn(1, vec![]);
    let answers = logits(&one, &x, &[&[0, 1, 2, 3]]);
    answers.chunks(2).for_each(|row| close(row, &answers[..2], 1e-6));
    // Of two, their inner product does, in which they are alike.
    let two = esbn(2, vec![]);
    let (there, back) = (logits(&two, &x, &[&[0, 2], &[1, 3]]), logits(&two, &x, &[&[1, 3], &[0, 2]]));
    close(&there, &back, 1e-5);
    assert!(differ(&there[..2], &there[2..]), "other pairs have other inner products");
    // Of three, the order matters: which is like the first is not which is like the second.
    let three = esbn(3, vec![]);
    let orders = [[0, 0, 1], [0, 1, 0], [1, 0, 0]].map(|[a, b, c]| logits(&three, &x, &[&[a], &[b], &[c]]));
    assert!(differ(&orders[0], &orders[1]) && differ(&orders[1], &orders[2]));
}

#[test]
fn two_objects_in_their_context_are_the_same_or_different_and_nothing_else() {
    // Normalised over two objects, every coordinate is 0 where they agree and 1 and -1 otherwise.
    let x = objects(6, 5, 3);
    let same = [[0, 1, 2, 3, 4, 5].as_slice(); 2];
    let different = [[0, 1, 2, 3, 4, 5].as_slice(), [1, 2, 3, 4, 5, 0].as_slice()];
    let esbn = EsbnConfig::new(2, 5, 1, vec![2]).init(Seed(4), &device()).unwrap();
    let answers = logits(&esbn, &x, &same);
    close(&answers, &[answers[0]; 6], 1e-5);
    let others = logits(&esbn, &x, &different);
    // The encoder's units that are off for both objects are 0 in either case.
    assert!(others.iter().all(|o| (o - answers[0]).abs() > 1e-4), "{others:?} {answers:?}");
}

#[test]
fn comparisons_of_equal_objects_say_nothing_of_them() {
    let x = objects(4, 5, 5);
    let net = PrediNetConfig::new(3, 5, 2, vec![]).init(Seed(6), &device()).unwrap();
    let equal = logits(&net, &x, &[&[0, 1, 2], &[0, 1, 2], &[0, 1, 2]]);
    equal.chunks(2).for_each(|row| close(row, &equal[..2], 1e-5));
    assert!(differ(&logits(&net, &x, &[&[0], &[1], &[2]]), &equal[..2]));
}

#[test]
fn relational_attention_follows_the_order_of_its_objects() {
    let x = objects(4, 6, 7);
    let symbols = objects(4, 3, 8);
    let config = RelationalAttentionConfig {
        dim: 6,
        heads: 2,
        width: 5,
        relations: 3,
        rank: 2,
        encoders: Encoders::Separate,
        symbols: 3,
    };
    let mut parts = SystemParts::new(Seed(9), &device(), Precision::F32);
    let heads = config.init(Seed(9), "heads", &mut parts).unwrap();
    let of = |order: &[usize]| {
        let rows = |p: &Points| tensor(&p.select(order).unwrap()).reshape([1, 4, p.dim()]);
        let (x, symbols) = (rows(&x), rows(&symbols));
        tensor_to_vec(heads.forward(&x, &symbols)).unwrap()
    };
    let plain = of(&[0, 1, 2, 3]);
    let order = [2, 0, 3, 1];
    let expected: Vec<f64> = order.iter().flat_map(|i| plain[10 * i..10 * (i + 1)].to_vec()).collect();
    close(&of(&order), &expected, 1e-4);
}

#[test]
fn symbols_stand_for_places_or_for_what_is_retrieved() {
    let x = objects(4, 6, 10);
    let rows = tensor(&x).reshape([2, 2, 6]);
    let library = |choice| {
        let mut parts = SystemParts::new(Seed(11), &device(), Precision::F32);
        SymbolLibrary::new("symbols", [2, 6, 3], choice, &mut parts)
    };
    let of = |choice| tensor_to_vec(library(choice).unwrap().forward(&rows)).unwrap();
    let placed = of(SymbolChoice::Position);
    close(&placed[..6], &placed[6..], 1e-6);
    assert!(differ(&placed[..3], &placed[3..6]), "places have different symbols");
    // One symbol stands for everything; several are mixed by what the object is.
    let one = of(SymbolChoice::Retrieval(1));
    one.chunks(3).for_each(|s| close(s, &one[..3], 1e-5));
    let several = of(SymbolChoice::Retrieval(4));
    assert!(several.chunks(3).skip(1).all(|s| differ(s, &several[..3])));
    assert!(library(SymbolChoice::Retrieval(0)).unwrap_err().to_string().contains("at least 1"));
}

struct Reached {
    grads: GradientsParams,
    none: usize,
    zero: usize,
    all: usize,
}

impl ModuleVisitor for Reached {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.all += 1;
        let Some(grad) = self.grads.get::<D>(param.id) else {
            self.none += 1;
            return;
        };
        let largest = tensor_to_vec(grad).unwrap().into_iter().fold(0.0, |m: f64, g| m.max(g.abs()));
        self.zero += usize::from(largest < 1e-7);
    }
}

/// Parameters, those without any gradient, and those of which it is 0.
fn reached<S: System>(system: &S, objects: &Points) -> [usize; 3] {
    let takes = system.takes().objects.unwrap_or(3);
    let columns: Vec<Vec<i32>> = (0..takes)
        .map(|p| (0..6).map(|e| ((e * 5 + p * (e + 1)) % objects.len()) as i32).collect())
        .collect();
    let columns: Vec<&[i32]> = columns.iter().map(Vec::as_slice).collect();
    let logits = system.logits(tensor(objects), &places(&columns));
    let loss = (logits.clone() * logits.clone()).sum() + logits.sum();
    let grads = GradientsParams::from_grads(loss.backward(), system);
    let mut found = Reached { grads, none: 0, zero: 0, all: 0 };
    system.visit(&mut found);
    [found.all, found.none, found.zero]
}

#[test]
fn gradients_reach_every_parameter() {
    let x = objects(9, 5, 12);
    let (seed, on) = (Seed(13), device());
    // A bias of keys adds the same to all scores of a query, so what it does is nothing.
    let check = |what: &str, [all, none, zero]: [usize; 3], biases: usize| {
        assert!(all > biases && none == 0 && zero <= biases, "{what}: {all} {none} {zero}");
    };
    check("ESBN", reached(&EsbnConfig::new(5, 5, 2, vec![]).init(seed, &on).unwrap(), &x), 0);
    // Contexts that are centred lose what is added to all objects: the bias of the encoder.
    check("ESBN", reached(&EsbnConfig::new(5, 5, 2, vec![2, 5]).init(seed, &on).unwrap(), &x), 1);
    check("PrediNet", reached(&PrediNetConfig::new(5, 5, 2, vec![]).init(seed, &on).unwrap(), &x), 1);
    for symbols in [SymbolChoice::Position, SymbolChoice::Retrieval(3)] {
        for sensory_heads in [0, 2] {
            let config = DualAttentionConfig { symbols, sensory_heads, ..DualAttentionConfig::new(5, 5, 2) };
            let biases = if sensory_heads == 0 { 1 } else { 2 };
            check("dual attention", reached(&config.init(seed, &on).unwrap(), &x), biases);
        }
    }
    check("transformer", reached(&TransformerConfig::new(5, 5, 2).init(seed, &on).unwrap(), &x), 1);
    check("CoRelNet", reached(&CoRelNetConfig::new(5, 5, 2, vec![]).init(seed, &on).unwrap(), &x), 0);
    check("relation network", reached(&RelationNetworkConfig::new(5, 2).init(seed, &on).unwrap(), &x), 0);
    let mut abstractor = AbstractorConfig::for_pairs(5);
    abstractor.objects = 5;
    check("Abstractor", reached(&abstractor.init(seed, &on).unwrap(), &x), 0);
}

#[test]
fn sizes_that_do_not_fit_are_refused() {
    let on = device();
    let dual = |change: &dyn Fn(&mut DualAttentionConfig)| {
        let mut config = DualAttentionConfig::new(3, 4, 2);
        change(&mut config);
        config.init(Seed(0), &on).unwrap_err().to_string()
    };
    assert!(dual(&|c| c.relations = 5).contains("divisor of the 64"));
    assert!(dual(&|c| c.sensory_heads = 1).contains("the number of heads is 3"));
    assert!(dual(&|c| (c.relational_heads, c.sensory_heads) = (0, 4)).contains("at least 1"));
    let esbn = EsbnConfig::new(6, 4, 2, vec![2, 5]).init(Seed(0), &on).unwrap_err().to_string();
    assert!(esbn.contains("last segment is 5"), "{esbn}");
    let predinet = PrediNetConfig::new(6, 4, 2, vec![4, 2, 6]).init(Seed(0), &on).unwrap_err().to_string();
    assert!(predinet.contains("after rising ends"), "{predinet}");
}

#[test]
fn scores_from_relations_know_no_place_and_no_length() {
    let x = objects(6, 5, 14);
    let scorer = AbstractorScorerConfig::new(5).init(Seed(15), &device()).unwrap();
    let of = |sequence: &[i32]| {
        let at = places(&[sequence]).remove(0);
        tensor_to_vec(scorer.scores(tensor(&x), at, sequence.len())).unwrap()
    };
    let plain = of(&[4, 0, 2]);
    close(&of(&[2, 4, 0]), &[plain[2], plain[0], plain[1]], 1e-5);
    // The same objects twice: as many relations of each kind, in proportion.
    close(&of(&[4, 0, 2, 4, 0, 2])[..3], &plain, 1e-5);
    assert!(differ(&of(&[4, 0, 3])[..1], &plain[..1]), "other company, another score");
}
