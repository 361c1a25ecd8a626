//! Relations given by a closure: the user's own in one line, and the building block of combinators
//! and catalogue.

use crate::catalogue::Formula;
use crate::enclosure::Enclosure;
use crate::fourier::FourierForm;
use crate::identity::{Identity, same_space};
use crate::points::Points;
use crate::relation::{Definiteness, Regularity, Relation, RelationError, Symmetry, evaluate, fill};
use crate::ridges::Ridges;
use crate::space::Space;
use crate::spectrum::Spectrum;
use crate::stream::Seed;
use faer::{Mat, MatMut};
use std::num::NonZeroUsize;
use std::sync::{Arc, OnceLock};

/// The relation `r(x, y) = f(x, y)` on `x_space` times `y_space`, from a closure of two points.
///
/// ```
/// use relata_relations::{evaluate, relation_fn, Interval, Relation, Symmetry};
/// let r = relation_fn(Interval::unit(), Interval::unit(), |x, y| (x[0] - y[0]).sin());
/// let points = relata_relations::Points::line(vec![0.0, 0.5, 1.0])?;
/// let matrix = evaluate(&r, &points, &points)?;
/// assert!((matrix[(2, 0)] - 1f64.sin()).abs() < 1e-15);
///
/// // What is known of it can be declared; declarations are spot-checked.
/// let r = r.named("sine of the difference").antisymmetric()?.with_lipschitz(2f64.sqrt())?;
/// assert_eq!(r.symmetry(), Symmetry::Antisymmetric);
/// assert!(r.symmetric().is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn relation_fn(
    x_space: impl Space + 'static,
    y_space: impl Space + 'static,
    f: impl Fn(&[f64], &[f64]) -> f64 + Send + Sync + 'static,
) -> FnRelation {
    relation_blocks(x_space, y_space, move |x, y, out| {
        fill(x, y, out, &f);
        Ok(())
    })
}

