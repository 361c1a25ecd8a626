//! Limits against closed forms, whichever way they are computed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::float_cmp)]

use proptest::prelude::*;
use relata_kernels::{
    Encoders, FactorSource, LimitError, LimitParams, LimitSource, limit, limits, matrix_limits, mercer,
    schmidt,
};
use relata_relations::catalogue::{catalogue, relation};
use relata_relations::faer::Mat;
use relata_relations::{
    Cube, Interval, Regularity, Relation, Seed, antisymmetric_part, matrix_relation, relation_fn, scale,
    symmetric_part, transpose,
};
use std::num::NonZeroUsize;

fn unit() -> Interval {
    Interval::unit()
}

fn n(n: usize) -> NonZeroUsize {
    NonZeroUsize::new(n).unwrap()
}

/// The relation without what is known of it, so that the limits must be computed.
fn forget(name: &str) -> impl Relation {
    let r = relation(name).unwrap();
    let (a, b) = match name {
        "gaussian" => (-1.0, 1.0),
        _ => (0.0, 1.0),
    };
    let space = Interval::new(a, b).unwrap();
    let (regularity, inner) = (r.regularity(), r.clone());
    let f = move |x: &[f64], y: &[f64]| {
        let point = |v: &[f64]| relata_relations::Points::line(v.to_vec()).unwrap();
        relata_relations::evaluate(inner.as_ref(), &point(x), &point(y)).unwrap()[(0, 0)]
    };
    let out = relation_fn(space.clone(), space, f).with_regularity(regularity);
    if r.symmetry() == relata_relations::Symmetry::Symmetric { out.symmetric().unwrap() } else { out }
}

#[test]
fn published_values_of_the_orders_and_of_brownian_motion() {
    // As printed: agreement means to half a unit in the last place, no more and no less.
    let table: [(&str, &[(usize, &str)]); 3] = [
        (
            "volterra",
            &[
                (1, "0.43524"),
                (2, "0.31523"),
                (4, "0.22450"),
                (8, "0.15905"),
                (16, "0.11252"),
                (32, "0.07957"),
            ],
        ),
        ("sign", &[(2, "0.43524"), (4, "0.31523"), (8, "0.22450"), (16, "0.15905"), (32, "0.11252")]),
        (
            "brownian",
            &[(1, "0.120273"), (2, "0.0479439"), (4, "0.0176434"), (8, "0.00630812"), (16, "0.00223672")],
        ),
    ];
    for (name, values) in table {
        let r = relation(name).unwrap();
        for &(rank, printed) in values {
            let l = limit(r.as_ref(), Encoders::Separate, rank).unwrap();
            let decimals = i32::try_from(printed.len() - "0.".len()).unwrap();
            let gap = (l.relative - printed.parse::<f64>().unwrap()).abs();
            assert!(
                gap <= 0.5 * 10f64.powi(-decimals) * (1.0 + 1e-9),
                "{name} rank {rank}: {} against {printed}",
                l.relative
            );
            assert_eq!(l.source, LimitSource::ClosedForm);
        }
    }
}

#[test]
fn quadrature_limits_agree_with_closed_forms_within_their_uncertainty() {
    for name in ["brownian", "bridge", "abs-difference", "positive-part"] {
        let (exact, blind) = (relation(name).unwrap(), forget(name));
        for encoders in [Encoders::Separate, Encoders::Shared, Encoders::Indefinite] {
            if name == "positive-part" && encoders != Encoders::Separate {
                continue;
            }
            let found = limits(&blind, encoders, 16, &LimitParams::default()).unwrap();
            for rank in [1, 4, 16] {
                let (f, e) = (found.at(rank).unwrap(), limit(exact.as_ref(), encoders, rank).unwrap());
                let gap = (f.relative - e.relative).abs();
                assert!(
                    gap <= f.uncertainty + 1e-14,
                    "{name} {encoders} rank {rank}: {gap:.1e} > {:.1e}",
                    f.uncertainty
                );
                assert!(
                    gap < 2e-4 * e.relative,
                    "{name} {encoders} rank {rank}: relative {:.1e}",
                    gap / e.relative
                );
            }
        }
    }
}

#[test]
fn the_mehler_kernel_with_negative_correlation_has_its_floor() {
    // Eigenvalues (-1/2)^n: the positive semidefinite floor is sqrt(rho^2 / (1 - rho^4)) =
    // sqrt(4/15).
    let r = relation("mehler").unwrap();
    let l = limit(r.as_ref(), Encoders::Shared, 60).unwrap();
    assert!((l.value - (4.0f64 / 15.0).sqrt()).abs() < 1e-12, "{}", l.value);
    let all = limit(r.as_ref(), Encoders::Indefinite, 60).unwrap();
    assert!(all.value < 1e-12);
}

