//! Activations on tensors.
//!
//! The GELU is written with the error function rather than by burn's `gelu`, whose backward pass on
//! some backends is that of the tanh approximation: gradients would then differ between backends
//! and from the function evaluated.
//!
//! On burn's flex backend the error function and tanh in single precision are scalar library calls,
//! which take most of the time of a training step. Whoever opens such a device asks for
//! [`ActivationSite::Host`]: then the activation is computed there, value and derivative together by
//! arithmetic that vectorises, and enters the graph as `a(z0) + a'(z0) (z - z0)` with `z0 = z` off
//! the graph: value and first derivative are those of `a`.

use crate::device::ActivationSite;
use crate::fused::activate;
use crate::precision::Precision;
use burn::tensor::{Tensor, TensorData, activation};
use relata_networks::Activation;

/// The activation, entry by entry; the same functions as [`Activation::value`].
///
/// # Shapes
/// Any shape to the same shape.
pub fn apply<const D: usize>(a: Activation, z: Tensor<D>, site: ActivationSite) -> Tensor<D> {
    let single = z.dtype() == Precision::F32.dtype();
    if let (Activation::Gelu | Activation::Tanh, ActivationSite::Host, true) = (a, site, single) {
        return on_host(a, z);
    }
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

/// Entries that are worked on at once: they stay in the first cache.
const RUN: usize = 1024;

fn on_host<const D: usize>(a: Activation, z: Tensor<D>) -> Tensor<D> {
    let device = z.device();
    let base = z.clone().detach();
    let Ok(mut values) = base.clone().try_into_vec_as::<f32>() else { return z * f32::NAN };
    let mut slopes = vec![0.0f32; values.len()];
    for (values, slopes) in values.chunks_mut(RUN).zip(slopes.chunks_mut(RUN)) {
        activate(a, values, slopes, &[0.0; RUN][..values.len()]);
    }
    let upload =
        |v: Vec<f32>| Tensor::from_data(TensorData::new(v, z.dims()), (&device, Precision::F32.dtype()));
    let (values, slopes): (Tensor<D>, Tensor<D>) = (upload(values), upload(slopes));
    values + slopes * (z - base)
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    /// Points dense around 0 and far out.
    fn inputs() -> impl Iterator<Item = f32> {
        (-4000i16..=4000).flat_map(|k| {
            let t = f32::from(k) * 2.5e-3;
            [t, t * 1e-3, t * 20.0]
        })
    }

    #[test]
    fn the_host_and_the_device_agree() {
        let flex = Device::flex();
        let values: Vec<f32> = inputs().filter(|t| t.abs() < 20.0).collect();
        let n = values.len();
        for a in [Activation::Gelu, Activation::Tanh] {
            for (precision, site) in Precision::ALL
                .into_iter()
                .flat_map(|p| [ActivationSite::Device, ActivationSite::Host].map(|s| (p, s)))
            {
                let z = Tensor::<1>::from_data(
                    TensorData::new(values.clone(), [n]),
                    (&flex.clone().autodiff(), precision.dtype()),
                );
                let z = z.require_grad();
                let out = apply(a, z.clone(), site);
                let slopes = z.grad(&out.clone().sum().backward()).unwrap().try_into_vec_as::<f64>().unwrap();
                let out = out.try_into_vec_as::<f64>().unwrap();
                for ((t, v), s) in values.iter().zip(out).zip(slopes) {
                    let t = f64::from(*t);
                    let tolerance = if precision == Precision::F64 { 1e-14 } else { 5e-7 };
                    assert!((v - a.value(t)).abs() <= tolerance * t.abs().max(1.0), "{a} {precision} at {t}");
                    assert!((s - a.derivative(t)).abs() <= tolerance * 4.0, "{a}' {precision} at {t}");
                }
            }
        }
    }
}
