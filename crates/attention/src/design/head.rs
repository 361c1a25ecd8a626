//! Design: rank, widths and inverse temperature for a promise.

use super::certificate::HeadCertificate;
use super::contexts::{Contexts, countable, scores};
use super::error::DesignError;
use super::families::{Family, spaces};
use super::scorer::{Scorer, separate};
use super::target::{CheckedTarget, Target};
use crate::margin::Margins;
use crate::scores::Scores;
use relata_networks::{NetworkError, RelationNet};
use relata_relations::{Points, Seed};

/// A head with its certificate. The inner product stands for scores at inverse temperature 1 once
/// [`DesignedHead::folded`].
#[derive(Clone, Debug)]
pub struct DesignedHead {
    net: RelationNet,
    certificate: HeadCertificate,
}

/// Designs a head for a family. Over one key there is nothing to get wrong: nothing is sampled, and
/// scores are 0.
///
/// Complexity: that of the scorer's construction, and `keys * calibration` values of the utility.
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
    let checked = target.checked()?;
    if target.keys == 1 {
        return DesignedHead::over_one_key(family, &checked);
    }
    let margins = calibrate(family, target.keys, target.calibration, seed)?;
    design_with(family, target, &margins)
}

/// The margins of sampled contexts: what [`design`] calibrates on.
///
/// # Errors
/// [`DesignError`]
pub fn calibrate(family: &Family, keys: usize, contexts: usize, seed: Seed) -> Result<Margins, DesignError> {
    countable("number of contexts", contexts)?;
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
    let checked = target.checked()?;
    if target.keys == 1 {
        return DesignedHead::over_one_key(family, &checked);
    }
    DesignedHead::at_margin(family, &checked, checked.margin(margins)?)
}

/// [`design`] for a margin that contexts are known to have with the target's probability, in closed
/// form for instance: nothing is sampled, and the certificate's doubt is about whoever knows it.
///
/// # Errors
/// [`DesignError`]
pub fn design_for_margin(family: &Family, target: &Target, margin: f64) -> Result<DesignedHead, DesignError> {
    let checked = target.checked()?;
    if target.keys == 1 {
        return DesignedHead::over_one_key(family, &checked);
    }
    DesignedHead::at_margin(family, &checked, margin)
}

impl DesignedHead {
    fn at_margin(family: &Family, target: &CheckedTarget, margin: f64) -> Result<Self, DesignError> {
        if !(margin > 0.0 && margin.is_finite()) {
            return Err(DesignError::Ambiguous { probability: target.target().probability, margin });
        }
        let asked = target.inexactness(margin);
        let mut scorer = family.scorer(asked)?;
        if scorer.delta.is_nan() || scorer.delta > asked {
            return Err(DesignError::Scorer { delta: asked, found: scorer.delta });
        }
        scorer.net = separate(scorer.net)?;
        let certificate = HeadCertificate::new(family, &scorer, target, margin)?;
        Ok(Self { net: scorer.net, certificate })
    }

    fn over_one_key(family: &Family, target: &CheckedTarget) -> Result<Self, DesignError> {
        let (queries, keys) = spaces(family);
        let scorer = Scorer::of_zeros([queries.dim(), keys.dim()])?;
        let certificate = HeadCertificate::of_one_key(&scorer, target);
        Ok(Self { net: scorer.net, certificate })
    }

    /// The inner product of the scores.
    #[must_use]
    pub fn net(&self) -> &RelationNet {
        &self.net
    }

    /// What is promised, and why.
    #[must_use]
    pub fn certificate(&self) -> &HeadCertificate {
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
