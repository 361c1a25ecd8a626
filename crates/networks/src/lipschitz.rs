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
use relata_relations::{Points, multiply};

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
    let mut all = Smoothness { slope: 1.0, curvature: Some(0.0) };
    for b in net.blocks() {
        let w = operator_norm(b.affine.weight());
        let skip = if b.skip == Skip::Residual { 1.0 } else { 0.0 };
        let g_slope = skip + b.activation.derivative_bound() * w;
        // The Jacobian of h -> a(h W) is diag(a'(.)) W^T: its change is at most A max_k |w_k . dh|
        // |W|.
        let g_curvature = b.activation.curvature_bound().map(|a| a * widest_column(b.affine.weight()) * w);
        all = Smoothness {
            slope: g_slope * all.slope,
            curvature: g_curvature
                .zip(all.curvature)
                .map(|(gk, hk)| gk * all.slope * all.slope + g_slope * hk),
        };
    }
    let v = operator_norm(net.head().weight());
    Smoothness { slope: v * all.slope, curvature: all.curvature.map(|k| v * k) }
}

/// `A sum_k |v_k| |w_k|^2` for a network of one hidden layer without a skip.
fn one_layer_curvature(net: &Mlp) -> Option<f64> {
    let [Block { affine, activation, skip: Skip::None, .. }] = net.blocks() else { return None };
    let head = net.head().weight();
    let sum: f64 =
        (0..affine.outputs()).map(|k| head.row(k).norm_l2() * affine.weight().col(k).squared_norm_l2()).sum();
    Some(activation.curvature_bound()? * sum)
}

/// The Frobenius norm of the Jacobian at each point, by forward mode.
fn jacobian_norms(net: &Mlp, at: &Points) -> Vec<f64> {
    let mut norms = vec![0.0f64; at.len()];
    let p = at.dim();
    for axis in 0..p {
        let mut h = at.as_mat().to_owned();
        let mut t = Mat::from_fn(at.len(), p, |_, a| f64::from(u8::from(a == axis)));
        for b in net.blocks() {
            (h, t) = tangent(b, h.as_ref(), t.as_ref());
        }
        let out = linear(net.head(), t.as_ref());
        for (i, n) in norms.iter_mut().enumerate() {
            *n += out.row(i).squared_norm_l2();
        }
    }
    norms.iter().map(|n| n.sqrt()).collect()
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
    let frobenius = m.norm_l2();
    let top = m.singular_values().ok().and_then(|s| s.first().copied());
    top.map_or(frobenius, |s| (s * (1.0 + 1e-12)).min(frobenius))
}

fn widest_column(m: MatRef<'_, f64>) -> f64 {
    m.col_iter().map(|c| c.norm_l2()).fold(0.0, f64::max)
}
