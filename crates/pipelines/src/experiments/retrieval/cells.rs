//! What each cell computes.

use super::{DESIGNED, LENGTHS, PROBABILITY, RANKS};
use crate::CellContext;
use crate::fitting::{FEATURE_RATE, Start};
use anyhow::Context as _;
use relata_attention::design::{
    DesignedHead, Family, MeasuredHead, Target, calibrate, centred_over_keys, constructed_scorer, design,
    design_with, family, measure_head, measure_scores,
};
use relata_attention::{InverseTemperature, Margins, Scores, miss_bound, required_inverse_temperature};
use relata_kernels::Encoders;
use relata_networks::{Activation, RelationNet, random_features, solve_readout};
use relata_relations::catalogue::abs_difference;
use relata_relations::{Interval, Relation, Seed, Space, relation_fn, scale};
use relata_runs::Row;
use relata_training::{Control, Data, Sampler, TrainParams, train};
use std::num::NonZeroUsize;
use std::sync::Arc;

/// Random scores and inverse temperatures, among them tied losers, for which the bound is an
/// equality.
pub(super) fn heads(batch: usize, heads: usize, seed: Seed) -> anyhow::Result<Vec<Row>> {
    let mut s = seed.stream("heads");
    let (mut violations, mut excess, mut off_in_ties) = (0usize, 0.0f64, 0.0f64);
    let mut slack = 0.0;
    let mut scores = [0.0f64; 64];
    for _ in 0..heads {
        let most = if s.below(8) == 0 { 63 } else { 7 };
        let n = 2 + s.below(most);
        let (size, level) = ((6.0 * s.uniform() - 3.0).exp(), s.normal());
        let tied = s.below(4) == 0;
        for v in &mut scores[..n] {
            *v = size * if tied { level } else { s.normal() };
        }
        if tied {
            scores[s.below(n)] += size * s.uniform();
        }
        let b = InverseTemperature::new((8.0 * s.uniform() - 4.0).exp())?;
        let context = Scores::new(&scores[..n])?;
        let margin = context.margin();
        let (missed, bound) = (context.miss(margin.best, b), miss_bound(n, margin.value, b));
        violations += usize::from(missed > bound + 1e-12);
        excess = excess.max(missed - bound);
        slack += bound - missed;
        if tied || n == 2 {
            off_in_ties = off_in_ties.max((missed - bound).abs());
        }
    }
    Ok(vec![
        Row::new("heads")
            .with("batch", batch)
            .with("heads", heads)
            .with("violations", violations)
            .with("largest_excess", excess)
            .with("off_where_tight", off_in_ties)
            .with("mean_slack", slack / heads as f64),
    ])
}

fn target(keys: usize, error: f64, contexts: usize) -> Target {
    Target { keys, error, probability: PROBABILITY, calibration: contexts, ..Target::default() }
}

/// A designed head on as many fresh contexts.
pub(super) fn promise(
    name: &str,
    keys: usize,
    permille: usize,
    contexts: usize,
    seed: Seed,
) -> anyhow::Result<Vec<Row>> {
    let f = family(name)?;
    let error = permille as f64 / 1000.0;
    let head = design(&f, &target(keys, error, contexts), seed)?;
    let m = measure_head(&head, &f, contexts, seed.child("test"))?;
    let c = head.certificate();
    // How much smaller the inverse temperature could have been for the same promise on these
    // contexts.
    let enough = smallest_that_works(&head, &f, contexts.min(400), seed.child("test"))?;
    Ok(vec![
        Row::new("promises")
            .with("family", name)
            .with("keys", keys)
            .with("error", error)
            .with("probability", c.probability)
            .with("rank", c.rank)
            .with("width_queries", c.widths[0])
            .with("width_keys", c.widths[1])
            .with("width_allowed", c.allowed)
            .with("delta", c.delta)
            .with("delta_by", c.source.name())
            .with("margin", c.margin)
            .with("inverse_temperature", c.inverse_temperature.value())
            .with("enough", enough)
            .with("share_above", m.share_above)
            .with("mean_error", m.mean_error)
            .with("mean_bound", m.mean_bound)
            .with("selected", m.selected)
            .with("broken", m.broken)
            .with("violations", m.violations)
            .with("promise_broken", i64::from(m.share_above > 1.0 - c.probability || m.broken > 0)),
    ])
}

