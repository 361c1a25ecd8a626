//! Truncation, bounds and norms against closed forms, and bounds against the networks of their
//! proofs.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;
use relata_kernels::Encoders;
use relata_kernels::cost::{
    AsymmetricBound, Bound, BoundError, BoundParams, BoundRoute, ErrorNorm, Extension, FourierNorms,
    HiddenLayers, MercerFeatures, Moment, Obstacle, SymmetricBound, TailSource, Units, cholesky_certificate,
    cross_certificate, fourier_norms, lower_bound, sup_tails,
};
use relata_relations::catalogue::{gaussian, poisson, relation};
use relata_relations::faer::Mat;
use relata_relations::special::{bessel_i, hurwitz_zeta, trigamma};
use relata_relations::{Interval, Points, Relation, Seed, evaluate, relation_fn};
use std::f64::consts::PI;
use std::num::NonZeroUsize;

fn n(n: usize) -> NonZeroUsize {
    NonZeroUsize::new(n).unwrap()
}

fn in_l2() -> BoundParams {
    BoundParams { norm: ErrorNorm::L2, ..BoundParams::default() }
}

fn tails(name: &str, most: usize) -> Vec<f64> {
    sup_tails(relation(name).unwrap().as_ref(), most, &BoundParams::default()).unwrap().values().to_vec()
}

fn close(found: f64, exact: f64, tolerance: f64) {
    assert!((found - exact).abs() <= tolerance, "{found} against {exact}");
}

#[test]
fn exponents_approach_the_predicted_ones() {
    let (here, there) = (1e-6, 2.5e-7);
    let sup = BoundParams::default();
    type Of = fn(&dyn Relation, f64, &BoundParams) -> Result<Bound, BoundError>;
    let exponent = |r: &dyn Relation, of: Of, params: &BoundParams| {
        let count = |eps: f64| of(r, eps, params).unwrap().neurons as f64;
        (count(there) / count(here)).ln() / (here / there).ln()
    };
    // Kinks, a bounded second derivative, and two dimensions of both.
    for (name, predicted) in [
        ("brownian", 1.0),
        ("abs-difference", 1.0),
        ("matern-12", 1.0),
        ("gaussian", 0.5),
        ("von-mises", 0.5),
        ("exp-bilinear", 0.5),
        ("smooth-order", 0.5),
        ("smooth-asymmetric-2d", 1.0),
        ("kl-divergence", 1.0),
    ] {
        let found = exponent(&relation(name).unwrap(), AsymmetricBound::covering, &sup);
        assert!((found / predicted - 1.0).abs() < 0.01, "{name}: {found} against {predicted}");
    }
    let found = exponent(&gaussian(2, 1.0).unwrap(), SymmetricBound::covering, &sup);
    assert!((found - 1.0).abs() < 0.01, "gaussian in two dimensions: {found}");
    let found = exponent(&relation("kl-divergence").unwrap(), AsymmetricBound::ridges, &sup);
    assert!((found - 0.5).abs() < 0.005, "ridges: {found}");
    let waves = BoundParams { units: Units::Sine, ..in_l2() };
    let found = exponent(&relation("gaussian-8d").unwrap(), AsymmetricBound::fourier_maurey, &waves);
    assert!((found - 2.0).abs() < 0.02, "waves: {found}");
}

