//! Reference lines, slope triangles, notes and inside legends: drawn last, where they cover least.

use crate::describe::chart::{Chart, Corner};
use crate::describe::color::Palette;
use crate::describe::marks::Dash;
use crate::describe::marks::{Across, Mark, Note, Reference, Slope};
use crate::draw::canvas::{Canvas, Label, Pen, Turn, translucent};
use crate::draw::legend;
use crate::draw::marks::{Area, corners, parts};
use crate::layout::clip;
use crate::layout::geometry::{Point, Rect, point};
use crate::layout::legend::{Block, INSIDE};
use crate::layout::theme::{NOTE_TEXT, THIN};
use crate::text::markup as text;
use crate::text::markup::{CAP, DESCENT};
use plotters::style::RGBColor;
use plotters::style::text_anchor::HPos;

/// Points of what is drawn in a panel, close enough together to tell which places are free.
pub(crate) struct Crowd(Vec<Point>);

const SPACING: f64 = 3.0;

impl Crowd {
    pub(crate) fn of(p: &Chart, a: &Area<'_>) -> Self {
        let mut out = Self(Vec::new());
        for mark in &p.marks {
            match mark {
                Mark::Line(s) => parts(s, a).iter().for_each(|p| out.along(p, a.rect)),
                Mark::Step(s, at) => parts(s, a).iter().for_each(|p| out.along(&corners(p, *at), a.rect)),
                Mark::Scatter(s) => out.0.extend(parts(s, a).into_iter().flatten()),
                Mark::Band(b) => {
                    for edge in [&b.lo, &b.hi] {
                        let path: Vec<Point> = b.x.iter().zip(edge).map(|(x, y)| a.at(*x, *y)).collect();
                        out.along(&path, a.rect);
                    }
                }
                Mark::Bars(b) => {
                    for (s, series) in b.series.iter().enumerate() {
                        for k in 0..series.values.len() {
                            let (from, to) = b.span(s, k);
                            let x = a.x(k as f64);
                            for side in [-0.25, 0.0, 0.25] {
                                let x = x + side * (a.x(1.0) - a.x(0.0));
                                out.along(&[point(x, a.y(from)), point(x, a.y(to))], a.rect);
                            }
                        }
                    }
                }
                Mark::Boxes(b) => {
                    for (k, sample) in b.series.iter().flat_map(|s| s.samples.iter().enumerate()) {
                        out.0.extend(sample.iter().map(|v| a.at(k as f64, *v)));
                    }
                }
                Mark::Slope(s) => out.0.extend(triangle(s, a)),
                // A label lies on no other reference line; its own is as near at every place.
                Mark::Reference(r) => {
                    if let Some((from, to)) = ends(r, a) {
                        out.along(&[from, to], a.rect);
                    }
                }
                Mark::HeatMap(_) | Mark::Note(_) => {}
            }
        }
        out
    }

    fn along(&mut self, path: &[Point], r: Rect) {
        for part in clip::polyline(path, r) {
            for w in part.windows(2) {
                let n = ((w[1].x - w[0].x).hypot(w[1].y - w[0].y) / SPACING).ceil().clamp(1.0, 1e4) as usize;
                for i in 0..=n {
                    let t = i as f64 / n as f64;
                    self.0.push(point(w[0].x + (w[1].x - w[0].x) * t, w[0].y + (w[1].y - w[0].y) * t));
                }
            }
        }
    }

    /// How much lies within a rectangle.
    fn inside(&self, r: Rect) -> usize {
        self.0.iter().filter(|p| r.contains(**p, 1.5)).count()
    }

    /// Keeps later labels away from here.
    fn occupy(&mut self, r: Rect) {
        let (nx, ny) = ((r.w / SPACING).ceil() as usize, (r.h / SPACING).ceil() as usize);
        for i in 0..=nx {
            for j in 0..=ny {
                self.0.push(point(
                    r.x + r.w * i as f64 / nx.max(1) as f64,
                    r.y + r.h * j as f64 / ny.max(1) as f64,
                ));
            }
        }
    }

    /// The emptiest of these places; the first of several.
    fn emptiest(&self, places: &[Rect]) -> Option<usize> {
        (0..places.len()).min_by_key(|&i| (self.inside(places[i]), i))
    }
}

/// Reference lines without their labels: drawn before the marks.
pub(crate) fn references(c: &mut Canvas, p: &Chart, a: &Area<'_>) {
    for mark in &p.marks {
        if let Mark::Reference(r) = mark
            && let Some((from, to)) = ends(r, a)
        {
            c.line(from, to, Pen { color: Palette::GREY, width: THIN, dash: Dash::Dashed });
        }
    }
}

