//! Lower bounds of the rank by sign.

use super::cover::dimension_for_dichotomies;
use super::sign::{SignLower, Signs};
use crate::matrix::{self, MatrixError};
use faer::{Mat, MatRef};

/// Lower bounds that hold for the pattern, each with its argument. The norms are the largest
/// singular values of the matrix and of its signs.
pub(super) fn bounds(
    a: MatRef<'_, f64>,
    signs: &Signs,
    [norm, norm_of_signs]: [f64; 2],
    budget: usize,
) -> Result<Vec<(usize, SignLower)>, MatrixError> {
    let mut out = Vec::new();
    let transposed = signs.transposed();
    for side in [signs, &transposed] {
        let size = shattered(side, budget);
        out.push((size, SignLower::Shattered { size }));
    }
    if signs.zeros == 0 {
        let (rows, columns) = (distinct(signs), distinct(&transposed));
        for (patterns, points) in [(rows.len(), columns.len()), (columns.len(), rows.len())] {
            let bound = dimension_for_dichotomies(points, 2 * patterns as u128);
            out.push((bound, SignLower::Count { patterns }));
        }
        let smallest = (0..a.ncols())
            .flat_map(|j| (0..a.nrows()).map(move |i| a[(i, j)].abs()))
            .fold(f64::INFINITY, f64::min);
        if smallest > 0.0 {
            out.push(forster(a.nrows() * a.ncols(), norm, smallest, 0));
        }
        if rows.len() < signs.rows || columns.len() < signs.columns {
            let reduced =
                Mat::from_fn(rows.len(), columns.len(), |i, j| f64::from(signs.at(rows[i], columns[j])));
            let norm = matrix::singular_values(reduced.as_ref())?[0];
            out.push(forster(rows.len() * columns.len(), norm, 1.0, 0));
        }
    }
    out.push(forster(signs.rows * signs.columns, norm_of_signs, 1.0, signs.zeros));
    Ok(out)
}

/// Forster's argument: bring the left factors into isotropic position,
/// `sum_i x_i x_i^T = (n / d) I`, and normalise the right ones. Then `sum_ij A_ij <x_i, y_j>` is at
/// most `|A| sqrt(n m)`, and at least `smallest sum_ij <x_i, y_j>^2 = smallest n m / d`, less 1 for
/// each free entry.
fn forster(entries: usize, norm: f64, smallest: f64, free: usize) -> (usize, SignLower) {
    let size = entries as f64;
    let bound = smallest * size / (norm * size.sqrt() + smallest * free as f64);
    // Taken down by far more than the rounding of the norm.
    ((bound * (1.0 - 1e-9)).ceil() as usize, SignLower::Forster { bound })
}

/// Indices of the rows that differ, up to a flip.
fn distinct(s: &Signs) -> Vec<usize> {
    let normal = |i: usize| -> Vec<i8> { s.row(i).iter().map(|v| v * s.at(i, 0)).collect() };
    let mut rows: Vec<(Vec<i8>, usize)> = (0..s.rows).map(|i| (normal(i), i)).collect();
    rows.sort();
    rows.dedup_by(|a, b| a.0 == b.0);
    let mut kept: Vec<usize> = rows.into_iter().map(|(_, i)| i).collect();
    kept.sort_unstable();
    kept
}

/// The size of a largest set of columns found on which the rows show all sign patterns, up to flips
/// of rows.
fn shattered(s: &Signs, budget: usize) -> usize {
    let mut search = Search { signs: s, best: 1, budget };
    for first in 0..s.columns {
        let rows: Vec<usize> = (0..s.rows).filter(|&i| s.at(i, first) != 0).collect();
        let flips = rows.iter().map(|&i| s.at(i, first)).collect();
        search.extend(first, &[Class { rows, flips }], 1);
        if search.budget == 0 {
            break;
        }
    }
    search.best
}

/// Rows that agree, after a flip, on the columns chosen so far.
struct Class {
    rows: Vec<usize>,
    flips: Vec<i8>,
}

struct Search<'a> {
    signs: &'a Signs,
    best: usize,
    budget: usize,
}

impl Search<'_> {
    fn extend(&mut self, last: usize, classes: &[Class], size: usize) {
        self.best = self.best.max(size);
        // A set of k columns needs 2^(k-1) rows.
        if self.signs.rows
            < 1usize.checked_shl(u32::try_from(self.best).unwrap_or(u32::MAX)).unwrap_or(usize::MAX)
        {
            return;
        }
        for column in last + 1..self.signs.columns {
            if self.budget == 0 || size + self.signs.columns - column <= self.best {
                return;
            }
            self.budget -= 1;
            let split: Option<Vec<Class>> =
                classes.iter().map(|c| self.split(c, column)).try_fold(Vec::new(), |mut all, s| {
                    all.extend(s?);
                    Some(all)
                });
            if let Some(split) = split {
                self.extend(column, &split, size + 1);
            }
        }
    }

    /// The two halves of a class by the sign in a column, if neither is empty.
    fn split(&self, class: &Class, column: usize) -> Option<[Class; 2]> {
        let half = |sign: i8| {
            let of = |k: &usize| self.signs.at(class.rows[*k], column) * class.flips[*k] == sign;
            let kept: Vec<usize> = (0..class.rows.len()).filter(of).collect();
            let rows = kept.iter().map(|&k| class.rows[k]).collect();
            Class { rows, flips: kept.iter().map(|&k| class.flips[k]).collect() }
        };
        let halves = [half(1), half(-1)];
        halves.iter().all(|h| !h.rows.is_empty()).then_some(halves)
    }
}
