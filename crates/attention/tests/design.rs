//! Designed heads against their promises, and the score limits behind them.
#![allow(clippy::unwrap_used, clippy::float_cmp, clippy::panic, missing_docs)]

use relata_attention::design::{
    DesignError, Family, ScoreSource, Scorer, Target, Term, additive_scorer, affine_scorer, anchored,
    constructed_scorer, design, design_for_margin, design_with, families, family, measure_head,
    orders_family, score_limits,
};
use relata_attention::{InverseTemperature, Margins, Scores, miss_bound, required_inverse_temperature};
use relata_debreu::families::{OrderFamily, WidthParams};
use relata_kernels::LimitParams;
use relata_networks::{Affine, RelationNet, construct, construct_low_rank};
use relata_relations::catalogue::{gaussian_shifted, negative_squared_distance, relation};
use relata_relations::faer::Mat;
use relata_relations::{FiniteSet, Interval, Points, Relation, Seed, evaluate, relation_fn};
use std::num::NonZeroUsize;
use std::sync::Arc;

fn quick() -> Target {
    Target { keys: 8, error: 0.02, probability: 0.9, calibration: 3000, ..Target::default() }
}

#[test]
fn every_family_keeps_its_promise_on_fresh_contexts() {
    for f in families().unwrap() {
        let head = design(&f, &quick(), Seed(5)).unwrap();
        let c = head.certificate();
        let m = measure_head(&head, &f, 2000, Seed(6)).unwrap();
        assert!(m.share_above <= 0.1 && m.broken == 0 && m.violations == 0, "{f:?}: {c:?} {m:?}");
        assert!(m.mean_error <= m.mean_bound + 1e-12, "{f:?}: {m:?}");
        // The temperature is not idle: a tenth of it loses much.
        let cold = InverseTemperature::new(0.1 * c.inverse_temperature.value()).unwrap();
        let weak = head.measure_at(&f, 8, cold, 2000, Seed(6)).unwrap();
        assert!(weak.mean_error > 2.0 * m.mean_error, "{f:?}: {weak:?}");
    }
}

#[test]
fn ranks_are_those_of_the_theory() {
    for (name, rank) in [
        ("largest", 1),
        ("popular", 1),
        ("nearest", 2),
        ("nearest-8d", 9),
        ("direction", 3),
        ("bilinear", 3),
        ("ideal-point", 2),
        ("phase", 2),
        ("trade-off", 2),
        ("orders", 3),
    ] {
        let scorer = family(name).unwrap().scorer(1e-2).unwrap();
        assert_eq!(scorer.net.phi_net().outputs(), rank, "{name}");
    }
    assert!(family("nearset").unwrap_err().to_string().contains("nearest"));
}

#[test]
fn scorers_are_within_delta_up_to_query_only_terms() {
    for (f, delta) in families().unwrap().iter().flat_map(|f| [(f, 1e-1), (f, 3e-3)]) {
        let scorer = f.scorer(delta).unwrap();
        assert!(scorer.delta <= delta);
        let (sx, sy) = f.utility().spaces();
        let mut s = Seed(9).stream("probes");
        let n = NonZeroUsize::new(200).unwrap();
        let (x, y) = (sx.sample(n, &mut s), sy.sample(n, &mut s));
        let (u, found) = (evaluate(f.utility().as_ref(), &x, &y).unwrap(), scorer.net.evaluate(&x, &y));
        for i in 0..200 {
            let errors = (0..200).map(|j| found[(i, j)] - u[(i, j)]);
            let (low, high) = errors.fold((f64::MAX, f64::MIN), |m, e| (m.0.min(e), m.1.max(e)));
            assert!(high - low <= 2.0 * scorer.delta, "{f:?} at {delta}: {} > {}", high - low, scorer.delta);
        }
    }
}

