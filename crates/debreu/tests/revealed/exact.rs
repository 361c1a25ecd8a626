//! Panels of decimals, Varian's index and power, against whole numbers and brute force.

use super::{coarse, cycles, random};
use proptest::prelude::*;
use relata_debreu::revealed::*;
use relata_files::Decimal;
use relata_relations::Seed;

fn decimals(values: impl IntoIterator<Item = f64>, exponent: i32) -> Vec<Decimal> {
    values.into_iter().map(|v| Decimal { mantissa: v as i128, exponent }).collect()
}

/// The largest mean of efficiencies, over all levels at which pairs can be broken.
fn varian(panel: &Panel) -> f64 {
    let n = panel.len();
    let ratio = |t: usize, s: usize| panel.expenditure(t, s) / panel.expenditure(t, t);
    let levels: Vec<Vec<f64>> = (0..n)
        .map(|t| {
            let mut of: Vec<f64> =
                (0..n).filter(|&s| s != t).map(|s| ratio(t, s)).filter(|r| *r <= 1.0).collect();
            of.push(f64::INFINITY);
            of
        })
        .collect();
    let all = cycles(n);
    let mut best = f64::NEG_INFINITY;
    let mut at = vec![0; n];
    loop {
        let level = |t: usize| levels[t][at[t]];
        // Pairs that are affordable at efficiencies just below the levels.
        let alive = |t: usize, s: usize| ratio(t, s) <= 1.0 && ratio(t, s) < level(t);
        let violating = |c: &Vec<usize>| {
            let pairs: Vec<(usize, usize)> = (0..c.len()).map(|k| (c[k], c[(k + 1) % c.len()])).collect();
            pairs.iter().all(|&(t, s)| alive(t, s)) && pairs.iter().any(|&(t, s)| ratio(t, s) < 1.0)
        };
        if !all.iter().any(violating) {
            best = best.max((0..n).map(|t| level(t).min(1.0)).sum::<f64>() / n as f64);
        }
        let Some(k) = (0..n).find(|&k| at[k] + 1 < levels[k].len()) else { return best };
        at[k] += 1;
        at[..k].fill(0);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn varians_index_is_the_best_of_all_levels(t in 2usize..=4, goods in 2usize..4, seed in any::<u64>(), ties in any::<bool>()) {
        let panel = if ties { coarse(t, goods, seed) } else { random(t, goods, seed) };
        let found = panel.varian(1_000_000);
        prop_assert!(found.is_exact);
        prop_assert!((found.index() - varian(&panel)).abs() < 1e-12, "{} {}", found.index(), varian(&panel));
        prop_assert!((found.upper_bound - found.index()).abs() < 1e-12);
        // It is at least the mean of equal efficiencies, and 1 exactly where none is needed.
        prop_assert!(found.index() >= panel.ccei().index - 1e-12);
        prop_assert_eq!(panel.garp().is_ok() || panel.ccei().index >= 1.0, found.index() >= 1.0);
    }

    #[test]
    fn a_budget_that_runs_out_leaves_a_bracket(seed in any::<u64>()) {
        let panel = coarse(14, 2, seed);
        let (short, long) = (panel.varian(3), panel.varian(10_000_000));
        prop_assert!(long.is_exact);
        prop_assert!(short.index() <= long.index() + 1e-12 && long.index() <= short.upper_bound + 1e-12);
    }

    /// Prices and quantities are small whole numbers of hundredths, or of any other unit: what is
    /// said of them is what is said of the whole numbers, where floating point is exact.
    #[test]
    fn decimals_are_whole_numbers_in_other_units(
        t in 2usize..=7, goods in 2usize..5, seed in any::<u64>(), price in -9i32..4, quantity in -9i32..4,
    ) {
        let whole = coarse(t, goods, seed);
        let of = |points: &relata_relations::Points| points.rows().flatten().copied().collect::<Vec<f64>>();
        let (p, x) = (of(whole.prices()), of(whole.quantities()));
        let panel = Panel::from_decimals(goods, &decimals(p, price), &decimals(x, quantity)).unwrap();
        prop_assert_eq!(panel.garp(), whole.garp());
        prop_assert_eq!(panel.sarp(), whole.sarp());
        prop_assert_eq!(panel.warp(), whole.warp());
        let (a, b) = (panel.ccei(), whole.ccei());
        prop_assert!((a.index - b.index).abs() < 1e-14 && a.attained == b.attained);
        prop_assert_eq!(panel.houtman_maks(100_000), whole.houtman_maks(100_000));
        prop_assert!((panel.varian(100_000).index() - whole.varian(100_000).index()).abs() < 1e-12);
        let (a, b) = (panel.money_pump(), whole.money_pump());
        prop_assert_eq!(a.is_some(), b.is_some());
        if let (Some(a), Some(b)) = (a, b) {
            prop_assert!((a.index - b.index).abs() < 1e-12, "{} {}", a.index, b.index);
        }
        match panel.afriat() {
            Ok(u) => prop_assert!(u.worst_violation() < 1e-12),
            Err(_) => prop_assert!(panel.garp().is_err()),
        }
        let some: Vec<usize> = (0..t).step_by(2).collect();
        prop_assert_eq!(panel.select(&some).unwrap().garp().is_ok(), whole.select(&some).unwrap().garp().is_ok());
        for a in 0..t {
            for b in 0..t {
                prop_assert_eq!(panel.compare(a, b), whole.compare(a, b));
            }
        }
    }
}

/// One unit in the thirty-eighth digit decides whether a bundle can be afforded.
#[test]
fn the_last_digit_decides() {
    let long = 10i128.pow(37);
    let d = |mantissa: i128| Decimal { mantissa, exponent: -37 };
    for more in [0, 1] {
        let prices = [1, 2, 2, 1].map(|p| d(p * long));
        let bundles = [d(long), d(2 * long), d(5 * long + more), d(0)];
        let panel = Panel::from_decimals(2, &prices, &bundles).unwrap();
        // At the second prices the first bundle is cheaper; at the first the second costs 5, which
        // is the budget, but for the last digit.
        assert_eq!(panel.garp().is_ok(), more == 1);
        assert_eq!(panel.money_pump().is_none(), more == 1);
        assert_eq!(panel.ccei().attained == Supremum::Attained, more == 1);
        assert_eq!(panel.compare(0, 1).is_eq(), more == 0);
    }
}

#[test]
fn power_is_the_share_of_random_panels_that_fail() {
    // Budgets that cross at equal amounts: a violation is that both buy mainly what is dear.
    let panel = Panel::from_rows(&[[1.0, 2.0], [2.0, 1.0]], &[[1.0, 1.0], [1.0, 1.0]]).unwrap();
    let power = panel.power(20_000, &mut Seed(1).stream("power"));
    // With share a of the first good at the first prices, x = (3a, 1.5 (1 - a)); the other bundle is
    // (1.5 b, 3 (1 - b)). Each can afford the other iff 1.5 b + 6 (1 - b) <= 3 and 6 a + 1.5 (1 - a)
    // <= 3: b >= 2/3 and a <= 1/3.
    let [low, high] = power.interval(4.0);
    assert!(low < 1.0 / 9.0 && 1.0 / 9.0 < high && high - low < 0.02, "{low} {high}");
    assert_eq!(power, panel.power(20_000, &mut Seed(1).stream("power")));
}
