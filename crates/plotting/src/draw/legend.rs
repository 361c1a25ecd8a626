//! Samples of lines, points, bands and bars with their names.

use crate::describe::color::Palette;
use crate::describe::marks::Marker;
use crate::draw::canvas::{Align, Canvas, Fill, Pen};
use crate::draw::symbols;
use crate::layout::geometry::{Point, Rect, point};
use crate::layout::legend::{Block, ROW, SAMPLE, SAMPLE_GAP};
use crate::layout::looks::Look;
use crate::layout::theme::{BAND, LEGEND_TEXT, MARKER, POINT};

/// Draws the block with its upper left corner at `at`.
pub(crate) fn draw(c: &mut Canvas, block: &Block, at: Point) {
    for (offset, look) in &block.items {
        let (x, y) = (at.x + offset.x, at.y + offset.y + ROW / 2.0);
        sample(c, look, point(x, y));
        let baseline = y + 0.36 * LEGEND_TEXT;
        c.text(
            point(x + SAMPLE + SAMPLE_GAP, baseline),
            &look.name,
            LEGEND_TEXT,
            Align::Start,
            Palette::BLACK,
        );
    }
}

/// A sample of what the name looks like, its left end at `at`.
fn sample(c: &mut Canvas, look: &Look, at: Point) {
    let area = |h: f64| Rect { x: at.x, y: at.y - h / 2.0, w: SAMPLE, h };
    if look.bar {
        let r = Rect { x: at.x + SAMPLE - 9.0, y: at.y - 2.8, w: 9.0, h: 5.6 };
        c.rect(r, Some(Fill::opaque(look.color.tint(look.tint))), Some(Pen::solid(look.color, 0.6)));
    }
    if look.band {
        c.rect(area(6.0), Some(Fill { color: look.color, opacity: BAND }), None);
    }
    if look.line {
        let pen = Pen { color: look.color, width: look.width, dash: look.dash };
        c.line(at, point(at.x + SAMPLE, at.y), pen);
    }
    if look.marker != Marker::None && (look.line || look.points) {
        let radius = if look.line { MARKER } else { POINT * 1.2 };
        symbols::marker(c, point(at.x + SAMPLE / 2.0, at.y), look.marker, look.color, radius);
    }
}
