//! Heads for the largest error instead of the mean square.
//!
//! With the features fixed, the cores `C` for which `|R - U_x C U_y^T|` is nowhere above a level are a
//! convex set, and so are the symmetric and the semidefinite ones. A core in it is looked for by
//! projections: what of the error is above the level is projected on the features, and taken over
//! along this direction as far as the two norms say (extrapolated projections: Pierra 1984), since a
//! peak at a kink has little of its square in any span of features.

use crate::mlp::Mlp;
use crate::readout::{Features, Readout, ReadoutError, ReadoutParams, basis};
use crate::relation_net::RelationNet;
use faer::{Accum, Mat, MatRef};
use relata_kernels::Encoders;
use relata_relations::spectral::symmetric_eigen;
use relata_relations::{Quadrature, Relation, evaluate, multiply};

/// Projections after which a level that was not reached is given up: what is reached at all is mostly
/// reached within half of them.
const MAX_ROUNDS: usize = 150;

/// The readout on the hidden features of `net` whose error at the nodes is at most `level`, or of all
/// that were met the one with the smallest largest error.
///
/// Cost: `n m N` for each of at most 150 rounds.
///
/// # Errors
/// [`ReadoutError`]
pub(crate) fn solve_levelled(
    net: &RelationNet,
    r: &dyn Relation,
    q: [&Quadrature; 2],
    level: f64,
) -> Result<Readout, ReadoutError> {
    let encoders = net.encoders();
    if encoders != Encoders::Separate && q[0] != q[1] {
        return Err(ReadoutError::DifferentNodes);
    }
    let tolerance = ReadoutParams::default().tolerance;
    let of = |map, mlp: &Mlp, q: &Quadrature| basis(map, &mlp.hidden(q.nodes()), q, tolerance);
    let x = of("phi", net.phi_net(), q[0])?;
    let y = of("psi", net.psi_net(), q[1])?;
    let (u, v) = (x.nodes.as_ref(), y.nodes.as_ref());
    let (su, sv) = (q[0].sqrt_weights(), q[1].sqrt_weights());
    // In units of the level, so that the relation's own unit does not matter.
    let mut rest = evaluate(r, q[0].nodes(), q[1].nodes())?;
    for (j, column) in rest.col_iter_mut().enumerate() {
        column.iter_mut().zip(&su).for_each(|(value, root)| *value *= root * sv[j] / level);
    }
    let mut core = Mat::zeros(u.ncols(), v.ncols());
    let mut best = (f64::INFINITY, core.clone());
    let mut step = settled(projected(u, rest.as_ref(), v), encoders);
    for _ in 0..MAX_ROUNDS {
        // Of the whole core, so that what a semidefinite one takes off is not lost sight of.
        let next = semidefinite(&core + &step, encoders)?;
        let change = &next - &core;
        subtract(&mut rest, u, change.as_ref(), v);
        core = next;
        let excess = Excess::of(&rest, &su, &sv);
        if excess.largest < best.0 {
            best = (excess.largest, core.clone());
        }
        if excess.largest <= 1.0 {
            break;
        }
        step = settled(projected(u, excess.above.as_ref(), v), encoders);
        let (above, along) = (excess.above.squared_norm_l2(), step.squared_norm_l2());
        if along <= 0.0 {
            break;
        }
        step *= faer::Scale(above / along);
    }
    let core = best.1 * faer::Scale(level);
    Readout::of_core(net, Features::Hidden, [&x, &y], &core)
}

/// What of the weighted error is above 1 where weights are taken off again, and the largest error.
struct Excess {
    above: Mat<f64>,
    largest: f64,
}

impl Excess {
    fn of(rest: &Mat<f64>, su: &[f64], sv: &[f64]) -> Self {
        let mut largest = 0.0f64;
        let above = Mat::from_fn(rest.nrows(), rest.ncols(), |i, j| {
            let allowed = su[i] * sv[j];
            let error = rest[(i, j)];
            if allowed > 0.0 {
                largest = largest.max(error.abs() / allowed);
            }
            error - error.clamp(-allowed, allowed)
        });
        Self { above, largest }
    }
}

/// `U^T M V`.
fn projected(u: MatRef<'_, f64>, m: MatRef<'_, f64>, v: MatRef<'_, f64>) -> Mat<f64> {
    let mut half = Mat::zeros(u.ncols(), m.ncols());
    multiply(half.as_mut(), Accum::Replace, u.transpose(), m, 1.0);
    let mut core = Mat::zeros(u.ncols(), v.ncols());
    multiply(core.as_mut(), Accum::Replace, half.as_ref(), v, 1.0);
    core
}

/// `M <- M - U C V^T`.
fn subtract(m: &mut Mat<f64>, u: MatRef<'_, f64>, c: MatRef<'_, f64>, v: MatRef<'_, f64>) {
    let mut half = Mat::zeros(u.nrows(), c.ncols());
    multiply(half.as_mut(), Accum::Replace, u, c, 1.0);
    multiply(m.as_mut(), Accum::Add, half.as_ref(), v.transpose(), -1.0);
}

