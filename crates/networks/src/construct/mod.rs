//! Networks that are written down rather than trained, with a certificate.
//!
//! [`construct`] turns the proof of universality into a network: interpolate the relation by hats
//! on a mesh of each space, which makes it a matrix of values; write the matrix as an inner product
//! of rows; realise the hats by ReLUs. For kernels the rows are values of Mercer features, for
//! others those of Schmidt's or, uncompressed, the partition of unity of the universality theorem.
//!
//! Relations that are sums of products of functions of one number, or products of functions of
//! differences with few waves, need no mesh and are written down in any dimension.
//!
//! On curves the certificate is branch and bound over pairs; elsewhere it adds up what is proved of
//! each side alone.

mod centre;
mod error;
mod factor;
mod low_rank;
mod mesh;
mod piecewise;
mod plan;
mod plane;
mod ridges;
mod spline;
mod square;
mod waves;
mod yarotsky;

pub use error::ConstructError;
pub use low_rank::construct_low_rank;
pub use plan::{Budget, Theorem};
pub use ridges::construct_ridges;
pub use spline::piecewise_linear;
pub use square::construct_l2;
pub use waves::construct_waves;
pub use yarotsky::{inner_product_network, product_network, squaring_network};

use crate::certify::{Certificate, CertifyParams, certify};
use crate::mlp::{Affine, Block, Mlp, NetworkError};
use crate::relation_net::RelationNet;
use faer::Mat;
use relata_relations::{Factors, Regularity, Relation, Seed, evaluate};
use std::num::NonZeroUsize;

/// A network with its certificate and what it was built from.
#[derive(Clone, Debug)]
pub struct Constructed {
    net: RelationNet,
    certificate: Certificate,
    route: Route,
    budget: Budget,
    export: Export,
}

/// How a network whose weights were rounded is certified.
#[derive(Clone, Debug)]
enum Export {
    /// By branch and bound.
    Search,
    /// Rounding changes at most this.
    Loosen(f64),
    /// As the network itself was.
    Certify(Box<ridges::Design>),
}

/// The largest error that was looked for.
struct Found {
    error: f64,
    at: (Vec<f64>, Vec<f64>),
    pairs: usize,
}

/// Which proof a network was built from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Route {
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

