//! What can be wrong with a file, and where.

use std::fmt;
use thiserror::Error;

/// Why a file cannot be read: what it was taken for, where the trouble is, what was found there and
/// what would be right.
#[derive(Clone, Debug, PartialEq)]
pub struct FileError {
    /// What the file was taken for, as in `read as a matrix with a header, separated by commas`;
    /// none where the trouble comes before that question.
    pub taken_for: Option<String>,
    /// Where.
    pub place: FilePlace,
    /// What.
    pub problem: Box<FileProblem>,
}

/// A place in a file. Lines, columns and characters count from 1.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum FilePlace {
    /// The whole file.
    #[default]
    File,
    /// A line.
    Line(usize),
    /// A field of a text.
    Field {
        /// The line on which it begins.
        line: usize,
        /// Which field of the record.
        column: usize,
        /// Which character of the line.
        character: usize,
        /// The names of its row and column, where there are any.
        names: Vec<String>,
    },
    /// An entry of an array.
    Entry {
        /// The row.
        row: usize,
        /// The column.
        column: usize,
    },
}

/// What can be wrong with a file.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum FileProblem {
    /// A kind of file that is not read, or damage.
    #[error("{found}; {expected}")]
    Format {
        /// What it is.
        found: String,
        /// What would be right.
        expected: String,
    },
    /// More than is read.
    #[error("the file unpacks to more than {most} bytes, the most that is read")]
    TooManyBytes {
        /// The most.
        most: usize,
    },
    /// Nothing but blank lines and comments.
    #[error("the file is empty; {expected}")]
    Empty {
        /// What it should hold.
        expected: &'static str,
    },
    /// A header and nothing below it.
    #[error("there are no rows of data: line {line} is taken for a header and nothing follows it")]
    NoRows {
        /// The header.
        line: usize,
    },
    /// Labels and no numbers.
    #[error("there are no columns of data: the only column is taken for labels")]
    NoColumns,
    /// A quote that is never closed.
    #[error("a quoted field begins here and does not end; write \" inside quotes as \"\"")]
    Quote,
    /// A line with another number of fields.
    #[error(
        "{found} field{}, where line {like} has {expected}; fields are separated by {separator}",
        if *found == 1 { "" } else { "s" }
    )]
    Ragged {
        /// Its number of fields.
        found: usize,
        /// The number of fields of most lines.
        expected: usize,
        /// The first line that has so many.
        like: usize,
        /// The separator, in words.
        separator: &'static str,
    },
    /// An entry that is not a number.
    #[error(transparent)]
    Number(#[from] NumberProblem),
    /// Numbers with a decimal comma and numbers with a decimal point in one file.
    #[error("`{comma}` has a decimal comma, and `{point}` on line {line} does not; write all numbers alike")]
    MixedNotation {
        /// The number with a decimal comma.
        comma: String,
        /// The one without.
        point: String,
        /// Its line.
        line: usize,
    },
    /// A value that is not there, where every one is needed.
    #[error(
        "{count} of the {total} entries {}; {advice}",
        if *count == 1 { format!("is absent ({mark})") } else { format!("are absent, this one first ({mark})") }
    )]
    Absent {
        /// How many are absent.
        count: usize,
        /// Of how many.
        total: usize,
        /// What stands there.
        mark: String,
        /// What can be done.
        advice: String,
    },
    /// Pairs that a list does not name.
    #[error(
        "{count} of the {total} pairs {} absent, first {row}, {column}; {advice}",
        if *count == 1 { "is" } else { "are" }
    )]
    AbsentPairs {
        /// Absent pairs.
        count: usize,
        /// All pairs.
        total: usize,
        /// Source of the first.
        row: String,
        /// Target of the first.
        column: String,
        /// What can be done.
        advice: String,
    },
    /// An object without a name among objects with names.
    #[error("the {side} has no label; give every {side} one, or none")]
    NoLabel {
        /// `row` or `column`.
        side: &'static str,
    },
    /// Two objects with one name.
    #[error("two {side}s are called `{label}`: {first} and {second}; labels must differ")]
    DuplicateLabel {
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
        "the pair {row}, {column} is on line {first} already; \
         name each pair once, or say what several lines mean: --duplicates sum, mean or last"
    )]
    DuplicatePair {
        /// The source.
        row: String,
        /// The target.
        column: String,
        /// The first line.
        first: usize,
    },
    /// A pair and its mirror with different values, where there is no direction.
    #[error(
        "{row}, {column} and its mirror have the values {value} and {mirrored}; \
         without --undirected each has its own"
    )]
    Mirrored {
        /// The row.
        row: String,
        /// The column.
        column: String,
        /// The value.
        value: f64,
        /// The value of the mirror.
        mirrored: f64,
    },
    /// A column that was asked for by name.
    #[error("there is no column `{name}`; the header has {}", .names.join(", "))]
    NoColumn {
        /// What was asked for.
        name: String,
        /// What there is.
        names: Vec<String>,
    },
    /// More entries than are held.
    #[error(
        "it is {rows} x {columns}; at most {most} entries are read ({} x {}, say): take a sample of its rows and columns",
        most.isqrt(), most.isqrt()
    )]
    TooLarge {
        /// Rows.
        rows: usize,
        /// Columns.
        columns: usize,
        /// The most entries.
        most: usize,
    },
    /// More objects than are held.
    #[error(
        "it is {rows} x {columns}; at most {most} rows and {most} columns are read of a list: take a sample of them"
    )]
    TooManyObjects {
        /// Rows.
        rows: usize,
        /// Columns.
        columns: usize,
        /// The most of each.
        most: usize,
    },
    /// More entries of a list than are held.
    #[error("it names {found} entries; at most {most} are read: take a sample of its lines")]
    TooManyEntries {
        /// Entries.
        found: usize,
        /// The most.
        most: usize,
    },
    /// Entries that a large list does not name.
    #[error(
        "{count} of {total} entries are absent; --missing hole analyses the entries that are known; \
         --missing zero is right only if an absent one is 0"
    )]
    AbsentOfMany {
        /// Absent entries.
        count: usize,
        /// All entries.
        total: usize,
    },
    /// An option that the file cannot have.
    #[error("{option} does not fit: {why}")]
    Option {
        /// As it is typed.
        option: &'static str,
        /// Why.
        why: String,
    },
}

