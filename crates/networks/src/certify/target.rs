//! The relation that a network is compared with: its bounds at points and on cells.

use super::CertifyError;
use super::encode::Cell;
use super::rounding::{ROUND_UP, evaluated};
use super::side::Side;
use super::units::Power;
use relata_kernels::cost::Hypothesis;
use relata_relations::{Bracket, Enclosure, Points, Relation, evaluate};

/// The relation with its bounds on cells, in units in which its values are near 1.
pub(super) struct Target<'a> {
    relation: &'a dyn Relation,
    unit: Power,
    /// How large the relation is, in its own units.
    size: f64,
    lipschitz: Option<f64>,
    stretch: [f64; 2],
    /// Whether the Lipschitz constant was used.
    by_slope: std::cell::Cell<bool>,
}

impl<'a> Target<'a> {
    /// # Errors
    /// [`CertifyError::NoBounds`] if the relation has neither an enclosure nor a Lipschitz
    /// constant.
    pub(super) fn new(
        relation: &'a dyn Relation,
        sides: [&Side<'_>; 2],
        (unit, size): (Power, f64),
    ) -> Result<Self, CertifyError> {
        let (x, y) = relation.spaces();
        let lipschitz = relation.lipschitz();
        let enclosed = sides[0].points.first().zip(sides[1].points.first());
        let enclosed = enclosed.and_then(|(p, q)| relation.enclose(&p.place, &q.place)).is_some();
        if !enclosed && lipschitz.is_none() {
            return Err(CertifyError::NoBounds { relation: relation.name() });
        }
        let (stretch, by_slope) = ([x.stretch(), y.stretch()], std::cell::Cell::new(!enclosed));
        Ok(Self { relation, unit, size, lipschitz, stretch, by_slope })
    }

    /// What the bounds rest on.
    pub(super) fn rests_on(&self) -> Vec<Hypothesis> {
        match self.lipschitz {
            Some(constant) if self.by_slope.get() => vec![Hypothesis::Lipschitz { constant }],
            _ => vec![Hypothesis::Enclosure],
        }
    }

    /// `r` at a point.
    ///
    /// # Errors
    /// [`CertifyError::Unproved`] where nothing is known of it there.
    pub(super) fn at(&self, x: &[Enclosure], y: &[Enclosure]) -> Result<Bracket, CertifyError> {
        let value = match self.relation.enclose(x, y) {
            Some(e) => e.value(),
            None => {
                let point = |z: &[Enclosure]| Points::new(z.len(), middles(z));
                evaluated(evaluate(self.relation, &point(x)?, &point(y)?)?[(0, 0)], self.size)
            }
        };
        if !value.magnitude().is_finite() {
            let (relation, bound) = (self.relation.name(), value.magnitude());
            return Err(CertifyError::Unproved { relation, bound, at: (middles(x), middles(y)) });
        }
        Ok(self.unit.of_bracket(value))
    }

    /// `r` on a pair of cells.
    ///
    /// # Errors
    /// [`CertifyError::NoBounds`] where the enclosure ends and there is no Lipschitz constant.
    pub(super) fn on(
        &self,
        cells: [&Cell; 2],
        x: &[Enclosure],
        y: &[Enclosure],
    ) -> Result<Enclosure, CertifyError> {
        let bounds = match self.relation.enclose(x, y) {
            Some(e) => e,
            None => self.sloped(cells)?,
        };
        let [first, second] = self.unit.factors();
        Ok(if self.unit.is_one() { bounds } else { bounds * first * second })
    }

    /// What the Lipschitz constant says on a pair of cells: nothing of values.
    fn sloped(&self, cells: [&Cell; 2]) -> Result<Enclosure, CertifyError> {
        let l = self.lipschitz.ok_or_else(|| CertifyError::NoBounds { relation: self.relation.name() })?;
        self.by_slope.set(true);
        let slopes: Vec<f64> = cells
            .iter()
            .zip(self.stretch)
            .flat_map(|(c, s)| c.low.iter().zip(&c.high).map(move |(a, b)| (b - a) * s * l * ROUND_UP))
            .collect();
        Ok(Enclosure::lipschitz(Bracket::LINE, &slopes))
    }
}

/// The coordinates of a point, or the middle of a box.
pub(super) fn middles(place: &[Enclosure]) -> Vec<f64> {
    place.iter().map(|e| e.value().middle().unwrap_or(f64::NAN)).collect()
}
