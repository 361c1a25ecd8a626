use super::*;
use crate::fast::{KernelOperator, KernelProfile, ProfileKernel};
use crate::lowrank::{KernelMatrix, Pivoting, pivoted_cholesky};
use faer::linalg::solvers::Solve;
use faer::{Col, Mat, Side};
use relata_relations::{Cube, Points, Seed, Space};
use std::num::NonZeroUsize;

fn cloud(n: usize) -> Points {
    Cube::new(3, 0.0, 1.0).unwrap().sample(NonZeroUsize::new(n).unwrap(), &mut Seed(5).stream("cloud"))
}

#[test]
fn lanczos_agrees_with_the_dense_decomposition() {
    let k = KernelOperator::<f64>::square(KernelProfile::matern32(0.5).unwrap(), &cloud(300));
    let exact = crate::matrix::eigh(k.to_mat().as_ref()).unwrap();
    let e = lanczos(300, |v| Ok(k.apply_vec(v)?), LanczosParams::new(12, Seed(0))).unwrap();
    for i in 0..12 {
        assert!((e.values[i] - exact.0[i]).abs() < 1e-10 * exact.0[0], "{i}");
        assert!(e.residuals[i] <= 1e-10 * exact.0[0]);
    }
    let gram = e.vectors.transpose() * &e.vectors;
    assert!((gram - Mat::<f64>::identity(12, 12)).norm_max() < 1e-12);
    let residual = k.to_mat() * &e.vectors - Mat::from_fn(300, 12, |i, c| e.vectors[(i, c)] * e.values[c]);
    assert!(residual.norm_max() < 1e-9 * exact.0[0]);
}

#[test]
fn lanczos_finds_negative_eigenvalues_and_survives_invariant_subspaces() {
    let diagonal = |v: &[f64]| -> Result<Vec<f64>, KrylovError> {
        Ok(v.iter()
            .enumerate()
            .map(|(i, x)| x * if i == 3 { -9.0 } else { f64::from(u8::from(i < 2)) })
            .collect())
    };
    // Three different eigenvalues, so that the Krylov space of any vector has dimension 3.
    let e =
        lanczos(20, diagonal, LanczosParams { count: 2, dimension: 20, ..LanczosParams::new(2, Seed(1)) })
            .unwrap();
    assert!((e.values[0] + 9.0).abs() < 1e-12 && (e.values[1] - 1.0).abs() < 1e-12);
    let too_many = lanczos(5, |v| Ok(v.to_vec()), LanczosParams::new(6, Seed(0)));
    assert!(matches!(too_many, Err(KrylovError::TooMany { wanted: 6, .. })));
}

#[test]
fn preconditioned_gradients_solve_what_cholesky_solves() {
    let (n, ridge, x) = (400, 1e-4, cloud(400));
    let kernel = ProfileKernel::new(KernelProfile::gaussian(0.4).unwrap(), Cube::new(3, 0.0, 1.0).unwrap());
    let k = KernelOperator::<f64>::square(*kernel.profile(), &x);
    let b: Vec<f64> = (0..n).map(|i| (x.row(i)[0] * 5.0).sin() + x.row(i)[1]).collect();
    let product = |v: &[f64]| -> Result<Vec<f64>, KrylovError> {
        let mut kv = k.apply_vec(v)?;
        kv.iter_mut().zip(v).for_each(|(a, b)| *a += ridge * b);
        Ok(kv)
    };
    let f =
        pivoted_cholesky(&KernelMatrix::square(&kernel, &x), 120, 0.0, Pivoting::Random { seed: Seed(2) })
            .unwrap();
    let p = NystromPreconditioner::new(&f.factors, ridge).unwrap();
    let params = CgParams { tolerance: 1e-12, iterations: 200 };
    let with = conjugate_gradient(product, &b, |v| p.apply(v), params).unwrap();
    let mut dense = k.to_mat();
    (0..n).for_each(|i| dense[(i, i)] += ridge);
    let exact = dense.llt(Side::Lower).unwrap().solve(&Col::from_fn(n, |i| b[i]));
    let scale = exact.norm_l2();
    let difference = (0..n).map(|i| (with.solution[i] - exact[i]).powi(2)).sum::<f64>().sqrt();
    assert!(difference < 1e-6 * scale, "{}", difference / scale);
    assert!(with.residual <= 1e-12 && with.iterations < 40, "{}", with.iterations);
    let without =
        conjugate_gradient(product, &b, <[f64]>::to_vec, CgParams { tolerance: 1e-12, iterations: 40 });
    assert!(matches!(without, Err(KrylovError::NotConverged { .. })));
}

#[test]
fn indefinite_matrices_are_refused() {
    let negative = |v: &[f64]| Ok(v.iter().map(|x| -x).collect());
    let e = conjugate_gradient(negative, &[1.0, 2.0], <[f64]>::to_vec, CgParams::default());
    assert!(matches!(e, Err(KrylovError::NotPositive { what: "matrix", .. })));
    let zero =
        conjugate_gradient(|v: &[f64]| Ok(v.to_vec()), &[0.0, 0.0], <[f64]>::to_vec, CgParams::default())
            .unwrap();
    assert!(zero.iterations == 0 && zero.residual == 0.0);
}
