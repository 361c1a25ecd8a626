//! Headline numbers, and what fails a run.

use relata_runs::{Better, Metric, Summary, Tables};

pub(super) fn summarise(tables: &Tables) -> anyhow::Result<Summary> {
    let mut violations = 0;
    for table in ["heads", "promises", "curves", "phase", "lengths"] {
        violations += tables.get(table)?.ints("violations")?.into_iter().sum::<i64>();
    }
    let broken: i64 = tables.get("promises")?.ints("promise_broken")?.into_iter().sum();
    let longest = tables.get("lengths")?.filter("keys", 1024i64)?.filter("temperature", "designed")?;
    let designed = longest.filter("scores", "designed")?.floats("mean_error")?;
    let worst = designed.into_iter().fold(0.0, f64::max);
    let count = |n: i64, unit: &str| Metric::new(n as f64, unit).bound(0.0).better(Better::Lower);
    Ok(Summary::new()
        .with(
            "bound_violations",
            "Contexts in which attention misses the preferred key by more than a theorem allows for its margin.",
            count(violations, "contexts"),
        )
        .with(
            "promise_violations",
            "Designed heads whose error on fresh contexts exceeds the error that was promised for them.",
            count(broken, "heads"),
        )
        .with(
            "error_at_64x_context",
            "Mean distance of what designed heads retrieve from the preferred value, in contexts of 1024 items, \
             64 times as long as those of the design.",
            Metric::new(worst, "share of the diameter").better(Better::Lower),
        ))
}

pub(super) fn checks(_tables: &Tables, summary: &Summary) -> anyhow::Result<Vec<String>> {
    let mut wrong = Vec::new();
    for metric in ["bound_violations", "promise_violations"] {
        let value = summary.value(metric).unwrap_or(f64::INFINITY);
        if value > 0.0 {
            wrong.push(format!("{metric} is {value}: a theorem does not hold, or is not what is computed"));
        }
    }
    Ok(wrong)
}
