//! The program `relata` as clap knows it, and what follows from that definition: completions of
//! shells, manual pages, and the same help under another name.

use crate::commands::Command;
use clap::{CommandFactory as _, Parser};
use clap_complete::Shell;
use clap_mangen::Man;
use std::io;
use std::path::Path;

/// What inner products of neural feature maps can represent, how cheaply, and what that says about
/// attention: experiments, one's own data, figures.
#[derive(Debug, Parser)]
#[command(name = "relata", version, after_help = EXAMPLES)]
pub struct Program {
    /// What is asked.
    #[command(subcommand)]
    pub command: Command,
}

/// What most people want first, and how the process ends.
pub const EXAMPLES: &str = "\
Examples:
  relata list                                        what there is to run
  relata run all --profile smoke                     everything, small: a minute
  relata run symmetric                               one question, answered on a laptop
  relata analyse my-relation.csv                     what rank does my own relation need?
  relata preferences my-comparisons.csv              which utility is behind them?
  relata heads --model DIR --text FILE               which attention heads of my own model are retrievals?
  relata report                                      all runs on one page, runs/report.html

Exit status: 0 done, 1 failed, 2 wrong usage, 3 no such backend or device, 4 unusable file or directory,
5 cells are missing, 130 or 143 interrupted.";

/// The completions of the shell for `relata`, as the file that the shell reads.
#[must_use]
pub fn completions(shell: Shell) -> Vec<u8> {
    let mut out = Vec::new();
    clap_complete::generate(shell, &mut Program::command(), "relata", &mut out);
    out
}

/// The manual page of `relata`, in the language of `man`.
///
/// # Errors
/// None that writing to memory can have.
pub fn manual() -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    Man::new(Program::command()).render(&mut out)?;
    Ok(out)
}

/// Writes the manual pages of `relata` and of each of its commands into a directory.
///
/// # Errors
/// The directory cannot be made or written.
pub fn manual_pages(dir: &Path) -> io::Result<()> {
    std::fs::create_dir_all(dir)?;
    clap_mangen::generate_to(Program::command(), dir)
}

/// The same command line for those who call it otherwise: the examples in its help, which are
/// written for `relata`, say `program` instead.
///
/// ```
/// use clap::CommandFactory;
/// use relata_cli::{Program, renamed};
/// let help = renamed(Program::command(), "cargo xtask").render_help().to_string();
/// assert!(help.contains("  cargo xtask list ") && !help.contains("  relata list "));
/// ```
#[must_use]
pub fn renamed(mut command: clap::Command, program: &str) -> clap::Command {
    if let Some(help) = command.get_after_help() {
        let text = help.to_string().replace("  relata ", &format!("  {program} "));
        command = command.after_help(text);
    }
    let names: Vec<String> = command.get_subcommands().map(|c| c.get_name().to_owned()).collect();
    for name in names {
        command = command.mut_subcommand(name, |c| renamed(c, program));
    }
    command
}
