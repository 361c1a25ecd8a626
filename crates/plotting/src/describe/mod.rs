//! What a figure is: data and the words about them. Nothing here knows how it is drawn.

pub(crate) mod adjust;
pub(crate) mod axis;
pub(crate) mod bars;
pub(crate) mod chart;
pub(crate) mod color;
pub(crate) mod figure;
pub(crate) mod heatmap;
pub(crate) mod marks;
pub(crate) mod number;
pub(crate) mod tables;
