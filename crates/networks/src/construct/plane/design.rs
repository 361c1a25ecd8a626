//! The design of a network on two triangulations.

use super::bound::View;
use super::hats::{network, unit_error};
use crate::certify::{Certificate, Claim, Method, find, gamma};
use crate::construct::constructed::Export;
use crate::construct::factor::{Factored, factor};
use crate::construct::plan::{Budget, LOW_RANK_SHARE, plan};
use crate::construct::single::LOST;
use crate::construct::{ConstructError, Constructed};
use crate::relation_net::RelationNet;
use faer::Mat;
use relata_kernels::Encoders;
use relata_kernels::cost::{ErrorNorm, Hypothesis, Part, Triangles};
use relata_relations::{
    Definiteness, Enclosure, Regularity, Relation, Symmetry, evaluate, multiply, norm2, same_space,
    settle_vector_unit,
};

/// Values of the relation that are kept at a time.
const MAX_VALUES: usize = 1 << 24;

/// The coarsest triangulations found that are proved to be fine enough, with what interpolation
/// costs on them.
pub(in crate::construct) struct Design<'a> {
    r: &'a dyn Relation,
    meshes: [Triangles; 2],
    shared: bool,
    eps: f64,
    interpolation: [f64; 2],
    budget: Budget,
}

impl<'a> Design<'a> {
    pub(in crate::construct) fn new(r: &'a dyn Relation, eps: f64) -> Result<Self, ConstructError> {
        let (sx, sy) = r.spaces();
        let (Some(x), Some(y)) = (Triangles::of(sx, 1), Triangles::of(sy, 1)) else {
            return Err(ConstructError::Spaces {
                x: sx.name(),
                y: sy.name(),
                instead: "triangulations are for rectangles and triangles; write the relation in a flat chart, or train a network and certify it",
            });
        };
        if r.symmetry() == Symmetry::Symmetric
            && same_space(sx, sy)
            && let Some(design) = Self::shared(r, [&x, &y], eps)?
        {
            return Ok(design);
        }
        let budget = plan(r, eps, Encoders::Separate)?;
        let goal = share_of(eps);
        let (left, in_x) = coarsest(r, [&x, &y], Side::X, goal, &budget)?;
        let (right, in_y) = coarsest(r, [&x, &y], Side::Y, goal, &budget)?;
        Ok(Self { r, meshes: [left, right], shared: false, eps, interpolation: [in_x, in_y], budget })
    }

    /// One mesh for both sides, where it is proved to be fine enough for both: that the relation
    /// calls itself symmetric is not enough. `None` if the other side needs a finer one.
    fn shared(r: &'a dyn Relation, sides: [&Triangles; 2], eps: f64) -> Result<Option<Self>, ConstructError> {
        let budget = plan(r, eps, Encoders::Shared)?;
        let goal = share_of(eps);
        let (mesh, in_x) = coarsest(r, sides, Side::X, goal, &budget)?;
        let view = View { relation: r, first: false, other: sides[0] };
        let by_theorem = (mesh.cells() >= budget.pieces[1]).then_some(budget.errors[1]);
        Ok(by_theorem.or_else(|| view.within(&mesh, goal)).map(|in_y| Self {
            r,
            meshes: [mesh.clone(), mesh],
            shared: true,
            eps,
            interpolation: [in_x, in_y],
            budget,
        }))
    }

    /// What the theorem allows.
    pub(in crate::construct) fn budget(&self) -> &Budget {
        &self.budget
    }

    pub(in crate::construct) fn neurons(&self) -> usize {
        let [x, y] = [0, 1].map(|i: usize| self.meshes[i].hidden().iter().sum::<usize>());
        if self.shared { x } else { x + y }
    }

