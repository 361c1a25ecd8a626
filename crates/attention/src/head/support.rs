//! The form of largest margin that realises what a head realises.
//!
//! A head prefers key `p` to key `o` for query `i` if `<M, z> > 0` with `z = x_i (x_p - x_o)^T`.
//! Among all forms `W` with `|W|_F = 1` the one with the largest `min <W, z>` is the direction that
//! gradient descent on a separable selection problem takes (Tarzanagh, Li, Zhang and Oymak 2023): a
//! support vector machine. Its dual is the point of the convex hull of the `z` nearest to the
//! origin, whose norm is that margin.

use super::error::HeadError;
use super::form::Head;
use super::observed::{Observed, Visibility};
use faer::{Mat, MatRef};

/// Which preferences are to be realised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Preferences {
    /// The key of the largest score before every other.
    #[default]
    Selection,
    /// Every key before the next one of the query's order.
    Order,
}

/// How long to look for the direction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MaxMarginParams {
    /// Which preferences.
    pub preferences: Preferences,
    /// Stop when the margin is known to this relative gap.
    pub gap: f64,
    /// Stop after this many steps, whatever the gap.
    pub steps: usize,
}

impl Default for MaxMarginParams {
    fn default() -> Self {
        Self { preferences: Preferences::default(), gap: 1e-2, steps: 20_000 }
    }
}

/// The direction of largest margin beside the head.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MaxMargin {
    /// The margin of the direction found: every preference holds by at least this much for a form
    /// of norm 1.
    pub margin: f64,
    /// No form of norm 1 has a larger one.
    pub margin_at_most: f64,
    /// The head's own margin, its form restricted to the span of the inputs and scaled to norm 1.
    pub head_margin: f64,
    /// The cosine between the head's restricted form and the direction, in the Frobenius inner
    /// product.
    pub cosine: f64,
    /// Preferences to be realised.
    pub preferences: usize,
    /// Steps taken.
    pub steps: usize,
}

/// Finds the direction of largest margin for the preferences that the head realises on a context.
/// Biases count: inputs are `(x, 1)`.
///
/// Pairwise Frank-Wolfe steps with exact line search on the dual. The head itself realises its
/// preferences, so the margin is positive, and `margin <= largest <= margin_at_most` whenever it
/// stops. Complexity `O(n^2)` a step, after `O(n^2 d)`.
///
/// ```
/// use relata_attention::head::{Head, MaxMarginParams, Visibility, max_margin};
/// use relata_relations::faer::Mat;
/// // By symmetry the identity is the best form that matches every unit vector with itself, if no bias helps.
/// let (head, keys) = (Head::new(Mat::identity(3, 3), Mat::identity(3, 3), 1.0)?, Mat::<f64>::identity(3, 3));
/// let found = max_margin(&head, keys.as_ref(), Visibility::All, MaxMarginParams { gap: 1e-4, ..Default::default() })?;
/// assert!(found.margin <= found.margin_at_most && found.margin_at_most < 1.001 * found.margin);
/// # Ok::<(), relata_attention::head::HeadError>(())
/// ```
///
/// # Errors
/// [`HeadError`] for inputs that do not fit; [`HeadError::NoPreference`] if every score ties.
pub fn max_margin(
    head: &Head,
    inputs: MatRef<'_, f64>,
    visibility: Visibility,
    params: MaxMarginParams,
) -> Result<MaxMargin, HeadError> {
    let head = head.augmented();
    let n = inputs.nrows();
    let d = inputs.ncols();
    let inputs = Mat::from_fn(n, d + 1, |i, j| if j < d { inputs[(i, j)] } else { 1.0 });
    let scores = head.scores(inputs.as_ref())?;
    let observed = Observed::new(scores.as_ref(), visibility)?;
    let pairs = preferences(&observed, params.preferences);
    if pairs.is_empty() {
        return Err(HeadError::NoPreference);
    }
    let gram = &inputs * inputs.transpose();
    super::form::finite("the products of the inputs", gram.as_ref())?;
    let mut dual = Dual::start(gram, &pairs);
    let mut steps = 0;
    let (mut margin, mut at_most) = dual.bracket(&pairs);
    while steps < params.steps && at_most > margin * (1.0 + params.gap) && dual.step(&pairs) {
        steps += 1;
        // Sums of many small changes drift.
        if steps.is_multiple_of(512) {
            dual.refresh();
        }
        (margin, at_most) = dual.bracket(&pairs);
    }
    dual.refresh();
    let (found, norm) = dual.bracket(&pairs);
    let own = head.visible_norm(inputs.as_ref())?;
    let gaps = pairs.iter().map(|p| scores[(p.query, p.better)] - scores[(p.query, p.worse)]);
    // Inputs so small beside the 1 that their products lose them realise nothing.
    if !(found.is_finite() && norm > 0.0 && own > 0.0 && own.is_finite()) {
        return Err(HeadError::Range("the margin"));
    }
    let along: f64 =
        (0..n).flat_map(|i| (0..n).map(move |j| (i, j))).map(|at| dual.form[at] * scores[at]).sum();
    Ok(MaxMargin {
        margin: found,
        margin_at_most: norm,
        head_margin: gaps.fold(f64::INFINITY, f64::min) / own,
        cosine: along / (norm * own),
        preferences: pairs.len(),
        steps,
    })
}

