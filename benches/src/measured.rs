//! What a comparison found.

use serde::{Deserialize, Serialize};

/// One comparison that was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// The row of [`ROWS`](crate::ROWS) that it belongs to.
    pub name: String,
    /// What was done, in words.
    pub work: String,
    /// The other library, with its version; nothing where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peer: Option<String>,
    /// The unit of the times, or of what else was measured.
    pub unit: String,
    /// Ours, one for each round.
    pub ours: Vec<f64>,
    /// Theirs.
    #[serde(default)]
    pub theirs: Vec<f64>,
    /// Whether theirs had not reached the goal when it was ended: then the ratio is at least this.
    #[serde(default)]
    pub theirs_gave_up: bool,
    /// Threads of ours and of theirs.
    #[serde(default)]
    pub threads: [usize; 2],
    /// The most memory that either process held, MiB.
    #[serde(default)]
    pub peak_mib: [Option<f64>; 2],
    /// By how much the answers differ, and by how much they may.
    #[serde(default)]
    pub difference: Option<[f64; 2]>,
    /// With a peer: theirs over ours should be at least this. Alone: ours should be at most this.
    #[serde(default)]
    pub goal: Option<f64>,
    /// What a reader should know.
    #[serde(default)]
    pub note: Option<String>,
    /// Whether figures are rough.
    #[serde(default)]
    pub quick: bool,
    /// Processes that wanted a processor in the minute before, where the system says so: beside those
    /// of others, seconds are no seconds.
    #[serde(default)]
    pub load: Option<f64>,
}

/// Median and range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// The median; the lower one of two.
    pub median: f64,
    /// The smallest.
    pub low: f64,
    /// The largest.
    pub high: f64,
}

impl Spread {
    /// That of some numbers; nothing of none, or where one is not finite.
    pub fn of(values: &[f64]) -> Option<Self> {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (low, high) = (*sorted.first()?, *sorted.last()?);
        let median = sorted[(sorted.len() - 1) / 2];
        sorted.iter().all(|v| v.is_finite()).then_some(Self { median, low, high })
    }
}

impl Measured {
    /// Theirs over ours, of medians: how many times as fast ours is.
    pub fn ratio(&self) -> Option<f64> {
        let (ours, theirs) = (Spread::of(&self.ours)?, Spread::of(&self.theirs)?);
        (ours.median > 0.0).then(|| theirs.median / ours.median)
    }

    /// Whether the goal is met; nothing where there is none, nothing to hold against it, or where
    /// theirs was ended before that was decided.
    pub fn met(&self) -> Option<bool> {
        let goal = self.goal?;
        match self.peer {
            Some(_) => self.ratio().map(|r| r >= goal).filter(|met| *met || !self.theirs_gave_up),
            None => Spread::of(&self.ours).map(|s| s.median <= goal),
        }
    }

    /// What makes the row worthless, if anything does.
    pub fn fault(&self) -> Option<String> {
        if Spread::of(&self.ours).is_none() || (self.peer.is_some() && Spread::of(&self.theirs).is_none()) {
            return Some("a time is missing or not a number".to_owned());
        }
        let [found, allowed] = self.difference?;
        // Also where it is not a number.
        let agrees = found <= allowed;
        (!agrees)
            .then(|| format!("the answers differ by {found:.1e}, more than the {allowed:.0e} of rounding"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(ours: &[f64], theirs: &[f64]) -> Measured {
        Measured {
            name: "kernels/product".into(),
            work: "K v".into(),
            peer: (!theirs.is_empty()).then(|| "numpy 2".into()),
            unit: "s".into(),
            ours: ours.to_vec(),
            theirs: theirs.to_vec(),
            theirs_gave_up: false,
            threads: [1, 1],
            peak_mib: [None, None],
            difference: Some([1e-9, 1e-6]),
            goal: Some(2.0),
            note: None,
            quick: false,
            load: None,
        }
    }

    #[test]
    fn ratios_are_those_of_medians() {
        let r = row(&[3.0, 1.0, 2.0], &[9.0, 5.0, 4.0, 6.0]);
        assert_eq!(Spread::of(&r.ours), Some(Spread { median: 2.0, low: 1.0, high: 3.0 }));
        assert_eq!((r.ratio(), r.met(), r.fault()), (Some(2.5), Some(true), None));
        let slow = Measured { goal: Some(2.6), ..r.clone() };
        assert_eq!(slow.met(), Some(false));
        // Of one that was ended too early nothing is known.
        assert_eq!(Measured { theirs_gave_up: true, ..slow }.met(), None);
        assert_eq!(Measured { theirs_gave_up: true, ..r }.met(), Some(true));
        // Alone, less is better.
        assert_eq!(row(&[1.0], &[]).met(), Some(true));
        assert_eq!(row(&[2.5], &[]).met(), Some(false));
    }

    #[test]
    fn answers_that_differ_make_a_row_worthless_and_so_does_what_is_not_a_number() {
        let r = row(&[1.0], &[2.0]);
        for difference in [2e-6, f64::NAN, f64::INFINITY] {
            let apart = Measured { difference: Some([difference, 1e-6]), ..r.clone() };
            assert!(apart.fault().is_some_and(|f| f.contains("differ")), "{difference}");
        }
        assert!(row(&[f64::NAN], &[1.0]).fault().is_some());
        assert!(Measured { theirs: vec![], ..r }.fault().is_some());
    }
}
