//! Values at nodes that are better than the relation's own.
//!
//! Where the error of interpolation has one sign (at a kink, where the curvature has one sign),
//! half of it can be moved from the middle of the cells to the nodes: the values are shifted by the
//! mid-range of the error around each node.

use super::ConstructError;
use super::mesh::{Mesh, Probes};
use faer::Mat;
use relata_relations::{Relation, evaluate};

/// The largest error of `sum_ij h_i(x) M_ij h_j(y)` at the probes.
///
/// # Errors
/// Whatever the evaluation says.
pub(super) fn worst(r: &dyn Relation, meshes: [&Mesh; 2], m: &Mat<f64>) -> Result<f64, ConstructError> {
    let mut worst = 0.0f64;
    residuals(r, meshes, m, |_, _, e| worst = worst.max(e.abs()))?;
    Ok(worst)
}

/// The values shifted by the mid-range of the error on the cells around each node.
///
/// # Errors
/// Whatever the evaluation says.
pub(super) fn centred(
    r: &dyn Relation,
    meshes: [&Mesh; 2],
    m: &Mat<f64>,
) -> Result<Mat<f64>, ConstructError> {
    let mut low = Mat::from_fn(m.nrows(), m.ncols(), |_, _| f64::INFINITY);
    let mut high = Mat::from_fn(m.nrows(), m.ncols(), |_, _| f64::NEG_INFINITY);
    residuals(r, meshes, m, |hx, hy, e| {
        for (i, u) in hx {
            for (j, v) in hy {
                if u * v > 0.0 {
                    low[(*i, *j)] = low[(*i, *j)].min(e);
                    high[(*i, *j)] = high[(*i, *j)].max(e);
                }
            }
        }
    })?;
    Ok(Mat::from_fn(m.nrows(), m.ncols(), |i, j| m[(i, j)] + 0.5 * (low[(i, j)] + high[(i, j)])))
}

/// Errors at all pairs of probes, by blocks.
fn residuals(
    r: &dyn Relation,
    meshes: [&Mesh; 2],
    m: &Mat<f64>,
    mut visit: impl FnMut(&[(usize, f64); 2], &[(usize, f64); 2], f64),
) -> Result<(), ConstructError> {
    const ROWS: usize = 256;
    let (px, py): (Probes, Probes) = (meshes[0].probes()?, meshes[1].probes()?);
    let mut start = 0;
    for xs in px.points.blocks(ROWS) {
        let values = evaluate(r, &xs, &py.points)?;
        for (b, hy) in py.hats.iter().enumerate() {
            for a in 0..xs.len() {
                let hx = &px.hats[start + a];
                let mut sum = 0.0;
                for (j, v) in hy {
                    for (i, u) in hx {
                        sum += u * v * m[(*i, *j)];
                    }
                }
                visit(hx, hy, values[(a, b)] - sum);
            }
        }
        start += xs.len();
    }
    Ok(())
}
