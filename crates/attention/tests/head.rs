//! Heads against dense linear algebra, closed forms and exact counts.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(missing_docs)]

use proptest::prelude::*;
use relata_attention::head::{
    Head, HeadError, MaxMarginParams, Observed, Preferences, Visibility, attention_limits, exp_kernel_limits,
    explained_order, max_margin, rank_for, retrieval,
};
use relata_debreu::families::{OrderFamily, kendall};
use relata_relations::faer::{Mat, Side, mat};
use relata_relations::{Seed, Stream};

fn normal(rows: usize, columns: usize, s: &mut Stream) -> Mat<f64> {
    Mat::from_fn(rows, columns, |_, _| s.normal())
}

fn near(a: f64, b: f64, tolerance: f64) {
    assert!((a - b).abs() <= tolerance * b.abs().max(1.0), "{a} and {b}");
}

fn observed(scores: &Mat<f64>, visibility: Visibility) -> Observed {
    Observed::new(scores.as_ref(), visibility).unwrap()
}

#[test]
fn spectrum_and_parts_are_those_of_the_dense_form() {
    // Narrow, square and wider than the stream.
    for (d, h) in [(9, 3), (5, 5), (4, 6), (7, 4), (1, 2)] {
        let mut s = Seed(1).stream(&format!("head/{d}/{h}"));
        let (q, k) = (normal(d, h, &mut s), normal(d, h, &mut s));
        let m = 0.7 * &q * k.transpose();
        let form = Head::new(q, k, 0.7).unwrap().form().unwrap();
        let dense = m.singular_values().unwrap();
        assert_eq!(form.singular_values.len(), h);
        for (i, v) in form.singular_values.iter().enumerate() {
            near(*v, dense.get(i).copied().unwrap_or(0.0), 1e-12);
        }
        let symmetric = Mat::from_fn(d, d, |i, j| 0.5 * (m[(i, j)] + m[(j, i)]));
        let mut values = symmetric.self_adjoint_eigenvalues(Side::Lower).unwrap();
        values.retain(|v| v.abs() > 1e-10);
        values.reverse();
        let mut found = form.eigenvalues.clone();
        found.retain(|v| v.abs() > 1e-10);
        assert_eq!(found.len(), values.len());
        found.iter().zip(&values).for_each(|(a, b)| near(*a, *b, 1e-11));
        near(form.norm, m.norm_l2(), 1e-13);
        // |M - M^T|^2 / 4 = (|M|^2 - tr M^2) / 2
        let trace = (&m * &m).diagonal().column_vector().iter().sum::<f64>();
        near(form.antisymmetric.powi(2), 0.5 * (1.0 - trace / m.norm_l2().powi(2)), 1e-12);
        near(form.symmetric.powi(2) + form.antisymmetric.powi(2), 1.0, 1e-13);
        near(form.positive.powi(2) + form.negative.powi(2), form.symmetric.powi(2), 1e-12);
    }
}

#[test]
fn independent_factors_are_half_antisymmetric() {
    let mut s = Seed(2).stream("independent");
    let (q, k) = (normal(256, 16, &mut s), normal(256, 16, &mut s));
    let form = Head::new(q, k, 0.25).unwrap().form().unwrap();
    near(form.antisymmetric, 0.5f64.sqrt(), 0.02);
    assert!(form.ranks.entropy > 15.0 && form.ranks.entropy < 16.0);
}

#[test]
fn a_change_of_basis_of_queries_and_keys_changes_nothing() {
    let mut s = Seed(3).stream("gauge");
    let (q, k) = (normal(8, 3, &mut s), normal(8, 3, &mut s));
    let g = mat![[2.0, 1.0, 0.0], [0.5, -1.0, 3.0], [0.0, 0.25, 1.5]];
    let determinant = g.determinant();
    // (W_Q G)(W_K G^-T)^T = W_Q W_K^T
    let cofactors = Mat::from_fn(3, 3, |i, j| {
        let (a, b, c, d) = ((i + 1) % 3, (i + 2) % 3, (j + 1) % 3, (j + 2) % 3);
        (g[(a, c)] * g[(b, d)] - g[(a, d)] * g[(b, c)]) / determinant
    });
    let one = Head::new(q.clone(), k.clone(), 1.0).unwrap().form().unwrap();
    let other = Head::new(&q * &g, &k * &cofactors, 1.0).unwrap().form().unwrap();
    one.singular_values.iter().zip(&other.singular_values).for_each(|(a, b)| near(*a, *b, 1e-11));
    near(one.antisymmetric, other.antisymmetric, 1e-12);
}

