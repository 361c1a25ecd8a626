//! Sums of products of ridge functions: relations that are known through functions of one number.
//!
//! `r(x, y) = sum_k a_k(x) b_k(y)`, up to a tail, where every feature is a constant and a sum of
//! *ridge functions* `f(<d, x>)`. Whatever the dimension of the spaces, an approximation of such
//! features is a matter of one dimension. A Kullback-Leibler divergence is such a sum exactly; a
//! zonal kernel on a sphere is one to any accuracy.

use crate::enclosure::Enclosure;
use crate::identity::same_space;
use crate::points::Points;
use crate::relation::{Relation, RelationError};
use crate::scale::norm2;
use crate::space::Space;
use std::fmt;
use std::sync::Arc;

/// A function of one number, in interval arithmetic.
pub type RidgeProfile = Arc<dyn Fn(Enclosure) -> Enclosure + Send + Sync>;

/// Ridge functions of one direction `d`: `f(<d, x>)` for some features.
#[derive(Clone)]
pub struct Ridge {
    direction: Vec<f64>,
    range: (f64, f64),
    profiles: Vec<(usize, RidgeProfile)>,
}

/// Features `a_k(x) = c_k + sum f(<d, x>)`.
#[derive(Clone, Debug)]
pub struct RidgeFeatures {
    constants: Vec<f64>,
    ridges: Vec<Ridge>,
    norm: Option<f64>,
}

/// `sum_k a_k(x) b_k(y)`, within a tail of a relation everywhere.
///
/// ```
/// use relata_relations::{Cube, FnRelation, Relation, RidgeFeatures, Ridges, relation_fn};
/// use std::sync::Arc;
/// // cos(x_1 + x_2) exp(y_1) on squares: one feature per side, each of one direction.
/// let square = Cube::new(2, 0.0, 1.0)?;
/// let r = relation_fn(square.clone(), square, |x, y| (x[0] + x[1]).cos() * y[0].exp());
/// let x = RidgeFeatures::new(vec![0.0]).with(vec![1.0, 1.0], (0.0, 2.0), vec![(0, Arc::new(|t| t.cos()))])?;
/// let y = RidgeFeatures::new(vec![0.0]).with(vec![1.0, 0.0], (0.0, 1.0), vec![(0, Arc::new(|t| t.exp()))])?;
/// let ridges = Ridges::separate(x, y, 0.0)?;
/// let r = r.with_ridges(move |_| Some(ridges.clone()))?;
/// assert_eq!(r.ridges(1e-3).map(|s| s.rank()), Some(1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Ridges {
    x: RidgeFeatures,
    y: Option<RidgeFeatures>,
    tail: f64,
}

impl Ridge {
    /// The direction `d`.
    #[must_use]
    pub fn direction(&self) -> &[f64] {
        &self.direction
    }

    /// `<d, x>` lies between these numbers.
    #[must_use]
    pub fn range(&self) -> (f64, f64) {
        self.range
    }

    /// Numbers of features, each with its function.
    #[must_use]
    pub fn profiles(&self) -> &[(usize, RidgeProfile)] {
        &self.profiles
    }
}

impl RidgeFeatures {
    /// Constant features.
    #[must_use]
    pub fn new(constants: Vec<f64>) -> Self {
        Self { constants, ridges: vec![], norm: None }
    }

    /// Adds functions of `<direction, x>`, which lies in `range`, each to the feature of its
    /// number.
    ///
    /// # Errors
    /// [`RelationError::Combination`] if numbers are not finite, the range is empty, there is no
    /// such feature, or a feature is named twice.
    pub fn with(
        mut self,
        direction: Vec<f64>,
        range: (f64, f64),
        profiles: Vec<(usize, RidgeProfile)>,
    ) -> Result<Self, RelationError> {
        let rank = self.constants.len();
        if direction.is_empty() || direction.iter().chain([&range.0, &range.1]).any(|v| !v.is_finite()) {
            return Err(refused(format!(
                "direction {direction:?} and range {range:?}; all numbers must be finite"
            )));
        }
        if range.0 >= range.1 {
            return Err(refused(format!("range {range:?}; it must increase")));
        }
        if let Some((k, _)) = profiles.iter().find(|(k, _)| *k >= rank) {
            return Err(refused(format!("feature number {k}; there are {rank}")));
        }
        let twice = |(i, (k, _)): (usize, &(usize, RidgeProfile))| profiles[..i].iter().any(|(l, _)| l == k);
        if let Some((k, _)) = profiles.iter().enumerate().find(|p| twice(*p)).map(|(_, p)| p) {
            return Err(refused(format!(
                "two functions of one direction for feature number {k}; add them up"
            )));
        }
        self.ridges.push(Ridge { direction, range, profiles });
        Ok(self)
    }

