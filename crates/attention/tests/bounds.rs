//! Margins, softmax and the bounds between them, against closed forms and attempts to break them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::float_cmp)]
#![allow(missing_docs)]

use proptest::prelude::*;
use relata_attention::dispersion::{
    adaptive_inverse_temperature, dispersion, kept_inverse_temperature, largest_weight, required_spread,
    smallest_weight, weight_bounds,
};
use relata_attention::{
    Alpha, InverseTemperature, Margins, Scores, entmax, entmax_miss_bound, expected_miss_bound,
    expected_miss_bound_for_density, margin_of, miss_bound, perturbed_margin, required_for_retrieval,
    required_inverse_temperature, retrieval_bound, select, sparsemax, top_k,
};
use relata_relations::Seed;
use std::cmp::Ordering;

fn b(value: f64) -> InverseTemperature {
    InverseTemperature::new(value).unwrap()
}

#[test]
fn published_inverse_temperatures_of_orthonormal_keys() {
    // Keys e_1, .., e_n and the query e_1: margin 1.
    for (n, published) in [(16, 7.3032), (64, 8.7383), (256, 10.1364), (1024, 11.5256)] {
        let found = required_inverse_temperature(n, 1.0, 0.01).unwrap().value();
        assert!((found - published).abs() < 5e-5, "{n}: {found}");
        // The formula, and that attention there is what was asked.
        assert!((found - ((n - 1) as f64 * 0.99 / 0.01).ln()).abs() < 1e-12);
        let mut scores = vec![0.0; n];
        scores[3] = 1.0;
        let weights = Scores::new(&scores).unwrap().softmax(b(found));
        assert!((weights[3] - 0.99).abs() < 1e-12);
    }
}

#[test]
fn published_inverse_temperatures_of_a_circle() {
    for (n, margin, published) in [
        (8usize, 0.292893, 18.055),
        (16, 0.0761205, 69.472),
        (64, 0.00481527, 1098.2),
        (1024, 1.88247e-5, 2.809e5),
    ] {
        let key = |i: usize| {
            let t = std::f64::consts::TAU * i as f64 / n as f64;
            (t.cos(), t.sin())
        };
        let scores: Vec<f64> = (0..n).map(|i| key(0).0 * key(i).0 + key(0).1 * key(i).1).collect();
        let found = Scores::new(&scores).unwrap().margin();
        assert!((found.value / margin - 1.0).abs() < 2e-6, "{n}: {}", found.value);
        // Not all losers tie on the circle, so the exact inverse temperature is below the bound's;
        // bisection on the weights.
        let (mut low, mut high) = (0.0, required_inverse_temperature(n, found.value, 0.01).unwrap().value());
        for _ in 0..100 {
            let mid = 0.5 * (low + high);
            if Scores::new(&scores).unwrap().miss(0, b(mid)) > 0.01 { low = mid } else { high = mid }
        }
        assert!((high / published - 1.0).abs() < 2e-4, "{n}: {high}");
    }
}

#[test]
fn dispersion_at_a_spread_of_two() {
    for (n, published) in [(16, 0.33003), (64, 0.10497), (256, 0.02816), (1024, 0.00717)] {
        let e2 = 2f64.exp();
        assert!((largest_weight(n, 2.0) - published).abs() < 5e-6);
        assert!((largest_weight(n, 2.0) - e2 / (e2 + (n - 1) as f64)).abs() < 1e-15);
        let mut scores = vec![-1.0; n];
        scores[0] = 1.0;
        let weights = Scores::new(&scores).unwrap().softmax(InverseTemperature::ONE);
        assert!((weights[0] - largest_weight(n, 2.0)).abs() < 1e-15);
        scores.iter_mut().for_each(|s| *s = -*s);
        let weights = Scores::new(&scores).unwrap().softmax(InverseTemperature::ONE);
        assert!((weights[0] - smallest_weight(n, 2.0)).abs() < 1e-15);
        assert!((required_spread(n, largest_weight(n, 2.0)).unwrap() - 2.0).abs() < 1e-12);
    }
    // What keeps the weight of 16 keys on 1024, and the entropy of equal weights.
    let kept = kept_inverse_temperature(b(7.0), [16, 1024], 0.5).unwrap();
    assert!((miss_bound(1024, 0.5, kept) - miss_bound(16, 0.5, b(7.0))).abs() < 1e-14);
    let d = dispersion(&[0.125; 8]).unwrap();
    assert!((d.entropy - 8f64.ln()).abs() < 1e-14 && (d.participation - 8.0).abs() < 1e-12 && d.support == 8);
    assert!((adaptive_inverse_temperature(2.0).value() - 2.099).abs() < 1e-12);
    assert_eq!(adaptive_inverse_temperature(0.4), InverseTemperature::ONE);
}

