//! What can be asked, and help that teaches by example.

use crate::checks::{self, Refusal};
use clap::{Args, Parser, Subcommand};
use relata_runs::{BackendKind, NameError, PIPELINES, Profile, pipeline_info};
use std::ffi::OsString;
use std::fmt::Write as _;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

/// Relation functions as inner products of neural networks: runs the experiments and checks the
/// code.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version, after_help = AFTER_HELP)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const AFTER_HELP: &str = "\
Examples:
  cargo xtask list                                   what there is to run
  cargo xtask run all --profile smoke                everything, small: a few minutes
  cargo xtask run symmetric                          one question, answered on a laptop
  cargo xtask analyse my-relation.csv                what rank does my own relation need?
  cargo xtask run heads --model DIR --text FILE      which attention heads of my own model are retrievals?
  cargo xtask report                                 all runs on one page, runs/report.html

Exit status: 0 done, 1 failed, 2 wrong usage, 3 no such backend or device, 4 unusable file or directory.";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the pipelines, profiles and backends.
    List,
    /// Run a pipeline, or all of them; resume one that was interrupted.
    Run(RunArgs),
    /// Compute one cell of a pipeline, or list its cells.
    Cell(CellArgs),
    /// Analyse a relation that you measured: its parts, its spectrum, the rank it needs.
    Analyse(AnalyseArgs),
    /// Draw the figures of finished runs again, from their tables, computing nothing.
    Figures(FiguresArgs),
    /// Check that runs hold what the program computes.
    Verify(VerifyArgs),
    /// Write one page of all runs.
    Report(ReportArgs),
    /// Say what can be used on this machine.
    Doctor(DoctorArgs),
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

/// What every run takes.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// How much to compute: smoke, standard, paper.
    #[arg(long, default_value_t = Profile::Standard)]
    pub(crate) profile: Profile,
    /// Where tensors are computed: flex, ndarray, wgpu.
    #[arg(long, default_value_t = BackendKind::Flex)]
    pub(crate) backend: BackendKind,
    /// The seed of all randomness; the same seed gives the same bytes.
    #[arg(long, default_value_t = 0, value_name = "N", allow_negative_numbers = true)]
    pub(crate) seed: u64,
    /// The directory under which run directories live.
    #[arg(long, default_value = "runs", value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Cells computed at a time [default: the number of cores]; it does not change the results.
    #[arg(long, value_name = "N", value_parser = at_least_one, allow_negative_numbers = true)]
    pub(crate) jobs: Option<NonZeroUsize>,
}

impl Options {
    fn forward(&self) -> Vec<OsString> {
        let mut out: Vec<OsString> = Vec::new();
        out.extend(["--profile".into(), self.profile.name().into()]);
        out.extend(["--backend".into(), self.backend.name().into()]);
        out.extend(["--seed".into(), self.seed.to_string().into()]);
        out.extend(["--out".into(), self.out.clone().into()]);
        if let Some(jobs) = self.jobs {
            out.extend(["--jobs".into(), jobs.to_string().into()]);
        }
        out
    }
}

/// What the pipeline `heads` looks at.
#[derive(Debug, Args)]
pub(crate) struct Subject {
    /// For `heads`: a directory with config.json, model.safetensors and tokenizer.json, of the BERT
    /// or GPT-2 family [default: tiny models made on the spot].
    #[arg(long, value_name = "DIR")]
    pub(crate) model: Option<PathBuf>,
    /// For `heads`: a text for the model to read [default: a page that comes with the program].
    #[arg(long, value_name = "FILE", requires = "model")]
    pub(crate) text: Option<PathBuf>,
}

impl Subject {
    pub(crate) fn check(&self, pipeline: &str) -> Result<(), Refusal> {
        if let Some(model) = &self.model {
            if pipeline != "heads" {
                let text = format!("--model and --text belong to the pipeline `heads`, not to `{pipeline}`");
                return Err(Refusal::Usage(text));
            }
            checks::file(&model.join("config.json"))?;
        }
        self.text.as_deref().map_or(Ok(()), checks::file)
    }

