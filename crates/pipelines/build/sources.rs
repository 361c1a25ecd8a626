//! A fingerprint of each pipeline: the sources on which the results of its cells depend.
//!
//! Of a pipeline these are its own folder under `src/experiments`, the folders and modules of this
//! crate that it names, and every crate of ours that any of these names or that such a crate is
//! compiled with; of other people's crates, the entries of `Cargo.lock` that those need. What only
//! reads finished tables is left out ([`FROM_TABLES`], [`NO_RESULT`]).

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::path::{Path, PathBuf};

/// Crates of ours that no result depends on: they draw finished tables, read command lines, and try
/// to break what the others claim.
const NO_RESULT: [&str; 3] = ["plotting", "cli", "attack"];
/// Modules of a pipeline that read its tables. They count where anything else than its `mod.rs`
/// names them, or where that hands them on.
const FROM_TABLES: [&str; 3] = ["answers", "figures", "summary"];
/// What a result passes through on its way from every cell to the store.
const ALWAYS: [&str; 6] = [
    "pipelines/src/pipeline.rs",
    "pipelines/src/backend.rs",
    "pipelines/src/runner/cells.rs",
    "runs/src/cells.rs",
    "runs/src/table.rs",
    "runs/src/value.rs",
];
/// Modules of this crate that take no part in computing a cell, or are in [`ALWAYS`].
const NOT_BY_NAME: [&str; 6] = ["approximate", "backend", "cli", "experiments", "pipeline", "registry"];

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The hash of each folder of experiments, under its name with `-` for `_`, which is the name of its
/// pipeline where it is one; and the files that were read, below `root`, the workspace.
pub(crate) fn fingerprints(
    root: &Path,
    environment: &[String],
) -> Result<(BTreeMap<String, String>, BTreeSet<PathBuf>)> {
    let experiments = root.join("crates/pipelines/src/experiments");
    let mut names = Vec::new();
    for entry in std::fs::read_dir(&experiments)? {
        let entry = entry?;
        if entry.path().is_dir() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    let workspace = Workspace { root, folders: &names, lock: Lock::read(&root.join("Cargo.lock"))? };
    let (mut hashes, mut read) = (BTreeMap::new(), BTreeSet::new());
    for name in &names {
        let (hash, files) = workspace.fingerprint(name, environment)?;
        hashes.insert(name.replace('_', "-"), hash);
        read.extend(files);
    }
    Ok((hashes, read))
}

struct Workspace<'a> {
    root: &'a Path,
    /// The folders of experiments.
    folders: &'a [String],
    lock: Lock,
}

