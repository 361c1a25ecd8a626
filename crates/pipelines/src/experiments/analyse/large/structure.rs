//! What the relation is, as far as its leading singular values tell.

use super::super::measured::About;
use super::super::structure::{Counts, RANKS};
use super::{Averaged, Lead, Stored, listed, views};
use relata_kernels::krylov::LeftOver;
use relata_runs::{Row, Value};

/// All rows of this part of the analysis.
pub(in super::super) fn structure(
    stored: &Stored<'_>,
    about: &About<'_>,
    lead: &Lead,
) -> anyhow::Result<Vec<Row>> {
    let mut rows = vec![counted(stored, about, lead).row(about)];
    let eigenvalue = |k: usize| lead.eigen.as_ref().and_then(|e| e.values.get(k).copied());
    for (k, s) in lead.leading.values.iter().enumerate() {
        let row = Row::new("spectrum").with("index", k + 1).with("singular_value", *s);
        let row = row.with("relative", s / lead.norm).with("eigenvalue", eigenvalue(k));
        rows.push(row.with("residual", lead.leading.residuals[k] / lead.norm));
    }
    for rank in (0..=lead.most()).chain(RANKS.into_iter().filter(|r| *r > lead.most())) {
        for encoders in ["separate", "shared", "indefinite"] {
            if let Some(left) = left_over(lead, encoders, rank) {
                let row = Row::new("leading_limits").with("encoders", encoders).with("rank", rank);
                rows.push(row.with("lower", left.lower).with("upper", left.upper));
            }
        }
    }
    if let Some(eigen) = &lead.eigen {
        let relative = |l: LeftOver| (l.lower / lead.norm, l.upper / lead.norm);
        let anti = lead.antisymmetric / lead.norm;
        for (part, (lower, upper)) in [
            ("positive", relative(eigen.positive_part())),
            ("negative", relative(eigen.negative_part())),
            ("antisymmetric", (anti, anti)),
        ] {
            let row = Row::new("leading_parts").with("part", part);
            rows.push(row.with("lower", lower).with("upper", upper.min(1.0)));
        }
    }
    if about.one_space() {
        rows.extend(definiteness(about, lead));
    }
    let vectors = [&lead.leading.left, &lead.leading.right];
    let sides = if about.one_space() { [vectors[0], vectors[0]] } else { vectors };
    rows.extend(listed(about, vectors, sides));
    let size = stored.shape();
    rows.extend(views(size, sides, lead.most(), Averaged::All, |f| stored.for_each(f)));
    Ok(rows)
}

/// What a rank leaves of the relation, relative to its norm. A rank that was not reached leaves no
/// more than the last one that was, if nothing but rounding is left there.
pub(super) fn left_over(lead: &Lead, encoders: &str, rank: usize) -> Option<LeftOver> {
    let beyond = |most: usize| if lead.rank.is_some() { rank.min(most) } else { rank };
    let odd = lead.antisymmetric;
    let with_odd = |l: LeftOver| LeftOver { lower: l.lower.hypot(odd), upper: l.upper.hypot(odd) };
    let found = match encoders {
        "separate" => lead.leading.left_over(beyond(lead.most())),
        "shared" => {
            let eigen = lead.eigen.as_ref()?;
            let most = eigen.values.iter().filter(|v| **v > 0.0).count();
            eigen.left_over_shared(beyond(most)).map(with_odd)
        }
        _ => {
            let eigen = lead.eigen.as_ref()?;
            eigen.left_over_indefinite(beyond(eigen.values.len())).map(with_odd)
        }
    }?;
    let relative = |v: f64| (v / lead.norm).min(1.0);
    // What is below rounding of the sums is 0; a rank leaves no less than separate encoders do.
    const ROUNDING: f64 = 1e-12;
    let lower = relative(found.lower);
    Some(LeftOver { lower: if lower > ROUNDING { lower } else { 0.0 }, upper: relative(found.upper) })
}

fn counted(stored: &Stored<'_>, about: &About<'_>, lead: &Lead) -> Counts {
    let (n, m) = stored.shape();
    let (mut nonzero, mut negative, mut ones, mut below, mut above) = (0usize, 0usize, 0usize, false, false);
    #[allow(clippy::float_cmp)] // exactly 0 or 1 is what binary means
    stored.for_each(|i, j, v| {
        nonzero += usize::from(v != 0.0);
        negative += usize::from(v < 0.0);
        ones += usize::from(v == 1.0);
        below |= v != 0.0 && i > j;
        above |= v != 0.0 && i < j;
    });
    Counts {
        known: n * m,
        zeros: n * m - nonzero,
        negative,
        binary: nonzero == ones,
        // Only the plain case is looked for: all entries on one side of the diagonal.
        triangular: about.one_space() && n > 1 && below != above,
        largest: lead.largest,
        norm: lead.norm,
        rank: lead.rank,
        stable_rank: Some((lead.norm / lead.leading.values[0]).powi(2)),
        relative_rounding: lead.relative_rounding,
    }
}

/// Whether the relation is positive semidefinite, as far as that is seen: it is not where a vector
/// says so, and it is, up to rounding, where nothing but rounding is beside the vectors that were
/// found.
fn definiteness(about: &About<'_>, lead: &Lead) -> Vec<Row> {
    let n = about.rows.len() as f64;
    let relative = n * f64::EPSILON + lead.relative_rounding;
    let tolerance = relative * lead.norm;
    let symmetric = lead.antisymmetric <= tolerance;
    let least = lead.eigen.as_ref().and_then(|e| {
        let (k, v) = e.values.iter().enumerate().min_by(|a, b| a.1.total_cmp(b.1))?;
        Some((e, k, *v))
    });
    let witness = least.filter(|(_, _, v)| *v < -tolerance);
    let rest_is_rounding = lead.eigen.as_ref().is_none_or(|e| e.rest <= tolerance);
    let psd = if !symmetric || witness.is_some() {
        Value::from(false)
    } else if rest_is_rounding {
        Value::from(true)
    } else {
        Value::Missing
    };
    let row = Row::new("leading_definiteness")
        .with("psd", psd)
        .with("relative_antisymmetric", lead.antisymmetric / lead.norm)
        .with("tolerance", tolerance)
        .with("witness_value", witness.map(|(_, _, v)| v));
    let mut rows = vec![row];
    if let Some((e, k, _)) = witness {
        // The largest coefficients: the vector has one for every object.
        const SHOWN: usize = 1_000;
        let mut order: Vec<usize> = (0..about.rows.len()).collect();
        let size = |i: usize| e.vectors[(i, k)].abs();
        order.sort_by(|&i, &j| size(j).total_cmp(&size(i)).then(i.cmp(&j)));
        order.truncate(SHOWN);
        order.sort_unstable();
        for i in order {
            let row = Row::new("witness").with("object", about.rows.list[i].as_str());
            rows.push(row.with("coefficient", e.vectors[(i, k)]));
        }
    }
    rows
}
