//! Rankings as text tables.

use super::headers::{self, COUNTS, first_of, is_place};
use super::names::Names;
use super::orders::{Order, OrderTable};
use super::place::{Piece, PreferenceReadError, ReadProblem, Rows, TakenFor, clip, listed};
use relata_files::Look;
use std::collections::BTreeSet;

/// Reads rankings: one per line, best first, tied items joined by `=`; empty fields at the end are
/// left out. The first line may name the places (`first,second`, `rank1,rank2`, `1st,2nd`), with a
/// column `count` among them and others, which are left out. Without a header a first field that is
/// a whole number on every line, where no other field is one, says how often the ranking was seen.
/// A table whose header names the items holds the place of each, 1 for the best, equal places for
/// ties and nothing for items that were not ranked; one with a voter, an item and its place on each
/// line is in long form. `ann > bob = cid` is read, too.
///
/// ```
/// use relata_debreu::readers::read_rankings;
/// let t = read_rankings(b"tea,coffee=milk\nmilk,tea\n")?;
/// assert_eq!(t.items, ["tea", "coffee", "milk"]);
/// assert_eq!(t.orders[0].tiers, vec![vec![0], vec![1, 2]]);
/// let t = read_rankings(b"5,ann,bob\n2,bob,ann\n")?;
/// assert_eq!((t.items.len(), t.orders[0].count), (2, 5));
/// let t = read_rankings(b"ann,bob,cid\n1,3,2\n")?;
/// assert_eq!(t.orders[0].tiers, vec![vec![0], vec![2], vec![1]]);
/// # Ok::<(), relata_debreu::readers::PreferenceReadError>(())
/// ```
///
/// # Errors
/// [`PreferenceReadError`] naming line and column.
pub fn read_rankings(bytes: &[u8]) -> Result<OrderTable, PreferenceReadError> {
    rankings(&Rows::read(bytes)?)
}

pub(super) fn rankings(rows: &Rows) -> Result<OrderTable, PreferenceReadError> {
    let Some(first) = rows.rows.first() else { return Err(PreferenceReadError::ends(1, "a ranking")) };
    let titles: Vec<String> = first.iter().map(headers::title).collect();
    let places: Vec<usize> = (0..titles.len()).filter(|&k| is_place(&titles[k])).collect();
    let by = rows.separator;
    if places.len() >= 2 && rows.rows.len() > 1 {
        let count = first_of(&titles, &COUNTS);
        let mut notes = Vec::new();
        let other: Vec<&str> = (0..titles.len())
            .filter(|k| !places.contains(k) && Some(*k) != count)
            .map(|k| first[k].text.as_str())
            .collect();
        if !other.is_empty() {
            notes.push(format!("Columns left out: {}.", listed(&other)));
        }
        let counted = if count.is_some() { ", and how often it was seen" } else { "" };
        let what = format!(
            "rankings, one per line, best first, under a header that names {} places{counted}; separated by {by}",
            places.len()
        );
        return listed_orders(&rows.rows[1..], Some(&places), count, TakenFor { what, notes });
    }
    if is_places_of_items(rows) {
        return places_of_items(rows);
    }
    if let Some(columns) = Long::of(&titles) {
        return long(rows, &columns);
    }
    if let Some(pieces) = by_signs(rows) {
        let what = "rankings, one per line, best first, separated by >".to_owned();
        return listed_orders(&pieces, None, None, TakenFor { what, notes: Vec::new() });
    }
    if let Some(field) = mixed(rows) {
        return Err(field.error(ReadProblem::Header { found: clip(&titles.join(",")), expected: MIXED }));
    }
    let whole = |f: &Piece| f.text.parse::<u64>().is_ok();
    let counted = rows.rows.iter().all(|r| r.len() > 1 && whole(&r[0]) && r[1..].iter().all(|f| !whole(f)));
    let (count, counted) =
        if counted { (Some(0), ", the first field of each how often it was seen") } else { (None, "") };
    let mut notes = Vec::new();
    let all: BTreeSet<&str> = rows.rows.iter().flatten().map(|f| f.text.as_str()).collect();
    if count.is_none()
        && all.iter().all(|t| t.is_empty() || t.split('=').all(|n| n.trim().parse::<u64>().is_ok()))
    {
        notes.push("The items are called by numbers; a first line that names the places (`count,rank1,rank2`) would make one column counts.".to_owned());
    }
    let what = format!("rankings, one per line, best first, without a header{counted}; separated by {by}");
    listed_orders(&rows.rows, None, count, TakenFor { what, notes })
}

