//! Several relations at once: one trunk, a head for each relation.
//!
//! `r_t(x, y) ~ <V_t h(x) + b_t, W_t g(y) + c_t>` for `t = 1, .., k` with hidden layers `h`, `g`
//! shared by all relations (and `g = h`, `W = V` for one shared encoder). Batches are shared too: a
//! step costs one pass of the trunk for all relations.

use crate::batches::Whole;
use crate::config::TrainParams;
use crate::convert::tensor_to_vec;
use crate::device::NetworkDevice;
use crate::error::TrainError;
use crate::layers::{DownloadError, Hidden, ParameterIds, download_hidden, parameter, upload_hidden};
use crate::outcome::{Control, Data, Formulation, StepRecord, Stopped};
use crate::precision::Precision;
use crate::state::Trainee;
use crate::tensors::FeatureMaps;
use crate::trainable::rounding_cost;
use crate::trainer::{Run, Setup, on_tensors, run};
use crate::upload::{UploadError, check_device};
use burn::module::{Module, Param};
use burn::tensor::{Tensor, TensorData};
use faer::Mat;
use relata_kernels::Encoders;
use relata_networks::{Affine, ConfigError, Mlp, MlpConfig, RelationNet};
use relata_relations::{Relation, Seed};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The shape of a network for several relations.
///
/// ```
/// use burn::tensor::Device;
/// use relata_networks::MlpConfig;
/// use relata_relations::{Points, Seed};
/// use relata_training::{MultiRelationNetConfig, Precision, points_to_tensor};
/// let encoder = MlpConfig::new(1, 4).with_width(16);
/// let net = MultiRelationNetConfig::separate(3, encoder.clone(), encoder).init(Seed(7), &Device::flex().into())?;
/// let x = points_to_tensor(&Points::line(vec![0.0, 0.5])?, &Device::flex().into(), Precision::F32);
/// assert_eq!(net.forward(x.clone(), x).dims(), [3, 2, 2]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MultiRelationNetConfig {
    /// Number `k` of relations.
    pub relations: usize,
    /// The encoder of `x`; its outputs are the rank of each relation.
    pub phi: MlpConfig,
    /// The encoder of `y`; absent where one encoder serves both sides.
    #[serde(default)]
    pub psi: Option<MlpConfig>,
    /// The floating-point type on the device.
    #[serde(default)]
    pub precision: Precision,
}

/// One trunk and `k` heads.
#[derive(Module, Debug)]
pub struct MultiEncoder {
    hidden: Vec<Hidden>,
    weights: Param<Tensor<3>>,
    biases: Param<Tensor<3>>,
}

/// Inner products for `k` relations on a device.
#[derive(Module, Debug)]
pub struct MultiRelationNet {
    phi: MultiEncoder,
    psi: Option<MultiEncoder>,
}

/// Networks trained together.
#[derive(Clone, Debug)]
pub struct TrainedMulti {
    /// The network of each relation, in f64; their hidden layers are equal.
    pub nets: Vec<RelationNet>,
    /// Every step; losses and held-out errors are means over the relations.
    pub history: Vec<StepRecord>,
    /// Why the training ended.
    pub stopped: Stopped,
    /// Which way the steps were taken.
    pub formulation: Formulation,
}

impl MultiRelationNetConfig {
    /// One encoder for both sides, in f32.
    #[must_use]
    pub fn shared(relations: usize, phi: MlpConfig) -> Self {
        Self { relations, phi, psi: None, precision: Precision::default() }
    }

    /// Two encoders, in f32.
    #[must_use]
    pub fn separate(relations: usize, phi: MlpConfig, psi: MlpConfig) -> Self {
        Self { relations, phi, psi: Some(psi), precision: Precision::default() }
    }

    /// Sets the floating-point type.
    #[must_use]
    pub fn with_precision(self, precision: Precision) -> Self {
        Self { precision, ..self }
    }

