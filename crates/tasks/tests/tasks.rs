//! Balance, leakage and bad input of every task.

// The lint spares test functions, not what they share.
#![allow(clippy::unwrap_used, clippy::panic)]

use proptest::prelude::*;
use relata_relations::Seed;
use relata_tasks::*;
use std::collections::BTreeSet;

/// Four standard deviations of a mean of `n` coin flips.
fn slack(n: usize) -> f64 {
    4.0 * 0.5 / (n as f64).sqrt()
}

#[test]
fn pairs_of_an_order_are_split_without_overlap() {
    let task = PairwiseOrder::draw(&OrderParams::of_32_objects(), Seed(4)).unwrap();
    assert_eq!([task.train.len(), task.validation.len(), task.test.len()], [495, 149, 348]);
    let all: BTreeSet<(usize, usize)> =
        task.train.iter().chain(&task.validation).chain(&task.test).map(|p| (p.first, p.second)).collect();
    assert_eq!(all.len(), 32 * 31, "every ordered pair of different objects occurs once");
    for p in task.train.iter().chain(&task.test) {
        assert!(p.first != p.second && p.precedes == (p.first < p.second));
    }
    assert!(task.mirrored(495) > 0.4 && task.mirrored(0).abs() < 1e-12);
}

#[test]
fn features_say_nothing_of_the_order() {
    // The nearest pair of training, by features of objects of which none is that of the test pair,
    // guesses: an order of numbers is independent of what the numbers look like.
    let (mut right, mut all) = (0usize, 0usize);
    for seed in 0..6 {
        let task = PairwiseOrder::draw(&OrderParams::of_32_objects(), Seed(seed)).unwrap();
        let distance = |a: usize, b: usize| {
            task.objects.row(a).iter().zip(task.objects.row(b)).map(|(x, y)| (x - y) * (x - y)).sum::<f64>()
        };
        for p in &task.test {
            let others = task
                .train
                .iter()
                .filter(|t| ![t.first, t.second].iter().any(|o| [p.first, p.second].contains(o)));
            let nearest = others
                .min_by(|s, t| {
                    let far = |t: &OrderedPair| distance(t.first, p.first) + distance(t.second, p.second);
                    far(s).total_cmp(&far(t))
                })
                .unwrap();
            right += usize::from(nearest.precedes == p.precedes);
            all += 1;
        }
    }
    // Pairs of one draw share objects: count objects, not pairs.
    let accuracy = right as f64 / all as f64;
    assert!((accuracy - 0.5).abs() < slack(6 * 32), "{accuracy}");
}

#[test]
fn unseen_objects_are_unseen_and_labels_follow_the_utility() {
    let params = UnseenParams::standard();
    let task = UnseenOrder::draw(&params, Seed(8)).unwrap();
    let objects = |pairs: &[OrderedPair]| -> BTreeSet<usize> {
        pairs.iter().flat_map(|p| [p.first, p.second]).collect()
    };
    let (train, validation, test) = (objects(&task.train), objects(&task.validation), objects(&task.test));
    assert!(train.is_disjoint(&test) && train.is_disjoint(&validation) && validation.is_disjoint(&test));
    for p in task.train.iter().chain(&task.validation).chain(&task.test) {
        assert!(p.first != p.second);
        assert_eq!(p.precedes, task.utility[p.first] < task.utility[p.second]);
    }
    let labelled = |pairs: &[OrderedPair]| pairs.iter().map(OrderedPair::labelled).collect::<Vec<_>>();
    let leak = shortcuts(&labelled(&task.train), &labelled(&task.test), 2).unwrap();
    assert!(leak.worst() < 0.5 + slack(512), "{leak:?}");
}

#[test]
fn the_least_of_a_sequence_stands_at_no_preferred_place() {
    let task = Argsort::draw(&ArgsortParams::of_48_objects(), Seed(11)).unwrap();
    let (train, test) = (Argsort::labelled(&task.train), Argsort::labelled(&task.test));
    for place in 0..10 {
        let share = test.iter().filter(|e| e.answer == place).count() as f64 / test.len() as f64;
        assert!((share - 0.1).abs() < 4.0 * (0.09f64 / test.len() as f64).sqrt(), "{place}: {share}");
    }
    let leak = shortcuts(&train, &test, 10).unwrap();
    // Which objects occur, and whom a training sequence looks like, says nothing of their places;
    // which object stands where says much, as it must: small objects come first.
    assert!(leak.counts < 0.15 && leak.majority < 0.15, "{leak:?}");
    let lengths = task.of_length(40, 5, Seed(11)).unwrap();
    assert!(lengths.iter().all(|s| s.iter().collect::<BTreeSet<_>>().len() == 40));
}

