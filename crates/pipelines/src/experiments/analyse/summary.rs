//! Headline numbers, from the tables alone.

pub(super) mod large;
pub(super) mod partial;

use super::held_out::{LEAST, Method, Setting, size_excludes, too_few};
use super::structure::RANKS;
use relata_runs::{Better, Metric, Summary, Table, Tables, Value};

/// The metrics.
pub(super) fn summarise(tables: &Tables) -> anyhow::Result<Summary> {
    let relation = One::of(tables.get("relation")?)?;
    if tables.get("partial_limits").is_ok() {
        return partial::summarise(tables);
    }
    if tables.get("leading_limits").is_ok() {
        return large::summarise(tables);
    }
    let two_spaces = relation.text("two_spaces_because");
    let mut s = Summary::new()
        .with("rows", ROWS, Metric::new(relation.number("rows")?, "1"))
        .with("columns", COLUMNS, Metric::new(relation.number("columns")?, "1"))
        .with("numerical_rank", NUMERICAL_RANK, Metric::new(relation.number("rank")?, "1"))
        .with("stable_rank", STABLE_RANK, Metric::new(relation.number("stable_rank")?, "1"));
    for (name, part, meaning) in [
        ("relative_antisymmetric_part", "antisymmetric", ANTISYMMETRIC),
        (
            "relative_negative_part",
            "negative",
            "Norm of the negative eigenvalues of the symmetric part, relative to the relation: what keeps it from \
             being a kernel.",
        ),
        (
            "relative_positive_part",
            "positive",
            "Norm of the positive eigenvalues of the symmetric part, relative to the relation: all that one shared \
             encoder can represent.",
        ),
    ] {
        s = s.with(
            name,
            meaning,
            of_one_space(&two_spaces, "ratio", || {
                one_value(tables, "parts", &[("part", part)], "relative_norm")
            })?,
        );
    }
    s = s.with(
        "psd",
        PSD,
        of_one_space(&two_spaces, "0 or 1", || Ok(One::of(tables.get("definiteness")?)?.optional("psd")))?,
    );
    let errors = [("", "separate"), ("shared_", "shared"), ("indefinite_", "indefinite")];
    for (prefix, encoders) in errors {
        for rank in RANKS {
            let at = || limit(tables, encoders, rank);
            if encoders == "separate" || two_spaces.is_none() {
                let metric = metric(at()?, "ratio").better(Better::Lower);
                let meaning =
                    format!("Smallest relative L2 error of any {} of rank {rank}.", class(encoders));
                s = s.with(format!("{prefix}relative_error_rank_{rank}"), meaning, metric);
            }
        }
    }
    let floor = || {
        let most = relation.number("rows")?.min(relation.number("columns")?) as usize;
        limit(tables, "shared", most)
    };
    let meaning =
        "Relative L2 error that one shared encoder keeps at every rank: what is antisymmetric or negative.";
    s = s.with("shared_floor", meaning, of_one_space(&two_spaces, "ratio", floor)?.better(Better::Lower));
    for (name, criterion, encoders, bound) in [
        ("rank_for_eps_l2", "L2", "separate", "upper"),
        ("shared_rank_for_eps_l2", "L2", "shared", "upper"),
        ("indefinite_rank_for_eps_l2", "L2", "indefinite", "upper"),
        ("rank_for_eps_sup", "sup", "separate", "upper"),
        ("rank_for_eps_sup_lower_bound", "sup", "separate", "lower"),
        ("rank_for_sign", "sign", "separate", "upper"),
        ("rank_for_sign_lower_bound", "sign", "separate", "lower"),
        ("rank_for_sign_zeros_negative", "sign, zeros negative", "separate", "upper"),
        ("rank_for_sign_zeros_negative_lower_bound", "sign, zeros negative", "separate", "lower"),
    ] {
        if encoders == "separate" || two_spaces.is_none() {
            let meaning = rank_meaning(criterion, encoders, bound);
            s = s.with(name, meaning, needed(tables, criterion, encoders, bound)?.better(Better::Lower));
        }
    }
    held_out(tables, s, &two_spaces)
}

/// What the tables contradict themselves in.
pub(super) fn checks(tables: &Tables) -> anyhow::Result<Vec<String>> {
    if tables.get("partial_limits").is_ok() {
        return partial::checks(tables);
    }
    if tables.get("leading_limits").is_ok() {
        return large::checks(tables);
    }
    let mut wrong = Vec::new();
    if let Ok(parts) = tables.get("parts") {
        let sum: f64 = parts.floats("share")?.iter().sum();
        if (sum - 1.0).abs() > 1e-9 {
            wrong.push(format!("the parts have {sum} of the relation's square in all, not 1"));
        }
    }
    // Separate encoders contain the others: at every rank their limit is the least.
    let limits = tables.get("limits")?;
    let of = |encoders: &str| -> anyhow::Result<Vec<f64>> {
        Ok(limits.filter("encoders", encoders)?.floats("relative_error")?)
    };
    let separate = of("separate")?;
    for encoders in ["shared", "indefinite"] {
        for (rank, (error, least)) in of(encoders)?.iter().zip(&separate).enumerate() {
            if *error < least - 1e-9 {
                wrong.push(format!("{encoders} encoders have error {error} at rank {rank}, below that of separate ones, {least}"));
            }
        }
    }
    wrong.extend(crossed_ranks(tables)?);
    Ok(wrong)
}

