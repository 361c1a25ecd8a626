//! Models of one comparison: its likelihood, with derivatives.

use relata_relations::special::{logistic, normal_cdf, softplus};

/// Which model of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PairModel {
    /// Normal differences, no ties.
    Thurstone,
    /// Ties in proportion to the geometric mean of the strengths.
    Davidson,
    /// Ties where the difference stays below a threshold.
    RaoKupper,
}

pub(super) struct Term {
    pub(super) value: f64,
    /// The derivative: positive or negative amounts times small whole vectors in the difference and
    /// the tie parameter, which are summed apart so that small ones are not lost in large ones.
    pub(super) first: [(f64, [f64; 2]); 3],
    /// Twice by the difference, by both, twice by the tie parameter.
    pub(super) second: [f64; 3],
}

const NONE: (f64, [f64; 2]) = (0.0, [0.0; 2]);

/// Minus the log-probability of an outcome at a difference `d` of utilities, with derivatives in
/// `(d, delta)`.
pub(super) fn term(model: PairModel, tie: bool, d: f64, delta: f64) -> Term {
    match model {
        PairModel::Thurstone => {
            let (value, mills) = normal_tail(d);
            Term {
                value,
                first: [(-mills, [1.0, 0.0]), NONE, NONE],
                second: [(mills * (mills + d)).max(0.0), 0.0, 0.0],
            }
        }
        PairModel::Davidson => {
            let top = (0.5 * d.abs()).max(delta);
            let (w, l, t) = ((0.5 * d - top).exp(), (-0.5 * d - top).exp(), (delta - top).exp());
            let z = w + l + t;
            let (p, own, other) = if tie { (t, delta, w + l) } else { (w, 0.5 * d, l + t) };
            // -ln(p / z), the second form where p is near z.
            let value = if p > other { (other / p).ln_1p() } else { top + z.ln() - own };
            let (w, l, t) = (w / z, l / z, t / z);
            // Sums of products of probabilities, so that none cancels.
            let first = if tie {
                [(0.5 * w, [1.0, -2.0]), (-0.5 * l, [1.0, 2.0]), NONE]
            } else {
                [(-l, [1.0, 0.0]), (-0.5 * t, [1.0, -2.0]), NONE]
            };
            let second = [0.25 * (w + l) * t + w * l, -0.5 * t * (w - l), t * (w + l)];
            Term { value, first, second }
        }
        PairModel::RaoKupper if delta <= 0.0 => {
            Term { value: f64::INFINITY, first: [NONE; 3], second: [0.0; 3] }
        }
        PairModel::RaoKupper if tie => {
            // P = s(a) s(-b) (1 - e^{-2 delta}) with a = d + delta and b = d - delta.
            let (a, b) = (d + delta, d - delta);
            let (ha, hb) = (logistic(a) * logistic(-a), logistic(b) * logistic(-b));
            let shrink = (2.0 * delta).exp_m1();
            let value = softplus(-a) + softplus(b) - (-(-2.0 * delta).exp_m1()).ln();
            let first =
                [(logistic(b), [1.0, -1.0]), (-logistic(-a), [1.0, 1.0]), (-2.0 / shrink, [0.0, 1.0])];
            let barrier = 4.0 * (shrink + 1.0) / (shrink * shrink);
            Term {
                value,
                first,
                second: [ha + hb, ha - hb, ha + hb + if barrier.is_finite() { barrier } else { 0.0 }],
            }
        }
        PairModel::RaoKupper => {
            let x = d - delta;
            let (g, h) = (-logistic(-x), logistic(x) * logistic(-x));
            Term { value: softplus(-x), first: [(g, [1.0, -1.0]), NONE, NONE], second: [h, -h, h] }
        }
    }
}

/// `-ln Phi(d)` and the inverse Mills ratio `phi(d) / Phi(d)`.
fn normal_tail(d: f64) -> (f64, f64) {
    const HALF_LN_TAU: f64 = 0.918_938_533_204_672_8;
    if d > -30.0 {
        let phi = normal_cdf(d);
        // -ln(1 - miss), without cancellation.
        let value = if d > 0.0 { -(-normal_cdf(-d)).ln_1p() } else { -phi.ln() };
        return (value, (-0.5 * d * d - HALF_LN_TAU).exp() / phi);
    }
    // Beyond, phi(d) / Phi(d) = -d / (1 - 1/d^2 + 3/d^4 - 15/d^6 + ..), to 1e-10 and better here.
    let s = 1.0 / (d * d);
    let series = 1.0 - s * (1.0 - s * (3.0 - s * (15.0 - 105.0 * s)));
    (0.5 * d * d + HALF_LN_TAU + (-d).ln() - series.ln(), -d / series)
}
