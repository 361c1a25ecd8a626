//! Which fields of a sheet are names and which are data.
//!
//! A first line is a *header* if most of its fields beyond the first are names (text, or quoted
//! where the data are not), if the corner is empty, if the corner alone is a name and what is below
//! it or beside it shows that it names a column, or if it counts 0, 1, 2, .. above a square of
//! other numbers. A first column holds *labels* if most of its fields are names, if its corner is
//! empty, or if the corner says so (`id`, `name`, ..). A first line one field shorter than the
//! others is a header without a corner, as R writes it. A comment right above the data that has as
//! many names as there are columns is a header, too.

use crate::error::{FileError, FilePlace, FileProblem};
use crate::number::Look;
use crate::text::{Field, Record, Sheet};
use std::collections::{BTreeMap, BTreeSet};

/// Whether a first line names the columns, as far as a user says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderChoice {
    /// It does.
    Yes,
    /// It holds data.
    No,
}

/// How a sheet is to be read.
#[derive(Clone, Debug)]
pub struct Layout {
    /// Where the names of the columns are.
    pub header: Header,
    /// Where the names of the rows are.
    pub labels: Labels,
}

/// Where the names of the columns are.
#[derive(Clone, Debug)]
pub enum Header {
    /// Nowhere.
    None,
    /// In the first record, which has as many fields as the others.
    Full,
    /// In the first record, which lacks the field above the labels.
    Short,
    /// In the comment above the data.
    Comment(Box<Sheet>),
}

/// Where the names of the rows are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Labels {
    /// Nowhere.
    None,
    /// In the first column.
    FirstColumn,
}

/// Corners that name a column of labels.
const LABEL_COLUMNS: [&str; 12] = [
    "id",
    "ids",
    "label",
    "labels",
    "name",
    "names",
    "node",
    "index",
    "object",
    "key",
    "unnamed: 0",
    "otu id",
];

impl Header {
    /// Whether there is one.
    #[must_use]
    pub fn is_given(&self) -> bool {
        !matches!(self, Self::None)
    }

    /// How many records of the sheet it takes.
    #[must_use]
    pub fn records(&self) -> usize {
        match self {
            Self::Full | Self::Short => 1,
            Self::None | Self::Comment(_) => 0,
        }
    }
}

/// Checks that all records are equally long, apart from a triangle's, and finds out what they hold.
/// `known` are labels that rows may have.
///
/// # Errors
/// [`FileError`] naming a record of another length.
pub fn layout(
    sheet: &Sheet,
    choice: Option<HeaderChoice>,
    known: Option<&[String]>,
) -> Result<Layout, FileError> {
    let (n, width) = (sheet.len(), common_width(sheet));
    let rest_is_even = || sheet.records().skip(1).all(|r| r.len() == width);
    if n > 1 && sheet.record(0).len() + 1 == width && rest_is_even() && choice != Some(HeaderChoice::No) {
        return Ok(Layout { header: Header::Short, labels: Labels::FirstColumn });
    }
    check_width(sheet, width)?;
    let names = NameSense::new(sheet);
    let header = match choice {
        Some(HeaderChoice::Yes) => true,
        Some(HeaderChoice::No) => false,
        None => first_is_header(sheet, &names),
    };
    let labels = width > 1 && first_column_is_labels(sheet, &names, header, known);
    let labels = if labels { Labels::FirstColumn } else { Labels::None };
    let header = match header {
        true => Header::Full,
        false if choice.is_none() => comment_header(sheet, width, labels),
        false => Header::None,
    };
    // A comment like `#OTU ID, a, b` has a corner that says what the first column is.
    let labels = match &header {
        Header::Comment(h) if h.record(0).len() == width && width > 1 && corner_says_labels(h.record(0)) => {
            Labels::FirstColumn
        }
        _ => labels,
    };
    Ok(Layout { header, labels })
}

fn corner_says_labels(record: Record<'_>) -> bool {
    record.field(0).is_some_and(|f| LABEL_COLUMNS.iter().any(|w| f.text.eq_ignore_ascii_case(w)))
}

/// The comment above the data, if it has as many names as there are columns.
fn comment_header(sheet: &Sheet, width: usize, labels: Labels) -> Header {
    let Some(comment) = sheet.comment_header() else { return Header::None };
    let record = comment.record(0);
    let count = record.len();
    let labelled = labels == Labels::FirstColumn;
    let fits = count == width || labelled && count + 1 == width;
    let texts: BTreeSet<&str> = record.fields().map(|f| f.text).collect();
    let named = record.fields().all(|f| Look::of(f.text) == Look::Text) && texts.len() == count;
    if width > 1 && fits && named { Header::Comment(Box::new(comment)) } else { Header::None }
}

fn first_is_header(sheet: &Sheet, names: &NameSense) -> bool {
    let record = sheet.record(0);
    let Some(corner) = record.field(0) else { return false };
    let first = || record.fields().skip(1);
    let below = || sheet.records().skip(1);
    if first().len() == 0 {
        return names.is_name(&corner);
    }
    let below_exists = sheet.len() > 1;
    let left_names = names.most(below().filter_map(|r| r.field(0)));
    let label_corner = is_label_corner(&corner, names);
    let first_numeric = first().all(|f| Look::of(f.text).is_numeric());
    (names.most(first()) && (names.is_name(&corner) || !Look::of(corner.text).is_numeric()))
        || (corner.text.is_empty()
            && below_exists
            && (first().any(|f| names.is_name(&f)) || left_names || numbers_as_names(sheet)))
        || names.is_name(&corner)
            && first_numeric
            && below_exists
            && (!left_names || label_corner || numbered(sheet, 1))
        || counts_above_numbers(sheet)
}

