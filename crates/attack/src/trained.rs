//! Networks as they come out of training: certificates against dense sampling with local search.

use crate::bounds::from_formula;
use crate::{Draw, Ledger};
use relata_networks::{
    Activation, Affine, CertifyParams, Mlp, MlpConfig, RelationNet, certify, certify_l2, global_lipschitz,
    local_lipschitz,
};
use relata_relations::faer::Mat;
use relata_relations::{Points, Relation, evaluate};
use std::num::NonZeroUsize;

/// The largest error at random pairs and after a walk uphill from the best of them, and the size of
/// the values there.
pub(crate) fn largest_error(draw: &mut Draw, r: &dyn Relation, net: &RelationNet) -> (f64, f64) {
    const N: NonZeroUsize = NonZeroUsize::new(60).unwrap();
    let (sx, sy) = r.spaces();
    let (x, y) = (sx.sample(N, draw.stream()), sy.sample(N, draw.stream()));
    let Ok(values) = evaluate(r, &x, &y) else { return (0.0, 0.0) };
    let errors = &values - net.evaluate(&x, &y);
    let (mut best, mut at) = (0.0, (0, 0));
    for j in 0..y.len() {
        for i in 0..x.len() {
            if errors[(i, j)].abs() > best {
                (best, at) = (errors[(i, j)].abs(), (i, j));
            }
        }
    }
    let size = values.norm_max().max(best);
    let (mut p, mut q) = (x.row(at.0).to_vec(), y.row(at.1).to_vec());
    // Half of the distance between neighbours of the sample, and smaller from there.
    let mut step: f64 = (0..x.dim()).map(|k| (x.row(0)[k] - x.row(1)[k]).abs()).fold(0.0, f64::max);
    for _ in 0..60 {
        let mut moved = |v: &[f64]| v.iter().map(|t| t + draw.between(-step, step)).collect::<Vec<f64>>();
        let (p2, q2) = (moved(&p), moved(&q));
        if sx.contains(&p2)
            && sy.contains(&q2)
            && let (Ok(a), Ok(b)) = (Points::from_rows(&[&p2]), Points::from_rows(&[&q2]))
            && let Ok(v) = evaluate(r, &a, &b)
        {
            let error = (v[(0, 0)] - net.evaluate(&a, &b)[(0, 0)]).abs();
            if error > best {
                (best, p, q) = (error, p2, q2);
                continue;
            }
        }
        step *= 0.9;
    }
    (best, size)
}

/// The mean square error from samples, with five standard errors.
pub(crate) fn mean_square(draw: &mut Draw, r: &dyn Relation, net: &RelationNet) -> Option<(f64, f64)> {
    const N: NonZeroUsize = NonZeroUsize::new(150).unwrap();
    let (sx, sy) = r.spaces();
    let mut means = vec![];
    for _ in 0..8 {
        let (x, y) = (sx.sample(N, draw.stream()), sy.sample(N, draw.stream()));
        let errors = evaluate(r, &x, &y).ok()? - net.evaluate(&x, &y);
        means.push(errors.norm_l2() / N.get() as f64);
    }
    let mean = means.iter().sum::<f64>() / 8.0;
    let spread = (means.iter().map(|m| (m - mean).powi(2)).sum::<f64>() / 7.0).sqrt();
    Some((mean, 5.0 * spread / 8f64.sqrt() + 0.01 * mean))
}

fn encoder(draw: &mut Draw, outputs: usize, name: &str) -> Option<Mlp> {
    let config = MlpConfig::new(1, outputs)
        .with_width(draw.whole(1, 6))
        .with_depth(draw.whole(0, 2))
        .with_activation(draw.choose(&Activation::ALL));
    config.init(draw.seed(), name).ok()
}

/// The net with its last layer times a factor.
fn times(net: &Mlp, factor: f64) -> Option<Mlp> {
    let head = net.head();
    let weight = Mat::from_fn(head.inputs(), head.outputs(), |i, j| head.weight()[(i, j)] * factor);
    net.with_head(Affine::new(weight, head.bias().iter().map(|b| b * factor).collect())).ok()
}

