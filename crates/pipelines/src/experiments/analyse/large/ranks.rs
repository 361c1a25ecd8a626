//! How many features a large relation takes, as far as its leading singular values tell.

use super::super::measured::About;
use super::super::ranks::{found, needed};
use super::structure::left_over;
use super::{Lead, Stored};
use relata_runs::{Row, Value};

/// All rows of this part of the analysis.
pub(in super::super) fn ranks(stored: &Stored<'_>, about: &About<'_>, lead: &Lead, eps: f64) -> Vec<Row> {
    let mut rows = in_l2(about, lead, eps);
    let truncated = truncations(stored, lead);
    rows.push(in_sup(stored, lead, &truncated, eps));
    rows.push(by_sign(stored, lead, &truncated));
    let reason = "it is not sought of a relation of this size";
    rows.push(needed("sign, zeros negative", "separate", None).with("reason", reason));
    for (rank, t) in truncated.iter().enumerate() {
        let row = Row::new("truncation").with("rank", rank);
        let sup = match stored {
            Stored::Whole(_) => Value::from(t.largest_error / lead.largest),
            // Where nothing is stored the truncation has an error, too.
            Stored::Sparse(_) => Value::Missing,
        };
        let row = row.with("relative_sup_error", sup).with("sign_accuracy", t.right_signs);
        rows.push(row.with("support_accuracy", Value::Missing));
    }
    rows
}

/// The truncated decomposition at one rank, on the entries that are stored.
struct Truncated {
    largest_error: f64,
    /// The share of the nonzero entries whose sign it has.
    right_signs: f64,
    /// The least value times the sign, over the nonzero entries.
    least: f64,
}

/// Every rank in one pass over the entries.
fn truncations(stored: &Stored<'_>, lead: &Lead) -> Vec<Truncated> {
    let most = lead.most();
    let by_row = |m: &faer::Mat<f64>, scale: &dyn Fn(usize) -> f64| -> Vec<f64> {
        (0..m.nrows()).flat_map(|i| (0..most).map(move |k| m[(i, k)] * scale(k))).collect()
    };
    let (left, right) =
        (by_row(&lead.leading.left, &|k| lead.leading.values[k]), by_row(&lead.leading.right, &|_| 1.0));
    let mut errors = vec![0.0f64; most + 1];
    let mut least = vec![f64::INFINITY; most + 1];
    let mut hits = vec![0usize; most + 1];
    let mut nonzero = 0usize;
    stored.for_each(|i, j, a| {
        let (x, y) = (&left[i * most..(i + 1) * most], &right[j * most..(j + 1) * most]);
        let sign = if a == 0.0 { 0.0 } else { a.signum() };
        nonzero += usize::from(a != 0.0);
        errors[0] = errors[0].max(a.abs());
        let mut b = 0.0;
        for k in 0..most {
            b += x[k] * y[k];
            let signed = sign * b;
            errors[k + 1] = errors[k + 1].max((a - b).abs());
            hits[k + 1] += usize::from(signed > 0.0);
            if a != 0.0 {
                least[k + 1] = least[k + 1].min(signed);
            }
        }
    });
    least[0] = 0.0;
    (0..=most)
        .map(|k| Truncated {
            largest_error: errors[k],
            right_signs: hits[k] as f64 / nonzero.max(1) as f64,
            least: least[k],
        })
        .collect()
}

fn in_l2(about: &About<'_>, lead: &Lead, eps: f64) -> Vec<Row> {
    let mut rows = Vec::new();
    for encoders in ["shared", "separate", "indefinite"] {
        let row = needed("L2", encoders, Some(eps));
        if !about.one_space() && encoders != "separate" {
            let why = match about.spaces {
                relata_files::Spaces::One(why) | relata_files::Spaces::Two(why) => why.as_str(),
            };
            rows.push(row.with("reason", why));
            continue;
        }
        let reached: Vec<_> = (0..=lead.most()).map_while(|k| left_over(lead, encoders, k)).collect();
        let lower = reached.iter().position(|l| l.lower <= eps);
        let upper = reached.iter().position(|l| l.upper <= eps);
        let by = ["residuals of leading singular values", "the truncated decomposition"].map(str::to_owned);
        rows.push(bracket(row, lower.unwrap_or(reached.len()), upper, by, reached.len().saturating_sub(1)));
    }
    rows
}

