//! Inner products that approximate a utility everywhere, up to query-only terms.

use super::encoder::{SplineEncoder, piecewise_linear};
use super::head::DesignError;
use relata_networks::RelationNet;
use relata_relations::faer::{Mat, MatRef};
use relata_relations::{Points, Relation, evaluate, settle_vector_unit};

/// Two perceptrons whose inner product is within `delta` of a utility, up to terms of the query alone.
#[derive(Clone, Debug)]
pub struct Scorer {
    /// The networks.
    pub net: RelationNet,
    /// `|<phi(x), psi(y)> - u(x, y) - c(x)| <= delta` for all `x`, `y`, with some function `c`.
    pub delta: f64,
    /// What `delta` rests on.
    pub source: ScoreSource,
}

/// What a sup error rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScoreSource {
    /// An identity: the error is rounding.
    Exact,
    /// Bounds of second derivatives, in closed form.
    Curvature,
}

impl ScoreSource {
    /// A word for tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Curvature => "curvature",
        }
    }
}

/// What rounding may add to scores of that size from that many units.
fn rounding(size: f64, units: usize) -> f64 {
    8.0 * f64::EPSILON * (1.0 + size) * (units as f64 + 64.0)
}

/// `sum_k a_k(x) b_k(y)` with both sides as splines, with as few pieces as keep the sup error below `delta`:
/// `sum_k |a_k| e(b_k) + (|b_k| + e(b_k)) e(a_k)`, `e` the interpolation errors.
///
/// Hypothesis: the curvature bounds of the parts hold (spot-checked off the knots).
///
/// # Errors
/// [`DesignError::Curvature`] if a spot check fails, [`DesignError::Pieces`] if more than 65 536 pieces, or less than rounding, would be needed.
pub fn spline_scorer(phi: &SplineEncoder, psi: &SplineEncoder, delta: f64) -> Result<Scorer, DesignError> {
    const MOST: usize = 1 << 16;
    let build = |pieces: usize| -> Result<Scorer, DesignError> {
        let (a, b) = (phi.interpolate(pieces)?, psi.interpolate(pieces)?);
        let each = (0..a.size.len().min(b.size.len()))
            .map(|k| (a.size[k] * b.error[k] + (b.size[k] + b.error[k]) * a.error[k], a.size[k] * b.size[k]));
        let (error, size) = each.fold((0.0, 0.0), |s, e| (s.0 + e.0, s.1 + e.1));
        let source = if error > 0.0 { ScoreSource::Curvature } else { ScoreSource::Exact };
        let net = RelationNet::asymmetric(a.net, b.net)?;
        Ok(Scorer { net, delta: error + rounding(size, pieces), source })
    };
    let one = build(1)?;
    // Errors fall like 1 / pieces^2, so one jump almost hits.
    let mut pieces = (one.delta / delta.max(f64::MIN_POSITIVE)).sqrt().ceil().max(1.0);
    loop {
        // More pieces do not help against rounding.
        if pieces.is_nan() || pieces > MOST as f64 || (one.source == ScoreSource::Exact && one.delta > delta)
        {
            return Err(DesignError::Pieces { delta, most: MOST });
        }
        let scorer = build(pieces as usize)?;
        if scorer.delta <= delta {
            check(phi, pieces as usize)?;
            check(psi, pieces as usize)?;
            return Ok(scorer);
        }
        pieces = (pieces * 1.05).ceil();
    }
}

/// The network against the function at points between the knots.
fn check(encoder: &SplineEncoder, pieces: usize) -> Result<(), DesignError> {
    let built = encoder.interpolate(pieces)?;
    let points = encoder.probes(pieces)?;
    let values = built.net.forward(&points);
    for (i, y) in points.rows().enumerate() {
        for (k, exact) in encoder.exact(y).into_iter().enumerate() {
            let found = (values[(i, k)] - exact).abs();
            if found > built.error[k] * (1.0 + 1e-6) + 1e-9 * (1.0 + built.size[k]) {
                return Err(DesignError::Curvature {
                    output: k,
                    at: y.to_vec(),
                    found,
                    bound: built.error[k],
                });
            }
        }
    }
    Ok(())
}

