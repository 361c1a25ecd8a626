//! Utilities less their value at one key, which softmax cannot tell apart.

use super::error::DesignError;
use super::limits::Centred;
use relata_relations::spectral::singular_values;
use relata_relations::{Enclosure, Points, Quadrature, Relation, SpaceError, evaluate, settle_vector_unit};
use std::num::NonZeroUsize;
use std::sync::Arc;

/// `u(x, y) - u(x, y_0)` for the key `y_0` in the middle of the keys' chart.
///
/// If any `u(x, y) + c(x)` has rank `d`, a sum of `a_k(x) b_k(y)`, then this has rank `d` at most:
/// it is the sum of `a_k(x) (b_k(y) - b_k(y_0))` (derived). So no other query-only term lowers an
/// exact rank further: nearest neighbours in `R^p` come down from `p + 2` to `p + 1`.
///
/// # Errors
/// [`DesignError::Construct`] if the keys' space has no chart.
pub fn anchored(u: Arc<dyn Relation>) -> Result<Centred, DesignError> {
    let keys = u.spaces().1;
    let Some(ranges) = keys.parameters() else {
        return Err(relata_networks::ConstructError::Unbounded { space: keys.name() }.into());
    };
    let middle: Vec<Enclosure> = ranges.iter().map(|(a, b)| Enclosure::constant(0.5 * (a + b))).collect();
    let key: Vec<f64> = keys.place(&middle).iter().map(|e| e.value().middle().unwrap_or(f64::NAN)).collect();
    let all_there = Quadrature::new(Points::new(key.len(), key)?, vec![1.0]).map_err(SpaceError::from)?;
    Ok(Centred::at(u, all_there))
}

/// Whether fewer features are within `delta` on a coarse grid once the utility is anchored; `false`
/// where there is no chart.
pub(super) fn lower_rank_when_anchored(u: &Arc<dyn Relation>, delta: f64) -> Result<bool, DesignError> {
    const NODES: NonZeroUsize = NonZeroUsize::new(24).unwrap();
    let (sx, sy) = u.spaces();
    if sx.axes() != 1 || sy.axes() != 1 || sy.parameters().is_none() {
        return Ok(false);
    }
    let (x, y) = (sx.quadrature(NODES)?, sy.quadrature(NODES)?);
    let rank = |r: &dyn Relation| -> Result<usize, DesignError> {
        let values = evaluate(r, x.nodes(), y.nodes())?;
        let s = singular_values(values.as_ref()).map_err(|_| DesignError::NoConvergence)?;
        settle_vector_unit();
        // The root of the mean square, per entry, of what is left out.
        let size = (values.nrows() * values.ncols()) as f64;
        let tail = |k: usize| (s[k..].iter().map(|v| v * v).sum::<f64>() / size).sqrt();
        Ok((0..s.len()).find(|&k| tail(k) <= 0.1 * delta).unwrap_or(s.len()))
    };
    Ok(rank(&anchored(u.clone())?)? < rank(u.as_ref())?)
}
