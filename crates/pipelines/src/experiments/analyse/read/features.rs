//! Features of the objects on one side of a relation.

use super::super::measured::Names;
use super::layout::layout;
use super::number::shortened;
use super::table::{Table, table};
use super::{ReadError, npy, text};
use relata_relations::Points;
use std::collections::BTreeMap;

/// Features, one row an object, in the order of the relation's objects.
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
    let table = if bytes.starts_with(npy::MAGIC) {
        npy::npy(path, bytes)?
    } else {
        let sheet = text::parse(path, bytes)?;
        table(&sheet, layout(&sheet, known)?)?
    };
    let Table { rows, columns, values, row_labels, column_labels } = table;
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
    let values = Points::new(columns, sorted).map_err(|e| ReadError::Format {
        path: path.to_owned(),
        found: format!("no table of features ({e})"),
        expected: "give one line of numbers for each object",
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
        return Err(wrong(format!("features of what is no {side} of the relation:"), label));
    }
    Ok(known.iter().filter_map(|l| lines.get(l.as_str()).copied()).collect())
}
