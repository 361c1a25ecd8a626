//! Snakemake over shards. It is installed, of one version, into an environment of its own.
//!
//! A job is a shard and not a cell: of thousands of jobs its scheduler alone takes minutes. What a
//! job declares is a marker and nothing else, because Snakemake removes what a killed job declared:
//! the cells of a killed shard stay.

use super::super::print;
use super::super::status::Failure;
use super::slurm::{config, options, program};
use super::work::Work;
use super::{failed, quoted};
use relata_runs::write_atomic;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What is installed. Other versions were not measured.
const PACKAGES: [&str; 2] = ["snakemake==9.27.1", "snakemake-executor-plugin-cluster-generic==1.0.9"];

/// What Snakemake asks of a job: without it a job that was killed would never end for it.
const STATUS: &str = "\
state=$(sacct -j \"$1\" --format=State --noheader --parsable2 2> /dev/null | head -n 1)
case \"$state\" in
COMPLETED) echo success ;;
RUNNING | PENDING | COMPLETING | CONFIGURING | SUSPENDED | REQUEUED | \"\") echo running ;;
*) echo failed ;;
esac
";

/// Runs the shards that are not finished.
pub(super) fn run(work: &Work) -> Result<(), Failure> {
    let count = work.shards()?;
    let _alone = work.coordinate()?;
    let open = work.unfinished(count)?;
    print::note(super::said(work, count).trim_end());
    if open.is_empty() {
        return Ok(());
    }
    let snakemake = installed()?;
    let place = std::path::absolute(work.place()?)?;
    let done = place.join("done").join(work.agreed_name(count)?);
    relata_runs::make_directory(&done)?;
    // A marker of a shard whose cells are gone is worth nothing.
    open.iter().try_for_each(|shard| relata_runs::remove(&done.join(shard.index().to_string())))?;
    let profile = place.join("profile");
    relata_runs::make_directory(&profile)?;
    let status = profile.join("status.sh");
    write_atomic(&status, STATUS.as_bytes())?;
    write_atomic(&profile.join("config.yaml"), self::profile(work, &status).as_bytes())?;
    let snakefile = place.join("Snakefile");
    write_atomic(&snakefile, self::snakefile(work, count, &done)?.as_bytes())?;
    let ask = |more: &[&str]| {
        let mut command = Command::new(&snakemake);
        command.arg("--snakefile").arg(&snakefile).arg("--directory").arg(&place).args(more);
        command
    };
    // A coordinator that was killed leaves a lock, which keeps out nobody but its successor: other
    // coordinators are kept out by ours.
    let locks = std::fs::read_dir(place.join(".snakemake/locks"));
    if locks.is_ok_and(|mut entries| entries.next().is_some()) {
        let mut unlock = ask(&["--unlock", "--quiet", "all"]);
        unlock.stdout(Stdio::null()).stderr(Stdio::null());
        start(unlock)?;
    }
    let mut command = ask(&["--profile"]);
    command.arg(&profile);
    // What it says goes with what is said of progress; standard output is for results.
    command.stdout(Stdio::null());
    if start(command)? != Some(0) {
        print::note("snakemake: some shards failed; what they finished is kept");
    }
    Ok(())
}

fn start(mut command: Command) -> Result<Option<i32>, Failure> {
    Ok(command.status().map_err(|e| failed(format!("cannot start snakemake: {e}")))?.code())
}

fn snakefile(work: &Work, count: NonZeroUsize, done: &Path) -> Result<String, Failure> {
    let text = |s: &str| format!("{s:?}");
    let done = done.display();
    // Braces are Snakemake's own.
    let line = format!("{} sweep {} --shard ", quoted(&program()?), config(work))
        .replace('{', "{{")
        .replace('}', "}}");
    Ok(format!(
        "# Written by `sweep`; a job is a shard.\n\
         rule all:\n    input: expand({marker}, shard=range({count}))\n\n\
         rule shard:\n    output: touch({marker})\n    shell: {line}\n",
        marker = text(&format!("{done}/{{shard}}")),
        line = text(&format!("{line}{{wildcards.shard}}/{count} --jobs 1")),
    ))
}

/// What was measured to work: no scheduler that solves programs, shards that fail do not stop
/// others, and what counts is that a marker is there.
fn profile(work: &Work, status: &Path) -> String {
    let mut text = format!(
        "scheduler: greedy\nkeep-going: true\nretries: 2\nrerun-incomplete: true\nrerun-triggers: mtime\n\
         quiet: all\njobs: {}\n",
        work.jobs
    );
    let slurm = &work.sweep.slurm;
    if slurm.by_snakemake {
        let submit = ["sbatch --parsable".to_owned()].into_iter().chain(options(slurm)).collect::<Vec<_>>();
        text += &format!(
            "executor: cluster-generic\ncluster-generic-submit-cmd: {:?}\ncluster-generic-status-cmd: {:?}\n\
             latency-wait: 60\n",
            submit.join(" "),
            format!("sh {}", quoted(&status.display().to_string()))
        );
    } else {
        text += &format!("cores: {}\n", work.jobs);
    }
    text
}

/// The program, installed now if it is not there.
fn installed() -> Result<PathBuf, Failure> {
    let version = PACKAGES[0].rsplit('=').next().unwrap_or_default();
    let place = cache()?.join(format!("snakemake-{version}"));
    let program = place.join("bin/snakemake");
    let whole = place.join("installed");
    if whole.is_file() && program.is_file() {
        return Ok(program);
    }
    print::note(&format!("installing {} into {}", PACKAGES.join(" and "), place.display()));
    relata_runs::remove(&place)?;
    let mut environment = Command::new("python3");
    environment.args(["-m", "venv"]).arg(&place);
    step(environment, "python3 -m venv")?;
    let mut pip = Command::new(place.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(PACKAGES);
    step(pip, "pip install")?;
    write_atomic(&whole, PACKAGES.join("\n").as_bytes())?;
    Ok(program)
}

fn step(mut command: Command, what: &str) -> Result<(), Failure> {
    let missing = |why: &str| {
        failed(format!(
            "the engine snakemake is not installed here, and could not be: `{what}`: {why}. It needs Python 3.11 and a \
             package index; `--engine local` and `--engine slurm` need neither"
        ))
    };
    let output = command.output().map_err(|e| missing(&e.to_string()))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(missing(said.lines().rfind(|l| !l.trim().is_empty()).unwrap_or("it failed")))
}

/// Where programs keep what they can make again.
fn cache() -> Result<PathBuf, Failure> {
    let named = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    let found = named("XDG_CACHE_HOME").or_else(|| named("HOME").map(|home| home.join(".cache")));
    let found =
        found.ok_or_else(|| failed("neither XDG_CACHE_HOME nor HOME names a directory".to_owned()))?;
    Ok(found.join("relata"))
}