    /// The networks in f64 on the host, one a relation: trunks from the streams `init/phi/..`, the
    /// head of relation `t` from `init/phi/relation-t/head`, and likewise for `psi`.
    ///
    /// # Errors
    /// [`ConfigError`] if a field is out of range.
    pub fn draw(&self, seed: Seed) -> Result<Vec<RelationNet>, ConfigError> {
        if self.relations == 0 {
            return Err(ConfigError::Field { field: "relations", value: "0".into(), expected: "at least 1" });
        }
        let family = |config: &MlpConfig, name: &str| -> Result<Vec<Mlp>, ConfigError> {
            let trunk = config.init(seed, name)?;
            let head = |t: usize| {
                let head = MlpConfig::new(trunk.width(), config.outputs).with_depth(0);
                Ok(trunk.with_head(head.init(seed, &format!("{name}/relation-{t}"))?.head().clone())?)
            };
            (0..self.relations).map(head).collect()
        };
        let phi = family(&self.phi, "phi")?;
        match &self.psi {
            None => Ok(phi.into_iter().map(RelationNet::symmetric).collect()),
            Some(psi) => {
                let psi = family(psi, "psi")?;
                Ok(phi
                    .into_iter()
                    .zip(psi)
                    .map(|(a, b)| RelationNet::asymmetric(a, b))
                    .collect::<Result<_, _>>()?)
            }
        }
    }

    /// The network on a device, with the weights of [`Self::draw`].
    ///
    /// # Errors
    /// [`UploadError`] if a field is out of range or the device lacks the floating-point type.
    pub fn init(&self, seed: Seed, device: &NetworkDevice) -> Result<MultiRelationNet, UploadError> {
        MultiRelationNet::upload(&self.draw(seed)?, device, self.precision)
    }
}

impl MultiRelationNet {
    /// Puts networks that share their hidden layers on a device.
    ///
    /// # Errors
    /// [`UploadError::Trunks`] if there is none, one is indefinite, or they differ in more than
    /// their heads' values; and what [`crate::TrainableNet::upload`] says.
    pub fn upload(
        nets: &[RelationNet],
        device: &NetworkDevice,
        precision: Precision,
    ) -> Result<Self, UploadError> {
        check_device(precision, device)?;
        let first = check_trunks(nets)?;
        for net in nets {
            rounding_cost(net, precision)?;
        }
        let mut ids = ParameterIds::default();
        let phi: Vec<&Mlp> = nets.iter().map(RelationNet::phi_net).collect();
        let phi = MultiEncoder::upload(&phi, &mut ids, device, precision);
        let psi = (first.encoders() == Encoders::Separate).then(|| {
            let psi: Vec<&Mlp> = nets.iter().map(RelationNet::psi_net).collect();
            MultiEncoder::upload(&psi, &mut ids, device, precision)
        });
        Ok(Self { phi, psi })
    }

    /// The f64 networks, one a relation.
    ///
    /// # Errors
    /// [`DownloadError`] if the device does not give the weights back or they are not finite.
    pub fn download(&self) -> Result<Vec<RelationNet>, DownloadError> {
        let phi = self.phi.download()?;
        match &self.psi {
            None => Ok(phi.into_iter().map(RelationNet::symmetric).collect()),
            Some(psi) => {
                let psi = psi.download()?;
                Ok(phi
                    .into_iter()
                    .zip(psi)
                    .map(|(a, b)| RelationNet::asymmetric(a, b))
                    .collect::<Result<_, _>>()?)
            }
        }
    }

    /// Both families of feature maps.
    ///
    /// # Shapes
    /// `[n, p]` and `[m, q]` to `[k, n, d]` and `[k, m, d]`.
    #[must_use]
    pub fn features(&self, x: Tensor<2>, y: Tensor<2>) -> (Tensor<3>, Tensor<3>) {
        (self.phi.forward(x), self.psi.as_ref().unwrap_or(&self.phi).forward(y))
    }

    /// The values of all pairs for every relation.
    ///
    /// # Shapes
    /// `[n, p]` and `[m, q]` to `[k, n, m]`.
    #[must_use]
    pub fn forward(&self, x: Tensor<2>, y: Tensor<2>) -> Tensor<3> {
        let (phi, psi) = self.features(x, y);
        phi.matmul(psi.swap_dims(1, 2))
    }
}

impl FeatureMaps for MultiRelationNet {
    fn all_features(&self, x: Tensor<2>, y: Tensor<2>) -> Vec<(Tensor<2>, Tensor<2>)> {
        let (phi, psi) = self.features(x, y);
        let [k, n, d] = phi.dims();
        let m = psi.dims()[1];
        let part = |t: usize| {
            let phi = phi.clone().narrow(0, t, 1).reshape([n, d]);
            (phi, psi.clone().narrow(0, t, 1).reshape([m, d]))
        };
        (0..k).map(part).collect()
    }