/// Ranks whose lower bound is above the upper one.
fn crossed_ranks(tables: &Tables) -> anyhow::Result<Vec<String>> {
    let mut wrong = Vec::new();
    let needed = tables.get("rank_needed")?;
    // Where no rank was found at all there is no such column.
    let column = |name| needed.optional_floats(name).unwrap_or_else(|_| vec![None; needed.len()]);
    for (lower, upper) in column("lower").into_iter().zip(column("upper")) {
        if let (Some(lower), Some(upper)) = (lower, upper)
            && lower > upper
        {
            wrong.push(format!("a rank is at least {lower} and at most {upper}"));
        }
    }
    Ok(wrong)
}

/// The error of the best inner product of that kind and rank.
pub(super) fn limit(tables: &Tables, encoders: &str, rank: usize) -> anyhow::Result<Option<f64>> {
    let rows = tables.get("limits")?.filter("encoders", encoders)?.filter("rank", rank)?;
    Ok(rows.optional_floats("relative_error")?.first().copied().flatten())
}

/// The relative error of a method on held-out entries, over all folds and repeats; of completion at
/// its best rank, which comes with it.
pub(super) fn held_out_error(
    tables: &Tables,
    setting: &str,
    method: &str,
    block: Option<&str>,
) -> anyhow::Result<Option<(f64, Option<usize>)>> {
    let Ok(table) = tables.get("held_out") else { return Ok(None) };
    let mut rows = table.filter("setting", setting)?.filter("method", method)?;
    if let Some(block) = block {
        rows = rows.filter("block", block)?;
    }
    let pooled = |rows: &Table| -> anyhow::Result<Option<f64>> {
        let (error, norm): (f64, f64) =
            (rows.floats("squared_error")?.iter().sum(), rows.floats("squared_norm")?.iter().sum());
        Ok((norm > 0.0).then(|| (error / norm).sqrt()))
    };
    if method != Method::Completion.name() {
        return Ok(pooled(&rows)?.map(|e| (e, None)));
    }
    let mut best: Option<(f64, Option<usize>)> = None;
    for rank in rows.distinct("rank")? {
        if let (Some(error), Some(d)) = (pooled(&rows.filter("rank", rank.clone())?)?, rank.as_f64())
            && best.is_none_or(|(b, _)| error < b)
        {
            best = Some((error, Some(d as usize)));
        }
    }
    Ok(best)
}

fn held_out(tables: &Tables, mut s: Summary, two_spaces: &Option<String>) -> anyhow::Result<Summary> {
    let relation = One::of(tables.get("relation")?)?;
    let features = relation.number("features")? > 0.0;
    let (n, m) = (relation.number("rows")? as usize, relation.number("columns")? as usize);
    let known = relation.number("known")? as usize;
    let no_size = |method| match size_excludes(n, m, method) {
        Some(why) => why,
        None if known < LEAST * LEAST => too_few(known),
        None => "it was not measured".to_owned(),
    };
    for setting in Setting::ALL {
        for method in Method::ALL {
            if method == Method::Completion && setting == Setting::Lines {
                continue;
            }
            // Without features there is nothing to say of networks, and there was no question.
            if !features && (method.is_network() || setting == Setting::Lines) {
                continue;
            }
            let name = format!("held_out_{}_error_{}", setting.name(), method.name());
            let found = held_out_error(tables, setting.name(), method.name(), None)?;
            let metric = match found {
                Some((error, _)) => Metric::new(error, "ratio"),
                None => {
                    let shared = matches!(method, Method::Symmetric | Method::Indefinite);
                    let reason = match two_spaces {
                        Some(why) if shared => why.clone(),
                        _ if shared => "rows and columns have different numbers of features".to_owned(),
                        _ => no_size(method),
                    };
                    Metric::not_applicable("ratio", reason)
                }
            };
            let meaning =
                format!("Relative L2 error on held-out {} of {}.", held(setting), predictor(method));
            s = s.with(name, meaning, metric.better(Better::Lower));
        }
    }
    let best = held_out_error(tables, Setting::Entries.name(), Method::Completion.name(), None)?;
    let metric = match best.and_then(|(_, rank)| rank) {
        Some(rank) => Metric::new(rank as f64, "1"),
        None => Metric::not_applicable("1", no_size(Method::Completion)),
    };
    let meaning = "Rank at which completion of the matrix predicts held-out entries best.";
    Ok(s.with("held_out_best_completion_rank", meaning, metric))
}

const NUMERICAL_RANK: &str = "Singular values above rounding: the rank that represents the matrix exactly.";
const STABLE_RANK: &str = "Sum of squared singular values over the largest square: near 1 where one term has nearly \
                           everything.";
