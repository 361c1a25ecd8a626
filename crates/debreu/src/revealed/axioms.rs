//! The axioms of revealed preference.
//!
//! `t` is *directly revealed preferred* to `s` (`t R0 s`) if bundle `s` was affordable:
//! `p_t . x_t >= p_t . x_s`; strictly (`t P0 s`) if it was cheaper. With `R` the transitive closure
//! of `R0`:
//!
//! * WARP: `t R0 s` and `x_t != x_s` exclude `s R0 t` (P. Samuelson, 1938);
//! * SARP: `t R s` and `x_t != x_s` exclude `s R0 t` (H. Houthakker, 1950);
//! * GARP: `t R s` excludes `s P0 t` (H. Varian, Econometrica 50, 1982); it is what maximising a
//!   utility that increases in every good implies, and it suffices for a concave one (S. Afriat,
//!   1967).
//!
//! GARP fails iff some strongly connected component of `R0` contains a strict edge: `O(T^2 / 64)`
//! on rows of bits, without the closure.

use crate::finite::dense::{components, path};
use crate::revealed::panel::Panel;
use std::cmp::Ordering;
use thiserror::Error;

/// A cycle of observations, each directly revealed preferred to the next and the last to the first.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error(
    "{axiom} fails: the observations {observations:?} are each revealed preferred to the next, and the last to the first"
)]
pub struct RevealedCycle {
    /// The axiom that it violates.
    pub axiom: Axiom,
    /// The observations.
    pub observations: Vec<usize>,
}

/// An axiom of revealed preference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Axiom {
    /// The weak axiom.
    Warp,
    /// The strong axiom.
    Sarp,
    /// The generalised axiom.
    Garp,
}

impl std::fmt::Display for Axiom {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Warp => "WARP",
            Self::Sarp => "SARP",
            Self::Garp => "GARP",
        })
    }
}

impl Panel {
    /// The weak axiom. `O(T^2)`.
    ///
    /// # Errors
    /// Two observations with different bundles, each affordable at the other.
    pub fn warp(&self) -> Result<(), RevealedCycle> {
        let r = self.affordable();
        for t in 0..self.len() {
            for s in r.successors(t).take_while(|&s| s < t) {
                if r.contains(s, t) && !self.same_bundle(t, s) {
                    return Err(RevealedCycle { axiom: Axiom::Warp, observations: vec![s, t] });
                }
            }
        }
        Ok(())
    }

    /// The strong axiom. `O(T^2)`.
    ///
    /// # Errors
    /// A cycle of observations that do not all have the same bundle.
    pub fn sarp(&self) -> Result<(), RevealedCycle> {
        self.first_cycle(Axiom::Sarp, |t, s| !self.same_bundle(t, s))
    }

    /// The generalised axiom. `O(T^2)`.
    ///
    /// # Errors
    /// A cycle of observations in which the first is strictly revealed preferred to the second;
    /// shortest among those through that pair.
    pub fn garp(&self) -> Result<(), RevealedCycle> {
        self.first_cycle(Axiom::Garp, |t, s| self.compare(t, s) == Ordering::Less)
    }

    /// A shortest cycle through the first pair inside a component that offends.
    fn first_cycle(&self, axiom: Axiom, offends: impl Fn(usize, usize) -> bool) -> Result<(), RevealedCycle> {
        let r = self.affordable();
        let components = components(r);
        if components.count == self.len() {
            return Ok(());
        }
        for t in 0..self.len() {
            let inside = |s: &usize| components.of[*s] == components.of[t];
            if let Some(s) = r.successors(t).filter(inside).find(|&s| offends(t, s)) {
                let back = path(r, s, t).unwrap_or_default();
                let mut observations = vec![t];
                observations.extend(&back[..back.len().saturating_sub(1)]);
                return Err(RevealedCycle { axiom, observations });
            }
        }
        Ok(())
    }
}
