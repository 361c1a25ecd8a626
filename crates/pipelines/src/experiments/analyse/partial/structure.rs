//! What the relation is, as far as its known entries tell.

use super::super::decomposed::decompose;
use super::super::measured::Measured;
use super::super::structure::{objects, relation, views};
use super::{effort, known, most};
use faer::{Mat, MatRef};
use relata_kernels::completion::{PartialMatrix, complete, known_principal_block, partial_limits};
use relata_kernels::{Psd, psd_test_within};
use relata_runs::{Row, Value};

/// Ranks of the completion that orders rows and columns in figures: two vectors are shown.
const ORDERING_RANK: usize = 2;

/// All rows of this part of the analysis.
pub(in super::super) fn structure(measured: &Measured) -> anyhow::Result<Vec<Row>> {
    let (a, scale) = known(measured)?;
    let mut rows = vec![relation(measured, None, a.values(), scale)?];
    if measured.two_spaces().is_none() {
        rows.push(antisymmetric(&a));
        rows.extend(definiteness(measured, &a, scale)?);
    }
    let norm = a.norm();
    for l in partial_limits(&a, most(&a), effort(&a))? {
        let block = l.block.map_or(Value::Missing, |(r, c)| Value::from(format!("{r} x {c}")));
        rows.push(
            Row::new("partial_limits")
                .with("rank", l.rank)
                .with("lower", l.lower / norm)
                .with("upper", l.upper / norm)
                .with("block", block),
        );
    }
    let found = complete(&a, ORDERING_RANK.min(a.nrows().min(a.ncols())), effort(&a))?;
    let filled = Mat::from_fn(a.nrows(), a.ncols(), |i, j| {
        if a.is_known(i, j) { a.values()[(i, j)] } else { found.at(i, j) }
    });
    let svd = decompose(filled.as_ref())?;
    rows.extend(objects(measured, &svd));
    rows.extend(views(measured, &svd));
    Ok(rows)
}

/// The antisymmetric part of the pairs that are known both ways.
fn antisymmetric(a: &PartialMatrix) -> Row {
    let n = a.nrows();
    let v = a.values();
    let (mut all, mut anti, mut pairs) = (0.0, 0.0, 0);
    for i in 0..n {
        for j in (0..=i).filter(|j| a.is_known(i, *j) && a.is_known(*j, i)) {
            let times = if i == j { 1.0 } else { 2.0 };
            all += 0.5 * times * (v[(i, j)].powi(2) + v[(j, i)].powi(2));
            anti += times * (0.5 * (v[(i, j)] - v[(j, i)])).powi(2);
            pairs += usize::from(i != j);
        }
    }
    let share = if all > 0.0 { Some(anti / all) } else { None };
    Row::new("partial_parts")
        .with("part", "antisymmetric")
        .with("pairs_both_ways", pairs)
        .with("relative_norm", share.map(f64::sqrt))
        .with("share", share)
}

/// The test on the largest block found of objects that are known with one another.
fn definiteness(measured: &Measured, a: &PartialMatrix, scale: f64) -> anyhow::Result<Vec<Row>> {
    let kept = known_principal_block(a);
    let row = Row::new("partial_definiteness").with("objects", kept.len());
    let v = a.values();
    let block = Mat::from_fn(kept.len(), kept.len(), |p, q| {
        0.5 * v[(kept[p], kept[q])] + 0.5 * v[(kept[q], kept[p])]
    });
    let witness = if kept.is_empty() || block.norm_max() == 0.0 {
        None
    } else {
        witness(measured, block.as_ref(), scale)?
    };
    let mut rows = vec![row.with("witness_value", witness.as_ref().map(|(_, value)| value * scale))];
    if let Some((vector, _)) = witness {
        for (&k, c) in kept.iter().zip(vector) {
            let name = measured.rows.list[k].as_str();
            rows.push(Row::new("witness").with("object", name).with("coefficient", c));
        }
    }
    Ok(rows)
}

fn witness(
    measured: &Measured,
    block: MatRef<'_, f64>,
    scale: f64,
) -> anyhow::Result<Option<(Vec<f64>, f64)>> {
    Ok(match psd_test_within(block, measured.carried.rounding(block, scale))? {
        Psd::Indefinite(w) => Some((w.vector, w.value)),
        Psd::Definite { .. } | Psd::Semidefinite { .. } => None,
    })
}
