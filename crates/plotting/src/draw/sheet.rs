//! Shapes, drawn on a backend of plotters.

use plotters::style::text_anchor::HPos;
use plotters::style::{Color as _, FontTransform, RGBAColor, ShapeStyle};
use plotters_backend::{BackendCoord, DrawingBackend, DrawingErrorKind};

use crate::describe::color::Palette;
use crate::describe::marks::Dash;
use crate::draw::canvas::{Label, Pen, Shape, Turn};
use crate::draw::dashes;
use crate::draw::lettering::{Lettering, ascent};
use crate::layout::geometry::{Point, Rect};
use crate::layout::theme::HALO;
use crate::text::fonts::{self, Slant, Weight};
use crate::text::markup;

/// What plotters' trait has no words for, said of the element that is drawn next. For backends that
/// do not listen it is made of what they know, or left out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Hint {
    /// Lines: with this pattern.
    Dash(Dash),
    /// Rectangles: without smoothed edges.
    Crisp,
    /// Text: with a white rim.
    Halo,
    /// Text: turned clockwise by so many degrees.
    Turn(f64),
    /// Text: slanted though its style already says bold.
    Slanted,
    /// Text: of the same label as the text before.
    Continued,
}

/// A page of points on a backend.
pub(crate) struct Sheet<'a, DB: DrawingBackend> {
    pub backend: &'a mut DB,
    /// The upper left corner of the page.
    pub origin: BackendCoord,
    pub units_per_point: f64,
    /// How to give hints, where the backend takes any.
    pub hint: Option<fn(&mut DB, Hint)>,
}

type Drawn<DB> = Result<(), DrawingErrorKind<<DB as DrawingBackend>::ErrorType>>;

