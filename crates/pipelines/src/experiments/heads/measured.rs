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
    /// Which window.
    number: usize,
    window: &'a Window,
    /// Queries that see more than one key: the others have nothing to choose.
    choosing: usize,
    retrieval: Retrieval,
    /// None where no query prefers anything.
    order: Option<ExplainedOrder>,
    /// Mean over the choosing queries.
    support: f64,
    /// Variance of the key-only bias term, over that of the scores within queries; none where all
    /// scores tie.
    bias: Option<f64>,
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
        .enumerate()
        .map(|(k, w)| context(head, k, w, place, seen.visibility))
        .filter(|c| c.as_ref().map_or(true, |c| c.choosing > 0))
        .collect::<Result<Vec<_>, _>>()?;
    anyhow::ensure!(!contexts.is_empty(), "no query of the text sees more than one key");
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
    let longest = contexts.iter().map(Context::tokens).max().unwrap_or(0);
    for (k, kernel) in ["exp", "attention"].into_iter().enumerate() {
        for rank in RANKS.into_iter().filter(|r| *r < longest) {
            // The kernel of a window of n tokens has rank n at most.
            let limit = |c: &Context<'_>| {
                if rank < c.tokens() { c.limits[k].at(rank).map(|l| Some(l.relative)) } else { Ok(Some(0.0)) }
            };
            let limit = mean(&contexts, limit)?;
            rows.push(
                named("limits").with("kernel", kernel).with("rank", rank).with("relative_limit", limit),
            );
        }
    }
    rows.extend(queries(&contexts, cell.reading.queries).map(|(c, q)| {
        let word =
            |k: usize| c.window.tokens.words.get(k).map_or(Value::Missing, |t| Value::from(t.as_str()));
        named("queries")
            .with("window", c.number)
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

impl Context<'_> {
    fn tokens(&self) -> usize {
        self.window.tokens.ids.len()
    }
}

fn context<'a>(
    head: &Head,
    number: usize,
    window: &'a Window,
    place: Place,
    visibility: Visibility,
) -> Result<Context<'a>, HeadError> {
    let read = window.read[place.layer].as_ref();
    let mut scores = head.scores(read)?;
    if let Some(bias) = window.position_bias.get(place.head) {
        scores += bias;
    }
    let observed = Observed::new(scores.as_ref(), visibility)?;
    let retrieval = retrieval(&observed)?;
    let order = match explained_order(&observed) {
        Ok(order) => Some(order),
        Err(HeadError::NoPreference) => None,
        Err(e) => return Err(e),
    };
    let (mut support, mut within, mut by_bias) = (0.0, 0.0, 0.0);
    let key_only = head.bias_terms(read)?.key_only;
    let mut choosing = 0;
    for seen in observed.seen().filter(|seen| seen.len() > 1) {
        choosing += 1;
        let weights = Scores::new(seen)?.softmax(relata_attention::InverseTemperature::ONE);
        support += dispersion(&weights).map_or(f64::NAN, |d| d.effective_support);
        within += variation(seen);
        by_bias += variation(&key_only[..seen.len()]);
    }
    let support = support / choosing.max(1) as f64;
    let bias = (within > 0.0).then(|| by_bias / within);
    let limits = [exp_kernel_limits(&observed)?, attention_limits(&observed)?];
    Ok(Context { number, window, choosing, retrieval, order, support, bias, limits })
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
    let over = |f: &dyn Fn(&Context<'_>) -> Option<f64>| mean(contexts, |c| anyhow::Ok(f(c)));
    let order = |f: fn(&ExplainedOrder) -> f64| over(&|c| c.order.as_ref().map(f));
    let retrieval = |f: fn(&Retrieval) -> f64| over(&|c| Some(f(&c.retrieval)));
    let choosing: Vec<&QueryRetrieval> =
        contexts.iter().flat_map(|c| &c.retrieval.queries).filter(|q| q.keys > 1).collect();
    let mut margins: Vec<f64> = choosing.iter().map(|q| q.margin).collect();
    margins.sort_by(f64::total_cmp);
    let quantile = |p: f64| {
        let at = (p * margins.len() as f64).ceil() as usize;
        margins.get(at.clamp(1, margins.len().max(1)) - 1).copied()
    };
    let rank = |k: usize| {
        mean(contexts, |c| {
            let n = c.tokens();
            anyhow::Ok(Some(rank_for(&c.limits[k], EPS, n)?.map_or(n as f64, |r| r as f64)))
        })
    };
    Ok(row
        .with("bias_share", over(&|c| c.bias)?)
        .with("explained_variance", order(|o| o.share_of_variance)?)
        .with("explained_order", order(|o| o.agreement)?)
        .with("explained_order_at_most", order(|o| o.agreement_at_most)?)
        .with("tau_between_queries", order(|o| o.tau_between_queries)?)
        .with("retrieval_score", retrieval(|r| r.score)?)
        .with("mean_weight", retrieval(|r| r.mean_weight)?)
        .with("first_key_weight", retrieval(|r| r.first_key)?)
        .with("largest_key_weight", retrieval(|r| r.largest_key_weight)?)
        .with("distinct_selections", retrieval(|r| r.distinct)?)
        .with("effective_support", over(&|c| Some(c.support))?)
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
) -> impl Iterator<Item = (&'a Context<'a>, &'a QueryRetrieval)> {
    let all: Vec<_> = contexts
        .iter()
        .flat_map(|c| c.retrieval.queries.iter().filter(|q| q.keys > 1).map(move |q| (c, q)))
        .collect();
    let (count, total) = (most.min(all.len()), all.len());
    (0..count).filter_map(move |k| all.get(k * total / count.max(1)).copied())
}

/// Sum of squared differences from the mean.
fn variation(values: &[f64]) -> f64 {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    values.iter().map(|v| (v - mean) * (v - mean)).sum()
}

/// The mean over all queries that choose: a window counts with as many as it has. Windows without a
/// value do not count, and where none has one the mean is not a number.
fn mean<E>(
    contexts: &[Context<'_>],
    value: impl Fn(&Context<'_>) -> Result<Option<f64>, E>,
) -> Result<f64, E> {
    let (mut sum, mut queries) = (0.0, 0.0);
    for context in contexts {
        if let Some(v) = value(context)? {
            sum += context.choosing as f64 * v;
            queries += context.choosing as f64;
        }
    }
    Ok(sum / queries)
}
