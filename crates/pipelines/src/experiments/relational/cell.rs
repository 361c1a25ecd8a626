//! A cell of learning curves: one task, one model, one size.

use serde::{Deserialize, Serialize};

/// A task or a model, as tables and labels call it.
pub(crate) trait Named: Copy {
    /// Its name.
    fn name(self) -> &'static str;
}

/// A training, or the shortcuts of a task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum LearningCell<T, M> {
    /// What can be had without relations.
    Shortcuts {
        /// The task.
        task: T,
        /// Which draw of it.
        draw: usize,
    },
    /// One model on the first examples of a draw.
    Train {
        /// The task.
        task: T,
        /// The model.
        model: M,
        /// Training examples.
        size: usize,
        /// Which draw of the task.
        draw: usize,
    },
}

impl<T: Named, M: Named> LearningCell<T, M> {
    /// What users call the cell.
    pub(in super::super) fn label(&self) -> String {
        match self {
            Self::Shortcuts { task, draw } => format!("shortcuts/{}/draw={draw}", task.name()),
            Self::Train { task, model, size, draw } => {
                format!("{}/{}/size={size}/draw={draw}", task.name(), model.name())
            }
        }
    }
}
