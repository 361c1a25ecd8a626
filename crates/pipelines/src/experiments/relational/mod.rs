//! What the pipelines of relational learning share: rows, published curves, learning curves as
//! figures, headline numbers.

mod cell;
mod curves;
mod headlines;
mod published;

pub(super) use cell::{LearningCell, Named};
pub(super) use curves::{Look, Panel, learning_curves};
pub(super) use headlines::{accuracies, leaks, put};

use crate::statistics::Z95;
use relata_relations::{Points, Seed, wilson_interval};
use relata_runs::{Profile, Row};
use relata_systems::{LearnParams, System, SystemError, accuracy, learn, parameters};
use relata_tasks::{Labelled, Shortcuts};
use relata_training::NetworkDevice;

/// Independent draws of task and weights, per profile.
pub(super) fn draws(profile: Profile) -> usize {
    match profile {
        Profile::Smoke => 1,
        Profile::Standard => 3,
        Profile::Paper => 10,
    }
}

/// What came of one training.
pub(super) struct Score {
    /// The share of test examples answered right.
    pub(super) accuracy: f64,
    /// Trained numbers.
    pub(super) parameters: usize,
}

/// Trains a system on `train` and asks it `test`.
pub(super) fn score<S: System>(
    system: S,
    objects: &Points,
    [train, test]: [&[Labelled]; 2],
    params: &LearnParams,
    seed: Seed,
    device: &NetworkDevice,
) -> Result<Score, SystemError> {
    let parameters = parameters(&system);
    let learned = learn(system, objects, train, params, seed, device)?;
    Ok(Score { accuracy: accuracy(&learned.system, objects, test, device)?, parameters })
}

/// The row of a training, with the interval of Wilson in which the accuracy on all test examples lies
/// with probability .95, given that on those that were drawn.
pub(super) fn accuracy_row([task, model]: [&str; 2], [size, draw, tested]: [usize; 3], score: &Score) -> Row {
    let [low, high] = wilson_interval(score.accuracy, tested, Z95);
    Row::new("accuracy")
        .with("task", task)
        .with("model", model)
        .with("size", size)
        .with("draw", draw)
        .with("accuracy", score.accuracy)
        .with("low", low)
        .with("high", high)
        .with("parameters", score.parameters)
}

/// The rows of the shortcuts of a task.
pub(super) fn leak_rows(task: &str, draw: usize, found: &Shortcuts) -> Vec<Row> {
    let each = [
        ("majority", found.majority),
        ("identity", found.identity),
        ("counts", found.counts),
        ("nearest", found.nearest),
    ];
    let row = |(shortcut, accuracy): (&str, f64)| {
        Row::new("leak")
            .with("task", task)
            .with("draw", draw)
            .with("shortcut", shortcut)
            .with("accuracy", accuracy)
            .with("chance", found.chance)
    };
    each.map(row).to_vec()
}

#[cfg(test)]
mod tests {
    use super::published::published;

    #[test]
    fn published_curves_are_those_of_the_paper() {
        let t = published("order-64").unwrap();
        let abstractor = t.filter("model", "abstractor").unwrap();
        assert_eq!(abstractor.filter("size", 2015i64).unwrap().floats("mean").unwrap(), [0.918_980]);
        assert!(published("no such task").is_err());
    }
}
