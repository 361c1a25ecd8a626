//! Relation networks as burn modules, `Config -> init(seed, &Device) -> forward`.
//!
//! Weights are drawn on the host in f64 by [`MlpConfig::init`] (streams `init/phi/..` and
//! `init/psi/..` of the seed) and uploaded: a seed means the same network on every backend.

use crate::convert::slice_to_tensor;
use crate::device::NetworkDevice;
use crate::layers::{ParameterIds, TrainableMlp};
use crate::precision::Precision;
use crate::upload::{UploadError, check_device};
use burn::module::Module;
use burn::tensor::Tensor;
use relata_networks::{ConfigError, Mlp, MlpConfig, RelationNet};
use relata_relations::Seed;
use serde::{Deserialize, Serialize};

/// The shape of `<phi(x), phi(y)>`.
///
/// ```
/// use burn::tensor::Device;
/// use relata_networks::MlpConfig;
/// use relata_relations::{Points, Seed};
/// use relata_training::{Precision, SymmetricRelationNetConfig, points_to_tensor};
/// let device = Device::flex().into();
/// let net = SymmetricRelationNetConfig::new(MlpConfig::new(1, 4).with_width(16)).init(Seed(7), &device)?;
/// let x = points_to_tensor(&Points::line(vec![0.0, 0.5, 1.0])?, &device, Precision::F32);
/// assert_eq!(net.forward(x.clone(), x).dims(), [3, 3]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SymmetricRelationNetConfig {
    /// The encoder of both arguments.
    pub phi: MlpConfig,
    /// The floating-point type on the device.
    #[serde(default)]
    pub precision: Precision,
}

/// The shape of `<phi(x), psi(y)>`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AsymmetricRelationNetConfig {
    /// The encoder of `x`.
    pub phi: MlpConfig,
    /// The encoder of `y`; as many outputs as `phi`.
    pub psi: MlpConfig,
    /// The floating-point type on the device.
    #[serde(default)]
    pub precision: Precision,
}

/// The shape of `<phi(x), J phi(y)>` with `J = diag(signs)`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IndefiniteRelationNetConfig {
    /// The encoder of both arguments.
    pub phi: MlpConfig,
    /// The diagonal of `J`: as many entries, 1 or -1, as `phi` has outputs.
    pub signs: Vec<f64>,
    /// The floating-point type on the device.
    #[serde(default)]
    pub precision: Precision,
}

/// `<phi(x), phi(y)>` on a device.
#[derive(Module, Debug)]
pub struct SymmetricRelationNet {
    phi: TrainableMlp,
}

/// `<phi(x), psi(y)>` on a device.
#[derive(Module, Debug)]
pub struct AsymmetricRelationNet {
    phi: TrainableMlp,
    psi: TrainableMlp,
}

/// `<phi(x), J phi(y)>` on a device, `J = diag(signs)` fixed.
#[derive(Module, Debug)]
pub struct IndefiniteRelationNet {
    phi: TrainableMlp,
    #[module(skip)]
    signs: Vec<f64>,
}

impl SymmetricRelationNetConfig {
    /// A network in f32.
    #[must_use]
    pub fn new(phi: MlpConfig) -> Self {
        Self { phi, precision: Precision::default() }
    }

    /// Sets the floating-point type.
    #[must_use]
    pub fn with_precision(self, precision: Precision) -> Self {
        Self { precision, ..self }
    }

    /// The network in f64 on the host, with freshly drawn weights.
    ///
    /// # Errors
    /// [`ConfigError`] if a field of the encoder is out of range.
    pub fn draw(&self, seed: Seed) -> Result<RelationNet, ConfigError> {
        Ok(RelationNet::symmetric(self.phi.init(seed, "phi")?))
    }

    /// The network on a device, with the weights of [`Self::draw`].
    ///
    /// # Errors
    /// [`UploadError`] if a field is out of range or the device lacks the floating-point type.
    pub fn init(&self, seed: Seed, device: &NetworkDevice) -> Result<SymmetricRelationNet, UploadError> {
        check_device(self.precision, device)?;
        let phi = self.phi.init(seed, "phi")?;
        Ok(SymmetricRelationNet::upload(&phi, &mut ParameterIds::default(), device, self.precision))
    }
}

impl AsymmetricRelationNetConfig {
    /// A network in f32.
    #[must_use]
    pub fn new(phi: MlpConfig, psi: MlpConfig) -> Self {
        Self { phi, psi, precision: Precision::default() }
    }

    /// Sets the floating-point type.
    #[must_use]
    pub fn with_precision(self, precision: Precision) -> Self {
        Self { precision, ..self }
    }

    /// The network in f64 on the host, with freshly drawn weights.
    ///
    /// # Errors
    /// [`ConfigError`] if a field is out of range or the encoders have different numbers of
    /// outputs.
    pub fn draw(&self, seed: Seed) -> Result<RelationNet, ConfigError> {
        Ok(RelationNet::asymmetric(self.phi.init(seed, "phi")?, self.psi.init(seed, "psi")?)?)
    }

    /// The network on a device, with the weights of [`Self::draw`].
    ///
    /// # Errors
    /// [`UploadError`] if a field is out of range or the device lacks the floating-point type.
    pub fn init(&self, seed: Seed, device: &NetworkDevice) -> Result<AsymmetricRelationNet, UploadError> {
        check_device(self.precision, device)?;
        let net = self.draw(seed)?;
        let encoders = [net.phi_net(), net.psi_net()];
        Ok(AsymmetricRelationNet::upload(encoders, &mut ParameterIds::default(), device, self.precision))
    }
}

