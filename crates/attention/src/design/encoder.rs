//! Encoders whose outputs are sums of functions of single coordinates, as ReLU networks with a closed-form error.

use faer::Mat;
use relata_networks::{Activation, Affine, Block, Mlp, NetworkError, Skip, Trainable};
use relata_relations::{Points, PointsError};
use std::fmt;
use std::sync::Arc;

/// A function of one coordinate, with a bound of its second derivative.
#[derive(Clone)]
pub struct Part {
    coordinate: usize,
    curvature: f64,
    f: Arc<dyn Fn(f64) -> f64 + Send + Sync>,
}

impl Part {
    /// `f(y_coordinate)` with `|f''| <= curvature` on the interval where it will be used. Curvature 0 is an affine function.
    pub fn new(coordinate: usize, curvature: f64, f: impl Fn(f64) -> f64 + Send + Sync + 'static) -> Self {
        Self { coordinate, curvature: curvature.abs(), f: Arc::new(f) }
    }

    /// `slope * y_coordinate`.
    #[must_use]
    pub fn linear(coordinate: usize, slope: f64) -> Self {
        Self::new(coordinate, 0.0, move |t| slope * t)
    }

    /// The value at `t`.
    #[must_use]
    pub fn value(&self, t: f64) -> f64 {
        (self.f)(t)
    }
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "f(y_{}), |f''| <= {}", self.coordinate, self.curvature)
    }
}

/// An encoder `[a, b]^p -> R^d` whose outputs are `c_k + sum_parts f(y_j)`.
#[derive(Clone, Debug)]
pub struct SplineEncoder {
    inputs: usize,
    ends: [f64; 2],
    outputs: Vec<(f64, Vec<Part>)>,
}

/// A network that interpolates a [`SplineEncoder`], with bounds for each output.
#[derive(Clone, Debug)]
pub(crate) struct Interpolated {
    pub(crate) net: Mlp,
    /// Largest difference to the function interpolated.
    pub(crate) error: Vec<f64>,
    /// Largest magnitude of the output.
    pub(crate) size: Vec<f64>,
}

impl SplineEncoder {
    /// An encoder of `inputs` coordinates in `[a, b]`, without outputs yet.
    #[must_use]
    pub fn new(inputs: usize, ends: [f64; 2]) -> Self {
        Self { inputs, ends, outputs: Vec::new() }
    }

    /// Adds an output, a constant and a sum of parts.
    #[must_use]
    pub fn output(mut self, constant: f64, parts: Vec<Part>) -> Self {
        self.outputs.push((constant, parts));
        self
    }

    /// Number of outputs.
    #[must_use]
    pub fn rank(&self) -> usize {
        self.outputs.len()
    }

    /// Points off the knots: the same fraction of the way along in every coordinate.
    pub(crate) fn probes(&self, pieces: usize) -> Result<Points, PointsError> {
        let [a, b] = self.ends;
        let count = (4 * pieces + 3).min(401);
        let at = |i: usize| a + (b - a) * (i as f64 + 0.37) / count as f64;
        Points::new(self.inputs, (0..count).flat_map(|i| std::iter::repeat_n(at(i), self.inputs)).collect())
    }

    /// The exact values at a point.
    #[must_use]
    pub fn exact(&self, y: &[f64]) -> Vec<f64> {
        let value =
            |(c, parts): &(f64, Vec<Part>)| c + parts.iter().map(|p| p.value(y[p.coordinate])).sum::<f64>();
        self.outputs.iter().map(value).collect()
    }

