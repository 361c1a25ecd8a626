//! Whole figures: the same bytes every time, the three formats as they should be, mistakes named,
//! no input that panics.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::float_cmp)]

mod common;

use common::everything;
use proptest::prelude::*;
use relata_plotting::{
    Axis, Bars, BoxPlot, Chart, ColorScale, Corner, Figure, FigureWidth, HeatMap, Legend, PlotError, Series,
    Share,
};

#[test]
fn the_same_input_gives_the_same_bytes() {
    let (a, b) = (everything().render().unwrap(), everything().render().unwrap());
    assert_eq!(a.svg, b.svg);
    assert_eq!(a.pdf, b.pdf);
    assert_eq!(a.png, b.png);
}

#[test]
fn rendering_in_parallel_changes_nothing() {
    let here = everything().render().unwrap();
    let there: Vec<_> = (0..4).map(|_| std::thread::spawn(|| everything().render().unwrap())).collect();
    for t in there {
        assert_eq!(t.join().unwrap(), here);
    }
}

#[test]
fn svg_has_outlines_pdf_has_fonts_and_no_date_png_has_its_resolution() {
    let r = everything().render().unwrap();
    assert!(!r.svg.contains("<text") && !r.svg.contains("font-family") && r.svg.contains("viewBox"));
    let pdf = String::from_utf8_lossy(&r.pdf);
    assert!(pdf.contains("DejaVuSansCondensed") && pdf.contains("FontFile"));
    assert!(!pdf.contains("CreationDate") && !pdf.contains("ModDate"));
    // IHDR: width and height in pixels; 6.75 in at 300 dpi.
    let width = u32::from_be_bytes(r.png[16..20].try_into().unwrap());
    assert_eq!(width, 2025);
    // pHYs: 300 dpi = 11811 pixels per metre.
    let at = r.png.windows(4).position(|w| w == b"pHYs").unwrap() + 4;
    assert_eq!(u32::from_be_bytes(r.png[at..at + 4].try_into().unwrap()), 11_811);
}

#[test]
fn files_appear_complete_and_alone() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("a/b");
    let paths = everything().write_to(&target).unwrap();
    assert!(paths.iter().all(|p| p.is_file()));
    assert_eq!(std::fs::read_dir(&target).unwrap().count(), 3);
    let again: Vec<Vec<u8>> = paths.iter().map(|p| std::fs::read(p).unwrap()).collect();
    everything().write_to(&target).unwrap();
    let second: Vec<Vec<u8>> = paths.iter().map(|p| std::fs::read(p).unwrap()).collect();
    assert_eq!(again, second);
    let bad = everything().name("../escape").write_to(dir.path());
    assert!(matches!(bad, Err(PlotError::BadName { .. })));
    let file = dir.path().join("plain");
    std::fs::write(&file, "x").unwrap();
    assert!(matches!(everything().write_to(&file), Err(PlotError::Io { .. })));
}

/// What is wrong with a figure whose second panel is this one.
fn error(p: Chart) -> PlotError {
    let good = Chart::new().line(Series::new("fine", &[0.0, 1.0], &[0.0, 1.0]));
    match Figure::new(FigureWidth::Double).name("fig").panel(good).panel(p.title("second")).render() {
        Ok(_) => panic!("the figure was drawn"),
        Err(e) => e,
    }
}

fn says(e: &PlotError, words: &[&str]) {
    let text = e.to_string();
    for w in words {
        assert!(text.contains(w), "`{text}` lacks `{w}`");
    }
}

