//! Estimators against likelihood equations, closed forms and each other.

#![allow(clippy::unwrap_used, clippy::panic)]

mod edges;
mod ties;

use proptest::prelude::*;
use relata_debreu::estimation::*;
use relata_relations::{Cube, Points, Seed, relation_fn};
use std::sync::Arc;

fn newton() -> LuceParams {
    LuceParams::default()
}

fn by(method: LuceMethod) -> LuceParams {
    LuceParams { method, tolerance: 1e-12, max_iterations: 200_000, ..LuceParams::default() }
}

/// Random rankings of random subsets, with strengths drawn from a normal.
fn rankings(n: usize, count: usize, seed: u64) -> (Rankings, Vec<Vec<usize>>) {
    let mut s = Seed(seed).stream("rankings");
    let theta: Vec<f64> = (0..n).map(|_| s.normal()).collect();
    let (mut r, mut lists) = (Rankings::new(n), Vec::new());
    for _ in 0..count {
        let k = 2 + s.below(n - 1);
        let mut order = s.permutation(n);
        order.truncate(k);
        let gumbel: Vec<f64> = (0..n).map(|i| theta[i] - (-s.uniform().max(1e-300).ln()).ln()).collect();
        order.sort_by(|&a, &b| gumbel[b].total_cmp(&gumbel[a]));
        r.ranking(&order).unwrap();
        lists.push(order);
    }
    (r, lists)
}

