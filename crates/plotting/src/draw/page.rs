//! Puts a laid-out figure on the page.

use crate::describe::color::Palette;
use crate::describe::figure::Figure;
use crate::draw::canvas::{Canvas, Shape};
use crate::draw::marks::{self, Area};
use crate::draw::{frame, legend, notes};
use crate::layout::geometry::point;
use crate::layout::page::Layout;
use crate::layout::theme::{LEADING, TITLE_TEXT};
use plotters::style::text_anchor::HPos;

pub(crate) fn draw(f: &Figure, layout: &Layout) -> Vec<Shape> {
    let mut c = Canvas::default();
    for (index, (p, l)) in f.panels.iter().zip(&layout.panels).enumerate() {
        let area = Area { rect: l.plot, scales: &l.scales, looks: &layout.looks };
        notes::references(&mut c, p, &area);
        marks::draw(&mut c, p, &area);
        frame::draw(&mut c, p, l, index);
        notes::draw(&mut c, p, &area, l.legend.as_ref());
    }
    if let Some((block, at)) = &layout.legend {
        legend::draw(&mut c, block, *at);
    }
    if let Some((at, lines)) = &layout.x_title {
        let last = lines.len().max(1) - 1;
        for (i, line) in lines.iter().enumerate() {
            let y = at.y - LEADING * TITLE_TEXT * (last - i) as f64;
            c.text(point(at.x, y), line, TITLE_TEXT, HPos::Center, Palette::BLACK);
        }
    }
    if let Some((at, lines)) = &layout.y_title {
        lines.iter().for_each(|line| frame::upward(&mut c, *at, line));
    }
    c.shapes
}

#[cfg(test)]
mod tests;
