//! Constructions from functions of one number: the error asked for, certified, in any dimension,
//! with no more neurons than the theorem allows.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::float_cmp)]

use relata_kernels::cost::{AsymmetricBound, BoundError, BoundParams, SymmetricBound};
use relata_networks::{
    CertifyError, ConstructError, ConstructRoute, Constructed, Method, RelationNet, Theorem, construct,
    construct_ridges,
};
use relata_relations::catalogue::{kl_divergence, relation, zonal_exp};
use relata_relations::{
    Cube, Definiteness, Enclosure, Factors, FnRelation, Relation, RidgeFeatures, RidgeProfile, Ridges, Seed,
    evaluate, relation_fn,
};
use std::num::NonZeroUsize;
use std::sync::Arc;

fn largest_error(r: &dyn Relation, net: &dyn Factors) -> f64 {
    let (sx, sy) = r.spaces();
    let n = NonZeroUsize::new(600).unwrap();
    let (x, y) = (sx.sample(n, &mut Seed(5).stream("sup/x")), sy.sample(n, &mut Seed(5).stream("sup/y")));
    (evaluate(r, &x, &y).unwrap() - net.phi(&x) * net.psi(&y).transpose()).norm_max()
}

fn holds(r: &dyn Relation, eps: f64, built: &Constructed) {
    holds_anywhere(r, eps, built);
    let certificate = built.certificate();
    assert!(certificate.lower() > 0.02 * certificate.upper(), "{} at {eps}: {certificate:?}", r.name());
}

fn holds_anywhere(r: &dyn Relation, eps: f64, built: &Constructed) {
    let (name, certificate) = (r.name(), built.certificate());
    assert_eq!(
        (built.route(), built.budget().theorem),
        (ConstructRoute::Ridges, Theorem::Ridges),
        "{name} at {eps}"
    );
    assert_eq!(certificate.method(), Method::Composition);
    let found = largest_error(r, built.net());
    println!(
        "{name} at {eps}: {} neurons of {}, rank {}, certified {:.2e}, found {:.2e}",
        built.net().neurons(),
        built.budget().neurons,
        built.net().rank(),
        certificate.upper(),
        certificate.lower().max(found)
    );
    assert!(
        found <= certificate.upper() && certificate.upper() <= eps,
        "{name} at {eps}: {found} {certificate:?}"
    );
    assert!(built.net().neurons() <= built.budget().neurons, "{name} at {eps}");
    let terms: f64 = built.budget().terms.iter().map(|t| t.1).sum();
    assert!(
        (terms - eps).abs() < 1e-12 && built.budget().terms.iter().all(|t| t.1 >= 0.0),
        "{name} at {eps}"
    );
    let bound = match r.definiteness() {
        Definiteness::PositiveSemidefinite => SymmetricBound::ridges(r, eps, &BoundParams::default()),
        _ => AsymmetricBound::ridges(r, eps, &BoundParams::default()),
    };
    let bound = bound.unwrap();
    assert_eq!((bound.neurons, bound.rank), (built.budget().neurons as u128, built.net().rank() as u128));
    assert!(bound.budgeted() <= eps);
}

#[test]
fn divergences_in_two_and_three_dimensions() {
    for eps in [1.0, 1e-1, 1e-2, 1e-3] {
        let r = relation("kl-divergence").unwrap();
        let built = construct(&r, eps).unwrap();
        holds(&r, eps, &built);
        // p, and p log p, against log q and 1.
        assert_eq!(built.net().rank(), 4);
    }
    let r = kl_divergence(4, 0.02).unwrap();
    holds(&r, 1e-2, &construct(&r, 1e-2).unwrap());
}

#[test]
fn zonal_kernels_on_spheres() {
    for (ambient, s, eps) in [(3, 1.0, 1e-1), (3, 1.0, 1e-2), (3, 4.0, 1.0), (4, 1.0, 1e-1)] {
        let r = zonal_exp(ambient, s).unwrap();
        let built = construct(&r, eps).unwrap();
        holds(&r, eps, &built);
        assert!(matches!(built.net(), RelationNet::Symmetric(_)));
    }
}

