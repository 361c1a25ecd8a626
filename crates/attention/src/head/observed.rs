//! The scores of a head on one context.

use super::error::HeadError;
use super::form::finite;
use crate::Scores;
use faer::MatRef;

/// Which keys a query sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visibility {
    /// All.
    All,
    /// Those up to and with its own position.
    Causal,
}

impl Visibility {
    /// The number of keys that query `i` of `n` sees; they are the first.
    #[must_use]
    pub fn keys(self, i: usize, n: usize) -> usize {
        match self {
            Self::All => n,
            Self::Causal => i + 1,
        }
    }
}

/// The scores of `n` queries and `n` keys, finite, and who sees whom.
#[derive(Clone, Debug, PartialEq)]
pub struct Observed {
    rows: Vec<Vec<f64>>,
    visibility: Visibility,
}

impl Observed {
    /// Scores, row `i` those of query `i`, with everything in them that softmax sees: scale and
    /// biases.
    ///
    /// # Errors
    /// [`HeadError`] if there is none, the matrix is not square, or an entry is not finite.
    pub fn new(scores: MatRef<'_, f64>, visibility: Visibility) -> Result<Self, HeadError> {
        let n = scores.nrows();
        if n == 0 {
            return Err(HeadError::EmptyContext);
        }
        if scores.ncols() != n {
            let (found, expected) = (vec![n, scores.ncols()], vec![n, n]);
            return Err(HeadError::Shape { what: "the matrix of scores", found, expected });
        }
        finite("the matrix of scores", scores)?;
        let rows = (0..n).map(|i| scores.row(i).iter().copied().collect()).collect();
        Ok(Self { rows, visibility })
    }

    /// The number of tokens.
    #[must_use]
    pub fn tokens(&self) -> usize {
        self.rows.len()
    }

    /// Who sees whom.
    #[must_use]
    pub fn visibility(&self) -> Visibility {
        self.visibility
    }

    /// All scores of query `i`, if there is such a query, seen or not.
    #[must_use]
    pub fn row(&self, i: usize) -> Option<&[f64]> {
        self.rows.get(i).map(Vec::as_slice)
    }

    /// The scores that each query sees, query by query.
    pub fn seen(&self) -> impl Iterator<Item = &[f64]> {
        let n = self.tokens();
        self.rows.iter().enumerate().map(move |(i, row)| &row[..self.visibility.keys(i, n)])
    }

    /// The same as scores of contexts.
    pub(crate) fn contexts(&self) -> impl Iterator<Item = Result<Scores<'_>, HeadError>> {
        self.rows.iter().enumerate().map(|(i, row)| {
            Ok(match self.visibility {
                Visibility::All => Scores::new(row)?,
                Visibility::Causal => Scores::causal(row, i)?,
            })
        })
    }
}
