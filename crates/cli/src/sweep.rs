//! `sweep`: many runs from one configuration, which is checked before anything starts.

use crate::pipelines::pipeline_info;
use crate::task::{Asked, RunArgs};
use clap::{Args, Command, FromArgMatches as _, ValueEnum};
use relata_runs::{BackendKind, Profile, Shard};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

/// More runs are a mistake in a range: each has a directory of its own.
pub const MAX_SWEEP_RUNS: u128 = 100_000;

/// More bytes are not a configuration.
const MAX_CONFIG_BYTES: u64 = 1 << 20;

/// What is swept, and by what.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct SweepArgs {
    /// The configuration (TOML). Paths in it are relative to its directory.
    pub config: PathBuf,
    /// What starts the shards.
    #[arg(long, value_name = "ENGINE", default_value = "local")]
    pub engine: Engine,
    /// Say how much there is to do, and start nothing.
    #[arg(long, conflicts_with_all = ["shard", "collect", "submit"])]
    pub check: bool,
    /// Compute one part of all cells of the sweep: what engines call.
    #[arg(long, value_name = "INDEX/COUNT", conflicts_with_all = ["collect", "submit"])]
    pub shard: Option<Shard>,
    /// Make tables and figures of what is finished, and name what is missing.
    #[arg(long, conflicts_with = "submit")]
    pub collect: bool,
    /// With `--engine slurm`: hand the script to `sbatch`, wait, hand in again what failed, collect.
    #[arg(long)]
    pub submit: bool,
    /// Cells (with `local` and `--shard`) or shards (with `snakemake`) at a time [default: the
    /// number of cores].
    #[arg(long, value_name = "N")]
    pub jobs: Option<NonZeroUsize>,
}

/// What starts the shards of a sweep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Engine {
    /// This process.
    Local,
    /// Snakemake, which is installed where it is missing; on a cluster if the configuration says so.
    Snakemake,
    /// A script for `sbatch --array`, which needs nothing else.
    Slurm,
}

/// The configuration of a sweep.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sweep {
    /// The directory under which run directories live.
    #[serde(default = "runs")]
    pub out: PathBuf,
    /// How many shards engines start; by what the cells are expected to cost, if nothing is said.
    pub shards: Option<NonZeroUsize>,
    /// A sweep of more cells is refused.
    #[serde(default = "million")]
    pub max_cells: u64,
    /// What is computed: every combination within each.
    pub grid: Vec<Grid>,
    /// How a job of Slurm is asked for.
    #[serde(default)]
    pub slurm: SlurmParams,
}

/// Runs of some pipelines: every combination of a pipeline, a profile, a seed and parameters.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grid {
    /// The pipelines.
    pub pipelines: Vec<String>,
    /// The profiles.
    #[serde(default = "standard")]
    pub profiles: Vec<Profile>,
    /// The seeds.
    #[serde(default)]
    pub seeds: Seeds,
    /// Where tensors are computed.
    #[serde(default)]
    pub backend: BackendKind,
    /// Options of the pipelines by name without dashes, each with its values; `file` is the file of
    /// a pipeline that takes one.
    #[serde(default)]
    pub parameters: BTreeMap<String, Vec<toml::Value>>,
}

/// The seeds of a grid.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Seeds {
    /// These.
    Listed(Vec<u64>),
    /// From the first to before the last.
    Range(SeedRange),
}

/// Seeds one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedRange {
    /// The first.
    pub from: u64,
    /// The one after the last.
    pub to: u64,
}

/// How a job of Slurm is asked for; what is not said is left to the cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlurmParams {
    /// The partition.
    pub partition: Option<String>,
    /// The longest a shard may take, as `sbatch` writes it.
    pub time: Option<String>,
    /// Memory, as `sbatch` writes it.
    pub memory: Option<String>,
    /// Further options of `sbatch`, such as `--account=X`.
    #[serde(default)]
    pub options: Vec<String>,
    /// Whether Snakemake starts its shards by `sbatch`.
    #[serde(default)]
    pub by_snakemake: bool,
}

