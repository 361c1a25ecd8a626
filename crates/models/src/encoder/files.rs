//! The files of a checkpoint: which there are, and whether they are what their names say.

use super::config::EncoderConfig;
use super::error::EncoderError;
use super::family::EncoderFamily;
pub(crate) use super::family::ends_with;
use super::fields;
use super::names::{Wanted, wanted};
use super::tensors::{HostTensor, numbers};
use safetensors::SafeTensors;
use safetensors::tensor::TensorView;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek};
use std::path::{Component, Path, PathBuf};

pub(crate) const CONFIG: &str = "config.json";
pub(crate) const SINGLE: &str = "model.safetensors";
const INDEX: &str = "model.safetensors.index.json";

/// A directory whose files are read, and which of them were.
pub(crate) struct Directory<'a> {
    path: &'a Path,
    pub(crate) read: Vec<PathBuf>,
}

impl<'a> Directory<'a> {
    pub(crate) fn open(path: &'a Path) -> Result<Self, EncoderError> {
        if path.is_dir() {
            return Ok(Self { path, read: Vec::new() });
        }
        let source = match std::fs::metadata(path) {
            Err(e) => e,
            Ok(_) => std::io::ErrorKind::NotADirectory.into(),
        };
        Err(io(path, source))
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.path.join(name).is_file()
    }

    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    pub(crate) fn absent(&self, name: &str) -> EncoderError {
        EncoderError::Absent { path: self.path.into(), what: name.to_owned() }
    }

    /// The text of a file that must be there.
    pub(crate) fn text(&mut self, name: &str) -> Result<String, EncoderError> {
        let path = self.join(name);
        let wrong = |e| io(&path, std::io::Error::new(std::io::ErrorKind::InvalidData, e));
        String::from_utf8(self.bytes(name)?).map_err(wrong)
    }

    /// The same, if it is there.
    pub(crate) fn optional_text(&mut self, name: &str) -> Result<Option<String>, EncoderError> {
        if self.has(name) { self.text(name).map(Some) } else { Ok(None) }
    }

    fn bytes(&mut self, name: &str) -> Result<Vec<u8>, EncoderError> {
        let (path, mut file) = self.open_file(name)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(|e| io(&path, e))?;
        Ok(bytes)
    }

    /// A file that must be there, at its beginning.
    pub(crate) fn open_file(&mut self, name: &str) -> Result<(PathBuf, File), EncoderError> {
        if !self.has(name) {
            return Err(self.absent(name));
        }
        let path = self.join(name);
        self.inside(&path)?;
        let mut file = File::open(&path).map_err(|e| io(&path, e))?;
        let mut start = Vec::new();
        (&mut file).take(64).read_to_end(&mut start).map_err(|e| io(&path, e))?;
        if let Some(what) = disguise(&start) {
            return Err(EncoderError::Disguised { path, what });
        }
        file.rewind().map_err(|e| io(&path, e))?;
        self.read.push(path.clone());
        Ok((path, file))
    }

    /// A file whose links lead out of the directory is not read: who made the directory may not
    /// choose what else is. The caches of hubs keep files in `blobs` beside `snapshots`, and link to
    /// them from the directories below that.
    fn inside(&self, path: &Path) -> Result<(), EncoderError> {
        let real = |path: &Path| path.canonicalize().map_err(|e| io(path, e));
        let (home, target) = (real(self.path)?, real(path)?);
        let cache = home.parent().filter(|p| p.ends_with("snapshots")).and_then(Path::parent);
        let blobs = cache.map(|cache| cache.join("blobs"));
        if target.starts_with(&home) || blobs.is_some_and(|blobs| target.starts_with(blobs)) {
            return Ok(());
        }
        Err(EncoderError::Link { file: path.to_owned(), target })
    }

    fn parsed<'d>(&self, name: &str, bytes: &'d [u8]) -> Result<SafeTensors<'d>, EncoderError> {
        SafeTensors::deserialize(bytes)
            .map_err(|e| EncoderError::Corrupt { path: self.join(name), reason: e.to_string() })
    }
}

