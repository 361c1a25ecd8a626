//! The cells, and how many of them each profile has.

use super::super::relational::{LearningCell, Named, draws};
use relata_runs::Profile;
use serde::{Deserialize, Serialize};

/// A task.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Task {
    /// Sequences of the same objects in training and in the test.
    Known,
    /// A quarter of the objects in the test, the others in training.
    Unseen,
}

/// A system, and what it was trained on before.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Model {
    /// One score per object.
    UtilityNet,
    /// A score per object from its relations to the others.
    Abstractor,
    /// The utility, from an order of the same objects that is half true.
    Reshuffled,
    /// The utility, from an order of other objects.
    Elsewhere,
}

/// A training on the first sequences of a draw, or the shortcuts of the task.
pub(crate) type Cell = LearningCell<Task, Model>;

impl Named for Task {
    fn name(self) -> &'static str {
        match self {
            Self::Known => "48-objects",
            Self::Unseen => "unseen",
        }
    }
}

impl Named for Model {
    fn name(self) -> &'static str {
        match self {
            Self::UtilityNet => "utility-net",
            Self::Abstractor => "abstractor",
            Self::Reshuffled => "utility-after-reshuffled",
            Self::Elsewhere => "utility-after-elsewhere",
        }
    }
}

fn sizes(task: Task, model: Model, profile: Profile) -> &'static [usize] {
    match (task, model, profile) {
        (Task::Known, Model::UtilityNet, Profile::Smoke) => &[100, 500],
        (Task::Known, Model::UtilityNet, _) => &[25, 50, 100, 200, 300, 400, 500, 1000],
        (Task::Known, Model::Abstractor, Profile::Smoke) => &[100],
        (Task::Known, Model::Abstractor, _) => &[100, 200, 300, 500, 1000],
        (Task::Known, Model::Reshuffled | Model::Elsewhere, Profile::Smoke) => &[25],
        (Task::Known, Model::Reshuffled | Model::Elsewhere, _) => &[10, 25, 50, 100],
        (Task::Unseen, Model::UtilityNet, Profile::Smoke) => &[500],
        (Task::Unseen, Model::UtilityNet | Model::Abstractor, Profile::Standard | Profile::Paper) => {
            &[100, 300, 1000]
        }
        (Task::Unseen, ..) => &[],
    }
}

/// The cells of a profile.
pub(super) fn cells(profile: Profile) -> Vec<Cell> {
    let mut cells = Vec::new();
    for task in [Task::Known, Task::Unseen] {
        cells.extend((0..draws(profile)).map(|draw| Cell::Shortcuts { task, draw }));
        for model in [Model::UtilityNet, Model::Abstractor, Model::Reshuffled, Model::Elsewhere] {
            for &size in sizes(task, model, profile) {
                cells.extend((0..draws(profile)).map(|draw| Cell::Train { task, model, size, draw }));
            }
        }
    }
    cells
}
