//! Max-retrieval: items, contexts, and the family of preorders behind them.

use relata_attention::design::{Family, affine_scorer};
use relata_networks::Affine;
use relata_relations::faer::Mat;
use relata_relations::{FiniteSet, Interval, Points, Product, Stream, relation_fn};
use relata_training::ContextBatch;
use std::sync::Arc;

/// Classes of items.
pub(super) const CLASSES: usize = 10;
/// What the head sees of an item: its priority, and its class as one of ten.
pub(super) const FEATURES: usize = 1 + CLASSES;

/// All queries are the same.
pub(super) fn query() -> anyhow::Result<Points> {
    Ok(Points::line(vec![1.0])?)
}

/// Items are ordered by their priority, whatever the query.
pub(super) fn max_retrieval() -> anyhow::Result<Family> {
    let one_hot = |k: usize| (0..CLASSES).map(move |c| f64::from(u8::from(c == k)));
    let classes = FiniteSet::uniform(Points::new(CLASSES, (0..CLASSES).flat_map(one_hot).collect())?);
    let items = Product::new(Arc::new(Interval::unit()), Arc::new(classes));
    let u = relation_fn(FiniteSet::uniform(query()?), items, |_, y| y[0]).named("priority");
    // 1 * priority: rank 1, exact.
    let build = |_| {
        let one = Affine::new(Mat::zeros(1, 1), vec![1.0]);
        let priority = Mat::from_fn(FEATURES, 1, |i, _| if i == 0 { 1.0 } else { 0.0 });
        affine_scorer(one, Affine::new(priority, vec![0.0]), 1.0)
    };
    Ok(Family::new("max-retrieval", "the item of highest priority", Arc::new(u), 3f64.sqrt(), build)?)
}

/// A context: its items, the class of the item of highest priority, and which it is.
pub(super) fn one_context(keys: usize, s: &mut Stream) -> anyhow::Result<(Points, usize, usize)> {
    let mut data = vec![0.0; keys * FEATURES];
    let (mut best, mut top, mut class) = (0, f64::NEG_INFINITY, 0);
    for (i, item) in data.chunks_exact_mut(FEATURES).enumerate() {
        let (priority, own) = (s.uniform(), s.below(CLASSES));
        item[0] = priority;
        item[1 + own] = 1.0;
        if priority > top {
            (best, top, class) = (i, priority, own);
        }
    }
    Ok((Points::new(FEATURES, data)?, class, best))
}

/// A batch of contexts of one length.
pub(super) fn contexts(batch: usize, keys: usize, s: &mut Stream) -> anyhow::Result<ContextBatch> {
    let mut data = Vec::with_capacity(batch * keys * FEATURES);
    let mut classes = Vec::with_capacity(batch);
    for _ in 0..batch {
        let (items, class, _) = one_context(keys, s)?;
        data.extend_from_slice(items.as_slice());
        classes.push(class);
    }
    Ok(ContextBatch { queries: Points::line(vec![1.0; batch])?, keys: Points::new(FEATURES, data)?, classes })
}
