//! Positive semidefinite kernels of the squared distance, or of the dot product, on `R^p`.

use super::evaluation::Evaluation;
use crate::unit::Unit;
use pulp::Scalar;
use relata_relations::PairForm;
use relata_relations::catalogue::MaternOrder;
use std::fmt;
use thiserror::Error;

/// A kernel `k(x, y) = f(|x - y|^2)` or `f(<x, y>)`, positive semidefinite on every `R^p`.
///
/// ```
/// use relata_kernels::fast::KernelProfile;
/// let k = KernelProfile::gaussian(1.0)?;
/// assert!((k.value(&[0.0, 0.0], &[1.0, 1.0]) - (-1f64).exp()).abs() < 1e-15);
/// assert!(KernelProfile::gaussian(-1.0).unwrap_err().to_string().contains("length-scale"));
/// # Ok::<(), relata_kernels::fast::ProfileError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KernelProfile(pub(super) Kind);

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    /// Of the distance divided by a length.
    Radial {
        shape: Shape,
        length: f64,
    },
    Polynomial {
        degree: u32,
        offset: f64,
    },
    ExpDot {
        scale: f64,
    },
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Shape {
    Gaussian,
    Matern(MaternOrder),
    Cauchy,
    InverseMultiquadric,
}

/// A parameter out of its range.
#[derive(Clone, Debug, Error, PartialEq)]
#[error("{profile}: the {parameter} is {value}; it must be {expected}")]
pub struct ProfileError {
    /// The kernel.
    pub profile: &'static str,
    /// The parameter.
    pub parameter: &'static str,
    /// What was given.
    pub value: f64,
    /// What would be right.
    pub expected: &'static str,
}

impl KernelProfile {
    /// `exp(-|x - y|^2 / (2 l^2))`.
    ///
    /// # Errors
    /// [`ProfileError`] if the length-scale is not positive and finite.
    pub fn gaussian(length: f64) -> Result<Self, ProfileError> {
        Self::radial("gaussian", Shape::Gaussian, length)
    }

    /// `exp(-gamma |x - y|^2)`, the Gaussian kernel of length-scale `1 / sqrt(2 gamma)`.
    ///
    /// # Errors
    /// [`ProfileError`] if `gamma` is not positive and finite.
    pub fn rbf(gamma: f64) -> Result<Self, ProfileError> {
        let gamma = positive("rbf", "gamma", gamma)?;
        Self::gaussian((0.5 / gamma).sqrt())
    }

    /// `exp(-|x - y| / l)`, Matern with smoothness 1/2.
    ///
    /// # Errors
    /// [`ProfileError`] if the length-scale is not positive and finite.
    pub fn exponential(length: f64) -> Result<Self, ProfileError> {
        Self::radial("exponential", Shape::Matern(MaternOrder::Half), length)
    }

    /// `(1 + s) exp(-s)` with `s = sqrt(3) |x - y| / l`, Matern with smoothness 3/2.
    ///
    /// # Errors
    /// [`ProfileError`] if the length-scale is not positive and finite.
    pub fn matern32(length: f64) -> Result<Self, ProfileError> {
        Self::radial("matern32", Shape::Matern(MaternOrder::ThreeHalves), length)
    }

    /// `(1 + s + s^2 / 3) exp(-s)` with `s = sqrt(5) |x - y| / l`, Matern with smoothness 5/2.
    ///
    /// # Errors
    /// [`ProfileError`] if the length-scale is not positive and finite.
    pub fn matern52(length: f64) -> Result<Self, ProfileError> {
        Self::radial("matern52", Shape::Matern(MaternOrder::FiveHalves), length)
    }

    /// `1 / (1 + |x - y|^2 / l^2)`.
    ///
    /// # Errors
    /// [`ProfileError`] if the length-scale is not positive and finite.
    pub fn cauchy(length: f64) -> Result<Self, ProfileError> {
        Self::radial("cauchy", Shape::Cauchy, length)
    }

    /// `1 / sqrt(1 + |x - y|^2 / l^2)`.
    ///
    /// # Errors
    /// [`ProfileError`] if the length-scale is not positive and finite.
    pub fn inverse_multiquadric(length: f64) -> Result<Self, ProfileError> {
        Self::radial("inverse multiquadric", Shape::InverseMultiquadric, length)
    }

