//! Every function of `cost`, on every relation of the catalogue, returns in time or names the
//! budget that it would exceed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use relata_kernels::Encoders;
use relata_kernels::cost::{
    AsymmetricBound, Bound, BoundError, BoundParams, ErrorNorm, Interpolation, RidgeSplines, SymmetricBound,
    cholesky_certificate, cross_certificate, fourier_norms, lower_bound, sup_tails,
};
use relata_relations::catalogue::{catalogue, relation};
use relata_relations::faer::Mat;
use relata_relations::{Cube, Definiteness, Relation, Seed, relation_fn};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

type Of = fn(&dyn Relation, f64, &BoundParams) -> Result<Bound, BoundError>;
type Job = Box<dyn FnOnce() -> Result<(), BoundError> + Send>;

/// What each call may take.
const LIMIT: Duration = Duration::from_secs(10);

fn timed(job: Job) -> Option<(Duration, Result<(), BoundError>)> {
    let (done, when) = channel();
    let start = Instant::now();
    std::thread::spawn(move || done.send(job()));
    when.recv_timeout(LIMIT).ok().map(|result| (start.elapsed(), result))
}

/// All bounds of a relation at an error.
fn jobs(r: &Arc<dyn Relation>, eps: f64, norm: ErrorNorm) -> Vec<(String, Job)> {
    let routes: [(&str, Of); 11] = [
        ("symmetric", SymmetricBound::of),
        ("symmetric splines", SymmetricBound::splines),
        ("symmetric covering", SymmetricBound::covering),
        ("symmetric ridges", SymmetricBound::ridges),
        ("symmetric barron", SymmetricBound::barron),
        ("asymmetric", AsymmetricBound::of),
        ("asymmetric splines", AsymmetricBound::splines),
        ("asymmetric covering", AsymmetricBound::covering),
        ("asymmetric ridges", AsymmetricBound::ridges),
        ("asymmetric waves", AsymmetricBound::fourier_maurey),
        ("asymmetric barron", AsymmetricBound::schmidt_barron),
    ];
    let positive = r.definiteness() == Definiteness::PositiveSemidefinite;
    let mut all: Vec<(String, Job)> = Vec::new();
    for (name, of) in routes {
        if name.starts_with("symmetric") && !positive {
            continue;
        }
        let r = r.clone();
        let params = BoundParams { norm, ..BoundParams::default() };
        all.push((name.into(), Box::new(move || of(&r, eps, &params).map(drop))));
    }
    for encoders in [Encoders::Separate, Encoders::Shared, Encoders::Indefinite] {
        let r = r.clone();
        let job = move || lower_bound(&r, eps, encoders, norm).map(drop);
        all.push((format!("lower bound, {encoders}"), Box::new(job)));
    }
    all
}

/// What does not depend on the norm.
fn others(r: &Arc<dyn Relation>, eps: f64) -> Vec<(String, Job)> {
    let n = NonZeroUsize::new(600).unwrap();
    let [a, b, c, d, e, f] = std::array::from_fn(|_| r.clone());
    vec![
        ("interpolation".into(), Box::new(move || Interpolation::of(&a, eps).map(drop))),
        ("ridge splines".into(), Box::new(move || RidgeSplines::of(&b, eps).map(drop))),
        ("tails".into(), Box::new(move || sup_tails(&c, 1000, &BoundParams::default()).map(drop))),
        ("Fourier norms".into(), Box::new(move || fourier_norms(&d).map(drop))),
        ("Cholesky".into(), Box::new(move || cholesky_certificate(&e, eps, 100, n).map(drop))),
        ("cross".into(), Box::new(move || cross_certificate(&f, eps, 100, n, Seed(0)).map(drop))),
    ]
}

fn run(name: &str, r: &Arc<dyn Relation>, late: &mut Vec<String>, times: &mut Vec<(Duration, String)>) {
    for eps in [0.3, 0.02] {
        let mut all = others(r, eps);
        for norm in [ErrorNorm::Sup, ErrorNorm::L2] {
            all.extend(jobs(r, eps, norm).into_iter().map(|(what, job)| (format!("{what}, {norm}"), job)));
        }
        for (what, job) in all {
            let what = format!("{name}: {what} at {eps}");
            match timed(job) {
                Some((time, result)) => {
                    let end = result.err().map_or(String::new(), |e| format!(": {e}"));
                    times.push((time, format!("{what}{end}")));
                }
                None => late.push(what),
            }
        }
    }
}

#[test]
#[ignore = "takes minutes: every route of every relation"]
fn every_bound_of_the_catalogue_returns_in_time_or_names_its_budget() {
    let (mut late, mut times) = (Vec::new(), Vec::new());
    let only = std::env::var("RELATION").ok();
    for entry in catalogue() {
        if only.as_ref().is_none_or(|o| o == entry.name) {
            let r: Arc<dyn Relation> = relation(entry.name).unwrap();
            run(entry.name, &r, &mut late, &mut times);
        }
    }
    // A bilinear form in five dimensions, which declares nothing.
    let cube = Cube::new(5, -1.0, 1.0).unwrap();
    let m = Mat::from_fn(5, 5, |i, j| (1.0 + i as f64 * 0.3 - j as f64 * 0.2).sin());
    let form = relation_fn(cube.clone(), cube, move |x, y| {
        (0..5).map(|i| (0..5).map(|j| x[i] * m[(i, j)] * y[j]).sum::<f64>()).sum()
    });
    let form: Arc<dyn Relation> = Arc::new(form);
    run("bilinear in five dimensions", &form, &mut late, &mut times);
    times.sort_by_key(|t| std::cmp::Reverse(t.0));
    for (time, what) in times.iter().take(25) {
        println!("{:6.2} s  {what}", time.as_secs_f64());
    }
    assert!(late.is_empty(), "not within {LIMIT:?}: {late:#?}");
}
