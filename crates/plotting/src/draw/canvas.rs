//! The drawing surface: SVG written in points, y pointing down.

use std::fmt::Write as _;

use crate::describe::color::Color;
use crate::describe::marks::Dash;
use crate::layout::geometry::{Point, Rect};
use crate::text::fonts::{self, Slant, Weight};
use crate::text::markup as text;
use crate::text::markup::Run;

/// How a line is stroked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pen {
    pub color: Color,
    pub width: f64,
    pub dash: Dash,
}

impl Pen {
    pub(crate) const fn solid(color: Color, width: f64) -> Self {
        Self { color, width, dash: Dash::Solid }
    }
}

/// How an area is filled.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fill {
    pub color: Color,
    pub opacity: f64,
}

impl Fill {
    pub(crate) const fn opaque(color: Color) -> Self {
        Self { color, opacity: 1.0 }
    }
}

/// Which point of a text the given position is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    Start,
    Middle,
    End,
}

/// Strokes the outline of letters in white before they are filled.
const RIM: &str = " stroke=\"#ffffff\" stroke-width=\"1.4\" stroke-opacity=\"0.85\" stroke-linejoin=\"round\" paint-order=\"stroke\"";

/// SVG under construction.
pub(crate) struct Canvas {
    body: String,
}

impl Canvas {
    pub(crate) fn new() -> Self {
        Self { body: String::new() }
    }

    /// The whole document for a page of this size in points.
    pub(crate) fn finish(self, width: f64, height: f64) -> String {
        let (w, h) = (number(width), number(height));
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}pt\" height=\"{h}pt\" viewBox=\"0 0 {w} {h}\" \
             font-family=\"{}\">\n<rect width=\"{w}\" height=\"{h}\" fill=\"#ffffff\"/>\n{}</svg>\n",
            fonts::FAMILY,
            self.body
        )
    }

    fn push(&mut self, args: std::fmt::Arguments<'_>) {
        // Writing to a String cannot fail.
        let _ = self.body.write_fmt(args);
        self.body.push('\n');
    }

    pub(crate) fn polyline(&mut self, points: &[Point], pen: Pen) {
        if points.len() < 2 {
            return;
        }
        self.push(format_args!("<path d=\"{}\" fill=\"none\"{}/>", path(points, Close::Open), stroke(pen)));
    }

    pub(crate) fn line(&mut self, from: Point, to: Point, pen: Pen) {
        self.polyline(&[from, to], pen);
    }

    /// Many separate segments of one pen, in one element.
    pub(crate) fn segments(&mut self, segments: &[(Point, Point)], pen: Pen) {
        if segments.is_empty() {
            return;
        }
        let d: String = segments.iter().map(|(a, b)| path(&[*a, *b], Close::Open)).collect();
        self.push(format_args!("<path d=\"{d}\" fill=\"none\"{}/>", stroke(pen)));
    }

    pub(crate) fn polygon(&mut self, points: &[Point], fill: Option<Fill>, pen: Option<Pen>) {
        if points.len() < 3 {
            return;
        }
        self.push(format_args!(
            "<path d=\"{}\"{}{}/>",
            path(points, Close::Closed),
            filled(fill),
            outlined(pen)
        ));
    }

    pub(crate) fn rect(&mut self, r: Rect, fill: Option<Fill>, pen: Option<Pen>) {
        let (x, y, w, h) = (number(r.x), number(r.y), number(r.w.max(0.0)), number(r.h.max(0.0)));
        // Rectangles without extent are errors in SVG; as lines they would be invisible anyway.
        if w == "0" || h == "0" {
            return;
        }
        self.push(format_args!(
            "<path d=\"M{x} {y}h{w}v{h}h{}z\"{}{}/>",
            number(-r.w),
            filled(fill),
            outlined(pen)
        ));
    }

    /// A filled rectangle whose edges are not smoothed, so that neighbours leave no seam between
    /// them.
    pub(crate) fn cell(&mut self, r: Rect, color: Color) {
        let (x, y, w, h) = (number(r.x), number(r.y), number(r.w.max(0.0)), number(r.h.max(0.0)));
        if w == "0" || h == "0" {
            return;
        }
        self.push(format_args!(
            "<path d=\"M{x} {y}h{w}v{h}h{}z\" fill=\"{}\" shape-rendering=\"crispEdges\"/>",
            number(-r.w),
            color.hex()
        ));
    }

    pub(crate) fn circle(&mut self, c: Point, radius: f64, fill: Option<Fill>, pen: Option<Pen>) {
        let (x, y, r) = (number(c.x), number(c.y), number(radius));
        self.push(format_args!("<circle cx=\"{x}\" cy=\"{y}\" r=\"{r}\"{}{}/>", filled(fill), outlined(pen)));
    }

    /// One line of markup; `at` is on its baseline.
    pub(crate) fn text(&mut self, at: Point, markup: &str, size: f64, align: Align, color: Color) {
        self.turned_text(at, &text::parse(markup), size, align, color, 0.0);
    }

    /// One line of markup with a white rim, legible on top of what is drawn.
    pub(crate) fn note(&mut self, at: Point, markup: &str, size: f64, color: Color) {
        self.styled_text(at, &text::parse(markup), size, Align::Start, color, RIM);
    }

    /// Runs turned by `degrees` (clockwise, about `at`).
    pub(crate) fn turned_text(
        &mut self,
        at: Point,
        runs: &[Run],
        size: f64,
        align: Align,
        color: Color,
        degrees: f64,
    ) {
        let turn = if degrees == 0.0 {
            String::new()
        } else {
            format!(" transform=\"rotate({} {} {})\"", number(degrees), number(at.x), number(at.y))
        };
        self.styled_text(at, runs, size, align, color, &turn);
    }

    fn styled_text(&mut self, at: Point, runs: &[Run], size: f64, align: Align, color: Color, style: &str) {
        if runs.is_empty() {
            return;
        }
        let (x, y) = (number(at.x), number(at.y));
        let anchor = match align {
            Align::Start => "start",
            Align::Middle => "middle",
            Align::End => "end",
        };
        let mut spans = String::new();
        let mut shift = 0.0;
        for run in runs {
            let dy = (shift - run.shift) * size;
            shift = run.shift;
            let _ = write!(spans, "<tspan font-size=\"{}\"", number(size * run.size));
            if dy != 0.0 {
                let _ = write!(spans, " dy=\"{}\"", number(dy));
            }
            if run.kern != 0.0 {
                let _ = write!(spans, " dx=\"{}\"", number(run.kern * size));
            }
            if run.cut.bold == Weight::Bold {
                spans.push_str(" font-weight=\"bold\"");
            }
            if run.cut.italic == Slant::Oblique {
                spans.push_str(" font-style=\"oblique\"");
            }
            let _ = write!(spans, ">{}</tspan>", escape(&run.text));
        }
        self.push(format_args!(
            "<text x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\" fill=\"{}\" xml:space=\"preserve\"{style}>{spans}</text>",
            color.hex()
        ));
    }
}

