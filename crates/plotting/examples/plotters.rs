//! Draws one figure with our own writer and on plotters' SVG and bitmap backends:
//! `cargo run --release -p relata-plotting --example plotters -- DIR`.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::error::Error;
use std::path::Path;

use plotters_bitmap::BitMapBackend;
use plotters_svg::SVGBackend;
use relata_plotting::plotters::drawing::IntoDrawingArea;
use relata_plotting::{Axis, Bars, Chart, Dash, Figure, FigureWidth, Series};

/// Size in points, and dots per inch of the bitmap.
const SIZE: (f64, f64) = (360.0, 170.0);
const DPI: f64 = 300.0;

fn figure() -> Figure {
    let ranks = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0];
    let falls = |p: f64| ranks.map(|d: f64| 0.8 * d.powf(-p));
    let (lo, hi) = (falls(0.9).map(|v| v / 1.3), falls(0.9).map(|v| v * 1.3));
    let errors = Chart::new()
        .x(Axis::log2("rank \\i{d}"))
        .y(Axis::log("relative \\i{L}^{2} error"))
        .line(Series::new("gradient training", &ranks, &falls(0.9)))
        .band("gradient training", &ranks, &lo, &hi)
        .line(Series::new("spectral readout", &ranks, &falls(1.48)))
        .line(Series::new("Eckart–Young limit", &ranks, &falls(1.5)).reference())
        .line(Series::new("random features", &ranks, &falls(1.2)).style(Dash::DashDot))
        .slope_triangle(2.2, 3e-2, -1.5, "−3/2");
    let shares = Chart::new().y(Axis::linear("share")).hline(0.9, "target").bars(
        Bars::grouped(["Gaussian", "Volterra", "exp-bilinear", "directed distance"])
            .series_with_errors("gradient training", &[0.97, 0.52, 0.81, 0.73], &[0.01, 0.03, 0.02, 0.04])
            .series_with_errors("spectral readout", &[0.98, 0.95, 0.96, 0.94], &[0.01, 0.01, 0.02, 0.02]),
    );
    Figure::new(FigureWidth::Points(SIZE.0)).height(SIZE.1).name("plotters-ours").panel(errors).panel(shares)
}

fn main() -> Result<(), Box<dyn Error>> {
    let directory = std::env::args().nth(1).ok_or("usage: plotters DIRECTORY")?;
    let directory = Path::new(&directory);
    figure().write_to(directory)?;

    let units = |per_point: f64| ((SIZE.0 * per_point).round() as u32, (SIZE.1 * per_point).round() as u32);
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, units(20.0)).into_drawing_area();
        figure().draw_on(&area, 20.0)?;
        area.present()?;
    }
    std::fs::write(directory.join("plotters-svg.svg"), &svg)?;
    let per_point = DPI / 72.0;
    let (w, h) = units(per_point);
    let mut options = usvg::Options::default();
    options.fontdb_mut().load_font_data(dejavu::sans_condensed::regular().to_vec());
    options.fontdb_mut().load_font_data(dejavu::sans_condensed::bold().to_vec());
    options.fontdb_mut().load_font_data(dejavu::sans_condensed::oblique().to_vec());
    let tree = usvg::Tree::from_str(&svg, &options)?;
    let mut map = resvg::tiny_skia::Pixmap::new(w, h).ok_or("no extent")?;
    let scale = (per_point / 20.0) as f32;
    resvg::render(&tree, resvg::tiny_skia::Transform::from_scale(scale, scale), &mut map.as_mut());
    map.save_png(directory.join("plotters-svg.png"))?;

    let mut pixels = vec![0; 3 * (w * h) as usize];
    {
        let area = BitMapBackend::with_buffer(&mut pixels, (w, h)).into_drawing_area();
        figure().draw_on(&area, per_point)?;
        area.present()?;
    }
    let file = std::fs::File::create(directory.join("plotters-bitmap.png"))?;
    let mut encoder = png::Encoder::new(file, w, h);
    encoder.set_color(png::ColorType::Rgb);
    Ok(encoder.write_header()?.write_image_data(&pixels)?)
}
