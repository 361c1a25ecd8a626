//! When the search for a certificate stops.

use super::CertifyError;

/// When branch and bound stops.
#[derive(Clone, Debug, PartialEq)]
pub struct CertifyParams {
    /// The upper bound shall be within this part of the lower one.
    pub tolerance: f64,
    /// Stop as soon as the upper bound is at most this, or the lower bound above it.
    pub goal: Option<f64>,
    /// Bound at most about this many pairs of cells; the certificate is loose if they do not
    /// suffice.
    pub most_pairs: usize,
    /// Cells of each axis to start from, at least; kinks of a first ReLU layer in one dimension are
    /// cut at as well.
    pub cells: usize,
}

impl Default for CertifyParams {
    fn default() -> Self {
        Self { tolerance: 0.02, goal: None, most_pairs: 20_000_000, cells: 16 }
    }
}

/// Parameters that were checked; a search takes no others.
#[derive(Clone, Copy, Debug)]
pub(super) struct Checked {
    tolerance: f64,
    goal: Option<f64>,
    most_pairs: usize,
    cells: usize,
}

impl CertifyParams {
    /// # Errors
    /// [`CertifyError::Parameter`] names the parameter that is out of range.
    pub(super) fn checked(&self) -> Result<Checked, CertifyError> {
        let Self { tolerance, goal, most_pairs, cells } = *self;
        let wrong =
            |parameter, value: String, expected| Err(CertifyError::Parameter { parameter, value, expected });
        if !(tolerance > 0.0 && tolerance.is_finite()) {
            return wrong("tolerance", tolerance.to_string(), "positive and finite");
        }
        if let Some(g) = goal.filter(|g| g.is_nan() || *g < 0.0) {
            return wrong("goal", g.to_string(), "a number that is not negative");
        }
        for (parameter, value) in [("most_pairs", most_pairs), ("cells", cells)] {
            if value == 0 {
                return wrong(parameter, value.to_string(), "at least 1");
            }
        }
        Ok(Checked { tolerance, goal, most_pairs, cells })
    }
}

impl Checked {
    pub(super) fn tolerance(&self) -> f64 {
        self.tolerance
    }

    pub(super) fn goal(&self) -> Option<f64> {
        self.goal
    }

    pub(super) fn most_pairs(&self) -> usize {
        self.most_pairs
    }

    pub(super) fn cells(&self) -> usize {
        self.cells
    }
}
