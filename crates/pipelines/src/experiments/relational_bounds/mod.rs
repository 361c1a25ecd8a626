//! `relational-bounds`: what an error of a relation becomes in the systems that are built on it.
//!
//! Three statements, each measured beside its bound. Layers `x -> (f(R_i))_i` with a constructed
//! inner-product network for the relation, one to three of them (`relational_layers_bound`). Relational
//! attention that selects the nearest key and retrieves the relation to it, against the inverse
//! temperature (`relational_attention_bound`). Several relations as one network (`Several`), against how
//! many there are.

mod figures;
mod plan;
mod summary;

use crate::{CellContext, Pipeline};
use plan::Cell;
use relata_attention::{
    InverseTemperature, RelationalLayer, Scores, miss_bound, relational_attention_bound,
    relational_layers_bound,
};
use relata_networks::{RelationNet, construct};
use relata_plotting::Figure;
use relata_relations::catalogue::relation;
use relata_relations::faer::Mat;
use relata_relations::{Points, Relation, Stream, evaluate};
use relata_runs::{Profile, Row, Summary, Tables};
use relata_systems::Several;
use std::sync::Arc;

/// The pipeline.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RelationalBounds;

/// Objects of an example.
const OBJECTS: usize = 4;

/// Layers.
const DEPTH: usize = 3;

/// The relation of layers and of attention: `min(x, y)` on the unit interval.
const RELATION: &str = "brownian";

impl Pipeline for RelationalBounds {
    type Cell = Cell;

    fn name(&self) -> &'static str {
        "relational-bounds"
    }

    fn cells(&self, profile: Profile) -> Vec<Cell> {
        plan::cells(profile)
    }

    fn label(&self, cell: &Cell) -> String {
        cell.label()
    }

    fn run(&self, cell: &Cell, cx: &CellContext<'_>) -> anyhow::Result<Vec<Row>> {
        let mut stream = cx.seed.stream("relational-bounds");
        match cell {
            Cell::Layers { eps, examples } => layers(*eps, *examples, &mut stream),
            Cell::Attention { eps, keys, contexts } => attention(*eps, *keys, *contexts, &mut stream),
            Cell::Several { eps, relations } => Ok(vec![several(*eps, relations, &mut stream)?]),
        }
    }

    fn summarise(&self, tables: &Tables) -> anyhow::Result<Summary> {
        summary::summarise(tables)
    }

    fn checks(&self, _: &Tables, summary: &Summary) -> anyhow::Result<Vec<String>> {
        Ok(summary::checks(summary))
    }

    fn figures(&self, tables: &Tables) -> anyhow::Result<Vec<Figure>> {
        figures::figures(tables)
    }
}

/// The largest error of each layer over random objects, of which every other example has small ones,
/// beside the bound; `f` is the root of the mean, and the mean.
fn layers(eps: f64, examples: usize, stream: &mut Stream) -> anyhow::Result<Vec<Row>> {
    let r = relation(RELATION)?;
    let built = construct(&*r, eps)?;
    let mut rows = Vec::new();
    for (reading, modulus) in [("root", (|t: f64| t.sqrt()) as fn(f64) -> f64), ("mean", |t: f64| t)] {
        let layer = RelationalLayer {
            relation_modulus: &|t| t,
            relation_error: eps,
            reading_modulus: &modulus,
            reading_error: 0.0,
        };
        let bounds = relational_layers_bound(&[layer; DEPTH]);
        let mut found = [0.0f64; DEPTH];
        for example in 0..examples {
            let size = if example % 2 == 0 { 1.0 } else { eps };
            let mut exact: Vec<f64> = (0..OBJECTS).map(|_| size * stream.uniform()).collect();
            let mut near = exact.clone();
            for found in &mut found {
                exact = apply(&exact, modulus, |x| Ok(evaluate(&*r, x, x)?))?;
                // Outputs beyond the interval are not further from the exact ones at its end.
                let inside: Vec<f64> = near.iter().map(|v| v.clamp(0.0, 1.0)).collect();
                near = apply(&inside, modulus, |x| Ok(built.net().evaluate(x, x)))?;
                let apart = exact.iter().zip(&near).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
                *found = found.max(apart);
            }
        }
        for (k, (found, bound)) in found.iter().zip(&bounds).enumerate() {
            rows.push(
                Row::new("layers")
                    .with("reading", reading)
                    .with("eps", eps)
                    .with("layers", k + 1)
                    .with("found", *found)
                    .with("bound", *bound),
            );
        }
    }
    Ok(rows)
}

