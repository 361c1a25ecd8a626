//! `faults`: runs are killed, their files damaged, and machines die that had not flushed what they
//! wrote; then the program is started again as a user would, and what comes out is compared with an
//! undisturbed run. Everything is drawn from a seed, and the program under test is this one, in
//! processes of its own.

mod damage;
mod rounds;
mod subjects;
mod tally;

use super::print;
use super::status::Failure;
use relata_cli::FaultsArgs;
use relata_relations::Seed;
use rounds::{Kind, Round};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use subjects::Subjects;
use tally::Tally;

pub(super) fn faults(args: &FaultsArgs) -> Result<(), Failure> {
    let (place, temporary) = scratch(args)?;
    let mut subjects = Subjects::choose(&place, &args.only)?;
    let mut tally = Tally::default();
    let clock = Instant::now();
    let time = Duration::from_secs_f64(60.0 * args.minutes);
    let mut number = 0_u64;
    while clock.elapsed() < time {
        let mut stream = Seed(args.seed).stream(&format!("faults/{number}"));
        let subject = subjects.draw(number, &mut stream)?;
        let kind = Kind::ALL[stream.below(Kind::ALL.len())];
        let mut round = Round::begin(&place.join("round"), &subject, stream)?;
        round.play(kind)?;
        let wrong = tally.add(&subject.name, kind, &round);
        if wrong > 0 {
            let kept = place.join(format!("round-{number}"));
            std::fs::rename(place.join("round"), &kept)?;
            let what = round.wrong.join("\n  ");
            print::note(&format!("round {number}, {} of {}:\n  {what}", kind.name(), subject.name));
        }
        number += 1;
    }
    print::print(&tally.to_string());
    match tally.wrong() {
        0 => Ok(()),
        count => {
            // What is wrong can be looked at.
            let kept = temporary.map_or(place, tempfile::TempDir::keep);
            Err(anyhow::anyhow!("{count} times something was lost or wrong; see {}", kept.display()).into())
        }
    }
}

/// Where runs are damaged, and its end where it is temporary.
fn scratch(args: &FaultsArgs) -> Result<(PathBuf, Option<tempfile::TempDir>), Failure> {
    Ok(match &args.scratch {
        Some(place) => {
            std::fs::create_dir_all(place)?;
            (std::path::absolute(place)?, None)
        }
        None => {
            let place = tempfile::tempdir()?;
            (place.path().to_owned(), Some(place))
        }
    })
}
