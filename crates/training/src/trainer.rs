//! The training loop.
//!
//! Every step draws its points on the host from the stream `training/batches` and descends on the
//! mean squared error over all pairs of the batch, in units of the relation's root mean square. How
//! a step is taken is the business of one of two formulations, `fused` and `tensors`. That loss is never an error: errors are measured in
//! f64 on held-out points by [`relata_relations::measure`].

use crate::batches::Batches;
use crate::checkpoint::{Checkpoint, Fingerprint};
use crate::config::{CheckedTrainParams, TrainParams};
use crate::device::NetworkDevice;
use crate::error::TrainError;
use crate::fused::Fused;
use crate::judge::Judge;
use crate::outcome::{Control, Data, Formulation, StepRecord, Stopped, Trained};
use crate::precision::Precision;
use crate::state::{State, StepAt, Trainee, scaled};
use crate::tensors::Tensors;
use crate::trainable::{TrainableNet, rescale};
use relata_networks::RelationNet;
use relata_relations::{Relation, Seed};
use std::path::Path;

/// Trains all weights of `net` against `relation` by gradients on `device`. The same arguments give
/// the same bytes on one machine and backend, whatever the number of threads of the host.
///
/// # Errors
/// [`TrainError`]
pub fn train(
    net: &RelationNet,
    relation: &dyn Relation,
    data: Data<'_>,
    config: &TrainParams,
    seed: Seed,
    device: &NetworkDevice,
    progress: &mut dyn FnMut(&StepRecord) -> Control,
) -> Result<Trained, TrainError> {
    let config = &config.checked()?;
    train_one(net, relation, Setup { data, config, seed, device, checkpoint: None }, progress)
}

/// [`train`] with a checkpoint file: goes on from it where it exists, and writes it every
/// `config.checkpoint_every` steps, when the callback asks to stop, and at the end. A run that was
/// killed and goes on gives exactly what it would have given.
///
/// # Errors
/// [`TrainError`], [`TrainError::Checkpoint`] if the file is corrupt or belongs to another run.
pub fn train_with_checkpoint(
    net: &RelationNet,
    relation: &dyn Relation,
    data: Data<'_>,
    config: &TrainParams,
    seed: Seed,
    device: &NetworkDevice,
    checkpoint: &Path,
    progress: &mut dyn FnMut(&StepRecord) -> Control,
) -> Result<Trained, TrainError> {
    let config = &config.checked()?;
    train_one(net, relation, Setup { data, config, seed, device, checkpoint: Some(checkpoint) }, progress)
}

/// On what, how and where networks are trained.
#[derive(Clone, Copy)]
pub(crate) struct Setup<'a> {
    pub(crate) data: Data<'a>,
    pub(crate) config: &'a CheckedTrainParams,
    pub(crate) seed: Seed,
    pub(crate) device: &'a NetworkDevice,
    pub(crate) checkpoint: Option<&'a Path>,
}

fn train_one(
    net: &RelationNet,
    relation: &dyn Relation,
    setup: Setup<'_>,
    progress: &mut dyn FnMut(&StepRecord) -> Control,
) -> Result<Trained, TrainError> {
    let tensors: &Upload<'_> = &|nets, batches, relations| {
        let device = setup.device.clone().autodiff();
        let params = setup.config.params();
        let module = TrainableNet::upload(&nets[0], &device, params.precision)?.0;
        Ok(Box::new(Tensors::new(module, relations, batches, params.optimizer, &device, params.precision)))
    };
    let Run { mut nets, history, stopped, formulation } =
        run(std::slice::from_ref(net), tensors, &[relation], setup, progress)?;
    Ok(Trained { net: nets.swap_remove(0), history, stopped, formulation })
}

/// Puts networks, in units of the batches' scales, on a device as tensors.
pub(crate) type Upload<'s> = dyn for<'a> Fn(
        &[RelationNet],
        Batches<'a>,
        &'a [&'a dyn Relation],
    ) -> Result<Box<dyn Trainee + 'a>, TrainError>
    + 's;

