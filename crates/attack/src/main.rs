//! `relata-attack [--seed N] [--minutes M | --rounds N]`, which `cargo xtask attack` spawns.
//!
//! Exit status: 0 no violation, 1 a claim is false, 2 wrong usage.

use relata_attack::{Effort, run};
use std::process::ExitCode;
use std::time::{Duration, Instant};

fn main() -> ExitCode {
    let (seed, effort) = match arguments(std::env::args().skip(1)) {
        Ok(parsed) => parsed,
        Err(usage) => {
            eprintln!("{usage}\nusage: relata-attack [--seed N] [--minutes M | --rounds N]");
            return ExitCode::from(2);
        }
    };
    // Panics are counted; their messages would drown the count.
    std::panic::set_hook(Box::new(|_| ()));
    let begun = Instant::now();
    let mut told = begun;
    let ledger = run(seed, effort, &mut |round| {
        /// Often enough to see that it is alive.
        const PAUSE: Duration = Duration::from_secs(10);
        if told.elapsed() >= PAUSE {
            told = Instant::now();
            eprintln!("round {round}, {:.0} s", begun.elapsed().as_secs_f64());
        }
    });
    println!("{ledger}");
    if ledger.violations() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn arguments(given: impl Iterator<Item = String>) -> Result<(u64, Effort), String> {
    let (mut seed, mut effort) = (0, Effort::Time(Duration::from_secs(60)));
    let mut given = given;
    while let Some(name) = given.next() {
        let value = given.next().ok_or_else(|| format!("{name} needs a number"))?;
        let wrong = || format!("{name} {value} is not a valid number");
        match name.as_str() {
            "--seed" => seed = value.parse().map_err(|_| wrong())?,
            "--rounds" => effort = Effort::Rounds(value.parse().map_err(|_| wrong())?),
            "--minutes" => {
                let minutes: f64 = value.parse().map_err(|_| wrong())?;
                let time = Duration::try_from_secs_f64(60.0 * minutes).map_err(|_| wrong())?;
                effort = Effort::Time(time);
            }
            _ => return Err(format!("{name} is not an option")),
        }
    }
    Ok((seed, effort))
}
