//! What the relation is, as far as its known entries tell.

use super::super::decomposed::{Decomposed, decompose};
use super::super::large::{Averaged, listed, views};
use super::super::measured::About;
use super::super::structure::Counts;
use super::{Holes, effort, is_small};
use faer::{Mat, MatRef};
use relata_kernels::completion::{Completion, PartialMatrix, complete, known_principal_block};
use relata_kernels::{Psd, psd_test_within};
use relata_relations::norm2;
use relata_runs::{Row, Value};

/// Ranks of the completion that orders rows and columns in figures: two vectors are shown.
const ORDERING_RANK: usize = 2;

/// All rows of this part of the analysis.
pub(in super::super) fn structure(holes: &Holes<'_>, about: &About<'_>) -> anyhow::Result<Vec<Row>> {
    let a = &holes.known;
    let mut rows = vec![counted(holes, about).row(about)];
    if about.one_space() {
        rows.push(antisymmetric(a));
        rows.extend(definiteness(about, a, holes.scale)?);
    }
    let norm = a.norm();
    for l in holes.limits()? {
        let block = l.block.map_or(Value::Missing, |(r, c)| Value::from(format!("{r} x {c}")));
        rows.push(
            Row::new("partial_limits")
                .with("rank", l.rank)
                .with("lower", l.lower / norm)
                .with("upper", l.upper / norm)
                .with("block", block),
        );
    }
    let found = complete(a, ORDERING_RANK.min(a.nrows().min(a.ncols())), effort(a))?;
    let svd = if is_small(a) {
        let mut filled = Mat::from_fn(a.nrows(), a.ncols(), |i, j| found.at(i, j));
        a.entries().for_each(|e| filled[(e.row, e.column)] = e.value);
        decompose(filled.as_ref())?
    } else {
        of_factors(&found)?
    };
    let vectors = [&svd.left, &svd.right];
    let orders = if about.one_space() { [vectors[0], vectors[0]] } else { vectors };
    rows.extend(listed(about, vectors, orders));
    let size = (a.nrows(), a.ncols());
    rows.extend(views(size, orders, svd.rank(), Averaged::Known, |f| {
        a.entries().for_each(|e| f(e.row, e.column, e.value * holes.scale));
    }));
    Ok(rows)
}

/// What is counted of the entries that are known.
fn counted(holes: &Holes<'_>, about: &About<'_>) -> Counts {
    let a = &holes.known;
    let values = || a.entries().map(|e| e.value);
    // Weights do not change what the largest entries are.
    let (largest, norm) = (a.largest(), norm2(values()));
    Counts {
        known: a.known(),
        zeros: values().filter(|v| *v == 0.0).count(),
        negative: values().filter(|v| *v < 0.0).count(),
        #[allow(clippy::float_cmp)] // exactly 0 or 1 is what binary means
        binary: values().all(|v| v * holes.scale == 1.0 || v == 0.0),
        triangular: false,
        largest: largest * holes.scale,
        norm: norm * holes.scale,
        rank: None,
        stable_rank: None,
        relative_rounding: about.carried.relative_of([a.nrows(), a.ncols()], largest, norm, holes.scale),
    }
}

/// The singular value decomposition of a product of factors, from those of the factors.
fn of_factors(found: &Completion) -> anyhow::Result<Decomposed> {
    let (left, right) = (decompose(found.left.as_ref())?, decompose(found.right.as_ref())?);
    let scaled =
        |d: &Decomposed| Mat::from_fn(d.values.len(), d.values.len(), |p, q| d.values[p] * d.right[(q, p)]);
    let core = decompose((scaled(&left) * scaled(&right).transpose()).as_ref())?;
    Ok(Decomposed { left: &left.left * &core.left, right: &right.left * &core.right, values: core.values })
}

/// The antisymmetric part of the pairs that are known both ways.
fn antisymmetric(a: &PartialMatrix) -> Row {
    let (mut all, mut anti, mut pairs) = (0.0, 0.0, 0);
    for e in a.entries().filter(|e| e.column <= e.row && a.is_known(e.column, e.row)) {
        let (value, mirrored) = (e.value, a.value(e.column, e.row));
        let times = if e.row == e.column { 1.0 } else { 2.0 };
        all += 0.5 * times * (value.powi(2) + mirrored.powi(2));
        anti += times * (0.5 * (value - mirrored)).powi(2);
        pairs += usize::from(e.row != e.column);
    }
    let share = if all > 0.0 { Some(anti / all) } else { None };
    Row::new("partial_parts")
        .with("part", "antisymmetric")
        .with("pairs_both_ways", pairs)
        .with("relative_norm", share.map(f64::sqrt))
        .with("share", share)
}

/// The test on the largest block found of objects that are known with one another.
fn definiteness(about: &About<'_>, a: &PartialMatrix, scale: f64) -> anyhow::Result<Vec<Row>> {
    let kept = known_principal_block(a);
    let row = Row::new("partial_definiteness").with("objects", kept.len());
    let block = Mat::from_fn(kept.len(), kept.len(), |p, q| {
        0.5 * a.value(kept[p], kept[q]) + 0.5 * a.value(kept[q], kept[p])
    });
    let witness = if kept.is_empty() || block.norm_max() == 0.0 {
        None
    } else {
        witness(about, block.as_ref(), scale)?
    };
    let mut rows = vec![row.with("witness_value", witness.as_ref().map(|(_, value)| value * scale))];
    if let Some((vector, _)) = witness {
        for (&k, c) in kept.iter().zip(vector) {
            let name = about.rows.list[k].as_str();
            rows.push(Row::new("witness").with("object", name).with("coefficient", c));
        }
    }
    Ok(rows)
}

fn witness(about: &About<'_>, block: MatRef<'_, f64>, scale: f64) -> anyhow::Result<Option<(Vec<f64>, f64)>> {
    Ok(match psd_test_within(block, about.carried.rounding(block, scale))? {
        Psd::Indefinite(w) => Some((w.vector, w.value)),
        Psd::Definite { .. } | Psd::Semidefinite { .. } => None,
    })
}
