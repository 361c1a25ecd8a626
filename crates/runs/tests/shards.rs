//! Shards: their names, how the work is cut, and how several agree on it.
#![allow(clippy::unwrap_used, clippy::panic)]

use proptest::prelude::*;
use relata_runs::{BackendKind, CellKey, KeyParts, PlanError, Shard, ShardError, ShardPlan, balanced};
use std::num::NonZeroUsize;

fn keys(count: usize, code: &str) -> Vec<CellKey> {
    let key = |k: usize| {
        let config = serde_json::json!({ "k": k });
        CellKey::of(&KeyParts {
            pipeline: "p",
            config: &config,
            seed: 0,
            backend: BackendKind::Flex,
            input: None,
            code,
        })
    };
    (0..count).map(key).collect()
}

#[test]
fn shards_are_counted_from_zero() {
    for text in ["0/1", "0/2", "1/2", "99/100"] {
        assert_eq!(text.parse::<Shard>().unwrap().to_string(), text);
    }
    let message = "2/2".parse::<Shard>().unwrap_err().to_string();
    assert!(message.contains("no shard 2 of 2") && message.contains("the last one is 1/2"), "{message}");
    for wrong in
        ["", "/", "1", "0/0", "-1/2", "+1/2", "1/2/3", " 0/2", "0/ 2", "a/b", "0/99999999999999999999"]
    {
        assert!(matches!(wrong.parse::<Shard>(), Err(ShardError::Form { .. })), "{wrong}");
    }
}

proptest! {
    /// By Graham's argument: the part with the most got its last item when it had the least.
    #[test]
    fn parts_are_balanced(costs in prop::collection::vec(1e-3..1e3_f64, 0..60), count in 1_usize..12) {
        let count = NonZeroUsize::new(count).unwrap();
        let of = balanced(&costs, count);
        prop_assert_eq!(of.len(), costs.len());
        let mut sums = vec![0.0; count.get()];
        for (cost, part) in costs.iter().zip(&of) {
            sums[*part] += cost;
        }
        let (most, mean) = (sums.iter().copied().fold(0.0, f64::max), sums.iter().sum::<f64>() / count.get() as f64);
        let largest = costs.iter().copied().fold(0.0, f64::max);
        prop_assert!(most <= (mean + largest) * (1.0 + 1e-12), "{most} of mean {mean}, largest {largest}");
        prop_assert_eq!(of, balanced(&costs, count));
    }

    #[test]
    fn shards_are_disjoint_and_together_everything(
        costs in prop::collection::vec(prop_oneof![Just(f64::NAN), Just(0.0), Just(-1.0), 0.1..9.0_f64], 0..40),
        count in 1_usize..50,
    ) {
        let count = NonZeroUsize::new(count).unwrap();
        let plan = ShardPlan::new(keys(costs.len(), "c").into_iter().zip(costs.iter().copied()));
        let mut all: Vec<usize> =
            (0..count.get()).flat_map(|i| plan.part(Shard::new(i, count).unwrap())).collect();
        all.sort_unstable();
        prop_assert_eq!(all, (0..costs.len()).collect::<Vec<_>>());
    }
}

#[test]
fn equal_costs_make_equal_parts() {
    let of = balanced(&[2.0; 10], NonZeroUsize::new(5).unwrap());
    for part in 0..5 {
        assert_eq!(of.iter().filter(|p| **p == part).count(), 2);
    }
    assert_eq!(balanced(&[1.0, 1.0, 2.0], NonZeroUsize::new(2).unwrap()), [1, 1, 0]);
}

#[test]
fn the_first_shard_decides_and_the_others_follow() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("shards/plan.json");
    let plan = |costs: [f64; 3], code: &str| ShardPlan::new(keys(3, code).into_iter().zip(costs));
    let first = plan([1.0, 2.0, 3.0], "c").agree(&path).unwrap();
    // Another one, which has learnt other costs meanwhile, cuts in the same way.
    assert_eq!(plan([3.0, 2.0, 0.5], "c").agree(&path).unwrap(), first);
    let error = plan([1.0, 2.0, 3.0], "d").agree(&path).unwrap_err();
    assert!(matches!(error, PlanError::Other { theirs: 3, ours: 3, shared: 0, .. }), "{error}");
    assert!(error.to_string().contains("another version of the program"), "{error}");
    // A plan that somebody damaged is made anew.
    let bytes = std::fs::read(&path).unwrap();
    for k in 0..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[k] ^= 1;
        assert_eq!(ShardPlan::decode(&flipped), None, "a damaged plan was taken: byte {k}");
    }
    std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    assert_eq!(plan([3.0, 2.0, 1.0], "c").agree(&path).unwrap(), plan([3.0, 2.0, 1.0], "c"));
}

#[test]
fn of_many_first_shards_one_decides() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("plan.json");
    let plans: Vec<ShardPlan> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..8)
            .map(|k| {
                let path = &path;
                let plan = ShardPlan::new(keys(5, "c").into_iter().map(|key| (key, 1.0 + k as f64)));
                scope.spawn(move || plan.agree(path).unwrap())
            })
            .collect();
        all.into_iter().map(|t| t.join().unwrap()).collect()
    });
    assert!(plans.iter().all(|p| *p == plans[0]));
}