    /// Declares that the Euclidean norm of the features is at most `norm` everywhere, where that is
    /// less than their suprema add up to.
    ///
    /// # Errors
    /// [`RelationError::Combination`] unless it is finite and nonnegative.
    pub fn within(mut self, norm: f64) -> Result<Self, RelationError> {
        if !(norm >= 0.0 && norm.is_finite()) {
            return Err(refused(format!("a norm of at most {norm}; it must be finite and nonnegative")));
        }
        self.norm = Some(norm);
        Ok(self)
    }

    /// The constants `c_k`, one per feature.
    #[must_use]
    pub fn constants(&self) -> &[f64] {
        &self.constants
    }

    /// The ridge functions.
    #[must_use]
    pub fn ridges(&self) -> &[Ridge] {
        &self.ridges
    }

    /// What their Euclidean norm was declared to be at most.
    #[must_use]
    pub fn norm(&self) -> Option<f64> {
        self.norm
    }

    /// The features at a point, as brackets.
    fn at(&self, x: &[f64]) -> Vec<Enclosure> {
        let mut all: Vec<Enclosure> = self.constants.iter().map(|c| Enclosure::constant(*c)).collect();
        for r in &self.ridges {
            let t: f64 = r.direction.iter().zip(x).map(|(d, x)| d * x).sum();
            for (k, f) in &r.profiles {
                all[*k] = all[*k] + f(Enclosure::constant(t.clamp(r.range.0, r.range.1)));
            }
        }
        all
    }
}

impl Ridges {
    /// `sum_k a_k(x) a_k(y)` within `tail`.
    ///
    /// # Errors
    /// [`RelationError::Combination`] if `tail` is not finite and nonnegative, or there are no
    /// features.
    pub fn shared(features: RidgeFeatures, tail: f64) -> Result<Self, RelationError> {
        checked(Self { x: features, y: None, tail })
    }

    /// `sum_k a_k(x) b_k(y)` within `tail`.
    ///
    /// # Errors
    /// [`RelationError::Combination`] if `tail` is not finite and nonnegative, or the numbers of
    /// features differ or are 0.
    pub fn separate(x: RidgeFeatures, y: RidgeFeatures, tail: f64) -> Result<Self, RelationError> {
        if x.constants.len() != y.constants.len() {
            let (p, q) = (x.constants.len(), y.constants.len());
            return Err(refused(format!("{p} features of x and {q} of y; there must be as many")));
        }
        checked(Self { x, y: Some(y), tail })
    }

    /// The features of `x` and of `y`.
    #[must_use]
    pub fn sides(&self) -> [&RidgeFeatures; 2] {
        [&self.x, self.y.as_ref().unwrap_or(&self.x)]
    }

