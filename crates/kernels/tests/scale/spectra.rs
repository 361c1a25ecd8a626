//! Spectra, their limits, and the bounds and certificates that follow from them.

use super::{Line, column, counts, grid, kernel, line, random, rule, symmetric, verdict};
use relata_kernels::cost::{
    AsymmetricBound, Bound, BoundError, BoundParams, ErrorNorm, SymmetricBound, cholesky_certificate,
    cross_certificate, fourier_norms, lower_bound, sup_tails,
};
use relata_kernels::rkhs::{Membership, membership_from_values};
use relata_kernels::{
    Encoders, LimitParams, Limits, Mercer, decay_fit, degrees_of_freedom, effective_rank,
    extend_eigenfunctions, extend_left_functions, krein, limits, matrix_limits, mercer, mercer_truncation,
    nearest_psd, numerical_spectrum, psd_test_on, schmidt, schmidt_truncation,
};
use relata_relations::catalogue::relation;
use relata_relations::{FnRelation, Interval, Seed, relation_fn, scale};
use std::error::Error;
use std::num::NonZeroUsize;

const NODES: NonZeroUsize = NonZeroUsize::new(60).unwrap();

fn named(name: &str, s: f64) -> FnRelation {
    scale(s, relation(name).unwrap()).unwrap()
}

/// A relation of which nothing is known, so that its limits are computed on nodes.
fn anonymous(s: f64) -> FnRelation {
    let unit = Interval::unit();
    relation_fn(unit.clone(), unit, move |x, y| s * (1.0 + x[0] * y[0]).ln() * (3.0 * y[0]).cos())
}

/// Values and brackets; the functions of a spectrum are those of the relation itself.
fn of_limits(l: &Limits, most: usize) -> Vec<(f64, Vec<f64>)> {
    let at: Vec<_> = (0..=most).map(|d| l.at(d).unwrap()).collect();
    let (low, high) = l.norm_bracket();
    vec![
        (1.0, at.iter().flat_map(|l| [l.value, l.lower, l.upper]).chain([low, high, l.norm()]).collect()),
        (0.0, at.iter().flat_map(|l| [l.relative, l.relative_lower, l.relative_upper]).collect()),
    ]
}

/// The shares of the budget are not compared: tails of computed eigenfunctions are good to 1e-10.
fn of_bound(b: &Bound) -> Vec<(f64, Vec<f64>)> {
    let sizes = [b.rank, b.widths[0], b.widths[1], b.neurons, b.weights];
    vec![(0.0, sizes.map(|n| n as f64).to_vec())]
}

pub(super) fn spectra() -> Vec<Line> {
    let halves = |n: i32, s: f64| -> Vec<f64> { (0..n).map(|k| s * 0.5f64.powi(k)).collect() };
    let eigen = |s: f64| -> Result<Mercer, Box<dyn Error>> { Ok(mercer(&*kernel(s), &rule(12))?) };
    vec![
        line("effective_rank", move |s| {
            let e = effective_rank(&halves(9, s))?;
            Ok(vec![(0.0, vec![e.intrinsic, e.stable, e.participation, e.entropy])])
        }),
        line("degrees_of_freedom", move |s| {
            let ridge = if s > 0.0 { 0.1 * s } else { 1.0 };
            Ok(vec![(0.0, vec![degrees_of_freedom(&halves(9, s), ridge)?])])
        }),
        line("decay_fit", move |s| {
            let f = decay_fit(&halves(24, s), 0..24)?;
            Ok(vec![(0.0, vec![f.rate, f.interval.0, f.interval.1])])
        }),
        line("nearest_psd", |s| {
            let n = nearest_psd(random(6, 6, s).as_ref())?;
            Ok(vec![(1.0, column(&n.matrix)), (1.0, vec![n.distance, n.antisymmetric])])
        }),
        line("krein", |s| {
            let k = krein(symmetric(6, s).as_ref())?;
            let (positive, negative) = k.inertia();
            Ok(vec![
                (1.0, k.eigenvalues.clone()),
                (
                    1.0,
                    [k.positive(), k.negative(), k.absolute(), k.truncated(2)]
                        .iter()
                        .flat_map(column)
                        .collect(),
                ),
                (0.0, counts([positive, negative])),
            ])
        }),
        line("psd_test_on", |s| Ok(vec![verdict(&psd_test_on(&*kernel(s), &grid(6, 1.0))?).remove(0)])),
        line("numerical_spectrum", |s| {
            let n = numerical_spectrum(&anonymous(s), 20, 4)?;
            // Errors are differences of values, and good to the rounding of these.
            Ok(vec![(1.0, [n.values, n.errors].concat())])
        }),
        line("mercer", move |s| {
            let (m, q) = (eigen(s)?, rule(12));
            let f = extend_eigenfunctions(&*kernel(s), &q, &m, 3, &grid(5, 0.9))?;
            let t = mercer_truncation(&*kernel(s), &q, &m, 3, &grid(5, 0.9))?;
            Ok(vec![(1.0, m.values), (0.0, column(&f)), (1.0, vec![t.l2, t.sup])])
        }),
        line("schmidt", |s| {
            let (r, q) = (anonymous(s), rule(12));
            let d = schmidt(&r, [&q, &q])?;
            let f = extend_left_functions(&r, &q, &d, 3, &grid(5, 0.9))?;
            let t = schmidt_truncation(&r, [&q, &q], &d, 2, [&grid(5, 0.9), &grid(4, 0.8)])?;
            Ok(vec![(1.0, d.values[..4].to_vec()), (0.0, column(&f)), (1.0, vec![t.l2])])
        }),
        line("matrix_limits", |s| {
            let mut out = Vec::new();
            for e in [Encoders::Separate, Encoders::Shared, Encoders::Indefinite] {
                out.extend(of_limits(&matrix_limits(random(6, 6, s).as_ref(), e, 6)?, 6));
            }
            Ok(out)
        }),
        line("membership_from_values", |s| {
            let values: Vec<f64> = (0..6).map(|i| f64::from(i).sin() + 0.2).collect();
            match membership_from_values(&kernel(s), &grid(6, 1.0), &values, &[3, 6])? {
                Membership::Undecided { lower_bounds } => {
                    Ok(vec![(-0.5, lower_bounds.iter().map(|(_, b)| *b).collect())])
                }
                decided => Err(format!("values decide nothing: {decided:?}").into()),
            }
        }),
    ]
}