/// A coordinate with three decimals at most: 1/1000 point is below any printer's resolution.
pub(crate) fn number(v: f64) -> String {
    let r = if v.is_finite() { (v.clamp(-1e6, 1e6) * 1e3).round() / 1e3 } else { 0.0 };
    // Adding zero turns -0 into 0.
    format!("{}", r + 0.0)
}

#[derive(Clone, Copy, PartialEq)]
enum Close {
    Open,
    Closed,
}

fn path(points: &[Point], close: Close) -> String {
    let mut d = String::with_capacity(points.len() * 14);
    for (i, p) in points.iter().enumerate() {
        let _ = write!(d, "{}{} {}", if i == 0 { 'M' } else { 'L' }, number(p.x), number(p.y));
    }
    if close == Close::Closed {
        d.push('Z');
    }
    d
}

fn stroke(pen: Pen) -> String {
    let mut s = format!(" stroke=\"{}\" stroke-width=\"{}\"", pen.color.hex(), number(pen.width));
    let pattern = pattern(pen.dash, pen.width);
    if !pattern.is_empty() {
        let lengths: Vec<String> = pattern.iter().map(|l| number(*l)).collect();
        let _ = write!(s, " stroke-dasharray=\"{}\"", lengths.join(" "));
    }
    let _ = write!(s, " stroke-linecap=\"{}\" stroke-linejoin=\"round\"", cap(pen.dash));
    s
}

/// Lengths for a stroke of this width; dots are round caps on segments of no length.
fn pattern(dash: Dash, width: f64) -> Vec<f64> {
    let w = width.max(0.6);
    let lengths: &[f64] = match dash {
        Dash::Solid => &[],
        Dash::Dashed => &[3.6, 1.9],
        Dash::Dotted => &[0.01, 2.0],
        Dash::DashDot => &[4.0, 2.0, 0.01, 2.0],
        Dash::LongDash => &[6.5, 2.0],
    };
    lengths.iter().map(|l| l * w).collect()
}

fn cap(dash: Dash) -> &'static str {
    match dash {
        Dash::Dotted | Dash::DashDot => "round",
        _ => "butt",
    }
}

fn outlined(pen: Option<Pen>) -> String {
    pen.map(stroke).unwrap_or_default()
}

fn filled(fill: Option<Fill>) -> String {
    match fill {
        None => " fill=\"none\"".to_owned(),
        Some(f) if f.opacity < 1.0 => {
            format!(" fill=\"{}\" fill-opacity=\"{}\"", f.color.hex(), number(f.opacity))
        }
        Some(f) => format!(" fill=\"{}\"", f.color.hex()),
    }
}

/// Characters that XML 1.0 does not allow become U+FFFD.
fn escape(s: &str) -> String {
    let mut out = String::with_capacity(s.len());
    for c in s.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\t' | '\n' | '\r' => out.push(' '),
            c if (c as u32) < 0x20 || matches!(c as u32, 0xFFFE | 0xFFFF) => out.push('\u{FFFD}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_never_negative_zero() {
        assert_eq!(number(1.0 / 3.0), "0.333");
        assert_eq!(number(-0.000_01), "0");
        assert_eq!(number(f64::NAN), "0");
        assert_eq!(number(72.0), "72");
    }

    #[test]
    fn xml_is_escaped() {
        assert_eq!(escape("<φ, ψ> & \u{1}"), "&lt;φ, ψ&gt; &amp; \u{FFFD}");
    }
}