#[test]
fn an_answer_sorts_its_sequence() {
    let task = Argsort::draw(&ArgsortParams::of_48_objects(), Seed(12)).unwrap();
    for s in task.test.iter().take(50) {
        let sorted: Vec<usize> = Argsort::answer(s).into_iter().map(|p| s[p]).collect();
        assert!(sorted.windows(2).all(|w| w[0] < w[1]));
    }
}

#[test]
fn there_are_1080_sets_and_each_card_is_in_40() {
    let mut per_card = [0usize; CARDS];
    let mut sets = 0;
    for a in 0..CARDS {
        for b in a + 1..CARDS {
            for c in b + 1..CARDS {
                // By the rule in words: per attribute all the same or all different.
                let values: Vec<BTreeSet<usize>> =
                    (0..4).map(|k| [a, b, c].iter().map(|x| card_attributes(*x)[k]).collect()).collect();
                let set = values.iter().all(|v| v.len() != 2);
                assert_eq!(set, is_set([a, b, c]));
                if set {
                    sets += 1;
                    [a, b, c].iter().for_each(|x| per_card[*x] += 1);
                }
            }
        }
    }
    assert_eq!((sets, per_card), (1080, [40; CARDS]));
}

#[test]
fn triples_of_cards_are_balanced_and_leak_nothing_when_disjoint() {
    let task = SetGame::draw(&SetParams::standard(), Seed(13)).unwrap();
    for split in [&task.train, &task.validation, &task.test] {
        assert_eq!(split.iter().filter(|t| t.answer == 1).count() * 2, split.len());
        assert!(split.iter().all(|t| t.objects.iter().collect::<BTreeSet<_>>().len() == 3));
    }
    let leak = shortcuts(&task.train, &task.test, 2).unwrap();
    assert!(leak.worst() < 0.5 + slack(2000), "{leak:?}");
    let sorted = |t: &Labelled| {
        let mut o = t.objects.clone();
        o.sort_unstable();
        o
    };
    let seen: BTreeSet<Vec<usize>> = task.train.iter().map(sorted).collect();
    assert!(task.test.iter().all(|t| !seen.contains(&sorted(t))));
    // As published, nearly every set of the test was seen.
    let shared = SetGame::draw(&SetParams::standard().with_split(SetSplit::Shared), Seed(13)).unwrap();
    let seen: BTreeSet<Vec<usize>> = shared.train.iter().map(sorted).collect();
    let sets: Vec<&Labelled> = shared.test.iter().filter(|t| t.answer == 1).collect();
    let known = sets.iter().filter(|t| seen.contains(&sorted(t))).count();
    assert!(known as f64 > 0.9 * sets.len() as f64);
}

#[test]
fn cards_are_told_apart_by_their_features() {
    let cards = entangled_cards(64, &mut Seed(1).stream("cards")).unwrap();
    for a in 0..CARDS {
        for b in a + 1..CARDS {
            let far: f64 = cards.row(a).iter().zip(cards.row(b)).map(|(x, y)| (x - y) * (x - y)).sum();
            assert!(far > 1.0, "{a} {b} {far}");
        }
    }
}

const RULES: [Rule; 5] = [
    Rule::SameDifferent,
    Rule::MatchToSample,
    Rule::DistributionOf(3),
    Rule::DistributionOf(20),
    Rule::Identity,
];

/// The answers that a solver who sees only which objects are equal would give.
fn solve(rule: Rule, o: &[usize]) -> usize {
    match rule {
        Rule::SameDifferent => usize::from(o[0] == o[1]),
        Rule::MatchToSample => usize::from((o[0] == o[1]) != (o[2] == o[3])),
        Rule::DistributionOf(n) => {
            let again = &o[n..2 * n - 1];
            let missing = o[..n].iter().find(|x| !again.contains(x)).unwrap();
            o[2 * n - 1..].iter().position(|x| x == missing).unwrap()
        }
        Rule::Identity => {
            let wanted = if o[1] == o[2] && o[0] != o[1] { o[4] } else { o[3] };
            o[5..].iter().position(|x| *x == wanted).unwrap()
        }
    }
}

