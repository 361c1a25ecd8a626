//! One page of all runs.

/// Placeholder.
pub fn report() {}
