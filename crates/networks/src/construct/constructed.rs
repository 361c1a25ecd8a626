//! A network that was written down, with what is proved of it.

use super::single::Rounded;
use super::{Budget, ConstructError, ridges};
use crate::certify::{Certificate, CertifyParams, Claim, certify, find};
use crate::relation_net::RelationNet;
use relata_relations::Relation;

/// A network with its certificate and what it was built from.
#[derive(Clone, Debug)]
pub struct Constructed {
    pub(super) net: RelationNet,
    pub(super) certificate: Certificate,
    pub(super) route: ConstructRoute,
    pub(super) budget: Budget,
    pub(super) export: Export,
}

/// How a network whose weights were rounded to f32 is certified.
#[derive(Clone, Debug)]
pub(super) enum Export {
    /// By branch and bound.
    Search,
    /// By how much relative rounding of all weights changes the network at most, and by how much
    /// heads that lose digits below the normal numbers do.
    Loosen { change: f64, lost: f64 },
    /// As the network itself was.
    Certify(Box<ridges::Design>),
}

/// Which proof a network was built from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConstructRoute {
    /// Mercer features of a kernel by splines, one shared encoder.
    Mercer,
    /// Features of a symmetric relation with signs by splines, one shared encoder.
    Signed,
    /// A matrix of low rank between splines, two encoders.
    Schmidt,
    /// `sum_j r(x, y_j) h_j(y)` with hats `h_j`, two encoders.
    PartitionOfUnity,
    /// Functions of one number, each by a spline along its direction.
    Ridges,
    /// Waves of the difference of the arguments, each by a spline along its direction.
    Waves,
}

impl std::fmt::Display for ConstructRoute {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Mercer => "mercer",
            Self::Signed => "signed",
            Self::Schmidt => "schmidt",
            Self::PartitionOfUnity => "partition-of-unity",
            Self::Ridges => "ridges",
            Self::Waves => "waves",
        })
    }
}

impl Constructed {
    /// The network, in f64.
    #[must_use]
    pub fn net(&self) -> &RelationNet {
        &self.net
    }

    /// What is proved of its error.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Which proof it was built from.
    #[must_use]
    pub fn route(&self) -> ConstructRoute {
        self.route
    }

    /// What the theorem would have allowed; the network has at most as many neurons.
    #[must_use]
    pub fn budget(&self) -> &Budget {
        &self.budget
    }

    /// The network with weights and biases rounded to f32, as training uploads it, and a
    /// certificate of its own: what export costs is the difference of the two.
    ///
    /// # Errors
    /// [`ConstructError::Single`] if a weight is too large for f32, or so small that the digits it
    /// loses there matter; [`ConstructError::Certify`] as [`certify`].
    pub fn rounded_to_f32(&self, r: &dyn Relation) -> Result<(RelationNet, Certificate), ConstructError> {
        let rounded = Rounded::of(&self.net)?;
        let net = rounded.net;
        let certificate = match &self.export {
            Export::Certify(design) => design.certificate(r, &net)?,
            Export::Search => certify(r, &net, &CertifyParams::default())?,
            Export::Loosen { change, lost } => {
                let claim = self.certificate.claim();
                if let Some(lossy) = rounded.hidden.or(rounded.head.filter(|_| *lost > claim.upper)) {
                    return Err(lossy);
                }
                Certificate::new(r, Claim { upper: claim.upper + change + lost, ..claim }, &find(r, &net)?)?
            }
        };
        Ok((net, certificate))
    }

    /// The network alone.
    #[must_use]
    pub fn into_net(self) -> RelationNet {
        self.net
    }
}
