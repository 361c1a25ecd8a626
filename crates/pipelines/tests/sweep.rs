//! Sweeps on engines that kill and are killed: the bytes of a local sweep, nothing lost, nothing
//! computed twice.

// The lint spares test functions, not what they share.
#![allow(clippy::unwrap_used, clippy::panic)]
#![cfg(unix)]

use relata_runs::{DiskStep, Journal};
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Two runs of a thousand cells that do nothing, in six shards.
const SWEEP: &str = "shards = 6\n[[grid]]\npipelines = [\"empty\"]\nseeds = [0, 1]\n";

/// As `sbatch --wait --array=0-3,5 SCRIPT`: two workers take the tasks, each in a process of its
/// own. Its process group is its own as well: who started it may die.
const SBATCH: &str = r#"#!/bin/bash
here=$(dirname "$0")
script=${@: -1}
for option in "$@"; do case $option in --array=*) array=${option#--array=};; esac; done
tasks=()
for range in ${array//,/ }; do
    first=${range%-*}; last=${range#*-}
    for ((i = first; i <= last; i++)); do tasks+=("$i"); done
done
echo "$array" >> "$here/submissions"
status=0
worker() {
    for ((k = $1; k < ${#tasks[@]}; k += 2)); do
        SLURM_ARRAY_TASK_ID=${tasks[$k]} bash "$script" >> "$here/output" 2>&1 &
        echo $! >> "$here/processes"
        wait $! || status=1
    done
}
worker 0 & first=$!
worker 1
wait $first
exit $status
"#;

struct Place(tempfile::TempDir);

impl Place {
    fn new(config: &str) -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        std::fs::write(place.path().join("sweep.toml"), config).unwrap();
        let bin = place.path().join("bin");
        std::fs::create_dir(&bin).unwrap();
        std::fs::write(bin.join("sbatch"), SBATCH).unwrap();
        std::fs::set_permissions(bin.join("sbatch"), PermissionsExt::from_mode(0o755)).unwrap();
        place
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_relata"));
        let path = format!("{}:{}", self.path().join("bin").display(), std::env::var("PATH").unwrap());
        command.args(arguments).current_dir(self.path()).env("PATH", path);
        command.env("RELATA_DISK_JOURNAL", self.path().join("journal"));
        command
    }

    fn asked(&self, arguments: &[&str], status: i32) -> String {
        let output = self.command(arguments).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {said}");
        assert!(!said.contains("panicked"), "{said}");
        said
    }

    fn spawn(&self, arguments: &[&str]) -> Child {
        self.command(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    fn run(&self, seed: u64) -> PathBuf {
        self.path().join(format!("runs/empty/standard-flex-{seed}"))
    }

    fn finished(&self) -> usize {
        let count = |seed| {
            let entries = std::fs::read_dir(self.run(seed).join("cells")).into_iter().flatten().flatten();
            entries.filter(|e| e.path().extension().is_some_and(|x| x == "json")).count()
        };
        count(0) + count(1)
    }

    fn wait_for(&self, cells: usize) {
        let clock = Instant::now();
        while self.finished() < cells {
            assert!(clock.elapsed() < Duration::from_secs(120), "{} of {cells} cells", self.finished());
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// How often each cell was stored.
    fn stored(&self) -> BTreeMap<PathBuf, usize> {
        let mut times = BTreeMap::new();
        for step in Journal::read_all(&self.path().join("journal")).unwrap() {
            if let DiskStep::Rename { to, .. } = step
                && to.parent().is_some_and(|p| p.ends_with("cells"))
            {
                *times.entry(to).or_default() += 1;
            }
        }
        times
    }

    /// Cells, tables, figures, summary of both runs.
    fn results(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        for run in [self.run(0), self.run(1)] {
            for folder in ["cells", "tables", "figures"] {
                for entry in std::fs::read_dir(run.join(folder)).unwrap() {
                    let path = entry.unwrap().path();
                    let bytes = std::fs::read(&path).unwrap();
                    files.insert(path.strip_prefix(self.path()).unwrap().to_owned(), bytes);
                }
            }
            let summary = run.join("summary.json");
            let name = summary.strip_prefix(self.path()).unwrap().to_owned();
            files.insert(name, std::fs::read(&summary).unwrap());
        }
        files
    }

    fn once(&self) {
        let times = self.stored();
        // A process that is killed may have stored a cell and not yet noted it.
        assert!((1996..=2000).contains(&times.len()), "{} cells were stored", times.len());
        assert_eq!(times.values().max(), Some(&1), "a cell was computed twice");
    }
}

fn local() -> BTreeMap<PathBuf, Vec<u8>> {
    let place = Place::new(SWEEP);
    let said = place.asked(&["sweep", "sweep.toml", "--check"], 0);
    assert!(said.contains("2 runs, 2000 cells, 2000 of them missing") && said.contains("6 shards"), "{said}");
    assert!(!place.path().join("runs").exists(), "a check writes nothing");
    place.asked(&["sweep", "sweep.toml"], 0);
    place.once();
    place.results()
}

#[test]
fn slurm_with_a_killed_shard_and_a_killed_coordinator() {
    let expected = local();
    let place = Place::new(SWEEP);
    let line = ["sweep", "sweep.toml", "--engine", "slurm", "--submit"];
    let mut coordinator = place.spawn(&line);
    place.wait_for(100);
    // A shard dies: its number is the first that the fake scheduler wrote down.
    let processes = std::fs::read_to_string(place.path().join("bin/processes")).unwrap();
    let shard = processes.lines().next().unwrap();
    assert!(Command::new("kill").args(["-KILL", shard]).status().unwrap().success());
    place.wait_for(300);
    // The coordinator dies; its jobs do not know, and the next one starts the same shards again.
    coordinator.kill().unwrap();
    coordinator.wait().unwrap();
    let said = place.asked(&line, 0);
    assert!(said.contains("1000 reused"), "{said}");
    assert_eq!(place.results(), expected);
    place.once();
    let submissions = std::fs::read_to_string(place.path().join("bin/submissions")).unwrap();
    assert_eq!(submissions.lines().next(), Some("0-5"));
    // There is nothing left to hand in.
    let before = submissions.lines().count();
    place.asked(&line, 0);
    let submissions = std::fs::read_to_string(place.path().join("bin/submissions")).unwrap();
    assert_eq!(submissions.lines().count(), before);
    place.once();
}

#[test]
fn a_script_is_written_and_shards_by_hand_do_the_same() {
    let expected = local();
    let place = Place::new(&format!("{SWEEP}[slurm]\ntime = \"00:30:00\"\noptions = [\"--account=x\"]\n"));
    let said = place.asked(&["sweep", "sweep.toml", "--engine", "slurm"], 0);
    assert!(said.contains("sbatch --wait --array=0-5 '") && said.contains("--collect"), "{said}");
    let script = said.split('\'').nth(1).unwrap();
    let script = std::fs::read_to_string(place.path().join(script)).unwrap();
    for part in
        ["#SBATCH --array=0-5", "#SBATCH --time=00:30:00", "#SBATCH --account=x", "$SLURM_ARRAY_TASK_ID/6"]
    {
        assert!(script.contains(part), "{part}: {script}");
    }
    place.asked(&["sweep", "sweep.toml", "--shard", "6/6"], 2);
    for shard in ["5/6", "0/6", "3/6", "2/6", "1/6"] {
        place.asked(&["sweep", "sweep.toml", "--shard", shard], 0);
    }
    let said = place.asked(&["sweep", "sweep.toml", "--collect"], 5);
    assert!(said.contains("INCOMPLETE") && said.contains("missing cell number="), "{said}");
    place.asked(&["sweep", "sweep.toml", "--shard", "4/6"], 0);
    place.asked(&["sweep", "sweep.toml", "--collect"], 0);
    assert_eq!(place.results(), expected);
    place.once();
}

#[test]
fn what_cannot_be_swept_starts_nothing() {
    let grid = "[[grid]]\npipelines = [\"empty\"]\n";
    for (config, part) in [
        (format!("sahrds = 2\n{grid}"), "unknown field `sahrds`"),
        (format!("{grid}seeds = []\n"), "grid 1 is empty"),
        (format!("{grid}seeds = {{ from = 0, to = 1000000000 }}\n"), "1000000000 runs"),
        (format!("max_cells = 1999\n{grid}seeds = [0, 1]\n"), "more than 1999 cells"),
        (
            "[[grid]]\npipelines = [\"analyse\"]\nparameters = { file = [\"none.csv\"] }\n".to_owned(),
            "none.csv",
        ),
    ] {
        let place = Place::new(&config);
        let said = place.asked(&["sweep", "sweep.toml"], 4);
        assert!(said.contains(part), "{said}");
        assert!(!place.path().join("runs").exists());
    }
    let place = Place::new(SWEEP);
    place.asked(&["sweep", "sweep.toml", "--engine", "nextflow"], 2);
    place.asked(&["sweep", "none.toml"], 4);
    // Engines that are not here.
    std::fs::remove_file(place.path().join("bin/sbatch")).unwrap();
    let alone = |engine: &[&str]| {
        let mut command = place.command(&[&["sweep", "sweep.toml", "--engine"], engine].concat());
        let nowhere = place.path().join("bin");
        let output = command.env("PATH", &nowhere).env("XDG_CACHE_HOME", &nowhere).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(alone(&["slurm", "--submit"]).contains("the engine slurm needs `sbatch`"));
    let said = alone(&["snakemake"]);
    assert!(said.contains("the engine snakemake is not installed here, and could not be"), "{said}");
}

/// As `sbatch --parsable SCRIPT`: starts it in a session of its own and prints a number.
const SBATCH_ONE: &str = r#"#!/bin/bash
here=$(dirname "$0")
script=${@: -1}
id=$(date +%s%N)
( setsid bash "$script" > "$here/job-$id.txt" 2>&1; echo $? > "$here/job-$id.status" ) > /dev/null 2>&1 &
echo $id
"#;

/// As `sacct -j NUMBER ...`.
const SACCT: &str = r#"#!/bin/bash
status=$(dirname "$0")/job-$2.status
if [ -f "$status" ]; then
    if [ "$(cat "$status")" = 0 ]; then echo COMPLETED; else echo FAILED; fi
else
    echo RUNNING
fi
"#;

/// Installs Snakemake, where it is not there yet: needs a package index, and a minute or two.
#[test]
#[ignore = "installs Snakemake"]
fn snakemake_with_a_killed_shard_and_a_killed_coordinator() {
    use std::os::unix::process::CommandExt as _;
    let expected = local();
    let cluster = format!("{SWEEP}[slurm]\nby_snakemake = true\n");
    for config in [SWEEP, &cluster] {
        let place = Place::new(config);
        for (name, text) in [("sbatch", SBATCH_ONE), ("sacct", SACCT)] {
            std::fs::write(place.path().join("bin").join(name), text).unwrap();
            let executable = PermissionsExt::from_mode(0o755);
            std::fs::set_permissions(place.path().join("bin").join(name), executable).unwrap();
        }
        let line = ["sweep", "sweep.toml", "--engine", "snakemake", "--jobs", "2"];
        let mut command = place.command(&line);
        let mut coordinator = command.process_group(0).stdout(Stdio::null()).spawn().unwrap();
        place.wait_for(100);
        let kill = |process: &str| Command::new("kill").args(["-KILL", "--", process]).status().unwrap();
        // A shard: a journal has the number of its process.
        let coordinators = coordinator.id().to_string();
        let shards = std::fs::read_dir(place.path().join("journal")).unwrap().filter_map(|e| {
            let name = e.unwrap().file_name().into_string().unwrap();
            let process = name.strip_suffix("-0.jsonl")?.to_owned();
            (process != coordinators && Path::new("/proc").join(&process).exists()).then_some(process)
        });
        kill(&shards.last().unwrap());
        place.wait_for(400);
        // Snakemake dies with it, as where a machine dies; jobs of a cluster do not know.
        kill(&format!("-{}", coordinator.id()));
        coordinator.wait().unwrap();
        place.asked(&line, 0);
        assert_eq!(place.results(), expected);
        place.once();
        // There is nothing left to do.
        place.asked(&line, 0);
        place.once();
    }
}
