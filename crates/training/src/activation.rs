//! Activations on tensors.

use burn::tensor::{Tensor, activation};
use relata_networks::Activation;

/// The activation, entry by entry; the same functions as [`Activation::value`].
///
/// The GELU is written with the error function rather than by burn's `gelu`, whose backward pass on some backends is that
/// of the tanh approximation: gradients would then differ between backends and from the function evaluated.
///
/// # Shapes
/// Any shape to the same shape.
pub(crate) fn apply<const D: usize>(a: Activation, z: Tensor<D>) -> Tensor<D> {
    match a {
        Activation::Relu => activation::relu(z),
        Activation::Tanh => z.tanh(),
        Activation::Gelu => {
            let cdf = (z.clone() * std::f64::consts::FRAC_1_SQRT_2).erf() * 0.5 + 0.5;
            z * cdf
        }
        Activation::Sine => z.sin(),
    }
}
