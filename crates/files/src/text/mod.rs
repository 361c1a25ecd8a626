//! From bytes to fields with places.

mod decode;
mod separator;
mod sheet;
mod split;

pub use decode::{Encoding, MAX_BYTES, Text, decode, unpacked};
pub use separator::Separator;
pub use sheet::{Comment, Field, Record, Sheet};
