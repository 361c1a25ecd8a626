//! Where networks are fitted and where their errors are measured, and the rows that come of it.

use super::cell::Cell;
use crate::fitting::{by_rule, count, rules, spread};
use anyhow::Context as _;
use relata_kernels::{Encoders, LimitParams, Limits, limits};
use relata_networks::{CertifyError, CertifyParams, RelationNet, certify};
use relata_relations::{
    ErrorReport, Factors, HeldOut, Quadrature, Relation, Seed, Space, evaluate, measure_all,
};
use relata_runs::Row;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Sizes of fit and measurement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Setting {
    /// The ranks that are read out.
    pub ranks: Vec<usize>,
    /// Nodes per axis of the fit's rule, or fit points per side where no rule is affordable.
    pub fit: usize,
    /// Nodes per axis of the test rule, or test points per side.
    pub test: usize,
    /// Pairs of cells that a certificate may bound; 0 for no certificate.
    pub certificate: usize,
}

impl Setting {
    /// The rules on which a readout is solved: one and the same for both sides unless the encoders
    /// are separate.
    pub(super) fn fit_rules(
        &self,
        r: &dyn Relation,
        encoders: Encoders,
        seed: Seed,
    ) -> anyhow::Result<[Quadrature; 2]> {
        let (x, y) = r.spaces();
        if by_rule(x) && by_rule(y) {
            return rules(r, self.fit, encoders);
        }
        let n = count(self.fit)?;
        let draw = |space: &dyn Space, name: &str| -> anyhow::Result<Quadrature> {
            let points = spread(space, n, &mut seed.stream(&format!("fit/{name}")));
            Ok(Quadrature::equal_weights(points, space.mass())?)
        };
        let qx = draw(x, "x")?;
        Ok(match encoders {
            Encoders::Separate => [qx, draw(y, "y")?],
            Encoders::Shared | Encoders::Indefinite => [qx.clone(), qx],
        })
    }

    /// Where networks are chosen from: the nodes of the fit, or points of their own.
    pub(super) fn choice(&self, r: &dyn Relation, encoders: Encoders, seed: Seed) -> anyhow::Result<HeldOut> {
        let (x, y) = r.spaces();
        if by_rule(x) && by_rule(y) {
            let [x, y] = self.fit_rules(r, encoders, seed)?;
            return Ok(HeldOut::Quadrature { x, y });
        }
        let n = count(self.fit)?;
        let x = spread(x, n, &mut seed.stream("choice/x"));
        let y = spread(y, n, &mut seed.stream("choice/y"));
        Ok(HeldOut::Sample { x, y })
    }

    /// Where errors are measured: other nodes, different ones for `x` and `y`, or fresh points.
    fn held_out(&self, r: &dyn Relation, seed: Seed) -> anyhow::Result<HeldOut> {
        let (x, y) = r.spaces();
        if by_rule(x) && by_rule(y) {
            let [x, y] = rules(r, self.test, Encoders::Separate)?;
            return Ok(HeldOut::Quadrature { x, y });
        }
        let n = count(self.test)?;
        let x = spread(x, n, &mut seed.stream("test/x"));
        let y = spread(y, n, &mut seed.stream("test/y"));
        Ok(HeldOut::Sample { x, y })
    }
}

/// A network of one rank, and where its features are from.
pub(super) struct Measured {
    pub(super) rank: usize,
    pub(super) width: usize,
    pub(super) features: String,
    /// Units per rank where widths grow with it.
    pub(super) units_per_rank: Option<usize>,
    pub(super) net: RelationNet,
}

