//! The cells, and how many of them each profile has.

use super::super::relational::draws;
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

/// A training, or the shortcuts of a task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Cell {
    /// What can be had without relations.
    Shortcuts {
        /// The task.
        task: Task,
        /// Which draw of it.
        draw: usize,
    },
    /// One model on the first triples of a draw.
    Train {
        /// The task.
        task: Task,
        /// The model.
        model: Model,
        /// Training triples.
        size: usize,
        /// Which draw of the task.
        draw: usize,
    },
}

impl Task {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Disjoint => "unseen-sets",
            Self::Shared => "as-published",
        }
    }
}

impl Model {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Symmetric => "symmetric",
            Self::DeepSet => "deep-set",
            Self::Asymmetric => "asymmetric",
            Self::Mlp => "mlp",
        }
    }
}

impl Cell {
    /// What users call the cell.
    pub(super) fn label(&self) -> String {
        match self {
            Self::Shortcuts { task, draw } => format!("shortcuts/{}/draw={draw}", task.name()),
            Self::Train { task, model, size, draw } => {
                format!("{}/{}/size={size}/draw={draw}", task.name(), model.name())
            }
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
