//! One panel: two axes and what is drawn between them.

use crate::describe::axis::Axis;
use crate::describe::bars::{Bars, BoxPlot};
use crate::describe::heatmap::HeatMap;
use crate::describe::marks::{Across, Band, Mark, Note, Reference, Series, Slope, StepAt};

/// A corner of a panel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Corner {
    /// Upper left.
    TopLeft,
    /// Upper right.
    TopRight,
    /// Lower left.
    BottomLeft,
    /// Lower right.
    BottomRight,
    /// The one that covers least of what is drawn.
    #[default]
    Best,
}

/// A panel of a figure. Marks are drawn in the order of addition within four layers: heat maps,
/// bands, bars and boxes, then everything else.
#[derive(Clone, Debug, Default)]
pub struct Chart {
    pub(crate) title: String,
    pub(crate) x: Axis,
    pub(crate) y: Axis,
    pub(crate) marks: Vec<Mark>,
    pub(crate) span: (usize, usize),
    pub(crate) aspect: Option<f64>,
    pub(crate) legend: Option<Corner>,
}

impl Chart {
    /// An empty panel with linear axes.
    pub fn new() -> Self {
        Self { span: (1, 1), ..Self::default() }
    }

    /// Title above the panel.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }

    /// The horizontal axis.
    pub fn x(mut self, axis: Axis) -> Self {
        self.x = axis;
        self
    }

    /// The vertical axis.
    pub fn y(mut self, axis: Axis) -> Self {
        self.y = axis;
        self
    }

    /// Takes up this many rows and columns of the grid.
    pub fn span(mut self, rows: usize, columns: usize) -> Self {
        self.span = (rows, columns);
        self
    }

    /// Fixes width / height of the plotting area.
    pub fn aspect(mut self, ratio: f64) -> Self {
        self.aspect = Some(ratio);
        self
    }

    /// A legend of its own inside the panel.
    pub fn legend(mut self, corner: Corner) -> Self {
        self.legend = Some(corner);
        self
    }

    fn mark(mut self, mark: Mark) -> Self {
        self.marks.push(mark);
        self
    }

    /// A line through the points; with markers where they are few.
    pub fn line(self, series: Series) -> Self {
        self.mark(Mark::Line(series))
    }

    /// The points alone.
    pub fn scatter(self, series: Series) -> Self {
        self.mark(Mark::Scatter(series))
    }

    /// A staircase that jumps at each point.
    pub fn step(self, series: Series) -> Self {
        self.step_at(series, StepAt::Right)
    }

    /// A staircase with its jumps elsewhere.
    pub fn step_at(self, series: Series, at: StepAt) -> Self {
        self.mark(Mark::Step(series, at))
    }

    /// A translucent band between `lo` and `hi`, in the colour of the line of the same name.
    pub fn band(self, name: impl Into<String>, x: &[f64], lo: &[f64], hi: &[f64]) -> Self {
        self.mark(Mark::Band(Band { name: name.into(), x: x.to_vec(), lo: lo.to_vec(), hi: hi.to_vec() }))
    }

    /// Bars over categories.
    pub fn bars(self, bars: Bars) -> Self {
        self.mark(Mark::Bars(bars))
    }

    /// Box plots over categories.
    pub fn boxplot(self, boxes: BoxPlot) -> Self {
        self.mark(Mark::Boxes(boxes))
    }

    /// A heat map with its colour bar; at most one in a panel.
    pub fn heatmap(self, map: HeatMap) -> Self {
        self.mark(Mark::HeatMap(map))
    }

    /// Text beside the point (x, y).
    pub fn annotate(self, x: f64, y: f64, text: impl Into<String>) -> Self {
        self.mark(Mark::Note(Note { x, y, text: text.into() }))
    }

    /// A horizontal line at `value` with a label (or "").
    pub fn hline(self, value: f64, label: impl Into<String>) -> Self {
        self.mark(Mark::Reference(Reference { across: Across::Horizontal, value, label: label.into() }))
    }

    /// A vertical line at `value` with a label (or "").
    pub fn vline(self, value: f64, label: impl Into<String>) -> Self {
        self.mark(Mark::Reference(Reference { across: Across::Vertical, value, label: label.into() }))
    }

    /// A triangle at (x, y) whose long side has this slope: the exponent on logarithmic axes, the
    /// derivative on linear ones.
    pub fn slope_triangle(self, x: f64, y: f64, slope: f64, label: impl Into<String>) -> Self {
        self.mark(Mark::Slope(Slope { x, y, slope, label: label.into() }))
    }
}

/// a, b, ..., z, aa, ab, ...
pub(crate) fn letter(index: usize) -> String {
    let last = char::from(b'a' + (index % 26) as u8);
    match index / 26 {
        0 => last.to_string(),
        n => letter(n - 1) + &last.to_string(),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn letters_go_on_after_z() {
        let l: Vec<String> = [0, 25, 26, 27, 701, 702].into_iter().map(super::letter).collect();
        assert_eq!(l, ["a", "z", "aa", "ab", "zz", "aaa"]);
    }
}
