//! The solution of least `l_p` norm of a linear system, with a proof of its optimality.

use super::RkbsError;
use super::exponent::Exponent;
use super::simplex::least_l1;
use crate::matrix::{self, check_vector};
use crate::unit::Unit;
use faer::linalg::solvers::Solve;
use faer::{Col, Mat, MatRef, Side};

/// `argmin { |v|_p : A v = b }`.
#[derive(Clone, Debug, PartialEq)]
pub struct MinNorm {
    /// The minimiser.
    pub v: Vec<f64>,
    /// `|v|_p`, an upper bound of the minimum that `v` attains.
    pub norm: f64,
    /// A lower bound of the minimum: `b^T c / |A^T c|_p'` for the dual `c`.
    pub lower: f64,
    /// The dual, scaled so that `|A^T c|_p' = 1` (where the minimum is positive): the extremal
    /// functional `A^T c` attains the norm, `<A^T c, v> = |v|_p`.
    pub dual: Vec<f64>,
}

/// How far the bounds may be apart, relative to the norm: what Newton's method reaches from half of
/// the digits.
const GAP: f64 = 1e-8;

/// The part of a right-hand side outside the range that counts as rounding, relative to it.
const SPAN: f64 = 1e-7;

/// The solution of least norm. `p = 2`: least squares. `p = 1`, `p = infinity`: linear programmes,
/// solved by the simplex method; for `p = 1` at most as many entries are nonzero as the system has
/// independent rows. Else: Newton's method on the smooth convex problem, primal for `p > 2`, dual
/// for `p < 2`, followed in `p` from 2. In every case weak duality certifies the result.
///
/// ```
/// use relata_kernels::rkbs::{Exponent, min_norm};
/// use faer::mat;
/// let a = mat![[1.0, 2.0]];
/// // One equation v_1 + 2 v_2 = 2: the norm is 2 / |(1, 2)|_p'.
/// assert!((min_norm(a.as_ref(), &[2.0], Exponent::ONE)?.norm - 1.0).abs() < 1e-12);
/// assert!((min_norm(a.as_ref(), &[2.0], Exponent::TWO)?.norm - 2.0 / 5f64.sqrt()).abs() < 1e-12);
/// assert!((min_norm(a.as_ref(), &[2.0], Exponent::INFINITY)?.norm - 2.0 / 3.0).abs() < 1e-12);
/// # Ok::<(), relata_kernels::rkbs::RkbsError>(())
/// ```
///
/// # Errors
/// [`RkbsError::NotInSpace`] if the system has no solution (to a relative `1e-7`),
/// [`RkbsError::Stalled`] if the bounds stay apart, [`RkbsError::Matrix`].
pub fn min_norm(a: MatRef<'_, f64>, b: &[f64], p: Exponent) -> Result<MinNorm, RkbsError> {
    System::new(a)?.solve(b, p)
}

/// `A = U S Q` with orthonormal rows in `Q`: the constraint becomes `Q v = S^{-1} U^T b`, perfectly
/// conditioned.
pub(super) struct System {
    unit: Unit,
    u: Mat<f64>,
    s: Vec<f64>,
    q: Mat<f64>,
}

impl System {
    pub(super) fn new(a: MatRef<'_, f64>) -> Result<Self, RkbsError> {
        matrix::check(a)?;
        let unit = Unit::of_mat(a);
        let d = matrix::svd(unit.divide_mat(a).as_ref())?;
        let floor = d.s[0] * a.nrows().max(a.ncols()) as f64 * f64::EPSILON;
        let rank = d.s.iter().take_while(|s| **s > floor).count();
        let q = d.v.subcols(0, rank).transpose().to_owned();
        Ok(Self { unit, u: d.u.subcols(0, rank).to_owned(), s: d.s[..rank].to_vec(), q })
    }

    /// Number of independent rows.
    pub(super) fn rank(&self) -> usize {
        self.s.len()
    }

