//! A relation on nodes: its singular functions there, and how near feature spans come to it.

use super::FitError;
use super::hidden::Frame;
use super::projected::Functions;
use faer::{Accum, Mat, MatRef};
use relata_kernels::Encoders;
use relata_relations::spectral::{SymmetricEigen, ThinSvd, symmetric_eigen, thin_svd};
use relata_relations::{Points, PowerOfTwo, Quadrature, Relation, Seed, Symmetry, evaluate, multiply};

/// The weighted matrix `W^(1/2) R V^(1/2)` with its leading decomposition, of norm one.
pub(super) struct OnNodes {
    pub(super) encoders: Encoders,
    /// `n x m`; for encoders that are shared, its symmetric part.
    matrix: Mat<f64>,
    /// Leading singular vectors, or eigenvectors, best first.
    left: Mat<f64>,
    right: Mat<f64>,
    /// Singular values, or signed eigenvalues; for shared encoders the positive ones.
    pub(super) values: Vec<f64>,
    /// How many of the values stand out from rounding.
    pub(super) most: usize,
    /// What values of the relation were divided by: first an exact power of two, then a norm.
    unit: (PowerOfTwo, f64),
    frames: [Frame; 2],
    inputs: [Mat<f64>; 2],
    roots: [Vec<f64>; 2],
}

/// The best approximation of a rank whose factors lie in two feature spans.
pub(super) struct Truncated {
    /// Orthonormal factors on the weighted nodes, `n x d` and `m x d`.
    pub(super) left: Mat<f64>,
    pub(super) right: Mat<f64>,
    /// How far it is from the relation, of norm one.
    pub(super) error: f64,
}

/// Rules of fewer nodes may have half of the mean square at one of them without any harm.
const FEW_NODES: usize = 16;
/// Of the measure, so little that what is found there is no mean over it: exponentials that grow as
/// fast as the tails of a Gaussian fall have half of their square on the outermost nodes of a rule,
/// of weights below 1e-20; one that is steep on an interval, as `exp(200 x)`, has it on 2e-3.
const NEGLIGIBLE: f64 = 1e-6;
/// Singular values below this part of the largest, per node, are rounding.
const ROUNDING: f64 = 4.0 * f64::EPSILON;
/// Entries of a matrix beyond which only leading functions are computed, by subspace iteration: a
/// whole decomposition of a thousand nodes takes a second.
const WHOLE: usize = 1 << 20;
/// Functions that are computed of a larger matrix.
const LEADING: usize = 96;

impl OnNodes {
    pub(super) fn new(r: &dyn Relation, encoders: Encoders, q: [&Quadrature; 2]) -> Result<Self, FitError> {
        let one_sided = encoders != Encoders::Separate;
        if one_sided && q[0] != q[1] {
            return Err(FitError::DifferentNodes(encoders));
        }
        let roots = q.map(|q| {
            let mass = q.mass();
            q.weights().iter().map(|w| (w / mass).sqrt()).collect::<Vec<f64>>()
        });
        let mut matrix = evaluate(r, q[0].nodes(), q[1].nodes())?;
        let unit = PowerOfTwo::of(matrix.col_iter().flat_map(|c| c.iter().copied()));
        for j in 0..matrix.ncols() {
            for i in 0..matrix.nrows() {
                matrix[(i, j)] = unit.divide(matrix[(i, j)]) * roots[0][i] * roots[1][j];
            }
        }
        let norm = matrix.norm_l2();
        if !norm.is_finite() {
            return Err(FitError::Overflow { relation: r.name() });
        }
        if norm <= 0.0 {
            return Err(FitError::Zero { relation: r.name(), encoders });
        }
        matrix *= faer::Scale(1.0 / norm);
        concentrated(r, &matrix, &roots)?;
        if one_sided {
            matrix = Mat::from_fn(matrix.nrows(), matrix.ncols(), |i, j| {
                f64::midpoint(matrix[(i, j)], matrix[(j, i)])
            });
        }
        let [left, right, values] = decompose(matrix.as_ref(), encoders)?;
        let values: Vec<f64> = values.col(0).iter().copied().collect();
        let nodes = matrix.nrows().max(matrix.ncols()) as f64;
        let largest = values.first().map_or(0.0, |v| v.abs());
        // What is left of a symmetric part that cancels is rounding as well, of the whole.
        let least = (ROUNDING * nodes * largest).max(ROUNDING);
        let most = values.iter().take_while(|v| v.abs() > least).count();
        if most == 0 {
            return Err(FitError::Zero { relation: r.name(), encoders });
        }
        let frames = q.map(|q| Frame::of(q.nodes()));
        let inputs = [frames[0].apply(q[0].nodes()), frames[1].apply(q[1].nodes())];
        let unit = (unit, norm);
        Ok(Self { encoders, matrix, left, right, values, most, unit, frames, inputs, roots })
    }

    /// Sides that have an encoder of their own.
    pub(super) fn sides(&self) -> usize {
        if self.encoders == Encoders::Separate { 2 } else { 1 }
    }

