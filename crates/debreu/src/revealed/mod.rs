//! Revealed preference: what prices and purchases say of a consumer.
//!
//! A [`Panel`] holds prices and bundles. [`Panel::warp`], [`Panel::sarp`] and [`Panel::garp`] test
//! the axioms and exhibit the violating cycle; under GARP [`Panel::afriat`] constructs a concave
//! utility. How far off a violation is: [`Panel::ccei`] (exact), [`Panel::houtman_maks`],
//! [`Panel::varian`], [`Panel::money_pump`]; and whether the budgets could have shown one at all:
//! [`Panel::power`]. A panel of decimals ([`Panel::from_decimals`]) compares expenditures
//! exactly. One of floating-point numbers compares them as given: a bundle that costs the budget up
//! to rounding may come out on either side.

mod afriat;
mod axioms;
mod ccei;
mod exact;
mod houtman_maks;
mod money_pump;
mod panel;
mod power;
mod varian;

pub use afriat::{AfriatError, AfriatUtility};
pub use axioms::{Axiom, RevealedCycle};
pub use ccei::{Efficiency, Supremum};
pub use houtman_maks::HoutmanMaks;
pub use money_pump::MoneyPump;
pub use panel::{Panel, PanelError};
pub use power::BronarsPower;
pub use varian::VarianEfficiencies;
