//! Design: rank, widths and inverse temperature for a promise.

use super::families::Family;
use super::measured::{Contexts, scores};
use super::scorer::{ScoreSource, Scorer, separate};
use crate::bounds::{TargetError, perturbed_margin, required_for_retrieval};
use crate::margin::{MarginError, Margins};
use crate::scores::{ScoreError, Scores};
use crate::temperature::InverseTemperature;
use relata_networks::{ConstructError, NetworkError, RelationNet};
use relata_relations::{Points, PointsError, RelationError, Seed, SpaceError};
use thiserror::Error;

/// What a head is to do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Target {
    /// Keys in a context.
    pub keys: usize,
    /// Largest distance of the output from the best key, as a share of the diameter of the keys.
    pub error: f64,
    /// With which probability over contexts.
    pub probability: f64,
    /// The share of the margin that scores may lose by being inexact, `2 delta / margin`: small
    /// shares need wide networks, large ones high inverse temperatures.
    pub slack: f64,
    /// Contexts on which the margin is measured.
    pub calibration: usize,
    /// How likely an unlucky sample of contexts may be.
    pub doubt: f64,
}

impl Default for Target {
    /// 16 keys, an error of 1 % with probability 95 %, a quarter of the margin for inexact scores;
    /// 20 000 contexts, doubt `1e-6`.
    fn default() -> Self {
        Self { keys: 16, error: 0.01, probability: 0.95, slack: 0.25, calibration: 20_000, doubt: 1e-6 }
    }
}

/// What is promised of a head, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Certificate {
    /// Keys in a context.
    pub keys: usize,
    /// The rank of the inner product.
    pub rank: usize,
    /// Hidden units of the encoders of queries and keys.
    pub widths: [usize; 2],
    /// Hidden units that the cost theorem allows for that sup error; not fewer than there are.
    pub allowed: usize,
    /// Sup error of the scores, up to query-only terms.
    pub delta: f64,
    /// What `delta` rests on.
    pub source: ScoreSource,
    /// Every context with at least this margin of the utility is retrieved within the error.
    pub margin: f64,
    /// The margin that inexact scores leave.
    pub effective_margin: f64,
    /// The inverse temperature.
    pub inverse_temperature: InverseTemperature,
    /// Largest `1 - a_max` on those contexts.
    pub miss: f64,
    /// Largest distance of the output from the best key on those contexts.
    pub error: f64,
    /// A fresh context has that margin with at least this probability ..
    pub probability: f64,
    /// .. unless the calibration sample was one of this share of unlucky ones.
    pub doubt: f64,
}

/// A head with its certificate. The inner product stands for scores at inverse temperature 1 once
/// [`DesignedHead::folded`].
#[derive(Clone, Debug)]
pub struct DesignedHead {
    net: RelationNet,
    certificate: Certificate,
}

