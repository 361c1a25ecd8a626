//! An encoder's layers, and where their numbers lie in one vector of all parameters.
//!
//! A weight of [`Affine`] is `n_in x n_out`, points being rows there. Here they are columns: the
//! same weight is the `n_out x n_in` matrix `W` of `W h + b`, and lies column by column in the
//! vector, which is row by row for the other convention. So a checkpoint has the same numbers in
//! the same order whichever formulation wrote it.

use faer::{Mat, MatRef};
use relata_networks::{Activation, Affine, Block, Mlp, NetworkError, Skip, Trainable};
use std::ops::Range;

/// The layers of an encoder; the head is the last.
pub(super) struct Encoder {
    pub(super) layers: Vec<Layer>,
    /// Where its parameters lie among all.
    pub(super) place: Range<usize>,
}

pub(super) struct Layer {
    pub(super) inputs: usize,
    pub(super) outputs: usize,
    /// None for the head.
    pub(super) activation: Option<Activation>,
    pub(super) skip: Skip,
    numbers: Numbers,
}

enum Numbers {
    /// Trained: where they lie among all parameters.
    Free {
        weight: Range<usize>,
        bias: Range<usize>,
    },
    Frozen {
        weight: Vec<f32>,
        bias: Vec<f32>,
    },
}

impl Encoder {
    /// The hidden layers of `mlp` under heads that stand side by side (one for each relation). The
    /// parameters are appended to `parameters`.
    pub(super) fn new(mlp: &Mlp, heads: &[&Affine], parameters: &mut Vec<f32>) -> Self {
        let start = parameters.len();
        let mut layers: Vec<Layer> = mlp
            .blocks()
            .iter()
            .map(|b| {
                let (weight, bias) = (flat(&[&b.affine]), rounded(b.affine.bias()));
                let numbers = match b.training {
                    Trainable::Free => free(weight, bias, parameters),
                    Trainable::Frozen => Numbers::Frozen { weight, bias },
                };
                let (inputs, outputs) = (b.affine.inputs(), b.affine.outputs());
                Layer { inputs, outputs, activation: Some(b.activation), skip: b.skip, numbers }
            })
            .collect();
        let bias = heads.iter().flat_map(|h| rounded(h.bias())).collect();
        let numbers = free(flat(heads), bias, parameters);
        let outputs = heads.iter().map(|h| h.outputs()).sum();
        layers.push(Layer { inputs: mlp.width(), outputs, activation: None, skip: Skip::None, numbers });
        Self { layers, place: start..parameters.len() }
    }

    /// Number of inputs.
    pub(super) fn inputs(&self) -> usize {
        self.layers[0].inputs
    }

    /// Number of features: the rank times the number of heads.
    pub(super) fn outputs(&self) -> usize {
        self.head().outputs
    }

    /// The first layer that is trained: gradients need not go further down.
    pub(super) fn lowest_free(&self) -> usize {
        self.layers.iter().position(|l| l.gradient_places().is_some()).unwrap_or(self.layers.len() - 1)
    }

    /// The sizes of its parameters in order, weight and bias in turn.
    pub(super) fn lengths(&self) -> impl Iterator<Item = usize> {
        self.layers.iter().filter_map(Layer::gradient_places).flat_map(|[w, b]| [w.len(), b.len()])
    }

    /// The f64 networks, one per head.
    pub(super) fn mlps(&self, parameters: &[f32], heads: usize) -> Result<Vec<Mlp>, NetworkError> {
        let block = |layer: &Layer, activation| Block {
            affine: layer.affine(parameters, 0..layer.outputs),
            activation,
            skip: layer.skip,
            training: layer.training(),
        };
        let blocks: Vec<Block> = self.layers.iter().filter_map(|l| Some(block(l, l.activation?))).collect();
        let (head, rank) = (self.head(), self.outputs() / heads);
        (0..heads)
            .map(|t| Mlp::new(blocks.clone(), head.affine(parameters, t * rank..(t + 1) * rank)))
            .collect()
    }

    fn head(&self) -> &Layer {
        // There is always one.
        &self.layers[self.layers.len() - 1]
    }
}

impl Layer {
    /// `W`, `outputs x inputs`.
    pub(super) fn weight<'a>(&'a self, parameters: &'a [f32]) -> MatRef<'a, f32> {
        let numbers = match &self.numbers {
            Numbers::Free { weight, .. } => &parameters[weight.clone()],
            Numbers::Frozen { weight, .. } => weight,
        };
        MatRef::from_column_major_slice(numbers, self.outputs, self.inputs)
    }

    pub(super) fn bias<'a>(&'a self, parameters: &'a [f32]) -> &'a [f32] {
        match &self.numbers {
            Numbers::Free { bias, .. } => &parameters[bias.clone()],
            Numbers::Frozen { bias, .. } => bias,
        }
    }

    /// Where the gradients of weight and bias belong, among all parameters; none for a frozen layer.
    /// The bias follows the weight.
    pub(super) fn gradient_places(&self) -> Option<[Range<usize>; 2]> {
        match &self.numbers {
            Numbers::Free { weight, bias } => Some([weight.clone(), bias.clone()]),
            Numbers::Frozen { .. } => None,
        }
    }

    fn training(&self) -> Trainable {
        match self.numbers {
            Numbers::Free { .. } => Trainable::Free,
            Numbers::Frozen { .. } => Trainable::Frozen,
        }
    }

    /// Some of the outputs, as rows see it.
    fn affine(&self, parameters: &[f32], outputs: Range<usize>) -> Affine {
        let w = self.weight(parameters);
        let weight = Mat::from_fn(self.inputs, outputs.len(), |i, j| f64::from(w[(outputs.start + j, i)]));
        Affine::new(weight, self.bias(parameters)[outputs].iter().map(|b| f64::from(*b)).collect())
    }
}

/// Puts the numbers of a layer among the parameters.
fn free(weight: Vec<f32>, bias: Vec<f32>, parameters: &mut Vec<f32>) -> Numbers {
    let start = parameters.len();
    let middle = start + weight.len();
    parameters.extend(weight);
    parameters.extend(bias);
    Numbers::Free { weight: start..middle, bias: middle..parameters.len() }
}

/// Weights side by side, row by row.
fn flat(affines: &[&Affine]) -> Vec<f32> {
    let inputs = affines.first().map_or(0, |a| a.inputs());
    let row =
        |i: usize| affines.iter().flat_map(move |a| (0..a.outputs()).map(move |j| a.weight()[(i, j)] as f32));
    (0..inputs).flat_map(row).collect()
}

fn rounded(values: &[f64]) -> Vec<f32> {
    values.iter().map(|v| *v as f32).collect()
}
