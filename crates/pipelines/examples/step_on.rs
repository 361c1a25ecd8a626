//! How long a training step takes on a backend: `step_on BACKEND WIDTH BATCH STEPS` prints the
//! `device NAME` and `step MEDIAN_MS BEST_MS`. For `benches/gpu.py`; the step is that of the example
//! `training_steps` of relata-training, on tensors where the backend is not the host.

use relata_networks::MlpConfig;
use relata_pipelines::backend;
use relata_relations::{Seed, catalogue::gaussian};
use relata_training::{AsymmetricRelationNetConfig, Control, Data, Schedule, TrainParams, train};
use std::time::Instant;

const DIMENSION: usize = 8;
const RANK: usize = 16;
const LENGTH: f64 = 2.0;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [kind, width, batch, steps] = arguments.as_slice() else {
        anyhow::bail!("arguments: BACKEND WIDTH BATCH STEPS");
    };
    let opened = backend::open(kind.parse()?)?;
    println!("device {}", opened.name);
    let encoder = MlpConfig::new(DIMENSION, RANK).with_width(width.parse()?);
    let net = AsymmetricRelationNetConfig::new(encoder.clone(), encoder).draw(Seed(0))?;
    let batch = batch.parse()?;
    let params = TrainParams { schedule: Schedule::Constant, ..TrainParams::adam(steps.parse()?) }
        .with_learning_rate(1e-3)
        .with_batch(batch, batch);
    let (mut times, mut last) = (Vec::new(), Instant::now());
    let relation = gaussian(DIMENSION, LENGTH)?;
    train(&net, &relation, Data::Spaces, &params, Seed(0), &opened.device, &mut |_| {
        times.push(last.elapsed().as_secs_f64() * 1e3);
        last = Instant::now();
        Control::Continue
    })?;
    // The first steps allocate, and compile what runs on the device.
    times.drain(..times.len() / 4);
    times.sort_by(f64::total_cmp);
    let median = times.get(times.len() / 2).ok_or_else(|| anyhow::anyhow!("at least 1 step"))?;
    println!("step {median:.4} {:.4}", times[0]);
    Ok(())
}