/// Whether numbers beside an empty corner are names: quoted or whole, or the same as those below
/// the corner where nothing else is empty, and none of them twice. Otherwise the corner is an entry
/// that is absent, perhaps of a symmetric matrix.
fn numbers_as_names(sheet: &Sheet) -> bool {
    let first: Vec<Field<'_>> = sheet.record(0).fields().skip(1).collect();
    let texts: BTreeSet<&str> = first.iter().map(|f| f.text).collect();
    let below: BTreeSet<&str> = sheet.records().skip(1).filter_map(|r| r.field(0)).map(|f| f.text).collect();
    let whole = |f: &Field<'_>| f.quoted || f.text.parse::<i64>().is_ok();
    let full = || sheet.records().skip(1).all(|r| r.fields().all(|f| !f.text.is_empty()));
    texts.len() == first.len() && !below.contains("") && (first.iter().all(whole) || texts == below && full())
}

fn first_column_is_labels(sheet: &Sheet, names: &NameSense, header: bool, known: Option<&[String]>) -> bool {
    let record = sheet.record(0);
    let Some(corner) = record.field(0) else { return false };
    let first = || record.fields().skip(1);
    let body = || sheet.records().skip(usize::from(header));
    let left = || names.most(body().filter_map(|r| r.field(0)));
    let first_numeric = first().all(|f| Look::of(f.text).is_numeric());
    let is_name = names.is_name(&corner);
    (header
        && (corner.text.is_empty()
            || is_label_corner(&corner, names)
            || is_name && first_numeric && !names.most(first())))
        || left() && (header || is_name)
        || !header && sheet.len() == 1 && is_name
        || known.is_some_and(|k| same_names(k, body()))
}

fn is_label_corner(corner: &Field<'_>, names: &NameSense) -> bool {
    LABEL_COLUMNS.iter().any(|w| corner.text.eq_ignore_ascii_case(w))
        || corner.text.contains(['\\', '/']) && names.is_name(corner)
}

/// The number of fields of most records; the larger of two that are as frequent.
pub(crate) fn common_width(sheet: &Sheet) -> usize {
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    for r in sheet.records() {
        *counts.entry(r.len()).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(width, count)| (*count, *width)).map_or(0, |(width, _)| width)
}

/// Checks that every record has so many fields.
pub(crate) fn check_width(sheet: &Sheet, expected: usize) -> Result<(), FileError> {
    let Some(wrong) = sheet.records().find(|r| r.len() != expected) else { return Ok(()) };
    let like = sheet.records().find(|r| r.len() == expected).map_or(wrong.line, |r| r.line);
    let (found, separator) = (wrong.len(), sheet.separator.name());
    Err(FileError::new(FilePlace::Line(wrong.line), FileProblem::Ragged { found, expected, like, separator }))
}

/// Tells names from data.
pub(crate) struct NameSense {
    /// Whether quotes distinguish names: they do not where numbers are quoted, too.
    quotes: bool,
}

impl NameSense {
    pub(crate) fn new(sheet: &Sheet) -> Self {
        let inner = sheet.records().skip(1).flat_map(|r| r.fields().skip(1));
        let quoted = inner.filter(|f| f.quoted && Look::of(f.text).is_numeric()).count();
        Self { quotes: quoted == 0 && sheet.len() > 1 }
    }

    pub(crate) fn is_name(&self, field: &Field<'_>) -> bool {
        (self.quotes && field.quoted && !field.text.is_empty()) || Look::of(field.text) == Look::Text
    }

    /// Whether more than half of the fields are names.
    pub(crate) fn most<'a>(&self, fields: impl IntoIterator<Item = Field<'a>>) -> bool {
        let (mut all, mut named) = (0, 0);
        for field in fields {
            all += 1;
            named += usize::from(self.is_name(&field));
        }
        2 * named > all
    }
}

/// The whole numbers of a record from one field on, if they count up by one.
fn counting(record: Record<'_>, from: usize) -> Option<Vec<i64>> {
    let numbers: Vec<i64> = record.fields().skip(from).map_while(|f| f.text.parse().ok()).collect();
    let all = numbers.len() + from == record.len();
    (all && numbers.windows(2).all(|w| w[1] == w[0] + 1)).then_some(numbers)
}

/// Whether the first record counts up by one beyond its first fields, and no other does.
fn numbered(sheet: &Sheet, from: usize) -> bool {
    counting(sheet.record(0), from).is_some_and(|n| n.len() >= 3)
        && sheet.records().skip(1).all(|r| counting(r, from).is_none())
}

/// Whether the first record is `0, 1, 2, ..` or `1, 2, 3, ..` above a square of numbers that are not
/// all whole, or above numbers none of which is: what is written where a table has no names for its
/// columns.
fn counts_above_numbers(sheet: &Sheet) -> bool {
    let k = sheet.record(0).len();
    let starts = counting(sheet.record(0), 0).and_then(|n| n.first().copied());
    let body = || sheet.records().skip(1).flat_map(|r| r.fields());
    let whole = |f: Field<'_>| f.text.parse::<i64>().is_ok();
    k >= 2
        && sheet.len() > 1
        && matches!(starts, Some(0 | 1))
        && (sheet.len() == k + 1 && body().any(|f| !whole(f)) || !body().any(whole))
        && sheet.records().skip(1).all(|r| r.len() == k && counting(r, 0).is_none())
}

fn same_names<'a>(known: &[String], body: impl Iterator<Item = Record<'a>>) -> bool {
    let known_set: BTreeSet<&str> = known.iter().map(String::as_str).collect();
    let (mut count, mut found) = (0, BTreeSet::new());
    for record in body {
        count += 1;
        found.insert(record.field(0).map_or("", |f| f.text));
    }
    known.len() == count && found == known_set
}
