//! Families of orders: correlations, common orders and widths against enumeration.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use relata_debreu::families::*;
use relata_kernels::rank::linear_orders;
use relata_relations::{Interval, Points, Seed, evaluate};

fn permutations(n: usize) -> Vec<Vec<usize>> {
    if n == 0 {
        return vec![vec![]];
    }
    let mut all = Vec::new();
    for shorter in permutations(n - 1) {
        for at in 0..n {
            let mut p = shorter.clone();
            p.insert(at, n - 1);
            all.push(p);
        }
    }
    all
}

/// Orders of `n` items by random directions in `R^d`.
fn linear(m: usize, n: usize, d: usize, seed: u64) -> OrderFamily {
    let mut s = Seed(seed).stream("linear");
    let items: Vec<Vec<f64>> = (0..n).map(|_| (0..d).map(|_| s.normal()).collect()).collect();
    let row = |s: &mut relata_relations::Stream| {
        let q: Vec<f64> = (0..d).map(|_| s.normal()).collect();
        items.iter().map(|i| i.iter().zip(&q).map(|(a, b)| a * b).sum()).collect()
    };
    OrderFamily::new((0..m).map(|_| row(&mut s)).collect()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn kendall_by_pairs(v in prop::collection::vec((0i8..6, 0i8..6), 0..60)) {
        let a: Vec<f64> = v.iter().map(|p| f64::from(p.0)).collect();
        let b: Vec<f64> = v.iter().map(|p| f64::from(p.1)).collect();
        let k = kendall(&a, &b).unwrap();
        let (mut c, mut d, mut t1, mut t2) = (0, 0, 0, 0);
        for i in 0..v.len() {
            for j in 0..i {
                let s = (v[i].0 - v[j].0).signum() * (v[i].1 - v[j].1).signum();
                c += u64::from(s > 0);
                d += u64::from(s < 0);
                t1 += u64::from(v[i].0 == v[j].0);
                t2 += u64::from(v[i].1 == v[j].1);
            }
        }
        prop_assert_eq!((k.concordant, k.discordant, k.tied_first, k.tied_second), (c, d, t1, t2));
    }

    #[test]
    fn common_order_by_all_orders(m in 1usize..6, seed in any::<u64>()) {
        let mut s = Seed(seed).stream("common");
        let n = 5;
        let rows: Vec<Vec<f64>> = (0..m).map(|_| (0..n).map(|_| s.below(4) as f64).collect()).collect();
        let f = OrderFamily::new(rows.clone()).unwrap();
        let common = f.common_order().unwrap();
        let strict: Vec<(usize, usize)> = rows
            .iter()
            .flat_map(|u| (0..n).flat_map(move |i| (0..n).map(move |j| (u, i, j))))
            .filter(|(u, i, j)| u[*i] < u[*j])
            .map(|(_, i, j)| (i, j))
            .collect();
        prop_assume!(!strict.is_empty());
        let agreeing = |rank: &dyn Fn(usize) -> usize| strict.iter().filter(|&&(i, j)| rank(i) < rank(j)).count();
        let best = permutations(n).iter().map(|p| agreeing(&|i| p.iter().position(|&x| x == i).unwrap())).max().unwrap();
        prop_assert!(common.is_best());
        prop_assert!((common.agreement - best as f64 / strict.len() as f64).abs() < 1e-12);
        prop_assert_eq!(agreeing(&|i| common.ranks[i] as usize), best);
    }

    #[test]
    fn widths_of_linear_families_are_bracketed(m in 1usize..12, n in 2usize..8, d in 1usize..4, seed in any::<u64>()) {
        let f = linear(m, n, d, seed);
        let w = f.width(&WidthParams { sweeps: 100, restarts: 1, ..WidthParams::default() });
        // The truth is at most d, at most n - 1, and the factors must prove the upper end.
        prop_assert!(w.bracket.lower <= d.min(n - 1), "{:?} by {:?}", w.bracket, w.lower_by);
        prop_assert!(w.bracket.lower <= w.bracket.upper);
        prop_assert_eq!(w.queries.ncols(), w.bracket.upper);
        prop_assert!(f.represented_by(&w.queries, &w.items));
        for (x, u) in f.utilities().iter().enumerate() {
            let score = |i: usize| -> f64 { (0..w.bracket.upper).map(|k| w.queries[(x, k)] * w.items[(i, k)]).sum() };
            for i in 0..n {
                for j in 0..n {
                    prop_assert!(u[i] >= u[j] || score(i) < score(j));
                }
            }
        }
        // Monotone transformations of utilities change nothing.
        let bent = OrderFamily::new(f.utilities().iter().map(|u| u.iter().map(|v| v.exp()).collect()).collect()).unwrap();
        prop_assert_eq!(bent.width(&WidthParams { sweeps: 100, restarts: 1, ..WidthParams::default() }).bracket, w.bracket);
    }

    #[test]
    fn families_with_ties_are_represented(m in 1usize..8, n in 1usize..7, seed in any::<u64>()) {
        let mut s = Seed(seed).stream("ties");
        let f = OrderFamily::new((0..m).map(|_| (0..n).map(|_| s.below(3) as f64).collect()).collect()).unwrap();
        let w = f.width(&WidthParams { sweeps: 50, restarts: 1, ..WidthParams::default() });
        prop_assert!(w.bracket.lower <= w.bracket.upper);
        prop_assert!(f.represented_by(&w.queries, &w.items));
    }
}

#[test]
fn all_orders_need_all_but_one_dimension() {
    for n in 2..=5 {
        let all = permutations(n);
        let f = OrderFamily::from_rankings(n, &all).unwrap();
        assert_eq!(f.distinct_orders().len(), all.len());
        let w = f.width(&WidthParams::default());
        assert_eq!(w.bracket.exact(), Some(n - 1), "{n}: {:?}", w.lower_by);
    }
}

#[test]
fn one_order_and_its_reverse_have_width_one() {
    let w =
        OrderFamily::from_rankings(4, &[[0, 1, 2, 3], [3, 2, 1, 0]]).unwrap().width(&WidthParams::default());
    assert_eq!(w.bracket.exact(), Some(1));
    let w =
        OrderFamily::from_rankings(4, &[[0, 1, 2, 3], [3, 2, 0, 1]]).unwrap().width(&WidthParams::default());
    assert_eq!((w.bracket.exact(), w.lower_by), (Some(2), WidthLower::TwoOrders));
    let flat = OrderFamily::new(vec![vec![1.0; 3]; 2]).unwrap().width(&WidthParams::default());
    assert_eq!(flat.bracket.exact(), Some(0));
}

#[test]
fn orders_that_fit_no_plane() {
    // As many orders as the plane could induce, but with inversions that cannot be nested.
    let f = OrderFamily::from_rankings(4, &[[0, 1, 2, 3], [1, 0, 2, 3], [0, 1, 3, 2], [0, 2, 1, 3]]).unwrap();
    assert!(f.distinct_orders().len() as u128 <= linear_orders(4, 2).unwrap());
    let w = f.width(&WidthParams::default());
    assert_eq!(w.bracket.exact(), Some(3), "{:?}", w.lower_by);
}

#[test]
fn the_measure_utility_of_near_things() {
    let mut s = Seed(1).stream("sample");
    let sample = Points::line((0..4_000).map(|_| s.uniform()).collect()).unwrap();
    let near = |x: &[f64], z: &[f64], y: &[f64]| (y[0] - x[0]).abs().total_cmp(&(z[0] - x[0]).abs());
    let r = measure_family(Interval::unit(), Interval::unit(), sample, near);
    let grid = Points::line((0..21).map(|i| f64::from(i) / 20.0).collect()).unwrap();
    let u = evaluate(&r, &grid, &grid).unwrap();
    let bound = relata_debreu::continuous::dkw_bound(4_000, 1e-6);
    for i in 0..21 {
        for j in 0..21 {
            let (x, y): (f64, f64) = (grid.row(i)[0], grid.row(j)[0]);
            let reach = (y - x).abs();
            let within = (x + reach).min(1.0) - (x - reach).max(0.0);
            assert!((u[(i, j)] - (1.0 - within)).abs() < bound, "{x} {y}");
        }
    }
}

#[test]
fn families_name_what_is_wrong() {
    assert_eq!(OrderFamily::new(vec![]).unwrap_err(), FamilyError::Empty);
    assert_eq!(
        OrderFamily::from_rankings(3, &[vec![0, 1, 2], vec![0, 1, 1]]).unwrap_err(),
        FamilyError::NotAnOrder { query: 1, items: 3 }
    );
    assert!(matches!(
        OrderFamily::new(vec![vec![0.0, f64::NAN]]),
        Err(FamilyError::NonFinite { query: 0, item: 1, .. })
    ));
    let r = OrderFamily::from_rankings(2, &[[0, 1], [1, 0]]).unwrap().relation().unwrap();
    let index = Points::line(vec![0.0, 1.0]).unwrap();
    assert!(evaluate(&r, &index, &index).unwrap()[(0, 0)] > 0.5);
}
