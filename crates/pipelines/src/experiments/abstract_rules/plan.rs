//! The cells, and how many of them each profile has.

use super::super::relational::draws;
use relata_runs::Profile;
use relata_tasks::Rule;
use serde::{Deserialize, Serialize};

/// A rule and how many objects it is asked of.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Asked {
    /// Two objects.
    SameDifferent,
    /// Three pairs.
    MatchToSample,
    /// Two rows of three.
    DistributionOf3,
    /// Two rows of 20.
    DistributionOf20,
    /// Two triples.
    IdentityRules,
}

/// A rule, and how many objects occur in test trials only.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Question {
    /// The rule.
    pub(super) rule: Asked,
    /// Objects held out.
    pub(super) held_out: usize,
}

/// A system.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Model {
    /// One relation of all pairs.
    Corelnet,
    /// A controller that sees keys of objects.
    Esbn,
    /// Comparisons of objects that attention picks.
    Predinet,
    /// A sum over pairs.
    RelationNetwork,
    /// One layer, half of its heads relational.
    DualAttention,
    /// One layer.
    Transformer,
    /// A perceptron on all objects.
    Mlp,
}

/// A training, or the shortcuts of a task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Cell {
    /// What can be had without relations.
    Shortcuts {
        /// The task.
        question: Question,
        /// Which draw of it.
        draw: usize,
    },
    /// One model.
    Train {
        /// The task.
        question: Question,
        /// The model.
        model: Model,
        /// Adam steps.
        steps: usize,
        /// Which draw of the task.
        draw: usize,
    },
}

impl Asked {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::SameDifferent => "same-different",
            Self::MatchToSample => "match-to-sample",
            Self::DistributionOf3 => "distribution-of-3",
            Self::DistributionOf20 => "distribution-of-20",
            Self::IdentityRules => "identity-rules",
        }
    }

    pub(super) fn rule(self) -> Rule {
        match self {
            Self::SameDifferent => Rule::SameDifferent,
            Self::MatchToSample => Rule::MatchToSample,
            Self::DistributionOf3 => Rule::DistributionOf(3),
            Self::DistributionOf20 => Rule::DistributionOf(20),
            Self::IdentityRules => Rule::Identity,
        }
    }

    /// Objects in all.
    pub(super) fn objects(self) -> usize {
        if self == Self::DistributionOf20 { 23 } else { 100 }
    }

    fn held_out(self, profile: Profile) -> &'static [usize] {
        match (self, profile) {
            (Self::DistributionOf20, _) => &[0],
            (_, Profile::Smoke) => &[95],
            // A trial of the others needs five objects or more.
            (Self::SameDifferent, _) => &[0, 50, 85, 95, 98],
            _ => &[0, 50, 85, 95],
        }
    }
}

impl Model {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Corelnet => "corelnet",
            Self::Esbn => "esbn",
            Self::Predinet => "predinet",
            Self::RelationNetwork => "relation-network",
            Self::DualAttention => "dual-attention",
            Self::Transformer => "transformer",
            Self::Mlp => "mlp",
        }
    }
}

impl Cell {
    /// What users call the cell.
    pub(super) fn label(&self) -> String {
        match self {
            Self::Shortcuts { question: q, draw } => {
                format!("shortcuts/{}/held-out={}/draw={draw}", q.rule.name(), q.held_out)
            }
            Self::Train { question: q, model, draw, .. } => {
                format!("{}/{}/held-out={}/draw={draw}", q.rule.name(), model.name(), q.held_out)
            }
        }
    }
}

/// The cells of a profile.
pub(super) fn cells(profile: Profile) -> Vec<Cell> {
    let all = [
        Model::Corelnet,
        Model::Esbn,
        Model::Predinet,
        Model::RelationNetwork,
        Model::DualAttention,
        Model::Transformer,
        Model::Mlp,
    ];
    let (models, steps): (&[Model], usize) = match profile {
        Profile::Smoke => (&[Model::Corelnet, Model::Esbn, Model::Mlp], 200),
        Profile::Standard | Profile::Paper => (&all, 600),
    };
    let mut cells = Vec::new();
    for rule in [
        Asked::SameDifferent,
        Asked::MatchToSample,
        Asked::DistributionOf3,
        Asked::DistributionOf20,
        Asked::IdentityRules,
    ] {
        // Pairs of 43 objects are 1806 for a network that takes each by itself.
        let models: Vec<Model> = match (rule, profile) {
            (Asked::DistributionOf20, Profile::Smoke) => continue,
            (Asked::DistributionOf20, _) => vec![Model::Corelnet, Model::Esbn, Model::Mlp],
            _ => models.to_vec(),
        };
        for &held_out in rule.held_out(profile) {
            let question = Question { rule, held_out };
            cells.extend((0..draws(profile)).map(|draw| Cell::Shortcuts { question, draw }));
            for model in &models {
                let train = |draw| Cell::Train { question, model: *model, steps, draw };
                cells.extend((0..draws(profile)).map(train));
            }
        }
    }
    cells
}
