//! One page of all runs.

use super::RunError;
use relata_runs::RunDir;

/// Placeholder.
pub fn report(_runs: &[RunDir]) -> Result<String, RunError> {
    Ok(String::new())
}
