//! The training loop.
//!
//! Every step draws its points on the host from the stream `training/batches`, evaluates the
//! relation there in f64, and descends on the mean squared error over all pairs of the batch, in
//! units of the relation's root mean square. That loss is never an error: errors are measured in
//! f64 on held-out points by [`relata_relations::measure`].

use crate::adam::Adam;
use crate::batches::{Batch, Batches, Target};
use crate::checkpoint::{Checkpoint, Fingerprint};
use crate::config::{CheckedTrainParams, Optimizer, TrainParams};
use crate::convert::TensorReadError;
use crate::device::NetworkDevice;
use crate::error::TrainError;
use crate::judge::Judge;
use crate::loss::{all_pairs_loss, low_rank_loss, weighted_loss};
use crate::outcome::{Control, Data, StepRecord, Stopped, Trained};
use crate::parameters::{gradient_norm, write_parameters};
use crate::state::{Rule, State, Trainee, scaled};
use crate::trainable::{TrainableNet, rescale};
use burn::optim::{GradientsParams, LBFGSConfig, LineSearchFn};
use burn::tensor::Tensor;
use relata_networks::RelationNet;
use relata_relations::{Relation, Seed};
use std::path::Path;

/// Trains all weights of `net` against `relation` by gradients on `device`. The same arguments give
/// the same bytes on one machine and backend (for the flex backend whatever the number of threads
/// of the host computation).
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
    let upload = |nets: &[RelationNet]| {
        Ok(TrainableNet::upload(&nets[0], &setup.device.clone().autodiff(), setup.config.params().precision)?
            .0)
    };
    let (mut nets, history, stopped) = run(std::slice::from_ref(net), upload, &[relation], setup, progress)?;
    Ok(Trained { net: nets.swap_remove(0), history, stopped })
}

/// The loop, for any number of relations at once.
pub(crate) fn run<M: Trainee>(
    nets: &[RelationNet],
    upload: impl FnOnce(&[RelationNet]) -> Result<M, TrainError>,
    relations: &[&dyn Relation],
    setup: Setup<'_>,
    progress: &mut dyn FnMut(&StepRecord) -> Control,
) -> Result<(Vec<RelationNet>, Vec<StepRecord>, Stopped), TrainError> {
    let Setup { data, config, seed, device, checkpoint } = setup;
    let config = config.params();
    if relations.is_empty() || relations.len() != nets.len() {
        return Err(TrainError::Relations { relations: relations.len(), nets: nets.len() });
    }
    for (net, relation) in nets.iter().zip(relations) {
        check_inputs(net, *relation)?;
    }
    let batches = Batches::new(relations, data, config.sampler, seed, device, config.precision)?;
    let unit: Vec<RelationNet> = nets
        .iter()
        .zip(batches.scales())
        .map(|(net, scale)| rescale(net, 1.0, 1.0 / scale.sqrt()))
        .collect::<Result<_, _>>()?;
    let rule = match config.optimizer {
        Optimizer::Adam { beta1, beta2, epsilon, weight_decay } => {
            Rule::Adam(Adam::new(beta1, beta2, epsilon, weight_decay))
        }
        Optimizer::Lbfgs { iterations, memory } => Rule::Lbfgs { iterations, memory },
    };
    let stream = seed.stream("training/batches");
    let mut state = State { module: upload(&unit)?, rule, stream, history: Vec::new(), best: None };
    let checkpoint = match checkpoint {
        None => None,
        Some(path) => {
            let c = Checkpoint::new(path, Fingerprint::new(nets, relations, data, config, seed));
            c.resume(&mut state, device, config.precision)?;
            Some(c)
        }
    };
    let judge = config.early_stopping.map(|e| Judge::new(e, relations, seed, batches.scales()));
    let mut stopped = judge.as_ref().and_then(|j| j.verdict(&state.best)).unwrap_or(Stopped::Finished);
    let first = if stopped == Stopped::Finished { state.history.len() } else { config.steps };
    for step in first..config.steps {
        let mut record = take_step(&mut state, &batches, config, step)?;
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
        state.module = write_parameters(state.module, &best.parameters, config.precision);
    }
    let nets = scaled(&state.module.nets()?, batches.scales())?;
    Ok((nets, state.history, stopped))
}

fn take_step<M: Trainee>(
    state: &mut State<M>,
    batches: &Batches<'_>,
    config: &TrainParams,
    step: usize,
) -> Result<StepRecord, TrainError> {
    let batch = batches.next(&mut state.stream)?;
    let learning_rate = config.learning_rate_at(step);
    let (loss, gradient_norm) = match &mut state.rule {
        Rule::Adam(adam) => {
            let loss = batch_loss(&state.module, &batch);
            let value = scalar(loss.clone())?;
            if !value.is_finite() {
                return Err(TrainError::NonFiniteLoss { step, loss: value });
            }
            let grads = GradientsParams::from_grads(loss.backward(), &state.module);
            let norm = gradient_norm(&state.module, &grads)?;
            if !norm.is_finite() {
                return Err(TrainError::NonFiniteGradient { step, norm, loss: value });
            }
            let shrink = config.gradient_clip.map_or(1.0, |c| (c / norm).min(1.0));
            state.module = adam.step(learning_rate, shrink, state.module.clone(), grads);
            (value, Some(norm))
        }
        Rule::Lbfgs { iterations, memory } => {
            let (module, loss) = lbfgs_cycle(&state.module, &batch, learning_rate, *iterations, *memory);
            if !loss.is_finite() {
                return Err(TrainError::NonFiniteLoss { step, loss });
            }
            state.module = module;
            (loss, None)
        }
    };
    Ok(StepRecord { step, loss, learning_rate, gradient_norm, held_out: None })
}

fn lbfgs_cycle<M: Trainee>(
    module: &M,
    batch: &Batch,
    rate: f64,
    iterations: usize,
    memory: usize,
) -> (M, f64) {
    let mut lbfgs = LBFGSConfig::new()
        .with_max_iter(iterations)
        .with_max_eval(Some(2 * iterations))
        .with_history_size(memory)
        .with_tolerance_grad(1e-14)
        .with_tolerance_change(1e-16)
        .with_line_search_fn(LineSearchFn::StrongWolfe)
        .init();
    lbfgs.step(rate, module.clone(), |m: M| {
        let loss = batch_loss(&m, batch);
        let value = scalar(loss.clone()).unwrap_or(f64::NAN);
        (value, GradientsParams::from_grads(loss.backward(), &m))
    })
}

/// The mean over the relations of the loss of each.
fn batch_loss<M: Trainee>(module: &M, batch: &Batch) -> Tensor<1> {
    let features = module.all_features(batch.x.clone(), batch.y.clone());
    let count = features.len() as f64;
    let losses = features.into_iter().zip(&batch.targets).map(|((phi, psi), target)| match target {
        Target::Pairs(t) => all_pairs_loss(psi, phi, t.clone()),
        Target::Weighted([u, v], t) => weighted_loss((psi, v.clone()), (phi, u.clone()), t.clone()),
        Target::Factors([u, v], a, b) => low_rank_loss((phi, u.clone()), (psi, v.clone()), (a, b)),
    });
    Tensor::cat(losses.collect(), 0).sum_dim(0) / count
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

pub(crate) fn scalar(t: Tensor<1>) -> Result<f64, TensorReadError> {
    t.try_into_scalar::<f64>().map_err(|e| TensorReadError { reason: e.to_string() })
}
