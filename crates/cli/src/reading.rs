//! How a file of somebody else's is to be read.

use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// What a user says of a file; what is not said is found out.
#[derive(Clone, Debug, Default, PartialEq, Args, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReadingArgs {
    /// What an absent entry or pair means: error (the default), zero, or hole, a value that is not
    /// known.
    #[arg(long, value_name = "MEANING")]
    pub missing: Option<Missing>,
    /// How much each entry counts: a file of the same form and size, or a list of the same pairs.
    #[arg(long, value_name = "FILE")]
    pub weights: Option<PathBuf>,
    /// Whether rows and columns are the same objects [default: by names and shape].
    #[arg(long, value_name = "NUMBER")]
    pub spaces: Option<SpacesOf>,
    /// Whether an absent entry has the value of its mirror.
    #[arg(long, value_name = "mirror", hide_possible_values = true)]
    pub triangle: Option<TriangleOf>,
    /// What a text holds [default: by what is in it].
    #[arg(long = "as", value_name = "FORM")]
    #[serde(rename = "as")]
    pub form: Option<As>,
    /// Whether the first line names the columns [default: by what is in it].
    #[arg(long, value_name = "ANSWER")]
    pub header: Option<HeaderLine>,
    /// The columns of a list that are meant, by name or number; without VALUE a pair that is there
    /// has 1.
    #[arg(long, value_name = "SOURCE,TARGET,VALUE", value_parser = columns)]
    pub columns: Option<ColumnsOf>,
    /// What several lines of a list for one pair mean [default: error].
    #[arg(long, value_name = "MEANING")]
    pub duplicates: Option<DuplicatesOf>,
    /// A pair of a list stands for its mirror, too.
    #[arg(long)]
    pub undirected: bool,
    /// How far an entry may be off, as a fraction of the largest [default: what the file carries].
    #[arg(long, value_name = "T", value_parser = tolerance, allow_negative_numbers = true)]
    pub tolerance: Option<f64>,
}

/// What an absent entry can mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Missing {
    /// The file is incomplete.
    Error,
    /// The value 0.
    Zero,
    /// A value that is not known.
    Hole,
}

/// How many spaces rows and columns are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SpacesOf {
    /// Row and column i are the same object.
    One,
    /// They are not, whatever they are called.
    Two,
}

/// What half a matrix stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TriangleOf {
    /// The whole: an absent entry has the value of its mirror.
    Mirror,
}

/// What a text holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum As {
    /// One line for each row.
    Matrix,
    /// One line for each pair.
    List,
}

/// Whether the first line names the columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HeaderLine {
    /// It does.
    Yes,
    /// It holds data.
    No,
}

/// The columns of a list, by name or number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnsOf {
    /// One end of each pair.
    pub source: String,
    /// The other.
    pub target: String,
    /// The value.
    pub value: Option<String>,
}

/// What several lines for one pair mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DuplicatesOf {
    /// Nothing: they are an error.
    Error,
    /// Their sum.
    Sum,
    /// Their mean.
    Mean,
    /// The last.
    Last,
}

/// A file and the name of an array in it: `FILE.npz:name`.
///
/// ```
/// use relata_cli::split_array;
/// use std::path::Path;
/// assert_eq!(split_array(Path::new("a/b.npz:k")), (Path::new("a/b.npz").to_owned(), Some("k".to_owned())));
/// assert_eq!(split_array(Path::new("a:b.npz")).1, None);
/// ```
#[must_use]
pub fn split_array(path: &Path) -> (PathBuf, Option<String>) {
    let text = path.to_string_lossy();
    match text.rsplit_once(':') {
        Some((file, name)) if file.to_ascii_lowercase().ends_with(".npz") && !name.is_empty() => {
            (PathBuf::from(file), Some(name.to_owned()))
        }
        _ => (path.to_owned(), None),
    }
}

fn columns(text: &str) -> Result<ColumnsOf, String> {
    let names: Vec<String> = text.split(',').map(|n| n.trim().to_owned()).collect();
    let wrong = || "it must be two or three names, separated by commas: SOURCE,TARGET,VALUE".to_owned();
    match names.as_slice() {
        _ if names.iter().any(String::is_empty) => Err(wrong()),
        [source, target, value @ ..] if value.len() <= 1 => {
            Ok(ColumnsOf { source: source.clone(), target: target.clone(), value: value.first().cloned() })
        }
        _ => Err(wrong()),
    }
}

fn tolerance(text: &str) -> Result<f64, String> {
    let value: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (0.0..1.0).contains(&value) { Ok(value) } else { Err("it must be at least 0 and below 1".to_owned()) }
}