/// A scorer for any utility of two reals, `u: [a, b] x [c, d] -> R` with `|u_xx| <= curvature[0]`, `|u_yy| <= curvature[1]`, of the smallest rank that a
/// singular value decomposition finds.
///
/// Values on a grid of equally spaced knots, centred over keys, are factorised, and both factors are interpolated linearly. Interpolation weights are
/// convex, so that `delta = curvature . h^2 / 8` (the interpolation of `u` on the grid) plus the largest residual of the factorisation on the grid
/// (derived). Half of `delta` goes to each. Cost: `k^3` for `k` knots, `k` of the order of `delta^{-1/2}`.
///
/// Hypothesis: the curvature bounds hold (spot-checked between the knots).
///
/// # Errors
/// [`DesignError::Curvature`] if a spot check fails, [`DesignError::Pieces`] if more than 2000 pieces are needed, [`DesignError::Line`] unless both spaces
/// have one coordinate.
pub fn table_scorer(
    u: &dyn Relation,
    ends: [[f64; 2]; 2],
    curvature: [f64; 2],
    delta: f64,
) -> Result<Scorer, DesignError> {
    const MOST: usize = 2000;
    let (sx, sy) = u.spaces();
    if sx.dim() != 1 || sy.dim() != 1 {
        return Err(DesignError::Line { x: sx.dim(), y: sy.dim() });
    }
    // Each side may lose a quarter of delta to interpolation.
    let pieces = |k: usize| {
        let length = (ends[k][1] - ends[k][0]).abs();
        (length * (0.5 * curvature[k].abs() / delta).sqrt()).ceil().max(1.0)
    };
    if !(delta > 0.0 && pieces(0).max(pieces(1)) <= MOST as f64) {
        return Err(DesignError::Pieces { delta, most: MOST });
    }
    let [p, q] = [pieces(0) as usize, pieces(1) as usize];
    let knots = |k: usize, n: usize| {
        let [a, b] = ends[k];
        Points::line((0..=n).map(|j| a + (b - a) * j as f64 / n as f64).collect())
    };
    let (x, y) = (knots(0, p)?, knots(1, q)?);
    let mut table = evaluate(u, &x, &y)?;
    for i in 0..table.nrows() {
        let mean = (0..table.ncols()).map(|j| table[(i, j)]).sum::<f64>() / table.ncols() as f64;
        (0..table.ncols()).for_each(|j| table[(i, j)] -= mean);
    }
    let interpolation: f64 = [p, q]
        .iter()
        .enumerate()
        .map(|(k, n)| curvature[k].abs() * ((ends[k][1] - ends[k][0]) / *n as f64).powi(2) / 8.0)
        .sum();
    let svd = table.thin_svd().map_err(|_| DesignError::NoConvergence)?;
    settle_vector_unit();
    let s: Vec<f64> = svd.S().column_vector().iter().copied().collect();
    let mut residual = table.clone();
    for d in 0..=s.len() {
        let worst = residual.col_iter().flat_map(|c| c.iter().copied()).fold(0.0f64, |m, v| m.max(v.abs()));
        let size: f64 = s.iter().take(d).sum();
        let found = interpolation + worst + rounding(size, p.max(q));
        if (d > 0 && found <= delta) || d == s.len() {
            let half = |m: MatRef<'_, f64>| Mat::from_fn(m.nrows(), d, |i, k| m[(i, k)] * s[k].sqrt());
            let phi = piecewise_linear(ends[0], &half(svd.U()))?;
            let psi = piecewise_linear(ends[1], &half(svd.V()))?;
            let scorer = Scorer {
                net: RelationNet::asymmetric(phi, psi)?,
                delta: found,
                source: ScoreSource::Curvature,
            };
            spot_check(u, &scorer, ends, [p, q])?;
            return Ok(scorer);
        }
        for j in 0..table.ncols() {
            for i in 0..table.nrows() {
                residual[(i, j)] -= s[d] * svd.U()[(i, d)] * svd.V()[(j, d)];
            }
        }
    }
    Err(DesignError::NoConvergence)
}

/// Differences of scores between keys, at points off the knots, against those of the utility: at most `2 delta`.
fn spot_check(
    u: &dyn Relation,
    scorer: &Scorer,
    ends: [[f64; 2]; 2],
    pieces: [usize; 2],
) -> Result<(), DesignError> {
    let between = |k: usize| {
        let [a, b] = ends[k];
        let n = pieces[k].min(97);
        let at = |i: usize| a + (b - a) * ((i * pieces[k] / n) as f64 + 0.47) / pieces[k] as f64;
        Points::line((0..n).map(at).collect())
    };
    let (x, y) = (between(0)?, between(1)?);
    let (exact, found) = (evaluate(u, &x, &y)?, scorer.net.evaluate(&x, &y));
    for i in 0..x.len() {
        let error = (0..y.len()).map(|j| found[(i, j)] - exact[(i, j)]);
        let (low, high) = error.fold((f64::INFINITY, f64::NEG_INFINITY), |m, e| (m.0.min(e), m.1.max(e)));
        if high - low > 2.0 * scorer.delta * (1.0 + 1e-6) {
            let found = 0.5 * (high - low);
            return Err(DesignError::Curvature {
                output: 0,
                at: x.row(i).to_vec(),
                found,
                bound: scorer.delta,
            });
        }
    }
    Ok(())
}
