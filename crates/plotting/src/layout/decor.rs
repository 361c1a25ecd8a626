//! What stands around a plotting area: tick labels, titles, colour bar; and how much room each side
//! needs.

use crate::describe::axis::Kind;
use crate::describe::axis::Labels;
use crate::describe::chart::Chart;
use crate::describe::figure::Figure;
use crate::describe::heatmap::HeatMap;
use crate::describe::marks::Mark;
use crate::error::{Place, PlotError};
use crate::layout::extents::Scales;
use crate::layout::geometry::{Edges, Rect};
use crate::layout::grid::Cell;
use crate::layout::labels::{self, Labelled, block};
use crate::layout::scale::Scale;
use crate::layout::theme::{LABEL_GAP, LETTER_TEXT, MAJOR, TICK_TEXT, TITLE_GAP, TITLE_TEXT};
use crate::layout::ticks::Along;
use crate::text::markup as text;

/// Everything around one plotting area.
#[derive(Clone, Debug)]
pub(crate) struct Decor {
    pub x: Labelled,
    pub y: Labelled,
    pub x_title: Vec<String>,
    pub y_title: Vec<String>,
    pub title: Vec<String>,
    pub bar: Option<ColorBar>,
    /// Height of the line above the frame that holds the factors of vertical axes.
    pub factor_row: f64,
    /// Height of the line below the tick labels that holds the factor of the x axis where it does
    /// not fit beside the title.
    pub x_factor_row: f64,
    pub edges: Edges,
}

/// The colour bar of a heat map.
#[derive(Clone, Debug)]
pub(crate) struct ColorBar {
    pub labels: Labelled,
    pub title: Vec<String>,
}

pub(crate) const BAR_GAP: f64 = 5.0;
pub(crate) const BAR_WIDTH: f64 = 6.5;
/// Length of outward ticks relative to inward ones.
pub(crate) const OUTWARD: f64 = 0.7;

/// Which labels and titles a panel shows, given what it shares with its neighbours.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shown {
    x_labels: bool,
    y_labels: bool,
    x_title: bool,
    y_title: bool,
}

impl Shown {
    /// With shared axes only the lowest and the leftmost panels are labelled.
    pub(crate) fn of(f: &Figure, cells: &[Cell], index: usize) -> Self {
        let c = cells[index];
        let covers = |o: &Cell, column: usize| (o.column..o.column + o.columns).contains(&column);
        let below = cells.iter().any(|o| o.row >= c.row + c.rows && covers(o, c.column));
        let before = cells.iter().any(|o| o.column < c.column && (o.row..o.row + o.rows).contains(&c.row));
        let (x_labels, y_labels) = (!(f.share.x() && below), !(f.share.y() && before));
        Self {
            x_labels,
            y_labels,
            x_title: x_labels && f.x_title.is_empty(),
            y_title: y_labels && f.y_title.is_empty(),
        }
    }
}

pub(crate) fn panel(
    p: &Chart,
    scales: &Scales,
    plot: Rect,
    shown: Shown,
    place: &Place,
    letters: bool,
) -> Result<Decor, PlotError> {
    let xt = labels::ticks(&scales.x, p.x.ticks.as_ref(), plot.w, Along::X);
    let yt = labels::ticks(&scales.y, p.y.ticks.as_ref(), plot.h, Along::Y);
    let visible = |axis: Labels, shared: bool| shared && axis == Labels::Shown;
    let x = if visible(p.x.labels, shown.x_labels) {
        labels::below(&scales.x, xt, plot.w)
    } else {
        labels::hidden(xt)
    };
    let limit = (0.4 * plot.w).clamp(30.0, 110.0);
    let y = if visible(p.y.labels, shown.y_labels) {
        labels::beside(&scales.y, yt, plot.h, limit)
    } else {
        labels::hidden(yt)
    };
    let (mut x, mut y) = (x, y);
    if p.marks.iter().any(|m| matches!(m, Mark::HeatMap(_))) {
        // Ticks point outwards there, except on axes of names, which have none.
        for (labels, scale) in [(&mut x, &scales.x), (&mut y, &scales.y)] {
            if !matches!(scale.kind, Kind::Categories(_)) {
                labels.gap += OUTWARD * MAJOR - 0.8;
            }
        }
    }
    let x_title = title(&p.x.title, shown.x_title, plot.w, place, "the title of the x axis")?;
    let y_title = title(&p.y.title, shown.y_title, plot.h, place, "the title of the y axis")?;
    let letter_room = if letters { 2.0 * LETTER_TEXT } else { 0.0 };
    let heading = title(&p.title, true, plot.w - letter_room, place, "the title of the panel")?;
    let bar = color_bar(p, plot, place)?;

    let factors = y.ticks.factor.is_some() || bar.as_ref().is_some_and(|b| b.labels.ticks.factor.is_some());
    let factor_row = if factors { 1.15 * TICK_TEXT + 1.5 } else { 0.0 };
    let x_factor_row = x_factor_row(&x, &x_title, plot.w);
    let mut decor = Decor {
        x,
        y,
        x_title,
        y_title,
        title: heading,
        bar,
        factor_row,
        x_factor_row,
        edges: Edges::default(),
    };
    decor.edges = edges(&decor, letters);
    Ok(decor)
}

