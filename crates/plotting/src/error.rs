//! What can be wrong with a figure: always which one, where in it, and what would be right.

use std::fmt;
use std::path::PathBuf;

use crate::describe::chart::letter;
use crate::describe::figure::Figure;

/// Where in a figure a mistake sits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Name of the figure.
    pub figure: String,
    /// Panel, counted from 0 in the order of addition.
    pub panel: usize,
    /// Title of the panel, where it has one.
    pub title: String,
    /// The series (mark, axis) concerned.
    pub series: String,
}

impl Place {
    /// Panel `index` of a figure, as a whole.
    pub(crate) fn of(f: &Figure, index: usize) -> Self {
        let title = f.panels.get(index).map(|p| p.title.clone()).unwrap_or_default();
        Self { figure: f.name.clone(), panel: index, title, series: String::new() }
    }

    /// A series, mark or axis in this panel.
    pub(crate) fn at(&self, series: &str) -> Self {
        Self { series: series.to_owned(), ..self.clone() }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "figure `{}`, panel {}", self.figure, letter(self.panel))?;
        if !self.title.is_empty() {
            write!(f, " (`{}`)", self.title)?;
        }
        if !self.series.is_empty() {
            write!(f, ", `{}`", self.series)?;
        }
        Ok(())
    }
}

