//! A network in training, looked at after different numbers of steps.

use crate::CellContext;
use crate::fitting::{GRADIENT_RATE, Start, sampler};
use relata_kernels::Encoders;
use relata_networks::RelationNet;
use relata_relations::Relation;
use relata_relations::catalogue::relation;
use relata_runs::Row;
use relata_training::{Control, Data, Schedule, StepRecord, TrainParams, train};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A network in training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Learning {
    /// The catalogue's name of the relation.
    pub relation: String,
    /// Steps of Adam at a constant rate, so that a longer training begins as a shorter one does.
    pub steps: usize,
    /// Which draw of weights.
    pub draw: usize,
}

impl Learning {
    /// Every relation so often and so long, the longest trainings first.
    pub(crate) fn all(relations: &[&str], steps: &[usize], draws: usize) -> Vec<Self> {
        let each = |steps: usize, relation: &str| {
            let relation = relation.to_owned();
            (0..draws).map(move |draw| Self { relation: relation.clone(), steps, draw })
        };
        steps.iter().rev().flat_map(|s| relations.iter().flat_map(move |r| each(*s, r))).collect()
    }

    pub(crate) fn label(&self) -> String {
        format!("learned/{}/steps={}/draw={}", self.relation, self.steps, self.draw)
    }

    /// A row of a table, with what was trained.
    pub(crate) fn row(&self, table: &str) -> Row {
        Row::new(table)
            .with("relation", self.relation.as_str())
            .with("steps", self.steps)
            .with("draw", self.draw)
    }

    /// The relation, and the network of that rank that was trained on it.
    pub(crate) fn run(
        &self,
        pipeline: &str,
        encoders: Encoders,
        rank: usize,
        cx: &CellContext<'_>,
    ) -> anyhow::Result<(Arc<dyn Relation>, RelationNet)> {
        /// Wide enough that the rank is what limits the network.
        const WIDTH: usize = 64;
        let r = relation(&self.relation)?;
        // The same for every number of steps.
        let seed = cx.run_seed.child(&format!("{pipeline}/{}/{}", self.relation, self.draw));
        let start = Start::steep(WIDTH, rank).draw(r.as_ref(), encoders, seed)?;
        if self.steps == 0 {
            return Ok((r, start));
        }
        let params = TrainParams { schedule: Schedule::Constant, ..TrainParams::adam(self.steps) }
            .with_sampler(sampler(r.spaces().0.axes()))
            .with_learning_rate(GRADIENT_RATE);
        let (go_on, device) = (&mut |_: &StepRecord| Control::Continue, &cx.device.device);
        let trained = train(&start, r.as_ref(), Data::Spaces, &params, seed.child("train"), device, go_on)?;
        Ok((r, trained.net))
    }
}
