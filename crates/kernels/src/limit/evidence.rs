//! What rules of coprime sizes and a random sample say together.
//!
//! No size divides another, so that a wave that one rule takes for a constant is a wave on the
//! others. Half of the budget is tried first; where the two finest rules agree with each other and
//! with the sample, that is the answer. Otherwise the whole budget is spent on five rules, and the
//! bracket is as wide as what they disagree about.

use super::nodes::Discrete;
use super::refine::{Refined, Sequence, of_two, order};
use super::types::LimitError;
use super::witness::Witness;
use crate::encoders::Encoders;
use relata_relations::{Regularity, Relation, Seed, Tail};

/// Nodes per axis of five rules, from the coarsest to the finest.
type Sizes = [usize; 5];

/// Errors at two sizes count as equal if they differ by less than this share of the norm. It
/// decides when to stop; the bracket is three times the difference that is left.
const AGREEMENT: f64 = 1e-7;

/// A relation on two or five rules.
pub(super) struct Evidence {
    /// The finest rule, the next, and where they do not agree a third.
    pub(super) fine: Discrete,
    pub(super) middle: Discrete,
    pub(super) coarse: Option<Discrete>,
    /// Nodes per axis of these three, from the coarsest.
    sizes: [f64; 3],
    /// The order at which limits of low ranks converge, where it is steady over all five rules.
    pub(super) order: Option<f64>,
    /// Squares that the random sample finds missing, or too many.
    pub(super) doubt: f64,
    /// Ranks up to which the rules say something: half the nodes of the second finest, sides with
    /// finitely many points apart.
    pub(super) reach: usize,
}

impl Evidence {
    /// With about `budget` nodes in all on the finest rule, or with the numbers in `first` where
    /// these suffice for ranks up to `most`. Cost: `n^3` for the `n` nodes of the rules that are
    /// used, most of it for the finest, and 8192 values of the relation.
    pub(super) fn gather(
        r: &dyn Relation,
        e: Encoders,
        most: usize,
        (first, budget): (&[usize], usize),
        seed: Seed,
    ) -> Result<Self, LimitError> {
        let mut witness: Option<Witness> = None;
        // Rough relations do not converge on half of the nodes to what decides.
        let rough = matches!(r.regularity(), Regularity::Kink | Regularity::Jump { .. });
        for total in first.iter().filter(|n| **n < budget && !rough) {
            let sizes = both(r, *total, |n| n);
            let fine = Discrete::on_rules(r, e, sizes.map(|s| s[4]), None)?;
            let unit = fine.unit;
            let middle = Discrete::on_rules(r, e, sizes.map(|s| s[3]), Some(unit))?;
            let found = Self::new(r, fine, middle, sizes);
            let sample = match witness.take() {
                Some(w) => w,
                None => Witness::draw(r, seed, unit)?,
            };
            if found.agrees(e, most) && sample.contradicts(&found.fine, found.norm_gap()).is_none() {
                return Ok(found);
            }
            witness = Some(sample);
        }
        // An even number of equidistant nodes takes waves of half its frequency for half a wave.
        let sizes = both(r, budget, |n| n | 1);
        let fine = Discrete::on_rules(r, e, sizes.map(|s| s[4]), None)?;
        let unit = fine.unit;
        let on = |k: usize| Discrete::on_rules(r, e, sizes.map(|s| s[k]), Some(unit));
        let middle = on(3)?;
        let mut found = Self::new(r, fine, middle, sizes);
        let sample = match witness {
            Some(w) => w,
            None => Witness::draw(r, seed, unit)?,
        };
        found.doubt = sample.contradicts(&found.fine, found.norm_gap()).unwrap_or(0.0);
        if !found.agrees(e, most) {
            let coarser = [on(0)?, on(1)?, on(2)?];
            found.order = steady_order(e, &coarser, &found, sizes);
            let [_, _, coarse] = coarser;
            found.coarse = Some(coarse);
        }
        Ok(found)
    }

    fn new(r: &dyn Relation, fine: Discrete, middle: Discrete, sizes: [Sizes; 2]) -> Self {
        let (x, y) = r.spaces();
        let open = [x.axes() > 0, y.axes() > 0];
        let reach = (0..2).filter(|k| open[*k]).map(|k| middle.nodes[k] / 2).min().unwrap_or(usize::MAX);
        let sizes = if open[0] { sizes[0] } else { sizes[1] };
        let sizes = [2, 3, 4].map(|k| sizes[k] as f64);
        Self { fine, middle, coarse: None, sizes, order: None, doubt: 0.0, reach }
    }

