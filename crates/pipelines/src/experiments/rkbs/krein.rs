//! Relations that are symmetric and indefinite, as differences of two kernels.

use anyhow::Context as _;
use relata_kernels::{krein, mercer, parts};
use relata_relations::catalogue::relation;
use relata_relations::{Relation, evaluate};
use relata_runs::Row;
use std::num::NonZeroUsize;

/// The indefinite relations of the catalogue on one dimension.
pub(super) const RELATIONS: [&str; 4] = ["abs-difference", "negative-squared-distance", "mehler", "tanh"];

/// Nodes of the eigenvalues.
const NODES: usize = 200;
/// Nodes of the matrices that are drawn.
const DRAWN: usize = 32;
/// Eigenvalues listed.
const LISTED: usize = 10;

/// Rows of `krein` and `krein_eigenvalues`, and of `krein_matrix` for the first relation.
pub(super) fn rows(name: &str) -> anyhow::Result<Vec<Row>> {
    let r = relation(name)?;
    let at = |n: usize| NonZeroUsize::new(n).context("no nodes");
    let q = r.spaces().0.quadrature(at(NODES)?)?;
    let m = mercer(r.as_ref(), &q)?;
    let norm =
        |keep: fn(f64) -> bool| m.values.iter().filter(|l| keep(**l)).map(|l| l * l).sum::<f64>().sqrt();
    let (positive, negative) = (norm(|l| l > 0.0), norm(|l| l < 0.0));
    let whole = positive.hypot(negative);
    let mut rows = vec![
        Row::new("krein")
            .with("relation", name)
            .with("positive_share", positive / whole)
            .with("negative_share", negative / whole),
    ];
    let exact = r.spectrum();
    for (k, value) in m.values.iter().take(LISTED).enumerate() {
        let closed = exact.as_ref().and_then(|s| s.values().get(k)).copied();
        rows.push(
            Row::new("krein_eigenvalues")
                .with("relation", name)
                .with("index", k + 1)
                .with("eigenvalue", *value)
                .with("closed_form", closed),
        );
    }
    if name == RELATIONS[0] {
        rows.extend(matrices(r.as_ref(), at(DRAWN)?)?);
    }
    Ok(rows)
}

/// `K`, `K+` and `K-` on a grid.
fn matrices(r: &dyn Relation, n: NonZeroUsize) -> anyhow::Result<Vec<Row>> {
    let nodes = r.spaces().0.covering(n)?.points;
    let k = evaluate(r, &nodes, &nodes)?;
    let split = krein(parts(k.as_ref())?.symmetric.as_ref())?;
    let mut rows = Vec::new();
    for (part, m) in [("K", &k), ("K+", &split.positive()), ("K-", &split.negative())] {
        for i in 0..m.nrows() {
            for j in 0..m.ncols() {
                rows.push(
                    Row::new("krein_matrix")
                        .with("part", part)
                        .with("i", i)
                        .with("j", j)
                        .with("value", m[(i, j)]),
                );
            }
        }
    }
    Ok(rows)
}
