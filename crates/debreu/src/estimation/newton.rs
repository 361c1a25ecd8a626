//! Newton's method for smooth convex functions of many variables, judged by its own step.
//!
//! Up to [`MAX_DENSE_ITEMS`] variables the step is solved for directly, beyond by conjugate
//! gradients with the diagonal as preconditioner, so that the Hessian is never formed. The step is
//! how far the minimum is, to first order, in the units of the variables: it does not change when
//! the function is multiplied by a number, as a gradient does.

use crate::estimation::laplacian::Solution;
use crate::estimation::sum::Sum;

/// The most variables for which Newton's step is solved for directly, in `O(n^3)`.
pub const MAX_DENSE_ITEMS: usize = 512;

/// The residual, relative to the gradient, at which a step by conjugate gradients is believed.
const TIGHT: f64 = 1e-8;

/// A smooth convex function, with the curvature at the point where it was last evaluated.
pub(crate) trait Objective {
    /// The value at `x` (infinite outside the domain); the gradient is written, the curvature
    /// prepared.
    fn evaluate(&mut self, x: &[f64], gradient: &mut [Sum]) -> f64;
    /// `H^{-1} g`, directly; `None` if the Hessian is singular.
    fn newton_step(&self, gradient: &[Sum]) -> Option<Solution>;
    /// `out = H v`.
    fn curvature(&self, v: &[f64], out: &mut [f64]);
    /// The diagonal of `H`.
    fn diagonal(&self, out: &mut [f64]);
    /// Takes out of a step what the function does not see.
    fn centre(&self, step: &mut [f64]);
}

/// Where the method ended.
pub(crate) struct Minimum {
    pub(crate) x: Vec<f64>,
    pub(crate) value: f64,
    pub(crate) gradient_norm: f64,
    /// Largest entry of the last Newton step; it was taken if it is within the tolerance.
    pub(crate) last_step: f64,
    /// How far it came in the later half of the iterations or more: where there is no minimum the
    /// direction in which the function falls without end, nearly.
    pub(crate) heading: Vec<f64>,
    /// How far it came since the last iteration whose number is a power of two: less of the way, and
    /// less of its beginning.
    pub(crate) lately: Vec<f64>,
    pub(crate) iterations: usize,
}

/// Minimises from `x` until the largest entry of Newton's step is at most `tolerance`, or nothing
/// improves any more, or the iterations are used up: `last_step` tells which.
pub(crate) fn minimise(
    f: &mut impl Objective,
    mut x: Vec<f64>,
    tolerance: f64,
    max_iterations: usize,
) -> Minimum {
    let n = x.len();
    let (mut gradient, mut trial_gradient) = (vec![Sum::default(); n], vec![Sum::default(); n]);
    let mut value = f.evaluate(&x, &mut gradient);
    let mut iterations = 0;
    let mut last_step = f64::INFINITY;
    // Where it was at the last two iterations whose numbers are powers of two.
    let (mut earlier, mut later) = (x.clone(), x.clone());
    loop {
        // Loosely at first, tightly near the end.
        let mut step = Step::new(f, &gradient, (0.1 * last_step).clamp(TIGHT, 0.1));
        if step.length <= tolerance && n > MAX_DENSE_ITEMS {
            step = Step::new(f, &gradient, TIGHT);
        }
        last_step = step.length + step.noise;
        if last_step.is_nan() || iterations >= max_iterations {
            break;
        }
        iterations += 1;
        let direction = step.direction;
        if iterations.is_power_of_two() {
            std::mem::swap(&mut earlier, &mut later);
            later.clone_from(&x);
        }
        if step.length <= tolerance {
            x.iter_mut().zip(&direction).for_each(|(x, d)| *x -= d);
            value = f.evaluate(&x, &mut gradient);
            break;
        }
        let slope = along(&gradient, &direction);
        let (mut share, mut accepted) = (1.0, false);
        // 2^-60 of a step is less than rounding.
        for _ in 0..60 {
            let trial: Vec<f64> = x.iter().zip(&direction).map(|(x, d)| x - share * d).collect();
            let trial_value = f.evaluate(&trial, &mut trial_gradient);
            // Where rounding hides what a step gains, the slope along it tells: it has to fall.
            let hidden = (trial_value - value).abs() <= 1e-14 * value.abs();
            let flatter = along(&trial_gradient, &direction).abs() <= 0.5 * slope;
            if trial_value <= value - 1e-4 * share * slope || (hidden && flatter) {
                (x, value, accepted) = (trial, trial_value, true);
                std::mem::swap(&mut gradient, &mut trial_gradient);
                break;
            }
            share *= 0.5;
        }
        if !accepted {
            f.evaluate(&x, &mut gradient);
            break;
        }
    }
    let since = |before: &[f64]| x.iter().zip(before).map(|(x, b)| x - b).collect();
    let (heading, lately) = (since(&earlier), since(&later));
    Minimum { gradient_norm: norm(&gradient), x, value, last_step, heading, lately, iterations }
}

