//! Named families of preorders, with utilities and scorers for them.

use super::error::DesignError;
use super::scorer::{ScoreSource, Scorer, Term, additive_scorer, affine_scorer, constructed_scorer};
use relata_debreu::families::{OrderFamily, WidthParams};
use relata_networks::{Affine, RelationNet, piecewise_linear};
use relata_relations::catalogue::{gaussian_shifted, negative_squared_distance};
use relata_relations::faer::Mat;
use relata_relations::{Cube, Interval, Points, Relation, Seed, Space, Sphere, matrix_relation, relation_fn};
use std::f64::consts::{PI, TAU};
use std::fmt;
use std::sync::Arc;

/// A family of total preorders `y <=_x y' iff u(x, y) <= u(x, y')`, the measures of queries and
/// keys, and how to build a scorer for it.
#[derive(Clone)]
pub struct Family {
    name: String,
    about: String,
    utility: Arc<dyn Relation>,
    diameter: f64,
    build: Arc<Builder>,
}

type Builder = dyn Fn(f64) -> Result<Scorer, DesignError> + Send + Sync;

impl Family {
    /// A family from its utility. `diameter` bounds the distance between two keys, `build(delta)`
    /// makes a [`Scorer`] whose `delta` is at most that.
    ///
    /// # Errors
    /// [`DesignError::Diameter`] unless the diameter is positive and finite.
    pub fn new(
        name: impl Into<String>,
        about: impl Into<String>,
        utility: Arc<dyn Relation>,
        diameter: f64,
        build: impl Fn(f64) -> Result<Scorer, DesignError> + Send + Sync + 'static,
    ) -> Result<Self, DesignError> {
        if !(diameter > 0.0 && diameter.is_finite()) {
            return Err(DesignError::Diameter(diameter));
        }
        Ok(Self { name: name.into(), about: about.into(), utility, diameter, build: Arc::new(build) })
    }

    /// A family whose scorers are [`constructed_scorer`]s of its utility.
    ///
    /// # Errors
    /// [`DesignError::Diameter`] unless the diameter is positive and finite.
    pub fn constructed(
        name: impl Into<String>,
        about: impl Into<String>,
        utility: Arc<dyn Relation>,
        diameter: f64,
    ) -> Result<Self, DesignError> {
        let own = utility.clone();
        Self::new(name, about, utility, diameter, move |delta| constructed_scorer(own.clone(), delta))
    }

    /// The name, for tables.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What a query prefers.
    #[must_use]
    pub fn about(&self) -> &str {
        &self.about
    }

    /// A utility.
    #[must_use]
    pub fn utility(&self) -> &Arc<dyn Relation> {
        &self.utility
    }

    /// A bound of the distance between two keys.
    #[must_use]
    pub fn diameter(&self) -> f64 {
        self.diameter
    }

    /// A scorer that is within `delta` of the utility, up to query-only terms.
    ///
    /// # Errors
    /// [`DesignError`] where it cannot be built.
    pub fn scorer(&self, delta: f64) -> Result<Scorer, DesignError> {
        (self.build)(delta)
    }
}

impl fmt::Debug for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.about)
    }
}

type Constructor = fn() -> Result<Family, DesignError>;

/// Names and constructors, in the order of tables and figures.
const NAMED: &[(&str, Constructor)] = &[
    ("largest", largest),
    ("popular", popular),
    ("nearest", nearest),
    ("nearest-8d", || nearest_in("nearest-8d", 8)),
    ("direction", direction),
    ("bilinear", bilinear),
    ("ideal-point", ideal_point),
    ("phase", phase),
    ("trade-off", trade_off),
    ("gaussian-shifted", shifted_bump),
    ("orders", orders),
];

/// The named families.
///
/// # Errors
/// [`DesignError`] if one cannot be built; with their fixed parameters they can.
pub fn families() -> Result<Vec<Family>, DesignError> {
    NAMED.iter().map(|(_, build)| build()).collect()
}

/// The names of the families, in the order of tables and figures.
pub fn family_names() -> impl Iterator<Item = &'static str> {
    NAMED.iter().map(|(name, _)| *name)
}

/// The family of that name.
///
/// # Errors
/// [`DesignError::Unknown`].
pub fn family(name: &str) -> Result<Family, DesignError> {
    match NAMED.iter().find(|(n, _)| *n == name) {
        Some((_, build)) => build(),
        None => {
            let names = family_names().collect::<Vec<_>>().join(", ");
            Err(DesignError::Unknown { name: name.into(), names })
        }
    }
}

fn unit() -> Interval {
    Interval::unit()
}

