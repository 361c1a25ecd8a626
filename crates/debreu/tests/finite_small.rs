//! Brute force on every small relation: nothing here shares an algorithm with the crate.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use relata_debreu::finite::*;

fn relation(n: usize, bits: u64) -> BinaryRelation {
    BinaryRelation::from_fn(n, |i, j| bits >> (i * n + j) & 1 == 1).unwrap()
}

fn is_transitive(r: &BinaryRelation) -> bool {
    let n = r.len();
    (0..n)
        .all(|a| (0..n).all(|b| (0..n).all(|c| !(r.contains(a, b) && r.contains(b, c)) || r.contains(a, c))))
}

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

/// All weak orders as level vectors (with repetitions of the same order; harmless).
fn level_vectors(n: usize) -> Vec<Vec<u32>> {
    (0..n.pow(n as u32))
        .map(|mut code| {
            (0..n)
                .map(|_| {
                    let l = code % n;
                    code /= n;
                    l as u32
                })
                .collect()
        })
        .collect()
}

#[test]
fn all_relations_on_three_elements() {
    let mut preorders = 0;
    for bits in 0..1u64 << 9 {
        let r = relation(3, bits);
        let reflexive = (0..3).all(|i| r.contains(i, i));
        match Preorder::new(r.clone()) {
            Ok(_) => {
                assert!(reflexive && is_transitive(&r));
                preorders += 1;
            }
            Err(PreorderError::NotReflexive { element }) => assert!(!r.contains(element, element)),
            Err(PreorderError::NotTransitive { low, middle, high }) => {
                assert!(r.contains(low, middle) && r.contains(middle, high) && !r.contains(low, high));
            }
            Err(e) => panic!("{e}"),
        }
    }
    assert_eq!(preorders, 29); // topologies on three labelled points
}

#[test]
fn there_are_355_preorders_on_four_elements() {
    let mut count = 0;
    let mut total = 0;
    for off_diagonal in 0..1u64 << 12 {
        let mut bits = 0u64;
        let mut k = 0;
        for i in 0..4 {
            for j in 0..4 {
                let one = if i == j {
                    true
                } else {
                    k += 1;
                    off_diagonal >> (k - 1) & 1 == 1
                };
                bits |= u64::from(one) << (i * 4 + j);
            }
        }
        let r = relation(4, bits);
        let Ok(p) = Preorder::new(r.clone()) else {
            assert!(!is_transitive(&r));
            continue;
        };
        count += 1;
        let represented = level_vectors(4)
            .iter()
            .any(|u| (0..4).all(|i| (0..4).all(|j| p.at_most(i, j) == (u[i] <= u[j]))));
        let u = rank_utility(4, Check::AllPairs, |i, j| p.compare(i, j));
        assert_eq!(u.is_ok(), represented);
        assert_eq!(p.first_incomparable().is_none(), represented);
        total += usize::from(represented);
    }
    assert_eq!((count, total), (355, 75)); // A000798, and the ordered Bell number
}

fn random_relation(n: usize, density: f64) -> impl Strategy<Value = BinaryRelation> {
    prop::collection::vec(prop::bool::weighted(density), n * n)
        .prop_map(move |m| BinaryRelation::from_fn(n, |i, j| m[i * n + j]).unwrap())
}

fn small_preorder() -> impl Strategy<Value = Preorder> {
    (1usize..=7, 0.02f64..0.4)
        .prop_flat_map(|(n, d)| random_relation(n, d))
        .prop_map(|r| Preorder::closure_of(&r))
}

fn small_partial_order() -> impl Strategy<Value = Preorder> {
    small_preorder().prop_map(|p| p.quotient())
}

fn linear_extensions(q: &Preorder) -> Vec<Vec<usize>> {
    let n = q.len();
    permutations(n)
        .into_iter()
        .filter(|p| (0..n).all(|i| (i + 1..n).all(|j| !q.at_most(p[j], p[i]))))
        .collect()
}

