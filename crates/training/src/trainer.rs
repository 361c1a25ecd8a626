//! The training loop.
//!
//! Every step draws its points on the host from the stream `training/batches` and descends on the
//! mean squared error over all pairs of the batch, in units of the relation's root mean square. How
//! a step is taken is the business of one of two formulations, `fused` and `tensors`. The loss is
//! never an error: errors are measured in f64 on held-out points by [`relata_relations::measure`].

use crate::batches::{Batch, Batches, Whole};
use crate::checkpoint::{Checkpoint, Fingerprint};
use crate::config::{CheckedTrainParams, TrainParams};
use crate::device::NetworkDevice;
use crate::error::TrainError;
use crate::fused::{Fused, Held};
use crate::judge::Judge;
use crate::outcome::{Control, Data, Formulation, StepRecord, Stopped, Trained};
use crate::precision::Precision;
use crate::state::{State, StepAt, Trainee, scaled};
use crate::tensors::{FeatureMaps, Tensors};
use crate::trainable::{TrainableNet, rescale};
use crate::upload::UploadError;
use relata_networks::RelationNet;
use relata_relations::{Relation, Seed};
use std::path::Path;
use std::sync::Arc;

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
    Ok(run(std::slice::from_ref(net), &one_net, &[relation], setup, progress)?.into_one())
}

/// Puts networks, in units of the scales, on a device as tensors.
pub(crate) type Upload = dyn for<'a> Fn(
    &[RelationNet],
    &'a [&'a dyn Relation],
    &'a [f64],
    Option<&Whole>,
    Setup<'_>,
) -> Result<Box<dyn Trainee + 'a>, TrainError>;

/// [`Upload`] for one relation.
pub(crate) fn one_net<'a>(
    nets: &[RelationNet],
    relations: &'a [&'a dyn Relation],
    scales: &'a [f64],
    whole: Option<&Whole>,
    setup: Setup<'_>,
) -> Result<Box<dyn Trainee + 'a>, TrainError> {
    let module = |device: &NetworkDevice, precision| Ok(TrainableNet::upload(&nets[0], device, precision)?.0);
    on_tensors(module, relations, scales, whole, setup)
}

/// A module in training on the device of a setup, with gradients recorded.
pub(crate) fn on_tensors<'a, M: FeatureMaps + 'a>(
    module: impl Fn(&NetworkDevice, Precision) -> Result<M, UploadError>,
    relations: &'a [&'a dyn Relation],
    scales: &'a [f64],
    whole: Option<&Whole>,
    setup: Setup<'_>,
) -> Result<Box<dyn Trainee + 'a>, TrainError> {
    let device = setup.device.clone().autodiff();
    let TrainParams { optimizer, precision, .. } = *setup.config.params();
    let module = module(&device, precision)?;
    Ok(Box::new(Tensors::new(module, relations, scales, whole, optimizer, &device, precision)))
}

/// What became of a run.
pub(crate) struct Run {
    pub(crate) nets: Vec<RelationNet>,
    pub(crate) history: Vec<StepRecord>,
    pub(crate) stopped: Stopped,
    pub(crate) formulation: Formulation,
}

impl Run {
    /// Of one relation.
    pub(crate) fn into_one(mut self) -> Trained {
        let Self { history, stopped, formulation, .. } = self;
        Trained { net: self.nets.swap_remove(0), history, stopped, formulation }
    }
}

/// The loop, for as many relations as networks, at least one.
pub(crate) fn run(
    nets: &[RelationNet],
    tensors: &Upload,
    relations: &[&dyn Relation],
    setup: Setup<'_>,
    progress: &mut dyn FnMut(&StepRecord) -> Control,
) -> Result<Run, TrainError> {
    let Setup { data, config, seed, checkpoint, .. } = setup;
    let config = config.params();
    for (net, relation) in nets.iter().zip(relations) {
        check_inputs(net, *relation)?;
    }
    let mut batches = Batches::new(relations, data, config.sampler, seed)?;
    let held = batches.take_whole().map(|whole| Shared::new(whole, setup));
    let scales = batches.scales();
    let mut course = Course::new(nets, tensors, relations, scales, held.as_ref(), setup)?;
    let mut stream = seed.stream("training/batches");
    let checkpoint = match checkpoint {
        None => None,
        Some(path) => {
            let c = Checkpoint::new(path, Fingerprint::new(nets, relations, data, config, seed));
            c.resume(&mut course.state, &mut stream)?;
            Some(c)
        }
    };
    for step in course.first_step()..config.steps {
        let batch = batches.next(&mut stream)?;
        course.advance(step, &batch, progress)?;
        let due = config.checkpoint_every.is_some_and(|k| (step + 1).is_multiple_of(k));
        let last = course.stopped.is_some() || step + 1 == config.steps;
        if let Some(c) = checkpoint.as_ref().filter(|_| last || due) {
            c.write(&course.state, &stream)?;
        }
        if course.stopped.is_some() {
            break;
        }
    }
    course.finish()
}

