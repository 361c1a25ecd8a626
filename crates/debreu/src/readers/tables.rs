//! Comparisons from tables: a row for each, or for each pair of items.

use super::comparisons::{ComparisonOutcome, ComparisonRow, ComparisonTable};
use super::headers::{self, COUNTS, LOSERS, OUTCOMES, TIES, WINNERS, first_of};
use super::names::Names;
use super::place::{Piece, PreferenceReadError, ReadProblem, Rows, TakenFor, clip, listed};

pub(super) const HEADER: &str = "it must have the columns `winner,loser`, `left,right,outcome` (or \
`model_a,model_b,winner`), `player1,player2,win1,win2`, or `home_team,away_team,home_score,away_score`, \
perhaps with `count`; others are left out";

/// Outcomes that are as well the choice of an alternative.
const CHOICES: [&str; 3] = ["choice", "chosen", "selected"];

/// Which columns hold what.
pub(super) struct Columns {
    first: usize,
    second: usize,
    says: Says,
    count: Option<usize>,
    ties: Option<usize>,
}

/// How a row says who won.
enum Says {
    /// The first item did.
    First,
    /// A column does.
    Outcome(usize),
    /// Two columns count the wins of each.
    Wins(usize, usize),
    /// Two columns say what each scored; the larger score wins.
    Scores(usize, usize),
}

impl Columns {
    /// The columns of comparisons, if the titles are those of comparisons.
    pub(super) fn of(titles: &[String]) -> Option<Self> {
        let count = first_of(titles, &COUNTS);
        let ties = first_of(titles, &TIES);
        if let Some((first, second)) = headers::sides(titles) {
            if let Some((a, b)) = headers::wins(titles) {
                return Some(Self { first, second, says: Says::Wins(a, b), count: None, ties });
            }
            // A column that is one of the two items says nothing of who won.
            let outcome = first_of(titles, &OUTCOMES).filter(|k| ![first, second].contains(k));
            // Beside columns `a` and `b` a choice may be one among alternatives with these features.
            let vague = |k: &usize| titles[first] == "a" && CHOICES.contains(&titles[*k].as_str());
            let outcome = outcome.filter(|k| !vague(k));
            if let Some(outcome) = outcome {
                return Some(Self { first, second, says: Says::Outcome(outcome), count, ties: None });
            }
        }
        if let (Some(first), Some(second)) = (first_of(titles, &WINNERS), first_of(titles, &LOSERS)) {
            return Some(Self { first, second, says: Says::First, count, ties: None });
        }
        let ((first, second), (a, b)) = (headers::sides(titles)?, headers::scores(titles)?);
        let apart = [a, b].iter().all(|k| ![first, second].contains(k));
        apart.then_some(Self { first, second, says: Says::Scores(a, b), count, ties: None })
    }

    fn used(&self) -> Vec<usize> {
        let says = match self.says {
            Says::First => vec![],
            Says::Outcome(k) => vec![k],
            Says::Wins(a, b) | Says::Scores(a, b) => vec![a, b],
        };
        [self.first, self.second].into_iter().chain(says).chain(self.count).chain(self.ties).collect()
    }
}

/// Reads comparisons from a table whose header says which columns are which, in any order:
/// `winner,loser`; two items and an outcome, such as `left,right,outcome` or
/// `model_a,model_b,winner`; two items and how often each won, such as `player1,player2,win1,win2`; two
/// items and what each scored, such as `home_team,away_team,home_score,away_score`.
/// A column `count` says how often a row was seen; a row with count 0 says nothing. Other columns
/// are left out, with a note. An outcome is the name of one of the two items or of its column
/// (`model_a`, `a`), `left` or `right`, `tie` or `draw` perhaps with more words, or a number: 1 and
/// 0 for the first and the second item with 0.5 for a tie, 1 and 2 with 0 for a tie.
///
/// ```
/// use relata_debreu::readers::read_comparisons;
/// let t = read_comparisons(b"left,right,outcome\ntea,coffee,left\ncoffee,milk,tie\n")?;
/// assert_eq!(t.items, ["tea", "coffee", "milk"]);
/// let t = read_comparisons(b"day;player1;player2;win1;win2\nmon;tea;milk;3;0\n")?;
/// assert_eq!((t.rows.len(), t.rows[0].count), (1, 3.0));
/// let e = read_comparisons(b"winner,loser,count\na,b,2\nb,c,many\n").unwrap_err();
/// assert!(e.to_string().ends_with("line 3, column 5: found `many`, expected a number of at least 0"));
/// # Ok::<(), relata_debreu::readers::PreferenceReadError>(())
/// ```
///
/// # Errors
/// [`PreferenceReadError`] naming line and column.
pub fn read_comparisons(bytes: &[u8]) -> Result<ComparisonTable, PreferenceReadError> {
    let rows = Rows::read(bytes)?;
    let Some(header) = rows.rows.first() else { return Err(PreferenceReadError::ends(1, "the header")) };
    let titles: Vec<String> = header.iter().map(headers::title).collect();
    let Some(columns) = Columns::of(&titles) else {
        return Err(header[0].error(ReadProblem::Header { found: clip(&titles.join(",")), expected: HEADER }));
    };
    from_rows(&rows, &columns)
}

