//! Everything a run leaves on disk, and the names under which it is asked for.
//!
//! A computation ends in [`Row`]s; rows gather into tidy [`Tables`] (one row an observation),
//! headline numbers into a [`Summary`]. A run directory holds both, with a [`Manifest`] that says
//! how they came about and a [`CellStore`] of finished work, so that a killed run resumes and a
//! finished one can be verified.
//!
//! What is written is a function of the data alone: floats in their shortest form that reads back
//! to the same number, `-0` as `0`, LF line ends, sorted keys. Clocks, paths, commits and host
//! names live in the manifest and nowhere else. Files appear whole or not at all: each is written
//! beside its place and renamed into it.
//!
//! ```
//! use relata_runs::{Row, Table};
//!
//! let rows = [
//!     Row::new("error").with("relation", "volterra").with("rank", 1_usize).with("error", 0.25),
//!     Row::new("error").with("relation", "volterra").with("rank", 2_usize).with("error", f64::NAN),
//! ];
//! let table = Table::from_rows("error", &rows)?;
//! assert_eq!(table.to_csv(), "relation,rank,error,reason\n\"volterra\",1,0.25,\n\"volterra\",2,,\"nan in error\"\n");
//! let again = Table::from_csv("error", table.to_csv().as_bytes())?;
//! assert_eq!(again, table);
//! # Ok::<(), relata_runs::TableError>(())
//! ```

mod atomic;
mod cells;
mod csv_text;
mod manifest;
mod names;
mod run_dir;
mod schema;
mod summary;
mod table;
mod tables;
mod value;

pub use atomic::{WriteError, write_atomic};
pub use cells::{CellError, CellKey, CellRecord, CellStore, KeyParts};
pub use manifest::{CellEntry, Input, Manifest, ManifestError, Source, Status, WorkTree};
pub use names::{BackendKind, NameError, Profile, nearest};
pub use run_dir::{RunDir, RunDirError, RunLock, RunName};
pub use schema::{SCHEMA_VERSION, hash_bytes};
pub use summary::{Better, Metric, Summary, SummaryError};
pub use table::{Row, Table, TableError};
pub use tables::Tables;
pub use value::Value;
