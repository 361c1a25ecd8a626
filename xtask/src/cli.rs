//! What can be asked of xtask: what it hands to the pipelines, and what it does with cargo itself.

use clap::{Args, Parser, Subcommand};
use std::ffi::OsString;
use std::path::PathBuf;

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
  cargo xtask bench                                     all benchmarks of our own
  cargo xtask bench readout --save before               what has `readout` in its name; keep the figures
  cargo xtask bench readout --against before            compare with those that were kept
  cargo xtask bench --against-peers                     beside other libraries, in a virtual environment made for it
  cargo xtask bench --against-peers --only kernels      one group of comparisons, or one: kernels/product
  cargo xtask bench --against-peers --docs              and put the table into docs/performance.md
  cargo xtask bench --against-peers --quick             rough figures, without what takes minutes

Comparisons need python3 and a package index that pip can reach; a library that cannot be installed is
named, and the others still run. Results: target/peers/peers.{csv,json,md,svg,pdf,png}.")]
pub(crate) struct BenchArgs {
    /// Only benchmarks with this in their name.
    #[arg(conflicts_with = "against_peers")]
    pub(crate) filter: Option<String>,
    /// Rough figures: fewer samples, and none of the comparisons that take minutes.
    #[arg(long)]
    pub(crate) quick: bool,
    /// Keep the figures under this name.
    #[arg(long, value_name = "BASELINE", conflicts_with_all = ["against_peers", "against"])]
    pub(crate) save: Option<String>,
    /// Compare with the figures that were kept under this name.
    #[arg(long, value_name = "BASELINE", conflicts_with = "against_peers")]
    pub(crate) against: Option<String>,
    /// Run the comparisons with other libraries instead.
    #[arg(long)]
    pub(crate) against_peers: bool,
    /// One comparison, or a group of them.
    #[arg(long, value_name = "NAME", requires = "against_peers")]
    pub(crate) only: Option<String>,
    /// Where the results of comparisons are written; earlier ones of other comparisons are kept.
    #[arg(long, value_name = "DIR", requires = "against_peers")]
    pub(crate) out: Option<PathBuf>,
    /// Put the table into docs/performance.md as well.
    #[arg(long, requires = "against_peers")]
    pub(crate) docs: bool,
    /// The Python that makes the virtual environment.
    #[arg(long, value_name = "PROGRAM", requires = "against_peers", default_value = "python3")]
    pub(crate) python: PathBuf,
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
