//! Lines, points, bands, bars, boxes and cells inside a plotting area.

use crate::describe::bars::{Arrangement, Bars, BoxPlot, five};
use crate::describe::chart::Chart;
use crate::describe::color::{Palette, lightness};
use crate::describe::heatmap::HeatMap;
use crate::describe::marks::{Band, Mark, Marker, Series, StepAt};
use crate::describe::number::plain;
use crate::draw::canvas::{Canvas, Pen, opaque, translucent};
use crate::draw::symbols;
use crate::layout::clip;
use crate::layout::extents::Scales;
use crate::layout::geometry::{Point, Rect, point};
use crate::layout::looks::{Look, Looks};
use crate::layout::scale::Scale;
use crate::layout::theme::{BAND, MARKER, MISSING, POINT, THIN, TICK_TEXT};
use crate::text::markup as text;
use plotters::style::RGBColor;
use plotters::style::text_anchor::HPos;

/// A plotting area with its scales: from data to the page.
pub(crate) struct Area<'a> {
    pub rect: Rect,
    pub scales: &'a Scales,
    pub looks: &'a Looks,
}

impl Area<'_> {
    pub(crate) fn x(&self, v: f64) -> f64 {
        self.rect.x + self.scales.x.unit(v) * self.rect.w
    }

    pub(crate) fn y(&self, v: f64) -> f64 {
        self.rect.bottom() - self.scales.y.unit(v) * self.rect.h
    }

    pub(crate) fn at(&self, x: f64, y: f64) -> Point {
        point(self.x(x), self.y(y))
    }

    fn span(&self, x0: f64, x1: f64, y0: f64, y1: f64) -> Option<Rect> {
        let r = Rect { x: x0.min(x1), y: y0.min(y1), w: (x1 - x0).abs(), h: (y1 - y0).abs() };
        clip::rect(r, self.rect)
    }
}

/// All marks of a panel, layer by layer. References and notes follow later, when it is known what
/// they must avoid.
pub(crate) fn draw(c: &mut Canvas, p: &Chart, a: &Area<'_>) {
    let layer = |m: &Mark| match m {
        Mark::HeatMap(_) => 0,
        Mark::Band(_) => 1,
        Mark::Bars(_) | Mark::Boxes(_) => 2,
        Mark::Line(_) | Mark::Step(..) => 3,
        Mark::Scatter(_) | Mark::Note(_) | Mark::Reference(_) | Mark::Slope(_) => 4,
    };
    for depth in 0..5 {
        for mark in p.marks.iter().filter(|m| layer(m) == depth) {
            match mark {
                Mark::HeatMap(h) => heatmap(c, h, a),
                Mark::Band(b) => band(c, b, a),
                Mark::Bars(b) => bars(c, b, a),
                Mark::Boxes(b) => boxes(c, b, a),
                Mark::Line(s) => line(c, s, a),
                Mark::Scatter(s) => scatter(c, s, a),
                Mark::Step(s, at) => staircase(c, s, *at, a),
                Mark::Note(_) | Mark::Reference(_) | Mark::Slope(_) => {}
            }
        }
        // Markers above all lines: coinciding lines stay visible as such.
        if depth == 3 {
            for mark in &p.marks {
                if let Mark::Line(s) = mark {
                    line_points(c, s, a);
                }
            }
        }
    }
}

/// The unbroken parts of a series, on the page.
pub(crate) fn parts(s: &Series, a: &Area<'_>) -> Vec<Vec<Point>> {
    let mut out = vec![Vec::new()];
    for (x, y) in s.x.iter().zip(&s.y) {
        match y {
            Some(y) => {
                if let Some(part) = out.last_mut() {
                    part.push(a.at(*x, *y));
                }
            }
            None => out.push(Vec::new()),
        }
    }
    out.retain(|p| !p.is_empty());
    out
}

fn pen(look: &Look) -> Pen {
    Pen { color: look.color, width: look.width, dash: look.dash }
}

fn line(c: &mut Canvas, s: &Series, a: &Area<'_>) {
    let look = a.looks.get(&s.name);
    error_bars(c, s, &look, a);
    let parts = parts(s, a);
    for part in &parts {
        clip::polyline(part, a.rect).iter().for_each(|p| c.polyline(p, pen(&look)));
    }
}

fn line_points(c: &mut Canvas, s: &Series, a: &Area<'_>) {
    let look = a.looks.get(&s.name);
    let parts = parts(s, a);
    for part in &parts {
        // A point between two gaps would be invisible as a line.
        let lonely = part.len() == 1 && look.marker == Marker::None;
        let marker = if lonely { Marker::Circle } else { look.marker };
        let radius = if lonely { look.width } else { MARKER };
        points(c, part, marker, &look, radius, a);
    }
}

fn scatter(c: &mut Canvas, s: &Series, a: &Area<'_>) {
    let look = a.looks.get(&s.name);
    error_bars(c, s, &look, a);
    let radius = if s.x.len() > 400 { 0.7 * POINT } else { POINT };
    for part in parts(s, a) {
        points(c, &part, look.marker, &look, radius, a);
    }
}