#[test]
fn antisymmetric_relations_are_lost_whole_to_shared_encoders() {
    for name in ["difference", "sign"] {
        let r = relation(name).unwrap();
        for encoders in [Encoders::Shared, Encoders::Indefinite] {
            let l = limit(r.as_ref(), encoders, 7).unwrap();
            assert!((l.relative - 1.0).abs() < 1e-14, "{name}: {}", l.relative);
        }
    }
}

#[test]
fn eight_dimensions_are_the_tensor_product_and_not_below_it() {
    let r = relation("gaussian-8d").unwrap();
    let l = limits(r.as_ref(), Encoders::Separate, 16, &LimitParams::default()).unwrap();
    assert!(matches!(l.source(), LimitSource::TensorProduct { factors: FactorSource::Quadrature(_) }));
    // Rank 1 from the factor alone: 1 - (s_1^2 / |r_1|^2)^8.
    let one = r.tensor_factors().unwrap().remove(0);
    let q = one.spaces().0.quadrature(n(60)).unwrap();
    let s = schmidt(one.as_ref(), [&q, &q]).unwrap().values;
    let share = s[0] * s[0] / s.iter().map(|v| v * v).sum::<f64>();
    let by_hand = (1.0 - share.powi(8)).sqrt();
    assert!((l.at(1).unwrap().relative - by_hand).abs() < 1e-10);
    // The eight first-order products are equal, so ranks 1..9 lose equal squares.
    let e2 = |d: usize| l.at(d).unwrap().relative.powi(2);
    assert!(((e2(1) - e2(2)) - (e2(8) - e2(9))).abs() < 1e-12);
}

#[test]
fn monte_carlo_brackets_the_exact_limit_of_a_product() {
    let exact =
        limits(relation("exp-bilinear-8d").unwrap().as_ref(), Encoders::Separate, 9, &LimitParams::default())
            .unwrap();
    let r = relation("exp-bilinear-8d").unwrap();
    let cube = || Cube::new(8, -1.0, 1.0).unwrap();
    let blind = relata_relations::relation_blocks(cube(), cube(), move |x, y, out| r.eval_into(x, y, out));
    let params = LimitParams { samples: n(2000), seed: Seed(3), ..LimitParams::default() };
    let found = limits(&blind, Encoders::Separate, 9, &params).unwrap();
    assert!(matches!(found.source(), LimitSource::MonteCarlo { points: 2000 }));
    for rank in [1, 4, 9] {
        let (f, e) = (found.at(rank).unwrap(), exact.at(rank).unwrap());
        let gap = (f.relative - e.relative).abs();
        assert!(
            gap <= 3.0 * f.uncertainty && f.uncertainty < 0.1 * e.relative,
            "rank {rank}: {f:?} against {}",
            e.relative
        );
    }
}

#[test]
fn expansions_reproduce_the_relation_and_are_orthonormal() {
    let r = relation("gaussian").unwrap();
    let q = r.spaces().0.quadrature(n(40)).unwrap();
    let m = mercer(r.as_ref(), &q).unwrap();
    let k = relata_relations::evaluate(r.as_ref(), q.nodes(), q.nodes()).unwrap();
    let scaled = Mat::from_fn(40, 40, |i, j| m.functions[(i, j)] * m.values[j]);
    assert!((&scaled * m.functions.transpose() - &k).norm_max() < 1e-13);
    let w = Mat::from_fn(40, 40, |i, j| m.functions[(i, j)] * q.weights()[i]);
    assert!((m.functions.transpose() * w - Mat::<f64>::identity(40, 40)).norm_max() < 1e-12);
    let volterra = relation("volterra").unwrap();
    assert!(mercer(volterra.as_ref(), &q).unwrap_err().to_string().contains("not symmetric"));
}

