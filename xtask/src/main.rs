//! `cargo xtask`: the door of those who work on the code. It checks what was asked for, chooses cargo
//! features, has cargo build and run `relata`, and passes its exit status on.
//!
//! It knows names and files, no mathematics: it compiles in seconds, so that a misspelt name costs
//! seconds too. What the pipelines can be asked is defined in `relata-cli`; xtask parses it to
//! check it, and then hands its own arguments on as they are.

mod cargo;
mod cli;
mod metrics;
mod quality;

use clap::{CommandFactory as _, FromArgMatches as _};
use cli::{Cli, Command};
use relata_cli::Refusal;
use std::ffi::OsString;
use std::process::ExitCode;

fn main() -> ExitCode {
    // clap ends the process with status 2 itself when names or options are wrong, and with 0 after
    // --help.
    let mut definition = relata_cli::renamed(Cli::command(), "cargo xtask");
    let matches = definition.clone().get_matches();
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|e| e.format(&mut definition).exit());
    match dispatch(cli.command) {
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
            cargo::pipelines(&relata_cli::backends(&asked)?, &arguments)
        }
        Command::Bench(args) => quality::bench(&args),
        Command::Test(args) => quality::test(&args.arguments),
        Command::Lint => quality::lint(),
        Command::Doc(args) => quality::doc(args.open),
        Command::Ci(args) => quality::ci(args.parity),
    }
}
