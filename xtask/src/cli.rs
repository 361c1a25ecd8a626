//! What can be asked of xtask: what it hands to the pipelines, and what it does with cargo itself.

use clap::{Args, Parser, Subcommand};
use std::ffi::OsString;

/// Relation functions as inner products of neural networks: runs the experiments and checks the
/// code.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version, after_help = relata_cli::EXAMPLES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    #[command(flatten)]
    Pipelines(relata_cli::Command),
    /// Run the benchmarks.
    Bench(BenchArgs),
    /// Run the tests.
    Test(TestArgs),
    /// Check formatting, and clippy without warnings.
    Lint,
    /// Build the documentation, without warnings.
    Doc(DocArgs),
    /// All that a change must pass: lint, doc, test, a small run of everything.
    Ci(CiArgs),
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  cargo xtask bench                                     everything
  cargo xtask bench readout                             what has `readout` in its name
  cargo xtask bench --quick --against-peers             beside other libraries, where they are installed")]
pub(crate) struct BenchArgs {
    /// Only benchmarks with this in their name.
    pub(crate) filter: Option<String>,
    /// Rough figures: fewer samples, and none of the comparisons that take minutes.
    #[arg(long)]
    pub(crate) quick: bool,
    /// Also run the side-by-side scripts against other libraries.
    #[arg(long)]
    pub(crate) against_peers: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  cargo xtask test                                      the whole workspace, as in continuous integration
  cargo xtask test -p relata-kernels                    one package
  cargo xtask test -- --test-threads 1                  arguments for the tests themselves")]
pub(crate) struct TestArgs {
    /// Arguments for `cargo test`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGS")]
    pub(crate) arguments: Vec<OsString>,
}

#[derive(Debug, Args)]
pub(crate) struct DocArgs {
    /// Open it in a browser.
    #[arg(long)]
    pub(crate) open: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  cargo xtask ci                                        before a pull request
  cargo xtask ci --parity                               also compare the backends; compiles a GPU stack and needs a device,
                                                        which Mesa's software Vulkan is")]
pub(crate) struct CiArgs {
    /// Also check that flex, ndarray and wgpu agree.
    #[arg(long)]
    pub(crate) parity: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_definitions_are_consistent() {
        Cli::command().debug_assert();
    }
}
