//! Relations given by a closure: the user's own in one line, and the building block of combinators
//! and catalogue.

use crate::catalogue::Formula;
use crate::declare::check_spectrum;
use crate::enclosure::Enclosure;
use crate::evidence::{Evidence, EvidenceTable, Fact};
use crate::fourier::FourierForm;
use crate::identity::Identity;
use crate::pair_form::PairForm;
use crate::points::Points;
use crate::relation::{Definiteness, Regularity, Relation, RelationError, Symmetry, fill};
use crate::ridges::Ridges;
use crate::space::Space;
use crate::spectrum::Spectrum;
use faer::MatMut;
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
        pair_form: None,
        fourier: None,
        tails: None,
        enclosure: None,
        ridges: None,
        spectrum: Arc::new(LazySpectrum::new(SpectrumSource::ClosedForm(Box::new(|| Ok(None))))),
    }
}

/// A relation given by a closure, with what is known of it.
#[derive(Clone)]
pub struct FnRelation {
    name: String,
    x: Arc<dyn Space>,
    y: Arc<dyn Space>,
    block: Arc<BlockFn>,
    pub(crate) facts: Facts,
    factors: Option<Vec<Arc<dyn Relation>>>,
    formula: Option<(Formula, Arc<[f64]>)>,
    pair_form: Option<PairForm>,
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
    /// How each of them, the enclosure, the ridges and the spectrum are known.
    pub(crate) evidence: EvidenceTable,
}

impl Facts {
    pub(crate) fn of(r: &dyn Relation) -> Self {
        Self {
            symmetry: r.symmetry(),
            definiteness: r.definiteness(),
            regularity: r.regularity(),
            lipschitz: r.lipschitz(),
            evidence: EvidenceTable::of(r),
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
            evidence: EvidenceTable::THEOREMS,
        }
    }
}

/// A spectrum that is computed, or held against the values, when it is first asked for.
struct LazySpectrum {
    source: SpectrumSource,
    value: OnceLock<Result<Option<Spectrum>, RelationError>>,
}

enum SpectrumSource {
    ClosedForm(Box<SpectrumFn>),
    Declared(Spectrum),
}

type SpectrumFn = dyn Fn() -> Result<Option<Spectrum>, RelationError> + Send + Sync;

impl LazySpectrum {
    fn new(source: SpectrumSource) -> Self {
        Self { source, value: OnceLock::new() }
    }
}

impl FnRelation {
    /// Sets the name, which tables and errors show.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// An enclosure that is a theorem for this relation, unchecked.
    pub(crate) fn enclosed_by(
        mut self,
        f: impl Fn(&[Enclosure], &[Enclosure]) -> Option<Enclosure> + Send + Sync + 'static,
    ) -> Self {
        self.enclosure = Some(Arc::new(f));
        self
    }

    /// Sums of ridge functions that are a theorem for this relation, unchecked.
    pub(crate) fn ridged_by(mut self, f: impl Fn(f64) -> Option<Ridges> + Send + Sync + 'static) -> Self {
        self.ridges = Some(Arc::new(f));
        self
    }

    /// Attaches an exact spectrum that is computed when first asked for.
    pub(crate) fn with_closed_form(
        mut self,
        closed_form: impl Fn() -> Option<Spectrum> + Send + Sync + 'static,
    ) -> Self {
        let source = SpectrumSource::ClosedForm(Box::new(move || Ok(closed_form())));
        self.spectrum = Arc::new(LazySpectrum::new(source));
        self
    }

    /// The spectrum that a combinator takes over, with the error of its part.
    pub(crate) fn with_spectrum_of(
        mut self,
        f: impl Fn() -> Result<Option<Spectrum>, RelationError> + Send + Sync + 'static,
    ) -> Self {
        self.spectrum = Arc::new(LazySpectrum::new(SpectrumSource::ClosedForm(Box::new(f))));
        self
    }

    /// A spectrum that is held against the values when it is first asked for.
    pub(crate) fn with_declared_spectrum(mut self, spectrum: Spectrum) -> Self {
        self.spectrum = Arc::new(LazySpectrum::new(SpectrumSource::Declared(spectrum)));
        self
    }

    /// Facts that are theorems for this relation, unchecked.
    pub(crate) fn with_facts(mut self, facts: Facts) -> Self {
        self.facts = facts;
        // A constant that overflows says nothing.
        self.facts.lipschitz = facts.lipschitz.filter(|l| l.is_finite());
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

    /// Says which function of the distance or the inner product the relation is.
    pub(crate) fn with_pair_form(mut self, form: PairForm) -> Self {
        self.pair_form = Some(form);
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

    fn pair_form(&self) -> Option<PairForm> {
        self.pair_form
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
        self.checked_spectrum().ok().flatten()
    }

    fn tensor_factors(&self) -> Option<Vec<Arc<dyn Relation>>> {
        self.factors.clone()
    }

    fn ridges(&self, tail: f64) -> Option<Ridges> {
        (self.ridges.as_ref()?)(tail)
    }

    fn evidence(&self, fact: Fact) -> Evidence {
        self.facts.evidence.get(fact)
    }

    fn checked_spectrum(&self) -> Result<Option<Spectrum>, RelationError> {
        let value = self.spectrum.value.get_or_init(|| match &self.spectrum.source {
            SpectrumSource::ClosedForm(f) => f(),
            SpectrumSource::Declared(s) => check_spectrum(self, s).map(|()| Some(s.clone())),
        });
        value.clone()
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
