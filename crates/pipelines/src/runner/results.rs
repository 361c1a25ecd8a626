//! What becomes of the rows: tables, summary, sentences.

use super::story;
use crate::pipeline::DynPipeline;
use relata_plotting::FontError;
use relata_runs::{
    Manifest, ManifestError, Row, RunDir, RunDirError, Status, Summary, SummaryError, Table, TableError,
    Tables, WriteError, hash_bytes, write_atomic,
};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Tables, summary or figures could not be made or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResultsError {
    /// The rows make no tables, or a table cannot be read.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The summary cannot be written.
    #[error(transparent)]
    Summary(#[from] SummaryError),
    /// A file cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The run directory cannot be used.
    #[error(transparent)]
    Dir(#[from] RunDirError),
    /// The run directory is not one of this version.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The font that was given cannot be used.
    #[error(transparent)]
    Font(#[from] FontError),
    /// A function of the pipeline failed.
    #[error("pipeline `{pipeline}` failed to make its {what}: {reason}")]
    Pipeline {
        /// The pipeline.
        pipeline: &'static str,
        /// `summary`, `checks`, `answers` or `figures`.
        what: &'static str,
        /// Why.
        reason: String,
    },
    /// A number that nobody could read.
    #[error("pipeline `{pipeline}`: the metric `{name}` has no sentence that says what it means")]
    Unexplained {
        /// The pipeline.
        pipeline: &'static str,
        /// The metric.
        name: String,
    },
    /// There is nothing to draw yet.
    #[error("{} has no tables: the run {}; run the pipeline again", dir.display(),
        if *status == Status::Failed { "failed" } else { "did not end" })]
    Unfinished {
        /// The run directory.
        dir: PathBuf,
        /// How far it got.
        status: Status,
    },
    /// A table is not what the run wrote.
    #[error("{} is not what the run wrote (its hash differs from the manifest's); run the pipeline again", path.display())]
    Changed {
        /// The table.
        path: PathBuf,
    },
}

/// What follows from the rows, before anything is drawn.
pub(super) struct Results {
    pipeline: &'static str,
    pub(super) tables: Tables,
    /// None where cells are missing without which there is none.
    pub(super) summary: Option<Summary>,
    pub(super) failed_checks: Vec<String>,
    /// The sentences.
    pub(super) answers: Option<String>,
}

impl Results {
    pub(super) fn of_all(pipeline: &dyn DynPipeline, rows: Vec<Row>) -> Result<Self, ResultsError> {
        let tables = Tables::from_rows(rows)?;
        let mut summary = guard(pipeline, "summary", || pipeline.summarise(&tables))?;
        if let Some((name, _)) = summary.metrics.iter().find(|(_, m)| m.meaning().trim().is_empty()) {
            return Err(ResultsError::Unexplained { pipeline: pipeline.name(), name: name.clone() });
        }
        let failed_checks = guard(pipeline, "checks", || pipeline.checks(&tables, &summary))?;
        let answers = guard(pipeline, "answers", || pipeline.answers(&tables))?;
        summary.sentences = story::sentences(answers.as_deref(), &summary, &failed_checks);
        Ok(Self { pipeline: pipeline.name(), tables, summary: Some(summary), failed_checks, answers })
    }

    /// What can be made of some of the cells, and why the rest cannot, a line each.
    pub(super) fn of_some(
        pipeline: &dyn DynPipeline,
        rows: Vec<Row>,
    ) -> Result<(Self, Vec<String>), ResultsError> {
        let tables = Tables::from_rows(rows)?;
        let mut notes = Vec::new();
        let mut tried = |error: ResultsError| notes.push(error.to_string());
        let summary = guard(pipeline, "summary", || pipeline.summarise(&tables)).map_err(&mut tried).ok();
        let answers = guard(pipeline, "answers", || pipeline.answers(&tables)).map_err(&mut tried).ok();
        let answers = answers.flatten();
        let summary = summary.map(|mut summary| {
            summary.sentences = story::sentences(answers.as_deref(), &summary, &[]);
            summary
        });
        // What is wrong with a part says nothing of the whole.
        let pipeline = pipeline.name();
        Ok((Self { pipeline, tables, summary, failed_checks: Vec::new(), answers }, notes))
    }

    /// Every file, by path within the run, in the order of the paths.
    pub(super) fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let tables = self.tables.iter().map(|t| (format!("tables/{}.csv", t.name), t.to_csv().into_bytes()));
        let summary = self.summary.iter().map(|s| ("summary.json".to_owned(), s.to_json().into_bytes()));
        let answers = self.answers.iter().map(|text| ("answers.txt".to_owned(), text.clone().into_bytes()));
        tables.chain(summary).chain(self.for_people()).chain(answers).collect()
    }

    /// The summary for reading, for spreadsheets and for papers.
    fn for_people(&self) -> Vec<(String, Vec<u8>)> {
        let Some(summary) = &self.summary else { return Vec::new() };
        vec![
            ("summary.md".to_owned(), story::markdown(self.pipeline, summary).into_bytes()),
            ("summary.csv".to_owned(), story::csv(summary).into_bytes()),
            ("summary.tex".to_owned(), story::latex(summary).into_bytes()),
        ]
    }

    /// Writes every file, removes those of an earlier program, and returns the hashes.
    pub(super) fn write(&self, dir: &RunDir) -> Result<BTreeMap<String, String>, ResultsError> {
        self.tables.write_dir(&dir.tables())?;
        if let Some(summary) = &self.summary {
            summary.write(&dir.summary())?;
        }
        for (name, bytes) in self.for_people() {
            write_atomic(&dir.path().join(name), &bytes)?;
        }
        if let Some(answers) = &self.answers {
            write_atomic(&dir.answers(), answers.as_bytes())?;
        }
        Ok(self.files().into_iter().map(|(path, bytes)| (path, hash_bytes(&bytes))).collect())
    }
}

/// The tables of a run. A damaged one is named with its line; one that reads well and is not what
/// was written is refused.
pub(super) fn read_tables(dir: &RunDir, manifest: &Manifest) -> Result<Tables, ResultsError> {
    for (name, hash) in manifest.files.iter().filter(|(name, _)| name.starts_with("tables/")) {
        let path = dir.path().join(name);
        Table::read(&path)?;
        let bytes = std::fs::read(&path).map_err(|source| TableError::Read { path: path.clone(), source })?;
        if hash_bytes(&bytes) != *hash {
            return Err(ResultsError::Changed { path });
        }
    }
    Ok(Tables::read_dir(&dir.tables())?)
}

/// Runs a function of the pipeline; its errors and panics say where they come from.
pub(super) fn guard<T>(
    pipeline: &dyn DynPipeline,
    what: &'static str,
    f: impl FnOnce() -> anyhow::Result<T>,
) -> Result<T, ResultsError> {
    let failed = |reason| ResultsError::Pipeline { pipeline: pipeline.name(), what, reason };
    super::quietly(f).map_err(failed)?.map_err(|e| failed(super::message(&e)))
}
