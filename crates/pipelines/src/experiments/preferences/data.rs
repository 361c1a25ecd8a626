//! From files to preferences, and what they are in numbers.

use relata_cli::{PreferencesArgs, ReadAs};
use relata_debreu::readers::{
    CollectedPreferences, ComparisonOutcome, PreferenceKind, PreferenceReadError, PreferenceReadParams,
    Totals, read_preferences,
};
use relata_files::{FileError, read_features};
use relata_runs::{Row, hash_bytes};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What is asked of which files; it is in the manifest of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    /// The preferences.
    pub(super) file: PathBuf,
    features: Option<PathBuf>,
    read_as: Option<String>,
    attributes: Vec<String>,
    by_alternative: Vec<String>,
    strict: bool,
}

/// What was read.
pub(super) struct Loaded {
    pub(super) preferences: CollectedPreferences,
    pub(super) features: Option<Features>,
    /// Columns of choices that are features, if they were named, and those by alternative.
    pub(super) attributes: Vec<String>,
    pub(super) by_alternative: Vec<String>,
}

/// Features of the items.
pub(super) struct Features {
    pub(super) names: Vec<String>,
    /// For each item.
    pub(super) values: Vec<Vec<f64>>,
}

/// Why the files cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReadError {
    /// A file that cannot be read at all.
    #[error("cannot read {path}: {source}")]
    Io {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// Preferences that are not.
    #[error("{path}, {source}")]
    Preferences {
        /// The file.
        path: String,
        /// What is wrong, and where.
        source: PreferenceReadError,
    },
    /// Features that are not.
    #[error("{path}: {source}")]
    Features {
        /// The file.
        path: String,
        /// What is wrong, and where.
        source: Box<FileError>,
    },
    /// What does not fit together.
    #[error("{path}: {problem}")]
    Fit {
        /// The file.
        path: String,
        /// What is wrong, and what would be right.
        problem: String,
    },
}

impl Request {
    pub(super) fn of(args: &PreferencesArgs) -> Self {
        let PreferencesArgs { file, features, read_as, attributes, by_alternative, strict } = args.clone();
        let read_as = read_as.map(|k| kind_name(k).to_owned());
        Self { file, features, read_as, attributes, by_alternative, strict }
    }

    /// The same files whatever the working directory.
    pub(super) fn absolute(&self) -> Self {
        let absolute = |path: &PathBuf| std::path::absolute(path).unwrap_or_else(|_| path.clone());
        Self { file: absolute(&self.file), features: self.features.as_ref().map(absolute), ..self.clone() }
    }

    /// The preferences, and a hash of all that they depend on.
    pub(super) fn read(&self) -> Result<(Loaded, String), ReadError> {
        let Self { file, features, read_as, attributes, by_alternative, strict } = self;
        let mut hashed = format!("{read_as:?} {attributes:?} {by_alternative:?} {strict}");
        let mut content = |path: &Path| {
            let shown = path.display().to_string();
            let bytes =
                std::fs::read(path).map_err(|source| ReadError::Io { path: shown.clone(), source })?;
            hashed += &format!(" {}", hash_bytes(&bytes));
            Ok((shown, bytes))
        };
        let (path, bytes) = content(file)?;
        // Of `votes.soc.gz` the extension is that of what is packed.
        let name = file.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let extension = Path::new(name.trim_end_matches(".gz")).extension();
        let extension = extension.map(|e| e.to_string_lossy().into_owned());
        let kind = read_as.as_deref().and_then(kind_of);
        let totals = if *strict { Totals::Refuse } else { Totals::Note };
        let params = PreferenceReadParams { kind, totals };
        let preferences = read_preferences(&bytes, extension.as_deref(), &params)
            .map_err(|source| ReadError::Preferences { path: path.clone(), source })?;
        check(&preferences, attributes, by_alternative)
            .map_err(|problem| ReadError::Fit { path: path.clone(), problem })?;
        let features = match features {
            None => None,
            Some(features) => {
                let (path, bytes) = content(features)?;
                Some(of_items(&path, &bytes, &preferences)?)
            }
        };
        let loaded = Loaded {
            preferences,
            features,
            attributes: attributes.clone(),
            by_alternative: by_alternative.clone(),
        };
        Ok((loaded, hash_bytes(hashed.as_bytes())))
    }
}

fn kind_name(kind: ReadAs) -> &'static str {
    match kind {
        ReadAs::Comparisons => "comparisons",
        ReadAs::Wins => "wins",
        ReadAs::Rankings => "rankings",
        ReadAs::Panel => "panel",
        ReadAs::Choices => "choices",
        ReadAs::Preflib => "preflib",
    }
}

fn kind_of(name: &str) -> Option<PreferenceKind> {
    Some(match name {
        "comparisons" => PreferenceKind::Comparisons,
        "wins" => PreferenceKind::Wins,
        "rankings" => PreferenceKind::Rankings,
        "panel" => PreferenceKind::Panels,
        "choices" => PreferenceKind::Choices,
        "preflib" => PreferenceKind::Preflib,
        _ => return None,
    })
}

