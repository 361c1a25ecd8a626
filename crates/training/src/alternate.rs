//! Gradient steps on the features, heads in closed form: the alternating scheme.
//!
//! For fixed hidden layers the best heads are known ([`relata_networks::solve_readout`]), so
//! training need only find the hidden layers (variable projection, Golub and Pereyra 1973). A round
//! trains all weights by gradients; between rounds the outputs are mixed in closed form
//! ([`relata_networks::distill`]), after the last round the heads are solved on all hidden features
//! from a larger sample of its own. (Heads solved on all hidden features between rounds would be
//! better at once and worse in the end: on nearly dependent features their weights are large, and
//! gradient steps then destroy them.) Points of a readout are the first of scrambled Sobol
//! sequences where the space has them (in 8 dimensions that leaves a fraction of the sampling error
//! of independent draws), or the rule that the training uses.

use crate::batches::at_least_1;
use crate::config::{Sampler, TrainParams, TrainParamsError};
use crate::device::NetworkDevice;
use crate::error::TrainError;
use crate::outcome::{Control, Data, StepRecord, Stopped, Trained};
use crate::trainer::train;
use relata_kernels::Encoders;
use relata_networks::{Readout, ReadoutParams, RelationNet, distill, solve_readout};
use relata_relations::{Factors, Points, Quadrature, QuadratureError, Relation, Seed, Space, SpaceError};
use serde::{Deserialize, Serialize};

/// How gradient steps and readouts alternate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlternatingParams {
    /// The gradient steps of one round.
    pub training: TrainParams,
    /// Rounds, at least 1.
    #[serde(default = "one")]
    pub rounds: usize,
    /// Points per side of the readouts between rounds.
    #[serde(default = "between")]
    pub points: usize,
    /// Points per side of the last readout.
    #[serde(default = "last")]
    pub last_points: usize,
    /// Directions of the feature span below this share of the largest count as zero.
    #[serde(default = "tolerance")]
    pub tolerance: f64,
}

/// Between rounds few outputs are mixed rather than many hidden features.
const OF_OUTPUTS: ReadoutParams = ReadoutParams { tolerance: 1e-7 };

/// Trained features and the best heads on them.
#[derive(Clone, Debug)]
pub struct TrainedReadout {
    /// The best heads of every rank.
    pub readout: Readout,
    /// The network before the last readout, with trained heads.
    pub net: RelationNet,
    /// The steps of each round.
    pub histories: Vec<Vec<StepRecord>>,
    /// Why the last round ended.
    pub stopped: Stopped,
}

fn one() -> usize {
    1
}
fn between() -> usize {
    1024
}
fn last() -> usize {
    4096
}
fn tolerance() -> f64 {
    1e-6
}

impl AlternatingParams {
    /// One round, then a readout on 4096 points per side.
    #[must_use]
    pub fn new(training: TrainParams) -> Self {
        Self { training, rounds: one(), points: between(), last_points: last(), tolerance: tolerance() }
    }

    /// Sets the number of rounds.
    #[must_use]
    pub fn with_rounds(self, rounds: usize) -> Self {
        Self { rounds, ..self }
    }

    /// Sets the points per side of the last readout.
    #[must_use]
    pub fn with_last_points(self, last_points: usize) -> Self {
        Self { last_points, ..self }
    }

    /// Sets the tolerance of the readouts.
    #[must_use]
    pub fn with_tolerance(self, tolerance: f64) -> Self {
        Self { tolerance, ..self }
    }

    /// Checks every field.
    ///
    /// # Errors
    /// [`TrainParamsError`] naming the first field out of range.
    pub fn checked(&self) -> Result<CheckedAlternatingParams, TrainParamsError> {
        self.training.checked()?;
        const MAX: usize = 1 << 20;
        let counts = [("rounds", self.rounds), ("points", self.points), ("last_points", self.last_points)];
        for (field, value) in counts {
            if !(1..=MAX).contains(&value) {
                return Err(TrainParamsError {
                    field,
                    value: value.to_string(),
                    expected: "between 1 and 2^20",
                });
            }
        }
        if !(0.0..1.0).contains(&self.tolerance) {
            let value = self.tolerance.to_string();
            return Err(TrainParamsError { field: "tolerance", value, expected: "at least 0 and below 1" });
        }
        Ok(CheckedAlternatingParams(self.clone()))
    }
}

/// [`AlternatingParams`] with every field in its range, made by [`AlternatingParams::checked`].
#[derive(Clone, Debug, PartialEq)]
pub struct CheckedAlternatingParams(AlternatingParams);

