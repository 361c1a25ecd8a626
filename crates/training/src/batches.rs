//! Where the points and values of a step come from.

use crate::config::Sampler;
use crate::convert::{matrix_to_tensor, points_to_tensor, slice_to_tensor};
use crate::precision::Precision;
use crate::trainer::{Data, TrainError};
use burn::tensor::{Device, Tensor};
use faer::Mat;
use relata_relations::{Points, Quadrature, Relation, Seed, Space, Stream, evaluate};
use std::num::NonZeroUsize;

/// The inputs of one evaluation of the loss.
#[derive(Clone)]
pub(crate) struct Batch {
    pub(crate) x: Tensor<2>,
    pub(crate) y: Tensor<2>,
    /// Square roots of the weights, each set of weights summing to 1; absent where all are equal.
    pub(crate) roots: Option<(Tensor<1>, Tensor<1>)>,
    /// The relations over their scales, and multiplied by the roots of the weights where there are any: `[n, m]` each.
    pub(crate) targets: Vec<Tensor<2>>,
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
    Drawn(Sampler),
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
        let (sx, sy) = relations[0].spaces();
        let rules = match (data, sampler) {
            (Data::Quadratures([x, y]), _) => Some((x.clone(), y.clone())),
            (Data::Spaces, Sampler::Quadrature { nodes }) => Some((sx.quadrature(at_least_1(nodes))?, sy.quadrature(at_least_1(nodes))?)),
            (Data::Spaces, _) => None,
        };
        let device = device.clone();
        let mut batches = Self { relations, scales: Vec::new(), device, precision, source: Source::Drawn(sampler) };
        match rules {
            Some((x, y)) => batches.hold_whole(&x, &y)?,
            None => {
                const PROBE: usize = 256;
                let mut stream = seed.stream("training/scale");
                let (x, y) = (sx.sample(at_least_1(PROBE), &mut stream), sy.sample(at_least_1(PROBE), &mut stream));
                for r in relations {
                    let values = evaluate(*r, &x, &y)?;
                    batches.scales.push(nonzero(values.norm_l2() / PROBE as f64));
                }
            }
        }
        Ok(batches)
    }

    /// The root mean square of each relation: its values are divided by it.
    pub(crate) fn scales(&self) -> &[f64] {
        &self.scales
    }

    /// The batch of the next step. Draws from `stream`, unless the whole quadrature is the batch.
    pub(crate) fn next(&self, stream: &mut Stream) -> Result<Batch, TrainError> {
        let (sx, sy) = self.relations[0].spaces();
        let (x, y) = match &self.source {
            Source::Whole(batch) => return Ok((**batch).clone()),
            Source::Drawn(Sampler::Sobol { x, y }) => (sobol(sx, *x, stream)?, sobol(sy, *y, stream)?),
            Source::Drawn(Sampler::Independent { x, y } ) => {
                (sx.sample(at_least_1(*x), stream), sy.sample(at_least_1(*y), stream))
            }
            Source::Drawn(Sampler::Quadrature { nodes }) => {
                (sx.sample(at_least_1(*nodes), stream), sy.sample(at_least_1(*nodes), stream))
            }
        };
        let targets = (self.relations.iter().zip(&self.scales))
            .map(|(r, scale)| Ok(self.tensor(&(evaluate(*r, &x, &y)? * faer::Scale(1.0 / scale)))))
            .collect::<Result<_, TrainError>>()?;
        Ok(Batch { x: self.points(&x), y: self.points(&y), roots: None, targets })
    }

    fn hold_whole(&mut self, x: &Quadrature, y: &Quadrature) -> Result<(), TrainError> {
        let roots = |q: &Quadrature| -> Vec<f64> {
            let mass: f64 = q.weights().iter().sum();
            q.weights().iter().map(|w| (w / mass).sqrt()).collect()
        };
        let (u, v) = (roots(x), roots(y));
        let mut targets = Vec::new();
        for r in self.relations {
            let values = evaluate(*r, x.nodes(), y.nodes())?;
            let weighted = Mat::from_fn(u.len(), v.len(), |i, j| u[i] * values[(i, j)] * v[j]);
            let scale = nonzero(weighted.norm_l2());
            targets.push(self.tensor(&(weighted * faer::Scale(1.0 / scale))));
            self.scales.push(scale);
        }
        let to = |w: &[f64]| slice_to_tensor(w, &self.device, self.precision);
        let roots = Some((to(&u), to(&v)));
        let batch = Batch { x: self.points(x.nodes()), y: self.points(y.nodes()), roots, targets };
        self.source = Source::Whole(Box::new(batch));
        Ok(())
    }

    fn points(&self, x: &Points) -> Tensor<2> {
        points_to_tensor(x, &self.device, self.precision)
    }

    fn tensor(&self, a: &Mat<f64>) -> Tensor<2> {
        matrix_to_tensor(a.as_ref(), &self.device, self.precision)
    }
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
