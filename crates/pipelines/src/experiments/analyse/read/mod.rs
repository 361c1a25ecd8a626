//! From files to a measured relation.
//!
//! A relation comes as a matrix (CSV with or without header and labels, or an array saved by NumPy)
//! or as a list `source,target,value`; features come as a matrix with one line an object.
//! Everything wrong with a file is a [`ReadError`] that names file, line and column and says what
//! would be right.

mod error;
mod features;
mod layout;
mod list;
mod npy;
mod number;
mod table;
mod text;

pub(super) use error::{EntryProblem, ReadError};
pub(super) use features::Features;

use super::measured::{Form, Measured, Names};
use relata_runs::hash_bytes;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use table::Table;

/// Entries beyond which a relation is not analysed: it is held a dozen times in memory, and
/// decomposed.
const MAX_ENTRIES: usize = 25_000_000;

/// Refuses what is too large, before anything of that size is made.
fn check_size(path: &str, rows: usize, columns: usize) -> Result<(), ReadError> {
    if rows.checked_mul(columns).is_some_and(|n| n <= MAX_ENTRIES) {
        return Ok(());
    }
    Err(ReadError::TooLarge { path: path.to_owned(), rows, columns, most: MAX_ENTRIES })
}

/// What an absent pair of a list means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Missing {
    /// The list is incomplete.
    #[default]
    Error,
    /// The value 0.
    Zero,
}

/// The files that were named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Files {
    /// The relation.
    pub relation: PathBuf,
    /// Features of the rows.
    pub x_features: Option<PathBuf>,
    /// Features of the columns.
    pub y_features: Option<PathBuf>,
    /// What an absent pair of a list means.
    pub missing: Missing,
}

impl Files {
    /// The same files whatever the working directory.
    pub(super) fn absolute(&self) -> Self {
        let absolute = |path: &PathBuf| std::path::absolute(path).unwrap_or_else(|_| path.clone());
        Self {
            relation: absolute(&self.relation),
            x_features: self.x_features.as_ref().map(absolute),
            y_features: self.y_features.as_ref().map(absolute),
            missing: self.missing,
        }
    }
}

/// Reads the relation and its features. The second value is a hash of the files' contents and of
/// `missing`.
pub(super) fn read(files: &Files) -> Result<(Measured, String), ReadError> {
    let mut hashed = format!("missing={:?}", files.missing);
    let mut bytes = |path: &Path| {
        let shown = path.display().to_string();
        let bytes = std::fs::read(path).map_err(|source| ReadError::Io { path: shown.clone(), source })?;
        hashed += &format!(" {}", hash_bytes(&bytes));
        Ok((shown, bytes))
    };
    let (path, content) = bytes(&files.relation)?;
    let mut measured = relation(&path, &content, files.missing)?;
    let mut side = |file: &Option<PathBuf>, names: &Names, side| match file {
        None => Ok(None),
        Some(file) => {
            let (path, content) = bytes(file)?;
            features::features(&path, &content, names, side).map(Some)
        }
    };
    let x = side(&files.x_features, &measured.rows, "row")?;
    let y = side(&files.y_features, &measured.columns, "column")?;
    // Without a file an absent one and an empty name hash alike; which files there were matters,
    // too.
    hashed += &format!(" x={} y={}", x.is_some(), y.is_some());
    measured.add_features(x, y)?;
    Ok((measured, hash_bytes(hashed.as_bytes())))
}

/// A relation from the content of its file.
pub(super) fn relation(path: &str, bytes: &[u8], missing: Missing) -> Result<Measured, ReadError> {
    let (table, form) = if bytes.starts_with(npy::MAGIC) {
        (npy::npy(path, bytes)?, Form::Array)
    } else {
        let sheet = text::parse(path, bytes)?;
        match layout::list(&sheet)? {
            Some(header) => (list::list(&sheet, header, missing)?, Form::List),
            None => (table::table(&sheet, layout::layout(&sheet, None)?)?, Form::Matrix),
        }
    };
    if form != Form::List && missing == Missing::Zero {
        return Err(ReadError::MissingInMatrix { path: path.to_owned() });
    }
    let Table { rows, columns, values, row_labels, column_labels } = table;
    check_size(path, rows, columns)?;
    if values.iter().all(|v| *v == 0.0) {
        return Err(ReadError::Zero { path: path.to_owned() });
    }
    Ok(Measured::new(&values, Names::new(row_labels, rows), Names::new(column_labels, columns), form))
}
