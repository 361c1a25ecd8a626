//! Whatever cannot be computed with is refused by a typed error that names it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use faer::{Mat, mat};
use relata_kernels::fast::{KernelOperator, KernelProfile, OperatorError, ProfileError, ProfileKernel};
use relata_kernels::krylov::{
    CgParams, KrylovError, LanczosParams, NystromPreconditioner, conjugate_gradient, lanczos,
};
use relata_kernels::lowrank::{
    Dense, Effort, KernelMatrix, Landmarks, LowRank, LowRankError, Pivoting, Sketch, adaptive_cross, assess,
    asymmetric_nystrom, landmarks, nystrom, pivoted_cholesky, randomized_nystrom, randomized_svd,
};
use relata_kernels::rkbs::{Exponent, Rkbs, RkbsError, l1_representer_constant, min_norm};
use relata_kernels::rkhs::{
    KernelRidge, RkhsError, RkhsFunction, centred_alignment, feature_norm, interpolate, mmd, power_function,
    subspace_angles,
};
use relata_kernels::{
    MatrixError, conditionally_negative_test, cross_gram, decay_fit, degrees_of_freedom, effective_rank,
    gram, krein, nearest_psd, nearest_psd_of_rank, nearest_psd_with_diagonal, psd_test,
};
use relata_relations::{Cube, Interval, Points, PointsError, RelationError, Seed, relation_fn};
use std::sync::Arc;

fn line(v: &[f64]) -> Points {
    Points::line(v.to_vec()).unwrap()
}

fn matern() -> Arc<ProfileKernel> {
    Arc::new(ProfileKernel::new(KernelProfile::matern32(0.5).unwrap(), Interval::unit()))
}

#[test]
fn matrices_that_are_not_finite_or_not_symmetric() {
    let nan = mat![[1.0, 0.0], [f64::NAN, 1.0]];
    let infinite = mat![[1.0, f64::INFINITY], [0.0, 1.0]];
    let skew = mat![[1.0, 0.5], [-0.5, 1.0]];
    let wide = mat![[1.0, 0.5, 0.0]];
    type Test = fn(&Mat<f64>) -> Result<(), MatrixError>;
    let symmetric: [(&str, Test); 4] = [
        ("psd_test", |m| psd_test(m.as_ref()).map(drop)),
        ("conditionally_negative_test", |m| conditionally_negative_test(m.as_ref()).map(drop)),
        ("krein", |m| krein(m.as_ref()).map(drop)),
        ("nearest_psd_with_diagonal", |m| {
            nearest_psd_with_diagonal(m.as_ref(), &[1.0; 2], 1e-8, 9).map(drop)
        }),
    ];
    let square: [(&str, Test); 3] = [
        ("nearest_psd", |m| nearest_psd(m.as_ref()).map(drop)),
        ("nearest_psd_of_rank", |m| nearest_psd_of_rank(m.as_ref(), 1).map(drop)),
        ("centred_alignment", |m| centred_alignment(m.as_ref(), m.as_ref()).map(drop)),
    ];
    for (what, f) in symmetric.into_iter().chain(square) {
        let e = f(&nan).unwrap_err();
        assert!(matches!(e, MatrixError::NonFinite { row: 1, column: 0, .. }), "{what}: {e}");
        let e = f(&infinite).unwrap_err();
        assert!(matches!(e, MatrixError::NonFinite { row: 0, column: 1, .. }), "{what}: {e}");
        let e = f(&wide).unwrap_err().to_string();
        assert!(e.contains("square") || e.contains('3'), "{what}: {e}");
    }
    for (what, f) in symmetric {
        let e = f(&skew).unwrap_err().to_string();
        assert!(e.contains("symmetric") && e.contains("0.5"), "{what}: {e}");
    }
    assert!(Dense::new(nan.as_ref()).is_err() && Dense::new(Mat::zeros(0, 3).as_ref()).is_err());
    assert!(LowRank::new(nan.clone(), Mat::zeros(2, 2)).is_err());
    assert!(matches!(subspace_angles(nan.as_ref(), skew.as_ref()), Err(MatrixError::NonFinite { .. })));
    assert!(matches!(subspace_angles(wide.as_ref(), skew.as_ref()), Err(MatrixError::Size { .. })));
    assert!(matches!(min_norm(nan.as_ref(), &[1.0, 1.0], Exponent::ONE), Err(RkbsError::Matrix(_))));
    assert!(matches!(feature_norm(nan.as_ref(), &[1.0, 1.0]), Err(RkhsError::Matrix(_))));
    // A kernel that returns NaN names the points.
    let hole =
        relation_fn(Interval::unit(), Interval::unit(), |x, y| if x[0] > 0.5 { f64::NAN } else { y[0] });
    let e = cross_gram(&hole, &line(&[0.1, 0.9]), &line(&[0.3])).unwrap_err();
    assert!(matches!(e, RelationError::NonFinite { row: 1, column: 0, ref x, .. } if x == &[0.9]), "{e}");
}

