//! Softmax attention with several heads.

use crate::error::SystemError;
use crate::parts::{SystemParts, each_row};
use burn::module::{Module, Param};
use burn::tensor::Tensor;
use burn::tensor::activation::softmax;
use relata_training::TrainableMlp;

/// What is added to the form of the scores.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IdentityTerm {
    /// Nothing: scores are `<W_Q x, W_K y>`.
    None,
    /// `a <x, y>` with one learned number per head: scores are of the form `W_Q' W_K + a I`, the
    /// change that Boix-Adsera and others (arXiv:2310.09753) propose for reaching unseen symbols.
    Learned,
}

/// How much every object attends to every object, head by head.
#[derive(Module, Debug)]
pub struct AttentionWeights {
    query: TrainableMlp,
    key: TrainableMlp,
    identity: Option<Param<Tensor<2>>>,
    #[module(skip)]
    heads: usize,
}

/// Attention of every object to every object.
#[derive(Module, Debug)]
pub struct Attention {
    weights: AttentionWeights,
    value: TrainableMlp,
    out: TrainableMlp,
}

impl AttentionWeights {
    /// Weights over rows of `dim` numbers by `heads` heads of `width` numbers each.
    ///
    /// # Errors
    /// [`SystemError::Config`] if a size is 0.
    pub fn new(
        name: &str,
        [dim, heads, width]: [usize; 3],
        identity: IdentityTerm,
        parts: &mut SystemParts,
    ) -> Result<Self, SystemError> {
        let mut map = |part: &str| parts.linear(&format!("{name}/{part}"), dim, heads * width);
        let (query, key) = (map("query")?, map("key")?);
        let identity = match identity {
            IdentityTerm::None => None,
            // From 0, so that the head starts as one without the term.
            IdentityTerm::Learned => Some(parts.table(&format!("{name}/identity"), 1, heads, 0.0)),
        };
        Ok(Self { query, key, identity, heads })
    }

    /// The weights; over the last axis they add up to 1.
    ///
    /// # Shapes
    /// `[B, m, d]` to `[B, heads, m, m]`.
    #[must_use]
    pub fn forward(&self, x: &Tensor<3>) -> Tensor<4> {
        let [batch, m, d] = x.dims();
        let (q, k) = (by_head(&self.query, x, self.heads), by_head(&self.key, x, self.heads));
        let width = q.dims()[3];
        let mut scores = q.matmul(k.swap_dims(2, 3)) * (1.0 / (width as f64).sqrt());
        if let Some(a) = &self.identity {
            let own = x.clone().matmul(x.clone().swap_dims(1, 2)) * (1.0 / (d as f64).sqrt());
            let own = own.reshape([batch, 1, m, m]);
            scores = scores + own * a.val().reshape([1, self.heads, 1, 1]);
        }
        softmax(scores, 3)
    }
}

impl Attention {
    /// Attention over rows of `dim` numbers, a multiple of `heads`.
    ///
    /// # Errors
    /// [`SystemError::Shape`] if the heads do not divide the numbers, [`SystemError::Config`].
    pub fn new(
        name: &str,
        dim: usize,
        heads: usize,
        identity: IdentityTerm,
        parts: &mut SystemParts,
    ) -> Result<Self, SystemError> {
        let width = width_of_head(dim, heads)?;
        let weights = AttentionWeights::new(name, [dim, heads, width], identity, parts)?;
        let mut map = |part: &str| parts.linear(&format!("{name}/{part}"), dim, dim);
        Ok(Self { weights, value: map("value")?, out: map("out")? })
    }

    /// What each object retrieves.
    ///
    /// # Shapes
    /// `[B, m, d]` to the same.
    #[must_use]
    pub fn forward(&self, x: &Tensor<3>) -> Tensor<3> {
        let values = by_head(&self.value, x, self.weights.heads);
        each_row(&self.out, side_by_side(self.weights.forward(x).matmul(values)))
    }
}

/// The numbers of a head where `heads` heads share `dim`.
pub(crate) fn width_of_head(dim: usize, heads: usize) -> Result<usize, SystemError> {
    if heads == 0 || !dim.is_multiple_of(heads) {
        let expected = format!("a divisor of the {dim} numbers per object");
        return Err(SystemError::Shape { what: "the number of heads", value: heads, expected });
    }
    Ok(dim / heads)
}

/// A map of every row, cut into heads.
///
/// # Shapes
/// `[B, m, d]` to `[B, heads, m, w]`.
pub(crate) fn by_head(map: &TrainableMlp, x: &Tensor<3>, heads: usize) -> Tensor<4> {
    let y = each_row(map, x.clone());
    let [batch, m, d] = y.dims();
    y.reshape([batch, m, heads, d / heads]).swap_dims(1, 2)
}

/// What the heads have, side by side.
///
/// # Shapes
/// `[B, heads, m, w]` to `[B, m, heads w]`.
pub(crate) fn side_by_side(heads: Tensor<4>) -> Tensor<3> {
    let [batch, h, m, width] = heads.dims();
    heads.swap_dims(1, 2).reshape([batch, m, h * width])
}
