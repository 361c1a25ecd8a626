//! The smallest fitted network that is certified to be within an error.

use super::ConstructError;
use super::conditions::{check, check_eps};
use crate::activation::Activation;
use crate::certify::{Certificate, CertifyError, CertifyParams, certify, certify_l2};
use crate::fit::{FitError, FitParams, Fitter};
use crate::level::solve_levelled;
use crate::readout::{Readout, ReadoutParams, solve_readout};
use crate::relation_net::RelationNet;
use faer::Mat;
use relata_kernels::Encoders;
use relata_kernels::cost::{ErrorNorm, lower_bound};
use relata_relations::{
    Definiteness, Factors, HeldOut, Points, Quadrature, Regularity, Relation, Seed, Space, Symmetry,
    evaluate, measure,
};
use std::num::NonZeroUsize;

/// How far the smallest fitted network is looked for.
#[derive(Clone, Debug, PartialEq)]
pub struct FewestParams {
    /// Units of each encoder's hidden layer, at most.
    pub most: usize,
    /// Activations that are tried at every width, in order; none stands for sines and tanh units
    /// where the relation is smooth, and sines and ReLUs where it has kinks.
    pub activations: Vec<Activation>,
    /// Starts of every fit.
    pub starts: usize,
    /// Pairs of cells that a certificate may bound.
    pub most_pairs: usize,
    /// Where the starts come from.
    pub seed: Seed,
}

impl Default for FewestParams {
    /// Up to 64 units per encoder, three starts, 300 000 pairs.
    fn default() -> Self {
        Self { most: 64, activations: vec![], starts: 3, most_pairs: 300_000, seed: Seed(0) }
    }
}

/// The smallest network found by [`fit`](crate::fit()) that [`certify`] proves to be within `eps`
/// of the relation everywhere, with its certificate: what the relation costs in neurons, from
/// above. From below it is [`lower_bound`].
///
/// One hidden layer per encoder; one encoder for symmetric relations, with signs where they are not
/// positive semidefinite. On intervals, the circle and the torus of one dimension.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use relata_networks::{construct, construct_fitted};
/// let r = relata_relations::catalogue::relation("gaussian")?;
/// let (net, certificate) = construct_fitted(&*r, 1e-2)?;
/// assert!(certificate.upper() <= 1e-2);
/// assert!(3 * net.neurons() < construct(&*r, 1e-2)?.net().neurons());
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`ConstructError`] as [`construct`](super::construct()); [`ConstructError::NoFit`] if no network
/// of at most 64 units per encoder was certified.
pub fn construct_fitted(r: &dyn Relation, eps: f64) -> Result<(RelationNet, Certificate), ConstructError> {
    construct_fitted_with(r, eps, ErrorNorm::Sup, &FewestParams::default())
}

/// As [`construct_fitted`], in `L2(mu x nu)` with [`certify_l2`]: jumps included, on intervals and
/// the torus.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use relata_networks::construct_fitted_l2;
/// let order = relata_relations::catalogue::relation("volterra")?; // 1[y < x]
/// let (net, certificate) = construct_fitted_l2(&*order, 0.1)?;
/// assert!(certificate.upper() <= 0.1 && net.neurons() <= 24); // no network below 20
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// As [`construct_fitted`].
pub fn construct_fitted_l2(r: &dyn Relation, eps: f64) -> Result<(RelationNet, Certificate), ConstructError> {
    construct_fitted_with(r, eps, ErrorNorm::L2, &FewestParams::default())
}