/// Query `query` is to score `better` above `worse`.
#[derive(Clone, Copy, Debug)]
struct Pair {
    query: usize,
    better: usize,
    worse: usize,
}

fn preferences(observed: &Observed, which: Preferences) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for (query, seen) in observed.seen().enumerate() {
        let mut order: Vec<usize> = (0..seen.len()).collect();
        order.sort_by(|&j, &k| seen[k].total_cmp(&seen[j]));
        let rest = order.iter().enumerate().skip(1);
        pairs.extend(rest.filter_map(|(place, &worse)| {
            let better = match which {
                Preferences::Selection => order[0],
                Preferences::Order => order[place - 1],
            };
            (seen[better] > seen[worse]).then_some(Pair { query, better, worse })
        }));
    }
    pairs
}

/// `W = sum_ij form_ij x_i x_j^T`, a convex combination of the `z`.
struct Dual {
    gram: Mat<f64>,
    form: Mat<f64>,
    /// `x_i^T W x_j`.
    values: Mat<f64>,
    /// The coefficient of each preference.
    weights: Vec<f64>,
}

impl Dual {
    /// The mean of all `z`.
    fn start(gram: Mat<f64>, pairs: &[Pair]) -> Self {
        let n = gram.nrows();
        let share = 1.0 / pairs.len() as f64;
        let mut form = Mat::zeros(n, n);
        for p in pairs {
            form[(p.query, p.better)] += share;
            form[(p.query, p.worse)] -= share;
        }
        let mut dual = Self { gram, form, values: Mat::zeros(n, n), weights: vec![share; pairs.len()] };
        dual.refresh();
        dual
    }

    fn refresh(&mut self) {
        self.values = &self.gram * &self.form * &self.gram;
    }

    fn along(&self, p: &Pair) -> f64 {
        self.values[(p.query, p.better)] - self.values[(p.query, p.worse)]
    }

    /// The margin of this direction, and its norm, which no margin exceeds.
    fn bracket(&self, pairs: &[Pair]) -> (f64, f64) {
        let norm =
            self.weights.iter().zip(pairs).map(|(w, p)| w * self.along(p)).sum::<f64>().max(0.0).sqrt();
        let least = pairs.iter().map(|p| self.along(p)).fold(f64::INFINITY, f64::min);
        (least / norm, norm)
    }

    /// Moves weight from the preference that holds best to the one that holds worst. False if
    /// nothing moves.
    fn step(&mut self, pairs: &[Pair]) -> bool {
        let (mut worst, mut best) = ((f64::INFINITY, 0), (f64::NEG_INFINITY, 0));
        for (k, p) in pairs.iter().enumerate() {
            let v = self.along(p);
            if v < worst.0 {
                worst = (v, k);
            }
            if self.weights[k] > 0.0 && v > best.0 {
                best = (v, k);
            }
        }
        let (to, from) = (pairs[worst.1], pairs[best.1]);
        let distance = self.inner(&to, &to) - 2.0 * self.inner(&to, &from) + self.inner(&from, &from);
        let gain = best.0 - worst.0;
        if !(gain > 0.0 && distance > 0.0) {
            return false;
        }
        let move_by = (gain / distance).min(self.weights[best.1]);
        self.weights[worst.1] += move_by;
        self.weights[best.1] -= move_by;
        for (p, by) in [(to, move_by), (from, -move_by)] {
            self.form[(p.query, p.better)] += by;
            self.form[(p.query, p.worse)] -= by;
            let n = self.gram.nrows();
            for j in 0..n {
                let column = by * (self.gram[(p.better, j)] - self.gram[(p.worse, j)]);
                let rows = self.gram.col(p.query);
                self.values.col_mut(j).iter_mut().zip(rows.iter()).for_each(|(v, g)| *v += column * g);
            }
        }
        true
    }

    /// `<z_p, z_q>`.
    fn inner(&self, p: &Pair, q: &Pair) -> f64 {
        let g = &self.gram;
        let keys =
            g[(p.better, q.better)] - g[(p.better, q.worse)] - g[(p.worse, q.better)] + g[(p.worse, q.worse)];
        g[(p.query, q.query)] * keys
    }
}
