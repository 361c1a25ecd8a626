//! MatrixMarket files.

use super::precision::Printed;
use super::raw::{Absent, Raw, check_size};
use crate::error::{FileError, FilePlace, FileProblem, shortened};
use crate::number::Notation;

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
    let banner = text.lines().next().unwrap_or_default().to_ascii_lowercase();
    let words: Vec<&str> = banner.split_whitespace().collect();
    let taken_for = format!("a MatrixMarket file ({})", words.get(2..).unwrap_or_default().join(" "));
    read(text, &words, &taken_for).map_err(|e| e.of(&taken_for))
}

fn read(text: &str, words: &[&str], taken_for: &str) -> Result<Raw, FileError> {
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
    ] = words
    else {
        return Err(unknown());
    };
    let symmetry = match *kind {
        "general" => Symmetry::General,
        "symmetric" => Symmetry::Symmetric,
        "skew-symmetric" => Symmetry::Skew,
        _ => return Err(unknown()),
    };
    let by_coordinates = *format == "coordinate";
    if *field == "pattern" && !by_coordinates {
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
    check_size(n, m)?;
    if n == 0 || m == 0 || symmetry != Symmetry::General && n != m {
        return Err(wrong(line, &sizes.join(" "), "a size that a matrix of this kind can have"));
    }
    let mut raw = Raw {
        absent: if by_coordinates { Absent::Zero } else { Absent::Unknown },
        ..Raw::unknown(n, m, taken_for)
    };
    let fields = match (by_coordinates, *field) {
        (true, "pattern") => 2,
        (true, _) => 3,
        (false, _) => 1,
    };
    let mut printed = Printed::default();
    let mut column_major = places(n, m, symmetry);
    let (mut count, mut last) = (0, line);
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
        let value = match (*field, words.last()) {
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
        if !raw.holes[i * m + j] {
            return Err(wrong(line, &words.join(" "), "each entry once"));
        }
        count += 1;
        (raw.values[i * m + j], raw.holes[i * m + j]) = (value, false);
        if symmetry != Symmetry::General && i != j {
            let mirrored = if symmetry == Symmetry::Skew { -value } else { value };
            (raw.values[j * m + i], raw.holes[j * m + i]) = (mirrored, false);
        }
    }
    let promised = if by_coordinates { numbers[2] } else { places(n, m, symmetry).count() };
    if count != promised {
        return Err(wrong(
            last,
            &format!("{count} entries"),
            &format!("{promised}, as the file says itself"),
        ));
    }
    if symmetry == Symmetry::Skew {
        (0..n).for_each(|i| raw.holes[i * m + i] = false);
    }
    raw.precision = printed.precision();
    Ok(raw)
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
