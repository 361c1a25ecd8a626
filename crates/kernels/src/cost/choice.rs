//! What a bound is asked for and what it answers with: the construction, the norm of the error and
//! the hidden units.

use std::fmt;

/// The construction behind a bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum BoundRoute {
    /// Mercer features, truncated, interpolated by splines on a grid.
    MercerSplines,
    /// The values on a grid, interpolated by hats in both arguments: a partition of unity.
    Covering,
    /// Features that the relation knows, sums of functions of one number, by splines.
    RidgeSplines,
    /// Mercer features, truncated, each a mixture of few ridge functions.
    MercerBarron,
    /// Schmidt features, truncated, interpolated by splines on a grid.
    SchmidtSplines,
    /// Waves drawn from the Fourier transform of the relation.
    FourierMaurey,
    /// Schmidt features, truncated, each a mixture of few ridge functions.
    SchmidtBarron,
}

/// The norm of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorNorm {
    /// The largest error of any pair.
    Sup,
    /// In `L2(mu x nu)`.
    L2,
}

/// Hidden units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Units {
    /// `max(t, 0)`.
    Relu,
    /// `t P(N <= t)`: a ReLU at large slopes, to within `0.17 / slope`, so that its counts are
    /// those of ReLU.
    Gelu,
    /// `tanh t`: at large slopes a step.
    Tanh,
    /// `sin t`: waves are exact.
    Sine,
}

impl Units {
    /// The share of an error that splines of ReLU may use, so that these units can imitate them
    /// with the rest: a GELU is a ReLU up to an error that falls with its slope, and a hundredth
    /// of the error is enough for that at finite slopes.
    pub(super) fn spline_share(self) -> f64 {
        if self == Self::Gelu { 0.99 } else { 1.0 }
    }
}

/// Whether the features of one encoder share their hidden units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HiddenLayers {
    /// All features are read from one hidden layer.
    Shared,
    /// Every feature has hidden units of its own.
    Separate,
}

impl fmt::Display for BoundRoute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MercerSplines => "mercer-splines",
            Self::Covering => "covering",
            Self::RidgeSplines => "ridge-splines",
            Self::MercerBarron => "mercer-barron",
            Self::SchmidtSplines => "schmidt-splines",
            Self::FourierMaurey => "fourier-maurey",
            Self::SchmidtBarron => "schmidt-barron",
        })
    }
}

impl fmt::Display for ErrorNorm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sup => "sup",
            Self::L2 => "L2",
        })
    }
}

impl fmt::Display for Units {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Relu => "relu",
            Self::Gelu => "gelu",
            Self::Tanh => "tanh",
            Self::Sine => "sine",
        })
    }
}
