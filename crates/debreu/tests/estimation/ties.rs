//! Ties: in rankings, in pairs, and when there is no maximum.

use proptest::prelude::*;
use relata_debreu::estimation::*;
use relata_relations::Seed;
use relata_relations::faer::Mat;
use relata_relations::faer::linalg::solvers::Solve;

type Tiers = Vec<Vec<usize>>;

/// Random rankings with ties of random subsets, some items left unranked.
fn tied(n: usize, count: usize, seed: u64) -> (TiedRankings, Vec<(Tiers, Vec<usize>, f64)>) {
    let mut s = Seed(seed).stream("tied");
    let (mut data, mut all) = (TiedRankings::new(n), Vec::new());
    for _ in 0..count {
        let order = s.permutation(n);
        let (ranked, left) = (1 + s.below(n), s.below(2));
        let mut tiers: Tiers = Vec::new();
        for &i in &order[..ranked] {
            match tiers.last_mut() {
                Some(tier) if tier.len() < 3 && s.uniform() < 0.3 => tier.push(i),
                _ => tiers.push(vec![i]),
            }
        }
        let unranked = if left == 1 { order[ranked..].to_vec() } else { Vec::new() };
        let weight = 1.0 + s.below(3) as f64;
        data.ranking(&tiers, &unranked, weight).unwrap();
        all.push((tiers, unranked, weight));
    }
    (data, all)
}

