//! How many features the known entries take.

use super::super::measured::Measured;
use super::super::ranks::{by_sign, found, needed};
use super::{effort, known, most};
use faer::Mat;
use relata_kernels::completion::{PartialMatrix, partial_limits, partial_sup_rank};
use relata_kernels::rank::Zeros;
use relata_runs::Row;

/// All rows of this part of the analysis.
pub(in super::super) fn ranks(measured: &Measured, eps: f64) -> anyhow::Result<Vec<Row>> {
    let (a, _) = known(measured)?;
    let mut rows = vec![in_l2(&a, eps)?, in_sup(&a, eps)];
    // A sign that is not asked for is what a hole is, too.
    rows.push(by_sign(a.values(), "sign", Zeros::Free));
    let zeros = (0..a.nrows()).any(|i| (0..a.ncols()).any(|j| a.is_known(i, j) && a.values()[(i, j)] == 0.0));
    rows.push(if zeros {
        let signs = Mat::from_fn(a.nrows(), a.ncols(), |i, j| match a.is_known(i, j) {
            false => 0.0,
            true if a.values()[(i, j)] > 0.0 => 1.0,
            true => -1.0,
        });
        by_sign(signs.as_ref(), "sign, zeros negative", Zeros::Free)
    } else {
        needed("sign, zeros negative", "separate", None).with("reason", "no known entry is 0")
    });
    Ok(rows)
}

fn in_l2(a: &PartialMatrix, eps: f64) -> anyhow::Result<Row> {
    let row = needed("L2", "separate", Some(eps));
    let most = most(a);
    let limits = partial_limits(a, most, effort(a))?;
    let least = eps * a.norm();
    let lower = limits.iter().find(|l| l.lower <= least).map(|l| l.rank);
    let upper = limits.iter().find(|l| l.upper <= least).map(|l| l.rank);
    Ok(match (lower, upper) {
        (Some(lower), Some(upper)) => {
            let (lower_by, upper_by) = ("wholly known blocks", "alternating least squares");
            found(row, lower, upper, lower_by.to_owned(), upper_by.to_owned())
        }
        _ => row.with("reason", format!("no factors of rank up to {most} were found that reach it")),
    })
}

fn in_sup(a: &PartialMatrix, eps: f64) -> Row {
    let row = needed("sup", "separate", Some(eps));
    // Beyond, every rank is sought, and each takes as long as a limit.
    const LARGE: usize = 20_000;
    if a.known() > LARGE {
        return row.with("reason", format!("it is sought up to {LARGE} known entries"));
    }
    match partial_sup_rank(a, eps * a.values().norm_max(), effort(a)) {
        Ok(r) => {
            let (lower, upper) = ("a wholly known block", "alternating least squares, or the smaller side");
            found(row, r.lower, r.upper, lower.to_owned(), upper.to_owned())
        }
        Err(e) => row.with("reason", e.to_string()),
    }
}