fn points(c: &mut Canvas, at: &[Point], marker: Marker, look: &Look, radius: f64, a: &Area<'_>) {
    for p in at.iter().filter(|p| a.rect.contains(**p, 0.01)) {
        symbols::marker(c, *p, marker, look.color, radius);
    }
}

fn error_bars(c: &mut Canvas, s: &Series, look: &Look, a: &Area<'_>) {
    let Some((lo, hi)) = &s.bounds else { return };
    let mut out = Vec::new();
    for (i, x) in s.x.iter().enumerate() {
        if let (Some(Some(_)), Some(lo), Some(hi)) = (s.y.get(i), lo.get(i), hi.get(i)) {
            whisker(&mut out, a, a.x(*x), a.y(*lo), a.y(*hi), 1.7);
        }
    }
    c.segments(&out, Pen::solid(look.color, THIN));
}

/// A vertical bar with caps, as far as it is inside.
fn whisker(out: &mut Vec<(Point, Point)>, a: &Area<'_>, x: f64, y0: f64, y1: f64, cap: f64) {
    for part in clip::polyline(&[point(x, y0), point(x, y1)], a.rect) {
        out.push((part[0], part[1]));
    }
    for y in [y0, y1] {
        if a.rect.contains(point(x, y), 0.01) {
            out.push((point(x - cap, y), point(x + cap, y)));
        }
    }
}

/// The corners of a staircase through these points.
pub(crate) fn corners(part: &[Point], at: StepAt) -> Vec<Point> {
    let mut out = Vec::with_capacity(2 * part.len());
    for (i, p) in part.iter().enumerate() {
        if let Some(q) = i.checked_sub(1).and_then(|i| part.get(i)) {
            match at {
                StepAt::Right => out.push(point(p.x, q.y)),
                StepAt::Left => out.push(point(q.x, p.y)),
                StepAt::Middle => {
                    let x = (p.x + q.x) / 2.0;
                    out.extend([point(x, q.y), point(x, p.y)]);
                }
            }
        }
        out.push(*p);
    }
    out
}

fn staircase(c: &mut Canvas, s: &Series, at: StepAt, a: &Area<'_>) {
    let look = a.looks.get(&s.name);
    error_bars(c, s, &look, a);
    for part in parts(s, a) {
        clip::polyline(&corners(&part, at), a.rect).iter().for_each(|p| c.polyline(p, pen(&look)));
        // The corners are the data: markers only where they are asked for.
        points(c, &part, s.marker.unwrap_or(Marker::None), &look, MARKER, a);
    }
}

fn band(c: &mut Canvas, b: &Band, a: &Area<'_>) {
    let look = a.looks.get(&b.name);
    let upper = b.x.iter().zip(&b.hi);
    let lower = b.x.iter().zip(&b.lo).rev();
    let outline: Vec<Point> = upper.chain(lower).map(|(x, y)| a.at(*x, *y)).collect();
    let fill = translucent(look.color, BAND);
    c.polygon(&clip::polygon(&outline, a.rect), fill, None);
}

/// Share of a category's width that its bars or boxes take up together.
const GROUP: f64 = 0.76;

/// Left and right end of the `i`-th of `n` neighbours in a category.
fn slot(a: &Area<'_>, category: usize, i: usize, n: usize, gap: f64) -> (f64, f64) {
    let width = GROUP / n.max(1) as f64;
    let left = category as f64 - GROUP / 2.0 + width * i as f64;
    (a.x(left + width * gap / 2.0), a.x(left + width * (1.0 - gap / 2.0)))
}

fn bars(c: &mut Canvas, b: &Bars, a: &Area<'_>) {
    let stacked = b.arrangement == Arrangement::Stacked;
    let n = if stacked { 1 } else { b.series.len() };
    let mut errors = Vec::new();
    for (s, series) in b.series.iter().enumerate() {
        let look = a.looks.get(&series.name);
        for category in 0..b.categories.len() {
            let (x0, x1) = slot(a, category, if stacked { 0 } else { s }, n, if stacked { 0.0 } else { 0.1 });
            let (from, to) = b.span(s, category);
            // On a logarithmic axis there is no zero: bars stand on the frame.
            let foot = if a.scales.y.kind.is_log() { a.rect.bottom() } else { a.y(from) };
            if let Some(r) = a.span(x0, x1, foot, a.y(to)) {
                let fill = opaque(Palette::tint(look.color, look.tint));
                c.rect(r, fill, Some(Pen::solid(look.color, 0.6)));
            }
            if let Some(e) = series.errors.as_ref().and_then(|e| e.get(category)) {
                let low =
                    if a.scales.y.kind.is_log() && *e >= to { a.rect.bottom() + 1.0 } else { a.y(to - e) };
                whisker(&mut errors, a, (x0 + x1) / 2.0, low, a.y(to + e), ((x1 - x0) * 0.2).clamp(0.8, 2.2));
            }
        }
    }
    c.segments(&errors, Pen::solid(Palette::BLACK, THIN));
    if !a.scales.y.kind.is_log() && a.rect.contains(point(a.rect.x, a.y(0.0)), -0.5) {
        let y = a.y(0.0);
        c.line(point(a.rect.x, y), point(a.rect.right(), y), Pen::solid(Palette::BLACK, 0.5));
    }
}

