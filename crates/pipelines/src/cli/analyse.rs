//! `analyse`.

use super::Options;
use super::run;
use super::status::Failure;
use crate::backend;
use crate::pipeline::DynPipeline;
use clap::Args;
use relata_runs::Input;
use std::path::PathBuf;

/// A relation that somebody measured, and what to ask of it.
#[derive(Clone, Debug, Args)]
pub struct AnalyseArgs {
    /// A matrix (CSV or NPY) or a list `source,target,value` (CSV).
    pub file: PathBuf,
    /// Features of the rows, one line a row (CSV).
    #[arg(long, value_name = "CSV")]
    pub x_features: Option<PathBuf>,
    /// Features of the columns, one line a column (CSV).
    #[arg(long, value_name = "CSV")]
    pub y_features: Option<PathBuf>,
    /// The error for which ranks are asked.
    #[arg(long, default_value_t = 0.05)]
    pub eps: f64,
    /// What an absent pair of a list means; an error unless given.
    #[arg(long, value_name = "zero")]
    pub missing: Option<String>,
    /// How to run.
    #[command(flatten)]
    pub options: Options,
}

pub(super) fn analyse(args: &AnalyseArgs) -> Result<(), Failure> {
    let (pipeline, input) = open(args).map_err(Failure::input)?;
    let device = backend::open(args.options.backend)?;
    run::one(pipeline.as_ref(), &device, &args.options, Some(input))
}

fn open(args: &AnalyseArgs) -> anyhow::Result<(Box<dyn DynPipeline>, Input)> {
    anyhow::bail!("cannot analyse {}", args.file.display())
}
