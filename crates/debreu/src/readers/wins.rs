//! A square matrix of wins.

use super::comparisons::{ComparisonOutcome, ComparisonRow, ComparisonTable};
use super::place::{Piece, PreferenceReadError, Rows, TakenFor, clip};
use relata_files::Look;

/// Whether a table looks like a square matrix of numbers of at least 0 with an empty diagonal, its
/// rows and columns perhaps named alike.
pub(super) fn is_wins(rows: &Rows) -> bool {
    let Some(shape) = Shape::of(rows) else { return false };
    let n = shape.names.len();
    let numeric = |f: &Piece| f.text.is_empty() || Look::of(&f.text).is_numeric();
    let empty = |f: &Piece| {
        matches!(Look::of(&f.text), Look::Empty | Look::Absent) || f.amount(rows, "").is_ok_and(|v| v <= 0.0)
    };
    n >= 2
        && (0..n).all(|i| (0..n).all(|j| numeric(shape.cell(rows, i, j))))
        && (0..n).all(|i| empty(shape.cell(rows, i, i)))
}

/// Reads a square matrix of wins: entry `(i, j)` says how often `i` beat `j`. The first row, the
/// first column, or both name the items; the diagonal is empty or 0. A pair without numbers was
/// never compared.
///
/// ```
/// use relata_debreu::readers::read_wins;
/// let t = read_wins(b",tea,coffee\ntea,,3\ncoffee,1,\n")?;
/// assert_eq!((t.items.len(), t.rows[0].count, t.rows[1].count), (2, 3.0, 1.0));
/// let e = read_wins(b",tea,coffee\ntea,,3\ncoffee,,\n").unwrap_err();
/// assert_eq!((e.line, e.column), (3, 8)); // coffee beat tea how often?
/// # Ok::<(), relata_debreu::readers::PreferenceReadError>(())
/// ```
///
/// # Errors
/// [`PreferenceReadError`] naming line and column.
pub fn read_wins(bytes: &[u8]) -> Result<ComparisonTable, PreferenceReadError> {
    wins(&Rows::read(bytes)?)
}

pub(super) fn wins(rows: &Rows) -> Result<ComparisonTable, PreferenceReadError> {
    let what = format!("a square matrix of wins of the row over the column, separated by {}", rows.separator);
    let wrong = |e: PreferenceReadError| e.of(&what);
    let Some(shape) = Shape::of(rows) else {
        let first = rows.rows.first().and_then(|r| r.first());
        let e = PreferenceReadError::ends(1, "a square of numbers");
        let expected = "as many rows as columns, and names of rows that are those of the columns";
        return Err(wrong(first.map_or(e, |f| f.expected(expected))));
    };
    let n = shape.names.len();
    let amount = |i: usize, j: usize| -> Result<Option<f64>, PreferenceReadError> {
        let field = shape.cell(rows, i, j);
        if matches!(Look::of(&field.text), Look::Empty | Look::Absent) {
            return Ok(None);
        }
        field.amount(rows, "how often the row beat the column").map(Some).map_err(wrong)
    };
    let mut out = Vec::new();
    for i in 0..n {
        if amount(i, i)?.is_some_and(|v| v > 0.0) {
            let item = clip(&shape.names[i]);
            return Err(wrong(
                shape.cell(rows, i, i).expected(format!("nothing: {item} does not beat itself")),
            ));
        }
        for j in 0..n {
            if i == j {
                continue;
            }
            let outcome = ComparisonOutcome::First;
            match (amount(i, j)?, amount(j, i)?) {
                (Some(count), _) if count > 0.0 => {
                    out.push(ComparisonRow { first: i, second: j, outcome, count });
                }
                (None, Some(_)) => {
                    let (a, b) = (clip(&shape.names[i]), clip(&shape.names[j]));
                    let expected =
                        format!("how often {a} beat {b}, which has a number the other way; 0 if never");
                    return Err(wrong(shape.cell(rows, i, j).expected(expected)));
                }
                _ => {}
            }
        }
    }
    Ok(ComparisonTable { items: shape.names, rows: out, taken: TakenFor { what, notes: shape.notes } })
}

/// Where the numbers of a square begin, and the names of its rows.
struct Shape {
    names: Vec<String>,
    notes: Vec<String>,
    header: usize,
    labels: usize,
}

impl Shape {
    fn of(rows: &Rows) -> Option<Self> {
        let (count, width) = (rows.rows.len(), rows.rows.get(1)?.len());
        let first = &rows.rows[0];
        let short = first.len() + 1 == width;
        if rows.rows[1..].iter().any(|r| r.len() != width) || !(short || first.len() == width) {
            return None;
        }
        let named = |f: &Piece| Look::of(&f.text) == Look::Text;
        let header =
            usize::from(short || first.iter().skip(1).filter(|f| named(f)).count() + 1 >= width && width > 1);
        let labels = usize::from(short || rows.rows[header..].iter().all(|r| r.first().is_some_and(named)));
        let n = count - header;
        if n != width - labels {
            return None;
        }
        let above = first.iter().skip(if short { 0 } else { labels }).map(|f| f.text.trim().to_owned());
        let beside = rows.rows[header..].iter().map(|r| r[0].text.trim().to_owned());
        let mut notes = Vec::new();
        let names: Vec<String> = match (header, labels) {
            (1, 1) => {
                let (above, beside): (Vec<String>, Vec<String>) = (above.collect(), beside.collect());
                if above != beside {
                    return None;
                }
                above
            }
            (1, _) => above.collect(),
            (_, 1) => beside.collect(),
            _ => {
                notes.push("The items have no names; they are numbered from 1.".to_owned());
                (1..=n).map(|k| k.to_string()).collect()
            }
        };
        let different: std::collections::BTreeSet<&String> = names.iter().collect();
        (different.len() == n && n > 0).then_some(Self { names, notes, header, labels })
    }

    fn cell<'a>(&self, rows: &'a Rows, i: usize, j: usize) -> &'a Piece {
        &rows.rows[self.header + i][self.labels + j]
    }
}