impl<DB: DrawingBackend> Sheet<'_, DB> {
    /// # Errors
    /// What the backend says.
    pub(crate) fn draw(&mut self, shapes: &[Shape]) -> Drawn<DB> {
        shapes.iter().try_for_each(|shape| match shape {
            Shape::Line(path, pen) => self.line(path, *pen),
            Shape::Polygon(outline, fill, pen) => self.polygon(outline, *fill, *pen),
            Shape::Circle(center, radius, fill, pen) => self.circle(*center, *radius, *fill, *pen),
            Shape::Cell(r, color) => {
                self.tell(Hint::Crisp);
                self.rect(*r, color.to_rgba())
            }
            Shape::Text(label) => self.text(label),
        })
    }

    /// Whether the backend listens.
    fn tell(&mut self, hint: Hint) -> bool {
        self.hint.map(|tell| tell(self.backend, hint)).is_some()
    }

    fn length(&self, points: f64) -> i32 {
        (points * self.units_per_point).round() as i32
    }

    fn at(&self, p: Point) -> BackendCoord {
        (self.origin.0.saturating_add(self.length(p.x)), self.origin.1.saturating_add(self.length(p.y)))
    }

    /// The points of a path that differ on the backend's grid.
    fn path(&self, points: &[Point]) -> Vec<BackendCoord> {
        let mut path: Vec<BackendCoord> = points.iter().map(|p| self.at(*p)).collect();
        path.dedup();
        path
    }

    /// Nothing is thinner than a unit.
    fn style(&self, pen: Pen) -> ShapeStyle {
        ShapeStyle {
            color: pen.color.to_rgba(),
            filled: false,
            stroke_width: self.length(pen.width).max(1) as u32,
        }
    }

    fn line(&mut self, path: &[Point], pen: Pen) -> Drawn<DB> {
        let style = self.style(pen);
        if pen.dash == Dash::Solid || self.tell(Hint::Dash(pen.dash)) {
            return self.backend.draw_path(self.path(path), &style);
        }
        let dot = (style.stroke_width / 2).max(1);
        for piece in dashes::cut(path, pen.dash, pen.width) {
            match self.path(&piece) {
                at if at.len() == 1 => self.backend.draw_circle(at[0], dot, &style.filled(), true)?,
                dash => self.backend.draw_path(dash, &style)?,
            }
        }
        Ok(())
    }

    /// Outlines that are much thinner than a unit would drown what they surround.
    fn outline(&self, pen: Option<Pen>) -> Option<ShapeStyle> {
        pen.filter(|p| p.width * self.units_per_point >= 0.5).map(|p| self.style(p))
    }

    fn polygon(&mut self, outline: &[Point], fill: Option<RGBAColor>, pen: Option<Pen>) -> Drawn<DB> {
        let mut path = self.path(outline);
        if path.len() > 1 && path.first() == path.last() {
            path.pop();
        }
        if path.len() < 3 {
            return Ok(());
        }
        if let Some(color) = fill {
            self.backend.fill_polygon(path.iter().copied(), &color)?;
        }
        if let Some(style) = self.outline(pen) {
            // plotters knows no closed paths and joins no ends: where it matters, they meet half way
            // along a side.
            if self.hint.is_none() {
                let (a, b) = (path[0], path[1]);
                path.rotate_left(1);
                path.insert(0, (a.0.midpoint(b.0), a.1.midpoint(b.1)));
            }
            path.push(path[0]);
            path.dedup();
            self.backend.draw_path(path, &style)?;
        }
        Ok(())
    }

    fn circle(&mut self, center: Point, radius: f64, fill: Option<RGBAColor>, pen: Option<Pen>) -> Drawn<DB> {
        let (center, radius) = (self.at(center), self.length(radius).max(1) as u32);
        if let Some(color) = fill {
            self.backend.draw_circle(center, radius, &color.filled(), true)?;
        }
        match self.outline(pen) {
            Some(style) => self.backend.draw_circle(center, radius, &style, false),
            None => Ok(()),
        }
    }

    fn rect(&mut self, r: Rect, color: RGBAColor) -> Drawn<DB> {
        let corners = (self.at(Point { x: r.x, y: r.y }), self.at(Point { x: r.right(), y: r.bottom() }));
        self.backend.draw_rect(corners.0, corners.1, &color.filled(), true)
    }

    fn text(&mut self, label: &Label) -> Drawn<DB> {
        if let Some(r) = label.halo.filter(|_| self.hint.is_none()) {
            self.rect(r, Palette::WHITE.mix(HALO))?;
        }
        // A single run is aligned by who draws it; several are placed one after the other.
        let (places, length) = markup::places(&label.runs);
        let (align, before) = match (label.runs.len(), label.align) {
            (1, align) => (align, 0.0),
            (_, HPos::Left) => (HPos::Left, 0.0),
            (_, HPos::Center) => (HPos::Left, length / 2.0),
            (_, HPos::Right) => (HPos::Left, length),
        };
        let (sin, cos) = match label.turn {
            Turn::Level => (0.0, 1.0),
            Turn::Up => (-1.0, 0.0),
            Turn::Slanted(degrees) => (-degrees).to_radians().sin_cos(),
        };
        let mut begun = false;
        for (run, place) in label.runs.iter().zip(places) {
            // Spaces at the ends of a text are not everywhere kept.
            let words = if label.runs.len() > 1 { run.text.trim_start() } else { &run.text };
            let spaces = fonts::advance(&run.text[..run.text.len() - words.len()], run.cut) * run.size;
            if words.is_empty() {
                continue;
            }
            let (along, down) = (label.size * (place + spaces - before), -label.size * run.shift);
            let em = label.size * run.size * self.units_per_point;
            let (x, y) = self.at(Point {
                x: label.at.x + along * cos - down * sin,
                y: label.at.y + along * sin + down * cos,
            });
            // From the baseline up to the upper end, from which backends hang text.
            let rise = f64::from(ascent(em));
            let at = (x + (rise * sin).round() as i32, y - (rise * cos).round() as i32);
            let up = label.turn == Turn::Up;
            let transform = if up { FontTransform::Rotate270 } else { FontTransform::None };
            if let Turn::Slanted(degrees) = label.turn {
                self.tell(Hint::Turn(-degrees));
            }
            if std::mem::replace(&mut begun, true) {
                self.tell(Hint::Continued);
            }
            if label.halo.is_some() {
                self.tell(Hint::Halo);
            }
            if run.cut.bold == Weight::Bold && run.cut.italic == Slant::Oblique {
                self.tell(Hint::Slanted);
            }
            let style = Lettering { cut: run.cut, em, color: label.color, align, transform };
            self.backend.draw_text(words, &style, at)?;
        }
        Ok(())
    }
}
