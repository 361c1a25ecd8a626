//! What the analysis found, in plain sentences.

mod large;
mod partial;

use super::structure::RANKS;
use super::summary::{One, held_out_error, limit};
use relata_runs::{Table, Tables};
use std::fmt::Write as _;

/// A few short paragraphs, each beginning with what it is about, from the tables of a run.
///
/// # Errors
/// A table or column that an analysis writes is absent.
pub(super) fn answers(tables: &Tables) -> anyhow::Result<String> {
    let relation = One::of(tables.get("relation")?)?;
    let known_by = if tables.get("partial_limits").is_ok() {
        KnownBy::Holes
    } else if tables.get("leading_limits").is_ok() {
        KnownBy::Leading
    } else {
        KnownBy::Whole
    };
    let mut out = String::new();
    for (topic, text) in [
        ("Relation", shape(&relation)?),
        (
            "Parts",
            match known_by {
                KnownBy::Whole => parts(tables, &relation)?,
                KnownBy::Leading => large::parts(tables, &relation)?,
                KnownBy::Holes => partial::parts(tables, &relation)?,
            },
        ),
        (
            "Limits",
            match known_by {
                KnownBy::Whole => limits(tables, &relation)?,
                KnownBy::Leading => large::limits(tables, &relation)?,
                KnownBy::Holes => partial::limits(tables)?,
            },
        ),
        ("Ranks", ranks(tables)?),
        ("Held out", held_out(tables, &relation)?),
    ] {
        if !text.is_empty() {
            let _ = writeln!(out, "{}", wrapped(&format!("{topic}: {text}")));
        }
    }
    Ok(out)
}

/// How a relation was analysed.
#[derive(Clone, Copy)]
enum KnownBy {
    /// By a decomposition of the whole.
    Whole,
    /// By its leading singular values.
    Leading,
    /// By the entries that are known.
    Holes,
}

/// What the file was taken for, what would make it something else, and what was done on the way.
fn shape(relation: &One<'_>) -> anyhow::Result<String> {
    let (n, m) = (relation.number("rows")?, relation.number("columns")?);
    let is = |column: &str| relation.number(column).map(|v| v > 0.0);
    let read_as = relation.text("read_as").unwrap_or_default();
    let mut text = format!("R is {n} x {m}, read as {read_as}");
    if let Some(otherwise) = relation.text("otherwise") {
        let _ = write!(text, " ({otherwise})");
    }
    text += ".";
    if let Some(notes) = relation.text("notes") {
        let _ = write!(text, " {}.", sentences(&notes));
    }
    let why = relation.text("spaces_because").unwrap_or_default();
    let said = why.starts_with("--");
    text += &match (relation.text("two_spaces_because"), said) {
        (None, true) => format!(" Row and column i are the same object ({why})."),
        (None, false) => {
            format!(" Row and column i are the same object: {why} (--spaces two if they are not).")
        }
        (Some(_), true) => format!(" It relates two different spaces ({why})."),
        (Some(_), false) => {
            format!(" It relates two different spaces: {why} (--spaces one if they are one).")
        }
    };
    text += &partial::known(relation)?;
    let (zeros, known) = (relation.number("zeros")?, relation.number("known")?);
    if zeros > 0.0 {
        let which = if known < n * m { "the known" } else { "its" };
        let _ = write!(text, " {} of {which} entries are 0.", percent(zeros / known));
    }
    if is("columns_reordered")? {
        text += " The columns stood in another order than the rows and were brought into that of the rows.";
    }
    if is("triangular")? {
        text += " Every pair has a value in one direction at most: if the pairs have no direction, \
                 --undirected gives both.";
    }
    Ok(text)
}

/// Notes as sentences: the first letter of each large.
fn sentences(notes: &str) -> String {
    let large = |note: &str| {
        let mut chars = note.chars();
        chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
    };
    notes.split("; ").map(large).collect::<Vec<_>>().join(". ")
}

