//! Sentences about a relation that is known by its leading singular values.

use super::super::structure::RANKS;
use super::super::summary::One;
use super::super::summary::large::bounds;
use super::{largest, percent, significant};
use relata_runs::Tables;
use std::fmt::Write as _;

pub(super) fn parts(tables: &Tables, relation: &One<'_>) -> anyhow::Result<String> {
    if relation.text("two_spaces_because").is_some() {
        return Ok(
            "there is no symmetric part and no definiteness on two spaces; it takes two encoders.".to_owned()
        );
    }
    let Ok(table) = tables.get("leading_parts") else {
        return Ok("R is antisymmetric: no inner product of one encoder has any part of it.".to_owned());
    };
    let size = |part: &str| -> anyhow::Result<String> {
        let row = table.filter("part", part)?;
        let row = One::of(&row)?;
        Ok(between(row.number("lower")?, row.number("upper")?))
    };
    let mut text = format!(
        "the positive part has {} of the norm of R, the negative part {}, the antisymmetric part {} (their \
         squares add to 1; what is between was not decomposed)",
        size("positive")?,
        size("negative")?,
        size("antisymmetric")?
    );
    let definiteness = One::of(tables.get("leading_definiteness")?)?;
    text += match definiteness.optional("psd") {
        Some(psd) if psd > 0.0 => {
            ". R is positive semidefinite up to rounding: it is an inner product <phi(x), phi(y)> of one encoder"
        }
        Some(_) => ". R is not positive semidefinite",
        None => {
            ". None of its leading eigenvalues is negative, which does not decide whether R is positive semidefinite"
        }
    };
    if let Some(value) = definiteness.optional("witness_value") {
        let _ = write!(
            text,
            ": c'Rc = {} < 0 for the unit vector c whose largest entries are in tables/witness.csv{}",
            significant(value),
            largest(tables)?
        );
    } else if definiteness.optional("psd") == Some(0.0) {
        text += ", being not symmetric";
    }
    Ok(text + ".")
}

/// A percentage, or two where they differ as they are printed.
fn between(lower: f64, upper: f64) -> String {
    let (low, high) = (percent(lower), percent(upper));
    if low == high { high } else { format!("{low} to {high}") }
}

pub(super) fn limits(tables: &Tables, relation: &One<'_>) -> anyhow::Result<String> {
    let at = |encoders: &str| -> anyhow::Result<String> {
        let mut shown = Vec::new();
        for rank in RANKS {
            if let (Some(lower), Some(upper)) = bounds(tables, encoders, rank)? {
                shown.push(format!("{} at rank {rank}", between(lower, upper)));
            }
        }
        Ok(shown.join(", "))
    };
    let mut text = format!(
        "no inner product <phi(x), psi(y)>, neural or not, leaves less of R than {}",
        at("separate")?
    );
    let shared = at("shared")?;
    if !shared.is_empty() {
        let _ = write!(text, "; of one shared encoder {shared}");
    }
    text += " (from leading singular values; where two figures stand, the limit is between them)";
    let rounding = relation.text("rounding").map_or_else(String::new, |words| format!(" ({words})"));
    let _ = match relation.optional("rank") {
        Some(rank) => write!(text, ". The rank of R is {rank} up to rounding{rounding}."),
        None => {
            let values = tables.get("spectrum")?.len();
            write!(text, ". The rank of R is above {values}, the number of singular values that were sought.")
        }
    };
    Ok(text)
}
