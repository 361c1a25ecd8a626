//! Spaces and relations are told apart by what they are, and facts belong to who knows them.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use relata_relations::catalogue::{self, catalogue, gaussian, gaussian_measure, matern, poisson, von_mises};
use relata_relations::{
    Covering, Cube, Enclosure, FiniteSet, FourierSign, Gaussian, Interval, Points, Product, Quadrature,
    Relation, Simplex, Space, SpaceError, Sphere, Stream, Symmetry, Torus, evaluate, is_unit_circle,
    relation_fn, restrict, same_relation, same_space, scale, transpose,
};
use std::num::NonZeroUsize;
use std::sync::Arc;

/// A space of one's own, as it might stand in another crate.
#[derive(Debug)]
#[repr(C)]
struct Own<S>(S, f64);

impl<S: Space> Space for Own<S> {
    fn name(&self) -> String {
        "[0, 1]".into()
    }
    fn dim(&self) -> usize {
        self.0.dim()
    }
    fn quadrature(&self, n: NonZeroUsize) -> Result<Quadrature, SpaceError> {
        self.0.quadrature(n)
    }
    fn sample(&self, n: NonZeroUsize, stream: &mut Stream) -> Points {
        self.0.sample(n, stream)
    }
    fn covering(&self, n: NonZeroUsize) -> Result<Covering, SpaceError> {
        self.0.covering(n)
    }
    fn contains(&self, x: &[f64]) -> bool {
        self.0.contains(x)
    }
}

fn line(data: &[f64]) -> Points {
    Points::line(data.to_vec()).unwrap()
}

#[test]
fn every_space_is_itself_and_no_other() {
    let set = |points: &[f64], weights: &[f64]| FiniteSet::new(line(points), weights.to_vec()).unwrap();
    let pair = |a: &Arc<dyn Space>, b: &Arc<dyn Space>| {
        Arc::new(Product::new(Arc::clone(a), Arc::clone(b))) as Arc<dyn Space>
    };
    let (unit, circle): (Arc<dyn Space>, Arc<dyn Space>) =
        (Arc::new(Interval::unit()), Arc::new(Torus::circle()));
    let make: [&dyn Fn() -> Arc<dyn Space>; 22] = [
        &|| Arc::new(Interval::unit()),
        &|| Arc::new(Interval::new(0.0, 1f64.next_up()).unwrap()),
        &|| Arc::new(Interval::lebesgue(0.0, 1.0).unwrap()),
        &|| Arc::new(Cube::new(2, 0.0, 1.0).unwrap()),
        &|| Arc::new(Torus::circle()),
        &|| Arc::new(Torus::new(2).unwrap()),
        &|| Arc::new(Sphere::new(2).unwrap()),
        &|| Arc::new(Sphere::new(3).unwrap()),
        &|| Arc::new(Simplex::new(3).unwrap()),
        &|| Arc::new(Simplex::truncated(3, 1e-300).unwrap()),
        &|| Arc::new(Gaussian::new(1).unwrap()),
        &|| Arc::new(Gaussian::with_sd(1, 1f64.next_down()).unwrap()),
        &|| Arc::new(set(&[0.0, 1.0], &[0.5, 0.5])),
        &|| Arc::new(set(&[1.0, 0.0], &[0.5, 0.5])),
        &|| Arc::new(set(&[0.0, 1.0], &[0.25, 0.75])),
        &|| Arc::new(set(&[0.0, 1f64.next_up()], &[0.5, 0.5])),
        &|| Arc::new(set(&[0.0, 1.0, 0.5, 0.5], &[0.25; 4])),
        &|| Arc::new(FiniteSet::uniform(Points::new(2, vec![0.0, 1.0, 0.5, 0.5]).unwrap())),
        &|| pair(&unit, &circle),
        &|| pair(&circle, &unit),
        &|| pair(&unit, &pair(&circle, &unit)),
        &|| pair(&unit, &unit),
    ];
    let (one, two): (Vec<_>, Vec<_>) = make.iter().map(|m| (m(), m())).unzip();
    for (i, a) in one.iter().enumerate() {
        for (j, b) in two.iter().enumerate() {
            assert_eq!(same_space(a, b), i == j, "{a:?} and {b:?}");
        }
    }
    assert!(same_space(&FiniteSet::indices(2).unwrap(), &set(&[0.0, 1.0], &[0.5, 0.5])));
    assert!(same_space(&pair(&pair(&unit, &circle), &unit), &pair(&unit, &pair(&circle, &unit))));
    assert!(same_space(&Product::of(vec![Arc::clone(&unit)]).unwrap(), &unit));
}

