//! How a run came about: the one place for clocks, paths, commits and hosts.

use crate::cells::CellKey;
use crate::disk::{WriteError, write_atomic};
use crate::names::{BackendKind, Profile};
use crate::schema::{SCHEMA_VERSION, hash_bytes};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

/// How far a run got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It runs, or it was killed.
    Running,
    /// Every cell finished and every check passed.
    Done,
    /// A cell or a check failed.
    Failed,
}

/// Whether the sources differed from the commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WorkTree {
    /// The sources were those of the commit.
    Clean,
    /// There were uncommitted changes.
    Dirty,
    /// There was no repository to ask.
    Unknown,
}

/// The program that ran.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Commit, where there is a repository.
    pub commit: Option<String>,
    /// Whether there were uncommitted changes.
    pub work_tree: WorkTree,
    /// Hash of `Cargo.lock`.
    pub lock_hash: String,
    /// What stands for the code in the addresses of cells: a hash of the sources that the pipeline
    /// depends on, of the executable, or of a version that was given.
    pub code_hash: String,
    /// The compiler.
    pub rustc: String,
    /// Backend features that were compiled in.
    pub features: Vec<String>,
}

/// The user's own data, where the pipeline takes some.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Hash of the files and of every option that bears on the result.
    pub hash: String,
    /// Files and options as they were given.
    pub given: serde_json::Value,
}

/// One cell of the run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CellEntry {
    /// Address of its result in the store.
    pub key: CellKey,
    /// What users call it.
    pub label: String,
    /// The cell itself: its resolved config.
    pub config: serde_json::Value,
    /// Checksum of its result, once it is finished.
    pub hash: Option<String>,
    /// How long it took, where that was noted before the run was killed.
    pub seconds: Option<f64>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// How the figures were drawn, and what they show.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drawing {
    /// Whether text in SVG is text, and not outlines.
    #[serde(default)]
    pub svg_text: bool,
    /// The font that the user gave.
    #[serde(default)]
    pub font: Option<PathBuf>,
    /// The width that the user gave, in millimetres.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<f64>,
    /// The words that the user put in place of others: old, new.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<(String, String)>,
    /// The endings of the files, where not all formats were wanted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub formats: Vec<String>,
    /// What each figure shows, in words.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub captions: BTreeMap<String, String>,
    /// The fonts from outside of the program that were needed: the bytes of figures depend on them.
    #[serde(default)]
    pub fonts: Vec<FontFile>,
    /// The figures that could not be drawn, and why.
    #[serde(default)]
    pub undrawn: BTreeMap<String, String>,
}

/// A font from outside of the program.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FontFile {
    /// Its family.
    pub family: String,
    /// Its file.
    pub path: PathBuf,
    /// The hash of the file.
    pub hash: String,
}

impl Drawing {
    /// Whether everything was drawn, as usual.
    #[must_use]
    pub fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

/// How a run came about, and the hash of everything it wrote.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of the layout, [`SCHEMA_VERSION`] when written by this crate.
    pub schema_version: u32,
    /// How far it got.
    pub status: Status,
    /// What people call the run, where they do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Name of the pipeline.
    pub pipeline: String,
    /// How much was computed.
    pub profile: Profile,
    /// Where tensors were computed.
    pub backend: BackendKind,
    /// The device as it names itself.
    pub device: String,
    /// The seed of all randomness.
    pub seed: u64,
    /// The user's own data, where the pipeline takes some.
    pub input: Option<Input>,
    /// The program.
    pub source: Source,
    /// Operating system and architecture.
    pub host: String,
    /// Processor cores that the system offered.
    pub cores: usize,
    /// Cells computed at a time; each uses one thread unless its config says otherwise.
    pub jobs: usize,
    /// When the run began, in seconds since 1970.
    pub started_unix: u64,
    /// How long it took, resumed work not counted.
    pub seconds: f64,
    /// The cells, in the order of the tables.
    pub cells: Vec<CellEntry>,
    /// Hash of every table, figure and of the summary, by path within the run.
    pub files: BTreeMap<String, String>,
    /// How the figures were drawn.
    #[serde(default, skip_serializing_if = "Drawing::is_usual")]
    pub drawing: Drawing,
    /// What the run's own checks found wrong.
    pub failed_checks: Vec<String>,
    /// The most memory that the process held at a time while it ran, in bytes, where the system
    /// says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_memory: Option<u64>,
    /// Hash of the manifest without this line; set by [`Manifest::write`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checksum: Option<String>,
}

