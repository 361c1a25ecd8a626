//! Which fields of a sheet are names and which are data.
//!
//! A first line is a *header* if most of its fields beyond the first are names (text, or quoted
//! where the data are not), if the corner is empty, or if the corner alone is a name and what is
//! below it or beside it shows that it names a column. A first column holds *labels* if most of its
//! fields are names, if its corner is empty, or if the corner says so (`id`, `name`, ..). A first
//! line one field shorter than the others is a header without a corner, as R writes it.

use super::ReadError;
use super::number::Content;
use super::text::{Field, Record, Sheet};
use std::collections::{BTreeMap, BTreeSet};

/// How a sheet is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// Whether the first record names the columns.
    pub(super) header: Header,
    /// Whether the first column names the rows.
    pub(super) labels: Labels,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Header {
    None,
    /// With as many fields as the other records.
    Full,
    /// Without a field above the labels.
    Short,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Labels {
    None,
    FirstColumn,
}

/// Corners that name a column of labels.
const LABEL_COLUMNS: [&str; 11] =
    ["id", "ids", "label", "labels", "name", "names", "node", "index", "object", "key", "unnamed: 0"];
const SOURCES: [&str; 6] = ["source", "from", "row", "x", "i", "src"];
const TARGETS: [&str; 8] = ["target", "to", "column", "col", "y", "j", "dst", "tgt"];

/// Checks that all records are equally long and finds out what they hold. `known` are labels that
/// rows may have.
pub(super) fn layout(sheet: &Sheet<'_>, known: Option<&[String]>) -> Result<Layout, ReadError> {
    let records = &sheet.records;
    let width = common_width(records);
    let short = records.len() > 1
        && records[0].fields.len() + 1 == width
        && records[1..].iter().all(|r| r.fields.len() == width);
    if short {
        return Ok(Layout { header: Header::Short, labels: Labels::FirstColumn });
    }
    check_width(sheet, width)?;
    let names = Names::new(records);
    let corner = &records[0].fields[0];
    let (first, below) = (&records[0].fields[1..], &records[1..]);
    let blank = !corner.quoted && corner.text.is_empty();
    let label_corner = LABEL_COLUMNS.iter().any(|w| corner.text.eq_ignore_ascii_case(w))
        || corner.text.contains(['\\', '/']) && names.is_name(corner);
    let left_names = names.most(below.iter().map(|r| &r.fields[0]));
    let first_numeric = !first.is_empty() && first.iter().all(|f| Content::of(&f.text).is_numeric());
    let header = if first.is_empty() {
        names.is_name(corner)
    } else {
        (names.most(first) && (names.is_name(corner) || !Content::of(&corner.text).is_numeric()))
            || (blank && !below.is_empty())
            || names.is_name(corner)
                && first_numeric
                && !below.is_empty()
                && (!left_names || label_corner || numbered(records))
    };
    let labels = width > 1
        && (header
            && (blank || label_corner || names.is_name(corner) && first_numeric && !names.most(first))
            || names.most(below.iter().map(|r| &r.fields[0])) && (header || names.is_name(corner))
            || !header && below.is_empty() && names.is_name(corner)
            || known.is_some_and(|k| same_names(k, if header { below } else { records })));
    Ok(Layout {
        header: if header { Header::Full } else { Header::None },
        labels: if labels { Labels::FirstColumn } else { Labels::None },
    })
}

/// Whether a sheet is a list `source,target,value`, and if so, whether its first line is a header.
pub(super) fn list(sheet: &Sheet<'_>) -> Result<Option<Header>, ReadError> {
    let records = &sheet.records;
    let first = &records[0].fields;
    let is = |k: usize, words: &[&str]| {
        first.get(k).is_some_and(|f| words.iter().any(|w| f.text.eq_ignore_ascii_case(w)))
    };
    if is(0, &SOURCES) && is(1, &TARGETS) {
        // x,y,.. may as well be the names of columns of a matrix; then the third is no number below
        // and no value.
        let certain = is(0, &["source", "from"]) || first.len() == 3;
        if certain && first.len() != 3 {
            return Err(ReadError::Format {
                path: sheet.path.to_owned(),
                found: format!("a list with {} columns", first.len()),
                expected: "a list has three, source,target,value, where a tie has the value 1",
            });
        }
        if certain {
            check_width(sheet, 3)?;
            return Ok(Some(Header::Full));
        }
    }
    if common_width(records) != 3 {
        return Ok(None);
    }
    let names = Names::new(records);
    let body = if records.len() > 1 { &records[1..] } else { &records[..] };
    let named = |k: usize| names.most(body.iter().filter_map(|r| r.fields.get(k)));
    if !(named(0) && named(1)) {
        return Ok(None);
    }
    check_width(sheet, 3)?;
    let header = !Content::of(&first[2].text).is_numeric() && !first[2].text.is_empty();
    if header && records.len() == 1 {
        // Three names and nothing below them: the columns of a matrix whose rows are absent, rather
        // than a tie without its value.
        return Ok(None);
    }
    Ok(Some(if header { Header::Full } else { Header::None }))
}

/// The number of fields of most records; the larger of two that are as frequent.
fn common_width(records: &[Record<'_>]) -> usize {
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    for r in records {
        *counts.entry(r.fields.len()).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(width, count)| (*count, *width)).map_or(0, |(width, _)| width)
}

fn check_width(sheet: &Sheet<'_>, expected: usize) -> Result<(), ReadError> {
    let Some(wrong) = sheet.records.iter().find(|r| r.fields.len() != expected) else { return Ok(()) };
    let like = sheet.records.iter().find(|r| r.fields.len() == expected).map_or(wrong.line, |r| r.line);
    Err(ReadError::Ragged {
        path: sheet.path.to_owned(),
        line: wrong.line,
        found: wrong.fields.len(),
        expected,
        like,
        separator: sheet.separator_name(),
    })
}

/// Tells names from data.
struct Names {
    /// Whether quotes distinguish names: they do not where numbers are quoted, too.
    quotes: bool,
}

impl Names {
    fn new(records: &[Record<'_>]) -> Self {
        let inner = records.iter().skip(1).flat_map(|r| r.fields.iter().skip(1));
        let quoted = inner.filter(|f| f.quoted && Content::of(&f.text).is_numeric()).count();
        Self { quotes: quoted == 0 && records.len() > 1 }
    }

    fn is_name(&self, field: &Field<'_>) -> bool {
        (self.quotes && field.quoted && !field.text.is_empty()) || Content::of(&field.text) == Content::Text
    }

    /// Whether more than half of the fields are names.
    fn most<'f, 'a: 'f>(&self, fields: impl IntoIterator<Item = &'f Field<'a>>) -> bool {
        let (mut all, mut named) = (0, 0);
        for field in fields {
            all += 1;
            named += usize::from(self.is_name(field));
        }
        2 * named > all
    }
}

/// Whether the first record counts up by one beyond its first field, and no other does.
fn numbered(records: &[Record<'_>]) -> bool {
    let counts_up = |r: &Record<'_>| {
        let numbers: Vec<i64> = r.fields.iter().skip(1).map_while(|f| f.text.parse().ok()).collect();
        numbers.len() >= 3
            && numbers.len() + 1 == r.fields.len()
            && numbers.windows(2).all(|w| w[1] == w[0] + 1)
    };
    counts_up(&records[0]) && !records[1..].iter().any(counts_up)
}

fn same_names(known: &[String], body: &[Record<'_>]) -> bool {
    let known: BTreeSet<&str> = known.iter().map(String::as_str).collect();
    let found: BTreeSet<&str> = body.iter().map(|r| &*r.fields[0].text).collect();
    known.len() == body.len() && found == known
}

#[cfg(test)]
mod tests {
    use super::super::text::parse;
    use super::*;

    fn of(text: &str) -> (Header, Labels) {
        let l = layout(&parse("t.csv", text.as_bytes()).unwrap(), None).unwrap();
        (l.header, l.labels)
    }

    #[test]
    fn headers_and_labels_are_told_from_data() {
        use Header::{Full, None as NoHeader, Short};
        use Labels::{FirstColumn, None as NoLabels};
        let cases = [
            ("1,2\n3,4\n", NoHeader, NoLabels),
            ("a,b\n1,2\n3,4\n", Full, NoLabels),
            (",a,b\nx,1,2\ny,3,4\n", Full, FirstColumn),
            ("who,a,b\nx,1,2\ny,3,4\n", Full, FirstColumn),
            ("x,1,2\ny,3,4\n", NoHeader, FirstColumn),
            ("x,1,2\n", NoHeader, FirstColumn),
            (",1,2\n1,0,1\n2,1,0\n", Full, FirstColumn),
            ("node,1,2\n1,0,1\n2,1,0\n", Full, FirstColumn),
            ("\"1\",\"2\"\n0,1\n1,0\n", Full, NoLabels),
            ("\"\",\"1\",\"2\"\n\"1\",0,1\n\"2\",1,0\n", Full, FirstColumn),
            ("\"1\",\"2\"\n\"3\",\"4\"\n", NoHeader, NoLabels),
            ("a b c d\n", NoHeader, NoLabels),
            ("a,b\nx,1,2\ny,3,4\n", Short, FirstColumn),
            ("id,a,b\n7,1,2\n9,3,4\n", Full, FirstColumn),
            ("height,weight,age\n7,1,2\n9,3,4\n", Full, NoLabels),
            ("country,1990,1991,1992\nfr,1,2,9\nde,3,4,9\n", Full, FirstColumn),
            ("a,1,2,3\nb,4,5,6\nc,7,8,9\n", NoHeader, FirstColumn),
            ("name,1990,2000\nfr,1,2\nde,3,4\n", Full, FirstColumn),
            ("1,nan\n3,4\n", NoHeader, NoLabels),
            ("1,x\n3,4\n5,6\n", NoHeader, NoLabels),
            ("value\n1\n2\n", Full, NoLabels),
            ("5\n1\n2\n", NoHeader, NoLabels),
        ];
        for (text, header, labels) in cases {
            let expected = if text == "a b c d\n" { (Full, NoLabels) } else { (header, labels) };
            assert_eq!(of(text), expected, "{text:?}");
        }
    }

    #[test]
    fn lists_are_told_from_matrices() {
        let is = |text: &str| list(&parse("t.csv", text.as_bytes()).unwrap()).unwrap();
        assert_eq!(is("source,target,value\n1,2,3\n"), Some(Header::Full));
        assert_eq!(is("From;To;Weight\na;b;3\n"), Some(Header::Full));
        assert_eq!(is("a,b,1\nb,a,2\n"), Some(Header::None));
        assert_eq!(is("who,whom,how\na,b,1\nb,a,2\n"), Some(Header::Full));
        for matrix in ["1,2,3\n4,5,6\n", "a,b,c\n1,2,3\n", "a,b,c\n", ",a,b\nx,1,2\n", "x,1,2\ny,3,4\n"] {
            assert_eq!(is(matrix), None, "{matrix:?}");
        }
        for wrong in ["source,target\na,b\n", "from,to,weight,date\na,b,1,2\n"] {
            assert!(matches!(
                list(&parse("t.csv", wrong.as_bytes()).unwrap()),
                Err(ReadError::Format { .. })
            ));
        }
    }

    #[test]
    fn ragged_lines_are_named() {
        let ragged = |text: &str| layout(&parse("t.csv", text.as_bytes()).unwrap(), None).unwrap_err();
        assert!(matches!(
            ragged("1,2,3\n4,5\n6,7,8\n"),
            ReadError::Ragged { line: 2, found: 2, expected: 3, like: 1, .. }
        ));
        assert!(matches!(
            ragged("a,b\n1,2\n\n3,4,5\n6,7\n"),
            ReadError::Ragged { line: 4, found: 3, expected: 2, .. }
        ));
    }
}
