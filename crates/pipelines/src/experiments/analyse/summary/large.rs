//! Headline numbers of a relation that is known by its leading singular values.

use super::super::structure::RANKS;
use super::{
    COLUMNS, NUMERICAL_RANK, One, PSD, ROWS, STABLE_RANK, bracketed_ranks, class, crossed_ranks, held_out,
    metric, of_one_space,
};
use relata_runs::{Better, Metric, Summary, Tables};

pub(super) fn summarise(tables: &Tables) -> anyhow::Result<Summary> {
    let relation = One::of(tables.get("relation")?)?;
    let two_spaces = relation.text("two_spaces_because");
    let rank = match relation.optional("rank") {
        Some(rank) => Metric::new(rank, "1"),
        None => Metric::not_applicable("1", "it is above the ranks that were sought"),
    };
    let mut s = Summary::new()
        .with("rows", ROWS, Metric::new(relation.number("rows")?, "1"))
        .with("columns", COLUMNS, Metric::new(relation.number("columns")?, "1"))
        .with("numerical_rank", NUMERICAL_RANK, rank)
        .with("stable_rank", STABLE_RANK, Metric::new(relation.number("stable_rank")?, "1"));
    for part in ["antisymmetric", "negative", "positive"] {
        for end in ["lower", "upper"] {
            let value = || Ok(One::of(&tables.get("leading_parts")?.filter("part", part)?)?.optional(end));
            let name = format!("relative_{part}_part_{end}_bound");
            let meaning =
                format!("Norm of the {part} part, relative to the relation: its proved {end} bound.");
            s = s.with(name, meaning, of_one_space(&two_spaces, "ratio", value)?);
        }
    }
    let psd = match &two_spaces {
        Some(why) => Metric::not_applicable("0 or 1", why.as_str()),
        None => match One::of(tables.get("leading_definiteness")?)?.optional("psd") {
            Some(psd) => Metric::new(psd, "0 or 1"),
            None => Metric::not_applicable("0 or 1", "the leading eigenvalues do not decide it"),
        },
    };
    s = s.with("psd", PSD, psd);
    for (prefix, encoders) in [("", "separate"), ("shared_", "shared"), ("indefinite_", "indefinite")] {
        if encoders != "separate" && two_spaces.is_some() {
            continue;
        }
        for rank in RANKS {
            let (lower, upper) = bounds(tables, encoders, rank)?;
            let name = format!("{prefix}relative_error_rank_{rank}");
            let meaning = |end: &str| {
                format!(
                    "Smallest relative L2 error of any {} of rank {rank}: its {end} bound.",
                    class(encoders)
                )
            };
            s = s.with(format!("{name}_lower_bound"), meaning("lower"), metric(lower, "ratio"));
            let upper = metric(upper, "ratio").better(Better::Lower);
            s = s.with(format!("{name}_upper_bound"), meaning("upper"), upper);
        }
    }
    held_out(tables, bracketed_ranks(tables, s)?, &two_spaces)
}

/// What the tables contradict themselves in.
pub(super) fn checks(tables: &Tables) -> anyhow::Result<Vec<String>> {
    let mut wrong = crossed_ranks(tables)?;
    for table in ["leading_limits", "leading_parts"] {
        let Ok(table) = tables.get(table) else { continue };
        for (lower, upper) in table.floats("lower")?.iter().zip(&table.floats("upper")?) {
            if *lower > upper + 1e-9 {
                wrong.push(format!("an error or a part is at least {lower} and at most {upper}"));
            }
        }
    }
    Ok(wrong)
}

/// The bracket of the error of a rank; beyond the largest that was sought nothing is known of it.
pub(in super::super) fn bounds(
    tables: &Tables,
    encoders: &str,
    rank: usize,
) -> anyhow::Result<(Option<f64>, Option<f64>)> {
    let row = tables.get("leading_limits")?.filter("encoders", encoders)?.filter("rank", rank)?;
    let first = |column| row.optional_floats(column).map(|v| v.first().copied().flatten());
    Ok((first("lower")?, first("upper")?))
}
