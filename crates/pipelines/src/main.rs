//! `relata-pipelines`: runs pipelines. `cargo xtask` calls it; it can also be called alone.

use std::process::ExitCode;

fn main() -> ExitCode {
    relata_pipelines::cli::main()
}
