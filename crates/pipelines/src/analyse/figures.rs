//! Figures.

use relata_plotting::Figure;
use relata_runs::Tables;

pub(super) fn figures(_: &Tables) -> anyhow::Result<Vec<Figure>> {
    Ok(Vec::new())
}
