//! Puts a laid-out figure on the page.

use crate::describe::chart::Corner;
use crate::describe::color::Palette;
use crate::describe::figure::{Figure, Legend};
use crate::draw::canvas::{Align, Canvas};
use crate::draw::marks::{self, Area};
use crate::draw::{frame, legend, notes};
use crate::layout::geometry::point;
use crate::layout::legend::{Block, column};
use crate::layout::page::Layout;
use crate::layout::theme::{LEADING, TITLE_TEXT};

/// The SVG document, text as text.
pub(crate) fn draw(f: &Figure, layout: &Layout) -> String {
    let mut c = Canvas::new();
    for (index, (p, l)) in f.panels.iter().zip(&layout.panels).enumerate() {
        let area = Area { rect: l.plot, scales: &l.scales, looks: &layout.looks };
        notes::references(&mut c, p, &area);
        marks::draw(&mut c, p, &area);
        frame::draw(&mut c, p, l, index);
        notes::draw(&mut c, p, &area, inside_legend(f, layout, index));
    }
    if let Some((block, at)) = &layout.legend {
        legend::draw(&mut c, block, *at);
    }
    if let Some((at, lines)) = &layout.x_title {
        let last = lines.len().max(1) - 1;
        for (i, line) in lines.iter().enumerate() {
            let y = at.y - LEADING * TITLE_TEXT * (last - i) as f64;
            c.text(point(at.x, y), line, TITLE_TEXT, Align::Middle, Palette::BLACK);
        }
    }
    if let Some((at, lines)) = &layout.y_title {
        lines.iter().for_each(|line| frame::upward(&mut c, *at, line));
    }
    c.finish(layout.width, layout.height)
}

/// The legend inside panel `index`: its own, or that of the figure in the first one.
fn inside_legend(f: &Figure, layout: &Layout, index: usize) -> Option<(Block, Corner)> {
    let (entries, corner) = match (f.panels.get(index)?.legend, f.legend) {
        (Some(corner), _) => (layout.looks.entries_of(f.panels.get(index)?), corner),
        (None, Legend::Inside(corner)) if index == 0 => (layout.looks.entries(), corner),
        _ => return None,
    };
    (!entries.is_empty()).then(|| (column(&entries), corner))
}

#[cfg(test)]
mod tests;