#[test]
fn spaces_of_ones_own_are_the_same_as_themselves_alone() {
    let own = Own(Interval::unit(), 0.5);
    let shared: Arc<dyn Space> = Arc::new(Own(Interval::unit(), 0.5));
    assert!(same_space(&own, &own) && same_space(&shared, &Arc::clone(&shared)));
    assert!(!same_space(&own, &shared) && !same_space(&own, &Interval::unit()));
    // A wrapper shares the address of its first field.
    let nested = Own(Own(Interval::unit(), 0.5), 0.25);
    assert!(std::ptr::addr_eq(&nested, &nested.0));
    assert!(!same_space(&nested, &nested.0) && nested.1 < nested.0.1);
    // Through relations and products.
    let r = relation_fn(Arc::clone(&shared), Arc::clone(&shared), |x, y| x[0] * y[0]);
    assert!(r.clone().symmetric().is_ok() && same_space(r.spaces().0, &shared));
    let r = relation_fn(Own(Interval::unit(), 0.5), Own(Interval::unit(), 0.5), |x, y| x[0] * y[0]);
    assert!(r.symmetric().unwrap_err().to_string().contains("two spaces"));
}

#[test]
fn compactness_and_periods_are_asked_of_the_space() {
    let (unit, line) = (Arc::new(Interval::unit()), Arc::new(Gaussian::new(1).unwrap()));
    let circle = Arc::new(Torus::circle());
    assert!(
        unit.is_compact() && Sphere::new(5).unwrap().is_compact() && Simplex::new(3).unwrap().is_compact()
    );
    assert!(FiniteSet::indices(3).unwrap().is_compact() && !line.is_compact());
    assert!(!Product::new(unit.clone(), line).is_compact() && Product::new(unit.clone(), unit).is_compact());
    // Nobody knows whether a space without a chart is.
    assert!(!Own(Interval::unit(), 0.5).is_compact());
    assert_eq!((Torus::new(3).unwrap().period(), Interval::unit().period()), (Some(1.0), None));
    assert_eq!(Product::new(circle.clone(), circle.clone()).period(), Some(1.0));
    assert_eq!(Product::new(circle, Arc::new(Interval::unit())).period(), None);
    assert!(is_unit_circle(&Sphere::new(2).unwrap()) && !is_unit_circle(&Sphere::new(3).unwrap()));
    assert!(!is_unit_circle(&Torus::circle()));
}

#[test]
fn every_relation_of_the_catalogue_is_itself_and_no_other() {
    let build = || catalogue().iter().map(|e| e.build().unwrap()).collect::<Vec<_>>();
    let (one, two) = (build(), build());
    for (i, a) in one.iter().enumerate() {
        for (j, b) in two.iter().enumerate() {
            assert_eq!(same_relation(a, b), i == j, "{a:?} and {b:?}");
        }
    }
    // The same formula on other spaces, or with other parameters.
    assert!(!same_relation(&gaussian(1, 0.5).unwrap(), &gaussian(2, 0.5).unwrap()));
    assert!(!same_relation(&gaussian_measure(1, 0.5, 1.0).unwrap(), &gaussian_measure(1, 0.5, 2.0).unwrap()));
    assert!(!same_relation(&gaussian(1, 0.5).unwrap(), &gaussian_measure(1, 0.5, 1.0).unwrap()));
    assert!(same_relation(&von_mises(2.0).unwrap(), &von_mises(2.0).unwrap().named("mine")));
}

#[test]
fn two_closures_of_one_name_are_two_relations() {
    let unit = Interval::unit;
    let own = |rate: f64| relation_fn(unit(), unit(), move |x, y| (-rate * (x[0] - y[0]).powi(2)).exp());
    let (f, g) = (own(1.0), own(4.0));
    assert_eq!(f.name(), g.name());
    assert!(!same_relation(&f, &g) && same_relation(&f, &f.clone()));
    let shared: Arc<dyn Relation> = Arc::new(f.clone());
    assert!(same_relation(&shared, &f) && same_relation(&Arc::new(Arc::clone(&shared)), &f));
    // What is declared of a clone is declared of the same values.
    assert!(same_relation(&f, &f.clone().positive_semidefinite().unwrap().named("k")));
    // Combinations are other relations.
    assert!(!same_relation(&scale(1.0, f.clone()).unwrap(), &f) && !same_relation(&transpose(f.clone()), &f));
    // Plain closures without any state at all.
    let (p, q) = (relation_fn(unit(), unit(), |x, _| x[0]), relation_fn(unit(), unit(), |_, y| y[0]));
    assert!(!same_relation(&p, &q));
}

