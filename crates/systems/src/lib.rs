//! Systems of relational learning, one file each, `Config -> init(seed, device) -> logits`.
//!
//! A [`System`] sees a table of objects and, for each example, which objects stand where; it returns
//! one logit for a question of yes or no, and one per answer for others. What the systems share
//! exists once: relations are the inner-product networks of [`relata_training`] ([`RelationTensor`]),
//! perceptrons are its [`TrainableMlp`](relata_training::TrainableMlp), training is its
//! [`descend`](relata_training::descend).
//!
//! | system | its prior |
//! |---|---|
//! | [`UtilityNet`] | the relation of two objects is the difference of two scores |
//! | [`RelationOfPair`] | the relation of two objects is an inner product of their features |
//! | [`TuplePerceptron`] | none: the features side by side |
//! | [`RelationsOfSet`] | the answer depends on the relations of pairs, in any order |
//! | [`CoRelNet`] | the answer depends on one relation of all pairs, place by place |
//! | [`Esbn`] | a controller knows of objects only which are like which |
//! | [`PrediNet`] | the answer depends on differences of scores of objects that attention picks |
//! | [`RelationalConvolution`] | the answer depends on the relations inside groups of a few objects |
//! | [`RelationNetwork`] | the answer is a sum over pairs |
//! | [`Abstractor`] | objects reach the answer through their relations to each other alone |
//! | [`DualAttention`] | some heads retrieve relations, others features |
//! | [`Transformer`] | none but that places are alike up to their codes |
//!
//! A guide with what is found is `docs/relational-learning.md`.
//!
//! ```
//! use burn::tensor::Device;
//! use relata_relations::Seed;
//! use relata_systems::{LearnParams, UtilityNetConfig, accuracy, learn};
//! use relata_tasks::{OrderParams, OrderedPair, PairwiseOrder};
//! let task = PairwiseOrder::draw(&OrderParams::of_32_objects(), Seed(0))?;
//! let examples: Vec<_> = task.train.iter().map(OrderedPair::labelled).collect();
//! let device = Device::flex().into();
//! let system = UtilityNetConfig::new(8, 64).init(Seed(0), &device)?;
//! let params = LearnParams::new(100, 1e-2);
//! let learned = learn(system, &task.objects, &examples, &params, Seed(0), &device)?;
//! let test: Vec<_> = task.test.iter().map(OrderedPair::labelled).collect();
//! assert!(accuracy(&learned.system, &task.objects, &test, &device)? > 0.9);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#[cfg(doctest)]
#[doc = include_str!("../../../docs/relational-learning.md")]
mod guide {}

mod abstractor;
mod abstractor_scorer;
mod attention;
mod corelnet;
mod dual_attention;
mod error;
mod esbn;
mod inner;
mod learn;
mod norm;
mod parts;
mod perceptron;
mod predinet;
mod ranking;
mod relation;
mod relation_network;
mod relational_attention;
mod relational_convolution;
mod set;
mod several;
mod symbols;
mod transformer;
mod utility;

pub use abstractor::{Abstractor, AbstractorConfig, RelationActivation};
pub use abstractor_scorer::{AbstractorScorer, AbstractorScorerConfig};
pub use attention::{Attention, AttentionWeights, IdentityTerm};
pub use corelnet::{CoRelNet, CoRelNetConfig};
pub use dual_attention::{DualAttention, DualAttentionConfig};
pub use error::SystemError;
pub use esbn::{Esbn, EsbnConfig};
pub use inner::{RelationOfPair, RelationOfPairConfig};
pub use learn::{LearnParams, Learned, System, Takes, accuracy, learn, parameters};
pub use norm::{context_norm, standardise};
pub use parts::SystemParts;
pub use perceptron::{TuplePerceptron, TuplePerceptronConfig};
pub use predinet::{PrediNet, PrediNetConfig};
pub use ranking::{ScoresSequences, learn_ranking, whole_sequences_right};
pub use relation::{RelationTensor, RelationTensorConfig};
pub use relation_network::{RelationNetwork, RelationNetworkConfig};
pub use relational_attention::{RelationalAttention, RelationalAttentionConfig};
pub use relational_convolution::{OrderPooling, RelationalConvolution, RelationalConvolutionConfig};
pub use set::{RelationsOfSet, RelationsOfSetConfig, SetReading};
pub use several::{Several, SeveralError};
pub use symbols::{SymbolChoice, SymbolLibrary};
pub use transformer::{Transformer, TransformerConfig};
pub use utility::{UtilityNet, UtilityNetConfig};
