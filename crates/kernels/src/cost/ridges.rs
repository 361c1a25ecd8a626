//! How many pieces the splines of ridge functions need for `sum_k a_k(x) b_k(y)` to stay within
//! `eps` of a relation, whatever the dimension of the spaces.

use super::bound::{BudgetTerm, term};
use super::count::ceil;
use super::domain::check;
use super::error::BoundError;
use super::params::BoundParams;
use relata_relations::{Enclosure, Relation, Ridge, RidgeFeatures, Ridges, norm2};

/// A sum of products of ridge functions with the number of equal pieces of each spline that
/// suffice.
///
/// With features `a`, `b` within `e`, `f` of splines, the product errs by at most
/// `tail + |<e, b>| + |<a, f>| + |e| |f|`. Both `|<e, b>| <= sum_k sup|b_k| e_k` and
/// `|<e, b>| <= |b| |e|` hold, in Euclidean norms; what splines cost is enclosed on every piece
/// (`h^2 sup |f''| / 8` for pieces of length `h` where functions are twice differentiable). Errors
/// are shared out among the ridges so that pieces are few: in proportion to the power `2/3` of
/// `length sqrt(sup |f''|)` where they add up, `2/5` where their squares do (derived here).
///
/// ```
/// use relata_kernels::cost::RidgeSplines;
/// let kl = relata_relations::catalogue::relation("kl-divergence")?;
/// let splines = RidgeSplines::of(&*kl, 1e-1)?;
/// // Three entries of p against log q, and the entropy of p.
/// assert_eq!(splines.ridges().rank(), 4);
/// assert!(splines.error(splines.equal()) <= 1e-1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct RidgeSplines {
    ridges: Ridges,
    sides: [Side; 2],
    /// Splines of each side may cost this by [`RidgeSplines::cost`], one number per ridge.
    tolerances: [Vec<f64>; 2],
    pieces: [Vec<usize>; 2],
    /// What equal pieces cost, enclosed on each of them.
    equal: [Vec<RidgeError>; 2],
}

/// What an error of a ridge of one side costs.
#[derive(Clone, Debug)]
struct Side {
    /// `sup |b_k|` of the other side.
    weights: Vec<f64>,
    /// `sup |b|` of the other side.
    norm: f64,
    /// No feature has more ridges than this.
    overlap: f64,
    /// Whether errors are shared out by their squares.
    squares: bool,
}

/// An error of one ridge: `sum_k sup|b_k| e_k`, and `|e|`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RidgeError {
    /// Weighted by the suprema of the other side's features.
    pub weighted: f64,
    /// The Euclidean norm.
    pub norm: f64,
}

impl RidgeError {
    /// The larger of both, each; what is not a number counts as infinite.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self { weighted: larger(self.weighted, other.weighted), norm: larger(self.norm, other.norm) }
    }
}

/// The parts of `eps` that the tail may cost, and that are left for rounding.
const TAIL_SHARE: f64 = 0.15;
const MARGIN: f64 = 0.01;

/// Covers the rounding of sums of some thousand numbers.
const ROUND_UP: f64 = 1.0 + 1e-12;

/// Pieces on which suprema are taken: enclosures of smooth profiles are then within a few percent,
/// which is what a count may be too large.
const CELLS: usize = 96;

/// Enclosures of pieces in all, at most: some seconds. One ridge with a kink may take a hundred
/// rounds of a few thousand pieces.
const MAX_ENCLOSURES: usize = 1 << 24;

