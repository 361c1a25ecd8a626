//! The training step on tensors: for every backend, and for modules that the fused step does not
//! know.

use crate::adam::{Adam, Moments};
use crate::batches::{Batch, Whole, WholeTarget};
use crate::config::Optimizer;
use crate::convert::{
    TensorReadError, matrix_to_tensor, points_to_tensor, slice_to_tensor, transposed_to_tensor,
};
use crate::error::TrainError;
use crate::layers::DownloadError;
use crate::loss::{all_pairs_loss, low_rank_loss, weighted_loss};
use crate::outcome::Formulation;
use crate::parameters::{gradient_norm, parameter_shapes, read_parameters, write_parameters};
use crate::precision::Precision;
use crate::state::{StepAt, Trainee};
use crate::trainable::TrainableNet;
use burn::module::Module;
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor};
use relata_networks::RelationNet;
use relata_relations::{Points, Relation, evaluate};

/// A module of inner products of `k` pairs of feature maps.
pub(crate) trait FeatureMaps: Module + Clone {
    /// The feature maps of each relation: `[n, d]` and `[m, d]`.
    fn all_features(&self, x: Tensor<2>, y: Tensor<2>) -> Vec<(Tensor<2>, Tensor<2>)>;

    /// The f64 networks, one per relation.
    fn nets(&self) -> Result<Vec<RelationNet>, DownloadError>;
}

impl FeatureMaps for TrainableNet {
    fn all_features(&self, x: Tensor<2>, y: Tensor<2>) -> Vec<(Tensor<2>, Tensor<2>)> {
        vec![self.features(x, y)]
    }

    fn nets(&self) -> Result<Vec<RelationNet>, DownloadError> {
        Ok(vec![self.download()?])
    }
}

/// A module in training.
pub(crate) struct Tensors<'a, M> {
    module: M,
    adam: Adam,
    relations: &'a [&'a dyn Relation],
    scales: &'a [f64],
    held: Option<TensorBatch>,
    home: Home,
}

/// Where tensors live.
struct Home {
    device: Device,
    precision: Precision,
}

/// The inputs of one evaluation of the loss.
#[derive(Clone)]
struct TensorBatch {
    x: Tensor<2>,
    y: Tensor<2>,
    /// One for each relation.
    targets: Vec<Target>,
}

/// What the inner products of a batch should be: a relation over its root mean square. Matrices are
/// `[m, n]`, `y` first, which is how a column-major matrix lies in memory. Roots are those of
/// weights that sum to 1.
#[derive(Clone)]
#[allow(clippy::large_enum_variant)] // one per relation
enum Target {
    /// All pairs count alike.
    Pairs(Tensor<2>),
    /// Roots of the weights of `x` and of `y`; the matrix is already multiplied by both.
    Weighted([Tensor<1>; 2], Tensor<2>),
    /// Roots of the weights, and the factors `A`, `B` of the weighted relation.
    Factors([Tensor<1>; 2], Tensor<2>, Tensor<2>),
}

impl<'a, M: FeatureMaps> Tensors<'a, M> {
    /// A module in units of `scales`, which are those of the relations; on the `whole` of a rule, if
    /// there is one.
    pub(crate) fn new(
        module: M,
        relations: &'a [&'a dyn Relation],
        scales: &'a [f64],
        whole: Option<&Whole>,
        optimizer: Optimizer,
        device: &Device,
        precision: Precision,
    ) -> Self {
        let Optimizer::Adam { beta1, beta2, epsilon, weight_decay } = optimizer;
        let adam = Adam::new(beta1, beta2, epsilon, weight_decay);
        let home = Home { device: device.clone(), precision };
        let held = whole.map(|whole| home.whole(whole));
        Self { module, adam, relations, scales, held, home }
    }
}

