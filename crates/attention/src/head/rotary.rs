//! Heads whose queries and keys turn with their positions.

use super::error::HeadError;
use super::form::Head;
use faer::{Mat, MatRef};

/// A head with rotary positions (Su et al. 2021): the planes of the coordinates `p` and
/// `p + planes` of queries and keys turn by `position f_p`, so that the score of key `j` for query
/// `i` is that of the form `M_t = c W_Q R_(-t) W_K^T` at the offset `t = i - j`.
#[derive(Clone, Debug)]
pub struct RotaryHead {
    head: Head,
    frequencies: Vec<f64>,
}

/// How much of a head's form each plane carries.
#[derive(Clone, Debug, PartialEq)]
pub struct PlaneEnergy {
    /// Plane by plane: its share of the mean of `|M_t|_F^2` over all offsets.
    pub planes: Vec<f64>,
    /// The share of the dimensions that do not turn.
    pub still: f64,
}

impl RotaryHead {
    /// The head at offset 0 and the frequencies of its planes, in radians per position.
    ///
    /// # Errors
    /// [`HeadError::Shape`] if there are more planes than the dimension has, [`HeadError::NonFinite`].
    pub fn new(head: Head, frequencies: Vec<f64>) -> Result<Self, HeadError> {
        if 2 * frequencies.len() > head.dimension() {
            let (found, expected) = (vec![frequencies.len()], vec![head.dimension() / 2]);
            return Err(HeadError::Shape { what: "the frequencies", found, expected });
        }
        if let Some(column) = frequencies.iter().position(|f| !f.is_finite()) {
            let value = frequencies[column];
            return Err(HeadError::NonFinite { what: "the frequencies", row: 0, column, value });
        }
        Ok(Self { head, frequencies })
    }

    /// The head at an offset, query's position less key's: an ordinary one, with its form.
    ///
    /// # Errors
    /// None for weights that a head accepts.
    pub fn at(&self, offset: i64) -> Result<Head, HeadError> {
        let planes = self.frequencies.len();
        let turned = |m: MatRef<'_, f64>| {
            let mut out = m.to_owned();
            for (p, f) in self.frequencies.iter().enumerate() {
                let (sin, cos) = (-(offset as f64) * f).sin_cos();
                for i in 0..m.nrows() {
                    let (a, b) = (m[(i, p)], m[(i, p + planes)]);
                    out[(i, p)] = a * cos - b * sin;
                    out[(i, p + planes)] = b * cos + a * sin;
                }
            }
            out
        };
        let (key, bias) = self.head.key_weights();
        let bias = turned(Mat::from_fn(1, bias.len(), |_, j| bias[j]).as_ref());
        self.head.with_key_weights(turned(key), bias.row(0).iter().copied().collect())
    }

    /// Which planes carry the form.
    ///
    /// `M_t = sum_p (cos(t f_p) A_p + sin(t f_p) B_p) + M_still`; over all offsets the mean of
    /// `|M_t|_F^2` is `sum_p (|A_p|_F^2 + |B_p|_F^2) / 2 + |M_still|_F^2` (Parseval, for frequencies
    /// that differ and are in `(0, pi)`), and `|A_p|^2 + |B_p|^2 = |W_Q,p|_F^2 |W_K,p|_F^2` with the
    /// two columns of the plane.
    ///
    /// # Errors
    /// [`HeadError::Zero`] if the form is zero at every offset.
    pub fn plane_energy(&self) -> Result<PlaneEnergy, HeadError> {
        let (query, (key, _)) = (self.head.query_weights(), self.head.key_weights());
        let planes = self.frequencies.len();
        let size =
            |m: MatRef<'_, f64>, p: usize| m.col(p).squared_norm_l2() + m.col(p + planes).squared_norm_l2();
        let energies: Vec<f64> = (0..planes).map(|p| 0.5 * size(query, p) * size(key, p)).collect();
        let rest = self.head.dimension() - 2 * planes;
        let part = |m: MatRef<'_, f64>| m.subcols(2 * planes, rest).to_owned();
        let (q, k) = (part(query), part(key));
        let still = if rest == 0 {
            0.0
        } else {
            (q.transpose() * &q * (k.transpose() * &k)).diagonal().column_vector().sum()
        };
        let total = energies.iter().sum::<f64>() + still;
        if total <= 0.0 {
            return Err(HeadError::Zero);
        }
        Ok(PlaneEnergy { planes: energies.iter().map(|e| e / total).collect(), still: still / total })
    }
}