#[test]
fn ranks_of_zero_or_above_the_size() {
    let (kernel, x) = (matern(), line(&[0.0, 0.3, 0.6, 1.0]));
    let a = KernelMatrix::square(&*kernel, &x);
    let seed = Seed(1);
    for rank in [0usize, 5] {
        let all: Vec<usize> = (0..rank).collect();
        let refused: [(&str, Result<(), LowRankError>); 7] = [
            ("randomized_svd", randomized_svd(&a, rank, Sketch::new(seed)).map(drop)),
            ("randomized_nystrom", randomized_nystrom(&a, rank, Sketch::new(seed)).map(drop)),
            ("pivoted_cholesky", pivoted_cholesky(&a, rank, 0.0, Pivoting::Greedy).map(drop)),
            ("adaptive_cross", adaptive_cross(&a, rank, 0.0, seed).map(drop)),
            ("landmarks", landmarks(&a, rank, Landmarks::Uniform { seed }).map(drop)),
            ("nystrom", nystrom(&a, &all).map(drop)),
            ("asymmetric_nystrom", asymmetric_nystrom(&a, &all, &[0], 0.0).map(drop)),
        ];
        for (what, result) in refused {
            let e = result.unwrap_err();
            let named = matches!(e, LowRankError::Rank { found, .. } if found == rank)
                || matches!(e, LowRankError::Landmark { .. });
            assert!(named, "{what}: {e}");
        }
        let f = nystrom(&a, &[0, 2]).unwrap().factors;
        assert!(matches!(f.truncated(rank), Err(LowRankError::Rank { .. })));
        let e = lanczos(4, |v| Ok(v.to_vec()), LanczosParams::new(rank, seed));
        assert!(matches!(e, Err(KrylovError::TooMany { wanted, .. }) if wanted == rank));
    }
    let f = nystrom(&a, &[0, 2]).unwrap().factors;
    assert!(assess(&a, &f, Effort::Probes { probes: 1, seed }).is_err());
}

#[test]
fn point_sets_that_are_empty_repeated_or_of_another_dimension() {
    assert_eq!(Points::new(2, Vec::new()), Err(PointsError::Empty));
    assert_eq!(Points::line(Vec::new()), Err(PointsError::Empty));
    let twice = line(&[0.2, 0.7, 0.2]);
    let duplicate = RkhsError::Duplicate { first: 0, second: 2 };
    assert_eq!(interpolate(matern(), &twice, &[1.0; 3]).unwrap_err(), duplicate);
    assert_eq!(power_function(&*matern(), &twice, &twice).unwrap_err(), duplicate);
    let e = l1_representer_constant(&*matern(), &twice, &line(&[0.5])).unwrap_err();
    assert_eq!(e, RkbsError::Duplicate { first: 0, second: 2 });

    let plane = Points::new(2, vec![0.1, 0.2, 0.3, 0.4]).unwrap();
    let dimension = |e: RelationError| matches!(e, RelationError::Dimension { expected: 1, found: 2, .. });
    assert!(dimension(gram(&*matern(), &plane).unwrap_err()));
    assert!(dimension(cross_gram(&*matern(), &line(&[0.1]), &plane).unwrap_err()));
    let rkhs = |e: RkhsError| matches!(e, RkhsError::Relation(RelationError::Dimension { .. }));
    assert!(rkhs(mmd(&*matern(), &plane, &plane).unwrap_err()));
    assert!(rkhs(KernelRidge::fit(matern(), &plane, &[1.0; 2], 0.1).unwrap_err()));
    let f = RkhsFunction::new(matern(), line(&[0.1]), vec![1.0]).unwrap();
    assert!(rkhs(f.values(&plane).unwrap_err()));
    let p = KernelProfile::gaussian(1.0).unwrap();
    let e = KernelOperator::<f64>::new(p, &line(&[0.1]), &plane).err().unwrap();
    assert_eq!(e, OperatorError::Dimensions { x: 1, y: 2 });
    let k = KernelOperator::<f64>::square(p, &plane);
    assert_eq!(k.apply_vec(&[1.0; 3]).unwrap_err(), OperatorError::Shape { columns: 2, rows: 3 });
    assert!(matches!(
        Rkbs::new(Mat::zeros(3, 2), Mat::zeros(3, 1), Exponent::TWO),
        Err(RkbsError::Features { .. })
    ));
    let plane_kernel = ProfileKernel::new(p, Cube::new(2, 0.0, 1.0).unwrap());
    assert!(gram(&plane_kernel, &plane).is_ok());
}

#[test]
fn parameters_out_of_range() {
    for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        type Make = fn(f64) -> Result<KernelProfile, ProfileError>;
        let profiles: [Make; 8] = [
            KernelProfile::gaussian,
            KernelProfile::rbf,
            KernelProfile::exponential,
            KernelProfile::matern32,
            KernelProfile::matern52,
            KernelProfile::cauchy,
            KernelProfile::inverse_multiquadric,
            KernelProfile::exp_dot,
        ];
        for make in profiles {
            let e = make(bad).unwrap_err();
            assert!(
                e.value.to_bits() == bad.to_bits() && e.to_string().contains("positive and finite"),
                "{e}"
            );
        }
        let e = KernelRidge::fit(matern(), &line(&[0.1, 0.2]), &[1.0; 2], bad).unwrap_err();
        assert!(e.to_string().contains("ridge"), "{e}");
        assert!(degrees_of_freedom(&[1.0], bad).is_err());
        let f = LowRank::symmetric(mat![[1.0], [0.5]]).unwrap();
        let e = NystromPreconditioner::new(&f, bad).unwrap_err();
        assert!(e.to_string().contains("ridge"), "{e}");
    }
    assert!(KernelProfile::polynomial(0, 1.0).is_err() && KernelProfile::polynomial(2, -1.0).is_err());
    for p in [0.999, 0.0, -3.0, f64::NAN, f64::NEG_INFINITY] {
        assert!(matches!(Exponent::new(p), Err(RkbsError::Exponent(_))), "{p}");
    }
    let e = conjugate_gradient(|v: &[f64]| Ok(v.to_vec()), &[f64::NAN], <[f64]>::to_vec, CgParams::default());
    assert!(matches!(e, Err(KrylovError::Matrix(_))));
    assert!(effective_rank(&[]).is_err() && decay_fit(&[1.0, f64::NAN], 0..2).is_err());
}
