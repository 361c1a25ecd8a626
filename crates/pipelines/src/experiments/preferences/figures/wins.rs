//! Who won against whom, ordered by strength.

use super::shown;
use relata_plotting::{Axis, Chart, ColorMap, Figure, FigureWidth, HeatMap, Legend};
use relata_runs::Tables;
use std::collections::BTreeMap;

/// The most items that are drawn, and the most that are named.
const MAX_ITEMS: usize = 60;
const MAX_LABELS: usize = 24;

/// The share of wins of the row over the column; white where two were never compared. Below the
/// diagonal what goes against the order shows in blue.
pub(super) fn wins(tables: &Tables) -> anyhow::Result<Option<Figure>> {
    let (Ok(table), Ok(models), Ok(strengths)) =
        (tables.get("wins"), tables.get("models"), tables.get("strengths"))
    else {
        return Ok(None);
    };
    let names = models.texts("model")?;
    let of = |n: &&String| strengths.filter("model", n.as_str()).ok().filter(|t| !t.is_empty());
    let Some(order) = names.iter().find_map(|n| of(&n)) else { return Ok(None) };
    let items: Vec<String> = order.texts("item")?.into_iter().take(MAX_ITEMS).collect();
    let n = items.len();
    let place: BTreeMap<&str, usize> = items.iter().enumerate().map(|(k, i)| (i.as_str(), k)).collect();
    let mut values: Vec<Option<f64>> = vec![None; n * n];
    let (item, other) = (table.texts("item")?, table.texts("other")?);
    let (won, all) = (table.floats("wins")?, table.floats("of")?);
    for k in 0..table.len() {
        if let (Some(i), Some(j)) = (place.get(item[k].as_str()), place.get(other[k].as_str()))
            && all[k] > 0.0
        {
            values[i * n + j] = Some(won[k] / all[k]);
        }
    }
    let mut map = HeatMap::with_gaps(&values, n, n).map(ColorMap::Diverging).limits(0.0, 1.0);
    map = map.bar("share of wins of the row");
    let (mut x, mut y) = (Axis::linear("place by strength"), Axis::linear("place by strength"));
    if n <= MAX_LABELS {
        map = map.x_labels(shown(&items)).y_labels(shown(&items));
        (x, y) = (Axis::linear(""), Axis::linear(""));
    }
    let chart = Chart::new().x(x).y(y).heatmap(map);
    Ok(Some(
        Figure::new(FigureWidth::Single).name("wins").panel_aspect(1.0).legend(Legend::None).panel(chart),
    ))
}