/// The log-likelihood from the definition, over all subsets of every set.
fn by_subsets(all: &[(Tiers, Vec<usize>, f64)], theta: &[f64], ties: &[(usize, f64)]) -> f64 {
    let f = |set: &[usize]| -> f64 {
        let delta = match set.len() {
            0 => return 0.0,
            1 => 1.0,
            t => ties.iter().find(|(order, _)| *order == t).map_or(0.0, |(_, d)| d.exp()),
        };
        delta * set.iter().map(|&i| theta[i].exp()).product::<f64>().powf(1.0 / set.len() as f64)
    };
    let mut sum = 0.0;
    for (tiers, unranked, weight) in all {
        for k in 0..tiers.len() {
            let left: Vec<usize> = tiers[k..].iter().flatten().chain(unranked).copied().collect();
            let subsets = 1u32..1 << left.len();
            let member =
                |s: u32| left.iter().enumerate().filter(move |(b, _)| s >> b & 1 == 1).map(|(_, i)| *i);
            let total: f64 = subsets.map(|s| f(&member(s).collect::<Vec<_>>())).sum();
            sum += weight * (f(&tiers[k]) / total).ln();
        }
    }
    sum
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(30))]

    #[test]
    fn rankings_with_ties_are_at_the_maximum_of_the_definition(n in 3usize..6, seed in any::<u64>()) {
        let (data, all) = tied(n, 14 * n, seed);
        prop_assume!(data.split().is_none());
        let fit = fit_tied(&data, &TiedParams::default()).unwrap();
        let of = |x: &[f64]| {
            let ties: Vec<(usize, f64)> = fit.ties.iter().zip(&x[n..]).map(|(t, d)| (t.0, *d)).collect();
            by_subsets(&all, &x[..n], &ties)
        };
        let at: Vec<f64> = fit.strengths.iter().copied().chain(fit.ties.iter().map(|t| t.1)).collect();
        let best = of(&at);
        prop_assert!((best - fit.log_likelihood).abs() < 1e-9 * best.abs());
        prop_assert!((fit.log_likelihood_of(&data).unwrap() - best).abs() < 1e-9 * best.abs());
        // Concave, so that no slope at all is a maximum; the information by second differences, on
        // the sum of the strengths as on everything else.
        let (size, h) = (at.len(), 1e-4);
        let moved = |i: usize, a: f64, j: usize, b: f64| {
            let mut x = at.clone();
            x[i] += a;
            x[j] += b;
            of(&x)
        };
        let mut info = Mat::<f64>::zeros(size, size);
        for i in 0..size {
            prop_assert!((moved(i, h, i, 0.0) - moved(i, -h, i, 0.0)).abs() / (2.0 * h) < 1e-5 * best.abs());
            for j in 0..size {
                let second = moved(i, h, j, h) - moved(i, h, j, -h) - moved(i, -h, j, h) + moved(i, -h, j, -h);
                info[(i, j)] = -second / (4.0 * h * h) + if i < n && j < n { 1.0 } else { 0.0 };
            }
        }
        let inverse = info.partial_piv_lu().solve(Mat::<f64>::identity(size, size));
        for i in 0..size {
            let variance = inverse[(i, i)] - if i < n { 1.0 / (n * n) as f64 } else { 0.0 };
            prop_assert!((fit.standard_errors[i] - variance.sqrt()).abs() < 1e-3 * variance.sqrt());
        }
    }

    #[test]
    fn without_ties_it_is_plackett_luce_and_with_pairs_davidson(n in 2usize..7, seed in any::<u64>()) {
        let mut s = Seed(seed).stream("both");
        let (mut tied, mut plain) = (TiedRankings::new(n), Rankings::new(n));
        let (mut pairs, mut outcomes) = (TiedRankings::new(n), PairOutcomes::new(n));
        for _ in 0..20 * n {
            let order = s.permutation(n);
            let singles: Tiers = order.iter().map(|&i| vec![i]).collect();
            let top = 1 + s.below(n - 1);
            tied.ranking(&singles[..top], &order[top..], 2.0).unwrap();
            plain.weighted(&order, top, 2.0).unwrap();
            let (a, b) = (order[0], order[1]);
            if s.uniform() < 0.3 {
                pairs.ranking(&[vec![a, b]], &[], 1.5).unwrap();
                outcomes.tie(a, b, 1.5).unwrap();
            } else {
                pairs.ranking(&[vec![a]], &[b], 1.5).unwrap();
                outcomes.win(a, b, 1.5).unwrap();
            }
        }
        prop_assume!(plain.split().is_none() && outcomes.split().is_none() && pairs.orders() == [1, 2]);
        let (one, other) = (fit_tied(&tied, &TiedParams::default()).unwrap(), fit_luce(&plain, &LuceParams::default()).unwrap());
        let errors = other.standard_errors(&plain).unwrap();
        for i in 0..n {
            prop_assert!((one.strengths[i] - other.strengths[i]).abs() < 1e-7);
            prop_assert!((one.standard_errors[i] - errors[i]).abs() < 1e-7);
        }
        prop_assert!((one.log_likelihood - other.log_likelihood).abs() < 1e-8 * other.log_likelihood.abs());
        prop_assert!((other.log_likelihood_of(&plain).unwrap() - other.log_likelihood).abs() < 1e-8);
        let davidson = fit_pairs(&outcomes, PairModel::Davidson, &PairParams::default());
        if davidson == Err(EstimationError::Threshold) {
            prop_assert_eq!(fit_tied(&pairs, &TiedParams::default()), Err(EstimationError::Threshold));
            return Ok(());
        }
        let (one, other) = (fit_tied(&pairs, &TiedParams::default()).unwrap(), davidson.unwrap());
        for i in 0..n {
            prop_assert!((one.strengths[i] - other.strengths[i]).abs() < 1e-7);
        }
        prop_assert!((one.ties[0].1 - other.tie.unwrap()).abs() < 1e-7);
        prop_assert!((other.log_likelihood_of(&outcomes).unwrap() - other.log_likelihood).abs() < 1e-8);
    }

    /// By a search over whole-number utilities: thresholds that explain everything are those of
    /// semiorders, and have such utilities.
    #[test]
    fn a_threshold_is_found_where_there_is_one(
        n in 2usize..=4,
        seen in prop::collection::vec((0usize..4, 0usize..4, any::<bool>()), 2..9),
    ) {
        let mut data = PairOutcomes::new(n);
        let mut kept = Vec::new();
        for (a, b, tie) in seen {
            let (a, b) = (a % n, b % n);
            if a != b {
                if tie { data.tie(a, b, 1.0).unwrap() } else { data.win(a, b, 1.0).unwrap() }
                kept.push((a, b, tie));
            }
        }
        prop_assume!(kept.iter().any(|k| k.2) && kept.iter().any(|k| !k.2) && data.split().is_none());
        // Utilities in units of the threshold, if there are any, can be whole.
        let levels = 2 * n;
        let explained = (0..levels.pow(n as u32)).any(|code| {
            let u = |i: usize| (code / levels.pow(i as u32) % levels) as i64;
            kept.iter().all(|&(a, b, tie)| if tie { (u(a) - u(b)).abs() <= 1 } else { u(a) - u(b) >= 1 })
        });
        for model in [PairModel::Davidson, PairModel::RaoKupper] {
            let fit = fit_pairs(&data, model, &PairParams::default());
            prop_assert_eq!(explained, fit == Err(EstimationError::Threshold), "{:?}: {:?}", model, fit);
            prop_assert_eq!(explained, fit.is_err());
            let penalised = fit_pairs(&data, model, &PairParams { l2: 0.1, ..PairParams::default() });
            prop_assert!(penalised.is_ok(), "{:?}: {:?}", model, penalised);
        }
        let mut tied = TiedRankings::new(n);
        for &(a, b, tie) in &kept {
            let tiers = if tie { vec![vec![a, b]] } else { vec![vec![a], vec![b]] };
            tied.ranking(&tiers, &[], 1.0).unwrap();
        }
        let fit = fit_tied(&tied, &TiedParams::default());
        prop_assert_eq!(explained, fit == Err(EstimationError::Threshold), "{:?}", fit);
        prop_assert_eq!(explained, fit.is_err());
    }
}

