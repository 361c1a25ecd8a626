//! Ctrl-C and the signal of a scheduler: the process ends at once and says what is finished and how
//! to go on. Every file appears whole or not at all, so no moment is a bad one.

use std::sync::{Mutex, PoisonError};

/// The work that an interruption would stop.
struct Work {
    pipeline: &'static str,
    finished: usize,
    of: usize,
}

static WORK: Mutex<Option<Work>> = Mutex::new(None);

/// Cells of a pipeline begin, of which so many are finished already.
pub(super) fn begin(pipeline: &'static str, finished: usize, of: usize) {
    set(Some(Work { pipeline, finished, of }));
}

/// One more is on the disk.
pub(super) fn finished_one() {
    if let Some(work) = WORK.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
        work.finished += 1;
    }
}

/// All that can be finished is.
pub(super) fn end() {
    set(None);
}

fn set(work: Option<Work>) {
    *WORK.lock().unwrap_or_else(PoisonError::into_inner) = work;
}

/// What is said of an interruption.
#[cfg_attr(not(unix), expect(dead_code, reason = "signals are those of Unix"))]
fn said() -> String {
    let again = "the same command goes on from here";
    match WORK.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
        Some(Work { pipeline, finished, of }) => {
            format!("interrupted: {finished} of {of} cells of `{pipeline}` are finished and kept; {again}")
        }
        None => format!("interrupted: what is finished is kept; {again}"),
    }
}

/// From here on SIGINT and SIGTERM end the process with 128 and the number of the signal, as a shell
/// reports it. Where this cannot be had, they end it without a word.
#[cfg(unix)]
pub fn end_on_signals() {
    use signal_hook::consts::{SIGINT, SIGTERM};
    let Ok(mut signals) = signal_hook::iterator::Signals::new([SIGINT, SIGTERM]) else { return };
    std::thread::spawn(move || {
        if let Some(signal) = signals.forever().next() {
            use std::io::Write as _;
            // A line of its own, after a bar that is being drawn.
            let _ = writeln!(std::io::stderr(), "\n{}", said());
            std::process::exit(128 + signal);
        }
    });
}

/// The system ends the process.
#[cfg(not(unix))]
pub fn end_on_signals() {}
