//! What a program of one's own needs, in one line: `use relata_pipelines::prelude::*;`.
//!
//! Relations and their spaces, limits, networks and the device they are trained on, pipelines, tables
//! and figures. A crate that derives `Serialize` for its cells also depends on `serde` itself, and one
//! that returns `anyhow::Result` on `anyhow`.

pub use crate::backend::{self, BackendKind, Opened};
pub use crate::runner::{self, Code, Progress, RunOptions};
pub use crate::{
    Approximated, Approximator, AtRank, CellContext, NetworkSource, OwnPipeline, OwnProgram, Pipeline,
    approximate, boxed,
};
pub use relata_kernels::{Encoders, LimitParams, limit, limits};
pub use relata_networks::{
    Activation, Certificate, CertifyParams, Expansion, FeatureMap, MlpConfig, ReadoutParams, RelationNet,
    certify, certify_factors, solve_readout,
};
pub use relata_plotting::{
    Axis, Bars, Chart, Corner, Figure, FigureWidth, HeatMap, Legend, Letters, Marker, Series, Share,
};
pub use relata_relations::catalogue;
pub use relata_relations::{
    Enclosure, HeldOut, Interval, Points, Quadrature, Regularity, Relation, Seed, Space, matrix_relation,
    measure, relation_blocks, relation_fn,
};
pub use relata_runs::{Better, Metric, Profile, Row, Summary, Table, Tables, Value};
pub use relata_training::{Control, Data, NetworkDevice, TrainParams, train};
pub use serde::{Deserialize, Serialize};
