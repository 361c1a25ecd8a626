//! Which columns of a list hold what.
//!
//! A list is recognised by its header (`source,target,value`, `user,item,rating,timestamp` and
//! their likes, in any order), by names in its first two columns and numbers in the third, or, of
//! numbers alone, by numbered objects: whole numbers in the first two columns, no pair twice, every
//! number of a contiguous range there.

use super::super::grid::separated;
use super::super::options::{FormChoice, ListColumns, ReadParams};
use crate::error::{FileError, FilePlace, FileProblem, shortened};
use crate::layout::{HeaderChoice, NameSense, check_width, common_width};
use crate::number::{Look, Notation, has_unit};
use crate::text::{Field, Record, Sheet};
use std::collections::BTreeSet;

/// Which columns of a list hold what, counted from 0.
#[derive(Clone, Debug)]
pub(in super::super) struct Columns {
    pub(in super::super) source: usize,
    pub(in super::super) target: usize,
    pub(in super::super) value: Option<usize>,
    /// The names of all columns, where there are any.
    names: Option<Vec<String>>,
    /// Whether the names are in the first record.
    pub(in super::super) in_first_record: bool,
    /// Columns that are not used.
    others: usize,
    how: How,
}

/// What made it a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    Said,
    Header,
    Names,
    Numbers,
}

/// Columns that name one end of a pair and the other, in lower case; the second and the first word
/// of a line belong together.
const ENDS: [(&str, &str); 24] = [
    ("source", "target"),
    ("from", "to"),
    ("src", "dst"),
    ("source", "destination"),
    ("origin", "destination"),
    ("user", "item"),
    ("user_id", "item_id"),
    ("userid", "itemid"),
    ("user", "movie"),
    ("userid", "movieid"),
    ("user_id", "movie_id"),
    ("user", "product"),
    ("rater", "item"),
    ("sender", "receiver"),
    ("ego", "alter"),
    ("exporter", "importer"),
    ("reporter", "partner"),
    ("node1", "node2"),
    ("person", "item"),
    ("row", "column"),
    ("row", "col"),
    ("i", "j"),
    ("x", "y"),
    ("src", "tgt"),
];
/// Ends whose names may as well be those of columns of a matrix: a list only with a column that is
/// called a value, and nothing else.
const VAGUE: [&str; 3] = ["i", "x", "row"];
const VALUES: [&str; 16] = [
    "value",
    "weight",
    "rating",
    "score",
    "count",
    "w",
    "amount",
    "similarity",
    "distance",
    "strength",
    "n",
    "frequency",
    "flow",
    "r",
    "v",
    "val",
];
/// Columns that are about the pair but not its value.
const ASIDE: [&str; 8] = ["timestamp", "time", "date", "year", "id", "type", "label", "comment"];

/// The columns of a list, if the sheet is one.
pub(in super::super) fn find(sheet: &Sheet, options: &ReadParams) -> Result<Option<Columns>, FileError> {
    if options.form == Some(FormChoice::Matrix) {
        return Ok(None);
    }
    let certain = options.form == Some(FormChoice::List) || options.columns.is_some();
    let found = match &options.columns {
        Some(asked) => Some(by_name(sheet, asked, options.header)?),
        None => by_header(sheet, options.header)?.or_else(|| by_content(sheet, options.header, certain)),
    };
    if let Some(columns) = &found {
        check_width(sheet, common_width(sheet)).map_err(|e| e.of(&columns.description(sheet, None)))?;
    } else if certain {
        let expected = "a list has a column for each end of a pair, and perhaps one for the value".to_owned();
        let found = format!("a list was asked for, and the lines have {} field", common_width(sheet));
        return Err(FileError::new(FilePlace::File, FileProblem::Format { found, expected }));
    }
    Ok(found)
}

/// The header, in the first record or in the comment above, and whether it is in the first record.
fn header(sheet: &Sheet, choice: Option<HeaderChoice>) -> Vec<(Vec<String>, bool)> {
    let names = |r: Record<'_>| r.fields().map(|f| f.text.to_owned()).collect();
    let mut out = Vec::new();
    if choice != Some(HeaderChoice::No) {
        out.push((names(sheet.record(0)), true));
        if choice.is_none()
            && let Some(comment) = sheet.comment_header()
            && comment.record(0).len() == common_width(sheet)
        {
            out.push((names(comment.record(0)), false));
        }
    }
    out
}