fn parts(tables: &Tables, relation: &One<'_>) -> anyhow::Result<String> {
    if relation.text("two_spaces_because").is_some() {
        return Ok(
            "there is no symmetric part and no definiteness on two spaces; it takes two encoders.".to_owned()
        );
    }
    let table = tables.get("parts")?;
    let size = |part: &str| -> anyhow::Result<f64> {
        One::of(&table.filter("part", part)?)?.number("relative_norm")
    };
    let (positive, negative, antisymmetric) = (size("positive")?, size("negative")?, size("antisymmetric")?);
    let definiteness = One::of(tables.get("definiteness")?)?;
    // What rounding of the entries explains is not a part.
    let rounding = relation.number("relative_rounding")?;
    let size = |v: f64| percent(if v <= rounding { 0.0 } else { v });
    let mut text = format!(
        "the positive part has {} of the norm of R, the negative part {}, the antisymmetric part {} (their squares add to 1)",
        size(positive),
        size(negative),
        size(antisymmetric)
    );
    let within = relation
        .text("rounding")
        .map(|words| format!("within the rounding of its entries ({words}; --tolerance says otherwise)"));
    if definiteness.number("psd")? > 0.0 {
        // A definite matrix is one whatever rounding has done to it.
        let within =
            within.filter(|_| definiteness.text("evidence").is_none_or(|e| !e.contains("definite, by")));
        let within = within.map_or_else(String::new, |w| format!(" {w}"));
        let _ = write!(
            text,
            ". R is positive semidefinite{within}: it is an inner product <phi(x), phi(y)> of one encoder."
        );
        return Ok(text);
    }
    text += ". R is not positive semidefinite";
    match (definiteness.text("asymmetric_row"), definiteness.text("asymmetric_column")) {
        (Some(i), Some(j)) => {
            let (value, mirrored) = (definiteness.number("value")?, definiteness.number("mirrored")?);
            let _ = write!(text, ", being not symmetric: r({i}, {j}) = {value} and r({j}, {i}) = {mirrored}");
            if let Some(value) = definiteness.optional("witness_value") {
                let _ = write!(
                    text,
                    "; its symmetric part is not either (c'Rc = {} < 0 for the unit vector c in tables/witness.csv)",
                    significant(value)
                );
            }
        }
        _ => {
            if let Some(value) = definiteness.optional("witness_value") {
                let _ = write!(
                    text,
                    ": c'Rc = {} < 0 for the unit vector c in tables/witness.csv{}",
                    significant(value),
                    largest(tables)?
                );
            }
        }
    }
    let most = relation.number("rows")? as usize;
    if let Some(floor) = limit(tables, "shared", most)? {
        let _ =
            write!(text, ". One shared encoder leaves at least {} of R, whatever its rank", percent(floor));
    }
    Ok(text + ".")
}

/// The largest coefficients of the witness.
fn largest(tables: &Tables) -> anyhow::Result<String> {
    let table = tables.get("witness")?;
    let mut named: Vec<(String, f64)> =
        table.texts("object")?.into_iter().zip(table.floats("coefficient")?).collect();
    named.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    let shown: Vec<String> = named.iter().take(3).map(|(name, c)| format!("{name}: {c:+.2}")).collect();
    Ok(format!(" (largest: {})", shown.join(", ")))
}

fn limits(tables: &Tables, relation: &One<'_>) -> anyhow::Result<String> {
    let most = relation.number("rows")?.min(relation.number("columns")?) as usize;
    let at = |encoders: &str| -> anyhow::Result<String> {
        let mut shown = Vec::new();
        for rank in RANKS.into_iter().filter(|r| *r <= most) {
            if let Some(error) = limit(tables, encoders, rank)? {
                shown.push(format!("{} at rank {rank}", percent(error)));
            }
        }
        Ok(shown.join(", "))
    };
    let mut text = format!(
        "no inner product <phi(x), psi(y)>, neural or not, leaves less of R than {}",
        at("separate")?
    );
    if relation.text("two_spaces_because").is_none() {
        let (separate, shared) = (at("separate")?, at("shared")?);
        if separate == shared {
            text += "; one shared encoder does as well";
        } else {
            let _ = write!(text, "; of one shared encoder {shared}");
        }
    }
    let rank = relation.number("rank")?;
    let _ = write!(text, ". The rank of R is {rank}");
    Ok(text
        + match (rank as usize == most, relation.text("rounding")) {
            (true, _) => " (full).".to_owned(),
            (false, None) => " up to rounding.".to_owned(),
            (false, Some(words)) => format!(" up to rounding ({words})."),
        }
        .as_str())
}

fn ranks(tables: &Tables) -> anyhow::Result<String> {
    let table = tables.get("rank_needed")?;
    let of = |criterion: &str, encoders: &str| -> anyhow::Result<Table> {
        Ok(table.filter("criterion", criterion)?.filter("encoders", encoders)?)
    };
    let bounds = |row: &Table| -> anyhow::Result<String> {
        let row = One::of(row)?;
        Ok(match (row.optional("lower"), row.optional("upper")) {
            (Some(lower), Some(upper)) if lower < upper => {
                let by = row.text("upper_by").unwrap_or_default();
                format!("takes rank {upper} at most ({by}) and {lower} at least")
            }
            (Some(_), Some(upper)) => format!("takes rank {upper}"),
            (Some(lower), None) => {
                format!("takes rank {lower} at least ({})", row.text("reason").unwrap_or_default())
            }
            _ => match row.text("reason").unwrap_or_default() {
                why if why.starts_with("no ") => format!("cannot be had: {why}"),
                why => format!("is left open ({why})"),
            },
        })
    };
    let l2 = of("L2", "separate")?;
    let eps = percent(One::of(&l2)?.number("eps")?);
    let mut text = format!("an error of {eps} in L2 {}", bounds(&l2)?);
    let _ = write!(text, "; one of {eps} of max |R| in every entry {}", bounds(&of("sup", "separate")?)?);
    let _ = write!(text, "; the sign of every nonzero entry {}", bounds(&of("sign", "separate")?)?);
    let zeros = of("sign, zeros negative", "separate")?;
    if One::of(&zeros)?.optional("upper").is_some() {
        let _ = write!(text, "; telling positive entries from the others by the sign {}", bounds(&zeros)?);
    }
    Ok(text + ".")
}

