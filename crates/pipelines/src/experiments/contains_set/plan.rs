//! The cells, and how many of them each profile has.

use super::super::relational::{LearningCell, Named, draws};
use relata_runs::Profile;
use relata_tasks::HandsWithout;
use serde::{Deserialize, Serialize};

/// A task.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Task {
    /// Hands without a set have five different cards, as those with one have.
    Different,
    /// As published: in hands without a set cards may recur.
    AsPublished,
}

/// A system.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Model {
    /// Relational convolution: 16 symmetric relations, the largest value over orders.
    Relconv,
    /// The same with the mean over orders.
    RelconvMean,
    /// The first with one relation.
    RelconvOne,
    /// The first with relations that have a direction.
    RelconvAsymmetric,
    /// One relation of all pairs.
    Corelnet,
    /// One layer.
    Transformer,
    /// A perceptron on all cards.
    Mlp,
}

/// A training on the first hands of a draw, or the shortcuts of a task.
pub(crate) type Cell = LearningCell<Task, Model>;

impl Named for Task {
    fn name(self) -> &'static str {
        match self {
            Self::Different => "different-cards",
            Self::AsPublished => "as-published",
        }
    }
}

impl Task {
    pub(super) fn without(self) -> HandsWithout {
        match self {
            Self::Different => HandsWithout::Different,
            Self::AsPublished => HandsWithout::CardsRecur,
        }
    }
}

impl Named for Model {
    fn name(self) -> &'static str {
        match self {
            Self::Relconv => "relconv",
            Self::RelconvMean => "relconv-mean",
            Self::RelconvOne => "relconv-one-relation",
            Self::RelconvAsymmetric => "relconv-asymmetric",
            Self::Corelnet => "corelnet",
            Self::Transformer => "transformer",
            Self::Mlp => "mlp",
        }
    }
}

/// All training hands, as many as published.
const ALL: usize = 24 * 756;

/// The cells of a profile.
pub(super) fn cells(profile: Profile) -> Vec<Cell> {
    let all = [
        Model::Relconv,
        Model::RelconvMean,
        Model::RelconvOne,
        Model::RelconvAsymmetric,
        Model::Corelnet,
        Model::Transformer,
        Model::Mlp,
    ];
    let (models, sizes): (&[Model], &[usize]) = match profile {
        Profile::Smoke => (&[Model::Relconv, Model::Mlp], &[4000]),
        Profile::Standard | Profile::Paper => (&all, &[1000, 4000, ALL]),
    };
    let mut cells = Vec::new();
    for task in [Task::Different, Task::AsPublished] {
        cells.extend((0..draws(profile)).map(|draw| Cell::Shortcuts { task, draw }));
        for &model in models {
            for &size in sizes {
                cells.extend((0..draws(profile)).map(|draw| Cell::Train { task, model, size, draw }));
            }
        }
    }
    cells
}
