//! Bounds for two encoders.

use super::both::{covered, ridged};
use super::bound::{Bound, cheapest};
use super::choice::BoundRoute;
use super::domain::check;
use super::error::BoundError;
use super::params::BoundParams;
use super::{schmidt, waves};
use crate::encoders::Encoders;
use relata_relations::Relation;

/// How many neurons two encoders need for a relation: `|r - <phi, psi>| <= eps`.
///
/// The existence of the networks is the theorem for asymmetric relations of Altabaa and Lafferty
/// (arXiv:2402.08856) for continuous `r` on compact spaces; the constructions, counts and constants
/// are derived here.
#[derive(Clone, Copy, Debug)]
pub struct AsymmetricBound;

impl AsymmetricBound {
    /// The cheapest route that applies. Cost: that of all routes.
    ///
    /// # Errors
    /// [`BoundError`]: `eps` not positive or below rounding, jumps or unbounded domains in sup norm,
    /// or no route that applies; then the error of the first one.
    pub fn of(r: &dyn Relation, eps: f64, params: &BoundParams) -> Result<Bound, BoundError> {
        check(r, eps, params)?;
        cheapest(
            (r, eps, params),
            &[Self::splines, Self::covering, Self::ridges, Self::fourier_maurey, Self::schmidt_barron],
        )
    }

    /// A partition of unity: the values on a product of meshes, interpolated by hats in both
    /// arguments, `hat(x)' R hat(y)`. Hypothesis-free but for bounds of second derivatives or a
    /// modulus of continuity: the error is at most that of the two interpolations
    /// ([`Interpolation`](super::Interpolation)). The rank is the number of nodes of the smaller mesh.
    ///
    /// ```
    /// use relata_kernels::cost::{AsymmetricBound, BoundParams};
    /// let r = relata_relations::catalogue::relation("positive-part")?;
    /// let bound = AsymmetricBound::covering(&*r, 1e-2, &BoundParams::default())?;
    /// // L = sqrt 2 on [0, 1] twice: 142 cells on each side.
    /// assert_eq!((bound.rank, bound.neurons), (143, 284));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Cost: that of [`Interpolation::of`](super::Interpolation::of).
    ///
    /// # Errors
    /// As [`AsymmetricBound::of`]; [`BoundError::NoModulus`] without enclosure and Lipschitz
    /// constant, [`BoundError::Units`] for sine units and steps.
    pub fn covering(r: &dyn Relation, eps: f64, params: &BoundParams) -> Result<Bound, BoundError> {
        check(r, eps, params)?;
        covered(Bound::empty((r, eps, params), Encoders::Separate, BoundRoute::Covering), r, params)
    }

    /// Features that are sums of ridge functions ([`Relation::ridges`], [`RidgeSplines`](super::RidgeSplines)), by
    /// splines, in any dimension.
    ///
    /// Cost: that of [`RidgeSplines::of`](super::RidgeSplines::of).
    ///
    /// # Errors
    /// As [`AsymmetricBound::of`]; [`BoundError::NoRidges`], [`BoundError::Units`].
    pub fn ridges(r: &dyn Relation, eps: f64, params: &BoundParams) -> Result<Bound, BoundError> {
        check(r, eps, params)?;
        ridged(Bound::empty((r, eps, params), Encoders::Separate, BoundRoute::RidgeSplines), r, params)
    }

    /// Schmidt features interpolated on grids. In `L2`
    /// `(sum_{i > d} s_i^2)^{1/2} + sqrt(s_1) (e_phi + e_psi) + e_phi e_psi`, in sup norm the
    /// largest residual of a pair and `B_psi delta_phi + B_phi delta_psi + delta_phi delta_psi`,
    /// with spline errors as in [`super::SymmetricBound::splines`].
    ///
    /// Cost: a decomposition on [`BoundParams::nodes`] nodes, `O(nodes^3)`, and `O(grid nodes rank)`; in
    /// `L2` also the ranks that [`lower_bound`](super::lower_bound) looks at.
    ///
    /// # Errors
    /// As [`AsymmetricBound::of`]; [`BoundError::Dimension`] beyond two dimensions,
    /// [`BoundError::Units`], [`BoundError::Resolution`].
    pub fn splines(r: &dyn Relation, eps: f64, params: &BoundParams) -> Result<Bound, BoundError> {
        check(r, eps, params)?;
        schmidt::splines(r, eps, params)
    }

    /// Waves drawn from the Fourier transform (Maurey, in Pisier 1981; Barron 1993): `N` pairs of
    /// frequencies make rank `2 N` and, in `L2`, error `|F| / sqrt(N)`, whatever the dimension; in
    /// sup norm by Hoeffding's inequality on a net. A cosine and a sine of one frequency share the
    /// knots of their splines, which are within `h^2 / 8` of both together; sine units are exact.
    ///
    /// Sampled frequencies fluctuate; the bound is for the best of all draws: some draw has at most
    /// twice the mean squared error and at most twice the mean number of knots (in sup norm four
    /// times, with probability 1/4 left).
    ///
    /// Cost: that of [`fourier_norms`](super::fourier_norms).
    ///
    /// # Errors
    /// As [`AsymmetricBound::of`]; [`BoundError::InfiniteNorm`], [`BoundError::NoFourier`],
    /// [`BoundError::Units`] for steps.
    pub fn fourier_maurey(r: &dyn Relation, eps: f64, params: &BoundParams) -> Result<Bound, BoundError> {
        waves::drawn(r, eps, params)
    }

    /// Schmidt features as mixtures of ridge functions, in `L2` or sup norm: the rank is optimal in
    /// `L2` (Schmidt 1907), and from `u_i = s_i^{-1} integral of r(., y) v_i(y)` the features
    /// together have `C_m <= s_d^{-1/2} integral of |w|^m d|F|` (derived).
    ///
    /// Cost: that of [`fourier_norms`](super::fourier_norms) and of the truncated expansion, as for
    /// [`AsymmetricBound::splines`].
    ///
    /// # Errors
    /// As [`AsymmetricBound::of`]; [`BoundError::InfiniteNorm`], [`BoundError::NoFourier`],
    /// [`BoundError::Units`] for steps in sup norm.
    pub fn schmidt_barron(r: &dyn Relation, eps: f64, params: &BoundParams) -> Result<Bound, BoundError> {
        check(r, eps, params)?;
        schmidt::barron(r, eps, params)
    }
}
