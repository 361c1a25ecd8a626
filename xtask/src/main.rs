//! `cargo xtask`: checks what was asked for, chooses cargo features, spawns the work, passes its
//! exit status on.
//!
//! It knows names and files, no mathematics: it compiles in seconds, so that a misspelt name costs
//! seconds too.

mod cargo;
mod checks;
mod cli;
mod quality;

use checks::Refusal;
use clap::Parser as _;
use cli::{Cli, Command};
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
        Command::List => {
            print!("{}", cli::list());
            Ok(0)
        }
        Command::Run(args) => {
            args.subject.check(&args.pipeline)?;
            checks::output(&args.options.out)?;
            cargo::pipelines(&[args.options.backend], &args.forward())
        }
        Command::Cell(args) => {
            args.subject.check(&args.pipeline)?;
            checks::output(&args.options.out)?;
            cargo::pipelines(&[args.options.backend], &args.forward())
        }
        Command::Analyse(args) => {
            args.files().try_for_each(checks::file)?;
            checks::output(&args.options.out)?;
            cargo::pipelines(&[args.options.backend], &args.forward())
        }
        Command::Figures(args) => {
            args.runs.iter().try_for_each(|dir| checks::runs(dir).map(drop))?;
            cargo::pipelines(&[], &args.forward())
        }
        Command::Verify(args) => {
            let backends: Vec<_> = checks::runs(&args.run)?.iter().map(|m| m.backend).collect();
            cargo::pipelines(&backends, &args.forward())
        }
        Command::Report(args) => {
            checks::runs(&args.dir)?;
            cargo::pipelines(&[], &args.forward())
        }
        Command::Doctor(args) => cargo::pipelines(&[args.backend], &args.forward()),
        Command::Bench(args) => quality::bench(&args),
        Command::Test(args) => quality::test(&args.arguments),
        Command::Lint => quality::lint(),
        Command::Doc(args) => quality::doc(args.open),
        Command::Ci(args) => quality::ci(args.parity),
    }
}