#[test]
fn sup_errors_of_truncation_are_the_closed_forms() {
    for (d, tau) in tails("brownian", 300).iter().enumerate() {
        close(*tau, 2.0 * trigamma(d as f64 + 0.5) / (PI * PI), 1e-8);
    }
    let bridge = tails("bridge", 20);
    close(bridge[0], 0.25, 1e-12);
    close(bridge[2], 0.054_403, 1e-6);
    close(bridge[6], 0.021_002, 1e-6);
    assert!(bridge.iter().enumerate().all(|(d, t)| *t <= 2.0 * trigamma(d as f64 + 1.0) / (PI * PI) + 1e-12));
    // After m pairs on the circle: twice the sum of the Fourier coefficients beyond.
    for m in 0..12usize {
        let after = |name: &str| tails(name, 2 * m + 1)[2 * m + 1];
        close(after("poisson"), 2.0 * 0.6f64.powi(m as i32 + 1) / 0.4, 1e-8);
        if m > 0 {
            // The constant has the eigenvalue of the first pair: which of the three functions comes
            // first is anybody's choice.
            close(after("periodic-sobolev"), 2.0 * hurwitz_zeta(2.0, m as f64 + 1.0), 1e-8);
            close(after("periodic-sobolev-2"), 2.0 * hurwitz_zeta(4.0, m as f64 + 1.0), 1e-8);
        }
        let rest: f64 = (m + 1..m + 40).rev().map(|k| bessel_i(k as f64, 2.0)).sum();
        close(after("von-mises"), 2.0 * rest, 1e-8);
        // Half of a pair helps nobody: where one wave vanishes the other is whole.
        close(tails("poisson", 2 * m + 2)[2 * m + 2], after("poisson"), 1e-8);
    }
    // Spheres: the multiplicities times the eigenvalues of the degrees beyond; exp(2 <x, y>) on
    // S^2, 2 l + 1 copies of sqrt(pi / 4) I_{l + 1/2}(2).
    let beyond = |l: usize| -> f64 {
        (l..l + 30)
            .rev()
            .map(|l| (2.0 * l as f64 + 1.0) * (PI / 4.0).sqrt() * bessel_i(l as f64 + 0.5, 2.0))
            .sum()
    };
    let zonal = tails("zonal-exp", 16);
    for l in 1..4usize {
        close(zonal[l * l], beyond(l), 1e-8);
    }
}

#[test]
fn numerical_tails_agree_with_closed_ones() {
    // The same kernels under names that nobody knows.
    let k = relation_fn(Interval::unit(), Interval::unit(), |x, y| x[0].min(y[0]));
    let k = k.with_regularity(relata_relations::Regularity::Kink).positive_semidefinite().unwrap();
    let found = sup_tails(&k, 20, &BoundParams::default()).unwrap();
    assert_eq!(found.source(), TailSource::Quadrature);
    for (d, tau) in found.values().iter().enumerate() {
        close(*tau, 2.0 * trigamma(d as f64 + 0.5) / (PI * PI), 1e-4);
    }
    // (1 + x y)^2 has rank 3, exactly.
    let polynomial = tails("polynomial", 10);
    assert!(polynomial.len() == 4 && polynomial[2] > 0.1 && polynomial[3] < 1e-12, "{polynomial:?}");
}

#[test]
fn the_smallest_rank_is_the_first_within_eps() {
    let k = relation("brownian").unwrap();
    let t = sup_tails(k.as_ref(), 500, &BoundParams::default()).unwrap();
    for eps in [0.3, 1e-1, 1e-2, 1e-3] {
        let d = t.rank_for(eps).unwrap();
        assert!(t.at(d).unwrap() <= eps && (d == 0 || t.at(d - 1).unwrap() > eps));
    }
    assert!(matches!(t.rank_for(1e-4), Err(BoundError::RankBudget { most: 500, .. })));
    assert!(matches!(t.rank_for(0.0), Err(BoundError::Eps(_))));
}

/// `hat(x)` of a uniform grid on an interval.
fn hats(x: f64, (a, b): (f64, f64), cells: usize) -> Vec<f64> {
    let u = (x - a) / (b - a) * cells as f64;
    (0..=cells).map(|k| (1.0 - (u - k as f64).abs()).max(0.0)).collect()
}

/// The largest error of `hat(x)' L R' hat(y)` on a fine grid that avoids the nodes.
fn spline_error(
    r: &dyn Relation,
    ends: [(f64, f64); 2],
    cells: [usize; 2],
    left: &Mat<f64>,
    right: &Mat<f64>,
) -> f64 {
    let side =
        |(a, b): (f64, f64)| -> Vec<f64> { (0..=317).map(|i| a + (b - a) * f64::from(i) / 317.0).collect() };
    let (xs, ys) = (side(ends[0]), side(ends[1]));
    let features = |at: &[f64], ends, cells: usize, values: &Mat<f64>| {
        let all: Vec<Vec<f64>> = at.iter().map(|x| hats(*x, ends, cells)).collect();
        Mat::from_fn(at.len(), cells + 1, |i, k| all[i][k]) * values
    };
    let (phi, psi) = (features(&xs, ends[0], cells[0], left), features(&ys, ends[1], cells[1], right));
    let exact = evaluate(r, &Points::line(xs).unwrap(), &Points::line(ys).unwrap()).unwrap();
    (exact - phi * psi.transpose()).norm_max()
}

