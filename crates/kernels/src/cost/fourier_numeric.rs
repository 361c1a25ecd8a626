//! Fourier norms by quadrature: the trapezoid rule on a windowed, periodic extension.
//!
//! The window `w` is smooth, 1 on the domain and 0 beyond a margin; on a box of period edge + 2
//! margin the extension `r w` equals its Fourier series, whose coefficients the trapezoid rule
//! gives up to aliasing. The norms are sums over the series. On the torus there is nothing to
//! extend. A refinement, with half the frequencies, estimates what is missing.

use super::domain::Around;
use super::error::BoundError;
use super::moments::{Extension, FourierNorms, Moment};
use faer::{Accum, Mat, Par, linalg::matmul::matmul};
use relata_relations::{Points, Regularity, Relation, Space, evaluate};
use std::f64::consts::PI;

/// Margins tried, as shares of an edge: a narrow one makes the window steep, a wide one asks the
/// formula for values far outside of its domain. The smallest mass wins.
const MARGINS: [f64; 3] = [0.15, 0.3, 0.6];

/// Sums that change by less than this share when frequencies double are used, with the change as
/// their uncertainty; those of smooth relations converge faster than any power.
const SETTLED: f64 = 0.05;

/// The same with a kink, where the mass converges like the inverse of the number of frequencies and
/// the moments do not.
const SETTLED_AT_KINKS: f64 = 0.5;

/// The norms of the best windowed extension.
///
/// # Errors
/// [`BoundError::NoFourier`] in more than four dimensions, on spaces that are not boxes, or where
/// the formula has no value in the margin.
pub(super) fn windowed(r: &dyn Relation) -> Result<FourierNorms, BoundError> {
    let (x, y) = r.spaces();
    let no = |reason: String| BoundError::NoFourier { relation: r.name(), reason };
    if x.axes() != x.dim() || y.axes() != y.dim() {
        return Err(no("its domain is not a box".into()));
    }
    if !(x.is_compact() && y.is_compact()) {
        return Err(no("its domain is not bounded".into()));
    }
    if x.dim() != y.dim() || x.dim() > 2 {
        return Err(no(format!(
            "the transform is computed in up to 2 + 2 dimensions, it has {} + {}",
            x.dim(),
            y.dim()
        )));
    }
    let frequencies = if x.dim() == 1 { 256 } else { 24 };
    let mut best: Option<FourierNorms> = None;
    let mut refused = None;
    let smooth = r.regularity() == Regularity::Smooth;
    for margin in MARGINS {
        match norms(r, margin, frequencies) {
            Ok(f) if f.uncertainty < if smooth { SETTLED } else { SETTLED_AT_KINKS } => {
                let better = best.as_ref().is_none_or(|b| f.mass.finite() < b.mass.finite());
                best = if better { Some(f) } else { best };
            }
            Ok(f) => {
                refused = Some(no(format!("the sums do not settle (they change by {:.1e})", f.uncertainty)));
            }
            Err(e) => refused = Some(no(format!("outside its domain, {e}"))),
        }
    }
    best.ok_or_else(|| refused.unwrap_or_else(|| no("no extension was found".into())))
}

fn norms(r: &dyn Relation, margin: f64, frequencies: usize) -> Result<FourierNorms, BoundError> {
    let fine = sums(r, margin, frequencies)?;
    let coarse = sums(r, margin, frequencies / 2)?;
    let off = |k: usize| (fine[k] - coarse[k]).abs() / fine[k].max(f64::MIN_POSITIVE);
    Ok(FourierNorms {
        mass: Moment::Finite(fine[0]),
        first: [Moment::Finite(fine[1]), Moment::Finite(fine[2])],
        second: [Moment::Finite(fine[3]), Moment::Finite(fine[4])],
        extension: Extension::Windowed { margin, frequencies },
        // What kinks leave of the moments is judged elsewhere.
        uncertainty: if r.regularity() == Regularity::Smooth {
            (0..5).map(off).fold(0.0, f64::max)
        } else {
            off(0)
        },
    })
}

