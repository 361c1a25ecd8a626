//! Gradient training of relation networks on burn, and the passage to and from their f64 twins.
//!
//! A relation `r` on measured spaces `(X, mu)`, `(Y, nu)` is approximated by an inner product of
//! perceptrons, `<phi(x), psi(y)>`, `<phi(x), phi(y)>` or `<phi(x), J phi(y)>` (Relata's
//! [`RelationNet`](relata_networks::RelationNet), in f64 on the host). This crate moves such a
//! network to a device, trains it there and brings it back:
//!
//! * [`TrainableNet`]: the network as a burn module; [`TrainableNet::upload`] says what rounding
//!   costs, [`TrainableNet::download`] gives f64. [`SymmetricRelationNet`],
//!   [`AsymmetricRelationNet`], [`IndefiniteRelationNet`], [`MultiRelationNet`] are made by
//!   `Config -> init(seed, &Device) -> forward`; weights are drawn on the host, so a seed means the
//!   same network on every backend.
//! * [`train`]: Adam on all pairs of a batch,
//!   `(1 / n m) sum_ij (<phi(x_i), psi(y_j)> - r(x_i, y_j))^2`, or on a whole quadrature; early
//!   stopping, a progress callback, and with [`train_with_checkpoint`] checkpoints that resume
//!   exactly. [`train_multi`] trains several relations on one trunk, [`train_many`] several starts
//!   at once. On the host in single precision the whole step is fused
//!   ([`Formulation::Fused`]); elsewhere it is made of tensors.
//! * [`descend`]: Adam on any loss of any module, with [`TrainableMlp`] and [`TrainableNet`] as its
//!   parts.
//! * [`train_retrieval`]: an attention head, scores and values, from what its contexts should
//!   retrieve.
//! * [`train_with_readout`]: trained features with the best heads of every rank in closed form
//!   ([`relata_networks::solve_readout`]).
//! * [`Search`]: the smallest network within an error, by bisection over widths with restarts: an
//!   upper bound of what is needed.
//!
//! The floating-point type is explicit ([`Precision`]); no process-wide setting of burn is read or
//! written. The crate selects no backend: the caller opens a [`Device`](burn::tensor::Device).
//!
//! ```
//! use burn::tensor::Device;
//! use relata_networks::{Activation, MlpConfig, ReadoutParams, solve_readout};
//! use relata_relations::{HeldOut, Interval, Seed, Space, measure, relation_fn};
//! use relata_training::{AsymmetricRelationNetConfig, Control, Data, Sampler, TrainParams, rescale, train};
//!
//! let r = relation_fn(Interval::unit(), Interval::unit(), |x, y| (x[0] - y[0]).abs());
//! let encoder = MlpConfig::new(1, 16).with_width(64).with_depth(1).with_activation(Activation::Tanh);
//! let net = AsymmetricRelationNetConfig::new(encoder.clone(), encoder).draw(Seed(0))?;
//! let net = rescale(&net, 3.0, 0.6)?; // steep features suit one dimension
//! let config = TrainParams::adam(50).with_learning_rate(1e-2).with_sampler(Sampler::Quadrature { nodes: 48 });
//! let trained = train(&net, &r, Data::Spaces, &config, Seed(0), &Device::flex().into(), &mut |_| Control::Continue)?;
//!
//! let q = Interval::unit().quadrature(200.try_into()?)?;
//! let best = solve_readout(&trained.net, &r, [&q, &q], ReadoutParams::default())?.at_rank(4)?;
//! let fine = |n: usize| Interval::unit().quadrature(n.try_into().unwrap());
//! let error = measure(&r, &best, &HeldOut::Quadrature { x: fine(401)?, y: fine(400)? })?.relative_l2;
//! assert!(error < 0.05); // no inner product of rank 4 is below 0.044
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What works
//!
//! Measured with the flex backend on one thread; `examples/eight_dimensions.rs` repeats it.
//! * Smooth relations in 8 dimensions: two GELU layers of width 256 with weights at 0.4 of their
//!   usual size ([`rescale`]), rank 32, 1200 Adam steps from 1e-2 down a cosine on scrambled Sobol
//!   batches of 128 x 128, readout on 4096 Sobol points: the error at ranks up to 16 is within 1 %
//!   of the limit, in about 6 seconds. Small batches and many steps beat the reverse; sine, tanh
//!   and ReLU train worse here.
//! * Alternating gradient steps with readouts ([`AlternatingParams::with_rounds`]) neither helps
//!   nor hurts there at equal numbers of steps.
//! * One dimension: one tanh layer of width 128 with steep weights; a readout on a quadrature meets
//!   the limit with or without training.
//! * Gradient training alone, one dimension: two sine layers of width 64 at twice their usual
//!   weights, 2000 steps on 64 nodes, 1.5 seconds: relative error 4e-3 for a Gaussian of width 0.2,
//!   0.15 for a jump; [`relata_networks::fit()`] without gradients goes much further.
//! * Two trainings in two threads of one process take as long as in two processes: burn's global
//!   lock is held for moments.

mod activation;
mod adam;
mod alternate;
mod batches;
mod checkpoint;
mod checkpoint_error;
mod config;
mod convert;
mod descend;
mod device;
mod error;
mod fused;
mod judge;
mod layers;
mod loss;
mod many;
mod multi;
mod nets;
mod outcome;
mod parameters;
mod precision;
mod retrieval;
mod search;
mod state;
mod tensors;
mod trainable;
mod trainer;
mod upload;

pub use activation::apply as apply_activation;
pub use alternate::{
    AlternatingParams, CheckedAlternatingParams, TrainedReadout, readout_on_samples, sample_rules,
    train_with_readout,
};
pub use checkpoint_error::CheckpointError;
pub use config::{
    CheckedTrainParams, EarlyStopping, Optimizer, Sampler, Schedule, TrainParams, TrainParamsError,
};
pub use convert::{
    TensorReadError, matrix_to_tensor, points_to_tensor, slice_to_tensor, tensor_to_matrix, tensor_to_vec,
};
pub use descend::{DescentParams, descend};
pub use device::{ActivationSite, NetworkDevice};
pub use error::TrainError;
pub use layers::{DenseLayer, DownloadError, Fixed, Hidden, ParameterIds, TrainableMlp, Weights, parameter};
pub use loss::{all_pairs_loss, low_rank_loss, weighted_loss};
pub use many::train_many;
pub use multi::{MultiEncoder, MultiRelationNet, MultiRelationNetConfig, TrainedMulti, train_multi};
pub use nets::{
    AsymmetricRelationNet, AsymmetricRelationNetConfig, IndefiniteRelationNet, IndefiniteRelationNetConfig,
    SymmetricRelationNet, SymmetricRelationNetConfig,
};
pub use outcome::{Control, Data, Formulation, StepRecord, Stopped, Trained};
pub use precision::Precision;
pub use retrieval::{
    CheckedRetrievalParams, ContextBatch, Learn, RetrievalHead, RetrievalParams, TrainableRetrievalHead,
    TrainedRetrieval, train_retrieval,
};
pub use search::{
    Attempt, Layers, MadeLayers, Search, SearchError, SearchNorm, SearchOutcome, SearchParams, Smallest,
};
pub use trainable::{OutputChange, RoundingCost, TrainableNet, rescale, rounding_cost};
pub use trainer::{train, train_with_checkpoint};
pub use upload::UploadError;
