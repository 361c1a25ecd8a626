//! Error against inverse temperature, the phase diagram, promises, lengths.

use relata_plotting::{
    Axis, Chart, ColorScale, Dash, Figure, FigureWidth, HeatMap, Legend, Marker, Palette, Series,
};
use relata_runs::{Table, Tables, Value};

pub(super) fn figures(tables: &Tables) -> anyhow::Result<Vec<Figure>> {
    Ok(vec![curves(tables)?, phase(tables)?, promises(tables)?, lengths(tables)?])
}

/// What a log axis can show: smaller errors are rounding.
fn visible(name: &str, x: &[f64], y: &[f64]) -> Series {
    let y: Vec<Option<f64>> = y.iter().map(|v| (*v > 1e-9).then_some(*v)).collect();
    Series::with_gaps(name, x, &y)
}

fn curves(tables: &Tables) -> anyhow::Result<Figure> {
    let t = tables.get("curves")?;
    let mut panels = Vec::new();
    for (family, title) in
        [("nearest", "nearest key"), ("phase", "a quarter turn ahead"), ("orders", "24 orders of 12 items")]
    {
        let rows = t.filter("family", family)?;
        let b = rows.floats("b")?;
        let mut panel = Chart::new()
            .title(title)
            .x(Axis::log("inverse temperature b"))
            .y(Axis::log("error / diameter"))
            .line(visible("mean of the bounds", &b, &rows.floats("mean_bound")?).reference())
            .line(
                visible("mean error", &b, &rows.floats("mean_error")?)
                    .color(Palette::BLUE)
                    .marker(Marker::Circle),
            )
            .line(
                visible("worst error", &b, &rows.floats("worst_error")?)
                    .color(Palette::VERMILION)
                    .style(Dash::Dotted)
                    .marker(Marker::None),
            );
        if let Some(designed) = rows.floats("designed_b")?.first() {
            panel = panel.vline(*designed, "designed");
        }
        panels.push(panel);
    }
    let figure = Figure::new(FigureWidth::Double).name("error-against-b").legend(Legend::Above).grid(1, 3);
    Ok(figure.share(relata_plotting::Share::Y).panels(panels))
}

fn phase(tables: &Tables) -> anyhow::Result<Figure> {
    let t = tables.get("phase")?;
    let best = t.filter("scores", "best in L2")?;
    let (ranks, bs) = (best.distinct("rank")?, best.distinct("b")?);
    let mut values = Vec::new();
    for b in &bs {
        for rank in &ranks {
            let cell = best.filter("b", b.clone())?.filter("rank", rank.clone())?;
            values.push(cell.floats("mean_error")?.first().copied());
        }
    }
    let label = |v: &Value| match v.as_f64() {
        Some(f) => format!("{f:.0}"),
        None => String::new(),
    };
    let map = HeatMap::with_gaps(&values, bs.len(), ranks.len())
        .x_labels(ranks.iter().map(label))
        .y_labels(bs.iter().map(label))
        .scale(ColorScale::Log)
        .bar("mean error / diameter");
    let left = Chart::new()
        .title("best scores in \\i{L}_{2} for \u{2212}|x \u{2212} y|")
        .x(Axis::linear("rank"))
        .y(Axis::linear("inverse temperature b"))
        .heatmap(map);
    let mut right = Chart::new().x(Axis::log2("inverse temperature b")).y(Axis::log("mean error / diameter"));
    for (rank, color) in [(2i64, Palette::GREEN), (6, Palette::ORANGE), (24, Palette::VERMILION)] {
        let rows = best.filter("rank", rank)?;
        right = right.line(
            visible(
                &format!("best in L_{{2}}, rank {rank}"),
                &rows.floats("b")?,
                &rows.floats("mean_error")?,
            )
            .color(color)
            .style(Dash::Dashed)
            .marker(Marker::Square),
        );
    }
    let utility = t.filter("scores", "utility of rank 2")?;
    right = right.line(
        visible("2 x y \u{2212} y^{2}, rank 2", &utility.floats("b")?, &utility.floats("mean_error")?)
            .color(Palette::BLUE)
            .marker(Marker::Circle),
    );
    let figure = Figure::new(FigureWidth::Double).name("phase").legend(Legend::Above).grid(1, 2);
    Ok(figure.panels([left, right]))
}

