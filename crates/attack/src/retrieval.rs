//! Bounds of attention weights, sparse maps, codes, hulls and designed heads.

use crate::{Draw, Ledger};
use relata_attention::design::{Target, design, family, measure_head};
use relata_attention::dispersion::{required_spread, weight_bounds};
use relata_attention::hopfield::Hopfield;
use relata_attention::width::{Code, distance_to_hull, margin_upper};
use relata_attention::{
    Alpha, InverseTemperature, Margins, Scores, entmax, entmax_miss_bound, expected_miss_bound, miss_bound,
    required_for_retrieval, required_inverse_temperature, retrieval_bound, sparsemax,
};

/// Softmax and its sparse relatives against what is promised of their largest weight.
pub(crate) fn weights(draw: &mut Draw, ledger: &mut Ledger) {
    const MISS: &str = "relata_attention::miss_bound";
    const REQUIRED: &str = "relata_attention::required_inverse_temperature";
    const RETRIEVAL: &str = "relata_attention::retrieval_bound";
    const FOR_RETRIEVAL: &str = "relata_attention::required_for_retrieval";
    const EXPECTED: &str = "relata_attention::expected_miss_bound";
    const SPREAD: &str = "relata_attention::dispersion::weight_bounds";
    const NEEDED: &str = "relata_attention::dispersion::required_spread";
    const ENTMAX: &str = "relata_attention::entmax";
    const SPARSEMAX: &str = "relata_attention::sparsemax";
    const SPARSE: &str = "relata_attention::entmax_miss_bound";
    let n = draw.whole(1, 12);
    let size = draw.magnitude(1e-9, 1e3);
    let mut scores: Vec<f64> = draw.normals(n).iter().map(|s| s * size).collect();
    if draw.chance(0.3) {
        // All losers tie: the bound is an equality.
        (1..n).for_each(|j| scores[j] = scores[0] - size);
    }
    let Some(b) = ledger.accept(MISS, InverseTemperature::new(draw.magnitude(1e-3, 1e3) / size)) else {
        return;
    };
    let Some(checked) = ledger.accept(MISS, Scores::new(&scores)) else { return };
    let margin = checked.margin();
    let soft = checked.softmax(b);
    let miss: f64 = (0..n).filter(|j| *j != margin.best).map(|j| soft[j]).sum();
    let promised = miss_bound(n, margin.value, b);
    // A rounded exponent has as many wrong digits as it is large.
    let digits = 1e-14 * (10.0 + b.value() * margin.value.abs().min(1e6));
    ledger.check(MISS, n == 1 || miss <= promised * (1.0 + digits) + 1e-300, || {
        format!("{scores:?} at {b:?}: {miss:e}, bound {promised:e}")
    });
    let eps = draw.magnitude(1e-12, 0.9);
    if n > 1
        && let Some(enough) = ledger.accept(REQUIRED, required_inverse_temperature(n, margin.value, eps))
    {
        let found: f64 = (0..n).filter(|j| *j != margin.best).map(|j| checked.softmax(enough)[j]).sum();
        ledger.check(REQUIRED, found <= eps * (1.0 + 1e-9), || {
            format!("{scores:?} at {enough:?}: {found:e}, not {eps:e}")
        });
    }
    // Values in an interval of length `diameter`: the output moves by at most the bound.
    let diameter = draw.magnitude(1e-6, 1e6);
    let values: Vec<f64> = (0..n).map(|_| draw.between(0.0, diameter)).collect();
    let moved =
        |w: &[f64]| (w.iter().zip(&values).map(|(w, v)| w * (v - values[margin.best])).sum::<f64>()).abs();
    let bound = retrieval_bound(n, margin.value, b, diameter);
    ledger.check(RETRIEVAL, n == 1 || moved(&soft) <= bound * (1.0 + digits) + 1e-14 * diameter, || {
        format!("{scores:?} {values:?} at {b:?}")
    });
    if n > 1
        && let Some(enough) =
            ledger.accept(FOR_RETRIEVAL, required_for_retrieval(n, margin.value, diameter, eps * diameter))
    {
        let found = moved(&checked.softmax(enough));
        ledger.check(FOR_RETRIEVAL, found <= eps * diameter * (1.0 + 1e-9) + 1e-14 * diameter, || {
            format!("{scores:?} at {enough:?}: {found:e}")
        });
    }
    // Scores known up to delta: the mean over contexts of what is missed.
    let delta = draw.between(0.0, 0.3) * size;
    let near: Vec<f64> = scores.iter().map(|s| s + draw.between(-delta, delta)).collect();
    if n > 1
        && let (Ok(margins), Ok(near)) = (Margins::new(vec![margin.value]), Scores::new(&near))
    {
        let found: f64 = 1.0 - near.softmax(b)[margin.best];
        let bound = expected_miss_bound(n, &margins, delta, b);
        ledger.check(EXPECTED, found <= bound + 1e-12, || {
            format!("{scores:?} moved by {delta:e}: {found:e}, bound {bound:e}")
        });
    }
    let spread = scores.iter().fold(0.0f64, |m, s| m.max(*s)) - scores.iter().fold(0.0f64, |m, s| m.min(*s));
    let [least, most] = weight_bounds(n, b.value() * spread);
    let inside =
        soft.iter().all(|w| *w <= most * (1.0 + digits) + 1e-300 && *w >= least * (1.0 - digits) - 1e-300);
    ledger.check(SPREAD, inside, || format!("{scores:?} at {b:?}: {soft:?} not in {least:e} to {most:e}"));
    let largest = soft.iter().copied().fold(0.0, f64::max);
    if n > 1
        && largest < 1.0 - 1e-9
        && let Some(needed) = ledger.accept(NEEDED, required_spread(n, largest))
    {
        ledger.check(NEEDED, needed <= b.value() * spread * (1.0 + 1e-9) + 1e-6, || {
            format!("{scores:?} at {b:?}: {needed}")
        });
    }
    let Some(alpha) = ledger.accept(ENTMAX, Alpha::new(1.0 + draw.magnitude(0.05, 99.0))) else { return };
    for (name, w, alpha) in
        [(ENTMAX, entmax(&checked, b, alpha), alpha.value()), (SPARSEMAX, sparsemax(&checked, b), 2.0)]
    {
        let sum: f64 = w.iter().sum();
        ledger.check(name, (sum - 1.0).abs() <= 1e-12 && w.iter().all(|w| *w >= 0.0), || {
            format!("{scores:?}: {w:?}")
        });
        // Optimality: w_i^(alpha - 1) less (alpha - 1) b s_i is the same on the support, and the
        // scores beyond it are lower. Compared with the best key, the gaps are small numbers.
        let root = |w: f64| w.powf(alpha - 1.0);
        let gap = |j: usize| (alpha - 1.0) * b.value() * (scores[margin.best] - scores[j]);
        let top = root(w[margin.best]);
        for j in 0..n {
            let rest = top - gap(j);
            let slack = 1e-10 * (1.0 + gap(j)).min(10.0);
            let holds =
                if w[j] > 1e-9 { (root(w[j]) - rest).abs() <= slack } else { rest <= root(1e-9) + slack };
            ledger.check(name, holds, || format!("{scores:?} at {b:?}, alpha {alpha}: {w:?} at key {j}"));
        }
    }
    let found = 1.0 - entmax(&checked, b, alpha)[margin.best];
    let bound = entmax_miss_bound(n, margin.value, b, alpha);
    ledger.check(SPARSE, found <= bound + 1e-10, || {
        format!("{scores:?} at {b:?}, {alpha:?}: {found:e}, bound {bound:e}")
    });
}

