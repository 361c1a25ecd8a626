//! `cells`: what there is to do, for people and for programs.

use super::print;
use super::run::run_options;
use super::status::Failure;
use crate::registry::{self, Ready};
use crate::runner::{CellProgress, CellState, counted, duration};
use crate::{backend, runner};
use relata_cli::{CellsArgs, ListingArgs, ListingFormat};

pub(super) fn cells(args: &CellsArgs) -> Result<(), Failure> {
    let Ready { pipeline, input } = registry::open(args.pipeline.name, &args.given)?;
    let device = backend::open(args.options.backend)?;
    let states = runner::cell_states(pipeline.as_ref(), &device, &run_options(&args.options, input))?;
    list(&states, args.listing)
}

/// Prints the cells that are asked for.
pub(super) fn list(states: &[CellState], asked: ListingArgs) -> Result<(), Failure> {
    let shown: Vec<&CellState> =
        states.iter().filter(|s| !asked.missing || s.state != CellProgress::Done).collect();
    match asked.format {
        ListingFormat::Text => {
            shown.iter().for_each(|s| print::print(&line(s)));
            print::note(&totals(states));
        }
        ListingFormat::Tsv => {
            print::print("key\tlabel\tstate\texpected_seconds\terror\n");
            shown.iter().for_each(|s| print::print(&fields(s)));
        }
        ListingFormat::Json => print::print(&(serde_json::to_string_pretty(&shown)? + "\n")),
    }
    Ok(())
}

fn line(s: &CellState) -> String {
    let expected = s.expected_seconds.filter(|_| s.state != CellProgress::Done).map(duration);
    let error = s.error.as_ref().map(|e| format!(" (failed: {e})")).unwrap_or_default();
    format!("{}  {:7}  {:>9}  {}{error}\n", s.key, name(s.state), expected.unwrap_or_default(), s.label)
}

/// Tabs and line ends would be columns and lines.
fn fields(s: &CellState) -> String {
    let plain = |text: &str| text.replace(['\t', '\n', '\r'], " ");
    let expected = s.expected_seconds.map(|t| format!("{t:?}")).unwrap_or_default();
    let error = s.error.as_deref().map(plain).unwrap_or_default();
    format!("{}\t{}\t{}\t{expected}\t{error}\n", s.key, plain(&s.label), name(s.state))
}

fn name(state: CellProgress) -> &'static str {
    match state {
        CellProgress::Done => "done",
        CellProgress::Missing => "missing",
        CellProgress::Damaged => "damaged",
    }
}

fn totals(states: &[CellState]) -> String {
    let left: Vec<&CellState> = states.iter().filter(|s| s.state != CellProgress::Done).collect();
    let times: Option<f64> = left.iter().map(|s| s.expected_seconds).sum();
    let times = times.filter(|t| *t > 0.0).map(|t| format!(", about {} of one core", duration(t)));
    format!(
        "{}, {} done, {} left{}",
        counted(states.len(), "cell"),
        states.len() - left.len(),
        left.len(),
        times.unwrap_or_default()
    )
}
