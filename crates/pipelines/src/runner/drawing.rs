//! Figures as files.

/// A figure.
#[derive(Debug)]
pub enum Figure {}

/// The files of a figure: ending and bytes.
pub(super) fn draw(figure: &Figure) -> anyhow::Result<Vec<(&'static str, Vec<u8>)>> {
    match *figure {}
}