/// Largest entry of Newton's step from `x`: how far the minimum is, to first order.
pub(crate) fn distance(f: &mut impl Objective, x: &[f64]) -> f64 {
    let mut gradient = vec![Sum::default(); x.len()];
    f.evaluate(x, &mut gradient);
    let step = Step::new(f, &gradient, TIGHT);
    step.length + step.noise
}

/// The largest entry of a gradient.
pub(crate) fn norm(gradient: &[Sum]) -> f64 {
    largest(&values(gradient))
}

/// The largest absolute value; NaN if there is one.
pub(crate) fn largest(v: &[f64]) -> f64 {
    v.iter().fold(0.0, |m, x| if x.is_nan() || m.is_nan() { f64::NAN } else { x.abs().max(m) })
}

/// Subtracts the mean.
pub(crate) fn centre(v: &mut [f64]) {
    let mean = v.iter().sum::<f64>() / v.len() as f64;
    v.iter_mut().for_each(|x| *x -= mean);
}

/// Newton's step.
struct Step {
    direction: Vec<f64>,
    /// Its largest entry; NaN where the Hessian is singular, or a tight residual is not reached.
    length: f64,
    /// How much more it may be, because of rounding of the gradient.
    noise: f64,
}

impl Step {
    /// Directly, or by conjugate gradients to a relative residual where there are many variables.
    fn new(f: &impl Objective, gradient: &[Sum], residual: f64) -> Self {
        let found = if gradient.len() <= MAX_DENSE_ITEMS {
            f.newton_step(gradient)
        } else {
            let value = conjugate_gradients(f, &values(gradient), residual);
            Some(Solution { noise: vec![0.0; value.len()], value })
        };
        let Some(Solution { mut value, noise }) = found else {
            return Self { direction: Vec::new(), length: f64::NAN, noise: 0.0 };
        };
        f.centre(&mut value);
        Self { length: largest(&value), noise: largest(&noise), direction: value }
    }
}

fn values(gradient: &[Sum]) -> Vec<f64> {
    gradient.iter().map(|g| g.value()).collect()
}

fn along(gradient: &[Sum], direction: &[f64]) -> f64 {
    dot(&values(gradient), direction)
}

/// `H d = g` to a relative residual; where that is not reached, what was found, or NaN if a tight
/// one was asked for.
fn conjugate_gradients(f: &impl Objective, g: &[f64], relative: f64) -> Vec<f64> {
    let n = g.len();
    let mut diagonal = vec![0.0; n];
    f.diagonal(&mut diagonal);
    let inverse: Vec<f64> = diagonal.iter().map(|d| if *d > 0.0 { 1.0 / d } else { 1.0 }).collect();
    let mut d = vec![0.0; n];
    let mut r = g.to_vec();
    // Rounding of what the function does not see would never leave the residual.
    f.centre(&mut r);
    let target = relative * relative * dot(&r, &r);
    let mut z: Vec<f64> = r.iter().zip(&inverse).map(|(r, i)| r * i).collect();
    let mut p = z.clone();
    let mut rz: f64 = dot(&r, &z);
    let mut hp = vec![0.0; n];
    for _ in 0..(10 * n).clamp(20, 5_000) {
        if dot(&r, &r) <= target {
            return d;
        }
        f.curvature(&p, &mut hp);
        let php = dot(&p, &hp);
        // Nothing but rounding is left of the curvature along p.
        let size: f64 = p.iter().zip(&diagonal).map(|(p, d)| p * p * d).sum();
        if php <= 1e-30 * size {
            break;
        }
        let a = rz / php;
        d.iter_mut().zip(&p).for_each(|(d, p)| *d += a * p);
        r.iter_mut().zip(&hp).for_each(|(r, h)| *r -= a * h);
        z.iter_mut().zip(r.iter().zip(&inverse)).for_each(|(z, (r, i))| *z = r * i);
        let next = dot(&r, &z);
        let b = next / rz;
        p.iter_mut().zip(&z).for_each(|(p, z)| *p = z + b * *p);
        rz = next;
    }
    if relative <= TIGHT {
        d.fill(f64::NAN);
    }
    d
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}
