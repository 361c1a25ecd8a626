//! The right to do something alone, which no dead process and no dead machine keeps.
//!
//! A claim is a file that its holder locks and in which it counts on, once in [`BEAT`]. On one
//! machine the lock decides, and the system lifts it when the holder ends, however it ends. Some
//! network file systems know no locks, and some keep the lock of a machine that died: there the
//! count decides. Who finds it standing still for [`GRACE`] takes the claim over. Time is measured
//! by the clock of the one who waits, which only runs forward: no two clocks are compared.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The holder counts this often.
const BEAT: Duration = Duration::from_secs(1);

/// A count that stands still for so long belongs to a dead machine: a network file system shows
/// another machine's changes after seconds, not after this.
const GRACE: Duration = Duration::from_secs(20);

type Lock = fn(&File) -> Result<(), TryLockError>;

/// How a claim keeps time, and whether it may use locks; other than usual in tests alone.
#[derive(Clone, Copy, Debug)]
struct ClaimParams {
    beat: Duration,
    grace: Duration,
    /// Asks the file system for the lock.
    lock: Lock,
    /// The machine as whose process this one acts.
    machine: Option<&'static str>,
}

const USUAL: ClaimParams = ClaimParams { beat: BEAT, grace: GRACE, lock: File::try_lock, machine: None };

/// The right, until this is dropped or the process ends.
#[derive(Debug)]
pub(crate) struct Claim {
    file: File,
    path: PathBuf,
    identity: String,
    beats: Option<(Sender<()>, JoinHandle<()>)>,
}

/// Who has the right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Holder {
    pub(crate) process: Option<u32>,
    pub(crate) elsewhere: bool,
}

/// What became of the wish for a claim.
#[derive(Debug)]
pub(crate) enum Claimed {
    Granted(Claim),
    Refused(Holder),
}

impl Claim {
    /// Asks for the claim in the file `path`, whose directory exists. Where another machine seems to
    /// hold it, this waits until its count goes on or has stood still for long enough.
    pub(crate) fn ask(path: &Path) -> std::io::Result<Claimed> {
        ask(path, USUAL)
    }

    fn begin(mut file: File, path: &Path, how: ClaimParams) -> std::io::Result<Claimed> {
        let identity = identity(how);
        write(&mut file, &identity, 0)?;
        let (stop, stopped) = channel();
        let (mut beating, name) = (file.try_clone()?, identity.clone());
        let beats = std::thread::spawn(move || {
            let mut count = 1_u64;
            while stopped.recv_timeout(how.beat) == Err(RecvTimeoutError::Timeout) {
                // A beat that fails is one that others miss; the next may succeed.
                let _ = write(&mut beating, &name, count);
                count += 1;
            }
        });
        Ok(Claimed::Granted(Self { file, path: path.to_owned(), identity, beats: Some((stop, beats)) }))
    }
}

impl Drop for Claim {
    /// Closing the file would do, but for a child process that another thread is just starting:
    /// until it becomes its program it holds a copy, and with it the lock.
    fn drop(&mut self) {
        if let Some((stop, beats)) = self.beats.take() {
            drop(stop);
            let _ = beats.join();
        }
        // Another machine may have taken it over while this one slept: then it is not ours to free.
        if read(&self.path).is_ok_and(|text| text.starts_with(&self.identity)) {
            let _ = self.file.set_len(0);
        }
        let _ = self.file.unlock();
    }
}

fn ask(path: &Path, how: ClaimParams) -> std::io::Result<Claimed> {
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
    let answer = (how.lock)(&file);
    let text = read(path)?;
    let holder = holder(&text, how);
    match answer {
        // The file may have been replaced between opening and locking it.
        Ok(()) if is_at(&file, path) => Claim::begin(file, path, how),
        Ok(()) => Ok(Claimed::Refused(holder)),
        // A process of this machine that has the lock lives.
        Err(TryLockError::WouldBlock) if !holder.elsewhere => Ok(Claimed::Refused(holder)),
        // No locks here, and nobody's count.
        Err(TryLockError::Error(_)) if text.trim().is_empty() => take_over(path, how),
        Err(_) if stands_still(path, &text, how)? => take_over(path, how),
        Err(_) => Ok(Claimed::Refused(holder)),
    }
}

