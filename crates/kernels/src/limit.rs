//! Eckart-Young limits: the smallest `L2` error that any inner product of a given rank can have.
//!
//! For `r` in `L2(mu x nu)` with symmetric part `s`, antisymmetric part `a`, singular values `s_i`
//! and eigenvalues `l_i` of `s`:
//!
//! | encoders | smallest squared error at rank `d` |
//! |---|---|
//! | separate | `sum_{i > d} s_i^2` (Schmidt; Eckart and Young; Mirsky) |
//! | shared | `\|a\|^2 + sum_{l_i < 0} l_i^2 + sum_{i > d} (l_i^+)^2`: the nearest positive semidefinite relation of rank `d` |
//! | indefinite | `\|a\|^2 + sum_{i > d} l_i^2` over the `d` largest `\|l_i\|` |
//!
//! All three are `|r|^2` minus the captured squares. No network, of whatever size, has a smaller
//! error, so a measured error below the limit is a measurement error. A [`Limit`] says how sure it
//! is and where it came from: a closed form, the exact tensor product of one-dimensional spectra, a
//! quadrature with refinement, the matrix itself, or Monte Carlo with a hold-out.

use crate::decompose::{DecomposeError, singular_values, symmetric_part_eigenvalues, weighted};
use crate::encoders::Encoders;
use crate::monte_carlo::monte_carlo_limits;
use crate::tensor::tensor_spectrum;
use faer::MatRef;
use relata_relations::{
    Definiteness, Quadrature, Regularity, Relation, RelationError, Seed, SpaceError, Spectrum, SpectrumError,
    SpectrumKind, Symmetry,
};
use std::fmt;
use std::num::NonZeroUsize;
use thiserror::Error;

/// The smallest `L2` error of a class of inner products at one rank.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    /// The smallest error in `L2(mu x nu)`.
    pub value: f64,
    /// `value / |r|`; 0 where `r` vanishes.
    pub relative: f64,
    /// How far `relative` may be off: an estimate from refinement, or from a hold-out and its
    /// standard error.
    pub uncertainty: f64,
    /// Where the value came from.
    pub source: LimitSource,
}

/// Where a limit came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LimitSource {
    /// A closed-form spectrum.
    ClosedForm,
    /// The products of the spectra of the factors of a tensor product.
    TensorProduct {
        /// Whether each factor's spectrum is a closed form.
        factors: FactorSource,
    },
    /// The matrix of a relation on finite sets.
    Matrix,
    /// A quadrature, refined once to estimate its error.
    Quadrature {
        /// Nodes of the finer rule for `x` and `y`.
        nodes: [usize; 2],
    },
    /// Random samples, in-sample and held out.
    MonteCarlo {
        /// Points a side.
        points: usize,
    },
}

/// Where the spectra of the factors of a tensor product came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactorSource {
    /// Closed forms.
    ClosedForm,
    /// Quadratures with this many nodes.
    Quadrature(usize),
}

/// The limits of one class of inner products at every rank up to a largest.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    encoders: Encoders,
    norm: f64,
    values: Vec<(f64, f64)>,
    source: LimitSource,
}

/// How hard to work where no closed form is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LimitParams {
    /// Nodes of the finer quadrature of each space, in all.
    pub nodes: NonZeroUsize,
    /// Points a side for Monte Carlo.
    pub samples: NonZeroUsize,
    /// Seed of the samples.
    pub seed: Seed,
}

impl Default for LimitParams {
    fn default() -> Self {
        const NODES: NonZeroUsize = NonZeroUsize::new(800).unwrap();
        const SAMPLES: NonZeroUsize = NonZeroUsize::new(20_000).unwrap();
        Self { nodes: NODES, samples: SAMPLES, seed: Seed(0) }
    }
}

