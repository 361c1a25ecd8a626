//! Sizes in points, and strengths of fills: one look for every figure.

use crate::describe::color::Color;

pub(crate) const TICK_TEXT: f64 = 6.5;
pub(crate) const TITLE_TEXT: f64 = 7.5;
pub(crate) const LEGEND_TEXT: f64 = 7.0;
pub(crate) const NOTE_TEXT: f64 = 6.5;
pub(crate) const LETTER_TEXT: f64 = 9.0;
/// Baseline to baseline, as a multiple of the text size.
pub(crate) const LEADING: f64 = 1.22;

pub(crate) const FRAME: f64 = 0.55;
pub(crate) const TICK: f64 = 0.5;
pub(crate) const LINE: f64 = 1.1;
pub(crate) const THIN: f64 = 0.7;
pub(crate) const MAJOR: f64 = 3.0;
pub(crate) const MINOR: f64 = 1.7;
/// Radius of a marker on a line; scatter points are a little smaller.
pub(crate) const MARKER: f64 = 1.9;
pub(crate) const POINT: f64 = 1.55;

/// Space between frame and tick labels, tick labels and axis title, title and frame.
pub(crate) const LABEL_GAP: f64 = 2.6;
pub(crate) const TITLE_GAP: f64 = 3.0;
/// Space around the figure and between panels.
pub(crate) const MARGIN: f64 = 2.0;
pub(crate) const COLUMN_GAP: f64 = 10.0;
pub(crate) const ROW_GAP: f64 = 8.0;
/// Lines with at most this many points carry markers; denser ones are told apart by their dashes.
pub(crate) const MARKED_POINTS: usize = 24;

/// Opacity of bands.
pub(crate) const BAND: f64 = 0.2;
/// What a missing entry of a heat map looks like.
pub(crate) const MISSING: Color = Color::rgb(225, 225, 225);
