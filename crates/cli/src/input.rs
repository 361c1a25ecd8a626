//! What a pipeline takes of the user's own: a model, a file, or nothing.
//!
//! To give a pipeline an input of a new kind, add a struct of arguments here, a variant of [`Takes`]
//! and one of [`Given`]; the compiler names the rest.

use crate::reading::{ReadingArgs, split_array};
use clap::{ArgMatches, Args, Command, Error, FromArgMatches as _, ValueEnum};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

/// The kind of input that a pipeline takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// None: it makes its own data.
    Nothing,
    /// Which relations of the catalogue, where not all of its own are meant.
    Catalogue,
    /// A model, where one is given, and a text for it to read.
    Checkpoint,
    /// A relation that somebody measured, always.
    Measured,
    /// Preferences that somebody collected, always.
    Preferences,
}

/// The input that was given.
#[derive(Clone, Debug, PartialEq)]
pub enum Given {
    /// None.
    Nothing,
    /// Relations of the catalogue.
    Catalogue(CatalogueArgs),
    /// A model and a text.
    Checkpoint(CheckpointArgs),
    /// A measured relation.
    Measured(MeasuredArgs),
    /// Collected preferences.
    Preferences(PreferencesArgs),
}

/// Relations of the catalogue, and at which sizes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct CatalogueArgs {
    /// A relation of the catalogue; may be given again [default: all that suit the pipeline].
    #[arg(long, value_name = "NAME")]
    pub relation: Vec<String>,
    /// Ranks at which errors are measured, as 1,2,4 [default: those of the profile].
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub ranks: Vec<NonZeroUsize>,
    /// Hidden units of random readouts, as 32,64 [default: those of the profile].
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub widths: Vec<NonZeroUsize>,
}

/// A model that somebody trained.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct CheckpointArgs {
    /// A directory with config.json, model.safetensors and a tokenizer: BERT, DistilBERT, RoBERTa,
    /// MPNet, ELECTRA or GPT-2 [default: tiny models made on the spot].
    #[arg(long, value_name = "DIR")]
    pub model: Option<PathBuf>,
    /// A text for the model to read [default: a page that comes with the program].
    #[arg(long, value_name = "FILE", requires = "model")]
    pub text: Option<PathBuf>,
}

/// A relation that somebody measured, and what to ask of it.
#[derive(Clone, Debug, PartialEq, Args)]
pub struct MeasuredArgs {
    /// A matrix or a list of pairs: text (CSV and its kin), NPY, one array of an NPZ (FILE:name),
    /// MatrixMarket, UCINET DL or Pajek, perhaps packed with gzip.
    pub file: PathBuf,
    /// Features of the rows, one line per row (CSV).
    #[arg(long, value_name = "CSV")]
    pub x_features: Option<PathBuf>,
    /// Features of the columns, one line per column (CSV).
    #[arg(long, value_name = "CSV")]
    pub y_features: Option<PathBuf>,
    /// The relative error for which ranks are asked, above 0 and below 1.
    #[arg(long, default_value_t = MeasuredArgs::EPS, value_parser = fraction, allow_negative_numbers = true)]
    pub eps: f64,
    /// How the file is to be read.
    #[command(flatten)]
    pub reading: ReadingArgs,
}

impl MeasuredArgs {
    /// The relative error unless another is given: the customary 5 %.
    pub const EPS: f64 = 0.05;

    /// The relation in a file, without features, with the defaults of the command line.
    pub fn new(file: impl Into<PathBuf>) -> Self {
        let reading = ReadingArgs::default();
        Self { file: file.into(), x_features: None, y_features: None, eps: Self::EPS, reading }
    }
}

/// Preferences that somebody collected, and how to read them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct PreferencesArgs {
    /// Comparisons, a square matrix of wins, rankings, prices and quantities, choices in long form
    /// (CSV), or a file of PrefLib.
    pub file: PathBuf,
    /// Features of the items, one line per item, its name first (CSV).
    #[arg(long, value_name = "CSV")]
    pub features: Option<PathBuf>,
    /// What the file is [default: by its name and content].
    #[arg(long = "read-as", value_name = "KIND")]
    pub read_as: Option<ReadAs>,
    /// Columns of a file of choices that are features, with one coefficient each [default: those
    /// that differ within a choice set].
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub attributes: Vec<String>,
    /// Columns of a file of choices with a coefficient for each alternative.
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub by_alternative: Vec<String>,
    /// Refuse a file of PrefLib whose totals are off.
    #[arg(long)]
    pub strict: bool,
}

/// Kinds of files of preferences.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReadAs {
    /// A table of comparisons.
    Comparisons,
    /// A square matrix of wins.
    Wins,
    /// Rankings, one per line.
    Rankings,
    /// Prices and quantities.
    Panel,
    /// Choices in long form.
    Choices,
    /// A file of PrefLib.
    Preflib,
}

