//! Comparisons with other libraries: `cargo xtask bench --against-peers`.
//!
//! A [`ROWS`] entry is one comparison. Its work is done by an example of ours and by a Python script
//! (`benches/peers_*.py`), which runs both in turn, checks that the answers agree, and prints one
//! [`Measured`] per line. [`compare()`] makes the virtual environment, runs the rows, and writes
//! tables and a figure after each of them. A row whose peer cannot be installed is named, and the
//! others still run.

mod alone;
mod compare;
mod environment;
mod measured;
mod report;
mod rows;

pub use compare::{Asked, CompareError, Compared, compare};
pub use measured::{Measured, Spread};
pub use rows::{ROWS, RowPlan, chosen};
