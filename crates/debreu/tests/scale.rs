//! Homogeneity: panels, utilities, thresholds and estimates of data times a factor are the same
//! times a power of that factor, from 1e-300 to 1e300, or an error that names the range.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use relata_debreu::continuous::{End, RealInterval, close_gaps};
use relata_debreu::estimation::*;
use relata_debreu::families::{OrderFamily, WidthParams, kendall};
use relata_debreu::revealed::{Panel, Supremum};
use relata_relations::faer::{Mat, Scale};
use relata_relations::{Cube, Points, Relation, Seed, relation_fn};
use std::sync::Arc;

const FACTORS: [f64; 5] = [1e-300, 1e-160, 3.0, 1e160, 1e300];

/// Numbers that are to be the answer at 1 times this power of the factor.
type Answer = Result<Vec<(i32, Vec<f64>)>, String>;
type Case = (&'static str, Box<dyn Fn(f64) -> Answer>);

fn case(name: &'static str, f: impl Fn(f64) -> Answer + 'static) -> Case {
    (name, Box::new(f))
}

fn draws(n: usize, seed: u64) -> Vec<f64> {
    let mut s = Seed(seed).stream("scale");
    (0..n).map(|_| 0.2 + s.uniform()).collect()
}

fn panel(prices: f64, quantities: f64) -> Result<Panel, String> {
    let points = |seed, s: f64| Points::new(3, draws(24, seed).iter().map(|v| v * s).collect()).unwrap();
    Panel::new(points(1, prices), points(2, quantities)).map_err(|e| e.to_string())
}

fn of_panel(p: &Panel, power: i32) -> Answer {
    let (ccei, dropped) = (p.ccei(), p.houtman_maks(1_000_000));
    let pump = p.money_pump().unwrap();
    let mut out = vec![
        ccei.index,
        f64::from(u8::from(ccei.attained == Supremum::Attained)),
        pump.index,
        dropped.index(),
    ];
    out.extend(pump.cycle.iter().chain(&dropped.dropped).map(|t| *t as f64));
    out.extend([p.garp().is_ok(), p.sarp().is_ok(), p.warp().is_ok()].map(|h| f64::from(u8::from(h))));
    let spent = (0..p.len()).flat_map(|t| (0..p.len()).map(move |s| p.expenditure(t, s))).collect();
    Ok(vec![(0, out), (power, spent)])
}

fn wins(s: f64) -> Rankings {
    let mut r = Rankings::new(5);
    for k in 0..40usize {
        let (a, b, c) = (k % 5, (k * k + 1) % 5, (2 * k + 3) % 5);
        if a != b && b != c && a != c {
            r.weighted(&[a, b, c], 2, s * (1.0 + k as f64)).unwrap();
            r.weighted(&[c, a], 1, s * 3.0).unwrap();
        }
    }
    r
}

fn ties(s: f64, with: bool) -> PairOutcomes {
    let mut p = PairOutcomes::new(4);
    for (a, b) in [(0, 1), (1, 2), (2, 3), (3, 0), (1, 0), (0, 2)] {
        p.win(a, b, s * (1.0 + a as f64)).unwrap();
        if with {
            p.tie(a, b, s * 0.5).unwrap();
        }
    }
    p
}

fn features(s: f64) -> Points {
    Points::new(2, draws(80, 4).iter().map(|v| v * s).collect()).unwrap()
}

/// Every public function of weights, features, panels, values or factors.
fn cases() -> Vec<Case> {
    let text = |e: EstimationError| e.to_string();
    let luce = move |method, tolerance| {
        move |s: f64| {
            let params = LuceParams { method, tolerance, max_iterations: 200_000, ..LuceParams::default() };
            let data = wins(s);
            let f = fit_luce(&data, &params).map_err(text)?;
            let errors = f.standard_errors(&data).map_err(text)?;
            // Standard errors fall with the root of the weights.
            let errors = errors.iter().map(|e| e * s.sqrt()).collect();
            Ok(vec![(0, f.strengths.clone()), (1, vec![f.log_likelihood]), (0, errors)])
        }
    };
    let pairs = move |model, with| {
        move |s: f64| {
            let f = fit_pairs(&ties(s, with), model, &PairParams::default()).map_err(text)?;
            let errors = f.standard_errors.unwrap().iter().map(|e| e * s.sqrt()).collect();
            Ok(vec![
                (0, f.strengths),
                (0, f.tie.into_iter().collect()),
                (1, vec![f.log_likelihood]),
                (0, errors),
            ])
        }
    };
    let wins_of_points: Vec<(usize, usize)> =
        (0..40).map(|k| (k, (3 * k * k + 1) % 40)).filter(|(a, b)| a != b).collect();
    let more = wins_of_points.clone();
    vec![
        case("panel, prices", |s| of_panel(&panel(s, 1.0)?, 1)),
        case("panel, quantities", |s| of_panel(&panel(1.0, s)?, 1)),
        case("panel, both", |s| of_panel(&panel(s, s)?, 2)),
        case("panel, opposite", |s| of_panel(&panel(s, 1.0 / s)?, 0)),
        case("afriat", |s| {
            let x: Vec<f64> = [[2.0, 1.0], [1.0, 2.0], [3.0, 0.5]].concat().iter().map(|v| v * s).collect();
            let p = Panel::new(
                Points::new(2, [[1.0, 2.0], [2.0, 1.0], [1.0, 6.0]].concat()).unwrap(),
                Points::new(2, x).unwrap(),
            );
            let u = p.map_err(|e| e.to_string())?.afriat().map_err(|e| e.to_string())?;
            let at = u.value(&[1.5 * s, 1.5 * s]).unwrap();
            Ok(vec![(0, u.multipliers().to_vec()), (1, u.utilities().to_vec()), (1, vec![at])])
        }),
        case("luce, newton", luce(LuceMethod::Newton, 1e-9)),
        case("luce, mm", luce(LuceMethod::Mm, 1e-12)),
        case("luce, ilsr", luce(LuceMethod::Ilsr, 1e-12)),
        case("thurstone", pairs(PairModel::Thurstone, false)),
        case("davidson", pairs(PairModel::Davidson, true)),
        case("rao-kupper", pairs(PairModel::RaoKupper, true)),
        case("isotonic, values", |s| {
            Ok(vec![(1, isotonic(&[3.0 * s, s, 2.0 * s, -s], &[1.0, 2.0, 3.0, 4.0]).unwrap())])
        }),
        case("isotonic, weights", |s| {
            Ok(vec![(0, isotonic(&[3.0, 1.0, 2.0, -1.0], &[s, 2.0 * s, 3.0 * s, 4.0 * s]).unwrap())])
        }),
        case("linear utility", move |s| {
            let l2 = if (1e-150..1e150).contains(&s) { 0.1 * s * s } else { 0.0 };
            let at = if l2 > 0.0 { 0.1 } else { 0.0 };
            let f = fit_linear_utility(&features(s), &wins_of_points, l2, 1e-9).map_err(text)?;
            let plain = fit_linear_utility(&features(1.0), &wins_of_points, at, 1e-9).map_err(text)?;
            Ok(vec![(0, f.coefficients.iter().zip(&plain.coefficients).map(|(a, b)| a * s / b).collect())])
        }),
        case("kernel utility", move |s| {
            let cube = || Cube::new(2, 0.0, 2.0).unwrap();
            let k = move |x: &[f64], y: &[f64]| s * (-(x[0] - y[0]).powi(2) - (x[1] - y[1]).powi(2)).exp();
            let kernel: Arc<dyn Relation> =
                Arc::new(relation_fn(cube(), cube(), k).positive_semidefinite().unwrap());
            // Of the kernel times s with the penalty times s the utility is the same.
            let u = KernelUtility::fit(kernel, &features(1.0), &more, 0.3 * s, 1e-9).map_err(text)?;
            Ok(vec![(0, u.values().to_vec())])
        }),
        case("width of a family", |s| {
            let all = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
            let f = OrderFamily::from_rankings(3, &all).unwrap();
            let w = f.width(&WidthParams::default());
            let holds = |q: &Mat<f64>, i: &Mat<f64>| f64::from(u8::from(f.represented_by(q, i)));
            let (q, i) = (&w.queries * Scale(s), &w.items * Scale(s));
            Ok(vec![(0, vec![holds(&q, &w.items), holds(&w.queries, &i), holds(&q, &i)])])
        }),
        case("kendall", |s| {
            let v = |seed| draws(9, seed).iter().map(|v| v * s).collect::<Vec<f64>>();
            let k = kendall(&v(1), &v(2)).unwrap();
            Ok(vec![(0, vec![k.tau_b().unwrap()])])
        }),
        case("close_gaps", |s| {
            let i = |lower: f64, upper: f64, left| RealInterval {
                lower: lower * s,
                upper: upper * s,
                left,
                right: End::Closed,
            };
            let g = close_gaps(&[i(0.0, 1.0, End::Closed), i(2.0, 3.0, End::Open)]).unwrap();
            Ok(vec![(1, g.image().iter().flat_map(|i| [i.lower, i.upper]).collect())])
        }),
    ]
}

#[test]
fn what_is_scaled_has_scaled_answers() {
    for (name, f) in cases() {
        let plain = f(1.0).unwrap();
        for s in FACTORS {
            match f(s) {
                Err(e) => assert!(
                    e.contains("rescale") || e.contains("finite") || e.contains("exceed"),
                    "{name} at {s:e}: {e}"
                ),
                Ok(found) => {
                    for ((power, found), (_, plain)) in found.iter().zip(&plain) {
                        assert_eq!(found.len(), plain.len());
                        let largest = plain.iter().fold(0.0f64, |m, v| m.max(v.abs()));
                        for (a, b) in found.iter().zip(plain) {
                            // Factor by factor, so that squares stay in the range.
                            let back = (0..*power).fold(*a, |v, _| v / s);
                            // Estimates are as near as their methods end; all else is rounding.
                            let slack = if name.starts_with("luce, ") && !name.ends_with("newton") {
                                1e-9
                            } else {
                                1e-11
                            };
                            assert!(
                                (back - b).abs() <= slack * largest.max(1e-3),
                                "{name} at {s:e}: {back} {b}"
                            );
                        }
                    }
                }
            }
        }
    }
}