/// One layer on scalar objects: `reading` of the mean of each object's relations.
fn apply(
    x: &[f64],
    reading: fn(f64) -> f64,
    relations: impl Fn(&Points) -> anyhow::Result<Mat<f64>>,
) -> anyhow::Result<Vec<f64>> {
    let n = x.len();
    let values = relations(&Points::line(x.to_vec())?)?;
    let mean = |i: usize| (0..n).map(|j| values[(i, j)]).sum::<f64>() / n as f64;
    Ok((0..n).map(|i| reading(mean(i).max(0.0))).collect())
}

/// The largest error of what attention retrieves over contexts with the margin, beside the bound, per
/// inverse temperature.
fn attention(eps: f64, keys: usize, contexts: usize, stream: &mut Stream) -> anyhow::Result<Vec<Row>> {
    /// What the nearest key is nearer by than the second.
    const MARGIN: f64 = 0.05;
    let r = relation(RELATION)?;
    let built = construct(&*r, eps)?;
    let mut all = Vec::new();
    while all.len() < contexts {
        let query = stream.uniform();
        let y: Vec<f64> = (0..keys).map(|_| stream.uniform()).collect();
        let scores: Vec<f64> = y.iter().map(|y| -(y - query).abs()).collect();
        let margin = Scores::new(&scores)?.margin();
        if margin.value >= MARGIN {
            let at = [Points::line(vec![query])?, Points::line(y)?];
            let truth = evaluate(&*r, &at[0], &at[1])?[(0, margin.best)];
            let near = built.net().evaluate(&at[0], &at[1]);
            let near: Vec<f64> = (0..keys).map(|j| near[(0, j)]).collect();
            all.push((scores, truth, near));
        }
    }
    let apart = |truth: f64, near: &[f64]| near.iter().map(|v| (v - truth).abs()).fold(0.0, f64::max);
    let disagreement = all.iter().map(|(_, truth, near)| apart(*truth, near)).fold(0.0, f64::max);
    let mut rows = Vec::new();
    for k in 0..=10 {
        let b = InverseTemperature::new(f64::from(1u32 << k))?;
        let mut found = 0.0f64;
        for (scores, truth, near) in &all {
            let weights = Scores::new(scores)?.softmax(b);
            let out: f64 = weights.iter().zip(near).map(|(w, v)| w * v).sum();
            found = found.max((out - truth).abs());
        }
        let bound = relational_attention_bound(miss_bound(keys, MARGIN, b), eps, disagreement);
        rows.push(
            Row::new("attention")
                .with("eps", eps)
                .with("keys", keys)
                .with("inverse_temperature", b.value())
                .with("found", found)
                .with("bound", bound),
        );
    }
    Ok(rows)
}

/// The first relations of the list as one network: neurons, and the largest error over random points.
fn several(eps: f64, names: &[String], stream: &mut Stream) -> anyhow::Result<Row> {
    let relations: Vec<Arc<dyn Relation>> = names.iter().map(|n| relation(n)).collect::<Result<_, _>>()?;
    let mut nets: Vec<RelationNet> = Vec::new();
    for r in &relations {
        nets.push(construct(&**r, eps)?.into_net());
    }
    let union = Several::of(&nets)?;
    let x = Points::line((0..200).map(|_| stream.uniform()).collect())?;
    let mut found = 0.0f64;
    for (r, values) in relations.iter().zip(union.evaluate(&x, &x)) {
        let exact = evaluate(&**r, &x, &x)?;
        found = found.max((exact - values).norm_max());
    }
    Ok(Row::new("several")
        .with("eps", eps)
        .with("relations", names.len())
        .with("neurons", union.net().neurons())
        .with("neurons_one_by_one", nets.iter().map(RelationNet::neurons).sum::<usize>())
        .with("found", found)
        .with("bound", eps))
}
