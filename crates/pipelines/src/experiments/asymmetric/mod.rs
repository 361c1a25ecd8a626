//! `asymmetric`: how near separate encoders `<phi(x), psi(y)>` come to the relations of the
//! catalogue that are not symmetric, and in many dimensions to all.

use super::approximation::Approximation;
use crate::pipeline::DynPipeline;
use crate::registry::{OpenError, Ready, ReopenError};
use relata_cli::Given;
use relata_kernels::Encoders;
use relata_runs::Input;

/// The pipeline.
const ASYMMETRIC: Approximation = Approximation::new("asymmetric", Encoders::Separate);

/// On the relations that were asked for.
pub(crate) fn open(given: &Given) -> Result<Ready, OpenError> {
    ASYMMETRIC.open(given)
}

/// The pipeline of a run that exists.
pub(crate) fn reopen(input: Option<&Input>) -> Result<Box<dyn DynPipeline>, ReopenError> {
    ASYMMETRIC.reopen(input)
}