#[test]
fn no_query_only_term_lowers_the_rank_further_than_one_key_does() {
    // exp(x) + x sin(y) + y has rank 3; less its value at one key 2, and 2 is all that is left up
    // to query-only terms.
    let u = relation_fn(Interval::unit(), Interval::unit(), |x, y| x[0].exp() + x[0] * y[0].sin() + y[0])
        .with_enclosure(|x, y| x[0].exp() + x[0] * y[0].sin() + y[0])
        .unwrap();
    let u: Arc<dyn Relation> = Arc::new(u);
    let scorer = constructed_scorer(u.clone(), 1e-4).unwrap();
    assert_eq!(scorer.net.phi_net().outputs(), 2);
    let limits = score_limits(u.clone(), 3, &LimitParams::default()).unwrap();
    assert!(limits.at(1).unwrap().relative > 1e-3 && limits.at(2).unwrap().relative < 1e-7);
    // At its own key it is 0, and differences of keys are those of the utility.
    let v = anchored(u.clone()).unwrap();
    let (x, y) = (Points::line(vec![0.1, 0.8]).unwrap(), Points::line(vec![0.5, 0.0, 0.9]).unwrap());
    let (before, after) = (evaluate(u.as_ref(), &x, &y).unwrap(), evaluate(&v, &x, &y).unwrap());
    for i in 0..2 {
        assert_eq!(after[(i, 0)], 0.0);
        let moved = (after[(i, 2)] - after[(i, 1)]) - (before[(i, 2)] - before[(i, 1)]);
        assert!(moved.abs() < 1e-15);
    }
    // Where it would not help the utility stays as it is.
    let phase = family("phase").unwrap();
    let (own, plain) =
        (phase.scorer(1e-2).unwrap(), construct_low_rank(phase.utility().as_ref(), 1e-2).unwrap());
    assert_eq!(own.net.neurons(), plain.net().neurons());
}

#[test]
fn widths_are_within_what_the_cost_theorem_allows() {
    for f in families().unwrap() {
        let s = f.scorer(2e-3).unwrap();
        assert!(s.net.neurons() <= s.allowed, "{f:?}: {} > {}", s.net.neurons(), s.allowed);
        let exact = ["largest", "direction", "bilinear", "orders"].contains(&f.name());
        assert_eq!(s.source == ScoreSource::Exact, exact, "{f:?}");
        assert!(!exact || s.delta <= 1e-10, "{f:?}");
    }
}

#[test]
fn scores_of_any_encoders_become_heads() {
    // Own scores may share an encoder, with signs too: they stay what they are once the temperature
    // is folded in.
    for name in ["sinc", "negative-squared-distance"] {
        let u: Arc<dyn Relation> = Arc::new(relation(name).unwrap());
        let own = u.clone();
        let build = move |delta: f64| {
            let built = construct(own.as_ref(), delta)?;
            let (delta, allowed) = (built.certificate().upper(), built.budget().neurons);
            let net = built.into_net();
            assert!(!matches!(net, RelationNet::Asymmetric(..)));
            Ok(Scorer { net, delta, source: ScoreSource::Certified, allowed })
        };
        let f = Family::new(name, name, u.clone(), 2.0, build).unwrap();
        let head = design(&f, &quick(), Seed(3)).unwrap();
        let (x, y) = (Points::line(vec![0.3]).unwrap(), Points::line(vec![0.2, 0.7, 0.9]).unwrap());
        let folded = head.folded().unwrap();
        let b = head.certificate().inverse_temperature.value();
        let (scores, hot) = (head.scores(&x, &y), folded.evaluate(&x, &y));
        let exact = evaluate(u.as_ref(), &x, &y).unwrap();
        for j in 1..3 {
            let (d, e) = (scores[j] - scores[0], exact[(0, j)] - exact[(0, 0)]);
            assert!((d - e).abs() <= 2.0 * head.certificate().delta, "{name}: {d} {e}");
            assert!((hot[(0, j)] - hot[(0, 0)] - b * d).abs() < 1e-9 * b, "{name}");
        }
    }
}

#[test]
fn widths_follow_the_square_root_of_the_error() {
    // Piecewise linear approximation: four times as many pieces, a sixteenth of the error.
    let f = family("nearest").unwrap();
    let neurons = |delta| f.scorer(delta).unwrap().net.neurons() as f64;
    let ratio = neurons(1e-5) / neurons(16e-5);
    assert!((ratio - 4.0).abs() < 0.2, "{ratio}");
    // -y^2 on [-1, 1] interpolated on k pieces is off by 1 / k^2; at least 3/4 of delta are for
    // that.
    let k = f.scorer(0.01).unwrap().net.psi_net().neurons();
    assert!((10..=12).contains(&k), "{k}");
}

