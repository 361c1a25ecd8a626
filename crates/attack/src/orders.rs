//! Finite orders and estimates from comparisons, against brute force.

use crate::{Draw, Ledger};
use relata_debreu::estimation::{LuceParams, Rankings, fit_luce, isotonic};
use relata_debreu::finite::{
    BinaryRelation, Comparisons, Preorder, Strength, count_linear_extensions, drop_fewest, longest_chain,
    multi_utility, width,
};

/// The fewest comparisons to drop, by all assignments of levels.
pub(crate) fn dropped(draw: &mut Draw, ledger: &mut Ledger) {
    const NAME: &str = "relata_debreu::finite::drop_fewest";
    let n = draw.whole(2, 5);
    let Some(mut c) = ledger.accept(NAME, Comparisons::new(n)) else { return };
    for _ in 0..draw.whole(1, 10) {
        let (a, b) = (draw.whole(0, n - 1), draw.whole(0, n - 1));
        let strength = if draw.chance(0.7) { Strength::Strict } else { Strength::Weak };
        if c.push(a, b, strength).is_err() {
            return ledger.refused(NAME);
        }
    }
    let levels = |mut k: usize| -> Vec<usize> {
        (0..n)
            .map(|_| {
                let l = k % n;
                k /= n;
                l
            })
            .collect()
    };
    let wrong = |u: &[usize]| {
        c.iter()
            .filter(|e| match e.strength {
                Strength::Strict => u[e.lower] >= u[e.upper],
                Strength::Weak => u[e.lower] > u[e.upper],
            })
            .count()
    };
    let fewest = (0..n.pow(n as u32)).map(|k| wrong(&levels(k))).min().unwrap_or(0);
    let found = drop_fewest(&c);
    let right = found.lower_bound <= fewest && fewest <= found.places.len();
    ledger.check(NAME, right, || format!("{c:?}: {found:?}, by all levels {fewest}"));
    let rest = c.without(&found.places).utility();
    ledger.check(NAME, rest.is_ok(), || format!("{c:?} without {:?}: {rest:?}", found.places));
    ledger.check(NAME, c.utility().is_ok() == (fewest == 0), || {
        format!("{c:?} has a utility: {}", fewest == 0)
    });
}

/// Widths, chains, dimensions and numbers of extensions of small preorders.
pub(crate) fn preorders(draw: &mut Draw, ledger: &mut Ledger) {
    const WIDTH: &str = "relata_debreu::finite::width";
    const CHAIN: &str = "relata_debreu::finite::longest_chain";
    const COUNT: &str = "relata_debreu::finite::count_linear_extensions";
    const DIMENSION: &str = "relata_debreu::finite::multi_utility";
    let n = draw.whole(1, 6);
    let density = draw.between(0.0, 0.6);
    let mut pairs = vec![];
    for i in 0..n {
        for j in 0..n {
            // Mostly upwards, so that not everything becomes one class.
            if i != j && draw.chance(if i < j { density } else { 0.05 }) {
                pairs.push((i, j));
            }
        }
    }
    let Some(relation) = ledger.accept(WIDTH, BinaryRelation::from_pairs(n, pairs)) else { return };
    let p = Preorder::closure_of(&relation);
    let subsets = || (1..1usize << n).map(|set| (0..n).filter(|i| set >> i & 1 == 1).collect::<Vec<usize>>());
    let all = |s: &[usize], f: &dyn Fn(usize, usize) -> bool| {
        s.iter().enumerate().all(|(k, &a)| s[k + 1..].iter().all(|&b| f(a, b)))
    };
    let apart = |a: usize, b: usize| !p.at_most(a, b) && !p.at_most(b, a);
    let strict = |a: usize, b: usize| p.less(a, b) || p.less(b, a);
    // Chains and antichains are of classes.
    let classes = p.classes();
    let firsts = |of: &[usize]| of.iter().map(|c| classes.members()[*c][0]).collect::<Vec<usize>>();
    let widest = subsets().filter(|s| all(s, &apart)).map(|s| s.len()).max().unwrap_or(0);
    let found = width(&p);
    let right = found.antichain.len() == widest
        && found.chains.len() == widest
        && all(&firsts(&found.antichain), &apart);
    ledger.check(WIDTH, right, || format!("{p:?}: {found:?}, by all subsets {widest}"));
    let longest = subsets().filter(|s| all(s, &strict)).map(|s| s.len()).max().unwrap_or(0);
    let chain = longest_chain(&p);
    ledger.check(CHAIN, chain.len() == longest && all(&firsts(&chain), &strict), || {
        format!("{p:?}: {chain:?}, {longest}")
    });
    if let Some(count) = ledger.accept(COUNT, count_linear_extensions(&p)) {
        let first: Vec<usize> = classes.members().iter().filter_map(|m| m.first().copied()).collect();
        let exact = extensions(&p, &first, &mut vec![]);
        ledger.check(COUNT, count == exact, || format!("{p:?}: {count}, one by one {exact}"));
    }
    if let Some(utilities) = ledger.accept(DIMENSION, multi_utility(&p, 200_000)) {
        let represents =
            (0..n).all(|a| (0..n).all(|b| p.at_most(a, b) == utilities.iter().all(|u| u[a] <= u[b])));
        ledger.check(DIMENSION, represents, || format!("{p:?} is not {utilities:?}"));
        // The dimension is at most the width (Dilworth), and 1 exactly for complete orders.
        let total = p.first_incomparable().is_none();
        let right = utilities.len() <= widest.max(1) && (utilities.len() == 1) == total;
        ledger.check(DIMENSION, right, || format!("{p:?}: {} utilities, width {widest}", utilities.len()));
    }
}

