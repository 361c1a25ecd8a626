//! Adam on all parameters at once.

use super::arithmetic::AdamStep;
use super::model::RUN;
use crate::adam::Moments;
use rayon::prelude::*;

/// Adam with decoupled weight decay, and its moments.
pub(super) struct Adam {
    beta1: f32,
    beta2: f32,
    epsilon: f32,
    weight_decay: f64,
    time: usize,
    first: Vec<f32>,
    second: Vec<f32>,
}

impl Adam {
    pub(super) fn new([beta1, beta2, epsilon, weight_decay]: [f64; 4], parameters: usize) -> Self {
        let zeros = || vec![0.0f32; parameters];
        let (beta1, beta2, epsilon) = (beta1 as f32, beta2 as f32, epsilon as f32);
        Self { beta1, beta2, epsilon, weight_decay, time: 0, first: zeros(), second: zeros() }
    }

    /// One step along `shrink` times the gradient.
    pub(super) fn step(&mut self, rate: f64, shrink: f64, parameters: &mut [f32], gradient: &[f32]) {
        self.time += 1;
        let power = i32::try_from(self.time).unwrap_or(i32::MAX);
        let step = AdamStep {
            beta1: self.beta1,
            beta2: self.beta2,
            correction1: 1.0 - self.beta1.powi(power),
            correction2: 1.0 - self.beta2.powi(power),
            epsilon: self.epsilon,
            rate: rate as f32,
            keep: (1.0 - rate * f64::from(self.weight_decay as f32)) as f32,
            shrink: shrink as f32,
        };
        let moments = self.first.par_chunks_mut(RUN).zip(self.second.par_chunks_mut(RUN));
        let runs = parameters.par_chunks_mut(RUN).zip(gradient.par_chunks(RUN)).zip(moments);
        runs.for_each(|((values, gradient), (first, second))| step.take(values, gradient, [first, second]));
    }

    /// The moments of each parameter, whose sizes are given.
    pub(super) fn read(&self, lengths: &[usize]) -> Vec<Option<Moments>> {
        let mut from = 0;
        let wide = |v: &[f32]| v.iter().map(|v| f64::from(*v)).collect();
        let moments = |length: &usize| {
            let at = from..from + length;
            from = at.end;
            let (first, second) = (wide(&self.first[at.clone()]), wide(&self.second[at]));
            (self.time > 0).then_some(Moments { time: self.time, first, second })
        };
        lengths.iter().map(moments).collect()
    }

    /// What [`Self::read`] gave.
    pub(super) fn write(&mut self, moments: &[Option<Moments>]) {
        let mut from = 0;
        for m in moments.iter().flatten() {
            self.time = m.time;
            let at = from..from + m.first.len();
            from = at.end;
            self.first[at.clone()].iter_mut().zip(&m.first).for_each(|(to, v)| *to = *v as f32);
            self.second[at].iter_mut().zip(&m.second).for_each(|(to, v)| *to = *v as f32);
        }
    }
}