/// The likelihood equations: choices made and expected choices agree for every item.
fn residual(theta: &[f64], lists: &[Vec<usize>]) -> f64 {
    let mut surplus = vec![0.0; theta.len()];
    for list in lists {
        for t in 0..list.len() - 1 {
            let total: f64 = list[t..].iter().map(|&i| theta[i].exp()).sum();
            surplus[list[t]] += 1.0;
            list[t..].iter().for_each(|&i| surplus[i] -= theta[i].exp() / total);
        }
    }
    surplus.iter().fold(0.0, |m, v| v.abs().max(m))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn three_methods_solve_the_likelihood_equations(n in 2usize..12, seed in any::<u64>()) {
        let (r, lists) = rankings(n, 12 * n, seed);
        prop_assume!(r.split().is_none());
        let fit = fit_luce(&r, &newton()).unwrap();
        prop_assert!(residual(&fit.strengths, &lists) < 1e-8);
        prop_assert!(fit.strengths.iter().sum::<f64>().abs() < 1e-9);
        for method in [LuceMethod::Mm, LuceMethod::Ilsr] {
            let other = fit_luce(&r, &by(method)).unwrap();
            for (a, b) in fit.strengths.iter().zip(&other.strengths) {
                prop_assert!((a - b).abs() < 1e-6, "{:?}: {} {}", method, a, b);
            }
        }
    }

    #[test]
    fn fords_condition_by_all_splits(n in 2usize..=6, wins in prop::collection::vec((0usize..6, 0usize..6), 1..14)) {
        let mut r = Rankings::new(n);
        let mut kept = Vec::new();
        for (w, l) in wins {
            let (w, l) = (w % n, l % n);
            if w != l {
                r.win(w, l).unwrap();
                kept.push((w, l));
            }
        }
        prop_assume!(!kept.is_empty());
        // For each nonempty proper subset, somebody outside beats somebody inside.
        let holds = (1..(1usize << n) - 1).all(|s| kept.iter().any(|&(w, l)| s >> w & 1 == 0 && s >> l & 1 == 1));
        match r.split() {
            None => {
                prop_assert!(holds);
                prop_assert!(fit_luce(&r, &newton()).is_ok());
            }
            Some(split) => {
                prop_assert!(!holds);
                let inside = |i: usize| split.unbeaten.contains(&i);
                prop_assert!(!split.unbeaten.is_empty() && split.others > 0);
                prop_assert!(kept.iter().all(|&(w, l)| !inside(l) || inside(w)));
                prop_assert_eq!(split.compared, kept.iter().any(|&(w, l)| inside(w) && !inside(l)));
                prop_assert_eq!(fit_luce(&r, &newton()).unwrap_err(), EstimationError::NoMaximum(split));
            }
        }
    }

    #[test]
    fn isotonic_is_the_min_max_of_averages(y in prop::collection::vec(-5.0f64..5.0, 1..30), w in prop::collection::vec(0.1f64..3.0, 30)) {
        let n = y.len();
        let w = &w[..n];
        let u = isotonic(&y, w).unwrap();
        for i in 0..n {
            let average = |a: usize, b: usize| {
                let (s, t) = (a..=b).fold((0.0, 0.0), |(s, t), k| (s + w[k] * y[k], t + w[k]));
                s / t
            };
            let value = (0..=i).map(|a| (i..n).map(|b| average(a, b)).fold(f64::INFINITY, f64::min)).fold(f64::NEG_INFINITY, f64::max);
            prop_assert!((u[i] - value).abs() < 1e-12);
        }
    }

    #[test]
    fn tie_models_are_at_a_maximum(seed in any::<u64>(), model in prop::sample::select(vec![PairModel::Davidson, PairModel::RaoKupper, PairModel::Thurstone])) {
        let n = 5;
        let mut s = Seed(seed).stream("ties");
        let mut data = PairOutcomes::new(n);
        let mut outcomes = Vec::new();
        for _ in 0..120 {
            let (a, b) = (s.below(n), s.below(n));
            if a == b { continue; }
            let tie = model != PairModel::Thurstone && s.uniform() < 0.3;
            if tie { data.tie(a, b, 1.0).unwrap() } else { data.win(a, b, 1.0).unwrap() }
            outcomes.push((a, b, tie));
        }
        prop_assume!(data.split().is_none() && (model == PairModel::Thurstone || outcomes.iter().any(|o| o.2)));
        let fit = fit_pairs(&data, model, &PairParams::default()).unwrap();
        // Written from the probabilities, not from the logarithms used in the fit.
        let likelihood = |theta: &[f64], delta: f64| -> f64 {
            outcomes.iter().map(|&(a, b, tie)| {
                let (pa, pb) = (theta[a].exp(), theta[b].exp());
                let p = match model {
                    PairModel::Thurstone => 0.5 * libm::erfc(-(theta[a] - theta[b]) / 2f64.sqrt()),
                    PairModel::Davidson => {
                        let nu = delta.exp() * (pa * pb).sqrt();
                        if tie { nu / (pa + pb + nu) } else { pa / (pa + pb + nu) }
                    }
                    PairModel::RaoKupper => {
                        let t = delta.exp();
                        if tie { (t * t - 1.0) * pa * pb / ((pa + t * pb) * (t * pa + pb)) } else { pa / (pa + t * pb) }
                    }
                };
                p.ln()
            }).sum()
        };
        let delta = fit.tie.unwrap_or(0.0);
        let best = likelihood(&fit.strengths, delta);
        prop_assert!((best - fit.log_likelihood).abs() < 1e-9);
        for k in 0..=n {
            for h in [-1e-3, 1e-3] {
                let mut theta = fit.strengths.clone();
                let mut other = delta;
                if k < n { theta[k] += h } else { other += h }
                prop_assert!(likelihood(&theta, other) < best + 1e-12);
            }
        }
        let errors = fit.standard_errors.unwrap();
        prop_assert!(errors.iter().all(|e| *e > 0.0 && e.is_finite()));
    }
}

#[test]
fn a_cycle_of_three_has_equal_strengths() {
    let mut r = Rankings::new(3);
    for (w, l) in [(0, 1), (1, 2), (2, 0)] {
        r.win(w, l).unwrap();
    }
    for method in [LuceMethod::Newton, LuceMethod::Mm, LuceMethod::Ilsr] {
        assert!(fit_luce(&r, &by(method)).unwrap().strengths.iter().all(|s| s.abs() < 1e-12));
    }
}

