//! Affine layers by the weights that are not 0, with bounds of their rounding.

use super::rounding::{LOST, ROUND_UP, gamma};
use crate::mlp::Affine;
use faer::{Mat, MatRef};
use relata_relations::Bracket;

/// An affine layer with the weights of each input, those that are 0 left out.
pub(super) struct Wires<'a> {
    layer: &'a Affine,
    from: Vec<Vec<(usize, f64)>>,
    /// Weights that are not 0, for each output, and the bias.
    terms: Vec<usize>,
}

/// Where no more than this part of the weights is met by inputs that are not 0, they are applied
/// one by one.
const FEW: f64 = 0.1;

/// Above this, what products lose below the normal numbers is far below the rounding of a sum.
const SMALL: f64 = 1e-280;

impl<'a> Wires<'a> {
    pub(super) fn of(layer: &'a Affine) -> Self {
        let w = layer.weight();
        let mut from = vec![vec![]; w.nrows()];
        let mut terms = vec![1; w.ncols()];
        for (j, column) in w.col_iter().enumerate() {
            for (k, v) in column.iter().enumerate().filter(|(_, v)| **v != 0.0) {
                from[k].push((j, *v));
                terms[j] += 1;
            }
        }
        Self { layer, from, terms }
    }

    fn outputs(&self) -> usize {
        self.terms.len()
    }

    /// `h W + b`, and a bound of the distance from the exact result for all rows, where `h` is
    /// known up to `radius`.
    pub(super) fn apply(&self, h: MatRef<'_, f64>, radius: &[f64]) -> (Mat<f64>, Vec<f64>) {
        let reach = |k: usize| h.col(k).iter().fold(0.0f64, |m, v| m.max(v.abs()));
        let active: Vec<(usize, f64)> =
            (0..h.ncols()).map(|k| (k, reach(k))).filter(|(k, r)| *r > 0.0 || radius[*k] > 0.0).collect();
        let met: usize = active.iter().map(|(k, _)| self.from[*k].len()).sum();
        let z = if (met as f64) < FEW * (h.ncols() * self.outputs()) as f64 {
            self.product(h, &active)
        } else {
            self.layer.apply(h)
        };
        let mut size: Vec<f64> = self.layer.bias().iter().map(|b| b.abs()).collect();
        let mut spread = vec![0.0; self.outputs()];
        for (k, reach) in &active {
            for (j, v) in &self.from[*k] {
                size[*j] += v.abs() * reach;
                spread[*j] += v.abs() * radius[*k];
            }
        }
        // Products below the normal numbers lose digits that no relative bound sees.
        let mut lost = vec![0.0; self.outputs()];
        if size.iter().any(|s| *s < SMALL) {
            for (j, _) in active.iter().flat_map(|(k, _)| &self.from[*k]) {
                lost[*j] += 3.0 * LOST;
            }
        }
        let bound = |(((size, spread), terms), lost): (((f64, f64), &usize), f64)| {
            (gamma(*terms) * size + spread) * (1.0 + gamma(*terms)) * ROUND_UP + lost
        };
        (z, size.into_iter().zip(spread).zip(&self.terms).zip(lost).map(bound).collect())
    }

    fn product(&self, h: MatRef<'_, f64>, active: &[(usize, f64)]) -> Mat<f64> {
        let mut z = Mat::from_fn(h.nrows(), self.outputs(), |_, j| self.layer.bias()[j]);
        for (k, _) in active {
            for (j, v) in &self.from[*k] {
                z.col_mut(*j).iter_mut().zip(h.col(*k).iter()).for_each(|(z, h)| *z += v * h);
            }
        }
        z
    }

    /// Curvatures and bends of the outputs from those of the inputs that have any:
    /// `(input, curvature, bend)`.
    pub(super) fn spread(&self, entries: &[(usize, Bracket, Bracket)]) -> (Vec<Bracket>, Vec<Bracket>) {
        let mut curvature = vec![Bracket::ZERO; self.outputs()];
        let mut bend = vec![Bracket::ZERO; self.outputs()];
        for (k, c, b) in entries {
            for (j, v) in &self.from[*k] {
                curvature[*j] = curvature[*j] + *c * *v;
                bend[*j] = bend[*j] + *b * *v;
            }
        }
        (curvature, bend)
    }
}
