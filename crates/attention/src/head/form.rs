//! The bilinear form of a head, from its weights.

use super::error::HeadError;
use faer::{Mat, MatRef, Scale};
use relata_kernels::{EffectiveRank, effective_rank};
use relata_relations::spectral;
use relata_relations::{PowerOfTwo, norm2};

/// A head: queries `x W_Q + b_Q`, keys `x W_K + b_K`, score `c <q, k>`.
#[derive(Clone, Debug)]
pub struct Head {
    query: Mat<f64>,
    key: Mat<f64>,
    query_bias: Vec<f64>,
    key_bias: Vec<f64>,
    scale: f64,
}

/// The form `M = c W_Q W_K^T`: what is known of it from the weights alone.
///
/// Every share is relative to `|M|_F`; symmetric and antisymmetric part satisfy
/// `symmetric^2 + antisymmetric^2 = 1`, and `positive^2 + negative^2 = symmetric^2`.
#[derive(Clone, Debug, PartialEq)]
pub struct Form {
    /// The `d_head` largest singular values, largest first; the others are 0.
    pub singular_values: Vec<f64>,
    /// The nonzero eigenvalues of `(M + M^T) / 2`, at most `2 d_head`, largest first. There may be
    /// zeros among them.
    pub eigenvalues: Vec<f64>,
    /// Effective ranks of the singular values: by entropy, stable, and others.
    pub ranks: EffectiveRank,
    /// `|M|_F`.
    pub norm: f64,
    /// `|(M + M^T) / 2|_F / |M|_F`.
    pub symmetric: f64,
    /// `|(M - M^T) / 2|_F / |M|_F`: 0 for a symmetric form, 1 for an antisymmetric one, about
    /// `1 / sqrt 2` for independent factors.
    pub antisymmetric: f64,
    /// The norm of the positive part of the symmetric part, relative: what one shared encoder could
    /// do.
    pub positive: f64,
    /// The norm of the negative part of the symmetric part, relative.
    pub negative: f64,
}

/// What the biases add to the scores on given inputs:
/// `s_ij = x_i^T M x_j + key_only_j + query_only_i + constant`.
#[derive(Clone, Debug, PartialEq)]
pub struct BiasTerms {
    /// `c <b_Q, W_K^T x_j>`: a utility of the keys that no query changes.
    pub key_only: Vec<f64>,
    /// `c <W_Q^T x_i, b_K>`: softmax does not see it.
    pub query_only: Vec<f64>,
    /// `c <b_Q, b_K>`: softmax does not see it either.
    pub constant: f64,
}

impl Head {
    /// A head without biases; `scale` is usually `1 / sqrt(d_head)`.
    ///
    /// # Shapes
    /// `query` and `key` are `d x d_head`.
    ///
    /// # Errors
    /// [`HeadError`] if the shapes differ, a side is 0, an entry is not finite or the scale is not
    /// positive.
    pub fn new(query: Mat<f64>, key: Mat<f64>, scale: f64) -> Result<Self, HeadError> {
        let zeros = vec![0.0; query.ncols()];
        Self::with_biases(query, key, zeros.clone(), zeros, scale)
    }

    /// A head with biases.
    ///
    /// # Errors
    /// As [`Head::new`].
    pub fn with_biases(
        query: Mat<f64>,
        key: Mat<f64>,
        query_bias: Vec<f64>,
        key_bias: Vec<f64>,
        scale: f64,
    ) -> Result<Self, HeadError> {
        let (d, h) = (query.nrows(), query.ncols());
        if d == 0 || h == 0 {
            let (found, expected) = (vec![d, h], vec![d.max(1), h.max(1)]);
            return Err(HeadError::Shape { what: "W_Q", found, expected });
        }
        if (key.nrows(), key.ncols()) != (d, h) {
            let found = vec![key.nrows(), key.ncols()];
            return Err(HeadError::Shape { what: "W_K", found, expected: vec![d, h] });
        }
        for (what, b) in [("b_Q", &query_bias), ("b_K", &key_bias)] {
            if b.len() != h {
                return Err(HeadError::Shape { what, found: vec![b.len()], expected: vec![h] });
            }
            if let Some(column) = b.iter().position(|v| !v.is_finite()) {
                return Err(HeadError::NonFinite { what, row: 0, column, value: b[column] });
            }
        }
        finite("W_Q", query.as_ref())?;
        finite("W_K", key.as_ref())?;
        if !(scale.is_finite() && scale > 0.0) {
            return Err(HeadError::Scale(scale));
        }
        Ok(Self { query, key, query_bias, key_bias, scale })
    }

