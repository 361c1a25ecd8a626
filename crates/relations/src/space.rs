//! Spaces: where the two arguments of a relation live, with a finite measure on each.

use crate::enclosure::Enclosure;
use crate::gauss::GaussError;
use crate::identity::{Identity, same_space};
use crate::points::Points;
use crate::quadrature::{Quadrature, QuadratureError};
use crate::sobol::unit_cube;
use crate::spaces::Sphere;
use crate::stream::Stream;
use std::fmt::Debug;
use std::num::NonZeroUsize;
use std::sync::Arc;
use thiserror::Error;

/// A subset of `R^p` with a finite measure of full support.
///
/// The measure is a probability unless the space says otherwise ([`Space::mass`]).
pub trait Space: Send + Sync + Debug + 'static {
    /// A short name for tables and errors, such as `[0, 1]` or `S^2`. It is shown and never
    /// compared: [`same_space`] does not read it.
    fn name(&self) -> String;

    /// What makes this space with its measure the one that it is; the object itself, unless it says
    /// by what numbers it is defined.
    fn identity(&self) -> Identity<'_> {
        Identity::of_object(self)
    }

    /// Whether the space is known to be compact, as sup norms and Mercer's theorem need it. The
    /// continuous image of a closed box of parameters is; a space without a chart has to say so.
    fn is_compact(&self) -> bool {
        self.parameters().is_some_and(|ranges| ranges.iter().all(|(a, b)| a.is_finite() && b.is_finite()))
    }

    /// The period of every coordinate, where the space is a torus: points that differ by it in a
    /// coordinate are the same.
    fn period(&self) -> Option<f64> {
        None
    }

    /// Number `p` of coordinates of a point.
    fn dim(&self) -> usize;

    /// Number of axes of a rule or covering: `n` nodes per axis make about `n^axes` nodes. It is
    /// `p` unless the space is thin in `R^p` (a sphere, a simplex: one less; a finite set: 0).
    fn axes(&self) -> usize {
        self.dim()
    }

    /// Total mass of the measure.
    fn mass(&self) -> f64 {
        1.0
    }

    /// A rule for the measure with `n` nodes per axis (`n^p` nodes for a `p`-dimensional tensor
    /// rule, all points of a finite set).
    ///
    /// # Errors
    /// [`SpaceError::TooManyNodes`] beyond [`MAX_NODES`] nodes.
    fn quadrature(&self, n: NonZeroUsize) -> Result<Quadrature, SpaceError>;

    /// `n` independent draws from the measure, normalised to a probability. Shape: `n x p`.
    fn sample(&self, n: NonZeroUsize, stream: &mut Stream) -> Points;

    /// Number of uniform coordinates that [`Space::transport`] takes; `None` where the space has no
    /// transport.
    fn transport_axes(&self) -> Option<usize> {
        None
    }

    /// Carries a point of the open unit cube to the space, such that uniform points become draws
    /// from the normalised measure: appends `p` coordinates to `out`. It is called only where
    /// [`Space::transport_axes`] says how long `u` is.
    fn transport(&self, u: &[f64], out: &mut Vec<f64>) {
        let _ = (u, out);
    }

    /// The first `n` points of an Owen-scrambled Sobol sequence, carried to the measure. Shape:
    /// `n x p`.
    ///
    /// # Errors
    /// [`SpaceError::NoSobol`] where the space has no transport from the unit cube, or for more
    /// points or dimensions than the sequence has ([`MAX_SOBOL_POINTS`],
    /// [`MAX_SOBOL_DIMENSIONS`](crate::MAX_SOBOL_DIMENSIONS)).
    ///
    /// [`MAX_SOBOL_POINTS`]: crate::MAX_SOBOL_POINTS
    fn sobol(&self, n: NonZeroUsize, scramble: u32) -> Result<Points, SpaceError> {
        let no = |reason| SpaceError::NoSobol { space: self.name(), reason };
        let axes = self.transport_axes().ok_or_else(|| no("it has no transport from the unit cube"))?;
        let unit = unit_cube(n.get(), axes, scramble).map_err(no)?;
        let mut data = Vec::with_capacity(n.get() * self.dim());
        for u in unit.chunks_exact(axes) {
            self.transport(u, &mut data);
        }
        Ok(Points::from_finite(self.dim(), data))
    }

    /// Points such that every point of the space lies within Euclidean distance `radius` of one,
    /// about `n` per axis.
    ///
    /// # Errors
    /// [`SpaceError::NotCompact`] for unbounded spaces, [`SpaceError::NoCovering`] where none is
    /// implemented, [`SpaceError::TooManyNodes`].
    fn covering(&self, n: NonZeroUsize) -> Result<Covering, SpaceError>;

    /// The box of parameters of a chart that covers the space, [`Space::axes`] intervals; `None`
    /// where there is none (unbounded spaces, finite sets).
    fn parameters(&self) -> Option<Vec<(f64, f64)>> {
        None
    }

    /// The `p` coordinates of the points whose parameters lie in a box. The parameters are the
    /// coordinates themselves unless the space is curved.
    fn place(&self, parameters: &[Enclosure]) -> Vec<Enclosure> {
        parameters.to_vec()
    }

    /// A Lipschitz constant of the chart in each parameter: how far a point moves, at most, per
    /// unit.
    fn stretch(&self) -> f64 {
        1.0
    }

    /// Whether `x` belongs to the space, up to rounding.
    fn contains(&self, x: &[f64]) -> bool;
}

