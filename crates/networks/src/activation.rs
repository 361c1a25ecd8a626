//! Activation functions in f64, with the constants that Lipschitz bounds need.

use relata_relations::special::normal_cdf;
use serde::{Deserialize, Serialize};
use std::fmt;

/// An activation function, applied entry by entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Activation {
    /// `max(t, 0)`.
    Relu,
    /// `tanh t`.
    Tanh,
    /// `t P(N <= t)` for a standard normal `N` (exact form, not the tanh approximation; Hendrycks
    /// and Gimpel 2016).
    Gelu,
    /// `sin t`.
    Sine,
}

impl Activation {
    /// All activations.
    pub const ALL: [Self; 4] = [Self::Relu, Self::Tanh, Self::Gelu, Self::Sine];

    /// The value at `t`.
    #[must_use]
    pub fn value(self, t: f64) -> f64 {
        match self {
            Self::Relu => t.max(0.0),
            Self::Tanh => libm::tanh(t),
            Self::Gelu => t * normal_cdf(t),
            Self::Sine => libm::sin(t),
        }
    }

    /// The derivative at `t` (0 for the ReLU at 0).
    #[must_use]
    pub fn derivative(self, t: f64) -> f64 {
        match self {
            Self::Relu => f64::from(u8::from(t > 0.0)),
            Self::Tanh => {
                let v = libm::tanh(t);
                1.0 - v * v
            }
            Self::Gelu => normal_cdf(t) + t * normal_density(t),
            Self::Sine => libm::cos(t),
        }
    }

    /// A bound of the derivative's magnitude over the real line.
    #[must_use]
    pub fn derivative_bound(self) -> f64 {
        match self {
            // The exact supremum is Phi(sqrt 2) + sqrt 2 phi(sqrt 2) = 1.128904..; rounded up.
            Self::Gelu => 1.128_905,
            Self::Relu | Self::Tanh | Self::Sine => 1.0,
        }
    }

    /// The distance of any two values is at most this; infinite where values are not bounded.
    #[must_use]
    pub fn oscillation(self) -> f64 {
        match self {
            Self::Relu | Self::Gelu => f64::INFINITY,
            Self::Tanh | Self::Sine => 2.0,
        }
    }

    /// A bound of the second derivative's magnitude over the real line; `None` for the ReLU, which
    /// has none.
    #[must_use]
    pub fn curvature_bound(self) -> Option<f64> {
        match self {
            Self::Relu => None,
            // 4 / (3 sqrt 3) = 0.769800..
            Self::Tanh => Some(0.769_801),
            // 2 / sqrt(2 pi) = 0.797884.., at 0.
            Self::Gelu => Some(0.797_885),
            Self::Sine => Some(1.0),
        }
    }
}

impl fmt::Display for Activation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Relu => "relu",
            Self::Tanh => "tanh",
            Self::Gelu => "gelu",
            Self::Sine => "sine",
        })
    }
}

fn normal_density(t: f64) -> f64 {
    const INV_SQRT_TAU: f64 = 0.398_942_280_401_432_7;
    INV_SQRT_TAU * libm::exp(-0.5 * t * t)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derivatives_match_central_differences_and_bounds_hold() {
        for a in Activation::ALL {
            let (mut steepest, mut most_curved) = (0.0f64, 0.0f64);
            for i in -4000..4000 {
                let t = (f64::from(i) + 0.5) * 1e-3;
                let h = 1e-4;
                let numeric = (a.value(t + h) - a.value(t - h)) / (2.0 * h);
                assert!((numeric - a.derivative(t)).abs() < 1e-7, "{a} at {t}");
                steepest = steepest.max(a.derivative(t).abs());
                most_curved =
                    most_curved.max(((a.derivative(t + h) - a.derivative(t - h)) / (2.0 * h)).abs());
            }
            assert!(steepest <= a.derivative_bound() && steepest > 0.9999 * a.derivative_bound(), "{a}");
            if let Some(bound) = a.curvature_bound() {
                assert!(
                    most_curved <= bound * (1.0 + 1e-6) && most_curved > 0.999 * bound,
                    "{a} {most_curved}"
                );
            }
        }
    }
}
