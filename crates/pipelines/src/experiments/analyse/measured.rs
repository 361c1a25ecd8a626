//! A measured relation: a matrix with names.

use super::carried::Carried;
use super::read::{Features, ReadError};
use faer::Mat;
use relata_files::{FileForm, Reading, Spaces};

/// A relation as somebody measured it.
#[derive(Clone, Debug)]
pub(super) struct Measured {
    /// The values, `n x m`; 0 where there is a hole.
    pub matrix: Mat<f64>,
    /// Which entries are not known, row by row; none where all are.
    pub holes: Option<Vec<bool>>,
    /// How much each entry counts, where that was said; 0 in holes.
    pub weights: Option<Mat<f64>>,
    /// The objects `x`.
    pub rows: Names,
    /// The objects `y`.
    pub columns: Names,
    /// Whether rows and columns are the same objects, and why.
    pub spaces: Spaces,
    /// Where it came from.
    pub read: Read,
    /// How precisely entries are known.
    pub carried: Carried,
    /// Features of the rows.
    pub x_features: Option<Features>,
    /// Features of the columns.
    pub y_features: Option<Features>,
}

/// How a file was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Read {
    /// The form of the file.
    pub form: FileForm,
    /// What it was taken for.
    pub taken_for: String,
    /// What would make it something else.
    pub otherwise: Vec<String>,
    /// What else was done.
    pub notes: Vec<String>,
    /// Whether the columns of the file stood in another order than the rows.
    pub reordered: bool,
}

/// Names of the objects on one side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Names {
    /// One for each object: the given labels, or 1, 2, ..
    pub list: Vec<String>,
    /// Whether the file had labels.
    pub given: bool,
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

/// What is known of a relation beside its entries.
pub(super) struct About<'a> {
    /// The objects `x`.
    pub rows: &'a Names,
    /// The objects `y`.
    pub columns: &'a Names,
    /// Whether rows and columns are the same objects, and why.
    pub spaces: &'a Spaces,
    /// Where it came from.
    pub read: &'a Read,
    /// How precisely entries are known.
    pub carried: Carried,
    /// Whether not all entries count alike.
    pub weighted: bool,
    /// Whether there are features of the objects.
    pub features: bool,
}

impl About<'_> {
    /// Whether rows and columns are the same objects.
    pub(super) fn one_space(&self) -> bool {
        matches!(self.spaces, Spaces::One(_))
    }
}

impl Measured {
    /// A relation as it was read, its entries known to the fraction `tolerance` of the largest, or
    /// as precisely as the file gives them.
    pub(super) fn new(reading: Reading, tolerance: Option<f64>) -> Self {
        let (n, m) = (reading.rows, reading.columns);
        let matrix = Mat::from_fn(n, m, |i, j| reading.values[i * m + j]);
        let (mut rows, mut columns) =
            (Names::new(reading.row_labels, n), Names::new(reading.column_labels, m));
        if matches!(reading.spaces, Spaces::One(_)) {
            // One header, or one column of labels, names both sides.
            if !rows.given {
                rows = columns.clone();
            }
            columns = rows.clone();
        }
        let Reading { form, taken_for, otherwise, notes, reordered, .. } = reading;
        Self {
            matrix,
            holes: reading.holes,
            weights: None,
            rows,
            columns,
            spaces: reading.spaces,
            read: Read { form, taken_for, otherwise, notes, reordered },
            carried: tolerance.map_or(Carried::File(reading.precision), Carried::Said),
            x_features: None,
            y_features: None,
        }
    }

    /// What is known of it beside its entries.
    pub(super) fn about(&self) -> About<'_> {
        About {
            rows: &self.rows,
            columns: &self.columns,
            spaces: &self.spaces,
            read: &self.read,
            carried: self.carried,
            weighted: self.weights.is_some(),
            features: self.x_features.is_some(),
        }
    }

    /// Whether an entry is known.
    pub(super) fn is_known(&self, i: usize, j: usize) -> bool {
        self.holes.as_ref().is_none_or(|h| !h[i * self.columns.len() + j])
    }

    /// Whether an entry is known and counts.
    pub(super) fn counts(&self, i: usize, j: usize) -> bool {
        self.is_known(i, j) && self.weights.as_ref().is_none_or(|w| w[(i, j)] > 0.0)
    }

    /// The weights divided by their mean over the entries that count: only ratios matter.
    pub(super) fn balanced_weights(&self) -> Option<Mat<f64>> {
        let weights = self.weights.as_ref()?;
        let largest = weights.norm_max();
        let above = || weights.col_iter().flat_map(|c| c.iter()).filter(|w| **w > 0.0);
        let mean = above().map(|w| w / largest).sum::<f64>() / above().count().max(1) as f64;
        Some(Mat::from_fn(weights.nrows(), weights.ncols(), |i, j| weights[(i, j)] / largest / mean))
    }

    /// Whether some entry is not known, or not all count alike.
    pub(super) fn is_partial(&self) -> bool {
        self.holes.is_some() || self.weights.is_some()
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
        let one_sided = |given, wanted| match &self.spaces {
            Spaces::One(_) => Ok(()),
            Spaces::Two(why) => Err(ReadError::OneSided { given, why: why.clone(), wanted }),
        };
        match (&x, &y) {
            (Some(_), None) => one_sided("row", "y-features")?,
            (None, Some(_)) => one_sided("column", "x-features")?,
            _ => {}
        }
        self.x_features = x.clone().or_else(|| y.clone());
        self.y_features = y.or(x);
        Ok(())
    }

    /// Why the metrics of the symmetric part have no value, if they have none.
    pub(super) fn two_spaces(&self) -> Option<&str> {
        match &self.spaces {
            Spaces::One(_) => None,
            Spaces::Two(why) => Some(why),
        }
    }
}
