//! Waves of the difference of the arguments, by one ReLU spline per wave.
//!
//! For `r(x, y) = prod_j f_j(x_j - y_j)` each factor is a short trigonometric sum, proved on its
//! own square of arguments, and their product a sum of plane waves
//! `w cos(k.x - k.y + t) = w (cos k.x cos(k.y - t) + sin k.x sin(k.y - t))`: two features per wave,
//! both read from one spline of `k.x`. These are the features of the theorem of Maurey and Barron,
//! chosen instead of drawn. Errors add up: `prod_j (B_j + e_j) - prod_j B_j` for factors of size
//! `B_j`, the weights of the waves that are left out, and `w (d + d' + d d')` for splines within
//! `d` and `d'` of the circle, where `d = s^2 / 8` for knots at distance `s`.

mod design;
mod series;

pub use design::construct_waves;

pub(super) use design::Design;
