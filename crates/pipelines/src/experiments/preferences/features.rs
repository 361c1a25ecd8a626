//! Utilities of features of items: which features make an item better.

use super::data::Loaded;
use super::models::Data;
use crate::statistics::Z95;
use relata_debreu::estimation::{ChoiceData, EstimationError, fit_logit};
use relata_debreu::readers::{CollectedPreferences, ComparisonOutcome};
use relata_relations::Points;
use relata_runs::{Row, Value};

/// The most single choices that the counts of a file may stand for.
const MAX_CHOICES: f64 = 500_000.0;
/// The most alternatives of all choices together where items tie: each is a row of features.
const MAX_ALTERNATIVES: f64 = 2_000_000.0;
/// Newton's step in differences of utilities.
const TOLERANCE: f64 = 1e-9;
/// Utilities by conditional logit. Where items tie, whoever chooses takes several at once: each set
/// of up to as many as ever tied is an alternative, whose utility is the mean of its items' and a
/// constant for its size (Davidson 1970 for two items; Turner, van Etten, Firth and Kosmidis 2020).
pub(super) fn features(loaded: &Loaded) -> anyhow::Result<Vec<Row>> {
    let (Some(features), Some(data)) = (&loaded.features, Data::of(&loaded.preferences)) else {
        return Ok(Vec::new());
    };
    let failed = |reason: String| {
        let row = Row::new("feature_model").with("log_likelihood", Value::Missing);
        Ok(vec![row.with("choices", Value::Missing).with("left_out", Value::Missing).with("reason", reason)])
    };
    let stages = stages(&loaded.preferences);
    if let Some(stage) = stages.iter().find(|s| s.count.fract() != 0.0) {
        return failed(format!("a count is {}: choices are whole", stage.count));
    }
    let all: f64 = stages.iter().map(|s| s.count).sum();
    if all > MAX_CHOICES {
        return failed(format!("the counts stand for {all} choices; at most {MAX_CHOICES} are fitted"));
    }
    let most = stages.iter().map(|s| s.taken.len()).max().unwrap_or(1);
    let together: f64 = stages.iter().map(|s| s.count * alternatives(s.from.len(), most)).sum();
    // So many sets that ties cannot be fitted: they are left out, and counted.
    let (most, left_out) = if together <= MAX_ALTERNATIVES {
        (most, 0.0)
    } else {
        (1, stages.iter().filter(|s| s.taken.len() > 1).map(|s| s.count).sum())
    };
    let names = &features.names;
    let (mut rows, mut sizes, mut chosen) = (Vec::new(), Vec::new(), Vec::new());
    for stage in stages.iter().filter(|s| s.taken.len() <= most && s.is_a_choice(most)) {
        let sets = subsets(&stage.from, most);
        let Some(taken) = sets.iter().position(|set| *set == stage.taken) else { continue };
        for _ in 0..stage.count as usize {
            for set in &sets {
                let mean =
                    |f: usize| set.iter().map(|&i| features.values[i][f]).sum::<f64>() / set.len() as f64;
                rows.extend((0..names.len()).map(mean));
                rows.extend((2..=most).map(|size| f64::from(u8::from(set.len() == size))));
            }
            sizes.push(sets.len());
            chosen.push(taken);
        }
    }
    let points = Points::new(names.len() + most - 1, rows)?;
    let fitted = ChoiceData::new(points, &sizes, &chosen).and_then(|d| fit_logit(&d, 0.0, TOLERANCE));
    let found = match fitted {
        Ok(found) => found,
        Err(EstimationError::Collinear { feature }) => {
            let name = names.get(feature).map_or("that counts ties", String::as_str);
            return failed(format!("the feature {name} never differs, or only as a combination of others"));
        }
        Err(EstimationError::Separated { .. }) => {
            return failed("some combination of the features predicts every choice".to_owned());
        }
        Err(e) => return failed(e.to_string()),
    };
    let model =
        Row::new("feature_model").with("log_likelihood", found.log_likelihood).with("choices", sizes.len());
    let mut out = vec![model.with("left_out", left_out).with("reason", Value::Missing)];
    let estimates = || found.coefficients.iter().zip(&found.standard_errors);
    for (name, (value, error)) in names.iter().zip(estimates()) {
        let row = Row::new("features").with("feature", name.as_str()).with("coefficient", *value);
        let row = row.with("standard_error", *error).with("lower", value - Z95 * error);
        out.push(row.with("upper", value + Z95 * error));
    }
    for (size, (value, error)) in (2..).zip(estimates().skip(names.len())) {
        let row = Row::new("feature_ties").with("items", size).with("log_tendency", *value);
        out.push(row.with("standard_error", *error));
    }
    for (item, x) in data.items().iter().zip(&features.values) {
        let utility: f64 = x.iter().zip(&found.coefficients).map(|(x, b)| x * b).sum();
        out.push(Row::new("feature_utilities").with("item", item).with("utility", utility));
    }
    Ok(out)
}

