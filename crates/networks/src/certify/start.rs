//! The beginning of the search: every pair of initial cells is bounded once.
//!
//! There are as many pairs as there are cells of `x` times cells of `y`, often a million, and all
//! but a few of them are far from the largest error. Two ways keep this inexpensive.
//!
//! * On two curves neighbouring cells have neighbouring numbers. Blocks of 32 x 32 pairs are
//!   bounded as one: the relation by its enclosure on the whole block, the inner product by its
//!   values at the corners of the cells, which one matrix product has computed. A block whose bound
//!   is above the threshold is cut into four, down to single pairs.
//! * In several dimensions each cell of `x` meets all cells of `y` in turn, and the errors at the
//!   corners are kept while neighbouring cells need them.
//!
//! Pairs that may hold the largest error go to the queue of the search; of the others the largest
//! bound is remembered.

use super::CertifyError;
use super::branch::{Kind, Search};
use super::encode::Cell;
use super::pair::Bends;
use super::rounding::{ROUND_UP, gamma};
use super::side::Side;
use faer::Mat;
use relata_relations::Bracket;
use std::collections::VecDeque;
use std::ops::Range;

/// Cells of each side in a block.
const BLOCK: usize = 32;

/// Rows of corner errors that are kept at a time, in several dimensions.
const KEPT_ROWS: usize = 600;

impl Search<'_, '_> {
    /// Bounds all pairs of initial cells.
    pub(super) fn start(&mut self) -> Result<(), CertifyError> {
        let values = self.table();
        if self.x.space.axes() == 1 && self.y.space.axes() == 1 {
            self.start_by_blocks(&values)?;
        } else {
            self.start_by_rows(&values)?;
        }
        self.set_floor(values.norm_max());
        self.sift();
        Ok(())
    }

    /// Curves on both sides: neighbouring cells are neighbours in the lists as well.
    fn start_by_blocks(&mut self, values: &Mat<f64>) -> Result<(), CertifyError> {
        let (n, m) = (self.x.patches.len(), self.y.patches.len());
        for i in (0..n).step_by(BLOCK) {
            for j in (0..m).step_by(BLOCK) {
                let block = Block { x: i..(i + BLOCK).min(n), y: j..(j + BLOCK).min(m) };
                let corners = Corners { values, first: (i, j), known: [None; (BLOCK + 1) * (BLOCK + 1)] };
                self.block(&block, &mut { corners })?;
            }
        }
        Ok(())
    }

    /// Rules a block out, or looks at its parts.
    fn block(&mut self, b: &Block, corners: &mut Corners<'_>) -> Result<(), CertifyError> {
        if b.x.len() == 1 && b.y.len() == 1 {
            let (i, j) = (b.x.start, b.y.start);
            let mut errors = [Bracket::ZERO; 4];
            for (e, (a, c)) in errors.iter_mut().zip([(i, j), (i + 1, j), (i, j + 1), (i + 1, j + 1)]) {
                *e = corners.error(self, a, c)?;
            }
            let bounded = self.bound_pair(i, j, &errors)?;
            self.keep(&bounded, Kind::Patches(i, j));
            return Ok(());
        }
        let upper = self.bound_block(b, corners)?;
        if upper <= self.threshold() {
            self.best.pairs += 1;
            self.dropped = self.dropped.max(upper);
            return Ok(());
        }
        for x in halves(&b.x) {
            for y in halves(&b.y) {
                self.block(&Block { x: x.clone(), y }, corners)?;
            }
        }
        Ok(())
    }