#[test]
fn a_penalty_makes_any_data_fit_and_is_refused_by_the_others() {
    let mut r = Rankings::new(4);
    r.win(0, 1).unwrap();
    let options = LuceParams { l2: 0.5, ..newton() };
    let fit = fit_luce(&r, &options).unwrap();
    // By symmetry theta_0 = -theta_1 = t with 1 / (1 + e^{2t}) = 2 l2 t, and the others at 0.
    let t = fit.strengths[0];
    assert!((1.0 / (1.0 + (2.0 * t).exp()) - t).abs() < 1e-10 && fit.strengths[2].abs() < 1e-12);
    for method in [LuceMethod::Mm, LuceMethod::Ilsr] {
        assert!(matches!(
            fit_luce(&r, &LuceParams { method, ..options }),
            Err(EstimationError::PenaltyUnsupported { .. })
        ));
    }
}

#[test]
fn standard_errors_of_two_items_and_by_differences() {
    let mut r = Rankings::new(2);
    r.weighted(&[0, 1], 1, 30.0).unwrap();
    r.weighted(&[1, 0], 1, 10.0).unwrap();
    let fit = fit_luce(&r, &newton()).unwrap();
    // var(theta_0 - theta_1) = 1 / (n p q); each centred strength is half the difference.
    let se = (1.0f64 / (40.0 * 0.75 * 0.25)).sqrt() / 2.0;
    assert!(fit.standard_errors(&r).unwrap().iter().all(|e| (e - se).abs() < 1e-9));
    // Longer rankings: the information by second differences of the log-likelihood.
    let (r, lists) = rankings(4, 60, 11);
    let fit = fit_luce(&r, &newton()).unwrap();
    let ll = |theta: &[f64]| -> f64 {
        lists
            .iter()
            .map(|l| {
                (0..l.len() - 1)
                    .map(|t| theta[l[t]] - l[t..].iter().map(|&i| theta[i].exp()).sum::<f64>().ln())
                    .sum::<f64>()
            })
            .sum()
    };
    // Three free coordinates, the fourth minus their sum.
    let full = |x: &[f64; 3]| [x[0], x[1], x[2], -x[0] - x[1] - x[2]];
    let at = [fit.strengths[0], fit.strengths[1], fit.strengths[2]];
    let h = 1e-4;
    let mut info = relata_relations::faer::Mat::<f64>::zeros(3, 3);
    for i in 0..3 {
        for j in 0..3 {
            let mut v = 0.0;
            for (a, b, sign) in [(h, h, 1.0), (h, -h, -1.0), (-h, h, -1.0), (-h, -h, 1.0)] {
                let mut x = at;
                x[i] += a;
                x[j] += b;
                v -= sign * ll(&full(&x)) / (4.0 * h * h);
            }
            info[(i, j)] = v;
        }
    }
    use relata_relations::faer::linalg::solvers::Solve;
    let inverse = info.partial_piv_lu().solve(relata_relations::faer::Mat::<f64>::identity(3, 3));
    let errors = fit.standard_errors(&r).unwrap();
    for i in 0..3 {
        assert!((errors[i] - inverse[(i, i)].sqrt()).abs() < 1e-4 * errors[i]);
    }
}

#[test]
fn bradley_terry_covers_the_truth() {
    // 95 % intervals from standard errors cover 95 % of centred true strengths.
    let (n, mut inside, mut all) = (20, 0.0, 0.0);
    for seed in 0..40 {
        let mut s = Seed(seed).stream("coverage");
        let mut theta: Vec<f64> = (0..n).map(|_| 0.7 * s.normal()).collect();
        let mean = theta.iter().sum::<f64>() / n as f64;
        theta.iter_mut().for_each(|t| *t -= mean);
        let mut r = Rankings::new(n);
        for _ in 0..2_000 {
            let i = s.below(n);
            let j = (i + 1 + s.below(n - 1)) % n;
            let (w, l) =
                if s.uniform() < 1.0 / (1.0 + (theta[j] - theta[i]).exp()) { (i, j) } else { (j, i) };
            r.win(w, l).unwrap();
        }
        let fit = fit_luce(&r, &newton()).unwrap();
        let errors = fit.standard_errors(&r).unwrap();
        for i in 0..n {
            all += 1.0;
            inside += f64::from(u8::from((fit.strengths[i] - theta[i]).abs() <= 1.96 * errors[i]));
        }
    }
    let coverage: f64 = inside / all;
    assert!((coverage - 0.95).abs() < 0.03, "{coverage}");
}

