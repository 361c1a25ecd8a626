//! Certified L2 errors: the squares of sup norms on cells, weighted by the cells' measures.

use super::branch::{Search, Target};
use super::pair::Local;
use super::{CertifyError, CertifyParams, sides};
use crate::relation_net::RelationNet;
use relata_relations::{Relation, Space};
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// Bounds of an L2 error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct L2Certificate {
    /// The error is at most this.
    pub upper: f64,
    /// It is at least this.
    pub lower: f64,
}

/// Certifies the error of `<phi, psi>` in `L2(mu x nu)` on intervals with the uniform measure or
/// Lebesgue's, jumps included: on every pair of cells the error lies between bounds, and so does
/// its integral; the pairs that are known worst are quartered until the bounds are within some 5 %.
///
/// `params.cells` is the least number of cells on each axis; the other parameters belong to sup
/// norms.
///
/// # Errors
/// [`CertifyError`]; [`CertifyError::NoChart`] on other spaces than intervals and tori of one
/// dimension.
pub fn certify_l2(
    r: &dyn Relation,
    net: &RelationNet,
    params: &CertifyParams,
) -> Result<L2Certificate, CertifyError> {
    let (sx, sy) = r.spaces();
    let [mut x, mut y] = sides(r, net, params)?;
    let density = [density(sx)?, density(sy)?];
    let target = Target::new(r, [&x, &y])?;
    let search = Search::new(target, &mut x, &mut y);
    let mut heap = BinaryHeap::new();
    search.each_local(|pair| {
        heap.push(Part::new(&search, pair.clone())?);
        Ok(())
    })?;
    let mut settled = vec![];
    let (mut gap, mut above) = heap.iter().fold((0.0, 0.0), |(g, a), p| (g + p.gap(), a + p.upper));
    let mut left = params.most_pairs.min(MAX_PARTS);
    while gap > 2.0 * TOLERANCE * above && left > 0 {
        let Some(part) = heap.pop() else { break };
        let Some(quarters) = quarters(&part.pair) else {
            settled.push(part);
            continue;
        };
        (gap, above) = (gap - part.gap(), above - part.upper);
        for pair in quarters {
            let part = Part::new(&search, pair)?;
            (gap, above) = (gap + part.gap(), above + part.upper);
            heap.push(part);
        }
        left -= 1;
    }
    // Summed afresh, so that the bounds do not carry the rounding of the updates.
    let all = heap.iter().chain(&settled);
    let (above, below) = all.fold((0.0, 0.0), |(a, b), p| (a + p.upper, b + p.lower));
    let scale = density[0] * density[1];
    let upper = (above * scale).sqrt() * (1.0 + ROUNDING);
    Ok(L2Certificate { upper, lower: (below * scale).sqrt() * (1.0 - ROUNDING) })
}

/// The bounds of an error differ by about this factor at most.
const TOLERANCE: f64 = 0.05;

/// Pairs are quartered this often at most.
const MAX_PARTS: usize = 1 << 20;

/// Covers the rounding of sums of squares.
const ROUNDING: f64 = 1e-9;

/// A pair with bounds of the integral of the squared error over its parameters.
struct Part {
    pair: Local,
    upper: f64,
    lower: f64,
}

impl Part {
    fn new(search: &Search<'_, '_>, pair: Local) -> Result<Self, CertifyError> {
        let b = search.bound_local(&pair)?;
        let size: f64 = pair.cells.iter().map(|c| c.high[0] - c.low[0]).product();
        Ok(Self { pair, upper: size * b.upper * b.upper, lower: size * b.least * b.least })
    }

    fn gap(&self) -> f64 {
        self.upper - self.lower
    }
}

impl PartialEq for Part {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl Eq for Part {}
impl PartialOrd for Part {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Part {
    fn cmp(&self, other: &Self) -> Ordering {
        self.gap().total_cmp(&other.gap())
    }
}

fn quarters(pair: &Local) -> Option<[Local; 4]> {
    let [left, right] = pair.halves(0, 0)?;
    let ([a, b], [c, d]) = (left.halves(1, 0)?, right.halves(1, 0)?);
    Some([a, b, c, d])
}

/// The density of the measure in the parameter.
fn density(space: &dyn Space) -> Result<f64, CertifyError> {
    let ranges = space.parameters().filter(|_| space.dim() == 1);
    let ranges = ranges.ok_or_else(|| CertifyError::NoChart { space: space.name() })?;
    Ok(space.mass() / ranges.iter().map(|(low, high)| high - low).product::<f64>())
}