impl PreferencesArgs {
    /// The preferences in a file, with the defaults of the command line.
    pub fn new(file: impl Into<PathBuf>) -> Self {
        Self { file: file.into(), ..Self::default() }
    }
}

impl Takes {
    /// Every kind.
    pub const ALL: [Self; 5] =
        [Self::Nothing, Self::Catalogue, Self::Checkpoint, Self::Measured, Self::Preferences];

    /// Whether a pipeline of this kind cannot run without its input.
    #[must_use]
    pub fn is_required(self) -> bool {
        match self {
            Self::Nothing | Self::Catalogue | Self::Checkpoint => false,
            Self::Measured | Self::Preferences => true,
        }
    }

    /// Whether a pipeline of this kind is a command itself, because it is run on the user's own.
    #[must_use]
    pub fn is_command(self) -> bool {
        match self {
            Self::Nothing | Self::Catalogue => false,
            Self::Checkpoint | Self::Measured | Self::Preferences => true,
        }
    }

    /// How the input is given, in one line.
    pub(crate) fn usage(self) -> Option<&'static str> {
        match self {
            Self::Nothing => None,
            Self::Catalogue => Some("[--relation NAME]... [--ranks A,B] [--widths A,B]"),
            Self::Checkpoint => Some("[--model DIR [--text FILE]]"),
            Self::Measured => Some(
                "FILE [--x-features CSV] [--y-features CSV] [--eps E] [--missing error|zero|hole] \
                 [--weights FILE] [--spaces one|two] [--triangle mirror] [--as matrix|list] \
                 [--header yes|no] [--columns SOURCE,TARGET,VALUE] [--duplicates error|sum|mean|last] \
                 [--undirected] [--tolerance T]",
            ),
            Self::Preferences => Some(
                "FILE [--features CSV] [--read-as KIND] [--attributes A,B] [--by-alternative A,B] [--strict]",
            ),
        }
    }

    /// The names of the options, without dashes: what other pipelines refuse by name.
    pub(crate) fn options(self) -> &'static [&'static str] {
        match self {
            Self::Nothing => &[],
            Self::Catalogue => &["relation", "ranks", "widths"],
            Self::Checkpoint => &["model", "text"],
            Self::Measured => &[
                "x-features",
                "y-features",
                "eps",
                "missing",
                "weights",
                "spaces",
                "triangle",
                "as",
                "header",
                "columns",
                "duplicates",
                "undirected",
                "tolerance",
            ],
            Self::Preferences => &["features", "read-as", "attributes", "by-alternative", "strict"],
        }
    }

    pub(crate) fn examples(self) -> &'static str {
        match self {
            Self::Nothing => "",
            Self::Catalogue => CATALOGUE_EXAMPLES,
            Self::Checkpoint => CHECKPOINT_EXAMPLES,
            Self::Measured => MEASURED_EXAMPLES,
            Self::Preferences => PREFERENCES_EXAMPLES,
        }
    }

    pub(crate) fn add_to(self, command: Command) -> Command {
        match self {
            Self::Nothing => command,
            Self::Catalogue => CatalogueArgs::augment_args(command),
            Self::Checkpoint => CheckpointArgs::augment_args(command),
            Self::Measured => MeasuredArgs::augment_args(command),
            Self::Preferences => PreferencesArgs::augment_args(command),
        }
    }

    pub(crate) fn read(self, matches: &ArgMatches) -> Result<Given, Error> {
        Ok(match self {
            Self::Nothing => Given::Nothing,
            Self::Catalogue => match CatalogueArgs::from_arg_matches(matches)? {
                all if all == CatalogueArgs::default() => Given::Nothing,
                some => Given::Catalogue(some),
            },
            Self::Checkpoint => Given::Checkpoint(CheckpointArgs::from_arg_matches(matches)?),
            Self::Measured => Given::Measured(MeasuredArgs::from_arg_matches(matches)?),
            Self::Preferences => Given::Preferences(PreferencesArgs::from_arg_matches(matches)?),
        })
    }
}

impl Given {
    /// The kind of the input.
    #[must_use]
    pub fn kind(&self) -> Takes {
        match self {
            Self::Nothing => Takes::Nothing,
            Self::Catalogue(_) => Takes::Catalogue,
            Self::Checkpoint(_) => Takes::Checkpoint,
            Self::Measured(_) => Takes::Measured,
            Self::Preferences(_) => Takes::Preferences,
        }
    }

    /// The files without which the pipeline will not start.
    #[must_use]
    pub fn files(&self) -> Vec<PathBuf> {
        let named = |files: &[Option<&Path>]| files.iter().flatten().map(|f| f.to_path_buf()).collect();
        match self {
            Self::Nothing | Self::Catalogue(_) => Vec::new(),
            Self::Checkpoint(c) => {
                let config = c.model.as_ref().map(|m| m.join("config.json"));
                named(&[config.as_deref(), c.text.as_deref()])
            }
            Self::Measured(m) => {
                let (file, _) = split_array(&m.file);
                let weights = m.reading.weights.as_ref().map(|w| split_array(w).0);
                let features = [m.x_features.as_deref(), m.y_features.as_deref()];
                named(&[Some(&file), features[0], features[1], weights.as_deref()])
            }
            Self::Preferences(p) => named(&[Some(&p.file), p.features.as_deref()]),
        }
    }
}

