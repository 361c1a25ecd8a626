//! Where everything goes. Margins depend on tick labels, tick labels on the size of the plotting
//! areas, and these on the margins: a few rounds settle it. Plotting areas of one row or column are
//! aligned.

use crate::canvas::{Point, Rect, point};
use crate::decor::{self, Decor, Edges};
use crate::error::PlotError;
use crate::extents::{self, Scales};
use crate::figure::{Figure, Legend, Letters, Width};
use crate::legend::{self, Block};
use crate::looks::Looks;
use crate::theme::{COLUMN_GAP, LETTER_TEXT, MARGIN, ROW_GAP, TITLE_GAP, TITLE_TEXT};
use crate::{check, labels, text};

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

/// The part of the grid that a panel takes up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell {
    pub row: usize,
    pub column: usize,
    pub rows: usize,
    pub columns: usize,
}

/// Plotting areas may not be smaller than this, in points.
const SMALLEST: (f64, f64) = (24.0, 20.0);
/// A row without a given height is not higher than this, so that wide figures stay wide.
const HIGHEST: f64 = 190.0;
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
        grid.settle(f, &outer, &cells)?;
        plots = cells.iter().map(|c| grid.rect(c)).collect::<Vec<Rect>>();
        let fitted: Vec<Rect> = f.panels.iter().zip(&plots).map(|(p, r)| fit(*r, p.aspect)).collect();
        decors = Vec::with_capacity(f.panels.len());
        for (i, p) in f.panels.iter().enumerate() {
            let shown = decor::Shown::of(f, &cells, i);
            decors.push(decor::panel(p, &scales[i], fitted[i], shown, &check::place(f, i), outer.letters)?);
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

fn grid_size(f: &Figure) -> (usize, usize) {
    let n = f.panels.len();
    f.grid.unwrap_or_else(|| {
        let columns = if f.width == Width::Single { 1 } else { n.min(3) };
        (n.div_ceil(columns.max(1)), columns)
    })
}

/// Fills the grid row by row, each panel at the first place where it fits.
fn cells(f: &Figure, rows: usize, columns: usize) -> Result<Vec<Cell>, PlotError> {
    let refuse = |i: usize, why| {
        Err(PlotError::Grid { figure: f.name.clone(), panel: check::letter(i), rows, columns, why })
    };
    if rows == 0 || columns == 0 || rows > 100 || columns > 100 {
        return refuse(0, "a grid has 1 to 100 rows and columns");
    }
    if !(f.row_heights.is_empty() || f.row_heights.len() == rows)
        || !(f.column_widths.is_empty() || f.column_widths.len() == columns)
    {
        return refuse(0, "give one weight for each row and column, or none");
    }
    let mut taken = vec![false; rows * columns];
    let mut out = Vec::with_capacity(f.panels.len());
    for (i, p) in f.panels.iter().enumerate() {
        let (h, w) = p.span;
        if h == 0 || w == 0 || h > rows || w > columns {
            return refuse(i, "its span must be at least one row and column and at most the grid");
        }
        let free = |r: usize, c: usize| (r..r + h).all(|r| (c..c + w).all(|c| !taken[r * columns + c]));
        let place =
            (0..=rows - h).flat_map(|r| (0..=columns - w).map(move |c| (r, c))).find(|&(r, c)| free(r, c));
        let Some((row, column)) = place else {
            return refuse(i, "no free place is left: enlarge the grid or shrink the spans");
        };
        (row..row + h).for_each(|r| (column..column + w).for_each(|c| taken[r * columns + c] = true));
        out.push(Cell { row, column, rows: h, columns: w });
    }
    Ok(out)
}

/// What surrounds the grid: legend and common titles.
struct Outer {
    letters: bool,
    legend: Option<Block>,
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

const LEGEND_GAP: f64 = 6.0;

impl Outer {
    fn of(f: &Figure, looks: &Looks) -> Result<Self, PlotError> {
        let letters = f.letters == Letters::Auto && f.panels.len() > 1;
        let entries = looks.entries();
        let strip =
            |title: &str| if title.is_empty() { 0.0 } else { labels::block(1, TITLE_TEXT) + TITLE_GAP };
        let mut outer = Self {
            letters,
            legend: None,
            left: strip(&f.y_title),
            right: 0.0,
            top: 0.0,
            bottom: strip(&f.x_title),
        };
        if entries.is_empty() {
            return Ok(outer);
        }
        let room = f.width.points() - 2.0 * MARGIN;
        match f.legend {
            Legend::Above | Legend::Below => {
                let block = legend::flow(&entries, room).map_err(|(what, needed)| PlotError::TooSmall {
                    place: Box::new(check::place(f, 0)),
                    what: format!("the legend entry `{what}`"),
                    needed,
                    available: room,
                })?;
                let side = if f.legend == Legend::Above { &mut outer.top } else { &mut outer.bottom };
                *side += block.height + LEGEND_GAP;
                outer.legend = Some(block);
            }
            Legend::Right => {
                let block = legend::column(&entries);
                outer.right = block.width + LEGEND_GAP + 2.0;
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
        let below = if f.legend == Legend::Below { self.bottom - strip_height(&f.x_title) } else { 0.0 };
        let x_title = (!f.x_title.is_empty()).then(|| {
            let lines = text::wrap(&f.x_title, TITLE_TEXT, width);
            (point(inner.center().x, height - MARGIN - below - text::DESCENT * TITLE_TEXT), lines)
        });
        let y_title = (!f.y_title.is_empty())
            .then(|| (point(MARGIN + text::ASCENT * TITLE_TEXT, inner.center().y), vec![f.y_title.clone()]));
        Layout { width, height, panels, looks, legend, x_title, y_title }
    }
}

fn strip_height(title: &str) -> f64 {
    if title.is_empty() { 0.0 } else { labels::block(1, TITLE_TEXT) + TITLE_GAP }
}

/// Column and row sizes, and the margins in front of and behind each.
struct Grid {
    widths: Vec<f64>,
    heights: Vec<f64>,
    left: Vec<f64>,
    right: Vec<f64>,
    top: Vec<f64>,
    bottom: Vec<f64>,
    origin: Point,
    height: f64,
}

impl Grid {
    fn new(f: &Figure, rows: usize, columns: usize) -> Self {
        let weights = |w: &[f64], n: usize| if w.len() == n { w.to_vec() } else { vec![1.0; n] };
        Self {
            widths: weights(&f.column_widths, columns),
            heights: weights(&f.row_heights, rows),
            left: vec![24.0; columns],
            right: vec![4.0; columns],
            top: vec![4.0; rows],
            bottom: vec![20.0; rows],
            origin: point(MARGIN, MARGIN),
            height: 0.0,
        }
    }

    /// Sizes of rows and columns for the current margins.
    fn settle(&mut self, f: &Figure, outer: &Outer, cells: &[Cell]) -> Result<(), PlotError> {
        let (rows, columns) = (self.heights.len(), self.widths.len());
        let weights = |w: &[f64], n: usize| if w.len() == n { w.to_vec() } else { vec![1.0; n] };
        let (wx, wy) = (weights(&f.column_widths, columns), weights(&f.row_heights, rows));
        self.origin = point(MARGIN + outer.left, MARGIN + outer.top);
        let fixed = 2.0 * MARGIN
            + outer.left
            + outer.right
            + sum(&self.left)
            + sum(&self.right)
            + COLUMN_GAP * (columns - 1) as f64;
        let unit = (f.width.points() - fixed) / sum(&wx);
        self.widths = wx.iter().map(|w| w * unit).collect();
        let narrowest = self.widths.iter().copied().fold(f64::INFINITY, f64::min);
        let room = |what: &str, needed: f64, available: f64| {
            if available >= needed {
                return Ok(());
            }
            let place = Box::new(check::place(f, 0));
            Err(PlotError::TooSmall { place, what: what.to_owned(), needed, available: available.max(0.0) })
        };
        room("the width of a plotting area", SMALLEST.0, narrowest)?;
        let fixed = 2.0 * MARGIN
            + outer.top
            + outer.bottom
            + sum(&self.top)
            + sum(&self.bottom)
            + ROW_GAP * (rows - 1) as f64;
        match f.height {
            Some(h) => {
                let unit = (h - fixed) / sum(&wy);
                self.heights = wy.iter().map(|w| w * unit).collect();
                self.height = h;
            }
            None => {
                let mean = sum(&self.widths) / columns as f64;
                let base = (mean / f.panel_aspect).clamp(SMALLEST.1, HIGHEST);
                self.heights = wy.iter().map(|w| w * base).collect();
                for (row, height) in self.heights.iter_mut().enumerate() {
                    if let Some(h) = self_aspect(f, cells, row, &self.widths) {
                        *height = h;
                    }
                }
                self.height = fixed + sum(&self.heights);
            }
        }
        let lowest = self.heights.iter().copied().fold(f64::INFINITY, f64::min);
        room("the height of a plotting area", SMALLEST.1, lowest)
    }

    /// Takes over what the panels need; whether nothing changed. Late rounds only enlarge, so that
    /// it comes to rest.
    fn adopt(&mut self, cells: &[Cell], edges: &[Edges], round: usize) -> bool {
        let mut next = [
            vec![0.0_f64; self.left.len()],
            vec![0.0_f64; self.right.len()],
            vec![0.0_f64; self.top.len()],
            vec![0.0_f64; self.bottom.len()],
        ];
        for (c, e) in cells.iter().zip(edges) {
            let at = [c.column, c.column + c.columns - 1, c.row, c.row + c.rows - 1];
            for ((side, i), need) in next.iter_mut().zip(at).zip([e.left, e.right, e.top, e.bottom]) {
                side[i] = side[i].max(need);
            }
        }
        let mut settled = true;
        for (old, new) in
            [&mut self.left, &mut self.right, &mut self.top, &mut self.bottom].into_iter().zip(next)
        {
            for (o, n) in old.iter_mut().zip(new) {
                let n = if round >= 4 { n.max(*o) } else { n };
                settled &= (*o - n).abs() < 0.01;
                *o = n;
            }
        }
        settled
    }

    fn rect(&self, c: &Cell) -> Rect {
        let x0 = self.column_start(c.column);
        let last = c.column + c.columns - 1;
        let y0 = self.row_start(c.row);
        let low = c.row + c.rows - 1;
        Rect {
            x: x0,
            y: y0,
            w: self.column_start(last) + self.widths[last] - x0,
            h: self.row_start(low) + self.heights[low] - y0,
        }
    }

    fn column_start(&self, c: usize) -> f64 {
        self.origin.x
            + sum(&self.left[..=c])
            + sum(&self.widths[..c])
            + sum(&self.right[..c])
            + COLUMN_GAP * c as f64
    }

    fn row_start(&self, r: usize) -> f64 {
        self.origin.y
            + sum(&self.top[..=r])
            + sum(&self.heights[..r])
            + sum(&self.bottom[..r])
            + ROW_GAP * r as f64
    }

    /// From the first to the last plotting area.
    fn frame(&self) -> Rect {
        let all = Cell { row: 0, column: 0, rows: self.heights.len(), columns: self.widths.len() };
        self.rect(&all)
    }
}

/// Height that the panels of fixed aspect in this row ask for, if all of its panels have one.
fn self_aspect(f: &Figure, cells: &[Cell], row: usize, widths: &[f64]) -> Option<f64> {
    let mut highest = None;
    for (p, c) in f.panels.iter().zip(cells).filter(|(_, c)| c.row == row) {
        let a = p.aspect.filter(|_| c.rows == 1)?;
        let w = sum(&widths[c.column..c.column + c.columns]);
        highest = Some((w / a).max(highest.unwrap_or(0.0)));
    }
    highest
}

fn sum(v: &[f64]) -> f64 {
    v.iter().sum()
}
