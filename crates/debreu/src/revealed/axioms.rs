//! The axioms of revealed preference.
//!
//! `t` is *directly revealed preferred* to `s` (`t R0 s`) if bundle `s` was affordable: `p_t . x_t >= p_t . x_s`; strictly
//! (`t P0 s`) if it was cheaper. With `R` the transitive closure of `R0`:
//!
//! * WARP: `t R0 s` and `x_t != x_s` exclude `s R0 t` (P. Samuelson, 1938);
//! * SARP: `t R s` and `x_t != x_s` exclude `s R0 t` (H. Houthakker, 1950);
//! * GARP: `t R s` excludes `s P0 t` (H. Varian, Econometrica 50, 1982); it is what maximising a utility that increases in
//!   every good implies, and it suffices for a concave one (S. Afriat, 1967).
//!
//! GARP fails iff some strongly connected component of `R0` contains a strict edge: `O(T^2)`, without the closure.

use crate::finite::graph::{Components, Graph};
use crate::revealed::panel::Panel;
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
        for t in 0..self.len() {
            for s in 0..t {
                let both = self.expenditure(t, s) <= self.expenditure(t, t)
                    && self.expenditure(s, t) <= self.expenditure(s, s);
                if both && !self.same_bundle(t, s) {
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
        let graph = self.affordable();
        let components = graph.components();
        let offends = |t: usize, s: usize| !self.same_bundle(t, s);
        self.first_cycle(&graph, &components, Axiom::Sarp, offends)
    }

    /// The generalised axiom. `O(T^2)`.
    ///
    /// # Errors
    /// A cycle of observations in which the first is strictly revealed preferred to the second; shortest among those through
    /// that pair.
    pub fn garp(&self) -> Result<(), RevealedCycle> {
        let graph = self.affordable();
        let components = graph.components();
        let offends = |t: usize, s: usize| self.expenditure(t, s) < self.expenditure(t, t);
        self.first_cycle(&graph, &components, Axiom::Garp, offends)
    }

    /// `R0` without loops.
    pub(crate) fn affordable(&self) -> Graph {
        self.graph_where(|t, s| self.expenditure(t, s) <= self.expenditure(t, t))
    }

    pub(crate) fn graph_where(&self, edge: impl Fn(usize, usize) -> bool) -> Graph {
        let n = self.len();
        let edge = &edge;
        let mut pairs = Vec::new();
        for t in 0..n {
            pairs.extend((0..n).filter(|&s| s != t && edge(t, s)).map(|s| (t as u32, s as u32)));
        }
        Graph::new(n, || pairs.iter().copied())
    }

    fn first_cycle(
        &self,
        graph: &Graph,
        components: &Components,
        axiom: Axiom,
        offends: impl Fn(usize, usize) -> bool,
    ) -> Result<(), RevealedCycle> {
        if components.count == self.len() {
            return Ok(());
        }
        for t in 0..self.len() as u32 {
            let inside = |v: u32| components.of[v as usize] == components.of[t as usize];
            for &s in graph.successors(t) {
                if inside(s) && offends(t as usize, s as usize) {
                    let back = graph.path(s, t, inside).unwrap_or_default();
                    let mut observations = vec![t as usize];
                    observations.extend(back.iter().take(back.len().saturating_sub(1)).map(|&v| v as usize));
                    return Err(RevealedCycle { axiom, observations });
                }
            }
        }
        Ok(())
    }
}
