//! Sentences about a relation of which some entries are not known, or not all count alike.

use super::super::structure::RANKS;
use super::super::summary::One;
use super::super::summary::partial::bounds;
use super::{largest, percent, significant};
use relata_runs::Tables;
use std::fmt::Write as _;

/// How much is known.
pub(super) fn known(relation: &One<'_>) -> anyhow::Result<String> {
    let (all, known) = (relation.number("rows")? * relation.number("columns")?, relation.number("known")?);
    let mut text = String::new();
    if known < all {
        let holes = all - known;
        let are = if holes > 1.0 { "are" } else { "is" };
        let _ = write!(
            text,
            " {holes} of its {all} entries {are} not known: all that follows is about the other {known}."
        );
    }
    if relation.number("weighted")? > 0.0 {
        text += " Errors, fits and predictions are weighted as the weights say.";
    }
    Ok(text)
}

pub(super) fn parts(tables: &Tables, relation: &One<'_>) -> anyhow::Result<String> {
    if relation.text("two_spaces_because").is_some() {
        return Ok(
            "there is no symmetric part and no definiteness on two spaces; it takes two encoders.".to_owned()
        );
    }
    let part = One::of(tables.get("partial_parts")?)?;
    let pairs = part.number("pairs_both_ways")?;
    let mut text = match part.optional("relative_norm") {
        Some(size) if pairs > 0.0 => format!(
            "of the entries whose mirrors are known, too ({pairs} pairs), the antisymmetric part has {} of the norm",
            percent(size)
        ),
        _ => "no pair is known both ways, so that nothing tells a symmetric part".to_owned(),
    };
    let definiteness = One::of(tables.get("partial_definiteness")?)?;
    let objects = definiteness.number("objects")?;
    match definiteness.optional("witness_value") {
        Some(value) => {
            let _ = write!(
                text,
                ". Whatever the unknown entries are, the symmetric part of R is not positive semidefinite: \
                 c'Rc = {} < 0 for the unit vector c in tables/witness.csv{}, on {objects} objects that are \
                 known with one another",
                significant(value),
                largest(tables)?
            );
        }
        None => text += ". What is known does not exclude that R is positive semidefinite",
    }
    Ok(text + ".")
}

pub(super) fn limits(tables: &Tables) -> anyhow::Result<String> {
    let (mut below, mut above) = (Vec::new(), Vec::new());
    let (mut proved, mut left) = (false, false);
    for rank in RANKS {
        if let (Some(lower), Some(upper)) = bounds(tables, rank)? {
            proved |= lower > 0.0;
            left |= upper > 1e-9;
            below.push(format!("{} at rank {rank}", percent(lower)));
            above.push(format!("{} at rank {rank}", percent(upper)));
        }
    }
    if left && !proved {
        return Ok(format!(
            "some inner products <phi(x), psi(y)> leave {} of the known entries (upper bounds, found by alternating \
             least squares); from below nothing is proved, for want of blocks that are wholly known.",
            above.join(", ")
        ));
    }
    Ok(format!(
        "no inner product <phi(x), psi(y)>, neural or not, leaves less of the known entries than {} (lower \
         bounds, from blocks that are wholly known); some leave {} (upper bounds, found by alternating least \
         squares).",
        below.join(", "),
        above.join(", ")
    ))
}