    fn forward(&self) -> Vec<OsString> {
        let given = [("--model", &self.model), ("--text", &self.text)];
        let pairs = given.into_iter().filter_map(|(name, path)| Some([name.into(), path.clone()?.into()]));
        pairs.flatten().collect()
    }
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  cargo xtask run all --profile smoke                  check that everything works
  cargo xtask run symmetric --seed 7                   another seed, beside the first
  cargo xtask run symmetry-gap --profile paper --jobs 8
  cargo xtask run asymmetric --backend wgpu            on a graphics processor; compiles one stack more, once
  cargo xtask run width-two --out ../results           somewhere else
  cargo xtask run heads --model DIR --text page.txt    every attention head of a BERT or GPT-2 checkpoint

Results are in <out>/<pipeline>/<profile>-<backend>-<seed>[-<hash of the model and text>]/: tables/*.csv, figures/*.{svg,pdf,png}, summary.json and
manifest.json. An interrupted run resumes when it is started again.")]
pub(crate) struct RunArgs {
    /// A pipeline (`cargo xtask list`), or `all`.
    #[arg(value_parser = pipeline_or_all)]
    pub(crate) pipeline: String,
    #[command(flatten)]
    pub(crate) subject: Subject,
    #[command(flatten)]
    pub(crate) options: Options,
}

impl RunArgs {
    pub(crate) fn forward(&self) -> Vec<OsString> {
        let name = vec!["run".into(), self.pipeline.clone().into()];
        [name, self.subject.forward(), self.options.forward()].concat()
    }
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  cargo xtask cell symmetric --profile paper           list the cells: key and label
  cargo xtask cell symmetric 3f2a9c --profile paper    compute the one whose key begins so
  cargo xtask run symmetric --profile paper            gather what is finished, compute the rest

Machines that share the output directory may compute cells of one run at the same time.")]
pub(crate) struct CellArgs {
    /// A pipeline (`cargo xtask list`).
    #[arg(value_parser = pipeline)]
    pub(crate) pipeline: String,
    /// Key of the cell, the beginning of it, or the cell's label; without it the cells are listed.
    pub(crate) key: Option<String>,
    #[command(flatten)]
    pub(crate) subject: Subject,
    #[command(flatten)]
    pub(crate) options: Options,
}

impl CellArgs {
    pub(crate) fn forward(&self) -> Vec<OsString> {
        let mut out: Vec<OsString> = vec!["cell".into(), self.pipeline.clone().into()];
        out.extend(self.subject.forward());
        out.extend(self.options.forward());
        if let Some(key) = &self.key {
            out.extend(["--".into(), key.clone().into()]);
        }
        out
    }
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  cargo xtask analyse attendance.csv                    a matrix, with or without row and column names
  cargo xtask analyse ratings.npy --eps 0.01            the rank for 1 % error
  cargo xtask analyse edges.csv --missing zero          a list source,target,value; absent pairs are 0
  cargo xtask analyse trade.csv --x-features exporters.csv --y-features importers.csv
                                                        also: how well do encoders predict held-out pairs?")]
pub(crate) struct AnalyseArgs {
    /// A matrix (CSV or NPY), or a list `source,target,value` (CSV).
    pub(crate) file: PathBuf,
    /// Features of the rows, one line a row (CSV).
    #[arg(long, value_name = "CSV")]
    pub(crate) x_features: Option<PathBuf>,
    /// Features of the columns, one line a column (CSV).
    #[arg(long, value_name = "CSV")]
    pub(crate) y_features: Option<PathBuf>,
    /// The relative error for which ranks are asked, above 0 and below 1.
    #[arg(long, default_value_t = 0.05, value_parser = fraction, allow_negative_numbers = true)]
    pub(crate) eps: f64,
    /// What an absent pair of a list means; without it an absent pair is an error.
    #[arg(long, value_name = "VALUE", value_parser = ["zero"])]
    pub(crate) missing: Option<String>,
    #[command(flatten)]
    pub(crate) options: Options,
}

impl AnalyseArgs {
    pub(crate) fn files(&self) -> impl Iterator<Item = &Path> {
        [Some(&self.file), self.x_features.as_ref(), self.y_features.as_ref()]
            .into_iter()
            .flatten()
            .map(PathBuf::as_path)
    }

    pub(crate) fn forward(&self) -> Vec<OsString> {
        let mut out: Vec<OsString> = vec!["analyse".into(), "--eps".into(), self.eps.to_string().into()];
        for (name, file) in [("--x-features", &self.x_features), ("--y-features", &self.y_features)] {
            if let Some(file) = file {
                out.extend([name.into(), file.clone().into()]);
            }
        }
        if let Some(missing) = &self.missing {
            out.extend(["--missing".into(), missing.clone().into()]);
        }
        out.extend(self.options.forward());
        out.extend(["--".into(), self.file.clone().into()]);
        out
    }
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  cargo xtask figures                                   of every run under runs/
  cargo xtask figures runs/symmetric/standard-flex-0    of one")]
pub(crate) struct FiguresArgs {
    /// Run directories, or directories of runs.
    #[arg(default_value = "runs", value_name = "RUN")]
    pub(crate) runs: Vec<PathBuf>,
}

impl FiguresArgs {
    pub(crate) fn forward(&self) -> Vec<OsString> {
        let mut out: Vec<OsString> = vec!["figures".into(), "--".into()];
        out.extend(self.runs.iter().map(OsString::from));
        out
    }
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  cargo xtask verify runs/symmetric/standard-flex-0     hashes, tables, figures, and three cells computed again
  cargo xtask verify runs --cells 0                     every run; compute no cell")]
pub(crate) struct VerifyArgs {
    /// A run directory, or a directory of runs.
    pub(crate) run: PathBuf,
    /// How many cells of each run are computed again.
    #[arg(long, default_value_t = 3, value_name = "N", allow_negative_numbers = true)]
    pub(crate) cells: usize,
}

impl VerifyArgs {
    pub(crate) fn forward(&self) -> Vec<OsString> {
        vec![
            "verify".into(),
            "--cells".into(),
            self.cells.to_string().into(),
            "--".into(),
            self.run.clone().into(),
        ]
    }
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  cargo xtask report                                    runs/report.html, one file that needs no other
  cargo xtask report ../results")]
pub(crate) struct ReportArgs {
    /// A directory of runs.
    #[arg(default_value = "runs")]
    pub(crate) dir: PathBuf,
}

impl ReportArgs {
    pub(crate) fn forward(&self) -> Vec<OsString> {
        vec!["report".into(), "--".into(), self.dir.clone().into()]
    }
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  cargo xtask doctor                                    cores, fonts, output directory, default backend
  cargo xtask doctor --backend wgpu                     is there a graphics processor?")]
pub(crate) struct DoctorArgs {
    /// A backend to compile in and try.
    #[arg(long, default_value_t = BackendKind::Flex)]
    pub(crate) backend: BackendKind,
    /// The directory under which runs would be written.
    #[arg(long, default_value = "runs", value_name = "DIR")]
    pub(crate) out: PathBuf,
}

impl DoctorArgs {
    pub(crate) fn forward(&self) -> Vec<OsString> {
        vec!["doctor".into(), "--out".into(), self.out.clone().into()]
    }
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  cargo xtask bench                                     everything
  cargo xtask bench readout                             what has `readout` in its name
  cargo xtask bench --against-peers                     beside other libraries, where they are installed")]
pub(crate) struct BenchArgs {
    /// Only benchmarks with this in their name.
    pub(crate) filter: Option<String>,
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

/// What there is to run.
pub(crate) fn list() -> String {
    let mut out = String::from("Pipelines (cargo xtask run <pipeline>)\n");
    for p in PIPELINES {
        // Formatting into a string cannot fail.
        let _ = writeln!(out, "  {:14} {}\n  {:14} figures: {}", p.name, p.about, "", p.produces);
    }
    out += "\nYour own relation (cargo xtask analyse FILE)\n";
    out += "  analyse        Its parts, its spectrum, the rank it needs, and what encoders predict of it.\n";
    out += "\nProfiles (--profile)\n";
    for p in Profile::ALL {
        let default = if p == Profile::default() { " (default)" } else { "" };
        let _ = writeln!(out, "  {p:14} {}{default}", p.about());
    }
    out += "\nBackends (--backend)\n";
    for b in BackendKind::ALL {
        let default = if b == BackendKind::default() { " (default)" } else { "" };
        let _ = writeln!(out, "  {b:14} {}{default}", b.about());
    }
    out
}

fn pipeline(name: &str) -> Result<String, NameError> {
    pipeline_info(name).map(|p| p.name.to_owned())
}

fn pipeline_or_all(name: &str) -> Result<String, NameError> {
    if name == "all" {
        return Ok(name.to_owned());
    }
    pipeline(name)
        .map_err(|_| NameError::new("pipeline", name, PIPELINES.iter().map(|p| p.name).chain(["all"])))
}

fn at_least_one(text: &str) -> Result<NonZeroUsize, String> {
    text.parse().map_err(|_| "it must be a whole number from 1 up".to_owned())
}

fn fraction(text: &str) -> Result<f64, String> {
    let value: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if value > 0.0 && value < 1.0 { Ok(value) } else { Err("it must be above 0 and below 1".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_definitions_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn an_error_out_of_range_is_refused_with_the_range() {
        for eps in ["-1", "0", "1", "x"] {
            let refusal =
                Cli::try_parse_from(["xtask", "analyse", "m.csv", "--eps", eps]).unwrap_err().to_string();
            assert!(refusal.contains("above 0 and below 1") || eps == "x", "{refusal}");
            assert!(refusal.contains("not a number") || eps != "x", "{refusal}");
        }
    }

    #[test]
    fn arguments_reach_the_program_in_full() {
        let forwarded = |line: &str| {
            let cli = Cli::parse_from(["xtask"].into_iter().chain(line.split(' ')));
            let words = match cli.command {
                Command::Run(a) => a.forward(),
                Command::Cell(a) => a.forward(),
                Command::Analyse(a) => a.forward(),
                Command::Figures(a) => a.forward(),
                Command::Verify(a) => a.forward(),
                other => panic!("{other:?}"),
            };
            words.iter().map(|w| w.to_str().unwrap()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(
            forwarded("run symmetric --seed 7 --jobs 3 --backend wgpu"),
            "run symmetric --profile standard --backend wgpu --seed 7 --out runs --jobs 3"
        );
        assert_eq!(
            forwarded("run heads --model m --text t.txt --seed 7"),
            "run heads --model m --text t.txt --profile standard --backend flex --seed 7 --out runs"
        );
        assert_eq!(
            forwarded("cell width-two 3f2a --profile smoke --out o"),
            "cell width-two --profile smoke --backend flex --seed 0 --out o -- 3f2a"
        );
        assert_eq!(
            forwarded("analyse m.csv --x-features a.csv --y-features b.csv --eps 0.1 --missing zero"),
            "analyse --eps 0.1 --x-features a.csv --y-features b.csv --missing zero --profile standard --backend flex \
             --seed 0 --out runs -- m.csv"
        );
        assert_eq!(forwarded("figures a b"), "figures -- a b");
        assert_eq!(forwarded("verify r"), "verify --cells 3 -- r");
    }
}
