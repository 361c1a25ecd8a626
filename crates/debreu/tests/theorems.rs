//! Representation theorems on random data with up to 60 elements, in both directions: where the
//! hypothesis holds there is a representation, and where it fails there is none and the witness
//! shows it. Hypotheses are decided here from their definitions.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use relata_debreu::continuous::{Dyadic, MeasureUtility, two_sided_sum};
use relata_debreu::finite::*;
use relata_debreu::revealed::{AfriatError, Panel};
use relata_relations::{Points, Seed};

/// Which elements are reachable from which, by relaxation over all triples.
fn reachable(n: usize, edges: &[(usize, usize)]) -> Vec<Vec<bool>> {
    let mut r: Vec<Vec<bool>> = (0..n).map(|i| (0..n).map(|j| i == j).collect()).collect();
    edges.iter().for_each(|&(a, b)| r[a][b] = true);
    for k in 0..n {
        let through = r[k].clone();
        for row in r.iter_mut().filter(|row| row[k]) {
            row.iter_mut().zip(&through).for_each(|(a, b)| *a |= b);
        }
    }
    r
}

/// Whether the sets are nested.
fn nested(sets: &[Vec<bool>]) -> bool {
    let within = |a: &[bool], b: &[bool]| a.iter().zip(b).all(|(x, y)| !x || *y);
    sets.iter().all(|a| sets.iter().all(|b| within(a, b) || within(b, a)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(80))]

    /// Birkhoff and Debreu: the two-sided sum over `Z` represents a total preorder iff `Z` is
    /// order-dense.
    #[test]
    fn sums_represent_exactly_where_the_set_is_dense(hidden in prop::collection::vec(0u32..30, 1..60), kept in any::<u32>()) {
        let z: Vec<u32> = (0..30).filter(|k| kept >> k & 1 == 1 && hidden.contains(k)).collect();
        let u: Vec<Dyadic> = hidden.iter().map(|x| two_sided_sum(z.len(), |k| z[k - 1].cmp(x))).collect();
        let all = || hidden.iter().zip(&u).flat_map(|p| hidden.iter().zip(&u).map(move |q| (p, q)));
        let dense = all().all(|((x, _), (y, _))| x >= y || z.iter().any(|z| x <= z && z <= y));
        let represents = all().all(|((x, ux), (y, uy))| x.cmp(y) == ux.cmp(uy));
        prop_assert_eq!(represents, dense);
    }

    /// Suzumura: comparisons extend to a total preorder iff no cycle has a strict one.
    #[test]
    fn comparisons_have_a_utility_iff_they_are_consistent(n in 2usize..=60, seed in any::<u64>(), against in 0usize..4) {
        let mut s = Seed(seed).stream("comparisons");
        let place = s.permutation(n);
        let mut edges = Vec::new();
        for k in 0..2 * n {
            let (a, b) = (s.below(n), s.below(n));
            // A few against an order, so that both outcomes occur.
            let up = (place[a] <= place[b]) != (k < against);
            let (a, b) = if up { (a, b) } else { (b, a) };
            edges.push((a, b, a != b && s.below(3) > 0));
        }
        let mut c = Comparisons::new(n).unwrap();
        for &(a, b, strict) in &edges {
            c.push(a, b, if strict { Strength::Strict } else { Strength::Weak }).unwrap();
        }
        let r = reachable(n, &edges.iter().map(|e| (e.0, e.1)).collect::<Vec<_>>());
        let consistent = edges.iter().all(|&(a, b, strict)| !strict || !r[b][a]);
        match c.utility() {
            Ok(u) => {
                prop_assert!(consistent);
                let u = u.ranks();
                let agrees = |&(a, b, strict): &(usize, usize, bool)| u[a] < u[b] || (!strict && u[a] == u[b]);
                prop_assert!(edges.iter().all(agrees));
            }
            Err(ComparisonsError::Cycle { comparisons, .. }) => {
                prop_assert!(!consistent);
                let cycle: Vec<_> = comparisons.iter().map(|&p| edges[p]).collect();
                prop_assert!((0..cycle.len()).all(|k| cycle[k].1 == cycle[(k + 1) % cycle.len()].0));
                prop_assert!(cycle.iter().any(|e| e.2));
            }
            Err(e) => prop_assert!(false, "{}", e),
        }
    }

    /// Fishburn, and Scott and Suppes: intervals iff no 2+2, a threshold iff also no 3+1.
    #[test]
    fn intervals_and_thresholds_iff_no_pattern(n in 1usize..=60, seed in any::<u64>(), equal in any::<bool>(), flips in 0usize..3) {
        let mut s = Seed(seed).stream("intervals");
        let ends: Vec<(f64, f64)> = (0..n).map(|_| {
            let low = s.uniform();
            (low, low + if equal { 0.2 } else { 0.4 * s.uniform() })
        }).collect();
        let flipped: Vec<(usize, usize)> = (0..flips).map(|_| (s.below(n), s.below(n))).filter(|p| p.0 != p.1).collect();
        let p = BinaryRelation::from_fn(n, |i, j| (ends[i].1 < ends[j].0) != flipped.contains(&(i, j))).unwrap();
        let down: Vec<Vec<bool>> = (0..n).map(|j| (0..n).map(|i| p.contains(i, j)).collect()).collect();
        let ferrers = nested(&down);
        let apart = |d: usize, x: usize| !p.contains(d, x) && !p.contains(x, d);
        let three_one = (0..n).any(|d| (0..n).any(|b| apart(d, b)
            && (0..n).any(|a| p.contains(a, b) && apart(d, a)) && (0..n).any(|c| p.contains(b, c) && apart(d, c))));
        match interval_utility(&p) {
            Ok(u) => {
                prop_assert!(ferrers);
                prop_assert!((0..n).all(|i| u.lower[i] <= u.upper[i] && (0..n).all(|j| p.contains(i, j) == (u.upper[i] < u.lower[j]))));
            }
            Err(ForbiddenPattern::TwoPlusTwo { low_1, high_1, low_2, high_2 }) => {
                prop_assert!(!ferrers && p.contains(low_1, high_1) && p.contains(low_2, high_2));
                prop_assert!(!p.contains(low_1, high_2) && !p.contains(low_2, high_1));
            }
            Err(e) => prop_assert!(false, "{}", e),
        }
        match semiorder_utility(&p) {
            Ok(u) => {
                prop_assert!(ferrers && !three_one);
                prop_assert!((0..n).all(|i| (0..n).all(|j| p.contains(i, j) == (u.utility[j] > u.utility[i] + u.threshold))));
            }
            Err(_) => prop_assert!(!ferrers || three_one),
        }
    }

    /// Ducamp and Falmagne: two utilities iff the rows are nested.
    #[test]
    fn biorders_iff_rows_are_nested(rows in 1usize..=60, columns in 1usize..=60, seed in any::<u64>(), flips in 0usize..3) {
        let mut s = Seed(seed).stream("biorder");
        let f: Vec<usize> = (0..rows).map(|_| s.below(12)).collect();
        let g: Vec<usize> = (0..columns).map(|_| s.below(12)).collect();
        let flipped: Vec<(usize, usize)> = (0..flips).map(|_| (s.below(rows), s.below(columns))).collect();
        let sets: Vec<Vec<bool>> =
            (0..rows).map(|x| (0..columns).map(|y| (f[x] > g[y]) != flipped.contains(&(x, y))).collect()).collect();
        match biorder_utility(rows, columns, |x, y| sets[x][y]) {
            Ok(u) => {
                prop_assert!(nested(&sets));
                prop_assert!((0..rows).all(|x| (0..columns).all(|y| sets[x][y] == (u.rows[x] > u.columns[y]))));
            }
            Err(e) => {
                prop_assert!(!nested(&sets));
                prop_assert!(sets[e.row_1][e.column_1] && sets[e.row_2][e.column_2]);
                prop_assert!(!sets[e.row_1][e.column_2] && !sets[e.row_2][e.column_1]);
            }
        }
    }

    /// Dushnik and Miller: a preorder is total iff one utility represents it, and intersections of
    /// weak orders come back.
    #[test]
    fn intersections_of_weak_orders_are_represented_by_no_more(n in 1usize..=60, k in 1usize..=3, seed in any::<u64>()) {
        let mut s = Seed(seed).stream("intersection");
        let us: Vec<Vec<usize>> = (0..k).map(|_| (0..n).map(|_| s.below(8)).collect()).collect();
        let p = Preorder::from_utilities(n, &us).unwrap();
        let one = multi_utility(&p, 200_000);
        if let Ok(fewest) = one {
            prop_assert!(fewest.len() <= k);
            prop_assert_eq!(fewest.len() == 1, p.first_incomparable().is_none());
            prop_assert_eq!(&Preorder::from_utilities(n, &fewest).unwrap(), &p);
        }
        let total = rank_utility(n, Check::AllPairs, |i, j| p.compare(i, j));
        prop_assert_eq!(total.is_ok(), p.first_incomparable().is_none());
    }

    /// Afriat: numbers iff GARP, with GARP decided by reachability.
    #[test]
    fn afriat_numbers_iff_garp(t in 2usize..=60, goods in 2usize..5, seed in any::<u64>(), noise in 0.0f64..0.3) {
        let mut s = Seed(seed).stream("panel");
        let share: Vec<f64> = (0..goods).map(|_| 0.2 + s.uniform()).collect();
        let (mut p, mut x) = (Vec::new(), Vec::new());
        for _ in 0..t {
            for a in &share {
                let price = 0.5 + s.uniform();
                p.push(price);
                x.push(a / price * (noise * s.normal()).exp());
            }
        }
        let panel = Panel::new(Points::new(goods, p).unwrap(), Points::new(goods, x).unwrap()).unwrap();
        let spent = |t: usize, s: usize| panel.expenditure(t, s);
        let all = || (0..t).flat_map(|a| (0..t).map(move |b| (a, b)));
        let edges: Vec<(usize, usize)> = all().filter(|&(a, b)| spent(a, b) <= spent(a, a)).collect();
        let r = reachable(t, &edges);
        let garp = all().all(|(a, b)| !(r[a][b] && spent(b, a) < spent(b, b)));
        prop_assert_eq!(panel.garp().is_ok(), garp);
        match panel.afriat() {
            Ok(u) => {
                prop_assert!(garp);
                for (a, b) in all() {
                    let rise = u.multipliers()[a] * (spent(a, b) - spent(a, a));
                    let scale = u.utilities()[b].abs() + u.utilities()[a].abs() + rise.abs() + 1.0;
                    prop_assert!(u.utilities()[b] - u.utilities()[a] - rise <= 1e-12 * scale);
                }
            }
            Err(AfriatError::Garp(_)) => prop_assert!(!garp),
            Err(e) => prop_assert!(false, "{}", e),
        }
    }
}

/// The measure utility needs a connected space: on `[0, 1]` and `[2, 3]` nothing lies between 1 and
/// 2.
#[test]
fn the_measure_utility_needs_connectedness() {
    let sample: Vec<f64> =
        (0..1_000).map(|k| (f64::from(k) + 0.5) / 500.0).map(|x| if x < 1.0 { x } else { x + 1.0 }).collect();
    let u = MeasureUtility::new(sample, f64::total_cmp).unwrap();
    assert!((u.value(&1.0) - u.value(&2.0)).abs() < 1e-15);
    assert!(u.value(&0.9) < u.value(&1.0) && u.value(&2.0) < u.value(&2.1));
}
