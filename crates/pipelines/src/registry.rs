//! The pipelines of [`PIPELINES`] as programs: made, opened on what the user gives them, and opened
//! again from the manifest of a finished run.

use crate::empty::Empty;
use crate::experiments::abstract_rules::AbstractRules;
use crate::experiments::analyse;
use crate::experiments::argsort::ArgsortPipeline;
use crate::experiments::asymmetric;
use crate::experiments::contains_set::ContainsSetPipeline;
use crate::experiments::debreu::Debreu;
use crate::experiments::dispersion::Dispersion;
use crate::experiments::heads;
use crate::experiments::neurons::Neurons;
use crate::experiments::order::Order;
use crate::experiments::preferences;
use crate::experiments::relational_bounds::RelationalBounds;
use crate::experiments::retrieval::Retrieval;
use crate::experiments::rkbs::Rkbs;
use crate::experiments::rkhs::Rkhs;
use crate::experiments::set::Set;
use crate::experiments::symbols_correct_errors::SymbolsCorrectErrors;
use crate::experiments::symmetric;
use crate::experiments::symmetry_gap::SymmetryGap;
use crate::experiments::templates::TemplateWords;
use crate::experiments::width::Width;
use crate::experiments::width_two::WidthTwo;
use crate::pipeline::{DynPipeline, boxed};
use relata_cli::{Given, HIDDEN, PIPELINES};
use relata_runs::{Input, Manifest, NameError};
use serde::de::DeserializeOwned;
use std::error::Error;

/// A pipeline and what it runs on.
pub struct Ready {
    /// The pipeline.
    pub pipeline: Box<dyn DynPipeline>,
    /// What the manifest says of the user's own data; none where there is none.
    pub input: Option<Input>,
}

/// Why a pipeline cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// There is none of that name.
    #[error(transparent)]
    Name(#[from] NameError),
    /// It was given something that it does not take, or not what it needs.
    #[error("the pipeline `{pipeline}` {problem}")]
    Usage {
        /// The pipeline.
        pipeline: &'static str,
        /// What is wrong, and what would be right.
        problem: String,
    },
    /// What it was given cannot be used.
    #[error(transparent)]
    Input(Box<dyn Error + Send + Sync>),
}

/// Why the pipeline of a finished run cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReopenError {
    /// The run was written by a program that had another pipeline.
    #[error(
        "it is a run of the pipeline `{name}`, which this program does not have (it has {}); its tables are still good, and its \
         figures are drawn by the program that made it{}",
        known.join(", "),
        commit.as_deref().map(|c| format!(", of commit {c}")).unwrap_or_default()
    )]
    Gone {
        /// The name in the manifest.
        name: String,
        /// The names that there are.
        known: Vec<&'static str>,
        /// The commit of the program that wrote the run.
        commit: Option<String>,
    },
    /// The manifest does not say what the pipeline ran on.
    #[error("its manifest.json: {0}")]
    Input(String),
}

/// How a pipeline is made.
enum Made {
    /// From nothing.
    Alone(fn() -> Box<dyn DynPipeline>),
    /// From what the user gives, and again from what a manifest says of it.
    From { open: fn(&Given) -> Result<Ready, OpenError>, reopen: Reopen },
}

type Reopen = fn(Option<&Input>) -> Result<Box<dyn DynPipeline>, ReopenError>;

static REGISTRY: [(&str, Made); 23] = [
    ("symmetric", Made::From { open: symmetric::open, reopen: symmetric::reopen }),
    ("asymmetric", Made::From { open: asymmetric::open, reopen: asymmetric::reopen }),
    ("symmetry-gap", Made::Alone(|| boxed(SymmetryGap))),
    ("width-two", Made::Alone(|| boxed(WidthTwo))),
    ("rkhs", Made::Alone(|| boxed(Rkhs))),
    ("rkbs", Made::Alone(|| boxed(Rkbs))),
    ("heads", Made::From { open: heads::open, reopen: heads::reopen }),
    ("debreu", Made::Alone(|| boxed(Debreu))),
    ("neurons", Made::Alone(|| boxed(Neurons))),
    ("retrieval", Made::Alone(|| boxed(Retrieval))),
    ("width", Made::Alone(|| boxed(Width))),
    ("dispersion", Made::Alone(|| boxed(Dispersion))),
    ("order", Made::Alone(|| boxed(Order))),
    ("argsort", Made::Alone(|| boxed(ArgsortPipeline))),
    ("set", Made::Alone(|| boxed(Set))),
    ("contains-set", Made::Alone(|| boxed(ContainsSetPipeline))),
    ("abstract-rules", Made::Alone(|| boxed(AbstractRules))),
    ("templates", Made::Alone(|| boxed(TemplateWords))),
    ("symbols-correct-errors", Made::Alone(|| boxed(SymbolsCorrectErrors))),
    ("relational-bounds", Made::Alone(|| boxed(RelationalBounds))),
    ("preferences", Made::From { open: preferences::open, reopen: preferences::reopen }),
    ("analyse", Made::From { open: analyse::open, reopen: analyse::reopen }),
    ("empty", Made::Alone(|| boxed(Empty))),
];