    /// Whether both sides have the same features.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.y.is_none()
    }

    /// How far the sum is from the relation, at most.
    #[must_use]
    pub fn tail(&self) -> f64 {
        self.tail
    }

    /// Number of features.
    #[must_use]
    pub fn rank(&self) -> usize {
        self.x.constants.len()
    }

    /// Checks that the features can be those of points of these spaces.
    ///
    /// # Errors
    /// [`RelationError::Combination`] if one set of features is to serve two spaces, or a direction
    /// has another dimension than its space.
    pub fn fits(&self, x: &dyn Space, y: &dyn Space) -> Result<(), RelationError> {
        if self.is_shared() && !same_space(x, y) {
            return Err(refused(format!(
                "one set of features for two spaces, {} and {}",
                x.name(),
                y.name()
            )));
        }
        for (side, space) in self.sides().into_iter().zip([x, y]) {
            if let Some(r) = side.ridges.iter().find(|r| r.direction.len() != space.dim()) {
                let (p, q) = (r.direction.len(), space.dim());
                return Err(refused(format!(
                    "a direction of {p} numbers on {}, which has {q}",
                    space.name()
                )));
            }
        }
        Ok(())
    }

    /// Compares the sum with values of the relation at some points.
    pub(crate) fn check(
        &self,
        r: &dyn Relation,
        (x, y): (&Points, &Points),
        values: faer::MatRef<'_, f64>,
    ) -> Result<(), RelationError> {
        let (sx, sy) = r.spaces();
        self.fits(sx, sy)?;
        let [a, b] = self.sides();
        for (side, points) in [(a, x), (b, y)] {
            side.holds(points)?;
        }
        // 1e-12 of the largest value: the rounding of arguments, where terms vanish.
        let largest = values.norm_max();
        for (i, p) in x.rows().enumerate() {
            let left = a.at(p);
            for (j, q) in y.rows().enumerate() {
                let terms = left.iter().zip(b.at(q)).map(|(a, b)| a.value() * b.value());
                let (sum, size) = terms.fold((Some(0.0), 0.0), |(s, z), t| {
                    (s.zip(t.middle()).map(|(s, t)| s + t), z + t.magnitude())
                });
                let value = values[(i, j)];
                // 1e-9 of the terms: the rounding of a sum that cancels.
                let allowed = self.tail + 1e-9 * (size + value.abs()) + 1e-12 * largest;
                let close = |sum: f64| (sum - value).abs() <= allowed;
                if !sum.is_some_and(close) {
                    return Err(refused(format!(
                        "the sum is {} but r(x, y) = {value} at x = {p:?}, y = {q:?}, farther than the tail {}",
                        sum.unwrap_or(f64::NAN),
                        self.tail
                    )));
                }
            }
        }
        Ok(())
    }
}

impl RidgeFeatures {
    /// Checks ranges and the norm at points of the right dimension.
    fn holds(&self, points: &Points) -> Result<(), RelationError> {
        for r in &self.ridges {
            let (low, high) = r.range;
            // The rounding of the inner product, no more: nothing is known of profiles outside of
            // their range.
            for x in points.rows() {
                let terms = r.direction.iter().zip(x).map(|(d, x)| d * x);
                let (t, size) = terms.fold((0.0, 0.0), |(t, z), v| (t + v, z + v.abs()));
                let slack = 64.0 * f64::EPSILON * (low.abs().max(high.abs()) + size);
                if !(low - slack..=high + slack).contains(&t) {
                    return Err(refused(format!(
                        "<d, x> = {t} at x = {x:?}, outside of the range {:?}",
                        r.range
                    )));
                }
            }
        }
        if let Some(norm) = self.norm {
            for x in points.rows() {
                // The least that the features can be; 1e-9 is the rounding of a declared norm.
                let least = |a: &Enclosure| a.value().abs().low();
                let found = norm2(self.at(x).iter().map(least));
                if found > norm * (1.0 + 1e-9) {
                    return Err(refused(format!(
                        "features of norm {found} at x = {x:?}, above the declared {norm}"
                    )));
                }
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Ridge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let features: Vec<usize> = self.profiles.iter().map(|(k, _)| *k).collect();
        f.debug_struct("Ridge")
            .field("direction", &self.direction)
            .field("range", &self.range)
            .field("features", &features)
            .finish()
    }
}

fn checked(r: Ridges) -> Result<Ridges, RelationError> {
    if r.rank() == 0 {
        return Err(refused("a sum without features; there must be at least one".to_owned()));
    }
    if r.tail >= 0.0 && r.tail.is_finite() {
        Ok(r)
    } else {
        Err(refused(format!("a tail of {}; it must be finite and nonnegative", r.tail)))
    }
}

fn refused(reason: String) -> RelationError {
    RelationError::Combination { operation: "ridges", reason }
}
