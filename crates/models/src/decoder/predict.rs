//! What comes next.

use super::error::DecoderError;
use super::forward::Decoder;

/// A token that may come next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// Its number.
    pub token: u32,
    /// Its logit.
    pub logit: f64,
    /// Its probability.
    pub probability: f64,
}

impl Decoder {
    /// The `count` most probable next tokens, the most probable first; ties by number.
    ///
    /// # Errors
    /// As [`Decoder::begin`] and [`Decoder::logits`].
    pub fn next(&self, tokens: &[u32], count: usize) -> Result<Vec<Candidate>, DecoderError> {
        let logits = self.logits(self.begin(&[tokens])?)?;
        Ok(logits.first().map_or_else(Vec::new, |logits| candidates(logits, count)))
    }

    /// `count` tokens that follow, each the most probable one. Every token costs a forward pass.
    ///
    /// # Errors
    /// As [`Decoder::next`]; that the text becomes longer than the context.
    pub fn generate(&self, tokens: &[u32], count: usize) -> Result<Vec<u32>, DecoderError> {
        let mut all = tokens.to_vec();
        for _ in 0..count {
            let next = self.next(&all, 1)?;
            all.extend(next.first().map(|c| c.token));
        }
        Ok(all.split_off(tokens.len()))
    }
}

fn candidates(logits: &[f64], count: usize) -> Vec<Candidate> {
    let mut order: Vec<usize> = (0..logits.len()).collect();
    let ahead = |a: &usize, b: &usize| logits[*b].total_cmp(&logits[*a]).then(a.cmp(b));
    let count = count.min(order.len());
    if count == 0 {
        return Vec::new();
    }
    order.select_nth_unstable_by(count - 1, ahead);
    order.truncate(count);
    order.sort_by(ahead);
    let top = logits[order[0]];
    let sum: f64 = logits.iter().map(|l| (l - top).exp()).sum();
    let one = |k: usize| Candidate {
        token: k as u32,
        logit: logits[k],
        probability: (logits[k] - top).exp() / sum,
    };
    order.into_iter().map(one).collect()
}
