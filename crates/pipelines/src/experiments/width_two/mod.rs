//! `width-two`: the strict order needs infinite rank in `L2`, and yet rank two decides every
//! comparison.
//!
//! `sgn(y - x)` on `[0, 1]` has singular values `2 / ((2j - 1) pi)`, each twice, so the best inner
//! product of rank 2 is 43.5 % off in `L2` and the error falls only like `0.45 sqrt(2 / d)`. But
//! with a utility `u`, `<(-u(x), 1), (1, u(y))> = u(y) - u(x)` has the sign of the relation
//! everywhere: a comparison needs a utility, not the relation. Both on one page: `L2` error and
//! sign accuracy against rank.

mod figures;
mod plan;
mod summary;

use crate::fitting::{random_hidden, rules};
use crate::{CellContext, Pipeline};
use plan::{Cell, Network};
use relata_kernels::{Encoders, LimitParams, limits};
use relata_networks::{Affine, Mlp, ReadoutParams, RelationNet, solve_readout};
use relata_plotting::Figure;
use relata_relations::catalogue::relation;
use relata_relations::faer::Mat;
use relata_relations::{ErrorReport, HeldOut, Quadrature, Relation, evaluate, measure};
use relata_runs::{Profile, Row, Summary, Tables};

/// The pipeline.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WidthTwo;

/// The relation of the page.
const RELATION: &str = "sign";

const RANKS: [usize; 8] = [1, 2, 3, 4, 6, 8, 16, 32];

impl Pipeline for WidthTwo {
    type Cell = Cell;

    fn name(&self) -> &'static str {
        "width-two"
    }

    fn cells(&self, profile: Profile) -> Vec<Cell> {
        plan::cells(profile)
    }

    fn label(&self, cell: &Cell) -> String {
        cell.label()
    }

    fn run(&self, c: &Cell, cx: &CellContext<'_>) -> anyhow::Result<Vec<Row>> {
        let r = relation(RELATION)?;
        let r = r.as_ref();
        let [x, y] = rules(r, c.test, Encoders::Separate)?;
        let held_out = HeldOut::Quadrature { x, y };
        let all = limits(r, Encoders::Separate, RANKS[RANKS.len() - 1], &LimitParams::default())?;
        let row = |network: &str, rank: usize, draw: usize, e: &ErrorReport| -> anyhow::Result<Row> {
            Ok(Row::new("order")
                .with("network", network)
                .with("rank", rank)
                .with("draw", draw)
                .with("relative_l2", e.relative_l2)
                .with("sign_accuracy", e.sign_accuracy)
                .with("relative_limit", all.at(rank)?.relative))
        };
        match c.network {
            Network::Readout { width, fit, draw } => {
                let seed = cx.draw(draw);
                let net = random_hidden(r, Encoders::Separate, width, seed)?;
                let q = rules(r, fit, Encoders::Separate)?;
                let solved = solve_readout(&net, r, [&q[0], &q[1]], ReadoutParams::default())?;
                RANKS
                    .iter()
                    .map(|&d| row("readout", d, draw, &measure(r, &solved.at_rank(d)?, &held_out)?))
                    .collect()
            }
            Network::Utility => {
                let [x, y] = rules(r, c.test, Encoders::Separate)?;
                let net = utility_net(best_constant(r, &x, &y)?)?;
                Ok(vec![row("utility", 2, 0, &measure(r, &net, &held_out)?)?])
            }
        }
    }

    fn summarise(&self, tables: &Tables) -> anyhow::Result<Summary> {
        summary::summarise(tables)
    }

    fn figures(&self, tables: &Tables) -> anyhow::Result<Vec<Figure>> {
        figures::figures(tables)
    }
}

/// `c (u(y) - u(x))` with `u(x) = x`, as a pair of affine encoders of rank 2.
fn utility_net(c: f64) -> anyhow::Result<RelationNet> {
    let encoder = |weights: [f64; 2], bias: [f64; 2]| {
        Mlp::new(Vec::new(), Affine::new(Mat::from_fn(1, 2, |_, j| weights[j]), bias.to_vec()))
    };
    Ok(RelationNet::asymmetric(encoder([-c, 0.0], [0.0, c])?, encoder([0.0, 1.0], [1.0, 0.0])?)?)
}

/// The `c` that brings `c (y - x)` nearest to the relation in `L2`.
fn best_constant(r: &dyn Relation, x: &Quadrature, y: &Quadrature) -> anyhow::Result<f64> {
    let values = evaluate(r, x.nodes(), y.nodes())?;
    let (mut cross, mut square) = (0.0, 0.0);
    for (j, wy) in y.weights().iter().enumerate() {
        for (i, wx) in x.weights().iter().enumerate() {
            let u = y.nodes().row(j)[0] - x.nodes().row(i)[0];
            cross += wx * wy * values[(i, j)] * u;
            square += wx * wy * u * u;
        }
    }
    Ok(cross / square)
}
