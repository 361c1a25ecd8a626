//! Revealed preference against brute force over subsets and cycles.

#![allow(clippy::unwrap_used, clippy::panic)]

mod exact;

use proptest::prelude::*;
use relata_debreu::revealed::*;
use relata_relations::{Points, Seed};

fn random(t: usize, goods: usize, seed: u64) -> Panel {
    let mut s = Seed(seed).stream("panel");
    let p = (0..t * goods).map(|_| 0.2 + s.uniform()).collect();
    let x = (0..t * goods).map(|_| 0.05 + s.uniform()).collect();
    Panel::new(Points::new(goods, p).unwrap(), Points::new(goods, x).unwrap()).unwrap()
}

/// Small integers, so that ties, equal bundles and weak cycles occur.
fn coarse(t: usize, goods: usize, seed: u64) -> Panel {
    let mut s = Seed(seed).stream("panel");
    let p = (0..t * goods).map(|_| (1 + s.below(3)) as f64).collect();
    let x = (0..t * goods).map(|_| (1 + s.below(3)) as f64).collect();
    Panel::new(Points::new(goods, p).unwrap(), Points::new(goods, x).unwrap()).unwrap()
}

fn cobb_douglas(t: usize, goods: usize, seed: u64) -> Panel {
    let mut s = Seed(seed).stream("consumer");
    let shares: Vec<f64> = (0..goods).map(|_| 0.1 + s.uniform()).collect();
    let total: f64 = shares.iter().sum();
    let (mut p, mut x) = (Vec::new(), Vec::new());
    for _ in 0..t {
        let income = 1.0 + s.uniform();
        for share in &shares {
            let price = 0.5 + s.uniform();
            p.push(price);
            x.push(share / total * income / price);
        }
    }
    Panel::new(Points::new(goods, p).unwrap(), Points::new(goods, x).unwrap()).unwrap()
}

/// Every simple cycle of observations (each once, starting at its smallest member).
fn cycles(n: usize) -> Vec<Vec<usize>> {
    fn extend(n: usize, path: &mut Vec<usize>, all: &mut Vec<Vec<usize>>) {
        if path.len() >= 2 {
            all.push(path.clone());
        }
        for next in path[0] + 1..n {
            if !path.contains(&next) {
                path.push(next);
                extend(n, path, all);
                path.pop();
            }
        }
    }
    let mut all = Vec::new();
    for start in 0..n {
        extend(n, &mut vec![start], &mut all);
    }
    all
}

/// GARP at efficiency `e`, by definition: Warshall on the ratios.
fn garp_at(panel: &Panel, e: f64) -> bool {
    let n = panel.len();
    let ratio = |t: usize, s: usize| panel.expenditure(t, s) / panel.expenditure(t, t);
    let mut r: Vec<Vec<bool>> =
        (0..n).map(|t| (0..n).map(|s| s != t && ratio(t, s) <= e).collect()).collect();
    for k in 0..n {
        for i in 0..n {
            for j in 0..n {
                r[i][j] |= r[i][k] && r[k][j];
            }
        }
    }
    (0..n).all(|t| (0..n).all(|s| t == s || !(r[t][s] && ratio(s, t) < e)))
}

