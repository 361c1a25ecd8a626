//! Lists: one record for each pair.

mod columns;
mod pairs;

use super::options::ReadParams;
use super::precision::Printed;
use super::raw::{Absent, Order, Raw, check_size};
use super::read::FileForm;
use super::spaces::list_spaces;
use crate::error::{FileError, FilePlace, FileProblem, NumberProblem, shortened};
use crate::number::{Notation, absence};
use crate::text::{Field, Record, Sheet};
pub(super) use columns::{Columns, find};
use pairs::Pairs;

/// Reads a list as a matrix. Rows are the sources and columns the targets, in order of first
/// appearance; on one space both are all objects there are.
pub(super) fn list(sheet: &Sheet, columns: &Columns, options: &ReadParams) -> Result<Raw, FileError> {
    let plain = columns.description(sheet, None);
    read(sheet, columns, options).map_err(|e| e.of(&plain))
}

fn read(sheet: &Sheet, columns: &Columns, options: &ReadParams) -> Result<Raw, FileError> {
    let body = || sheet.records().skip(usize::from(columns.in_first_record));
    if body().len() == 0 {
        let line = sheet.record(0).line;
        return Err(FileError::new(FilePlace::File, FileProblem::NoRows { line }));
    }
    let values = || columns.value.into_iter().flat_map(|k| body().filter_map(move |r| r.field(k)));
    let notation = Notation::of(values(), sheet.separator)?;
    let (mut sources, mut targets) = (Order::default(), Order::default());
    let mut pairs = Pairs::new(options);
    let mut printed = Printed::default();
    let mut first_hole = None;
    for record in body() {
        let line = Line::of(&record, columns)?;
        let names = || vec![shortened(line.source), shortened(line.target)];
        let value = match line.value {
            None => Some(1.0),
            Some(field) => super::grid::entry(&field, notation, &mut printed, options.missing)
                .map_err(|p| FileError::new(field.named(names()), p.into()))?,
        };
        if let (None, Some(field)) = (value, line.value) {
            first_hole.get_or_insert_with(|| (field.named(names()), absence(field.text)));
        }
        let pair = (sources.number(line.source), targets.number(line.target));
        pairs.add(pair, record.line, value).map_err(|first| {
            let (row, column) = (shortened(line.source), shortened(line.target));
            FileError::new(FilePlace::Line(record.line), FileProblem::DuplicatePair { row, column, first })
        })?;
    }
    let every = body().flat_map(|r| [r.field(columns.source), r.field(columns.target)]).flatten();
    let spaces = list_spaces(&sources, &targets, every.map(|f| f.text), options);
    let (n, m) = (spaces.rows.names.len(), spaces.columns.names.len());
    check_size(n, m)?;
    let at =
        |&(s, t): &(usize, usize)| spaces.rows.at(sources.names[s]).zip(spaces.columns.at(targets.names[t]));
    let (mut entries, mut holes) = (vec![0.0; n * m], vec![true; n * m]);
    for (pair, value) in pairs.values() {
        if let (Some((i, j)), Some(value)) = (at(&pair), value) {
            finite(value, sources.names[pair.0], targets.names[pair.1])?;
            (entries[i * m + j], holes[i * m + j]) = (value, false);
        }
    }
    let mut raw = Raw {
        rows: n,
        columns: m,
        values: entries,
        holes,
        first_hole,
        row_labels: Some(spaces.rows.owned()),
        column_labels: Some(spaces.columns.owned()),
        form: FileForm::List,
        precision: printed.precision(),
        taken_for: columns.description(sheet, Some((notation, super::grid::grouped(values())))),
        otherwise: columns.otherwise(sheet, options),
        notes: Vec::new(),
        absent: if columns.value.is_none() { Absent::Zero } else { Absent::Unknown },
        one_space: Some(spaces.one),
    };
    raw.notes.extend(pairs.note());
    if options.direction == super::Direction::Undirected {
        undirected(&mut raw, options)?;
    }
    Ok(raw)
}

/// A line of a list.
struct Line<'a> {
    source: &'a str,
    target: &'a str,
    value: Option<Field<'a>>,
}

impl<'a> Line<'a> {
    fn of(record: &Record<'a>, columns: &Columns) -> Result<Self, FileError> {
        let name = |k: usize, side| match record.field(k) {
            Some(f) if !f.text.is_empty() => Ok(f.text),
            Some(f) => Err(FileError::new(f.place(), FileProblem::NoLabel { side })),
            None => Err(FileError::new(FilePlace::Line(record.line), FileProblem::NoLabel { side })),
        };
        Ok(Self {
            source: name(columns.source, "row")?,
            target: name(columns.target, "column")?,
            value: columns.value.and_then(|k| record.field(k)),
        })
    }
}

/// Several values together may be too large for a double.
fn finite(value: f64, row: &str, column: &str) -> Result<f64, FileError> {
    if value.is_finite() {
        return Ok(value);
    }
    let names = format!("{value}, the values of {}, {} together", shortened(row), shortened(column));
    Err(FileError::new(FilePlace::File, NumberProblem::NotFinite(names).into()))
}

/// Gives every pair the value of its mirror where it has none; two values must agree, or are
/// brought together as lines for one pair are.
fn undirected(raw: &mut Raw, options: &ReadParams) -> Result<(), FileError> {
    use super::Duplicates;
    let n = raw.rows;
    if raw.one_space != Some(true) {
        let why = "pairs without a direction are of one space, and --spaces two says otherwise".to_owned();
        return Err(FileError::new(FilePlace::File, FileProblem::Option { option: "--undirected", why }));
    }
    for i in 0..n {
        for j in 0..i {
            let (a, b) = (i * n + j, j * n + i);
            let (x, y) = (raw.values[a], raw.values[b]);
            let value = match (raw.holes[a], raw.holes[b]) {
                (true, true) => continue,
                (false, true) => x,
                (true, false) => y,
                (false, false) if x.to_bits() == y.to_bits() => x,
                (false, false) => match options.duplicates {
                    Some(Duplicates::Sum) => {
                        let names = raw.names(i, j);
                        let name = |k: usize| names.get(k).map_or("", String::as_str);
                        finite(x + y, name(0), name(1))?
                    }
                    Some(Duplicates::Mean) => 0.5 * x + 0.5 * y,
                    _ => {
                        let names = raw.names(j, i);
                        let [row, column] = [0, 1].map(|k| names.get(k).cloned().unwrap_or_default());
                        let problem = FileProblem::Mirrored { row, column, value: y, mirrored: x };
                        return Err(FileError::new(FilePlace::File, problem));
                    }
                },
            };
            (raw.values[a], raw.values[b]) = (value, value);
            (raw.holes[a], raw.holes[b]) = (false, false);
        }
    }
    raw.taken_for += ", each pair in both directions";
    Ok(())
}