fn by_header(sheet: &Sheet, choice: Option<HeaderChoice>) -> Result<Option<Columns>, FileError> {
    for (names, in_first_record) in header(sheet, choice) {
        let at = |word: &str| names.iter().position(|n| n.eq_ignore_ascii_case(word));
        let Some((source, target, word)) =
            ENDS.iter().find_map(|(a, b)| at(a).zip(at(b)).map(|(s, t)| (s, t, *a)))
        else {
            continue;
        };
        let rest: Vec<usize> = (0..names.len()).filter(|k| *k != source && *k != target).collect();
        let is = |words: &[&str], k: &usize| words.iter().any(|w| names[*k].eq_ignore_ascii_case(w));
        let value = rest.iter().find(|k| is(&VALUES, k)).or_else(|| {
            let mut left = rest.iter().filter(|k| !is(&ASIDE, k));
            left.next().filter(|_| left.next().is_none())
        });
        let valued = value.is_some_and(|k| is(&VALUES, k));
        if VAGUE.contains(&word) && !(valued && names.len() == 3) {
            continue;
        }
        if value.is_none() && rest.iter().any(|k| !is(&ASIDE, k)) {
            let list: Vec<&str> = rest.iter().map(|k| names[*k].as_str()).collect();
            let found = format!("a list whose value may be in any of the columns {}", list.join(", "));
            let expected = format!("say which: --columns {},{},{}", names[source], names[target], list[0]);
            let place = FilePlace::Line(sheet.record(0).line);
            return Err(FileError::new(place, FileProblem::Format { found, expected }));
        }
        let (value, others) = (value.copied(), rest.len() - usize::from(value.is_some()));
        let how = How::Header;
        return Ok(Some(Columns { source, target, value, names: Some(names), in_first_record, others, how }));
    }
    Ok(None)
}

fn by_name(sheet: &Sheet, asked: &ListColumns, choice: Option<HeaderChoice>) -> Result<Columns, FileError> {
    let width = common_width(sheet);
    let words: Vec<&str> =
        [&asked.source, &asked.target].into_iter().chain(&asked.value).map(String::as_str).collect();
    for (names, in_first_record) in header(sheet, choice) {
        let at = |word: &&str| names.iter().position(|n| n.eq_ignore_ascii_case(word));
        if let Some(found) = words.iter().map(at).collect::<Option<Vec<usize>>>() {
            return Ok(columns(&found, Some(names), in_first_record, width));
        }
    }
    let numbered =
        |word: &&str| word.parse::<usize>().ok().filter(|k| (1..=width).contains(k)).map(|k| k - 1);
    if let Some(found) = words.iter().map(numbered).collect::<Option<Vec<usize>>>() {
        let first = sheet.record(0);
        let named = match (choice, found.get(2).and_then(|k| first.field(*k))) {
            (Some(choice), _) => choice == HeaderChoice::Yes,
            (None, Some(value)) => Look::of(value.text) == Look::Text,
            (None, None) => false,
        };
        let names = named.then(|| first.fields().map(|f| f.text.to_owned()).collect());
        return Ok(columns(&found, names, named, width));
    }
    let names: Vec<String> = sheet.record(0).fields().map(|f| shortened(f.text)).collect();
    let missing = words.iter().find(|w| !names.iter().any(|n| n.eq_ignore_ascii_case(w)));
    let name = missing.map_or_else(String::new, |w| (*w).to_owned());
    Err(FileError::new(FilePlace::Line(sheet.record(0).line), FileProblem::NoColumn { name, names }))
}

fn columns(found: &[usize], names: Option<Vec<String>>, in_first_record: bool, width: usize) -> Columns {
    Columns {
        source: found[0],
        target: found[1],
        value: found.get(2).copied(),
        names,
        in_first_record,
        others: width.saturating_sub(found.len()),
        how: How::Said,
    }
}

