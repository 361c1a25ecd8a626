//! What errors of relations become, against systems that are written out.

#![allow(clippy::unwrap_used, clippy::panic)]

use relata_attention::{
    InverseTemperature, RelationalLayer, Scores, miss_bound, relational_attention_bound,
    relational_attention_mean_bound, relational_layers_bound,
};
use relata_networks::construct;
use relata_relations::catalogue::relation;
use relata_relations::{Points, Seed};

#[test]
fn one_other_object_that_disagrees_attains_the_bound() {
    // Two objects with margin 1 in their scores, the relation to the right one off by e, to the other
    // one by d, on the same side.
    let b = InverseTemperature::new(3.0).unwrap();
    let weights = Scores::new(&[0.0, -1.0]).unwrap().softmax(b);
    let (truth, e, d) = (0.7, 0.05, 1.3);
    let out = weights[0] * (truth + e) + weights[1] * (truth + d);
    let bound = relational_attention_bound(miss_bound(2, 1.0, b), e, d);
    assert!(((out - truth) - bound).abs() < 1e-12, "{out} {bound}");
    // Where the others agree better than the right one, its weight is not to be lost but had.
    let out = weights[0] * e + weights[1] * 0.01;
    assert!(out <= relational_attention_bound(miss_bound(2, 1.0, b), e, 0.01));
    assert!((relational_attention_bound(0.0, e, f64::INFINITY) - e).abs() < 1e-15);
    assert!((relational_attention_mean_bound(0.9, 0.0, e, d) - (0.9 * e + 0.1 * d)).abs() < 1e-12);
}

#[test]
fn an_abstractor_layer_is_within_the_modulus_of_what_it_reads() {
    // x -> (f(R_1), .., f(R_4)) with R_i = (min(x_i, x_j))_j and f(R) = sqrt(mean R), on [0, 1]^4; the
    // symbols are unit vectors, so that the layer has R_i itself before its perceptron.
    let r = relation("brownian").unwrap();
    let eps = 0.02;
    let built = construct(&*r, eps).unwrap();
    let f = |row: &[f64]| (row.iter().sum::<f64>() / row.len() as f64).max(0.0).sqrt();
    let layer = RelationalLayer {
        relation_modulus: &|t| t,
        relation_error: eps,
        reading_modulus: &|t| t.sqrt(),
        reading_error: 0.0,
    };
    let promised = relational_layers_bound(&[layer, layer]);
    assert!((promised[0] - eps.sqrt()).abs() < 1e-15);
    let mut stream = Seed(1).stream("objects");
    let mut worst = [0.0f64; 2];
    for round in 0..200 {
        // Small objects are where a root is steep.
        let size = if round % 2 == 0 { 1.0 } else { 0.05 };
        let objects: Vec<f64> = (0..4).map(|_| size * stream.uniform()).collect();
        let exact = |x: &[f64]| -> Vec<f64> {
            x.iter().map(|a| f(&x.iter().map(|b| a.min(*b)).collect::<Vec<_>>())).collect()
        };
        let near = |x: &[f64]| -> Vec<f64> {
            let x = Points::line(x.to_vec()).unwrap();
            let values = built.net().evaluate(&x, &x);
            (0..4).map(|i| f(&(0..4).map(|j| values[(i, j)]).collect::<Vec<_>>())).collect()
        };
        let (mut a, mut b) = (objects.clone(), objects);
        for (worst, promised) in worst.iter_mut().zip(&promised) {
            (a, b) = (exact(&a), near(&b.iter().map(|v| v.min(1.0)).collect::<Vec<_>>()));
            let apart = a.iter().zip(&b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(apart <= *promised, "{apart} {promised}");
            *worst = worst.max(apart);
        }
    }
    // The bound is of the right size: without the modulus of the root it would be broken.
    assert!(worst[0] > eps, "{worst:?}");
}
