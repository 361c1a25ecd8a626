//! What faults are injected into: every pipeline, and every command that writes.

use super::super::status::{Failure, Status};
use relata_cli::{HIDDEN, PIPELINES, Takes};
use relata_relations::Stream;
use relata_runs::{DiskStep, Journal, NameError};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::rc::Rc;
use std::time::{Duration, Instant};

/// A process that takes so much longer than an undisturbed one hangs.
const MAX_SLOWDOWN: f64 = 20.0;

/// And no process is said to hang before this.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is done to a finished run before a command is tried on it, and the command.
pub(super) const COMMANDS: [(&str, &[&str]); 10] = [
    ("figures", &["figures", "runs", "--svg-text"]),
    ("report", &["report", "runs"]),
    ("verify", &["verify", "runs", "--cells", "1"]),
    ("compare", &["compare", FIRST, SECOND, "--out", "runs/comparison"]),
    ("tables", &["tables", "runs", "--out", "runs/parquet"]),
    ("collect", &["collect", "empty", "--profile", "smoke"]),
    ("shard", &["run", "empty", "--profile", "smoke", "--shard", "1/3"]),
    ("sweep", &["sweep", "sweep.toml"]),
    ("cell", &["cell", "empty", "number=7", "--profile", "smoke"]),
    ("cells", &["cells", "empty", "--profile", "smoke"]),
];

/// The runs of the sweep below.
const FIRST: &str = "runs/empty/smoke-flex-0";
const SECOND: &str = "runs/empty/smoke-flex-1";

/// A sweep of two runs.
const SWEEP: &str = "[[grid]]\npipelines = [\"empty\"]\nprofiles = [\"smoke\"]\nseeds = [0, 1]\n";

/// One thing that is tried, and what it leaves undisturbed.
pub(super) struct Subject {
    pub(super) name: String,
    /// The line that computes what there is.
    pub(super) run: Vec<String>,
    /// The line that faults are injected into, where it is another one.
    pub(super) command: Option<Vec<String>>,
    /// The directory of the undisturbed run, with `runs` in it.
    pub(super) reference: PathBuf,
    /// The directory after the command, undisturbed as well.
    pub(super) after: Option<PathBuf>,
    /// How long the line that is disturbed takes.
    pub(super) time: Duration,
    /// What the undisturbed run did on the disk.
    pub(super) steps: Vec<DiskStep>,
    pub(super) journal: PathBuf,
}

/// All that were chosen; each is run undisturbed when it is first drawn.
pub(super) struct Subjects {
    place: PathBuf,
    names: Vec<String>,
    known: Vec<Option<Rc<Subject>>>,
}

impl Subjects {
    pub(super) fn choose(place: &Path, only: &[String]) -> Result<Self, Failure> {
        let pipelines = PIPELINES.iter().chain(HIDDEN).map(|p| p.name);
        let all: Vec<&str> = pipelines.chain(COMMANDS.iter().map(|(name, _)| *name)).collect();
        if let Some(unknown) = only.iter().find(|o| !all.contains(&o.as_str())) {
            let error = NameError::new("pipeline or command", unknown, all);
            return Err(Failure::new(Status::Usage, error));
        }
        let chosen = all.into_iter().filter(|name| only.is_empty() || only.iter().any(|o| o == name));
        let names: Vec<String> = chosen.map(str::to_owned).collect();
        let known = names.iter().map(|_| None).collect();
        Ok(Self { place: place.join("undisturbed"), names, known })
    }

    /// Each once at first; later the quick ones more often, so that there are many faults.
    pub(super) fn draw(&mut self, number: u64, stream: &mut Stream) -> Result<Rc<Subject>, Failure> {
        let count = self.names.len();
        let weighted: Vec<usize> = (0..count)
            .flat_map(|k| std::iter::repeat_n(k, if quick(&self.names[k]) { QUICK_WEIGHT } else { 1 }))
            .collect();
        let drawn = weighted[stream.below(weighted.len())];
        let k = usize::try_from(number).ok().filter(|k| *k < count).unwrap_or(drawn);
        if self.known[k].is_none() {
            self.known[k] = Some(Rc::new(undisturbed(&self.place, &self.names[k])?));
        }
        self.known[k].clone().ok_or_else(|| anyhow::anyhow!("nothing to disturb").into())
    }
}

/// So much more often what takes a second is drawn than what takes half a minute.
const QUICK_WEIGHT: usize = 8;

fn quick(name: &str) -> bool {
    let commands = COMMANDS.iter().any(|(n, _)| *n == name);
    commands || ["empty", "width-two", "analyse", "preferences"].contains(&name)
}

