//! Markers.

use crate::describe::color::{Color, Palette};
use crate::describe::marks::Marker;
use crate::draw::canvas::{Canvas, Fill, Pen};
use crate::layout::geometry::{Point, point};

/// A marker of this radius with a thin white rim, so that markers on lines and on each other stay
/// apart.
pub(crate) fn marker(c: &mut Canvas, at: Point, shape: Marker, color: Color, radius: f64) {
    let rim = Pen::solid(Palette::WHITE, 0.35);
    let fill = Some(Fill::opaque(color));
    let mut polygon = |corners: &[(f64, f64)], scale: f64| {
        let p: Vec<Point> = corners
            .iter()
            .map(|(x, y)| point(at.x + x * radius * scale, at.y + y * radius * scale))
            .collect();
        c.polygon(&p, fill, Some(rim));
    };
    // Scales give all shapes about the same area.
    match shape {
        Marker::None => {}
        Marker::Circle => c.circle(at, radius, fill, Some(rim)),
        Marker::Square => polygon(&[(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)], 0.9),
        Marker::Triangle => polygon(&[(0.0, -1.15), (1.0, 0.65), (-1.0, 0.65)], 1.2),
        Marker::Down => polygon(&[(0.0, 1.15), (1.0, -0.65), (-1.0, -0.65)], 1.2),
        Marker::Diamond => polygon(&[(0.0, -1.0), (1.0, 0.0), (0.0, 1.0), (-1.0, 0.0)], 1.3),
        Marker::Plus | Marker::Cross => {
            let r = radius * 1.15;
            let d = if shape == Marker::Plus {
                [(r, 0.0), (0.0, r)]
            } else {
                [(0.75 * r, 0.75 * r), (0.75 * r, -0.75 * r)]
            };
            let arms = d.map(|(x, y)| (point(at.x - x, at.y - y), point(at.x + x, at.y + y)));
            c.segments(&arms, Pen::solid(color, (0.5 * radius).min(1.0)));
        }
    }
}
