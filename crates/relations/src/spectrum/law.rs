//! How the values of a spectrum go on where the list ends.

use super::squares::Squares;
use crate::special::hurwitz_zeta;

/// Infinitely many values of falling magnitude, in closed form.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Progression {
    /// For `k = 0, 1, ..` and `t = k + shift`, `copies` values whose square is
    /// `scale^2 t^(-2 power) (1 + correction / t^2) (1 + e)` with an unknown `e` in `[0, excess]`.
    Algebraic {
        /// The factor.
        scale: f64,
        /// Where the progression starts.
        shift: f64,
        /// The rate, above 1/2.
        power: f64,
        /// How often each value occurs.
        copies: usize,
        /// The second term of the expansion of the square.
        correction: f64,
        /// What the expansion leaves out, at most, relative to the square.
        excess: f64,
    },
    /// `first ratio^k`, `copies` times each.
    Geometric {
        /// The first value.
        first: f64,
        /// In `[0, 1)`.
        ratio: f64,
        /// How often each value occurs.
        copies: usize,
    },
}

impl Progression {
    /// `scale (k + shift)^-power` for `k >= 0`, each `copies` times.
    pub(crate) fn algebraic(scale: f64, shift: f64, power: f64, copies: usize) -> Self {
        Self::Algebraic { scale, shift, power, copies, correction: 0.0, excess: 0.0 }
    }

    /// Sum of squares of all but the first `taken` values, in units of `unit^2`.
    pub(crate) fn squares_after(&self, taken: usize, unit: f64) -> Squares {
        let copies = self.copies();
        let (whole, used) = (taken / copies, taken % copies);
        // Those that are left of a group that is partly taken.
        let (begun, next) = if used > 0 { (copies - used, whole + 1) } else { (0, whole) };
        let magnitude = self.magnitude(whole) / unit;
        let begun = begun as f64 * magnitude * magnitude;
        match *self {
            Self::Algebraic { scale, shift, power, correction, excess, .. } => {
                let (s, t) = (scale / unit, next as f64 + shift);
                let mut rest = copies as f64 * s * s * hurwitz_zeta(2.0 * power, t);
                if correction != 0.0 {
                    rest += copies as f64 * s * s * correction * hurwitz_zeta(2.0 * power + 2.0, t);
                }
                let low = begun + rest;
                Squares { low, value: low, high: low * (1.0 + excess) }
            }
            Self::Geometric { ratio, .. } => {
                let v = self.magnitude(next) / unit;
                Squares::exact(begun + copies as f64 * (v * v / (1.0 - ratio * ratio)))
            }
        }
    }

    /// The magnitude of value number `taken`.
    pub(crate) fn magnitude_after(&self, taken: usize) -> f64 {
        self.magnitude(taken / self.copies())
    }

    /// The same values times `|factor|`.
    pub(crate) fn scaled(&self, factor: f64) -> Self {
        let mut out = self.clone();
        match &mut out {
            Self::Algebraic { scale: size, .. } | Self::Geometric { first: size, .. } => {
                *size *= factor.abs();
            }
        }
        out
    }

    /// The progression with the least that its excess allows.
    pub(crate) fn least(&self) -> Self {
        let mut out = self.clone();
        if let Self::Algebraic { excess, .. } = &mut out {
            *excess = 0.0;
        }
        out
    }

    /// The progression with the most that its excess allows.
    pub(crate) fn most(&self) -> Self {
        let mut out = self.clone();
        if let Self::Algebraic { scale, excess, .. } = &mut out {
            *scale *= (1.0 + *excess).sqrt();
            *excess = 0.0;
        }
        out
    }

    fn copies(&self) -> usize {
        match self {
            Self::Algebraic { copies, .. } | Self::Geometric { copies, .. } => (*copies).max(1),
        }
    }

    fn magnitude(&self, group: usize) -> f64 {
        match *self {
            Self::Algebraic { scale, shift, power, correction, .. } => {
                let t = group as f64 + shift;
                let size = scale.abs() * t.powf(-power);
                if correction == 0.0 { size } else { size * (1.0 + correction / (t * t)).sqrt() }
            }
            Self::Geometric { first, ratio, .. } => {
                first.abs() * ratio.powi(i32::try_from(group).unwrap_or(i32::MAX))
            }
        }
    }
}

/// Several progressions, merged in order of magnitude, of which some values are taken.
pub(crate) struct Merged<'a> {
    parts: Vec<(&'a Progression, usize)>,
}

impl<'a> Merged<'a> {
    pub(crate) fn new(parts: impl Iterator<Item = &'a Progression>) -> Self {
        Self { parts: parts.map(|p| (p, 0)).collect() }
    }

    /// Takes the `count` values of largest magnitude among those left. Cost: `count` steps, or one
    /// where there is a single progression.
    pub(crate) fn take(&mut self, count: usize) {
        if let [(_, taken)] = &mut self.parts[..] {
            *taken += count;
            return;
        }
        for _ in 0..count {
            let size = |(p, taken): &(&Progression, usize)| p.magnitude_after(*taken);
            let largest = self.parts.iter_mut().reduce(|a, b| if size(b) > size(a) { b } else { a });
            if let Some((_, taken)) = largest {
                *taken += 1;
            }
        }
    }

    /// Sum of squares of what is left, in units of `unit^2`.
    pub(crate) fn squares(&self, unit: f64) -> Squares {
        self.parts.iter().fold(Squares::default(), |sum, (p, taken)| sum + p.squares_after(*taken, unit))
    }
}
