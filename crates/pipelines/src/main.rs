//! `relata`, the program.

use std::process::ExitCode;

fn main() -> ExitCode {
    relata_pipelines::cli::main()
}
