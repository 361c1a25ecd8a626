//! Scales: from data to [0, 1] along an axis, without overflow at either end of the floating-point
//! range.

use crate::describe::axis::{Direction, Kind};
use crate::describe::heatmap::{ColorScale, HeatMap};

/// A resolved scale: `unit(v)` is 0 at its lower and 1 at its upper limit.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scale {
    pub kind: Kind,
    /// Limits after the scale's transformation; `magnitude` divides linear values first.
    pub a: f64,
    pub b: f64,
    magnitude: f64,
    pub direction: Direction,
}

/// Positions farther out than this are drawn there; they are clipped anyway.
const FAR: f64 = 1e9;
/// Linear limits closer than this, relative to their size, would have tick labels that look alike.
const RESOLUTION: f64 = 1e-6;

/// The monotone map that makes the axis uniform.
fn transform(kind: &Kind, v: f64, magnitude: f64) -> f64 {
    match kind {
        Kind::Log10 | Kind::Log2 => v.log10(),
        Kind::Symlog { threshold } => {
            v.signum() * (v / threshold).abs().min(f64::MAX).ln_1p() / std::f64::consts::LN_10
        }
        Kind::Linear | Kind::Categories(_) => v / magnitude,
    }
}

/// Where automatic limits leave room between data and frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pad {
    Both,
    Above,
    Below,
    None,
}

impl Scale {
    /// The scale from `lo` to `hi` (finite, `lo <= hi`, positive on logarithmic scales), exactly or
    /// padded.
    pub(crate) fn new(kind: Kind, lo: f64, hi: f64, pad: Pad, direction: Direction) -> Self {
        let (lo, hi) = if kind.is_log() { (lo, hi) } else { widened(lo, hi) };
        let magnitude = lo.abs().max(hi.abs());
        let magnitude = if magnitude > 0.0 { magnitude } else { 1.0 };
        let (mut a, mut b) = (transform(&kind, lo, magnitude), transform(&kind, hi, magnitude));
        if kind.is_log() && b - a < 1e-6 {
            // A constant series: half a decade (an octave) on each side.
            let half = if kind == Kind::Log2 { std::f64::consts::LOG10_2 } else { 0.5 };
            (a, b) = (a - half, b + half);
        }
        let room = 0.045 * (b - a);
        if matches!(pad, Pad::Both | Pad::Below) {
            a -= room;
        }
        if matches!(pad, Pad::Both | Pad::Above) {
            b += room;
        }
        Self { kind, a, b, magnitude, direction }
    }

    /// Position along the axis; beyond [0, 1] where `v` is outside the limits.
    pub(crate) fn unit(&self, v: f64) -> f64 {
        self.unit_of_transformed(transform(&self.kind, v, self.magnitude))
    }

    pub(crate) fn unit_of_transformed(&self, t: f64) -> f64 {
        let u = (t - self.a) / (self.b - self.a);
        let u = if u.is_nan() { 0.0 } else { u.clamp(-FAR, FAR) };
        match self.direction {
            Direction::Forward => u,
            Direction::Reversed => 1.0 - u,
        }
    }

    /// The data value at a transformed position.
    pub(crate) fn value(&self, t: f64) -> f64 {
        match self.kind {
            Kind::Log10 | Kind::Log2 => 10f64.powf(t),
            Kind::Symlog { threshold } => {
                t.signum()
                    * threshold
                    * (t.abs() * std::f64::consts::LN_10).exp_m1().min(f64::MAX / threshold.max(1.0))
            }
            Kind::Linear | Kind::Categories(_) => t * self.magnitude,
        }
    }

    /// The scale from values to the colour map.
    pub(crate) fn of_colors(map: &HeatMap) -> Scale {
        let kind = match map.scale {
            ColorScale::Linear => Kind::Linear,
            ColorScale::Log => Kind::Log10,
        };
        let present = || map.values.iter().flatten().copied();
        let (mut lo, mut hi) = map.limits.unwrap_or_else(|| {
            (present().fold(f64::INFINITY, f64::min), present().fold(f64::NEG_INFINITY, f64::max))
        });
        // Nothing present leaves an infinite, inverted range.
        if lo > hi {
            (lo, hi) = (1.0, 1.0);
        }
        if let Some(c) = map.center
            && map.limits.is_none()
            && map.scale == ColorScale::Linear
        {
            let reach = (hi - c).abs().max((c - lo).abs()).min(f64::MAX / 4.0);
            (lo, hi) = ((c - reach).max(f64::MIN), (c + reach).min(f64::MAX));
        }
        Scale::new(kind, lo, hi, Pad::None, Direction::Forward)
    }

