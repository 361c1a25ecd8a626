//! One's own relation, from limit to figure: what no inner product of a rank can beat, a network that
//! comes near it, its error, a certificate, a picture.

mod measured;

use crate::fitting::{
    FEATURE_RATE, Scales, Start, by_rule, cosine, count, random_hidden, rules, sampler, spread,
};
use crate::{backend, backend::BackendKind};
use anyhow::Context as _;
use measured::{At, errors};
use relata_kernels::{Encoders, LimitParams, LimitSource, limits};
use relata_networks::{
    Activation, Certificate, CertifyError, CertifyParams, Expansion, FitParams, Fitter, ReadoutParams,
    RelationNet, certify, certify_factors, solve_readout,
};
use relata_plotting::{Axis, Chart, Figure, FigureWidth, Legend, Marker, Series};
use relata_relations::{Quadrature, Relation, Seed, Space};
use relata_training::{Control, Data, NetworkDevice, train};
use std::num::NonZeroUsize;

/// Where the hidden layers of a network come from; the last layers are solved in closed form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum NetworkSource {
    /// They are random: a second or two, and near the limit where the network is wide.
    #[default]
    Readout,
    /// They represent the singular functions of the relation, found by variable projection: few
    /// neurons, in one or two dimensions.
    Fitted,
    /// They are trained by so many steps of Adam; random ones are kept where these do better.
    Trained {
        /// Steps; 200 are usual in one dimension, 1200 in many.
        steps: usize,
    },
}

/// What one rank of an inner product does to a relation.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AtRank {
    /// The rank `d`.
    pub rank: usize,
    /// Relative `L2` error of the network, on nodes or samples that the fit has not seen.
    pub error: f64,
    /// How far the error may be off: what two rules disagree about, or three standard errors.
    pub error_uncertainty: f64,
    /// No inner product of the rank has a smaller relative `L2` error: the lower end of the bracket
    /// in which the Eckart-Young limit lies, 0 where it is within rounding.
    pub limit: f64,
    /// The length of that bracket: some inner product has an error of at most `limit` and this.
    pub limit_uncertainty: f64,
    /// What is proved of the network's sup error, or why nothing can be; none where it was not asked
    /// for.
    pub certificate: Option<Result<Certificate, CertifyError>>,
    /// The network `<phi(x), psi(y)>`.
    pub net: RelationNet,
}

/// The outcome of [`approximate`] and [`Approximator::run`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Approximated {
    /// The relation's name.
    pub name: String,
    /// One entry per rank.
    pub ranks: Vec<AtRank>,
    /// Where the limits came from.
    pub source: LimitSource,
}

/// A relation can be approximated, and something is wrong with the numbers.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error(
    "the error of {name} at rank {rank} was measured as {error:e} (give or take {uncertainty:e}), below the limit \
     {limit:e}, which no inner product beats: the nodes miss something of the relation; declare its regularity, or give \
     its spectrum"
)]
pub struct BelowLimit {
    /// The relation.
    pub name: String,
    /// The rank.
    pub rank: usize,
    /// The error that was measured.
    pub error: f64,
    /// How far it may be off.
    pub uncertainty: f64,
    /// The limit.
    pub limit: f64,
}

/// Approximates `r` by inner products of two perceptrons at each of the ranks, and holds them against
/// the Eckart-Young limit: [`Approximator`] with its defaults, one hidden layer of 128 random tanh
/// features per encoder.
///
/// # Errors
/// As [`Approximator::run`].
///
/// ```
/// use relata_pipelines::approximate;
/// use relata_relations::{Interval, relation_fn};
///
/// let unit = Interval::new(0.0, 1.0)?;
/// let r = relation_fn(unit.clone(), unit, |x, y| (3.0 * x[0] - y[0] * y[0]).sin());
/// let result = approximate(&r, &[1, 2, 4])?;
/// for at in &result.ranks {
///     println!("rank {}: error {:.2e}, no inner product below {:.2e}", at.rank, at.error, at.limit);
///     assert!(at.error + at.error_uncertainty >= at.limit);
/// }
/// // The sine of a difference is a sum of two products.
/// assert!(result.ranks[0].limit > 0.1 && result.ranks[1].limit == 0.0);
/// let figure = result.figure()?.render()?;
/// assert!(figure.svg.starts_with("<svg"));
/// # Ok::<(), anyhow::Error>(())
/// ```
pub fn approximate(r: &dyn Relation, ranks: &[usize]) -> anyhow::Result<Approximated> {
    Approximator::of(r).ranks(ranks.iter().copied()).run()
}

