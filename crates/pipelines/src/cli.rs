//! The command line of `relata-pipelines`, which `cargo xtask` spawns: what can be asked is defined
//! in `relata-cli`, how it is answered here.
//!
//! Exit status: 0 done, 1 failed, 2 wrong usage, 3 no such backend or device, 4 unusable input (a
//! file, a run or an output directory that the user named).

mod attack;
mod cell;
mod doctor;
mod inspect;
mod print;
mod run;
mod status;

use clap::Parser;
use relata_cli::{Command, Direct};
use status::Failure;
use std::process::ExitCode;

/// Reproducible experiments on relation functions and inner products of neural networks.
#[derive(Debug, Parser)]
#[command(name = "relata-pipelines", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    // clap ends the process with status 2 itself, and with 0 after --help.
    match dispatch(&Cli::parse().command) {
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
        Command::Figures(args) => inspect::figures(args),
        Command::Verify(args) => inspect::verify(&args.run, args.cells),
        Command::Report(args) => inspect::report(&args.dir),
        Command::Doctor(args) => doctor::doctor(args),
        Command::Attack(args) => attack::attack(args),
    }
}
