//! The remaining bounds, each against the quantity that it bounds.

use crate::trained::largest_error;
use crate::{Draw, Ledger};
use relata_attention::design::{
    Target, Term, additive_scorer, affine_scorer, constructed_scorer, design_for_margin, design_with, family,
    score_limits,
};
use relata_attention::dispersion::{largest_weight, smallest_weight};
use relata_attention::head::{
    Head, MaxMarginParams, Observed, Visibility, attention_limits, exp_kernel_limits, max_margin,
};
use relata_attention::width::{Code, nearest_to_origin};
use relata_attention::{InverseTemperature, Margins, Scores, expected_miss_bound_for_density, miss_bound};
use relata_debreu::continuous::{dkw_bound, lipschitz_lower_bound};
use relata_kernels::fast::{KernelProfile, ProfileKernel};
use relata_kernels::rkbs::{Exponent, Rkbs};
use relata_kernels::rkhs::{Membership, RkhsFunction, membership_from_values, norm_lower_bounds};
use relata_kernels::{Encoders, LimitParams, limit, numerical_spectrum, psd_test_on};
use relata_networks::{
    Activation, Affine, CertifyParams, Expansion, RelationNet, certify_factors, construct,
};
use relata_relations::catalogue::{negative_squared_distance, relation};
use relata_relations::faer::Mat;
use relata_relations::{Cube, Points, Relation, evaluate};
use std::num::NonZeroUsize;
use std::sync::Arc;

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Spaces of functions: norms that are known because the function was put together.
pub(crate) fn function_spaces(draw: &mut Draw, ledger: &mut Ledger) {
    const NORMS: &str = "relata_kernels::rkhs::norm_lower_bounds";
    const VALUES: &str = "relata_kernels::rkhs::membership_from_values";
    const FEATURES: &str = "relata_kernels::rkbs::Rkbs::feature_bounds";
    const GRAM: &str = "relata_kernels::psd_test_on";
    const SLOPE: &str = "relata_kernels::fast::KernelProfile::lipschitz";
    let length = draw.magnitude(0.05, 2.0);
    let profile = match draw.whole(0, 3) {
        0 => KernelProfile::gaussian(length),
        1 => KernelProfile::cauchy(length),
        2 => KernelProfile::inverse_multiquadric(length),
        _ => KernelProfile::exponential(length),
    };
    let (Ok(profile), Ok(square)) = (profile, Cube::new(2, -1.0, 1.0)) else { return };
    if let Some(constant) = profile.lipschitz() {
        for _ in 0..10 {
            let z = draw.points(4, 2, -1.0, 1.0);
            let rise = (profile.value(z.row(0), z.row(1)) - profile.value(z.row(2), z.row(3))).abs();
            let run = z.row(0).iter().zip(z.row(2)).chain(z.row(1).iter().zip(z.row(3)));
            let run = run.map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
            ledger.check(SLOPE, rise <= constant * run * (1.0 + 1e-9), || {
                format!("{profile:?}: {rise} over {run}")
            });
        }
    }
    let kernel: Arc<dyn Relation> = Arc::new(ProfileKernel::new(profile, square));
    let n = draw.whole(2, 8);
    let (centres, x) = (draw.points(n, 2, -1.0, 1.0), draw.points(12, 2, -1.0, 1.0));
    if let Some(psd) = ledger.accept(GRAM, psd_test_on(&*kernel, &x)) {
        ledger.check(GRAM, psd.holds(), || format!("{kernel:?} at {x:?}: {psd:?}"));
    }
    let weights = draw.normals(n);
    let Some(f) = ledger.accept(NORMS, RkhsFunction::new(kernel.clone(), centres, weights)) else { return };
    let (Ok(norm), Ok(values)) = (f.norm(), f.values(&x)) else { return };
    let sizes = [2, 5, 9];
    if let Some(bounds) = ledger.accept(NORMS, norm_lower_bounds(&kernel, &x, &values, &sizes)) {
        let right = bounds.iter().all(|b| *b <= norm * (1.0 + 1e-6))
            && bounds.windows(2).all(|w| w[0] <= w[1] * (1.0 + 1e-6));
        ledger.check(NORMS, right, || format!("{f:?} of norm {norm}: {bounds:?}"));
    }
    if let Some(found) = ledger.accept(VALUES, membership_from_values(&kernel, &x, &values, &sizes)) {
        let right = match &found {
            Membership::In { .. } => true,
            Membership::Out { .. } => false,
            Membership::Undecided { lower_bounds } => {
                lower_bounds.iter().all(|(_, b)| *b <= norm * (1.0 + 1e-6))
            }
        };
        ledger.check(VALUES, right, || format!("{f:?} of norm {norm}: {found:?}"));
    }
    let (left, right) = (draw.matrix(n, 3), draw.matrix(n + 1, 3));
    let p = draw.choose(&[1.0, 1.5, 2.0, 3.0, f64::INFINITY]);
    let Some(p) = ledger.accept(FEATURES, Exponent::new(p)) else { return };
    if let Some(space) = ledger.accept(FEATURES, Rkbs::new(left, right, p)) {
        let (a, b) = space.feature_bounds();
        let top = space.kernel().norm_max();
        ledger.check(FEATURES, top <= a * b * (1.0 + 1e-12), || {
            format!("{space:?}: {top} above {a} times {b}")
        });
    }
}

