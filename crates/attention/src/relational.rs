//! What errors of relations become: through relational attention, through a reader of relations, and
//! through several layers of both.
//!
//! Objects `x_1, .., x_m` reach an Abstractor layer through `R_i = (r(x_i, x_j))_j`, which it reads:
//! `x -> (f(R_1), .., f(R_m))`. With symbols that are the unit vectors and no activation of the
//! relations, the layer has `R_i` before its perceptron, so an inner-product network for `r` and a
//! perceptron for `f` make it, and what it errs by follows from what they do. Relational attention
//! selects an object and retrieves the relation to it.

/// The largest distance between `sum_j a_j s(x, y_j)` and `r(x, y_*)`, `y_*` being the object that is to
/// be selected: `(1 - miss) e + miss max(e, disagreement)`.
///
/// `miss` bounds the weight `1 - a_*` of all others ([`miss_bound`](crate::miss_bound)), `e` is
/// `relation_error`, the largest `|s - r|`, and `disagreement` the largest `|s(x, y_j) - r(x, y_*)|` over
/// the others. Derived: the output is a mean of numbers of which one, of weight `a_*`, is within `e`, and
/// the others are within the disagreement; what bounds that is linear in `a_*`, and largest at an end of
/// `[1 - miss, 1]`. Sharp: one other object that disagrees to the same side attains it.
///
/// It holds on every context where the selection is unique by the margin that `miss` was computed from,
/// and there alone; [`relational_attention_mean_bound`] is for all contexts.
///
/// ```
/// use relata_attention::relational_attention_bound;
/// assert!((relational_attention_bound(0.01, 0.1, 2.0) - (0.99 * 0.1 + 0.01 * 2.0)).abs() < 1e-15);
/// ```
#[must_use]
pub fn relational_attention_bound(miss: f64, relation_error: f64, disagreement: f64) -> f64 {
    let miss = miss.clamp(0.0, 1.0);
    // No weight is lost to any disagreement, however large.
    let others = if miss > 0.0 { miss * disagreement.max(relation_error) } else { 0.0 };
    (1.0 - miss) * relation_error + others
}

/// The largest mean of that distance over contexts of which a share of at least `share` has the margin
/// of `miss`: the others count the largest distance there is, `max(e, disagreement)`.
///
/// A relation that is retrieved within an error "with probability one" needs `share = 1`: continuous
/// utilities alone, on spaces where two objects may be equally good, do not give it.
#[must_use]
pub fn relational_attention_mean_bound(share: f64, miss: f64, relation_error: f64, disagreement: f64) -> f64 {
    let lost = (1.0 - share).clamp(0.0, 1.0);
    let worst = if lost > 0.0 { lost * disagreement.max(relation_error) } else { 0.0 };
    (1.0 - lost) * relational_attention_bound(miss, relation_error, disagreement) + worst
}

/// One layer `x -> (f(R_1), .., f(R_m))`, `R_i = (r(x_i, x_j))_j`, and how far its parts are from it.
#[derive(Clone, Copy)]
pub struct RelationalLayer<'a> {
    /// How far `r` moves, at most, when both of its objects move by that much.
    pub relation_modulus: &'a dyn Fn(f64) -> f64,
    /// The largest error of the inner product for `r`.
    pub relation_error: f64,
    /// How far `f` moves, at most, when every relation moves by that much.
    pub reading_modulus: &'a dyn Fn(f64) -> f64,
    /// The largest error of the perceptron for `f`, wherever relations with their error can be: on a
    /// compact box if objects are from a compact space and `r` is continuous. On all of space no
    /// perceptron approximates every continuous `f`, and none has to.
    pub reading_error: f64,
}

/// The largest errors of the outputs after one layer, two layers, and so on, in the largest coordinate:
/// `e_k = w_k(rho_k(e_(k-1)) + relation_error_k) + reading_error_k`, `e_0 = 0`, with the moduli `rho_k` of
/// the relation and `w_k` of what reads it.
///
/// Derived, by the triangle inequality twice: what a layer's relations err by is their own error at the
/// objects as they are, and how far the relation moves from these to the objects as they should be; and
/// the same of what reads them. For one layer it is the modulus of `f` at the error of the relation, plus
/// the error of the perceptron. Objects that err lie beside those of the exact layer: the errors of a
/// layer's parts are to be bounds on that neighbourhood.
///
/// ```
/// use relata_attention::{RelationalLayer, relational_layers_bound};
/// // f is the largest of four relations, which moves no more than they do.
/// let layer = RelationalLayer {
///     relation_modulus: &|t| 2.0 * t,
///     relation_error: 0.01,
///     reading_modulus: &|t| t,
///     reading_error: 0.0,
/// };
/// let errors = relational_layers_bound(&[layer, layer]);
/// assert!((errors[0] - 0.01).abs() < 1e-15 && (errors[1] - 0.03).abs() < 1e-15);
/// ```
#[must_use]
pub fn relational_layers_bound(layers: &[RelationalLayer<'_>]) -> Vec<f64> {
    let mut error = 0.0;
    let mut through = |layer: &RelationalLayer<'_>| {
        let moved = if error > 0.0 { (layer.relation_modulus)(error) } else { 0.0 };
        error = (layer.reading_modulus)(moved + layer.relation_error) + layer.reading_error;
        error
    };
    layers.iter().map(&mut through).collect()
}
