//! Properties of random preorders with up to 60 elements, both directions of each representation.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use relata_debreu::finite::*;
use relata_relations::Seed;

fn preorder(max: usize) -> impl Strategy<Value = Preorder> {
    (1..=max, any::<u64>(), 0.0f64..2.5).prop_map(|(n, seed, mean_degree)| {
        let mut s = Seed(seed).stream("preorder");
        let edges = (mean_degree * n as f64) as usize;
        let pairs: Vec<(usize, usize)> = (0..edges).map(|_| (s.below(n), s.below(n))).collect();
        Preorder::closure_of(&BinaryRelation::from_pairs(n, pairs).unwrap())
    })
}

fn weak_order(max: usize) -> impl Strategy<Value = Vec<u32>> {
    (1..=max, 1u32..70).prop_flat_map(|(n, levels)| prop::collection::vec(0..levels, n))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn rank_utility_represents_a_total_preorder(hidden in weak_order(60)) {
        let n = hidden.len();
        let u = rank_utility(n, Check::AllPairs, |i, j| Some(hidden[i].cmp(&hidden[j]))).unwrap();
        let p = Preorder::from_utilities(n, &[u.ranks().to_vec()]).unwrap();
        for i in 0..n {
            for j in 0..n {
                prop_assert_eq!(p.at_most(i, j), hidden[i] <= hidden[j]);
            }
        }
        // Dense, with gaps of one.
        let mut values = u.ranks().to_vec();
        values.sort_unstable();
        values.dedup();
        prop_assert_eq!(values, (0..u.levels() as u32).collect::<Vec<_>>());
    }

    #[test]
    fn enough_comparisons_of_a_weak_order_give_it_back(hidden in weak_order(60)) {
        let n = hidden.len();
        let mut c = Comparisons::new(n).unwrap();
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by_key(|&i| hidden[i]);
        for w in order.windows(2) {
            if hidden[w[0]] < hidden[w[1]] { c.strict(w[0], w[1]).unwrap() } else { c.indifferent(w[0], w[1]).unwrap() }
        }
        let u = c.utility().unwrap();
        prop_assert!(u.is_total());
        for i in 0..n {
            for j in 0..n {
                prop_assert_eq!(u.ranks()[i] <= u.ranks()[j], hidden[i] <= hidden[j]);
            }
        }
    }

    #[test]
    fn a_lie_in_a_comparator_is_found(hidden in weak_order(60), pair in any::<(usize, usize)>()) {
        let n = hidden.len();
        let (a, b) = (pair.0 % n, pair.1 % n);
        prop_assume!(hidden[a] < hidden[b]);
        let cmp = |i: usize, j: usize| {
            let truth = hidden[i].cmp(&hidden[j]);
            Some(if (i, j) == (a, b) { truth.reverse() } else { truth })
        };
        prop_assert!(rank_utility(n, Check::AllPairs, cmp).is_err());
    }

    #[test]
    fn multi_utility_representations(p in preorder(60)) {
        let n = p.len();
        let greedy = greedy_multi_utility(&p);
        prop_assert_eq!(&Preorder::from_utilities(n, &greedy).unwrap(), &p);
        prop_assert!(greedy.len() <= width(&p).antichain.len().max(1));
        prop_assert_eq!(&Preorder::from_utilities(n, &up_set_utilities(&p)).unwrap(), &p);
        let u = richter_peleg_utility(&p);
        for i in 0..n {
            for j in 0..n {
                prop_assert!(!p.less(i, j) || u[i] < u[j]);
                prop_assert!(!p.indifferent(i, j) || u[i] == u[j]);
            }
        }
        // As few values as the longest chain needs.
        prop_assert_eq!(u.iter().max().map_or(0, |m| *m as usize + 1), longest_chain(&p).len());
    }

    #[test]
    fn smallest_multi_utility_is_no_larger_than_the_greedy_one(p in preorder(20)) {
        if let Ok(u) = multi_utility(&p, 200_000) {
            prop_assert_eq!(&Preorder::from_utilities(p.len(), &u).unwrap(), &p);
            prop_assert!(u.len() <= greedy_multi_utility(&p).len());
        }
    }

    #[test]
    fn dilworth_certifies_itself(p in preorder(60)) {
        let q = p.quotient();
        let w = width(&p);
        prop_assert_eq!(w.antichain.len(), w.chains.len());
        for (k, &a) in w.antichain.iter().enumerate() {
            prop_assert!(w.antichain[..k].iter().all(|&b| q.compare(a, b).is_none()));
        }
        let mut covered: Vec<usize> = w.chains.iter().flatten().copied().collect();
        covered.sort_unstable();
        prop_assert_eq!(covered, (0..q.len()).collect::<Vec<_>>());
        prop_assert!(w.chains.iter().all(|c| c.windows(2).all(|w| q.less(w[0], w[1]))));
        let chain = longest_chain(&p);
        prop_assert!(chain.windows(2).all(|w| q.less(w[0], w[1])));
    }

    #[test]
    fn classes_and_duality(p in preorder(60)) {
        let classes = p.classes();
        for i in 0..p.len() {
            for j in 0..p.len() {
                prop_assert_eq!(p.indifferent(i, j), classes.of()[i] == classes.of()[j]);
                prop_assert!(!p.less(i, j) || classes.of()[i] < classes.of()[j]);
            }
        }
        prop_assert_eq!(&p.dual().dual(), &p);
        prop_assert_eq!(&p.quotient().quotient(), &p.quotient());
        prop_assert_eq!(width(&p.dual()).antichain.len(), width(&p).antichain.len());
    }

    #[test]
    fn covers_rebuild_the_quotient(p in preorder(60)) {
        let q = p.quotient();
        let rebuilt = BinaryRelation::from_pairs(q.len(), p.covers()).unwrap();
        prop_assert_eq!(&Preorder::closure_of(&rebuilt), &q);
    }

    #[test]
    fn sampled_linear_extensions_extend(p in preorder(30), seed in any::<u64>()) {
        let q = p.quotient();
        let order = sample_linear_extension(&p, 0.1, &mut Seed(seed).stream("extension")).unwrap();
        for (k, &a) in order.iter().enumerate() {
            prop_assert!(order[k + 1..].iter().all(|&b| !q.less(b, a)));
        }
    }

    #[test]
    fn dropped_comparisons_are_bracketed(hidden in weak_order(60), seed in any::<u64>(), flips in 0usize..30) {
        let n = hidden.len();
        let mut s = Seed(seed).stream("flips");
        let mut c = Comparisons::new(n).unwrap();
        let mut flipped = 0;
        for k in 0..10 * n {
            let (a, b) = (s.below(n), s.below(n));
            if hidden[a] < hidden[b] {
                let flip = k < flips;
                flipped += usize::from(flip);
                if flip { c.strict(b, a).unwrap() } else { c.strict(a, b).unwrap() }
            } else if hidden[a] == hidden[b] {
                c.indifferent(a, b).unwrap();
            }
        }
        let d = drop_fewest(&c);
        prop_assert!(d.lower_bound <= d.places.len());
        // Undoing the flips is one way, so the lower bound may not exceed their number.
        prop_assert!(d.lower_bound <= flipped);
        prop_assert!(c.without(&d.places).utility().is_ok());
        prop_assert_eq!(&c.contradicted_by(&d.levels), &d.places);
    }

    #[test]
    fn thresholds_of_hidden_semiorders(n in 1usize..=60, seed in any::<u64>(), width in 0.0f64..3.0) {
        let mut s = Seed(seed).stream("semiorder");
        let u: Vec<f64> = (0..n).map(|_| s.uniform_in(0.0, 4.0)).collect();
        let p = BinaryRelation::from_fn(n, |i, j| u[j] > u[i] + width).unwrap();
        let t = semiorder_utility(&p).unwrap();
        for i in 0..n {
            for j in 0..n {
                prop_assert_eq!(p.contains(i, j), t.utility[j] > t.utility[i] + t.threshold);
            }
        }
        prop_assert_eq!(t.utility.iter().min(), Some(&0));
    }
}

