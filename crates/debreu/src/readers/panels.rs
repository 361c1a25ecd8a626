//! Prices and quantities as text tables.

use super::headers::{first_of, title};
use super::names::Names;
use super::place::{Piece, PreferenceReadError, ReadProblem, Rows, TakenFor, clip, listed};
use crate::revealed::{Panel, PanelError};
use relata_files::Decimal;

/// Panels of one or more consumers.
#[derive(Clone, Debug, PartialEq)]
pub struct PanelTable {
    /// The goods, in order of first appearance in the header.
    pub goods: Vec<String>,
    /// The consumers, in order of first appearance.
    pub households: Vec<Household>,
    /// What the file was taken for.
    pub taken: TakenFor,
}

/// One consumer.
#[derive(Clone, Debug, PartialEq)]
pub struct Household {
    /// What the column `household` says; empty where there is none.
    pub name: String,
    /// The lines of the file on which its observations are.
    pub lines: Vec<usize>,
    /// The observations, in decimals as they were written.
    pub panel: Panel,
}

/// The most observations of one consumer: who could afford what is kept for each pair.
pub const MAX_OBSERVATIONS: usize = 20_000;

const HEADER: &str = "each good must have the columns `price_<good>` and `quantity_<good>`, once";

const HOUSEHOLDS: [&str; 14] = [
    "household",
    "household_id",
    "hh",
    "hhid",
    "consumer",
    "consumer_id",
    "subject",
    "subject_id",
    "person",
    "person_id",
    "individual",
    "respondent",
    "participant",
    "id",
];

/// What a column holds of which good.
fn side(field: &Piece) -> Option<(usize, &str)> {
    let text = field.text.trim();
    let lower = text.to_ascii_lowercase();
    let words = [
        ("price", 0),
        ("prices", 0),
        ("p", 0),
        ("quantity", 1),
        ("quantities", 1),
        ("qty", 1),
        ("q", 1),
        ("x", 1),
    ];
    for (word, side) in words {
        if let Some(rest) = lower.strip_prefix(word) {
            let bare = rest.trim_start_matches(['_', '.', ' ']);
            let digits = !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit());
            if (bare.len() < rest.len() || digits) && !bare.is_empty() {
                return Some((side, &text[text.len() - bare.len()..]));
            }
        }
        if let Some(rest) = lower.strip_suffix(word).filter(|_| word.len() > 1) {
            let bare = rest.trim_end_matches(['_', '.', ' ']);
            if bare.len() < rest.len() && !bare.is_empty() {
                return Some((side, &text[..bare.len()]));
            }
        }
    }
    None
}

/// Whether a header has both prices and quantities.
pub(super) fn is_panel(header: &[Piece]) -> bool {
    [0, 1].iter().all(|k| header.iter().any(|f| side(f).is_some_and(|(s, _)| s == *k)))
}

/// Reads panels: a header of columns `price_<good>` and `quantity_<good>` (or `p_`, `q_`, `p1`,
/// `x1`) in any order, then one observation per row. Numbers are kept as they are written. A column
/// `household` (or `consumer`, `subject`, `id`) says whose observation it is; other columns are left
/// out.
///
/// ```
/// use relata_debreu::readers::read_panel;
/// let t = read_panel(b"household,price_tea,quantity_tea,price_milk,quantity_milk\nann,1,1,2,2\nann,2,2,1,1\n")?;
/// assert_eq!((t.goods.len(), t.households[0].name.as_str()), (2, "ann"));
/// assert!(t.households[0].panel.garp().is_err());
/// let e = read_panel(b"price_tea,quantity_tea\n1,1\n0,4\n").unwrap_err();
/// assert_eq!((e.line, e.column), (3, 1)); // a price of 0
/// # Ok::<(), relata_debreu::readers::PreferenceReadError>(())
/// ```
///
/// # Errors
/// [`PreferenceReadError`] naming line and column.
pub fn read_panel(bytes: &[u8]) -> Result<PanelTable, PreferenceReadError> {
    panels(&Rows::read(bytes)?)
}

pub(super) fn panels(rows: &Rows) -> Result<PanelTable, PreferenceReadError> {
    let what = format!("prices and quantities, one purchase per line, separated by {}", rows.separator);
    table(rows, &what).map_err(|e| e.of(&what))
}

