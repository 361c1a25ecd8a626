//! Lipschitz constants: pairs far apart, pairs close together, and a climb to the steepest place.

use super::sites::{Chart, sites};
use super::{CANCELLED, RELATIVE, value};
use crate::enclosure::MAX_AXES;
use crate::relation::{Relation, RelationError, evaluate};
use crate::scale::norm2;
use crate::stream::{Seed, Stream};

/// Places from which slopes are tried.
const STARTS: usize = 200;

/// The steepest of them that are climbed from, and the steps of a climb.
const CLIMBS: usize = 6;
const STEPS: usize = 60;

/// Boxes of the enclosure that are opened, the steepest first.
const BOXES: usize = 300;

/// Steps for slopes, as shares of the ranges: one that sees jumps, one that sees derivatives.
const NEAR: [f64; 2] = [1e-3, 1e-6];

/// Refuses a Lipschitz constant that a pair of points violates; returns the number of pairs.
pub(super) fn check(r: &dyn Relation, constant: f64) -> Result<usize, RelationError> {
    let (sx, sy) = r.spaces();
    let (p, q) = (sites(sx, "declare/x").points, sites(sy, "declare/y").points);
    let values = evaluate(r, &p, &q)?;
    let slopes = Slopes {
        r,
        constant,
        slack: CANCELLED * values.norm_max(),
        charts: (Chart::new(sx), Chart::new(sy)),
    };
    let (n, m) = (p.len(), q.len());
    for i in 0..n {
        for j in 0..m {
            // Each pair against its neighbour in x, in y and in both.
            for (i2, j2) in [((i + 1) % n, j), (i, (j + 1) % m), ((i + 1) % n, (j + 1) % m)] {
                slopes.compare(
                    (p.row(i), q.row(j), values[(i, j)]),
                    (p.row(i2), q.row(j2), values[(i2, j2)]),
                )?;
            }
        }
    }
    let near = slopes.near()?;
    Ok(3 * n * m + near)
}

struct Slopes<'a> {
    r: &'a dyn Relation,
    constant: f64,
    /// What the largest values may lose to rounding.
    slack: f64,
    charts: (Chart<'a>, Chart<'a>),
}

type Place<'a> = (&'a [f64], &'a [f64], f64);

