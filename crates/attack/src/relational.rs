//! What errors of relations become.

use crate::{Draw, Ledger};
use relata_attention::{
    RelationalLayer, relational_attention_bound, relational_attention_mean_bound, relational_layers_bound,
};

/// Random weights, relations and errors against what is promised of relational attention, and two layers
/// of random relations against what is promised of layers.
pub(crate) fn layers(draw: &mut Draw, ledger: &mut Ledger) {
    attention(draw, ledger);
    stack(draw, ledger);
}

fn attention(draw: &mut Draw, ledger: &mut Ledger) {
    const ONE: &str = "relata_attention::relational_attention_bound";
    const MEAN: &str = "relata_attention::relational_attention_mean_bound";
    let n = draw.whole(1, 8);
    let error = draw.magnitude(1e-9, 1e2);
    // Contexts that have the margin, and one that may not have it.
    let (mut misses, mut found, mut apart) = (vec![], vec![], 0.0f64);
    for _ in 0..4 {
        let raw: Vec<f64> = (0..n).map(|_| draw.between(0.0, 1.0)).collect();
        let total: f64 = raw.iter().sum::<f64>() + 1e-300;
        let truth = draw.between(-10.0, 10.0);
        let near = truth + draw.between(-error, error);
        let mut out = 0.0;
        for (j, weight) in raw.iter().enumerate() {
            let value = if j == 0 { near } else { draw.between(-20.0, 20.0) };
            apart = if j == 0 { apart } else { apart.max((value - truth).abs()) };
            out += weight / total * value;
        }
        misses.push(1.0 - raw[0] / total);
        found.push((out - truth).abs());
    }
    let bound = |miss| relational_attention_bound(miss, error, apart);
    let close = |a: f64, b: f64| a <= b + 1e-12 * (1.0 + b + apart);
    for (miss, found) in misses.iter().zip(&found) {
        ledger.check(ONE, close(*found, bound(*miss)), || {
            format!("miss {miss:e}, error {error:e}, apart {apart:e}: {found:e}, bound {:e}", bound(*miss))
        });
    }
    let largest = misses[..3].iter().copied().fold(0.0, f64::max);
    let mean = found.iter().sum::<f64>() / 4.0;
    let promised = relational_attention_mean_bound(0.75, largest, error, apart);
    ledger.check(MEAN, close(mean, promised), || format!("{misses:?} {found:?}: bound {promised:e}"));
}

fn stack(draw: &mut Draw, ledger: &mut Ledger) {
    const LAYERS: &str = "relata_attention::relational_layers_bound";
    // Relations a sin(b x + c y) of scalar objects, read by d sqrt(|mean|) or d max.
    let (m, depth) = (draw.whole(1, 5), draw.whole(1, 3));
    let root = draw.chance(0.5);
    let each: Vec<[f64; 6]> = (0..depth)
        .map(|_| {
            let [a, b, c, d] = std::array::from_fn(|_| draw.between(-2.0, 2.0));
            [a, b, c, d, draw.magnitude(1e-6, 0.1), draw.magnitude(1e-6, 0.1)]
        })
        .collect();
    let read = |relations: &[f64], d: f64| {
        let mean = relations.iter().sum::<f64>() / relations.len() as f64;
        let largest = relations.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        d * if root { mean.abs().sqrt() } else { largest }
    };
    let mut exact: Vec<f64> = draw.normals(m);
    let mut near = exact.clone();
    let mut worst = vec![];
    for [a, b, c, d, relation_error, reading_error] in &each {
        let next = |x: &[f64], errors: &mut dyn FnMut(f64) -> f64| -> Vec<f64> {
            (0..m)
                .map(|i| {
                    let relation = |j: usize| a * (b * x[i] + c * x[j]).sin();
                    let relations: Vec<f64> = (0..m).map(|j| relation(j) + errors(*relation_error)).collect();
                    read(&relations, *d) + errors(*reading_error)
                })
                .collect()
        };
        exact = next(&exact, &mut |_| 0.0);
        near = next(&near, &mut |size| draw.between(-size, size));
        worst.push(exact.iter().zip(&near).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max));
    }
    type Modulus = Box<dyn Fn(f64) -> f64>;
    let moduli: Vec<[Modulus; 2]> = each
        .iter()
        .map(|[a, b, c, d, ..]| {
            let (slope, d) = (a.abs() * (b.abs() + c.abs()), d.abs());
            let reading: Modulus =
                if root { Box::new(move |t| d * t.sqrt()) } else { Box::new(move |t| d * t) };
            [Box::new(move |t| slope * t) as Modulus, reading]
        })
        .collect();
    let layers: Vec<RelationalLayer<'_>> = each
        .iter()
        .zip(&moduli)
        .map(|([.., relation_error, reading_error], [relation, reading])| RelationalLayer {
            relation_modulus: relation,
            relation_error: *relation_error,
            reading_modulus: reading,
            reading_error: *reading_error,
        })
        .collect();
    let promised = relational_layers_bound(&layers);
    let kept = worst.iter().zip(&promised).all(|(w, p)| *w <= p * (1.0 + 1e-9) + 1e-12);
    ledger.check(LAYERS, kept, || format!("{each:?}, {m} objects: {worst:?}, bound {promised:?}"));
}