/// One limit and numerical spectra of relations with closed forms.
pub(crate) fn spectra(draw: &mut Draw, ledger: &mut Ledger) {
    const LIMIT: &str = "relata_kernels::limit";
    const NUMERICAL: &str = "relata_kernels::numerical_spectrum";
    let name = draw.choose(&["brownian", "bridge", "volterra", "poisson", "abs-difference", "sign"]);
    let Some(r) = ledger.accept(LIMIT, relation(name)) else { return };
    let Some(exact) = r.spectrum() else { return };
    let d = draw.whole(0, 20);
    if let Some(at) = ledger.accept(LIMIT, limit(&*r, Encoders::Separate, d)) {
        let right = (at.value - exact.tail(d)).abs() <= (at.uncertainty + 1e-12) * exact.norm();
        ledger.check(LIMIT, right, || format!("{name} at rank {d}: {at:?}, exact {}", exact.tail(d)));
    }
    let nodes = draw.choose(&[64, 96, 128]);
    if let Some(found) = ledger.accept(NUMERICAL, numerical_spectrum(&*r, nodes, 6)) {
        for (k, (value, error)) in found.values.iter().zip(&found.errors).enumerate() {
            let off = (value.abs() - exact.values()[k].abs()).abs();
            // An estimate: what it misses is a small part of the first value.
            let right = off <= 3.0 * error + 1e-5 * exact.values()[0].abs();
            ledger.check(NUMERICAL, right, || {
                format!("{name} with {nodes} nodes, value {k}: off by {off:e}, not {error:e}")
            });
        }
    }
}

/// Certificates of factors for one encoder, and derivatives of activations.
pub(crate) fn factors(draw: &mut Draw, ledger: &mut Ledger) {
    const FACTORS: &str = "relata_networks::certify_factors";
    const FIRST: &str = "relata_networks::Activation::derivative_bound";
    const SECOND: &str = "relata_networks::Activation::curvature_bound";
    let a = draw.choose(&Activation::ALL);
    for _ in 0..20 {
        let (t, h) = (draw.between(-6.0, 6.0), draw.magnitude(1e-3, 1.0));
        let rise = (a.value(t + h) - a.value(t)).abs();
        ledger.check(FIRST, rise <= a.derivative_bound() * h * (1.0 + 1e-12) + 1e-15, || {
            format!("{a:?} at {t}: {rise} over {h}")
        });
        if let Some(bound) = a.curvature_bound() {
            let bend = (a.derivative(t + h) - a.derivative(t)).abs();
            ledger.check(SECOND, bend <= bound * h * (1.0 + 1e-12) + 1e-15, || {
                format!("{a:?}' at {t}: {bend} over {h}")
            });
        }
    }
    let name = draw.choose(&["gaussian", "brownian", "matern-32"]);
    let Some(k) = ledger.accept(FACTORS, relation(name)) else { return };
    let Some(built) = ledger.accept(FACTORS, construct(&k, draw.magnitude(0.02, 0.3))) else { return };
    let anchors = NonZeroUsize::new(draw.whole(20, 60)).unwrap_or(NonZeroUsize::MIN);
    let anchors = k.spaces().0.sample(anchors, draw.stream());
    let Some(expansion) = ledger.accept(FACTORS, Expansion::nystrom(&k, built.net(), &anchors)) else {
        return;
    };
    let Some(c) =
        ledger.accept(FACTORS, certify_factors(&k, built.net(), &expansion, &CertifyParams::default()))
    else {
        return;
    };
    let (error, size) = largest_error(draw, &k, built.net());
    ledger.check(FACTORS, error <= c.upper() + 1e-12 * size && c.lower() <= c.upper(), || {
        format!("{name}: {c:?}, found {error:e}")
    });
}

