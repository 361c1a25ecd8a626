//! The tables of several runs of a pipeline, one below the other.

use super::results::{ResultsError, read_tables};
use relata_runs::{Manifest, ManifestError, Row, RunDir, TableError, Tables};
use std::path::PathBuf;

/// Tables of runs cannot be gathered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GatherError {
    /// They answer different questions.
    #[error("{} is a run of `{first}` and {} is one of `{second}`; only tables of one pipeline can be gathered", paths[0].display(), paths[1].display())]
    Pipelines {
        /// Two run directories.
        paths: [PathBuf; 2],
        /// The pipeline of the first.
        first: String,
        /// The pipeline of the second.
        second: String,
    },
    /// One of them is not a run.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// Its tables cannot be read.
    #[error(transparent)]
    Results(#[from] ResultsError),
    /// The tables do not go together.
    #[error(transparent)]
    Table(#[from] TableError),
}

/// The tables of these runs, each with the rows of all of them and a first column, `run`, that says of
/// which run a row is: by the name of its directory, or by its path where two have one name.
///
/// # Errors
/// [`GatherError`]
pub fn gather_tables(runs: &[RunDir]) -> Result<Tables, GatherError> {
    let mut all: Vec<(String, Tables)> = Vec::new();
    let mut first: Option<(PathBuf, String)> = None;
    for dir in runs {
        let manifest = Manifest::read(dir.path())?;
        let path = dir.path().to_owned();
        let (before, pipeline) = first.get_or_insert_with(|| (path.clone(), manifest.pipeline.clone()));
        if *pipeline != manifest.pipeline {
            let (first, second) = (pipeline.clone(), manifest.pipeline);
            return Err(GatherError::Pipelines { paths: [before.clone(), path], first, second });
        }
        all.push((name(dir, runs), read_tables(dir, &manifest)?));
    }
    Ok(joined(all.iter().map(|(name, tables)| (name.as_str(), tables)))?)
}

fn name(dir: &RunDir, runs: &[RunDir]) -> String {
    let folder = dir.path().file_name();
    if runs.iter().filter(|r| r.path().file_name() == folder).count() > 1 {
        return dir.path().display().to_string();
    }
    folder.unwrap_or_default().to_string_lossy().into_owned()
}

/// Every table with the rows of all runs, and a first column that says of which.
pub(super) fn joined<'a>(runs: impl Iterator<Item = (&'a str, &'a Tables)>) -> Result<Tables, TableError> {
    let mut rows = Vec::new();
    for (name, tables) in runs {
        for table in tables.iter() {
            let column = if table.columns().iter().any(|c| c == "run") { "compared_run" } else { "run" };
            for values in table.rows() {
                let row = Row::new(table.name.clone()).with(column, name);
                let fields = table.columns().iter().zip(values);
                rows.push(fields.fold(row, |row, (c, v)| row.with(c.clone(), v.clone())));
            }
        }
    }
    Tables::from_rows(rows)
}
