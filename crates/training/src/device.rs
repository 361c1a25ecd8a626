//! A device, and whether it is the host.

use burn::tensor::Device;
use std::ops::Deref;

/// Where GELU and tanh in single precision are computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ActivationSite {
    /// On the device, by its own functions.
    #[default]
    Device,
    /// On the host, by arithmetic that vectorises: for backends whose memory is the host's and that
    /// call a scalar library function per entry, as burn's flex backend does.
    Host,
}

/// A device that networks live on, with what the caller who opened it knows of its backend. It
/// stands for the [`Device`] wherever one is wanted.
///
/// ```
/// use burn::tensor::Device;
/// use relata_training::{ActivationSite, NetworkDevice};
/// let plain: NetworkDevice = Device::flex().into();
/// let quick = NetworkDevice::on_host(Device::flex());
/// assert_eq!([plain.activations(), quick.activations()], [ActivationSite::Device, ActivationSite::Host]);
/// ```
#[derive(Clone, Debug)]
pub struct NetworkDevice {
    device: Device,
    activations: ActivationSite,
}

impl NetworkDevice {
    /// A device whose memory is the host's, as that of burn's flex backend is. Activations are
    /// computed by our own arithmetic there, and networks of ours are trained in single precision
    /// without tensors ([`Formulation::Fused`](crate::Formulation::Fused)).
    #[must_use]
    pub fn on_host(device: Device) -> Self {
        Self { device, activations: ActivationSite::Host }
    }

    /// Where activations are computed.
    #[must_use]
    pub fn activations(&self) -> ActivationSite {
        self.activations
    }

    /// Whether the device's memory is the host's.
    #[must_use]
    pub fn is_host(&self) -> bool {
        self.activations == ActivationSite::Host
    }

    /// The same with gradients recorded.
    #[must_use]
    pub fn autodiff(self) -> Self {
        Self { device: self.device.autodiff(), ..self }
    }
}

impl From<Device> for NetworkDevice {
    /// Everything is computed on the device, by its own functions.
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
