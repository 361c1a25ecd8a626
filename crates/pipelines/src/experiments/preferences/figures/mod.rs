//! Figures of a run, from its tables alone.

mod consumers;
mod intervals;
mod models;
mod wins;

use super::super::analyse::shown;
use relata_plotting::Figure;
use relata_runs::Tables;

/// The figures that the tables have data for.
pub(super) fn figures(tables: &Tables) -> anyhow::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    figures.extend(intervals::strengths(tables)?);
    figures.extend(wins::wins(tables)?);
    figures.extend(intervals::features(tables)?);
    figures.extend(intervals::coefficients(tables)?);
    figures.extend(models::held_out(tables)?);
    figures.extend(consumers::efficiency(tables)?);
    Ok(figures)
}
