//! `run PIPELINE`, `cell PIPELINE`, `cells PIPELINE`, `collect PIPELINE` and the pipelines that are
//! commands themselves, from the list of pipelines: each is a subcommand that takes what its pipeline
//! takes.

use crate::input::{Given, Takes};
use crate::pipelines::{HIDDEN, PIPELINES, PipelineInfo, pipeline_info};
use clap::error::ErrorKind;
use clap::{
    Arg, ArgAction, ArgMatches, Args, Command, Error, FromArgMatches, Subcommand, ValueEnum, value_parser,
};
use relata_runs::{BackendKind, NameError, Profile, Shard};
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// What every run takes.
#[derive(Clone, Debug, PartialEq, Args)]
pub struct Options {
    /// How much to compute: smoke, standard, paper.
    #[arg(long, default_value_t = Profile::Standard)]
    pub profile: Profile,
    /// Where tensors are computed: flex, ndarray, wgpu.
    #[arg(long, default_value_t = BackendKind::Flex)]
    pub backend: BackendKind,
    /// The seed of all randomness; the same seed gives the same bytes.
    #[arg(long, default_value_t = 0, value_name = "N", allow_negative_numbers = true)]
    pub seed: u64,
    /// The directory under which run directories live.
    #[arg(long, default_value = "runs", value_name = "DIR")]
    pub out: PathBuf,
    /// What people shall call the run, in reports [default: what its input is called].
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Cells computed at a time [default: the number of cores]; it does not change the results.
    #[arg(long, value_name = "N", value_parser = at_least_one, allow_negative_numbers = true)]
    pub jobs: Option<NonZeroUsize>,
    /// How figures are drawn.
    #[command(flatten)]
    pub drawing: DrawingArgs,
}

/// How figures are drawn.
#[derive(Clone, Debug, Default, PartialEq, Args)]
pub struct DrawingArgs {
    /// A font (TTF or OTF) for characters that the built-in one lacks, before those of the machine.
    #[arg(long, value_name = "FILE")]
    pub font: Option<PathBuf>,
    /// Write text in SVG as text, which can be edited, and not as outlines.
    #[arg(long)]
    pub svg_text: bool,
    /// How wide figures are: single (a column, 83 mm), double (a page, 171 mm), or a number of
    /// millimetres [default: as the pipeline says].
    #[arg(long, value_name = "WIDTH", value_parser = width)]
    pub width: Option<f64>,
    /// Other words for a label: x=TEXT and y=TEXT for the axes, or WORDS=TEXT for a title or a name
    /// in a legend; may be given again.
    #[arg(long, value_name = "OLD=NEW", value_parser = relabelled)]
    pub label: Vec<(String, String)>,
}

/// A kind of file that a figure can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum FigureFormat {
    /// A drawing for the screen.
    Svg,
    /// A drawing for print.
    Pdf,
    /// Pixels.
    Png,
}

impl FigureFormat {
    /// The ending of its files.
    #[must_use]
    pub fn ending(self) -> &'static str {
        match self {
            Self::Svg => "svg",
            Self::Pdf => "pdf",
            Self::Png => "png",
        }
    }
}

/// The width of a figure in millimetres.
fn width(text: &str) -> Result<f64, String> {
    /// Below, axes have no room; above, it is a poster.
    const WIDTHS: std::ops::RangeInclusive<f64> = 40.0..=1000.0;
    match text {
        "single" => Ok(82.55),
        "double" => Ok(171.45),
        _ => {
            let wrong = || "it must be single, double, or from 40 to 1000 (millimetres)".to_owned();
            text.parse().ok().filter(|w| WIDTHS.contains(w)).ok_or_else(wrong)
        }
    }
}

fn relabelled(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once('=').filter(|(old, _)| !old.is_empty());
    let (old, new) = pair.ok_or_else(|| "it must be OLD=NEW, as in x=Rank".to_owned())?;
    Ok((old.to_owned(), new.to_owned()))
}

/// Which pipelines to run, on what, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct RunArgs {
    /// The pipelines.
    pub asked: Asked,
    /// How.
    pub options: Options,
    /// The part of the cells that is computed, where it is not the whole.
    pub shard: Option<Shard>,
}

/// One pipeline or all.
#[derive(Clone, Debug, PartialEq)]
pub enum Asked {
    /// Every pipeline that runs by itself.
    All,
    /// One.
    One {
        /// Which.
        pipeline: &'static PipelineInfo,
        /// On what.
        given: Box<Given>,
    },
}

/// The cells of a pipeline, and how far they are.
#[derive(Clone, Debug, PartialEq)]
pub struct CellsArgs {
    /// The pipeline.
    pub pipeline: &'static PipelineInfo,
    /// On what.
    pub given: Box<Given>,
    /// Which cells, and in what form.
    pub listing: ListingArgs,
    /// How.
    pub options: Options,
}

/// Which cells are listed, and in what form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ListingArgs {
    /// Only those that are not finished.
    pub missing: bool,
    /// For people, or for programs.
    pub format: ListingFormat,
}

