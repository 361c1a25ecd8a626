//! A relation that somebody measured: its parts, its spectrum, the rank it needs, and how well
//! networks predict it.
//!
//! The relation is an `n x m` matrix `R` whose rows and columns are objects; errors and parts are
//! relative to its Frobenius norm `|R|_F`, tolerances in the sup norm to `max |R|`. Rows and
//! columns count as *one space* where `R` is square and their labels do not differ, or where the
//! user says so; only then is there a symmetric part, a definiteness, and a shared encoder. See
//! `docs/analyse.md`.

mod answers;
mod carried;
mod decomposed;
mod figures;
mod held_out;
mod measured;
mod partial;
mod plan;
mod ranks;
mod read;
mod structure;
mod summary;

pub(super) use answers::{percent, significant, wrapped};
pub(super) use figures::shown;
pub(super) use summary::One;

use crate::pipeline::{CellContext, DynPipeline, Pipeline, boxed};
use crate::registry::{self, OpenError, Ready, ReopenError};
use anyhow::anyhow;
use measured::Measured;
use plan::Cell;
use read::Files;
use relata_cli::{Given, MeasuredArgs};
use relata_plotting::Figure;
use relata_runs::{Input, Profile, Row, Summary, Tables};
use serde::{Deserialize, Serialize};

/// What is asked of which files; it is in the manifest of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    /// The files.
    files: Files,
    /// The error for which ranks are asked: relative, above 0 and below 1.
    eps: f64,
}

/// The analysis of one relation.
struct Analyse {
    /// The relation, or why it is not there any more (tables and figures of an old run do not need
    /// it).
    measured: Result<Measured, String>,
    eps: f64,
}

/// Reads the files and checks the request.
pub(crate) fn open(given: &Given) -> Result<Ready, OpenError> {
    let usage = |problem: String| OpenError::Usage { pipeline: "analyse", problem };
    let args = match given {
        Given::Measured(args) => args,
        Given::Nothing | Given::Catalogue(_) => {
            return Err(usage("needs a FILE with the relation".to_owned()));
        }
        Given::Checkpoint(_) => return Err(usage("takes a measured relation, not a model".to_owned())),
        Given::Preferences(_) => {
            return Err(usage("takes a measured relation; preferences are for `preferences`".to_owned()));
        }
    };
    let request = Request::of(args);
    let eps = request.eps;
    if !(eps > 0.0 && eps < 1.0) {
        return Err(usage(format!("was given an eps of {eps}; it is a relative error, above 0 and below 1")));
    }
    let (measured, hash) = read::read(&request.files).map_err(|e| OpenError::Input(e.into()))?;
    let absolute = Request { files: request.files.absolute(), eps };
    let given = serde_json::to_value(absolute).map_err(|e| OpenError::Input(e.into()))?;
    let input = Input { hash: input_hash(&hash, eps), given };
    Ok(Ready { pipeline: boxed(Analyse { measured: Ok(measured), eps }), input: Some(input) })
}

/// The pipeline of a run that exists. Where its files are gone or have changed, its cells cannot be
/// computed again, and say so.
pub(crate) fn reopen(input: Option<&Input>) -> Result<Box<dyn DynPipeline>, ReopenError> {
    let (request, input) = registry::asked::<Request>(input)?;
    let measured = match read::read(&request.files) {
        Ok((measured, hash)) if input_hash(&hash, request.eps) == input.hash => Ok(measured),
        Ok(_) => {
            Err(format!("{} or its features have changed since the run", request.files.relation.display()))
        }
        Err(e) => Err(e.to_string()),
    };
    Ok(boxed(Analyse { measured, eps: request.eps }))
}

impl Request {
    fn of(args: &MeasuredArgs) -> Self {
        let MeasuredArgs { file, x_features, y_features, eps, reading } = args.clone();
        Self { files: Files { relation: file, x_features, y_features, reading }, eps }
    }
}

fn input_hash(files: &str, eps: f64) -> String {
    relata_runs::hash_bytes(format!("{files} eps={eps}").as_bytes())
}

impl Pipeline for Analyse {
    type Cell = Cell;

    fn name(&self) -> &'static str {
        "analyse"
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
            Cell::Structure {} if measured.is_partial() => partial::structure(measured),
            Cell::Structure {} => structure::structure(measured),
            Cell::Ranks { eps } if measured.is_partial() => partial::ranks(measured, *eps),
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

    fn answers(&self, tables: &Tables) -> anyhow::Result<Option<String>> {
        answers::answers(tables).map(Some)
    }
}
