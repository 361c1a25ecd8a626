//! UCINET's DL files.

use super::precision::Printed;
use super::raw::{Absent, Order, Raw, check_size, labels, line_of};
use crate::error::{FileError, FilePlace, FileProblem, shortened};
use crate::number::{Notation, Scalar, absence};

/// A word of the file, with its line.
type Word<'a> = (usize, &'a str);

/// What the head of the file says.
#[derive(Default)]
struct Head {
    n: Option<usize>,
    rows: Option<usize>,
    columns: Option<usize>,
    format: Option<String>,
    no_diagonal: bool,
    embedded: bool,
    row_labels: Vec<(String, FilePlace)>,
    column_labels: Vec<(String, FilePlace)>,
}

/// Whether a text is a DL file: `dl` followed by a size.
pub(super) fn is_dl(text: &str) -> bool {
    let start: String = text.trim_start().chars().take(40).collect::<String>().to_ascii_lowercase();
    let mut words =
        start.split(|c: char| c.is_whitespace() || c == '=' || c == ',').filter(|w| !w.is_empty());
    words.next() == Some("dl")
        && words
            .next()
            .is_some_and(|w| matches!(w, "n" | "nr" | "nc" | "nm" | "format") || w.starts_with("n="))
}

/// Reads a full matrix, half a matrix, or lists of ties.
pub(super) fn dl(text: &str) -> Result<Raw, FileError> {
    let plain = "a UCINET DL file";
    let words = words(text);
    let (head, data) = head(&words).map_err(|e| e.of(plain))?;
    let format = head.format.clone().unwrap_or_else(|| "fullmatrix".to_owned());
    let taken_for = format!("{plain} ({format})");
    read(&head, data, &format, &taken_for).map_err(|e| e.of(&taken_for))
}

/// Words between blanks, commas and equals signs; quoted words are whole.
fn words(text: &str) -> Vec<Word<'_>> {
    let mut out = Vec::new();
    for (k, line) in text.lines().enumerate() {
        let mut rest = line;
        loop {
            rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',' || c == '=');
            if rest.is_empty() {
                break;
            }
            let (word, after) = match rest.strip_prefix('"').and_then(|r| r.split_once('"')) {
                Some((word, after)) => (word, after),
                None => {
                    let end = rest.find(|c: char| c.is_whitespace() || c == ',' || c == '=');
                    rest.split_at(end.unwrap_or(rest.len()))
                }
            };
            out.push((k + 1, word));
            rest = after;
        }
    }
    out
}

fn head<'w, 'a>(words: &'w [Word<'a>]) -> Result<(Head, &'w [Word<'a>]), FileError> {
    let mut head = Head::default();
    let mut k = 1;
    let lower = |k: usize| words.get(k).map(|(_, w)| w.to_ascii_lowercase().trim_end_matches(':').to_owned());
    while let Some(word) = lower(k) {
        let line = words[k].0;
        let size = || {
            let n = words.get(k + 1).and_then(|(_, w)| w.parse::<usize>().ok());
            n.ok_or_else(|| wrong(line, words[k].1, "a number after it"))
        };
        match word.as_str() {
            "data" => return Ok((head, &words[k + 1..])),
            "n" => head.n = Some(size()?),
            "nr" => head.rows = Some(size()?),
            "nc" => head.columns = Some(size()?),
            "nm" if size()? != 1 => {
                return Err(wrong(line, "several matrices", "one matrix: save each in a file of its own"));
            }
            "nm" => {}
            "format" => head.format = lower(k + 1),
            "diagonal" => head.no_diagonal = lower(k + 1).as_deref() == Some("absent"),
            "labels" | "row" | "column" | "col" => {
                let side = word.as_str();
                let from = if side == "labels" { k + 1 } else { k + 2 };
                if lower(from).as_deref() == Some("embedded") {
                    head.embedded = true;
                    k = from + 1;
                    continue;
                }
                let end = (from..words.len()).find(|e| {
                    let next = lower(*e + 1);
                    match lower(*e).as_deref() {
                        Some("data") => words[*e].1.ends_with(':') || next.is_some(),
                        Some("row" | "column" | "col") => next.as_deref() == Some("labels"),
                        Some("labels") => words[*e].1.ends_with(':') || next.as_deref() == Some("embedded"),
                        _ => false,
                    }
                });
                let end = end.ok_or_else(|| wrong(line, "no `data:` after the labels", "`data:`"))?;
                let named: Vec<(String, FilePlace)> =
                    words[from..end].iter().map(|(l, w)| ((*w).to_owned(), FilePlace::Line(*l))).collect();
                match side {
                    "labels" => {
                        head.row_labels.clone_from(&named);
                        head.column_labels = named;
                    }
                    "row" => head.row_labels = named,
                    _ => head.column_labels = named,
                }
                k = end;
                continue;
            }
            _ => return Err(wrong(line, words[k].1, "N, NR, NC, FORMAT, LABELS or DATA")),
        }
        k += 2;
    }
    let line = words.last().map_or(1, |(l, _)| *l);
    Err(wrong(line, "the end of the file", "`data:` and the entries"))
}

