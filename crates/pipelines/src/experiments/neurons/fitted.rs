//! Counts by fitting: the smallest network that is fitted to the singular functions and certified.

use super::constructed::largest_error;
use super::slopes::exponent;
use super::subject::Subject;
use super::theory::slope;
use crate::CellContext;
use crate::fitting::rules;
use relata_kernels::Encoders;
use relata_kernels::cost::ErrorNorm;
use relata_networks::{FewestParams, construct_fitted_with};
use relata_relations::{Factors, HeldOut, measure};
use relata_runs::Row;

/// One row per error, from the largest down: the network with its certificate, and the largest
/// error that random pairs of points found, or the mean square on other nodes.
pub(super) fn rows(
    subject: &Subject,
    eps: &[f64],
    most: usize,
    cx: &CellContext<'_>,
) -> anyhow::Result<Vec<Row>> {
    /// Nodes of the rule on which mean squares are measured, three times as many as of a fit's.
    const NODES: usize = 1001;
    let r = subject.relation.as_ref();
    let params = FewestParams { most, seed: cx.run_seed.child("fitted"), ..FewestParams::default() };
    let (mut rows, mut counts) = (Vec::new(), Vec::new());
    let mut refused: Option<f64> = None;
    for &e in eps {
        // A network within a smaller error would have served for the larger one.
        if let Some(larger) = refused.filter(|larger| e < *larger) {
            let why = format!("not looked for, since no fitted network was certified for eps = {larger}");
            rows.push(subject.row("refused").with("eps", e).with("why", why));
            continue;
        }
        let (net, certificate) = match construct_fitted_with(r, e, subject.norm, &params) {
            Ok(found) => found,
            Err(why) => {
                refused = Some(e);
                rows.push(subject.row("refused").with("eps", e).with("why", why.to_string()));
                continue;
            }
        };
        let error = match subject.norm {
            ErrorNorm::Sup => largest_error(r, &net, cx.seed)?,
            ErrorNorm::L2 => {
                let [x, y] = rules(r, NODES, Encoders::Separate)?;
                measure(r, &net, &HeldOut::Quadrature { x, y })?.l2
            }
        };
        counts.push((e, net.neurons() as f64));
        let activation = net.phi_net().blocks().first().map(|b| b.activation.to_string()).unwrap_or_default();
        let row =
            subject.row("counts").with("method", "fitted").with("route", format!("fitted-{activation}"));
        let row = row.with("eps", e).with("neurons", Some(net.neurons() as f64));
        rows.push(row.with("rank", Some(net.rank() as f64)).with("depth", 1usize));
        let row = subject.row("proved").with("method", "fitted").with("depth", 1usize).with("eps", e);
        let row = row.with("error", error).with("upper", certificate.upper());
        rows.push(row.with("lower", certificate.lower()));
    }
    if let Some(fit) = exponent(&counts) {
        rows.push(slope(subject, "fitted", "fitted", &fit).with("depth", 1usize));
    }
    Ok(rows)
}
