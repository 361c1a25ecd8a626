//! `completions` and `manual`: what a shell and `man` want of the command line.

use super::print;
use super::status::{Failure, Status};
use relata_cli::{CompletionsArgs, ManualArgs};

pub(super) fn completions(args: &CompletionsArgs) -> Result<(), Failure> {
    print::print(&String::from_utf8_lossy(&relata_cli::completions(args.shell)));
    Ok(())
}

pub(super) fn manual(args: &ManualArgs) -> Result<(), Failure> {
    match &args.dir {
        None => print::print(&String::from_utf8_lossy(&relata_cli::manual()?)),
        Some(dir) => {
            let failed = |e| anyhow::anyhow!("cannot write manual pages into {}: {e}", dir.display());
            relata_cli::manual_pages(dir).map_err(|e| Failure::new(Status::Input, failed(e)))?;
            print::print(&format!("{}\n", dir.display()));
        }
    }
    Ok(())
}