fn grid((a, b): (f64, f64), cells: usize) -> Points {
    Points::line((0..=cells).map(|k| a + (b - a) * k as f64 / cells as f64).collect()).unwrap()
}

#[test]
fn splines_with_as_many_neurons_as_the_theorem_asks_for_are_within_eps() {
    for (name, ends) in [
        ("gaussian", (-1.0, 1.0)),
        ("von-mises", (0.0, 1.0)),
        ("matern-32", (-1.0, 1.0)),
        ("brownian", (0.0, 1.0)),
    ] {
        let k = relation(name).unwrap();
        for eps in [1e-1, 1e-2] {
            let params = BoundParams::default();
            let b = SymmetricBound::splines(k.as_ref(), eps, &params).unwrap();
            let (rank, cells) = (b.rank as usize, b.neurons as usize);
            let f = MercerFeatures::of(k.as_ref(), params.nodes).unwrap();
            let values = f.at(k.as_ref(), rank, &grid(ends, cells)).unwrap();
            let error = spline_error(k.as_ref(), [ends; 2], [cells; 2], &values, &values);
            assert!(error <= eps, "{name} at {eps}: {error} with {cells} neurons");
            // And the count is no wild guess: the budget is spent to a fifth at least.
            assert!(
                error >= 0.2 * eps && b.budgeted() <= eps * (1.0 + 1e-9),
                "{name} at {eps}: {error} of {b:?}"
            );
        }
    }
}

#[test]
fn coverings_with_as_many_neurons_as_the_theorem_asks_for_are_within_eps() {
    for name in ["positive-part", "smooth-order", "abs-difference", "tanh"] {
        let r = relation(name).unwrap();
        let ends = if name == "tanh" { (-1.0, 1.0) } else { (0.0, 1.0) };
        let b = AsymmetricBound::covering(r.as_ref(), 1e-1, &BoundParams::default()).unwrap();
        let cells = b.widths.map(|w| w as usize);
        assert_eq!(b.neurons, b.widths[0] + b.widths[1]);
        let values = evaluate(r.as_ref(), &grid(ends, cells[0]), &grid(ends, cells[1])).unwrap();
        let identity = Mat::identity(cells[1] + 1, cells[1] + 1);
        let error = spline_error(r.as_ref(), [ends; 2], cells, &values, &identity);
        assert!(error <= 0.1, "{name}: {error}");
    }
}

#[test]
fn counts_shrink_with_eps_and_budgets_fit() {
    for name in ["gaussian", "exp-bilinear", "shifted-sine", "kl-divergence"] {
        let r = relation(name).unwrap();
        for params in [BoundParams::default(), in_l2()] {
            let mut last: Option<Bound> = None;
            for eps in [1e-1, 1e-2] {
                let b =
                    AsymmetricBound::of(r.as_ref(), eps, &params).unwrap_or_else(|e| panic!("{name}: {e}"));
                assert!(b.budgeted() <= eps * (1.0 + 1e-9) && b.weights >= b.neurons, "{name}: {b:?}");
                assert!(last.is_none_or(|l| l.neurons <= b.neurons), "{name}");
                // Nothing that a theorem promises is below what is impossible.
                let low = lower_bound(r.as_ref(), eps, Encoders::Separate, params.norm).unwrap();
                assert!(
                    low.rank.unwrap() as u128 <= b.rank && low.neurons.unwrap() as u128 <= b.neurons,
                    "{name}"
                );
                last = Some(b);
            }
        }
    }
}

