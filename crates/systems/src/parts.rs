//! The parts that systems are made of, drawn on the host and put on a device under one numbering.

use crate::error::SystemError;
use crate::learn::recording;
use burn::module::Param;
use burn::tensor::{Tensor, TensorData};
use relata_networks::{Mlp, MlpConfig, RelationNet};
use relata_relations::Seed;
use relata_training::{NetworkDevice, ParameterIds, Precision, TrainableMlp, TrainableNet, parameter};

/// Draws the parts of one system: weights come from streams of the seed that are named after the
/// part, so a seed means the same system on every backend.
#[derive(Debug)]
pub struct SystemParts {
    ids: ParameterIds,
    seed: Seed,
    device: NetworkDevice,
    precision: Precision,
}

impl SystemParts {
    /// No part yet. Parameters record their gradients.
    #[must_use]
    pub fn new(seed: Seed, device: &NetworkDevice, precision: Precision) -> Self {
        Self { ids: ParameterIds::default(), seed, device: recording(device), precision }
    }

    /// A perceptron.
    ///
    /// # Errors
    /// [`SystemError::Config`] if the configuration is out of range.
    pub fn perceptron(&mut self, name: &str, config: &MlpConfig) -> Result<TrainableMlp, SystemError> {
        let mlp = config.init(self.seed, name)?;
        Ok(self.put(&mlp))
    }

    /// An affine map.
    ///
    /// # Errors
    /// [`SystemError::Config`] if a size is 0.
    pub fn linear(&mut self, name: &str, inputs: usize, outputs: usize) -> Result<TrainableMlp, SystemError> {
        self.perceptron(name, &MlpConfig::new(inputs, outputs).with_depth(0))
    }

    /// An inner-product network.
    ///
    /// # Errors
    /// [`SystemError::Upload`] if a weight does not fit the floating-point type.
    pub fn relation(&mut self, net: &RelationNet) -> Result<TrainableNet, SystemError> {
        Ok(TrainableNet::upload_part(net, &mut self.ids, &self.device, self.precision)?.0)
    }

    /// A table of independent normal numbers with that standard deviation, to be learned: symbols,
    /// codes of places.
    pub fn table(&mut self, name: &str, rows: usize, columns: usize, deviation: f64) -> Param<Tensor<2>> {
        let mut stream = self.seed.stream(&format!("init/{name}/table"));
        let values: Vec<f64> = (0..rows * columns).map(|_| deviation * stream.normal()).collect();
        let data = TensorData::new(values, [rows, columns]);
        parameter(self.ids.next(), Tensor::from_data(data, (&*self.device, self.precision.dtype())))
    }

    /// A table of numbers to be learned that starts with these.
    pub(crate) fn constants<const M: usize>(&mut self, rows: &[[f64; M]]) -> Param<Tensor<2>> {
        let data = TensorData::new(rows.concat(), [rows.len(), M]);
        parameter(self.ids.next(), Tensor::from_data(data, (&*self.device, self.precision.dtype())))
    }

    fn put(&mut self, mlp: &Mlp) -> TrainableMlp {
        TrainableMlp::upload(mlp, &mut self.ids, &self.device, self.precision)
    }
}

/// A perceptron on every row of every example.
///
/// # Shapes
/// `[B, m, p]` to `[B, m, d]`.
pub(crate) fn each_row(mlp: &TrainableMlp, x: Tensor<3>) -> Tensor<3> {
    let [batch, m, p] = x.dims();
    let y = mlp.forward(x.reshape([batch * m, p]));
    let d = y.dims()[1];
    y.reshape([batch, m, d])
}
