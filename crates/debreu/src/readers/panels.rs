//! Price and quantity panels as comma-separated values.

use crate::readers::names::Names;
use crate::readers::text::{PreferenceReadError, Problem, clip, records, utf8};
use crate::revealed::{Panel, PanelError};
use relata_relations::Points;

/// A panel with the names of its goods.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedPanel {
    /// The goods, in order of first appearance in the header.
    pub goods: Vec<String>,
    /// The observations.
    pub panel: Panel,
}

const HEADER: &str = "every column must be `price_<good>` or `quantity_<good>`, each good once with both";

/// Reads a panel: a header of columns `price_<good>` and `quantity_<good>` in any order, then one
/// observation a row.
///
/// ```
/// use relata_debreu::readers::read_panel;
/// let t = read_panel(b"price_tea,quantity_tea,price_milk,quantity_milk\n1,1,2,2\n2,2,1,1\n")?;
/// assert_eq!(t.goods, ["tea", "milk"]);
/// assert!(t.panel.garp().is_err());
/// let e = read_panel(b"price_tea,quantity_tea\n1,1\n0,4\n").unwrap_err();
/// assert_eq!((e.line, e.column), (3, 1)); // a price of 0
/// # Ok::<(), relata_debreu::readers::PreferenceReadError>(())
/// ```
///
/// # Errors
/// [`PreferenceReadError`] naming line and column.
pub fn read_panel(bytes: &[u8]) -> Result<NamedPanel, PreferenceReadError> {
    let all = records(utf8(bytes)?)?;
    let Some((header, rows)) = all.split_first() else {
        return Err(PreferenceReadError { line: 1, column: 1, problem: Problem::Ends("the header") });
    };
    let mut names = Names::default();
    // For each good, the columns of its price and of its quantity.
    let mut columns: Vec<[Option<usize>; 2]> = Vec::new();
    for (k, field) in header.iter().enumerate() {
        let title = field.text.trim();
        let prefixes = [("price_", 0), ("quantity_", 1)];
        let split = prefixes.iter().find_map(|(p, side)| title.strip_prefix(p).map(|good| (good, *side)));
        let Some((good, side)) = split.filter(|(good, _)| !good.trim().is_empty()) else {
            return Err(field.error(Problem::Header { found: clip(title), expected: HEADER }));
        };
        let number = names.number(good);
        columns.resize(columns.len().max(number + 1), [None; 2]);
        if columns[number][side].replace(k).is_some() {
            return Err(field.error(Problem::Repeated { item: clip(title) }));
        }
    }
    let goods = names.into_list();
    let mut pairs = Vec::with_capacity(goods.len());
    for (good, c) in goods.iter().zip(&columns) {
        let [Some(price), Some(quantity)] = *c else {
            let found = format!("{} without its other column", clip(good));
            return Err(header[0].error(Problem::Header { found, expected: HEADER }));
        };
        pairs.push((price, quantity));
    }
    let (mut prices, mut quantities) = (Vec::new(), Vec::new());
    for row in rows {
        if row.len() != header.len() {
            return Err(row[0].error(Problem::Fields { found: row.len(), expected: header.len() }));
        }
        for &(price, quantity) in &pairs {
            let (p, x) = (row[price].number("a positive price")?, row[quantity].number("a quantity")?);
            if p <= 0.0 {
                return Err(row[price].expected("a positive price"));
            }
            if x < 0.0 {
                return Err(row[quantity].expected("a quantity of at least 0"));
            }
            prices.push(p);
            quantities.push(x);
        }
    }
    let Some(first) = rows.first().and_then(|r| r.first()) else {
        return Err(PreferenceReadError {
            line: header[0].line + 1,
            column: 1,
            problem: Problem::Ends("an observation"),
        });
    };
    // What is left to go wrong concerns a whole observation.
    let at = |observation: usize| rows.get(observation).and_then(|r| r.first()).unwrap_or(first);
    let points =
        |v: Vec<f64>| Points::new(goods.len(), v).map_err(|e| first.error(Problem::Meaning(e.to_string())));
    let panel = Panel::new(points(prices)?, points(quantities)?).map_err(|e| match e {
        PanelError::NoSpending { observation } | PanelError::Overflow { observation, .. } => {
            at(observation).error(Problem::Meaning(e.to_string()))
        }
        other => first.error(Problem::Meaning(other.to_string())),
    })?;
    Ok(NamedPanel { goods, panel })
}
