//! Network shapes and how their weights are drawn: `Config -> init`.

use crate::activation::Activation;
use crate::mlp::{Affine, Block, Mlp, NetworkError, Skip, Trainable};
use faer::Mat;
use relata_relations::{Points, Seed, Stream};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The shape of a multilayer perceptron `R^inputs -> R^outputs`.
///
/// ```
/// use relata_networks::{Activation, MlpConfig};
/// use relata_relations::Seed;
/// let config = MlpConfig::new(1, 16).with_width(64).with_depth(2).with_activation(Activation::Tanh);
/// let net = config.init(Seed(7), "phi")?;
/// assert_eq!((net.inputs(), net.outputs(), net.neurons()), (1, 16, 128));
/// # Ok::<(), relata_networks::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MlpConfig {
    /// Number of inputs.
    pub inputs: usize,
    /// Number of outputs: the rank of the inner product.
    pub outputs: usize,
    /// Hidden units of each layer.
    #[serde(default = "default_width")]
    pub width: usize,
    /// Number of hidden layers; 0 for an affine map.
    #[serde(default = "default_depth")]
    pub depth: usize,
    /// The activation of the hidden layers.
    #[serde(default = "default_activation")]
    pub activation: Activation,
    /// Random Fourier features in front, fixed during training.
    #[serde(default)]
    pub fourier: Option<FourierConfig>,
    /// Whether hidden layers of equal width add their input to their output.
    #[serde(default)]
    pub skip: Skip,
}

/// Random Fourier features `x -> (sin(B x), cos(B x))` with `B` Gaussian (Rahimi and Recht 2007).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FourierConfig {
    /// Number of frequencies; twice as many features.
    pub frequencies: usize,
    /// Standard deviation of the frequencies, in radians per unit of input.
    pub scale: f64,
}

/// A shape that no network can have.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum ConfigError {
    /// A size or scale out of range.
    #[error("{field} is {value}; it must be {expected}")]
    Field {
        /// The field of the configuration.
        field: &'static str,
        /// What was given.
        value: String,
        /// What would be right.
        expected: &'static str,
    },
    /// The layers do not fit together.
    #[error(transparent)]
    Network(#[from] NetworkError),
}

fn default_width() -> usize {
    64
}
fn default_depth() -> usize {
    2
}
fn default_activation() -> Activation {
    Activation::Gelu
}

impl MlpConfig {
    /// Two hidden layers of 64 GELU units.
    #[must_use]
    pub fn new(inputs: usize, outputs: usize) -> Self {
        Self {
            inputs,
            outputs,
            width: default_width(),
            depth: default_depth(),
            activation: default_activation(),
            fourier: None,
            skip: Skip::None,
        }
    }

    /// Sets the hidden width.
    #[must_use]
    pub fn with_width(self, width: usize) -> Self {
        Self { width, ..self }
    }

    /// Sets the number of hidden layers.
    #[must_use]
    pub fn with_depth(self, depth: usize) -> Self {
        Self { depth, ..self }
    }

    /// Sets the activation.
    #[must_use]
    pub fn with_activation(self, activation: Activation) -> Self {
        Self { activation, ..self }
    }

    /// Puts random Fourier features in front.
    #[must_use]
    pub fn with_fourier(self, frequencies: usize, scale: f64) -> Self {
        Self { fourier: Some(FourierConfig { frequencies, scale }), ..self }
    }

    /// Adds skip connections around hidden layers of equal width.
    #[must_use]
    pub fn with_residual(self) -> Self {
        Self { skip: Skip::Residual, ..self }
    }

    /// Checks every field.
    ///
    /// # Errors
    /// [`ConfigError::Field`] naming the first field out of range.
    pub fn check(&self) -> Result<(), ConfigError> {
        const MAX: usize = 1 << 20;
        let sizes = [("inputs", self.inputs, 1), ("outputs", self.outputs, 1), ("width", self.width, 1)];
        for (field, value, least) in sizes {
            if !(least..=MAX).contains(&value) {
                let value = value.to_string();
                return Err(ConfigError::Field { field, value, expected: "between 1 and 2^20" });
            }
        }
        if self.depth > 64 {
            let value = self.depth.to_string();
            return Err(ConfigError::Field { field: "depth", value, expected: "at most 64" });
        }
        if let Some(f) = &self.fourier {
            if f.frequencies == 0 || f.frequencies > MAX {
                let value = f.frequencies.to_string();
                return Err(ConfigError::Field {
                    field: "fourier.frequencies",
                    value,
                    expected: "between 1 and 2^20",
                });
            }
            if !(f.scale.is_finite() && f.scale > 0.0) {
                let value = f.scale.to_string();
                return Err(ConfigError::Field {
                    field: "fourier.scale",
                    value,
                    expected: "positive and finite",
                });
            }
        }
        Ok(())
    }