    /// The piecewise linear interpolant on `pieces` equal pieces of each coordinate that has a curved part: one hidden ReLU layer that all outputs
    /// share, `pieces` units a coordinate; without curved parts, an affine map. The error of an output is `sum |f''| h^2 / 8`.
    pub(crate) fn interpolate(&self, pieces: usize) -> Result<Interpolated, NetworkError> {
        let [a, b] = self.ends;
        let curved = |c: usize| {
            self.outputs.iter().any(|o| o.1.iter().any(|p| p.coordinate == c && p.curvature > 0.0))
        };
        if !(0..self.inputs).any(curved) {
            return self.affine();
        }
        let count = |c: usize| if curved(c) { pieces.max(1) } else { 1 };
        let width: usize = (0..self.inputs).map(count).sum();
        let start: Vec<usize> =
            (0..self.inputs).scan(0, |at, c| Some(std::mem::replace(at, *at + count(c)))).collect();
        let knot = |c: usize, j: usize| a + (b - a) * j as f64 / count(c) as f64;
        let mut weight = Mat::zeros(self.inputs, width);
        let mut bias = vec![0.0; width];
        for c in 0..self.inputs {
            for j in 0..count(c) {
                weight[(c, start[c] + j)] = 1.0;
                bias[start[c] + j] = -knot(c, j);
            }
        }
        let mut head = Mat::zeros(width, self.outputs.len());
        let mut constants = vec![0.0; self.outputs.len()];
        let (mut error, mut size) = (vec![0.0; self.outputs.len()], vec![0.0; self.outputs.len()]);
        for (k, (constant, parts)) in self.outputs.iter().enumerate() {
            constants[k] = *constant;
            size[k] = constant.abs();
            for p in parts {
                let c = p.coordinate;
                let values: Vec<f64> = (0..=count(c)).map(|j| p.value(knot(c, j))).collect();
                constants[k] += values[0];
                let mut slope = 0.0;
                for j in 0..count(c) {
                    let next = (values[j + 1] - values[j]) / (knot(c, j + 1) - knot(c, j));
                    head[(start[c] + j, k)] += next - slope;
                    slope = next;
                }
                let h = (b - a) / count(c) as f64;
                error[k] += p.curvature * h * h / 8.0;
                size[k] += values.iter().fold(0.0f64, |m, v| m.max(v.abs()));
            }
        }
        let net = Mlp::new(vec![relu(Affine::new(weight, bias))], Affine::new(head, constants))?;
        Ok(Interpolated { net, error, size })
    }

    fn affine(&self) -> Result<Interpolated, NetworkError> {
        let [a, b] = self.ends;
        let mut weight = Mat::zeros(self.inputs, self.outputs.len());
        let mut constants = vec![0.0; self.outputs.len()];
        let mut size = vec![0.0; self.outputs.len()];
        for (k, (constant, parts)) in self.outputs.iter().enumerate() {
            constants[k] = *constant;
            size[k] = constant.abs();
            for p in parts {
                let (at_a, at_b) = (p.value(a), p.value(b));
                // Exact for linear functions of round slope, whatever the ends.
                let slope = p.value(1.0) - p.value(0.0);
                weight[(p.coordinate, k)] += slope;
                constants[k] += p.value(0.0);
                size[k] += at_a.abs().max(at_b.abs());
            }
        }
        let error = vec![0.0; self.outputs.len()];
        Ok(Interpolated { net: Mlp::new(Vec::new(), Affine::new(weight, constants))?, error, size })
    }
}

/// The network of one input that takes the values of the rows of a table at equally spaced knots from `a` to `b`, and interpolates in between: one
/// ReLU unit a piece. A table of one row is a constant.
///
/// # Errors
/// [`NetworkError`] if the table is empty or not finite.
pub fn piecewise_linear([a, b]: [f64; 2], table: &Mat<f64>) -> Result<Mlp, NetworkError> {
    let (n, d) = (table.nrows(), table.ncols());
    if n <= 1 {
        let row = (0..d).map(|k| if n == 1 { table[(0, k)] } else { f64::NAN }).collect();
        return Mlp::new(Vec::new(), Affine::new(Mat::zeros(1, d), row));
    }
    let units = n - 1;
    let knot = |j: usize| a + (b - a) * j as f64 / units as f64;
    let slope = |j: usize, k: usize| (table[(j + 1, k)] - table[(j, k)]) / (knot(j + 1) - knot(j));
    let head =
        Mat::from_fn(units, d, |j, k| if j == 0 { slope(0, k) } else { slope(j, k) - slope(j - 1, k) });
    let weight = Mat::from_fn(1, units, |_, _| 1.0);
    let hidden = relu(Affine::new(weight, (0..units).map(|j| -knot(j)).collect()));
    Mlp::new(vec![hidden], Affine::new(head, (0..d).map(|k| table[(0, k)]).collect()))
}

fn relu(affine: Affine) -> Block {
    Block { affine, activation: Activation::Relu, skip: Skip::None, training: Trainable::Free }
}
