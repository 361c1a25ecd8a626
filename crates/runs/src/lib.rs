//! Everything a run leaves on disk, and the names under which it is asked for.
//!
//! A computation ends in [`Row`]s; rows gather into tidy [`Tables`] (one row per observation),
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
//! let row = |rank: usize, error: f64| Row::new("error").with("rank", rank).with("error", error);
//! let rows = [row(1, 0.25), row(2, f64::NAN)];
//! let table = Table::from_rows("error", &rows)?;
//! assert_eq!(table.to_csv(), "rank,error,reason\n1,0.25,\n2,,\"nan in error\"\n");
//! let again = Table::from_csv("error", table.to_csv().as_bytes())?;
//! assert_eq!(again, table);
//! # Ok::<(), relata_runs::TableError>(())
//! ```

mod cells;
mod claim;
mod csv_text;
mod disk;
mod manifest;
mod names;
mod parquet;
mod run_dir;
mod schema;
mod shard;
mod summary;
mod table;
mod tables;
mod value;

pub use cells::{CellError, CellKey, CellKeyError, CellRecord, CellStore, KeyParts};
pub use disk::{
    CrashError, DiskStep, Journal, Surviving, WriteError, crashed, make_directory, remove, write_atomic,
    write_first,
};
pub use manifest::{CellEntry, Drawing, FontFile, Input, Manifest, ManifestError, Source, Status, WorkTree};
pub use names::{BackendKind, NameError, Profile, nearest};
pub use run_dir::{RunDir, RunDirError, RunLock, RunName};
pub use schema::{SCHEMA_VERSION, hash_bytes};
pub use shard::{PlanError, Shard, ShardError, ShardNotes, ShardPlan, balanced};
pub use summary::{Better, LimitKind, Metric, Summary, SummaryError};
pub use table::{Row, Table, TableError};
pub use tables::Tables;
pub use value::Value;