#[test]
fn a_million_random_heads_do_not_violate_the_bounds() {
    let mut s = Seed(6).stream("a million heads");
    let mut scores = [0.0; 40];
    let (mut heads, mut closest) = (0u32, f64::INFINITY);
    while heads < 1_000_000 {
        let n = 2 + s.below(if heads % 8 == 0 { 39 } else { 6 });
        let scale = (6.0 * s.uniform() - 3.0).exp();
        let tie = s.uniform() < 0.25;
        let low = s.normal();
        for v in &mut scores[..n] {
            *v = scale * if tie { low } else { s.normal() };
        }
        if tie {
            scores[s.below(n)] += scale * s.uniform();
        }
        let beta = b((8.0 * s.uniform() - 4.0).exp());
        let context = Scores::new(&scores[..n]).unwrap();
        let m = context.margin();
        let (missed, bound) = (context.miss(m.best, beta), miss_bound(n, m.value, beta));
        assert!(missed <= bound + 1e-12, "{scores:?} {beta}: {missed} > {bound}");
        if n == 2 || tie {
            assert!((missed - bound).abs() <= 1e-12, "{scores:?} {beta}: {missed} and {bound}");
        }
        closest = closest.min((bound - missed).abs());
        heads += 1;
    }
    assert!(closest < 1e-12);
}

#[test]
fn hard_selection_is_the_limit() {
    let scores = [1.0, 3.0, 3.0, -2.0];
    let context = Scores::new(&scores).unwrap();
    assert_eq!(context.softmax(InverseTemperature::HARD), [0.0, 0.5, 0.5, 0.0]);
    assert_eq!(context.softmax(b(1e6)), context.softmax(InverseTemperature::HARD));
    assert_eq!(context.softmax(b(0.0)), [0.25; 4]);
    assert_eq!(context.select().keys(), [1, 2]);
    assert_eq!(context.margin().value, 0.0);
    assert!((miss_bound(4, 0.0, InverseTemperature::HARD) - 0.75).abs() < 1e-15);
    assert_eq!(miss_bound(4, 1e-300, InverseTemperature::HARD), 0.0);
    assert_eq!(miss_bound(4, -1e-300, InverseTemperature::HARD), 1.0);
    assert_eq!(context.soft_maximum(InverseTemperature::HARD), 3.0);
    // Scores as far apart as f64 goes.
    let far = [f64::MAX, -f64::MAX];
    assert_eq!(Scores::new(&far).unwrap().softmax(b(2.0)), [1.0, 0.0]);
    assert_eq!(Scores::new(&far).unwrap().softmax(b(0.0)), [0.5, 0.5]);
    assert_eq!(Scores::new(&[7.0]).unwrap().margin().value, f64::INFINITY);
}

#[test]
fn bad_input_is_named() {
    let says = |e: String, what: &str| assert!(e.contains(what), "{e}");
    says(Scores::new(&[]).unwrap_err().to_string(), "empty");
    says(Scores::new(&[0.0, f64::NAN]).unwrap_err().to_string(), "key 1 is NaN");
    says(Scores::masked(&[0.0; 3], &[false; 3]).unwrap_err().to_string(), "all 3 keys are masked");
    says(Scores::masked(&[0.0; 3], &[true; 2]).unwrap_err().to_string(), "2 entries for 3 keys");
    says(Scores::causal(&[0.0; 3], 3).unwrap_err().to_string(), "position 3");
    assert!(Scores::masked(&[f64::NEG_INFINITY, 0.0], &[false, true]).is_ok());
    says(InverseTemperature::new(-0.5).unwrap_err().to_string(), "-0.5");
    assert!(InverseTemperature::new(f64::NAN).is_err() && InverseTemperature::new(f64::INFINITY).is_ok());
    says(required_inverse_temperature(8, 0.0, 0.1).unwrap_err().to_string(), "margin is 0");
    says(perturbed_margin(0.2, 0.1).unwrap_err().to_string(), "nothing of a margin");
    says(Margins::new(vec![0.1; 50]).unwrap().tolerance_limit(0.01, 0.01).unwrap_err().to_string(), "459");
    says(dispersion(&[0.5, 0.6]).unwrap_err().to_string(), "sum to 1.1");
    assert!(
        select(3, |i, j| ((j + 3 - i) % 3).partial_cmp(&((i + 3 - j) % 3))).is_err(),
        "rock, paper, scissors"
    );
    assert!(Alpha::new(1.0).is_err() && top_k(&Scores::new(&[1.0]).unwrap(), b(1.0), 0).is_err());
}