fn in_sup(stored: &Stored<'_>, lead: &Lead, truncated: &[Truncated], eps: f64) -> Row {
    let row = needed("sup", "separate", Some(eps));
    let (n, m) = stored.shape();
    // The largest error is at least the root of the mean square.
    let root = (n as f64).sqrt() * (m as f64).sqrt();
    let least = eps * lead.largest * (1.0 + 1e-12) * root / lead.norm;
    let reached: Vec<_> = (0..=lead.most()).map_while(|k| left_over(lead, "separate", k)).collect();
    // Rank 0 leaves the largest entry, which is above eps times itself.
    let from = usize::from(eps < 1.0);
    let lower = (from..reached.len()).find(|k| reached[*k].lower <= least).unwrap_or(reached.len());
    let by = ["the mean square of the errors", "the truncated SVD"].map(str::to_owned);
    match stored {
        Stored::Whole(_) => {
            let upper = truncated.iter().position(|t| t.largest_error <= eps * lead.largest);
            bracket(row, lower, upper, by, lead.most())
        }
        Stored::Sparse(_) => {
            let why = format!("the errors on all {} entries were not computed", n * m);
            row.with("lower", lower).with("lower_by", by[0].as_str()).with("reason", why)
        }
    }
}

/// The sign of every entry that is not 0. *Upper*: the truncated decomposition, with more than its
/// rounding to spare. *Lower*: Forster's bound from the values, where none is 0.
fn by_sign(stored: &Stored<'_>, lead: &Lead, truncated: &[Truncated]) -> Row {
    let row = needed("sign", "separate", None);
    let (n, m) = stored.shape();
    let mut smallest = f64::INFINITY;
    let mut stored_entries = 0usize;
    let mut signs = [false; 2];
    stored.for_each(|_, _, v| {
        smallest = smallest.min(v.abs());
        stored_entries += 1;
        signs[usize::from(v > 0.0)] |= v != 0.0;
    });
    // Rows of the factors have at most the root of the largest value; so products round by this.
    let rounding = (lead.most() as f64 + 2.0) * f64::EPSILON * lead.leading.values[0];
    let one_sign = !(signs[0] && signs[1]);
    let upper =
        if one_sign { Some(1) } else { truncated.iter().position(|t| t.least > rounding).filter(|r| *r > 0) };
    let mut lower = (1, "there is a sign to be had".to_owned());
    let at_most = lead.leading.left_over(1).map(|l| {
        // The square of the largest singular value is what rank 1 does not leave.
        (lead.norm - l.lower).max(0.0).sqrt() * (lead.norm + l.lower).sqrt()
    });
    if let (Some(largest), true) = (at_most, stored_entries == n * m && smallest > 0.0) {
        let bound = smallest * (n as f64).sqrt() * (m as f64).sqrt() / largest;
        let whole = (bound * (1.0 - 1e-9)).ceil() as usize;
        if whole > lower.0 {
            lower = (whole, format!("the spectral bound {bound:.3} (Forster)"));
        }
    }
    let upper_by = if one_sign { "every sign is the same" } else { "the truncated SVD" };
    bracket(row, lower.0, upper, [lower.1, upper_by.to_owned()], lead.most())
}

/// A row with both ends, or with the lower one and why there is no other.
fn bracket(row: Row, lower: usize, upper: Option<usize>, by: [String; 2], most: usize) -> Row {
    let [lower_by, upper_by] = by;
    match upper {
        Some(upper) => found(row, lower, upper, lower_by, upper_by),
        None => row
            .with("lower", lower)
            .with("lower_by", lower_by)
            .with("reason", format!("ranks up to {most} were tried")),
    }
}
