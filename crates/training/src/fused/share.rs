//! Some points of one side on their way through an encoder and back.

use super::activation::activate;
use super::arithmetic::{add, add_columns, finish, multiply, weigh_all};
use super::encoder::Encoder;
use super::{MAX_SHARES, TILE};
use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use relata_networks::Skip;
use std::ops::Range;

/// Consecutive points of one side, with everything that a step computes for them: allocated once.
pub(super) struct Share {
    /// Which points of the side.
    pub(super) points: Range<usize>,
    /// `p x n`.
    input: Vec<f32>,
    /// What each hidden layer gives, `outputs x n`.
    values: Vec<Vec<f32>>,
    /// The derivative of its activation, there.
    slopes: Vec<Vec<f32>>,
    /// What the pair loss sees, `features x n`: weighed and signed.
    pub(super) features: Vec<f32>,
    /// The gradient of the loss in them.
    pub(super) features_gradient: Vec<f32>,
    /// The share's part of the gradient in the encoder's parameters.
    pub(super) gradient: Vec<f32>,
    /// Gradients in the features of a layer for a tile of points.
    scratch: [Vec<f32>; 2],
}

/// What a share's features are multiplied by.
#[derive(Clone, Copy)]
pub(super) struct Weighing<'a> {
    /// The diagonal of an indefinite form.
    pub(super) signs: Option<&'a [f32]>,
    /// The roots of the points' weights, one per point of the side.
    pub(super) roots: Option<&'a [f32]>,
}

impl Weighing<'_> {
    fn roots_at(&self, points: Range<usize>) -> Option<&[f32]> {
        self.roots.map(|r| &r[points])
    }
}

/// The shares of `n` points: by their number and the sizes of the encoder alone.
pub(super) fn shares(encoder: &Encoder, n: usize) -> Vec<Share> {
    // Copies of the gradient must not take more memory than the activations do.
    let kept = 2 * n * encoder.layers.iter().map(|l| l.outputs).sum::<usize>();
    let affordable = (kept / encoder.place.len().max(1)).max(1);
    let count = n.div_ceil(TILE).min(MAX_SHARES).min(affordable);
    let each = n.div_ceil(count).next_multiple_of(TILE);
    (0..n).step_by(each).map(|from| Share::new(encoder, from..(from + each).min(n))).collect()
}

impl Share {
    fn new(encoder: &Encoder, points: Range<usize>) -> Self {
        let n = points.len();
        let zeros = |height: usize| vec![0.0f32; height * n];
        let hidden = &encoder.layers[..encoder.layers.len() - 1];
        let widest = hidden.iter().map(|l| l.outputs).max().unwrap_or(0);
        let scratch = || vec![0.0f32; widest * TILE.min(n)];
        Self {
            input: zeros(encoder.inputs()),
            values: hidden.iter().map(|l| zeros(l.outputs)).collect(),
            slopes: hidden.iter().map(|l| zeros(l.outputs)).collect(),
            features: zeros(encoder.outputs()),
            features_gradient: zeros(encoder.outputs()),
            gradient: vec![0.0; encoder.place.len()],
            scratch: [scratch(), scratch()],
            points,
        }
    }

    /// The features of the share's points. `points` are those of the whole side, one after the
    /// other.
    pub(super) fn forward(
        &mut self,
        encoder: &Encoder,
        parameters: &[f32],
        points: &[f64],
        weighing: Weighing<'_>,
    ) {
        let p = encoder.inputs();
        let own = &points[self.points.start * p..self.points.end * p];
        self.input.iter_mut().zip(own).for_each(|(to, from)| *to = *from as f32);
        for tile in tiles(self.points.len()) {
            for (l, layer) in encoder.layers.iter().enumerate() {
                let (below, here) = self.values.split_at_mut(l);
                let input = columns(below.last().unwrap_or(&self.input), layer.inputs, &tile);
                let bias = layer.bias(parameters);
                let out = match here.first_mut() {
                    Some(values) => part_mut(values, layer.outputs, &tile),
                    None => part_mut(&mut self.features, layer.outputs, &tile),
                };
                let to = MatMut::from_column_major_slice_mut(&mut *out, layer.outputs, tile.len());
                matmul(to, Accum::Replace, layer.weight(parameters), input, 1.0, Par::Seq);
                let Some(activation) = layer.activation else {
                    let at = self.points.start + tile.start..self.points.start + tile.end;
                    finish(out, bias, weighing.signs, weighing.roots_at(at));
                    break;
                };
                activate(activation, out, part_mut(&mut self.slopes[l], layer.outputs, &tile), bias);
                if layer.skip == Skip::Residual {
                    add(out, part(below.last().unwrap_or(&self.input), layer.inputs, &tile));
                }
            }
        }
    }