#[test]
fn incomparable_keys_are_all_maximal() {
    // Pareto order in the plane.
    let keys = [(0, 2), (1, 1), (0, 1), (2, 0)];
    let pareto = |i: usize, j: usize| {
        let (a, c) = (keys[i].0.cmp(&keys[j].0), keys[i].1.cmp(&keys[j].1));
        match (a, c) {
            (x, y) if x == y => Some(x),
            (Ordering::Equal, y) => Some(y),
            (x, Ordering::Equal) => Some(x),
            _ => None,
        }
    };
    assert_eq!(select(4, pareto).unwrap().keys(), [0, 1, 3]);
}

#[test]
fn the_tolerance_limit_keeps_its_promise() {
    // Margins uniform on [0, 1]: the share below a limit t is t. The promise may be broken in a
    // share `doubt` of samples.
    let mut s = Seed(3).stream("samples");
    let (share, doubt, trials) = (0.1, 0.2, 2000);
    let mut broken = 0;
    for _ in 0..trials {
        let m = Margins::new((0..60).map(|_| s.uniform()).collect()).unwrap();
        broken += u32::from(m.tolerance_limit(share, doubt).unwrap() > share);
    }
    // P(Bin(60, 0.1) < k) is 0.137 for k = 4 and 0.271 for k = 5.
    let rate = f64::from(broken) / f64::from(trials);
    assert!((rate - 0.137).abs() < 0.03, "{rate}");
}

#[test]
fn expected_error_of_uniform_margins() {
    // Margins uniform on [0, 1]: the mean of q/(1+q) is (ln(1 + q_0) - ln(1 + q_1)) / b, from
    // ln(n)/b downwards.
    let (n, beta) = (64usize, 40.0);
    let grid: Vec<f64> = (0..200_000).map(|i| (f64::from(i) + 0.5) / 200_000.0).collect();
    let mean = expected_miss_bound(n, &Margins::new(grid).unwrap(), 0.0, b(beta));
    let q = (n - 1) as f64;
    let exact = ((1.0 + q).ln() - (1.0 + q * (-beta).exp()).ln()) / beta;
    assert!((mean - exact).abs() < 1e-8, "{mean} {exact}");
    let bound = expected_miss_bound_for_density(n, 1.0, b(beta));
    assert!(exact <= bound && exact > 0.9999 * bound);
}

