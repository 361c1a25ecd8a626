//! Several starts of one training at once.

use crate::batches::Batches;
use crate::config::TrainParams;
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
/// The starts share the batches: points are drawn and the relation is evaluated once for all, which
/// for small networks is most of the work. Fused steps of different starts are taken by different
/// threads, each start whole by one as long as there are starts enough. A start that fails, for
/// instance because its loss is not a number, is dropped with its error; the others go on.
/// `progress` is told which start took a step; a start that it stops is done.
///
/// Memory: that of every start, and the relation's values on one batch.
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
    for step in 0..params.steps {
        let going = |s: &Result<Course<'_>, TrainError>| s.as_ref().is_ok_and(|c| c.stopped.is_none());
        if !starts.iter().any(going) {
            break;
        }
        let mut batch = batches.next(&mut stream)?;
        if let (true, Some(points)) = (setup.is_fused(), &batch.points) {
            batch.values = Some(evaluate_once(&relations, scales, points)?);
        }
        let advance = |(k, start): (usize, &mut Result<Course<'_>, TrainError>)| {
            let Some(course) = start.as_mut().ok().filter(|c| c.stopped.is_none()) else { return };
            if let Err(e) = course.advance(step, &batch, &mut |record| progress(k, record)) {
                *start = Err(e);
            }
        };
        if setup.is_fused() {
            starts.par_iter_mut().enumerate().for_each(advance);
        } else {
            starts.iter_mut().enumerate().for_each(advance);
        }
    }
    Ok(starts.into_iter().map(|start| Ok(start?.finish()?.into_one())).collect())
}
