//! The order of objects that training never saw, by a utility on the space of their features.

use crate::error::{TaskError, check_count};
use crate::objects::gaussian_objects;
use crate::order::OrderedPair;
use relata_relations::{Points, Seed, Stream};

/// The hidden units of the utility. Many enough that it is far from linear in no one direction, few
/// enough that it is not a nearly linear average.
const UNITS: usize = 16;

/// How many objects and pairs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UnseenParams {
    /// Coordinates of an object.
    pub dim: usize,
    /// Objects that training pairs are drawn from.
    pub train_objects: usize,
    /// Training pairs.
    pub train_pairs: usize,
    /// Objects that validation and test pairs are drawn from, as many for each; none is a training
    /// object.
    pub test_objects: usize,
    /// Validation pairs, and test pairs: as many of each.
    pub test_pairs: usize,
}

impl UnseenParams {
    /// 8 dimensions, 512 training objects and up to 2000 pairs of them; 512 other objects and 2000
    /// pairs for validation and for the test.
    #[must_use]
    pub fn standard() -> Self {
        Self { dim: 8, train_objects: 512, train_pairs: 2000, test_objects: 512, test_pairs: 2000 }
    }
}

/// An order by `u(x) = sum_k v_k tanh(w_k . x + b_k)` with 16 units drawn at random: `w_k` standard
/// normal over the root of the dimension times 2, `b_k` and `v_k` standard normal. Objects are
/// standard normal; those of training, validation and test are different objects.
#[derive(Clone, Debug)]
pub struct UnseenOrder {
    /// Features of all objects: those of training, then of validation, then of the test.
    pub objects: Points,
    /// The utility of each; an object precedes those of larger utility.
    pub utility: Vec<f64>,
    /// Pairs of training objects.
    pub train: Vec<OrderedPair>,
    /// Pairs of validation objects.
    pub validation: Vec<OrderedPair>,
    /// Pairs of test objects.
    pub test: Vec<OrderedPair>,
}

impl UnseenOrder {
    /// Draws the utility, the objects and the pairs; pairs are independent, of different objects.
    ///
    /// # Errors
    /// [`TaskError::Count`] if there are fewer than 2 objects of a kind, or no pairs.
    pub fn draw(params: &UnseenParams, seed: Seed) -> Result<Self, TaskError> {
        check_count("training objects", params.train_objects, 2, 1 << 14)?;
        check_count("test objects", params.test_objects, 2, 1 << 14)?;
        check_count("training pairs", params.train_pairs, 1, crate::MAX_OBJECTS)?;
        check_count("test pairs", params.test_pairs, 1, crate::MAX_OBJECTS)?;
        let n = params.train_objects + 2 * params.test_objects;
        let objects = gaussian_objects(n, params.dim, &mut seed.stream("tasks/unseen/objects"))?;
        let u = utility(params.dim, &mut seed.stream("tasks/unseen/utility"));
        let utility: Vec<f64> = objects.rows().map(u).collect();
        let mut stream = seed.stream("tasks/unseen/pairs");
        let mut pairs = |start: usize, objects: usize, count: usize| -> Vec<OrderedPair> {
            (0..count)
                .map(|_| {
                    let first = stream.below(objects);
                    let second = (first + 1 + stream.below(objects - 1)) % objects;
                    let (first, second) = (start + first, start + second);
                    OrderedPair { first, second, precedes: utility[first] < utility[second] }
                })
                .collect()
        };
        let (a, b) = (params.train_objects, params.test_objects);
        let train = pairs(0, a, params.train_pairs);
        let validation = pairs(a, b, params.test_pairs);
        let test = pairs(a + b, b, params.test_pairs);
        Ok(Self { objects, utility, train, validation, test })
    }
}

fn utility(dim: usize, stream: &mut Stream) -> impl Fn(&[f64]) -> f64 + use<> {
    let scale = 2.0 / (dim as f64).sqrt();
    let units: Vec<(Vec<f64>, f64, f64)> = (0..UNITS)
        .map(|_| {
            let w = (0..dim).map(|_| scale * stream.normal()).collect();
            (w, stream.normal(), stream.normal())
        })
        .collect();
    move |x: &[f64]| {
        let value = |(w, b, v): &(Vec<f64>, f64, f64)| {
            v * (w.iter().zip(x).map(|(w, x)| w * x).sum::<f64>() + b).tanh()
        };
        units.iter().map(value).sum()
    }
}