impl Workspace<'_> {
    fn fingerprint(&self, folder: &str, environment: &[String]) -> Result<(String, BTreeSet<PathBuf>)> {
        let crates_dir = self.root.join("crates");
        let mut files = BTreeSet::new();
        self.own(folder, &mut files)?;
        let (mut crates, mut foreign) = (BTreeSet::new(), BTreeSet::new());
        // Every cell draws from the seeds of this one.
        self.reach("relations", &mut crates, &mut foreign)?;
        for file in &files {
            for name in after(&std::fs::read_to_string(file)?, "relata_") {
                // `runs` holds manifests and summaries as well; what matters of it is in `ALWAYS`.
                if name != "runs" {
                    self.reach(&name, &mut crates, &mut foreign)?;
                }
            }
        }
        files.extend(ALWAYS.iter().map(|f| crates_dir.join(f)));
        for name in &crates {
            collect(&crates_dir.join(name).join("src"), &mut files)?;
        }
        foreign.extend(["anyhow", "burn", "faer", "rayon", "serde", "serde_json"].map(str::to_owned));
        let mut hasher = blake3::Hasher::new();
        environment.iter().for_each(|e| part(&mut hasher, e.as_bytes()));
        let manifest = std::fs::read_to_string(self.root.join("Cargo.toml"))?;
        part(&mut hasher, settings(&manifest, &foreign).as_bytes());
        for entry in self.lock.reach(&foreign) {
            part(&mut hasher, entry.as_bytes());
        }
        for file in &files {
            // Where the checkout lies does not matter.
            let name = file.strip_prefix(self.root).unwrap_or(file);
            part(&mut hasher, name.to_string_lossy().replace('\\', "/").as_bytes());
            part(&mut hasher, &std::fs::read(file)?);
        }
        Ok((hasher.finalize().to_hex().to_string(), files))
    }

    /// The files of a folder and those of this crate that they name.
    fn own(&self, folder: &str, files: &mut BTreeSet<PathBuf>) -> Result<()> {
        let source = self.root.join("crates/pipelines/src");
        let mut open = vec![source.join("experiments").join(folder)];
        let mut seen = BTreeSet::new();
        while let Some(path) = open.pop() {
            if !seen.insert(path.clone()) {
                continue;
            }
            let mut found = BTreeSet::new();
            if path.is_dir() {
                collect(&path, &mut found)?;
            } else {
                found.insert(path.clone());
            }
            let texts = read_all(&found)?;
            let counts = |file: &PathBuf| {
                let module = file.strip_prefix(&path).ok().and_then(|f| f.iter().next()).map(Path::new);
                let module = module.and_then(Path::file_stem).map(|m| m.to_string_lossy().into_owned());
                !module.is_some_and(|m| FROM_TABLES.contains(&m.as_str()) && only_from_mod(&path, &texts, &m))
            };
            for (file, text) in texts.iter().filter(|(file, _)| counts(file)) {
                files.insert(file.clone());
                for name in [after(text, "super::"), after(text, "experiments::")].concat() {
                    if self.folders.contains(&name) {
                        open.push(source.join("experiments").join(name));
                    }
                }
                for name in after(text, "crate::") {
                    // Of the runner, cells use how it writes numbers.
                    let name = if name == "runner" { "runner/readable" } else { &name };
                    let module = source.join(format!("{name}.rs"));
                    if !NOT_BY_NAME.contains(&name) && module.is_file() {
                        open.push(module);
                    }
                }
            }
        }
        Ok(())
    }

    /// A crate of ours, those of ours that it is compiled with, and the names of other people's.
    fn reach(&self, name: &str, found: &mut BTreeSet<String>, foreign: &mut BTreeSet<String>) -> Result<()> {
        let path = self.root.join("crates").join(name).join("Cargo.toml");
        if NO_RESULT.contains(&name) || !path.is_file() || !found.insert(name.to_owned()) {
            return Ok(());
        }
        let manifest = std::fs::read_to_string(path)?;
        let sections = manifest.split("\n[").filter(|s| s.starts_with("dependencies]"));
        for line in sections.flat_map(str::lines).skip(1) {
            let end = line.find(['.', ' ', '=']).unwrap_or(line.len());
            match line[..end].strip_prefix("relata-") {
                Some(ours) => self.reach(ours, found, foreign)?,
                None => {
                    foreign.insert(line[..end].to_owned());
                }
            }
        }
        Ok(())
    }
}

/// Whether nothing but a folder's `mod.rs` names the module, for itself alone.
fn only_from_mod(folder: &Path, texts: &BTreeMap<PathBuf, String>, module: &str) -> bool {
    texts.iter().all(|(file, text)| {
        let of_tables = file.strip_prefix(folder).ok().and_then(|f| f.iter().next()).map(Path::new);
        let of_tables = of_tables.and_then(Path::file_stem).map(|m| m.to_string_lossy().into_owned());
        if of_tables.is_some_and(|m| FROM_TABLES.contains(&m.as_str())) {
            return true;
        }
        if *file == folder.join("mod.rs") {
            return !text.contains(&format!("use {module}"))
                && !text.contains(&format!("use self::{module}"));
        }
        !after(text, "super::").iter().any(|m| m == module)
    })
}

