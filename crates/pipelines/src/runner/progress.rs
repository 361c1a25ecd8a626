//! Progress on standard error: a bar on a terminal, now and then a plain line elsewhere.

use super::readable::duration;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

/// How progress is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Progress {
    /// A bar on a terminal, plain lines elsewhere.
    #[default]
    Shown,
    /// Nothing but warnings.
    Silent,
}

/// Time between plain lines.
const PLAIN_EVERY: Duration = Duration::from_secs(5);

/// Until a cell is done nothing is known of the time that is left. The rest of the line is for the
/// names of cells: on 80 columns some 30 characters.
const FIRST: &str = "{prefix} [{bar:12}] {pos}/{len} {elapsed}  {wide_msg}";
const LATER: &str = "{prefix} [{bar:12}] {pos}/{len} {elapsed}, {eta} left  {wide_msg}";

pub(super) struct Meter {
    pipeline: &'static str,
    bar: Option<ProgressBar>,
    plain: bool,
    total: usize,
    done: usize,
    started: Instant,
    last_line: Instant,
}

impl Meter {
    /// `total` cells are to be computed.
    pub(super) fn new(pipeline: &'static str, total: usize, progress: Progress) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let shown = progress == Progress::Shown && total > 0;
        let bar = (shown && terminal).then(|| {
            let bar = ProgressBar::new(total as u64);
            style(&bar, FIRST);
            bar.set_prefix(pipeline);
            bar.set_message("Ctrl-C stops; the same command resumes");
            bar.enable_steady_tick(Duration::from_millis(250));
            bar
        });
        let now = Instant::now();
        Self { pipeline, bar, plain: shown && !terminal, total, done: 0, started: now, last_line: now }
    }

    /// One more cell is computed.
    pub(super) fn step(&mut self, label: &str) {
        self.done += 1;
        if let Some(bar) = &self.bar {
            if self.done == 1 {
                style(bar, LATER);
            }
            bar.set_message(label.to_owned());
            bar.inc(1);
        }
        if self.plain && (self.done == self.total || self.last_line.elapsed() >= PLAIN_EVERY) {
            self.last_line = Instant::now();
            let elapsed = self.started.elapsed().as_secs_f64();
            let Self { pipeline, done, total, .. } = self;
            let left = elapsed * (*total as f64 / *done as f64 - 1.0);
            let left = if done < total { format!(", about {} left", duration(left)) } else { String::new() };
            say(&format!("{pipeline}: {done}/{total} cells in {}{left}", duration(elapsed)));
        }
    }

    /// A line that must not be lost.
    pub(super) fn warn(&self, line: &str) {
        match &self.bar {
            Some(bar) => bar.println(line),
            None => say(line),
        }
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn style(bar: &ProgressBar, template: &str) {
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=> "));
    }
}

/// A closed standard error is no reason to lose a run, so this is not `eprintln!`, which panics.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
