//! What is known of the Fourier transform of a relation, in closed form.

use crate::special::bessel_i;

/// The moments of the Fourier transform of an extension of a relation to the whole space.
///
/// If `r(x, y) = integral of exp(i (w.x + v.y)) dF(w, v)` on the domain for a complex measure `F`,
/// these are the mass of `|F|` and its moments in `w` and in `v`: spectral Barron norms, of this
/// extension (Barron 1993). Only constructors of relations know them
/// ([`Relation::fourier`](crate::Relation::fourier)).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FourierForm {
    /// `|F|`, the integral of the magnitude.
    pub mass: f64,
    /// The integrals of `|w|` and of `|v|`; `None` where they are infinite, because the transform
    /// decays too slowly.
    pub first: [Option<f64>; 2],
    /// The integrals of `|w|^2` and of `|v|^2`; `None` where they are infinite.
    pub second: [Option<f64>; 2],
    /// What is known of the sign.
    pub sign: FourierSign,
}

/// The sign of the Fourier transform of a function of `x - y`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FourierSign {
    /// Nonnegative: the relation is positive semidefinite (Bochner 1932), and waves drawn from the
    /// transform make one shared encoder.
    Nonnegative,
    /// Complex, or of both signs.
    Complex,
}

impl FourierForm {
    /// For `r(x, y) = f(x - y)`, whose transform lives on `v = -w`: the same moments on both sides.
    #[must_use]
    pub(crate) fn of_difference(
        mass: f64,
        first: Option<f64>,
        second: Option<f64>,
        sign: FourierSign,
    ) -> Self {
        Self { mass, first: [first; 2], second: [second; 2], sign }
    }

    /// `exp(-|x - y|^2 / (2 l^2))` on `R^p`: frequencies are normal with variance `1 / l^2` in each
    /// coordinate, so that `|w|` has the mean of a chi distribution,
    /// `sqrt(2) Gamma((p + 1) / 2) / (l Gamma(p / 2))`.
    pub(crate) fn gaussian(l: f64, p: usize, sign: FourierSign) -> Self {
        let p = p as f64;
        let ratio = (libm::lgamma(0.5 * (p + 1.0)) - libm::lgamma(0.5 * p)).exp();
        Self::of_difference(1.0, Some(2f64.sqrt() / l * ratio), Some(p / l / l), sign)
    }

    /// `exp(kappa cos 2 pi t)`, with coefficients `I_m(kappa)` at the frequencies `2 pi m`:
    /// `m I_m = kappa / 2 (I_{m-1} - I_{m+1})`, and the sum telescopes; the second moment is
    /// `-f''(0)`.
    pub(crate) fn von_mises(kappa: f64) -> Self {
        let tau = 2.0 * std::f64::consts::PI;
        let first = tau * kappa * (bessel_i(0.0, kappa) + bessel_i(1.0, kappa));
        let second = tau * tau * kappa * kappa.exp();
        Self::of_difference(kappa.exp(), Some(first), Some(second), FourierSign::Nonnegative)
    }

    /// The transform of `c r`.
    pub(crate) fn scaled(self, c: f64) -> Self {
        let by = |m: [Option<f64>; 2]| m.map(|m| m.map(|m| m * c.abs()));
        let sign = if c >= 0.0 { self.sign } else { FourierSign::Complex };
        Self { mass: self.mass * c.abs(), first: by(self.first), second: by(self.second), sign }
    }

    /// The transform of `(y, x) -> r(x, y)`.
    pub(crate) fn transposed(self) -> Self {
        let turned = |[x, y]: [Option<f64>; 2]| [y, x];
        Self { first: turned(self.first), second: turned(self.second), ..self }
    }
}
