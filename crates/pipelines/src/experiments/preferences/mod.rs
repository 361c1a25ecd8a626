//! Preferences that somebody collected: whether they have a utility, which, and how sure that is.
//!
//! Comparisons and rankings: whether one utility agrees with all of them, or the shortest
//! contradiction and what to drop; whether strengths can be estimated (Ford's condition); strengths
//! with standard errors under several models, and how well each predicts what was held out. Prices
//! and quantities: how consistent each consumer is. Choices: a conditional logit. See
//! `docs/preferences.md`.

mod answers;
mod choices;
mod consistency;
mod consumers;
mod data;
mod features;
mod figures;
mod held_out;
mod models;
mod plan;
mod strengths;
mod summary;

use crate::pipeline::{CellContext, DynPipeline, Pipeline, boxed};
use crate::registry::{self, OpenError, Ready, ReopenError};
use anyhow::anyhow;
use data::{Loaded, Request};
use plan::Cell;
use relata_cli::Given;
use relata_plotting::Figure;
use relata_runs::{Input, Profile, Row, Summary, Tables};

const NAME: &str = "preferences";

/// The preferences of one file.
struct Collected {
    /// What was read, or why it is not there any more (tables and figures of an old run do not need
    /// it).
    loaded: Result<Loaded, String>,
}

/// Reads the files.
pub(crate) fn open(given: &Given) -> Result<Ready, OpenError> {
    let usage = |problem: &str| OpenError::Usage { pipeline: NAME, problem: problem.to_owned() };
    let args = match given {
        Given::Preferences(args) => args,
        Given::Nothing => return Err(usage("needs a FILE with preferences")),
        Given::Catalogue(_) | Given::Checkpoint(_) | Given::Measured(_) => {
            return Err(usage("takes a file of preferences, not a model or a measured relation"));
        }
    };
    let request = Request::of(args);
    let (loaded, hash) = request.read().map_err(|e| OpenError::Input(e.into()))?;
    let given = serde_json::to_value(request.absolute()).map_err(|e| OpenError::Input(e.into()))?;
    Ok(Ready { pipeline: boxed(Collected { loaded: Ok(loaded) }), input: Some(Input { hash, given }) })
}

/// The pipeline of a run that exists. Where its files are gone or have changed, its cells cannot be
/// computed again, and say so.
pub(crate) fn reopen(input: Option<&Input>) -> Result<Box<dyn DynPipeline>, ReopenError> {
    let (request, input) = registry::asked::<Request>(input)?;
    let loaded = match request.read() {
        Ok((loaded, hash)) if hash == input.hash => Ok(loaded),
        Ok(_) => Err(format!("{} or its features have changed since the run", request.file.display())),
        Err(e) => Err(e.to_string()),
    };
    Ok(boxed(Collected { loaded }))
}

impl Pipeline for Collected {
    type Cell = Cell;

    fn name(&self) -> &'static str {
        NAME
    }

    fn cells(&self, profile: Profile) -> Vec<Cell> {
        self.loaded.as_ref().map_or_else(|_| Vec::new(), |loaded| plan::cells(loaded, profile))
    }

    fn label(&self, cell: &Cell) -> String {
        cell.label()
    }

    fn run(&self, cell: &Cell, cx: &CellContext<'_>) -> anyhow::Result<Vec<Row>> {
        let loaded = self.loaded.as_ref().map_err(|why| anyhow!("{why}"))?;
        match cell {
            Cell::Data {} => data::rows(loaded),
            Cell::Consistency {} => consistency::consistency(loaded),
            Cell::Strengths { model } => strengths::strengths(loaded, *model),
            Cell::HeldOut { model, folds } => held_out::held_out(loaded, *model, *folds, cx),
            Cell::Features {} => features::features(loaded),
            Cell::Consumers { from, to, draws } => consumers::consumers(loaded, *from..*to, *draws, cx),
            Cell::Choices { folds } => choices::choices(loaded, *folds, cx),
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