fn read(head: &Head, data: &[Word<'_>], format: &str, taken_for: &str) -> Result<Raw, FileError> {
    let size = |own: Option<usize>| own.or(head.n).filter(|n| *n > 0);
    let (Some(n), Some(m)) = (size(head.rows), size(head.columns)) else {
        return Err(wrong(1, "no size", "N=.., or NR=.. and NC=.."));
    };
    check_size(n, m)?;
    let mut raw = Raw::unknown(n, m, taken_for);
    let named = |side, list: &[(String, FilePlace)], count: usize| {
        if list.is_empty() {
            return Ok(None);
        }
        if list.len() != count {
            return Err(wrong(1, &format!("{} {side} labels", list.len()), &format!("{count}")));
        }
        labels(side, list.to_vec(), line_of).map(Some)
    };
    raw.row_labels = named("row", &head.row_labels, n)?;
    raw.column_labels = named("column", &head.column_labels, m)?;
    let mut printed = Printed::default();
    match format {
        "edgelist1" | "edgelist" => {
            edges(&mut raw, head, data, Ties::Pairs { two_modes: false }, &mut printed)?;
        }
        "edgelist2" => edges(&mut raw, head, data, Ties::Pairs { two_modes: true }, &mut printed)?,
        "nodelist1" | "nodelist" => edges(&mut raw, head, data, Ties::Lists, &mut printed)?,
        "fullmatrix" | "fm" => {
            let rest = if head.embedded { embedded(&mut raw, data)? } else { data.to_vec() };
            let keep = |i: usize, j: usize| !(head.no_diagonal && i == j);
            let places = (0..n).flat_map(|i| (0..m).map(move |j| (i, j))).filter(|(i, j)| keep(*i, *j));
            fill(&mut raw, places, &rest, &mut printed)?;
        }
        "lowerhalf" | "halfmatrix" | "lh" | "upperhalf" | "uh" if n == m => {
            let upper = format.starts_with('u');
            let from = usize::from(head.no_diagonal);
            let places = (0..n).flat_map(move |i| {
                let range = if upper { i + from..n } else { 0..(i + 1 - from) };
                range.map(move |j| (i, j))
            });
            fill(&mut raw, places, data, &mut printed)?;
            super::triangle::mirror(&mut raw)?;
        }
        _ => {
            return Err(wrong(
                1,
                format,
                "the format fullmatrix, lowerhalf, upperhalf, edgelist1, edgelist2 or nodelist1",
            ));
        }
    }
    raw.precision = printed.precision();
    Ok(raw)
}

/// Takes embedded labels out of the data of a full matrix: a line of column labels, then a label
/// before each row.
fn embedded<'a>(raw: &mut Raw, data: &[Word<'a>]) -> Result<Vec<Word<'a>>, FileError> {
    let (n, m) = (raw.rows, raw.columns);
    if data.len() != m + n * (m + 1) {
        let line = data.last().map_or(1, |(l, _)| *l);
        let expected = format!("{m} column labels, then {n} rows of a label and {m} entries");
        return Err(wrong(line, &format!("{} words", data.len()), &expected));
    }
    let places = |words: Vec<&Word<'_>>| {
        words.into_iter().map(|(l, w)| ((*w).to_owned(), FilePlace::Line(*l))).collect::<Vec<_>>()
    };
    raw.column_labels = Some(labels("column", places(data[..m].iter().collect()), line_of)?);
    let rows: Vec<&[Word<'_>]> = data[m..].chunks(m + 1).collect();
    raw.row_labels = Some(labels("row", places(rows.iter().map(|r| &r[0]).collect()), line_of)?);
    Ok(data[m..].chunks(m + 1).flat_map(|r| r[1..].iter().copied()).collect())
}

