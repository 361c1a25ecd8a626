//! Loss and gradient of a whole batch.

use super::arithmetic::{add, norm_squared};
use super::encoder::Encoder;
use super::factors::{Factors, factored_loss};
use super::pairs::{Heads, PairTask, pair_loss};
use super::share::{Share, Weighing, shares};
use super::values::{Grid, Values};
use crate::batches::{Batch, Whole, WholeTarget};
use rayon::prelude::*;
use relata_networks::{NetworkError, RelationNet};
use relata_relations::{Points, Relation, RelationError};
use std::sync::Arc;

/// Numbers of the parameters that are worked on at once.
pub(super) const RUN: usize = 1 << 14;

/// The networks but for their parameters, with the memory of a step.
pub(super) struct Model<'a> {
    relations: &'a [&'a dyn Relation],
    scales: Vec<f64>,
    /// Of `x`, and of `y` where it has one of its own.
    encoders: Vec<Encoder>,
    /// The diagonal of an indefinite form.
    signs: Option<Vec<f32>>,
    heads: Heads,
    held: Option<Arc<Held>>,
    memory: Option<Memory>,
    /// Of the last batch, in all parameters.
    pub(super) gradient: Vec<f32>,
}

/// A batch that is the same at every step.
pub(crate) struct Held {
    points: [Points; 2],
    roots: [Vec<f32>; 2],
    targets: HeldTargets,
}

enum HeldTargets {
    Matrices(Vec<Grid>),
    Factors(Vec<Factors>),
}

/// What is allocated once for batches of one size.
struct Memory {
    sizes: [usize; 2],
    shares: [Vec<Share>; 2],
    tasks: Vec<PairTask>,
}

impl<'a> Model<'a> {
    /// The networks of as many relations, which share their hidden layers; and their parameters. The
    /// relations are in units of `scales`, the networks as well.
    pub(super) fn new(
        nets: &[RelationNet],
        relations: &'a [&'a dyn Relation],
        scales: &[f64],
        held: Option<Arc<Held>>,
    ) -> (Self, Vec<f32>) {
        let mut parameters = Vec::new();
        let phi = nets.iter().map(RelationNet::phi_net);
        let psi = nets.iter().map(RelationNet::psi_net);
        let mut encoders = Vec::new();
        let separate = matches!(nets[0], RelationNet::Asymmetric(..));
        encoders.push(Encoder::new(
            nets[0].phi_net(),
            &phi.map(|m| m.head()).collect::<Vec<_>>(),
            &mut parameters,
        ));
        if separate {
            let heads: Vec<_> = psi.map(|m| m.head()).collect();
            encoders.push(Encoder::new(nets[0].psi_net(), &heads, &mut parameters));
        }
        let signs = match &nets[0] {
            RelationNet::Indefinite(_, signs) => Some(signs.iter().map(|s| *s as f32).collect()),
            RelationNet::Symmetric(_) | RelationNet::Asymmetric(..) => None,
        };
        let heads = Heads { count: nets.len(), rank: encoders[0].outputs() / nets.len() };
        let (scales, gradient) = (scales.to_vec(), vec![0.0; parameters.len()]);
        (Self { relations, scales, encoders, signs, heads, held, memory: None, gradient }, parameters)
    }

    /// The sizes of the parameters in order, weight and bias in turn.
    pub(super) fn lengths(&self) -> Vec<usize> {
        self.encoders.iter().flat_map(Encoder::lengths).collect()
    }

    /// The f64 networks, one per relation.
    pub(super) fn nets(&self, parameters: &[f32]) -> Result<Vec<RelationNet>, NetworkError> {
        let mlps = |e: &Encoder| e.mlps(parameters, self.heads.count);
        let phi = mlps(&self.encoders[0])?;
        if let Some(psi) = self.encoders.get(1) {
            return phi.into_iter().zip(mlps(psi)?).map(|(a, b)| RelationNet::asymmetric(a, b)).collect();
        }
        let net = |phi| match &self.signs {
            None => Ok(RelationNet::symmetric(phi)),
            Some(signs) => RelationNet::indefinite(phi, signs.iter().map(|s| f64::from(*s)).collect()),
        };
        phi.into_iter().map(net).collect()
    }

    /// The loss on a batch (on the one that is held, where no points are drawn), whose gradient is
    /// left in [`Self::gradient`].
    pub(super) fn differentiate(&mut self, parameters: &[f32], batch: &Batch) -> Result<f64, RelationError> {
        // In the pool from here on: entering it costs more than a small section does.
        rayon::scope(|_| self.run(parameters, batch))
    }

    fn run(&mut self, parameters: &[f32], batch: &Batch) -> Result<f64, RelationError> {
        let Self { relations, scales, encoders, signs, heads, held, memory, gradient } = self;
        let Some([x, y]) = batch.points.as_ref().or(held.as_ref().map(|h| &h.points)) else { return Ok(0.0) };
        let (phi, psi) = (&encoders[0], &encoders[encoders.len() - 1]);
        let sizes = [x.len(), y.len()];
        let kept = memory.take().filter(|m| m.sizes == sizes);
        let memory = memory.insert(kept.unwrap_or_else(|| Memory::new([phi, psi], sizes, *heads)));
        let Memory { shares: [xs, ys], tasks, .. } = memory;

        let roots = |side: usize| held.as_ref().map(|h| h.roots[side].as_slice());
        let left = Weighing { signs: None, roots: roots(0) };
        let right = Weighing { signs: signs.as_deref(), roots: roots(1) };
        rayon::join(
            || xs.par_iter_mut().for_each(|s| s.forward(phi, parameters, x.as_slice(), left)),
            || ys.par_iter_mut().for_each(|s| s.forward(psi, parameters, y.as_slice(), right)),
        );

        let pairs = |values: &[Values<'_>], weight, xs: &mut [Share], tasks: &mut [PairTask]| {
            pair_loss(xs, ys, tasks, values, *heads, weight)
        };
        let mut in_parts = true;
        let loss = match held.as_ref().map(|h| &h.targets) {
            None => {
                let values: Vec<Values<'_>> = match &batch.values {
                    Some(grids) => grids.iter().map(Values::Grid).collect(),
                    None => {
                        let relations = relations.iter().zip(scales.iter());
                        relations.map(|(r, scale)| Values::of(*r, *scale, [x, y])).collect()
                    }
                };
                pairs(&values, 1.0 / (sizes[0] as f64 * sizes[1] as f64), xs, tasks)?
            }
            Some(HeldTargets::Matrices(matrices)) => {
                let values: Vec<Values<'_>> = matrices.iter().map(Values::Grid).collect();
                pairs(&values, 1.0, xs, tasks)?
            }
            Some(HeldTargets::Factors(factors)) => {
                in_parts = false;
                factored_loss(xs, ys, factors, heads.rank)
            }
        };

        let parts: &[PairTask] = if in_parts { tasks } else { &[] };
        let height = heads.count * heads.rank;
        rayon::join(
            || xs.par_iter_mut().for_each(|s| s.backward(phi, parameters, left)),
            || {
                ys.par_iter_mut().for_each(|s| {
                    gather(&mut s.features_gradient, parts, s.points.start * height);
                    s.backward(psi, parameters, right);
                });
            },
        );
        collect(gradient, encoders, [xs, ys]);
        Ok(loss)
    }

    /// The Euclidean norm of the gradient.
    pub(super) fn gradient_norm(&self) -> f64 {
        let parts: Vec<f64> = self.gradient.par_chunks(RUN).map(norm_squared).collect();
        parts.iter().sum::<f64>().sqrt()
    }
}

