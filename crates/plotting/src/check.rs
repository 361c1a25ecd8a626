//! Everything that is refused before anything is laid out.

use crate::axis::Axis;
use crate::error::{Place, PlotError};
use crate::figure::Figure;
use crate::heatmap::{Cells, ColorScale, HeatMap};
use crate::marks::{Across, Mark, Series};
use crate::panel::{self, Panel};
use crate::scale::Kind;
use crate::text;

type Checked = Result<(), PlotError>;

pub(crate) fn figure(f: &Figure) -> Checked {
    if f.panels.is_empty() {
        return Err(PlotError::EmptyFigure { figure: f.name.clone() });
    }
    let sizes = [("width", Some(f.width.points())), ("height", f.height)];
    for (what, value) in sizes {
        if let Some(value) = value.filter(|v| !(20.0..=4000.0).contains(v)) {
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
        let place =
            Place { figure: f.name.clone(), panel: index, title: p.title.clone(), series: String::new() };
        panel(p, &place)?;
    }
    let first = Place { figure: f.name.clone(), ..Place::default() };
    for t in [&f.x_title, &f.y_title] {
        glyphs(t, &first)?;
    }
    Ok(())
}

fn bad_size(f: &Figure, what: &'static str, value: f64, expected: &'static str) -> PlotError {
    PlotError::BadSize { figure: f.name.clone(), what, value, expected }
}

fn panel(p: &Panel, place: &Place) -> Checked {
    glyphs(&p.title, place)?;
    axis(&p.x, place, "x axis")?;
    axis(&p.y, place, "y axis")?;
    if p.marks.iter().filter(|m| matches!(m, Mark::HeatMap(_))).count() > 1 {
        return Err(conflict(place, "two heat maps in one panel: give each a panel of its own"));
    }
    let (log_x, log_y) = (p.x.kind.is_log(), p.y.kind.is_log());
    p.marks.iter().try_for_each(|m| mark(m, place, log_x, log_y))
}

fn axis(a: &Axis, place: &Place, which: &str) -> Checked {
    let place = &at(place, which);
    glyphs(&a.title, place)?;
    let bad =
        |lo: f64, hi: f64, why| Err(PlotError::BadLimits { place: Box::new(place.clone()), lo, hi, why });
    let (lo, hi) = (a.min.unwrap_or(f64::MIN), a.max.unwrap_or(f64::MAX));
    if !lo.is_finite() || !hi.is_finite() {
        return bad(lo, hi, "limits must be finite");
    }
    if lo >= hi {
        return bad(lo, hi, "the lower limit must be below the upper one");
    }
    if a.kind.is_log() && (a.min.is_some_and(|v| v <= 0.0) || hi <= 0.0) {
        return bad(lo, hi, "limits of a logarithmic axis must be positive");
    }
    if let Kind::Symlog { threshold } = a.kind
        && !(threshold.is_normal() && threshold > 0.0)
    {
        return bad(threshold, threshold, "the threshold of a symlog axis must be a positive number");
    }
    if let Kind::Categories(names) = &a.kind {
        if names.is_empty() {
            return Err(PlotError::EmptySeries { place: Box::new(place.clone()) });
        }
        names.iter().try_for_each(|n| glyphs(n, place))?;
    }
    finite(&a.include, "include", place)?;
    positive(&a.include, "include", axis_name(which), a.kind.is_log(), place)?;
    let ticks: Vec<f64> = a.ticks.iter().flatten().map(|t| t.0).collect();
    finite(&ticks, "ticks", place)?;
    positive(&ticks, "ticks", axis_name(which), a.kind.is_log(), place)?;
    a.ticks.iter().flatten().filter_map(|t| t.1.as_ref()).try_for_each(|l| glyphs(l, place))
}

fn axis_name(which: &str) -> &'static str {
    if which.starts_with('x') { "x axis" } else { "y axis" }
}

