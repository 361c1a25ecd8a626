//! The families of encoders.

use std::fmt;

/// The families of architectures that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EncoderFamily {
    /// Bidirectional attention; each block normalises its output (Devlin et al. 2019).
    Bert,
    /// Causal attention; each block normalises its input (Radford et al. 2019).
    Gpt2,
}

impl EncoderFamily {
    /// All families.
    pub const ALL: [Self; 2] = [Self::Bert, Self::Gpt2];

    /// The name in config.json.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Bert => "bert",
            Self::Gpt2 => "gpt2",
        }
    }
}

impl fmt::Display for EncoderFamily {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