#[test]
fn nearest_neighbours_are_exact_at_rank_p_plus_1() {
    let params = LimitParams { nodes: NonZeroUsize::new(400).unwrap(), ..LimitParams::default() };
    let best = score_limits(Arc::new(negative_squared_distance(1).unwrap()), 3, &params).unwrap();
    assert!(best.at(1).unwrap().relative > 0.05 && best.at(2).unwrap().relative < 1e-7);
    // Centred, -(x - y)^2 on [-1, 1] is 2 x y - (y^2 - 1/3): orthogonal terms with norms 2/3 and
    // sqrt(4/45).
    let tail = best.at(1).unwrap().value;
    assert!((tail - (4.0f64 / 45.0).sqrt()).abs() < 1e-10, "{tail}");
    // A query-independent preorder has rank 1.
    let u = relation_fn(Interval::unit(), Interval::unit(), |x, y| (x[0] * 7.0).exp() + y[0].sin());
    assert!(score_limits(Arc::new(u), 2, &params).unwrap().at(1).unwrap().relative < 1e-7);
}

#[test]
fn required_inverse_temperature_is_the_smallest_in_tight_cases() {
    // Orthonormal keys with the aligned query, and any code whose losers tie: within 1 % (in fact
    // to rounding).
    for n in [2usize, 16, 256] {
        for margin in [1.0, 0.03] {
            let mut scores = vec![0.0; n];
            scores[n / 2] = margin;
            let claimed = required_inverse_temperature(n, margin, 0.01).unwrap().value();
            let (mut low, mut high) = (0.0, 2.0 * claimed);
            for _ in 0..200 {
                let mid = 0.5 * (low + high);
                let missed = Scores::new(&scores).unwrap().miss(n / 2, InverseTemperature::new(mid).unwrap());
                if missed > 0.01 { low = mid } else { high = mid }
            }
            assert!((claimed / high - 1.0).abs() < 1e-9, "{n} {margin}: {claimed} {high}");
        }
    }
}

#[test]
fn a_designed_head_is_no_hotter_than_it_has_to_be_in_the_tight_case() {
    // One key at 1, fifteen losers that tie at (almost) the same place: score bound and error bound
    // are both equalities.
    const KEYS: usize = 16;
    let place = |j: usize| if j == 0 { [1.0, 0.0] } else { [0.0, 1e-7 * j as f64] };
    let keys = FiniteSet::uniform(Points::from_rows(&(0..KEYS).map(place).collect::<Vec<_>>()).unwrap());
    let query = FiniteSet::uniform(Points::line(vec![1.0]).unwrap());
    let u = relation_fn(query, keys, |_, y| y[0]);
    let f = Family::new("tight", "all losers tie", Arc::new(u), 1.0 + 1e-9, |_| {
        let one = Affine::new(Mat::zeros(1, 1), vec![1.0]);
        affine_scorer(
            one,
            Affine::new(Mat::from_fn(2, 1, |i, _| if i == 0 { 1.0 } else { 0.0 }), vec![0.0]),
            1.0,
        )
    })
    .unwrap();
    for error in [0.1, 0.01, 1e-4] {
        let head = design_for_margin(&f, &Target { keys: KEYS, error, ..quick() }, 1.0).unwrap();
        let claimed = head.certificate().inverse_temperature.value();
        let (mut low, mut high) = (0.0, 2.0 * claimed);
        while high - low > 1e-4 * high {
            let mid = 0.5 * (low + high);
            let m = head.measure_at(&f, KEYS, InverseTemperature::new(mid).unwrap(), 3, Seed(1)).unwrap();
            if m.share_above > 0.0 { low = mid } else { high = mid }
        }
        assert!((claimed / high - 1.0).abs() < 1e-3, "{error}: {claimed} {high}");
    }
}