/// Whether `size` of the linear extensions intersect to the order.
fn realised_by(q: &Preorder, extensions: &[Vec<usize>], size: usize) -> bool {
    let n = q.len();
    let pairs: Vec<(usize, usize)> = (0..n)
        .flat_map(|a| (0..n).map(move |b| (a, b)))
        .filter(|&(a, b)| q.compare(a, b).is_none())
        .collect();
    if pairs.is_empty() {
        return true;
    }
    let mut masks: Vec<u64> = extensions
        .iter()
        .map(|e| {
            let mut pos = vec![0; n];
            e.iter().enumerate().for_each(|(k, &x)| pos[x] = k);
            pairs.iter().enumerate().fold(0, |m, (k, &(a, b))| m | u64::from(pos[a] > pos[b]) << k)
        })
        .collect();
    masks.sort_unstable();
    masks.dedup();
    let full = (1u64 << pairs.len()) - 1;
    fn cover(masks: &[u64], have: u64, full: u64, left: usize) -> bool {
        if have == full {
            return true;
        }
        if left == 0 {
            return false;
        }
        let first = (!have & full).trailing_zeros();
        masks.iter().filter(|m| *m >> first & 1 == 1).any(|m| cover(masks, have | m, full, left - 1))
    }
    cover(&masks, 0, full, size)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn closure_is_reachability(r in (1usize..=7).prop_flat_map(|n| random_relation(n, 0.2))) {
        let n = r.len();
        let p = Preorder::closure_of(&r);
        for i in 0..n {
            // Reachability by repeated relaxation.
            let mut seen = vec![false; n];
            seen[i] = true;
            for _ in 0..n {
                for a in 0..n {
                    for b in 0..n {
                        seen[b] |= seen[a] && r.contains(a, b);
                    }
                }
            }
            for j in 0..n {
                prop_assert_eq!(p.at_most(i, j), seen[j]);
            }
        }
    }

    #[test]
    fn covers_are_the_smallest_relation_with_the_same_closure(q in small_partial_order()) {
        let n = q.len();
        let covers = q.covers();
        let rebuilt = Preorder::closure_of(&BinaryRelation::from_pairs(n, covers.iter().copied()).unwrap());
        prop_assert_eq!(&rebuilt, &q);
        for leave_out in 0..covers.len() {
            let fewer = covers.iter().enumerate().filter(|(k, _)| *k != leave_out).map(|(_, c)| *c);
            prop_assert_ne!(&Preorder::closure_of(&BinaryRelation::from_pairs(n, fewer).unwrap()), &q);
        }
    }

    #[test]
    fn extensions_dimension_width_and_height_agree_with_brute_force(q in small_partial_order()) {
        let n = q.len();
        let extensions = linear_extensions(&q);
        prop_assert_eq!(count_linear_extensions(&q).unwrap(), extensions.len() as u128);
        let realizer = multi_utility(&q, 1_000_000).unwrap();
        let d = realizer.len();
        prop_assert!(realised_by(&q, &extensions, d));
        prop_assert!(d == 1 || !realised_by(&q, &extensions, d - 1));
        prop_assert_eq!(&Preorder::from_utilities(n, &realizer).unwrap(), &q);
        let subsets = |good: &dyn Fn(usize, usize) -> bool| {
            (0..1usize << n)
                .filter(|s| {
                    let members: Vec<usize> = (0..n).filter(|i| s >> i & 1 == 1).collect();
                    members.iter().all(|&a| members.iter().all(|&b| a >= b || good(a, b)))
                })
                .map(|s| s.count_ones() as usize)
                .max()
                .unwrap()
        };
        prop_assert_eq!(longest_chain(&q).len(), subsets(&|a, b| q.compare(a, b).is_some()));
        prop_assert_eq!(width(&q).antichain.len(), subsets(&|a, b| q.compare(a, b).is_none()));
    }

    #[test]
    fn fewest_dropped_by_brute_force(n in 2usize..=5, edges in prop::collection::vec((0usize..5, 0usize..5, any::<bool>()), 1..25)) {
        let mut c = Comparisons::new(n).unwrap();
        for (a, b, strict) in edges {
            let strength = if strict { Strength::Strict } else { Strength::Weak };
            c.push(a % n, b % n, strength).unwrap();
        }
        let fewest = level_vectors(n).iter().map(|u| c.contradicted_by(u).len()).min().unwrap();
        let d = drop_fewest(&c);
        prop_assert_eq!(d.places.len(), fewest);
        prop_assert!(d.is_minimum());
        prop_assert!(c.without(&d.places).utility().is_ok());
        prop_assert_eq!(c.utility().is_ok(), fewest == 0);
    }

    #[test]
    fn fewest_strict_dropped_by_all_orders(edges in prop::collection::vec((0usize..7, 0usize..7), 1..40)) {
        let mut c = Comparisons::new(7).unwrap();
        edges.iter().for_each(|&(a, b)| c.strict(a, b).unwrap());
        let fewest = permutations(7).iter().map(|u| c.contradicted_by(u).len()).min().unwrap();
        prop_assert_eq!(drop_fewest(&c).places.len(), fewest);
    }

    #[test]
    fn a_cycle_is_a_cycle(n in 2usize..=7, edges in prop::collection::vec((0usize..7, 0usize..7, any::<bool>()), 1..25)) {
        let mut c = Comparisons::new(n).unwrap();
        for (a, b, strict) in edges {
            c.push(a % n, b % n, if strict { Strength::Strict } else { Strength::Weak }).unwrap();
        }
        match c.utility() {
            Ok(u) => prop_assert!(c.contradicted_by(u.ranks()).is_empty()),
            Err(ComparisonsError::Cycle { items, comparisons }) => {
                prop_assert_eq!(items.len(), comparisons.len());
                let mut strict = false;
                for (k, &place) in comparisons.iter().enumerate() {
                    let e = c.get(place).unwrap();
                    prop_assert_eq!((e.lower, e.upper), (items[k], items[(k + 1) % items.len()]));
                    strict |= e.strength == Strength::Strict;
                }
                prop_assert!(strict);
            }
            Err(e) => prop_assert!(false, "{}", e),
        }
    }

    #[test]
    fn semiorders_and_interval_orders_by_pattern_search(n in 1usize..=7, seed in any::<u64>(), kind in 0..3) {
        let p = match kind {
            // Arbitrary, a random interval order, a random semiorder.
            0 => BinaryRelation::from_fn(n, |i, j| i != j && seed.rotate_left((i * 7 + j) as u32) & 3 == 0).unwrap(),
            1 => {
                let end = |i: usize, s: u32| (seed.rotate_left(9 * i as u32 + s) % 10) as i64;
                BinaryRelation::from_fn(n, |i, j| end(i, 0) + end(i, 31) < end(j, 0)).unwrap()
            }
            _ => BinaryRelation::from_fn(n, |i, j| {
                let u = |i: usize| (seed.rotate_left(9 * i as u32) % 20) as i64;
                u(j) > u(i) + 5
            })
            .unwrap(),
        };
        let has = |a: usize, b: usize| p.contains(a, b);
        let all = || (0..n).flat_map(move |a| (0..n).map(move |b| (a, b)));
        let irreflexive = (0..n).all(|i| !has(i, i));
        let ferrers = all().filter(|&(a, b)| has(a, b)).all(|(a, b)| all().filter(|&(c, d)| has(c, d)).all(|(c, d)| has(a, d) || has(c, b)));
        let no_three_one = all().filter(|&(a, b)| has(a, b)).all(|(a, b)| (0..n).filter(|&c| has(b, c)).all(|c| (0..n).all(|d| has(a, d) || has(d, c))));
        match interval_utility(&p) {
            Ok(u) => {
                prop_assert!(irreflexive && ferrers);
                for (a, b) in all() {
                    prop_assert_eq!(has(a, b), u.upper[a] < u.lower[b]);
                }
                prop_assert!((0..n).all(|a| u.lower[a] <= u.upper[a]));
            }
            Err(ForbiddenPattern::Loop { element }) => prop_assert!(has(element, element)),
            Err(ForbiddenPattern::TwoPlusTwo { low_1, high_1, low_2, high_2 }) => {
                prop_assert!(has(low_1, high_1) && has(low_2, high_2) && !has(low_1, high_2) && !has(low_2, high_1));
            }
            Err(e) => prop_assert!(false, "{}", e),
        }
        match semiorder_utility(&p) {
            Ok(u) => {
                prop_assert!(irreflexive && ferrers && no_three_one);
                for (a, b) in all() {
                    prop_assert_eq!(has(a, b), u.utility[b] > u.utility[a] + u.threshold);
                }
            }
            Err(ForbiddenPattern::ThreePlusOne { low, middle, high, apart }) => {
                prop_assert!(has(low, middle) && has(middle, high));
                prop_assert!([low, middle, high].iter().all(|&x| !has(x, apart) && !has(apart, x)));
            }
            Err(_) => prop_assert!(!(irreflexive && ferrers)),
        }
    }
}
