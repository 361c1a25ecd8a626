//! Checks of the axioms on samples, with counterexamples, and an estimate of a Lipschitz constant.

use relata_relations::{Points, Stream};
use std::collections::BTreeMap;

/// How often an axiom failed where it was checked, with the first failure.
#[derive(Clone, Debug, PartialEq)]
pub struct Tally<W> {
    /// Number of checks.
    pub checked: usize,
    /// Number of failures.
    pub failed: usize,
    /// The first failure.
    pub witness: Option<W>,
}

impl<W> Tally<W> {
    /// The share of the checks that failed; 0 if there were none.
    #[must_use]
    pub fn rate(&self) -> f64 {
        if self.checked == 0 { 0.0 } else { self.failed as f64 / self.checked as f64 }
    }

    fn record(&mut self, ok: bool, witness: impl FnOnce() -> W) {
        self.checked += 1;
        if !ok {
            self.failed += 1;
            self.witness.get_or_insert_with(witness);
        }
    }

    fn new() -> Self {
        Self { checked: 0, failed: 0, witness: None }
    }
}

/// A strict preference that turns round within a small distance.
#[derive(Clone, Debug, PartialEq)]
pub struct Reversal {
    /// `worse < better`.
    pub worse: Vec<f64>,
    /// The better point.
    pub better: Vec<f64>,
    /// A point near `worse` ...
    pub near_worse: Vec<f64>,
    /// ... that is strictly better than this point near `better`.
    pub near_better: Vec<f64>,
}

/// What was found on a sample.
#[derive(Clone, Debug, PartialEq)]
pub struct AxiomReport {
    /// `x <= x`, at every point.
    pub reflexivity: Tally<usize>,
    /// `x <= y` or `y <= x`, on random pairs.
    pub completeness: Tally<[usize; 2]>,
    /// `x <= y <= z` implies `x <= z`, on random triples for which the premise holds.
    pub transitivity: Tally<[usize; 3]>,
    /// Random triples in which strict preference goes round. A comparator that answers by
    /// independent fair coins has rate 1/4.
    pub cycles: Tally<[usize; 3]>,
    /// For each radius: strict preferences that turn round when both points move by up to the
    /// radius in each coordinate. For a continuous preorder the rate goes to 0 with the radius;
    /// half of the pairs differ in one coordinate only, which is where lexicographic preferences
    /// fail at every radius.
    pub continuity: Vec<(f64, Tally<Reversal>)>,
}

/// Checks reflexivity, completeness, transitivity and continuity of `at_most(x, y)` ("`y` is at
/// least as good as `x`") on points, with `trials` random pairs, triples and perturbations each.
/// Moved points are kept in the sample's bounding box.
///
/// ```
/// use relata_debreu::continuous::check_axioms;
/// use relata_relations::{Points, Seed};
/// let mut s = Seed(1).stream("axioms");
/// let x = Points::new(2, (0..200).map(|_| s.uniform()).collect())?;
/// let sum = check_axioms(&x, &[0.1, 1e-3], 2_000, &mut s, |a, b| a[0] + a[1] <= b[0] + b[1]);
/// assert_eq!(sum.transitivity.failed, 0);
/// assert!(sum.continuity[1].1.rate() < 0.01);
/// let lexicographic = check_axioms(&x, &[1e-3], 2_000, &mut s, |a, b| a[0] < b[0] || (a[0] == b[0] && a[1] <= b[1]));
/// assert!(lexicographic.continuity[0].1.rate() > 0.1);
/// # Ok::<(), relata_relations::PointsError>(())
/// ```
pub fn check_axioms(
    points: &Points,
    radii: &[f64],
    trials: usize,
    stream: &mut Stream,
    at_most: impl Fn(&[f64], &[f64]) -> bool,
) -> AxiomReport {
    let n = points.len();
    let le = |i: usize, j: usize| at_most(points.row(i), points.row(j));
    let lt = |i: usize, j: usize| le(i, j) && !le(j, i);
    let mut reflexivity = Tally::new();
    (0..n).for_each(|i| reflexivity.record(le(i, i), || i));
    let mut completeness = Tally::new();
    let (mut transitivity, mut cycles) = (Tally::new(), Tally::new());
    if n >= 2 {
        for _ in 0..trials {
            let [i, j] = distinct(n, stream);
            completeness.record(le(i, j) || le(j, i), || [i, j]);
        }
    }
    if n >= 3 {
        for _ in 0..trials {
            let [i, j, k] = distinct(n, stream);
            if le(i, j) && le(j, k) {
                transitivity.record(le(i, k), || [i, j, k]);
            }
            let round = |a, b, c| lt(a, b) && lt(b, c) && lt(c, a);
            cycles.record(!round(i, j, k) && !round(k, j, i), || [i, j, k]);
        }
    }
    let moves = radii.iter().map(|&r| (r, reversals(points, r, trials, stream, &at_most)));
    AxiomReport { reflexivity, completeness, transitivity, cycles, continuity: moves.collect() }
}