/// One row per network: its errors beside its limit.
pub(super) fn rows(
    r: &dyn Relation,
    encoders: Encoders,
    nets: &[Measured],
    cell: &Cell,
    (method, draw): (&str, usize),
    seed: Seed,
) -> anyhow::Result<Vec<Row>> {
    let at = cell.setting.held_out(r, seed.child("held-out"))?;
    let most = nets.iter().map(|n| n.rank).max().context("no rank is to be measured")?;
    let limits = shared_limits(r, encoders, most, seed)?;
    let factors: Vec<&dyn Factors> = nets.iter().map(|n| &n.net as &dyn Factors).collect();
    let reports = measure_all(r, &factors, &at)?;
    let certificates = certificates(r, nets, cell.setting.certificate, &reports, seed)?;
    let (x, _) = r.spaces();
    let mut rows = Vec::with_capacity(nets.len());
    for ((measured, report), certificate) in nets.iter().zip(&reports).zip(&certificates) {
        let Measured { rank, width, features, units_per_rank, net } = measured;
        let limit = limits.at(*rank)?;
        // A relation of finite rank has no ratio at that rank.
        let over_limit = |v: f64| (limit.relative > 1e-14).then(|| v / limit.relative);
        // Three standard errors of what was sampled, and how far the limit may be below its value.
        let slack = 3.0 * report.standard_error.unwrap_or(0.0) + limit.relative - limit.relative_lower;
        let row = Row::new("errors")
            .with("relation", r.name())
            .with("dimension", x.axes())
            .with("compact", x.is_compact())
            .with("method", method)
            .with("width", *width)
            .with("features", features.as_str())
            .with("units_per_rank", units_per_rank.map(|n| n as i64))
            .with("neurons", net.neurons())
            .with("draw", draw)
            .with("rank", *rank)
            .with("relative_l2", report.relative_l2)
            .with("standard_error", report.standard_error)
            .with("relative_limit", limit.relative)
            .with("limit_uncertainty", limit.uncertainty)
            .with("limit_source", limit.source.to_string())
            .with("ratio_to_limit", over_limit(report.relative_l2))
            .with("ratio_slack", over_limit(slack))
            .with("sampled_sup", certificate.sampled)
            .with("certified_sup", certificate.upper)
            .with(
                "looseness",
                certificate.upper.filter(|_| certificate.sampled > 0.0).map(|u| u / certificate.sampled),
            )
            .with("certificate_violated", certificate.violated)
            .with("sign_accuracy", report.sign_accuracy);
        rows.push(row);
    }
    Ok(rows)
}

/// A certified sup and an attempt to break it.
struct Certificate {
    upper: Option<f64>,
    sampled: f64,
    violated: Option<bool>,
}

fn certificates(
    r: &dyn Relation,
    nets: &[Measured],
    most_pairs: usize,
    reports: &[ErrorReport],
    seed: Seed,
) -> anyhow::Result<Vec<Certificate>> {
    /// Random points per side that try to break the certificate.
    const ATTEMPTS: NonZeroUsize = NonZeroUsize::new(1000).unwrap();
    if most_pairs == 0 {
        return Ok(reports.iter().map(Certificate::none).collect());
    }
    let (x, y) = r.spaces();
    let xs = x.sample(ATTEMPTS, &mut seed.stream("attack/x"));
    let ys = y.sample(ATTEMPTS, &mut seed.stream("attack/y"));
    let values = evaluate(r, &xs, &ys)?;
    let params = CertifyParams { most_pairs, ..CertifyParams::default() };
    let one = |(report, Measured { net, .. }): (&ErrorReport, &Measured)| {
        let c = match certify(r, net, &params) {
            Ok(c) => c,
            // No theorem applies; everything else is a mistake of ours.
            Err(
                CertifyError::Jump { .. }
                | CertifyError::NoBounds { .. }
                | CertifyError::TooManyDimensions { .. }
                | CertifyError::NoChart { .. },
            ) => return Ok(Certificate::none(report)),
            Err(e) => return Err(e.into()),
        };
        let attack = (&values - net.phi(&xs) * net.psi(&ys).transpose()).norm_max();
        let sampled = attack.max(report.sup).max(c.lower());
        // The relation's own rounding is not part of the certificate.
        let violated = sampled > c.upper() + 1e-12 * report.norm;
        Ok(Certificate { upper: Some(c.upper()), sampled, violated: Some(violated) })
    };
    reports.iter().zip(nets).map(one).collect()
}

impl Certificate {
    fn none(report: &ErrorReport) -> Self {
        Self { upper: None, sampled: report.sup, violated: None }
    }
}

/// The limits of a relation, computed once a process whatever the number of cells that ask; a pure
/// function of the arguments.
pub(super) fn shared_limits(
    r: &dyn Relation,
    encoders: Encoders,
    most: usize,
    seed: Seed,
) -> anyhow::Result<Limits> {
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
