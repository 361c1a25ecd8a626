//! Rows without a peer: what only we have, against a limit.

use crate::measured::Measured;
use crate::rows::Alone;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

/// Rounds of a row, of which the median is reported.
const ROUNDS: usize = 5;
const ROUNDS_QUICK: usize = 2;

/// # Errors
/// A sentence, if one of our programs is missing or fails.
pub(crate) fn measure(which: Alone, name: &str, programs: &Path, quick: bool) -> Result<Measured, String> {
    let rounds = if quick { ROUNDS_QUICK } else { ROUNDS };
    let row = |work: String, unit: &str, ours: Vec<f64>, goal: f64, note: Option<String>| Measured {
        name: name.to_owned(),
        work,
        peer: None,
        unit: unit.to_owned(),
        ours,
        theirs: vec![],
        theirs_gave_up: false,
        threads: [std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get), 0],
        peak_mib: [None, None],
        difference: None,
        goal: Some(goal),
        note,
        quick,
        load: None,
    };
    match which {
        Alone::Seeds(width, batch) => {
            const SEEDS: usize = 10;
            let steps = if quick { 50 } else { 200 };
            let arguments = [
                "many".to_owned(),
                width.to_string(),
                batch.to_string(),
                steps.to_string(),
                SEEDS.to_string(),
            ];
            let (mut ratios, mut of_one) = (vec![], vec![]);
            for _ in 0..rounds {
                let text = output(&programs.join("examples/training_steps"), &arguments)?;
                let [one, all] = numbers(&text, "many")?;
                ratios.push(all / one);
                of_one.push(one);
            }
            let note = of_one.into_iter().reduce(f64::min).map(|ms| format!("one: {ms:.3} ms per step"));
            Ok(row(format!("ten seeds over one, width {width}, batch {batch}"), "times", ratios, 3.0, note))
        }
        Alone::CellOverhead => {
            const FEW: usize = 10;
            const MANY: usize = 1000;
            let mut milliseconds = vec![];
            let mut again = f64::INFINITY;
            for _ in 0..rounds {
                let of = |cells: usize| output(&programs.join("examples/cells"), &[cells.to_string()]);
                let few: [f64; 1] = numbers(&of(FEW)?, "first")?;
                let many = of(MANY)?;
                let [all] = numbers(&many, "first")?;
                let [second] = numbers(&many, "again")?;
                milliseconds.push(1e3 * (all - few[0]) / (MANY - FEW) as f64);
                again = again.min(second);
            }
            let note = Some(format!("second start of {MANY} cells: {again:.3} s"));
            Ok(row(format!("per cell, from {FEW} to {MANY} cells"), "ms", milliseconds, 5.0, note))
        }
        Alone::SecondStart => {
            let folder = tempfile::tempdir().map_err(|e| format!("no temporary folder: {e}"))?;
            let arguments = ["run", "symmetric", "--profile", "smoke", "--out"].map(str::to_owned);
            let arguments = [&arguments[..], &[folder.path().display().to_string()]].concat();
            let program = programs.join("relata");
            let run = || {
                let start = Instant::now();
                output(&program, &arguments).map(|_| start.elapsed().as_secs_f64())
            };
            let first = run()?;
            let seconds = (0..rounds).map(|_| run()).collect::<Result<Vec<f64>, String>>()?;
            let note = Some(format!("the first: {first:.1} s"));
            Ok(row("second start of `run symmetric --profile smoke`".into(), "s", seconds, 0.5, note))
        }
    }
}

/// What a program of ours prints.
fn output(program: &Path, arguments: &[String]) -> Result<String, String> {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output();
    let output = output.map_err(|e| format!("cannot start {}: {e}", program.display()))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{} ended with {}: {}", program.display(), output.status, said.trim()))
}

/// The numbers of the line that begins with this word.
fn numbers<const N: usize>(text: &str, word: &str) -> Result<[f64; N], String> {
    let line = text.lines().find_map(|l| l.strip_prefix(word)?.strip_prefix(' '));
    let found: Option<Vec<f64>> = line.and_then(|l| l.split(' ').map(|n| n.parse().ok()).collect());
    let found = found.and_then(|f| <[f64; N]>::try_from(f).ok());
    found.ok_or_else(|| format!("a line `{word}` with {N} numbers is missing from: {}", text.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_from_their_line() {
        assert_eq!(numbers::<2>("step 1\nmany 0.5 2\n", "many"), Ok([0.5, 2.0]));
        assert!(numbers::<2>("many 0.5\n", "many").is_err_and(|e| e.contains("many 0.5")));
        assert!(numbers::<1>("manyfold 0.5\n", "many").is_err());
    }
}
