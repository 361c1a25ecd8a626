//! Everything is homogeneous: a matrix, a kernel, a point set or a panel times a number has the
//! answer times a power of that number, to rounding, or an error that says that no double holds it.
//!
//! To check another function, add a row to `table`: a name and a closure from the factor to groups
//! of numbers, each with the power of the factor that it grows by.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod spectra;

use faer::{Mat, MatRef};
use relata_kernels::fast::{KernelOperator, KernelProfile, ProfileKernel};
use relata_kernels::krylov::{CgParams, LanczosParams, NystromPreconditioner, conjugate_gradient, lanczos};
use relata_kernels::lowrank::{
    Dense, Effort, Landmarks, LowRank, Pivoting, RandomFeatures, Sketch, Spread, adaptive_cross, assess,
    asymmetric_nystrom, landmarks, nystrom, pivoted_cholesky, randomized_nystrom, randomized_svd,
    ridge_leverage_scores,
};
use relata_kernels::rank::{SignRankParams, gamma2, sign_rank, sup_rank};
use relata_kernels::rkbs::{Exponent, Rkbs, duality_map, l1_representer_constant, min_norm};
use relata_kernels::rkhs::{
    KernelRidge, RkhsFunction, centred_alignment, feature_norm, interpolate, mmd, norm_lower_bounds,
    power_function, subspace_angles,
};
use relata_kernels::{
    EntryRounding, Psd, antisymmetric_part, compare_learned, conditionally_negative_test, gram,
    learned_mercer, learned_schmidt, nearest_psd_of_rank, nearest_psd_with_diagonal, numerical_rank, parts,
    psd_test, psd_test_within, symmetric_part,
};
use relata_relations::{Factors, Interval, Points, Quadrature, Relation, Seed, Space, relation_fn};
use std::error::Error;
use std::num::NonZeroUsize;
use std::sync::Arc;

