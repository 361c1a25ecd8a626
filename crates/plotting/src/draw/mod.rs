//! A laid-out figure, drawn.

pub(crate) mod canvas;
mod frame;
mod legend;
mod marks;
mod notes;
pub(crate) mod page;
mod symbols;
