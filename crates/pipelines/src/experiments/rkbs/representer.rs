//! `|K^{-1} k(t)|_1 <= 1`, or not.

use relata_kernels::fast::{KernelProfile, ProfileKernel};
use relata_kernels::rkbs::l1_representer_sums;
use relata_relations::catalogue::{bridge, brownian};
use relata_relations::{Interval, Points, Relation, Seed};
use relata_runs::Row;

const NODES: usize = 7;
const FINE: usize = 301;

/// The kernels: three whose sections are combinations of two neighbours, and two smooth ones.
fn kernels() -> anyhow::Result<Vec<(&'static str, Box<dyn Relation>)>> {
    let on_unit =
        |p: KernelProfile| -> Box<dyn Relation> { Box::new(ProfileKernel::new(p, Interval::unit())) };
    Ok(vec![
        ("Brownian motion", Box::new(brownian())),
        ("Brownian bridge", Box::new(bridge())),
        ("exponential", on_unit(KernelProfile::exponential(0.5)?)),
        ("Matérn 3/2", on_unit(KernelProfile::matern32(0.5)?)),
        ("Gaussian", on_unit(KernelProfile::gaussian(0.3)?)),
    ])
}

/// Rows of `representer` (the curve of the first draw) and `representer_constants`.
pub(super) fn rows(draws: usize, seed: Seed) -> anyhow::Result<Vec<Row>> {
    let fine: Vec<f64> = (1..FINE).map(|i| i as f64 / FINE as f64).collect();
    let at = Points::line(fine.clone())?;
    let mut rows = Vec::new();
    for draw in 0..draws {
        let nodes = Points::line(nodes(draw, seed))?;
        for (name, kernel) in kernels()? {
            let sums = l1_representer_sums(kernel.as_ref(), &nodes, &at)?;
            let largest = sums.iter().copied().fold(0.0, f64::max);
            rows.push(
                Row::new("representer_constants")
                    .with("kernel", name)
                    .with("draw", draw)
                    .with("constant", largest)
                    .with("holds", largest <= 1.0 + 1e-8),
            );
            if draw == 0 {
                for (t, sum) in fine.iter().zip(&sums) {
                    rows.push(Row::new("representer").with("kernel", name).with("t", *t).with("sum", *sum));
                }
            }
        }
    }
    Ok(rows)
}

/// One node in the middle half of each of equal cells, so that no two are close.
fn nodes(draw: usize, seed: Seed) -> Vec<f64> {
    let mut s = seed.stream(&format!("rkbs/representer/{draw}"));
    (0..NODES).map(|k| (k as f64 + s.uniform_in(0.25, 0.75)) / NODES as f64).collect()
}
