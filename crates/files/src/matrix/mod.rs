//! Files as matrices with names and holes.

mod archive;
mod array;
mod dl;
mod grid;
mod list;
mod market;
mod options;
mod pajek;
mod precision;
mod raw;
mod read;
mod sentinel;
mod spaces;
mod sparse;
mod triangle;

pub use options::{
    Direction, Duplicates, FormChoice, ListColumns, MissingChoice, ReadParams, SpacesChoice, Triangle,
};
pub use precision::FilePrecision;
pub use read::{FileForm, Reading, Spaces, read_features, read_matrix};
pub use sparse::{SparseReading, read_sparse};

/// Entries beyond which a matrix is not read whole, apart from an array, which is compact: whoever
/// asks holds it, and works on it. Of a list that is larger so many lines are read
/// ([`read_sparse`]).
pub const MAX_ENTRIES: usize = 25_000_000;

/// Entries of an array of NumPy: a gigabyte of doubles.
pub const MAX_ARRAY_ENTRIES: usize = 125_000_000;

/// Rows, and columns, of a matrix that is read entry by entry: whoever asks holds some hundred
/// numbers for each.
pub const MAX_OBJECTS: usize = 1_000_000;
