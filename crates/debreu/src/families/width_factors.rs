//! Factors of a family of orders: those that always do, and a search for narrower ones.

use crate::families::family::OrderFamily;
use relata_relations::Seed;
use relata_relations::faer::linalg::solvers::Solve;
use relata_relations::faer::{Mat, Side};
use relata_relations::special::{logistic, softplus};
use relata_relations::spectral::{ThinSvd, thin_svd};

/// How hard to look for factors.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WidthParams {
    /// Sweeps of the fit for each width that is tried.
    pub sweeps: usize,
    /// Random starts for each width that is tried, besides the truncated singular value
    /// decomposition.
    pub restarts: usize,
    /// Where the random starts come from.
    pub seed: Seed,
}

impl Default for WidthParams {
    fn default() -> Self {
        Self { sweeps: 300, restarts: 3, seed: Seed(0) }
    }
}

impl OrderFamily {
    /// Factors without fitting: a simplex of items, or one feature for each order up to reversal,
    /// whichever is narrower.
    pub(super) fn plain_factors(&self) -> (Mat<f64>, Mat<f64>) {
        let (m, n) = (self.queries(), self.items());
        let ranks: Vec<Vec<f64>> = self.ranks();
        let mut kinds: Vec<Vec<f64>> = Vec::new();
        let mut of = Vec::with_capacity(m);
        for r in &ranks {
            let top = r.iter().copied().fold(0.0, f64::max);
            let reversed: Vec<f64> = r.iter().map(|v| top - v).collect();
            let found = kinds.iter().position(|k| k == r).map(|k| (k, 1.0));
            let found = found.or_else(|| kinds.iter().position(|k| *k == reversed).map(|k| (k, -1.0)));
            of.push(if top > 0.0 {
                Some(found.unwrap_or_else(|| {
                    kinds.push(r.clone());
                    (kinds.len() - 1, 1.0)
                }))
            } else {
                None
            });
        }
        if kinds.len() < n {
            let queries =
                Mat::from_fn(m, kinds.len(), |x, k| of[x].filter(|o| o.0 == k).map_or(0.0, |o| o.1));
            return (queries, Mat::from_fn(n, kinds.len(), |i, k| kinds[k][i]));
        }
        let queries = Mat::from_fn(m, n - 1, |x, k| ranks[x][k] - ranks[x][n - 1]);
        (queries, Mat::from_fn(n, n - 1, |i, k| f64::from(u8::from(i == k))))
    }

    fn ranks(&self) -> Vec<Vec<f64>> {
        let of = |u: &Vec<f64>| {
            crate::finite::dense_ranks(u).unwrap_or_default().into_iter().map(f64::from).collect()
        };
        self.utilities().iter().map(of).collect()
    }

    /// Factors of width `d` with every sign right, if the fit finds some.
    pub(super) fn fit(&self, wins: &Wins, d: usize, params: &WidthParams) -> Option<(Mat<f64>, Mat<f64>)> {
        let (m, n) = (self.queries(), self.items());
        let mut stream = params.seed.stream(&format!("family/width={d}"));
        for start in 0..=params.restarts {
            let (mut q, mut v) = if start == 0 {
                self.truncated(d)?
            } else {
                let q = Mat::from_fn(m, d, |_, _| stream.normal());
                (q, Mat::from_fn(n, d, |_, _| stream.normal()))
            };
            for _ in 0..params.sweeps {
                if self.represented_by(&q, &v) {
                    return Some((q, v));
                }
                wins.sweep(&mut q, &mut v);
            }
        }
        None
    }

    /// The best approximation of rank `d` of the centred ranks.
    fn truncated(&self, d: usize) -> Option<(Mat<f64>, Mat<f64>)> {
        let ranks = self.ranks();
        let n = self.items();
        let mean: Vec<f64> = ranks.iter().map(|r| r.iter().sum::<f64>() / n as f64).collect();
        let scale = n as f64;
        let centred = Mat::from_fn(self.queries(), n, |x, i| (ranks[x][i] - mean[x]) / scale);
        let ThinSvd { left: u, values: s, right: v } = thin_svd(centred.as_ref()).ok()?;
        let part = |k: usize| s.get(k).map_or(0.0, |v| v.sqrt());
        let q = Mat::from_fn(self.queries(), d, |x, k| if k < u.ncols() { u[(x, k)] * part(k) } else { 0.0 });
        Some((q, Mat::from_fn(n, d, |i, k| if k < v.ncols() { v[(i, k)] * part(k) } else { 0.0 })))
    }
}

