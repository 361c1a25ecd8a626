//! The maps that a block is made of, on a device.

use super::config::Gate;
use burn::tensor::{Tensor, activation, module};
use relata_networks::Activation;
use relata_training::{ActivationSite, apply_activation};

/// `x W + b`, with `W` stored input first.
#[derive(Clone, Debug)]
pub(super) struct Linear {
    pub(super) weight: Tensor<2>,
    pub(super) bias: Option<Tensor<1>>,
}

/// `g x / sqrt(mean(x^2) + epsilon)`; with an offset the same of `x` less its mean, plus the offset.
#[derive(Clone, Debug)]
pub(super) struct Norm {
    pub(super) gain: Tensor<1>,
    pub(super) offset: Option<Tensor<1>>,
    pub(super) epsilon: f64,
}

#[derive(Clone, Debug)]
pub(super) struct Perceptron {
    pub(super) gate: Option<Linear>,
    pub(super) wide: Linear,
    pub(super) narrow: Linear,
    pub(super) activation: Gate,
    pub(super) site: ActivationSite,
}

#[derive(Clone, Debug)]
pub(super) struct Block {
    /// Queries, keys, values.
    pub(super) projections: [Linear; 3],
    pub(super) attended: Linear,
    pub(super) attention_norm: Norm,
    pub(super) inner_norm: Norm,
    /// Of queries and keys, head by head.
    pub(super) head_norms: Option<[Norm; 2]>,
    pub(super) perceptron: Perceptron,
}

impl Linear {
    pub(super) fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        let product = x.matmul(self.weight.clone());
        match &self.bias {
            Some(bias) => product + bias.clone().unsqueeze::<2>(),
            None => product,
        }
    }
}

impl Norm {
    /// Along the last axis.
    pub(super) fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        match &self.offset {
            Some(offset) => module::layer_norm(x, self.gain.clone(), Some(offset.clone()), self.epsilon),
            None => {
                let square = (x.clone() * x.clone()).mean_dim(D - 1);
                x / (square + self.epsilon).sqrt() * self.gain.clone().unsqueeze::<D>()
            }
        }
    }
}

impl Perceptron {
    pub(super) fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        let wide = self.wide.forward(x.clone());
        let inner = match &self.gate {
            Some(gate) => self.apply(gate.forward(x)) * wide,
            None => self.apply(wide),
        };
        self.narrow.forward(inner)
    }

    fn apply(&self, z: Tensor<2>) -> Tensor<2> {
        match self.activation {
            Gate::Silu => activation::silu(z),
            Gate::Gelu => apply_activation(Activation::Gelu, z, self.site),
            Gate::Relu => activation::relu(z),
            Gate::GeluTanh => {
                let cube = z.clone() * z.clone() * z.clone();
                let inner = (z.clone() + cube * 0.044_715) * (2.0 / std::f64::consts::PI).sqrt();
                z * (apply_activation(Activation::Tanh, inner, self.site) + 1.0) * 0.5
            }
        }
    }
}
