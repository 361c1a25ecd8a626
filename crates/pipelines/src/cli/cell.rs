//! `cell`.

use super::run::run_options;
use super::status::{Failure, Status};
use super::{Options, print};
use crate::{backend, registry, runner};

pub(super) fn cell(name: &str, key: Option<&str>, options: &Options) -> Result<(), Failure> {
    let pipeline = registry::lookup(name)?;
    let device = backend::open(options.backend)?;
    let options = run_options(options, None);
    let Some(wanted) = key else {
        let cells = runner::cell_keys(pipeline.as_ref(), &device, &options)?;
        print::print(&cells.iter().map(|(key, label)| format!("{key}  {label}\n")).collect::<String>());
        return Ok(());
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
