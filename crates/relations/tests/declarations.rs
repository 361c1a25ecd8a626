//! What is declared is held against the values: truths pass, falsehoods of every kind do not.

#![allow(clippy::unwrap_used, clippy::panic, clippy::float_cmp)]

use proptest::prelude::*;
use relata_relations::catalogue::catalogue;
use relata_relations::{
    Bracket, Cube, Definiteness, Enclosure, Evidence, Fact, FnRelation, Gaussian, Interval, Regularity,
    Relation, RelationError, Spectrum, Sphere, Symmetry, Torus, relation_blocks, relation_fn, scale, sum,
    tensor_product, transpose, unproved,
};
use std::sync::Arc;

fn unit() -> Interval {
    Interval::unit()
}

fn line(f: impl Fn(f64, f64) -> f64 + Send + Sync + 'static) -> FnRelation {
    relation_fn(unit(), unit(), move |x, y| f(x[0], y[0]))
}

fn refused(result: Result<FnRelation, RelationError>, word: &str) {
    let error = result.map(|r| r.name()).unwrap_err().to_string();
    assert!(error.contains(word), "{error}");
}

/// A relation of the catalogue as a user would write it: nothing but its values.
fn stripped(r: &Arc<dyn Relation>) -> FnRelation {
    let values = Arc::clone(r);
    let space = |first: bool| SpaceOf(Arc::clone(r), first);
    // One space of one's own for both sides, where it is one.
    let (sx, sy) = if relata_relations::same_space(r.spaces().0, r.spaces().1) {
        let one = Arc::new(space(true));
        (Arc::clone(&one), one)
    } else {
        (Arc::new(space(true)), Arc::new(space(false)))
    };
    relation_blocks(sx, sy, move |p, q, out| values.eval_into(p, q, out))
}

#[derive(Debug)]
struct SpaceOf(Arc<dyn Relation>, bool);

impl SpaceOf {
    fn get(&self) -> &dyn relata_relations::Space {
        let (x, y) = self.0.spaces();
        if self.1 { x } else { y }
    }
}

impl relata_relations::Space for SpaceOf {
    fn name(&self) -> String {
        self.get().name()
    }
    fn dim(&self) -> usize {
        self.get().dim()
    }
    fn axes(&self) -> usize {
        self.get().axes()
    }
    fn mass(&self) -> f64 {
        self.get().mass()
    }
    fn quadrature(
        &self,
        n: std::num::NonZeroUsize,
    ) -> Result<relata_relations::Quadrature, relata_relations::SpaceError> {
        self.get().quadrature(n)
    }
    fn sample(
        &self,
        n: std::num::NonZeroUsize,
        stream: &mut relata_relations::Stream,
    ) -> relata_relations::Points {
        self.get().sample(n, stream)
    }
    fn covering(
        &self,
        n: std::num::NonZeroUsize,
    ) -> Result<relata_relations::Covering, relata_relations::SpaceError> {
        self.get().covering(n)
    }
    fn parameters(&self) -> Option<Vec<(f64, f64)>> {
        self.get().parameters()
    }
    fn place(&self, parameters: &[Enclosure]) -> Vec<Enclosure> {
        self.get().place(parameters)
    }
    fn contains(&self, x: &[f64]) -> bool {
        self.get().contains(x)
    }
}

