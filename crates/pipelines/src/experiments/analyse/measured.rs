//! A measured relation: a matrix with names.

use super::read::{Features, ReadError};
use faer::Mat;
use std::collections::BTreeMap;

/// A relation as somebody measured it.
#[derive(Clone, Debug)]
pub(super) struct Measured {
    /// The values, `n x m`.
    pub matrix: Mat<f64>,
    /// The objects `x`.
    pub rows: Names,
    /// The objects `y`.
    pub columns: Names,
    /// Whether rows and columns are the same objects.
    pub space: Space,
    /// Where it came from.
    pub form: Form,
    /// Whether the columns of the file stood in another order than the rows.
    pub reordered: bool,
    /// Features of the rows.
    pub x_features: Option<Features>,
    /// Features of the columns.
    pub y_features: Option<Features>,
}

/// Names of the objects on one side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Names {
    /// One for each object: the given labels, or 1, 2, ..
    pub list: Vec<String>,
    /// Whether the file had labels.
    pub given: bool,
}

/// Whether a relation compares objects of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Space {
    /// Row `i` and column `i` are the same object.
    One,
    /// They are not: why.
    Two(String),
}

/// The form of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Separated values, one line per row.
    Matrix,
    /// `source,target,value`.
    List,
    /// An array of NumPy.
    Array,
}

impl Names {
    /// The given labels, or numbers.
    pub(super) fn new(labels: Option<Vec<String>>, count: usize) -> Self {
        let given = labels.is_some();
        Self { list: labels.unwrap_or_else(|| (1..=count).map(|i| i.to_string()).collect()), given }
    }

    /// The number of objects.
    pub(super) fn len(&self) -> usize {
        self.list.len()
    }
}

impl Measured {
    /// A relation from its values in row-major order. Where rows and columns carry the same labels
    /// in different orders, the columns are brought into the order of the rows.
    pub(super) fn new(values: &[f64], rows: Names, mut columns: Names, form: Form) -> Self {
        let (n, m) = (rows.len(), columns.len());
        let mut matrix = Mat::from_fn(n, m, |i, j| values[i * m + j]);
        let mut reordered = false;
        let space = if n != m {
            Space::Two(format!("R is {n} x {m}, not square"))
        } else if !(rows.given && columns.given) || rows.list == columns.list {
            Space::One
        } else if let Some(order) = order(&rows.list, &columns.list) {
            matrix = Mat::from_fn(n, m, |i, j| matrix[(i, order[j])]);
            columns = rows.clone();
            reordered = true;
            Space::One
        } else {
            let at = (0..n).find(|&i| !columns.list.contains(&rows.list[i])).unwrap_or(0);
            Space::Two(format!(
                "rows and columns have different labels: row `{}` is not a column",
                rows.list[at]
            ))
        };
        if space == Space::One && !rows.given {
            // One header names both sides.
            let names = columns.clone();
            return Self::assembled(matrix, names.clone(), names, space, form, reordered);
        }
        let columns = if space == Space::One { rows.clone() } else { columns };
        Self::assembled(matrix, rows, columns, space, form, reordered)
    }

    fn assembled(
        matrix: Mat<f64>,
        rows: Names,
        columns: Names,
        space: Space,
        form: Form,
        reordered: bool,
    ) -> Self {
        Self { matrix, rows, columns, space, form, reordered, x_features: None, y_features: None }
    }

    /// Adds features; on one space those of one side stand for both.
    pub(super) fn add_features(&mut self, x: Option<Features>, y: Option<Features>) -> Result<(), ReadError> {
        const LEAST: usize = 4;
        if x.is_none() && y.is_none() {
            return Ok(());
        }
        let (rows, columns) = (self.rows.len(), self.columns.len());
        if rows < LEAST || columns < LEAST {
            return Err(ReadError::TooSmall { rows, columns, least: LEAST });
        }
        let one_sided = |given, wanted| match &self.space {
            Space::One => Ok(()),
            Space::Two(why) => Err(ReadError::OneSided { given, why: why.clone(), wanted }),
        };
        match (&x, &y) {
            (Some(_), None) => one_sided("row", "--y-features")?,
            (None, Some(_)) => one_sided("column", "--x-features")?,
            _ => {}
        }
        self.x_features = x.clone().or_else(|| y.clone());
        self.y_features = y.or(x);
        Ok(())
    }

    /// Why the metrics of the symmetric part have no value, if they have none.
    pub(super) fn two_spaces(&self) -> Option<&str> {
        match &self.space {
            Space::One => None,
            Space::Two(why) => Some(why),
        }
    }
}

/// For each row the column of the same label, if both sides have the same labels.
fn order(rows: &[String], columns: &[String]) -> Option<Vec<usize>> {
    let at: BTreeMap<&str, usize> = columns.iter().enumerate().map(|(j, l)| (l.as_str(), j)).collect();
    rows.iter().map(|l| at.get(l.as_str()).copied()).collect()
}
