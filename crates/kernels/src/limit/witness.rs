//! A random sample of `|r|^2`, which sees what the nodes of no rule may see.
//!
//! A wave whose frequency is a multiple of the number of nodes is a constant on them, and a bump
//! between them is not there. At random points both show, in the mean square of the relation.

use super::nodes::{Discrete, rescale};
use super::types::LimitError;
use faer::Mat;
use relata_relations::{Points, Relation, Seed, Space, evaluate};
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
    /// The root mean square of what a change of the points by one unit in the last place changes,
    /// in the same terms.
    noise: f64,
}

impl Witness {
    /// Cost: `3 BLOCKS SIDE^2` = 24 576 values of the relation, in 1536 blocks.
    pub(super) fn draw(r: &dyn Relation, seed: Seed, unit: f64) -> Result<Self, LimitError> {
        const POINTS: NonZeroUsize = NonZeroUsize::new(BLOCKS * SIDE).unwrap();
        let (x, y) = r.spaces();
        let draw = |space: &dyn Space, name| space.sample(POINTS, &mut seed.stream(name));
        let (xs, ys) = (draw(x, "limit/witness/x"), draw(y, "limit/witness/y"));
        let mut means = Vec::with_capacity(BLOCKS);
        let mut noise = 0.0;
        let block = |px: &Points, py: &Points| -> Result<Mat<f64>, LimitError> {
            let mut a = evaluate(r, px, py)?;
            rescale(a.as_mut(), unit);
            Ok(a)
        };
        for (px, py) in xs.blocks(SIDE).zip(ys.blocks(SIDE)) {
            let a = block(&px, &py)?;
            let count = (px.len() * py.len()) as f64;
            means.push(a.squared_norm_l2() / count);
            // A relation may refuse points that are not exactly in its space.
            let near = [
                neighbours(x, &px).and_then(|near| block(&near, &py).ok()),
                neighbours(y, &py).and_then(|near| block(&px, &near).ok()),
            ];
            noise += near.iter().flatten().map(|b| (&a - b).squared_norm_l2() / count).sum::<f64>();
        }
        let count = means.len() as f64;
        let mean = means.iter().sum::<f64>() / count;
        let variance = means.iter().map(|m| (m - mean) * (m - mean)).sum::<f64>() / (count - 1.0);
        let mass = x.mass() * y.mass();
        let noise = (noise / count * mass).sqrt();
        Ok(Self { norm2: mean * mass, spread: (variance / count).sqrt() * mass, mass, noise })
    }

    /// What rounding inside of the relation may change a root of a sum of squares by: its arguments
    /// are rounded at least as coarsely as the points, in a few operations.
    pub(super) fn noise(&self) -> f64 {
        /// Operations that round an argument.
        const OPERATIONS: f64 = 4.0;
        OPERATIONS * self.noise
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

/// The points with every coordinate one unit in the last place on, towards 0 so that intervals
/// about it keep their points; `None` for finite sets, which have no such points.
fn neighbours(space: &dyn Space, points: &Points) -> Option<Points> {
    let next = |v: &f64| if *v > 0.0 { v.next_down() } else { v.next_up() };
    let moved: Vec<f64> = points.as_slice().iter().map(next).collect();
    (space.axes() > 0).then(|| Points::new(points.dim(), moved).ok()).flatten()
}