#[test]
fn separate_hidden_layers_cost_more_than_a_shared_one_and_gelu_hardly_more_than_relu() {
    let k = relation("gaussian").unwrap();
    let of = |params: &BoundParams| SymmetricBound::splines(k.as_ref(), 1e-2, params).unwrap().neurons;
    let shared = of(&BoundParams::default());
    let separate = of(&BoundParams { hidden: HiddenLayers::Separate, ..BoundParams::default() });
    let gelu = of(&BoundParams { units: Units::Gelu, ..BoundParams::default() });
    assert!(separate > shared && gelu >= shared && gelu <= shared + 2, "{shared} {separate} {gelu}");
    let sine = BoundParams { units: Units::Sine, ..BoundParams::default() };
    assert!(matches!(SymmetricBound::splines(k.as_ref(), 1e-2, &sine), Err(BoundError::Units { .. })));
    // Waves are exact where units are waves: |F| = 1, so that 1 / eps^2 of them make error eps in
    // L2, two units a side each.
    let waves = BoundParams { units: Units::Sine, ..in_l2() };
    let b = AsymmetricBound::fourier_maurey(k.as_ref(), 0.05, &waves).unwrap();
    assert_eq!((b.rank, b.neurons, b.route), (800, 1600, BoundRoute::FourierMaurey));
}

#[test]
fn fourier_norms_are_the_closed_forms_however_they_are_computed() {
    let norms = |name: &str| fourier_norms(relation(name).unwrap().as_ref()).unwrap();
    let three =
        |f: &FourierNorms| [&f.mass, &f.first[0], &f.second[0]].map(|m| m.finite().unwrap_or(f64::INFINITY));
    for (name, exact) in [
        ("gaussian", [1.0, (2.0 / PI).sqrt() * 2.0, 4.0]),
        ("gaussian-shifted", [1.0, (2.0 / PI).sqrt() * 6f64.sqrt(), 6.0]),
        ("matern-12", [1.0, f64::INFINITY, f64::INFINITY]),
        ("matern-32", [1.0, 2.0 * 1.4 / PI, 1.96]),
        ("matern-52", [1.0, 4.0 * 1.4 / (3.0 * PI), 1.96 / 3.0]),
        ("poisson", [4.0, 15.0 * PI, 8.0 * PI * PI * 0.6 * 1.6 / 0.064]),
        ("sinc", [4.0 / PI, 8.0 / PI, 64.0 / (3.0 * PI)]),
    ] {
        for (found, exact) in three(&norms(name)).into_iter().zip(exact) {
            assert!(
                (found - exact).abs() < 1e-9 * exact || found.total_cmp(&exact).is_eq(),
                "{name}: {found} {exact}"
            );
        }
    }
    // Fourier coefficients, summed: the von Mises kernel in closed form.
    let sums = |power: i32| -> f64 {
        2.0 * (1..60)
            .map(|m| (2.0 * PI * f64::from(m)).powi(power) * bessel_i(f64::from(m), 2.0))
            .sum::<f64>()
    };
    let [mass, first, second] = three(&norms("von-mises"));
    close(mass, sums(0) + bessel_i(0.0, 2.0), 1e-10);
    close(first, sums(1), 1e-9);
    close(second, sums(2), 1e-8);
    // A periodic relation under another name goes through the transform, which is exact there but
    // for aliasing.
    let circle = relata_relations::Torus::circle;
    let numerical = relation_fn(circle(), circle(), |x, y| (2.0 * (2.0 * PI * (x[0] - y[0])).cos()).exp());
    let numerical = numerical.with_regularity(relata_relations::Regularity::Smooth);
    let f = fourier_norms(&numerical).unwrap();
    for (found, exact) in three(&f).into_iter().zip([mass, first, second]) {
        assert!((found / exact - 1.0).abs() < 1e-9, "{found} {exact}");
    }
    assert!(matches!(f.extension, Extension::Windowed { .. }) && f.uncertainty < 1e-9);
    // Any extension is an upper bound of the smallest mass, which is at least sup |r|.
    let exp = norms("exp-bilinear");
    assert!(exp.mass.finite().unwrap() >= 2f64.exp());
    // Tensor products: masses multiply.
    let eight = norms("gaussian-8d");
    close(eight.second[0].finite().unwrap(), 8.0, 1e-9);
}

