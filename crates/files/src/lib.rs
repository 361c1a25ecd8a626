//! Files of strangers: text tables, lists and arrays in; labelled tables and matrices out.
//!
//! The lower layer turns bytes into [`Sheet`]s: records of fields, each with its line, its column
//! and whether it was quoted, whatever the separator, the encoding and the line ends, packed or
//! not; and fields into numbers ([`Notation`], exactly as [`Decimal`]s), marks of absence, truth
//! values or text ([`Look`]).

mod error;
mod layout;
mod number;
mod text;

pub use error::{FileError, NumberProblem, Place, Problem};
pub use layout::{Header, HeaderChoice, Labels, Layout, layout};
pub use number::{Decimal, Look, Notation, Scalar};
pub use text::{Comment, Encoding, Field, MAX_BYTES, Record, Separator, Sheet, Text, decode, unpacked};
