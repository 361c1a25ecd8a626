//! Heat maps: a matrix of values as coloured cells beside a colour bar.

use crate::describe::color::ColorMap;

/// Where the cells of one direction lie.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cells {
    /// Numbered from 1.
    Index,
    /// Between these edges, on the panel's axis.
    Edges(Vec<f64>),
    /// One for each name.
    Named(Vec<String>),
}

/// Whether colours follow values or their logarithms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColorScale {
    /// Evenly spaced values.
    #[default]
    Linear,
    /// Evenly spaced logarithms; every value must be positive.
    Log,
}

/// A matrix drawn as coloured cells. Rows without edges are drawn from the top, as a matrix is
/// written.
#[derive(Clone, Debug)]
pub struct HeatMap {
    pub(crate) values: Vec<Option<f64>>,
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    pub(crate) x: Cells,
    pub(crate) y: Cells,
    pub(crate) map: ColorMap,
    pub(crate) scale: ColorScale,
    pub(crate) limits: Option<(f64, f64)>,
    pub(crate) center: Option<f64>,
    pub(crate) bar: Option<String>,
    pub(crate) digits: Option<usize>,
}

impl HeatMap {
    /// A matrix of `rows` x `columns` values in row-major order.
    pub fn new(values: &[f64], rows: usize, columns: usize) -> Self {
        Self::with_gaps(&values.iter().copied().map(Some).collect::<Vec<_>>(), rows, columns)
    }

    /// A matrix with missing entries, drawn in grey.
    pub fn with_gaps(values: &[Option<f64>], rows: usize, columns: usize) -> Self {
        Self {
            values: values.to_vec(),
            rows,
            columns,
            x: Cells::Index,
            y: Cells::Index,
            map: ColorMap::Viridis,
            scale: ColorScale::Linear,
            limits: None,
            center: None,
            bar: Some(String::new()),
            digits: None,
        }
    }

    /// Columns between these `columns + 1` increasing edges.
    pub fn x_edges(mut self, edges: &[f64]) -> Self {
        self.x = Cells::Edges(edges.to_vec());
        self
    }

    /// Rows between these `rows + 1` increasing edges; row 0 is then the lowest.
    pub fn y_edges(mut self, edges: &[f64]) -> Self {
        self.y = Cells::Edges(edges.to_vec());
        self
    }

    /// Names of the columns.
    pub fn x_labels<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.x = Cells::Named(names.into_iter().map(Into::into).collect());
        self
    }

    /// Names of the rows, from the top.
    pub fn y_labels<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.y = Cells::Named(names.into_iter().map(Into::into).collect());
        self
    }

    /// The colour map (default viridis).
    pub fn map(mut self, map: ColorMap) -> Self {
        self.map = map;
        self
    }

    /// Colours that follow values or their logarithms.
    pub fn scale(mut self, scale: ColorScale) -> Self {
        self.scale = scale;
        self
    }

    /// Values of the first and the last colour; values beyond take these colours.
    pub fn limits(mut self, lo: f64, hi: f64) -> Self {
        self.limits = Some((lo, hi));
        self
    }

    /// Puts this value in the middle of the colour map, with equal reach to both sides: for signed
    /// values.
    pub fn center(mut self, value: f64) -> Self {
        self.center = Some(value);
        self
    }

    /// Title of the colour bar.
    pub fn bar(mut self, title: impl Into<String>) -> Self {
        self.bar = Some(title.into());
        self
    }

    /// No colour bar.
    pub fn without_bar(mut self) -> Self {
        self.bar = None;
        self
    }

    /// Prints each value in its cell with this many decimals.
    pub fn numbers(mut self, decimals: usize) -> Self {
        self.digits = Some(decimals.min(12));
        self
    }

    pub(crate) fn at(&self, row: usize, column: usize) -> Option<f64> {
        self.values.get(row * self.columns + column).copied().flatten()
    }

    /// Edges along one direction, in the coordinates of its axis.
    pub(crate) fn edges(cells: &Cells, count: usize) -> Vec<f64> {
        match cells {
            Cells::Edges(e) => e.clone(),
            Cells::Index | Cells::Named(_) => (0..=count).map(|i| i as f64 - 0.5).collect(),
        }
    }

    /// Names that turn the axis into one of categories.
    pub(crate) fn names(cells: &Cells, count: usize) -> Option<Vec<String>> {
        match cells {
            Cells::Edges(_) => None,
            Cells::Named(n) => Some(n.clone()),
            Cells::Index => Some((1..=count).map(|i| i.to_string()).collect()),
        }
    }
}