impl IndefiniteRelationNetConfig {
    /// A network in f32.
    #[must_use]
    pub fn new(phi: MlpConfig, signs: Vec<f64>) -> Self {
        Self { phi, signs, precision: Precision::default() }
    }

    /// Sets the floating-point type.
    #[must_use]
    pub fn with_precision(self, precision: Precision) -> Self {
        Self { precision, ..self }
    }

    /// The network in f64 on the host, with freshly drawn weights.
    ///
    /// # Errors
    /// [`ConfigError`] if a field is out of range or the signs do not fit.
    pub fn draw(&self, seed: Seed) -> Result<RelationNet, ConfigError> {
        Ok(RelationNet::indefinite(self.phi.init(seed, "phi")?, self.signs.clone())?)
    }

    /// The network on a device, with the weights of [`Self::draw`].
    ///
    /// # Errors
    /// [`UploadError`] if a field is out of range or the device lacks the floating-point type.
    pub fn init(&self, seed: Seed, device: &NetworkDevice) -> Result<IndefiniteRelationNet, UploadError> {
        check_device(self.precision, device)?;
        let net = self.draw(seed)?;
        let ids = &mut ParameterIds::default();
        Ok(IndefiniteRelationNet::upload(net.phi_net(), &self.signs, ids, device, self.precision))
    }
}

impl SymmetricRelationNet {
    pub(crate) fn upload(
        phi: &Mlp,
        ids: &mut ParameterIds,
        device: &NetworkDevice,
        precision: Precision,
    ) -> Self {
        Self { phi: TrainableMlp::upload(phi, ids, device, precision) }
    }

    /// The encoder.
    #[must_use]
    pub fn phi(&self) -> &TrainableMlp {
        &self.phi
    }

    /// Both feature maps.
    ///
    /// # Shapes
    /// `[n, p]` and `[m, p]` to `[n, d]` and `[m, d]`.
    #[must_use]
    pub fn features(&self, x: Tensor<2>, y: Tensor<2>) -> (Tensor<2>, Tensor<2>) {
        (self.phi.forward(x), self.phi.forward(y))
    }

    /// The values `<phi(x_i), phi(y_j)>`.
    ///
    /// # Shapes
    /// `[n, p]` and `[m, p]` to `[n, m]`.
    #[must_use]
    pub fn forward(&self, x: Tensor<2>, y: Tensor<2>) -> Tensor<2> {
        pairs(self.features(x, y))
    }
}

impl AsymmetricRelationNet {
    pub(crate) fn upload(
        [phi, psi]: [&Mlp; 2],
        ids: &mut ParameterIds,
        device: &NetworkDevice,
        precision: Precision,
    ) -> Self {
        let phi = TrainableMlp::upload(phi, ids, device, precision);
        Self { phi, psi: TrainableMlp::upload(psi, ids, device, precision) }
    }

    /// The encoder of `x`.
    #[must_use]
    pub fn phi(&self) -> &TrainableMlp {
        &self.phi
    }

    /// The encoder of `y`.
    #[must_use]
    pub fn psi(&self) -> &TrainableMlp {
        &self.psi
    }

    /// Both feature maps.
    ///
    /// # Shapes
    /// `[n, p]` and `[m, q]` to `[n, d]` and `[m, d]`.
    #[must_use]
    pub fn features(&self, x: Tensor<2>, y: Tensor<2>) -> (Tensor<2>, Tensor<2>) {
        (self.phi.forward(x), self.psi.forward(y))
    }

    /// The values `<phi(x_i), psi(y_j)>`.
    ///
    /// # Shapes
    /// `[n, p]` and `[m, q]` to `[n, m]`.
    #[must_use]
    pub fn forward(&self, x: Tensor<2>, y: Tensor<2>) -> Tensor<2> {
        pairs(self.features(x, y))
    }
}

impl IndefiniteRelationNet {
    pub(crate) fn upload(
        phi: &Mlp,
        signs: &[f64],
        ids: &mut ParameterIds,
        device: &NetworkDevice,
        precision: Precision,
    ) -> Self {
        let phi = TrainableMlp::upload(phi, ids, device, precision);
        Self { phi, signs: signs.to_vec() }
    }

    /// The encoder.
    #[must_use]
    pub fn phi(&self) -> &TrainableMlp {
        &self.phi
    }

    /// The diagonal of `J`.
    #[must_use]
    pub fn signs(&self) -> &[f64] {
        &self.signs
    }

    /// The feature maps `phi` and `J phi`.
    ///
    /// # Shapes
    /// `[n, p]` and `[m, p]` to `[n, d]` and `[m, d]`.
    #[must_use]
    pub fn features(&self, x: Tensor<2>, y: Tensor<2>) -> (Tensor<2>, Tensor<2>) {
        let (phi, psi) = (self.phi.forward(x), self.phi.forward(y));
        let precision = if psi.dtype() == Precision::F64.dtype() { Precision::F64 } else { Precision::F32 };
        let signs = slice_to_tensor(&self.signs, &psi.device(), precision);
        (phi, psi * signs.unsqueeze())
    }

    /// The values `<phi(x_i), J phi(y_j)>`.
    ///
    /// # Shapes
    /// `[n, p]` and `[m, p]` to `[n, m]`.
    #[must_use]
    pub fn forward(&self, x: Tensor<2>, y: Tensor<2>) -> Tensor<2> {
        pairs(self.features(x, y))
    }
}

/// All inner products of two families of features.
fn pairs((phi, psi): (Tensor<2>, Tensor<2>)) -> Tensor<2> {
    phi.matmul(psi.transpose())
}