pub(super) fn limits_of_relations() -> Vec<Line> {
    let params = LimitParams { nodes: NODES, ..LimitParams::default() };
    let mut out: Vec<Line> = ["gaussian", "volterra", "sign", "abs-difference"]
        .into_iter()
        .map(|name| {
            line(name, move |s| {
                let r = named(name, s);
                let mut groups = of_limits(&limits(&r, Encoders::Separate, 4, &params)?, 4);
                groups.extend(of_limits(&limits(&r, Encoders::Shared, 4, &params)?, 4));
                Ok(groups)
            })
        })
        .collect();
    out.push(line("limits on nodes", move |s| {
        Ok(of_limits(&limits(&anonymous(s), Encoders::Separate, 3, &params)?, 3))
    }));
    out
}

pub(super) fn bounds() -> Vec<Line> {
    type Route = fn(&FnRelation, f64, &BoundParams) -> Result<Bound, BoundError>;
    let routes: [(&'static str, &'static str, Route); 8] = [
        ("SymmetricBound::of", "gaussian", |r, e, p| SymmetricBound::of(r, e, p)),
        ("SymmetricBound::splines", "gaussian", |r, e, p| SymmetricBound::splines(r, e, p)),
        ("SymmetricBound::covering", "brownian", |r, e, p| SymmetricBound::covering(r, e, p)),
        ("SymmetricBound::barron", "gaussian", |r, e, p| SymmetricBound::barron(r, e, p)),
        ("AsymmetricBound::of", "smooth-order", |r, e, p| AsymmetricBound::of(r, e, p)),
        ("AsymmetricBound::splines", "smooth-order", |r, e, p| AsymmetricBound::splines(r, e, p)),
        ("AsymmetricBound::covering", "positive-part", |r, e, p| AsymmetricBound::covering(r, e, p)),
        ("AsymmetricBound::fourier_maurey", "gaussian", |r, e, p| AsymmetricBound::fourier_maurey(r, e, p)),
    ];
    let mut out: Vec<Line> = routes
        .into_iter()
        .map(|(label, name, route)| {
            line(label, move |s| {
                let params = BoundParams { norm: ErrorNorm::Sup, ..BoundParams::default() };
                Ok(of_bound(&route(&named(name, s), 0.1 * s, &params)?))
            })
        })
        .collect();
    out.extend([
        line("sup_tails", |s| {
            let t = sup_tails(&named("gaussian", s), 4, &BoundParams::default())?;
            Ok(vec![(1.0, t.values().to_vec()), (0.0, counts([t.rank_for(0.1 * s)?]))])
        }),
        line("lower_bound", |s| {
            let b = lower_bound(&named("volterra", s), 0.05 * s, Encoders::Separate, ErrorNorm::L2)?;
            Ok(vec![(0.0, counts([b.rank, b.enough, b.neurons].into_iter().flatten()))])
        }),
        line("fourier_norms", |s| {
            let n = fourier_norms(&named("gaussian", s))?;
            let moments = [&n.mass, &n.first[0], &n.first[1], &n.second[0], &n.second[1]];
            Ok(vec![(1.0, moments.iter().filter_map(|m| m.finite()).collect()), (0.0, vec![n.uncertainty])])
        }),
        line("cholesky_certificate", |s| {
            let c = cholesky_certificate(&named("gaussian", s), 0.01 * s, 12, NODES)?;
            let pivots = counts([c.pivots.map_or(0, |p| p.len())]);
            // Which of several near maxima the search finds is a matter of rounding.
            assert!(c.upper.is_none_or(|upper| c.found <= upper));
            Ok(vec![(0.0, pivots), (1.0, vec![c.on_nodes]), (1.0, c.upper.into_iter().collect())])
        }),
        line("cross_certificate", |s| {
            let c = cross_certificate(&named("smooth-order", s), 0.01 * s, 12, NODES, Seed(3))?;
            let pivots = counts([c.rows.map_or(0, |p| p.len())]);
            // Which of several near maxima the search finds is a matter of rounding.
            assert!(c.upper.is_none_or(|upper| c.found <= upper));
            Ok(vec![(0.0, pivots), (1.0, vec![c.on_nodes]), (1.0, c.upper.into_iter().collect())])
        }),
    ]);
    out
}
