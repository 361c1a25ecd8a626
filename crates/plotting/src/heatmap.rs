//! Heat maps: a matrix of values as coloured cells beside a colour bar.

use crate::color::{Color, ColorMap};
use crate::scale::{Direction, Kind, Pad, Scale};

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

/// What a missing entry looks like.
pub(crate) const MISSING: Color = Color::rgb(225, 225, 225);

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

    /// The scale from values to the colour map.
    pub(crate) fn color_scale(&self) -> Scale {
        let kind = match self.scale {
            ColorScale::Linear => Kind::Linear,
            ColorScale::Log => Kind::Log10,
        };
        let present = || self.values.iter().flatten().copied();
        let (mut lo, mut hi) = self.limits.unwrap_or_else(|| {
            (present().fold(f64::INFINITY, f64::min), present().fold(f64::NEG_INFINITY, f64::max))
        });
        // Nothing present leaves an infinite, inverted range.
        if lo > hi {
            (lo, hi) = (1.0, 1.0);
        }
        if let Some(c) = self.center
            && self.limits.is_none()
            && self.scale == ColorScale::Linear
        {
            let reach = (hi - c).abs().max((c - lo).abs()).min(f64::MAX / 4.0);
            (lo, hi) = ((c - reach).max(f64::MIN), (c + reach).min(f64::MAX));
        }
        Scale::new(kind, lo, hi, Pad::None, Direction::Forward)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn centred_scales_reach_equally_far() {
        let s = HeatMap::new(&[-1.0, 3.0], 1, 2).center(0.0).color_scale();
        assert!((s.unit(0.0) - 0.5).abs() < 1e-12 && (s.unit(3.0) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_matrix_of_gaps_or_of_one_value_has_a_scale() {
        assert!(HeatMap::with_gaps(&[None], 1, 1).color_scale().unit(0.3).is_finite());
        assert!((HeatMap::new(&[2.0; 4], 2, 2).color_scale().unit(2.0) - 0.5).abs() < 1e-9);
    }
}
