//! Ticks: where they go and what they say, so that neighbouring labels never touch.

mod choose;
mod linear;
mod log;
mod tick;

pub(crate) use choose::{choose, fixed};
pub(crate) use tick::{Along, Rank, Ticks};

#[cfg(test)]
mod tests;