/// A finite set of points and how far a point of the space can be from it.
#[derive(Clone, Debug, PartialEq)]
pub struct Covering {
    /// The points, `n x p`.
    pub points: Points,
    /// Every point of the space is at most this Euclidean distance from one of the points.
    pub radius: f64,
}

/// The most nodes a tensor rule or a covering may have.
pub const MAX_NODES: usize = 1 << 22;

/// What a space cannot do, or why it cannot exist.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum SpaceError {
    /// A parameter out of its range.
    #[error("{space}: {parameter} is {value}, it must be {expected}")]
    Parameter {
        /// The kind of space.
        space: &'static str,
        /// The parameter's name.
        parameter: &'static str,
        /// What was given.
        value: String,
        /// What would be right.
        expected: &'static str,
    },
    /// The rule would have more nodes than memory should hold.
    #[error(
        "{space}: {per_axis} nodes on each of {axes} axes are more than {MAX_NODES} nodes; use fewer, or a sample"
    )]
    TooManyNodes {
        /// The space.
        space: String,
        /// Nodes per axis.
        per_axis: usize,
        /// Number of axes.
        axes: usize,
    },
    /// An unbounded space has no finite covering.
    #[error("{space} is not compact: it has no finite covering, so no sup norm over it can be certified")]
    NotCompact {
        /// The space.
        space: String,
    },
    /// No covering is implemented.
    #[error("{space}: no covering is implemented in this dimension; use a sampled sup norm")]
    NoCovering {
        /// The space.
        space: String,
    },
    /// No Sobol points are available.
    #[error("{space}: no Sobol sequence ({reason}); use independent samples")]
    NoSobol {
        /// The space.
        space: String,
        /// Why.
        reason: &'static str,
    },
    /// Nodes and weights do not form a rule.
    #[error(transparent)]
    Quadrature(#[from] QuadratureError),
    /// The one-dimensional Gauss rule could not be computed.
    #[error(transparent)]
    Gauss(#[from] GaussError),
}

/// Whether a space is the unit circle of the plane with the uniform probability, its points
/// `(cos u, sin u)` by the angle `u`.
#[must_use]
pub fn is_unit_circle(space: &dyn Space) -> bool {
    same_space(space, &Sphere::circle())
}

impl<S: Space + ?Sized> Space for Arc<S> {
    fn name(&self) -> String {
        (**self).name()
    }
    fn identity(&self) -> Identity<'_> {
        (**self).identity()
    }
    fn is_compact(&self) -> bool {
        (**self).is_compact()
    }
    fn period(&self) -> Option<f64> {
        (**self).period()
    }
    fn dim(&self) -> usize {
        (**self).dim()
    }
    fn axes(&self) -> usize {
        (**self).axes()
    }
    fn mass(&self) -> f64 {
        (**self).mass()
    }
    fn quadrature(&self, n: NonZeroUsize) -> Result<Quadrature, SpaceError> {
        (**self).quadrature(n)
    }
    fn sample(&self, n: NonZeroUsize, stream: &mut Stream) -> Points {
        (**self).sample(n, stream)
    }
    fn transport_axes(&self) -> Option<usize> {
        (**self).transport_axes()
    }
    fn transport(&self, u: &[f64], out: &mut Vec<f64>) {
        (**self).transport(u, out);
    }
    fn sobol(&self, n: NonZeroUsize, scramble: u32) -> Result<Points, SpaceError> {
        (**self).sobol(n, scramble)
    }
    fn covering(&self, n: NonZeroUsize) -> Result<Covering, SpaceError> {
        (**self).covering(n)
    }
    fn parameters(&self) -> Option<Vec<(f64, f64)>> {
        (**self).parameters()
    }
    fn place(&self, parameters: &[Enclosure]) -> Vec<Enclosure> {
        (**self).place(parameters)
    }
    fn stretch(&self) -> f64 {
        (**self).stretch()
    }
    fn contains(&self, x: &[f64]) -> bool {
        (**self).contains(x)
    }
}