    /// The dimension of what the head reads.
    #[must_use]
    pub fn width(&self) -> usize {
        self.query.nrows()
    }

    /// The dimension of queries and keys.
    #[must_use]
    pub fn dimension(&self) -> usize {
        self.query.ncols()
    }

    /// The same head on `(x, 1)`, where the biases are part of the form.
    #[must_use]
    pub fn augmented(&self) -> Self {
        let stack = |w: &Mat<f64>, b: &[f64]| {
            Mat::from_fn(w.nrows() + 1, w.ncols(), |i, j| if i < w.nrows() { w[(i, j)] } else { b[j] })
        };
        let zeros = vec![0.0; self.dimension()];
        Self {
            query: stack(&self.query, &self.query_bias),
            key: stack(&self.key, &self.key_bias),
            query_bias: zeros.clone(),
            key_bias: zeros,
            scale: self.scale,
        }
    }

    /// `W_Q`.
    pub(super) fn query_weights(&self) -> MatRef<'_, f64> {
        self.query.as_ref()
    }

    /// `W_K` and `b_K`.
    pub(super) fn key_weights(&self) -> (MatRef<'_, f64>, &[f64]) {
        (self.key.as_ref(), &self.key_bias)
    }

    /// The same head with other keys.
    pub(super) fn with_key_weights(&self, key: Mat<f64>, key_bias: Vec<f64>) -> Result<Self, HeadError> {
        Self::with_biases(self.query.clone(), key, self.query_bias.clone(), key_bias, self.scale)
    }

    /// The scores on given inputs, biases included.
    ///
    /// # Shapes
    /// `n x d` to `n x n`; row `i` has query `i`'s scores.
    ///
    /// # Errors
    /// [`HeadError`] if the inputs have another width, are none, or are not finite;
    /// [`HeadError::Range`] where a score overflows.
    pub fn scores(&self, inputs: MatRef<'_, f64>) -> Result<Mat<f64>, HeadError> {
        self.check(inputs)?;
        let inputs = Scaled::of(inputs);
        let with = |w: &Mat<f64>, b: &[f64]| {
            let (w, offset) = (Scaled::of(w.as_ref()), PowerOfTwo::of(b.iter().copied()));
            let product = inputs.exponent + w.exponent;
            // A bias of zeros has no size.
            let exponent =
                if b.iter().any(|v| v.abs() > 0.0) { product.max(offset.exponent()) } else { product };
            let unit = PowerOfTwo::new(exponent);
            let mut out = inputs.matrix() * w.matrix();
            let shift = PowerOfTwo::new(product - exponent);
            out.col_iter_mut().zip(b).for_each(|(column, b)| {
                let b = unit.divide(*b);
                if shift == PowerOfTwo::ONE {
                    column.iter_mut().for_each(|v| *v += b);
                } else {
                    column.iter_mut().for_each(|v| *v = shift.multiply(*v) + b);
                }
            });
            (out, exponent)
        };
        let (q, k) = (with(&self.query, &self.query_bias), with(&self.key, &self.key_bias));
        plain(q.0 * k.0.transpose() * Scale(self.scale), q.1 + k.1, "a score")
    }

    /// What the biases add to the scores.
    ///
    /// # Errors
    /// As [`Head::scores`].
    pub fn bias_terms(&self, inputs: MatRef<'_, f64>) -> Result<BiasTerms, HeadError> {
        self.check(inputs)?;
        let inputs = Scaled::of(inputs);
        let along = |w: &Mat<f64>, b: &[f64]| -> Result<Vec<f64>, HeadError> {
            let (w, b) = (Scaled::of(w.as_ref()), column(b));
            let direction = w.matrix() * b.matrix() * Scale(self.scale);
            let exponent = inputs.exponent + w.exponent + b.exponent;
            let terms = plain(inputs.matrix() * direction, exponent, "a bias term")?;
            Ok(terms.col(0).iter().copied().collect())
        };
        let (q, k) = (column(&self.query_bias), column(&self.key_bias));
        let constant = q.matrix().transpose() * k.matrix() * Scale(self.scale);
        let constant = plain(constant, q.exponent + k.exponent, "a bias term")?;
        Ok(BiasTerms {
            key_only: along(&self.key, &self.query_bias)?,
            query_only: along(&self.query, &self.key_bias)?,
            constant: constant[(0, 0)],
        })
    }

    /// Spectrum and parts of `M = c W_Q W_K^T`, biases left out.
    ///
    /// No `d x d` matrix is formed: with one thin factorisation `[W_Q W_K] = Z [A B]` the singular
    /// values and both parts of `M` are those of `c A B^T`, of which all but the first `d_head` rows
    /// are zero, because `A` is triangular. Complexity `O(d d_head^2)`.
    ///
    /// ```
    /// use relata_attention::head::Head;
    /// use relata_relations::faer::mat;
    /// // x_1 y_2 - x_2 y_1 is antisymmetric.
    /// let turn = Head::new(mat![[1.0, 0.0], [0.0, 1.0]], mat![[0.0, -1.0], [1.0, 0.0]], 1.0)?.form()?;
    /// assert!((turn.antisymmetric - 1.0).abs() < 1e-15 && turn.symmetric < 1e-15);
    /// # Ok::<(), relata_attention::head::HeadError>(())
    /// ```
    ///
    /// # Errors
    /// [`HeadError::Zero`] if `M` vanishes; [`HeadError::NoConvergence`]; [`HeadError::Range`] where
    /// the spectrum overflows.
    pub fn form(&self) -> Result<Form, HeadError> {
        let (d, h) = (self.width(), self.dimension());
        // In units of the weights; only the spectrum and the norm have one.
        let (query, key) = (Scaled::of(self.query.as_ref()), Scaled::of(self.key.as_ref()));
        let unit = PowerOfTwo::new(query.exponent + key.exponent);
        let mut both = Mat::zeros(d, 2 * h);
        both.subcols_mut(0, h).copy_from(query.matrix());
        both.subcols_mut(h, h).copy_from(key.matrix());
        let joint = both.qr().thin_R().to_owned();
        let core = joint.subcols(0, h) * joint.subcols(h, h).transpose() * Scale(self.scale);
        let failed = |_| HeadError::NoConvergence("singular value decomposition");
        let rows = core.subrows(0, h.min(core.nrows()));
        let mut singular_values = spectral::singular_values(rows).map_err(failed)?;
        singular_values.resize(h, 0.0);
        let ranks = effective_rank(&singular_values)?;

        let part = |sign: f64| {
            Mat::from_fn(core.nrows(), core.ncols(), |i, j| 0.5 * core[(i, j)] + sign * 0.5 * core[(j, i)])
        };
        let symmetric = part(1.0);
        let mut eigenvalues = spectral::symmetric_eigenvalues(symmetric.as_ref())
            .map_err(|_| HeadError::NoConvergence("eigenvalue decomposition"))?;
        eigenvalues.reverse();
        let norm = core.norm_l2();
        let size = |keep: fn(&f64) -> bool| norm2(eigenvalues.iter().copied().filter(keep)) / norm;
        let in_units = |values: &[f64]| -> Result<Vec<f64>, HeadError> {
            let all: Vec<f64> = values.iter().map(|v| unit.multiply(*v)).collect();
            if held(values, &all) { Ok(all) } else { Err(HeadError::Range("the spectrum")) }
        };
        Ok(Form {
            positive: size(|v| *v > 0.0),
            negative: size(|v| *v < 0.0),
            symmetric: symmetric.norm_l2() / norm,
            antisymmetric: part(-1.0).norm_l2() / norm,
            singular_values: in_units(&singular_values)?,
            eigenvalues: in_units(&eigenvalues)?,
            ranks,
            norm: in_units(&[norm])?[0],
        })
    }

    /// `|P M P|_F` with `P` the projection on the span of the inputs: what of `M` they can show.
    pub(crate) fn visible_norm(&self, inputs: MatRef<'_, f64>) -> Result<f64, HeadError> {
        self.check(inputs)?;
        let basis = Scaled::of(inputs).matrix().transpose().to_owned().qr().compute_thin_Q();
        let (q, k) = (Scaled::of(self.query.as_ref()), Scaled::of(self.key.as_ref()));
        let on = |w: MatRef<'_, f64>| basis.transpose() * w;
        let norm = self.scale * (on(q.matrix()) * on(k.matrix()).transpose()).norm_l2();
        Ok(PowerOfTwo::new(q.exponent + k.exponent).multiply(norm))
    }

    fn check(&self, inputs: MatRef<'_, f64>) -> Result<(), HeadError> {
        let (n, d) = (inputs.nrows(), self.width());
        if n == 0 {
            return Err(HeadError::EmptyContext);
        }
        if inputs.ncols() != d {
            let (found, expected) = (vec![n, inputs.ncols()], vec![n, d]);
            return Err(HeadError::Shape { what: "the matrix of inputs", found, expected });
        }
        finite("the matrix of inputs", inputs)
    }
}

