//! The floating-point type of device tensors, always explicit.

use burn::tensor::{DType, Device};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The floating-point type in which a network is trained. Results are reported in f64 whatever this
/// is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Precision {
    /// Single precision: every backend has it.
    #[default]
    F32,
    /// Double precision: flex and ndarray have it, GPUs seldom.
    F64,
}

impl Precision {
    /// Both.
    pub const ALL: [Self; 2] = [Self::F32, Self::F64];

    /// burn's name of the type.
    #[must_use]
    pub fn dtype(self) -> DType {
        match self {
            Self::F32 => DType::F32,
            Self::F64 => DType::F64,
        }
    }

    /// Whether tensors of this type can live on the device.
    #[must_use]
    pub fn supported_by(self, device: &Device) -> bool {
        device.supports_dtype(self.dtype())
    }

    /// The distance from 1 to the next larger number.
    #[must_use]
    pub fn epsilon(self) -> f64 {
        match self {
            Self::F32 => f64::from(f32::EPSILON),
            Self::F64 => f64::EPSILON,
        }
    }

    /// The nearest number of this type; infinite beyond its range.
    #[must_use]
    pub fn round(self, value: f64) -> f64 {
        match self {
            Self::F32 => f64::from(value as f32),
            Self::F64 => value,
        }
    }
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::F32 => "f32",
            Self::F64 => "f64",
        })
    }
}
