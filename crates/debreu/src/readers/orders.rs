//! Rankings with ties, from comma-separated values and from PrefLib.
//!
//! PrefLib (N. Mattei and T. Walsh, 2013; preflib.org) has four kinds of order files: SOC and SOI
//! hold strict orders, complete and incomplete, TOC and TOI orders with ties. Both its present
//! layout (`# KEY: value` lines, then `count: 1,2,{3,4}`) and the one before (the number of
//! alternatives, their names, a line of totals, then `count,1,2,{3,4}`) are read.

use crate::estimation::{EstimationError, Rankings};
use crate::readers::names::Names;
use crate::readers::text::{Field, PreferenceReadError, Problem, clip, records, utf8};

/// Rankings of named items.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderTable {
    /// The items.
    pub items: Vec<String>,
    /// The rankings, in the order of the file.
    pub orders: Vec<Order>,
}

/// One ranking: groups of tied items, best first, and how often it was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Groups of tied items, best first.
    pub tiers: Vec<Vec<usize>>,
    /// How often it was seen.
    pub count: u64,
}

/// The kinds of PrefLib's order files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PreflibKind {
    /// Strict orders, complete.
    Soc,
    /// Strict orders, incomplete.
    Soi,
    /// Orders with ties, complete.
    Toc,
    /// Orders with ties, incomplete.
    Toi,
}

/// The most alternatives a PrefLib file may announce.
pub const MAX_ALTERNATIVES: u64 = 1_000_000;

impl PreflibKind {
    /// The kind of a file's extension (without the dot), in either case.
    #[must_use]
    pub fn from_extension(extension: &str) -> Option<Self> {
        match extension.to_lowercase().as_str() {
            "soc" => Some(Self::Soc),
            "soi" => Some(Self::Soi),
            "toc" => Some(Self::Toc),
            "toi" => Some(Self::Toi),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Soc => "soc",
            Self::Soi => "soi",
            Self::Toc => "toc",
            Self::Toi => "toi",
        }
    }

    fn complete(self) -> bool {
        matches!(self, Self::Soc | Self::Toc)
    }

    fn strict(self) -> bool {
        matches!(self, Self::Soc | Self::Soi)
    }
}

/// Reads rankings without a header: one a line, best first, tied items joined by `=`; empty fields
/// at the end are left out.
///
/// ```
/// use relata_debreu::readers::read_rankings;
/// let t = read_rankings(b"tea,coffee=milk\nmilk,tea\n")?;
/// assert_eq!(t.items, ["tea", "coffee", "milk"]);
/// assert_eq!(t.orders[0].tiers, vec![vec![0], vec![1, 2]]);
/// # Ok::<(), relata_debreu::readers::PreferenceReadError>(())
/// ```
///
/// # Errors
/// [`PreferenceReadError`] naming line and column.
pub fn read_rankings(bytes: &[u8]) -> Result<OrderTable, PreferenceReadError> {
    let mut names = Names::default();
    let mut orders = Vec::new();
    for record in records(utf8(bytes)?)? {
        let used = record.iter().rposition(|f| !f.text.trim().is_empty()).map_or(0, |k| k + 1);
        let mut tiers: Vec<Vec<usize>> = Vec::new();
        let mut seen = std::collections::BTreeSet::new();
        for field in &record[..used] {
            let mut tier = Vec::new();
            for name in field.text.split('=') {
                if name.trim().is_empty() {
                    return Err(field.expected("the name of an item"));
                }
                let k = names.number(name);
                if !seen.insert(k) {
                    return Err(field.error(Problem::Repeated { item: clip(name.trim()) }));
                }
                tier.push(k);
            }
            tiers.push(tier);
        }
        if !tiers.is_empty() {
            orders.push(Order { tiers, count: 1 });
        }
    }
    Ok(OrderTable { items: names.into_list(), orders })
}