/// Strict preferences between neighbouring tiers: (query, worse, better). They imply the others.
pub(super) struct Wins {
    by_query: Vec<Vec<(usize, usize)>>,
    by_item: Vec<Vec<(usize, usize, f64)>>, // (query, the other item, +1 if this one is better)
}

impl Wins {
    pub(super) fn of(f: &OrderFamily) -> Self {
        let mut by_query = vec![Vec::new(); f.queries()];
        let mut by_item = vec![Vec::new(); f.items()];
        for (x, u) in f.utilities().iter().enumerate() {
            for i in 0..u.len() {
                for j in 0..u.len() {
                    // Neighbouring tiers only.
                    if u[i] < u[j] && !u.iter().any(|v| u[i] < *v && *v < u[j]) {
                        by_query[x].push((i, j));
                        by_item[i].push((x, j, -1.0));
                        by_item[j].push((x, i, 1.0));
                    }
                }
            }
        }
        Self { by_query, by_item }
    }

    /// A damped Newton step on the logistic loss for each query's features, then for each item's.
    fn sweep(&self, q: &mut Mat<f64>, v: &mut Mat<f64>) {
        let d = q.ncols();
        for (x, wins) in self.by_query.iter().enumerate() {
            let rows = wins.iter().map(|&(i, j)| (0..d).map(|k| v[(j, k)] - v[(i, k)]).collect());
            let new = newton_step(&row(q, x), rows, &vec![0.0; wins.len()]);
            (0..d).for_each(|k| q[(x, k)] = new[k]);
        }
        for (i, wins) in self.by_item.iter().enumerate() {
            let rows = wins.iter().map(|&(x, _, s)| (0..d).map(|k| s * q[(x, k)]).collect());
            let offset =
                |&(x, j, s): &(usize, usize, f64)| -s * (0..d).map(|k| q[(x, k)] * v[(j, k)]).sum::<f64>();
            let offsets: Vec<f64> = wins.iter().map(offset).collect();
            let new = newton_step(&row(v, i), rows, &offsets);
            (0..d).for_each(|k| v[(i, k)] = new[k]);
        }
    }
}

fn row(a: &Mat<f64>, i: usize) -> Vec<f64> {
    (0..a.ncols()).map(|k| a[(i, k)]).collect()
}

/// One Newton step of `sum ln(1 + exp(-(w . a + offset))) + RIDGE |w|^2`, shortened until it does
/// not go up.
fn newton_step(w: &[f64], rows: impl Iterator<Item = Vec<f64>>, offsets: &[f64]) -> Vec<f64> {
    const RIDGE: f64 = 1e-4;
    let d = w.len();
    let rows: Vec<Vec<f64>> = rows.collect();
    let loss = |w: &[f64]| -> f64 {
        let each = rows.iter().zip(offsets).map(|(a, o)| {
            let t = o + a.iter().zip(w).map(|(a, w)| a * w).sum::<f64>();
            softplus(-t)
        });
        each.sum::<f64>() + RIDGE * w.iter().map(|v| v * v).sum::<f64>()
    };
    let mut h = Mat::<f64>::from_fn(d, d, |i, j| if i == j { 2.0 * RIDGE } else { 0.0 });
    let mut g = Mat::<f64>::from_fn(d, 1, |i, _| 2.0 * RIDGE * w[i]);
    for (a, o) in rows.iter().zip(offsets) {
        let t = o + a.iter().zip(w).map(|(a, w)| a * w).sum::<f64>();
        let miss = logistic(-t);
        let c = miss * (1.0 - miss);
        for i in 0..d {
            g[(i, 0)] -= miss * a[i];
            (0..d).for_each(|j| h[(i, j)] += c * a[i] * a[j]);
        }
    }
    let Ok(factor) = h.llt(Side::Lower) else { return w.to_vec() };
    let step = factor.solve(&g);
    let before = loss(w);
    let mut share = 1.0;
    for _ in 0..20 {
        let trial: Vec<f64> = (0..d).map(|i| w[i] - share * step[(i, 0)]).collect();
        if loss(&trial) <= before {
            return trial;
        }
        share *= 0.5;
    }
    w.to_vec()
}
