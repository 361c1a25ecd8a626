//! Everything that is refused before anything is laid out.

use crate::describe::axis::Axis;
use crate::describe::axis::Kind;
use crate::describe::bars::{Arrangement, Bars, BoxPlot};
use crate::describe::chart::Chart;
use crate::describe::figure::{Figure, SIDES};
use crate::describe::heatmap::{Cells, ColorScale, HeatMap};
use crate::describe::marks::{Across, Mark, Series};
use crate::error::{Place, PlotError};

type Checked = Result<(), PlotError>;

pub(crate) fn figure(f: &Figure) -> Checked {
    if f.panels.is_empty() {
        return Err(PlotError::EmptyFigure { figure: f.name.clone() });
    }
    let sizes = [("width", Some(f.width.points())), ("height", f.height)];
    for (what, value) in sizes {
        if let Some(value) = value.filter(|v| !SIDES.contains(v)) {
            return Err(bad_size(f, what, value, "20 to 4000 points"));
        }
    }
    let weights = f.row_heights.iter().chain(&f.column_widths).copied();
    if let Some(value) = weights.into_iter().find(|w| !(1e-3..=1e3).contains(w)) {
        return Err(bad_size(f, "a row or column weight", value, "0.001 to 1000"));
    }
    let aspects = f.panels.iter().filter_map(|p| p.aspect).chain([f.panel_aspect]);
    if let Some(value) = aspects.into_iter().find(|a| !(0.05..=20.0).contains(a)) {
        return Err(bad_size(f, "an aspect ratio", value, "0.05 to 20"));
    }
    for (index, p) in f.panels.iter().enumerate() {
        panel(p, &Place::of(f, index))?;
    }
    Ok(())
}

fn bad_size(f: &Figure, what: &'static str, value: f64, expected: &'static str) -> PlotError {
    PlotError::BadSize { figure: f.name.clone(), what, value, expected }
}

fn panel(p: &Chart, place: &Place) -> Checked {
    let (x, y) = (On::axis(&p.x, "x axis"), On::axis(&p.y, "y axis"));
    axis(&p.x, place, x)?;
    axis(&p.y, place, y)?;
    if p.marks.iter().filter(|m| matches!(m, Mark::HeatMap(_))).count() > 1 {
        return Err(PlotError::conflict(place, "two heat maps in one panel: give each a panel of its own"));
    }
    p.marks.iter().try_for_each(|m| mark(m, place, x, y))
}

/// What values are drawn on: its name, and what it asks of them.
#[derive(Clone, Copy)]
struct On {
    scale: &'static str,
    domain: Domain,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Domain {
    Finite,
    Positive,
}

impl On {
    fn axis(a: &Axis, scale: &'static str) -> Self {
        let domain = if a.kind.is_log() { Domain::Positive } else { Domain::Finite };
        Self { scale, domain }
    }

    fn colors(h: &HeatMap) -> Self {
        let domain = if h.scale == ColorScale::Log { Domain::Positive } else { Domain::Finite };
        Self { scale: "colour scale", domain }
    }

