//! Headline numbers and what the tables contradict themselves in, from the tables alone.

use super::super::analyse::One;
use relata_runs::{Better, Metric, Summary, Table, Tables};

pub(super) fn summarise(tables: &Tables) -> anyhow::Result<Summary> {
    let data = One::of(tables.get("data")?)?;
    let mut s = Summary::new()
        .with(
            "items",
            "Things that are compared, ranked, chosen or bought.",
            Metric::new(data.number("items")?, "1"),
        )
        .with(
            "observations",
            "Comparisons, rankings, choices or purchases in the file.",
            Metric::new(data.number("observations")?, "1"),
        );
    if let Ok(table) = tables.get("consistency") {
        let row = One::of(table)?;
        s = s
            .with(
                "has_utility",
                "Whether one utility explains every comparison (1) or some contradict each other (0).",
                Metric::new(row.number("utility")?, "0 or 1"),
            )
            .with(
                "to_drop",
                "Comparisons that were dropped until the others have a utility.",
                Metric::new(row.number("dropped")?, "1").better(Better::Lower),
            )
            .with(
                "connected",
                "Whether chains of comparisons lead from every item to every other and back (1), without which \
                 strengths of some are not comparable (0).",
                Metric::new(row.number("connected")?, "0 or 1"),
            );
        let models = tables.get("models")?;
        for model in models.texts("model")? {
            let row = models.filter("model", model.as_str())?;
            let row = One::of(&row)?;
            let reason = row.text("reason");
            let name = format!("log_likelihood_{}", model.replace('-', "_"));
            let metric = match (row.optional("log_likelihood"), reason) {
                (Some(v), None) => Metric::new(v, "nats").better(Better::Higher),
                (_, reason) => {
                    Metric::not_applicable("nats", reason.unwrap_or_else(|| "not computed".to_owned()))
                }
            };
            let meaning = format!(
                "Log-likelihood of all observations under the model `{model}`, at its best strengths."
            );
            s = s.with(name, meaning, metric);
        }
    }
    if let Ok(table) = tables.get("consumers") {
        let mean = |column: &str| -> anyhow::Result<f64> {
            let values = table.floats(column)?;
            Ok(values.iter().sum::<f64>() / values.len() as f64)
        };
        s = s.with("consumers", "Consumers in the file.", Metric::new(table.len() as f64, "1"));
        for (name, column, meaning) in [
            (
                "garp_share",
                "garp",
                "Share of the consumers whose purchases some utility explains (GARP holds).",
            ),
            (
                "mean_ccei",
                "ccei",
                "Critical cost efficiency index (Afriat), in the mean over consumers: 1 is consistent, 0.95 wastes 5 % \
                 of the budget.",
            ),
            (
                "mean_houtman_maks",
                "houtman_maks",
                "Largest share of a consumer's purchases that is consistent, in the mean (Houtman and Maks).",
            ),
            (
                "mean_varian",
                "varian",
                "Varian's efficiency, each purchase wasting as little as it must, in the mean over consumers.",
            ),
            (
                "mean_power",
                "power",
                "Share of random purchases on the same budgets that GARP would reject, in the mean: near 0, \
                 consistency says nothing.",
            ),
        ] {
            s = s.with(name, meaning, Metric::new(mean(column)?, "ratio").better(Better::Higher));
        }
        s = s.with(
            "mean_money_pump",
            "Share of the expenditure that an arbitrageur could extract from the cycles, in the mean over consumers.",
            Metric::new(mean("money_pump")?, "ratio").better(Better::Lower),
        );
    }
    if let Ok(table) = tables.get("choice_model") {
        let row = One::of(table)?;
        let metric = match row.optional("log_likelihood") {
            Some(v) => Metric::new(v, "nats").better(Better::Higher),
            None => Metric::not_applicable("nats", row.text("reason").unwrap_or_default()),
        };
        s = s.with("log_likelihood", "Log-likelihood of all choices under the conditional logit.", metric);
    }
    for (setting, model) in held_out_models(tables)? {
        let name = format!("held_out_{setting}_{}", model.replace('-', "_"));
        let metric = match gain(tables, &setting, &model)? {
            Some((gain, _)) => Metric::new(gain, "nats per observation").better(Better::Higher),
            None => Metric::not_applicable("nats per observation", "some part could not be predicted"),
        };
        let meaning = format!(
            "What the model `{model}` gains in log-likelihood per held-out observation on equal strengths, in the \
             setting `{setting}`: above 0 it predicts."
        );
        s = s.with(name, meaning, metric);
    }
    Ok(s)
}

