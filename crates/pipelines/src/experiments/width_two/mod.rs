//! `width-two`: the strict order needs infinite rank in `L2`, and yet rank two decides every
//! comparison.
//!
//! `sgn(y - x)` on `[0, 1]` has singular values `2 / ((2j - 1) pi)`, each twice, so the best inner
//! product of rank 2 is 43.5 % off in `L2` and the error falls only like `0.45 sqrt(2 / d)`. But
//! with a utility `u`, `<(-u(x), 1), (1, u(y))> = u(y) - u(x)` has the sign of the relation
//! everywhere: a comparison needs a utility, not the relation. Both on one page: `L2` error and
//! sign accuracy against rank.

use crate::experiments::random_hidden::random_hidden;
use crate::{CellContext, Pipeline};
use anyhow::Context as _;
use relata_kernels::{Encoders, LimitParams, limits};
use relata_networks::{Affine, Mlp, ReadoutParams, RelationNet, solve_readout};
use relata_plotting::{Axis, Chart, Figure, FigureWidth, Legend, Marker, Palette, Series};
use relata_relations::catalogue::relation;
use relata_relations::faer::Mat;
use relata_relations::{ErrorReport, HeldOut, Quadrature, Relation, evaluate, measure};
use relata_runs::{Better, Metric, Profile, Row, Summary, Table, Tables};
use serde::{Deserialize, Serialize};
use std::num::NonZeroUsize;

/// The pipeline.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WidthTwo;

/// The relation of the page.
const RELATION: &str = "sign";

/// One kind of network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cell {
    network: Network,
    test: usize,
}

/// Which network approximates the order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum Network {
    /// Random features with a spectral readout: the best in `L2`.
    Readout {
        /// Hidden features of each encoder.
        width: usize,
        /// Fit nodes.
        fit: usize,
        /// Which draw.
        draw: usize,
    },
    /// `(-c u(x), c) . (1, u(y))` with `u(x) = x` and the best constant `c`.
    Utility,
}

const RANKS: [usize; 8] = [1, 2, 3, 4, 6, 8, 16, 32];

impl Pipeline for WidthTwo {
    type Cell = Cell;

    fn name(&self) -> &'static str {
        "width-two"
    }

    fn cells(&self, profile: Profile) -> Vec<Cell> {
        let (draws, width, fit, test) = match profile {
            Profile::Smoke => (1, 128, 400, 1600),
            Profile::Standard => (5, 256, 800, 3200),
            Profile::Paper => (20, 256, 800, 3200),
        };
        let readout = |draw| Cell { network: Network::Readout { width, fit, draw }, test };
        (0..draws).map(readout).chain([Cell { network: Network::Utility, test }]).collect()
    }

    fn label(&self, c: &Cell) -> String {
        match &c.network {
            Network::Readout { width, draw, .. } => format!("readout/width={width}/draw={draw}"),
            Network::Utility => "utility".to_owned(),
        }
    }

    fn run(&self, c: &Cell, cx: &CellContext<'_>) -> anyhow::Result<Vec<Row>> {
        let r = relation(RELATION)?;
        let r = r.as_ref();
        let held_out = HeldOut::Quadrature { x: rule(r, c.test)?, y: rule(r, c.test + 1)? };
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
                let seed = cx.run_seed.child(&format!("draw-{draw}"));
                let net = random_hidden(r, Encoders::Separate, width, seed)?;
                let q = [rule(r, fit)?, rule(r, fit + 1)?];
                let solved = solve_readout(&net, r, [&q[0], &q[1]], ReadoutParams::default())?;
                RANKS
                    .iter()
                    .map(|&d| row("readout", d, draw, &measure(r, &solved.at_rank(d)?, &held_out)?))
                    .collect()
            }
            Network::Utility => {
                let [x, y] = [rule(r, c.test)?, rule(r, c.test + 1)?];
                let net = utility_net(best_constant(r, &x, &y)?)?;
                Ok(vec![row("utility", 2, 0, &measure(r, &net, &held_out)?)?])
            }
        }
    }

    fn summarise(&self, tables: &Tables) -> anyhow::Result<Summary> {
        let t = tables.get("order")?;
        let utility = t.filter("network", "utility")?;
        let readout = t.filter("network", "readout")?.filter("rank", 2i64)?;
        let accuracy = utility.floats("sign_accuracy")?.into_iter().fold(1.0, f64::min);
        let error = readout.floats("relative_l2")?.into_iter().fold(0.0, f64::max);
        let limit = readout.floats("relative_limit")?.into_iter().fold(0.0, f64::max);
        Ok(Summary::new()
            .with("sign_accuracy_rank2", Metric::new(accuracy, "share").limit(1.0).better(Better::Higher))
            .with("relative_l2_error_rank2", Metric::new(error, "ratio").limit(limit).better(Better::Lower)))
    }

    fn figures(&self, tables: &Tables) -> anyhow::Result<Vec<Figure>> {
        let t = tables.get("order")?;
        let readout = t.filter("network", "readout")?.filter("draw", 0i64)?;
        let utility = t.filter("network", "utility")?;
        let of = |t: &Table, y: &str| -> anyhow::Result<(Vec<f64>, Vec<f64>)> {
            Ok((t.floats("rank")?, t.floats(y)?))
        };
        let (d, limit) = of(&readout, "relative_limit")?;
        let error = of(&readout, "relative_l2")?.1;
        let (one, utility_error) = of(&utility, "relative_l2")?;
        let left = Chart::new()
            .x(Axis::log2("rank d"))
            .y(Axis::log("relative L_{2} error"))
            .line(Series::new("Eckart–Young limit", &d, &limit).reference())
            .scatter(Series::new("L_{2} readout", &d, &error).color(Palette::BLUE).marker(Marker::Circle))
            .scatter(
                Series::new("utility u(y) \u{2212} u(x)", &one, &utility_error)
                    .color(Palette::VERMILION)
                    .marker(Marker::Diamond),
            );
        let (d, accuracy) = of(&readout, "sign_accuracy")?;
        let right = Chart::new()
            .x(Axis::log2("rank d"))
            .y(Axis::linear("sign accuracy").limits(0.45, 1.05))
            .hline(1.0, "")
            .line(Series::new("L_{2} readout", &d, &accuracy).color(Palette::BLUE).marker(Marker::Circle))
            .scatter(
                Series::new("utility u(y) \u{2212} u(x)", &one, &utility.floats("sign_accuracy")?)
                    .color(Palette::VERMILION)
                    .marker(Marker::Diamond),
            );
        let figure = Figure::new(FigureWidth::Double)
            .name("order")
            .legend(Legend::Above)
            .grid(1, 2)
            .panels([left, right]);
        Ok(vec![figure])
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

fn rule(r: &dyn Relation, n: usize) -> anyhow::Result<Quadrature> {
    Ok(r.spaces().0.quadrature(NonZeroUsize::new(n).context("a cell asks for 0 nodes")?)?)
}
