//! An adversary: it draws random relations, networks, orders, panels, scales and declarations, asks
//! the libraries for what they claim, and checks each claim by other means (brute force, planted
//! answers, dense sampling with local search, exact values computed beforehand).
//!
//! A claim that turns out false is a *violation*; a typed error is a *refusal* and always allowed;
//! a panic is a violation. Every round of every attack has a random stream of its own, so that a
//! violation is found again by its seed, attack and round.
//!
//! A public function that returns a bound, a bracket, a limit or a certificate belongs into
//! [`ATTACKS`]; a test reads the sources of the libraries and names those that are missing.
//!
//! ```
//! let report = relata_attack::run(0, relata_attack::Effort::Rounds(1), &mut |_| ());
//! assert_eq!(report.violations(), 0, "{report}");
//! ```

mod bounds;
mod constructed;
mod draw;
mod enclosures;
mod exact;
mod factorisations;
mod formula;
mod further;
mod holes;
mod leading;
mod ledger;
mod limits;
mod matrices;
mod orders;
mod panels;
mod registry;
mod relational;
mod retrieval;
mod trained;

pub use draw::Draw;
pub use ledger::{Ledger, Tally};
pub use registry::{ATTACKS, Attack};

use relata_relations::Seed;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

/// When to stop. Rounds give the same checks everywhere; time does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effort {
    /// Every attack this many times.
    Rounds(u64),
    /// Rounds until this much time has passed; a round that has begun is finished.
    Time(Duration),
}

/// Runs all attacks in turn and counts. `progress` hears the number of each finished round.
pub fn run(seed: u64, effort: Effort, progress: &mut dyn FnMut(u64)) -> Ledger {
    let begun = Instant::now();
    let mut ledger = Ledger::default();
    for round in 0.. {
        let done = match effort {
            Effort::Rounds(rounds) => round >= rounds,
            Effort::Time(limit) => begun.elapsed() >= limit,
        };
        if done {
            break;
        }
        for attack in ATTACKS {
            ledger.enter(attack.name, round);
            let mut draw = Draw::new(Seed(seed), attack.name, round);
            let run = catch_unwind(AssertUnwindSafe(|| {
                (0..attack.times).for_each(|_| (attack.run)(&mut draw, &mut ledger));
            }));
            if let Err(panic) = run {
                let text = panic.downcast_ref::<String>().cloned();
                let text = text.or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned()));
                for function in attack.functions {
                    let text = text.clone().unwrap_or_default();
                    ledger.check(function, false, || format!("panic: {text}"));
                }
            }
        }
        progress(round + 1);
    }
    ledger
}
