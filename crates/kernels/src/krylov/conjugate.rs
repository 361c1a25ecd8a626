//! Conjugate gradients.

use super::{KrylovError, axpy, dot, norm};
use crate::matrix;
use crate::unit::Unit;

/// When to stop.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CgParams {
    /// The residual `|b - A x|` wanted, relative to `|b|`.
    pub tolerance: f64,
    /// Most products.
    pub iterations: usize,
}

impl Default for CgParams {
    fn default() -> Self {
        Self { tolerance: 1e-8, iterations: 1000 }
    }
}

/// A solution and how it was reached.
#[derive(Clone, Debug, PartialEq)]
pub struct CgSolution {
    /// `x`.
    pub solution: Vec<f64>,
    /// `|b - A x| / |b|`, recomputed from the product at the end.
    pub residual: f64,
    /// Iterations made.
    pub iterations: usize,
    /// The relative residual of the recurrence after each iteration.
    pub history: Vec<f64>,
}

/// Solves `A x = b` for positive definite `A` by preconditioned conjugate gradients (Hestenes and
/// Stiefel 1952). `product` is `v -> A v`, `precondition` is `v -> P^{-1} v` for positive definite
/// `P`. When the recurrence has converged the residual is recomputed, and the iteration is
/// restarted from the solution if rounding has drifted.
///
/// ```
/// use relata_kernels::krylov::{CgParams, conjugate_gradient};
/// // diag(1, 2, 3) x = (1, 1, 1), preconditioned by its own diagonal: one step.
/// let product = |v: &[f64]| Ok(v.iter().zip([1.0, 2.0, 3.0]).map(|(v, d)| v * d).collect());
/// let inverse = |v: &[f64]| v.iter().zip([1.0, 2.0, 3.0]).map(|(v, d)| v / d).collect();
/// let s = conjugate_gradient(product, &[1.0; 3], inverse, CgParams::default())?;
/// assert!(s.iterations == 1 && (s.solution[2] - 1.0 / 3.0).abs() < 1e-15);
/// # Ok::<(), relata_kernels::krylov::KrylovError>(())
/// ```
///
/// # Errors
/// [`KrylovError`] if a product fails, `A` or `P` is not positive definite, or the tolerance is not
/// met.
pub fn conjugate_gradient(
    product: impl Fn(&[f64]) -> Result<Vec<f64>, KrylovError>,
    b: &[f64],
    precondition: impl Fn(&[f64]) -> Vec<f64>,
    params: CgParams,
) -> Result<CgSolution, KrylovError> {
    matrix::check_vector("the right-hand side", b, b.len())?;
    let mut units = Units { b: Unit::of(b), a: None, p: None };
    let b = units.b.divide_all(b);
    let size = norm(&b);
    let mut x = vec![0.0; b.len()];
    let mut history = Vec::new();
    if size <= 0.0 {
        return Ok(CgSolution { solution: x, residual: 0.0, iterations: 0, history });
    }
    let mut r = b.clone();
    let mut residual = 1.0;
    while history.len() < params.iterations {
        let mut z = units.preconditioned(precondition(&r));
        let mut p = z.clone();
        let mut rz = dot(&r, &z);
        while history.len() < params.iterations {
            positive("preconditioner", history.len(), rz)?;
            let ap = units.product(product(&p)?)?;
            let curvature = dot(&p, &ap);
            positive("matrix", history.len(), curvature)?;
            let step = rz / curvature;
            axpy(step, &p, &mut x);
            axpy(-step, &ap, &mut r);
            history.push(norm(&r) / size);
            if norm(&r) <= params.tolerance * size {
                break;
            }
            z = units.preconditioned(precondition(&r));
            let next = dot(&r, &z);
            let ratio = next / rz;
            rz = next;
            p.iter_mut().zip(&z).for_each(|(p, z)| *p = z + ratio * *p);
        }
        let ax = units.product(product(&x)?)?;
        r = b.iter().zip(&ax).map(|(b, a)| b - a).collect();
        let reached = norm(&r) / size;
        if reached <= params.tolerance {
            let unit = units.b.times(units.a.unwrap_or(Unit::ONE).inverse());
            unit.fits("the solution", x.iter().fold(0.0, |m, v| v.abs().max(m)))?;
            let solution = x.iter().map(|v| unit.multiply(*v)).collect();
            return Ok(CgSolution { solution, residual: reached, iterations: history.len(), history });
        }
        // A restart that gains nothing has met the limit of rounding.
        if reached > 0.5 * residual && residual < 1.0 {
            residual = reached;
            break;
        }
        residual = reached;
    }
    Err(KrylovError::NotConverged { iterations: history.len(), residual, tolerance: params.tolerance })
}

/// The units in which the iteration works: those of the right-hand side, of the matrix, and of the
/// preconditioner. The latter two are those of the first vectors that come from them.
struct Units {
    b: Unit,
    a: Option<Unit>,
    p: Option<Unit>,
}

impl Units {
    fn preconditioned(&mut self, mut z: Vec<f64>) -> Vec<f64> {
        let unit = *self.p.get_or_insert_with(|| Unit::of(&z));
        z.iter_mut().for_each(|z| *z = unit.divide(*z));
        z
    }

    fn product(&mut self, mut v: Vec<f64>) -> Result<Vec<f64>, KrylovError> {
        matrix::check_vector("the product", &v, v.len())?;
        let unit = *self.a.get_or_insert_with(|| Unit::of(&v));
        v.iter_mut().for_each(|v| *v = unit.divide(*v));
        Ok(v)
    }
}

fn positive(what: &'static str, iteration: usize, value: f64) -> Result<(), KrylovError> {
    if value > 0.0 && value.is_finite() {
        Ok(())
    } else {
        Err(KrylovError::NotPositive { what, iteration, value })
    }
}