/// Why a figure could not be drawn or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlotError {
    /// No panels.
    #[error("figure `{figure}` has no panels: add at least one with `.panel(..)`")]
    EmptyFigure {
        /// Name of the figure.
        figure: String,
    },
    /// Marks of one name that ask for different looks.
    #[error(
        "figure `{figure}`: marks named `{name}` ask for different {what}: a name looks the same in all panels; give them names of their own"
    )]
    TwoLooks {
        /// Name of the figure.
        figure: String,
        /// The name.
        name: String,
        /// What differs.
        what: &'static str,
    },
    /// A panel with neither marks nor limits on both axes.
    #[error("{place}: nothing to draw: add a mark, or give both axes limits")]
    EmptyPanel {
        /// Where.
        place: Box<Place>,
    },
    /// A series, group or matrix without a value.
    #[error("{place}: no values: a series needs at least one point")]
    EmptySeries {
        /// Where.
        place: Box<Place>,
    },
    /// Columns that should be equally long.
    #[error("{place}: {column} has {found} values, expected {expected}, one for each {of}")]
    LengthMismatch {
        /// Where.
        place: Box<Place>,
        /// The column of the wrong length.
        column: &'static str,
        /// Its length.
        found: usize,
        /// The length it should have.
        expected: usize,
        /// What it should have one value for.
        of: &'static str,
    },
    /// NaN or infinity.
    #[error(
        "{place}: {column}[{index}] is {value}: values must be finite (a gap in a line is `Series::with_gaps`)"
    )]
    NotFinite {
        /// Where.
        place: Box<Place>,
        /// The column.
        column: &'static str,
        /// Index of the offending value.
        index: usize,
        /// The value.
        value: f64,
    },
    /// Zero or a negative number on a logarithmic scale.
    #[error(
        "{place}: {column}[{index}] is {value:e} on a logarithmic {scale}: values must be positive (or use `Axis::symlog`)"
    )]
    NotPositive {
        /// Where.
        place: Box<Place>,
        /// The column.
        column: &'static str,
        /// Index of the offending value.
        index: usize,
        /// The value.
        value: f64,
        /// "x axis", "y axis" or "colour scale".
        scale: &'static str,
    },
    /// A lower end above its upper end.
    #[error("{place}: at index {index} the lower end {lo:e} lies above the upper end {hi:e}")]
    CrossedBounds {
        /// Where.
        place: Box<Place>,
        /// Index of the offending pair.
        index: usize,
        /// Lower end.
        lo: f64,
        /// Upper end.
        hi: f64,
    },
    /// Cell edges that do not increase strictly.
    #[error(
        "{place}: {column}[{index}] = {value:e} does not exceed the edge before it: edges must increase strictly"
    )]
    EdgesNotIncreasing {
        /// Where.
        place: Box<Place>,
        /// Which edges.
        column: &'static str,
        /// Index of the offending edge.
        index: usize,
        /// The edge.
        value: f64,
    },
    /// Axis or colour limits that are not finite, not in order, or not positive on a logarithmic
    /// scale.
    #[error("{place}: limits {lo:e} to {hi:e} are not usable: {why}")]
    BadLimits {
        /// Where.
        place: Box<Place>,
        /// Lower limit.
        lo: f64,
        /// Upper limit.
        hi: f64,
        /// What limits must satisfy.
        why: &'static str,
    },
    /// Marks that need different kinds of axes in one panel.
    #[error("{place}: {why}")]
    Conflict {
        /// Where.
        place: Box<Place>,
        /// What clashes, and what would be right.
        why: &'static str,
    },
    /// Panels that overlap or do not fit the grid.
    #[error("figure `{figure}`: panel {panel} does not fit the grid of {rows} x {columns}: {why}")]
    Grid {
        /// Name of the figure.
        figure: String,
        /// Letter of the panel.
        panel: String,
        /// Rows of the grid.
        rows: usize,
        /// Columns of the grid.
        columns: usize,
        /// What is wrong.
        why: &'static str,
    },
    /// Not enough room for the labels.
    #[error("{place}: {what} needs {needed:.0} pt and has {available:.0} pt: {}", remedy(*size))]
    TooSmall {
        /// Where.
        place: Box<Place>,
        /// What does not fit.
        what: String,
        /// Points needed.
        needed: f64,
        /// Points available.
        available: f64,
        /// Width and height of a figure, in points, that would be large enough; none is where 4000
        /// points are too few.
        size: Option<(f64, f64)>,
    },
    /// Not enough room for the labels on a drawing area of plotters.
    #[error(
        "the drawing area has {} x {} units and {} x {} would do: {cause}",
        found.0, found.1, needed.0, needed.1
    )]
    AreaTooSmall {
        /// Width and height of the area, in its units.
        found: (u32, u32),
        /// Width and height of one that is large enough.
        needed: (u32, u32),
        /// What does not fit, a [`PlotError::TooSmall`].
        cause: Box<PlotError>,
    },
    /// The drawing area of plotters refused.
    #[error("figure `{figure}`: the drawing area refused: {cause}")]
    Backend {
        /// Name of the figure.
        figure: String,
        /// What its backend said.
        cause: String,
    },
    /// A width, height or weight that is not a positive number of sensible size.
    #[error("figure `{figure}`: {what} is {value}: expected {expected}")]
    BadSize {
        /// Name of the figure.
        figure: String,
        /// Which size.
        what: &'static str,
        /// Its value.
        value: f64,
        /// The admissible range.
        expected: &'static str,
    },
    /// A name that cannot be a file name.
    #[error(
        "figure name `{name}` is not a file name: use letters, digits, `-`, `_` and `.`, beginning with a letter or digit"
    )]
    BadName {
        /// The name.
        name: String,
    },
    /// A table that lacks a column, or has the wrong kind of values in it.
    #[error(transparent)]
    Table(Box<relata_runs::TableError>),
    /// Two values for one cell of a heat map.
    #[error("table `{table}`: two rows for the cell ({x}, {y}) of a heat map: filter or average them first")]
    RepeatedCell {
        /// The table.
        table: String,
        /// Column of the cell.
        x: String,
        /// Row of the cell.
        y: String,
    },
    /// One of the three formats could not be produced.
    #[error("figure `{figure}`: writing {format} failed: {cause}")]
    Format {
        /// Name of the figure.
        figure: String,
        /// "SVG", "PDF" or "PNG".
        format: &'static str,
        /// What the library said.
        cause: String,
    },
    /// The file system refused.
    #[error("cannot write {}: {source}", path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
}

fn remedy(size: Option<(f64, f64)>) -> String {
    match size {
        Some((w, h)) => format!("a figure of {w:.0} x {h:.0} pt would be large enough"),
        None => "fewer panels or a shorter text would do".to_owned(),
    }
}

impl PlotError {
    pub(crate) fn too_small(place: &Place, what: impl Into<String>, needed: f64, available: f64) -> Self {
        let available = available.max(0.0);
        Self::TooSmall { place: Box::new(place.clone()), what: what.into(), needed, available, size: None }
    }

    pub(crate) fn conflict(place: &Place, why: &'static str) -> Self {
        Self::Conflict { place: Box::new(place.clone()), why }
    }
}
