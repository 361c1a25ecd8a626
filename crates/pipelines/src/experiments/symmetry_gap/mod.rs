//! `symmetry-gap`: what a shared encoder cannot do, along paths from a symmetric to an
//! antisymmetric relation.
//!
//! `r_t = cos(pi t / 2) s + sin(pi t / 2) a` with `|s| = |a|`, `s` symmetric and `a` antisymmetric.
//! A shared encoder `<phi, phi>` is symmetric and positive semidefinite, so at every rank `d` its
//! error is at least the distance to the nearest such relation,
//! `sqrt(|a_t|^2 + sum_{l < 0} l^2 + sum_{i > d} (l_i^+)^2)`; an indefinite one `<phi, J phi>`
//! still cannot see `a_t`; separate encoders have no floor but the Schmidt tail. Networks: random
//! features with a spectral readout, measured on nodes that the fit has not seen.

mod figures;
mod paths;

use crate::experiments::random_hidden::random_hidden;
use crate::{CellContext, Pipeline};
use anyhow::Context as _;
use paths::Path;
use relata_kernels::{Encoders, LimitParams, limits};
use relata_networks::{ReadoutParams, solve_readout};
use relata_plotting::Figure;
use relata_relations::{HeldOut, Relation, measure};
use relata_runs::{Better, Metric, Profile, Row, Summary, Tables};
use serde::{Deserialize, Serialize};
use std::num::NonZeroUsize;

/// The pipeline.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SymmetryGap;

/// One point of one path.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cell {
    path: Path,
    /// Position on the path in `steps` equal steps from symmetric (0) to antisymmetric.
    step: usize,
    steps: usize,
    ranks: Vec<usize>,
    width: usize,
    draw: usize,
    fit: usize,
    test: usize,
}

/// Path points whose floor is smaller than this share of the norm are not judged: there the floor
/// is rounding.
const SMALLEST_FLOOR: f64 = 1e-3;

impl Pipeline for SymmetryGap {
    type Cell = Cell;

    fn name(&self) -> &'static str {
        "symmetry-gap"
    }

    fn cells(&self, profile: Profile) -> Vec<Cell> {
        let (steps, draws) = match profile {
            Profile::Smoke => (4, 1),
            Profile::Standard => (16, 1),
            Profile::Paper => (32, 5),
        };
        let mut cells = Vec::new();
        for path in Path::ALL {
            for step in 0..=steps {
                for draw in 0..draws {
                    let ranks = vec![1, 2, 4, 8, 16];
                    cells.push(Cell {
                        path,
                        step,
                        steps,
                        ranks,
                        width: 128,
                        draw,
                        fit: path.fit(),
                        test: path.test(),
                    });
                }
            }
        }
        cells
    }

    fn label(&self, c: &Cell) -> String {
        format!("{}/step={}of{}/draw={}", c.path.name(), c.step, c.steps, c.draw)
    }

    fn run(&self, c: &Cell, cx: &CellContext<'_>) -> anyhow::Result<Vec<Row>> {
        let t = c.step as f64 / c.steps.max(1) as f64;
        let r = c.path.at(t)?;
        let r: &dyn Relation = &r;
        let seed = cx.run_seed.child(&format!("draw-{}", c.draw));
        let (x, _) = r.spaces();
        let at = |n: usize| NonZeroUsize::new(n).context("a cell asks for 0 nodes");
        let rules = [x.quadrature(at(c.fit)?)?, x.quadrature(at(c.fit + 1)?)?];
        let held_out =
            HeldOut::Quadrature { x: x.quadrature(at(c.test)?)?, y: x.quadrature(at(c.test + 1)?)? };
        let most = c.ranks.iter().copied().max().context("a cell has no ranks")?;
        let params = LimitParams::default();
        let floor_any_rank = limits(r, Encoders::Shared, 400, &params)?.at(400)?;
        let mut rows = Vec::new();
        for encoders in Encoders::ALL {
            let all = limits(r, encoders, most, &params)?;
            let hidden = random_hidden(r, encoders, c.width, seed)?;
            let q =
                if encoders == Encoders::Separate { [&rules[0], &rules[1]] } else { [&rules[0], &rules[0]] };
            let solved = solve_readout(&hidden, r, q, ReadoutParams::default())?;
            for &rank in &c.ranks {
                let net = solved.at_rank(rank)?;
                let report = measure(r, &net, &held_out)?;
                let limit = all.at(rank)?;
                rows.push(
                    Row::new("gap")
                        .with("path", c.path.name())
                        .with("t", t)
                        .with("encoders", encoders.to_string())
                        .with("rank", rank)
                        .with("draw", c.draw)
                        .with("relative_l2", report.relative_l2)
                        .with("floor", limit.relative)
                        .with("floor_uncertainty", limit.uncertainty)
                        .with("floor_source", limit.source.to_string())
                        .with(
                            "floor_any_rank",
                            (encoders == Encoders::Shared).then_some(floor_any_rank.relative),
                        )
                        .with(
                            "relative_gap",
                            (limit.relative >= SMALLEST_FLOOR)
                                .then(|| report.relative_l2 / limit.relative - 1.0),
                        ),
                );
            }
        }
        Ok(rows)
    }

    fn summarise(&self, tables: &Tables) -> anyhow::Result<Summary> {
        let worst = |encoders: &str| -> anyhow::Result<Metric> {
            let gaps = tables.get("gap")?.filter("encoders", encoders)?.optional_floats("relative_gap")?;
            let worst = gaps.into_iter().flatten().map(f64::abs).fold(0.0, f64::max);
            Ok(Metric::new(worst, "ratio").limit(0.0).better(Better::Lower))
        };
        Ok(Summary::new()
            .with("worst_relative_gap_to_floor", worst("shared")?)
            .with("worst_relative_gap_to_limit_separate", worst("separate")?)
            .with("worst_relative_gap_to_floor_indefinite", worst("indefinite")?))
    }

    fn checks(&self, tables: &Tables, _summary: &Summary) -> anyhow::Result<Vec<String>> {
        let t = tables.get("gap")?;
        let (gap, floor) = (t.optional_floats("relative_gap")?, t.floats("floor")?);
        let uncertainty = t.floats("floor_uncertainty")?;
        let (path, encoders, rank) = (t.texts("path")?, t.texts("encoders")?, t.ints("rank")?);
        let below = |i: &usize| gap[*i].is_some_and(|g| g < -1e-3 - uncertainty[*i] / floor[*i]);
        let sentence = |i: usize| {
            format!(
                "{} ({} encoders, rank {}): the error is below its floor: a measurement error",
                path[i], encoders[i], rank[i]
            )
        };
        Ok((0..t.len()).filter(below).map(sentence).collect())
    }

    fn figures(&self, tables: &Tables) -> anyhow::Result<Vec<Figure>> {
        figures::figures(tables)
    }
}
