//! Bounds for one shared encoder.

use super::both::{covered, ridged};
use super::bound::{Bound, cheapest};
use super::choice::BoundRoute;
use super::domain::check_kernel;
use super::error::BoundError;
use super::mercer;
use super::params::BoundParams;
use crate::encoders::Encoders;
use relata_relations::Relation;

/// How many neurons one encoder needs for a positive semidefinite relation:
/// `|k - <phi, phi>| <= eps`.
///
/// The existence of the network is the theorem for symmetric relations of Altabaa and Lafferty
/// (arXiv:2402.08856); the counts and constants are derived here. With
/// `Phi_d = (sqrt(l_i) f_i)_{i <= d}`, `B = sup |Phi_d|`, `tau_d` the truncation error and
/// `delta = sup |phi - Phi_d|`: `sup |k - <phi, phi>| <= tau_d + 2 B delta + delta^2`, and in `L2`
/// (with `e` the `L2` norm of `phi - Phi_d`) `(sum_{i > d} l_i^2)^{1/2} + 2 sqrt(l_1) e + e^2`.
#[derive(Clone, Copy, Debug)]
pub struct SymmetricBound;

impl SymmetricBound {
    /// The cheapest route that applies. Cost: that of all routes.
    ///
    /// ```
    /// use relata_kernels::cost::{BoundParams, SymmetricBound};
    /// let gaussian = relata_relations::catalogue::relation("gaussian")?;
    /// let bound = SymmetricBound::of(&*gaussian, 1e-2, &BoundParams::default())?;
    /// let splines = SymmetricBound::splines(&*gaussian, 1e-2, &BoundParams::default())?;
    /// assert!(bound.neurons <= splines.neurons && splines.neurons < 100);
    /// assert!(bound.budgeted() <= 1e-2 * (1.0 + 1e-12));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`BoundError`]: `eps` not positive or below rounding, a relation that is not positive
    /// semidefinite, jumps or unbounded domains in sup norm, or no route that applies; then the
    /// error of the first one.
    pub fn of(k: &dyn Relation, eps: f64, params: &BoundParams) -> Result<Bound, BoundError> {
        check_kernel(k, eps, params)?;
        cheapest((k, eps, params), &[Self::splines, Self::covering, Self::ridges, Self::barron])
    }

    /// Mercer features interpolated on a grid: with `h` the mesh, `delta <= sup |Phi_d''| h^2 / 8`
    /// (in several dimensions `sum_i h_i^2` for `h^2`). In one dimension a shared hidden layer has
    /// one unit per cell, whatever the rank.
    ///
    /// Cost: a decomposition on [`BoundParams::nodes`] nodes, `O(nodes^3)`, and `O(grid nodes rank)`; in
    /// `L2` also the ranks that [`lower_bound`](super::lower_bound) looks at.
    ///
    /// # Errors
    /// As [`SymmetricBound::of`]; [`BoundError::Dimension`] beyond two dimensions,
    /// [`BoundError::Units`] for sine units and steps, [`BoundError::Resolution`] if the computed
    /// eigenpairs do not reach `eps`.
    pub fn splines(k: &dyn Relation, eps: f64, params: &BoundParams) -> Result<Bound, BoundError> {
        check_kernel(k, eps, params)?;
        mercer::splines(k, eps, params)
    }

    /// The kernel's values on a mesh, interpolated by hats in both arguments, `hat(x)' K hat(y)`:
    /// positive semidefinite with `K`, of rank at most the number of nodes, and within twice the
    /// error of one interpolation ([`Interpolation`](super::Interpolation): by second derivatives
    /// or a Lipschitz constant).
    ///
    /// Cost: that of [`Interpolation::of`](super::Interpolation::of).
    ///
    /// # Errors
    /// As [`SymmetricBound::of`]; [`BoundError::NoModulus`] without enclosure and Lipschitz
    /// constant.
    pub fn covering(k: &dyn Relation, eps: f64, params: &BoundParams) -> Result<Bound, BoundError> {
        check_kernel(k, eps, params)?;
        covered(Bound::empty((k, eps, params), Encoders::Shared, BoundRoute::Covering), k, params)
    }

    /// Features that are sums of ridge functions ([`Relation::ridges`],
    /// [`RidgeSplines`](super::RidgeSplines)), by splines, in any dimension.
    ///
    /// ```
    /// use relata_kernels::cost::{BoundParams, SymmetricBound};
    /// let attention = relata_relations::catalogue::zonal_exp(3, 1.0)?;
    /// let bound = SymmetricBound::ridges(&attention, 1e-1, &BoundParams::default())?;
    /// assert!(bound.neurons < 1000 && bound.budgeted() <= 1e-1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Cost: that of [`RidgeSplines::of`](super::RidgeSplines::of).
    ///
    /// # Errors
    /// As [`SymmetricBound::of`]; [`BoundError::NoRidges`], [`BoundError::Units`].
    pub fn ridges(k: &dyn Relation, eps: f64, params: &BoundParams) -> Result<Bound, BoundError> {
        check_kernel(k, eps, params)?;
        ridged(Bound::empty((k, eps, params), Encoders::Shared, BoundRoute::RidgeSplines), k, params)
    }

    /// Mercer features as mixtures of ridge functions (Barron 1993; Maurey). From
    /// `f_i = l_i^{-1} integral of k(., y) f_i(y)` follows (derived) that the features together
    /// have `C_m(Phi_d) <= l_d^{-1/2} integral of |w|^m d|F|` with `F` the Fourier transform of the
    /// kernel, and each alone `l_i^{-1/2}` times it.
    ///
    /// Cost: that of [`fourier_norms`](super::fourier_norms) and of the truncated expansion, as for
    /// [`SymmetricBound::splines`].
    ///
    /// # Errors
    /// As [`SymmetricBound::of`]; [`BoundError::InfiniteNorm`] and [`BoundError::NoFourier`].
    pub fn barron(k: &dyn Relation, eps: f64, params: &BoundParams) -> Result<Bound, BoundError> {
        check_kernel(k, eps, params)?;
        mercer::barron(k, eps, params)
    }
}
