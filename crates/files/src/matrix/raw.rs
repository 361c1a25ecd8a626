//! A matrix as a file gives it, before options are applied.

use super::precision::FilePrecision;
use super::read::FileForm;
use crate::error::{FileError, FilePlace, FileProblem, shortened};
use std::collections::BTreeMap;

/// A matrix as a file gives it.
#[derive(Clone, Debug)]
pub(super) struct Raw {
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// Row-major; 0 where there is a hole.
    pub(super) values: Vec<f64>,
    /// Row-major.
    pub(super) holes: Vec<bool>,
    /// The first hole that stands somewhere, and what stands there.
    pub(super) first_hole: Option<(FilePlace, String)>,
    pub(super) row_labels: Option<Vec<String>>,
    pub(super) column_labels: Option<Vec<String>>,
    pub(super) form: FileForm,
    pub(super) precision: FilePrecision,
    pub(super) taken_for: String,
    pub(super) otherwise: Vec<String>,
    pub(super) notes: Vec<String>,
    /// What an entry means that is not there, where the format says so.
    pub(super) absent: Absent,
    /// Whether rows and columns are the same objects, where the format says so.
    pub(super) one_space: Option<bool>,
}

/// What an entry means that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Absent {
    /// Nothing is said.
    Unknown,
    /// It is 0.
    Zero,
}

impl Raw {
    /// A matrix of which no entry is known yet.
    pub(super) fn unknown(rows: usize, columns: usize, taken_for: &str) -> Self {
        Self {
            rows,
            columns,
            values: vec![0.0; rows * columns],
            holes: vec![true; rows * columns],
            first_hole: None,
            row_labels: None,
            column_labels: None,
            form: FileForm::Matrix,
            precision: FilePrecision::Exact,
            taken_for: taken_for.to_owned(),
            otherwise: Vec::new(),
            notes: Vec::new(),
            absent: Absent::Unknown,
            one_space: None,
        }
    }

    pub(super) fn hole_count(&self) -> usize {
        self.holes.iter().filter(|h| **h).count()
    }

    /// The labels of an entry, as far as there are any.
    pub(super) fn names(&self, i: usize, j: usize) -> Vec<String> {
        let name = |labels: &Option<Vec<String>>, k: usize| labels.as_ref().map(|l| shortened(&l[k]));
        [name(&self.row_labels, i), name(&self.column_labels, j)].into_iter().flatten().collect()
    }
}

/// Labels with their places, checked to be there and to differ.
pub(super) fn labels(
    side: &'static str,
    named: Vec<(String, FilePlace)>,
    shown: impl Fn(&FilePlace) -> String,
) -> Result<Vec<String>, FileError> {
    let mut seen: BTreeMap<&str, &FilePlace> = BTreeMap::new();
    for (label, place) in &named {
        if label.is_empty() {
            return Err(FileError::new(place.clone(), FileProblem::NoLabel { side }));
        }
        if let Some(first) = seen.insert(label, place) {
            let (label, first, second) = (shortened(label), shown(first), shown(place));
            return Err(FileError::new(
                FilePlace::File,
                FileProblem::DuplicateLabel { side, label, first, second },
            ));
        }
    }
    Ok(named.into_iter().map(|(label, _)| label).collect())
}

/// A place as its line.
pub(super) fn line_of(place: &FilePlace) -> String {
    match place {
        FilePlace::Line(line) | FilePlace::Field { line, .. } => format!("line {line}"),
        FilePlace::File | FilePlace::Entry { .. } => String::new(),
    }
}

/// Refuses what is too large, before anything of that size is made.
pub(super) fn check_size(rows: usize, columns: usize) -> Result<(), FileError> {
    check_size_within(rows, columns, super::MAX_ENTRIES)
}

/// The same with another limit.
pub(super) fn check_size_within(rows: usize, columns: usize, most: usize) -> Result<(), FileError> {
    if rows.checked_mul(columns).is_some_and(|n| n <= most) {
        return Ok(());
    }
    Err(FileError::new(FilePlace::File, FileProblem::TooLarge { rows, columns, most }))
}

/// Names numbered in order of first appearance.
#[derive(Clone, Debug, Default)]
pub(super) struct Order<'a> {
    pub(super) names: Vec<&'a str>,
    numbers: BTreeMap<&'a str, usize>,
}

impl<'a> Order<'a> {
    pub(super) fn number(&mut self, name: &'a str) -> usize {
        *self.numbers.entry(name).or_insert_with(|| {
            self.names.push(name);
            self.names.len() - 1
        })
    }

    pub(super) fn at(&self, name: &str) -> Option<usize> {
        self.numbers.get(name).copied()
    }

    pub(super) fn owned(&self) -> Vec<String> {
        self.names.iter().map(|n| (*n).to_owned()).collect()
    }
}
