//! Leading singular values and eigenvalues from products, held against whole decompositions; sparse
//! matrices against dense ones.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::float_cmp)]

use faer::{Mat, MatRef};
use proptest::prelude::*;
use relata_kernels::krylov::{KrylovError, LeadingParams, LeftOver, SymmetricPart, leading, leading_eigen};
use relata_kernels::lowrank::{Dense, MatrixSource, SparseMatrix};
use relata_kernels::{Encoders, matrix_limits, symmetric_part};
use relata_relations::spectral::{singular_values, symmetric_eigenvalues};
use relata_relations::{Seed, Stream};

fn normal(n: usize, m: usize, stream: &mut Stream) -> Mat<f64> {
    Mat::from_fn(n, m, |_, _| stream.normal())
}

/// A matrix with these singular values, between random orthonormal factors.
fn with_values(n: usize, m: usize, s: &[f64], stream: &mut Stream) -> Mat<f64> {
    let q = |rows, stream: &mut Stream| normal(rows, s.len(), stream).qr().compute_thin_Q();
    let (u, v) = (q(n, stream), q(m, stream));
    Mat::from_fn(n, s.len(), |i, k| u[(i, k)] * s[k]) * v.transpose()
}

fn holds(t: LeftOver, exact: f64, norm: f64, what: &str) {
    let slack = 1e-9 * exact + 1e-13 * norm;
    assert!(t.lower <= exact + slack && exact <= t.upper + slack, "{what}: {t:?} does not contain {exact:e}");
}

/// Spectra of several kinds: of exact rank, steep, like powers, flat, in clusters.
fn spectrum(kind: usize, most: usize) -> Vec<f64> {
    (0..most)
        .map(|k| match kind {
            0 => f64::from(u8::from(k < 7)) * 3.0,
            1 => 0.3f64.powi(k as i32),
            2 => (1.0 + k as f64).powi(-1),
            3 => 1.0,
            4 => 1.0 + 0.001 * ((most - k) / 12) as f64,
            _ => (1.0 + k as f64).powf(-0.5) * if k < 3 { 10.0 } else { 1.0 },
        })
        .collect()
}

#[test]
fn brackets_contain_what_ranks_leave_whatever_the_spectrum() {
    for kind in 0..6 {
        for (n, m) in [(120, 90), (90, 120), (40, 40), (200, 8)] {
            let mut stream = Seed(kind).stream("kinds");
            let s = spectrum(kind as usize, n.min(m));
            let a = with_values(n, m, &s, &mut stream);
            let norm = a.norm_l2();
            let exact = matrix_limits(a.as_ref(), Encoders::Separate, n.min(m)).unwrap();
            for dimension in [16, 64] {
                let count = 8.min(n.min(m));
                let params = LeadingParams { dimension, block: 8, ..LeadingParams::new(count, Seed(1)) };
                let l = leading(&Dense::new(a.as_ref()).unwrap(), norm, params).unwrap();
                for (k, v) in l.values.iter().enumerate() {
                    assert!(
                        *v <= s[k] * (1.0 + 1e-12) + 1e-13,
                        "kind {kind}: value {k} is {v}, not {}",
                        s[k]
                    );
                }
                for rank in 0..=l.values.len() {
                    let what = format!("kind {kind}, {n} x {m}, rank {rank} of {dimension}");
                    holds(l.left_over(rank).unwrap(), exact.at(rank).unwrap().value, norm, &what);
                }
                assert_eq!(l.left_over(l.values.len() + 1), None);
            }
        }
    }
}

#[test]
fn steep_spectra_are_known_to_many_digits_and_low_ranks_wholly() {
    let mut stream = Seed(4).stream("steep");
    let a = with_values(300, 200, &spectrum(1, 200), &mut stream);
    let l = leading(&Dense::new(a.as_ref()).unwrap(), a.norm_l2(), LeadingParams::new(8, Seed(0))).unwrap();
    for rank in 0..=8 {
        let (t, exact) = (l.left_over(rank).unwrap(), 0.3f64.powi(rank as i32) / (1.0 - 0.09f64).sqrt());
        // Squares are known to 1e-13 of their sum, which is 1.1.
        assert!(t.upper - t.lower <= 1e-6 * exact + 2e-13 / exact, "rank {rank}: {t:?}");
    }
    let a = with_values(400, 300, &[5.0, 4.0, 3.0], &mut stream);
    let l = leading(&Dense::new(a.as_ref()).unwrap(), a.norm_l2(), LeadingParams::new(8, Seed(0))).unwrap();
    assert_eq!(l.values.len(), 3, "{:?}", l.values);
    let tail = l.left_over(3).unwrap();
    assert!(tail.lower == 0.0 && tail.upper < 1e-11, "{tail:?}");
    assert!((l.left_over(1).unwrap().upper - 5.0).abs() < 1e-12);
}

