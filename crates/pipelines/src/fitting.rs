//! What fitting shares between experiments: nodes, networks to start from, and how they are
//! trained; the reason for every number is here.

use anyhow::Context as _;
use relata_kernels::Encoders;
use relata_networks::{Activation, Mlp, MlpConfig, RelationNet, random_features};
use relata_relations::{Interval, Points, Quadrature, Relation, Seed, Space, Stream};
use relata_training::{Sampler, Schedule, TrainParams, rescale};
use std::num::NonZeroUsize;

/// Up to so many dimensions the points of a relation are those of a tensor rule. With a third axis,
/// 30 nodes per axis would be 27 000 nodes per side, and the matrix has their square.
const MAX_RULE_DIMENSIONS: usize = 2;

/// A number of points, which a cell may only get wrong by being written by hand.
pub(crate) fn count(n: usize) -> anyhow::Result<NonZeroUsize> {
    NonZeroUsize::new(n).context("a cell asks for 0 points")
}

/// Whether the space has few enough dimensions for [`rule`].
pub(crate) fn by_rule(space: &dyn Space) -> bool {
    space.axes() <= MAX_RULE_DIMENSIONS
}

/// The space's own rule; for a Gaussian on the line, Gauss-Legendre on `8.5` standard deviations to
/// both sides instead, because the outer nodes of long Gauss-Hermite rules lie where features are
/// wild and exponential relations overflow.
pub(crate) fn rule(space: &dyn Space, n: usize) -> anyhow::Result<Quadrature> {
    /// What lies beyond weighs `2e-17`, less than the rounding of what lies within.
    const DEVIATIONS: f64 = 8.5;
    if space.is_compact() || space.axes() != 1 {
        return Ok(space.quadrature(count(n)?)?);
    }
    let sd = space.quadrature(count(20)?)?.integrate(|x| x[0] * x[0]).sqrt();
    let legendre = Interval::new(-DEVIATIONS * sd, DEVIATIONS * sd)?.quadrature(count(n)?)?;
    let density =
        |x: &[f64]| (-0.5 * (x[0] / sd).powi(2)).exp() * DEVIATIONS * (2.0 / std::f64::consts::PI).sqrt();
    let weights = legendre.nodes().rows().zip(legendre.weights()).map(|(x, w)| w * density(x)).collect();
    Ok(Quadrature::new(legendre.nodes().clone(), weights)?)
}

/// The rules of a relation for encoders of that kind: separate ones have `n` nodes per axis for `x`
/// and `n + 1` for `y`, so that no node is shared and nothing depends on what happens where
/// `x = y`; otherwise both sides have the one of `x`.
pub(crate) fn rules(r: &dyn Relation, n: usize, encoders: Encoders) -> anyhow::Result<[Quadrature; 2]> {
    let (x, y) = r.spaces();
    let qx = rule(x, n)?;
    Ok(match encoders {
        Encoders::Separate => [qx, rule(y, n + 1)?],
        Encoders::Shared | Encoders::Indefinite => [qx.clone(), qx],
    })
}

/// Scrambled Sobol points, whose averages scatter less than those of independent draws (so that
/// standard errors are too large, not too small); independent draws where there are none.
pub(crate) fn spread(space: &dyn Space, n: NonZeroUsize, stream: &mut Stream) -> Points {
    space.sobol(n, stream.word()).unwrap_or_else(|_| space.sample(n, stream))
}

/// Random hidden layers for heads that are solved in closed form: one layer of `width` tanh
/// features for each encoder, spread over its space, from the streams `features/phi` and
/// `features/psi`.
pub(crate) fn random_hidden(
    r: &dyn Relation,
    encoders: Encoders,
    width: usize,
    seed: Seed,
) -> anyhow::Result<RelationNet> {
    let (x, y) = r.spaces();
    pair(encoders, 1, |side| match side {
        Side::Phi => features(x, width, seed, "phi"),
        Side::Psi => features(y, width, seed, "psi"),
    })
}

fn features(space: &dyn Space, width: usize, seed: Seed, name: &str) -> anyhow::Result<Mlp> {
    let mut stream = seed.stream(&format!("features/{name}"));
    let centres = space.sample(NonZeroUsize::new(width).context("the width is 0")?, &mut stream);
    let slope = spread_slope(space, &centres);
    Ok(random_features(&centres, width, Activation::Tanh, slope, &mut stream)?)
}