/// How a relation of one's own is approximated.
///
/// ```
/// use relata_pipelines::prelude::*;
///
/// // A kink along the diagonal, which is declared; no kernel: it is indefinite.
/// let r = relation_fn(Interval::unit(), Interval::unit(), |x, y| (x[0] - y[0]).abs())
///     .named("distance")
///     .symmetric()?
///     .with_regularity(Regularity::Kink);
/// let found = Approximator::of(&r)
///     .encoders(Encoders::Indefinite)
///     .ranks([1, 2, 4])
///     .width(64)
///     .source(NetworkSource::Fitted)
///     .seed(Seed(7))
///     .progress(|what| eprintln!("{what}"))
///     .run()?;
/// assert!(found.ranks.iter().all(|at| at.error + at.error_uncertainty >= at.limit));
/// # Ok::<(), anyhow::Error>(())
/// ```
#[must_use = "nothing is computed before `run`"]
pub struct Approximator<'a> {
    relation: &'a dyn Relation,
    encoders: Encoders,
    ranks: Vec<usize>,
    width: usize,
    source: NetworkSource,
    certificate: Option<CertifyParams>,
    seed: Seed,
    device: Option<NetworkDevice>,
    progress: Box<dyn FnMut(&str) + 'a>,
}

impl<'a> Approximator<'a> {
    /// Of this relation: separate encoders of 128 random features each, at the ranks 1, 2, 4, 8.
    pub fn of(relation: &'a dyn Relation) -> Self {
        Self {
            relation,
            encoders: Encoders::Separate,
            ranks: vec![1, 2, 4, 8],
            width: 128,
            source: NetworkSource::default(),
            certificate: None,
            seed: Seed(0),
            device: None,
            progress: Box::new(|_| ()),
        }
    }

    /// Which class of inner products: two encoders, one, or one with signs.
    pub fn encoders(self, encoders: Encoders) -> Self {
        Self { encoders, ..self }
    }

    /// The ranks.
    pub fn ranks(self, ranks: impl IntoIterator<Item = usize>) -> Self {
        Self { ranks: ranks.into_iter().collect(), ..self }
    }

    /// Hidden units of each encoder, at least the largest rank.
    pub fn width(self, width: usize) -> Self {
        Self { width, ..self }
    }

    /// Where hidden layers come from.
    pub fn source(self, source: NetworkSource) -> Self {
        Self { source, ..self }
    }

    /// Also prove a bound of each network's sup error, with that much effort. It needs a relation
    /// with an enclosure (those of the catalogue, sums and products of them, or one that was given by
    /// `with_enclosure`), or declared bounds. Pairs of more than four dimensions in all are certified
    /// where the relation is a kernel and the encoder shared; of others the certificate says what
    /// else there is.
    pub fn certify(self, params: CertifyParams) -> Self {
        Self { certificate: Some(params), ..self }
    }

    /// The seed of features, samples and training.
    pub fn seed(self, seed: Seed) -> Self {
        Self { seed, ..self }
    }

    /// Where networks are trained, instead of the processor.
    pub fn device(self, device: NetworkDevice) -> Self {
        Self { device: Some(device), ..self }
    }

    /// What is told of each step as it begins, in a few words.
    pub fn progress(self, progress: impl FnMut(&str) + 'a) -> Self {
        Self { progress: Box::new(progress), ..self }
    }