    /// `(<x, y> + c)^k`.
    ///
    /// # Errors
    /// [`ProfileError`] if the offset `c` is negative or not finite, or the degree is 0.
    pub fn polynomial(degree: u32, offset: f64) -> Result<Self, ProfileError> {
        if !(offset.is_finite() && offset >= 0.0) {
            let (profile, parameter, expected) = ("polynomial", "offset", "finite and nonnegative");
            return Err(ProfileError { profile, parameter, value: offset, expected });
        }
        if degree == 0 {
            let (profile, parameter, expected) = ("polynomial", "degree", "at least 1");
            return Err(ProfileError { profile, parameter, value: 0.0, expected });
        }
        Ok(Self(Kind::Polynomial { degree, offset }))
    }

    /// The profile of a relation that says of which form it is.
    ///
    /// # Errors
    /// [`ProfileError`] if a parameter of the form is out of its range.
    pub fn of_form(form: PairForm) -> Result<Self, ProfileError> {
        match form {
            PairForm::Gaussian { length } => Self::gaussian(length),
            PairForm::Matern { order, rate } => {
                let length = (order.twice_nu() as f64).sqrt() / rate;
                Self::radial("matern", Shape::Matern(order), length)
            }
            PairForm::ExpDot { scale } => Self::exp_dot(scale),
            PairForm::Polynomial { degree, offset } => Self::polynomial(degree, offset),
        }
    }

    /// The form, for those profiles that are of one.
    pub(super) fn form(&self) -> Option<PairForm> {
        match self.0 {
            Kind::Radial { shape: Shape::Gaussian, length } => Some(PairForm::Gaussian { length }),
            Kind::Radial { shape: Shape::Matern(order), length } => {
                Some(PairForm::Matern { order, rate: (order.twice_nu() as f64).sqrt() / length })
            }
            Kind::Radial { shape: Shape::Cauchy | Shape::InverseMultiquadric, .. } => None,
            Kind::Polynomial { degree, offset } => Some(PairForm::Polynomial { degree, offset }),
            Kind::ExpDot { scale } => Some(PairForm::ExpDot { scale }),
        }
    }

    /// How large an argument of the function can be for points whose norms are at most `a` and `b`:
    /// a distance over the length-scale, the logarithm of an exponential, the degree of a power
    /// (whose rounding is so many times that of its base).
    pub(super) fn argument_bound(&self, a: f64, b: f64) -> f64 {
        match self.0 {
            Kind::Radial { length, .. } => (a + b) / length,
            Kind::ExpDot { scale } => scale * a * b,
            Kind::Polynomial { degree, .. } => f64::from(degree),
        }
    }

    /// `exp(s <x, y>)`, the kernel of softmax attention.
    ///
    /// # Errors
    /// [`ProfileError`] if the scale is not positive and finite.
    pub fn exp_dot(scale: f64) -> Result<Self, ProfileError> {
        Ok(Self(Kind::ExpDot { scale: positive("exp-dot", "scale", scale)? }))
    }

    fn radial(name: &'static str, shape: Shape, length: f64) -> Result<Self, ProfileError> {
        Ok(Self(Kind::Radial { shape, length: positive(name, "length-scale", length)? }))
    }

    /// Whether the kernel is a function of the distance (and so has a constant diagonal).
    #[must_use]
    pub fn is_radial(&self) -> bool {
        matches!(self.0, Kind::Radial { .. })
    }

    /// The kernel of two points, in plain f64 arithmetic.
    ///
    /// Points of different lengths are compared on their common coordinates.
    #[must_use]
    pub fn value(&self, x: &[f64], y: &[f64]) -> f64 {
        let (profile, unit) = self.in_unit();
        let pairs = || x.iter().zip(y);
        let argument: f64 = if self.is_radial() {
            pairs().map(|(a, b)| unit.divide(a - b).powi(2)).sum()
        } else {
            pairs().map(|(a, b)| unit.divide(*a) * unit.divide(*b)).sum()
        };
        Evaluation::<f64, Scalar>::new(Scalar, &profile).values([argument])[0]
    }

