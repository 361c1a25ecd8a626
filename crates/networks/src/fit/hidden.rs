//! The hidden layers of one encoder while they are fitted, and how features change with weights.

use crate::activation::Activation;
use crate::mlp::{Affine, Block, Mlp, NetworkError, Skip, Trainable};
use faer::{Accum, Mat, MatRef};
use relata_relations::{Points, multiply};

/// One layer `h -> a(h W + b)`.
#[derive(Clone, Debug)]
pub(super) struct Layer {
    /// `n_in x n_out`.
    pub(super) weight: Mat<f64>,
    pub(super) bias: Vec<f64>,
}

/// Hidden layers on inputs that were centred and scaled.
#[derive(Clone, Debug)]
pub(super) struct Hidden {
    pub(super) layers: Vec<Layer>,
    pub(super) activation: Activation,
}

/// What one evaluation at all nodes leaves behind.
#[derive(Clone, Debug)]
pub(super) struct Passed {
    /// The activation's derivative at every unit of every layer, `n x n_out` each.
    slopes: Vec<Mat<f64>>,
    /// The output of every layer; the last is the features.
    outputs: Vec<Mat<f64>>,
}

impl Layer {
    fn inputs(&self) -> usize {
        self.weight.nrows()
    }

    fn outputs(&self) -> usize {
        self.weight.ncols()
    }

    /// Weights and biases.
    fn parameters(&self) -> usize {
        (self.inputs() + 1) * self.outputs()
    }
}

impl Hidden {
    /// Number of features.
    pub(super) fn width(&self) -> usize {
        self.layers.last().map_or(0, Layer::outputs)
    }

    /// Number of weights and biases.
    pub(super) fn parameters(&self) -> usize {
        self.layers.iter().map(Layer::parameters).sum()
    }

    /// Features and slopes at all nodes, `n x p`.
    pub(super) fn pass(&self, x: MatRef<'_, f64>) -> Passed {
        let (mut slopes, mut outputs) = (vec![], Vec::<Mat<f64>>::new());
        for layer in &self.layers {
            let input = outputs.last().map_or(x, Mat::as_ref);
            let mut z = Mat::zeros(input.nrows(), layer.outputs());
            for (mut column, b) in z.col_iter_mut().zip(&layer.bias) {
                column.fill(*b);
            }
            multiply(z.as_mut(), Accum::Add, input, layer.weight.as_ref(), 1.0);
            let mut slope = Mat::zeros(z.nrows(), z.ncols());
            for (z, s) in z.col_iter_mut().zip(slope.col_iter_mut()) {
                for (z, s) in z.iter_mut().zip(s.iter_mut()) {
                    (*z, *s) = value_and_slope(self.activation, *z);
                }
            }
            slopes.push(slope);
            outputs.push(z);
        }
        Passed { slopes, outputs }
    }

    /// The same layers with weights and biases moved by a step, in the order of [`Passed::last`] and
    /// [`Passed::earlier`]: of each layer the rows of the weights, then the biases; the last layer
    /// first.
    pub(super) fn moved(&self, step: &[f64]) -> Self {
        let mut layers = self.layers.clone();
        let mut rest = step;
        for layer in layers.iter_mut().rev() {
            let (own, others) = rest.split_at(layer.parameters());
            let width = layer.outputs();
            for a in 0..layer.inputs() {
                for k in 0..width {
                    layer.weight[(a, k)] += own[a * width + k];
                }
            }
            let biases = &own[layer.inputs() * width..];
            layer.bias.iter_mut().zip(biases).for_each(|(b, s)| *b += s);
            rest = others;
        }
        Self { layers, activation: self.activation }
    }

    /// The perceptron on inputs as they were: `(x - centre) / scale` joins the first layer. Its head
    /// is zero.
    ///
    /// # Errors
    /// [`NetworkError`] if a weight is not finite.
    pub(super) fn into_mlp(self, frame: &Frame) -> Result<Mlp, NetworkError> {
        let (activation, width) = (self.activation, self.width());
        let block = |(at, layer): (usize, Layer)| {
            let Layer { mut weight, mut bias } = layer;
            if at == 0 {
                for (k, b) in bias.iter_mut().enumerate() {
                    for (a, (centre, scale)) in frame.axes.iter().enumerate() {
                        weight[(a, k)] /= scale;
                        *b -= weight[(a, k)] * centre;
                    }
                }
            }
            let affine = Affine::new(weight, bias);
            Block { affine, activation, skip: Skip::None, training: Trainable::Free }
        };
        let blocks = self.layers.into_iter().enumerate().map(block).collect();
        Mlp::new(blocks, Affine::new(Mat::zeros(width, 1), vec![0.0]))
    }
}