/// The steepest slope `|u(x) - u(y)| / |x - y|` over all pairs of points, with the pair: a lower
/// bound of the Lipschitz constant of any function with these values, and infinite where two equal
/// points have different values. `None` for fewer than two points or another number of values.
/// `O(n^2 p)`.
#[must_use]
pub fn lipschitz_lower_bound(points: &Points, values: &[f64]) -> Option<(f64, [usize; 2])> {
    if points.len() != values.len() || points.len() < 2 {
        return None;
    }
    let mut steepest = (0.0, [0, 1]);
    for i in 0..points.len() {
        for j in 0..i {
            let d2: f64 = points.row(i).iter().zip(points.row(j)).map(|(a, b)| (a - b) * (a - b)).sum();
            let rise = (values[i] - values[j]).abs();
            let slope = if rise > 0.0 { rise / d2.sqrt() } else { 0.0 };
            if slope > steepest.0 {
                steepest = (slope, [j, i]);
            }
        }
    }
    Some(steepest)
}

fn reversals(
    points: &Points,
    radius: f64,
    trials: usize,
    stream: &mut Stream,
    at_most: &impl Fn(&[f64], &[f64]) -> bool,
) -> Tally<Reversal> {
    let (n, dim) = (points.len(), points.dim());
    let less = |a: &[f64], b: &[f64]| at_most(a, b) && !at_most(b, a);
    let mut range = vec![(f64::INFINITY, f64::NEG_INFINITY); dim];
    for row in points.rows() {
        range.iter_mut().zip(row).for_each(|(r, &v)| *r = (r.0.min(v), r.1.max(v)));
    }
    let mut tally = Tally::new();
    if n < 2 {
        return tally;
    }
    for trial in 0..trials {
        let [i, j] = distinct(n, stream);
        let x = points.row(i).to_vec();
        let y = if trial % 2 == 0 {
            points.row(j).to_vec()
        } else {
            let k = stream.below(dim);
            let mut y = x.clone();
            y[k] = points.row(j)[k];
            y
        };
        let (worse, better) = if less(&x, &y) {
            (x, y)
        } else if less(&y, &x) {
            (y, x)
        } else {
            continue;
        };
        let mut nudge = |p: &[f64]| -> Vec<f64> {
            let moved =
                p.iter().zip(&range).map(|(v, r)| (v + stream.uniform_in(-radius, radius)).clamp(r.0, r.1));
            moved.collect()
        };
        let (near_worse, near_better) = (nudge(&worse), nudge(&better));
        let kept = !less(&near_better, &near_worse);
        tally.record(kept, || Reversal { worse, better, near_worse, near_better });
    }
    tally
}

/// `K` different numbers below `n >= K`, uniformly: the first `K` steps of a Fisher-Yates shuffle,
/// kept sparse.
fn distinct<const K: usize>(n: usize, stream: &mut Stream) -> [usize; K] {
    let mut moved: BTreeMap<usize, usize> = BTreeMap::new();
    let mut drawn = [0; K];
    for (k, slot) in drawn.iter_mut().enumerate() {
        let pick = k + stream.below(n - k);
        let value = moved.get(&pick).copied().unwrap_or(pick);
        let front = moved.get(&k).copied().unwrap_or(k);
        moved.insert(pick, front);
        *slot = value;
    }
    drawn
}
