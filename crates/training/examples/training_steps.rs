//! How long a training step takes, for the comparison with other libraries.
//!
//! A pair of GELU perceptrons (8 inputs, two hidden layers, rank 16), Adam, single precision, a
//! Gaussian relation on all pairs of a fresh batch: whole steps as [`relata_training::train`] takes
//! them, points and relation values included.
//!
//! * `training_steps time WIDTH BATCH STEPS` prints `step MEDIAN_MS BEST_MS FORMULATION` and
//!   `peak_kib N` (on Linux).
//! * `training_steps many WIDTH BATCH STEPS STARTS` prints `many ONE_MS ALL_MS`: the time per step of
//!   one start, and of all starts by [`relata_training::train_many`].
//! * `training_steps check` prints, as JSON, a small network, the points on which it is trained, and
//!   the losses of the first steps: for others to repeat.

use burn::tensor::Device;
use relata_networks::{Mlp, MlpConfig, RelationNet};
use relata_relations::{FnRelation, Quadrature, Relation, Seed, catalogue::gaussian};
use relata_training::{
    AsymmetricRelationNetConfig, Control, Data, NetworkDevice, Schedule, TrainParams, train, train_many,
};
use serde_json::{Value, json};
use std::error::Error;
use std::num::NonZeroUsize;
use std::time::Instant;

const DIMENSION: usize = 8;
const RANK: usize = 16;
const LENGTH: f64 = 2.0;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["time", width, batch, steps] => time(width.parse()?, batch.parse()?, steps.parse()?),
        ["many", width, batch, steps, starts] => {
            many(width.parse()?, batch.parse()?, steps.parse()?, starts.parse()?)
        }
        ["check"] => check(),
        _ => Err("arguments: time WIDTH BATCH STEPS, many WIDTH BATCH STEPS STARTS, or check".into()),
    }
}

fn relation() -> Result<FnRelation, Box<dyn Error>> {
    Ok(gaussian(DIMENSION, LENGTH)?)
}

fn network(width: usize, seed: u64) -> Result<RelationNet, Box<dyn Error>> {
    let encoder = MlpConfig::new(DIMENSION, RANK).with_width(width);
    Ok(AsymmetricRelationNetConfig::new(encoder.clone(), encoder).draw(Seed(seed))?)
}

fn params(steps: usize) -> TrainParams {
    TrainParams { schedule: Schedule::Constant, ..TrainParams::adam(steps) }.with_learning_rate(1e-3)
}

fn device() -> NetworkDevice {
    NetworkDevice::on_host(Device::flex())
}

fn time(width: usize, batch: usize, steps: usize) -> Result<(), Box<dyn Error>> {
    let params = params(steps).with_batch(batch, batch);
    let (mut times, mut last) = (Vec::new(), Instant::now());
    let trained =
        train(&network(width, 0)?, &relation()?, Data::Spaces, &params, Seed(0), &device(), &mut |_| {
            times.push(last.elapsed().as_secs_f64() * 1e3);
            last = Instant::now();
            Control::Continue
        })?;
    times.remove(0); // the first allocates
    times.sort_by(f64::total_cmp);
    let median = times.get(times.len() / 2).ok_or("at least 2 steps")?;
    println!("step {median:.4} {:.4} {:?}", times[0], trained.formulation);
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    if let Some(peak) = status.lines().find_map(|l| l.strip_prefix("VmHWM:")) {
        println!("peak_kib {}", peak.split_whitespace().next().unwrap_or("0"));
    }
    Ok(())
}

fn many(width: usize, batch: usize, steps: usize, starts: u64) -> Result<(), Box<dyn Error>> {
    /// The best of so many, in turn.
    const ROUNDS: usize = 5;
    let params = params(steps).with_batch(batch, batch);
    let nets = (0..starts).map(|seed| network(width, seed)).collect::<Result<Vec<_>, _>>()?;
    let (r, device) = (relation()?, device());
    let mut best = [f64::INFINITY; 2];
    for _ in 0..ROUNDS {
        let start = Instant::now();
        train(&nets[0], &r, Data::Spaces, &params, Seed(0), &device, &mut |_| Control::Continue)?;
        best[0] = best[0].min(start.elapsed().as_secs_f64() * 1e3 / steps as f64);
        let start = Instant::now();
        train_many(&nets, &r, Data::Spaces, &params, Seed(0), &device, &|_, _| Control::Continue)?;
        best[1] = best[1].min(start.elapsed().as_secs_f64() * 1e3 / steps as f64);
    }
    println!("many {:.4} {:.4}", best[0], best[1]);
    Ok(())
}

fn check() -> Result<(), Box<dyn Error>> {
    const POINTS: usize = 40;
    let (net, r) = (network(24, 0)?, relation()?);
    let rule = |name| -> Result<Quadrature, Box<dyn Error>> {
        let count = NonZeroUsize::new(POINTS).ok_or("positive")?;
        let points = r.spaces().0.sample(count, &mut Seed(1).stream(name));
        Ok(Quadrature::new(points, vec![1.0 / POINTS as f64; POINTS])?)
    };
    let (x, y) = (rule("x")?, rule("y")?);
    let go_on = &mut |_: &relata_training::StepRecord| Control::Continue;
    let trained = train(&net, &r, Data::Quadratures([&x, &y]), &params(30), Seed(0), &device(), go_on)?;
    let points = |q: &Quadrature| q.nodes().rows().map(<[f64]>::to_vec).collect::<Vec<_>>();
    let losses: Vec<f64> = trained.history.iter().map(|s| s.loss).collect();
    let (phi, psi) = (layers(net.phi_net()), layers(net.psi_net()));
    println!("{}", json!({ "phi": phi, "psi": psi, "x": points(&x), "y": points(&y), "losses": losses }));
    Ok(())
}

/// Weights as `outputs x inputs`, and biases.
fn layers(mlp: &Mlp) -> Vec<Value> {
    let affines = mlp.blocks().iter().map(|b| &b.affine).chain([mlp.head()]);
    let layer = |a: &relata_networks::Affine| {
        let row = |j: usize| (0..a.inputs()).map(|i| a.weight()[(i, j)]).collect::<Vec<f64>>();
        json!({ "weight": (0..a.outputs()).map(row).collect::<Vec<_>>(), "bias": a.bias() })
    };
    affines.map(layer).collect()
}