impl Default for Seeds {
    fn default() -> Self {
        Self::Listed(vec![0])
    }
}

impl Seeds {
    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        match self {
            Self::Listed(seeds) => seeds.len() as u64,
            Self::Range(SeedRange { from, to }) => to.saturating_sub(*from),
        }
    }

    fn each(&self) -> Box<dyn Iterator<Item = u64> + '_> {
        match self {
            Self::Listed(seeds) => Box::new(seeds.iter().copied()),
            Self::Range(SeedRange { from, to }) => Box::new(*from..*to),
        }
    }
}

/// A configuration that cannot be swept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SweepError {
    /// The file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is not a configuration.
    #[error("{} is not a sweep: {problem}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        problem: String,
    },
    /// It asks for nothing.
    #[error("grid {number} is empty: it has no {axis}")]
    Empty {
        /// Which grid, counted from 1.
        number: usize,
        /// What it has none of.
        axis: String,
    },
    /// It asks for too much.
    #[error("the sweep has {runs} runs, each of a cell or more; at most {MAX_SWEEP_RUNS} runs can be swept")]
    Large {
        /// How many runs.
        runs: u128,
    },
    /// It asks for what cannot be run.
    #[error("grid {number}: {problem}")]
    Run {
        /// Which grid, counted from 1.
        number: usize,
        /// What is wrong.
        problem: String,
    },
}

impl Sweep {
    /// Reads the configuration in a file.
    ///
    /// # Errors
    /// [`SweepError`]
    pub fn read(path: &Path) -> Result<Self, SweepError> {
        let io = |source| SweepError::Read { path: path.to_owned(), source };
        let length = std::fs::metadata(path).map_err(io)?.len();
        if length > MAX_CONFIG_BYTES {
            let problem = format!("it has {length} bytes, more than {MAX_CONFIG_BYTES}");
            return Err(SweepError::Syntax { path: path.to_owned(), problem });
        }
        let text = std::fs::read_to_string(path).map_err(io)?;
        Self::parse(&text).map_err(|problem| SweepError::Syntax { path: path.to_owned(), problem })
    }

    /// The configuration in a text, or what is wrong with it and where.
    ///
    /// ```
    /// use relata_cli::Sweep;
    /// let text = "[[grid]]\npipelines = [\"rkhs\"]\nseeds = { from = 0, to = 3 }\nprofiles = [\"smoke\"]";
    /// assert_eq!(Sweep::parse(text)?.runs().unwrap().len(), 3);
    /// # Ok::<(), String>(())
    /// ```
    ///
    /// # Errors
    /// What is wrong, and where.
    pub fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|e| e.to_string().trim_end().to_owned())
    }

    /// Every run, in the order of the grids, and in each pipelines before parameters, profiles and
    /// seeds. Everything is checked before the first is made.
    ///
    /// # Errors
    /// [`SweepError`]
    pub fn runs(&self) -> Result<Vec<RunArgs>, SweepError> {
        if self.grid.is_empty() {
            return Err(SweepError::Empty { number: 1, axis: "table [[grid]]".to_owned() });
        }
        let mut runs: u128 = 0;
        for (k, grid) in self.grid.iter().enumerate() {
            if let Some(axis) = grid.empty_axis() {
                return Err(SweepError::Empty { number: k + 1, axis });
            }
            runs = runs.saturating_add(grid.count());
        }
        if runs > MAX_SWEEP_RUNS {
            return Err(SweepError::Large { runs });
        }
        let mut all = Vec::new();
        for (k, grid) in self.grid.iter().enumerate() {
            let each = grid.runs(&self.out).map_err(|problem| SweepError::Run { number: k + 1, problem })?;
            all.extend(each);
        }
        Ok(all)
    }
}