/// What stands where a file should be: a download that did not fetch it leaves one of these.
fn disguise(bytes: &[u8]) -> Option<&'static str> {
    let start = &bytes[..bytes.len().min(64)];
    let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start).trim_ascii_start();
    let begins = |with: &[u8]| start.get(..with.len()).is_some_and(|s| s.eq_ignore_ascii_case(with));
    if begins(b"version https://git-lfs") {
        Some("a pointer of Git LFS, which stands for the file; fetch the file itself with `git lfs pull`")
    } else if begins(b"<!doctype html") || begins(b"<html") {
        Some("a page of HTML, as a server sends instead of a file; download the file itself")
    } else {
        None
    }
}

/// The weights, before anything is taken from them.
pub(super) enum Weights {
    Single(Vec<u8>),
    /// By the index: the file of each tensor.
    Sharded(BTreeMap<String, String>),
}

#[derive(Deserialize)]
struct Index {
    weight_map: BTreeMap<String, String>,
}

/// The file of each tensor by the index, where there is one that counts.
fn weight_map(dir: &mut Directory<'_>) -> Result<Option<BTreeMap<String, String>>, EncoderError> {
    if !dir.has(INDEX) {
        return Ok(None);
    }
    // An index whose files are gone is what a merge of shards leaves; one whose files are there
    // contradicts a single file.
    let text = dir.text(INDEX);
    if dir.has(SINGLE) {
        let map = text.ok().and_then(|t| serde_json::from_str::<Index>(&t).ok()).map(|i| i.weight_map);
        let shard = map.into_iter().flatten().map(|(_, f)| f).find(|f| f != SINGLE && dir.has(f));
        dir.read.retain(|path| !path.ends_with(INDEX));
        return match shard {
            Some(shard) => Err(EncoderError::TwoModels { path: dir.path.into(), shard }),
            None => Ok(None),
        };
    }
    let index: Index = serde_json::from_str(&text?)
        .map_err(|e| EncoderError::Corrupt { path: dir.join(INDEX), reason: e.to_string() })?;
    let inside = |file: &str| {
        let mut parts = Path::new(file).components().peekable();
        parts.peek().is_some() && parts.all(|part| matches!(part, Component::Normal(_)))
    };
    if let Some((name, file)) = index.weight_map.iter().find(|(_, file)| !inside(file)) {
        let (index, name, file) = (dir.join(INDEX), name.clone(), file.clone());
        return Err(EncoderError::Outside { index, name, file });
    }
    Ok(Some(index.weight_map))
}

/// The files of the weights, each once, where there are several.
pub(crate) fn shard_files(dir: &mut Directory<'_>) -> Result<Option<Vec<String>>, EncoderError> {
    Ok(weight_map(dir)?.map(|map| {
        let mut files: Vec<String> = map.into_values().collect();
        files.sort();
        files.dedup();
        files
    }))
}

impl Weights {
    pub(super) fn open(dir: &mut Directory<'_>) -> Result<Self, EncoderError> {
        Ok(match weight_map(dir)? {
            None => Self::Single(dir.bytes(SINGLE)?),
            Some(map) => Self::Sharded(map),
        })
    }

    /// The names of all tensors in alphabetical order; a single file lists them in the order of a
    /// hash map, which is another one in every process.
    pub(super) fn names(&self, dir: &Directory<'_>) -> Result<Vec<String>, EncoderError> {
        let mut names: Vec<String> = match self {
            Self::Single(bytes) => {
                dir.parsed(SINGLE, bytes)?.names().into_iter().map(str::to_owned).collect()
            }
            Self::Sharded(map) => map.keys().cloned().collect(),
        };
        names.sort_unstable();
        Ok(names)
    }

    /// The configuration, of the family that config.json names or else of the tensors'.
    pub(super) fn config(&self, dir: &Directory<'_>, text: &str) -> Result<EncoderConfig, EncoderError> {
        let raw = EncoderConfig::raw(text)?;
        let family = match EncoderConfig::named_family(&raw)? {
            Some(family) => family,
            None => {
                let names = self.names(dir)?;
                let segments = raw.get("type_vocab_size").and_then(serde_json::Value::as_u64);
                EncoderFamily::of_tensors(&names.iter().map(String::as_str), segments)
                    .ok_or_else(|| EncoderError::Unrecognised { example: names.first().cloned() })?
            }
        };
        fields::config(family, raw)
    }

