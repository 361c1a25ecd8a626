//! The catalogue: named relations with their spaces, what is known of them, and where it is known
//! from.
//!
//! [`relation`] finds one by name with its default parameters; the constructors take parameters.
//! Exact spectra are checked against numerical ones by the crate's tests. Where a relation jumps,
//! it takes the mean of both sides at the jump (a set of measure zero), which is what Fourier and
//! Schmidt series converge to.
//!
//! ```
//! use relata_relations::catalogue::{catalogue, relation};
//! let brownian = relation("brownian")?;
//! let spectrum = brownian.spectrum().ok_or("known in closed form")?;
//! assert!((spectrum.values()[0] - 4.0 / std::f64::consts::PI.powi(2)).abs() < 1e-15);
//! let error = relation("brownain").unwrap_err().to_string();
//! assert!(error.contains("brownian"));
//! assert!(catalogue().len() >= 20);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod difference;
mod divergence;
mod entries;
mod exponential;
mod gaussian;
mod green;
mod matern;
mod order;
mod polynomial;
mod series;
mod sinc;
mod smooth;
mod sphere;
mod tails;
mod torus;
mod zonal_ridges;

pub use difference::{abs_difference, difference, negative_squared_distance, positive_part};
pub use divergence::kl_divergence;
pub use exponential::{exp_bilinear, exp_bilinear_cube, exp_bilinear_gaussian};
pub use gaussian::{gaussian, gaussian_measure, gaussian_shifted, mehler};
pub use green::{bridge, brownian};
pub use matern::{MaternOrder, matern};
pub use order::{sign, smooth_order, volterra};
pub use polynomial::{polynomial, tanh};
pub use sinc::sinc;
pub use smooth::{smooth_asymmetric_2d, smooth_asymmetric_8d};
pub use sphere::{ArcCosineOrder, arc_cosine, zonal_exp};
pub use torus::{directed_distance, periodic_sobolev, poisson, shifted_sine, von_mises};

use crate::enclosure::{Bracket, Enclosure};
use crate::function::{Facts, FnRelation, relation_fn};
use crate::relation::{Definiteness, Regularity, Relation, RelationError, Symmetry};
use crate::space::Space;
use std::f64::consts::PI;
use std::sync::Arc;
use thiserror::Error;

/// Which constructor made a relation: with its parameters and spaces, all that defines it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Formula {
    AbsDifference,
    ArcCosineOne,
    ArcCosineZero,
    Bridge,
    Brownian,
    Difference,
    DirectedDistance,
    ExpBilinear,
    ExpBilinearCube,
    ExpBilinearGaussian,
    Gaussian,
    GaussianShifted,
    KlDivergence,
    MaternHalf,
    MaternThreeHalves,
    MaternFiveHalves,
    Mehler,
    NegativeSquaredDistance,
    PeriodicSobolev,
    Poisson,
    Polynomial,
    PositivePart,
    ShiftedSine,
    Sign,
    Sinc,
    SmoothAsymmetric2d,
    SmoothAsymmetric8d,
    SmoothOrder,
    Tanh,
    Volterra,
    VonMises,
    ZonalExp,
}

/// One line of the catalogue.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The name, by which pipelines, tests, benches and docs refer to the relation.
    pub name: &'static str,
    /// The formula with the default parameters.
    pub formula: &'static str,
    /// The spaces and measures.
    pub spaces: &'static str,
    /// Where its spectrum or its use comes from.
    pub source: &'static str,
    /// Its symmetry.
    pub symmetry: Symmetry,
    /// Its definiteness.
    pub definiteness: Definiteness,
    constructor: fn() -> Result<FnRelation, RelationError>,
}

impl Entry {
    /// The relation with its default parameters.
    ///
    /// # Errors
    /// [`CatalogueError::Build`] if it cannot be built; the default parameters can.
    pub fn build(&self) -> Result<Arc<dyn Relation>, CatalogueError> {
        let built =
            (self.constructor)().map_err(|source| CatalogueError::Build { name: self.name, source })?;
        Ok(Arc::new(built.named(self.name)))
    }
}

