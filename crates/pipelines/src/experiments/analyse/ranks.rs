//! How many features it takes: to be within `eps` in L2 and in every entry, and to have every sign
//! right.

use super::decomposed::{Decomposed, decompose};
use super::measured::Measured;
use super::structure::scaled;
use faer::{Mat, MatRef};
use relata_kernels::rank::{SignLower, SignRankParams, SignUpper, Zeros, sign_rank, sup_rank};
use relata_kernels::{Encoders, matrix_limits};
use relata_runs::{Row, Value};

/// All rows of this part of the analysis.
pub(super) fn ranks(measured: &Measured, eps: f64) -> anyhow::Result<Vec<Row>> {
    let (a, _) = scaled(measured.matrix.as_ref());
    let mut rows = in_l2(measured, a.as_ref(), eps)?;
    rows.push(in_sup(a.as_ref(), eps));
    let zeros = a.col_iter().flat_map(|c| c.iter()).filter(|v| **v == 0.0).count();
    rows.push(by_sign(a.as_ref(), "sign", Zeros::Free));
    rows.push(if zeros > 0 {
        by_sign(a.as_ref(), "sign, zeros negative", Zeros::Negative)
    } else {
        needed("sign, zeros negative", "separate", None).with("reason", "no entry is 0")
    });
    rows.extend(truncations(a.as_ref())?);
    Ok(rows)
}

/// A row of the table with nothing found.
pub(super) fn needed(criterion: &str, encoders: &str, eps: Option<f64>) -> Row {
    Row::new("rank_needed").with("criterion", criterion).with("encoders", encoders).with("eps", eps)
}

pub(super) fn found(row: Row, lower: usize, upper: usize, lower_by: String, upper_by: String) -> Row {
    row.with("lower", lower).with("upper", upper).with("lower_by", lower_by).with("upper_by", upper_by)
}

fn in_l2(measured: &Measured, a: MatRef<'_, f64>, eps: f64) -> anyhow::Result<Vec<Row>> {
    let mut rows = Vec::new();
    for encoders in Encoders::ALL {
        let row = needed("L2", &encoders.to_string(), Some(eps));
        rows.push(match measured.two_spaces() {
            Some(why) if encoders != Encoders::Separate => row.with("reason", why),
            _ => {
                let most = a.nrows().min(a.ncols());
                let limits = matrix_limits(a, encoders, most)?;
                match limits.rank_for(eps) {
                    Some(rank) => {
                        let by = "the limit at every rank".to_owned();
                        found(row, rank, rank, by.clone(), by)
                    }
                    None => {
                        let floor = limits.at(most)?.relative;
                        row.with("reason", format!("no rank reaches it: the floor is {floor:.4}"))
                    }
                }
            }
        });
    }
    Ok(rows)
}

fn in_sup(a: MatRef<'_, f64>, eps: f64) -> Row {
    let row = needed("sup", "separate", Some(eps));
    match sup_rank(a, eps * a.norm_max()) {
        Ok(r) => {
            let (lower, upper) = ("tails of weighted singular values", "the truncated SVD");
            found(row, r.bracket.lower, r.bracket.upper, lower.to_owned(), upper.to_owned())
        }
        Err(e) => row.with("reason", e.to_string()),
    }
}

pub(super) fn by_sign(a: MatRef<'_, f64>, criterion: &str, zeros: Zeros) -> Row {
    let row = needed(criterion, "separate", None);
    // The search for factors costs n m rank^2 a sweep and rank, and takes minutes for a large
    // relation; the constructions without a search cost a few decompositions.
    let (sweeps, restarts) = match a.nrows() * a.ncols() {
        0..=2_500 => (60, 3),
        2_501..=10_000 => (12, 0),
        _ => (0, 0),
    };
    match sign_rank(a, SignRankParams { zeros, sweeps, restarts, ..SignRankParams::default() }) {
        Ok(r) => {
            let row = found(row, r.bracket.lower, r.bracket.upper, lower(r.lower_by), upper(r.upper_by));
            row.with("margin", r.margin)
        }
        Err(e) => row.with("reason", e.to_string()),
    }
}

fn lower(by: SignLower) -> String {
    match by {
        SignLower::Trivial => "nothing to separate".to_owned(),
        SignLower::NotRankOne => "no flips of rows and columns make all signs equal".to_owned(),
        SignLower::NotRankTwo => "no order of the columns leaves each row one change of sign".to_owned(),
        SignLower::Shattered { size } => format!("{size} columns or rows show all their sign patterns"),
        SignLower::Count { patterns } => format!("{patterns} different sign patterns (Cover)"),
        SignLower::Forster { bound } => format!("the spectral bound {bound:.3} (Forster)"),
    }
}

fn upper(by: SignUpper) -> String {
    match by {
        SignUpper::Trivial => "no sign is asked for".to_owned(),
        SignUpper::RankOne => "flips of rows and columns".to_owned(),
        SignUpper::Chain => "an order of the columns with one change of sign in each row".to_owned(),
        SignUpper::SignChanges { changes } => {
            format!("an order with at most {changes} changes of sign in each row")
        }
        SignUpper::TruncatedSvd => "the truncated SVD".to_owned(),
        SignUpper::Fitted => "factors fitted by alternating classification".to_owned(),
    }
}

/// The truncated SVD at every rank: its largest error, and how many signs it has right.
fn truncations(a: MatRef<'_, f64>) -> anyhow::Result<Vec<Row>> {
    let svd = decompose(a)?;
    let largest = a.norm_max();
    let mut b = Mat::<f64>::zeros(a.nrows(), a.ncols());
    let mut rows = Vec::new();
    for rank in 0..=svd.rank() {
        if let Some(k) = rank.checked_sub(1) {
            add_component(&mut b, &svd, k);
        }
        let (sign, support) = right(a, b.as_ref());
        let row = Row::new("truncation")
            .with("rank", rank)
            .with("relative_sup_error", (a - &b).norm_max() / largest);
        rows.push(row.with("sign_accuracy", sign).with("support_accuracy", support));
    }
    Ok(rows)
}

fn add_component(b: &mut Mat<f64>, svd: &Decomposed, k: usize) {
    for j in 0..b.ncols() {
        let c = svd.values[k] * svd.right[(j, k)];
        for i in 0..b.nrows() {
            b[(i, j)] += svd.left[(i, k)] * c;
        }
    }
}

/// Share of the nonzero entries of `a` whose sign `b` has; and, where `a` has zeros and no negative
/// entry, share of the entries of which `b` tells whether they are zero, at half the smallest
/// positive one.
fn right(a: MatRef<'_, f64>, b: MatRef<'_, f64>) -> (f64, Value) {
    let entries = || (0..a.ncols()).flat_map(|j| (0..a.nrows()).map(move |i| (a[(i, j)], b[(i, j)])));
    let share = |hits: usize, of: usize| hits as f64 / of as f64;
    let nonzero = entries().filter(|(x, _)| *x != 0.0).count();
    let signs = entries().filter(|(x, y)| x * y > 0.0).count();
    let all = a.nrows() * a.ncols();
    let smallest = entries().map(|(x, _)| x).filter(|x| *x != 0.0).fold(f64::INFINITY, f64::min);
    let support = if nonzero < all && smallest > 0.0 {
        let told = entries().filter(|(x, y)| (*x > 0.0) == (*y > 0.5 * smallest)).count();
        Value::Float(share(told, all))
    } else {
        Value::Missing
    };
    (share(signs, nonzero), support)
}
