//! The cells, and how many of them each profile has.

use super::super::relational::{LearningCell, Named, draws};
use relata_runs::Profile;
use serde::{Deserialize, Serialize};

/// A task.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Task {
    /// 64 objects in 32 dimensions.
    Of64,
    /// 32 objects in 8 dimensions.
    Of32,
    /// Test objects that training never saw, in 8 dimensions.
    Unseen,
}

/// A system.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Model {
    /// One score per object.
    UtilityNet,
    /// `<phi(x), psi(y)>`.
    Asymmetric,
    /// `<phi(x), phi(y)>`.
    Symmetric,
    /// A perceptron on both objects.
    Mlp,
    /// One Abstractor layer.
    Abstractor,
}

/// A training on the first pairs of a draw, or the shortcuts of a task.
pub(crate) type Cell = LearningCell<Task, Model>;

impl Named for Task {
    fn name(self) -> &'static str {
        match self {
            Self::Of64 => "64-objects",
            Self::Of32 => "32-objects",
            Self::Unseen => "unseen",
        }
    }
}

impl Task {
    fn sizes(self, profile: Profile) -> &'static [usize] {
        match (self, profile) {
            (Self::Of64, Profile::Smoke) => &[100, 500, 2015],
            (Self::Of64, _) => &[100, 200, 500, 1000, 1500, 2015],
            (Self::Of32, Profile::Smoke) => &[200],
            (Self::Of32, _) => &[50, 100, 200, 300, 400, 495],
            (Self::Unseen, Profile::Smoke) => &[500],
            (Self::Unseen, _) => &[100, 200, 500, 1000, 2000],
        }
    }
}

impl Named for Model {
    fn name(self) -> &'static str {
        match self {
            Self::UtilityNet => "utility-net",
            Self::Asymmetric => "asymmetric",
            Self::Symmetric => "symmetric",
            Self::Mlp => "mlp",
            Self::Abstractor => "abstractor",
        }
    }
}

/// The cells of a profile.
pub(super) fn cells(profile: Profile) -> Vec<Cell> {
    let mut cells = Vec::new();
    for task in [Task::Of64, Task::Of32, Task::Unseen] {
        for draw in 0..draws(profile) {
            cells.push(Cell::Shortcuts { task, draw });
        }
        for model in [Model::UtilityNet, Model::Asymmetric, Model::Symmetric, Model::Mlp, Model::Abstractor] {
            for &size in task.sizes(profile) {
                // The slow ones at one size are enough to see that everything works.
                let slow = matches!(model, Model::Mlp | Model::Abstractor);
                if profile == Profile::Smoke && slow && size != 500 {
                    continue;
                }
                cells.extend((0..draws(profile)).map(|draw| Cell::Train { task, model, size, draw }));
            }
        }
    }
    cells
}
