//! Modern Hopfield networks: attention as associative memory.
//!
//! Stored patterns `x_1, .., x_N`; one step maps a state `xi` to
//! `f(xi) = sum_i softmax(b <x_i, xi>)_i x_i`. Ramsauer, Schaefl, Lehner and others (2021) bound
//! the distance to a stored pattern by its separation; [`Hopfield::step_bound`] is sharper: it is
//! the retrieval bound with the margin that the state's scores are certain to have.

use crate::bounds::miss_bound;
use crate::scores::Scores;
use crate::temperature::InverseTemperature;
use relata_relations::{Points, PowerOfTwo, Seed, Stream, distance, norm2};
use thiserror::Error;

/// A memory of patterns.
///
/// ```
/// use relata_attention::InverseTemperature;
/// use relata_attention::hopfield::Hopfield;
/// use relata_relations::Points;
/// let memory = Hopfield::new(Points::from_rows(&[[1.0, 0.0], [0.0, 1.0]])?, InverseTemperature::new(8.0)?);
/// let state = memory.step(&[0.9, 0.2])?;
/// let error = ((state[0] - 1.0).powi(2) + state[1].powi(2)).sqrt();
/// assert!(error <= memory.step_bound(0, (0.1f64.powi(2) + 0.2f64.powi(2)).sqrt())?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Hopfield {
    patterns: Points,
    // Of the patterns' coordinates.
    unit: PowerOfTwo,
    b: InverseTemperature,
}

/// What cannot be asked of a memory.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum HopfieldError {
    /// A state of another dimension.
    #[error("the state has {found} coordinates, the patterns have {expected}")]
    Dimension {
        /// Coordinates of the state.
        found: usize,
        /// Coordinates of the patterns.
        expected: usize,
    },
    /// A state that is not finite.
    #[error("coordinate {coordinate} of the state is {value}; it must be finite")]
    NonFinite {
        /// Which.
        coordinate: usize,
        /// The value.
        value: f64,
    },
    /// A number that floating point cannot hold.
    #[error("{0} is beyond the range of floating point; rescale patterns and inverse temperature")]
    Range(&'static str),
    /// No such pattern.
    #[error("pattern {index} was asked for, {patterns} are stored, numbered from 0")]
    Pattern {
        /// The number.
        index: usize,
        /// How many there are.
        patterns: usize,
    },
    /// A parameter of the capacity theorem out of its range.
    #[error("{parameter} is {value}; it must be {expected}")]
    Parameter {
        /// Which.
        parameter: &'static str,
        /// The value.
        value: f64,
        /// What would be right.
        expected: &'static str,
    },
}

impl Hopfield {
    /// A memory of the given patterns.
    #[must_use]
    pub fn new(patterns: Points, b: InverseTemperature) -> Self {
        let unit = PowerOfTwo::of(patterns.as_slice().iter().copied());
        Self { patterns, unit, b }
    }

    /// The patterns.
    #[must_use]
    pub fn patterns(&self) -> &Points {
        &self.patterns
    }

    /// One step from a state: the mean of the patterns under attention.
    ///
    /// # Errors
    /// [`HopfieldError::Dimension`], [`HopfieldError::NonFinite`].
    pub fn step(&self, state: &[f64]) -> Result<Vec<f64>, HopfieldError> {
        let (found, expected) = (state.len(), self.patterns.dim());
        if found != expected {
            return Err(HopfieldError::Dimension { found, expected });
        }
        if let Some(coordinate) = state.iter().position(|v| !v.is_finite()) {
            return Err(HopfieldError::NonFinite { coordinate, value: state[coordinate] });
        }
        // In units of patterns and state no product overflows; the temperature takes the rest.
        let of_state = PowerOfTwo::of(state.iter().copied());
        let units = Units::new(self.unit, of_state);
        let state: Vec<f64> = state.iter().map(|v| of_state.divide(*v)).collect();
        let scores: Vec<f64> = self.patterns.rows().map(|x| dot(&self.scaled(x), &state)).collect();
        let scores = Scores::new(&scores).map_err(|_| HopfieldError::Range("a score"))?;
        let weights = scores.softmax(units.temperature(self.b)?);
        let mut out = vec![0.0; expected];
        for (x, w) in self.patterns.rows().zip(&weights) {
            out.iter_mut().zip(x).for_each(|(o, x)| *o += w * x);
        }
        Ok(out)
    }

