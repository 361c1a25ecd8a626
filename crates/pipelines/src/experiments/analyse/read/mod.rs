//! From files to a measured relation.
//!
//! Reading is the work of `relata-files`; here the options of the command line are handed to it, and
//! features and weights are brought into the order of the relation. Everything wrong with a file is
//! a [`ReadError`] that names the file, what it was taken for, line and column, and says what would
//! be right.

mod error;
mod features;

pub(super) use error::ReadError;
pub(super) use features::Features;

use super::Relation;
use super::large::SparseRelation;
use super::measured::{Measured, Names};
use relata_cli::{As, DuplicatesOf, HeaderLine, Missing, ReadingArgs, SpacesOf, TriangleOf, split_array};
use relata_files::{
    Direction, Duplicates, FileProblem, FormChoice, HeaderChoice, ListColumns, MAX_ENTRIES, MissingChoice,
    ReadParams, Reading, SpacesChoice, Triangle, read_matrix, read_sparse,
};
use relata_runs::hash_bytes;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The files that were named, and how they are to be read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Files {
    /// The relation.
    pub relation: PathBuf,
    /// Features of the rows.
    pub x_features: Option<PathBuf>,
    /// Features of the columns.
    pub y_features: Option<PathBuf>,
    /// What the user says of the relation's file.
    pub reading: ReadingArgs,
}

impl Files {
    /// The same files whatever the working directory.
    pub(super) fn absolute(&self) -> Self {
        let absolute = |path: &PathBuf| std::path::absolute(path).unwrap_or_else(|_| path.clone());
        Self {
            relation: absolute(&self.relation),
            x_features: self.x_features.as_ref().map(absolute),
            y_features: self.y_features.as_ref().map(absolute),
            reading: ReadingArgs {
                weights: self.reading.weights.as_ref().map(absolute),
                ..self.reading.clone()
            },
        }
    }
}

/// Reads the relation, its weights and its features. The second value is a hash of the files'
/// contents and of the options.
pub(super) fn read(files: &Files) -> Result<(Relation, String), ReadError> {
    let mut hashed = said(&files.reading);
    let mut bytes = |path: &Path| {
        let (file, array) = split_array(path);
        let shown = path.display().to_string();
        let bytes = std::fs::read(&file).map_err(|source| ReadError::Io { path: shown.clone(), source })?;
        hashed += &format!(" {}{}", hash_bytes(&bytes), array.as_deref().unwrap_or_default());
        Ok((shown, bytes, array))
    };
    let (path, content, array) = bytes(&files.relation)?;
    let read = matrix(&path, &content, array, &files.reading);
    let too_large = |e: &ReadError| matches!(e, ReadError::File { error, .. } if matches!(*error.problem, FileProblem::TooLarge { .. }));
    let reading = match read {
        Err(e) if too_large(&e) => {
            let Some(sparse) = sparse(&path, &content, files)? else { return Err(e) };
            hashed += " x=false y=false";
            return Ok((Relation::Sparse(Box::new(sparse)), hash_bytes(hashed.as_bytes())));
        }
        read => read?,
    };
    // A large file and its matrix need not be there at once.
    drop(content);
    if reading.values.iter().all(|v| *v == 0.0) {
        return Err(ReadError::Zero { path, taken_for: reading.taken_for });
    }
    let holes = reading.holes.is_some() || files.reading.weights.is_some();
    if holes && reading.values.len() > MAX_ENTRIES {
        let (entries, most) = (reading.values.len(), MAX_ENTRIES);
        return Err(ReadError::LargeWithHoles { path, entries, most });
    }
    let mut measured = Measured::new(reading, files.reading.tolerance);
    if let Some(file) = &files.reading.weights {
        let (path, content, array) = bytes(file)?;
        // A weight that is absent matters only where an entry is known.
        let options = ReadingArgs { missing: Some(Missing::Hole), ..files.reading.clone() };
        let reading = matrix(&path, &content, array, &options)?;
        measured.weights = Some(features::weights(&path, &reading, &measured)?);
    }
    let mut side = |file: &Option<PathBuf>, names: &Names, side| match file {
        None => Ok(None),
        Some(file) => {
            let (path, content, _) = bytes(file)?;
            features::features(&path, &content, names, side).map(Some)
        }
    };
    let x = side(&files.x_features, &measured.rows, "row")?;
    let y = side(&files.y_features, &measured.columns, "column")?;
    // Without a file an absent one and an empty name hash alike; which files there were matters,
    // too.
    hashed += &format!(" x={} y={}", x.is_some(), y.is_some());
    measured.add_features(x, y)?;
    Ok((Relation::Whole(Box::new(measured)), hash_bytes(hashed.as_bytes())))
}

