//! Constructions of factors with given signs. Whatever comes out of here has been verified entry by
//! entry.

use super::sign::{SignRankParams, SignUpper, Signs};
use crate::matrix::{MatrixError, ThinSvd};
use faer::linalg::solvers::Solve;
use faer::{Col, Mat, Side};
use std::f64::consts::PI;

/// Left and right factors.
type Factors = (Mat<f64>, Mat<f64>);

/// A verified construction.
pub(super) struct Construction {
    pub(super) by: SignUpper,
    pub(super) left: Mat<f64>,
    pub(super) right: Mat<f64>,
    pub(super) margin: f64,
}

/// Flips of rows and columns that make all signs equal: a two-colouring of the graph of constrained
/// entries.
pub(super) fn rank_one(s: &Signs) -> Option<Factors> {
    let (n, m) = (s.rows, s.columns);
    let mut flip = vec![0i8; n + m];
    for root in 0..n + m {
        if flip[root] != 0 {
            continue;
        }
        flip[root] = 1;
        let mut stack = vec![root];
        while let Some(v) = stack.pop() {
            let others = if v < n { n..n + m } else { 0..n };
            for w in others {
                let sign = if v < n { s.at(v, w - n) } else { s.at(w, v - n) };
                let needed = sign * flip[v];
                if sign != 0 && flip[w] == 0 {
                    flip[w] = needed;
                    stack.push(w);
                } else if sign != 0 && flip[w] != needed {
                    return None;
                }
            }
        }
    }
    let column = |from: usize, len: usize| Mat::from_fn(len, 1, |i, _| f64::from(flip[from + i]));
    Some((column(0, n), column(n, m)))
}

/// Decides rank 2 for a pattern without free entries. In the plane, with columns flipped to one
/// side of the first row's line, each row splits them, in order of angle, into a beginning and an
/// end; so some column comes first, and the parts that contain it form a chain.
pub(super) fn chain(s: &Signs) -> Option<Factors> {
    let (n, m) = (s.rows, s.columns);
    let words = m.div_ceil(64);
    let mut sets: Vec<Vec<u64>> = (0..n)
        .map(|i| {
            let mut set = vec![0u64; words];
            for j in (0..m).filter(|&j| s.at(i, j) == s.at(0, j)) {
                set[j / 64] |= 1 << (j % 64);
            }
            set
        })
        .collect();
    let full: Vec<u64> = sets[0].clone();
    let contains = |set: &[u64], j: usize| set[j / 64] >> (j % 64) & 1 == 1;
    // A set and its complement count as one; a chain of prefixes has at most m of them.
    let mut normal: Vec<Vec<u64>> =
        sets.iter().map(|b| complement_unless(b, &full, contains(b, 0))).collect();
    normal.sort();
    normal.dedup();
    if normal.len() > m {
        return None;
    }
    let first = (0..m).find(|&f| {
        let mut prefixes: Vec<Vec<u64>> =
            normal.iter().map(|b| complement_unless(b, &full, contains(b, f))).collect();
        prefixes.sort_by_key(|b| size(b));
        prefixes.windows(2).all(|w| w[0].iter().zip(&w[1]).all(|(a, b)| a & !b == 0))
    })?;
    let flips: Vec<f64> = sets.iter().map(|b| if contains(b, first) { 1.0 } else { -1.0 }).collect();
    sets.iter_mut().for_each(|b| *b = complement_unless(b, &full, contains(b, first)));
    // A column's place is the number of different prefixes it is not in.
    let mut prefixes = sets.clone();
    prefixes.sort_by_key(|b| size(b));
    prefixes.dedup();
    let places = prefixes.len() as f64;
    let place = |j: usize| prefixes.iter().filter(|b| !contains(b, j)).count() as f64;
    let angle = |i: usize| {
        let before = prefixes.iter().filter(|b| size(b) <= size(&sets[i])).count();
        PI * before as f64 / places
    };
    let left = Mat::from_fn(n, 2, |i, k| flips[i] * if k == 0 { angle(i).sin() } else { -angle(i).cos() });
    let right = Mat::from_fn(m, 2, |j, k| {
        let t = PI * (place(j) + 0.5) / places;
        f64::from(s.at(0, j)) * if k == 0 { t.cos() } else { t.sin() }
    });
    Some((left, right))
}

fn complement_unless(set: &[u64], full: &[u64], keep: bool) -> Vec<u64> {
    set.iter().zip(full).map(|(b, f)| if keep { *b } else { f & !b }).collect()
}

