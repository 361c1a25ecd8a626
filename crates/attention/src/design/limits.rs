//! The best scores of a rank, when terms of the query alone do not count.

use relata_kernels::{Encoders, LimitError, LimitParams, Limits, limits};
use relata_relations::faer::MatMut;
use relata_relations::{
    Definiteness, Enclosure, Evidence, Fact, Points, Quadrature, Regularity, Relation, RelationError, Space,
    Symmetry, evaluate, evaluate_into,
};
use std::num::NonZeroUsize;
use std::sync::Arc;

/// `u(x, y) - int u(x, z) dnu(z)`, the integral by the rule of the keys' space with `nodes` nodes
/// per axis: the same order for every query, and the same softmax weights.
///
/// Among all `u + c(x)` it is the nearest to every inner product of features that are centred over
/// keys; so the Schmidt tail of the centred relation is the smallest `L2` error that scores of a
/// rank can have up to query-only terms (derived: subtracting the mean over keys is an orthogonal
/// projection, and it does not raise the rank).
///
/// # Errors
/// [`RelationError`] if the keys' space has no such rule.
pub fn centred_over_keys(u: Arc<dyn Relation>, nodes: NonZeroUsize) -> Result<Centred, RelationError> {
    let rule = u.spaces().1.quadrature(nodes)?;
    Ok(Centred::at(u, rule))
}

/// A utility less its mean over keys, made by [`centred_over_keys`], or over a single one, made by
/// [`anchored`](super::anchored).
#[derive(Clone)]
pub struct Centred {
    u: Arc<dyn Relation>,
    rule: Quadrature,
}

impl Centred {
    pub(super) fn at(u: Arc<dyn Relation>, rule: Quadrature) -> Self {
        Self { u, rule }
    }
}

impl Relation for Centred {
    fn name(&self) -> String {
        match self.rule.len() {
            1 => format!("{} less its value at one key", self.u.name()),
            _ => format!("{} centred over keys", self.u.name()),
        }
    }

    fn spaces(&self) -> (&dyn Space, &dyn Space) {
        self.u.spaces()
    }

    fn eval_into(&self, x: &Points, y: &Points, mut out: MatMut<'_, f64>) -> Result<(), RelationError> {
        evaluate_into(self.u.as_ref(), x, y, out.as_mut())?;
        let all = evaluate(self.u.as_ref(), x, self.rule.nodes())?;
        let mass: f64 = self.rule.weights().iter().sum();
        for i in 0..x.len() {
            let sum: f64 = self.rule.weights().iter().enumerate().map(|(j, w)| w * all[(i, j)]).sum();
            (0..y.len()).for_each(|j| out[(i, j)] -= sum / mass);
        }
        Ok(())
    }

    fn symmetry(&self) -> Symmetry {
        Symmetry::Asymmetric
    }

    fn definiteness(&self) -> Definiteness {
        Definiteness::Asymmetric
    }

    fn regularity(&self) -> Regularity {
        self.u.regularity()
    }

    /// The mean moves by as much as `u` does: twice the constant.
    fn lipschitz(&self) -> Option<f64> {
        self.u.lipschitz().map(|l| 2.0 * l)
    }

    /// It claims what follows from `u`.
    fn evidence(&self, fact: Fact) -> Evidence {
        self.u.evidence(fact)
    }

    fn enclose(&self, x: &[Enclosure], y: &[Enclosure]) -> Option<Enclosure> {
        let mut all = self.u.enclose(x, y)?;
        for (node, w) in self.rule.nodes().rows().zip(self.rule.weights()) {
            let node: Vec<Enclosure> = node.iter().map(|v| Enclosure::constant(*v)).collect();
            all = all - self.u.enclose(x, &node)? * (w / self.rule.mass());
        }
        Some(all)
    }
}

impl std::fmt::Debug for Centred {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name())
    }
}

/// The smallest `L2` errors of scores of each rank up to query-only terms: [`limits`] of the
/// relation centred over keys.
///
/// ```
/// use relata_attention::design::score_limits;
/// use relata_kernels::LimitParams;
/// use relata_relations::catalogue::negative_squared_distance;
/// use std::sync::Arc;
/// // Nearest neighbours in the plane: -|x - y|^2 has rank 4, but rank 3 is exact for attention, by 2 x.y - |y|^2.
/// let best = score_limits(Arc::new(negative_squared_distance(2)?), 4, &LimitParams::default())?;
/// assert!(best.at(2)?.relative > 0.1 && best.at(3)?.relative < 1e-7);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`LimitError`]
pub fn score_limits(
    u: Arc<dyn Relation>,
    max_rank: usize,
    params: &LimitParams,
) -> Result<Limits, LimitError> {
    let axes = u.spaces().1.axes().max(1) as f64;
    // As many nodes in all as a decomposition takes, and at least two an axis.
    let per_axis = (params.nodes.get() as f64).powf(1.0 / axes).floor().max(3.0) as usize;
    let nodes = NonZeroUsize::new(per_axis).unwrap_or(NonZeroUsize::MIN);
    limits(&centred_over_keys(u, nodes)?, Encoders::Separate, max_rank, params)
}