#[test]
fn ties_that_cannot_be_fitted_are_named() {
    let mut r = PairOutcomes::new(2);
    r.win(0, 1, 1.0).unwrap();
    r.win(1, 0, 1.0).unwrap();
    assert!(matches!(
        fit_pairs(&r, PairModel::Davidson, &PairParams::default()),
        Err(EstimationError::Ties { .. })
    ));
    r.tie(0, 1, 1.0).unwrap();
    assert!(matches!(
        fit_pairs(&r, PairModel::Thurstone, &PairParams::default()),
        Err(EstimationError::Ties { .. })
    ));
    assert!(fit_pairs(&r, PairModel::RaoKupper, &PairParams::default()).is_ok());
}

fn simulated_choices(sets: usize, size: usize, beta: &[f64], seed: u64) -> (Points, Vec<usize>) {
    let mut s = Seed(seed).stream("choices");
    let p = beta.len();
    let x: Vec<f64> = (0..sets * size * p).map(|_| s.normal()).collect();
    let chosen = (0..sets).map(|k| {
        let u: Vec<f64> = (0..size)
            .map(|a| {
                let row = &x[(k * size + a) * p..][..p];
                row.iter().zip(beta).map(|(x, b)| x * b).sum::<f64>() - (-s.uniform().max(1e-300).ln()).ln()
            })
            .collect();
        (0..size).max_by(|&a, &b| u[a].total_cmp(&u[b])).unwrap()
    });
    let chosen: Vec<usize> = chosen.collect();
    (Points::new(p, x).unwrap(), chosen)
}

#[test]
fn conditional_logit_recovers_coefficients_to_its_standard_errors() {
    let beta = [1.0, -0.5, 0.25, 0.0, 2.0];
    let (x, chosen) = simulated_choices(4_000, 4, &beta, 3);
    let data = ChoiceData::new(x, &[4; 4_000], &chosen).unwrap();
    let fit = fit_logit(&data, 0.0, 1e-10).unwrap();
    assert!(fit.gradient_norm <= 1e-10 && fit.iterations < 15);
    for k in 0..5 {
        let z = (fit.coefficients[k] - beta[k]) / fit.standard_errors[k];
        assert!(z.abs() < 4.0, "coefficient {k}: {z} standard errors off");
        assert!(fit.standard_errors[k] < 0.05);
    }
}

#[test]
fn a_logit_on_indicators_is_bradley_terry() {
    let (n, mut s) = (6, Seed(4).stream("wins"));
    let mut r = Rankings::new(n);
    let (mut rows, mut count) = (Vec::new(), 0);
    // Item 0 is the base: no indicator.
    let indicator = |i: usize| (1..n).map(move |k| f64::from(u8::from(k == i)));
    for _ in 0..300 {
        let (w, l) = (s.below(n), s.below(n));
        if w != l {
            r.win(w, l).unwrap();
            rows.extend(indicator(w).chain(indicator(l)));
            count += 1;
        }
    }
    let fit = fit_luce(&r, &newton()).unwrap();
    let data = ChoiceData::new(Points::new(n - 1, rows).unwrap(), &vec![2; count], &vec![0; count]).unwrap();
    let logit = fit_logit(&data, 0.0, 1e-10).unwrap();
    for k in 1..n {
        assert!((fit.strengths[k] - fit.strengths[0] - logit.coefficients[k - 1]).abs() < 1e-8);
    }
    assert!((fit.log_likelihood - logit.log_likelihood).abs() < 1e-9);
}