/// Why a field does not hold a number.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum NumberProblem {
    /// A mark of absence, or nothing.
    #[error("there is no value here ({0})")]
    Absent(String),
    /// Infinite.
    #[error("the entry is `{0}`; every entry must be a finite number")]
    NotFinite(String),
    /// `2,045`, where nothing tells thousands from decimals.
    #[error(
        "`{0}` may have a decimal comma or a thousands separator, and nothing in the file tells which; \
         write a decimal point, and no thousands separators"
    )]
    Ambiguous(String),
    /// More digits than are kept exactly.
    #[error("`{0}` has more digits than are kept exactly (38)")]
    Digits(String),
    /// A number with a unit, `12%` or `$5`.
    #[error("`{0}` has a unit; write the number alone")]
    Unit(String),
    /// Text.
    #[error("`{0}` is not a number")]
    Text(String),
}

impl FileError {
    /// A problem at a place, before it is known what the file is.
    #[must_use]
    pub fn new(place: FilePlace, problem: FileProblem) -> Self {
        Self { taken_for: None, place, problem: Box::new(problem) }
    }

    /// A file that is not of a kind that is read.
    pub(crate) fn format(found: impl Into<String>, expected: impl Into<String>) -> Self {
        Self::new(FilePlace::File, FileProblem::Format { found: found.into(), expected: expected.into() })
    }

    /// The same, of a file that was taken for something.
    pub(crate) fn of(mut self, taken_for: &str) -> Self {
        self.taken_for.get_or_insert_with(|| taken_for.to_owned());
        self
    }

    /// The line, where there is one.
    #[must_use]
    pub fn line(&self) -> Option<usize> {
        match self.place {
            FilePlace::Line(line) | FilePlace::Field { line, .. } => Some(line),
            FilePlace::File | FilePlace::Entry { .. } => None,
        }
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(taken_for) = &self.taken_for {
            write!(f, "read as {taken_for}: ")?;
        }
        match &self.place {
            FilePlace::File => {}
            FilePlace::Line(line) => write!(f, "line {line}: ")?,
            FilePlace::Field { line, column, names, .. } if names.is_empty() => {
                write!(f, "line {line}, column {column}: ")?;
            }
            FilePlace::Field { line, column, names, .. } => {
                write!(f, "line {line}, column {column} ({}): ", names.join(", "))?;
            }
            FilePlace::Entry { row, column } => write!(f, "row {row}, column {column}: ")?,
        }
        write!(f, "{}", self.problem)
    }
}

impl std::error::Error for FileError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&*self.problem)
    }
}

/// At most 40 characters of a text.
pub(crate) fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(40).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
