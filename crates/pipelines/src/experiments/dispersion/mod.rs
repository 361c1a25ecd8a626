//! `dispersion`: retrieve the item of highest priority, after training on contexts of at most 16
//! items, from contexts of up to 16 384.
//!
//! Items have a priority, uniform on `[0, 1]`, and one of ten classes; the head is to name the
//! class of the item of highest priority (Velickovic, Perivolaropoulos, Barbero and Pascanu 2024).
//! Heads, all tested in f64 by the argmax of the attention output:
//! * `softmax`: scores and values trained by gradients, at the temperature of training;
//! * `adaptive`: the same, with the published rule for the temperature from the entropy of the
//!   weights;
//! * `hard`: the same scores, hard selection: what their order is worth;
//! * `designed`: scores designed for the preorder at the context's length and for `a_max > 1/2`
//!   with probability 0.995; values trained on contexts of at most 16 items.

mod figures;
mod plan;
mod summary;
mod task;

use crate::{CellContext, Pipeline};
use anyhow::Context as _;
use plan::{Cell, Kind};
use relata_attention::InverseTemperature;
use relata_attention::Scores;
use relata_attention::design::{DesignedHead, Target, design_for_margin};
use relata_attention::dispersion::{adaptive_inverse_temperature, dispersion, largest_weight};
use relata_networks::{Activation, Mlp, MlpConfig};
use relata_plotting::Figure;
use relata_relations::Seed;
use relata_relations::faer::Mat;
use relata_runs::{Profile, Row, Summary, Tables};
use relata_training::{Learn, Precision, RetrievalHead, RetrievalParams, train_retrieval};
use task::{CLASSES, FEATURES, contexts, max_retrieval, one_context, query};

/// The pipeline.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dispersion;

/// The longest context in training.
const TRAINED: usize = 16;
const LENGTHS: [usize; 7] = [4, 16, 64, 256, 1024, 4096, 16_384];
/// What is done with trained scores.
const METHODS: [&str; 3] = ["softmax", "adaptive", "hard"];
/// Contexts a training step.
const BATCH: usize = 128;
/// With which probability the designed head is to have `a_max > 1/2`.
const PROBABILITY: f64 = 0.995;

impl Pipeline for Dispersion {
    type Cell = Cell;

    fn name(&self) -> &'static str {
        "dispersion"
    }

    fn cells(&self, profile: Profile) -> Vec<Cell> {
        plan::cells(profile)
    }

    fn label(&self, cell: &Cell) -> String {
        cell.label()
    }

    fn run(&self, c: &Cell, cx: &CellContext<'_>) -> anyhow::Result<Vec<Row>> {
        let seed = cx.draw(c.draw);
        match c.kind {
            Kind::Trained => trained(c, cx, seed),
            Kind::Designed => designed(c, cx, seed),
        }
    }

    fn summarise(&self, tables: &Tables) -> anyhow::Result<Summary> {
        summary::summarise(tables)
    }

    fn checks(&self, tables: &Tables, summary: &Summary) -> anyhow::Result<Vec<String>> {
        summary::checks(tables, summary)
    }

    fn figures(&self, tables: &Tables) -> anyhow::Result<Vec<Figure>> {
        figures::figures(tables)
    }
}

fn trained(c: &Cell, cx: &CellContext<'_>, seed: Seed) -> anyhow::Result<Vec<Row>> {
    let encoder = |outputs: usize, name: &str| -> anyhow::Result<Mlp> {
        let config = MlpConfig::new(FEATURES, outputs).with_width(c.width).with_depth(1);
        Ok(config.with_activation(Activation::Relu).init(seed, name)?)
    };
    let rank = 8;
    let queries = MlpConfig::new(1, rank).with_depth(0).init(seed, "queries")?;
    let start = RetrievalHead::new(queries, encoder(rank, "keys")?, encoder(CLASSES, "values")?)?;
    let config = RetrievalParams {
        steps: c.steps,
        learning_rate: 3e-3,
        learn: Learn::Everything,
        precision: Precision::F32,
    };
    let head = learn(&start, &config, cx, seed)?;
    let mut rows = Vec::new();
    for keys in LENGTHS {
        let count = tests(c, keys);
        let mut tallies = METHODS.map(|_| Tally::default());
        let mut s = seed.stream(&format!("tests/{keys}"));
        for _ in 0..count {
            let (items, class, best) = one_context(keys, &mut s)?;
            let values = head.values().forward(&items);
            let scores = head.scores().evaluate(&query()?, &items);
            let scores: Vec<f64> = (0..keys).map(|j| scores[(0, j)]).collect();
            let scores = Scores::new(&scores)?;
            let entropy = dispersion(&scores.softmax(InverseTemperature::ONE))?.entropy;
            let temperatures =
                [InverseTemperature::ONE, adaptive_inverse_temperature(entropy), InverseTemperature::HARD];
            for (tally, b) in tallies.iter_mut().zip(temperatures) {
                tally.add(&scores, b, &values, class, best)?;
            }
        }
        rows.extend(METHODS.iter().zip(&tallies).map(|(method, tally)| tally.row(c, keys, method, None)));
    }
    Ok(rows)
}