fn held_out(tables: &Tables, relation: &One<'_>) -> anyhow::Result<String> {
    const NAMES: [(&str, &str); 7] = [
        ("mean", "the mean"),
        ("means", "row and column means"),
        ("completion", "completion"),
        ("symmetric", "<phi(x), phi(y)>"),
        ("indefinite", "<phi(x), J phi(y)>"),
        ("asymmetric", "<phi(x), psi(y)>"),
        ("pairs", "a perceptron on pairs"),
    ];
    if tables.get("held_out").is_err() {
        return Ok(String::new());
    }
    let mut sentences = Vec::new();
    for (setting, block, what) in [
        ("entries", None, "single entries"),
        ("lines", Some("new rows"), "new rows"),
        ("lines", Some("new columns"), "new columns"),
        ("lines", Some("both new"), "a new row with a new column"),
    ] {
        let mut found: Vec<(f64, String)> = Vec::new();
        for (method, name) in NAMES {
            if let Some((error, rank)) = held_out_error(tables, setting, method, block)? {
                let name = rank.map_or_else(|| name.to_owned(), |d| format!("{name} of rank {d}"));
                found.push((error, name));
            }
        }
        found.sort_by(|a, b| a.0.total_cmp(&b.0));
        if !found.is_empty() {
            let listed: Vec<String> =
                found.iter().map(|(e, name)| format!("{name} {}", percent(*e))).collect();
            sentences.push(format!("{what}: {}", listed.join(", ")));
        }
    }
    let mut text = sentences.join("; ");
    if !text.is_empty() {
        text = format!("errors of predictions (predicting 0 has 100 %), for {text}.");
    }
    if relation.number("features")? <= 0.0 {
        text += " Networks were not fitted, for want of features (--x-features, --y-features).";
    }
    Ok(text)
}

/// Three significant digits, at most two decimals. What is a rounding of doubles is 0.
pub(in crate::experiments) fn percent(x: f64) -> String {
    const ROUNDING: f64 = 1e-12;
    let p = if x.abs() < ROUNDING { 0.0 } else { 100.0 * x };
    let digits = if p.abs() >= 100.0 {
        0
    } else if p.abs() >= 10.0 {
        1
    } else {
        2
    };
    let number = if p == 0.0 || p.abs() >= 0.005 {
        trimmed(&format!("{p:.digits$}")).to_owned()
    } else {
        format!("{p:.1e}")
    };
    // Lines do not break before the sign.
    format!("{number}\u{a0}%")
}

/// Four significant digits.
pub(in crate::experiments) fn significant(x: f64) -> String {
    if (1e-3..1e5).contains(&x.abs()) {
        format!("{x:.*}", (3.0 - x.abs().log10().floor()).max(0.0) as usize)
    } else {
        format!("{x:.3e}")
    }
}

fn trimmed(number: &str) -> &str {
    if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { number }
}

/// Lines of at most 100 characters; all but the first are indented.
pub(in crate::experiments) fn wrapped(text: &str) -> String {
    const WIDTH: usize = 100;
    let mut out = String::new();
    let mut length = 0;
    for word in text.split(' ') {
        let size = word.chars().count();
        if length > 0 && length + 1 + size > WIDTH {
            out += "\n  ";
            length = 2;
        } else if length > 0 {
            out.push(' ');
            length += 1;
        }
        out += word;
        length += size;
    }
    out.replace('\u{a0}', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_and_lines_are_short() {
        for (x, text) in [
            (0.0, "0 %"),
            (0.69949, "69.9 %"),
            (0.05, "5 %"),
            (1.0, "100 %"),
            (0.01234, "1.23 %"),
            (3e-9, "3.0e-7 %"),
            (3.5e-17, "0 %"),
            (-3.5e-17, "0 %"),
        ] {
            assert_eq!(wrapped(&percent(x)), text);
        }
        // Twenty words of four letters fill the first line (99 characters), nineteen each of the
        // others (2 + 94).
        let of = |words: usize| wrapped(vec!["word"; words].join(" ").as_str());
        for (words, lines) in [(20, 1), (21, 2), (39, 2), (40, 3), (58, 3), (59, 4)] {
            let text = of(words);
            assert_eq!(text.lines().count(), lines, "{words} words:\n{text}");
            assert!(text.lines().all(|l| l.chars().count() <= 100), "{text}");
            assert_eq!(text.split_whitespace().count(), words);
        }
    }
}
