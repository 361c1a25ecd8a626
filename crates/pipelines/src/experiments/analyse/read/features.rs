//! Features of the objects on one side of a relation, and weights of its entries.

use super::super::measured::{Measured, Names};
use super::ReadError;
use super::error::shortened;
use faer::Mat;
use relata_files::{Reading, read_features};
use relata_relations::Points;
use std::collections::BTreeMap;

/// Features, one row per object, in the order of the relation's objects.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Features {
    /// The values, `n x p`.
    pub values: Points,
    /// Their names, where the file has a header.
    pub names: Option<Vec<String>>,
}

/// Reads the features of the objects called `names`: by label where both the file and the relation
/// have labels, else in order.
pub(super) fn features(
    path: &str,
    bytes: &[u8],
    names: &Names,
    side: &'static str,
) -> Result<Features, ReadError> {
    let known = names.given.then_some(names.list.as_slice());
    let Reading { rows, columns, values, row_labels, column_labels, .. } =
        read_features(bytes, known).map_err(|error| ReadError::File { path: path.to_owned(), error })?;
    let order = match (known, &row_labels) {
        (Some(known), Some(labels)) => matched(path, known, labels, side)?,
        _ if rows == names.list.len() => (0..rows).collect(),
        _ => {
            return Err(ReadError::FeatureCount {
                path: path.to_owned(),
                side,
                found: rows,
                expected: names.list.len(),
            });
        }
    };
    let sorted = order.iter().flat_map(|&i| values[i * columns..(i + 1) * columns].iter().copied()).collect();
    // Entries are finite and there is at least one column, so that this is a set of points.
    let values = Points::new(columns, sorted).map_err(|e| ReadError::FeatureLabel {
        path: path.to_owned(),
        side,
        problem: format!("the features are not points ({e}), first those of"),
        label: names.list.first().cloned().unwrap_or_default(),
    })?;
    Ok(Features { values, names: column_labels })
}

/// For each object the line of its features.
fn matched(
    path: &str,
    known: &[String],
    labels: &[String],
    side: &'static str,
) -> Result<Vec<usize>, ReadError> {
    let lines: BTreeMap<&str, usize> = labels.iter().enumerate().map(|(i, l)| (l.as_str(), i)).collect();
    let objects: BTreeMap<&str, usize> = known.iter().enumerate().map(|(i, l)| (l.as_str(), i)).collect();
    let wrong = |problem: String, label: &str| ReadError::FeatureLabel {
        path: path.to_owned(),
        side,
        problem,
        label: shortened(label),
    };
    if let Some(label) = known.iter().find(|l| !lines.contains_key(l.as_str())) {
        return Err(wrong(format!("no features of the {side}"), label));
    }
    if let Some(label) = labels.iter().find(|l| !objects.contains_key(l.as_str())) {
        return Err(wrong(format!("features of what is not a {side} of the relation:"), label));
    }
    Ok(known.iter().filter_map(|l| lines.get(l.as_str()).copied()).collect())
}

/// The weights of the entries of a relation: by label where both have labels, else in order.
pub(super) fn weights(path: &str, reading: &Reading, measured: &Measured) -> Result<Mat<f64>, ReadError> {
    let wrong = |problem: String| ReadError::Weights { path: path.to_owned(), problem };
    let place = |names: &Names, labels: &Option<Vec<String>>, count: usize, side: &str| match labels {
        Some(labels) if names.given => {
            let at: BTreeMap<&str, usize> = labels.iter().enumerate().map(|(i, l)| (l.as_str(), i)).collect();
            Ok(names.list.iter().map(|l| at.get(l.as_str()).copied()).collect::<Vec<_>>())
        }
        _ if count == names.len() => Ok((0..count).map(Some).collect()),
        _ => Err(wrong(format!("they have {count} {side}s, and the relation {}", names.len()))),
    };
    let rows = place(&measured.rows, &reading.row_labels, reading.rows, "row")?;
    let columns = place(&measured.columns, &reading.column_labels, reading.columns, "column")?;
    let mut out = Mat::zeros(rows.len(), columns.len());
    for (i, row) in rows.iter().enumerate() {
        for (j, column) in columns.iter().enumerate() {
            if !measured.is_known(i, j) {
                continue;
            }
            let at = row.zip(*column).map(|(p, q)| p * reading.columns + q);
            let known = at.filter(|k| reading.holes.as_ref().is_none_or(|h| !h[*k]));
            let weight = known.map(|k| reading.values[k]).filter(|w| *w >= 0.0);
            let (row, column) = (shortened(&measured.rows.list[i]), shortened(&measured.columns.list[j]));
            out[(i, j)] = weight.ok_or_else(|| {
                let found =
                    known.map_or("no weight".to_owned(), |k| format!("the weight {}", reading.values[k]));
                wrong(format!("the entry {row}, {column} has {found}"))
            })?;
        }
    }
    if out.norm_max() == 0.0 {
        return Err(wrong("every weight is 0".to_owned()));
    }
    Ok(out)
}
