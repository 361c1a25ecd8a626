//! What a run found, in plain sentences.

use super::super::analyse::{One, percent, significant, wrapped};
use super::models::Model;
use super::summary::{gain, held_out_models};
use relata_runs::Tables;
use std::fmt::Write as _;

/// A few short paragraphs, each beginning with what it is about, from the tables of a run.
///
/// # Errors
/// A table or column that a run writes is absent.
pub(super) fn answers(tables: &Tables) -> anyhow::Result<String> {
    let data = One::of(tables.get("data")?)?;
    let mut out = String::new();
    for (topic, text) in [
        ("Data", read(&data)?),
        ("Utility", utility(tables)?),
        ("Strengths", strengths(tables)?),
        ("Features", features(tables)?),
        ("Consumers", consumers(tables)?),
        ("Choices", choices(tables)?),
        ("Held out", held_out(tables)?),
    ] {
        if !text.is_empty() {
            let _ = writeln!(out, "{}", wrapped(&format!("{topic}: {text}")));
        }
    }
    Ok(out)
}

fn read(data: &One<'_>) -> anyhow::Result<String> {
    let mut text = format!("read as {}", data.text("taken_for").unwrap_or_default());
    let (items, weight, ties) = (data.number("items")?, data.number("weight")?, data.number("ties")?);
    let observations = data.number("observations")?;
    match data.text("kind").as_deref() {
        Some("comparisons") => {
            let _ = write!(text, ": {items} items, {weight} outcomes, {ties} of them ties");
        }
        Some("rankings") => {
            let _ =
                write!(text, ": {items} items, {weight} rankings, {ties} of them with ties before their end");
        }
        Some("panel") => {
            let _ =
                write!(text, ": {items} goods, {observations} purchases of {}", counted(weight, "consumer"));
        }
        _ => {
            let _ = write!(text, ": {observations} choice sets with {weight} alternatives in all");
        }
    }
    text += "; --read-as makes it something else.";
    if let Some(notes) = data.text("notes").filter(|n| !n.is_empty()) {
        let _ = write!(text, " {notes}");
    }
    Ok(text)
}

fn counted(n: f64, what: &str) -> String {
    if n > 1.0 { format!("{n} {what}s") } else { format!("{n} {what}") }
}

fn utility(tables: &Tables) -> anyhow::Result<String> {
    let Ok(table) = tables.get("consistency") else { return Ok(String::new()) };
    let row = One::of(table)?;
    let said = row.number("statements")?;
    let mut text = if row.number("utility")? > 0.0 {
        let total = if row.number("total")? > 0.0 {
            "which decides every pair"
        } else {
            "which leaves some pairs open"
        };
        format!("one utility agrees with all {said} comparisons, {total}.")
    } else {
        let (dropped, least) = (row.number("dropped")?, row.number("dropped_at_least")?);
        let fewest = if dropped <= least {
            let have = if dropped > 1.0 { "have" } else { "has" };
            format!("{dropped} of the {said} {have} to go, no fewer")
        } else {
            format!("dropping {dropped} of the {said} is enough, and at least {least} have to go")
        };
        let cycle = row.text("cycle").unwrap_or_default();
        format!(
            "no utility agrees with all comparisons: {cycle} is a circle, each at most as good as the next, one \
             strictly worse; {fewest} (tables/to_drop.csv)."
        )
    };
    if row.number("connected")? <= 0.0 {
        let unbeaten = row.text("unbeaten").unwrap_or_default();
        let never = if row.number("compared")? > 0.0 { "never lost to" } else { "were never compared to" };
        let others = row.number("others")?;
        let _ = write!(
            text,
            " Strengths have no finite estimate: {unbeaten} {never} any of the {others} others."
        );
    }
    Ok(text)
}

fn strengths(tables: &Tables) -> anyhow::Result<String> {
    let (Ok(models), Ok(all)) = (tables.get("models"), tables.get("strengths")) else {
        return Ok(String::new());
    };
    let names = models.texts("model")?;
    let Some(first) = names.first() else { return Ok(String::new()) };
    let of = all.filter("model", first.as_str())?;
    let (items, values) = (of.texts("item")?, of.floats("strength")?);
    let errors = of.optional_floats("standard_error")?;
    let shown: Vec<String> = (0..items.len().min(4))
        .map(|k| match errors[k] {
            Some(e) => format!("{} {:.2}\u{a0}±\u{a0}{:.2}", items[k], values[k], e),
            None => format!("{} {:.2}", items[k], values[k]),
        })
        .collect();
    let mut text =
        format!("by {} (log scale, mean 0, ± one standard error): {}", Model::title(first), shown.join(", "));
    if items.len() > 4 {
        let last = items.len() - 1;
        let _ = write!(text, ", .., {} {:.2}", items[last], values[last]);
    }
    text += ".";
    let mut reasons: Vec<(String, Vec<&str>)> = Vec::new();
    for name in &names {
        let row = models.filter("model", name.as_str())?;
        if let Some(reason) = One::of(&row)?.text("reason") {
            match reasons.iter_mut().find(|r| r.0 == reason) {
                Some(r) => r.1.push(Model::title(name)),
                None => reasons.push((reason, vec![Model::title(name)])),
            }
        }
    }
    for (reason, of) in reasons {
        let _ = write!(
            text,
            " {}: {reason}; what is given is the mode under a normal prior of standard deviation 2, which says less.",
            of.join(", ")
        );
    }
    Ok(text)
}

