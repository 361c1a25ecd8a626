//! Headline numbers, and what fails a run.

use relata_runs::{Better, Metric, Summary, Tables};

pub(super) fn summarise(tables: &Tables) -> anyhow::Result<Summary> {
    let gaps = tables.get("known")?.floats("relative_gap")?;
    let worst = gaps.into_iter().fold(0.0, f64::max);
    let mismatches = tables.get("orders")?.ints("mismatch")?.into_iter().sum::<i64>();
    let codes = tables.get("codes")?;
    let below =
        codes.floats("free")?.into_iter().zip(codes.floats("aligned")?).filter(|(f, a)| *f < a - 1e-9);
    Ok(Summary::new()
        .with(
            "worst_relative_gap_to_known_code",
            "How far the margin of optimised keys is below that of the best code that is known, relative to it: \
             the worst case.",
            Metric::new(worst, "ratio").bound(0.01).better(Better::Lower),
        )
        .with(
            "cover_count_mismatches",
            "Numbers of orders that differ from Cover's closed-form count.",
            Metric::new(mismatches as f64, "counts").bound(0.0).better(Better::Lower),
        )
        .with(
            "free_below_aligned",
            "Codes whose margin with free queries is below that with queries aligned to the keys, which they \
             include.",
            Metric::new(below.count() as f64, "codes").bound(0.0).better(Better::Lower),
        ))
}

pub(super) fn checks(tables: &Tables, summary: &Summary) -> anyhow::Result<Vec<String>> {
    let mut wrong = Vec::new();
    for (metric, limit) in [
        ("worst_relative_gap_to_known_code", 0.01),
        ("cover_count_mismatches", 0.0),
        ("free_below_aligned", 0.0),
    ] {
        let value = summary.value(metric).unwrap_or(f64::INFINITY);
        if value > limit {
            wrong.push(format!("{metric} is {value}, above {limit}"));
        }
    }
    let codes = tables.get("codes")?;
    let upper = codes.floats("upper")?;
    for measured in ["aligned", "free_bracket", "random_free_bracket", "random_bisected"] {
        for (m, b) in codes.floats(measured)?.into_iter().zip(&upper) {
            if m > b * (1.0 + 1e-7) {
                wrong.push(format!("a code has the {measured} margin {m}, above the bound {b}"));
            }
        }
    }
    for (free, bisected) in codes.floats("random_free")?.into_iter().zip(codes.floats("random_bisected")?) {
        if bisected < free - 1e-9 {
            wrong.push(format!("bisectors have the margin {bisected}, the free one was {free}"));
        }
    }
    Ok(wrong)
}
