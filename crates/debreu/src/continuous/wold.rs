//! Wold's utility of monotone preferences on a cube, by bisection along the diagonal.
//!
//! For a continuous, weakly monotone total preorder on `[a, b]^p` each bundle `x` is indifferent to
//! some `t (1, .., 1)` with `min x_i <= t <= max x_i` (H. Wold, 1943); strictly better on the
//! diagonal means larger `t`, so `u(x) = t` is a utility, and continuous. It is the
//! *equal-equivalent*: `prod x_i^{a_i}` for Cobb-Douglas shares that sum to 1, the CES mean,
//! `min x_i` for Leontief. Bisection keeps `lower (1, .., 1) <= x <= upper (1, .., 1)`, so the
//! error is known, whatever the preference.
//!
//! Lexicographic preferences are monotone and total but have no utility at all. Bisection then
//! still returns the first coordinate, which is no utility; what shows is a *jump*:
//! `t (1, .., 1) < x < y < (t + h) (1, .., 1)` with `x` and `y` far apart and many steps of strict
//! preference between them, however small `h`. No finite number of comparisons can tell a jump from
//! a steep slope: `c x_1 + x_2` with `c` beyond (distance of `x` and `y`) / `h` answers all of them
//! alike. So the refusal is at a resolution, and says at which.

use relata_relations::Stream;
use std::cmp::Ordering;
use thiserror::Error;

/// A monotone total preorder on the cube `[low, high]^dim`, given by a comparator, ready for
/// bisection.
///
/// ```
/// use relata_debreu::continuous::{WoldParams, Wold};
/// use relata_relations::Seed;
/// let product = |a: &[f64], b: &[f64]| (a[0] * a[1]).total_cmp(&(b[0] * b[1]));
/// let params = WoldParams { tolerance: 1e-9, resolution: 1e-9 };
/// let wold = Wold::new(2, 0.1, 2.0, params, product, &mut Seed(0).stream("probes"))?;
/// let u = wold.value(&[0.5, 2.0])?;
/// assert!((u.value() - 1.0).abs() <= u.bound() && u.bound() < 1e-9);
///
/// let lexicographic = |a: &[f64], b: &[f64]| a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1]));
/// let refused = Wold::new(2, 0.1, 2.0, params, lexicographic, &mut Seed(0).stream("probes"));
/// assert!(refused.is_err()); // with the jump
/// # Ok::<(), relata_debreu::continuous::WoldError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Wold<P> {
    dim: usize,
    low: f64,
    high: f64,
    params: WoldParams,
    compare: P,
}

/// How finely to look, in units of the goods.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WoldParams {
    /// Width of the brackets that bisection returns.
    pub tolerance: f64,
    /// Distance on the diagonal at which bundles that are far apart but squeezed together count as
    /// a jump. A utility whose slope along the diagonal is more than (an eighth of the cube's side)
    /// / `resolution` times that in some coordinate is refused as well: at this resolution nothing
    /// tells it from a jump.
    pub resolution: f64,
}

/// Where on the diagonal a bundle lies: `lower (1, .., 1) <= x <= upper (1, .., 1)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DiagonalBracket {
    /// Equal amounts that are at most as good.
    pub lower: f64,
    /// Equal amounts that are at least as good.
    pub upper: f64,
}

/// Two bundles far apart, one strictly better, squeezed between two points of the diagonal that are
/// close together.
#[derive(Clone, Debug, PartialEq)]
pub struct Jump {
    /// `lower (1, .., 1)` is at most as good as `worse`.
    pub lower: f64,
    /// `upper (1, .., 1)` is at least as good as `better`.
    pub upper: f64,
    /// The worse bundle.
    pub worse: Vec<f64>,
    /// The better bundle: larger in one coordinate.
    pub better: Vec<f64>,
    /// Euclidean distance of the two bundles.
    pub distance: f64,
}

/// Why there is no Wold utility.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum WoldError {
    /// A parameter out of its range.
    #[error("{parameter} is {value}, it must be {expected}")]
    Parameter {
        /// Which one.
        parameter: &'static str,
        /// What was given.
        value: f64,
        /// What would be right.
        expected: &'static str,
    },
    /// A bundle outside of the cube, or of another dimension.
    #[error("bundle {bundle:?} is not in [{low}, {high}]^{dim}")]
    Outside {
        /// The bundle.
        bundle: Vec<f64>,
        /// Lower end of the cube's sides.
        low: f64,
        /// Upper end.
        high: f64,
        /// Dimension.
        dim: usize,
    },
    /// More of everything is found worse.
    #[error("not monotone: {larger:?} has at least as much of everything as {smaller:?} and is found worse")]
    NotMonotone {
        /// The bundle with less.
        smaller: Vec<f64>,
        /// The bundle with more.
        larger: Vec<f64>,
    },
    /// A jump at this resolution: no utility is continuous, unless one grows more than
    /// `distance / (upper - lower)` times faster along the diagonal than between the two bundles.
    #[error(
        "no continuous utility at this resolution: {} (1, .., 1) <= {:?} < {:?} <= {} (1, .., 1), although the bundles are {} apart",
        .0.lower, .0.worse, .0.better, .0.upper, .0.distance
    )]
    Jump(Jump),
}