fn size(set: &[u64]) -> u32 {
    set.iter().map(|b| b.count_ones()).sum()
}

/// The construction of smallest rank that could be verified, from the decompositions of the signs
/// and of the matrix; fits below the others, down to `lower`, if `params` asks for sweeps.
pub(super) fn best(
    s: &Signs,
    [of_signs, of_a]: [&ThinSvd; 2],
    lower: usize,
    params: SignRankParams,
) -> Result<Option<Construction>, MatrixError> {
    let signs = s.to_mat();
    let mut best: Option<Construction> = None;
    let offer = |best: &mut Option<Construction>, by: SignUpper, (left, right): Factors| {
        if best.as_ref().is_none_or(|b| left.ncols() < b.left.ncols())
            && let Some(margin) = s.verify(&left, &right)
        {
            *best = Some(Construction { by, left, right, margin });
        }
    };
    // The matrix often has few features where its signs alone have many: the signs need not be
    // looked at beyond its rank.
    let from_a = truncated(s, of_a, of_a.s.len());
    let most = from_a.as_ref().map_or(of_signs.s.len(), |f| f.0.ncols());
    for f in [truncated(s, of_signs, most), from_a].into_iter().flatten() {
        offer(&mut best, SignUpper::TruncatedSvd, f);
    }
    // The signs themselves, with as many features as the shorter side has.
    let trivial = if s.rows <= s.columns {
        (Mat::identity(s.rows, s.rows), signs.transpose().to_owned())
    } else {
        (signs.clone(), Mat::identity(s.columns, s.columns))
    };
    offer(&mut best, SignUpper::TruncatedSvd, trivial);
    let transposed = s.transposed();
    for (side, d) in [(s, &of_signs.v), (&transposed, &of_signs.u)] {
        for order in orders(side, d) {
            let changes = (0..side.rows).map(|i| seen(side.row(i), &order).1).max().unwrap_or(0);
            // Counting is cheap; factors are made only where they would be the best yet, and where so
            // many factors of products, one for each row, sample and change, take a second at most.
            const MAX_FACTORS: usize = 500_000_000;
            let factors = side.rows.saturating_mul((2 * changes + 3).saturating_mul(changes));
            if factors <= MAX_FACTORS && best.as_ref().is_none_or(|b| changes + 1 < b.left.ncols()) {
                let (rows, columns) = sign_changes(side, &order, changes);
                let factors = if std::ptr::eq(side, s) { (rows, columns) } else { (columns, rows) };
                offer(&mut best, SignUpper::SignChanges { changes }, factors);
            }
        }
    }
    if params.sweeps > 0 {
        while let Some(rank) = best.as_ref().map(|b| b.left.ncols() - 1).filter(|r| *r >= lower) {
            let Some((left, right)) = fit(s, of_signs, rank, params)? else { break };
            let Some(margin) = s.verify(&left, &right) else { break };
            best = Some(Construction { by: SignUpper::Fitted, left, right, margin });
        }
    }
    Ok(best)
}

/// The truncated decomposition of smallest rank, at most `most`, with all signs right, if there is
/// one.
fn truncated(s: &Signs, d: &ThinSvd, most: usize) -> Option<Factors> {
    let factors = |rank: usize| {
        let scaled = |m: &Mat<f64>| Mat::from_fn(m.nrows(), rank, |i, k| m[(i, k)] * d.s[k].sqrt());
        (scaled(&d.u), scaled(&d.v))
    };
    let mut sum = Mat::<f64>::zeros(s.rows, s.columns);
    for rank in 1..=most {
        for j in 0..s.columns {
            let c = d.s[rank - 1] * d.v[(j, rank - 1)];
            for i in 0..s.rows {
                sum[(i, j)] += d.u[(i, rank - 1)] * c;
            }
        }
        let right = |i: usize, j: usize| f64::from(s.at(i, j)) * sum[(i, j)] > 0.0 || s.at(i, j) == 0;
        if (0..s.columns).all(|j| (0..s.rows).all(|i| right(i, j))) {
            let f = factors(rank);
            if s.verify(&f.0, &f.1).is_some() {
                return Some(f);
            }
        }
    }
    None
}

/// Columns in an order, each with a flip.
type Order = Vec<(usize, i8)>;

