//! Finite relations: matrices, and restrictions to finitely many points.

use super::unknown_sign;
use crate::function::{Facts, FnRelation, relation_blocks};
use crate::identity::same_space;
use crate::points::Points;
use crate::relation::{Regularity, Relation, RelationError, Symmetry};
use crate::space::{Space, SpaceError};
use crate::spaces::FiniteSet;
use faer::Mat;
use std::sync::Arc;

/// The relation `r(i, j) = R[i, j]` between the rows and the columns of a matrix, each with equal
/// weights; the points of the spaces are the numbers `0, 1, ..`. A square matrix relates one set to
/// itself.
///
/// ```
/// use relata_relations::{faer::mat, matrix_relation, Relation, Symmetry};
/// let r = matrix_relation(mat![[0.0, 1.0], [1.0, 0.0]])?;
/// assert_eq!(r.symmetry(), Symmetry::Symmetric);
/// # Ok::<(), relata_relations::RelationError>(())
/// ```
///
/// # Errors
/// [`RelationError::Combination`] if the matrix is empty, [`RelationError::NonFinite`] if an entry
/// is.
pub fn matrix_relation(matrix: Mat<f64>) -> Result<FnRelation, RelationError> {
    let set = |n: usize| FiniteSet::indices(n).map_err(|e| empty(&e));
    matrix_relation_on(set(matrix.nrows())?, set(matrix.ncols())?, matrix)
}

/// [`matrix_relation`] with weights: the points of both sets are the numbers `0, 1, ..` in order.
///
/// # Errors
/// [`RelationError::Combination`] if the sets are not those of the matrix's row and column numbers,
/// [`RelationError::NonFinite`] if an entry is.
pub fn matrix_relation_on(x: FiniteSet, y: FiniteSet, matrix: Mat<f64>) -> Result<FnRelation, RelationError> {
    let name = format!("matrix {} x {}", matrix.nrows(), matrix.ncols());
    for (set, side, n) in [(&x, "rows", matrix.nrows()), (&y, "columns", matrix.ncols())] {
        let numbered = set.dim() == 1 && set.points().rows().enumerate().all(|(i, p)| index(p) == Some(i));
        if !numbered || set.points().len() != n {
            let reason =
                format!("the points of {} must be the numbers of the {n} {side}, in order", set.name());
            return Err(RelationError::Combination { operation: "matrix relation", reason });
        }
    }
    for j in 0..matrix.ncols() {
        for i in 0..matrix.nrows() {
            let value = matrix[(i, j)];
            if !value.is_finite() {
                let (x, y) = (vec![i as f64], vec![j as f64]);
                return Err(RelationError::NonFinite { relation: name, row: i, column: j, x, y, value });
            }
        }
    }
    let symmetry = if same_space(&x, &y) { symmetry_of(&matrix) } else { Symmetry::Asymmetric };
    let facts = Facts { symmetry, definiteness: unknown_sign(symmetry), ..Facts::default() };
    let label = name.clone();
    let r = relation_blocks(x, y, move |x, y, mut out| {
        let rows = indices(&label, x, matrix.nrows())?;
        let columns = indices(&label, y, matrix.ncols())?;
        for (b, j) in columns.into_iter().enumerate() {
            for (a, i) in rows.iter().enumerate() {
                out[(a, b)] = matrix[(*i, j)];
            }
        }
        Ok(())
    });
    Ok(r.named(name).with_facts(facts))
}

/// `r` between finitely many points of its spaces.
///
/// # Errors
/// [`RelationError::Dimension`] or [`RelationError::Domain`] if the points are not in the spaces.
pub fn restrict(r: impl Relation + 'static, x: FiniteSet, y: FiniteSet) -> Result<FnRelation, RelationError> {
    let (sx, sy) = r.spaces();
    for (side, space, set) in [("x", sx, &x), ("y", sy, &y)] {
        if set.dim() != space.dim() {
            return Err(RelationError::Dimension {
                relation: r.name(),
                side,
                space: space.name(),
                expected: space.dim(),
                found: set.dim(),
            });
        }
        if let Some(point) = set.points().rows().find(|p| !space.contains(p)) {
            let (relation, point) = (r.name(), point.to_vec());
            return Err(RelationError::Domain {
                relation,
                point,
                expected: "a point of the relation's space",
            });
        }
    }
    let mut facts = Facts::of(&r);
    facts.regularity = Regularity::Unknown;
    if !same_space(&x, &y) {
        facts.symmetry = Symmetry::Asymmetric;
        facts.definiteness = unknown_sign(Symmetry::Asymmetric);
    }
    let name = format!("{} restricted to {} x {}", r.name(), x.name(), y.name());
    let r: Arc<dyn Relation> = Arc::new(r);
    Ok(relation_blocks(x, y, move |x, y, out| r.eval_into(x, y, out)).named(name).with_facts(facts))
}

fn empty(e: &SpaceError) -> RelationError {
    RelationError::Combination { operation: "matrix relation", reason: e.to_string() }
}

/// The number that a point of an index set is.
fn index(point: &[f64]) -> Option<usize> {
    let v = point.first()?;
    (*v >= 0.0 && v.fract() == 0.0).then_some(*v as usize)
}

fn indices(relation: &str, points: &Points, len: usize) -> Result<Vec<usize>, RelationError> {
    let find = |p: &[f64]| {
        index(p).filter(|i| *i < len).ok_or_else(|| RelationError::Domain {
            relation: relation.into(),
            point: p.to_vec(),
            expected: "a row or column number of the matrix",
        })
    };
    points.rows().map(find).collect()
}

fn symmetry_of(m: &Mat<f64>) -> Symmetry {
    let all =
        |sign: f64| (0..m.ncols()).all(|j| (0..=j).all(|i| (m[(i, j)] - sign * m[(j, i)]).abs() <= 0.0));
    match (all(1.0), all(-1.0)) {
        (true, _) => Symmetry::Symmetric,
        (false, true) => Symmetry::Antisymmetric,
        _ => Symmetry::Asymmetric,
    }
}
