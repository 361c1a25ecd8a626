//! Continuity: a difference that stays when its place is halved again and again is a jump.

use super::sites::Chart;
use super::value;
use crate::relation::{Relation, RelationError};
use crate::stream::Seed;

/// Segments of the domain along which jumps are looked for, and steps along each.
const SEGMENTS: usize = 96;
const STEPS: u32 = 16;

/// Halvings of the steepest step: what is left is `1e-14` of a segment.
const HALVINGS: usize = 43;

/// Of the largest value met: a slope would have to be `1e8` to make such a difference on what is
/// left.
const JUMP: f64 = 1e-6;

/// The largest jump found, and how many places were tried.
pub(super) fn largest(r: &dyn Relation) -> Result<(f64, usize), RelationError> {
    let (sx, sy) = r.spaces();
    let (cx, cy) = (Chart::new(sx), Chart::new(sy));
    let ranges = [&cx.ranges[..], &cy.ranges[..]].concat();
    let at = |t: &[f64]| value(r, &cx.point(&t[..cx.axes()]), &cy.point(&t[cx.axes()..]));
    let mut stream = Seed(0).stream("declare/jumps");
    let (mut jump, mut size) = (0.0f64, 0.0f64);
    for _ in 0..SEGMENTS {
        let mut end = || ranges.iter().map(|(a, b)| a + (b - a) * stream.uniform()).collect::<Vec<f64>>();
        let (from, to) = (end(), end());
        let along = |s: f64| at(&from.iter().zip(&to).map(|(a, b)| a + s * (b - a)).collect::<Vec<f64>>());
        let places: Vec<f64> = (0..=STEPS).map(|k| f64::from(k) / f64::from(STEPS)).collect();
        let values = places.iter().map(|s| along(*s)).collect::<Result<Vec<f64>, _>>()?;
        size = values.iter().fold(size, |m, v| m.max(v.abs()));
        let rise = |k: usize| (values[k + 1] - values[k]).abs();
        let Some(k) = (0..STEPS as usize).max_by(|i, j| rise(*i).total_cmp(&rise(*j))) else { continue };
        let (mut left, mut right) = ((places[k], values[k]), (places[k + 1], values[k + 1]));
        for _ in 0..HALVINGS {
            let s = 0.5 * (left.0 + right.0);
            let middle = (s, along(s)?);
            // The half with the larger difference.
            if (middle.1 - left.1).abs() > (right.1 - middle.1).abs() {
                right = middle;
            } else {
                left = middle;
            }
        }
        jump = jump.max((right.1 - left.1).abs());
    }
    let found = if jump > JUMP * size { jump } else { 0.0 };
    Ok((found, SEGMENTS * (STEPS as usize + HALVINGS)))
}
