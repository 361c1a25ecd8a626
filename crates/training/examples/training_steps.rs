//! How long a training step takes, for the comparison with other libraries.
//!
//! A pair of GELU perceptrons (8 inputs, two hidden layers, rank 16), Adam, single precision, a
//! Gaussian relation on all pairs of a fresh batch: whole steps as [`relata_training::train`] takes
//! them, points and relation values included. Arguments: hidden width, batch per side, steps.
//! Output: `step WIDTH BATCH MEDIAN_MS BEST_MS FORMULATION`, and `loss FIRST LAST`.

use burn::tensor::Device;
use relata_networks::MlpConfig;
use relata_relations::{Seed, catalogue::gaussian};
use relata_training::{
    AsymmetricRelationNetConfig, Control, Data, NetworkDevice, Schedule, TrainParams, train,
};
use std::error::Error;
use std::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = std::env::args().skip(1).map(|a| a.parse()).collect::<Result<Vec<usize>, _>>()?;
    let [width, batch, steps] = arguments[..] else { return Err("arguments: WIDTH BATCH STEPS".into()) };
    let encoder = MlpConfig::new(8, 16).with_width(width);
    let net = AsymmetricRelationNetConfig::new(encoder.clone(), encoder).draw(Seed(0))?;
    let params = TrainParams { schedule: Schedule::Constant, ..TrainParams::adam(steps) };
    let params = params.with_batch(batch, batch).with_learning_rate(1e-3);
    let relation = gaussian(8, 2.0)?;
    let device = NetworkDevice::on_host(Device::flex());
    let (mut times, mut last) = (Vec::new(), Instant::now());
    let trained = train(&net, &relation, Data::Spaces, &params, Seed(0), &device, &mut |_| {
        times.push(last.elapsed().as_secs_f64() * 1e3);
        last = Instant::now();
        Control::Continue
    })?;
    times.remove(0); // the first allocates
    times.sort_by(f64::total_cmp);
    let (median, best) = (times[times.len() / 2], times[0]);
    println!("step {width} {batch} {median:.3} {best:.3} {:?}", trained.formulation);
    let loss = |step: usize| trained.history.get(step).map_or(f64::NAN, |s| s.loss);
    println!("loss {:.6} {:.6}", loss(0), loss(steps - 1));
    Ok(())
}
