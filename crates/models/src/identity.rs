//! Prompts of identity rules (Yang et al. 2025, after Marcus et al. 1999): lines of three words of
//! which the third repeats the first (ABA) or the second (ABB), the last line without its third.

use crate::decoder::{Decoder, DecoderError};
use crate::encoder::Text;
use relata_relations::Seed;
use thiserror::Error;

/// Which word the third repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentityRule {
    /// The first.
    Aba,
    /// The second.
    Abb,
}

/// Why prompts cannot be made or asked.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// A tokenizer without the tokens that prompts are made of.
    #[error("the tokenizer has no token for {0}, of which prompts of identity rules are made")]
    Separator(&'static str),
    /// Fewer words than a prompt needs.
    #[error("a prompt of {shots} examples needs {needed} different words; there are {found}")]
    Words {
        /// Examples of a prompt.
        shots: usize,
        /// Words that it needs.
        needed: usize,
        /// Words that there are.
        found: usize,
    },
    /// What running the model says.
    #[error(transparent)]
    Decoder(#[from] DecoderError),
}

/// The tokens that prompts are made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityTokens {
    /// Words, each one token, in the order of their numbers.
    pub words: Vec<u32>,
    /// Between the words of a line.
    pub between: u32,
    /// After a line.
    pub after: u32,
}

/// Prompts of one rule and the tokens that continue them by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityPrompts {
    /// All of one length.
    pub prompts: Vec<Vec<u32>>,
    /// What follows each.
    pub answers: Vec<u32>,
}

impl IdentityRule {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Aba, Self::Abb];

    /// `ABA` or `ABB`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Aba => "ABA",
            Self::Abb => "ABB",
        }
    }
}

impl IdentityTokens {
    /// The tokens that are ASCII words of 3 to 8 letters without a blank before them, `^`, and the
    /// end of a line.
    ///
    /// # Errors
    /// [`IdentityError::Separator`]
    pub fn of(text: &Text) -> Result<Self, IdentityError> {
        let is_word = |t: &String| (3..=8).contains(&t.len()) && t.bytes().all(|b| b.is_ascii_alphabetic());
        let words = (0..text.size() as u32).filter(|id| text.token(*id).is_some_and(|t| is_word(&t)));
        let one = |what, names: &[&str]| {
            names.iter().find_map(|n| text.id(n)).ok_or(IdentityError::Separator(what))
        };
        Ok(Self {
            words: words.collect(),
            between: one("`^`", &["^"])?,
            // As byte pairs and as sentence pieces spell it.
            after: one("the end of a line", &["\u{10a}", "\n", "<0x0A>"])?,
        })
    }

    /// `count` prompts of `shots` examples and an unfinished line. All words of a prompt differ, and
    /// both rules have the same ones at the same seed.
    ///
    /// # Shapes
    /// `6 shots + 4` tokens each.
    ///
    /// # Errors
    /// [`IdentityError::Words`]
    pub fn prompts(
        &self,
        rule: IdentityRule,
        shots: usize,
        count: usize,
        seed: Seed,
    ) -> Result<IdentityPrompts, IdentityError> {
        let needed = 2 * (shots + 1);
        if self.words.len() < needed {
            return Err(IdentityError::Words { shots, needed, found: self.words.len() });
        }
        let mut stream = seed.stream(&format!("identity/{shots}"));
        let mut made = IdentityPrompts { prompts: Vec::new(), answers: Vec::new() };
        for _ in 0..count {
            let mut drawn: Vec<u32> = Vec::with_capacity(needed);
            while drawn.len() < needed {
                let word = self.words[stream.below(self.words.len())];
                if !drawn.contains(&word) {
                    drawn.push(word);
                }
            }
            let mut prompt = Vec::with_capacity(6 * shots + 4);
            for (k, pair) in drawn.chunks_exact(2).enumerate() {
                let third = if rule == IdentityRule::Aba { pair[0] } else { pair[1] };
                prompt.extend([pair[0], self.between, pair[1], self.between]);
                if k < shots {
                    prompt.extend([third, self.after]);
                } else {
                    made.answers.push(third);
                }
            }
            made.prompts.push(prompt);
        }
        Ok(made)
    }
}

impl IdentityPrompts {
    /// The share of the prompts after which the most probable token is the one of the rule, reading
    /// `batch` prompts at once.
    ///
    /// # Errors
    /// [`IdentityError::Decoder`], for instance if prompts are longer than the context.
    pub fn accuracy(&self, decoder: &Decoder, batch: usize) -> Result<f64, IdentityError> {
        let mut right = 0usize;
        for (prompts, answers) in self.prompts.chunks(batch.max(1)).zip(self.answers.chunks(batch.max(1))) {
            let prompts: Vec<&[u32]> = prompts.iter().map(Vec::as_slice).collect();
            let logits = decoder.logits(decoder.begin(&prompts)?)?;
            for (logits, answer) in logits.iter().zip(answers) {
                let own = logits[*answer as usize];
                let first = logits.iter().position(|l| *l >= own && l.total_cmp(&own).is_gt());
                right += usize::from(first.is_none());
            }
        }
        Ok(right as f64 / self.prompts.len().max(1) as f64)
    }
}
