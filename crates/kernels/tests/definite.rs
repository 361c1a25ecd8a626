//! Methods for positive semidefinite matrices refuse others, or their bounds hold all the same.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use faer::{Mat, mat};
use proptest::prelude::*;
use relata_kernels::fast::{KernelProfile, ProfileKernel};
use relata_kernels::gram;
use relata_kernels::lowrank::{
    Dense, KernelMatrix, Landmarks, LowRank, LowRankError, MatrixSource, Pivoting, Sketch, landmarks,
    nystrom, pivoted_cholesky, randomized_nystrom,
};
use relata_kernels::rkhs::{KernelRidge, RkhsError, RkhsFunction, interpolate, mmd};
use relata_relations::catalogue::abs_difference;
use relata_relations::{Cube, Interval, Points, Relation, Seed, Space, relation_fn};
use std::num::NonZeroUsize;
use std::sync::Arc;

const SEED: Seed = Seed(3);

type Claimed = (String, Result<(LowRank, f64, f64), LowRankError>);

/// Every method with a bound: the factors, the bound of every entry, and that of the trace norm.
fn every_method(a: &dyn MatrixSource, rank: usize) -> Vec<Claimed> {
    let mut out = Vec::new();
    for pivoting in [Pivoting::Greedy, Pivoting::Random { seed: SEED }] {
        let found = pivoted_cholesky(a, rank, 0.0, pivoting);
        out.push((
            format!("{pivoting:?}"),
            found.map(|f| (f.factors.clone(), f.sup_bound(), f.trace_error())),
        ));
    }
    for how in [
        Landmarks::Uniform { seed: SEED },
        Landmarks::Leverage { ridge: 0.1, seed: SEED },
        Landmarks::KMeansPlusPlus { seed: SEED },
        Landmarks::Greedy,
    ] {
        let found = landmarks(a, rank, how).and_then(|chosen| nystrom(a, &chosen));
        out.push((format!("{how:?}"), found.map(|f| (f.factors.clone(), f.sup_bound(), f.trace_error()))));
    }
    out
}

/// Whether all methods refuse the matrix; where one does not, its bounds hold.
fn refused_or_bounded(m: &Mat<f64>, rank: usize) -> bool {
    let dense = Dense::new(m.as_ref()).unwrap();
    let mut all = true;
    for (what, found) in every_method(&dense, rank) {
        let Ok((f, sup, trace)) = found else { continue };
        all = false;
        let left = m - f.to_mat();
        let (error, norm) = (left.norm_max(), left.singular_values().unwrap().iter().sum::<f64>());
        assert!(error <= sup, "{what}, rank {rank}: error {error:e}, bound {sup:e} of {m:?}");
        assert!(
            norm <= trace * (1.0 + 1e-9),
            "{what}, rank {rank}: trace norm {norm:e}, bound {trace:e} of {m:?}"
        );
    }
    all
}

#[test]
fn small_indefinite_matrices_are_refused_in_every_unit() {
    for s in [1.0, 1e-308, 1e-300, 1e-160, 1e160, 1e300] {
        for m in [
            mat![[0.0, 1.0], [1.0, 0.0]],
            mat![[1.0, 2.0], [2.0, 1.0]],
            mat![[1.0, 1.5, 0.0], [1.5, 1.0, 0.0], [0.0, 0.0, 9.0]],
            mat![[1.0, -0.9, -0.9], [-0.9, 1.0, -0.9], [-0.9, -0.9, 1.0]],
            mat![[0.0, 0.0, 1e-9], [0.0, 1.0, 0.0], [1e-9, 0.0, 0.0]],
        ] {
            let m = faer::Scale(s) * m;
            for rank in 1..=m.nrows() {
                assert!(refused_or_bounded(&m, rank), "{s:e} {m:?}");
            }
        }
    }
}

#[test]
fn relations_that_declare_themselves_otherwise_are_refused() {
    let (r, x) = (abs_difference(), Points::line((0..50).map(|i| f64::from(i) / 49.0).collect()).unwrap());
    let k = KernelMatrix::square(&r, &x);
    for (what, found) in every_method(&k, 5) {
        assert!(matches!(found, Err(LowRankError::Declared { .. })), "{what}");
    }
    assert!(matches!(randomized_nystrom(&k, 5, Sketch::new(SEED)), Err(LowRankError::Declared { .. })));
    let (r, y) = (Arc::new(r), vec![1.0; 50]);
    assert!(matches!(interpolate(r.clone(), &x, &y), Err(RkhsError::ConditionallyNegative(_))));
    assert!(matches!(KernelRidge::fit(r.clone(), &x, &y, 1.0), Err(RkhsError::ConditionallyNegative(_))));
    assert!(matches!(mmd(&*r, &x, &x), Err(RkhsError::ConditionallyNegative(_))));
}

/// `1 - (x - y)^2`, which is not positive semidefinite, and nobody said that it is.
fn parabola() -> impl Relation {
    let unit = Interval::unit();
    relation_fn(unit.clone(), unit, |x, y| 1.0 - (x[0] - y[0]).powi(2)).symmetric().unwrap()
}

