//! The pipelines by name.

use crate::approximation::Approximation;
use crate::code_width::CodeWidth;
use crate::debreu::Debreu;
use crate::dispersion::Dispersion;
use crate::heads::Heads;
use crate::neurons::Neurons;
use crate::pipeline::{DynPipeline, boxed};
use crate::retrieval::Retrieval;
use crate::rkbs::Rkbs;
use crate::rkhs::Rkhs;
use crate::symmetry_gap::SymmetryGap;
use crate::width_two::WidthTwo;
use relata_runs::{Manifest, NameError};

/// All pipelines, in the order in which `run all` takes them.
pub fn all() -> Vec<Box<dyn DynPipeline>> {
    vec![
        boxed(Approximation::symmetric()),
        boxed(Approximation::asymmetric()),
        boxed(SymmetryGap),
        boxed(WidthTwo),
        boxed(Rkhs),
        boxed(Rkbs),
        boxed(Heads::tiny()),
        boxed(Debreu),
        boxed(Neurons),
        boxed(Retrieval),
        boxed(CodeWidth),
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
    if manifest.pipeline == crate::analyse::NAME {
        return crate::analyse::reopen(manifest);
    }
    if manifest.pipeline == crate::heads::NAME {
        return crate::heads::reopen(manifest);
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
