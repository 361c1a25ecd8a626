//! The rows of one head, and of a model.

use super::plan::{Cell, Place, Reading};
use super::source::{Seen, Window};
use relata_attention::Scores;
use relata_attention::dispersion::dispersion;
use relata_attention::head::{
    ExplainedOrder, Form, Head, HeadError, MaxMarginParams, Observed, QueryRetrieval, Retrieval, Visibility,
    attention_limits, exp_kernel_limits, explained_order, max_margin, rank_for, retrieval,
};
use relata_kernels::Limits;
use relata_runs::{Row, Value};

/// Ranks at which the limits of the kernels are written down, where the context has as many tokens.
const RANKS: [usize; 8] = [1, 2, 4, 8, 16, 32, 64, 128];
/// The relative error for which a rank is asked.
const EPS: f64 = 0.1;

/// One row: the model and the text.
pub(super) fn model(cell: &Cell, seen: &Seen) -> Vec<Row> {
    let c = &seen.config;
    let read: usize = seen.windows.iter().map(|w| w.tokens.ids.len()).sum();
    vec![
        Row::new("models")
            .with("model", cell.model.name())
            .with("family", c.family.name())
            .with("layers", c.layers)
            .with("heads_per_layer", c.heads)
            .with("width", c.width)
            .with("head_dimension", c.head_dimension())
            .with("text_tokens", seen.tokens)
            .with("tokens_read", read)
            .with("windows", seen.windows.len())
            .with("longest_window", seen.windows.iter().map(|w| w.tokens.ids.len()).max().unwrap_or(0)),
    ]
}

/// What one context showed of a head.
struct Context<'a> {
    window: &'a Window,
    retrieval: Retrieval,
    /// None where no query prefers anything.
    order: Option<ExplainedOrder>,
    support: f64,
    /// Variance of the key-only bias term, over that of the scores within queries.
    bias: f64,
    limits: [Limits; 2],
}

/// All rows of a head.
pub(super) fn head(cell: &Cell, place: Place, seen: &Seen) -> anyhow::Result<Vec<Row>> {
    let head = seen.head(place.layer, place.head)?;
    let named = |table: &str| {
        Row::new(table).with("model", cell.model.name()).with("layer", place.layer).with("head", place.head)
    };
    let contexts = seen
        .windows
        .iter()
        .map(|w| context(head, w, place.layer, seen.visibility))
        .collect::<Result<Vec<_>, _>>()?;
    let form = match head.form() {
        Ok(form) => Some(form),
        Err(HeadError::Zero) => None,
        Err(e) => return Err(e.into()),
    };
    let row = with_form(named("heads").with("head_dimension", head.dimension()), form.as_ref());
    let row = with_contexts(row, &contexts)?;
    let mut rows =
        vec![with_margins(row, head, &seen.windows[0], place.layer, seen.visibility, cell.reading)?];
    if let Some(form) = &form {
        let top = form.singular_values[0];
        rows.extend(form.singular_values.iter().enumerate().map(|(k, s)| {
            named("spectra").with("index", k + 1).with("singular_value", *s).with("relative", s / top)
        }));
        rows.extend(
            form.eigenvalues
                .iter()
                .enumerate()
                .map(|(k, v)| named("eigenvalues").with("index", k + 1).with("eigenvalue", *v)),
        );
    }
    let shortest = contexts.iter().map(|c| c.window.tokens.ids.len()).min().unwrap_or(0);
    for (k, kernel) in ["exp", "attention"].into_iter().enumerate() {
        for rank in RANKS.into_iter().filter(|r| *r < shortest) {
            let limit = mean(contexts.iter().map(|c| c.limits[k].at(rank).map(|l| l.relative)))?;
            rows.push(
                named("limits").with("kernel", kernel).with("rank", rank).with("relative_limit", limit),
            );
        }
    }
    rows.extend(queries(&contexts, cell.reading.queries).map(|(w, c, q)| {
        let word =
            |k: usize| c.window.tokens.words.get(k).map_or(Value::Missing, |t| Value::from(t.as_str()));
        named("queries")
            .with("window", w)
            .with("query", q.query)
            .with("token", word(q.query))
            .with("keys", q.keys)
            .with("selected", q.selected)
            .with("selected_token", word(q.selected))
            .with("margin", q.margin)
            .with("miss", q.miss)
            .with("bound", q.bound)
    }));
    Ok(rows)
}

fn context<'a>(
    head: &Head,
    window: &'a Window,
    layer: usize,
    visibility: Visibility,
) -> Result<Context<'a>, HeadError> {
    let read = window.read[layer].as_ref();
    let scores = head.scores(read)?;
    let observed = Observed::new(scores.as_ref(), visibility)?;
    let retrieval = retrieval(&observed)?;
    let order = match explained_order(&observed) {
        Ok(order) => Some(order),
        Err(HeadError::NoPreference) => None,
        Err(e) => return Err(e),
    };
    let (mut support, mut within, mut by_bias) = (0.0, 0.0, 0.0);
    let key_only = head.bias_terms(read)?.key_only;
    for seen in observed.seen() {
        let weights = Scores::new(seen)?.softmax(relata_attention::InverseTemperature::ONE);
        support += dispersion(&weights).map_or(f64::NAN, |d| d.effective_support);
        within += variation(seen);
        by_bias += variation(&key_only[..seen.len()]);
    }
    let n = observed.tokens() as f64;
    let bias = if within > 0.0 { by_bias / within } else { f64::NAN };
    let limits = [exp_kernel_limits(&observed)?, attention_limits(&observed)?];
    Ok(Context { window, retrieval, order, support: support / n, bias, limits })
}

