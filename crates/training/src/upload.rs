//! What can keep a network from a device.

use crate::device::NetworkDevice;
use crate::precision::Precision;
use relata_networks::{ConfigError, NetworkError};
use thiserror::Error;

/// Why a network could not be put on a device.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum UploadError {
    /// The configuration describes no network.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The device lacks the floating-point type.
    #[error("{device} does not support {precision}; train in f32 there")]
    Precision {
        /// The type.
        precision: Precision,
        /// The device.
        device: String,
    },
    /// Networks for several relations that do not share their hidden layers.
    #[error(
        "network {index} does not fit: there must be networks, none indefinite, with equal hidden layers and ranks"
    )]
    Trunks {
        /// The first that does not fit.
        index: usize,
    },
    /// A weight beyond the range of the floating-point type.
    #[error("the weight {value:e} is beyond the range of {precision}")]
    Overflow {
        /// The weight.
        value: f64,
        /// The type.
        precision: Precision,
    },
}

impl From<NetworkError> for UploadError {
    fn from(e: NetworkError) -> Self {
        Self::Config(e.into())
    }
}

/// Whether a device has a floating-point type.
pub(crate) fn check_device(precision: Precision, device: &NetworkDevice) -> Result<(), UploadError> {
    if precision.supported_by(device) {
        return Ok(());
    }
    Err(UploadError::Precision { precision, device: format!("{device:?}") })
}
