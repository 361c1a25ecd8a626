//! Certificates against the largest errors that can be found, for networks that are written down
//! and networks that are fitted.
//!
//! The whole table, on 10^6 random pairs and an ascent from the worst of them (seven minutes, best
//! alone on the machine):
//! `cargo test --release --locked --workspace --test certificates -- --ignored --nocapture`
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use faer::Mat;
use relata_networks::{
    Activation, Affine, Certificate, CertifyParams, MlpConfig, RelationNet, certify, construct, readout,
};
use relata_relations::catalogue::{catalogue, relation};
use relata_relations::{Enclosure, Points, Regularity, Relation, Seed, Space, evaluate};
use std::fmt::Write as _;
use std::time::Instant;

/// Certificates of errors from here up are within [`WITHIN`] of the largest error found, in under
/// [`SECONDS`].
const JUDGED: f64 = 1e-3;
const WITHIN: f64 = 1.05;
const SECONDS: f64 = 10.0;

/// The largest error at `blocks` times 250 x 250 random pairs of parameters, after a compass search
/// from the worst pair of each block.
fn largest_error(r: &dyn Relation, net: &RelationNet, blocks: usize) -> f64 {
    const SIDE: usize = 250;
    // Along a ridge of nearly equal errors it would go on for ever.
    const MOVES: usize = 200;
    let (sx, sy) = r.spaces();
    let ranges = [sx.parameters().unwrap()[0], sy.parameters().unwrap()[0]];
    let error = |u: &[f64], v: &[f64]| {
        let (x, y) = (placed(sx, u), placed(sy, v));
        (evaluate(r, &x, &y).unwrap() - net.evaluate(&x, &y)).map(|e| e.abs())
    };
    let mut largest = 0.0f64;
    for block in 0..blocks {
        let draw = |side: usize| -> Vec<f64> {
            let mut stream = Seed(11).stream(&format!("pairs/{block}/{side}"));
            (0..SIDE).map(|_| stream.uniform_in(ranges[side].0, ranges[side].1)).collect()
        };
        let (u, v) = (draw(0), draw(1));
        let e = error(&u, &v);
        let (mut worst, mut at) = (0.0, [0.0; 2]);
        for (i, a) in u.iter().enumerate() {
            for (j, b) in v.iter().enumerate() {
                if e[(i, j)] > worst {
                    (worst, at) = (e[(i, j)], [*a, *b]);
                }
            }
        }
        let (mut step, mut moves) = (1.0 / SIDE as f64, 0);
        while step > 1e-12 && moves < MOVES {
            moves += 1;
            let near = |side: usize| {
                let ((low, high), s) = (ranges[side], step * (ranges[side].1 - ranges[side].0));
                [-1.0, 0.0, 1.0].map(|k| (at[side] + k * s).clamp(low, high))
            };
            let (u, v) = (near(0), near(1));
            let e = error(&u, &v);
            let before = worst;
            for (i, a) in u.iter().enumerate() {
                for (j, b) in v.iter().enumerate() {
                    if e[(i, j)] > worst {
                        (worst, at) = (e[(i, j)], [*a, *b]);
                    }
                }
            }
            if worst <= before {
                step *= 0.5;
            }
        }
        largest = largest.max(worst);
    }
    largest
}

fn placed(space: &dyn Space, parameters: &[f64]) -> Points {
    let place = |u: &f64| space.place(&[Enclosure::constant(*u)]);
    let data =
        parameters.iter().flat_map(|u| place(u).into_iter().map(|e| e.value().middle().unwrap_or(f64::NAN)));
    Points::new(space.dim(), data.collect()).unwrap()
}

/// One layer of random features of each space, heads in closed form.
fn fitted(r: &dyn Relation, activation: Activation, depth: usize) -> RelationNet {
    let (x, y) = r.spaces();
    let encoder = |space: &dyn Space, name: &str| {
        let config = MlpConfig::new(space.dim(), 1).with_width(24).with_depth(depth);
        config.with_activation(activation).init(Seed(5), name).unwrap()
    };
    let net = RelationNet::asymmetric(encoder(x, "phi"), encoder(y, "psi")).unwrap();
    let rule = |space: &dyn Space| space.quadrature(80.try_into().unwrap()).unwrap();
    readout(&net, r, [&rule(x), &rule(y)], 5).unwrap()
}

/// Relations of one parameter on each side that are continuous on compact spaces.
fn one_dimensional() -> Vec<std::sync::Arc<dyn Relation>> {
    let one = |s: &dyn Space| s.parameters().is_some_and(|p| p.len() == 1);
    let suits = |r: &std::sync::Arc<dyn Relation>| {
        let (x, y) = r.spaces();
        one(x) && one(y) && !matches!(r.regularity(), Regularity::Jump { .. })
    };
    catalogue().iter().map(|e| relation(e.name).unwrap()).filter(suits).collect()
}

