//! One number from three rules: extrapolated where it converges at a steady order, with a bracket.

/// The number of nodes per axis, and what was found there, from the coarsest rule to the finest.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sequence<const N: usize> {
    pub(super) sizes: [f64; N],
    pub(super) values: [f64; N],
}

/// A number and the ends between which it should lie.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Refined {
    pub(super) low: f64,
    pub(super) value: f64,
    pub(super) high: f64,
}

/// Orders of convergence `h^p` that are recognised: jumps and kinks along a line that passes the
/// nodes alike at every size, and the smoother ones beyond.
const ORDERS: [f64; 4] = [1.0, 2.0, 3.0, 4.0];

/// How far the ratio of two differences may be from that of an order to count as it. Ratios of
/// neighbouring orders differ by a factor of two.
const TOLERANCE: f64 = 0.25;

/// The order at which the sequence converges, if its differences fall as one of [`ORDERS`] says.
pub(super) fn order<const N: usize>(s: &Sequence<N>) -> Option<f64> {
    let fits = |p: f64| {
        (0..N - 2).all(|k| {
            let h = |i: usize| s.sizes[k + i].powf(-p);
            let predicted = (h(1) - h(2)) / (h(0) - h(1));
            let found = (s.values[k + 1] - s.values[k + 2]) / (s.values[k] - s.values[k + 1]);
            (found / predicted - 1.0).abs() <= TOLERANCE
        })
    };
    ORDERS.into_iter().find(|p| fits(*p))
}

impl Sequence<3> {
    /// Where the differences fall at a steady `order` here too, the extrapolation by it (Richardson
    /// 1911), with a bracket that covers it, the finest value, and as much on either side as the
    /// two finest rules differ. Elsewhere the finest value, and three times the differences.
    pub(super) fn refined(&self, order: Option<f64>) -> Refined {
        let [_, middle, fine] = self.values;
        let step = (fine - middle).abs();
        if let Some(p) = order
            && self::order(self) == Some(p)
        {
            let value = fine + (fine - middle) / ((self.sizes[2] / self.sizes[1]).powf(p) - 1.0);
            let (low, high) = (value.min(fine) - step, value.max(fine) + step);
            return Refined { low, value, high };
        }
        let coarse = 0.5 * (self.values[1] - self.values[0]).abs();
        around(fine, 3.0 * step.max(coarse))
    }
}

/// The finest of two, and three times their difference: what is left of a sequence whose
/// differences fall by a fourth or more is a third of the last one, so that this is wide.
pub(super) fn of_two(middle: f64, fine: f64) -> Refined {
    around(fine, 3.0 * (fine - middle).abs())
}

fn around(value: f64, margin: f64) -> Refined {
    Refined { low: value - margin, value, high: value + margin }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// `v + c h^p` is extrapolated to `v`, and `v` is in every bracket.
        #[test]
        fn powers_are_recognised(v in -3.0f64..3.0, c in -2.0f64..2.0, p in 1usize..5, size in 20f64..100.0) {
            prop_assume!(c.abs() > 1e-2);
            let p = p as f64;
            let sizes = [size, 2.1 * size, 4.0 * size];
            let s = Sequence { sizes, values: sizes.map(|n| v + c * n.powf(-p)) };
            prop_assert_eq!(order(&s), Some(p));
            let r = s.refined(Some(p));
            prop_assert!((r.value - v).abs() < 1e-9 && r.low < v && v < r.high);
            let blind = s.refined(None);
            prop_assert!(blind.low < v && v < blind.high);
        }

        /// Noise whose size falls like the mesh is covered by three times the differences unless
        /// two errors happen to agree to a fourth; it is rarely taken for an order.
        #[test]
        fn noise_is_covered(errors in prop::array::uniform3(-1.0f64..1.0)) {
            let s = Sequence { sizes: [99.0, 201.0, 401.0], values: [0, 1, 2].map(|k| errors[k] / [1.0, 2.0, 4.0][k]) };
            let [_, b, c] = s.values;
            let r = s.refined(None);
            prop_assume!((c - b).abs() > 0.34 * c.abs());
            prop_assert!(r.low <= 0.0 && 0.0 <= r.high, "{s:?}");
        }
    }
}
