//! The pipelines by name.

use crate::experiments::asymmetric::ASYMMETRIC;
use crate::experiments::debreu::Debreu;
use crate::experiments::dispersion::Dispersion;
use crate::experiments::heads::Heads;
use crate::experiments::neurons::Neurons;
use crate::experiments::retrieval::Retrieval;
use crate::experiments::rkbs::Rkbs;
use crate::experiments::rkhs::Rkhs;
use crate::experiments::symmetric::SYMMETRIC;
use crate::experiments::symmetry_gap::SymmetryGap;
use crate::experiments::width::Width;
use crate::experiments::width_two::WidthTwo;
use crate::pipeline::{DynPipeline, boxed};
use relata_runs::{Manifest, NameError};

/// All pipelines, in the order in which `run all` takes them.
pub fn all() -> Vec<Box<dyn DynPipeline>> {
    vec![
        boxed(SYMMETRIC),
        boxed(ASYMMETRIC),
        boxed(SymmetryGap),
        boxed(WidthTwo),
        boxed(Rkhs),
        boxed(Rkbs),
        boxed(Heads::tiny()),
        boxed(Debreu),
        boxed(Neurons),
        boxed(Retrieval),
        boxed(Width),
        boxed(Dispersion),
    ]
}

/// The pipeline of that name, or the nearest one in the error.
pub fn lookup(name: &str) -> Result<Box<dyn DynPipeline>, NameError> {
    let mut all = all();
    match all.iter().position(|p| p.name() == name) {
        Some(k) => Ok(all.swap_remove(k)),
        None => Err(NameError::new("pipeline", name, all.iter().map(|p| p.name()))),
    }
}

/// The pipeline of a run that exists.
pub fn reopen(manifest: &Manifest) -> anyhow::Result<Box<dyn DynPipeline>> {
    if manifest.pipeline == crate::experiments::analyse::NAME {
        return crate::experiments::analyse::reopen(manifest);
    }
    if manifest.pipeline == crate::experiments::heads::NAME {
        return crate::experiments::heads::reopen(manifest);
    }
    Ok(lookup(&manifest.pipeline)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use relata_runs::PIPELINES;

    #[test]
    fn the_list_that_users_see_is_the_registry() {
        let listed: Vec<&str> = PIPELINES.iter().map(|p| p.name).collect();
        let registered: Vec<&str> = all().iter().map(|p| p.name()).collect();
        assert_eq!(listed, registered);
    }
}
