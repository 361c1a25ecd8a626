//! One round: a disturbance, a start as a user would, a comparison.

use super::super::status::Failure;
use super::damage::Damage;
use super::subjects::{Subject, copy, prepare, start, wait};
use relata_relations::Stream;
use relata_runs::{
    CellKey, CellStore, DiskStep, Journal, Manifest, RunDir, Status, Surviving, crashed, hash_bytes,
};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// What is done to a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Processes are killed at random times.
    Kill,
    /// Files of a finished run are damaged.
    Damage,
    /// The machine dies, and with it what was not flushed.
    Crash,
}

impl Kind {
    pub(super) const ALL: [Self; 3] = [Self::Kill, Self::Damage, Self::Crash];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Kill => "kill",
            Self::Damage => "damage",
            Self::Crash => "lost writes",
        }
    }
}

/// At most so many processes are killed in a round, and so many files damaged.
const MAX_AT_ONCE: usize = 3;

/// So many dead disks are looked at in a round; of one the run goes on.
const DISKS: usize = 8;

/// A round and what came of it.
pub(super) struct Round<'s> {
    place: PathBuf,
    subject: &'s Subject,
    stream: Stream,
    journals: usize,
    /// How many faults there were.
    pub(super) faults: usize,
    /// How often a finished cell was computed again.
    pub(super) again: usize,
    /// What is wrong, a line each.
    pub(super) wrong: Vec<String>,
}

impl<'s> Round<'s> {
    /// In a place that is emptied for it.
    pub(super) fn begin(place: &Path, subject: &'s Subject, stream: Stream) -> Result<Self, Failure> {
        relata_runs::remove(place)?;
        fs::create_dir_all(place)?;
        Ok(Self {
            place: place.to_owned(),
            subject,
            stream,
            journals: 0,
            faults: 0,
            again: 0,
            wrong: Vec::new(),
        })
    }

    pub(super) fn play(&mut self, kind: Kind) -> Result<(), Failure> {
        match kind {
            Kind::Kill => self.kill(),
            Kind::Damage => self.damage(),
            Kind::Crash => self.crash(),
        }
    }

    fn kill(&mut self) -> Result<(), Failure> {
        let subject = self.subject;
        let (line, expected) = match (&subject.command, &subject.after) {
            (Some(line), Some(after)) => {
                copy(&subject.reference, &self.place.join("d"))?;
                prepare(&subject.name, &self.place.join("d"))?;
                (line, after)
            }
            _ => {
                inputs(&subject.reference, &self.place.join("d"))?;
                (&subject.run, &subject.reference)
            }
        };
        for _ in 0..=self.stream.below(MAX_AT_ONCE) {
            let after = subject.time.mul_f64(1.1 * self.stream.uniform());
            let before = self.finished();
            let journal = self.journal();
            let mut child = start(&self.place.join("d"), line, &journal)?;
            std::thread::sleep(after);
            // One that has ended already is not killed, and not counted.
            if child.try_wait()?.is_none() {
                child.kill()?;
                self.faults += 1;
            }
            child.wait()?;
            self.count(&before, &journal)?;
        }
        self.go_on(line)?;
        self.compare(expected);
        Ok(())
    }

    fn damage(&mut self) -> Result<(), Failure> {
        let subject = self.subject;
        copy(&subject.reference, &self.place.join("d"))?;
        let mut files = Vec::new();
        list(&self.place.join("d/runs"), &mut files)?;
        files.retain(|f| vouched(f));
        files.sort();
        let mut damaged = BTreeSet::new();
        for _ in 0..=self.stream.below(MAX_AT_ONCE) {
            let file = files[self.stream.below(files.len())].clone();
            let Ok(bytes) = fs::read(&file) else { continue };
            let damage = Damage::ALL[self.stream.below(Damage::ALL.len())];
            match damage.of(&bytes, &mut self.stream) {
                Some(new) => fs::write(&file, new)?,
                None => fs::remove_file(&file)?,
            }
            self.faults += 1;
            damaged.insert(file);
        }
        // Two damages of one file may undo each other.
        let same = |f: &PathBuf| {
            let original = f.strip_prefix(self.place.join("d")).map(|p| subject.reference.join(p));
            original.is_ok_and(|o| fs::read(o).ok() == fs::read(f).ok())
        };
        let shown: Vec<PathBuf> = damaged.iter().filter(|f| !same(f)).cloned().collect();
        let verify = ["verify", "runs", "--cells", "0"].map(str::to_owned);
        let status = self.run(&verify)?;
        if !shown.is_empty() && status == Some(0) {
            self.wrong.push(format!("`verify` did not see the damage of {shown:?}"));
        }
        let line = subject.run.clone();
        if self.run(&line)? == Some(4) && self.said().contains("schema version") {
            // One digit made it a run of another version, which is the user's to remove.
            for file in damaged.iter().filter(|f| f.ends_with("manifest.json")) {
                relata_runs::remove(file)?;
            }
        }
        self.go_on(&line)?;
        if self.run(&verify)? != Some(0) {
            self.wrong.push(format!("the next run did not mend {shown:?}: {}", self.said()));
        }
        self.compare(&subject.reference);
        Ok(())
    }