#[test]
fn eigenvalues_of_both_signs_are_bracketed() {
    for seed in 0..4u64 {
        let mut stream = Seed(seed).stream("eigen");
        let n = 90;
        let a = match seed {
            // Symmetric with falling eigenvalues of both signs; asymmetric noise; a graph without odd
            // cycles, whose eigenvalues come in pairs; a kernel.
            0 => {
                let q = normal(n, n, &mut stream).qr().compute_thin_Q();
                Mat::from_fn(n, n, |i, k| q[(i, k)] * (-0.7f64).powi(k as i32)) * q.transpose()
            }
            1 => normal(n, n, &mut stream),
            2 => Mat::from_fn(n, n, |i, j| f64::from(u8::from((i + j) % 2 == 1 && (i * j) % 7 < 3))),
            _ => Mat::from_fn(n, n, |i, j| (-((i as f64 - j as f64) / 9.0).powi(2)).exp()),
        };
        let s = symmetric_part(a.as_ref()).unwrap();
        let norm = s.norm_l2();
        let dense = Dense::new(a.as_ref()).unwrap();
        for dimension in [24, 60] {
            let params = LeadingParams { dimension, block: 8, ..LeadingParams::new(8, Seed(2)) };
            let e = leading_eigen(&SymmetricPart(&dense), norm, params).unwrap();
            let exact = symmetric_eigenvalues(s.as_ref()).unwrap();
            let of = |sign: f64| exact.iter().filter(|l| *l * sign > 0.0).map(|l| l * l).sum::<f64>().sqrt();
            holds(e.positive_part(), of(1.0), norm, "positive part");
            holds(e.negative_part(), of(-1.0), norm, "negative part");
            let shared = matrix_limits(s.as_ref(), Encoders::Shared, n).unwrap();
            let indefinite = matrix_limits(s.as_ref(), Encoders::Indefinite, n).unwrap();
            for rank in 0..=8 {
                let what = format!("seed {seed}, rank {rank} of {dimension}");
                if let Some(t) = e.left_over_shared(rank) {
                    holds(t, shared.at(rank).unwrap().value, norm, &format!("shared, {what}"));
                }
                if let Some(t) = e.left_over_indefinite(rank) {
                    holds(t, indefinite.at(rank).unwrap().value, norm, &format!("indefinite, {what}"));
                }
            }
        }
    }
}

#[test]
fn values_scale_with_the_unit() {
    let a = with_values(80, 60, &spectrum(2, 60), &mut Seed(9).stream("unit"));
    let params = LeadingParams::new(4, Seed(0));
    let of = |a: MatRef<'_, f64>| {
        let norm = relata_relations::norm2((0..80).flat_map(move |i| (0..60).map(move |j| a[(i, j)])));
        leading(&Dense::new(a).unwrap(), norm, params).unwrap()
    };
    let plain = of(a.as_ref());
    for power in [-600, 500] {
        let scaled = of((&a * faer::Scale(2f64.powi(power))).as_ref());
        for k in 0..4 {
            assert_eq!(scaled.values[k], plain.values[k] * 2f64.powi(power));
            let (s, p) = (scaled.left_over(k).unwrap(), plain.left_over(k).unwrap());
            assert_eq!((s.lower, s.upper), (p.lower * 2f64.powi(power), p.upper * 2f64.powi(power)));
        }
    }
}

#[test]
fn bad_requests_are_named() {
    let a = Mat::<f64>::identity(5, 4);
    let dense = Dense::new(a.as_ref()).unwrap();
    for count in [0, 5] {
        let wrong = leading(&dense, a.norm_l2(), LeadingParams { count, ..LeadingParams::new(1, Seed(0)) });
        assert!(matches!(wrong, Err(KrylovError::TooMany { wanted, .. }) if wanted == count));
    }
    let wrong = leading_eigen(&SymmetricPart(&dense), a.norm_l2(), LeadingParams::new(2, Seed(0)));
    assert!(wrong.unwrap_err().to_string().contains("square"));
    let zero = SparseMatrix::new(3, 3, Vec::new()).unwrap();
    assert!(leading(&zero, 0.0, LeadingParams::new(1, Seed(0))).is_err());
    assert!(SparseMatrix::new(2, 2, vec![(2, 0, 1.0)]).is_err());
    assert!(SparseMatrix::new(2, 2, vec![(0, 0, f64::NAN)]).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_sparse_matrix_is_the_dense_one(
        n in 1usize..12, m in 1usize..12,
        entries in prop::collection::vec((0usize..12, 0usize..12, -3.0f64..3.0), 0..60),
        v in prop::collection::vec(-1.0f64..1.0, 36),
    ) {
        let entries: Vec<_> = entries.into_iter().filter(|(i, j, _)| *i < n && *j < m).collect();
        let mut dense = Mat::<f64>::zeros(n, m);
        entries.iter().for_each(|(i, j, x)| dense[(*i, *j)] = *x);
        let sparse = SparseMatrix::new(n, m, entries).unwrap();
        prop_assert_eq!(sparse.shape(), (n, m));
        for i in 0..n {
            for j in 0..m {
                prop_assert_eq!(sparse.at(i, j), dense[(i, j)]);
            }
        }
        let right = Mat::from_fn(m, 3, |i, k| v[3 * i + k]);
        let left = Mat::from_fn(n, 3, |i, k| v[3 * i + k]);
        prop_assert!((sparse.multiply(right.as_ref()).unwrap() - &dense * &right).norm_max() < 1e-12);
        prop_assert!(
            (sparse.multiply_transposed(left.as_ref()).unwrap() - dense.transpose() * &left).norm_max() < 1e-12
        );
        prop_assert!((sparse.norm() - dense.norm_l2()).abs() < 1e-12);
    }

    #[test]
    fn small_matrices_are_bracketed(values in prop::collection::vec(-1.0f64..1.0, 63), sparse in 0.0f64..1.0) {
        let a = Mat::from_fn(9, 7, |i, j| if values[7 * i + j].abs() < sparse { 0.0 } else { values[7 * i + j] });
        prop_assume!(a.norm_max() > 0.0);
        let exact = singular_values(a.as_ref()).unwrap();
        let l = leading(&Dense::new(a.as_ref()).unwrap(), a.norm_l2(), LeadingParams::new(3, Seed(0))).unwrap();
        for rank in 0..=l.values.len() {
            let tail = exact[rank..].iter().map(|s| s * s).sum::<f64>().sqrt();
            holds(l.left_over(rank).unwrap(), tail, a.norm_l2(), "small");
        }
    }
}
