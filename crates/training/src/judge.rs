//! Early stopping: the held-out error, and the best weights so far.

use crate::batches::at_least_1;
use crate::config::EarlyStopping;
use crate::error::TrainError;
use crate::outcome::Stopped;
use crate::state::{Best, State, scaled};
use relata_relations::{HeldOut, Relation, Seed, measure};

/// Measures the held-out error and remembers the best weights.
pub(crate) struct Judge<'a> {
    rule: EarlyStopping,
    relations: &'a [&'a dyn Relation],
    held_out: HeldOut,
    scales: &'a [f64],
}

impl<'a> Judge<'a> {
    pub(crate) fn new(
        rule: EarlyStopping,
        relations: &'a [&'a dyn Relation],
        seed: Seed,
        scales: &'a [f64],
    ) -> Self {
        let (sx, sy) = relations[0].spaces();
        let mut stream = seed.stream("training/held-out");
        let n = at_least_1(rule.points);
        let held_out = HeldOut::Sample { x: sx.sample(n, &mut stream), y: sy.sample(n, &mut stream) };
        Self { rule, relations, held_out, scales }
    }

    pub(crate) fn is_due(&self, step: usize, steps: usize) -> bool {
        (step + 1).is_multiple_of(self.rule.every) || step + 1 == steps
    }

    /// The mean over the relations of the relative error.
    pub(crate) fn measure(&self, state: &mut State<'_>, step: usize) -> Result<f64, TrainError> {
        let nets = scaled(&state.trainee.nets()?, self.scales)?;
        let mut error = 0.0;
        for (net, relation) in nets.iter().zip(self.relations) {
            error += measure(*relation, net, &self.held_out)?.relative_l2;
        }
        error /= nets.len() as f64;
        match &mut state.best {
            Some(best) if error + self.rule.min_delta >= best.error => best.without_progress += 1,
            best => {
                let parameters = state.trainee.parameters()?;
                *best = Some(Best { step, error, without_progress: 0, parameters });
            }
        }
        Ok(error)
    }

    pub(crate) fn verdict(&self, best: &Option<Best>) -> Option<Stopped> {
        let best = best.as_ref().filter(|b| b.without_progress >= self.rule.patience)?;
        Some(Stopped::Early { best_step: best.step })
    }
}
