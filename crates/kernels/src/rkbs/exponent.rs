//! Exponents and the duality map of `l_p`.

use super::RkbsError;

/// An exponent `1 <= p <= infinity`.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Exponent(f64);

impl Exponent {
    /// `p = 1`.
    pub const ONE: Self = Self(1.0);
    /// `p = 2`.
    pub const TWO: Self = Self(2.0);
    /// `p = infinity`.
    pub const INFINITY: Self = Self(f64::INFINITY);

    /// Checks that `p >= 1`.
    ///
    /// # Errors
    /// [`RkbsError::Exponent`] if `p < 1` or NaN.
    pub fn new(p: f64) -> Result<Self, RkbsError> {
        if p >= 1.0 { Ok(Self(p)) } else { Err(RkbsError::Exponent(p)) }
    }

    /// `p`.
    #[must_use]
    pub fn get(self) -> f64 {
        self.0
    }

    /// `p' = p / (p - 1)`, with `1' = infinity`.
    #[must_use]
    pub fn conjugate(self) -> Self {
        if self.0 <= 1.0 {
            return Self::INFINITY;
        }
        if self.0.is_infinite() { Self::ONE } else { Self(self.0 / (self.0 - 1.0)) }
    }

    /// `|v|_p`: neither a power nor the sum overflows or underflows; infinite only if the norm itself
    /// is above the largest double.
    ///
    /// ```
    /// use relata_kernels::rkbs::Exponent;
    /// assert_eq!(Exponent::new(2.0)?.norm(&[3.0, -4.0]), 5.0);
    /// assert_eq!(Exponent::INFINITY.norm(&[3.0, -4.0]), 4.0);
    /// # Ok::<(), relata_kernels::rkbs::RkbsError>(())
    /// ```
    #[must_use]
    pub fn norm(self, v: &[f64]) -> f64 {
        let largest = v.iter().fold(0.0f64, |m, x| m.max(x.abs()));
        if largest <= 0.0 || self.0.is_infinite() {
            return largest;
        }
        let p = self.0;
        let sum: f64 = if p <= 1.0 {
            v.iter().map(|x| x.abs() / largest).sum()
        } else if (p - 2.0).abs() <= 0.0 {
            v.iter().map(|x| (x / largest).powi(2)).sum()
        } else {
            v.iter().map(|x| (x.abs() / largest).powf(p)).sum()
        };
        largest * sum.powf(1.0 / p)
    }
}

/// The duality map of `l_p`: the `u` in `l_p'` with `<u, v> = |v|_p^2` and `|u|_p' = |v|_p`,
/// `u_i = sgn(v_i) |v_i|^{p-1} |v|_p^{2-p}`.
///
/// # Errors
/// [`RkbsError::NoDualityMap`] unless `1 < p < infinity`.
pub fn duality_map(v: &[f64], p: Exponent) -> Result<Vec<f64>, RkbsError> {
    let e = p.get();
    if e <= 1.0 || e.is_infinite() {
        return Err(RkbsError::NoDualityMap(e));
    }
    let norm = p.norm(v);
    if norm <= 0.0 {
        return Ok(vec![0.0; v.len()]);
    }
    Ok(v.iter().map(|x| x.signum() * (x.abs() / norm).powf(e - 1.0) * norm).collect())
}
