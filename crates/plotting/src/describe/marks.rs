//! What can be drawn in a panel: lines, points, bands, and notes. Bars, box plots and heat maps
//! have files of their own.

use crate::describe::bars::{Bars, BoxPlot};
use crate::describe::color::{Color, Palette};
use crate::describe::heatmap::HeatMap;

/// Shape of the points of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marker {
    /// No points.
    None,
    /// ●
    Circle,
    /// ■
    Square,
    /// ▲
    Triangle,
    /// ◆
    Diamond,
    /// ▼
    Down,
    /// +
    Plus,
    /// ×
    Cross,
}

impl Marker {
    /// The order in which series without a marker of their own get one.
    pub const CYCLE: [Marker; 7] =
        [Self::Circle, Self::Square, Self::Triangle, Self::Diamond, Self::Down, Self::Plus, Self::Cross];
}

/// Line pattern.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dash {
    /// ————
    #[default]
    Solid,
    /// – – –
    Dashed,
    /// · · ·
    Dotted,
    /// – · –
    DashDot,
    /// — —
    LongDash,
}

impl Dash {
    /// The order in which dense lines without a pattern of their own get one.
    pub const CYCLE: [Dash; 5] = [Self::Solid, Self::Dashed, Self::DashDot, Self::Dotted, Self::LongDash];
}

/// Points (x, y) under a name. A name has one look throughout a figure and one entry in its legend;
/// the empty name has none.
#[derive(Clone, Debug)]
pub struct Series {
    pub(crate) name: String,
    pub(crate) x: Vec<f64>,
    pub(crate) y: Vec<Option<f64>>,
    pub(crate) bounds: Option<(Vec<f64>, Vec<f64>)>,
    pub(crate) color: Option<Color>,
    pub(crate) dash: Option<Dash>,
    pub(crate) marker: Option<Marker>,
    pub(crate) width: Option<f64>,
}

impl Series {
    /// Points at `x`, `y`, which must be finite and equally many.
    pub fn new(name: impl Into<String>, x: &[f64], y: &[f64]) -> Self {
        Self::with_gaps(name, x, &y.iter().copied().map(Some).collect::<Vec<_>>())
    }

    /// Points of which some are missing: the line breaks there.
    pub fn with_gaps(name: impl Into<String>, x: &[f64], y: &[Option<f64>]) -> Self {
        Self {
            name: name.into(),
            x: x.to_vec(),
            y: y.to_vec(),
            bounds: None,
            color: None,
            dash: None,
            marker: None,
            width: None,
        }
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Error bars from `lo` to `hi` (positions on the y axis, not lengths).
    pub fn error_bars(mut self, lo: &[f64], hi: &[f64]) -> Self {
        self.bounds = Some((lo.to_vec(), hi.to_vec()));
        self
    }

    /// A colour of its own instead of the next of the cycle.
    pub fn color(mut self, color: Color) -> Self {
        self.color = Some(color);
        self
    }

    /// A line pattern of its own.
    pub fn style(mut self, dash: Dash) -> Self {
        self.dash = Some(dash);
        self
    }

    /// A marker of its own, or [`Marker::None`].
    pub fn marker(mut self, marker: Marker) -> Self {
        self.marker = Some(marker);
        self
    }

    /// Line width in points (default 1.1).
    pub fn width(mut self, points: f64) -> Self {
        self.width = Some(points);
        self
    }

    /// The look of a limit or other reference: black, dashed, without markers.
    pub fn reference(self) -> Self {
        self.color(Palette::BLACK).style(Dash::Dashed).marker(Marker::None)
    }
}

/// Where a step plot jumps between two points.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StepAt {
    /// At the right one: the value holds until the next point (distribution functions, schedules).
    #[default]
    Right,
    /// At the left one.
    Left,
    /// Half way (on a logarithmic axis, at the geometric mean).
    Middle,
}

/// A translucent area between two curves.
#[derive(Clone, Debug)]
pub(crate) struct Band {
    pub name: String,
    pub x: Vec<f64>,
    pub lo: Vec<f64>,
    pub hi: Vec<f64>,
}

/// Text at a position.
#[derive(Clone, Debug)]
pub(crate) struct Note {
    pub x: f64,
    pub y: f64,
    pub text: String,
}

/// Direction of a reference line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Across {
    Horizontal,
    Vertical,
}

/// A labelled line across the panel.
#[derive(Clone, Debug)]
pub(crate) struct Reference {
    pub across: Across,
    pub value: f64,
    pub label: String,
}

/// A triangle that shows a rate: on logarithmic axes the exponent, on linear ones the derivative.
#[derive(Clone, Debug)]
pub(crate) struct Slope {
    pub x: f64,
    pub y: f64,
    pub slope: f64,
    pub label: String,
}

/// Anything that a panel draws.
#[derive(Clone, Debug)]
pub(crate) enum Mark {
    Line(Series),
    Scatter(Series),
    Step(Series, StepAt),
    Band(Band),
    Bars(Bars),
    Boxes(BoxPlot),
    HeatMap(HeatMap),
    Note(Note),
    Reference(Reference),
    Slope(Slope),
}