    /// Draws the network: weights uniform on `+-sqrt(3 / n_in)` times the activation's usual gain
    /// (unit variance is kept through the layers), biases uniform on `+-1/sqrt(n_in)`, each layer
    /// from its own stream `init/<name>/<layer>` of the seed.
    ///
    /// # Errors
    /// [`ConfigError`] if a field is out of range.
    pub fn init(&self, seed: Seed, name: &str) -> Result<Mlp, ConfigError> {
        self.check()?;
        let mut blocks = Vec::with_capacity(self.depth + 1);
        let mut width = self.inputs;
        if let Some(f) = &self.fourier {
            let mut s = seed.stream(&format!("init/{name}/fourier"));
            blocks.push(fourier_block(width, f, &mut s));
            width = 2 * f.frequencies;
        }
        for layer in 0..self.depth {
            let mut s = seed.stream(&format!("init/{name}/{layer}"));
            let gain = match self.activation {
                Activation::Relu | Activation::Gelu => std::f64::consts::SQRT_2,
                Activation::Tanh => 5.0 / 3.0,
                Activation::Sine => 1.0,
            };
            let skip = if width == self.width { self.skip } else { Skip::None };
            let affine = draw(width, self.width, gain, &mut s);
            blocks.push(Block { affine, activation: self.activation, skip, training: Trainable::Free });
            width = self.width;
        }
        let mut s = seed.stream(&format!("init/{name}/head"));
        Ok(Mlp::new(blocks, draw(width, self.outputs, 1.0, &mut s))?)
    }
}

/// One hidden layer of random features `a(w_k . (x - c_k))` whose centres `c_k` are spread over the
/// space and whose slopes `w_k` are Gaussian with standard deviation `scale / sqrt(p)` per
/// coordinate; the head is left at zero rank 1.
///
/// Centres are drawn from `centres` in order (cycling if there are fewer than `width`), so that
/// every feature bends inside the domain: the random features of a readout.
///
/// # Errors
/// [`ConfigError::Field`] if `width` is 0 or `scale` is not positive and finite.
pub fn random_features(
    centres: &Points,
    width: usize,
    activation: Activation,
    scale: f64,
    stream: &mut Stream,
) -> Result<Mlp, ConfigError> {
    if width == 0 {
        return Err(ConfigError::Field { field: "width", value: "0".into(), expected: "at least 1" });
    }
    if !(scale.is_finite() && scale > 0.0) {
        let value = scale.to_string();
        return Err(ConfigError::Field { field: "scale", value, expected: "positive and finite" });
    }
    let p = centres.dim();
    let sd = scale / (p as f64).sqrt();
    let weight = Mat::from_fn(p, width, |_, _| sd * stream.normal());
    let bias = (0..width)
        .map(|k| {
            let c = centres.row(k % centres.len());
            -(0..p).map(|a| weight[(a, k)] * c[a]).sum::<f64>()
        })
        .collect();
    let affine = Affine::new(weight, bias);
    let block = Block { affine, activation, skip: Skip::None, training: Trainable::Free };
    Ok(Mlp::new(vec![block], Affine::new(Mat::zeros(width, 1), vec![0.0]))?)
}

fn fourier_block(inputs: usize, f: &FourierConfig, s: &mut Stream) -> Block {
    let k = f.frequencies;
    let b = Mat::from_fn(inputs, k, |_, _| f.scale * s.normal());
    let weight = Mat::from_fn(inputs, 2 * k, |i, j| b[(i, j % k)]);
    let bias = (0..2 * k).map(|j| if j < k { 0.0 } else { std::f64::consts::FRAC_PI_2 }).collect();
    let affine = Affine::new(weight, bias);
    Block { affine, activation: Activation::Sine, skip: Skip::None, training: Trainable::Frozen }
}

fn draw(inputs: usize, outputs: usize, gain: f64, s: &mut Stream) -> Affine {
    let n = inputs as f64;
    let (w, b) = (gain * (3.0 / n).sqrt(), 1.0 / n.sqrt());
    let weight = Mat::from_fn(inputs, outputs, |_, _| s.uniform_in(-w, w));
    let bias = (0..outputs).map(|_| s.uniform_in(-b, b)).collect();
    Affine::new(weight, bias)
}