    pub(super) fn solve(&self, b: &[f64], p: Exponent) -> Result<MinNorm, RkbsError> {
        check_vector("the right-hand side", b, self.u.nrows())?;
        let degree = Unit::of(b);
        let target = Col::from_fn(b.len(), |i| degree.divide(b[i]));
        let inside = self.u.transpose() * &target;
        let (size, residual) = (target.norm_l2(), (&target - &self.u * &inside).norm_l2());
        if residual > SPAN * size {
            return Err(RkbsError::NotInSpace { residual: residual / size });
        }
        let (rank, n) = (self.q.nrows(), self.q.ncols());
        let beta: Vec<f64> = (0..rank).map(|k| inside[k] / self.s[k]).collect();
        if beta.iter().all(|x| *x == 0.0) {
            return Ok(MinNorm { v: vec![0.0; n], norm: 0.0, lower: 0.0, dual: vec![0.0; b.len()] });
        }
        // Solved for a right-hand side of norm 1, scaled back at the end.
        let scale = Exponent::TWO.norm(&beta);
        let unit: Vec<f64> = beta.iter().map(|x| x / scale).collect();
        let e = p.get();
        let (v, y) = if e <= 1.0 {
            let basic = least_l1(self.q.as_ref(), &unit)?;
            (basic.v, basic.y)
        } else if e.is_infinite() {
            self.least_sup(&unit)?
        } else if (e - 2.0).abs() <= 0.0 {
            (self.lift(&unit), unit.clone())
        } else if e < 2.0 {
            self.dual_newton(&unit, p)?
        } else {
            self.primal_newton(&unit, p)?
        };
        let m = self.certified(v, &y, &unit, scale, p)?;
        let (solution, dual) = (degree.times(self.unit.inverse()), self.unit.inverse());
        solution.fits("the norm", m.norm)?;
        dual.fits("the dual", Exponent::INFINITY.norm(&m.dual))?;
        Ok(MinNorm {
            v: m.v.iter().map(|x| solution.multiply(*x)).collect(),
            norm: solution.multiply(m.norm),
            lower: solution.multiply(m.lower),
            dual: m.dual.iter().map(|x| dual.multiply(*x)).collect(),
        })
    }

    /// Projects `v` onto the solutions, scales the dual, and checks the gap.
    fn certified(
        &self,
        v: Vec<f64>,
        y: &[f64],
        unit: &[f64],
        scale: f64,
        p: Exponent,
    ) -> Result<MinNorm, RkbsError> {
        let missing: Vec<f64> = self.image(&v).iter().zip(unit).map(|(q, b)| b - q).collect();
        // Rounding of a sparse solution is not worth spoiling its zeros for. The right-hand side has
        // norm 1: 1e-13 is some hundred roundings of it.
        let off = Exponent::TWO.norm(&missing);
        let v = if off > 1e-13 { v.iter().zip(self.lift(&missing)).map(|(a, b)| a + b).collect() } else { v };
        let z = self.lift(y);
        let dual_norm = p.conjugate().norm(&z).max(f64::MIN_POSITIVE);
        let product: f64 = unit.iter().zip(y).map(|(b, y)| b * y).sum();
        let (norm, lower) = (p.norm(&v) * scale, product / dual_norm * scale);
        if norm - lower > GAP * norm {
            return Err(RkbsError::Stalled { p: p.get(), lower, upper: norm });
        }
        let c = Col::from_fn(y.len(), |k| y[k] / self.s[k] / dual_norm);
        let dual = (&self.u * c).iter().copied().collect();
        Ok(MinNorm { v: v.iter().map(|x| x * scale).collect(), norm, lower: lower.min(norm), dual })
    }

    /// `Q^T y`.
    fn lift(&self, y: &[f64]) -> Vec<f64> {
        (self.q.transpose() * Col::from_fn(y.len(), |k| y[k])).iter().copied().collect()
    }

    /// `Q v`.
    fn image(&self, v: &[f64]) -> Vec<f64> {
        (&self.q * Col::from_fn(v.len(), |k| v[k])).iter().copied().collect()
    }

