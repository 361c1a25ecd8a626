//! Multilayer perceptrons as burn modules: the trainable twins of [`relata_networks::Mlp`].

use crate::activation::apply;
use crate::convert::{TensorReadError, matrix_to_tensor, slice_to_tensor, tensor_to_matrix, tensor_to_vec};
use crate::device::{ActivationSite, NetworkDevice};
use crate::precision::Precision;
use burn::module::{Module, Param, ParamId};
use burn::tensor::{Device, Tensor};
use relata_networks::{Activation, Affine, Block, Mlp, NetworkError, Skip, Trainable};
use thiserror::Error;

/// `h -> h W + b` on rows, with `W` and `b` parameters.
#[derive(Module, Debug)]
pub struct DenseLayer {
    weight: Param<Tensor<2>>,
    bias: Param<Tensor<1>>,
}

/// `h -> h W + b` on rows, with `W` and `b` fixed.
#[derive(Module, Debug)]
pub struct Fixed {
    weight: Tensor<2>,
    bias: Tensor<1>,
}

/// The affine part of a hidden layer.
#[derive(Module, Debug)]
#[allow(clippy::large_enum_variant)] // one a layer
pub enum Weights {
    /// Parameters.
    Free(DenseLayer),
    /// As drawn (random Fourier features).
    Frozen(Fixed),
}

/// One hidden layer `h -> a(h W + b)`, or `h + a(h W + b)` with a skip connection.
#[derive(Module, Debug)]
pub struct Hidden {
    weights: Weights,
    #[module(skip)]
    activation: Activation,
    #[module(skip)]
    site: ActivationSite,
    #[module(skip)]
    skip: Skip,
}

/// A multilayer perceptron on a device.
#[derive(Module, Debug)]
pub struct TrainableMlp {
    hidden: Vec<Hidden>,
    head: DenseLayer,
}

/// Why a network could not be read back from its device.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum DownloadError {
    /// The device did not give the weights back.
    #[error(transparent)]
    Read(#[from] TensorReadError),
    /// The weights do not form a network, for instance because training made them infinite.
    #[error(transparent)]
    Network(#[from] NetworkError),
}

/// Numbers the parameters of one module in order, so that identities do not depend on a global
/// generator. Parts of one module are numbered by one counter.
#[derive(Debug, Default)]
pub struct ParameterIds(u64);

impl ParameterIds {
    /// The next number.
    #[allow(clippy::should_implement_trait)] // it never ends, and is no iterator
    pub fn next(&mut self) -> ParamId {
        self.0 += 1;
        ParamId::from(self.0)
    }
}

impl DenseLayer {
    pub(crate) fn upload(
        a: &Affine,
        ids: &mut ParameterIds,
        device: &NetworkDevice,
        precision: Precision,
    ) -> Self {
        Self {
            weight: parameter(ids.next(), matrix_to_tensor(a.weight(), device, precision)),
            bias: parameter(ids.next(), slice_to_tensor(a.bias(), device, precision)),
        }
    }

    /// `h W + b`.
    ///
    /// # Shapes
    /// `[n, n_in]` to `[n, n_out]`.
    #[must_use]
    pub fn forward(&self, h: Tensor<2>) -> Tensor<2> {
        h.matmul(self.weight.val()) + self.bias.val().unsqueeze()
    }

    pub(crate) fn download(&self) -> Result<Affine, TensorReadError> {
        affine(self.weight.val(), self.bias.val())
    }
}

impl Hidden {
    fn upload(block: &Block, ids: &mut ParameterIds, device: &NetworkDevice, precision: Precision) -> Self {
        let weights = match block.training {
            Trainable::Free => Weights::Free(DenseLayer::upload(&block.affine, ids, device, precision)),
            Trainable::Frozen => Weights::Frozen(Fixed {
                weight: matrix_to_tensor(block.affine.weight(), device, precision),
                bias: slice_to_tensor(block.affine.bias(), device, precision),
            }),
        };
        Self { weights, activation: block.activation, site: device.activations(), skip: block.skip }
    }

    /// The layer's output.
    ///
    /// # Shapes
    /// `[n, n_in]` to `[n, n_out]`.
    #[must_use]
    pub fn forward(&self, h: Tensor<2>) -> Tensor<2> {
        let z = match &self.weights {
            Weights::Free(dense) => dense.forward(h.clone()),
            Weights::Frozen(fixed) => h.clone().matmul(fixed.weight.clone()) + fixed.bias.clone().unsqueeze(),
        };
        let a = apply(self.activation, z, self.site);
        match self.skip {
            Skip::None => a,
            Skip::Residual => h + a,
        }
    }

    fn download(&self) -> Result<Block, TensorReadError> {
        let (affine, training) = match &self.weights {
            Weights::Free(dense) => (dense.download()?, Trainable::Free),
            Weights::Frozen(fixed) => (affine(fixed.weight.clone(), fixed.bias.clone())?, Trainable::Frozen),
        };
        Ok(Block { affine, activation: self.activation, skip: self.skip, training })
    }
}

impl TrainableMlp {
    /// Puts a perceptron on a device that has the floating-point type, as a part of the module that
    /// `ids` numbers.
    #[must_use]
    pub fn upload(net: &Mlp, ids: &mut ParameterIds, device: &NetworkDevice, precision: Precision) -> Self {
        Self {
            hidden: upload_hidden(net, ids, device, precision),
            head: DenseLayer::upload(net.head(), ids, device, precision),
        }
    }

    /// The features that the head sees.
    ///
    /// # Shapes
    /// `[n, p]` to `[n, width]`.
    #[must_use]
    pub fn hidden(&self, x: Tensor<2>) -> Tensor<2> {
        self.hidden.iter().fold(x, |h, layer| layer.forward(h))
    }

    /// The outputs.
    ///
    /// # Shapes
    /// `[n, p]` to `[n, d]`.
    #[must_use]
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        self.head.forward(self.hidden(x))
    }

    /// The device and the floating-point type of the parameters.
    pub(crate) fn home(&self) -> (Device, Precision) {
        let head = self.head.weight.val();
        let precision = if head.dtype() == Precision::F64.dtype() { Precision::F64 } else { Precision::F32 };
        (head.device(), precision)
    }

    /// The f64 twin.
    ///
    /// # Errors
    /// [`DownloadError`] if the device does not give the weights back or they are not finite.
    pub fn download(&self) -> Result<Mlp, DownloadError> {
        Ok(Mlp::new(download_hidden(&self.hidden)?, self.head.download()?)?)
    }
}

pub(crate) fn upload_hidden(
    net: &Mlp,
    ids: &mut ParameterIds,
    device: &NetworkDevice,
    precision: Precision,
) -> Vec<Hidden> {
    net.blocks().iter().map(|b| Hidden::upload(b, ids, device, precision)).collect()
}

pub(crate) fn download_hidden(hidden: &[Hidden]) -> Result<Vec<Block>, TensorReadError> {
    hidden.iter().map(Hidden::download).collect()
}

/// A parameter of that value, with gradients recorded where the device records them.
#[must_use]
pub fn parameter<const D: usize>(id: ParamId, value: Tensor<D>) -> Param<Tensor<D>> {
    // On a device without autodiff this is recorded alone; on one with it the leaf tracks gradients
    // from here on.
    Param::initialized(id, value).set_require_grad(true)
}

fn affine(weight: Tensor<2>, bias: Tensor<1>) -> Result<Affine, TensorReadError> {
    Ok(Affine::new(tensor_to_matrix(weight)?, tensor_to_vec(bias)?))
}