const MIXED: &str = "a column of numbers beside columns of names is not a place in a ranking; name the columns \
(`winner,loser`; `model_a,model_b,winner`; `count,rank1,rank2`; `case,alt,choice`; ..), or leave that one out";

/// The first number of a column of numbers, from the second column on, where the columns before it are
/// of names: no ranking has one.
fn mixed(rows: &Rows) -> Option<&Piece> {
    let body = &rows.rows[1..];
    let most = |k: usize, is: &dyn Fn(&Piece) -> bool| {
        let all: Vec<&Piece> = body.iter().filter_map(|r| r.get(k)).filter(|f| !f.text.is_empty()).collect();
        2 * all.iter().filter(|f| is(f)).count() > all.len()
    };
    let number = |f: &Piece| Look::of(&f.text).is_numeric();
    let name = |f: &Piece| Look::of(&f.text) == Look::Text;
    let width = body.iter().map(Vec::len).max().unwrap_or(0);
    let texts = (0..width).any(|k| most(k, &name));
    let at = (1..width).find(|&k| texts && body.len() > 1 && most(k, &number))?;
    body.iter().filter_map(|r| r.get(at)).find(|f| number(f))
}

/// The fields of lines like `ann > bob = cid`, if all are.
fn by_signs(rows: &Rows) -> Option<Vec<Vec<Piece>>> {
    let all = rows.rows.iter().all(|r| r.iter().any(|f| f.text.contains('>')));
    if !all {
        return None;
    }
    let split = |record: &Vec<Piece>| -> Vec<Piece> {
        let text = record.iter().map(|f| f.text.as_str()).collect::<Vec<_>>().join(" ");
        let first = record.first().cloned();
        let piece = |part: &str| first.clone().map(|f| Piece { text: part.trim().to_owned(), ..f });
        text.split('>').filter_map(piece).collect()
    };
    Some(rows.rows.iter().map(split).collect())
}

/// The columns of rankings in long form: a line for each item of each ranking.
struct Long {
    voter: usize,
    item: usize,
    place: usize,
}

impl Long {
    fn of(titles: &[String]) -> Option<Self> {
        const VOTERS: [&str; 11] = [
            "voter",
            "judge",
            "person",
            "respondent",
            "ranker",
            "subject",
            "participant",
            "user",
            "voter_id",
            "race",
            "ballot",
        ];
        const ITEMS: [&str; 8] =
            ["item", "candidate", "alternative", "option", "object", "player", "driver", "item_id"];
        const PLACES: [&str; 5] = ["rank", "place", "position", "ranking", "finish"];
        let (voter, item) = (first_of(titles, &VOTERS)?, first_of(titles, &ITEMS)?);
        Some(Self { voter, item, place: first_of(titles, &PLACES)? })
    }
}

/// Rankings in long form; equal places are ties, and an item without a place was not ranked.
fn long(rows: &Rows, columns: &Long) -> Result<OrderTable, PreferenceReadError> {
    let (header, body) = rows.with_header()?;
    let title = |k: usize| header[k].text.trim();
    let what = format!(
        "rankings in long form (the `{}` of each `{}` for each `{}`, 1 for the best), separated by {}",
        title(columns.place),
        title(columns.item),
        title(columns.voter),
        rows.separator
    );
    let wrong = |e: PreferenceReadError| e.of(&what);
    let (mut voters, mut items) = (Names::default(), Names::default());
    let mut placed: Vec<Vec<(u64, usize)>> = Vec::new();
    for row in body {
        let voter = voters.number(&row[columns.voter].text);
        placed.resize(placed.len().max(voter + 1), Vec::new());
        let (item, place) = (&row[columns.item], &row[columns.place]);
        if matches!(Look::of(&place.text), Look::Empty | Look::Absent) {
            continue;
        }
        if item.text.trim().is_empty() {
            return Err(wrong(item.expected("the name of an item")));
        }
        let k = items.number(&item.text);
        if placed[voter].iter().any(|(_, other)| *other == k) {
            return Err(wrong(item.error(ReadProblem::Repeated { item: clip(item.text.trim()) })));
        }
        let place = place.text.trim().parse::<u64>().ok().filter(|p| *p > 0);
        placed[voter]
            .push((place.ok_or_else(|| wrong(row[columns.place].expected("a place, from 1 on")))?, k));
    }
    let used = [columns.voter, columns.item, columns.place];
    let extra: Vec<&str> = (0..header.len()).filter(|k| !used.contains(k)).map(title).collect();
    let notes =
        if extra.is_empty() { Vec::new() } else { vec![format!("Columns left out: {}.", listed(&extra))] };
    let orders = placed.into_iter().filter(|p| !p.is_empty()).map(|mut p| {
        p.sort_by_key(|(place, _)| *place);
        let tiers =
            p.chunk_by(|a, b| a.0 == b.0).map(|tier| tier.iter().map(|(_, k)| *k).collect()).collect();
        Order { tiers, count: 1 }
    });
    Ok(OrderTable { orders: orders.collect(), items: items.into_list(), taken: TakenFor { what, notes } })
}

