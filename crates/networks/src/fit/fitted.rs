//! Fitting on a rule.

use super::FitError;
use super::asked::{check, encoders_of, shape};
use super::levenberg::{Descent, Until};
use super::nodes::{OnNodes, Truncated};
use super::params::FitParams;
use super::projected::Projected;
use super::search::{Found, Start, search};
use crate::readout::readout;
use crate::relation_net::RelationNet;
use faer::{Mat, MatRef};
use relata_kernels::Encoders;
use relata_relations::{HeldOut, Quadrature, Relation, measure};

/// A network that was fitted.
#[derive(Clone, Debug)]
pub struct Fitted {
    net: RelationNet,
    error: f64,
    limit: f64,
    random: f64,
    features: Features,
    starts: Vec<Start>,
}

/// Which hidden features a network was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Features {
    /// Those that were fitted.
    Fitted,
    /// Those that the best start began with: fitting them did not help.
    Start,
}

impl std::fmt::Display for Features {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Fitted => "fitted",
            Self::Start => "start",
        })
    }
}

impl Fitted {
    /// The network.
    #[must_use]
    pub fn net(&self) -> &RelationNet {
        &self.net
    }

    /// The network alone.
    #[must_use]
    pub fn into_net(self) -> RelationNet {
        self.net
    }

    /// Its relative error in `L2` on the nodes of the fit. That of other nodes is for
    /// [`measure`] to say.
    #[must_use]
    pub fn error(&self) -> f64 {
        self.error
    }

    /// The smallest relative error that any inner product of this rank has on these nodes.
    #[must_use]
    pub fn limit(&self) -> f64 {
        self.limit
    }

    /// The relative error, on the same nodes, of the features that the best start began with.
    #[must_use]
    pub fn random(&self) -> f64 {
        self.random
    }

    /// Which features the network has: never those that do worse.
    #[must_use]
    pub fn features(&self) -> Features {
        self.features
    }

    /// What became of every start.
    #[must_use]
    pub fn starts(&self) -> &[Start] {
        &self.starts
    }
}

/// A relation on nodes, decomposed once, to which networks of several ranks and widths are fitted.
pub struct Fitter<'a> {
    relation: &'a dyn Relation,
    q: [&'a Quadrature; 2],
    on: OnNodes,
}

/// Fits an inner product of perceptrons of that rank to a relation on the nodes of a rule: one fit
/// of a [`Fitter`].
///
/// ```
/// use relata_kernels::Encoders;
/// use relata_networks::{FitParams, fit};
/// use relata_relations::{HeldOut, Space, measure, catalogue::relation};
/// let r = relation("brownian")?;
/// let rule = |n: usize| -> Result<_, Box<dyn std::error::Error>> { Ok(r.spaces().0.quadrature(n.try_into()?)?) };
/// let q = rule(200)?;
/// let fitted = fit(&*r, Encoders::Shared, 4, [&q, &q], &FitParams::new(8))?; // eight neurons
/// let at = HeldOut::Quadrature { x: rule(801)?, y: rule(802)? };
/// let error = measure(&*r, fitted.net(), &at)?.relative_l2;
/// assert!((error / 0.017_643_4 - 1.0).abs() < 1e-3); // the limit of rank 4
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`FitError`]
pub fn fit(
    r: &dyn Relation,
    encoders: Encoders,
    rank: usize,
    q: [&Quadrature; 2],
    params: &FitParams,
) -> Result<Fitted, FitError> {
    params.checked()?;
    Fitter::new(r, encoders, q)?.fit(rank, params)
}

/// Rounds in which each encoder is fitted to what goes best with the other.
const ROUNDS: usize = 4;
/// Steps of each.
const ROUND_STEPS: usize = 40;
/// Rounds end where the squared error, less that of the limit, is below this part of the limit's, or
/// falls by less than this part of itself.
const ROUND_GAIN: (f64, f64) = (1e-6, 0.01);