proptest! {
    #[test]
    fn nobody_breaks_the_bound(scores in prop::collection::vec(-50.0..50.0f64, 1..60), beta in 0.0..40.0f64) {
        let context = Scores::new(&scores).unwrap();
        let m = context.margin();
        let (n, beta) = (scores.len(), b(beta));
        prop_assert!(context.miss(m.best, beta) <= miss_bound(n, m.value, beta) + 1e-12);
        // For any key and its own margin, also a negative one.
        for key in [0, n / 2, n - 1] {
            prop_assert!(context.miss(key, beta) <= miss_bound(n, margin_of(&scores, key).unwrap(), beta) + 1e-12);
        }
        // Weights are a distribution, unchanged by shifts, and permute with the keys.
        let weights = context.softmax(beta);
        prop_assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-14 * n as f64);
        prop_assert!((1.0 - weights[m.best] - context.miss(m.best, beta)).abs() < 1e-14);
        let moved: Vec<f64> = scores.iter().rev().map(|s| s + 3.0).collect();
        let other = Scores::new(&moved).unwrap().softmax(beta);
        prop_assert!(weights.iter().rev().zip(&other).all(|(p, q)| (p - q).abs() < 1e-11));
        // Logits in an interval of length delta.
        let spread = beta.value() * (scores.iter().fold(f64::MIN, |a, s| a.max(*s)) - scores.iter().fold(f64::MAX, |a, s| a.min(*s)));
        let [least, most] = weight_bounds(n, spread);
        for w in &weights {
            prop_assert!(*w <= largest_weight(n, spread) + 1e-12 && *w >= smallest_weight(n, spread) - 1e-12);
            prop_assert!(largest_weight(n, spread) <= most + 1e-12 && smallest_weight(n, spread) >= least - 1e-12);
        }
    }

    #[test]
    fn required_temperature_inverts_the_bound(n in 2usize..5000, margin in 1e-3..10.0f64, eps in 1e-9..0.4f64, shrink in 0.2..0.999f64) {
        let found = required_inverse_temperature(n, margin, eps).unwrap();
        prop_assert!((miss_bound(n, margin, found) / eps - 1.0).abs() < 1e-9);
        let less = b(found.value() * shrink);
        prop_assert!(miss_bound(n, margin, less) > eps);
        let r = required_for_retrieval(n, margin, 4.0, 4.0 * eps).unwrap();
        prop_assert!((retrieval_bound(n, margin, r, 4.0) - 4.0 * eps).abs() < 1e-9 * eps * 4.0 + 1e-15);
    }

    #[test]
    fn perturbed_scores_keep_the_weaker_bound(
        scores in prop::collection::vec(-3.0..3.0f64, 2..20), seed in 0u64..1000, delta in 0.0..0.5f64, beta in 0.0..20.0f64,
    ) {
        let margin = Scores::new(&scores).unwrap().margin();
        let mut s = Seed(seed).stream("noise");
        let noisy: Vec<f64> = scores.iter().map(|v| v + s.uniform_in(-delta, delta)).collect();
        let missed = Scores::new(&noisy).unwrap().miss(margin.best, b(beta));
        prop_assert!(missed <= miss_bound(scores.len(), margin.value - 2.0 * delta, b(beta)) + 1e-12);
    }

    #[test]
    fn sparse_weights_select_exactly_from_their_margin_on(
        scores in prop::collection::vec(-3.0..3.0f64, 2..30), alpha in 1.1..3.0f64, beta in 0.1..5.0f64,
    ) {
        let (context, beta, alpha) = (Scores::new(&scores).unwrap(), b(beta), Alpha::new(alpha).unwrap());
        let m = context.margin();
        let weights = entmax(&context, beta, alpha);
        prop_assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        let missed: f64 = weights.iter().enumerate().filter(|(i, _)| *i != m.best).map(|(_, w)| w).sum();
        prop_assert!(missed <= entmax_miss_bound(scores.len(), m.value, beta, alpha) + 1e-9);
        prop_assert_eq!(missed > 0.0, beta.value() * m.value < alpha.exact_margin() * (1.0 - 1e-12));
        // Sparsemax by its threshold and by bisection.
        let (p, q) = (sparsemax(&context, beta), entmax(&context, beta, Alpha::SPARSEMAX));
        prop_assert!(p.iter().zip(&q).all(|(a, c)| (a - c).abs() < 1e-12));
        // Top-k is softmax once k reaches n, and selects at k = 1.
        let all = top_k(&context, beta, scores.len()).unwrap();
        prop_assert!(all.iter().zip(context.softmax(beta)).all(|(a, c)| (a - c).abs() < 1e-14));
        prop_assert_eq!(top_k(&context, beta, 1).unwrap()[m.best], 1.0);
    }

    #[test]
    fn tied_losers_attain_the_sparse_bound(n in 2usize..50, gap in 0.0..2.0f64, alpha in 1.2..3.0f64) {
        let mut scores = vec![0.0; n];
        scores[0] = gap;
        let alpha = Alpha::new(alpha).unwrap();
        let w = entmax(&Scores::new(&scores).unwrap(), InverseTemperature::ONE, alpha);
        let bound = entmax_miss_bound(n, gap, InverseTemperature::ONE, alpha);
        prop_assert!((w[1..].iter().sum::<f64>() - bound).abs() < 1e-9);
    }
}