fn mark(m: &Mark, place: &Place, log_x: bool, log_y: bool) -> Checked {
    match m {
        Mark::Line(s) | Mark::Scatter(s) | Mark::Step(s, _) => series(s, &at(place, &s.name), log_x, log_y),
        Mark::Band(b) => {
            let place = &at(place, &b.name);
            non_empty(b.x.len(), place)?;
            column(&b.x, "x", "x axis", b.x.len(), "x", log_x, place)?;
            column(&b.lo, "lo", "y axis", b.x.len(), "x", log_y, place)?;
            column(&b.hi, "hi", "y axis", b.x.len(), "x", log_y, place)?;
            ordered(&b.lo, &b.hi, place)
        }
        Mark::Bars(b) => {
            non_empty(b.categories.len().min(b.series.len()), &at(place, "bars"))?;
            b.categories.iter().try_for_each(|c| glyphs(c, place))?;
            if log_y && b.arrangement == crate::bars::Arrangement::Stacked {
                return Err(conflict(
                    place,
                    "stacked bars on a logarithmic axis: use grouped ones or a linear axis",
                ));
            }
            let n = b.categories.len();
            for s in &b.series {
                let place = &at(place, &s.name);
                glyphs(&s.name, place)?;
                column(&s.values, "values", "y axis", n, "category", log_y, place)?;
                if let Some(e) = &s.errors {
                    column(e, "errors", "y axis", n, "category", false, place)?;
                    ordered(&vec![0.0; n], e, place)?;
                }
            }
            Ok(())
        }
        Mark::Boxes(b) => {
            non_empty(b.categories.len().min(b.series.len()), &at(place, "box plot"))?;
            b.categories.iter().try_for_each(|c| glyphs(c, place))?;
            for s in &b.series {
                let place = &at(place, &s.name);
                glyphs(&s.name, place)?;
                length(s.samples.len(), "samples", b.categories.len(), "category", place)?;
                for sample in &s.samples {
                    non_empty(sample.len(), place)?;
                    column(sample, "sample", "y axis", sample.len(), "sample", log_y, place)?;
                }
            }
            Ok(())
        }
        Mark::HeatMap(h) => heatmap(h, &at(place, "heat map"), log_x, log_y),
        Mark::Note(n) => {
            let place = &at(place, &n.text);
            glyphs(&n.text, place)?;
            column(&[n.x], "x", "x axis", 1, "note", log_x, place)?;
            column(&[n.y], "y", "y axis", 1, "note", log_y, place)
        }
        Mark::Reference(r) => {
            let place = &at(place, if r.label.is_empty() { "reference line" } else { &r.label });
            glyphs(&r.label, place)?;
            match r.across {
                Across::Horizontal => column(&[r.value], "value", "y axis", 1, "line", log_y, place),
                Across::Vertical => column(&[r.value], "value", "x axis", 1, "line", log_x, place),
            }
        }
        Mark::Slope(s) => {
            let place = &at(place, if s.label.is_empty() { "slope triangle" } else { &s.label });
            glyphs(&s.label, place)?;
            finite(&[s.slope], "slope", place)?;
            column(&[s.x], "x", "x axis", 1, "triangle", log_x, place)?;
            column(&[s.y], "y", "y axis", 1, "triangle", log_y, place)
        }
    }
}

fn series(s: &Series, place: &Place, log_x: bool, log_y: bool) -> Checked {
    glyphs(&s.name, place)?;
    non_empty(s.x.len(), place)?;
    length(s.y.len(), "y", s.x.len(), "x", place)?;
    non_empty(s.y.iter().flatten().count(), place)?;
    column(&s.x, "x", "x axis", s.x.len(), "x", log_x, place)?;
    for (index, y) in s.y.iter().enumerate() {
        if let Some(y) = *y {
            finite_at(y, "y", index, place)?;
            positive_at(y, "y", index, "y axis", log_y, place)?;
        }
    }
    if let Some((lo, hi)) = &s.bounds {
        column(lo, "lo", "y axis", s.x.len(), "x", log_y, place)?;
        column(hi, "hi", "y axis", s.x.len(), "x", log_y, place)?;
        ordered(lo, hi, place)?;
    }
    finite(&s.width.into_iter().collect::<Vec<_>>(), "width", place)
}

