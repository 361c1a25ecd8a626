//! What a system is to its trainer, and the trainer.

use crate::error::SystemError;
use burn::module::Module;
use burn::tensor::activation::{log_sigmoid, log_softmax};
use burn::tensor::{Int, Tensor, TensorData};
use relata_relations::{Points, Seed};
use relata_tasks::Labelled;
use relata_training::{DescentParams, NetworkDevice, Precision, descend, points_to_tensor, tensor_to_vec};
use std::collections::BTreeMap;

/// A module that answers questions about tuples of objects.
pub trait System: Module {
    /// The logits of the answers: one column for yes or no, positive for yes (answer 1), or a column
    /// per answer.
    ///
    /// # Shapes
    /// Objects `[n, p]`, and for each place of an example the indices `[N]` of the objects that
    /// stand there, to `[N, 1]` or `[N, answers]`.
    fn logits(&self, objects: Tensor<2>, places: &[Tensor<1, Int>]) -> Tensor<2>;

    /// What it takes.
    fn takes(&self) -> Takes;
}

/// The examples that a system takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Takes {
    /// Its name, for errors.
    pub system: &'static str,
    /// Objects per example; none where any number will do.
    pub objects: Option<usize>,
    /// Numbers per object.
    pub dim: usize,
}

/// How to train a system.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LearnParams {
    /// Adam, its rate and its weight decay.
    pub descent: DescentParams,
    /// Examples per step, drawn with replacement; none: all, at every step.
    pub batch: Option<usize>,
    /// The floating-point type of the features; that of the system.
    pub precision: Precision,
}

impl LearnParams {
    /// Adam on all examples at every step.
    #[must_use]
    pub fn new(steps: usize, learning_rate: f64) -> Self {
        let descent = DescentParams::new(steps, learning_rate);
        Self { descent, batch: None, precision: Precision::default() }
    }

    /// The same with weight decay.
    #[must_use]
    pub fn with_weight_decay(self, weight_decay: f64) -> Self {
        Self { descent: self.descent.with_weight_decay(weight_decay), ..self }
    }

    /// The same on that many examples per step.
    #[must_use]
    pub fn with_batch(self, batch: usize) -> Self {
        Self { batch: Some(batch), ..self }
    }
}

/// A trained system.
#[derive(Debug)]
pub struct Learned<S> {
    /// The system.
    pub system: S,
    /// The loss of every step.
    pub losses: Vec<f64>,
}

/// Trains a system on examples by the logistic loss (one logit) or the cross-entropy (several). The
/// same arguments give the same bytes on one machine and backend.
///
/// # Errors
/// [`SystemError::NoExamples`], [`SystemError::Example`], [`SystemError::Task`] where the examples do
/// not fit; [`SystemError::Train`] where the loss is not finite, with the step.
pub fn learn<S: System>(
    system: S,
    objects: &Points,
    examples: &[Labelled],
    params: &LearnParams,
    seed: Seed,
    device: &NetworkDevice,
) -> Result<Learned<S>, SystemError> {
    check("training", system.takes(), objects, examples)?;
    let device = recording(device);
    let (objects, examples) = used(objects, examples)?;
    let features = points_to_tensor(&objects, &device, params.precision);
    let mut stream = seed.stream("learn/batches");
    let whole = match params.batch {
        None => Some(Batch::new(examples.iter(), &device, params.precision)),
        Some(_) => None,
    };
    let (system, losses) = descend(system, &params.descent, &mut |system: &S, _| {
        let drawn;
        let batch = match (&whole, params.batch) {
            (Some(whole), _) => whole,
            (None, count) => {
                let picked: Vec<&Labelled> =
                    (0..count.unwrap_or(1).max(1)).map(|_| &examples[stream.below(examples.len())]).collect();
                drawn = Batch::new(picked.into_iter(), &device, params.precision);
                &drawn
            }
        };
        Ok(batch.loss(system.logits(features.clone(), &batch.places)))
    })?;
    Ok(Learned { system, losses })
}

/// The share of examples that a system answers right; of equal logits the first counts, and a logit
/// of 0 is a no.
///
/// # Errors
/// As [`learn`], and [`SystemError::Read`].
pub fn accuracy<S: System>(
    system: &S,
    objects: &Points,
    examples: &[Labelled],
    device: &NetworkDevice,
) -> Result<f64, SystemError> {
    // Few enough that a batch stays in the caches, many enough that calls cost little.
    const AT_ONCE: usize = 500;
    check("the test", system.takes(), objects, examples)?;
    let system = system.clone().valid();
    let (objects, examples) = used(objects, examples)?;
    let features = points_to_tensor(&objects, device, Precision::F32);
    let mut right = 0;
    for chunk in examples.chunks(AT_ONCE) {
        let batch = Batch::new(chunk.iter(), device, Precision::F32);
        let logits = system.logits(features.clone(), &batch.places);
        let columns = logits.dims()[1];
        let values = tensor_to_vec(logits)?;
        let answers = values.chunks_exact(columns).map(|row| match row {
            [one] => usize::from(*one > 0.0),
            _ => (0..columns).fold(0, |best, i| if row[i] > row[best] { i } else { best }),
        });
        right += answers.zip(chunk).filter(|(a, e)| *a == e.answer).count();
    }
    Ok(right as f64 / examples.len() as f64)
}

