//! A transformer encoder of which some heads retrieve relations.

use crate::attention::{AttentionWeights, IdentityTerm, by_head, side_by_side, width_of_head};
use crate::error::SystemError;
use crate::learn::{System, Takes};
use crate::norm::standardise;
use crate::parts::{SystemParts, each_row};
use crate::relational_attention::{RelationalAttention, RelationalAttentionConfig};
use crate::symbols::{SymbolChoice, SymbolLibrary};
use burn::module::{Module, Param};
use burn::tensor::{Int, Tensor};
use relata_kernels::Encoders;
use relata_networks::{Activation, MlpConfig};
use relata_relations::Seed;
use relata_training::{NetworkDevice, Precision, TrainableMlp};

/// The shape of a [`DualAttention`].
#[derive(Clone, Debug, PartialEq)]
pub struct DualAttentionConfig {
    /// Objects per example.
    pub objects: usize,
    /// Numbers per object.
    pub inputs: usize,
    /// Numbers per object inside.
    pub dim: usize,
    /// Heads that retrieve features; together with the others they divide `dim`.
    pub sensory_heads: usize,
    /// Heads that retrieve relations.
    pub relational_heads: usize,
    /// Relations of a layer; their ranks share `dim`.
    pub relations: usize,
    /// One map for both sides of a relation, or two.
    pub encoders: Encoders,
    /// Which symbol stands for an object; symbols have `dim` numbers.
    pub symbols: SymbolChoice,
    /// Layers.
    pub layers: usize,
    /// Units of the perceptron of a layer.
    pub hidden: usize,
    /// Logits.
    pub outputs: usize,
    /// The floating-point type on the device.
    pub precision: Precision,
}

/// The encoder of the Dual Attention Transformer (Altabaa and Lafferty, arXiv:2405.16727): sensory
/// heads are attention, relational heads a [`RelationalAttention`], what both retrieve stands side by
/// side. Otherwise it is the [`Transformer`](crate::Transformer) of this crate.
#[derive(Module, Debug)]
pub struct DualAttention {
    embedding: TrainableMlp,
    codes: Param<Tensor<2>>,
    symbols: SymbolLibrary,
    layers: Vec<DualLayer>,
    head: TrainableMlp,
    #[module(skip)]
    inputs: usize,
}

/// One layer.
#[derive(Module, Debug)]
pub(crate) struct DualLayer {
    sensory: Option<Sensory>,
    relational: RelationalAttention,
    out: TrainableMlp,
    perceptron: TrainableMlp,
}

/// The heads that retrieve features.
#[derive(Module, Debug)]
pub(crate) struct Sensory {
    weights: AttentionWeights,
    value: TrainableMlp,
    #[module(skip)]
    heads: usize,
}

impl DualAttentionConfig {
    /// One layer of 64 numbers and 128 units, two heads of each kind, 16 symmetric relations of rank 4,
    /// symbols by position.
    #[must_use]
    pub fn new(objects: usize, inputs: usize, outputs: usize) -> Self {
        Self {
            objects,
            inputs,
            dim: 64,
            sensory_heads: 2,
            relational_heads: 2,
            relations: 16,
            encoders: Encoders::Shared,
            symbols: SymbolChoice::Position,
            layers: 1,
            hidden: 128,
            outputs,
            precision: Precision::default(),
        }
    }

    /// The network on a device.
    ///
    /// # Errors
    /// [`SystemError::Shape`] if the heads or the relations do not divide the numbers per object,
    /// there is no relational head or no symbol; [`SystemError::Config`].
    pub fn init(&self, seed: Seed, device: &NetworkDevice) -> Result<DualAttention, SystemError> {
        let width = width_of_head(self.dim, self.sensory_heads + self.relational_heads)?;
        if self.relations == 0 || !self.dim.is_multiple_of(self.relations) {
            let (what, value) = ("the number of relations", self.relations);
            let expected = format!("a divisor of the {} numbers per object", self.dim);
            return Err(SystemError::Shape { what, value, expected });
        }
        let mut parts = SystemParts::new(seed, device, self.precision);
        let perceptron = MlpConfig::new(self.dim, self.dim).with_width(self.hidden).with_depth(1);
        let perceptron = perceptron.with_activation(Activation::Relu);
        let relational = RelationalAttentionConfig {
            dim: self.dim,
            heads: self.relational_heads,
            width,
            relations: self.relations,
            rank: self.dim / self.relations,
            encoders: self.encoders,
            symbols: self.dim,
        };
        let embedding = parts.linear("embedding", self.inputs, self.dim)?;
        let codes = parts.table("places", self.objects, self.dim, 1.0);
        let sizes = [self.objects, self.dim, self.dim];
        let symbols = SymbolLibrary::new("symbols", sizes, self.symbols, &mut parts)?;
        let mut layers = Vec::new();
        for layer in 0..self.layers {
            let name = format!("layer-{layer}");
            layers.push(DualLayer {
                sensory: self.sensory(&format!("{name}/sensory"), width, &mut parts)?,
                relational: relational.init(seed, &format!("{name}/relational"), &mut parts)?,
                out: parts.linear(&format!("{name}/out"), self.dim, self.dim)?,
                perceptron: parts.perceptron(&format!("{name}/perceptron"), &perceptron)?,
            });
        }
        let head = parts.linear("head", self.objects * self.dim, self.outputs)?;
        Ok(DualAttention { embedding, codes, symbols, layers, head, inputs: self.inputs })
    }

    fn sensory(
        &self,
        name: &str,
        width: usize,
        parts: &mut SystemParts,
    ) -> Result<Option<Sensory>, SystemError> {
        let heads = self.sensory_heads;
        if heads == 0 {
            return Ok(None);
        }
        let weights = AttentionWeights::new(name, [self.dim, heads, width], IdentityTerm::None, parts)?;
        let value = parts.linear(&format!("{name}/value"), self.dim, heads * width)?;
        Ok(Some(Sensory { weights, value, heads }))
    }
}

impl DualLayer {
    fn forward(&self, x: Tensor<3>, symbols: &Tensor<3>) -> Tensor<3> {
        let normal = standardise(x.clone());
        let mut retrieved = Vec::new();
        if let Some(Sensory { weights, value, heads }) = &self.sensory {
            retrieved.push(side_by_side(weights.forward(&normal).matmul(by_head(value, &normal, *heads))));
        }
        retrieved.push(self.relational.forward(&normal, symbols));
        let x = x + each_row(&self.out, Tensor::cat(retrieved, 2));
        x.clone() + each_row(&self.perceptron, standardise(x))
    }
}

impl System for DualAttention {
    fn logits(&self, objects: Tensor<2>, places: &[Tensor<1, Int>]) -> Tensor<2> {
        let embedded = self.embedding.forward(objects);
        let columns = places.iter().map(|at| embedded.clone().select(0, at.clone())).collect();
        let x = Tensor::stack::<3>(columns, 1) + self.codes.val().unsqueeze_dim(0);
        let symbols = self.symbols.forward(&standardise(x.clone()));
        let x = self.layers.iter().fold(x, |x, layer| layer.forward(x, &symbols));
        let [batch, m, d] = x.dims();
        self.head.forward(standardise(x).reshape([batch, m * d]))
    }

    fn takes(&self) -> Takes {
        let objects = Some(self.codes.val().dims()[0]);
        Takes { system: "dual attention transformer", objects, dim: self.inputs }
    }
}
