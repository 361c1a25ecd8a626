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
    /// What a cell said last that it is doing, until it is shown.
    stage: Option<String>,
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
        let plain = shown && !terminal;
        Self { pipeline, bar, plain, total, done: 0, started: now, last_line: now, stage: None }
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

    /// A cell that is not done yet says what it is doing.
    pub(super) fn stage(&mut self, label: &str, stage: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(format!("{label}: {stage}"));
        }
        self.stage = Some(format!("{label}: {stage}"));
    }

    /// Nothing has ended for a while: in plain lines, the stage that was told last is said once.
    pub(super) fn wait(&mut self) {
        if !self.plain || self.last_line.elapsed() < PLAIN_EVERY {
            return;
        }
        if let Some(stage) = self.stage.take() {
            self.last_line = Instant::now();
            let Self { pipeline, done, total, .. } = self;
            let elapsed = duration(self.started.elapsed().as_secs_f64());
            say(&format!("{pipeline}: {done}/{total} cells in {elapsed}, at {stage}"));
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
