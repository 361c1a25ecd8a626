//! Lists `source,target,value`.

use super::layout::Header;
use super::number::{number, shortened};
use super::table::{Table, entry};
use super::text::Sheet;
use super::{Missing, ReadError, check_size};
use std::collections::BTreeMap;

/// Reads a list as a matrix. Rows are the sources and columns the targets, in order of first
/// appearance. Where all sources are targets and the other way round, columns come in the order of
/// the rows; with [`Missing::Zero`] it is enough that some object is both, and rows and columns are
/// all objects there are.
pub(super) fn list(sheet: &Sheet<'_>, header: Header, missing: Missing) -> Result<Table, ReadError> {
    let body = &sheet.records[usize::from(header == Header::Full)..];
    if body.is_empty() {
        return Err(ReadError::NoRows { path: sheet.path.to_owned(), line: sheet.records[0].line });
    }
    let (mut sources, mut targets) = (Order::default(), Order::default());
    let mut pairs: BTreeMap<(usize, usize), (usize, f64)> = BTreeMap::new();
    for record in body {
        let [source, target, value] = [0, 1, 2].map(|k| &*record.fields[k].text);
        for (column, name) in [(1, source), (2, target)] {
            if name.is_empty() {
                let path = sheet.path.to_owned();
                let side = if column == 1 { "row" } else { "column" };
                return Err(ReadError::NoLabel { path, line: record.line, column, side });
            }
        }
        let value = number(value)
            .map_err(|p| entry(sheet.path, record.line, 3, &[shortened(source), shortened(target)], p))?;
        let pair = (sources.number(source), targets.number(target));
        if let Some((first, _)) = pairs.insert(pair, (record.line, value)) {
            return Err(ReadError::DuplicatePair {
                path: sheet.path.to_owned(),
                row: shortened(source),
                column: shortened(target),
                first,
                second: record.line,
            });
        }
    }
    let (rows, columns) = spaces(sheet, &sources, &targets, missing);
    let (n, m) = (rows.names.len(), columns.names.len());
    check_size(sheet.path, n, m)?;
    let mut values = vec![0.0; n * m];
    let mut given = vec![false; n * m];
    for ((source, target), (_, value)) in &pairs {
        let (i, j) = (rows.at(sources.names[*source]), columns.at(targets.names[*target]));
        if let (Some(i), Some(j)) = (i, j) {
            values[i * m + j] = *value;
            given[i * m + j] = true;
        }
    }
    if missing == Missing::Error
        && let Some(first) = given.iter().position(|g| !g)
    {
        return Err(ReadError::AbsentPairs {
            path: sheet.path.to_owned(),
            count: given.iter().filter(|g| !**g).count(),
            total: n * m,
            row: shortened(rows.names[first / m]),
            column: shortened(columns.names[first % m]),
        });
    }
    let owned = |o: &Order<'_>| Some(o.names.iter().map(|n| (*n).to_owned()).collect());
    Ok(Table { rows: n, columns: m, values, row_labels: owned(&rows), column_labels: owned(&columns) })
}

fn spaces<'a>(
    sheet: &'a Sheet<'_>,
    sources: &Order<'a>,
    targets: &Order<'a>,
    missing: Missing,
) -> (Order<'a>, Order<'a>) {
    let both = targets.names.iter().filter(|t| sources.at(t).is_some()).count();
    let equal = both == sources.names.len() && both == targets.names.len();
    if equal {
        return (sources.clone(), sources.clone());
    }
    if both == 0 || missing == Missing::Error {
        return (sources.clone(), targets.clone());
    }
    let mut all = Order::default();
    for record in &sheet.records {
        for field in &record.fields[..2] {
            if sources.at(&field.text).is_some() || targets.at(&field.text).is_some() {
                all.number(&field.text);
            }
        }
    }
    (all.clone(), all)
}

/// Names numbered in order of first appearance.
#[derive(Clone, Debug, Default)]
struct Order<'a> {
    names: Vec<&'a str>,
    numbers: BTreeMap<&'a str, usize>,
}

impl<'a> Order<'a> {
    fn number(&mut self, name: &'a str) -> usize {
        *self.numbers.entry(name).or_insert_with(|| {
            self.names.push(name);
            self.names.len() - 1
        })
    }

    fn at(&self, name: &str) -> Option<usize> {
        self.numbers.get(name).copied()
    }
}
