//! From bytes to fields with places.

mod decode;
mod separator;
mod sheet;
mod split;

pub use decode::{Encoding, FileText, MAX_BYTES, decode, unpacked};
pub use separator::Separator;
pub use sheet::{Comment, Field, Record, Sheet};
