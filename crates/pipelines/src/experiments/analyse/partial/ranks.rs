//! How many features the known entries take.

use super::super::ranks::{by_sign, found, needed};
use super::{Holes, effort, is_small};
use faer::Mat;
use relata_kernels::completion::{PartialMatrix, partial_sup_rank};
use relata_kernels::rank::Zeros;
use relata_runs::Row;

/// All rows of this part of the analysis.
pub(in super::super) fn ranks(holes: &Holes<'_>, eps: f64) -> anyhow::Result<Vec<Row>> {
    let a = &holes.known;
    let mut rows = vec![in_l2(holes, eps)?, in_sup(a, eps)];
    if !is_small(a) {
        for criterion in ["sign", "sign, zeros negative"] {
            let reason = "it is not sought of a relation of this size";
            rows.push(needed(criterion, "separate", None).with("reason", reason));
        }
        return Ok(rows);
    }
    // A sign that is not asked for is what a hole is, too.
    rows.push(by_sign(a.to_mat().as_ref(), "sign", Zeros::Free));
    let zeros = a.entries().any(|e| e.value == 0.0);
    rows.push(if zeros {
        let mut signs = Mat::zeros(a.nrows(), a.ncols());
        a.entries().for_each(|e| signs[(e.row, e.column)] = if e.value > 0.0 { 1.0 } else { -1.0 });
        by_sign(signs.as_ref(), "sign, zeros negative", Zeros::Free)
    } else {
        needed("sign, zeros negative", "separate", None).with("reason", "no known entry is 0")
    });
    Ok(rows)
}

fn in_l2(holes: &Holes<'_>, eps: f64) -> anyhow::Result<Row> {
    let row = needed("L2", "separate", Some(eps));
    let (a, limits) = (&holes.known, holes.limits()?);
    let most = limits.len() - 1;
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
    match partial_sup_rank(a, eps * a.largest(), effort(a)) {
        Ok(r) => {
            let (lower, upper) = ("a wholly known block", "alternating least squares, or the smaller side");
            found(row, r.lower, r.upper, lower.to_owned(), upper.to_owned())
        }
        Err(e) => row.with("reason", e.to_string()),
    }
}