#[test]
fn a_name_of_the_catalogue_gives_nothing() {
    for e in catalogue() {
        let known = e.build().unwrap();
        let (x, y) = (Arc::new(Interval::unit()), Arc::new(Interval::unit()));
        let named = relation_fn(x, y, |x, y| (x[0] + 2.0 * y[0]).cos()).named(e.name);
        assert_eq!(named.name(), known.name());
        assert!(named.fourier().is_none() && named.mercer_tails(10).is_none(), "{}", e.name);
        assert!(named.spectrum().is_none() && named.symmetry() == Symmetry::Asymmetric);
        assert!(!same_relation(&named, &known));
    }
    // And another name takes nothing away.
    assert!(catalogue::brownian().named("mine").mercer_tails(10).is_some());
    assert!(gaussian(1, 0.5).unwrap().named("mine").fourier().is_some());
}

/// Mass and moments of a density on the line, by the substitution `w = c tan a` and the midpoint
/// rule.
fn moments(density: impl Fn(f64) -> f64, c: f64) -> [f64; 3] {
    let n = 2_000_000;
    let h = std::f64::consts::PI / f64::from(n);
    let mut sums = [0.0; 3];
    for i in 0..n {
        let a = (f64::from(i) + 0.5) * h - std::f64::consts::FRAC_PI_2;
        let (w, jacobian) = (c * a.tan(), c / a.cos().powi(2));
        for (k, s) in sums.iter_mut().enumerate() {
            *s += h * density(w) * jacobian * w.abs().powi(k as i32);
        }
    }
    sums
}

#[test]
fn fourier_moments_are_those_of_the_densities() {
    use std::f64::consts::PI;
    let close = |r: &dyn Relation, want: [f64; 3], tolerance: f64| {
        let f = r.fourier().unwrap();
        let found = [f.mass, f.first[0].unwrap(), f.second[1].unwrap()];
        for (a, b) in found.iter().zip(want) {
            assert!((a - b).abs() <= tolerance * b, "{}: {found:?} {want:?}", r.name());
        }
        f.sign
    };
    for l in [0.3, 2.0] {
        let density = |w: f64| l / (2.0 * PI).sqrt() * (-0.5 * (l * w).powi(2)).exp();
        let sign = close(&gaussian(1, l).unwrap(), moments(density, 1.0 / l), 1e-9);
        assert_eq!(sign, FourierSign::Nonnegative);
        let shifted = catalogue::gaussian_shifted(0.5 / (l * l), 0.7).unwrap();
        assert_eq!(close(&shifted, moments(density, 1.0 / l), 1e-9), FourierSign::Complex);
    }
    let c = 1.7f64;
    for (order, m, constant) in [
        (catalogue::MaternOrder::ThreeHalves, 2, 4.0 * c * c * c),
        (catalogue::MaternOrder::FiveHalves, 3, 16.0 / 3.0 * c.powi(5)),
    ] {
        let density = |w: f64| constant / (w * w + c * c).powi(m) / (2.0 * PI);
        // The second moment of the first decays like 1 / w^2 alone.
        close(&matern(order, c, 1.0).unwrap(), moments(density, c), 1e-5);
    }
    assert_eq!(matern(catalogue::MaternOrder::Half, c, 1.0).unwrap().fourier().unwrap().first, [None, None]);
    // On the circle: sums over frequencies.
    let series = |coefficient: &dyn Fn(f64) -> f64| {
        let mut sums = [coefficient(0.0), 0.0, 0.0];
        for m in (1..20_000).rev() {
            let (m, w) = (f64::from(m), 2.0 * PI * f64::from(m));
            for (k, s) in sums.iter_mut().enumerate() {
                *s += 2.0 * coefficient(m) * w.powi(k as i32);
            }
        }
        sums
    };
    close(&poisson(0.6).unwrap(), series(&|m| 0.6f64.powf(m)), 1e-12);
    close(
        &catalogue::periodic_sobolev(3).unwrap(),
        series(&|m| if m > 0.0 { m.powi(-6) } else { 1.0 }),
        1e-12,
    );
    close(
        &von_mises(2.0).unwrap(),
        series(&|m| if m < 100.0 { relata_relations::special::bessel_i(m, 2.0) } else { 0.0 }),
        1e-12,
    );
    // The mass of a nonnegative transform is the value on the diagonal.
    for e in catalogue() {
        let r = e.build().unwrap();
        let Some(f) = r.fourier().filter(|f| f.sign == FourierSign::Nonnegative) else { continue };
        let at = r.spaces().0.sample(NonZeroUsize::MIN, &mut relata_relations::Seed(1).stream("x"));
        assert!((evaluate(&r, &at, &at).unwrap()[(0, 0)] - f.mass).abs() <= 1e-13 * f.mass, "{}", e.name);
    }
}

