//! Symbols that stand for objects without telling what they are.

use crate::error::SystemError;
use crate::parts::{SystemParts, each_row};
use burn::module::{Module, Param};
use burn::tensor::Tensor;
use burn::tensor::activation::softmax;
use relata_training::TrainableMlp;

/// Which symbol stands for an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SymbolChoice {
    /// That of its place.
    Position,
    /// What it retrieves from a library of that many symbols, by attention to a learned template of
    /// each: `s_i = softmax(<W x_i, f_k>)_k S` (symbolic attention, arXiv:2405.16727).
    Retrieval(usize),
}

/// A library of learned symbols.
#[derive(Module, Debug)]
pub struct SymbolLibrary {
    symbols: Param<Tensor<2>>,
    retrieval: Option<Retrieval>,
}

/// What finds the symbols of an object.
#[derive(Module, Debug)]
pub(crate) struct Retrieval {
    query: TrainableMlp,
    templates: Param<Tensor<2>>,
}

impl SymbolLibrary {
    /// Symbols of `width` numbers for `objects` objects of `dim` numbers.
    ///
    /// # Errors
    /// [`SystemError::Shape`] for a library without symbols, [`SystemError::Config`].
    pub fn new(
        name: &str,
        [objects, dim, width]: [usize; 3],
        choice: SymbolChoice,
        parts: &mut SystemParts,
    ) -> Result<Self, SystemError> {
        let retrieval = match choice {
            SymbolChoice::Position => None,
            SymbolChoice::Retrieval(0) => {
                let what = "the number of symbols of a library";
                return Err(SystemError::Shape { what, value: 0, expected: "at least 1".to_owned() });
            }
            SymbolChoice::Retrieval(count) => Some(Retrieval {
                query: parts.linear(&format!("{name}/query"), dim, dim)?,
                templates: parts.table(&format!("{name}/templates"), count, dim, 1.0),
            }),
        };
        let rows = if let SymbolChoice::Retrieval(count) = choice { count } else { objects };
        Ok(Self { symbols: parts.table(name, rows, width, 1.0), retrieval })
    }

    /// The symbol of every object.
    ///
    /// # Shapes
    /// `[B, m, d]` to `[B, m, width]`.
    #[must_use]
    pub fn forward(&self, x: &Tensor<3>) -> Tensor<3> {
        let [batch, _, d] = x.dims();
        let symbols: Tensor<3> = self.symbols.val().unsqueeze_dim(0);
        let Some(Retrieval { query, templates }) = &self.retrieval else {
            return symbols.repeat_dim(0, batch);
        };
        let templates: Tensor<3> = templates.val().transpose().unsqueeze_dim(0);
        let scores = each_row(query, x.clone()).matmul(templates.repeat_dim(0, batch));
        softmax(scores * (1.0 / (d as f64).sqrt()), 2).matmul(symbols.repeat_dim(0, batch))
    }
}