/// What became of a run.
pub(crate) struct Run {
    pub(crate) nets: Vec<RelationNet>,
    pub(crate) history: Vec<StepRecord>,
    pub(crate) stopped: Stopped,
    pub(crate) formulation: Formulation,
}

/// The loop, for as many relations as networks, at least one.
pub(crate) fn run(
    nets: &[RelationNet],
    tensors: &Upload<'_>,
    relations: &[&dyn Relation],
    setup: Setup<'_>,
    progress: &mut dyn FnMut(&StepRecord) -> Control,
) -> Result<Run, TrainError> {
    let Setup { data, config, seed, device, checkpoint } = setup;
    let config = config.params();
    for (net, relation) in nets.iter().zip(relations) {
        check_inputs(net, *relation)?;
    }
    let batches = Batches::new(relations, data, config.sampler, seed)?;
    let scales = batches.scales().to_vec();
    let unit: Vec<RelationNet> = nets
        .iter()
        .zip(&scales)
        .map(|(net, scale)| rescale(net, 1.0, 1.0 / scale.sqrt()))
        .collect::<Result<_, _>>()?;
    let trainee: Box<dyn Trainee + '_> = if device.is_host() && config.precision == Precision::F32 {
        Box::new(Fused::new(&unit, relations, batches, config.optimizer, device)?)
    } else {
        tensors(&unit, batches, relations)?
    };
    let formulation = trainee.formulation();
    let stream = seed.stream("training/batches");
    let mut state = State { trainee, stream, history: Vec::new(), best: None };
    let checkpoint = match checkpoint {
        None => None,
        Some(path) => {
            let c = Checkpoint::new(path, Fingerprint::new(nets, relations, data, config, seed));
            c.resume(&mut state)?;
            Some(c)
        }
    };
    let judge = config.early_stopping.map(|e| Judge::new(e, relations, seed, &scales));
    let mut stopped = judge.as_ref().and_then(|j| j.verdict(&state.best)).unwrap_or(Stopped::Finished);
    let first = if stopped == Stopped::Finished { state.history.len() } else { config.steps };
    for step in first..config.steps {
        let at = StepAt { step, learning_rate: config.learning_rate_at(step), clip: config.gradient_clip };
        let (loss, gradient_norm) = state.trainee.step(&mut state.stream, at)?;
        let learning_rate = at.learning_rate;
        let mut record = StepRecord { step, loss, learning_rate, gradient_norm, held_out: None };
        if let Some(j) = judge.as_ref().filter(|j| j.is_due(step, config.steps)) {
            record.held_out = Some(j.measure(&mut state, step)?);
        }
        state.history.push(record);
        let verdict = judge.as_ref().and_then(|j| j.verdict(&state.best));
        let requested = progress(&record) == Control::Stop;
        let last = requested || verdict.is_some() || step + 1 == config.steps;
        let due = config.checkpoint_every.is_some_and(|k| (step + 1).is_multiple_of(k));
        if let Some(c) = checkpoint.as_ref().filter(|_| last || due) {
            c.write(&state)?;
        }
        if let Some(v) = verdict {
            stopped = v;
            break;
        }
        if requested {
            stopped = Stopped::Requested;
            break;
        }
    }
    if let Some(best) = state.best.as_ref().filter(|_| stopped != Stopped::Requested) {
        state.trainee.set_parameters(&best.parameters);
    }
    let nets = scaled(&state.trainee.nets()?, &scales)?;
    Ok(Run { nets, history: state.history, stopped, formulation })
}

fn check_inputs(net: &RelationNet, relation: &dyn Relation) -> Result<(), TrainError> {
    let (sx, sy) = relation.spaces();
    for (side, inputs, space) in [("x", net.phi_net().inputs(), sx), ("y", net.psi_net().inputs(), sy)] {
        if inputs != space.dim() {
            return Err(TrainError::Inputs { side, inputs, space: space.name(), dim: space.dim() });
        }
    }
    Ok(())
}
