//! Several inner-product relations of the same objects.

use crate::error::SystemError;
use crate::parts::SystemParts;
use burn::module::Module;
use burn::tensor::{Int, Tensor};
use relata_kernels::Encoders;
use relata_networks::{MlpConfig, RelationNet};
use relata_relations::Seed;
use relata_training::TrainableNet;

/// The shape of a [`RelationTensor`].
#[derive(Clone, Debug, PartialEq)]
pub struct RelationTensorConfig {
    /// The encoder; its outputs are set to the number of relations times the rank of each. A depth
    /// of 0 is a linear map.
    pub encoder: MlpConfig,
    /// Number of relations.
    pub relations: usize,
    /// Rank of each.
    pub rank: usize,
    /// One encoder for both sides, and so symmetric relations, or two.
    pub encoders: Encoders,
}

/// Relations `R_k(x, y) = <phi_k(x), psi_k(y)> / sqrt(rank)`, `k = 1, .., d_r`, the multi-head inner
/// product relation of Abstractors (arXiv:2304.00195) and relational convolutions
/// (arXiv:2310.03240). It *is* a [`TrainableNet`] of rank `d_r` times the rank of each, whose
/// coordinates are summed relation by relation: one trunk with heads.
#[derive(Module, Debug)]
pub struct RelationTensor {
    net: TrainableNet,
    #[module(skip)]
    relations: usize,
    #[module(skip)]
    rank: usize,
}

impl RelationTensorConfig {
    /// Linear maps of `inputs` numbers.
    #[must_use]
    pub fn linear(inputs: usize, relations: usize, rank: usize, encoders: Encoders) -> Self {
        Self { encoder: MlpConfig::new(inputs, relations * rank).with_depth(0), relations, rank, encoders }
    }

    /// The relations as one inner-product network in f64.
    ///
    /// # Errors
    /// [`SystemError::Config`] for sizes out of range, [`SystemError::Shape`] for an indefinite
    /// form, which belongs to no relation.
    pub fn draw(&self, seed: Seed, name: &str) -> Result<RelationNet, SystemError> {
        let encoder = MlpConfig { outputs: self.relations * self.rank, ..self.encoder.clone() };
        let phi = encoder.init(seed, &format!("{name}/phi"))?;
        match self.encoders {
            Encoders::Shared => Ok(RelationNet::symmetric(phi)),
            Encoders::Separate => {
                Ok(RelationNet::asymmetric(phi, encoder.init(seed, &format!("{name}/psi"))?)?)
            }
            Encoders::Indefinite => Err(SystemError::Shape {
                what: "the number of signs of an indefinite form",
                value: 0,
                expected: "absent: relations of a tensor have one encoder or two".to_owned(),
            }),
        }
    }

    /// The relations as a part of a system.
    ///
    /// # Errors
    /// As [`Self::draw`]; [`SystemError::Upload`].
    pub fn init(
        &self,
        seed: Seed,
        name: &str,
        parts: &mut SystemParts,
    ) -> Result<RelationTensor, SystemError> {
        let net = parts.relation(&self.draw(seed, name)?)?;
        Ok(RelationTensor { net, relations: self.relations, rank: self.rank })
    }
}

impl RelationTensor {
    /// The relations of some pairs of objects.
    ///
    /// # Shapes
    /// Objects `[n, p]`, indices `[N]` twice, to `[N, d_r]`.
    #[must_use]
    pub fn pairs(&self, objects: Tensor<2>, first: Tensor<1, Int>, second: Tensor<1, Int>) -> Tensor<2> {
        let (phi, psi) = self.features(objects.clone(), objects);
        self.between(phi.select(0, first), psi.select(0, second))
    }

    /// Both feature maps of all relations side by side.
    ///
    /// # Shapes
    /// `[n, p]` and `[m, p]` to `[n, d_r rank]` and `[m, d_r rank]`.
    #[must_use]
    pub fn features(&self, x: Tensor<2>, y: Tensor<2>) -> (Tensor<2>, Tensor<2>) {
        self.net.features(x, y)
    }

    /// The relations of rows of features.
    ///
    /// # Shapes
    /// `[N, d_r rank]` twice to `[N, d_r]`.
    #[must_use]
    pub fn between(&self, phi: Tensor<2>, psi: Tensor<2>) -> Tensor<2> {
        let n = phi.dims()[0];
        let products = (phi * psi).reshape([n, self.relations, self.rank]);
        products.sum_dim(2).reshape([n, self.relations]) * (1.0 / (self.rank as f64).sqrt())
    }

    /// The relations of all pairs of objects of an example.
    ///
    /// # Shapes
    /// `[B, m, p]` to `[B, d_r, m, m]`.
    #[must_use]
    pub fn forward(&self, x: Tensor<3>) -> Tensor<4> {
        let [batch, m, p] = x.dims();
        let rows = x.reshape([batch * m, p]);
        self.all_pairs(self.features(rows.clone(), rows), [batch, m])
    }

    /// The same of objects that are named by number, `length` of them per example: the features of an
    /// object are computed once, however many examples it is in.
    ///
    /// # Shapes
    /// Objects `[n, p]` and indices `[B m]`, `m` being the length, to `[B, d_r, m, m]`.
    #[must_use]
    pub fn among(&self, objects: Tensor<2>, places: Tensor<1, Int>, length: usize) -> Tensor<4> {
        let batch = places.dims()[0] / length;
        let (phi, psi) = self.features(objects.clone(), objects);
        self.all_pairs((phi.select(0, places.clone()), psi.select(0, places)), [batch, length])
    }

    /// The same of examples whose objects are named place by place.
    ///
    /// # Shapes
    /// Objects `[n, p]` and for each of the `m` places indices `[B]`, to `[B, d_r, m, m]`.
    #[must_use]
    pub fn at(&self, objects: Tensor<2>, places: &[Tensor<1, Int>]) -> Tensor<4> {
        let (phi, psi) = self.features(objects.clone(), objects);
        let rows = |t: Tensor<2>| {
            let columns: Vec<Tensor<2>> = places.iter().map(|at| t.clone().select(0, at.clone())).collect();
            let rows: Tensor<3> = Tensor::stack(columns, 1);
            let [batch, m, d] = rows.dims();
            (rows.reshape([batch * m, d]), [batch, m])
        };
        let ((phi, shape), (psi, _)) = (rows(phi), rows(psi));
        self.all_pairs((phi, psi), shape)
    }

    fn all_pairs(&self, (phi, psi): (Tensor<2>, Tensor<2>), [batch, m]: [usize; 2]) -> Tensor<4> {
        let split = |t: Tensor<2>| t.reshape([batch, m, self.relations, self.rank]).swap_dims(1, 2);
        split(phi).matmul(split(psi).swap_dims(2, 3)) * (1.0 / (self.rank as f64).sqrt())
    }
}