impl Given {
    /// What a person would call it: the relations, the directory of the model, the file without its
    /// ending.
    #[must_use]
    pub fn name(&self) -> Option<String> {
        let stem = |path: &Path| path.file_stem().map(|s| s.to_string_lossy().into_owned());
        match self {
            Self::Nothing => None,
            Self::Catalogue(c) => Some(c.relation.join(", ")).filter(|name| !name.is_empty()),
            Self::Checkpoint(c) => {
                let model = c.model.as_ref().and_then(|m| m.file_name());
                model.map(|m| m.to_string_lossy().into_owned())
            }
            Self::Measured(m) => stem(&split_array(&m.file).0),
            Self::Preferences(p) => stem(&p.file),
        }
    }
}

fn fraction(text: &str) -> Result<f64, String> {
    let value: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if value > 0.0 && value < 1.0 { Ok(value) } else { Err("it must be above 0 and below 1".to_owned()) }
}

const CATALOGUE_EXAMPLES: &str = "\
Examples:
  relata run asymmetric --relation volterra            one relation instead of all
  relata run symmetric --relation brownian --relation gaussian --ranks 1,2,3 --widths 64,256
  relata list                                          every pipeline; docs/catalogue.md has the relations";

const CHECKPOINT_EXAMPLES: &str = "\
Examples:
  relata heads                                     tiny models with planted heads
  relata heads --model DIR --text page.txt         every attention head of a checkpoint (BERT, GPT-2 and others)
  relata heads --model DIR --profile smoke         the same, from the first windows of the text";

const PREFERENCES_EXAMPLES: &str = "\
Examples:
  relata preferences examples/data/baseball.csv    a square matrix of wins: strengths with intervals
  relata preferences games.csv --features teams.csv
                                                        also: what makes a team win?
  relata preferences purchases.csv                 prices and quantities: is the consumer consistent?
  relata preferences trips.csv --attributes cost,time --by-alternative income
                                                        choices in long form: a conditional logit";

const MEASURED_EXAMPLES: &str = "\
Examples:
  relata analyse attendance.csv                    a matrix, with or without row and column names
  relata analyse ratings.npy --eps 0.01            the rank for 1 % error
  relata analyse edges.csv --missing zero          a list source,target,value; absent pairs are 0
  relata analyse ratings.csv --missing hole        what the known entries say
  relata analyse users-items.npy --spaces two      row and column i are not the same object
  relata analyse half.csv --triangle mirror        one triangle of a symmetric matrix
  relata analyse trade.csv --x-features exporters.csv --y-features importers.csv
                                                        also: how well do encoders predict held-out pairs?";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_options_are_those_that_clap_reads() {
        for takes in Takes::ALL {
            let command = takes.add_to(Command::new("x"));
            let longs: Vec<&str> = command.get_arguments().filter_map(|a| a.get_long()).collect();
            assert_eq!(longs, takes.options(), "{takes:?}");
            let positionals = command.get_positionals().count();
            assert_eq!(positionals > 0, takes.is_required(), "{takes:?}");
            assert!(!takes.is_required() || takes.is_command(), "{takes:?}");
            let usage = takes.usage().unwrap_or_default();
            assert!(longs.iter().all(|long| usage.contains(&format!("--{long}"))), "{takes:?}: {usage}");
        }
    }

    #[test]
    fn files_are_those_that_were_named() {
        let mut measured = MeasuredArgs::new("r.csv");
        measured.y_features = Some("y.csv".into());
        assert_eq!(Given::Measured(measured).files(), ["r.csv", "y.csv"].map(PathBuf::from));
        let model = CheckpointArgs { model: Some("m".into()), text: None };
        assert_eq!(Given::Checkpoint(model).files(), [Path::new("m").join("config.json")]);
        assert!(Given::Checkpoint(CheckpointArgs::default()).files().is_empty());
    }

    #[test]
    fn a_run_is_called_what_its_input_is_called() {
        let model = CheckpointArgs { model: Some("models/tiny-bert".into()), text: None };
        assert_eq!(Given::Checkpoint(model).name().as_deref(), Some("tiny-bert"));
        let file = |f: &str| Given::Measured(MeasuredArgs::new(f)).name();
        assert_eq!(file("data/trade.2019.csv").as_deref(), Some("trade.2019"));
        assert_eq!(file("all.npz:flows").as_deref(), Some("all"));
        assert_eq!(Given::Nothing.name(), None);
    }
}
