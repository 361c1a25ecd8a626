//! From several starts to the best hidden weights of one encoder.

use super::FitError;
use super::levenberg::{Descent, Until};
use super::params::Checked;
use super::projected::{Functions, Projected};
use super::start::{Shape, start};
use relata_relations::Seed;

/// What became of one start.
#[derive(Clone, Debug, PartialEq)]
pub struct Start {
    /// Of which encoder: `phi` or `psi`.
    pub encoder: &'static str,
    /// Which start, from 0.
    pub number: usize,
    /// What happened to it.
    pub outcome: StartOutcome,
}

/// What becomes of a start.
#[derive(Clone, Debug, PartialEq)]
pub enum StartOutcome {
    /// It was followed for so many steps; errors are those of the functions that the encoder has to
    /// represent, relative to the norm of the relation.
    Followed {
        /// Steps taken.
        steps: usize,
        /// The error before the first step.
        first: f64,
        /// The error after the last.
        last: f64,
    },
    /// It was dropped.
    Dropped {
        /// Why.
        why: &'static str,
    },
}

/// The hidden weights that were found, and the best that were started from.
pub(super) struct Found {
    pub(super) best: Descent,
    pub(super) random: Projected,
    pub(super) starts: Vec<Start>,
}

/// Steps after which starts are compared.
const PROBE: usize = 15;
/// The squared error that a second start would not be tried for, relative to that of the limit: it
/// changes the ratio to the limit by half of this.
const CONTENT: f64 = 1e-6;
/// The squared error at which a search ends: what is left shows in no digit of the ratio.
const ENOUGH: f64 = 1e-8;
/// The squared error, of a relation of norm one, below which all is rounding.
const ROUNDING: f64 = 1e-27;

/// The best of all starts: all are followed for a few steps, then the best ones to the end, until
/// one comes so near to the limit that no other could do better.
pub(super) fn search(
    shape: &Shape,
    f: &Functions,
    limit: f64,
    params: &Checked,
    (encoder, seed): (&'static str, Seed),
) -> Result<Found, FitError> {
    let first = (0..params.starts).map(|k| Projected::at(start(shape, f, seed, k), f, 0.0)).collect();
    follow(first, f, limit, params.steps, encoder)
}

fn follow(
    first: Vec<Option<Projected>>,
    f: &Functions,
    limit: f64,
    steps: usize,
    encoder: &'static str,
) -> Result<Found, FitError> {
    const WHY: &str = "its features are not finite numbers";
    let starts = first.len();
    let enough = (ENOUGH * limit * limit).max(ROUNDING);
    let mut outcomes = vec![StartOutcome::Dropped { why: WHY }; starts];
    let mut random: Option<Projected> = None;
    let mut alive: Vec<(usize, f64, Descent)> = vec![];
    for (number, at) in first.into_iter().enumerate() {
        let Some(at) = at else { continue };
        if random.as_ref().is_none_or(|r| at.loss < r.loss) {
            random = Some(at.clone());
        }
        let loss = at.loss;
        let mut descent = Descent::new(at);
        descent.run(f, 0.0, Until { steps: PROBE.min(steps), enough });
        alive.push((number, loss, descent));
    }
    alive.sort_by(|a, b| a.2.at.loss.total_cmp(&b.2.at.loss));
    for (_, _, descent) in &mut alive {
        descent.run(f, 0.0, Until { steps, enough });
        if descent.at.loss <= (CONTENT * limit * limit).max(ROUNDING) {
            break;
        }
    }
    for (number, first, d) in &alive {
        outcomes[*number] =
            StartOutcome::Followed { steps: d.steps(), first: first.sqrt(), last: d.at.loss.sqrt() };
    }
    let best = alive.into_iter().min_by(|a, b| a.2.at.loss.total_cmp(&b.2.at.loss));
    let starts = (outcomes.into_iter().enumerate())
        .map(|(number, outcome)| Start { encoder, number, outcome })
        .collect::<Vec<Start>>();
    match (best, random) {
        (Some((_, _, best)), Some(random)) => Ok(Found { best, random, starts }),
        _ => {
            let side = if encoder == "phi" { "x" } else { "y" };
            Err(FitError::NoStart { side, starts: starts.len(), why: WHY })
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::super::hidden::{Hidden, Layer};
    use super::*;
    use crate::activation::Activation;
    use faer::Mat;

    /// A sine on forty points.
    fn wave() -> Functions {
        let x = |i: usize| i as f64 / 20.0 - 1.0;
        Functions {
            inputs: Mat::from_fn(40, 1, |i, _| x(i)),
            roots: vec![40f64.sqrt().recip(); 40],
            targets: Mat::from_fn(40, 1, |i, _| (3.0 * x(i) + 0.4).sin() / 40f64.sqrt()),
        }
    }

    fn hidden(slope: f64) -> Hidden {
        let layer = Layer { weight: Mat::from_fn(1, 1, |_, _| slope), bias: vec![0.1] };
        Hidden { layers: vec![layer], activation: Activation::Sine }
    }

    #[test]
    fn a_start_that_is_not_finite_is_dropped_and_said_and_the_others_go_on() {
        let f = wave();
        let starts = [2.5, f64::NAN, 3.5].map(|slope| Projected::at(hidden(slope), &f, 0.0));
        assert!(starts[1].is_none());
        let found = follow(starts.to_vec(), &f, 0.0, 50, "psi").unwrap();
        assert!(found.best.at.loss < 1e-20);
        assert!((found.best.at.hidden.layers[0].weight[(0, 0)].abs() - 3.0).abs() < 1e-6);
        let StartOutcome::Dropped { why } = found.starts[1].outcome else { panic!("{:?}", found.starts) };
        assert!(why.contains("finite") && found.starts[1].encoder == "psi");
        assert!(matches!(found.starts[0].outcome, StartOutcome::Followed { .. }));
        let none = follow(vec![None, None], &f, 0.0, 50, "psi");
        assert!(matches!(none, Err(FitError::NoStart { side: "y", starts: 2, .. })));
    }
}
