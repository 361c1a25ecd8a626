//! What the inner products of a tile of pairs should be.

use super::TILE;
use super::share::tiles;
use faer::{Mat, MatMut, MatRef};
use rayon::prelude::*;
use relata_kernels::fast::{KernelProfile, SingleBlocks};
use relata_relations::{Points, Relation, RelationError, evaluate, settle_vector_unit};
use std::ops::Range;

/// The targets of all pairs of a batch for one relation.
#[allow(clippy::large_enum_variant)] // one per relation
pub(super) enum Values<'a> {
    /// The relation over its root mean square, evaluated tile by tile.
    Relation { relation: &'a dyn Relation, scale: f64, source: Source, points: [&'a Points; 2] },
    /// What is there already.
    Grid(&'a Grid),
}

/// The targets of all pairs, tile by tile, each with what it is still to be multiplied by.
pub(crate) struct Grid {
    /// Rows of tiles.
    down: usize,
    /// Column by column.
    tiles: Vec<(Vec<f32>, f32)>,
}

impl Grid {
    /// Of a matrix as it is.
    pub(super) fn of(a: MatRef<'_, f64>) -> Self {
        let cut = |rows: Range<usize>, columns: Range<usize>| {
            columns.flat_map(|j| rows.clone().map(move |i| (i, j))).map(|(i, j)| a[(i, j)] as f32).collect()
        };
        let all =
            tiles(a.ncols()).flat_map(|columns| tiles(a.nrows()).map(move |rows| (rows, columns.clone())));
        Self {
            down: a.nrows().div_ceil(TILE),
            tiles: all.map(|(rows, columns)| (cut(rows, columns), 1.0)).collect(),
        }
    }

    /// Of a relation on a batch, evaluated as a single training would.
    fn evaluate(values: &Values<'_>, [n, m]: [usize; 2]) -> Result<Self, RelationError> {
        let all: Vec<_> =
            tiles(m).flat_map(|columns| tiles(n).map(move |rows| (rows, columns.clone()))).collect();
        let one = |(rows, columns): &(Range<usize>, Range<usize>)| {
            let mut out = vec![0.0; rows.len() * columns.len()];
            let mut factor = values.fill(rows, columns, &mut out)?;
            if out.iter().any(|v| !v.is_finite()) {
                factor = values.fill_in_double(rows, columns, &mut out)?;
            }
            Ok((out, factor))
        };
        let tiles: Vec<Result<_, RelationError>> = all.par_iter().map(one).collect();
        Ok(Self { down: n.div_ceil(TILE), tiles: tiles.into_iter().collect::<Result<_, _>>()? })
    }

    fn tile(&self, rows: &Range<usize>, columns: &Range<usize>) -> (&[f32], f32) {
        let (values, factor) = &self.tiles[columns.start / TILE * self.down + rows.start / TILE];
        (values, *factor)
    }
}

/// The values of relations, in units of their scales, on a batch that several trainings share.
pub(crate) fn evaluate_once(
    relations: &[&dyn Relation],
    scales: &[f64],
    [x, y]: &[Points; 2],
) -> Result<Vec<Grid>, RelationError> {
    let grid = |(r, scale): (&&dyn Relation, &f64)| {
        Grid::evaluate(&Values::of(*r, *scale, [x, y]), [x.len(), y.len()])
    };
    relations.iter().zip(scales).map(grid).collect()
}

/// How a relation is evaluated.
#[allow(clippy::large_enum_variant)] // one per relation
pub(super) enum Source {
    /// As a known function of distances or inner products, in single precision.
    Profile(SingleBlocks),
    /// By its own function for single precision, on these tiles of points.
    Own([Vec<Points>; 2]),
    /// In f64, because single precision does not hold numbers of its size.
    Double,
}

impl<'a> Values<'a> {
    /// The values of a relation on a batch, over `scale`.
    pub(super) fn of(relation: &'a dyn Relation, scale: f64, points: [&'a Points; 2]) -> Self {
        /// Between this and its inverse neither the values nor their squares leave single
        /// precision.
        const SMALL: f64 = 1e-15;
        let [x, y] = points;
        let source = if !(SMALL..=1.0 / SMALL).contains(&scale) {
            Source::Double
        } else {
            let profile = relation.pair_form().and_then(|form| KernelProfile::of_form(form).ok());
            match profile.and_then(|p| SingleBlocks::new(p, x, y)) {
                Some(blocks) => Source::Profile(blocks),
                None => Source::Own([x, y].map(|z| z.blocks(TILE).collect())),
            }
        };
        Self::Relation { relation, scale, source, points }
    }

    /// The values of a tile, and what they are still to be multiplied by. Rows and columns start at
    /// multiples of [`TILE`]; `scratch` is as large as the tile.
    pub(super) fn tile<'b>(
        &'b self,
        rows: &Range<usize>,
        columns: &Range<usize>,
        scratch: &'b mut [f32],
    ) -> Result<(&'b [f32], f32), RelationError> {
        if let Self::Grid(grid) = self {
            return Ok(grid.tile(rows, columns));
        }
        let factor = self.fill(rows, columns, scratch)?;
        Ok((scratch, factor))
    }

    /// [`Self::tile`] with values that were checked and divided in f64: where single precision
    /// overflowed, and to name the point at which a relation fails.
    pub(super) fn tile_in_double<'b>(
        &'b self,
        rows: &Range<usize>,
        columns: &Range<usize>,
        scratch: &'b mut [f32],
    ) -> Result<(&'b [f32], f32), RelationError> {
        if let Self::Grid(grid) = self {
            return Ok(grid.tile(rows, columns));
        }
        let factor = self.fill_in_double(rows, columns, scratch)?;
        Ok((scratch, factor))
    }

    fn fill(
        &self,
        rows: &Range<usize>,
        columns: &Range<usize>,
        out: &mut [f32],
    ) -> Result<f32, RelationError> {
        let Self::Relation { relation, scale, source, .. } = self else { return Ok(1.0) };
        let to = MatMut::from_column_major_slice_mut(&mut *out, rows.len(), columns.len());
        match source {
            Source::Profile(blocks) => blocks.fill(rows.clone(), columns.clone(), to),
            Source::Own([x, y]) => {
                settle_vector_unit();
                relation.eval_single_into(&x[rows.start / TILE], &y[columns.start / TILE], to)?;
            }
            Source::Double => return self.fill_in_double(rows, columns, out),
        }
        Ok((1.0 / scale) as f32)
    }

    fn fill_in_double(
        &self,
        rows: &Range<usize>,
        columns: &Range<usize>,
        out: &mut [f32],
    ) -> Result<f32, RelationError> {
        let Self::Relation { relation, scale, points: [x, y], .. } = self else { return Ok(1.0) };
        settle_vector_unit();
        let part = |z: &Points, at: &Range<usize>| z.select(&at.clone().collect::<Vec<usize>>());
        // Neither range is empty or out of bounds.
        let (Some(px), Some(py)) = (part(x, rows), part(y, columns)) else { return Ok(1.0) };
        let values: Mat<f64> = match evaluate(*relation, &px, &py) {
            Ok(values) => values,
            // The whole batch names the row and the column.
            Err(e) => return Err(evaluate(*relation, x, y).err().unwrap_or(e)),
        };
        for (to, from) in out.chunks_exact_mut(rows.len()).zip(values.col_iter()) {
            to.iter_mut().zip(from.iter()).for_each(|(t, v)| *t = (v / scale) as f32);
        }
        Ok(1.0)
    }
}
