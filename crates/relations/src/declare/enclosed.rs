//! Enclosures, held against values, changes and second differences on boxes of all sizes.

use super::sites::{Chart, round_numbers, sites};
use super::{CANCELLED, value};
use crate::enclosure::{Bracket, Enclosure, MAX_AXES};
use crate::points::Points;
use crate::relation::{Relation, RelationError, evaluate};
use crate::stream::{Seed, Stream};

/// Boxes that are tried.
const BOXES: usize = 400;

/// The smallest share of a range that a box has: second differences on it are about `1e-7` of the
/// second derivative, far above what rounding leaves of them.
const SMALLEST: f64 = 3e-4;

/// Places along an axis; at the ends the second difference is 0.
const ALONG: [f64; 3] = [0.25, 0.5, 0.75];

/// Refuses if the relation is not finite at a round number, or leaves its enclosure somewhere;
/// returns the number of places tried.
pub(super) fn check(r: &dyn Relation) -> Result<usize, RelationError> {
    let (sx, sy) = r.spaces();
    let (p, q) = (sites(sx, "declare/x").points, sites(sy, "declare/y").points);
    let values = evaluate(r, &p, &q)?;
    for (x, y) in [(Chart::new(sx), None), (Chart::new(sy), Some(()))] {
        // Round numbers of one side against the sites of the other.
        if let Some(fine) = round_points(&x) {
            match y {
                None => evaluate(r, &fine, &q)?,
                Some(()) => evaluate(r, &p, &fine)?,
            };
        }
    }
    let trial = Trial { r, slack: CANCELLED * values.norm_max() };
    let constants = |v: &[f64]| v.iter().map(|c| Enclosure::constant(*c)).collect::<Vec<_>>();
    for (i, x) in p.rows().enumerate() {
        for (j, y) in q.rows().enumerate() {
            if let Some(e) = r.enclose(&constants(x), &constants(y)) {
                trial.contains(e.value(), values[(i, j)], "value", (x, y), 1.0)?;
            }
        }
    }
    let charts = (Chart::new(sx), Chart::new(sy));
    let mut stream = Seed(0).stream("declare/boxes");
    for k in 0..BOXES {
        trial.on_box(&charts, k, &mut stream)?;
    }
    Ok(values.nrows() * values.ncols() + BOXES)
}

/// The round numbers of a space of one parameter.
fn round_points(chart: &Chart<'_>) -> Option<Points> {
    let [range] = chart.ranges[..] else { return None };
    let data: Vec<f64> = round_numbers(range).into_iter().flat_map(|t| chart.point(&[t])).collect();
    Some(Points::from_finite(chart.point(&[range.0]).len(), data))
}

struct Trial<'a> {
    r: &'a dyn Relation,
    /// What the largest values may lose to rounding.
    slack: f64,
}

impl Trial<'_> {
    fn on_box(
        &self,
        (cx, cy): &(Chart<'_>, Chart<'_>),
        number: usize,
        stream: &mut Stream,
    ) -> Result<(), RelationError> {
        let p = cx.axes();
        let ranges = [&cx.ranges[..], &cy.ranges[..]].concat();
        let mut axes: Vec<(f64, f64)> = ranges.iter().map(|r| interval(*r, stream)).collect();
        if number.is_multiple_of(4) && p == cy.axes() {
            // Across the diagonal, where kinks are.
            axes.copy_within(..p, p);
        }
        // As many variables as an enclosure has.
        while axes.iter().filter(|(a, b)| a < b).count() > MAX_AXES {
            let k = ((stream.uniform() * axes.len() as f64) as usize).min(axes.len() - 1);
            axes[k].1 = axes[k].0;
        }
        let mut variables = 0;
        let (x, y) = (cx.place(&axes[..p], &mut variables), cy.place(&axes[p..], &mut variables));
        let Some(e) = self.r.enclose(&x, &y) else { return Ok(()) };
        let at = |s: &[f64]| -> (Vec<f64>, Vec<f64>) {
            let t: Vec<f64> = axes.iter().zip(s).map(|((a, b), s)| (a + s * (b - a)).min(*b)).collect();
            (cx.point(&t[..p]), cy.point(&t[p..]))
        };
        let wide = (0..axes.len()).filter(|i| axes[*i].0 < axes[*i].1);
        for (variable, axis) in wide.enumerate() {
            let mut s: Vec<f64> = (0..axes.len()).map(|_| stream.uniform()).collect();
            let mut along = |t: f64| {
                s[axis] = t;
                let (x, y) = at(&s);
                value(self.r, &x, &y).map(|v| (v, x, y))
            };
            let ((low, ..), (high, x, y)) = (along(0.0)?, along(1.0)?);
            self.contains(e.value(), low, "value", (&x, &y), 1.0)?;
            self.contains(e.value(), high, "value", (&x, &y), 1.0)?;
            self.contains(e.change(variable), high - low, "change", (&x, &y), 2.0)?;
            for t in ALONG {
                let (v, x, y) = along(t)?;
                self.contains(e.value(), v, "value", (&x, &y), 1.0)?;
                // f(s) = (1 - s) f(0) + s f(1) - k s (1 - s) / 2
                let share = 0.5 * t * (1.0 - t);
                let bend = ((1.0 - t) * low + t * high - v) / share;
                self.contains(e.curvature(variable), bend, "curvature", (&x, &y), 2.0 / share)?;
            }
        }
        Ok(())
    }

    /// Whether a bracket has a number, up to so many times the rounding of values.
    fn contains(
        &self,
        bracket: Bracket,
        found: f64,
        what: &str,
        (x, y): (&[f64], &[f64]),
        rounded: f64,
    ) -> Result<(), RelationError> {
        let slack = rounded * self.slack;
        if found >= bracket.low() - slack && found <= bracket.high() + slack {
            return Ok(());
        }
        let reason = format!(
            "{}: the {what} {found} near x = {x:?}, y = {y:?} is outside of its enclosure [{}, {}]",
            self.r.name(),
            bracket.low(),
            bracket.high()
        );
        Err(RelationError::Combination { operation: "with_enclosure", reason })
    }
}

/// A part of a range, of a width that is uniform in its logarithm.
fn interval((a, b): (f64, f64), stream: &mut Stream) -> (f64, f64) {
    let width = (b - a) * SMALLEST.powf(stream.uniform());
    let low = a + (b - a - width) * stream.uniform();
    (low, (low + width).min(b))
}