#[test]
fn logit_without_a_maximum_says_why() {
    let x = Points::line(vec![0.0, 1.0, 0.0, 2.0]).unwrap();
    let data = ChoiceData::new(x, &[2, 2], &[1, 1]).unwrap();
    assert!(matches!(fit_logit(&data, 0.0, 1e-10), Err(EstimationError::Separated { .. })));
    assert!(fit_logit(&data, 0.1, 1e-10).is_ok());
    // The third feature is the sum of the others; the second set's constant shift changes nothing.
    let rows = [
        [1.0, 2.0, 3.0],
        [0.0, 5.0, 5.0],
        [2.0, 2.0, 4.0],
        [1.0, 0.0, 1.0],
        [3.0, 1.0, 4.0],
        [1.0, 1.0, 2.0],
    ];
    let data = ChoiceData::new(Points::from_rows(&rows).unwrap(), &[2, 2, 2], &[0, 1, 1]).unwrap();
    assert_eq!(fit_logit(&data, 0.0, 1e-10).unwrap_err(), EstimationError::Collinear { feature: 2 });
}

#[test]
fn a_kernel_utility_with_the_linear_kernel_is_the_linear_utility() {
    let mut s = Seed(5).stream("features");
    let x = Points::new(2, (0..60).map(|_| s.uniform()).collect()).unwrap();
    let truth = |i: usize| 3.0 * x.row(i)[0] - 2.0 * x.row(i)[1];
    let mut wins = Vec::new();
    for _ in 0..200 {
        let (a, b) = (s.below(30), s.below(30));
        if a != b {
            let first = s.uniform() < 1.0 / (1.0 + (truth(b) - truth(a)).exp());
            wins.push(if first { (a, b) } else { (b, a) });
        }
    }
    let l2 = 0.05;
    let linear = fit_linear_utility(&x, &wins, l2, 1e-10).unwrap();
    let dot = |a: &[f64], b: &[f64]| a[0] * b[0] + a[1] * b[1];
    let kernel = relation_fn(Cube::new(2, 0.0, 1.0).unwrap(), Cube::new(2, 0.0, 1.0).unwrap(), dot)
        .positive_semidefinite()
        .unwrap();
    let u = KernelUtility::fit(Arc::new(kernel), &x, &wins, l2, 1e-9).unwrap();
    for i in 0..30 {
        let w = &linear.coefficients;
        let value = w[0] * x.row(i)[0] + w[1] * x.row(i)[1];
        assert!((u.values()[i] - value).abs() < 1e-7);
    }
    let norm = linear.coefficients.iter().map(|b| b * b).sum::<f64>().sqrt();
    assert!((u.norm() - norm).abs() < 1e-6);
    let elsewhere = Points::new(2, vec![0.2, 0.9]).unwrap();
    let w = &linear.coefficients;
    assert!((u.at(&elsewhere).unwrap()[0] - (0.2 * w[0] + 0.9 * w[1])).abs() < 1e-7);
}

