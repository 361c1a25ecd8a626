//! `symmetric`: how near shared encoders `<phi(x), phi(y)>` come to the symmetric relations of the
//! catalogue.

use super::approximation::Approximation;
use crate::pipeline::DynPipeline;
use crate::registry::{OpenError, Ready, ReopenError};
use relata_cli::Given;
use relata_kernels::Encoders;
use relata_runs::Input;

/// The pipeline.
const SYMMETRIC: Approximation = Approximation::new("symmetric", Encoders::Shared);

/// On the relations that were asked for.
pub(crate) fn open(given: &Given) -> Result<Ready, OpenError> {
    SYMMETRIC.open(given)
}

/// The pipeline of a run that exists.
pub(crate) fn reopen(input: Option<&Input>) -> Result<Box<dyn DynPipeline>, ReopenError> {
    SYMMETRIC.reopen(input)
}
