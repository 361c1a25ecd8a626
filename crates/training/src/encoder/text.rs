//! From a text to tokens.

use super::error::EncoderError;
use tokenizers::{Encoding, Tokenizer, TruncationParams};

/// A tokenizer, without the truncation and padding that its file may ask for.
#[derive(Clone, Debug)]
pub struct Text {
    tokenizer: Tokenizer,
}

/// What to do with a text that is longer than the model reads at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Overlong {
    /// Refuse it.
    #[default]
    Refuse,
    /// Keep its beginning.
    Truncate,
    /// Cut it into windows of at most that many tokens each, special tokens included, one after the other.
    Windows(usize),
}

/// The tokens of a text that are read at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tokens {
    /// Their numbers.
    pub ids: Vec<u32>,
    /// Their spelling.
    pub words: Vec<String>,
}

impl Text {
    /// Reads the text of a tokenizer.json.
    ///
    /// # Errors
    /// [`EncoderError::Tokenizer`]
    pub fn parse(json: &str) -> Result<Self, EncoderError> {
        let mut tokenizer = Tokenizer::from_bytes(json.as_bytes()).map_err(|e| tokenizer_error(&*e))?;
        tokenizer.with_padding(None);
        tokenizer.with_truncation(None).map_err(|e| tokenizer_error(&*e))?;
        Ok(Self { tokenizer })
    }

    /// The text of its tokenizer.json.
    ///
    /// # Errors
    /// [`EncoderError::Tokenizer`]
    pub fn to_json(&self) -> Result<String, EncoderError> {
        self.tokenizer.to_string(false).map_err(|e| tokenizer_error(&*e))
    }

    /// The tokens of a text, with the special tokens that the model expects, for a model that reads `context` tokens at once.
    ///
    /// # Errors
    /// [`EncoderError::EmptyText`]; [`EncoderError::TooLong`] for [`Overlong::Refuse`]; [`EncoderError::Window`].
    pub fn tokens(
        &self,
        text: &str,
        context: usize,
        overlong: Overlong,
    ) -> Result<Vec<Tokens>, EncoderError> {
        if text.trim().is_empty() {
            return Err(EncoderError::EmptyText);
        }
        let special = self.encode("", None)?.get_ids().len();
        let window = match overlong {
            Overlong::Refuse => None,
            Overlong::Truncate => Some(context),
            Overlong::Windows(n) => Some(n),
        };
        if let Some(window) = window.filter(|w| *w <= special || *w > context) {
            return Err(EncoderError::Window { window, context, special });
        }
        let mut first = self.encode(text, window)?;
        let count = first.get_ids().len();
        if count <= special {
            return Err(EncoderError::EmptyText);
        }
        if count > context {
            return Err(EncoderError::TooLong { tokens: count, context });
        }
        let rest = if overlong == Overlong::Truncate { Vec::new() } else { first.take_overflowing() };
        let tokens = |e: &Encoding| Tokens { ids: e.get_ids().to_vec(), words: e.get_tokens().to_vec() };
        Ok([&first].into_iter().chain(&rest).map(tokens).collect())
    }

    fn encode(&self, text: &str, window: Option<usize>) -> Result<Encoding, EncoderError> {
        let Some(window) = window else {
            return self.tokenizer.encode(text, true).map_err(|e| tokenizer_error(&*e));
        };
        let mut cutting = self.tokenizer.clone();
        let params = TruncationParams { max_length: window, ..TruncationParams::default() };
        cutting.with_truncation(Some(params)).map_err(|e| tokenizer_error(&*e))?;
        cutting.encode(text, true).map_err(|e| tokenizer_error(&*e))
    }
}

fn tokenizer_error(e: &(dyn std::error::Error + Send + Sync)) -> EncoderError {
    EncoderError::Tokenizer(e.to_string())
}