/// Bounds from samples of utilities.
pub(crate) fn sampled(draw: &mut Draw, ledger: &mut Ledger) {
    const SLOPE: &str = "relata_debreu::continuous::lipschitz_lower_bound";
    const DKW: &str = "relata_debreu::continuous::dkw_bound";
    const WOLD: &str = "relata_debreu::continuous::DiagonalBracket::bound";
    let (n, p) = (draw.whole(2, 20), draw.whole(1, 4));
    let (x, a) = (draw.points(n, p, -1.0, 1.0), draw.normals(p));
    let unit = draw.unit();
    let values: Vec<f64> = x.rows().map(|r| dot(r, &a) * unit).collect();
    let true_slope = a.iter().map(|v| v * v).sum::<f64>().sqrt() * unit;
    if let Some((slope, _)) = lipschitz_lower_bound(&x, &values) {
        ledger.check(SLOPE, slope > 0.0 && slope <= true_slope * (1.0 + 1e-6), || {
            format!("{x:?}, {values:?}: {slope:e} above {true_slope:e}")
        });
    }
    // The distribution of uniform numbers, at a doubt that no run will ever see.
    let mut u: Vec<f64> = (0..draw.whole(1, 500)).map(|_| draw.between(0.0, 1.0)).collect();
    u.sort_by(f64::total_cmp);
    let m = u.len() as f64;
    let off =
        u.iter().enumerate().map(|(i, u)| (u - i as f64 / m).max((i + 1) as f64 / m - u)).fold(0.0, f64::max);
    ledger.check(DKW, off <= dkw_bound(u.len(), 1e-15), || format!("{} numbers: {off}", u.len()));
    // A utility that is known on the diagonal: the p-mean of two goods.
    let q = draw.between(0.3, 3.0);
    let mean = move |x: &[f64]| (0.5 * (x[0].powf(q) + x[1].powf(q))).powf(1.0 / q);
    let precision =
        relata_debreu::continuous::WoldParams { tolerance: draw.magnitude(1e-9, 1e-2), resolution: 1e-3 };
    let compare = move |x: &[f64], y: &[f64]| mean(x).total_cmp(&mean(y));
    let wold = relata_debreu::continuous::Wold::new(2, 1.0, 2.0, precision, compare, draw.stream());
    let Some(wold) = ledger.accept(WOLD, wold) else { return };
    for _ in 0..5 {
        let at = [draw.between(1.0, 2.0), draw.between(1.0, 2.0)];
        let Some(found) = ledger.accept(WOLD, wold.value(&at)) else { continue };
        let off = (found.value() - mean(&at)).abs();
        ledger.check(WOLD, off <= found.bound() + 1e-14, || {
            format!("{at:?}: off by {off:e}, not {:e}", found.bound())
        });
    }
}

