//! Leading values, and what is known of the others.

use super::law::{Merged, Progression};
use super::squares::{Squares, power_of_two};
use thiserror::Error;

/// Leading eigenvalues or singular values, and the sum of squares of what is not listed.
///
/// Where the law of the unlisted values is known (all algebraic and geometric spectra of the
/// catalogue), [`Spectrum::tail`] is exact at every rank. Where only their sum of squares is known,
/// [`Spectrum::tail`] counts all of it at ranks beyond the list, and [`Spectrum::tail_bracket`]
/// says what that leaves open.
///
/// ```
/// use relata_relations::{catalogue::relation, special::trigamma};
/// // Singular values 1 / (pi (k + 1/2)): a list of 1000, and a law for the others.
/// let spectrum = relation("volterra")?.spectrum().ok_or("known in closed form")?;
/// let exact = trigamma(3000.5).sqrt() / std::f64::consts::PI;
/// let (low, high) = spectrum.tail_bracket(3000);
/// assert!(low <= exact && exact <= high && high - low < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Spectrum {
    kind: SpectrumKind,
    values: Vec<f64>,
    /// Squares below are in units of its square; a power of two, 1 for values of ordinary size.
    unit: f64,
    positive: Rest,
    negative: Rest,
}

/// Unlisted values of one sign.
#[derive(Clone, Debug, Default, PartialEq)]
struct Rest {
    squares: Squares,
    /// The sequences that they make up; empty where that is not known.
    law: Vec<Progression>,
}

/// Whether the values carry signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpectrumKind {
    /// Eigenvalues of a symmetric relation, signed.
    Eigenvalues,
    /// Singular values, nonnegative.
    SingularValues,
}

/// The root of a sum of squares of values, with ends between which it lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tail {
    /// It is certainly not below.
    pub low: f64,
    /// The value; where the law of unlisted values is not known, that with all of them counted.
    pub value: f64,
    /// It is certainly not above.
    pub high: f64,
}

/// Why numbers are not a spectrum.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum SpectrumError {
    /// A value that is not finite, or a negative singular value.
    #[error("value {index} of the spectrum is {value}; {expected}")]
    Value {
        /// Its number.
        index: usize,
        /// The value.
        value: f64,
        /// What would be right.
        expected: &'static str,
    },
    /// A remainder that is not finite and nonnegative.
    #[error("the sum of squares of the unlisted values is {0}; it must be finite and nonnegative")]
    Remainder(f64),
}

/// How precisely the closed forms are evaluated, relative to each value and tail: Bessel and zeta
/// functions are good to about 1e-14, roots of transcendental equations to rounding, and sums of up
/// to 20 000 squares lose little more.
const PRECISION: f64 = 2e-13;

impl Spectrum {
    /// Eigenvalues of a symmetric relation, in any order; `remainder_positive` and
    /// `remainder_negative` are the sums of squares of the unlisted positive and negative
    /// eigenvalues, none of which may exceed the listed ones in magnitude.
    ///
    /// # Errors
    /// [`SpectrumError`] if a value or a remainder is not finite, or a remainder is negative.
    pub fn eigenvalues(
        values: Vec<f64>,
        remainder_positive: f64,
        remainder_negative: f64,
    ) -> Result<Self, SpectrumError> {
        Self::new(SpectrumKind::Eigenvalues, values, remainder_positive, remainder_negative)
    }

    /// Singular values, in any order; `remainder` is the sum of squares of the unlisted ones, none
    /// of which may exceed the listed ones.
    ///
    /// # Errors
    /// [`SpectrumError`] if a value is negative or not finite, or the remainder is.
    pub fn singular_values(values: Vec<f64>, remainder: f64) -> Result<Self, SpectrumError> {
        if let Some(index) = values.iter().position(|v| *v < 0.0) {
            let value = values[index];
            return Err(SpectrumError::Value { index, value, expected: "singular values are nonnegative" });
        }
        Self::new(SpectrumKind::SingularValues, values, remainder, 0.0)
    }

    fn new(kind: SpectrumKind, values: Vec<f64>, pos: f64, neg: f64) -> Result<Self, SpectrumError> {
        for r in [pos, neg] {
            if !(r.is_finite() && r >= 0.0) {
                return Err(SpectrumError::Remainder(r));
            }
        }
        let unit = power_of_two(largest(&values).max(pos.sqrt()).max(neg.sqrt()));
        let rest = [pos, neg].map(|r| Squares::exact(r / unit / unit));
        Self::with_rest(kind, values, unit, rest)
    }

