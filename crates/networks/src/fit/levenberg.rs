//! Levenberg-Marquardt on the projected loss (Levenberg 1944, Marquardt 1963; the damping after
//! Nielsen 1999).

use super::projected::{Functions, Projected};
use crate::normal::solve_definite;

/// When to stop.
#[derive(Clone, Copy, Debug)]
pub(super) struct Until {
    /// Steps in all.
    pub(super) steps: usize,
    /// A loss below which nothing is gained.
    pub(super) enough: f64,
}

/// A search that can be gone on with.
#[derive(Clone, Debug)]
pub(super) struct Descent {
    pub(super) at: Projected,
    /// The damping, relative to the diagonal of the normal matrix.
    damping: f64,
    /// By how much the next rejection raises it.
    raise: f64,
    /// The loss after every step, the first before any.
    losses: Vec<f64>,
    /// Whether no step is left that gains anything.
    settled: bool,
}

/// A trust of the model in the beginning that is right within a step or two for random features.
const FIRST_DAMPING: f64 = 1e-3;
/// Below it the damping changes no digit of a step.
const LEAST_DAMPING: f64 = 1e-15;
/// Beyond it a step is one of steepest descent of no length.
const MAX_DAMPING: f64 = 1e12;
/// The diagonal of the normal matrix, relative to its largest entry, that a unit with hardly any head
/// is damped with at least.
const LEAST_DIAGONAL: f64 = 1e-14;
/// A search that gains less than this part of the loss in so many steps is over.
const STALLED: (f64, usize) = (0.01, 20);

impl Descent {
    pub(super) fn new(at: Projected) -> Self {
        let losses = vec![at.loss];
        Self { at, damping: FIRST_DAMPING, raise: 2.0, losses, settled: false }
    }

    /// Steps taken.
    pub(super) fn steps(&self) -> usize {
        self.losses.len() - 1
    }

    /// Whether going on would change nothing.
    pub(super) fn is_settled(&self) -> bool {
        self.settled
    }

    /// Goes on. Every step that is taken lowers the loss; one that meets features that are not
    /// finite is not taken.
    pub(super) fn run(&mut self, f: &Functions, ridge: f64, until: Until) {
        while !self.settled && self.steps() < until.steps && self.at.loss > until.enough {
            self.settled = !self.step(f, ridge) || self.has_stalled();
        }
    }

    fn has_stalled(&self) -> bool {
        let (part, steps) = STALLED;
        let before = self.losses.len().checked_sub(steps + 1).map(|k| self.losses[k]);
        before.is_some_and(|b| self.at.loss > (1.0 - part) * b)
    }

    fn step(&mut self, f: &Functions, ridge: f64) -> bool {
        let normal = self.at.normal(f);
        let n = normal.descent.len();
        let largest = (0..n).map(|p| normal.matrix[(p, p)]).fold(0.0, f64::max);
        let diagonal: Vec<f64> =
            (0..n).map(|p| normal.matrix[(p, p)].max(LEAST_DIAGONAL * largest)).collect();
        while self.damping <= MAX_DAMPING {
            let mut damped = normal.matrix.clone();
            (0..n).for_each(|p| damped[(p, p)] += self.damping * diagonal[p]);
            let trial = solve_definite(damped, &normal.descent).and_then(|step| {
                let trial = Projected::at(self.at.hidden.moved(&step), f, ridge)?;
                let hoped: f64 = (0..n)
                    .map(|p| step[p] * (normal.descent[p] + self.damping * diagonal[p] * step[p]))
                    .sum();
                Some((trial, hoped))
            });
            if let Some((trial, hoped)) = trial
                && trial.loss < self.at.loss
            {
                let gain = (self.at.loss - trial.loss) / hoped;
                let factor = (1.0 - (2.0 * gain - 1.0).powi(3)).max(1.0 / 3.0);
                self.damping = (self.damping * factor).max(LEAST_DAMPING);
                self.raise = 2.0;
                self.losses.push(trial.loss);
                self.at = trial;
                return true;
            }
            self.damping *= self.raise;
            self.raise *= 2.0;
        }
        false
    }
}
