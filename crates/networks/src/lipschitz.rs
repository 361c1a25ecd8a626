//! Lipschitz bounds of a perceptron, global and on small balls.
//!
//! With `f = head . block_L . .. . block_1`, operator norms give a global constant, and a global
//! Lipschitz constant `K` of the Jacobian by the chain rule: for `g . h`, `L = L_g L_h` and
//! `K = K_g L_h^2 + L_g K_h`. On a ball of radius `rho` around `c` then `L <= |J(c)|_F + K rho`,
//! where the exact Jacobian sees the cancellation that products of norms do not. For one hidden
//! layer `K <= A sum_k |v_k| |w_k|^2` over the neurons (`A` bounds the activation's curvature) is
//! used where it is smaller.

use crate::activation::Activation;
use crate::mlp::{Affine, Block, Mlp, Skip};
use faer::{Accum, Mat, MatRef};
use relata_relations::spectral::singular_values;
use relata_relations::{Points, PowerOfTwo, multiply, norm2};

/// A Lipschitz constant of the network over all of `R^p`, in Euclidean norms.
#[must_use]
pub fn global_lipschitz(net: &Mlp) -> f64 {
    smoothness(net).slope
}

/// For each centre a Lipschitz constant on the ball of that radius around it.
#[must_use]
pub fn local_lipschitz(net: &Mlp, centres: &Points, radius: f64) -> Vec<f64> {
    let Smoothness { slope, curvature } = smoothness(net);
    let Some(curvature) = curvature else { return vec![slope; centres.len()] };
    let curvature = one_layer_curvature(net).map_or(curvature, |k| k.min(curvature));
    let jacobian = jacobian_norms(net, centres);
    jacobian.iter().map(|j| (j + curvature * radius).min(slope)).collect()
}

/// A Lipschitz constant and one of the Jacobian, where the activation has a second derivative.
#[derive(Clone, Copy)]
struct Smoothness {
    slope: f64,
    curvature: Option<f64>,
}

fn smoothness(net: &Mlp) -> Smoothness {
    let mut slopes = vec![];
    // The Jacobian of h -> a(h W) is diag(a'(.)) W^T: its change is at most A max_k |w_k . dh| |W|.
    let mut curvatures: Vec<Option<[f64; 3]>> = vec![];
    for b in net.blocks() {
        let w = operator_norm(b.affine.weight());
        let skip = if b.skip == Skip::Residual { 1.0 } else { 0.0 };
        slopes.push(skip + b.activation.derivative_bound() * w);
        curvatures.push(b.activation.curvature_bound().map(|a| [a, widest_column(b.affine.weight()), w]));
    }
    slopes.push(operator_norm(net.head().weight()));
    // Each block bends what the blocks before it have stretched in both factors, and those after it
    // stretch what it has bent.
    let bent = |l: usize, own: [f64; 3]| {
        let before = slopes[..l].iter().chain(&slopes[..l]);
        product(before.chain(&slopes[l + 1..]).chain(&own).copied().collect())
    };
    let curvature = curvatures.iter().enumerate().map(|(l, own)| own.map(|own| bent(l, own))).sum();
    Smoothness { slope: product(slopes), curvature }
}

/// The product of numbers that are not negative, in an order in which it overflows or underflows
/// only if the result does; not below it in any case.
fn product(mut factors: Vec<f64>) -> f64 {
    if factors.contains(&0.0) {
        return 0.0;
    }
    factors.sort_by(f64::total_cmp);
    let (mut small, mut large) = (0, factors.len());
    let mut all = 1.0f64;
    while small < large {
        let factor = if all < 1.0 {
            large -= 1;
            factors[large]
        } else {
            small += 1;
            factors[small - 1]
        };
        let next = all * factor;
        let lost = next < f64::MIN_POSITIVE && all > 0.0 && factor > 0.0;
        all = if lost { next.next_up() } else { next };
    }
    all
}

/// `A sum_k |v_k| |w_k|^2` for a network of one hidden layer without a skip.
fn one_layer_curvature(net: &Mlp) -> Option<f64> {
    let [Block { affine, activation, skip: Skip::None, .. }] = net.blocks() else { return None };
    let head = net.head().weight();
    let bound = activation.curvature_bound()?;
    let unit = |k: usize| {
        let (v, w) = (norm2(row(head, k)), norm2(row(affine.weight().transpose(), k)));
        product(vec![bound, v, w, w])
    };
    Some((0..affine.outputs()).map(unit).sum())
}

/// The Frobenius norm of the Jacobian at each point, by forward mode.
fn jacobian_norms(net: &Mlp, at: &Points) -> Vec<f64> {
    let p = at.dim();
    let along = |axis: usize| {
        let mut h = at.as_mat().to_owned();
        let mut t = Mat::from_fn(at.len(), p, |_, a| f64::from(u8::from(a == axis)));
        for b in net.blocks() {
            (h, t) = tangent(b, h.as_ref(), t.as_ref());
        }
        linear(net.head(), t.as_ref())
    };
    let axes: Vec<Mat<f64>> = (0..p).map(along).collect();
    (0..at.len()).map(|i| norm2(axes.iter().flat_map(|m| row(m.as_ref(), i)).collect::<Vec<f64>>())).collect()
}

fn tangent(b: &Block, h: MatRef<'_, f64>, t: MatRef<'_, f64>) -> (Mat<f64>, Mat<f64>) {
    let mut z = b.affine.apply(h);
    let mut dz = linear(&b.affine, t);
    let activation: Activation = b.activation;
    let residual = b.skip == Skip::Residual;
    for j in 0..z.ncols() {
        for i in 0..z.nrows() {
            let (v, d) = (activation.value(z[(i, j)]), activation.derivative(z[(i, j)]));
            z[(i, j)] = if residual { h[(i, j)] + v } else { v };
            dz[(i, j)] = d * dz[(i, j)] + if residual { t[(i, j)] } else { 0.0 };
        }
    }
    (z, dz)
}

fn linear(a: &Affine, t: MatRef<'_, f64>) -> Mat<f64> {
    let mut out = Mat::zeros(t.nrows(), a.outputs());
    multiply(out.as_mut(), Accum::Replace, t, a.weight(), 1.0);
    out
}

/// The largest singular value, rounded up; the Frobenius norm where the SVD does not converge.
fn operator_norm(m: MatRef<'_, f64>) -> f64 {
    let unit = PowerOfTwo::of(m.col_iter().flat_map(|c| c.iter().copied()));
    let m = m.map(|v| unit.divide(*v));
    let frobenius = m.norm_l2() * (1.0 + 1e-12);
    let top = singular_values(m.as_ref()).ok().and_then(|s| s.first().copied());
    unit.multiply(top.map_or(frobenius, |s| (s * (1.0 + 1e-12)).min(frobenius)))
}

fn widest_column(m: MatRef<'_, f64>) -> f64 {
    (0..m.ncols()).map(|k| norm2(row(m.transpose(), k))).fold(0.0, f64::max)
}

fn row(m: MatRef<'_, f64>, i: usize) -> Vec<f64> {
    m.row(i).iter().copied().collect()
}
