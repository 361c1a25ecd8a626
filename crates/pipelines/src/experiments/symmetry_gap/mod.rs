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
mod plan;
mod summary;

use crate::fitting::{random_hidden, rules};
use crate::{CellContext, Pipeline};
use anyhow::Context as _;
use plan::Cell;
use relata_kernels::{Encoders, LimitParams, limits};
use relata_networks::{ReadoutParams, solve_readout};
use relata_plotting::Figure;
use relata_relations::{HeldOut, Relation, measure};
use relata_runs::{Profile, Row, Summary, Tables};

/// The pipeline.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SymmetryGap;

/// Path points whose floor is smaller than this share of the norm are not judged: there the floor
/// is rounding.
const SMALLEST_FLOOR: f64 = 1e-3;

impl Pipeline for SymmetryGap {
    type Cell = Cell;

    fn name(&self) -> &'static str {
        "symmetry-gap"
    }

    fn cells(&self, profile: Profile) -> Vec<Cell> {
        plan::cells(profile)
    }

    fn label(&self, cell: &Cell) -> String {
        cell.label()
    }

    fn run(&self, c: &Cell, cx: &CellContext<'_>) -> anyhow::Result<Vec<Row>> {
        let t = c.step as f64 / c.steps.max(1) as f64;
        let r = c.path.at(t)?;
        let r: &dyn Relation = &r;
        let seed = cx.draw(c.draw);
        let [x, y] = rules(r, c.test, Encoders::Separate)?;
        let held_out = HeldOut::Quadrature { x, y };
        let most = c.ranks.iter().copied().max().context("a cell has no ranks")?;
        let params = LimitParams::default();
        let floor_any_rank = limits(r, Encoders::Shared, 400, &params)?.at(400)?;
        let mut rows = Vec::new();
        for encoders in Encoders::ALL {
            let all = limits(r, encoders, most, &params)?;
            let hidden = random_hidden(r, encoders, c.width, seed)?;
            let [x, y] = rules(r, c.fit, encoders)?;
            let solved = solve_readout(&hidden, r, [&x, &y], ReadoutParams::default())?;
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
                        .with("floor_lower", limit.relative_lower)
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
        summary::summarise(tables)
    }

    fn checks(&self, tables: &Tables, summary: &Summary) -> anyhow::Result<Vec<String>> {
        summary::checks(tables, summary)
    }

    fn figures(&self, tables: &Tables) -> anyhow::Result<Vec<Figure>> {
        figures::figures(tables)
    }
}
