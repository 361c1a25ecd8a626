//! Training a retrieval head end to end: scores, softmax and values, from what was to be retrieved.
//!
//! A context is a query `x` and keys `y_1, .., y_n`; the head's output is `sum_i a_i v(y_i)` with
//! `a = softmax(<phi(x), psi(y_i)>)`, read as logits of the class of the key that should be
//! retrieved. The loss is the mean cross-entropy over the contexts of a batch.

use crate::config::{TrainParams, TrainParamsError};
use crate::convert::{matrix_to_tensor, points_to_tensor};
use crate::descend::{DescentParams, descend};
use crate::device::NetworkDevice;
use crate::error::TrainError;
use crate::layers::{DownloadError, ParameterIds, TrainableMlp};
use crate::precision::Precision;
use crate::trainable::rounding_cost;
use crate::upload::{UploadError, check_device};
use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::activation::{log_softmax, softmax};
use faer::Mat;
use relata_networks::{Mlp, NetworkError, RelationNet};
use relata_relations::Points;

/// A head in f64: `<phi(x), psi(y)>` for the scores and a perceptron for the values, whose outputs
/// are logits of classes.
#[derive(Clone, Debug, PartialEq)]
pub struct RetrievalHead {
    scores: RelationNet,
    values: Mlp,
}

/// The head on a device.
#[derive(Module, Debug)]
pub struct TrainableRetrievalHead {
    queries: TrainableMlp,
    keys: TrainableMlp,
    values: TrainableMlp,
}

/// Contexts of one length, with the class to be retrieved from each.
#[derive(Clone, Debug)]
pub struct ContextBatch {
    /// One query a context, `B x p`.
    pub queries: Points,
    /// The keys of all contexts, context after context, `B n x q`.
    pub keys: Points,
    /// The class of each context.
    pub classes: Vec<usize>,
}

/// Which weights training may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Learn {
    /// Scores and values.
    Everything,
    /// The values; scores stay as they are.
    Values,
}

/// How to train.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RetrievalParams {
    /// Adam steps.
    pub steps: usize,
    /// Adam's learning rate, brought to 0 by a cosine over the steps.
    pub learning_rate: f64,
    /// What is learned.
    pub learn: Learn,
    /// The floating-point type on the device.
    pub precision: Precision,
}

impl RetrievalParams {
    /// Checks every field.
    ///
    /// # Errors
    /// [`TrainParamsError`] naming the first field out of range.
    pub fn checked(&self) -> Result<CheckedRetrievalParams, TrainParamsError> {
        TrainParams::adam(self.steps).with_learning_rate(self.learning_rate).checked()?;
        Ok(CheckedRetrievalParams(*self))
    }
}

/// [`RetrievalParams`] with every field in its range, made by [`RetrievalParams::checked`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CheckedRetrievalParams(RetrievalParams);

/// A trained head.
#[derive(Clone, Debug)]
pub struct TrainedRetrieval {
    /// The head, in f64.
    pub head: RetrievalHead,
    /// The loss of every step.
    pub losses: Vec<f64>,
}

impl RetrievalHead {
    /// A head from the encoders of queries and keys, and the values.
    ///
    /// # Errors
    /// [`NetworkError::Encoders`] if the encoders have different numbers of outputs, or keys and
    /// values of inputs.
    pub fn new(queries: Mlp, keys: Mlp, values: Mlp) -> Result<Self, NetworkError> {
        let scores = RelationNet::asymmetric(queries, keys)?;
        let (first, second) = (scores.psi_net().inputs(), values.inputs());
        if first != second {
            return Err(NetworkError::Encoders {
                what: "inputs of the keys' encoder and the values",
                first,
                second,
            });
        }
        Ok(Self { scores, values })
    }

    /// The inner product of the scores.
    #[must_use]
    pub fn scores(&self) -> &RelationNet {
        &self.scores
    }

    /// The values, one logit per class.
    #[must_use]
    pub fn values(&self) -> &Mlp {
        &self.values
    }
}

impl TrainableRetrievalHead {
    /// Puts a head on a device.
    ///
    /// # Errors
    /// [`UploadError`] if the device lacks the floating-point type or a weight does not fit it.
    pub fn upload(
        head: &RetrievalHead,
        device: &NetworkDevice,
        precision: Precision,
    ) -> Result<Self, UploadError> {
        check_device(precision, device)?;
        rounding_cost(&head.scores, precision)?;
        let mut ids = ParameterIds::default();
        let mut put = |net: &Mlp| TrainableMlp::upload(net, &mut ids, device, precision);
        Ok(Self {
            queries: put(head.scores.phi_net()),
            keys: put(head.scores.psi_net()),
            values: put(&head.values),
        })
    }