/// Mass, first moments of both sides, second moments of both sides.
fn sums(r: &dyn Relation, margin: f64, n: usize) -> Result<[f64; 5], BoundError> {
    let (sx, sy) = r.spaces();
    let (x, y) = (Side::of(sx, margin, n)?, Side::of(sy, margin, n)?);
    let mut values = evaluate(r, &x.points, &y.points)?;
    for j in 0..y.points.len() {
        for i in 0..x.points.len() {
            values[(i, j)] *= x.window[i] * y.window[j];
        }
    }
    // Real and imaginary parts of E_x R E_y^T, with e = c - i s on both sides.
    let times = |a: &Mat<f64>, b: &Mat<f64>| {
        let mut out = Mat::zeros(a.nrows(), b.ncols());
        matmul(out.as_mut(), Accum::Replace, a, b, 1.0, Par::Seq);
        out
    };
    let (cr, sr) = (times(&x.cosines, &values), times(&x.sines, &values));
    let (cy, sy) = (y.cosines.transpose().to_owned(), y.sines.transpose().to_owned());
    let (cc, ss, cs, sc) = (times(&cr, &cy), times(&sr, &sy), times(&cr, &sy), times(&sr, &cy));
    let mut out = [0.0; 5];
    for j in 0..y.lengths.len() {
        for i in 0..x.lengths.len() {
            let size = (cc[(i, j)] - ss[(i, j)]).hypot(cs[(i, j)] + sc[(i, j)]);
            let (w, v) = (x.lengths[i], y.lengths[j]);
            for (o, m) in out.iter_mut().zip([1.0, w, v, w * w, v * v]) {
                *o += size * m;
            }
        }
    }
    Ok(out)
}

/// Nodes, window and waves of one side.
struct Side {
    points: Points,
    window: Vec<f64>,
    /// Waves at the nodes, with the weight of a node: frequencies x nodes.
    cosines: Mat<f64>,
    sines: Mat<f64>,
    /// Lengths of the frequencies.
    lengths: Vec<f64>,
}

impl Side {
    fn of(space: &dyn Space, margin: f64, n: usize) -> Result<Self, BoundError> {
        let p = space.dim();
        let edges = Around::of(space)?.edges;
        let centre = space.covering(std::num::NonZeroUsize::MIN)?.points;
        // A periodic space is its own extension.
        let margin = if space.period().is_some() { 0.0 } else { margin };
        let axes: Vec<Vec<f64>> = (0..p)
            .map(|a| {
                let period = edges[a] * (1.0 + 2.0 * margin);
                (0..n).map(|i| centre.row(0)[a] - 0.5 * period + period * i as f64 / n as f64).collect()
            })
            .collect();
        let total = n.pow(p as u32);
        let digit = |index: usize, axis: usize| index / n.pow(axis as u32) % n;
        let data =
            (0..total).flat_map(|i| (0..p).map(|a| axes[a][digit(i, a)]).collect::<Vec<_>>()).collect();
        let points = Points::new(p, data).unwrap_or(centre.clone());
        let window = points
            .rows()
            .map(|x| {
                let axis = |a: usize| {
                    let beyond = (x[a] - centre.row(0)[a]).abs() / edges[a] - 0.5;
                    if margin > 0.0 { fade(beyond / margin) } else { 1.0 }
                };
                (0..p).map(axis).product()
            })
            .collect();
        // Frequencies from -n/2 + 1 to n/2 - 1 on each axis.
        let each = n - 1;
        let count = each.pow(p as u32);
        let number =
            |index: usize, axis: usize| (index / each.pow(axis as u32) % each) as f64 - (each / 2) as f64;
        let wave = |a: usize| 2.0 * PI / (edges[a] * (1.0 + 2.0 * margin));
        let angle = |k: usize, i: usize| {
            (0..p).map(|a| number(k, a) * wave(a) * (points.row(i)[a] - centre.row(0)[a])).sum::<f64>()
        };
        let weight = 1.0 / total as f64;
        let cosines = Mat::from_fn(count, total, |k, i| weight * angle(k, i).cos());
        let sines = Mat::from_fn(count, total, |k, i| weight * angle(k, i).sin());
        let lengths = (0..count)
            .map(|k| (0..p).map(|a| (number(k, a) * wave(a)).powi(2)).sum::<f64>().sqrt())
            .collect();
        Ok(Self { window, cosines, sines, lengths, points })
    }
}

/// Smooth, 1 for `t <= 0` and 0 for `t >= 1`.
fn fade(t: f64) -> f64 {
    let g = |t: f64| if t <= 0.0 { 0.0 } else { (-1.0 / t).exp() };
    g(1.0 - t) / (g(1.0 - t) + g(t))
}
