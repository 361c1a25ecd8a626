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

/// Attention of every object to every object.
#[derive(Module, Debug)]
pub struct Attention {
    query: TrainableMlp,
    key: TrainableMlp,
    value: TrainableMlp,
    out: TrainableMlp,
    identity: Option<Param<Tensor<2>>>,
    #[module(skip)]
    heads: usize,
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
        if heads == 0 || !dim.is_multiple_of(heads) {
            let expected = format!("a divisor of the {dim} numbers per object");
            return Err(SystemError::Shape { what: "the number of heads", value: heads, expected });
        }
        let mut map = |part: &str| parts.linear(&format!("{name}/{part}"), dim, dim);
        let (query, key, value, out) = (map("query")?, map("key")?, map("value")?, map("out")?);
        let identity = match identity {
            IdentityTerm::None => None,
            // From 0, so that the head starts as one without the term.
            IdentityTerm::Learned => Some(parts.table(&format!("{name}/identity"), 1, heads, 0.0)),
        };
        Ok(Self { query, key, value, out, identity, heads })
    }

    /// What each object retrieves.
    ///
    /// # Shapes
    /// `[B, m, d]` to the same.
    #[must_use]
    pub fn forward(&self, x: &Tensor<3>) -> Tensor<3> {
        let [batch, m, d] = x.dims();
        let width = d / self.heads;
        let split = |mlp: &TrainableMlp| {
            each_row(mlp, x.clone()).reshape([batch, m, self.heads, width]).swap_dims(1, 2)
        };
        let (q, k, v) = (split(&self.query), split(&self.key), split(&self.value));
        let mut scores = q.matmul(k.swap_dims(2, 3)) * (1.0 / (width as f64).sqrt());
        if let Some(a) = &self.identity {
            let own = x.clone().matmul(x.clone().swap_dims(1, 2)) * (1.0 / (d as f64).sqrt());
            let own = own.reshape([batch, 1, m, m]);
            scores = scores + own * a.val().reshape([1, self.heads, 1, 1]);
        }
        let retrieved = softmax(scores, 3).matmul(v).swap_dims(1, 2).reshape([batch, m, d]);
        each_row(&self.out, retrieved)
    }
}