/// The words that follow a prefix, and those in braces after it.
fn after(text: &str, prefix: &str) -> Vec<String> {
    let word = |text: &str| -> String {
        text.chars().take_while(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '_').collect()
    };
    let mut found = Vec::new();
    for (at, _) in text.match_indices(prefix) {
        let rest = &text[at + prefix.len()..];
        match rest.strip_prefix('{') {
            Some(list) => {
                let list = list.split('}').next().unwrap_or_default();
                found.extend(list.split([',', '{']).map(|item| word(item.trim_start())));
            }
            None => found.push(word(rest)),
        }
    }
    found.retain(|name| !name.is_empty());
    found
}

/// What the workspace's manifest says of these crates, and how everything is compiled.
fn settings(manifest: &str, crates: &BTreeSet<String>) -> String {
    let mut out = String::new();
    for section in manifest.split("\n[") {
        let mut lines = section.lines();
        let title = lines.next().unwrap_or_default();
        if title.starts_with("workspace.dependencies]") {
            let name = |line: &str| line.split([' ', '=', '.']).next().unwrap_or_default().to_owned();
            lines.filter(|line| crates.contains(&name(line))).for_each(|line| out += &format!("{line}\n"));
        } else if title.starts_with("profile.") || title.starts_with("workspace.package]") {
            out += &format!("[{section}\n");
        }
    }
    out
}

/// Packages by name; several versions of one may be there.
struct Lock(BTreeMap<String, Vec<Locked>>);

struct Locked {
    /// Name, version and checksum.
    entry: String,
    dependencies: Vec<String>,
}

impl Lock {
    fn read(path: &Path) -> Result<Self> {
        let mut packages: BTreeMap<String, Vec<Locked>> = BTreeMap::new();
        for block in std::fs::read_to_string(path)?.split("[[package]]").skip(1) {
            let field = |name: &str| {
                let line = block.lines().find_map(|l| l.strip_prefix(&format!("{name} = \"")));
                line.map(|l| l.trim_end_matches('"').to_owned()).unwrap_or_default()
            };
            let name = field("name");
            let entry = format!("{name} {} {}", field("version"), field("checksum"));
            let listed = block
                .split_once("dependencies = [")
                .map(|(_, list)| list.split(']').next().unwrap_or_default());
            let dependencies = listed.unwrap_or_default().lines().map(|l| l.trim().trim_matches([',', '"']));
            // `name` or `name version`.
            let dependencies = dependencies.filter_map(|d| d.split(' ').next()).filter(|d| !d.is_empty());
            let dependencies = dependencies.map(str::to_owned).collect();
            packages.entry(name).or_default().push(Locked { entry, dependencies });
        }
        Ok(Self(packages))
    }

    /// The entries of these packages and of all that they depend on, every version of each.
    fn reach(&self, names: &BTreeSet<String>) -> BTreeSet<&str> {
        let mut open: Vec<&str> = names.iter().map(String::as_str).collect();
        let (mut seen, mut entries) = (BTreeSet::new(), BTreeSet::new());
        while let Some(name) = open.pop() {
            if name.starts_with("relata-") || !seen.insert(name) {
                continue;
            }
            for package in self.0.get(name).into_iter().flatten() {
                entries.insert(package.entry.as_str());
                open.extend(package.dependencies.iter().map(String::as_str));
            }
        }
        entries
    }
}

fn read_all(files: &BTreeSet<PathBuf>) -> Result<BTreeMap<PathBuf, String>> {
    files.iter().map(|f| Ok((f.clone(), std::fs::read_to_string(f)?))).collect()
}

/// Each part with its length before it, so that neighbours do not run into each other.
pub(crate) fn part(hasher: &mut blake3::Hasher, bytes: &[u8]) {
    hasher.update(&(bytes.len() as u64).to_le_bytes());
    hasher.update(bytes);
}

/// Sources and the data that they include.
fn collect(dir: &Path, files: &mut BTreeSet<PathBuf>) -> Result<()> {
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|e| e == "rs" || e == "csv" || e == "txt") {
            files.insert(path);
        }
    }
    Ok(())
}
