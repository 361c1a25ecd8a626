use super::*;
use relata_relations::{FnRelation, Interval, Regularity, relation_fn};

fn unit() -> Interval {
    Interval::new(0.0, 1.0).unwrap()
}

fn of(f: impl Fn(f64, f64) -> f64 + Send + Sync + 'static) -> FnRelation {
    relation_fn(unit(), unit(), move |x, y| f(x[0], y[0]))
}

fn refusal(r: &dyn Relation, ranks: &[usize]) -> String {
    format!("{:#}", approximate(r, ranks).unwrap_err())
}

#[test]
fn ranks_that_cannot_be_are_named() {
    let r = of(|x, y| (x - y).exp());
    assert!(refusal(&r, &[]).contains("no rank"));
    let zero = refusal(&r, &[0]);
    assert!(zero.contains("rank") && zero.contains('0'), "{zero}");
    let above = refusal(&r, &[1, 200]);
    assert!(above.contains("rank 200") && above.contains("128"), "{above}");
}

#[test]
fn a_relation_that_is_not_a_number_is_named_with_its_point() {
    let r = of(|x, y| if x > 0.9 { f64::NAN } else { x * y });
    let text = refusal(&r, &[1]);
    assert!(text.contains("NaN") && text.contains("0.9"), "{text}");
}

/// `sin(a - b) = sin a cos b - cos a sin b`: nothing is left at rank 2.
#[test]
fn an_exact_rank_has_the_limit_zero() {
    let found = approximate(&of(|x, y| (3.0 * x - y * y).sin()), &[1, 2, 4, 8]).unwrap();
    let limits: Vec<f64> = found.ranks.iter().map(|a| a.limit).collect();
    assert!(limits[0] > 0.1, "{limits:?}");
    assert!(limits[1..].iter().all(|l| *l <= 0.0), "{limits:?}");
}

/// Singular values of the step on the unit square: `2 / ((2 k - 1) pi)`, and its norm is `sqrt(1/2)`.
fn step_limit(rank: usize) -> f64 {
    let captured: f64 = (1..=rank).map(|k| (2.0 / ((2 * k - 1) as f64 * std::f64::consts::PI)).powi(2)).sum();
    (1.0 - 2.0 * captured).sqrt()
}

#[test]
fn a_step_is_bounded_from_below_whether_it_is_declared_or_not() {
    assert!((step_limit(16) - 0.1125212).abs() < 5e-8);
    let step = || of(|x, y| if x < y { 1.0 } else { 0.0 });
    let declared = step().with_regularity(Regularity::Jump { size: 1.0 });
    for r in [step(), declared] {
        for at in approximate(&r, &[1, 4, 16]).unwrap().ranks {
            let exact = step_limit(at.rank);
            assert!(at.limit <= exact && exact <= at.limit + at.limit_uncertainty, "{at:?}");
            assert!(at.limit > 0.98 * exact, "rank {}: {} of {exact}", at.rank, at.limit);
        }
    }
}

/// Training is never worse than what it starts from is without it.
#[test]
fn training_and_fitting_keep_what_is_better() {
    let r = of(|x, y| (x - y).abs());
    let error = |source: NetworkSource| {
        let found = Approximator::of(&r).ranks([4]).width(24).source(source).run().unwrap();
        found.ranks[0].error
    };
    let random = error(NetworkSource::Readout);
    for source in [NetworkSource::Fitted, NetworkSource::Trained { steps: 60 }] {
        assert!(error(source) <= 1.01 * random, "{source:?}");
    }
}

#[test]
fn progress_is_told_and_certificates_say_why_there_is_none() {
    let mut told = Vec::new();
    let r = of(|x, y| x * y);
    let found = Approximator::of(&r)
        .ranks([1])
        .width(8)
        .certify(CertifyParams::default())
        .progress(|what| told.push(what.to_owned()))
        .run()
        .unwrap();
    let why = found.ranks[0].certificate.clone().unwrap().unwrap_err();
    assert!(matches!(why, CertifyError::NoBounds { .. }), "{why}");
    assert!(told.len() >= 4 && told[0].starts_with("the limits"), "{told:?}");
    let product = relata_relations::catalogue::relation("brownian").unwrap();
    let found = Approximator::of(&*product).ranks([2]).width(16).certify(CertifyParams::default()).run();
    let proved = found.unwrap().ranks[0].certificate.clone().unwrap().unwrap();
    assert!(proved.upper() >= proved.lower());
}

/// Six dimensions in all: two more than branch and bound over pairs can do.
#[test]
fn a_kernel_of_three_dimensions_is_certified_by_its_factors() {
    let k = relata_relations::catalogue::gaussian(3, 2.0).unwrap();
    let certificate = |encoders: Encoders| {
        let params = CertifyParams { tolerance: 0.5, ..CertifyParams::default() };
        let found = Approximator::of(&k).encoders(encoders).ranks([4]).width(40).certify(params).run();
        found.unwrap().ranks[0].certificate.clone().unwrap()
    };
    let proved = certificate(Encoders::Shared).unwrap();
    // Values are between 0 and 1: a bound of 1 would be one that 0 has as well.
    assert!(proved.lower() <= proved.upper() && proved.upper() < 1.0, "{proved:?}");
    let why = certificate(Encoders::Separate).unwrap_err().to_string();
    assert!(why.contains("Expansion::new") && why.contains("measure"), "{why}");
}

/// Two hundred relations of four kinds, a few parameters each: none measures below its limit. The
/// limits of exact ranks are 0.
#[test]
fn no_error_is_below_a_limit() {
    let mut stream = Seed(20_260).stream("approximate/random");
    for trial in 0..200 {
        let mut u = || stream.uniform();
        let (a, b, c) = (1.0 + 4.0 * u(), 1.0 + 4.0 * u(), 0.2 + 0.6 * u());
        let (r, exact): (FnRelation, Option<usize>) = match trial % 4 {
            0 => (of(move |x, y| (a * x * y + b * y).sin() + (c * x - y).exp()), None),
            1 => (of(move |x, y| (a * x - b * y + c).abs() + x * y), None),
            2 => (of(move |x, y| if a * x < b * y + c { 1.0 + x } else { -c * y }), None),
            _ => (of(move |x, y| (a * x).sin() * y + x.powf(c) * (b * y).cos()), Some(2)),
        };
        let found = approximate(&r, &[1, 3, 8]).unwrap_or_else(|e| panic!("{trial}: {e:#}"));
        for at in found.ranks {
            assert!(at.error >= at.limit - at.limit_uncertainty, "{trial}: {at:?}");
            assert!(at.error + at.error_uncertainty >= at.limit, "{trial}: {at:?}");
            assert!(exact.is_none_or(|d| at.rank < d || at.limit <= 0.0), "{trial}: {at:?}");
        }
    }
}