/// Weights and margins of attention.
pub(crate) fn attention(draw: &mut Draw, ledger: &mut Ledger) {
    const LARGEST: &str = "relata_attention::dispersion::largest_weight";
    const SMALLEST: &str = "relata_attention::dispersion::smallest_weight";
    const DENSITY: &str = "relata_attention::expected_miss_bound_for_density";
    const EXP: &str = "relata_attention::head::exp_kernel_limits";
    const ATTENTION: &str = "relata_attention::head::attention_limits";
    const MARGIN: &str = "relata_attention::head::max_margin";
    const FREE: &str = "relata_attention::width::Code::free_margins";
    const ORIGIN: &str = "relata_attention::width::nearest_to_origin";
    let (n, spread) = (draw.whole(2, 30), draw.magnitude(1e-3, 50.0));
    let scores: Vec<f64> = (0..n).map(|_| draw.between(0.0, spread)).collect();
    if let Some(s) = ledger.accept(LARGEST, Scores::new(&scores)) {
        for w in s.softmax(InverseTemperature::ONE) {
            ledger.check(LARGEST, w <= largest_weight(n, spread) * (1.0 + 1e-12), || {
                format!("{scores:?}: {w:e}")
            });
            ledger.check(SMALLEST, w >= smallest_weight(n, spread) * (1.0 - 1e-12), || {
                format!("{scores:?}: {w:e}")
            });
        }
    }
    // Margins uniform on [0, 1 / density].
    let density = draw.magnitude(1e-2, 1e2);
    if let Some(b) = ledger.accept(DENSITY, InverseTemperature::new(density * draw.magnitude(1e-2, 1e3))) {
        const STEPS: usize = 400;
        let mean =
            (0..STEPS).map(|k| miss_bound(n, (k as f64 + 1.0) / STEPS as f64 / density, b)).sum::<f64>()
                / STEPS as f64;
        // A lower sum of a falling function.
        let bound = expected_miss_bound_for_density(n, density, b);
        ledger.check(DENSITY, mean <= bound * (1.0 + 1e-12), || {
            format!("{n} keys, {density}, {b:?}: {mean}, bound {bound}")
        });
    }
    let n = draw.whole(2, 7);
    let d = draw.whole(1, 3);
    let (query, key) = (draw.matrix(d, n), draw.matrix(d, n));
    let low = Mat::from_fn(n, n, |i, j| (0..d).map(|k| query[(k, i)] * key[(k, j)]).sum::<f64>());
    if let Some(seen) = ledger.accept(EXP, Observed::new(low.as_ref(), Visibility::All)) {
        // The best of rank one is no better than the limit: a product of row and column means.
        let top = low
            .row_iter()
            .flat_map(|r| r.iter().copied().collect::<Vec<_>>())
            .fold(f64::NEG_INFINITY, f64::max);
        let kernel = Mat::from_fn(n, n, |i, j| (low[(i, j)] - top).exp());
        let weights = Mat::from_fn(n, n, |i, j| kernel[(i, j)] / (0..n).map(|k| kernel[(i, k)]).sum::<f64>());
        for (name, found, matrix) in
            [(EXP, exp_kernel_limits(&seen), kernel), (ATTENTION, attention_limits(&seen), weights)]
        {
            let Some(at) = ledger.accept(name, found).and_then(|l| l.at(1).ok()) else { continue };
            let rows = draw.normals(n);
            let (u, v) = {
                // One step of the power method from a random start is a fair rank-one guess.
                let v: Vec<f64> =
                    (0..n).map(|j| (0..n).map(|i| matrix[(i, j)] * rows[i].abs()).sum()).collect();
                let u: Vec<f64> = (0..n)
                    .map(|i| (0..n).map(|j| matrix[(i, j)] * v[j]).sum::<f64>() / dot(&v, &v))
                    .collect();
                (u, v)
            };
            let error = (0..n)
                .map(|i| (0..n).map(|j| (matrix[(i, j)] - u[i] * v[j]).powi(2)).sum::<f64>())
                .sum::<f64>()
                .sqrt();
            let right = at.value - at.uncertainty * matrix.norm_l2() <= error * (1.0 + 1e-10);
            ledger.check(name, right, || format!("{low:?}: {at:?}, an error of {error:e}"));
        }
    }
    if let Some(head) = ledger.accept(MARGIN, Head::new(draw.matrix(d, 2), draw.matrix(d, 2), 1.0)) {
        let inputs = draw.matrix(n, d);
        let params = MaxMarginParams { steps: 2000, ..MaxMarginParams::default() };
        if let Some(found) =
            ledger.accept(MARGIN, max_margin(&head, inputs.as_ref(), Visibility::All, params))
        {
            let right = found.margin <= found.margin_at_most * (1.0 + 1e-12)
                && found.head_margin <= found.margin_at_most * (1.0 + 1e-9);
            ledger.check(MARGIN, right, || format!("{head:?} on {inputs:?}: {found:?}"));
        }
    }
    let keys = draw.points(n, d, -1.0, 1.0);
    if let Some(code) = ledger.accept(FREE, Code::new(&keys)) {
        for (k, (bracket, query)) in code.free_margins().into_iter().enumerate() {
            let size = dot(&query, &query).sqrt();
            let score = |j: usize| dot(code.keys().row(j), &query) / size;
            let others = (0..n).filter(|j| *j != k).map(score).fold(f64::NEG_INFINITY, f64::max);
            let shown = size <= 0.0 || score(k) - others >= bracket.lower - 1e-12;
            ledger.check(FREE, shown && bracket.lower <= bracket.upper + 1e-12, || {
                format!("{keys:?}, key {k}: {bracket:?}")
            });
        }
    }
    let unit = draw.unit();
    let points: Vec<Vec<f64>> =
        (0..n).map(|_| draw.normals(d).iter().map(|v| (v + 1.0) * unit).collect()).collect();
    let found = nearest_to_origin(&points);
    let reached = (0..d)
        .map(|k| points.iter().zip(&found.weights).map(|(p, w)| w * (p[k] / unit)).sum::<f64>().powi(2))
        .sum::<f64>()
        .sqrt()
        * unit;
    let least = points
        .iter()
        .map(|p| dot(&found.normal, &p.iter().map(|v| v / unit).collect::<Vec<_>>()))
        .fold(f64::INFINITY, f64::min)
        * unit;
    let size = points.iter().flatten().fold(0.0f64, |m, v| m.max(v.abs()));
    let right = found.lower <= found.upper
        && reached <= found.upper + 1e-12 * size
        && (found.lower <= 0.0 || found.lower.abs() <= least + 1e-12 * size);
    ledger.check(ORIGIN, right, || format!("{points:?}: {found:?}, reached {reached:e}, least {least:e}"));
}

