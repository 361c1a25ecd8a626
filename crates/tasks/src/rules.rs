//! Rules over sequences of objects, some of which training never sees.

use crate::error::{TaskError, check_count};
use crate::leak::Labelled;
use relata_relations::{Seed, Stream};
use std::fmt;

/// What a trial asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// Two objects: are they the same (answer 1) or different (answer 0)?
    SameDifferent,
    /// Three pairs: which of the last two pairs is same or different like the first?
    MatchToSample,
    /// A row of `n` different objects, then the same objects in another order without the last, then
    /// four objects to choose from: which one is missing?
    DistributionOf(usize),
    /// A triple of the form ABA, ABB or AAA, then the first two of a triple of the same form, then
    /// four objects to choose from: which one completes it?
    Identity,
}

/// The most objects in a row of [`Rule::DistributionOf`].
const MAX_ROW: usize = 256;

/// The objects to choose from, where a trial has them.
const CHOICES: usize = 4;

impl Rule {
    /// Objects per trial, those to choose from included.
    #[must_use]
    pub fn length(self) -> usize {
        match self {
            Self::SameDifferent => 2,
            Self::MatchToSample => 6,
            Self::DistributionOf(n) => 2 * n - 1 + CHOICES,
            Self::Identity => 5 + CHOICES,
        }
    }

    /// Answers per trial.
    #[must_use]
    pub fn answers(self) -> usize {
        match self {
            Self::SameDifferent | Self::MatchToSample => 2,
            Self::DistributionOf(_) | Self::Identity => CHOICES,
        }
    }

    /// The fewest objects from which every trial can be made.
    #[must_use]
    pub fn least_objects(self) -> usize {
        match self {
            Self::SameDifferent => 2,
            Self::MatchToSample | Self::Identity => 5,
            Self::DistributionOf(n) => n + 1,
        }
    }

    /// Where the parts of a trial end: the segments over which features are normalised by systems
    /// that normalise each by itself.
    #[must_use]
    pub fn segments(self) -> Vec<usize> {
        match self {
            Self::SameDifferent => vec![2],
            Self::MatchToSample => vec![2, 4, 6],
            Self::DistributionOf(_) | Self::Identity => vec![self.length()],
        }
    }

    fn trial(self, from: &[usize], k: usize, stream: &mut Stream) -> Labelled {
        let order = stream.permutation(from.len());
        let object = |i: usize| from[order[i]];
        match self {
            Self::SameDifferent => {
                let same = k.is_multiple_of(2);
                let second = if same { object(0) } else { object(1) };
                Labelled { objects: vec![object(0), second], answer: usize::from(same) }
            }
            Self::MatchToSample => {
                let (source_same, answer) = (k.is_multiple_of(2), k / 2 % 2);
                let source = if source_same { [object(0), object(0)] } else { [object(0), object(1)] };
                let next = if source_same { 1 } else { 2 };
                let (same, different) = ([object(next); 2], [object(next + 1), object(next + 2)]);
                let (right, wrong) = if source_same { (same, different) } else { (different, same) };
                let targets = if answer == 0 { [right, wrong] } else { [wrong, right] };
                Labelled { objects: [source, targets[0], targets[1]].concat(), answer }
            }
            Self::DistributionOf(n) => {
                let row: Vec<usize> = (0..n).map(object).collect();
                let again = stream.permutation(n);
                let missing = row[again[n - 1]];
                let others = [row[again[0]], row[again[n - 2]], object(n)];
                let mut objects = row.clone();
                objects.extend(again[..n - 1].iter().map(|i| row[*i]));
                offer(objects, missing, others, k, stream)
            }
            Self::Identity => {
                let [a, b, c, d, e] = std::array::from_fn(object);
                // The form of a trial does not depend on the place of its answer.
                let form = k / CHOICES % 3;
                let (first, second, right, wrong) = match form {
                    0 => ([a, b, a], [c, d], c, d),
                    1 => ([a, b, b], [c, d], d, c),
                    _ => ([a, a, a], [c, c], c, d),
                };
                let others = if stream.below(2) == 0 { [wrong, a, e] } else { [wrong, b, e] };
                offer([&first[..], &second[..]].concat(), right, others, k, stream)
            }
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SameDifferent => write!(f, "same-different"),
            Self::MatchToSample => write!(f, "match-to-sample"),
            Self::DistributionOf(n) => write!(f, "distribution-of-{n}"),
            Self::Identity => write!(f, "identity-rules"),
        }
    }
}

