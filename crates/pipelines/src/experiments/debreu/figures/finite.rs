//! Orders and their utilities, dropped against flipped comparisons, widths of families.

use relata_plotting::{Axis, Chart, Dash, Figure, FigureWidth, Legend, Marker, Palette, Series, Share};
use relata_runs::{Table, Tables, Value};

/// A weak and a partial order, each item at the height of its utility.
pub(super) fn orders(tables: &Tables) -> anyhow::Result<Figure> {
    let (items, covers) = (tables.get("hasse-items")?, tables.get("hasse-covers")?);
    let mut panels = Vec::new();
    for kind in ["weak", "partial"] {
        let (items, covers) = (items.filter("kind", kind)?, covers.filter("kind", kind)?);
        let (x, u) = (items.floats("across")?, items.floats("utility")?);
        let title = match (kind, items.ints("dimension")?.first(), items.ints("width")?.first()) {
            ("weak", ..) => "a weak order".to_owned(),
            (_, Some(d), Some(w)) => format!("a partial order of width {w} and dimension {d}"),
            _ => "a partial order".to_owned(),
        };
        // All covering pairs as one broken line.
        let (mut along, mut up) = (Vec::new(), Vec::new());
        let ends = covers.floats("lower_across")?.into_iter().zip(covers.floats("lower_utility")?);
        let tops = covers.floats("upper_across")?.into_iter().zip(covers.floats("upper_utility")?);
        for (low, high) in ends.zip(tops) {
            along.extend([low.0, high.0, high.0]);
            up.extend([Some(low.1), Some(high.1), None]);
        }
        let reach = x.iter().fold(1.0, |m: f64, v| m.max(v.abs())) + 0.6;
        let top = u.iter().copied().fold(0.0, f64::max);
        let ticks: Vec<f64> = (0..=top as usize).map(|k| k as f64).collect();
        let panel = Chart::new()
            .title(title)
            .x(Axis::linear("").limits(-reach, reach).ticks(&[]))
            .y(Axis::linear("utility \\i{u}").limits(-0.5, top + 0.5).ticks(&ticks))
            .line(
                Series::with_gaps("covering pairs", &along, &up)
                    .color(Palette::GREY)
                    .marker(Marker::None)
                    .width(0.7),
            )
            .scatter(Series::new("items", &x, &u).color(Palette::BLUE).marker(Marker::Circle));
        panels.push(panel);
    }
    Ok(Figure::new(FigureWidth::Double).name("orders").legend(Legend::None).grid(1, 2).panels(panels))
}

/// Share dropped and its lower bound against the share flipped, for each number of items.
pub(super) fn noise(tables: &Tables) -> anyhow::Result<Figure> {
    let t = tables.get("noise")?;
    let mut panels = Vec::new();
    for items in t.distinct("items")? {
        let rows = t.filter("items", items.clone())?;
        let (x, dropped) = (rows.floats("share_flipped")?, rows.floats("share_dropped")?);
        let at_least = rows.floats("share_at_least")?;
        let most = x.iter().copied().fold(0.1, f64::max);
        let panel = Chart::new()
            .title(format!("{items} items"))
            .x(Axis::linear(""))
            .y(Axis::linear(""))
            .line(Series::new("as many as flipped", &[0.0, most], &[0.0, most]).reference())
            .scatter(
                Series::new("at least", &x, &at_least).color(Palette::VERMILION).marker(Marker::Triangle),
            )
            .scatter(Series::new("dropped", &x, &dropped).color(Palette::BLUE).marker(Marker::Circle));
        panels.push(panel);
    }
    let columns = panels.len();
    Ok(Figure::new(FigureWidth::Double)
        .name("dropped")
        .legend(Legend::Above)
        .grid(1, columns)
        .x_title("share of comparisons flipped")
        .y_title("share of comparisons dropped")
        .share(Share::Y)
        .panels(panels))
}

/// Bounds and found widths against the number of orders, for each number of items.
pub(super) fn widths(tables: &Tables) -> anyhow::Result<Figure> {
    let t = tables.get("width")?.filter("draw", 0i64)?;
    let mut panels = Vec::new();
    for items in t.distinct("items")? {
        panels.push(width_panel(&t.filter("items", items.clone())?, &items)?);
    }
    let columns = panels.len();
    Ok(Figure::new(FigureWidth::Double)
        .name("widths")
        .legend(Legend::Above)
        .grid(1, columns)
        .x_title("orders \\i{m} in the family")
        .y_title("width")
        .panels(panels))
}

fn width_panel(rows: &Table, items: &Value) -> anyhow::Result<Chart> {
    let orders = rows.floats("orders")?;
    let most = items.as_f64().unwrap_or(2.0) - 1.0;
    let construction: Vec<f64> = orders.iter().map(|m| m.min(most)).collect();
    Ok(Chart::new()
        .title(format!("\\i{{n}} = {items} items"))
        .x(Axis::log2(""))
        .y(Axis::linear("").limits(0.0, most + 1.0))
        .line(
            Series::new("min(m, n \u{2212} 1), always enough", &orders, &construction)
                .color(Palette::GREY)
                .style(Dash::Dashed)
                .marker(Marker::None),
        )
        .line(
            Series::new("found", &orders, &rows.floats("upper")?).color(Palette::BLUE).marker(Marker::Circle),
        )
        .line(
            Series::new("needed at least", &orders, &rows.floats("lower")?)
                .color(Palette::VERMILION)
                .marker(Marker::Triangle),
        ))
}