/// Whether nothing is counted for as long as makes a machine dead.
fn stands_still(path: &Path, before: &str, how: ClaimParams) -> std::io::Result<bool> {
    let clock = Instant::now();
    while clock.elapsed() < how.grace {
        std::thread::sleep(how.beat / 2);
        if read(path)? != before {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Puts a file of ours in the place of the one that nobody counts in. Of several who do so at once
/// the last has the claim, which each can see.
fn take_over(path: &Path, how: ClaimParams) -> std::io::Result<Claimed> {
    let directory = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(crate::disk::TEMPORARY).tempfile_in(directory)?;
    write(file.as_file_mut(), &identity(how), 0)?;
    // Where there are no locks, the count says it all.
    let _ = (how.lock)(file.as_file());
    let file = file.persist(path).map_err(|e| e.error)?;
    std::thread::sleep(how.beat);
    let text = read(path)?;
    if text.starts_with(&identity(how)) {
        Claim::begin(file, path, how)
    } else {
        Ok(Claimed::Refused(holder(&text, how)))
    }
}

/// Process, machine and a number of this claim's own.
fn identity(how: ClaimParams) -> String {
    format!("{} {}", std::process::id(), how.machine.map_or_else(machine, str::to_owned))
}

/// The count in a fixed width, so that a reader never sees an old and a new one mixed.
fn write(file: &mut File, identity: &str, count: u64) -> std::io::Result<()> {
    file.seek(SeekFrom::Start(0))?;
    let line = format!("{identity} {count:020}\n");
    file.write_all(line.as_bytes())?;
    file.set_len(line.len() as u64)
}

fn read(path: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    // Opened anew: this is when a network file system looks at what others wrote.
    File::open(path)?.read_to_string(&mut text)?;
    Ok(text)
}

fn holder(text: &str, how: ClaimParams) -> Holder {
    let mut words = text.split_whitespace();
    let process = words.next().and_then(|w| w.parse().ok());
    let ours = how.machine.map_or_else(machine, str::to_owned);
    Holder { process, elsewhere: words.next().is_some_and(|m| m != ours) }
}

/// What tells this machine, since it was started, from all others.
fn machine() -> String {
    let first = |path: &str| std::fs::read_to_string(path).ok().map(|t| t.trim().to_owned());
    let found = first("/proc/sys/kernel/random/boot_id").or_else(|| std::env::var("HOSTNAME").ok());
    found.filter(|name| !name.is_empty() && !name.contains(' ')).unwrap_or_else(|| "this".to_owned())
}

/// Whether the open file is the one that has this name.
fn is_at(file: &File, path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let id = |m: std::io::Result<std::fs::Metadata>| m.map(|m| (m.dev(), m.ino())).ok();
        id(file.metadata()) == id(std::fs::metadata(path))
    }
    #[cfg(not(unix))]
    {
        // A file that is open cannot be replaced there.
        let _ = (file, path);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUICK: ClaimParams = ClaimParams {
        beat: Duration::from_millis(20),
        grace: Duration::from_millis(400),
        lock: File::try_lock,
        machine: None,
    };

    /// What some network file systems say.
    fn no_locks(_: &File) -> Result<(), TryLockError> {
        Err(TryLockError::Error(std::io::ErrorKind::Unsupported.into()))
    }

    const BOTH: [Lock; 2] = [File::try_lock, no_locks];

    fn granted(path: &Path, how: ClaimParams) -> Claim {
        match ask(path, how).unwrap() {
            Claimed::Granted(claim) => claim,
            Claimed::Refused(holder) => panic!("{holder:?} has it"),
        }
    }

    fn refused(path: &Path, how: ClaimParams) -> Holder {
        match ask(path, how).unwrap() {
            Claimed::Granted(_) => panic!("two have it"),
            Claimed::Refused(holder) => holder,
        }
    }

    #[test]
    fn one_has_it_with_locks_and_without() {
        for lock in BOTH {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("claim");
            let how = ClaimParams { lock, ..QUICK };
            let claim = granted(&path, how);
            let holder = refused(&path, how);
            assert_eq!(holder, Holder { process: Some(std::process::id()), elsewhere: false });
            drop(claim);
            drop(granted(&path, how));
        }
    }

    /// What a machine that died has left: its count, and a lock that the server keeps.
    #[test]
    fn a_dead_machine_keeps_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("claim");
        std::fs::write(&path, "7 another-machine 00000000000000000012\n").unwrap();
        let kept = File::open(&path).unwrap();
        kept.lock().unwrap();
        let clock = Instant::now();
        let claim = granted(&path, QUICK);
        assert!(clock.elapsed() >= QUICK.grace, "it was not given the time");
        // The lock that is kept is that of a file which has no name any more.
        assert_eq!(refused(&path, QUICK).process, Some(std::process::id()));
        drop((claim, kept));
        drop(granted(&path, QUICK));
    }

    #[test]
    fn a_machine_that_lives_keeps_its_claim() {
        for lock in BOTH {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("claim");
            let _claim = granted(&path, ClaimParams { machine: Some("another"), lock, ..QUICK });
            let holder = refused(&path, ClaimParams { lock, ..QUICK });
            assert!(holder.elsewhere, "{holder:?}");
        }
    }

    /// A process of this machine that is stopped counts no more, and has its lock.
    #[test]
    fn a_sleeping_process_of_this_machine_keeps_its_claim() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("claim");
        std::fs::write(&path, format!("7 {} 00000000000000000012\n", machine())).unwrap();
        let sleeping = File::open(&path).unwrap();
        sleeping.lock().unwrap();
        assert_eq!(refused(&path, QUICK), Holder { process: Some(7), elsewhere: false });
    }

    #[test]
    fn of_many_who_take_over_one_has_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("claim");
        const NAMES: [&str; 4] = ["a", "b", "c", "d"];
        for _ in 0..3 {
            std::fs::write(&path, "7 dead 00000000000000000012\n").unwrap();
            let asked: Vec<_> = NAMES
                .into_iter()
                .map(|name| {
                    let path = path.clone();
                    let how = ClaimParams { lock: no_locks, machine: Some(name), ..QUICK };
                    std::thread::spawn(move || ask(&path, how).unwrap())
                })
                .collect();
            let all: Vec<Claimed> = asked.into_iter().map(|t| t.join().unwrap()).collect();
            let granted = all.iter().filter(|c| matches!(c, Claimed::Granted(_))).count();
            assert!(granted <= 1, "{all:?}");
        }
    }
}