/// Reads a PrefLib file of the given kind.
///
/// ```
/// use relata_debreu::readers::{PreflibKind, read_preflib};
/// let text = b"# NUMBER ALTERNATIVES: 3\n# ALTERNATIVE NAME 1: tea\n# ALTERNATIVE NAME 2: coffee\n# \
///     ALTERNATIVE NAME 3: milk\n4: 1,2,3\n2: 3,{1,2}\n";
/// let t = read_preflib(text, PreflibKind::Toc)?;
/// assert_eq!((t.items.len(), t.orders[1].count), (3, 2));
/// let e = read_preflib(text, PreflibKind::Soc).unwrap_err();
/// assert_eq!((e.line, e.column), (6, 6)); // ties in a file of strict orders
/// # Ok::<(), relata_debreu::readers::PreferenceReadError>(())
/// ```
///
/// # Errors
/// [`PreferenceReadError`] naming line and column: syntax, unknown or repeated alternatives, an incomplete or
/// tied order where the kind excludes it, and totals in the header that the data contradict.
pub fn read_preflib(bytes: &[u8], kind: PreflibKind) -> Result<OrderTable, PreferenceReadError> {
    let text = utf8(bytes)?;
    let lines = text.lines().enumerate().map(|(k, l)| Field { text: l.to_owned(), line: k + 1, column: 1 });
    let lines: Vec<Field> = lines.filter(|l| !l.text.trim().is_empty()).collect();
    let header = match lines.first() {
        Some(l) if l.text.trim_start().starts_with('#') => modern_header(&lines, kind)?,
        Some(_) => old_header(&lines)?,
        None => return Err(PreferenceReadError { line: 1, column: 1, problem: Problem::Ends("the header") }),
    };
    let n = header.items.len();
    let mut orders = Vec::new();
    let mut voters = 0u64;
    for line in &lines[header.rows..] {
        let order = order(line, header.separator, n, kind)?;
        voters =
            voters.checked_add(order.count).ok_or_else(|| line.expected("fewer than 2^64 voters in all"))?;
        orders.push(order);
    }
    let place = lines.last().map_or((1, 1), |l| (l.line, l.column));
    let totals = [("voters", header.voters, voters), ("unique orders", header.unique, orders.len() as u64)];
    for (what, said, found) in totals {
        if let Some(said) = said.filter(|&s| s != found) {
            let problem = Problem::Contradiction { what, said, found };
            return Err(PreferenceReadError { line: place.0, column: place.1, problem });
        }
    }
    Ok(OrderTable { items: header.items, orders })
}

impl OrderTable {
    /// The rankings as data of the Plackett-Luce model. A tier of tied items at the end counts as
    /// "all of these after the others"; the model has no other ties.
    ///
    /// # Errors
    /// [`EstimationError::Ranking`] naming an order with tied items before its last tier. Orders
    /// that compare nothing (one tier) are left out.
    pub fn rankings(&self) -> Result<Rankings, EstimationError> {
        let mut data = Rankings::new(self.items.len());
        for order in &self.orders {
            let list: Vec<usize> = order.tiers.iter().flatten().copied().collect();
            let Some((last, above)) = order.tiers.split_last() else { continue };
            if above.iter().any(|t| t.len() > 1) {
                let reason = "has ties before its end, which Plackett-Luce does not model";
                return Err(EstimationError::Ranking { ranking: list, reason });
            }
            let stages = above.len().min(list.len().saturating_sub(1));
            if stages > 0 && !last.is_empty() {
                data.weighted(&list, stages, order.count as f64)?;
            }
        }
        Ok(data)
    }
}

struct Header {
    items: Vec<String>,
    rows: usize,
    separator: char,
    voters: Option<u64>,
    unique: Option<u64>,
}

fn modern_header(lines: &[Field], kind: PreflibKind) -> Result<Header, PreferenceReadError> {
    let mut header = Header { items: Vec::new(), rows: 0, separator: ':', voters: None, unique: None };
    let mut announced = false;
    for line in lines {
        let Some(rest) = line.text.trim_start().strip_prefix('#') else { break };
        header.rows += 1;
        let Some((key, value)) = rest.split_once(':') else { continue };
        let before = line.text.chars().count() - value.trim_start().chars().count();
        let value = Field { text: value.trim().to_owned(), line: line.line, column: before + 1 };
        match key.trim().to_uppercase().as_str() {
            "DATA TYPE" if PreflibKind::from_extension(&value.text) != Some(kind) => {
                return Err(value.expected(format!("`{}`, the kind that was asked for", kind.name())));
            }
            "NUMBER ALTERNATIVES" => {
                header.items = numbered(&value)?;
                announced = true;
            }
            "NUMBER VOTERS" => header.voters = Some(value.count()?),
            "NUMBER UNIQUE ORDERS" => header.unique = Some(value.count()?),
            key => {
                if let Some(number) = key.strip_prefix("ALTERNATIVE NAME") {
                    let n = header.items.len();
                    let place = number.trim().parse::<usize>().ok().filter(|k| (1..=n).contains(k));
                    let Some(k) = place else {
                        return Err(line.expected(format!("the name of an alternative from 1 to {n}")));
                    };
                    header.items[k - 1] = value.text;
                }
            }
        }
    }
    if announced {
        return Ok(header);
    }
    let line = lines.get(header.rows).map_or(header.rows + 1, |l| l.line);
    Err(PreferenceReadError { line, column: 1, problem: Problem::Ends("`# NUMBER ALTERNATIVES: n`") })
}

