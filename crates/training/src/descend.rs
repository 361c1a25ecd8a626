//! Adam on any loss of any module: for systems whose loss is not that of one relation.

use crate::adam::Adam;
use crate::config::{Optimizer, TrainParams, TrainParamsError};
use crate::error::TrainError;
use crate::tensors::scalar;
use burn::module::Module;
use burn::optim::GradientsParams;
use burn::tensor::Tensor;

/// How to descend.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DescentParams {
    /// Adam steps.
    pub steps: usize,
    /// Adam's learning rate, brought to 0 by a cosine over the steps.
    pub learning_rate: f64,
    /// Decoupled weight decay: a step shrinks every parameter by the learning rate times this.
    pub weight_decay: f64,
}

impl DescentParams {
    /// Steps at a rate, without weight decay.
    #[must_use]
    pub fn new(steps: usize, learning_rate: f64) -> Self {
        Self { steps, learning_rate, weight_decay: 0.0 }
    }

    /// The same with weight decay.
    #[must_use]
    pub fn with_weight_decay(self, weight_decay: f64) -> Self {
        Self { weight_decay, ..self }
    }

    fn check(&self) -> Result<(), TrainParamsError> {
        let params = TrainParams::adam(self.steps).with_learning_rate(self.learning_rate);
        let weight_decay = self.weight_decay;
        let optimizer = Optimizer::Adam { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay };
        TrainParams { optimizer, ..params }.checked().map(|_| ())
    }
}

/// Minimises `loss(module, step)`, steps counted from 0, on a module whose device records
/// gradients. Returns the module after the last step and the loss of every step.
///
/// # Shapes
/// `loss` returns one number, `[1]`.
///
/// # Errors
/// [`TrainError`]: parameters out of range, what `loss` returns, and
/// [`TrainError::NonFiniteLoss`], with the step, where it is not finite.
pub fn descend<M: Module>(
    mut module: M,
    params: &DescentParams,
    loss: &mut dyn FnMut(&M, usize) -> Result<Tensor<1>, TrainError>,
) -> Result<(M, Vec<f64>), TrainError> {
    params.check()?;
    let mut adam = Adam::new(0.9, 0.999, 1e-8, params.weight_decay);
    let mut losses = Vec::with_capacity(params.steps);
    for step in 0..params.steps {
        let at = loss(&module, step)?;
        let value = scalar(at.clone())?;
        if !value.is_finite() {
            return Err(TrainError::NonFiniteLoss { step, loss: value });
        }
        let grads = GradientsParams::from_grads(at.backward(), &module);
        let phase = std::f64::consts::PI * step as f64 / params.steps as f64;
        let rate = 0.5 * params.learning_rate * (1.0 + phase.cos());
        module = adam.step(rate, 1.0, module, grads);
        losses.push(value);
    }
    Ok((module, losses))
}