#[test]
fn the_folded_head_is_plain_softmax() {
    let f = family("phase").unwrap();
    let head = design(&f, &quick(), Seed(5)).unwrap();
    let (x, keys) = (Points::line(vec![0.3]).unwrap(), Points::line(vec![0.1, 0.55, 0.8]).unwrap());
    let folded = head.folded().unwrap().evaluate(&x, &keys);
    let plain: Vec<f64> = (0..3).map(|j| folded[(0, j)]).collect();
    let plain = Scores::new(&plain).unwrap().softmax(InverseTemperature::ONE);
    let scores = head.scores(&x, &keys);
    let hot = Scores::new(&scores).unwrap().softmax(head.certificate().inverse_temperature);
    assert!(plain.iter().zip(&hot).all(|(a, b)| (a - b).abs() < 1e-9));
    assert!(plain[1] > 0.97); // 0.3 + a quarter turn
    // What the certificate says follows from the bound.
    let c = head.certificate();
    assert!((miss_bound(8, c.effective_margin, c.inverse_temperature) - c.miss).abs() < 1e-15);
    assert!((c.miss - 0.02).abs() < 1e-12);
}

#[test]
fn orders_are_realised_at_their_width() {
    // All six orders of three items: width 2; every context of all three items is selected right.
    let all = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    let orders = OrderFamily::from_rankings(3, &all).unwrap();
    let f = orders_family("six", &orders, &WidthParams::default()).unwrap();
    let scorer = f.scorer(1e-9).unwrap();
    assert_eq!(scorer.net.phi_net().outputs(), 2);
    let items = Points::line(vec![0.0, 1.0, 2.0]).unwrap();
    let u = scorer.net.evaluate(&Points::line((0..6).map(f64::from).collect()).unwrap(), &items);
    for (x, order) in all.iter().enumerate() {
        let best = (0..3).max_by(|&i, &j| u[(x, i)].total_cmp(&u[(x, j)]));
        assert_eq!(best, Some(order[0]));
    }
}

#[test]
fn what_cannot_be_designed_says_why() {
    let says =
        |e: relata_attention::design::DesignError, what: &str| assert!(e.to_string().contains(what), "{e}");
    let f = family("nearest").unwrap();
    says(design(&f, &Target { error: 0.0, ..quick() }, Seed(0)).unwrap_err(), "error is 0");
    says(design(&f, &Target { keys: 0, ..quick() }, Seed(0)).unwrap_err(), "number of keys");
    says(design(&f, &Target { calibration: 20, ..quick() }, Seed(0)).unwrap_err(), "20 contexts");
    // A preorder in which everything is indifferent.
    let flat: Arc<dyn Relation> = Arc::new(relation_fn(Interval::unit(), Interval::unit(), |_, _| 1.0));
    let tied = Family::constructed("tied", "all tie", flat, 1.0).unwrap();
    says(design(&tied, &quick(), Seed(0)).unwrap_err(), "tied");
    // A utility of which nothing is known but its values, and an error below rounding.
    let bare: Arc<dyn Relation> =
        Arc::new(relation_fn(Interval::unit(), Interval::unit(), |x, y| x[0] * y[0]));
    says(constructed_scorer(bare.clone(), 1e-3).unwrap_err(), "with_enclosure");
    let bump = Arc::new(gaussian_shifted(3.0, 0.3).unwrap());
    says(constructed_scorer(bump.clone(), 1e-12).unwrap_err(), "rounding");
    says(additive_scorer([1, 1], &[], 1.0, 1e-3).unwrap_err(), "one or more");
    says(additive_scorer([1, 1], &[Term::new([0, 1], bump)], 1.0, 1e-3).unwrap_err(), "[[0, 1]]");
    let map = |outputs: usize| Affine::new(Mat::zeros(1, outputs), vec![0.0; outputs]);
    says(affine_scorer(map(1), map(2), 1.0).unwrap_err(), "1 against 2");
    // More distinct keys than items.
    says(design(&family("orders").unwrap(), &Target { keys: 40, ..quick() }, Seed(0)).unwrap_err(), "items");
}

