//! The families of decoders, and how a checkpoint says which it is.

use std::fmt;

/// The families of causal language models that can be read and run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecoderFamily {
    /// Rotary positions, root-mean-square normalisation, a gated perceptron (Touvron et al. 2023);
    /// SmolLM and many others are the same.
    Llama,
    /// Llama whose attention may have a window (Jiang et al. 2023). Its context here is one window.
    Mistral,
    /// Llama with biases of queries, keys and values (Yang et al. 2024); Qwen2.5 is the same.
    Qwen2,
    /// Llama whose queries and keys are normalised head by head (Qwen team 2025).
    Qwen3,
    /// Llama with scaled embeddings, gains around zero and a GELU (Gemma team 2024).
    Gemma,
    /// Rotary positions on a part of each head, attention and perceptron side by side (Black et al.
    /// 2022); Pythia is the same.
    GptNeox,
    /// Learned positions (Radford et al. 2019).
    Gpt2,
}

impl DecoderFamily {
    /// All families.
    pub const ALL: [Self; 7] =
        [Self::Llama, Self::Mistral, Self::Qwen2, Self::Qwen3, Self::Gemma, Self::GptNeox, Self::Gpt2];

    /// The name in config.json.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Llama => "llama",
            Self::Mistral => "mistral",
            Self::Qwen2 => "qwen2",
            Self::Qwen3 => "qwen3",
            Self::Gemma => "gemma",
            Self::GptNeox => "gpt_neox",
            Self::Gpt2 => "gpt2",
        }
    }

    /// The family of a `model_type`.
    #[must_use]
    pub fn of_model_type(name: &str) -> Option<Self> {
        Some(match name {
            "llama" => Self::Llama,
            "mistral" => Self::Mistral,
            "qwen2" => Self::Qwen2,
            "qwen3" => Self::Qwen3,
            "gemma" => Self::Gemma,
            "gpt_neox" => Self::GptNeox,
            "gpt2" => Self::Gpt2,
            _ => return None,
        })
    }

    /// The family of a class of the library that writes config.json, `LlamaForCausalLM` for
    /// instance.
    pub(super) fn of_class(name: &str) -> Option<Self> {
        const CLASSES: [(&str, DecoderFamily); 7] = [
            ("Llama", DecoderFamily::Llama),
            ("Mistral", DecoderFamily::Mistral),
            ("Qwen2", DecoderFamily::Qwen2),
            ("Qwen3", DecoderFamily::Qwen3),
            ("Gemma", DecoderFamily::Gemma),
            ("GPTNeoX", DecoderFamily::GptNeox),
            ("GPT2", DecoderFamily::Gpt2),
        ];
        let ends = ["Model", "For", "LMHead"];
        CLASSES
            .into_iter()
            .find(|(class, _)| {
                name.strip_prefix(class).is_some_and(|rest| ends.iter().any(|e| rest.starts_with(e)))
            })
            .map(|(_, family)| family)
    }

    /// Whether the family has learned positions that are added to the embeddings.
    pub(super) fn has_positions(self) -> bool {
        self == Self::Gpt2
    }

    /// Whether normalisations subtract the mean and add an offset.
    pub(super) fn centres(self) -> bool {
        matches!(self, Self::GptNeox | Self::Gpt2)
    }
}

impl fmt::Display for DecoderFamily {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
