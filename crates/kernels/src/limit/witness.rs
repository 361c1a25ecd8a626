//! A random sample of `|r|^2`, which sees what the nodes of no rule may see.
//!
//! A wave whose frequency is a multiple of the number of nodes is a constant on them, and a bump
//! between them is not there. At random points both show, in the mean square of the relation.

use super::nodes::{Discrete, rescale};
use super::types::LimitError;
use relata_relations::{Relation, Seed, Space, evaluate};
use std::num::NonZeroUsize;

/// Independent blocks of values.
const BLOCKS: usize = 512;
/// Points a side of a block: a few values for each point, which costs little, and many points.
const SIDE: usize = 4;
/// Standard errors that are taken for chance: a false alarm costs a finer rule or a wider bracket,
/// and at six of them Gaussian chance is one in 10^9.
const CHANCE: f64 = 6.0;

/// The mean square over a sample, in units of `unit^2`, times the mass of the measure.
pub(super) struct Witness {
    norm2: f64,
    /// Its standard error, as the sample shows it.
    spread: f64,
    mass: f64,
}

impl Witness {
    /// Cost: `BLOCKS SIDE^2` = 8192 values of the relation, in 512 blocks.
    pub(super) fn draw(r: &dyn Relation, seed: Seed, unit: f64) -> Result<Self, LimitError> {
        const POINTS: NonZeroUsize = NonZeroUsize::new(BLOCKS * SIDE).unwrap();
        let (x, y) = r.spaces();
        let draw = |space: &dyn Space, name| space.sample(POINTS, &mut seed.stream(name));
        let (xs, ys) = (draw(x, "limit/witness/x"), draw(y, "limit/witness/y"));
        let mut means = Vec::with_capacity(BLOCKS);
        for (px, py) in xs.blocks(SIDE).zip(ys.blocks(SIDE)) {
            let mut a = evaluate(r, &px, &py)?;
            rescale(a.as_mut(), unit);
            means.push(a.squared_norm_l2() / (px.len() * py.len()) as f64);
        }
        let count = means.len() as f64;
        let mean = means.iter().sum::<f64>() / count;
        let variance = means.iter().map(|m| (m - mean) * (m - mean)).sum::<f64>() / (count - 1.0);
        let mass = x.mass() * y.mass();
        Ok(Self { norm2: mean * mass, spread: (variance / count).sqrt() * mass, mass })
    }

    /// How much `|r|^2` on the rule and in the sample differ beyond chance; `None` where they
    /// agree. If the rule sees all of the relation, chance is the variance that the rule sees (a
    /// block counts as one value); `doubt` is what the rule's own `|r|^2` may be off by.
    pub(super) fn contradicts(&self, rule: &Discrete, doubt: f64) -> Option<f64> {
        /// Sums of squares on a rule and in the sample are rounded differently.
        const ROUNDING: f64 = 1e-12;
        let gap = (self.norm2 - rule.norm2).abs();
        let chance = (rule.variance / BLOCKS as f64).sqrt() * self.mass;
        let agrees = gap <= CHANCE * chance + doubt + ROUNDING * rule.norm2.max(self.norm2);
        (!agrees).then_some(gap + CHANCE * chance.max(self.spread))
    }
}