/// A manifest could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ManifestError {
    /// There is none, or it cannot be read.
    #[error("{} is not a run: cannot read its manifest.json: {source}", dir.display())]
    Read {
        /// The run directory.
        dir: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is not a manifest.
    #[error("{} is not a manifest: {source}", path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// Where it goes wrong.
        source: serde_json::Error,
    },
    /// It was written under another version of the layout.
    #[error(
        "{} is a run of schema version {found}; this program reads version {SCHEMA_VERSION} (use another --out, or delete the run)",
        dir.display()
    )]
    Schema {
        /// The run directory.
        dir: PathBuf,
        /// Its version.
        found: u64,
    },
    /// It names a file that is not in the run.
    #[error("{} names the file `{name}`, which is not in the run", path.display())]
    Outside {
        /// The manifest.
        path: PathBuf,
        /// The name.
        name: String,
    },
    /// It reads well and is not what was written.
    #[error("{} is not what the run wrote (its checksum does not match its content)", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// It could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// It could not be written as JSON.
    #[error("cannot write the manifest as JSON: {0}")]
    Encode(#[source] serde_json::Error),
}

impl Manifest {
    /// Reads `dir/manifest.json`. The version is looked at first, so that a run from another
    /// version is called that and not a syntax error.
    pub fn read(dir: &Path) -> Result<Self, ManifestError> {
        #[derive(Deserialize)]
        struct Version {
            schema_version: u64,
        }
        let path = dir.join("manifest.json");
        let bytes =
            std::fs::read(&path).map_err(|source| ManifestError::Read { dir: dir.to_owned(), source })?;
        let parse = |source| ManifestError::Parse { path: path.clone(), source };
        let version: Version = serde_json::from_slice(&bytes).map_err(parse)?;
        if version.schema_version != u64::from(SCHEMA_VERSION) {
            return Err(ManifestError::Schema { dir: dir.to_owned(), found: version.schema_version });
        }
        let manifest: Self = serde_json::from_slice(&bytes).map_err(parse)?;
        match manifest.files.keys().find(|name| !is_inside(name)) {
            Some(name) => Err(ManifestError::Outside { path, name: name.clone() }),
            None => Ok(manifest),
        }
    }

    /// Whether `dir/manifest.json` is, byte for byte, what was written. One from before manifests
    /// had a checksum is taken as it is.
    ///
    /// # Errors
    /// Those of [`Manifest::read`], and [`ManifestError::Changed`].
    pub fn check(dir: &Path) -> Result<(), ManifestError> {
        let manifest = Self::read(dir)?;
        let path = dir.join("manifest.json");
        let found =
            std::fs::read(&path).map_err(|source| ManifestError::Read { dir: dir.to_owned(), source })?;
        let same = manifest.checksum.is_none() || manifest.encode()? == found;
        if same { Ok(()) } else { Err(ManifestError::Changed { path }) }
    }

    /// Writes `dir/manifest.json`, atomically, with its checksum.
    pub fn write(&self, dir: &Path) -> Result<(), ManifestError> {
        Ok(write_atomic(&dir.join("manifest.json"), &self.encode()?)?)
    }

    fn encode(&self) -> Result<Vec<u8>, ManifestError> {
        let json = |manifest: &Self| serde_json::to_string_pretty(manifest).map_err(ManifestError::Encode);
        let mut whole = Self { checksum: None, ..self.clone() };
        whole.checksum = Some(hash_bytes(json(&whole)?.as_bytes()));
        Ok((json(&whole)? + "\n").into_bytes())
    }
}

/// Whether a name leads to a file below the directory in which it is looked up.
fn is_inside(name: &str) -> bool {
    let mut parts = Path::new(name).components().peekable();
    parts.peek().is_some() && parts.all(|part| matches!(part, Component::Normal(_)))
}
