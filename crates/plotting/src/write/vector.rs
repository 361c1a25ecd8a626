//! The backend of plotters that writes our SVG: text is text in it, dashes are dashes.

use std::convert::Infallible;
use std::fmt::Write as _;

use plotters::style::Color as _;
use plotters::style::text_anchor::HPos;
use plotters_backend::{
    BackendColor, BackendCoord as At, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
    FontStyle, FontTransform,
};

use crate::describe::color::Palette;
use crate::describe::marks::Dash;
use crate::draw::canvas::Shape;
use crate::draw::dashes;
use crate::draw::lettering::{FAMILIES, ascent, em};
use crate::draw::sheet::{Hint, Sheet};
use crate::layout::theme::HALO;

/// 1/1000 point is below any printer's resolution, and the largest page has 4 000 000 of them.
const UNITS_PER_POINT: f64 = 1000.0;

/// SVG under construction.
pub(crate) struct Vector {
    size: (u32, u32),
    body: String,
    /// The last shape, which what follows may still belong to.
    last: Option<Element>,
    hints: Vec<Hint>,
    /// The turn of the last text, clockwise in degrees about a point.
    turn: (f64, At),
}

struct Element {
    geometry: Geometry,
    fill: Option<String>,
    stroke: Option<String>,
}

#[derive(PartialEq)]
enum Geometry {
    Path(String),
    Circle(String),
}

/// The SVG document of a page of this size in points, text as text in fonts of these families.
pub(crate) fn document(shapes: &[Shape], width: f64, height: f64, families: &str) -> Result<String, String> {
    let units = |points: f64| (points * UNITS_PER_POINT).round() as u32;
    let mut backend = Vector {
        size: (units(width), units(height)),
        body: String::new(),
        last: None,
        hints: Vec::new(),
        turn: (0.0, (0, 0)),
    };
    let mut sheet = Sheet {
        backend: &mut backend,
        origin: (0, 0),
        units_per_point: UNITS_PER_POINT,
        hint: Some(|vector: &mut Vector, hint| vector.hints.push(hint)),
    };
    sheet.draw(shapes).map_err(|e| e.to_string())?;
    backend.flush();
    let (w, h) = (number(backend.size.0 as i32), number(backend.size.1 as i32));
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}pt\" height=\"{h}pt\" viewBox=\"0 0 {w} {h}\" \
         font-family=\"{}\">\n<rect width=\"{w}\" height=\"{h}\" fill=\"#ffffff\"/>\n{}</svg>\n",
        xml(families).replace('"', "&quot;"),
        backend.body
    ))
}

type Drawn = Result<(), DrawingErrorKind<Infallible>>;

