//! What becomes of the rows: tables, summary, figures.

use crate::pipeline::DynPipeline;
use relata_plotting::Rendered;
use relata_runs::{
    Manifest, ManifestError, Row, RunDir, RunDirError, Status, Summary, SummaryError, Table, TableError,
    Tables, WriteError, hash_bytes, write_atomic,
};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Tables, summary or figures could not be made or written.
#[derive(Debug, thiserror::Error)]
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
    /// A function of the pipeline failed.
    #[error("pipeline `{pipeline}` failed to make its {what}: {reason}")]
    Pipeline {
        /// The pipeline.
        pipeline: &'static str,
        /// `summary`, `checks` or `figures`.
        what: &'static str,
        /// Why.
        reason: String,
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

/// What a run shows.
pub(super) struct Results {
    pub(super) tables: Tables,
    pub(super) summary: Summary,
    pub(super) failed_checks: Vec<String>,
    /// File name and bytes.
    pub(super) figures: Vec<(String, Vec<u8>)>,
}

impl Results {
    /// Everything that follows from the rows.
    pub(super) fn compute(pipeline: &dyn DynPipeline, rows: Vec<Row>) -> Result<Self, ResultsError> {
        let tables = Tables::from_rows(rows)?;
        let summary = guard(pipeline, "summary", || pipeline.summarise(&tables))?;
        let failed_checks = guard(pipeline, "checks", || pipeline.checks(&tables, &summary))?;
        let figures = drawn(pipeline, &tables)?;
        Ok(Self { tables, summary, failed_checks, figures })
    }

    /// Every file, by path within the run, in the order of the paths.
    pub(super) fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let tables = self.tables.iter().map(|t| (format!("tables/{}.csv", t.name), t.to_csv().into_bytes()));
        let figures = self.figures.iter().map(|(name, bytes)| (format!("figures/{name}"), bytes.clone()));
        let summary = ("summary.json".to_owned(), self.summary.to_json().into_bytes());
        tables.chain(figures).chain([summary]).collect()
    }

    /// Writes every file, removes those of an earlier program, and returns the hashes.
    pub(super) fn write(&self, dir: &RunDir) -> Result<BTreeMap<String, String>, ResultsError> {
        self.tables.write_dir(&dir.tables())?;
        self.summary.write(&dir.summary())?;
        write_figures(dir, &self.figures)?;
        Ok(self.files().into_iter().map(|(path, bytes)| (path, hash_bytes(&bytes))).collect())
    }

    pub(super) fn figure_paths(&self, dir: &RunDir) -> Vec<PathBuf> {
        self.figures.iter().map(|(name, _)| dir.figures().join(name)).collect()
    }
}

/// Draws the figures of a finished run again from its tables, which must be those that the run
/// wrote. Returns the files.
pub fn redraw(pipeline: &dyn DynPipeline, dir: &RunDir) -> Result<Vec<PathBuf>, ResultsError> {
    let _lock = dir.lock()?;
    let mut manifest = Manifest::read(dir.path())?;
    if manifest.files.is_empty() {
        return Err(ResultsError::Unfinished { dir: dir.path().to_owned(), status: manifest.status });
    }
    let figures = drawn(pipeline, &read_tables(dir, &manifest)?)?;
    write_figures(dir, &figures)?;
    manifest.files.retain(|path, _| !path.starts_with("figures/"));
    for (name, bytes) in &figures {
        manifest.files.insert(format!("figures/{name}"), hash_bytes(bytes));
    }
    manifest.write(dir.path())?;
    Ok(figures.iter().map(|(name, _)| dir.figures().join(name)).collect())
}

/// The tables of a run. A damaged one is named with its line; one that reads well and is not what
/// was written is refused.
fn read_tables(dir: &RunDir, manifest: &Manifest) -> Result<Tables, ResultsError> {
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

/// The files of the figures, in the order of their names: name and bytes.
pub(super) fn drawn(
    pipeline: &dyn DynPipeline,
    tables: &Tables,
) -> Result<Vec<(String, Vec<u8>)>, ResultsError> {
    guard(pipeline, "figures", || {
        let mut files = BTreeMap::new();
        for figure in pipeline.figures(tables)? {
            let Rendered { name, svg, pdf, png } = figure.render()?;
            let fine = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
            anyhow::ensure!(!name.is_empty() && name.chars().all(fine), "a figure cannot be called `{name}`");
            for (ending, bytes) in [("svg", svg.into_bytes()), ("pdf", pdf), ("png", png)] {
                let earlier = files.insert(format!("{name}.{ending}"), bytes);
                anyhow::ensure!(earlier.is_none(), "two figures are called `{name}`");
            }
        }
        Ok(files.into_iter().collect())
    })
}

fn write_figures(dir: &RunDir, figures: &[(String, Vec<u8>)]) -> Result<(), WriteError> {
    let root = dir.figures();
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| WriteError { path, source }
    };
    std::fs::create_dir_all(&root).map_err(io(&root))?;
    for entry in std::fs::read_dir(&root).map_err(io(&root))? {
        let path = entry.map_err(io(&root))?.path();
        let known = path.file_name().is_some_and(|f| figures.iter().any(|(name, _)| f == name.as_str()));
        if !known && path.is_file() {
            std::fs::remove_file(&path).map_err(io(&path))?;
        }
    }
    figures.iter().try_for_each(|(name, bytes)| write_atomic(&root.join(name), bytes))
}

/// Runs a function of the pipeline; its errors and panics say where they come from.
fn guard<T>(
    pipeline: &dyn DynPipeline,
    what: &'static str,
    f: impl FnOnce() -> anyhow::Result<T>,
) -> Result<T, ResultsError> {
    let failed = |reason| ResultsError::Pipeline { pipeline: pipeline.name(), what, reason };
    super::quietly(f).map_err(failed)?.map_err(|e| failed(super::message(&e)))
}
