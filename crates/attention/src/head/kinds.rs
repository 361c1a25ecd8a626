//! What the selections of a head have in common.

use super::retrieval::QueryRetrieval;

/// Shares of the queries whose selected key stands somewhere that can be named. Queries that see one
/// key do not count.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SelectionKinds {
    /// The token before the query.
    pub previous: f64,
    /// The first token.
    pub first: f64,
    /// The query's own token.
    pub own: f64,
    /// Among the queries whose token stood before: an earlier copy of it; none if there is no such
    /// query.
    pub duplicate: Option<f64>,
    /// Among the same: the token after an earlier copy, as induction needs it.
    pub after_duplicate: Option<f64>,
}

/// Names the selections of a context with these tokens.
#[must_use]
pub fn selection_kinds(queries: &[QueryRetrieval], tokens: &[u32]) -> SelectionKinds {
    let choosing: Vec<&QueryRetrieval> =
        queries.iter().filter(|q| q.keys > 1 && q.query < tokens.len()).collect();
    let share = |of: &[&QueryRetrieval], keep: &dyn Fn(&QueryRetrieval) -> bool| {
        of.iter().filter(|q| keep(q)).count() as f64 / of.len().max(1) as f64
    };
    let repeats: Vec<&QueryRetrieval> =
        choosing.iter().copied().filter(|q| tokens[..q.query].contains(&tokens[q.query])).collect();
    let among = |keep: &dyn Fn(&QueryRetrieval) -> bool| (!repeats.is_empty()).then(|| share(&repeats, keep));
    let copy = |q: &QueryRetrieval, k: usize| k < q.query && tokens.get(k) == tokens.get(q.query);
    SelectionKinds {
        previous: share(&choosing, &|q| q.selected + 1 == q.query),
        first: share(&choosing, &|q| q.selected == 0),
        own: share(&choosing, &|q| q.selected == q.query),
        duplicate: among(&|q| copy(q, q.selected)),
        after_duplicate: among(&|q| q.selected > 0 && copy(q, q.selected - 1)),
    }
}