    /// Limits in data units.
    pub(crate) fn limits(&self) -> (f64, f64) {
        (self.value(self.a), self.value(self.b))
    }
}

/// Limits far enough apart to be told apart.
fn widened(lo: f64, hi: f64) -> (f64, f64) {
    let size = lo.abs().max(hi.abs());
    // Half of each end, as the difference of two huge numbers of opposite sign overflows.
    if hi / 2.0 - lo / 2.0 >= RESOLUTION / 2.0 * size && hi > lo {
        return (lo, hi);
    }
    let half = if size == 0.0 {
        1.0
    } else if hi > lo {
        RESOLUTION * size
    } else {
        (0.1 * size).max(f64::MIN_POSITIVE)
    };
    let middle = lo / 2.0 + hi / 2.0;
    ((middle - half).max(f64::MIN), (middle + half).min(f64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn exact(kind: Kind, lo: f64, hi: f64) -> Scale {
        Scale::new(kind, lo, hi, Pad::None, Direction::Forward)
    }

    #[test]
    fn linear_and_log_positions() {
        let s = exact(Kind::Linear, -2.0, 6.0);
        assert!((s.unit(0.0) - 0.25).abs() < 1e-12);
        let s = exact(Kind::Log10, 1e-3, 1e1);
        assert!((s.unit(1e-2) - 0.25).abs() < 1e-12);
        let s = Scale::new(Kind::Linear, 0.0, 1.0, Pad::None, Direction::Reversed);
        assert!((s.unit(0.25) - 0.75).abs() < 1e-12);
    }

    #[test]
    fn centred_scales_reach_equally_far() {
        let s = Scale::of_colors(&HeatMap::new(&[-1.0, 3.0], 1, 2).center(0.0));
        assert!((s.unit(0.0) - 0.5).abs() < 1e-12 && (s.unit(3.0) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_matrix_of_gaps_or_of_one_value_has_a_scale() {
        assert!(Scale::of_colors(&HeatMap::with_gaps(&[None], 1, 1)).unit(0.3).is_finite());
        assert!((Scale::of_colors(&HeatMap::new(&[2.0; 4], 2, 2)).unit(2.0) - 0.5).abs() < 1e-9);
    }

    #[test]
    fn symlog_is_odd_and_monotone() {
        let s = exact(Kind::Symlog { threshold: 1e-3 }, -10.0, 10.0);
        assert!((s.unit(0.0) - 0.5).abs() < 1e-12);
        assert!((s.unit(2.0) + s.unit(-2.0) - 1.0).abs() < 1e-12);
        assert!((s.value(s.a) + 10.0).abs() < 1e-9);
    }

    #[test]
    fn constants_sit_in_the_middle() {
        for v in [0.0, 5.0, -1e300, 1e-300, 5e-324] {
            let s = exact(Kind::Linear, v, v);
            assert!((s.unit(v) - 0.5).abs() < 1e-6, "{v:e} {}", s.unit(v));
        }
        assert!((exact(Kind::Log10, 5e-324, 5e-324).unit(5e-324) - 0.5).abs() < 1e-6);
    }

    proptest! {
        #[test]
        fn limits_map_to_the_ends_whatever_their_size(
            m in -1.0f64..1.0, e in -323i32..308, w in 0.01f64..3.0,
        ) {
            let lo = m * 10f64.powi(e);
            let hi = (m + w) * 10f64.powi(e);
            prop_assume!(hi > lo && lo.is_finite() && hi.is_finite());
            prop_assume!(lo.abs().max(hi.abs()) > 1e-300);
            let s = exact(Kind::Linear, lo, hi);
            prop_assert!(s.unit(lo).abs() < 1e-9 && (s.unit(hi) - 1.0).abs() < 1e-9);
        }

        #[test]
        fn positions_are_finite_and_monotone(a in any::<f64>(), b in any::<f64>(), v in any::<f64>(), w in any::<f64>()) {
            prop_assume!([a, b, v, w].iter().all(|v| v.is_finite()));
            for kind in [Kind::Linear, Kind::Symlog { threshold: 1.0 }] {
                let s = exact(kind, a.min(b), a.max(b));
                prop_assert!(s.unit(v).is_finite());
                prop_assert!(s.unit(v.min(w)) <= s.unit(v.max(w)));
            }
        }
    }
}
