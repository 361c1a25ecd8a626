//! Counts by search: the smallest network that reaches an error, by readout and by training. An
//! upper bound of the smallest there is.

use super::slopes::exponent;
use super::subject::Subject;
use super::theory::slope;
use super::{Training, Widths};
use crate::CellContext;
use crate::fitting::{FEATURE_RATE, Scales, Start, cosine, random_hidden, sampler};
use relata_kernels::cost::ErrorNorm;
use relata_networks::{Activation, CertifyParams, certify};
use relata_relations::Seed;
use relata_runs::Row;
use relata_training::{
    Control, Data, Layers, MadeLayers, Search, SearchNorm, SearchOutcome, SearchParams, train,
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
    let params = cosine(how.steps).with_learning_rate(FEATURE_RATE).with_sampler(sampler(subject.dimension));
    let layers = |width: usize, seed: Seed| -> MadeLayers {
        let r = subject.relation.as_ref();
        let start = start(subject, width, how.depth).draw(r, subject.encoders, seed)?;
        let go_on = &mut |_: &relata_training::StepRecord| Control::Continue;
        Ok(train(&start, r, Data::Spaces, &params, seed.child("train"), &cx.device.device, go_on)?.net)
    };
    search(subject, eps, widths, ("training", how.depth), &layers, cx)
}

/// Networks before training: one layer of steep tanh units in few dimensions, gentle GELU units
/// otherwise.
fn start(subject: &Subject, width: usize, depth: usize) -> Start {
    /// Readouts of a higher rank are below every error that is asked for.
    const MAX_RANK: usize = 24;
    let (activation, scales) = if subject.dimension <= 2 {
        (Activation::Tanh, Scales::STEEP)
    } else {
        (Activation::Gelu, Scales::GENTLE)
    };
    // Deeper networks keep their signals without help.
    let hidden = if depth == 1 { scales.hidden } else { 1.0 };
    Start { width, depth, activation, scales: Scales { hidden, ..scales }, rank: width.min(MAX_RANK) }
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