const MISSING: &str = "missing";
const UNFINISHED: &str = "unfinished";
const FORMAT: &str = "format";

impl ListingArgs {
    /// The options of a pipeline's list. A pipeline that has an option `--missing` itself keeps it:
    /// there the other name counts.
    fn augment(command: Command) -> Command {
        let flag = |name: &'static str| {
            let help = "Only the cells that are not finished";
            Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
        };
        let own = command.get_arguments().any(|a| a.get_id() == MISSING && !a.is_hide_set());
        let other = command.get_arguments().any(|a| a.get_id() == MISSING);
        let command = match (own, other) {
            (true, _) => command.arg(flag(UNFINISHED)),
            // In the place of the one that names its owner.
            (_, true) => command.mut_arg(MISSING, |_| flag(MISSING).visible_alias(UNFINISHED)),
            _ => command.arg(flag(MISSING).visible_alias(UNFINISHED)),
        };
        let format = Arg::new(FORMAT).long(FORMAT).value_name("FORMAT").default_value("text");
        command.arg(format.value_parser(value_parser!(ListingFormat)).help("For people, or for programs"))
    }

    fn read(matches: &ArgMatches) -> Self {
        let flag = |name: &str| matches.try_get_one::<bool>(name).ok().flatten() == Some(&true);
        let format = matches.try_get_one(FORMAT).ok().flatten().copied();
        Self { missing: flag(MISSING) || flag(UNFINISHED), format: format.unwrap_or_default() }
    }
}

/// How a list is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ListingFormat {
    /// Columns for people.
    #[default]
    Text,
    /// Columns separated by tabs, their names first.
    Tsv,
    /// An array of objects.
    Json,
}

/// A run whose finished cells are gathered.
#[derive(Clone, Debug, PartialEq)]
pub struct CollectArgs(pub RunArgs);

/// A cell of a pipeline.
#[derive(Clone, Debug, PartialEq)]
pub struct CellArgs {
    /// The pipeline.
    pub pipeline: &'static PipelineInfo,
    /// On what.
    pub given: Box<Given>,
    /// Key of the cell, the beginning of it, or the cell's label; without it cells are listed.
    pub key: Option<String>,
    /// How.
    pub options: Options,
}

/// A pipeline that is a command itself, because it runs on the user's own: `analyse FILE` is
/// `run analyse FILE`.
#[derive(Clone, Debug, PartialEq)]
pub struct Direct(pub RunArgs);

/// An option that another pipeline takes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this option belongs to {}, not to `{asked}`", named(.owners))]
pub struct ForeignOption {
    /// The pipelines that take it.
    pub owners: Vec<&'static str>,
    /// The pipeline that was asked for.
    pub asked: &'static str,
}

impl Args for RunArgs {
    fn augment_args(command: Command) -> Command {
        let all = Command::new(ALL).about("Every pipeline that needs no input, one after the other");
        let all = refuse_foreign(all, ALL, Takes::Nothing);
        with_pipelines(command.arg(shard().global(true))).subcommand(all)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for RunArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let (name, of) = chosen(matches)?;
        if name == ALL {
            let options = Options::from_arg_matches(of)?;
            return Ok(Self { asked: Asked::All, options, shard: shard_of(of) });
        }
        let pipeline = named_or_all(name)?;
        Self::of(pipeline, of)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl RunArgs {
    fn of(pipeline: &'static PipelineInfo, matches: &ArgMatches) -> Result<Self, Error> {
        let given = pipeline.takes.read(matches)?;
        Ok(Self {
            asked: Asked::One { pipeline, given: Box::new(given) },
            options: Options::from_arg_matches(matches)?,
            shard: shard_of(matches),
        })
    }

    /// The files without which nothing will start.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let given = match &self.asked {
            Asked::All => Vec::new(),
            Asked::One { given, .. } => given.files(),
        };
        given.into_iter().chain(self.options.drawing.font.clone()).collect()
    }
}

impl Args for CollectArgs {
    fn augment_args(command: Command) -> Command {
        let all = Command::new(ALL).about("Every pipeline that needs no input, one after the other");
        with_pipelines(command).subcommand(refuse_foreign(all, ALL, Takes::Nothing))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for CollectArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        RunArgs::from_arg_matches(matches).map(Self)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        self.0.update_from_arg_matches(matches)
    }
}