/// As [`construct_fitted`], in either norm and with other limits of the search.
///
/// Widths are tried upwards from the one that the lower bound leaves possible, in growing steps, and
/// then halved back to the smallest that is certified. The search is not exhaustive: a fit that
/// was missed makes the network larger, never the certificate wrong.
///
/// # Errors
/// As [`construct_fitted`].
pub fn construct_fitted_with(
    r: &dyn Relation,
    eps: f64,
    norm: ErrorNorm,
    params: &FewestParams,
) -> Result<(RelationNet, Certificate), ConstructError> {
    match norm {
        ErrorNorm::Sup => check(r, eps)?,
        ErrorNorm::L2 => check_eps(r, eps)?,
    }
    let (x, y) = r.spaces();
    if x.axes() != 1 || y.axes() != 1 || x.parameters().is_none() || y.parameters().is_none() {
        let instead = "fitted networks are certified on intervals, circles and tori of one dimension; fit a \
                       network with `fit` or `fit_samples` and measure it";
        return Err(ConstructError::Spaces { x: x.name(), y: y.name(), instead });
    }
    let encoders = match (r.symmetry(), r.definiteness()) {
        (Symmetry::Symmetric, Definiteness::PositiveSemidefinite) => Encoders::Shared,
        (Symmetry::Symmetric, _) => Encoders::Indefinite,
        (Symmetry::Antisymmetric | Symmetry::Asymmetric, _) => Encoders::Separate,
    };
    let rank = lower_bound(r, eps, encoders, norm).map_err(ConstructError::Bound)?.rank.unwrap_or(1).max(1);
    let mut q = [rule(r, x, 0, norm)?, rule(r, y, 1, norm)?];
    if encoders != Encoders::Separate {
        q[1] = q[0].clone();
    }
    let fitter = Fitter::new(r, encoders, [&q[0], &q[1]])?;
    let look = Look::new(r, norm)?;
    let search = Search { r, eps, norm, params, rank: rank.min(fitter.most()), fitter, q: &q, look };
    search.run()
}

/// Nodes of a fit: for the largest error they weigh alike, which on an interval is the measure that
/// is dense at the ends, where polynomials and waves that are best in the mean are worst.
fn rule(
    r: &dyn Relation,
    space: &dyn Space,
    more: usize,
    norm: ErrorNorm,
) -> Result<Quadrature, ConstructError> {
    /// Analytic relations are resolved by fewer nodes; with a kink the error of the nodes falls with
    /// their square.
    const SMOOTH: usize = 160;
    const ROUGH: usize = 320;
    let nodes = if r.regularity() == Regularity::Smooth { SMOOTH } else { ROUGH };
    let nodes = NonZeroUsize::MIN.saturating_add(nodes - 1 + more);
    let rule = space.quadrature(nodes).map_err(FitError::from)?;
    match norm {
        ErrorNorm::L2 => Ok(rule),
        ErrorNorm::Sup => {
            Ok(Quadrature::equal_weights(rule.nodes().clone(), space.mass()).map_err(FitError::from)?)
        }
    }
}

/// Where networks are looked at before anything is proved of them.
enum Look {
    /// The values of the relation on two grids.
    Grid(Points, Points, Mat<f64>),
    Rule(HeldOut),
}

impl Look {
    fn new(r: &dyn Relation, norm: ErrorNorm) -> Result<Self, ConstructError> {
        const GRID: NonZeroUsize = NonZeroUsize::new(401).unwrap();
        const NODES: NonZeroUsize = NonZeroUsize::new(800).unwrap();
        let (x, y) = r.spaces();
        Ok(match norm {
            ErrorNorm::Sup => {
                let points = |s: &dyn Space| s.covering(GRID).map(|c| c.points).map_err(FitError::from);
                let (x, y) = (points(x)?, points(y)?);
                let values = evaluate(r, &x, &y)?;
                Self::Grid(x, y, values)
            }
            ErrorNorm::L2 => {
                let x = x.quadrature(NODES).map_err(FitError::from)?;
                let y = y.quadrature(NODES.saturating_add(1)).map_err(FitError::from)?;
                Self::Rule(HeldOut::Quadrature { x, y })
            }
        })
    }

    /// About how large the error is.
    fn at(&self, r: &dyn Relation, net: &RelationNet) -> Result<f64, ConstructError> {
        Ok(match self {
            Self::Grid(x, y, values) => (values - net.phi(x) * net.psi(y).transpose()).norm_max(),
            Self::Rule(at) => measure(r, net, at).map_err(FitError::from)?.l2,
        })
    }
}

struct Search<'a> {
    r: &'a dyn Relation,
    eps: f64,
    norm: ErrorNorm,
    params: &'a FewestParams,
    /// No smaller rank is possible.
    rank: usize,
    fitter: Fitter<'a>,
    q: &'a [Quadrature; 2],
    look: Look,
}

type Proved = (RelationNet, Certificate);