impl RidgeSplines {
    /// Pieces that suffice, few where functions bend alike everywhere. Cost: at most `2^24`
    /// enclosures of each profile, and usually one for each piece.
    ///
    /// # Errors
    /// [`BoundError`]: `eps` out of range, unbounded spaces, jumps; [`BoundError::NoRidges`] if the
    /// relation declares no such sum, or
    /// profiles that are not bounded or bend more than pieces of that number can follow;
    /// [`BoundError::Relation`] if it does not fit the spaces.
    pub fn of(r: &dyn Relation, eps: f64) -> Result<Self, BoundError> {
        check(r, eps, &BoundParams::default())?;
        let none = |reason| BoundError::NoRidges { relation: r.name(), eps, reason };
        let ridges = r
            .ridges(TAIL_SHARE * eps)
            .filter(|s| s.tail() <= TAIL_SHARE * eps)
            .ok_or_else(|| none("none is declared"))?;
        let (sx, sy) = r.spaces();
        ridges.fits(sx, sy)?;
        let [x, y] = ridges.sides();
        let suprema = [suprema(x), suprema(y)];
        let norm = |side: &RidgeFeatures, sups: &[f64]| {
            let all = norm2(sups.iter().copied()) * ROUND_UP;
            side.norm().map_or(all, |n| n.min(all))
        };
        if !suprema.iter().flatten().all(|v| v.is_finite()) {
            return Err(none("a profile is not bounded on its range"));
        }
        let norms = [norm(x, &suprema[0]), norm(y, &suprema[1])];
        let side = |own: &RidgeFeatures, other: usize| Side {
            weights: suprema[other].clone(),
            norm: norms[other],
            overlap: overlap(own),
            squares: false,
        };
        let sides = [side(x, 1), side(y, 0)];
        let mut all = Self {
            tolerances: [vec![], vec![]],
            pieces: [vec![], vec![]],
            equal: [vec![], vec![]],
            ridges: ridges.clone(),
            sides,
        };
        let x = all.sharpness(0);
        let sharpness: [Vec<RidgeError>; 2] =
            [x.clone(), if ridges.is_shared() { x } else { all.sharpness(1) }];
        if !sharpness.iter().flatten().all(|s| s.weighted.is_finite() && s.norm.is_finite()) {
            return Err(none("second derivatives of a profile are not bounded"));
        }
        // Splines cost `rest`, and what both errors make of each other.
        let rest = eps * (1.0 - MARGIN) - all.ridges.tail();
        let mut share = 1.0;
        let mut budget = MAX_ENCLOSURES;
        for attempt in 0..80 {
            all.share_out(&sharpness, rest * share);
            if all.settle(&mut budget).is_none() {
                return Err(none("its splines take more than the budget of 2^24 enclosures of pieces"));
            }
            if all.error(&all.equal) <= eps * (1.0 - 0.5 * MARGIN) {
                return Ok(all);
            }
            share *= if attempt < 20 { 0.95 } else { 0.5 };
        }
        Err(none("errors of both sides do not get small together"))
    }

    /// The sum.
    #[must_use]
    pub fn ridges(&self) -> &Ridges {
        &self.ridges
    }

    /// Equal pieces that suffice, for each ridge of `x` (`side` 0) or of `y` (1).
    #[must_use]
    pub fn pieces(&self, side: usize) -> &[usize] {
        &self.pieces[side.min(1)]
    }

    /// Whether the spline of one ridge may have a piece from `low` to `high` that uses `share` of
    /// what is allowed to it.
    #[must_use]
    pub fn allows(&self, side: usize, ridge: usize, (low, high): (f64, f64), share: f64) -> bool {
        let cost = self.interpolation(side, ridge, low, high);
        let own = if self.sides[side].squares { cost.norm } else { cost.weighted };
        own <= self.tolerances[side][ridge] * share
    }

    /// What interpolation on one piece of one ridge costs.
    #[must_use]
    pub fn interpolation(&self, side: usize, ridge: usize, low: f64, high: f64) -> RidgeError {
        let r = &self.ridges.sides()[side].ridges()[ridge];
        let errors = bends(r, low, high);
        self.cost(side, r, &errors)
    }

    /// What errors of the profiles of a ridge cost, in their order.
    #[must_use]
    pub fn cost(&self, side: usize, ridge: &Ridge, errors: &[f64]) -> RidgeError {
        let weights = &self.sides[side].weights;
        let weighted: f64 = ridge.profiles().iter().zip(errors).map(|((k, _), e)| weights[*k] * e).sum();
        RidgeError { weighted: weighted * ROUND_UP, norm: norm2(errors.iter().copied()) * ROUND_UP }
    }

    /// What errors of the features themselves cost, one number per feature, besides those of ridges.
    #[must_use]
    pub fn cost_of_features(&self, side: usize, errors: &[f64]) -> RidgeError {
        let weighted: f64 = self.sides[side].weights.iter().zip(errors).map(|(w, e)| w * e).sum();
        RidgeError { weighted: weighted * ROUND_UP, norm: norm2(errors.iter().copied()) * ROUND_UP }
    }

