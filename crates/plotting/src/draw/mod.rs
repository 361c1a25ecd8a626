//! A laid-out figure, drawn on whatever plotters can draw on.

mod area;
pub(crate) mod canvas;
pub(crate) mod dashes;
mod frame;
mod legend;
pub(crate) mod lettering;
mod marks;
mod notes;
pub(crate) mod page;
pub(crate) mod sheet;
mod symbols;