fn ends(r: &Reference, a: &Area<'_>) -> Option<(Point, Point)> {
    let (from, to) = match r.across {
        Across::Horizontal => (point(a.rect.x, a.y(r.value)), point(a.rect.right(), a.y(r.value))),
        Across::Vertical => (point(a.x(r.value), a.rect.bottom()), point(a.x(r.value), a.rect.y)),
    };
    a.rect.contains(from, 0.01).then_some((from, to))
}

/// Labels of references, triangles, notes, and the legend, each where it covers least.
pub(crate) fn draw(c: &mut Canvas, p: &Chart, a: &Area<'_>, legend: Option<&(Block, Corner)>) {
    let mut crowd = Crowd::of(p, a);
    for mark in &p.marks {
        if let Mark::Slope(s) = mark {
            slope(c, s, a, &mut crowd);
        }
    }
    if let Some((block, corner)) = legend {
        inside_legend(c, block, *corner, a, &mut crowd);
    }
    for mark in &p.marks {
        match mark {
            Mark::Note(n) => note(c, n, a, &mut crowd),
            Mark::Reference(r) => reference_label(c, r, a, &mut crowd),
            _ => {}
        }
    }
}

/// Box of a line of text whose lower left corner is at (x, y).
fn text_box(markup: &str, x: f64, y: f64) -> Rect {
    let h = (CAP + DESCENT) * NOTE_TEXT;
    Rect { x, y: y - h, w: text::width(markup, NOTE_TEXT), h }
}

fn put(c: &mut Canvas, markup: &str, r: Rect, crowd: &mut Crowd, color: RGBColor) {
    let at = point(r.x, r.bottom() - DESCENT * NOTE_TEXT);
    let runs = text::parse(markup);
    c.label(Label { at, runs, size: NOTE_TEXT, align: HPos::Left, color, turn: Turn::Level, halo: Some(r) });
    crowd.occupy(r);
}

/// Moves a box into the plotting area as far as it fits.
fn within(r: Rect, area: Rect, pad: f64) -> Rect {
    let x = r.x.min(area.right() - r.w - pad).max(area.x + pad);
    let y = r.y.min(area.bottom() - r.h - pad).max(area.y + pad);
    Rect { x, y, ..r }
}

fn note(c: &mut Canvas, n: &Note, a: &Area<'_>, crowd: &mut Crowd) {
    let at = a.at(n.x, n.y);
    if n.text.is_empty() || !a.rect.contains(at, 0.01) {
        return;
    }
    let size = text_box(&n.text, 0.0, 0.0);
    let gap = 3.0;
    let places: Vec<Rect> = [
        (at.x + gap, at.y - gap + 1.0),
        (at.x + gap, at.y + gap + size.h - 1.0),
        (at.x - gap - size.w, at.y - gap + 1.0),
        (at.x - gap - size.w, at.y + gap + size.h - 1.0),
        (at.x - size.w / 2.0, at.y - gap - 1.0),
        (at.x - size.w / 2.0, at.y + gap + size.h + 1.0),
    ]
    .iter()
    .map(|(x, y)| within(text_box(&n.text, *x, *y), a.rect, 2.0))
    .collect();
    if let Some(i) = crowd.emptiest(&places) {
        put(c, &n.text, places[i], crowd, Palette::BLACK);
    }
}

/// Where along a reference line its label may stand, in order of preference.
const ALONG: [f64; 7] = [0.0, 1.0, 0.5, 0.25, 0.75, 0.1, 0.9];

