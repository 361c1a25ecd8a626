//! Everything here is homogeneous: a relation, a network and an error asked for, all times one
//! factor, have the same answer times that factor, or a typed error that says overflow.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use relata_networks::{
    Activation, Affine, CertifyParams, Constructed, Expansion, FactorErrors, FeatureMap, Mlp, MlpConfig,
    ReadoutParams, RelationNet, certify, certify_factors, certify_l2, compose, construct, construct_l2,
    construct_low_rank, construct_ridges, construct_waves, distill, global_lipschitz, load, local_lipschitz,
    piecewise_linear, save, solve_readout,
};
use relata_relations::catalogue;
use relata_relations::faer::Mat;
use relata_relations::{
    Enclosure, FnRelation, Interval, Points, Regularity, RidgeFeatures, RidgeProfile, Ridges, Seed, Space,
    relation_fn,
};
use std::num::NonZeroUsize;
use std::sync::Arc;

/// The name of a function, and its answer at a factor.
type Row = (&'static str, fn(f64) -> Answer);
type Answer = Result<Vec<f64>, Box<dyn std::error::Error>>;

const FACTORS: [f64; 5] = [1e-300, 1e-160, 3.0, 1e160, 1e300];

/// `s sin(3 x - y)`.
fn wave(s: f64) -> FnRelation {
    relation_fn(Interval::unit(), Interval::unit(), move |x, y| s * (3.0 * x[0] - y[0]).sin())
        .with_enclosure(move |x, y| (x[0] * 3.0 - y[0]).sin() * s)
        .unwrap()
        .with_regularity(Regularity::Smooth)
}

fn encoder(name: &str, s: f64) -> Mlp {
    let config = MlpConfig::new(1, 2).with_width(6).with_depth(1).with_activation(Activation::Tanh);
    let mlp = config.init(Seed(1), name).unwrap();
    let (w, b) = (mlp.head().weight(), mlp.head().bias());
    let head = Affine::new(
        Mat::from_fn(w.nrows(), w.ncols(), |i, j| s * w[(i, j)]),
        b.iter().map(|v| s * v).collect(),
    );
    mlp.with_head(head).unwrap()
}

/// All of the factor in the first encoder.
fn net(s: f64) -> RelationNet {
    RelationNet::asymmetric(encoder("phi", s), encoder("psi", 1.0)).unwrap()
}

fn points() -> Points {
    Points::line(vec![0.0, 0.2, 0.55, 1.0]).unwrap()
}

fn entries(m: &Mat<f64>) -> Vec<f64> {
    m.col_iter().flat_map(|c| c.iter().copied().collect::<Vec<_>>()).collect()
}

fn values(net: &RelationNet) -> Vec<f64> {
    entries(&net.evaluate(&points(), &points()))
}

fn built(c: &Constructed) -> Vec<f64> {
    [values(c.net()), vec![c.certificate().upper(), c.budget().eps]].concat()
}

fn rule() -> relata_relations::Quadrature {
    Interval::unit().quadrature(NonZeroUsize::new(30).unwrap()).unwrap()
}

fn ridged(s: f64) -> FnRelation {
    let side = move |s: f64| {
        let profile: RidgeProfile = Arc::new(move |t: Enclosure| t.exp() * s);
        RidgeFeatures::new(vec![0.0]).with(vec![1.0], (0.0, 1.0), vec![(0, profile)]).unwrap()
    };
    let sum = Ridges::separate(side(s), side(1.0), 0.0).unwrap();
    relation_fn(Interval::unit(), Interval::unit(), move |x, y| s * x[0].exp() * y[0].exp())
        .with_ridges(move |_| Some(sum.clone()))
        .unwrap()
}

/// Every public function of a network or a relation that has numbers for an answer, with an answer
/// of degree 1 in the factor.
fn table() -> Vec<Row> {
    vec![
        ("forward", |s| Ok(entries(&encoder("phi", s).forward(&points())))),
        ("evaluate", |s| Ok(values(&net(s)))),
        ("certify", |s| {
            let c = certify(&wave(s), &net(s), &CertifyParams::default())?;
            Ok(vec![c.upper(), c.lower(), c.gap()])
        }),
        ("certify to a goal", |s| {
            let params = CertifyParams { goal: Some(0.5 * s), ..CertifyParams::default() };
            let c = certify(&wave(s), &net(s), &params)?;
            Ok(vec![c.upper(), c.lower()])
        }),
        ("certify, features apart", |s| {
            // The factor stands on one side, its square root's inverse on the other.
            let root = s.sqrt();
            let net = RelationNet::asymmetric(encoder("phi", s / root), encoder("psi", root))?;
            Ok(vec![certify(&wave(s), &net, &CertifyParams::default())?.upper()])
        }),
        ("certify_l2", |s| {
            let c = certify_l2(&wave(s), &net(s), &CertifyParams::default())?;
            Ok(vec![c.upper(), c.lower()])
        }),
        ("certify_factors", |s| {
            let phi = move |x: &[Enclosure]| vec![(x[0] * 3.0).sin() * s, (x[0] * 3.0).cos() * s];
            let psi = |y: &[Enclosure]| vec![y[0].cos(), -y[0].sin()];
            let expansion = Expansion::new(0.0, FeatureMap::new(2, phi), FeatureMap::new(2, psi));
            let params = CertifyParams { tolerance: 0.1, ..CertifyParams::default() };
            Ok(vec![certify_factors(&wave(s), &net(s), &expansion, &params)?.upper()])
        }),
        ("compose", |s| {
            let e = FactorErrors { phi_error: 0.1 * s, phi_size: 2.0 * s, psi_error: 0.1, psi_size: 2.0 };
            Ok(vec![compose(0.5 * s, &e)])
        }),
        ("construct", |s| Ok(built(&construct(&wave(s), 1e-2 * s)?))),
        ("construct_low_rank", |s| Ok(built(&construct_low_rank(&wave(s), 1e-2 * s)?))),
        ("construct_waves", |s| {
            let r = relata_relations::scale(s, catalogue::gaussian(1, 0.5)?)?;
            Ok(built(&construct_waves(&r, 1e-2 * s)?))
        }),
        ("construct_ridges", |s| Ok(built(&construct_ridges(&ridged(s), 1e-2 * s)?))),
        ("construct_l2", |s| {
            let (net, c) = construct_l2(&wave(s), 1e-1 * s)?;
            Ok([values(&net), vec![c.upper(), c.lower()]].concat())
        }),
        ("piecewise_linear", |s| {
            let table = Mat::from_fn(3, 1, |i, _| [1.0, 3.0, -1.0][i] * s);
            Ok(entries(&piecewise_linear(&[0.0, 0.25, 1.0], table.as_ref())?.forward(&points())))
        }),
        ("global_lipschitz", |s| Ok(vec![global_lipschitz(&encoder("phi", s))])),
        ("local_lipschitz", |s| Ok(local_lipschitz(&encoder("phi", s), &points(), 0.1))),
        ("solve_readout", |s| {
            let q = rule();
            let solved = solve_readout(&net(1.0), &wave(s), [&q, &q], ReadoutParams { tolerance: 1e-4 })?;
            Ok([solved.values()[..2].to_vec(), values(&solved.at_rank(2)?)].concat())
        }),
        ("distill", |s| {
            let q = rule();
            let solved = distill(&net(s), &wave(s), [&q, &q], ReadoutParams { tolerance: 1e-4 })?;
            Ok([solved.values()[..2].to_vec(), values(&solved.at_rank(2)?)].concat())
        }),
        ("save and load", |s| {
            let path = std::env::temp_dir().join(format!("relata-scale-{}-{s:e}", std::process::id()));
            save(&net(s), &path)?;
            let back = load(&path);
            std::fs::remove_file(&path)?;
            Ok(values(&back?))
        }),
    ]
}

#[test]
fn answers_scale_with_the_question() {
    let only = std::env::var("RELATA_SCALE_OF").ok();
    let mut wrong = vec![];
    for (name, of) in
        table().into_iter().filter(|(n, _)| only.as_ref().is_none_or(|o| n.contains(o.as_str())))
    {
        let one = of(1.0).unwrap_or_else(|e| panic!("{name}: {e}"));
        let size = one.iter().fold(0.0f64, |m, v| m.max(v.abs()));
        for s in FACTORS {
            match of(s) {
                Ok(all) => {
                    assert_eq!(all.len(), one.len());
                    for (v, w) in all.iter().zip(&one) {
                        let off = (v / s - w).abs();
                        if off.is_nan() || off > 1e-12 * size {
                            wrong.push(format!("{name} at {s:e}: {v:e} for {w:e} times the factor"));
                        }
                    }
                }
                Err(e) if e.to_string().contains("overflow") && s > 1.0 => {}
                Err(e) => wrong.push(format!("{name} at {s:e}: {e}")),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
