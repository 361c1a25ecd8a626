//! Where everything goes. Margins depend on tick labels, tick labels on the size of the plotting
//! areas, and these on the margins: a few rounds settle it. Plotting areas of one row or column are
//! aligned.

use crate::describe::figure::{Figure, Legend, Letters};
use crate::error::{Place, PlotError};
use crate::layout::decor::{self, Decor};
use crate::layout::extents::{self, Scales};
use crate::layout::geometry::{Edges, Point, Rect, point};
use crate::layout::grid::{Grid, cells, grid_size};
use crate::layout::labels;
use crate::layout::legend::{self, Block};
use crate::layout::looks::Looks;
use crate::layout::theme::{LETTER_TEXT, MARGIN, TITLE_GAP, TITLE_TEXT};
use crate::text::markup as text;

/// A panel with its place on the page.
#[derive(Clone, Debug)]
pub(crate) struct PanelLayout {
    pub plot: Rect,
    pub scales: Scales,
    pub decor: Decor,
    /// Baseline of the panel letter.
    pub letter: Option<Point>,
}

/// A whole figure, ready to draw.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    pub width: f64,
    pub height: f64,
    pub panels: Vec<PanelLayout>,
    pub looks: Looks,
    pub legend: Option<(Block, Point)>,
    /// Middle of the baselines of the titles that all panels have in common, and their lines.
    pub x_title: Option<(Point, Vec<String>)>,
    pub y_title: Option<(Point, Vec<String>)>,
}

const ROUNDS: usize = 12;

pub(crate) fn layout(f: &Figure) -> Result<Layout, PlotError> {
    let scales = extents::scales(f)?;
    let looks = Looks::of(f)?;
    let (rows, columns) = grid_size(f);
    let cells = cells(f, rows, columns)?;
    let outer = Outer::of(f, &looks)?;
    let mut grid = Grid::new(f, rows, columns);
    let mut decors = Vec::new();
    let mut plots = Vec::new();
    for round in 0..ROUNDS {
        grid.settle(f, outer.edges, &cells)?;
        plots = cells.iter().map(|c| grid.rect(c)).collect::<Vec<Rect>>();
        let fitted: Vec<Rect> = f.panels.iter().zip(&plots).map(|(p, r)| fit(*r, p.aspect)).collect();
        decors = Vec::with_capacity(f.panels.len());
        for (i, p) in f.panels.iter().enumerate() {
            let shown = decor::Shown::of(f, &cells, i);
            decors.push(decor::panel(p, &scales[i], fitted[i], shown, &Place::of(f, i), outer.letters)?);
        }
        decor::level(&mut decors, &cells, outer.letters);
        let edges: Vec<Edges> = decors.iter().map(|d| d.edges).collect();
        let settled = grid.adopt(&cells, &edges, round);
        if settled {
            break;
        }
    }
    let panels = cells
        .iter()
        .zip(&plots)
        .zip(decors)
        .zip(scales)
        .zip(&f.panels)
        .map(|((((cell, r), decor), scales), p)| {
            let (left, top) = (grid.left[cell.column], grid.top[cell.row]);
            let letter = outer.letters.then(|| point(r.x - left, r.y - top + text::CAP * LETTER_TEXT));
            PanelLayout { plot: fit(*r, p.aspect), scales, decor, letter }
        })
        .collect();
    Ok(outer.place(f, &grid, panels, looks))
}

/// The largest rectangle of this aspect inside, centred at the top.
fn fit(r: Rect, aspect: Option<f64>) -> Rect {
    let Some(a) = aspect else { return r };
    let w = r.w.min(r.h * a);
    Rect { x: r.x + (r.w - w) / 2.0, y: r.y, w, h: w / a }
}

/// What surrounds the grid: legend and common titles.
struct Outer {
    letters: bool,
    legend: Option<Block>,
    edges: Edges,
}

const LEGEND_GAP: f64 = 6.0;

impl Outer {
    fn of(f: &Figure, looks: &Looks) -> Result<Self, PlotError> {
        let letters = f.letters == Letters::Auto && f.panels.len() > 1;
        let entries = looks.entries();
        let edges = Edges { left: strip(&f.y_title), bottom: strip(&f.x_title), ..Edges::default() };
        let mut outer = Self { letters, legend: None, edges };
        if entries.is_empty() {
            return Ok(outer);
        }
        let room = f.width.points() - 2.0 * MARGIN;
        match f.legend {
            Legend::Above | Legend::Below => {
                let block = legend::flow(&entries, room).map_err(|(what, needed)| PlotError::TooSmall {
                    place: Box::new(Place::of(f, 0)),
                    what: format!("the legend entry `{what}`"),
                    needed,
                    available: room,
                })?;
                let side =
                    if f.legend == Legend::Above { &mut outer.edges.top } else { &mut outer.edges.bottom };
                *side += block.height + LEGEND_GAP;
                outer.legend = Some(block);
            }
            Legend::Right => {
                let block = legend::column(&entries);
                outer.edges.right = block.width + LEGEND_GAP + 2.0;
                outer.legend = Some(block);
            }
            Legend::Inside(_) | Legend::None => {}
        }
        Ok(outer)
    }

    fn place(self, f: &Figure, grid: &Grid, panels: Vec<PanelLayout>, looks: Looks) -> Layout {
        let (width, height) = (f.width.points(), grid.height);
        let inner = grid.frame();
        let legend = self.legend.map(|block| {
            let at = match f.legend {
                Legend::Right => {
                    point(width - MARGIN - block.width, inner.y + ((inner.h - block.height) / 2.0).max(0.0))
                }
                Legend::Below => point((width - block.width) / 2.0, height - MARGIN - block.height),
                // Centred over the plotting areas where it fits there, else over the page.
                _ => {
                    let over_plots = inner.center().x - block.width / 2.0;
                    let last = width - MARGIN - block.width;
                    point(over_plots.clamp(MARGIN.min(last), last.max(MARGIN)), MARGIN)
                }
            };
            (block, at)
        });
        let below = if f.legend == Legend::Below { self.edges.bottom - strip(&f.x_title) } else { 0.0 };
        let x_title = (!f.x_title.is_empty()).then(|| {
            let lines = text::wrap(&f.x_title, TITLE_TEXT, width);
            (point(inner.center().x, height - MARGIN - below - text::DESCENT * TITLE_TEXT), lines)
        });
        let y_title = (!f.y_title.is_empty())
            .then(|| (point(MARGIN + text::ASCENT * TITLE_TEXT, inner.center().y), vec![f.y_title.clone()]));
        Layout { width, height, panels, looks, legend, x_title, y_title }
    }
}

fn strip(title: &str) -> f64 {
    if title.is_empty() { 0.0 } else { labels::block(1, TITLE_TEXT) + TITLE_GAP }
}