/// Why no head was designed.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum DesignError {
    /// A number that cannot be a target.
    #[error("the target's {field} is {value}; it must be {expected}")]
    Target {
        /// Which field.
        field: &'static str,
        /// The value.
        value: f64,
        /// What would be right.
        expected: &'static str,
    },
    /// Too many contexts are ambiguous.
    #[error(
        "with probability {probability} the margin is {margin} only: too many contexts are tied; ask for less, or for fewer keys"
    )]
    Ambiguous {
        /// The probability asked for.
        probability: f64,
        /// The margin found.
        margin: f64,
    },
    /// Terms that do not fit the spaces.
    #[error(
        "terms for coordinates {coordinates:?} of queries with {} and keys with {} coordinates; there must be one or more, counted from 0", dims[0], dims[1]
    )]
    Terms {
        /// Coordinates of queries and keys.
        dims: [usize; 2],
        /// Those of the terms.
        coordinates: Vec<[usize; 2]>,
    },
    /// A scorer that does not keep what it promises.
    #[error("the scorer is within {found} of the utility, {delta} was asked for")]
    Scorer {
        /// What was asked.
        delta: f64,
        /// What it says.
        found: f64,
    },
    /// A diameter that is not positive.
    #[error("the diameter of the keys is {0}; it must be positive and finite")]
    Diameter(f64),
    /// An unknown family.
    #[error("there is no family {name:?}; there are {names}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// What there is.
        names: String,
    },
    /// A decomposition did not converge.
    #[error("the singular values of the utility on a grid did not converge")]
    NoConvergence,
    /// No distribution of margins.
    #[error(transparent)]
    Margin(#[from] MarginError),
    /// No inverse temperature.
    #[error(transparent)]
    Bound(#[from] TargetError),
    /// No scores.
    #[error(transparent)]
    Scores(#[from] ScoreError),
    /// A utility that could not be evaluated.
    #[error(transparent)]
    Relation(#[from] RelationError),
    /// A space without what is needed.
    #[error(transparent)]
    Space(#[from] SpaceError),
    /// Not points.
    #[error(transparent)]
    Points(#[from] PointsError),
    /// Layers that do not fit.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// A network that the cost theorem does not give.
    #[error(transparent)]
    Construct(#[from] ConstructError),
    /// Orders that are no family.
    #[error(transparent)]
    Orders(#[from] relata_debreu::families::FamilyError),
}

/// Designs a head for a family.
///
/// ```
/// use relata_attention::design::{Target, design, family, measure_head};
/// use relata_relations::Seed;
/// let nearest = family("nearest")?;
/// let target = Target { keys: 8, error: 0.02, probability: 0.9, calibration: 2000, ..Target::default() };
/// let head = design(&nearest, &target, Seed(1))?;
/// assert_eq!(head.certificate().rank, 2); // 2 x y - y^2
/// let measured = measure_head(&head, &nearest, 500, Seed(2))?;
/// assert!(measured.share_above <= 0.1 && measured.broken == 0);
/// # Ok::<(), relata_attention::design::DesignError>(())
/// ```
///
/// # Errors
/// [`DesignError`]
pub fn design(family: &Family, target: &Target, seed: Seed) -> Result<DesignedHead, DesignError> {
    let margins = calibrate(family, target.keys, target.calibration, seed)?;
    design_with(family, target, &margins)
}

/// The margins of sampled contexts: what [`design`] calibrates on.
///
/// # Errors
/// [`DesignError`]
pub fn calibrate(family: &Family, keys: usize, contexts: usize, seed: Seed) -> Result<Margins, DesignError> {
    let mut sampler = Contexts::new(family, keys, seed.child("calibration"))?;
    let mut margins = Vec::with_capacity(contexts);
    for _ in 0..contexts {
        let context = sampler.draw()?;
        margins.push(Scores::new(&context.utilities)?.margin().value);
    }
    Ok(Margins::new(margins)?)
}

/// [`design`] on margins that are already there.
///
/// # Errors
/// [`DesignError`]
pub fn design_with(family: &Family, target: &Target, margins: &Margins) -> Result<DesignedHead, DesignError> {
    inside("probability", target.probability)?;
    let margin = margins.tolerance_limit(1.0 - target.probability, target.doubt)?;
    design_for_margin(family, target, margin)
}

/// [`design`] for a margin that contexts are known to have with the target's probability, in closed
/// form for instance: nothing is sampled, and the certificate's doubt is about whoever knows it.
///
/// # Errors
/// [`DesignError`]
pub fn design_for_margin(family: &Family, target: &Target, margin: f64) -> Result<DesignedHead, DesignError> {
    inside("error", target.error)?;
    inside("probability", target.probability)?;
    inside("slack", target.slack)?;
    if margin.is_nan() || margin <= 0.0 {
        return Err(DesignError::Ambiguous { probability: target.probability, margin });
    }
    let asked = 0.5 * target.slack * margin;
    let scorer = family.scorer(asked)?;
    if scorer.delta > asked {
        return Err(DesignError::Scorer { delta: asked, found: scorer.delta });
    }
    DesignedHead::assemble(scorer, family.diameter(), target, margin)
}

fn inside(field: &'static str, value: f64) -> Result<(), DesignError> {
    if value > 0.0 && value < 1.0 {
        return Ok(());
    }
    Err(DesignError::Target { field, value, expected: "above 0 and below 1" })
}

impl DesignedHead {
    fn assemble(scorer: Scorer, diameter: f64, target: &Target, margin: f64) -> Result<Self, DesignError> {
        let Scorer { net, delta, source, allowed } = scorer;
        let net = separate(net)?;
        let effective_margin = perturbed_margin(margin, delta)?;
        let error = target.error * diameter;
        let b = required_for_retrieval(target.keys, effective_margin, diameter, error)?;
        let certificate = Certificate {
            keys: target.keys,
            rank: net.phi_net().outputs(),
            widths: [net.phi_net().neurons(), net.psi_net().neurons()],
            allowed,
            delta,
            source,
            margin,
            effective_margin,
            inverse_temperature: b,
            miss: crate::bounds::miss_bound(target.keys, effective_margin, b),
            error,
            probability: target.probability,
            doubt: target.doubt,
        };
        Ok(Self { net, certificate })
    }

    /// The inner product of the scores.
    #[must_use]
    pub fn net(&self) -> &RelationNet {
        &self.net
    }

    /// What is promised, and why.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The scores of keys for one query, at inverse temperature 1.
    #[must_use]
    pub fn scores(&self, query: &Points, keys: &Points) -> Vec<f64> {
        scores(&self.net, query, keys)
    }

    /// The inner product with the inverse temperature folded into the encoder of the query: its
    /// plain softmax is the head.
    ///
    /// # Errors
    /// [`NetworkError`] if the inverse temperature is so large that weights overflow.
    pub fn folded(&self) -> Result<RelationNet, NetworkError> {
        let (phi, b) = (self.net.phi_net(), self.certificate.inverse_temperature.value());
        let head = phi.head();
        let weight = head.weight().to_owned() * relata_relations::faer::Scale(b);
        let scaled = relata_networks::Affine::new(weight, head.bias().iter().map(|v| b * v).collect());
        RelationNet::asymmetric(phi.with_head(scaled)?, self.net.psi_net().clone())
    }
}
