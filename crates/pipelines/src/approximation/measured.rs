//! Where networks are fitted and where their errors are measured, and the rows that come of it.

use super::cell::Cell;
use anyhow::Context as _;
use relata_kernels::{Encoders, LimitParams, Limits, limits};
use relata_networks::RelationNet;
use relata_relations::{
    ErrorReport, Factors, HeldOut, MAX_GRID_DIMENSIONS, MeasureError, Points, Quadrature, Relation, Seed, Space, SpaceError,
    certified_sup, evaluate, measure,
};
use relata_runs::Row;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Sizes of fit and measurement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// The ranks that are read out.
    pub ranks: Vec<usize>,
    /// Nodes per axis of the fit's rule, or fit points a side where no rule is affordable.
    pub fit: usize,
    /// Nodes per axis of the test rule, or test points a side.
    pub test: usize,
    /// Points per axis of the certificate's grid; 0 for no certificate.
    pub certificate: usize,
}

/// Most dimensions for tensor rules; above, samples.
const MOST_RULE_DIMENSIONS: usize = 2;

impl Setting {
    /// The rules on which a readout is solved: one and the same for both sides unless the encoders are separate.
    pub(super) fn fit_rules(&self, r: &dyn Relation, encoders: Encoders, seed: Seed) -> anyhow::Result<[Quadrature; 2]> {
        let one_rule = encoders != Encoders::Separate;
        let (x, y) = r.spaces();
        if by_rule(x) && by_rule(y) {
            return Ok(rules(r, self.fit, one_rule)?);
        }
        let n = count(self.fit)?;
        let draw = |space: &dyn Space, name: &str| -> anyhow::Result<Quadrature> {
            let points = space.sample(n, &mut seed.stream(&format!("fit/{name}")));
            Ok(Quadrature::equal_weights(points, space.mass())?)
        };
        let qx = draw(x, "x")?;
        Ok(if one_rule { [qx.clone(), qx] } else { [qx, draw(y, "y")?] })
    }

    /// Where errors are measured: other nodes, different ones for `x` and `y`, or fresh points.
    fn held_out(&self, r: &dyn Relation, seed: Seed) -> anyhow::Result<HeldOut> {
        let (x, y) = r.spaces();
        if by_rule(x) && by_rule(y) {
            let [x, y] = rules(r, self.test, false)?;
            return Ok(HeldOut::Quadrature { x, y });
        }
        let n = count(self.test)?;
        let x = x.sample(n, &mut seed.stream("test/x"));
        let y = y.sample(n, &mut seed.stream("test/y"));
        Ok(HeldOut::Sample { x, y })
    }
}

/// Rules with `n` nodes per axis for `x` and, unless `one_rule`, `n + 1` for `y`, so that no node is shared.
pub(super) fn rules(r: &dyn Relation, n: usize, one_rule: bool) -> Result<[Quadrature; 2], SpaceError> {
    let (x, y) = r.spaces();
    let per_axis = |n: usize| NonZeroUsize::new(n).unwrap_or(NonZeroUsize::MIN);
    let qx = x.quadrature(per_axis(n))?;
    Ok(if one_rule { [qx.clone(), qx] } else { [qx, y.quadrature(per_axis(n + 1))?] })
}

/// How many axes a rule on the space has: the growth of the number of nodes.
pub(super) fn intrinsic_dimension(space: &dyn Space) -> usize {
    let nodes = |n: usize| NonZeroUsize::new(n).and_then(|n| space.quadrature(n).ok()).map(|q| q.len());
    match (nodes(8), nodes(4), nodes(2)) {
        (Some(fine), Some(coarse), _) | (None, Some(fine), Some(coarse)) => {
            (fine as f64 / coarse as f64).log2().round() as usize
        }
        _ => space.dim(),
    }
}

fn by_rule(space: &dyn Space) -> bool {
    intrinsic_dimension(space) <= MOST_RULE_DIMENSIONS
}

fn count(n: usize) -> anyhow::Result<NonZeroUsize> {
    NonZeroUsize::new(n).context("a cell asks for 0 points")
}

/// Whether the space is compact: it has a covering, or lacks one for another reason than being unbounded.
pub(super) fn is_compact(space: &dyn Space) -> bool {
    !matches!(space.covering(NonZeroUsize::MIN), Err(SpaceError::NotCompact { .. }))
}