    /// The network, with its certificate.
    pub(in crate::construct) fn build(self) -> Result<Constructed, ConstructError> {
        let (r, eps, interpolation) = (self.r, self.eps, self.interpolation);
        let points = [self.meshes[0].points()?, self.meshes[1].points()?];
        let size = points[0].len() * points[1].len();
        if size > MAX_VALUES {
            let relation = r.name();
            return Err(ConstructError::TooLarge { relation, eps, pieces: size, most: MAX_VALUES });
        }
        let left = eps - interpolation[0] - interpolation[1];
        let tolerance = (LOW_RANK_SHARE * eps).min(0.5 * left).max(1e-12 * eps);
        let values = evaluate(r, &points[0], &points[1])?;
        let (symmetry, definiteness) = if self.shared {
            (Symmetry::Symmetric, r.definiteness())
        } else {
            (Symmetry::Asymmetric, Definiteness::Asymmetric)
        };
        let whole = values.nrows().min(values.ncols());
        let factored = factor(values.clone(), symmetry, definiteness, tolerance)?;
        let route = factored.route(whole);
        let rows = factored.rows();
        let [x, y] = &self.meshes;
        let net = match &factored {
            Factored::Shared(a) => RelationNet::symmetric(network(x, a.as_ref())?),
            Factored::Signed(a, signs) => RelationNet::indefinite(network(x, a.as_ref())?, signs.clone())?,
            Factored::Separate(a, b) => {
                RelationNet::asymmetric(network(x, a.as_ref())?, network(y, b.as_ref())?)?
            }
        };
        let sizes = [largest_row(&rows[0]), largest_row(&rows[1])];
        let rounding = self.rounding(sizes, rows[0].ncols(), 0.0);
        let low_rank = self.low_rank(&values, &rows, sizes)?;
        let upper = (interpolation[0] + interpolation[1] + low_rank + rounding) * (1.0 + 8.0 * f64::EPSILON);
        if upper > eps {
            return Err(ConstructError::NotCertified { relation: r.name(), eps, upper });
        }
        let found = find(r, &net)?;
        let (norm, method) = (ErrorNorm::Sup, Method::Composition);
        let claim = Claim { upper, norm, method, pairs: found.pairs, unchecked: self.rests_on() };
        let certificate = Certificate::new(r, claim, &found)?;
        let rank = rows[0].ncols();
        let change = self.rounding(sizes, rank, f64::from(f32::EPSILON));
        // Hats add up to 1, so that every feature loses what the weights of its head do.
        let lost = 1.01 * LOST * ((rank as f64).sqrt() * (sizes[0] + sizes[1]) + rank as f64 * LOST);
        let export = Export::Loosen { change, lost };
        Ok(Constructed { net, certificate, route, budget: self.budget, export })
    }

    fn rests_on(&self) -> Vec<Hypothesis> {
        let enclosed = self.r.enclose(&anywhere(&self.meshes[0]), &anywhere(&self.meshes[1])).is_some();
        let mut all = vec![];
        if enclosed {
            all.push(Hypothesis::Enclosure);
        }
        if let Some(constant) = self.r.lipschitz() {
            all.push(Hypothesis::Lipschitz { constant });
        }
        if self.r.regularity() == Regularity::Smooth {
            all.push(Hypothesis::Regularity);
        }
        all
    }

    /// How far the network can be from the interpolation of the product of these rows: by the
    /// rounding of hats, of which at most nine (counted as sixteen) are not exactly 0, of the two
    /// heads, and of the inner product; weights are rounded by `unit` relatively.
    fn rounding(&self, sizes: [f64; 2], rank: usize, unit: f64) -> f64 {
        let hats = |t: &Triangles| 16.0 * unit_error(t, unit);
        let head = |t: &Triangles| gamma(t.hidden()[1] + 2) + unit;
        let [x, y] = [0, 1].map(|i: usize| hats(&self.meshes[i]) + head(&self.meshes[i]));
        1.01 * sizes[0] * sizes[1] * ((1.0 + x) * (1.0 + y) - 1.0 + gamma(rank + 2))
    }