/// A relation that is too large to be held whole, by its entries; none if the file does not name
/// single entries.
fn sparse(path: &str, bytes: &[u8], files: &Files) -> Result<Option<SparseRelation>, ReadError> {
    let named = |error| ReadError::File { path: path.to_owned(), error };
    let reading = match read_sparse(bytes, &options(&files.reading, None)) {
        Ok(reading) => reading,
        Err(e) if matches!(*e.problem, FileProblem::Format { .. }) && e.taken_for.is_none() => {
            return Ok(None);
        }
        Err(e) => return Err(named(e)),
    };
    let given = [
        ("--weights", files.reading.weights.is_some()),
        ("--x-features", files.x_features.is_some()),
        ("--y-features", files.y_features.is_some()),
    ];
    if let Some((option, _)) = given.into_iter().find(|(_, given)| *given) {
        let (rows, columns, most) = (reading.rows, reading.columns, MAX_ENTRIES);
        return Err(ReadError::LargeWith { path: path.to_owned(), rows, columns, option, most });
    }
    if reading.entries.iter().all(|(.., v)| *v == 0.0) {
        return Err(ReadError::Zero { path: path.to_owned(), taken_for: reading.taken_for });
    }
    let wrong = |e: anyhow::Error| ReadError::Entries { path: path.to_owned(), problem: e.to_string() };
    SparseRelation::new(reading, files.reading.tolerance).map(Some).map_err(wrong)
}

/// What the user said, apart from where files are.
fn said(reading: &ReadingArgs) -> String {
    let weighted = reading.weights.is_some();
    format!("{:?} weighted={weighted}", ReadingArgs { weights: None, ..reading.clone() })
}

fn matrix(
    path: &str,
    bytes: &[u8],
    array: Option<String>,
    reading: &ReadingArgs,
) -> Result<Reading, ReadError> {
    read_matrix(bytes, &options(reading, array))
        .map_err(|error| ReadError::File { path: path.to_owned(), error })
}

fn options(reading: &ReadingArgs, array: Option<String>) -> ReadParams {
    ReadParams {
        form: reading.form.map(|f| match f {
            As::Matrix => FormChoice::Matrix,
            As::List => FormChoice::List,
        }),
        header: reading.header.map(|h| match h {
            HeaderLine::Yes => HeaderChoice::Yes,
            HeaderLine::No => HeaderChoice::No,
        }),
        columns: reading.columns.as_ref().map(|c| ListColumns {
            source: c.source.clone(),
            target: c.target.clone(),
            value: c.value.clone(),
        }),
        duplicates: reading.duplicates.map(|d| match d {
            DuplicatesOf::Error => Duplicates::Error,
            DuplicatesOf::Sum => Duplicates::Sum,
            DuplicatesOf::Mean => Duplicates::Mean,
            DuplicatesOf::Last => Duplicates::Last,
        }),
        direction: if reading.undirected { Direction::Undirected } else { Direction::Directed },
        triangle: reading.triangle.map_or(Triangle::Given, |TriangleOf::Mirror| Triangle::Mirror),
        spaces: reading.spaces.map(|s| match s {
            SpacesOf::One => SpacesChoice::One,
            SpacesOf::Two => SpacesChoice::Two,
        }),
        missing: reading.missing.map(|m| match m {
            Missing::Error => MissingChoice::Error,
            Missing::Zero => MissingChoice::Zero,
            Missing::Hole => MissingChoice::Hole,
        }),
        array,
    }
}
