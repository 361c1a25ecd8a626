//! Counts by search: the smallest width of a ladder that reaches an error. An upper bound of the smallest there is.

use super::slopes::exponent;
use super::subject::Subject;
use super::theory::slope;
use crate::CellContext;
use crate::random_hidden::random_hidden;
use relata_kernels::Encoders;
use relata_networks::{Activation, MlpConfig, ReadoutParams, RelationNet, solve_readout};
use relata_relations::{Relation, Seed};
use relata_runs::Row;
use relata_training::{Control, Data, Sampler, Schedule, TrainConfig, rescale, train};

/// Widths of one search by training.
pub(super) struct Ladder<'a> {
    pub(super) widths: &'a [usize],
    pub(super) depth: usize,
    pub(super) steps: usize,
    pub(super) draw: usize,
}

/// Ranks up to this are read out.
const MOST_RANK: usize = 160;

/// Random features, heads solved in closed form.
pub(super) fn readout(
    subject: &Subject,
    eps: &[f64],
    widths: &[usize],
    draw: usize,
    cx: &CellContext<'_>,
) -> anyhow::Result<Vec<Row>> {
    let seed = cx.run_seed.child(&format!("neurons/draw-{draw}"));
    let hidden = |width: usize| random_hidden(subject.relation.as_ref(), subject.encoders, width, seed);
    climb(subject, eps, widths, "readout", (1, draw), &hidden, seed)
}

/// Features trained by gradients, heads solved in closed form.
pub(super) fn training(
    subject: &Subject,
    eps: &[f64],
    ladder: &Ladder<'_>,
    cx: &CellContext<'_>,
) -> anyhow::Result<Vec<Row>> {
    let seed = cx.seed.child("weights");
    let hidden = |width: usize| -> anyhow::Result<RelationNet> {
        let r = subject.relation.as_ref();
        let start = start(subject, width, ladder.depth, seed)?;
        let config = TrainConfig {
            schedule: Schedule::Cosine { warm_up: 20.min(ladder.steps / 10), last: 0.01 },
            ..TrainConfig::adam(ladder.steps).with_learning_rate(1e-2).with_sampler(match subject.dimension {
                1 => Sampler::Quadrature { nodes: 64 },
                2 => Sampler::Quadrature { nodes: 12 },
                _ => Sampler::Sobol { x: 128, y: 128 },
            })
        };
        let go_on = &mut |_: &relata_training::Progress| Control::Continue;
        Ok(train(&start, r, Data::Spaces, &config, seed.child("train"), &cx.device.device, go_on)?.net)
    };
    climb(subject, eps, ladder.widths, "training", (ladder.depth, ladder.draw), &hidden, cx.run_seed)
}

/// Networks before training: one layer of steep tanh units in few dimensions, gentle GELU units otherwise.
fn start(subject: &Subject, width: usize, depth: usize, seed: Seed) -> anyhow::Result<RelationNet> {
    let few = subject.dimension <= 2;
    let activation = if few { Activation::Tanh } else { Activation::Gelu };
    let [hidden, head] = if few { [3.0, 0.6] } else { [0.41, 0.58] };
    let rank = width.min(24);
    let (x, y) = subject.relation.spaces();
    let mlp = |inputs: usize, name: &str| {
        let config = MlpConfig::new(inputs, rank).with_width(width).with_depth(depth);
        config.with_activation(activation).init(seed, name)
    };
    let phi = mlp(x.dim(), "phi")?;
    let net = if subject.encoders == Encoders::Shared {
        RelationNet::symmetric(phi)
    } else {
        RelationNet::asymmetric(phi, mlp(y.dim(), "psi")?)?
    };
    // Deeper networks keep their signals without help.
    Ok(rescale(&net, if depth == 1 { hidden } else { 1.0 }, head)?)
}

/// Goes up the widths until the smallest error is reached; the errors on the way, and the smallest width for each `eps`.
fn climb(
    subject: &Subject,
    eps: &[f64],
    widths: &[usize],
    method: &str,
    (depth, draw): (usize, usize),
    hidden: &dyn Fn(usize) -> anyhow::Result<RelationNet>,
    seed: Seed,
) -> anyhow::Result<Vec<Row>> {
    let r: &dyn Relation = subject.relation.as_ref();
    let rules = subject.fit(seed)?;
    let params =
        if subject.dimension > 2 { ReadoutParams { tolerance: 1e-6 } } else { ReadoutParams::default() };
    let (mut rows, mut counts, mut open) = (Vec::new(), Vec::new(), eps.to_vec());
    for &width in widths {
        let solved = solve_readout(&hidden(width)?, r, [&rules[0], &rules[1]], params)?;
        let net = solved.at_rank((width + 1).min(MOST_RANK))?;
        let error = subject.error(&net, seed)?;
        let row = subject.row("errors").with("method", method).with("depth", depth).with("draw", draw);
        rows.push(row.with("width", width).with("neurons", net.neurons()).with("error", error));
        while let Some(e) = open.first().copied().filter(|e| error <= *e) {
            open.remove(0);
            let rank = smallest_rank(subject, &solved, e, width, seed)?;
            counts.push((e, net.neurons() as f64));
            let row = subject.row("counts").with("method", method).with("route", method).with("eps", e);
            let row = row.with("neurons", Some(net.neurons() as f64)).with("rank", Some(rank as f64));
            rows.push(row.with("depth", depth).with("draw", draw));
        }
        if open.is_empty() {
            break;
        }
    }
    if let Some(fit) = exponent(&counts) {
        rows.push(slope(subject, method, method, &fit).with("depth", depth).with("draw", draw));
    }
    Ok(rows)
}

/// The smallest rank at which the readout is still within `eps`, by bisection (errors of readouts fall with the rank but for small fluctuations of a sup norm).
fn smallest_rank(
    subject: &Subject,
    solved: &relata_networks::Readout,
    eps: f64,
    width: usize,
    seed: Seed,
) -> anyhow::Result<usize> {
    let (mut low, mut high) = (0, (width + 1).min(MOST_RANK));
    while high - low > 1 {
        let mid = usize::midpoint(low, high);
        if subject.error(&solved.at_rank(mid)?, seed)? <= eps { high = mid } else { low = mid }
    }
    Ok(high)
}