fn reference_label(c: &mut Canvas, r: &Reference, a: &Area<'_>, crowd: &mut Crowd) {
    let Some((from, to)) = ends(r, a).filter(|_| !r.label.is_empty()) else { return };
    let size = text_box(&r.label, 0.0, 0.0);
    let places: Vec<Rect> = match r.across {
        Across::Horizontal => ALONG
            .iter()
            .map(|t| to.x - size.w - 5.0 - t * (to.x - from.x - size.w - 10.0))
            .flat_map(|x| [(x, from.y - 1.5), (x, from.y + size.h + 1.5)])
            .map(|(x, y)| text_box(&r.label, x, y))
            .collect(),
        Across::Vertical => ALONG
            .iter()
            .map(|t| to.y + size.h + 5.0 + t * (from.y - to.y - size.h - 10.0))
            .flat_map(|y| [(from.x + 2.5, y), (from.x - size.w - 2.5, y)])
            .map(|(x, y)| text_box(&r.label, x, y))
            .collect(),
    };
    let fitting: Vec<Rect> = places.into_iter().filter(|b| within(*b, a.rect, 1.0) == *b).collect();
    match crowd.emptiest(&fitting) {
        Some(i) => put(c, &r.label, fitting[i], crowd, Palette::GREY),
        None => {
            let r#box = within(text_box(&r.label, to.x - size.w - 5.0, from.y - 1.5), a.rect, 1.0);
            put(c, &r.label, r#box, crowd, Palette::GREY);
        }
    }
}

/// The corners: both ends of the side with the slope, and the right angle below it.
fn triangle(s: &Slope, a: &Area<'_>) -> [Point; 3] {
    let base = 0.17 * a.rect.w;
    let from = a.at(s.x, s.y);
    // Transformed units per point along each axis turn the exponent into an angle on the page.
    let per_x = (a.scales.x.b - a.scales.x.a) / a.rect.w;
    let per_y = (a.scales.y.b - a.scales.y.a) / a.rect.h;
    let log = a.scales.x.kind.is_log() && a.scales.y.kind.is_log();
    let steepness = if log { s.slope * per_x / per_y } else { linear_steepness(s, a) };
    let rise = (steepness * base).clamp(-4.0 * a.rect.h, 4.0 * a.rect.h);
    // A steep triangle is drawn smaller rather than cut.
    let shrink = (0.45 * a.rect.h / rise.abs().max(1e-9)).min(1.0);
    let (base, rise) = (base * shrink, rise * shrink);
    let tip = point(from.x + base, from.y - rise);
    let right_angle = if tip.y > from.y { point(from.x, tip.y) } else { point(tip.x, from.y) };
    [from, tip, right_angle]
}

/// Points up per point right of the tangent with this derivative, by a small step in data units.
fn linear_steepness(s: &Slope, a: &Area<'_>) -> f64 {
    let (lo, hi) = a.scales.x.limits();
    let step = (hi - lo) * 1e-3;
    let dx = a.x(s.x + step) - a.x(s.x);
    let dy = a.y(s.y) - a.y(s.y + s.slope * step);
    if dx.abs() > 1e-12 && dy.is_finite() { dy / dx } else { 0.0 }
}

fn slope(c: &mut Canvas, s: &Slope, a: &Area<'_>, crowd: &mut Crowd) {
    let corners = triangle(s, a);
    let inside = clip::polygon(&corners, a.rect);
    let fill = translucent(Palette::GREY, 0.15);
    c.polygon(&inside, fill, Some(Pen::solid(Palette::BLACK, 0.6)));
    if s.label.is_empty() || inside.is_empty() {
        return;
    }
    let [from, tip, foot] = corners;
    let size = text_box(&s.label, 0.0, 0.0);
    let middle = (from.y + tip.y) / 2.0 + size.h / 2.0;
    // Beside the upright leg, or below the level one.
    let beside = if foot.x > from.x { foot.x + 2.5 } else { foot.x - size.w - 2.5 };
    let places: Vec<Rect> = [(beside, middle), ((from.x + tip.x - size.w) / 2.0, foot.y + size.h + 1.5)]
        .iter()
        .map(|(x, y)| text_box(&s.label, *x, *y))
        .filter(|b| within(*b, a.rect, 1.0) == *b)
        .collect();
    if let Some(i) = crowd.emptiest(&places) {
        put(c, &s.label, places[i], crowd, Palette::BLACK);
    }
}

fn inside_legend(c: &mut Canvas, block: &Block, corner: Corner, a: &Area<'_>, crowd: &mut Crowd) {
    let pad = INSIDE;
    let r = a.rect;
    let (w, h) = (block.width + 2.0 * pad, block.height + 2.0 * pad);
    let inset = 5.0;
    let (left, right) = (r.x + inset, r.right() - w - inset);
    let (top, bottom) = (r.y + inset, r.bottom() - h - inset);
    let all = [(right, top), (left, top), (right, bottom), (left, bottom)];
    let boxes: Vec<Rect> = match corner {
        Corner::TopRight => vec![all[0]],
        Corner::TopLeft => vec![all[1]],
        Corner::BottomRight => vec![all[2]],
        Corner::BottomLeft => vec![all[3]],
        Corner::Best => all.to_vec(),
    }
    .into_iter()
    .map(|(x, y)| Rect { x, y, w, h })
    .collect();
    if let Some(i) = crowd.emptiest(&boxes) {
        c.rect(boxes[i], translucent(Palette::WHITE, 0.85), None);
        legend::draw(c, block, point(boxes[i].x + pad, boxes[i].y + pad));
        crowd.occupy(boxes[i]);
    }
}
