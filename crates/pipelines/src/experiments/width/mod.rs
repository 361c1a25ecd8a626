//! `width`: how wide a head must be for its keys to have a margin, and for its queries to have
//! their orders.
//!
//! * Codes: optimised keys against solved cases, and over keys and dimensions against an upper
//!   bound; random keys with the query aligned to the key, with the best query, and bisected; hence
//!   the inverse temperature for `1 - a_max = 0.01`.
//! * Orders: those that queries induce on random keys, one by one, against Cover's count.
//! * Families: the width of random families of orders, between what counting proves and what is
//!   constructed.
//! * Patterns: the sign rank of which keys each query wants: 3 for one key each, 2 for those after
//!   the query.

mod figures;
mod plan;
mod summary;

use crate::{CellContext, Pipeline};
use anyhow::Context as _;
use plan::{Cell, Pattern};
use relata_attention::required_inverse_temperature;
use relata_attention::width::{Code, OptimiseParams, best_known, induced_orders, margin_upper, optimise};
use relata_debreu::families::{OrderFamily, WidthParams};
use relata_kernels::rank::{SignRankParams, linear_orders, sign_rank};
use relata_plotting::Figure;
use relata_relations::faer::Mat;
use relata_relations::{Points, Seed};
use relata_runs::{Profile, Row, Summary, Tables};

/// The pipeline.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Width;

/// Misses to which inverse temperatures refer.
const EPS: f64 = 0.01;

impl Pipeline for Width {
    type Cell = Cell;

    fn name(&self) -> &'static str {
        "width"
    }

    fn cells(&self, profile: Profile) -> Vec<Cell> {
        plan::cells(profile)
    }

    fn label(&self, cell: &Cell) -> String {
        cell.label()
    }

    fn run(&self, c: &Cell, cx: &CellContext<'_>) -> anyhow::Result<Vec<Row>> {
        match *c {
            Cell::Known { keys, dim, restarts } => known(keys, dim, restarts, cx.seed),
            Cell::Code { keys, dim, restarts, steps } => code(keys, dim, restarts, steps, cx.seed),
            Cell::Orders { keys, dim, draw } => orders(keys, dim, draw, cx.seed),
            Cell::Family { items, queries, draw } => family(items, queries, draw, cx.seed),
            Cell::Pattern { pattern, keys } => patterns(pattern, keys, cx.seed),
        }
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

fn known(keys: usize, dim: usize, restarts: usize, seed: Seed) -> anyhow::Result<Vec<Row>> {
    let best = best_known(keys, dim)
        .with_context(|| format!("{keys} keys in {dim} dimensions are not a solved case"))?;
    let code = optimise(keys, dim, &OptimiseParams { restarts, steps: 200, seed })?;
    let (aligned, free) = (code.aligned_margin(), code.free_margin());
    Ok(vec![
        Row::new("known")
            .with("keys", keys)
            .with("dim", dim)
            .with("source", best.source)
            .with("known", best.margin)
            .with("aligned", aligned)
            .with("relative_gap", 1.0 - aligned / best.margin)
            .with("free", free.lower)
            .with("b_known", b(keys, best.margin)?),
    ])
}

fn code(keys: usize, dim: usize, restarts: usize, steps: usize, seed: Seed) -> anyhow::Result<Vec<Row>> {
    let best = optimise(keys, dim, &OptimiseParams { restarts, steps, seed })?;
    let (aligned, free, upper) = (best.aligned_margin(), best.free_margin(), margin_upper(keys, dim));
    let random = random(keys, dim, seed)?;
    let random_free = random.free_margin();
    Ok(vec![
        Row::new("codes")
            .with("keys", keys)
            .with("dim", dim)
            .with("aligned", aligned)
            .with("free", free.lower)
            .with("free_bracket", free.upper)
            .with("upper", upper)
            .with("random", random.aligned_margin())
            .with("random_free", random_free.lower)
            .with("random_free_bracket", random_free.upper)
            .with("random_bisected", random.bisected().aligned_margin())
            .with("b", b(keys, aligned)?)
            .with("b_random", b(keys, random.aligned_margin())?)
            .with("b_random_free", b(keys, random_free.lower)?)
            .with("b_least", b(keys, upper)?),
    ])
}

fn orders(keys: usize, dim: usize, draw: usize, seed: Seed) -> anyhow::Result<Vec<Row>> {
    let mut s = seed.stream("keys");
    let points = Points::new(dim, (0..keys * dim).map(|_| s.normal()).collect())?;
    let count = induced_orders(&points)?;
    Ok(vec![
        Row::new("orders")
            .with("keys", keys)
            .with("dim", dim)
            .with("draw", draw)
            .with("induced", count.induced as f64)
            .with("cover", count.cover as f64)
            .with("all", count.all as f64)
            .with("mismatch", i64::from(count.induced != count.cover)),
    ])
}

fn family(items: usize, queries: usize, draw: usize, seed: Seed) -> anyhow::Result<Vec<Row>> {
    let mut s = seed.stream("orders");
    let rankings: Vec<Vec<usize>> = (0..queries).map(|_| s.permutation(items)).collect();
    let family = OrderFamily::from_rankings(items, &rankings)?;
    let distinct = family.distinct_orders().len();
    let width = family.width(&WidthParams { sweeps: 100, restarts: 1, seed });
    // The smallest width whose count of orders reaches those there are.
    let counted = (1..items).find(|&d| linear_orders(items, d).is_none_or(|c| c >= distinct as u128));
    Ok(vec![
        Row::new("families")
            .with("items", items)
            .with("queries", queries)
            .with("draw", draw)
            .with("distinct", distinct)
            .with("counting", counted.unwrap_or(items.saturating_sub(1)))
            .with("lower", width.bracket.lower)
            .with("upper", width.bracket.upper),
    ])
}

fn patterns(pattern: Pattern, keys: usize, seed: Seed) -> anyhow::Result<Vec<Row>> {
    let mut s = seed.stream("pattern");
    let wanted = Mat::from_fn(keys, keys, |i, j| {
        let wants = match pattern {
            Pattern::OneHot => i == j,
            Pattern::Order => j > i,
            Pattern::Random => s.below(2) == 1,
        };
        if wants { 1.0 } else { -1.0 }
    });
    let rank = sign_rank(wanted.as_ref(), SignRankParams { seed, ..SignRankParams::default() })?;
    Ok(vec![
        Row::new("patterns")
            .with("pattern", pattern.name())
            .with("keys", keys)
            .with("lower", rank.bracket.lower)
            .with("upper", rank.bracket.upper)
            .with("margin", rank.margin),
    ])
}

fn random(keys: usize, dim: usize, seed: Seed) -> anyhow::Result<Code> {
    let mut s = seed.stream("random code");
    Ok(Code::new(&Points::new(dim, (0..keys * dim).map(|_| s.normal()).collect())?)?)
}

fn b(keys: usize, margin: f64) -> anyhow::Result<f64> {
    Ok(required_inverse_temperature(keys, margin, EPS)?.value())
}
