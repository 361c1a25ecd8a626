//! The one place that opens a device and knows which backends are compiled in.

use burn::tensor::{Device, FloatDType};
pub use relata_runs::BackendKind;
use relata_training::NetworkDevice;

/// A device that is ready for tensors.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The handle; cloning it is cheap.
    pub device: NetworkDevice,
    /// Which backend it belongs to.
    pub kind: BackendKind,
    /// The device as it names itself.
    pub name: String,
}

/// A backend cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BackendError {
    /// This program was built without it.
    #[error("backend `{0}` is not compiled in; build with `--features {0}`")]
    NotCompiled(BackendKind),
    /// There is no device for it, or the device does not start.
    #[error("backend `{kind}` has no usable device: {problem}")]
    Unavailable {
        /// The backend.
        kind: BackendKind,
        /// What it said.
        problem: String,
    },
}

/// The backends that are compiled in.
pub fn compiled() -> Vec<BackendKind> {
    BackendKind::ALL
        .into_iter()
        .filter(|kind| match kind {
            BackendKind::Flex => true,
            BackendKind::Ndarray => cfg!(feature = "ndarray"),
            BackendKind::Wgpu => cfg!(feature = "wgpu"),
        })
        .collect()
}

/// Opens the device of a backend. Call it once a process and clone the result: a graphics device is
/// not set up twice.
pub fn open(kind: BackendKind) -> Result<Opened, BackendError> {
    match kind {
        // Flex lives in the memory of the host, where networks are trained without tensors.
        BackendKind::Flex => Ok(processor(kind, NetworkDevice::on_host(Device::flex()))),
        #[cfg(feature = "ndarray")]
        #[allow(deprecated)]
        BackendKind::Ndarray => Ok(processor(kind, Device::ndarray().into())),
        #[cfg(feature = "wgpu")]
        BackendKind::Wgpu => graphics(),
        #[allow(unreachable_patterns)]
        other => Err(BackendError::NotCompiled(other)),
    }
}

/// Whether the device computes in 64-bit floats.
pub fn has_f64(opened: &Opened) -> bool {
    opened.device.supports_dtype(FloatDType::F64)
}

fn processor(kind: BackendKind, device: NetworkDevice) -> Opened {
    Opened { device, kind, name: format!("{} processor", std::env::consts::ARCH) }
}

/// Drivers are reached through code that panics on some of its ways, and a missing device is no
/// fault of this program, so panics end here too. One small computation makes sure that the device
/// works before hours depend on it.
#[cfg(feature = "wgpu")]
fn graphics() -> Result<Opened, BackendError> {
    use burn::tensor::Tensor;
    let kind = BackendKind::Wgpu;
    let unavailable = |problem: String| BackendError::Unavailable { kind, problem };
    let start = || {
        let device = Device::wgpu_options().init().map_err(|e| unavailable(e.to_string()))?;
        let sum = Tensor::<1>::from_floats([1.0, 2.0], &device).sum().into_data();
        let sum = sum.try_to_vec::<f32>().map_err(|e| unavailable(format!("{e:?}")))?;
        if sum.iter().map(|s| s.to_bits()).ne([3.0_f32.to_bits()]) {
            return Err(unavailable(format!("it says that 1 + 2 is {sum:?}")));
        }
        let name = device.identity().map_or_else(
            || "unnamed".to_owned(),
            |id| if id.physical.is_some() { id.name } else { format!("{} (software)", id.name) },
        );
        Ok(Opened { device: device.into(), kind, name })
    };
    crate::runner::quietly(start).unwrap_or_else(|message| Err(unavailable(message)))
}