#[test]
fn errors_say_what_where_and_which() {
    let line = |x: &[f64], y: &[f64]| Chart::new().line(Series::new("readout", x, y));
    let place = ["figure `fig`", "panel b", "`second`", "`readout`"];

    let e = error(line(&[1.0, 2.0, 3.0], &[1.0, f64::NAN, 2.0]));
    assert!(matches!(&e, PlotError::NotFinite { column: "y", index: 1, .. }));
    says(&e, &place);
    says(&e, &["y[1]", "NaN", "with_gaps"]);

    let e = error(line(&[1.0, f64::INFINITY], &[1.0, 2.0]));
    assert!(matches!(e, PlotError::NotFinite { column: "x", index: 1, .. }));

    let e = error(line(&[1.0, 2.0], &[1.0, 0.0]).y(Axis::log("error")));
    assert!(matches!(&e, PlotError::NotPositive { column: "y", index: 1, scale: "y axis", .. }));
    says(&e, &place);

    let e = error(line(&[], &[]));
    assert!(matches!(&e, PlotError::EmptySeries { .. }));
    says(&e, &place);

    let e = error(line(&[1.0, 2.0], &[1.0]));
    assert!(matches!(&e, PlotError::LengthMismatch { column: "y", found: 1, expected: 2, .. }));

    let e = error(Chart::new().band("readout", &[0.0, 1.0], &[0.0, 3.0], &[1.0, 2.0]));
    assert!(matches!(&e, PlotError::CrossedBounds { index: 1, .. }));

    let e = error(line(&[1.0], &[1.0]).y(Axis::linear("").limits(2.0, 1.0)));
    assert!(matches!(&e, PlotError::BadLimits { .. }));
    says(&e, &["y axis"]);
    assert!(matches!(error(line(&[1.0], &[1.0]).x(Axis::log("").min(-1.0))), PlotError::BadLimits { .. }));

    let e = error(Chart::new().heatmap(HeatMap::new(&[1.0; 4], 2, 2).x_edges(&[0.0, 1.0, 1.0])));
    assert!(matches!(&e, PlotError::EdgesNotIncreasing { column: "x_edges", index: 2, .. }));
    assert!(matches!(
        error(Chart::new().heatmap(HeatMap::new(&[1.0; 3], 2, 2))),
        PlotError::LengthMismatch { .. }
    ));
    let e = error(Chart::new().heatmap(HeatMap::new(&[1.0, 0.0], 1, 2).scale(ColorScale::Log)));
    assert!(matches!(e, PlotError::NotPositive { index: 1, scale: "colour scale", .. }));

    let e = error(Chart::new().bars(Bars::grouped(["a", "b"]).series("readout", &[1.0])));
    assert!(matches!(&e, PlotError::LengthMismatch { column: "values", .. }));
    let mixed = Chart::new()
        .bars(Bars::grouped(["a"]).series("s", &[1.0]))
        .boxplot(BoxPlot::new(["b"]).series("t", &[vec![1.0]]));
    assert!(matches!(error(mixed), PlotError::Conflict { .. }));

    assert!(matches!(error(Chart::new()), PlotError::EmptyPanel { .. }));
    assert!(matches!(Figure::new(FigureWidth::Single).render(), Err(PlotError::EmptyFigure { .. })));
    assert!(matches!(everything().grid(1, 3).render(), Err(PlotError::Grid { .. })));
    let sizes = [Figure::new(FigureWidth::Points(f64::NAN)), Figure::new(FigureWidth::Single).height(-1.0)];
    for f in sizes {
        let e = f.panel(line(&[1.0], &[1.0])).render().unwrap_err();
        assert!(matches!(e, PlotError::BadSize { .. }), "{e}");
    }
}

#[test]
fn what_does_not_fit_is_refused_not_overlapped() {
    let long =
        "a legend entry of a length that no column can hold, whatever is tried to make it fit into the width";
    let p = || Chart::new().line(Series::new(long, &[0.0, 1.0], &[0.0, 1.0]));
    let e = Figure::new(FigureWidth::Single).panel(p()).render().unwrap_err();
    assert!(matches!(&e, PlotError::TooSmall { .. }));
    says(&e, &["legend entry", "pt"]);
    assert!(Figure::new(FigureWidth::Points(40.0)).panel(p()).legend(Legend::None).render().is_err());
    let e = everything().height(60.0).render().unwrap_err();
    let PlotError::TooSmall { size: Some((width, height)), .. } = &e else { panic!("{e}") };
    says(&e, &[&format!("{width} x {height} pt")]);
    assert!(*width == FigureWidth::Double.points() && everything().height(*height).render().is_ok());
    assert!(everything().height(height - 2.0).render().is_err());
}