/// The gradient in the features of a share of `y`, from the parts of the tasks, in their order.
fn gather(gradient: &mut [f32], parts: &[PairTask], start: usize) {
    let n = gradient.len();
    for (k, part) in parts.iter().enumerate() {
        let part = &part.gradient[start..start + n];
        if k == 0 { gradient.copy_from_slice(part) } else { add(gradient, part) }
    }
}

/// The gradient in all parameters, from the parts of the shares, in their order.
fn collect(gradient: &mut [f32], encoders: &[Encoder], sides: [&[Share]; 2]) {
    let [xs, ys] = sides;
    for (k, encoder) in encoders.iter().enumerate() {
        // One encoder for both sides has the shares of both.
        let of_x = if k == 0 { xs } else { &[] };
        let of_y = if k + 1 == encoders.len() { ys } else { &[] };
        gradient[encoder.place.clone()].par_chunks_mut(RUN).enumerate().for_each(|(run, to)| {
            let from = run * RUN;
            for (k, share) in of_x.iter().chain(of_y).enumerate() {
                let part = &share.gradient[from..from + to.len()];
                if k == 0 { to.copy_from_slice(part) } else { add(to, part) }
            }
        });
    }
}

impl Memory {
    fn new(encoders: [&Encoder; 2], sizes: [usize; 2], heads: Heads) -> Self {
        let [xs, ys] = [0, 1].map(|side| shares(encoders[side], sizes[side]));
        let tasks = xs.iter().map(|_| PairTask::new(heads, sizes[1])).collect();
        Self { sizes, shares: [xs, ys], tasks }
    }
}

impl Held {
    pub(crate) fn new(whole: Whole) -> Self {
        let single = |v: &[f64]| v.iter().map(|v| *v as f32).collect::<Vec<f32>>();
        let targets = match whole.target {
            WholeTarget::Weighted(all) => {
                HeldTargets::Matrices(all.iter().map(|a| Grid::of(a.as_ref())).collect())
            }
            WholeTarget::Factors(all) => {
                let factors = all.iter().map(|[a, b]| Factors::new(a.as_ref(), b.as_ref()));
                HeldTargets::Factors(factors.collect())
            }
        };
        Self { points: whole.points, roots: whole.roots.each_ref().map(|r| single(r)), targets }
    }
}
