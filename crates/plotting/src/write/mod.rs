//! A drawing in three formats, and in files.

pub(crate) mod formats;
