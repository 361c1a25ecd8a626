//! Fitting on samples, with points left out.

use super::FitError;
use super::asked::{check, encoders_of, shape};
use super::fitted::Features;
use super::levenberg::{Descent, Until};
use super::nodes::OnNodes;
use super::params::{Checked, FitParams};
use super::projected::{Functions, Projected};
use super::search::{Start, StartOutcome};
use super::start::start;
use crate::mlp::{Affine, Mlp};
use crate::readout::{ReadoutParams, distill};
use crate::relation_net::RelationNet;
use faer::Mat;
use relata_kernels::Encoders;
use relata_relations::{ErrorReport, HeldOut, Points, Quadrature, Relation, measure};

/// Points that a network is fitted on, and others that say how well it did: of `x`, then of `y`.
/// Encoders that are shared are fitted on the points of `x`, and both must be the same.
#[derive(Clone, Copy, Debug)]
pub struct Samples<'a> {
    /// The points of the fit.
    pub fit: [&'a Points; 2],
    /// The points left out.
    pub left_out: [&'a Points; 2],
}

/// A network that was fitted on samples.
#[derive(Clone, Debug)]
pub struct FittedSample {
    net: RelationNet,
    left_out: ErrorReport,
    random: f64,
    features: Features,
    ridges: Vec<f64>,
    starts: Vec<Start>,
}

impl FittedSample {
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

    /// Its errors on the points left out. These have chosen the ridge and when to stop; an error that
    /// has chosen nothing takes fresh points.
    #[must_use]
    pub fn left_out(&self) -> &ErrorReport {
        &self.left_out
    }

    /// The relative error, on the points left out, of the features that the best start began with.
    #[must_use]
    pub fn random(&self) -> f64 {
        self.random
    }

    /// Which features the network has: never those that do worse on the points left out.
    #[must_use]
    pub fn features(&self) -> Features {
        self.features
    }

    /// The ridge of the heads of each encoder, relative to features of unit mean square.
    #[must_use]
    pub fn ridges(&self) -> &[f64] {
        &self.ridges
    }

    /// What became of every start.
    #[must_use]
    pub fn starts(&self) -> &[Start] {
        &self.starts
    }
}

/// Ridges that are tried, relative to features of unit mean square.
const RIDGES: [f64; 8] = [1e-11, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4];
/// Steps between two looks at the points left out.
const STRIDE: usize = 3;
/// Looks without a gain after which a search ends.
const PATIENCE: usize = 3;
/// Outputs of fitted encoders nearly coincide where a function could not be told from the others.
const DISTILLED: f64 = 1e-7;

/// Fits an inner product of perceptrons of that rank to a relation on random points, in more
/// dimensions than rules are affordable in.
///
/// Heads carry a ridge, without which features that nearly coincide on the sample would have heads
/// of any size off it. The ridge is chosen on the points left out, a search stops when the error
/// there stops falling, and of fitted features and those of the start the better ones are kept. The
/// outputs of both encoders are then mixed in closed form ([`distill`]).
///
/// ```
/// use relata_kernels::Encoders;
/// use relata_networks::{FitParams, Samples, fit_samples};
/// use relata_relations::{Cube, Seed, Space, relation_fn};
/// let cube = Cube::new(3, -1.0, 1.0)?;
/// let dot = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(a, b)| a * b).sum::<f64>();
/// let r = relation_fn(cube.clone(), cube.clone(), move |x, y| (0.5 * dot(x, y)).exp()).symmetric()?;
/// let points = |n: usize, name: &str| -> Result<_, Box<dyn std::error::Error>> {
///     Ok(cube.sample(n.try_into()?, &mut Seed(0).stream(name)))
/// };
/// let (x, u, v) = (points(300, "fit")?, points(300, "u")?, points(300, "v")?);
/// let samples = Samples { fit: [&x, &x], left_out: [&u, &v] };
/// let fitted = fit_samples(&r, Encoders::Shared, 4, &samples, &FitParams::new(12).with_starts(1))?;
/// assert!(fitted.left_out().relative_l2 <= fitted.random());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Cost per step, of each encoder: `n N^2 (p + 1)^2` with `N` units on `n` points in `p` dimensions.
///
/// # Errors
/// [`FitError`]
pub fn fit_samples(
    r: &dyn Relation,
    encoders: Encoders,
    rank: usize,
    samples: &Samples<'_>,
    params: &FitParams,
) -> Result<FittedSample, FitError> {
    let params = params.checked()?;
    let rule = |p: &Points| Quadrature::equal_weights(p.clone(), 1.0).map_err(FitError::from);
    let q = [rule(samples.fit[0])?, rule(samples.fit[1])?];
    let q = [&q[0], &q[1]];
    let on = OnNodes::new(r, encoders, q)?;
    check(r, &on, q, rank, &params)?;
    let (mut starts, mut best, mut random, mut ridges) = (vec![], vec![], vec![], vec![]);
    for (side, encoder) in ["phi", "psi"].into_iter().enumerate().take(on.sides()) {
        let outside = on.outside(r, q, side, samples.left_out[side], rank)?;
        let found = search(r, &on, side, encoder, &outside, rank, &params)?;
        starts.extend(found.starts);
        ridges.push(found.best.ridge);
        best.push(found.best.into_mlp(&on, side)?);
        random.push(found.random.into_mlp(&on, side)?);
    }
    let at = HeldOut::Sample { x: samples.left_out[0].clone(), y: samples.left_out[1].clone() };
    let solved = |mlps: Vec<Mlp>| -> Result<(RelationNet, ErrorReport), FitError> {
        let net = encoders_of(encoders, mlps)?;
        let net = distill(&net, r, q, ReadoutParams { tolerance: DISTILLED })?.at_rank(rank)?;
        let report = measure(r, &net, &at)?;
        Ok((net, report))
    };
    let (net, left_out) = solved(best)?;
    let (plain, of_start) = solved(random)?;
    let random = of_start.relative_l2;
    let (net, left_out, features) = if left_out.relative_l2 <= random {
        (net, left_out, Features::Fitted)
    } else {
        (plain, of_start, Features::Start)
    };
    Ok(FittedSample { net, left_out, random, features, ridges, starts })
}

/// Hidden weights with heads of one ridge, and their squared error on the points left out.
struct Judged {
    at: Projected,
    ridge: f64,
    error: f64,
}

impl Judged {
    /// The best of all ridges for these hidden weights.
    fn best(at: &Projected, f: &Functions, outside: &Functions) -> Option<Self> {
        let all = RIDGES.iter().filter_map(|ridge| {
            let ridge = ridge * at.hidden.width() as f64;
            let at = Projected::at(at.hidden.clone(), f, ridge)?;
            let error = at.outside(outside);
            error.is_finite().then_some(Self { at, ridge, error })
        });
        all.min_by(|a, b| a.error.total_cmp(&b.error))
    }

    /// The perceptron whose outputs are the functions.
    fn into_mlp(self, on: &OnNodes, side: usize) -> Result<Mlp, FitError> {
        let (width, d) = (self.at.hidden.width(), self.at.heads.ncols());
        let heads = self.at.heads;
        let head = Affine::new(
            Mat::from_fn(width, d, |k, o| heads[(k, o)]),
            (0..d).map(|o| heads[(width, o)]).collect(),
        );
        Ok(self.at.hidden.into_mlp(on.frame(side))?.with_head(head)?)
    }
}

struct Found {
    best: Judged,
    random: Judged,
    starts: Vec<Start>,
}

fn search(
    r: &dyn Relation,
    on: &OnNodes,
    side: usize,
    encoder: &'static str,
    outside: &Functions,
    rank: usize,
    params: &Checked,
) -> Result<Found, FitError> {
    const WHY: &str = "its features are not finite numbers";
    let f = on.functions(side, rank);
    let seed = params.seed.child(encoder);
    let (mut best, mut random, mut starts) = (None::<Judged>, None::<Judged>, vec![]);
    for number in 0..params.starts {
        let first = start(&shape(r, side, rank, params), &f, seed, number);
        let first = Projected::at(first, &f, 0.0).and_then(|at| Judged::best(&at, &f, outside));
        let Some(first) = first else {
            starts.push(Start { encoder, number, outcome: StartOutcome::Dropped { why: WHY } });
            continue;
        };
        let (error, (steps, found)) = (first.error, follow(&first, &f, outside, params.steps));
        let last = found.error;
        let outcome = StartOutcome::Followed { steps, first: error.sqrt(), last: last.sqrt() };
        starts.push(Start { encoder, number, outcome });
        if random.as_ref().is_none_or(|r| error < r.error) {
            random = Some(first);
        }
        if best.as_ref().is_none_or(|b| last < b.error) {
            best = Some(found);
        }
    }
    match (best, random) {
        (Some(best), Some(random)) => Ok(Found { best, random, starts }),
        _ => {
            let side = if side == 0 { "x" } else { "y" };
            Err(FitError::NoStart { side, starts: starts.len(), why: WHY })
        }
    }
}

/// Follows one start until the points left out gain nothing more; the steps taken, and the best that
/// was met.
fn follow(first: &Judged, f: &Functions, outside: &Functions, steps: usize) -> (usize, Judged) {
    let mut descent = Descent::new(first.at.clone());
    let mut best = Judged { at: first.at.clone(), ..*first };
    let mut idle = 0;
    while idle < PATIENCE && !descent.is_settled() && descent.steps() < steps {
        let until = Until { steps: (descent.steps() + STRIDE).min(steps), enough: 0.0 };
        descent.run(f, first.ridge, until);
        let error = descent.at.outside(outside);
        if error < best.error {
            best = Judged { at: descent.at.clone(), ridge: first.ridge, error };
            idle = 0;
        } else {
            idle += 1;
        }
    }
    // The features have changed, and with them the ridge that suits them.
    let again = Judged::best(&best.at, f, outside).filter(|j| j.error < best.error);
    (descent.steps(), again.unwrap_or(best))
}
