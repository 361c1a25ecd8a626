//! The distance to a convex hull, by Wolfe's active-set method.
//!
//! P. Wolfe, *Finding the nearest point in a polytope*, Math. Programming 11 (1976): keep a set of
//! affinely independent points; move to the nearest point of their affine hull, dropping points
//! whose weight would turn negative on the way; add the point that lies farthest beyond the
//! hyperplane through the current one. It ends after finitely many steps, at the nearest point.

use faer::linalg::solvers::Solve;
use faer::{Mat, Side};
use relata_relations::{Points, PowerOfTwo};
use thiserror::Error;

/// The distance from a point to the convex hull of others, with what proves it.
#[derive(Clone, Debug, PartialEq)]
pub struct HullDistance {
    /// The distance to [`HullDistance::weights`]' point of the hull: the distance is at most this.
    pub upper: f64,
    /// `min_j <u, p - y_j>` for the unit vector `u` towards `p`: the distance is at least this, up
    /// to rounding. Not above 0 if the point lies in the hull.
    pub lower: f64,
    /// The unit vector from the nearest point of the hull towards the point; zeros if the point
    /// lies in the hull, up to rounding.
    pub normal: Vec<f64>,
    /// Convex weights of the nearest point, most of them 0.
    pub weights: Vec<f64>,
}

/// Why there is no distance.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum HullError {
    /// Two dimensions.
    #[error("the point has {point} coordinates, the others have {others}")]
    Dimension {
        /// Coordinates of the point.
        point: usize,
        /// Coordinates of the others.
        others: usize,
    },
    /// A distance beyond the range of floating point.
    #[error("the distance to the hull is beyond 1.8e308; rescale all points by one factor")]
    Overflow,
    /// A coordinate of the point that is not finite.
    #[error("coordinate {coordinate} of the point is {value}; it must be finite")]
    NonFinite {
        /// Which.
        coordinate: usize,
        /// The value.
        value: f64,
    },
}

/// The distance from `point` to the convex hull of `others`.
///
/// ```
/// use relata_attention::width::distance_to_hull;
/// use relata_relations::{Points, PowerOfTwo};
/// let square = Points::from_rows(&[[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])?;
/// let d = distance_to_hull(&[3.0, 0.5], &square)?;
/// assert!((d.upper - 2.0).abs() < 1e-14 && (d.lower - 2.0).abs() < 1e-14);
/// assert!(distance_to_hull(&[0.2, 0.1], &square)?.lower <= 0.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`HullError`]
pub fn distance_to_hull(point: &[f64], others: &Points) -> Result<HullDistance, HullError> {
    if point.len() != others.dim() {
        return Err(HullError::Dimension { point: point.len(), others: others.dim() });
    }
    if let Some((coordinate, &value)) = point.iter().enumerate().find(|(_, v)| !v.is_finite()) {
        return Err(HullError::NonFinite { coordinate, value });
    }
    // In a unit in which no difference overflows.
    let unit = PowerOfTwo::of(point.iter().chain(others.as_slice()).copied());
    let difference =
        |y: &[f64]| point.iter().zip(y).map(|(p, y)| unit.divide(*p) - unit.divide(*y)).collect();
    let differences: Vec<Vec<f64>> = others.rows().map(difference).collect();
    let found = nearest_to_origin(&differences);
    let (upper, lower) = (unit.multiply(found.upper), unit.multiply(found.lower));
    if !(upper.is_finite() && lower.is_finite()) {
        return Err(HullError::Overflow);
    }
    Ok(HullDistance { upper, lower, ..found })
}

/// The point of the convex hull of `points` (of one dimension, at least one) that is nearest to the
/// origin; `normal` points to it. A distance beyond the range of floating point is infinite.
#[must_use]
pub fn nearest_to_origin(points: &[Vec<f64>]) -> HullDistance {
    let Some(first) = points.first() else {
        return HullDistance {
            upper: f64::INFINITY,
            lower: f64::INFINITY,
            normal: Vec::new(),
            weights: Vec::new(),
        };
    };
    let unit = PowerOfTwo::of(points.iter().flatten().copied());
    let scaled: Vec<Vec<f64>> = points.iter().map(|p| p.iter().map(|v| unit.divide(*v)).collect()).collect();
    let found = nearest_in_units(&scaled, first.len());
    HullDistance { upper: unit.multiply(found.upper), lower: unit.multiply(found.lower), ..found }
}