/// Every pipeline that runs by itself, in the order in which `run all` takes them.
///
/// # Errors
/// None that a test of this crate would let through.
pub fn all() -> Result<Vec<Ready>, OpenError> {
    let alone = PIPELINES.iter().filter(|p| !p.takes.is_required());
    alone.map(|p| open(p.name, &Given::Nothing)).collect()
}

/// The pipeline of that name on what it was given.
///
/// # Errors
/// [`OpenError`]
pub fn open(name: &str, given: &Given) -> Result<Ready, OpenError> {
    match made(name)? {
        (_, Made::From { open, .. }) => open(given),
        (_, Made::Alone(make)) if *given == Given::Nothing => Ok(Ready { pipeline: make(), input: None }),
        (pipeline, Made::Alone(_)) => {
            Err(OpenError::Usage { pipeline, problem: "takes no model and no file".to_owned() })
        }
    }
}

/// The pipeline of a run that exists. Where what it ran on is gone or has changed, its cells cannot
/// be computed again, and say so; tables and figures do not need it.
///
/// # Errors
/// [`ReopenError`]
pub fn reopen(manifest: &Manifest) -> Result<Box<dyn DynPipeline>, ReopenError> {
    match made(&manifest.pipeline) {
        Ok((_, Made::Alone(make))) => Ok(make()),
        Ok((_, Made::From { reopen, .. })) => reopen(manifest.input.as_ref()),
        Err(_) => Err(ReopenError::Gone {
            name: manifest.pipeline.clone(),
            known: names().collect(),
            commit: manifest.source.commit.clone(),
        }),
    }
}

/// What a manifest says that was asked for, of a pipeline that runs on the user's own data.
///
/// # Errors
/// [`ReopenError::Input`]
pub(crate) fn asked<T: DeserializeOwned>(input: Option<&Input>) -> Result<(T, &Input), ReopenError> {
    let input = input.ok_or_else(|| ReopenError::Input("it names no input".to_owned()))?;
    match serde_json::from_value(input.given.clone()) {
        Ok(request) => Ok((request, input)),
        Err(e) => Err(ReopenError::Input(e.to_string())),
    }
}

fn made(name: &str) -> Result<&'static (&'static str, Made), NameError> {
    let found = REGISTRY.iter().find(|(n, _)| *n == name);
    found.ok_or_else(|| NameError::new("pipeline", name, names()))
}

fn names() -> impl Iterator<Item = &'static str> {
    let hidden = |name: &&str| HIDDEN.iter().any(|p| p.name == *name);
    REGISTRY.iter().map(|(name, _)| *name).filter(move |name| !hidden(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use relata_cli::{CatalogueArgs, CheckpointArgs, Takes};

    #[test]
    fn the_registry_is_the_list_that_users_see() {
        let mut listed: Vec<&str> = PIPELINES.iter().map(|p| p.name).collect();
        assert_eq!(listed, names().collect::<Vec<_>>());
        for (p, (_, made)) in PIPELINES.iter().zip(&REGISTRY) {
            let alone = matches!(made, Made::Alone(_));
            assert_eq!(alone, p.takes == Takes::Nothing, "{}", p.name);
        }
        let required = |name: &str| PIPELINES.iter().any(|p| p.name == name && p.takes.is_required());
        listed.retain(|name| !required(name));
        let alone: Vec<&str> = all().unwrap().iter().map(|ready| ready.pipeline.name()).collect();
        assert_eq!(alone, listed, "each is called what it is listed as");
    }

    #[test]
    fn what_a_pipeline_does_not_take_is_refused() {
        let model = Given::Checkpoint(CheckpointArgs::default());
        let other =
            Given::Catalogue(CatalogueArgs { relation: vec!["volterra".into()], ..Default::default() });
        let none = Given::Catalogue(CatalogueArgs { relation: vec!["volterr".into()], ..Default::default() });
        for (name, given) in [
            ("symmetric", &model),
            ("symmetric", &other),
            ("asymmetric", &none),
            ("width", &other),
            ("analyse", &model),
            ("analyse", &Given::Nothing),
        ] {
            match open(name, given) {
                Err(OpenError::Usage { pipeline, .. }) => assert_eq!(pipeline, name),
                Err(other) => panic!("{name}: {other}"),
                Ok(_) => panic!("{name} took {given:?}"),
            }
        }
        assert!(matches!(open("symmetrical", &Given::Nothing), Err(OpenError::Name(_))));
    }
}
