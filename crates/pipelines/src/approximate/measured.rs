//! The error of networks of one's own relation, and how far it may be off.

use crate::fitting::{by_rule, count, rules, spread};
use relata_kernels::Encoders;
use relata_networks::RelationNet;
use relata_relations::{Factors, HeldOut, Quadrature, Relation, Seed, measure_all};

/// Share of a limit that rounding in an error may explain.
pub(super) const ROUNDING: f64 = 1e-9;
/// Standard errors that are taken for chance.
const CHANCE: f64 = 3.0;

/// A relative `L2` error.
pub(super) struct At {
    pub(super) error: f64,
    pub(super) uncertainty: f64,
}

/// On rules that share no node with those of the fits: a fine one, and two coarser ones that say what
/// jumps and kinks between nodes do to it; on fresh points where there are no rules.
pub(super) fn errors(r: &dyn Relation, nets: &[RelationNet], seed: Seed) -> anyhow::Result<Vec<At>> {
    /// Two rules may agree by chance: then the third does not.
    const SCATTER: f64 = 3.0;
    let (x, y) = r.spaces();
    if by_rule(x) && by_rule(y) {
        let sizes = if x.axes().max(y.axes()) == 2 { [41, 29, 19] } else { [1601, 1013, 641] };
        let mut all = Vec::with_capacity(sizes.len());
        for n in sizes {
            all.push(on(r, nets, &rules(r, n, Encoders::Separate)?)?);
        }
        let at = |k: usize| {
            let [fine, middle, coarse] = [all[0][k], all[1][k], all[2][k]];
            At { error: fine, uncertainty: SCATTER * (fine - middle).abs().max((middle - coarse).abs()) }
        };
        return Ok((0..nets.len()).map(at).collect());
    }
    /// Points per side.
    const SAMPLE: usize = 4000;
    let at = HeldOut::Sample {
        x: spread(x, count(SAMPLE)?, &mut seed.stream("held-out/x")),
        y: spread(y, count(SAMPLE)?, &mut seed.stream("held-out/y")),
    };
    let factors: Vec<&dyn Factors> = nets.iter().map(|n| n as &dyn Factors).collect();
    let reports = measure_all(r, &factors, &at)?;
    let one = |report: relata_relations::ErrorReport| At {
        error: report.relative_l2,
        uncertainty: CHANCE * report.standard_error.unwrap_or(0.0),
    };
    Ok(reports.into_iter().map(one).collect())
}

/// Relative `L2` errors on one pair of rules.
pub(super) fn on(
    r: &dyn Relation,
    nets: &[RelationNet],
    rules: &[Quadrature; 2],
) -> anyhow::Result<Vec<f64>> {
    let at = HeldOut::Quadrature { x: rules[0].clone(), y: rules[1].clone() };
    let factors: Vec<&dyn Factors> = nets.iter().map(|n| n as &dyn Factors).collect();
    Ok(measure_all(r, &factors, &at)?.into_iter().map(|report| report.relative_l2).collect())
}
