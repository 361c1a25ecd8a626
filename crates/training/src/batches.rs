//! Where the points and values of a step come from.

use crate::config::Sampler;
use crate::error::TrainError;
use crate::fused::Grid;
use crate::outcome::Data;
use faer::{Mat, Scale};
use relata_relations::{Points, Quadrature, Relation, Seed, Space, Stream, evaluate};
use std::num::NonZeroUsize;

/// Draws the points of each step.
pub(crate) struct Batches<'a> {
    relations: &'a [&'a dyn Relation],
    /// The root mean square of each relation.
    scales: Vec<f64>,
    source: Source,
    whole: Option<Whole>,
}

/// How many points of both sides.
enum Source {
    Independent([usize; 2]),
    Sobol([usize; 2]),
    /// None: a whole rule is the batch.
    Rule,
}

/// What a step is taken on.
#[derive(Default)]
pub(crate) struct Batch {
    /// Points of both sides; none where a whole rule is the batch of every step.
    pub(crate) points: Option<[Points; 2]>,
    /// The relations' values there, where several trainings share them.
    pub(crate) values: Option<Vec<Grid>>,
}

/// A rule that is the batch of every step.
pub(crate) struct Whole {
    pub(crate) points: [Points; 2],
    /// Roots of the weights over their sum.
    pub(crate) roots: [Vec<f64>; 2],
    pub(crate) target: WholeTarget,
}

/// What the inner products of weighed features should be: relations over their root mean squares.
pub(crate) enum WholeTarget {
    /// Their values times both roots, `n x m`.
    Weighted(Vec<Mat<f64>>),
    /// The factors `A`, `B` of the same, `n x k` and `m x k`.
    Factors(Vec<[Mat<f64>; 2]>),
}

impl<'a> Batches<'a> {
    pub(crate) fn new(
        relations: &'a [&'a dyn Relation],
        data: Data<'_>,
        sampler: Sampler,
        seed: Seed,
    ) -> Result<Self, TrainError> {
        let mut batches = Self { relations, scales: Vec::new(), source: Source::Rule, whole: None };
        match (data, sampler) {
            (Data::Factored { rules, factors }, _) => batches.hold_factors(rules, factors)?,
            (Data::Quadratures(rules), _) => batches.hold_whole(rules)?,
            (Data::Spaces, Sampler::Quadrature { nodes }) => {
                let (sx, sy) = relations[0].spaces();
                let (x, y) = (sx.quadrature(at_least_1(nodes))?, sy.quadrature(at_least_1(nodes))?);
                batches.hold_whole([&x, &y])?;
            }
            (Data::Spaces, Sampler::Independent { x, y }) => {
                batches.source = Source::Independent([x, y]);
                batches.probe(seed)?;
            }
            (Data::Spaces, Sampler::Sobol { x, y }) => {
                batches.source = Source::Sobol([x, y]);
                batches.probe(seed)?;
            }
        }
        Ok(batches)
    }

    /// The root mean square of each relation: its values are divided by it.
    pub(crate) fn scales(&self) -> &[f64] {
        &self.scales
    }

    /// The rule that is the batch of every step, if there is one, to be kept in the form in which
    /// it is used.
    pub(crate) fn take_whole(&mut self) -> Option<Whole> {
        self.whole.take()
    }

    /// The batch of the next step, drawn from `stream`.
    pub(crate) fn next(&self, stream: &mut Stream) -> Result<Batch, TrainError> {
        let (sx, sy) = self.relations[0].spaces();
        let points = match self.source {
            Source::Rule => None,
            Source::Sobol([x, y]) => Some([sobol(sx, x, stream)?, sobol(sy, y, stream)?]),
            Source::Independent([x, y]) => {
                Some([sx.sample(at_least_1(x), stream), sy.sample(at_least_1(y), stream)])
            }
        };
        Ok(Batch { points, values: None })
    }

    /// Estimates the scales from a sample of its own.
    fn probe(&mut self, seed: Seed) -> Result<(), TrainError> {
        const PROBE: usize = 256;
        let (sx, sy) = self.relations[0].spaces();
        let mut stream = seed.stream("training/scale");
        let (x, y) = (sx.sample(at_least_1(PROBE), &mut stream), sy.sample(at_least_1(PROBE), &mut stream));
        for r in self.relations {
            self.scales.push(nonzero(evaluate(*r, &x, &y)?.norm_l2() / PROBE as f64));
        }
        Ok(())
    }

    fn hold_whole(&mut self, [x, y]: [&Quadrature; 2]) -> Result<(), TrainError> {
        let (u, v) = (unit_roots(x), unit_roots(y));
        let mut all = Vec::new();
        for r in self.relations {
            let values = evaluate(*r, x.nodes(), y.nodes())?;
            let weighted = Mat::from_fn(u.len(), v.len(), |i, j| u[i] * values[(i, j)] * v[j]);
            let scale = nonzero(weighted.norm_l2());
            all.push(weighted * Scale(1.0 / scale));
            self.scales.push(scale);
        }
        self.hold(x, y, WholeTarget::Weighted(all));
        Ok(())
    }

    fn hold_factors(
        &mut self,
        [x, y]: [&Quadrature; 2],
        factors: &[[Mat<f64>; 2]],
    ) -> Result<(), TrainError> {
        if factors.len() != self.relations.len() {
            return Err(TrainError::Relations { relations: self.relations.len(), nets: factors.len() });
        }
        let (n, m) = (x.nodes().len(), y.nodes().len());
        let mass = |q: &Quadrature| q.weights().iter().sum::<f64>();
        let mut all = Vec::new();
        for (relation, [a, b]) in factors.iter().enumerate() {
            let (a_rows, a_columns, b_rows, b_columns) = (a.nrows(), a.ncols(), b.nrows(), b.ncols());
            if a_rows != n || b_rows != m || a_columns != b_columns || a_columns == 0 {
                return Err(TrainError::Factors { relation, a_rows, a_columns, b_rows, b_columns, n, m });
            }
            let (ga, gb) = (a.transpose() * a, b.transpose() * b);
            let square: f64 = ga.col_iter().zip(gb.col_iter()).map(|(p, q)| p.transpose() * q).sum();
            let norm = nonzero(square.max(0.0).sqrt());
            let half = Scale(1.0 / norm.sqrt());
            all.push([a * half, b * half]);
            self.scales.push(norm / (mass(x) * mass(y)).sqrt());
        }
        self.hold(x, y, WholeTarget::Factors(all));
        Ok(())
    }

    fn hold(&mut self, x: &Quadrature, y: &Quadrature, target: WholeTarget) {
        let points = [x.nodes().clone(), y.nodes().clone()];
        self.whole = Some(Whole { points, roots: [unit_roots(x), unit_roots(y)], target });
    }
}

/// Square roots of the weights over their sum.
fn unit_roots(q: &Quadrature) -> Vec<f64> {
    let mass: f64 = q.weights().iter().sum();
    q.weights().iter().map(|w| (w / mass).sqrt()).collect()
}

fn sobol(space: &dyn Space, n: usize, stream: &mut Stream) -> Result<Points, TrainError> {
    Ok(space.sobol(at_least_1(n), stream.word())?)
}

/// A number that a checked configuration has made positive.
pub(crate) fn at_least_1(n: usize) -> NonZeroUsize {
    NonZeroUsize::new(n).unwrap_or(NonZeroUsize::MIN)
}

fn nonzero(scale: f64) -> f64 {
    if scale > 0.0 { scale } else { 1.0 }
}
