//! MatrixMarket files.

use super::precision::Printed;
use super::raw::{Absent, Raw, check_size};
use super::read::FileForm;
use super::sparse::SparseRaw;
use crate::error::{FileError, FilePlace, FileProblem, shortened};
use crate::number::Notation;
use std::collections::BTreeMap;

/// How a MatrixMarket file begins, in lower case.
pub(super) const BANNER: &str = "%%matrixmarket";

/// How the entries that are written down stand for others.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Symmetry {
    General,
    Symmetric,
    Skew,
}

/// Reads a matrix of real numbers, whole numbers or patterns, by coordinates or column by column.
pub(super) fn market(text: &str) -> Result<Raw, FileError> {
    let (words, taken_for) = banner(text);
    parsed(text, &words).and_then(|m| m.whole(&taken_for)).map_err(|e| e.of(&taken_for))
}

/// The entries of a matrix by coordinates, without the matrix; none of one column by column.
pub(super) fn sparse_market(text: &str) -> Result<Option<SparseRaw>, FileError> {
    let (words, taken_for) = banner(text);
    if words.get(2).map(String::as_str) != Some("coordinate") {
        return Ok(None);
    }
    let read = parsed(text, &words).and_then(|m| m.sparse(&taken_for));
    read.map(Some).map_err(|e| e.of(&taken_for))
}

/// The words of the banner, and what the file is called.
fn banner(text: &str) -> (Vec<String>, String) {
    let banner = text.lines().next().unwrap_or_default().to_ascii_lowercase();
    let words: Vec<String> = banner.split_whitespace().map(str::to_owned).collect();
    let taken_for = format!("a MatrixMarket file ({})", words.get(2..).unwrap_or_default().join(" "));
    (words, taken_for)
}

/// A file as it is written down.
struct Market {
    rows: usize,
    columns: usize,
    symmetry: Symmetry,
    by_coordinates: bool,
    /// Line, row, column, value.
    entries: Vec<(usize, usize, usize, f64)>,
    printed: Printed,
}

impl Market {
    /// What an entry that is written down is worth at the mirrored place.
    fn mirrored(&self, i: usize, j: usize, value: f64) -> Option<f64> {
        match self.symmetry {
            Symmetry::General => None,
            _ if i == j => None,
            Symmetry::Symmetric => Some(value),
            Symmetry::Skew => Some(-value),
        }
    }

    fn whole(self, taken_for: &str) -> Result<Raw, FileError> {
        let (n, m) = (self.rows, self.columns);
        check_size(n, m)?;
        let absent = if self.by_coordinates { Absent::Zero } else { Absent::Unknown };
        let mut raw = Raw { absent, ..Raw::unknown(n, m, taken_for) };
        for &(line, i, j, value) in &self.entries {
            if !raw.holes[i * m + j] {
                return Err(twice(line, i, j));
            }
            (raw.values[i * m + j], raw.holes[i * m + j]) = (value, false);
            if let Some(mirrored) = self.mirrored(i, j, value) {
                (raw.values[j * m + i], raw.holes[j * m + i]) = (mirrored, false);
            }
        }
        if self.symmetry == Symmetry::Skew {
            (0..n).for_each(|i| raw.holes[i * m + i] = false);
        }
        raw.precision = self.printed.precision();
        Ok(raw)
    }

    fn sparse(self, taken_for: &str) -> Result<SparseRaw, FileError> {
        let mut of: BTreeMap<(usize, usize), f64> = BTreeMap::new();
        for &(line, i, j, value) in &self.entries {
            let mirrored = self.mirrored(i, j, value).and_then(|v| of.insert((j, i), v));
            if of.insert((i, j), value).is_some() || mirrored.is_some() {
                return Err(twice(line, i, j));
            }
        }
        Ok(SparseRaw {
            rows: self.rows,
            columns: self.columns,
            entries: of.into_iter().map(|((i, j), v)| (i, j, v)).collect(),
            first_hole: None,
            row_labels: None,
            column_labels: None,
            form: FileForm::Matrix,
            precision: self.printed.precision(),
            taken_for: taken_for.to_owned(),
            otherwise: Vec::new(),
            notes: Vec::new(),
            absent: Absent::Zero,
            one_space: self.rows == self.columns,
        })
    }
}

fn twice(line: usize, i: usize, j: usize) -> FileError {
    wrong(line, &format!("{} {}", i + 1, j + 1), "each entry once")
}