const ROWS: &str = "Rows of the relation: objects on its first side.";
const COLUMNS: &str = "Columns of the relation: objects on its second side.";
const ANTISYMMETRIC: &str = "Norm of the part that changes sign when rows and columns are exchanged, relative to the \
                             relation: what no shared encoder can represent.";
const PSD: &str = "Whether the relation is a kernel, that is symmetric and positive semidefinite (1), or a witness shows \
                   that it is not (0).";

/// Inner products of that kind, for people.
fn class(encoders: &str) -> &'static str {
    match encoders {
        "shared" => "inner product of one shared encoder with itself",
        "indefinite" => "inner product with signs of one shared encoder with itself",
        _ => "inner product of two encoders",
    }
}

fn rank_meaning(criterion: &str, encoders: &str, bound: &str) -> String {
    let how = if bound == "lower" {
        "Every rank below this fails: bound from below of the"
    } else {
        "A rank that suffices: the"
    };
    let what = match criterion {
        "L2" => "rank for the asked relative error in L2",
        "sup" => "rank for the asked error in the largest entry",
        "sign" => "rank for the right sign of every entry that is not 0",
        _ => "rank for the right sign of every entry, 0 counting as negative",
    };
    format!("{how} {what}, by an {}.", class(encoders))
}

fn predictor(method: Method) -> &'static str {
    match method {
        Method::Mean => "the mean of what is known",
        Method::Means => "the means of rows and columns",
        Method::Completion => "a matrix of low rank, without features",
        Method::Symmetric => "one shared encoder of the features",
        Method::Asymmetric => "two encoders of the features",
        Method::Indefinite => "one shared encoder of the features, with signs",
        Method::Pairs => "a perceptron on the features of both together",
    }
}

fn held(setting: Setting) -> &'static str {
    match setting {
        Setting::Entries => "entries",
        Setting::Lines => "rows and columns, known by their features alone,",
    }
}

fn of_one_space(
    two_spaces: &Option<String>,
    unit: &str,
    value: impl FnOnce() -> anyhow::Result<Option<f64>>,
) -> anyhow::Result<Metric> {
    match two_spaces {
        Some(why) => Ok(Metric::not_applicable(unit, why.as_str())),
        None => Ok(metric(value()?, unit)),
    }
}

fn metric(value: Option<f64>, unit: &str) -> Metric {
    value.map_or_else(|| Metric::not_applicable(unit, "not computed"), |v| Metric::new(v, unit))
}

/// The ranks that criteria need, from above and from below, of relations of which neither is exact.
fn bracketed_ranks(tables: &Tables, mut s: Summary) -> anyhow::Result<Summary> {
    for (name, criterion) in [
        ("rank_for_eps_l2", "L2"),
        ("rank_for_eps_sup", "sup"),
        ("rank_for_sign", "sign"),
        ("rank_for_sign_zeros_negative", "sign, zeros negative"),
    ] {
        let meaning = |bound: &str| rank_meaning(criterion, "separate", bound);
        let upper = needed(tables, criterion, "separate", "upper")?.better(Better::Lower);
        s = s.with(name, meaning("upper"), upper);
        let lower = needed(tables, criterion, "separate", "lower")?;
        s = s.with(format!("{name}_lower_bound"), meaning("lower"), lower);
    }
    Ok(s)
}

fn needed(tables: &Tables, criterion: &str, encoders: &str, bound: &str) -> anyhow::Result<Metric> {
    let rows = tables.get("rank_needed")?.filter("criterion", criterion)?.filter("encoders", encoders)?;
    let row = One::of(&rows)?;
    Ok(match row.optional(bound) {
        Some(rank) => Metric::new(rank, "1"),
        None => Metric::not_applicable("1", row.text("reason").unwrap_or_else(|| "not computed".to_owned())),
    })
}

fn one_value(tables: &Tables, table: &str, at: &[(&str, &str)], column: &str) -> anyhow::Result<Option<f64>> {
    let mut rows = tables.get(table)?.clone();
    for (key, value) in at {
        rows = rows.filter(key, *value)?;
    }
    Ok(One::of(&rows)?.optional(column))
}

/// The only row of a table.
pub(in crate::experiments) struct One<'a>(&'a Table);

impl<'a> One<'a> {
    pub(in crate::experiments) fn of(table: &'a Table) -> anyhow::Result<Self> {
        anyhow::ensure!(table.len() == 1, "a table with {} rows where one was expected", table.len());
        Ok(Self(table))
    }

    fn value(&self, column: &str) -> Option<&Value> {
        self.0.values(column).ok().and_then(|v| v.first().copied())
    }

    pub(in crate::experiments) fn text(&self, column: &str) -> Option<String> {
        match self.value(column) {
            Some(Value::Text(t)) => Some(t.clone()),
            _ => None,
        }
    }

    pub(in crate::experiments) fn optional(&self, column: &str) -> Option<f64> {
        self.value(column).and_then(Value::as_f64)
    }

    pub(in crate::experiments) fn number(&self, column: &str) -> anyhow::Result<f64> {
        self.optional(column).ok_or_else(|| anyhow::anyhow!("column `{column}` has no number"))
    }
}
