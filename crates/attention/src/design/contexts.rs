//! Queries and keys of a family, drawn from its measures.

use super::error::DesignError;
use super::families::{Family, spaces};
use super::target::MAX_DRAWN;
use relata_networks::RelationNet;
use relata_relations::{Points, Seed, Stream, evaluate};
use std::num::NonZeroUsize;

/// Draws contexts of a family: a query, and keys drawn independently until they are distinct.
#[derive(Debug)]
pub struct Contexts<'a> {
    family: &'a Family,
    keys: usize,
    stream: Stream,
}

/// One context.
#[derive(Clone, Debug)]
pub struct Context {
    /// The query, one point.
    pub query: Points,
    /// The keys.
    pub keys: Points,
    /// Their utilities.
    pub utilities: Vec<f64>,
}

impl<'a> Contexts<'a> {
    /// Contexts of `keys` keys.
    ///
    /// # Errors
    /// [`DesignError::Target`] if there is no key, or more than [`MAX_DRAWN`].
    pub fn new(family: &'a Family, keys: usize, seed: Seed) -> Result<Self, DesignError> {
        countable("number of keys", keys)?;
        Ok(Self { family, keys, stream: seed.stream(&format!("contexts/{}/{keys}", family.name())) })
    }

    /// The next context.
    ///
    /// # Errors
    /// [`DesignError::Target`] if there are fewer distinct keys than are asked for;
    /// [`DesignError::Relation`].
    pub fn draw(&mut self) -> Result<Context, DesignError> {
        let (queries, keys) = spaces(self.family);
        let query = queries.sample(NonZeroUsize::MIN, &mut self.stream);
        let count = NonZeroUsize::MIN.saturating_add(self.keys - 1);
        let mut drawn = keys.sample(count, &mut self.stream);
        // Finite sets repeat; a copy of the best key would tie with it.
        if keys.axes() == 0 {
            drawn = self.distinct(drawn)?;
        }
        let u = evaluate(self.family.utility().as_ref(), &query, &drawn)?;
        let utilities = (0..drawn.len()).map(|j| u[(0, j)]).collect();
        Ok(Context { query, keys: drawn, utilities })
    }

    fn distinct(&mut self, first: Points) -> Result<Points, DesignError> {
        let space = spaces(self.family).1;
        let mut rows: Vec<Vec<f64>> = Vec::with_capacity(self.keys);
        let mut next = first;
        for _ in 0..1000 {
            for row in next.rows() {
                if rows.len() < self.keys && !rows.iter().any(|r| r == row) {
                    rows.push(row.to_vec());
                }
            }
            if rows.len() == self.keys {
                return Ok(Points::from_rows(&rows)?);
            }
            next = space.sample(NonZeroUsize::MIN.saturating_add(self.keys - 1), &mut self.stream);
        }
        let value = self.keys as f64;
        Err(DesignError::Target { field: "number of keys", value, expected: "at most the number of items" })
    }
}

/// Independent queries and keys.
pub(super) fn drawn(
    family: &Family,
    counts: [usize; 2],
    seed: Seed,
) -> Result<(Points, Points), DesignError> {
    let (queries, keys) = spaces(family);
    let mut stream = seed.stream(family.name());
    let [m, n] = counts.map(|c| NonZeroUsize::new(c).unwrap_or(NonZeroUsize::MIN));
    Ok((queries.sample(m, &mut stream), keys.sample(n, &mut stream)))
}

/// A number of things to draw.
pub(super) fn countable(field: &'static str, count: usize) -> Result<(), DesignError> {
    if (1..=MAX_DRAWN).contains(&count) {
        return Ok(());
    }
    let value = count as f64;
    Err(DesignError::Target {
        field,
        value,
        expected: "at least 1 and at most 4 194 304 where contexts are drawn",
    })
}

/// The scores of the keys for one query.
pub(crate) fn scores(net: &RelationNet, query: &Points, keys: &Points) -> Vec<f64> {
    let values = net.evaluate(query, keys);
    (0..keys.len()).map(|j| values[(0, j)]).collect()
}
