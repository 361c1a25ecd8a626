//! Interpolation on triangles in both arguments, where both have two dimensions.
//!
//! With `P` and `Q` the interpolations in `x` and in `y`, and `M` the matrix of rank `d` that
//! stands for the values at the nodes, `r - P Q M = (r - P r) + P (r - Q r) + P Q (r - M)`: hats
//! take means, so that the error is at most
//! `sup |r - P r| + sup |r - Q r| + max_ij |r(x_i, y_j) - M_ij|`, and what rounding adds. Each term
//! is proved by enclosures in its own two dimensions, with the other side in parts; nothing is
//! searched in four.

mod bound;
mod design;
mod hats;

pub(super) use design::Design;
