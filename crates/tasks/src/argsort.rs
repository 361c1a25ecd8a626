//! Sequences of objects that are to be sorted.

use crate::error::{TaskError, check_count};
use crate::leak::Labelled;
use crate::objects::product_objects;
use relata_relations::{Points, Seed, Stream};

/// The objects and the sequences.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ArgsortParams {
    /// Values of the first and of the second attribute.
    pub values: [usize; 2],
    /// Numbers per value of the first and of the second attribute.
    pub dims: [usize; 2],
    /// Objects per sequence.
    pub length: usize,
    /// Sequences for training.
    pub train: usize,
    /// Sequences to choose by.
    pub validation: usize,
    /// Sequences for the test.
    pub test: usize,
}

impl ArgsortParams {
    /// 48 objects of 4 x 12 values, in 4 + 8 dimensions, sequences of 10, as in the experiments of
    /// arXiv:2304.00195, with 3000 sequences for training, 1000 for validation and 2000 for the
    /// test.
    #[must_use]
    pub fn of_48_objects() -> Self {
        Self { values: [4, 12], dims: [4, 8], length: 10, train: 3000, validation: 1000, test: 2000 }
    }

    /// The same with other numbers of sequences.
    #[must_use]
    pub fn with_sequences(self, train: usize, validation: usize, test: usize) -> Self {
        Self { train, validation, test, ..self }
    }
}

/// Sequences of different objects, to be sorted by a hidden order: first by the first attribute, and
/// among equals by the second.
#[derive(Clone, Debug)]
pub struct Argsort {
    /// Features of the objects, object `i` the `i`-th in the hidden order.
    pub objects: Points,
    /// The sequences for training, as objects: any number of the first is a smaller training set.
    pub train: Vec<Vec<usize>>,
    /// The sequences to choose by.
    pub validation: Vec<Vec<usize>>,
    /// The sequences for the test.
    pub test: Vec<Vec<usize>>,
    /// Values of the second attribute: object `i` has value `i / second` of the first and `i % second`
    /// of the second.
    second: usize,
}

/// Sequences of which those for the test have objects that those for training have not.
#[derive(Clone, Debug)]
pub struct HeldOutObjects {
    /// The sequences for training.
    pub train: Vec<Vec<usize>>,
    /// The sequences for the test.
    pub test: Vec<Vec<usize>>,
}

impl Argsort {
    /// Draws features and sequences; the sequences are independent.
    ///
    /// ```
    /// use relata_relations::Seed;
    /// use relata_tasks::{Argsort, ArgsortParams};
    /// let task = Argsort::draw(&ArgsortParams::of_48_objects(), Seed(3))?;
    /// assert_eq!((task.objects.len(), task.objects.dim(), task.test[0].len()), (48, 12, 10));
    /// assert_eq!(Argsort::answer(&[30, 7, 12]), [1, 2, 0]);
    /// # Ok::<(), relata_tasks::TaskError>(())
    /// ```
    ///
    /// # Errors
    /// [`TaskError::Count`] for objects, a length or sequences that do not fit: at least one
    /// sequence of each split, of at least 2 objects and at most all.
    pub fn draw(params: &ArgsortParams, seed: Seed) -> Result<Self, TaskError> {
        let objects = product_objects(params.values, params.dims, &mut seed.stream("tasks/argsort/objects"))?;
        check_count("objects of a sequence", params.length, 2, objects.len())?;
        let mut stream = seed.stream("tasks/argsort/sequences");
        let mut split = |what, count| -> Result<Vec<Vec<usize>>, TaskError> {
            check_count(what, count, 1, crate::MAX_OBJECTS)?;
            Ok(sequences(objects.len(), params.length, count, &mut stream))
        };
        let train = split("training sequences", params.train)?;
        let validation = split("validation sequences", params.validation)?;
        let test = split("test sequences", params.test)?;
        Ok(Self { objects, train, validation, test, second: params.values[1] })
    }

