//! Whether rows and columns are the same objects.

use super::options::{ReadParams, SpacesChoice};
use super::raw::{Order, Raw};
use super::read::Spaces;
use super::sparse::SparseRaw;
use super::{Direction, Triangle};
use crate::error::{FileError, FilePlace, FileProblem, shortened};
use crate::number::Look;
use std::collections::{BTreeMap, BTreeSet};

/// Why a list is of one space.
const SHARED: &str = "both sides of the list share names";

/// The objects on both sides of a list.
pub(super) struct ListSpaces<'a> {
    pub(super) rows: Order<'a>,
    pub(super) columns: Order<'a>,
    pub(super) one: bool,
}

/// The objects on both sides of a list, of which `every` is every mention in order. Without an
/// option they are of one space if both sides have the same names, or share a name that is not a
/// number: users and items may both be numbered.
pub(super) fn list_spaces<'a>(
    sources: &Order<'a>,
    targets: &Order<'a>,
    every: impl Iterator<Item = &'a str>,
    options: &ReadParams,
) -> ListSpaces<'a> {
    let shared = || targets.names.iter().filter(|t| sources.at(t).is_some());
    let equal = shared().count() == sources.names.len() && sources.names.len() == targets.names.len();
    let one = match options.spaces {
        Some(choice) => choice == SpacesChoice::One,
        None => {
            options.direction == Direction::Undirected
                || equal
                || shared().any(|name| Look::of(name) == Look::Text)
        }
    };
    if !one {
        return ListSpaces { rows: sources.clone(), columns: targets.clone(), one };
    }
    if equal {
        return ListSpaces { rows: sources.clone(), columns: sources.clone(), one };
    }
    let mut all = Order::default();
    every.for_each(|name| {
        all.number(name);
    });
    ListSpaces { rows: all.clone(), columns: all, one }
}

/// Decides, and brings columns that stand in another order into that of the rows. Where one space
/// is asked for, and the names differ, rows and columns are all objects there are, and what was not
/// given is a hole.
pub(super) fn decide(raw: &mut Raw, options: &ReadParams) -> Result<(Spaces, bool), FileError> {
    let (n, m) = (raw.rows, raw.columns);
    let chosen = options.spaces;
    if chosen == Some(SpacesChoice::Two) {
        return Ok((Spaces::Two("--spaces two says so".to_owned()), false));
    }
    let said = |one: &str| match chosen {
        Some(_) => Spaces::One("--spaces one says so".to_owned()),
        None => Spaces::One(one.to_owned()),
    };
    if raw.one_space == Some(true) {
        return Ok((said(SHARED), false));
    }
    if raw.one_space == Some(false) && chosen.is_none() {
        return Ok((Spaces::Two(list_reason(&raw.row_labels, &raw.column_labels)), false));
    }
    match (&raw.row_labels, &raw.column_labels) {
        (Some(rows), Some(columns)) if rows == columns => {
            Ok((said("rows and columns have the same names"), false))
        }
        (Some(rows), Some(columns)) => {
            if let Some(order) = order(rows, columns) {
                reorder(raw, &order);
                return Ok((said("rows and columns have the same names"), true));
            }
            if chosen.is_some() {
                unite(raw);
                return Ok((said(""), false));
            }
            let why = match rows.iter().find(|r| !columns.contains(r)) {
                _ if n != m => format!("R is {n} x {m}, not square"),
                Some(name) => {
                    format!(
                        "rows and columns have different labels: row `{}` is not a column",
                        shortened(name)
                    )
                }
                None => "rows and columns have different labels".to_owned(),
            };
            Ok((Spaces::Two(why), false))
        }
        _ if n != m && chosen.is_some() => {
            let why = format!("it is {n} x {m}, and no names say which objects are the same");
            Err(FileError::new(FilePlace::File, FileProblem::Option { option: "--spaces one", why }))
        }
        _ if n != m => Ok((Spaces::Two(format!("R is {n} x {m}, not square")), false)),
        _ if options.triangle == Triangle::Mirror => Ok((said("half of it stands for the whole"), false)),
        _ => Ok((said("it is square and no names say otherwise"), false)),
    }
}

/// The same for a matrix that is known by its entries, whose names are those of a list, or none.
pub(super) fn decide_sparse(raw: &SparseRaw, options: &ReadParams) -> Result<Spaces, FileError> {
    let (n, m) = (raw.rows, raw.columns);
    let named = raw.row_labels.is_some();
    match options.spaces {
        Some(SpacesChoice::Two) => Ok(Spaces::Two("--spaces two says so".to_owned())),
        Some(SpacesChoice::One) if raw.one_space => Ok(Spaces::One("--spaces one says so".to_owned())),
        Some(SpacesChoice::One) => {
            let why = format!("it is {n} x {m}, and no names say which objects are the same");
            Err(FileError::new(FilePlace::File, FileProblem::Option { option: "--spaces one", why }))
        }
        None if raw.one_space && named => Ok(Spaces::One(SHARED.to_owned())),
        None if raw.one_space => Ok(Spaces::One("it is square and no names say otherwise".to_owned())),
        None if named => Ok(Spaces::Two(list_reason(&raw.row_labels, &raw.column_labels))),
        None => Ok(Spaces::Two(format!("R is {n} x {m}, not square"))),
    }
}

fn list_reason(rows: &Option<Vec<String>>, columns: &Option<Vec<String>>) -> String {
    let none: Vec<String> = Vec::new();
    let (rows, columns) = (rows.as_ref().unwrap_or(&none), columns.as_ref().unwrap_or(&none));
    let rows: BTreeSet<&String> = rows.iter().collect();
    if columns.iter().any(|c| rows.contains(c)) {
        "both sides of the list are numbered, and not alike".to_owned()
    } else {
        "the two sides of the list share no name".to_owned()
    }
}

/// For each row the column of the same label, if both sides have the same labels.
fn order(rows: &[String], columns: &[String]) -> Option<Vec<usize>> {
    if rows.len() != columns.len() {
        return None;
    }
    let at: BTreeMap<&str, usize> = columns.iter().enumerate().map(|(j, l)| (l.as_str(), j)).collect();
    rows.iter().map(|l| at.get(l.as_str()).copied()).collect()
}

fn reorder(raw: &mut Raw, order: &[usize]) {
    let m = raw.columns;
    let at = |k: usize| (k / m) * m + order[k % m];
    raw.values = (0..raw.values.len()).map(|k| raw.values[at(k)]).collect();
    raw.holes = (0..raw.holes.len()).map(|k| raw.holes[at(k)]).collect();
    raw.column_labels = raw.row_labels.clone();
}

/// All objects of both sides on both sides.
fn unite(raw: &mut Raw) {
    let (Some(rows), Some(columns)) = (raw.row_labels.take(), raw.column_labels.take()) else { return };
    let mut all = Order::default();
    rows.iter().chain(&columns).for_each(|name| {
        all.number(name);
    });
    let n = all.names.len();
    let (mut values, mut holes) = (vec![0.0; n * n], vec![true; n * n]);
    for (i, row) in rows.iter().enumerate() {
        for (j, column) in columns.iter().enumerate() {
            if let (Some(p), Some(q)) = (all.at(row), all.at(column)) {
                let from = i * raw.columns + j;
                (values[p * n + q], holes[p * n + q]) = (raw.values[from], raw.holes[from]);
            }
        }
    }
    let names = all.owned();
    (raw.rows, raw.columns, raw.values, raw.holes) = (n, n, values, holes);
    (raw.row_labels, raw.column_labels) = (Some(names.clone()), Some(names));
}