#[test]
fn kinks_and_jumps_have_infinite_norms_with_reasons() {
    for name in ["abs-difference", "brownian", "positive-part", "bridge"] {
        let f = fourier_norms(relation(name).unwrap().as_ref()).unwrap();
        assert!(f.mass.finite().is_some(), "{name}");
        let Moment::Infinite { because } = &f.first[0] else { panic!("{name}: {f:?}") };
        assert!(because.contains("x = y"), "{because}");
    }
    let f = fourier_norms(relation("volterra").unwrap().as_ref()).unwrap();
    assert!(matches!(f.mass, Moment::Infinite { .. }));
    let refused = AsymmetricBound::schmidt_barron(relation("brownian").unwrap().as_ref(), 0.1, &in_l2());
    assert!(matches!(refused, Err(BoundError::InfiniteNorm { .. })), "{refused:?}");
}

#[test]
fn lower_bounds_are_the_closed_forms() {
    let volterra = relation("volterra").unwrap();
    for eps in [0.2, 0.1, 0.05] {
        let d = lower_bound(volterra.as_ref(), eps, Encoders::Separate, ErrorNorm::L2).unwrap().rank.unwrap();
        let tail = |d: usize| (trigamma(d as f64 + 0.5) / (PI * PI)).sqrt();
        assert!(tail(d) <= eps * (1.0 + 1e-9) && tail(d - 1) > eps, "{eps} {d}");
    }
    let shared = lower_bound(volterra.as_ref(), 0.1, Encoders::Shared, ErrorNorm::L2).unwrap();
    assert!(shared.rank.is_none() && matches!(shared.by, Obstacle::NotPositive { floor } if floor > 0.3));
    let sup = lower_bound(volterra.as_ref(), 0.4, Encoders::Separate, ErrorNorm::Sup).unwrap();
    assert_eq!((sup.rank, sup.by), (None, Obstacle::Jump { size: 1.0 }));
    // Brownian motion: the trace of what is left after d terms is psi'(d + 1/2) / pi^2.
    let k = relation("brownian").unwrap();
    let low = lower_bound(k.as_ref(), 0.01, Encoders::Shared, ErrorNorm::Sup).unwrap();
    let d = low.trace_rank.unwrap();
    let trace = |d: usize| trigamma(d as f64 + 0.5) / (PI * PI);
    assert!(low.rank.unwrap() < d && trace(d) <= 0.01 && trace(d - 1) > 0.01, "{low:?} {}", trace(d));
}

#[test]
fn low_rank_approximations_certify_themselves() {
    let k = relation("gaussian").unwrap();
    let c = cholesky_certificate(k.as_ref(), 1e-3, 50, n(4000)).unwrap();
    let fresh = Points::line((0..301).map(|i| -1.0 + f64::from(i) / 150.0).collect()).unwrap();
    let pivots = c.pivots.clone().unwrap();
    let core = evaluate(k.as_ref(), &pivots, &pivots).unwrap();
    let against = evaluate(k.as_ref(), &fresh, &pivots).unwrap();
    use relata_relations::faer::linalg::solvers::Solve;
    let approximation = &against * core.full_piv_lu().solve(against.transpose().to_owned());
    let error = (evaluate(k.as_ref(), &fresh, &fresh).unwrap() - approximation).norm_max();
    assert!(error <= c.upper.unwrap() && error <= 1.1 * c.on_nodes.max(1e-3), "{error} {c:?}");
    let r = relation("smooth-order").unwrap();
    let c = cross_certificate(r.as_ref(), 1e-2, 40, n(800), Seed(3)).unwrap();
    let fresh = Points::line((0..301).map(|i| f64::from(i) / 300.0).collect()).unwrap();
    let (rows, columns) = (c.rows.clone().unwrap(), c.columns.clone().unwrap());
    let core = evaluate(r.as_ref(), &rows, &columns).unwrap();
    let right = core.full_piv_lu().solve(evaluate(r.as_ref(), &rows, &fresh).unwrap());
    let approximation = evaluate(r.as_ref(), &fresh, &columns).unwrap() * right;
    let error = (evaluate(r.as_ref(), &fresh, &fresh).unwrap() - approximation).norm_max();
    assert!(c.on_nodes <= 1e-2 && error <= c.upper.unwrap() && error <= 2e-2, "{error} {c:?}");
    assert!(matches!(
        cross_certificate(relation("sign").unwrap().as_ref(), 0.1, 5, n(50), Seed(0)),
        Err(BoundError::Jump { .. })
    ));
}

