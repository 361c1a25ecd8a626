//! Newton's method for smooth convex functions of many variables: directions by conjugate gradients
//! with the diagonal as preconditioner, so that the Hessian is never formed, and a backtracking
//! line search.

/// A smooth convex function, with the curvature at the point where it was last evaluated.
pub(crate) trait Objective {
    /// The value at `x` (infinite outside the domain); the gradient is written, the curvature
    /// prepared.
    fn evaluate(&mut self, x: &[f64], gradient: &mut [f64]) -> f64;
    /// `out = H v`.
    fn curvature(&self, v: &[f64], out: &mut [f64]);
    /// The diagonal of `H`.
    fn diagonal(&self, out: &mut [f64]);
}

/// Where the method ended.
pub(crate) struct Minimum {
    pub(crate) x: Vec<f64>,
    pub(crate) value: f64,
    pub(crate) gradient_norm: f64,
    pub(crate) iterations: usize,
}

/// Minimises from `x` until the largest entry of the gradient is at most `tolerance`, or nothing
/// improves any more.
pub(crate) fn minimise(
    f: &mut impl Objective,
    mut x: Vec<f64>,
    tolerance: f64,
    max_iterations: usize,
) -> Minimum {
    let n = x.len();
    let mut gradient = vec![0.0; n];
    let mut value = f.evaluate(&x, &mut gradient);
    let mut iterations = 0;
    let mut norm = largest(&gradient);
    while norm > tolerance && iterations < max_iterations {
        iterations += 1;
        // Rounding may leave several steps of gradient descent size in the last digits; solve
        // tightly near the end.
        let direction = solve(f, &gradient, (0.5 * norm.sqrt()).clamp(1e-10, 0.1));
        let slope: f64 = gradient.iter().zip(&direction).map(|(g, d)| g * d).sum();
        let (mut step, mut accepted) = (1.0, false);
        let mut trial_gradient = vec![0.0; n];
        for _ in 0..60 {
            let trial: Vec<f64> = x.iter().zip(&direction).map(|(x, d)| x - step * d).collect();
            let trial_value = f.evaluate(&trial, &mut trial_gradient);
            let trial_norm = largest(&trial_gradient);
            let noise = 1e-14 * (1.0 + value.abs());
            let lower = trial_value <= value - 1e-4 * step * slope;
            if trial_value.is_finite() && (lower || (trial_value <= value + noise && trial_norm < norm)) {
                (x, value, norm) = (trial, trial_value, trial_norm);
                std::mem::swap(&mut gradient, &mut trial_gradient);
                accepted = true;
                break;
            }
            step *= 0.5;
        }
        if !accepted {
            f.evaluate(&x, &mut gradient);
            break;
        }
    }
    Minimum { x, value, gradient_norm: norm, iterations }
}

/// The largest absolute value; NaN if there is one.
pub(crate) fn largest(v: &[f64]) -> f64 {
    v.iter().fold(0.0, |m, x| if x.is_nan() || m.is_nan() { f64::NAN } else { x.abs().max(m) })
}

/// `H d = g` to a relative residual.
fn solve(f: &impl Objective, g: &[f64], relative: f64) -> Vec<f64> {
    let n = g.len();
    let mut diagonal = vec![0.0; n];
    f.diagonal(&mut diagonal);
    let inverse: Vec<f64> = diagonal.iter().map(|d| if *d > 1e-300 { 1.0 / d } else { 1.0 }).collect();
    let mut d = vec![0.0; n];
    let mut r = g.to_vec();
    let mut z: Vec<f64> = r.iter().zip(&inverse).map(|(r, i)| r * i).collect();
    let mut p = z.clone();
    let mut rz: f64 = dot(&r, &z);
    let target = relative * relative * dot(g, g);
    let mut hp = vec![0.0; n];
    for _ in 0..(10 * n).clamp(20, 5_000) {
        f.curvature(&p, &mut hp);
        let php = dot(&p, &hp);
        if php <= 1e-30 * dot(&p, &p) {
            break;
        }
        let a = rz / php;
        d.iter_mut().zip(&p).for_each(|(d, p)| *d += a * p);
        r.iter_mut().zip(&hp).for_each(|(r, h)| *r -= a * h);
        if dot(&r, &r) <= target {
            break;
        }
        z.iter_mut().zip(r.iter().zip(&inverse)).for_each(|(z, (r, i))| *z = r * i);
        let next = dot(&r, &z);
        let b = next / rz;
        p.iter_mut().zip(&z).for_each(|(p, z)| *p = z + b * *p);
        rz = next;
    }
    if d.iter().all(|v| *v == 0.0) { z } else { d }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}