/// The smallest inverse temperature, to 2 %, at which the share of fresh contexts above the error
/// is what was allowed.
fn smallest_that_works(head: &DesignedHead, f: &Family, contexts: usize, seed: Seed) -> anyhow::Result<f64> {
    let c = head.certificate();
    let (mut low, mut high) = (0.0, c.inverse_temperature.value());
    while high - low > 0.02 * high {
        let mid = 0.5 * (low + high);
        let m = head.measure_at(f, c.keys, InverseTemperature::new(mid)?, contexts, seed)?;
        if m.share_above > 1.0 - c.probability { low = mid } else { high = mid }
    }
    Ok(high)
}

/// Error and bound over a range of inverse temperatures.
pub(super) fn curve(name: &str, contexts: usize, seed: Seed) -> anyhow::Result<Vec<Row>> {
    let f = family(name)?;
    let head = design(&f, &target(8, 0.01, (4 * contexts).max(1000)), seed)?;
    let b = head.certificate().inverse_temperature.value();
    let mut rows = Vec::new();
    for k in -12..=4 {
        let at = b * 2f64.powf(0.5 * f64::from(k));
        let m = head.measure_at(&f, 8, InverseTemperature::new(at)?, contexts, seed.child("test"))?;
        rows.push(
            Row::new("curves")
                .with("family", name)
                .with("b", at)
                .with("designed_b", b)
                .with("mean_error", m.mean_error)
                .with("mean_bound", m.mean_bound)
                .with("worst_error", m.worst_error)
                .with("violations", m.violations),
        );
    }
    Ok(rows)
}

/// The family of nearest keys on the unit interval, with `-|x - y|` as its utility; its scorers are
/// those of `-(x - y)^2`, which has the same order.
fn distances() -> anyhow::Result<Family> {
    let u: Arc<dyn Relation> = Arc::new(scale(-1.0, abs_difference())?);
    let squared = relation_fn(Interval::unit(), Interval::unit(), |x, y| -(x[0] - y[0]).powi(2));
    let squared = Arc::new(squared.with_enclosure(|x, y| -(x[0] - y[0]).square())?);
    let build = move |delta: f64| constructed_scorer(squared.clone(), delta);
    Ok(Family::new("distance", "the nearest key in [0, 1]", u, 1.0, build)?)
}

/// Scores of one rank: the best in `L2` for `-|x - y|` up to query-only terms, within random
/// features; or the rank-2 utility `2 x y - y^2`.
pub(super) fn phase(rank: usize, contexts: usize, seed: Seed) -> anyhow::Result<Vec<Row>> {
    let f = distances()?;
    let net = if rank == 0 { f.scorer(1e-6)?.net } else { truncated(&f, rank, seed)? };
    let mut rows = Vec::new();
    for k in 0..=11 {
        let b = 2f64.powi(k + 1);
        let m =
            measure_scores(&net, &f, DESIGNED, InverseTemperature::new(b)?, contexts, seed.child("phase"))?;
        rows.push(
            Row::new("phase")
                .with("scores", if rank == 0 { "utility of rank 2" } else { "best in L2" })
                .with("rank", if rank == 0 { 2 } else { rank })
                .with("b", b)
                .with("mean_error", m.mean_error)
                .with("selected", m.selected)
                .with("violations", m.violations),
        );
    }
    Ok(rows)
}

fn truncated(f: &Family, rank: usize, seed: Seed) -> anyhow::Result<RelationNet> {
    const NODES: NonZeroUsize = NonZeroUsize::new(300).unwrap();
    const WIDTH: usize = 192;
    let centred = centred_over_keys(f.utility().clone(), NODES)?;
    let hidden = |name: &str| -> anyhow::Result<_> {
        let mut s = seed.stream(&format!("features/{name}"));
        let centres = Interval::unit().sample(NonZeroUsize::new(WIDTH).context("features")?, &mut s);
        Ok(random_features(&centres, WIDTH, Activation::Tanh, 40.0, &mut s)?)
    };
    let net = RelationNet::asymmetric(hidden("phi")?, hidden("psi")?)?;
    let q = Interval::unit().quadrature(NODES)?;
    let solved = solve_readout(&net, &centred, [&q, &q], Default::default())?;
    Ok(solved.at_rank(rank.min(*RANKS.last().context("ranks")?))?)
}

/// A rule for the inverse temperature in contexts that are longer than those of the design.
#[derive(Clone, Copy)]
enum Rule {
    /// That of the design.
    Kept,
    /// It grows with the logarithm of the length.
    Logarithm,
    /// Designed again, for the margins there are.
    Designed,
}

impl Rule {
    const ALL: [Self; 3] = [Self::Kept, Self::Logarithm, Self::Designed];

