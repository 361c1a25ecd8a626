//! Headline numbers of a run.

use crate::disk::{WriteError, write_atomic};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Which way a metric improves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Better {
    /// Smaller is better.
    Lower,
    /// Larger is better.
    Higher,
    /// It describes; it does not rank.
    Neutral,
}

/// What a metric's limit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LimitKind {
    /// The best that there could be, which need not be reached.
    Goal,
    /// What a sound run keeps: a value on the wrong side of it fails the run.
    Bound,
}

impl LimitKind {
    /// The word for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Goal => "goal",
            Self::Bound => "bound",
        }
    }
}

/// One headline number. What it means is said where it enters a [`Summary`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metric {
    /// What the number says, in a sentence.
    #[serde(default)]
    meaning: String,
    /// The number; `None`, with a reason, where it does not apply or is not finite.
    pub value: Option<f64>,
    /// Its unit: `ratio`, `count`, `1`, …
    pub unit: String,
    /// What theory, or the requirement, says it may be at best or at worst.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<f64>,
    /// Which of the two the limit is; present where the limit is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit_is: Option<LimitKind>,
    /// Which way it improves.
    pub better: Better,
    /// Why there is no value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Metric {
    /// A number that describes. A non-finite one is recorded as absent, with its name as the
    /// reason.
    pub fn new(value: f64, unit: impl Into<String>) -> Self {
        Self { value: Some(value), reason: None, ..Self::not_applicable(unit, "") }.normalised()
    }

    /// A metric that does not apply here, and why.
    pub fn not_applicable(unit: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            meaning: String::new(),
            value: None,
            unit: unit.into(),
            limit: None,
            limit_is: None,
            better: Better::Neutral,
            reason: Some(reason.into()),
        }
    }

    /// The same metric with the best value that there could be.
    #[must_use]
    pub fn goal(self, limit: f64) -> Self {
        Self { limit: Some(limit), limit_is: Some(LimitKind::Goal), ..self }.normalised()
    }

    /// The same metric with the value that a sound run keeps to. The pipeline's checks fail the run
    /// where it does not.
    #[must_use]
    pub fn bound(self, limit: f64) -> Self {
        Self { limit: Some(limit), limit_is: Some(LimitKind::Bound), ..self }.normalised()
    }

    /// What the number says, in a sentence.
    #[must_use]
    pub fn meaning(&self) -> &str {
        &self.meaning
    }

    /// Whether the value is on the wrong side of a bound.
    #[must_use]
    pub fn breaks_bound(&self) -> bool {
        match (self.value, self.limit, self.limit_is, self.better) {
            (Some(v), Some(l), Some(LimitKind::Bound), Better::Lower) => v > l,
            (Some(v), Some(l), Some(LimitKind::Bound), Better::Higher) => v < l,
            _ => false,
        }
    }

    /// The same metric, which improves that way.
    #[must_use]
    pub fn better(self, better: Better) -> Self {
        Self { better, ..self }
    }

    /// JSON knows no NaN, no infinity, and we want no signed zero.
    fn normalised(mut self) -> Self {
        if let Some(v) = self.value {
            self.value = v.is_finite().then_some(v + 0.0);
            if !v.is_finite() {
                self.reason.get_or_insert_with(|| format!("{v}").to_lowercase());
            }
        } else {
            self.reason.get_or_insert_with(|| "not given".to_owned());
        }
        self.limit = self.limit.filter(|l| l.is_finite()).map(|l| l + 0.0);
        self.limit_is = self.limit_is.filter(|_| self.limit.is_some());
        self
    }
}

/// The headline numbers of a run, by name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// What the run says in sentences; one per entry.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sentences: Vec<String>,
    /// Name to metric.
    pub metrics: BTreeMap<String, Metric>,
}

/// A summary could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SummaryError {
    /// The file could not be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not a summary.
    #[error("{} is not a summary ({source}); run the pipeline again", path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// Where it goes wrong.
        source: serde_json::Error,
    },
    /// The file could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl Summary {
    /// No metrics yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same summary with one more metric, and the sentence that says what it means: complete, so
    /// that somebody who sees only the number and the sentence understands both.
    ///
    /// ```
    /// use relata_runs::{Better, Metric, Summary};
    /// let error = Metric::new(0.02, "ratio").goal(0.0).better(Better::Lower);
    /// let s = Summary::new().with("error", "Relative L2 error of the widest network.", error);
    /// assert_eq!(s.metrics["error"].meaning(), "Relative L2 error of the widest network.");
    /// ```
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, meaning: impl Into<String>, metric: Metric) -> Self {
        self.metrics.insert(name.into(), Metric { meaning: meaning.into(), ..metric });
        self
    }

    /// The value of a metric, where there is one.
    pub fn value(&self, name: &str) -> Option<f64> {
        self.metrics.get(name)?.value
    }

    /// Pretty-printed JSON with sorted keys:
    /// `{"metrics": {"<name>": {"meaning": "…", "value": 1.02, "unit": "ratio", …}}}`, with
    /// `"sentences"` before it where there are any.
    pub fn to_json(&self) -> String {
        let metrics = self.metrics.iter().map(|(name, m)| (name.clone(), m.clone().normalised())).collect();
        // Strings, finite numbers and a map with string keys always serialise.
        let mut json = serde_json::to_string_pretty(&Self { sentences: self.sentences.clone(), metrics })
            .unwrap_or_default();
        json.push('\n');
        json
    }

    /// Reads `summary.json`.
    pub fn read(path: &Path) -> Result<Self, SummaryError> {
        let bytes =
            std::fs::read(path).map_err(|source| SummaryError::Read { path: path.to_owned(), source })?;
        serde_json::from_slice(&bytes).map_err(|source| SummaryError::Parse { path: path.to_owned(), source })
    }

    /// Writes `summary.json`, atomically.
    pub fn write(&self, path: &Path) -> Result<(), SummaryError> {
        Ok(write_atomic(path, self.to_json().as_bytes())?)
    }
}
