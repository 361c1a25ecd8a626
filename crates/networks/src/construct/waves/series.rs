//! Functions of a difference as short trigonometric sums, with proved errors.

use crate::construct::ConstructError;
use faer::Mat;
use faer::linalg::solvers::SolveLstsqCore;
use relata_relations::{Bracket, Enclosure, Points, Relation, evaluate, settle_vector_unit};
use std::f64::consts::PI;

/// `f(x, y) ~ c_0 + sum_m 2 Re(c_m exp(i m h (x - y)))`.
#[derive(Clone, Debug)]
pub(super) struct Series {
    /// The lowest frequency `h`.
    pub(super) step: f64,
    /// Real and imaginary parts of `c_0, c_1, ..`; `c_{-m}` is the conjugate.
    pub(super) terms: Vec<[f64; 2]>,
    /// A bound of the error.
    pub(super) error: f64,
    /// A bound of `|f|`.
    pub(super) size: f64,
}

/// Terms at most.
const MAX_TERMS: usize = 24;

/// Periods that are tried, in lengths of the interval of differences; the first is for functions
/// that are periodic themselves.
const PERIODS: [f64; 4] = [0.5, 1.1, 1.25, 1.6];

impl Series {
    /// Sums that are proved to be within `error` of a relation on two intervals, one a period, each
    /// as short as possible; none if the relation is not (nearly) a function of the difference, or
    /// too rough.
    ///
    /// The coefficients are a least-squares fit: a deterministic choice of the waves that the
    /// theorem draws.
    pub(super) fn all(
        r: &dyn Relation,
        ends: [(f64, f64); 2],
        error: f64,
    ) -> Result<Vec<Self>, ConstructError> {
        let [(a, b), (c, d)] = ends;
        let (low, high) = (a - d, b - c);
        let mut found = vec![];
        for period in PERIODS {
            let step = 2.0 * PI / (period * (high - low));
            for terms in 1..=MAX_TERMS {
                let Some(mut s) = Self::fitted(r, ends, step, terms, error)? else { continue };
                // What fits but takes too many cells to prove would take more with more terms.
                if s.prove(r, ends, error) {
                    found.push(s);
                }
                break;
            }
        }
        Ok(found)
    }

    fn fitted(
        r: &dyn Relation,
        [(a, b), (c, d)]: [(f64, f64); 2],
        step: f64,
        terms: usize,
        error: f64,
    ) -> Result<Option<Self>, ConstructError> {
        let n = 8 * terms + 24;
        // Pairs along the two edges of the square of arguments where the difference runs through
        // all of its values.
        let pair = |i: usize| {
            let s = 2.0 * i as f64 / (n - 1) as f64;
            if s <= 1.0 { (a, d + s * (c - d)) } else { (a + (s - 1.0) * (b - a), c) }
        };
        let mut values = Mat::zeros(n, 1);
        for i in 0..n {
            let (x, y) = pair(i);
            values[(i, 0)] = evaluate(r, &Points::line(vec![x])?, &Points::line(vec![y])?)?[(0, 0)];
        }
        let columns = 2 * terms - 1;
        let wave = |t: f64, k: usize| match k {
            0 => 1.0,
            k if k % 2 == 1 => (step * k.div_ceil(2) as f64 * t).cos(),
            k => (step * k.div_ceil(2) as f64 * t).sin(),
        };
        // A little weight on the size of the coefficients, since these waves are nearly dependent.
        let matrix = Mat::from_fn(n + columns, columns, |i, k| {
            if i < n {
                let (x, y) = pair(i);
                wave(x - y, k)
            } else if i - n == k {
                RIDGE
            } else {
                0.0
            }
        });
        let mut solution = Mat::from_fn(n + columns, 1, |i, _| if i < n { values[(i, 0)] } else { 0.0 });
        matrix.qr().solve_lstsq_in_place_with_conj(faer::Conj::No, solution.as_mut());
        settle_vector_unit();
        let at = |i: usize| (0..columns).map(|k| matrix[(i, k)] * solution[(k, 0)]).sum::<f64>();
        let worst = (0..n).map(|i| (at(i) - values[(i, 0)]).abs()).fold(0.0, f64::max);
        // Half is left to the proof; another term gains more than that.
        if worst.is_nan() || worst > 0.5 * error {
            return Ok(None);
        }
        let term = |m: usize| match m {
            0 => [solution[(0, 0)], 0.0],
            m => [0.5 * solution[(2 * m - 1, 0)], -0.5 * solution[(2 * m, 0)]],
        };
        Ok(Some(Self { step, terms: (0..terms).map(term).collect(), error: f64::INFINITY, size: 0.0 }))
    }

