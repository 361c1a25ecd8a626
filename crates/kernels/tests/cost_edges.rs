//! The edges of `cost`: relations times 1e-300 and 1e300, the relation 0, false declarations, names
//! that lie.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;
use relata_kernels::cost::{
    AsymmetricBound, Bound, BoundError, BoundParams, CholeskyCertificate, ErrorNorm, Hypothesis,
    Interpolation, MercerFeatures, Moment, RidgeSplines, SymmetricBound, TailSource, Units,
    cholesky_certificate, cross_certificate, fourier_norms, sup_tails,
};
use relata_kernels::{degrees_of_freedom, effective_rank};
use relata_relations::catalogue::{brownian, relation};
use relata_relations::{
    FnRelation, Interval, Points, Regularity, Relation, RidgeFeatures, RidgeProfile, Ridges, Seed, Space,
    evaluate, relation_fn, scale,
};
use std::num::NonZeroUsize;
use std::sync::Arc;

const FACTORS: [f64; 4] = [1e-300, 1e-160, 1e160, 1e300];

fn n(n: usize) -> NonZeroUsize {
    NonZeroUsize::new(n).unwrap()
}

fn unit_relation(f: impl Fn(f64, f64) -> f64 + Send + Sync + 'static) -> FnRelation {
    relation_fn(Interval::unit(), Interval::unit(), move |x, y| f(x[0], y[0]))
}

/// Equal up to rounding, or both infinite.
fn same(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-12 * a.abs().max(b.abs()) || a.total_cmp(&b).is_eq()
}

/// Counts agree but for a last unit that rounding of `eps c / c` may tip over.
fn same_bound(a: &Bound, b: &Bound, c: f64) -> bool {
    let near = |a: u128, b: u128| a.abs_diff(b) <= 2 + a / 1_000_000_000;
    a.rank == b.rank
        && near(a.neurons, b.neurons)
        && a.depth == b.depth
        && a.budget.len() == b.budget.len()
        && a.budget.iter().zip(&b.budget).all(|(a, b)| (a.value * c - b.value).abs() <= 1e-6 * b.value.abs())
}

/// `c r` with the ridge functions of `r` times `c`, or times its root where both sides share them.
fn scaled(c: f64, r: &Arc<dyn Relation>) -> FnRelation {
    let features = |side: &RidgeFeatures, c: f64| {
        let constants = side.constants().iter().map(|v| v * c).collect();
        let mut all = RidgeFeatures::new(constants);
        for ridge in side.ridges() {
            let times = |f: RidgeProfile| -> RidgeProfile { Arc::new(move |t| f(t) * c) };
            let profiles = ridge.profiles().iter().map(|(k, f)| (*k, times(f.clone()))).collect();
            all = all.with(ridge.direction().to_vec(), ridge.range(), profiles).unwrap();
        }
        side.norm().map_or(all.clone(), |n| all.within(n * c).unwrap())
    };
    let s = scale(c, r.clone()).unwrap();
    let r = r.clone();
    s.with_ridges(move |tail| {
        let own = r.ridges(tail / c)?;
        let tail = own.tail() * c;
        if own.is_shared() {
            return Ridges::shared(features(own.sides()[0], c.sqrt()), tail).ok();
        }
        let [x, y] = own.sides();
        Ridges::separate(features(x, c), y.clone(), tail).ok()
    })
    .unwrap()
}

