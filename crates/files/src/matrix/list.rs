//! Lists: one record for each pair.

mod columns;
mod pairs;

use super::options::ReadParams;
use super::precision::Printed;
use super::raw::{Absent, Order, Raw, check_size};
use super::read::FileForm;
use super::spaces::{ListSpaces, list_spaces};
use super::sparse::SparseRaw;
use crate::error::{FileError, FilePlace, FileProblem, NumberProblem, shortened};
use crate::number::{Notation, absence};
use crate::text::{Field, Record, Sheet};
pub(super) use columns::{Columns, find};
use pairs::Pairs;
use std::collections::BTreeMap;

/// Reads a list as a matrix. Rows are the sources and columns the targets, in order of first
/// appearance; on one space both are all objects there are.
pub(super) fn list(sheet: &Sheet, columns: &Columns, options: &ReadParams) -> Result<Raw, FileError> {
    let plain = columns.description(sheet, None);
    read(sheet, columns, options).map_err(|e| e.of(&plain))
}

/// The entries of a list, without the matrix: for one that is too large to be held whole.
pub(super) fn sparse_list(
    sheet: &Sheet,
    columns: &Columns,
    options: &ReadParams,
) -> Result<SparseRaw, FileError> {
    let plain = columns.description(sheet, None);
    read_sparse(sheet, columns, options).map_err(|e| e.of(&plain))
}

/// All lines of a list, brought together.
struct Gathered<'a> {
    sources: Order<'a>,
    targets: Order<'a>,
    spaces: ListSpaces<'a>,
    pairs: Pairs,
    printed: Printed,
    first_hole: Option<(FilePlace, String)>,
    taken_for: String,
}

fn gathered<'a>(
    sheet: &'a Sheet,
    columns: &Columns,
    options: &ReadParams,
) -> Result<Gathered<'a>, FileError> {
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
    let taken_for = columns.description(sheet, Some((notation, super::grid::grouped(values()))));
    Ok(Gathered { sources, targets, spaces, pairs, printed, first_hole, taken_for })
}

impl Gathered<'_> {
    /// The entries that have a value, by row and column, in the order of their lines' pairs.
    fn entries(&self) -> Result<Vec<(usize, usize, f64)>, FileError> {
        let (sources, targets) = (&self.sources, &self.targets);
        let rows: Vec<Option<usize>> = sources.names.iter().map(|s| self.spaces.rows.at(s)).collect();
        let columns: Vec<Option<usize>> = targets.names.iter().map(|t| self.spaces.columns.at(t)).collect();
        let mut out = Vec::new();
        for ((s, t), value) in self.pairs.values() {
            if let (Some(i), Some(j), Some(value)) = (rows[s], columns[t], value) {
                out.push((i, j, finite(value, sources.names[s], targets.names[t])?));
            }
        }
        Ok(out)
    }
}

fn read(sheet: &Sheet, columns: &Columns, options: &ReadParams) -> Result<Raw, FileError> {
    let all = gathered(sheet, columns, options)?;
    let spaces = &all.spaces;
    let (n, m) = (spaces.rows.names.len(), spaces.columns.names.len());
    check_size(n, m)?;
    let (mut values, mut holes) = (vec![0.0; n * m], vec![true; n * m]);
    for (i, j, value) in all.entries()? {
        (values[i * m + j], holes[i * m + j]) = (value, false);
    }
    let mut raw = Raw {
        rows: n,
        columns: m,
        values,
        holes,
        first_hole: all.first_hole,
        row_labels: Some(spaces.rows.owned()),
        column_labels: Some(spaces.columns.owned()),
        form: FileForm::List,
        precision: all.printed.precision(),
        taken_for: all.taken_for,
        otherwise: columns.otherwise(sheet, options),
        notes: Vec::new(),
        absent: absent_of(columns),
        one_space: Some(spaces.one),
    };
    raw.notes.extend(all.pairs.note());
    if options.direction == super::Direction::Undirected {
        undirected(&mut raw, options)?;
    }
    Ok(raw)
}

fn absent_of(columns: &Columns) -> Absent {
    if columns.value.is_none() { Absent::Zero } else { Absent::Unknown }
}

