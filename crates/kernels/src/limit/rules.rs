//! What rules of coprime sizes and a random sample say together.
//!
//! No size divides another, so that a wave that one rule takes for a constant is a wave on the
//! others. Half of the budget is tried first; where the two finest rules agree with each other and
//! with the sample, that is the answer. Otherwise the whole budget is spent on five rules. Where
//! limits converge steadily over these they are extrapolated; where they do not, explicit
//! approximations are measured at fresh points too, and the bracket is as wide as what all of it
//! disagrees about.

use super::extrapolate::{Refined, is_steady, refined};
use super::holdout::{HeldOut, held_out};
use super::nodes::Discrete;
use super::types::LimitError;
use super::witness::Witness;
use crate::encoders::Encoders;
use relata_relations::{Regularity, Relation, Seed, Tail};

/// Nodes per axis of five rules, from the coarsest to the finest.
type Sizes = [usize; 5];

/// Errors at two sizes count as equal if they differ by less than this share of the norm. It
/// decides when to stop; the bracket is three times the difference that is left.
const AGREEMENT: f64 = 1e-7;

/// Ranks whose limits are compared with explicit approximations.
const HELD_OUT: usize = 128;

/// A relation on two or five rules.
pub(super) struct Rules {
    /// From the coarsest to the finest.
    rules: Vec<Discrete>,
    /// Their nodes per axis.
    sizes: Vec<f64>,
    /// Whether limits of low ranks converge steadily over all rules.
    steady: bool,
    /// Squares that random samples find missing, or too many.
    pub(super) doubt: f64,
    /// What rounding may change a root of a sum of squares by, in values of the relation and in
    /// decompositions.
    pub(super) rounding: f64,
    /// Ranks up to which the rules say something: half the nodes of the second finest, sides with
    /// finitely many points apart.
    pub(super) reach: usize,
    /// Points of a side that is a finite set, where there is one.
    finite: Option<usize>,
}

impl Rules {
    /// With about `budget` nodes in all on the finest rule, or with the numbers in `first` where
    /// these suffice for ranks up to `most`. Cost: `n^3` for the `n` nodes of the rules that are
    /// used, most of it for the finest, and 24 576 values of the relation.
    pub(super) fn gather(
        r: &dyn Relation,
        e: Encoders,
        most: usize,
        (first, budget): (&[usize], usize),
        seed: Seed,
    ) -> Result<Self, LimitError> {
        let (mut witness, mut unit): (Option<Witness>, Option<f64>) = (None, None);
        // Rough relations do not converge on half of the nodes to what decides.
        let rough = matches!(r.regularity(), Regularity::Kink | Regularity::Jump { .. });
        for total in first.iter().filter(|n| **n < budget && !rough) {
            let mut found = Self::on_two(r, e, both(r, *total, |n| n), unit)?;
            let sample = match witness.take() {
                Some(w) => w,
                None => Witness::draw(r, seed, found.fine().unit)?,
            };
            unit = Some(found.fine().unit);
            found.rounding += sample.noise();
            if found.agrees(e, most) && sample.contradicts(found.fine(), found.norm_gap()).is_none() {
                return Ok(found);
            }
            witness = Some(sample);
        }
        // An even number of equidistant nodes takes waves of half its frequency for half a wave.
        let sizes = both(r, budget, |n| n | 1);
        let mut found = Self::on_two(r, e, sizes, unit)?;
        let unit = found.fine().unit;
        let sample = match witness {
            Some(w) => w,
            None => Witness::draw(r, seed, unit)?,
        };
        found.rounding += sample.noise();
        found.doubt = sample.contradicts(found.fine(), found.norm_gap()).unwrap_or(0.0);
        if !found.agrees(e, most) {
            let mut rules = Vec::with_capacity(5);
            for k in 0..3 {
                rules.push(Discrete::on_rules(r, e, sizes.map(|s| s[k]), Some(unit))?);
            }
            rules.append(&mut found.rules);
            found.rules = rules;
            found.sizes = open_side(r, sizes).map(|n| n as f64).to_vec();
            // With two axes the coarse rules are too coarse for an order.
            let (x, y) = r.spaces();
            found.steady = x.axes() <= 1 && y.axes() <= 1 && found.converges_steadily(e);
            if !found.steady {
                let held_out = held_out(r, e, sizes.map(|s| s[3]), (unit, seed), most.min(HELD_OUT))?;
                // Jumps that stand alike to the nodes of every rule err alike on all of them.
                found.doubt = found.doubt.max(found.too_low(e, &held_out)).max(found.fine().jumps);
            }
        }
        Ok(found)
    }

