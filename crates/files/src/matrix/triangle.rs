//! Half a matrix: lines that grow by one, and mirrors.

use super::raw::Raw;
use crate::error::{FileError, FilePlace, FileProblem};
use crate::text::Sheet;

/// A sheet whose lines grow by one field each, filled up with blanks: the lower triangle of a
/// matrix, with or without a header above and names in front. None where the sheet is not one.
pub(super) fn padded(sheet: &Sheet) -> Option<Sheet> {
    const LEAST: usize = 3;
    let lengths: Vec<usize> = sheet.records().map(|r| r.len()).collect();
    let grows = |l: &[usize]| l.len() >= LEAST && l.windows(2).all(|w| w[1] == w[0] + 1);
    let (&last, rest) = lengths.split_last()?;
    let body = if grows(&lengths) {
        &lengths[..]
    } else if grows(&lengths[1..]) && rest.first().is_some_and(|h| *h == last || *h + 1 == last) {
        &lengths[1..]
    } else {
        return None;
    };
    (body[0] <= 2).then(|| sheet.filled(last, lengths.len() - body.len()))
}

/// Gives every absent entry the value of its mirror.
pub(super) fn mirror(raw: &mut Raw) -> Result<(), FileError> {
    let n = raw.rows;
    let fits = n == raw.columns
        && match (&raw.row_labels, &raw.column_labels) {
            (Some(rows), Some(columns)) => rows == columns,
            _ => true,
        };
    if !fits {
        let why =
            format!("a triangle has the same objects as rows and columns, and this is {n} x {}", raw.columns);
        return Err(FileError::new(
            FilePlace::File,
            FileProblem::Option { option: "--triangle mirror", why },
        ));
    }
    let (mut mirrored, mut both) = (0, None);
    for i in 0..n {
        for j in 0..i {
            let (a, b) = (i * n + j, j * n + i);
            match (raw.holes[a], raw.holes[b]) {
                (true, false) => {
                    (raw.values[a], raw.holes[a]) = (raw.values[b], false);
                    mirrored += 1;
                }
                (false, true) => {
                    (raw.values[b], raw.holes[b]) = (raw.values[a], false);
                    mirrored += 1;
                }
                (false, false) if raw.values[a].to_bits() != raw.values[b].to_bits() => {
                    both = both.or(Some((i, j)));
                }
                _ => {}
            }
        }
    }
    if let Some((i, j)) = both {
        let label = |l: &Option<Vec<String>>, k: usize| {
            l.as_ref().map_or_else(|| (k + 1).to_string(), |l| crate::error::shortened(&l[k]))
        };
        let why = format!(
            "{}, {} and its mirror are both there, with the values {} and {}",
            label(&raw.row_labels, i),
            label(&raw.column_labels, j),
            raw.values[i * n + j],
            raw.values[j * n + i]
        );
        return Err(FileError::new(
            FilePlace::File,
            FileProblem::Option { option: "--triangle mirror", why },
        ));
    }
    if mirrored > 0 {
        raw.taken_for += ", one triangle of which stands for both";
        raw.first_hole = None;
    }
    Ok(())
}

/// Which entries are absent, where it is a whole triangle or the diagonal, in words with what can
/// be done.
pub(super) fn absent_shape(raw: &Raw) -> Option<&'static str> {
    let n = raw.rows;
    if n != raw.columns || n < 2 {
        return None;
    }
    let (mut below, mut above, mut diagonal) = (0, 0, 0);
    for i in 0..n {
        for j in 0..n {
            let hole = usize::from(raw.holes[i * n + j]);
            match i.cmp(&j) {
                std::cmp::Ordering::Greater => below += hole,
                std::cmp::Ordering::Less => above += hole,
                std::cmp::Ordering::Equal => diagonal += hole,
            }
        }
    }
    let half = n * (n - 1) / 2;
    if below == 0 && above == half {
        Some("only the lower triangle is there: --triangle mirror gives the other its values")
    } else if above == 0 && below == half {
        Some("only the upper triangle is there: --triangle mirror gives the other its values")
    } else if below == 0 && above == 0 && diagonal == n {
        Some(
            "the diagonal is blank: --missing hole leaves it unknown; --missing zero is right only if it is 0",
        )
    } else {
        None
    }
}
