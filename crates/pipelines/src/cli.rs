//! The command line of `relata`: what can be asked is defined in `relata-cli`, how it is answered
//! here.
//!
//! Exit status: 0 done, 1 failed, 2 wrong usage, 3 no such backend or device, 4 unusable input (a
//! file, a run or an output directory that the user named), 5 incomplete (cells are missing), 130 or
//! 143 interrupted.

mod attack;
mod cell;
mod cells;
mod doctor;
mod faults;
pub(crate) mod inspect;
pub(crate) mod print;
pub(crate) mod run;
mod shell;
pub(crate) mod status;
mod sweep;

use crate::runner;
use clap::Parser as _;
pub(crate) use inspect::Shelf;
use relata_cli::{CollectArgs, Command, Direct, Program};
use relata_runs::Journal;
use status::{Failure, Status};
use std::path::Path;
use std::process::ExitCode;

/// Names a directory in which this process notes every step that it takes on the disk: how tests
/// find out what a machine that dies may leave, and how often a cell was computed.
pub const JOURNAL: &str = "RELATA_DISK_JOURNAL";

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    runner::end_on_signals();
    if let Some(directory) = std::env::var_os(JOURNAL) {
        // A test that asks for an account must not go without one.
        if let Err(error) = Journal::begin(Path::new(&directory)) {
            print::complain(&anyhow::anyhow!("{JOURNAL}: {error}"));
            return ExitCode::from(Status::Input as u8);
        }
    }
    // clap ends the process with status 2 itself, and with 0 after --help.
    end(dispatch(&Program::parse().command))
}

/// How the process ends.
pub(crate) fn end(result: Result<(), Failure>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            print::complain(&failure.error);
            ExitCode::from(failure.status as u8)
        }
    }
}

fn dispatch(command: &Command) -> Result<(), Failure> {
    match command {
        Command::List => {
            print::print(&relata_cli::list());
            Ok(())
        }
        Command::Run(args) | Command::Direct(Direct(args)) => run::run(args),
        Command::Cells(args) => cells::cells(args),
        Command::Cell(args) => cell::cell(args),
        Command::Collect(CollectArgs(args)) => run::collect(args),
        Command::Sweep(args) => sweep::sweep(args),
        Command::Figures(args) => inspect::figures(args, &Shelf::Relata),
        Command::Verify(args) => inspect::verify(&args.run, args.cells, &Shelf::Relata),
        Command::Report(args) => inspect::report(args),
        Command::Tables(args) => inspect::tables(args),
        Command::Compare(args) => inspect::compare(args, &Shelf::Relata),
        Command::Doctor(args) => doctor::doctor(args),
        Command::Attack(args) => attack::attack(args),
        Command::Faults(args) => faults::faults(args),
        Command::Completions(args) => shell::completions(args),
        Command::Manual(args) => shell::manual(args),
    }
}