#[test]
fn what_cannot_be_ranked_is_refused() {
    let mut data = TiedRankings::new(40);
    let reason = |r: Result<(), EstimationError>| match r {
        Err(EstimationError::Ranking { reason, .. }) => reason,
        other => panic!("{other:?}"),
    };
    assert!(reason(data.ranking(&[vec![0], vec![]], &[], 1.0)).contains("empty"));
    assert!(reason(data.ranking(&[vec![0], vec![1, 0]], &[], 1.0)).contains("twice"));
    assert!(reason(data.ranking(&[vec![0]], &[0], 1.0)).contains("twice"));
    assert!(reason(data.ranking(&[(0..33).collect()], &[], 1.0)).contains("32"));
    assert!(data.ranking(&[(0..32).collect()], &[39], 1.0).is_ok());
    assert!(matches!(data.ranking(&[vec![40]], &[], 1.0), Err(EstimationError::OutOfRange { item: 40, .. })));
    assert!(matches!(data.ranking(&[vec![1]], &[], 0.0), Err(EstimationError::Parameter { .. })));
    let alone = {
        let mut data = TiedRankings::new(1);
        data.ranking(&[vec![0]], &[], 1.0).unwrap();
        data
    };
    assert_eq!(fit_tied(&alone, &TiedParams::default()), Err(EstimationError::NoData));
    // Every choice is a tie of two.
    let mut data = TiedRankings::new(3);
    for tiers in [[vec![0, 1], vec![2]], [vec![1, 2], vec![0]], [vec![0, 2], vec![1]]] {
        data.ranking(&tiers[..1], &tiers[1], 1.0).unwrap();
    }
    assert_eq!(fit_tied(&data, &TiedParams::default()), Err(EstimationError::Threshold));
}