/// So many times these items were taken from those.
struct Stage {
    count: f64,
    /// The items taken, in order of their numbers.
    taken: Vec<usize>,
    /// Those that could have been, the taken ones first.
    from: Vec<usize>,
}

impl Stage {
    fn new(count: f64, taken: &[usize], others: &[usize]) -> Self {
        let from = taken.iter().chain(others).copied().collect();
        let mut taken = taken.to_vec();
        taken.sort_unstable();
        Self { count, taken, from }
    }

    /// Whether there was anything else to take.
    fn is_a_choice(&self, most: usize) -> bool {
        self.from.len() > 1 && (most > 1 || self.from.len() > self.taken.len())
    }
}

/// All choices that the preferences tell of.
fn stages(preferences: &CollectedPreferences) -> Vec<Stage> {
    let mut out = Vec::new();
    match preferences {
        CollectedPreferences::Comparisons(t) => {
            for r in &t.rows {
                let (a, b) = (r.first, r.second);
                out.push(match r.outcome {
                    ComparisonOutcome::First => Stage::new(r.count, &[a], &[b]),
                    ComparisonOutcome::Second => Stage::new(r.count, &[b], &[a]),
                    ComparisonOutcome::Tie => Stage::new(r.count, &[a, b], &[]),
                });
            }
        }
        CollectedPreferences::Rankings(t) => {
            for o in &t.orders {
                for (k, tier) in o.tiers.iter().enumerate() {
                    let after: Vec<usize> = o.tiers[k + 1..].iter().flatten().copied().collect();
                    // Of the last item alone there was no choice.
                    if tier.len() + after.len() > 1 {
                        out.push(Stage::new(o.count as f64, tier, &after));
                    }
                }
            }
        }
        CollectedPreferences::Panels(_) | CollectedPreferences::Choices(_) => {}
    }
    out
}

/// How many sets of one to `most` of so many items there are.
fn alternatives(items: usize, most: usize) -> f64 {
    let (mut all, mut of_size) = (0.0, 1.0);
    for size in 1..=most.min(items) {
        of_size *= (items + 1 - size) as f64 / size as f64;
        all += of_size;
    }
    all
}

/// Sets of one to `most` of the items, each in order; single ones first, as they come.
fn subsets(items: &[usize], most: usize) -> Vec<Vec<usize>> {
    let mut out: Vec<Vec<usize>> = items.iter().map(|i| vec![*i]).collect();
    let mut sorted = items.to_vec();
    sorted.sort_unstable();
    let mut last: Vec<Vec<usize>> = sorted.iter().map(|i| vec![*i]).collect();
    for _ in 2..=most.min(items.len()) {
        let longer = last.iter().flat_map(|set| {
            let end = set.last().copied();
            sorted
                .iter()
                .filter(move |i| end.is_none_or(|e| **i > e))
                .map(|i| [set.as_slice(), &[*i]].concat())
        });
        last = longer.collect();
        out.extend(last.iter().cloned());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_counted_as_they_are_listed() {
        for (items, most) in [(1, 1), (2, 2), (4, 1), (5, 2), (6, 4), (3, 7)] {
            let list: Vec<usize> = (0..items).rev().collect();
            let sets = subsets(&list, most);
            assert_eq!(sets.len(), alternatives(items, most) as usize, "{items} {most}");
            let different: std::collections::BTreeSet<_> = sets.iter().collect();
            assert_eq!(different.len(), sets.len());
            assert!(sets.iter().all(|s| s.windows(2).all(|w| w[0] < w[1])));
        }
        assert_eq!(subsets(&[7, 2, 5], 2), [vec![7], vec![2], vec![5], vec![2, 5], vec![2, 7], vec![5, 7]]);
    }
}
