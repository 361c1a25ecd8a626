//! A figure: panels in a grid, a legend, a width.

use crate::describe::chart::{Chart, Corner};

/// Width of a figure.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum FigureWidth {
    /// One column of a two-column journal, 3.25 in.
    #[default]
    Single,
    /// One and a half columns, 5 in.
    OneAndHalf,
    /// Both columns, 6.75 in.
    Double,
    /// So many points (1/72 in).
    Points(f64),
}

impl FigureWidth {
    /// The width in points.
    pub fn points(self) -> f64 {
        match self {
            Self::Single => 234.0,
            Self::OneAndHalf => 360.0,
            Self::Double => 486.0,
            Self::Points(p) => p,
        }
    }
}

/// Where the legend of the whole figure stands. Each name appears once, whichever panels it is in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Legend {
    /// In lines above the panels.
    #[default]
    Above,
    /// In lines below the panels.
    Below,
    /// In a column to the right of the panels.
    Right,
    /// In a corner of the first panel.
    Inside(Corner),
    /// Nowhere.
    None,
}

/// Whether panels have common limits; inner tick labels and titles are then left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Share {
    /// Each panel has its own axes.
    #[default]
    None,
    /// One horizontal axis for all.
    X,
    /// One vertical axis for all.
    Y,
    /// Both.
    Both,
}

impl Share {
    pub(crate) fn x(self) -> bool {
        matches!(self, Self::X | Self::Both)
    }

    pub(crate) fn y(self) -> bool {
        matches!(self, Self::Y | Self::Both)
    }
}

/// Whether panels are lettered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Letters {
    /// a, b, c, ... where there are several panels.
    #[default]
    Auto,
    /// None.
    None,
}

/// A figure to be drawn. See the crate's documentation for an example.
#[derive(Clone, Debug)]
pub struct Figure {
    pub(crate) width: FigureWidth,
    pub(crate) height: Option<f64>,
    pub(crate) name: String,
    pub(crate) panels: Vec<Chart>,
    pub(crate) grid: Option<(usize, usize)>,
    pub(crate) row_heights: Vec<f64>,
    pub(crate) column_widths: Vec<f64>,
    pub(crate) legend: Legend,
    pub(crate) share: Share,
    pub(crate) letters: Letters,
    pub(crate) x_title: String,
    pub(crate) y_title: String,
    pub(crate) panel_aspect: f64,
}

impl Figure {
    /// An empty figure of this width.
    pub fn new(width: FigureWidth) -> Self {
        Self {
            width,
            height: None,
            name: "figure".to_owned(),
            panels: Vec::new(),
            grid: None,
            row_heights: Vec::new(),
            column_widths: Vec::new(),
            legend: Legend::Above,
            share: Share::None,
            letters: Letters::Auto,
            x_title: String::new(),
            y_title: String::new(),
            panel_aspect: 1.32,
        }
    }

    /// The name of its files.
    #[must_use]
    pub fn file_name(&self) -> &str {
        &self.name
    }

    /// Name of the figure: its file names without their endings.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Height in points; without it, rows are as high as [`Figure::panel_aspect`] says.
    pub fn height(mut self, points: f64) -> Self {
        self.height = Some(points);
        self
    }

    /// Width / height of the plotting area of a panel of one column, where no height is given
    /// (default 1.32).
    pub fn panel_aspect(mut self, ratio: f64) -> Self {
        self.panel_aspect = ratio;
        self
    }

    /// Rows and columns; panels fill them row by row. Default: one column in figures of single
    /// width, up to three in others.
    pub fn grid(mut self, rows: usize, columns: usize) -> Self {
        self.grid = Some((rows, columns));
        self
    }

    /// Relative heights of the rows (default: equal).
    pub fn row_heights(mut self, weights: &[f64]) -> Self {
        self.row_heights = weights.to_vec();
        self
    }

    /// Relative widths of the columns (default: equal).
    pub fn column_widths(mut self, weights: &[f64]) -> Self {
        self.column_widths = weights.to_vec();
        self
    }

    /// Adds a panel.
    pub fn panel(mut self, panel: Chart) -> Self {
        self.panels.push(panel);
        self
    }

    /// Adds panels.
    pub fn panels(mut self, panels: impl IntoIterator<Item = Chart>) -> Self {
        self.panels.extend(panels);
        self
    }

    /// Where the legend stands.
    pub fn legend(mut self, legend: Legend) -> Self {
        self.legend = legend;
        self
    }

    /// Which axes the panels have in common.
    pub fn share(mut self, share: Share) -> Self {
        self.share = share;
        self
    }

    /// Panel letters.
    pub fn letters(mut self, letters: Letters) -> Self {
        self.letters = letters;
        self
    }

    /// One title for all horizontal axes, below the grid.
    pub fn x_title(mut self, title: impl Into<String>) -> Self {
        self.x_title = title.into();
        self
    }

    /// One title for all vertical axes, left of the grid.
    pub fn y_title(mut self, title: impl Into<String>) -> Self {
        self.y_title = title.into();
        self
    }

    /// Rows and columns of the grid.
    pub(crate) fn grid_size(&self) -> (usize, usize) {
        let n = self.panels.len();
        self.grid.unwrap_or_else(|| {
            let columns = if self.width == FigureWidth::Single { 1 } else { n.min(3) };
            (n.div_ceil(columns.max(1)), columns)
        })
    }

    /// The same figure at another size in points.
    pub(crate) fn sized(&self, width: f64, height: Option<f64>) -> Self {
        Self { width: FigureWidth::Points(width), height, grid: Some(self.grid_size()), ..self.clone() }
    }
}

/// How long the sides of a page may be, in points.
pub(crate) const SIDES: std::ops::RangeInclusive<f64> = 20.0..=4000.0;
