//! Draws every mark and layout with made-up data:
//! `cargo run --release -p relata-plotting --example gallery -- DIR`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::float_cmp)]

use std::process::ExitCode;

use relata_plotting::{
    Axis, Bars, BoxPlot, Chart, ColorMap, ColorScale, Corner, Dash, Figure, FigureWidth, HeatMap, Legend,
    Marker, Palette, Series, Share, StepAt,
};

fn main() -> ExitCode {
    let Some(directory) = std::env::args().nth(1) else {
        eprintln!("usage: gallery DIRECTORY");
        return ExitCode::from(2);
    };
    for figure in figures() {
        if let Err(e) = figure.write_to(&directory) {
            eprintln!("{e}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn figures() -> Vec<Figure> {
    vec![
        error_against_rank(),
        six_relations(),
        training(),
        matrices(),
        comparisons(),
        width_two(),
        scales(),
        spans(),
        many_names(),
        signed(),
        southern_women(),
        extremes(),
        many_panels(),
    ]
}

/// A reproducible number in [0, 1): the fractional parts of multiples of the golden ratio,
/// scrambled.
fn noise(i: usize) -> f64 {
    let t = (i as f64 * 0.618_033_988_749_895 + (i as f64).sqrt() * 0.414_213_562_373).fract();
    (t * 97.0).fract()
}

fn grid(lo: f64, hi: f64, n: usize) -> Vec<f64> {
    (0..n).map(|i| lo + (hi - lo) * i as f64 / (n - 1) as f64).collect()
}

fn map(x: &[f64], f: impl Fn(f64) -> f64) -> Vec<f64> {
    x.iter().map(|x| f(*x)).collect()
}

const RANKS: [f64; 6] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0];

fn decay(p: f64) -> Vec<f64> {
    map(&RANKS, |d| 0.8 * d.powf(-p))
}

fn error_against_rank() -> Figure {
    let limit = decay(1.5);
    let readout = map(&limit, |v| v * 1.004);
    let random: Vec<f64> =
        limit.iter().enumerate().map(|(i, v)| v * (1.02 + 0.05 * (i * i) as f64)).collect();
    let gradient: Vec<f64> = limit.iter().zip(RANKS).map(|(v, d)| v * 1.3 + 4e-3 * d.sqrt()).collect();
    let (lo, hi) = (map(&gradient, |v| v / 1.25), map(&gradient, |v| v * 1.3));
    let panel = Chart::new()
        .x(Axis::log2("rank \\i{d}"))
        .y(Axis::log("relative \\i{L}^{2} error"))
        .line(Series::new("gradient training", &RANKS, &gradient))
        .band("gradient training", &RANKS, &lo, &hi)
        .line(Series::new("random features, readout", &RANKS, &random))
        .line(Series::new("trained features, readout", &RANKS, &readout))
        .line(Series::new("Eckart–Young limit", &RANKS, &limit).reference())
        .slope_triangle(2.5, 4e-2, -1.5, "−3/2");
    Figure::new(FigureWidth::Single).name("error-against-rank").panel(panel)
}

fn six_relations() -> Figure {
    let names =
        ["Gaussian", "Brownian motion", "Matérn 3/2", "Volterra", "directed distance", "exp-bilinear"];
    let panels = names.iter().enumerate().map(|(k, name)| {
        let limit = if k == 0 || k == 5 {
            map(&RANKS, |d| 0.5 * (-0.75 * d).exp().max(2e-11))
        } else {
            decay(0.5 + 0.5 * k as f64)
        };
        let readout: Vec<f64> =
            limit.iter().enumerate().map(|(i, v)| v * (1.0 + 0.08 * noise(i + k))).collect();
        let gradient: Vec<f64> = limit.iter().map(|v| v * 1.4 + 3e-4).collect();
        Chart::new()
            .title(*name)
            .x(Axis::log2(""))
            .y(Axis::log(""))
            .line(Series::new("gradient training", &RANKS, &gradient))
            .line(Series::new("spectral readout", &RANKS, &readout))
            .line(Series::new("Eckart–Young limit", &RANKS, &limit).reference())
    });
    Figure::new(FigureWidth::Double)
        .name("six-relations")
        .grid(2, 3)
        .share(Share::X)
        .x_title("rank \\i{d}")
        .y_title("relative \\i{L}^{2} error")
        .panels(panels)
}

fn training() -> Figure {
    let steps = grid(0.0, 20_000.0, 200);
    let loss = |rate: f64, floor: f64, k: usize| -> Vec<f64> {
        steps
            .iter()
            .enumerate()
            .map(|(i, s)| floor + (-s * rate).exp() * (0.8 + 0.3 * noise(i + 31 * k)))
            .collect()
    };
    let names = ["tanh", "relu", "sine", "random Fourier"];
    let mut a = Chart::new().title("loss").x(Axis::linear("step")).y(Axis::log("\\lambda_{d} \\times loss"));
    let mut b =
        Chart::new().title("held-out error").x(Axis::linear("step")).y(Axis::linear("error (%)").min(0.0));
    for (k, name) in names.iter().enumerate() {
        let l = loss(4e-4 + 2e-4 * k as f64, 2e-3 / (k + 1) as f64, k);
        let (lo, hi) = (map(&l, |v| v * 0.7), map(&l, |v| v * 1.4));
        a = a.line(Series::new(*name, &steps, &l)).band(*name, &steps, &lo, &hi);
        let percent = map(&l, |v| 40.0 * v.sqrt());
        b = b.line(Series::new(*name, &steps, &percent));
    }
    Figure::new(FigureWidth::OneAndHalf)
        .name("training")
        .grid(1, 2)
        .panel(a)
        .panel(b.hline(10.0, "target"))
        .legend(Legend::Right)
}

fn matrices() -> Figure {
    let n = 34;
    let gram: Vec<f64> =
        (0..n * n).map(|i| (-((i / n) as f64 - (i % n) as f64).powi(2) / 40.0).exp()).collect();
    let skew: Vec<f64> = (0..n * n)
        .map(|i| 0.7 * (((i / n) as f64 - (i % n) as f64) / 9.0).tanh() + 0.1 * (noise(i) - 0.5))
        .collect();
    let m = 24;
    let edges: Vec<f64> = (0..=m).map(|i| 10f64.powf(-2.0 + 3.0 * i as f64 / m as f64)).collect();
    let errors: Vec<f64> = (0..m * m)
        .map(|i| 1e-6 * 10f64.powf(5.0 * ((i / m) as f64 + (i % m) as f64) / (2 * m) as f64))
        .collect();
    let a = Chart::new()
        .title("symmetric part")
        .x(Axis::linear("object \\i{j}"))
        .y(Axis::linear("object \\i{i}"))
        .aspect(1.0)
        .heatmap(HeatMap::new(&gram, n, n).bar("r(x, y)"));
    let b = Chart::new()
        .title("antisymmetric part")
        .x(Axis::linear("object \\i{j}"))
        .y(Axis::linear("object \\i{i}"))
        .aspect(1.0)
        .heatmap(HeatMap::new(&skew, n, n).map(ColorMap::Diverging).center(0.0).bar("r(x, y)"));
    let c = Chart::new()
        .title("error")
        .x(Axis::log("width \\i{w}"))
        .y(Axis::log("scale \\sigma"))
        .aspect(1.0)
        .heatmap(
            HeatMap::new(&errors, m, m)
                .x_edges(&edges)
                .y_edges(&edges)
                .scale(ColorScale::Log)
                .map(ColorMap::Cividis)
                .bar("relative error"),
        );
    Figure::new(FigureWidth::Double).name("matrices").panel(a).panel(b).panel(c)
}

fn comparisons() -> Figure {
    let tasks = ["Gaussian", "Volterra", "exp-bilinear", "tanh"];
    let grouped = Bars::grouped(tasks)
        .series_with_errors("shared encoder", &[0.97, 0.52, 0.81, 0.73], &[0.01, 0.03, 0.02, 0.04])
        .series_with_errors("two encoders", &[0.97, 0.95, 0.96, 0.94], &[0.01, 0.01, 0.015, 0.02])
        .series_with_errors("indefinite", &[0.97, 0.66, 0.83, 0.94], &[0.012, 0.02, 0.02, 0.02]);
    let stacked = Bars::stacked(tasks)
        .series("positive part", &[1.0, 0.4, 0.7, 0.55])
        .series("negative part", &[0.0, 0.1, 0.1, 0.4])
        .series("antisymmetric part", &[0.0, 0.5, 0.2, 0.05]);
    let sets = |shift: f64| -> Vec<Vec<f64>> {
        (0..4)
            .map(|k| {
                (0..60)
                    .map(|i| shift + 0.1 * k as f64 + 0.25 * (noise(i + 77 * k) + noise(3 * i + 5) - 1.0))
                    .collect()
            })
            .collect()
    };
    let boxes = BoxPlot::new(["32", "64", "128", "256"])
        .series("shared encoder", &sets(0.35))
        .series("two encoders", &sets(0.5));
    Figure::new(FigureWidth::Double)
        .name("comparisons")
        .panel(Chart::new().x(Axis::linear("relation")).y(Axis::linear("accuracy").max(1.05)).bars(grouped))
        .panel(
            Chart::new()
                .x(Axis::linear("relation"))
                .y(Axis::linear("share of |\\i{R}|^{2}_{F}"))
                .bars(stacked),
        )
        .panel(Chart::new().x(Axis::linear("width \\i{w}")).y(Axis::linear("\\i{R}^{2}")).boxplot(boxes))
}

fn width_two() -> Figure {
    let ranks = grid(1.0, 16.0, 16);
    let l2 = map(&ranks, |d| {
        (1.0 - (8.0 / 9.8696)
            * (1..=d as usize).map(|k| 0.5 / (2.0 * k.div_ceil(2) as f64 - 1.0).powi(2)).sum::<f64>())
        .max(1e-3)
        .sqrt()
    });
    let sign = map(&ranks, |d| if d < 2.0 { 0.75 } else { 1.0 });
    let left = Chart::new()
        .x(Axis::linear("rank \\i{d}"))
        .y(Axis::linear("relative \\i{L}^{2} error").limits(0.0, 1.0))
        .line(Series::new("measured", &ranks, &l2))
        .vline(2.0, "rank two")
        .annotate(2.0, l2[1], "43.5 %");
    let right = Chart::new()
        .x(Axis::linear("rank \\i{d}"))
        .y(Axis::linear("sign accuracy").limits(0.5, 1.05))
        .step_at(Series::new("measured", &ranks, &sign), StepAt::Right)
        .hline(1.0, "every comparison decided");
    Figure::new(FigureWidth::OneAndHalf)
        .name("width-two")
        .grid(1, 2)
        .legend(Legend::None)
        .panel(left)
        .panel(right)
}

fn scales() -> Figure {
    let x = grid(0.1, 3.0, 120);
    let narrow = Chart::new()
        .title("less than a decade")
        .x(Axis::log("temperature"))
        .y(Axis::log("ratio to limit"))
        .scatter(Series::new(
            "cells",
            &map(&x[..60], |v| v + 1.0),
            &map(&x[..60], |v| 1.0 + 0.03 * (v * 5.0).sin().abs()),
        ));
    let wide = Chart::new().title("many decades").x(Axis::linear("index")).y(Axis::log("\\lambda_{k}")).line(
        Series::new("spectrum", &grid(1.0, 40.0, 40), &map(&grid(1.0, 40.0, 40), |k| 10f64.powf(-0.7 * k))),
    );
    let symlog = Chart::new()
        .title("both signs")
        .x(Axis::linear("eigenvalue index"))
        .y(Axis::symlog("eigenvalue", 1e-4))
        .scatter(Series::new(
            "cells",
            &grid(1.0, 21.0, 21),
            &map(&grid(-10.0, 10.0, 21), |k| k.signum() * -(10f64.powf(-0.4 * k.abs()))),
        ));
    let tiny = Chart::new()
        .title("factors")
        .x(Axis::linear("parameters"))
        .y(Axis::linear("variance"))
        .line(Series::new("spectrum", &map(&x, |v| v * 4e6), &map(&x, |v| 3e-9 * v * v)));
    Figure::new(FigureWidth::Double)
        .name("scales")
        .grid(2, 2)
        .height(300.0)
        .panels([narrow, wide, symlog, tiny])
        .legend(Legend::None)
}

fn spans() -> Figure {
    let x = grid(-3.0, 3.0, 300);
    let clipped = Chart::new()
        .span(1, 2)
        .x(Axis::linear("\\i{x}"))
        .y(Axis::linear("\\phi_{k}(\\i{x})").limits(-1.0, 1.0))
        .line(Series::new("2 sin 3x", &x, &map(&x, |v| 2.0 * (3.0 * v).sin())))
        .line(Series::new("cubic", &x, &map(&x, |v| 0.3 * v * v * v - v)))
        .band("cubic", &x, &map(&x, |v| 0.3 * v * v * v - v - 0.3), &map(&x, |v| 0.3 * v * v * v - v + 0.3))
        .legend(Corner::Best);
    let gaps: Vec<Option<f64>> =
        RANKS.iter().map(|d| (*d < 8.5 && *d > 2.5 || *d < 1.5 || *d > 20.0).then_some(1.0 / d)).collect();
    let gap = Chart::new()
        .x(Axis::log2("rank"))
        .y(Axis::linear("error").min(0.0))
        .line(Series::with_gaps("with gaps", &RANKS, &gaps))
        .legend(Corner::TopRight);
    let errors = Chart::new()
        .x(Axis::log2("rank"))
        .y(Axis::linear("error"))
        .line(
            Series::new("mean ± s.e.", &RANKS, &decay(0.5))
                .error_bars(&map(&decay(0.5), |v| v - 0.05), &map(&decay(0.5), |v| v + 0.08)),
        )
        .legend(Corner::Best);
    let points = |k: usize, c: f64| -> Series {
        let x: Vec<f64> = (0..80).map(|i| c + 0.5 * (noise(i + k) + noise(i * 7 + k) - 1.0)).collect();
        let y: Vec<f64> =
            (0..80).map(|i| c * c + 0.4 * (noise(i * 3 + k) + noise(i * 5 + 2 * k) - 1.0)).collect();
        Series::new(format!("class {k}"), &x, &y)
    };
    let cloud = Chart::new()
        .span(2, 1)
        .x(Axis::linear("⟨φ(x), u_{1}⟩"))
        .y(Axis::linear("⟨φ(x), u_{2}⟩"))
        .scatter(points(1, 0.0))
        .scatter(points(2, 0.6))
        .scatter(points(3, 1.1))
        .legend(Corner::TopLeft);
    Figure::new(FigureWidth::Double)
        .name("spans")
        .grid(2, 3)
        .legend(Legend::None)
        .panels([clipped, cloud, gap, errors])
}

fn many_names() -> Figure {
    let x = grid(0.0, 1.0, 50);
    let names = [
        "tanh, 32 features",
        "tanh, 128 features",
        "ReLU, 128 features",
        "ReLU, 512 features",
        "sine, 128 features",
        "random Fourier features",
        "gradient training",
    ];
    let p = names.iter().enumerate().fold(Chart::new(), |p, (k, n)| {
        p.line(Series::new(*n, &x, &map(&x, |v| (v * (3.0 + k as f64)).cos() * (-v).exp() + 0.2 * k as f64)))
    });
    let p = p.line(
        Series::new("limit", &x, &map(&x, |v| 0.2 - v * 0.1))
            .reference()
            .style(Dash::Dotted)
            .marker(Marker::None)
            .color(Palette::BLACK),
    );
    Figure::new(FigureWidth::Single)
        .name("many-names")
        .panel(p.x(Axis::linear("\\i{t}")).y(Axis::linear("value")))
}

fn signed() -> Figure {
    let rows = ["Evelyn", "Laura", "Theresa", "Brenda", "Charlotte"];
    let columns = ["June 27", "March 2", "April 12", "September 26", "February 25", "May 19"];
    let values: Vec<Option<f64>> =
        (0..30).map(|i| (i != 7 && i != 22).then(|| (noise(i) - 0.5) * 4.0)).collect();
    let p = Chart::new().heatmap(
        HeatMap::with_gaps(&values, 5, 6)
            .x_labels(columns)
            .y_labels(rows)
            .map(ColorMap::Diverging)
            .center(0.0)
            .numbers(1)
            .bar("residual"),
    );
    Figure::new(FigureWidth::Single).name("signed").panel(p)
}

fn southern_women() -> Figure {
    let (rows, columns) = (18, 14);
    let names = "Evelyn Laura Theresa Brenda Charlotte Frances Eleanor Pearl Ruth Verne \
                 Myra Katherine Sylvia Nora Helen Dorothy Olivia Flora";
    let values: Vec<f64> = (0..rows * columns)
        .map(|i| {
            if noise(i) + ((i / columns) as f64 / 18.0 - (i % columns) as f64 / 14.0).abs() < 0.6 {
                1.0
            } else {
                0.0
            }
        })
        .collect();
    let spectrum: Vec<f64> = (1..=14).map(|k| 6.5 * (-0.22 * f64::from(k)).exp()).collect();
    let index = grid(1.0, 14.0, 14);
    let map_panel = Chart::new().title("attendance").x(Axis::linear("event")).heatmap(
        HeatMap::new(&values, rows, columns).y_labels(names.split(' ')).map(ColorMap::Greys).without_bar(),
    );
    let line = Chart::new()
        .title("spectrum")
        .x(Axis::linear("\\i{k}"))
        .y(Axis::log("\\sigma_{k}"))
        .line(Series::new("singular values", &index, &spectrum))
        .hline(1.0, "noise level");
    Figure::new(FigureWidth::OneAndHalf)
        .name("southern-women")
        .grid(1, 2)
        .height(190.0)
        .legend(Legend::None)
        .panel(map_panel)
        .panel(line)
}

fn extremes() -> Figure {
    let p = |title: &str, x: &[f64], y: &[f64]| {
        Chart::new()
            .title(title)
            .x(Axis::linear("\\i{x}"))
            .y(Axis::linear("\\i{y}"))
            .line(Series::new("value", x, y))
    };
    Figure::new(FigureWidth::Double)
        .name("extremes")
        .grid(2, 3)
        .legend(Legend::None)
        .panel(p("one point", &[3.0], &[0.25]))
        .panel(p("constant", &[0.0, 1.0, 2.0], &[5.0; 3]))
        .panel(p("huge", &[-1e300, 1e300], &[-1e308, 1e308]))
        .panel(p("tiny", &[1e-300, 3e-300], &[5e-324, 2e-310]))
        .panel(p("nearly equal", &[1.0, 2.0, 3.0], &[1.0, 1.0 + 1e-9, 1.0 - 1e-9]))
        .panel(
            Chart::new()
                .title("300 decades")
                .x(Axis::log("\\i{x}"))
                .y(Axis::log("\\i{y}"))
                .line(Series::new("value", &[1e-3, 1.0, 1e5], &[1e-300, 1.0, 1e10])),
        )
}

fn many_panels() -> Figure {
    let x = grid(0.0, 10.0, 60);
    let panels = (0..12).map(|k| {
        Chart::new()
            .title(format!("seed {k}"))
            .x(Axis::linear("time (s)"))
            .y(Axis::linear("amplitude"))
            .line(Series::new(
                "signal",
                &x,
                &map(&x, |t| (t * (1.0 + 0.1 * k as f64)).sin() * (-0.1 * t).exp()),
            ))
            .line(Series::new("envelope", &x, &map(&x, |t| (-0.1 * t).exp())))
    });
    Figure::new(FigureWidth::Double)
        .name("many-panels")
        .grid(3, 4)
        .share(Share::Both)
        .legend(Legend::Below)
        .panels(panels)
}