fn old_header(lines: &[Field]) -> Result<Header, PreferenceReadError> {
    let mut items = numbered(&lines[0])?;
    let n = items.len();
    let ends = |what| PreferenceReadError { line: lines.len() + 1, column: 1, problem: Problem::Ends(what) };
    for k in 1..=n {
        let line = lines.get(k).ok_or_else(|| ends("the name of every alternative"))?;
        let named = line.text.split_once(',').filter(|(number, _)| number.trim().parse() == Ok(k));
        let Some((_, name)) = named else {
            return Err(line.expected(format!("`{k},` and the name of alternative {k}")));
        };
        items[k - 1] = name.trim().to_owned();
    }
    let totals = lines.get(n + 1).ok_or_else(|| ends("the line of totals"))?;
    let parts = pieces(totals, ',');
    let [voters, _, unique] = &parts[..] else {
        return Err(totals.expected("the numbers of voters, of votes and of unique orders"));
    };
    Ok(Header {
        items,
        rows: n + 2,
        separator: ',',
        voters: Some(voters.count()?),
        unique: Some(unique.count()?),
    })
}

fn numbered(field: &Field) -> Result<Vec<String>, PreferenceReadError> {
    let n = field.count()?;
    if n > MAX_ALTERNATIVES {
        return Err(field.expected(format!("at most {MAX_ALTERNATIVES} alternatives")));
    }
    Ok((1..=n).map(|k| k.to_string()).collect())
}

/// `count: 1,2,{3,4}` or `count,1,2,{3,4}`.
fn order(line: &Field, separator: char, n: usize, kind: PreflibKind) -> Result<Order, PreferenceReadError> {
    let Some((count, rest)) = line.text.split_once(separator) else {
        return Err(line.expected(format!("a count, `{separator}` and an order")));
    };
    let start = count.chars().count() + 2;
    let count = Field { text: count.to_owned(), line: line.line, column: 1 }.count()?;
    let rest = Field { text: rest.to_owned(), line: line.line, column: start };
    let mut tiers: Vec<Vec<usize>> = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    let mut open = false;
    for piece in pieces(&rest, ',') {
        let mut body = piece.text.trim();
        let mut begins = !open;
        if let Some(inner) = body.strip_prefix('{') {
            if open {
                return Err(piece.expected("`}` before the next `{`"));
            }
            if kind.strict() {
                return Err(piece.expected(format!("no ties in a file of kind `{}`", kind.name())));
            }
            (open, begins, body) = (true, true, inner.trim());
        }
        let closes = body.strip_suffix('}');
        if closes.is_some() && !open {
            return Err(piece.expected("`{` before `}`"));
        }
        let body = closes.unwrap_or(body).trim();
        let number = body.parse::<usize>().ok().filter(|k| (1..=n).contains(k));
        let Some(k) = number else { return Err(piece.expected(format!("an alternative from 1 to {n}"))) };
        if !seen.insert(k) {
            return Err(piece.error(Problem::Repeated { item: k.to_string() }));
        }
        match tiers.last_mut() {
            Some(tier) if !begins => tier.push(k - 1),
            _ => tiers.push(vec![k - 1]),
        }
        open &= closes.is_none();
    }
    if open {
        return Err(line.expected("`}` before the end of the line"));
    }
    if kind.complete() && seen.len() != n {
        return Err(rest.expected(format!("all {n} alternatives in a file of kind `{}`", kind.name())));
    }
    Ok(Order { tiers, count })
}

/// The parts of a text between separators, each with its place after leading blanks.
fn pieces(field: &Field, separator: char) -> Vec<Field> {
    let mut column = field.column;
    let cut = field.text.split(separator).map(|part| {
        let blanks = part.chars().take_while(|c| c.is_whitespace()).count();
        let piece = Field { text: part.trim().to_owned(), line: field.line, column: column + blanks };
        column += part.chars().count() + 1;
        piece
    });
    cut.collect()
}
