//! Gradient training of relation networks on burn, and the passage to and from their f64 twins.

mod activation;
mod adam;
mod alternate;
mod batches;
mod checkpoint;
mod config;
mod convert;
mod distill;
mod layers;
mod loss;
mod multi;
mod nets;
mod parameters;
mod precision;
mod trainable;
mod trainer;

pub use alternate::{
    AlternatingConfig, TrainedReadout, readout_on_samples, sample_rules, train_with_readout,
};
pub use checkpoint::CheckpointError;
pub use config::{EarlyStopping, Optimizer, Sampler, Schedule, TrainConfig, TrainConfigError};
pub use convert::{
    ReadError, matrix_to_tensor, points_to_tensor, slice_to_tensor, tensor_to_matrix, tensor_to_vec,
};
pub use distill::{Distilled, distill};
pub use layers::{Dense, DownloadError, Fixed, Hidden, TrainableMlp, Weights};
pub use loss::{all_pairs_loss, low_rank_loss, weighted_loss};
pub use multi::{MultiEncoder, MultiRelationNet, MultiRelationNetConfig, TrainedMulti, train_multi};
pub use nets::{
    AsymmetricRelationNet, AsymmetricRelationNetConfig, IndefiniteRelationNet, IndefiniteRelationNetConfig,
    SymmetricRelationNet, SymmetricRelationNetConfig,
};
pub use precision::Precision;
pub use trainable::{OutputChange, RoundingCost, TrainableNet, UploadError, rescale, rounding_cost};
pub use trainer::{
    Control, Data, Progress, StepRecord, Stopped, TrainError, Trained, train, train_with_checkpoint,
};