#[test]
fn known_forms() {
    let e = Mat::from_fn(6, 3, |i, j| if i == j { 1.0 } else { 0.0 });
    let identity = Head::new(e.clone(), e.clone(), 0.5).unwrap().form().unwrap();
    near(identity.ranks.entropy, 3.0, 1e-13);
    near(identity.positive, 1.0, 1e-13);
    assert!(identity.antisymmetric < 1e-15 && identity.negative < 1e-15);
    let negative = Head::new(e.clone(), -&e, 0.5).unwrap().form().unwrap();
    near(negative.negative, 1.0, 1e-13);
    let shifted = Mat::from_fn(6, 3, |i, j| if i == j + 3 { 1.0 } else { 0.0 });
    // x_i y_{i+3}: half symmetric, half antisymmetric, and the symmetric half has eigenvalues of
    // both signs.
    let apart = Head::new(e.clone(), shifted, 1.0).unwrap().form().unwrap();
    near(apart.antisymmetric, 0.5f64.sqrt(), 1e-13);
    near(apart.positive, 0.5, 1e-13);
    near(apart.negative, 0.5, 1e-13);
    let one = Mat::from_fn(6, 3, |i, j| if i == 0 && j == 0 { 2.0 } else { 0.0 });
    let utility = Head::new(one.clone(), one, 1.0).unwrap().form().unwrap();
    near(utility.ranks.entropy, 1.0, 1e-13);
    near(utility.ranks.stable, 1.0, 1e-13);
    let zero = Head::new(Mat::zeros(6, 3), e, 1.0).unwrap();
    assert_eq!(zero.form(), Err(HeadError::Zero));
}

#[test]
fn biases_add_what_they_are_said_to_add() {
    let mut s = Seed(4).stream("biases");
    let (q, k, x) = (normal(5, 2, &mut s), normal(5, 2, &mut s), normal(7, 5, &mut s));
    let (a, b) = (vec![0.3, -1.2], vec![2.0, 0.7]);
    let head = Head::with_biases(q.clone(), k.clone(), a, b, 0.5).unwrap();
    let scores = head.scores(x.as_ref()).unwrap();
    let terms = head.bias_terms(x.as_ref()).unwrap();
    let bare = 0.5 * &x * &q * k.transpose() * x.transpose();
    let one = Mat::from_fn(7, 6, |i, j| if j < 5 { x[(i, j)] } else { 1.0 });
    let augmented = head.augmented().scores(one.as_ref()).unwrap();
    for i in 0..7 {
        for j in 0..7 {
            let sum = bare[(i, j)] + terms.key_only[j] + terms.query_only[i] + terms.constant;
            near(scores[(i, j)], sum, 1e-12);
            near(scores[(i, j)], augmented[(i, j)], 1e-12);
        }
    }
}

#[test]
fn bad_heads_and_inputs_are_named() {
    let m = Mat::<f64>::identity(3, 2);
    let shape = |r: Result<Head, HeadError>| matches!(r, Err(HeadError::Shape { .. }));
    assert!(shape(Head::new(m.clone(), Mat::identity(4, 2), 1.0)));
    assert!(shape(Head::new(Mat::zeros(0, 2), Mat::zeros(0, 2), 1.0)));
    assert!(shape(Head::with_biases(m.clone(), m.clone(), vec![0.0], vec![0.0; 2], 1.0)));
    assert!(matches!(Head::new(m.clone(), m.clone(), -1.0), Err(HeadError::Scale(_))));
    let mut nan = m.clone();
    nan[(2, 1)] = f64::NAN;
    let error = Head::new(m.clone(), nan, 1.0).unwrap_err();
    assert!(matches!(error, HeadError::NonFinite { what: "W_K", row: 2, column: 1, .. }), "{error}");
    let head = Head::new(m.clone(), m, 1.0).unwrap();
    assert_eq!(head.scores(Mat::zeros(0, 3).as_ref()).unwrap_err(), HeadError::EmptyContext);
    assert!(matches!(head.scores(Mat::zeros(2, 4).as_ref()), Err(HeadError::Shape { .. })));
    assert!(matches!(
        Observed::new(Mat::zeros(2, 3).as_ref(), Visibility::All),
        Err(HeadError::Shape { .. })
    ));
    assert_eq!(
        Observed::new(Mat::zeros(0, 0).as_ref(), Visibility::All).unwrap_err(),
        HeadError::EmptyContext
    );
    let flat = observed(&Mat::zeros(3, 3), Visibility::All);
    assert_eq!(explained_order(&flat).unwrap_err(), HeadError::NoPreference);
}