    /// The share's part of the gradient in the parameters, from that in its features.
    pub(super) fn backward(&mut self, encoder: &Encoder, parameters: &[f32], weighing: Weighing<'_>) {
        self.gradient.fill(0.0);
        let roots = weighing.roots_at(self.points.clone());
        weigh_all(&mut self.features_gradient, encoder.outputs(), weighing.signs, roots);
        let lowest = encoder.lowest_free();
        for tile in tiles(self.points.len()) {
            for l in (lowest..encoder.layers.len()).rev() {
                self.backward_through(encoder, parameters, l, &tile, lowest);
            }
        }
    }

    /// Through layer `l`: the gradient in its outputs is in the first scratch (in the features of
    /// the share, for the head) and becomes that in its inputs.
    fn backward_through(
        &mut self,
        encoder: &Encoder,
        parameters: &[f32],
        l: usize,
        tile: &Range<usize>,
        lowest: usize,
    ) {
        let Self { input, values, slopes, features_gradient, gradient, scratch, .. } = self;
        let (layer, n) = (&encoder.layers[l], tile.len());
        let [outer, inner] = scratch;
        let (out, below) = (layer.outputs * n, layer.inputs * n);
        let residual = layer.skip == Skip::Residual;
        // The gradient before the activation, in the other scratch; a skip connection needs the one
        // behind it too.
        let before: &[f32] = match slopes.get(l) {
            None => part(features_gradient, layer.outputs, tile),
            Some(slopes) => {
                if residual {
                    inner[..out].copy_from_slice(&outer[..out]);
                } else {
                    std::mem::swap(outer, inner);
                }
                multiply(&mut inner[..out], part(slopes, layer.outputs, tile));
                &inner[..out]
            }
        };
        let at = MatRef::from_column_major_slice(before, layer.outputs, n);
        if let Some([weight, bias]) = layer.gradient_places() {
            let from = encoder.place.start;
            let own = &mut gradient[weight.start - from..weight.end - from];
            let own = MatMut::from_column_major_slice_mut(own, layer.outputs, layer.inputs);
            let source = if l == 0 { &*input } else { &values[l - 1] };
            let source = columns(source, layer.inputs, tile);
            matmul(own, Accum::Add, at, source.transpose(), 1.0, Par::Seq);
            add_columns(&mut gradient[bias.start - from..bias.end - from], before);
        }
        if l == lowest {
            return;
        }
        let to = MatMut::from_column_major_slice_mut(&mut outer[..below], layer.inputs, n);
        let accum = if residual { Accum::Add } else { Accum::Replace };
        matmul(to, accum, layer.weight(parameters).transpose(), at, 1.0, Par::Seq);
    }
}

/// Points that are worked on at once.
pub(super) fn tiles(n: usize) -> impl Iterator<Item = Range<usize>> {
    (0..n).step_by(TILE).map(move |from| from..(from + TILE).min(n))
}

/// Some columns of a column-major matrix.
pub(super) fn columns<'a>(values: &'a [f32], height: usize, at: &Range<usize>) -> MatRef<'a, f32> {
    MatRef::from_column_major_slice(part(values, height, at), height, at.len())
}

fn part<'a>(values: &'a [f32], height: usize, at: &Range<usize>) -> &'a [f32] {
    &values[at.start * height..at.end * height]
}

fn part_mut<'a>(values: &'a mut [f32], height: usize, at: &Range<usize>) -> &'a mut [f32] {
    &mut values[at.start * height..at.end * height]
}
