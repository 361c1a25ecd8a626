//! Homogeneity: what is computed from a matrix, a set of points or scores times a factor is the
//! same times a power of that factor, from 1e-300 to 1e300, or an error that names the range.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use relata_attention::head::{
    Head, MaxMarginParams, Observed, Visibility, attention_limits, exp_kernel_limits, explained_order,
    max_margin, rank_for, retrieval,
};
use relata_attention::hopfield::{Hopfield, capacity_base};
use relata_attention::width::{Code, distance_to_hull, induced_orders, nearest_to_origin};
use relata_attention::{
    Alpha, InverseTemperature, Margins, Scores, entmax, entmax_miss_bound, expected_miss_bound,
    expected_miss_bound_for_density, margin_of, miss_bound, perturbed_margin, required_for_retrieval,
    required_inverse_temperature, retrieval_bound, select_by_utility, sparsemax, top_k,
};
use relata_relations::faer::Mat;
use relata_relations::{Points, Seed, matrix_relation};

const FACTORS: [f64; 5] = [1e-300, 1e-160, 3.0, 1e160, 1e300];

/// Numbers that are to be the answer at 1 times this power of the factor.
type Answer = Result<Vec<(i32, Vec<f64>)>, String>;
type Case = (&'static str, Box<dyn Fn(f64) -> Answer>);

fn b(value: f64) -> InverseTemperature {
    InverseTemperature::new(value).unwrap()
}

/// The inverse temperature that undoes a factor.
fn undo(s: f64) -> InverseTemperature {
    b(1.0 / s)
}

fn points(n: usize, d: usize, s: f64) -> Points {
    let mut stream = Seed(11).stream("scale");
    Points::new(d, (0..n * d).map(|_| s * stream.normal()).collect()).unwrap()
}

fn rows(p: &Points) -> Vec<Vec<f64>> {
    p.rows().map(<[f64]>::to_vec).collect()
}

fn matrix(m: usize, n: usize, s: f64, seed: u64) -> Mat<f64> {
    let mut stream = Seed(seed).stream("scale");
    Mat::from_fn(m, n, |_, _| s * stream.normal())
}

fn all(m: &Mat<f64>) -> Vec<f64> {
    m.col_iter().flat_map(|c| c.iter().copied().collect::<Vec<_>>()).collect()
}

const SCORES: [f64; 6] = [0.3, -1.0, 2.0, 1.7, 0.3, 1.95];

fn scores(s: f64) -> Vec<f64> {
    SCORES.iter().map(|v| v * s).collect()
}

fn case(name: &'static str, f: impl Fn(f64) -> Answer + 'static) -> Case {
    (name, Box::new(f))
}

/// Every public function of scores, margins, heads, memories, codes and hulls.
fn cases() -> Vec<Case> {
    let text = |e: &dyn std::fmt::Display| e.to_string();
    let of_scores = |f: fn(&Scores<'_>, InverseTemperature) -> Vec<f64>| {
        move |s: f64| Ok(vec![(0, f(&Scores::new(&scores(s)).unwrap(), undo(s)))])
    };
    vec![
        case("softmax", of_scores(|c, b| c.softmax(b))),
        case("miss", of_scores(|c, b| (0..6).map(|k| c.miss(k, b)).collect())),
        case("sparsemax", of_scores(sparsemax)),
        case("entmax", of_scores(|c, b| entmax(c, b, Alpha::new(1.5).unwrap()))),
        case("entmax, steep", of_scores(|c, b| entmax(c, b, Alpha::new(7.0).unwrap()))),
        case("top_k", of_scores(|c, b| top_k(c, b, 3).unwrap())),
        case("select", of_scores(|c, _| c.select().keys().iter().map(|k| *k as f64).collect())),
        case("soft_maximum", |s| Ok(vec![(1, vec![Scores::new(&scores(s)).unwrap().soft_maximum(undo(s))])])),
        case("margin", |s| {
            let m = Scores::new(&scores(s)).unwrap().margin();
            Ok(vec![(1, vec![m.value]), (0, vec![m.best as f64])])
        }),
        case("margin_of", |s| Ok(vec![(1, (0..6).map(|k| margin_of(&scores(s), k).unwrap()).collect())])),
        case("margins", |s| {
            let m = Margins::new((1..=40).map(|k| s * f64::from(k)).collect()).unwrap();
            let limit = m.tolerance_limit(0.2, 0.1).unwrap();
            let bound = expected_miss_bound(5, &m, 0.1 * s, undo(s));
            Ok(vec![(1, vec![m.quantile(0.3), limit]), (0, vec![m.fraction_below(7.5 * s), bound])])
        }),
        case("bounds of a margin", move |s| {
            let needed = required_inverse_temperature(9, s, 0.01).map_err(|e| text(&e))?.value();
            let known = required_for_retrieval(9, s, 2.0 * s, 0.1 * s).map_err(|e| text(&e))?.value();
            Ok(vec![
                (
                    0,
                    vec![
                        miss_bound(9, s, undo(s)),
                        entmax_miss_bound(9, 0.3 * s, undo(s), Alpha::new(1.7).unwrap()),
                    ],
                ),
                (0, vec![expected_miss_bound_for_density(9, 0.1 / s, undo(s))]),
                (1, vec![retrieval_bound(9, s, undo(s), 3.0 * s), perturbed_margin(s, 0.2 * s).unwrap()]),
                (-1, vec![needed, known]),
            ])
        }),
        case("select_by_utility", |s| {
            let u = matrix_relation(matrix(4, 5, s, 3)).unwrap();
            let keys = Points::line((0..5).map(f64::from).collect()).unwrap();
            let best =
                (0..4).map(|i| select_by_utility(&u, &[f64::from(i)], &keys).unwrap().unique().unwrap());
            Ok(vec![(0, best.map(|k| k as f64).collect())])
        }),
        case("Hopfield::step", move |s| {
            let memory = Hopfield::new(points(5, 3, s), undo(s));
            Ok(vec![(1, memory.step(&[0.3, -0.2, 0.9]).map_err(|e| text(&e))?)])
        }),
        case("Hopfield::step, both scaled", move |s| {
            let memory = Hopfield::new(points(5, 3, s), b(1.0));
            // At a huge factor it selects, at a tiny one it takes the mean: off by nothing.
            let state = points(5, 3, s).row(2).to_vec();
            let found = memory.step(&state).map_err(|e| text(&e))?;
            let p = points(5, 3, s);
            let along = |j: &usize| {
                let q = points(5, 3, 1.0);
                q.row(*j).iter().zip(q.row(2)).map(|(a, b)| a * b).sum::<f64>()
            };
            let best = (0..5).max_by(|i, j| along(i).total_cmp(&along(j))).unwrap();
            let mean = |k: usize| p.rows().map(|r| r[k] / 5.0).sum::<f64>();
            let off = |k: usize| match s {
                s if s > 1e100 => (found[k] - p.row(best)[k]) / s,
                s if s < 1e-100 => (found[k] - mean(k)) / s,
                _ => 0.0,
            };
            Ok(vec![(0, (0..3).map(off).collect())])
        }),
        case("Hopfield::separation", move |s| {
            let memory = Hopfield::new(points(5, 3, s), b(1.0));
            Ok(vec![(
                2,
                (0..5).map(|i| memory.separation(i)).collect::<Result<_, _>>().map_err(|e| text(&e))?,
            )])
        }),
        case("Hopfield bounds", move |s| {
            // b in inverse squares, as far as floating point goes.
            let cold = if (1e-150..1e150).contains(&s) { b(1.0 / s / s) } else { b(0.0) };
            let at_one = Hopfield::new(points(5, 3, 1.0), if cold.value() > 0.0 { b(1.0) } else { b(0.0) });
            let memory = Hopfield::new(points(5, 3, s), cold);
            let ratio = |f: fn(&Hopfield, usize, f64) -> f64| -> Vec<f64> {
                (0..5).map(|i| f(&memory, i, 0.1 * s) / s / f(&at_one, i, 0.1)).collect()
            };
            Ok(vec![
                (0, ratio(|m, i, r| m.step_bound(i, r).unwrap())),
                (0, ratio(|m, i, r| m.published_bound(i, r).unwrap())),
            ])
        }),
        case("capacity_base", move |s| {
            // In k = s with beta = 1 / s^2, which is the same memory.
            let k = if (1e-150..1e150).contains(&s) { s } else { s.sqrt() };
            Ok(vec![(0, vec![capacity_base(1.0 / k / k, k, 20, 1e-3).map_err(|e| text(&e))?])])
        }),
        case("Code", |s| {
            let c = Code::new(&points(6, 3, s)).unwrap();
            let mut out = c.aligned_margins();
            out.push(c.free_margin().lower);
            out.extend(c.bisected().aligned_margins());
            Ok(vec![(0, out)])
        }),
        case("induced_orders", |s| {
            Ok(vec![(0, vec![induced_orders(&points(5, 2, s)).unwrap().induced as f64])])
        }),
        case("distance_to_hull", move |s| {
            let d = distance_to_hull(&[4.0 * s, s, 2.0 * s], &points(6, 3, s)).map_err(|e| text(&e))?;
            Ok(vec![(1, vec![d.upper, d.lower]), (0, d.normal), (0, d.weights)])
        }),
        case("nearest_to_origin", |s| {
            let shifted: Vec<Vec<f64>> =
                rows(&points(6, 3, s)).into_iter().map(|r| r.iter().map(|v| v + 3.0 * s).collect()).collect();
            let d = nearest_to_origin(&shifted);
            Ok(vec![(1, vec![d.upper, d.lower]), (0, d.normal), (0, d.weights)])
        }),
        case("Head::form", move |s| {
            let f = Head::new(matrix(6, 3, s, 1), matrix(6, 3, 2.0, 2), 0.5)
                .unwrap()
                .form()
                .map_err(|e| text(&e))?;
            let shares = vec![f.symmetric, f.antisymmetric, f.positive, f.negative, f.ranks.entropy];
            Ok(vec![
                (1, f.singular_values),
                (1, vec![f.norm, f.eigenvalues[0], f.eigenvalues[5]]),
                (0, shares),
            ])
        }),
        case("Head::form, both factors", move |s| {
            let f = Head::new(matrix(6, 3, s, 1), matrix(6, 3, s, 2), 0.5)
                .unwrap()
                .form()
                .map_err(|e| text(&e))?;
            Ok(vec![(2, f.singular_values), (0, vec![f.symmetric, f.antisymmetric, f.positive, f.negative])])
        }),
        case("Head::scores", move |s| {
            let head = Head::with_biases(
                matrix(4, 3, s, 1),
                matrix(4, 3, 1.0, 2),
                vec![s, 0.0, -s],
                vec![0.5; 3],
                0.5,
            )
            .unwrap();
            let x = matrix(5, 4, 1.0, 3);
            let terms = head.bias_terms(x.as_ref()).map_err(|e| text(&e))?;
            let scores = head.scores(x.as_ref()).map_err(|e| text(&e))?;
            let plain = head.augmented().form().map_err(|e| text(&e))?.norm;
            Ok(vec![
                (1, all(&scores)),
                (1, terms.key_only),
                (1, terms.query_only),
                (1, vec![terms.constant, plain]),
            ])
        }),
        case("Head::scores, both factors and the inputs", move |s| {
            let head = Head::new(matrix(4, 3, s, 1), matrix(4, 3, 1.0 / s, 2), 0.5).unwrap();
            Ok(vec![(1, all(&head.scores(matrix(5, 4, s.sqrt(), 3).as_ref()).map_err(|e| text(&e))?))])
        }),
        case("max_margin", move |s| {
            let head = Head::new(matrix(4, 3, s, 1), matrix(4, 3, 1.0, 2), 0.5).unwrap();
            let m =
                max_margin(&head, matrix(5, 4, 1.0, 3).as_ref(), Visibility::All, MaxMarginParams::default());
            let m = m.map_err(|e| text(&e))?;
            Ok(vec![(0, vec![m.margin, m.margin_at_most, m.head_margin, m.cosine])])
        }),
        case("explained_order", |s| {
            let o = Observed::new(matrix(6, 6, s, 5).as_ref(), Visibility::Causal).unwrap();
            let e = explained_order(&o).unwrap();
            Ok(vec![
                (1, e.utility),
                (0, vec![e.share_of_variance, e.agreement, e.agreement_at_most, e.tau_between_queries]),
            ])
        }),
    ]
}

#[test]
fn what_is_scaled_has_scaled_answers() {
    for (name, f) in cases() {
        let plain = f(1.0).unwrap();
        for s in FACTORS {
            match f(s) {
                Err(e) => assert!(e.contains("range") || e.contains("beyond"), "{name} at {s:e}: {e}"),
                Ok(found) => {
                    for ((power, found), (_, plain)) in found.iter().zip(&plain) {
                        let largest = plain.iter().fold(0.0f64, |m, v| m.max(v.abs()));
                        assert_eq!(found.len(), plain.len());
                        for (a, b) in found.iter().zip(plain) {
                            // Factor by factor, so that squares stay in the range.
                            let back =
                                (0..power.abs()).fold(*a, |v, _| if *power > 0 { v / s } else { v * s });
                            assert!(
                                (back - b).abs() <= 1e-12 * largest.max(1e-3),
                                "{name} at {s:e}: {back} {b}"
                            );
                        }
                    }
                }
            }
        }
    }
}

/// Where the answer is no power of the scale: extremes are finite and ordered.
#[test]
fn functions_of_exponentials_end_where_they_should() {
    for s in FACTORS {
        let o = Observed::new(matrix(4, 4, s, 5).as_ref(), Visibility::All).unwrap();
        for limits in [exp_kernel_limits(&o).unwrap(), attention_limits(&o).unwrap()] {
            assert!(rank_for(&limits, 1e-9, 4).unwrap().is_some_and(|r| (1..=4).contains(&r)), "{s:e}");
        }
        let r = retrieval(&o).unwrap();
        assert!(
            r.mean_weight >= 0.25 - 1e-12
                && r.mean_weight <= 1.0
                && r.queries.iter().all(|q| q.miss <= q.bound + 1e-12)
        );
    }
}