    fn crash(&mut self) -> Result<(), Failure> {
        let subject = self.subject;
        // The program was started there, and its paths are relative to that.
        let root = Path::new("");
        let disk = self.place.join("d");
        let going_on = self.stream.below(DISKS);
        for k in 0..DISKS {
            relata_runs::remove(&disk)?;
            let cut = self.stream.below(subject.steps.len() + 1);
            let surviving = match self.stream.below(6) {
                0 => Surviving::Nothing,
                1 => Surviving::Everything,
                _ => Surviving::Drawn,
            };
            let stream = &mut self.stream;
            let mut draw = |n: usize| stream.below(n.max(1));
            crashed(&subject.steps[..cut], root, &subject.journal, &disk, surviving, &mut draw)?;
            self.faults += 1;
            self.audit(cut)?;
            if k == going_on {
                inputs(&subject.reference, &disk)?;
                let line = subject.run.clone();
                self.go_on(&line)?;
                self.compare(&subject.reference);
            }
        }
        Ok(())
    }

    /// What a manifest calls finished is on the disk.
    fn audit(&mut self, cut: usize) -> Result<(), Failure> {
        for dir in RunDir::find(&self.place.join("d"))? {
            let Ok(manifest) = Manifest::read(dir.path()) else {
                self.wrong.push(format!("after {cut} steps: {} has half a manifest", dir.path().display()));
                continue;
            };
            let store = CellStore::existing(&dir.cells());
            for cell in manifest.cells.iter().filter(|c| c.hash.is_some()) {
                let found = store.load(&cell.key).ok().flatten().map(|(_, checksum)| checksum);
                if found != cell.hash {
                    self.wrong.push(format!("after {cut} steps: cell `{}` is not there", cell.label));
                }
            }
            for (name, hash) in &manifest.files {
                let found = fs::read(dir.path().join(name)).ok().map(|bytes| hash_bytes(&bytes));
                if found.as_ref() != Some(hash) {
                    let status = manifest.status;
                    self.wrong.push(format!("after {cut} steps: {name} is not there ({status:?})"));
                }
            }
        }
        Ok(())
    }

    /// Runs the line to its end, which must be a good one, and counts finished cells that it
    /// computes again.
    fn go_on(&mut self, line: &[String]) -> Result<(), Failure> {
        let before = self.finished();
        let journal = self.journal();
        let mut child = start(&self.place.join("d"), line, &journal)?;
        match wait(&mut child, self.subject.time)? {
            None => self.wrong.push("it hangs".to_owned()),
            Some(status) if !status.success() => {
                self.wrong.push(format!("`{}` ends with {status}: {}", line.join(" "), self.said()));
            }
            Some(_) => {}
        }
        self.count(&before, &journal)
    }

    /// Runs a line to any end but a panic.
    fn run(&mut self, line: &[String]) -> Result<Option<i32>, Failure> {
        let (before, journal) = (self.finished(), self.journal());
        let mut child = start(&self.place.join("d"), line, &journal)?;
        let status = wait(&mut child, self.subject.time)?;
        self.count(&before, &journal)?;
        if status.is_none() {
            self.wrong.push(format!("`{}` hangs", line.join(" ")));
        }
        if self.said().contains("panicked") {
            self.wrong.push(format!("`{}` panics: {}", line.join(" "), self.said()));
        }
        Ok(status.and_then(|s| s.code()))
    }

    fn said(&self) -> String {
        fs::read_to_string(self.place.join("d/said.txt")).unwrap_or_default().trim().to_owned()
    }

    fn journal(&mut self) -> PathBuf {
        self.journals += 1;
        self.place.join(format!("journal-{}", self.journals))
    }

