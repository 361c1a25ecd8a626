//! `retrieval`: from a family of preorders to attention that provably retrieves, and every bound on
//! the way put to the test.
//!
//! * Random heads and contexts against the sharp bound `1 - a_max <= q / (1 + q)`.
//! * Every catalogue family: a head designed for an error and a probability, measured on fresh
//!   contexts; and error against inverse temperature below the bound.
//! * A phase diagram: rank and inverse temperature of scores for `-|x - y|`, whose singular values
//!   decay slowly, beside a utility of the same order that has rank 2.
//! * A trained inner product among them; and context lengths up to 64 times that of design.

mod cells;
mod figures;

use crate::{CellContext, Pipeline};
use relata_plotting::Figure;
use relata_runs::{Better, Metric, Profile, Row, Summary, Tables};
use serde::{Deserialize, Serialize};

/// The pipeline.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Retrieval;

/// One question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Cell {
    /// Random heads against the bound.
    Heads {
        /// Which lot.
        batch: usize,
        /// How many.
        heads: usize,
    },
    /// A designed head on fresh contexts.
    Promise {
        /// The family.
        family: String,
        /// Keys in a context.
        keys: usize,
        /// Target error, as a share of the diameter, in thousandths.
        permille: usize,
        /// Contexts for calibration, and as many fresh ones.
        contexts: usize,
    },
    /// Error against inverse temperature.
    Curve {
        /// The family.
        family: String,
        /// Fresh contexts for each inverse temperature.
        contexts: usize,
    },
    /// Truncated scores of one rank at all inverse temperatures.
    Phase {
        /// The rank; 0 for the utility of rank 2.
        rank: usize,
        /// Contexts for each inverse temperature.
        contexts: usize,
    },
    /// Longer contexts than those of the design.
    Length {
        /// The family.
        family: String,
        /// Fresh contexts of each length.
        contexts: usize,
    },
    /// An inner product trained by gradients, at all lengths.
    Trained {
        /// Adam steps.
        steps: usize,
        /// Hidden units a side.
        width: usize,
        /// Fresh contexts of each length.
        contexts: usize,
    },
}

/// Families in the order of the figures; those of the crate's catalogue.
const FAMILIES: [&str; 11] = [
    "largest",
    "popular",
    "nearest",
    "nearest-8d",
    "direction",
    "bilinear",
    "ideal-point",
    "phase",
    "trade-off",
    "gaussian-shifted",
    "orders",
];
/// Keys in the contexts for which heads are designed; lengths go up to 64 times this.
const DESIGNED: usize = 16;
const LENGTHS: [usize; 4] = [DESIGNED, 4 * DESIGNED, 16 * DESIGNED, 64 * DESIGNED];
/// Ranks of the phase diagram.
const RANKS: [usize; 9] = [1, 2, 3, 4, 6, 8, 12, 16, 24];
/// Promised with this probability.
const PROBABILITY: f64 = 0.95;

impl Pipeline for Retrieval {
    type Cell = Cell;

    fn name(&self) -> &'static str {
        "retrieval"
    }

    fn cells(&self, profile: Profile) -> Vec<Cell> {
        let (batches, heads, contexts, steps, width) = match profile {
            Profile::Smoke => (2, 50_000, 1000, 300, 64),
            Profile::Standard => (10, 100_000, 8000, 3000, 128),
            Profile::Paper => (100, 100_000, 40_000, 10_000, 128),
        };
        let few = contexts / 5;
        let mut cells: Vec<Cell> = (0..batches).map(|batch| Cell::Heads { batch, heads }).collect();
        for family in FAMILIES {
            let keys: &[usize] = if family == "orders" { &[8] } else { &[8, 32] };
            for &keys in keys {
                let errors: &[usize] = if profile == Profile::Smoke { &[10] } else { &[100, 10, 1] };
                for &permille in errors {
                    cells.push(Cell::Promise { family: family.to_owned(), keys, permille, contexts });
                }
            }
        }
        cells.extend(
            ["nearest", "phase", "orders"].map(|f| Cell::Curve { family: f.to_owned(), contexts: few }),
        );
        cells.extend(std::iter::once(0).chain(RANKS).map(|rank| Cell::Phase { rank, contexts: few }));
        cells.extend(
            ["largest", "nearest", "direction", "gaussian-shifted"]
                .map(|f| Cell::Length { family: f.to_owned(), contexts: few }),
        );
        cells.push(Cell::Trained { steps, width, contexts: few });
        cells
    }

    fn label(&self, c: &Cell) -> String {
        match c {
            Cell::Heads { batch, .. } => format!("heads/{batch}"),
            Cell::Promise { family, keys, permille, .. } => {
                format!("promise/{family}/keys={keys}/permille={permille}")
            }
            Cell::Curve { family, .. } => format!("curve/{family}"),
            Cell::Phase { rank: 0, .. } => "phase/utility".to_owned(),
            Cell::Phase { rank, .. } => format!("phase/rank={rank}"),
            Cell::Length { family, .. } => format!("length/{family}"),
            Cell::Trained { .. } => "length/trained".to_owned(),
        }
    }

    fn run(&self, c: &Cell, cx: &CellContext<'_>) -> anyhow::Result<Vec<Row>> {
        match c {
            Cell::Heads { batch, heads } => cells::heads(*batch, *heads, cx.seed),
            Cell::Promise { family, keys, permille, contexts } => {
                cells::promise(family, *keys, *permille, *contexts, cx.seed)
            }
            Cell::Curve { family, contexts } => cells::curve(family, *contexts, cx.seed),
            Cell::Phase { rank, contexts } => cells::phase(*rank, *contexts, cx.run_seed),
            Cell::Length { family, contexts } => cells::length(family, *contexts, cx.seed),
            Cell::Trained { steps, width, contexts } => cells::trained(*steps, *width, *contexts, cx),
        }
    }

    fn summarise(&self, tables: &Tables) -> anyhow::Result<Summary> {
        let mut violations = 0;
        for table in ["heads", "promises", "curves", "phase", "lengths"] {
            violations += tables.get(table)?.ints("violations")?.into_iter().sum::<i64>();
        }
        let broken: i64 = tables.get("promises")?.ints("promise_broken")?.into_iter().sum();
        let longest = tables.get("lengths")?.filter("keys", 1024i64)?.filter("temperature", "designed")?;
        let designed = longest.filter("scores", "designed")?.floats("mean_error")?;
        let worst = designed.into_iter().fold(0.0, f64::max);
        let count = |n: i64, unit: &str| Metric::new(n as f64, unit).limit(0.0).better(Better::Lower);
        Ok(Summary::new()
            .with("bound_violations", count(violations, "contexts"))
            .with("promise_violations", count(broken, "heads"))
            .with("error_at_64x_context", Metric::new(worst, "share of the diameter").better(Better::Lower)))
    }

    fn checks(&self, _tables: &Tables, summary: &Summary) -> anyhow::Result<Vec<String>> {
        let mut wrong = Vec::new();
        for metric in ["bound_violations", "promise_violations"] {
            let value = summary.value(metric).unwrap_or(f64::INFINITY);
            if value > 0.0 {
                wrong.push(format!(
                    "{metric} is {value}: a theorem does not hold, or is not what is computed"
                ));
            }
        }
        Ok(wrong)
    }

    fn figures(&self, tables: &Tables) -> anyhow::Result<Vec<Figure>> {
        figures::figures(tables)
    }
}