    /// Finds bounds of error and size by cutting the square of arguments; false where the error is
    /// above `goal`, or that takes too many cells.
    fn prove(&mut self, r: &dyn Relation, ends: [(f64, f64); 2], goal: f64) -> bool {
        const START: usize = 16;
        const MAX: usize = 40_000;
        let range = |(low, high): (f64, f64), i: usize| {
            let end = |i: usize| if i == START { high } else { low + (high - low) * i as f64 / START as f64 };
            (end(i), end(i + 1))
        };
        let mut cells: Vec<[(f64, f64); 2]> =
            (0..START * START).map(|k| [range(ends[0], k / START), range(ends[1], k % START)]).collect();
        let (mut worst, mut size, mut count) = (0.0f64, 0.0f64, 0usize);
        while let Some(cell) = cells.pop() {
            count += 1;
            let [x, y] = [0, 1].map(|a: usize| Enclosure::variable(a, cell[a].0, cell[a].1));
            let Some(f) = r.enclose(&[x], &[y]) else { return false };
            let error = f - self.enclose(x - y);
            let (below, above) = error.bend();
            let (mut upper, mut certain) = (0.0f64, 0.0f64);
            for (u, v) in [
                (cell[0].0, cell[1].0),
                (cell[0].0, cell[1].1),
                (cell[0].1, cell[1].0),
                (cell[0].1, cell[1].1),
            ] {
                let (x, y) = (Enclosure::constant(u), Enclosure::constant(v));
                let Some(f) = r.enclose(&[x], &[y]) else { return false };
                let e = (f - self.enclose(x - y)).value();
                upper = upper.max(e.high() + above).max(below - e.low());
                certain = certain.max(e.abs().low());
            }
            if certain > goal || count > MAX {
                return false;
            }
            if upper <= goal {
                worst = worst.max(upper);
                size = size.max(f.value().magnitude());
                continue;
            }
            let wider = usize::from(cell[1].1 - cell[1].0 > cell[0].1 - cell[0].0);
            let (low, high) = cell[wider];
            let middle = low + 0.5 * (high - low);
            if !(low < middle && middle < high) {
                return false;
            }
            for part in [(low, middle), (middle, high)] {
                let mut half = cell;
                half[wider] = part;
                cells.push(half);
            }
        }
        (self.error, self.size) = (worst, size);
        true
    }

    /// The sum as a function of the difference.
    fn enclose(&self, t: Enclosure) -> Enclosure {
        let mut sum = Enclosure::constant(self.terms[0][0]);
        for (m, [re, im]) in self.terms.iter().enumerate().skip(1) {
            let angle = t * self.frequency(m as i64);
            sum = sum + angle.cos() * Bracket::point(2.0 * re) - angle.sin() * Bracket::point(2.0 * im);
        }
        sum
    }

    pub(super) fn frequency(&self, m: i64) -> f64 {
        m as f64 * self.step
    }

    /// `c_m` for `m` of either sign.
    pub(super) fn term(&self, m: i64) -> [f64; 2] {
        let [re, im] = self.terms[m.unsigned_abs() as usize];
        if m < 0 { [re, -im] } else { [re, im] }
    }
}

/// The weight of a coefficient's size beside the errors of the fit.
const RIDGE: f64 = 1e-7;
