//! Finished work, one file per cell, addressed by what it was computed from.

use crate::disk::{WriteError, make_directory, write_atomic};
use crate::names::BackendKind;
use crate::schema::{SCHEMA_VERSION, hash_bytes};
use crate::table::Row;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::{Path, PathBuf};

/// Digits of a key.
const KEY_DIGITS: usize = 32;

/// Address of a finished cell: a hash of everything that its result depends on. It is the name of a
/// file, so what is read as one has to be one: other text could name a file elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct CellKey(String);

/// Not the key of a cell.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is not the key of a cell, which has {KEY_DIGITS} hexadecimal digits")]
#[non_exhaustive]
pub struct CellKeyError {
    /// What was given.
    pub given: String,
}

impl TryFrom<String> for CellKey {
    type Error = CellKeyError;

    fn try_from(given: String) -> Result<Self, CellKeyError> {
        let fine = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        if given.len() == KEY_DIGITS && given.bytes().all(fine) {
            Ok(Self(given))
        } else {
            Err(CellKeyError { given })
        }
    }
}

/// What the result of a cell depends on.
#[derive(Clone, Copy, Debug)]
pub struct KeyParts<'a> {
    /// Name of the pipeline.
    pub pipeline: &'a str,
    /// The cell, as JSON.
    pub config: &'a serde_json::Value,
    /// The run's seed.
    pub seed: u64,
    /// Where tensors are computed.
    pub backend: BackendKind,
    /// Hash of the user's input, where there is one.
    pub input: Option<&'a str>,
    /// What stands for the code.
    pub code: &'a str,
}

impl CellKey {
    /// The key of a cell: 32 hexadecimal digits.
    pub fn of(parts: &KeyParts<'_>) -> Self {
        let mut hasher = blake3::Hasher::new();
        let mut part = |bytes: &[u8]| {
            // The length in front keeps neighbouring parts from running into each other.
            hasher.update(&(bytes.len() as u64).to_le_bytes());
            hasher.update(bytes);
        };
        part(&SCHEMA_VERSION.to_le_bytes());
        part(parts.pipeline.as_bytes());
        part(parts.config.to_string().as_bytes());
        part(&parts.seed.to_le_bytes());
        part(parts.backend.name().as_bytes());
        part(parts.input.unwrap_or_default().as_bytes());
        part(parts.code.as_bytes());
        Self(hasher.finalize().to_hex()[..KEY_DIGITS].to_owned())
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CellKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A finished cell. It holds no clock and no path: computing it again gives the same bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CellRecord {
    /// Its address.
    pub key: CellKey,
    /// Name of the pipeline.
    pub pipeline: String,
    /// What users call the cell.
    pub label: String,
    /// The cell itself.
    pub config: serde_json::Value,
    /// Its result.
    pub rows: Vec<Row>,
}

/// A finished cell could not be stored or read back.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CellError {
    /// The file is there but cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not what was written: half a write of a file system that lies, a flipped bit, an
    /// edit.
    #[error("{} is corrupt: {problem}", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// How that is known.
        problem: String,
    },
    /// The result has no representation in JSON.
    #[error("cannot write cell `{label}` as JSON: {source}")]
    Encode {
        /// The cell.
        label: String,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// The file could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// The directory of finished cells.
///
/// A file is one JSON object on one line, `{"checksum":"<blake3 of the rest>","cell":{…}}`, so that
/// it says by itself whether it is whole.
#[derive(Clone, Debug)]
pub struct CellStore {
    dir: PathBuf,
}

const OPEN: &str = "{\"checksum\":\"";
const MIDDLE: &str = "\",\"cell\":";
const CLOSE: &str = "}\n";

impl CellStore {
    /// The store in `dir`, which is created.
    pub fn open(dir: &Path) -> Result<Self, WriteError> {
        make_directory(dir)?;
        Ok(Self::existing(dir))
    }

    /// The store of a run that exists, which nothing is to be written to.
    #[must_use]
    pub fn existing(dir: &Path) -> Self {
        Self { dir: dir.to_owned() }
    }

    /// Where the cell of that key is, or would be.
    pub fn path(&self, key: &CellKey) -> PathBuf {
        self.dir.join(format!("{key}.json"))
    }

    /// Stores a finished cell, atomically, and returns its checksum.
    pub fn save(&self, record: &CellRecord) -> Result<String, CellError> {
        let (bytes, checksum) = encode(record)?;
        write_atomic(&self.path(&record.key), &bytes)?;
        Ok(checksum)
    }

    /// The finished cell of that key and its checksum, `None` if there is none yet. A file that is
    /// there and is not exactly what was stored is [`CellError::Corrupt`].
    pub fn load(&self, key: &CellKey) -> Result<Option<(CellRecord, String)>, CellError> {
        let path = self.path(key);
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(CellError::Read { path, source }),
        };
        let (record, checksum) =
            decode(&bytes).map_err(|problem| CellError::Corrupt { path: path.clone(), problem })?;
        if record.key != *key {
            return Err(CellError::Corrupt { path, problem: format!("it holds the cell {}", record.key) });
        }
        Ok(Some((record, checksum)))
    }
}

impl CellRecord {
    /// The checksum under which this cell is stored: a hash of its content, and of nothing else.
    pub fn checksum(&self) -> Result<String, CellError> {
        Ok(encode(self)?.1)
    }
}

fn encode(record: &CellRecord) -> Result<(Vec<u8>, String), CellError> {
    let cell = serde_json::to_string(record)
        .map_err(|source| CellError::Encode { label: record.label.clone(), source })?;
    let checksum = hash_bytes(cell.as_bytes());
    Ok((format!("{OPEN}{checksum}{MIDDLE}{cell}{CLOSE}").into_bytes(), checksum))
}

fn decode(bytes: &[u8]) -> Result<(CellRecord, String), String> {
    let text = std::str::from_utf8(bytes).map_err(|e| e.to_string())?;
    let split = text.strip_prefix(OPEN).and_then(|rest| rest.split_once(MIDDLE));
    let (checksum, rest) = split.ok_or("it does not begin with a checksum")?;
    let cell = rest.strip_suffix(CLOSE).ok_or("it is cut short")?;
    if hash_bytes(cell.as_bytes()) != checksum {
        return Err("its checksum does not match its content".to_owned());
    }
    let record = serde_json::from_str(cell).map_err(|e| e.to_string())?;
    Ok((record, checksum.to_owned()))
}
