//! Retrieval heads: the twin on the device, and what training does.

use crate::support::{device, sample};
use relata_networks::{Activation, Mlp, MlpConfig};
use relata_relations::{Points, Seed};
use relata_training::{
    ContextBatch, Learn, Precision, RetrievalHead, RetrievalParams, TrainError, TrainableRetrievalHead,
    points_to_tensor, tensor_to_matrix, train_retrieval,
};

fn head(seed: u64) -> RetrievalHead {
    let draw = |config: MlpConfig, name| config.init(Seed(seed), name).unwrap();
    let keys = MlpConfig::new(2, 3).with_width(16).with_depth(1).with_activation(Activation::Relu);
    RetrievalHead::new(
        draw(MlpConfig::new(1, 3).with_depth(0), "queries"),
        draw(keys.clone(), "keys"),
        draw(MlpConfig { outputs: 2, ..keys }, "values"),
    )
    .unwrap()
}

/// Keys are pairs (priority, sign); the class is the sign of the key of the highest priority.
fn contexts(step: usize) -> ContextBatch {
    let (batch, n) = (32, 2 + step % 4);
    let mut s = Seed(1).stream(&format!("step-{step}"));
    let mut keys = Vec::new();
    let mut classes = Vec::new();
    for _ in 0..batch {
        let items: Vec<[f64; 2]> =
            (0..n).map(|_| [s.uniform(), if s.below(2) == 1 { 1.0 } else { -1.0 }]).collect();
        let best = items.iter().max_by(|a, b| a[0].total_cmp(&b[0])).unwrap();
        classes.push(usize::from(best[1] > 0.0));
        keys.extend(items.iter().flatten());
    }
    ContextBatch {
        queries: Points::line(vec![1.0; batch]).unwrap(),
        keys: Points::new(2, keys).unwrap(),
        classes,
    }
}

#[test]
fn the_device_computes_the_head_that_the_host_describes() {
    let head = head(3);
    let (queries, keys) = (sample(1, 4, 1), sample(2, 4 * 5, 2));
    let module = TrainableRetrievalHead::upload(&head, &device(), Precision::F64).unwrap();
    let tensor = |p: &Points| points_to_tensor(p, &device(), Precision::F64);
    let found = tensor_to_matrix(module.forward(tensor(&queries), tensor(&keys))).unwrap();
    for b in 0..4 {
        let own: Vec<usize> = (5 * b..5 * b + 5).collect();
        let (query, own) = (queries.select(&[b]).unwrap(), keys.select(&own).unwrap());
        let scores = head.scores().evaluate(&query, &own);
        let total: f64 = (0..5).map(|j| scores[(0, j)].exp()).sum();
        let values = head.values().forward(&own);
        for c in 0..2 {
            let expected: f64 = (0..5).map(|j| scores[(0, j)].exp() / total * values[(j, c)]).sum();
            assert!((found[(b, c)] - expected).abs() < 1e-12);
        }
    }
    assert_eq!(module.download().unwrap(), head);
}

#[test]
fn training_learns_to_retrieve_and_repeats_itself() {
    let config = RetrievalParams {
        steps: 300,
        learning_rate: 1e-2,
        learn: Learn::Everything,
        precision: Precision::F32,
    };
    let trained = train_retrieval(&head(3), &config, &device(), &mut contexts).unwrap();
    let mean = |l: &[f64]| l.iter().sum::<f64>() / l.len() as f64;
    // A coin flip costs ln 2.
    assert!(
        mean(&trained.losses[..20]) > 0.5 && mean(&trained.losses[280..]) < 0.25,
        "{:?}",
        &trained.losses[280..]
    );
    let again = train_retrieval(&head(3), &config, &device(), &mut contexts).unwrap();
    assert_eq!(trained.head, again.head);
    // Values alone: scores come back bit for bit.
    let values = RetrievalParams { learn: Learn::Values, steps: 20, ..config };
    let trained = train_retrieval(&head(3), &values, &device(), &mut contexts).unwrap();
    assert_eq!(trained.head.scores(), head(3).scores());
    assert_ne!(trained.head.values(), head(3).values());
}

#[test]
fn contexts_that_do_not_fit_are_refused() {
    let config = RetrievalParams {
        steps: 1,
        learning_rate: 1e-2,
        learn: Learn::Everything,
        precision: Precision::F32,
    };
    let mut wrong = |step| ContextBatch { classes: vec![2; 32], ..contexts(step) };
    let e = train_retrieval(&head(3), &config, &device(), &mut wrong).unwrap_err();
    assert!(matches!(e, TrainError::Contexts { classes: 2, .. }), "{e}");
    let odd: Mlp = MlpConfig::new(3, 2).with_depth(0).init(Seed(0), "values").unwrap();
    assert!(
        RetrievalHead::new(head(3).scores().phi_net().clone(), head(3).scores().psi_net().clone(), odd)
            .is_err()
    );
}
