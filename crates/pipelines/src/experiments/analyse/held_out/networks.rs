//! Networks on features, fitted by gradients to the training entries.
//!
//! The inner-product networks are those of `relata-training`; the loss runs over the training
//! entries of the block of rows and columns of a step. The perceptron on pairs sees `(x, y)` as one
//! vector. Features are standardised by the training objects, values by the root mean square of the
//! training entries. The number of steps is the one at which the validation error was least; the
//! network is then fitted anew for so many steps to all training entries.

use super::splits::Split;
use super::{Fit, Mask, Method, Prediction};
use crate::experiments::analyse::measured::Measured;
use anyhow::{Context as _, bail, ensure};
use burn::optim::{AdamWConfig, GradientsParams};
use burn::tensor::Tensor;
use faer::Mat;
use relata_networks::{Activation, MlpConfig, RelationNet};
use relata_relations::{Points, Seed, Stream};
use relata_training::{
    NetworkDevice, Precision, TrainableNet, matrix_to_tensor, points_to_tensor, slice_to_tensor,
};
use std::ops::ControlFlow;

const LEARNING_RATE: f64 = 3e-3;
const WEIGHT_DECAY: f32 = 1e-2;
/// The most rows, and columns, of a step's block; the most pairs of a step.
const BLOCK: usize = 128;
const PAIRS: usize = 512;
/// Looks at the validation entries without progress after which training stops.
const PATIENCE: usize = 6;

/// The prediction of one network.
pub(super) fn network(
    measured: &Measured,
    (a, weights): (&Mat<f64>, Option<&Mat<f64>>),
    method: Method,
    split: &Split,
    fit: &Fit,
    seed: Seed,
    device: &NetworkDevice,
) -> anyhow::Result<Prediction> {
    let x = &measured.x_features.as_ref().context("no features of the rows")?.values;
    let y = &measured.y_features.as_ref().context("no features of the columns")?.values;
    let start = draw(method, fit, [x.dim(), y.dim()], seed)?;
    let first = Problem::new((a, weights), x, y, method, &split.fit)?;
    let steps = first.best_steps(&start, fit, &split.validation, seed, device)?;
    let again = Problem::new((a, weights), x, y, method, &split.train)?;
    let mut net = None;
    again.train(&start, steps, seed, device, steps, |_, trained| {
        net = Some(trained);
        Ok(ControlFlow::Continue(()))
    })?;
    let net = net.context("the network was not trained")?;
    Ok(Prediction { values: again.predict(&net, None), rank: None, chosen: Some(steps as f64) })
}

fn draw(method: Method, fit: &Fit, [p, q]: [usize; 2], seed: Seed) -> anyhow::Result<RelationNet> {
    let mlp = |inputs, outputs| {
        MlpConfig::new(inputs, outputs)
            .with_width(fit.width)
            .with_depth(fit.depth)
            .with_activation(Activation::Tanh)
    };
    let phi = || mlp(p, fit.rank).init(seed, "phi");
    Ok(match method {
        Method::Symmetric => RelationNet::symmetric(phi()?),
        Method::Indefinite => {
            let signs = (0..fit.rank).map(|k| if k % 2 == 0 { 1.0 } else { -1.0 }).collect();
            RelationNet::indefinite(phi()?, signs)?
        }
        // One perceptron on both: its trainable twin is that of a shared encoder, of which the
        // features alone are used.
        Method::Pairs => RelationNet::symmetric(mlp(p + q, 1).init(seed, "pairs")?),
        Method::Asymmetric => RelationNet::asymmetric(phi()?, mlp(q, fit.rank).init(seed, "psi")?)?,
        Method::Mean | Method::Means | Method::Completion => bail!("{} is not a network", method.name()),
    })
}

/// What is fitted: standardised features, scaled values, known entries.
struct Problem<'a> {
    x: Points,
    y: Points,
    target: Mat<f64>,
    scale: f64,
    method: Method,
    known: &'a Mask,
    /// How much an entry counts, where not all count alike.
    weights: Option<&'a Mat<f64>>,
}

/// The tensors of one step.
struct Batch {
    x: Tensor<2>,
    y: Tensor<2>,
    target: Tensor<2>,
    /// How much each entry counts: 0 where it is not known.
    weight: Tensor<2>,
    count: f64,
}

