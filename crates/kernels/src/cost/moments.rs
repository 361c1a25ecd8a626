//! Mass and moments of Fourier transforms.

use super::error::BoundError;
use relata_relations::Relation;
use std::fmt;

/// Mass and moments of the Fourier transform of an extension of a relation.
#[derive(Clone, Debug, PartialEq)]
pub struct FourierNorms {
    /// `|F|`: the integral of the magnitude.
    pub mass: Moment,
    /// The integrals of `|w|` and of `|v|`: Barron's norms in `x` and in `y`.
    pub first: [Moment; 2],
    /// The integrals of `|w|^2` and of `|v|^2`.
    pub second: [Moment; 2],
    /// Of which extension.
    pub extension: Extension,
    /// Relative error of the finite values, as estimated; 0 for closed forms.
    pub uncertainty: f64,
}

/// A moment of a measure.
#[derive(Clone, Debug, PartialEq)]
pub enum Moment {
    /// Its value.
    Finite(f64),
    /// It is infinite.
    Infinite {
        /// Why.
        because: String,
    },
}

/// The extension of a relation to the whole space.
#[derive(Clone, Debug, PartialEq)]
pub enum Extension {
    /// The formula of the relation, a function of `x - y` with a positive Fourier transform
    /// (Bochner 1932): waves make one shared encoder.
    Bochner,
    /// The formula of the relation.
    Formula,
    /// The product of extensions of the factors.
    Product,
    /// The formula times a smooth window that is 1 on the domain and 0 beyond a margin, continued
    /// periodically.
    Windowed {
        /// Width of the margin, as a share of each edge.
        margin: f64,
        /// Frequencies on each axis.
        frequencies: usize,
    },
    /// Unknown: the norms were given.
    Given,
}

impl Moment {
    /// The value, if it is finite.
    #[must_use]
    pub fn finite(&self) -> Option<f64> {
        match self {
            Self::Finite(v) => Some(*v),
            Self::Infinite { .. } => None,
        }
    }

    /// The value, or the reason why there is none.
    pub(super) fn or_refuse(&self, r: &dyn Relation, what: &'static str) -> Result<f64, BoundError> {
        match self {
            Self::Finite(v) => Ok(*v),
            Self::Infinite { because } => {
                Err(BoundError::InfiniteNorm { relation: r.name(), what, because: because.clone() })
            }
        }
    }
}

impl fmt::Display for Extension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bochner => f.write_str("its formula, a positive definite function of x - y"),
            Self::Formula => f.write_str("its formula"),
            Self::Product => f.write_str("product of the factors' extensions"),
            Self::Windowed { margin, frequencies } => {
                write!(f, "windowed with margin {margin}, {frequencies} frequencies per axis")
            }
            Self::Given => f.write_str("given"),
        }
    }
}