fn read_sparse(sheet: &Sheet, columns: &Columns, options: &ReadParams) -> Result<SparseRaw, FileError> {
    let all = gathered(sheet, columns, options)?;
    let spaces = &all.spaces;
    let (n, m) = (spaces.rows.names.len(), spaces.columns.names.len());
    let mut entries = all.entries()?;
    let mut taken_for = all.taken_for.clone();
    if options.direction == super::Direction::Undirected {
        entries = both_ways(entries, &spaces.rows.names, spaces.one, options)?;
        taken_for += BOTH_WAYS;
    }
    Ok(SparseRaw {
        rows: n,
        columns: m,
        entries,
        first_hole: all.first_hole,
        row_labels: Some(spaces.rows.owned()),
        column_labels: Some(spaces.columns.owned()),
        form: FileForm::List,
        precision: all.printed.precision(),
        taken_for,
        otherwise: columns.otherwise(sheet, options),
        notes: all.pairs.note().into_iter().collect(),
        absent: absent_of(columns),
        one_space: spaces.one,
    })
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

/// How a list without direction is described.
const BOTH_WAYS: &str = ", each pair in both directions";

/// Gives every pair the value of its mirror where it has none; two values must agree, or are
/// brought together as lines for one pair are.
fn undirected(raw: &mut Raw, options: &ReadParams) -> Result<(), FileError> {
    let n = raw.rows;
    refuse_two_spaces(raw.one_space == Some(true))?;
    let names = raw.row_labels.clone().unwrap_or_default();
    for i in 0..n {
        for j in 0..i {
            let (a, b) = (i * n + j, j * n + i);
            let of = |k: usize| (!raw.holes[k]).then_some(raw.values[k]);
            let name = |k: usize| names.get(k).map_or("", String::as_str);
            let Some(value) = brought_together(of(a), of(b), (name(i), name(j)), options)? else { continue };
            (raw.values[a], raw.values[b]) = (value, value);
            (raw.holes[a], raw.holes[b]) = (false, false);
        }
    }
    raw.taken_for += BOTH_WAYS;
    Ok(())
}

/// The same for entries alone.
fn both_ways(
    entries: Vec<(usize, usize, f64)>,
    names: &[&str],
    one_space: bool,
    options: &ReadParams,
) -> Result<Vec<(usize, usize, f64)>, FileError> {
    refuse_two_spaces(one_space)?;
    let mut of: BTreeMap<(usize, usize), [Option<f64>; 2]> = BTreeMap::new();
    for (i, j, value) in entries {
        // The entry below the diagonal first, as in a matrix.
        of.entry((i.max(j), i.min(j))).or_default()[usize::from(i < j)] = Some(value);
    }
    let mut out = Vec::with_capacity(2 * of.len());
    for ((i, j), [below, above]) in of {
        if i == j {
            out.extend(below.map(|v| (i, i, v)));
        } else if let Some(v) = brought_together(below, above, (names[i], names[j]), options)? {
            out.extend([(i, j, v), (j, i, v)]);
        }
    }
    Ok(out)
}

fn refuse_two_spaces(one_space: bool) -> Result<(), FileError> {
    if one_space {
        return Ok(());
    }
    let why = "pairs without a direction are of one space, and --spaces two says otherwise".to_owned();
    Err(FileError::new(FilePlace::File, FileProblem::Option { option: "--undirected", why }))
}

/// One value for an entry and its mirror, of the objects with these names.
fn brought_together(
    entry: Option<f64>,
    mirror: Option<f64>,
    (row, column): (&str, &str),
    options: &ReadParams,
) -> Result<Option<f64>, FileError> {
    use super::Duplicates;
    let (Some(x), Some(y)) = (entry, mirror) else { return Ok(entry.or(mirror)) };
    if x.to_bits() == y.to_bits() {
        return Ok(Some(x));
    }
    match options.duplicates {
        Some(Duplicates::Sum) => finite(x + y, row, column).map(Some),
        Some(Duplicates::Mean) => Ok(Some(0.5 * x + 0.5 * y)),
        _ => {
            // As they stand in the matrix: the one above the diagonal, then its mirror.
            let (row, column) = (shortened(column), shortened(row));
            let problem = FileProblem::Mirrored { row, column, value: y, mirrored: x };
            Err(FileError::new(FilePlace::File, problem))
        }
    }
}
