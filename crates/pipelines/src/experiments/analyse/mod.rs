//! A relation that somebody measured: its parts, its spectrum, the rank it needs, and how well
//! networks predict it.
//!
//! The relation is an `n x m` matrix `R` whose rows and columns are objects; errors and parts are
//! relative to its Frobenius norm `|R|_F`, tolerances in the sup norm to `max |R|`. Rows and
//! columns count as *one space* where `R` is square and their labels do not differ; only then is
//! there a symmetric part, a definiteness, and a shared encoder. See `docs/analyse.md`.

mod answers;
mod decomposed;
mod figures;
mod held_out;
mod measured;
mod plan;
mod ranks;
mod read;
mod structure;
mod summary;

pub use answers::answers;
pub use measured::{Form, Measured, Names, Space};
pub use plan::Cell;
pub use read::{EntryProblem, Features, Files, Missing, ReadError, read, relation};

use crate::pipeline::{CellContext, DynPipeline, Pipeline, boxed};
use anyhow::{Context as _, anyhow};
use relata_plotting::Figure;
use relata_runs::{Input, Manifest, Profile, Row, Summary, Tables};
use serde::{Deserialize, Serialize};

/// The name of the pipeline, and of the folder of its runs.
pub const NAME: &str = "analyse";

/// What is asked of which files; it is in the manifest of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// The files.
    pub files: Files,
    /// The error for which ranks are asked: relative, above 0 and below 1.
    pub eps: f64,
}

/// Why an analysis cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum AnalyseError {
    /// A file that cannot be used.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A tolerance out of range.
    #[error("eps is {0}; it is a relative error, above 0 and below 1")]
    Eps(f64),
    /// The request could not be written down.
    #[error("the request cannot be recorded: {0}")]
    Record(serde_json::Error),
}

/// The analysis of one relation.
pub struct Analyse {
    /// The relation, or why it is not there any more (tables and figures of an old run do not need
    /// it).
    measured: Result<Measured, String>,
    eps: f64,
}

/// Reads the files and checks the request. The pipeline and what goes into the manifest come back.
///
/// # Errors
/// [`AnalyseError`]
pub fn open(request: &Request) -> Result<(Box<dyn DynPipeline>, Input), AnalyseError> {
    let eps = request.eps;
    if !(eps > 0.0 && eps < 1.0) {
        return Err(AnalyseError::Eps(eps));
    }
    let (measured, hash) = read(&request.files)?;
    let absolute = Request { files: request.files.absolute(), eps };
    let given = serde_json::to_value(absolute).map_err(AnalyseError::Record)?;
    let input = Input { hash: input_hash(&hash, eps), given };
    Ok((boxed(Analyse { measured: Ok(measured), eps }), input))
}

/// The pipeline of a run that exists. Where its files are gone or have changed, its cells cannot be
/// computed again, and say so.
///
/// # Errors
/// A manifest without a request.
pub fn reopen(manifest: &Manifest) -> anyhow::Result<Box<dyn DynPipeline>> {
    let input = manifest.input.as_ref().context("the manifest names no input")?;
    let request: Request = serde_json::from_value(input.given.clone()).context("the manifest's input")?;
    let measured = match read(&request.files) {
        Ok((measured, hash)) if input_hash(&hash, request.eps) == input.hash => Ok(measured),
        Ok(_) => {
            Err(format!("{} or its features have changed since the run", request.files.relation.display()))
        }
        Err(e) => Err(e.to_string()),
    };
    Ok(boxed(Analyse { measured, eps: request.eps }))
}

fn input_hash(files: &str, eps: f64) -> String {
    relata_runs::hash_bytes(format!("{files} eps={eps}").as_bytes())
}

impl Pipeline for Analyse {
    type Cell = Cell;

    fn name(&self) -> &'static str {
        NAME
    }

    fn cells(&self, profile: Profile) -> Vec<Cell> {
        match &self.measured {
            Ok(measured) => plan::cells(measured, self.eps, profile),
            Err(_) => Vec::new(),
        }
    }

    fn label(&self, cell: &Cell) -> String {
        cell.label()
    }

    fn run(&self, cell: &Cell, cx: &CellContext<'_>) -> anyhow::Result<Vec<Row>> {
        let measured = self.measured.as_ref().map_err(|why| anyhow!("{why}"))?;
        match cell {
            Cell::Structure {} => structure::structure(measured),
            Cell::Ranks { eps } => ranks::ranks(measured, *eps),
            Cell::HeldOut(c) => held_out::held_out(measured, c, cx),
        }
    }

    fn summarise(&self, tables: &Tables) -> anyhow::Result<Summary> {
        summary::summarise(tables)
    }

    fn checks(&self, tables: &Tables, _: &Summary) -> anyhow::Result<Vec<String>> {
        summary::checks(tables)
    }

    fn figures(&self, tables: &Tables) -> anyhow::Result<Vec<Figure>> {
        figures::figures(tables)
    }
}