/// Values of every size and sign, with the special ones.
fn value() -> impl Strategy<Value = f64> {
    prop_oneof![
        (-1.0f64..1.0, -300i32..300).prop_map(|(m, e)| m * 10f64.powi(e)),
        -10.0f64..10.0,
        Just(0.0),
        Just(-0.0),
        Just(5e-324),
        Just(f64::MAX),
        Just(f64::MIN),
        Just(1.0),
        Just(f64::NAN),
        Just(f64::INFINITY),
    ]
}

fn axis() -> impl Strategy<Value = Axis> {
    let limit = || prop::option::weighted(0.2, value());
    (0usize..4, limit(), limit()).prop_map(|(kind, min, max)| {
        let a = [Axis::linear("t"), Axis::log("t"), Axis::log2("t"), Axis::symlog("t", 1e-3)][kind].clone();
        let a = min.map_or(a.clone(), |v| a.min(v));
        max.map_or(a.clone(), |v| a.max(v))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn no_data_panics(
        points in prop::collection::vec((value(), value()), 0..12),
        equal in prop::option::weighted(0.2, value()),
        positive in any::<bool>(),
        which in 0usize..9,
        (ax, ay) in (axis(), axis()),
        share in 0usize..4,
    ) {
        let put = |v: f64| if positive { v.abs() } else { v };
        let x: Vec<f64> = points.iter().map(|p| put(p.0)).collect();
        let y: Vec<f64> = points.iter().map(|p| put(equal.unwrap_or(p.1))).collect();
        let up: Vec<f64> = y.iter().map(|v| v + v.abs()).collect();
        let s = || Series::new("s", &x, &y);
        let names: Vec<String> = (0..x.len()).map(|i| format!("name {i}")).collect();
        let base = Chart::new().x(ax).y(ay).legend(Corner::Best);
        let panel = match which {
            0 => base.line(s()),
            1 => base.scatter(s()).line(s()),
            2 => base.step(s().error_bars(&y, &up)),
            3 => base.band("s", &x, &y, &up).line(s()),
            4 => base.bars(Bars::grouped(names).series_with_errors("s", &y, &up).series("t", &x)),
            5 => base.bars(Bars::stacked(names).series("s", &y).series("t", &x)),
            6 => base.boxplot(BoxPlot::new(["a", "b"]).series("s", &[x.clone(), y.clone()])),
            7 => base.heatmap(HeatMap::new(&y, 1, y.len()).numbers(2).bar("b")),
            _ => {
                let mut edges = x.clone();
                edges.sort_by(f64::total_cmp);
                let n = edges.len().saturating_sub(1);
                base.heatmap(HeatMap::new(&y[..n.min(y.len())], 1, n).x_edges(&edges).center(0.0)).line(s())
            }
        };
        let panel = match points.first() {
            Some((a, b)) => panel.hline(*b, "h").vline(*a, "v").annotate(*a, *b, "n").slope_triangle(*a, *b, put(*b), "s"),
            None => panel,
        };
        let share = [Share::None, Share::X, Share::Y, Share::Both][share];
        let second = Chart::new().line(Series::new("u", &[1.0, 2.0], &[3.0, 4.0]));
        // Either a figure or an error; never a panic.
        if let Ok(r) = Figure::new(FigureWidth::OneAndHalf).share(share).panel(panel).panel(second).render() {
            prop_assert!(!r.svg.contains("NaN") && !r.svg.contains("inf"));
        }
    }

    #[test]
    fn no_text_panics(t in "[a-z0-9 _^{}\\\\$<>&\"'\u{e9}-]{0,40}", u in "\\PC{0,12}", w in 100.0f64..600.0) {
        let p = Chart::new().title(t.clone()).x(Axis::linear(u.clone())).y(Axis::linear(t.clone()));
        let p = p.line(Series::new(t.clone(), &[0.0, 1.0], &[0.0, 1.0])).hline(0.5, u.clone());
        let p = p.annotate(0.2, 0.2, t.clone());
        let q = Chart::new().bars(Bars::grouped([t, u.clone(), u]).series("s", &[1.0, 2.0, 3.0]));
        let _ = Figure::new(FigureWidth::Points(w)).panel(p).panel(q).render();
    }
}