fn parsed(text: &str, words: &[String]) -> Result<Market, FileError> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let unknown = || {
        FileError::new(
            FilePlace::Line(1),
            FileProblem::Format {
                found: format!("the banner is `{}`", shortened(&words.join(" "))),
                expected: "it should say matrix, then coordinate or array, then real, integer or pattern, \
                           then general, symmetric or skew-symmetric"
                    .to_owned(),
            },
        )
    };
    let [
        _,
        "matrix",
        format @ ("coordinate" | "array"),
        field @ ("real" | "double" | "integer" | "pattern"),
        kind,
    ] = words[..]
    else {
        return Err(unknown());
    };
    let symmetry = match kind {
        "general" => Symmetry::General,
        "symmetric" => Symmetry::Symmetric,
        "skew-symmetric" => Symmetry::Skew,
        _ => return Err(unknown()),
    };
    let by_coordinates = format == "coordinate";
    if field == "pattern" && !by_coordinates {
        return Err(unknown());
    }
    let mut lines = text
        .lines()
        .enumerate()
        .map(|(k, l)| (k + 1, l.split_whitespace().collect::<Vec<_>>()))
        .filter(|(_, w)| w.first().is_some_and(|f| !f.starts_with('%')));
    let (line, sizes) = lines.next().ok_or_else(|| wrong(1, "the file ends", "rows, columns and entries"))?;
    let expected = if by_coordinates { 3 } else { 2 };
    let numbers: Vec<usize> = sizes.iter().filter_map(|w| w.parse().ok()).collect();
    if numbers.len() != expected || sizes.len() != expected {
        return Err(wrong(
            line,
            &sizes.join(" "),
            "the numbers of rows and columns, and of entries after `coordinate`",
        ));
    }
    let (n, m) = (numbers[0], numbers[1]);
    if !by_coordinates {
        check_size(n, m)?;
    }
    if n == 0 || m == 0 || symmetry != Symmetry::General && n != m {
        return Err(wrong(line, &sizes.join(" "), "a size that a matrix of this kind can have"));
    }
    let mut entries = Vec::new();
    let fields = match (by_coordinates, field) {
        (true, "pattern") => 2,
        (true, _) => 3,
        (false, _) => 1,
    };
    let mut printed = Printed::default();
    let mut column_major = places(n, m, symmetry);
    let mut last = line;
    for (line, words) in lines {
        last = line;
        let place = if by_coordinates {
            let at = |k: usize, most: usize| {
                let i: Option<usize> = words.get(k).and_then(|w| w.parse().ok());
                i.filter(|i| (1..=most).contains(i)).map(|i| i - 1)
            };
            at(0, n).zip(at(1, m))
        } else {
            column_major.next()
        };
        let (Some((i, j)), true) = (place, words.len() == fields) else {
            return Err(wrong(line, &words.join(" "), "one entry of the matrix, as the banner says"));
        };
        let value = match (field, words.last()) {
            ("pattern", _) | (_, None) => 1.0,
            (_, Some(word)) => {
                let value = Notation::POINT
                    .number(word)
                    .map_err(|p| FileError::new(FilePlace::Line(line), p.into()))?;
                if let Some(plain) = Notation::POINT.plain(word) {
                    printed.note(&plain, value);
                }
                value
            }
        };
        entries.push((line, i, j, value));
    }
    let count = entries.len();
    let promised = if by_coordinates { numbers[2] } else { places(n, m, symmetry).count() };
    if count != promised {
        return Err(wrong(
            last,
            &format!("{count} entries"),
            &format!("{promised}, as the file says itself"),
        ));
    }
    Ok(Market { rows: n, columns: m, symmetry, by_coordinates, entries, printed })
}

/// The places of the entries of an array, in the order of the file.
fn places(n: usize, m: usize, symmetry: Symmetry) -> impl Iterator<Item = (usize, usize)> {
    let first = move |j: usize| match symmetry {
        Symmetry::General => 0,
        Symmetry::Symmetric => j,
        Symmetry::Skew => j + 1,
    };
    (0..m).flat_map(move |j| (first(j)..n).map(move |i| (i, j)))
}

fn wrong(line: usize, found: &str, expected: &str) -> FileError {
    let found = format!("found `{}`", shortened(found));
    FileError::new(
        FilePlace::Line(line),
        FileProblem::Format { found, expected: format!("expected {expected}") },
    )
}
