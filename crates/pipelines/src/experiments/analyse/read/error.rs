//! What can be wrong with the files of a relation.

use relata_files::FileError;
use thiserror::Error;

/// Why files do not hold a relation, or the features of one.
#[derive(Debug, Error)]
pub(crate) enum ReadError {
    /// The file cannot be opened or read.
    #[error("cannot read {path}: {source}")]
    Io {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The content of a file.
    #[error("{path}: {error}")]
    File {
        /// The file.
        path: String,
        /// What is wrong.
        error: FileError,
    },
    /// A relation that vanishes.
    #[error(
        "{path}: read as {taken_for}: every entry is 0; errors relative to the size of the relation need an entry that is not"
    )]
    Zero {
        /// The file.
        path: String,
        /// What it was taken for.
        taken_for: String,
    },
    /// Another number of features than of objects.
    #[error(
        "{path} has features of {found} objects, and the relation has {expected} {side}s; \
         give one line for each {side}, in the same order or with its label in the first column"
    )]
    FeatureCount {
        /// The file.
        path: String,
        /// `row` or `column`.
        side: &'static str,
        /// Lines of data.
        found: usize,
        /// Objects.
        expected: usize,
    },
    /// An object without features, or features of no object.
    #[error("{path}: {problem} `{label}`; the labels must be those of the relation's {side}s")]
    FeatureLabel {
        /// The file.
        path: String,
        /// `row` or `column`.
        side: &'static str,
        /// What is wrong, before the label.
        problem: String,
        /// The label.
        label: String,
    },
    /// Features of one side alone, where the two sides are different spaces.
    #[error(
        "features of the {given}s alone do not predict a relation on two different spaces ({why}); give --{wanted} too"
    )]
    OneSided {
        /// `row` or `column`.
        given: &'static str,
        /// Why the spaces differ.
        why: String,
        /// The option that is missing.
        wanted: &'static str,
    },
    /// Too few rows or columns to hold any out.
    #[error(
        "the relation is {rows} x {columns}; holding out rows and columns needs at least {least} of each"
    )]
    TooSmall {
        /// Rows.
        rows: usize,
        /// Columns.
        columns: usize,
        /// What would do.
        least: usize,
    },
    /// Holes, or weights, in a matrix that is too large for them.
    #[error(
        "{path}: with holes or weights a matrix of at most {most} entries is analysed, and it has {entries}; \
         a list of the known entries may be of any size"
    )]
    LargeWithHoles {
        /// The file.
        path: String,
        /// Its entries.
        entries: usize,
        /// The most.
        most: usize,
    },
    /// What is not done with a matrix that is known by its entries.
    #[error(
        "{path}: the relation is {rows} x {columns}; {option} is for relations of at most {most} entries: \
         take a sample of rows and columns"
    )]
    LargeWith {
        /// The file.
        path: String,
        /// Rows.
        rows: usize,
        /// Columns.
        columns: usize,
        /// The option.
        option: &'static str,
        /// The most entries.
        most: usize,
    },
    /// Entries that make no matrix.
    #[error("{path}: {problem}")]
    Entries {
        /// The file.
        path: String,
        /// Why.
        problem: String,
    },
    /// Weights that do not belong to the entries.
    #[error("{path}, the weights: {problem}; give a nonnegative number for each entry that is known")]
    Weights {
        /// The file.
        path: String,
        /// What is wrong.
        problem: String,
    },
}

/// At most 40 characters of a text.
pub(super) fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(40).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
