//! Which of two objects comes first, from some of all ordered pairs.

use crate::error::{TaskError, check_count};
use crate::leak::Labelled;
use crate::objects::gaussian_objects;
use relata_relations::{Points, Seed, Stream};

/// Two objects, and whether the first comes before the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OrderedPair {
    /// The object shown first.
    pub first: usize,
    /// The object shown second.
    pub second: usize,
    /// Whether the first precedes the second.
    pub precedes: bool,
}

impl OrderedPair {
    /// The pair as an example: answer 1 where the first precedes the second.
    #[must_use]
    pub fn labelled(&self) -> Labelled {
        Labelled { objects: vec![self.first, self.second], answer: usize::from(self.precedes) }
    }

    /// The object that comes before and the one that comes after.
    #[must_use]
    pub fn before_after(&self) -> (usize, usize) {
        if self.precedes { (self.first, self.second) } else { (self.second, self.first) }
    }
}

/// How many objects, and how the ordered pairs of different ones are split: the test takes
/// `test_share` and validation `validation_share` of them, both rounded up, and training the rest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OrderParams {
    /// Objects.
    pub objects: usize,
    /// Coordinates of an object.
    pub dim: usize,
    /// Share of the pairs for validation.
    pub validation_share: f64,
    /// Share of the pairs for the test.
    pub test_share: f64,
}

impl OrderParams {
    /// 64 objects in 32 dimensions: 2015 pairs for training, 605 for validation, 1412 for the test,
    /// as in the experiments of Altabaa, Webb, Cohen and Lafferty (arXiv:2304.00195).
    #[must_use]
    pub fn of_64_objects() -> Self {
        Self { objects: 64, dim: 32, validation_share: 0.15, test_share: 0.35 }
    }

    /// 32 objects in 8 dimensions: 495, 149 and 348 pairs.
    #[must_use]
    pub fn of_32_objects() -> Self {
        Self { objects: 32, dim: 8, ..Self::of_64_objects() }
    }
}

/// A hidden order of objects whose features say nothing of it, known from some of all pairs.
///
/// Of the `n (n - 1)` ordered pairs of different objects each is in one split. As published, both
/// directions of a pair are pairs of their own: a model that knows that the order is antisymmetric
/// may therefore know some test pairs from their mirror images, see [`Self::mirrored`].
#[derive(Clone, Debug)]
pub struct PairwiseOrder {
    /// Features of the objects; object 0 comes first, and so on.
    pub objects: Points,
    /// Pairs for training, in random order: any number of the first is a smaller training set.
    pub train: Vec<OrderedPair>,
    /// Pairs to choose by.
    pub validation: Vec<OrderedPair>,
    /// Pairs for the test.
    pub test: Vec<OrderedPair>,
}

impl PairwiseOrder {
    /// Draws features and splits.
    ///
    /// ```
    /// use relata_relations::Seed;
    /// use relata_tasks::{OrderParams, PairwiseOrder};
    /// let task = PairwiseOrder::draw(&OrderParams::of_64_objects(), Seed(1))?;
    /// assert_eq!([task.train.len(), task.validation.len(), task.test.len()], [2015, 605, 1412]);
    /// # Ok::<(), relata_tasks::TaskError>(())
    /// ```
    ///
    /// # Errors
    /// [`TaskError::Count`] if there are fewer than 2 objects or more than 1024,
    /// [`TaskError::Value`] for shares out of range, [`TaskError::Split`] if they leave nothing for
    /// training.
    pub fn draw(params: &OrderParams, seed: Seed) -> Result<Self, TaskError> {
        check_count("objects", params.objects, 2, 1024)?;
        for (what, value) in [
            ("the share for validation", params.validation_share),
            ("the share for the test", params.test_share),
        ] {
            if !(value > 0.0 && value < 1.0) {
                return Err(TaskError::Value { what, value, expected: "greater than 0 and less than 1" });
            }
        }
        let objects = gaussian_objects(params.objects, params.dim, &mut seed.stream("tasks/order/objects"))?;
        let pairs = shuffled_pairs(params.objects, &mut seed.stream("tasks/order/pairs"));
        let share = |s: f64| (s * pairs.len() as f64).ceil() as usize;
        let (validation, test) = (share(params.validation_share), share(params.test_share));
        if validation + test >= pairs.len() {
            return Err(TaskError::Split {
                what: "ordered pairs",
                train: 1,
                validation,
                test,
                available: pairs.len(),
            });
        }
        let (test, rest) = pairs.split_at(test);
        let (validation, train) = rest.split_at(validation);
        Ok(Self { objects, train: train.to_vec(), validation: validation.to_vec(), test: test.to_vec() })
    }

    /// The share of the test pairs whose mirror image is among the first `n` training pairs.
    #[must_use]
    pub fn mirrored(&self, n: usize) -> f64 {
        let known: std::collections::BTreeSet<(usize, usize)> =
            self.train.iter().take(n).map(|p| (p.second, p.first)).collect();
        let seen = self.test.iter().filter(|p| known.contains(&(p.first, p.second))).count();
        seen as f64 / self.test.len() as f64
    }
}

/// All ordered pairs of different objects in random order; the order is that of the numbers.
fn shuffled_pairs(n: usize, stream: &mut Stream) -> Vec<OrderedPair> {
    let pair = |k: usize| {
        let (first, other) = (k / (n - 1), k % (n - 1));
        let second = if other < first { other } else { other + 1 };
        OrderedPair { first, second, precedes: first < second }
    };
    stream.permutation(n * (n - 1)).into_iter().map(pair).collect()
}