    /// From remainders with brackets, in units of `unit^2`, positive and negative.
    pub(crate) fn with_rest(
        kind: SpectrumKind,
        mut values: Vec<f64>,
        unit: f64,
        [positive, negative]: [Squares; 2],
    ) -> Result<Self, SpectrumError> {
        if let Some(index) = values.iter().position(|v| !v.is_finite()) {
            let value = values[index];
            return Err(SpectrumError::Value { index, value, expected: "values must be finite" });
        }
        if let Some(wrong) = [positive, negative].iter().find(|s| !(s.high.is_finite() && s.low >= 0.0)) {
            return Err(SpectrumError::Remainder(wrong.high));
        }
        values.sort_by(|a, b| b.abs().total_cmp(&a.abs()).then(b.total_cmp(a)));
        let rest = |squares| Rest { squares, law: Vec::new() };
        Ok(Self { kind, values, unit, positive: rest(positive), negative: rest(negative) })
    }

    /// Listed values that go on, positive and negative, by these laws.
    pub(crate) fn continued(
        kind: SpectrumKind,
        values: Vec<f64>,
        positive: Vec<Progression>,
        negative: Vec<Progression>,
    ) -> Result<Self, SpectrumError> {
        let mut spectrum = Self::with_rest(kind, values, 1.0, [Squares::default(); 2])?;
        spectrum.unit = power_of_two(largest(&spectrum.values));
        for (rest, law) in [(&mut spectrum.positive, positive), (&mut spectrum.negative, negative)] {
            let squares = Merged::new(law.iter()).squares(spectrum.unit);
            if !(squares.high.is_finite() && squares.low >= 0.0) {
                return Err(SpectrumError::Remainder(squares.high));
            }
            *rest = Rest { squares, law };
        }
        Ok(spectrum)
    }

    /// Whether the values are eigenvalues or singular values.
    #[must_use]
    pub fn kind(&self) -> SpectrumKind {
        self.kind
    }

    /// The listed values, largest magnitude first.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The unit and the sums of squares of the unlisted positive and negative values in it;
    /// singular values count as positive.
    pub(crate) fn rest(&self) -> (f64, [Squares; 2]) {
        (self.unit, [self.positive.squares, self.negative.squares])
    }

    /// `|r|` in `L2(mu x nu)`: the square root of the sum of all squares. Cost: one pass through
    /// the list, as for each tail.
    #[must_use]
    pub fn norm(&self) -> f64 {
        self.tail(0)
    }

    /// The smallest `L2` error of any inner product of rank `rank`: `sqrt(sum_{i > rank} s_i^2)`.
    ///
    /// Beyond the listed values, where their law is not known, this is an upper bound: the whole
    /// remainder is counted.
    #[must_use]
    pub fn tail(&self, rank: usize) -> f64 {
        self.tails_from(rank, rank).next().map_or(0.0, |t| t.value)
    }

    /// Two numbers between which the tail at `rank` lies. They are a relative 4e-13 apart within
    /// the list and wherever the law of unlisted values is known. Elsewhere the lower end assumes
    /// that every unlisted value is as large as the last listed one, the upper end that all of the
    /// remainder is left.
    #[must_use]
    pub fn tail_bracket(&self, rank: usize) -> (f64, f64) {
        self.tails_from(rank, rank).next().map_or((0.0, 0.0), |t| (t.low, t.high))
    }

    /// The tails at the ranks `0..=most`. Cost: one pass through the list and a few operations per
    /// rank beyond it.
    #[must_use]
    pub fn tails(&self, most: usize) -> Vec<Tail> {
        self.tails_from(0, most).collect()
    }

    /// The smallest `L2` error of any *positive semidefinite* relation of rank `rank`: all negative
    /// eigenvalues and the positive ones beyond the `rank` largest,
    /// `sqrt(sum_{l_i < 0} l_i^2 + sum_{i > rank} (l_i^+)^2)`. Beyond the listed positive values it
    /// says what [`Spectrum::tail`] says there.
    #[must_use]
    pub fn positive_tail(&self, rank: usize) -> f64 {
        self.positive_tails_from(rank, rank).next().map_or(0.0, |t| t.value)
    }

    /// Two numbers between which the positive tail lies, as [`Spectrum::tail_bracket`].
    #[must_use]
    pub fn positive_tail_bracket(&self, rank: usize) -> (f64, f64) {
        self.positive_tails_from(rank, rank).next().map_or((0.0, 0.0), |t| (t.low, t.high))
    }

    /// The positive tails at the ranks `0..=most`; cost as [`Spectrum::tails`].
    #[must_use]
    pub fn positive_tails(&self, most: usize) -> Vec<Tail> {
        self.positive_tails_from(0, most).collect()
    }

