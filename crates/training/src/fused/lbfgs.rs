//! L-BFGS on host parameters: burn's, on one flat parameter.

use crate::convert::{TensorReadError, tensor_to_vec};
use crate::device::NetworkDevice;
use crate::layers::{ParameterIds, parameter};
use crate::tensors::lbfgs;
use burn::module::{Module, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Tensor, TensorData};

#[derive(Module, Debug)]
struct Flat {
    parameters: Param<Tensor<1>>,
}

/// The loss and its gradient at any parameters.
pub(super) type LossAndGradient<'a> = dyn FnMut(&[f32]) -> (f64, Vec<f32>) + 'a;

/// One cycle from an empty memory; the parameters after it, and the loss before it.
/// `limits`: iterations, and pairs remembered.
pub(super) fn cycle(
    parameters: &[f32],
    differentiate: &mut LossAndGradient<'_>,
    rate: f64,
    limits: [usize; 2],
    device: &NetworkDevice,
) -> Result<(Vec<f32>, f64), TensorReadError> {
    let plain = (**device).clone().without_autodiff();
    let tensor = |values: Vec<f32>, at| {
        let length = values.len();
        Tensor::<1>::from_data(TensorData::new(values, [length]), at)
    };
    let recorded = device.clone().autodiff();
    let start = tensor(parameters.to_vec(), &*recorded);
    let module = Flat { parameters: parameter(ParameterIds::default().next(), start) };
    let (module, loss) = lbfgs(limits).step(rate, module, |m: Flat| {
        let Ok(at) = single(m.parameters.val()) else { return (f64::NAN, GradientsParams::new()) };
        let (loss, gradient) = differentiate(&at);
        let mut gradients = GradientsParams::new();
        gradients.register(m.parameters.id, tensor(gradient, &plain));
        (loss, gradients)
    });
    Ok((single(module.parameters.val())?, loss))
}

fn single(t: Tensor<1>) -> Result<Vec<f32>, TensorReadError> {
    Ok(tensor_to_vec(t)?.into_iter().map(|v| v as f32).collect())
}
