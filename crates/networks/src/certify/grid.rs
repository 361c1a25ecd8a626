//! Where branch and bound starts: grids that are cut at the kinks of a first layer of ReLUs.

use super::CertifyError;
use crate::activation::Activation;
use crate::mlp::Mlp;
use relata_relations::Space;
use std::f64::consts::PI;

/// Ends of cells on each axis.
pub(super) fn grid(space: &dyn Space, net: &Mlp, cells: usize) -> Result<Vec<Vec<f64>>, CertifyError> {
    let ranges = space.parameters().ok_or_else(|| CertifyError::NoChart { space: space.name() })?;
    let per_axis = if ranges.len() > 1 { cells.min(MAX_PER_AXIS) } else { cells };
    let kinks = if ranges.len() == 1 { kinks(net) } else { axis_kinks(net, ranges.len()) };
    let axis = |(a, (low, high)): (usize, &(f64, f64))| {
        let inside = kinks.get(a).into_iter().flatten().copied().filter(|t| t > low && t < high);
        let mut ends: Vec<f64> = inside.chain([*low, *high]).collect();
        ends.sort_by(f64::total_cmp);
        let least = 1e-9 * (high - low);
        ends.dedup_by(|b, a| *b - *a < least && *b < *high);
        if ends.len() > 2 && ends[ends.len() - 1] - ends[ends.len() - 2] < least {
            ends.remove(ends.len() - 2);
        }
        refine(&ends, (high - low) / per_axis as f64)
    };
    Ok(ranges.iter().enumerate().map(axis).collect())
}

/// Cells at most this many on an axis in several dimensions.
const MAX_PER_AXIS: usize = 6;

/// Cuts every cell into equal parts no longer than `widest`.
fn refine(ends: &[f64], widest: f64) -> Vec<f64> {
    let mut all = vec![ends[0]];
    for w in ends.windows(2) {
        let parts = ((w[1] - w[0]) / widest * (1.0 - 1e-9)).ceil().max(1.0);
        let mut k = 1.0;
        while k < parts {
            all.push(w[0] + (w[1] - w[0]) * k / parts);
            k += 1.0;
        }
        all.push(w[1]);
    }
    all
}

/// Kinks of the first layer along a one-dimensional chart: an interval, or the circle by its angle.
fn kinks(net: &Mlp) -> Vec<Vec<f64>> {
    let Some(block) = net.blocks().first().filter(|b| b.activation == Activation::Relu) else {
        return vec![];
    };
    let (w, b) = (block.affine.weight(), block.affine.bias());
    let mut all = vec![];
    for k in 0..w.ncols() {
        match w.nrows() {
            1 => all.push(-b[k] / w[(0, k)]),
            2 => {
                // |w| cos(u - u0) = -b
                let (size, turn) = (w[(0, k)].hypot(w[(1, k)]), w[(1, k)].atan2(w[(0, k)]));
                let half = (-b[k] / size).acos();
                all.extend([turn - half, turn + half].map(|u| u.rem_euclid(2.0 * PI)));
            }
            _ => {}
        }
    }
    all.retain(|t| t.is_finite());
    vec![all]
}

/// Kinks of units of the first layer that see one coordinate alone.
fn axis_kinks(net: &Mlp, axes: usize) -> Vec<Vec<f64>> {
    let mut all = vec![vec![]; axes];
    let Some(block) = net.blocks().first().filter(|b| b.activation == Activation::Relu) else { return all };
    let (w, b) = (block.affine.weight(), block.affine.bias());
    for k in (0..w.ncols()).filter(|_| w.nrows() == axes) {
        let mut seen = (0..axes).filter(|a| w[(*a, k)] != 0.0);
        if let (Some(a), None) = (seen.next(), seen.next()) {
            all[a].push(-b[k] / w[(a, k)]);
        }
    }
    all
}
