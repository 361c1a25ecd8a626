//! What was checked, function by function.

use std::collections::BTreeMap;
use std::fmt;

/// Counts of one function.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Claims that were checked.
    pub checks: u64,
    /// Inputs that were refused with a typed error.
    pub refusals: u64,
    /// Claims that are false.
    pub violations: u64,
    /// The first few of them, with the attack and the round in which they are found again.
    pub examples: Vec<String>,
}

/// Counts of all functions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    tallies: BTreeMap<&'static str, Tally>,
    attack: &'static str,
    round: u64,
}

impl Ledger {
    /// Says where the next checks come from.
    pub(crate) fn enter(&mut self, attack: &'static str, round: u64) {
        self.attack = attack;
        self.round = round;
    }

    /// Counts a claim of `function`; `say` describes it where it is false.
    pub fn check(&mut self, function: &'static str, holds: bool, say: impl FnOnce() -> String) {
        /// Enough to see the kind.
        const KEPT: usize = 3;
        let tally = self.tallies.entry(function).or_default();
        tally.checks += 1;
        if !holds {
            tally.violations += 1;
            if tally.examples.len() < KEPT {
                tally.examples.push(format!("{} round {}: {}", self.attack, self.round, say()));
            }
        }
    }

    /// Counts a typed error of `function`.
    pub fn refused(&mut self, function: &'static str) {
        self.tallies.entry(function).or_default().refusals += 1;
    }

    /// The result, or `None` with a refusal counted.
    pub fn accept<T, E>(&mut self, function: &'static str, result: Result<T, E>) -> Option<T> {
        if result.is_err() {
            self.refused(function);
        }
        result.ok()
    }

    /// The counts by function.
    pub fn tallies(&self) -> impl Iterator<Item = (&'static str, &Tally)> {
        self.tallies.iter().map(|(name, tally)| (*name, tally))
    }

    /// All claims that were checked.
    #[must_use]
    pub fn checks(&self) -> u64 {
        self.tallies.values().map(|t| t.checks).sum()
    }

    /// All claims that are false.
    #[must_use]
    pub fn violations(&self) -> u64 {
        self.tallies.values().map(|t| t.violations).sum()
    }
}

impl fmt::Display for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| function | checks | refusals | violations |\n|---|---:|---:|---:|")?;
        for (name, t) in self.tallies() {
            writeln!(f, "| `{name}` | {} | {} | {} |", t.checks, t.refusals, t.violations)?;
        }
        let refusals: u64 = self.tallies.values().map(|t| t.refusals).sum();
        writeln!(f, "| all | {} | {refusals} | {} |", self.checks(), self.violations())?;
        for (name, t) in self.tallies().filter(|(_, t)| t.violations > 0) {
            writeln!(f, "\n{name}:")?;
            t.examples.iter().try_for_each(|e| writeln!(f, "  {e}"))?;
        }
        Ok(())
    }
}
