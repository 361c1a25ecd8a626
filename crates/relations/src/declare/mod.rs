//! What a user declares of a relation, and what each declaration is held against.
//!
//! | declaration | checked when | against |
//! |---|---|---|
//! | [`symmetric`](FnRelation::symmetric), [`antisymmetric`](FnRelation::antisymmetric) | made, and again when an enclosure is attached | pairs of about 150 points; with an enclosure in up to four parameters, branch and bound on `r(x, y) -+ r(y, x)` under a budget |
//! | [`positive_semidefinite`](FnRelation::positive_semidefinite) | made | all eigenvalues of the Gram matrix of about 150 points |
//! | [`conditionally_negative`](FnRelation::conditionally_negative) | made | the same on vectors of sum 0 |
//! | [`with_lipschitz`](FnRelation::with_lipschitz) | made, and again when an enclosure is attached | pairs far and near, and a climb to the steepest place; with an enclosure, where it allows the steepest slopes |
//! | [`with_enclosure`](FnRelation::with_enclosure) | made | values, changes and second differences on boxes of all sizes, and round numbers for points where the relation is not defined |
//! | [`with_ridges`](FnRelation::with_ridges) | made | values at three tails |
//! | [`with_spectrum`](FnRelation::with_spectrum) | first asked for | the norm and the largest values on two rules |
//! | [`with_regularity`](FnRelation::with_regularity) | made | jumps of what is declared continuous, by halving; kinks are not looked for |
//!
//! A check refutes, it does not prove: [`Relation::evidence`] says what it was. Tolerances are
//! relative to the values that are compared: `1e-9` of them and `1e-12` of the largest value met,
//! which is what a formula in `f64` may lose to cancellation.

mod definite;
mod enclosed;
mod jumps;
mod mirror;
mod sites;
mod slopes;
mod spectrum;

pub(crate) use spectrum::check_spectrum;

use crate::enclosure::Enclosure;
use crate::evidence::{Evidence, Fact};
use crate::function::FnRelation;
use crate::points::Points;
use crate::relation::{Definiteness, Regularity, Relation, RelationError, Symmetry, evaluate};
use crate::ridges::Ridges;
use crate::spectrum::Spectrum;
use definite::Form;
use sites::{Sites, sites};

/// Of the values that are compared: the rounding of a formula that does not cancel.
const RELATIVE: f64 = 1e-9;

/// Of the largest value met: what may be lost to cancellation.
const CANCELLED: f64 = 1e-12;

impl FnRelation {
    /// Declares `r(y, x) = r(x, y)`.
    ///
    /// # Errors
    /// [`RelationError::Combination`] if the spaces differ or a pair of points is found that
    /// violates it.
    pub fn symmetric(mut self) -> Result<Self, RelationError> {
        let evidence = mirror::check(&self, 1.0, "symmetric")?;
        self.facts.symmetry = Symmetry::Symmetric;
        self.facts.definiteness = Definiteness::Indefinite;
        self.facts.evidence.set(Fact::Symmetry, evidence);
        self.facts.evidence.set(Fact::Definiteness, Evidence::Theorem);
        Ok(self)
    }

    /// Declares `r(y, x) = -r(x, y)`.
    ///
    /// # Errors
    /// [`RelationError::Combination`] if the spaces differ or a pair of points is found that
    /// violates it.
    pub fn antisymmetric(mut self) -> Result<Self, RelationError> {
        let evidence = mirror::check(&self, -1.0, "antisymmetric")?;
        self.facts.symmetry = Symmetry::Antisymmetric;
        self.facts.definiteness = Definiteness::Asymmetric;
        self.facts.evidence.set(Fact::Symmetry, evidence);
        self.facts.evidence.set(Fact::Definiteness, Evidence::Theorem);
        Ok(self)
    }

    /// Declares the relation symmetric and positive semidefinite, a kernel.
    ///
    /// # Errors
    /// [`RelationError::Combination`] if the spaces differ or points are found whose Gram matrix has
    /// a negative eigenvalue.
    pub fn positive_semidefinite(self) -> Result<Self, RelationError> {
        self.definite(Definiteness::PositiveSemidefinite, Form::PositiveSemidefinite)
    }