    /// Computes limits, networks, errors and certificates.
    ///
    /// Spaces of one or two dimensions are integrated by their rules, larger ones sampled. It takes
    /// a second or two in one or two dimensions, and a minute in more (most of it for the limits).
    ///
    /// # Errors
    /// If a rank is 0 or above the width, the relation or its spaces cannot be evaluated (a NaN is
    /// named with its point), or an error was measured below the limit ([`BelowLimit`]).
    pub fn run(mut self) -> anyhow::Result<Approximated> {
        let r = self.relation;
        let most = self.ranks.iter().copied().max().context("no rank was given")?;
        (self.progress)(&format!("the limits of {} up to rank {most}", r.name()));
        let params = LimitParams { seed: self.seed.child("limits"), ..LimitParams::default() };
        let all = limits(r, self.encoders, most, &params)?;
        let nets = self.networks()?;
        (self.progress)("the errors, on nodes that the fits have not seen");
        let measured = errors(r, &nets, self.seed)?;
        let mut out = Vec::with_capacity(nets.len());
        for ((&rank, net), At { error, uncertainty }) in self.ranks.iter().zip(nets).zip(measured) {
            let limit = all.at(rank)?;
            let within_rounding = limit.relative <= 0.0;
            let lower = if within_rounding { 0.0 } else { limit.relative_lower };
            if error + uncertainty < (1.0 - measured::ROUNDING) * lower {
                let name = r.name();
                return Err(BelowLimit { name, rank, error, uncertainty, limit: lower }.into());
            }
            let certificate = self.certificate.as_ref().map(|params| {
                (self.progress)(&format!("a certificate at rank {rank}"));
                certified(r, &net, params)
            });
            out.push(AtRank {
                rank,
                error,
                error_uncertainty: uncertainty,
                limit: lower,
                limit_uncertainty: limit.relative_upper - lower,
                certificate,
                net,
            });
        }
        Ok(Approximated { name: r.name(), ranks: out, source: all.source().clone() })
    }

    /// The network of each rank.
    fn networks(&mut self) -> anyhow::Result<Vec<RelationNet>> {
        (self.progress)("random features, last layers in closed form");
        let hidden = random_hidden(self.relation, self.encoders, self.width, self.seed)?;
        let random = self.read_out(&hidden, ReadoutParams::default())?;
        let (x, y) = self.relation.spaces();
        let better = match self.source {
            NetworkSource::Readout => return Ok(random),
            NetworkSource::Fitted => {
                anyhow::ensure!(
                    by_rule(x) && by_rule(y),
                    "networks are fitted in one and two dimensions; use another source of hidden layers"
                );
                self.fitted(&random)?
            }
            NetworkSource::Trained { steps } => self.trained(steps)?,
        };
        // The better of both on the nodes of the fit: what they do elsewhere is not looked at here.
        let rules = self.fit_rules()?;
        let [a, b] =
            [measured::on(self.relation, &better, &rules)?, measured::on(self.relation, &random, &rules)?];
        let pairs = better.into_iter().zip(random).zip(a.into_iter().zip(b));
        Ok(pairs.map(|((better, random), (a, b))| if a <= b { better } else { random }).collect())
    }

    fn read_out(&self, hidden: &RelationNet, params: ReadoutParams) -> anyhow::Result<Vec<RelationNet>> {
        let rules = self.fit_rules()?;
        let solved = solve_readout(hidden, self.relation, [&rules[0], &rules[1]], params)?;
        self.ranks.iter().map(|d| Ok(solved.at_rank(*d)?)).collect()
    }

    /// Fitted networks; where the relation has no more functions than rounding, what there is.
    fn fitted(&mut self, otherwise: &[RelationNet]) -> anyhow::Result<Vec<RelationNet>> {
        let rules = self.fit_rules()?;
        let fitter = Fitter::new(self.relation, self.encoders, [&rules[0], &rules[1]])?;
        let mut nets = Vec::with_capacity(self.ranks.len());
        for (&rank, otherwise) in self.ranks.iter().zip(otherwise) {
            if rank > fitter.most() {
                nets.push(otherwise.clone());
                continue;
            }
            (self.progress)(&format!("a fit at rank {rank}"));
            let params = FitParams::new(self.width).with_seed(self.seed.child("fit"));
            nets.push(fitter.fit(rank, &params)?.into_net());
        }
        Ok(nets)
    }

