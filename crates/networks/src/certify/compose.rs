//! Errors of an inner product from errors of its factors.

/// Errors and sizes of the two factors of an inner product, in sup over their own spaces and the
/// Euclidean norm of the features.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FactorErrors {
    /// `sup_x |phi - Phi|`.
    pub phi_error: f64,
    /// `sup_x |Phi|`.
    pub phi_size: f64,
    /// `sup_y |psi - Psi|`.
    pub psi_error: f64,
    /// `sup_y |Psi|`.
    pub psi_size: f64,
}

/// `sup |r - <phi, psi>|` where `sup |r - <Phi, Psi>| <= tail`: at most
/// `tail + B_psi d_phi + B_phi d_psi + d_phi d_psi` by Cauchy-Schwarz (for one shared encoder
/// `tail + 2 B d + d^2`), rounded up.
///
/// ```
/// use relata_networks::{FactorErrors, compose};
/// let e = FactorErrors { phi_error: 0.1, phi_size: 2.0, psi_error: 0.1, psi_size: 2.0 };
/// assert!((compose(0.25, &e) - (0.25 + 2.0 * 2.0 * 0.1 + 0.01)).abs() < 1e-12);
/// ```
#[must_use]
pub fn compose(tail: f64, e: &FactorErrors) -> f64 {
    let sum = tail
        + product(e.psi_size, e.phi_error)
        + product(e.phi_size, e.psi_error)
        + product(e.phi_error, e.psi_error);
    sum * (1.0 + 8.0 * f64::EPSILON)
}

/// Not below the exact product, even where that is below the normal numbers.
fn product(a: f64, b: f64) -> f64 {
    let p = a * b;
    if p < f64::MIN_POSITIVE && a > 0.0 && b > 0.0 { p.next_up() } else { p }
}
