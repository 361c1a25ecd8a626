//! The pipelines by name.

use crate::pipeline::DynPipeline;
use relata_runs::NameError;

/// All pipelines, in the order in which `run all` takes them.
pub fn all() -> Vec<Box<dyn DynPipeline>> {
    Vec::new()
}

/// The pipeline of that name, or the nearest one in the error.
pub fn lookup(name: &str) -> Result<Box<dyn DynPipeline>, NameError> {
    let mut all = all();
    match all.iter().position(|p| p.name() == name) {
        Some(k) => Ok(all.swap_remove(k)),
        None => Err(NameError::new("pipeline", name, all.iter().map(|p| p.name()))),
    }
}