/// Codes, hulls and memories.
pub(crate) fn geometry(draw: &mut Draw, ledger: &mut Ledger) {
    const UPPER: &str = "relata_attention::width::margin_upper";
    const FREE: &str = "relata_attention::width::Code::free_margin";
    const HULL: &str = "relata_attention::width::distance_to_hull";
    const STEP: &str = "relata_attention::hopfield::Hopfield::step_bound";
    let (n, d) = (draw.whole(2, 9), draw.whole(1, 5));
    let unit = draw.unit();
    let spread = draw.magnitude(1e-3, 1.0);
    let rows: Vec<Vec<f64>> =
        (0..n).map(|_| draw.normals(d).iter().map(|v| (v * spread) * unit).collect()).collect();
    let Some(points) = ledger.accept(HULL, relata_relations::Points::from_rows(&rows)) else { return };
    if let Some(code) = ledger.accept(FREE, Code::new(&points)) {
        let (free, aligned, upper) = (code.free_margin(), code.aligned_margin(), margin_upper(n, d));
        ledger.check(UPPER, aligned <= upper + 1e-9 && free.lower <= upper + 1e-9, || {
            format!("{rows:?}: {aligned} {free:?}, {upper}")
        });
        ledger.check(FREE, free.lower <= free.upper + 1e-12 && aligned <= free.upper + 1e-9, || {
            format!("{rows:?}: {aligned} {free:?}")
        });
        // Any queries at all give some key no more than the upper end.
        let mut worst = f64::INFINITY;
        for k in 0..n {
            let q = draw.normals(d);
            let size = q.iter().map(|v| v * v).sum::<f64>().sqrt();
            let score = |j: usize| code.keys().row(j).iter().zip(&q).map(|(a, b)| a * b / size).sum::<f64>();
            let others = (0..n).filter(|j| *j != k).map(score).fold(f64::NEG_INFINITY, f64::max);
            worst = worst.min(score(k) - others);
        }
        ledger
            .check(FREE, worst <= free.upper + 1e-9, || format!("{rows:?}: queries with {worst}, {free:?}"));
    }
    let point: Vec<f64> = draw.normals(d).iter().map(|v| v * unit).collect();
    if let Some(found) = ledger.accept(HULL, distance_to_hull(&point, &points)) {
        for _ in 0..5 {
            let mut w: Vec<f64> = (0..n).map(|_| draw.magnitude(1e-6, 1.0)).collect();
            let sum: f64 = w.iter().sum();
            w.iter_mut().for_each(|v| *v /= sum);
            let at = |k: usize| w.iter().zip(&rows).map(|(w, r)| w * (r[k] / unit)).sum::<f64>();
            let near = (0..d).map(|k| (at(k) - point[k] / unit).powi(2)).sum::<f64>().sqrt() * unit;
            let right = found.lower <= near * (1.0 + 1e-9) && found.lower <= found.upper;
            ledger.check(HULL, right, || format!("{point:?} to {rows:?}: {found:?}, a point at {near:e}"));
        }
    }
    let Some(b) = ledger.accept(STEP, InverseTemperature::new(draw.magnitude(1e-2, 1e2))) else { return };
    let patterns = draw.points(n, d, -1.0, 1.0);
    let memory = Hopfield::new(patterns.clone(), b);
    let (index, radius) = (draw.whole(0, n - 1), draw.between(0.0, 0.5));
    let way = draw.normals(d);
    let length = way.iter().map(|v| v * v).sum::<f64>().sqrt() / radius;
    let state: Vec<f64> = patterns.row(index).iter().zip(&way).map(|(p, v)| p + v / length).collect();
    let (Some(next), Some(bound)) =
        (ledger.accept(STEP, memory.step(&state)), ledger.accept(STEP, memory.step_bound(index, radius)))
    else {
        return;
    };
    let off = next.iter().zip(patterns.row(index)).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
    ledger.check(STEP, off <= bound * (1.0 + 1e-9) + 1e-12, || {
        format!("{patterns:?} {index} {radius}: {off}, {bound}")
    });
}

/// Designed heads on fresh contexts: no context above its own bound, and the promised share of them
/// within the promised error.
pub(crate) fn heads(draw: &mut Draw, ledger: &mut Ledger) {
    const NAME: &str = "relata_attention::design::design";
    let name = draw.choose(&["largest", "popular", "nearest", "phase"]);
    let Some(family) = ledger.accept(NAME, family(name)) else { return };
    let target = Target {
        keys: draw.whole(1, 6),
        error: draw.magnitude(0.01, 0.2),
        probability: 0.9,
        calibration: 400,
        ..Target::default()
    };
    let Some(head) = ledger.accept(NAME, design(&family, &target, draw.seed())) else { return };
    let Some(found) = ledger.accept(NAME, measure_head(&head, &family, 60, draw.seed().child("fresh")))
    else {
        return;
    };
    ledger.check(NAME, found.violations == 0, || format!("{name} {target:?}: {found:?}"));
    // 60 contexts of which 9 in 10 keep the promise: fewer than 40 have probability below 1e-7.
    ledger.check(NAME, found.broken <= 20, || format!("{name} {target:?}: {found:?}"));
}