/// Orders and flips of the columns in which rows may change sign rarely: as given; flipped by a
/// row; by the second singular vector; by the projective angle of two singular vectors; and
/// greedily by Hamming distance up to flips.
fn orders(s: &Signs, right: &Mat<f64>) -> Vec<Order> {
    let m = s.columns;
    let by = |key: &dyn Fn(usize) -> f64, flip: &dyn Fn(usize) -> i8| {
        let mut o: Order = (0..m).map(|j| (j, flip(j))).collect();
        o.sort_by(|a, b| key(a.0).total_cmp(&key(b.0)).then(a.0.cmp(&b.0)));
        o
    };
    let mut out =
        vec![by(&|j| j as f64, &|_| 1), by(&|j| j as f64, &|j| if s.at(0, j) < 0 { -1 } else { 1 })];
    if right.ncols() >= 2 {
        out.push(by(&|j| right[(j, 1)], &|_| 1));
    }
    for (c, d) in [(0, 1), (1, 2)] {
        if d < right.ncols() {
            let angle = |j: usize| right[(j, d)].atan2(right[(j, c)]);
            out.push(by(&angle, &|_| 1));
            out.push(by(&|j| angle(j).rem_euclid(PI), &|j| if angle(j) < 0.0 { -1 } else { 1 }));
        }
    }
    if m <= 1000 {
        out.push(greedy_order(s));
    }
    out
}

fn greedy_order(s: &Signs) -> Order {
    let mut rest: Vec<usize> = (1..s.columns).collect();
    let mut order = vec![(0, 1i8)];
    let mut last = (0, 1i8);
    while !rest.is_empty() {
        let differing = |j: usize| (0..s.rows).filter(|&i| s.at(i, j) * s.at(i, last.0) * last.1 < 0).count();
        let agreeing = |j: usize| (0..s.rows).filter(|&i| s.at(i, j) * s.at(i, last.0) * last.1 > 0).count();
        let of = |k: &usize| (differing(rest[*k]).min(agreeing(rest[*k])), rest[*k]);
        let k = (0..rest.len()).min_by_key(of).unwrap_or(0);
        let flip = if agreeing(rest[k]) < differing(rest[k]) { -1 } else { 1 };
        last = (rest.remove(k), flip);
        order.push(last);
    }
    order
}

/// The constrained entries of a row as (place, flipped sign), and how often the sign changes.
fn seen(row: &[i8], order: &[(usize, i8)]) -> (Vec<(usize, i8)>, usize) {
    let of = |(place, (j, flip)): (usize, &(usize, i8))| (place, row[*j] * flip);
    let seen: Vec<(usize, i8)> = order.iter().enumerate().map(of).filter(|v| v.1 != 0).collect();
    let changes = seen.windows(2).filter(|w| w[0].1 != w[1].1).count();
    (seen, changes)
}

/// Columns at angles `t` of a half circle in the given order, rows as products of `k` sines with
/// roots between the changes of sign. Such products are spanned by `cos(l t)`, `sin(l t)` with
/// `l <= k` of the parity of `k`: `k + 1` features.
fn sign_changes(s: &Signs, order: &[(usize, i8)], k: usize) -> Factors {
    let m = s.columns;
    let angle = |place: usize| PI * (place as f64 + 0.5) / m as f64;
    let even = k.is_multiple_of(2);
    let frequency = |c: usize| if even { 2 * c.div_ceil(2) } else { 2 * (c / 2) + 1 };
    let wave = |c: usize, (sin, cos): (f64, f64)| {
        let cosine = if even { c == 0 || c % 2 == 1 } else { c.is_multiple_of(2) };
        if cosine { cos } else { sin }
    };
    let feature = |t: f64, c: usize| wave(c, (frequency(c) as f64 * t).sin_cos());
    // All multiples of the angles of the samples are among these, so that sines are computed once
    // and not for each row, sample and change.
    let samples = 2 * k + 3;
    let circle: Vec<(f64, f64)> =
        (0..samples).map(|q| (2.0 * PI * q as f64 / samples as f64).sin_cos()).collect();
    let waves = Mat::from_fn(samples, k + 1, |q, c| wave(c, circle[frequency(c) * q % samples]));
    let mut products = Mat::<f64>::zeros(s.rows, samples);
    let mut signs = Vec::with_capacity(s.rows);
    for i in 0..s.rows {
        let (seen, _) = seen(s.row(i), order);
        let changes = seen.windows(2).filter(|w| w[0].1 != w[1].1);
        let mut roots: Vec<(f64, f64)> =
            changes.map(|w| (0.5 * (angle(w[0].0) + angle(w[1].0))).sin_cos()).collect();
        // One more root at the end of the half circle, where the parity asks for it; pairs of roots
        // are left out.
        if (k - roots.len()) % 2 == 1 {
            roots.push((0.0, 1.0));
        }
        // The product of 2 sin(t - c) over the roots c.
        let product =
            |(sin, cos): (f64, f64)| roots.iter().map(|c| 2.0 * (sin * c.1 - cos * c.0)).product::<f64>();
        let sign =
            seen.first().map_or(1.0, |(place, v)| f64::from(*v) * product(angle(*place).sin_cos()).signum());
        signs.push(sign);
        circle.iter().enumerate().for_each(|(q, t)| products[(i, q)] = product(*t));
    }
    let sums = &products * &waves;
    let left = Mat::from_fn(s.rows, k + 1, |i, c| {
        let weight = if even && c == 0 { 1.0 } else { 2.0 };
        signs[i] * weight * sums[(i, c)] / samples as f64
    });
    let mut right = Mat::<f64>::zeros(m, k + 1);
    for (place, (j, flip)) in order.iter().enumerate() {
        for c in 0..=k {
            right[(*j, c)] = f64::from(*flip) * feature(angle(place), c);
        }
    }
    (left, right)
}

