//! The families of encoders, and how a checkpoint says which it is.

use std::fmt;

/// The families of architectures that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EncoderFamily {
    /// Bidirectional attention; each block normalises its output (Devlin et al. 2019).
    Bert,
    /// Causal attention; each block normalises its input (Radford et al. 2019).
    Gpt2,
    /// BERT without segments (Sanh et al. 2019).
    DistilBert,
    /// BERT whose positions are numbered from behind the padding token's number (Liu et al. 2019);
    /// XLM-R and CamemBERT are the same.
    Roberta,
    /// RoBERTa without segments, with a bias of the scores by relative position (Song et al. 2020).
    Mpnet,
    /// BERT whose embeddings may be narrower and are then projected (Clark et al. 2020).
    Electra,
}

impl EncoderFamily {
    /// All families.
    pub const ALL: [Self; 6] =
        [Self::Bert, Self::Gpt2, Self::DistilBert, Self::Roberta, Self::Mpnet, Self::Electra];

    /// The name in config.json.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Bert => "bert",
            Self::Gpt2 => "gpt2",
            Self::DistilBert => "distilbert",
            Self::Roberta => "roberta",
            Self::Mpnet => "mpnet",
            Self::Electra => "electra",
        }
    }

    /// Whether a token sees only those before it and itself.
    #[must_use]
    pub fn is_causal(self) -> bool {
        self == Self::Gpt2
    }

    /// The family of a `model_type`.
    pub(super) fn of_model_type(name: &str) -> Option<Self> {
        match name {
            "bert" => Some(Self::Bert),
            "gpt2" => Some(Self::Gpt2),
            "distilbert" => Some(Self::DistilBert),
            "roberta" | "xlm-roberta" | "camembert" => Some(Self::Roberta),
            "mpnet" => Some(Self::Mpnet),
            "electra" => Some(Self::Electra),
            _ => None,
        }
    }

    /// The family of a class of the library that writes config.json, `BertForMaskedLM` for instance.
    pub(super) fn of_class(name: &str) -> Option<Self> {
        const CLASSES: [(&str, EncoderFamily); 8] = [
            ("Bert", EncoderFamily::Bert),
            ("GPT2", EncoderFamily::Gpt2),
            ("DistilBert", EncoderFamily::DistilBert),
            ("Roberta", EncoderFamily::Roberta),
            ("XLMRoberta", EncoderFamily::Roberta),
            ("Camembert", EncoderFamily::Roberta),
            ("MPNet", EncoderFamily::Mpnet),
            ("Electra", EncoderFamily::Electra),
        ];
        // What follows the family says what the model is for; anything else makes another family,
        // as in `RobertaPreLayerNormModel`.
        let ends = ["Model", "For", "LMHead", "DoubleHeads"];
        CLASSES
            .into_iter()
            .find(|(class, _)| {
                name.strip_prefix(class).is_some_and(|rest| ends.iter().any(|e| rest.starts_with(e)))
            })
            .map(|(_, family)| family)
    }

    /// The family whose tensors have such names. RoBERTa's are those of BERT: without a telling
    /// prefix, one kind of segments means RoBERTa.
    pub(super) fn of_tensors<'a>(
        names: &(impl Iterator<Item = &'a str> + Clone),
        segments: Option<u64>,
    ) -> Option<Self> {
        let ends = |ending: &str| names.clone().any(|n| ends_with(n, ending));
        let begins = |beginning: &str| names.clone().any(|n| n.starts_with(beginning));
        if ends("wpe.weight") {
            Some(Self::Gpt2)
        } else if !ends("embeddings.position_embeddings.weight") {
            None
        } else if ends("attention.q_lin.weight") {
            Some(Self::DistilBert)
        } else if ends("encoder.relative_attention_bias.weight") {
            Some(Self::Mpnet)
        } else if !ends("attention.self.query.weight") {
            None
        } else if begins("electra.") || ends("embeddings_project.weight") {
            Some(Self::Electra)
        } else if begins("roberta.") || begins("lm_head.") || (!begins("bert.") && segments == Some(1)) {
            Some(Self::Roberta)
        } else {
            Some(Self::Bert)
        }
    }
}

/// Whether a name ends with that one, with nothing or a dot before it.
pub(crate) fn ends_with(name: &str, ending: &str) -> bool {
    name.strip_suffix(ending).is_some_and(|p| p.is_empty() || p.ends_with('.'))
}

impl fmt::Display for EncoderFamily {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_of_other_families_are_not_taken_for_these() {
        let of = EncoderFamily::of_class;
        assert_eq!(of("BertForMaskedLM"), Some(EncoderFamily::Bert));
        assert_eq!(of("GPT2LMHeadModel"), Some(EncoderFamily::Gpt2));
        assert_eq!(of("XLMRobertaForSequenceClassification"), Some(EncoderFamily::Roberta));
        for other in
            ["XLMRobertaXLModel", "RobertaPreLayerNormModel", "BertGenerationEncoder", "AlbertModel", ""]
        {
            assert_eq!(of(other), None, "{other}");
        }
        assert_eq!(EncoderFamily::of_model_type("xlm-roberta-xl"), None);
    }

    #[test]
    fn tensors_tell_the_family() {
        let of = |names: &[&str], segments| EncoderFamily::of_tensors(&names.iter().copied(), segments);
        let position = "embeddings.position_embeddings.weight";
        let query = "encoder.layer.0.attention.self.query.weight";
        assert_eq!(of(&["transformer.wpe.weight"], None), Some(EncoderFamily::Gpt2));
        assert_eq!(of(&[position, query], Some(2)), Some(EncoderFamily::Bert));
        assert_eq!(of(&[position, query], Some(1)), Some(EncoderFamily::Roberta));
        assert_eq!(
            of(&["roberta.embeddings.position_embeddings.weight", query], None),
            Some(EncoderFamily::Roberta)
        );
        assert_eq!(of(&[position, query, "embeddings_project.weight"], None), Some(EncoderFamily::Electra));
        assert_eq!(of(&["model.embed_tokens.weight"], None), None);
        assert_eq!(of(&["a_wpe.weight"], None), None);
    }
}