fn check(panel: &Panel) {
    let n = panel.len();
    let all = cycles(n);
    let next = |c: &[usize], k: usize| c[(k + 1) % c.len()];
    let affordable = |t: usize, s: usize| panel.expenditure(t, s) <= panel.expenditure(t, t);
    let strict = |t: usize, s: usize| panel.expenditure(t, s) < panel.expenditure(t, t);
    let same = |t: usize, s: usize| panel.quantities().row(t) == panel.quantities().row(s);
    let closed: Vec<&Vec<usize>> =
        all.iter().filter(|c| (0..c.len()).all(|k| affordable(c[k], next(c, k)))).collect();
    let bad = |c: &[usize]| (0..c.len()).any(|k| strict(c[k], next(c, k)));
    let garp = !closed.iter().any(|c| bad(c));
    let sarp = !closed.iter().any(|c| c.iter().any(|&t| !same(t, c[0])));
    let warp = !closed.iter().any(|c| c.len() == 2 && !same(c[0], c[1]));
    for (holds, result) in [(garp, panel.garp()), (sarp, panel.sarp()), (warp, panel.warp())] {
        assert_eq!(holds, result.is_ok());
        if let Err(RevealedCycle { axiom, observations: c }) = result {
            assert!((0..c.len()).all(|k| affordable(c[k], next(&c, k))));
            assert!(if axiom == Axiom::Garp { bad(&c) } else { c.iter().any(|&t| !same(t, c[0])) });
        }
    }
    // The bottleneck over cycles, and the definition on both sides of it.
    let ratio = |t: usize, s: usize| panel.expenditure(t, s) / panel.expenditure(t, t);
    let worst = |c: &Vec<usize>| (0..c.len()).map(|k| ratio(c[k], next(c, k))).fold(0.0, f64::max);
    let expected = closed.iter().map(|c| worst(c)).fold(1.0, f64::min);
    let ccei = panel.ccei();
    assert_eq!(ccei.index.to_bits(), expected.to_bits());
    assert_eq!(ccei.attained == Supremum::Attained, garp_at(panel, ccei.index));
    assert!(garp_at(panel, ccei.index * (1.0 - 1e-9)));
    assert!(ccei.index >= 1.0 || !garp_at(panel, ccei.index * (1.0 + 1e-9)));
    if ccei.index < 1.0 {
        assert_eq!(worst(&ccei.cycle).to_bits(), ccei.index.to_bits());
    }
    // Houtman-Maks over all subsets.
    let kept = (0..1usize << n)
        .filter(|set| {
            let members: Vec<usize> = (0..n).filter(|t| set >> t & 1 == 1).collect();
            members.is_empty() || panel.select(&members).unwrap().garp().is_ok()
        })
        .map(|set| set.count_ones() as usize)
        .max()
        .unwrap();
    let hm = panel.houtman_maks(1_000_000);
    assert!(hm.is_exact());
    assert_eq!(n - hm.dropped.len(), kept);
    let left: Vec<usize> = (0..n).filter(|t| !hm.dropped.contains(t)).collect();
    assert!(panel.select(&left).unwrap().garp().is_ok());
    // The largest money pump over all cycles.
    let pump = |c: &Vec<usize>| {
        let gain: f64 =
            (0..c.len()).map(|k| panel.expenditure(c[k], c[k]) - panel.expenditure(c[k], next(c, k))).sum();
        gain / c.iter().map(|&t| panel.expenditure(t, t)).sum::<f64>()
    };
    let largest = closed.iter().map(|c| pump(c)).fold(0.0, f64::max);
    match panel.money_pump() {
        None => assert!(garp),
        Some(m) => {
            assert!((m.index - largest).abs() < 1e-12, "{} {largest}", m.index);
            assert!((pump(&m.cycle) - m.index).abs() < 1e-15);
        }
    }
    match panel.afriat() {
        Err(AfriatError::Garp(_)) => assert!(!garp),
        Err(e) => panic!("{e}"),
        Ok(u) => {
            assert!(garp && u.worst_violation() < 1e-12 && u.multipliers().iter().all(|l| *l >= 1.0));
            for t in 0..n {
                let value = u.value(panel.quantities().row(t)).unwrap();
                assert!((value - u.utilities()[t]).abs() <= 1e-9 * (1.0 + value.abs()));
                for s in 0..n {
                    // Revealed preference is represented.
                    let (a, b) = (u.utilities()[t], u.utilities()[s]);
                    assert!(!affordable(t, s) || a >= b - 1e-9 * (1.0 + b.abs()));
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn brute_force_agrees(t in 1usize..=7, goods in 2usize..4, seed in any::<u64>()) {
        check(&random(t, goods, seed));
        check(&coarse(t, goods, seed));
    }

    #[test]
    fn maximisers_are_rational(t in 2usize..60, goods in 2usize..5, seed in any::<u64>()) {
        let panel = cobb_douglas(t, goods, seed);
        prop_assert!(panel.garp().is_ok());
        prop_assert_eq!(panel.ccei().index.to_bits(), 1f64.to_bits());
        prop_assert!(panel.money_pump().is_none());
        prop_assert!(panel.houtman_maks(10).dropped.is_empty());
        let u = panel.afriat().unwrap();
        prop_assert!(u.worst_violation() < 1e-12);
        // Each bundle is best on its budget: other affordable points are no better.
        let mut s = Seed(seed).stream("budget");
        for k in 0..t {
            let (p, own) = (panel.prices().row(k), panel.expenditure(k, k));
            let raw: Vec<f64> = (0..goods).map(|_| s.uniform()).collect();
            let cost: f64 = raw.iter().zip(p).map(|(x, p)| x * p).sum();
            let other: Vec<f64> = raw.iter().map(|x| x * own / cost).collect();
            let (a, b) = (u.value(&other).unwrap(), u.utilities()[k]);
            prop_assert!(a <= b + 1e-9 * (1.0 + b.abs()));
        }
    }

    #[test]
    fn efficiency_is_monotone_and_consistent(t in 2usize..60, seed in any::<u64>()) {
        let panel = random(t, 3, seed);
        let ccei = panel.ccei();
        prop_assert_eq!(panel.garp().is_ok(), ccei.index >= 1.0 && ccei.attained == Supremum::Attained);
        prop_assert_eq!(ccei.attained == Supremum::Attained, garp_at(&panel, ccei.index));
        prop_assert!(garp_at(&panel, ccei.index * (1.0 - 1e-9)));
        // Dropping an observation cannot hurt; scaling prices changes nothing.
        let rest: Vec<usize> = (1..t).collect();
        prop_assert!(panel.select(&rest).unwrap().ccei().index >= ccei.index);
        let hm = panel.houtman_maks(2_000);
        prop_assert!(hm.lower_bound <= hm.dropped.len());
        let left: Vec<usize> = (0..t).filter(|k| !hm.dropped.contains(k)).collect();
        prop_assert!(left.is_empty() || panel.select(&left).unwrap().garp().is_ok());
    }
}

#[test]
fn panels_name_what_is_wrong() {
    let rows = |v: [[f64; 2]; 2]| v; // fixes the type of a literal
    let good = rows([[1.0, 2.0], [2.0, 1.0]]);
    let refused = |p: [[f64; 2]; 2], x: [[f64; 2]; 2]| Panel::from_rows(&p, &x).unwrap_err();
    assert_eq!(
        refused(rows([[1.0, 2.0], [2.0, 0.0]]), good),
        PanelError::Price { observation: 1, good: 1, value: 0.0 }
    );
    assert_eq!(
        refused(good, rows([[1.0, -2.0], [2.0, 0.0]])),
        PanelError::Quantity { observation: 0, good: 1, value: -2.0 }
    );
    assert_eq!(refused(good, rows([[1.0, 2.0], [0.0, 0.0]])), PanelError::NoSpending { observation: 1 });
    assert!(matches!(refused(good, rows([[f64::NAN, 2.0], [0.0, 0.0]])), PanelError::Points(_)));
    assert!(matches!(
        refused(rows([[1e300, 1.0], [1.0, 1.0]]), rows([[1e300, 2.0], [1.0, 1.0]])),
        PanelError::Overflow { .. }
    ));
}

/// A panel with one more good, and one more observation that buys `size` of it alone, at these
/// prices of all goods; it is too expensive for the others.
fn beside(panel: &Panel, price: f64, size: f64, at: usize) -> Panel {
    let wide = |row: &[f64], last: f64| row.iter().copied().chain([last]).collect::<Vec<f64>>();
    let most = (0..panel.len()).map(|t| panel.expenditure(t, t)).fold(0.0, f64::max);
    let mut p: Vec<Vec<f64>> = panel.prices().rows().map(|r| wide(r, 2.0 * most / size)).collect();
    let mut x: Vec<Vec<f64>> = panel.quantities().rows().map(|r| wide(r, 0.0)).collect();
    p.insert(at, vec![price; panel.goods() + 1]);
    x.insert(at, wide(&vec![0.0; panel.goods()], size));
    Panel::from_rows(&p, &x).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Who spends 1e15 on a good that nobody else buys is on no cycle with them.
    #[test]
    fn an_unrelated_observation_changes_nothing(t in 2usize..=6, seed in any::<u64>(), size in -150.0f64..150.0, price in -100.0f64..100.0, at in 0usize..=2) {
        for panel in [random(t, 2, seed), coarse(t, 2, seed)] {
            let more = beside(&panel, 10f64.powf(price), 10f64.powf(size), at);
            let moved = |s: &usize| if *s >= at { s + 1 } else { *s };
            prop_assert_eq!(panel.garp().is_ok(), more.garp().is_ok());
            prop_assert_eq!(panel.sarp().is_ok(), more.sarp().is_ok());
            prop_assert_eq!(panel.warp().is_ok(), more.warp().is_ok());
            let (a, b) = (panel.ccei(), more.ccei());
            prop_assert_eq!((a.index.to_bits(), a.attained), (b.index.to_bits(), b.attained));
            let (a, b) = (panel.houtman_maks(1_000_000), more.houtman_maks(1_000_000));
            prop_assert_eq!((a.dropped.len(), a.lower_bound), (b.dropped.len(), b.lower_bound));
            match (panel.money_pump(), more.money_pump()) {
                (Some(a), Some(b)) => {
                    prop_assert_eq!(a.index.to_bits(), b.index.to_bits());
                    prop_assert_eq!(a.cycle.iter().map(moved).collect::<Vec<_>>(), b.cycle);
                }
                (None, None) => {
                    let u = more.afriat().unwrap();
                    prop_assert!(u.worst_violation() < 1e-12);
                }
                other => prop_assert!(false, "{other:?}"),
            }
        }
    }

    /// Prices of one observation times any factor: who affords what stays, and so does all that
    /// depends on it; the money pump weighs observations by what they spend, so there brute force
    /// over cycles is the judge.
    #[test]
    fn prices_of_observations_times_any_factors(t in 2usize..=6, seed in any::<u64>(), exponents in prop::collection::vec(-400i32..400, 6)) {
        for panel in [random(t, 3, seed), coarse(t, 3, seed)] {
            let scaled = |k: usize| panel.prices().row(k).iter().map(|p| p * 2f64.powi(exponents[k])).collect::<Vec<f64>>();
            let prices: Vec<Vec<f64>> = (0..t).map(scaled).collect();
            let other = Panel::new(Points::from_rows(&prices).unwrap(), panel.quantities().clone()).unwrap();
            prop_assert_eq!(panel.garp(), other.garp());
            prop_assert_eq!(panel.warp(), other.warp());
            prop_assert_eq!(panel.sarp(), other.sarp());
            prop_assert_eq!(panel.ccei(), other.ccei());
            prop_assert_eq!(panel.houtman_maks(1_000_000), other.houtman_maks(1_000_000));
            if let Ok(u) = panel.afriat() {
                let v = other.afriat().unwrap();
                // Both, up to one factor.
                let factor = v.multipliers()[0] * other.expenditure(0, 0) / (u.multipliers()[0] * panel.expenditure(0, 0));
                for k in 0..t {
                    prop_assert!((v.utilities()[k] / factor - u.utilities()[k]).abs() <= 1e-12 * (1.0 + u.utilities()[k].abs()));
                }
            }
            let pump = |c: &Vec<usize>| {
                // In units of the largest of the cycle, as whole powers of two.
                let top = c.iter().map(|&s| exponents[s]).max().unwrap();
                let own = |s: usize| panel.expenditure(s, s) * 2f64.powi((exponents[s] - top).max(-1000));
                let gain = |k: usize| {
                    let (s, r) = (c[k], c[(k + 1) % c.len()]);
                    (panel.expenditure(s, s) - panel.expenditure(s, r)) * 2f64.powi((exponents[s] - top).max(-1000))
                };
                (0..c.len()).map(gain).sum::<f64>() / c.iter().map(|&s| own(s)).sum::<f64>()
            };
            let closed = |c: &&Vec<usize>| (0..c.len()).all(|k| panel.expenditure(c[k], c[(k + 1) % c.len()]) <= panel.expenditure(c[k], c[k]));
            let largest = cycles(t).iter().filter(closed).map(pump).fold(0.0, f64::max);
            match other.money_pump() {
                Some(m) => prop_assert!((m.index - largest).abs() < 1e-12 * largest.max(1e-8), "{} {}", m.index, largest),
                None => prop_assert!(largest <= 0.0),
            }
        }
    }
}

/// Three observations alone, and beside one that spends 1e15 on another good.
#[test]
fn the_money_pump_of_three_beside_a_fortune() {
    let prices = [[1.8, 0.7], [0.1, 0.3], [1.8, 0.5]];
    let bundles = [[1.5, 1.0], [1.1, 1.5], [1.9, 0.8]];
    let alone = Panel::from_rows(&prices, &bundles).unwrap();
    for size in [1e-200, 1e-15, 1.0, 1e15, 1e200] {
        let pump = beside(&alone, 1.0, size, 3).money_pump().unwrap();
        assert!((pump.index - 1.22 / 4.38).abs() < 1e-15, "{size:e}: {}", pump.index);
        assert_eq!(pump.cycle, [1, 2]);
    }
}

#[test]
fn spending_without_digits_is_named() {
    let found = Panel::from_rows(&[[1e-300], [1.0]], &[[1e-20], [1.0]]).unwrap_err();
    assert!(matches!(found, PanelError::Underflow { observation: 0, .. }), "{found}");
    let found = Panel::from_rows(&[[1e-300], [1.0]], &[[1e-200], [1.0]]).unwrap_err();
    assert!(matches!(found, PanelError::Underflow { observation: 0, .. }), "{found}");
}
