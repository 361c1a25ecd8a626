//! Families of preorders, one for each query, and how much width an inner product needs for them.
//!
//! * [`OrderFamily`]: finite families, their best common order, their width by sign
//!   ([`OrderFamily::width`]).
//! * [`measure_family`]: a jointly continuous utility `u(x, y)` on continua, as a relation.
//! * [`kendall`]: how alike two orders are.

mod continuous;
mod family;
mod kendall;
mod width;
mod width_factors;
mod width_lower;

pub use continuous::measure_family;
pub use family::{CommonOrder, FamilyError, OrderFamily};
pub use kendall::{Kendall, kendall};
pub use width::FamilyWidth;
pub use width_factors::WidthParams;
pub use width_lower::WidthLower;