    fn name(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Logarithm => "logarithm",
            Self::Designed => "designed",
        }
    }

    fn at(self, head: &Settled<'_>, keys: usize, margins: &Margins) -> anyhow::Result<InverseTemperature> {
        let b = head.b;
        // At the length of the design all three are one.
        if keys == DESIGNED {
            return Ok(b);
        }
        Ok(match self {
            Self::Kept => b,
            Self::Logarithm => {
                relata_attention::dispersion::kept_inverse_temperature(b, [DESIGNED, keys], head.margin)?
            }
            // Where inexact scores leave nothing of the margin, the best guess is the largest score.
            Self::Designed => {
                let t = Target::default();
                let margin = margins.tolerance_limit(1.0 - PROBABILITY, t.doubt)? - 2.0 * head.delta;
                if margin > 0.0 {
                    required_inverse_temperature(keys, margin, t.error)?
                } else {
                    InverseTemperature::HARD
                }
            }
        })
    }
}

/// What the rules need to know of a head.
struct Settled<'a> {
    net: &'a RelationNet,
    scores: &'static str,
    b: InverseTemperature,
    margin: f64,
    delta: f64,
}

fn at_all_lengths(
    f: &Family,
    head: &Settled<'_>,
    contexts: usize,
    seed: Seed,
    measure: impl Fn(usize, InverseTemperature) -> anyhow::Result<MeasuredHead>,
) -> anyhow::Result<Vec<Row>> {
    let mut rows = Vec::new();
    for keys in LENGTHS {
        let margins = calibrate(f, keys, contexts.max(500), seed)?;
        for rule in Rule::ALL {
            let b = rule.at(head, keys, &margins)?;
            let m = measure(keys, b)?;
            rows.push(
                Row::new("lengths")
                    .with("family", f.name())
                    .with("scores", head.scores)
                    .with("rank", head.net.phi_net().outputs())
                    .with("keys", keys)
                    .with("temperature", rule.name())
                    .with("b", (!b.is_hard()).then_some(b.value()))
                    .with("mean_error", m.mean_error)
                    .with("mean_bound", m.mean_bound)
                    .with("selected", m.selected)
                    .with("violations", m.violations),
            );
        }
    }
    Ok(rows)
}

/// A head designed for short contexts, on longer ones.
pub(super) fn length(name: &str, contexts: usize, seed: Seed) -> anyhow::Result<Vec<Row>> {
    let f = family(name)?;
    let calibration = calibrate(&f, DESIGNED, (5 * contexts).max(1000), seed)?;
    let head = design_with(&f, &target(DESIGNED, 0.01, 0), &calibration)?;
    let c = head.certificate();
    let settled = Settled {
        net: head.net(),
        scores: "designed",
        b: c.inverse_temperature,
        margin: c.effective_margin,
        delta: c.delta,
    };
    at_all_lengths(&f, &settled, contexts, seed, |keys, b| {
        Ok(head.measure_at(&f, keys, b, contexts, seed.child("test"))?)
    })
}

/// An inner product trained by gradients on the utility, at inverse temperatures that trust its
/// scores.
pub(super) fn trained(
    steps: usize,
    width: usize,
    contexts: usize,
    cx: &CellContext<'_>,
) -> anyhow::Result<Vec<Row>> {
    let f = family("gaussian-shifted")?;
    let seed = cx.seed;
    /// More than the scores need: what is off in the order is off for another reason.
    const RANK: usize = 8;
    let start = Start::steep(width, RANK).draw(f.utility().as_ref(), Encoders::Separate, seed)?;
    let params = TrainParams::adam(steps)
        .with_learning_rate(FEATURE_RATE)
        .with_sampler(Sampler::Quadrature { nodes: 48 });
    let go_on = &mut |_: &_| Control::Continue;
    let trained = train(&start, f.utility().as_ref(), Data::Spaces, &params, seed, &cx.device.device, go_on)?;
    let margins = calibrate(&f, DESIGNED, (5 * contexts).max(1000), seed)?;
    let margin = margins.tolerance_limit(1.0 - PROBABILITY, Target::default().doubt)?;
    let b = required_inverse_temperature(DESIGNED, margin, Target::default().error)?;
    let settled = Settled { net: &trained.net, scores: "trained", b, margin, delta: 0.0 };
    at_all_lengths(&f, &settled, contexts, seed, |keys, b| {
        Ok(measure_scores(&trained.net, &f, keys, b, contexts, seed.child("test"))?)
    })
}
