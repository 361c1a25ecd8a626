//! Pairwise comparisons as comma-separated values.

use crate::estimation::{EstimationError, PairOutcomes, Rankings};
use crate::finite::{Comparisons, ComparisonsError};
use crate::readers::names::Names;
use crate::readers::text::{Field, PreferenceReadError, Problem, clip, records, utf8};

/// Comparisons of named items.
#[derive(Clone, Debug, PartialEq)]
pub struct ComparisonTable {
    /// The items, in order of first appearance.
    pub items: Vec<String>,
    /// The comparisons, in the order of the file.
    pub rows: Vec<ComparisonRow>,
}

/// One row: two items, who won, and how often.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ComparisonRow {
    /// The first item.
    pub first: usize,
    /// The second item.
    pub second: usize,
    /// Which of them is better.
    pub outcome: ComparisonOutcome,
    /// How often this was seen; positive.
    pub count: f64,
}

/// The outcome of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ComparisonOutcome {
    /// The first item is better.
    First,
    /// The second item is better.
    Second,
    /// Neither is.
    Tie,
}

const HEADER: &str = "it must be `winner,loser` or `left,right,outcome`, each perhaps with `,count`";

/// Reads comparisons with the header `winner,loser` or `left,right,outcome` (`left`, `right` or
/// `tie`), each perhaps followed by `count`.
///
/// ```
/// use relata_debreu::readers::read_comparisons;
/// let t = read_comparisons(b"left,right,outcome\ntea,coffee,left\ncoffee,milk,tie\n")?;
/// assert_eq!(t.items, ["tea", "coffee", "milk"]);
/// let e = read_comparisons(b"winner,loser,count\na,b,2\nb,c,many\n").unwrap_err();
/// assert_eq!(e.to_string(), "line 3, column 5: found `many`, expected a positive number");
/// # Ok::<(), relata_debreu::readers::PreferenceReadError>(())
/// ```
///
/// # Errors
/// [`PreferenceReadError`] naming line and column.
pub fn read_comparisons(bytes: &[u8]) -> Result<ComparisonTable, PreferenceReadError> {
    let all = records(utf8(bytes)?)?;
    let Some((header, rows)) = all.split_first() else {
        return Err(PreferenceReadError { line: 1, column: 1, problem: Problem::Ends("the header") });
    };
    let titles: Vec<String> = header.iter().map(|f| f.text.trim().to_lowercase()).collect();
    let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
    let (with_outcome, with_count) = match titles[..] {
        ["winner", "loser"] => (false, false),
        ["winner", "loser", "count"] => (false, true),
        ["left", "right", "outcome"] => (true, false),
        ["left", "right", "outcome", "count"] => (true, true),
        _ => {
            let found = clip(&titles.join(","));
            return Err(header[0].error(Problem::Header { found, expected: HEADER }));
        }
    };
    let mut names = Names::default();
    let mut out = Vec::with_capacity(rows.len());
    for row in rows {
        if row.len() != header.len() {
            return Err(row[0].error(Problem::Fields { found: row.len(), expected: header.len() }));
        }
        let first = item(&mut names, &row[0])?;
        let second = item(&mut names, &row[1])?;
        if first == second {
            return Err(row[1].error(Problem::Repeated { item: clip(row[1].text.trim()) }));
        }
        let outcome = if with_outcome { outcome(&row[2])? } else { ComparisonOutcome::First };
        let count = if with_count { positive(&row[header.len() - 1])? } else { 1.0 };
        out.push(ComparisonRow { first, second, outcome, count });
    }
    Ok(ComparisonTable { items: names.into_list(), rows: out })
}

impl ComparisonTable {
    /// The comparisons as order data: wins are strict, ties indifference; counts are not used.
    ///
    /// # Errors
    /// [`ComparisonsError`] for tables that were put together wrongly by hand.
    pub fn comparisons(&self) -> Result<Comparisons, ComparisonsError> {
        let mut c = Comparisons::new(self.items.len())?;
        for r in &self.rows {
            match r.outcome {
                ComparisonOutcome::First => c.strict(r.second, r.first)?,
                ComparisonOutcome::Second => c.strict(r.first, r.second)?,
                ComparisonOutcome::Tie => c.indifferent(r.first, r.second)?,
            }
        }
        Ok(c)
    }

    /// The wins as data of the Bradley-Terry model; ties count as half a win for each.
    ///
    /// # Errors
    /// [`EstimationError`] for tables that were put together wrongly by hand.
    pub fn rankings(&self) -> Result<Rankings, EstimationError> {
        let mut data = Rankings::new(self.items.len());
        for r in &self.rows {
            match r.outcome {
                ComparisonOutcome::First => data.weighted(&[r.first, r.second], 1, r.count)?,
                ComparisonOutcome::Second => data.weighted(&[r.second, r.first], 1, r.count)?,
                ComparisonOutcome::Tie => {
                    data.weighted(&[r.first, r.second], 1, 0.5 * r.count)?;
                    data.weighted(&[r.second, r.first], 1, 0.5 * r.count)?;
                }
            }
        }
        Ok(data)
    }

    /// Wins and ties as data of the models with ties.
    ///
    /// # Errors
    /// [`EstimationError`] for tables that were put together wrongly by hand.
    pub fn outcomes(&self) -> Result<PairOutcomes, EstimationError> {
        let mut data = PairOutcomes::new(self.items.len());
        for r in &self.rows {
            match r.outcome {
                ComparisonOutcome::First => data.win(r.first, r.second, r.count)?,
                ComparisonOutcome::Second => data.win(r.second, r.first, r.count)?,
                ComparisonOutcome::Tie => data.tie(r.first, r.second, r.count)?,
            }
        }
        Ok(data)
    }
}

fn item(names: &mut Names, field: &Field) -> Result<usize, PreferenceReadError> {
    if field.text.trim().is_empty() {
        Err(field.expected("the name of an item"))
    } else {
        Ok(names.number(&field.text))
    }
}

fn outcome(field: &Field) -> Result<ComparisonOutcome, PreferenceReadError> {
    match field.text.trim().to_lowercase().as_str() {
        "left" => Ok(ComparisonOutcome::First),
        "right" => Ok(ComparisonOutcome::Second),
        "tie" => Ok(ComparisonOutcome::Tie),
        _ => Err(field.expected("`left`, `right` or `tie`")),
    }
}

fn positive(field: &Field) -> Result<f64, PreferenceReadError> {
    let value = field.number("a positive number")?;
    if value > 0.0 { Ok(value) } else { Err(field.expected("a positive number")) }
}