/// Scorers of designed heads against the utilities they stand for.
pub(crate) fn scorers(draw: &mut Draw, ledger: &mut Ledger) {
    const AFFINE: &str = "relata_attention::design::affine_scorer";
    const CONSTRUCTED: &str = "relata_attention::design::constructed_scorer";
    const ADDITIVE: &str = "relata_attention::design::additive_scorer";
    const FAMILY: &str = "relata_attention::design::Family::scorer";
    const WITH: &str = "relata_attention::design::design_with";
    const MARGIN: &str = "relata_attention::design::design_for_margin";
    const LIMITS: &str = "relata_attention::design::score_limits";
    let (p, q, d) = (draw.whole(1, 3), draw.whole(1, 3), draw.whole(1, 3));
    let (a, b) = (draw.matrix(p, d), draw.matrix(q, d));
    let reach = draw.magnitude(1e-3, 1e3);
    let (x, y) = (draw.points(15, p, -reach, reach), draw.points(15, q, -reach, reach));
    if let Some(scorer) = ledger.accept(
        AFFINE,
        affine_scorer(Affine::new(a.clone(), vec![0.5; d]), Affine::new(b.clone(), vec![-1.0; d]), reach),
    ) {
        // The same sums, added up in another order.
        let exact = Mat::from_fn(15, 15, |i, j| {
            (0..d)
                .rev()
                .map(|k| {
                    let u = (0..p).rev().map(|l| a[(l, k)] * x.row(i)[l]).sum::<f64>() + 0.5;
                    u * ((0..q).rev().map(|l| b[(l, k)] * y.row(j)[l]).sum::<f64>() - 1.0)
                })
                .sum::<f64>()
        });
        let error = (exact - scorer.net.evaluate(&x, &y)).norm_max();
        ledger.check(AFFINE, error <= scorer.delta, || format!("off by {error:e}, not {:e}", scorer.delta));
    }
    let delta = draw.magnitude(0.02, 0.3);
    let name = draw.choose(&["gaussian", "tanh", "smooth-order", "brownian", "abs-difference"]);
    let Some(u) = ledger.accept(CONSTRUCTED, relation(name)) else { return };
    if let Some(scorer) = ledger.accept(CONSTRUCTED, constructed_scorer(u.clone(), delta)) {
        // Scores may differ by a function of the query alone.
        let off = moved(draw, &*u, &scorer.net);
        ledger.check(
            CONSTRUCTED,
            off <= 2.0 * scorer.delta + 1e-12 && scorer.delta <= delta * (1.0 + 1e-12),
            || format!("{name} to {delta}: differences of scores off by {off:e}, delta {:e}", scorer.delta),
        );
    }
    let (low, high) = u.spaces().0.parameters().and_then(|r| r.first().copied()).unwrap_or((0.0, 1.0));
    let terms = [Term::new([0, 1], u.clone()), Term::new([1, 0], u.clone())];
    if let Some(scorer) =
        ledger.accept(ADDITIVE, additive_scorer([2, 2], &terms, low.abs().max(high.abs()), delta))
    {
        let (x, y) = (draw.points(15, 2, low, high), draw.points(15, 2, low, high));
        let column = |z: &Points, k: usize| Points::line(z.rows().map(|r| r[k]).collect());
        if let (Ok(x0), Ok(x1), Ok(y0), Ok(y1)) = (column(&x, 0), column(&x, 1), column(&y, 0), column(&y, 1))
            && let (Ok(first), Ok(second)) = (evaluate(&u, &x0, &y1), evaluate(&u, &x1, &y0))
        {
            let off = spread_of_rows(&(first + second - scorer.net.evaluate(&x, &y)));
            ledger.check(ADDITIVE, off <= 2.0 * scorer.delta + 1e-12, || {
                format!("{name} to {delta}: off by {off:e}, delta {:e}", scorer.delta)
            });
        }
    }
    let name = draw.choose(&["largest", "nearest", "phase", "popular"]);
    let Some(family) = ledger.accept(FAMILY, family(name)) else { return };
    if let Some(scorer) = ledger.accept(FAMILY, family.scorer(delta)) {
        let off = moved(draw, &**family.utility(), &scorer.net);
        ledger.check(FAMILY, off <= 2.0 * scorer.delta + 1e-9, || {
            format!("{name} to {delta}: off by {off:e}, delta {:e}", scorer.delta)
        });
    }
    let margin = draw.magnitude(0.05, 1.0);
    let target = Target { keys: draw.whole(2, 6), error: draw.magnitude(0.01, 0.2), ..Target::default() };
    let margins = Margins::new((0..500).map(|_| margin * draw.between(1.0, 2.0)).collect());
    let with = margins.ok().map(|m| design_with(&family, &target, &m));
    for (function, head) in [(WITH, with), (MARGIN, Some(design_for_margin(&family, &target, margin)))] {
        let Some(head) = head.and_then(|h| ledger.accept(function, h)) else { continue };
        // Scores of that margin, moved against each other as far as the head may be wrong.
        let c = head.certificate();
        let gap = c.margin - 2.0 * c.delta;
        let miss = miss_bound(c.keys, gap, c.inverse_temperature) * family.diameter();
        ledger.check(
            function,
            miss <= c.error * (1.0 + 1e-9) && c.error <= target.error * family.diameter() * (1.0 + 1e-9),
            || format!("{name}: {c:?}, {miss:e}"),
        );
    }
    // Nearest neighbours on a line or in a plane, centred: rank p + 1, so no error beyond.
    let p = draw.whole(1, 2);
    let Ok(distance) = negative_squared_distance(p) else { return };
    if let Some(found) = ledger.accept(
        LIMITS,
        score_limits(
            Arc::new(distance),
            p + 2,
            &LimitParams { nodes: NonZeroUsize::MIN.saturating_add(99), ..LimitParams::default() },
        ),
    ) {
        let Some(at) = ledger.accept(LIMITS, found.at(p + 1)) else { return };
        ledger.check(LIMITS, at.value - at.uncertainty * found.norm() <= 1e-9 * found.norm(), || {
            format!("{p}: {at:?}")
        });
    }
}

/// How far differences of scores between keys are from differences of utilities.
fn moved(draw: &mut Draw, u: &dyn Relation, net: &RelationNet) -> f64 {
    const N: NonZeroUsize = NonZeroUsize::new(25).unwrap();
    let (x, y) = (u.spaces().0.sample(N, draw.stream()), u.spaces().1.sample(N, draw.stream()));
    let Ok(values) = evaluate(u, &x, &y) else { return 0.0 };
    spread_of_rows(&(values - net.evaluate(&x, &y)))
}

/// The largest difference within a row: scores of one query count up to a constant.
fn spread_of_rows(e: &Mat<f64>) -> f64 {
    let row = |i: usize| {
        let entries: Vec<f64> = e.row(i).iter().copied().collect();
        let (low, high) = (f64::INFINITY, f64::NEG_INFINITY);
        entries.iter().fold(high, |m, v| m.max(*v)) - entries.iter().fold(low, |m, v| m.min(*v))
    };
    (0..e.nrows()).map(row).fold(0.0, f64::max)
}
