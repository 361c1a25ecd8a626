//! Symmetry and antisymmetry: `d(x, y) = r(x, y) -+ r(y, x)` is 0 everywhere.

use super::sites::{Chart, sites};
use super::{CANCELLED, RELATIVE, value};
use crate::enclosure::{Enclosure, MAX_AXES};
use crate::evidence::Evidence;
use crate::identity::same_space;
use crate::points::Points;
use crate::relation::{Relation, RelationError, evaluate};
use std::collections::BinaryHeap;

/// Boxes that branch and bound may look at: a few tenths of a second for a formula of a
/// microsecond. A bump of a hundredth of the width in four dimensions takes some hundred.
const MAX_BOXES: usize = 4000;

/// Refuses if `r(x, y) = sign r(y, x)` is violated somewhere that is found.
pub(super) fn check(r: &dyn Relation, sign: f64, operation: &'static str) -> Result<Evidence, RelationError> {
    let (sx, sy) = r.spaces();
    if !same_space(sx, sy) {
        let reason = format!("{} lives on two spaces, {} and {}", r.name(), sx.name(), sy.name());
        return Err(RelationError::Combination { operation, reason });
    }
    let points = sites(sx, "declare/x").points;
    let values = evaluate(r, &points, &points)?;
    let mirror = Mirror { r, sign, operation, slack: CANCELLED * values.norm_max() };
    for i in 0..points.len() {
        for j in 0..=i {
            mirror.compare(points.row(i), points.row(j), values[(i, j)], values[(j, i)])?;
        }
    }
    let compared = Evidence::Compared { points: points.len() * points.len() };
    let chart = Chart::new(sx);
    if chart.axes() == 0 || 2 * chart.axes() > MAX_AXES {
        return Ok(compared);
    }
    Ok(mirror.search(&chart)?.map_or(compared, |within| Evidence::Enclosed { within }))
}

struct Mirror<'a> {
    r: &'a dyn Relation,
    sign: f64,
    operation: &'static str,
    /// What the largest values may lose to rounding.
    slack: f64,
}

/// A box of parameters of `x` and then of `y`, by how large `|d|` may be on it.
struct Piece {
    bound: f64,
    axes: Vec<(f64, f64)>,
    /// Along which it is to be cut.
    cut: usize,
}

impl Mirror<'_> {
    fn compare(&self, x: &[f64], y: &[f64], there: f64, back: f64) -> Result<(), RelationError> {
        let allowed = RELATIVE * there.abs().max(back.abs()) + self.slack;
        if (there - self.sign * back).abs() <= allowed {
            return Ok(());
        }
        let name = self.r.name();
        let reason = format!("{name}: r(x, y) = {there} but r(y, x) = {back} at x = {x:?}, y = {y:?}");
        Err(RelationError::Combination { operation: self.operation, reason })
    }

    /// Branch and bound for the largest `|d|`; what it is at most, if the enclosure tells.
    fn search(&self, chart: &Chart<'_>) -> Result<Option<f64>, RelationError> {
        let whole = [&chart.ranges[..], &chart.ranges[..]].concat();
        let Some(first) = self.piece(chart, whole)? else { return Ok(None) };
        let mut open = BinaryHeap::from([first]);
        // The largest bound among boxes that are too small to be worth a cut.
        let mut settled = 0.0f64;
        for _ in 0..MAX_BOXES / 2 {
            let Some(worst) = open.pop() else { break };
            if worst.bound <= self.slack {
                settled = settled.max(worst.bound);
                break;
            }
            let (a, b) = worst.axes[worst.cut];
            let middle = 0.5 * a + 0.5 * b;
            if !(a < middle && middle < b) {
                settled = settled.max(worst.bound);
                continue;
            }
            for half in [(a, middle), (middle, b)] {
                let mut axes = worst.axes.clone();
                axes[worst.cut] = half;
                match self.piece(chart, axes)? {
                    Some(piece) => open.push(piece),
                    None => return Ok(None),
                }
            }
        }
        let left = open.peek().map_or(0.0, |p| p.bound).max(settled);
        Ok(Some(left).filter(|l| l.is_finite()))
    }

    /// The bound of a box: that of the values, and what the corners and the curvature allow. Its
    /// middle is compared.
    fn piece(&self, chart: &Chart<'_>, axes: Vec<(f64, f64)>) -> Result<Option<Piece>, RelationError> {
        let p = chart.axes();
        let mut variables = 0;
        let x = chart.place(&axes[..p], &mut variables);
        let y = chart.place(&axes[p..], &mut variables);
        let (Some(there), Some(back)) = (self.r.enclose(&x, &y), self.r.enclose(&y, &x)) else {
            return Ok(None);
        };
        let d = there - back * self.sign;
        let middle: Vec<f64> = axes.iter().map(|(a, b)| 0.5 * a + 0.5 * b).collect();
        let (mx, my) = (chart.point(&middle[..p]), chart.point(&middle[p..]));
        self.compare(&mx, &my, value(self.r, &mx, &my)?, value(self.r, &my, &mx)?)?;
        let (below, above) = d.bend();
        let mut bound = d.value().magnitude();
        if below.max(above) < bound {
            bound = bound.min(self.corners(chart, &axes)? + below.max(above));
        }
        let cut = widest(chart, &axes, &d);
        Ok(Some(Piece { bound, axes, cut }))
    }

    /// The largest `|d|` at the corners of a box.
    fn corners(&self, chart: &Chart<'_>, axes: &[(f64, f64)]) -> Result<f64, RelationError> {
        let p = chart.axes();
        let side = |axes: &[(f64, f64)]| {
            let corner = |k: usize| -> Vec<f64> {
                axes.iter().enumerate().map(|(i, (a, b))| if k >> i & 1 == 0 { *a } else { *b }).collect()
            };
            let data: Vec<f64> = (0..1 << p).flat_map(|k| chart.point(&corner(k))).collect();
            Points::from_finite(data.len() >> p, data)
        };
        let (xs, ys) = (side(&axes[..p]), side(&axes[p..]));
        let (there, back) = (evaluate(self.r, &xs, &ys)?, evaluate(self.r, &ys, &xs)?);
        let mut largest = 0.0f64;
        for (i, x) in xs.rows().enumerate() {
            for (j, y) in ys.rows().enumerate() {
                let (a, b) = (there[(i, j)], back[(j, i)]);
                self.compare(x, y, a, b)?;
                largest = largest.max((a - self.sign * b).abs());
            }
        }
        Ok(largest)
    }
}

/// The axis that bends most, or the widest in its range where that is not known.
fn widest(chart: &Chart<'_>, axes: &[(f64, f64)], d: &Enclosure) -> usize {
    let p = chart.axes();
    let share = |i: usize| {
        let (a, b) = chart.ranges[i % p];
        (axes[i].1 - axes[i].0) / (b - a)
    };
    let most = |key: &dyn Fn(usize) -> f64| (0..axes.len()).max_by(|i, j| key(*i).total_cmp(&key(*j)));
    let bends = |i: usize| d.curvature(i).magnitude();
    let known = (0..axes.len()).all(|i| bends(i).is_finite()) && (0..axes.len()).any(|i| bends(i) > 0.0);
    most(if known { &bends } else { &share }).unwrap_or(0)
}

impl PartialEq for Piece {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Piece {}

impl PartialOrd for Piece {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Piece {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.bound.total_cmp(&other.bound)
    }
}
