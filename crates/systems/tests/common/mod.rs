//! What the tests of systems share.

// Each test file uses some of it.
#![allow(dead_code)]

use burn::tensor::{Device, Int, Tensor, TensorData};
use relata_relations::{Points, Seed};
use relata_systems::System;
use relata_tasks::gaussian_objects;
use relata_training::{NetworkDevice, Precision, points_to_tensor, tensor_to_vec};

pub(crate) fn device() -> NetworkDevice {
    Device::flex().into()
}

pub(crate) fn objects(n: usize, dim: usize, seed: u64) -> Points {
    gaussian_objects(n, dim, &mut Seed(seed).stream("objects")).unwrap()
}

pub(crate) fn tensor(points: &Points) -> Tensor<2> {
    points_to_tensor(points, &device().autodiff(), Precision::F32)
}

pub(crate) fn places(columns: &[&[i32]]) -> Vec<Tensor<1, Int>> {
    let put = |c: &&[i32]| Tensor::from_data(TensorData::new(c.to_vec(), [c.len()]), &*device().autodiff());
    columns.iter().map(put).collect()
}

pub(crate) fn logits<S: System>(system: &S, points: &Points, columns: &[&[i32]]) -> Vec<f64> {
    tensor_to_vec(system.logits(tensor(points), &places(columns))).unwrap()
}

pub(crate) fn close(a: &[f64], b: &[f64], tolerance: f64) {
    assert_eq!(a.len(), b.len());
    for (a, b) in a.iter().zip(b) {
        assert!((a - b).abs() <= tolerance * (1.0 + b.abs()), "{a} {b}");
    }
}