    /// The root of the sum of squares of all negative values, unlisted ones included: the positive
    /// tail of every rank is at least that.
    #[must_use]
    pub fn negative_norm(&self) -> f64 {
        let listed = square_sum(self.values.iter().copied().filter(|v| *v < 0.0), self.unit);
        (listed + self.negative.squares.value).sqrt() * self.unit
    }

    /// The spectrum of `c r`.
    ///
    /// # Errors
    /// [`SpectrumError::Value`] if a value times `c` is not finite.
    pub fn scaled(&self, c: f64) -> Result<Self, SpectrumError> {
        let factor = if self.kind == SpectrumKind::Eigenvalues { c } else { c.abs() };
        let values: Vec<f64> = self.values.iter().map(|v| v * factor).collect();
        let unit = power_of_two(largest(&values).max(self.unit * c.abs()));
        let step = c * (self.unit / unit);
        let rest = |r: &Rest| Rest {
            squares: r.squares.map(|s| s * step * step),
            law: r.law.iter().map(|p| p.scaled(c)).collect(),
        };
        let (mut positive, mut negative) = (rest(&self.positive), rest(&self.negative));
        if factor < 0.0 {
            std::mem::swap(&mut positive, &mut negative);
        }
        let checked = Self::with_rest(self.kind, values, unit, [positive.squares, negative.squares])?;
        Ok(Self { positive, negative, ..checked })
    }

    /// Two spectra with the same list, whose unlisted values are the least and the most that is
    /// possible.
    #[must_use]
    pub fn bounds(&self) -> (Self, Self) {
        let with = |end: fn(&Squares) -> f64, law: fn(&Progression) -> Progression| {
            let rest = |r: &Rest| Rest {
                squares: Squares::exact(end(&r.squares)),
                law: r.law.iter().map(law).collect(),
            };
            Self { positive: rest(&self.positive), negative: rest(&self.negative), ..self.clone() }
        };
        (with(|s| s.low, Progression::least), with(|s| s.high, Progression::most))
    }

    fn tails_from(&self, rank: usize, most: usize) -> impl Iterator<Item = Tail> {
        let both = [&self.positive, &self.negative];
        self.sums(self.values.iter().copied(), both, Squares::default(), rank, most)
    }

    fn positive_tails_from(&self, rank: usize, most: usize) -> impl Iterator<Item = Tail> {
        let listed = square_sum(self.values.iter().copied().filter(|v| *v < 0.0), self.unit);
        let lost = Squares::exact(listed) + self.negative.squares;
        self.sums(self.values.iter().copied().filter(|v| *v > 0.0), [&self.positive], lost, rank, most)
    }

    /// Tails of the listed `values` and of what follows them, with `lost` added to every sum.
    fn sums<'a, const N: usize>(
        &'a self,
        values: impl Iterator<Item = f64>,
        rests: [&'a Rest; N],
        lost: Squares,
        rank: usize,
        most: usize,
    ) -> impl Iterator<Item = Tail> + 'a {
        let unit = self.unit;
        // Smallest first, so that small tails do not drown.
        let mut listed: Vec<f64> = values.map(|v| (v / unit) * (v / unit)).chain([0.0]).collect();
        let count = listed.len() - 1;
        for k in (0..count).rev() {
            listed[k] += listed[k + 1];
        }
        let whole = rests.iter().fold(Squares::default(), |sum, r| sum + r.squares);
        let known = rests.iter().all(|r| !r.law.is_empty() || r.squares.high <= 0.0);
        let next = self.values.last().map_or(f64::INFINITY, |v| (v / unit) * (v / unit));
        let mut beyond = Merged::new(rests.into_iter().flat_map(|r| &r.law));
        let mut taken = 0;
        (rank..=most).map(move |d| {
            let rest = match d.checked_sub(count) {
                None | Some(0) => whole,
                Some(extra) if known => {
                    beyond.take(extra - taken);
                    taken = extra;
                    beyond.squares(unit)
                }
                Some(extra) => Squares { low: (whole.low - extra as f64 * next).max(0.0), ..whole },
            };
            let sum = Squares::exact(listed[d.min(count)]) + lost + rest;
            Tail {
                low: sum.low.sqrt() * (1.0 - PRECISION) * unit,
                value: sum.value.sqrt() * unit,
                high: sum.high.sqrt() * (1.0 + PRECISION) * unit,
            }
        })
    }
}

fn largest(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |m, v| v.abs().max(m))
}

/// Sum of squares in units of `unit^2`, smallest first, so that small tails do not drown.
fn square_sum(values: impl Iterator<Item = f64>, unit: f64) -> f64 {
    let squares: Vec<f64> = values.map(|v| (v / unit) * (v / unit)).collect();
    squares.iter().rev().sum()
}