    /// On the two finest of five rules.
    fn on_two(
        r: &dyn Relation,
        e: Encoders,
        sizes: [Sizes; 2],
        unit: Option<f64>,
    ) -> Result<Self, LimitError> {
        let fine = Discrete::on_rules(r, e, sizes.map(|s| s[4]), unit)?;
        let middle = Discrete::on_rules(r, e, sizes.map(|s| s[3]), Some(fine.unit))?;
        let (x, y) = r.spaces();
        let open = [x.axes() > 0, y.axes() > 0];
        let reach = (0..2).filter(|k| open[*k]).map(|k| middle.nodes[k] / 2).min().unwrap_or(usize::MAX);
        let finite = (0..2).filter(|k| !open[*k]).map(|k| fine.nodes[k]).min();
        let sizes = open_side(r, sizes)[3..].iter().map(|n| *n as f64).collect();
        let rounding = fine.rounding() * fine.norm2.sqrt();
        Ok(Self { rules: vec![middle, fine], sizes, steady: false, doubt: 0.0, rounding, reach, finite })
    }

    /// The finest rule.
    pub(super) fn fine(&self) -> &Discrete {
        &self.rules[self.rules.len() - 1]
    }

    /// The rule before the finest.
    fn middle(&self) -> &Discrete {
        &self.rules[self.rules.len() - 2]
    }

    /// Whether the two finest rules were enough.
    pub(super) fn agreed(&self) -> bool {
        self.rules.len() == 2
    }

    /// Whether the two finest rules say the same of all ranks up to `most`.
    fn agrees(&self, e: Encoders, most: usize) -> bool {
        let last = most.min(self.reach);
        let (fine, middle) = (self.fine().uncaptured(e, last), self.middle().uncaptured(e, last));
        let slack = AGREEMENT * self.fine().norm2.sqrt();
        let same = fine.iter().zip(&middle).all(|(f, m)| (f.sqrt() - m.sqrt()).abs() <= slack);
        // Beyond their reach nothing may be left.
        same && (most <= self.reach || fine[last].sqrt() <= slack)
    }

    fn norm_gap(&self) -> f64 {
        3.0 * (self.fine().norm2 - self.middle().norm2).abs()
    }

    /// Whether the squared limits of the lowest ranks, those that still change, converge steadily.
    fn converges_steadily(&self, e: Encoders) -> bool {
        /// More ranks need finer rules before they converge steadily.
        const RANKS: usize = 4;
        /// Changes below this share of the norm are noise.
        const NOISE: f64 = 1e-10;
        let limits: Vec<Vec<f64>> = self.rules.iter().map(|d| d.uncaptured(e, RANKS)).collect();
        (0..=RANKS).all(|rank| {
            let values: Vec<f64> = limits.iter().map(|l| l[rank]).collect();
            let change = (values[values.len() - 1] - values[values.len() - 2]).abs();
            change <= NOISE * self.fine().norm2 || is_steady(&self.sizes[1..], &values[1..])
        })
    }

    /// By how much an upper end is below the error of an explicit approximation, beyond chance: the
    /// rules do not resolve the relation, and miss so much.
    fn too_low(&self, e: Encoders, held_out: &[HeldOut]) -> f64 {
        /// Standard errors that are taken for chance.
        const CHANCE: f64 = 4.0;
        let last = held_out.len().saturating_sub(1).min(self.reach);
        let all = self.each(|d| d.uncaptured(e, last));
        let excess = |(rank, h): (usize, &HeldOut)| {
            let values: Vec<f64> = all.iter().map(|v| v[rank]).collect();
            let high = self.refined(rank, &values).high;
            let sure = h.square - CHANCE * h.spread > high;
            if sure { h.square + CHANCE * h.spread - high } else { 0.0 }
        };
        held_out[..=last].iter().enumerate().map(excess).fold(0.0, f64::max)
    }

    /// For each rule, from the coarsest, what it says.
    pub(super) fn each<T>(&self, of: impl Fn(&Discrete) -> T) -> Vec<T> {
        self.rules.iter().map(of).collect()
    }

    /// A number that belongs to a rank, from what each rule says; rules with fewer than twice as
    /// many nodes are left out.
    pub(super) fn refined(&self, rank: usize, values: &[f64]) -> Refined {
        let sees = |d: &Discrete| rank <= d.nodes[0].min(d.nodes[1]) / 2;
        let last = self.rules.len() - 2;
        let from = self.rules[..last].iter().position(sees).unwrap_or(last);
        refined(&self.sizes[from..], &values[from..], self.steady)
    }

