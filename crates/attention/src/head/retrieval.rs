//! How sharply the queries of a head select.

use super::error::HeadError;
use super::observed::Observed;
use crate::scores::miss_of;
use crate::{InverseTemperature, miss_bound};

/// What one query retrieves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct QueryRetrieval {
    /// Its position.
    pub query: usize,
    /// Keys that it sees.
    pub keys: usize,
    /// The key of the largest score, the first of several.
    pub selected: usize,
    /// How far that is above the next; infinite for a query that sees one key.
    pub margin: f64,
    /// Its attention weight `a_max`.
    pub weight: f64,
    /// `1 - a_max`, without cancellation.
    pub miss: f64,
    /// The largest `1 - a_max` at this margin and number of keys.
    pub bound: f64,
}

/// What all queries of a context retrieve.
#[derive(Clone, Debug, PartialEq)]
pub struct Retrieval {
    /// Query by query.
    pub queries: Vec<QueryRetrieval>,
    /// How nearly the head is a retrieval, at most 1: the weight that a query's selected key gets
    /// beyond what the *other* queries that see that key give it, averaged over the queries. 0 for
    /// uniform attention over all keys and for a head whose queries all select one sink, 1 if every
    /// query puts all its weight on a key that no other query looks at. Queries that see one key do
    /// not count.
    pub score: f64,
    /// The mean weight of the selected keys.
    pub mean_weight: f64,
    /// The mean weight of the first key, over the queries that see others too: the attention sink.
    pub first_key: f64,
    /// The mean weight of each key over the queries that see it and others.
    pub key_weights: Vec<f64>,
    /// The largest of them among the keys that at least half of the queries see.
    pub largest_key_weight: f64,
    /// Different keys selected, over the number of queries.
    pub distinct: f64,
}

/// Analyses the selections of every query.
///
/// Complexity `O(n^2)` for `n` tokens.
///
/// # Errors
/// [`HeadError::Scores`]
pub fn retrieval(observed: &Observed) -> Result<Retrieval, HeadError> {
    let n = observed.tokens();
    let b = InverseTemperature::ONE;
    let (mut queries, mut totals, mut seen) = (Vec::with_capacity(n), vec![0.0; n], vec![0usize; n]);
    for (query, scores) in observed.contexts().enumerate() {
        let scores = scores?;
        let (keys, margin, powers) = (scores.keys(), scores.margin(), scores.powers(b));
        let total: f64 = powers.iter().sum();
        // A query that sees one key has no choice.
        for (j, _) in scores.visible().filter(|_| keys > 1) {
            totals[j] += powers[j] / total;
            seen[j] += 1;
        }
        let selected = margin.best;
        let miss = miss_of(&powers, selected);
        let bound = miss_bound(keys, margin.value, b);
        queries.push(QueryRetrieval {
            query,
            keys,
            selected,
            margin: margin.value,
            weight: powers[selected] / total,
            miss,
            bound,
        });
    }
    let choosing: Vec<&QueryRetrieval> = queries.iter().filter(|q| q.keys > 1).collect();
    let mean = |f: &dyn Fn(&QueryRetrieval) -> f64| {
        choosing.iter().map(|q| f(q)).sum::<f64>() / choosing.len().max(1) as f64
    };
    let beyond = |q: &QueryRetrieval| {
        let others = seen[q.selected] - 1;
        q.weight - (totals[q.selected] - q.weight) / others.max(1) as f64
    };
    let key_weights: Vec<f64> = totals.iter().zip(&seen).map(|(t, s)| t / (*s).max(1) as f64).collect();
    let mut selected: Vec<usize> = choosing.iter().map(|q| q.selected).collect();
    selected.sort_unstable();
    selected.dedup();
    Ok(Retrieval {
        score: mean(&beyond),
        mean_weight: mean(&|q| q.weight),
        first_key: key_weights.first().copied().unwrap_or(0.0),
        largest_key_weight: key_weights
            .iter()
            .zip(&seen)
            .filter(|(_, s)| 2 * **s >= n)
            .map(|(w, _)| *w)
            .fold(0.0, f64::max),
        distinct: selected.len() as f64 / choosing.len().max(1) as f64,
        key_weights,
        queries,
    })
}