    /// Bounds of `|a|` and `|b|`.
    #[must_use]
    pub fn norms(&self) -> [f64; 2] {
        [self.sides[1].norm, self.sides[0].norm]
    }

    /// What the spline of each ridge costs at most on its equal pieces.
    #[must_use]
    pub fn equal(&self) -> &[Vec<RidgeError>; 2] {
        &self.equal
    }

    /// The error of the product, given the largest errors of the ridges of each side; those of
    /// features are appended as ridges that overlap with nothing.
    #[must_use]
    pub fn error(&self, errors: &[Vec<RidgeError>; 2]) -> f64 {
        self.terms(errors).iter().sum::<f64>() * ROUND_UP
    }

    /// Where the error of equal pieces goes.
    #[must_use]
    pub fn budget(&self) -> [BudgetTerm; 4] {
        let [tail, x, y, both] = self.terms(&self.equal);
        [
            term("tail of the sum", tail),
            term("splines of x", x),
            term("splines of y", y),
            term("both splines", both),
        ]
    }

    /// Tail, error of `x`, error of `y`, and what these make of each other.
    fn terms(&self, errors: &[Vec<RidgeError>; 2]) -> [f64; 4] {
        let side = |i: usize| {
            let norm = self.norm_of(i, &errors[i]);
            let weighted: f64 = errors[i].iter().map(|e| e.weighted).sum();
            (weighted.min(self.sides[i].norm * norm), norm)
        };
        let ((x, e), (y, f)) = (side(0), side(1));
        [self.ridges.tail(), x, y, e * f]
    }

    /// The Euclidean norm of the error of the features of a side.
    #[must_use]
    pub fn norm_of(&self, side: usize, errors: &[RidgeError]) -> f64 {
        let ridges = self.ridges.sides()[side].ridges().len();
        let (own, loose) = errors.split_at(ridges.min(errors.len()));
        let apart: f64 = loose.iter().map(|e| e.norm).sum();
        self.sides[side].overlap.sqrt() * norm2(own.iter().map(|e| e.norm)) + apart
    }

    /// Hidden units of one encoder or both: one per piece.
    #[must_use]
    pub fn neurons(&self) -> u128 {
        let of = |side: usize| self.pieces[side].iter().map(|p| *p as u128).sum::<u128>();
        if self.ridges.is_shared() { of(0) } else { of(0).saturating_add(of(1)) }
    }

    /// `sup |f''| length^2 / 8` of the ridges of a side.
    fn sharpness(&self, side: usize) -> Vec<RidgeError> {
        let ridges = self.ridges.sides()[side].ridges();
        let of = |r: &Ridge| {
            let scale = (CELLS * CELLS) as f64;
            let cells = cells(r.range(), CELLS).map(|(low, high)| {
                let bends: Vec<f64> = bends(r, low, high).iter().map(|b| b * scale).collect();
                self.cost(side, r, &bends)
            });
            cells.fold(RidgeError::default(), RidgeError::max)
        };
        ridges.iter().map(of).collect()
    }