/// `sum_i cos(i x_i + y_i) + |u.x - 1| v.y` on cubes of five dimensions.
fn in_five_dimensions() -> (impl Relation, Ridges) {
    let (p, cube) = (5, Cube::new(5, 0.0, 1.0).unwrap());
    let r = relation_fn(cube.clone(), cube, |x, y| {
        let waves: f64 = (0..5).map(|i| (i as f64 * x[i] + y[i]).cos()).sum();
        waves + (x.iter().sum::<f64>() - 1.0).abs() * y.iter().sum::<f64>()
    });
    let axis = |i: usize| (0..p).map(|j| f64::from(u8::from(i == j))).collect::<Vec<_>>();
    let rank = 2 * p + 1;
    let (mut a, mut b) = (RidgeFeatures::new(vec![0.0; rank]), RidgeFeatures::new(vec![0.0; rank]));
    for i in 0..p {
        let c = i as f64;
        let of = |f: fn(&Enclosure) -> Enclosure, c: f64| -> RidgeProfile {
            Arc::new(move |t: Enclosure| f(&(t * c)))
        };
        a = a
            .with(
                axis(i),
                (0.0, 1.0),
                vec![(2 * i, of(Enclosure::cos, c)), (2 * i + 1, of(Enclosure::sin, -c))],
            )
            .unwrap();
        b = b
            .with(
                axis(i),
                (0.0, 1.0),
                vec![(2 * i, of(Enclosure::cos, 1.0)), (2 * i + 1, of(Enclosure::sin, 1.0))],
            )
            .unwrap();
    }
    a = a.with(vec![1.0; p], (0.0, 5.0), vec![(2 * p, Arc::new(|t: Enclosure| (t - 1.0).abs()))]).unwrap();
    b = b.with(vec![1.0; p], (0.0, 5.0), vec![(2 * p, Arc::new(|t| t))]).unwrap();
    (r.named("five"), Ridges::separate(a, b, 0.0).unwrap())
}

#[test]
fn a_closure_in_five_dimensions_with_a_kink() {
    let cube = Cube::new(5, 0.0, 1.0).unwrap();
    let (five, ridges) = in_five_dimensions();
    let five = Arc::new(five);
    let r = relata_relations::relation_blocks(cube.clone(), cube, move |x, y, out| five.eval_into(x, y, out));
    let refused = construct(&r, 0.1).unwrap_err();
    assert!(matches!(refused, ConstructError::Dimension { found: 5, .. }), "{refused}");
    let unknown = construct_ridges(&r, 0.1).unwrap_err();
    assert!(matches!(unknown, ConstructError::Bound(BoundError::NoRidges { .. })), "{unknown}");
    assert!(unknown.to_string().contains("with_ridges"));
    let r = r.with_ridges(move |_| Some(ridges.clone())).unwrap();
    for eps in [0.3, 0.03] {
        holds(&r, eps, &construct(&r, eps).unwrap());
    }
    let built = construct(&r, 0.03).unwrap();
    let (net, certificate) = built.rounded_to_f32(&r).unwrap();
    let change = certificate.upper() - built.certificate().upper();
    assert!(change > 0.0 && change < 1e-4, "{change}");
    assert!(largest_error(&r, &net) <= certificate.upper());
}

/// `a(x_0) b(y_0)` on squares, declared as such.
fn product(
    (low, high): (f64, f64),
    a: fn(f64) -> f64,
    b: fn(f64) -> f64,
    profiles: [fn(&Enclosure) -> Enclosure; 2],
) -> FnRelation {
    let square = Cube::new(2, low, high).unwrap();
    let side = |f: fn(&Enclosure) -> Enclosure| {
        let profile: RidgeProfile = Arc::new(move |t| f(&t));
        RidgeFeatures::new(vec![0.0]).with(vec![1.0, 0.0], (low, high), vec![(0, profile)]).unwrap()
    };
    let ridges = Ridges::separate(side(profiles[0]), side(profiles[1]), 0.0).unwrap();
    relation_fn(square.clone(), square, move |x, y| a(x[0]) * b(y[0]))
        .with_ridges(move |_| Some(ridges.clone()))
        .unwrap()
}

#[test]
fn kinks_anywhere_oscillations_and_flat_profiles() {
    let line: fn(&Enclosure) -> Enclosure = |t| *t;
    // A kink in the middle, where suprema are taken from both sides of it, and one elsewhere at a
    // small error.
    let middle = product((0.0, 1.0), |t| (t - 0.5).abs(), |t| t, [|t| (*t - 0.5).abs(), line]);
    let beside = product((0.0, 1.0), |t| (t - 0.503).abs(), |t| t, [|t| (*t - 0.503).abs(), line]);
    // Fast waves, whose products of errors are as large as errors themselves.
    let waves = product(
        (0.0, 1.0),
        |t| (100.0 * t).cos(),
        |t| (100.0 * t).cos(),
        [|t| (*t * 100.0).cos(), |t| (*t * 100.0).cos()],
    );
    // Enclosures on coarse pieces are looser than on fine ones.
    let quartic = product(
        (0.0, 1.0),
        |t| t.powi(4) - 2.0 * t.powi(3) + t * t,
        |t| t,
        [|t| t.powi(4) - t.powi(3) * 2.0 + t.square(), line],
    );
    let all: [(&FnRelation, f64); 8] = [
        (&middle, 0.1),
        (&middle, 1e-3),
        (&beside, 1e-4),
        (&waves, 0.5),
        (&waves, 1e-3),
        (&quartic, 0.05),
        (&quartic, 0.02),
        (&quartic, 1e-4),
    ];
    for (r, eps) in all {
        holds_anywhere(r, eps, &construct_ridges(r, eps).unwrap());
    }
}