const PROBES: usize = 32;

impl<P: Fn(&[f64], &[f64]) -> Ordering> Wold<P> {
    /// Prepares bisection, after probing for failures of monotonicity and for jumps at 32 random
    /// bundles: in every coordinate a step of a quarter of the cube's side that is strictly better
    /// at each quarter of the step must not fit between two points of the diagonal twice the
    /// resolution apart.
    ///
    /// # Errors
    /// [`WoldError`].
    pub fn new(
        dim: usize,
        low: f64,
        high: f64,
        params: WoldParams,
        compare: P,
        stream: &mut Stream,
    ) -> Result<Self, WoldError> {
        let parameter = |parameter, value, expected| WoldError::Parameter { parameter, value, expected };
        if dim == 0 {
            return Err(parameter("dim", 0.0, "at least 1"));
        }
        if !(low.is_finite() && high.is_finite() && low < high) {
            return Err(parameter("high", high, "finite and greater than low"));
        }
        for (name, value) in [("tolerance", params.tolerance), ("resolution", params.resolution)] {
            if !(value > 0.0 && value < (high - low) / 16.0) {
                return Err(parameter(name, value, "positive and less than a sixteenth of the cube's side"));
            }
        }
        let wold = Self { dim, low, high, params, compare };
        wold.probe(stream)?;
        Ok(wold)
    }

    /// The place of a bundle on the diagonal.
    ///
    /// Complexity: `log2((max x_i - min x_i) / tolerance) + 2` comparisons.
    ///
    /// # Errors
    /// [`WoldError::Outside`], [`WoldError::NotMonotone`].
    pub fn value(&self, x: &[f64]) -> Result<DiagonalBracket, WoldError> {
        self.bisect(x, self.params.tolerance)
    }

    fn bisect(&self, x: &[f64], width: f64) -> Result<DiagonalBracket, WoldError> {
        let inside = x.len() == self.dim && x.iter().all(|v| (self.low..=self.high).contains(v));
        if !inside {
            let (low, high, dim) = (self.low, self.high, self.dim);
            return Err(WoldError::Outside { bundle: x.to_vec(), low, high, dim });
        }
        let mut lower = x.iter().copied().fold(f64::INFINITY, f64::min);
        let mut upper = x.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let (floor, ceiling) = (vec![lower; self.dim], vec![upper; self.dim]);
        if (self.compare)(&floor, x).is_gt() {
            return Err(WoldError::NotMonotone { smaller: floor, larger: x.to_vec() });
        }
        if (self.compare)(&ceiling, x).is_lt() {
            return Err(WoldError::NotMonotone { smaller: x.to_vec(), larger: ceiling });
        }
        let mut diagonal = floor;
        while upper - lower > width {
            let t = 0.5 * (lower + upper);
            if t <= lower || t >= upper {
                break;
            }
            diagonal.fill(t);
            match (self.compare)(&diagonal, x) {
                Ordering::Less => lower = t,
                Ordering::Greater => upper = t,
                Ordering::Equal => (lower, upper) = (t, t),
            }
        }
        Ok(DiagonalBracket { lower, upper })
    }

    fn probe(&self, stream: &mut Stream) -> Result<(), WoldError> {
        let side = self.high - self.low;
        let step = 0.25 * side;
        for _ in 0..PROBES {
            let x: Vec<f64> = (0..self.dim).map(|_| stream.uniform_in(self.low, self.high - step)).collect();
            for j in 0..self.dim {
                let at = |share: f64| {
                    let mut y = x.clone();
                    y[j] = (y[j] + share * step).min(self.high);
                    y
                };
                let path = [x.clone(), at(0.25), at(0.5), at(0.75), at(1.0)];
                let mut strict = true;
                for w in path.windows(2) {
                    match (self.compare)(&w[0], &w[1]) {
                        Ordering::Less => {}
                        Ordering::Equal => strict = false,
                        Ordering::Greater => {
                            return Err(WoldError::NotMonotone {
                                smaller: w[0].clone(),
                                larger: w[1].clone(),
                            });
                        }
                    }
                }
                let (worse, better) = (&path[0], &path[4]);
                let resolution = self.params.resolution;
                let (lower, upper) =
                    (self.bisect(worse, resolution)?.lower, self.bisect(better, resolution)?.upper);
                if strict && upper - lower <= 2.0 * resolution {
                    let (worse, better) = (worse.clone(), better.clone());
                    return Err(WoldError::Jump(Jump { lower, upper, worse, better, distance: step }));
                }
            }
        }
        Ok(())
    }
}

impl DiagonalBracket {
    /// The middle of the bracket.
    #[must_use]
    pub fn value(&self) -> f64 {
        0.5 * (self.lower + self.upper)
    }

    /// How far the utility can be from [`DiagonalBracket::value`]: half the width, plus a few units
    /// in the last place, below which a comparator in f64 cannot tell bundles apart.
    #[must_use]
    pub fn bound(&self) -> f64 {
        0.5 * (self.upper - self.lower) + 8.0 * f64::EPSILON * self.lower.abs().max(self.upper.abs())
    }
}
