//! A device, and where the activations of networks on it are computed.

use burn::tensor::Device;
use std::ops::Deref;

/// Where GELU and tanh in single precision are computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ActivationSite {
    /// On the device, by its own functions.
    #[default]
    Device,
    /// On the host, by arithmetic that vectorises: for backends that live there and call a scalar
    /// library function per entry, as burn's flex backend does.
    Host,
}

/// A device that networks live on, with what the caller who opened it knows of its backend. It
/// stands for the [`Device`] wherever one is wanted.
///
/// ```
/// use burn::tensor::Device;
/// use relata_training::{ActivationSite, NetworkDevice};
/// let plain: NetworkDevice = Device::flex().into();
/// let quick = NetworkDevice::with_host_activations(Device::flex());
/// assert_eq!([plain.activations(), quick.activations()], [ActivationSite::Device, ActivationSite::Host]);
/// ```
#[derive(Clone, Debug)]
pub struct NetworkDevice {
    device: Device,
    activations: ActivationSite,
}

impl NetworkDevice {
    /// A device whose activations are computed on the host.
    #[must_use]
    pub fn with_host_activations(device: Device) -> Self {
        Self { device, activations: ActivationSite::Host }
    }

    /// Where activations are computed.
    #[must_use]
    pub fn activations(&self) -> ActivationSite {
        self.activations
    }

    /// The same with gradients recorded.
    #[must_use]
    pub fn autodiff(self) -> Self {
        Self { device: self.device.autodiff(), ..self }
    }
}

impl From<Device> for NetworkDevice {
    /// Activations are computed on the device.
    fn from(device: Device) -> Self {
        Self { device, activations: ActivationSite::Device }
    }
}

impl Deref for NetworkDevice {
    type Target = Device;

    fn deref(&self) -> &Device {
        &self.device
    }
}