    /// The separation `<x_i, x_i> - max_j <x_i, x_j>` of a pattern: its margin when the state is
    /// the pattern. Infinite if it is alone.
    ///
    /// # Errors
    /// [`HopfieldError::Pattern`]; [`HopfieldError::Range`] where it leaves floating point.
    pub fn separation(&self, index: usize) -> Result<f64, HopfieldError> {
        let separation = self.scaled_separation(index)?;
        let unit = Units::new(self.unit, self.unit);
        if self.patterns.len() == 1 { Ok(separation) } else { unit.product("the separation", separation) }
    }

    /// How far one step from a state within `radius` of a pattern can be from the pattern:
    /// `D q / (1 + q)`, `q = (N - 1) exp(-b (separation - D radius))` with `D` the largest distance
    /// from the pattern to another (derived:
    /// `<x_i - x_j, xi> >= <x_i - x_j, x_i> - |x_i - x_j| radius`).
    ///
    /// # Errors
    /// [`HopfieldError::Pattern`], [`HopfieldError::Range`].
    pub fn step_bound(&self, index: usize, radius: f64) -> Result<f64, HopfieldError> {
        let (unit, b) = (self.unit, Units::new(self.unit, self.unit).temperature(self.b)?);
        let x = self.scaled(self.pattern(index)?);
        let reach = self.patterns.rows().map(|y| distance(&x, &self.scaled(y))).fold(0.0, f64::max);
        let margin = self.scaled_separation(index)? - reach * unit.divide(radius);
        Ok(unit.multiply(reach * miss_bound(self.patterns.len(), margin, b)))
    }

    /// The published bound `2 (N - 1) M exp(-b (separation - 2 radius M))` with `M` the largest
    /// norm of a pattern (Ramsauer et al. 2021, theorem 4 in the form of its proof, with `radius`
    /// for the larger of the distances of state and fixed point). Infinite where it overflows.
    ///
    /// # Errors
    /// [`HopfieldError::Pattern`], [`HopfieldError::Range`].
    pub fn published_bound(&self, index: usize, radius: f64) -> Result<f64, HopfieldError> {
        let (unit, b) = (self.unit, Units::new(self.unit, self.unit).temperature(self.b)?);
        let largest = self.patterns.rows().map(|x| norm2(self.scaled(x))).fold(0.0, f64::max);
        let separation = self.scaled_separation(index)?;
        let n = self.patterns.len();
        if n == 1 {
            return Ok(0.0);
        }
        let exponent = b.times(separation - 2.0 * unit.divide(radius) * largest);
        Ok(unit.multiply(2.0 * (n - 1) as f64 * largest * (-exponent).exp()))
    }

    fn scaled(&self, x: &[f64]) -> Vec<f64> {
        x.iter().map(|v| self.unit.divide(*v)).collect()
    }

    /// In squared units of the patterns.
    fn scaled_separation(&self, index: usize) -> Result<f64, HopfieldError> {
        let x = self.scaled(self.pattern(index)?);
        let others = self.patterns.rows().enumerate().filter(|(j, _)| *j != index);
        let nearest = others.map(|(_, y)| dot(&x, &self.scaled(y))).fold(f64::NEG_INFINITY, f64::max);
        Ok(dot(&x, &x) - nearest)
    }

    fn pattern(&self, index: usize) -> Result<&[f64], HopfieldError> {
        let patterns = self.patterns.len();
        if index >= patterns {
            return Err(HopfieldError::Pattern { index, patterns });
        }
        Ok(self.patterns.row(index))
    }
}

/// The unit of a product of two factors in units of their own.
struct Units(PowerOfTwo);

impl Units {
    fn new(a: PowerOfTwo, b: PowerOfTwo) -> Self {
        Self(PowerOfTwo::new(a.exponent() + b.exponent()))
    }

    /// For scores in this unit. Beyond the range it selects hard, or not at all: a score of full
    /// precision is then told from its neighbour, or from none.
    fn temperature(&self, b: InverseTemperature) -> Result<InverseTemperature, HopfieldError> {
        InverseTemperature::new(self.0.multiply(b.value()))
            .map_err(|_| HopfieldError::Range("the inverse temperature"))
    }

    /// A number in this unit as a plain one, unless that is infinite or loses digits.
    fn product(&self, what: &'static str, value: f64) -> Result<f64, HopfieldError> {
        let plain = self.0.multiply(value);
        let held = plain.is_normal() || value.abs() <= 0.0;
        if held { Ok(plain) } else { Err(HopfieldError::Range(what)) }
    }
}

