//! Files of PrefLib (N. Mattei and T. Walsh, 2013; preflib.org).
//!
//! SOC and SOI hold strict orders, complete and incomplete, TOC and TOI orders with ties, CAT
//! categories, WMD weighted pairs. Both the present layout (`# KEY: value` lines, then
//! `count: 1,2,{3,4}`) and the one before (the number of alternatives, their names, a line of
//! totals, then `count,1,2,{3,4}`) are read.

mod header;
mod pairs;

pub use pairs::read_preflib_pairs;

use super::orders::{Order, OrderTable};
use super::place::{Piece, PreferenceReadError, ReadProblem, TakenFor};
use header::{Header, pieces};

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
    /// Categories, best first, each with the alternatives that were put in it.
    Cat,
}

/// What to do with totals in a header that the data contradict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Totals {
    /// Read on, with a note.
    #[default]
    Note,
    /// Refuse the file.
    Refuse,
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
            "cat" => Some(Self::Cat),
            _ => None,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Soc => "soc",
            Self::Soi => "soi",
            Self::Toc => "toc",
            Self::Toi => "toi",
            Self::Cat => "cat",
        }
    }

    pub(super) fn complete(self) -> bool {
        matches!(self, Self::Soc | Self::Toc)
    }

    pub(super) fn strict(self) -> bool {
        matches!(self, Self::Soc | Self::Soi)
    }
}

/// Reads a PrefLib file of the given kind. Blank ballots count as voters and rank nothing, an empty
/// group `{}` holds nothing, and lines that begin with `#` are comments wherever they are.
///
/// ```
/// use relata_debreu::readers::{PreflibKind, Totals, read_preflib};
/// let text = b"# NUMBER ALTERNATIVES: 3\n# ALTERNATIVE NAME 1: tea\n# ALTERNATIVE NAME 2: coffee\n# \
///     ALTERNATIVE NAME 3: milk\n4: 1,2,3\n2: 3,{1,2}\n";
/// let t = read_preflib(text, PreflibKind::Toc, Totals::Note)?;
/// assert_eq!((t.items.len(), t.orders[1].count), (3, 2));
/// let e = read_preflib(text, PreflibKind::Soc, Totals::Note).unwrap_err();
/// assert_eq!((e.line, e.column), (6, 6)); // ties in a file of strict orders
/// # Ok::<(), relata_debreu::readers::PreferenceReadError>(())
/// ```
///
/// # Errors
/// [`PreferenceReadError`] naming line and column: syntax, unknown or repeated alternatives, an
/// incomplete or tied order where the kind excludes it, and, if asked for, totals in the header that
/// the data contradict.
pub fn read_preflib(
    bytes: &[u8],
    kind: PreflibKind,
    totals: Totals,
) -> Result<OrderTable, PreferenceReadError> {
    let what = format!("a PrefLib file of kind `{}`", kind.name());
    let lines = lines(bytes).map_err(|e| e.of(&what))?;
    orders(&lines, kind, totals, &what).map_err(|e| e.of(&what))
}

fn orders(
    lines: &[Piece],
    kind: PreflibKind,
    strictness: Totals,
    what: &str,
) -> Result<OrderTable, PreferenceReadError> {
    let header = Header::read(lines, Some(kind.name()))?;
    let n = header.items.len();
    let mut orders = Vec::new();
    let (mut voters, mut unique, mut blank) = (0u64, 0u64, 0u64);
    for line in lines[header.rows..].iter().filter(|l| !l.text.trim_start().starts_with('#')) {
        let order = order(line, header.separator, n, kind)?;
        voters =
            voters.checked_add(order.count).ok_or_else(|| line.expected("fewer than 2^64 voters in all"))?;
        unique += 1;
        if order.tiers.is_empty() {
            blank += order.count;
        } else {
            orders.push(order);
        }
    }
    let mut notes = Vec::new();
    if blank > 0 {
        notes.push(if blank == 1 {
            "1 ballot is blank and says nothing.".to_owned()
        } else {
            format!("{blank} ballots are blank and say nothing.")
        });
    }
    let (line, column) = lines.last().map_or((1, 1), |l| (l.line, l.column));
    let totals = [("voters", header.voters, voters), ("unique orders", header.unique, unique)];
    for (what, said, found) in totals {
        if let Some(said) = said.filter(|&s| s != found) {
            let problem = ReadProblem::Contradiction { what, said, found };
            match strictness {
                Totals::Refuse => {
                    return Err(PreferenceReadError { taken_for: String::new(), line, column, problem });
                }
                Totals::Note => notes.push(format!("The totals are off: {problem}.")),
            }
        }
    }
    let what = format!("{what}, {unique} different orders");
    Ok(OrderTable { items: header.items, orders, taken: TakenFor { what, notes } })
}

/// The lines that are not blank.
pub(super) fn lines(bytes: &[u8]) -> Result<Vec<Piece>, PreferenceReadError> {
    let text = relata_files::decode(bytes)?.text;
    let lines = text.split('\n').enumerate();
    let lines = lines.map(|(k, l)| Piece { text: l.to_owned(), line: k + 1, column: 1 });
    Ok(lines.filter(|l| !l.text.trim().is_empty()).collect())
}

/// `count: 1,2,{3,4}` or `count,1,2,{3,4}`.
fn order(line: &Piece, separator: char, n: usize, kind: PreflibKind) -> Result<Order, PreferenceReadError> {
    let Some((count, rest)) = line.text.split_once(separator) else {
        return Err(line.expected(format!("a count, `{separator}` and an order")));
    };
    let start = count.chars().count() + 2;
    let count = Piece { text: count.to_owned(), line: line.line, column: 1 }.count()?;
    let rest = Piece { text: rest.to_owned(), line: line.line, column: start };
    let mut tiers: Vec<Vec<usize>> = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    let mut open = false;
    let all = if rest.text.trim().is_empty() { Vec::new() } else { pieces(&rest, ',') };
    for piece in all {
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
        // A group that holds nothing.
        if body.is_empty() && begins && closes.is_some() {
            open = false;
            continue;
        }
        let number = body.parse::<usize>().ok().filter(|k| (1..=n).contains(k));
        let Some(k) = number else { return Err(piece.expected(format!("an alternative from 1 to {n}"))) };
        if !seen.insert(k) {
            return Err(piece.error(ReadProblem::Repeated { item: k.to_string() }));
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