#[test]
fn a_planted_utility_is_found_whatever_is_seen() {
    let mut s = Seed(5).stream("utility");
    let (c, u) = (normal(9, 1, &mut s), normal(9, 1, &mut s));
    let scores = Mat::from_fn(9, 9, |i, j| 5.0 * c[(i, 0)] + u[(j, 0)]);
    let mean = u.col(0).iter().sum::<f64>() / 9.0;
    for visibility in [Visibility::All, Visibility::Causal] {
        let e = explained_order(&observed(&scores, visibility)).unwrap();
        near(e.share_of_variance, 1.0, 1e-12);
        near(e.tau_between_queries, 1.0, 1e-15);
        near(e.agreement, 1.0, 1e-15);
        e.utility.iter().enumerate().for_each(|(j, v)| near(*v, u[(j, 0)] - mean, 1e-10));
    }
    // Half of the queries the other way round: nothing is explained, and queries agree as often as
    // not.
    let torn = Mat::from_fn(8, 8, |i, j| if i % 2 == 0 { u[(j, 0)] } else { -u[(j, 0)] });
    let e = explained_order(&observed(&torn, Visibility::All)).unwrap();
    assert!(e.share_of_variance < 1e-12);
    near(e.agreement_at_most, 0.5, 1e-15);
    near(e.tau_between_queries, -1.0 / 7.0, 1e-13);
}

#[test]
fn a_common_order_is_bracketed_and_tau_is_the_mean_over_pairs_of_queries() {
    for case in 0..20 {
        let mut s = Seed(6).stream(&format!("orders/{case}"));
        let pull = f64::from(case) / 10.0;
        let u = normal(8, 1, &mut s);
        let scores = Mat::from_fn(8, 8, |_, j| pull * u[(j, 0)] + s.normal());
        let e = explained_order(&observed(&scores, Visibility::All)).unwrap();
        let rows: Vec<Vec<f64>> = (0..8).map(|i| scores.row(i).iter().copied().collect()).collect();
        // Exact for so few items.
        let best = OrderFamily::new(rows.clone()).unwrap().common_order().unwrap();
        assert!(best.is_best());
        assert!(e.agreement <= best.agreement + 1e-12 && best.agreement <= e.agreement_at_most + 1e-12);
        assert!(e.agreement >= best.agreement - 0.05, "{} and {}", e.agreement, best.agreement);
        let mut tau = 0.0;
        for i in 0..8 {
            tau += (0..i).map(|j| kendall(&rows[i], &rows[j]).unwrap().tau_a()).sum::<f64>();
        }
        near(e.tau_between_queries, tau / 28.0, 1e-13);
    }
}

#[test]
fn causal_least_squares_is_where_coordinate_descent_ends() {
    let mut s = Seed(7).stream("causal");
    let n = 7;
    let scores = normal(n, n, &mut s);
    let e = explained_order(&observed(&scores, Visibility::Causal)).unwrap();
    let (mut c, mut u) = (vec![0.0; n], vec![0.0; n]);
    for _ in 0..20_000 {
        for i in 0..n {
            c[i] = (0..=i).map(|j| scores[(i, j)] - u[j]).sum::<f64>() / (i as f64 + 1.0);
        }
        for j in 0..n {
            u[j] = (j..n).map(|i| scores[(i, j)] - c[i]).sum::<f64>() / (n - j) as f64;
        }
    }
    let mean = u.iter().sum::<f64>() / n as f64;
    e.utility.iter().zip(&u).for_each(|(a, b)| near(*a, b - mean, 1e-8));
    let (mut left, mut total) = (0.0, 0.0);
    for i in 0..n {
        let m = (0..=i).map(|j| scores[(i, j)]).sum::<f64>() / (i as f64 + 1.0);
        for j in 0..=i {
            left += (scores[(i, j)] - c[i] - u[j]).powi(2);
            total += (scores[(i, j)] - m).powi(2);
        }
    }
    near(e.share_of_variance, 1.0 - left / total, 1e-9);
}