pub(super) fn from_rows(rows: &Rows, columns: &Columns) -> Result<ComparisonTable, PreferenceReadError> {
    let title = |k: usize| rows.rows[0].get(k).map_or("", |f| f.text.as_str());
    let used = columns.used();
    let names: Vec<&str> = used.iter().map(|&k| title(k)).collect();
    let what = format!("comparisons ({}), separated by {}", names.join(", "), rows.separator);
    let (header, body) = rows.with_header().map_err(|e| e.of(&what))?;
    let mut taken = TakenFor { what, notes: Vec::new() };
    let extra: Vec<&str> = (0..header.len()).filter(|k| !used.contains(k)).map(title).collect();
    if !extra.is_empty() {
        taken.notes.push(format!("Columns left out: {}.", listed(&extra)));
    }
    let says = Outcomes::of(columns, header, body);
    if let Some(note) = says.note() {
        taken.notes.push(note);
    }
    let mut table = Table { names: Names::default(), rows: Vec::new(), zero: 0 };
    for row in body {
        table.add(rows, columns, &says, row).map_err(|e| e.of(&taken.what))?;
    }
    if table.zero > 0 {
        taken.notes.push(if table.zero == 1 {
            "1 row has the count 0, says nothing and was left out.".to_owned()
        } else {
            format!("{} rows have the count 0, say nothing and were left out.", table.zero)
        });
    }
    Ok(ComparisonTable { items: table.names.into_list(), rows: table.rows, taken })
}

struct Table {
    names: Names,
    rows: Vec<ComparisonRow>,
    zero: usize,
}

impl Table {
    fn add(
        &mut self,
        rows: &Rows,
        columns: &Columns,
        says: &Outcomes,
        row: &[Piece],
    ) -> Result<(), PreferenceReadError> {
        const AMOUNT: &str = "a number of at least 0";
        let (a, b) = (&row[columns.first], &row[columns.second]);
        for name in [a, b] {
            if name.text.trim().is_empty() {
                return Err(name.expected("the name of an item"));
            }
        }
        if a.text.trim() == b.text.trim() {
            return Err(b.error(ReadProblem::Repeated { item: clip(b.text.trim()) }));
        }
        let amount = |k: usize| row[k].amount(rows, AMOUNT);
        let count = columns.count.map_or(Ok(1.0), amount)?;
        let mut seen = match columns.says {
            Says::First => vec![(ComparisonOutcome::First, count)],
            Says::Outcome(k) => vec![(says.read(a, b, &row[k])?, count)],
            Says::Wins(first, second) => {
                vec![(ComparisonOutcome::First, amount(first)?), (ComparisonOutcome::Second, amount(second)?)]
            }
            Says::Scores(..) => Vec::new(),
        };
        if let Says::Scores(first, second) = columns.says {
            let score = |k: usize| row[k].amount(rows, "a score, a number of at least 0");
            let outcome = match score(first)?.total_cmp(&score(second)?) {
                std::cmp::Ordering::Greater => ComparisonOutcome::First,
                std::cmp::Ordering::Less => ComparisonOutcome::Second,
                std::cmp::Ordering::Equal => ComparisonOutcome::Tie,
            };
            seen = vec![(outcome, count)];
        }
        if let Some(ties) = columns.ties {
            seen.push((ComparisonOutcome::Tie, amount(ties)?));
        }
        seen.retain(|(_, count)| *count > 0.0);
        if seen.is_empty() {
            self.zero += 1;
            return Ok(());
        }
        let (first, second) = (self.names.number(&a.text), self.names.number(&b.text));
        let made = seen.into_iter().map(|(outcome, count)| ComparisonRow { first, second, outcome, count });
        self.rows.extend(made);
        Ok(())
    }
}

