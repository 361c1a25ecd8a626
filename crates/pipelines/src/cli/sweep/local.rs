//! The engine that is this process.

use super::super::print;
use super::super::status::Failure;
use super::work::Work;
use crate::runner;

/// Runs everything, one run after the other, with their cells side by side.
pub(super) fn run(work: &Work) -> Result<(), Failure> {
    print::note(super::said(work, work.shards_now()?).trim_end());
    work.each(runner::run)
}