#[test]
fn every_rule_is_solvable_balanced_and_leaks_nothing_of_held_out_objects() {
    for rule in RULES {
        let least = rule.least_objects();
        let held_out = if least > 5 { least } else { 95 };
        let params = RulesParams::new(rule, held_out + least, held_out).with_trials(2400, 2400);
        let task = Rules::draw(&params, Seed(17)).unwrap();
        for (name, split) in [("train", &task.train), ("test", &task.test)] {
            for t in split {
                assert_eq!(t.objects.len(), rule.length());
                assert_eq!(solve(rule, &t.objects), t.answer, "{rule} {name} {t:?}");
            }
            for a in 0..rule.answers() {
                let share = split.iter().filter(|t| t.answer == a).count() * rule.answers();
                assert_eq!(share, split.len(), "{rule} {name}");
            }
        }
        let objects = |split: &[Labelled]| -> BTreeSet<usize> {
            split.iter().flat_map(|t| t.objects.clone()).collect()
        };
        assert!(objects(&task.train).is_disjoint(&objects(&task.test)), "{rule}");
        let leak = shortcuts(&task.train, &task.test, task.answers()).unwrap();
        assert!(leak.worst() < leak.chance + slack(2400), "{rule} {leak:?}");
    }
}

#[test]
fn the_choices_of_a_trial_differ_and_the_form_is_independent_of_the_answer() {
    for rule in [Rule::DistributionOf(3), Rule::DistributionOf(7), Rule::Identity] {
        let task = Rules::draw(&RulesParams::new(rule, 40, 0).with_trials(1200, 1200), Seed(3)).unwrap();
        for t in task.train.iter().chain(&task.test) {
            let choices = &t.objects[t.objects.len() - 4..];
            assert_eq!(choices.iter().collect::<BTreeSet<_>>().len(), 4, "{rule}");
        }
        let seen: BTreeSet<&Labelled> = task.train.iter().collect();
        assert!(task.test.iter().all(|t| !seen.contains(t)), "{rule}: a test trial was a training trial");
    }
}

#[test]
fn words_of_unseen_symbols_are_words_of_their_templates() {
    let task = Templates::draw(&TemplatesParams::new(24, 1600), Seed(19)).unwrap();
    let form = |objects: &[usize]| -> Vec<usize> {
        let mut names: Vec<usize> = Vec::new();
        objects
            .iter()
            .map(|o| {
                names.iter().position(|n| n == o).unwrap_or_else(|| {
                    names.push(*o);
                    names.len() - 1
                })
            })
            .collect()
    };
    for w in task.train.iter().chain(&task.test_seen).chain(&task.test) {
        assert!(task.templates.contains(&(form(&w.objects), w.answer)));
    }
    let ones = task.test.iter().filter(|w| w.answer == 1).count();
    assert_eq!(2 * ones, task.test.len());
    let leak = shortcuts(&task.train, &task.test, 2).unwrap();
    assert!(leak.worst() < 0.5 + slack(2000), "{leak:?}");
}

#[test]
fn measurements_that_are_not_corrupted_are_exact() {
    let params = CorruptedParams { symbols: 5, dim: 50, objects: 4, share: 0.3, size: 20.0 };
    let task = CorruptedSymbols::draw(&params, Seed(23)).unwrap();
    for (i, corrupted) in task.corrupted.iter().enumerate() {
        assert_eq!(corrupted.len(), 15);
        for j in 0..50 {
            let exact: f64 = task.symbols.row(j).iter().zip(task.relations.row(i)).map(|(s, r)| s * r).sum();
            let right = (task.measured.row(i)[j] - exact).abs() < 1e-12;
            assert_eq!(right, !corrupted.contains(&j), "{i} {j}");
        }
    }
}

