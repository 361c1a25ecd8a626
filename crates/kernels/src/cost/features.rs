//! Mercer and Schmidt features with all that a spline needs to know of them: how large they are,
//! how steep, and how bent.

use super::domain::{Around, per_axis, semidefinite, spread};
use super::error::BoundError;
use crate::decompose::{Mercer, Schmidt, mercer, schmidt};
use crate::extension::{extend_eigenfunctions, extend_left_functions, extend_right_functions};
use crate::gram::cross_gram;
use faer::Mat;
use relata_relations::{Points, PowerOfTwo, Quadrature, Regularity, Relation, Space, evaluate_diagonal};
use std::num::NonZeroUsize;

/// Eigenvalues below this share of the largest are rounding, which for some hundred nodes is below
/// `1e-13`, with a margin of ten.
const DETERMINED: f64 = 1e-12;

/// The features `sqrt(l_i) f_i` of a kernel from a rule, anywhere on its space.
#[derive(Clone, Debug)]
pub struct MercerFeatures {
    rule: Quadrature,
    mercer: Mercer,
    count: usize,
}

impl MercerFeatures {
    /// The features of a kernel from about `nodes` nodes in all. Cost: `O(nodes^3)`.
    ///
    /// # Errors
    /// [`BoundError::NotPositive`] if the relation does not declare itself positive semidefinite,
    /// [`BoundError::NegativeEigenvalue`] if it is not;
    /// [`BoundError::Axes`] beyond three axes; as [`mercer`].
    pub fn of(k: &dyn Relation, nodes: NonZeroUsize) -> Result<Self, BoundError> {
        if k.definiteness() != relata_relations::Definiteness::PositiveSemidefinite {
            return Err(BoundError::NotPositive(k.name()));
        }
        let space = k.spaces().0;
        few_axes(k, space)?;
        let rule = space.quadrature(per_axis(enough(k, nodes), space.axes()))?;
        let mercer = mercer(k, &rule)?;
        semidefinite(k, &mercer.values, rule.len())?;
        let count = determined(&mercer.values, true);
        Ok(Self { rule, mercer, count })
    }

    /// How many features are determined.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// Their eigenvalues.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.mercer.values[..self.count]
    }

    /// Nodes of the rule.
    #[must_use]
    pub fn nodes(&self) -> usize {
        self.rule.len()
    }

    /// The first `count` features. Shape: `n x count`.
    ///
    /// # Errors
    /// As [`extend_eigenfunctions`].
    pub fn at(&self, k: &dyn Relation, count: usize, x: &Points) -> Result<Mat<f64>, BoundError> {
        let f = extend_eigenfunctions(k, &self.rule, &self.mercer, count, x)?;
        Ok(scaled(f, &self.mercer.values))
    }
}

/// The features `sqrt(s_i) u_i` and `sqrt(s_i) v_i` of a relation from rules, anywhere on its
/// spaces.
#[derive(Clone, Debug)]
pub struct SchmidtFeatures {
    rules: [Quadrature; 2],
    schmidt: Schmidt,
    count: usize,
}

impl SchmidtFeatures {
    /// The features of a relation from about `nodes` nodes in all on each side; `y` gets one node
    /// more than `x`, so that a jump or a kink at `x = y` does not meet nodes in pairs. Cost:
    /// `O(nodes^3)`.
    ///
    /// # Errors
    /// [`BoundError::Axes`] beyond three axes; as [`schmidt`].
    pub fn of(r: &dyn Relation, nodes: NonZeroUsize) -> Result<Self, BoundError> {
        let (x, y) = r.spaces();
        few_axes(r, x)?;
        few_axes(r, y)?;
        let n = |s: &dyn Space| per_axis(enough(r, nodes), s.axes());
        let rules = [x.quadrature(n(x))?, y.quadrature(n(y).saturating_add(1))?];
        let schmidt = schmidt(r, [&rules[0], &rules[1]])?;
        let count = determined(&schmidt.values, false);
        Ok(Self { rules, schmidt, count })
    }