    /// Declares the relation symmetric and conditionally negative, such as a power `|x - y|^a` of
    /// the distance with `0 < a <= 2` (Schoenberg 1938).
    ///
    /// ```
    /// use relata_relations::{Definiteness, Interval, Relation, relation_fn, schoenberg};
    /// let unit = Interval::unit();
    /// let distance = relation_fn(unit.clone(), unit, |x, y| (x[0] - y[0]).abs()).conditionally_negative()?;
    /// assert_eq!(schoenberg(3.0, distance)?.definiteness(), Definiteness::PositiveSemidefinite);
    /// # Ok::<(), relata_relations::RelationError>(())
    /// ```
    ///
    /// # Errors
    /// [`RelationError::Combination`] if the spaces differ or points are found for which the form is
    /// positive on a vector of sum 0.
    pub fn conditionally_negative(self) -> Result<Self, RelationError> {
        self.definite(Definiteness::ConditionallyNegative, Form::ConditionallyNegative)
    }

    fn definite(self, definiteness: Definiteness, form: Form) -> Result<Self, RelationError> {
        let mut r = self.symmetric()?;
        let points = definite::check(&r, form)?;
        r.facts.definiteness = definiteness;
        r.facts.evidence.set(Fact::Definiteness, Evidence::Compared { points });
        Ok(r)
    }

    /// Declares a Lipschitz constant in the joint Euclidean norm ([`Relation::lipschitz`]).
    ///
    /// # Errors
    /// [`RelationError::Combination`] if it is negative, not finite, or violated by a pair of
    /// points.
    pub fn with_lipschitz(mut self, constant: f64) -> Result<Self, RelationError> {
        if !(constant.is_finite() && constant >= 0.0) {
            let reason =
                format!("{constant} is not a valid Lipschitz constant; it must be finite and nonnegative");
            return Err(RelationError::Combination { operation: "with_lipschitz", reason });
        }
        let points = slopes::check(&self, constant)?;
        self.facts.lipschitz = Some(constant);
        self.facts.evidence.set(Fact::Lipschitz, Evidence::Compared { points });
        Ok(self)
    }

    /// Attaches the formula in interval arithmetic ([`Relation::enclose`]), which lets certificates
    /// be tight. What was declared before is held against it as well.
    ///
    /// ```
    /// use relata_relations::{Interval, relation_fn};
    /// let r = relation_fn(Interval::unit(), Interval::unit(), |x, y| (x[0] * y[0]).exp());
    /// assert!(r.clone().with_enclosure(|x, y| (x[0] * y[0]).exp()).is_ok());
    /// assert!(r.with_enclosure(|x, y| (x[0] + y[0]).exp()).is_err());
    /// ```
    ///
    /// # Errors
    /// [`RelationError::Combination`] if it leaves out a value, a change or a second difference of
    /// the relation, or refutes what was declared before; [`RelationError::NonFinite`] if the
    /// relation is not finite somewhere.
    pub fn with_enclosure(
        self,
        f: impl Fn(&[Enclosure], &[Enclosure]) -> Enclosure + Send + Sync + 'static,
    ) -> Result<Self, RelationError> {
        let mut r = self.enclosed_by(move |x, y| Some(f(x, y)));
        let points = enclosed::check(&r)?;
        r.facts.evidence.set(Fact::Enclosure, Evidence::Compared { points });
        let declared = |fact| !r.facts.evidence.get(fact).is_proof();
        let (mirrored, steep) = (declared(Fact::Symmetry), declared(Fact::Lipschitz));
        if mirrored {
            let (sign, operation) = match r.facts.symmetry {
                Symmetry::Antisymmetric => (-1.0, "antisymmetric"),
                Symmetry::Symmetric | Symmetry::Asymmetric => (1.0, "symmetric"),
            };
            let evidence = mirror::check(&r, sign, operation)?;
            r.facts.evidence.set(Fact::Symmetry, evidence);
        }
        if let Some(constant) = r.facts.lipschitz.filter(|_| steep) {
            slopes::check(&r, constant)?;
        }
        Ok(r)
    }