#[test]
fn a_relation_and_its_error_times_any_factor_take_the_same_network() {
    type Of = fn(&dyn Relation, f64, &BoundParams) -> Result<Bound, BoundError>;
    let routes: [(&str, Of); 9] = [
        ("symmetric splines", SymmetricBound::splines),
        ("symmetric covering", SymmetricBound::covering),
        ("symmetric ridges", SymmetricBound::ridges),
        ("symmetric barron", SymmetricBound::barron),
        ("splines", AsymmetricBound::splines),
        ("covering", AsymmetricBound::covering),
        ("ridges", AsymmetricBound::ridges),
        ("waves", AsymmetricBound::fourier_maurey),
        ("barron", AsymmetricBound::schmidt_barron),
    ];
    let mut compared = 0;
    for name in ["gaussian", "brownian", "exp-bilinear", "kl-divergence", "tanh", "smooth-order", "zonal-exp"]
    {
        let r: Arc<dyn Relation> = relation(name).unwrap();
        for c in FACTORS {
            let scaled = scaled(c, &r);
            for (what, of) in routes {
                for norm in [ErrorNorm::Sup, ErrorNorm::L2] {
                    // In L2 decompositions on nodes take seconds: the extreme factors are enough.
                    if norm == ErrorNorm::L2 && (c.log10().abs() < 200.0 || name == "smooth-order") {
                        continue;
                    }
                    let params = BoundParams { norm, ..BoundParams::default() };
                    match (of(&r, 0.1, &params), of(&scaled, 0.1 * c, &params)) {
                        (Ok(a), Ok(b)) => {
                            assert!(same_bound(&a, &b, c), "{name} {what} {norm} times {c:e}: {a:?}\n{b:?}");
                            compared += 1;
                        }
                        (Err(a), Err(b)) => {
                            let kind = std::mem::discriminant::<BoundError>;
                            assert_eq!(kind(&a), kind(&b), "{name} {what} {norm} times {c:e}: {a}\n{b}");
                        }
                        (a, b) => panic!("{name} {what} {norm} times {c:e}: {a:?}\n{b:?}"),
                    }
                }
            }
        }
    }
    assert!(compared > 150, "{compared}");
}

#[test]
fn norms_tails_meshes_and_certificates_are_homogeneous() {
    for name in ["gaussian", "brownian", "abs-difference", "tanh", "bridge"] {
        let r: Arc<dyn Relation> = relation(name).unwrap();
        for c in FACTORS {
            let s = scale(c, r.clone()).unwrap();
            let (f, g) = (fourier_norms(&r).unwrap(), fourier_norms(&s).unwrap());
            let pairs = [(&f.mass, &g.mass), (&f.first[0], &g.first[0]), (&f.second[1], &g.second[1])];
            for (a, b) in pairs {
                let (a, b) = (a.finite().unwrap_or(f64::INFINITY), b.finite().unwrap_or(f64::INFINITY));
                assert!(same(a * c, b), "{name} {c:e}: {a} {b}");
            }
            let (a, b) = (Interpolation::of(&r, 0.1).unwrap(), Interpolation::of(&s, 0.1 * c).unwrap());
            assert_eq!((a.neurons(), a.rank()), (b.neurons(), b.rank()), "{name} {c:e}");
            if r.definiteness() == relata_relations::Definiteness::PositiveSemidefinite {
                let t = |r: &dyn Relation| sup_tails(r, 20, &BoundParams::default()).unwrap();
                for (a, b) in t(&r).values().iter().zip(t(&s).values()) {
                    assert!((a * c - b).abs() <= 1e-11 * c, "{name} {c:e}: {a} {b}");
                }
                let of = |r: &dyn Relation, eps: f64| cholesky_certificate(r, eps, 60, n(400)).unwrap();
                // Ties among pivots fall to rounding, unless the factor is a power of four.
                let rank = |c: &CholeskyCertificate| c.pivots.as_ref().map_or(0, Points::len);
                let (a, b) = (of(&r, 1e-2), of(&s, 1e-2 * c));
                assert!(
                    rank(&a).abs_diff(rank(&b)) <= 1 && b.on_nodes <= 1e-2 * c && b.found <= b.upper.unwrap()
                );
                let two = 2f64.powi(2 * (0.5 * c.log2()).round() as i32);
                let b = of(&scale(two, r.clone()).unwrap(), 1e-2 * two);
                assert_eq!(a.pivots, b.pivots);
                assert!(same(a.on_nodes * two, b.on_nodes) && same(a.upper.unwrap() * two, b.upper.unwrap()));
                let nodes = BoundParams::default().nodes;
                let (a, b) = (MercerFeatures::of(&r, nodes).unwrap(), MercerFeatures::of(&s, nodes).unwrap());
                assert!(same(a.values()[0] * c, b.values()[0]), "{name} {c:e}");
            }
            let of = |r: &dyn Relation, eps: f64| cross_certificate(r, eps, 60, n(300), Seed(1)).unwrap();
            // Partial pivoting of |x - y| meets ties at every step, which rounding decides; then the
            // crosses differ, and what is claimed of them holds.
            let b = of(&s, 1e-1 * c);
            assert!(b.found <= b.upper.unwrap() && b.found <= 1.01 * c, "{name} {c:e}: {b:?}");
            let two = 2f64.powi(2 * (0.5 * c.log2()).round() as i32);
            let (a, b) = (of(&r, 1e-1), of(&scale(two, r.clone()).unwrap(), 1e-1 * two));
            assert_eq!((&a.rows, &a.columns), (&b.rows, &b.columns), "{name} {c:e}");
            assert!(same(a.on_nodes * two, b.on_nodes), "{name} {c:e}: {a:?} {b:?}");
            assert!((a.upper.unwrap() * two / b.upper.unwrap() - 1.0).abs() < 1e-9, "{name} {c:e}");
        }
    }
    let kl: Arc<dyn Relation> = relation("kl-divergence").unwrap();
    let plain = RidgeSplines::of(&kl, 0.1).unwrap();
    for c in FACTORS {
        let s = RidgeSplines::of(&scaled(c, &kl), 0.1 * c).unwrap();
        assert_eq!((plain.pieces(0), plain.pieces(1)), (s.pieces(0), s.pieces(1)), "{c:e}");
        assert!(same(plain.error(plain.equal()) * c, s.error(s.equal())), "{c:e}");
    }
}

