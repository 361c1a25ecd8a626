//! Losses against their definitions in f64.

use crate::support::{device, sample};
use burn::tensor::Tensor;
use faer::Mat;
use proptest::prelude::*;
use relata_relations::Seed;
use relata_training::{
    Precision, all_pairs_loss, low_rank_loss, matrix_to_tensor, slice_to_tensor, tensor_to_matrix,
    tensor_to_vec, weighted_loss,
};

fn random(n: usize, m: usize, seed: u64) -> Mat<f64> {
    let mut s = Seed(seed).stream("loss");
    Mat::from_fn(n, m, |_, _| s.normal())
}

fn tensor(a: &Mat<f64>) -> Tensor<2> {
    matrix_to_tensor(a.as_ref(), &device(), Precision::F64)
}

fn value(t: Tensor<1>) -> f64 {
    tensor_to_vec(t).unwrap()[0]
}

proptest! {
    #[test]
    fn losses_are_what_they_say(n in 1usize..9, m in 1usize..9, d in 1usize..4, k in 1usize..4, seed in 0u64..1000) {
        let (phi, psi, r) = (random(n, d, seed), random(m, d, seed + 1), random(n, m, seed + 2));
        let mean = (&phi * psi.transpose() - &r).squared_norm_l2() / (n * m) as f64;
        let got = value(all_pairs_loss(tensor(&phi), tensor(&psi), tensor(&r)));
        prop_assert!((got - mean).abs() < 1e-12 * mean.max(1.0));

        let mut s = Seed(seed).stream("weights");
        let u: Vec<f64> = (0..n).map(|_| s.uniform_in(0.1, 1.0)).collect();
        let v: Vec<f64> = (0..m).map(|_| s.uniform_in(0.1, 1.0)).collect();
        let (a, b) = (random(n, k, seed + 3), random(m, k, seed + 4));
        let target = &a * b.transpose();
        let mut exact = 0.0;
        for i in 0..n {
            for j in 0..m {
                let f: f64 = (0..d).map(|c| phi[(i, c)] * psi[(j, c)]).sum();
                exact += (u[i] * v[j] * f - target[(i, j)]).powi(2);
            }
        }
        let root = |w: &[f64]| slice_to_tensor(w, &device(), Precision::F64);
        let dense = value(weighted_loss((tensor(&phi), root(&u)), (tensor(&psi), root(&v)), tensor(&target)));
        let factored = value(low_rank_loss((tensor(&phi), root(&u)), (tensor(&psi), root(&v)), (&tensor(&a), &tensor(&b))));
        prop_assert!((dense - exact).abs() < 1e-12 * exact.max(1.0), "{dense} {exact}");
        prop_assert!((factored - exact).abs() < 1e-11 * (exact + target.squared_norm_l2()).max(1.0), "{factored} {exact}");
    }
}

#[test]
fn conversions_keep_rows_and_columns() {
    let a = random(3, 5, 1);
    assert_eq!(tensor_to_matrix(tensor(&a)).unwrap(), a);
    let x = sample(2, 4, 2);
    let t = relata_training::points_to_tensor(&x, &device(), Precision::F64);
    assert_eq!(t.dims(), [4, 2]);
    assert_eq!(tensor_to_vec(t).unwrap(), x.as_slice());
}