/// The number of trained numbers of a module.
#[must_use]
pub fn parameters<M: Module>(module: &M) -> usize {
    module.num_params()
}

/// The device with gradients recorded, whether it records them already or not.
pub(crate) fn recording(device: &NetworkDevice) -> NetworkDevice {
    if device.is_autodiff() { device.clone() } else { device.clone().autodiff() }
}

/// Indices as a tensor.
pub(crate) fn indices(values: impl Iterator<Item = usize>, device: &NetworkDevice) -> Tensor<1, Int> {
    let values: Vec<i32> = values.map(|v| v as i32).collect();
    let n = values.len();
    Tensor::from_data(TensorData::new(values, [n]), &**device)
}

/// Examples on the device.
struct Batch {
    places: Vec<Tensor<1, Int>>,
    answers: Vec<usize>,
    device: NetworkDevice,
    precision: Precision,
}

impl Batch {
    fn new<'a>(
        examples: impl Iterator<Item = &'a Labelled>,
        device: &NetworkDevice,
        precision: Precision,
    ) -> Self {
        let examples: Vec<&Labelled> = examples.collect();
        let length = examples.first().map_or(0, |e| e.objects.len());
        let places = (0..length).map(|p| indices(examples.iter().map(|e| e.objects[p]), device)).collect();
        let answers = examples.iter().map(|e| e.answer).collect();
        Self { places, answers, device: device.clone(), precision }
    }

    fn loss(&self, logits: Tensor<2>) -> Tensor<1> {
        let [n, columns] = logits.dims();
        let weights: Vec<f64> = if columns == 1 {
            self.answers.iter().map(|a| if *a == 1 { 1.0 } else { -1.0 }).collect()
        } else {
            self.answers
                .iter()
                .flat_map(|a| (0..columns).map(move |c| f64::from(u8::from(c == *a))))
                .collect()
        };
        let data = TensorData::new(weights, [n, columns]);
        let weights = Tensor::<2>::from_data(data, (&*self.device, self.precision.dtype()));
        let likelihood =
            if columns == 1 { log_sigmoid(logits * weights) } else { log_softmax(logits, 1) * weights };
        // Axis by axis: a full reduction is not bit-stable on some backends.
        likelihood.sum_dim(0).sum_dim(1).reshape([1]) * (-1.0 / n as f64)
    }
}

fn check(
    split: &'static str,
    takes: Takes,
    objects: &Points,
    examples: &[Labelled],
) -> Result<(), SystemError> {
    let first = examples.first().ok_or(SystemError::NoExamples(split))?;
    let length = first.objects.len();
    if objects.dim() != takes.dim || takes.objects.is_some_and(|n| n != length) {
        return Err(SystemError::Task {
            system: takes.system,
            takes: takes.objects.map_or_else(|| "any number".to_owned(), |n| n.to_string()),
            dim: takes.dim,
            objects: length,
            given: objects.dim(),
        });
    }
    for (index, e) in examples.iter().enumerate() {
        let reason = if e.objects.len() != length {
            format!("it has {} objects and the first has {length}", e.objects.len())
        } else if let Some(o) = e.objects.iter().find(|o| **o >= objects.len()) {
            format!("it names object {o} of {}", objects.len())
        } else {
            continue;
        };
        return Err(SystemError::Example { index, reason });
    }
    Ok(())
}

/// The objects that occur, and the examples with their new numbers.
fn used(objects: &Points, examples: &[Labelled]) -> Result<(Points, Vec<Labelled>), SystemError> {
    let mut places: BTreeMap<usize, usize> =
        examples.iter().flat_map(|e| e.objects.iter().map(|o| (*o, 0))).collect();
    places.values_mut().enumerate().for_each(|(k, v)| *v = k);
    let kept: Vec<usize> = places.keys().copied().collect();
    let objects = objects.select(&kept).ok_or(SystemError::NoExamples("any kind"))?;
    let renumber = |e: &Labelled| Labelled {
        objects: e.objects.iter().filter_map(|o| places.get(o).copied()).collect(),
        answer: e.answer,
    };
    Ok((objects, examples.iter().map(renumber).collect()))
}