    /// Orthonormal rows that complete `Q` to a basis, `(N - r) x N`.
    fn complement(&self) -> Result<Mat<f64>, RkbsError> {
        let (rank, n) = (self.q.nrows(), self.q.ncols());
        let projector = Mat::<f64>::identity(n, n) - self.q.transpose() * &self.q;
        let (_, vectors) = matrix::eigh(projector.as_ref())?;
        Ok(vectors.subcols(0, n - rank).transpose().to_owned())
    }

    /// `p = infinity`. The dual, `min |z|_1` over `z = Q^T y` with `b^T y = 1`, is an `l_1` problem
    /// with the rows of the complement (value 0) and `b^T Q` (value 1); the multipliers of that
    /// problem are the primal solution.
    fn least_sup(&self, unit: &[f64]) -> Result<(Vec<f64>, Vec<f64>), RkbsError> {
        let (rank, n) = (self.q.nrows(), self.q.ncols());
        let base = self.lift(unit);
        if rank == n {
            let (largest, _) = base
                .iter()
                .enumerate()
                .fold((0, 0.0), |b, (j, x)| if x.abs() > b.1 { (j, x.abs()) } else { b });
            // The functional v -> v_j attains the sup norm.
            let y = (0..rank).map(|k| self.q[(k, largest)] * base[largest].signum()).collect();
            return Ok((base, y));
        }
        let complement = self.complement()?;
        let rows = n - rank;
        let all = Mat::from_fn(rows + 1, n, |i, j| if i < rows { complement[(i, j)] } else { base[j] });
        let mut rhs = vec![0.0; rows];
        rhs.push(1.0);
        let basic = least_l1(all.as_ref(), &rhs)?;
        let last = basic.y[rows];
        let v = (0..n)
            .map(|j| base[j] + (0..rows).map(|i| complement[(i, j)] * basic.y[i]).sum::<f64>() / last)
            .collect();
        Ok((v, self.image(&basic.v)))
    }

    /// `1 < p < 2`: minimises `|Q^T y|_q^q / q - b^T y` with `q = p' > 2`; then
    /// `v = sgn(z) |z|^{q-1}`, `z = Q^T y`.
    fn dual_newton(&self, unit: &[f64], p: Exponent) -> Result<(Vec<f64>, Vec<f64>), RkbsError> {
        let q = p.conjugate().get();
        let mut y = unit.to_vec();
        for power in homotopy(q) {
            y = newton(self.q.transpose(), None, Some(unit), &y, power)?;
        }
        let z = self.lift(&y);
        Ok((z.iter().map(|x| x.signum() * x.abs().powf(q - 1.0)).collect(), y))
    }

    /// `p > 2`: minimises `|v|_p^p / p` over `v = Q^T b + N^T t`; the gradient `sgn(v) |v|^{p-1}`
    /// is then `Q^T y`.
    fn primal_newton(&self, unit: &[f64], p: Exponent) -> Result<(Vec<f64>, Vec<f64>), RkbsError> {
        let base = self.lift(unit);
        let mut v = base.clone();
        if self.q.nrows() < self.q.ncols() {
            let complement = self.complement()?;
            let mut t = vec![0.0; complement.nrows()];
            for power in homotopy(p.get()) {
                t = newton(complement.transpose(), Some(&base), None, &t, power)?;
            }
            let move_by = complement.transpose() * Col::from_fn(t.len(), |k| t[k]);
            v = base.iter().enumerate().map(|(j, b)| b + move_by[j]).collect();
        }
        let largest = Exponent::INFINITY.norm(&v);
        let gradient: Vec<f64> =
            v.iter().map(|x| x.signum() * (x.abs() / largest).powf(p.get() - 1.0)).collect();
        Ok((v, self.image(&gradient)))
    }
}