/// Why a limit could not be computed.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum LimitError {
    /// A shared encoder needs one space.
    #[error("{relation} lives on two different spaces ({x} and {y}); a {encoders} encoder needs one")]
    DifferentSpaces {
        /// The relation.
        relation: String,
        /// Its first space.
        x: String,
        /// Its second space.
        y: String,
        /// The class asked for.
        encoders: Encoders,
    },
    /// The relation could not be evaluated.
    #[error(transparent)]
    Relation(#[from] RelationError),
    /// A space has no rule.
    #[error(transparent)]
    Space(#[from] SpaceError),
    /// A decomposition did not converge.
    #[error(transparent)]
    Decompose(#[from] DecomposeError),
    /// The computed spectrum is not finite.
    #[error(transparent)]
    Spectrum(#[from] SpectrumError),
    /// A rank beyond the one the limits were computed for.
    #[error("rank {rank} was asked for, the limits were computed up to rank {most}")]
    Rank {
        /// The rank.
        rank: usize,
        /// The largest there is.
        most: usize,
    },
    /// Too few samples for the rank.
    #[error("{samples} samples a side are too few for rank {rank}; use at least {least}")]
    Samples {
        /// Samples a side.
        samples: usize,
        /// The largest rank.
        rank: usize,
        /// What would do.
        least: usize,
    },
}

/// The limit of one class at one rank; [`limits`] computes many ranks at once.
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
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn limit(r: &dyn Relation, encoders: Encoders, rank: usize) -> Result<Limit, LimitError> {
    limits(r, encoders, rank, &LimitParams::default())?.at(rank)
}

/// The limits of one class at the ranks `0..=most`.
///
/// In order of preference: the closed-form spectrum of the relation; the tensor product of its
/// factors' spectra; the matrix of a relation on finite sets; a quadrature (up to two dimensions a
/// side); Monte Carlo.
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
    if encoders != Encoders::Separate && (x.dim() != y.dim() || x.name() != y.name()) {
        let (relation, x, y) = (r.name(), x.name(), y.name());
        return Err(LimitError::DifferentSpaces { relation, x, y, encoders });
    }
    if let Some(s) = r.spectrum()
        && let Some(values) = from_spectrum(&s, r, encoders, most)
    {
        return Ok(Limits { encoders, norm: s.norm(), values, source: LimitSource::ClosedForm });
    }
    if let Some(factors) = r.tensor_factors()
        && let Some((s, source)) = tensor_spectrum(&factors, params.nodes)?
        && let Some(values) = from_spectrum(&s, r, encoders, most)
    {
        return Ok(Limits {
            encoders,
            norm: s.norm(),
            values,
            source: LimitSource::TensorProduct { factors: source },
        });
    }
    if x.axes() <= 2 && y.axes() <= 2 {
        return quadrature_limits(r, encoders, most, params);
    }
    monte_carlo_limits(r, encoders, most, params)
}

/// The limits of a matrix under the counting measure (Frobenius norm), at the ranks `0..=most`.
///
/// # Errors
/// [`LimitError::DifferentSpaces`] if a shared or indefinite encoder is asked for and the matrix is
/// not square; [`LimitError::Decompose`].
pub fn matrix_limits(m: MatRef<'_, f64>, encoders: Encoders, most: usize) -> Result<Limits, LimitError> {
    if encoders != Encoders::Separate && m.nrows() != m.ncols() {
        let (x, y) = (format!("{} rows", m.nrows()), format!("{} columns", m.ncols()));
        return Err(LimitError::DifferentSpaces { relation: "matrix".into(), x, y, encoders });
    }
    let rounding = f64::EPSILON * (m.nrows().max(m.ncols()) as f64).sqrt();
    let squares = uncaptured(m, encoders, most)?;
    let norm = m.norm_l2();
    let values = squares.iter().map(|e2| (e2.sqrt(), rounding)).collect();
    Ok(Limits { encoders, norm, values, source: LimitSource::Matrix })
}

impl Limits {
    pub(crate) fn new(encoders: Encoders, norm: f64, values: Vec<(f64, f64)>, source: LimitSource) -> Self {
        Self { encoders, norm, values, source }
    }

    /// The limit at `rank`; rank 0 is the norm.
    ///
    /// # Errors
    /// [`LimitError::Rank`] beyond the rank that was computed.
    pub fn at(&self, rank: usize) -> Result<Limit, LimitError> {
        let most = self.values.len().saturating_sub(1);
        let &(value, uncertainty) = self.values.get(rank).ok_or(LimitError::Rank { rank, most })?;
        let relative = if self.norm > 0.0 { value / self.norm } else { 0.0 };
        Ok(Limit { value, relative, uncertainty, source: self.source.clone() })
    }

    /// Which class of inner products these are the limits of.
    #[must_use]
    pub fn encoders(&self) -> Encoders {
        self.encoders
    }

    /// `|r|` in `L2(mu x nu)`.
    #[must_use]
    pub fn norm(&self) -> f64 {
        self.norm
    }

    /// Where the values came from.
    #[must_use]
    pub fn source(&self) -> &LimitSource {
        &self.source
    }

    /// The smallest rank whose relative limit is at most `eps`, among those computed.
    #[must_use]
    pub fn rank_for(&self, eps: f64) -> Option<usize> {
        self.values.iter().position(|(v, _)| *v <= eps * self.norm)
    }
}

impl fmt::Display for LimitSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ClosedForm => f.write_str("closed form"),
            Self::TensorProduct { factors: FactorSource::ClosedForm } => {
                f.write_str("tensor product of closed forms")
            }
            Self::TensorProduct { factors: FactorSource::Quadrature(n) } => {
                write!(f, "tensor product of spectra at {n} nodes")
            }
            Self::Matrix => f.write_str("matrix"),
            Self::Quadrature { nodes: [n, m] } => write!(f, "quadrature at {n} x {m} nodes"),
            Self::MonteCarlo { points } => write!(f, "Monte Carlo at {points} points a side"),
        }
    }
}