#[test]
fn every_relation_of_the_catalogue_has_monotone_ordered_limits() {
    let params = LimitParams { samples: n(400), ..LimitParams::default() };
    for entry in catalogue() {
        let r = entry.build().unwrap();
        let separate = limits(r.as_ref(), Encoders::Separate, 8, &params).unwrap();
        let mut last = 1.0 + 1e-12;
        for rank in 0..=8 {
            let l = separate.at(rank).unwrap();
            assert!(l.relative <= last + 2.0 * l.uncertainty, "{} rank {rank}", entry.name);
            last = l.relative;
        }
        if let Ok(shared) = limits(r.as_ref(), Encoders::Shared, 8, &params) {
            let indefinite = limits(r.as_ref(), Encoders::Indefinite, 8, &params).unwrap();
            for rank in 1..=8 {
                let of = |l: &relata_kernels::Limits| l.at(rank).unwrap();
                let slack = 3.0 * of(&shared).uncertainty + 3.0 * of(&separate).uncertainty + 1e-9;
                assert!(
                    of(&separate).relative <= of(&indefinite).relative + slack,
                    "{} rank {rank}",
                    entry.name
                );
                assert!(
                    of(&indefinite).relative <= of(&shared).relative + slack,
                    "{} rank {rank}",
                    entry.name
                );
            }
        }
    }
}

#[test]
fn refusals_say_what_is_wrong() {
    let r = relation_fn(unit(), Interval::new(0.0, 2.0).unwrap(), |x, y| x[0] * y[0]);
    assert!(matches!(limit(&r, Encoders::Shared, 1), Err(LimitError::DifferentSpaces { .. })));
    let all = limits(&r, Encoders::Separate, 3, &LimitParams::default()).unwrap();
    assert_eq!(
        all.at(4).unwrap_err().to_string(),
        "rank 4 was asked for, the limits were computed up to rank 3"
    );
    let nan = relation_fn(unit(), unit(), |x, _| if x[0] < 0.5 { f64::NAN } else { 1.0 });
    assert!(limit(&nan, Encoders::Separate, 1).unwrap_err().to_string().contains("NaN"));
    let big = relata_relations::relation_blocks(
        Cube::new(5, 0.0, 1.0).unwrap(),
        Cube::new(5, 0.0, 1.0).unwrap(),
        |_, _, _| Ok(()),
    );
    let params = LimitParams { samples: n(10), ..LimitParams::default() };
    assert!(matches!(limits(&big, Encoders::Separate, 4, &params), Err(LimitError::Samples { .. })));
    assert!(matches!(
        matrix_limits(Mat::<f64>::zeros(2, 3).as_ref(), Encoders::Shared, 1),
        Err(LimitError::DifferentSpaces { .. })
    ));
}

fn matrix(side: usize) -> impl Strategy<Value = Mat<f64>> {
    prop::collection::vec(-3.0..3.0f64, side * side)
        .prop_map(move |v| Mat::from_fn(side, side, |i, j| v[i * side + j]))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Random positive semidefinite matrices of the rank are never nearer than the shared limit,
    /// random products never nearer than the separate one.
    #[test]
    fn nothing_beats_the_limit(m in matrix(6), a in matrix(6), rank in 1usize..4) {
        let factor = Mat::from_fn(6, rank, |i, k| a[(i, k)]);
        let other = Mat::from_fn(6, rank, |i, k| a[(i, 5 - k)]);
        let shared = matrix_limits(m.as_ref(), Encoders::Shared, rank).unwrap().at(rank).unwrap().value;
        prop_assert!((&m - &factor * factor.transpose()).norm_l2() >= shared * (1.0 - 1e-12));
        let separate = matrix_limits(m.as_ref(), Encoders::Separate, rank).unwrap().at(rank).unwrap().value;
        prop_assert!((&m - &factor * other.transpose()).norm_l2() >= separate * (1.0 - 1e-12));
    }

    /// Transposing leaves the limits, scaling scales them, and the parts have the limits of the
    /// whole's formula.
    #[test]
    fn limits_follow_the_relation(m in matrix(5), c in 0.1f64..5.0, rank in 0usize..5) {
        let r = || matrix_relation(m.clone()).unwrap();
        let at = |r: &dyn Relation, e: Encoders| limits(r, e, 5, &LimitParams::default()).unwrap().at(rank).unwrap().value;
        for e in Encoders::ALL {
            let l = at(&r(), e);
            prop_assert!((at(&transpose(r()), e) - l).abs() < 1e-12 * (1.0 + l));
            prop_assert!((at(&scale(c, r()).unwrap(), e) - c * l).abs() < 1e-11 * (1.0 + c * l));
        }
        let (s, a) = (symmetric_part(r()).unwrap(), antisymmetric_part(r()).unwrap());
        let lost = limits(&a, Encoders::Separate, 0, &LimitParams::default()).unwrap().norm();
        let together = at(&s, Encoders::Shared).hypot(lost);
        prop_assert!((together - at(&r(), Encoders::Shared)).abs() < 1e-11 * (1.0 + together));
    }
}

#[test]
fn regularity_is_kept_by_forgetting() {
    assert_eq!(forget("brownian").regularity(), Regularity::Kink);
}