#[test]
fn whatever_the_catalogue_knows_could_be_declared() {
    for e in catalogue() {
        let known = e.build().unwrap();
        let mut own = stripped(&known);
        let of =
            |what: &str, r: Result<FnRelation, RelationError>| r.unwrap_or_else(|e| panic!("{what}: {e}"));
        own = match (known.symmetry(), known.definiteness()) {
            (Symmetry::Antisymmetric, _) => of(e.name, own.antisymmetric()),
            (_, Definiteness::PositiveSemidefinite) => of(e.name, own.positive_semidefinite()),
            (_, Definiteness::ConditionallyNegative) => of(e.name, own.conditionally_negative()),
            (Symmetry::Symmetric, _) => of(e.name, own.symmetric()),
            _ => own,
        };
        if let Some(l) = known.lipschitz() {
            own = of(e.name, own.with_lipschitz(l));
        }
        let (dx, dy) = (known.spaces().0.dim(), known.spaces().1.dim());
        let at = |n| vec![Enclosure::constant(0.3); n];
        if known.enclose(&at(dx), &at(dy)).is_some() {
            let same = Arc::clone(&known);
            let anything = Enclosure::from_parts(Bracket::LINE, &[(Bracket::LINE, Bracket::LINE); 4]);
            own = of(e.name, own.with_enclosure(move |x, y| same.enclose(x, y).unwrap_or(anything)));
        }
        if let Some(s) = known.spectrum() {
            let own = own.clone().with_spectrum(s);
            own.checked_spectrum().unwrap_or_else(|error| panic!("{}: {error}", e.name));
            // A hundredth more is refuted where a rule says anything.
            let more = known.spectrum().unwrap().scaled(1.01).unwrap();
            let off = own.with_spectrum(more).checked_spectrum();
            assert!(
                off.is_err()
                    || known.spaces().0.axes() > 2
                    || known.regularity() == Regularity::Unknown
                    || matches!(known.regularity(), Regularity::Jump { .. })
                    || !known.spaces().0.is_compact(),
                "{}",
                e.name
            );
        }
        // And something of it is on trust, but for bare values.
        let all = [Fact::Symmetry, Fact::Definiteness, Fact::Lipschitz, Fact::Enclosure];
        assert!(unproved(&known, &all).is_empty(), "{}", e.name);
        assert_eq!(own.evidence(Fact::Lipschitz) == Evidence::Theorem, known.lipschitz().is_none());
    }
}

#[test]
fn symmetry_is_refuted_far_from_any_sample_where_there_is_an_enclosure() {
    let square = || Cube::new(2, -1.0, 1.0).unwrap();
    // A bump of height 1/2 and the given width that sits on one side of the diagonal alone.
    for (width, at) in [(0.008f64, 0.31), (0.0013, -0.7213), (0.03, 0.111)] {
        let narrow = width * width;
        let value = move |x: &[f64], y: &[f64]| {
            let far = (x[0] + 0.4).powi(2) + (x[1] - 0.2).powi(2);
            let near = (y[0] - at).powi(2) + (y[1] + 0.47).powi(2);
            0.5 * (x[0] * y[0] + x[1] * y[1]).sin() + 0.5 * (-far / 0.25).exp() * (-near / narrow).exp()
        };
        let enclosed = move |x: &[Enclosure], y: &[Enclosure]| {
            let far = (x[0] + 0.4).square() + (x[1] - 0.2).square();
            let near = (y[0] - at).square() + (y[1] + 0.47).square();
            (x[0] * y[0] + x[1] * y[1]).sin() * 0.5
                + (far * -4.0).exp() * (near * (-1.0 / narrow)).exp() * 0.5
        };
        let r = relation_fn(square(), square(), value).with_enclosure(enclosed).unwrap();
        refused(r.symmetric(), "r(y, x)");
        // In the other order as well: the enclosure comes later.
        if let Ok(r) = relation_fn(square(), square(), value).symmetric() {
            refused(r.with_enclosure(enclosed), "r(y, x)");
        }
    }
    let wave = |x: &[Enclosure], y: &[Enclosure]| (x[0] * y[0] * 3.0).sin();
    let r = line(|x, y| (3.0 * x * y).sin()).with_enclosure(wave).unwrap();
    let Evidence::Enclosed { within } = r.symmetric().unwrap().evidence(Fact::Symmetry) else { panic!() };
    assert!(within < 1e-3, "{within}");
    let odd = |x: &[Enclosure], y: &[Enclosure]| (x[0] - y[0]).sin();
    let r = line(|x, y| (x - y).sin()).with_enclosure(odd).unwrap();
    assert!(matches!(r.clone().antisymmetric().unwrap().evidence(Fact::Symmetry), Evidence::Enclosed { .. }));
    refused(r.symmetric(), "r(y, x)");
}

