//! Construction in two dimensions a side: the error asked for, certified, with no more neurons than
//! the theorem allows.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::float_cmp)]

use relata_kernels::cost::{AsymmetricBound, BoundParams, SymmetricBound};
use relata_networks::{
    ConstructError, ConstructRoute, Constructed, Method, RelationNet, construct, construct_waves,
};
use relata_relations::catalogue::{
    ArcCosineOrder, arc_cosine, brownian, catalogue, exp_bilinear_cube, gaussian, polynomial, relation, tanh,
    von_mises,
};
use relata_relations::{
    Cube, Definiteness, Enclosure, Factors, Interval, Points, Product, Regularity, Relation, Seed, Simplex,
    Torus, evaluate, relation_fn, tensor_product,
};
use std::num::NonZeroUsize;
use std::sync::Arc;

/// The largest error at random pairs of points.
fn largest_error(r: &dyn Relation, net: &dyn Factors, side: usize) -> f64 {
    let (sx, sy) = r.spaces();
    let n = NonZeroUsize::new(side).unwrap();
    let (x, y) = (sx.sample(n, &mut Seed(3).stream("sup/x")), sy.sample(n, &mut Seed(3).stream("sup/y")));
    (evaluate(r, &x, &y).unwrap() - net.phi(&x) * net.psi(&y).transpose()).norm_max()
}

fn holds(r: &dyn Relation, eps: f64) -> Constructed {
    let c = construct(r, eps).unwrap_or_else(|e| panic!("{} at {eps}: {e}", r.name()));
    let certificate = c.certificate();
    assert!(certificate.upper() <= eps, "{} at {eps}: {}", r.name(), certificate.upper());
    let found = largest_error(r, c.net(), 500);
    assert!(found <= certificate.upper(), "{} at {eps}: {found} above {}", r.name(), certificate.upper());
    // What was found at the middles of pieces is an error, and hardly less than at random pairs.
    assert!(
        certificate.lower() <= certificate.upper() && certificate.lower() >= 0.7 * found,
        "{} at {eps}: {certificate:?} {found}",
        r.name()
    );
    let (x, y) = certificate.witness();
    let at = |p: &[f64]| Points::new(p.len(), p.to_vec()).unwrap();
    let own = (evaluate(r, &at(x), &at(y)).unwrap() - c.net().evaluate(&at(x), &at(y))).norm_max();
    assert!(own >= certificate.lower() * (1.0 - 1e-9), "{} at {eps}", r.name());
    assert!(
        c.net().neurons() <= c.budget().neurons && c.net().rank() <= c.budget().rank,
        "{} at {eps}",
        r.name()
    );
    let bound = match r.definiteness() {
        Definiteness::PositiveSemidefinite => SymmetricBound::covering(r, eps, &BoundParams::default()),
        _ => AsymmetricBound::covering(r, eps, &BoundParams::default()),
    };
    let bound = bound.unwrap().neurons;
    assert!(c.net().neurons() as u128 <= bound, "{} at {eps}: {bound}", r.name());
    println!(
        "{} at {eps}: {} {} neurons of {}, rank {}, certified {:.2e}, found {:.2e}",
        r.name(),
        c.route(),
        c.net().neurons(),
        c.budget().neurons,
        c.net().rank(),
        certificate.upper(),
        certificate.lower().max(found)
    );
    c
}

fn squares() -> Vec<Arc<dyn Relation>> {
    let wave: Arc<dyn Relation> = Arc::new(von_mises(0.3).unwrap());
    let polynomial: Arc<dyn Relation> = Arc::new(polynomial(2).unwrap());
    let saddle: Arc<dyn Relation> = Arc::new(tanh(1.0, -0.3).unwrap());
    vec![
        Arc::new(gaussian(2, 1.0).unwrap()),
        Arc::new(exp_bilinear_cube(2, 0.5).unwrap()),
        relation("smooth-asymmetric-2d").unwrap(),
        Arc::new(tensor_product(vec![wave.clone(), wave]).unwrap()),
        Arc::new(tensor_product(vec![polynomial, saddle]).unwrap()),
    ]
}

#[test]
fn every_continuous_relation_of_two_dimensions_is_constructed() {
    let mut names = vec![];
    for entry in catalogue() {
        let r = entry.build().unwrap();
        let (x, y) = r.spaces();
        let compact = x.parameters().is_some() && y.parameters().is_some();
        let jumps = matches!(r.regularity(), Regularity::Jump { .. });
        if (x.axes(), y.axes()) != (2, 2) || !compact || jumps {
            continue;
        }
        for eps in [1e-1, 1e-2] {
            let c = construct(&r, eps).unwrap_or_else(|e| panic!("{} at {eps}: {e}", entry.name));
            let found = largest_error(&r, c.net(), 500);
            assert!(found <= c.certificate().upper() && c.certificate().upper() <= eps, "{}", entry.name);
            assert!(c.net().neurons() <= c.budget().neurons, "{} at {eps}", entry.name);
        }
        names.push(entry.name);
    }
    assert_eq!(names, ["zonal-exp", "kl-divergence", "smooth-asymmetric-2d"]);
}

#[test]
fn smooth_relations_on_squares_are_constructed() {
    for r in squares() {
        for eps in [1e-1, 1e-2] {
            let c = holds(&r, eps);
            assert_eq!(c.certificate().method(), Method::Composition);
        }
    }
}