    fn nets(&self) -> Result<Vec<RelationNet>, DownloadError> {
        self.download()
    }
}

impl MultiEncoder {
    fn upload(nets: &[&Mlp], ids: &mut ParameterIds, device: &NetworkDevice, precision: Precision) -> Self {
        let hidden = upload_hidden(nets[0], ids, device, precision);
        let (k, width, d) = (nets.len(), nets[0].width(), nets[0].outputs());
        let stack = |values: Vec<f64>, shape: [usize; 3]| {
            Tensor::<3>::from_data(TensorData::new(values, shape), (&**device, precision.dtype()))
        };
        let entries = |mlp: &&Mlp| {
            let w = mlp.head().weight();
            (0..width).flat_map(move |i| (0..d).map(move |j| w[(i, j)])).collect::<Vec<f64>>()
        };
        let weights = stack(nets.iter().flat_map(entries).collect(), [k, width, d]);
        let biases = stack(nets.iter().flat_map(|mlp| mlp.head().bias().to_vec()).collect(), [k, 1, d]);
        Self { hidden, weights: parameter(ids.next(), weights), biases: parameter(ids.next(), biases) }
    }

    /// The outputs of every head.
    ///
    /// # Shapes
    /// `[n, p]` to `[k, n, d]`.
    #[must_use]
    pub fn forward(&self, x: Tensor<2>) -> Tensor<3> {
        let h = self.hidden.iter().fold(x, |h, layer| layer.forward(h));
        h.unsqueeze::<3>().matmul(self.weights.val()) + self.biases.val()
    }

    fn download(&self) -> Result<Vec<Mlp>, DownloadError> {
        let blocks = download_hidden(&self.hidden)?;
        let weights = self.weights.val();
        let [k, width, d] = weights.dims();
        let (w, b) = (tensor_to_vec(weights)?, tensor_to_vec(self.biases.val())?);
        let mlp = |t: usize| {
            let weight = Mat::from_fn(width, d, |i, j| w[(t * width + i) * d + j]);
            Ok(Mlp::new(blocks.clone(), Affine::new(weight, b[t * d..(t + 1) * d].to_vec()))?)
        };
        (0..k).map(mlp).collect()
    }
}

/// The first of networks that share their hidden layers.
fn check_trunks(nets: &[RelationNet]) -> Result<&RelationNet, UploadError> {
    let first = nets.first().ok_or(UploadError::Trunks { index: 0 })?;
    for (index, net) in nets.iter().enumerate() {
        let alike = |a: &Mlp, b: &Mlp| a.blocks() == b.blocks() && a.outputs() == b.outputs();
        let fits = net.encoders() == first.encoders()
            && net.encoders() != Encoders::Indefinite
            && alike(net.phi_net(), first.phi_net())
            && alike(net.psi_net(), first.psi_net());
        if !fits {
            return Err(UploadError::Trunks { index });
        }
    }
    Ok(first)
}

fn several<'a>(
    nets: &[RelationNet],
    relations: &'a [&'a dyn Relation],
    scales: &'a [f64],
    whole: Option<&Whole>,
    setup: Setup<'_>,
) -> Result<Box<dyn Trainee + 'a>, TrainError> {
    let module = |device: &NetworkDevice, precision| MultiRelationNet::upload(nets, device, precision);
    on_tensors(module, relations, scales, whole, setup)
}

/// Trains networks that share their hidden layers on as many relations between the same two spaces,
/// as [`crate::train`] does for one; with a checkpoint file where one is given.
///
/// # Errors
/// [`TrainError`]
pub fn train_multi(
    nets: &[RelationNet],
    relations: &[&dyn Relation],
    data: Data<'_>,
    config: &TrainParams,
    seed: Seed,
    device: &NetworkDevice,
    checkpoint: Option<&Path>,
    progress: &mut dyn FnMut(&StepRecord) -> Control,
) -> Result<TrainedMulti, TrainError> {
    let config = &config.checked()?;
    if relations.is_empty() || relations.len() != nets.len() {
        return Err(TrainError::Relations { relations: relations.len(), nets: nets.len() });
    }
    check_trunks(nets)?;
    let setup = Setup { data, config, seed, device, checkpoint };
    let Run { nets, history, stopped, formulation } = run(nets, &several, relations, setup, progress)?;
    Ok(TrainedMulti { nets, history, stopped, formulation })
}