/// [`nearest_to_origin`] for coordinates of at most 2.
fn nearest_in_units(points: &[Vec<f64>], dimension: usize) -> HullDistance {
    let start = (0..points.len())
        .min_by(|&i, &j| dot(&points[i], &points[i]).total_cmp(&dot(&points[j], &points[j])));
    let mut active: Vec<(usize, f64)> = vec![(start.unwrap_or(0), 1.0)];
    let mut nearest = (f64::INFINITY, active.clone());
    let mut best = (f64::NEG_INFINITY, vec![0.0; dimension]);
    // Each major step adds a point; sets never repeat in exact arithmetic, so this is only a guard
    // against rounding.
    for _ in 0..50 * (points.len() + dimension) {
        let x = combine(points, &active);
        let norm2 = dot(&x, &x);
        if norm2 < nearest.0 {
            nearest = (norm2, active.clone());
        }
        let (entering, least) = (0..points.len())
            .map(|j| (j, dot(&x, &points[j])))
            .fold((0, f64::INFINITY), |m, (j, v)| if v < m.1 { (j, v) } else { m });
        // min_j <x, p_j> / |x| <= distance <= |x|.
        let lower = if norm2 > 0.0 { least / norm2.sqrt() } else { 0.0 };
        if lower > best.0 {
            best = (lower, x.iter().map(|v| v / norm2.sqrt()).collect());
        }
        // Of the products of the points that take part: what lies far off does not count.
        let taking_part = active.iter().map(|a| a.0).chain([entering]);
        let size = taking_part.map(|i| dot(&points[i], &points[i])).fold(0.0, f64::max);
        let rounding = (1e-15 * size).max(4.0 * f64::EPSILON * norm2);
        if norm2 - least <= rounding || active.iter().any(|a| a.0 == entering) {
            break;
        }
        active.push((entering, 0.0));
        if !descend(points, &mut active) {
            break;
        }
    }
    let upper = nearest.0.sqrt();
    let (lower, normal) = if best.0 > 0.0 { best } else { (best.0, vec![0.0; dimension]) };
    let mut weights = vec![0.0; points.len()];
    nearest.1.into_iter().for_each(|(i, w)| weights[i] = w);
    HullDistance { upper, lower: lower.min(upper), normal, weights }
}

/// Moves to the nearest point of the affine hull of the active points, dropping those whose weight
/// turns negative on the way.
fn descend(points: &[Vec<f64>], active: &mut Vec<(usize, f64)>) -> bool {
    while !active.is_empty() {
        let Some(target) = affine_minimum(points, active) else { return false };
        if target.iter().all(|w| *w > 1e-14) {
            active.iter_mut().zip(&target).for_each(|(a, t)| a.1 = *t);
            return true;
        }
        // The first weight to reach 0 on the segment from the current weights to the target.
        let step = active
            .iter()
            .zip(&target)
            .filter(|(_, t)| **t <= 1e-14)
            .map(|(a, t)| if a.1 - t > 0.0 { a.1 / (a.1 - t) } else { 0.0 })
            .fold(1.0, f64::min);
        active.iter_mut().zip(&target).for_each(|(a, t)| a.1 += step * (t - a.1));
        let before = active.len();
        let smallest = active.iter().map(|a| a.1).fold(f64::INFINITY, f64::min);
        active.retain(|a| a.1 > smallest.max(1e-14));
        if active.len() == before {
            return false;
        }
        let total: f64 = active.iter().map(|a| a.1).sum();
        active.iter_mut().for_each(|a| a.1 /= total);
    }
    false
}

/// Weights of the point nearest to the origin in the affine hull of the active points: with
/// `G = P P^T + 1 1^T`, `G w = 1` up to scale.
fn affine_minimum(points: &[Vec<f64>], active: &[(usize, f64)]) -> Option<Vec<f64>> {
    let k = active.len();
    let shift = active.iter().map(|a| dot(&points[a.0], &points[a.0])).fold(f64::MIN_POSITIVE, f64::max);
    let gram = Mat::from_fn(k, k, |i, j| dot(&points[active[i].0], &points[active[j].0]) / shift + 1.0);
    let ones = Mat::from_fn(k, 1, |_, _| 1.0);
    let w = match gram.llt(Side::Lower) {
        Ok(f) => f.solve(&ones),
        Err(_) => gram.full_piv_lu().solve(&ones),
    };
    let total: f64 = (0..k).map(|i| w[(i, 0)]).sum();
    let weights: Vec<f64> = (0..k).map(|i| w[(i, 0)] / total).collect();
    weights.iter().all(|w| w.is_finite()).then_some(weights)
}

fn combine(points: &[Vec<f64>], active: &[(usize, f64)]) -> Vec<f64> {
    let mut x = vec![0.0; points[0].len()];
    for (i, w) in active {
        x.iter_mut().zip(&points[*i]).for_each(|(x, p)| *x += w * p);
    }
    x
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
