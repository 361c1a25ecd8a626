//! Tensors on the host, and how files hold them.

use super::error::EncoderError;
use burn::tensor::{bf16, f16};
use safetensors::{Dtype, tensor::TensorView};

/// The entries of a tensor in row-major order.
#[derive(Clone, Debug, PartialEq)]
pub struct HostTensor {
    pub(crate) shape: Vec<usize>,
    pub(crate) values: Vec<f32>,
}

/// How weights are stored in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// 32-bit floats.
    F32,
    /// IEEE 754 half precision.
    F16,
    /// The upper half of 32-bit floats.
    Bf16,
}

impl HostTensor {
    /// The sizes.
    #[must_use]
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The entries, in row-major order.
    #[must_use]
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The entries, to change them; they must stay finite.
    pub fn values_mut(&mut self) -> &mut [f32] {
        &mut self.values
    }
}

pub(crate) fn numbers(name: &str, view: &TensorView<'_>) -> Result<Vec<f32>, EncoderError> {
    let data = view.data();
    // Files are little-endian; chunks have the size of the type, which the file's header was
    // checked against.
    let half = |w: &[u8]| u16::from_le_bytes([w[0], w[1]]);
    Ok(match view.dtype() {
        Dtype::F32 => data.chunks_exact(4).map(|w| f32::from_le_bytes([w[0], w[1], w[2], w[3]])).collect(),
        Dtype::F16 => data.chunks_exact(2).map(|w| f16::from_bits(half(w)).to_f32()).collect(),
        Dtype::BF16 => data.chunks_exact(2).map(|w| bf16::from_bits(half(w)).to_f32()).collect(),
        Dtype::F64 => {
            let wide = |w: &[u8]| f64::from_le_bytes([w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7]]);
            data.chunks_exact(8).map(|w| wide(w) as f32).collect()
        }
        found => return Err(EncoderError::Type { name: name.to_owned(), found }),
    })
}

pub(super) fn serialize(group: &[(&String, &HostTensor)], stored: Stored) -> Result<Vec<u8>, String> {
    let (dtype, encode): (Dtype, fn(f32) -> Vec<u8>) = match stored {
        Stored::F32 => (Dtype::F32, |v| v.to_le_bytes().to_vec()),
        Stored::F16 => (Dtype::F16, |v| f16::from_f32(v).to_bits().to_le_bytes().to_vec()),
        Stored::Bf16 => (Dtype::BF16, |v| bf16::from_f32(v).to_bits().to_le_bytes().to_vec()),
    };
    let bytes: Vec<Vec<u8>> =
        group.iter().map(|(_, t)| t.values.iter().flat_map(|v| encode(*v)).collect()).collect();
    let views = group
        .iter()
        .zip(&bytes)
        .map(|((name, t), data)| Ok((*name, TensorView::new(dtype, t.shape.clone(), data)?)))
        .collect::<Result<Vec<_>, safetensors::SafeTensorError>>()
        .map_err(|e| e.to_string())?;
    safetensors::serialize(views, None).map_err(|e| e.to_string())
}
