//! Attention that retrieves relations.

use crate::attention::{AttentionWeights, IdentityTerm, by_head, side_by_side};
use crate::error::SystemError;
use crate::parts::SystemParts;
use crate::relation::{RelationTensor, RelationTensorConfig};
use burn::module::{Module, Param};
use burn::tensor::Tensor;
use relata_kernels::Encoders;
use relata_relations::Seed;
use relata_training::TrainableMlp;

/// The shape of a [`RelationalAttention`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RelationalAttentionConfig {
    /// Numbers per object.
    pub dim: usize,
    /// Heads.
    pub heads: usize,
    /// Numbers per head.
    pub width: usize,
    /// Relations, and the rank of each.
    pub relations: usize,
    /// The rank of a relation.
    pub rank: usize,
    /// One map for both sides of a relation, and so symmetric relations, or two.
    pub encoders: Encoders,
    /// Numbers per symbol.
    pub symbols: usize,
}

/// Heads that select by attention and retrieve how the selected object relates to the one that
/// selects, with a symbol that says which it was:
/// `y_i = sum_j a_ij (W_r r(x_i, x_j) + W_s s_j)`, `r` a tensor of inner-product relations that all
/// heads share (Altabaa and Lafferty, arXiv:2405.16727). Of an object's features nothing is retrieved.
///
/// Weights are summed over relations before they are mapped to the width of a head, so the largest
/// tensor has `heads m d_r` numbers per example beside the `(heads + d_r) m^2` of weights and
/// relations, and none has `m^2` times the width.
#[derive(Module, Debug)]
pub struct RelationalAttention {
    weights: AttentionWeights,
    relations: RelationTensor,
    relation_map: Param<Tensor<2>>,
    symbol_map: TrainableMlp,
    #[module(skip)]
    heads: usize,
}

impl RelationalAttentionConfig {
    /// The heads as a part of a system.
    ///
    /// # Errors
    /// [`SystemError::Shape`] for no relation or no head, [`SystemError::Config`].
    pub fn init(
        &self,
        seed: Seed,
        name: &str,
        parts: &mut SystemParts,
    ) -> Result<RelationalAttention, SystemError> {
        for (what, value) in
            [("the number of relations", self.relations), ("the number of heads", self.heads)]
        {
            if value == 0 {
                return Err(SystemError::Shape { what, value, expected: "at least 1".to_owned() });
            }
        }
        let shape = [self.dim, self.heads, self.width];
        let relations = RelationTensorConfig::linear(self.dim, self.relations, self.rank, self.encoders);
        let spread = 1.0 / (self.relations as f64).sqrt();
        let rows = self.heads * self.relations;
        Ok(RelationalAttention {
            weights: AttentionWeights::new(name, shape, IdentityTerm::None, parts)?,
            relations: relations.init(seed, &format!("{name}/relations"), parts)?,
            relation_map: parts.table(&format!("{name}/relation-map"), rows, self.width, spread),
            symbol_map: parts.linear(&format!("{name}/symbol-map"), self.symbols, self.heads * self.width)?,
            heads: self.heads,
        })
    }
}

impl RelationalAttention {
    /// What each object retrieves, heads side by side.
    ///
    /// # Shapes
    /// Objects `[B, m, d]` and their symbols `[B, m, d_s]` to `[B, m, heads width]`.
    #[must_use]
    pub fn forward(&self, x: &Tensor<3>, symbols: &Tensor<3>) -> Tensor<3> {
        let weights = self.weights.forward(x);
        let relations = self.relations.forward(x.clone());
        let [batch, d_r, m, _] = relations.dims();
        let h = self.heads;
        // sum_j a_ijh r_ijk for each object i, as a product of an h x m and an m x d_r matrix.
        let by_object = |t: Tensor<4>, rows: usize| t.swap_dims(1, 2).reshape([batch * m, rows, m]);
        let retrieved = by_object(weights.clone(), h).matmul(by_object(relations, d_r).swap_dims(1, 2));
        let map: Tensor<4> = self.relation_map.val().reshape([1, h, d_r, self.width()]);
        let retrieved = retrieved.reshape([batch, m, h, d_r]).swap_dims(1, 2).matmul(map);
        side_by_side(retrieved + weights.matmul(by_head(&self.symbol_map, symbols, h)))
    }

    fn width(&self) -> usize {
        self.relation_map.val().dims()[1]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;
    use relata_tasks::gaussian_objects;
    use relata_training::{NetworkDevice, Precision, points_to_tensor, tensor_to_vec};

    #[test]
    fn what_is_retrieved_is_the_sum_over_objects() {
        // The sum written out, with the m x m x width tensor that `forward` avoids.
        let device: NetworkDevice = Device::flex().into();
        let config = RelationalAttentionConfig {
            dim: 4,
            heads: 2,
            width: 3,
            relations: 5,
            rank: 2,
            encoders: Encoders::Shared,
            symbols: 6,
        };
        let mut parts = SystemParts::new(Seed(1), &device, Precision::F64);
        let heads = config.init(Seed(1), "heads", &mut parts).unwrap();
        let rows = |dim, name| {
            let points = gaussian_objects(3, dim, &mut Seed(2).stream(name)).unwrap();
            let device = device.clone().autodiff();
            points_to_tensor(&points, &device, Precision::F64).reshape([1, 3, dim])
        };
        let (x, symbols) = (rows(4, "x"), rows(6, "symbols"));
        let found = tensor_to_vec(heads.forward(&x, &symbols)).unwrap();
        let weights = tensor_to_vec(heads.weights.forward(&x)).unwrap();
        let relations = tensor_to_vec(heads.relations.forward(x)).unwrap();
        let map = tensor_to_vec(heads.relation_map.val()).unwrap();
        let symbols = tensor_to_vec(heads.symbol_map.forward(symbols.reshape([3, 6]))).unwrap();
        for (i, h, w) in (0..18).map(|k| (k / 6, k / 3 % 2, k % 3)) {
            let mut sum = 0.0;
            for j in 0..3 {
                let of = |k: usize| map[(5 * h + k) * 3 + w] * relations[(3 * k + i) * 3 + j];
                let relation: f64 = (0..5).map(of).sum();
                sum += weights[(3 * h + i) * 3 + j] * (relation + symbols[6 * j + 3 * h + w]);
            }
            let here = found[6 * i + 3 * h + w];
            assert!((here - sum).abs() < 1e-9 * (1.0 + sum.abs()), "{i} {h} {w}: {here} {sum}");
        }
    }
}
