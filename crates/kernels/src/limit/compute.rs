//! Which way the limits of a relation are computed.

use super::closed_form::{check_believed, from_spectra};
use super::monte_carlo::monte_carlo_limits;
use super::nodes::{Discrete, rescale, unit_of};
use super::rules::Rules;
use super::tensor::{SpectrumRange, tensor_spectrum};
use super::types::{Limit, LimitError, LimitParams, LimitSource, Limits};
use crate::encoders::Encoders;
use crate::matrix;
use faer::MatRef;
use relata_relations::{Evidence, Fact, Relation, Tail, same_space};

/// The limit of one class at one rank; [`limits`] computes many ranks at once, and says what it
/// costs.
///
/// # Errors
/// [`LimitError`]
///
/// ```
/// use relata_kernels::{Encoders, limit};
/// // Strict order on [0, 1]: 43.5 % error at rank 1, whatever the network.
/// let volterra = relata_relations::catalogue::relation("volterra")?;
/// let l = limit(&*volterra, Encoders::Separate, 1)?;
/// assert!((l.relative - 0.43524).abs() < 1e-5);
/// // From nodes alone: the closed form is in the bracket.
/// use relata_relations::{Interval, relation_fn};
/// let step = |x: &[f64], y: &[f64]| if x[0] < y[0] { 1.0 } else { 0.0 };
/// let found = limit(&relation_fn(Interval::unit(), Interval::unit(), step), Encoders::Separate, 16)?;
/// let exact = limit(&*volterra, Encoders::Separate, 16)?;
/// assert!(found.relative_lower <= exact.relative && exact.relative <= found.relative_upper);
/// assert!(found.uncertainty < 0.01);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn limit(r: &dyn Relation, encoders: Encoders, rank: usize) -> Result<Limit, LimitError> {
    limits(r, encoders, rank, &LimitParams::default())?.at(rank)
}

/// The limits of one class at the ranks `0..=most`.
///
/// In order of preference: the spectrum of the relation (one that is declared or believed is held
/// against values on nodes); the tensor product of its factors' spectra; the matrix of a relation on
/// finite sets; quadratures (up to two dimensions a side); Monte Carlo.
///
/// Cost: for a spectrum `most` operations and a millisecond; for a matrix and for quadratures one
/// decomposition of `n^3` with the `n` points or `params.nodes` (800 nodes: about a second, an
/// eighth of it where the relation is smooth); for Monte Carlo ten products of the sample matrix
/// with `most + 16` vectors, of which the number of samples is lowered to keep `n^2 (most + 16)`
/// below 2 10^10 (ten to thirty seconds).
///
/// # Errors
/// [`LimitError`]
pub fn limits(
    r: &dyn Relation,
    encoders: Encoders,
    most: usize,
    params: &LimitParams,
) -> Result<Limits, LimitError> {
    let (x, y) = r.spaces();
    let name = r.name();
    if encoders != Encoders::Separate && !same_space(x, y) {
        return Err(LimitError::DifferentSpaces { relation: name, x: x.name(), y: y.name(), encoders });
    }
    if let Some(value) = r.checked_spectrum()? {
        if r.evidence(Fact::Spectrum) == Evidence::Believed {
            check_believed(&value, r, params.seed)?;
        }
        let (low, high) = value.bounds();
        let range = SpectrumRange { low, value, high };
        if let Some((norm, values)) = from_spectra(&range, r, encoders, most) {
            return Limits::new(&name, encoders, norm, values, LimitSource::ClosedForm);
        }
    }
    if let Some(factors) = r.tensor_factors()
        && let Some((range, factors)) = tensor_spectrum(&factors, params)?
        && let Some((norm, values)) = from_spectra(&range, r, encoders, most)
    {
        return Limits::new(&name, encoders, norm, values, LimitSource::TensorProduct { factors });
    }
    if x.axes() == 0 && y.axes() == 0 {
        let found = Discrete::on_rules(r, encoders, [1, 1], None)?;
        return of_discrete(&name, &found, encoders, most);
    }
    if x.axes() <= 2 && y.axes() <= 2 {
        let first = [params.nodes.get().div_ceil(2)];
        let found = Rules::gather(r, encoders, most, (&first, params.nodes.get()), params.seed)?;
        let (norm, values) = found.limits(encoders, most);
        let source = LimitSource::Quadrature { nodes: found.fine().nodes };
        return Limits::new(&name, encoders, norm, values, source);
    }
    monte_carlo_limits(r, encoders, most, params)
}

/// The limits of a matrix under the counting measure (Frobenius norm), at the ranks `0..=most`.
/// Cost: one decomposition.
///
/// # Errors
/// [`LimitError::DifferentSpaces`] if a shared or indefinite encoder is asked for and the matrix is
/// not square; [`LimitError::Matrix`] if it is empty or not finite; [`LimitError::Decompose`].
pub fn matrix_limits(m: MatRef<'_, f64>, encoders: Encoders, most: usize) -> Result<Limits, LimitError> {
    if encoders != Encoders::Separate && m.nrows() != m.ncols() {
        let (x, y) = (format!("{} rows", m.nrows()), format!("{} columns", m.ncols()));
        return Err(LimitError::DifferentSpaces { relation: "matrix".into(), x, y, encoders });
    }
    matrix::check(m)?;
    let unit = unit_of(m);
    let mut scaled = m.to_owned();
    rescale(scaled.as_mut(), unit);
    of_discrete("the matrix", &Discrete::of_matrix(scaled.as_ref(), encoders, unit)?, encoders, most)
}

/// Exact up to rounding.
fn of_discrete(name: &str, d: &Discrete, e: Encoders, most: usize) -> Result<Limits, LimitError> {
    let norm = d.norm2.sqrt();
    let rounding = d.rounding() * norm;
    let tail = |v: f64| Tail {
        low: (v - rounding).max(0.0) * d.unit,
        value: if v <= rounding { 0.0 } else { v * d.unit },
        high: (v + rounding) * d.unit,
    };
    let values = d.uncaptured(e, most).into_iter().map(|square| tail(square.sqrt())).collect();
    Limits::new(name, e, tail(norm), values, LimitSource::Matrix)
}
