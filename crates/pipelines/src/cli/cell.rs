//! `cell`.

use super::cells::list;
use super::print;
use super::run::run_options;
use super::status::{Failure, Status};
use crate::registry::{self, Ready};
use crate::{backend, runner};
use relata_cli::{CellArgs, ListingArgs};

pub(super) fn cell(args: &CellArgs) -> Result<(), Failure> {
    let Ready { pipeline, input } = registry::open(args.pipeline.name, &args.given)?;
    let device = backend::open(args.options.backend)?;
    let options = run_options(&args.options, input);
    let Some(wanted) = &args.key else {
        let states = runner::cell_states(pipeline.as_ref(), &device, &options)?;
        return list(&states, ListingArgs::default());
    };
    let cell = runner::run_cell(pipeline.as_ref(), &device, &options, wanted)?;
    match (cell.error, cell.seconds) {
        (Some(message), _) => {
            Err(Failure::new(Status::Failed, anyhow::anyhow!("cell `{}` failed: {message}", cell.label)))
        }
        (None, seconds) => {
            let how =
                seconds.map_or_else(|| "was finished already".to_owned(), |s| format!("done in {s:.1} s"));
            print::print(&format!("{}  {}: {how}\n", cell.key, cell.label));
            Ok(())
        }
    }
}
