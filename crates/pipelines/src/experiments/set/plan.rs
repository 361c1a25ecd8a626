//! The cells, and how many of them each profile has.

use super::super::relational::{LearningCell, Named, draws};
use relata_runs::Profile;
use relata_tasks::SetSplit;
use serde::{Deserialize, Serialize};

/// Which sets the test asks for.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Task {
    /// None that training saw.
    Disjoint,
    /// Any, as published.
    Shared,
}

/// A system.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Model {
    /// Symmetric relations, sorted.
    Symmetric,
    /// Symmetric relations, pooled.
    DeepSet,
    /// Relations with a direction, sorted.
    Asymmetric,
    /// A perceptron on the three cards.
    Mlp,
}

/// A training on the first triples of a draw, or the shortcuts of a task.
pub(crate) type Cell = LearningCell<Task, Model>;

impl Named for Task {
    fn name(self) -> &'static str {
        match self {
            Self::Disjoint => "unseen-sets",
            Self::Shared => "as-published",
        }
    }
}

impl Named for Model {
    fn name(self) -> &'static str {
        match self {
            Self::Symmetric => "symmetric",
            Self::DeepSet => "deep-set",
            Self::Asymmetric => "asymmetric",
            Self::Mlp => "mlp",
        }
    }
}

/// How a task splits the sets.
pub(super) fn split(task: Task) -> SetSplit {
    match task {
        Task::Disjoint => SetSplit::Disjoint,
        Task::Shared => SetSplit::Shared,
    }
}

/// The cells of a profile.
pub(super) fn cells(profile: Profile) -> Vec<Cell> {
    let sizes: &[usize] = match profile {
        Profile::Smoke => &[500],
        Profile::Standard | Profile::Paper => &[500, 1000, 2000, 3000, 4000, 5000],
    };
    let mut cells = Vec::new();
    for task in [Task::Disjoint, Task::Shared] {
        cells.extend((0..draws(profile)).map(|draw| Cell::Shortcuts { task, draw }));
        for model in [Model::Symmetric, Model::DeepSet, Model::Asymmetric, Model::Mlp] {
            // As published, only the first: it is there to show what seen sets are worth.
            if task == Task::Shared && model != Model::Symmetric {
                continue;
            }
            for &size in sizes {
                cells.extend((0..draws(profile)).map(|draw| Cell::Train { task, model, size, draw }));
            }
        }
    }
    cells
}
