//! Texts with their places, and errors that name them.

use relata_files::{FileError, FilePlace, Notation, Sheet};
use thiserror::Error;

/// What is wrong with a file, and where. Lines and columns count from 1, columns in characters.
#[derive(Clone, Debug, Error, PartialEq)]
#[error("{}line {line}, column {column}: {problem}", taken(.taken_for))]
pub struct PreferenceReadError {
    /// What the file was taken for; empty where the trouble comes before that question.
    pub taken_for: String,
    /// The line.
    pub line: usize,
    /// The column, in characters.
    pub column: usize,
    /// What is wrong there.
    pub problem: ReadProblem,
}

fn taken(taken_for: &str) -> String {
    if taken_for.is_empty() { String::new() } else { format!("read as {taken_for}: ") }
}

/// What can be wrong with a file of preferences.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum ReadProblem {
    /// Bytes that are not a text table.
    #[error("{0}")]
    File(String),
    /// A row of another length than the header.
    #[error("the row has {found} fields, the header has {expected}")]
    Fields {
        /// Fields of the row.
        found: usize,
        /// Fields of the header.
        expected: usize,
    },
    /// A header that is not one of those that are read.
    #[error("the header is `{found}`; {expected}")]
    Header {
        /// What was found.
        found: String,
        /// What would be right.
        expected: &'static str,
    },
    /// Something other than what must stand here.
    #[error("found `{found}`, expected {expected}")]
    Expected {
        /// What was found.
        found: String,
        /// What would be right.
        expected: String,
    },
    /// An item that appears twice where it may appear once.
    #[error("`{item}` appears twice")]
    Repeated {
        /// The item.
        item: String,
    },
    /// A count in the header that the data contradict.
    #[error("the header says {what}: {said}, the data have {found}")]
    Contradiction {
        /// What was counted.
        what: &'static str,
        /// What the header says.
        said: u64,
        /// What the data have.
        found: u64,
    },
    /// The file ends too early.
    #[error("the file ends before {0}")]
    Ends(&'static str),
    /// The numbers were read but do not form what they should.
    #[error("{0}")]
    Meaning(String),
}

/// What a file was taken for, and what was noticed on the way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TakenFor {
    /// The file as a phrase: `comparisons (winner, loser), separated by commas`.
    pub what: String,
    /// Sentences on what was left out or does not fit.
    pub notes: Vec<String>,
}

impl PreferenceReadError {
    pub(super) fn ends(line: usize, before: &'static str) -> Self {
        Self { taken_for: String::new(), line, column: 1, problem: ReadProblem::Ends(before) }
    }

    pub(super) fn of(mut self, taken_for: &str) -> Self {
        if self.taken_for.is_empty() {
            taken_for.clone_into(&mut self.taken_for);
        }
        self
    }
}

impl From<FileError> for PreferenceReadError {
    fn from(e: FileError) -> Self {
        let (line, column) = match e.place {
            FilePlace::Line(line) => (line, 1),
            FilePlace::Field { line, character, .. } => (line, character),
            FilePlace::File | FilePlace::Entry { .. } => (1, 1),
        };
        let taken_for = e.taken_for.clone().unwrap_or_default();
        Self { taken_for, line, column, problem: ReadProblem::File(e.problem.to_string()) }
    }
}

/// A piece of text with the place of its first character.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) text: String,
    pub(super) line: usize,
    pub(super) column: usize,
}

impl From<relata_files::Field<'_>> for Piece {
    fn from(f: relata_files::Field<'_>) -> Self {
        Self { text: f.text.to_owned(), line: f.line, column: f.character }
    }
}

impl Piece {
    pub(super) fn error(&self, problem: ReadProblem) -> PreferenceReadError {
        PreferenceReadError { taken_for: String::new(), line: self.line, column: self.column, problem }
    }

    pub(super) fn expected(&self, expected: impl Into<String>) -> PreferenceReadError {
        self.error(ReadProblem::Expected { found: clip(&self.text), expected: expected.into() })
    }

    /// A number of at least 0, such as how often something was seen.
    pub(super) fn amount(&self, rows: &Rows, expected: &str) -> Result<f64, PreferenceReadError> {
        let value = rows.notation.clone()?.number(&self.text).map_err(|_| self.expected(expected))?;
        if value >= 0.0 { Ok(value) } else { Err(self.expected(expected)) }
    }

    /// A positive whole number.
    pub(super) fn count(&self) -> Result<u64, PreferenceReadError> {
        let value: u64 = self.text.trim().parse().map_err(|_| self.expected("a positive whole number"))?;
        if value > 0 { Ok(value) } else { Err(self.expected("a positive whole number")) }
    }
}

/// A text table, its records as pieces.
pub(super) struct Rows {
    pub(super) rows: Vec<Vec<Piece>>,
    pub(super) separator: &'static str,
    // Of its numbers, or the number that may mean two things.
    pub(super) notation: Result<Notation, PreferenceReadError>,
}

impl Rows {
    pub(super) fn read(bytes: &[u8]) -> Result<Self, PreferenceReadError> {
        let sheet = Sheet::read(bytes)?;
        let separator = sheet.separator;
        let body = sheet.records().skip(1).flat_map(|r| r.fields());
        let notation = Notation::of(body, separator).map_err(PreferenceReadError::from);
        let rows = sheet.records().map(|r| r.fields().map(Piece::from).collect()).collect();
        Ok(Self { rows, separator: separator.name(), notation })
    }

    /// The first record, and the others, each as long as it.
    pub(super) fn with_header(&self) -> Result<(&[Piece], &[Vec<Piece>]), PreferenceReadError> {
        let Some((header, rows)) = self.rows.split_first() else {
            return Err(PreferenceReadError::ends(1, "the header"));
        };
        if let Some(row) = rows.iter().find(|r| r.len() != header.len()) {
            return Err(row[0].error(ReadProblem::Fields { found: row.len(), expected: header.len() }));
        }
        Ok((header, rows))
    }
}

pub(super) fn clip(text: &str) -> String {
    if text.chars().count() <= 40 {
        text.to_owned()
    } else {
        text.chars().take(37).chain("...".chars()).collect()
    }
}

/// Names of columns, as a list in a sentence.
pub(super) fn listed(names: &[&str]) -> String {
    let shown = names.iter().take(8);
    let shown =
        shown.map(|n| if n.is_empty() { "one without a name".to_owned() } else { format!("`{}`", clip(n)) });
    let shown: Vec<String> = shown.collect();
    let more = if names.len() > 8 { ", .." } else { "" };
    format!("{}{more}", shown.join(", "))
}
