//! Adam with decoupled weight decay, by burn's update rule, with its state in our hands.
//!
//! burn's own whole-module optimiser restores its state on the default device in the default
//! floating-point type, which would lose f64 moments; here the rule is applied parameter by
//! parameter and the moments are plain vectors of tensors.

use crate::convert::{TensorReadError, slice_to_tensor, tensor_to_vec};
use crate::parameters::successor;
use crate::precision::Precision;
use burn::module::{Module, ModuleMapper, Param};
use burn::optim::{AdamW, AdamWConfig, AdamWState, AdaptiveMomentumState, GradientsParams, Optimizer};
use burn::tensor::{Device, Tensor};

/// The rule and the moments of every parameter, flattened, in visiting order.
pub(crate) struct Adam {
    rule: AdamW,
    states: Vec<Option<AdamWState<1>>>,
}

/// The moments of one parameter on the host.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Moments {
    pub(crate) time: usize,
    pub(crate) first: Vec<f64>,
    pub(crate) second: Vec<f64>,
}

impl Adam {
    pub(crate) fn new(beta1: f64, beta2: f64, epsilon: f64, weight_decay: f64) -> Self {
        let config = AdamWConfig::new()
            .with_beta_1(beta1 as f32)
            .with_beta_2(beta2 as f32)
            .with_epsilon(epsilon as f32)
            .with_weight_decay(weight_decay as f32);
        Self { rule: config.build(), states: Vec::new() }
    }

    /// One step along `shrink` times the gradient.
    pub(crate) fn step<M: Module>(&mut self, rate: f64, shrink: f64, module: M, grads: GradientsParams) -> M {
        module.map(&mut Step { adam: self, next: 0, rate, shrink, grads })
    }

    pub(crate) fn read(&self) -> Result<Vec<Option<Moments>>, TensorReadError> {
        let read = |s: &AdamWState<1>| {
            let m = &s.momentum;
            Ok(Moments {
                time: m.time,
                first: tensor_to_vec(m.moment_1.clone())?,
                second: tensor_to_vec(m.moment_2.clone())?,
            })
        };
        self.states.iter().map(|s| s.as_ref().map(read).transpose()).collect()
    }

    pub(crate) fn write(&mut self, moments: &[Option<Moments>], device: &Device, precision: Precision) {
        let device = device.clone().without_autodiff();
        let write = |m: &Moments| AdamWState {
            momentum: AdaptiveMomentumState {
                time: m.time,
                moment_1: slice_to_tensor(&m.first, &device, precision),
                moment_2: slice_to_tensor(&m.second, &device, precision),
                max_moment_2: None,
            },
        };
        self.states = moments.iter().map(|m| m.as_ref().map(write)).collect();
    }
}

struct Step<'a> {
    adam: &'a mut Adam,
    next: usize,
    rate: f64,
    shrink: f64,
    grads: GradientsParams,
}

impl ModuleMapper for Step<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let slot = self.next;
        self.next += 1;
        if self.adam.states.len() <= slot {
            self.adam.states.push(None);
        }
        let (id, old, mapper) = param.consume();
        let Some(grad) = self.grads.remove::<D>(id) else { return Param::from_mapped_value(id, old, mapper) };
        let shape = old.shape();
        let length = shape.num_elements();
        let mut grad = grad.reshape([length]);
        if self.shrink < 1.0 {
            grad = grad * self.shrink;
        }
        let state = self.adam.states[slot].take();
        let (value, state) =
            self.adam.rule.step(self.rate, old.clone().inner().reshape([length]), grad, state);
        self.adam.states[slot] = state;
        Param::from_mapped_value(id, successor(&old, value.reshape(shape)), mapper)
    }
}