#[test]
fn linear_extensions_are_sampled_uniformly() {
    // The N poset has 5 linear extensions; 5 000 draws, chi-square with 4 degrees of freedom.
    let n = Preorder::closure_of(&BinaryRelation::from_pairs(4, [(0, 2), (1, 2), (1, 3)]).unwrap());
    let mut stream = Seed(3).stream("uniformity");
    let mut counts = std::collections::BTreeMap::new();
    for _ in 0..5_000 {
        *counts.entry(sample_linear_extension(&n, 1e-3, &mut stream).unwrap()).or_insert(0.0) += 1.0;
    }
    assert_eq!(counts.len(), 5);
    let chi2: f64 = counts.values().map(|c: &f64| (c - 1_000.0).powi(2) / 1_000.0).sum();
    assert!(chi2 < 18.5, "chi-square {chi2}"); // 0.999 quantile
}

#[test]
fn known_numbers_of_linear_extensions_and_dimensions() {
    let antichain = Preorder::closure_of(&BinaryRelation::empty(15).unwrap());
    assert_eq!(count_linear_extensions(&antichain).unwrap(), 1_307_674_368_000);
    // The boolean lattice on three atoms: 48 linear extensions, dimension 3.
    let cube = Preorder::closure_of(&BinaryRelation::from_fn(8, |a, b| a & b == a).unwrap());
    assert_eq!(count_linear_extensions(&cube).unwrap(), 48);
    assert_eq!(multi_utility(&cube, 100_000).unwrap().len(), 3);
    // Standard examples S_n have dimension n.
    for n in 3..=5 {
        let s = BinaryRelation::from_fn(2 * n, |a, b| a < n && b >= n && b - n != a).unwrap();
        assert_eq!(multi_utility(&Preorder::closure_of(&s), 1_000_000).unwrap().len(), n);
    }
    // A 2 x k grid has Catalan many extensions.
    let k = 10;
    let grid = BinaryRelation::from_fn(2 * k, |a, b| a / k <= b / k && a % k <= b % k).unwrap();
    assert_eq!(count_linear_extensions(&Preorder::closure_of(&grid)).unwrap(), 16_796);
}