    fn trained(&mut self, steps: usize) -> anyhow::Result<Vec<RelationNet>> {
        /// Rank of the inner product while hidden layers are trained for all ranks at once: enough
        /// for what smooth relations have, and few enough to learn.
        const TRAINED_RANK: usize = 24;
        (self.progress)(&format!("{steps} steps of training"));
        let axes = self.relation.spaces().0.axes().max(self.relation.spaces().1.axes());
        let rank = TRAINED_RANK.min(self.width);
        let start = match axes {
            0..=2 => Start::steep(self.width, rank),
            _ => {
                let (activation, scales) = (Activation::Gelu, Scales::GENTLE);
                Start { width: self.width, depth: 2, activation, scales, rank }
            }
        };
        let seed = self.seed.child("trained");
        let start = start.draw(self.relation, self.encoders, seed)?;
        let params = cosine(steps).with_sampler(sampler(axes)).with_learning_rate(FEATURE_RATE);
        let device = match &self.device {
            Some(device) => device.clone(),
            None => backend::open(BackendKind::Flex)?.device,
        };
        let go_on = &mut |_: &relata_training::StepRecord| Control::Continue;
        let trained = train(&start, self.relation, Data::Spaces, &params, seed, &device, go_on)?;
        // In many dimensions directions that the sample hardly sees would fit its noise.
        let params = if axes > 2 { ReadoutParams { tolerance: 1e-6 } } else { ReadoutParams::default() };
        self.read_out(&trained.net, params)
    }

    /// The nodes of fits.
    fn fit_rules(&self) -> anyhow::Result<[Quadrature; 2]> {
        /// Points per side where no rule is affordable.
        const SAMPLE: usize = 4000;
        let (x, y) = self.relation.spaces();
        if by_rule(x) && by_rule(y) {
            let n = if x.axes().max(y.axes()) == 2 { 20 } else { 400 };
            return rules(self.relation, n, self.encoders);
        }
        let draw = |space: &dyn Space, name: &str| -> anyhow::Result<Quadrature> {
            let mut stream = self.seed.stream(&format!("approximate/{name}"));
            let points = spread(space, count(SAMPLE)?, &mut stream);
            Ok(Quadrature::equal_weights(points, space.mass())?)
        };
        let qx = draw(x, "x")?;
        Ok(match self.encoders {
            Encoders::Separate => [qx, draw(y, "y")?],
            Encoders::Shared | Encoders::Indefinite => [qx.clone(), qx],
        })
    }
}

/// What is proved of the sup error: over pairs of points, or, where these have too many dimensions, of
/// each factor of a kernel in its own space.
fn certified(
    r: &dyn Relation,
    net: &RelationNet,
    params: &CertifyParams,
) -> Result<Certificate, CertifyError> {
    /// Columns of the kernel per feature of the network, and at least; more would cost more time and
    /// prove little more.
    const ANCHORS: (usize, usize) = (12, 48);
    let many = match certify(r, net, params) {
        Err(error @ CertifyError::TooManyDimensions { .. }) => error,
        answer => return answer,
    };
    let space = r.spaces().0;
    let count = (ANCHORS.0 * net.phi_net().outputs()).max(ANCHORS.1);
    let anchors = NonZeroUsize::new(count).map(|count| space.sobol(count, 0));
    let (Some(Ok(anchors)), RelationNet::Symmetric(_)) = (anchors, net) else { return Err(many) };
    match Expansion::nystrom(r, net, &anchors) {
        Err(CertifyError::NotKernel { .. }) => Err(many),
        expansion => certify_factors(r, net, &expansion?, params),
    }
}

impl Approximated {
    /// Error and limit against rank, on logarithmic axes. A limit of 0 is not drawn.
    ///
    /// # Errors
    /// If there is nothing positive to draw.
    pub fn figure(&self) -> anyhow::Result<Figure> {
        let series = |name: &str, f: &dyn Fn(&AtRank) -> f64| {
            let points = self.ranks.iter().map(|a| (a.rank as f64, f(a))).filter(|p| p.1 > 0.0);
            let (x, y): (Vec<f64>, Vec<f64>) = points.unzip();
            (!x.is_empty()).then(|| Series::new(name, &x, &y))
        };
        let mut panel = Chart::new().title(self.name.clone());
        panel = panel.x(Axis::log2("rank \\i{d}")).y(Axis::log("relative \\i{L}_{2} error"));
        if let Some(s) = series("Eckart–Young limit", &|a| a.limit) {
            panel = panel.line(s.reference());
        }
        let found = series("network", &|a| a.error)
            .context("every error is 0: nothing to draw on a logarithmic axis")?;
        panel = panel.scatter(found.marker(Marker::Circle));
        Ok(Figure::new(FigureWidth::Single).name("approximation").legend(Legend::Above).panel(panel))
    }
}

#[cfg(test)]
mod tests;
