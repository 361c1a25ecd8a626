//! `cargo xtask`: checks what was asked for, chooses cargo features, spawns the work, passes its
//! exit status on.
//!
//! It knows names and files, no mathematics: it compiles in seconds, so that a misspelt name costs
//! seconds too. What the pipelines can be asked is defined in `relata-cli`; xtask parses it to
//! check it, and then hands its own arguments on as they are.

mod cargo;
mod checks;
mod cli;
mod quality;

use checks::Refusal;
use clap::Parser as _;
use cli::{Cli, Command};
use std::ffi::OsString;
use std::process::ExitCode;

fn main() -> ExitCode {
    // clap ends the process with status 2 itself when names or options are wrong, and with 0 after
    // --help.
    match dispatch(Cli::parse().command) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(error.downcast_ref::<Refusal>().map_or(1, Refusal::status))
        }
    }
}

fn dispatch(command: Command) -> anyhow::Result<u8> {
    match command {
        Command::Pipelines(relata_cli::Command::List) => {
            print!("{}", relata_cli::list());
            Ok(0)
        }
        Command::Pipelines(asked) => {
            let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
            cargo::pipelines(&checks::backends(&asked)?, &arguments)
        }
        Command::Bench(args) => quality::bench(&args),
        Command::Test(args) => quality::test(&args.arguments),
        Command::Lint => quality::lint(),
        Command::Doc(args) => quality::doc(args.open),
        Command::Ci(args) => quality::ci(args.parity),
    }
}
