//! Spaces: where the two arguments of a relation live, with a finite measure on each.

use crate::enclosure::Enclosure;
use crate::gauss::GaussError;
use crate::points::Points;
use crate::quadrature::{Quadrature, QuadratureError};
use crate::sobol::unit_cube;
use crate::stream::Stream;
use std::fmt::Debug;
use std::num::NonZeroUsize;
use std::sync::Arc;
use thiserror::Error;

/// A subset of `R^p` with a finite measure of full support.
///
/// The measure is a probability unless the space says otherwise ([`Space::mass`]).
pub trait Space: Send + Sync + Debug {
    /// A short name for tables and errors, such as `[0, 1]` or `S^2`. It identifies the space with
    /// its measure: two spaces of one name and dimension count as the same ([`same_space`]).
    fn name(&self) -> String;

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

/// Whether two spaces are one and the same, with the same measure: by name, dimension and mass.
#[must_use]
pub fn same_space(a: &dyn Space, b: &dyn Space) -> bool {
    a.dim() == b.dim() && a.mass().to_bits() == b.mass().to_bits() && a.name() == b.name()
}

/// Whether a space is the unit circle of the plane, its points `(cos u, sin u)` by the angle `u`.
#[must_use]
pub fn is_unit_circle(space: &dyn Space) -> bool {
    let ranges = space.parameters().unwrap_or_default();
    let [(low, high)] = ranges[..] else { return false };
    let on_circle = |u: f64| {
        let x = space.place(&[Enclosure::constant(u)]);
        x.len() == 2
            && (x[0].value().middle() - u.cos()).abs() < 1e-12
            && (x[1].value().middle() - u.sin()).abs() < 1e-12
    };
    let turn = 2.0 * std::f64::consts::PI;
    (high - low - turn).abs() < 1e-9 && (0..8).all(|i| on_circle(low + turn * f64::from(i) / 8.0))
}

impl<S: Space + ?Sized> Space for Arc<S> {
    fn name(&self) -> String {
        (**self).name()
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
