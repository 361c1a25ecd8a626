//! What a user can say of a file.

use crate::layout::HeaderChoice;

/// What a user says of a file; what is not said is found out, and the reading says how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadParams {
    /// Whether a text holds a matrix or a list.
    pub form: Option<FormChoice>,
    /// Whether its first line names the columns.
    pub header: Option<HeaderChoice>,
    /// Which columns of a list are meant.
    pub columns: Option<ListColumns>,
    /// What several lines of a list for one pair mean; without it they are an error.
    pub duplicates: Option<Duplicates>,
    /// Whether the pairs of a list have a direction.
    pub direction: Direction,
    /// Whether half a matrix stands for the whole.
    pub triangle: Triangle,
    /// Whether rows and columns are the same objects.
    pub spaces: Option<SpacesChoice>,
    /// What an absent entry means; without it absent entries are an error, except in formats where
    /// an entry that is not there is 0.
    pub missing: Option<MissingChoice>,
    /// Which array of an archive.
    pub array: Option<String>,
}

/// What a text holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormChoice {
    /// One line for each row.
    Matrix,
    /// One line for each pair.
    List,
}

/// The columns of a list: names of the header, or numbers from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListColumns {
    /// The rows of the matrix.
    pub source: String,
    /// Its columns.
    pub target: String,
    /// Its entries; without it a pair that is there has 1.
    pub value: Option<String>,
}

/// What several lines for one pair mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duplicates {
    /// Nothing: they are an error.
    Error,
    /// Their sum.
    Sum,
    /// Their mean.
    Mean,
    /// The last.
    Last,
}

/// Whether pairs have a direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// A pair and its mirror are two.
    #[default]
    Directed,
    /// A pair stands for its mirror, too.
    Undirected,
}

/// Whether half a matrix stands for the whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Triangle {
    /// Every entry stands for itself.
    #[default]
    Given,
    /// An absent entry has the value of its mirror.
    Mirror,
}

/// Whether rows and columns are the same objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpacesChoice {
    /// They are.
    One,
    /// They are not, whatever they are called.
    Two,
}

/// What an absent entry means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MissingChoice {
    /// The file is incomplete.
    Error,
    /// The value 0.
    Zero,
    /// A value that is not known.
    Hole,
}