#[test]
fn constant_and_far_away_features() {
    let square = Cube::new(2, 0.0, 1.0).unwrap();
    let exp: RidgeProfile = Arc::new(|t: Enclosure| t.exp());
    let x = RidgeFeatures::new(vec![0.0]).with(vec![1.0, 0.0], (0.0, 1.0), vec![(0, exp)]).unwrap();
    let ridges = Ridges::separate(x, RidgeFeatures::new(vec![1.0]), 0.0).unwrap();
    let r = relation_fn(square.clone(), square, |x, _| x[0].exp())
        .with_ridges(move |_| Some(ridges.clone()))
        .unwrap();
    let built = construct(&r, 1e-3).unwrap();
    holds_anywhere(&r, 1e-3, &built);
    assert_eq!(built.net().psi_net().neurons(), 0);
    let (net, certificate) = built.rounded_to_f32(&r).unwrap();
    assert!(largest_error(&r, &net) <= certificate.upper());
    // Far from 0 neighbours among floating-point numbers are far apart; the search for knots ends
    // all the same.
    let far = product(
        (1e9, 1e9 + 1.0),
        |t| ((t - 1e9) * 1000.0).sin(),
        |t| t - 1e9,
        [|t| ((*t - 1e9) * 1000.0).sin(), |t| *t - 1e9],
    );
    assert!(construct_ridges(&far, 1e-2).is_err() || construct_ridges(&far, 0.5).is_ok());
    let two = kl_divergence(2, 0.01).unwrap();
    holds_anywhere(&two, 1e-2, &construct(&two, 1e-2).unwrap());
}

/// A relation that is not what it says, where nobody looked.
#[test]
fn false_sums_are_found_out() {
    let cube = Cube::new(2, 0.0, 1.0).unwrap();
    let line: RidgeProfile = Arc::new(|t| t);
    let side = |factor: f64| {
        let profile: RidgeProfile = Arc::new(move |t: Enclosure| t.exp() * factor);
        RidgeFeatures::new(vec![0.0]).with(vec![1.0, 0.0], (0.0, 1.0), vec![(0, profile)]).unwrap()
    };
    let y = RidgeFeatures::new(vec![0.0]).with(vec![1.0, 0.0], (0.0, 1.0), vec![(0, line)]).unwrap();
    let right = Ridges::separate(side(1.0), y.clone(), 0.0).unwrap();
    let wrong = Ridges::separate(side(2.0), y, 0.0).unwrap();
    let r = relation_fn(cube.clone(), cube, |x, y| x[0].exp() * y[0])
        // Declarations look at 0.27, 0.027 and 0.00027.
        .with_ridges(move |tail| {
            Some(if (1e-3..1e-2).contains(&tail) { wrong.clone() } else { right.clone() })
        })
        .unwrap();
    holds_anywhere(&r, 0.5, &construct_ridges(&r, 0.5).unwrap());
    let e = construct_ridges(&r, 1e-2).unwrap_err();
    assert!(
        matches!(e, ConstructError::Certify(CertifyError::Contradiction { .. }))
            && e.to_string().contains("declares"),
        "{e}"
    );
    // Neither is a network that belongs to another relation certified for this one.
    let other = zonal_exp(3, 1.0).unwrap();
    let built = construct(&other, 0.1).unwrap();
    let e = built.rounded_to_f32(&zonal_exp(3, 2.0).unwrap()).unwrap_err();
    assert!(matches!(e, ConstructError::Certify(CertifyError::Contradiction { .. })), "{e}");
}

#[test]
fn what_cannot_be_is_refused() {
    let r = relation("zonal-exp").unwrap();
    assert!(matches!(construct_ridges(&r, -1.0).unwrap_err(), ConstructError::Eps { .. }));
    assert!(matches!(construct_ridges(&r, 1e-12).unwrap_err(), ConstructError::BelowRounding { .. }));
    let kinked = relation("arc-cosine-0").unwrap();
    assert!(matches!(
        construct_ridges(&kinked, 0.1).unwrap_err(),
        ConstructError::Bound(BoundError::NoRidges { .. })
    ));
    // A root at 0 has no bounded second derivative.
    let square = Cube::new(2, 0.0, 1.0).unwrap();
    let r = relation_fn(square.clone(), square, |x, _| x[0].sqrt()).named("root");
    let x = RidgeFeatures::new(vec![0.0])
        .with(vec![1.0, 0.0], (0.0, 1.0), vec![(0, Arc::new(|t: Enclosure| t.sqrt()))])
        .unwrap();
    let ridges = Ridges::separate(x, RidgeFeatures::new(vec![1.0]), 0.0).unwrap();
    let r = r.with_ridges(move |_| Some(ridges.clone())).unwrap();
    let e = construct_ridges(&r, 0.1).unwrap_err();
    assert!(matches!(e, ConstructError::Bound(BoundError::NoRidges { .. })), "{e}");
}
