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
mod large;
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

use crate::pipeline::{CellContext, DynPipeline, Pipeline, Stages, boxed};
use crate::registry::{self, OpenError, Ready, ReopenError};
use anyhow::anyhow;
use decomposed::Decomposed;
use large::{Known, Lead, SparseRelation, Stored};
use measured::{About, Measured};
use partial::Holes;
use plan::Cell;
use read::Files;
use relata_cli::{Given, MeasuredArgs};
use relata_kernels::completion::PartialLimit;
use relata_plotting::Figure;
use relata_runs::{Input, Profile, Row, Summary, Tables};
use serde::{Deserialize, Serialize};
use std::sync::{Arc, OnceLock};

/// What a relation with holes spends its time on.
const COMPLETIONS: &str = "completions of every rank";

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
    relation: Result<Relation, String>,
    eps: f64,
    /// What products tell of it, if it is analysed by them; computed once for all cells.
    lead: OnceLock<Result<Option<Lead>, String>>,
    /// The decomposition of a relation that is decomposed whole; the same.
    decomposed: OnceLock<Result<Arc<Decomposed>, String>>,
    /// Of a relation with holes the brackets of its ranks; the same.
    brackets: OnceLock<Result<Vec<PartialLimit>, String>>,
}

/// A relation as it is held.
enum Relation {
    /// Every entry.
    Whole(Box<Measured>),
    /// The entries that the file names.
    Sparse(Box<SparseRelation>),
}

impl Analyse {
    fn new(relation: Result<Relation, String>, eps: f64) -> Self {
        let (lead, decomposed, brackets) = (OnceLock::new(), OnceLock::new(), OnceLock::new());
        Self { relation, eps, lead, decomposed, brackets }
    }

    fn lead(
        &self,
        stored: &Stored<'_>,
        about: &About<'_>,
        stages: Stages<'_>,
    ) -> anyhow::Result<Option<&Lead>> {
        let whole = matches!(stored, Stored::Whole(_));
        let found = self.lead.get_or_init(|| {
            let (n, m) = stored.shape();
            if !whole || !large::is_small(n, m) {
                stages.at(&format!("the leading singular values of {n} x {m}"));
            }
            let found =
                if whole { Lead::instead_of_whole(stored, about) } else { Lead::of(stored, about).map(Some) };
            found.map_err(|e| format!("{e:#}"))
        });
        found.as_ref().map(Option::as_ref).map_err(|e| anyhow!("{e}"))
    }

    fn decomposed(&self, measured: &Measured, stages: Stages<'_>) -> anyhow::Result<Arc<Decomposed>> {
        let found = self.decomposed.get_or_init(|| {
            let (n, m) = (measured.rows.len(), measured.columns.len());
            stages.at(&format!("the decomposition of {n} x {m}{}", large::forecast(n, m)));
            let (a, _) = structure::scaled(measured.matrix.as_ref());
            decomposed::decompose(a.as_ref()).map(Arc::new).map_err(|e| format!("{e:#}"))
        });
        found.clone().map_err(|e| anyhow!("{e}"))
    }

    fn structure(&self, stages: Stages<'_>) -> anyhow::Result<Vec<Row>> {
        match self.relation()? {
            Relation::Whole(measured) if measured.is_partial() => {
                stages.at(COMPLETIONS);
                partial::structure(&Holes::of(measured, &self.brackets)?, &measured.about())
            }
            Relation::Whole(measured) => {
                let (stored, about) = (Stored::Whole(measured.matrix.as_ref()), measured.about());
                match self.lead(&stored, &about, stages)? {
                    Some(lead) => large::structure(&stored, &about, lead),
                    None => structure::structure(measured, self.decomposed(measured, stages)?.as_ref()),
                }
            }
            Relation::Sparse(sparse) => match &sparse.known {
                Known::Hole(known) => {
                    stages.at(COMPLETIONS);
                    partial::structure(&Holes::sparse(known, &self.brackets), &sparse.about())
                }
                Known::Zero(a) => {
                    let (stored, about) = (Stored::Sparse(a), sparse.about());
                    let lead = self
                        .lead(&stored, &about, stages)?
                        .ok_or_else(|| anyhow!("no values were sought"))?;
                    large::structure(&stored, &about, lead)
                }
            },
        }
    }

