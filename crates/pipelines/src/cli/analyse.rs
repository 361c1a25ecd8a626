//! `analyse`.

use super::Options;
use super::status::{Failure, Status};
use super::{print, run};
use crate::backend;
use crate::experiments::analyse::{self, AnalyseError, Files, Missing, Request};
use clap::Args;
use relata_runs::Tables;
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
    /// The relative error for which ranks are asked, above 0 and below 1.
    #[arg(long, default_value_t = 0.05, allow_negative_numbers = true)]
    pub eps: f64,
    /// What an absent pair of a list means; an error unless given.
    #[arg(long, value_name = "zero")]
    pub missing: Option<String>,
    /// How to run.
    #[command(flatten)]
    pub options: Options,
}

pub(super) fn analyse(args: &AnalyseArgs) -> Result<(), Failure> {
    let missing = match args.missing.as_deref() {
        None => Missing::Error,
        Some("zero") => Missing::Zero,
        Some(other) => {
            let error = anyhow::anyhow!(
                "--missing {other}: an absent pair can mean `zero`, or be an error without --missing"
            );
            return Err(Failure::new(Status::Usage, error));
        }
    };
    let files = Files {
        relation: args.file.clone(),
        x_features: args.x_features.clone(),
        y_features: args.y_features.clone(),
        missing,
    };
    let (pipeline, input) =
        analyse::open(&Request { files, eps: args.eps }).map_err(|error| match error {
            AnalyseError::Eps(_) => Failure::new(Status::Usage, error),
            _ => Failure::input(error),
        })?;
    let device = backend::open(args.options.backend)?;
    let outcome = run::one(pipeline.as_ref(), &device, &args.options, Some(input))?;
    print::print(&format!("\n{}", analyse::answers(&Tables::read_dir(&outcome.dir.tables())?)?));
    Ok(())
}