#[test]
fn indefinite_kernels_are_refused() {
    refused(line(|x, y| 1.0 - (x - y).powi(2)).positive_semidefinite(), "eigenvalue");
    // Positive on all pairs: a boxcar, a cosine bump, a truncated triangle, exp(-|t|^3).
    refused(line(|x, y| f64::from(u8::from((x - y).abs() < 0.3))).positive_semidefinite(), "eigenvalue");
    refused(line(|x, y| (1.0 - 9.0 * (x - y).powi(2)).max(0.0)).positive_semidefinite(), "eigenvalue");
    refused(line(|x, y| (-(8.0 * (x - y).abs()).powi(4)).exp()).positive_semidefinite(), "eigenvalue");
    refused(line(|x, y| (x + y).tanh()).positive_semidefinite(), "eigenvalue");
    refused(line(|x, y| x * y - 1e-6).positive_semidefinite(), "");
    // Small parts of a large kernel, and tiny and huge kernels.
    for c in [1e-300, 1.0, 1e300] {
        let r = move |f: fn(f64) -> f64| line(move |x, y| c * f(x - y)).positive_semidefinite();
        refused(r(|t| 1.0 - t * t), "eigenvalue");
        assert!(r(|t| (-t * t).exp()).is_ok() && r(|t| (3.0 * t).cos()).is_ok());
    }
    // Conditionally negative: |x - y|^a up to a = 2 and no further; a constant changes nothing.
    for (a, holds) in [(0.5, true), (1.0, true), (2.0, true), (2.5, false), (4.0, false)] {
        for c in [-7.0, 0.0, 1e6] {
            let r = line(move |x, y| c + (x - y).abs().powf(a)).conditionally_negative();
            assert_eq!(r.is_ok(), holds, "{a} {c}");
        }
    }
    refused(line(|x, y| -(x - y).abs()).conditionally_negative(), "sum 0");
    // On a sphere and on the whole line.
    let sphere = || Sphere::new(3).unwrap();
    let dot = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(a, b)| a * b).sum::<f64>();
    let zonal = |f: fn(f64) -> f64| relation_fn(sphere(), sphere(), move |x, y| f(dot(x, y)));
    assert!(zonal(|t| (2.0 * t).exp()).positive_semidefinite().is_ok());
    refused(zonal(|t| 1.0 + 0.5 * t * t - 0.1 * t.powi(3)).positive_semidefinite(), "eigenvalue");
    let normal = || Gaussian::new(1).unwrap();
    let r = relation_fn(normal(), normal(), |x, y| 1.0 / (1.0 + (x[0] - y[0]).powi(2)));
    assert!(r.positive_semidefinite().is_ok());
    let r = relation_fn(normal(), normal(), |x, y| 1.0 / (1.0 + (x[0] - y[0]).powi(4)));
    refused(r.positive_semidefinite(), "eigenvalue");
}

#[test]
fn lipschitz_constants_are_refuted_where_it_is_steep() {
    refused(line(|x, y| (x - y).abs().sqrt()).with_lipschitz(20.0), "distance");
    refused(line(|x, y| f64::from(u8::from(x > 0.437 * y + 0.2))).with_lipschitz(50.0), "distance");
    // Steep in a strip of a hundredth: found by the climb.
    refused(line(|x, y| (100.0 * (x - 0.6180 + 0.1 * y)).tanh()).with_lipschitz(60.0), "distance");
    // One of a thousandth: by the enclosure.
    let steep = |x: f64, y: f64| 0.01 * (5000.0 * (x - 0.618 * y - 0.1)).tanh() + x;
    let enclosed =
        |x: &[Enclosure], y: &[Enclosure]| ((x[0] - y[0] * 0.618 - 0.1) * 5000.0).tanh() * 0.01 + x[0];
    let r = line(steep).with_enclosure(enclosed).unwrap();
    refused(r.clone().with_lipschitz(30.0), "distance");
    assert!(r.with_lipschitz(61.0).is_ok());
    for c in [1e-300, 1.0, 1e290] {
        let r = line(move |x, y| c * (3.0 * (x - y)).sin());
        assert!(r.clone().with_lipschitz(c * 3.0 * 2f64.sqrt()).is_ok());
        refused(r.with_lipschitz(c * 4.2), "distance");
    }
    let circle = Torus::circle;
    let r = relation_fn(circle(), circle(), |x, y| (x[0] - y[0]).rem_euclid(1.0));
    refused(r.with_lipschitz(100.0), "distance");
}

