//! What the inner products of a tile of pairs should be.

use super::TILE;
use faer::{Mat, MatMut};
use relata_kernels::fast::{KernelProfile, SingleBlocks};
use relata_relations::{Points, Relation, RelationError, evaluate, settle_vector_unit};
use std::ops::Range;

/// The targets of all pairs of a batch for one relation.
#[allow(clippy::large_enum_variant)] // one per relation
pub(super) enum Values<'a> {
    /// The relation over its root mean square, evaluated tile by tile.
    Relation { relation: &'a dyn Relation, scale: f64, source: Source, points: [&'a Points; 2] },
    /// A matrix `n x m`, column-major, as it is.
    Held { matrix: &'a [f32], rows: usize },
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

    /// `out = values` on a tile, and what they are still to be multiplied by. Rows and columns start
    /// at multiples of [`TILE`].
    ///
    /// # Shapes
    /// `out`: `rows.len() x columns.len()`, contiguous.
    pub(super) fn fill(
        &self,
        rows: &Range<usize>,
        columns: &Range<usize>,
        out: &mut [f32],
    ) -> Result<f32, RelationError> {
        match self {
            Self::Held { matrix, rows: height } => {
                for (to, j) in out.chunks_exact_mut(rows.len()).zip(columns.clone()) {
                    to.copy_from_slice(&matrix[j * height + rows.start..j * height + rows.end]);
                }
                Ok(1.0)
            }
            Self::Relation { relation, scale, source, .. } => {
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
        }
    }

    /// [`Self::fill`] with values that were checked and divided in f64: where single precision
    /// overflowed, and to name the point at which a relation fails.
    pub(super) fn fill_in_double(
        &self,
        rows: &Range<usize>,
        columns: &Range<usize>,
        out: &mut [f32],
    ) -> Result<f32, RelationError> {
        let Self::Relation { relation, scale, points: [x, y], .. } = self else {
            return self.fill(rows, columns, out);
        };
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