/// Limits from an exact spectrum; `None` where it does not determine them.
fn from_spectrum(s: &Spectrum, r: &dyn Relation, e: Encoders, most: usize) -> Option<Vec<(f64, f64)>> {
    let signed = s.kind() == SpectrumKind::Eigenvalues;
    let psd = r.definiteness() == Definiteness::PositiveSemidefinite;
    let error: Box<dyn Fn(usize) -> f64> = match (e, r.symmetry()) {
        (Encoders::Separate, _) => Box::new(|d| s.tail(d)),
        (_, Symmetry::Antisymmetric) => Box::new(|_| s.norm()),
        (Encoders::Indefinite, Symmetry::Symmetric) => Box::new(|d| s.tail(d)),
        (Encoders::Shared, Symmetry::Symmetric) if signed => Box::new(|d| s.positive_tail(d)),
        (Encoders::Shared, Symmetry::Symmetric) if psd => Box::new(|d| s.tail(d)),
        _ => return None,
    };
    let rounding = 4.0 * f64::EPSILON;
    Some((0..=most).map(|d| (error(d), rounding)).collect())
}

/// Both spaces are finite sets.
fn is_finite(r: &dyn Relation) -> bool {
    let (x, y) = r.spaces();
    x.axes() == 0 && y.axes() == 0
}

/// Rules with about `n` nodes in all on each space.
fn rules(r: &dyn Relation, n: usize) -> Result<[Quadrature; 2], SpaceError> {
    let (x, y) = r.spaces();
    let per_axis = |axes: usize| {
        let k = (n as f64).powf(1.0 / axes.max(1) as f64).round() as usize;
        NonZeroUsize::new(k.max(2)).unwrap_or(NonZeroUsize::MIN)
    };
    Ok([x.quadrature(per_axis(x.axes()))?, y.quadrature(per_axis(y.axes()))?])
}

fn quadrature_limits(
    r: &dyn Relation,
    e: Encoders,
    most: usize,
    p: &LimitParams,
) -> Result<Limits, LimitError> {
    let run = |n: usize| -> Result<(f64, Vec<f64>, [usize; 2]), LimitError> {
        let [qx, qy] = rules(r, n)?;
        let a = weighted(r, if e == Encoders::Separate { [&qx, &qy] } else { [&qx, &qx] })?;
        Ok((a.norm_l2(), uncaptured(a.as_ref(), e, most)?, [qx.len(), qy.len()]))
    };
    // Analytic relations converge geometrically: fewer nodes give all digits.
    let n = match r.regularity() {
        Regularity::Smooth => p.nodes.get().div_ceil(2),
        _ => p.nodes.get(),
    };
    let (norm, fine, nodes) = run(n)?;
    let relative = |norm: f64, e2: f64| if norm > 0.0 { e2.sqrt() / norm } else { 0.0 };
    if is_finite(r) {
        let rounding = f64::EPSILON * (nodes[0].max(nodes[1]) as f64).sqrt();
        let values = fine.iter().map(|e2| (e2.sqrt(), rounding)).collect();
        return Ok(Limits { encoders: e, norm, values, source: LimitSource::Matrix });
    }
    let (coarse_norm, coarse, _) = run(n / 2)?;
    // With a kink at x = y the squares converge like n^-2: one Richardson step, and its size as the
    // uncertainty.
    let step = if r.regularity() == Regularity::Kink { 1.0 / 3.0 } else { 0.0 };
    let better = |fine: f64, coarse: f64| (fine + step * (fine - coarse)).max(0.0);
    let better_norm = better(norm * norm, coarse_norm * coarse_norm).sqrt();
    let values = fine
        .iter()
        .zip(&coarse)
        .map(|(f, c)| {
            let value = better(*f, *c);
            let change = relative(better_norm, value) - relative(norm, *f);
            let refined = relative(norm, *f) - relative(coarse_norm, *c);
            let uncertainty = if step > 0.0 { change.abs() } else { refined.abs() };
            (value.sqrt(), uncertainty + f64::EPSILON)
        })
        .collect();
    let norm = better_norm;
    Ok(Limits { encoders: e, norm, values, source: LimitSource::Quadrature { nodes } })
}

/// Smallest squared Frobenius error of the class for `a`, at the ranks `0..=most`.
fn uncaptured(a: MatRef<'_, f64>, e: Encoders, most: usize) -> Result<Vec<f64>, LimitError> {
    let squares = |values: &[f64]| -> Vec<f64> { values.iter().map(|v| v * v).collect() };
    let (captured, lost): (Vec<f64>, f64) = match e {
        Encoders::Separate => (squares(&singular_values(a)?), 0.0),
        Encoders::Shared | Encoders::Indefinite => {
            let antisymmetric = 0.5 * (a - a.transpose());
            let values = symmetric_part_eigenvalues(a)?;
            let keep = |v: &&f64| e == Encoders::Indefinite || **v > 0.0;
            let kept: Vec<f64> = values.iter().filter(keep).copied().collect();
            let dropped: Vec<f64> = values.iter().filter(|v| !keep(v)).copied().collect();
            let negative: f64 = squares(&dropped).iter().rev().sum();
            (squares(&kept), antisymmetric.squared_norm_l2() + negative)
        }
    };
    let mut tail = vec![lost; captured.len() + 1];
    for k in (0..captured.len()).rev() {
        tail[k] = tail[k + 1] + captured[k];
    }
    Ok((0..=most).map(|d| tail[d.min(captured.len())]).collect())
}
