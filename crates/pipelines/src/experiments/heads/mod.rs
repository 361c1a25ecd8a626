//! `heads`: the attention heads of a model as kernels, and which of them are nearly retrievals.
//!
//! A directory with a BERT or GPT-2 checkpoint and a text are read ([`open`]); every head is then a
//! bilinear form with a spectrum and an asymmetry, and on the text a family of orders of the keys
//! with margins. Without a model the pipeline makes two tiny ones, some of whose heads are planted
//! so that their analysis is known. See `docs/attention.md`.

mod figures;
mod measured;
mod page;
mod plan;
mod source;
mod summary;

use crate::pipeline::{CellContext, DynPipeline, Pipeline, boxed};
use crate::registry::{self, OpenError, Ready, ReopenError};
use anyhow::anyhow;
use page::PAGE;
use plan::{Cell, Model, Reading};
use relata_cli::{CheckpointArgs, Given as GivenInput};
use relata_plotting::Figure;
use relata_relations::Seed;
use relata_runs::{Input, Profile, Row, Summary, Tables};
use relata_training::NetworkDevice;
use serde::{Deserialize, Serialize};
use source::{Given, HeadsError, Seen};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// What is asked: it is in the manifest of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    /// The directory of the checkpoint.
    model: PathBuf,
    /// The text; the built-in page if there is none.
    text: Option<PathBuf>,
}

/// The pipeline.
#[derive(Debug)]
pub(crate) struct Heads {
    source: Source,
    /// What has been read, by model and reading. It is a function of the cell and the seed: kept
    /// only so that not every head reads the text anew.
    known: Mutex<Vec<Known>>,
}

/// What the heads of a model saw in a reading.
#[derive(Debug)]
struct Known {
    model: Model,
    reading: Reading,
    seed: Seed,
    seen: Arc<Seen>,
}

#[derive(Debug)]
enum Source {
    /// Models made here.
    Tiny,
    Given(Box<Given>),
    /// A run whose files are gone: its tables and figures do not need them.
    Gone(String),
}

impl Heads {
    fn on(source: Source) -> Self {
        Self { source, known: Mutex::default() }
    }

    fn seen(&self, cell: &Cell, seed: Seed, device: &NetworkDevice) -> anyhow::Result<Arc<Seen>> {
        // Reading holds the lock: others wait for what they would otherwise compute themselves.
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (model, reading) = (cell.model, cell.reading);
        if let Some(k) = known.iter().find(|k| k.model == model && k.reading == reading && k.seed == seed) {
            return Ok(Arc::clone(&k.seen));
        }
        let read = |checkpoint, text| Seen::new(checkpoint, text, reading.length, reading.windows, device);
        let seen = Arc::new(match (&self.source, model) {
            (Source::Given(g), Model::Given) => read(&g.checkpoint, &g.text)?,
            (Source::Gone(why), Model::Given) => return Err(anyhow!("{why}")),
            (Source::Tiny, Model::Given) => return Err(anyhow!("this cell needs --model")),
            (_, tiny) => read(&source::tiny(tiny, seed)?, PAGE)?,
        });
        known.push(Known { model, reading, seed, seen: Arc::clone(&seen) });
        Ok(seen)
    }
}

/// Reads a model and a text, if a model is given; otherwise the pipeline makes its own.
pub(crate) fn open(given: &GivenInput) -> Result<Ready, OpenError> {
    match given {
        GivenInput::Nothing | GivenInput::Checkpoint(CheckpointArgs { model: None, text: None }) => {
            Ok(Ready { pipeline: boxed(Heads::on(Source::Tiny)), input: None })
        }
        GivenInput::Checkpoint(CheckpointArgs { model: Some(model), text }) => {
            let request = Request { model: model.clone(), text: text.clone() };
            read(&request).map_err(|e| OpenError::Input(e.into()))
        }
        GivenInput::Checkpoint(CheckpointArgs { model: None, text: Some(_) }) => {
            refuse("needs --model for --text: the checkpoints made here read their own page")
        }
        GivenInput::Catalogue(_) => refuse("takes a model, not relations of the catalogue"),
        GivenInput::Measured(_) => refuse("takes a model, not a measured relation"),
        GivenInput::Preferences(_) => refuse("takes a model, not preferences"),
    }
}

fn refuse(problem: &str) -> Result<Ready, OpenError> {
    Err(OpenError::Usage { pipeline: "heads", problem: problem.to_owned() })
}

fn read(request: &Request) -> Result<Ready, HeadsError> {
    let (given, hash) = Given::read(&request.model, request.text.as_deref())?;
    let absolute = |p: &PathBuf| std::path::absolute(p).unwrap_or_else(|_| p.clone());
    let recorded = Request { model: absolute(&request.model), text: request.text.as_ref().map(absolute) };
    let given_json = serde_json::to_value(recorded).map_err(HeadsError::Record)?;
    let pipeline = boxed(Heads::on(Source::Given(Box::new(given))));
    Ok(Ready { pipeline, input: Some(Input { hash, given: given_json }) })
}

/// The pipeline of a run that exists. Where its model or text is gone or has changed, its cells
/// cannot be computed again, and say so.
pub(crate) fn reopen(input: Option<&Input>) -> Result<Box<dyn DynPipeline>, ReopenError> {
    if input.is_none() {
        return Ok(boxed(Heads::on(Source::Tiny)));
    }
    let (request, input) = registry::asked::<Request>(input)?;
    let source = match Given::read(&request.model, request.text.as_deref()) {
        Ok((given, hash)) if hash == input.hash => Source::Given(Box::new(given)),
        Ok(_) => Source::Gone(format!("{} or its text has changed since the run", request.model.display())),
        Err(e) => Source::Gone(e.to_string()),
    };
    Ok(boxed(Heads::on(source)))
}

impl Pipeline for Heads {
    type Cell = Cell;

    fn name(&self) -> &'static str {
        "heads"
    }

    fn cells(&self, profile: Profile) -> Vec<Cell> {
        match &self.source {
            Source::Tiny => plan::cells(None, profile),
            Source::Given(given) => plan::cells(Some(given), profile),
            Source::Gone(_) => Vec::new(),
        }
    }

    fn label(&self, cell: &Cell) -> String {
        cell.label()
    }

    fn run(&self, cell: &Cell, cx: &CellContext<'_>) -> anyhow::Result<Vec<Row>> {
        let seen = self.seen(cell, cx.run_seed, &cx.device.device)?;
        match cell.head {
            None => Ok(measured::model(cell, &seen)),
            Some(place) => measured::head(cell, place, &seen),
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
        summary::answers(tables).map(Some)
    }
}
