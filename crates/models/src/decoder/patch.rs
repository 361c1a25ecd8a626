//! Replacing what heads write.

use super::config::DecoderConfig;
use super::error::DecoderError;
use super::load::upload;
use burn::tensor::Tensor;
use relata_training::NetworkDevice;

/// A change of a head's output, before its output matrix, at some positions of every prompt of a
/// batch.
#[derive(Clone, Debug, PartialEq)]
pub struct Patch {
    /// The layer, from 0.
    pub layer: usize,
    /// The query head, from 0.
    pub head: usize,
    /// The positions, from 0.
    pub positions: Vec<usize>,
    /// What stands there instead.
    pub value: PatchValue,
}

/// What replaces a head's output.
#[derive(Clone, Debug, PartialEq)]
pub enum PatchValue {
    /// Nothing.
    Zero,
    /// The same vector at every position of every prompt, for instance a mean over other prompts.
    Same(Vec<f32>),
    /// Vectors of their own: prompt by prompt, in each position by position, `head_dimension`
    /// numbers each.
    Each(Vec<f32>),
}

impl Patch {
    /// That it fits a batch of prompts of some length.
    pub(super) fn check(&self, c: &DecoderConfig, batch: usize, length: usize) -> Result<(), DecoderError> {
        c.check_head(self.layer, self.head)?;
        let wrong = |what, found, expected: String| {
            Err(DecoderError::Patch { layer: self.layer, head: self.head, what, found, expected })
        };
        if let Some(position) = self.positions.iter().find(|p| **p >= length) {
            return wrong("the position", *position, format!("the prompts have {length} tokens"));
        }
        let h = c.head_dimension;
        match &self.value {
            PatchValue::Same(v) if v.len() != h => wrong("numbers:", v.len(), format!("a head writes {h}")),
            PatchValue::Each(v) if v.len() != batch * self.positions.len() * h => wrong(
                "numbers:",
                v.len(),
                format!("{batch} prompts of {} positions need {h} each", self.positions.len()),
            ),
            _ => Ok(()),
        }
    }

    /// The output of all heads, `[batch, length, heads x head_dimension]`, with this change.
    pub(super) fn apply(&self, outputs: Tensor<3>, c: &DecoderConfig, device: &NetworkDevice) -> Tensor<3> {
        let [batch, _, _] = outputs.dims();
        let (h, count) = (c.head_dimension, self.positions.len());
        let column = self.head * h..(self.head + 1) * h;
        let mut outputs = outputs;
        for (k, position) in self.positions.iter().enumerate() {
            let values: Vec<f32> = match &self.value {
                PatchValue::Zero => vec![0.0; batch * h],
                PatchValue::Same(v) => v.repeat(batch),
                PatchValue::Each(v) => {
                    (0..batch).flat_map(|b| v[(b * count + k) * h..][..h].iter().copied()).collect()
                }
            };
            let values = upload(values, [batch, 1, h], device);
            outputs = outputs.slice_assign([0..batch, *position..*position + 1, column.clone()], values);
        }
        outputs
    }
}