    /// `max_ij |r(x_i, y_j) - M_ij|`, with the nodes where they are meant to be.
    fn low_rank(
        &self,
        values: &Mat<f64>,
        rows: &[Mat<f64>; 2],
        sizes: [f64; 2],
    ) -> Result<f64, ConstructError> {
        let mut product = Mat::zeros(values.nrows(), values.ncols());
        multiply(product.as_mut(), faer::Accum::Replace, rows[0].as_ref(), rows[1].transpose(), 1.0);
        settle_vector_unit();
        let place = |t: &Triangles| -> Vec<Vec<Enclosure>> {
            let n = t.cells() as f64;
            let at = |[i, j]: &[usize; 2]| {
                let (u, v) = (*i as f64 / n, *j as f64 / n);
                let here = Part { u: [u; 2], v: [v; 2] };
                let free = || t.at(u, v).into_iter().map(Enclosure::constant).collect();
                t.place(&here).unwrap_or_else(free)
            };
            t.nodes().iter().map(at).collect()
        };
        let (xs, ys) = (place(&self.meshes[0]), place(&self.meshes[1]));
        let slope = self.r.lipschitz();
        let size = values.norm_max();
        let mut worst = 0.0f64;
        for (j, y) in ys.iter().enumerate() {
            // On all pairs: symmetry is what the relation says of itself.
            for (i, x) in xs.iter().enumerate() {
                let m = product[(i, j)];
                let error = match (self.r.enclose(x, y), slope) {
                    (Some(e), _) => (e.value().high() - m).max(m - e.value().low()),
                    (None, Some(l)) => {
                        let v = values[(i, j)];
                        // A closure's own rounding is unknown; 64 units in the last place are
                        // allowed for it.
                        let moved = x.iter().chain(y).map(|c| c.value().radius()).sum::<f64>();
                        (v - m).abs() + 64.0 * f64::EPSILON * size + l * moved
                    }
                    (None, None) => return Err(ConstructError::NoBounds { relation: self.r.name() }),
                };
                worst = worst.max(error);
            }
        }
        Ok(worst + gamma(rows[0].ncols() + 2) * sizes[0] * sizes[1])
    }
}

#[derive(Clone, Copy)]
enum Side {
    X,
    Y,
}

/// The coarsest triangulation of a side that is proved to cost at most `goal`, and what it costs;
/// else that of the theorem.
fn coarsest(
    r: &dyn Relation,
    sides: [&Triangles; 2],
    side: Side,
    goal: f64,
    budget: &Budget,
) -> Result<(Triangles, f64), ConstructError> {
    let (number, own, other) = match side {
        Side::X => (0, sides[0], sides[1]),
        Side::Y => (1, sides[1], sides[0]),
    };
    let view = View { relation: r, first: number == 0, other };
    let most = budget.pieces[number];
    let affordable = |cells: usize| {
        let [_, nodes] = own.with_cells(cells).hidden();
        if nodes > MAX_NODES {
            let (relation, eps) = (r.name(), budget.eps);
            return Err(ConstructError::TooLarge { relation, eps, pieces: nodes, most: MAX_NODES });
        }
        Ok(own.with_cells(cells))
    };
    // Second derivatives cost the square of a piece, kinks a piece.
    let mut cells = most.min(4);
    for _ in 0..6 {
        let cost = view.estimate(&affordable(cells)?);
        let next =
            (cells as f64 * (cost / goal).sqrt().clamp(0.1, 8.0)).ceil().clamp(1.0, most as f64) as usize;
        if next == cells || cells == most && cost > goal {
            break;
        }
        cells = next;
    }
    while cells < most {
        let t = affordable(cells)?;
        if let Some(cost) = view.within(&t, goal) {
            return Ok((t, cost));
        }
        cells += 1 + cells / 40;
    }
    let t = affordable(most)?;
    let cost = budget.errors[number];
    Ok((t, cost))
}

/// Nodes beyond which no mesh is built.
const MAX_NODES: usize = 1 << 14;

/// The part of `eps` that interpolation on one side may cost.
fn share_of(eps: f64) -> f64 {
    0.5 * eps * (1.0 - LOW_RANK_SHARE)
}

/// A point of the space.
fn anywhere(t: &Triangles) -> Vec<Enclosure> {
    t.at(0.0, 0.0).into_iter().map(Enclosure::constant).collect()
}

/// The largest Euclidean norm of a row, rounded up.
fn largest_row(m: &Mat<f64>) -> f64 {
    let norm = |i: usize| norm2(m.row(i).iter().copied().collect::<Vec<f64>>());
    (0..m.nrows()).map(norm).fold(0.0, f64::max) * (1.0 + gamma(m.ncols() + 2))
}
