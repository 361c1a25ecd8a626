//! Semidefinite, or semidefinite on vectors of sum 0: on the Gram matrix of the sites.

use super::{CANCELLED, Sites, sites};
use crate::relation::{Relation, RelationError, evaluate};
use crate::spectral::symmetric_eigen;
use faer::Mat;

/// What is declared of the quadratic form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Nonnegative.
    PositiveSemidefinite,
    /// Nonpositive on vectors of sum 0.
    ConditionallyNegative,
}

impl Form {
    fn operation(self) -> &'static str {
        match self {
            Self::PositiveSemidefinite => "positive_semidefinite",
            Self::ConditionallyNegative => "conditionally_negative",
        }
    }
}

/// Rows are scaled to a unit diagonal, so that points with small values count as much, but by no
/// more than the inverse of this: entries are good to [`CANCELLED`] of the largest, and so the
/// scaled ones to that over the square of this.
const FLOOR: f64 = 1e-2;

/// Refuses if the form has the wrong sign on the sites; returns how many there were.
pub(super) fn check(r: &dyn Relation, form: Form) -> Result<usize, RelationError> {
    let Sites { points } = sites(r.spaces().0, "declare/x");
    let gram = evaluate(r, &points, &points)?;
    let n = points.len();
    let mean = |i: usize, j: usize| 0.5 * gram[(i, j)] + 0.5 * gram[(j, i)];
    let largest = gram.norm_max();
    if largest == 0.0 {
        return Ok(n);
    }
    // Everything is divided by the largest value: the form of c r has the sign of that of r.
    let matrix = match form {
        Form::PositiveSemidefinite => {
            if let Some(i) = (0..n).find(|&i| gram[(i, i)] < -CANCELLED * largest) {
                return Err(refused(
                    r,
                    form,
                    &format!("r(x, x) = {} at x = {:?}", gram[(i, i)], points.row(i)),
                ));
            }
            Mat::from_fn(n, n, |i, j| mean(i, j) / largest)
        }
        Form::ConditionallyNegative => {
            // -P G P / 2 with P = I - 11'/n.
            let m = Mat::from_fn(n, n, |i, j| -0.5 * (mean(i, j) / largest));
            let rows: Vec<f64> = (0..n).map(|i| m.row(i).iter().sum::<f64>() / n as f64).collect();
            let all = rows.iter().sum::<f64>() / n as f64;
            Mat::from_fn(n, n, |i, j| m[(i, j)] - rows[i] - rows[j] + all)
        }
    };
    let unit = |i: usize| matrix[(i, i)].max(0.0).sqrt().max(FLOOR);
    let scaled = Mat::from_fn(n, n, |i, j| matrix[(i, j)] / unit(i) / unit(j));
    let eigen = symmetric_eigen(scaled.as_ref())
        .map_err(|_| refused(r, form, "the eigenvalues of its Gram matrix could not be computed"))?;
    let least = eigen.values[0];
    let allowed = n as f64 * CANCELLED / (FLOOR * FLOOR);
    if least < -allowed {
        let vector = eigen.vectors.col(0);
        let mut heavy: Vec<usize> = (0..n).collect();
        heavy.sort_by(|a, b| vector[*b].abs().total_cmp(&vector[*a].abs()));
        let at: Vec<&[f64]> = heavy.iter().take(3).map(|i| points.row(*i)).collect();
        let reason = format!(
            "the Gram matrix of {n} points, scaled to a unit diagonal{}, has the eigenvalue {least:.3e}; its vector is heaviest at {at:?}",
            if form == Form::ConditionallyNegative { " on vectors of sum 0 and negated" } else { "" }
        );
        return Err(refused(r, form, &reason));
    }
    Ok(n)
}

fn refused(r: &dyn Relation, form: Form, reason: &str) -> RelationError {
    RelationError::Combination { operation: form.operation(), reason: format!("{}: {reason}", r.name()) }
}