#[test]
fn what_does_not_fit_is_refused_by_name() {
    let message = |r: Result<(), TaskError>| r.unwrap_err().to_string();
    let rules = |rule, n, m| Rules::draw(&RulesParams::new(rule, n, m), Seed(0)).map(|_| ());
    for m in [100, 101, 99, 1] {
        let text = message(rules(Rule::Identity, 100, m));
        assert!(text.contains(&format!("{m} of 100 objects")) && text.contains("from 5 to 95"), "{text}");
    }
    assert!(message(rules(Rule::DistributionOf(2), 100, 0)).contains("objects in a row is 2"));
    assert!(message(rules(Rule::DistributionOf(20), 20, 0)).contains("objects is 20"));
    let argsort = |length, train| {
        let params = ArgsortParams { length, ..ArgsortParams::of_48_objects() };
        Argsort::draw(&params.with_sequences(train, 1, 1), Seed(0)).map(|_| ())
    };
    assert!(message(argsort(49, 10)).contains("objects of a sequence is 49; it must be from 2 to 48"));
    assert!(message(argsort(10, 0)).contains("training sequences is 0"));
    let order = |objects, test_share| {
        let params = OrderParams { objects, test_share, ..OrderParams::of_32_objects() };
        PairwiseOrder::draw(&params, Seed(0)).map(|_| ())
    };
    assert!(message(order(1, 0.3)).contains("objects is 1"));
    assert!(message(order(8, f64::NAN)).contains("share for the test is NaN"));
    assert!(message(order(8, 0.95)).contains("there are 56"));
    let set = |train| SetGame::draw(&SetParams { train, ..SetParams::standard() }, Seed(0)).map(|_| ());
    assert!(message(set(0)).contains("training triples is 0"));
    let templates = |t, seen| {
        let params = TemplatesParams { templates: t, ..TemplatesParams::new(seen, 10) };
        Templates::draw(&params, Seed(0)).map(|_| ())
    };
    assert!(message(templates(26, 20)).contains("it must be from 2 to 25"));
    assert!(message(templates(8, 2)).contains("seen symbols is 2"));
    let corrupted = |share| {
        let params = CorruptedParams { symbols: 2, dim: 4, objects: 1, share, size: 1.0 };
        CorruptedSymbols::draw(&params, Seed(0)).map(|_| ())
    };
    assert!(message(corrupted(1.5)).contains("share is 1.5"));
    assert!(message(shortcuts(&[], &[], 2).map(|_| ())).contains("training examples is 0"));
}

#[test]
fn shortcuts_find_a_leak() {
    // Object 3 at the second place always means answer 1.
    let example = |a: usize, b: usize| Labelled { objects: vec![a, b], answer: usize::from(b == 3) };
    let train: Vec<Labelled> = (0..40).map(|k| example(k % 7, if k % 2 == 0 { 3 } else { 4 })).collect();
    let test: Vec<Labelled> = (0..40).map(|k| example(7 + k, if k % 2 == 0 { 3 } else { 4 })).collect();
    let leak = shortcuts(&train, &test, 2).unwrap();
    assert!(leak.identity > 0.99 && leak.counts > 0.99 && leak.nearest > 0.99, "{leak:?}");
    assert!((leak.majority - 0.5).abs() < 1e-12 && (leak.chance - 0.5).abs() < 1e-12);
}

proptest! {
    #[test]
    fn a_seed_means_one_task(seed in any::<u64>(), held_out in 5usize..20) {
        let params = RulesParams::new(Rule::MatchToSample, 30, held_out).with_trials(40, 40);
        let (a, b) = (Rules::draw(&params, Seed(seed)).unwrap(), Rules::draw(&params, Seed(seed)).unwrap());
        prop_assert_eq!(&a.train, &b.train);
        prop_assert_eq!(&a.test, &b.test);
        let c = Rules::draw(&params, Seed(seed ^ 1)).unwrap();
        prop_assert_ne!(&a.train, &c.train);
    }

    #[test]
    fn the_completing_card_completes(a in 0usize..81, b in 0usize..81) {
        prop_assume!(a != b);
        let c = completing_card(a, b);
        prop_assert!(is_set([a, b, c]) && is_set([c, a, b]) && is_set([b, c, a]));
        prop_assert_eq!(completing_card(b, c), a);
    }
}

