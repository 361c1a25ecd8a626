//! Utilities less their value at one key, which softmax cannot tell apart.

use super::head::DesignError;
use relata_relations::faer::MatMut;
use relata_relations::{
    Definiteness, Enclosure, Points, Regularity, Relation, RelationError, Space, Symmetry, evaluate,
    evaluate_into, settle_vector_unit,
};
use std::num::NonZeroUsize;
use std::sync::Arc;

/// `u(x, y) - u(x, y_0)` for the key `y_0` in the middle of the keys' chart.
///
/// If any `u(x, y) + c(x)` has rank `d`, a sum of `a_k(x) b_k(y)`, then this has rank `d` at most: it is the sum of `a_k(x) (b_k(y) - b_k(y_0))`
/// (derived). So no other query-only term lowers an exact rank further: nearest neighbours in `R^p` come down from `p + 2` to `p + 1`.
///
/// # Errors
/// [`DesignError::Construct`] if the keys' space has no chart.
pub fn anchored(u: Arc<dyn Relation>) -> Result<Anchored, DesignError> {
    let keys = u.spaces().1;
    let Some(ranges) = keys.parameters() else {
        return Err(relata_networks::ConstructError::Unbounded { space: keys.name() }.into());
    };
    let middle: Vec<Enclosure> = ranges.iter().map(|(a, b)| Enclosure::constant(0.5 * (a + b))).collect();
    let key: Vec<f64> = keys.place(&middle).iter().map(|e| e.value().middle()).collect();
    let key = Points::new(key.len(), key)?;
    Ok(Anchored { u, key })
}

/// A utility less its value at one key; made by [`anchored`].
#[derive(Clone)]
pub struct Anchored {
    u: Arc<dyn Relation>,
    key: Points,
}

impl Relation for Anchored {
    fn name(&self) -> String {
        format!("{} less its value at {:?}", self.u.name(), self.key.row(0))
    }

    fn spaces(&self) -> (&dyn Space, &dyn Space) {
        self.u.spaces()
    }

    fn eval_into(&self, x: &Points, y: &Points, mut out: MatMut<'_, f64>) -> Result<(), RelationError> {
        evaluate_into(self.u.as_ref(), x, y, out.as_mut())?;
        let there = evaluate(self.u.as_ref(), x, &self.key)?;
        for column in out.col_iter_mut() {
            column.iter_mut().enumerate().for_each(|(i, v)| *v -= there[(i, 0)]);
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

    /// Twice the constant, for two values.
    fn lipschitz(&self) -> Option<f64> {
        self.u.lipschitz().map(|l| 2.0 * l)
    }

    fn enclose(&self, x: &[Enclosure], y: &[Enclosure]) -> Option<Enclosure> {
        let key: Vec<Enclosure> = self.key.row(0).iter().map(|v| Enclosure::constant(*v)).collect();
        Some(self.u.enclose(x, y)? - self.u.enclose(x, &key)?)
    }
}

impl std::fmt::Debug for Anchored {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name())
    }
}

/// Whether fewer features are within `delta` on a coarse grid once the utility is anchored; `false` where there is no chart.
pub(super) fn lower_rank_when_anchored(u: &Arc<dyn Relation>, delta: f64) -> Result<bool, DesignError> {
    const NODES: NonZeroUsize = NonZeroUsize::new(24).unwrap();
    let (sx, sy) = u.spaces();
    if sx.axes() != 1 || sy.axes() != 1 || sy.parameters().is_none() {
        return Ok(false);
    }
    let (x, y) = (sx.quadrature(NODES)?, sy.quadrature(NODES)?);
    let rank = |r: &dyn Relation| -> Result<usize, DesignError> {
        let values = evaluate(r, x.nodes(), y.nodes())?;
        let s = values.singular_values().map_err(|_| DesignError::NoConvergence)?;
        settle_vector_unit();
        // The root of the mean square, per entry, of what is left out.
        let size = (values.nrows() * values.ncols()) as f64;
        let tail = |k: usize| (s[k..].iter().map(|v| v * v).sum::<f64>() / size).sqrt();
        Ok((0..s.len()).find(|&k| tail(k) <= 0.1 * delta).unwrap_or(s.len()))
    };
    Ok(rank(&anchored(u.clone())?)? < rank(u.as_ref())?)
}