    /// The cells that are finished, wholly.
    fn finished(&self) -> BTreeSet<PathBuf> {
        let mut files = Vec::new();
        let _ = list(&self.place.join("d/runs"), &mut files);
        files.retain(|f| {
            let key = f.file_stem().and_then(|s| s.to_str()).and_then(|s| key(s).ok());
            let store = f.parent().filter(|p| p.ends_with("cells")).map(CellStore::existing);
            matches!((key, store), (Some(key), Some(store)) if matches!(store.load(&key), Ok(Some(_))))
        });
        files.into_iter().collect()
    }

    /// Counts the cells that were finished before and were stored again by a process.
    fn count(&mut self, before: &BTreeSet<PathBuf>, journal: &Path) -> Result<(), Failure> {
        if !journal.is_dir() {
            return Ok(());
        }
        for step in Journal::read_all(journal)? {
            // Paths of the program are relative to where it runs.
            if let DiskStep::Rename { to, .. } = step
                && before.contains(&self.place.join("d").join(&to))
            {
                self.again += 1;
                self.wrong.push(format!("a finished cell was computed again: {}", to.display()));
            }
        }
        Ok(())
    }

    /// Every file as it was undisturbed, and no other.
    fn compare(&mut self, expected: &Path) {
        let (expected, found) = (Results::of(expected), Results::of(&self.place.join("d")));
        for (file, bytes) in &expected.files {
            match found.files.get(file) {
                Some(b) if b == bytes => {}
                Some(_) => self.wrong.push(format!("{} has other bytes", file.display())),
                None => self.wrong.push(format!("{} is lost", file.display())),
            }
        }
        // A shard leaves what others of its run may be writing; `run` and `collect` clean up.
        let part = ["shard", "cell"].contains(&self.subject.name.as_str());
        let half = |f: &Path| f.file_name().is_some_and(|n| n.to_string_lossy().starts_with(".tmp-"));
        let over = |f: &&PathBuf| !(expected.files.contains_key(*f) || part && half(f));
        for file in found.files.keys().filter(over) {
            self.wrong.push(format!("{} is left over", file.display()));
        }
        if found.manifests != expected.manifests {
            self.wrong.push("a manifest says something else".to_owned());
        }
    }
}

/// What a manifest says: how far the run got, the hashes of files, the hashes of cells.
type Vouched = (Status, BTreeMap<String, String>, Vec<Option<String>>);

/// What must not depend on what happened.
struct Results {
    files: BTreeMap<PathBuf, Vec<u8>>,
    manifests: Vec<Vouched>,
}

impl Results {
    fn of(place: &Path) -> Self {
        let mut all = Vec::new();
        let _ = list(&place.join("runs"), &mut all);
        let mut results = Self { files: BTreeMap::new(), manifests: Vec::new() };
        all.sort();
        for file in all {
            if file.ends_with("manifest.json")
                && let Some(dir) = file.parent()
                && let Ok(m) = Manifest::read(dir)
            {
                let cells = m.cells.into_iter().map(|c| c.hash).collect();
                results.manifests.push((m.status, m.files, cells));
            } else if vouched(&file) && !file.ends_with("manifest.json") {
                let name = file.strip_prefix(place).map(Path::to_owned).unwrap_or_default();
                // The page of all runs tells times.
                let bytes = if file.ends_with("report.html") { Ok(Vec::new()) } else { fs::read(&file) };
                results.files.insert(name, bytes.unwrap_or_default());
            }
        }
        results
    }
}

/// Locks and what shards and sweeps note of times are not results.
fn vouched(file: &Path) -> bool {
    let inside = |folder: &str| file.parent().is_some_and(|p| p.ends_with(folder));
    let lock = file.extension().is_some_and(|e| e == "lock") || file.ends_with(".lock");
    let sweeps = file.components().any(|c| c.as_os_str() == "sweeps");
    !lock && !inside("shards") && !sweeps
}

fn list(dir: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            list(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

fn key(text: &str) -> Result<CellKey, serde_json::Error> {
    serde_json::from_value(serde_json::Value::String(text.to_owned()))
}

/// The user's own files, beside which a run begins.
fn inputs(from: &Path, to: &Path) -> Result<(), Failure> {
    fs::create_dir_all(to)?;
    for name in ["relation.csv", "wins.csv", "sweep.toml"] {
        fs::copy(from.join(name), to.join(name))?;
    }
    Ok(())
}
