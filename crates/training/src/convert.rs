//! Between the host (faer matrices, [`Points`], slices; f64) and burn tensors: the only module that
//! does it.
//!
//! Tensors are row-major, like [`Points`]; faer matrices are column-major and are transposed on the
//! way.

use crate::precision::Precision;
use burn::tensor::{Device, Tensor, TensorData};
use faer::{Mat, MatRef};
use relata_relations::Points;
use thiserror::Error;

/// A tensor could not be read back from its device.
#[derive(Clone, Debug, Error, PartialEq)]
#[error("a tensor could not be read from its device: {reason}")]
pub struct TensorReadError {
    /// What the backend said.
    pub reason: String,
}

/// Points as a tensor.
///
/// # Shapes
/// `n x p` to `[n, p]`.
#[must_use]
pub fn points_to_tensor(x: &Points, device: &Device, precision: Precision) -> Tensor<2> {
    Tensor::from_data(
        host(x.as_slice().iter().copied(), [x.len(), x.dim()], precision),
        (device, precision.dtype()),
    )
}

/// A matrix as a tensor.
///
/// # Shapes
/// `n x m` to `[n, m]`.
#[must_use]
pub fn matrix_to_tensor(a: MatRef<'_, f64>, device: &Device, precision: Precision) -> Tensor<2> {
    let (n, m) = (a.nrows(), a.ncols());
    let entries = (0..n).flat_map(|i| (0..m).map(move |j| a[(i, j)]));
    Tensor::from_data(host(entries, [n, m], precision), (device, precision.dtype()))
}

/// The transpose of a matrix times a factor as a tensor, read in the order in which it lies in
/// memory.
///
/// # Shapes
/// `n x m` to `[m, n]`.
pub(crate) fn transposed_to_tensor(
    a: MatRef<'_, f64>,
    factor: f64,
    device: &Device,
    precision: Precision,
) -> Tensor<2> {
    let entries = a.col_iter().flat_map(|c| c.iter().map(move |v| v * factor));
    Tensor::from_data(host(entries, [a.ncols(), a.nrows()], precision), (device, precision.dtype()))
}

/// Numbers as a tensor.
///
/// # Shapes
/// `n` to `[n]`.
#[must_use]
pub fn slice_to_tensor(values: &[f64], device: &Device, precision: Precision) -> Tensor<1> {
    Tensor::from_data(host(values.iter().copied(), [values.len()], precision), (device, precision.dtype()))
}

/// A tensor as a matrix.
///
/// # Shapes
/// `[n, m]` to `n x m`.
///
/// # Errors
/// [`TensorReadError`] if the device does not give the values back.
pub fn tensor_to_matrix(t: Tensor<2>) -> Result<Mat<f64>, TensorReadError> {
    let [n, m] = t.dims();
    let values = tensor_to_vec(t)?;
    Ok(Mat::from_fn(n, m, |i, j| values[i * m + j]))
}

/// The entries of a tensor in row-major order.
///
/// # Errors
/// [`TensorReadError`] if the device does not give the values back.
pub fn tensor_to_vec<const D: usize>(t: Tensor<D>) -> Result<Vec<f64>, TensorReadError> {
    t.try_into_vec_as::<f64>().map_err(|e| TensorReadError { reason: e.to_string() })
}

/// Row-major values in the precision of the device, so that the upload is a copy.
fn host<const D: usize>(
    values: impl Iterator<Item = f64>,
    shape: [usize; D],
    precision: Precision,
) -> TensorData {
    match precision {
        Precision::F32 => TensorData::new(values.map(|v| v as f32).collect::<Vec<f32>>(), shape),
        Precision::F64 => TensorData::new(values.collect::<Vec<f64>>(), shape),
    }
}
