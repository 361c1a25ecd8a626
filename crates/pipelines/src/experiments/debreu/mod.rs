//! `debreu`: from a preorder to a utility, exactly, or with what stands in the way.
//!
//! Finite orders and their representations, comparisons with flips in them, Wold's utility on
//! bundles with the preference that has none, the width of families of orders, estimators on noisy
//! comparisons, and the efficiency of consumers. Everything is computed by `relata-debreu`; what is
//! counted as a violation or an error here is recomputed from the definition.

mod consumers;
mod continuous;
mod estimation;
mod families;
mod figures;
mod finite;
mod noise;
mod statistics;

use crate::{CellContext, Pipeline};
use consumers::ConsumersCell;
use continuous::{JumpCell, WoldCell};
use estimation::EstimationCell;
use families::WidthCell;
use finite::{OrderCell, PictureCell};
use noise::NoiseCell;
use relata_plotting::Figure;
use relata_runs::{Better, Metric, Profile, Row, Summary, Tables};
use serde::{Deserialize, Serialize};

/// The pipeline.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Debreu;

/// One piece of the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "kebab-case")]
pub(crate) enum Cell {
    /// One order to be drawn, with its utility.
    Picture(PictureCell),
    /// Random orders, and the pairs on which their representations err.
    Orders(OrderCell),
    /// Comparisons of which some are flipped.
    Noise(NoiseCell),
    /// Wold's utility of one preference.
    Wold(WoldCell),
    /// The jump of lexicographic preferences at one resolution.
    Jump(JumpCell),
    /// Widths of random families of one size.
    Width(WidthCell),
    /// All estimators on as many comparisons.
    Estimation(EstimationCell),
    /// Consumers of one kind.
    Consumers(ConsumersCell),
}

impl Pipeline for Debreu {
    type Cell = Cell;

    fn name(&self) -> &'static str {
        "debreu"
    }

    fn cells(&self, profile: Profile) -> Vec<Cell> {
        let mut cells: Vec<Cell> = finite::pictures().into_iter().map(Cell::Picture).collect();
        cells.extend(finite::cells(profile).into_iter().map(Cell::Orders));
        cells.extend(noise::cells(profile).into_iter().map(Cell::Noise));
        cells.extend(continuous::wold_cells(profile).into_iter().map(Cell::Wold));
        cells.extend(continuous::jump_cells().into_iter().map(Cell::Jump));
        cells.extend(families::cells(profile).into_iter().map(Cell::Width));
        cells.extend(estimation::cells(profile).into_iter().map(Cell::Estimation));
        cells.extend(consumers::cells(profile).into_iter().map(Cell::Consumers));
        cells
    }

    fn label(&self, c: &Cell) -> String {
        match c {
            Cell::Picture(c) => c.label(),
            Cell::Orders(c) => c.label(),
            Cell::Noise(c) => c.label(),
            Cell::Wold(c) => c.label(),
            Cell::Jump(c) => c.label(),
            Cell::Width(c) => c.label(),
            Cell::Estimation(c) => c.label(),
            Cell::Consumers(c) => c.label(),
        }
    }

    fn run(&self, c: &Cell, cx: &CellContext<'_>) -> anyhow::Result<Vec<Row>> {
        match c {
            Cell::Picture(c) => c.run(cx),
            Cell::Orders(c) => c.run(cx),
            Cell::Noise(c) => c.run(cx),
            Cell::Wold(c) => c.run(cx),
            Cell::Jump(c) => c.run(cx),
            Cell::Width(c) => c.run(cx),
            Cell::Estimation(c) => c.run(cx),
            Cell::Consumers(c) => c.run(cx),
        }
    }

    fn summarise(&self, tables: &Tables) -> anyhow::Result<Summary> {
        let largest = |v: Vec<f64>| v.into_iter().fold(0.0, f64::max);
        let violations: i64 = tables.get("orders")?.ints("violations")?.iter().sum();
        let noise = tables.get("noise")?;
        let (dropped, flipped) = (noise.floats("dropped")?, noise.floats("flipped")?);
        let ratios = dropped.iter().zip(&flipped).filter(|(_, f)| **f > 0.0).map(|(d, f)| d / f);
        let wold = tables.get("wold-error")?.floats("worst_over_bound")?;
        let kendall = tables.get("kendall-mean")?;
        let most = kendall.ints("comparisons")?.into_iter().max().unwrap_or(0);
        let best = kendall.filter("comparisons", most)?.optional_floats("mean")?;
        let maximisers = tables.get("consumers")?.filter("maximises", 1i64)?.floats("ccei")?;
        Ok(Summary::new()
            .with(
                "order_violations",
                Metric::new(violations as f64, "count").limit(0.0).better(Better::Lower),
            )
            .with(
                "wold_worst_error_over_bound",
                Metric::new(largest(wold), "ratio").limit(1.0).better(Better::Lower),
            )
            .with(
                "dropped_over_flipped_worst",
                Metric::new(largest(ratios.collect()), "ratio").limit(1.0).better(Better::Lower),
            )
            .with(
                "kendall_tau_best_at_largest",
                Metric::new(best.into_iter().flatten().fold(-1.0, f64::max), "1")
                    .limit(1.0)
                    .better(Better::Higher),
            )
            .with(
                "ccei_of_maximisers_min",
                Metric::new(maximisers.into_iter().fold(f64::INFINITY, f64::min), "1")
                    .limit(1.0)
                    .better(Better::Higher),
            ))
    }

    fn checks(&self, tables: &Tables, summary: &Summary) -> anyhow::Result<Vec<String>> {
        let mut wrong = Vec::new();
        let value = |name: &str| summary.value(name).unwrap_or(f64::NAN);
        let mut expect = |holds: bool, sentence: &str| {
            if !holds {
                wrong.push(sentence.to_owned());
            }
        };
        expect(value("order_violations") <= 0.0, "a utility contradicts the order that it represents");
        expect(value("wold_worst_error_over_bound") <= 1.0, "Wold's utility is farther off than its bound");
        expect(value("ccei_of_maximisers_min") >= 1.0, "a consumer who maximises is found inefficient");
        // Undoing the flips is one way to make the comparisons consistent, so it bounds the fewest
        // from above.
        let noise = tables.get("noise")?;
        let bounded = noise.ints("at_least")?.iter().zip(noise.ints("flipped")?).all(|(b, f)| *b <= f);
        expect(bounded, "the lower bound on what must be dropped exceeds what was flipped");
        let jump = tables.get("jump")?.filter("preference", "lexicographic")?;
        expect(
            jump.ints("refused")?.iter().all(|r| *r == 1),
            "lexicographic preferences got a continuous utility",
        );
        let width = tables.get("width")?;
        let ordered = width.ints("lower")?.iter().zip(width.ints("upper")?).all(|(l, u)| *l <= u);
        expect(ordered, "the lower bound of a width is above the width that was found");
        Ok(wrong)
    }

    fn figures(&self, tables: &Tables) -> anyhow::Result<Vec<Figure>> {
        figures::figures(tables)
    }
}