impl std::fmt::Display for Route {
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
    pub fn route(&self) -> Route {
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
    /// [`ConstructError::Network`] if a weight overflows, [`ConstructError::Certify`] as
    /// [`certify`].
    pub fn rounded_to_f32(&self, r: &dyn Relation) -> Result<(RelationNet, Certificate), ConstructError> {
        let net = match &self.net {
            RelationNet::Symmetric(phi) => RelationNet::symmetric(rounded(phi)?),
            RelationNet::Asymmetric(phi, psi) => RelationNet::asymmetric(rounded(phi)?, rounded(psi)?)?,
            RelationNet::Indefinite(phi, signs) => RelationNet::indefinite(rounded(phi)?, signs.clone())?,
        };
        let certificate = match &self.export {
            Export::Loosen(change) => self.certificate.loosened(*change),
            Export::Certify(design) => design.certificate(r, &net)?,
            Export::Search => certify(r, &net, &CertifyParams::default())?,
        };
        Ok((net, certificate))
    }

    /// The network alone.
    #[must_use]
    pub fn into_net(self) -> RelationNet {
        self.net
    }
}

/// A network within `eps` of the relation everywhere, with its certificate, without training.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let relation = relata_relations::catalogue::relation("brownian")?;
/// assert!(relata_networks::construct(&relation, 1e-2)?.certificate().upper() <= 1e-2);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`ConstructError`] says what was wrong and what would be right.
pub fn construct(r: &dyn Relation, eps: f64) -> Result<Constructed, ConstructError> {
    check(r, eps)?;
    let (x, y) = r.spaces();
    match (x.axes(), y.axes()) {
        (1, 1) => match piecewise::construct(r, eps) {
            Err(why @ ConstructError::Spaces { .. }) => ridges_of(r, eps).map_err(|_| why),
            other => other,
        },
        (2, 2) => in_the_plane(r, eps),
        (p, q) => {
            let why = if p.max(q) > 2 {
                ConstructError::Dimension { relation: r.name(), found: p.max(q) }
            } else {
                let instead =
                    "both sides have one dimension or both have two; train a network and certify it";
                ConstructError::Spaces { x: x.name(), y: y.name(), instead }
            };
            match ridges_of(r, eps) {
                Err(ConstructError::Bound(_)) => waves_of(r, eps).map_err(|_| why),
                Err(other) => waves_of(r, eps).map_err(|_| other),
                built => built,
            }
        }
    }
}

fn ridges_of(r: &dyn Relation, eps: f64) -> Result<Constructed, ConstructError> {
    ridges::Design::new(r, eps)?.build(r)
}

fn waves_of(r: &dyn Relation, eps: f64) -> Result<Constructed, ConstructError> {
    waves::Design::new(r, eps)?.build(r, eps)
}

/// The cheapest of triangles, ridges and waves that can be built.
fn in_the_plane(r: &dyn Relation, eps: f64) -> Result<Constructed, ConstructError> {
    type Build<'a> = Box<dyn FnOnce() -> Result<Constructed, ConstructError> + 'a>;
    let mesh = plane::Design::new(r, eps);
    // The theorem of waves needs norms that interpolation does not; of both theorems, the one that
    // allows less counts.
    let allowed = mesh.as_ref().ok().map(|m| m.budget().clone());
    let mut routes: Vec<(usize, Build<'_>)> = vec![];
    let mut why = None;
    match mesh {
        Ok(d) => routes.push((d.neurons(), Box::new(|| d.build()))),
        Err(e) => why = Some(e),
    }
    if let Ok(d) = ridges::Design::new(r, eps) {
        routes.push((d.neurons(), Box::new(|| d.build(r))));
    }
    if let Ok(d) = waves::Design::new(r, eps) {
        let neurons = d.neurons();
        let build = move || {
            let built = d.build(r, eps)?;
            Ok(match allowed {
                Some(budget)
                    if budget.neurons < built.budget.neurons
                        && built.net.neurons() <= budget.neurons
                        && built.net.rank() <= budget.rank =>
                {
                    Constructed { budget, ..built }
                }
                _ => built,
            })
        };
        routes.push((neurons, Box::new(build)));
    }
    routes.sort_by_key(|(neurons, _)| *neurons);
    for (_, build) in routes {
        match build() {
            Ok(built) => return Ok(built),
            Err(e) => why = why.or(Some(e)),
        }
    }
    Err(why.unwrap_or(ConstructError::Factorisation("search for a construction")))
}

fn rounded(net: &Mlp) -> Result<Mlp, NetworkError> {
    let round = |a: &Affine| {
        let w = a.weight();
        let weight = Mat::from_fn(w.nrows(), w.ncols(), |i, j| f64::from(w[(i, j)] as f32));
        Affine::new(weight, a.bias().iter().map(|b| f64::from(*b as f32)).collect())
    };
    let blocks = net.blocks().iter().map(|b| Block { affine: round(&b.affine), ..b.clone() }).collect();
    Mlp::new(blocks, round(net.head()))
}

/// Errors below this part of the values drown in rounding.
const LEAST: f64 = 1e-9;

fn check_eps(eps: f64) -> Result<(), ConstructError> {
    if !(eps > 0.0 && eps.is_finite()) {
        return Err(ConstructError::Eps { eps });
    }
    if eps < LEAST {
        return Err(ConstructError::BelowRounding { eps, least: LEAST });
    }
    Ok(())
}

fn check(r: &dyn Relation, eps: f64) -> Result<(), ConstructError> {
    check_eps(eps)?;
    if let Regularity::Jump { size } = r.regularity() {
        return Err(ConstructError::Jump { relation: r.name(), size });
    }
    let (x, y) = r.spaces();
    for space in [x, y] {
        if space.parameters().is_none() {
            return Err(ConstructError::Unbounded { space: space.name() });
        }
    }
    Ok(())
}

/// The largest error at random pairs.
fn sampled_error(r: &dyn Relation, net: &RelationNet) -> Result<Found, ConstructError> {
    const POINTS: NonZeroUsize = NonZeroUsize::new(400).unwrap();
    let (sx, sy) = r.spaces();
    let (x, y) = (
        sx.sample(POINTS, &mut Seed(0).stream("construct/error/x")),
        sy.sample(POINTS, &mut Seed(0).stream("construct/error/y")),
    );
    let errors = evaluate(r, &x, &y)? - net.evaluate(&x, &y);
    let (mut best, mut at) = (0.0, (0, 0));
    for j in 0..y.len() {
        for i in 0..x.len() {
            if errors[(i, j)].abs() > best {
                (best, at) = (errors[(i, j)].abs(), (i, j));
            }
        }
    }
    let at = (x.row(at.0).to_vec(), y.row(at.1).to_vec());
    Ok(Found { error: best, at, pairs: x.len() * y.len() })
}