fn extensions(p: &Preorder, left: &[usize], placed: &mut Vec<usize>) -> u128 {
    if left.is_empty() {
        return 1;
    }
    let mut count = 0;
    for &x in left {
        if left.iter().all(|&y| y == x || !p.less(y, x)) {
            let rest: Vec<usize> = left.iter().copied().filter(|y| *y != x).collect();
            placed.push(x);
            count += extensions(p, &rest, placed);
            placed.pop();
        }
    }
    count
}

/// Strengths: accepted fits solve the likelihood equations, whatever the weights.
pub(crate) fn strengths(draw: &mut Draw, ledger: &mut Ledger) {
    const NAME: &str = "relata_debreu::estimation::fit_luce";
    let n = draw.whole(2, 5);
    let mut data = Rankings::new(n);
    let mut wins = vec![vec![0.0; n]; n];
    for i in 0..n {
        for j in 0..n {
            if i != j {
                let w = draw.magnitude(1e-3, 1e3)
                    * if draw.chance(0.1) { draw.magnitude(1.0, 1e20) } else { 1.0 };
                wins[i][j] = w;
                if data.weighted(&[i, j], 1, w).is_err() {
                    return ledger.refused(NAME);
                }
            }
        }
    }
    let Some(fit) = ledger.accept(NAME, fit_luce(&data, &LuceParams::default())) else { return };
    let s = &fit.strengths;
    if n == 2 {
        let exact = (wins[0][1] / wins[1][0]).ln();
        let found = s[0] - s[1];
        ledger.check(NAME, (found - exact).abs() <= 1e-6 * exact.abs().max(1.0), || {
            format!("{wins:?}: {found}, exact {exact}")
        });
    }
    for i in 0..n {
        let (mut rest, mut size) = (0.0, 0.0);
        for j in (0..n).filter(|j| *j != i) {
            let p = 1.0 / (1.0 + (s[j] - s[i]).exp());
            let q = 1.0 / (1.0 + (s[i] - s[j]).exp());
            rest += wins[i][j] * q - wins[j][i] * p;
            size += wins[i][j] * q + wins[j][i] * p;
        }
        ledger.check(NAME, rest.abs() <= 1e-4 * size, || {
            format!("{wins:?}: item {i} is off by {rest:e} of {size:e}")
        });
    }
}

/// Isotonic regression: sums over upper sets of the rest are not positive, and vanish over all.
pub(crate) fn monotone(draw: &mut Draw, ledger: &mut Ledger) {
    const NAME: &str = "relata_debreu::estimation::isotonic";
    let n = draw.whole(1, 12);
    let unit = draw.choose(&[1.0, 1e-160, 1e160, 1e300]);
    let values: Vec<f64> = draw.normals(n).iter().map(|v| v * unit).collect();
    let weights: Vec<f64> = (0..n).map(|_| draw.magnitude(1e-3, 1e3)).collect();
    let Some(fit) = ledger.accept(NAME, isotonic(&values, &weights)) else { return };
    let rising = fit.windows(2).all(|w| w[0] <= w[1]);
    ledger.check(NAME, rising, || format!("{values:?} {weights:?}: {fit:?} falls"));
    let rest: Vec<f64> = (0..n).map(|i| weights[i] * ((values[i] - fit[i]) / unit)).collect();
    let size: f64 = (0..n).map(|i| weights[i] * (values[i] / unit).abs()).sum();
    let mut sum = 0.0;
    for (i, r) in rest.iter().enumerate().rev() {
        sum += r;
        ledger.check(NAME, sum <= 1e-10 * size, || format!("{values:?} {weights:?}: from {i} on {sum}"));
    }
    ledger
        .check(NAME, sum.abs() <= 1e-10 * size, || format!("{values:?} {weights:?}: {fit:?} moves the mean"));
    let energy: f64 = (0..n).map(|i| rest[i] * (fit[i] / unit)).sum();
    ledger.check(NAME, energy.abs() <= 1e-9 * size * size.max(1.0), || {
        format!("{values:?} {weights:?}: {fit:?} is not a projection")
    });
}
