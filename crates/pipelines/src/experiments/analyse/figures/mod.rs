//! Figures of an analysis, from its tables alone.

mod held_out;
mod limits;
mod matrix;

use relata_plotting::Figure;
use relata_runs::{Table, Tables};

/// The figures that the tables have data for.
pub(super) fn figures(tables: &Tables) -> anyhow::Result<Vec<Figure>> {
    let mut figures = vec![matrix::matrix(tables)?];
    if tables.get("partial_limits").is_ok() {
        figures.push(limits::bracket_against_rank(tables)?);
    } else {
        figures.extend([limits::spectrum(tables)?, limits::error_against_rank(tables)?]);
        figures.push(limits::sup_and_sign(tables)?);
    }
    if tables.get("parts").is_ok() {
        figures.push(limits::parts(tables)?);
    }
    figures.extend(held_out::completion(tables)?);
    figures.extend(held_out::networks(tables)?);
    Ok(figures)
}

/// The rows of a table that have this value; none where the table is absent.
fn rows(tables: &Tables, table: &str, column: &str, value: &str) -> anyhow::Result<Option<Table>> {
    match tables.get(table) {
        Ok(t) => Ok(Some(t.filter(column, value)?).filter(|t| !t.is_empty())),
        Err(_) => Ok(None),
    }
}

/// A user's name as a label: short, and of characters that can be drawn.
fn shown(name: &str) -> String {
    const MAX: usize = 14;
    let clean: String =
        name.chars().map(|c| if c.is_control() { ' ' } else { c }).filter(|c| !"\\{}".contains(*c)).collect();
    if clean.chars().count() <= MAX {
        return clean;
    }
    clean.chars().take(MAX - 1).chain(['…']).collect()
}
