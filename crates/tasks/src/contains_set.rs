//! Whether five cards of the game of set contain a set.

use crate::TaskError;
use crate::cards::{CARDS, completing_card, is_set};
use crate::error::check_count;
use crate::leak::Labelled;
use crate::objects::entangled_cards;
use relata_relations::{Points, Seed, Stream};

/// How hands without a set are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandsWithout {
    /// Cards may recur, as in the experiments of arXiv:2310.03240: about one such hand in eight has a
    /// card twice and no hand with a set has, so that a hand with a card twice needs no look at sets.
    CardsRecur,
    /// Five different cards, like hands with a set.
    Different,
}

/// Which hands are drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ContainsSetParams {
    /// Coordinates of a card's features.
    pub dim: usize,
    /// Training hands.
    pub train: usize,
    /// Validation hands.
    pub validation: usize,
    /// Test hands.
    pub test: usize,
    /// How hands without a set are drawn.
    pub without: HandsWithout,
}

impl ContainsSetParams {
    /// Cards of 64 entangled numbers, and as many hands as published: 24 per set, of 756 sets for
    /// training and of 162 each for validation and the test.
    #[must_use]
    pub fn standard(without: HandsWithout) -> Self {
        Self { dim: 64, train: 24 * 756, validation: 24 * 162, test: 24 * 162, without }
    }
}

/// Hands of five cards in random order, half of them with a set. The 1080 sets are split, 70 in a hundred
/// to training and 15 each to validation and the test, and a hand with a set has one set, of its part: no
/// set of the test is ever seen in training.
#[derive(Clone, Debug)]
pub struct ContainsSet {
    /// Features of the cards.
    pub cards: Points,
    /// Hands for training, with a set (answer 1) and without (answer 0) in turn.
    pub train: Vec<Labelled>,
    /// Hands to choose by.
    pub validation: Vec<Labelled>,
    /// Hands for the test.
    pub test: Vec<Labelled>,
}

/// Cards of a hand.
const HAND: usize = 5;

impl ContainsSet {
    /// Draws features and hands.
    ///
    /// ```
    /// use relata_relations::Seed;
    /// use relata_tasks::{ContainsSet, ContainsSetParams, HandsWithout, sets_in};
    /// let params = ContainsSetParams { train: 100, ..ContainsSetParams::standard(HandsWithout::Different) };
    /// let task = ContainsSet::draw(&params, Seed(5))?;
    /// assert!(task.train.iter().all(|h| sets_in(&h.objects) == h.answer));
    /// # Ok::<(), relata_tasks::TaskError>(())
    /// ```
    ///
    /// # Errors
    /// [`TaskError::Count`] if a split has fewer than 2 hands, or the features no coordinate.
    pub fn draw(params: &ContainsSetParams, seed: Seed) -> Result<Self, TaskError> {
        let cards = entangled_cards(params.dim, &mut seed.stream("tasks/contains-set/features"))?;
        let mut sets: Vec<[usize; 3]> = Vec::new();
        for a in 0..CARDS {
            sets.extend((a + 1..CARDS).map(|b| [a, b, completing_card(a, b)]).filter(|s| s[2] > s[1]));
        }
        let order = seed.stream("tasks/contains-set/split").permutation(sets.len());
        let (train, rest) = order.split_at(sets.len() * 7 / 10);
        let (validation, test) = rest.split_at(rest.len() / 2);
        let split = |what, name: &str, count, part: &[usize]| -> Result<Vec<Labelled>, TaskError> {
            check_count(what, count, 2, crate::MAX_OBJECTS)?;
            let mut stream = seed.stream(&format!("tasks/contains-set/{name}"));
            let hand = |k: usize| {
                let objects = if k.is_multiple_of(2) {
                    with_set(sets[part[stream.below(part.len())]], &mut stream)
                } else {
                    without_set(params.without, &mut stream)
                };
                Labelled { objects, answer: 1 - k % 2 }
            };
            Ok((0..count).map(hand).collect())
        };
        Ok(Self {
            train: split("training hands", "train", params.train, train)?,
            validation: split("validation hands", "validation", params.validation, validation)?,
            test: split("test hands", "test", params.test, test)?,
            cards,
        })
    }

    /// The accuracy of a rule that looks for a card that recurs and for nothing else, and calls such a
    /// hand one without a set.
    #[must_use]
    pub fn recurrence_shortcut(hands: &[Labelled]) -> f64 {
        let right = hands.iter().filter(|h| usize::from(all_different(&h.objects)) == h.answer).count();
        right as f64 / hands.len().max(1) as f64
    }
}

/// How many of the triples of different cards of a hand are sets. A number of 81 or more counts from 0
/// again.
#[must_use]
pub fn sets_in(hand: &[usize]) -> usize {
    let n = hand.len();
    let triples = (0..n).flat_map(|i| (i + 1..n).flat_map(move |j| (j + 1..n).map(move |k| [i, j, k])));
    let cards = triples.map(|t| t.map(|i| hand[i]));
    cards.filter(|[a, b, c]| a != c && b != c && is_set([*a, *b, *c])).count()
}

fn all_different(hand: &[usize]) -> bool {
    (0..hand.len()).all(|i| !hand[..i].contains(&hand[i]))
}

/// A set and two other cards that form no further one.
fn with_set(set: [usize; 3], stream: &mut Stream) -> Vec<usize> {
    loop {
        let mut hand = set.to_vec();
        hand.extend([stream.below(CARDS), stream.below(CARDS)]);
        if all_different(&hand) && sets_in(&hand) == 1 {
            return stream.permutation(HAND).into_iter().map(|i| hand[i]).collect();
        }
    }
}

fn without_set(how: HandsWithout, stream: &mut Stream) -> Vec<usize> {
    loop {
        let hand: Vec<usize> = (0..HAND).map(|_| stream.below(CARDS)).collect();
        let fits = how == HandsWithout::CardsRecur || all_different(&hand);
        if fits && sets_in(&hand) == 0 {
            return hand;
        }
    }
}
