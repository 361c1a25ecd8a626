//! Relations of the catalogue, ranks and widths that the user asks for.

use super::Approximation;
use crate::pipeline::{DynPipeline, boxed};
use crate::registry::{OpenError, Ready, ReopenError, asked};
use relata_cli::{CatalogueArgs, Given};
use relata_kernels::Encoders;
use relata_relations::Symmetry;
use relata_relations::catalogue::relation;
use relata_runs::{Input, hash_bytes};
use serde::{Deserialize, Serialize};
use std::num::NonZeroUsize;

/// What is asked for; what is empty is as the profile has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Chosen {
    pub(super) relations: Vec<String>,
    pub(super) ranks: Vec<usize>,
    pub(super) widths: Vec<usize>,
}

impl Chosen {
    /// Nothing in particular.
    pub(super) const ALL: Self = Self { relations: vec![], ranks: vec![], widths: vec![] };

    fn of(args: &CatalogueArgs) -> Self {
        let sorted = |numbers: &[NonZeroUsize]| {
            let mut all: Vec<usize> = numbers.iter().map(|n| n.get()).collect();
            all.sort_unstable();
            all.dedup();
            all
        };
        let mut relations = args.relation.clone();
        relations.sort();
        relations.dedup();
        Self { relations, ranks: sorted(&args.ranks), widths: sorted(&args.widths) }
    }
}

impl Approximation {
    /// The pipeline on what was asked for.
    pub(in crate::experiments) fn open(self, given: &Given) -> Result<Ready, OpenError> {
        let usage = |problem: String| OpenError::Usage { pipeline: self.name, problem };
        let args = match given {
            Given::Nothing => return Ok(Ready { pipeline: boxed(self), input: None }),
            Given::Catalogue(args) => args,
            Given::Checkpoint(_) | Given::Measured(_) | Given::Preferences(_) => {
                return Err(usage("takes relations of the catalogue, no model and no file".to_owned()));
            }
        };
        let chosen = Chosen::of(args);
        for name in &chosen.relations {
            let r = relation(name).map_err(|e| usage(format!("was given another relation: {e}")))?;
            if self.encoders == Encoders::Shared && r.symmetry() != Symmetry::Symmetric {
                return Err(usage(format!(
                    "has one encoder, and `{name}` is not symmetric; `asymmetric` takes it"
                )));
            }
        }
        let given = serde_json::to_value(&chosen).map_err(|e| OpenError::Input(e.into()))?;
        let input = Input { hash: hash_bytes(given.to_string().as_bytes()), given };
        Ok(Ready { pipeline: boxed(Self { chosen, ..self }), input: Some(input) })
    }

    /// The pipeline of a run that exists.
    pub(in crate::experiments) fn reopen(
        self,
        input: Option<&Input>,
    ) -> Result<Box<dyn DynPipeline>, ReopenError> {
        let chosen = match input {
            None => Chosen::ALL,
            Some(_) => asked(input)?.0,
        };
        Ok(boxed(Self { chosen, ..self }))
    }
}