#[test]
fn enclosures_are_refuted_in_every_part() {
    let r = || line(|x, y| (3.0 * x * y).sin());
    let right = |x: &[Enclosure], y: &[Enclosure]| (x[0] * y[0] * 3.0).sin();
    assert!(r().with_enclosure(right).is_ok());
    // Only second order: no curvature at all, half of it, that of one axis.
    let part = |e: Enclosure, k: fn(Bracket) -> Bracket, both: bool| {
        let axes =
            [0, 1].map(|a| (e.change(a), if a == 0 || both { k(e.curvature(a)) } else { e.curvature(a) }));
        Enclosure::from_parts(e.value(), &axes)
    };
    for both in [true, false] {
        refused(r().with_enclosure(move |x, y| part(right(x, y), |_| Bracket::ZERO, both)), "curvature");
        refused(r().with_enclosure(move |x, y| part(right(x, y), |k| k * 0.5, both)), "curvature");
        refused(r().with_enclosure(move |x, y| part(right(x, y), |k| -k, both)), "curvature");
    }
    // A composition with a wrong second derivative.
    let wrong = |x: &[Enclosure], y: &[Enclosure]| {
        let t = x[0] * y[0] * 3.0;
        t.compose(t.value().sin(), t.value().cos(), t.value().sin())
    };
    refused(r().with_enclosure(wrong), "curvature");
    // Only first order, and only values, each by a tenth.
    let change = move |x: &[Enclosure], y: &[Enclosure]| {
        let e = right(x, y);
        let axes = [0, 1].map(|a| (e.change(a) * 0.9, e.curvature(a)));
        Enclosure::from_parts(e.value(), &axes)
    };
    refused(r().with_enclosure(change), "change");
    refused(r().with_enclosure(|x, y| (x[0] * y[0] * 3.0).sin() * 1.001), "value");
    // Right on points and wrong on boxes.
    let middle = move |x: &[Enclosure], y: &[Enclosure]| {
        let at = |e: &Enclosure| Enclosure::constant(e.value().middle().unwrap());
        right(&[at(&x[0])], &[at(&y[0])])
    };
    refused(r().with_enclosure(middle), "");
    // Wrong in a corner of a hundredth.
    let corner = move |x: &[Enclosure], y: &[Enclosure]| {
        let e = right(x, y);
        if x[0].value().low() > 0.9 && y[0].value().low() > 0.9 { e * 0.5 } else { e }
    };
    refused(r().with_enclosure(corner), "");
}

#[test]
fn a_relation_that_is_not_a_number_at_one_point_is_found_out_at_round_numbers() {
    let anything = || Enclosure::from_parts(Bracket::LINE, &[(Bracket::LINE, Bracket::LINE); 4]);
    for at in [0.0, 1.0, 0.5, 0.3, 1.0 / 3.0, 0.37, 0.875] {
        let r = line(move |x, y| if x == at { (x - at) / (x - at) } else { x * y });
        let error = r.with_enclosure(|x, y| x[0] * y[0]).map(|r| r.name()).unwrap_err();
        assert!(matches!(error, RelationError::NonFinite { .. }), "{error}");
    }
    // On the diagonal, and in y.
    let sinc = |x: f64, y: f64| (x - y).sin() / (x - y);
    let error = line(sinc).with_enclosure(|x, y| (x[0] - y[0]).sinc()).map(|r| r.name()).unwrap_err();
    assert!(matches!(error, RelationError::NonFinite { .. }), "{error}");
    let r = line(|x, y| x.ln() * y).with_enclosure(move |_, _| anything());
    assert!(r.is_err());
}

#[test]
fn spectra_are_refuted_by_norm_and_values() {
    let r = || line(|x, y| (20.0 * x * y).sin());
    let declare = |values: Vec<f64>, rest: f64| {
        r().with_spectrum(Spectrum::singular_values(values, rest).unwrap()).checked_spectrum()
    };
    assert!(declare(vec![1.0], 0.0).is_err() && declare(vec![], 0.0).is_err());
    // The right norm and wrong values.
    let rule =
        relata_relations::Space::quadrature(&unit(), std::num::NonZeroUsize::new(150).unwrap()).unwrap();
    let v = relata_relations::evaluate(&r(), rule.nodes(), rule.nodes()).unwrap();
    let w = rule.sqrt_weights();
    let m = relata_relations::faer::Mat::from_fn(150, 150, |i, j| w[i] * v[(i, j)] * w[j]);
    let mut own = m.singular_values().unwrap();
    let norm = m.norm_l2();
    assert!(declare(vec![norm], 0.0).is_err());
    assert!(declare(own.clone(), 0.0).is_ok());
    own[0] *= 1.0 + 1e-4;
    assert!(declare(own.clone(), 0.0).is_err());
    // Signs of eigenvalues.
    let k = || line(|x, y| x.min(y) - 0.3);
    let s = |f: fn(f64) -> f64| {
        let v = relata_relations::evaluate(&k(), rule.nodes(), rule.nodes()).unwrap();
        let m = relata_relations::faer::Mat::from_fn(150, 150, |i, j| w[i] * v[(i, j)] * w[j]);
        let all = m.self_adjoint_eigenvalues(relata_relations::faer::Side::Lower).unwrap();
        Spectrum::eigenvalues(all.into_iter().map(f).collect(), 0.0, 0.0).unwrap()
    };
    assert!(k().with_spectrum(s(|v| v)).checked_spectrum().is_ok());
    assert!(k().with_spectrum(s(|v| -v)).checked_spectrum().is_err());
    assert!(k().with_spectrum(s(f64::abs)).checked_spectrum().is_err());
    // Through combinators.
    let wrong = r().with_spectrum(Spectrum::singular_values(vec![1.0], 0.0).unwrap());
    assert!(transpose(wrong.clone()).checked_spectrum().is_err());
    assert!(scale(2.0, wrong.clone()).unwrap().checked_spectrum().is_err());
    let product = tensor_product(vec![Arc::new(wrong) as Arc<dyn Relation>; 2]).unwrap();
    assert!(product.spectrum().is_none());
}