#[test]
fn ranks_of_spectra_are_homogeneous() {
    let s = [3.0, 1.0, 0.25, 0.0];
    let a = effective_rank(&s).unwrap();
    for c in FACTORS {
        let b = effective_rank(&s.map(|v| v * c)).unwrap();
        for (a, b) in [(a.intrinsic, b.intrinsic), (a.stable, b.stable), (a.entropy, b.entropy)] {
            assert!(same(a, b), "{c:e}: {a} {b}");
        }
        assert!(same(a.participation, b.participation));
        let (a, b) = (degrees_of_freedom(&s, 0.5), degrees_of_freedom(&s.map(|v| v * c), 0.5 * c));
        assert!(same(a.unwrap(), b.unwrap()));
    }
}

#[test]
fn the_relation_0_is_approximated_by_0_exactly() {
    for zero in [scale(0.0, brownian()).unwrap(), scale(0.0, relation("tanh").unwrap()).unwrap()] {
        let c = cross_certificate(&zero, 1e-3, 10, n(50), Seed(0)).unwrap();
        assert_eq!((c.rows, c.columns, c.on_nodes, c.found), (None, None, 0.0, 0.0));
        assert!(c.upper.is_none_or(|u| u <= 0.0), "{:?}", c.upper);
    }
    let kernel = unit_relation(|_, _| 0.0).with_lipschitz(0.0).unwrap().positive_semidefinite().unwrap();
    let c = cholesky_certificate(&kernel, 1e-3, 10, n(50)).unwrap();
    assert_eq!((c.pivots, c.on_nodes, c.upper, c.found), (None, 0.0, Some(0.0), 0.0));
}