#[test]
fn other_flat_spaces_kinks_and_relations_without_enclosure() {
    // A rectangle beside a square, and neither symmetry nor a product.
    let rectangle =
        Product::new(Arc::new(Interval::new(0.0, 2.0).unwrap()), Arc::new(Interval::new(-0.5, 0.5).unwrap()));
    let bent = relation_fn(rectangle, Cube::new(2, 0.0, 1.0).unwrap(), |x, y| {
        (x[0] * y[1] - x[1] * x[1] + y[0]).sin()
    })
    .with_enclosure(|x, y| (x[0] * y[1] - x[1].square() + y[0]).sin())
    .unwrap();
    holds(&bent, 0.1);
    // A triangle: distributions on three categories, with derivatives up to ten thousand.
    let triangle = Simplex::truncated(3, 0.01).unwrap();
    let steep =
        relation_fn(triangle.clone(), triangle, |p, q| p.iter().zip(q).map(|(p, q)| p * (p / q).ln()).sum())
            .with_enclosure(|p, q| {
                let terms = p.iter().zip(q).map(|(p, q)| *p * (p.ln() - q.ln()));
                terms.fold(Enclosure::constant(0.0), |s, t| s + t)
            })
            .unwrap();
    let c = holds(&steep, 0.5);
    assert!(c.route() == ConstructRoute::Schmidt && c.net().rank() <= 8, "{}", c.net().rank());
    // A kink along every diagonal.
    let sheet: Arc<dyn Relation> = Arc::new(brownian());
    holds(&tensor_product(vec![sheet.clone(), sheet]).unwrap(), 0.2);
    // A Lipschitz constant alone.
    let square = Cube::new(2, 0.0, 1.0).unwrap();
    let r = relation_fn(square.clone(), square, |x, y| (x[0] - y[1]).abs().max(x[1] * y[0]))
        .with_lipschitz(1.5)
        .unwrap();
    holds(&r, 0.25);
}

#[test]
fn what_cannot_be_is_refused() {
    let torus = Torus::new(2).unwrap();
    let jump = relation_fn(torus.clone(), torus, |x, y| f64::from(u8::from(x[0] > y[0])));
    assert!(matches!(construct(&jump, 0.1), Err(ConstructError::NoBounds { .. })));
    let sphere = construct(&arc_cosine(ArcCosineOrder::One, 3).unwrap(), 0.1).unwrap_err();
    assert!(
        matches!(sphere, ConstructError::Spaces { .. }) && sphere.to_string().contains("flat"),
        "{sphere}"
    );
    let fine = construct(&relation("smooth-asymmetric-2d").unwrap(), 1e-5).unwrap_err();
    assert!(matches!(fine, ConstructError::TooLarge { .. }), "{fine}");
    for entry in catalogue().iter().filter(|e| e.spaces.contains("^8")) {
        let e = construct(&entry.build().unwrap(), 0.1).unwrap_err();
        assert!(
            matches!(e, ConstructError::Dimension { found: 8, .. }) && e.to_string().contains("compose"),
            "{e}"
        );
    }
}

#[test]
fn a_broken_network_is_not_within_its_certificate() {
    let r = gaussian(2, 1.0).unwrap();
    let c = construct(&r, 1e-1).unwrap();
    let (net, certificate) = c.rounded_to_f32(&r).unwrap();
    assert!(largest_error(&r, &net, 400) <= certificate.upper());
    assert!(
        certificate.upper() - c.certificate().upper() < 1e-3 && certificate.upper() > c.certificate().upper()
    );
    // Another relation's network is as wrong as it should be.
    let other = gaussian(2, 0.8).unwrap();
    assert!(largest_error(&other, c.net(), 400) > certificate.upper());
}

#[test]
fn waves_are_constructed_in_one_to_three_dimensions() {
    let shifted = relation("gaussian-shifted").unwrap();
    let matern = relation("matern-52").unwrap();
    let circle: Arc<dyn Relation> = Arc::new(von_mises(0.3).unwrap());
    let torus = tensor_product(vec![circle.clone(), circle]).unwrap();
    let all: Vec<(Arc<dyn Relation>, f64)> = vec![
        (relation("gaussian").unwrap(), 1e-2),
        (relation("gaussian").unwrap(), 1e-3),
        (shifted, 1e-2),
        (matern, 5e-2),
        (Arc::new(torus), 1e-1),
        (Arc::new(gaussian(2, 1.0).unwrap()), 1e-2),
        (Arc::new(gaussian(3, 1.0).unwrap()), 5e-2),
    ];
    for (r, eps) in &all {
        let c = construct_waves(r, *eps).unwrap_or_else(|e| panic!("{} at {eps}: {e}", r.name()));
        let certificate = c.certificate();
        let found = largest_error(r, c.net(), 400);
        assert!(
            found <= certificate.upper() && certificate.upper() <= *eps,
            "{}: {found} {certificate:?}",
            r.name()
        );
        assert!(certificate.lower() > 0.01 * certificate.upper(), "{}: {certificate:?}", r.name());
        assert!(c.net().neurons() <= c.budget().neurons && c.net().rank() <= c.budget().rank, "{}", r.name());
        let shared = r.definiteness() == Definiteness::PositiveSemidefinite;
        assert_eq!(matches!(c.net(), RelationNet::Asymmetric(..)), !shared, "{}", r.name());
        println!(
            "{} at {eps}: {} waves, {} neurons of {}, certified {:.2e}, found {found:.2e}",
            r.name(),
            (c.net().rank() - 1) / 2,
            c.net().neurons(),
            c.budget().neurons,
            certificate.upper()
        );
    }
    // exp(x y) is no function of the difference, and the transform of a kink has no first moment.
    let bilinear = construct_waves(&relation("exp-bilinear").unwrap(), 0.1).unwrap_err();
    assert!(matches!(bilinear, ConstructError::NoWaves { .. }), "{bilinear}");
    let kink = construct_waves(&relation("matern-12").unwrap(), 0.1).unwrap_err();
    assert!(matches!(kink, ConstructError::Bound(_) | ConstructError::NoWaves { .. }), "{kink}");
}