    /// Brackets of the norm and of the limits at the ranks `0..=most`.
    pub(super) fn limits(&self, e: Encoders, most: usize) -> (Tail, Vec<Tail>) {
        let norm = self.root(self.refined(0, &self.each(|d| d.norm2)));
        let all = self.each(|d| d.uncaptured(e, most));
        let at = |rank: usize| -> Vec<f64> { all.iter().map(|v| v[rank]).collect() };
        let below = (1..=most.min(self.reach)).map(|d| self.root(self.refined(d, &at(d))));
        let mut values: Vec<Tail> = std::iter::once(norm).chain(below).collect();
        // Limits fall with the rank, to what the class cannot have at any; the rules say no more of
        // higher ones.
        let high = values.last().map_or(norm.high, |t| t.high);
        let low = self.root(self.refined(0, &self.each(|d| d.floor(e)))).low.min(high);
        // A relation on a set of points has no more singular functions than there are points.
        let points = self.finite.unwrap_or(usize::MAX);
        for v in values.iter_mut().skip(points.max(1)).filter(|_| e == Encoders::Separate) {
            *v = Tail { low: 0.0, value: 0.0, high: v.high.min(self.rounding * self.fine().unit) };
        }
        for rank in values.len()..=most {
            let square = at(rank).pop().unwrap_or(0.0);
            let value = significant(square.sqrt(), self.rounding) * self.fine().unit;
            values.push(Tail { low, value: value.clamp(low, high), high });
        }
        (norm, values)
    }

    /// The root of a sum of squares, with what the samples doubt and rounding; no longer in units.
    fn root(&self, square: Refined) -> Tail {
        let unit = self.fine().unit;
        let root = |v: f64| v.max(0.0).sqrt();
        Tail {
            low: (root(square.low - self.doubt) - self.rounding).max(0.0) * unit,
            value: significant(root(square.value), self.rounding) * unit,
            high: (root(square.high + self.doubt) + self.rounding) * unit,
        }
    }
}

/// 0 for what is rounding.
fn significant(value: f64, rounding: f64) -> f64 {
    if value <= rounding { 0.0 } else { value }
}

/// The sizes of a side that is not a finite set.
fn open_side(r: &dyn Relation, [x, y]: [Sizes; 2]) -> Sizes {
    if r.spaces().0.axes() > 0 { x } else { y }
}

/// Sizes for both spaces.
fn both(r: &dyn Relation, total: usize, finest: impl Fn(usize) -> usize) -> [Sizes; 2] {
    let (x, y) = r.spaces();
    [x.axes(), y.axes()].map(|axes| sizes(axes, total, &finest))
}

/// Nodes per axis of five rules with about `total`, `total / 2`, .. nodes in all, coprime, all but
/// the finest odd.
fn sizes(axes: usize, total: usize, finest: impl Fn(usize) -> usize) -> Sizes {
    /// Fewer nodes leave no room for coarser rules.
    const LEAST: usize = 5;
    if axes == 0 {
        return [1; 5];
    }
    let per_axis = |n: f64| n.powf(1.0 / axes as f64).round() as usize;
    let mut out = [finest(per_axis(total as f64).max(LEAST)); 5];
    for k in (0..4).rev() {
        let target = per_axis(total as f64 / f64::from(1u32 << (4 - k)));
        out[k] = coprime(target, &out[k + 1..]);
    }
    out
}

/// An odd number near `target`, below and coprime to all of `others`.
fn coprime(target: usize, others: &[usize]) -> usize {
    let odd = target | 1;
    let near = (0..odd).flat_map(|k| [odd + 2 * k, odd.saturating_sub(2 * k)]);
    let mut fits = near.filter(|n| n % 2 == 1 && others.iter().all(|o| n < o && gcd(*n, *o) == 1));
    fits.next().unwrap_or(1)
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_coprime_and_fall_by_halves() {
        for axes in [1, 2] {
            for total in [10, 25, 120, 400, 800, 801, 3000] {
                let s = sizes(axes, total, |n| n | 1);
                for k in 0..5 {
                    assert!(s[..k].iter().all(|n| gcd(*n, s[k]) == 1), "{s:?}");
                }
                assert!(s[3] < s[4] && s[0] >= 1, "{s:?}");
            }
        }
        assert_eq!(sizes(1, 800, |n| n | 1), [53, 101, 203, 401, 801]);
        assert_eq!(sizes(0, 800, |n| n), [1; 5]);
    }
}
