//! What can be had of a task without its relation.

use crate::error::{TaskError, check_count};
use std::collections::BTreeMap;

/// A sequence of objects, by number, and the answer that is right.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Labelled {
    /// The objects, in the order in which they are shown.
    pub objects: Vec<usize>,
    /// The number of the right answer.
    pub answer: usize,
}

/// The accuracy on the test examples of rules that know nothing of relations.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shortcuts {
    /// The answer that is the most frequent in training.
    pub majority: f64,
    /// Which object stands where: the answers that each object had at each place in training, by
    /// naive Bayes with one count added for every answer.
    pub identity: f64,
    /// Which objects occur, wherever they stand: the same on their counts.
    pub counts: f64,
    /// The answer of the training examples that agree with the example at the most places, by
    /// majority among equals.
    pub nearest: f64,
    /// The share of the most frequent answer among the test examples: what no rule without
    /// information beats by more than chance.
    pub chance: f64,
}

impl Shortcuts {
    /// The most accurate of them.
    #[must_use]
    pub fn worst(&self) -> f64 {
        self.majority.max(self.identity).max(self.counts).max(self.nearest)
    }
}

/// The accuracy of each shortcut on `test` after `train`, for examples with answers below
/// `answers`. The nearest example costs one comparison per pair of a test and a training example.
///
/// # Errors
/// [`TaskError::Count`] if there are no examples or answers, [`TaskError::Example`] if the examples
/// differ in length or an answer is out of range.
pub fn shortcuts(train: &[Labelled], test: &[Labelled], answers: usize) -> Result<Shortcuts, TaskError> {
    check_count("answers", answers, 1, crate::MAX_OBJECTS)?;
    check_count("training examples", train.len(), 1, crate::MAX_OBJECTS)?;
    check_count("test examples", test.len(), 1, crate::MAX_OBJECTS)?;
    let length = train[0].objects.len();
    for (index, e) in train.iter().chain(test).enumerate() {
        if e.objects.len() != length {
            let (found, expected) = (e.objects.len(), format!("{length}, like the first"));
            return Err(TaskError::Example { index, what: "objects", found, expected });
        }
        if e.answer >= answers {
            let (found, expected) = (e.answer, format!("an answer below {answers}"));
            return Err(TaskError::Example { index, what: "as its answer", found, expected });
        }
    }
    let prior = tally(train.iter(), answers);
    let most = largest(&prior);
    let placed = Table::new(train, answers, |place, object| (place, object));
    let anywhere = Table::new(train, answers, |_, object| (0, object));
    let accuracy = |rule: &dyn Fn(&Labelled) -> usize| {
        test.iter().filter(|e| rule(e) == e.answer).count() as f64 / test.len() as f64
    };
    let of_test = tally(test.iter(), answers);
    Ok(Shortcuts {
        majority: accuracy(&|_| most),
        identity: accuracy(&|e| placed.answer(e, &prior)),
        counts: accuracy(&|e| anywhere.answer(e, &prior)),
        nearest: accuracy(&|e| nearest(train, e, answers)),
        chance: of_test.iter().copied().fold(0.0, f64::max) / test.len() as f64,
    })
}

type Key = (usize, usize);

/// How often each object came with each answer.
struct Table {
    counts: BTreeMap<Key, Vec<f64>>,
    key: fn(usize, usize) -> Key,
}

impl Table {
    fn new(train: &[Labelled], answers: usize, key: fn(usize, usize) -> Key) -> Self {
        let mut counts: BTreeMap<Key, Vec<f64>> = BTreeMap::new();
        for e in train {
            for (place, object) in e.objects.iter().enumerate() {
                counts.entry(key(place, *object)).or_insert_with(|| vec![0.0; answers])[e.answer] += 1.0;
            }
        }
        Self { counts, key }
    }

    /// The answer with the largest posterior; objects that training has not seen say nothing.
    fn answer(&self, e: &Labelled, prior: &[f64]) -> usize {
        let mut score: Vec<f64> = prior.iter().map(|p| (p + 1.0).ln()).collect();
        for (place, object) in e.objects.iter().enumerate() {
            if let Some(seen) = self.counts.get(&(self.key)(place, *object)) {
                for (a, s) in score.iter_mut().enumerate() {
                    *s += ((seen[a] + 1.0) / (prior[a] + 1.0)).ln();
                }
            }
        }
        largest(&score)
    }
}

fn nearest(train: &[Labelled], e: &Labelled, answers: usize) -> usize {
    let agreement = |t: &Labelled| t.objects.iter().zip(&e.objects).filter(|(a, b)| a == b).count();
    let best = train.iter().map(agreement).max().unwrap_or(0);
    largest(&tally(train.iter().filter(|t| agreement(t) == best), answers))
}

fn tally<'a>(examples: impl Iterator<Item = &'a Labelled>, answers: usize) -> Vec<f64> {
    let mut counts = vec![0.0; answers];
    examples.for_each(|e| counts[e.answer] += 1.0);
    counts
}

/// The first of the largest.
fn largest(values: &[f64]) -> usize {
    (0..values.len()).fold(0, |best, i| if values[i] > values[best] { i } else { best })
}