fn title(
    markup: &str,
    shown: bool,
    room: f64,
    place: &Place,
    what: &'static str,
) -> Result<Vec<String>, PlotError> {
    if !shown || markup.trim().is_empty() {
        return Ok(Vec::new());
    }
    let lines = text::wrap(markup, TITLE_TEXT, room);
    let needed = text::widest(&lines, TITLE_TEXT);
    // A word may stick out a little: margins take it up.
    if needed > room + 8.0 || lines.len() > 4 {
        let needed = if lines.len() > 4 { text::width(markup, TITLE_TEXT) / 4.0 } else { needed };
        return Err(PlotError::TooSmall {
            place: Box::new(place.clone()),
            what: format!("{what}, `{markup}`,"),
            needed,
            available: room,
        });
    }
    Ok(lines)
}

/// Zero where the factor fits to the right of the title.
fn x_factor_row(x: &Labelled, title: &[String], width: f64) -> f64 {
    let Some(factor) = &x.ticks.factor else { return 0.0 };
    let beside = title.first().map_or(0.0, |t| text::width(t, TITLE_TEXT) / 2.0);
    let fits = beside + text::width(factor, TICK_TEXT) + 6.0 <= width / 2.0 && !title.is_empty();
    if fits { 0.0 } else { 1.3 * TICK_TEXT }
}

fn color_bar(p: &Chart, plot: Rect, place: &Place) -> Result<Option<ColorBar>, PlotError> {
    let map = p.marks.iter().find_map(|m| if let Mark::HeatMap(h) = m { Some(h) } else { None });
    let Some((map, markup)) = map.and_then(|h: &HeatMap| h.bar.as_ref().map(|b| (h, b))) else {
        return Ok(None);
    };
    let scale = Scale::of_colors(map);
    let ticks = labels::ticks(&scale, None, plot.h, Along::Y);
    let labels = labels::beside(&scale, ticks, plot.h, f64::INFINITY);
    let title = title(markup, true, plot.h, place, "the title of the colour bar")?;
    Ok(Some(ColorBar { labels, title }))
}

impl ColorBar {
    /// From the frame of the plot to the right end of the tick labels, and to that of the title.
    pub(crate) fn reach(&self) -> (f64, f64) {
        let labels = BAR_GAP + BAR_WIDTH + LABEL_GAP + self.labels.depth;
        let title = if self.title.is_empty() { 0.0 } else { TITLE_GAP + block(self.title.len(), TITLE_TEXT) };
        (labels, labels + title)
    }
}

/// Titles of one row of panels stand at one height: above the factors, wherever there are any.
pub(crate) fn level(decors: &mut [Decor], cells: &[Cell], letters: bool) {
    for i in 0..decors.len() {
        let row = cells[i].row;
        let tallest = decors
            .iter()
            .zip(cells)
            .filter(|(_, c)| c.row == row)
            .map(|(d, _)| d.factor_row)
            .fold(0.0, f64::max);
        decors[i].factor_row = tallest;
        decors[i].edges = edges(&decors[i], letters);
    }
}

fn edges(d: &Decor, letters: bool) -> Edges {
    let y_title = if d.y_title.is_empty() { 0.0 } else { TITLE_GAP + block(d.y_title.len(), TITLE_TEXT) };
    let x_title = if d.x_title.is_empty() { 0.0 } else { TITLE_GAP + block(d.x_title.len(), TITLE_TEXT) };
    let letter = if letters { block(1, LETTER_TEXT) } else { 0.0 };
    let head = block(d.title.len(), TITLE_TEXT).max(letter);
    let head = if head > 0.0 { head + TITLE_GAP } else { 0.0 };
    let bar = d.bar.as_ref().map_or(0.0, |b| b.reach().1);
    let bar_after = d.bar.as_ref().map_or(0.0, |b| b.labels.after);
    Edges {
        left: (d.y.reach() + y_title).max(d.x.before),
        right: bar.max(d.x.after).max(1.0),
        top: (d.factor_row + head).max(d.y.after).max(bar_after).max(1.0),
        bottom: (d.x.reach() + d.x_factor_row + x_title).max(d.y.before).max(1.0),
    }
}
