//! The entries of a relation, whole or as far as they are not 0.

use super::super::carried::Carried;
use super::super::measured::{About, Names, Read};
use faer::MatRef;
use relata_files::{Spaces, SparseReading};
use relata_kernels::completion::{KnownEntry, PartialMatrix};
use relata_kernels::lowrank::{Dense, MatrixSource, SparseMatrix};
use relata_relations::norm2;

/// A relation that is known by its entries alone.
pub(in super::super) struct SparseRelation {
    pub(in super::super) known: Known,
    pub(in super::super) rows: Names,
    pub(in super::super) columns: Names,
    pub(in super::super) spaces: Spaces,
    pub(in super::super) read: Read,
    pub(in super::super) carried: Carried,
}

/// What the entries are that are not there.
pub(in super::super) enum Known {
    /// 0.
    Zero(SparseMatrix),
    /// Not known.
    Hole(PartialMatrix),
}

impl SparseRelation {
    pub(in super::super) fn new(reading: SparseReading, tolerance: Option<f64>) -> anyhow::Result<Self> {
        let SparseReading { rows: n, columns: m, entries, .. } = reading;
        let known = if reading.others_are_zero {
            let entries = entries.into_iter().filter(|(.., v)| *v != 0.0).collect();
            Known::Zero(SparseMatrix::new(n, m, entries)?)
        } else {
            let entry = |(row, column, value)| KnownEntry { row, column, value, weight: 1.0 };
            Known::Hole(PartialMatrix::of_entries(n, m, entries.into_iter().map(entry).collect())?)
        };
        let (rows, columns) = (Names::new(reading.row_labels, n), Names::new(reading.column_labels, m));
        let (form, taken_for, otherwise, notes) =
            (reading.form, reading.taken_for, reading.otherwise, reading.notes);
        Ok(Self {
            known,
            rows,
            columns,
            spaces: reading.spaces,
            read: Read { form, taken_for, otherwise, notes, reordered: false },
            carried: tolerance.map_or(Carried::File(reading.precision), Carried::Said),
        })
    }

    /// What is known of it beside its entries.
    pub(in super::super) fn about(&self) -> About<'_> {
        About {
            rows: &self.rows,
            columns: &self.columns,
            spaces: &self.spaces,
            read: &self.read,
            carried: self.carried,
            weighted: false,
            features: false,
        }
    }
}

/// Entries that can be gone through: all of them, or all that are not 0.
#[derive(Clone, Copy)]
pub(in super::super) enum Stored<'a> {
    Whole(MatRef<'a, f64>),
    Sparse(&'a SparseMatrix),
}

impl<'a> Stored<'a> {
    pub(in super::super) fn shape(&self) -> (usize, usize) {
        match self {
            Self::Whole(a) => (a.nrows(), a.ncols()),
            Self::Sparse(a) => a.shape(),
        }
    }

    /// The matrix by its products.
    pub(super) fn source(&self) -> anyhow::Result<Box<dyn MatrixSource + 'a>> {
        Ok(match *self {
            Self::Whole(a) => Box::new(Dense::new(a)?),
            Self::Sparse(a) => Box::new(a),
        })
    }

    /// Goes through the entries, or those that are not 0.
    pub(super) fn for_each(&self, mut f: impl FnMut(usize, usize, f64)) {
        match self {
            Self::Whole(a) => {
                for (j, column) in a.col_iter().enumerate() {
                    column.iter().enumerate().for_each(|(i, v)| f(i, j, *v));
                }
            }
            Self::Sparse(a) => a.entries().for_each(|(i, j, v)| f(i, j, v)),
        }
    }

    /// The Frobenius norm, and the magnitude of the largest entry.
    pub(super) fn norms(&self) -> (f64, f64) {
        match self {
            Self::Whole(a) => {
                let columns: Vec<f64> =
                    a.col_iter().map(|c| norm2(c.iter().copied().collect::<Vec<_>>())).collect();
                (norm2(columns), a.norm_max())
            }
            Self::Sparse(a) => (a.norm(), a.entries().fold(0.0, |m, (.., v)| v.abs().max(m))),
        }
    }

    /// The Frobenius norm of the antisymmetric part of a square matrix.
    pub(super) fn antisymmetric(&self) -> f64 {
        /// Columns whose mirrors are read together, so that rows are not read one by one.
        const BLOCK: usize = 64;
        let n = self.shape().0;
        match self {
            Self::Whole(a) => {
                let mut blocks = Vec::new();
                for from in (0..n).step_by(BLOCK) {
                    let columns = from..(from + BLOCK).min(n);
                    let odd = |i: usize| columns.clone().map(move |j| 0.5 * a[(i, j)] - 0.5 * a[(j, i)]);
                    let lines: Vec<f64> = (0..n).map(|i| norm2(odd(i).collect::<Vec<_>>())).collect();
                    blocks.push(norm2(lines));
                }
                norm2(blocks)
            }
            Self::Sparse(a) => {
                let mut odd = Vec::new();
                for (i, j, v) in a.entries() {
                    let mirror = a.at(j, i);
                    odd.push(0.5 * v - 0.5 * mirror);
                    if mirror == 0.0 && i != j {
                        odd.push(0.5 * v);
                    }
                }
                norm2(odd)
            }
        }
    }
}