fn fill(
    raw: &mut Raw,
    places: impl Iterator<Item = (usize, usize)>,
    data: &[Word<'_>],
    printed: &mut Printed,
) -> Result<(), FileError> {
    let (mut given, m) = (data.iter(), raw.columns);
    let last = data.last().map_or(1, |(l, _)| *l);
    for (i, j) in places {
        let Some((line, word)) = given.next() else {
            return Err(wrong(last, &format!("{} entries", data.len()), "as many as the size says"));
        };
        match value(*line, word, printed)? {
            Some(v) => (raw.values[i * m + j], raw.holes[i * m + j]) = (v, false),
            None => {
                raw.first_hole.get_or_insert((FilePlace::Line(*line), absence(word)));
            }
        }
    }
    match given.next() {
        Some((line, word)) => Err(wrong(*line, word, "no more entries than the size says")),
        None => Ok(()),
    }
}

/// Edges `from to [value]`, one on each line: objects by number, or by embedded label. What is not
/// named is 0.
fn edges(
    raw: &mut Raw,
    head: &Head,
    data: &[Word<'_>],
    form: Ties,
    printed: &mut Printed,
) -> Result<(), FileError> {
    let (n, m) = (raw.rows, raw.columns);
    raw.absent = Absent::Zero;
    let mut lines: std::collections::BTreeMap<usize, Vec<&str>> = std::collections::BTreeMap::new();
    for (line, word) in data {
        lines.entry(*line).or_default().push(word);
    }
    // Both sides have the same objects, unless the format or the size says otherwise.
    let two = form == Ties::Pairs { two_modes: true } || n != m;
    let (mut egos, mut others) = (Order::default(), Order::default());
    let labels = [raw.row_labels.clone(), raw.column_labels.clone()];
    let at = |word: &str, side: usize| {
        let number = word.parse::<usize>().ok().and_then(|k| k.checked_sub(1));
        number.or_else(|| labels[side].as_ref()?.iter().position(|l| l == word))
    };
    for (line, words) in &lines {
        let (ends, given): (&[&str], Option<&&str>) = match form {
            Ties::Pairs { .. } if words.len() == 2 || words.len() == 3 => (&words[..2], words.get(2)),
            Ties::Lists if words.len() > 1 => (words.as_slice(), None),
            _ => (&[], None),
        };
        let value = match given {
            Some(word) => value(*line, word, printed)?,
            None => Some(1.0),
        };
        let Some((ego, alters)) = ends.split_first() else {
            return Err(wrong(*line, &words.join(" "), form.expected()));
        };
        for alter in alters {
            let pair = if head.embedded {
                let i = egos.number(ego);
                Some((i, if two { others.number(alter) } else { egos.number(alter) }))
            } else {
                at(ego, 0).zip(at(alter, 1))
            };
            let Some((i, j)) = pair.filter(|(i, j)| *i < n && *j < m) else {
                return Err(wrong(*line, &words.join(" "), form.expected()));
            };
            if !raw.holes[i * m + j] {
                return Err(wrong(*line, &format!("{ego} {alter}"), "each pair once"));
            }
            if let Some(v) = value {
                (raw.values[i * m + j], raw.holes[i * m + j]) = (v, false);
            }
        }
    }
    if head.embedded && !two && egos.names.len() == n {
        raw.row_labels = Some(egos.owned());
        raw.column_labels = Some(egos.owned());
    } else if head.embedded && two && egos.names.len() == n && others.names.len() == m {
        (raw.row_labels, raw.column_labels) = (Some(egos.owned()), Some(others.owned()));
        raw.one_space = Some(false).filter(|_| n == m);
    }
    Ok(())
}

/// How lines name ties.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ties {
    /// Two objects, and perhaps a value; of two sets of objects, or of one.
    Pairs { two_modes: bool },
    /// An object, and all that it has ties to.
    Lists,
}

impl Ties {
    fn expected(self) -> &'static str {
        match self {
            Self::Pairs { .. } => "two objects within the size, and perhaps a value",
            Self::Lists => "an object, and those that it has ties to, within the size",
        }
    }
}

fn value(line: usize, word: &str, printed: &mut Printed) -> Result<Option<f64>, FileError> {
    match Notation::POINT.scalar(word).map_err(|p| FileError::new(FilePlace::Line(line), p.into()))? {
        Scalar::Absent => Ok(None),
        Scalar::Truth(truth) => Ok(Some(f64::from(u8::from(truth)))),
        Scalar::Number(v) => {
            if let Some(plain) = Notation::POINT.plain(word) {
                printed.note(&plain, v);
            }
            Ok(Some(v))
        }
    }
}

fn wrong(line: usize, found: &str, expected: &str) -> FileError {
    let found = format!("found `{}`", shortened(found));
    FileError::new(
        FilePlace::Line(line),
        FileProblem::Format { found, expected: format!("expected {expected}") },
    )
}