struct Case {
    relation: String,
    network: String,
    found: f64,
    seconds: f64,
    certificate: Certificate,
}

impl Case {
    fn of(r: &dyn Relation, network: &str, net: &RelationNet, blocks: usize) -> Self {
        let start = Instant::now();
        let certificate = certify(r, net, &CertifyParams::default()).unwrap();
        let seconds = start.elapsed().as_secs_f64();
        let found = largest_error(r, net, blocks);
        Self { relation: r.name(), network: network.into(), found, seconds, certificate }
    }

    fn looseness(&self) -> f64 {
        self.certificate.upper() / self.found
    }

    fn line(&self) -> String {
        let Self { relation, network, found, seconds, certificate } = self;
        let (upper, loose) = (certificate.upper(), self.looseness());
        format!("{relation:36} {network:18} {found:10.3e} {upper:10.3e} {loose:7.4} {seconds:8.3}")
    }

    /// Never below what was found, and tight where errors are not tiny.
    fn judge(&self) {
        assert!(self.found <= self.certificate.upper(), "below an error that was found: {}", self.line());
        if self.found >= JUDGED {
            assert!(self.looseness() <= WITHIN, "loose: {}", self.line());
        }
    }
}

#[test]
fn certificates_are_above_what_is_found_and_close() {
    for name in ["brownian", "gaussian", "exp-bilinear", "arc-cosine-1", "von-mises"] {
        let r = relation(name).unwrap();
        let constructed = construct(&r, 1e-2).unwrap();
        Case::of(&r, "construct 1e-2", constructed.net(), 2).judge();
        Case::of(&r, "readout, relu", &fitted(&r, Activation::Relu, 1), 2).judge();
        Case::of(&r, "readout, tanh", &fitted(&r, Activation::Tanh, 2), 2).judge();
    }
}

/// One weight of a constructed network changed by a tenth: the certificate sees it, and nothing it
/// says is below what can be found.
#[test]
fn one_changed_weight_is_caught() {
    for name in ["gaussian", "abs-difference", "exp-bilinear"] {
        let r = relation(name).unwrap();
        let eps = 1e-2;
        let net = construct(&r, eps).unwrap().into_net();
        let phi = net.phi_net();
        let w = phi.head().weight();
        let largest = (0..w.nrows()).max_by(|a, b| w[(*a, 0)].abs().total_cmp(&w[(*b, 0)].abs())).unwrap();
        let weight = Mat::from_fn(w.nrows(), w.ncols(), |i, j| {
            if (i, j) == (largest, 0) { 1.1 * w[(i, j)] } else { w[(i, j)] }
        });
        let phi = phi.with_head(Affine::new(weight, phi.head().bias().to_vec())).unwrap();
        let broken = match &net {
            RelationNet::Symmetric(_) => RelationNet::symmetric(phi),
            RelationNet::Asymmetric(_, psi) => RelationNet::asymmetric(phi, psi.clone()).unwrap(),
            RelationNet::Indefinite(_, signs) => RelationNet::indefinite(phi, signs.clone()).unwrap(),
        };
        let case = Case::of(&r, "broken", &broken, 2);
        assert!(case.certificate.lower() > eps && case.found > eps, "{}", case.line());
        case.judge();
    }
}

/// Every continuous relation of one dimension: the table, and the bars it has to meet. Timings are
/// for a machine that does nothing else.
#[test]
#[ignore = "minutes, and timings: the whole table"]
fn the_whole_table() {
    let only = std::env::var("RELATA_CERTIFICATES_OF").ok();
    let mut table = format!(
        "{:36} {:18} {:>10} {:>10} {:>7} {:>8}\n",
        "relation", "network", "found", "certified", "loose", "seconds"
    );
    let mut late = vec![];
    for r in one_dimensional().iter().filter(|r| only.as_ref().is_none_or(|n| r.name().contains(n.as_str())))
    {
        let mut nets: Vec<(String, RelationNet)> = [1e-1, 1e-2, 1e-3]
            .iter()
            .map(|eps| (format!("construct {eps:e}"), construct(r, *eps).unwrap().into_net()))
            .collect();
        for (activation, depth) in [(Activation::Tanh, 1), (Activation::Relu, 1), (Activation::Gelu, 2)] {
            nets.push((format!("readout, {activation} x {depth}"), fitted(r, activation, depth)));
        }
        for (name, net) in &nets {
            let case = Case::of(r, name, net, 16);
            println!("{}", case.line());
            writeln!(table, "{}", case.line()).unwrap();
            case.judge();
            if case.found >= JUDGED && case.seconds >= SECONDS {
                late.push(case.line());
            }
        }
    }
    println!("{table}");
    assert!(late.is_empty(), "not in {SECONDS} s:\n{}", late.join("\n"));
}