/// Runs it once, and its command on a copy.
fn undisturbed(place: &Path, name: &str) -> Result<Subject, Failure> {
    let words = |line: &[&str]| line.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
    let reference = place.join(name);
    fs::create_dir_all(&reference)?;
    files(&reference)?;
    let command = COMMANDS.iter().find(|(n, _)| *n == name).map(|(_, line)| words(line));
    let run = match (PIPELINES.iter().find(|p| p.name == name), name) {
        (Some(p), _) => match p.takes {
            Takes::Measured => words(&["run", name, "relation.csv", "--profile", "smoke"]),
            Takes::Preferences => words(&["run", name, "wins.csv", "--profile", "smoke"]),
            Takes::Nothing | Takes::Catalogue | Takes::Checkpoint => {
                words(&["run", name, "--profile", "smoke"])
            }
        },
        (None, "sweep" | "compare") => words(&["sweep", "sweep.toml"]),
        (None, _) => words(&["run", "empty", "--profile", "smoke"]),
    };
    let journal = place.join(format!("{name}-journal"));
    let mut time = clean(&reference, &run, &journal)?;
    let steps = Journal::read_all(&journal)?;
    let after = match &command {
        None => None,
        Some(line) => {
            let after = place.join(format!("{name}-after"));
            copy(&reference, &after)?;
            prepare(name, &after)?;
            time = clean(&after, line, &place.join(format!("{name}-after-journal")))?;
            Some(after)
        }
    };
    Ok(Subject { name: name.to_owned(), run, command, reference, after, time, steps, journal })
}

/// What a command needs to have something to do.
pub(super) fn prepare(name: &str, place: &Path) -> Result<(), Failure> {
    match name {
        "collect" => {
            let run = place.join("runs/empty/smoke-flex-0");
            for part in ["tables", "figures", "manifest.json", "summary.json"] {
                relata_runs::remove(&run.join(part))?;
            }
        }
        "shard" | "cell" | "sweep" => relata_runs::remove(&place.join("runs"))?,
        _ => {}
    }
    Ok(())
}

/// The user's own data of the pipelines that take some.
fn files(place: &Path) -> Result<(), Failure> {
    let value = |i: usize, j: usize| (1.3 * i as f64 + 0.7 * j as f64).sin() - 0.1 * j as f64;
    let line = |i: usize| (0..6).map(|j| value(i, j).to_string()).collect::<Vec<_>>().join(",") + "\n";
    fs::write(place.join("relation.csv"), (0..6).map(line).collect::<String>())?;
    fs::write(place.join("wins.csv"), ",a,b,c,d\na,0,7,5,9\nb,3,0,6,4\nc,5,4,0,8\nd,2,6,3,0\n")?;
    fs::write(place.join("sweep.toml"), SWEEP)?;
    Ok(())
}

/// Runs a line to its good end.
fn clean(place: &Path, line: &[String], journal: &Path) -> Result<Duration, Failure> {
    let clock = Instant::now();
    let status = start(place, line, journal)?.wait()?;
    if status.success() {
        return Ok(clock.elapsed());
    }
    let said = fs::read_to_string(place.join("said.txt")).unwrap_or_default();
    Err(anyhow::anyhow!("`{}` fails undisturbed ({status}): {}", line.join(" "), said.trim()).into())
}

/// Starts this program.
pub(super) fn start(place: &Path, line: &[String], journal: &Path) -> Result<Child, Failure> {
    let said = fs::File::create(place.join("said.txt"))?;
    let child = Command::new(std::env::current_exe()?)
        .args(line)
        .current_dir(place)
        .env(super::super::JOURNAL, journal)
        .stdin(Stdio::null())
        .stdout(said.try_clone()?)
        .stderr(said)
        .spawn()?;
    Ok(child)
}

/// Waits for a process as long as it may take, the time that it waited for a processor not counted;
/// none if it hangs, and is killed then.
pub(super) fn wait(child: &mut Child, usual: Duration) -> Result<Option<ExitStatus>, Failure> {
    let clock = Instant::now();
    let longest = usual.mul_f64(MAX_SLOWDOWN).max(PATIENCE);
    let (mut starved, mut looked) = (BTreeMap::new(), Instant::now());
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if looked.elapsed() > LOOK {
            look_for_starvation(child.id(), &mut starved);
            looked = Instant::now();
        }
        if clock.elapsed() > longest + starved.values().sum::<Duration>().min(LONGEST_STARVATION) {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// How often threads are asked how long they waited for a processor.
const LOOK: Duration = Duration::from_millis(200);

/// Whatever the threads of a process waited, it hangs after this and the usual patience.
const LONGEST_STARVATION: Duration = Duration::from_secs(1800);

/// Notes how long each thread of a process could have run and was not let, where the system says so:
/// on a machine that is busy with other work that is most of the time, and no hang.
fn look_for_starvation(process: u32, starved: &mut BTreeMap<PathBuf, Duration>) {
    let threads = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    for thread in threads.map(|entry| entry.path()) {
        let text = fs::read_to_string(thread.join("schedstat")).unwrap_or_default();
        // Nanoseconds that it ran, and that it waited.
        if let Some(waited) = text.split_whitespace().nth(1).and_then(|w| w.parse().ok()) {
            starved.insert(thread, Duration::from_nanos(waited));
        }
    }
}

/// Copies a directory.
pub(super) fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &target)?;
        } else {
            fs::copy(&path, &target)?;
        }
    }
    Ok(())
}