/// The symmetric part, of encoders that are not separate.
fn settled(core: Mat<f64>, encoders: Encoders) -> Mat<f64> {
    if encoders == Encoders::Separate {
        return core;
    }
    Mat::from_fn(core.nrows(), core.ncols(), |i, j| f64::midpoint(core[(i, j)], core[(j, i)]))
}

/// Of shared encoders the positive semidefinite part.
fn semidefinite(core: Mat<f64>, encoders: Encoders) -> Result<Mat<f64>, ReadoutError> {
    if encoders != Encoders::Shared {
        return Ok(core);
    }
    let eig = symmetric_eigen(core.as_ref())
        .map_err(|_| ReadoutError::NoConvergence("eigenvalue decomposition"))?;
    let scaled =
        Mat::from_fn(core.nrows(), eig.values.len(), |i, k| eig.vectors[(i, k)] * eig.values[k].max(0.0));
    Ok(&scaled * eig.vectors.transpose())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::activation::Activation;
    use crate::mlp::{Affine, Block, Skip, Trainable};
    use relata_relations::catalogue::relation;
    use relata_relations::{Factors, Interval, Points, relation_fn};

    /// ReLUs with kinks at `k / cells`: their span are the broken lines on equal cells.
    fn broken_lines(cells: usize) -> Mlp {
        let affine = Affine::new(
            Mat::from_fn(1, cells, |_, _| 1.0),
            (0..cells).map(|k| -(k as f64) / cells as f64).collect(),
        );
        let activation = Activation::Relu;
        let block = Block { affine, activation, skip: Skip::None, training: Trainable::Free };
        Mlp::new(vec![block], Affine::new(Mat::zeros(cells, 1), vec![0.0])).unwrap()
    }

    /// An even grid with the ends.
    fn even(n: usize) -> Quadrature {
        let points = Points::line((0..n).map(|k| k as f64 / (n - 1) as f64).collect()).unwrap();
        Quadrature::equal_weights(points, 1.0).unwrap()
    }

    fn largest(r: &dyn Relation, net: &RelationNet, q: [&Quadrature; 2]) -> f64 {
        let [x, y] = q.map(Quadrature::nodes);
        (evaluate(r, x, y).unwrap() - net.phi(x) * net.psi(y).transpose()).norm_max()
    }

    /// On equal cells of length `h` interpolation of `min(x, y)` is off by `h / 4` in the middle of the
    /// cells on the diagonal and by nothing at the nodes; shifted by half of it, by `h / 8` everywhere. The
    /// mean square is in between.
    #[test]
    fn an_error_of_one_sign_is_shifted_to_both() {
        let r = relation("brownian").unwrap();
        let q = even(241);
        let q = [&q, &q];
        for cells in [4, 6, 10] {
            let net = RelationNet::symmetric(broken_lines(cells));
            let at = |level: f64| {
                let solved = solve_levelled(&net, &*r, q, level).unwrap();
                largest(&*r, &solved.at_rank(solved.values().len()).unwrap(), q)
            };
            let best = 0.125 / cells as f64;
            assert!(at(1.1 * best) <= 1.1 * best * (1.0 + 1e-12), "{cells}: {}", at(1.1 * best));
            // No level below can be met: the error on a diagonal cell has this half range at least.
            assert!(at(0.5 * best) >= best * (1.0 - 1e-9), "{cells}: {}", at(0.5 * best));
            let plain = crate::readout::readout(&net, &*r, q, cells + 1).unwrap();
            assert!(largest(&*r, &plain, q) > 1.25 * best);
        }
    }

    /// `x^2 y` by `a + b x + c y + d x y`: on the slice at `y = 1` the error is at least 1/8, that of
    /// `x - 1/8`, and no more is needed elsewhere.
    #[test]
    fn the_best_largest_error_is_found_in_any_unit() {
        let points = || Mlp::new(vec![], Affine::new(Mat::zeros(1, 1), vec![0.0])).unwrap();
        for unit in [1e-150, 1.0, 1e120] {
            let r = relation_fn(Interval::unit(), Interval::unit(), move |x, y| unit * x[0] * x[0] * y[0]);
            let (qx, qy) = (even(41), even(42));
            let net = RelationNet::asymmetric(points(), points()).unwrap();
            let at = |level: f64| {
                let solved = solve_levelled(&net, &r, [&qx, &qy], level * unit).unwrap();
                let net = solved.at_rank(solved.values().len()).unwrap();
                largest(&r, &net, [&qx, &qy]) / unit
            };
            assert!(at(0.13) <= 0.13 * (1.0 + 1e-12), "{}", at(0.13));
            assert!(at(0.05) >= 0.125 * (1.0 - 1e-9));
        }
    }
}
