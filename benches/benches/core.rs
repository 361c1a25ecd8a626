//! What every experiment pays for: limits, readout, measurement, certificates, training.

use burn::tensor::Device;
use criterion::{Criterion, criterion_group, criterion_main};
use relata_kernels::fast::{KernelOperator, KernelProfile};
use relata_kernels::lowrank::{Landmarks, landmarks, nystrom};
use relata_kernels::{DIGITS_GAMMA, Encoders, LimitParams, digits, limits};
use relata_networks::{
    Activation, CertifyParams, MlpConfig, ReadoutParams, RelationNet, certify, random_features, solve_readout,
};
use relata_relations::catalogue::{gaussian, relation};
use relata_relations::{Cube, HeldOut, Interval, Seed, Space, measure};
use relata_training::{
    AsymmetricRelationNetConfig, Control, Data, NetworkDevice, StepRecord, TrainParams, train, train_many,
};
use std::error::Error;
use std::hint::black_box;
use std::num::NonZeroUsize;

fn nodes(n: usize) -> NonZeroUsize {
    NonZeroUsize::new(n).unwrap_or(NonZeroUsize::MIN)
}

fn hidden(space: &Interval, name: &str) -> Result<relata_networks::Mlp, Box<dyn Error>> {
    let mut s = Seed(1).stream(name);
    let centres = space.sample(nodes(128), &mut s);
    Ok(random_features(&centres, 128, Activation::Tanh, 30.0, &mut s)?)
}

fn one_dimension(c: &mut Criterion) -> Result<(), Box<dyn Error>> {
    let unit = Interval::unit();
    let r = relation("positive-part")?;
    let net = RelationNet::asymmetric(hidden(&unit, "phi")?, hidden(&unit, "psi")?)?;
    let (fit, other) = (unit.quadrature(nodes(400))?, unit.quadrature(nodes(401))?);
    let solved = solve_readout(&net, r.as_ref(), [&fit, &other], ReadoutParams::default())?;
    let sixteen = solved.at_rank(16)?;
    let at = HeldOut::Quadrature { x: unit.quadrature(nodes(1600))?, y: unit.quadrature(nodes(1601))? };
    let mut group = c.benchmark_group("one dimension");
    group.sample_size(10);
    group.bench_function("readout, 128 features, 400 nodes, all ranks", |b| {
        b.iter(|| black_box(solve_readout(&net, r.as_ref(), [&fit, &other], ReadoutParams::default())));
    });
    group.bench_function("measure, rank 16, 1600 x 1601 nodes", |b| {
        b.iter(|| black_box(measure(r.as_ref(), &sixteen, &at)));
    });
    let params = CertifyParams { most_pairs: 300_000, ..CertifyParams::default() };
    group.bench_function("certified sup, rank 16, at most 300 000 pairs of cells", |b| {
        b.iter(|| black_box(certify(r.as_ref(), &sixteen, &params)));
    });
    let kernel = relation("tanh")?;
    group.bench_function("limits by quadrature, 400 nodes and half, ranks 0 to 32", |b| {
        b.iter(|| black_box(limits(kernel.as_ref(), Encoders::Shared, 32, &LimitParams::default())));
    });
    let product = relation("gaussian-8d")?;
    group.bench_function("limits of a tensor product in eight dimensions, ranks 0 to 32", |b| {
        b.iter(|| black_box(limits(product.as_ref(), Encoders::Separate, 32, &LimitParams::default())));
    });
    group.finish();
    Ok(())
}

fn kernels(c: &mut Criterion) -> Result<(), Box<dyn Error>> {
    let cube = Cube::new(3, 0.0, 1.0)?.sample(nodes(4000), &mut Seed(1).stream("bench/points"));
    let near = KernelOperator::<f64>::square(KernelProfile::gaussian(0.5)?, &cube);
    let v: Vec<f64> = (0..4000).map(|i| f64::from(i).sin()).collect();
    let digits = digits()?.images;
    let profile = KernelProfile::rbf(DIGITS_GAMMA)?;
    let mut group = c.benchmark_group("kernels");
    group.sample_size(10);
    group.bench_function("K v, 4000 points in 3 dimensions", |b| b.iter(|| black_box(near.apply_vec(&v))));
    group.bench_function("Nystrom, digits, 64 uniform landmarks", |b| {
        b.iter(|| {
            let a = KernelOperator::<f64>::square(profile, &digits);
            let chosen = landmarks(&a, 64, Landmarks::Uniform { seed: Seed(0) });
            black_box(chosen.and_then(|chosen| nystrom(&a, &chosen)))
        });
    });
    group.finish();
    Ok(())
}

fn training(c: &mut Criterion) -> Result<(), Box<dyn Error>> {
    const STEPS: usize = 20;
    let r = gaussian(8, 2.0)?;
    let encoder = |width| MlpConfig::new(8, 16).with_width(width);
    let config = |width| AsymmetricRelationNetConfig::new(encoder(width), encoder(width));
    let device = NetworkDevice::on_host(Device::flex());
    let params = |batch| TrainParams::adam(STEPS).with_batch(batch, batch);
    let go_on = |_: &StepRecord| Control::Continue;
    let mut group = c.benchmark_group("training");
    group.sample_size(10);
    for (width, batch) in [(64, 256), (128, 1024)] {
        let net = config(width).draw(Seed(0))?;
        group.bench_function(format!("20 steps, width {width}, batches of {batch}"), |b| {
            let params = params(batch);
            b.iter(|| black_box(train(&net, &r, Data::Spaces, &params, Seed(0), &device, &mut { go_on })));
        });
    }
    let nets = (0..10).map(|seed| config(32).draw(Seed(seed))).collect::<Result<Vec<_>, _>>()?;
    for (name, nets) in [("one start", &nets[..1]), ("ten starts", &nets[..])] {
        group.bench_function(format!("20 steps, width 32, batches of 128, {name}"), |b| {
            let go_on = &|_: usize, record: &StepRecord| go_on(record);
            b.iter(|| black_box(train_many(nets, &r, Data::Spaces, &params(128), Seed(0), &device, go_on)));
        });
    }
    group.finish();
    Ok(())
}

fn all(c: &mut Criterion) {
    for group in [one_dimension, kernels, training] {
        if let Err(e) = group(c) {
            eprintln!("the benchmark could not be set up: {e}");
        }
    }
}

criterion_group!(benches, all);
criterion_main!(benches);
