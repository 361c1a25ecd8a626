//! What was tried, counted.

use super::rounds::{Kind, Round};
use std::collections::BTreeMap;
use std::fmt;

#[derive(Default)]
struct Counts {
    rounds: usize,
    faults: usize,
    again: usize,
    wrong: usize,
}

/// Faults by kind and by what they were injected into.
#[derive(Default)]
pub(super) struct Tally(BTreeMap<(&'static str, String), Counts>);

impl Tally {
    /// Counts a round; returns how many things went wrong in it.
    pub(super) fn add(&mut self, subject: &str, kind: Kind, round: &Round<'_>) -> usize {
        let counts = self.0.entry((kind.name(), subject.to_owned())).or_default();
        counts.rounds += 1;
        counts.faults += round.faults;
        counts.again += round.again;
        counts.wrong += round.wrong.len();
        round.wrong.len()
    }

    pub(super) fn wrong(&self) -> usize {
        self.0.values().map(|c| c.wrong).sum()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| fault | of | rounds | faults | finished cells computed again | lost or wrong |")?;
        writeln!(f, "|---|---|---:|---:|---:|---:|")?;
        let mut line = |kind: &str, of: &str, c: &Counts| {
            writeln!(f, "| {kind} | {of} | {} | {} | {} | {} |", c.rounds, c.faults, c.again, c.wrong)
        };
        let mut kinds: BTreeMap<&str, Counts> = BTreeMap::new();
        for ((kind, subject), counts) in &self.0 {
            line(kind, subject, counts)?;
            let all = kinds.entry(kind).or_default();
            all.rounds += counts.rounds;
            all.faults += counts.faults;
            all.again += counts.again;
            all.wrong += counts.wrong;
        }
        kinds.iter().try_for_each(|(kind, counts)| line(kind, "all", counts))
    }
}
