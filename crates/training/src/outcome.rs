//! What goes into a training and what comes out.

use faer::Mat;
use relata_networks::RelationNet;
use relata_relations::Quadrature;

/// Where the training points come from.
#[derive(Clone, Copy, Debug)]
pub enum Data<'a> {
    /// The relation's spaces, by the configuration's sampler.
    Spaces,
    /// These rules for the two measures, whole at each step; the sampler is not used.
    Quadratures([&'a Quadrature; 2]),
    /// These rules, whole at each step, for relations known by factors: for each relation `A`
    /// (`n x k`) and `B` (`m x k`) with `U^{1/2} R V^{1/2} = A B^T` on the nodes, as a truncated
    /// decomposition gives them. No `n x m` matrix is formed.
    Factored {
        /// The two rules.
        rules: [&'a Quadrature; 2],
        /// `A` and `B`, one pair a relation.
        factors: &'a [[Mat<f64>; 2]],
    },
}

/// One optimisation step: what the progress callback sees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepRecord {
    /// The step, counted from 0.
    pub step: usize,
    /// The loss of the step's batch before the step: mean squared error over mean squared relation.
    /// Not an error estimate.
    pub loss: f64,
    /// The learning rate.
    pub learning_rate: f64,
    /// The Euclidean norm of the whole gradient before clipping.
    pub gradient_norm: f64,
    /// The relative L2 error on the held-out sample after the step, in f64, where it was measured.
    pub held_out: Option<f64>,
}

/// What the progress callback asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// Go on.
    Continue,
    /// Stop after this step.
    Stop,
}

/// Why the training ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stopped {
    /// All steps were taken.
    Finished,
    /// The held-out error did not fall any more; the best weights were restored.
    Early {
        /// The step after which the error was least.
        best_step: usize,
    },
    /// The callback asked for it.
    Requested,
}

/// Which way the steps were taken. Both give the same training up to rounding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Formulation {
    /// Fused, on the host's memory, without a tensor graph: perceptrons in single precision on a
    /// device that is the host ([`NetworkDevice::on_host`](crate::NetworkDevice::on_host)).
    Fused,
    /// On burn tensors: everything else.
    Tensors,
}

/// A trained network.
#[derive(Clone, Debug)]
pub struct Trained {
    /// The network in f64.
    pub net: RelationNet,
    /// Every step.
    pub history: Vec<StepRecord>,
    /// Why the training ended.
    pub stopped: Stopped,
    /// Which way the steps were taken.
    pub formulation: Formulation,
}
