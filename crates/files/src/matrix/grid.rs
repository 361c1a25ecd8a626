//! A sheet as a matrix: one record for each row.

use super::options::{FormChoice, MissingChoice, ReadParams};
use super::precision::Printed;
use super::raw::{Absent, Raw, check_size, labels, line_of};
use super::read::FileForm;
use super::triangle::padded;
use crate::error::{FileError, FilePlace, FileProblem, NumberProblem};
use crate::layout::{Header, Labels, Layout, layout};
use crate::number::{Notation, Scalar};
use crate::number::{absence, is_grouped};
use crate::text::{Field, Record, Sheet};

/// Reads every entry of a sheet. `known` are labels that rows may have.
pub(super) fn grid(sheet: &Sheet, options: &ReadParams, known: Option<&[String]>) -> Result<Raw, FileError> {
    let mut square = None;
    let sheet = match padded(sheet) {
        Some(whole) => square.insert(whole),
        None => sheet,
    };
    let unsure = format!("a matrix, separated by {}", sheet.separator.name());
    let layout = layout(sheet, options.header, known).map_err(|e| e.of(&unsure))?;
    let plain = description(sheet, &layout, None);
    read(sheet, &layout, options).map_err(|e| e.of(&plain))
}

fn read(sheet: &Sheet, layout: &Layout, options: &ReadParams) -> Result<Raw, FileError> {
    let first = usize::from(layout.labels == Labels::FirstColumn);
    let body = || sheet.records().skip(layout.header.records());
    let Some(columns) = body().next().map(|r| r.len() - first) else {
        let line = sheet.record(0).line;
        return Err(FileError::new(FilePlace::File, FileProblem::NoRows { line }));
    };
    if columns == 0 {
        return Err(FileError::new(FilePlace::File, FileProblem::NoColumns));
    }
    let rows = body().len();
    check_size(rows, columns)?;
    let column_labels = column_labels(sheet, layout, columns)?;
    let row_labels = if first == 1 {
        let named = body().filter_map(|r| r.field(0)).map(|f| (f.text.to_owned(), f.place())).collect();
        Some(labels("row", named, line_of)?)
    } else {
        None
    };
    let notation = Notation::of(body().flat_map(|r| r.fields().skip(first)), sheet.separator)?;
    let mut raw = Raw {
        rows,
        columns,
        values: Vec::with_capacity(rows * columns),
        holes: Vec::with_capacity(rows * columns),
        first_hole: None,
        row_labels,
        column_labels,
        form: FileForm::Matrix,
        precision: super::FilePrecision::Exact,
        taken_for: description(
            sheet,
            layout,
            Some((notation, grouped(body().flat_map(|r| r.fields().skip(first))))),
        ),
        otherwise: otherwise(sheet, layout, options),
        notes: Vec::new(),
        absent: Absent::Unknown,
        one_space: None,
    };
    let mut printed = Printed::default();
    for (i, record) in body().enumerate() {
        for (j, field) in record.fields().skip(first).enumerate() {
            let value = entry(&field, notation, &mut printed, options.missing)
                .map_err(|p| FileError::new(field.named(raw.names(i, j)), p.into()))?;
            if value.is_none() && raw.first_hole.is_none() {
                raw.first_hole = Some((field.named(raw.names(i, j)), absence(field.text)));
            }
            raw.values.push(value.unwrap_or(0.0));
            raw.holes.push(value.is_none());
        }
    }
    raw.precision = printed.precision();
    Ok(raw)
}

/// The value of a field; none where it is absent.
pub(super) fn entry(
    field: &Field<'_>,
    notation: Notation,
    printed: &mut Printed,
    missing: Option<MissingChoice>,
) -> Result<Option<f64>, NumberProblem> {
    let scalar = match notation.scalar(field.text) {
        // An infinite distance is one that is not known, where the user says what that means.
        Err(NumberProblem::NotFinite(_)) if missing == Some(MissingChoice::Hole) => Scalar::Absent,
        scalar => scalar?,
    };
    Ok(match scalar {
        Scalar::Absent => None,
        Scalar::Truth(truth) => Some(f64::from(u8::from(truth))),
        Scalar::Number(value) => {
            if let Some(plain) = notation.plain(field.text) {
                printed.note(&plain, value);
            }
            Some(value)
        }
    })
}

/// An example of a number with separators between its thousands.
pub(super) fn grouped<'a>(fields: impl IntoIterator<Item = Field<'a>>) -> Option<&'a str> {
    fields.into_iter().map(|f| f.text).find(|t| is_grouped(t))
}

fn column_labels(sheet: &Sheet, layout: &Layout, columns: usize) -> Result<Option<Vec<String>>, FileError> {
    let named = |record: Record<'_>| {
        let skipped = record.len() - columns;
        let fields = record.fields().skip(skipped).map(|f| (f.text.to_owned(), f.place())).collect();
        labels("column", fields, |p| match p {
            FilePlace::Field { column, .. } => format!("column {column}"),
            _ => String::new(),
        })
    };
    Ok(match &layout.header {
        Header::None => None,
        Header::Full | Header::Short => Some(named(sheet.record(0))?),
        Header::Comment(comment) => Some(named(comment.record(0))?),
    })
}

/// What the sheet is taken for.
fn description(sheet: &Sheet, layout: &Layout, numbers: Option<(Notation, Option<&str>)>) -> String {
    let labelled = layout.labels == Labels::FirstColumn;
    let mut text = match (&layout.header, labelled) {
        (Header::None, false) => "a matrix without names".to_owned(),
        (Header::None, true) => "a matrix with row names".to_owned(),
        (Header::Comment(c), _) => {
            let rows = if labelled { " and row names" } else { "" };
            format!("a matrix with its header in the comment on line {}{rows}", c.record(0).line)
        }
        (_, true) => "a matrix with a header and row names".to_owned(),
        (_, false) => "a matrix with a header".to_owned(),
    };
    text += &separated(sheet, numbers);
    text
}

/// How fields and digits are separated.
pub(super) fn separated(sheet: &Sheet, numbers: Option<(Notation, Option<&str>)>) -> String {
    let mut text = format!(", separated by {}", sheet.separator.name());
    if let Some((notation, grouped)) = numbers {
        if notation == Notation::COMMA {
            text += ", with decimal commas";
        }
        if let Some(example) = grouped
            && let Ok(value) = notation.number(example)
        {
            text += &format!(", with thousands separators ({example} is {value})");
        }
    }
    text
}

/// What would make it something else.
fn otherwise(sheet: &Sheet, layout: &Layout, options: &ReadParams) -> Vec<String> {
    let mut out = Vec::new();
    if options.header.is_none() {
        out.push(if layout.header.records() > 0 {
            format!("--header no if line {} holds data", sheet.record(0).line)
        } else {
            format!("--header yes if line {} names the columns", sheet.record(0).line)
        });
    }
    if options.form != Some(FormChoice::Matrix) && sheet.record(0).len() >= 2 {
        out.push("--as list if each line is a pair".to_owned());
    }
    out
}