/// What the values of an outcome column mean.
struct Outcomes {
    first: Vec<String>,
    second: Vec<String>,
    ties: Vec<&'static str>,
    // The values were numbers; in words, what they were taken for.
    numbers: Option<&'static str>,
}

impl Outcomes {
    fn of(columns: &Columns, header: &[Piece], body: &[Vec<Piece>]) -> Self {
        let title = |k: usize| headers::title(&header[k]);
        let (a, b) = (title(columns.first), title(columns.second));
        let end = |t: &str| t.rsplit('_').next().unwrap_or_default().to_owned();
        let at_home = a.starts_with("home");
        let mut out = Self {
            first: [&end(&a), &a, "left", "first", "a", "home", "white", "1_0", "model_a"]
                .map(str::to_owned)
                .into(),
            second: [&end(&b), &b, "right", "second", "b", "away", "black", "0_1", "model_b"]
                .map(str::to_owned)
                .into(),
            ties: vec![
                "both",
                "neither",
                "equal",
                "=",
                "none",
                "bothbad",
                "both_bad",
                "both_good",
                "same",
                "indifferent",
                "no_preference",
                "1/2_1/2",
                "½_½",
                "0_5_0_5",
            ],
            numbers: None,
        };
        if at_home {
            // As in `H`, `D` and `A`.
            out.first.retain(|w| w != "a");
            out.first.push("h".to_owned());
            out.second.push("a".to_owned());
            out.ties.push("d");
        }
        let Says::Outcome(k) = columns.says else { return out };
        let values: std::collections::BTreeSet<&str> = body.iter().map(|r| r[k].text.trim()).collect();
        let only = |allowed: &[&str]| values.iter().all(|v| allowed.contains(v));
        let plain = |v: &[&str]| v.iter().map(|s| (*s).to_owned()).collect();
        if values.is_empty() || !only(&["0", "0.0", "0.5", "1", "1.0", "2", "2.0", "-1", "-1.0"]) {
            return out;
        }
        let (second, ties, words) = if values.iter().any(|v| v.starts_with('2')) {
            (
                plain(&["2", "2.0"]),
                vec!["0", "0.0", "0.5"],
                "1 for the first item, 2 for the second, 0 for a tie",
            )
        } else if values.iter().any(|v| v.starts_with('-')) {
            (plain(&["-1", "-1.0"]), vec!["0", "0.0"], "1 for the first item, -1 for the second, 0 for a tie")
        } else {
            (plain(&["0", "0.0"]), vec!["0.5"], "1 for the first item, 0 for the second, 0.5 for a tie")
        };
        (out.first, out.second, out.ties, out.numbers) = (plain(&["1", "1.0"]), second, ties, Some(words));
        out
    }

    fn note(&self) -> Option<String> {
        self.numbers.map(|n| format!("Outcomes were taken for {n}."))
    }

    fn read(&self, a: &Piece, b: &Piece, field: &Piece) -> Result<ComparisonOutcome, PreferenceReadError> {
        let text = field.text.trim();
        // The names of the items come first: an item may be called `left`.
        if text == a.text.trim() {
            return Ok(ComparisonOutcome::First);
        }
        if text == b.text.trim() {
            return Ok(ComparisonOutcome::Second);
        }
        let word = if self.numbers.is_some() { text.to_owned() } else { headers::title(field) };
        let tie = ["tie", "draw"].iter().any(|t| {
            word.strip_prefix(t).is_some_and(|rest| {
                !rest.starts_with(|c: char| c.is_alphanumeric()) || rest == "d" || rest == "n"
            })
        });
        if self.first.contains(&word) {
            Ok(ComparisonOutcome::First)
        } else if self.second.contains(&word) {
            Ok(ComparisonOutcome::Second)
        } else if tie || self.ties.contains(&word.as_str()) {
            Ok(ComparisonOutcome::Tie)
        } else {
            let expected = format!(
                "`{}`, `{}`, the name of one of the two items, or `tie`",
                self.first[1], self.second[1]
            );
            Err(field.expected(expected))
        }
    }
}
