//! The network that a trainer sees, and its passage to and from the f64 network.

use crate::convert::{TensorReadError, points_to_tensor, tensor_to_matrix};
use crate::device::NetworkDevice;
use crate::layers::{DownloadError, ParameterIds};
use crate::nets::{AsymmetricRelationNet, IndefiniteRelationNet, SymmetricRelationNet};
use crate::precision::Precision;
use crate::upload::{UploadError, check_device};
use burn::module::Module;
use burn::tensor::{Device, Tensor};
use faer::Mat;
use relata_networks::{Affine, Block, Mlp, NetworkError, RelationNet, Trainable};
use relata_relations::Points;

/// A relation network on a device, of any of the three classes: the trainable twin of
/// [`RelationNet`].
///
/// ```
/// use burn::tensor::Device;
/// use relata_networks::{MlpConfig, RelationNet};
/// use relata_relations::{Points, Seed};
/// use relata_training::{Precision, TrainableNet};
/// let net = RelationNet::symmetric(MlpConfig::new(1, 4).with_width(8).init(Seed(1), "phi")?);
/// let (twin, cost) = TrainableNet::upload(&net, &Device::flex().into(), Precision::F32)?;
/// assert!(cost.relative <= f64::from(f32::EPSILON));
/// let at = Points::line(vec![0.0, 0.5, 1.0])?;
/// assert!(twin.output_change(&net, &at, &at)?.relative_l2 < 1e-5);
/// assert_eq!(twin.download()?.neurons(), net.neurons());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Module, Debug)]
pub enum TrainableNet {
    /// `<phi(x), phi(y)>`.
    Symmetric(SymmetricRelationNet),
    /// `<phi(x), psi(y)>`.
    Asymmetric(AsymmetricRelationNet),
    /// `<phi(x), J phi(y)>`.
    Indefinite(IndefiniteRelationNet),
}

/// What rounding the weights to the device's floating-point type costs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RoundingCost {
    /// The largest `|w - round(w)|` over weights and biases.
    pub absolute: f64,
    /// The largest `|w - round(w)| / |w|` over those that are not 0.
    pub relative: f64,
}

/// How far the outputs on the device are from those in f64.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OutputChange {
    /// The largest difference over all pairs.
    pub absolute: f64,
    /// The root mean square of the difference over that of the f64 values; 0 where both vanish.
    pub relative_l2: f64,
}

impl TrainableNet {
    /// Puts a network on a device in the given precision and says what rounding the weights costs.
    ///
    /// # Errors
    /// [`UploadError`] if the device lacks the floating-point type or a weight is beyond its range.
    pub fn upload(
        net: &RelationNet,
        device: &NetworkDevice,
        precision: Precision,
    ) -> Result<(Self, RoundingCost), UploadError> {
        Self::upload_part(net, &mut ParameterIds::default(), device, precision)
    }

    /// [`Self::upload`] for a network that is a part of a larger module, whose parameters `ids`
    /// numbers.
    ///
    /// # Errors
    /// [`UploadError`] if the device lacks the floating-point type or a weight is beyond its range.
    pub fn upload_part(
        net: &RelationNet,
        ids: &mut ParameterIds,
        device: &NetworkDevice,
        precision: Precision,
    ) -> Result<(Self, RoundingCost), UploadError> {
        check_device(precision, device)?;
        let cost = rounding_cost(net, precision)?;
        let twin = match net {
            RelationNet::Symmetric(phi) => {
                Self::Symmetric(SymmetricRelationNet::upload(phi, ids, device, precision))
            }
            RelationNet::Asymmetric(phi, psi) => {
                Self::Asymmetric(AsymmetricRelationNet::upload([phi, psi], ids, device, precision))
            }
            RelationNet::Indefinite(phi, signs) => {
                Self::Indefinite(IndefiniteRelationNet::upload(phi, signs, ids, device, precision))
            }
        };
        Ok((twin, cost))
    }

    /// The f64 twin: exactly the weights on the device.
    ///
    /// # Errors
    /// [`DownloadError`] if the device does not give the weights back or they are not finite.
    pub fn download(&self) -> Result<RelationNet, DownloadError> {
        Ok(match self {
            Self::Symmetric(net) => RelationNet::symmetric(net.phi().download()?),
            Self::Asymmetric(net) => RelationNet::asymmetric(net.phi().download()?, net.psi().download()?)?,
            Self::Indefinite(net) => RelationNet::indefinite(net.phi().download()?, net.signs().to_vec())?,
        })
    }

    /// Both feature maps; their inner products are the network's values.
    ///
    /// # Shapes
    /// `[n, p]` and `[m, q]` to `[n, d]` and `[m, d]`.
    #[must_use]
    pub fn features(&self, x: Tensor<2>, y: Tensor<2>) -> (Tensor<2>, Tensor<2>) {
        match self {
            Self::Symmetric(net) => net.features(x, y),
            Self::Asymmetric(net) => net.features(x, y),
            Self::Indefinite(net) => net.features(x, y),
        }
    }

