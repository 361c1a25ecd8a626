//! What the tests have in common.

use relata_plotting::{Axis, Bars, BoxPlot, Chart, ColorScale, Dash, Figure, FigureWidth, HeatMap, Series};

/// A figure with every kind of mark.
pub(crate) fn everything() -> Figure {
    let x: Vec<f64> = (1..=20).map(f64::from).collect();
    let y: Vec<f64> = x.iter().map(|v| 1.0 / v).collect();
    let up: Vec<f64> = y.iter().map(|v| v * 1.5).collect();
    let curves = Chart::new()
        .title("rate \\lambda_{d}")
        .x(Axis::log("\\i{n}"))
        .y(Axis::log("error \\i{L}^{2}"))
        .line(Series::new("measured", &x, &y))
        .band("measured", &x, &y, &up)
        .step(Series::new("bound", &x, &up).style(Dash::Dotted))
        .scatter(Series::new("cells", &x, &up).error_bars(&y, &up))
        .hline(0.2, "target")
        .vline(5.0, "")
        .annotate(10.0, 0.1, "here")
        .slope_triangle(2.0, 0.1, -1.0, "−1");
    let bars = Chart::new().bars(
        Bars::grouped(["one name", "two names", "three of them", "and a fourth one"])
            .series_with_errors("measured", &[1.0, -2.0, 1.5, 0.5], &[0.1, 0.2, 0.1, 0.1])
            .series("bound", &[2.0, 1.0, 2.0, 1.0]),
    );
    let boxes = Chart::new().boxplot(BoxPlot::new(["one", "two"]).series("cells", &[y.clone(), up]));
    let map = Chart::new().heatmap(HeatMap::new(&y, 4, 5).scale(ColorScale::Log).bar("value").numbers(2));
    Figure::new(FigureWidth::Double).name("everything").grid(2, 2).panels([curves, bars, boxes, map])
}
