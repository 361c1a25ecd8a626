//! The game of set: whether three cards form a set.

use crate::error::{TaskError, check_count};
use crate::leak::Labelled;
use crate::objects::entangled_cards;
use relata_relations::{Points, Seed, Stream};

/// Cards of the game: four attributes of three values.
pub const CARDS: usize = 81;

/// Sets among the triples of different cards: any two cards are completed by exactly one, so there
/// are `81 * 80 / 6`.
const SETS: usize = 1080;

/// The values of a card's four attributes, 0, 1 or 2: its digits in base 3. A number of 81 or more
/// counts from 0 again.
#[must_use]
pub fn card_attributes(card: usize) -> [usize; 4] {
    [card % 3, card / 3 % 3, card / 9 % 3, card / 27 % 3]
}

/// The card that forms a set with two others: in each attribute the same value, or the third.
#[must_use]
pub fn completing_card(a: usize, b: usize) -> usize {
    let (a, b) = (card_attributes(a), card_attributes(b));
    (0..4).rev().fold(0, |card, k| 3 * card + (6 - a[k] - b[k]) % 3)
}

/// Whether three different cards agree in all or differ in all values of each attribute.
#[must_use]
pub fn is_set([a, b, c]: [usize; 3]) -> bool {
    a != b && completing_card(a, b) == c
}

/// Which sets a test may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetSplit {
    /// Each of the 1080 sets belongs to training, to validation or to the test, and so does each
    /// triple that is not a set: nothing in the test was seen.
    Disjoint,
    /// Every triple is drawn from all, as in the experiments of arXiv:2304.00195: with a few
    /// thousand examples nearly every set of the test was seen in training.
    Shared,
}

/// How many triples, and how they are split.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SetParams {
    /// Coordinates of a card's features.
    pub dim: usize,
    /// Training triples.
    pub train: usize,
    /// Validation triples.
    pub validation: usize,
    /// Test triples.
    pub test: usize,
    /// Which sets a test may ask for.
    pub split: SetSplit,
}

impl SetParams {
    /// Cards of 64 entangled numbers; 7000 triples for training, 1000 for validation and 2000 for
    /// the test, none of them seen before.
    #[must_use]
    pub fn standard() -> Self {
        Self { dim: 64, train: 7000, validation: 1000, test: 2000, split: SetSplit::Disjoint }
    }

    /// The same with the split.
    #[must_use]
    pub fn with_split(self, split: SetSplit) -> Self {
        Self { split, ..self }
    }
}

/// Triples of different cards in random order, half of them sets.
#[derive(Clone, Debug)]
pub struct SetGame {
    /// Features of the cards.
    pub cards: Points,
    /// Triples for training, sets (answer 1) and others (answer 0) in turn: any even number of the
    /// first is a smaller balanced training set.
    pub train: Vec<Labelled>,
    /// Triples to choose by.
    pub validation: Vec<Labelled>,
    /// Triples for the test.
    pub test: Vec<Labelled>,
}

impl SetGame {
    /// Draws features and triples. Every card is as frequent among sets as among the others, and so
    /// is every pair of cards, up to chance.
    ///
    /// ```
    /// use relata_relations::Seed;
    /// use relata_tasks::{SetGame, SetParams, is_set};
    /// let task = SetGame::draw(&SetParams::standard(), Seed(5))?;
    /// let right = |t: &relata_tasks::Labelled| {
    ///     is_set([t.objects[0], t.objects[1], t.objects[2]]) == (t.answer == 1)
    /// };
    /// assert!(task.train.iter().chain(&task.test).all(right));
    /// # Ok::<(), relata_tasks::TaskError>(())
    /// ```
    ///
    /// # Errors
    /// [`TaskError::Count`] if a split has fewer than 2 triples, or the features no coordinate.
    pub fn draw(params: &SetParams, seed: Seed) -> Result<Self, TaskError> {
        let cards = entangled_cards(params.dim, &mut seed.stream("tasks/set/features"))?;
        let owner = Owner::new(params.split, seed);
        let split = |what, name, count, part| -> Result<Vec<Labelled>, TaskError> {
            check_count(what, count, 2, crate::MAX_OBJECTS)?;
            let mut stream = seed.stream(&format!("tasks/set/{name}"));
            Ok((0..count).map(|k| owner.triple(part, 1 - k % 2, &mut stream)).collect())
        };
        let train = split("training triples", "train", params.train, 0)?;
        let validation = split("validation triples", "validation", params.validation, 1)?;
        let test = split("test triples", "test", params.test, 2)?;
        Ok(Self { cards, train, validation, test })
    }
}

/// Which triples belong to which part: seven tenths to training (0), a tenth to validation (1), two
/// tenths to the test (2), or everything to all.
struct Owner {
    split: SetSplit,
    /// The number of each set.
    numbers: Vec<usize>,
    /// A random order of the sets.
    place: Vec<usize>,
    salt: u64,
}

impl Owner {
    fn new(split: SetSplit, seed: Seed) -> Self {
        let place = seed.stream("tasks/set/owners").permutation(SETS);
        Self { split, numbers: set_numbers(), place, salt: seed.child("tasks/set/others").0 }
    }

    fn triple(&self, part: usize, answer: usize, stream: &mut Stream) -> Labelled {
        loop {
            let (a, b) = (stream.below(CARDS), stream.below(CARDS));
            let c = if answer == 1 { completing_card(a, b) } else { stream.below(CARDS) };
            let different = a != b && b != c && a != c;
            if different && is_set([a, b, c]) == (answer == 1) && self.owns(part, [a, b, c]) {
                return Labelled { objects: vec![a, b, c], answer };
            }
        }
    }

    fn owns(&self, part: usize, mut triple: [usize; 3]) -> bool {
        if self.split == SetSplit::Shared {
            return true;
        }
        triple.sort_unstable();
        let tenth = if is_set(triple) {
            self.place[self.numbers[CARDS * triple[0] + triple[1]]] * 10 / SETS
        } else {
            // A number that depends on the three cards and the seed alone; the multiplier is that
            // of Steele and Vigna for 64 bits.
            let mixed = triple
                .iter()
                .fold(self.salt, |h, c| (h ^ *c as u64).wrapping_mul(0xd134_2543_de82_ef95).rotate_left(29));
            (mixed % 10) as usize
        };
        part == [0, 0, 0, 0, 0, 0, 0, 1, 2, 2][tenth]
    }
}

/// The number of each set by its two smaller cards, `81 a + b`; other pairs have none that counts.
fn set_numbers() -> Vec<usize> {
    let mut numbers = vec![0; CARDS * CARDS];
    let pairs = (0..CARDS).flat_map(|a| (a + 1..CARDS).map(move |b| (a, b)));
    for (number, (a, b)) in pairs.filter(|&(a, b)| completing_card(a, b) > b).enumerate() {
        numbers[CARDS * a + b] = number;
    }
    numbers
}