#[test]
fn bad_input_is_refused_with_reasons() {
    let p = BoundParams::default();
    let of =
        |name: &str, eps: f64, p: &BoundParams| AsymmetricBound::of(relation(name).unwrap().as_ref(), eps, p);
    for eps in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(of("tanh", eps, &p), Err(BoundError::Eps(_))));
    }
    assert!(matches!(of("tanh", 1e-15, &p), Err(BoundError::BelowRounding { .. })));
    let unbounded = of("mehler", 0.1, &p).unwrap_err();
    assert!(matches!(unbounded, BoundError::Unbounded { .. }) && unbounded.to_string().contains("L2"));
    let jump = of("sign", 0.1, &p).unwrap_err();
    assert!(matches!(jump, BoundError::Jump { size, .. } if size.to_bits() == 2f64.to_bits()));
    assert!(jump.to_string().contains("below 1"), "{jump}");
    // In L2 the same relation is fine.
    let b = of("sign", 0.2, &in_l2()).unwrap();
    assert!(b.budgeted() <= 0.2 && b.route == BoundRoute::SchmidtSplines);
    let share = BoundParams { truncation_share: 1.0, ..BoundParams::default() };
    assert!(matches!(of("tanh", 0.1, &share), Err(BoundError::Share(_))));
    let not_positive = SymmetricBound::of(relation("tanh").unwrap().as_ref(), 0.1, &p);
    assert!(matches!(not_positive, Err(BoundError::NotPositive(_))));
    let unknown = relation_fn(Interval::unit(), Interval::unit(), |x, y| (x[0] * y[0]).sqrt());
    assert!(matches!(AsymmetricBound::covering(&unknown, 0.1, &p), Err(BoundError::NoModulus(_))));
    // sqrt(x y) has no values outside of its domain and bends without bound at 0.
    let none = AsymmetricBound::fourier_maurey(&unknown, 0.1, &p).unwrap_err();
    assert!(matches!(none, BoundError::NoFourier { .. }), "{none}");
    let given = FourierNorms {
        mass: Moment::Finite(2.0),
        first: [Moment::Finite(3.0), Moment::Finite(3.0)],
        second: [Moment::Finite(9.0), Moment::Finite(9.0)],
        extension: Extension::Given,
        uncertainty: 0.0,
    };
    let params = BoundParams { fourier: Some(given), ..in_l2() };
    let b = AsymmetricBound::fourier_maurey(&unknown, 0.1, &params).unwrap();
    assert!(b.unchecked.iter().any(|h| h.to_string().contains("Fourier")));
    let many = SymmetricBound::splines(relation("gaussian-8d").unwrap().as_ref(), 0.1, &p).unwrap_err();
    assert!(matches!(many, BoundError::Dimension { .. }) && many.to_string().contains("covering"), "{many}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Metamorphic: `c k` at `c eps` costs what `k` costs at `eps`.
    #[test]
    fn scaling_relation_and_error_alike_changes_nothing(c in 0.01f64..100.0, l in 0.2f64..2.0) {
        let k = gaussian(1, l).unwrap();
        let scaled = relata_relations::scale(c, k.clone()).unwrap();
        let (a, b) = (SymmetricBound::splines(&k, 0.02, &BoundParams::default()).unwrap(),
            SymmetricBound::splines(&scaled, 0.02 * c, &BoundParams::default()).unwrap());
        prop_assert!(a.rank == b.rank && a.neurons.abs_diff(b.neurons) <= 1);
    }

    /// `tau_d` falls, and the closed form of the Poisson kernel holds at any parameter.
    #[test]
    fn poisson_tails(a in 0.05f64..0.9, m in 0usize..10) {
        let k = poisson(a).unwrap();
        let t = sup_tails(&k, 2 * m + 1, &BoundParams::default()).unwrap();
        prop_assert!((t.at(2 * m + 1).unwrap() - 2.0 * a.powi(m as i32 + 1) / (1.0 - a)).abs() < 1e-8);
        prop_assert!(t.values().windows(2).all(|w| w[1] <= w[0]));
    }
}
