//! The frame of a panel: border, ticks, tick labels, titles, colour bar, letter.

use crate::describe::axis::Kind;
use crate::describe::chart::{Chart, letter};
use crate::describe::color::{Color, ColorMap, Palette};
use crate::describe::marks::Mark;
use crate::draw::canvas::{Align, Canvas, Pen};
use crate::layout::decor::{BAR_GAP, BAR_WIDTH, ColorBar, Decor, OUTWARD};
use crate::layout::geometry::{Point, Rect, point};
use crate::layout::labels::{Labelled, Setting, block};
use crate::layout::page::PanelLayout;
use crate::layout::theme::{
    FRAME, LABEL_GAP, LEADING, LETTER_TEXT, MAJOR, MINOR, TICK, TICK_TEXT, TITLE_GAP, TITLE_TEXT,
};
use crate::layout::ticks::Rank;
use crate::text::markup as text;
use crate::text::markup::{CAP, DESCENT};

const INK: Color = Palette::BLACK;

/// Border, ticks and everything around them; drawn after the marks.
pub(crate) fn draw(c: &mut Canvas, p: &Chart, l: &PanelLayout, index: usize) {
    let r = l.plot;
    let map = p.marks.iter().find_map(|m| if let Mark::HeatMap(h) = m { Some(h.map) } else { None });
    // Ticks inside a heat map would be lost among its colours.
    let side = if map.is_some() { Side::Outward } else { Side::Inward };
    ticks(c, l, side);
    c.rect(r, None, Some(Pen::solid(INK, FRAME)));
    labels_below(c, &l.decor.x, r);
    labels_beside(c, &l.decor.y, r);
    titles(c, &l.decor, r);
    if let (Some(bar), Some(map)) = (&l.decor.bar, map) {
        color_bar(c, bar, map, r);
    }
    if let Some(at) = l.letter {
        c.turned_text(at, &text::parse_bold(&letter(index)), LETTER_TEXT, Align::Start, INK, 0.0);
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    /// On all four sides, into the plotting area.
    Inward,
    /// On the left and below, out of it.
    Outward,
}

fn ticks(c: &mut Canvas, l: &PanelLayout, side: Side) {
    let r = l.plot;
    let mut out = Vec::new();
    let names = |k: &Kind| matches!(k, Kind::Categories(_));
    if !names(&l.scales.x.kind) {
        for t in &l.decor.x.ticks.ticks {
            let x = r.x + t.unit * r.w;
            let d = length(t.rank);
            match side {
                Side::Inward => {
                    out.push((point(x, r.bottom()), point(x, r.bottom() - d)));
                    out.push((point(x, r.y), point(x, r.y + d)));
                }
                Side::Outward => out.push((point(x, r.bottom()), point(x, r.bottom() + OUTWARD * d))),
            }
        }
    }
    if !names(&l.scales.y.kind) {
        for t in &l.decor.y.ticks.ticks {
            let y = r.bottom() - t.unit * r.h;
            let d = length(t.rank);
            match side {
                Side::Inward => {
                    out.push((point(r.x, y), point(r.x + d, y)));
                    out.push((point(r.right(), y), point(r.right() - d, y)));
                }
                Side::Outward => out.push((point(r.x, y), point(r.x - OUTWARD * d, y))),
            }
        }
    }
    c.segments(&out, Pen::solid(INK, TICK));
}

fn length(rank: Rank) -> f64 {
    match rank {
        Rank::Major => MAJOR,
        Rank::Minor => MINOR,
    }
}

fn labels_below(c: &mut Canvas, x: &Labelled, r: Rect) {
    let top = r.bottom() + x.gap;
    for (t, lines) in x.ticks.ticks.iter().zip(&x.lines) {
        let at = r.x + t.unit * r.w;
        match x.setting {
            Setting::Upright => {
                for (i, line) in lines.iter().enumerate() {
                    let y = top + (CAP + LEADING * i as f64) * TICK_TEXT;
                    c.text(point(at, y), line, TICK_TEXT, Align::Middle, INK);
                }
            }
            Setting::Turned(degrees) => {
                let (sin, cos) = degrees.to_radians().sin_cos();
                // The middle of the capitals at the end of the text comes to lie below the tick.
                let half = CAP / 2.0 * TICK_TEXT;
                let base = point(at + half * sin, top + half * (2.0 * cos).min(1.0));
                for line in lines {
                    c.turned_text(base, &text::parse(line), TICK_TEXT, Align::End, INK, -degrees);
                }
            }
        }
    }
}

fn labels_beside(c: &mut Canvas, y: &Labelled, r: Rect) {
    for (t, lines) in y.ticks.ticks.iter().zip(&y.lines) {
        column(c, lines, point(r.x - y.gap, r.bottom() - t.unit * r.h), Align::End);
    }
}

/// Lines centred about the height of `at`.
fn column(c: &mut Canvas, lines: &[String], at: Point, align: Align) {
    let lift = LEADING * TICK_TEXT * (lines.len().max(1) - 1) as f64 / 2.0;
    for (i, line) in lines.iter().enumerate() {
        let y = at.y + CAP / 2.0 * TICK_TEXT - lift + LEADING * TICK_TEXT * i as f64;
        c.text(point(at.x, y), line, TICK_TEXT, align, INK);
    }
}

fn titles(c: &mut Canvas, d: &Decor, r: Rect) {
    let middle = r.center();
    let above = r.y - d.factor_row - TITLE_GAP;
    let first = above - block(d.title.len(), TITLE_TEXT) + CAP * TITLE_TEXT;
    for (i, line) in d.title.iter().enumerate() {
        let y = first + LEADING * TITLE_TEXT * i as f64;
        c.text(point(middle.x, y), line, TITLE_TEXT, Align::Middle, INK);
    }
    if let Some(f) = &d.y.ticks.factor {
        c.text(point(r.x, r.y - 2.2), f, TICK_TEXT, Align::Start, INK);
    }
    let labels = r.bottom() + d.x.reach();
    let under = labels + d.x_factor_row + TITLE_GAP;
    for (i, line) in d.x_title.iter().enumerate() {
        let y = under + (CAP + LEADING * i as f64) * TITLE_TEXT;
        c.text(point(middle.x, y), line, TITLE_TEXT, Align::Middle, INK);
    }
    if let Some(f) = &d.x.ticks.factor {
        let y = if d.x_factor_row > 0.0 { labels + 1.15 * TICK_TEXT } else { under + CAP * TITLE_TEXT };
        c.text(point(r.right(), y), f, TICK_TEXT, Align::End, INK);
    }
    let beside = r.x - d.y.reach() - TITLE_GAP;
    let n = d.y_title.len();
    for (i, line) in d.y_title.iter().enumerate() {
        let x = beside - (DESCENT + LEADING * (n - 1 - i) as f64) * TITLE_TEXT;
        upward(c, point(x, middle.y), line);
    }
}

/// A title that reads upwards, centred at `at`.
pub(crate) fn upward(c: &mut Canvas, at: Point, line: &str) {
    c.turned_text(at, &text::parse(line), TITLE_TEXT, Align::Middle, INK, -90.0);
}

const STEPS: usize = 128;

fn color_bar(c: &mut Canvas, bar: &ColorBar, map: ColorMap, r: Rect) {
    let x = r.right() + BAR_GAP;
    let step = r.h / STEPS as f64;
    for s in 0..STEPS {
        // From below, each step reaching under the next: no seams.
        let (foot, top) = (r.bottom() - step * s as f64, (r.bottom() - step * (s + 2) as f64).max(r.y));
        let cell = Rect { x, y: top, w: BAR_WIDTH, h: foot - top };
        let color = map.at(s as f64 / (STEPS - 1) as f64);
        c.cell(cell, color);
    }
    let frame = Rect { x, y: r.y, w: BAR_WIDTH, h: r.h };
    let mut marks = Vec::new();
    for (t, lines) in bar.labels.ticks.ticks.iter().zip(&bar.labels.lines) {
        let y = r.bottom() - t.unit * r.h;
        marks.push((point(frame.right(), y), point(frame.right() + 0.6 * length(t.rank), y)));
        column(c, lines, point(frame.right() + LABEL_GAP + 0.6, y), Align::Start);
    }
    c.segments(&marks, Pen::solid(INK, TICK));
    c.rect(frame, None, Some(Pen::solid(INK, FRAME)));
    if let Some(f) = &bar.labels.ticks.factor {
        c.text(point(x, r.y - 2.2), f, TICK_TEXT, Align::Start, INK);
    }
    let (labels, _) = bar.reach();
    for (i, line) in bar.title.iter().enumerate() {
        let at = r.right() + labels + TITLE_GAP + (CAP + LEADING * i as f64) * TITLE_TEXT;
        upward(c, point(at, r.center().y), line);
    }
}
