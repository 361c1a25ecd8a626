//! Names that users type: profiles, backends, and what to say about a misspelt one.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// How much a run computes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// Checks that everything works: at most 20 seconds per pipeline.
    Smoke,
    /// Answers the question on a laptop: minutes per pipeline.
    #[default]
    Standard,
    /// Seeds and sizes for publication, with confidence intervals.
    Paper,
}

impl Profile {
    /// All profiles, from small to large.
    pub const ALL: [Self; 3] = [Self::Smoke, Self::Standard, Self::Paper];

    /// The name under which it is asked for.
    pub fn name(self) -> &'static str {
        match self {
            Self::Smoke => "smoke",
            Self::Standard => "standard",
            Self::Paper => "paper",
        }
    }

    /// What it is for, in one line.
    pub fn about(self) -> &'static str {
        match self {
            Self::Smoke => "checks that everything works: at most 20 seconds per pipeline",
            Self::Standard => "answers the question on a laptop: minutes per pipeline",
            Self::Paper => "seeds and sizes for publication, with confidence intervals",
        }
    }
}

/// Where tensors are computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BackendKind {
    /// burn-flex: pure Rust on the processor, no system libraries. Always compiled in.
    #[default]
    Flex,
    /// burn-ndarray: the older processor backend, which burn deprecates and removes in 0.23.
    Ndarray,
    /// burn-wgpu: a graphics processor through Vulkan, Metal or DirectX 12.
    Wgpu,
}

impl BackendKind {
    /// All backends.
    pub const ALL: [Self; 3] = [Self::Flex, Self::Ndarray, Self::Wgpu];

    /// The name under which it is asked for.
    pub fn name(self) -> &'static str {
        match self {
            Self::Flex => "flex",
            Self::Ndarray => "ndarray",
            Self::Wgpu => "wgpu",
        }
    }

    /// What it is, in one line.
    pub fn about(self) -> &'static str {
        match self {
            Self::Flex => "pure Rust on the processor, no system libraries",
            Self::Ndarray => "the older processor backend, deprecated by burn",
            Self::Wgpu => {
                "a graphics processor through Vulkan, Metal or DirectX 12 (compiles a GPU stack on first use)"
            }
        }
    }

    /// The cargo feature of `relata-pipelines` that compiles it in; `None` where it always is.
    pub fn feature(self) -> Option<&'static str> {
        match self {
            Self::Flex => None,
            Self::Ndarray => Some("ndarray"),
            Self::Wgpu => Some("wgpu"),
        }
    }
}

/// A name that does not exist, with the nearest that does.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown {kind} `{given}`{} (known: {})", hint(suggestion.as_deref()), known.join(", "))]
pub struct NameError {
    /// What was named: `pipeline`, `profile`, `backend`.
    pub kind: &'static str,
    /// The name that was given.
    pub given: String,
    /// The nearest existing name, if any is near.
    pub suggestion: Option<String>,
    /// The names there are.
    pub known: Vec<String>,
}

impl NameError {
    /// The error for `given`, which is none of `known`.
    pub fn new<'a>(kind: &'static str, given: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        let known: Vec<&str> = known.into_iter().collect();
        Self {
            kind,
            given: given.to_owned(),
            suggestion: nearest(given, known.iter().copied()).map(str::to_owned),
            known: known.into_iter().map(str::to_owned).collect(),
        }
    }
}

/// The candidate that `given` most likely meant: the one fewest edits away, if that is at most a
/// third of its length (but always at least two edits), or one that it begins.
pub fn nearest<'a>(given: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let given = given.to_lowercase();
    candidates
        .into_iter()
        .map(|c| (strsim::damerau_levenshtein(&given, c), c))
        .filter(|(edits, c)| *edits <= (c.len() / 3).max(2) || (given.len() >= 3 && c.starts_with(&given)))
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, c)| c)
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Display for BackendKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Profile {
    type Err = NameError;

    fn from_str(s: &str) -> Result<Self, NameError> {
        let found = Self::ALL.into_iter().find(|p| p.name() == s);
        found.ok_or_else(|| NameError::new("profile", s, Self::ALL.map(Self::name)))
    }
}

impl FromStr for BackendKind {
    type Err = NameError;

    fn from_str(s: &str) -> Result<Self, NameError> {
        let found = Self::ALL.into_iter().find(|b| b.name() == s);
        found.ok_or_else(|| NameError::new("backend", s, Self::ALL.map(Self::name)))
    }
}

fn hint(suggestion: Option<&str>) -> String {
    suggestion.map(|s| format!("; did you mean `{s}`?")).unwrap_or_default()
}
