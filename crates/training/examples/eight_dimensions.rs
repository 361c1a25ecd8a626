//! Trained features with readout on relations over the cube `[-1, 1]^8`, against the best that any
//! inner product can do.
//!
//! `cargo run --release -p relata-training --example eight_dimensions [relation [steps [width]]]`
//!
//! For each relation: the measured relative error over the limit at every rank, and the seconds of
//! training and readout. Set `RAYON_NUM_THREADS=1` to see what one thread does.
#![allow(clippy::unwrap_used)]

use burn::tensor::Device;
use relata_kernels::{Encoders, LimitParams, limits};
use relata_networks::{MlpConfig, ReadoutParams, distill};
use relata_relations::catalogue::relation;
use relata_relations::{Factors, HeldOut, Relation, Seed, measure_all};
use relata_training::{
    AlternatingParams, AsymmetricRelationNetConfig, Control, Data, NetworkDevice, Sampler, TrainParams,
    rescale, sample_rules, train_with_readout,
};
use std::error::Error;
use std::time::Instant;

const RANKS: [usize; 5] = [1, 2, 4, 8, 16];
const POINTS: usize = 4096;

fn main() -> Result<(), Box<dyn Error>> {
    relata_relations::faer::set_global_parallelism(relata_relations::faer::Par::Seq);
    let given: Vec<String> = std::env::args().skip(1).collect();
    let names = match given.first() {
        Some(name) => vec![name.as_str()],
        None => vec!["gaussian-8d", "exp-bilinear-8d", "exp-bilinear-8d-unit", "smooth-asymmetric-8d"],
    };
    let number = |k: usize, default: usize| given.get(k).map_or(Ok(default), |s| s.parse());
    let (steps, width) = (number(1, 1200)?, number(2, 256)?);
    for name in names {
        report(name, &*relation(name)?, steps, width)?;
    }
    Ok(())
}

fn report(name: &str, r: &dyn Relation, steps: usize, width: usize) -> Result<(), Box<dyn Error>> {
    let seed = Seed(0);
    let encoder = MlpConfig::new(8, 32).with_width(width);
    let net = AsymmetricRelationNetConfig::new(encoder.clone(), encoder).draw(seed)?;
    let net = rescale(&net, 0.41, 0.58)?;
    let training =
        TrainParams::adam(steps).with_learning_rate(1e-2).with_sampler(Sampler::Sobol { x: 128, y: 128 });
    let config = AlternatingParams::new(training).with_last_points(POINTS);

    let started = Instant::now();
    let mut trained_after = 0.0;
    let mut watch = |_: &_| {
        trained_after = started.elapsed().as_secs_f64();
        Control::Continue
    };
    let done = train_with_readout(
        &net,
        r,
        Data::Spaces,
        &config,
        seed,
        &NetworkDevice::on_host(Device::flex()),
        &mut watch,
    )?;
    let read_out_after = started.elapsed().as_secs_f64();

    let own = sample_rules(Encoders::Separate, r, POINTS, seed.child("distill"))?;
    let distilled = distill(&done.net, r, [&own[0], &own[1]], ReadoutParams { tolerance: 1e-7 })?;
    let [x, y] = sample_rules(Encoders::Separate, r, POINTS, seed.child("test"))?;
    let at = HeldOut::Quadrature { x, y };
    let nets = |solve: &dyn Fn(usize) -> Result<_, _>| {
        RANKS.iter().map(|d| solve(*d)).collect::<Result<Vec<_>, _>>()
    };
    let (full, outputs) = (nets(&|d| done.readout.at_rank(d))?, nets(&|d| distilled.at_rank(d))?);
    let all: Vec<&dyn Factors> = full.iter().chain(&outputs).map(|n| n as &dyn Factors).collect();
    let errors = measure_all(r, &all, &at)?;

    let params = LimitParams { samples: 8192.try_into()?, ..LimitParams::default() };
    let limits = limits(r, Encoders::Separate, RANKS[RANKS.len() - 1], &params)?;
    println!(
        "{name}: {steps} steps at width {width} {trained_after:.1} s, readout {:.1} s",
        read_out_after - trained_after
    );
    println!("  rank     limit      error      error / limit   (within the span of the outputs)");
    for (k, rank) in RANKS.into_iter().enumerate() {
        let limit = limits.at(rank)?;
        let (full, outputs) = (errors[k].relative_l2, errors[RANKS.len() + k].relative_l2);
        let (ratio, other) = (full / limit.relative, outputs / limit.relative);
        println!("  {rank:4}  {:9.3e}  {full:9.3e}  {ratio:8.4}        {other:8.4}", limit.relative);
    }
    println!("  limits: {}", limits.at(1)?.source);
    Ok(())
}
