//! What running a cell costs beside its work: `cells N` runs a pipeline of `N` cells that do nothing,
//! on one thread, and starts it a second time. Prints `first SECONDS` and `again SECONDS`.

use relata_pipelines::backend::{self, BackendKind};
use relata_pipelines::runner::{self, Progress, RunOptions};
use relata_pipelines::{CellContext, Pipeline, boxed};
use relata_plotting::Figure;
use relata_runs::{Metric, Profile, Row, Summary, Tables};
use std::num::NonZeroUsize;
use std::time::Instant;

struct Idle(usize);

impl Pipeline for Idle {
    type Cell = usize;

    fn name(&self) -> &'static str {
        "idle"
    }

    fn cells(&self, _: Profile) -> Vec<usize> {
        (0..self.0).collect()
    }

    fn label(&self, cell: &usize) -> String {
        format!("number={cell}")
    }

    fn run(&self, cell: &usize, _: &CellContext<'_>) -> anyhow::Result<Vec<Row>> {
        Ok(vec![Row::new("numbers").with("number", *cell)])
    }

    fn summarise(&self, tables: &Tables) -> anyhow::Result<Summary> {
        Ok(Summary::new().with(
            "cells",
            "Cells that were run.",
            Metric::new(tables.get("numbers")?.len() as f64, "count"),
        ))
    }

    fn figures(&self, _: &Tables) -> anyhow::Result<Vec<Figure>> {
        Ok(vec![])
    }
}

fn main() -> anyhow::Result<()> {
    let cells = std::env::args().nth(1).and_then(|n| n.parse().ok());
    let cells = cells.ok_or_else(|| anyhow::anyhow!("arguments: N, a number of cells"))?;
    let device = backend::open(BackendKind::Flex)?;
    let folder = tempfile::tempdir()?;
    let options = RunOptions {
        profile: Profile::Smoke,
        seed: 0,
        out: folder.path().to_owned(),
        jobs: NonZeroUsize::MIN,
        input: None,
        progress: Progress::Silent,
        ..RunOptions::default()
    };
    for which in ["first", "again"] {
        let start = Instant::now();
        let outcome = runner::run(boxed(Idle(cells)).as_ref(), &device, &options)?;
        println!("{which} {}", start.elapsed().as_secs_f64());
        let done = if which == "first" { outcome.computed } else { outcome.reused };
        anyhow::ensure!(done == cells, "{which}: {done} of {cells} cells");
    }
    Ok(())
}