/// The relation whose blocks `out[i, j] = r(x_i, y_j)` a closure fills: [`relation_fn`] for those
/// who can do better than one pair at a time.
pub fn relation_blocks(
    x_space: impl Space + 'static,
    y_space: impl Space + 'static,
    f: impl Fn(&Points, &Points, MatMut<'_, f64>) -> Result<(), RelationError> + Send + Sync + 'static,
) -> FnRelation {
    FnRelation {
        name: "relation".into(),
        x: Arc::new(x_space),
        y: Arc::new(y_space),
        block: Arc::new(f),
        facts: Facts::default(),
        factors: None,
        formula: None,
        fourier: None,
        tails: None,
        enclosure: None,
        ridges: None,
        spectrum: Arc::new(LazySpectrum { closed_form: Box::new(|| None), value: OnceLock::new() }),
    }
}

/// A relation given by a closure, with what is known of it.
#[derive(Clone)]
pub struct FnRelation {
    name: String,
    x: Arc<dyn Space>,
    y: Arc<dyn Space>,
    block: Arc<BlockFn>,
    facts: Facts,
    factors: Option<Vec<Arc<dyn Relation>>>,
    formula: Option<(Formula, Arc<[f64]>)>,
    fourier: Option<FourierForm>,
    tails: Option<Arc<TailsFn>>,
    enclosure: Option<Arc<EncloseFn>>,
    ridges: Option<Arc<RidgesFn>>,
    spectrum: Arc<LazySpectrum>,
}

type EncloseFn = dyn Fn(&[Enclosure], &[Enclosure]) -> Option<Enclosure> + Send + Sync;

type TailsFn = dyn Fn(usize) -> Option<Vec<f64>> + Send + Sync;

type RidgesFn = dyn Fn(f64) -> Option<Ridges> + Send + Sync;

type BlockFn = dyn Fn(&Points, &Points, MatMut<'_, f64>) -> Result<(), RelationError> + Send + Sync;

/// What is known of a relation, besides its values and spectrum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Facts {
    pub(crate) symmetry: Symmetry,
    pub(crate) definiteness: Definiteness,
    pub(crate) regularity: Regularity,
    pub(crate) lipschitz: Option<f64>,
}

impl Facts {
    pub(crate) fn of(r: &dyn Relation) -> Self {
        Self {
            symmetry: r.symmetry(),
            definiteness: r.definiteness(),
            regularity: r.regularity(),
            lipschitz: r.lipschitz(),
        }
    }
}

impl Default for Facts {
    fn default() -> Self {
        Self {
            symmetry: Symmetry::Asymmetric,
            definiteness: Definiteness::Asymmetric,
            regularity: Regularity::Unknown,
            lipschitz: None,
        }
    }
}

/// A closed form, computed when it is first asked for.
struct LazySpectrum {
    closed_form: Box<dyn Fn() -> Option<Spectrum> + Send + Sync>,
    value: OnceLock<Option<Spectrum>>,
}

impl FnRelation {
    /// Sets the name, which tables and errors show.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Declares `r(y, x) = r(x, y)`; checked on a few points.
    ///
    /// # Errors
    /// [`RelationError::Combination`] if the spaces differ or a pair of points is found that
    /// violates it.
    pub fn symmetric(mut self) -> Result<Self, RelationError> {
        self.check_mirror(1.0, "symmetric")?;
        self.facts.symmetry = Symmetry::Symmetric;
        self.facts.definiteness = Definiteness::Indefinite;
        Ok(self)
    }

    /// Declares `r(y, x) = -r(x, y)`; checked on a few points.
    ///
    /// # Errors
    /// [`RelationError::Combination`] if the spaces differ or a pair of points is found that
    /// violates it.
    pub fn antisymmetric(mut self) -> Result<Self, RelationError> {
        self.check_mirror(-1.0, "antisymmetric")?;
        self.facts.symmetry = Symmetry::Antisymmetric;
        self.facts.definiteness = Definiteness::Asymmetric;
        Ok(self)
    }

    /// Declares the relation symmetric and positive semidefinite, a kernel; checked on a few pairs
    /// of points (`r(x, x) >= 0` and `r(x, y)^2 <= r(x, x) r(y, y)`).
    ///
    /// # Errors
    /// [`RelationError::Combination`] if the spaces differ or a pair of points is found that
    /// violates it.
    pub fn positive_semidefinite(self) -> Result<Self, RelationError> {
        let mut kernel = self.symmetric()?;
        let wrong = |a: f64, b: f64, c: f64| a < 0.0 || b * b > a * c * (1.0 + 1e-9);
        kernel.check_pairs("positive_semidefinite", wrong)?;
        kernel.facts.definiteness = Definiteness::PositiveSemidefinite;
        Ok(kernel)
    }

    /// Declares the relation symmetric and conditionally negative, such as a power `|x - y|^a` of
    /// the distance with `0 < a <= 2` (Schoenberg 1938); checked on a few pairs of points
    /// (`r(x, x) + r(y, y) <= 2 r(x, y)`).
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
    /// [`RelationError::Combination`] if the spaces differ or a pair of points is found that
    /// violates it.
    pub fn conditionally_negative(self) -> Result<Self, RelationError> {
        let mut r = self.symmetric()?;
        let wrong = |a: f64, b: f64, c: f64| a + c - 2.0 * b > 1e-9 * (a.abs() + c.abs() + b.abs());
        r.check_pairs("conditionally_negative", wrong)?;
        r.facts.definiteness = Definiteness::ConditionallyNegative;
        Ok(r)
    }

    /// Declares a Lipschitz constant in the joint Euclidean norm ([`Relation::lipschitz`]); checked
    /// on a few points.
    ///
    /// # Errors
    /// [`RelationError::Combination`] if it is negative, not finite, or violated by a pair of
    /// points.
    pub fn with_lipschitz(mut self, constant: f64) -> Result<Self, RelationError> {
        if !(constant.is_finite() && constant >= 0.0) {
            let reason = format!("{constant} is no Lipschitz constant; it must be finite and nonnegative");
            return Err(RelationError::Combination { operation: "with_lipschitz", reason });
        }
        self.check_slopes(constant)?;
        self.facts.lipschitz = Some(constant);
        Ok(self)
    }

    /// Attaches the formula in interval arithmetic ([`Relation::enclose`]), which lets certificates
    /// be tight; checked on a few points.
    ///
    /// ```
    /// use relata_relations::{Interval, relation_fn};
    /// let r = relation_fn(Interval::unit(), Interval::unit(), |x, y| (x[0] * y[0]).exp());
    /// assert!(r.clone().with_enclosure(|x, y| (x[0] * y[0]).exp()).is_ok());
    /// assert!(r.with_enclosure(|x, y| (x[0] + y[0]).exp()).is_err());
    /// ```
    ///
    /// # Errors
    /// [`RelationError::Combination`] if it leaves out a value of the relation.
    pub fn with_enclosure(
        self,
        f: impl Fn(&[Enclosure], &[Enclosure]) -> Enclosure + Send + Sync + 'static,
    ) -> Result<Self, RelationError> {
        let r = self.enclosed_by(move |x, y| Some(f(x, y)));
        r.check_enclosure()?;
        Ok(r)
    }

    /// An enclosure that is a theorem for this relation, unchecked.
    pub(crate) fn enclosed_by(
        mut self,
        f: impl Fn(&[Enclosure], &[Enclosure]) -> Option<Enclosure> + Send + Sync + 'static,
    ) -> Self {
        self.enclosure = Some(Arc::new(f));
        self
    }

    /// Attaches sums of products of ridge functions ([`Relation::ridges`]), one for each tail that
    /// may be asked for; the one for a hundredth of the largest value is checked on a few points.
    ///
    /// # Errors
    /// [`RelationError::Combination`] if directions, ranges or values do not fit.
    pub fn with_ridges(
        self,
        f: impl Fn(f64) -> Option<Ridges> + Send + Sync + 'static,
    ) -> Result<Self, RelationError> {
        let r = self.ridged_by(f);
        let (p, q) = (r.probe("declare/x", &r.x), r.probe("declare/y", &r.y));
        let values = evaluate(&r, &p, &q)?;
        if let Some(ridges) = r.ridges(1e-2 * values.norm_max()) {
            ridges.check(&r, (&p, &q), values.as_ref())?;
        }
        Ok(r)
    }

    /// Sums of ridge functions that are a theorem for this relation, unchecked.
    pub(crate) fn ridged_by(mut self, f: impl Fn(f64) -> Option<Ridges> + Send + Sync + 'static) -> Self {
        self.ridges = Some(Arc::new(f));
        self
    }

    /// Declares how smooth the relation is.
    #[must_use]
    pub fn with_regularity(mut self, regularity: Regularity) -> Self {
        self.facts.regularity = regularity;
        self
    }

    /// Attaches the exact spectrum.
    #[must_use]
    pub fn with_spectrum(self, spectrum: Spectrum) -> Self {
        self.with_closed_form(move || Some(spectrum.clone()))
    }

    /// Attaches an exact spectrum that is computed when first asked for.
    pub(crate) fn with_closed_form(
        mut self,
        closed_form: impl Fn() -> Option<Spectrum> + Send + Sync + 'static,
    ) -> Self {
        self.spectrum = Arc::new(LazySpectrum { closed_form: Box::new(closed_form), value: OnceLock::new() });
        self
    }

    /// Facts that are theorems for this relation, unchecked.
    pub(crate) fn with_facts(mut self, facts: Facts) -> Self {
        self.facts = facts;
        self
    }

    pub(crate) fn with_factors(mut self, factors: Option<Vec<Arc<dyn Relation>>>) -> Self {
        self.factors = factors;
        self
    }

    /// Says that the relation is that of the catalogue with these parameters, on its spaces:
    /// another one made with the same is then the same relation.
    pub(crate) fn of_formula(mut self, formula: Formula, parameters: &[f64]) -> Self {
        self.formula = Some((formula, parameters.into()));
        self
    }

    /// A Fourier transform that is a theorem for this relation.
    pub(crate) fn with_fourier(mut self, form: Option<FourierForm>) -> Self {
        self.fourier = form;
        self
    }

    /// Sup errors of the truncated Mercer expansion that are a theorem for this relation.
    pub(crate) fn with_tails(
        mut self,
        tails: impl Fn(usize) -> Option<Vec<f64>> + Send + Sync + 'static,
    ) -> Self {
        self.tails = Some(Arc::new(tails));
        self
    }

    fn probe(&self, name: &str, space: &dyn Space) -> Points {
        const PROBES: NonZeroUsize = NonZeroUsize::MIN.saturating_add(11);
        space.sample(PROBES, &mut Seed(0).stream(name))
    }

    fn check_mirror(&self, sign: f64, operation: &'static str) -> Result<(), RelationError> {
        if !same_space(&self.x, &self.y) {
            let reason =
                format!("{} lives on two spaces, {} and {}", self.name, self.x.name(), self.y.name());
            return Err(RelationError::Combination { operation, reason });
        }
        let (p, q) = (self.probe("declare/x", &self.x), self.probe("declare/y", &self.x));
        let (there, back) = (evaluate(self, &p, &q)?, evaluate(self, &q, &p)?);
        for i in 0..p.len() {
            for j in 0..q.len() {
                let (a, b) = (there[(i, j)], back[(j, i)]);
                if (a - sign * b).abs() > 1e-9 * a.abs().max(b.abs()) {
                    let (x, y) = (p.row(i), q.row(j));
                    let reason =
                        format!("{}: r(x, y) = {a} but r(y, x) = {b} at x = {x:?}, y = {y:?}", self.name);
                    return Err(RelationError::Combination { operation, reason });
                }
            }
        }
        Ok(())
    }

    /// Refuses if `wrong(r(x, x), r(x, y), r(y, y))` for a pair of points.
    fn check_pairs(
        &self,
        operation: &'static str,
        wrong: impl Fn(f64, f64, f64) -> bool,
    ) -> Result<(), RelationError> {
        let p = self.probe("declare/x", &self.x);
        let gram: Mat<f64> = evaluate(self, &p, &p)?;
        for i in 0..p.len() {
            for j in 0..p.len() {
                let (a, b, c) = (gram[(i, i)], gram[(i, j)], gram[(j, j)]);
                if wrong(a, b, c) {
                    let (x, y) = (p.row(i), p.row(j));
                    let reason = format!(
                        "{}: r(x, x) = {a}, r(x, y) = {b}, r(y, y) = {c} at x = {x:?}, y = {y:?}",
                        self.name
                    );
                    return Err(RelationError::Combination { operation, reason });
                }
            }
        }
        Ok(())
    }

    fn check_enclosure(&self) -> Result<(), RelationError> {
        let (p, q) = (self.probe("declare/x", &self.x), self.probe("declare/y", &self.y));
        let values = evaluate(self, &p, &q)?;
        let constants = |v: &[f64]| v.iter().map(|c| Enclosure::constant(*c)).collect::<Vec<_>>();
        for i in 0..p.len() {
            for j in 0..q.len() {
                let (x, y) = (p.row(i), q.row(j));
                let bracket = self.enclose(&constants(x), &constants(y)).map(|e| e.value());
                let value = values[(i, j)];
                let slack = 1e-12 * (1.0 + value.abs());
                if bracket.is_some_and(|b| value < b.low() - slack || value > b.high() + slack) {
                    let reason = format!(
                        "{}: r(x, y) = {value} at x = {x:?}, y = {y:?} is outside of its enclosure {bracket:?}",
                        self.name
                    );
                    return Err(RelationError::Combination { operation: "with_enclosure", reason });
                }
            }
        }
        Ok(())
    }

    fn check_slopes(&self, constant: f64) -> Result<(), RelationError> {
        let (p, q) = (self.probe("declare/x", &self.x), self.probe("declare/y", &self.y));
        let values = evaluate(self, &p, &q)?;
        let distance = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>();
        let n = p.len();
        for k in 0..n * n {
            let (i, j) = (k / n, k % n);
            // Each pair against its neighbour in x, in y and in both.
            for (i2, j2) in [((i + 1) % n, j), (i, (j + 1) % n), ((i + 1) % n, (j + 1) % n)] {
                let step = (distance(p.row(i), p.row(i2)) + distance(q.row(j), q.row(j2))).sqrt();
                let rise = (values[(i, j)] - values[(i2, j2)]).abs();
                if rise > constant * step * (1.0 + 1e-9) + 1e-12 * values[(i, j)].abs() {
                    let reason = format!(
                        "{}: the value changes by {rise} over a distance of {step} from x = {:?}, y = {:?}, more than {constant} times that",
                        self.name,
                        p.row(i),
                        q.row(j)
                    );
                    return Err(RelationError::Combination { operation: "with_lipschitz", reason });
                }
            }
        }
        Ok(())
    }
}

impl Relation for FnRelation {
    fn name(&self) -> String {
        self.name.clone()
    }

    /// The formula and its parameters on these spaces, where the catalogue made it; otherwise the
    /// closure, which clones share and nothing replaces.
    fn identity(&self) -> Identity<'_> {
        let Some((formula, parameters)) = &self.formula else { return Identity::of_object(&*self.block) };
        let numbers = [f64::from(*formula as u8)].into_iter().chain(parameters.iter().copied());
        let spaces = vec![self.x.identity(), self.y.identity()];
        Identity::of_value::<Self>(numbers.collect::<Vec<f64>>(), spaces)
    }

    fn spaces(&self) -> (&dyn Space, &dyn Space) {
        (&self.x, &self.y)
    }

    fn eval_into(&self, x: &Points, y: &Points, out: MatMut<'_, f64>) -> Result<(), RelationError> {
        (self.block)(x, y, out)
    }

    fn symmetry(&self) -> Symmetry {
        self.facts.symmetry
    }

    fn definiteness(&self) -> Definiteness {
        self.facts.definiteness
    }

    fn regularity(&self) -> Regularity {
        self.facts.regularity
    }

    fn lipschitz(&self) -> Option<f64> {
        self.facts.lipschitz
    }

    fn enclose(&self, x: &[Enclosure], y: &[Enclosure]) -> Option<Enclosure> {
        (self.enclosure.as_ref()?)(x, y)
    }

    fn spectrum(&self) -> Option<Spectrum> {
        self.spectrum.value.get_or_init(|| (self.spectrum.closed_form)()).clone()
    }

    fn tensor_factors(&self) -> Option<Vec<Arc<dyn Relation>>> {
        self.factors.clone()
    }

    fn ridges(&self, tail: f64) -> Option<Ridges> {
        (self.ridges.as_ref()?)(tail)
    }

    fn fourier(&self) -> Option<FourierForm> {
        self.fourier
    }

    fn mercer_tails(&self, most: usize) -> Option<Vec<f64>> {
        (self.tails.as_ref()?)(most)
    }
}

impl std::fmt::Debug for FnRelation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self as &dyn Relation)
    }
}