fn boxes(c: &mut Canvas, b: &BoxPlot, a: &Area<'_>) {
    for (s, series) in b.series.iter().enumerate() {
        let look = a.looks.get(&series.name);
        let edge = Pen::solid(look.color, 0.8);
        for (category, sample) in series.samples.iter().enumerate() {
            let (x0, x1) = slot(a, category, s, b.series.len(), 0.22);
            let middle = (x0 + x1) / 2.0;
            let f = five(sample);
            let [q1, median, q3] = f.quartiles.map(|v| a.y(v));
            let mut arms = Vec::new();
            for (near, far) in [(q1, a.y(f.whiskers.0)), (q3, a.y(f.whiskers.1))] {
                clip::polyline(&[point(middle, near), point(middle, far)], a.rect)
                    .iter()
                    .for_each(|p| arms.push((p[0], p[1])));
                let cap = (x1 - x0) / 4.0;
                if a.rect.contains(point(middle, far), 0.01) {
                    arms.push((point(middle - cap, far), point(middle + cap, far)));
                }
            }
            c.segments(&arms, edge);
            if let Some(r) = a.span(x0, x1, q1, q3) {
                c.rect(r, opaque(Palette::tint(look.color, look.tint)), Some(edge));
            }
            if a.rect.contains(point(middle, median), 0.01) {
                let dark = lightness(Palette::tint(look.color, look.tint)) < 0.62;
                let ink = if dark { Palette::WHITE } else { Palette::BLACK };
                c.line(point(x0, median), point(x1, median), Pen::solid(ink, 1.2));
            }
            for v in &f.outliers {
                let at = point(middle, a.y(*v));
                if a.rect.contains(at, 0.01) {
                    c.circle(at, 1.1, None, Some(Pen::solid(look.color, 0.6)));
                }
            }
        }
    }
}

/// Cells from left to right, each reaching a little under the next: viewers that smooth edges then
/// show no seams.
fn heatmap(c: &mut Canvas, h: &HeatMap, a: &Area<'_>) {
    let scale = Scale::of_colors(h);
    let xs: Vec<f64> = HeatMap::edges(&h.x, h.columns).iter().map(|v| a.x(*v)).collect();
    let ys: Vec<f64> = HeatMap::edges(&h.y, h.rows).iter().map(|v| a.y(*v)).collect();
    let color = |row: usize, column: usize| h.at(row, column).map_or(MISSING, |v| h.map.at(scale.unit(v)));
    for row in 0..h.rows {
        let mut column = 0;
        while column < h.columns {
            let first = color(row, column);
            let end = (column + 1..h.columns).find(|&k| color(row, k) != first).unwrap_or(h.columns);
            // The next cell and the next row cover what is too much.
            let bleed_x = reach(xs[end], xs[(end + 1).min(h.columns)]);
            let bleed_y = reach(ys[row + 1], ys[(row + 2).min(h.rows)]);
            if let Some(r) = a.span(xs[column], bleed_x, ys[row], bleed_y) {
                c.cell(r, first);
            }
            column = end;
        }
    }
    if let Some(digits) = h.digits {
        for row in 0..h.rows {
            for column in 0..h.columns {
                let Some(v) = h.at(row, column) else { continue };
                let at = point((xs[column] + xs[column + 1]) / 2.0, (ys[row] + ys[row + 1]) / 2.0);
                let ink = if lightness(color(row, column)) > 0.62 { Palette::BLACK } else { Palette::WHITE };
                number(c, v, digits, at, (xs[column + 1] - xs[column]).abs(), ink, a);
            }
        }
    }
}

/// A little beyond `edge`, at most half way to the next.
fn reach(edge: f64, next: f64) -> f64 {
    let half = (next - edge) / 2.0;
    edge + half.clamp(-0.4, 0.4)
}

/// A value in its cell, smaller where the cell is narrow.
fn number(c: &mut Canvas, v: f64, digits: usize, at: Point, room: f64, ink: RGBColor, a: &Area<'_>) {
    let small = v.abs() < 1e6;
    let label = if small { format!("{v:.digits$}").replace('-', "\u{2212}") } else { plain(v) };
    let width = text::width(&label, TICK_TEXT);
    let size = TICK_TEXT * ((room - 1.5) / width.max(1e-9)).clamp(0.0, 1.0);
    // Unreadable numbers are worse than none.
    if size >= 3.5 && a.rect.contains(at, 0.0) {
        c.text(point(at.x, at.y + 0.36 * size), &label, size, HPos::Center, ink);
    }
}
