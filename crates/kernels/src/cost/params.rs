//! The knobs of a bound.

use super::choice::{ErrorNorm, HiddenLayers, Units};
use super::moments::FourierNorms;
use std::num::NonZeroUsize;

/// What a bound is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct BoundParams {
    /// The norm of the error.
    pub norm: ErrorNorm,
    /// The hidden units.
    pub units: Units,
    /// Whether features share hidden units.
    pub hidden: HiddenLayers,
    /// The share of `eps` that truncation may use, between 0 and 1.
    pub truncation_share: f64,
    /// Nodes of a rule on each space, in all, where eigenpairs are computed.
    pub nodes: NonZeroUsize,
    /// Points at which suprema are taken, in all.
    pub grid: NonZeroUsize,
    /// Norms of the Fourier transform, where they are known and [`super::fourier_norms`] does not
    /// know them.
    pub fourier: Option<FourierNorms>,
}

impl Default for BoundParams {
    fn default() -> Self {
        const NODES: NonZeroUsize = NonZeroUsize::new(480).unwrap();
        const GRID: NonZeroUsize = NonZeroUsize::new(2000).unwrap();
        Self {
            norm: ErrorNorm::Sup,
            units: Units::Relu,
            hidden: HiddenLayers::Shared,
            truncation_share: 0.5,
            nodes: NODES,
            grid: GRID,
            fourier: None,
        }
    }
}
