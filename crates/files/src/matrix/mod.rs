//! Files as matrices with names and holes.

mod archive;
mod array;
mod dl;
mod grid;
mod list;
mod market;
mod options;
mod precision;
mod raw;
mod read;
mod sentinel;
mod spaces;
mod triangle;

pub use options::{
    Direction, Duplicates, FormChoice, ListColumns, MissingChoice, ReadParams, SpacesChoice, Triangle,
};
pub use precision::FilePrecision;
pub use read::{FileForm, Reading, Spaces, read_features, read_matrix};

/// Entries beyond which a matrix is not read: whoever asks holds it, and works on it, whole.
pub const MAX_ENTRIES: usize = 25_000_000;
