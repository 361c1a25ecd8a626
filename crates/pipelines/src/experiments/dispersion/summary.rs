//! Headline numbers, and what fails a run.

use relata_runs::{Better, Metric, Summary, Tables};

pub(super) fn summarise(tables: &Tables) -> anyhow::Result<Summary> {
    let t = tables.get("lengths")?.filter("keys", 16_384i64)?;
    let accuracy = |method: &str| -> anyhow::Result<Metric> {
        let of = t.filter("method", method)?.floats("accuracy")?;
        let mean = of.iter().sum::<f64>() / of.len().max(1) as f64;
        Ok(Metric::new(mean, "share").better(Better::Higher))
    };
    Ok(Summary::new()
        .with(
            "accuracy_16384_softmax",
            "Share of contexts of 16384 items in which a head trained on short ones with plain softmax names the \
             right class.",
            accuracy("softmax")?,
        )
        .with(
            "accuracy_16384_adaptive",
            "Share of contexts of 16384 items in which the trained head names the right class with an adaptive temperature.",
            accuracy("adaptive")?,
        )
        .with(
            "accuracy_16384_designed",
            "Share of contexts of 16384 items in which a designed head, whose weights are written down for that length, \
             names the right class.",
            accuracy("designed")?.goal(1.0),
        )
        .with(
            "accuracy_16384_hard",
            "Share of contexts of 16384 items in which the trained head names the right class when attention is the key \
             with the largest score alone.",
            accuracy("hard")?,
        ))
}

pub(super) fn checks(tables: &Tables, summary: &Summary) -> anyhow::Result<Vec<String>> {
    let mut wrong = Vec::new();
    let designed = summary.value("accuracy_16384_designed").unwrap_or(0.0);
    if designed < 0.99 {
        wrong.push(format!(
            "the designed head names {designed} of the classes at 16384 items, fewer than 0.99"
        ));
    }
    let t = tables.get("lengths")?;
    for (largest, bound) in t.floats("largest_weight")?.into_iter().zip(t.floats("weight_bound")?) {
        if largest > bound + 1e-12 {
            wrong.push(format!("a weight of {largest} is above the dispersion bound {bound}"));
        }
    }
    Ok(wrong)
}