impl DrawingBackend for Vector {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): At, color: BackendColor) -> Drawn {
        self.draw_rect((x, y), (x + 1, y + 1), &color, true)
    }

    fn draw_line<S: BackendStyle>(&mut self, from: At, to: At, style: &S) -> Drawn {
        self.draw_path([from, to], style)
    }

    fn draw_rect<S: BackendStyle>(&mut self, a: At, b: At, style: &S, fill: bool) -> Drawn {
        let corners = [a, (b.0, a.1), b, (a.0, b.1)];
        if fill {
            self.fill_polygon(corners, style)
        } else {
            self.draw_path(corners.into_iter().chain([a]), style)
        }
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = At>>(&mut self, path: I, style: &S) -> Drawn {
        let path: Vec<At> = path.into_iter().collect();
        let geometry = match path.split_last() {
            Some((end, outline)) if outline.len() > 2 && outline.first() == Some(end) => {
                outlined(outline, "Z")
            }
            _ => outlined(&path, ""),
        };
        let stroke = self.stroke(style);
        self.add(Element { geometry, fill: None, stroke: Some(stroke) });
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(&mut self, (x, y): At, radius: u32, style: &S, fill: bool) -> Drawn {
        let (x, y, r) = (number(x), number(y), number(radius as i32));
        let geometry = Geometry::Circle(format!("cx=\"{x}\" cy=\"{y}\" r=\"{r}\""));
        let (fill, stroke) =
            if fill { (Some(paint("fill", style.color())), None) } else { (None, Some(self.stroke(style))) };
        self.add(Element { geometry, fill, stroke });
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = At>>(&mut self, path: I, style: &S) -> Drawn {
        let path: Vec<At> = path.into_iter().collect();
        let mut fill = paint("fill", style.color());
        if std::mem::take(&mut self.hints).contains(&Hint::Crisp) {
            fill.push_str(" shape-rendering=\"crispEdges\"");
        }
        self.add(Element { geometry: outlined(&path, "Z"), fill: Some(fill), stroke: None });
        Ok(())
    }

    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, at: At) -> Drawn {
        self.flush();
        let hints = std::mem::take(&mut self.hints);
        let turned =
            hints.iter().find_map(|h| if let Hint::Turn(degrees) = h { Some(*degrees) } else { None });
        let degrees = turned.unwrap_or(match style.transform() {
            FontTransform::None => 0.0,
            FontTransform::Rotate90 => 90.0,
            FontTransform::Rotate180 => 180.0,
            FontTransform::Rotate270 => -90.0,
        });
        // From the upper end, from which the text hangs, to its baseline.
        let down = turn((0, ascent(em(style))), degrees);
        let base = (at.0 + down.0, at.1 + down.1);
        let continued = hints.contains(&Hint::Continued) && self.body.ends_with(END);
        if continued {
            self.body.truncate(self.body.len() - END.len());
        } else {
            self.turn = (degrees, base);
            self.begin_text(style, hints.contains(&Hint::Halo));
        }
        // Positions within a text are those before its turn.
        let center = self.turn.1;
        let offset = turn((base.0 - center.0, base.1 - center.1), -self.turn.0);
        let (x, y) = (number(center.0 + offset.0), number(center.1 + offset.1));
        let size = number(em(style).round() as i32);
        let _ = write!(self.body, "<tspan x=\"{x}\" y=\"{y}\" font-size=\"{size}\"");
        match style.style() {
            FontStyle::Normal => {}
            FontStyle::Bold => self.body.push_str(" font-weight=\"bold\""),
            FontStyle::Italic | FontStyle::Oblique => self.body.push_str(" font-style=\"oblique\""),
        }
        // A font from outside shapes its text alone: in some scripts letters change places and join.
        let family = style.family();
        if family.as_str() != FAMILIES {
            let _ = write!(self.body, " font-family=\"'{}'\"", xml(&quotable(family.as_str())));
        }
        if hints.contains(&Hint::Slanted) {
            self.body.push_str(" font-style=\"oblique\"");
        }
        let _ = write!(self.body, ">{}</tspan>{END}", xml(text));
        Ok(())
    }
}

const END: &str = "</text>\n";

impl Vector {
    /// Opens a text element.
    fn begin_text(&mut self, style: &impl BackendTextStyle, halo: bool) {
        let anchor = match style.anchor().h_pos {
            HPos::Left => "start",
            HPos::Center => "middle",
            HPos::Right => "end",
        };
        let _ = write!(
            self.body,
            "<text text-anchor=\"{anchor}\"{} xml:space=\"preserve\"",
            paint("fill", style.color())
        );
        let (degrees, (x, y)) = self.turn;
        if degrees != 0.0 {
            let _ = write!(self.body, " transform=\"rotate({degrees} {} {})\"", number(x), number(y));
        }
        if halo {
            let white = paint("stroke", Palette::WHITE.mix(HALO).to_backend_color());
            let _ = write!(
                self.body,
                "{white} stroke-width=\"1.4\" stroke-linejoin=\"round\" paint-order=\"stroke\""
            );
        }
        self.body.push('>');
    }

    fn stroke(&mut self, style: &impl BackendStyle) -> String {
        let width = style.stroke_width() as i32;
        let dash =
            self.hints.drain(..).find_map(|h| if let Hint::Dash(dash) = h { Some(dash) } else { None });
        let dash = dash.unwrap_or(Dash::Solid);
        let mut s = paint("stroke", style.color());
        let _ = write!(s, " stroke-width=\"{}\"", number(width));
        let lengths = dashes::pattern(dash, f64::from(width) / UNITS_PER_POINT);
        if !lengths.is_empty() {
            let lengths: Vec<String> =
                lengths.iter().map(|l| number((l * UNITS_PER_POINT).round() as i32)).collect();
            let _ = write!(s, " stroke-dasharray=\"{}\"", lengths.join(" "));
        }
        if dashes::dotted(dash) {
            s.push_str(" stroke-linecap=\"round\"");
        }
        s.push_str(" stroke-linejoin=\"round\"");
        s
    }

    /// Draws an element, as part of the last one where that looks the same: the outline of what was
    /// filled, or another opaque line of one pen.
    fn add(&mut self, new: Element) {
        match (&mut self.last, new) {
            (
                Some(Element { geometry, stroke: stroke @ None, .. }),
                Element { geometry: g, fill: None, stroke: s },
            ) if *geometry == g => {
                *stroke = s;
            }
            (
                Some(Element { geometry: Geometry::Path(d), fill: None, stroke: Some(old) }),
                Element { geometry: Geometry::Path(more), fill: None, stroke: Some(s) },
            ) if *old == s && !s.contains("opacity") => d.push_str(&more),
            (_, new) => {
                self.flush();
                self.last = Some(new);
            }
        }
    }

    fn flush(&mut self) {
        let Some(Element { geometry, fill, stroke }) = self.last.take() else { return };
        let _ = match geometry {
            Geometry::Path(d) => write!(self.body, "<path d=\"{d}\""),
            Geometry::Circle(c) => write!(self.body, "<circle {c}"),
        };
        self.body.push_str(fill.as_deref().unwrap_or(" fill=\"none\""));
        self.body.push_str(stroke.as_deref().unwrap_or_default());
        self.body.push_str("/>\n");
    }
}

/// A vector turned clockwise.
fn turn((x, y): At, degrees: f64) -> At {
    let (sin, cos) = degrees.to_radians().sin_cos();
    let (x, y) = (f64::from(x), f64::from(y));
    ((x * cos - y * sin).round() as i32, (x * sin + y * cos).round() as i32)
}

/// A coordinate in points.
fn number(units: i32) -> String {
    format!("{}", f64::from(units) / UNITS_PER_POINT)
}

fn outlined(points: &[At], end: &str) -> Geometry {
    let mut d = String::with_capacity(points.len() * 14);
    for (i, (x, y)) in points.iter().enumerate() {
        let _ = write!(d, "{}{} {}", if i == 0 { 'M' } else { 'L' }, number(*x), number(*y));
    }
    Geometry::Path(d + end)
}

/// The attributes of a colour, for `fill` or `stroke`.
fn paint(what: &str, color: BackendColor) -> String {
    let (r, g, b) = color.rgb;
    let opacity =
        if color.alpha < 1.0 { format!(" {what}-opacity=\"{}\"", color.alpha) } else { String::new() };
    format!(" {what}=\"#{r:02x}{g:02x}{b:02x}\"{opacity}")
}

/// The name of a family as it stands between quotes.
pub(crate) fn quotable(family: &str) -> String {
    family.replace(['\'', '"'], "")
}

/// Control characters do not come here: labels replace them.
fn xml(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_text_is_escaped() {
        assert_eq!([333, 0, 72_000, -1].map(number), ["0.333", "0", "72", "-0.001"]);
        assert_eq!(xml("<φ, ψ> & x"), "&lt;φ, ψ&gt; &amp; x");
        let replaced = |c| crate::text::markup::parse(c)[0].text == "\u{fffd}";
        assert!(["\u{1}", "\u{8}", "\u{1f}", "\u{fffe}", "\u{ffff}"].into_iter().all(replaced));
    }
}
