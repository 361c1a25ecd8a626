//! Products of spaces.

use crate::enclosure::Enclosure;
use crate::identity::Identity;
use crate::points::Points;
use crate::quadrature::Quadrature;
use crate::scale::norm2;
use crate::space::{Covering, MAX_NODES, Space, SpaceError};
use crate::stream::Stream;
use std::num::NonZeroUsize;
use std::sync::Arc;

/// `X_1 x .. x X_k` with the product measure; the coordinates of the factors follow one another.
#[derive(Clone, Debug)]
pub struct Product {
    factors: Vec<Arc<dyn Space>>,
}

impl Product {
    /// The product of two spaces.
    #[must_use]
    pub fn new(left: Arc<dyn Space>, right: Arc<dyn Space>) -> Self {
        Self { factors: vec![left, right] }
    }

    /// The product of one or more spaces.
    ///
    /// # Errors
    /// [`SpaceError::Parameter`] if there is none.
    pub fn of(factors: Vec<Arc<dyn Space>>) -> Result<Self, SpaceError> {
        if factors.is_empty() {
            let (value, expected) = ("0".into(), "at least 1");
            return Err(SpaceError::Parameter {
                space: "product",
                parameter: "number of factors",
                value,
                expected,
            });
        }
        Ok(Self { factors })
    }

    /// The factors, in the order of their coordinates.
    #[must_use]
    pub fn factors(&self) -> &[Arc<dyn Space>] {
        &self.factors
    }

    fn check_total(
        &self,
        n: NonZeroUsize,
        sizes: impl IntoIterator<Item = usize>,
    ) -> Result<usize, SpaceError> {
        let total = sizes.into_iter().try_fold(1usize, |t, s| t.checked_mul(s)).filter(|t| *t <= MAX_NODES);
        total.ok_or_else(|| SpaceError::TooManyNodes {
            space: self.name(),
            per_axis: n.get(),
            axes: self.axes(),
        })
    }
}

/// All combinations of rows, the last factor running fastest; `visit` gets the row numbers.
fn combine(parts: &[&Points], mut visit: impl FnMut(&[usize])) -> Points {
    let total: usize = parts.iter().map(|p| p.len()).product();
    let dim = parts.iter().map(|p| p.dim()).sum();
    let mut data = Vec::with_capacity(total * dim);
    let mut rows = vec![0; parts.len()];
    for index in 0..total {
        let mut rest = index;
        for (row, part) in rows.iter_mut().zip(parts).rev() {
            *row = rest % part.len();
            rest /= part.len();
        }
        for (row, part) in rows.iter().zip(parts) {
            data.extend_from_slice(part.row(*row));
        }
        visit(&rows);
    }
    Points::from_finite(dim, data)
}

/// Points side by side: row `i` of the result is row `i` of every part, one after the other.
fn beside(parts: &[Points]) -> Points {
    let dim = parts.iter().map(Points::dim).sum();
    let n = parts.iter().map(Points::len).min().unwrap_or(0);
    let data = (0..n).flat_map(|i| parts.iter().flat_map(move |p| p.row(i).iter().copied())).collect();
    Points::from_finite(dim, data)
}

impl Space for Product {
    fn name(&self) -> String {
        self.factors.iter().map(|f| f.name()).collect::<Vec<_>>().join(" x ")
    }

    /// A product of products is the product of all factors, and a product of one factor that factor.
    fn identity(&self) -> Identity<'_> {
        let parts = self.factors.iter().flat_map(|f| f.identity().into_parts_of::<Self>());
        let mut parts: Vec<Identity<'_>> = parts.collect();
        if parts.len() == 1 { parts.remove(0) } else { Identity::of_value::<Self>(Vec::new(), parts) }
    }

    /// By Tychonoff's theorem.
    fn is_compact(&self) -> bool {
        self.factors.iter().all(|f| f.is_compact())
    }

    fn period(&self) -> Option<f64> {
        let mut periods = self.factors.iter().map(|f| f.period());
        let first = periods.next()??;
        periods.all(|p| p.is_some_and(|p| p.to_bits() == first.to_bits())).then_some(first)
    }

    fn dim(&self) -> usize {
        self.factors.iter().map(|f| f.dim()).sum()
    }

    fn axes(&self) -> usize {
        self.factors.iter().map(|f| f.axes()).sum()
    }

    fn mass(&self) -> f64 {
        self.factors.iter().map(|f| f.mass()).product()
    }

    fn quadrature(&self, n: NonZeroUsize) -> Result<Quadrature, SpaceError> {
        let rules = self.factors.iter().map(|f| f.quadrature(n)).collect::<Result<Vec<_>, _>>()?;
        self.check_total(n, rules.iter().map(Quadrature::len))?;
        let parts: Vec<&Points> = rules.iter().map(Quadrature::nodes).collect();
        let mut weights = Vec::new();
        let nodes = combine(&parts, |rows| {
            let weight: f64 = rows.iter().zip(&rules).map(|(row, rule)| rule.weights()[*row]).product();
            weights.push(weight.max(f64::MIN_POSITIVE));
        });
        Ok(Quadrature::new(nodes, weights)?)
    }

    fn sample(&self, n: NonZeroUsize, stream: &mut Stream) -> Points {
        beside(&self.factors.iter().map(|f| f.sample(n, stream)).collect::<Vec<_>>())
    }

    /// The factors' axes one after the other, if all of them have a transport.
    fn transport_axes(&self) -> Option<usize> {
        self.factors.iter().map(|f| f.transport_axes()).sum()
    }

    fn transport(&self, u: &[f64], out: &mut Vec<f64>) {
        let mut rest = u;
        for f in &self.factors {
            let (head, tail) = rest.split_at(f.transport_axes().unwrap_or(0).min(rest.len()));
            f.transport(head, out);
            rest = tail;
        }
    }

    fn covering(&self, n: NonZeroUsize) -> Result<Covering, SpaceError> {
        let parts = self.factors.iter().map(|f| f.covering(n)).collect::<Result<Vec<_>, _>>()?;
        self.check_total(n, parts.iter().map(|c| c.points.len()))?;
        let radius = norm2(parts.iter().map(|c| c.radius));
        let points = combine(&parts.iter().map(|c| &c.points).collect::<Vec<_>>(), |_| {});
        Ok(Covering { points, radius })
    }

    fn parameters(&self) -> Option<Vec<(f64, f64)>> {
        let parts = self.factors.iter().map(|f| f.parameters()).collect::<Option<Vec<_>>>()?;
        Some(parts.concat())
    }

    fn place(&self, parameters: &[Enclosure]) -> Vec<Enclosure> {
        let mut rest = parameters;
        let mut x = Vec::with_capacity(self.dim());
        for f in &self.factors {
            let (head, tail) = rest.split_at(f.axes().min(rest.len()));
            x.extend(f.place(head));
            rest = tail;
        }
        x
    }

    fn stretch(&self) -> f64 {
        self.factors.iter().map(|f| f.stretch()).fold(1.0, f64::max)
    }

    fn contains(&self, x: &[f64]) -> bool {
        let mut rest = x;
        for f in &self.factors {
            if rest.len() < f.dim() {
                return false;
            }
            let (head, tail) = rest.split_at(f.dim());
            if !f.contains(head) {
                return false;
            }
            rest = tail;
        }
        rest.is_empty()
    }
}