/// A slope for features on this space: 30 bends across an interval, fewer in more dimensions, 4 on
/// unbounded spaces.
fn spread_slope(space: &dyn Space, centres: &Points) -> f64 {
    /// Relations with kinks want steep features.
    const SLOPE: f64 = 30.0;
    /// Relations on Gaussian spaces are analytic, and the features have to carry far beyond their
    /// centres.
    const GENTLE_SLOPE: f64 = 4.0;
    let (n, p) = (centres.len() as f64, centres.dim());
    let mean: Vec<f64> = (0..p).map(|a| centres.rows().map(|x| x[a]).sum::<f64>() / n).collect();
    let squares = centres.rows().flat_map(|x| x.iter().zip(&mean).map(|(v, m)| (v - m).powi(2)));
    let variance = squares.sum::<f64>() / (n * p as f64);
    let axes = space.axes().clamp(1, 8) as f64;
    let slope = if space.is_compact() { SLOPE } else { GENTLE_SLOPE };
    if variance > 0.0 { slope / (12.0 * variance).sqrt() / axes.powi(2) } else { slope }
}

/// What the usual initial weights of hidden layers and head are multiplied with. Both pairs were
/// found by trial, on the catalogue, by the error after the trainings below; the usual weights
/// suppose many inputs of unit variance, and a relation has few, on an interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Scales {
    pub(crate) hidden: f64,
    pub(crate) head: f64,
}

impl Scales {
    /// For one or two dimensions: units that bend within the interval, and a head small enough that
    /// inner products begin below the relation.
    pub(crate) const STEEP: Self = Self { hidden: 3.0, head: 0.6 };
    /// For many dimensions, where sums of coordinates are larger than one coordinate.
    pub(crate) const GENTLE: Self = Self { hidden: 0.41, head: 0.58 };
    /// The usual weights.
    pub(crate) const USUAL: Self = Self { hidden: 1.0, head: 1.0 };

    /// As a cell writes it down: hidden layers, head.
    pub(crate) fn pair(self) -> [f64; 2] {
        [self.hidden, self.head]
    }
}

/// A network before training, of `depth` hidden layers of equal width for each encoder.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Start {
    pub(crate) width: usize,
    pub(crate) depth: usize,
    pub(crate) activation: Activation,
    pub(crate) scales: Scales,
    pub(crate) rank: usize,
}

impl Start {
    /// One layer of steep tanh units, for one or two dimensions.
    pub(crate) fn steep(width: usize, rank: usize) -> Self {
        Self { width, depth: 1, activation: Activation::Tanh, scales: Scales::STEEP, rank }
    }

    /// The network, its weights drawn from the streams of `phi` and `psi`.
    pub(crate) fn draw(
        &self,
        r: &dyn Relation,
        encoders: Encoders,
        seed: Seed,
    ) -> anyhow::Result<RelationNet> {
        let (x, y) = r.spaces();
        let mlp = |inputs: usize, name: &str| -> anyhow::Result<Mlp> {
            let config = MlpConfig::new(inputs, self.rank).with_width(self.width).with_depth(self.depth);
            Ok(config.with_activation(self.activation).init(seed, name)?)
        };
        let net = pair(encoders, self.rank, |side| match side {
            Side::Phi => mlp(x.dim(), "phi"),
            Side::Psi => mlp(y.dim(), "psi"),
        })?;
        Ok(rescale(&net, self.scales.hidden, self.scales.head)?)
    }
}

/// Adam with the rate falling along half a cosine to a hundredth, after a warm-up of 20 steps, in
/// which Adam's estimate of the second moments settles, or of a tenth of a training shorter than 200.
pub(crate) fn cosine(steps: usize) -> TrainParams {
    let schedule = Schedule::Cosine { warm_up: 20.min(steps / 10), last: 0.01 };
    TrainParams { schedule, ..TrainParams::adam(steps) }
}

/// The peak rate for hidden layers whose heads are solved afterwards: they need only be good
/// features, so it is large.
pub(crate) const FEATURE_RATE: f64 = 1e-2;
/// The rate for networks that gradients alone bring to their error.
pub(crate) const GRADIENT_RATE: f64 = 3e-3;

/// The points of a step: in one or two dimensions all nodes of a rule, whose loss has no noise; beyond
/// scrambled Sobol points, 128 per side: about as many as the nodes in two dimensions.
pub(crate) fn sampler(dimension: usize) -> Sampler {
    match dimension {
        0 | 1 => Sampler::Quadrature { nodes: 64 },
        2 => Sampler::Quadrature { nodes: 12 },
        _ => Sampler::Sobol { x: 128, y: 128 },
    }
}

enum Side {
    Phi,
    Psi,
}

/// Encoders of that kind; the signs of indefinite ones are solved, so they begin as 1.
fn pair(
    encoders: Encoders,
    rank: usize,
    mlp: impl Fn(Side) -> anyhow::Result<Mlp>,
) -> anyhow::Result<RelationNet> {
    let phi = mlp(Side::Phi)?;
    Ok(match encoders {
        Encoders::Shared => RelationNet::symmetric(phi),
        Encoders::Separate => RelationNet::asymmetric(phi, mlp(Side::Psi)?)?,
        Encoders::Indefinite => RelationNet::indefinite(phi, vec![1.0; rank])?,
    })
}
