//! Codes of large margin by optimisation.
//!
//! The smallest margin is sharpened from a smooth one, `-(1/b) log sum_{i<j} exp(b <k_i, k_j>)`;
//! `b` grows from stage to stage, each stage runs gradient descent on spheres with Barzilai and
//! Borwein's steps (1988) under a nonmonotone line search. What comes out is a code, and its
//! margin, computed from its coordinates, is a certificate; how far it is from the best possible
//! one is another question ([`margin_upper`](super::margin_upper)).

use super::code::{Code, CodeError};
use relata_relations::{Points, Seed, Stream};

/// How hard to search.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OptimiseParams {
    /// Random starts.
    pub restarts: usize,
    /// Gradient steps a stage.
    pub steps: usize,
    /// Where the starts come from.
    pub seed: Seed,
}

impl Default for OptimiseParams {
    fn default() -> Self {
        Self { restarts: 8, steps: 200, seed: Seed(0) }
    }
}

/// A code of `n` keys in `R^d` of large aligned margin, the best of several starts. Its free margin
/// is no smaller, and no code has a free margin above the best aligned one ([`Code::bisected`]), so
/// that there is no other objective for those.
///
/// ```
/// use relata_attention::width::{OptimiseParams, optimise};
/// let code = optimise(6, 3, &OptimiseParams::default())?;
/// assert!(code.aligned_margin() > 0.999); // the octahedron has 1
/// # Ok::<(), relata_attention::width::CodeError>(())
/// ```
///
/// # Errors
/// [`CodeError`] for fewer than two keys or no dimension.
pub fn optimise(n: usize, d: usize, params: &OptimiseParams) -> Result<Code, CodeError> {
    if n < 2 {
        return Err(CodeError::TooFew(n));
    }
    if d == 0 {
        return Err(CodeError::Dimension { keys: n, what: "a code", least: 1, dimension: 0 });
    }
    let mut stream = params.seed.stream(&format!("code/{n}-in-{d}"));
    let mut best = (f64::NEG_INFINITY, None);
    for start in 0..params.restarts.max(1) {
        let found = code(d, &descended(n, d, random(n, d, &mut stream), start, params.steps))?;
        let margin = found.aligned_margin();
        if margin > best.0 {
            best = (margin, Some(found));
        }
    }
    best.1.ok_or(CodeError::TooFew(n))
}

fn code(d: usize, keys: &[f64]) -> Result<Code, CodeError> {
    Code::new(&Points::new(d, keys.to_vec())?)
}

fn random(n: usize, d: usize, s: &mut Stream) -> Vec<f64> {
    let mut v: Vec<f64> = (0..n * d).map(|_| s.normal()).collect();
    normalise(&mut v, d);
    v
}

/// From `b = 4` or some steps further to about 4e6: at the end `log(n^2) / b` is far below the
/// margins. From small `b` all starts lead to the same few smooth optima (for 13 and 14 keys in
/// three dimensions to wrong ones), so starts take turns in where they begin.
fn stages(start: usize) -> impl Iterator<Item = f64> {
    const FIRST: [i32; 4] = [2, 0, 2, 3];
    (FIRST[start % 4]..12).map(|stage| 4.0 * 3.5f64.powi(stage))
}

fn descended(n: usize, d: usize, mut keys: Vec<f64>, start: usize, steps: usize) -> Vec<f64> {
    for b in stages(start) {
        descend(&mut keys, d, steps, |k, gradient| {
            soft_maximum(
                b,
                gradient,
                |visit| {
                    for i in 0..n {
                        for j in 0..i {
                            visit(
                                dot(row(k, d, i), row(k, d, j)),
                                &[(i, row(k, d, j), 1.0), (j, row(k, d, i), 1.0)],
                            );
                        }
                    }
                },
                d,
            )
        });
    }
    keys
}

/// A part of a gradient: row, direction, sign.
type Part<'a> = (usize, &'a [f64], f64);

/// `(1/b) log sum exp(b v)` over all visited values, and its gradient.
fn soft_maximum(
    b: f64,
    gradient: &mut [f64],
    terms: impl Fn(&mut dyn FnMut(f64, &[Part<'_>])),
    d: usize,
) -> f64 {
    let mut top = f64::NEG_INFINITY;
    terms(&mut |v, _| top = top.max(v));
    gradient.fill(0.0);
    let mut sum = 0.0;
    terms(&mut |v, parts| {
        let w = (b * (v - top)).exp();
        sum += w;
        if w > 0.0 {
            for (i, direction, sign) in parts {
                let slot = &mut gradient[i * d..(i + 1) * d];
                slot.iter_mut().zip(*direction).for_each(|(g, x)| *g += sign * w * x);
            }
        }
    });
    gradient.iter_mut().for_each(|g| *g /= sum);
    top + sum.ln() / b
}

/// Projected gradient descent on a product of unit spheres.
fn descend(x: &mut Vec<f64>, d: usize, steps: usize, f: impl Fn(&[f64], &mut [f64]) -> f64) {
    let mut g = vec![0.0; x.len()];
    let mut value = f(x, &mut g);
    tangent(x, &mut g, d);
    let mut recent = [value; 6];
    let mut step = 0.1;
    for k in 0..steps {
        let size2: f64 = dot(&g, &g);
        if size2 < 1e-26 {
            return;
        }
        let worst = recent.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let mut moved = vec![0.0; x.len()];
        let mut next = vec![0.0; x.len()];
        let mut found = f64::INFINITY;
        for _ in 0..30 {
            moved.iter_mut().zip(x.iter().zip(&g)).for_each(|(m, (x, g))| *m = x - step * g);
            normalise(&mut moved, d);
            found = f(&moved, &mut next);
            if found <= worst - 1e-4 * step * size2 {
                break;
            }
            step *= 0.3;
        }
        if found > worst {
            return;
        }
        tangent(&moved, &mut next, d);
        let (mut ss, mut sy) = (0.0, 0.0);
        for i in 0..x.len() {
            let (s, y) = (moved[i] - x[i], next[i] - g[i]);
            ss += s * s;
            sy += s * y;
        }
        step = if sy > 0.0 { (ss / sy).clamp(1e-12, 10.0) } else { (2.0 * step).min(10.0) };
        (*x, g, value) = (moved, next, found);
        recent[k % recent.len()] = value;
    }
}

/// Removes from each row of `g` what points away from the sphere at `x`.
fn tangent(x: &[f64], g: &mut [f64], d: usize) {
    for (x, g) in x.chunks_exact(d).zip(g.chunks_exact_mut(d)) {
        let along = dot(x, g);
        g.iter_mut().zip(x).for_each(|(g, x)| *g -= along * x);
    }
}

fn normalise(x: &mut [f64], d: usize) {
    for row in x.chunks_exact_mut(d) {
        let norm = dot(row, row).sqrt().max(f64::MIN_POSITIVE);
        row.iter_mut().for_each(|v| *v /= norm);
    }
}

fn row(x: &[f64], d: usize, i: usize) -> &[f64] {
    &x[i * d..(i + 1) * d]
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
