//! A sheet read as numbers with names.

use super::layout::{Header, Labels, Layout};
use super::number::{number, shortened};
use super::text::Sheet;
use super::{EntryProblem, ReadError};
use std::collections::BTreeMap;

/// Numbers in rows, with the names of rows and columns where there are any.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Table {
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// Row-major.
    pub(super) values: Vec<f64>,
    pub(super) row_labels: Option<Vec<String>>,
    pub(super) column_labels: Option<Vec<String>>,
}

/// Reads every entry of a sheet.
pub(super) fn table(sheet: &Sheet<'_>, layout: Layout) -> Result<Table, ReadError> {
    let path = || sheet.path.to_owned();
    let body = &sheet.records[usize::from(layout.header != Header::None)..];
    let first = usize::from(layout.labels == Labels::FirstColumn);
    let Some(columns) = body.first().map(|r| r.fields.len() - first) else {
        return Err(ReadError::NoRows { path: path(), line: sheet.records[0].line });
    };
    if columns == 0 {
        return Err(ReadError::NoColumns { path: path() });
    }
    let column_labels = match layout.header {
        Header::None => None,
        Header::Full | Header::Short => {
            let offset = if layout.header == Header::Full { first } else { 0 };
            let line = sheet.records[0].line;
            let names = sheet.records[0].fields.iter().enumerate().skip(offset);
            let named = names.map(|(k, f)| (f.text.to_string(), line, k + 1)).collect();
            Some(labels(&path(), "column", named, |(_, column)| format!("column {column}"))?)
        }
    };
    let row_labels = if first == 1 {
        let named = body.iter().map(|r| (r.fields[0].text.to_string(), r.line, 1)).collect();
        Some(labels(&path(), "row", named, |(line, _)| format!("line {line}"))?)
    } else {
        None
    };
    let mut values = Vec::with_capacity(body.len() * columns);
    for (i, record) in body.iter().enumerate() {
        for (j, field) in record.fields[first..].iter().enumerate() {
            let value = number(&field.text).map_err(|problem| {
                let name = |labels: &Option<Vec<String>>, k: usize| labels.as_ref().map(|l| shortened(&l[k]));
                let names: Vec<String> =
                    [name(&row_labels, i), name(&column_labels, j)].into_iter().flatten().collect();
                entry(sheet.path, record.line, first + j + 1, &names, problem)
            })?;
            values.push(value);
        }
    }
    Ok(Table { rows: body.len(), columns, values, row_labels, column_labels })
}

/// The error of one entry; names of row and column, as far as there are any, stand in brackets.
pub(super) fn entry(
    path: &str,
    line: usize,
    column: usize,
    names: &[String],
    problem: EntryProblem,
) -> ReadError {
    let label = if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) };
    ReadError::Entry { path: path.to_owned(), line, column, label, problem }
}

/// Labels with their line and column, checked to be there and to differ.
fn labels(
    path: &str,
    side: &'static str,
    named: Vec<(String, usize, usize)>,
    place: impl Fn((usize, usize)) -> String,
) -> Result<Vec<String>, ReadError> {
    let mut seen: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (label, line, column) in &named {
        if label.is_empty() {
            return Err(ReadError::NoLabel { path: path.to_owned(), line: *line, column: *column, side });
        }
        if let Some(first) = seen.insert(label, (*line, *column)) {
            return Err(ReadError::DuplicateLabel {
                path: path.to_owned(),
                side,
                label: shortened(label),
                first: place(first),
                second: place((*line, *column)),
            });
        }
    }
    Ok(named.into_iter().map(|(label, _, _)| label).collect())
}