/// The weights of this table are the numbers of times that the first of two items won.
#[test]
fn strengths_of_two_items_are_the_logarithm_of_the_odds_whatever_the_weights() {
    for w in [1e-300f64, 1e-20, 1e-6, 1e6, 1e9, 1e10, 1e12, 1e15, 1e20, 1e60, 1e120] {
        for unit in [1e-150, 1.0, 1e150].into_iter().filter(|unit| (w * unit).is_normal()) {
            let mut r = Rankings::new(2);
            r.weighted(&[0, 1], 1, w * unit).unwrap();
            r.weighted(&[1, 0], 1, unit).unwrap();
            match fit_luce(&r, &newton()) {
                Ok(fit) => {
                    let (found, exact) = (fit.strengths[0] - fit.strengths[1], w.ln());
                    assert!((found - exact).abs() <= 1e-9 * exact.abs(), "{w:e} {unit:e}: {found} {exact}");
                    assert!(fit.last_step <= 1e-9 && fit.gradient_norm <= 1e-9 * unit);
                }
                Err(e) => assert!(w < 1e-280, "{w:e} {unit:e}: {e}"),
            }
            let mut pairs = PairOutcomes::new(2);
            pairs.win(0, 1, w * unit).unwrap();
            pairs.win(1, 0, unit).unwrap();
            pairs.tie(0, 1, 2.0 * w.sqrt() * unit).unwrap();
            match fit_pairs(&pairs, PairModel::Davidson, &PairParams::default()) {
                // The odds of win and loss, and nu = tie / sqrt(win loss) = 2.
                Ok(fit) => {
                    let (found, exact) = (fit.strengths[0] - fit.strengths[1], w.ln());
                    assert!((found - exact).abs() <= 1e-9 * exact.abs(), "{w:e} {unit:e}: {found} {exact}");
                    assert!((fit.tie.unwrap() - 2f64.ln()).abs() < 1e-8, "{w:e} {unit:e}: {:?}", fit.tie);
                }
                Err(e) => assert!(!(1e-13..1e13).contains(&w), "{w:e} {unit:e}: {e}"),
            }
        }
    }
    // Thurstone: Phi(d) = w / (w + 1).
    for w in [3.0, 1e6, 1e12] {
        let mut pairs = PairOutcomes::new(2);
        pairs.win(0, 1, w * 1e100).unwrap();
        pairs.win(1, 0, 1e100).unwrap();
        let fit = fit_pairs(&pairs, PairModel::Thurstone, &PairParams::default()).unwrap();
        let d = fit.strengths[0] - fit.strengths[1];
        let tail = 0.5 * libm::erfc(d / 2f64.sqrt());
        assert!((tail * (w + 1.0) - 1.0).abs() < 1e-8, "{w:e}: {d}");
    }
}

/// Trees of odds: the strengths are sums of logarithms along the tree, however far apart weights are.
#[test]
fn trees_of_odds_of_all_sizes() {
    for seed in 0..60 {
        let mut s = Seed(seed).stream("trees");
        let n = 2 + s.below(7);
        let mut r = Rankings::new(n);
        let mut exact = vec![0.0; n];
        for i in 1..n {
            let parent = s.below(i);
            let size = 10f64.powf(-20.0 + 40.0 * s.uniform());
            let odds = 10f64.powf(-8.0 + 16.0 * s.uniform());
            r.weighted(&[i, parent], 1, size * odds).unwrap();
            r.weighted(&[parent, i], 1, size).unwrap();
            exact[i] = exact[parent] + odds.ln();
        }
        let mean = exact.iter().sum::<f64>() / n as f64;
        match fit_luce(&r, &newton()) {
            Ok(fit) => {
                for (found, exact) in fit.strengths.iter().zip(&exact) {
                    assert!((found - exact + mean).abs() < 1e-8, "{seed}: {found} {}", exact - mean);
                }
            }
            Err(e) => assert!(matches!(e, EstimationError::NotConverged { .. }), "{seed}: {e}"),
        }
    }
}

/// Slow methods say so instead of stopping where they are.
#[test]
fn no_method_stops_before_its_strengths_are_right() {
    for w in [1e3, 1e6, 1e12] {
        let mut r = Rankings::new(3);
        for (a, b) in [(0, 1), (1, 2)] {
            r.weighted(&[a, b], 1, w).unwrap();
            r.weighted(&[b, a], 1, 1.0).unwrap();
        }
        for method in [LuceMethod::Newton, LuceMethod::Mm, LuceMethod::Ilsr] {
            match fit_luce(&r, &LuceParams { method, ..LuceParams::default() }) {
                Ok(fit) => assert!((fit.strengths[0] - fit.strengths[1] - w.ln()).abs() < 1e-8, "{method:?}"),
                Err(e) => {
                    assert!(
                        method != LuceMethod::Newton && matches!(e, EstimationError::NotConverged { .. })
                    );
                }
            }
        }
    }
}
