//! Headline numbers of a relation of which some entries are not known, or not all count alike.

use super::super::structure::RANKS;
use super::{
    ANTISYMMETRIC, COLUMNS, One, PSD, ROWS, bracketed_ranks, crossed_ranks, held_out, metric, of_one_space,
};
use relata_runs::{Better, Metric, Summary, Tables};

pub(super) fn summarise(tables: &Tables) -> anyhow::Result<Summary> {
    let relation = One::of(tables.get("relation")?)?;
    let two_spaces = relation.text("two_spaces_because");
    let mut s = Summary::new()
        .with("rows", ROWS, Metric::new(relation.number("rows")?, "1"))
        .with("columns", COLUMNS, Metric::new(relation.number("columns")?, "1"))
        .with(
            "known_entries",
            "Entries that the file gives; the others are holes.",
            Metric::new(relation.number("known")?, "1"),
        );
    let parts = || Ok(One::of(tables.get("partial_parts")?)?.optional("relative_norm"));
    s = s.with("relative_antisymmetric_part", ANTISYMMETRIC, of_one_space(&two_spaces, "ratio", parts)?);
    let psd = match &two_spaces {
        Some(why) => Metric::not_applicable("0 or 1", why.as_str()),
        None if One::of(tables.get("partial_definiteness")?)?.optional("witness_value").is_some() => {
            Metric::new(0.0, "0 or 1")
        }
        None => Metric::not_applicable("0 or 1", "the entries that are known do not decide it"),
    };
    s = s.with("psd", PSD, psd);
    for rank in RANKS {
        let (lower, upper) = bounds(tables, rank)?;
        let meaning = |end: &str| {
            format!("Relative L2 error of the best inner product of rank {rank} on the known entries: {end}.")
        };
        let name = format!("relative_error_rank_{rank}");
        s = s.with(format!("{name}_lower_bound"), meaning("proved from below"), metric(lower, "ratio"));
        let upper = metric(upper, "ratio").better(Better::Lower);
        s = s.with(format!("{name}_upper_bound"), meaning("what was found"), upper);
    }
    held_out(tables, bracketed_ranks(tables, s)?, &two_spaces)
}

/// What the tables contradict themselves in.
pub(super) fn checks(tables: &Tables) -> anyhow::Result<Vec<String>> {
    let mut wrong = crossed_ranks(tables)?;
    let limits = tables.get("partial_limits")?;
    let (lower, upper) = (limits.floats("lower")?, limits.floats("upper")?);
    for (rank, (lower, upper)) in lower.iter().zip(&upper).enumerate() {
        if *lower > upper + 1e-9 {
            wrong.push(format!("the error of rank {rank} is at least {lower} and at most {upper}"));
        }
    }
    Ok(wrong)
}

/// The bracket of the error of a rank; beyond the largest that was sought nothing is known of it.
pub(in super::super) fn bounds(tables: &Tables, rank: usize) -> anyhow::Result<(Option<f64>, Option<f64>)> {
    let row = tables.get("partial_limits")?.filter("rank", rank)?;
    let first = |column| row.optional_floats(column).map(|v| v.first().copied().flatten());
    Ok((first("lower")?, first("upper")?))
}
