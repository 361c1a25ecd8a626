//! Spectra of tensor products from the spectra of their factors.
//!
//! If `r = r_1 x .. x r_k` on product measures then its eigenvalues (singular values) are the products of the factors'. The
//! largest are listed in order; the squares of the others follow from `|r|^2 = prod |r_j|^2` and, with the sums of squares `P_j`, `N_j`
//! of the positive and negative eigenvalues of each factor, from `prod (P_j + N_j)` and `prod (P_j - N_j)`.

use crate::decompose::{singular_values, symmetric_part_eigenvalues, weighted};
use crate::limit::{FactorSource, LimitError};
use relata_relations::{Relation, Spectrum, SpectrumKind, Symmetry};
use std::num::NonZeroUsize;
use std::sync::Arc;

/// Products kept while factors are multiplied in, and at the end.
const KEPT: usize = 4096;
/// Nodes for a smooth factor without a closed form: converged to rounding for the length-scales in use.
const FACTOR_NODES: usize = 120;

/// The spectrum of the tensor product of the factors; `None` where a factor has several dimensions and no closed form.
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
    Ok(Some((multiply(&spectra)?, source)))
}

fn multiply(spectra: &[Spectrum]) -> Result<Spectrum, LimitError> {
    let mut listed = vec![1.0f64];
    for s in spectra {
        let mut next: Vec<f64> = listed.iter().flat_map(|a| s.values().iter().map(move |b| a * b)).collect();
        next.sort_by(|a, b| b.abs().total_cmp(&a.abs()).then(b.total_cmp(a)));
        next.truncate(KEPT);
        listed = next;
    }
    let signed = spectra.iter().all(|s| s.kind() == SpectrumKind::Eigenvalues);
    let squares = |keep: fn(&f64) -> bool, v: &[f64]| v.iter().filter(|x| keep(x)).map(|x| x * x).sum::<f64>();
    let (mut sum, mut difference) = (1.0, 1.0);
    for s in spectra {
        let (p, n) = s.remainders();
        let (p, n) = (p + squares(|v| *v > 0.0, s.values()), n + squares(|v| *v < 0.0, s.values()));
        sum *= p + n;
        difference *= p - n;
    }
    let rest = |total: f64, seen: f64| (total - seen).max(0.0);
    if signed {
        let positive = rest(0.5 * (sum + difference), squares(|v| *v > 0.0, &listed));
        let negative = rest(0.5 * (sum - difference), squares(|v| *v < 0.0, &listed));
        return Ok(Spectrum::eigenvalues(listed, positive, negative)?);
    }
    let values: Vec<f64> = listed.iter().map(|v| v.abs()).collect();
    let remainder = rest(sum, squares(|_| true, &values));
    Ok(Spectrum::singular_values(values, remainder)?)
}
