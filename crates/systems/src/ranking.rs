//! Scores of objects from whole rankings, by the likelihood of Plackett and Luce.

use crate::error::SystemError;
use crate::learn::{LearnParams, Learned, indices, recording};
use crate::utility::UtilityNet;
use burn::module::Module;
use burn::tensor::activation::log_softmax;
use burn::tensor::{Int, Tensor, TensorData};
use relata_relations::Points;
use relata_training::{NetworkDevice, Precision, descend, points_to_tensor, tensor_to_vec};

/// A module that scores every object of a sequence. The score of an object may depend on the others, and
/// not on where they stand: sequences are shown in sorted order.
pub trait ScoresSequences: Module {
    /// The scores.
    ///
    /// # Shapes
    /// Objects `[n, p]` and the indices of the objects of `N` sequences of length `L` one after the other,
    /// `[N L]`, to `[N, L]`.
    fn scores(&self, objects: Tensor<2>, places: Tensor<1, Int>, length: usize) -> Tensor<2>;
}

impl ScoresSequences for UtilityNet {
    fn scores(&self, objects: Tensor<2>, places: Tensor<1, Int>, length: usize) -> Tensor<2> {
        let count = places.dims()[0] / length;
        self.score(objects).select(0, places).reshape([count, length])
    }
}

/// Trains scores on sequences of objects that are given in increasing order of utility: the
/// least is chosen first among all, the next among those that remain, and so on, each with
/// probability proportional to `exp(-u)`.
///
/// All sequences are used at every step: `N` of length `L` cost `O(N L^2)` beside the scores.
///
/// # Errors
/// [`SystemError::NoExamples`], [`SystemError::Example`] for sequences of different lengths or of
/// fewer than 2 objects, or with an object that there is not; [`SystemError::Train`].
pub fn learn_ranking<S: ScoresSequences>(
    net: S,
    objects: &Points,
    sorted: &[Vec<usize>],
    params: &LearnParams,
    device: &NetworkDevice,
) -> Result<Learned<S>, SystemError> {
    let length = check(objects, sorted)?;
    let device = recording(device);
    let features = points_to_tensor(objects, &device, params.precision);
    let places = indices(sorted.iter().flatten().copied(), &device);
    let n = sorted.len();
    let table = |entry: &dyn Fn(usize, usize) -> f64| -> Tensor<3> {
        let values: Vec<f64> = (0..length)
            .flat_map(|stage| (0..length).map(move |j| (stage, j)))
            .map(|(s, j)| entry(s, j))
            .collect();
        let data = TensorData::new(values, [1, length, length]);
        Tensor::from_data(data, (&*device, params.precision.dtype()))
    };
    // Those chosen at earlier stages are out of the choice; e^-1e4 is 0 in either precision.
    let out = table(&|stage, j| if j < stage { -1e4 } else { 0.0 });
    let chosen = table(&|stage, j| f64::from(u8::from(stage == j)));
    let (system, losses) = descend(net, &params.descent, &mut |net: &S, _| {
        let u = net.scores(features.clone(), places.clone(), length).reshape([n, 1, length]);
        let likelihood = log_softmax(out.clone() - u, 2) * chosen.clone();
        let total = likelihood.reshape([n, length * length]).sum_dim(0).sum_dim(1);
        Ok(total.reshape([1]) * (-1.0 / (n * (length - 1)) as f64))
    })?;
    Ok(Learned { system, losses })
}

/// The share of sequences of which the scores put every object in its place; the sequences are
/// given in increasing order. Equal scores count as wrong.
///
/// # Errors
/// As [`learn_ranking`], and [`SystemError::Read`].
pub fn whole_sequences_right<S: ScoresSequences>(
    net: &S,
    objects: &Points,
    sorted: &[Vec<usize>],
    device: &NetworkDevice,
) -> Result<f64, SystemError> {
    // Few enough that what is computed of them stays small.
    const AT_ONCE: usize = 500;
    let length = check(objects, sorted)?;
    let features = points_to_tensor(objects, device, Precision::F32);
    let net = net.clone().valid();
    let mut right = 0;
    for chunk in sorted.chunks(AT_ONCE) {
        let places = indices(chunk.iter().flatten().copied(), device);
        let scores = tensor_to_vec(net.scores(features.clone(), places, length))?;
        right += scores.chunks_exact(length).filter(|u| u.windows(2).all(|w| w[0] < w[1])).count();
    }
    Ok(right as f64 / sorted.len() as f64)
}

fn check(objects: &Points, sorted: &[Vec<usize>]) -> Result<usize, SystemError> {
    let length = sorted.first().ok_or(SystemError::NoExamples("sequences"))?.len();
    for (index, s) in sorted.iter().enumerate() {
        let reason = if s.len() != length || length < 2 {
            format!("it has {} objects; all have as many as the first, and at least 2", s.len())
        } else if let Some(o) = s.iter().find(|o| **o >= objects.len()) {
            format!("it names object {o} of {}", objects.len())
        } else {
            continue;
        };
        return Err(SystemError::Example { index, reason });
    }
    Ok(length)
}
