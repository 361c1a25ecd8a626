//! Runs comparisons, one after the other.

use crate::alone;
use crate::environment::Environment;
use crate::measured::Measured;
use crate::report::{Results, into_page};
use crate::rows::{By, RowPlan};
use relata_runs::write_atomic;
use std::ffi::OsString;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use thiserror::Error;

/// What to compare, and with what.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The rows, as [`chosen`](crate::chosen()) gives them.
    pub rows: Vec<&'static RowPlan>,
    /// Rough figures, and nothing that takes minutes.
    pub quick: bool,
    /// Where results are written; those of other rows that are there are kept.
    pub out: PathBuf,
    /// The interpreter that makes the virtual environment.
    pub python: OsString,
    /// Where the virtual environment is, or will be.
    pub environment: PathBuf,
    /// The folder of the scripts, with `requirements/`.
    pub scripts: PathBuf,
    /// The folder of our built programs, with `examples/`.
    pub programs: PathBuf,
    /// The page that shows the table, if it is to be written there too.
    pub page: Option<PathBuf>,
}

/// How it ended.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Compared {
    /// Rows that were measured.
    pub measured: Vec<&'static str>,
    /// Rows that were left out because a peer cannot be had, and why.
    pub left_out: Vec<(&'static str, String)>,
    /// Rows that failed, and why.
    pub failed: Vec<(&'static str, String)>,
    /// The table of the documentation, of all rows in the folder.
    pub table: String,
}

/// Results cannot be written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CompareError {
    /// The folder of the results.
    #[error("cannot make {path}: {source}")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The page for the table cannot be read.
    #[error("cannot read {path}: {source}")]
    Page {
        /// The page.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The page has no place for the table.
    #[error("{path} has no lines `<!-- peers: begin -->` and `<!-- peers: end -->` for the table")]
    NoMarks {
        /// The page.
        path: PathBuf,
    },
    /// A file.
    #[error(transparent)]
    Write(#[from] relata_runs::WriteError),
    /// The table.
    #[error(transparent)]
    Table(#[from] relata_runs::TableError),
    /// The figure.
    #[error(transparent)]
    Plot(#[from] relata_plotting::PlotError),
    /// The results as JSON.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

/// Runs the rows and writes `peers.csv`, `peers.json`, `peers.md` and `peers.{svg,pdf,png}` after each
/// of them.
///
/// # Errors
/// [`CompareError`] if results cannot be written. A row that cannot be measured is no error: see
/// [`Compared`].
pub fn compare(asked: &Asked) -> Result<Compared, CompareError> {
    let folder = |source| CompareError::Folder { path: asked.out.clone(), source };
    std::fs::create_dir_all(&asked.out).map_err(folder)?;
    let requirements = asked.scripts.join("requirements");
    let mut environment = Environment::new(asked.python.clone(), asked.environment.clone(), requirements);
    let mut results = Results::earlier(&asked.out);
    let mut compared = Compared::default();
    for row in &asked.rows {
        eprintln!("== {row}");
        let load = load();
        let outcome = match row.by {
            By::Alone(which) => {
                alone::measure(which, row.name, &asked.programs, asked.quick).map(|m| vec![m])
            }
            By::Script { script, packages } => match environment.with(packages) {
                Ok(python) => run(asked, &python, script, row.name),
                Err(why) => {
                    eprintln!("left out: {why}");
                    compared.left_out.push((row.name, why));
                    continue;
                }
            },
        };
        match outcome {
            Ok(rows) => {
                compared.measured.push(row.name);
                let told = |m| Measured { quick: asked.quick, load, ..m };
                results.replace(row.name, rows.into_iter().map(told).collect());
                results.write(&asked.out)?;
            }
            Err(why) => {
                eprintln!("failed: {why}");
                compared.failed.push((row.name, why));
            }
        }
    }
    compared.table = results.markdown();
    if let Some(path) = &asked.page {
        let page = |source| CompareError::Page { path: path.clone(), source };
        let text = std::fs::read_to_string(path).map_err(page)?;
        let text = into_page(&text, &compared.table).ok_or(CompareError::NoMarks { path: path.clone() })?;
        write_atomic(path, text.as_bytes())?;
    }
    Ok(compared)
}

/// The mean number of processes that wanted a processor in the last minute.
fn load() -> Option<f64> {
    std::fs::read_to_string("/proc/loadavg").ok()?.split(' ').next()?.parse().ok()
}

/// Runs a script for one row; what it prints, read.
///
/// # Errors
/// A sentence, if it fails, prints no row, or prints one that is worthless.
fn run(asked: &Asked, python: &Path, script: &str, name: &str) -> Result<Vec<Measured>, String> {
    let mut command = Command::new(python);
    command.arg(asked.scripts.join(script)).args(["--only", name]);
    if asked.quick {
        command.arg("--quick");
    }
    command.env("RELATA_PROGRAMS", &asked.programs);
    // A current numpy knows the machine's kernels itself.
    command.env_remove("OPENBLAS_CORETYPE").env_remove("OPENBLAS_L2_SIZE");
    let started = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
    let mut child = started.map_err(|e| format!("cannot start {}: {e}", python.display()))?;
    let mut rows = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).lines() {
            let line = line.map_err(|e| format!("cannot read what {script} says: {e}"))?;
            if line.starts_with('{') {
                let row: Measured =
                    serde_json::from_str(&line).map_err(|e| format!("{script} printed {line}: {e}"))?;
                rows.push(row);
            } else {
                eprintln!("{line}");
            }
        }
    }
    let status = child.wait().map_err(|e| format!("cannot wait for {script}: {e}"))?;
    if !status.success() {
        return Err(format!("{script} ended with {status}"));
    }
    if rows.is_empty() {
        return Err(format!("{script} printed no row"));
    }
    for row in &rows {
        if row.name != name {
            return Err(format!("{script} printed a row of `{}`", row.name));
        }
        if let Some(why) = row.fault() {
            return Err(format!("{}: {why}", row.peer.as_deref().unwrap_or("alone")));
        }
    }
    Ok(rows)
}
