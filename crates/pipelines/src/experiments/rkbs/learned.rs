//! A trained asymmetric network as a pair of Banach spaces, and back to a network.

use crate::CellContext;
use crate::experiments::spaces::Learning;
use crate::fitting::rules;
use relata_kernels::Encoders;
use relata_kernels::rkbs::{Exponent, Reduction, Rkbs};
use relata_networks::{Affine, Mlp, RelationNet};
use relata_relations::faer::Mat;
use relata_relations::{HeldOut, Points, measure};
use relata_runs::Row;

/// The relations that are learned.
pub(super) const RELATIONS: [&str; 3] = ["smooth-order", "gaussian-shifted", "volterra"];

/// Features of each encoder.
const RANK: usize = 16;
/// Points of each side on which the spaces live.
const POINTS: usize = 48;
/// Exponents of the left spaces.
const EXPONENTS: [f64; 5] = [1.0, 1.5, 2.0, 3.0, f64::INFINITY];

/// Rows of `learned` and `learned_norms`.
pub(super) fn rows(l: &Learning, cx: &CellContext<'_>) -> anyhow::Result<Vec<Row>> {
    let (r, net) = l.run("rkbs", Encoders::Separate, RANK, cx)?;
    let r = r.as_ref();
    let [x, y] = rules(r, POINTS, Encoders::Separate)?;
    let (x, y) = (x.nodes(), y.nodes());
    let [tx, ty] = rules(r, 201, Encoders::Separate)?;
    let (new_x, new_y) = (tx.nodes().clone(), ty.nodes().clone());
    let report = measure(r, &net, &HeldOut::Quadrature { x: tx, y: ty })?;
    let pair = Rkbs::of_encoders(&net, x, y, Exponent::TWO)?;
    let reduction = pair.reduction()?;
    let back = folded(&net, &reduction)?;
    let (left, right) = pair.annihilators()?;
    let mut rows = vec![
        l.row("learned")
            .with("relative_l2", report.relative_l2)
            .with("features", RANK)
            .with("kernel_rank", reduction.rank())
            .with("left_annihilator", left)
            .with("right_annihilator", right)
            .with("back_difference", difference(&net, &back, &new_x, &new_y)),
    ];
    for p in EXPONENTS {
        let exponent = Exponent::new(p)?;
        for (encoders, net) in [("trained", &net), ("reduced", &back)] {
            let pair = Rkbs::of_encoders(net, x, y, exponent)?;
            rows.push(
                norms(&pair, l.row("learned_norms").with("encoders", encoders))?
                    .with("reciprocal", 1.0 / p)
                    .with("reproducing_error", pair.reproducing_error()?),
            );
        }
    }
    Ok(rows)
}

/// Norms of the pair: of features, and of the sections of the kernel as functions of the left
/// space.
fn norms(pair: &Rkbs, row: Row) -> anyhow::Result<Row> {
    let (left, right) = pair.feature_bounds();
    let k = pair.kernel();
    let mut largest = 0.0f64;
    for j in 0..k.ncols() {
        let section: Vec<f64> = k.col(j).iter().copied().collect();
        largest = largest.max(pair.left_norm(&section)?.norm);
    }
    Ok(row
        .with("largest_left_feature", left)
        .with("largest_right_feature", right)
        .with("largest_section", largest)
        .with("largest_kernel", k.norm_max()))
}

/// The network whose heads are followed by the maps of the reduction: as many outputs as the kernel
/// has rank.
fn folded(net: &RelationNet, r: &Reduction) -> anyhow::Result<RelationNet> {
    let fold = |mlp: &Mlp, map: &Mat<f64>| -> anyhow::Result<Mlp> {
        let head = mlp.head();
        let bias = Mat::from_fn(1, head.outputs(), |_, k| head.bias()[k]) * map;
        let bias = bias.row(0).iter().copied().collect();
        Ok(Mlp::new(mlp.blocks().to_vec(), Affine::new(head.weight() * map, bias))?)
    };
    Ok(RelationNet::asymmetric(fold(net.phi_net(), &r.left)?, fold(net.psi_net(), &r.right)?)?)
}

/// The largest difference of two networks on points, relative to the largest value.
fn difference(a: &RelationNet, b: &RelationNet, x: &Points, y: &Points) -> f64 {
    let (a, b) = (a.evaluate(x, y), b.evaluate(x, y));
    (&a - b).norm_max() / a.norm_max()
}