    /// How many features are determined.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// Their singular values.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.schmidt.values[..self.count]
    }

    /// Nodes of the larger rule.
    #[must_use]
    pub fn nodes(&self) -> usize {
        self.rules[0].len().max(self.rules[1].len())
    }

    /// The first `count` features of `x`. Shape: `n x count`.
    ///
    /// # Errors
    /// As [`extend_left_functions`].
    pub fn left(&self, r: &dyn Relation, count: usize, x: &Points) -> Result<Mat<f64>, BoundError> {
        Ok(scaled(extend_left_functions(r, &self.rules[1], &self.schmidt, count, x)?, &self.schmidt.values))
    }

    /// The first `count` features of `y`. Shape: `m x count`.
    ///
    /// # Errors
    /// As [`extend_right_functions`].
    pub fn right(&self, r: &dyn Relation, count: usize, y: &Points) -> Result<Mat<f64>, BoundError> {
        Ok(scaled(extend_right_functions(r, &self.rules[0], &self.schmidt, count, y)?, &self.schmidt.values))
    }

    /// The largest error over a grid of pairs after each number of terms, from 0.
    pub(super) fn sup_tails(&self, r: &dyn Relation, grid: NonZeroUsize) -> Result<Vec<f64>, BoundError> {
        let side = NonZeroUsize::new(grid.get().div_ceil(8)).unwrap_or(NonZeroUsize::MIN);
        let (x, y) = r.spaces();
        let (px, py) = (spread(x, side)?, spread(y, side)?);
        let mut left = cross_gram(r, &px, &py)?;
        let (u, v) = (self.left(r, self.count, &px)?, self.right(r, self.count, &py)?);
        let mut tails = vec![left.norm_max()];
        for k in 0..self.count {
            for j in 0..py.len() {
                for i in 0..px.len() {
                    left[(i, j)] -= u[(i, k)] * v[(j, k)];
                }
            }
            tails.push(left.norm_max());
        }
        Ok(tails)
    }
}

/// Size, slope and bend of the first `d` features together, for `d` from 0: suprema over a grid of
/// Euclidean norms in `R^d`.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    /// `sup |Phi|`.
    pub(super) size: Vec<f64>,
    /// `sup |Phi'|`, Frobenius.
    pub(super) slope: Vec<f64>,
    /// `sup |Phi''|`, Frobenius.
    pub(super) bend: Vec<f64>,
    /// `sup |Phi_i''|` of each feature alone.
    pub(super) bends: Vec<f64>,
    /// Points of the grid.
    pub(super) points: usize,
}

/// One or two coordinates; differences over steps that are wide enough for features whose second
/// derivatives have atoms at the nodes.
pub(super) fn shape(
    space: &dyn Space,
    regularity: Regularity,
    nodes: usize,
    grid: NonZeroUsize,
    count: usize,
    features: &dyn Fn(&Points) -> Result<Mat<f64>, BoundError>,
) -> Result<Shape, BoundError> {
    let p = space.dim();
    let edges = Around::of(space)?.edges;
    let longest = edges.iter().copied().fold(0.0, f64::max);
    let per_axis_nodes = (nodes as f64).powf(1.0 / p as f64);
    let smooth = regularity == Regularity::Smooth;
    // Smooth features are differenced over a step whose square is far above rounding and that waves
    // of the ranks in use hardly see. With kinks the second derivatives of computed features are
    // atoms at the nodes, and a step of two nodes takes their mean.
    let step = if smooth { longest / 400.0 } else { 2.0 * longest / per_axis_nodes };
    let total = if smooth { grid.get() / 4 } else { grid.get().min((per_axis_nodes as usize).pow(p as u32)) };
    let at =
        inner(&spread(space, NonZeroUsize::new(total).unwrap_or(NonZeroUsize::MIN))?, &edges, space, step);
    let shifted = |shift: &[f64]| -> Result<Mat<f64>, BoundError> {
        let data = at.rows().flat_map(|x| x.iter().zip(shift).map(|(a, s)| a + s * step)).collect();
        features(&Points::new(p, data).unwrap_or_else(|_| at.clone()))
    };
    // Squares of second differences of features of order one neither overflow nor vanish.
    let unscaled = shifted(&vec![0.0; p])?;
    let scale = PowerOfTwo::of([unscaled.norm_max()]);
    let shifted = |shift: &[f64]| -> Result<Mat<f64>, BoundError> {
        let mut values = shifted(shift)?;
        values.col_iter_mut().flat_map(|c| c.iter_mut()).for_each(|v| *v = scale.divide(*v));
        Ok(values)
    };
    let centre = shifted(&vec![0.0; p])?;
    let n = at.len();
    let (mut slope2, mut bend2) = (Mat::<f64>::zeros(n, count), Mat::<f64>::zeros(n, count));
    let unit = |axis: usize, s: f64| {
        let mut v = vec![0.0; p];
        v[axis] = s;
        v
    };
    for a in 0..p {
        let (up, down) = (shifted(&unit(a, 1.0))?, shifted(&unit(a, -1.0))?);
        for k in 0..count {
            for i in 0..n {
                slope2[(i, k)] += ((up[(i, k)] - down[(i, k)]) / (2.0 * step)).powi(2);
                bend2[(i, k)] += ((up[(i, k)] - 2.0 * centre[(i, k)] + down[(i, k)]) / (step * step)).powi(2);
            }
        }
        for b in 0..a {
            let corner = |s: f64, t: f64| {
                let mut v = unit(a, s);
                v[b] = t;
                shifted(&v)
            };
            let (pp, pm, mp, mm) =
                (corner(1.0, 1.0)?, corner(1.0, -1.0)?, corner(-1.0, 1.0)?, corner(-1.0, -1.0)?);
            for k in 0..count {
                for i in 0..n {
                    let mixed = pp[(i, k)] - pm[(i, k)] - mp[(i, k)] + mm[(i, k)];
                    bend2[(i, k)] += 2.0 * (mixed / (4.0 * step * step)).powi(2);
                }
            }
        }
    }
    // A wave of frequency w loses sinc(w step / 2)^2 to the second difference; the k-th feature has
    // about k^(1 / p) half waves on an edge. Beyond a factor of four the step sees less than one
    // point for each half wave, and the formula means nothing.
    let damping = |k: usize| {
        let half = 0.5 * step * std::f64::consts::PI * (k as f64).powf(1.0 / p as f64) / longest;
        (half / half.sin()).powi(2).clamp(1.0, 4.0)
    };
    let mut shape =
        Shape { size: vec![0.0], slope: vec![0.0], bend: vec![0.0], bends: Vec::new(), points: n };
    let mut sums = vec![[0.0f64; 3]; n];
    for k in 0..count {
        let (mut most, mut alone) = ([0.0f64; 3], 0.0f64);
        for (i, sum) in sums.iter_mut().enumerate() {
            let d = damping(k + 1);
            let new = [centre[(i, k)].powi(2), slope2[(i, k)] * d, bend2[(i, k)] * d * d];
            for (axis, v) in new.iter().enumerate() {
                sum[axis] += v;
                most[axis] = most[axis].max(sum[axis]);
            }
            alone = alone.max(new[2]);
        }
        shape.size.push(scale.multiply(most[0].sqrt()));
        shape.slope.push(scale.multiply(most[1].sqrt()));
        shape.bend.push(scale.multiply(most[2].sqrt()));
        shape.bends.push(scale.multiply(alone.sqrt()));
    }
    Ok(shape)
}

