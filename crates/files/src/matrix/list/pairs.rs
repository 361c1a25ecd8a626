//! Several lines for one pair.

use super::super::options::{Duplicates, ReadParams};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// The values of pairs as they come.
pub(super) struct Pairs {
    duplicates: Duplicates,
    repeated: usize,
    of: BTreeMap<(usize, usize), Lines>,
}

/// The lines of one pair.
struct Lines {
    first: usize,
    /// Of the lines that have a value.
    sum: f64,
    count: usize,
    last: Option<f64>,
}

impl Pairs {
    pub(super) fn new(options: &ReadParams) -> Self {
        let duplicates = options.duplicates.unwrap_or(Duplicates::Error);
        Self { duplicates, repeated: 0, of: BTreeMap::new() }
    }

    /// Adds a line; the error is the line on which the pair is already.
    pub(super) fn add(&mut self, pair: (usize, usize), line: usize, value: Option<f64>) -> Result<(), usize> {
        match self.of.entry(pair) {
            Entry::Vacant(new) => {
                let count = usize::from(value.is_some());
                new.insert(Lines { first: line, sum: value.unwrap_or(0.0), count, last: value });
            }
            Entry::Occupied(old) if self.duplicates == Duplicates::Error => return Err(old.get().first),
            Entry::Occupied(mut old) => {
                self.repeated += 1;
                let lines = old.get_mut();
                lines.last = value.or(lines.last);
                lines.sum += value.unwrap_or(0.0);
                lines.count += usize::from(value.is_some());
            }
        }
        Ok(())
    }

    /// One value for each pair; none where no line has one.
    pub(super) fn values(&self) -> impl Iterator<Item = ((usize, usize), Option<f64>)> {
        self.of.iter().map(|(pair, lines)| {
            let value = match self.duplicates {
                Duplicates::Sum => lines.sum,
                Duplicates::Mean => lines.sum / lines.count as f64,
                Duplicates::Last | Duplicates::Error => lines.last.unwrap_or(0.0),
            };
            (*pair, (lines.count > 0).then_some(value))
        })
    }

    /// What was done with pairs that come more than once.
    pub(super) fn note(&self) -> Option<String> {
        let what = match self.duplicates {
            Duplicates::Sum => "the sum",
            Duplicates::Mean => "the mean",
            Duplicates::Last | Duplicates::Error => "the last",
        };
        let (k, are) = (self.repeated, if self.repeated == 1 { "line repeats" } else { "lines repeat" });
        (k > 0).then(|| format!("{k} {are} a pair; such a pair has {what} of its values"))
    }
}
