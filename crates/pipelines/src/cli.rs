//! The command line of `relata`: what can be asked is defined in `relata-cli`, how it is answered
//! here.
//!
//! Exit status: 0 done, 1 failed, 2 wrong usage, 3 no such backend or device, 4 unusable input (a
//! file, a run or an output directory that the user named).

mod attack;
mod cell;
mod doctor;
pub(crate) mod inspect;
pub(crate) mod print;
pub(crate) mod run;
mod shell;
pub(crate) mod status;

use clap::Parser as _;
pub(crate) use inspect::Shelf;
use relata_cli::{Command, Direct, Program};
use status::Failure;
use std::process::ExitCode;

/// Runs the command line of this process.
pub fn main() -> ExitCode {
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
        Command::Cell(args) => cell::cell(args),
        Command::Figures(args) => inspect::figures(args, &Shelf::Relata),
        Command::Verify(args) => inspect::verify(&args.run, args.cells, &Shelf::Relata),
        Command::Report(args) => inspect::report(args),
        Command::Compare(args) => inspect::compare(args, &Shelf::Relata),
        Command::Doctor(args) => doctor::doctor(args),
        Command::Attack(args) => attack::attack(args),
        Command::Completions(args) => shell::completions(args),
        Command::Manual(args) => shell::manual(args),
    }
}