/// Adds the right object and three others to choose from, the right one at place `k` of four.
fn offer(
    mut objects: Vec<usize>,
    right: usize,
    others: [usize; 3],
    k: usize,
    stream: &mut Stream,
) -> Labelled {
    let answer = k % CHOICES;
    let order = stream.permutation(3);
    let mut shown: Vec<usize> = order.into_iter().map(|i| others[i]).collect();
    shown.insert(answer, right);
    objects.extend(shown);
    Labelled { objects, answer }
}

/// The rule, the objects and the trials.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RulesParams {
    /// What a trial asks.
    pub rule: Rule,
    /// Objects in all.
    pub objects: usize,
    /// Objects that occur in test trials only; 0: all objects occur in both.
    pub held_out: usize,
    /// Training trials.
    pub train: usize,
    /// Test trials.
    pub test: usize,
}

impl RulesParams {
    /// A rule over some objects, of which some are held out; 10 000 training trials and 2 000 test
    /// trials.
    #[must_use]
    pub fn new(rule: Rule, objects: usize, held_out: usize) -> Self {
        Self { rule, objects, held_out, train: 10_000, test: 2_000 }
    }

    /// The same with other numbers of trials.
    #[must_use]
    pub fn with_trials(self, train: usize, test: usize) -> Self {
        Self { train, test, ..self }
    }
}

/// Trials of one rule. Answers are balanced, in training and in the test: trial `k` of a split has
/// answer `k` modulo the number of answers, or its like, and the objects of a trial do not depend
/// on its answer.
#[derive(Clone, Debug)]
pub struct Rules {
    /// What a trial asks.
    pub rule: Rule,
    /// Objects in all.
    pub objects: usize,
    /// Training trials.
    pub train: Vec<Labelled>,
    /// Test trials; of held-out objects alone, where there are any.
    pub test: Vec<Labelled>,
}

impl Rules {
    /// Draws trials with replacement, training from the objects that are not held out, the test from
    /// those that are. Where none is held out, no test trial is a training trial, as long as enough
    /// trials exist; of [`Rule::SameDifferent`] there are too few for that, so its trials may recur.
    ///
    /// ```
    /// use relata_relations::Seed;
    /// use relata_tasks::{Rule, Rules, RulesParams, TaskError};
    /// let task = Rules::draw(&RulesParams::new(Rule::Identity, 100, 95), Seed(0))?;
    /// assert_eq!(task.train[0].objects.len(), 9);
    /// let all = RulesParams::new(Rule::Identity, 100, 100);
    /// assert!(matches!(Rules::draw(&all, Seed(0)), Err(TaskError::HeldOut { .. })));
    /// # Ok::<(), TaskError>(())
    /// ```
    ///
    /// # Errors
    /// [`TaskError::HeldOut`] where too few objects are left for training or for the test,
    /// [`TaskError::Count`] for no trials, or a row of fewer than 3 objects or more than 256.
    pub fn draw(params: &RulesParams, seed: Seed) -> Result<Self, TaskError> {
        let RulesParams { rule, objects, held_out, .. } = *params;
        if let Rule::DistributionOf(n) = rule {
            check_count("objects in a row", n, 3, MAX_ROW)?;
        }
        let least = rule.least_objects();
        check_count("objects", objects, least, crate::MAX_OBJECTS)?;
        if held_out > 0 && (held_out < least || held_out > objects || objects - held_out < least) {
            return Err(TaskError::HeldOut { rule: rule.to_string(), held_out, objects, least });
        }
        check_count("training trials", params.train, 1, crate::MAX_OBJECTS)?;
        check_count("test trials", params.test, 1, crate::MAX_OBJECTS)?;
        let name = format!("tasks/rules/{rule}/{held_out}");
        let numbers = seed.stream(&format!("{name}/objects")).permutation(objects);
        let (test_from, train_from) = numbers.split_at(held_out);
        let test_from = if held_out == 0 { train_from } else { test_from };
        let mut stream = seed.stream(&format!("{name}/train"));
        let train: Vec<Labelled> =
            (0..params.train).map(|k| rule.trial(train_from, k, &mut stream)).collect();
        let mut seen: Vec<&Labelled> =
            if held_out == 0 && rule != Rule::SameDifferent { train.iter().collect() } else { Vec::new() };
        seen.sort_unstable();
        let mut stream = seed.stream(&format!("{name}/test"));
        let mut fresh = |k: usize| {
            // A thousand draws that were all seen mean that there are hardly others.
            let mut trial = rule.trial(test_from, k, &mut stream);
            for _ in 0..1000 {
                if seen.binary_search(&&trial).is_err() {
                    break;
                }
                trial = rule.trial(test_from, k, &mut stream);
            }
            trial
        };
        let test = (0..params.test).map(&mut fresh).collect();
        Ok(Self { rule, objects, train, test })
    }

    /// Answers per trial.
    #[must_use]
    pub fn answers(&self) -> usize {
        self.rule.answers()
    }
}