pub(super) fn checks(tables: &Tables) -> anyhow::Result<Vec<String>> {
    let mut wrong = Vec::new();
    if let Ok(table) = tables.get("consumers") {
        for row in 0..table.len() {
            let at = |column: &str| -> anyhow::Result<f64> { Ok(table.floats(column)?[row]) };
            let (ccei, attained, garp) = (at("ccei")?, at("ccei_attained")?, at("garp")?);
            if (garp > 0.0) != (ccei >= 1.0 && attained > 0.0) {
                wrong.push(format!("consumer {}: GARP is {garp} and the CCEI {ccei}", row + 1));
            }
            // Dropping or bending each violator is at least as good as bending all.
            if at("varian_at_most")? < ccei - 1e-12 || at("varian")? < 0.0 {
                wrong.push(format!("consumer {}: Varian's index is below the CCEI {ccei}", row + 1));
            }
        }
    }
    if let Ok(table) = tables.get("consistency") {
        let row = One::of(table)?;
        if row.number("dropped")? < row.number("dropped_at_least")? {
            wrong.push("fewer comparisons are dropped than must be".to_owned());
        }
    }
    Ok(wrong)
}

/// Settings and models that were asked to predict what was held out, in the order of the tables.
pub(super) fn held_out_models(tables: &Tables) -> anyhow::Result<Vec<(String, String)>> {
    let Ok(table) = tables.get("held_out") else { return Ok(Vec::new()) };
    let mut found: Vec<(String, String)> = Vec::new();
    for pair in table.texts("setting")?.into_iter().zip(table.texts("model")?) {
        if !found.contains(&pair) {
            found.push(pair);
        }
    }
    Ok(found)
}

/// What the log-likelihood per held-out observation gains on equal strengths, and the standard
/// error of that over the parts; none where some part could not be predicted.
pub(super) fn gain(tables: &Tables, setting: &str, model: &str) -> anyhow::Result<Option<(f64, f64)>> {
    let table = tables.get("held_out")?.filter("setting", setting)?.filter("model", model)?;
    let of = |strengths: &str| -> anyhow::Result<Table> { Ok(table.filter("strengths", strengths)?) };
    let (fitted, equal) = (of("fitted")?, of("equal")?);
    let (a, b) = (fitted.optional_floats("log_likelihood")?, equal.optional_floats("log_likelihood")?);
    let weights = fitted.floats("observations")?;
    let mut gains = Vec::new();
    for (k, weight) in weights.iter().enumerate().filter(|(_, w)| **w > 0.0) {
        match (a.get(k).copied().flatten(), b.get(k).copied().flatten()) {
            (Some(a), Some(b)) => gains.push((a - b, *weight)),
            _ => return Ok(None),
        }
    }
    let all: f64 = gains.iter().map(|g| g.1).sum();
    if gains.len() < 2 || all <= 0.0 {
        return Ok(None);
    }
    let mean = gains.iter().map(|g| g.0).sum::<f64>() / all;
    let n = gains.len() as f64;
    let squares: f64 = gains.iter().map(|(g, w)| (g / w - mean).powi(2) * w / all).sum();
    Ok(Some((mean, (squares / (n - 1.0)).sqrt())))
}
