//! Models on what was held out.

use super::super::models::Model;
use super::super::summary::{gain, held_out_models};
use relata_plotting::{Axis, Bars, Chart, Figure, FigureWidth, Legend, Palette};
use relata_runs::Tables;

/// A name, a value, and its standard error.
type Bar = (String, f64, f64);

/// What each model gains on equal strengths; one panel for each kind of outcome.
pub(super) fn held_out(tables: &Tables) -> anyhow::Result<Option<Figure>> {
    let mut panels: Vec<(String, Vec<Bar>)> = Vec::new();
    for (setting, model) in held_out_models(tables)? {
        let Some((gain, error)) = gain(tables, &setting, &model)? else { continue };
        let name = if setting == "choices" { "conditional logit" } else { Model::title(&model) };
        let bar = (name.to_owned(), gain, error);
        match panels.iter_mut().find(|p| p.0 == setting) {
            Some(p) => p.1.push(bar),
            None => panels.push((setting, vec![bar])),
        }
    }
    if panels.is_empty() {
        return Ok(None);
    }
    let charts: Vec<Chart> = panels
        .iter()
        .enumerate()
        .map(|(k, (setting, bars))| {
            let title = match setting.as_str() {
                "decided" => "outcomes that are not ties",
                "choices" => "choices",
                _ => "all outcomes",
            };
            let values: Vec<f64> = bars.iter().map(|b| b.1).collect();
            let errors: Vec<f64> = bars.iter().map(|b| b.2).collect();
            let drawn = Bars::grouped(bars.iter().map(|b| b.0.as_str()));
            let drawn = drawn.series_with_errors("", &values, &errors).color(Palette::BLUE);
            let y = if k == 0 { "gain on equal strengths, nats per outcome" } else { "" };
            Chart::new().title(title).x(Axis::linear("")).y(Axis::linear(y).include(0.0)).bars(drawn)
        })
        .collect();
    let columns = charts.len();
    let width = if columns == 1 { FigureWidth::Single } else { FigureWidth::Double };
    Ok(Some(Figure::new(width).name("held-out").grid(1, columns).legend(Legend::None).panels(charts)))
}