impl Search<'_> {
    fn run(&self) -> Result<Proved, ConstructError> {
        // Where even the lower bound is above what is allowed, one fit says how far off that is.
        let least = (self.rank - 1).clamp(1, self.params.most.max(1));
        let mut closest = f64::INFINITY;
        let (mut width, mut step, mut failed) = (least, 1, least - 1);
        let mut best = loop {
            if width > self.params.most {
                let (relation, eps, most) = (self.r.name(), self.eps, self.params.most);
                return Err(ConstructError::NoFit { relation, eps, most, closest });
            }
            match self.at(width, &mut closest)? {
                Some(found) => break found,
                None if width == self.params.most => width += 1,
                None => {
                    failed = width;
                    // Steps stay small beside the width, so that the last one overshoots little.
                    width = (width + step).min(self.params.most);
                    step = (width / 4).max(step);
                }
            }
        };
        while width - failed > 1 {
            let middle = usize::midpoint(width, failed);
            match self.at(middle, &mut closest)? {
                Some(found) => (best, width) = (found, middle),
                None => failed = middle,
            }
        }
        Ok(best)
    }

    fn smooth(&self) -> bool {
        self.r.regularity() == Regularity::Smooth
    }

    fn activations(&self) -> Vec<Activation> {
        if self.params.activations.is_empty() {
            let second = if self.smooth() { Activation::Tanh } else { Activation::Relu };
            return vec![Activation::Sine, second];
        }
        self.params.activations.clone()
    }

    /// Errors on the grid up to which a proof is tried: it costs much where the error is nearly
    /// `eps` along a kink, and the grid sees nearly all of a smooth error.
    fn hopeful(&self) -> f64 {
        self.eps * if self.smooth() { 0.9995 } else { 0.98 }
    }

    /// A network of this width that is certified, with the smallest rank.
    fn at(&self, width: usize, closest: &mut f64) -> Result<Option<Proved>, ConstructError> {
        // The features carry one function more than there are units.
        let rank = (width + 1).min(self.fitter.most());
        for activation in self.activations() {
            let params = FitParams::new(width)
                .with_activation(activation)
                .with_starts(self.params.starts)
                .with_seed(self.params.seed);
            let fitted = match self.fitter.fit(rank, &params) {
                Ok(fitted) => fitted,
                // Another activation may do.
                Err(FitError::NoStart { .. }) => continue,
                Err(why) => return Err(why.into()),
            };
            let error = self.look.at(self.r, fitted.net())?;
            *closest = closest.min(error);
            let Some(solved) = self.heads(fitted.net(), error, closest)? else { continue };
            for rank in self.rank..=rank {
                let net = solved.at_rank(rank).map_err(FitError::from)?;
                if self.look.at(self.r, &net)? <= self.hopeful()
                    && let Some(certificate) = self.proved(&net)?
                {
                    return Ok(Some((net, certificate)));
                }
            }
        }
        Ok(None)
    }

    /// The heads of all ranks: those of the smallest mean square if their error is small enough, else
    /// those of the smallest largest error, if that is.
    fn heads(
        &self,
        net: &RelationNet,
        error: f64,
        closest: &mut f64,
    ) -> Result<Option<Readout>, ConstructError> {
        /// What heads for the largest error can gain on those of the mean square: at a kink about two,
        /// elsewhere less.
        const MAX_GAIN: f64 = 3.0;
        /// What is aimed at, of what is allowed on the grid: errors are larger between the nodes, and a
        /// proof at a kink wants room.
        const AIM: f64 = 0.93;
        let q = [&self.q[0], &self.q[1]];
        if error <= self.hopeful() {
            let solved = solve_readout(net, self.r, q, ReadoutParams::default()).map_err(FitError::from)?;
            return Ok(Some(solved));
        }
        if self.norm == ErrorNorm::L2 || error > MAX_GAIN * self.hopeful() {
            return Ok(None);
        }
        let level = AIM * self.hopeful();
        let solved = solve_levelled(net, self.r, q, level).map_err(FitError::from)?;
        let all = solved.at_rank(solved.values().len().max(1)).map_err(FitError::from)?;
        let error = self.look.at(self.r, &all)?;
        *closest = closest.min(error);
        Ok((error <= self.hopeful()).then_some(solved))
    }

    fn proved(&self, net: &RelationNet) -> Result<Option<Certificate>, ConstructError> {
        let most_pairs = self.params.most_pairs;
        let params = CertifyParams { most_pairs, goal: Some(self.eps), ..CertifyParams::default() };
        let found = match self.norm {
            ErrorNorm::Sup => certify(self.r, net, &params),
            ErrorNorm::L2 => certify_l2(self.r, net, &CertifyParams { cells: 1, ..params }),
        };
        match found {
            Ok(certificate) => Ok(Some(certificate).filter(|c| c.upper() <= self.eps)),
            // Heads of huge weights leave no bound.
            Err(CertifyError::Unproved { .. }) => Ok(None),
            Err(why) => Err(why.into()),
        }
    }
}
