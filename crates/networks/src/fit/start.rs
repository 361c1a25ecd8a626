//! Hidden weights that a search starts from.

use super::hidden::{Hidden, Layer};
use super::projected::Functions;
use crate::activation::Activation;
use faer::{Mat, MatRef};
use relata_relations::{Seed, Stream};
use std::f64::consts::{FRAC_PI_2, PI};

/// The layers that are wanted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    pub(super) width: usize,
    pub(super) depth: usize,
    pub(super) activation: Activation,
    /// Axes of the space, which may be fewer than coordinates.
    pub(super) axes: usize,
    /// How many functions are to be represented.
    pub(super) functions: usize,
}

/// Start number `which`, from the stream `start/<which>` of the seed. The first one is even, the
/// others are random.
///
/// The `k`-th singular function of a relation on an interval bends about `k` times, as eigenfunctions
/// of Sturm-Liouville problems do, and in `p` dimensions about `k^(1/p)` times on every axis. So
/// units of the first layer bend within about that part of the domain, sines have frequencies up to
/// that of the last function, and every unit bends at a node.
pub(super) fn start(shape: &Shape, f: &Functions, seed: Seed, which: usize) -> Hidden {
    let mut stream = seed.stream(&format!("start/{which}"));
    let first = if which == 0 && f.inputs.ncols() == 1 {
        even(shape, f)
    } else {
        random(shape, f.inputs.as_ref(), &mut stream)
    };
    let mut layers = vec![first];
    for _ in 1..shape.depth {
        layers.push(deeper(shape, &mut stream));
    }
    Hidden { layers, activation: shape.activation }
}

/// About how often the last function bends along an axis of length 2.
fn bends(shape: &Shape) -> f64 {
    (shape.functions as f64).powf(1.0 / shape.axes.max(1) as f64)
}

/// On a line: units in equal distances, of a slope that lets neighbours meet; sines of frequencies
/// in equal distances, half of them shifted by a quarter of their wave.
fn even(shape: &Shape, f: &Functions) -> Layer {
    let Shape { width, activation, .. } = *shape;
    let count = width as f64;
    let place = |k: usize| (2.0 * k as f64 + 1.0) / count - 1.0;
    match activation {
        Activation::Sine => {
            let highest = FRAC_PI_2 * bends(shape);
            let frequency = |k: usize| highest * (k as f64 + 1.0) / count;
            Layer {
                weight: Mat::from_fn(1, width, |_, k| frequency(k)),
                // From the left end on, as waves on an interval that ends in nodes or bellies.
                bias: (0..width)
                    .map(|k| frequency(k) + if k.is_multiple_of(2) { 0.0 } else { FRAC_PI_2 })
                    .collect(),
            }
        }
        Activation::Relu => {
            // Kinks at quantiles of the roots of the bends of all functions, where broken lines
            // want them.
            let knots = knots(f, width);
            let sign = |k: usize| if k.is_multiple_of(2) { 1.0 } else { -1.0 };
            Layer {
                weight: Mat::from_fn(1, width, |_, k| sign(k)),
                bias: (0..width).map(|k| -sign(k) * knots[k]).collect(),
            }
        }
        Activation::Tanh | Activation::Gelu => {
            let slope = (0.5 * count).max(1.0);
            Layer {
                weight: Mat::from_fn(1, width, |_, _| slope),
                bias: (0..width).map(|k| -slope * place(k)).collect(),
            }
        }
    }
}

/// `count` places on the line between which the functions bend alike: quantiles of `|T''|^(2/5)`,
/// which is optimal for broken lines in the mean square (de Boor 1973).
fn knots(f: &Functions, count: usize) -> Vec<f64> {
    let mut order: Vec<usize> = (0..f.roots.len()).collect();
    order.sort_by(|i, j| f.inputs[(*i, 0)].total_cmp(&f.inputs[(*j, 0)]));
    let x: Vec<f64> = order.iter().map(|i| f.inputs[(*i, 0)]).collect();
    let value = |at: usize, o: usize| f.targets[(order[at], o)] / f.roots[order[at]];
    let mut density = vec![0.0f64; x.len()];
    for at in 1..x.len().saturating_sub(1) {
        let (left, right) = (x[at] - x[at - 1], x[at + 1] - x[at]);
        if left > 0.0 && right > 0.0 {
            let bend = |o: usize| {
                2.0 * ((value(at + 1, o) - value(at, o)) / right - (value(at, o) - value(at - 1, o)) / left)
                    / (left + right)
            };
            let square: f64 = (0..f.targets.ncols()).map(|o| bend(o) * bend(o)).sum();
            density[at] = square.powf(0.2) * 0.5 * (left + right);
        }
    }
    let total: f64 = density.iter().sum();
    let (mut sum, mut at) = (0.0, 0);
    (0..count)
        .map(|k| {
            let wanted = total * (k as f64 + 0.5) / count as f64;
            while at + 1 < x.len() && sum + density[at] < wanted {
                sum += density[at];
                at += 1;
            }
            if total > 0.0 { x[at] } else { (2.0 * k as f64 + 1.0) / count as f64 - 1.0 }
        })
        .collect()
}

/// Directions and slopes at random, every unit bending at a random node.
fn random(shape: &Shape, x: MatRef<'_, f64>, stream: &mut Stream) -> Layer {
    let Shape { width, activation, .. } = *shape;
    let p = x.ncols();
    let bends = bends(shape);
    // Of unit variance over directions, whatever their number.
    let spread = match activation {
        // Uniform up to a little above the frequency of the last function.
        Activation::Sine => 1.2 * FRAC_PI_2 * bends,
        Activation::Relu | Activation::Tanh | Activation::Gelu => bends.max(1.0),
    };
    let mut weight = Mat::zeros(p, width);
    let mut bias = Vec::with_capacity(width);
    for k in 0..width {
        let direction: Vec<f64> = (0..p).map(|_| stream.normal()).collect();
        let length = direction.iter().map(|v| v * v).sum::<f64>().sqrt();
        let size = match activation {
            Activation::Sine => spread * stream.uniform() / length.max(f64::MIN_POSITIVE),
            Activation::Relu | Activation::Tanh | Activation::Gelu => spread / (p as f64).sqrt(),
        };
        let node = stream.below(x.nrows());
        let shift = if activation == Activation::Sine { stream.uniform_in(-PI, PI) } else { 0.0 };
        let mut at = 0.0;
        for (a, v) in direction.iter().enumerate() {
            weight[(a, k)] = v * size;
            at += v * size * x[(node, a)];
        }
        bias.push(shift - at);
    }
    Layer { weight, bias }
}

/// A layer on top of another: as many units, each a mixture with a gain that keeps the signal.
fn deeper(shape: &Shape, stream: &mut Stream) -> Layer {
    let n = shape.width;
    let gain = match shape.activation {
        Activation::Relu | Activation::Gelu => std::f64::consts::SQRT_2,
        Activation::Tanh => 5.0 / 3.0,
        Activation::Sine => 2.0,
    };
    let size = gain / (n as f64).sqrt();
    Layer {
        weight: Mat::from_fn(n, n, |_, _| size * stream.normal()),
        bias: (0..n).map(|_| stream.uniform_in(-1.0, 1.0)).collect(),
    }
}