    /// Tolerances and pieces for splines that cost `rest` in all.
    fn share_out(&mut self, sharpness: &[Vec<RidgeError>; 2], rest: f64) {
        // Pieces for an error of 1 in all, by sums and by squares.
        let plans: [(bool, f64); 2] = [0, 1].map(|i: usize| {
            let power = |f: &dyn Fn(&RidgeError) -> f64, p: f64| {
                sharpness[i].iter().map(|s| f(s).powf(p)).sum::<f64>()
            };
            let sums = power(&|s| s.weighted, 1.0 / 3.0).powf(1.5);
            let s = &self.sides[i];
            let squares = power(&|s| s.norm, 0.4).powf(1.25) * (s.norm * s.overlap.sqrt()).sqrt();
            if squares < sums { (true, squares) } else { (false, sums) }
        });
        let shares = plans.map(|(_, c)| c.powf(2.0 / 3.0));
        let all = (shares[0] + shares[1]).max(f64::MIN_POSITIVE);
        for i in 0..2 {
            let part = if self.ridges.is_shared() { 0.5 } else { shares[i] / all } * rest;
            let s = &mut self.sides[i];
            s.squares = plans[i].0;
            self.tolerances[i] = if s.squares {
                let powers: Vec<f64> = sharpness[i].iter().map(|v| v.norm.powf(0.2)).collect();
                let norm = powers.iter().map(|p| p * p).sum::<f64>().sqrt().max(f64::MIN_POSITIVE);
                powers.iter().map(|p| p / norm * part / (s.norm * s.overlap.sqrt())).collect()
            } else {
                let powers: Vec<f64> = sharpness[i].iter().map(|v| v.weighted.cbrt()).collect();
                let sum = powers.iter().sum::<f64>().max(f64::MIN_POSITIVE);
                powers.iter().map(|p| p / sum * part).collect()
            };
            self.pieces[i] = sharpness[i]
                .iter()
                .zip(&self.tolerances[i])
                .map(|(v, t)| {
                    let own = if s.squares { v.norm } else { v.weighted };
                    let about = if own > 0.0 { ceil((own / t).sqrt()).max(1) } else { 1 };
                    usize::try_from(about).unwrap_or(usize::MAX)
                })
                .collect();
        }
    }

    /// Pieces as many as it takes for each spline to keep to its tolerance, which at kinks are more
    /// than second derivatives say; `None` if the budget of enclosures does not last.
    fn settle(&mut self, budget: &mut usize) -> Option<()> {
        for side in 0..2 {
            if side == 1 && self.ridges.is_shared() {
                self.pieces[1] = self.pieces[0].clone();
                self.equal[1] = self.equal[0].clone();
                break;
            }
            let mut costs = Vec::with_capacity(self.pieces[side].len());
            for j in 0..self.pieces[side].len() {
                let tolerance = self.tolerances[side][j];
                let range = self.ridges.sides()[side].ridges()[j].range();
                let cost = loop {
                    let n = self.pieces[side][j];
                    *budget = budget.checked_sub(n)?;
                    let pieces = cells(range, n).map(|(low, high)| self.interpolation(side, j, low, high));
                    let cost = pieces.fold(RidgeError::default(), RidgeError::max);
                    let own = if self.sides[side].squares { cost.norm } else { cost.weighted };
                    if own <= tolerance || own <= 0.0 {
                        break cost;
                    }
                    self.pieces[side][j] = n + 1 + n / 32;
                };
                costs.push(cost);
            }
            self.equal[side] = costs;
        }
        Some(())
    }
}

/// The larger; what is not a number counts as infinite.
fn larger(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() { f64::INFINITY } else { a.max(b) }
}

/// Equal pieces of a range, which end where it ends.
fn cells((low, high): (f64, f64), n: usize) -> impl Iterator<Item = (f64, f64)> {
    let at = move |i: usize| if i == n { high } else { low + (high - low) * i as f64 / n as f64 };
    (0..n).map(move |i| (at(i), at(i + 1)))
}

/// How far the profiles of a ridge are from their chords.
fn bends(r: &Ridge, low: f64, high: f64) -> Vec<f64> {
    let t = Enclosure::variable(0, low, high);
    let bend = |f: &dyn Fn(Enclosure) -> Enclosure| {
        let (below, above) = f(t).bend();
        larger(below, above)
    };
    r.profiles().iter().map(|(_, f)| bend(&**f)).collect()
}

/// Bounds of the magnitudes of features.
fn suprema(side: &RidgeFeatures) -> Vec<f64> {
    let mut all: Vec<f64> = side.constants().iter().map(|c| c.abs()).collect();
    for r in side.ridges() {
        for (k, f) in r.profiles() {
            let size = |(low, high)| f(Enclosure::variable(0, low, high)).value().magnitude();
            all[*k] += cells(r.range(), CELLS).map(size).fold(0.0, larger);
        }
    }
    all.iter().map(|v| v * ROUND_UP).collect()
}

/// The most ridges of one feature.
fn overlap(side: &RidgeFeatures) -> f64 {
    let mut counts = vec![0usize; side.constants().len()];
    for (k, _) in side.ridges().iter().flat_map(Ridge::profiles) {
        counts[*k] += 1;
    }
    counts.into_iter().max().unwrap_or(0).max(1) as f64
}