    /// Attaches sums of products of ridge functions ([`Relation::ridges`]), one for each tail that
    /// may be asked for.
    ///
    /// # Errors
    /// [`RelationError::Combination`] if directions, ranges or values do not fit, for a tail of a
    /// tenth, a hundredth or a ten-thousandth of the largest value.
    pub fn with_ridges(
        self,
        f: impl Fn(f64) -> Option<Ridges> + Send + Sync + 'static,
    ) -> Result<Self, RelationError> {
        let mut r = self.ridged_by(f);
        let (sx, sy) = r.spaces();
        let (p, q) = (sites(sx, "declare/x").points, sites(sy, "declare/y").points);
        let values = evaluate(&r, &p, &q)?;
        for part in [1e-1, 1e-2, 1e-4] {
            if let Some(ridges) = r.ridges(part * values.norm_max()) {
                ridges.check(&r, (&p, &q), values.as_ref())?;
            }
        }
        r.facts.evidence.set(Fact::Ridges, Evidence::Compared { points: p.len() * q.len() });
        Ok(r)
    }

    /// Declares how smooth the relation is. Where it jumps, a declaration that it is continuous is
    /// withdrawn: the regularity is [`Regularity::Unknown`]. Nothing holds a kink against one that it
    /// is smooth ([`Evidence::Believed`]).
    ///
    /// ```
    /// use relata_relations::{Interval, Regularity, Relation, relation_fn};
    /// let order = |x: &[f64], y: &[f64]| if x[0] < y[0] { 1.0 } else { 0.0 };
    /// let r = relation_fn(Interval::unit(), Interval::unit(), order).with_regularity(Regularity::Smooth);
    /// assert_eq!(r.regularity(), Regularity::Unknown);
    /// ```
    #[must_use]
    pub fn with_regularity(mut self, regularity: Regularity) -> Self {
        let continuous = matches!(regularity, Regularity::Smooth | Regularity::Kink);
        let jumps = continuous.then(|| jumps::largest(&self));
        let (held, evidence) = match (regularity, jumps) {
            (Regularity::Unknown, _) => (true, Evidence::Theorem),
            (Regularity::Kink, Some(Ok((jump, points)))) => (jump == 0.0, Evidence::Compared { points }),
            (_, Some(Ok((jump, _)))) => (jump == 0.0, Evidence::Believed),
            // Values that cannot be computed are an error where they are needed.
            (_, None | Some(Err(_))) => (true, Evidence::Believed),
        };
        self.facts.regularity = if held { regularity } else { Regularity::Unknown };
        self.facts.evidence.set(Fact::Regularity, if held { evidence } else { Evidence::Theorem });
        self
    }

    /// Attaches the exact spectrum. It is held against the values when it is first asked for: one
    /// that they refute is the error of [`Relation::checked_spectrum`], and no spectrum for
    /// [`Relation::spectrum`].
    ///
    /// ```
    /// use relata_relations::{Interval, Relation, Spectrum, relation_fn};
    /// let r = relation_fn(Interval::unit(), Interval::unit(), |x, y| (20.0 * x[0] * y[0]).sin());
    /// let r = r.with_spectrum(Spectrum::singular_values(vec![1.0], 0.0)?);
    /// assert!(r.checked_spectrum().is_err() && r.spectrum().is_none());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_spectrum(self, spectrum: Spectrum) -> Self {
        let mut r = self.with_declared_spectrum(spectrum);
        r.facts.evidence.set(Fact::Spectrum, Evidence::Compared { points: spectrum::NODES });
        r
    }
}

/// The value at one pair.
fn value(r: &dyn Relation, x: &[f64], y: &[f64]) -> Result<f64, RelationError> {
    let point = |v: &[f64]| Points::from_finite(v.len(), v.to_vec());
    Ok(evaluate(r, &point(x), &point(y))?[(0, 0)])
}