fn promises(tables: &Tables) -> anyhow::Result<Figure> {
    let t = tables.get("promises")?.filter("error", 0.01)?;
    let mut names: Vec<String> = Vec::new();
    for family in t.texts("family")? {
        if !names.contains(&family) {
            names.push(family);
        }
    }
    let at = |rows: &Table| -> anyhow::Result<Vec<f64>> {
        let place = |f: &String| names.iter().position(|n| n == f).unwrap_or(0) as f64;
        Ok(rows.texts("family")?.iter().map(place).collect())
    };
    let axis = || Axis::categories("", names.clone());
    let mut above =
        Chart::new().x(axis()).y(Axis::linear("share above the error").min(0.0)).hline(0.05, "allowed");
    let mut width = Chart::new().x(axis()).y(Axis::log("inverse temperature"));
    let mut units = Chart::new().x(axis()).y(Axis::log("hidden units"));
    for (keys, color, marker) in
        [(8i64, Palette::BLUE, Marker::Circle), (32, Palette::VERMILION, Marker::Square)]
    {
        let rows = t.filter("keys", keys)?;
        let x = at(&rows)?;
        let name = format!("{keys} keys");
        above = above
            .scatter(Series::new(name.clone(), &x, &rows.floats("share_above")?).color(color).marker(marker));
        width = width
            .scatter(Series::new(name, &x, &rows.floats("inverse_temperature")?).color(color).marker(marker));
        let enough = format!("enough, {keys} keys");
        width = width.scatter(
            Series::new(enough, &x, &rows.floats("enough")?)
                .color(Palette::tint(color, 0.5))
                .marker(Marker::Cross),
        );
        // Affine scores have no hidden units, and a log axis no place for them.
        let sides = rows.floats("width_queries")?.into_iter().zip(rows.floats("width_keys")?);
        let built: Vec<f64> = sides.map(|(a, b)| a + b).collect();
        units = units.scatter(visible(&format!("{keys} keys"), &x, &built).color(color).marker(marker));
        units = units.scatter(
            visible(&format!("by the theorem, {keys} keys"), &x, &rows.floats("width_allowed")?)
                .color(Palette::tint(color, 0.5))
                .marker(Marker::Triangle),
        );
    }
    let figure =
        Figure::new(FigureWidth::Double).name("promises").legend(Legend::Above).panel_aspect(4.5).grid(3, 1);
    Ok(figure.panels([above, width, units]))
}

fn lengths(tables: &Tables) -> anyhow::Result<Figure> {
    let t = tables.get("lengths")?;
    let mut panels = Vec::new();
    for (family, scores, title) in [
        ("nearest", "designed", "nearest key, designed"),
        ("gaussian-shifted", "designed", "shifted Gaussian, designed"),
        ("gaussian-shifted", "trained", "shifted Gaussian, trained"),
    ] {
        let rows = t.filter("family", family)?.filter("scores", scores)?;
        let mut panel = Chart::new()
            .title(title)
            .x(Axis::log2("keys in the context"))
            .y(Axis::log("mean error / diameter"));
        for (rule, name, color, marker) in [
            ("kept", "temperature of the design", Palette::VERMILION, Marker::Square),
            ("logarithm", "with the logarithm of the length", Palette::ORANGE, Marker::Triangle),
            ("designed", "designed for the length", Palette::BLUE, Marker::Circle),
        ] {
            let of = rows.filter("temperature", rule)?;
            panel = panel.line(
                visible(name, &of.floats("keys")?, &of.floats("mean_error")?).color(color).marker(marker),
            );
        }
        panels.push(panel);
    }
    let figure = Figure::new(FigureWidth::Double).name("lengths").legend(Legend::Above).grid(1, 3);
    Ok(figure.share(relata_plotting::Share::Y).panels(panels))
}
