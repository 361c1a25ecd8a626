//! Random hidden layers that suit the spaces of a relation, for heads that are solved in closed
//! form.

use anyhow::Context as _;
use relata_kernels::Encoders;
use relata_networks::{Activation, Mlp, RelationNet, random_features};
use relata_relations::{Points, Relation, Seed, Space};
use std::num::NonZeroUsize;

/// One layer of `width` random tanh features for each encoder, spread over its space, from the
/// streams `features/phi` and `features/psi`. The heads are to be solved.
///
/// # Errors
/// If the width is 0.
pub(crate) fn random_hidden(
    r: &dyn Relation,
    encoders: Encoders,
    width: usize,
    seed: Seed,
) -> anyhow::Result<RelationNet> {
    let (x, y) = r.spaces();
    let phi = features(x, width, seed, "phi")?;
    Ok(match encoders {
        Encoders::Shared => RelationNet::symmetric(phi),
        Encoders::Separate => RelationNet::asymmetric(phi, features(y, width, seed, "psi")?)?,
        Encoders::Indefinite => RelationNet::indefinite(phi, vec![1.0])?,
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