/// Numbers, and the power of the factor that they grow by.
type Group = (f64, Vec<f64>);
type Outcome = Result<Vec<Group>, Box<dyn Error>>;
type Line = (&'static str, Box<dyn Fn(f64) -> Outcome>);

fn line(name: &'static str, f: impl Fn(f64) -> Outcome + 'static) -> Line {
    (name, Box::new(f))
}

fn all(m: MatRef<'_, f64>) -> Vec<f64> {
    m.col_iter().flat_map(|c| c.iter().copied().collect::<Vec<_>>()).collect()
}

fn column(m: &Mat<f64>) -> Vec<f64> {
    all(m.as_ref())
}

fn counts(v: impl IntoIterator<Item = usize>) -> Vec<f64> {
    v.into_iter().map(|k| k as f64).collect()
}

/// A generic matrix times a factor.
fn random(rows: usize, columns: usize, s: f64) -> Mat<f64> {
    let mut stream = Seed(17).stream("scale");
    Mat::from_fn(rows, columns, |_, _| s * stream.normal())
}

/// A symmetric matrix with eigenvalues of both signs.
fn symmetric(n: usize, s: f64) -> Mat<f64> {
    let a = random(n, n, 1.0);
    Mat::from_fn(n, n, |i, j| s * (a[(i, j)] + a[(j, i)]))
}

/// A positive definite matrix.
fn definite(n: usize, s: f64) -> Mat<f64> {
    let a = random(n, n, 1.0);
    let k = &a * a.transpose();
    Mat::from_fn(n, n, |i, j| s * (0.5 * (k[(i, j)] + k[(j, i)]) + if i == j { 1.0 } else { 0.0 }))
}

/// `s exp(-3 |x - y|)` on the unit interval.
fn kernel(s: f64) -> Arc<dyn Relation> {
    let unit = Interval::unit();
    let k = relation_fn(unit.clone(), unit, move |x, y| s * (-3.0 * (x[0] - y[0]).abs()).exp());
    Arc::new(k.positive_semidefinite().unwrap())
}

fn grid(n: usize, s: f64) -> Points {
    Points::line((0..n).map(|i| s * (i as f64 + 0.5) / n as f64).collect()).unwrap()
}

fn rule(n: usize) -> Quadrature {
    Interval::unit().quadrature(NonZeroUsize::new(n).unwrap()).unwrap()
}

fn verdict(p: &Psd) -> Vec<Group> {
    match p {
        Psd::Definite { shift } => vec![(0.0, vec![1.0]), (1.0, vec![*shift])],
        Psd::Semidefinite { tolerance, .. } => vec![(0.0, vec![2.0]), (1.0, vec![*tolerance])],
        Psd::Indefinite(w) => vec![(0.0, vec![3.0]), (1.0, vec![w.value]), (0.0, w.vector.clone())],
    }
}

fn matrices() -> Vec<Line> {
    vec![
        line("psd_test, indefinite", |s| Ok(verdict(&psd_test(symmetric(6, s).as_ref())?))),
        line("psd_test, definite", |s| Ok(vec![verdict(&psd_test(definite(6, s).as_ref())?).remove(0)])),
        line("psd_test_within", |s| {
            let by = EntryRounding::absolute(s)?;
            Ok(verdict(&psd_test_within(symmetric(6, s).as_ref(), by)?))
        }),
        line("conditionally_negative_test", |s| {
            Ok(verdict(&conditionally_negative_test(symmetric(6, s).as_ref())?))
        }),
        line("nearest_psd_of_rank", |s| {
            let n = nearest_psd_of_rank(random(6, 6, s).as_ref(), 2)?;
            let norms = vec![n.distance, n.antisymmetric, n.dropped];
            let matrix = column(&n.matrix);
            Ok(vec![(1.0, matrix), (1.0, norms), (1.0, n.eigenvalues), (0.5, column(&n.features))])
        }),
        line("nearest_psd_with_diagonal", |s| {
            let n = nearest_psd_with_diagonal(symmetric(5, s).as_ref(), &[s; 5], 1e-13, 4000)?;
            Ok(vec![(1.0, column(&n))])
        }),
        line("parts", |s| {
            let p = parts(random(6, 6, s).as_ref())?;
            let shares = vec![p.relative_antisymmetric, p.relative_negative, p.relative_positive];
            Ok(vec![(1.0, column(&p.symmetric)), (1.0, vec![p.norm]), (0.0, shares)])
        }),
        line("symmetric_part", |s| {
            let a = random(4, 4, s);
            let odd = antisymmetric_part(a.as_ref())?;
            Ok(vec![(1.0, column(&symmetric_part(a.as_ref())?)), (1.0, column(&odd))])
        }),
        line("numerical_rank", |s| {
            let a = random(7, 3, s) * random(7, 3, 1.0).transpose();
            Ok(vec![(0.0, counts([numerical_rank(a.as_ref(), EntryRounding::DOUBLE)?]))])
        }),
        line("gamma2", |s| {
            let g = gamma2(random(6, 5, s).as_ref(), 1e-6, 40)?;
            // The factors themselves are no function of the matrix: rounding turns singular vectors
            // whose values nearly coincide, and those of rows of little weight.
            Ok(vec![(1.0, vec![g.lower, g.upper]), (0.0, g.row_weights)])
        }),
        line("sup_rank", |s| {
            let r = sup_rank(random(8, 7, s).as_ref(), 0.5 * s)?;
            let bracket = counts([r.bracket.lower, r.bracket.upper]);
            Ok(vec![(0.0, bracket), (1.0, vec![r.error]), (0.5, column(&r.left))])
        }),
        line("sup_rank, exact", |s| {
            let a = random(7, 3, s) * random(7, 3, 1.0).transpose();
            let r = sup_rank(a.as_ref(), 0.0)?;
            Ok(vec![(0.0, counts([r.bracket.lower, r.bracket.upper]))])
        }),
        line("sign_rank", |s| {
            let r = sign_rank(random(9, 8, s).as_ref(), SignRankParams::default())?;
            Ok(vec![(0.0, counts([r.bracket.lower, r.bracket.upper]))])
        }),
        line("centred_alignment", |s| {
            let (a, b) = (definite(6, s), symmetric(6, 1.0));
            Ok(vec![(0.0, vec![centred_alignment(a.as_ref(), b.as_ref())?])])
        }),
        line("subspace_angles", |s| {
            Ok(vec![(0.0, subspace_angles(random(7, 2, s).as_ref(), symmetric(7, 1.0).subcols(0, 3))?)])
        }),
    ]
}

fn low_rank() -> Vec<Line> {
    const SEED: Seed = Seed(5);
    let factors = |f: &LowRank| vec![(1.0, column(&f.to_mat()))];
    vec![
        line("pivoted_cholesky", move |s| {
            let k = definite(9, s);
            let f = pivoted_cholesky(&Dense::new(k.as_ref())?, 4, 0.0, Pivoting::Greedy)?;
            let bounds = vec![f.sup_bound(), f.trace_error()];
            Ok(vec![(0.5, all(f.factors.left())), (1.0, bounds), (0.0, counts(f.pivots))])
        }),
        line("nystrom", move |s| {
            let k = definite(9, s);
            let f = nystrom(&Dense::new(k.as_ref())?, &[1, 4, 7])?;
            let bounds = vec![f.sup_bound(), f.trace_error()];
            Ok(vec![(0.5, all(f.factors.left())), (1.0, bounds), (-0.5, column(&f.map))])
        }),
        line("landmarks", move |s| {
            let k = definite(9, s);
            let a = Dense::new(k.as_ref())?;
            let mut chosen = Vec::new();
            for how in [
                Landmarks::Leverage { ridge: if s > 0.0 { 0.1 * s } else { 1.0 }, seed: SEED },
                Landmarks::KMeansPlusPlus { seed: SEED },
                Landmarks::Greedy,
                Landmarks::RandomPivots { seed: SEED },
            ] {
                chosen.extend(landmarks(&a, 4, how)?);
            }
            Ok(vec![(0.0, counts(chosen))])
        }),
        line("ridge_leverage_scores", move |s| {
            let (k, ridge) = (definite(9, s), if s > 0.0 { s } else { 1.0 });
            Ok(vec![(0.0, ridge_leverage_scores(&Dense::new(k.as_ref())?, ridge, 5, SEED)?)])
        }),
        line("randomized_svd", move |s| {
            let a = random(9, 7, s);
            Ok(factors(&randomized_svd(&Dense::new(a.as_ref())?, 3, Sketch::new(SEED))?))
        }),
        line("randomized_nystrom", move |s| {
            let a = definite(9, s);
            Ok(factors(&randomized_nystrom(&Dense::new(a.as_ref())?, 3, Sketch::new(SEED))?))
        }),
        line("adaptive_cross", move |s| {
            let a = random(9, 7, s);
            let f = adaptive_cross(&Dense::new(a.as_ref())?, 4, 1e-9, SEED)?;
            Ok([factors(&f.factors), vec![(0.0, vec![f.estimate])]].concat())
        }),
        line("asymmetric_nystrom", move |s| {
            let a = random(9, 7, s);
            let f = asymmetric_nystrom(&Dense::new(a.as_ref())?, &[0, 3, 5], &[1, 2], 0.0)?;
            let maps = [column(&f.left_map), column(&f.right_map)].concat();
            Ok([factors(&f.factors), vec![(1.0, f.core), (-0.5, maps)]].concat())
        }),
        line("LowRank::truncated", move |s| {
            let f = LowRank::new(random(9, 4, s), random(7, 4, 1.0))?.truncated(2)?;
            let g = LowRank::symmetric(random(9, 4, s))?.truncated(2)?;
            Ok(vec![(1.0, column(&f.to_mat())), (1.0, all(g.left()))])
        }),
        line("assess", move |s| {
            let (a, f) = (random(9, 7, s), LowRank::new(random(9, 2, s), random(7, 2, 1.0))?);
            let mut out = Vec::new();
            for effort in [Effort::Exact, Effort::Probes { probes: 9, seed: SEED }] {
                let found = assess(&Dense::new(a.as_ref())?, &f, effort)?;
                let relative = vec![found.relative, found.limit, found.ratio];
                let errors = found.standard_error.into_iter().collect();
                out.extend([(1.0, vec![found.error]), (0.0, relative), (0.0, errors)]);
            }
            Ok(out)
        }),
        line("RandomFeatures", move |s| {
            let f = RandomFeatures::new(&KernelProfile::matern32(s)?, 1, 6, Spread::Orthogonal, SEED)?;
            Ok(vec![(0.0, column(&f.phi(&grid(5, s)))), (-1.0, column(f.frequencies()))])
        }),
    ]
}

fn spaces() -> Vec<Line> {
    let values = |n: usize| -> Vec<f64> { (0..n).map(|i| (i as f64 * 1.3).sin() + 0.2).collect() };
    vec![
        line("gram", |s| Ok(vec![(1.0, column(&gram(&*kernel(s), &grid(6, 1.0))?))])),
        line("mmd", |s| {
            let m = mmd(&*kernel(s), &grid(6, 1.0), &grid(5, 0.4))?;
            Ok(vec![(0.5, vec![m.biased]), (1.0, vec![m.unbiased_squared, m.standard_error])])
        }),
        line("RkhsFunction", move |s| {
            let k = kernel(s);
            let f = RkhsFunction::new(k.clone(), grid(6, 1.0), values(6))?;
            let g = RkhsFunction::new(k, grid(3, 1.0), values(3))?;
            let inner = f.inner(&g)?;
            Ok(vec![(0.5, vec![f.norm()?]), (1.0, vec![inner]), (1.0, f.values(&grid(4, 1.0))?)])
        }),
        line("RkhsFunction, coefficients", move |s| {
            let of = |n: usize| values(n).iter().map(|v| s * v).collect();
            let f = RkhsFunction::new(kernel(1.0), grid(6, 1.0), of(6))?;
            Ok(vec![(1.0, vec![f.norm()?]), (2.0, vec![f.inner(&f)?])])
        }),
        line("interpolate", move |s| {
            let f = interpolate(kernel(s), &grid(6, 1.0), &values(6))?;
            Ok(vec![(-1.0, f.coefficients().to_vec()), (-0.5, vec![f.norm()?])])
        }),
        line("norm_lower_bounds", move |s| {
            Ok(vec![(-0.5, norm_lower_bounds(&kernel(s), &grid(6, 1.0), &values(6), &[2, 4, 6])?)])
        }),
        line("power_function", |s| {
            Ok(vec![(0.5, power_function(&*kernel(s), &grid(5, 1.0), &grid(7, 0.9))?)])
        }),
        line("KernelRidge", move |s| {
            let y: Vec<f64> = values(6).iter().map(|v| v * s).collect();
            let f = KernelRidge::fit(kernel(s), &grid(6, 1.0), &y, if s > 0.0 { 0.3 * s } else { 1.0 })?;
            let out = [f.fitted.clone(), f.leave_one_out.clone(), vec![f.leave_one_out_error()]].concat();
            Ok(vec![(0.0, f.function.coefficients().to_vec()), (1.0, out), (0.0, f.leverage)])
        }),
        line("feature_norm", |s| {
            let (phi, w) = (random(8, 3, 1.0), random(3, 1, s));
            Ok(vec![(1.0, vec![feature_norm(phi.as_ref(), &column(&(phi.clone() * w)))?])])
        }),
        line("feature_norm, features", move |s| {
            Ok(vec![(-1.0, vec![feature_norm(random(4, 6, s).as_ref(), &values(4))?])])
        }),
        line("min_norm", move |s| {
            let mut out = Vec::new();
            for p in [1.0, 1.5, 2.0, 3.0, f64::INFINITY] {
                let m = min_norm(random(4, 9, s).as_ref(), &values(4), Exponent::new(p)?)?;
                out.push((-1.0, vec![m.norm, m.lower]));
            }
            Ok(out)
        }),
        line("Exponent::norm", |s| {
            let p = Exponent::new(2.5)?;
            let v = column(&random(5, 1, s));
            Ok(vec![(1.0, vec![p.norm(&v)]), (1.0, duality_map(&v, p)?)])
        }),
        line("Rkbs", |s| {
            let pair = Rkbs::new(random(6, 3, s), random(5, 3, 1.0), Exponent::new(1.5)?)?;
            let section: Vec<f64> = pair.kernel().col(1).iter().copied().collect();
            let (a, b) = pair.feature_bounds();
            let ranks = pair.annihilators()?;
            let f = pair.interpolate(&[0, 2], &[1.0, -2.0])?;
            Ok(vec![
                (0.0, vec![pair.left_norm(&section)?.norm, b]),
                (1.0, vec![a]),
                (0.0, counts([ranks.0, ranks.1])),
                (-1.0, vec![f.norm]),
                (0.0, f.values),
            ])
        }),
        line("Rkbs::reduction", |s| {
            let pair = Rkbs::new(random(6, 3, s), random(5, 3, s), Exponent::TWO)?;
            let r = pair.reduction()?;
            Ok(vec![(2.0, r.singular_values), (0.0, column(&r.left)), (2.0, column(&pair.kernel()))])
        }),
        line("l1_representer_constant", |s| {
            Ok(vec![(0.0, vec![l1_representer_constant(&*kernel(s), &grid(4, 1.0), &grid(9, 1.0))?.value])])
        }),
    ]
}

fn products() -> Vec<Line> {
    let times = |m: Mat<f64>| move |v: &[f64]| Ok(column(&(&m * Mat::from_fn(v.len(), 1, |i, _| v[i]))));
    vec![
        line("conjugate_gradient", move |s| {
            let params = CgParams { tolerance: 1e-13, iterations: 60 };
            let b: Vec<f64> = column(&random(8, 1, 1.0));
            let found = conjugate_gradient(times(definite(8, s)), &b, <[f64]>::to_vec, params)?;
            Ok(vec![(-1.0, found.solution)])
        }),
        line("lanczos", move |s| {
            let found = lanczos(12, times(symmetric(12, s)), LanczosParams::new(3, Seed(1)))?;
            Ok(vec![(1.0, found.values), (0.0, column(&found.vectors))])
        }),
        line("NystromPreconditioner", |s| {
            let f = LowRank::symmetric(random(8, 3, s.sqrt()))?;
            let p = NystromPreconditioner::new(&f, if s > 0.0 { s } else { 1.0 })?;
            Ok(vec![(0.0, p.apply(&column(&random(8, 1, 1.0))))])
        }),
        line("KernelOperator, vectors", |s| {
            let k = KernelOperator::<f64>::square(KernelProfile::matern52(0.3)?, &grid(9, 1.0));
            Ok(vec![(1.0, column(&k.apply(random(9, 2, s).as_ref())?))])
        }),
        line("KernelOperator, points", |s| {
            let mut out = Vec::new();
            for p in [KernelProfile::gaussian, KernelProfile::matern32, KernelProfile::cauchy] {
                let k = KernelOperator::<f64>::square(p(0.3 * s)?, &grid(9, s));
                out.push((0.0, column(&k.apply(random(9, 1, 1.0).as_ref())?)));
                let single = KernelOperator::<f32>::square(p(0.3 * s)?, &grid(9, s)).to_mat();
                // In single precision to its rounding.
                out.push((0.0, column(&Mat::from_fn(9, 9, |i, j| f64::from(single[(i, j)]).round()))));
            }
            Ok(out)
        }),
        line("ProfileKernel, points in high dimension", |s| {
            let x = Points::new(20, column(&random(20, 6, s)))?;
            let k = ProfileKernel::new(KernelProfile::gaussian(3.0 * s)?, Interval::unit());
            Ok(vec![(0.0, vec![k.profile().value(x.row(0), x.row(1))])])
        }),
        line("learned_mercer", |s| {
            let q = rule(9);
            let m = learned_mercer(random(9, 3, s).as_ref(), &q)?;
            Ok(vec![(2.0, m.values), (0.0, column(&m.functions))])
        }),
        line("learned_schmidt", |s| {
            let q = rule(9);
            let d = learned_schmidt(random(9, 3, s).as_ref(), random(9, 3, 1.0).as_ref(), [&q, &q])?;
            Ok(vec![(1.0, d.values), (0.0, column(&d.left))])
        }),
        line("compare_learned", |s| {
            let q = rule(9);
            let a = learned_mercer(random(9, 3, s.sqrt()).as_ref(), &q)?;
            let b = learned_mercer((random(9, 4, s.sqrt()).subcols(1, 3)).as_ref(), &q)?;
            let c = compare_learned(&a, &b, &q, 2)?;
            Ok(vec![(0.0, c.eigenvalue_errors), (0.0, c.angles), (0.0, vec![c.alignment])])
        }),
    ]
}

fn table() -> Vec<Line> {
    let tables = [
        matrices(),
        low_rank(),
        spaces(),
        products(),
        spectra::spectra(),
        spectra::limits_of_relations(),
        spectra::bounds(),
    ];
    tables.into_iter().flatten().collect()
}

#[test]
fn every_answer_grows_by_its_power_of_the_factor() {
    let mut failures = Vec::new();
    for (name, f) in table() {
        let reference = f(1.0).unwrap_or_else(|e| panic!("{name}: {e}"));
        for s in [1e-300f64, 1e-160, 1e160, 1e300] {
            let found = match f(s) {
                Ok(found) => found,
                // Products and quotients of inputs may leave the range, and then say so.
                Err(e) => {
                    let steep = reference.iter().any(|(degree, _)| degree.abs() > 1.0);
                    if !(steep && e.to_string().contains("flows the range of doubles")) {
                        failures.push(format!("{name} at {s:e}: {e}"));
                    }
                    continue;
                }
            };
            for (k, ((degree, a), (_, b))) in found.iter().zip(&reference).enumerate() {
                let by = s.powf(*degree);
                let size = b.iter().fold(0.0f64, |m, v| m.max(v.abs()));
                let off = a.iter().zip(b).map(|(a, b)| (a / by - b).abs()).fold(0.0, f64::max);
                let same = a.len() == b.len() && off <= 1e-12 * size;
                if !same || a.iter().any(|v| !v.is_finite()) {
                    failures.push(format!("{name} at {s:e}, group {k}: {a:?} is not {by:e} times {b:?}"));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn nothing_is_nan_and_nothing_panics_for_the_factor_zero() {
    for (name, f) in table() {
        if let Ok(found) = f(0.0) {
            let ratio = name == "assess";
            let finite = found.iter().flat_map(|(_, v)| v).all(|v| v.is_finite() || ratio);
            assert!(finite, "{name}: {found:?}");
        }
    }
}