/// Symmetric relations that pass the spot checks of the declaration and are not semidefinite.
fn falsely_declared() -> Vec<(&'static str, FnRelation)> {
    let declared = |f: fn(f64, f64) -> f64| {
        unit_relation(f)
            .with_regularity(Regularity::Smooth)
            .with_lipschitz(6.0)
            .unwrap()
            .positive_semidefinite()
    };
    type Kernel = fn(f64, f64) -> f64;
    let all: [(&str, Kernel); 3] = [
        ("a parabola of the difference", |x, y| 1.0 - (x - y).powi(2)),
        ("a quartic of the difference", |x, y| 1.0 - (x - y).powi(4)),
        ("a steep cap", |x, y| 1.0 - (x - y).abs().powf(2.5)),
    ];
    all.into_iter().filter_map(|(name, f)| declared(f).ok().map(|r| (name, r))).collect()
}

#[test]
fn what_is_falsely_declared_semidefinite_is_found_out() {
    for (name, r) in falsely_declared() {
        for eps in [1e-1, 1e-2, 1e-3, 1e-6] {
            let found = cholesky_certificate(&r, eps, 50, n(2000));
            let Err(BoundError::NotSemidefinite { x, y, value, most, .. }) = found else {
                panic!("{name} at {eps:e}: {found:?}")
            };
            assert!(x.len() == 1 && y.len() == 1 && (value < 0.0 || value > most), "{name}: {value}");
        }
        let refused = SymmetricBound::of(&r, 0.01, &BoundParams::default());
        assert!(matches!(refused, Err(BoundError::NegativeEigenvalue { .. })), "{name}: {refused:?}");
        let refused = sup_tails(&r, 10, &BoundParams::default());
        assert!(matches!(refused, Err(BoundError::NegativeEigenvalue { .. })), "{name}: {refused:?}");
    }
}

#[test]
fn a_false_lipschitz_constant_is_found_out_or_listed() {
    // Steep in a strip that twelve probes of a declaration miss.
    let steep = unit_relation(|x, y| (x * y).sin() + 0.2 * (40.0 * (x - 0.611)).tanh());
    if let Ok(r) = steep.with_lipschitz(2.0) {
        let found = cross_certificate(&r, 1e-3, 20, n(100), Seed(0));
        assert!(matches!(found, Err(BoundError::Steeper { .. })), "{found:?}");
    }
    let c = cross_certificate(&relation("smooth-order").unwrap(), 1e-2, 40, n(400), Seed(3)).unwrap();
    assert!(c.unchecked.is_empty() && c.found <= c.upper.unwrap(), "theorems need no hypothesis: {c:?}");
    let own = unit_relation(|x, y| (-(x - y).powi(2)).exp()).with_regularity(Regularity::Smooth);
    let own = own.with_lipschitz(1.3).unwrap().positive_semidefinite().unwrap();
    let c = cholesky_certificate(&own, 1e-3, 50, n(1000)).unwrap();
    assert_eq!(c.unchecked, [Hypothesis::PositiveSemidefinite, Hypothesis::Lipschitz { constant: 1.3 }]);
    let b = SymmetricBound::covering(&own, 0.1, &BoundParams::default()).unwrap();
    assert!(b.unchecked.contains(&Hypothesis::PositiveSemidefinite), "{b:?}");
}