#[test]
fn retrieval_tells_matching_from_sinks_and_from_nothing() {
    let n = 10;
    let permuted = Mat::from_fn(n, n, |i, j| if j == (i + 3) % n { 60.0 } else { 0.0 });
    let matching = retrieval(&observed(&permuted, Visibility::All)).unwrap();
    near(matching.score, 1.0, 1e-12);
    near(matching.distinct, 1.0, 1e-15);
    near(matching.first_key, 0.1, 1e-12);
    assert!(matching.queries.iter().all(|q| (q.miss - q.bound).abs() <= 1e-12 * q.bound));

    let sink = Mat::from_fn(n, n, |_, j| if j == 0 { 60.0 } else { 0.0 });
    for visibility in [Visibility::All, Visibility::Causal] {
        let r = retrieval(&observed(&sink, visibility)).unwrap();
        assert!(r.score.abs() < 1e-12 && r.mean_weight > 1.0 - 1e-12 && r.first_key > 1.0 - 1e-12);
        near(r.largest_key_weight, 1.0, 1e-12);
    }
    let uniform = retrieval(&observed(&Mat::zeros(n, n), Visibility::All)).unwrap();
    assert!(uniform.score.abs() < 1e-12);
    near(uniform.first_key, 0.1, 1e-12);

    // Every query the key before it, causally.
    let previous = Mat::from_fn(n, n, |i, j| if j + 1 == i { 80.0 } else { 0.0 });
    let r = retrieval(&observed(&previous, Visibility::Causal)).unwrap();
    near(r.score, 1.0, 1e-12);
    assert_eq!(r.queries[0].keys, 1);
    assert!(r.queries[0].margin.is_infinite());
}

#[test]
fn limits_of_the_exponential_kernel_are_those_of_the_matrix_it_is() {
    let n = 6;
    // I + J has singular values n + 1 and, n - 1 times, 1.
    let scores = Mat::from_fn(n, n, |i, j| if i == j { 2f64.ln() } else { 0.0 } + 700.0);
    let limits = exp_kernel_limits(&observed(&scores, Visibility::Causal)).unwrap();
    let (m, square) = (n as f64, (n as f64 + 1.0).powi(2) + n as f64 - 1.0);
    for rank in 1..n {
        near(limits.at(rank).unwrap().relative, ((m - rank as f64) / square).sqrt(), 1e-12);
    }
    assert_eq!(rank_for(&limits, 0.25, n).unwrap(), Some(3));
    // Rows sum to n + 1.
    let attention = attention_limits(&observed(&scores, Visibility::All)).unwrap();
    near(attention.at(1).unwrap().relative, ((m - 1.0) / square).sqrt(), 1e-12);
}

#[test]
fn the_largest_margin_of_unit_vectors_is_known() {
    // With the bias the Gram matrix is I + J, and the mean of all constraints gives each the same
    // margin.
    for n in [2, 3, 7] {
        let head = Head::new(Mat::identity(n, n), Mat::identity(n, n), 3.0).unwrap();
        let keys = Mat::<f64>::identity(n, n);
        let found = max_margin(&head, keys.as_ref(), Visibility::All, MaxMarginParams::default()).unwrap();
        near(found.margin, 1.0 / (n as f64 - 1.0).sqrt(), 1e-12);
        near(found.margin_at_most, found.margin, 1e-12);
        assert_eq!(found.preferences, n * (n - 1));
    }
}

#[test]
fn two_constraints_give_the_nearest_point_of_a_segment() {
    let mut s = Seed(8).stream("segment");
    for _ in 0..50 {
        let x = normal(2, 2, &mut s);
        let head = Head::new(normal(2, 2, &mut s), normal(2, 2, &mut s), 1.0).unwrap();
        let scores = head.scores(x.as_ref()).unwrap();
        let z: Vec<Vec<f64>> = (0..2)
            .map(|i| {
                let sign = if scores[(i, 0)] > scores[(i, 1)] { 1.0 } else { -1.0 };
                let left = [x[(i, 0)], x[(i, 1)], 1.0];
                let right = [x[(0, 0)] - x[(1, 0)], x[(0, 1)] - x[(1, 1)], 0.0];
                left.iter().flat_map(|a| right.iter().map(move |b| sign * a * b)).collect()
            })
            .collect();
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(p, q)| p * q).sum::<f64>();
        let difference: Vec<f64> = z[0].iter().zip(&z[1]).map(|(a, b)| a - b).collect();
        let t = (-dot(&z[1], &difference) / dot(&difference, &difference)).clamp(0.0, 1.0);
        let nearest: Vec<f64> = z[0].iter().zip(&z[1]).map(|(a, b)| t * a + (1.0 - t) * b).collect();
        let params = MaxMarginParams { gap: 1e-9, ..Default::default() };
        let found = max_margin(&head, x.as_ref(), Visibility::All, params).unwrap();
        near(found.margin_at_most, dot(&nearest, &nearest).sqrt(), 1e-8);
        assert!(found.cosine <= 1.0 + 1e-12);
    }
}