    /// Whether the two finest rules say the same of all ranks up to `most`.
    fn agrees(&self, e: Encoders, most: usize) -> bool {
        let last = most.min(self.reach);
        let (fine, middle) = (self.fine.uncaptured(e, last), self.middle.uncaptured(e, last));
        let slack = AGREEMENT * self.fine.norm2.sqrt();
        let same = fine.iter().zip(&middle).all(|(f, m)| (f.sqrt() - m.sqrt()).abs() <= slack);
        // Beyond their reach nothing may be left.
        same && (most <= self.reach || fine[last].sqrt() <= slack)
    }

    fn norm_gap(&self) -> f64 {
        3.0 * (self.fine.norm2 - self.middle.norm2).abs()
    }

    /// A number that belongs to a rank, from what the finest rule, the next and the third say.
    pub(super) fn refined(&self, rank: usize, fine: f64, middle: f64, coarse: Option<f64>) -> Refined {
        let third = self.coarse.as_ref().filter(|c| rank <= c.nodes[0].min(c.nodes[1]) / 2);
        match third.and(coarse) {
            None => of_two(middle, fine),
            Some(c) => Sequence { sizes: self.sizes, values: [c, middle, fine] }.refined(self.order),
        }
    }

    /// Brackets of the norm and of the limits at the ranks `0..=most`.
    pub(super) fn limits(&self, e: Encoders, most: usize) -> (Tail, Vec<Tail>) {
        let coarse = self.coarse.as_ref();
        let square = self.refined(0, self.fine.norm2, self.middle.norm2, coarse.map(|c| c.norm2));
        let rounding = self.fine.rounding() * self.root(square, 0.0).high;
        let norm = self.root(square, rounding);
        let on = |d: &Discrete| d.uncaptured(e, most);
        let (fine, middle, coarse) = (on(&self.fine), on(&self.middle), coarse.map(on));
        let mut values: Vec<Tail> = (0..=most.min(self.reach))
            .map(|d| self.refined(d, fine[d], middle[d], coarse.as_ref().map(|c| c[d])))
            .map(|square| self.root(square, rounding))
            .collect();
        // Limits fall with the rank; the rules say no more of higher ones.
        let high = values.last().map_or(norm.high, |t| t.high);
        for square in &fine[values.len()..] {
            let value = self.root(of_two(*square, *square), rounding).value;
            values.push(Tail { low: 0.0, value: value.min(high), high });
        }
        (norm, values)
    }

    /// The root of a sum of squares, with what the sample doubts and rounding; no longer in units.
    fn root(&self, square: Refined, rounding: f64) -> Tail {
        let unit = self.fine.unit;
        let rounding = rounding / unit;
        let root = |v: f64| v.max(0.0).sqrt();
        Tail {
            low: (root(square.low - self.doubt) - rounding).max(0.0) * unit,
            value: significant(root(square.value), rounding) * unit,
            high: (root(square.high + self.doubt) + rounding) * unit,
        }
    }
}

/// 0 for what is rounding.
fn significant(value: f64, rounding: f64) -> f64 {
    if value <= rounding { 0.0 } else { value }
}

/// The order at which squared limits of the lowest ranks converge, if all of those that still
/// change have one, the same.
fn steady_order(e: Encoders, coarser: &[Discrete; 3], found: &Evidence, sizes: [Sizes; 2]) -> Option<f64> {
    /// More ranks need finer rules before they converge steadily.
    const RANKS: usize = 4;
    /// Changes below this share of the norm are noise.
    const NOISE: f64 = 1e-10;
    let sizes = if sizes[0][4] > sizes[0][0] { sizes[0] } else { sizes[1] };
    let all = coarser.iter().chain([&found.middle, &found.fine]);
    let limits: Vec<Vec<f64>> = all.map(|d| d.uncaptured(e, RANKS)).collect();
    let mut steady = None;
    for rank in 0..=RANKS {
        let values: [f64; 5] = std::array::from_fn(|k| limits[k][rank]);
        if (values[4] - values[3]).abs() <= NOISE * found.fine.norm2 {
            continue;
        }
        let p = order(&Sequence { sizes: sizes.map(|n| n as f64), values })?;
        if *steady.get_or_insert(p) != p {
            return None;
        }
    }
    steady
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
        assert_eq!(sizes(1, 800, |n| n | 1), [51, 101, 199, 401, 801]);
        assert_eq!(sizes(0, 800, |n| n), [1; 5]);
    }
}
