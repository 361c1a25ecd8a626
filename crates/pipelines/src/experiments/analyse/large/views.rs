//! Pictures and lists of objects of a large relation.

use super::super::decomposed::Decomposed;
use super::super::measured::About;
use super::super::structure::{COMPONENTS, MAX_CELLS};
use faer::Mat;
use relata_runs::{Row, Value};
use std::collections::BTreeSet;

/// Objects of a side that are all listed; of more, those that stand out.
const MAX_LISTED: usize = 20_000;
/// How many of them for each vector.
const STANDING_OUT: usize = 500;

/// Names, places and singular vectors of rows and columns; of a side with very many, of those with
/// the largest entries in each vector. `orders` are the vectors by which each side is ordered.
pub(in super::super) fn listed(
    about: &About<'_>,
    vectors: [&Mat<f64>; 2],
    orders: [&Mat<f64>; 2],
) -> Vec<Row> {
    let mut rows = Vec::new();
    for (k, (side, names)) in [("row", about.rows), ("column", about.columns)].into_iter().enumerate() {
        let count = names.len();
        let mut places = vec![[0; 2]; count];
        for view in 0..2 {
            let order = Decomposed::order(orders[k], view);
            order.iter().enumerate().for_each(|(place, &i)| places[i][view] = place + 1);
        }
        let own = vectors[k];
        for i in shown(own, count) {
            let mut row = Row::new("objects")
                .with("side", side)
                .with("index", i + 1)
                .with("label", names.list[i].as_str())
                .with("place_by_first_vector", places[i][0])
                .with("place_by_second_vector", places[i][1]);
            for c in 0..COMPONENTS.min(own.ncols()) {
                row = row.with(format!("vector_{}", c + 1), own[(i, c)]);
            }
            rows.push(row);
        }
    }
    rows
}

fn shown(vectors: &Mat<f64>, count: usize) -> Vec<usize> {
    if count <= MAX_LISTED {
        return (0..count).collect();
    }
    let mut kept = BTreeSet::new();
    for c in 0..COMPONENTS.min(vectors.ncols()) {
        let mut order: Vec<usize> = (0..count).collect();
        let size = |i: usize| vectors[(i, c)].abs();
        order.sort_by(|&i, &j| size(j).total_cmp(&size(i)).then(i.cmp(&j)));
        kept.extend(order.into_iter().take(STANDING_OUT));
    }
    kept.into_iter().collect()
}

/// What blocks are averaged over.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Averaged {
    /// All entries.
    All,
    /// Those that are known.
    Known,
}

/// The matrix as it was given and in the orders of two vectors, averaged over blocks. `entries` goes
/// through those that are not 0, or through those that are known.
pub(in super::super) fn views(
    (n, m): (usize, usize),
    orders: [&Mat<f64>; 2],
    rank: usize,
    over: Averaged,
    entries: impl Fn(&mut dyn FnMut(usize, usize, f64)),
) -> Vec<Row> {
    let (rows_shown, columns_shown) = (n.min(MAX_CELLS), m.min(MAX_CELLS));
    // The block of each object, as the blocks `k n / shown .. (k + 1) n / shown` say.
    let blocks = |order: &[usize], shown: usize| {
        let mut of = vec![0; order.len()];
        for k in 0..shown {
            order[k * order.len() / shown..(k + 1) * order.len() / shown].iter().for_each(|&i| of[i] = k);
        }
        of
    };
    let size = |k: usize, shown: usize, all: usize| (k + 1) * all / shown - k * all / shown;
    let given = |count: usize| (0..count).collect::<Vec<_>>();
    let by = |view: usize| [Decomposed::order(orders[0], view), Decomposed::order(orders[1], view)];
    let mut out = Vec::new();
    for (view, [of_rows, of_columns]) in
        [("given", [given(n), given(m)]), ("first vector", by(0)), ("second vector", by(1))]
    {
        if view == "second vector" && rank < 2 {
            continue;
        }
        let (p, q) = (blocks(&of_rows, rows_shown), blocks(&of_columns, columns_shown));
        let mut sums = vec![0.0; rows_shown * columns_shown];
        let mut counts = vec![0usize; sums.len()];
        entries(&mut |i, j, v| {
            let cell = p[i] * columns_shown + q[j];
            sums[cell] += v;
            counts[cell] += 1;
        });
        for r in 0..rows_shown {
            for c in 0..columns_shown {
                let cell = r * columns_shown + c;
                let all = size(r, rows_shown, n) * size(c, columns_shown, m);
                let count = if over == Averaged::Known { counts[cell] } else { all };
                let value = if count == 0 { Value::Missing } else { Value::from(sums[cell] / count as f64) };
                let row = Row::new("matrix").with("view", view).with("row", r + 1);
                out.push(row.with("column", c + 1).with("value", value));
            }
        }
    }
    out
}
