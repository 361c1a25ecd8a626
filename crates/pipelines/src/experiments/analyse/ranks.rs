//! How many features it takes: to be within `eps` in L2 and in every entry, and to have every sign
//! right.

use super::decomposed::Decomposed;
use super::measured::Measured;
use super::structure::scaled;
use faer::MatRef;
use relata_kernels::rank::{SignLower, SignRankParams, SignUpper, Zeros, sign_rank, sup_rank};
use relata_kernels::{Encoders, matrix_limits};
use relata_runs::Row;

/// All rows of this part of the analysis.
pub(super) fn ranks(measured: &Measured, svd: &Decomposed, eps: f64) -> anyhow::Result<Vec<Row>> {
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
    rows.extend(truncations(a.as_ref(), svd));
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

/// The truncated SVD at every rank: its largest error, how many signs it has right, and, where the
/// relation has zeros and no negative entry, of how many entries it tells whether they are 0, at half
/// the smallest positive one.
///
/// Column by column, so that a column and its approximation stay near the processor.
fn truncations(a: MatRef<'_, f64>, svd: &Decomposed) -> Vec<Row> {
    let (n, m, ranks) = (a.nrows(), a.ncols(), svd.rank());
    let entries = || a.col_iter().flat_map(|c| c.iter().copied());
    let nonzero = entries().filter(|x| *x != 0.0).count();
    let smallest = entries().filter(|x| *x != 0.0).fold(f64::INFINITY, f64::min);
    let half = (nonzero < n * m && smallest > 0.0).then_some(0.5 * smallest);
    let (mut errors, mut signs, mut told) =
        (vec![0.0f64; ranks + 1], vec![0usize; ranks + 1], vec![0usize; ranks + 1]);
    let mut b = vec![0.0; n];
    for (j, column) in a.col_iter().enumerate() {
        b.fill(0.0);
        for rank in 0..=ranks {
            if let Some(k) = rank.checked_sub(1) {
                let c = svd.values[k] * svd.right[(j, k)];
                b.iter_mut().zip(svd.left.col(k).iter()).for_each(|(b, u)| *b += u * c);
            }
            let pairs = || column.iter().zip(&b);
            errors[rank] = pairs().map(|(x, y)| (x - y).abs()).fold(errors[rank], f64::max);
            signs[rank] += pairs().filter(|(x, y)| *x * *y > 0.0).count();
            if let Some(half) = half {
                told[rank] += pairs().filter(|(x, y)| (**x > 0.0) == (**y > half)).count();
            }
        }
    }
    let largest = a.norm_max();
    let share = |hits: usize, of: usize| hits as f64 / of as f64;
    (0..=ranks)
        .map(|rank| {
            let support = half.map(|_| share(told[rank], n * m));
            Row::new("truncation")
                .with("rank", rank)
                .with("relative_sup_error", errors[rank] / largest)
                .with("sign_accuracy", share(signs[rank], nonzero))
                .with("support_accuracy", support)
        })
        .collect()
}