fn designed(c: &Cell, cx: &CellContext<'_>, seed: Seed) -> anyhow::Result<Vec<Row>> {
    let family = max_retrieval()?;
    let at = |keys: usize| -> anyhow::Result<DesignedHead> {
        // The two largest of n uniform priorities are at least t apart with probability (1 - t)^n.
        let margin = -(PROBABILITY.ln() / keys as f64).exp_m1();
        let target = Target { keys, error: 0.45, probability: PROBABILITY, ..Target::default() };
        Ok(design_for_margin(&family, &target, margin)?)
    };
    // Values are learned behind the head that is designed for the longest context of training.
    let folded = at(TRAINED)?.folded()?;
    let values = MlpConfig::new(FEATURES, CLASSES).with_depth(0).init(seed, "values")?;
    let start = RetrievalHead::new(folded.phi_net().clone(), folded.psi_net().clone(), values)?;
    let config = RetrievalParams {
        steps: c.steps,
        learning_rate: 3e-2,
        learn: Learn::Values,
        precision: Precision::F32,
    };
    let head = learn(&start, &config, cx, seed)?;
    let mut rows = Vec::new();
    for keys in LENGTHS {
        let designed = at(keys)?;
        let b = designed.certificate().inverse_temperature;
        let mut tally = Tally::default();
        let mut s = seed.stream(&format!("tests/{keys}"));
        for _ in 0..tests(c, keys) {
            let (items, class, best) = one_context(keys, &mut s)?;
            let scores = designed.scores(&query()?, &items);
            tally.add(&Scores::new(&scores)?, b, &head.values().forward(&items), class, best)?;
        }
        rows.push(tally.row(c, keys, "designed", Some(b.value())));
    }
    Ok(rows)
}

fn learn(
    start: &RetrievalHead,
    config: &RetrievalParams,
    cx: &CellContext<'_>,
    seed: Seed,
) -> anyhow::Result<RetrievalHead> {
    // A batch that cannot be made ends the training there; the error is reported afterwards.
    let mut stream = seed.stream("training");
    let mut drawn = Vec::with_capacity(config.steps);
    for _ in 0..config.steps {
        let keys = 2 + stream.below(TRAINED - 1);
        drawn.push((keys, stream.word()));
    }
    let batches = drawn
        .iter()
        .map(|&(keys, word)| contexts(BATCH, keys, &mut Seed(u64::from(word)).stream("batch")))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let trained = train_retrieval(start, config, &cx.device.device, &mut |step| batches[step].clone())?;
    Ok(trained.head)
}

fn tests(c: &Cell, keys: usize) -> usize {
    (c.items / keys).clamp(1, c.tests)
}

/// Sums over the contexts of one length.
#[derive(Default)]
struct Tally {
    contexts: usize,
    right: usize,
    above_half: usize,
    attention: f64,
    entropy: f64,
    largest: f64,
    spread: f64,
}

impl Tally {
    fn add(
        &mut self,
        scores: &Scores<'_>,
        b: InverseTemperature,
        values: &Mat<f64>,
        class: usize,
        best: usize,
    ) -> anyhow::Result<()> {
        let weights = scores.softmax(b);
        let logit = |k: usize| weights.iter().enumerate().map(|(j, w)| w * values[(j, k)]).sum::<f64>();
        let logits: Vec<f64> = (0..CLASSES).map(logit).collect();
        let named = (0..CLASSES).max_by(|&a, &b| logits[a].total_cmp(&logits[b])).context("no classes")?;
        let d = dispersion(&weights)?;
        let (low, high) =
            scores.visible().fold((f64::INFINITY, f64::NEG_INFINITY), |m, (_, s)| (m.0.min(s), m.1.max(s)));
        self.contexts += 1;
        self.right += usize::from(named == class);
        self.above_half += usize::from(weights[best] > 0.5);
        self.attention += weights[best];
        self.entropy += d.entropy;
        self.largest = self.largest.max(d.largest);
        self.spread = self.spread.max(if b.is_hard() { f64::INFINITY } else { b.value() * (high - low) });
        Ok(())
    }

    fn row(&self, c: &Cell, keys: usize, method: &str, designed: Option<f64>) -> Row {
        let n = self.contexts.max(1) as f64;
        let accuracy = self.right as f64 / n;
        Row::new("lengths")
            .with("method", method)
            .with("draw", c.draw)
            .with("keys", keys)
            .with("contexts", self.contexts)
            .with("accuracy", accuracy)
            .with("standard_error", (accuracy * (1.0 - accuracy) / n).sqrt())
            .with("above_half", self.above_half as f64 / n)
            .with("attention_to_best", self.attention / n)
            .with("entropy", self.entropy / n)
            .with("largest_weight", self.largest)
            .with("weight_bound", largest_weight(keys, self.spread))
            .with("inverse_temperature", designed)
    }
}
