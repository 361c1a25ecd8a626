//! Certified L2 errors: on every pair of cells, bounds of the integral of the squared error.

use super::CertifyError;
use super::branch::{Kind, LOCAL, Search};
use super::certificate::{Certificate, Claim, Method};
use super::find::Found;
use super::params::CertifyParams;
use super::sup_norm::Start;
use super::units::Power;
use crate::ranked::Ranked;
use crate::relation_net::RelationNet;
use relata_kernels::cost::ErrorNorm;
use relata_relations::{Relation, Space};
use std::collections::BinaryHeap;

/// Certifies the error of `<phi, psi>` in `L2(mu x nu)` on intervals with the uniform measure or
/// Lebesgue's, jumps included.
///
/// On every pair of cells the error is the interpolation of its values at the corners, whose
/// integral is known exactly, up to a bend; and it lies between two bounds. The pair whose integral
/// is known worst is halved, on the axis that gains most, until the bounds agree within 5 %, or
/// `params.most_pairs` pairs were bounded (a million at most).
///
/// `params.cells` is the least number of cells on each axis; tolerance and goal belong to sup
/// norms.
///
/// ```
/// use relata_networks::{CertifyParams, certify_l2, construct_l2};
/// let order = relata_relations::catalogue::relation("volterra")?; // 1[y < x]
/// let (net, certificate) = construct_l2(&order, 0.1)?;
/// assert_eq!(certify_l2(&order, &net, &CertifyParams { cells: 1, ..CertifyParams::default() })?, certificate);
/// assert!(certificate.lower() > 0.0 && certificate.upper() <= 0.1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`CertifyError`]; [`CertifyError::NoChart`] on other spaces than intervals and tori of one
/// dimension.
pub fn certify_l2(
    r: &dyn Relation,
    net: &RelationNet,
    params: &CertifyParams,
) -> Result<Certificate, CertifyError> {
    let params = params.checked()?;
    let (sx, sy) = r.spaces();
    let widths = [width(sx)?, width(sy)?];
    let mut start = Start::new(r, net, params)?;
    let back = start.units.back();
    let [x, y] = &mut start.sides;
    let mut search = Search::new(start.target, x, y, 0.0);
    search.set_floor(search.table().norm_max());
    let rounding = search.floor().powi(2);
    let mut heap = BinaryHeap::new();
    let mut total = Total::default();
    for kind in search.initial() {
        total.add(&mut heap, Part::new(&search, kind, widths)?);
    }
    let mut settled = vec![];
    let most_pairs = params.most_pairs().min(MAX_PAIRS);
    while total.is_loose(rounding) && total.pairs < most_pairs {
        let Some(Ranked { item: part, .. }) = heap.pop() else { break };
        let Some(halves) = search.halves(&part.kind, part.axis) else {
            settled.push(part);
            continue;
        };
        total.remove(&part);
        for kind in halves {
            total.add(&mut heap, Part::new(&search, kind, widths)?);
        }
    }
    // Summed afresh, so that the bounds do not carry the rounding of the updates.
    let all = heap.iter().map(|p| &p.item).chain(&settled);
    let (above, below) = all.fold((0.0, 0.0), |(a, b), p| (a + p.upper, b + p.lower));
    let mass = sx.mass().sqrt() * sy.mass().sqrt();
    let claim = Claim {
        upper: back.up(above.sqrt() * mass * (1.0 + ROUNDING)),
        norm: ErrorNorm::L2,
        method: Method::BranchAndBound,
        pairs: total.pairs,
        unchecked: search.target.rests_on(),
    };
    let lower = back.down(below.sqrt() * mass * (1.0 - ROUNDING));
    let parts: Vec<&Part> = heap.iter().map(|p| &p.item).chain(&settled).collect();
    for part in parts.iter().step_by(parts.len().div_ceil(MET).max(1)) {
        part.meets(&search, r, net, (&start.found, back))?;
    }
    Certificate::new(r, claim, &start.found.of_norm(lower))
}

/// So many pairs of cells are compared with the relation in their middles.
const MET: usize = 1024;

/// The bounds of an error differ by about this factor at most.
const TOLERANCE: f64 = 0.05;

/// Pairs that are bounded at most.
const MAX_PAIRS: usize = 1 << 20;

/// Covers the rounding of sums of squares.
const ROUNDING: f64 = 1e-9;

/// A pair with bounds of the mean of the squared error there, times its part of all pairs.
struct Part {
    kind: Kind,
    upper: f64,
    lower: f64,
    /// The error is nowhere larger.
    most: f64,
    axis: usize,
}

impl Part {
    fn new(search: &Search<'_, '_>, kind: Kind, widths: [f64; 2]) -> Result<Self, CertifyError> {
        let seen = search.examine(&kind)?;
        let b = seen.bounded();
        let (chord, off) = seen.chord();
        let cells = search.cells(&kind);
        let sizes = [0, 1].map(|s: usize| (cells[s].high[0] - cells[s].low[0]) / widths[s]);
        let (high, low) = (b.upper.min(chord + off), b.least.max(chord - off));
        let axis = seen.bent().unwrap_or(usize::from(sizes[1] > sizes[0]));
        let kind = match kind {
            Kind::Patches(i, j) if b.net.blur() <= LOCAL * TOLERANCE * high => search.localised(i, j, b.net),
            kind => kind,
        };
        let size = sizes[0] * sizes[1];
        Ok(Self { kind, upper: size * high * high, lower: size * low * low, most: b.upper, axis })
    }

    fn gap(&self) -> f64 {
        self.upper - self.lower
    }

    /// Compares its bound with relation and network in the middle of the pair.
    ///
    /// # Errors
    /// [`CertifyError::Contradiction`]
    fn meets(
        &self,
        search: &Search<'_, '_>,
        r: &dyn Relation,
        net: &RelationNet,
        (found, back): (&Found, Power),
    ) -> Result<(), CertifyError> {
        let [u, v] = search.cells(&self.kind).map(|c| vec![c.middle(0)]);
        let here = found.at(r, net, &u, &v)?;
        let claimed = back.up(self.most);
        if here.certain <= claimed {
            return Ok(());
        }
        Err(here.contradicts(r, claimed, search.target.rests_on()))
    }
}

/// Sums over all pairs: how far bounds are apart, how large they are, and how many have none.
#[derive(Default)]
struct Total {
    gap: f64,
    above: f64,
    unbounded: usize,
    pairs: usize,
}

impl Total {
    fn add(&mut self, heap: &mut BinaryHeap<Ranked<Part>>, part: Part) {
        self.pairs += 1;
        if part.upper.is_finite() {
            (self.gap, self.above) = (self.gap + part.gap(), self.above + part.upper);
        } else {
            self.unbounded += 1;
        }
        heap.push(Ranked { rank: part.gap(), item: part });
    }

    fn remove(&mut self, part: &Part) {
        if part.upper.is_finite() {
            (self.gap, self.above) = (self.gap - part.gap(), self.above - part.upper);
        } else {
            self.unbounded -= 1;
        }
    }

    fn is_loose(&self, rounding: f64) -> bool {
        self.unbounded > 0 || self.above > rounding && self.gap > 2.0 * TOLERANCE * self.above
    }
}

/// How long the one axis of a space is.
fn width(space: &dyn Space) -> Result<f64, CertifyError> {
    match space.parameters().as_deref() {
        Some([(low, high)]) if space.dim() == 1 => Ok(high - low),
        _ => Err(CertifyError::NoChart { space: space.name() }),
    }
}