/// `x -> x W + b` from rows of `W` and from `b`.
fn affine<const P: usize, const D: usize>(weight: [[f64; D]; P], bias: [f64; D]) -> Affine {
    Affine::new(Mat::from_fn(P, D, |i, k| weight[i][k]), bias.to_vec())
}

fn identity(p: usize) -> Affine {
    Affine::new(Mat::identity(p, p), vec![0.0; p])
}

/// Every query prefers the largest key: rank 1, exact.
fn largest() -> Result<Family, DesignError> {
    let u = relation_fn(unit(), unit(), |_, y| y[0]).named("largest");
    Family::new("largest", "the largest key, whatever the query", Arc::new(u), 1.0, |_| {
        affine_scorer(affine([[0.0]], [1.0]), identity(1), 1.0)
    })
}

/// One order for all queries, with three peaks: rank 1.
fn popular() -> Result<Family, DesignError> {
    let rate = 3.0 * TAU;
    let u = relation_fn(unit(), unit(), move |_, y| (rate * y[0]).sin() + y[0]);
    let u = u.with_enclosure(move |_, y| (y[0] * rate).sin() + y[0])?.named("popular");
    Family::constructed("popular", "one utility sin(6 pi y) + y for all queries", Arc::new(u), 1.0)
}

/// Nearest neighbours on the interval, by `2 x y - y^2`: rank 2.
fn nearest() -> Result<Family, DesignError> {
    let u = Arc::new(negative_squared_distance(1)?);
    Family::constructed("nearest", "the nearest key in [-1, 1]", u, 2.0)
}

/// Nearest neighbours in more dimensions by `sum_k 2 x_k y_k - y_k^2`: rank `p + 1`.
fn nearest_in(name: &str, p: usize) -> Result<Family, DesignError> {
    let u = Arc::new(negative_squared_distance(p)?);
    let term: Arc<dyn Relation> = Arc::new(negative_squared_distance(1)?);
    let terms: Vec<Term> = (0..p).map(|k| Term::new([k, k], term.clone())).collect();
    let diameter = 2.0 * (p as f64).sqrt();
    Family::new(name, format!("the nearest key in [-1, 1]^{p}"), u, diameter, move |delta| {
        additive_scorer([p, p], &terms, 1.0, delta)
    })
}

/// The nearest key on the sphere, by `<x, y>`: rank 3, exact.
fn direction() -> Result<Family, DesignError> {
    let sphere = Sphere::new(3)?;
    let u = relation_fn(sphere.clone(), sphere, |x, y| x.iter().zip(y).map(|(a, b)| a * b).sum())
        .named("direction");
    let about = "the key of the nearest direction on the sphere in 3 dimensions";
    Family::new("direction", about, Arc::new(u), 2.0, |_| affine_scorer(identity(3), identity(3), 1.0))
}

/// An asymmetric bilinear form: rank 3, exact.
fn bilinear() -> Result<Family, DesignError> {
    const M: [[f64; 3]; 3] = [[0.2, 1.0, 0.0], [-1.0, 0.3, 0.5], [0.4, 0.0, -0.8]];
    let cube = Cube::new(3, -1.0, 1.0)?;
    let form =
        |x: &[f64], y: &[f64]| (0..3).map(|i| (0..3).map(|j| x[i] * M[i][j] * y[j]).sum::<f64>()).sum();
    let u = relation_fn(cube.clone(), cube, form).named("bilinear");
    let diameter = 2.0 * 3f64.sqrt();
    let about = "the key with the largest x'My in [-1, 1]^3, M fixed and asymmetric";
    Family::new("bilinear", about, Arc::new(u), diameter, |_| {
        affine_scorer(affine(M, [0.0; 3]), identity(3), 1.0)
    })
}

/// Nearest to a function of the query: rank 2.
fn ideal_point() -> Result<Family, DesignError> {
    let u = relation_fn(unit(), unit(), |x, y| -(y[0] - x[0] * x[0]).powi(2));
    let u = u.with_enclosure(|x, y| -(y[0] - x[0].square()).square())?.named("ideal point");
    Family::constructed("ideal-point", "the key nearest to the square of the query", Arc::new(u), 1.0)
}

/// A quarter turn ahead of the query: rank 2 and asymmetric.
fn phase() -> Result<Family, DesignError> {
    let u = relation_fn(unit(), unit(), |x, y| (TAU * (y[0] - x[0] - 0.25)).cos());
    let u = u.with_enclosure(|x, y| ((y[0] - x[0] - 0.25) * TAU).cos())?.named("phase");
    Family::constructed("phase", "the key a quarter turn ahead of the query", Arc::new(u), 1.0)
}