/// A matrix in units of a power of two, so that products of a few neither overflow nor underflow: of
/// the power below its largest entry, or of 1 where that is of ordinary size.
struct Scaled<'a> {
    given: MatRef<'a, f64>,
    /// The matrix in another unit than 1.
    divided: Option<Mat<f64>>,
    exponent: i32,
}

impl<'a> Scaled<'a> {
    fn of(m: MatRef<'a, f64>) -> Self {
        /// Products of four numbers of this size keep all digits.
        const ORDINARY: std::ops::RangeInclusive<f64> = 1e-30..=1e30;
        if ORDINARY.contains(&m.norm_max()) {
            return Self { given: m, divided: None, exponent: 0 };
        }
        let unit = PowerOfTwo::of(m.col_iter().flat_map(|c| c.iter().copied()));
        let divided = Mat::from_fn(m.nrows(), m.ncols(), |i, j| unit.divide(m[(i, j)]));
        Self { given: m, divided: Some(divided), exponent: unit.exponent() }
    }

    fn matrix(&self) -> MatRef<'_, f64> {
        self.divided.as_ref().map_or(self.given, Mat::as_ref)
    }
}

/// Numbers as a matrix of one column, scaled.
fn column(b: &[f64]) -> Scaled<'_> {
    Scaled::of(MatRef::from_column_major_slice(b, b.len(), 1))
}