    /// The unit of length in which its own length-scale is near 1, and the kernel of points in that
    /// unit: squares of lengths of any size stay in range.
    pub(super) fn in_unit(&self) -> (Self, Unit) {
        let (kind, unit) = match self.0 {
            Kind::Radial { shape, length } => {
                let unit = Unit::near(length);
                (Kind::Radial { shape, length: unit.divide(length) }, unit)
            }
            Kind::Polynomial { .. } => (self.0, Unit::ONE),
            Kind::ExpDot { scale } => {
                let unit = Unit::near(scale);
                (Kind::ExpDot { scale: unit.divide(scale) }, unit.root().inverse())
            }
        };
        (Self(kind), unit)
    }

    /// The length-scale, for radial kernels.
    #[must_use]
    pub fn length(&self) -> Option<f64> {
        match self.0 {
            Kind::Radial { length, .. } => Some(length),
            Kind::Polynomial { .. } | Kind::ExpDot { .. } => None,
        }
    }

    /// For `exp(-|x - y|^2 / (2 l^2))`, the length-scale.
    pub(crate) fn gaussian_length(&self) -> Option<f64> {
        match self.0 {
            Kind::Radial { shape: Shape::Gaussian, length } => Some(length),
            _ => None,
        }
    }

    /// For Matern kernels `(length, 2 nu)`: the spectral density is that of a Student distribution.
    pub(crate) fn matern(&self) -> Option<(f64, usize)> {
        match self.0 {
            Kind::Radial { shape: Shape::Matern(order), length } => Some((length, order.twice_nu())),
            _ => None,
        }
    }

    /// What tells this kernel from others: numbers that no other has.
    pub(super) fn numbers(&self) -> [f64; 3] {
        match self.0 {
            Kind::Radial { shape, length } => {
                let (kind, nu) = match shape {
                    Shape::Gaussian => (0.0, 0.0),
                    Shape::Matern(order) => (1.0, order.twice_nu() as f64),
                    Shape::Cauchy => (2.0, 0.0),
                    Shape::InverseMultiquadric => (3.0, 0.0),
                };
                [kind, nu, length]
            }
            Kind::Polynomial { degree, offset } => [4.0, f64::from(degree), offset],
            Kind::ExpDot { scale } => [5.0, 0.0, scale],
        }
    }

    /// A Lipschitz constant of `(x, y) -> k(x, y)` in the Euclidean norm of the pair, where there
    /// is one on all of `R^p`.
    #[must_use]
    pub fn lipschitz(&self) -> Option<f64> {
        // sup |d f / d t| for t = |x - y|; t is sqrt(2)-Lipschitz in the pair.
        let Kind::Radial { shape, length } = self.0 else { return None };
        let slope = match shape {
            Shape::Gaussian => (-0.5f64).exp(),
            Shape::Matern(order) => (order.twice_nu() as f64).sqrt() * order.steepest(),
            // 2 t / (1 + t^2)^2 at t = 1 / sqrt 3.
            Shape::Cauchy => 3.0 * 3f64.sqrt() / 8.0,
            // t / (1 + t^2)^(3/2) at t = 1 / sqrt 2.
            Shape::InverseMultiquadric => 2.0 / (3.0 * 3f64.sqrt()),
        } / length;
        Some(std::f64::consts::SQRT_2 * slope)
    }
}

impl fmt::Display for KernelProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Kind::Radial { shape, length } => {
                let name = match shape {
                    Shape::Gaussian => "gaussian",
                    Shape::Matern(MaternOrder::Half) => "exponential",
                    Shape::Matern(MaternOrder::ThreeHalves) => "matern32",
                    Shape::Matern(MaternOrder::FiveHalves) => "matern52",
                    Shape::Cauchy => "cauchy",
                    Shape::InverseMultiquadric => "inverse-multiquadric",
                };
                write!(f, "{name}({length})")
            }
            Kind::Polynomial { degree, offset } => write!(f, "polynomial({degree}, {offset})"),
            Kind::ExpDot { scale } => write!(f, "exp-dot({scale})"),
        }
    }
}

fn positive(profile: &'static str, parameter: &'static str, value: f64) -> Result<f64, ProfileError> {
    if value.is_finite() && value > 0.0 {
        return Ok(value);
    }
    Err(ProfileError { profile, parameter, value, expected: "positive and finite" })
}