/// The base `c` of the capacity theorem of Ramsauer et al. (2021, theorem 3): with probability
/// `1 - p`, `sqrt(p) c^{(d - 1) / 4}` random patterns on the sphere of radius `k sqrt(d - 1)` are
/// stored. `c = b / W(exp(a + ln b))`, `a = 2 (1 + ln(2 beta k^2 p (d - 1))) / (d - 1)`,
/// `b = 2 k^2 beta / 5`.
///
/// ```
/// use relata_attention::hopfield::capacity_base;
/// assert!((capacity_base(1.0, 3.0, 20, 0.001)? - 3.1546).abs() < 1e-4); // the value in the paper
/// # Ok::<(), relata_attention::hopfield::HopfieldError>(())
/// ```
///
/// # Errors
/// [`HopfieldError::Parameter`].
pub fn capacity_base(beta: f64, k: f64, d: usize, p: f64) -> Result<f64, HopfieldError> {
    let bad = |parameter, value, expected| Err(HopfieldError::Parameter { parameter, value, expected });
    if !(beta > 0.0 && beta.is_finite()) {
        return bad("beta", beta, "positive and finite");
    }
    if !(k > 0.0 && k.is_finite()) {
        return bad("the radius factor", k, "positive and finite");
    }
    if d < 2 {
        return bad("the dimension", d as f64, "at least 2");
    }
    if !(p > 0.0 && p < 1.0) {
        return bad("the probability of failure", p, "above 0 and below 1");
    }
    let free = (d - 1) as f64;
    let (log_beta, log_k) = (beta.ln(), k.ln());
    let a = 2.0 / free * (1.0 + (2.0 * p * free).ln() + log_beta + 2.0 * log_k);
    let log_b = 0.4f64.ln() + log_beta + 2.0 * log_k;
    let c = (log_b - lambert_of_exp(a + log_b).ln()).exp();
    if c.is_finite() { Ok(c) } else { Err(HopfieldError::Range("the base of the capacity")) }
}

/// The share of `count` random patterns on the sphere of radius `radius` in `R^d` that one step
/// from a state at distance `noise` brings to within `tolerance` of the pattern.
///
/// # Errors
/// [`HopfieldError::Parameter`] if there is no pattern or dimension, or the radius is not positive.
pub fn recall(
    [count, d]: [usize; 2],
    radius: f64,
    noise: f64,
    tolerance: f64,
    b: InverseTemperature,
    seed: Seed,
) -> Result<f64, HopfieldError> {
    // 2^28 numbers take 2 GiB.
    if !(1..=1 << 28).contains(&count.saturating_mul(d)) {
        return Err(HopfieldError::Parameter {
            parameter: "patterns times dimension",
            value: count as f64 * d as f64,
            expected: "at least 1 and at most 2^28",
        });
    }
    if !(radius > 0.0 && radius.is_finite()) {
        return Err(HopfieldError::Parameter {
            parameter: "the radius",
            value: radius,
            expected: "positive",
        });
    }
    let mut s = seed.stream("hopfield/patterns");
    let data: Vec<f64> = (0..count).flat_map(|_| direction(d, radius, &mut s)).collect();
    let memory = Hopfield::new(Points::new(d, data).map_err(|_| HopfieldError::Range("a pattern"))?, b);
    let mut s = seed.stream("hopfield/noise");
    let mut recalled = 0usize;
    for i in 0..count {
        let x = memory.patterns.row(i);
        let state: Vec<f64> = x.iter().zip(direction(d, noise, &mut s)).map(|(x, e)| x + e).collect();
        recalled += usize::from(distance(&memory.step(&state)?, x) <= tolerance);
    }
    Ok(recalled as f64 / count as f64)
}

fn direction(d: usize, length: f64, s: &mut Stream) -> Vec<f64> {
    let v: Vec<f64> = (0..d).map(|_| s.normal()).collect();
    let norm = dot(&v, &v).sqrt();
    v.iter().map(|x| length * x / norm).collect()
}

/// The `w >= 0` with `w e^w = e^y`: Newton's method on `w + ln w = y`.
fn lambert_of_exp(y: f64) -> f64 {
    let mut w = if y > 1.0 { y } else { y.exp() };
    // It converges quadratically from here, in at most 6 steps for any y.
    for _ in 0..60 {
        let next = w * (1.0 + y - w.ln()) / (1.0 + w);
        if (next - w).abs() <= 1e-16 * w.abs() {
            break;
        }
        w = next;
    }
    w
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
