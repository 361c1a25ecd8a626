//! Linear measurements of relations, some of them corrupted.

use crate::error::{TaskError, check_count};
use crate::objects::gaussian_objects;
use relata_relations::{Points, Seed};

/// How many measurements, and how many of them are corrupted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CorruptedParams {
    /// Symbols: relations per object.
    pub symbols: usize,
    /// Coordinates of a symbol: measurements per object.
    pub dim: usize,
    /// Objects.
    pub objects: usize,
    /// The share of the measurements of each object that is corrupted; as many as this share,
    /// rounded to the nearest number.
    pub share: f64,
    /// The standard deviation of what replaces a measurement, that of a measurement being about the
    /// root of the number of symbols.
    pub size: f64,
}

/// Relations `r_i` of objects to `m` symbols, seen through `a_i = S r_i`, with `S` a matrix of
/// `d x m` standard normal numbers that is known, and some entries of `a_i` replaced.
#[derive(Clone, Debug)]
pub struct CorruptedSymbols {
    /// `S`: row `j` is the `j`-th coordinate of every symbol.
    pub symbols: Points,
    /// The relations, one row of `m` per object; standard normal.
    pub relations: Points,
    /// The measurements, one row of `d` per object.
    pub measured: Points,
    /// Which measurements of each object are corrupted, in increasing order.
    pub corrupted: Vec<Vec<usize>>,
}

impl CorruptedSymbols {
    /// Draws symbols, relations and corruptions.
    ///
    /// ```
    /// use relata_relations::Seed;
    /// use relata_tasks::{CorruptedParams, CorruptedSymbols};
    /// let params = CorruptedParams { symbols: 4, dim: 40, objects: 3, share: 0.1, size: 10.0 };
    /// let task = CorruptedSymbols::draw(&params, Seed(1))?;
    /// assert!(task.corrupted.iter().all(|c| c.len() == 4));
    /// # Ok::<(), relata_tasks::TaskError>(())
    /// ```
    ///
    /// # Errors
    /// [`TaskError::Count`] if a number is 0 or there are more symbols than measurements,
    /// [`TaskError::Value`] for a share outside `[0, 1]` or a size that is not positive and finite.
    pub fn draw(params: &CorruptedParams, seed: Seed) -> Result<Self, TaskError> {
        let &CorruptedParams { symbols, dim, objects, share, size } = params;
        check_count("measurements", dim, 1, 1 << 14)?;
        check_count("symbols", symbols, 1, dim)?;
        if !(0.0..=1.0).contains(&share) {
            return Err(TaskError::Value {
                what: "the corrupted share",
                value: share,
                expected: "from 0 to 1",
            });
        }
        if !(size > 0.0 && size.is_finite()) {
            let (what, expected) = ("the size of a corruption", "positive and finite");
            return Err(TaskError::Value { what, value: size, expected });
        }
        let s = gaussian_objects(dim, symbols, &mut seed.stream("tasks/corrupted/symbols"))?;
        let relations = gaussian_objects(objects, symbols, &mut seed.stream("tasks/corrupted/relations"))?;
        let mut stream = seed.stream("tasks/corrupted/errors");
        let count = (share * dim as f64).round() as usize;
        let (mut measured, mut corrupted) = (Vec::with_capacity(objects * dim), Vec::new());
        for r in relations.rows() {
            let dot = |row: &[f64]| row.iter().zip(r).map(|(s, r)| s * r).sum::<f64>();
            let mut a: Vec<f64> = s.rows().map(dot).collect();
            let mut places = stream.permutation(dim)[..count].to_vec();
            places.sort_unstable();
            places.iter().for_each(|p| a[*p] = size * stream.normal());
            measured.extend(a);
            corrupted.push(places);
        }
        Ok(Self { symbols: s, relations, measured: Points::new(dim, measured)?, corrupted })
    }
}
