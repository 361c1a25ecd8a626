//! From a text to tokens.

use super::error::EncoderError;
use tokenizers::{Encoding, Tokenizer, TruncationDirection};

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
    /// Cut it into windows of at most that many tokens each, special tokens included, one after the
    /// other.
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

    /// The number of tokens that it knows.
    #[must_use]
    pub fn size(&self) -> usize {
        self.tokenizer.get_vocab_size(true)
    }

    /// The text of its tokenizer.json.
    ///
    /// # Errors
    /// [`EncoderError::Tokenizer`]
    pub fn to_json(&self) -> Result<String, EncoderError> {
        self.tokenizer.to_string(false).map_err(|e| tokenizer_error(&*e))
    }

    /// The tokens of a text, with the special tokens that the model expects, for a model that reads
    /// `context` tokens at once.
    ///
    /// # Errors
    /// [`EncoderError::EmptyText`]; [`EncoderError::TooLong`] for [`Overlong::Refuse`];
    /// [`EncoderError::Window`].
    pub fn tokens(
        &self,
        text: &str,
        context: usize,
        overlong: Overlong,
    ) -> Result<Vec<Tokens>, EncoderError> {
        if text.trim().is_empty() {
            return Err(EncoderError::EmptyText);
        }
        let special = self.finish(self.encode("")?)?.ids.len();
        let window = match overlong {
            Overlong::Refuse => usize::MAX,
            Overlong::Truncate => context,
            Overlong::Windows(n) => n,
        };
        let cutting = overlong != Overlong::Refuse;
        if cutting && (window <= special || window > context) {
            return Err(EncoderError::Window { window, context, special });
        }
        let mut whole = self.encode(text)?;
        let tokens = whole.get_ids().len() + special;
        if tokens == special {
            return Err(EncoderError::EmptyText);
        }
        if !cutting && tokens > context {
            return Err(EncoderError::TooLong { tokens, context });
        }
        // The tokenizer's own truncation stops reading a long text early, and loses what comes
        // after the first windows.
        whole.truncate(window - special, 0, TruncationDirection::Right);
        let rest = whole.take_overflowing();
        let rest = if overlong == Overlong::Truncate { Vec::new() } else { rest };
        [whole].into_iter().chain(rest).map(|e| self.finish(e)).collect()
    }

    /// The same for a model that has embeddings for the tokens below `vocabulary` alone.
    pub(crate) fn embedded_tokens(
        &self,
        text: &str,
        context: usize,
        vocabulary: usize,
        overlong: Overlong,
    ) -> Result<Vec<Tokens>, EncoderError> {
        let windows = self.tokens(text, context, overlong)?;
        let all = windows.iter().flat_map(|w| w.ids.iter().zip(&w.words));
        match all.into_iter().find(|(id, _)| usize::try_from(**id).is_ok_and(|id| id >= vocabulary)) {
            None => Ok(windows),
            Some((id, token)) => Err(EncoderError::Unembedded {
                token: token.clone(),
                id: *id,
                tokens: self.size(),
                vocabulary,
            }),
        }
    }

    /// The number of the token with that spelling, as vocabularies spell it.
    #[must_use]
    pub fn id(&self, token: &str) -> Option<u32> {
        self.tokenizer.token_to_id(token)
    }

    /// The spelling of a token.
    #[must_use]
    pub fn token(&self, id: u32) -> Option<String> {
        self.tokenizer.id_to_token(id)
    }

    /// The text that tokens stand for.
    ///
    /// # Errors
    /// [`EncoderError::Tokenizer`]
    pub fn decode(&self, tokens: &[u32]) -> Result<String, EncoderError> {
        self.tokenizer.decode(tokens, false).map_err(|e| tokenizer_error(&*e))
    }

    /// Without special tokens.
    fn encode(&self, text: &str) -> Result<Encoding, EncoderError> {
        self.tokenizer.encode(text, false).map_err(|e| tokenizer_error(&*e))
    }

    /// With special tokens.
    fn finish(&self, e: Encoding) -> Result<Tokens, EncoderError> {
        let e = self.tokenizer.post_process(e, None, true).map_err(|e| tokenizer_error(&*e))?;
        Ok(Tokens { ids: e.get_ids().to_vec(), words: e.get_tokens().to_vec() })
    }
}

fn tokenizer_error(e: &(dyn std::error::Error + Send + Sync)) -> EncoderError {
    EncoderError::Tokenizer(e.to_string())
}
