//! Headline numbers, checks, and the ranking in words.

use crate::runner::counted;
use crate::statistics::median;
use relata_runs::{Better, Metric, Summary, Table, Tables};

pub(super) fn summarise(tables: &Tables) -> anyhow::Result<Summary> {
    let heads = tables.get("heads")?;
    let middle = |column: &str| -> anyhow::Result<Option<f64>> {
        Ok(median(heads.optional_floats(column)?.into_iter().flatten().collect()))
    };
    let metric = |value: Option<f64>, unit: &str| match value {
        Some(v) => Metric::new(v, unit),
        None => Metric::not_applicable(unit, "every form is zero"),
    };
    Ok(Summary::new()
        .with("heads", "Attention heads that were measured.", Metric::new(heads.len() as f64, "1"))
        .with(
            "median_effective_rank",
            "The exponential of the entropy of a head's spectrum, in the median over heads: of how many \
             dimensions the scores really make use.",
            metric(middle("effective_rank")?, "1").better(Better::Lower),
        )
        .with(
            "median_antisymmetric_fraction",
            "Share of a head's bilinear form that changes sign when query and key are exchanged, in the median \
             over heads: 0 for similarities, 1 for pure orders.",
            metric(middle("antisymmetric")?, "ratio"),
        ))
}

/// The sharp bound of the miss at a margin must hold for every query, and the planted heads must
/// come out as what they are.
pub(super) fn checks(tables: &Tables) -> anyhow::Result<Vec<String>> {
    let heads = tables.get("heads")?;
    let mut wrong = Vec::new();
    let violations: i64 = heads.ints("bound_violations")?.iter().sum();
    if violations > 0 {
        wrong.push(format!("{violations} queries miss their key by more than their margin allows"));
    }
    for model in ["tiny-bert", "tiny-gpt2"] {
        let first = heads.filter("model", model)?.filter("layer", 0i64)?;
        if first.is_empty() {
            continue;
        }
        let of = |head: usize, column: &str| -> anyhow::Result<f64> {
            let value = first.filter("head", head as i64)?.optional_floats(column)?;
            Ok(value.first().copied().flatten().unwrap_or(f64::NAN))
        };
        for (head, column, expected) in [
            (0, "antisymmetric", 0.0),
            (0, "positive", 1.0),
            (1, "antisymmetric", 1.0),
            (2, "explained_variance", 1.0),
        ] {
            let found = of(head, column)?;
            let off = (found - expected).abs();
            if off.is_nan() || off > 1e-2 {
                wrong.push(format!(
                    "head 0.{head} of {model} was made with {column} = {expected}, not {found}"
                ));
            }
        }
    }
    Ok(wrong)
}

/// The heads, the nearest to a retrieval first: indices of rows.
pub(super) fn ranking(heads: &Table) -> anyhow::Result<Vec<usize>> {
    let score = heads.optional_floats("retrieval_score")?;
    let mut order: Vec<usize> = (0..heads.len()).collect();
    let key = |k: usize| score[k].unwrap_or(f64::NEG_INFINITY);
    order.sort_by(|&a, &b| key(b).total_cmp(&key(a)));
    Ok(order)
}

/// Names of the heads, layer and head from 0; with the model where there are several.
pub(super) fn names(heads: &Table) -> anyhow::Result<Vec<String>> {
    let several = heads.distinct("model")?.len() > 1;
    let (model, layer, head) = (heads.texts("model")?, heads.ints("layer")?, heads.ints("head")?);
    let name = |k: usize| {
        let place = format!("{}.{}", layer[k], head[k]);
        if several { format!("{} {place}", model[k]) } else { place }
    };
    Ok((0..heads.len()).map(name).collect())
}

/// What the analysis found, for the terminal.
///
/// # Errors
/// A table or column that the pipeline writes is absent.
pub(super) fn answers(tables: &Tables) -> anyhow::Result<String> {
    const SHOWN: usize = 10;
    let heads = tables.get("heads")?;
    let (names, order) = (names(heads)?, ranking(heads)?);
    let columns = [
        ("retrieval_score", "retrieval"),
        ("first_key_weight", "first key"),
        ("explained_variance", "one utility"),
        ("margin_median", "margin"),
        ("effective_rank", "eff. rank"),
        ("antisymmetric", "antisym."),
    ];
    let mut out = taken_for(tables)?;
    out += &format!("The heads (layer.head, from 0) that are nearest to a retrieval, of {}:\n", heads.len());
    let width = names.iter().map(String::len).max().unwrap_or(0).max(4);
    out += &format!("  {:width$}", "head");
    for (_, title) in columns {
        out += &format!("  {title:>11}");
    }
    let values = columns.map(|(column, _)| heads.optional_floats(column));
    for &k in order.iter().take(SHOWN) {
        out += &format!("\n  {:width$}", names[k]);
        for column in &values {
            match column.as_ref().map(|c| c[k]) {
                Ok(Some(v)) => out += &format!("  {v:11.3}"),
                _ => out += &format!("  {:>11}", ""),
            }
        }
    }
    out += "\n\nretrieval: weight of a query's own key beyond what other queries give it (1: each query has a key to itself, 0: a \
            sink or uniform).\none utility: share of the scores' variance that is the same for every query. All heads are in \
            tables/heads.csv.\n";
    Ok(out)
}

/// What each model was taken for, and how much of the text it read.
fn taken_for(tables: &Tables) -> anyhow::Result<String> {
    let models = tables.get("models")?;
    let (model, family) = (models.texts("model")?, models.texts("family")?);
    let of = |column: &str| models.ints(column);
    let (layers, heads) = (of("layers")?, of("heads_per_layer")?);
    let (tokens, read, windows) = (of("text_tokens")?, of("tokens_read")?, of("windows")?);
    let line = |k: usize| {
        let part = if read[k] < tokens[k] { "the first " } else { "" };
        format!(
            "{}: taken for {} with {} layers of {} heads; it read {part}{} of {} tokens, in {}.\n",
            model[k],
            family[k],
            layers[k],
            heads[k],
            read[k],
            tokens[k],
            counted(windows[k].unsigned_abs() as usize, "window")
        )
    };
    Ok((0..models.len()).map(line).collect())
}