    /// `count` more sequences of another length over the same objects, from a stream of their own.
    ///
    /// # Errors
    /// [`TaskError::Count`] for a length below 2 or above the number of objects, or no sequences.
    pub fn of_length(&self, length: usize, count: usize, seed: Seed) -> Result<Vec<Vec<usize>>, TaskError> {
        check_count("objects of a sequence", length, 2, self.objects.len())?;
        check_count("sequences", count, 1, crate::MAX_OBJECTS)?;
        let mut stream = seed.stream(&format!("tasks/argsort/length-{length}"));
        Ok(sequences(self.objects.len(), length, count, &mut stream))
    }

    /// `train` sequences of some of the objects and `test` sequences of `held_out` others, drawn anew, all
    /// of the length of the task. The values of both attributes of an object that is held out occur in
    /// others, so that how they are ordered can be learned, though not of this object.
    ///
    /// # Errors
    /// [`TaskError::Count`] unless at least a sequence's length of objects is held out, and of the others
    /// enough are left that every value occurs, or for no sequences.
    pub fn holding_out(
        &self,
        held_out: usize,
        [train, test]: [usize; 2],
        seed: Seed,
    ) -> Result<HeldOutObjects, TaskError> {
        let (objects, length) = (self.objects.len(), self.test[0].len());
        check_count("objects held out", held_out, length, objects - self.second)?;
        check_count("objects of a sequence", length, 2, objects - held_out)?;
        check_count("training sequences", train, 1, crate::MAX_OBJECTS)?;
        check_count("test sequences", test, 1, crate::MAX_OBJECTS)?;
        let mut stream = seed.stream("tasks/argsort/held-out");
        // As long as a value would be held out altogether, another choice is drawn.
        let mut order = stream.permutation(objects);
        let mut tries = 0;
        while !self.every_value_occurs(&order[held_out..]) {
            tries += 1;
            if tries == 1000 {
                return Err(TaskError::Count {
                    what: "objects held out",
                    value: held_out,
                    least: length,
                    most: objects / 4,
                });
            }
            order = stream.permutation(objects);
        }
        let mut from = |objects: &[usize], count: usize| -> Vec<Vec<usize>> {
            let drawn = sequences(objects.len(), length, count, &mut stream);
            drawn.into_iter().map(|s| s.into_iter().map(|i| objects[i]).collect()).collect()
        };
        let (unseen, seen) = order.split_at(held_out);
        Ok(HeldOutObjects { train: from(seen, train), test: from(unseen, test) })
    }

    fn every_value_occurs(&self, objects: &[usize]) -> bool {
        let first = self.objects.len() / self.second;
        (0..first).all(|a| objects.iter().any(|o| o / self.second == a))
            && (0..self.second).all(|b| objects.iter().any(|o| o % self.second == b))
    }

    /// The rank of every object in another order: by the first attribute as before, and among equals by
    /// the second, whose values are in a random order. What is learned of this order is half true of the
    /// order of the task.
    #[must_use]
    pub fn reshuffled_ranks(&self, seed: Seed) -> Vec<usize> {
        let second = seed.stream("tasks/argsort/reshuffled").permutation(self.second);
        (0..self.objects.len()).map(|o| o / self.second * self.second + second[o % self.second]).collect()
    }

    /// The places of a sequence in sorted order: what a model is to say.
    #[must_use]
    pub fn answer(sequence: &[usize]) -> Vec<usize> {
        let mut places: Vec<usize> = (0..sequence.len()).collect();
        places.sort_by_key(|p| sequence[*p]);
        places
    }

    /// The first question of each sequence as an example: at which place the least object stands.
    #[must_use]
    pub fn labelled(sequences: &[Vec<usize>]) -> Vec<Labelled> {
        let least = |s: &Vec<usize>| Self::answer(s)[0];
        sequences.iter().map(|s| Labelled { objects: s.clone(), answer: least(s) }).collect()
    }
}

fn sequences(objects: usize, length: usize, count: usize, stream: &mut Stream) -> Vec<Vec<usize>> {
    (0..count).map(|_| stream.permutation(objects)[..length].to_vec()).collect()
}
