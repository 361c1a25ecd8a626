//! Learning curves as others published them.

use anyhow::Context as _;
use relata_runs::Table;

/// Means and standard errors of ten trials, read out of the figures of the notebooks that accompany
/// arXiv:2304.00195; the column `source` names the notebook.
const CURVES: &str = include_str!("../../../data/published_relational.csv");

/// The published curves of one task: `model`, `size`, `mean`, `standard_error`, `source`.
pub(crate) fn published(task: &str) -> anyhow::Result<Table> {
    let all = Table::from_csv("published", CURVES.as_bytes()).context("the published curves")?;
    let of = all.filter("task", task)?;
    anyhow::ensure!(!of.is_empty(), "there is no published curve of `{task}`");
    Ok(of)
}