impl Grid {
    /// What there is none of.
    fn empty_axis(&self) -> Option<String> {
        let axes = [
            ("pipelines", self.pipelines.is_empty()),
            ("profiles", self.profiles.is_empty()),
            ("seeds", self.seeds.count() == 0),
        ];
        let axis = axes.into_iter().find(|(_, empty)| *empty).map(|(axis, _)| axis.to_owned());
        let parameter = self.parameters.iter().find(|(_, values)| values.is_empty());
        axis.or_else(|| parameter.map(|(name, _)| format!("values of the parameter `{name}`")))
    }

    /// How many runs it has.
    fn count(&self) -> u128 {
        let axes = [self.pipelines.len() as u128, self.profiles.len() as u128, self.seeds.count().into()];
        let parameters = self.parameters.values().map(|values| values.len() as u128);
        axes.into_iter().chain(parameters).fold(1, u128::saturating_mul)
    }

    fn runs(&self, out: &Path) -> Result<Vec<RunArgs>, String> {
        let mut runs = Vec::new();
        for pipeline in &self.pipelines {
            // A file and a run of everything would be said less well below.
            pipeline_info(pipeline).map_err(|e| e.to_string())?;
            for words in self.words(pipeline)? {
                let parsed = parsed(&words)?;
                for profile in &self.profiles {
                    for seed in self.seeds.each() {
                        let mut run = parsed.clone();
                        run.options.profile = *profile;
                        run.options.seed = seed;
                        run.options.backend = self.backend;
                        run.options.out = out.to_owned();
                        runs.push(run);
                    }
                }
            }
        }
        Ok(runs)
    }

    /// The command line of each combination of the parameters.
    fn words(&self, pipeline: &str) -> Result<Vec<Vec<String>>, String> {
        let mut lines = vec![vec!["run".to_owned(), pipeline.to_owned()]];
        for (name, values) in &self.parameters {
            if ["profile", "seed", "backend", "out", "shard", "jobs"].contains(&name.as_str()) {
                return Err(format!("`{name}` is not a parameter of cells; it has a place of its own"));
            }
            let mut longer = Vec::new();
            for line in &lines {
                for value in values {
                    let mut line = line.clone();
                    line.extend(option(name, value)?);
                    longer.push(line);
                }
            }
            lines = longer;
        }
        Ok(lines)
    }
}

/// A parameter as words of a command line.
fn option(name: &str, value: &toml::Value) -> Result<Vec<String>, String> {
    let text = match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Integer(i) => i.to_string(),
        toml::Value::Float(f) => f.to_string(),
        toml::Value::Boolean(true) => return Ok(vec![format!("--{name}")]),
        toml::Value::Boolean(false) => return Ok(Vec::new()),
        other => {
            return Err(format!(
                "a value of `{name}` is a {}; it must be a text or a number",
                other.type_str()
            ));
        }
    };
    Ok(if name == "file" { vec![text] } else { vec![format!("--{name}={text}")] })
}

/// What a command line of `run` means.
fn parsed(words: &[String]) -> Result<RunArgs, String> {
    let command = <RunArgs as Args>::augment_args(Command::new("run")).no_binary_name(false);
    let matches = command.try_get_matches_from(words).map_err(|e| plain(&e))?;
    let run = RunArgs::from_arg_matches(&matches).map_err(|e| plain(&e))?;
    match run.asked {
        Asked::All => Err("`all` is not a pipeline; name those that are meant".to_owned()),
        Asked::One { .. } => Ok(run),
    }
}

/// What clap has to say, in one line.
fn plain(error: &clap::Error) -> String {
    let text = error.to_string();
    let lines = text.lines().map(str::trim).filter(|l| !l.is_empty());
    let said: Vec<&str> = lines.take_while(|l| !l.starts_with("Usage:")).collect();
    said.join("; ").trim_start_matches("error: ").to_owned()
}

fn runs() -> PathBuf {
    "runs".into()
}

fn million() -> u64 {
    1_000_000
}

fn standard() -> Vec<Profile> {
    vec![Profile::Standard]
}