fn with_form(row: Row, form: Option<&Form>) -> Row {
    let of = |f: fn(&Form) -> f64| form.map_or(Value::Missing, |form| Value::from(f(form)));
    row.with("norm", of(|f| f.norm))
        .with("effective_rank", of(|f| f.ranks.entropy))
        .with("stable_rank", of(|f| f.ranks.stable))
        .with("symmetric", of(|f| f.symmetric))
        .with("antisymmetric", of(|f| f.antisymmetric))
        .with("positive", of(|f| f.positive))
        .with("negative", of(|f| f.negative))
}

fn with_contexts(row: Row, contexts: &[Context<'_>]) -> anyhow::Result<Row> {
    let over = |f: &dyn Fn(&Context<'_>) -> f64| mean(contexts.iter().map(|c| anyhow::Ok(f(c))));
    let order = |f: fn(&ExplainedOrder) -> f64| {
        mean(contexts.iter().filter_map(|c| c.order.as_ref()).map(|o| anyhow::Ok(f(o))))
    };
    let choosing: Vec<&QueryRetrieval> =
        contexts.iter().flat_map(|c| &c.retrieval.queries).filter(|q| q.keys > 1).collect();
    let mut margins: Vec<f64> = choosing.iter().map(|q| q.margin).collect();
    margins.sort_by(f64::total_cmp);
    let quantile = |p: f64| {
        let at = (p * margins.len() as f64).ceil() as usize;
        margins.get(at.clamp(1, margins.len().max(1)) - 1).copied()
    };
    let rank = |k: usize| {
        let ranks = contexts.iter().map(|c| {
            let n = c.window.tokens.ids.len();
            anyhow::Ok(rank_for(&c.limits[k], EPS, n)?.map_or(n as f64, |r| r as f64))
        });
        mean(ranks)
    };
    Ok(row
        .with("bias_share", over(&|c| c.bias)?)
        .with("explained_variance", order(|o| o.share_of_variance)?)
        .with("explained_order", order(|o| o.agreement)?)
        .with("explained_order_at_most", order(|o| o.agreement_at_most)?)
        .with("tau_between_queries", order(|o| o.tau_between_queries)?)
        .with("retrieval_score", over(&|c| c.retrieval.score)?)
        .with("mean_weight", over(&|c| c.retrieval.mean_weight)?)
        .with("first_key_weight", over(&|c| c.retrieval.first_key)?)
        .with("largest_key_weight", over(&|c| c.retrieval.largest_key_weight)?)
        .with("distinct_selections", over(&|c| c.retrieval.distinct)?)
        .with("effective_support", over(&|c| c.support)?)
        .with("margin_lower", quantile(0.1))
        .with("margin_median", quantile(0.5))
        .with("margin_upper", quantile(0.9))
        .with("exp_rank", rank(0)?)
        .with("attention_rank", rank(1)?)
        .with("queries", choosing.len())
        // The bound is sharp: what is above it by more than rounding is a mistake.
        .with("bound_violations", choosing.iter().filter(|q| q.miss > q.bound + 1e-12).count()))
}

/// The direction of largest margin, on the beginning of the first window.
fn with_margins(
    row: Row,
    head: &Head,
    window: &Window,
    layer: usize,
    visibility: Visibility,
    reading: Reading,
) -> anyhow::Result<Row> {
    let read = &window.read[layer];
    let few = read.nrows().min(reading.margin_tokens);
    let params = MaxMarginParams { steps: reading.margin_steps, ..MaxMarginParams::default() };
    let found = match max_margin(head, read.as_ref().subrows(0, few), visibility, params) {
        Ok(found) => Some(found),
        Err(HeadError::NoPreference) => None,
        Err(e) => return Err(e.into()),
    };
    let of = |v: Option<f64>| v.map_or(Value::Missing, Value::from);
    Ok(row
        .with("head_margin", of(found.map(|f| f.head_margin)))
        .with("largest_margin", of(found.map(|f| f.margin)))
        .with("largest_margin_at_most", of(found.map(|f| f.margin_at_most)))
        .with("margin_cosine", of(found.map(|f| f.cosine))))
}

/// Queries spread evenly over all contexts.
fn queries<'a>(
    contexts: &'a [Context<'a>],
    most: usize,
) -> impl Iterator<Item = (usize, &'a Context<'a>, &'a QueryRetrieval)> {
    let all: Vec<_> = contexts
        .iter()
        .enumerate()
        .flat_map(|(w, c)| c.retrieval.queries.iter().filter(|q| q.keys > 1).map(move |q| (w, c, q)))
        .collect();
    let (count, total) = (most.min(all.len()), all.len());
    (0..count).filter_map(move |k| all.get(k * total / count.max(1)).copied())
}

/// Sum of squared differences from the mean.
fn variation(values: &[f64]) -> f64 {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    values.iter().map(|v| (v - mean) * (v - mean)).sum()
}

/// The mean, not a number for none.
fn mean<E>(values: impl Iterator<Item = Result<f64, E>>) -> Result<f64, E> {
    let values = values.collect::<Result<Vec<_>, E>>()?;
    Ok(values.iter().sum::<f64>() / values.len() as f64)
}