#[test]
fn the_direction_beats_the_head_and_does_not_see_its_scale() {
    let mut s = Seed(9).stream("direction");
    let (q, k, x) = (normal(12, 3, &mut s), normal(12, 3, &mut s), normal(8, 12, &mut s));
    for preferences in [Preferences::Selection, Preferences::Order] {
        for visibility in [Visibility::All, Visibility::Causal] {
            let params = MaxMarginParams { preferences, gap: 1e-3, steps: 200_000 };
            let run = |scale: f64| {
                let head = Head::new(q.clone(), k.clone(), scale).unwrap();
                max_margin(&head, x.as_ref(), visibility, params).unwrap()
            };
            let (one, ten) = (run(1.0), run(10.0));
            assert!(
                one.margin <= one.margin_at_most && one.margin_at_most <= one.margin * (1.0 + 2e-3),
                "{one:?}"
            );
            assert!(0.0 < one.head_margin && one.head_margin <= one.margin_at_most * (1.0 + 1e-12));
            assert!(0.0 < one.cosine && one.cosine <= 1.0);
            near(one.cosine, ten.cosine, 1e-6);
            near(one.head_margin, ten.head_margin, 1e-9);
        }
    }
    let flat = Head::new(mat![[0.0]], mat![[1.0]], 1.0).unwrap();
    let found = max_margin(&flat, mat![[1.0], [2.0]].as_ref(), Visibility::All, MaxMarginParams::default());
    assert_eq!(found.unwrap_err(), HeadError::NoPreference);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// No query of any context beats the bound, and every share is a share.
    #[test]
    fn shares_and_bounds_hold(values in prop::collection::vec(-30.0..30.0f64, 49), causal in any::<bool>()) {
        let scores = Mat::from_fn(7, 7, |i, j| values[7 * i + j]);
        let o = observed(&scores, if causal { Visibility::Causal } else { Visibility::All });
        let r = retrieval(&o).unwrap();
        for q in &r.queries {
            prop_assert!(q.miss <= q.bound + 1e-12);
        }
        prop_assert!(r.score <= 1.0 && r.score >= -1.0 && r.first_key <= 1.0 + 1e-12 && r.distinct <= 1.0);
        if let Ok(e) = explained_order(&o) {
            prop_assert!((0.0..=1.0).contains(&e.share_of_variance));
            prop_assert!(e.agreement <= e.agreement_at_most && e.agreement_at_most <= 1.0);
            prop_assert!(e.agreement_at_most >= 0.5);
        }
    }

    /// Renaming the tokens changes nothing where all are seen.
    #[test]
    fn order_and_retrieval_do_not_see_names(values in prop::collection::vec(-5.0..5.0f64, 36), seed in any::<u64>()) {
        let order = Seed(seed).stream("names").permutation(6);
        let scores = Mat::from_fn(6, 6, |i, j| values[6 * i + j]);
        let renamed = Mat::from_fn(6, 6, |i, j| scores[(order[i], order[j])]);
        let (a, b) = (observed(&scores, Visibility::All), observed(&renamed, Visibility::All));
        let (e, f) = (explained_order(&a).unwrap(), explained_order(&b).unwrap());
        prop_assert!((e.share_of_variance - f.share_of_variance).abs() < 1e-10);
        prop_assert!((e.tau_between_queries - f.tau_between_queries).abs() < 1e-12);
        prop_assert!((e.agreement_at_most - f.agreement_at_most).abs() < 1e-12);
        prop_assert!((retrieval(&a).unwrap().score - retrieval(&b).unwrap().score).abs() < 1e-10);
    }
}