impl<'a> Problem<'a> {
    fn new(
        (a, weights): (&Mat<f64>, Option<&'a Mat<f64>>),
        x: &Points,
        y: &Points,
        method: Method,
        known: &'a Mask,
    ) -> anyhow::Result<Self> {
        let (n, m) = (a.nrows(), a.ncols());
        let (mut rows, mut columns, mut squares) = (vec![false; n], vec![false; m], 0.0);
        for (i, j) in known.entries() {
            (rows[i], columns[j]) = (true, true);
            squares += a[(i, j)].powi(2);
        }
        let rms = (squares / known.count().max(1) as f64).sqrt();
        let scale = if rms > 0.0 { rms } else { 1.0 };
        let target = Mat::from_fn(n, m, |i, j| a[(i, j)] / scale);
        // A shared encoder needs one and the same map of features on both sides.
        let shared = matches!(method, Method::Symmetric | Method::Indefinite);
        let x_scaled = standardised(x, x, &rows)?;
        let y_scaled = if shared { standardised(y, x, &rows)? } else { standardised(y, y, &columns)? };
        Ok(Self { x: x_scaled, y: y_scaled, target, scale, method, known, weights })
    }

    /// The number of steps after which the validation entries are predicted best.
    fn best_steps(
        &self,
        start: &RelationNet,
        fit: &Fit,
        validation: &Mask,
        seed: Seed,
        device: &NetworkDevice,
    ) -> anyhow::Result<usize> {
        let mut best = (f64::INFINITY, fit.every);
        self.train(start, fit.steps, seed, device, fit.every, |step, net| {
            let b = self.predict(&net, Some(validation));
            let residual = |(i, j): (usize, usize)| b[(i, j)] / self.scale - self.target[(i, j)];
            let error: f64 = validation.entries().map(|at| self.weight(at) * residual(at).powi(2)).sum();
            if error < best.0 {
                best = (error, step);
            }
            let stuck = step >= best.1 + PATIENCE * fit.every;
            Ok(if stuck { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        })?;
        Ok(best.1)
    }

    /// Trains from `start` and shows the network every so many steps, until told to stop.
    fn train(
        &self,
        start: &RelationNet,
        steps: usize,
        seed: Seed,
        device: &NetworkDevice,
        every: usize,
        mut show: impl FnMut(usize, RelationNet) -> anyhow::Result<ControlFlow<()>>,
    ) -> anyhow::Result<()> {
        let device = device.clone().autodiff();
        let (mut net, _) = TrainableNet::upload(start, &device, Precision::F32)?;
        let mut rule = AdamWConfig::new().with_weight_decay(WEIGHT_DECAY).with_epsilon(1e-8).init();
        let mut stream = seed.stream("analyse/batches");
        let pairs: Vec<(usize, usize)> =
            if self.method == Method::Pairs { self.known.entries().collect() } else { Vec::new() };
        let whole = self.is_small(&pairs).then(|| self.batch(&pairs, &mut stream, &device));
        for step in 1..=steps {
            let sampled;
            let batch = match &whole {
                Some(batch) => batch,
                None => {
                    sampled = self.batch(&pairs, &mut stream, &device);
                    &sampled
                }
            };
            let loss = self.loss(&net, batch);
            let grads = GradientsParams::from_grads(loss.backward(), &net);
            net = rule.step(LEARNING_RATE, net, grads);
            if step.is_multiple_of(every) || step == steps {
                let trained =
                    net.download().with_context(|| format!("training diverged before step {step}"))?;
                if show(step, trained)?.is_break() {
                    break;
                }
            }
        }
        Ok(())
    }

    fn weight(&self, at: (usize, usize)) -> f64 {
        self.weights.map_or(1.0, |w| w[at])
    }

    fn is_small(&self, pairs: &[(usize, usize)]) -> bool {
        if self.method == Method::Pairs {
            pairs.len() <= PAIRS
        } else {
            self.x.len() <= BLOCK && self.y.len() <= BLOCK
        }
    }

    fn loss(&self, net: &TrainableNet, batch: &Batch) -> Tensor<1> {
        let values = match (self.method, net) {
            (Method::Pairs, TrainableNet::Symmetric(both)) => both.phi().forward(batch.x.clone()),
            _ => net.forward(batch.x.clone(), batch.y.clone()),
        };
        let errors = (values - batch.target.clone()).square() * batch.weight.clone();
        // Axis by axis: a full reduction is not bit-stable on every backend.
        errors.sum_dim(0).sum_dim(1).reshape([1]) / batch.count
    }

    fn batch(&self, pairs: &[(usize, usize)], stream: &mut Stream, device: &NetworkDevice) -> Batch {
        if self.method == Method::Pairs {
            return self.pairs_batch(pairs, stream, device);
        }
        let rows = chosen(self.x.len(), stream);
        let columns = chosen(self.y.len(), stream);
        let picked = |p: &Points, at: &[usize]| p.select(at).unwrap_or_else(|| p.clone());
        let known = |r: usize, c: usize| self.known.has(rows[r], columns[c]);
        let (n, m) = (rows.len(), columns.len());
        let weight =
            Mat::from_fn(n, m, |r, c| if known(r, c) { self.weight((rows[r], columns[c])) } else { 0.0 });
        let count: f64 = weight.col_iter().flat_map(|c| c.iter()).sum();
        let target =
            Mat::from_fn(n, m, |r, c| if known(r, c) { self.target[(rows[r], columns[c])] } else { 0.0 });
        let points = |p: &Points| points_to_tensor(p, device, Precision::F32);
        Batch {
            x: points(&picked(&self.x, &rows)),
            y: points(&picked(&self.y, &columns)),
            target: matrix_to_tensor(target.as_ref(), device, Precision::F32),
            weight: matrix_to_tensor(weight.as_ref(), device, Precision::F32),
            count: if count > 0.0 { count } else { 1.0 },
        }
    }

    fn pairs_batch(&self, pairs: &[(usize, usize)], stream: &mut Stream, device: &NetworkDevice) -> Batch {
        let drawn: Vec<(usize, usize)> = if pairs.len() <= PAIRS {
            pairs.to_vec()
        } else {
            (0..PAIRS).map(|_| pairs[stream.below(pairs.len())]).collect()
        };
        let count = drawn.len();
        let inputs: Vec<f64> =
            drawn.iter().flat_map(|&(i, j)| self.x.row(i).iter().chain(self.y.row(j)).copied()).collect();
        let targets: Vec<f64> = drawn.iter().map(|&at| self.target[at]).collect();
        let tensor = |values: &[f64], columns: usize| {
            slice_to_tensor(values, device, Precision::F32).reshape([count, columns])
        };
        let x = tensor(&inputs, self.x.dim() + self.y.dim());
        let weights: Vec<f64> = drawn.iter().map(|&at| self.weight(at)).collect();
        let (sum, weight) = (weights.iter().sum::<f64>(), tensor(&weights, 1));
        let total = if sum > 0.0 { sum } else { 1.0 };
        Batch { y: x.clone(), x, target: tensor(&targets, 1), weight, count: total }
    }

    /// The network's values in the units of the relation; of the pairs' perceptron only where they
    /// are wanted.
    fn predict(&self, net: &RelationNet, wanted: Option<&Mask>) -> Mat<f64> {
        let (n, m) = (self.x.len(), self.y.len());
        if self.method != Method::Pairs {
            let mut values = net.evaluate(&self.x, &self.y);
            values *= faer::Scale(self.scale);
            return values;
        }
        let mut out = Mat::zeros(n, m);
        for i in 0..n {
            let columns: Vec<usize> = (0..m).filter(|&j| wanted.is_none_or(|w| w.has(i, j))).collect();
            let rows: Vec<Vec<f64>> =
                columns.iter().map(|&j| [self.x.row(i), self.y.row(j)].concat()).collect();
            if let Ok(points) = Points::from_rows(&rows) {
                let values = net.phi_net().forward(&points);
                columns.iter().enumerate().for_each(|(k, &j)| out[(i, j)] = self.scale * values[(k, 0)]);
            }
        }
        out
    }
}

/// Rows of a step's block: all, or so many at random.
fn chosen(count: usize, stream: &mut Stream) -> Vec<usize> {
    if count <= BLOCK {
        return (0..count).collect();
    }
    let mut all = stream.permutation(count);
    all.truncate(BLOCK);
    all
}

/// `points` shifted and scaled so that the known rows of `model` have mean 0 and variance 1 in each
/// feature; a feature that is constant there is only shifted.
fn standardised(points: &Points, model: &Points, known: &[bool]) -> anyhow::Result<Points> {
    let p = points.dim();
    let rows: Vec<&[f64]> = model.rows().zip(known).filter(|(_, k)| **k).map(|(r, _)| r).collect();
    ensure!(!rows.is_empty(), "no object is known to the fit");
    let count = rows.len() as f64;
    let mean: Vec<f64> = (0..p).map(|k| rows.iter().map(|r| r[k] / count).sum()).collect();
    let deviation = |k: usize| (rows.iter().map(|r| (r[k] - mean[k]).powi(2) / count).sum::<f64>()).sqrt();
    let scale: Vec<f64> = (0..p).map(deviation).map(|d| if d > 0.0 { d } else { 1.0 }).collect();
    let values =
        points.rows().flat_map(|r| (0..p).map(|k| (r[k] - mean[k]) / scale[k]).collect::<Vec<_>>()).collect();
    Ok(Points::new(p, values)?)
}