/// Why the catalogue has no such relation.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum CatalogueError {
    /// An unknown name.
    #[error("there is no relation {name:?} in the catalogue; the nearest names are {}", suggestions.join(", "))]
    Unknown {
        /// What was asked for.
        name: String,
        /// The nearest names, nearest first.
        suggestions: Vec<&'static str>,
    },
    /// A relation that could not be built.
    #[error("{name}: {source}")]
    Build {
        /// The relation.
        name: &'static str,
        /// Why.
        source: RelationError,
    },
}

/// All named relations: kernels first, then symmetric indefinite, then asymmetric ones.
#[must_use]
pub fn catalogue() -> &'static [Entry] {
    entries::ENTRIES
}

/// The relation of that name with its default parameters.
///
/// # Errors
/// [`CatalogueError::Unknown`] names the nearest names.
pub fn relation(name: &str) -> Result<Arc<dyn Relation>, CatalogueError> {
    if let Some(entry) = catalogue().iter().find(|e| e.name == name) {
        return entry.build();
    }
    let mut near: Vec<(f64, &'static str)> =
        catalogue().iter().map(|e| (strsim::jaro_winkler(name, e.name), e.name)).collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0));
    let suggestions = near.into_iter().take(3).map(|(_, n)| n).collect();
    Err(CatalogueError::Unknown { name: name.into(), suggestions })
}

/// A relation of two real arguments on one-dimensional spaces.
fn on_line(
    x: impl Space + 'static,
    y: impl Space + 'static,
    f: impl Fn(f64, f64) -> f64 + Send + Sync + 'static,
) -> FnRelation {
    relation_fn(x, y, move |x, y| f(x[0], y[0]))
}

/// `1 / pi`.
fn over_pi() -> Bracket {
    pi(1.0).recip()
}

/// `c pi`.
fn pi(c: f64) -> Bracket {
    Bracket::new(PI.next_down(), PI.next_up()) * c
}

fn squared_distance(x: &[Enclosure], y: &[Enclosure]) -> Enclosure {
    x.iter().zip(y).fold(Enclosure::constant(0.0), |s, (a, b)| s + (*a - *b).square())
}

fn dot(x: &[Enclosure], y: &[Enclosure]) -> Enclosure {
    x.iter().zip(y).fold(Enclosure::constant(0.0), |s, (a, b)| s + *a * *b)
}

/// The same formula in interval arithmetic.
fn on_line_too(
    f: impl Fn(Enclosure, Enclosure) -> Enclosure + Send + Sync + 'static,
) -> impl Fn(&[Enclosure], &[Enclosure]) -> Option<Enclosure> + Send + Sync + 'static {
    move |x, y| Some(f(*x.first()?, *y.first()?))
}

fn kernel(regularity: Regularity, lipschitz: impl Into<Option<f64>>) -> Facts {
    facts(Symmetry::Symmetric, Definiteness::PositiveSemidefinite, regularity, lipschitz)
}

fn indefinite(regularity: Regularity, lipschitz: impl Into<Option<f64>>) -> Facts {
    facts(Symmetry::Symmetric, Definiteness::Indefinite, regularity, lipschitz)
}

fn antisymmetric(regularity: Regularity, lipschitz: impl Into<Option<f64>>) -> Facts {
    facts(Symmetry::Antisymmetric, Definiteness::Asymmetric, regularity, lipschitz)
}

fn asymmetric(regularity: Regularity, lipschitz: impl Into<Option<f64>>) -> Facts {
    facts(Symmetry::Asymmetric, Definiteness::Asymmetric, regularity, lipschitz)
}

fn facts(
    symmetry: Symmetry,
    definiteness: Definiteness,
    regularity: Regularity,
    lipschitz: impl Into<Option<f64>>,
) -> Facts {
    Facts { symmetry, definiteness, regularity, lipschitz: lipschitz.into(), ..Facts::default() }
}

/// Refuses a parameter that is not positive and finite.
fn check_positive(relation: &'static str, parameter: &'static str, value: f64) -> Result<(), RelationError> {
    check(relation, parameter, &value, value.is_finite() && value > 0.0, "positive and finite")
}

fn check(
    relation: &'static str,
    parameter: &'static str,
    value: &dyn std::fmt::Display,
    holds: bool,
    expected: &'static str,
) -> Result<(), RelationError> {
    if holds {
        return Ok(());
    }
    Err(RelationError::Parameter { relation, parameter, value: value.to_string(), expected })
}