#[test]
fn continuity_is_withdrawn_where_there_is_a_jump() {
    let smooth = |f: fn(f64, f64) -> f64| line(f).with_regularity(Regularity::Smooth).regularity();
    assert_eq!(smooth(|x, y| f64::from(u8::from(x < y))), Regularity::Unknown);
    assert_eq!(smooth(|x, y| x * y + 1e-3 * f64::from(u8::from(x + 2.0 * y > 1.234))), Regularity::Unknown);
    assert_eq!(smooth(|x, y| (5.0 * (x - y)).rem_euclid(1.0)), Regularity::Unknown);
    assert_eq!(smooth(|x, y| 1e-300 * (x - y).signum()), Regularity::Unknown);
    let steep: [fn(f64, f64) -> f64; 4] =
        [|x, y| (x - y).abs(), |x, y| (1e4 * (x - y)).tanh(), |x, y| (x - y).abs().sqrt(), |_, _| 0.0];
    for f in steep {
        assert_eq!(smooth(f), Regularity::Smooth);
    }
    for e in catalogue() {
        let known = e.build().unwrap();
        let jumps = matches!(known.regularity(), Regularity::Jump { .. });
        let declared = stripped(&known).with_regularity(Regularity::Kink).regularity();
        assert_eq!(declared == Regularity::Unknown, jumps, "{}", e.name);
    }
}

#[test]
fn evidence_passes_through_combinators() {
    let own = line(|x, y| x.min(y)).positive_semidefinite().unwrap();
    let known = relata_relations::catalogue::brownian();
    assert!(unproved(&known, &[Fact::Definiteness, Fact::Spectrum]).is_empty());
    let both = sum(own.clone(), known).unwrap();
    assert!(matches!(both.evidence(Fact::Definiteness), Evidence::Compared { .. }));
    assert!(matches!(transpose(own.clone()).evidence(Fact::Definiteness), Evidence::Compared { .. }));
    let smooth = line(|x, y| x * y).with_regularity(Regularity::Smooth);
    assert_eq!(unproved(&smooth, &[Fact::Regularity])[0].to_string(), "regularity: declared and not checked");
    let shared: Arc<dyn Relation> = Arc::new(smooth);
    assert_eq!(sum(Arc::clone(&shared), own).unwrap().evidence(Fact::Regularity), Evidence::Believed);
    assert_eq!(shared.evidence(Fact::Symmetry), Evidence::Theorem);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// Random true kernels pass, at any scale.
    #[test]
    fn true_kernels_are_believed(
        c in prop::collection::vec((0.0f64..1.0, 0.0f64..20.0), 1..5), power in -290i32..290,
    ) {
        let size = 10f64.powi(power);
        let f = {
            let c = c.clone();
            move |x: f64, y: f64| size * c.iter().map(|(a, w)| a * (w * (x - y)).cos()).sum::<f64>()
        };
        let bound = size * c.iter().map(|(a, w)| a * w).sum::<f64>() * 2f64.sqrt();
        let r = line(f).positive_semidefinite();
        prop_assert!(r.is_ok(), "{:?}", r.map(|r| r.name()));
        prop_assert!(r.unwrap().with_lipschitz(bound).is_ok());
    }
}
