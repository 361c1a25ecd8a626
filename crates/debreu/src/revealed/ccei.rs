//! Afriat's critical cost efficiency index, exactly.
//!
//! At efficiency `e`, `t R0_e s` if `e p_t . x_t >= p_t . x_s`, strictly if `>`. The index is
//! `sup {e <= 1 : GARP_e}`. In terms of the ratios `r_ts = p_t . x_s / p_t . x_t` the edges at `e`
//! are those with `r_ts <= e`, and for `e` just above the largest ratio of a cycle all of its edges
//! are strict. So the index is the *bottleneck*: the smallest over all cycles of the largest ratio
//! on the cycle, or 1 if no cycle has all ratios at most 1. Only `T (T - 1)` values are possible.
//! Cycles of two bound it from above; of the ratios below, the median splits what is left (P. M.
//! Camerini, 1978): if the lower half closes a cycle the index is in it, and otherwise the lower
//! half joins the pairs that are known not to. That takes `O(T^2)` for the medians and
//! `O(T^2 / 64)` for each of the tests. The supremum is attained only if every cycle at it has all
//! ratios equal, which is rare: comparing `e p.x` in floating point, or bisecting `e`, gets both
//! questions wrong.

use crate::finite::BinaryRelation;
use crate::finite::dense::{components, is_acyclic, path};
use crate::revealed::panel::{Panel, Ratio};

/// The critical cost efficiency index.
#[derive(Clone, Debug, PartialEq)]
pub struct Efficiency {
    /// `sup {e <= 1 : GARP holds at efficiency e}`, one of the ratios `p_t . x_s / p_t . x_t`, or
    /// 1.
    pub index: f64,
    /// Whether GARP holds at the index itself.
    pub attained: Supremum,
    /// Observations of a cycle whose largest ratio is the index; empty where there is none with all
    /// ratios at most 1.
    pub cycle: Vec<usize>,
}

/// Whether a supremum belongs to its set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Supremum {
    /// It does.
    Attained,
    /// It does not: the property holds at all smaller values only.
    NotAttained,
}

impl Panel {
    /// The critical cost efficiency index. `O(T^2 G)` time for `G` goods.
    ///
    /// ```
    /// use relata_debreu::revealed::{Panel, Supremum};
    /// let panel = Panel::from_rows(&[[1.0, 2.0], [2.0, 1.0]], &[[1.0, 2.0], [2.0, 1.0]])?;
    /// let ccei = panel.ccei();
    /// assert_eq!(ccei.index, 4.0 / 5.0);
    /// assert_eq!(ccei.attained, Supremum::Attained); // both ratios are 4/5
    /// # Ok::<(), relata_debreu::revealed::PanelError>(())
    /// ```
    #[must_use]
    pub fn ccei(&self) -> Efficiency {
        let r = self.affordable();
        let inside = components(r);
        if inside.count == self.len() {
            return Efficiency { index: 1.0, attained: Supremum::Attained, cycle: Vec::new() };
        }
        // Cycles are inside components.
        let of = &inside.of;
        let near = |t: usize| r.successors(t).filter(move |&s| of[s] == of[t]);
        let mut most = 1.0f64;
        for t in 0..self.len() {
            for s in near(t).take_while(|&s| s < t).filter(|&s| r.contains(s, t)) {
                most = most.min(self.ratio(t, s).value.max(self.ratio(s, t).value));
            }
        }
        let pairs = (0..self.len()).flat_map(|t| near(t).map(move |s| self.ratio(t, s)));
        let level: Vec<Ratio> = pairs.filter(|e| e.value <= most).collect();
        let (closing, below) = self.bottleneck(level.clone());
        let Some(closing) = closing else {
            return Efficiency { index: 1.0, attained: Supremum::Attained, cycle: Vec::new() };
        };
        let Ratio { value: index, of: t, to: s } = closing;
        let mut cycle = vec![t];
        let back = path(&below, s, t).unwrap_or_default();
        cycle.extend(&back[..back.len().saturating_sub(1)]);
        // GARP at the index: no component of the pairs up to it has one strictly below it.
        let mut at = BinaryRelation::zeros(self.len());
        let compared = |e: &Ratio| self.compare_ratios(e, &closing);
        level.iter().filter(|e| compared(e).is_le()).for_each(|e| at.set(e.of, e.to));
        let together = components(&at);
        let strict = level.iter().any(|e| together.of[e.of] == together.of[e.to] && compared(e).is_lt());
        let attained = if strict { Supremum::NotAttained } else { Supremum::Attained };
        Efficiency { index, attained, cycle }
    }

    /// Of the pairs, in the order of their ratios, the first that closes a cycle with those before
    /// it, and those; `None` if none does.
    fn bottleneck(&self, mut open: Vec<Ratio>) -> (Option<Ratio>, BinaryRelation) {
        // Pairs that hold no cycle, but do together with the open ones.
        let mut acyclic = BinaryRelation::zeros(self.len());
        let mut trial = acyclic.clone();
        while open.len() > 1 {
            let half = open.len() / 2;
            open.select_nth_unstable_by(half, |a, b| self.compare_ratios(a, b));
            trial.clone_from(&acyclic);
            open[..half].iter().for_each(|e| trial.set(e.of, e.to));
            if is_acyclic(&trial) {
                std::mem::swap(&mut acyclic, &mut trial);
                open.drain(..half);
            } else {
                open.truncate(half);
            }
        }
        (open.pop(), acyclic)
    }
}