impl Passed {
    /// The features, `n x N`.
    pub(super) fn features(&self) -> MatRef<'_, f64> {
        self.outputs[self.outputs.len() - 1].as_ref()
    }

    /// The derivative of each feature by the weights and the bias of its own unit: column `a N + k`
    /// is that of feature `k` by the weight of its input `a`, the last `N` columns are those by the
    /// biases. Every other feature stays as it is. Shape: `n x (n_in + 1) N`.
    pub(super) fn last(&self, x: MatRef<'_, f64>) -> Mat<f64> {
        let depth = self.slopes.len();
        let input = if depth > 1 { self.outputs[depth - 2].as_ref() } else { x };
        products(input, self.slopes[depth - 1].as_ref())
    }

    /// The derivative of `features C` by each parameter of the layers before the last, the later
    /// layers first: `n x d` each, handed to `take` in order.
    pub(super) fn earlier(
        &self,
        hidden: &Hidden,
        x: MatRef<'_, f64>,
        heads: MatRef<'_, f64>,
        mut take: impl FnMut(Mat<f64>),
    ) {
        let depth = self.slopes.len();
        let (n, d) = (x.nrows(), heads.ncols());
        // The derivative of output `o` by unit `k` of the present layer, at each node.
        let mut back: Vec<Mat<f64>> =
            (0..d).map(|o| Mat::from_fn(n, heads.nrows(), |_, k| heads[(k, o)])).collect();
        for at in (1..depth).rev() {
            let weight = hidden.layers[at].weight.as_ref();
            for b in &mut back {
                let through = Mat::from_fn(n, b.ncols(), |i, k| b[(i, k)] * self.slopes[at][(i, k)]);
                let mut before = Mat::zeros(n, weight.nrows());
                multiply(before.as_mut(), Accum::Replace, through.as_ref(), weight.transpose(), 1.0);
                *b = before;
            }
            let input = if at > 1 { self.outputs[at - 2].as_ref() } else { x };
            let own = products(input, self.slopes[at - 1].as_ref());
            let width = self.slopes[at - 1].ncols();
            for p in 0..own.ncols() {
                take(Mat::from_fn(n, d, |i, o| own[(i, p)] * back[o][(i, p % width)]));
            }
        }
    }
}

/// `[h_a s_k, s_k]` for all inputs `a` and units `k`.
fn products(input: MatRef<'_, f64>, slopes: MatRef<'_, f64>) -> Mat<f64> {
    let width = slopes.ncols();
    Mat::from_fn(slopes.nrows(), (input.ncols() + 1) * width, |i, p| {
        let (a, k) = (p / width, p % width);
        if a < input.ncols() { input[(i, a)] * slopes[(i, k)] } else { slopes[(i, k)] }
    })
}

/// An activation and its derivative, with one hyperbolic tangent for both.
fn value_and_slope(a: Activation, z: f64) -> (f64, f64) {
    match a {
        Activation::Tanh => {
            let v = a.value(z);
            (v, 1.0 - v * v)
        }
        Activation::Relu | Activation::Gelu | Activation::Sine => (a.value(z), a.derivative(z)),
    }
}

/// How inputs are centred and scaled before a fit, so that its steps do not depend on their units:
/// the middle and half of the range of every coordinate.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Frame {
    pub(super) axes: Vec<(f64, f64)>,
}

impl Frame {
    /// That of these points. A coordinate that never changes is only centred.
    pub(super) fn of(points: &Points) -> Self {
        let axis = |a: usize| {
            let ends = points
                .rows()
                .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x[a]), high.max(x[a])));
            let half = 0.5 * ends.1 - 0.5 * ends.0;
            (0.5 * ends.0 + 0.5 * ends.1, if half > 0.0 { half } else { 1.0 })
        };
        Self { axes: (0..points.dim()).map(axis).collect() }
    }

    /// The points in this frame, `n x p`.
    pub(super) fn apply(&self, points: &Points) -> Mat<f64> {
        let m = points.as_mat();
        Mat::from_fn(m.nrows(), m.ncols(), |i, a| (m[(i, a)] - self.axes[a].0) / self.axes[a].1)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use relata_relations::Seed;

    fn hidden(widths: &[usize], activation: Activation) -> Hidden {
        let mut s = Seed(3).stream("hidden");
        let layers = widths.windows(2).map(|w| Layer {
            weight: Mat::from_fn(w[0], w[1], |_, _| s.normal()),
            bias: (0..w[1]).map(|_| s.normal()).collect(),
        });
        Hidden { layers: layers.collect(), activation }
    }

    #[test]
    fn derivatives_are_those_of_difference_quotients() {
        let mut s = Seed(5).stream("nodes");
        let x = Mat::from_fn(7, 2, |_, _| s.uniform_in(-1.0, 1.0));
        for (activation, widths) in [
            (Activation::Tanh, vec![2, 5]),
            (Activation::Sine, vec![2, 4, 3]),
            (Activation::Gelu, vec![2, 3, 4, 5]),
        ] {
            let net = hidden(&widths, activation);
            let width = net.width();
            let heads = Mat::from_fn(width, 3, |_, _| s.normal());
            let passed = net.pass(x.as_ref());
            let last = passed.last(x.as_ref());
            let mut all: Vec<Mat<f64>> = (0..last.ncols())
                .map(|p| Mat::from_fn(7, 3, |i, o| last[(i, p)] * heads[(p % width, o)]))
                .collect();
            passed.earlier(&net, x.as_ref(), heads.as_ref(), |m| all.push(m));
            assert_eq!(all.len(), net.parameters());
            for (p, derivative) in all.iter().enumerate() {
                let at = |t: f64| {
                    let step: Vec<f64> = (0..all.len()).map(|q| if q == p { t } else { 0.0 }).collect();
                    net.moved(&step).pass(x.as_ref()).features() * &heads
                };
                let quotient = (at(1e-5) - at(-1e-5)) * faer::Scale(0.5e5);
                assert!((quotient - derivative).norm_max() < 1e-8, "{activation} {p}");
            }
        }
    }

    #[test]
    fn the_perceptron_sees_points_as_they_were() {
        let points = Points::new(2, vec![1e6, -3.0, 1.2e6, -3.0, 1.1e6, -3.0]).unwrap();
        let frame = Frame::of(&points);
        let net = hidden(&[2, 4, 3], Activation::Tanh);
        let features = net.pass(frame.apply(&points).as_ref());
        let again = net.clone().into_mlp(&frame).unwrap().hidden(&points);
        assert!((again - features.features()).norm_max() < 1e-9);
    }
}