    fn ranks(&self, eps: f64, stages: Stages<'_>) -> anyhow::Result<Vec<Row>> {
        match self.relation()? {
            Relation::Whole(measured) if measured.is_partial() => {
                stages.at(COMPLETIONS);
                partial::ranks(&Holes::of(measured, &self.brackets)?, eps)
            }
            Relation::Whole(measured) => {
                let (stored, about) = (Stored::Whole(measured.matrix.as_ref()), measured.about());
                let lead = self.lead(&stored, &about, stages)?;
                match lead {
                    Some(lead) => Ok(large::ranks(&stored, &about, lead, eps)),
                    None => {
                        let decomposed = self.decomposed(measured, stages)?;
                        stages.at("the ranks that signs and single entries need");
                        ranks::ranks(measured, decomposed.as_ref(), eps)
                    }
                }
            }
            Relation::Sparse(sparse) => match &sparse.known {
                Known::Hole(known) => {
                    stages.at(COMPLETIONS);
                    partial::ranks(&Holes::sparse(known, &self.brackets), eps)
                }
                Known::Zero(a) => {
                    let (stored, about) = (Stored::Sparse(a), sparse.about());
                    let lead = self
                        .lead(&stored, &about, stages)?
                        .ok_or_else(|| anyhow!("no values were sought"))?;
                    Ok(large::ranks(&stored, &about, lead, eps))
                }
            },
        }
    }

    fn relation(&self) -> anyhow::Result<&Relation> {
        self.relation.as_ref().map_err(|why| anyhow!("{why}"))
    }
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
    let (relation, hash) = read::read(&request.files).map_err(|e| OpenError::Input(e.into()))?;
    let absolute = Request { files: request.files.absolute(), eps };
    let given = serde_json::to_value(absolute).map_err(|e| OpenError::Input(e.into()))?;
    let input = Input { hash: input_hash(&hash, eps), given };
    Ok(Ready { pipeline: boxed(Analyse::new(Ok(relation), eps)), input: Some(input) })
}

/// The pipeline of a run that exists. Where its files are gone or have changed, its cells cannot be
/// computed again, and say so.
pub(crate) fn reopen(input: Option<&Input>) -> Result<Box<dyn DynPipeline>, ReopenError> {
    let (request, input) = registry::asked::<Request>(input)?;
    let relation = match read::read(&request.files) {
        Ok((relation, hash)) if input_hash(&hash, request.eps) == input.hash => Ok(relation),
        Ok(_) => {
            Err(format!("{} or its features have changed since the run", request.files.relation.display()))
        }
        Err(e) => Err(e.to_string()),
    };
    Ok(boxed(Analyse::new(relation, request.eps)))
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
        match &self.relation {
            Ok(Relation::Whole(measured)) => plan::cells(Some(measured), self.eps, profile),
            Ok(Relation::Sparse(_)) => plan::cells(None, self.eps, profile),
            Err(_) => Vec::new(),
        }
    }

    fn label(&self, cell: &Cell) -> String {
        cell.label()
    }

    fn run(&self, cell: &Cell, cx: &CellContext<'_>) -> anyhow::Result<Vec<Row>> {
        match (cell, self.relation()?) {
            (Cell::Structure {}, _) => self.structure(cx.stages),
            (Cell::Ranks { eps }, _) => self.ranks(*eps, cx.stages),
            (Cell::HeldOut(c), Relation::Whole(measured)) => held_out::held_out(measured, c, cx),
            (Cell::HeldOut(_), Relation::Sparse(_)) => {
                Err(anyhow!("nothing is held out of a list this large"))
            }
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
