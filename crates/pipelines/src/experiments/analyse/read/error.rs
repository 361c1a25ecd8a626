//! What can be wrong with a file.

use thiserror::Error;

/// Why a file does not hold a relation, or the features of one. Lines and columns are counted from 1.
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
    /// Bytes that are no UTF-8.
    #[error("{path}, line {line}: the text is not UTF-8; save the file as UTF-8")]
    NotUtf8 {
        /// The file.
        path: String,
        /// The line of the first such byte.
        line: usize,
    },
    /// A kind of file that is not read.
    #[error("{path} is {found}; {expected}")]
    Format {
        /// The file.
        path: String,
        /// What it is.
        found: String,
        /// What would be right.
        expected: &'static str,
    },
    /// Nothing but blank lines.
    #[error(
        "{path} is empty; it should hold a matrix (one line per row; of features: one line per object) or a list with the header source,target,value"
    )]
    Empty {
        /// The file.
        path: String,
    },
    /// A header and nothing below it.
    #[error("{path} has no rows of data: line {line} is taken for a header and nothing follows it")]
    NoRows {
        /// The file.
        path: String,
        /// The header.
        line: usize,
    },
    /// Labels and no numbers.
    #[error("{path} has no columns of data: its only column is taken for labels")]
    NoColumns {
        /// The file.
        path: String,
    },
    /// A quote that is never closed.
    #[error(
        "{path}, line {line}: a quoted field begins here and does not end; write \" inside quotes as \"\""
    )]
    Quote {
        /// The file.
        path: String,
        /// Where the field begins.
        line: usize,
    },
    /// A line with another number of fields.
    #[error(
        "{path}, line {line}: {found} field{}, where line {like} has {expected}; fields are separated by {separator}",
        if *found == 1 { "" } else { "s" }
    )]
    Ragged {
        /// The file.
        path: String,
        /// The line.
        line: usize,
        /// Its number of fields.
        found: usize,
        /// The number of fields of most lines.
        expected: usize,
        /// The first line that has so many.
        like: usize,
        /// The separator, in words.
        separator: &'static str,
    },
    /// An entry that is not a finite number.
    #[error("{path}, line {line}, column {column}{label}: {problem}")]
    Entry {
        /// The file.
        path: String,
        /// The line.
        line: usize,
        /// The field on that line.
        column: usize,
        /// The labels of row and column in brackets, where there are any.
        label: String,
        /// What is there, and what would be right.
        problem: EntryProblem,
    },
    /// An entry of an array that is not a finite number.
    #[error("{path}, row {row}, column {column}: the entry is {value}; every entry must be a finite number")]
    ArrayEntry {
        /// The file.
        path: String,
        /// The row.
        row: usize,
        /// The column.
        column: usize,
        /// What is there.
        value: f64,
    },
    /// An object without a name among objects with names.
    #[error("{path}, line {line}, column {column}: the {side} has no label; give every {side} one, or none")]
    NoLabel {
        /// The file.
        path: String,
        /// The line.
        line: usize,
        /// The field.
        column: usize,
        /// `row` or `column`.
        side: &'static str,
    },
    /// Two objects with one name.
    #[error("{path}: two {side}s are called `{label}`: {first} and {second}; labels must differ")]
    DuplicateLabel {
        /// The file.
        path: String,
        /// `row` or `column`.
        side: &'static str,
        /// The name.
        label: String,
        /// The first place.
        first: String,
        /// The second.
        second: String,
    },
    /// A pair that a list names twice.
    #[error(
        "{path}, line {second}: the pair {row}, {column} is on line {first} already; a list names each pair once"
    )]
    DuplicatePair {
        /// The file.
        path: String,
        /// The source.
        row: String,
        /// The target.
        column: String,
        /// The first line.
        first: usize,
        /// The second line.
        second: usize,
    },
    /// Pairs that a list does not name.
    #[error(
        "{path}: {count} of the {total} pairs {} absent, first {row}, {column}; add {}, or say --missing zero",
        if *count == 1 { "is" } else { "are" },
        if *count == 1 { "it" } else { "them" }
    )]
    AbsentPairs {
        /// The file.
        path: String,
        /// Absent pairs.
        count: usize,
        /// All pairs.
        total: usize,
        /// Source of the first.
        row: String,
        /// Target of the first.
        column: String,
    },
    /// `--missing` for a file that is not a list.
    #[error("{path} is a matrix, which has no absent pairs; --missing is for lists source,target,value")]
    MissingInMatrix {
        /// The file.
        path: String,
    },
    /// More entries than are analysed.
    #[error(
        "{path} is a relation of {rows} x {columns}; at most {most} entries are analysed ({} x {}, say): take a sample of its rows and columns",
        most.isqrt(), most.isqrt()
    )]
    TooLarge {
        /// The file.
        path: String,
        /// Rows.
        rows: usize,
        /// Columns.
        columns: usize,
        /// The most entries.
        most: usize,
    },
    /// A relation that vanishes.
    #[error(
        "{path}: every entry is 0; errors relative to the size of the relation need an entry that is not"
    )]
    Zero {
        /// The file.
        path: String,
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
}

/// What is wrong with one entry.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(crate) enum EntryProblem {
    /// Nothing.
    #[error("the entry is empty; write a number (0 if it is zero)")]
    Empty,
    /// A decimal comma.
    #[error("`{0}` has a decimal comma; write a decimal point")]
    DecimalComma(String),
    /// Not a number, infinite, or a mark for a missing value.
    #[error("the entry is `{0}`; every entry must be a finite number")]
    NotFinite(String),
    /// Text.
    #[error("`{0}` is not a number")]
    Text(String),
}