fn features(tables: &Tables) -> anyhow::Result<String> {
    let Ok(table) = tables.get("feature_model") else { return Ok(String::new()) };
    let row = One::of(table)?;
    if let Some(reason) = row.text("reason") {
        return Ok(format!("no utility of the features was fitted: {reason}."));
    }
    let table = tables.get("features")?;
    let (names, values, errors) =
        (table.texts("feature")?, table.floats("coefficient")?, table.floats("standard_error")?);
    let each = names.iter().zip(values.iter().zip(&errors));
    let shown: Vec<String> =
        each.map(|(n, (v, e))| format!("{n} {}\u{a0}±\u{a0}{}", significant(*v), significant(*e))).collect();
    let mut text = format!("utility per unit of each: {}", shown.join(", "));
    if let Ok(ties) = tables.get("feature_ties") {
        let each = ties.floats("items")?.into_iter().zip(ties.floats("log_tendency")?);
        let shown: Vec<String> = each.map(|(n, v)| format!("{} for {n} items", significant(v))).collect();
        let _ =
            write!(text, "; ties are counted, as sets with a constant of their own ({})", shown.join(", "));
    }
    let left_out = row.optional("left_out").unwrap_or(0.0);
    if left_out > 0.0 {
        let _ =
            write!(text, "; {left_out} ties are left out, of which too many sets of items could have come");
    }
    Ok(text + ".")
}

fn consumers(tables: &Tables) -> anyhow::Result<String> {
    let Ok(table) = tables.get("consumers") else { return Ok(String::new()) };
    let count = table.len();
    let mean = |column: &str| -> anyhow::Result<f64> {
        Ok(table.floats(column)?.iter().sum::<f64>() / count as f64)
    };
    let holds = table.floats("garp")?.iter().filter(|g| **g > 0.0).count();
    let mut text = String::new();
    if count == 1 {
        let row = One::of(table)?;
        text += if holds == 1 {
            "GARP holds: some concave utility explains every purchase"
        } else {
            "GARP fails: no utility explains the purchases"
        };
        if let Some(lines) = row.text("violation_on_lines") {
            let _ = write!(text, " (those on lines {lines} are each revealed preferred to the next)");
        }
    } else {
        let _ = write!(text, "{holds} of {count} satisfy GARP; means over all of them");
    }
    let _ = write!(
        text,
        ": CCEI {}, Varian's index {}, share kept by Houtman and Maks {}, money pump {}; random choices on the same \
         budgets violate GARP in {} of draws.",
        digits(mean("ccei")?),
        digits(mean("varian")?),
        digits(mean("houtman_maks")?),
        digits(mean("money_pump")?),
        percent(mean("power")?)
    );
    if mean("power")? < 0.5 {
        text += " With so little power passing the test says little.";
    }
    Ok(text)
}

/// Four digits after the point, without zeros at the end.
fn digits(x: f64) -> String {
    let text = format!("{x:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn choices(tables: &Tables) -> anyhow::Result<String> {
    let Ok(table) = tables.get("choice_model") else { return Ok(String::new()) };
    let row = One::of(table)?;
    let mut text = String::new();
    if let Some(reason) = row.text("reason") {
        let _ = write!(text, "no conditional logit was fitted: {reason}.");
    } else {
        let (found, equal) = (row.number("log_likelihood")?, row.number("log_likelihood_of_equal_shares")?);
        let _ = write!(
            text,
            "the log-likelihood of the conditional logit is {found:.6}, that of equal shares {equal:.6}"
        );
        if let Some(constants) = row.optional("log_likelihood_of_constants") {
            let _ = write!(text, ", that of constants alone {constants:.6}");
        }
        let table = tables.get("coefficients")?;
        let clustered = table.optional_floats("clustered_error")?;
        let plain = table.floats("standard_error")?;
        let each = table.texts("column")?.into_iter().zip(table.floats("coefficient")?).enumerate();
        let shown: Vec<String> = each
            .filter(|(_, (name, _))| !name.starts_with("constant of "))
            .take(6)
            .map(|(k, (n, v))| {
                let error = clustered[k].unwrap_or(plain[k]);
                format!("{n} {}\u{a0}±\u{a0}{}", significant(v), significant(error))
            })
            .collect();
        let robust = if clustered.iter().any(Option::is_some) { " (errors clustered by person)" } else { "" };
        let _ = write!(text, ". Utility per unit{robust}: {}.", shown.join(", "));
    }
    if let Some(left) = row.text("left_out").filter(|l| !l.is_empty()) {
        let _ = write!(
            text,
            " Not in the model: {left}; columns that are the same for all alternatives of a choice have an effect by \
             alternative only (--by-alternative)."
        );
    }
    Ok(text)
}

fn held_out(tables: &Tables) -> anyhow::Result<String> {
    let mut settings: Vec<(String, Vec<String>)> = Vec::new();
    for (setting, model) in held_out_models(tables)? {
        let Some((gain, error)) = gain(tables, &setting, &model)? else { continue };
        let name = if setting == "choices" { "the conditional logit" } else { Model::title(&model) };
        let text = format!("{name} {gain:+.4}\u{a0}±\u{a0}{error:.4}");
        match settings.iter_mut().find(|s| s.0 == setting) {
            Some(s) => s.1.push(text),
            None => settings.push((setting, vec![text])),
        }
    }
    if settings.is_empty() {
        return Ok(String::new());
    }
    let each: Vec<String> = settings
        .into_iter()
        .map(|(setting, models)| {
            let of = if setting == "decided" { "comparisons that are not tied: " } else { "" };
            format!("{of}{}", models.join(", "))
        })
        .collect();
    Ok(format!(
        "what the log-likelihood per observation gains on equal strengths, in nats: {}.",
        each.join("; ")
    ))
}