impl Args for CellsArgs {
    fn augment_args(command: Command) -> Command {
        with_pipelines(command).mut_subcommands(ListingArgs::augment)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for CellsArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let (pipeline, given, of) = chosen_pipeline(matches)?;
        Ok(Self { pipeline, given, listing: ListingArgs::read(of), options: Options::from_arg_matches(of)? })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for CellArgs {
    fn augment_args(command: Command) -> Command {
        let key = || {
            let help =
                "Key of the cell, the beginning of it, or the cell's label; without it the cells are listed";
            Arg::new("key").value_name("KEY").help(help)
        };
        with_pipelines(command).mut_subcommands(|pipeline| pipeline.arg(key()))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for CellArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let (pipeline, given, of) = chosen_pipeline(matches)?;
        Ok(Self { pipeline, given, key: of.get_one("key").cloned(), options: Options::from_arg_matches(of)? })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Subcommand for Direct {
    fn augment_subcommands(command: Command) -> Command {
        let own = PIPELINES.iter().filter(|p| p.takes.is_command());
        own.fold(command, |command, p| {
            command.subcommand(Options::augment_args(pipeline_command(p)).arg(shard()).about(p.about))
        })
    }

    fn augment_subcommands_for_update(command: Command) -> Command {
        Self::augment_subcommands(command)
    }

    fn has_subcommand(name: &str) -> bool {
        PIPELINES.iter().any(|p| p.takes.is_command() && p.name == name)
    }
}

impl FromArgMatches for Direct {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let (name, of) = chosen(matches)?;
        Ok(Self(RunArgs::of(pipeline_info(name).map_err(|e| usage(&e))?, of)?))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

const ALL: &str = "all";

const SHARD: &str = "shard";

fn shard() -> Arg {
    Arg::new(SHARD)
        .long(SHARD)
        .value_name("INDEX/COUNT")
        .value_parser(|text: &str| text.parse::<Shard>())
        .help("Compute one part of the cells and make no tables: 0/2 is the first half, 1/2 the second")
        .help_heading("Options of every run")
}

/// The shard that was asked for; none where the command knows none.
fn shard_of(matches: &ArgMatches) -> Option<Shard> {
    matches.try_get_one(SHARD).ok().flatten().copied()
}

/// The options of every run, which may stand before or after the pipeline, and the pipelines. A
/// name that none of them has comes through, so that the answer names the nearest.
fn with_pipelines(command: Command) -> Command {
    let options = |o: Arg| o.global(true).help_heading("Options of every run");
    let command = Options::augment_args(command)
        .mut_args(options)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .allow_external_subcommands(true)
        .disable_help_subcommand(true)
        .subcommand_value_name("PIPELINE")
        .subcommand_help_heading("Pipelines");
    let command = PIPELINES.iter().fold(command, |command, p| command.subcommand(pipeline_command(p)));
    HIDDEN.iter().fold(command, |command, p| command.subcommand(pipeline_command(p).hide(true)))
}

fn pipeline_command(p: &'static PipelineInfo) -> Command {
    // The struct of its arguments has an `about` of its own, so this one comes last.
    let command = p.takes.add_to(Command::new(p.name)).about(p.about).after_help(p.takes.examples());
    refuse_foreign(command, p.name, p.takes)
}

/// Options of other pipelines are understood, so that they are refused with the name of their
/// owner.
fn refuse_foreign(command: Command, asked: &'static str, takes: Takes) -> Command {
    let others = Takes::ALL.into_iter().filter(|t| *t != takes);
    let mut foreign: Vec<&str> = others.flat_map(|t| t.options().iter().copied()).collect();
    foreign.retain(|option| !takes.options().contains(option));
    foreign.sort_unstable();
    foreign.dedup();
    foreign.into_iter().fold(command, |command, option| {
        let owners =
            PIPELINES.iter().filter(|p| p.takes.options().contains(&option)).map(|p| p.name).collect();
        let refusal = ForeignOption { owners, asked };
        let parser = move |_: &str| -> Result<String, ForeignOption> { Err(refusal.clone()) };
        let arg = Arg::new(option)
            .long(option)
            .hide(true)
            .value_name("VALUE")
            .num_args(0..=1)
            .default_missing_value("");
        command.arg(arg.value_parser(parser))
    })
}

fn chosen(matches: &ArgMatches) -> Result<(&str, &ArgMatches), Error> {
    let missing = || Error::raw(ErrorKind::MissingSubcommand, "no pipeline was named; `list` names them");
    matches.subcommand().ok_or_else(missing)
}

/// The pipeline that was chosen, what it was given, and its own arguments.
fn chosen_pipeline(matches: &ArgMatches) -> Result<(&'static PipelineInfo, Box<Given>, &ArgMatches), Error> {
    let (name, of) = chosen(matches)?;
    let pipeline = pipeline_info(name).map_err(|e| usage(&e))?;
    Ok((pipeline, Box::new(pipeline.takes.read(of)?), of))
}

fn named_or_all(name: &str) -> Result<&'static PipelineInfo, Error> {
    let names = || PIPELINES.iter().map(|p| p.name).chain([ALL]);
    pipeline_info(name).map_err(|_| usage(&NameError::new("pipeline", name, names())))
}

fn usage(error: &NameError) -> Error {
    Error::raw(ErrorKind::InvalidSubcommand, error.to_string())
}

fn named(pipelines: &[&str]) -> String {
    let quoted: Vec<String> = pipelines.iter().map(|p| format!("`{p}`")).collect();
    let noun = if pipelines.len() == 1 { "the pipeline" } else { "the pipelines" };
    format!("{noun} {}", quoted.join(", "))
}

fn at_least_one(text: &str) -> Result<NonZeroUsize, String> {
    text.parse().map_err(|_| "it must be a whole number from 1 up".to_owned())
}