/// What can be wrong with a request beyond its files.
fn check(
    preferences: &CollectedPreferences,
    attributes: &[String],
    by_alternative: &[String],
) -> Result<(), String> {
    let what = &preferences.taken().what;
    match preferences {
        CollectedPreferences::Choices(t) => {
            let names: Vec<&str> = t.features.iter().map(|f| f.0.as_str()).collect();
            if let Some(wrong) =
                attributes.iter().chain(by_alternative).find(|a| !names.contains(&a.as_str()))
            {
                return Err(format!(
                    "there is no column of numbers `{wrong}`; there are {}",
                    names.join(", ")
                ));
            }
            if !by_alternative.is_empty() && t.alternatives.is_none() {
                return Err("--by-alternative needs a column `alt` that names the alternatives".to_owned());
            }
        }
        _ if !attributes.is_empty() || !by_alternative.is_empty() => {
            return Err(format!(
                "--attributes and --by-alternative are for choices in long form; this was read as {what}"
            ));
        }
        CollectedPreferences::Comparisons(t) if t.rows.is_empty() => {
            return Err(format!("read as {what}: no item ever won"));
        }
        CollectedPreferences::Rankings(t) if t.orders.iter().all(|o| o.tiers.len() < 2) => {
            return Err(format!("read as {what}: no ranking compares two items"));
        }
        CollectedPreferences::Comparisons(_)
        | CollectedPreferences::Rankings(_)
        | CollectedPreferences::Panels(_) => {}
    }
    Ok(())
}

fn of_items(path: &str, bytes: &[u8], preferences: &CollectedPreferences) -> Result<Features, ReadError> {
    let wrong = |problem: String| ReadError::Fit { path: path.to_owned(), problem };
    let items = match preferences {
        CollectedPreferences::Comparisons(t) => &t.items,
        CollectedPreferences::Rankings(t) => &t.items,
        other => {
            return Err(wrong(format!(
                "--features are those of items; this was read as {}",
                other.taken().what
            )));
        }
    };
    let table = read_features(bytes, None)
        .map_err(|source| ReadError::Features { path: path.to_owned(), source: Box::new(source) })?;
    let Some(labels) = &table.row_labels else {
        return Err(wrong("the first column must hold the names of the items".to_owned()));
    };
    let place: BTreeMap<&str, usize> = labels.iter().enumerate().map(|(k, l)| (l.as_str(), k)).collect();
    let row = |k: usize| table.values[k * table.columns..(k + 1) * table.columns].to_vec();
    let values = items.iter().map(|item| {
        place
            .get(item.as_str())
            .map(|&k| row(k))
            .ok_or_else(|| wrong(format!("there is no line for the item `{item}`")))
    });
    let values = values.collect::<Result<_, _>>()?;
    let numbered = || (1..=table.columns).map(|k| format!("feature {k}")).collect();
    Ok(Features { names: table.column_labels.clone().unwrap_or_else(numbered), values })
}

/// What was read, and the items with what they did.
pub(super) fn rows(loaded: &Loaded) -> anyhow::Result<Vec<Row>> {
    let taken = loaded.preferences.taken();
    let mut data =
        Row::new("data").with("taken_for", taken.what.as_str()).with("notes", taken.notes.join(" "));
    let mut rows = Vec::new();
    let (kind, items, observations, weight, ties) = match &loaded.preferences {
        CollectedPreferences::Comparisons(t) => {
            let mut of = vec![[0.0; 3]; t.items.len()];
            for r in &t.rows {
                let (first, second) = match r.outcome {
                    ComparisonOutcome::First => (0, 1),
                    ComparisonOutcome::Second => (1, 0),
                    ComparisonOutcome::Tie => (2, 2),
                };
                of[r.first][first] += r.count;
                of[r.second][second] += r.count;
            }
            for (item, [wins, losses, ties]) in t.items.iter().zip(&of) {
                let row = Row::new("items").with("item", item).with("wins", *wins).with("losses", *losses);
                rows.push(row.with("ties", *ties));
            }
            let sum = |tie: bool| {
                t.rows
                    .iter()
                    .filter(|r| (r.outcome == ComparisonOutcome::Tie) == tie)
                    .map(|r| r.count)
                    .sum::<f64>()
            };
            ("comparisons", t.items.len(), t.rows.len(), sum(true) + sum(false), sum(true))
        }
        CollectedPreferences::Rankings(t) => {
            let mut of = vec![[0.0; 2]; t.items.len()];
            for o in &t.orders {
                o.tiers.iter().flatten().for_each(|&i| of[i][0] += o.count as f64);
                if let [first] = o.tiers.first().map_or(&[][..], Vec::as_slice) {
                    of[*first][1] += o.count as f64;
                }
            }
            for (item, [ranked, first]) in t.items.iter().zip(&of) {
                rows.push(
                    Row::new("items").with("item", item).with("ranked", *ranked).with("alone_first", *first),
                );
            }
            let tied = t.orders.iter().filter(|o| o.ties_before_its_end()).map(|o| o.count as f64).sum();
            let all = t.orders.iter().map(|o| o.count as f64).sum();
            ("rankings", t.items.len(), t.orders.len(), all, tied)
        }
        CollectedPreferences::Panels(t) => {
            let all: usize = t.households.iter().map(|h| h.panel.len()).sum();
            ("panel", t.goods.len(), all, t.households.len() as f64, 0.0)
        }
        CollectedPreferences::Choices(t) => {
            let all: usize = t.sets.iter().map(Vec::len).sum();
            ("choices", t.features.len(), t.sets.len(), all as f64, 0.0)
        }
    };
    data = data.with("kind", kind).with("items", items).with("observations", observations);
    rows.insert(0, data.with("weight", weight).with("ties", ties));
    Ok(rows)
}