    /// The f64 twin.
    ///
    /// # Errors
    /// [`DownloadError`] if the device does not give the weights back or they are not finite.
    pub fn download(&self) -> Result<RetrievalHead, DownloadError> {
        Ok(RetrievalHead::new(self.queries.download()?, self.keys.download()?, self.values.download()?)?)
    }

    /// The outputs of `B` contexts of `n` keys.
    ///
    /// # Shapes
    /// `[B, p]` and `[B n, q]` to `[B, c]`.
    #[must_use]
    pub fn forward(&self, queries: Tensor<2>, keys: Tensor<2>) -> Tensor<2> {
        self.attend(queries, keys, Learn::Everything)
    }

    fn attend(&self, queries: Tensor<2>, keys: Tensor<2>, learn: Learn) -> Tensor<2> {
        let [batch, _] = queries.dims();
        let n = keys.dims()[0] / batch;
        let weights = match learn {
            Learn::Everything => weights(self.queries.forward(queries), self.keys.forward(keys.clone())),
            // Without a graph: one that is never walked backwards is kept, and searched, for ever.
            Learn::Values => {
                let (phi, psi) = (self.queries.valid(), self.keys.valid());
                Tensor::from_inner(weights(phi.forward(queries.inner()), psi.forward(keys.clone().inner())))
            }
        };
        let values = self.values.forward(keys);
        let classes = values.dims()[1];
        weights.matmul(values.reshape([batch, n, classes])).reshape([batch, classes])
    }
}

/// The attention of `B` queries to `n` keys each, `[B, d]` and `[B n, d]` to `[B, 1, n]`.
fn weights(phi: Tensor<2>, psi: Tensor<2>) -> Tensor<3> {
    let [batch, d] = phi.dims();
    let n = psi.dims()[0] / batch;
    softmax(phi.reshape([batch, 1, d]).matmul(psi.reshape([batch, n, d]).swap_dims(1, 2)), 2)
}

/// Trains a head on contexts that `next` draws for each step (counted from 0), by Adam on the
/// cross-entropy.
///
/// The same head, contexts and configuration give the same bytes on one machine and backend.
///
/// # Errors
/// [`TrainError`]; [`TrainError::Contexts`] for batches that do not fit the head.
pub fn train_retrieval(
    head: &RetrievalHead,
    config: &RetrievalParams,
    device: &NetworkDevice,
    next: &mut dyn FnMut(usize) -> ContextBatch,
) -> Result<TrainedRetrieval, TrainError> {
    let CheckedRetrievalParams(config) = config.checked()?;
    let device = device.clone().autodiff();
    let module = TrainableRetrievalHead::upload(head, &device, config.precision)?;
    let classes = head.values.outputs();
    let descent = DescentParams::new(config.steps, config.learning_rate);
    let (module, losses) = descend(module, &descent, &mut |module, step| {
        let batch = next(step);
        check(&batch, head)?;
        let one_hot =
            Mat::from_fn(batch.classes.len(), classes, |i, c| f64::from(u8::from(batch.classes[i] == c)));
        let target = matrix_to_tensor(one_hot.as_ref(), &device, config.precision);
        let queries = points_to_tensor(&batch.queries, &device, config.precision);
        let keys = points_to_tensor(&batch.keys, &device, config.precision);
        let logits = module.attend(queries, keys, config.learn);
        let each = (log_softmax(logits, 1) * target).sum_dim(0).sum_dim(1);
        Ok(each.reshape([1]) * (-1.0 / batch.classes.len() as f64))
    })?;
    let trained = module.download()?;
    // What was not to be learned is returned as it came, without the rounding of the device.
    let head = match config.learn {
        Learn::Everything => trained,
        Learn::Values => RetrievalHead { scores: head.scores.clone(), ..trained },
    };
    Ok(TrainedRetrieval { head, losses })
}

fn check(batch: &ContextBatch, head: &RetrievalHead) -> Result<(), TrainError> {
    let (contexts, keys) = (batch.queries.len(), batch.keys.len());
    let classes = head.values.outputs();
    let fits = keys.is_multiple_of(contexts)
        && batch.classes.len() == contexts
        && batch.classes.iter().all(|c| *c < classes)
        && batch.queries.dim() == head.scores.phi_net().inputs()
        && batch.keys.dim() == head.scores.psi_net().inputs();
    if fits {
        return Ok(());
    }
    Err(TrainError::Contexts { contexts, keys, labels: batch.classes.len(), classes })
}