    /// The values of all pairs.
    ///
    /// # Shapes
    /// `[n, p]` and `[m, q]` to `[n, m]`.
    #[must_use]
    pub fn forward(&self, x: Tensor<2>, y: Tensor<2>) -> Tensor<2> {
        match self {
            Self::Symmetric(net) => net.forward(x, y),
            Self::Asymmetric(net) => net.forward(x, y),
            Self::Indefinite(net) => net.forward(x, y),
        }
    }

    /// [`Self::forward`] from and to the host, computed on the device. Shapes: `n x p` and `m x q`
    /// to `n x m`.
    ///
    /// # Errors
    /// [`TensorReadError`] if the device does not give the values back.
    pub fn evaluate(&self, x: &Points, y: &Points) -> Result<Mat<f64>, TensorReadError> {
        let (device, precision) = self.home();
        let values =
            self.forward(points_to_tensor(x, &device, precision), points_to_tensor(y, &device, precision));
        tensor_to_matrix(values)
    }

    /// How far the values computed here are from those of `original` in f64, over all pairs of the
    /// points: the rounding of weights, inputs and arithmetic together.
    ///
    /// # Errors
    /// [`TensorReadError`] if the device does not give the values back.
    pub fn output_change(
        &self,
        original: &RelationNet,
        x: &Points,
        y: &Points,
    ) -> Result<OutputChange, TensorReadError> {
        let (here, there) = (self.evaluate(x, y)?, original.evaluate(x, y));
        let (mut absolute, mut squares) = (0.0f64, 0.0f64);
        for (a, b) in here.col_iter().zip(there.col_iter()) {
            for (a, b) in a.iter().zip(b.iter()) {
                absolute = absolute.max((a - b).abs());
                squares += (a - b) * (a - b);
            }
        }
        let norm = there.squared_norm_l2();
        let relative_l2 = if squares > 0.0 { (squares / norm).sqrt() } else { 0.0 };
        Ok(OutputChange { absolute, relative_l2 })
    }

    /// The device and the floating-point type of the parameters.
    pub(crate) fn home(&self) -> (Device, Precision) {
        match self {
            Self::Symmetric(net) => net.phi().home(),
            Self::Asymmetric(net) => net.phi().home(),
            Self::Indefinite(net) => net.phi().home(),
        }
    }
}

/// What rounding the weights of a network to a floating-point type costs.
///
/// # Errors
/// [`UploadError::Overflow`] if a weight is beyond the type's range.
pub fn rounding_cost(net: &RelationNet, precision: Precision) -> Result<RoundingCost, UploadError> {
    let mut cost = RoundingCost { absolute: 0.0, relative: 0.0 };
    let mut add = |value: f64| {
        let rounded = precision.round(value);
        if !rounded.is_finite() {
            return Err(UploadError::Overflow { value, precision });
        }
        let error = (value - rounded).abs();
        cost.absolute = cost.absolute.max(error);
        if value != 0.0 {
            cost.relative = cost.relative.max(error / value.abs());
        }
        Ok(())
    };
    for affine in affines(net) {
        for column in affine.weight().col_iter() {
            column.iter().try_for_each(|w| add(*w))?;
        }
        affine.bias().iter().try_for_each(|b| add(*b))?;
    }
    Ok(cost)
}

/// The network with weights and biases of its free hidden layers multiplied by `hidden` and those
/// of its heads by `head`.
///
/// [`relata_networks::MlpConfig::init`] keeps unit variance through the layers. Smooth relations in
/// several dimensions train better from features that are nearly linear over the domain: `hidden`
/// about 0.4, `head` about 0.6.
///
/// # Errors
/// [`NetworkError::NonFinite`] if a factor is not finite.
pub fn rescale(net: &RelationNet, hidden: f64, head: f64) -> Result<RelationNet, NetworkError> {
    let times = |a: &Affine, factor: f64| {
        Affine::new(a.weight() * faer::Scale(factor), a.bias().iter().map(|b| b * factor).collect())
    };
    let layers = |mlp: &Mlp| {
        let scaled = |b: &Block| match b.training {
            Trainable::Free => Block { affine: times(&b.affine, hidden), ..b.clone() },
            Trainable::Frozen => b.clone(),
        };
        Mlp::new(mlp.blocks().iter().map(scaled).collect(), times(mlp.head(), head))
    };
    Ok(match net {
        RelationNet::Symmetric(phi) => RelationNet::symmetric(layers(phi)?),
        RelationNet::Asymmetric(phi, psi) => RelationNet::asymmetric(layers(phi)?, layers(psi)?)?,
        RelationNet::Indefinite(phi, signs) => RelationNet::indefinite(layers(phi)?, signs.clone())?,
    })
}

fn affines(net: &RelationNet) -> impl Iterator<Item = &Affine> {
    fn layers(mlp: &Mlp) -> impl Iterator<Item = &Affine> {
        mlp.blocks().iter().map(|b| &b.affine).chain([mlp.head()])
    }
    let second = match net {
        RelationNet::Asymmetric(_, psi) => Some(psi),
        RelationNet::Symmetric(_) | RelationNet::Indefinite(..) => None,
    };
    layers(net.phi_net()).chain(second.into_iter().flat_map(layers))
}