/// Alternating large-margin classification: each row is a linear classifier of the columns'
/// features, and conversely. Starts from the singular vectors of the signs, then from random
/// directions.
fn fit(
    s: &Signs,
    start: &ThinSvd,
    rank: usize,
    params: SignRankParams,
) -> Result<Option<Factors>, MatrixError> {
    if rank == 0 {
        return Ok(None);
    }
    let transposed = s.transposed();
    let mut stream = params.seed.stream("kernels/sign-rank");
    for restart in 0..=params.restarts {
        let mut y = Mat::from_fn(s.columns, rank, |j, k| {
            if restart == 0 { start.v[(j, k)] * start.s[k].sqrt() } else { stream.normal() }
        });
        let mut x = Mat::<f64>::zeros(s.rows, rank);
        for _ in 0..params.sweeps {
            normalise(&mut y);
            classify(s, &y, &mut x)?;
            normalise(&mut x);
            classify(&transposed, &x, &mut y)?;
            if s.verify(&x, &y).is_some() {
                return Ok(Some((x, y)));
            }
        }
    }
    Ok(None)
}

fn normalise(m: &mut Mat<f64>) {
    for i in 0..m.nrows() {
        let norm = m.row(i).norm_l2();
        if norm > 0.0 {
            let mut row = m.row_mut(i);
            row *= faer::Scale(1.0 / norm);
        }
    }
}

/// For each row, `x` minimising `ridge |x|^2 / 2 + sum_j max(0, 1 - s_j <x, y_j>)^2 / 2` by
/// Newton's method (Keerthi and DeCoste 2005).
fn classify(s: &Signs, y: &Mat<f64>, x: &mut Mat<f64>) -> Result<(), MatrixError> {
    // Features have norm 1 and targets are 1: the ridge keeps singular systems solvable and leaves
    // the margins that verification asks for. Steps converge quadratically or not at all.
    const RIDGE: f64 = 1e-4;
    const STEPS: usize = 12;
    let d = y.ncols();
    for i in 0..s.rows {
        let mut w: Vec<f64> = x.row(i).iter().copied().collect();
        for _ in 0..STEPS {
            let active: Vec<usize> = (0..s.columns)
                .filter(|&j| {
                    let sign = f64::from(s.at(i, j));
                    sign != 0.0 && sign * (0..d).map(|k| w[k] * y[(j, k)]).sum::<f64>() < 1.0
                })
                .collect();
            let picked = Mat::from_fn(active.len(), d, |a, k| y[(active[a], k)]);
            let mut h = picked.transpose() * &picked;
            (0..d).for_each(|k| h[(k, k)] += RIDGE);
            let targets = Col::from_fn(active.len(), |a| f64::from(s.at(i, active[a])));
            let rhs = picked.transpose() * targets;
            let llt = h.llt(Side::Lower).map_err(|_| MatrixError::NoConvergence("classification"))?;
            let next = llt.solve(&rhs);
            let change = (0..d).map(|k| (next[k] - w[k]).abs()).fold(0.0, f64::max);
            // A full Newton step may cycle; half a step is safe near the solution and quick enough.
            (0..d).for_each(|k| w[k] = if change > 1.0 { 0.5 * (w[k] + next[k]) } else { next[k] });
            if change < 1e-9 {
                break;
            }
        }
        (0..d).for_each(|k| x[(i, k)] = w[k]);
    }
    Ok(())
}
