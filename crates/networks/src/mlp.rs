//! Multilayer perceptrons in f64, evaluated with faer.
//!
//! An [`Mlp`] is a sequence of blocks `h -> a(h W + b)` (or `h + a(h W + b)` with a skip
//! connection) followed by an affine head `h -> h V + c`. Points are rows, so weights stand on the
//! right: `W` is `n_in x n_out`. Random Fourier features in front are a first block with the sine
//! activation whose biases come in pairs `(b, b + pi/2)`.

use crate::activation::Activation;
use faer::{Accum, Mat, MatRef};
use relata_relations::{Points, multiply};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// `h -> h W + b` on rows.
#[derive(Clone, Debug)]
pub struct Affine {
    weight: Mat<f64>,
    bias: Vec<f64>,
}

/// Maps of different shapes are different; faer's matrices of different shapes cannot be compared.
impl PartialEq for Affine {
    fn eq(&self, other: &Self) -> bool {
        self.weight.shape() == other.weight.shape() && self.weight == other.weight && self.bias == other.bias
    }
}

/// One hidden layer.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// The affine part, `n_in x n_out`.
    pub affine: Affine,
    /// What is applied to each entry.
    pub activation: Activation,
    /// Whether the input is added to the output.
    pub skip: Skip,
    /// Whether training may change the affine part.
    pub training: Trainable,
}

/// Whether a block adds its input to its output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Skip {
    /// `a(h W + b)`.
    #[default]
    None,
    /// `h + a(h W + b)`; the widths must agree.
    Residual,
}

/// Whether training may change a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trainable {
    /// Weights and biases are parameters.
    Free,
    /// Weights and biases stay as drawn (random Fourier features).
    Frozen,
}

/// A multilayer perceptron `R^p -> R^d`.
#[derive(Clone, Debug, PartialEq)]
pub struct Mlp {
    blocks: Vec<Block>,
    head: Affine,
}

/// Why layers do not form a network.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum NetworkError {
    /// Another number of biases than of outputs.
    #[error("layer {layer}: {biases} biases for {outputs} outputs")]
    Bias {
        /// The layer, counted from the input; the head is the last.
        layer: usize,
        /// Biases given.
        biases: usize,
        /// Outputs of the weight matrix.
        outputs: usize,
    },
    /// A layer whose input is not the output of the one before.
    #[error("layer {layer} takes {inputs} inputs, the layer before it has {outputs} outputs")]
    Chain {
        /// The layer.
        layer: usize,
        /// Its inputs.
        inputs: usize,
        /// The outputs of the layer before.
        outputs: usize,
    },
    /// A skip connection between different widths.
    #[error("layer {layer} has a skip connection from {inputs} to {outputs} features; the widths must agree")]
    Skip {
        /// The layer.
        layer: usize,
        /// Its inputs.
        inputs: usize,
        /// Its outputs.
        outputs: usize,
    },
    /// A layer without inputs or outputs.
    #[error("layer {layer} is {inputs} x {outputs}; both must be at least 1")]
    Empty {
        /// The layer.
        layer: usize,
        /// Its inputs.
        inputs: usize,
        /// Its outputs.
        outputs: usize,
    },
    /// A weight or bias that is not finite.
    #[error("layer {layer} has a {what} that is {value}; weights and biases must be finite")]
    NonFinite {
        /// The layer.
        layer: usize,
        /// `weight` or `bias`.
        what: &'static str,
        /// The value.
        value: f64,
    },
    /// Two encoders that do not fit together.
    #[error("{what}: {first} against {second}; they must agree")]
    Encoders {
        /// What differs.
        what: &'static str,
        /// The first encoder's.
        first: usize,
        /// The second encoder's, or the number of signs.
        second: usize,
    },
    /// A sign that is neither 1 nor -1.
    #[error("sign {index} of the indefinite form is {value}; it must be 1 or -1")]
    Sign {
        /// Which.
        index: usize,
        /// The value.
        value: f64,
    },
}

impl Affine {
    /// `h -> h W + b` with `W` of shape `n_in x n_out` and `n_out` biases. The shape is checked
    /// where it joins a network.
    #[must_use]
    pub fn new(weight: Mat<f64>, bias: Vec<f64>) -> Self {
        Self { weight, bias }
    }