/// A matrix in units of a power of two as it is, if that is within floating point.
fn plain(mut matrix: Mat<f64>, exponent: i32, what: &'static str) -> Result<Mat<f64>, HeadError> {
    let all = |m: &Mat<f64>| m.col_iter().flat_map(|c| c.iter().copied()).collect::<Vec<f64>>();
    let scaled = all(&matrix);
    if exponent != 0 {
        let unit = PowerOfTwo::new(exponent);
        matrix.col_iter_mut().for_each(|c| c.iter_mut().for_each(|v| *v = unit.multiply(*v)));
    }
    if held(&scaled, &all(&matrix)) { Ok(matrix) } else { Err(HeadError::Range(what)) }
}

/// Whether numbers in another unit are finite, and the largest of them has all its digits.
fn held(before: &[f64], after: &[f64]) -> bool {
    let largest = |v: &[f64]| v.iter().fold(0.0f64, |m, x| m.max(x.abs()));
    after.iter().all(|v| v.is_finite()) && (largest(after).is_normal() || largest(before) <= 0.0)
}

/// Every entry is finite.
pub(crate) fn finite(what: &'static str, m: MatRef<'_, f64>) -> Result<(), HeadError> {
    for (column, c) in m.col_iter().enumerate() {
        if let Some(row) = c.iter().position(|v| !v.is_finite()) {
            return Err(HeadError::NonFinite { what, row, column, value: m[(row, column)] });
        }
    }
    Ok(())
}