    pub(super) fn nodes(&self, side: usize) -> usize {
        self.roots[side].len()
    }

    pub(super) fn frame(&self, side: usize) -> &Frame {
        &self.frames[side]
    }

    /// How far every inner product of that rank is from the relation, of norm one, as far as it is
    /// represented at all.
    pub(super) fn limit(&self, rank: usize) -> f64 {
        let rank = rank.min(self.values.len());
        let d = |m: &Mat<f64>| m.subcols(0, rank).to_owned();
        self.distance(&d(&self.left), &self.values[..rank], &d(&self.right))
    }

    fn distance(&self, left: &Mat<f64>, values: &[f64], right: &Mat<f64>) -> f64 {
        let scaled = Mat::from_fn(left.nrows(), left.ncols(), |i, k| left[(i, k)] * values[k]);
        let mut rest = self.matrix.clone();
        multiply(rest.as_mut(), Accum::Add, scaled.as_ref(), right.transpose(), -1.0);
        rest.norm_l2()
    }

    /// The functions of one side for that rank: singular functions times their values, by which the
    /// pair's loss weighs them.
    pub(super) fn functions(&self, side: usize, rank: usize) -> Functions {
        let vectors = if side == 0 { &self.left } else { &self.right };
        let targets = Mat::from_fn(vectors.nrows(), rank, |i, k| vectors[(i, k)] * self.values[k]);
        self.with_targets(side, targets)
    }

    /// The functions of one side that go best with these of the other: with `V` orthonormal the best
    /// left factor is `R V`.
    pub(super) fn partners(&self, side: usize, other: &Mat<f64>) -> Functions {
        let mut targets = Mat::zeros(self.nodes(side), other.ncols());
        let matrix = if side == 0 { self.matrix.as_ref() } else { self.matrix.transpose() };
        multiply(targets.as_mut(), Accum::Replace, matrix, other.as_ref(), 1.0);
        self.with_targets(side, targets)
    }

    /// The functions of one side for that rank on points of the space that are not nodes, which weigh
    /// alike: `R V` with the relation between these points and the nodes of the other side.
    ///
    /// # Errors
    /// [`FitError::Relation`]
    pub(super) fn outside(
        &self,
        r: &dyn Relation,
        q: [&Quadrature; 2],
        side: usize,
        points: &Points,
        rank: usize,
    ) -> Result<Functions, FitError> {
        let root = (points.len() as f64).sqrt().recip();
        let mut values = match side {
            0 => evaluate(r, points, q[1].nodes())?,
            _ => evaluate(r, q[0].nodes(), points)?.transpose().to_owned(),
        };
        if self.encoders != Encoders::Separate && r.symmetry() != Symmetry::Symmetric {
            let mirrored = evaluate(r, q[0].nodes(), points)?;
            values = Mat::from_fn(values.nrows(), values.ncols(), |i, j| {
                f64::midpoint(values[(i, j)], mirrored[(j, i)])
            });
        }
        let (unit, norm) = self.unit;
        let vectors = if side == 0 { &self.right } else { &self.left };
        let weights = &self.roots[1 - side];
        let weighted = Mat::from_fn(vectors.nrows(), rank, |j, k| vectors[(j, k)] * weights[j] * root / norm);
        let values = values.map(|v| unit.divide(*v));
        let mut targets = Mat::zeros(points.len(), rank);
        multiply(targets.as_mut(), Accum::Replace, values.as_ref(), weighted.as_ref(), 1.0);
        let inputs = self.frames[side].apply(points);
        Ok(Functions { inputs, roots: vec![root; points.len()], targets })
    }

    fn with_targets(&self, side: usize, targets: Mat<f64>) -> Functions {
        Functions { inputs: self.inputs[side].clone(), roots: self.roots[side].clone(), targets }
    }

