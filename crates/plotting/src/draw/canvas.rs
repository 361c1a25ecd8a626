//! What a page shows, as a list of shapes in points, y pointing down. [`crate::draw::sheet`] draws
//! them.

use plotters::style::text_anchor::HPos;
use plotters::style::{Color as _, RGBAColor, RGBColor};

use crate::describe::marks::Dash;
use crate::layout::geometry::{Point, Rect, point};
use crate::text::markup::{self, Run};

/// How a line is stroked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pen {
    pub color: RGBColor,
    pub width: f64,
    pub dash: Dash,
}

impl Pen {
    pub(crate) const fn solid(color: RGBColor, width: f64) -> Self {
        Self { color, width, dash: Dash::Solid }
    }
}

/// Which way a text reads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Turn {
    Level,
    Up,
    /// Rising by so many degrees.
    Slanted(f64),
}

/// One line of text. Without a turn `at` is on its baseline; turned text turns about `at`.
pub(crate) struct Label {
    pub at: Point,
    pub runs: Vec<Run>,
    pub size: f64,
    pub align: HPos,
    pub color: RGBColor,
    pub turn: Turn,
    /// The box of a label that stands on top of what is drawn and must stay legible there.
    pub halo: Option<Rect>,
}

/// One thing on the page.
pub(crate) enum Shape {
    /// An open path.
    Line(Vec<Point>, Pen),
    Polygon(Vec<Point>, Option<RGBAColor>, Option<Pen>),
    Circle(Point, f64, Option<RGBAColor>, Option<Pen>),
    /// A filled rectangle whose edges are not smoothed, so that neighbours leave no seam between
    /// them.
    Cell(Rect, RGBColor),
    Text(Label),
}

/// Extents below this are not drawn.
const THINNEST: f64 = 5e-4;

/// Shapes from the lowest to the uppermost.
#[derive(Default)]
pub(crate) struct Canvas {
    pub shapes: Vec<Shape>,
}

impl Canvas {
    pub(crate) fn polyline(&mut self, points: &[Point], pen: Pen) {
        if points.len() > 1 {
            self.shapes.push(Shape::Line(points.to_vec(), pen));
        }
    }

    pub(crate) fn line(&mut self, from: Point, to: Point, pen: Pen) {
        self.polyline(&[from, to], pen);
    }

    pub(crate) fn segments(&mut self, segments: &[(Point, Point)], pen: Pen) {
        segments.iter().for_each(|(a, b)| self.line(*a, *b, pen));
    }

    pub(crate) fn polygon(&mut self, points: &[Point], fill: Option<RGBAColor>, pen: Option<Pen>) {
        if points.len() > 2 {
            self.shapes.push(Shape::Polygon(points.to_vec(), fill, pen));
        }
    }

    pub(crate) fn rect(&mut self, r: Rect, fill: Option<RGBAColor>, pen: Option<Pen>) {
        if r.w >= THINNEST && r.h >= THINNEST {
            let (right, bottom) = (r.right(), r.bottom());
            let corners = [point(r.x, r.y), point(right, r.y), point(right, bottom), point(r.x, bottom)];
            self.polygon(&corners, fill, pen);
        }
    }

    pub(crate) fn cell(&mut self, r: Rect, color: RGBColor) {
        if r.w >= THINNEST && r.h >= THINNEST {
            self.shapes.push(Shape::Cell(r, color));
        }
    }

    pub(crate) fn circle(&mut self, center: Point, radius: f64, fill: Option<RGBAColor>, pen: Option<Pen>) {
        self.shapes.push(Shape::Circle(center, radius, fill, pen));
    }

    /// One line of markup; `at` is on its baseline.
    pub(crate) fn text(&mut self, at: Point, text: &str, size: f64, align: HPos, color: RGBColor) {
        self.label(Label {
            at,
            runs: markup::parse(text),
            size,
            align,
            color,
            turn: Turn::Level,
            halo: None,
        });
    }

    pub(crate) fn label(&mut self, label: Label) {
        if !label.runs.is_empty() {
            self.shapes.push(Shape::Text(label));
        }
    }
}

/// An opaque filling.
pub(crate) fn opaque(color: RGBColor) -> Option<RGBAColor> {
    Some(color.to_rgba())
}

/// A translucent filling.
pub(crate) fn translucent(color: RGBColor, opacity: f64) -> Option<RGBAColor> {
    Some(color.mix(opacity))
}
