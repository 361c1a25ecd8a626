//! Counts by search: the smallest network that reaches an error, by readout and by training. An
//! upper bound of the smallest there is.

use super::slopes::exponent;
use super::subject::Subject;
use super::theory::slope;
use super::{Training, Widths};
use crate::CellContext;
use crate::experiments::random_hidden::random_hidden;
use relata_kernels::Encoders;
use relata_kernels::cost::ErrorNorm;
use relata_networks::{Activation, CertifyParams, MlpConfig, RelationNet, certify};
use relata_relations::Seed;
use relata_runs::Row;
use relata_training::{
    Control, Data, Layers, MadeLayers, Sampler, Schedule, Search, SearchNorm, SearchOutcome, SearchParams,
    TrainParams, rescale, train,
};

/// Random features, heads solved in closed form.
pub(super) fn readout(
    subject: &Subject,
    eps: &[f64],
    widths: &Widths,
    cx: &CellContext<'_>,
) -> anyhow::Result<Vec<Row>> {
    let layers = |width: usize, seed: Seed| -> MadeLayers {
        Ok(random_hidden(subject.relation.as_ref(), subject.encoders, width, seed)?)
    };
    search(subject, eps, widths, ("readout", 1), &layers, cx)
}

/// Features trained by gradients, heads solved in closed form.
pub(super) fn training(
    subject: &Subject,
    eps: &[f64],
    widths: &Widths,
    how: Training,
    cx: &CellContext<'_>,
) -> anyhow::Result<Vec<Row>> {
    let config = TrainParams {
        schedule: Schedule::Cosine { warm_up: 20.min(how.steps / 10), last: 0.01 },
        ..TrainParams::adam(how.steps).with_learning_rate(1e-2).with_sampler(match subject.dimension {
            1 => Sampler::Quadrature { nodes: 64 },
            2 => Sampler::Quadrature { nodes: 12 },
            _ => Sampler::Sobol { x: 128, y: 128 },
        })
    };
    let layers = |width: usize, seed: Seed| -> MadeLayers {
        let r = subject.relation.as_ref();
        let start = start(subject, width, how.depth, seed)?;
        let go_on = &mut |_: &relata_training::StepRecord| Control::Continue;
        Ok(train(&start, r, Data::Spaces, &config, seed.child("train"), &cx.device.device, go_on)?.net)
    };
    search(subject, eps, widths, ("training", how.depth), &layers, cx)
}

/// Networks before training: one layer of steep tanh units in few dimensions, gentle GELU units
/// otherwise.
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

/// The smallest network found for each error, what failed just below, every width tried, and in one
/// dimension what is proved of the networks that were found.
fn search(
    subject: &Subject,
    eps: &[f64],
    widths: &Widths,
    (method, depth): (&str, usize),
    layers: &Layers<'_>,
    cx: &CellContext<'_>,
) -> anyhow::Result<Vec<Row>> {
    let (r, seed) = (subject.relation.as_ref(), cx.run_seed);
    let params = SearchParams {
        restarts: widths.restarts,
        tolerance: if subject.dimension > 2 { 1e-6 } else { 1e-11 },
        norm: match subject.norm {
            ErrorNorm::Sup => SearchNorm::Largest,
            ErrorNorm::L2 => SearchNorm::L2,
        },
        ..SearchParams::new(widths.least, widths.most)
    };
    let mut search = Search::new(r, layers, subject.fit(seed)?, subject.held_out(seed)?, params, cx.seed)?;
    let (mut rows, mut counts) = (Vec::new(), Vec::new());
    for &e in eps {
        let found = match search.smallest(e)? {
            SearchOutcome::Found(s) => s,
            SearchOutcome::NotFound { closest } => {
                let why = format!(
                    "{method}: the closest of the widths up to {} came to {:.2e}, at width {}",
                    widths.most, closest.error, closest.width
                );
                rows.push(subject.row("refused").with("eps", e).with("why", why));
                continue;
            }
        };
        let neurons = found.net.neurons();
        counts.push((e, neurons as f64));
        let row = subject.row("counts").with("method", method).with("route", method).with("eps", e);
        let row = row.with("neurons", Some(neurons as f64)).with("rank", Some(found.rank as f64));
        rows.push(row.with("depth", depth));
        let row = subject.row("searches").with("method", method).with("depth", depth).with("eps", e);
        let row = row.with("width", found.width).with("rank", found.rank).with("neurons", neurons);
        let row = row.with("error", found.error).with("failed_width", found.failed.map(|a| a.width as f64));
        rows.push(row.with("failed_error", found.failed.map(|a| a.error)));
        if subject.dimension == 1 {
            let params = CertifyParams { most_pairs: MAX_PAIRS, ..CertifyParams::default() };
            let c = certify(r, &found.net, &params)?;
            let row = subject.row("proved").with("method", method).with("depth", depth).with("eps", e);
            rows.push(row.with("error", found.error).with("upper", c.upper()).with("lower", c.lower()));
        }
    }
    for a in search.attempts() {
        let row = subject.row("errors").with("method", method).with("depth", depth);
        rows.push(row.with("width", a.width).with("neurons", a.neurons).with("error", a.error));
    }
    if let Some(fit) = exponent(&counts) {
        rows.push(slope(subject, method, method, &fit).with("depth", depth));
    }
    Ok(rows)
}

/// Pairs of cells after which a certificate of a found network is left as loose as it is.
const MAX_PAIRS: usize = 300_000;