    /// `W`, `n_in x n_out`.
    #[must_use]
    pub fn weight(&self) -> MatRef<'_, f64> {
        self.weight.as_ref()
    }

    /// `b`, `n_out` numbers.
    #[must_use]
    pub fn bias(&self) -> &[f64] {
        &self.bias
    }

    /// Number of inputs.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.weight.nrows()
    }

    /// Number of outputs.
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.weight.ncols()
    }

    /// This map followed by `next`, as one: `(h W + b) V + c`. `next` must take as many inputs as
    /// this one has outputs.
    pub(crate) fn then(&self, next: &Self) -> Self {
        let weight = &self.weight * &next.weight;
        let bias = (0..next.outputs()).map(|k| {
            let mixed: f64 = self.bias.iter().enumerate().map(|(i, b)| b * next.weight[(i, k)]).sum();
            mixed + next.bias[k]
        });
        Self { bias: bias.collect(), weight }
    }

    /// `h W + b`. Shapes: `n x n_in` to `n x n_out`.
    #[must_use]
    pub fn apply(&self, h: MatRef<'_, f64>) -> Mat<f64> {
        let mut out = Mat::zeros(h.nrows(), self.outputs());
        for (mut column, b) in out.col_iter_mut().zip(&self.bias) {
            column.fill(*b);
        }
        multiply(out.as_mut(), Accum::Add, h, self.weight.as_ref(), 1.0);
        out
    }

    fn check(&self, layer: usize) -> Result<(), NetworkError> {
        let (inputs, outputs) = (self.inputs(), self.outputs());
        if inputs == 0 || outputs == 0 {
            return Err(NetworkError::Empty { layer, inputs, outputs });
        }
        if self.bias.len() != outputs {
            return Err(NetworkError::Bias { layer, biases: self.bias.len(), outputs });
        }
        if let Some(&value) = self.bias.iter().find(|b| !b.is_finite()) {
            return Err(NetworkError::NonFinite { layer, what: "bias", value });
        }
        for column in self.weight.col_iter() {
            if let Some(&value) = column.iter().find(|w| !w.is_finite()) {
                return Err(NetworkError::NonFinite { layer, what: "weight", value });
            }
        }
        Ok(())
    }
}

impl Mlp {
    /// A network from its hidden blocks (possibly none) and its head.
    ///
    /// # Errors
    /// [`NetworkError`] if the layers do not chain, a skip joins different widths, or a weight is
    /// not finite.
    pub fn new(blocks: Vec<Block>, head: Affine) -> Result<Self, NetworkError> {
        let mut width = None;
        let affines = blocks.iter().map(|b| (&b.affine, b.skip)).chain([(&head, Skip::None)]);
        for (layer, (affine, skip)) in affines.enumerate() {
            affine.check(layer)?;
            let (inputs, out) = (affine.inputs(), affine.outputs());
            if let Some(outputs) = width.filter(|w| *w != inputs) {
                return Err(NetworkError::Chain { layer, inputs, outputs });
            }
            if skip == Skip::Residual && inputs != out {
                return Err(NetworkError::Skip { layer, inputs, outputs: out });
            }
            width = Some(out);
        }
        Ok(Self { blocks, head })
    }

    /// The hidden layers, from the input on.
    #[must_use]
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// The affine head.
    #[must_use]
    pub fn head(&self) -> &Affine {
        &self.head
    }

    /// Number `p` of inputs.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.blocks.first().map_or(self.head.inputs(), |b| b.affine.inputs())
    }

    /// Number `d` of outputs.
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.head.outputs()
    }

    /// Number of features that the head sees.
    #[must_use]
    pub fn width(&self) -> usize {
        self.head.inputs()
    }

    /// Number of neurons: hidden units of all blocks.
    #[must_use]
    pub fn neurons(&self) -> usize {
        self.blocks.iter().map(|b| b.affine.outputs()).sum()
    }

    /// Number of weights and biases.
    #[must_use]
    pub fn parameters(&self) -> usize {
        let count = |a: &Affine| (a.inputs() + 1) * a.outputs();
        self.blocks.iter().map(|b| count(&b.affine)).sum::<usize>() + count(&self.head)
    }

    /// The features that the head sees. Shapes: `n x p` to `n x width`.
    #[must_use]
    pub fn hidden(&self, x: &Points) -> Mat<f64> {
        let mut h = x.as_mat().to_owned();
        for block in &self.blocks {
            h = block.apply(h.as_ref());
        }
        h
    }

    /// The outputs. Shapes: `n x p` to `n x d`.
    #[must_use]
    pub fn forward(&self, x: &Points) -> Mat<f64> {
        self.head.apply(self.hidden(x).as_ref())
    }

    /// The same hidden layers under another head.
    ///
    /// # Errors
    /// [`NetworkError`] if the head does not take [`Mlp::width`] inputs or is not finite.
    pub fn with_head(&self, head: Affine) -> Result<Self, NetworkError> {
        Self::new(self.blocks.clone(), head)
    }
}

impl Block {
    /// The block's output. Shapes: `n x n_in` to `n x n_out`.
    #[must_use]
    pub fn apply(&self, h: MatRef<'_, f64>) -> Mat<f64> {
        let mut z = self.affine.apply(h);
        let residual = self.skip == Skip::Residual;
        for j in 0..z.ncols() {
            for i in 0..z.nrows() {
                let v = self.activation.value(z[(i, j)]);
                z[(i, j)] = if residual { h[(i, j)] + v } else { v };
            }
        }
        z
    }
}