#[test]
fn an_unknown_relation_is_found_out_by_its_values() {
    for n in [3, 40, 900] {
        let x = Points::line((0..n).map(|i| f64::from(i) / f64::from(n - 1)).collect()).unwrap();
        for (what, found) in every_method(&KernelMatrix::square(&parabola(), &x), 2) {
            assert!(found.is_err(), "{what} of {n}");
        }
    }
    // A function with a negative square.
    let x = Points::line(vec![0.0, 0.5, 1.0]).unwrap();
    let f = RkhsFunction::new(Arc::new(parabola()), x, vec![1.0, -1.4, 1.0]).unwrap();
    assert!(matches!(f.norm(), Err(RkhsError::NotPositive { .. })));
}

#[test]
fn what_was_not_looked_at_is_said() {
    // One pair of 1000 points spoils the kernel.
    let unit = Interval::unit();
    let k = relation_fn(unit.clone(), unit, |x, y| {
        let hidden = (x[0] - 0.37).abs() < 1e-9 && (y[0] - 0.61).abs() < 1e-9;
        let mirrored = (y[0] - 0.37).abs() < 1e-9 && (x[0] - 0.61).abs() < 1e-9;
        if hidden || mirrored { 5.0 } else { (-(x[0] - y[0]).abs()).exp() }
    });
    let k = k.symmetric().unwrap();
    let x = Points::line((0..1000).map(|i| f64::from(i) / 1000.0).collect()).unwrap();
    match pivoted_cholesky(&KernelMatrix::square(&k, &x), 5, 0.0, Pivoting::Greedy) {
        Ok(f) => {
            let unchecked = f.unchecked.unwrap();
            assert_eq!((unchecked.rows, unchecked.of), (256, 1000));
            assert!(unchecked.to_string().contains("256 of its 1000 rows"));
        }
        Err(e) => assert!(matches!(e, LowRankError::TooLarge { .. }), "{e}"),
    }
    // In memory every entry is compared, and it is found.
    let full = gram(&k, &x).unwrap();
    let found = pivoted_cholesky(&Dense::new(full.as_ref()).unwrap(), 5, 0.0, Pivoting::Greedy).err();
    assert!(
        matches!(
            found,
            Some(
                LowRankError::TooLarge { row: 610, column: 370, .. }
                    | LowRankError::TooLarge { row: 370, column: 610, .. }
            )
        ),
        "{found:?}"
    );
}

#[test]
fn kernels_are_never_refused() {
    let cube = |dim: usize| Cube::new(dim, 0.0, 1.0).unwrap();
    for (dim, n) in [(1, 60), (2, 300), (14, 120)] {
        let x = cube(dim).sample(NonZeroUsize::new(n).unwrap(), &mut Seed(8).stream("cloud"));
        // Repeated points, of which matrix multiplication does not know that they are the same.
        let twice: Vec<f64> = x.as_slice().iter().chain(x.as_slice()).copied().collect();
        for points in [x, Points::new(dim, twice).unwrap()] {
            for make in [KernelProfile::gaussian, KernelProfile::exponential, KernelProfile::matern32] {
                let k = ProfileKernel::new(make(0.7).unwrap(), cube(dim));
                for (what, found) in every_method(&KernelMatrix::square(&k, &points), 30) {
                    assert!(found.is_ok(), "{what} of {} in {dim}: {:?}", k.name(), found.err());
                }
            }
        }
    }
}

fn entries(n: usize) -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(-1.0f64..1.0, n)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn bounds_hold_for_every_matrix_that_is_accepted(
        v in entries(12 * 12), kind in 0usize..8, at in (0usize..12, 0usize..12), size in 0.0f64..3.0, features in 1usize..12,
        rank in 1usize..12,
    ) {
        let n = 12;
        let a = Mat::from_fn(n, n, |i, k| if k < features { v[n * i + k] } else { 0.0 });
        let psd = &a * a.transpose();
        let mut m = Mat::from_fn(n, n, |i, j| 0.5 * (psd[(i, j)] + psd[(j, i)]));
        let (p, q) = (at.0, if at.1 == at.0 { (at.0 + 1) % n } else { at.1 });
        match kind {
            // Positive semidefinite, of any rank.
            0 => {}
            // One entry too large.
            1 => { m[(p, q)] += size; m[(q, p)] = m[(p, q)]; }
            // One entry a little too large, next to a diagonal of ones.
            2 => { m = Mat::identity(n, n); m[(p, q)] = 1.0 + 1e-3 * size; m[(q, p)] = m[(p, q)]; }
            // Rows of zero diagonal.
            3 => { m[(p, p)] = 0.0; m[(q, q)] = 0.0; }
            // A block of zero diagonal far from the rest.
            4 => {
                for j in 0..n { for i in 0..n { if (i < 6) != (j < 6) || i >= 6 { m[(i, j)] = 0.0; } } }
                m[(9, 10)] = size; m[(10, 9)] = size;
            }
            // A negative direction of any size.
            5 => for j in 0..n { for i in 0..n { m[(i, j)] -= 0.01 * size * v[i] * v[j]; } },
            // Any symmetric matrix.
            6 => m = Mat::from_fn(n, n, |i, j| v[n * i.min(j) + i.max(j)]),
            // Rows of very different size, one pair of which is wrong.
            _ => {
                let row = |i: usize| 10f64.powi(-2 * i as i32);
                m = Mat::from_fn(n, n, |i, j| row(i) * row(j) * (m[(i, j)] + if i == j { 1.0 } else { 0.0 }));
                m[(p, q)] *= 1.0 + 9.0 * size;
                m[(q, p)] = m[(p, q)];
            }
        }
        let refused = refused_or_bounded(&m, rank);
        prop_assert!(kind != 0 || !refused);
    }
}