/// A list without words that give it away.
fn by_content(sheet: &Sheet, choice: Option<HeaderChoice>, certain: bool) -> Option<Columns> {
    let width = common_width(sheet);
    if width < 2 {
        return None;
    }
    let sense = NameSense::new(sheet);
    let skipped = usize::from(sheet.len() > 1);
    let body = || sheet.records().skip(skipped);
    let named = |k: usize| {
        let measured = || body().filter_map(|r| r.field(k)).filter(|f| has_unit(f.text)).count();
        sense.most(body().filter_map(|r| r.field(k))) && 2 * measured() <= body().len()
    };
    let numeric = |k: usize| {
        let looks = body().filter_map(|r| r.field(k)).map(|f| Look::of(f.text));
        let (all, numbers) =
            looks.fold((0, 0), |(a, n), l| (a + 1, n + usize::from(l.is_numeric() || l == Look::Empty)));
        2 * numbers > all
    };
    let by_names = named(0) && named(1) && (width == 2 || numeric(2) || width == 3);
    let by_numbers = !by_names && numbered_objects(sheet, width);
    if !(certain || by_names || by_numbers) {
        return None;
    }
    let value = (width > 2).then_some(2);
    let in_first_record = match (choice, value) {
        (Some(choice), _) => choice == HeaderChoice::Yes,
        (None, Some(k)) => sheet.record(0).field(k).is_some_and(|f| Look::of(f.text) == Look::Text),
        (None, None) => {
            certain && !by_names && sheet.record(0).fields().all(|f| Look::of(f.text) == Look::Text)
        }
    };
    if in_first_record && sheet.len() == 1 {
        // Names and nothing below them: the columns of a matrix whose rows are absent, rather than a
        // pair without its value.
        return None;
    }
    let names = in_first_record.then(|| sheet.record(0).fields().map(|f| f.text.to_owned()).collect());
    let how = if certain {
        How::Said
    } else if by_names {
        How::Names
    } else {
        How::Numbers
    };
    let others = width - 2 - usize::from(value.is_some());
    Some(Columns { source: 0, target: 1, value, names, in_first_record, others, how })
}

/// Whether the first two columns number objects: whole numbers from 0 or 1 up, without a gap over
/// both columns together or in each, no pair twice, more lines than objects on either side; with
/// two columns, three, or four of which the last holds seconds since 1970.
fn numbered_objects(sheet: &Sheet, width: usize) -> bool {
    const LEAST: usize = 4;
    const SECONDS: std::ops::Range<i64> = 500_000_000..4_000_000_000;
    let whole = |f: Option<Field<'_>>| f.and_then(|f| f.text.parse::<i64>().ok());
    let first_is_header = sheet.record(0).fields().all(|f| Look::of(f.text) == Look::Text);
    let body = || sheet.records().skip(usize::from(first_is_header));
    if body().len() < LEAST || !(2..=4).contains(&width) {
        return false;
    }
    let (mut sources, mut targets, mut pairs) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for record in body() {
        let (Some(s), Some(t)) = (whole(record.field(0)), whole(record.field(1))) else { return false };
        if s < 0 || t < 0 || !pairs.insert((s, t)) {
            return false;
        }
        if width == 4 && whole(record.field(3)).is_none_or(|v| !SECONDS.contains(&v)) {
            return false;
        }
        sources.insert(s);
        targets.insert(t);
    }
    let contiguous = |set: &BTreeSet<i64>| {
        let (first, last) = (set.first().copied().unwrap_or(-1), set.last().copied().unwrap_or(-1));
        (0..=1).contains(&first) && usize::try_from(last - first + 1).is_ok_and(|n| n == set.len())
    };
    let both: BTreeSet<i64> = sources.union(&targets).copied().collect();
    let repeated = sources.len() < pairs.len() && targets.len() < pairs.len();
    repeated && (width == 4 || contiguous(&both) || contiguous(&sources) && contiguous(&targets))
}

impl Columns {
    /// What the sheet is taken for.
    pub(in super::super) fn description(
        &self,
        sheet: &Sheet,
        numbers: Option<(Notation, Option<&str>)>,
    ) -> String {
        let name = |k: usize| match &self.names {
            Some(names) => names.get(k).map(|n| shortened(n)).unwrap_or_default(),
            None => format!("column {}", k + 1),
        };
        let ends = format!("{} to {}", name(self.source), name(self.target));
        let mut text = match self.value {
            Some(k) => format!("a list of pairs ({ends}, value in {})", name(k)),
            None => format!("a list of pairs without values ({ends}), where a pair that is there is 1"),
        };
        if self.others > 0 {
            let noun = if self.others == 1 { "another column" } else { "other columns" };
            text += &format!(", leaving out {noun}");
        }
        text + &separated(sheet, numbers)
    }

    /// What would make it something else.
    pub(super) fn otherwise(&self, sheet: &Sheet, options: &ReadParams) -> Vec<String> {
        let mut out = Vec::new();
        if options.header.is_none() && self.names.is_none() {
            out.push(format!("--header yes if line {} names the columns", sheet.record(0).line));
        }
        if self.how != How::Said {
            out.push("--as matrix if each line is a row".to_owned());
        }
        if options.columns.is_none() && self.others > 0 {
            out.push("--columns SOURCE,TARGET,VALUE for other columns".to_owned());
        }
        out
    }
}
