//! Weighted pairs of PrefLib.

use super::header::{Header, pieces};
use super::lines;
use crate::readers::comparisons::{ComparisonOutcome, ComparisonRow, ComparisonTable};
use crate::readers::place::{PreferenceReadError, ReadProblem, TakenFor};
use relata_files::Notation;

/// Reads PrefLib's weighted pairs (`.wmd`): lines `a, b, weight` after the header. The weight of a
/// pair is taken for how often the first alternative beat the second.
///
/// ```
/// use relata_debreu::readers::read_preflib_pairs;
/// let t = read_preflib_pairs(b"# NUMBER ALTERNATIVES: 2\n# ALTERNATIVE NAME 1: tea\n1,2,3.5\n2,1,1\n")?;
/// assert_eq!((t.items[0].as_str(), t.rows[0].count), ("tea", 3.5));
/// # Ok::<(), relata_debreu::readers::PreferenceReadError>(())
/// ```
///
/// # Errors
/// [`PreferenceReadError`] naming line and column.
pub fn read_preflib_pairs(bytes: &[u8]) -> Result<ComparisonTable, PreferenceReadError> {
    let what = "a PrefLib file of weighted pairs (`wmd`), the weight for how often the first beat the second";
    read(bytes).map_err(|e| e.of(what)).map(|(items, rows, zero)| {
        let mut notes = Vec::new();
        if zero > 0 {
            notes.push(format!("Pairs with the weight 0 say nothing and were left out: {zero}."));
        }
        ComparisonTable { items, rows, taken: TakenFor { what: what.to_owned(), notes } }
    })
}

type Pairs = (Vec<String>, Vec<ComparisonRow>, usize);

fn read(bytes: &[u8]) -> Result<Pairs, PreferenceReadError> {
    let lines = lines(bytes)?;
    let header = Header::read(&lines, Some("wmd"))?;
    let n = header.items.len();
    let (mut rows, mut zero) = (Vec::new(), 0);
    for line in lines[header.rows..].iter().filter(|l| !l.text.trim_start().starts_with('#')) {
        let parts = pieces(line, ',');
        let [a, b, weight] = &parts[..] else { return Err(line.expected("two alternatives and a weight")) };
        let item = |p: &crate::readers::place::Piece| {
            let number = p.text.parse::<usize>().ok().filter(|k| (1..=n).contains(k));
            number.map(|k| k - 1).ok_or_else(|| p.expected(format!("an alternative from 1 to {n}")))
        };
        let (first, second) = (item(a)?, item(b)?);
        if first == second {
            return Err(b.error(ReadProblem::Repeated { item: b.text.clone() }));
        }
        let count = Notation::POINT.number(&weight.text).ok().filter(|w| *w >= 0.0);
        let count = count.ok_or_else(|| weight.expected("a weight of at least 0"))?;
        if count > 0.0 {
            rows.push(ComparisonRow { first, second, outcome: ComparisonOutcome::First, count });
        } else {
            zero += 1;
        }
    }
    Ok((header.items, rows, zero))
}
