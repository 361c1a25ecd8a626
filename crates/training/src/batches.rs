//! Where the points and values of a step come from.

use crate::config::Sampler;
use crate::convert::{matrix_to_tensor, points_to_tensor, slice_to_tensor, transposed_to_tensor};
use crate::error::TrainError;
use crate::outcome::Data;
use crate::precision::Precision;
use burn::tensor::{Device, Tensor};
use faer::{Mat, Scale};
use relata_relations::{Points, Quadrature, Relation, Seed, Space, Stream, evaluate};
use std::num::NonZeroUsize;

/// The inputs of one evaluation of the loss.
#[derive(Clone)]
pub(crate) struct Batch {
    pub(crate) x: Tensor<2>,
    pub(crate) y: Tensor<2>,
    /// One for each relation.
    pub(crate) targets: Vec<Target>,
}

/// What the inner products of a batch should be: a relation over its root mean square. Matrices are
/// `[m, n]`, `y` first, which is how a column-major matrix lies in memory. Roots are those of
/// weights that sum to 1.
#[derive(Clone)]
#[allow(clippy::large_enum_variant)] // one a relation
pub(crate) enum Target {
    /// All pairs count alike.
    Pairs(Tensor<2>),
    /// Roots of the weights of `x` and of `y`; the matrix is already multiplied by both.
    Weighted([Tensor<1>; 2], Tensor<2>),
    /// Roots of the weights, and the factors `A`, `B` of the weighted relation.
    Factors([Tensor<1>; 2], Tensor<2>, Tensor<2>),
}

/// Makes the batch of each step.
pub(crate) struct Batches<'a> {
    relations: &'a [&'a dyn Relation],
    /// The root mean square of each relation.
    scales: Vec<f64>,
    device: Device,
    precision: Precision,
    source: Source,
}

enum Source {
    Independent { x: usize, y: usize },
    Sobol { x: usize, y: usize },
    Whole(Box<Batch>),
}

impl<'a> Batches<'a> {
    pub(crate) fn new(
        relations: &'a [&'a dyn Relation],
        data: Data<'_>,
        sampler: Sampler,
        seed: Seed,
        device: &Device,
        precision: Precision,
    ) -> Result<Self, TrainError> {
        // Replaced below where the whole of a rule is the batch.
        let source = Source::Independent { x: 1, y: 1 };
        let mut batches = Self { relations, scales: Vec::new(), device: device.clone(), precision, source };
        match (data, sampler) {
            (Data::Factored { rules, factors }, _) => batches.hold_factors(rules, factors)?,
            (Data::Quadratures(rules), _) => batches.hold_whole(rules)?,
            (Data::Spaces, Sampler::Quadrature { nodes }) => {
                let (sx, sy) = relations[0].spaces();
                let (x, y) = (sx.quadrature(at_least_1(nodes))?, sy.quadrature(at_least_1(nodes))?);
                batches.hold_whole([&x, &y])?;
            }
            (Data::Spaces, Sampler::Independent { x, y }) => {
                batches.source = Source::Independent { x, y };
                batches.probe(seed)?;
            }
            (Data::Spaces, Sampler::Sobol { x, y }) => {
                batches.source = Source::Sobol { x, y };
                batches.probe(seed)?;
            }
        }
        Ok(batches)
    }

    /// The root mean square of each relation: its values are divided by it.
    pub(crate) fn scales(&self) -> &[f64] {
        &self.scales
    }

    /// The batch of the next step. Draws from `stream`, unless a whole rule is the batch.
    pub(crate) fn next(&self, stream: &mut Stream) -> Result<Batch, TrainError> {
        let (sx, sy) = self.relations[0].spaces();
        let (x, y) = match &self.source {
            Source::Whole(batch) => return Ok((**batch).clone()),
            Source::Sobol { x, y } => (sobol(sx, *x, stream)?, sobol(sy, *y, stream)?),
            Source::Independent { x, y } => {
                (sx.sample(at_least_1(*x), stream), sy.sample(at_least_1(*y), stream))
            }
        };
        let target = |(r, scale): (&&dyn Relation, &f64)| {
            Ok(Target::Pairs(self.transposed(&evaluate(*r, &x, &y)?, 1.0 / scale)))
        };
        let targets =
            self.relations.iter().zip(&self.scales).map(target).collect::<Result<_, TrainError>>()?;
        Ok(Batch { x: self.points(&x), y: self.points(&y), targets })
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
        let mut targets = Vec::new();
        for r in self.relations {
            let values = evaluate(*r, x.nodes(), y.nodes())?;
            let weighted = Mat::from_fn(u.len(), v.len(), |i, j| u[i] * values[(i, j)] * v[j]);
            let scale = nonzero(weighted.norm_l2());
            targets.push(Target::Weighted(self.roots(&u, &v), self.transposed(&weighted, 1.0 / scale)));
            self.scales.push(scale);
        }
        self.hold(x, y, targets);
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
        let (u, v) = (unit_roots(x), unit_roots(y));
        let mut targets = Vec::new();
        for (relation, [a, b]) in factors.iter().enumerate() {
            let (a_rows, a_columns, b_rows, b_columns) = (a.nrows(), a.ncols(), b.nrows(), b.ncols());
            if a_rows != n || b_rows != m || a_columns != b_columns || a_columns == 0 {
                return Err(TrainError::Factors { relation, a_rows, a_columns, b_rows, b_columns, n, m });
            }
            let (ga, gb) = (a.transpose() * a, b.transpose() * b);
            let square: f64 = ga.col_iter().zip(gb.col_iter()).map(|(p, q)| p.transpose() * q).sum();
            let norm = nonzero(square.max(0.0).sqrt());
            let half = Scale(1.0 / norm.sqrt());
            let to = |f: &Mat<f64>| matrix_to_tensor((f * half).as_ref(), &self.device, self.precision);
            targets.push(Target::Factors(self.roots(&u, &v), to(a), to(b)));
            self.scales.push(norm / (mass(x) * mass(y)).sqrt());
        }
        self.hold(x, y, targets);
        Ok(())
    }

    fn hold(&mut self, x: &Quadrature, y: &Quadrature, targets: Vec<Target>) {
        let batch = Batch { x: self.points(x.nodes()), y: self.points(y.nodes()), targets };
        self.source = Source::Whole(Box::new(batch));
    }

    fn roots(&self, u: &[f64], v: &[f64]) -> [Tensor<1>; 2] {
        [u, v].map(|w| slice_to_tensor(w, &self.device, self.precision))
    }

    fn points(&self, x: &Points) -> Tensor<2> {
        points_to_tensor(x, &self.device, self.precision)
    }

    fn transposed(&self, a: &Mat<f64>, factor: f64) -> Tensor<2> {
        transposed_to_tensor(a.as_ref(), factor, &self.device, self.precision)
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