    /// Lengths and centres, which no scale restricts.
    fn nothing() -> Self {
        Self { scale: "", domain: Domain::Finite }
    }
}

fn axis(a: &Axis, place: &Place, on: On) -> Checked {
    let place = &place.at(on.scale);
    let bad =
        |lo: f64, hi: f64, why| Err(PlotError::BadLimits { place: Box::new(place.clone()), lo, hi, why });
    let positive = on.domain == Domain::Positive;
    let (lo, hi) =
        (a.min.unwrap_or(if positive { f64::MIN_POSITIVE } else { f64::MIN }), a.max.unwrap_or(f64::MAX));
    if !lo.is_finite() || !hi.is_finite() {
        return bad(lo, hi, "limits must be finite");
    }
    if lo >= hi {
        return bad(lo, hi, "the lower limit must be below the upper one");
    }
    if positive && lo <= 0.0 {
        return bad(lo, hi, "limits of a logarithmic axis must be positive");
    }
    if let Kind::Symlog { threshold } = a.kind
        && !(threshold.is_normal() && threshold > 0.0)
    {
        return bad(threshold, threshold, "the threshold of a symlog axis must be a positive number");
    }
    if let Kind::Categories(names) = &a.kind {
        non_empty(names.len(), place)?;
    }
    values(&a.include, "include", on, place)?;
    let ticks: Vec<f64> = a.ticks.iter().flatten().map(|t| t.0).collect();
    values(&ticks, "ticks", on, place)
}

fn mark(m: &Mark, place: &Place, x: On, y: On) -> Checked {
    match m {
        Mark::Line(s) | Mark::Scatter(s) | Mark::Step(s, _) => series(s, &place.at(&s.name), x, y),
        Mark::Band(b) => {
            let place = &place.at(&b.name);
            non_empty(b.x.len(), place)?;
            values(&b.x, "x", x, place)?;
            bounds(&b.lo, &b.hi, b.x.len(), y, place)
        }
        Mark::Bars(b) => bars(b, place, y),
        Mark::Boxes(b) => boxes(b, place, y),
        Mark::HeatMap(h) => heatmap(h, &place.at("heat map"), x, y),
        Mark::Note(n) => {
            let place = &place.at(&n.text);
            values(&[n.x], "x", x, place)?;
            values(&[n.y], "y", y, place)
        }
        Mark::Reference(r) => {
            let place = &place.at(if r.label.is_empty() { "reference line" } else { &r.label });
            let on = if r.across == Across::Horizontal { y } else { x };
            values(&[r.value], "value", on, place)
        }
        Mark::Slope(s) => {
            let place = &place.at(if s.label.is_empty() { "slope triangle" } else { &s.label });
            values(&[s.slope], "slope", On::nothing(), place)?;
            values(&[s.x], "x", x, place)?;
            values(&[s.y], "y", y, place)
        }
    }
}

fn series(s: &Series, place: &Place, on_x: On, on_y: On) -> Checked {
    non_empty(s.x.len(), place)?;
    length(s.y.len(), "y", s.x.len(), "x", place)?;
    non_empty(s.y.iter().flatten().count(), place)?;
    values(&s.x, "x", on_x, place)?;
    present(&s.y, "y", on_y, place)?;
    if let Some((lo, hi)) = &s.bounds {
        bounds(lo, hi, s.x.len(), on_y, place)?;
    }
    values(s.width.as_slice(), "width", On::nothing(), place)
}

fn bounds(lo: &[f64], hi: &[f64], count: usize, on: On, place: &Place) -> Checked {
    for (column, name) in [(lo, "lo"), (hi, "hi")] {
        length(column.len(), name, count, "x", place)?;
        values(column, name, on, place)?;
    }
    ordered(lo, hi, place)
}

fn bars(b: &Bars, place: &Place, on: On) -> Checked {
    non_empty(b.categories.len().min(b.series.len()), &place.at("bars"))?;
    if on.domain == Domain::Positive && b.arrangement == Arrangement::Stacked {
        return Err(PlotError::conflict(
            place,
            "stacked bars on a logarithmic axis: use grouped ones or a linear axis",
        ));
    }
    for s in &b.series {
        let place = &place.at(&s.name);
        length(s.values.len(), "values", b.categories.len(), "category", place)?;
        values(&s.values, "values", on, place)?;
        if let Some(e) = &s.errors {
            length(e.len(), "errors", b.categories.len(), "category", place)?;
            values(e, "errors", On::nothing(), place)?;
            ordered(&vec![0.0; e.len()], e, place)?;
        }
    }
    Ok(())
}

fn boxes(b: &BoxPlot, place: &Place, on: On) -> Checked {
    non_empty(b.categories.len().min(b.series.len()), &place.at("box plot"))?;
    for s in &b.series {
        let place = &place.at(&s.name);
        length(s.samples.len(), "samples", b.categories.len(), "category", place)?;
        for sample in &s.samples {
            non_empty(sample.len(), place)?;
            values(sample, "sample", on, place)?;
        }
    }
    Ok(())
}

/// More cells than this cannot be told apart on a page, and make files that viewers choke on.
const MAX_CELLS: usize = 1_000_000;

fn heatmap(h: &HeatMap, place: &Place, on_x: On, on_y: On) -> Checked {
    let cells = h.rows.saturating_mul(h.columns);
    non_empty(cells, place)?;
    length(h.values.len(), "values", cells, "cell (rows x columns)", place)?;
    if cells > MAX_CELLS {
        return Err(PlotError::conflict(
            place,
            "a heat map of more than a million cells: average blocks of them first",
        ));
    }
    present(&h.values, "values", On::colors(h), place)?;
    for (cells, count, column, on) in [(&h.x, h.columns, "x_edges", on_x), (&h.y, h.rows, "y_edges", on_y)] {
        match cells {
            Cells::Edges(e) => {
                length(e.len(), column, count + 1, "cell and one more", place)?;
                values(e, column, on, place)?;
                if let Some(i) = (1..e.len()).find(|&i| e[i] <= e[i - 1]) {
                    let place = Box::new(place.clone());
                    return Err(PlotError::EdgesNotIncreasing { place, column, index: i, value: e[i] });
                }
            }
            Cells::Named(names) => {
                length(names.len(), "labels", count, "row or column", place)?;
            }
            Cells::Index => {}
        }
    }
    if let Some((lo, hi)) = h.limits
        && !(lo.is_finite() && hi.is_finite() && lo < hi && (h.scale == ColorScale::Linear || lo > 0.0))
    {
        let why = "colour limits must be finite, increasing, and positive on a logarithmic scale";
        return Err(PlotError::BadLimits { place: Box::new(place.clone()), lo, hi, why });
    }
    values(h.center.as_slice(), "center", On::nothing(), place)
}

fn non_empty(count: usize, place: &Place) -> Checked {
    if count == 0 { Err(PlotError::EmptySeries { place: Box::new(place.clone()) }) } else { Ok(()) }
}

fn length(found: usize, column: &'static str, expected: usize, of: &'static str, place: &Place) -> Checked {
    if found == expected {
        return Ok(());
    }
    Err(PlotError::LengthMismatch { place: Box::new(place.clone()), column, found, expected, of })
}

fn values(v: &[f64], column: &'static str, on: On, place: &Place) -> Checked {
    v.iter().enumerate().try_for_each(|(i, v)| value(*v, column, i, on, place))
}

/// As [`values`], for those that are not missing.
fn present(v: &[Option<f64>], column: &'static str, on: On, place: &Place) -> Checked {
    let present = v.iter().enumerate().filter_map(|(i, v)| v.map(|v| (i, v)));
    present.into_iter().try_for_each(|(i, v)| value(v, column, i, on, place))
}

fn value(value: f64, column: &'static str, index: usize, on: On, place: &Place) -> Checked {
    let place = || Box::new(place.clone());
    if !value.is_finite() {
        return Err(PlotError::NotFinite { place: place(), column, index, value });
    }
    if on.domain == Domain::Positive && value <= 0.0 {
        return Err(PlotError::NotPositive { place: place(), column, index, value, scale: on.scale });
    }
    Ok(())
}

fn ordered(lo: &[f64], hi: &[f64], place: &Place) -> Checked {
    match lo.iter().zip(hi).position(|(l, h)| l > h) {
        None => Ok(()),
        Some(index) => Err(PlotError::CrossedBounds {
            place: Box::new(place.clone()),
            index,
            lo: lo[index],
            hi: hi[index],
        }),
    }
}