#[test]
fn a_head_over_one_key_has_nothing_to_get_wrong() {
    for f in families().unwrap() {
        let target = Target { keys: 1, calibration: 500, ..Target::default() };
        let margins = Margins::new(vec![f64::INFINITY; 3]).unwrap();
        for head in [
            design(&f, &target, Seed(3)),
            design_with(&f, &target, &margins),
            design_for_margin(&f, &target, f64::INFINITY),
        ] {
            let head = head.unwrap();
            let c = head.certificate();
            assert!(c.keys == 1 && c.rank == 1 && c.miss == 0.0 && c.error == 0.0 && c.widths == [0, 0]);
            let m = measure_head(&head, &f, 50, Seed(4)).unwrap();
            assert!(m.worst_error == 0.0 && m.broken == 0 && m.violations == 0 && m.selected == 1.0, "{f:?}");
            assert_eq!(head.folded().unwrap().phi_net().outputs(), 1);
        }
        // It is still a target: what is out of range is refused.
        assert!(matches!(
            design(&f, &Target { error: f64::NAN, ..target }, Seed(3)),
            Err(DesignError::Target { .. })
        ));
    }
}

#[test]
fn two_keys_and_more_than_can_be_drawn() {
    for name in ["largest", "popular", "nearest", "phase", "trade-off", "orders"] {
        let f = family(name).unwrap();
        let head = design(&f, &Target { keys: 2, ..quick() }, Seed(5)).unwrap();
        let m = measure_head(&head, &f, 1000, Seed(6)).unwrap();
        assert!(m.share_above <= 0.1 && m.broken == 0 && m.violations == 0, "{f:?}: {m:?}");
        // Nothing is drawn for a margin that is known; b grows with the logarithm of the keys.
        let many = Target { keys: usize::MAX, ..quick() };
        let c = design_for_margin(&f, &many, 0.1).unwrap().certificate().clone();
        let b = c.inverse_temperature.value() * c.effective_margin;
        assert!((b - (usize::MAX as f64 * 0.98 / 0.02).ln()).abs() < 1e-9, "{name}: {b}");
        for target in
            [many, Target { calibration: usize::MAX, ..quick() }, Target { calibration: 0, ..quick() }]
        {
            assert!(matches!(design(&f, &target, Seed(0)), Err(DesignError::Target { .. })), "{name}");
        }
    }
}

/// Scorers that claim what is not so are found out: the largest error found is above the claim.
#[test]
fn a_false_claim_is_no_certificate() {
    let u = || {
        Arc::new(relation_fn(Interval::unit(), Interval::unit(), |x, y| (x[0] - y[0]).powi(2) + 5.0 * x[0]))
    };
    let scorer = |slope: f64, delta: f64| {
        // (x - y)^2 is y^2 - 2 x y up to a term of x; y^2 is not there.
        let phi = Affine::new(Mat::from_fn(1, 1, |_, _| slope), vec![0.0]);
        let psi = Affine::new(Mat::identity(1, 1), vec![0.0]);
        Scorer { delta, ..affine_scorer(phi, psi, 1.0).unwrap() }
    };
    let lie = Family::new("lie", "claims 1e-3", u(), 1.0, move |_| Ok(scorer(-2.0, 1e-3))).unwrap();
    match design_for_margin(&lie, &quick(), 0.1) {
        // y^2 ranges over [0, 1]: 1/2 is the best claim.
        Err(DesignError::Broken { claimed, found, .. }) => {
            assert!(claimed == 1e-3 && found > 0.4 && found <= 0.5);
        }
        other => panic!("{other:?}"),
    }
    let truth = Family::new("truth", "claims 1/2", u(), 1.0, move |_| Ok(scorer(-2.0, 0.5))).unwrap();
    let c = design_for_margin(&truth, &quick(), 40.0).unwrap().certificate().clone();
    assert!(c.found > 0.4 && c.found <= c.delta);
    // NaN is not below any claim, and encoders of other points do not fit.
    let nan = Family::new("nan", "claims NaN", u(), 1.0, move |_| Ok(scorer(-2.0, f64::NAN))).unwrap();
    assert!(matches!(design_for_margin(&nan, &quick(), 0.1), Err(DesignError::Scorer { .. })));
    let wide = Family::new("wide", "two inputs", u(), 1.0, |_| {
        let map = || Affine::new(Mat::zeros(2, 1), vec![0.0]);
        affine_scorer(map(), map(), 1.0)
    });
    assert!(matches!(design_for_margin(&wide.unwrap(), &quick(), 0.1), Err(DesignError::Inputs { .. })));
}
