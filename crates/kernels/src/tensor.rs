//! Spectra of tensor products from the spectra of their factors.
//!
//! Where a one-dimensional factor has no closed form, its spectrum is computed by a Gauss rule that
//! has converged to rounding.

use crate::decompose::{singular_values, symmetric_part_eigenvalues, weighted};
use crate::limit::{FactorSource, LimitError};
use relata_relations::{
    MAX_TENSOR_VALUES, Relation, Spectrum, Symmetry, tensor_spectrum as product_spectrum,
};
use std::num::NonZeroUsize;
use std::sync::Arc;

/// Nodes for a smooth factor without a closed form: converged to rounding for the length-scales in
/// use.
const FACTOR_NODES: usize = 120;

/// The spectrum of the tensor product of the factors; `None` where a factor has several dimensions
/// and no closed form.
pub(crate) fn tensor_spectrum(
    factors: &[Arc<dyn Relation>],
    most_nodes: NonZeroUsize,
) -> Result<Option<(Spectrum, FactorSource)>, LimitError> {
    let mut source = FactorSource::ClosedForm;
    let mut spectra = Vec::with_capacity(factors.len());
    for f in factors {
        let (x, y) = f.spaces();
        if let Some(s) = f.spectrum() {
            spectra.push(s);
        } else if x.dim() == 1 && y.dim() == 1 {
            let n = NonZeroUsize::new(FACTOR_NODES.min(most_nodes.get())).unwrap_or(NonZeroUsize::MIN);
            let (qx, qy) = (x.quadrature(n)?, y.quadrature(n)?);
            let a = weighted(f.as_ref(), [&qx, &qy])?;
            spectra.push(if f.symmetry() == Symmetry::Symmetric {
                Spectrum::eigenvalues(symmetric_part_eigenvalues(a.as_ref())?, 0.0, 0.0)?
            } else {
                Spectrum::singular_values(singular_values(a.as_ref())?, 0.0)?
            });
            source = FactorSource::Quadrature(n.get());
        } else {
            return Ok(None);
        }
    }
    Ok(Some((product_spectrum(&spectra, MAX_TENSOR_VALUES)?, source)))
}