/// Powers from just above 2 to `q`, so that each is a good start for the next.
fn homotopy(q: f64) -> Vec<f64> {
    let mut powers = Vec::new();
    let mut power = 2.0;
    while power * 1.5 < q {
        power *= 1.5;
        powers.push(power);
    }
    powers.push(q);
    powers
}

/// Minimises `|M t + c|_q^q / q - b^T t` for `q >= 2` by Newton's method with backtracking.
fn newton(
    m: MatRef<'_, f64>,
    c: Option<&[f64]>,
    b: Option<&[f64]>,
    start: &[f64],
    q: f64,
) -> Result<Vec<f64>, RkbsError> {
    const STEPS: usize = 200;
    let k = start.len();
    let mut t = Col::from_fn(k, |i| start[i]);
    let residual = |t: &Col<f64>| -> Vec<f64> {
        let s = m * t;
        (0..s.nrows()).map(|i| s[i] + c.map_or(0.0, |c| c[i])).collect()
    };
    // At the start of a new power the size of t is adjusted to the power: along the ray the minimum
    // is explicit.
    if let Some(b) = b {
        let s = residual(&t);
        let (linear, power): (f64, f64) =
            ((0..k).map(|i| b[i] * t[i]).sum(), s.iter().map(|x| x.abs().powf(q)).sum());
        if linear > 0.0 && power > 0.0 {
            t *= faer::Scale((linear / power).powf(1.0 / (q - 1.0)));
        }
    }
    // For a primal problem only ratios matter: the objective is scaled by its largest term.
    let scale = if b.is_some() { 1.0 } else { Exponent::INFINITY.norm(&residual(&t)).max(f64::MIN_POSITIVE) };
    let value = |t: &Col<f64>| -> f64 {
        let power: f64 = residual(t).iter().map(|x| (x.abs() / scale).powf(q)).sum();
        power / q - b.map_or(0.0, |b| (0..k).map(|i| b[i] * t[i]).sum())
    };
    let mut current = value(&t);
    for _ in 0..STEPS {
        let s = residual(&t);
        let slope = Col::from_fn(s.len(), |i| s[i].signum() * (s[i].abs() / scale).powf(q - 1.0) / scale);
        let weights: Vec<f64> =
            s.iter().map(|x| (q - 1.0) * (x.abs() / scale).powf(q - 2.0) / (scale * scale)).collect();
        let mut gradient = m.transpose() * &slope;
        (0..k).for_each(|i| gradient[i] -= b.map_or(0.0, |b| b[i]));
        let weighted = Mat::from_fn(m.nrows(), k, |i, j| weights[i] * m[(i, j)]);
        let mut hessian = m.transpose() * weighted;
        let ridge = weights.iter().copied().fold(0.0, f64::max) * 1e-15;
        (0..k).for_each(|i| hessian[(i, i)] += ridge);
        let llt = hessian.llt(Side::Lower).map_err(|_| crate::MatrixError::NoConvergence("Newton step"))?;
        let step = llt.solve(&gradient);
        let decrease: f64 = (0..k).map(|i| gradient[i] * step[i]).sum();
        // The right-hand side has norm 1 and the objective is of that size or below: a decrease by
        // the square of the rounding moves no digit of the solution.
        if decrease.is_nan() || decrease <= 1e-30 + 1e-30 * current.abs() {
            break;
        }
        let (mut factor, mut moved) = (1.0, None);
        while factor > 1e-12 {
            let next = &t - faer::Scale(factor) * &step;
            let there = value(&next);
            // Near the minimum the decrease drowns in rounding: a step that does no harm is taken.
            if there <= current - 0.1 * factor * decrease
                || (factor >= 1.0 && (there - current).abs() <= 1e-14 * current.abs())
            {
                moved = Some((next, there));
                break;
            }
            factor *= 0.5;
        }
        let Some((next, there)) = moved else { break };
        let small = factor >= 1.0 && step.norm_l2() <= 1e-15 * next.norm_l2();
        (t, current) = (next, there);
        if small {
            break;
        }
    }
    Ok(t.iter().copied().collect())
}