/// Random networks against random formulas, with encoders of very different sizes.
pub(crate) fn certified(draw: &mut Draw, ledger: &mut Ledger) {
    const SUP: &str = "relata_networks::certify";
    const SQUARE: &str = "relata_networks::certify_l2";
    let scale = draw.choose(&[1.0, 1.0, 1e-150, 1e150]);
    let Some((_, r)) = from_formula(draw, scale) else { return ledger.refused(SUP) };
    let rank = draw.whole(1, 3);
    let (Some(phi), Some(psi)) = (encoder(draw, rank, "phi"), encoder(draw, rank, "psi")) else { return };
    // The product keeps the size of the relation; its two sides need not.
    let tilt = draw.choose(&[1.0, 1.0, 1e-163, 1e100]);
    let (Some(phi), Some(psi)) = (times(&phi, scale * tilt), times(&psi, 1.0 / tilt)) else { return };
    let Some(net) = ledger.accept(SUP, RelationNet::asymmetric(phi, psi)) else { return };
    let params = CertifyParams { tolerance: 0.1, most_pairs: 20_000, ..CertifyParams::default() };
    let (error, size) = largest_error(draw, &r, &net);
    let slack = 1e-12 * size;
    if let Some(c) = ledger.accept(SUP, certify(&r, &net, &params)) {
        ledger.check(SUP, error <= c.upper() + slack && c.lower() <= c.upper(), || {
            format!("{r:?} and {net:?}: {} to {:e}, found {error:e}", c.lower(), c.upper())
        });
        let (x, y) = c.witness();
        if let (Ok(x), Ok(y)) = (Points::from_rows(&[x]), Points::from_rows(&[y]))
            && let Ok(v) = evaluate(&r, &x, &y)
        {
            let there = (v[(0, 0)] - net.evaluate(&x, &y)[(0, 0)]).abs();
            ledger.check(SUP, c.lower() <= there + slack, || format!("{:e} called {:e}", there, c.lower()));
        }
    }
    if let Some(c) = ledger.accept(SQUARE, certify_l2(&r, &net, &params))
        && let Some((mean, off)) = mean_square(draw, &r, &net)
    {
        let right =
            mean - off <= c.upper() + slack && c.lower() <= mean + off + slack && c.lower() <= c.upper();
        ledger.check(SQUARE, right, || format!("{r:?} and {net:?}: {c:?}, sampled {mean:e} +- {off:e}"));
    }
}

/// Lipschitz constants of random networks.
pub(crate) fn slopes(draw: &mut Draw, ledger: &mut Ledger) {
    const GLOBAL: &str = "relata_networks::global_lipschitz";
    const LOCAL: &str = "relata_networks::local_lipschitz";
    let outputs = draw.whole(1, 4);
    let inputs = draw.whole(1, 3);
    let config = MlpConfig::new(inputs, outputs)
        .with_width(draw.whole(1, 8))
        .with_depth(draw.whole(0, 3))
        .with_activation(draw.choose(&Activation::ALL));
    let factor = draw.choose(&[1.0, 1e-150, 1e150, 1e-200]);
    let Some(net) = config.init(draw.seed(), "net").ok().and_then(|n| times(&n, factor)) else { return };
    let centre = draw.points(1, inputs, -2.0, 2.0);
    let radius = draw.magnitude(1e-3, 1.0);
    let (global, local) = (global_lipschitz(&net), local_lipschitz(&net, &centre, radius)[0]);
    let inside = |draw: &mut Draw| -> Vec<f64> {
        let way = draw.normals(inputs);
        let length = way.iter().map(|v| v * v).sum::<f64>().sqrt() / (radius * draw.between(0.0, 0.999));
        centre.row(0).iter().zip(&way).map(|(c, v)| c + v / length).collect()
    };
    for _ in 0..20 {
        let (a, b) = (inside(draw), inside(draw));
        let (Ok(p), Ok(q)) = (Points::from_rows(&[&a]), Points::from_rows(&[&b])) else { continue };
        let d = net.forward(&p) - net.forward(&q);
        let rise = (0..outputs).map(|k| (d[(0, k)] / factor).powi(2)).sum::<f64>().sqrt();
        let run = a.iter().zip(&b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
        let slack =
            1e-13 * (0..outputs).map(|k| (net.forward(&p)[(0, k)] / factor).abs()).fold(1.0, f64::max);
        for (name, constant) in [(GLOBAL, global), (LOCAL, local)] {
            let holds = rise <= constant / factor * run * (1.0 + 1e-9) + slack;
            ledger.check(name, holds, || format!("{net:?}: {rise:e} over {run:e}, constant {constant:e}"));
        }
    }
}