impl<M: FeatureMaps> Trainee for Tensors<'_, M> {
    fn formulation(&self) -> Formulation {
        Formulation::Tensors
    }

    fn step(&mut self, batch: &Batch, at: StepAt) -> Result<(f64, f64), TrainError> {
        let drawn = match &batch.points {
            None => None,
            Some(points) => Some(self.home.pairs(self.relations, self.scales, points)?),
        };
        let Some(batch) = drawn.as_ref().or(self.held.as_ref()) else { return Ok((0.0, 0.0)) };
        let loss = batch_loss(&self.module, batch);
        let value = scalar(loss.clone())?;
        at.check(value, 0.0)?;
        let grads = GradientsParams::from_grads(loss.backward(), &self.module);
        let norm = gradient_norm(&self.module, &grads)?;
        at.check(value, norm)?;
        self.module = self.adam.step(at.learning_rate, at.shrink(norm), self.module.clone(), grads);
        Ok((value, norm))
    }

    fn nets(&self) -> Result<Vec<RelationNet>, DownloadError> {
        self.module.nets()
    }

    fn lengths(&self) -> Vec<usize> {
        parameter_shapes(&self.module).iter().map(|s| s.iter().product()).collect()
    }

    fn parameters(&self) -> Result<Vec<Vec<f64>>, TensorReadError> {
        read_parameters(&self.module)
    }

    fn set_parameters(&mut self, values: &[Vec<f64>]) {
        self.module = write_parameters(self.module.clone(), values, self.home.precision);
    }

    fn moments(&self) -> Result<Vec<Option<Moments>>, TensorReadError> {
        self.adam.read()
    }

    fn set_moments(&mut self, moments: &[Option<Moments>]) {
        self.adam.write(moments, &self.home.device, self.home.precision);
    }
}

impl Home {
    /// The batch of these points, where all pairs count alike.
    fn pairs(
        &self,
        relations: &[&dyn Relation],
        scales: &[f64],
        [x, y]: &[Points; 2],
    ) -> Result<TensorBatch, TrainError> {
        let target = |(r, scale): (&&dyn Relation, &f64)| {
            let values = evaluate(*r, x, y)?;
            Ok(Target::Pairs(transposed_to_tensor(
                values.as_ref(),
                1.0 / scale,
                &self.device,
                self.precision,
            )))
        };
        let targets = relations.iter().zip(scales).map(target).collect::<Result<_, TrainError>>()?;
        Ok(TensorBatch { x: self.points(x), y: self.points(y), targets })
    }

    fn whole(&self, whole: &Whole) -> TensorBatch {
        let roots = || whole.roots.each_ref().map(|w| slice_to_tensor(w, &self.device, self.precision));
        let targets = match &whole.target {
            WholeTarget::Weighted(all) => {
                let matrix = |a| transposed_to_tensor(a, 1.0, &self.device, self.precision);
                all.iter().map(|a| Target::Weighted(roots(), matrix(a.as_ref()))).collect()
            }
            WholeTarget::Factors(all) => {
                let factor = |f| matrix_to_tensor(f, &self.device, self.precision);
                all.iter()
                    .map(|[a, b]| Target::Factors(roots(), factor(a.as_ref()), factor(b.as_ref())))
                    .collect()
            }
        };
        let [x, y] = &whole.points;
        TensorBatch { x: self.points(x), y: self.points(y), targets }
    }

    fn points(&self, x: &Points) -> Tensor<2> {
        points_to_tensor(x, &self.device, self.precision)
    }
}

/// The mean over the relations of the loss of each.
fn batch_loss<M: FeatureMaps>(module: &M, batch: &TensorBatch) -> Tensor<1> {
    let features = module.all_features(batch.x.clone(), batch.y.clone());
    let count = features.len() as f64;
    let losses = features.into_iter().zip(&batch.targets).map(|((phi, psi), target)| match target {
        Target::Pairs(t) => all_pairs_loss(psi, phi, t.clone()),
        Target::Weighted([u, v], t) => weighted_loss((psi, v.clone()), (phi, u.clone()), t.clone()),
        Target::Factors([u, v], a, b) => low_rank_loss((phi, u.clone()), (psi, v.clone()), (a, b)),
    });
    Tensor::cat(losses.collect(), 0).sum_dim(0) / count
}

pub(crate) fn scalar(t: Tensor<1>) -> Result<f64, TensorReadError> {
    t.try_into_scalar::<f64>().map_err(|e| TensorReadError { reason: e.to_string() })
}