/// The residual diagonal `max_x k(x, x) - |Phi_d(x)|^2` over a grid, for `d` from 0.
pub(super) fn diagonal_tails(
    k: &dyn Relation,
    f: &MercerFeatures,
    grid: NonZeroUsize,
) -> Result<(Vec<f64>, usize), BoundError> {
    let at = spread(k.spaces().0, grid)?;
    let mut left = evaluate_diagonal(k, &at)?;
    let values = f.at(k, f.count(), &at)?;
    let top = |left: &[f64]| left.iter().copied().fold(0.0, f64::max);
    let mut tails = vec![top(&left)];
    for c in 0..f.count() {
        left.iter_mut().enumerate().for_each(|(i, l)| *l -= values[(i, c)].powi(2));
        tails.push(top(&left));
    }
    Ok((tails, at.len()))
}

/// Rules that see every axis.
fn few_axes(r: &dyn Relation, space: &dyn Space) -> Result<(), BoundError> {
    const MAX: usize = 3;
    if space.axes() <= MAX {
        return Ok(());
    }
    let instead = "use waves (fourier_maurey), a covering, or the L2 norm of a tensor product";
    Err(BoundError::Axes { relation: r.name(), found: space.axes(), most: MAX, instead })
}

/// Analytic relations converge geometrically: fewer nodes give all digits.
fn enough(r: &dyn Relation, nodes: NonZeroUsize) -> usize {
    let few = r.regularity() == Regularity::Smooth && r.spaces().0.axes() == 1;
    if few { nodes.get().div_ceil(3) } else { nodes.get() }
}

fn determined(values: &[f64], positive: bool) -> usize {
    let floor = DETERMINED * values.first().map_or(0.0, |v| v.abs());
    values.iter().take_while(|v| if positive { **v > floor } else { v.abs() > floor }).count()
}

fn scaled(mut f: Mat<f64>, values: &[f64]) -> Mat<f64> {
    for (k, column) in f.col_iter_mut().enumerate() {
        let root = values[k].abs().sqrt();
        column.iter_mut().for_each(|v| *v *= root);
    }
    f
}

/// The points moved in from the ends of the edges by at least one step, so that differences stay
/// inside.
fn inner(at: &Points, edges: &[f64], space: &dyn Space, step: f64) -> Points {
    if space.axes() != space.dim() {
        return at.clone();
    }
    let p = at.dim();
    let lows: Vec<f64> = (0..p).map(|a| at.rows().map(|x| x[a]).fold(f64::INFINITY, f64::min)).collect();
    let highs: Vec<f64> = (0..p).map(|a| at.rows().map(|x| x[a]).fold(f64::NEG_INFINITY, f64::max)).collect();
    let data = at.rows().flat_map(|x| {
        (0..p)
            .map(|a| {
                // The grid leaves a margin at either end that it does not reach.
                let margin = 0.5 * (edges[a] - (highs[a] - lows[a])).max(0.0);
                x[a].clamp(lows[a] - margin + step, highs[a] + margin - step)
            })
            .collect::<Vec<_>>()
    });
    Points::new(p, data.collect()).unwrap_or_else(|_| at.clone())
}