impl Slopes<'_> {
    /// The slope between two places, or an error if it is too steep.
    fn compare(&self, (x, y, a): Place<'_>, (x2, y2, b): Place<'_>) -> Result<f64, RelationError> {
        let steps = x.iter().zip(x2).chain(y.iter().zip(y2)).map(|(a, b)| a - b);
        let (step, rise) = (norm2(steps), (a - b).abs());
        let slack = RELATIVE * self.constant * step + self.slack;
        // Not by a negated comparison of products: what overflows is too steep as well.
        if rise <= self.constant * step + slack {
            return Ok(if step > 0.0 { (rise - self.slack).max(0.0) / step } else { 0.0 });
        }
        let reason = format!(
            "{}: the value changes by {rise} over a distance of {step} from x = {x:?}, y = {y:?}, more than {} times that",
            self.r.name(),
            self.constant
        );
        Err(RelationError::Combination { operation: "with_lipschitz", reason })
    }

    /// Slopes between near points, from draws and from where the enclosure allows them.
    fn near(&self) -> Result<usize, RelationError> {
        let ranges = self.ranges();
        if ranges.is_empty() {
            return Ok(0);
        }
        let mut stream = Seed(0).stream("declare/slopes");
        let draws = (0..STARTS).map(|_| ranges.iter().map(|(a, b)| a + (b - a) * stream.uniform()).collect());
        let mut starts = Vec::new();
        for at in draws.chain(self.steep_places()) {
            starts.push((self.slope(&at)?, at));
        }
        starts.sort_by(|a, b| b.0.total_cmp(&a.0));
        let count = starts.len();
        for (slope, at) in starts.into_iter().take(CLIMBS) {
            self.climb(slope, at, &mut stream)?;
        }
        Ok(2 * NEAR.len() * (count + CLIMBS * STEPS))
    }

    fn ranges(&self) -> Vec<(f64, f64)> {
        [&self.charts.0.ranges[..], &self.charts.1.ranges[..]].concat()
    }

    fn place(&self, t: &[f64]) -> Result<(Vec<f64>, Vec<f64>, f64), RelationError> {
        let p = self.charts.0.axes();
        let (x, y) = (self.charts.0.point(&t[..p]), self.charts.1.point(&t[p..]));
        let v = value(self.r, &x, &y)?;
        Ok((x, y, v))
    }

    /// The steepest slope found at a place: along the gradient of small steps.
    fn slope(&self, at: &[f64]) -> Result<f64, RelationError> {
        let ranges = self.ranges();
        let (x, y, v) = self.place(at)?;
        let here = (&x[..], &y[..], v);
        let mut steepest = 0.0f64;
        for near in NEAR {
            // Inwards, so that no step leaves the domain.
            let step = |i: usize| {
                let ((a, b), t) = (ranges[i], at[i]);
                near * (b - a) * if t > 0.5 * a + 0.5 * b { -1.0 } else { 1.0 }
            };
            let mut gradient = Vec::with_capacity(at.len());
            for i in 0..at.len() {
                let mut t = at.to_vec();
                t[i] += step(i);
                let (x2, y2, v2) = self.place(&t)?;
                steepest = steepest.max(self.compare(here, (&x2, &y2, v2))?);
                gradient.push((v2 - v) / step(i));
            }
            let norm = norm2(gradient.iter().copied());
            if norm > 0.0 {
                let share = near * ranges.iter().map(|(a, b)| b - a).fold(f64::INFINITY, f64::min);
                let inside =
                    |((t, g), (a, b)): ((&f64, &f64), &(f64, f64))| (t + share * g / norm).clamp(*a, *b);
                let t: Vec<f64> = at.iter().zip(&gradient).zip(&ranges).map(inside).collect();
                let (x2, y2, v2) = self.place(&t)?;
                steepest = steepest.max(self.compare(here, (&x2, &y2, v2))?);
            }
        }
        Ok(steepest)
    }

    /// Random steps that shrink, kept where it gets steeper.
    fn climb(&self, mut slope: f64, mut at: Vec<f64>, stream: &mut Stream) -> Result<(), RelationError> {
        let ranges = self.ranges();
        for k in 0..STEPS {
            let reach = 0.2 * 0.001f64.powf(k as f64 / STEPS as f64);
            let moved = at
                .iter()
                .zip(&ranges)
                .map(|(t, (a, b))| (t + reach * (b - a) * stream.normal()).clamp(*a, *b));
            let moved: Vec<f64> = moved.collect();
            let steeper = self.slope(&moved)?;
            if steeper > slope {
                (slope, at) = (steeper, moved);
            }
        }
        Ok(())
    }

    /// The middles of the boxes on which the enclosure allows the steepest slopes.
    fn steep_places(&self) -> Vec<Vec<f64>> {
        let ranges = self.ranges();
        if ranges.len() > MAX_AXES {
            return Vec::new();
        }
        let p = self.charts.0.axes();
        let steep = |axes: &[(f64, f64)]| -> Option<(f64, usize)> {
            let mut variables = 0;
            let (x, y) = (
                self.charts.0.place(&axes[..p], &mut variables),
                self.charts.1.place(&axes[p..], &mut variables),
            );
            let e = self.r.enclose(&x, &y)?;
            let each: Vec<f64> =
                axes.iter().enumerate().map(|(i, (a, b))| e.change(i).magnitude() / (b - a)).collect();
            let relative = |i: usize| (axes[i].1 - axes[i].0) / (ranges[i].1 - ranges[i].0);
            let cut = (0..axes.len()).max_by(|i, j| relative(*i).total_cmp(&relative(*j)))?;
            Some((norm2(each), cut))
        };
        let Some((slope, cut)) = steep(&ranges) else { return Vec::new() };
        let mut open = vec![(slope, cut, ranges.clone())];
        for _ in 0..BOXES {
            // The list stays short: a search is as quick as a heap.
            let Some(k) = (0..open.len()).max_by(|i, j| open[*i].0.total_cmp(&open[*j].0)) else { break };
            let (_, cut, axes) = open.swap_remove(k);
            let (a, b) = axes[cut];
            for half in [(a, 0.5 * a + 0.5 * b), (0.5 * a + 0.5 * b, b)] {
                let mut axes = axes.clone();
                axes[cut] = half;
                if let Some((slope, cut)) = steep(&axes) {
                    open.push((slope, cut, axes));
                }
            }
        }
        open.sort_by(|a, b| b.0.total_cmp(&a.0));
        let middle = |axes: Vec<(f64, f64)>| axes.iter().map(|(a, b)| 0.5 * a + 0.5 * b).collect();
        open.into_iter().take(CLIMBS).map(|(_, _, axes)| middle(axes)).collect()
    }
}
