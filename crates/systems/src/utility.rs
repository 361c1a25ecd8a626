//! One score per object: the relation of two objects is the difference of their scores.

use crate::error::SystemError;
use crate::learn::{System, Takes};
use crate::parts::SystemParts;
use burn::module::Module;
use burn::tensor::{Int, Tensor};
use relata_networks::{Activation, Affine, Mlp, MlpConfig, RelationNet};
use relata_relations::Seed;
use relata_relations::faer::Mat;
use relata_training::{NetworkDevice, Precision, TrainableMlp};

/// The shape of a [`UtilityNet`].
#[derive(Clone, Debug, PartialEq)]
pub struct UtilityNetConfig {
    /// The perceptron of the score, with one output.
    pub score: MlpConfig,
    /// The floating-point type on the device.
    pub precision: Precision,
}

/// `r(x, y) = u(y) - u(x)` with a perceptron `u`: by Debreu's theorem every continuous order has such
/// a utility. It is the inner product `<(-u(x), 1), (1, u(y))>` of width two
/// ([`UtilityNet::relation_net`]), and so a special case of two encoders that share a trunk.
#[derive(Module, Debug)]
pub struct UtilityNet {
    score: TrainableMlp,
    #[module(skip)]
    inputs: usize,
}

impl UtilityNetConfig {
    /// One hidden layer of ReLU units.
    #[must_use]
    pub fn new(inputs: usize, width: usize) -> Self {
        let score = MlpConfig::new(inputs, 1).with_width(width).with_depth(1);
        Self { score: score.with_activation(Activation::Relu), precision: Precision::default() }
    }

    /// The network on a device.
    ///
    /// # Errors
    /// [`SystemError::Shape`] if the score has more than one output, [`SystemError::Config`].
    pub fn init(&self, seed: Seed, device: &NetworkDevice) -> Result<UtilityNet, SystemError> {
        if self.score.outputs != 1 {
            let (what, value) = ("the number of outputs of a score", self.score.outputs);
            return Err(SystemError::Shape { what, value, expected: "1".to_owned() });
        }
        let mut parts = SystemParts::new(seed, device, self.precision);
        Ok(UtilityNet { score: parts.perceptron("score", &self.score)?, inputs: self.score.inputs })
    }
}

impl UtilityNet {
    /// The score of each object.
    ///
    /// # Shapes
    /// `[n, p]` to `[n, 1]`.
    #[must_use]
    pub fn score(&self, objects: Tensor<2>) -> Tensor<2> {
        self.score.forward(objects)
    }

    /// The relation of all pairs.
    ///
    /// # Shapes
    /// `[n, p]` and `[m, p]` to `[n, m]`.
    #[must_use]
    pub fn forward(&self, x: Tensor<2>, y: Tensor<2>) -> Tensor<2> {
        self.score(y).transpose() - self.score(x)
    }

    /// The same relation as an inner product of width two, in f64.
    ///
    /// # Errors
    /// [`SystemError::Download`] if the device does not give finite weights back.
    pub fn relation_net(&self) -> Result<RelationNet, SystemError> {
        let score = self.score.download()?;
        let (w, b) = (score.head().weight(), score.head().bias()[0]);
        // The two outputs are `sign u` and 1, in the order of the side.
        let side = |sign: f64, place: usize| -> Result<Mlp, SystemError> {
            let weight = Mat::from_fn(w.nrows(), 2, |i, j| if j == place { sign * w[(i, 0)] } else { 0.0 });
            let mut bias = vec![1.0; 2];
            bias[place] = sign * b;
            Ok(score.with_head(Affine::new(weight, bias))?)
        };
        Ok(RelationNet::asymmetric(side(-1.0, 0)?, side(1.0, 1)?)?)
    }
}

impl System for UtilityNet {
    fn logits(&self, objects: Tensor<2>, places: &[Tensor<1, Int>]) -> Tensor<2> {
        let u = self.score(objects);
        u.clone().select(0, places[1].clone()) - u.select(0, places[0].clone())
    }

    fn takes(&self) -> Takes {
        Takes { system: "utility", objects: Some(2), dim: self.inputs }
    }
}