    /// The best approximation of that rank between two spans with these orthonormal bases.
    pub(super) fn truncated(&self, bases: [MatRef<'_, f64>; 2], rank: usize) -> Option<Truncated> {
        let [x, y] = bases;
        let mut half = Mat::zeros(self.matrix.nrows(), y.ncols());
        multiply(half.as_mut(), Accum::Replace, self.matrix.as_ref(), y, 1.0);
        let mut core = Mat::zeros(x.ncols(), y.ncols());
        multiply(core.as_mut(), Accum::Replace, x.transpose(), half.as_ref(), 1.0);
        let (u, values, v) = if self.encoders == Encoders::Separate {
            let ThinSvd { left: u, values: s, right: v } = thin_svd(core.as_ref()).ok()?;
            (u, s, v)
        } else {
            let (values, u) = eigen(core.as_ref(), self.encoders)?;
            (u.clone(), values, u)
        };
        let d = rank.min(values.len());
        let (left, right) = (x * u.subcols(0, d), y * v.subcols(0, d));
        let error = self.distance(&left, &values[..d], &right);
        Some(Truncated { left, right, error })
    }
}

/// # Errors
/// [`FitError::SecondMoment`] where half of the mean square lies at one of many nodes, or at nodes
/// that hardly weigh anything.
fn concentrated(r: &dyn Relation, matrix: &Mat<f64>, roots: &[Vec<f64>; 2]) -> Result<(), FitError> {
    let rows: Vec<f64> = (0..matrix.nrows()).map(|i| matrix.row(i).squared_norm_l2()).collect();
    let columns = (0..matrix.ncols()).map(|j| matrix.col(j).squared_norm_l2()).collect();
    for ((side, shares), roots) in [("x", rows), ("y", columns)].into_iter().zip(roots) {
        let nodes = shares.len();
        // Where the mean square is densest first.
        let density = |i: usize| shares[i] / (roots[i] * roots[i]);
        let mut order: Vec<usize> = (0..nodes).collect();
        order.sort_by(|i, j| density(*j).total_cmp(&density(*i)));
        let (mut share, mut weight, mut found) = (0.0, 0.0, 0);
        for i in order {
            (share, weight, found) = (share + shares[i], weight + roots[i] * roots[i], found + 1);
            if share > 0.5 {
                break;
            }
        }
        if nodes >= FEW_NODES && (found == 1 || weight < NEGLIGIBLE) {
            return Err(FitError::SecondMoment { relation: r.name(), side, found, nodes, weight });
        }
    }
    Ok(())
}

/// Eigenvalues and eigenvectors of the symmetric part as encoders use them: the positive ones, or
/// all by their magnitude.
fn eigen(m: MatRef<'_, f64>, encoders: Encoders) -> Option<(Vec<f64>, Mat<f64>)> {
    let symmetric = Mat::from_fn(m.nrows(), m.ncols(), |i, j| f64::midpoint(m[(i, j)], m[(j, i)]));
    let SymmetricEigen { values: all, vectors } = symmetric_eigen(symmetric.as_ref()).ok()?;
    let mut order: Vec<usize> = (0..all.len()).collect();
    if encoders == Encoders::Shared {
        order.retain(|k| all[*k] > 0.0);
    }
    order.sort_by(|i, j| all[*j].abs().total_cmp(&all[*i].abs()));
    let u = Mat::from_fn(vectors.nrows(), order.len(), |i, k| vectors[(i, order[k])]);
    Some((order.iter().map(|k| all[*k]).collect(), u))
}

/// Left vectors, right vectors and values (as a column): all of them, or of a large matrix the
/// leading ones by subspace iteration (Halko, Martinsson and Tropp 2011).
fn decompose(m: MatRef<'_, f64>, encoders: Encoders) -> Result<[Mat<f64>; 3], FitError> {
    const SVD: FitError = FitError::NoConvergence("singular value decomposition");
    let column = |values: &[f64]| Mat::from_fn(values.len(), 1, |k, _| values[k]);
    if m.nrows() * m.ncols() <= WHOLE {
        if encoders == Encoders::Separate {
            let ThinSvd { left: u, values: s, right: v } = thin_svd(m).map_err(|_| SVD)?;
            return Ok([u, v, column(&s)]);
        }
        let (values, u) = eigen(m, encoders).ok_or(FitError::NoConvergence("eigenvalue decomposition"))?;
        return Ok([u.clone(), u, column(&values)]);
    }
    /// Each doubles the powers of the matrix that the subspace has seen; leading functions are exact
    /// to far below what samples know of them.
    const ITERATIONS: usize = 6;
    let width = LEADING.min(m.nrows()).min(m.ncols());
    let mut s = Seed(0).stream("networks/fit/subspace");
    let mut q = Mat::from_fn(m.ncols(), width, |_, _| s.normal());
    let mut p = Mat::zeros(m.nrows(), width);
    let span = |product: &Mat<f64>| thin_svd(product.as_ref()).map(|d| d.left).map_err(|_| SVD);
    for _ in 0..ITERATIONS {
        multiply(p.as_mut(), Accum::Replace, m, q.as_ref(), 1.0);
        p = span(&p)?;
        multiply(q.as_mut(), Accum::Replace, m.transpose(), p.as_ref(), 1.0);
        q = span(&q)?;
    }
    multiply(p.as_mut(), Accum::Replace, m, q.as_ref(), 1.0);
    // Of the iterated vectors the last are not converged; they are kept out.
    let kept = width - width / 4;
    if encoders == Encoders::Separate {
        let ThinSvd { left: u, values: s, right: v } = thin_svd(p.as_ref()).map_err(|_| SVD)?;
        let v = &q * v.subcols(0, kept);
        return Ok([u.subcols(0, kept).to_owned(), v, column(&s[..kept])]);
    }
    let mut core = Mat::zeros(width, width);
    multiply(core.as_mut(), Accum::Replace, q.transpose(), p.as_ref(), 1.0);
    let (values, u) =
        eigen(core.as_ref(), encoders).ok_or(FitError::NoConvergence("eigenvalue decomposition"))?;
    let kept = kept.min(values.len());
    let u = &q * u.subcols(0, kept);
    Ok([u.clone(), u, column(&values[..kept])])
}
