//! The page of all headline numbers, `docs/metrics.md`, from the runs of the smoke profile.

use anyhow::Context as _;
use relata_runs::{Better, Metric, RunDir, Summary};
use std::collections::BTreeMap;
use std::path::Path;

/// When this is set, the page is written instead of compared.
const WRITE: &str = "RELATA_WRITE_METRICS";

/// Compares the page with the runs below `out`, or writes it; returns the status of the process.
pub(crate) fn page(out: &Path, page: &Path) -> anyhow::Result<u8> {
    let text = text(out)?;
    if std::env::var_os(WRITE).is_some() {
        relata_runs::write_atomic(page, text.as_bytes())?;
        return Ok(0);
    }
    if std::fs::read_to_string(page).ok().as_deref() == Some(text.as_str()) {
        return Ok(0);
    }
    eprintln!("{} is not what the runs say; set {WRITE}=1 and run this again", page.display());
    Ok(1)
}

fn text(out: &Path) -> anyhow::Result<String> {
    let mut pipelines: BTreeMap<String, Summary> = BTreeMap::new();
    for run in RunDir::find(out)? {
        let pipeline = run.path().parent().and_then(Path::file_name).context("a run has no pipeline")?;
        let summary = Summary::read(&run.summary())?;
        pipelines.insert(pipeline.to_string_lossy().into_owned(), summary);
    }
    let mut text = String::from(
        "# What the headline numbers say\n\nWritten by `cargo xtask ci` from the runs of the smoke profile. A *goal* is the best \
         that there could be, which\nneed not be reached; a *bound* is what a sound run keeps, and one that is broken fails the \
         run. The numbers of\n`analyse` and `preferences` are explained in each run's `summary.md` and in the report.\n",
    );
    for (pipeline, summary) in &pipelines {
        text += &format!(
            "\n## {pipeline}\n\n| number | what it says | held against | better |\n|---|---|---|---|\n"
        );
        for (name, metric) in &summary.metrics {
            anyhow::ensure!(!metric.meaning().is_empty(), "the number {name} of {pipeline} is not explained");
            text += &line(name, metric);
        }
    }
    Ok(text)
}

fn line(name: &str, metric: &Metric) -> String {
    let better = match metric.better {
        Better::Lower => "lower",
        Better::Higher => "higher",
        Better::Neutral => "",
    };
    let held = match (metric.limit_is, metric.limit) {
        (Some(kind), Some(limit)) if limit.fract().abs() <= 0.0 => format!("{} {limit}", kind.name()),
        // The last digits of a computed goal belong to one machine.
        (Some(kind), Some(limit)) => format!("{} {limit:.2e}", kind.name()),
        _ => String::new(),
    };
    format!("| `{name}` | {} | {held} | {better} |\n", metric.meaning().replace('|', "\\|"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `cargo xtask ci` does it, without the rest of that: with the variable set it writes the page.
    #[test]
    #[ignore = "needs the runs that `cargo xtask ci` leaves in target/smoke"]
    fn the_page_is_what_the_runs_say() {
        let root = crate::cargo::root();
        assert_eq!(page(&root.join("target/smoke"), &root.join("docs/metrics.md")).unwrap(), 0);
    }

    #[test]
    fn a_number_that_is_not_explained_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let run = dir.path().join("rkhs/smoke-flex-0");
        std::fs::create_dir_all(&run).unwrap();
        std::fs::write(run.join("manifest.json"), "{}").unwrap();
        let write = |meaning: &str| {
            let error = Metric::new(0.5, "ratio").goal(0.0).better(Better::Lower);
            Summary::new().with("error", meaning, error).write(&run.join("summary.json")).unwrap();
        };
        write("");
        assert!(text(dir.path()).unwrap_err().to_string().contains("the number error of rkhs"));
        write("An error of |r|.");
        let page = text(dir.path()).unwrap();
        assert!(
            page.contains("## rkhs\n")
                && page.contains("| `error` | An error of \\|r\\|. | goal 0 | lower |\n"),
            "{page}"
        );
    }
}