fn heatmap(h: &HeatMap, place: &Place, log_x: bool, log_y: bool) -> Checked {
    let cells = h.rows.saturating_mul(h.columns);
    non_empty(cells, place)?;
    length(h.values.len(), "values", cells, "cell (rows x columns)", place)?;
    let log = h.scale == ColorScale::Log;
    for (index, v) in h.values.iter().enumerate() {
        if let Some(v) = *v {
            finite_at(v, "values", index, place)?;
            positive_at(v, "values", index, "colour scale", log, place)?;
        }
    }
    for (cells, count, column, scale, logged) in
        [(&h.x, h.columns, "x_edges", "x axis", log_x), (&h.y, h.rows, "y_edges", "y axis", log_y)]
    {
        match cells {
            Cells::Edges(e) => {
                length(e.len(), column, count + 1, "cell and one more", place)?;
                finite(e, column, place)?;
                positive(e, column, scale, logged, place)?;
                if let Some(i) = (1..e.len()).find(|&i| e[i] <= e[i - 1]) {
                    let place = Box::new(place.clone());
                    return Err(PlotError::EdgesNotIncreasing { place, column, index: i, value: e[i] });
                }
            }
            Cells::Named(names) => {
                length(names.len(), "labels", count, "row or column", place)?;
                names.iter().try_for_each(|n| glyphs(n, place))?;
            }
            Cells::Index => {}
        }
    }
    if let Some((lo, hi)) = h.limits
        && !(lo.is_finite() && hi.is_finite() && lo < hi && (!log || lo > 0.0))
    {
        let why = "colour limits must be finite, increasing, and positive on a logarithmic scale";
        return Err(PlotError::BadLimits { place: Box::new(place.clone()), lo, hi, why });
    }
    finite(&h.center.into_iter().collect::<Vec<_>>(), "center", place)?;
    h.bar.iter().try_for_each(|b| glyphs(b, place))
}

pub(crate) fn at(place: &Place, series: &str) -> Place {
    Place { series: series.to_owned(), ..place.clone() }
}

pub(crate) fn conflict(place: &Place, why: &'static str) -> PlotError {
    PlotError::Conflict { place: Box::new(place.clone()), why }
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

fn column(
    v: &[f64],
    name: &'static str,
    scale: &'static str,
    expected: usize,
    of: &'static str,
    log: bool,
    place: &Place,
) -> Checked {
    length(v.len(), name, expected, of, place)?;
    finite(v, name, place)?;
    positive(v, name, scale, log, place)
}

fn finite(v: &[f64], column: &'static str, place: &Place) -> Checked {
    v.iter().enumerate().try_for_each(|(i, v)| finite_at(*v, column, i, place))
}

fn finite_at(value: f64, column: &'static str, index: usize, place: &Place) -> Checked {
    if value.is_finite() {
        return Ok(());
    }
    Err(PlotError::NotFinite { place: Box::new(place.clone()), column, index, value })
}

fn positive(v: &[f64], column: &'static str, scale: &'static str, log: bool, place: &Place) -> Checked {
    v.iter().enumerate().try_for_each(|(i, v)| positive_at(*v, column, i, scale, log, place))
}

fn positive_at(
    value: f64,
    column: &'static str,
    index: usize,
    scale: &'static str,
    log: bool,
    place: &Place,
) -> Checked {
    if !log || value > 0.0 {
        return Ok(());
    }
    Err(PlotError::NotPositive { place: Box::new(place.clone()), column, index, value, scale })
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

fn glyphs(markup: &str, place: &Place) -> Checked {
    match text::missing_glyph(markup) {
        None => Ok(()),
        Some(character) => Err(PlotError::MissingGlyph {
            place: Box::new(place.clone()),
            character,
            code: character as u32,
            text: markup.to_owned(),
        }),
    }
}

/// Where panel `index` is, for errors that concern it as a whole.
pub(crate) fn place(f: &Figure, index: usize) -> Place {
    let title = f.panels.get(index).map(|p| p.title.clone()).unwrap_or_default();
    Place { figure: f.name.clone(), panel: index, title, series: String::new() }
}

/// The letter of a panel in an error.
pub(crate) fn letter(index: usize) -> String {
    panel::letter(index)
}
