//! Pajek's networks.

use super::precision::Printed;
use super::raw::{Absent, Raw, check_size, labels, line_of};
use crate::error::{FileError, FilePlace, FileProblem, shortened};
use crate::number::Notation;

/// Whether a text is a network of Pajek: `*Vertices` before anything else but comments and
/// `*Network`.
pub(super) fn is_pajek(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('%'));
    let begins =
        |line: &str, word: &str| line.get(..word.len()).is_some_and(|l| l.eq_ignore_ascii_case(word));
    let first = lines.next().unwrap_or_default();
    begins(first, "*vertices")
        || begins(first, "*network") && begins(lines.next().unwrap_or_default(), "*vertices")
}

/// What lines say.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Vertices,
    /// Pairs, or an object and all that it has ties to; in one direction, or in both.
    Ties {
        lists: bool,
        both: bool,
    },
    Matrix,
}

/// Reads the ties of a network: arcs, edges, lists of them, or a matrix. Of one with two sets of
/// vertices, `*Vertices 32 18`, the first set are the rows.
pub(super) fn pajek(text: &str) -> Result<Raw, FileError> {
    let taken_for = "a network of Pajek";
    read(text, taken_for).map_err(|e| e.of(taken_for))
}

fn read(text: &str, taken_for: &str) -> Result<Raw, FileError> {
    let lines: Vec<(usize, &str)> = text
        .lines()
        .enumerate()
        .map(|(k, l)| (k + 1, l.trim()))
        .filter(|(_, l)| !l.is_empty() && !l.starts_with('%'))
        .collect();
    let from = lines.iter().position(|(_, l)| section_word(l) == "*vertices").unwrap_or(0);
    let (line, head) = lines[from];
    let sizes: Vec<usize> = head.split_whitespace().skip(1).map_while(|w| w.parse().ok()).collect();
    let (all, first) = match sizes[..] {
        [all] if all > 0 => (all, None),
        [all, first] if first > 0 && first < all => (all, Some(first)),
        _ => return Err(wrong(line, head, "*Vertices and their number, perhaps with that of a first set")),
    };
    // Of two sets only ties from the first to the second are entries.
    let (n, m) = first.map_or((all, all), |f| (f, all - f));
    check_size(n, m)?;
    let mut raw = Raw { absent: Absent::Zero, ..Raw::unknown(n, m, taken_for) };
    let mut named: Vec<(String, FilePlace)> =
        (1..=all).map(|k| (k.to_string(), FilePlace::Line(line))).collect();
    let (mut any_name, mut section, mut row) = (false, Section::Vertices, 0);
    let mut printed = Printed::default();
    for &(line, text) in &lines[from + 1..] {
        if text.starts_with('*') {
            section = match section_word(text).as_str() {
                "*arcs" => Section::Ties { lists: false, both: false },
                "*edges" => Section::Ties { lists: false, both: true },
                "*arcslist" => Section::Ties { lists: true, both: false },
                "*edgeslist" => Section::Ties { lists: true, both: true },
                "*matrix" => Section::Matrix,
                _ => {
                    return Err(wrong(
                        line,
                        text,
                        "*Arcs, *Edges, *Arcslist, *Edgeslist or *Matrix, each once",
                    ));
                }
            };
            continue;
        }
        match section {
            Section::Vertices => {
                let (number, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
                let k = number.parse::<usize>().ok().filter(|k| (1..=all).contains(k));
                let k = k.ok_or_else(|| wrong(line, text, "the number of a vertex, and its name"))?;
                let rest = rest.trim();
                let name = match rest.strip_prefix('"').and_then(|r| r.split_once('"')) {
                    Some((name, _)) => name,
                    None => rest.split_whitespace().next().unwrap_or_default(),
                };
                if !name.is_empty() {
                    named[k - 1] = (name.to_owned(), FilePlace::Line(line));
                    any_name = true;
                }
            }
            Section::Ties { lists, both } => {
                let words: Vec<&str> = text.split_whitespace().collect();
                let vertex =
                    |w: &str| w.parse::<usize>().ok().filter(|k| (1..=all).contains(k)).map(|k| k - 1);
                let others = if lists { &words[1..] } else { words.get(1..2).unwrap_or_default() };
                // Beyond the value, a line says how a tie is drawn.
                let value = match words.get(2).filter(|_| !lists) {
                    Some(word) => number(line, word, &mut printed)?,
                    None => 1.0,
                };
                for other in others {
                    let (Some(i), Some(j)) = (vertex(words[0]), vertex(other)) else {
                        return Err(wrong(line, text, "numbers of vertices, and perhaps a value"));
                    };
                    let mut put = |i: usize, j: usize| {
                        let at = match first {
                            None => Some(i * m + j),
                            Some(f) => (i < f && j >= f).then(|| i * m + j - f),
                        };
                        let free = at.filter(|k| raw.holes[*k]);
                        if let Some(k) = free {
                            (raw.values[k], raw.holes[k]) = (value, false);
                        }
                        free.is_some()
                    };
                    let placed = match (first.is_some(), both) {
                        // An edge between two sets goes from the first to the second, however written.
                        (true, _) => put(i, j) || put(j, i),
                        (false, true) if i != j => put(i, j) && put(j, i),
                        (false, _) => put(i, j),
                    };
                    if !placed {
                        return Err(wrong(
                            line,
                            text,
                            "each tie once, and of two sets from one to the other",
                        ));
                    }
                }
                if others.is_empty() {
                    return Err(wrong(line, text, "two vertices"));
                }
            }
            Section::Matrix => {
                let words: Vec<&str> = text.split_whitespace().collect();
                if row == n || words.len() != m {
                    return Err(wrong(line, text, &format!("{n} lines of {m} numbers")));
                }
                for (j, word) in words.iter().enumerate() {
                    let k = row * m + j;
                    (raw.values[k], raw.holes[k]) = (number(line, word, &mut printed)?, false);
                }
                row += 1;
            }
        }
    }
    if section == Section::Vertices {
        return Err(wrong(line, head, "ties after the vertices: *Arcs, *Edges or *Matrix"));
    }
    if any_name {
        let (rows, columns) = first.map_or((&named[..], &named[..]), |f| named.split_at(f));
        raw.row_labels = Some(labels("row", rows.to_vec(), line_of)?);
        raw.column_labels = Some(labels("column", columns.to_vec(), line_of)?);
    }
    raw.one_space = first.map(|_| false);
    raw.precision = printed.precision();
    Ok(raw)
}

/// The word that begins a section, in lower case, without the number of a relation (`*Arcs :1`).
fn section_word(line: &str) -> String {
    let end = line.find(|c: char| c.is_whitespace() || c == ':').unwrap_or(line.len());
    line[..end].to_ascii_lowercase()
}

fn number(line: usize, word: &str, printed: &mut Printed) -> Result<f64, FileError> {
    let value = Notation::POINT.number(word).map_err(|p| FileError::new(FilePlace::Line(line), p.into()))?;
    if let Some(plain) = Notation::POINT.plain(word) {
        printed.note(&plain, value);
    }
    Ok(value)
}

fn wrong(line: usize, found: &str, expected: &str) -> FileError {
    let found = format!("found `{}`", shortened(found));
    FileError::new(
        FilePlace::Line(line),
        FileProblem::Format { found, expected: format!("expected {expected}") },
    )
}