/// One row a network: its errors beside its limit.
pub(super) fn rows(
    r: &dyn Relation,
    encoders: Encoders,
    nets: &[(usize, RelationNet)],
    cell: &Cell,
    method: &str,
    (width, draw): (usize, usize),
    seed: Seed,
) -> anyhow::Result<Vec<Row>> {
    let at = cell.setting.held_out(r, seed.child("held-out"))?;
    let most = nets.iter().map(|n| n.0).max().context("no rank is to be measured")?;
    let limits = shared_limits(r, encoders, most, seed)?;
    let (x, _) = r.spaces();
    nets.iter()
        .map(|(rank, net)| {
            let report = measure(r, net, &at)?;
            let limit = limits.at(*rank)?;
            let certificate = certify(r, net, cell.setting.certificate, &report, seed)?;
            // Three standard errors of what was sampled, and the uncertainty of the limit.
            let slack = 3.0 * report.standard_error.unwrap_or(0.0) + limit.uncertainty;
            let row = Row::new("errors")
                .with("relation", r.name())
                .with("dimension", intrinsic_dimension(x))
                .with("compact", is_compact(x))
                .with("method", method)
                .with("width", width)
                .with("neurons", net.neurons())
                .with("draw", draw)
                .with("rank", *rank)
                .with("relative_l2", report.relative_l2)
                .with("standard_error", report.standard_error)
                .with("relative_limit", limit.relative)
                .with("limit_uncertainty", limit.uncertainty)
                .with("limit_source", limit.source.to_string())
                .with("ratio_to_limit", report.relative_l2 / limit.relative)
                .with("ratio_slack", slack / limit.relative)
                .with("sampled_sup", report.sup.max(certificate.sampled))
                .with("certified_sup", certificate.upper)
                .with("looseness", certificate.looseness)
                .with("certificate_violated", certificate.violated)
                .with("sign_accuracy", report.sign_accuracy);
            Ok(row)
        })
        .collect()
}

/// A certified sup and an attempt to break it.
struct Certificate {
    upper: Option<f64>,
    looseness: Option<f64>,
    sampled: f64,
    violated: Option<bool>,
}

fn certify(
    r: &dyn Relation,
    net: &RelationNet,
    n: usize,
    report: &ErrorReport,
    seed: Seed,
) -> anyhow::Result<Certificate> {
    /// Random points a side that try to break the certificate.
    const ATTEMPTS: NonZeroUsize = NonZeroUsize::new(1000).unwrap();
    let none = Certificate { upper: None, looseness: None, sampled: report.sup, violated: None };
    let (x, y) = r.spaces();
    let Some(n) = NonZeroUsize::new(n) else { return Ok(none) };
    if x.dim() + y.dim() > MAX_GRID_DIMENSIONS + 2 {
        return Ok(none);
    }
    let c = match certified_sup(r, net, n) {
        Ok(c) => c,
        Err(
            MeasureError::NotLipschitz { .. }
            | MeasureError::TooManyDimensions { .. }
            | MeasureError::Space(SpaceError::NotCompact { .. } | SpaceError::NoCovering { .. }),
        ) => return Ok(none),
        Err(e) => return Err(e.into()),
    };
    let xs = x.sample(ATTEMPTS, &mut seed.stream("attack/x"));
    let ys = y.sample(ATTEMPTS, &mut seed.stream("attack/y"));
    let sampled = largest_error(r, net, &xs, &ys)?.max(report.sup).max(c.lower);
    Ok(Certificate {
        upper: Some(c.upper),
        looseness: Some(c.upper / sampled),
        sampled,
        violated: Some(sampled > c.upper),
    })
}

fn largest_error(r: &dyn Relation, net: &dyn Factors, x: &Points, y: &Points) -> anyhow::Result<f64> {
    let values = evaluate(r, x, y)?;
    let found = net.phi(x) * net.psi(y).transpose();
    Ok((values - found).norm_max())
}

/// The limits of a relation, computed once a process whatever the number of cells that ask; a pure function of the arguments.
pub(super) fn shared_limits(r: &dyn Relation, encoders: Encoders, most: usize, seed: Seed) -> anyhow::Result<Limits> {
    type Slot = Arc<OnceLock<Result<Limits, String>>>;
    static MEMO: Mutex<BTreeMap<(String, Encoders, usize, Seed), Slot>> = Mutex::new(BTreeMap::new());
    const RANKS: usize = 32;
    let most = most.max(RANKS);
    let key = (r.name(), encoders, most, seed);
    let slot = MEMO.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default().clone();
    let params = LimitParams { seed: seed.child("limits"), ..LimitParams::default() };
    let found = slot.get_or_init(|| limits(r, encoders, most, &params).map_err(|e| e.to_string()));
    found.clone().map_err(anyhow::Error::msg)
}