/// A rule that is the batch of every step, in the form that the steps read.
pub(crate) enum Shared {
    Fused(Arc<Held>),
    Tensors(Whole),
}

impl Shared {
    pub(crate) fn new(whole: Whole, setup: Setup<'_>) -> Self {
        if setup.is_fused() { Self::Fused(Arc::new(Held::new(whole))) } else { Self::Tensors(whole) }
    }
}

impl Setup<'_> {
    /// Whether steps are taken without tensors.
    pub(crate) fn is_fused(&self) -> bool {
        self.device.is_host() && self.config.params().precision == Precision::F32
    }
}

/// One training on its way.
pub(crate) struct Course<'a> {
    state: State<'a>,
    judge: Option<Judge<'a>>,
    config: &'a TrainParams,
    scales: &'a [f64],
    /// Why it has ended, before the last step.
    pub(crate) stopped: Option<Stopped>,
}

impl<'a> Course<'a> {
    /// From networks in the relations' own units.
    pub(crate) fn new(
        nets: &[RelationNet],
        tensors: &Upload,
        relations: &'a [&'a dyn Relation],
        scales: &'a [f64],
        held: Option<&Shared>,
        setup: Setup<'a>,
    ) -> Result<Self, TrainError> {
        let config = setup.config.params();
        let unit: Vec<RelationNet> = nets
            .iter()
            .zip(scales)
            .map(|(net, scale)| rescale(net, 1.0, 1.0 / scale.sqrt()))
            .collect::<Result<_, _>>()?;
        let trainee: Box<dyn Trainee + 'a> = if setup.is_fused() {
            let held = match held {
                Some(Shared::Fused(held)) => Some(Arc::clone(held)),
                Some(Shared::Tensors(_)) | None => None,
            };
            Box::new(Fused::new(&unit, relations, scales, held, config.optimizer)?)
        } else {
            let whole = match held {
                Some(Shared::Tensors(whole)) => Some(whole),
                Some(Shared::Fused(_)) | None => None,
            };
            tensors(&unit, relations, scales, whole, setup)?
        };
        let judge = config.early_stopping.map(|e| Judge::new(e, relations, setup.seed, scales));
        let state = State { trainee, history: Vec::new(), best: None };
        Ok(Self { state, judge, config, scales, stopped: None })
    }

    /// The step to go on with: of a run that was taken up, not the first, and none of one that had
    /// ended.
    fn first_step(&mut self) -> usize {
        self.stopped = self.judge.as_ref().and_then(|j| j.verdict(&self.state.best));
        if self.stopped.is_some() { self.config.steps } else { self.state.history.len() }
    }

    /// One step.
    pub(crate) fn advance(
        &mut self,
        step: usize,
        batch: &Batch,
        progress: &mut dyn FnMut(&StepRecord) -> Control,
    ) -> Result<(), TrainError> {
        let (config, state) = (self.config, &mut self.state);
        let at = StepAt { step, learning_rate: config.learning_rate_at(step), clip: config.gradient_clip };
        let (loss, gradient_norm) = state.trainee.step(batch, at)?;
        let learning_rate = at.learning_rate;
        let mut record = StepRecord { step, loss, learning_rate, gradient_norm, held_out: None };
        if let Some(j) = self.judge.as_ref().filter(|j| j.is_due(step, config.steps)) {
            record.held_out = Some(j.measure(state, step)?);
        }
        state.history.push(record);
        let verdict = self.judge.as_ref().and_then(|j| j.verdict(&state.best));
        let requested = (progress(&record) == Control::Stop).then_some(Stopped::Requested);
        self.stopped = verdict.or(requested);
        Ok(())
    }

    /// The networks, in the relations' own units; the best ones, where errors were measured.
    pub(crate) fn finish(mut self) -> Result<Run, TrainError> {
        let stopped = self.stopped.unwrap_or(Stopped::Finished);
        let State { trainee, history, best } = &mut self.state;
        if let Some(best) = best.as_ref().filter(|_| stopped != Stopped::Requested) {
            trainee.set_parameters(&best.parameters);
        }
        let nets = scaled(&trainee.nets()?, self.scales)?;
        Ok(Run { nets, history: std::mem::take(history), stopped, formulation: trainee.formulation() })
    }
}

pub(crate) fn check_inputs(net: &RelationNet, relation: &dyn Relation) -> Result<(), TrainError> {
    let (sx, sy) = relation.spaces();
    for (side, inputs, space) in [("x", net.phi_net().inputs(), sx), ("y", net.psi_net().inputs(), sy)] {
        if inputs != space.dim() {
            return Err(TrainError::Inputs { side, inputs, space: space.name(), dim: space.dim() });
        }
    }
    Ok(())
}
