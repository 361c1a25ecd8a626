//! Several starts of one training at once.

use crate::batches::{Batch, Batches};
use crate::config::{Sampler, TrainParams};
use crate::device::NetworkDevice;
use crate::error::TrainError;
use crate::fused::evaluate_once;
use crate::outcome::{Control, Data, StepRecord, Trained};
use crate::trainer::{Course, Setup, Shared, check_inputs, one_net};
use rayon::prelude::*;
use relata_networks::RelationNet;
use relata_relations::{Relation, Seed};

/// Trains each of `nets` on the batches of `seed`, as [`train`](crate::train) does one by one, and
/// gives what that gives for each, bit by bit where the steps are fused.
///
/// The starts share the batches: points are drawn and the relation is evaluated once for all, for
/// several steps at a time. Fused steps of different starts are taken by different threads, each
/// start whole by one as long as there are starts enough. A start that fails, for
/// instance because its loss is not a number, is dropped with its error; the others go on.
/// `progress` is told which start took a step; a start that it stops is done.
///
/// Memory: that of every start, and the relation's values on one batch (on several small ones).
///
/// ```
/// use burn::tensor::Device;
/// use relata_networks::MlpConfig;
/// use relata_relations::{Interval, Seed, relation_fn};
/// use relata_training::{AsymmetricRelationNetConfig, Control, Data, NetworkDevice, TrainParams, train_many};
/// let r = relation_fn(Interval::unit(), Interval::unit(), |x, y| (x[0] - y[0]).sin());
/// let encoder = MlpConfig::new(1, 2).with_width(8);
/// let config = AsymmetricRelationNetConfig::new(encoder.clone(), encoder);
/// let nets = (0..3).map(|k| config.draw(Seed(k))).collect::<Result<Vec<_>, _>>()?;
/// let params = TrainParams::adam(10).with_batch(32, 32);
/// let device = NetworkDevice::on_host(Device::flex());
/// let trained = train_many(&nets, &r, Data::Spaces, &params, Seed(0), &device, &|_, _| Control::Continue)?;
/// assert!(trained.iter().all(|t| t.as_ref().is_ok_and(|t| t.history.len() == 10)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`TrainError`] if the relation or the configuration fails, which every start would meet.
pub fn train_many(
    nets: &[RelationNet],
    relation: &dyn Relation,
    data: Data<'_>,
    params: &TrainParams,
    seed: Seed,
    device: &NetworkDevice,
    progress: &(dyn Fn(usize, &StepRecord) -> Control + Sync),
) -> Result<Vec<Result<Trained, TrainError>>, TrainError> {
    let config = &params.checked()?;
    let setup = Setup { data, config, seed, device, checkpoint: None };
    for net in nets {
        check_inputs(net, relation)?;
    }
    let relations = [relation];
    let mut batches = Batches::new(&relations, data, params.sampler, seed)?;
    let held = batches.take_whole().map(|whole| Shared::new(whole, setup));
    let scales = batches.scales();
    let start = |net: &RelationNet| {
        let net = std::slice::from_ref(net);
        Course::new(net, &one_net, &relations, scales, held.as_ref(), setup)
    };
    let mut starts: Vec<Result<Course<'_>, TrainError>> = nets.iter().map(start).collect();
    let mut stream = seed.stream("training/batches");
    let going = |s: &Result<Course<'_>, TrainError>| s.as_ref().is_ok_and(|c| c.stopped.is_none());
    let ahead = if setup.is_fused() { steps_ahead(params) } else { 1 };
    let mut step = 0;
    while step < params.steps && starts.iter().any(going) {
        let drawn = (0..ahead.min(params.steps - step))
            .map(|_| batches.next(&mut stream))
            .collect::<Result<Vec<_>, _>>()?;
        let (ready, failed) =
            if setup.is_fused() { with_values(drawn, &relations, scales) } else { (drawn, None) };
        let advance = |(k, start): (usize, &mut Result<Course<'_>, TrainError>)| {
            for (after, batch) in ready.iter().enumerate() {
                let Some(course) = start.as_mut().ok().filter(|c| c.stopped.is_none()) else { return };
                if let Err(e) = course.advance(step + after, batch, &mut |record| progress(k, record)) {
                    *start = Err(e);
                }
            }
        };
        if setup.is_fused() {
            starts.par_iter_mut().enumerate().for_each(advance);
        } else {
            starts.iter_mut().enumerate().for_each(advance);
        }
        step += ready.len();
        // A batch that cannot be evaluated matters only to those who come to it.
        if let Some(e) = failed.filter(|_| starts.iter().any(going)) {
            return Err(e);
        }
    }
    Ok(starts.into_iter().map(|start| Ok(start?.finish()?.into_one())).collect())
}

/// How many batches are drawn at once: so many that starting threads costs nothing beside the steps
/// and a start's weights stay in cache, and so few that their values do too.
fn steps_ahead(params: &TrainParams) -> usize {
    const MOST: usize = 64;
    const PAIRS: usize = 1 << 17;
    let pairs = match params.sampler {
        Sampler::Independent { x, y } | Sampler::Sobol { x, y } => x.saturating_mul(y),
        // It is the same at every step.
        Sampler::Quadrature { .. } => return MOST,
    };
    (PAIRS / pairs.max(1)).clamp(1, MOST)
}

/// The batches with the values of the relations, up to the first that cannot be evaluated.
fn with_values(
    drawn: Vec<Batch>,
    relations: &[&dyn Relation],
    scales: &[f64],
) -> (Vec<Batch>, Option<TrainError>) {
    let valued = |mut batch: Batch| -> Result<Batch, TrainError> {
        if let Some(points) = &batch.points {
            batch.values = Some(evaluate_once(relations, scales, points)?);
        }
        Ok(batch)
    };
    let mut ready = Vec::with_capacity(drawn.len());
    for batch in drawn.into_par_iter().map(valued).collect::<Vec<_>>() {
        match batch {
            Ok(batch) => ready.push(batch),
            Err(e) => return (ready, Some(e)),
        }
    }
    (ready, None)
}