    /// All tensors of the encoder.
    pub(super) fn tensors(
        &self,
        dir: &mut Directory<'_>,
        config: &EncoderConfig,
    ) -> Result<BTreeMap<String, HostTensor>, EncoderError> {
        let all = wanted(config);
        let prefix = prefix(&self.names(dir)?, config.family)?;
        let missing =
            |w: &Wanted| EncoderError::Missing { name: format!("{prefix}{}", w.name), layers: config.layers };
        let map = match self {
            Self::Single(bytes) => {
                let file = dir.parsed(SINGLE, bytes)?;
                let one = |w: &Wanted| {
                    let (name, view) = find(&file, &prefix, w).ok_or_else(|| missing(w))?;
                    Ok((w.name.clone(), tensor(name, &view, w)?))
                };
                return all.iter().map(one).collect();
            }
            Self::Sharded(map) => map,
        };
        let mut by_file: BTreeMap<&String, Vec<&Wanted>> = BTreeMap::new();
        for w in &all {
            let file = w.names(&prefix).find_map(|n| map.get(&n)).ok_or_else(|| missing(w))?;
            by_file.entry(file).or_default().push(w);
        }
        let mut tensors = BTreeMap::new();
        for (file, wanted) in by_file {
            let bytes = dir.bytes(file)?;
            let parsed = dir.parsed(file, &bytes)?;
            for w in wanted {
                let Some((name, view)) = find(&parsed, &prefix, w) else {
                    return Err(self.elsewhere(dir, map, &prefix, w, file));
                };
                tensors.insert(w.name.clone(), tensor(name, &view, w)?);
            }
        }
        Ok(tensors)
    }

    /// The index sends a tensor to a file that lacks it: which file has it?
    fn elsewhere(
        &self,
        dir: &mut Directory<'_>,
        map: &BTreeMap<String, String>,
        prefix: &str,
        w: &Wanted,
        file: &str,
    ) -> EncoderError {
        let mut files: Vec<&String> = map.values().collect();
        files.sort();
        files.dedup();
        let has = |dir: &mut Directory<'_>, other: &String| {
            let Ok(bytes) = dir.bytes(other) else { return false };
            dir.parsed(other, &bytes).is_ok_and(|parsed| find(&parsed, prefix, w).is_some())
        };
        let found = files.into_iter().find(|other| has(dir, other)).cloned();
        let name = w.names(prefix).find(|n| map.contains_key(n)).unwrap_or_else(|| w.name.clone());
        EncoderError::WrongShard { name, index: dir.join(INDEX), file: file.to_owned(), found: Found(found) }
    }
}

/// The file that has a tensor, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found(pub Option<String>);

impl std::fmt::Display for Found {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            Some(file) => write!(f, "it is in {file}"),
            None => write!(f, "none of the files that the index names has it"),
        }
    }
}

/// What stands before the names of the tensors.
fn prefix(names: &[String], family: EncoderFamily) -> Result<String, EncoderError> {
    let endings = family.telling_endings();
    let found = endings.iter().find_map(|ending| {
        let name = names.iter().find(|n| ends_with(n, ending))?;
        name.strip_suffix(ending).map(str::to_owned)
    });
    found.ok_or(EncoderError::Foreign { family, ending: endings[0] })
}

fn find<'d>(file: &SafeTensors<'d>, prefix: &str, wanted: &Wanted) -> Option<(String, TensorView<'d>)> {
    wanted.names(prefix).find_map(|n| file.tensor(&n).ok().map(|view| (n, view)))
}

fn tensor(name: String, view: &TensorView<'_>, w: &Wanted) -> Result<HostTensor, EncoderError> {
    let values = numbers(&name, view)?;
    if view.shape() != w.shape {
        let found = view.shape().to_vec();
        return Err(EncoderError::Shape { name, found, expected: w.shape.clone() });
    }
    if let Some(index) = values.iter().position(|v| !v.is_finite()) {
        return Err(EncoderError::NonFinite { name, index, value: values[index] });
    }
    Ok(HostTensor { shape: w.shape.clone(), values })
}

pub(crate) fn io(path: &Path, source: std::io::Error) -> EncoderError {
    EncoderError::Io { path: path.into(), source }
}