    /// On a block the relation leaves its chords by its curvature there; the inner product leaves
    /// its own at the corners of the cells by what is seen, and within cells by the largest bend
    /// there.
    fn bound_block(&self, b: &Block, corners: &mut Corners<'_>) -> Result<f64, CertifyError> {
        let hull = |side: &Side<'_>, r: &Range<usize>, axis: usize| {
            let (low, high) =
                (side.patches[r.start].cell.low.clone(), side.patches[r.end - 1].cell.high.clone());
            let cell = Cell { low, high };
            let place = cell.place(side.space, axis);
            (cell, place)
        };
        let ((cx, px), (cy, py)) = (hull(self.x, &b.x, 0), hull(self.y, &b.y, 1));
        let r = self.target.on([&cx, &cy], &px, &py)?;
        let mut sum = Bends::default();
        sum.add(0, r.curvature(0), Bracket::ZERO);
        sum.add(1, r.curvature(1), Bracket::ZERO);
        let [(bend_x, norm_x), (bend_y, norm_y)] = [(&*self.x, &b.x), (&*self.y, &b.y)].map(|(side, r)| {
            side.patches[r.clone()]
                .iter()
                .fold((0.0f64, 0.0f64), |(b, n), p| (b.max(p.bends[0].norm), n.max(p.norm)))
        });
        let within = (bend_x * norm_y + bend_y * norm_x) * (1.0 + gamma(4));
        let off = corners.off_chord(self, b) + within;
        let (i, j) = (b.x.start, b.y.start);
        let mut errors = [Bracket::ZERO; 4];
        for (e, (a, c)) in errors.iter_mut().zip([(i, j), (b.x.end, j), (i, b.y.end), (b.x.end, b.y.end)]) {
            *e = corners.error(self, a, c)?;
        }
        sum.above += off;
        sum.below += off;
        Ok(sum.bounded(&errors).upper)
    }

    /// Sides of several dimensions: each cell of `x` with all of `y`.
    fn start_by_rows(&mut self, values: &Mat<f64>) -> Result<(), CertifyError> {
        // Rows of errors at the corners, kept while neighbouring cells need them.
        let (n, m) = (values.nrows(), values.ncols());
        let mut rows: Vec<Option<Vec<Bracket>>> = (0..n).map(|_| None).collect();
        let mut order = VecDeque::new();
        for i in 0..self.x.patches.len() {
            for c in self.x.patches[i].corners.clone() {
                if rows[c].is_none() {
                    let row = (0..m).map(|j| self.point_error(c, j, values[(c, j)]));
                    rows[c] = Some(row.collect::<Result<Vec<_>, _>>()?);
                    order.push_back(c);
                    if order.len() > KEPT_ROWS
                        && let Some(old) = order.pop_front()
                    {
                        rows[old] = None;
                    }
                }
            }
            for j in 0..self.y.patches.len() {
                let corners = self.pair_corners(i, j);
                let mut errors = [Bracket::ZERO; 16];
                for (e, (a, b)) in errors.iter_mut().zip(&corners) {
                    *e = match &rows[*a] {
                        Some(row) => row[*b],
                        None => self.point_error(*a, *b, values[(*a, *b)])?,
                    };
                }
                let bounded = self.bound_pair(i, j, &errors[..corners.len()])?;
                self.keep(&bounded, Kind::Patches(i, j));
            }
        }
        Ok(())
    }
}

/// Cells of both sides, one after another.
struct Block {
    x: Range<usize>,
    y: Range<usize>,
}

fn halves(r: &Range<usize>) -> Vec<Range<usize>> {
    let middle = usize::midpoint(r.start, r.end);
    [r.start..middle, middle..r.end].into_iter().filter(|h| !h.is_empty()).collect()
}

/// The corners of the cells of a block: values of the inner product, and errors as far as they were
/// asked for.
struct Corners<'a> {
    values: &'a Mat<f64>,
    first: (usize, usize),
    known: [Option<Bracket>; (BLOCK + 1) * (BLOCK + 1)],
}

impl Corners<'_> {
    fn error(&mut self, search: &Search<'_, '_>, i: usize, j: usize) -> Result<Bracket, CertifyError> {
        let k = (i - self.first.0) * (BLOCK + 1) + (j - self.first.1);
        if let Some(e) = self.known[k] {
            return Ok(e);
        }
        let e = search.point_error(i, j, self.values[(i, j)])?;
        self.known[k] = Some(e);
        Ok(e)
    }

    /// How far the inner product can be from the interpolation of its corners on a block, at
    /// corners of cells.
    fn off_chord(&self, search: &Search<'_, '_>, b: &Block) -> f64 {
        let ends = |side: &Side<'_>, r: &Range<usize>| -> Vec<f64> {
            let (low, high) = (side.patches[r.start].cell.low[0], side.patches[r.end - 1].cell.high[0]);
            let ends = side.patches[r.clone()].iter().map(|p| p.cell.high[0]);
            std::iter::once(0.0).chain(ends.map(|e| (e - low) / (high - low))).collect()
        };
        let (s, t) = (ends(search.x, &b.x), ends(search.y, &b.y));
        let v = self.values;
        let (left, right) = (b.x.start, b.x.end);
        let (mut worst, mut size) = (0.0f64, 0.0f64);
        for (j, t) in (b.y.start..=b.y.end).zip(&t) {
            // Along the two edges of the block, then between them.
            let edge = |i: usize| (1.0 - t) * v[(i, b.y.start)] + t * v[(i, b.y.end)];
            let (from, to) = (edge(left), edge(right));
            let column = v.col(j);
            for (i, s) in (left..=right).zip(&s) {
                let value = column[i];
                worst = worst.max((value - (from + s * (to - from))).abs());
                size = size.max(value.abs());
            }
        }
        // Every value is known up to the rounding of its products, and enters twice; places and
        // chords round as well.
        let radius = |side: &Side<'_>, r: &Range<usize>| {
            let points = &side.points[r.start..=r.end];
            points.iter().fold((0.0f64, 0.0f64), |(n, e), p| (n.max(p.norm), e.max(p.radius)))
        };
        let ((nx, ex), (ny, ey)) = (radius(search.x, &b.x), radius(search.y, &b.y));
        let terms = search.x.points[left].features.len() + 1;
        let each = gamma(terms) * nx * ny + ex * (ny + ey) + nx * ey;
        (worst + 2.0 * each + 64.0 * f64::EPSILON * size) * ROUND_UP
    }
}