impl<'a> Fitter<'a> {
    /// Decomposes the relation on these nodes. Shared and indefinite encoders need one rule, and
    /// represent the symmetric part.
    ///
    /// Cost: `n m min(n, m)`; beyond a million pairs of nodes, 96 leading functions at `n m` each.
    ///
    /// # Errors
    /// [`FitError::DifferentNodes`], [`FitError::Relation`] where a value is not finite,
    /// [`FitError::Overflow`], [`FitError::SecondMoment`], [`FitError::Zero`].
    pub fn new(
        relation: &'a dyn Relation,
        encoders: Encoders,
        q: [&'a Quadrature; 2],
    ) -> Result<Self, FitError> {
        Ok(Self { relation, q, on: OnNodes::new(relation, encoders, q)? })
    }

    /// The largest rank whose functions stand out from rounding on these nodes.
    #[must_use]
    pub fn most(&self) -> usize {
        self.on.most
    }

    /// Fits hidden layers to the leading functions of that rank, and solves the heads.
    ///
    /// Cost per step, of each encoder, with one hidden layer of `N` units on `n` nodes in `p`
    /// dimensions: `n N^2 (p + 1)^2`. With several layers the square of all weights times `n d`.
    ///
    /// # Errors
    /// [`FitError`]
    pub fn fit(&self, rank: usize, params: &FitParams) -> Result<Fitted, FitError> {
        let params = params.checked()?;
        check(self.relation, &self.on, self.q, rank, &params)?;
        let limit = self.on.limit(rank);
        let mut found = vec![];
        for (side, encoder) in ["phi", "psi"].into_iter().enumerate().take(self.on.sides()) {
            let f = self.on.functions(side, rank);
            let seed = params.seed.child(encoder);
            found.push(search(
                &shape(self.relation, side, rank, &params),
                &f,
                limit,
                &params,
                (encoder, seed),
            )?);
        }
        self.finish(rank, limit, found)
    }

    fn truncated(&self, at: &[&Projected], rank: usize) -> Result<Truncated, FitError> {
        let bases: [MatRef<'_, f64>; 2] = [at[0].basis.as_ref(), at[at.len() - 1].basis.as_ref()];
        self.on.truncated(bases, rank).ok_or(FitError::NoConvergence("singular value decomposition"))
    }

    /// Each encoder in turn is fitted to what goes best with the other, which lowers the error of the
    /// pair itself.
    fn together(
        &self,
        rank: usize,
        limit: f64,
        mut descents: Vec<Descent>,
    ) -> Result<Vec<Projected>, FitError> {
        let squared = |t: &Truncated| (t.error * t.error - limit * limit).max(0.0);
        let at = |d: &[Descent]| d.iter().map(|d| d.at.clone()).collect::<Vec<Projected>>();
        let mut pair = at(&descents);
        let mut now = self.truncated(&pair.iter().collect::<Vec<_>>(), rank)?;
        let floor = ROUND_GAIN.0 * limit * limit;
        for _ in 0..ROUNDS {
            let before = squared(&now);
            if before <= floor {
                break;
            }
            for side in 0..descents.len() {
                let other: &Mat<f64> = if side == 0 { &now.right } else { &now.left };
                let f = self.on.partners(side, other);
                let Some(from) = Projected::at(descents[side].at.hidden.clone(), &f, 0.0) else { continue };
                // What no left factor whatever can reach is no loss of this one.
                let mut next = Descent::new(from);
                next.run(&f, 0.0, Until { steps: ROUND_STEPS, enough: 0.0 });
                let old = std::mem::replace(&mut descents[side], next);
                let trial = self.truncated(&descents.iter().map(|d| &d.at).collect::<Vec<_>>(), rank)?;
                if trial.error < now.error {
                    now = trial;
                } else {
                    descents[side] = old;
                }
            }
            pair = at(&descents);
            if squared(&now) > (1.0 - ROUND_GAIN.1) * before {
                break;
            }
        }
        Ok(pair)
    }

    fn finish(&self, rank: usize, limit: f64, found: Vec<Found>) -> Result<Fitted, FitError> {
        let (mut starts, mut descents, mut random) = (vec![], vec![], vec![]);
        for f in found {
            starts.extend(f.starts);
            descents.push(f.best);
            random.push(f.random);
        }
        let pair = self.together(rank, limit, descents)?;
        let (net, error) = self.solved(rank, pair)?;
        let (plain, of_start) = self.solved(rank, random)?;
        let (net, error, features) = if error <= of_start {
            (net, error, Features::Fitted)
        } else {
            (plain, of_start, Features::Start)
        };
        Ok(Fitted { net, error, limit, random: of_start, features, starts })
    }

    /// The network with these hidden layers and the best heads, and its error on the nodes.
    fn solved(&self, rank: usize, pair: Vec<Projected>) -> Result<(RelationNet, f64), FitError> {
        let mut mlps = vec![];
        for (side, at) in pair.into_iter().enumerate() {
            mlps.push(at.hidden.into_mlp(self.on.frame(side))?);
        }
        let hidden = encoders_of(self.on.encoders, mlps)?;
        let net = readout(&hidden, self.relation, self.q, rank)?;
        let at = HeldOut::Quadrature { x: self.q[0].clone(), y: self.q[1].clone() };
        let error = measure(self.relation, &net, &at)?.relative_l2;
        Ok((net, error))
    }
}