fn table(rows: &Rows, what: &str) -> Result<PanelTable, PreferenceReadError> {
    let (header, body) = rows.with_header()?;
    let titles: Vec<String> = header.iter().map(title).collect();
    let mut names = Names::default();
    // For each good, the columns of its price and of its quantity.
    let mut columns: Vec<[Option<usize>; 2]> = Vec::new();
    let mut left: Vec<usize> = Vec::new();
    for (k, field) in header.iter().enumerate() {
        let Some((side, good)) = side(field) else {
            left.push(k);
            continue;
        };
        let number = names.number(good);
        columns.resize(columns.len().max(number + 1), [None; 2]);
        if columns[number][side].replace(k).is_some() {
            return Err(field.error(ReadProblem::Repeated { item: clip(field.text.trim()) }));
        }
    }
    let goods = names.into_list();
    let mut pairs = Vec::with_capacity(goods.len());
    for (good, c) in goods.iter().zip(&columns) {
        let [Some(price), Some(quantity)] = *c else {
            let found = format!("{} without its other column", clip(good));
            let at = c.iter().flatten().next().map_or(&header[0], |k| &header[*k]);
            return Err(at.error(ReadProblem::Header { found, expected: HEADER }));
        };
        pairs.push((price, quantity));
    }
    if pairs.is_empty() {
        return Err(header[0].error(ReadProblem::Header { found: clip(&titles.join(",")), expected: HEADER }));
    }
    let household = first_of(&titles, &HOUSEHOLDS).filter(|k| left.contains(k));
    left.retain(|k| Some(*k) != household);
    let mut taken = TakenFor { what: what.to_owned(), notes: Vec::new() };
    if !left.is_empty() {
        let names: Vec<&str> = left.iter().map(|&k| header[k].text.as_str()).collect();
        taken.notes.push(format!("Columns left out: {}.", listed(&names)));
    }
    let mut people = Names::default();
    let mut read: Vec<Read<'_>> = Vec::new();
    for row in body {
        let number = household.map_or(0, |k| people.number(&row[k].text));
        if read.len() <= number {
            read.push(Read::default());
        }
        read[number].add(rows, row, &pairs)?;
    }
    if read.is_empty() {
        return Err(PreferenceReadError::ends(header[0].line + 1, "an observation"));
    }
    let mut people = people.into_list();
    people.resize(read.len(), String::new());
    let made = people.into_iter().zip(read);
    let households = made.map(|(name, r)| r.household(name, goods.len())).collect::<Result<_, _>>()?;
    Ok(PanelTable { goods, households, taken })
}

/// What was read of one consumer.
#[derive(Default)]
struct Read<'a> {
    first: Vec<&'a Piece>,
    prices: Vec<Decimal>,
    quantities: Vec<Decimal>,
}

impl<'a> Read<'a> {
    fn add(
        &mut self,
        rows: &Rows,
        row: &'a [Piece],
        pairs: &[(usize, usize)],
    ) -> Result<(), PreferenceReadError> {
        if self.first.len() == MAX_OBSERVATIONS {
            return Err(row[0].expected(format!("at most {MAX_OBSERVATIONS} observations of one consumer")));
        }
        self.first.push(&row[0]);
        let notation = rows.notation.clone()?;
        for &(price, quantity) in pairs {
            let of = |k: usize, expected: &str| {
                notation.decimal(&row[k].text).map_err(|_| row[k].expected(expected))
            };
            let (p, x) = (of(price, "a positive price")?, of(quantity, "a quantity of at least 0")?);
            if p.mantissa <= 0 {
                return Err(row[price].expected("a positive price"));
            }
            if x.mantissa < 0 {
                return Err(row[quantity].expected("a quantity of at least 0"));
            }
            self.prices.push(p);
            self.quantities.push(x);
        }
        Ok(())
    }

    fn household(self, name: String, goods: usize) -> Result<Household, PreferenceReadError> {
        let panel = Panel::from_decimals(goods, &self.prices, &self.quantities).map_err(|e| {
            // What is left to go wrong concerns a whole observation.
            let at = match e {
                PanelError::NoSpending { observation }
                | PanelError::Underflow { observation, .. }
                | PanelError::TooSmall { observation, .. }
                | PanelError::Overflow { observation, .. } => observation,
                _ => 0,
            };
            let problem = ReadProblem::Meaning(e.to_string());
            self.first
                .get(at)
                .map_or_else(|| PreferenceReadError::ends(1, "an observation"), |f| f.error(problem))
        })?;
        Ok(Household { name, lines: self.first.iter().map(|f| f.line).collect(), panel })
    }
}
