//! Where everything goes and what it looks like, in points on the page.

pub(crate) mod clip;
pub(crate) mod decor;
pub(crate) mod extents;
pub(crate) mod geometry;
pub(crate) mod grid;
pub(crate) mod labels;
pub(crate) mod legend;
pub(crate) mod looks;
pub(crate) mod page;
pub(crate) mod scale;
pub(crate) mod theme;
pub(crate) mod ticks;
