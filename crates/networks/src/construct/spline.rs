//! Tables as networks.

use super::ConstructError;
use super::mesh::Mesh;
use crate::mlp::{Affine, Mlp};
use faer::{Mat, MatRef};

/// The network of one input that takes the values of row `i` of a table at knot `i` and is linear
/// in between: a hidden layer of one ReLU a piece. A single knot makes a constant. Shape of
/// `values`: knots x outputs.
///
/// ```
/// use relata_networks::piecewise_linear;
/// use relata_relations::Points;
/// use relata_relations::faer::mat;
/// let net = piecewise_linear(&[0.0, 1.0, 3.0], mat![[1.0], [2.0], [0.0]].as_ref())?;
/// let at = net.forward(&Points::line(vec![0.5, 1.0, 2.0])?);
/// assert_eq!((at[(0, 0)], at[(1, 0)], at[(2, 0)]), (1.5, 2.0, 1.0));
/// assert_eq!(net.neurons(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`ConstructError::Knots`] unless there is a row of values for each knot and knots increase,
/// [`ConstructError::Network`] if a value is not finite.
pub fn piecewise_linear(knots: &[f64], values: MatRef<'_, f64>) -> Result<Mlp, ConstructError> {
    // NaN does not increase.
    let increase = knots.windows(2).all(|w| w[0] < w[1]);
    if knots.is_empty() || knots.len() != values.nrows() || !increase {
        return Err(ConstructError::Knots { knots: knots.len(), rows: values.nrows() });
    }
    if knots.len() == 1 {
        let row = (0..values.ncols()).map(|k| values[(0, k)]).collect();
        return Ok(Mlp::new(Vec::new(), Affine::new(Mat::zeros(1, values.ncols()), row))?);
    }
    Ok(Mesh::Knots(knots.to_vec()).network(values)?)
}