#[test]
fn clusters_of_one_choice_are_whites_sandwich_and_copies_add_nothing() {
    let mut s = Seed(8).stream("clusters");
    let (sets, size, p) = (60, 3, 2);
    let x: Vec<f64> = (0..sets * size * p).map(|_| s.normal()).collect();
    let chosen: Vec<usize> = (0..sets).map(|_| s.below(size)).collect();
    let points = |x: &[f64]| relata_relations::Points::new(p, x.to_vec()).unwrap();
    let data = ChoiceData::new(points(&x), &vec![size; sets], &chosen).unwrap();
    let fit = fit_logit(&data, 0.0, 1e-11).unwrap();
    // From probabilities, in two dimensions, with the inverse written out.
    let (mut h, mut b) = ([[0.0; 2]; 2], [[0.0; 2]; 2]);
    for k in 0..sets {
        let row = |a: usize| &x[(k * size + a) * p..][..p];
        let e: Vec<f64> =
            (0..size).map(|a| (0..p).map(|j| row(a)[j] * fit.coefficients[j]).sum::<f64>().exp()).collect();
        let total: f64 = e.iter().sum();
        let mean: Vec<f64> = (0..p).map(|j| (0..size).map(|a| e[a] / total * row(a)[j]).sum()).collect();
        for i in 0..2 {
            for j in 0..2 {
                h[i][j] += (0..size)
                    .map(|a| e[a] / total * (row(a)[i] - mean[i]) * (row(a)[j] - mean[j]))
                    .sum::<f64>();
                b[i][j] += (row(chosen[k])[i] - mean[i]) * (row(chosen[k])[j] - mean[j]);
            }
        }
    }
    let det = h[0][0] * h[1][1] - h[0][1] * h[1][0];
    let inv = [[h[1][1] / det, -h[0][1] / det], [-h[1][0] / det, h[0][0] / det]];
    let alone: Vec<usize> = (0..sets).collect();
    let errors = fit.clustered_errors(&data, &alone).unwrap();
    for (i, error) in errors.iter().enumerate() {
        let mut v = 0.0;
        for j in 0..2 {
            for l in 0..2 {
                v += inv[i][j] * b[j][l] * inv[l][i];
            }
        }
        let exact = (v * sets as f64 / (sets as f64 - 1.0)).sqrt();
        assert!((error - exact).abs() < 1e-9 * exact, "{error} {exact}");
    }
    // The same people, each asked everything twice: nothing more is known.
    let twice =
        ChoiceData::new(points(&[x.clone(), x.clone()].concat()), &vec![size; 2 * sets], &chosen.repeat(2))
            .unwrap();
    let both = fit_logit(&twice, 0.0, 1e-11).unwrap();
    let again = both.clustered_errors(&twice, &alone.repeat(2)).unwrap();
    errors.iter().zip(&again).for_each(|(a, b)| assert!((a - b).abs() < 1e-9 * a));
    assert!((both.standard_errors[0] * 2f64.sqrt() - fit.standard_errors[0]).abs() < 1e-9);
    assert!((fit.log_likelihood_of(&twice).unwrap() - both.log_likelihood).abs() < 1e-9);
    assert!(matches!(fit.clustered_errors(&data, &[0; 60]), Err(EstimationError::Shape { .. })));
    assert!(matches!(fit.clustered_errors(&data, &alone[1..]), Err(EstimationError::Shape { .. })));
}

#[test]
fn a_threshold_is_found_where_the_iteration_ends_early() {
    // The Hessian is singular to rounding after fifteen iterations, of which the first went elsewhere.
    let mut tied = TiedRankings::new(4);
    for tiers in [
        vec![vec![2], vec![1]],
        vec![vec![2, 1]],
        vec![vec![1, 0]],
        vec![vec![1, 3]],
        vec![vec![1, 3]],
        vec![vec![2], vec![3]],
    ] {
        tied.ranking(&tiers, &[], 1.0).unwrap();
    }
    assert_eq!(fit_tied(&tied, &TiedParams::default()), Err(EstimationError::Threshold));
}
