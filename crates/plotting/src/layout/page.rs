//! Where everything goes. Margins depend on tick labels, tick labels on the size of the plotting
//! areas, and these on the margins: a few rounds settle it. Plotting areas of one row or column are
//! aligned.

use crate::describe::chart::Corner;
use crate::describe::figure::{Figure, Legend, Letters, SIDES};
use crate::error::{Place, PlotError};
use crate::layout::decor::{self, Decor};
use crate::layout::extents::{self, Scales};
use crate::layout::geometry::{Edges, Point, Rect, point};
use crate::layout::grid::{Grid, cells};
use crate::layout::labels::{self, Turns};
use crate::layout::legend::{self, Block, INSIDE};
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
    /// The legend inside the plotting area, and where in it.
    pub legend: Option<(Block, Corner)>,
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

/// # Errors
/// Whatever the data are wrong in; [`PlotError::TooSmall`] with the size that would do.
pub(crate) fn layout(f: &Figure, turns: Turns) -> Result<Layout, PlotError> {
    arrange(f, turns).map_err(|mut e| {
        if let PlotError::TooSmall { size, .. } = &mut e {
            *size = fitting(f, turns);
        }
        e
    })
}

/// A size at which everything fits: with one side as it is, where that can be.
fn fitting(f: &Figure, turns: Turns) -> Option<(f64, f64)> {
    let at = |w: f64, h: Option<f64>| arrange(&f.sized(w, h), turns).ok().map(|l| (l.width, l.height));
    // The least whole number of points between the size there is and the largest.
    let least = |size: &dyn Fn(f64) -> Option<(f64, f64)>, from: f64| {
        let (mut low, mut high, mut found) = (from.floor(), *SIDES.end(), size(*SIDES.end())?);
        while high - low > 1.0 {
            let middle = ((low + high) / 2.0).floor();
            match size(middle) {
                Some(fits) => (high, found) = (middle, fits),
                None => low = middle,
            }
        }
        Some(found)
    };
    let w = f.width.points();
    let Some(h) = f.height else { return least(&|w| at(w, None), w) };
    let longer = w.max(h);
    least(&|h| at(w, Some(h)), h)
        .or_else(|| least(&|w| at(w, Some(h)), w))
        .or_else(|| least(&|side| at((w * side / longer).ceil(), Some((h * side / longer).ceil())), longer))
}

fn arrange(f: &Figure, turns: Turns) -> Result<Layout, PlotError> {
    let scales = extents::scales(f)?;
    let looks = Looks::of(f)?;
    let (rows, columns) = f.grid_size();
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
            decors.push(decor::panel(
                p,
                &scales[i],
                fitted[i],
                shown,
                &Place::of(f, i),
                outer.letters,
                turns,
            )?);
        }
        decor::level(&mut decors, &cells, outer.letters);
        let edges: Vec<Edges> = decors.iter().map(|d| d.edges).collect();
        let settled = grid.adopt(&cells, &edges, round);
        if settled {
            break;
        }
    }
    outer.fits(f, grid.height)?;
    let panels = cells
        .iter()
        .zip(&plots)
        .zip(decors)
        .zip(scales)
        .zip(&f.panels)
        .enumerate()
        .map(|(index, ((((cell, r), decor), scales), p))| {
            let (left, top) = (grid.left[cell.column], grid.top[cell.row]);
            let letter = outer.letters.then(|| point(r.x - left, r.y - top + text::CAP * LETTER_TEXT));
            let plot = fit(*r, p.aspect);
            let legend = inside_legend(f, &looks, index, plot)?;
            Ok(PanelLayout { plot, scales, decor, letter, legend })
        })
        .collect::<Result<_, PlotError>>()?;
    Ok(outer.place(f, &grid, panels, looks))
}

/// The legend inside panel `index`: its own, or that of the figure in the first one.
fn inside_legend(
    f: &Figure,
    looks: &Looks,
    index: usize,
    plot: Rect,
) -> Result<Option<(Block, Corner)>, PlotError> {
    let (entries, corner) = match (f.panels[index].legend, f.legend) {
        (Some(corner), _) => (looks.entries_of(&f.panels[index]), corner),
        (None, Legend::Inside(corner)) if index == 0 => (looks.entries(), corner),
        _ => return Ok(None),
    };
    let block = legend::column(&entries);
    for (needed, available) in [(block.width, plot.w), (block.height, plot.h)] {
        let needed = needed + 2.0 * INSIDE;
        if needed > available {
            return Err(PlotError::too_small(&Place::of(f, index), "the legend inside", needed, available));
        }
    }
    Ok((!entries.is_empty()).then_some((block, corner)))
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
        let edges = Edges { left: strip(&[&f.y_title]), bottom: strip(&x_title(f)), ..Edges::default() };
        let mut outer = Self { letters, legend: None, edges };
        if entries.is_empty() {
            return Ok(outer);
        }
        let room = f.width.points() - 2.0 * MARGIN;
        match f.legend {
            Legend::Above | Legend::Below => {
                let block = legend::flow(&entries, room).map_err(|(what, needed)| {
                    PlotError::too_small(&Place::of(f, 0), format!("the legend entry `{what}`"), needed, room)
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

    /// Whether what stands beside the grid, and the titles along its sides, are not too long.
    fn fits(&self, f: &Figure, height: f64) -> Result<(), PlotError> {
        let legend = self.legend.as_ref().map_or(0.0, |block| block.height);
        let x_title = text::widest(&x_title(f), TITLE_TEXT);
        let (width, room) = (f.width.points() - 2.0 * MARGIN, height - 2.0 * MARGIN);
        let lengths = [
            ("the legend", legend, room),
            ("the title of all vertical axes", text::width(&f.y_title, TITLE_TEXT), room),
            ("the title of all horizontal axes", x_title, width),
        ];
        match lengths.into_iter().find(|(_, needed, available)| needed > available) {
            Some((what, needed, available)) => {
                Err(PlotError::too_small(&Place::of(f, 0), what, needed, available))
            }
            None => Ok(()),
        }
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
        let below = if f.legend == Legend::Below { self.edges.bottom - strip(&x_title(f)) } else { 0.0 };
        let base = point(inner.center().x, height - MARGIN - below - text::DESCENT * TITLE_TEXT);
        let x_title = (!f.x_title.is_empty()).then(|| {
            // Centred under the plotting areas where the page reaches as far, else moved inwards.
            let lines = x_title(f);
            let half = text::widest(&lines, TITLE_TEXT) / 2.0;
            let x = base.x.min(width - MARGIN - half).max(MARGIN + half);
            (point(x, base.y), lines)
        });
        let y_title = (!f.y_title.is_empty()).then(|| {
            let half = text::width(&f.y_title, TITLE_TEXT) / 2.0;
            let y = inner.center().y.min(height - MARGIN - half).max(MARGIN + half);
            (point(MARGIN + text::ASCENT * TITLE_TEXT, y), vec![f.y_title.clone()])
        });
        Layout { width, height, panels, looks, legend, x_title, y_title }
    }
}

/// The lines of the title that all horizontal axes have in common.
fn x_title(f: &Figure) -> Vec<String> {
    text::wrap(&f.x_title, TITLE_TEXT, f.width.points())
}

/// Room for a common title.
fn strip<S: AsRef<str>>(lines: &[S]) -> f64 {
    let lines = lines.iter().filter(|l| !l.as_ref().is_empty()).count();
    if lines == 0 { 0.0 } else { labels::block(lines, TITLE_TEXT) + TITLE_GAP }
}
