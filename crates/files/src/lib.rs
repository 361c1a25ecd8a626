//! Files of strangers: text tables, lists and arrays in; labelled tables and matrices out.
//!
//! The lower layer turns bytes into [`Sheet`]s: records of fields, each with its line, its column
//! and whether it was quoted, whatever the separator, the encoding and the line ends, packed or
//! not; and fields into numbers ([`Notation`], exactly as [`Decimal`]s), marks of absence, truth
//! values or text ([`Look`]).
//!
//! The higher layer makes matrices with names and holes of them ([`read_matrix`]): tables,
//! triangles, lists, arrays and archives of NumPy, MatrixMarket, UCINET's DL, Pajek's networks. A
//! [`Reading`] says what the file was taken for and what would make it something else; a
//! [`FileError`] says so, too. What is too large to be held whole is read by its entries
//! ([`read_sparse`]).

mod error;
mod layout;
mod matrix;
mod number;
mod text;

pub use error::{FileError, FilePlace, FileProblem, NumberProblem};
pub use layout::{Header, HeaderChoice, Labels, Layout, layout};
pub use matrix::{
    Direction, Duplicates, FileForm, FilePrecision, FormChoice, ListColumns, MAX_ARRAY_ENTRIES, MAX_ENTRIES,
    MAX_OBJECTS, MissingChoice, ReadParams, Reading, Spaces, SpacesChoice, SparseReading, Triangle,
    read_features, read_matrix, read_sparse,
};
pub use number::{Decimal, Look, Notation, Scalar};
pub use text::{Comment, Encoding, Field, FileText, MAX_BYTES, Record, Separator, Sheet, decode, unpacked};