#[test]
fn closed_forms_come_from_the_object_and_not_from_its_name() {
    // Names of the catalogue on other kernels: nothing is believed.
    let stranger = |name: &str| {
        unit_relation(|x, y| 0.5 * x.min(y) + 0.1)
            .named(name)
            .with_regularity(Regularity::Kink)
            .positive_semidefinite()
            .unwrap()
    };
    for name in ["brownian", "bridge", "gaussian", "von-mises", "periodic-sobolev", "sinc", "zonal-exp"] {
        let tails = sup_tails(&stranger(name), 10, &BoundParams::default()).unwrap();
        assert_eq!(tails.source(), TailSource::Quadrature, "{name}");
        // The sup error of rank 0 is the largest value, 0.6.
        assert!((tails.at(0).unwrap() - 0.6).abs() < 1e-2, "{name}: {:?}", tails.at(0));
        let f = fourier_norms(&stranger(name)).unwrap();
        assert!(matches!(f.first[0], Moment::Infinite { .. }), "{name}: {f:?}");
    }
    // And the catalogue's own under another name keeps its own.
    let k = brownian().named("something else");
    assert_eq!(sup_tails(&k, 5, &BoundParams::default()).unwrap().source(), TailSource::ClosedForm);
    // A closure with the values of the Brownian kernel and its name is computed like any other.
    let copy = unit_relation(f64::min).named("brownian").with_regularity(Regularity::Kink);
    let tails = sup_tails(&copy.positive_semidefinite().unwrap(), 5, &BoundParams::default()).unwrap();
    assert_eq!(tails.source(), TailSource::Quadrature);
    // A space that calls itself a torus and is an interval is extended by a window.
    let wave = unit_relation(|x, y| (3.0 * (x - y)).cos()).with_regularity(Regularity::Smooth);
    let f = fourier_norms(&wave).unwrap();
    assert!(f.mass.finite().unwrap() >= 1.0 - 1e-9);
}

#[test]
fn the_bridge_has_its_bound_in_time() {
    let start = std::time::Instant::now();
    let bridge = relation("bridge").unwrap();
    let b = SymmetricBound::splines(&bridge, 0.3, &BoundParams::default()).unwrap();
    assert!(b.neurons > 0 && b.budgeted() <= 0.3 * (1.0 + 1e-12));
    assert!(start.elapsed().as_secs() < 60, "it took minutes once");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// A certificate holds at points that neither its construction nor its check has seen.
    #[test]
    fn cross_certificates_hold(a in 0.2f64..3.0, b in -2.0f64..2.0, eps in 0.001f64..0.2, seed in 0u64..1000) {
        let r = unit_relation(move |x, y| (a * x + b * y * y).sin());
        let r = r.with_lipschitz(a.hypot(2.0 * b)).unwrap();
        let c = cross_certificate(&r, eps, 12, n(60), Seed(seed)).unwrap();
        let at = Interval::unit().sample(n(64), &mut Seed(seed).stream("test/cost-edges"));
        let (rows, columns) = (c.rows.unwrap(), c.columns.unwrap());
        use relata_relations::faer::linalg::solvers::Solve;
        let core = evaluate(&r, &rows, &columns).unwrap();
        let right = core.full_piv_lu().solve(evaluate(&r, &rows, &at).unwrap());
        let skeleton = evaluate(&r, &at, &columns).unwrap() * right;
        let error = (evaluate(&r, &at, &at).unwrap() - skeleton).norm_max();
        prop_assert!(error <= c.upper.unwrap() + 1e-12, "{} {:?}", error, c.upper);
    }

    /// In every unit of length the answer is the same: counts do not depend on it, slopes do.
    #[test]
    fn intervals_in_other_units_take_the_same_covering(unit in 1e-3f64..1e3) {
        let of = |unit: f64| {
            let space = Interval::new(0.0, unit).unwrap();
            let r = relation_fn(space.clone(), space, move |x, y| ((x[0] - y[0]) / unit).sin())
                .with_lipschitz(2f64.sqrt() / unit)
                .unwrap();
            AsymmetricBound::covering(&r, 0.01, &BoundParams::default()).unwrap()
        };
        prop_assert!(of(unit).neurons.abs_diff(of(1.0).neurons) <= 2);
    }
}

#[test]
fn units_that_cannot_be_used_are_refused_before_anything_is_computed() {
    let params = BoundParams { units: Units::Tanh, ..BoundParams::default() };
    let refused = SymmetricBound::covering(&brownian(), 0.1, &params);
    assert!(matches!(refused, Err(BoundError::Units { .. })), "{refused:?}");
}