/// One ranking per line: the items at the given places, or in all fields but the count.
fn listed_orders(
    body: &[Vec<Piece>],
    places: Option<&[usize]>,
    count: Option<usize>,
    taken: TakenFor,
) -> Result<OrderTable, PreferenceReadError> {
    let mut names = Names::default();
    let mut orders = Vec::new();
    for record in body {
        let wrong = |e: PreferenceReadError| e.of(&taken.what);
        let fields: Vec<&Piece> = match places {
            Some(places) => places.iter().filter_map(|&k| record.get(k)).collect(),
            None => record.iter().enumerate().filter(|(k, _)| Some(*k) != count).map(|(_, f)| f).collect(),
        };
        let seen_times = match count.and_then(|k| record.get(k)) {
            Some(f) if f.text.trim() == "0" => continue,
            Some(f) => f.count().map_err(wrong)?,
            None => 1,
        };
        let used = fields.iter().rposition(|f| !f.text.trim().is_empty()).map_or(0, |k| k + 1);
        let mut tiers: Vec<Vec<usize>> = Vec::new();
        let mut seen = BTreeSet::new();
        for field in &fields[..used] {
            let mut tier = Vec::new();
            for name in field.text.split('=') {
                if name.trim().is_empty() {
                    return Err(wrong(field.expected("the name of an item")));
                }
                let k = names.number(name);
                if !seen.insert(k) {
                    return Err(wrong(field.error(ReadProblem::Repeated { item: clip(name.trim()) })));
                }
                tier.push(k);
            }
            tiers.push(tier);
        }
        if !tiers.is_empty() {
            orders.push(Order { tiers, count: seen_times });
        }
    }
    Ok(OrderTable { items: names.into_list(), orders, taken })
}

/// Whether a header names items and every line holds the places of some of them, from 1 on.
fn is_places_of_items(rows: &Rows) -> bool {
    let Ok((header, body)) = rows.with_header() else { return false };
    let place = |f: &Piece| {
        f.text.is_empty() || f.text.parse::<u32>().is_ok_and(|v| v as usize <= header.len() && v > 0)
    };
    header.len() > 1
        && !body.is_empty()
        && header.iter().all(|f| Look::of(&f.text) == Look::Text)
        && body.iter().flatten().all(place)
        && body.iter().all(|r| r.iter().any(|f| f.text == "1"))
}

fn places_of_items(rows: &Rows) -> Result<OrderTable, PreferenceReadError> {
    let (header, body) = rows.with_header()?;
    let what = format!(
        "rankings, one per line: under the name of each item its place, 1 for the best; separated by {}",
        rows.separator
    );
    let mut names = Names::default();
    for (k, f) in header.iter().enumerate() {
        if names.number(&f.text) != k {
            return Err(f.error(ReadProblem::Repeated { item: clip(&f.text) }).of(&what));
        }
    }
    let mut orders = Vec::new();
    for record in body {
        let place = |k: usize| record[k].text.parse::<u32>().ok();
        let places: BTreeSet<u32> = (0..record.len()).filter_map(place).collect();
        let tier = |p: &u32| (0..record.len()).filter(|&k| place(k) == Some(*p)).collect();
        orders.push(Order { tiers: places.iter().map(tier).collect(), count: 1 });
    }
    Ok(OrderTable { items: names.into_list(), orders, taken: TakenFor { what, notes: Vec::new() } })
}