/// Alternates gradient steps on all weights with readouts, and ends with a readout on a fresh,
/// larger sample.
///
/// ```
/// use burn::tensor::Device;
/// use relata_networks::MlpConfig;
/// use relata_relations::{HeldOut, Interval, Seed, Space, measure, relation_fn};
/// use relata_training::*;
/// let r = relation_fn(Interval::unit(), Interval::unit(), |x, y| (x[0] * y[0]).exp());
/// let encoder = MlpConfig::new(1, 4).with_width(32);
/// let net = AsymmetricRelationNetConfig::new(encoder.clone(), encoder).draw(Seed(0))?;
/// let training = TrainParams::adam(20).with_sampler(Sampler::Quadrature { nodes: 32 });
/// let config = AlternatingParams::new(training).with_tolerance(1e-11);
/// let trained =
///     train_with_readout(&net, &r, Data::Spaces, &config, Seed(0), &Device::flex().into(), &mut |_| {
///         Control::Continue
///     })?;
/// let n = 101.try_into()?;
/// let at = HeldOut::Quadrature { x: Interval::unit().quadrature(n)?, y: Interval::unit().quadrature(n)? };
/// assert!(measure(&r, &trained.readout.at_rank(4)?, &at)?.relative_l2 < 1e-4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`TrainError`]
pub fn train_with_readout(
    net: &RelationNet,
    relation: &dyn Relation,
    data: Data<'_>,
    config: &AlternatingParams,
    seed: Seed,
    device: &NetworkDevice,
    progress: &mut dyn FnMut(&StepRecord) -> Control,
) -> Result<TrainedReadout, TrainError> {
    let checked = config.checked()?;
    let config = &checked.0;
    let params = ReadoutParams { tolerance: config.tolerance };
    let mut start = net.clone();
    let mut histories = Vec::with_capacity(config.rounds);
    let mut round = 0;
    loop {
        let own = seed.child(&format!("training/round/{round}"));
        let Trained { net, history, stopped, .. } =
            train(&start, relation, data, &config.training, own, device, progress)?;
        histories.push(history);
        round += 1;
        let ends = round >= config.rounds || stopped == Stopped::Requested;
        let points = if ends { config.last_points } else { config.points };
        let q = rules(net.encoders(), relation, data, config.training.sampler, points, own)?;
        if ends {
            let readout = solve_readout(&net, relation, [&q[0], &q[1]], params)?;
            return Ok(TrainedReadout { readout, net, histories, stopped });
        }
        start = distill(&net, relation, [&q[0], &q[1]], OF_OUTPUTS)?.at_rank(net.rank())?;
    }
}

/// The best heads on the hidden layers of `net` by a sample of `n` points per side: scrambled Sobol
/// points where the spaces have them, independent draws elsewhere, from the streams `readout/x` and
/// `readout/y`.
///
/// # Errors
/// [`TrainError::Readout`], [`TrainError::Space`]
pub fn readout_on_samples(
    net: &RelationNet,
    relation: &dyn Relation,
    n: usize,
    params: ReadoutParams,
    seed: Seed,
) -> Result<Readout, TrainError> {
    let [x, y] = sample_rules(net.encoders(), relation, n, seed)?;
    Ok(solve_readout(net, relation, [&x, &y], params)?)
}

/// Equally weighted points of both spaces for a readout; the same points where one encoder serves
/// both sides.
///
/// # Errors
/// [`TrainError::Space`] if a space has no points to give.
pub fn sample_rules(
    encoders: Encoders,
    relation: &dyn Relation,
    n: usize,
    seed: Seed,
) -> Result<[Quadrature; 2], TrainError> {
    let (sx, sy) = relation.spaces();
    let x = equal_weights(points(sx, n, seed, "readout/x")?, sx)?;
    let y = match encoders {
        Encoders::Separate => equal_weights(points(sy, n, seed, "readout/y")?, sy)?,
        Encoders::Shared | Encoders::Indefinite => x.clone(),
    };
    Ok([x, y])
}

/// The nodes of a readout: the rule that the training uses whole, or a sample.
fn rules(
    encoders: Encoders,
    relation: &dyn Relation,
    data: Data<'_>,
    sampler: Sampler,
    points: usize,
    seed: Seed,
) -> Result<[Quadrature; 2], TrainError> {
    match (data, sampler) {
        (Data::Quadratures([x, y]) | Data::Factored { rules: [x, y], .. }, _) => Ok([x.clone(), y.clone()]),
        (Data::Spaces, Sampler::Quadrature { nodes }) => {
            let (sx, sy) = relation.spaces();
            Ok([sx.quadrature(at_least_1(nodes))?, sy.quadrature(at_least_1(nodes))?])
        }
        (Data::Spaces, _) => sample_rules(encoders, relation, points, seed),
    }
}

fn points(space: &dyn Space, n: usize, seed: Seed, name: &str) -> Result<Points, TrainError> {
    let mut stream = seed.stream(name);
    match space.sobol(at_least_1(n), stream.word()) {
        Err(SpaceError::NoSobol { .. }) => Ok(space.sample(at_least_1(n), &mut stream)),
        found => Ok(found?),
    }
}

fn equal_weights(points: Points, space: &dyn Space) -> Result<Quadrature, TrainError> {
    let n = points.len();
    let weights = vec![space.mass() / n as f64; n];
    Ok(Quadrature::new(points, weights).map_err(|e: QuadratureError| SpaceError::from(e))?)
}