/// `tau_d` from the first eigenpairs of a fine rule.
#[test]
fn mercer_tails_are_those_of_the_eigenpairs() {
    for name in
        ["brownian", "bridge", "von-mises", "poisson", "periodic-sobolev", "zonal-exp", "arc-cosine-1"]
    {
        let k = catalogue::relation(name).unwrap();
        let n = NonZeroUsize::new(if name == "zonal-exp" { 20 } else { 400 }).unwrap();
        let rule = k.spaces().0.quadrature(n).unwrap();
        let root = rule.sqrt_weights();
        let gram = evaluate(&k, rule.nodes(), rule.nodes()).unwrap();
        let weighted = relata_relations::faer::Mat::from_fn(rule.len(), rule.len(), |i, j| {
            root[i] * gram[(i, j)] * root[j]
        });
        let eigen = weighted.self_adjoint_eigen(relata_relations::faer::Side::Lower).unwrap();
        let tails = k.mercer_tails(12).unwrap();
        assert_eq!(tails.len(), 13, "{name}");
        let last = rule.len() - 1;
        let mut left: Vec<f64> = (0..rule.len()).map(|i| gram[(i, i)]).collect();
        for (d, tail) in tails.iter().enumerate() {
            // On the nodes, which miss an end of the interval and the very summit.
            let found = left.iter().fold(0.0f64, |m, v| m.max(*v));
            // Inside an eigenspace of more than two dimensions it is an upper bound alone.
            let inside = name == "zonal-exp" || name == "periodic-sobolev" && (1..3).contains(&d);
            let room = if inside { f64::INFINITY } else { 0.02 * tail + 1e-3 };
            assert!(found <= tail * 1.001 + 1e-12 && *tail <= found + room, "{name} {d}: {found} {tail}");
            for (i, l) in left.iter_mut().enumerate() {
                let feature = eigen.U()[(i, last - d)] / root[i];
                *l -= eigen.S()[last - d] * feature * feature;
            }
        }
    }
}

#[test]
fn facts_pass_where_a_theorem_carries_them() {
    let k = || gaussian(1, 0.5).unwrap();
    let (f, g) = (k().fourier().unwrap(), scale(-3.0, k()).unwrap().fourier().unwrap());
    assert!((g.mass - 3.0 * f.mass).abs() < 1e-15 && g.sign == FourierSign::Complex);
    let shared: Arc<dyn Relation> = Arc::new(catalogue::brownian());
    let tails = shared.mercer_tails(3).unwrap();
    let scaled = scale(2.0, Arc::clone(&shared)).unwrap().mercer_tails(3).unwrap();
    assert!(tails.iter().zip(&scaled).all(|(a, b)| (2.0 * a - b).abs() < 1e-15));
    assert!(scale(-2.0, Arc::clone(&shared)).unwrap().mercer_tails(3).is_none());
    assert_eq!(transpose(Arc::clone(&shared)).mercer_tails(3).unwrap(), tails);
    // On fewer points the tails are others, and the shortest extension has a finite norm.
    let set = FiniteSet::uniform(line(&[0.25, 0.5]));
    let few = restrict(Arc::clone(&shared), set.clone(), set).unwrap();
    assert!(few.mercer_tails(3).is_none() && few.fourier().is_none());
    assert!(shared.enclose(&[Enclosure::constant(0.5)], &[Enclosure::constant(0.25)]).is_some());
}

proptest! {
    #[test]
    fn finite_sets_are_compared_point_by_point(
        points in prop::collection::vec(-1.0f64..1.0, 1..6), at in 0usize..6, ulps in 0u64..2,
    ) {
        let mut others = points.clone();
        let k = at % points.len();
        others[k] = f64::from_bits(points[k].to_bits() + ulps);
        let (a, b) = (FiniteSet::uniform(line(&points)), FiniteSet::uniform(line(&others)));
        prop_assert_eq!(same_space(&a, &b), ulps == 0);
    }
}
