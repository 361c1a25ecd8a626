//! `cell`.

use super::run::{about, run_options};
use super::status::{Failure, Status};
use super::{Options, Subject, print};
use crate::{backend, registry, runner};

pub(super) fn cell(
    name: &str,
    key: Option<&str>,
    subject: &Subject,
    options: &Options,
) -> Result<(), Failure> {
    let (pipeline, input) = match about(name, subject)? {
        Some((pipeline, input)) => (pipeline, Some(input)),
        None => (registry::lookup(name)?, None),
    };
    let device = backend::open(options.backend)?;
    let options = run_options(options, input);
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