#[test]
fn objects_that_are_held_out_of_sorting_have_known_attributes() {
    let task = Argsort::draw(&ArgsortParams::of_48_objects().with_sequences(10, 1, 10), Seed(1)).unwrap();
    for seed in 0..20 {
        let apart = task.holding_out(12, [400, 200], Seed(seed)).unwrap();
        let objects = |s: &[Vec<usize>]| s.iter().flatten().copied().collect::<BTreeSet<usize>>();
        let (seen, unseen) = (objects(&apart.train), objects(&apart.test));
        assert!(seen.is_disjoint(&unseen), "{seed}");
        assert_eq!((seen.len(), unseen.len()), (36, 12));
        assert!(apart.train.iter().chain(&apart.test).all(|s| objects(std::slice::from_ref(s)).len() == 10));
        // A value is a part of the features: those of an unseen object are all features of seen ones.
        for o in unseen {
            let row = task.objects.row(o);
            for part in [0..4, 4..12] {
                let same = |s: &usize| {
                    let other = task.objects.row(*s);
                    part.clone().all(|c| other[c].to_bits() == row[c].to_bits())
                };
                assert!(seen.iter().any(same), "object {o}");
            }
        }
    }
    let refused = |held_out| task.holding_out(held_out, [1, 1], Seed(0)).unwrap_err().to_string();
    assert!(refused(9).contains("objects held out is 9; it must be from 10"), "{}", refused(9));
    assert!(refused(40).contains("objects held out is 40"));
}

#[test]
fn a_reshuffled_order_shares_the_first_attribute_alone() {
    let task = Argsort::draw(&ArgsortParams::of_48_objects().with_sequences(1, 1, 1), Seed(2)).unwrap();
    let ranks = task.reshuffled_ranks(Seed(3));
    let mut sorted = ranks.clone();
    sorted.sort_unstable();
    assert!(sorted.into_iter().eq(0..48));
    let pairs = || (0..48).flat_map(|a| (a + 1..48).map(move |b| (a, b)));
    let kept = |same: bool| {
        let of: Vec<bool> =
            pairs().filter(|(a, b)| (a / 12 == b / 12) == same).map(|(a, b)| ranks[a] < ranks[b]).collect();
        of.iter().filter(|k| **k).count() as f64 / of.len() as f64
    };
    assert!((kept(false) - 1.0).abs() < 1e-12, "by the first attribute as before");
    assert!(kept(true) > 0.2 && kept(true) < 0.8, "among equals at random: {}", kept(true));
}

#[test]
fn hands_contain_a_set_of_their_part_or_none() {
    for without in [HandsWithout::Different, HandsWithout::CardsRecur] {
        let params = ContainsSetParams {
            train: 4000,
            validation: 500,
            test: 1000,
            ..ContainsSetParams::standard(without)
        };
        let task = ContainsSet::draw(&params, Seed(6)).unwrap();
        // By the rule of the game, attribute by attribute.
        let set_of = |h: &Labelled| {
            let attributes = |i: usize| card_attributes(h.objects[i]);
            let mut found = BTreeSet::new();
            for (i, j, k) in
                (0..5).flat_map(|i| (i + 1..5).flat_map(move |j| (j + 1..5).map(move |k| (i, j, k))))
            {
                let [a, b, c] = [i, j, k].map(attributes);
                let fits = (0..4).all(|t| {
                    let values = BTreeSet::from([a[t], b[t], c[t]]);
                    values.len() != 2
                });
                if fits && a != b {
                    found.insert(BTreeSet::from([i, j, k].map(|p| h.objects[p])));
                }
            }
            found
        };
        let sets = |hands: &[Labelled]| hands.iter().flat_map(set_of).collect::<BTreeSet<_>>();
        let mut parts = Vec::new();
        for hands in [&task.train, &task.validation, &task.test] {
            assert!(hands.iter().all(|h| set_of(h).len() == h.answer && h.objects.len() == 5));
            assert_eq!(hands.iter().filter(|h| h.answer == 1).count() * 2, hands.len());
            parts.push(sets(hands));
        }
        assert!(parts[0].is_disjoint(&parts[2]) && parts[0].is_disjoint(&parts[1]));
        assert!(parts[1].is_disjoint(&parts[2]) && parts[0].len() <= 756 && parts[2].len() <= 162);
        let all = shortcuts(&task.train[..2000], &task.test, 2).unwrap();
        assert!(all.worst() < 0.5 + slack(1000), "{all:?}");
        // 1 - 80 * 79 * 78 * 77 / 81^4 of five cards have one twice: .118; half of the hands are such.
        let recurrence = ContainsSet::recurrence_shortcut(&task.train);
        let expected = if without == HandsWithout::Different { 0.5 } else { 0.559 };
        assert!((recurrence - expected).abs() < slack(4000), "{recurrence} {expected}");
    }
    let none = ContainsSetParams { test: 1, ..ContainsSetParams::standard(HandsWithout::Different) };
    let refused = ContainsSet::draw(&none, Seed(0)).unwrap_err().to_string();
    assert!(refused.contains("test hands is 1"), "{refused}");
}