/// Two attributes, weighed by the query: rank 2.
fn trade_off() -> Result<Family, DesignError> {
    let square = Cube::new(2, 0.0, 1.0)?;
    let value = |x: &[f64], y: &[f64]| x[0] * (PI * y[0]).sin() + (1.0 - x[0]) * y[1];
    let u = relation_fn(unit(), square, value).named("trade-off");
    let first = relation_fn(unit(), unit(), |x, y| x[0] * (PI * y[0]).sin());
    let second = relation_fn(unit(), unit(), |x, y| (1.0 - x[0]) * y[0]);
    let terms = [
        Term::new([0, 0], Arc::new(first.with_enclosure(|x, y| x[0] * (y[0] * PI).sin())?)),
        Term::new([0, 1], Arc::new(second.with_enclosure(|x, y| (-x[0] + 1.0) * y[0])?)),
    ];
    let about = "x sin(pi y_1) + (1 - x) y_2: the query weighs two attributes";
    Family::new("trade-off", about, Arc::new(u), 2f64.sqrt(), move |delta| {
        additive_scorer([1, 2], &terms, 1.0, delta)
    })
}

/// A shifted Gaussian bump, which is of no finite rank.
fn shifted_bump() -> Result<Family, DesignError> {
    let u = Arc::new(gaussian_shifted(3.0, 0.3)?);
    Family::constructed("gaussian-shifted", "the largest exp(-3 (x - y + 0.3)^2), of no finite rank", u, 2.0)
}

/// Orders of finitely many items by random inner products in three dimensions.
fn orders() -> Result<Family, DesignError> {
    let mut s = Seed(0).stream("families/orders");
    let mut draw = |n: usize| Mat::from_fn(n, 3, |_, _| s.normal());
    let (queries, items) = (draw(24), draw(12));
    factor_family("orders", &queries, &items)
}

/// A finite family of orders at the width that [`OrderFamily::width`] finds; any scores with the
/// right order will do, so that the utility of the family is the inner product of the factors
/// found. Keys and values are item numbers.
///
/// # Errors
/// [`DesignError`] if the family has one item only.
pub fn orders_family(name: &str, orders: &OrderFamily, params: &WidthParams) -> Result<Family, DesignError> {
    let w = orders.width(params);
    factor_family(name, &w.queries, &w.items)
}

/// The orders of `n` items that `m` queries induce, `m x d` and `n x d` factors; each query is
/// rescaled so that its scores span 1.
fn factor_family(name: &str, queries: &Mat<f64>, items: &Mat<f64>) -> Result<Family, DesignError> {
    let scores = queries * items.transpose();
    let span = |i: usize| {
        let row = (0..scores.ncols()).map(|j| scores[(i, j)]);
        let (low, high) = row.fold((f64::INFINITY, f64::NEG_INFINITY), |m, v| (m.0.min(v), m.1.max(v)));
        high - low
    };
    let spans: Vec<f64> = (0..scores.nrows()).map(span).collect();
    let rescaled = |i: usize, k: usize| if spans[i] > 0.0 { queries[(i, k)] / spans[i] } else { 0.0 };
    let queries = Mat::from_fn(queries.nrows(), queries.ncols(), rescaled);
    let items = items.clone();
    let u = matrix_relation(&queries * items.transpose())?.named(name);
    let (m, n) = (queries.nrows(), items.nrows());
    let about = format!("{m} orders of {n} items, by an inner product of width {}", items.ncols());
    Family::new(name, about, Arc::new(u), n.saturating_sub(1) as f64, move |_| {
        // Points are numbers from 0 on.
        let numbers = |n: usize| (0..n).map(|i| i as f64).collect::<Vec<_>>();
        let phi = piecewise_linear(&numbers(m), queries.as_ref())?;
        let psi = piecewise_linear(&numbers(n), items.as_ref())?;
        let net = RelationNet::asymmetric(phi, psi)?;
        let allowed = net.neurons();
        // At the numbers, which are all there is, it is the inner product up to rounding: that is
        // evaluated at each of them.
        let all = |n: usize| Points::line(numbers(n));
        let (found, exact) = (net.evaluate(&all(m)?, &all(n)?), &queries * items.transpose());
        let delta =
            found.col_iter().zip(exact.col_iter()).map(|(a, b)| (a - b).norm_max()).fold(0.0, f64::max);
        Ok(Scorer { net, delta, source: ScoreSource::Exact, allowed })
    })
}

/// The spaces of a family.
pub(crate) fn spaces(f: &Family) -> (&dyn Space, &dyn Space) {
    f.utility.spaces()
}
